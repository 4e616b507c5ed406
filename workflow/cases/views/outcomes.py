"""The outcomes of a case's claims in a list of cases: a decision of several names each of them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, select

from states.case import CORRECTED, REJECTED
from workflow.cases.tables import Case, Claim


def outcomes_of_case() -> ColumnElement[str]:
    """A column of a list: the outcomes of a case's settled claims, each as often as there are."""
    settled = Claim.outcome.not_in(("", "withdrawn"))
    joined = select(func.aggregate_strings(Claim.outcome, ",")).where(Claim.case_id == Case.id, settled)
    decided = Case.state.in_((CORRECTED, REJECTED))
    return case((decided, func.coalesce(joined.correlate(Case).scalar_subquery(), "")), else_="")


def outcomes_from(joined: str) -> tuple[str, ...]:
    """The outcomes of such a column."""
    return tuple(sorted(filter(None, joined.split(","))))
