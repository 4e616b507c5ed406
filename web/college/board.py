"""The officer's boards and lists: progress by class, and the silent students, of those in their scope.

Notes and reminders for the silent are in chasing.py; signing the list is in signing.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from states.campaign import DRAFT, OPEN
from web.college.lists import listed, note_told
from web.shared.act import No, Page, acting, show
from web.shared.downloads import as_text, csv_file, harmless, xlsx_file
from web.shared.figures.charts import percent, pieces
from web.shared.figures.trends import days_of, way_down_of
from web.shared.forms import Noted
from web.shared.gate.limits import limited
from web.shared.labels import result_words, silence_words, way_words
from web.shared.security import fresh, me, my_students, not_found_for, open_to, place
from web.shared.words import day
from workflow.campaigns.colleges.roll import Entrant, roll, silent_of
from workflow.campaigns.progress.board import Known, board, campaigns, takes_part
from workflow.campaigns.tables import SILENCES

bp = Blueprint("college", __name__, url_prefix="/college")
bp.add_app_template_filter(pieces, "pieces")
bp.add_app_template_filter(percent, "percent")

NO_REASON = "none"
"""Address value: only students without a noted reason."""


@dataclass(frozen=True, slots=True)
class SilentList:
    """The silent of an officer's students or of a class on a page, and the chosen filters."""

    campaign: Known
    group: str | None
    why: str
    entrants: tuple[Entrant, ...]
    everybody: tuple[Entrant, ...]
    at: datetime

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """(reason, count) of every noted reason; '' for none noted."""
        noted = Counter(one.reason for one in self.everybody)
        return [(code, noted[code]) for code in ("", *SILENCES) if noted[code]]

    @property
    def chosen(self) -> dict[str, Any]:
        """The address parameters for the same list."""
        chosen: dict[str, Any] = {} if self.group is None else {"class": self.group}
        return chosen | ({"why": self.why} if self.why else {})


@bp.get("", endpoint="home")
@bp.get("/<plan>", endpoint="progress")
@open_to("officer")
def progress(plan: str = "") -> str:
    """The officer's students by state and class, for a plan or the campaign at hand. No names."""
    with place().store.reading() as session:
        known = begun(session)
        campaign = of_plan(known, plan) if plan else _at_hand(known)
        found: dict[str, Any] = {}
        if campaign:
            found["board"] = board(session, campaign.id, "bh", my_students())
            (found["list"],) = listed(session, campaign.id, [me().college])
        page = render_template("college/board.html", campaigns=known, campaign=campaign, **found)
    if campaign and found["board"].lines:
        note_told(campaign.id, found["list"])
    return page


@bp.get("/<plan>/trend")
@open_to("officer")
@limited("reports")
def burn_down(plan: str) -> str:
    """The burn-down of the officer's students: a chart, the same numbers as a table, and a forecast."""
    with place().store.reading() as session:
        campaign, now = named(session, plan), place().clock.now(session)
        if not takes_part(session, campaign.id, my_students()):
            abort(404)
        found = days_of(session, campaign, now, my_students())
    return render_template("college/trend.html", campaign=campaign, **way_down_of(campaign, found.total, now))


@bp.get("/<plan>/silent")
@open_to("officer")
def silent_list(plan: str) -> Page:
    """Students who have not checked, with reason and contacts. The access is logged first."""
    return silent_page(silence(plan, "list"))


@bp.get("/<plan>/silent.csv")
@open_to("officer")
@fresh
@limited("exports")
def silent_file(plan: str) -> Response:
    """The same list as a file. The download is logged too."""
    found = silence(plan, "list.csv")
    return csv_file(
        _file_name(found),
        (_("班级"), _("学号"), _("姓名")),
        ((as_text(one.group), as_text(one.number), harmless(one.name)) for one in found.entrants),
    )


@bp.get("/<plan>/silent.xlsx")
@open_to("officer")
@fresh
@limited("exports")
def silent_book(plan: str) -> Response:
    """The same list as a workbook, with reasons and the last contact."""
    found = silence(plan, "list.xlsx")
    header = (_("班级"), _("学号"), _("姓名"), _("未核对原因"), _("联系次数"), _("最近一次联系"))
    rows = (
        (one.group, one.number, one.name, silence_words(one.reason), str(one.contacts), last_contact(one))
        for one in found.entrants
    )
    return xlsx_file(_file_name(found), [(_("未核对名单"), header, rows)])


