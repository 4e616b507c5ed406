"""The platform's self-check export: comparison with this system's answers, and its import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.college.board import named
from web.registrar.rosters.dry_run import DryRun, FindingView, Of, UploadedTable, form_page, stand_at, taken
from web.shared.act import Acting, No, Page, acting
from web.shared.downloads import xlsx_file
from web.shared.forms import RosterHandedIn
from web.shared.gate.limits import limited
from web.shared.labels import manner_words, standing_words
from web.shared.security import actor, fresh, open_to, place
from web.shared.words import in_one, pick
from workflow.campaigns.colleges.roll import Entrant, only_here, only_there, roll
from workflow.campaigns.platform_export import Export, ExportPlan, plan_export, read_export, take_in_export
from workflow.campaigns.progress.board import DEEMED, PROXY
from workflow.cases.tables import PlatformExport
from workflow.engine import Ref
from workflow.records.findings import Finding
from workflow.records.upload import WaitingUpload
from workflow.verdict import Reason

bp = Blueprint("exports", __name__, url_prefix="/registrar/<plan>/platform")


@dataclass(frozen=True, slots=True)
class TwoWitnesses:
    """One college's numbers on the platform and here, side by side.

    Each counted record is in exactly one of ``both`` to ``unnamed``. ``proxy`` counts those for whom somebody
    else answered here, in any of these groups.
    """

    college: str
    counted: int
    both: int
    there: int
    here: int
    neither: int
    deemed: int
    unnamed: int
    proxy: int


@bp.get("/both.xlsx")
@open_to("registrar")
@fresh
@limited("exports")
def both(plan: str) -> Response:
    """A workbook of records done only on the platform or only here. The download is logged."""
    with acting() as it:
        campaign = named(it.session, plan)
        at = it.note("platform.xlsx", campaign.id)
    with place().store.reading() as session:
        everybody = roll(session, campaign.id)
    header = (_("学院"), _("班级"), _("学号"), _("姓名"), _("本系统"), _("平台"))
    sheets = [
        (title, header, [_cells(one) for one in some])
        for title, some in (
            (_("平台已看，本系统未核对"), only_there(everybody)),
            (_("本系统已核对，平台未看"), only_here(everybody)),
        )
    ]
    return xlsx_file(f"platform-{campaign.plan}-{at:%Y%m%d-%H%M}", sheets)


def _planned(session: Session, read: Export, waiting: WaitingUpload, of: Of) -> DryRun:
    """The records that the export reports as viewed on the platform, and every rejected row."""
    campaign = named(session, of["plan"])
    planned = plan_export(session, place().cipher, campaign.id, read, waiting.as_of)
    return DryRun(
        name=waiting.name,
        as_of=planned.as_of,
        digest=read.facts.digest,
        expected=_expected(planned),
        advice=_("不导入的行列在下面，其余的照常导入。"),
        numbers=(
            (_("行数"), read.size),
            (_("导入人数"), len(planned.looks)),
            (_("平台已看"), planned.looked),
            (_("平台名单中没有"), planned.unnamed),
        ),
        out=(_("不导入的行"), len(planned.left_out)),
        verdicts=(_("导入"), _("不导入")),
        findings=(
            *(_found(one, False) for one in planned.left_out),
            *(_found(one, True) for one in planned.noted),
        ),
        facts=((_("自查活动"), pick(campaign.title, campaign.title_en)),),
        barred=place()
        .engine.check_action(session, Ref("campaign", campaign.id), "take_in_export", actor())
        .reasons,
    )


def _take(it: Acting, read: Export, waiting: WaitingUpload, of: Of) -> tuple[str, Iterable[str]]:
    """Store the content of the export."""
    campaign = named(it.session, of["plan"])
    done = take_in_export(
        it.place.engine, it.session, it.place.cipher, campaign.id, read, waiting.as_of, it.by
    )
    words = _(
        "已导入：%(taken)d 人，其中平台已看 %(looked)d 人；不导入 %(out)d 行。",
        taken=len(done.looks),
        looked=done.looked,
        out=len(done.left_out),
    )
    return _expected(done), [words]


def _listed(of: Of, no: No | None = None, form: RosterHandedIn | None = None) -> Page:
    """Platform and local figures by college, past exports, and the form for another."""
    with place().store.reading() as session:
        campaign = named(session, of["plan"])
        kept = PlatformExport
        asked = taken(kept, kept.taken, kept.looked).where(kept.campaign_id == campaign.id)
        done = session.execute(asked).all()
        everybody = roll(session, campaign.id) if done else ()
    return form_page(
        "registrar/campaigns/platform.html",
        no,
        form,
        campaign=campaign,
        taken=done,
        beside=_beside(everybody),
        total=_one_beside("", [one for one in everybody if not one.excluded]),
    )


def _beside(everybody: Iterable[Entrant]) -> list[TwoWitnesses]:
    colleges: dict[str, list[Entrant]] = {}
    for one in everybody:
        if not one.excluded:
            colleges.setdefault(one.college, []).append(one)
    return [_one_beside(college, colleges[college]) for college in sorted(colleges)]


def _one_beside(college: str, some: Sequence[Entrant]) -> TwoWitnesses:
    unnamed = [one for one in some if one.looked is None]
    named = [one for one in some if one.looked is not None]
    kinds = Counter((one.looked, one.answered) for one in named if one.manner != DEEMED)
    return TwoWitnesses(
        college=college,
        counted=len(some),
        both=kinds[True, True],
        there=kinds[True, False],
        here=kinds[False, True],
        neither=kinds[False, False],
        deemed=len(named) - kinds.total(),
        unnamed=len(unnamed),
        proxy=sum(one.manner == PROXY for one in some),
    )


def _cells(one: Entrant) -> tuple[str, ...]:
    there = f"{one.looked_at:%Y-%m-%d %H:%M}" if one.looked_at else (_("已看") if one.looked else _("未看"))
    return (
        one.college,
        one.group,
        one.number,
        one.name,
        manner_words(one.manner) or standing_words(one),
        there,
    )


def _found(one: Finding, taken: bool) -> FindingView:
    return FindingView(one.row, one.code, in_one(one.says), taken)


def _expected(planned: ExportPlan) -> str:
    """The identifier of exactly this result."""
    said = repr((planned.looks, planned.left_out, planned.noted))
    return place().cipher.digest("export", said.encode())


EXPORTS = UploadedTable(
    folder="incoming-exports",
    home=".compared",
    title=lambda: _("与平台对照"),
    choose=lambda: _("请选择平台导出的文件。"),
    by_column=False,
    changed=Reason(
        "result_changed",
        "您查看试导入结果之后，个案或已有的平台情况有变化，结果与您看到的不同；未写入任何内容。",
        remedy="请核对下面新的结果，再按一次。",
        rule="export",
    ),
    check=read_export,
    read=lambda waiting: read_export(waiting.name, waiting.data),
    plan=_planned,
    take=_take,
    listed=_listed,
)
stand_at(bp, EXPORTS)


@bp.get("")
@open_to("registrar")
def compared(plan: str) -> Page:
    """Platform and local figures by college, past exports, and the form for another."""
    return EXPORTS.home_page({"plan": plan})
