"""What is asked of the list of claims: a filter, an order and columns, as an address or a job bears them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from config.policy.words import STEP_KINDS
from workflow.cases.review.waits import LANES, SETTLE
from workflow.cases.tables import OUTCOMES
from workflow.cases.views.whose_turn import WHAT

OWN = "own"
"""Filings outside of any campaign."""
OPEN = "open"
OUTCOME_WORDS: dict[str, tuple[str, str]] = {OPEN: ("未办结", "not settled"), **OUTCOMES}
"""What becomes of a claim, or that nothing has yet, in Chinese and English."""
STEP_WORDS: dict[str, tuple[str, str]] = {**STEP_KINDS, SETTLE: WHAT["decide"]}
LANE_WORDS: dict[str, tuple[str, str]] = dict(
    zip(
        LANES,
        (
            ("待学校审核", "with the school"),
            ("录入学信网", "to be entered on the platform"),
            ("已发出，等答复", "sent, waiting for a reply"),
            ("待学生补正", "with the student"),
        ),
        strict=True,
    )
)
"""Where an open claim stands, in Chinese and English."""
ORDERS: dict[str, tuple[str, str]] = {
    "latest": ("提交时间，新的在前", "filed, latest first"),
    "earliest": ("提交时间，旧的在前", "filed, earliest first"),
    "settled": ("办结时间，新的在前", "settled, latest first"),
    "college": ("学院、班级、学号", "college, class, number"),
}
"""The orders of the list, in Chinese and English. The first is the usual one."""
FORMATS: dict[str, tuple[str, str]] = {"xlsx": ("Excel 工作簿", "Excel workbook"), "csv": ("CSV", "CSV")}
"""The forms of its file, in Chinese and English."""

LATEST, *_OTHERS = ORDERS
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which claims: one value of each at most, days included on both ends."""

    campaign: str = ""
    college: str = ""
    year: str = ""
    field: str = ""
    cause: str = ""
    outcome: str = ""
    ruling: str = ""
    step: str = ""
    lane: str = ""
    number: str = ""
    batch: str = ""
    filed_from: str = ""
    filed_to: str = ""
    settled_from: str = ""
    settled_to: str = ""

    def __bool__(self) -> bool:
        return bool(self.said())

    def said(self) -> dict[str, str]:
        """The filter as an address bears it: nothing personal, and nothing that is not chosen."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def known(cls, said: Mapping[str, str], values: Mapping[str, Iterable[str]]) -> ClaimFilter:
        """Of what an address says the values that there are.

        The name of a college and the number of a letter or a batch are taken as they are.
        """
        chosen = {name: said.get(name, "") for name in values}
        return cls(
            college=said.get("college", "")[:_LONGEST],
            number=said.get("number", "").strip()[:_LONGEST],
            **{name: value for name, value in chosen.items() if value in set(values[name])},
            **{name: _day(said.get(name, "")) for name in DAYS},
        )


DAYS = ("filed_from", "filed_to", "settled_from", "settled_to")


def _day(said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class ClaimsAsked:
    """A filter, an order, the columns, and the form of the file."""

    filter: ClaimFilter
    order: str
    columns: tuple[str, ...]
    form: str = "xlsx"

    def as_json(self) -> dict[str, Any]:
        """The question as plain values, to be kept with a job."""
        return {
            "filter": self.filter.said(),
            "order": self.order,
            "columns": list(self.columns),
            "form": self.form,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> ClaimsAsked:
        """The inverse of ``as_json``."""
        return cls(ClaimFilter(**said["filter"]), said["order"], tuple(said["columns"]), said["form"])
