"""Who stands in for whom, recorded and ended early; and the relations that the staff declare to students."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from states import ROLES
from web.shared.forms import Away, Sought, faults_of
from web.shared.security import actor, open_to, place
from workflow.people.standing_in import (
    absences,
    declare,
    end_early,
    relations_of,
    stand_in,
    take_back,
    who_could,
)
from workflow.people.tables import CARRIED
from workflow.records.tables import Record
from workflow.verdict import Reason, Refused

bp = Blueprint("standing_in", __name__, url_prefix="/staff")

STAFF = tuple(role for role in ROLES if role not in ("student", "system"))
RECORDING = ("administrator", "registrar")
NO_STUDENT = Reason(
    "no_such_student",
    "没有这个学号或考生号的学籍记录。",
    remedy="请核对号码；还没有导入名册的，导入之后再申报。",
    rule="relations",
)


@dataclass(frozen=True, slots=True)
class Related:
    """One declaration as its maker reads it: the number they know the student by, and since when."""

    id: str
    number: str
    made_at: datetime
    ended_at: datetime | None


# -- standing in ----------------------------------------------------------------------------------------


@bp.get("/away")
@open_to(*RECORDING)
def away() -> tuple[str, int]:
    """Who is away and who stands in, now, ahead and lately over."""
    return _away_page()


@bp.post("/away")
@open_to(*RECORDING)
def record() -> tuple[str, int] | Response:
    """Record that one person stands in for another from a day to a day."""
    form, installation = Away(), place()
    if not form.validate():
        return _away_page(form=form, faults=faults_of(form), status=422)
    try:
        with installation.store.writing() as session:
            stand_in(
                session,
                form.absent.data or "",
                form.stand_in.data or "",
                form.first.data,
                form.last.data,
                actor(),
                installation.clock.now(session),
                installation.entropy,
            )
    except Refused as no:
        return _away_page(no.verdict.reasons, form=form, status=422)
    return redirect(url_for(".away"), 303)


@bp.post("/away/<string(length=32):substitution>/end")
@open_to(*RECORDING)
def end(substitution: str) -> tuple[str, int] | Response:
    """End one now: whoever came back does their own work."""
    try:
        with place().store.writing() as session:
            end_early(session, substitution, actor(), place().clock.now(session))
    except Refused as no:
        return _away_page(no.verdict.reasons, status=409)
    return redirect(url_for(".away"), 303)


def _away_page(
    reasons: Iterable[Reason] = (),
    form: Away | None = None,
    faults: Iterable[tuple[str, str]] = (),
    status: int = 200,
) -> tuple[str, int]:
    with place().store.reading() as session:
        at = place().clock.now(session)
        known = absences(session, at)
        could = who_could(session, CARRIED), who_could(session)
    page = render_template(
        "staff/away.html",
        known=sorted(known, key=lambda one: (not one.lasts(at), not one.ahead(at))),
        absent_ones=could[0],
        stand_ins=[(id, name) for id, name in could[1] if id != actor().person],
        at=at,
        form=form or Away(formdata=None),
        reasons=list(reasons),
        faults=list(faults),
    )
    return page, status


# -- relations ------------------------------------------------------------------------------------------


@bp.get("/relations")
@open_to(*STAFF)
def relations() -> tuple[str, int]:
    """What the person who sits here declared; nobody else's."""
    return _relations_page()


@bp.post("/relations")
@open_to(*STAFF)
def add() -> tuple[str, int] | Response:
    """Declare a relation to the student of a number; the number stays out of the address."""
    installation, said = place(), Sought().said.data or ""
    with installation.store.writing() as session:
        record = session.scalar(select(Record.id).where(or_(Record.xh == said, Record.ksh == said)))
        if said and record is not None:
            declare(session, actor(), record, installation.clock.now(session), installation.entropy)
    if not said or record is None:
        return _relations_page([NO_STUDENT], said, 422)
    return redirect(url_for(".relations"), 303)


@bp.post("/relations/<string(length=32):relation>/end")
@open_to(*STAFF)
def undeclare(relation: str) -> tuple[str, int] | Response:
    """Take a declaration of one's own back; it counts for what is filed from then on."""
    try:
        with place().store.writing() as session:
            take_back(session, actor(), relation, place().clock.now(session))
    except Refused as no:
        return _relations_page(no.verdict.reasons, status=409)
    return redirect(url_for(".relations"), 303)


def _relations_page(reasons: Iterable[Reason] = (), said: str = "", status: int = 200) -> tuple[str, int]:
    with place().store.reading() as session:
        declared = _declared(session, actor().person)
    page = render_template(
        "staff/relations.html", declared=declared, said=said, reasons=list(reasons), faults=[]
    )
    return page, status


def _declared(session: Session, person: str) -> list[Related]:
    lines = relations_of(session, person)
    rows = session.execute(
        select(Record.id, Record.xh, Record.ksh).where(Record.id.in_([line.record for line in lines]))
    )
    numbers = {row.id: row.xh or row.ksh or "" for row in rows}
    return [Related(line.id, numbers.get(line.record, ""), line.made_at, line.ended_at) for line in lines]
