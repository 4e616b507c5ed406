"""A person's own account: what they hold, where they are signed in, how lately, and their password."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.shared.act import Answer, No, Page, acting, show
from web.shared.browsers import browser_words
from web.shared.security import lives, me, never_kept, open_to_signed_in, place
from web.shared.words import pick
from web.signin.proving import against_password
from workflow.people.presences import end_own, end_presences, last_sign_ins, own_presences
from workflow.signin.own_account import change_password, own_way_in
from workflow.signin.password.knowing import about_person
from workflow.signin.password.known import AboutPerson
from workflow.signin.password.proof import has_password, stored_hash
from workflow.signin.password.rules import PasswordRules, faults, rules_for
from workflow.signin.staff.listing import GrantLine, grant_lines
from workflow.signin.tables import CODE_KINDS
from workflow.verdict import Reason

bp = Blueprint("account", __name__, url_prefix="/account")

LATELY = 10
"""How many past sign-ins are listed."""
WAYS: dict[str, tuple[str, str]] = {
    "password": ("密码", "password"),
    "code": ("登录码", "sign-in code"),
    "link": ("一次性链接", "one-time link"),
    **CODE_KINDS,
}
"""How somebody got in, in Chinese and English."""

NOT_PROVED = Reason(
    "proof_missing",
    "还没有证明是您本人。",
    remedy="请先按“证明是您本人”，再设密码。",
    rule="proof",
)


@bp.get("")
@open_to_signed_in
def page(no: No | None = None) -> Page:
    """What the person holds, their sign-ins now and lately, and the form for a new password."""
    here = me()
    with place().store.reading() as session:
        at = place().clock.now(session)
        now = own_presences(session, here, at, lives())
        lately = last_sign_ins(session, here.actor.person, LATELY)
        way = own_way_in(session, here)
        held = _held(session)
    return show(
        "signin/account.html",
        no,
        now=now,
        lately=lately,
        held=held,
        has_password=way.has_password,
        number=way.number,
        fresh=here.is_fresh(at),
        rules=_rules(),
        way_in=_way_in,
        browser_words=browser_words,
    )


@bp.post("/sessions/<string(length=16):id>/end")
@open_to_signed_in
@never_kept
def end(id: str) -> Response:
    """End one of the person's other sign-ins. One that has ended meanwhile is no fault."""
    with acting() as it:
        end_own(it.session, me(), id, it.note("end_own_sign_in"))
    flash(_("那台设备上的登录已结束。"))
    return redirect(url_for(".page"), 303)


@bp.post("/sessions/end")
@open_to_signed_in
@never_kept
def end_others() -> Response:
    """End all the person's other sign-ins."""
    with acting() as it:
        at = it.note("end_own_sign_ins")
        here = me()
        ended = end_presences(it.session, here.actor.person, at, "ended_elsewhere", but=here.digest)
    flash(ngettext("已结束别的 %(num)d 次登录。", "已结束别的 %(num)d 次登录。", ended))
    return redirect(url_for(".page"), 303)


@bp.post("/password")
@open_to_signed_in
@never_kept
def new_password() -> Answer:
    """Change the password, or give every reason against it at once."""
    new, no = request.form.get("new", ""), _against_the_proof()
    reasons = [*(no.reasons if no else ()), *_against_the_password(new, proved=no is None)]
    if reasons:
        return page(No(reasons, status=no.status if no else 422))
    with acting() as it:
        change_password(it.session, it.place.entropy, me(), new, it.note("own_password"))
    flash(_("密码已更改。别的设备上的登录已结束，请用新密码重新登录。"))
    return redirect(url_for(".page"), 303)


def _held(session: Session) -> Sequence[GrantLine]:
    """What a member of staff holds, and who gave it. Nothing for a student, who holds their own record."""
    if me().actor.role == "student":
        return ()
    return grant_lines(session, ended=False, person=me().actor.person)[1]


def _against_the_proof() -> No | None:
    """The old password must be right, or the proof fresh where none was typed."""
    old = request.form.get("old", "")
    with place().store.reading() as session:
        if not old and me().is_fresh(place().clock.now(session)):
            return None
        if not has_password(session, me().actor.person):
            return No((NOT_PROVED,))
    return against_password(old)


def _against_the_password(new: str, *, proved: bool) -> tuple[Reason, ...]:
    """Every reason against a new password. Without a proof nothing is told by what is known of the person.

    Otherwise somebody at a browser left alone would find their ID number out, piece by piece.
    """
    installation, here = place(), me()
    again, about, before = request.form.get("again", ""), AboutPerson(""), ""
    if proved:
        record = here.scope if here.actor.role == "student" else ""
        with installation.store.reading() as session:
            about = about_person(session, installation.cipher, installation.school, here.actor.person, record)
            before = stored_hash(session, here.actor.person, None) if _rules().max_age else ""
    return faults(new, about, _rules(), again=again, before=before)


def _rules() -> PasswordRules:
    return rules_for(place().settings.passwords, staff=me().actor.role != "student")


def _way_in(way: str) -> str:
    return pick(*WAYS.get(way, (way, way)))
