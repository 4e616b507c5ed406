"""The registrar's page of the school's profile: what every page says of it, its colour and its crest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from config.profile import PARTS, Profile
from web.school.assets import preview_address
from web.shared.act import Acting, Answer, Faults, No, Page, Stop, act, show
from web.shared.cases.endings import basis_of
from web.shared.forms import CrestHandedIn, ProfileEdited, seen_version
from web.shared.labels import profile_words
from web.shared.security import fresh, open_to, place, takes_upload
from web.shared.words import in_list, pick
from workflow.people.tables import Person
from workflow.school.crest import MOST_BYTES, CrestRefused, take_crest
from workflow.school.profile import ProfileInForce, change, changed, in_force, said_in

bp = Blueprint("profile", __name__, url_prefix="/registrar/profile")

TYPED = tuple(name for name in PARTS if name != "crest")
"""The fields of the form."""
NOTHING: Mapping[str, tuple[str, str]] = MappingProxyType({})


@bp.get("")
@open_to("registrar")
def page() -> Page:
    """The profile as it is, what is missing, and where the school's folder says something else."""
    return _shown()


@bp.post("/look")
@open_to("registrar")
def look() -> Answer:
    """The same page with what was typed, and its colour in both themes. Nothing is saved."""
    form = ProfileEdited()
    faults = _faults_in(form)
    return _shown(No(faults=faults, status=422 if faults else 200), form)


@bp.post("")
@open_to("registrar")
@fresh
def save() -> Answer:
    """Save what was typed, all of it or nothing."""
    form, expected = ProfileEdited(), seen_version()
    if faults := _faults_in(form):
        return _shown(No(faults=faults), form)

    def done(it: Acting) -> tuple[str, ...]:
        now = in_force(it.session)
        return change(it.session, it.by, expected, _said(form, now.profile.crest), it.now)

    return _changed(
        act(done, lambda no: _shown(no, unsaved=_unsaved(form, expected)), url_for(".page"), _told)
    )


@bp.post("/crest")
@open_to("registrar")
@takes_upload("crest", lambda: MOST_BYTES + 1024)
@fresh
def crest() -> Answer:
    """Take a crest in, or take the present one away."""
    expected = seen_version()

    def done(it: Acting) -> tuple[str, ...]:
        now = in_force(it.session).profile
        if request.form.get("do") == "remove":
            return change(it.session, it.by, expected, replace(now, crest=""), it.now)
        file = CrestHandedIn().file.data
        try:
            taken = take_crest(file.read() if file else b"")
        except CrestRefused as no:
            raise Stop(no.reason) from no
        return change(it.session, it.by, expected, replace(now, crest=taken.name), it.now, taken)

    return _changed(act(done, _shown, url_for(".page"), _told))


def _said(form: ProfileEdited, crest: str) -> Profile:
    """The profile that was typed, with the crest that there is."""
    typed = {name: form[name].data for name in TYPED}
    days = {name: typed[name] or 0 for name in ("working_days", "appeal_days")}
    return Profile(**{**typed, **days}, crest=crest)


def _unsaved(form: ProfileEdited, expected: int) -> Mapping[str, tuple[str, str]]:
    """By field what the profile says now and what this person typed over the version that they saw."""
    with place().store.reading() as session:
        now, seen = in_force(session).profile, said_in(session, expected)
    typed = _said(form, now.crest)
    return {
        name: (str(getattr(now, name)), str(getattr(typed, name)))
        for name in changed(seen, typed)
        if name in TYPED and getattr(now, name) != getattr(typed, name)
    }


def _no_zeros(profile: Profile) -> dict[str, int | None]:
    """Numbers as a form shows them: empty where there is none."""
    return {"working_days": profile.working_days or None, "appeal_days": profile.appeal_days or None}


def _changed(answer: Answer) -> Answer:
    """Let this process read the profile again."""
    place().profile_at_hand.drop()
    return answer


def _told(parts: tuple[str, ...]) -> str:
    if not parts:
        return str(_("没有改动。"))
    return str(_("已保存：%(parts)s。", parts=in_list([profile_words(part) for part in parts])))


def _faults_in(form: ProfileEdited) -> Faults:
    """All that is wrong with what was typed, beside the fields too."""
    form.validate()
    if not form.errors:
        for key, zh, en in _said(form, "").faults():
            form[key].errors = [*form[key].errors, pick(zh, en)]
    return [
        (form[name].id, f"{profile_words(name)}{_('：')}{says}")
        for name in TYPED
        for says in form[name].errors
    ]


def _shown(
    no: No | None = None,
    form: ProfileEdited | None = None,
    unsaved: Mapping[str, tuple[str, str]] = NOTHING,
) -> Page:
    with place().store.reading() as session:
        now = in_force(session)
        by = session.scalar(select(Person.name).where(Person.id == now.made_by)) or ""
    if form is None:
        form = ProfileEdited(formdata=None, data={**asdict(now.profile), **_no_zeros(now.profile)})
    accent = now.profile.accent if form.accent.errors else form.accent.data or ""
    return show(
        "school/profile.html",
        no,
        form=form,
        now=now,
        by=by,
        missing=list(_missing(now)),
        differs=_differs(now),
        unsaved=unsaved,
        accent=accent,
        preview=preview_address(accent),
    )


def _missing(now: ProfileInForce) -> Iterator[str]:
    """What the school has not said yet."""
    rules = place().rules
    if rules.first_profile is None and not now.version:
        yield _("学校资料：尚未填写办公室、房间和电话，学生不知道联系谁")
    if rules.notice is None:
        yield _("自查通知：尚未提供，学生在这里看不到通知")
    if rules.guide is None:
        yield _("学信网账号问题自助：尚未提供，登录不了学信网的学生无处查询办法")
    if bare := [pick(one.zh, one.en) for one in place().school.policy.refusals if not basis_of(one.clause)]:
        yield _("依据：以下不予更正的理由没有写明依据，决定书引不出规定：%(whys)s", whys=in_list(bare))
    if now.version:
        for name in ("hours", "room", "working_days", "appeal_to", "document_word", "crest"):
            if not getattr(now.profile, name):
                yield profile_words(name)


def _differs(now: ProfileInForce) -> Mapping[str, tuple[str, str]]:
    """By field what the page and the folder say, where they say different things."""
    first = place().rules.first_profile
    if first is None or not now.made_by:
        return {}
    return {
        name: (str(getattr(now.profile, name)), str(getattr(first, name)))
        for name in changed(now.profile, first)
        if name != "crest"
    }
