"""Signing in by a one-time link, signing out, and going on under another role of one's own."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from web.shared.security import drop_cookie, me, open_to_all, open_to_signed_in, place, set_cookie
from web.shared.words import LANGUAGES
from workflow.people.accounts import (
    LONGEST,
    SignInRefused,
    change_role,
    sign_in,
    sign_out,
    whose_link,
)

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
"""The page each role begins with."""


@bp.get("/")
@open_to_all
def start() -> str | Response:
    """Lead everybody to the page their role begins with, and tell strangers how to sign in."""
    if not current_user.is_authenticated:
        return render_template("signin/welcome.html")
    return redirect(url_for(HOMES[me().actor.role]), 303)


@bp.get("/in/<token>")
@open_to_all
def offer(token: str) -> tuple[str, int] | str:
    """Show whom a link is for. Looking uses nothing up: mail programs look at every link."""
    installation = place()
    with installation.store.reading() as session_:
        try:
            person = whose_link(session_, token, installation.clock.now(session_))
        except SignInRefused:
            return _no_such_link()
        return render_template("signin/offer.html", name=person.name, token=token)


@bp.post("/in/<token>")
@open_to_all
def take(token: str) -> tuple[str, int] | Response:
    """Use the link up and begin a presence; whoever sat at this browser before is signed out."""
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            fresh = sign_in(session_, token, at, installation.entropy)
            if current_user.is_authenticated:
                sign_out(session_, me().digest, at)
    except SignInRefused:
        return _no_such_link()
    return _begin(fresh)


@bp.post("/out")
@open_to_signed_in
def leave() -> Response:
    """End the presence on the server: a copied cookie is worth nothing afterwards."""
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
    """Say that nobody is signed in here any more."""
    return render_template("signin/bye.html")


@bp.post("/role")
@open_to_signed_in
def switch() -> tuple[str, int] | Response:
    """Go on under another of one's own roles, with a new token."""
    installation = place()
    try:
        with installation.store.writing() as session_:
            at = installation.clock.now(session_)
            fresh = change_role(session_, me(), request.form.get("grant", ""), at, installation.entropy)
    except SignInRefused:
        return _no_such_link()
    return _begin(fresh)


@bp.post("/language")
@open_to_all
def language() -> Response:
    """Go on in the other language, on the same page where that is one of ours."""
    wanted = request.form.get("language", "")
    back = request.form.get("back", "/")
    plain = back.isprintable() and not set(back) & {"\\", " "}  # a browser drops tabs, and //host is a host
    if not plain or not back.startswith("/") or back.startswith("//"):
        back = "/"
    response = redirect(back, 303)
    if wanted in LANGUAGES:
        set_cookie(response, "lang", wanted, life=LONGEST * 60)
    return response


def my_roles() -> list[tuple[str, str, str, str]]:
    """The other grants of who sits here: id, role and scope (a record's id is shown to nobody).

    The last of the four names the person whose grant it is, where somebody stands in.
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
