"""Error pages: what happened and what to do, without internal details."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from web.shared.figures.photos import back_to_its_page
from web.shared.gate.bodies import LONGEST_FIELD, MOST_FIELDS, TooManyFields
from web.shared.gate.interrupted import TurnedAway, too_long_to_keep, turned_away, typed_in_vain
from web.shared.gate.limits import MOST, TooOften
from web.shared.gate.origins import AddressesDiffer, ForeignForm, NothingSaysWhence, NotOverTls, warn
from web.shared.security import note_try, page_anew, place, upload_here
from web.shared.words import pick
from web.signin.kept_words import TypedField, fields_in_words
from workflow.cases.rules import UnknownRules
from workflow.engine import NoSuchSubject
from workflow.evidence.store import EvidenceDamaged
from workflow.people.presences import ENDINGS
from workflow.signin.kept import KEPT

WRONG_ADDRESS = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>400</title>
<p>请用学校公布的网址打开本站。<span lang="en">Please use the address that the school published.</span></p>
<p>管理员：网址由 KANWU_ADDRESS 设定。<span lang="en">Administrator: KANWU_ADDRESS sets it.</span></p>
</html>
"""
NOT_OVER_TLS = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>400</title>
<p>请用 https:// 开头的网址打开本站。<span lang="en">Please use the address that begins with https://.</span></p>
<p>管理员：反向代理要转发 X-Forwarded-Proto，并写进 KANWU_PROXIES（见 docs/server.md）。
<span lang="en">Administrator: the proxy must send X-Forwarded-Proto and be named in KANWU_PROXIES.</span></p>
</html>
"""
"""Plain, because a page with a form would set a cookie outside TLS."""

NOTHING_WORKS = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>500</title>
<p>这里出了问题，没有办成。请稍后再试。<span lang="en">Something went wrong; try again.</span></p></html>
"""


def tell(app: Flask) -> None:
    """Register the error pages of an app."""
    app.register_error_handler(SecurityError, _wrong_address)
    app.register_error_handler(NotOverTls, lambda fault: make_response(NOT_OVER_TLS, 400))
    app.register_error_handler(AddressesDiffer, lambda fault: _page(400, *_addresses_differ()))
    app.register_error_handler(ForeignForm, lambda fault: _page(403, *_not_from_here()))
    app.register_error_handler(NothingSaysWhence, lambda fault: _page(403, *_whence_is_hidden()))
    app.register_error_handler(TooManyFields, lambda fault: _page(413, *_too_many_fields()))
    app.register_error_handler(RequestEntityTooLarge, _too_much)
    app.register_error_handler(TooOften, _too_often)
    app.register_error_handler(CSRFError, lambda fault: _page(400, *_form_is_old()))
    app.register_error_handler(NoSuchSubject, _not_there)
    app.register_error_handler(EvidenceDamaged, _damaged)
    app.register_error_handler(UnknownRules, _rules_lost)
    app.register_error_handler(Unauthorized, _not_signed_in)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _ours)


def _wrong_address(fault: SecurityError) -> Response:
    warn("was refused: it is not for the published address.")
    return make_response(WRONG_ADDRESS, 400)


def _not_there(fault: NoSuchSubject) -> Response:
    """A page of what is not there. The engine logs a press itself, under the action's name."""
    if not fault.verdict.action:
        note_try((request.endpoint or "").rpartition(".")[2], fault.id)
    return _page(404, *_words(404))


def _too_much(fault: RequestEntityTooLarge) -> AnyResponse | HTTPException:
    """Photos that are too large lead back to the page they came from, where the reason stands."""
    back = None if too_long_to_keep() else back_to_its_page()
    return back or _http(fault)


def _too_often(fault: TooOften) -> Response:
    titles = {
        "exports": _("导出太频繁，没有给出文件"),
        "reports": _("统计太频繁，没有计算"),
        "searches": _("查找太频繁，没有查找"),
        "trials": _("试算太频繁，没有计算"),
        "uploads": _("上传太频繁，没有接收文件"),
    }
    remedy = _(
        "一分钟内最多 %(most)s 次。请过 %(seconds)s 秒再试；填写的内容可以返回上一页找到。",
        most=MOST[fault.kind],
        seconds=fault.seconds,
    )
    response = _page(429, titles[fault.kind], remedy)
    response.headers["Retry-After"] = str(fault.seconds)
    return response


def _http(fault: HTTPException) -> Response | HTTPException:
    if fault.code is None or fault.code < 400:
        return fault
    typed = fields_in_words(typed_in_vain()) if fault.code in (403, 404, 409) else ()
    response = _page(fault.code, *_words(fault.code), typed=typed)
    if fault.code == 405:
        response.headers["Allow"] = dict(fault.get_headers()).get("Allow", "")
    return response


def _not_signed_in(fault: Unauthorized) -> Response:
    """A session that has ended says why. Nobody else learns anything of it."""
    away = turned_away()
    if away is None:
        return _page(401, *_words(401))
    page_anew()
    html = render_template(
        "signin/ended.html",
        why=pick(*ENDINGS[away.ended.because]),
        help=_who_helps(away),
        kept=away.kept,
        too_long=away.too_long,
        sent=request.method == "POST",
        typed=fields_in_words(away.typed),
        minutes=int(KEPT.total_seconds()) // 60,
        at=place().clock.now(),
    )
    return make_response(html, 401)


