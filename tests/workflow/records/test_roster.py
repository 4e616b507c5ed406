"""Taking rosters in: all or nothing, again without a change, and never a better value for a worse."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests.workflow.records.rosters import (
    AS_OF,
    Row,
    as_csv,
    as_dbf,
    excel_of,
    number,
    student,
    without,
)
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher, CipherFault
from workflow.records import corrections
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import ImportOutcome, Plan, RosterRefused, plan, take_in
from workflow.records.tables import Record, RecordChange, RosterImport
from workflow.records.values import Source, latest_changes, sources_of, value_of
from workflow.store import Store

NOW = datetime(2024, 10, 20, 9, 0, tzinfo=SHANGHAI)
LATER = date(2024, 11, 16)

Entropy = Callable[[int], bytes]


class Office:
    """An office that imports rosters one after another."""

    def __init__(self, store: Store, cipher: Cipher, entropy: Entropy) -> None:
        self.store, self.cipher, self.entropy = store, cipher, entropy

    def take(self, rows: Sequence[Row] | bytes, as_of: date = AS_OF, now: datetime = NOW) -> ImportOutcome:
        """Import a roster."""
        data = rows if isinstance(rows, bytes) else as_csv(rows)
        judgement = judge(read_roster("roster.csv", data), as_of=as_of)
        with self.store.writing() as session:
            return take_in(session, judgement, self.cipher, now=now, entropy=self.entropy)

    def look(self, rows: Sequence[Row] | bytes, as_of: date = AS_OF) -> Plan:
        """The plan of an import."""
        data = rows if isinstance(rows, bytes) else as_csv(rows)
        with self.store.reading() as session:
            return plan(session, judge(read_roster("roster.csv", data), as_of=as_of), self.cipher)

    def refused(self, rows: Sequence[Row] | bytes) -> set[tuple[int, str, str]]:
        """Import a roster that is refused. Returns the findings."""
        with pytest.raises(RosterRefused) as no:
            self.take(rows)
        return {(f.row, f.column, f.code) for f in no.value.plan.refused}

    def records(self) -> dict[str | None, Record]:
        """Every record by its candidate number."""
        with self.store.reading() as session:
            records = {record.ksh: record for record in session.scalars(select(Record))}
            session.expunge_all()
            return records

    def value(self, ksh: str, field: str) -> str:
        """A record's present value."""
        with self.store.reading() as session:
            record = session.scalars(select(Record.id).where(Record.ksh == ksh)).one()
            return value_of(session, self.cipher, record, field)

    def correct(self, ksh: str, **values: str) -> str:
        """Correct a record through a case. Returns the record's id."""
        with self.store.writing() as session:
            record = session.scalars(select(Record.id).where(Record.ksh == ksh)).one()
            corrections.correct(session, self.cipher, record, values, "c" * 32, NOW, self.entropy)
            return record

    def count(self, table: Any) -> int:
        """How many rows a table has."""
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def office(store: Store, cipher: Cipher, entropy: Entropy) -> Office:
    """An office with an empty database."""
    return Office(store, cipher, entropy)


def counts(found: ImportOutcome | Plan) -> tuple[int, int, int]:
    """New, changed, unchanged."""
    seen = found.plan if isinstance(found, ImportOutcome) else found
    return len(seen.new), len(seen.updates), seen.unchanged


def codes(found: ImportOutcome | Plan) -> Counter[tuple[str, str]]:
    """The flags by column and code, counted."""
    seen = found.plan if isinstance(found, ImportOutcome) else found
    return Counter((f.column, f.code) for f in seen.flagged)


COHORT = [student(place) for place in range(1, 8)] + [
    student(8, XM="黄㼆"),
    student(9, XM="孟𬱖"),
    student(10, XM="阿依古丽·买买提"),
    student(11, SFZH="H12345678"),
]
COHORT_DBF = as_dbf(COHORT, encoding="gbk", errors="replace")


