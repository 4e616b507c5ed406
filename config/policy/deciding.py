"""How a school decides: what reviewers tick, which cases go together, who hears of what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from config.policy.words import COLLEGE_DUTIES, OFFICE_DUTIES

NAMES = ("XM", "XMPY")
"""The columns of a name. A batch takes one only where its characters stay what they were."""

IDENTITY = ("SFZH", "CSRQ", "XB", "PHOTO")
"""The other columns that say who somebody is. No batch has them, nor others of the ID number's group."""

LEGAL_CHANGE = "legal_change"
"""The cause of what a public authority has changed: such a name is looked at by itself."""

SAME = ("field", "cause", "class", "college", "variant", "new")
"""What cases of one batch may have in common."""

MOST_IN_A_BATCH = 100
"""The largest ``at_most``: so many cases can still be looked at before they are decided."""

ESCALATED_TO = (*COLLEGE_DUTIES, *OFFICE_DUTIES, "registrar")
"""The roles and duties that may be told of an overdue step."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a decision needs. ``words_on_approval``: also one by which nothing is refused needs words."""

    source: str
    words_on_approval: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What whoever approves a claim looks at, by field and, if ``causes`` names any, by cause.

    A ``required`` item must be ticked before the claim is approved; another one may be.
    """

    id: str
    fields: tuple[str, ...]
    says: str
    says_en: str
    required: bool
    source: str
    causes: tuple[str, ...] = ()

    def concerns(self, field: str, cause: str) -> bool:
        """Whether it is about a claim of that field and cause."""
        return field in self.fields and (not self.causes or cause in self.causes)


@dataclass(frozen=True, slots=True)
class BatchRule:
    """Cases with one claim each that are alike in what ``same`` names may be decided in one press.

    Each has a verdict and an entry of its own; ``at_most`` of them are in one batch.
    """

    id: str
    fields: tuple[str, ...]
    causes: tuple[str, ...]
    same: tuple[str, ...]
    at_most: int
    says: str
    says_en: str
    source: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told of a step of these kinds so many working days after its last day. 0: on the next day."""

    steps: tuple[str, ...]
    working_days: int
    to: tuple[str, ...]
    says: str
    says_en: str
    source: str


class HasChecklist(Protocol):
    """A policy, as far as its checklist is asked."""

    @property
    def checklist(self) -> Sequence[ChecklistItem]:
        """Every item of the school."""


def items_for(policy: HasChecklist, field: str, cause: str) -> tuple[ChecklistItem, ...]:
    """What whoever approves a claim of that field and cause looks at, in the school's order."""
    return tuple(item for item in policy.checklist if item.concerns(field, cause))
