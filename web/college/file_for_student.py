"""Answering for a student who is present, by staff, where the school's rules allow it.

Questions, papers and the last review use the student's own pages. This module adds the student, how their
request was received, and the receipt number to tell them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import CASE, DECIDERS, DEFERRED, NOT_CHECKED, PROXIES
from web.shared.act import Answer, No, Page, act, acting, faults_in, press, show
from web.shared.forms import ForAReason, WordsForm
from web.shared.labels import said
from web.shared.numbers import NO_NUMBER, NUMBERS, reveal
from web.shared.security import actor, fresh, looking, me, not_found_for, open_to, place
from web.shared.standing import CASE_OF_A_PROXY, about
from web.student.filing import stand_at
from web.student.view import Whose, against_filing, present_values, read_mine, rows_of, whose
from workflow.cases import rules
from workflow.cases.checking.confirm import shown
from workflow.cases.common import not_own_case
from workflow.cases.filing.drafts import save_draft
from workflow.cases.filing.proxy import not_named
from workflow.cases.load import lock_record
from workflow.cases.tables import Campaign, Case
from workflow.cases.views.student_sheet import CaseSheet, RecordSheet
from workflow.engine import Ref
from workflow.records.photos import photo_of
from workflow.records.values import value_of
from workflow.verdict import Reason

bp = Blueprint("proxy", __name__, url_prefix="/for/<string(length=32):case>")
WHO = PROXIES
HERE = tuple(role for role in PROXIES if role != "officer")
"""Who confirms for a student on these pages. An officer does it on the page of the student."""
stand_at(bp, *WHO)


# -- the student ----------------------------------------------------------------------------------------


@bp.url_value_preprocessor
def _take_the_case(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.case = (values or {}).pop("case", "")


@bp.url_defaults
def _keep_the_case(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("case", g.get("case", ""))


@bp.before_request
def _find_whom() -> Page | None:
    """The filing is for the student of the case, whose standing was asked. The access is logged.

    A reviewer whom the rules name for nothing is told so on the first page, which shows nothing of the
    student. There are no further pages for them.
    """
    g.whose = Whose(g.record_of_case, actor().person, g.case)
    what, first = _looked_at(), request.endpoint == f"{bp.name}.record"
    named = _may_act()
    if not (named or first) or (what == "photo" and not _has_photo_to_show()):
        not_found_for(what, g.case)
    with acting() as it:
        it.note(what, g.case)
    if named:
        return None
    no, back = No(status=422), url_for("desk.queue")
    return show("college/file_barred.html", no, barred=[not_named(actor().role)], back=back)


def _may_act() -> bool:
    """True unless the rules would have to name the person's role, and do not."""
    policy = place().engine.policies.in_force(place().clock.now())
    return any(rules.may_act_for_students(policy, actor().role, action) for action in ("raise", "confirm"))


def _looked_at() -> str:
    """The access-log name of a request: papers and the photo by their names, all else as the filing."""
    view = (request.endpoint or "").rpartition(".")[2]
    return {"paper": "paper", "thumbnail": "paper", "photo": "photo"}.get(view, "proxy")


def _has_photo_to_show() -> bool:
    """Whether there is a photo, and something may be filed for this student: else none of it is shown."""
    with looking() as session:
        there = photo_of(session, whose().record) is not None
        return there and not against_filing(session, read_mine(session))


@bp.context_processor
def _of_these_pages() -> dict[str, Any]:
    return {"layout": "college/file_page.html", "face": "proxy"}


# -- pages beside the questions -------------------------------------------------------------------------


@bp.get("", endpoint="record")
@open_to(*WHO)
@about(case=CASE_OF_A_PROXY)
def _record_page(no: No | None = None, whole: Collection[str] = ()) -> Page:
    """The record, with a mark for each wrong field; or the reasons against filing for this student."""
    with looking() as session:
        mine = read_mine(session)
        values = present_values(mine)
        filed = _filed_by_me(session)
        return show(
            "college/file_record.html",
            no,
            mine=mine,
            case=_case_of(mine),
            back=_back(session),
            rows=rows_of(mine, values, whole=whole),
            hidden=[code for code in NUMBERS if values[code] and code not in whole],
            barred=against_filing(session, mine),
            filed=filed,
            **_confirming(session, mine),
        )