def test_roster_becomes_records(office: Office) -> None:
    """Every row makes a record that holds each value, as the file has it."""
    done = office.take(COHORT)
    assert counts(done) == (len(COHORT), 0, 0)
    record = office.records()["24360000000010"]
    assert (record.xh, record.xm, record.csrq, record.xz, record.xjzt, record.doc_type) == (
        "240100010",
        "阿依古丽·买买提",
        date(2006, 5, 4),
        "4",
        "注册学籍",
        "9",
    )
    assert office.value("24360000000010", "SFZH") == COHORT[9]["SFZH"]
    assert office.value("24360000000011", "SFZH") == "H12345678"
    assert office.records()["24360000000011"].doc_type == "6"
    assert sorted(done.new) == sorted(record.id for record in office.records().values())


def test_second_run_changes_nothing(office: Office) -> None:
    """The same file again, in whatever format, is no change; only that it was read is remembered."""
    office.take(COHORT)
    before = {record.id: record.xm for record in office.records().values()}
    for data in (as_csv(COHORT), as_csv(COHORT, "gb18030"), excel_of(COHORT)):
        again = office.take(data)
        assert counts(again) == (0, 0, len(COHORT))
        assert again.changes == ()
    assert {record.id: record.xm for record in office.records().values()} == before
    assert office.count(RecordChange) == 0
    assert office.count(RosterImport) == 4


def test_lost_characters_never_overwrite_a_better_value(office: Office) -> None:
    """A DBF that lost rare characters, after a file that has them, is flagged and changes nothing."""
    office.take(COHORT)
    again = office.take(COHORT_DBF)
    assert counts(again) == (0, 0, len(COHORT))
    assert codes(again) == {("XM", "lost_character"): 2}
    assert office.value("24360000000008", "XM") == "黄㼆"


def test_better_values_replace_lost_characters(office: Office) -> None:
    """What a DBF lost is stored with its question mark, and improved by the next file that has it."""
    first = office.take(COHORT_DBF)
    assert counts(first) == (len(COHORT), 0, 0)
    assert office.value("24360000000008", "XM") == "黄?"
    second = office.take(COHORT)
    assert counts(second) == (0, 2, len(COHORT) - 2)
    assert {fields for _, fields in second.changes} == {("XM",)}
    assert office.value("24360000000008", "XM") == "黄㼆"
    assert counts(office.take(COHORT_DBF)) == (0, 0, len(COHORT))


@pytest.mark.parametrize(
    ("kept", "shown", "flags"),
    [
        ("黄㼆", "黄\ue5f1", ["private_use"]),
        ("阿依古丽·买买提", "阿依古丽•买买提", ["wrong_dot"]),
        ("李测试", "李　测试", ["space_in_name"]),
        ("孟𬱖", "孟DI", ["mixed_letters"]),
        ("黄㼆", "李?", ["lost_character", "damaged_differs"]),
        ("黄?", "李?", ["lost_character", "damaged_differs"]),
    ],
)
def test_damaged_value_is_written_only_where_nothing_stands(
    office: Office, kept: str, shown: str, flags: list[str]
) -> None:
    """A damaged value never replaces another; one that differs by more than its damage is said to."""
    office.take([student(XM=kept)])
    again = office.take([student(XM=shown)])
    assert counts(again) == (0, 0, 1)
    assert codes(again) == Counter(("XM", code) for code in flags)
    assert office.value(student()["KSH"], "XM") == kept


def test_masked_number_never_replaces_a_whole_one(office: Office) -> None:
    """A list whose ID numbers are masked for other eyes spoils no record, and suspects nobody."""
    office.take([student(1), student(2)])
    masked = {"SFZH": "990000********0014"}
    again = office.take([student(1) | masked, student(2) | masked, student(3) | masked])
    assert (counts(again), codes(again)) == ((1, 0, 2), {("SFZH", "masked"): 3})
    assert office.value(student(1)["KSH"], "SFZH") == student(1)["SFZH"]
    once_more = office.take([student(1), student(2), student(3) | masked])
    assert (counts(once_more), codes(once_more)) == ((0, 0, 3), {("SFZH", "masked"): 1})


def test_name_cut_by_its_field_does_not_shorten_the_record(office: Office) -> None:
    """A name that fills a DBF field may be cut, so the longer name stays."""
    office.take([student(XM="阿卜杜热合曼·阿卜杜克热木")])
    again = office.take(as_dbf([student(XM="阿卜杜热合曼·阿卜杜克热木")], {"XM": 24}))
    assert (counts(again), codes(again)) == ((0, 0, 1), {("XM", "maybe_cut"): 1})


