"""Signing the frozen list: the officer's page, and the registrar's table of who has signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config.policy import CampaignPlan
from states.case import CASE
from web.college import begun, entered, named
from web.forms import Words, faults_of, form_key, seen_version, status_of
from web.security import actor, me, open_to, place
from web.words import case_state, exclusion_words, manner_words, silence_words
from workflow.campaigns.attesting import frozen_now, seen_as, signed
from workflow.campaigns.board import Known, board
from workflow.cases.tables import EXCLUSIONS, MANNERS
from workflow.engine import Ref
from workflow.verdict import Reason, Refused

bp = Blueprint("signing", __name__)

STATES = [state.name for state in CASE.states]


@bp.get("/college/<plan>/sign")
@open_to("officer")
def signing(plan: str) -> str:
    """The list as it stands, in numbers, what bars signing it, and the signature if there is one."""
    return _page(entered(plan, "sign")[0])


@bp.post("/college/<plan>/sign")
@open_to("officer")
def sign(plan: str) -> str | tuple[str, int] | Response:
    """Sign exactly the list that was looked at."""
    campaign, key = entered(plan, "sign")[0], form_key()
    told = {"campaign": campaign.id, "college": me().scope, "seen": request.form.get("seen", "-")}
    try:
        with place().store.writing() as session:
            place().engine.perform(session, Ref("attestation"), "sign", by=actor(), key=key, **told)
    except Refused as no:
        return _page(campaign, no.verdict.reasons), status_of(no)
    flash(_("名单已签认。"))
    return redirect(url_for(".signing", plan=plan), 303)


@bp.post("/college/<plan>/sign/take-back")
@open_to("officer")
def take_back(plan: str) -> str | tuple[str, int] | Response:
    """Take the signature back, with a reason."""
    campaign, form = entered(plan, "sign")[0], Words()
    expected, key = seen_version(), form_key()
    if not form.validate():
        return _page(campaign, faults=faults_of(form)), 422
    try:
        with place().store.writing() as session:
            place().engine.perform(
                session,
                Ref("attestation", request.form.get("signature", "")),
                "take_back",
                by=actor(),
                expected=expected,
                key=key,
                words=form.words.data or "",
            )
    except Refused as no:
        return _page(campaign, no.verdict.reasons), status_of(no)
    flash(_("签认已撤回。"))
    return redirect(url_for(".signing", plan=plan), 303)


@bp.get("/registrar/<plan>/signatures")
@open_to("registrar")
def signatures(plan: str) -> str:
    """Which college has signed its list, by whom and when, and which has not."""
    with place().store.reading() as session:
        campaign = named(begun(session), plan)
        colleges = [line for line in board(session, campaign.id, "fy").lines if line.counted + line.left_out]
        standing = {one.college: one for one in signed(session, place().cipher, campaign.id)}
    return render_template(
        "registrar/signatures.html",
        campaign=campaign,
        due=_due(plan),
        colleges=[(line, standing.get(line.name)) for line in colleges],
        at=place().clock.now(),
    )


def _page(campaign: Known, reasons: Iterable[Reason] = (), *, faults: Iterable[tuple[str, str]] = ()) -> str:
    installation, college = place(), me().scope
    with installation.store.reading() as session:
        frozen = frozen_now(session, campaign.id, college)
        standing = next(iter(signed(session, installation.cipher, campaign.id, college)), None)
        told = {"campaign": campaign.id, "college": college}
        barred = [
            reason
            for reason in installation.engine.may(
                session, Ref("attestation"), "sign", actor(), **told
            ).reasons
            if reason.code != "list_changed"
        ]
    return render_template(
        "college/sign.html",
        college=college,
        campaign=campaign,
        due=_due(campaign.plan),
        size=len(frozen.lines),
        words=[(line_words(word), n) for word, n in sorted(frozen.words.items(), key=_order)],
        classes=sorted(Counter(line[0] for line in frozen.lines).items()),
        seen=seen_as(installation.cipher, frozen),
        standing=standing,
        changed=frozen.changed_since(standing.frozen) if standing and standing.frozen else 0,
        barred=barred,
        form=Words(formdata=None),
        at=installation.clock.now(),
        reasons=list(reasons),
        faults=list(faults),
    )


def _due(plan: str) -> CampaignPlan | None:
    """The plan with the colleges' deadline, if it has one."""
    found = place().school.campaign(plan)
    return found if found and found.colleges_close else None


def _order(counted: tuple[str, int]) -> tuple[int, str]:
    """States in the order of a case's life, exclusions after them."""
    head = counted[0].partition(":")[0]
    return (STATES.index(head) if head in STATES else len(STATES), counted[0])


def line_words(word: str) -> str:
    """What a line of a list says, in words: a state and, where there is one, the reason beside it."""
    head, _colon, more = word.partition(":")
    if head == "excluded":
        return _("不计入：%(why)s", why=exclusion_words(more) if more in EXCLUSIONS else more)
    if more in MANNERS:
        return manner_words(more)
    return f"{case_state(head)} · {silence_words(more)}" if more else case_state(head)
