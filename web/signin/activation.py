"""The first sign-in: a number and a code that the school handed over, then a password or an address."""

from __future__ import annotations

from flask import Blueprint

from web.shared.act import Answer, No, Page, show
from web.shared.security import open_to_all, runs_scripts
from web.signin.address import MISFIT, TOO_OFTEN, WRONG_CODE
from web.signin.callers import (
    NO_CODE,
    NO_NUMBER,
    NO_PASSWORD,
    attempt_to_open,
    caller,
    door,
    enter,
    new_password,
    typed,
)
from workflow.notices.addresses import fits
from workflow.signin.binding import OWN, AskedTooOften
from workflow.signin.codes import normalised, shown
from workflow.signin.door import FirstStep
from workflow.verdict import Reason

bp = Blueprint("activation", __name__, url_prefix="/activate")

WRONG = Reason(
    "code_opens_nothing",
    "号码或登录码不对，或者登录码已经用过、已经过期。",
    remedy="请核对后再填一次。已经设过密码的，请直接登录；还是不行，请联系学院辅导员或学籍管理部门，换一个登录码。",
    rule="sign_in",
)


@bp.get("")
@open_to_all
@runs_scripts
def begin() -> Page:
    """Ask for number and code. A strip's address has the code behind ``#``, where no server sees it."""
    return _form()


@bp.post("")
@open_to_all
@runs_scripts
def look() -> Answer:
    """With the right code, ask for a password. Nothing is used up yet."""
    number, code = typed("number"), typed("code")
    missing = [*([] if number else [NO_NUMBER]), *([] if code else [NO_CODE])]
    if missing:
        return _form(No(missing), number, code)
    return attempt_to_open(
        lambda: _second_step(number, code, door().look_at_code(caller(number), code)),
        lambda no: _form(no, number, code),
        WRONG,
    )


@bp.post("/password")
@open_to_all
@runs_scripts
def set_password() -> Answer:
    """Set the password, use the code up, and sign in."""
    number, code = typed("number"), typed("code")
    password, again = new_password()
    if not password:
        return _again(No((NO_PASSWORD,)), number, code)
    return enter(
        lambda: door().activate(caller(number), code, password, again=again),
        lambda no: _again(no, number, code),
        WRONG,
    )


@bp.post("/address")
@open_to_all
@runs_scripts
def offer_address() -> Answer:
    """Send a code to the address that is to be bound instead of a password. Nothing is used up yet."""
    number, code, said = typed("number"), typed("code"), typed("email")
    if not fits(OWN, said):
        return _again(No((MISFIT,)), number, code)

    def send() -> Answer:
        try:
            door().offer_address(caller(number), code, said)
        except AskedTooOften:
            return _again(No((TOO_OFTEN,)), number, code)
        return _proving(number, code)

    return attempt_to_open(send, lambda no: _form(no, number, code), WRONG)


@bp.post("/address/code")
@open_to_all
def bind_address() -> Answer:
    """Bind the address with the code that was sent there, use both codes up, and sign in."""
    number, code = typed("number"), typed("code")
    return enter(
        lambda: door().activate_by_address(caller(number), code, typed("proof")),
        lambda no: _proving(number, code, no),
        WRONG_CODE,
    )


def _again(no: No, number: str, code: str) -> Answer:
    """The step that the reasons are about: another password if the code is still right, else another code."""
    if any(one.rule == WRONG.rule and one != NO_PASSWORD for one in no.reasons):
        return _form(no, number, code)
    return attempt_to_open(
        lambda: _second_step(number, code, door().look_at_code(caller(number), code), no),
        lambda no: _form(no, number, code),
        WRONG,
    )


def _form(no: No | None = None, number: str = "", code: str = "") -> Page:
    return show("signin/activate.html", no, number=number, code=code)


def _second_step(number: str, code: str, first: FirstStep, no: No | None = None) -> Page:
    return show(
        "signin/new_password.html",
        no,
        number=number,
        code=shown(normalised(code)),
        rules=first.rules,
        binds=first.binds,
        token="",
    )


def _proving(number: str, code: str, no: No | None = None) -> Page:
    return show("signin/bind.html", no, number=number, code=code)