def test_one_refused_row_refuses_the_file(office: Office) -> None:
    """A fault in the last row leaves no row of the file behind, and every refused row is named."""
    rows = [student(1), student(2, XM=""), student(3), student(4, XJZT="在学")]
    assert office.refused(rows) == {(3, "XM", "no_name"), (5, "XJZT", "unknown_status")}
    assert (office.count(Record), office.count(RosterImport)) == (0, 0)


def test_dry_run_counts_and_writes_nothing(office: Office) -> None:
    """Looking at a file says what taking it in would do, with its faults, and leaves nothing."""
    seen = office.look([student(1), student(2, XM="黄?"), student(3, XM="")])
    assert seen.as_json() == {
        "rows": 3,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "locked": 0,
        "flagged": [f.as_json() for f in seen.flagged],
        "refused": [f.as_json() for f in seen.refused],
    }
    assert [(f.row, f.column, f.code) for f in seen.refused] == [(4, "XM", "no_name")]
    assert (office.count(Record), office.count(RosterImport)) == (0, 0)


def test_refused_file_reports_that_nothing_was_written(office: Office) -> None:
    """The counts of a refused import are those of what was done, which is nothing."""
    with pytest.raises(RosterRefused) as no:
        office.take([student(1), student(2, XM="")])
    said = no.value.plan.as_json(written=False)
    assert (said["rows"], said["new"], said["changed"], said["unchanged"]) == (2, 0, 0, 0)


def test_failure_while_writing_leaves_nothing(office: Office) -> None:
    """An exception in the middle of writing leaves the database as it was."""

    def fail(written: int, total: int) -> None:
        raise RuntimeError(f"{written} of {total}")

    judgement = judge(read_roster("roster.csv", as_csv(COHORT)), as_of=AS_OF)
    with (
        pytest.raises(RuntimeError, match=f"{len(COHORT)} of {len(COHORT)}"),
        office.store.writing() as session,
    ):
        take_in(session, judgement, office.cipher, now=NOW, entropy=office.entropy, progress=fail)
    assert (office.count(Record), office.count(RosterImport)) == (0, 0)


def test_changes_are_lines_with_both_sources(office: Office) -> None:
    """A changed value leaves a line: what it was and from where, what it became and from where, and when."""
    first = office.take([student(FY="测试学院")])
    later = datetime(2024, 11, 17, 9, 0, tzinfo=SHANGHAI)
    second = office.take([student(FY="另一学院")], as_of=LATER, now=later)
    record = first.new[0]
    assert second.changes == ((record, ("FY",)),)
    with office.store.reading() as session:
        line = session.scalars(select(RecordChange)).one()
        assert (line.field, line.number, line.old, line.new) == ("FY", 1, "测试学院", "另一学院")
        assert (line.old_import_id, line.import_id, line.at) == (first.source, second.source, later)
        sources = sources_of(session, record)
        assert (sources["FY"].id, sources["FY"].day) == (second.source, LATER)
        assert (sources["XM"].id, sources["XM"].day) == (first.source, AS_OF)
        assert latest_changes(session) == {(record, "FY"): (1, Source("import", second.source))}


def test_each_change_of_a_value_is_a_line_of_its_own(office: Office) -> None:
    """A value that changes three times has three numbered lines, and the last one's file is its source."""
    for name in ("测试甲", "测试乙", "测试丙", "测试丁"):
        last = office.take([student(XM=name)])
    with office.store.reading() as session:
        lines = session.execute(
            select(RecordChange.number, RecordChange.old, RecordChange.new).order_by(RecordChange.number)
        )
        assert [tuple(line) for line in lines] == [
            (1, "测试甲", "测试乙"),
            (2, "测试乙", "测试丙"),
            (3, "测试丙", "测试丁"),
        ]
        assert next(iter(latest_changes(session).values())) == (3, Source("import", last.source))


