"""A question as the predicates use it, and the named moments of a student's record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from config.calendar import Calendar, MonthDay, end_of, start_of, to_second
from config.policy.question import ClaimAsked, OpenRequest, PolicyQuestion
from config.policy.windows import SECOND, FinalCheck, final_check


class Unknown(Exception):
    """A rule needs a value that the question lacks. Names the value."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The school's settings for moments and counts. ``last_day`` is None if it has no final check.

    ``vocabulary``: the one in which its policy is written.
    """

    last_day: MonthDay | None
    grace: timedelta
    supplement_days: int
    groups: Mapping[str, str]
    calendar: Calendar
    vocabulary: int = 1


class PolicyContext:
    """A question to one school. Values that several predicates need are computed once.

    ``guessed``: working days were counted in a year whose holidays are not entered.
    """

    __slots__ = ("_check", "_claimed", "_pending", "at", "guessed", "question", "student", "terms")

    def __init__(self, question: PolicyQuestion, terms: Terms) -> None:
        self.question, self.student, self.terms = question, question.student, terms
        self.at = to_second(question.at)
        self._check: FinalCheck | None = None
        self._claimed: frozenset[str] | None = None
        self._pending: frozenset[str] | None = None
        self.guessed = False

    @property
    def check(self) -> FinalCheck:
        """The final check by the current expected graduation date. Raises Unknown without one."""
        if self._check is None:
            if self.terms.last_day is None:
                raise Unknown("final_check")
            expected, question = self.day("expected_graduation"), self.question
            self._check = final_check(
                expected,
                question.campaigns,
                question.extended_until,
                opened_until=question.opened_until,
                last_day=self.terms.last_day,
            )
        return self._check

    def day(self, name: str) -> date:
        """A day of the student, by its name. Raises Unknown without one."""
        day: date | None = getattr(self.student, name)
        if day is None:
            raise Unknown(f"student.{name}")
        return day

    def text(self, name: str) -> str:
        """A text of the student, by its name. Raises Unknown without one."""
        text: str | None = getattr(self.student, name)
        if not text:
            raise Unknown(f"student.{name}")
        return text

    @property
    def claimed(self) -> frozenset[str]:
        """The groups of the fields claimed in this question."""
        if self._claimed is None:
            groups = self.terms.groups
            self._claimed = frozenset(
                [groups.get(claim.field, claim.field) for claim in self.question.claims]
            )
        return self._claimed

    @property
    def pending(self) -> frozenset[str]:
        """The groups of the fields of the person's other open requests."""
        if self._pending is None:
            groups = self.terms.groups
            self._pending = frozenset(
                [groups.get(field, field) for one in self.question.open_requests for field in one.fields]
            )
        return self._pending

    def working_days_after(self, day: date, count: int) -> date:
        """The last day of a term of so many working days. The first day does not count."""
        last = self.terms.calendar.working_days_after(day, count)
        assert last is not None
        self._note_guess(min(day + timedelta(days=1), last), last)
        return last

    def rolled(self, day: date) -> date:
        """The day itself if offices work on it, else the next one on which they do."""
        last = self.terms.calendar.next_working_day(day)
        self._note_guess(day, last)
        return last

    def _note_guess(self, first: date, last: date) -> None:
        self.guessed = self.guessed or self.terms.calendar.unknown_between(first, last)

    def place_of(self, claim: ClaimAsked) -> str:
        """The place of a claim in the question, for messages."""
        return f"claims[{self.question.claims.index(claim)}]"

    def returned(self) -> list[OpenRequest]:
        """The open requests on the fields in question that were returned for papers."""
        fields = {claim.field for claim in self.question.claims}
        return [
            one
            for one in self.question.open_requests
            if one.returned_on is not None and (not fields or not fields.isdisjoint(one.fields))
        ]


# -- moments --------------------------------------------------------------------------------------------


def entry(asked: PolicyContext) -> datetime | None:
    """The first second of the entry day. Raises Unknown without one."""
    return start_of(asked.day("entry_date"))


def registration(asked: PolicyContext) -> datetime | None:
    """The first second of the registration day. None if not registered."""
    day = asked.student.registered_on
    return None if day is None else start_of(day)


def final_check_over(asked: PolicyContext) -> datetime | None:
    """The first second after the student's final check, plus the grace for a draft begun in time."""
    check, begun = asked.check, asked.question.begun_at
    if asked.terms.grace and begun is not None and to_second(begun) <= check.closes:
        return check.over + asked.terms.grace
    return check.over


def graduation(asked: PolicyContext) -> datetime | None:
    """The first second of the expected graduation day. Raises Unknown without one."""
    return start_of(asked.day("expected_graduation"))


def degree_registration(asked: PolicyContext) -> datetime | None:
    """The first second of the degree registration day. None if not registered."""
    day = asked.student.degree_registered_on
    return None if day is None else start_of(day)


def supplement_over(asked: PolicyContext) -> datetime | None:
    """The first second after the working days allowed for returned papers, or after a later day set."""
    days = [
        one.answer_until or asked.working_days_after(one.returned_on, asked.terms.supplement_days)
        for one in asked.returned()
        if one.returned_on is not None
    ]
    return end_of(min(days)) + SECOND if days else None


Moment = Callable[[PolicyContext], datetime | None]

MOMENTS: Mapping[str, Moment] = MappingProxyType(
    {
        "entry": entry,
        "registration": registration,
        "final_check_over": final_check_over,
        "graduation": graduation,
        "degree_registration": degree_registration,
        "supplement_over": supplement_over,
    }
)
"""The moments of a student's record that a rule may name. A function returns None without the moment."""

ENDINGS = ("final_check_over", "supplement_over")
"""The moments that are the first second after a last day."""
