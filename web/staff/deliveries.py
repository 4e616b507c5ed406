"""The administrator's page of deliveries: what is sent, what fails, and why. No names, no addresses."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from web.shared.act import Answer, No, Page, act, acting, show
from web.shared.forms import Tested
from web.shared.security import actor, open_to, place
from web.shared.words import pick
from workflow.notices.addresses import fits, reached
from workflow.notices.channels import FAULTS
from workflow.notices.deliveries import health, last_test, try_again
from workflow.notices.tables import CHANNELS, STATUSES
from workflow.upkeep.leaving import channel_names, why_nothing_leaves
from workflow.upkeep.sending import send_a_test
from workflow.verdict import Reason

bp = Blueprint("deliveries", __name__, url_prefix="/admin/notices")

NO_CHANNEL_CHOSEN = Reason("channel_missing", "请选择渠道。", remedy="只能选已经配置的渠道。", rule="sending")
MISFIT = {
    "email": Reason(
        "email_misfit", "邮箱写法不对。", remedy="请写完整的地址，例如 name@school.edu.cn。", rule="sending"
    ),
    "wecom": Reason(
        "wecom_misfit",
        "企业微信账号写法不对。",
        remedy="请写通讯录里的账号（不是姓名），可以问企业微信的管理员。",
        rule="sending",
    ),
}


@bp.get("")
@open_to("administrator")
def page(no: No | None = None, form: Tested | None = None) -> Page:
    """The state of sending: channels, waiting, sent and failed deliveries."""
    installation = place()
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        seen, people, tested = health(session, at), reached(session), last_test(session, actor().person)
    settings = installation.settings
    return show(
        "staff/notices.html",
        no,
        bars=why_nothing_leaves(installation),
        seen=seen,
        people=people,
        tested=tested,
        smtp=settings.smtp,
        wecom=settings.wecom,
        leaving=list(channel_names(installation)),
        own_process=installation.store.dialect == "postgresql",
        sending=installation.school.policy.sending,
        fault_words=lambda code: pick(*FAULTS[code]) if code in FAULTS else code,
        status_words=lambda name: pick(*STATUSES[name]),
        form=form or Tested(formdata=None),
    )


@bp.post("/again")
@open_to("administrator")
def again() -> Response:
    """Retry the deliveries that one channel gave up because of one fault."""
    channel, error = request.form.get("channel", ""), request.form.get("error", "")
    if channel not in CHANNELS or error not in FAULTS:
        abort(400)
    with acting() as it:
        n = try_again(it.session, it.note("notices_again"), channel, error)
    flash(_("已重新待发 %(n)d 条。", n=n))
    return redirect(url_for(".page"), 303)


@bp.post("/test")
@open_to("administrator")
def test() -> Answer:
    """Send oneself a test message, in the same way as every other notice."""
    form = Tested()
    channel, said = form.channel.data or "", form.said.data or ""
    if channel not in channel_names(place()):
        return page(No([NO_CHANNEL_CHOSEN]), form)
    if not fits(channel, said):
        return page(No([MISFIT[channel]]), form)
    return act(
        lambda it: send_a_test(it.place, it.session, it.by, channel, said, it.now),
        again=lambda no: page(no, form),
        onward=url_for(".page"),
        told=_("测试消息已放入待发，稍后刷新这一页看结果。"),
    )