def test_changed_id_number_is_sealed_in_its_line(office: Office) -> None:
    """Old and new ID number of a change are sealed to their line, and can be opened there only."""
    old, new = number(serial=1), number(serial=3)
    office.take([student(SFZH=old)])
    office.take([student(SFZH=new)])
    with office.store.reading() as session:
        line = session.scalars(select(RecordChange)).one()
        assert (line.field, line.old, line.new) == ("SFZH", None, None)
        assert line.old_sealed is not None
        assert line.new_sealed is not None
        place = {"table": "record_change", "row": line.id}
        assert office.cipher.open(line.old_sealed, column="old", **place) == old
        assert office.cipher.open(line.new_sealed, column="new", **place) == new
        with pytest.raises(CipherFault):
            office.cipher.open(line.new_sealed, table="record", column="sfzh", row=line.record_id)
    assert office.value(student()["KSH"], "SFZH") == new


def test_no_id_number_stands_in_the_database(office: Office) -> None:
    """Wherever an ID number came in or changed, no table holds it or a readable part of it."""
    planted = [number(serial=serial) for serial in (7, 9, 11)]
    office.take([student(1, SFZH=planted[0]), student(2, SFZH=planted[1])])
    office.take([student(1, SFZH=planted[2]), student(2, SFZH=planted[1])])
    office.correct(student(1)["KSH"], SFZH=planted[0])
    with office.store.reading() as session:
        for table in ("record", "record_change", "roster_import"):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                kept = b" ".join(v if isinstance(v, bytes) else str(v).encode() for v in map(_plain, row))
                for full in planted:
                    assert full.encode() not in kept
                    assert full[6:].encode() not in kept


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_import_never_undoes_a_correction(office: Office) -> None:
    """A corrected value stays, whatever a later file says; the row is flagged and no change."""
    office.take([student(XM="测试甲")])
    office.correct(student()["KSH"], XM="测试乙")
    for name in ("测试甲", "测试丙"):
        again = office.take([student(XM=name)], as_of=LATER)
        assert (counts(again), codes(again)) == ((0, 0, 1), {("XM", "correction_kept"): 1})
    assert office.value(student()["KSH"], "XM") == "测试乙"


def test_file_that_shows_the_correction_has_seen_it(office: Office) -> None:
    """A file with the corrected value is no change, and says that the value is seen."""
    office.take([student(1, XM="测试甲"), student(2)])
    planted = number(serial=21)
    record = office.correct(student(1)["KSH"], XM="测试乙", SFZH=planted)
    done = office.take([student(1, XM="测试乙", SFZH=planted), student(2)], as_of=LATER)
    assert (counts(done), codes(done)) == ((0, 0, 2), {})
    assert set(done.seen) == {(record, "XM"), (record, "SFZH")}
    assert office.take([student(1, XM="测试甲", SFZH=planted), student(2)], as_of=LATER).seen == (
        (record, "SFZH"),
    )


def test_correction_of_one_field_leaves_the_others_to_the_file(office: Office) -> None:
    """Only the corrected value is protected; the rest of the row is taken."""
    office.take([student(XM="测试甲", FY="测试学院")])
    office.correct(student()["KSH"], XM="测试乙")
    again = office.take([student(XM="测试甲", FY="另一学院")], as_of=LATER)
    assert [fields for _, fields in again.changes] == [("FY",)]
    assert codes(again) == {("XM", "correction_kept"): 1}


def test_older_file_does_not_bring_back_older_values(office: Office) -> None:
    """A value of a later day is not replaced by a file of an earlier one; the same day's file may."""
    office.take([student(FY="测试学院")], as_of=LATER)
    older = office.take([student(FY="另一学院")], as_of=AS_OF)
    assert (counts(older), codes(older)) == ((0, 0, 1), {("FY", "newer_kept"): 1})
    assert counts(office.take([student(FY="另一学院")], as_of=LATER)) == (0, 1, 0)


