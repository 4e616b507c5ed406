"""Two files side by side: handed in, their columns named once, looked at, and taken in as a worksheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from web.registrar.rosters.dry_run import DryRun, FindingView, Of, UploadedTable, form_page, stand_at
from web.registrar.rosters.pages import ROWS_REFUSED
from web.registrar.sources.words import column_words
from web.shared.act import Acting, Answer, No, Page, Stop, act, show
from web.shared.forms import RosterHandedIn, SourcesHandedIn, faults_of
from web.shared.gate.limits import limited
from web.shared.security import open_to, place, takes_upload
from web.shared.words import in_list, in_one, pick
from workflow.records.findings import Finding
from workflow.records.formats import FormatFault, headings_of
from workflow.records.upload import LIMIT, WaitingUpload
from workflow.sources.comparing import ComparisonPlan, compare
from workflow.sources.mapping import (
    COMPARED,
    MappingWish,
    SourceMapping,
    keep_mapping,
    lost,
    mapping_of,
    why_not_map,
)
from workflow.sources.sides import SideRead, SourceFile, TwoFiles, read_side, unpacked
from workflow.sources.tables import PLATFORM, SCHOOL, SIDES, WHOLE
from workflow.sources.taking import ComparisonRefused, take_comparison
from workflow.sources.worksheet import comparisons
from workflow.verdict import Reason

bp = Blueprint("sources", __name__, url_prefix="/registrar/sources")

FILE = "/<string(length=64):digest>/columns"
LATEST = 50


@dataclass(frozen=True, slots=True)
class BothRead:
    """The two files as they were read, or what is wrong with one of them as a whole."""

    school: SideRead | None
    platform: SideRead | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SideToMap:
    """The headings of one file, each with the column it stands for, and the columns nothing stands for."""

    side: str
    label: str
    headings: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


# -- handing in -----------------------------------------------------------------------------------------


@bp.post("")
@open_to("registrar")
@limited("uploads")
@takes_upload("table", lambda: LIMIT)
def hand_in() -> Answer:
    """Accept a file of the 教务系统, and one of the platform if there is one. Nothing else is written."""
    form, now = SourcesHandedIn(), place().clock.now()
    faults = [] if form.validate() else faults_of(form)
    school = _handed(form.file.data, form.as_of.data or now.date())
    platform = _handed(form.platform.data, form.platform_as_of.data or now.date())
    if school is None:
        faults.append((form.file.id, _("请选择教务系统导出的文件。")))
    for file, field, day in (
        (school, form.file, form.as_of),
        (platform, form.platform, form.platform_as_of),
    ):
        if file is None:
            continue
        if file.as_of > now.date():
            faults.append((day.id, _("数据截至的日期还没有到。")))
        faults += [(field.id, fault) for fault in _unreadable(file)]
    if faults or school is None:
        return _listed({}, No(faults=faults), form)
    packed = TwoFiles(school, platform).packed()
    return redirect(
        url_for(".columns", digest=SOURCES.incoming().keep(school.name, school.as_of, packed, now)), 303
    )


def _handed(file: FileStorage | None, as_of: date) -> SourceFile | None:
    name = "".join(sign for sign in (file.filename or "" if file else "") if sign.isprintable())[-120:]
    return SourceFile(name, as_of, file.read()) if file and name else None


def _unreadable(file: SourceFile) -> Iterator[str]:
    """What is wrong with a file as a whole, with its name."""
    try:
        headings_of(file.data)
    except FormatFault as fault:
        yield in_one(str(fault.of_file(file.name)))


# -- which column stands for which ----------------------------------------------------------------------


@bp.get(FILE)
@open_to("registrar")
def columns(digest: str, no: No | None = None) -> Page:
    """The headings of the waiting files: what each is proposed to stand for, to be corrected."""
    files = _waiting(digest)
    with place().store.reading() as session:
        sides = [_to_map(mapping_of(session, side), file) for side, file in files.by_side.items()]
    return show(
        "registrar/sources/columns.html",
        no,
        id=digest,
        sides=sides,
        compared=COMPARED,
        column_words=column_words,
    )


@bp.post(FILE)
@open_to("registrar")
def map_columns(digest: str) -> Answer:
    """Keep what the headings stand for, for this comparison and the next."""
    files = _waiting(digest)
    wishes = [_wish(side, file) for side, file in files.by_side.items()]

    def kept(it: Acting) -> None:
        reasons = [
            reason for wish in wishes for reason in why_not_map(mapping_of(it.session, wish.side), wish)
        ]
        if reasons:
            raise NotMapped(reasons)
        for wish in wishes:
            keep_mapping(it.session, wish, it.by.person, it.now)

    try:
        return act(kept, again=lambda no: columns(digest, no), onward=url_for(".dry_run", digest=digest))
    except NotMapped as no:
        return columns(digest, No(no.reasons))


class NotMapped(Exception):
    """A mapping has faults; nothing of it is kept."""

    def __init__(self, reasons: list[Reason]) -> None:
        self.reasons = reasons
        super().__init__(", ".join(reason.code for reason in reasons))


def _waiting(digest: str) -> TwoFiles:
    return unpacked(SOURCES.incoming().read(digest, place().clock.now()))


def _to_map(mapping: SourceMapping, file: SourceFile) -> SideToMap:
    """The headings as they were chosen just now, else as they were kept or read."""
    headings = headings_of(file.data, mapping.known())
    chosen = _chosen(mapping.side, headings) or [mapping.column(text) for text in headings]
    pairs = tuple(zip(headings, chosen, strict=True))
    return SideToMap(mapping.side, file.label, pairs, tuple(lost(mapping, chosen)))


def _wish(side: str, file: SourceFile) -> MappingWish:
    """What the form says of a file's headings, in their order."""
    with place().store.reading() as session:
        headings = headings_of(file.data, mapping_of(session, side).known())
    given_up = {name for name in COMPARED if f"{side}.lost.{name}" in request.form}
    return MappingWish(side, headings, _chosen(side, headings), given_up)


