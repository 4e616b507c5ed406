"""A school's notice as pages show it: sentence by sentence, each with its part of the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class NoticeHead:
    """What the original is: its subject, who issued it, and the days that it names.

    ``dated`` is the day written on it, None if it bears none. ``quoted`` is True where the sentences are the
    original's own, and False where they tell it in other words.
    """

    title: str
    title_en: str
    issuer: str
    issuer_en: str
    original: str
    original_en: str
    opens: date
    closes: date
    dated: date | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class NoticePart:
    """One part of the original, by a short id, and what it is called there."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class NoticeSentence:
    """One sentence in both languages. ``of`` are the parts of the original that it tells.

    ``carried_by`` names what runs or is shown for it, ``unsupported`` says why nothing does. Both speak of
    this system and not of the notice: the kept text is without them.
    """

    zh: str
    en: str
    of: tuple[str, ...]
    carried_by: tuple[str, ...] = ()
    unsupported: str = ""
    unsupported_en: str = ""


@dataclass(frozen=True, slots=True)
class NoticeSection:
    """Some sentences under a heading."""

    head: str
    head_en: str
    sentence: tuple[NoticeSentence, ...]


_KEPT = ("zh", "en", "of")
"""What the kept text holds of a sentence."""

NoticeFault = tuple[tuple[str | int, ...], str, str]
"""The place in the file, what is wrong in Chinese, and in English."""


@dataclass(frozen=True)
class SchoolNotice:
    """The whole notice. It is no rule: no digest of a policy covers it."""

    head: NoticeHead
    parts: tuple[NoticePart, ...]
    sections: tuple[NoticeSection, ...]

    @cached_property
    def text(self) -> bytes:
        """The notice as canonical bytes, as the Rulebook stores it. What carries a sentence is not in it."""
        said = asdict(self)
        for section in said["sections"]:
            section["sentence"] = [{key: one[key] for key in _KEPT} for one in section["sentence"]]
        text = json.dumps(said, default=date.isoformat, sort_keys=True, separators=(",", ":"))
        return text.encode("ascii")

    @cached_property
    def digest(self) -> str:
        """Its version: the SHA-256 of ``text`` in hex."""
        return hashlib.sha256(self.text).hexdigest()

    def named(self, ids: tuple[str, ...]) -> tuple[NoticePart, ...]:
        """The parts with these ids, in the order of the original."""
        return tuple(part for part in self.parts if part.id in ids)

    def faults(self) -> Iterator[NoticeFault]:
        """What is wrong between its parts: a dead reference, a part that nothing tells, a wrong date."""
        if self.head.closes < self.head.opens:
            yield ("notice", "closes"), "最后一天早于第一天", "the last day is before the first"
        if self.head.dated and self.head.dated > self.head.closes:
            yield ("notice", "dated"), "发文日期晚于最后一天", "it is dated after its last day"
        ids = [part.id for part in self.parts]
        for n, id in enumerate(ids):
            if id in ids[:n]:
                yield ("part", n, "id"), f"重复的 {id}", "names a part twice"
        told: set[str] = set()
        for n, section in enumerate(self.sections):
            if not section.sentence:
                yield ("section", n, "sentence"), "至少要写一句", "must have a sentence"
        for place, sentence in self.sentences():
            told.update(sentence.of)
            if not sentence.of:
                yield (*place, "of"), "至少要写一处原文", "must name a part of the original"
            for id in sentence.of:
                if id not in ids:
                    yield (*place, "of"), f"原文没有 {id} 这一处", f"refers to {id}, which is no part"
        for n, id in enumerate(ids):
            if id not in told:
                yield ("part", n), f"没有一句话讲到 {id}", f"no sentence tells {id}"

    def sentences(self) -> Iterator[tuple[tuple[str | int, ...], NoticeSentence]]:
        """Every sentence with its place in the file."""
        for n, section in enumerate(self.sections):
            for k, sentence in enumerate(section.sentence):
                yield ("section", n, "sentence", k), sentence


def kept_school_notice(text: bytes) -> SchoolNotice:
    """The notice of the canonical bytes of ``SchoolNotice.text``."""
    said = json.loads(text)
    return SchoolNotice(
        _head(said["head"]),
        tuple(NoticePart(**part) for part in said["parts"]),
        tuple(
            NoticeSection(
                one["head"],
                one["head_en"],
                tuple(NoticeSentence(each["zh"], each["en"], tuple(each["of"])) for each in one["sentence"]),
            )
            for one in said["sections"]
        ),
    )


def _head(said: dict[str, Any]) -> NoticeHead:
    days = {name: date.fromisoformat(said[name]) for name in ("opens", "closes", "dated") if said[name]}
    return NoticeHead(**{**said, **days})
