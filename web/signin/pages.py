"""Sign-in by one-time link, sign-out, and switching between one's own roles."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from web.shared.security import (
    COOKIE_LIFE,
    drop_cookie,
    lives,
    me,
    open_to_all,
    open_to_signed_in,
    place,
    set_cookie,
)
from web.shared.words import LANGUAGES
from workflow.people.accounts import grants_of
from workflow.people.links import SignInRefused, use_link, whose_link
from workflow.people.presences import Way, begin, change_role, sign_out
from workflow.people.tables import Person

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


@bp.get("/")
@open_to_all
def start() -> str | Response:
    """Redirect signed-in people to their role's home page, or explain how to sign in."""
    if not current_user.is_authenticated:
        return render_template("signin/welcome.html")
    return redirect(url_for(HOMES[me().actor.role]), 303)


@bp.get("/in/<token>")
@open_to_all
def offer(token: str) -> tuple[str, int] | str:
    """Show whom a link is for. GET does not use up the link, because mail programs prefetch links."""
    installation = place()
    with installation.store.reading() as session_:
        try:
            linked = whose_link(session_, token, installation.clock.now(session_))
        except SignInRefused:
            return _no_such_link()
        return render_template(
            "signin/offer.html", name=session_.get_one(Person, linked.person).name, token=token
        )


@bp.post("/in/<token>")
@open_to_all
def take(token: str) -> tuple[str, int] | Response:
    """Use up the link and start a session. An earlier session of this browser ends."""
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            linked = use_link(session_, token, at)
            grants = grants_of(session_, linked.person)
            if not grants:
                raise SignInRefused
            way = Way("link", linked.made_by)
            fresh = begin(session_, grants[0], way, at, installation.entropy)
            if current_user.is_authenticated:
                sign_out(session_, me().digest, at, "replaced")
    except SignInRefused:
        return _no_such_link()
    return _begin(fresh)


@bp.post("/out")
@open_to_signed_in
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
def switch() -> tuple[str, int] | Response:
    """Switch to another of one's own roles, with a new token."""
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            fresh = change_role(
                session_, me(), request.form.get("grant", ""), at, installation.entropy, lives()
            )
    except SignInRefused:
        return _no_such_link()
    return _begin(fresh)


@bp.post("/language")
@open_to_all
def language() -> Response:
    """Switch the language and return to the same page if it belongs to this site."""
    wanted = request.form.get("language", "")
    back = request.form.get("back", "/")
    plain = back.isprintable() and not set(back) & {"\\", " "}  # browsers drop tabs; //host is a host
    if not plain or not back.startswith("/") or back.startswith("//"):
        back = "/"
    response = redirect(back, 303)
    if wanted in LANGUAGES:
        set_cookie(response, "lang", wanted, life=COOKIE_LIFE * 30)
    return response


def my_roles() -> list[tuple[str, str, str, str]]:
    """The signed-in person's other grants, as (id, role, scope, name). A record's id is not shown.

    ``name`` is the absent person who holds the grant, for a stand-in.
    """
    if not current_user.is_authenticated:
        return []
    here = me()
    return [
        (grant.id, grant.role, "" if grant.role == "student" else grant.scope, grant.absent_name)
        for grant in here.grants
        if (grant.role, grant.scope, grant.absent) != (here.actor.role, here.scope, here.actor.on_behalf_of)
    ]


def _begin(token: str) -> Response:
    session.clear()
    response = redirect(url_for("signin.start"), 303)
    set_cookie(response, "sid", token)
    return response


def _no_such_link() -> tuple[str, int]:
    return render_template("signin/refused.html"), 404
