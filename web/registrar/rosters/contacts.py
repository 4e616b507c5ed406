"""The registrar's files of phones and dormitories: seen before they are taken in, sealed, never listed."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.registrar.rosters.dry_run import DryRun, FindingView, Of, UploadedTable, form_page, stand_at
from web.registrar.rosters.pages import ROWS_REFUSED
from web.shared.act import Acting, No, Page, Stop
from web.shared.forms import RosterHandedIn
from web.shared.security import open_to, place
from web.shared.words import pick
from workflow.records.formats.grid import Cells, read_cells
from workflow.records.formats.table import facts_of
from workflow.records.student_contacts import (
    COLUMN_WORDS,
    FAULTS,
    HEADINGS,
    KINDS,
    ContactFault,
    ContactsRefused,
    kept_contacts,
    plan_contacts,
    take_contacts,
)
from workflow.records.upload import WaitingUpload
from workflow.verdict import Reason

bp = Blueprint("contacts", __name__, url_prefix="/registrar/contacts")


def _read(waiting: WaitingUpload) -> Cells:
    return read_cells(waiting.data, HEADINGS)


def _planned(session: Session, read: Cells, waiting: WaitingUpload, of: Of) -> DryRun:
    """The new, changed and removed values, and every faulty cell. No value is shown."""
    facts = facts_of(waiting.name, "contacts", waiting.data)
    plan = plan_contacts(session, place().cipher, read)
    return DryRun(
        name=facts.name,
        as_of=waiting.as_of,
        digest=facts.digest,
        expected=plan.digest(place().cipher),
        advice=_("有被拒绝的行，整个文件都不能导入：请改正后再上传。")
        if plan.faults
        else _("核对以下数字，再导入这个文件。空格子不改动已有的，写“-”的删除。"),
        numbers=(
            (_("行数"), plan.rows),
            (_("新增"), plan.count("new")),
            (_("变更"), plan.count("changed")),
            (_("删除"), plan.count("removed")),
            (_("未变"), plan.count("unchanged")),
        ),
        out=(_("拒绝"), len(plan.faults)),
        verdicts=(_("提示"), _("拒绝")),
        findings=tuple(map(_found, plan.faults)),
        shut=bool(plan.faults),
        foot=(_("有 %(n)d 处被拒绝，所以不能导入。", n=len(plan.faults)) + " " if plan.faults else "")
        + _("文件加密存放，一小时后失效，随后清除。导入是一次完成的：全部写入，或者什么也不写入。"),
    )


def _take(it: Acting, read: Cells, waiting: WaitingUpload, of: Of) -> tuple[str, Iterable[str]]:
    """Seal the values of the file, each for its own row. The import is logged."""
    plan = plan_contacts(it.session, it.place.cipher, read)
    digest = facts_of(waiting.name, "contacts", waiting.data).digest
    try:
        take_contacts(
            it.session,
            it.place.cipher,
            it.place.entropy,
            plan,
            source=waiting.name,
            as_of=waiting.as_of,
            by=it.by.person,
            at=it.note("contacts", digest),
        )
    except ContactsRefused:
        raise Stop(ROWS_REFUSED) from None
    words = _(
        "已导入：新增 %(new)d 项，变更 %(changed)d 项，删除 %(removed)d 项，未变 %(unchanged)d 项。",
        new=plan.count("new"),
        changed=plan.count("changed"),
        removed=plan.count("removed"),
        unchanged=plan.count("unchanged"),
    )
    return plan.digest(it.place.cipher), [words]


def _listed(of: Of, no: No | None = None, form: RosterHandedIn | None = None) -> Page:
    """How many phones and dormitories are kept, from which file, and the upload form."""
    with place().store.reading() as session:
        kept = kept_contacts(session)
    return form_page("registrar/rosters/contacts.html", no, form, kept=kept, kinds=KINDS)


def _found(fault: ContactFault) -> FindingView:
    return FindingView(
        fault.row,
        fault.code,
        pick(*FAULTS[fault.code]),
        False,
        fault.column,
        pick(*COLUMN_WORDS[fault.column]),
    )


CONTACTS = UploadedTable(
    folder="incoming-contacts",
    home=".files",
    title=lambda: _("电话和宿舍"),
    choose=lambda: _("请选择电话和宿舍的文件。"),
    by_column=True,
    changed=Reason(
        "result_changed",
        "您查看试导入结果之后，电话、宿舍或学籍记录有变化，结果与您看到的不同；未写入任何内容。",
        remedy="请核对下面新的结果，再按一次。",
        rule="contacts",
    ),
    check=lambda name, data: read_cells(data, HEADINGS),
    read=_read,
    plan=_planned,
    take=_take,
    listed=_listed,
)
stand_at(bp, CONTACTS)


@bp.get("")
@open_to("registrar")
def files() -> Page:
    """How many phones and dormitories are kept, from which file, and the upload form."""
    return CONTACTS.home_page({})