def _chosen(side: str, headings: Sequence[str]) -> list[str]:
    """What the form says of each heading, in their order; nothing where no form was sent."""
    if request.method != "POST":
        return []
    return [request.form.get(f"{side}.{n}", "") for n in range(1, len(headings) + 1)]


# -- looking and taking ---------------------------------------------------------------------------------


def _read(waiting: WaitingUpload) -> BothRead:
    """Read both files by what their headings stand for."""
    files = unpacked(waiting)
    with place().store.reading() as session:
        mappings = {side: mapping_of(session, side) for side in files.by_side}
    try:
        read = {side: read_side(file, mappings[side]) for side, file in files.by_side.items()}
    except FormatFault as fault:
        return BothRead(None, None, in_one(str(fault)))
    return BothRead(read[SCHOOL], read.get(PLATFORM))


def _compared(session: Session, read: BothRead) -> ComparisonPlan | None:
    if read.school is None:
        return None
    school = place().school
    return compare(
        session,
        place().cipher,
        read.school,
        read.platform,
        left=school.policy.statuses.left,
        keeps=school.keepers,
    )


def _planned(session: Session, read: BothRead, waiting: WaitingUpload, of: Of) -> DryRun:
    """How many students and differences there are, and every refused cell. No value is shown."""
    plan = _compared(session, read)
    if plan is None or read.school is None:
        return _unread(read.fault, waiting)
    judged, refused = read.school.judged, len(plan.refused)
    whole = plan.by_field[WHOLE]
    return DryRun(
        name=judged.facts.name,
        as_of=judged.as_of,
        digest=judged.facts.digest,
        expected=plan.digest(place().cipher),
        advice=_("有被拒绝的行，整个文件都不能对照：请改正后再上传。")
        if refused
        else _("核对以下数字，再建立差异处理表。学籍记录和教务系统都不会因此改动。"),
        numbers=(
            (_("教务系统人数"), len(judged)),
            (_("两处都有"), plan.both),
            (_("只在一处"), whole),
            (_("不同的项目"), len(plan.differs) - whole),
        ),
        out=(_("拒绝"), refused),
        verdicts=(_("提示"), _("拒绝")),
        findings=(
            *(_found(side, one, False) for side, one in plan.refused),
            *(_found(side, one, True) for side, one in plan.noted),
        ),
        facts=_platform_facts(read),
        notes=tuple(_notes(plan)),
        shut=bool(refused),
        foot=(_("有 %(n)d 处被拒绝，所以不能对照。", n=refused) + " " if refused else "")
        + _("文件加密存放，一小时后失效，随后清除。处理表是一次建成的：全部写入，或者什么也不写入。"),
    )


