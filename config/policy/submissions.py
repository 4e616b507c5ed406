"""When a school hands claims to a body outside: its intake months, and until which day it collects in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Submission:
    """The months in which claims go to an office, collected until ``last_day``; 0: to the month's end."""

    office: str
    months: tuple[int, ...]
    says: str
    says_en: str
    source: str
    last_day: int = 0

    def takes(self, month: str) -> bool:
        """Whether a month, written as 2026-12, is one of its intakes."""
        return int(month[5:]) in self.months

    def next_after(self, at: datetime) -> str:
        """The first intake that what is ready at a moment can still go with."""
        over = bool(self.last_day) and at.day > self.last_day
        ahead = [at.year * 12 + at.month - 1 + n for n in range(1 if over else 0, 14)]
        return next(f"{one // 12}-{one % 12 + 1:02}" for one in ahead if one % 12 + 1 in self.months)


class HasSubmissions(Protocol):
    """A policy, as far as its intakes are asked."""

    @property
    def submissions(self) -> Sequence[Submission]:
        """Every intake of the school."""


def submission_to(policy: HasSubmissions, office: str) -> Submission | None:
    """What the school says of its intakes to an office, or None."""
    return next((one for one in policy.submissions if one.office == office), None)


def next_intake(policy: HasSubmissions, office: str, at: datetime) -> str:
    """The month of the next batch to an office, 2026-12; '' where the school names none."""
    found = submission_to(policy, office)
    return found.next_after(at) if found else ""
