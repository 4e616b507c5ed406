"""A school's privacy notice: what it says to whoever is asked for a paper, and the version of its text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from config.policy.words import named_in_braces

FILLED = ("school", "contact")
"""What the texts name in braces: the school, and whom to ask."""


@dataclass(frozen=True, slots=True)
class PrivacyContact:
    """Whom a student asks about their data, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PrivacySection:
    """One section of a notice: a heading and paragraphs, in both languages."""

    head: str
    head_en: str
    says: tuple[str, ...]
    says_en: tuple[str, ...]

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong with its texts: the key, in Chinese, in English."""
        for key in ("says", "says_en"):
            paragraphs = getattr(self, key)
            if not paragraphs:
                yield key, "至少要写一段", "must have a paragraph"
            try:
                names = named_in_braces(*paragraphs)
            except ValueError:
                yield key, "文字中的花括号不成对或写法不对", "the braces in its words do not fit"
                continue
            if set(names) - set(FILLED):
                yield key, f"花括号里可用的有 {'、'.join(FILLED)}", f"may name {' and '.join(FILLED)} only"


@dataclass(frozen=True)
class PrivacyNotice:
    """A notice with the school's name and contact filled in."""

    school: str
    school_en: str
    sections: tuple[PrivacySection, ...]

    @cached_property
    def text(self) -> bytes:
        """The notice as canonical bytes, as the Rulebook stores it."""
        return json.dumps(asdict(self), ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode(
            "ascii"
        )

    @cached_property
    def digest(self) -> str:
        """Its version: the SHA-256 of ``text`` in hex."""
        return hashlib.sha256(self.text).hexdigest()


def filled(
    sections: tuple[PrivacySection, ...], school: Mapping[str, str], contact: PrivacyContact
) -> PrivacyNotice:
    """The notice of a school, by its name in both languages and its contact."""
    zh, en = {"school": school["zh"], "contact": contact.zh}, {"school": school["en"], "contact": contact.en}
    return PrivacyNotice(
        school["zh"],
        school["en"],
        tuple(
            PrivacySection(
                one.head,
                one.head_en,
                tuple(said.format(**zh) for said in one.says),
                tuple(said.format(**en) for said in one.says_en),
            )
            for one in sections
        ),
    )


def kept_notice(text: bytes) -> PrivacyNotice:
    """The notice of the canonical bytes of ``PrivacyNotice.text``."""
    said = json.loads(text)
    sections = tuple(
        PrivacySection(one["head"], one["head_en"], tuple(one["says"]), tuple(one["says_en"]))
        for one in said["sections"]
    )
    return PrivacyNotice(said["school"], said["school_en"], sections)
