"""What the ways in share: who asks, what they are told when nothing opens, and where they get to."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from web.shared.act import Answer, No, Page, show
from web.shared.browsers import kind_of_browser
from web.shared.security import ANYONE, cookie_name, me, own_address, place, set_cookie
from web.signin.proving import channels_for_codes
from workflow.signin.door import (
    Caller,
    FrontDoor,
    LeftTooLongAgo,
    LetIn,
    MustWait,
    NotLetIn,
    PasswordRefused,
    PasswordTooOld,
)
from workflow.signin.numbers import LONGEST_NUMBER
from workflow.signin.password.rules import rules_for
from workflow.signin.throttle import KNOWN_FOR
from workflow.verdict import Reason

NO_NUMBER = Reason(
    "number_missing",
    "请填写学号、考生号或工号。",
    remedy="学生填学号，还没有学号的填考生号；工作人员填工号。",
    rule="sign_in",
)
NO_CODE = Reason(
    "code_missing", "请填写登录码。", remedy="登录码有十个字母和数字，例如 ABCDE-FGH23。", rule="sign_in"
)
NO_PASSWORD = Reason(
    "password_missing", "请填写密码。", remedy="还没有密码的，请先用登录码设置。", rule="sign_in"
)


def door() -> FrontDoor:
    """The front door of this installation."""
    here, settings = place(), place().settings
    return FrontDoor(
        here.store,
        here.cipher,
        here.clock,
        here.entropy,
        here.school,
        settings.passwords,
        settings.campus,
        channels_for_codes(),
        link_alone=here.practice,
    )


def caller(number: str = "") -> Caller:
    """Who asks: the number they typed, their address and their browser."""
    return Caller(
        number.strip()[: LONGEST_NUMBER + 1],
        request.remote_addr or "",
        browser=request.cookies.get(cookie_name("known"), ""),
        kind=kind_of_browser(request.user_agent.string),
        here=me().digest if current_user.is_authenticated else "",
    )


def typed(name: str) -> str:
    """What was typed into a field, without spaces around it."""
    return request.form.get(name, "").strip()


def new_password() -> tuple[str, str]:
    """A new password and its repetition, as they were typed."""
    return request.form.get("password", ""), request.form.get("again", "")


def enter(do: Callable[[], LetIn], again: Callable[[No], Answer], wrong: Reason) -> Answer:
    """Let somebody in, or show the page again. ``wrong`` is what they read, whatever was wrong."""
    return attempt_to_open(lambda: _welcome(do()), again, wrong)


def attempt_to_open(do: Callable[[], Answer], again: Callable[[No], Answer], wrong: Reason) -> Answer:
    """Do what needs the door. If nothing opens, show the page again with the reason."""
    try:
        return do()
    except NotLetIn:
        return again(No((wrong,)))
    except PasswordRefused as no:
        return again(No(no.reasons))
    except MustWait as wait:
        return _later(wait.seconds, again)
    except PasswordTooOld:
        return renewing(typed("number"))
    except LeftTooLongAgo:
        return render_template("signin/left.html"), 403


def renewing(number: str, no: No | None = None) -> Page:
    """The page on which a password that is too old is changed. Only staff's passwords age."""
    rules = rules_for(place().settings.passwords, staff=True)
    return show("signin/renew.html", no, number=number, rules=rules)


def _later(seconds: int, again: Callable[[No], Answer]) -> Answer:
    reason = Reason(
        "must_wait",
        "试错的次数太多，请在 {seconds} 秒后再试。",
        {"seconds": seconds},
        remedy="填好的号码还在，到时候只需再填密码或登录码。急用请联系学院辅导员或学籍管理部门。",
        rule="sign_in",
    )
    response = make_response(again(No((reason,), status=429)))
    response.headers["Retry-After"] = str(seconds)
    return response


def _welcome(let_in: LetIn) -> Response:
    """Begin in this browser, at the page that was wanted if the role may see it, else at home."""
    wanted = session.get("next", "")
    session.clear()
    response = redirect(wanted if _may_see(wanted, let_in.role) else url_for("signin.start"), 303)
    set_cookie(response, "sid", let_in.token)
    set_cookie(response, "known", let_in.browser, life=KNOWN_FOR)
    return response


def _may_see(address: str, role: str) -> bool:
    if not isinstance(address, str) or not own_address(address):
        return False
    try:
        endpoint, _ = current_app.url_map.bind("").match(address.split("?")[0], method="GET")
    except HTTPException:
        return False
    return bool({role, ANYONE} & set(getattr(current_app.view_functions[endpoint], "open_to", ())))
