"""Addresses: imported from the school's files, all or nothing, sealed, and never shown again."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
import xlsxwriter
from sqlalchemy import select

from tests.world import World
from workflow.notices.addresses import (
    HEADINGS,
    AddressesTaken,
    AddressPlan,
    fits,
    plan_addresses,
    reached,
    take_addresses,
)
from workflow.notices.tables import Address
from workflow.people.cipher import CipherFault
from workflow.records.formats import FormatFault
from workflow.records.formats.grid import read_cells

pytestmark = pytest.mark.one_database

MAIL = "zhang.san@students.school.example"


def planned(world: World, text: str | bytes) -> AddressPlan:
    data = text.encode() if isinstance(text, str) else text
    with world.place.store.reading() as session:
        return plan_addresses(session, read_cells(data, HEADINGS))


def take(world: World, text: str, *, vouched: bool = False) -> AddressesTaken:
    place = world.place
    with place.store.writing() as session:
        found = plan_addresses(session, read_cells(text.encode(), HEADINGS))
        assert found.faults == ()
        return take_addresses(
            session,
            place.cipher,
            place.entropy,
            found.given,
            vouched=vouched,
            by="test",
            at=world.clock.moment,
        )


def addresses(world: World) -> list[str]:
    """All stored addresses, opened."""
    with world.place.store.reading() as session:
        return sorted(
            world.place.cipher.open(row.sealed, table="address", column="sealed", row=row.id)
            for row in session.scalars(select(Address))
            if row.sealed
        )


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """An Excel file with these rows."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return written.getvalue()


def test_students_are_found_by_either_number_and_staff_by_theirs(world: World) -> None:
    """One row a person, by whatever number the school has."""
    world.record(xh="24010001"), world.record(ksh="24360000077777")
    officer = world.staff["officer"].person
    text = (
        f"学号,考生号,人员编号,邮箱,企业微信\n24010001,,,{MAIL},zhang.san\n"
        f",24360000077777,,li.si@school.example,\n,,{officer},,wang.wu\n"
    )
    assert take(world, text) == AddressesTaken(new=4)
    with world.place.store.reading() as session:
        assert reached(session) == {"email": (2, 0), "wecom": (1, 1)}


def test_an_address_lies_sealed_and_bound_to_its_row(world: World) -> None:
    """A dump shows no address, and one moved to another row does not open."""
    record, other = world.record(xh="24010001"), world.record(xh="24010002")
    take(world, f"学号,邮箱\n24010001,{MAIL}\n24010002,li.si@school.example\n")
    with world.place.store.reading() as session:
        one, two = (
            session.scalars(select(Address).where(Address.record_id == id)).one() for id in (record, other)
        )
        assert MAIL.encode() not in bytes(one.sealed) + bytes(one.mark)
        with pytest.raises(CipherFault):
            world.place.cipher.open(one.sealed, table="address", column="sealed", row=two.id)


def test_a_file_is_taken_whole_or_not_at_all(world: World) -> None:
    """Every fault is named by its row; none of them repeats what was written."""
    world.record(xh="24010001")
    found = planned(
        world,
        "学号,邮箱,企业微信\n24010001,not an address,\n24019999,a@school.example,\n,b@school.example,\n"
        "24010001,c@school.example,有空格 的\n",
    )
    assert [(one.row, one.code) for one in found.faults] == [
        (2, "email_misfit"), (3, "nobody_there"), (4, "nobody_named"), (5, "twice"), (5, "wecom_misfit"),
    ]  # fmt: skip


def test_two_numbers_of_two_people_are_nobody(world: World) -> None:
    """A row whose numbers disagree is about neither."""
    world.record(xh="24010001"), world.record(ksh="24360000077777")
    found = planned(world, f"学号,考生号,邮箱\n24010001,24360000077777,{MAIL}\n")
    assert [one.code for one in found.faults] == ["nobody_there"]


def test_an_empty_cell_changes_nothing_and_a_dash_removes(world: World) -> None:
    """A later file says only what has changed."""
    world.record(xh="24010001")
    take(world, f"学号,邮箱,企业微信\n24010001,{MAIL},zhang.san\n")
    assert take(world, "学号,邮箱,企业微信\n24010001,,zhang.3\n") == AddressesTaken(changed=1)
    assert addresses(world) == sorted([MAIL, "zhang.3"])
    assert take(world, f"学号,邮箱,企业微信\n24010001,{MAIL},-\n") == AddressesTaken(removed=1, unchanged=1)
    assert addresses(world) == [MAIL]


def test_an_address_once_vouched_for_stays_so_until_it_changes(world: World) -> None:
    """The same address from another file takes nothing away; a new one from there is not vouched for."""

    def vouched() -> bool:
        with world.place.store.reading() as session:
            return session.scalars(select(Address.vouched)).one()

    world.record(xh="24010001")
    take(world, f"学号,邮箱\n24010001,{MAIL}\n", vouched=True)
    assert take(world, f"学号,邮箱\n24010001,{MAIL.upper()}\n") == AddressesTaken(unchanged=1) and vouched()
    take(world, "学号,邮箱\n24010001,other@school.example\n")
    assert not vouched()


def test_a_workbook_is_read_like_a_csv(world: World) -> None:
    """With a title above the header; a number that Excel made out of a text is refused, not guessed."""
    world.record(xh="24010001")
    rows = [["2024级新生邮箱"], ["学号", "E-mail"], ["24010001", MAIL]]
    assert [one.said for one in planned(world, workbook(rows)).given] == [MAIL]
    with pytest.raises(FormatFault, match="第 3 行"):
        planned(world, workbook([*rows[:2], [24010001, MAIL]]))


@pytest.mark.parametrize("text", ["", "姓名,电话\n张三丰,1\n", "学号,学号,邮箱\n1,1,a@b.cd\n"])
def test_a_file_without_a_clear_header_is_refused(world: World, text: str) -> None:
    """What cannot be read is said, never guessed."""
    with pytest.raises(FormatFault):
        planned(world, text)


@pytest.mark.parametrize(
    ("channel", "said", "right"),
    [
        ("email", MAIL, True),
        ("email", "a@b", False),
        ("email", "a@b.cd\nBcc: c@d.ef", False),
        ("email", "a b@c.de", False),
        ("email", "x" * 65 + "@school.example", False),
        ("wecom", "Zhang-3.San_4@x", True),
        ("wecom", "zhang|li", False),
        ("wecom", "@all", False),
        ("wecom", "", False),
    ],
)
def test_what_can_be_an_address(channel: str, said: str, right: bool) -> None:
    """Nothing that could name two people, everybody, or a header of its own."""
    assert fits(channel, said) is right
