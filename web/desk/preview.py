"""What the student will read of a decision before it goes: it is made, read as by its student, and undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from flask import abort
from sqlalchemy.orm import Session

from web.shared.act import No
from web.shared.forms import Concluded, form_key, seen_version
from web.shared.numbers import NUMBERS, ends_of
from web.shared.security import actor, place
from web.student.story import Matter, Story, told_of
from workflow.cases.load import look_at_case
from workflow.cases.review.press import Decision, decide
from workflow.cases.views.belongings import belongings
from workflow.cases.views.student_sheet import read_record
from workflow.verdict import Refused

SHOWS = ("fill", "look")
"""The presses of the decision's form that show what comes of it and decide nothing."""


class _Undone(Exception):
    """Ends a unit of work of which nothing stays, and carries what was read in it."""

    def __init__(self, came_of: Story | No) -> None:
        super().__init__()
        self.came_of = came_of


def decision_in(form: Concluded) -> Decision:
    """What the form of a decision says."""
    return Decision(
        claims=tuple(filter(None, (form.claims.data or "").split(","))),
        outcome=form.outcome.data or "",
        seen_on=form.seen_on.data,
        refusal=form.refusal.data or "",
        words=form.words.data or "",
        base=form.base.data or "",
        ticked=tuple(form.ticked.data or ()),
    )


def rehearse(case: str, form: Concluded) -> Story | No:
    """A case as its student will see it once this decision is announced, or the reasons against it.

    Nothing of it is kept: no entry, no letter, no refusal. Full numbers are masked, as on every page here.
    """
    try:
        _made_and_undone(case, decision_in(form))
    except _Undone as done:
        return done.came_of


def _made_and_undone(case: str, decision: Decision) -> NoReturn:
    key, seen = f"{form_key()}:shown", seen_version()
    with place().store.writing() as session:
        try:
            decide(place().engine, session, case, decision, by=actor(), expected=seen, key=key)
        except Refused as no:
            if no.verdict.stranger:
                abort(404)
            raise _Undone(No(no.verdict.reasons)) from no
        raise _Undone(_as_told(session, case))


def _as_told(session: Session, id: str) -> Story:
    """The case on its student's page, once what was decided can be undone no more."""
    facts = look_at_case(session, id)
    assert facts is not None
    held = timedelta(minutes=place().school.policy.periods.undo_minutes, seconds=1)
    mine = read_record(session, place().cipher, facts.record.id, place().clock.now(session) + held)
    case = mine.case(id)
    assert case is not None
    story = told_of(session, mine, case, belongings(session, place().cipher, case.facts), None)
    return replace(story, matters=tuple(map(_masked, story.matters)))


def _masked(it: Matter) -> Matter:
    return replace(it, old=ends_of(it.old), new=ends_of(it.new)) if it.claim.field in NUMBERS else it
