"""What a form says of one college: the same claims, numbers and names as the lists and boards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.calendar import Calendar
from config.forms import ERRATA, CollegeForm, filled_lines
from states.case import CHECKED_OK, CORRECTED, DEFERRED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from workflow.campaigns.progress.board import DEEMED, PROXY, BoardLine, board
from workflow.cases.rules.names import SchoolNames
from workflow.outgoing.claims.asked import ClaimFilter
from workflow.outgoing.claims.columns import COLUMNS, Teller
from workflow.outgoing.claims.lines import every_claim
from workflow.outgoing.sheets import Sheet
from workflow.people.cipher import Cipher
from workflow.records.reach import of_college

SUM = "合计"
ERRORS = (RAISED, REVIEW, CORRECTED, REJECTED)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """One form of one college: its template, the lines of its cover and notes, and its rows."""

    form: CollegeForm
    college: str
    cover: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """What the forms of a campaign are filled in with; ``head`` is what their heads may name."""

    names: SchoolNames
    calendar: Calendar
    cipher: Cipher
    campaign: str
    head: Mapping[str, str]

    def filled(self, session: Session, form: CollegeForm, college: str) -> FilledForm:
        """A form for one college."""
        head = {**self.head, "college": college}
        rows = self._errata(session, form, college) if form.kind == ERRATA else _statistics(
            session, form, self.campaign, college
        )  # fmt: skip
        return FilledForm(
            form, college, filled_lines(form.cover, head), filled_lines(form.notes, head), tuple(rows)
        )

    def _errata(self, session: Session, form: CollegeForm, college: str) -> Iterator[tuple[str, ...]]:
        """One row a claim that was not withdrawn, by class and number. ID numbers are masked."""
        told = Teller(self.names, self.cipher, masks=True)
        chosen = ClaimFilter(campaign=self.campaign, college=college)
        lines = (
            one
            for one in every_claim(session, self.calendar, chosen, (), "college")
            if one.outcome != "withdrawn"
        )
        for number, line in enumerate(lines, 1):
            yield tuple(
                {"number": str(number), "remark": ""}.get(column.fact)
                or ("" if column.fact == "remark" else COLUMNS[column.fact].tell(told, line)[0])
                for column in form.columns
            )


def _statistics(
    session: Session, form: CollegeForm, campaign: str, college: str
) -> Iterator[tuple[str, ...]]:
    """One row a class, and the sum: the numbers of the board."""
    found = board(session, campaign, "bh", of_college(college))
    for number, line in enumerate((*found.lines, found.total), 1):
        last = line is found.total
        said = {
            "number": "" if last else str(number),
            "class": SUM if last else line.name or "—",
            "remark": "",
        }
        yield tuple(
            said[column.fact] if column.fact in said else NUMBERS[column.fact](line)
            for column in form.columns
        )


def _sum(*columns: str) -> Callable[[BoardLine], str]:
    return lambda line: str(sum(line.numbers[column] for column in columns))


NUMBERS: Mapping[str, Callable[[BoardLine], str]] = {
    "counted": lambda line: str(line.counted),
    "checked": lambda line: str(line.checked),
    "checked_ok": _sum(CHECKED_OK),
    "proxy": _sum(PROXY),
    "deemed": _sum(DEEMED),
    "deferred": _sum(DEFERRED),
    "errors": _sum(*ERRORS),
    "under_way": _sum(RAISED, REVIEW),
    "corrected": _sum(CORRECTED),
    "rejected": _sum(REJECTED),
    "not_checked": _sum(NOT_CHECKED),
    "left_out": lambda line: str(line.left_out),
    "share": lambda line: f"{line.per_mille / 10:.1f}%" if line.counted else "—",
}
"""What a column of the statistics says of a line of the board."""


def sheets_of(filled: FilledForm, at: datetime) -> list[Sheet]:
    """A form as sheets of a workbook: its cover with the places for signatures and seal, and its rows."""
    form = filled.form
    lines = (*filled.cover, *filled.notes, *(f"{one}：" for one in form.signatures), form.seal)
    cover = ((line,) for line in (*lines, f"{at:%Y-%m-%d %H:%M}"))
    return [
        ("封面", (form.title,), cover),
        (form.title, [column.head for column in form.columns], filled.rows),
    ]