def _who_helps(away: TurnedAway) -> str:
    """Who can help: of a role or an account whoever gives it, and whoever did not do this themselves."""
    student = away.ended.role == "student"
    office = _("学院辅导员或学籍管理部门") if student else _("系统管理员")
    if away.ended.because in ("role_ended", "closed", "by_administrator"):
        return str(_("有疑问，请联系%(office)s。", office=office))
    if away.ended.because in ("password_changed", "code_given", "ended_elsewhere"):
        return str(_("不是您本人做的，请马上联系%(office)s。", office=office))
    return str(_("登录不了，请联系%(office)s。", office=office))


def _damaged(fault: EvidenceDamaged) -> Response:
    current_app.logger.error("evidence %s is missing or altered", fault)
    return _page(500, _("这份材料的文件已损坏"), _("不会用别的图片代替。请联系系统管理员从备份中恢复。"))


def _rules_lost(fault: UnknownRules) -> Response:
    current_app.logger.error("the text of rules %s is missing or altered", fault)
    return _page(
        500, _("判断这个个案的规则文本读不出来"), _("不会用别的规则代替。请联系系统管理员从备份中恢复。")
    )


def _ours(fault: Exception) -> Response:
    """Log the location, not the message: a database's message may quote a value."""
    _log(fault)
    try:
        return _page(500, *_words(500))
    except Exception as further:  # rendering a page needs the database too
        _log(further)
        return make_response(NOTHING_WORKS, 500)


def _log(fault: Exception) -> None:
    frames = "".join(traceback.format_tb(fault.__traceback__))
    rule = request.url_rule.rule if request.url_rule else "-"
    current_app.logger.error("%s at %s\n%s", type(fault).__name__, rule, frames)


def _page(code: int, title: str, remedy: str, *, typed: Sequence[TypedField] = ()) -> Response:
    page_anew()
    html = render_template(
        "error.html", code=code, title=title, remedy=remedy, typed=typed, at=place().clock.now()
    )
    return make_response(html, code)


def _form_is_old() -> tuple[str, str]:
    return (
        _("这个表单已经失效，没有提交"),
        _("登录已经结束，或页面放得太久。请返回上一页，刷新后再提交。"),
    )


def _addresses_differ() -> tuple[str, str]:
    return (
        _("浏览器里的网址和本站的网址对不上，没有提交"),
        _(
            "您没有做错什么。请从学校公布的网址重新进入；仍不行，请告诉系统管理员：反向代理要转发 Host 和 "
            "X-Forwarded-Proto，KANWU_ADDRESS 要与浏览器里的网址一致。"
        ),
    )


def _not_from_here() -> tuple[str, str]:
    return (
        _("这个请求不是从本站的页面发出的，没有办理"),
        _(
            "请从首页重新进入，在本站的页面上再提交一次。如果您就是在本站的页面上按的，请把浏览器里的网址告诉系统管理员。"
        ),
    )


def _whence_is_hidden() -> tuple[str, str]:
    return (
        _("浏览器没有说明请求来自哪个页面，没有办理"),
        _("请关闭隐藏来源（Referer）的插件或设置，或换一个浏览器，再提交一次。"),
    )


def _words(code: int) -> tuple[str, str]:
    known = {
        400: (_("这个请求不完整"), _("请返回上一页，刷新后再试。")),
        401: (
            _("请先登录"),
            _(
                "登录后会直接打开这一页。第一次登录，请用学校发给您的登录码；"
                "登录不了，请联系学院辅导员或学籍管理部门。"
            ),
        ),
        403: (
            _("您现在的身份不能使用这一页"),
            _("如果您有别的身份，请在页面底部切换；否则请联系系统管理员授权。"),
        ),
        404: (_("没有这一页"), _("网址可能不完整，或者这项内容与您无关。请从首页重新进入。")),
        405: (_("不能这样打开这一页"), _("请从首页重新进入。")),
        409: (_("这次已经提交过"), _("同样的内容没有再提交一次。请从首页重新进入，看看办成的结果。")),
        413: _too_large(),
        415: (
            _("只接受本站的表单，没有提交"),
            _("请在本站的页面上填写后提交。程序请按表单的格式（application/x-www-form-urlencoded）发送。"),
        ),
    }
    return known.get(
        code,
        (
            _("系统出现问题，本次未能办理"),
            _(
                "这不是您的操作有误，也没有留下未完成的办理。请稍后再试；仍不行的，请联系学籍管理部门，并告知时间和代码。"
            ),
        ),
    )


def _too_many_fields() -> tuple[str, str]:
    return (
        _("填写的项目太多或太长，没有提交"),
        _(
            "一次最多 %(most)s 项，每项最长 %(size)s KB。请返回上一页，分几次提交。",
            most=MOST_FIELDS,
            size=LONGEST_FIELD // 1024,
        ),
    )


def _too_large() -> tuple[str, str]:
    """The title and advice depend on the upload that the page accepts."""
    if too_long_to_keep():
        return (
            _("请先证明是您本人，这次没有提交"),
            _(
                "内容太长，不能代为保留。请用浏览器的后退键回到上一页，内容还在那里；"
                "先在另一个标签页打开“账号与登录”，证明是您本人，再回来提交。"
            ),
        )
    upload = upload_here()
    if upload is None:
        return _("填写的内容太长，没有提交"), _("请返回上一页，缩短后再提交。")
    limit = f"{upload.limit() / 1_000_000:.1f}".removesuffix(".0")
    return _("文件太大，没有上传"), _(
        "文件最大 %(limit)s MB。请分成几个文件，或删去用不着的列和工作表后再上传。", limit=limit
    )
