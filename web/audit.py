"""The auditor's pages: find a case, read everything that happened to it, see that the history explains it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.forms import Sought
from web.security import actor, open_to, place
from workflow.cases.projection import compare
from workflow.cases.queue import find_cases, names_of
from workflow.cases.tables import Campaign, Case
from workflow.engine import Binding, NoSuchSubject, Ref
from workflow.history.replay import verify
from workflow.history.timeline import opened, timeline
from workflow.people.access import note_access

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("")
@open_to("auditor")
def search() -> str:
    """Where to begin: a number, or one of the campaigns."""
    with place().store.reading() as session:
        return render_template(
            "audit/search.html", campaigns=_campaigns(session), found=[], said="", missed=False
        )


@bp.post("")
@open_to("auditor")
def find() -> tuple[str, int] | Response:
    """Find cases by a number that stays out of the address; the look is written down."""
    said = Sought().said.data or ""
    with place().store.writing() as session:
        found = find_cases(session, said)
        at = place().clock.now(session)
        for case in found:
            note_access(session, actor(), "search", case.id, at)
    if len(found) == 1:
        return redirect(url_for(".subject", subject=found[0].id), 303)
    with place().store.reading() as session:
        page = render_template(
            "audit/search.html", campaigns=_campaigns(session), found=found, said=said, missed=not found
        )
    return page, 200 if found else 404


@bp.get("/<string(length=32):subject>")
@open_to("auditor")
def subject(subject: str) -> str:
    """Every entry of a case or campaign, done and refused, and whether they explain its present state."""
    return _timeline_page(subject)


@bp.post("/<string(length=32):subject>/<int:number>")
@open_to("auditor")
def open_values(subject: str, number: int) -> str:
    """Open the values that one entry commits to; who opened them is written down first."""
    return _timeline_page(subject, number)


def _campaigns(session: Session) -> list[Campaign]:
    return list(session.scalars(select(Campaign).order_by(Campaign.opens_at.desc(), Campaign.id)))


def _timeline_page(subject: str, number: int = 0) -> str:
    installation = place()
    with installation.store.writing() as session:
        binding = _binding_of(session, subject)
        at = installation.clock.now(session)
        note_access(session, actor(), "values" if number else "timeline", subject, at)
    with installation.store.reading() as session:
        lines = timeline(session, subject)
        tables = {name: one.table for name, one in installation.engine.bindings.items()}
        case = session.get(Case, subject)
        proof = verify(session, tables, installation.cipher, subject=subject)
        proof.faults += compare(session, subject)
        return render_template(
            "audit/timeline.html",
            subject=subject,
            life=binding.lifecycle,
            lines=lines,
            names=names_of(session, [line.entry.actor for line in lines]),
            case=case,
            campaign=session.get(Campaign, case.campaign_id if case else subject)
            if not case or case.campaign_id
            else None,
            now=binding.look(session, subject),
            number=number,
            values=opened(session, installation.cipher, subject, number) if number else {},
            proof=proof,
        )


def _binding_of(session: Session, subject: str) -> Binding:
    for binding in place().engine.bindings.values():
        if binding.look(session, subject) is not None:
            return binding
    raise NoSuchSubject(Ref("", subject).id)
