"""What an official letter says, as plain values without sentences: the same for screen, print and PDF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, TypeAlias

from config.profile import Profile
from workflow.store import as_text, from_text

SENDER = (
    "title",
    "title_en",
    "office",
    "office_en",
    "room",
    "room_en",
    "phone",
    "working_days",
    "appeal_to",
    "appeal_to_en",
    "appeal_days",
    "appeal_place",
    "appeal_source",
)
"""What a letter says of the school, by the names of the profile."""


Reply: TypeAlias = "tuple[str, str, date | None]"
"""What an office outside replied: which one, its words, and their day."""


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One item of the request, with its outcome and the words about it, if there are any yet."""

    field: str
    old: str
    new: str
    cause: str
    outcome: str = ""
    ruling: str = ""
    seen_on: date | None = None
    words: str = ""
    variant: str = ""
    event_date: date | None = None


@dataclass(frozen=True, slots=True)
class LetterQuestion:
    """One thing that the student is asked for."""

    kind: str
    about: str
    words: str
    due: date | None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything a letter says. ``proxy`` is the duty of who filed for the student, '' for themselves.

    ``proxy_name`` is their name, ``proxy_for`` that of the person in whose place they did.

    ``replies`` are the offices outside that did not agree, each with its own words and their day.

    An official letter says ``whom`` it goes to (a kind of ADDRESSEES) and by which name, what it asks, until
    when, and of whom: ``document`` is the number of the student's document. ``typed`` is its number where
    the register gave none.
    """

    name: str
    number: str
    college: str
    major: str
    receipt: str
    filed_at: datetime
    given_at: datetime
    proxy: str = ""
    proxy_name: str = ""
    proxy_for: str = ""
    items: tuple[LetterItem, ...] = ()
    questions: tuple[LetterQuestion, ...] = ()
    replies: tuple[Reply, ...] = ()
    ruling: str = ""
    words: str = ""
    dispute_until: datetime | None = None
    reconfirm_until: date | None = None
    whom: str = ""
    addressee: str = ""
    asks: str = ""
    due: date | None = None
    document: str = ""
    typed: str = ""
    sender: Profile = field(default_factory=Profile)

    def as_json(self) -> str:
        """In the form that is sealed."""
        said = asdict(self)
        said["sender"] = {name: getattr(self.sender, name) for name in SENDER}
        return json.dumps(said, default=_plain, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> LetterFacts:
        """The inverse of ``as_json``. A name that this version does not know is passed over."""
        said = json.loads(text)
        whole = _known(cls, said)
        until = said["dispute_until"]
        return cls(
            **whole
            | {
                "filed_at": from_text(said["filed_at"]),
                "given_at": from_text(said["given_at"]),
                "items": tuple(
                    LetterItem(**_dated(LetterItem, one, "seen_on", "event_date")) for one in said["items"]
                ),
                "questions": tuple(
                    LetterQuestion(**_dated(LetterQuestion, one, "due")) for one in said["questions"]
                ),
                "replies": tuple(_reply(*one) for one in said.get("replies", ())),
                "dispute_until": from_text(until) if until else None,
                "reconfirm_until": _day(said["reconfirm_until"]),
                "due": _day(said.get("due")),
                "sender": Profile(**_known(Profile, said["sender"])),
            }
        )


def _reply(office: str, words: str, day: str | None = None) -> Reply:
    """A reply as it is kept. Letters given before its day was kept have none."""
    return office, words, _day(day)


def _known(of: type[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: said[one.name] for one in fields(of) if one.name in said}


def _dated(of: type[Any], said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return _known(of, said) | {name: _day(said.get(name)) for name in names}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: Any) -> str:
    return as_text(value) if isinstance(value, datetime) else str(value.isoformat())
