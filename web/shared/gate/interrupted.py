"""Requests that meet a session without a fresh proof, or one that has ended: nothing typed is lost.

What was about to be sent is kept sealed for the person (``workflow/signin/kept.py``). They prove who they are
or sign in again, see it once more, and send it on themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from web.shared.security import (
    come_back_to,
    cookie_name,
    ended_here,
    me,
    needs_proof,
    own_address,
    place,
    refuse_unkeepable,
    unkeepable,
    view_here,
)
from workflow.engine import Actor, is_id
from workflow.people.access import note_access
from workflow.people.presences import Ended, seen_again
from workflow.people.tokens import digest
from workflow.signin.kept import Pressed, keep_press, use_press

RENEWED = timedelta(minutes=1)
"""Minimum time between two renewals of a proof by fresh acts, so that not every act writes."""
TIMED_OUT = frozenset({"idle", "over"})
"""Endings by time alone. Only after these is a press kept: the others may have been meant to stop it."""
KEPT_FIELD = "kept"
"""The form field that names the kept press which is sent on."""
NEVER = {"csrf_token", KEPT_FIELD}


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why there is nobody signed in any more, and whether what was about to be sent is kept or too long.

    ``typed`` are the fields of what is neither: their page shows them, and nothing else has them.
    """

    ended: Ended
    kept: bool = False
    too_long: bool = False
    typed: Pairs = ()


def guard(app: Flask) -> None:
    """Ask for a fresh proof where a view needs one. To be called after the form tokens are checked."""
    app.before_request(_mark_as_sent)
    app.before_request(_ask_for_proof)


def _mark_as_sent() -> None:
    """A kept press is sent on once, however often its button is pressed."""
    id = request.form.get(KEPT_FIELD, "") if request.method == "POST" else ""
    if not is_id(id) or not current_user.is_authenticated:
        return
    at = place().clock.now()
    if needs_proof() and not me().is_fresh(at):
        return
    with place().store.writing() as session:
        first = use_press(session, id, me().actor.person, at)
    if not first:
        abort(409)


def _ask_for_proof() -> Response | None:
    if not needs_proof():
        return None
    at = place().clock.now()
    if me().is_fresh(at):
        _renew(at)
        return None
    if request.method != "POST":
        return redirect(url_for("fresh.proof", to=here()), 303)
    by = me()
    kept = _keep(by.actor, by.scope, by.digest, at)
    if kept is None:
        g.too_long = True
        abort(413)
    return redirect(url_for("fresh.again", press=kept), 303)


def too_long_to_keep() -> bool:
    """Whether this press needed a fresh proof and was too long to be kept."""
    return bool(g.get("too_long"))


def _renew(at: datetime) -> None:
    proved = me().proved_at
    if proved is not None and proved + RENEWED <= at:
        with place().store.writing() as session:
            seen_again(session, me().digest, at, fresh_act=True)


def turned_away() -> TurnedAway | None:
    """Note that an ended session was used once more, and keep what was about to be sent with it.

    After sign-in the way leads to what is kept, or to the page that was asked for. None for a browser that
    has not signed in.
    """
    ended = ended_here()
    if ended is None:
        return None
    at = place().clock.now()
    by = Actor(ended.person, ended.role, ended.on_behalf_of)
    with place().store.writing() as session:
        note_access(session, by, f"ended:{ended.because}", "", at, allowed=False)
    if request.method != "POST":
        return TurnedAway(ended)
    secret = getattr(view_here(), "never_kept", False)
    if ended.because not in TIMED_OUT or secret or not _is_our_form():
        return TurnedAway(ended, typed=typed_in_vain())
    kept = _keep(by, ended.scope, digest(request.cookies.get(cookie_name("sid"), "")), at)
    if kept is None:
        return TurnedAway(ended, too_long=True)
    come_back_to(url_for("fresh.again", press=kept))
    return TurnedAway(ended, kept=True)


def typed_in_vain() -> Pairs:
    """The fields of this request, which was refused as a whole, for the page that says so.

    None of a view whose forms are secret, and none of a form that is not ours.
    """
    if request.method != "POST" or getattr(view_here(), "never_kept", False):
        return ()
    try:
        typed = _pairs(request.form) if _is_our_form() else ()
    except RequestEntityTooLarge:
        return ()
    return () if any(map(unkeepable, (said for pair in typed for said in pair))) else typed


def here() -> str:
    """The address of this request with its query, as one can come back to it."""
    return own_address(request.full_path.removesuffix("?"))


def _is_our_form() -> bool:
    """Whether the form was ours and this browser's, by its token."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return False
    return True


def _keep(by: Actor, scope: str, presence: str, at: datetime) -> str | None:
    refuse_unkeepable()
    pressed = Pressed(
        here(), by.role, scope, by.on_behalf_of, _pairs(request.form), tuple(
            (name, file.filename) for name, file in request.files.items(multi=True) if file.filename
        ),
    )  # fmt: skip
    installation = place()
    with installation.store.writing() as session:
        return keep_press(
            session, installation.cipher, pressed, by.person, presence, at, installation.entropy
        )


def _pairs(form: MultiDict[str, str]) -> Pairs:
    return tuple((name, said) for name, said in form.items(multi=True) if name not in NEVER)
