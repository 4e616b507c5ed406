"""Pages for substitutions of absent staff, and for declared relations to students (conflicts of interest)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.shared.act import Acting, Answer, No, Page, Stop, act, faults_in, looked_for, show
from web.shared.forms import Away, Sought
from web.shared.security import STAFF, actor, fresh, open_to, place
from web.shared.standing import OWN_RELATION, SUBSTITUTION, about
from workflow.people.standing_in import (
    absences,
    declare,
    end_early,
    relations_of,
    stand_in,
    take_back,
    who_could,
)
from workflow.records.tables import Record
from workflow.records.values import find_record
from workflow.verdict import Reason

bp = Blueprint("standing_in", __name__, url_prefix="/staff")

RECORDING = ("administrator", "registrar")
NO_STUDENT = Reason(
    "no_such_student",
    "没有这个学号或考生号的学籍记录。",
    remedy="请核对号码；还没有导入名册的，导入之后再申报。",
    rule="relations",
)


@dataclass(frozen=True, slots=True)
class Related:
    """One declaration as its maker sees it: the student's number they entered, and since when."""

    id: str
    number: str
    made_at: datetime
    ended_at: datetime | None


# -- substitutions --------------------------------------------------------------------------------------


@bp.get("/away")
@open_to(*RECORDING)
def away(no: No | None = None, form: Away | None = None) -> Page:
    """Substitutions that are running, still to come or recently ended."""
    with place().store.reading() as session:
        at = place().clock.now(session)
        known = absences(session, at)
        could = who_could(session, at)
    return show(
        "staff/away.html",
        no,
        known=sorted(known, key=lambda one: (not one.lasts(at), not one.ahead(at))),
        absent_ones=could,
        stand_ins=[(id, name) for id, name in could if id != actor().person],
        at=at,
        form=form or Away(formdata=None),
    )


@bp.post("/away")
@open_to(*RECORDING)
@fresh
def record() -> Answer:
    """Record that one person acts for another from a first to a last day."""
    form = Away()
    if no := faults_in(form):
        return away(no, form)
    return act(
        lambda it: stand_in(
            it.session,
            form.absent.data or "",
            form.stand_in.data or "",
            form.first.data,
            form.last.data,
            it.by,
            it.now,
            it.place.entropy,
        ),
        again=lambda no: away(no, form),
        onward=url_for(".away"),
    )


@bp.post("/away/<string(length=32):substitution>/end")
@open_to(*RECORDING)
@about(substitution=SUBSTITUTION)
@fresh
def end(substitution: str) -> Answer:
    """End a substitution now, for example when the absent person is back."""
    return act(
        lambda it: end_early(it.session, substitution, it.by, it.now),
        again=away,
        onward=url_for(".away"),
    )


# -- relations ------------------------------------------------------------------------------------------


@bp.get("/relations")
@open_to(*STAFF)
def relations(no: No | None = None, said: str = "") -> Page:
    """The signed-in person's own declarations only."""
    with place().store.reading() as session:
        declared = _declared(session, actor().person)
    return show("staff/relations.html", no, declared=declared, said=said)


@bp.post("/relations")
@open_to(*STAFF)
def add() -> Answer:
    """Declare a relation to the student with a number. The number is not in the address."""
    said = Sought().said.data or ""
    looked_for("relation", said)

    def declared(it: Acting) -> None:
        record = find_record(it.session, said)
        if record is None:
            raise Stop(NO_STUDENT)
        declare(it.session, it.by, record, it.now, it.place.entropy)

    return act(declared, again=lambda no: relations(no, said), onward=url_for(".relations"))


@bp.post("/relations/<string(length=32):relation>/end")
@open_to(*STAFF)
@about(relation=OWN_RELATION)
@fresh
def undeclare(relation: str) -> Answer:
    """End one's own declaration. This affects only what is filed from now on."""
    return act(
        lambda it: take_back(it.session, it.by, relation, it.now),
        again=relations,
        onward=url_for(".relations"),
    )


def _declared(session: Session, person: str) -> list[Related]:
    lines = relations_of(session, person)
    rows = session.execute(
        select(Record.id, Record.xh, Record.ksh).where(Record.id.in_([line.record for line in lines]))
    )
    numbers = {row.id: row.xh or row.ksh or "" for row in rows}
    return [Related(line.id, numbers.get(line.record, ""), line.made_at, line.ended_at) for line in lines]