def test_blank_cell_clears_nothing(office: Office) -> None:
    """A blank cell keeps the record's value and says so; where nothing stood it is filled later."""
    office.take([student(1), student(2, MZ="", CSRQ="")])
    again = office.take([student(1, FY="", CSRQ="", XJZT=""), student(2)])
    assert counts(again) == (0, 1, 1)
    assert codes(again) == {("FY", "blank"): 1, ("CSRQ", "blank"): 1, ("XJZT", "blank"): 1}
    assert [fields for _, fields in again.changes] == [("CSRQ", "MZ")]
    assert office.value(student(1)["KSH"], "FY") == "测试学院"
    assert office.value(student(2)["KSH"], "CSRQ") == "2006-05-04"


def test_missing_column_touches_nothing(office: Office) -> None:
    """A file with few columns changes only these."""
    office.take([student()])
    again = office.take([{"KSH": student()["KSH"], "XM": student()["XM"], "YJBYRQ": "20290701"}])
    assert [fields for _, fields in again.changes] == [("YJBYRQ",)]
    assert codes(again) == {}


def test_records_missing_from_the_file_stay(office: Office) -> None:
    """Who is not in the file is counted, and otherwise left alone."""
    office.take([student(1), student(2), student(3)])
    again = office.take([student(2)])
    assert again.plan.absent == 2
    assert len(office.records()) == 3


def test_ethnicity_under_another_label_is_no_change(office: Office) -> None:
    """汉 and 汉族, or an old name of a people, are one value."""
    office.take([student(1, MZ="汉族"), student(2, MZ="毛难族")])
    assert counts(office.take([student(1, MZ="汉"), student(2, MZ="毛南族")])) == (0, 0, 2)
    assert counts(office.take([student(1, MZ="藏族"), student(2, MZ="毛难族")])) == (0, 1, 1)


def test_only_the_rendering_of_a_name_changes(office: Office) -> None:
    """A name that is only written differently now is taken, and said to be no other name."""
    office.take([student(XM="阿依古丽•买买提")])
    again = office.take([student(XM="阿依古丽·买买提")])
    assert (counts(again), codes(again)) == ((0, 1, 0), {("XM", "rendering"): 1})


# -- whose row it is ------------------------------------------------------------------------------------


def test_student_number_may_change(office: Office) -> None:
    """The candidate number finds the record, so a transferred student keeps it under a new student number."""
    made = office.take([student(1)])
    moved = office.take([student(1, XH="250100001")])
    assert moved.changes == ((made.new[0], ("XH",)),)


def test_record_without_candidate_number_is_found_by_student_number(office: Office) -> None:
    """Where a candidate number lacks, in file or record, the student number finds the record."""
    made = office.take([student(1, KSH=""), student(2)])
    again = office.take([student(1), without(student(2), "KSH") | {"KSH": ""}])
    assert counts(again) == (0, 1, 1)
    assert [fields for _, fields in again.changes] == [("KSH",)]
    assert {record for record, _ in again.changes} <= set(made.new)
    assert codes(again) == {("KSH", "blank"): 1}


def test_id_number_never_joins_two_records(office: Office) -> None:
    """The same ID number under other numbers is a second record, flagged as maybe the same person."""
    office.take([student(1, SFZH="110105491231002", CSRQ="19491231", XB="女")])
    again = office.take([student(2, SFZH="11010519491231002X", CSRQ="19491231", XB="女")])
    assert (counts(again), codes(again)) == ((1, 0, 0), {("SFZH", "same_person_maybe"): 1})
    assert "240100001" in again.plan.flagged[0].says
    assert codes(office.take([student(2, SFZH="11010519491231002X", CSRQ="19491231", XB="女")])) == codes(
        again
    )


def test_row_of_two_records_is_refused(office: Office) -> None:
    """A row whose candidate number is one record's and whose student number another's is nobody's guess."""
    office.take([student(1), student(2)])
    assert office.refused([student(1, XH=student(2)["XH"])]) == {(2, "XH", "two_records")}


def test_student_number_of_another_candidate_is_refused(office: Office) -> None:
    """A student number cannot be given to a second candidate while the first still has it."""
    office.take([student(1)])
    assert office.refused([student(2, XH=student(1)["XH"])]) == {(2, "XH", "number_taken")}


