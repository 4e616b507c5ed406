"""What was decided lately of the same kind of claim: outcome, ground and day, and nobody's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.facts import ClaimFacts
from workflow.cases.tables import DECIDED, SETTLED, Case, Claim

LATEST = 5
"""How many decisions of a kind are told at most."""
Kind = tuple[str, str, str]
"""Field, cause and circumstance of a claim."""


@dataclass(frozen=True, slots=True)
class EarlierDecision:
    """One decision of another case. ``case`` is '' for whoever has nothing to do with that case."""

    case: str
    decided_at: datetime
    outcome: str
    ruling: str


def kind_of(claim: ClaimFacts) -> Kind:
    """What makes claims alike."""
    return claim.field, claim.cause, claim.variant


def earlier_decisions(
    session: Session, claims: Iterable[ClaimFacts], case: str, mine: ColumnElement[bool]
) -> Mapping[Kind, tuple[EarlierDecision, ...]]:
    """The latest decisions of the kinds of some claims, but for those of one case. One statement.

    ``mine`` is the condition on a case under which its reader may open it.
    """
    kinds = list(dict.fromkeys(map(kind_of, claims)))
    if not kinds:
        return {}
    asked = [_of_kind(n, kind, case, mine) for n, kind in enumerate(kinds)]
    found: dict[Kind, list[EarlierDecision]] = {kind: [] for kind in kinds}
    for row in session.execute(union_all(*asked) if len(asked) > 1 else asked[0]):
        shown = row.case_id if row.mine else ""
        found[kinds[row.kind]].append(EarlierDecision(shown, row.ended_at, row.outcome, row.ruling))
    latest = attrgetter("decided_at")
    return {kind: tuple(sorted(some, key=latest, reverse=True)) for kind, some in found.items()}


def _of_kind(n: int, kind: Kind, case: str, mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    field, cause, variant = kind
    latest = (
        select(
            literal(n).label("kind"),
            Claim.case_id,
            Claim.ended_at,
            Claim.outcome,
            Claim.ruling,
            mine.label("mine"),
        )
        .join(Case, Case.id == Claim.case_id)
        .where(
            Claim.field == field,
            Claim.cause == cause,
            Claim.variant == variant,
            Claim.ended_at.is_not(None),
            Claim.outcome.in_(SETTLED),
            Claim.case_id != case,
            Case.state.in_(DECIDED),
        )
        .order_by(Claim.ended_at.desc())
        .limit(LATEST)
        .subquery()
    )
    return select(latest)
