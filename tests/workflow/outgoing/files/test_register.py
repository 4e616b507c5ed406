"""The register of a frozen batch, read from the database, and who may take it when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.workflow.outgoing.files.frozen import (
    agreed_batch,
    frozen_batch,
    right_number,
    student_for_province,
)
from tests.world import World
from workflow.engine import Ref
from workflow.outgoing.batches.facts import look_at_batch
from workflow.outgoing.files.letter import letter_facts
from workflow.outgoing.files.register import papers_of, read_register
from workflow.outgoing.files.rows import Register
from workflow.outgoing.files.taking import keep_file, kept_files, note_taking
from workflow.outgoing.files.workbook import register_workbook
from workflow.people.tables import Access
from workflow.verdict import Refused

DAY = timedelta(hours=24)


def register_of(world: World, batch: str) -> Register:
    """The register of a batch as it stands now."""
    with world.place.store.reading() as session:
        found = look_at_batch(session, batch)
        assert found is not None
        return read_register(session, world.place.cipher, world.place.rules, found)


def take(world: World, batch: str, who: str = "registrar") -> None:
    """Take a file of a batch."""
    with world.place.store.writing() as session:
        note_taking(session, batch, "register", world.staff[who], world.clock.moment)


def refused(world: World, batch: str) -> tuple[str, ...]:
    """Why nobody takes a file of a batch now."""
    with pytest.raises(Refused) as no:
        take(world, batch)
    return no.value.codes


def lines(world: World) -> list[tuple[str, bool]]:
    """What the access log says of files of batches."""
    with world.place.store.reading() as session:
        asked = select(Access.what, Access.allowed).where(Access.what.contains("batch")).order_by(Access.id)
        return [(what, allowed) for what, allowed in session.execute(asked)]


def test_a_register_says_what_was_claimed_and_who_at_the_school_agreed(world: World) -> None:
    """Each claim is a row: values in full, cause, papers by kind, the steps that said yes with office and day."""
    record, case = student_for_province(world, ksh="04360000000001", xh="0240100001", xm="测试甲")
    batch = frozen_batch(world, case)
    rows = register_of(world, batch).rows
    day = f"{world.clock.moment:%Y-%m-%d}"
    name, number = sorted(rows, key=lambda row: row.column, reverse=True)
    assert {row.number for row in rows} == {1, 2} and name.cells[1:] == (
        "04360000000001", "0240100001", "测试甲", "姓名", "测试甲", "测试·阿1", "录取时就填错了",
        "居民身份证 1 份、户口簿 1 份", f"同意（教务处学籍与学业管理科审核 {day}）", "测试审核人", day,
    )  # fmt: skip
    assert number.new == right_number(1) and number.old.startswith("990000")
    assert dict(number.right) == {"SFZH": right_number(1), "CSRQ": "2006-05-05", "XB": "男"}
    assert (name.record, name.case) == (record, case.id) and name.new not in repr(rows)
    with world.place.store.reading() as session:
        found = look_at_batch(session, batch)
        assert found is not None
        papers = papers_of(session, world.place.rules, found).of_record[record]
    assert [one.media for one in papers] == ["image/jpeg", "image/jpeg"]


@pytest.mark.one_database
def test_a_file_is_taken_only_while_the_second_persons_agreement_holds(world: World) -> None:
    """Each taking is one line with its rows before a byte leaves, and so is each try; a day later nobody takes it."""
    _record, case = student_for_province(world)
    batch = frozen_batch(world, case)
    assert refused(world, batch) == ("batch_agreement_over",)
    ref, second = Ref("batch", batch), world.staff["second_reviewer"]
    world.do(ref, "agree", second)
    first = register_workbook(register_of(world, batch))
    take(world, batch)
    world.clock.moment += DAY
    assert refused(world, batch) == ("batch_agreement_over",)
    world.do(ref, "agree", second)
    take(world, batch)
    assert register_workbook(register_of(world, batch)) == first
    assert lines(world) == [
        ("try:batch_register", False), ("batch:register:1-2", True), ("try:batch_register", False),
        ("batch:register:1-2", True),
    ]  # fmt: skip


@pytest.mark.one_database
def test_no_file_has_a_line_that_fell_out(world: World) -> None:
    """What a student withdrew after the agreement is named, and nothing leaves until it left the batch."""
    _record, case = student_for_province(world)
    batch = agreed_batch(world, case)
    world.do(case, "withdraw", world.student(world.case(case).record.id))
    assert refused(world, batch) == ("batch_lines_fell_out",)


@pytest.mark.one_database
def test_the_same_bytes_are_kept_once(world: World) -> None:
    """Whoever takes a file again finds its digest there, under the name of who took it first."""
    _record, case = student_for_province(world)
    batch, by, place = agreed_batch(world, case), world.staff["registrar"], world.place
    for digest in ("a" * 64, "a" * 64, "b" * 64):
        with place.store.writing() as session:
            keep_file(session, place.entropy, batch, "register", digest, by, world.clock.moment, lines=2)
    with place.store.reading() as session:
        kept = kept_files(session, batch)
    assert [(one.digest[0], one.lines, one.left_out, one.name) for one in kept] == [
        ("a", 2, 0, "测试学籍管理员"), ("b", 2, 0, "测试学籍管理员"),
    ]  # fmt: skip


@pytest.mark.one_database
def test_a_letter_says_of_same_names_and_numbers_what_the_records_show(world: World) -> None:
    """Another student of the claimed name or ID number is named by the row; nothing else is claimed to be known."""
    _one, first = student_for_province(world, 1)
    _two, second = student_for_province(world, 2)
    world.record(xm="测试·阿2")
    world.record(number=right_number(1))
    batch = agreed_batch(world, first, second)
    register = register_of(world, batch)
    with world.place.store.reading() as session:
        found = look_at_batch(session, batch)
        assert found is not None
        said = letter_facts(session, world.place.cipher, found, register, world.place.profile)
    of = {id: tuple(row.number for row in register.rows if row.record == id) for id in (_one, _two)}
    assert said.same_name == of[_two] and said.same_number == of[_one]
    assert (said.students, said.fits, sum(count for *_words, count in said.by_field)) == (2, True, 4)
