"""Two sources side by side: mapped by name, compared student by student, and what differs as a worksheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.workflow.records.rosters import Row, as_csv, as_dbf, as_excel, excel_of, number, student, without
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.engine import Actor, Ref
from workflow.records.formats import FormatFault, headings_of, read_roster
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.records.tables import Record
from workflow.records.upload import WaitingUpload
from workflow.sources.comparing import ComparisonPlan, compare
from workflow.sources.deciding import RowsAlike, RowsRefused, RowsTicked, alike, press_rows
from workflow.sources.mapping import MappingWish, SourceMapping, keep_mapping, mapping_of, why_not_map
from workflow.sources.sides import SideRead, SourceFile, TwoFiles, read_side, unpacked
from workflow.sources.tables import PLATFORM, SCHOOL, Difference, SourceComparison
from workflow.sources.taking import ComparisonRefused, take_comparison
from workflow.sources.worksheet import RowsWanted, comparisons, counts_of, rows_of

pytestmark = pytest.mark.one_database

DAY = date(2024, 10, 20)
BEFORE = SourceMapping(SCHOOL, {})
THEIRS = ("学籍号", "学生", "行政班", "专业名称")
"""Headings of a 教务系统 that says some things in its own way."""


def side(data: bytes, mapping: SourceMapping = BEFORE, name: str = "教务.csv") -> SideRead:
    """A source's file as it is read."""
    return read_side(SourceFile(name, DAY, data), mapping)


class Desk:
    """A registrar who compares files with the records of a world."""

    def __init__(self, world: World, rows: Sequence[Row]) -> None:
        self.world, self.by = world, world.staff["registrar"]
        place = world.place
        with place.store.writing() as session:
            judged = judge(read_roster("平台.csv", as_csv(rows)), as_of=date(2024, 10, 16))
            take_in(session, judged, place.cipher, now=world.clock.moment, entropy=place.entropy)

    def look(self, rows: Sequence[Row] | bytes, platform: bytes | None = None, **more: Any) -> ComparisonPlan:
        """What a comparison would show."""
        data = rows if isinstance(rows, bytes) else as_csv(rows)
        other = side(platform, SourceMapping(PLATFORM, {}), "平台.dbf") if platform else None
        with self.world.place.store.reading() as session:
            return compare(session, self.world.place.cipher, side(data), other, **more)

    def take(self, rows: Sequence[Row] | bytes, platform: bytes | None = None, **more: Any) -> str:
        """Take a comparison in."""
        plan, place = self.look(rows, platform, **more), self.world.place
        at = {"by": self.by.person, "at": self.world.clock.moment, "entropy": place.entropy}
        with place.store.writing() as session:
            return take_comparison(session, place.cipher, plan, **at)

    def press(
        self, comparison: str, which: RowsTicked | RowsAlike, press: str, by: Actor | None = None
    ) -> int:
        """Do one thing of some rows."""
        who, at = (by or self.by).person, self.world.clock.moment
        with self.world.place.store.writing() as session:
            return press_rows(session, comparison, which, press, by=who, at=at)

    def alike(self, comparison: str, *wanted: str) -> RowsAlike:
        """All rows of a college, or of a field of it, as they are now."""
        with self.world.place.store.reading() as session:
            return alike(session, comparison, RowsWanted(*wanted))

    def rows(self, comparison: str, **wanted: Any) -> list[tuple[str, str, str, str, str]]:
        """The rows of a worksheet: number, field, both values, kind."""
        return [
            (one.number, one.field, one.platform, one.school, one.kind)
            for one in self.seen(comparison, **wanted)
        ]

    def seen(self, comparison: str, **wanted: Any) -> Any:
        """The same as they are shown."""
        with self.world.place.store.reading() as session:
            (facts,) = comparisons(session, 1, comparison)
            return rows_of(session, self.world.place.cipher, facts, RowsWanted(**wanted), limit=500)

    def differences(self) -> int:
        """How many differences are kept."""
        with self.world.place.store.reading() as session:
            return session.scalar(select(func.count()).select_from(Difference)) or 0


def known(plan: ComparisonPlan) -> list[tuple[str, str, str, str]]:
    """Number, field, proposal and why."""
    return [(one.number, one.field, one.proposed, one.because) for one in plan.differs]


