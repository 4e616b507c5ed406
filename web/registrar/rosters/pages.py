"""The registrar's rosters: the list of imports, and rosters as a kind of uploaded table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.registrar.rosters.dry_run import DryRun, FindingView, Of, UploadedTable, form_page, stand_at, taken
from web.shared.act import Acting, No, Page, Stop
from web.shared.forms import RosterHandedIn
from web.shared.security import open_to, place
from web.shared.words import day as day_in_words
from web.shared.words import in_list, in_one, pick
from workflow.campaigns.roster_effects import take_in_roster
from workflow.cases.ending.flagging import shown_by
from workflow.cases.ending.platform import would_be_seen
from workflow.cases.review.locks import locks_of
from workflow.records.fields import COLUMNS, IDENTITY
from workflow.records.findings import Finding
from workflow.records.formats import read_roster
from workflow.records.judge import Judgement, judge
from workflow.records.roster import Plan, RosterRefused, plan
from workflow.records.tables import RosterImport
from workflow.records.upload import WaitingUpload
from workflow.verdict import Reason

bp = Blueprint("rosters", __name__, url_prefix="/registrar/rosters")

LATEST = 100
ROWS_REFUSED = Reason(
    "rows_refused",
    "有被拒绝的行，整个文件都没有写入。",
    remedy="请在名册中改正这些行，再上传一次。",
    rule="roster",
)


def _judged(waiting: WaitingUpload) -> Judgement:
    """Parse a roster and validate every cell."""
    return judge(waiting.table(), as_of=waiting.as_of)


def _planned(session: Session, read: Judgement, waiting: WaitingUpload, of: Of) -> DryRun:
    """The new, changed and unchanged records, and every refused or flagged cell."""
    cipher = place().cipher
    planned = plan(session, read, cipher, locks_of(session, cipher))
    refused = len(planned.refused)
    flagged = len({one.case for one in shown_by(session, cipher, planned, read.as_of)})
    seen = would_be_seen(place().engine, session, cipher, planned)
    return DryRun(
        name=read.facts.name,
        as_of=read.as_of,
        digest=read.facts.digest,
        expected=_expected(planned),
        advice=_("有被拒绝的行，整个文件都不能导入：请改正后再上传。")
        if refused
        else _("核对以下数字，再导入这个文件。提示的行照常导入。"),
        numbers=(
            (_("行数"), len(read)),
            (_("新增"), len(planned.new)),
            (_("变更"), len(planned.updates)),
            (_("未变"), planned.unchanged),
            (_("提示"), len(planned.flagged)),
            *([(_("锁定未写入"), len(planned.locked))] if planned.locked else ()),
            *([(_("与决定不符的个案"), flagged)] if flagged else ()),
            *([(_("已显示申请的内容"), seen)] if seen else ()),
        ),
        out=(_("拒绝"), refused),
        verdicts=(_("提示"), _("拒绝")),
        findings=(
            *(_found(one, False) for one in planned.refused),
            *(_found(one, True) for one in planned.flagged),
        ),
        notes=tuple(_notes(planned)),
        shut=bool(refused),
        foot=(_("有 %(n)d 处被拒绝，所以不能导入。", n=refused) + " " if refused else "")
        + _("文件加密存放，一小时后失效，随后清除。导入是一次完成的：全部写入，或者什么也不写入。"),
        example=_("说明（举一例）"),
    )


def _take(it: Acting, read: Judgement, waiting: WaitingUpload, of: Of) -> tuple[str, Iterable[str]]:
    """Write the records, and the consequences for their students' cases."""
    try:
        done = take_in_roster(it.place.engine, it.session, read, it.place.cipher, by=it.by)
    except RosterRefused:
        raise Stop(ROWS_REFUSED) from None
    said = [
        _(
            "已导入：新增 %(new)d 条，变更 %(changed)d 条；重新核对的个案 %(again)d 个，终止 %(lapsed)d 个。",
            new=len(done.outcome.plan.new),
            changed=len(done.outcome.plan.updates),
            again=done.rechecked,
            lapsed=done.lapsed,
        )
    ]
    if done.resumed or done.excluded or done.included:
        said.append(
            _(
                "随学籍变化：恢复办理 %(resumed)d 个，不再计入 %(excluded)d 个，重新计入 %(included)d 个。",
                resumed=done.resumed,
                excluded=done.excluded,
                included=done.included,
            )
        )
    if done.flagged:
        said.append(_("与决定不符的申请 %(n)d 件，见“名册提示”；学生已收到通知。", n=done.flagged))
    if done.seen:
        said.append(
            _(
                "文件已显示申请的内容，登记为已录入学信网：%(n)d 项（%(day)s）。",
                n=done.seen,
                day=day_in_words(read.as_of),
            )
        )
    return _expected(done.outcome.plan), said


def _listed(of: Of, no: No | None = None, form: RosterHandedIn | None = None) -> Page:
    """All imported rosters, latest first, and the upload form."""
    kept = RosterImport
    with place().store.reading() as session:
        done = session.execute(taken(kept, kept.new, kept.changed).limit(LATEST)).all()
    return form_page("registrar/rosters/rosters.html", no, form, imports=done)


def _expected(planned: Plan) -> str:
    """The identifier of exactly this result: the new rows, and each old value with its new one."""
    said = repr((planned.new, planned.updates, planned.unchanged, planned.absent))
    return place().cipher.digest("roster", said.encode())


def _found(finding: Finding, taken: bool) -> FindingView:
    says, words = in_one(finding.says), _column(finding.column)
    return FindingView(finding.row, finding.code, says, taken, finding.column, words)


def _notes(planned: Plan) -> Iterator[tuple[str, str]]:
    """What the file lacks, and which parts of it are not imported."""
    judgement, facts = planned.judgement, planned.judgement.facts
    if planned.absent:
        yield _("文件中没有的 %(n)d 条记录保持不变。", n=planned.absent), ""
    if facts.deleted:
        yield _("跳过 %(n)d 条已标记删除的记录。", n=facts.deleted), ""
    if missing := [_column(name) for name in IDENTITY if name not in judgement.columns]:
        yield _("文件没有这些列，记录中的值不变：") + in_list(missing), ""
    for title, n in facts.unknown:
        yield _("不导入的列（%(n)d 个非空单元格）：", n=n), title


def _column(name: str) -> str:
    known = COLUMNS.get(name)
    return pick(known.zh, known.en) if known else _("整行")


ROSTERS = UploadedTable(
    folder="incoming",
    home=".imports",
    title=lambda: _("学籍名册"),
    choose=lambda: _("请选择名册文件。"),
    by_column=True,
    changed=Reason(
        "result_changed",
        "您查看试导入结果之后，学籍记录有变化，结果与您看到的不同；未写入任何内容。",
        remedy="请核对下面新的结果，再按一次。",
        rule="roster",
    ),
    check=read_roster,
    read=_judged,
    plan=_planned,
    take=_take,
    listed=_listed,
)
stand_at(bp, ROSTERS)


@bp.get("")
@open_to("registrar")
def imports() -> Page:
    """All imported rosters, latest first, and the upload form."""
    return ROSTERS.home_page({})
