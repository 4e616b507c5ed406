"""One way to act from a page: do it in one unit of work and go on, or show the page again and say why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.shared.forms import faults_of, form_key, seen_version
from web.shared.security import actor, place
from workflow.engine import Actor, Ref
from workflow.evidence.intake import PaperRefused
from workflow.history.entry import Entry
from workflow.upkeep.installation import Installation
from workflow.verdict import Reason, Refused

Page = tuple[str, int]
Answer = Page | Response
Faults = Sequence[tuple[str, str]]
Done = TypeVar("Done")
Said = str | Callable[[Done], str]
"""A text, or what makes one of what was done."""

CONFLICTS = {"changed_meanwhile", "held_by_another", "no_such_stand_in", "no_such_relation"}
"""Codes that say: somebody else was here. The page that tells them is a 409."""


@dataclass(frozen=True, slots=True)
class No:
    """Why a page is shown again: reasons, faults of its form by field, and the status that says so."""

    reasons: Sequence[Reason] = ()
    faults: Faults = ()
    status: int = 422


class Stop(Exception):
    """A reason of the page itself; raised where something is done, it undoes what was begun."""

    def __init__(self, reason: Reason, status: int = 422) -> None:
        super().__init__(reason.code)
        self.no = No((reason,), status=status)


@dataclass(frozen=True, slots=True)
class Acting:
    """One unit of work in which the person at the page acts."""

    place: Installation
    by: Actor
    session: Session

    @property
    def now(self) -> datetime:
        """The moment of this unit of work."""
        return self.place.clock.now(self.session)

    def perform(
        self, subject: Ref, action: str, *, key: str, expected: int | None = None, **details: Any
    ) -> Entry:
        """Ask the engine for an action of this person."""
        done: Entry = self.place.engine.perform(
            self.session, subject, action, by=self.by, expected=expected, key=key, **details
        )
        return done


@contextmanager
def acting() -> Iterator[Acting]:
    """A unit of work of the person at the page."""
    with place().store.writing() as session:
        yield Acting(place(), actor(), session)


def act(
    do: Callable[[Acting], Done],
    again: Callable[[No], Answer],
    onward: Said[Done],
    told: Said[Done] = "",
) -> Answer:
    """Do something in one unit of work; ``attempt`` says what follows."""

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
    """Do something that keeps its own units of work, and go to an address, where ``told`` is said.

    Refused, the same page is shown ``again`` with the reasons.
    """
    try:
        done = do()
    except Refused as no:
        return again(No(no.verdict.reasons, status=_status_of(no)))
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
    """What most buttons do: one action, under the form's key and at the version that was looked at."""
    return lambda it: it.perform(subject, action, expected=seen_version(), key=form_key(), **details)


def faults_in(form: FlaskForm) -> No | None:
    """The faults of a form, if it has any."""
    return None if form.validate() else No(faults=faults_of(form))


def show(template: str, no: No | None = None, /, **shown: Any) -> Page:
    """A page with what it shows, and why it is shown again."""
    said = no or No(status=200)
    html = render_template(template, reasons=list(said.reasons), faults=list(said.faults), **shown)
    return html, said.status


def _status_of(no: Refused) -> int:
    """404 for a stranger, 409 when somebody else was here, 422 for every other no."""
    if no.verdict.stranger:
        abort(404)
    return 409 if CONFLICTS & set(no.codes) else 422