# -- mapping --------------------------------------------------------------------------------------------


def test_headings_are_proposed_corrected_and_kept(world: World) -> None:
    """A heading that reads as a column is proposed; what the registrar said of one is kept for the next file."""
    data = as_excel(["某大学学生名单"], list(THEIRS), ["240100001", "测试一", "240102", "测试专业"])
    assert headings_of(data) == THEIRS
    assert [BEFORE.column(one) for one in THEIRS] == ["", "", "", "ZYMC"]
    wish = MappingWish(SCHOOL, THEIRS, ("XH", "XM", "BH", ""))
    assert why_not_map(BEFORE, wish) == []
    with world.place.store.writing() as session:
        keep_mapping(session, wish, "somebody", world.clock.moment)
        kept = mapping_of(session, SCHOOL)
    assert [kept.column(one) for one in THEIRS] == ["XH", "XM", "BH", ""]
    assert dict(side(data, kept).judged.columns) == {"XH": ["240100001"], "XM": ["测试一"], "BH": ["240102"]}
    fewer = MappingWish(SCHOOL, THEIRS, ("XH", "XM", "", ""))
    assert [one.says for one in why_not_map(kept, fewer)] == [
        "上次对照的项目，教务系统的文件这次没有列对应：班号（BH）。"
    ]
    given_up = MappingWish(SCHOOL, THEIRS, fewer.columns, ("BH",))
    assert why_not_map(kept, given_up) == []
    with world.place.store.writing() as session:
        keep_mapping(session, given_up, "somebody", world.clock.moment)
        assert mapping_of(session, SCHOOL).columns == {"XH", "XM"}


def test_a_mapping_names_all_that_is_wrong_with_it() -> None:
    """Two headings for one column, no number, no name, headings that cannot be told apart: each with its names."""
    wish = MappingWish(SCHOOL, ("班级", "行政班", "专业"), ("BH", "BH", "ZYMC"))
    reasons = why_not_map(BEFORE, wish)
    assert [one.code for one in reasons] == ["mapping_two_to_one", "mapping_no_key", "mapping_no_name"]
    assert reasons[0].says == "教务系统的文件中，“班级”“行政班”都对应“班号”。"
    alike = why_not_map(
        BEFORE,
        MappingWish(SCHOOL, ("学号", "姓名", "民族", "民 族", "长" * 65), ("XH", "XM", "MZ", "", "BH")),
    )
    assert [one.code for one in alike] == ["mapping_same_heading", "mapping_heading_too_long"]
    strange = why_not_map(BEFORE, MappingWish(SCHOOL, ("班级",), ("NOTHING",)))
    assert [one.code for one in strange] == ["mapping_unknown"]


# -- files ----------------------------------------------------------------------------------------------


def wrong_width() -> bytes:
    """A DBF whose record is one byte longer than its fields together."""
    data = bytearray(as_dbf([student()]))
    data[10] += 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (excel_of([student()])[:-40], "无法作为 Excel 工作簿读取"),
        (wrong_width(), "DBF 字段宽度与记录长度不符"),
        (as_dbf([student()])[:-30], "文件被截断"),
        (as_csv([without(student(), "KSH", "XH")]), "缺少必需的列"),
    ],
    ids=["cut zip", "wrong width", "cut dbf", "no key"],
)
def test_a_damaged_file_is_refused_by_its_name(data: bytes, says: str) -> None:
    """A truncated workbook, a DBF of the wrong width: the fault names the file, without a long number in it."""
    with pytest.raises(FormatFault, match=says) as fault:
        side(data, name=f"{number()}名单.xlsx")
    assert "“…名单.xlsx”" in str(fault.value) and number() not in str(fault.value)


def test_two_files_wait_as_one() -> None:
    """Both files of a comparison come back byte for byte, each with its day, also without the platform's."""
    ours = SourceFile("教务.csv", DAY, b"1\n2")
    for other in (None, SourceFile("平台.dbf", date(2024, 10, 1), b"\n\0")):
        both = TwoFiles(ours, other)
        assert unpacked(WaitingUpload("", ours.name, ours.as_of, both.packed())) == both


