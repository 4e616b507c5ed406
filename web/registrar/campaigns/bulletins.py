"""Bulletins: the registrar publishes and prints them. Anyone can read the public page of totals."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from flask import Blueprint, Response, abort, jsonify, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.college.board import campaign_of, named
from web.shared.act import Acting, Answer, No, Page, act, show
from web.shared.downloads import WORKBOOK, attached
from web.shared.forms import form_key, seen_version
from web.shared.gate.limits import limited
from web.shared.security import actor, fresh, open_to, open_to_all, place
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.progress import bulletin as published
from workflow.campaigns.progress.board import Known
from workflow.campaigns.progress.bulletin import Bulletin, Shared
from workflow.cases import rules
from workflow.cases.load import campaign_facts
from workflow.engine import Ref

bp = Blueprint("bulletins", __name__)


@dataclass(frozen=True, slots=True)
class Named:
    """A bulletin date named in campaigns.toml: its cut-off moment, and the bulletin if published."""

    day: date
    as_of: datetime
    made: Bulletin | None


@bp.get("/registrar/<plan>/bulletins")
@open_to("registrar")
def every(plan: str, no: No | None = None) -> Page:
    """The bulletins of a campaign, the planned dates still to come, and the form for a bulletin now."""
    installation = place()
    with installation.store.reading() as session:
        campaign, now = named(session, plan), installation.clock.now(session)
        made = published.bulletins(session, campaign.id)
        days = _named(session, campaign, made)
        version = campaign_facts(session, campaign.id).version
        verdict = installation.engine.check_action(
            session,
            Ref("campaign", campaign.id),
            "publish",
            actor(),
            day=now.date(),
            as_of=published.latest_moment(now),
        )
    return show(
        "registrar/campaigns/bulletins.html",
        no,
        campaign=campaign,
        made=made,
        named=days,
        version=version,
        as_of=published.latest_moment(now),
        barred=verdict.reasons,
    )


@bp.post("/registrar/<plan>/bulletins")
@open_to("registrar")
@fresh
@limited("reports")
def publish(plan: str) -> Answer:
    """Publish the figures of the latest minute that can be counted."""
    campaign = campaign_of(plan)

    def freeze(it: Acting) -> str:
        now = it.now
        return published.publish(
            it.place.engine,
            it.session,
            campaign.id,
            it.by,
            now.date(),
            published.latest_moment(now),
            expected=seen_version(),
            key=form_key(),
        )

    return act(
        freeze,
        again=lambda no: every(plan, no),
        onward=lambda digest: url_for(".one", plan=plan, digest=digest),
    )


@bp.get("/registrar/<plan>/bulletins/<digest>")
@open_to("registrar")
def one(plan: str, digest: str) -> str:
    """One bulletin in full, verified against the history now."""
    with place().store.reading() as session:
        found = _bulletin(session, plan, digest)
        again = published.rebuild(session, found.id)
    return render_template("registrar/campaigns/bulletin.html", it=found, again=again)


@bp.get("/registrar/<plan>/bulletins/<digest>/sheet")
@open_to("registrar")
def sheet(plan: str, digest: str) -> str:
    """The same, to print and seal. Small colleges are merged."""
    with place().store.reading() as session:
        found = _bulletin(session, plan, digest)
    return render_template("registrar/campaigns/sheet.html", it=found, **_shared(found))


@bp.get("/registrar/<plan>/bulletins/<digest>/table.xlsx")
@open_to("registrar")
@limited("exports")
def table(plan: str, digest: str) -> Response:
    """The same as a workbook. Words are text cells, numbers are number cells, and no cell is a formula."""
    with place().store.reading() as session:
        found = _bulletin(session, plan, digest)
    return attached(f"bulletin-{found.plan}-{found.day:%Y%m%d}.xlsx", _workbook(found), WORKBOOK)


@bp.get("/bulletins/<digest>")
@open_to_all
def public(digest: str) -> str:
    """The public page: counts by college and in total, and the digest to compare with the printed sheet."""
    found = _public(digest)
    return render_template("bulletin.html", it=found, **_shared(found))


@bp.get("/bulletins/<digest>/profile.json")
@open_to_all
def profile(digest: str) -> Response:
    """The same as JSON."""
    return jsonify(published.public_profile(_public(digest)))


def _named(session: Session, campaign: Known, made: Sequence[Bulletin]) -> list[Named]:
    plan = rules.plan_of(rules_of(place().engine, session, campaign.id), campaign.plan)
    by_moment = {one.as_of: one for one in made}
    found = []
    for day in plan.bulletins:
        as_of = published.moment_of(day, campaign.opens_at)
        found.append(Named(day, as_of, by_moment.get(as_of)))
    return found


def _bulletin(session: Session, plan: str, digest: str) -> Bulletin:
    found = published.by_digest(session, digest)
    return found if found is not None and found.plan == plan else abort(404)


def _public(digest: str) -> Bulletin:
    with place().store.reading() as session:
        return published.by_digest(session, digest) or abort(404)


def _shared(found: Bulletin) -> dict[str, object]:
    return {
        "lines": published.shared(found.board, found.together),
        "total": published.share_of_all(found.board),
        "left_out": published.few_or(found.board.total.left_out),
    }


def _workbook(found: Bulletin) -> bytes:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet(_("通报"))
    strong, share = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
    page.set_column(0, 0, 28)
    page.set_column(1, 6, 12)
    page.write_string(0, 0, found.title, strong)
    page.write_string(1, 0, _("截至 %(moment)s", moment=f"{found.as_of:%Y-%m-%d %H:%M:%S}"))
    page.write_string(2, 0, _("校验码 %(digest)s", digest=found.digest))
    heads = (
        _("学院"),
        _("应核对"),
        _("已核对"),
        _("已核对比例"),
        _("其中代为确认"),
        _("视为无误"),
        _("未核对"),
    )
    for column, words in enumerate(heads):
        page.write_string(4, column, words, strong)
    lines = (*published.shared(found.board, found.together), published.share_of_all(found.board))
    for row, line in enumerate(lines, 5):
        page.write_string(row, 0, _line_name(line, total=row == 4 + len(lines)))
        numbers = (line.counted, line.checked, line.per_mille / 1000, line.proxy, line.deemed, line.silent)
        for column, number in enumerate(numbers, 1):
            page.write_number(row, column, number, share if column == 3 else None)
    left_out = published.few_or(found.board.total.left_out)
    page.write_string(6 + len(lines), 0, _("不计入 %(n)s 个，不在以上任何一个数里。", n=left_out))
    book.close()
    return written.getvalue()


def _line_name(line: Shared, *, total: bool) -> str:
    if total:
        return str(_("合计"))
    return line.name or str(_("其他 %(n)d 个学院合并", n=line.together))
