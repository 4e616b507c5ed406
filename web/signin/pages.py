"""The front page, the sign-in form, sign-out, and switching between one's own roles."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from web.guide.pages import front
from web.shared.act import Answer, No, Page, show
from web.shared.security import (
    COOKIE_LIFE,
    drop_cookie,
    lives,
    me,
    never_kept,
    open_to_all,
    open_to_signed_in,
    own_address,
    place,
    set_cookie,
)
from web.shared.words import LANGUAGES
from web.signin.callers import (
    NO_NUMBER,
    NO_PASSWORD,
    caller,
    door,
    enter,
    new_password,
    renewing,
    typed,
)
from workflow.people.links import SignInRefused
from workflow.people.presences import change_role, sign_out
from workflow.people.scopes import Held, in_capacity
from workflow.verdict import Reason

bp = Blueprint("signin", __name__)

HOMES = {
    "student": "student.record",
    "officer": "college.home",
    "reviewer": "desk.queue",
    "second_reviewer": "desk.queue",
    "registrar": "registrar.campaigns",
    "auditor": "audit.search",
    "administrator": "admin.people",
}
"""The home page of each role."""


WRONG = Reason(
    "not_let_in",
    "号码或密码不对，或者这个账号不能用密码登录。",
    remedy="请核对后再填一次。忘记了密码，可以用邮箱、企业微信登录；第一次登录，请先用登录码设置密码。",
    rule="sign_in",
)


@bp.get("/")
@open_to_all
def start() -> Answer:
    """Redirect signed-in people to their role's home page. A visitor reads what helps without an account."""
    return _home() if current_user.is_authenticated else front()


@bp.get("/signin")
@open_to_all
def form() -> Answer:
    """The sign-in form. Who is signed in already goes home."""
    return _home() if current_user.is_authenticated else _form()


@bp.post("/signin")
@open_to_all
def sign_in() -> Answer:
    """Sign in by number and password. An earlier session of this browser ends."""
    number, password = typed("number"), request.form.get("password", "")
    missing = [*([] if number else [NO_NUMBER]), *([] if password else [NO_PASSWORD])]
    if missing:
        return _form(No(missing), number)
    return enter(lambda: door().by_password(caller(number), password), lambda no: _form(no, number), WRONG)


@bp.post("/renew")
@open_to_all
def renew() -> Answer:
    """Change a password that is older than the rules allow, and sign in."""
    number, old = typed("number"), request.form.get("old", "")
    password, again = new_password()
    missing = [*([] if number else [NO_NUMBER]), *([] if old and password else [NO_PASSWORD])]
    if missing:
        return renewing(number, No(missing))
    return enter(
        lambda: door().by_changed_password(caller(number), old, password, again=again),
        lambda no: renewing(number, no),
        WRONG,
    )


@bp.post("/out")
@open_to_signed_in
@never_kept
def leave() -> Response:
    """End the session on the server, so that a copied cookie is useless."""
    installation = place()
    with installation.store.writing() as session_:
        sign_out(session_, me().digest, installation.clock.now(session_))
    session.clear()
    response = redirect(url_for("signin.bye"), 303)
    drop_cookie(response, "sid")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/bye")
@open_to_all
def bye() -> str:
    """Confirm that no one is signed in here any more."""
    return render_template("signin/bye.html")


@bp.post("/role")
@open_to_signed_in
@never_kept
def switch() -> Response:
    """Switch to another of one's own roles, with a new token."""
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            fresh = change_role(
                session_, me(), request.form.get("grant", ""), at, installation.entropy, lives()
            )
    except SignInRefused:
        abort(404)
    session.clear()
    response = redirect(url_for("signin.start"), 303)
    set_cookie(response, "sid", fresh)
    return response


@bp.post("/language")
@open_to_all
def language() -> Response:
    """Switch the language and return to the same page if it belongs to this site."""
    wanted = request.form.get("language", "")
    response = redirect(own_address(request.form.get("back", "")) or "/", 303)
    if wanted in LANGUAGES:
        set_cookie(response, "lang", wanted, life=COOKIE_LIFE * 30)
    return response


def my_capacities() -> list[tuple[str, Held, str]]:
    """The capacities to which the signed-in person can switch, as (grant's id, what it is, name).

    ``name`` is the absent person who holds the grant, for a stand-in.
    """
    if not current_user.is_authenticated:
        return []
    return [(one.id, in_capacity(one.role, one.held.capacity), one.absent_name) for one in me().capacities]


def _home() -> Response:
    return redirect(url_for(HOMES[me().actor.role]), 303)


def _form(no: No | None = None, number: str = "") -> Page:
    return show("signin/welcome.html", no, number=number, wants_a_page="next" in session)
