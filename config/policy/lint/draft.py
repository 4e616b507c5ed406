"""A school's files as far as they were readable, for the checks: each value with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from config.calendar import OwnDay, Registration, Year
from config.policy.deciding import BatchRule, ChecklistItem, Decisions, Escalation
from config.policy.reading.lines import Path as Where
from config.policy.school import Rule
from config.policy.submissions import Submission
from config.policy.words import (
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    KeptBy,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    StudentAdvice,
    Template,
    Unsupported,
    Window,
    Words,
)

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T_co]):
    """A value and its place in the files."""

    file: str
    where: Where
    value: T_co


Written = Placed[Rule]


Finding = tuple[Placed[object], str, str]


@dataclass(frozen=True, slots=True)
class SchoolDraft:
    """A school's files as far as they were readable. Unreadable parts are empty texts and None."""

    slug: str
    title: str
    title_en: str
    offices: Sequence[Placed[Words]]
    fields: Sequence[Placed[FieldWords]]
    status_field: Placed[FieldWords] | None
    told: Sequence[Placed[StudentAdvice]]
    kept_by: Sequence[Placed[KeptBy]]
    vocabulary: int
    valid_from: date
    default_office: Placed[str]
    statuses: Placed[Statuses] | None
    has_final_check: bool
    """True if there is one, whether or not it could be read."""
    final_check: Placed[FinalCheckDay] | None
    silence: Placed[Silence] | None
    periods: Placed[Periods] | None
    intake: Placed[Intake] | None
    sending: Placed[Sending] | None
    codes: Sequence[Placed[Words]]
    causes: Sequence[Placed[Words]]
    evidence: Sequence[Placed[Words]]
    refusals: Sequence[Placed[Refusal]]
    variants: Sequence[Placed[Words]]
    windows: Sequence[Placed[Window]]
    rules: Sequence[Written]
    unsupported: Sequence[Placed[Unsupported]]
    decisions: Placed[Decisions] | None
    checklist: Sequence[Placed[ChecklistItem]]
    batches: Sequence[Placed[BatchRule]]
    escalations: Sequence[Placed[Escalation]]
    submissions: Sequence[Placed[Submission]]
    campaigns: Sequence[Placed[CampaignPlan]]
    templates: Sequence[Placed[Template]]
    registrations: Sequence[Placed[Registration]]
    years: Sequence[Placed[Year]]
    days: Sequence[Placed[OwnDay]]
    written: Sequence[Placed[Collection[str]]]
    """The words of each window and of each rule's ``when`` and ``then``, as they are written."""


def inside(placed: Placed[T_co], key: str) -> Placed[T_co]:
    return Placed(placed.file, (*placed.where, key), placed.value)


def codes_of(words: Iterable[Placed[Words]] | Iterable[Placed[FieldWords]]) -> list[str]:
    return [one.value.code for one in words]


def undeclared(placed: Placed[object], names: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    """Names that are not in ``known``. An empty list counts as unreadable, which is reported separately."""
    for name in names:
        if name and known and name not in known:
            yield placed, f"不认识 {name}，可用的有 {'、'.join(known)}", "unknown"


def named_twice(named: Iterable[tuple[Placed[object], str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for placed, name in named:
        if name and name in seen:
            yield placed, f"{name} 出现了两次", "named twice"
        seen.add(name)
