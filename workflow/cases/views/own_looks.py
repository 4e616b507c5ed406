"""The access log for whom it is about: what a member of staff looked at, and who opened a student's file.

Nobody is named. A student reads in which role, for which college or office, for which case and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, and_, func, literal, not_, or_, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.evidence.tables import Evidence
from workflow.people.scopes import Scope
from workflow.people.tables import Access, Grant
from workflow.signin.tables import SignInCode


@dataclass(frozen=True, slots=True)
class OwnLook:
    """One look: when, in which role, at what and why; the receipt of the case that it was for, or ''.

    ``places`` are the colleges and offices for which the person held the role at that moment.
    """

    at: datetime
    role: str
    what: str
    allowed: bool
    why: str
    receipt: str
    places: tuple[Scope, ...] = ()


def looks_by(session: Session, person: str, *, skip: int, limit: int) -> tuple[int, list[OwnLook]]:
    """What a person looked at, latest first: how many lines, and one page of them.

    A refused look has no receipt: the case may be none of theirs.
    """
    count, rows = _page(session, _lines().where(Access.person_id == person), skip, limit)
    return count, [_look(row) if row.allowed else replace(_look(row), receipt="") for row in rows]


def looks_at(
    session: Session, record: str, files: CompoundSelect[tuple[str]], *, skip: int, limit: int
) -> tuple[int, list[OwnLook]]:
    """Who else opened a student's record, cases, papers or account, latest first; and one page of them.

    ``files`` selects the export jobs and batches whose file had the student in it: each download counts.
    Another list is one line that names nobody, so lists in which the student stood are not here. A line
    beside an entry is no look: the entry itself is in the case's history. What a member of staff declares
    about themselves is theirs.
    """
    themselves = select(Grant.person_id).where(Grant.role == "student", Grant.scope == record)
    theirs = and_(
        or_(
            Access.subject.in_(_about(record)),
            and_(
                Access.subject.in_(files),
                or_(Access.what.startswith("export:"), Access.what.startswith("batch:")),
            ),
        ),
        Access.person_id.not_in(themselves),
        not_(or_(Access.what.startswith("way:"), Access.what.startswith("relation"))),
    )
    count, rows = _page(session, _lines().where(theirs), skip, limit)
    held = _held(session, {row.person_id for row in rows})
    return count, [_look(row, _places(row, held)) for row in rows]


def _about(record: str) -> CompoundSelect[tuple[str]]:
    """The ids under which looks at one student are logged."""
    held = and_(Grant.person_id == SignInCode.person_id, Grant.role == "student", Grant.scope == record)
    return union_all(
        select(literal(record)),
        select(Case.id).where(Case.record_id == record),
        select(Evidence.id).where(Evidence.record_id == record),
        select(Grant.person_id).where(Grant.role == "student", Grant.scope == record),
        select(SignInCode.id).join(Grant, held),
        select(SignInCode.run_id).join(Grant, held).where(SignInCode.run_id.is_not(None)),
    )


def _lines() -> Any:
    return select(
        func.count().over().label("count"),
        Access.id,
        Access.at,
        Access.person_id,
        Access.role,
        Access.what,
        Access.allowed,
        Access.why,
        Access.subject,
    )


def _page(session: Session, lines: Any, skip: int, limit: int) -> tuple[int, Sequence[Any]]:
    """One page of lines with the receipts of their cases, which are read for this page alone."""
    page = lines.order_by(Access.id.desc()).offset(skip).limit(limit).subquery()
    rows = session.execute(
        select(page, func.coalesce(Case.receipt, "").label("receipt"))
        .outerjoin(Evidence, Evidence.id == page.c.subject)
        .outerjoin(Case, or_(Case.id == page.c.subject, Case.id == Evidence.case_id))
        .order_by(page.c.id.desc())
    ).all()
    return (rows[0][0] if rows else 0), rows


def _held(session: Session, people: Iterable[str]) -> Sequence[Any]:
    """Every grant that some people ever had, with its span."""
    return session.execute(
        select(
            Grant.person_id,
            Grant.role,
            Grant.college,
            Grant.office,
            Grant.given_at,
            Grant.last_on,
            Grant.ended_at,
        )
        .where(Grant.person_id.in_(list(people)), Grant.role != "student")
        .order_by(Grant.given_at, Grant.id)
    ).all()


def _places(row: Any, held: Sequence[Any]) -> tuple[Scope, ...]:
    """The colleges and offices for which somebody held the role of a line at its moment."""
    places = [
        Scope(college=one.college, office=one.office)
        for one in held
        if (one.person_id, one.role) == (row.person_id, row.role)
        if one.given_at <= row.at and (one.ended_at is None or row.at <= one.ended_at)
        if one.last_on is None or row.at.date() <= one.last_on
    ]
    return tuple(filter(None, dict.fromkeys(places)))


def _look(row: Any, places: tuple[Scope, ...] = ()) -> OwnLook:
    return OwnLook(row.at, row.role, row.what, row.allowed, row.why, row.receipt, places)
