"""Signing in by a one-time link. Its token stands behind ``#``, where no server or mail scanner sees it.

In a demonstration and in practice the link alone is enough. Elsewhere it asks for the person's number and
a new password.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from web.shared.act import Answer, No, Page, show
from web.shared.security import open_to_all, runs_scripts
from web.signin.callers import (
    NO_NUMBER,
    NO_PASSWORD,
    caller,
    door,
    enter,
    new_password,
    typed,
)
from workflow.people.links import SignInRefused
from workflow.signin.door import LinkOpens
from workflow.verdict import Reason

bp = Blueprint("links", __name__, url_prefix="/in")

WRONG = Reason(
    "link_not_yours",
    "号码不对，或者这个链接不是发给您的。",
    remedy="请核对后再填一次；链接还没有用掉。还是不行，请联系给您链接的人。",
    rule="sign_in",
)


@bp.after_request
def keep_the_path(response: Response) -> Response:
    """What a page with a token in its address loads or sends does not name that address: proxies log it."""
    if "token" in (request.view_args or ()):
        response.headers["Referrer-Policy"] = "strict-origin"
    return response


@bp.get("")
@open_to_all
@runs_scripts
def begin() -> Page:
    """Take the token out of the address, or let somebody paste the link."""
    return show("signin/link.html", token="", name="")


@bp.post("")
@open_to_all
@runs_scripts
def take() -> Answer:
    """Sign in with the link, or ask for what it needs beside itself."""
    return _take(token_in(request.form.get("token", "")))


@bp.get("/<token>")
@open_to_all
def offer(token: str) -> Answer:
    """The form for a link of earlier versions, whose token stands in the path. Uses nothing up."""
    try:
        opens = door().look_at_link(token)
    except SignInRefused:
        return _no_such_link()
    return show("signin/link.html", token=token, name="" if opens.asks else opens.name)


@bp.post("/<token>")
@open_to_all
def take_old(token: str) -> Answer:
    """The same as ``take`` for a link of earlier versions."""
    return _take(token)


@bp.post("/person")
@open_to_all
def prove() -> Answer:
    """Sign in with a link, one's number and a new password."""
    token, number, (password, again) = typed("token"), typed("number"), new_password()
    try:
        opens = door().look_at_link(token)
        if not opens.asks:
            raise SignInRefused
        if missing := [*([] if number else [NO_NUMBER]), *([] if password else [NO_PASSWORD])]:
            return _second_step(token, opens, number, No(missing))
        return enter(
            lambda: door().by_link_and_new_password(caller(number), token, password, again=again),
            lambda no: _second_step(token, opens, number, no),
            WRONG,
        )
    except SignInRefused:
        return _no_such_link()


def token_in(said: str) -> str:
    """The token of a whole link or of its last part, as it was pasted."""
    return said.strip().rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def _take(token: str) -> Answer:
    try:
        opens = door().look_at_link(token)
        if opens.asks:
            return _second_step(token, opens)
        return enter(
            lambda: door().by_link(caller(), token), lambda no: _second_step(token, opens, "", no), WRONG
        )
    except SignInRefused:
        return _no_such_link()


def _second_step(token: str, opens: LinkOpens, number: str = "", no: No | None = None) -> Page:
    return show("signin/new_password.html", no, number=number, code="", rules=opens.rules, token=token)


def _no_such_link() -> Page:
    return render_template("signin/refused.html"), 404