def test_a_bad_row_stops_the_whole_file_and_is_named(world: World) -> None:
    """A float, a doubled key, two students in one row: row and column are named, no number, nothing is taken."""
    desk = Desk(world, [student(1), student(2), student(3)])
    good, twice, mixed = student(1), student(2), student(3, KSH=student(1)["KSH"])
    floats = dict(student(4), SFZH=3.60102e17)
    head, rows = list(good), (good, twice, dict(twice, KSH=""), mixed, floats)
    plan = desk.look(as_excel(head, *[list(row.values()) for row in rows]))
    found = {(side, one.row, one.column, one.code) for side, one in plan.refused}
    assert found >= {
        (SCHOOL, 3, "XH", "twice_in_file"),
        (SCHOOL, 4, "XH", "twice_in_file"),
        (SCHOOL, 6, "SFZH", "float_number"),
    }
    assert not any(number(serial=n) in one.says for n in (3, 5, 7, 9) for _, one in plan.refused)
    plan = desk.look([student(2), mixed])
    assert {(one.row, one.column, one.code) for _, one in plan.refused} == {(3, "XH", "two_records")}
    with pytest.raises(ComparisonRefused):
        desk.take([student(2), mixed])
    assert desk.differences() == 0
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(SourceComparison)) == 0


def test_lost_zeros_make_other_students_and_not_differences(world: World) -> None:
    """A student number that lost its zeros finds nobody: the student stands in either source alone."""
    desk = Desk(world, [student(1, XH="0124"), student(2)])
    plan = desk.look([without(student(1, XH="124"), "KSH"), without(student(2), "KSH")])
    assert [(one.number, one.field) for one in plan.differs] == [("0124", "*"), ("124", "*")]


# -- what differs ---------------------------------------------------------------------------------------


def test_what_differs_is_known_by_field_and_writing(world: World) -> None:
    """Values that differ only in writing are told from others; who keeps a field is proposed where it is said."""
    desk = Desk(world, [student(1, XM="阿依·古丽", ZYMC="软件（中外）"), student(2), student(3, XJZT="退学")])
    rows = [
        student(1, XM="阿依•古丽", ZYMC="软件(中外)", MZ="汉"),
        student(2, BH="240199", SFZH=number(serial=77)),
        student(9, FY="别的学院"),
    ]
    plan = desk.look(rows, left=("退学",), keeps={"BH": SCHOOL, "SFZH": PLATFORM})
    assert known(plan) == [
        (rows[2]["XH"], "*", "", ""),
        (rows[0]["XH"], "XM", "same_rendering", "rendering"),
        (rows[0]["XH"], "MZ", "same_rendering", "rendering"),
        (rows[0]["XH"], "ZYMC", "same_rendering", "rendering"),
        (rows[1]["XH"], "SFZH", "to_mend", "kept_by_platform"),
        (rows[1]["XH"], "BH", "to_post", "kept_by_school"),
    ]
    assert (plan.both, plan.by_field["*"]) == (2, 1)
    assert not any(number(serial=77) in repr(one) for one in plan.differs)


def test_the_platforms_file_stands_for_our_records(world: World) -> None:
    """With a file of the platform our records are only those of whom it is; its columns decide what is compared."""
    desk = Desk(world, [student(1, ZYMC="旧专业"), student(2), student(7, KSH=""), student(8, XH="")])
    platform = as_dbf([without(student(1, BH="240177"), "SFZH"), without(student(5), "SFZH")])
    plan = desk.look([student(1), student(2)], platform)
    assert "SFZH" not in plan.fields and "ZYMC" in plan.fields
    assert [(one.number, one.field, bool(one.record)) for one in plan.differs] == [
        (student(1)["XH"], "BH", True),
        (student(2)["XH"], "*", False),
        (student(5)["XH"], "*", False),
    ]


def test_a_student_whom_no_record_knows_is_named_by_the_files(world: World) -> None:
    """Who is in both files alone stands with number and name; a number that is blank in a record is nobody's."""
    desk = Desk(world, [student(1), student(7, KSH=""), student(8, XH="")])
    theirs = [student(1), student(5)]
    platform = as_dbf([without(row | {"BH": "240177"}, "KSH") for row in theirs])
    comparison = desk.take([theirs[0], theirs[1] | {"SFZH": number(serial=99)}], platform)
    with world.place.store.reading() as session:
        known = {row.id: row.xh for row in session.execute(select(Record.id, Record.xh))}
    found = [(one.number, one.name, one.field, known.get(one.record)) for one in desk.seen(comparison)]
    first, fifth = ((row["XH"], row["XM"]) for row in theirs)
    assert found == [
        (*first, "BH", first[0]), (*fifth, "SFZH", None), (*fifth, "BH", None),
    ]  # fmt: skip