def _unread(fault: str, waiting: WaitingUpload) -> DryRun:
    """The dry run of files that cannot be read by what their headings stand for."""
    return DryRun(
        name=unpacked(waiting).school.label,
        as_of=waiting.as_of,
        digest=waiting.id,
        expected="",
        advice=fault,
        numbers=(),
        out=(_("拒绝"), 1),
        verdicts=(_("提示"), _("拒绝")),
        findings=(),
        shut=True,
        foot=_("请取消，改正文件或重新对应列名后再上传。"),
    )


def _platform_facts(read: BothRead) -> tuple[tuple[str, str], ...]:
    other = read.platform.judged.facts.name if read.platform else _("本系统的学籍记录")
    return ((_("平台一方"), other),)


def _notes(plan: ComparisonPlan) -> Iterator[tuple[str, str]]:
    """What is compared, and what is left out."""
    yield _("对照的项目：") + in_list([column_words(name) for name in plan.fields]), ""
    if plan.blank:
        yield _("有一方整列空白，不对照：") + in_list([column_words(name) for name in plan.blank]), ""
    if plan.out_of_reach:
        yield _("平台一方另有 %(n)d 人不在这个文件涉及的学院和年级，不列入。", n=plan.out_of_reach), ""


def _found(side: str, one: Finding, taken: bool) -> FindingView:
    words = f"{pick(*SIDES[side])} · {column_words(one.column)}"
    return FindingView(one.row, one.code, in_one(one.says), taken, one.column, words)


def _take(it: Acting, read: BothRead, waiting: WaitingUpload, of: Of) -> tuple[str, Iterable[str]]:
    """Write the worksheet. It is logged who made it."""
    plan = _compared(it.session, read)
    if plan is None:
        raise Stop(ROWS_REFUSED)
    cipher, entropy = it.place.cipher, it.place.entropy
    try:
        id = take_comparison(it.session, cipher, plan, by=it.by.person, at=it.now, entropy=entropy)
    except ComparisonRefused:
        raise Stop(ROWS_REFUSED) from None
    it.note("sources", id)
    return plan.digest(cipher), [_("已建立差异处理表，共 %(n)d 行。", n=len(plan.differs))]


def _listed(of: Of, no: No | None = None, form: RosterHandedIn | None = None) -> Page:
    """All comparisons, latest first, and the form for another."""
    with place().store.reading() as session:
        made = comparisons(session, LATEST)
    shown = form if isinstance(form, SourcesHandedIn) else SourcesHandedIn(formdata=None)
    return form_page("registrar/sources/list.html", no, shown, made=made)


SOURCES = UploadedTable(
    folder="incoming-sources",
    home=".listed",
    title=lambda: _("平台与教务系统对照"),
    choose=lambda: _("请选择教务系统导出的文件。"),
    by_column=True,
    changed=Reason(
        "result_changed",
        "您查看试对照结果之后，学籍记录、申请或列名的对应有变化，结果与您看到的不同；未写入任何内容。",
        remedy="请核对下面新的结果，再按一次。",
        rule="sources",
    ),
    check=lambda name, data: headings_of(data),
    read=_read,
    plan=_planned,
    take=_take,
    listed=_listed,
)
stand_at(bp, SOURCES, takes_files=False)


@bp.get("")
@open_to("registrar")
def listed() -> Page:
    """All comparisons, latest first, and the form for another."""
    return SOURCES.home_page({})
