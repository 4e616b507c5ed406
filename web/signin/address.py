"""A person's own addresses: what is known, masked; adding, changing and removing the e-mail address."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from web.shared.act import Acting, Answer, No, Page, Stop, act, faults_in, show
from web.shared.forms import CodeTyped, Mailed
from web.shared.security import actor, fresh, never_kept, open_to_signed_in, place
from web.shared.words import pick
from web.signin.proving import channels_for_codes
from workflow.notices.addresses import fits
from workflow.notices.tables import CHANNELS
from workflow.signin.binding import (
    OWN,
    AskedTooOften,
    bind_address,
    has_another_way,
    own_addresses,
    prove_address,
    remove_own,
)
from workflow.verdict import Reason

bp = Blueprint("address", __name__, url_prefix="/account/address")

NO_MAIL = Reason(
    "no_mail_here",
    "学校没有配置邮件，核实用的代码发不出去。",
    remedy="请联系系统管理员；在此之前请用密码登录。",
    rule="address",
)
MISFIT = Reason(
    "email_misfit", "邮箱写法不对。", remedy="请写完整的地址，例如 name@school.edu.cn。", rule="address"
)
TOO_OFTEN = Reason(
    "code_asked_too_often",
    "代码刚刚发过，或者一小时内发得太多。",
    remedy="请先看看邮箱和垃圾邮件；两分钟后可以再发。",
    rule="address",
)
WRONG_CODE = Reason(
    "wrong_code",
    "代码不对，或者已经过期。",
    remedy="请核对邮件里的代码；过了 15 分钟的，请重新填写邮箱，再发一次。",
    rule="address",
)
LAST_WAY = Reason(
    "last_way_back",
    "这是您登录的唯一办法，不能删除。",
    remedy="请先设定密码，再删除邮箱。",
    rule="address",
)


@bp.get("")
@open_to_signed_in
def page(no: No | None = None, form: FlaskForm | None = None) -> Page:
    """The person's addresses, and what they can do with the e-mail address."""
    installation = place()
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        found = own_addresses(session, installation.cipher, actor().person, at)
    return show(
        "signin/address.html",
        no,
        found=found,
        own=[one for one in found.there if one.channel == OWN],
        channel_words=lambda name: pick(*CHANNELS[name]),
        mail_leaves=_mail_leaves(),
        mailed=form if isinstance(form, Mailed) else Mailed(formdata=None),
        typed=form if isinstance(form, CodeTyped) else CodeTyped(formdata=None),
    )


@bp.post("")
@open_to_signed_in
@fresh
def offer() -> Answer:
    """Send a code to a new e-mail address. Until it is typed back nothing changes."""
    form = Mailed()
    if no := faults_in(form):
        return page(no, form)
    said = form.email.data or ""
    reasons = [*([] if _mail_leaves() else [NO_MAIL]), *([] if fits(OWN, said) else [MISFIT])]
    if reasons:
        return page(No(reasons), form)

    def send(it: Acting) -> None:
        try:
            bind_address(
                it.session, it.place.cipher, it.place.entropy, it.by.person, said, it.note("address")
            )
        except AskedTooOften:
            raise Stop(TOO_OFTEN) from None

    return act(
        send,
        again=lambda no: page(no, form),
        onward=url_for(".page"),
        told=_("代码已发到新的邮箱。请在下面填写收到的代码。"),
    )


@bp.post("/code")
@open_to_signed_in
@never_kept
def prove() -> Answer:
    """Take the new address, if the code that was sent there is typed back."""
    form = CodeTyped()

    def take(it: Acting) -> None:
        at = it.note("address_proved")
        code = form.code.data or ""
        if not prove_address(it.session, it.place.cipher, it.place.entropy, it.by.person, code, at):
            raise Stop(WRONG_CODE)

    return act(
        take,
        again=lambda no: page(no, form),
        onward=url_for(".page"),
        told=_("邮箱已核实，原来的地址会收到通知。"),
    )


@bp.post("/remove")
@open_to_signed_in
@fresh
def remove() -> Answer:
    """Remove the e-mail address, unless it is the only way back."""

    def take_away(it: Acting) -> None:
        at = it.note("address_removed")
        if not has_another_way(it.session, it.by.person):
            raise Stop(LAST_WAY)
        remove_own(it.session, it.place.cipher, it.place.entropy, it.by.person, at)

    return act(take_away, again=page, onward=url_for(".page"), told=_("邮箱已删除，它会收到最后一封通知。"))


def _mail_leaves() -> bool:
    return OWN in channels_for_codes()
