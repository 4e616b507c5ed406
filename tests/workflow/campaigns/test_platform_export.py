"""The platform's self-check export: matched by key, confirmed by name and number, never mixed with what is here."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from tests.conftest import on
from tests.laws import holds
from tests.world import World, number_of
from workflow.campaigns.colleges.roll import Entrant, only_here, only_there, roll
from workflow.campaigns.platform_export import ExportPlan, plan_export, read_export, take_in_export
from workflow.cases.tables import PlatformExport
from workflow.engine import Ref
from workflow.history.timeline import timeline
from workflow.records.formats import FormatFault
from workflow.verdict import Refused

HEAD = ("学号", "姓名", "证件号码", "学院", "自查状态", "自查时间")
DAY = date(2024, 10, 25)


def workbook(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    """An export as a workbook."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("自查情况")
    for number, row in enumerate((head, *rows)):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.close()
    return written.getvalue()


@pytest.fixture
def campaign(world: World) -> str:
    """A campaign of three students."""
    for n in range(1, 4):
        world.record(xm=f"测试{n}", number=number_of(date(2006, 5, 4), 2 * n + 1))
    return world.open_campaign()


def line(n: int, status: str = "已自查", at: Any = "2024-10-24 16:24:00", **other: str) -> tuple[Any, ...]:
    """The row of one of the three students, with changes."""
    number = number_of(date(2006, 5, 4), 2 * n + 1)
    cells = {"xh": f"2401{n:05d}", "xm": f"测试{n}", "sfzh": f"{number[:6]}********{number[14:]}"} | other
    return (cells["xh"], cells["xm"], cells["sfzh"], "测试学院", status, at)


def planned(world: World, campaign: str, data: bytes, as_of: date = DAY) -> ExportPlan:
    """The plan of an import."""
    with world.place.store.reading() as session:
        return plan_export(session, world.place.cipher, campaign, read_export("自查.xlsx", data), as_of)


def take(world: World, campaign: str, data: bytes, as_of: date = DAY) -> ExportPlan:
    """Import a file."""
    with world.place.store.writing() as session:
        return take_in_export(
            world.place.engine,
            session,
            world.place.cipher,
            campaign,
            read_export("自查.xlsx", data),
            as_of,
            world.staff["registrar"],
        )


def everybody(world: World, campaign: str) -> tuple[Entrant, ...]:
    """The roll of the campaign."""
    with world.place.store.reading() as session:
        return roll(session, campaign)


def codes(plan: ExportPlan) -> list[tuple[int, str]]:
    """The rejected rows, and why."""
    return [(one.row, one.code) for one in plan.left_out]


@holds("keep_export")
def test_what_the_platform_says_stands_beside_the_case_and_moves_nothing(world: World, campaign: str) -> None:
    """Looked at there is not confirmed here, and confirmed here is not looked at there."""
    world.do(world.case_of("3".zfill(32)), "confirm", world.student("3".zfill(32)))
    data = workbook(line(1), line(2, "未自查", None), line(3, "未自查", None))
    assert len(planned(world, campaign, data).looks) == 3
    done = take(world, campaign, data)
    assert (len(done.looks), done.looked, done.unnamed, codes(done)) == (3, 1, 0, [])
    found = everybody(world, campaign)
    assert [(one.state, one.looked) for one in found] == [
        ("not_checked", True),
        ("not_checked", False),
        ("checked_ok", False),
    ]
    assert found[0].looked_at == on(2024, 10, 24, 16, 24)
    assert [one.number for one in only_there(found)] == ["240100001"]
    assert [one.number for one in only_here(found)] == ["240100003"]
    with world.place.store.reading() as session:
        last = timeline(session, campaign)[-1].entry
    assert last is not None and (last.action, last.codes) == ("take_in_export", ("data_of:2024-10-25",))
    assert set(last.values) == {"file"}


def test_a_row_that_name_or_number_contradicts_is_listed_and_not_taken(world: World, campaign: str) -> None:
    """The key finds, the rest confirms: another name, another number, nobody's number, all named by row."""
    data = workbook(
        line(1, xm="别人"),
        line(2, sfzh="990000********9999"),
        line(3, xh="999999999"),
        line(3, "看过了"),
        line(3, at="昨天"),
        ("", "测试3", "", "", "已自查", ""),
        (240100003, "测试3", "", "", "已自查", ""),
    )
    assert codes(planned(world, campaign, data)) == [
        (2, "name_differs"),
        (3, "number_differs"),
        (4, "no_such_record"),
        (5, "unknown_status"),
        (6, "bad_time"),
        (7, "no_key"),
        (8, "float_number"),
    ]