@bp.post("/number")
@open_to(*WHO)
@about(case=CASE_OF_A_PROXY)
@fresh
def show_number() -> Page:
    """The same with the student's full number, for a reason of the list. The reason is logged first."""

    def against(session: Session) -> Sequence[Reason]:
        mine = read_mine(session)
        own = not_own_case(place().engine.attempt(session, _case_of(mine).facts, "raise", actor()))
        there = value_of(session, place().cipher, whose().record, "SFZH")
        more = (own, None if there else NO_NUMBER)
        return (*against_filing(session, mine), *filter(None, more))

    no = reveal("SFZH", g.case, ForAReason().why.data or "", against)
    return _record_page(no, () if no else ("SFZH",))


@bp.post("/confirm")
@open_to(*HERE)
@about(case=CASE_OF_A_PROXY)
@fresh
def confirm() -> Answer:
    """Confirm for the student if the school's rules allow it, with how they answered."""
    form, case = WordsForm(), Ref(CASE.name, whose().case)
    if no := faults_in(form):
        return _record_page(no)
    return act(
        press(case, "confirm", words=form.words.data or "", seen=request.form.get("seen", "-")),
        again=_record_page,
        onward=url_for(".record"),
        told=_("已代为确认，并通知学生本人。"),
    )


@bp.get("/how")
@open_to(*WHO)
@about(case=CASE_OF_A_PROXY)
def how() -> Answer:
    """The form: how the student's request was received."""
    with looking() as session:
        mine = read_mine(session)
    if not mine.draft.claims:
        return redirect(url_for(".record"), 303)
    form = WordsForm(formdata=None)
    form.words.data = mine.draft.words
    return show("college/file_how.html", form=form)


@bp.post("/how")
@open_to(*WHO)
@about(case=CASE_OF_A_PROXY)
def say_how() -> Answer:
    """Store how the request was received, and continue to the last review."""
    form, installation = WordsForm(), place()
    with installation.store.writing() as session:
        lock_record(session, whose().record)
        mine = read_mine(session)
        mine = replace(mine, draft=replace(mine.draft, words=form.words.data or ""))
        claims = tuple(mine.draft.claims.values())
        against = against_filing(session, mine, claims=claims)
        reasons = [reason for reason in against if reason.rule == "proxy_says_how"]
        if not reasons:
            save_draft(session, installation.cipher, whose().record, mine.draft, mine.at, whose().person)
    if reasons:
        form.words.errors = [said(reason).says for reason in reasons]
        return show("college/file_how.html", No(reasons), form=form)
    return redirect(url_for(".check" if claims else ".record"), 303)


@bp.get("/receipt")
@open_to(*WHO)
@about(case=CASE_OF_A_PROXY)
def receipt() -> Answer:
    """The receipt number to tell the student, and what happens next."""
    with looking() as session:
        mine = read_mine(session)
        if not _filed_by_me(session):
            return redirect(url_for(".record"), 303)
        return show("college/file_receipt.html", mine=mine, case=_case_of(mine), back=_back(session))


def _case_of(mine: RecordSheet) -> CaseSheet:
    return mine.case(whose().case) or abort(404)


def _filed_by_me(session: Session) -> bool:
    """True when the signed-in person made the last filing of this case."""
    return session.scalar(select(Case.proxy).where(Case.id == whose().case)) == whose().person


def _confirming(session: Session, mine: RecordSheet) -> dict[str, Any]:
    """What the page needs to confirm for the student: the verdict, if the case waits and they do it here."""
    case = _case_of(mine)
    if actor().role not in HERE or case.state not in (NOT_CHECKED, DEFERRED):
        return {"proxy": None}
    return {
        "proxy": place().engine.check_seen(session, case.facts, "confirm", actor(), at=mine.at),
        "seen": shown(session, place().cipher, case.facts)[1],
        "version": case.facts.version,
        "form": WordsForm(),
    }


def _back(session: Session) -> str:
    """The previous page: the officer's page of the student, the registrar's of the campaign, or the desk."""
    if me().actor.role in DECIDERS:
        return url_for("desk.queue")
    of_case = select(Campaign.plan).join(Case, Case.campaign_id == Campaign.id).where(Case.id == whose().case)
    plan = session.scalar(of_case)
    if plan is None:
        return url_for("signin.start")
    if me().actor.role == "registrar":
        return url_for("running.cohort", plan=plan)
    return url_for("chasing.student", plan=plan, case=whose().case)
