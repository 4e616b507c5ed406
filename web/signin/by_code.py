"""Signing in by a code that one asks for, to an address that one has here already."""

from __future__ import annotations

from flask import Blueprint

from web.shared.act import Answer, No, Page, show
from web.shared.security import open_to_all
from web.signin.callers import NO_CODE, NO_NUMBER, attempt_to_open, caller, door, enter, typed
from workflow.verdict import Reason

bp = Blueprint("by_code", __name__, url_prefix="/signin/code")

WRONG = Reason(
    "code_not_right",
    "号码或登录码不对，或者登录码已经用过、已经过期。",
    remedy="请核对后再填一次，或重新索取。登录码 15 分钟内有效，只认最后一次发出的。",
    rule="sign_in",
)


@bp.get("")
@open_to_all
def ask() -> Page:
    """Ask for a code by number."""
    return _asking()


@bp.post("")
@open_to_all
def send() -> Answer:
    """Send a code, if there is where to. The page is the same for every number."""
    number = typed("number")
    if not number:
        return _asking(No((NO_NUMBER,)))

    def sent() -> Page:
        door().send_code(caller(number))
        return _typing(number)

    return attempt_to_open(sent, lambda no: _asking(no, number), WRONG)


@bp.post("/enter")
@open_to_all
def sign_in() -> Answer:
    """Sign in with the code."""
    number, code = typed("number"), typed("code")
    missing = [*([] if number else [NO_NUMBER]), *([] if code else [NO_CODE])]
    if missing:
        return _typing(number, No(missing))
    return enter(lambda: door().by_code(caller(number), code), lambda no: _typing(number, no), WRONG)


def _asking(no: No | None = None, number: str = "") -> Page:
    return show("signin/ask.html", no, number=number)


def _typing(number: str, no: No | None = None) -> Page:
    return show("signin/code.html", no, number=number)
