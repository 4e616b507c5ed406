"""The college officer's pages: how far their own college is, class by class, and who has said nothing yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from states.campaign import DRAFT, OPEN
from web.charts import percent, pieces
from web.downloads import as_text, csv_file, harmless
from web.security import actor, me, not_found_for, open_to, place
from workflow.campaigns.board import Known, Silent, board, campaigns, silent, takes_part
from workflow.people.access import note_access

bp = Blueprint("college", __name__, url_prefix="/college")
bp.add_app_template_filter(pieces, "pieces")
bp.add_app_template_filter(percent, "percent")


@bp.get("")
@open_to("officer")
def home() -> str:
    """The running campaign, or the latest one there was."""
    return _board_page()


@bp.get("/<plan>")
@open_to("officer")
def progress(plan: str) -> str:
    """How many records of the officer's own college are in each state, class by class; no names."""
    return _board_page(plan)


@bp.get("/<plan>/silent")
@open_to("officer")
def silent_list(plan: str) -> str:
    """Who has not checked: name, number and class. The look is written down before the page leaves."""
    campaign, group, found, at = _silent(plan, "list")
    return render_template(
        "college/silent.html",
        college=me().scope,
        campaign=campaign,
        group=group,
        silent=found,
        at=at,
        chat=_for_a_chat(campaign, found, at),
    )


@bp.get("/<plan>/silent.csv")
@open_to("officer")
def silent_file(plan: str) -> Response:
    """The same list as a file; taking it away is written down too."""
    campaign, _group, found, at = _silent(plan, "list.csv")
    return csv_file(
        f"unchecked-{campaign.plan}-{at:%Y%m%d-%H%M}",
        (_("班级"), _("学号"), _("姓名")),
        ((as_text(one.group), as_text(one.number), harmless(one.name)) for one in found),
    )


def _board_page(plan: str = "") -> str:
    college = me().scope
    with place().store.reading() as session:
        known = _begun(session)
        campaign = _named(known, plan) if plan else _at_hand(known)
        return render_template(
            "college/board.html",
            college=college,
            campaigns=known,
            campaign=campaign,
            board=board(session, campaign.id, "bh", college) if campaign else None,
        )


def _silent(plan: str, what: str) -> tuple[Known, str | None, tuple[Silent, ...], datetime]:
    """The list that was asked for; a class of another college does not exist, and asking is remembered."""
    installation, college, group = place(), me().scope, request.args.get("class")
    with installation.store.writing() as session:
        at = installation.clock.now(session)
        campaign = _named(_begun(session), plan)
        ours = takes_part(session, campaign.id, college, group)
        if ours:
            which = what if group is None else f"{what}:{group}"
            note_access(session, actor(), which[:32], campaign.id, at)
    if not ours:
        not_found_for(what, campaign.id)
    with installation.store.reading() as session:
        return campaign, group, silent(session, campaign.id, college, group), at


def _begun(session: Session) -> list[Known]:
    return [one for one in campaigns(session) if one.state != DRAFT]


def _named(known: Iterable[Known], plan: str) -> Known:
    found = next((one for one in known if one.plan == plan), None)
    return found or abort(404)


def _at_hand(known: list[Known]) -> Known | None:
    return next((one for one in known if one.state == OPEN), known[0] if known else None)


# -- to paste into a chat -------------------------------------------------------------------------------


def _for_a_chat(campaign: Known, found: Iterable[Silent], at: datetime) -> str:
    """The list as people read it aloud: one line a class, names only, in the language of the chat."""
    people = list(found)
    head = (
        f"{campaign.title}：截至{_said(at)}，还有 {len(people)} 人未核对，{_said(campaign.closes_at)} 截止。"
    )
    lines = [
        f"{group or '未编班'}（{len(members)} 人）：{'、'.join(_told_apart(members))}"
        for group, members in ((name, list(rows)) for name, rows in groupby(people, lambda one: one.group))
    ]
    return "\n".join((head, *lines))


def _told_apart(members: list[Silent]) -> Iterable[str]:
    """Names; two of one name in one class are told apart by the last digits of their numbers."""
    names = Counter(one.name for one in members)
    for one in members:
        yield one.name if names[one.name] == 1 else f"{one.name}（尾号 {one.number[-3:]}）"


def _said(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"
