"""The values in a Reason. Whoever shows the sentence writes them out in the reader's language.

A field, an office, a state or an action is its own fact, as is anything that has a Chinese and an English
name. Text that somebody wrote, or that needs no wording, is a plain string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from config.policy import Words
from config.policy.words import DUTIES, STEP_KINDS
from states import ROLES

if TYPE_CHECKING:
    from workflow.verdict import Reason


class Bilingual(Protocol):
    """Anything that has a name in Chinese and in English."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """A fixed Chinese sentence inside another one. The web layer has its English."""

    says: str


@dataclass(frozen=True, slots=True)
class Because:
    """A reason inside another one, which says whom or which lines it bars."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternative names. The sentence puts them in quotation marks."""

    names: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that was done to a subject: the minute, the role and the action."""

    at: str
    role: Bilingual
    action: Bilingual


Fact: TypeAlias = "str | int | date | Bilingual | Sentence | Because | OneOf | Happened | tuple[Fact, ...]"
Facts: TypeAlias = Mapping[str, Fact]
NOT_YET = Words("-", "尚未建立", "not made yet")
"""The state of a subject that does not exist yet."""


def role_named(name: str) -> Bilingual:
    """A role by its name."""
    return Words(name, *ROLES.get(name, (name, name)))


def duty_named(name: str) -> Bilingual:
    """A duty by its name."""
    return Words(name, *DUTIES.get(name, (name, name)))


def step_named(kind: str) -> Bilingual:
    """A kind of step by its name."""
    return Words(kind, *STEP_KINDS.get(kind, (kind, kind)))


def in_chinese(fact: Fact) -> str:
    """A fact as it stands in a Chinese sentence."""
    match fact:
        case str() | int():
            return str(fact)
        case datetime():
            return f"{fact:%Y-%m-%d %H:%M:%S}"
        case date():
            return fact.isoformat()
        case tuple():
            return "、".join(map(in_chinese, fact)) or "—"
        case Sentence(says):
            return says
        case Because(reason):
            return reason.says
        case OneOf(names):
            return "”“".join(name.zh for name in names)
        case Happened(at, role, action):
            return f"{at} {role.zh}{action.zh}"
    return fact.zh
