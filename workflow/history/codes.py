"""Codes of an entry: what was done, as names and values, without sentences and without personal data.

    code  = name [ ":" value ]
    name  = any text without a colon
    value = any non-empty text; it may contain colons

The name determines the value:

    a column of the record    an outcome, a cause, right      XM:corrected  XM:admission_error
                                or deferred, or what a          XM:refused_value_shown
                                roster shows of a decision
    a kind of step            an outcome, sent, objected      letter:sent
                                or more (is wanted)
    a kind of question        what it is about, if anything   paper:id_card  value:XM  explanation
    a name in DAYS            a date                          seen_on:2024-10-25
    a name in MOMENTS         an instant in stored form       as_of:2024-10-25T15:00:00+08:00
    a name in PEOPLE          the id of a person              from:<id>
    a name in NUMBERS         a number                        told:12
    reason, how, result,      a term from a list              how:phone
      told_by, duty, about,
      verified
    office                    the code of an office         office:province
    month                     an intake month               month:2026-12
    ticked                    an item of the policy's       ticked:photo.person
                                checklist, by its id
    bulletin                  a digest                        bulletin:<digest>
    lapsed                    a cause                         lapsed:left_school
    decided_outside           an office                       decided_outside:province
    by_hand, college_silent,  none                            by_hand
      a refusal, an exclusion, a cause

A refused entry has the codes of its reasons instead: names without values. The text of a code is part of the
entry's bytes, so this format must stay readable for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from workflow.store import as_text, from_text

When = TypeVar("When", date, datetime)

BY_HAND = "by_hand"
COLLEGE_SILENT = "college_silent"
LAPSED = "lapsed"
DECIDED_OUTSIDE = "decided_outside"
"""A ruling: the body outside that an item goes to, named by its office, did not agree."""
BULLETIN = "bulletin"

DUE, RECONFIRM_UNTIL, ON = "due", "reconfirm_until", "on"
SEEN_ON, SENT_ON, RECEIVED_ON, SIGNED_ON = "seen_on", "sent_on", "received_on", "signed_on"
REGISTERED_ON, DATA_OF, LOOKED_ON = "registered_on", "data_of", "looked_on"
VERIFIED_ON, RETURNED_ON = "verified_on", "returned_on"
DAYS = frozenset(
    {DUE, RECONFIRM_UNTIL, ON, SEEN_ON, SENT_ON, RECEIVED_ON, SIGNED_ON, REGISTERED_ON, DATA_OF, LOOKED_ON}
    | {VERIFIED_ON, RETURNED_ON}
)

CLOSES_AT, AS_OF, TOLD_AT, UNTIL = "closes_at", "as_of", "told_at", "until"
ACCEPTED_FROM = "accepted_from"
MOMENTS = frozenset({CLOSES_AT, AS_OF, TOLD_AT, UNTIL, ACCEPTED_FROM})

FROM, TO, OFFICER = "from", "to", "officer"
PEOPLE = frozenset({FROM, TO, OFFICER})

TOLD, REMINDED, LINES = "told", "reminded", "lines"
LINES_AGREED, LINES_REFUSED, LINES_MORE = "lines_agreed", "lines_refused", "lines_more"
NUMBERS = frozenset({TOLD, REMINDED, LINES, LINES_AGREED, LINES_REFUSED, LINES_MORE})

TICKED = "ticked"
"""An item of the school's checklist that was ticked, by its id."""

REASON, HOW, RESULT, TOLD_BY, DUTY = "reason", "how", "result", "told_by", "duty"
ABOUT = "about"
VERIFIED = "verified"
NO_REASON = "none"
"""The value of ``reason`` that withdraws an earlier reason."""

OFFICE, MONTH = "office", "month"
"""The body that a batch goes to, by its code, and the intake month."""

SENT, OBJECTED, MORE = "sent", "objected", "more"
"""Values of a step's code besides the step outcomes."""

RIGHT = "right"
"""The value of a field's code where the student says that the field is right."""

DEFERRED_FIELD = "deferred"
"""The value of a field's code where the student says that it is wrong and is filed later."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of an entry: a name, and a value if the name has one."""

    name: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}:{self.value}" if self.value else self.name

    @classmethod
    def parse(cls, text: str) -> Code:
        """Parse a code. A text outside the grammar becomes a name alone and prints unchanged."""
        name, _, value = text.partition(":")
        return cls(name, value) if value else cls(text)

    @classmethod
    def on_day(cls, name: str, day: date) -> Code:
        """A code whose value is a day."""
        return cls(name, day.isoformat())

    @classmethod
    def at(cls, name: str, moment: datetime) -> Code:
        """A code whose value is a moment."""
        return cls(name, as_text(moment))

    @classmethod
    def count(cls, name: str, n: int) -> Code:
        """A code whose value is a number."""
        return cls(name, str(n))

    @property
    def day(self) -> date | None:
        """Its day, or None."""
        return _read(date.fromisoformat, self.value) if self.name in DAYS else None

    @property
    def moment(self) -> datetime | None:
        """Its moment, or None."""
        return _read(from_text, self.value) if self.name in MOMENTS else None

    @property
    def number(self) -> int | None:
        """Its number, or None."""
        counts = self.name in NUMBERS and self.value.isascii() and self.value.isdigit()
        return int(self.value) if counts else None

    @property
    def person(self) -> str:
        """The id of its person, or ''."""
        return self.value if self.name in PEOPLE else ""


def _read(how: Callable[[str], When], value: str) -> When | None:
    try:
        return how(value)
    except ValueError:
        return None


def find(codes: Iterable[str], name: str) -> Code:
    """The first code with that name in an entry, or one without a value."""
    return next((code for code in map(Code.parse, codes) if code.name == name), Code(name))
