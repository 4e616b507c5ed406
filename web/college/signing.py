"""Signing the frozen list: the officer's page, and the registrar's table of all lists."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from states.case import CASE
from web.college.board import entered, named
from web.college.lists import CollegeListView, list_with_signers, listed, note_told, way_told, why_unsigned
from web.shared.act import Answer, No, Page, act, faults_in, press, show
from web.shared.downloads import xlsx_file
from web.shared.forms import WordsForm, form_key, seen_version
from web.shared.gate.limits import limited
from web.shared.labels import case_state, exclusion_words, manner_words, silence_words
from web.shared.security import actor, fresh, me, not_found_for, open_to, place
from web.shared.words import moment
from workflow.campaigns.colleges.attestation import frozen_now, seen_as
from workflow.campaigns.progress.board import BoardLine, Known, board
from workflow.cases.tables import EXCLUSIONS, MANNERS
from workflow.engine import Ref

bp = Blueprint("signing", __name__)
bp.add_app_template_filter(why_unsigned, "why_unsigned")
bp.add_app_template_filter(way_told, "way_told")

STATES = [state.name for state in CASE.states]


@bp.get("/college/<plan>/sign")
@open_to("officer")
def signing(plan: str) -> Page:
    """The list in numbers, the reasons against signing, and its attestation, signed or deemed."""
    campaign = entered(plan, "sign")[0]
    return _page(campaign)


@bp.post("/college/<plan>/sign")
@open_to("officer")
@fresh
def sign(plan: str) -> Answer:
    """Sign exactly the reviewed list. A deemed list becomes signed."""
    campaign, key = _to_sign(plan), form_key()
    deemed, told = request.form.get("standing", ""), {"seen": request.form.get("seen", "-")}
    expected = seen_version() if deemed else None
    if not deemed:
        told |= {"campaign": campaign.id, "college": me().college}
    return act(
        lambda it: it.perform(Ref("attestation", deemed), "sign", expected=expected, key=key, **told),
        again=lambda no: _page(campaign, no),
        onward=url_for(".signing", plan=plan),
        told=_("名单已签认。"),
    )


@bp.post("/college/<plan>/sign/take-back")
@open_to("officer")
@fresh
def take_back(plan: str) -> Answer:
    """Withdraw the attestation, with a reason."""
    campaign, form = _to_sign(plan), WordsForm()
    if no := faults_in(form):
        return _page(campaign, no)
    stands = Ref("attestation", request.form.get("standing", "-"))
    return act(
        press(stands, "take_back", words=form.words.data or ""),
        again=lambda no: _page(campaign, no),
        onward=url_for(".signing", plan=plan),
        told=_("已撤回。"),
    )


@bp.get("/registrar/<plan>/signatures")
@open_to("registrar")
def signatures(plan: str) -> str:
    """Each college's list: signed (by whom, when), deemed (how notified), or neither (why)."""
    campaign, lines, lists = _lists(plan)
    return render_template(
        "registrar/campaigns/signatures.html",
        campaign=campaign,
        due=lists[0].due if lists else None,
        over=bool(lists) and lists[0].over,
        counts=Counter(one.standing.state if one.standing else "unsigned" for one in lists),
        colleges=list(zip(lines, lists, strict=True)),
    )


@bp.get("/registrar/<plan>/signatures.xlsx")
@open_to("registrar")
@fresh
@limited("exports")
def signatures_book(plan: str) -> Response:
    """The same as a workbook."""
    campaign, _lines, lists = _lists(plan)
    heads = (_("学院"), _("签认"), _("签认人或原因"), _("时间"), _("告知截止"), _("名单校验码"))
    return xlsx_file(f"lists-{campaign.plan}", [(_("各学院签认"), heads, map(_row, lists))])


def _lists(plan: str) -> tuple[Known, list[BoardLine], tuple[CollegeListView, ...]]:
    """The campaign of a plan, and the numbers and list of each college that has students in it."""
    with place().store.reading() as session:
        campaign = named(session, plan)
        lines = [line for line in board(session, campaign.id, "fy").lines if line.counted + line.left_out]
        return campaign, lines, listed(session, campaign.id, [line.name for line in lines])


def _row(one: CollegeListView) -> tuple[str, ...]:
    """One list as a row of texts."""
    stands, told = one.standing, one.told
    said = f"{told.name} · {moment(told.at)} · {way_told(told.way)}" if told else ""
    late = f" · {_('逾期')}" if one.late else ""
    if stands is None:
        return (one.college, _("未签认") + late, why_unsigned(one.fate.why) if one.fate else "", "", said, "")
    if stands.deemed:
        return (one.college, _("视为无异议"), _("没有人签认"), moment(stands.since), said, stands.digest)
    return (one.college, _("已签认") + late, stands.by, moment(stands.since), said, stands.digest)


def _to_sign(plan: str) -> Known:
    """The campaign whose list is to be signed. Raises 404 for an officer of only some of the students."""
    campaign = entered(plan, "sign")[0]
    if not me().of_whole_college:
        not_found_for("sign", campaign.id)
    return campaign


def _page(campaign: Known, no: No | None = None) -> Page:
    installation, college = place(), me().college
    if not me().of_whole_college:
        return _signed_by(campaign)
    with installation.store.reading() as session:
        frozen = frozen_now(session, campaign.id, college)
        (it,) = listed(session, campaign.id, [college], opened=True)
        ref = Ref("attestation", it.standing.id if it.standing else "")
        told = {} if it.standing else {"campaign": campaign.id, "college": college}
        verdict = installation.engine.check_action(session, ref, "sign", actor(), **told)
    note_told(campaign.id, it)
    before = it.standing.frozen if it.standing else None
    return show(
        "college/sign.html",
        no,
        it=it,
        campaign=campaign,
        size=len(frozen.lines),
        words=[(line_words(word), n) for word, n in sorted(frozen.words.items(), key=_order)],
        classes=sorted(Counter(line[0] for line in frozen.lines).items()),
        seen=seen_as(installation.cipher, frozen),
        changed=frozen.changed_since(before) if before else 0,
        barred=[reason for reason in verdict.reasons if reason.code != "list_changed"],
        form=WordsForm(formdata=None),
    )


def _signed_by(campaign: Known) -> Page:
    """For an officer of some of a college's students: whether the list is signed, and who signs it."""
    with place().store.reading() as session:
        it = list_with_signers(session, campaign.id, me().college)
    return show("college/signed_by.html", it=it, campaign=campaign)


def _order(counted: tuple[str, int]) -> tuple[int, str]:
    """Sort key: states in the order of a case's lifecycle, then exclusions."""
    head = counted[0].partition(":")[0]
    return (STATES.index(head) if head in STATES else len(STATES), counted[0])


def line_words(word: str) -> str:
    """A line of a list in words: its state, and its reason if any."""
    head, _colon, more = word.partition(":")
    if head == "excluded":
        return str(_("不计入：%(why)s", why=exclusion_words(more) if more in EXCLUSIONS else more))
    if more in MANNERS:
        return manner_words(more)
    return f"{case_state(head)} · {silence_words(more)}" if more else case_state(head)
