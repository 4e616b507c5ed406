"""Actions from a page: perform in one unit of work, then redirect, or show the page again with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.shared.forms import faults_of, form_key, seen_version
from web.shared.security import actor, place
from workflow.cases.views.lookup import names_of
from workflow.engine import Actor, Ref
from workflow.evidence.intake import PaperRefused
from workflow.history.entry import Entry
from workflow.history.timeline import done_since
from workflow.people.access import note_access
from workflow.people.searching import note_search
from workflow.upkeep.installation import Installation
from workflow.values import Bilingual
from workflow.verdict import Reason, Refused

Page = tuple[str, int]
Answer = Page | Response
Faults = Sequence[tuple[str, str]]
Done = TypeVar("Done")
Said = str | Callable[[Done], str]
"""A text, or a function from the result to a text."""

CONFLICTS = {
    "changed_meanwhile", "held_by_another", "no_such_stand_in", "no_such_relation", "no_such_grant",
    "closed_already", "seen_otherwise", "proposal_changed", "proposal_settled", "export_settled",
    "claim_in_a_batch", "claim_in_a_batch_now",
}  # fmt: skip
"""Codes of a conflict with another person's action. Their page has status 409."""


@dataclass(frozen=True, slots=True)
class SinceSeen:
    """One thing that was done to a subject since the page was shown: when, by whom in which role, what."""

    at: datetime
    name: str
    role: str
    action: Bilingual


@dataclass(frozen=True, slots=True)
class Conflict:
    """What happened since the page was shown, oldest first, and what the person may do now."""

    happened: tuple[SinceSeen, ...]
    possible: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class No:
    """Why a page is shown again: reasons, form faults as (field, text), and the HTTP status.

    ``conflict`` is what others did meanwhile, where that is why.
    """

    reasons: Sequence[Reason] = ()
    faults: Faults = ()
    status: int = 422
    conflict: Conflict | None = None


class Stop(Exception):
    """A reason from the page itself. Raising it inside a unit of work rolls the work back."""

    def __init__(self, reason: Reason, status: int = 422) -> None:
        super().__init__(reason.code)
        self.no = No((reason,), status=status)


@dataclass(frozen=True, slots=True)
class Acting:
    """One unit of work of the signed-in person."""

    place: Installation
    by: Actor
    session: Session

    @property
    def now(self) -> datetime:
        """The moment of this unit of work."""
        return self.place.clock.now(self.session)

    def note(self, what: str, subject: str = "", *, why: str = "") -> datetime:
        """Log this person's access to a subject, at the moment that it returns."""
        at = self.now
        note_access(self.session, self.by, what, subject, at, why=why)
        return at

    def perform(
        self, subject: Ref, action: str, *, key: str, expected: int | None = None, **details: Any
    ) -> Entry:
        """Perform an action as this person. Raises Refused."""
        done: Entry = self.place.engine.perform(
            self.session, subject, action, by=self.by, expected=expected, key=key, **details
        )
        return done


@contextmanager
def acting() -> Iterator[Acting]:
    """Open a unit of work for the signed-in person."""
    with place().store.writing() as session:
        yield Acting(place(), actor(), session)


def looked_for(where: str, said: str) -> None:
    """Log what this person looks for, as a keyed digest. It stays logged whatever comes of the search."""
    with acting() as it:
        note_search(it.session, it.place.cipher, it.by, where, said, it.now)


def act(
    do: Callable[[Acting], Done],
    again: Callable[[No], Answer],
    onward: Said[Done],
    told: Said[Done] = "",
) -> Answer:
    """Run ``do`` in one unit of work. For the arguments see ``attempt``."""

    def in_one_unit() -> Done:
        with acting() as it:
            return do(it)

    return attempt(in_one_unit, again, onward, told)


def attempt(
    do: Callable[[], Done],
    again: Callable[[No], Answer],
    onward: Said[Done],
    told: Said[Done] = "",
) -> Answer:
    """Run ``do``, which opens its own units of work. Redirect to ``onward``, with the message ``told``.

    If it is refused, ``again`` shows the same page with the reasons.
    """
    try:
        done = do()
    except Refused as no:
        status = _status_of(no)
        return again(
            No(no.verdict.reasons, status=status, conflict=conflict_of(no) if status == 409 else None)
        )
    except PaperRefused as no:
        return again(No((no.reason,)))
    except Stop as stop:
        return again(stop.no)
    if words := _of(told, done):
        flash(words)
    return redirect(_of(onward, done), 303)


def _of(said: Said[Done], done: Done) -> str:
    return said if isinstance(said, str) else said(done)


def press(subject: Ref, action: str, **details: Any) -> Callable[[Acting], Entry]:
    """One action, with the form's key and the version that the person saw."""
    return lambda it: it.perform(subject, action, expected=seen_version(), key=form_key(), **details)


def faults_in(form: FlaskForm) -> No | None:
    """The faults of a form, or None."""
    return None if form.validate() else No(faults=faults_of(form))


def show(template: str, no: No | None = None, /, **shown: Any) -> Page:
    """Render a page, with the reasons why it is shown again, if any."""
    said = no or No(status=200)
    html = render_template(
        template, reasons=list(said.reasons), faults=list(said.faults), conflict=said.conflict, **shown
    )
    return html, said.status


def _status_of(no: Refused) -> int:
    """404 for a stranger, 409 for a conflict with another person's action, else 422."""
    if no.verdict.stranger:
        abort(404)
    return 409 if CONFLICTS & set(no.codes) else 422


def conflict_of(no: Refused) -> Conflict | None:
    """What others did to a subject since somebody of the staff looked at it, and what they may do now.

    A student is told no name, and of a decision only when it is announced: their page says it in its own way.
    """
    if no.met is None or not current_user.is_authenticated or actor().role == "student":
        return None
    life = place().engine.bindings[no.met.lifecycle].lifecycle
    with place().store.reading() as session:
        if not (entries := done_since(session, no.met.subject, no.met.seen)):
            return None
        names = names_of(session, (one.actor for one in entries))
        may = place().engine.available(session, Ref(no.met.lifecycle, no.met.subject), actor())
    return Conflict(
        tuple(
            SinceSeen(one.at, names.get(one.actor, ""), one.role, life.action(one.action)) for one in entries
        ),
        tuple(life.action(one.action) for one in may if one.allowed),
    )