def test_a_request_explains_a_difference_while_it_lives(world: World) -> None:
    """An open claim of one of the two values explains a row and leads to its case; a refused one does no more."""
    desk, reviewer = Desk(world, [student(90)]), world.staff["reviewer"]
    cases, rows = [], []
    for n in (1, 2):
        filed = world.file(world.record(xm="张三"), ClaimFiled("XM", "admission_error", "张三丰"))
        cases.append(Ref("case", filed.subject))
        rows.append({"KSH": f"243600000{n:05d}", "XM": "张三丰"})
    first = desk.take(rows)
    row, other = desk.seen(first, field="XM")
    assert (row.kind, row.because, row.case) == ("explained", "open_claim", cases[0].id)
    assert desk.rows(first, field="XM", stand="open") == []
    with pytest.raises(RowsRefused):
        desk.press(first, RowsTicked({row.id: row.version}), "done")
    for case, outcome in zip(cases, ("refused", "corrected"), strict=True):
        world.do(case, "take_up", reviewer)
        world.settle_all(case, outcome, reviewer)
    assert [one.kind for one in desk.seen(first, field="XM")] == ["undecided", "explained"]
    world.do(cases[1], "correct", reviewer, words="已更正")
    second = desk.take([row | {"XM": "张三"} for row in rows])
    (mend,) = desk.seen(second, field="XM")
    assert (mend.number, mend.proposed, mend.because) == (other.number, "to_mend", "corrected_here")
    assert mend.source is not None and (mend.source.kind, mend.case) == ("case", cases[1].id)


# -- the worksheet --------------------------------------------------------------------------------------


def test_a_row_has_who_and_when_and_a_difference_its_history(world: World) -> None:
    """Rows done leave the open ones; a later comparison finds one again only if it differs, as it was decided."""
    desk = Desk(world, [student(n) for n in range(1, 5)])
    changed = [student(n, BH="240199") for n in range(1, 4)] + [student(4, XM="测试丁")]
    first = desk.take(changed)
    assert desk.press(first, desk.alike(first, "测试学院", "BH"), "to_post") == 3
    with pytest.raises(RowsRefused) as no:
        desk.press(first, desk.alike(first, "测试学院"), "done")
    assert no.value.reason.code == "row_without_kind" and "1 行" in no.value.reason.says
    with pytest.raises(RowsRefused):
        desk.press(first, RowsAlike(RowsWanted("测试学院", "BH"), 3, 0), "to_ask")
    rows = desk.seen(first, field="BH")
    seen = RowsTicked({one.id: one.version for one in rows[:2]})
    assert desk.press(first, seen, "done") == 2
    with pytest.raises(RowsRefused) as no:
        desk.press(first, seen, "to_ask")
    assert no.value.reason.code == "rows_changed"
    assert [one[1] for one in desk.rows(first, stand="open")] == ["BH", "XM"]
    with world.place.store.reading() as session:
        counts = counts_of(session, first)
    for wanted in (
        RowsWanted(),
        RowsWanted(kind="to_post"),
        RowsWanted(stand="open"),
        RowsWanted("测试学院"),
    ):
        assert counts.number(wanted) == len(desk.rows(first, **{
            "college": wanted.college, "field": wanted.field, "kind": wanted.kind, "stand": wanted.stand,
        }))  # fmt: skip
    world.at(world.clock.moment + timedelta(days=30))
    second = desk.take([student(1), *changed[1:3], student(4)])
    assert [(one.field, one.kind, one.done_at) for one in desk.seen(second)] == [("BH", "to_post", None)] * 2
    again = desk.seen(second)[0]
    assert [(one.what, one.name) for one in again.deeds] == [
        ("to_post", "测试学籍管理员"),
        ("done", "测试学籍管理员"),
    ]
    assert again.since < world.clock.moment and again.source is not None and again.source.name == "平台.csv"