def silent_page(
    found: SilentList, no: No | None = None, *, form: Noted | None = None, ticked: Iterable[str] = ()
) -> Page:
    """The page of a list. After a refused form, it keeps the choices."""
    return show(
        "college/silent.html",
        no,
        it=found,
        campaign=found.campaign,
        group=found.group,
        chat=_for_a_chat(found.campaign, found.entrants, found.at),
        told_by=told_by(found.campaign),
        form=form or Noted(formdata=None),
        ticked=set(ticked),
    )


def silence(plan: str, what: str) -> SilentList:
    """The list for an address. Raises 404 for a class without students of theirs, and logs the attempt."""
    campaign, group, at = entered(plan, what)
    why = request.args.get("why", "")
    if why not in ("", NO_REASON, *SILENCES):
        abort(404)
    with place().store.reading() as session:
        everybody = silent_of(roll(session, campaign.id, my_students(), group))
    chosen = {"": None, NO_REASON: ""}.get(why, why)
    return SilentList(campaign, group, why, silent_of(everybody, chosen), everybody, at)


def entered(plan: str, what: str) -> tuple[Known, str | None, datetime]:
    """The campaign, class and moment of an address. Logs the access to its students."""
    group = request.args.get("class")
    with acting() as it:
        campaign = named(it.session, plan)
        ours = takes_part(it.session, campaign.id, my_students(), group)
        if ours:
            which = what if group is None else f"{what}:{group}"
            at = it.note(which[:32], campaign.id)
    if not ours:
        not_found_for(what, campaign.id)
    return campaign, group, at


def last_contact(one: Entrant) -> str:
    """The last contact in words; '' if none."""
    if one.last_on is None:
        return ""
    return f"{day(one.last_on)} {way_words(one.last_how)} · {result_words(one.last_result)}"


bp.add_app_template_filter(last_contact, "last_contact")


def begun(session: Session) -> list[Known]:
    """All campaigns except drafts, latest first."""
    return [one for one in campaigns(session) if one.state != DRAFT]


def told_by(campaign: Known) -> tuple[str, ...]:
    """What counts as notice by the rules of a campaign, or by those in force while it has not begun."""
    if not campaign.policy:
        return place().school.policy.silence.told_by
    with place().store.reading() as session:
        return place().rules.named(session, campaign.policy).school.policy.silence.told_by


def named(session: Session, plan: str) -> Known:
    """The campaign with that plan, if begun. Raises 404 otherwise."""
    return of_plan(begun(session), plan)


def campaign_of(plan: str) -> Known:
    """The same, read by itself."""
    with place().store.reading() as session:
        return named(session, plan)


def of_plan(known: Iterable[Known], plan: str) -> Known:
    """The campaign with that plan among some. Raises 404 otherwise."""
    return next((one for one in known if one.plan == plan), None) or abort(404)


def _file_name(found: SilentList) -> str:
    return f"unchecked-{found.campaign.plan}-{found.at:%Y%m%d-%H%M}"


def _at_hand(known: list[Known]) -> Known | None:
    return next((one for one in known if one.state == OPEN), known[0] if known else None)


# -- to paste into a chat -------------------------------------------------------------------------------


def _for_a_chat(campaign: Known, found: Iterable[Entrant], at: datetime) -> str:
    """The list as text: one line for each class, names only, in the language of the chat."""
    people = list(found)
    head = (
        f"{campaign.title}：截至{_said(at)}，还有 {len(people)} 人未核对，{_said(campaign.closes_at)} 截止。"
    )
    lines = [
        f"{group or '未编班'}（{len(members)} 人）：{'、'.join(_told_apart(members))}"
        for group, members in ((name, list(rows)) for name, rows in groupby(people, lambda one: one.group))
    ]
    return "\n".join((head, *lines))


def _told_apart(members: list[Entrant]) -> Iterable[str]:
    """Names. Namesakes in one class get the last digits of their numbers."""
    names = Counter(one.name for one in members)
    for one in members:
        yield one.name if names[one.name] == 1 else f"{one.name}（尾号 {one.number[-3:]}）"


def _said(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"
