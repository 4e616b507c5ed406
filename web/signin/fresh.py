"""Proving anew who one is, and sending on a press that was interrupted."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from web.shared.act import Answer, No, Page, show
from web.shared.gate.interrupted import KEPT_FIELD
from web.shared.security import (
    lives,
    me,
    never_kept,
    open_to_signed_in,
    own_address,
    place,
    set_cookie,
)
from web.signin.kept_words import deed_in_words, fields_in_words
from web.signin.proving import against_code, against_password, channels_for_codes, send_code
from workflow.people.links import SignInRefused
from workflow.people.presences import FRESH, Granted, change_role, prove
from workflow.people.scopes import in_capacity
from workflow.signin.kept import KEPT, Pressed, kept_press
from workflow.signin.own_account import own_way_in
from workflow.signin.password.proof import has_password

bp = Blueprint("fresh", __name__, url_prefix="/fresh")


@bp.get("")
@open_to_signed_in
def proof() -> Page:
    """Ask for a proof of the person, and then lead to the address in ``to``. Or say that it is fresh."""
    return _ask(own_address(request.args.get("to", "")))


@bp.post("")
@open_to_signed_in
@never_kept
def prove_it() -> Answer:
    """Check the proof, and go on to the kept press or the address."""
    no = _against_the_proof()
    if no is not None:
        press = request.form.get("press", "")
        return _again(press, no) if press else _ask(own_address(request.form.get("to", "")), no)
    with place().store.writing() as session_:
        prove(session_, me().digest, place().clock.now(session_))
    return redirect(_onward() or url_for("account.page"), 303)


@bp.post("/code")
@open_to_signed_in
@never_kept
def code() -> Response:
    """Send the person a code to their own address, and show the same page again."""
    if send_code():
        flash(_("登录码已经发到您的地址，十五分钟内有效。"))
    else:
        flash(_("没有发出：刚发过一个，或者没有可以收登录码的地址。"))
    if press := request.form.get("press", ""):
        return redirect(url_for(".again", press=press), 303)
    return redirect(url_for(".proof", to=own_address(request.form.get("to", "")) or None), 303)


@bp.get("/<string(length=32):press>")
@open_to_signed_in
def again(press: str) -> Page:
    """A kept press: ask for a proof where one is missing, show what would be sent, and offer to send it."""
    return _again(press)


@bp.post("/<string(length=32):press>/role")
@open_to_signed_in
@never_kept
def in_that_role(press: str) -> Answer:
    """Change to the role in which the kept press was made, with a new token."""
    pressed = _kept(press)
    grant = pressed and _grant_of(pressed)
    if not grant:
        return _again(press)
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            token = change_role(session_, me(), grant.id, at, installation.entropy, lives())
    except SignInRefused:
        return _again(press)
    session.clear()
    response = redirect(url_for(".again", press=press), 303)
    set_cookie(response, "sid", token)
    return response


def _ask(to: str, no: No | None = None) -> Page:
    onward = to or url_for("account.page")
    return show("signin/fresh.html", no, to=to, onward=onward, fresh=me().is_fresh(_now()), **_asked())


def _again(press: str, no: No | None = None) -> Page:
    pressed = _kept(press)
    if pressed is None:
        return show("signin/kept_gone.html", No(status=404), minutes=_minutes(KEPT))
    as_pressed = _role_of(pressed) == me().capacity
    return show(
        "signin/kept.html",
        no,
        press=press,
        pressed=pressed,
        held=in_capacity(pressed.role, pressed.scope),
        kept_field=KEPT_FIELD,
        deed=deed_in_words(pressed),
        typed=fields_in_words(pressed.fields),
        fresh=me().is_fresh(_now()),
        same_role=as_pressed,
        may_change=_grant_of(pressed) is not None,
        minutes_kept=_minutes(KEPT),
        **_asked(),
    )


def _asked() -> dict[str, object]:
    """Which proofs this person can give."""
    with place().store.reading() as session_:
        way = own_way_in(session_, me())
    without = _goes_without(way.has_password)
    return {
        "has_password": way.has_password,
        "number": way.number,
        "without": without,
        "by_code": bool(channels_for_codes()) and not without,
        "minutes": _minutes(FRESH),
    }


def _against_the_proof() -> No | None:
    """Why what was sent proves nothing: a code if one was typed, else the password."""
    with place().store.reading() as session_:
        if _goes_without(has_password(session_, me().actor.person)):
            return None
    if typed := request.form.get("code", ""):
        return against_code(typed)
    return against_password(request.form.get("password", ""))


def _onward() -> str:
    """Where a proof leads: to the kept press, or to the address that was asked for."""
    if press := request.form.get("press", ""):
        return url_for(".again", press=press)
    return own_address(request.form.get("to", ""))


def _goes_without(password: bool) -> bool:
    """In practice and demonstrations, where nothing counts, those without a password only press a button."""
    return place().practice and not password


def _kept(press: str) -> Pressed | None:
    with place().store.reading() as session_:
        return kept_press(session_, place().cipher, press, me().actor.person, place().clock.now(session_))


def _grant_of(pressed: Pressed) -> Granted | None:
    """The person's present grant in which a press was made."""
    wanted = _role_of(pressed)
    return next((one for one in me().grants if one.capacity == wanted), None)


def _role_of(pressed: Pressed) -> tuple[str, str, str]:
    return pressed.role, pressed.scope, pressed.on_behalf_of


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _now() -> datetime:
    return place().clock.now()