def test_two_students_may_exchange_numbers(office: Office) -> None:
    """Numbers that change hands within one file go where the file says."""
    office.take([student(1), student(2), student(3)])
    one, two, three = (student(n)["XH"] for n in (1, 2, 3))
    done = office.take([student(1, XH=two), student(2, XH=three), student(3, XH=one)])
    assert counts(done) == (0, 3, 0)
    assert [office.value(student(n)["KSH"], "XH") for n in (1, 2, 3)] == [two, three, one]


def test_freed_number_may_go_to_a_newcomer(office: Office) -> None:
    """A student number that its record gives up in the same file is free for a new record."""
    office.take([student(1)])
    done = office.take([student(1, XH="250100001"), student(2, XH=student(1)["XH"])])
    assert counts(done) == (1, 1, 0)


def test_number_that_is_kept_after_all_is_not_free(office: Office) -> None:
    """If the record keeps its student number, the newcomer's row is refused, and not the database's error."""
    office.take([student(1)])
    office.correct(student(1)["KSH"], XH="240100777")
    rows = [student(1, XH="250100001"), student(2, XH="240100777")]
    assert office.refused(rows) == {(3, "XH", "number_taken")}


def test_two_rows_for_one_record_are_refused(office: Office) -> None:
    """One row by candidate number and one by student number may not both be the same record."""
    office.take([student(1)])
    rows = [student(1, XH=""), student(1, KSH="", SFZH="")]
    assert office.refused(rows) == {(2, "KSH", "twice_in_file"), (3, "XH", "twice_in_file")}


def test_record_begins_with_a_status(office: Office) -> None:
    """Nobody could say what a student without enrolment status may do, so no record begins without one."""
    rows = [student(1), student(2, XJZT="")]
    assert office.refused(rows) == {(3, "XJZT", "no_status")}


def test_longer_form_of_a_number_replaces_the_shorter(office: Office) -> None:
    """Eighteen digits replace fifteen of the same number; fifteen never replace eighteen."""
    woman = {"CSRQ": "19491231", "XB": "女"}
    office.take([student() | woman | {"SFZH": "110105491231002"}])
    longer = office.take([student() | woman | {"SFZH": "11010519491231002X"}])
    assert [fields for _, fields in longer.changes] == [("SFZH",)]
    shorter = office.take([student() | woman | {"SFZH": "110105491231002"}])
    assert (counts(shorter), codes(shorter)) == ((0, 0, 1), {("SFZH", "short_form"): 1})
    assert office.value(student()["KSH"], "SFZH") == "11010519491231002X"


def test_document_type_follows_a_changed_number(office: Office) -> None:
    """A student who now has a residence permit is kept under that document's type."""
    office.take([student(SFZH="H12345678")])
    office.take([student(SFZH=number(area="810000"))])
    assert office.records()[student()["KSH"]].doc_type == "C"


def test_file_may_name_the_document_type(office: Office) -> None:
    """A type that the file names goes before the one that the shape suggests."""
    office.take([student(SFZH="E12345678") | {"ZJLX": "护照"}])
    assert office.records()[student()["KSH"]].doc_type == "A"


def test_registration_date_may_stand_in_a_column(office: Office) -> None:
    """A column with the registration date fills it; without one it stays open for the school's calendar."""
    office.take([student(1) | {"注册日期": "20241015"}, student(2) | {"注册日期": ""}])
    records = office.records()
    assert records[student(1)["KSH"]].registered_on == date(2024, 10, 15)
    assert records[student(2)["KSH"]].registered_on is None


def test_two_imports_at_once_make_one_cohort(office: Office) -> None:
    """Of two imports of one file at the same time, one makes the records and the other finds them."""
    together = threading.Barrier(2)
    done: list[tuple[int, int, int]] = []

    def run(seed: int) -> None:
        judgement = judge(read_roster("roster.csv", as_csv(COHORT)), as_of=AS_OF)
        together.wait()
        with office.store.writing() as session:
            outcome = take_in(
                session,
                judgement,
                office.cipher,
                now=NOW,
                entropy=lambda count: bytes((seed + place) % 256 for place in range(count)),
            )
        done.append(counts(outcome))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 101)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [(0, 0, len(COHORT)), (len(COHORT), 0, 0)]
    assert office.count(Record) == len(COHORT)
