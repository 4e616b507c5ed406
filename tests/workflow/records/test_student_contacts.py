"""Phones and dormitories: imported from the school's files whole or not at all, sealed, masked where shown."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from tests.world import World
from workflow.people.cipher import CipherFault
from workflow.records.formats import FormatFault
from workflow.records.formats.grid import read_cells
from workflow.records.student_contacts import (
    HEADINGS,
    ContactPlan,
    ContactsRefused,
    OpenedContact,
    contact_of,
    kept_contacts,
    masked,
    phone_in,
    plan_contacts,
    take_contacts,
)
from workflow.records.tables import StudentContact

pytestmark = pytest.mark.one_database

PHONE, OTHER, DORM = "13800001234", "13900005678", "东区 3 号楼 402"
DAY = date(2024, 10, 20)


def planned(world: World, text: str | bytes) -> ContactPlan:
    """What a file would do."""
    data = text.encode() if isinstance(text, str) else text
    with world.place.store.reading() as session:
        return plan_contacts(session, world.place.cipher, read_cells(data, HEADINGS))


def take(world: World, text: str | bytes, as_of: date = DAY, source: str = "宿管.csv") -> dict[str, int]:
    """Take a file in. Returns how many values were new, changed, removed and unchanged."""
    plan, place = planned(world, text), world.place
    with place.store.writing() as session:
        take_contacts(
            session,
            place.cipher,
            place.entropy,
            plan,
            source=source,
            as_of=as_of,
            by="test",
            at=world.clock.moment,
        )
    return {how: n for how in ("new", "changed", "removed", "unchanged") if (n := plan.count(how))}


def opened(world: World, record: str) -> OpenedContact:
    """What is kept of a student, whole."""
    with world.place.store.reading() as session:
        return contact_of(session, world.place.cipher, record)


def workbook(*rows: Any) -> bytes:
    """An Excel file with these rows."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return written.getvalue()


@pytest.mark.parametrize("heading", ["联系电话", "手机号码", "phone"])
def test_a_student_is_found_by_either_number_and_several_headings_are_known(
    world: World, heading: str
) -> None:
    """A CSV and an Excel file say the same, by student number or candidate number."""
    one, two = world.record(xh="24010001"), world.record(ksh="24360000077777")
    assert take(world, f"学号,{heading},寝室\n24010001,{PHONE},{DORM}\n") == {"new": 2}
    assert take(world, workbook(("考生号", heading), ("24360000077777", OTHER))) == {"new": 1}
    assert opened(world, one) == OpenedContact(PHONE, DORM, DAY, DAY)
    assert opened(world, two) == OpenedContact(OTHER, "", DAY, None)


def test_a_contact_lies_sealed_and_bound_to_its_row(world: World) -> None:
    """A dump shows neither phone nor dormitory, and one moved to another row does not open."""
    record = world.record(xh="24010001")
    take(world, f"学号,手机,宿舍\n24010001,{PHONE},{DORM}\n")
    with world.place.store.reading() as session:
        rows = session.scalars(select(StudentContact).where(StudentContact.record_id == record)).all()
        for row in rows:
            assert PHONE.encode() not in bytes(row.sealed) and DORM.encode() not in bytes(row.sealed)
        with pytest.raises(CipherFault):
            world.place.cipher.open(rows[0].sealed, table="student_contact", column="sealed", row=rows[1].id)


def test_every_fault_is_named_by_row_and_column_and_nothing_is_written(world: World) -> None:
    """An unknown number, a number of another, a malformed phone, a row twice, no number: none repeats a value."""
    world.record(xh="24010001"), world.record(xh="24010002", ksh="24360000077777")
    text = (
        f"学号,考生号,手机,宿舍\n24010001,,1380000,{DORM}\n24019999,,{PHONE},\n,,{PHONE},\n"
        f"24010001,,{PHONE},\n24010001,24360000077777,{PHONE},\n24010002,,,{'远' * 61}\n"
    )
    assert [(one.row, one.column, one.code) for one in planned(world, text).faults] == [
        (2, "phone", "phone_misfit"), (3, "xh", "nobody_there"), (4, "xh", "nobody_named"), (5, "xh", "twice"),
        (6, "ksh", "two_students"), (7, "dormitory", "dormitory_misfit"),
    ]  # fmt: skip
    with pytest.raises(ContactsRefused):
        take(world, text)
    with world.place.store.reading() as session:
        assert session.scalars(select(StudentContact)).all() == []


def test_an_empty_cell_changes_nothing_and_a_dash_removes(world: World) -> None:
    """A later file says only what has changed; what it removes is gone from the table."""
    record = world.record(xh="24010001")
    take(world, f"学号,手机,宿舍\n24010001,{PHONE},{DORM}\n")
    later = date(2024, 10, 22)
    assert take(world, f"学号,手机,宿舍\n24010001,{OTHER},\n", later) == {"changed": 1}
    assert opened(world, record) == OpenedContact(OTHER, DORM, later, DAY)
    assert take(world, f"学号,手机,宿舍\n24010001,{OTHER},-\n") == {"unchanged": 1, "removed": 1}
    assert take(world, "学号,手机,宿舍\n24010001,,-\n") == {"unchanged": 1}
    assert opened(world, record) == OpenedContact(OTHER, "", later, None)
    with world.place.store.reading() as session:
        assert len(session.scalars(select(StudentContact)).all()) == 1


def test_the_source_and_day_of_each_value_are_kept(world: World) -> None:
    """By file and kind, with counts only; a number in a file's name is not kept."""
    world.record(xh="24010001"), world.record(xh="24010002")
    take(
        world, f"学号,手机,宿舍\n24010001,{PHONE},{DORM}\n24010002,{OTHER},\n", source=f"{PHONE}的宿管表.csv"
    )
    with world.place.store.reading() as session:
        found = kept_contacts(session)
    assert [(one.kind, one.source, one.as_of, one.count) for one in found] == [
        ("phone", "…的宿管表.csv", DAY, 2),
        ("dormitory", "…的宿管表.csv", DAY, 1),
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("138 0000 1234", PHONE), ("+86 138-0000-1234", PHONE), ("１３８００００１２３４", PHONE),
        ("0791-12345678", "079112345678"), ("+85212345678", "+85212345678"),
        ("1380000123", ""), ("12800001234", ""), ("990000200605041114", ""), ("张三丰", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_phone_is_kept_without_gaps_and_what_is_none_is_refused(said: str, kept: str) -> None:
    """Spaces, dashes, full-width digits and the country's own prefix carry no meaning; an ID number is no phone."""
    assert phone_in(said) == kept


def test_a_masked_phone_shows_three_and_two(world: World) -> None:
    """Enough to recognise it by, too little to dial."""
    assert masked(PHONE) == "138******34" and masked("") == ""


def test_a_file_without_two_known_columns_is_not_read(world: World) -> None:
    """A list of names is no file of contacts, and a number that Excel made may have lost digits."""
    with pytest.raises(FormatFault):
        planned(world, "姓名,班级\n张三丰,240101\n")
    with pytest.raises(FormatFault):
        planned(world, workbook(("学号", "手机"), ("24010001", 13800001234)))