def test_a_student_in_two_rows_is_taken_from_neither(world: World, campaign: str) -> None:
    """Nobody guesses which of the two rows is right."""
    data = workbook(line(1), line(1, "未自查", None), line(2))
    found = planned(world, campaign, data)
    assert codes(found) == [(2, "twice_in_file"), (3, "twice_in_file")]
    assert (len(found.looks), found.unnamed) == (1, 2)


def test_a_record_outside_the_campaign_is_named_as_such(world: World, campaign: str) -> None:
    """Late arrivals are not nobody: they have a record, and no case yet."""
    world.record(xm="测试4", number=number_of(date(2006, 5, 4), 9))
    assert codes(planned(world, campaign, workbook(line(4)))) == [(2, "not_in_campaign")]


def test_the_strongest_key_of_a_row_decides(world: World, campaign: str) -> None:
    """A candidate number goes before a student number, which then only confirms."""
    head = ("考生号", "学号", "姓名", "自查状态")
    right = ("24360000000001", "240100001", "测试1", "是")
    wrong = ("24360000000002", "240100001", "测试2", "是")
    found = planned(world, campaign, workbook(right, wrong, head=head))
    assert len(found.looks) == 1 and codes(found) == [(3, "key_differs")]


def test_a_masked_or_differently_written_name_still_confirms(world: World, campaign: str) -> None:
    """Stars stand for one sign each; another dot is the same name, and is noted."""
    record = world.record(xm="测试·甲", number=number_of(date(2006, 5, 4), 9))
    world.open_campaign()
    data = workbook(line(1, xm="测*1"), line(4, xm="测试•甲"))
    found = planned(world, campaign, data)
    assert record and len(found.looks) == 2
    assert [(one.row, one.code) for one in found.noted] == [(3, "name_rendering")]


def test_an_older_file_undoes_no_newer_one(world: World, campaign: str) -> None:
    """The day of the data decides, not the day of the upload; what went back is noted."""
    take(world, campaign, workbook(line(1), line(2)), date(2024, 10, 25))
    older = take(world, campaign, workbook(line(1, "未自查", None)), date(2024, 10, 24))
    assert codes(older) == [(2, "newer_known")] and not older.looks
    newer = take(world, campaign, workbook(line(2, "未自查", None)), date(2024, 10, 25))
    assert [one.code for one in newer.noted] == ["looked_before"]
    assert [one.looked for one in everybody(world, campaign)] == [True, False, None]


def test_a_real_time_of_a_workbook_is_read_by_shanghais_clock(world: World, campaign: str) -> None:
    """Whether the export writes a text or a date cell, the moment is the same."""
    data = workbook(line(1, at=datetime(2024, 10, 24, 16, 24)), line(2, at="2024/10/24 16:24"))
    assert {look.at for look in planned(world, campaign, data).looks} == {on(2024, 10, 24, 16, 24)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        "学号,姓名\n1,2\n".encode(),
        "姓名,自查状态\n测试,已自查\n".encode(),
        workbook(),
        b"PK\x03\x04broken",
    ],
)
def test_what_is_no_export_is_refused_as_a_whole(data: bytes) -> None:
    """Neither an empty file nor another table is taken for one."""
    with pytest.raises(FormatFault):
        read_export("自查.xlsx", data)


@holds("day_of_data_has_come")
def test_an_export_of_a_day_ahead_is_none(world: World, campaign: str) -> None:
    """Nothing is kept of a file whose day has not come."""
    with pytest.raises(Refused) as no:
        take(world, campaign, workbook(line(1)), date(2024, 10, 26))
    assert no.value.verdict.codes == ("day_ahead",)
    with world.place.store.reading() as session:
        assert session.query(PlatformExport).count() == 0
    with pytest.raises(Refused), world.place.store.writing() as session:
        world.place.engine.perform(
            session,
            Ref("campaign", campaign),
            "take_in_export",
            by=world.staff["officer"],
            file="0" * 64,
            data_of=DAY,
        )
