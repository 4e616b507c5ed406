"""The invented students: the same in every run, obviously invented, and as odd as real rosters are."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

from demo.students import COLLEGES, SIZE, STRANGE, Invented, as_csv, as_dbf, invented
from workflow.records.findings import FLAGGED
from workflow.records.formats import RosterTable, read_roster
from workflow.records.judge import Judgement, judge

PROVINCES = range(11, 84)
"""Range of the first two digits of every real area."""

BESIDE_RECORDS = {
    "locked", "short_form", "correction_kept", "newer_kept", "damaged_differs", "rendering", "same_person_maybe",
}  # fmt: skip
"""Flags that compare with a second row or record."""

SOUND = {
    "", "another_people", "rare_character", "hong_kong", "macau", "taiwan", "on_leave", "retained", "deferred",
    "left", "place_retained", "unknown_type", "odd_key",
}  # fmt: skip
"""Oddities that the student need not correct."""


@cache
def everybody() -> list[Invented]:
    """A whole year of students."""
    return invented()


@cache
def roster() -> RosterTable:
    """The year as the platform exports it."""
    return read_roster("demo.dbf", as_dbf([one.row for one in everybody()]))


def judged() -> Judgement:
    """The import's verdict on the year's roster."""
    return judge(roster(), as_of=date(2024, 10, 16))


def test_the_same_students_come_every_time() -> None:
    """A demonstration can be talked about on the phone: both see the same people."""
    assert invented(300) == invented(300)


def test_a_whole_year_of_students() -> None:
    """Six thousand in fourteen colleges, undergraduates and top-up students, none of them twice."""
    rows = [one.row for one in everybody()]
    assert len(rows) == SIZE
    assert {row["FY"] for row in rows} == set(COLLEGES) and len(COLLEGES) == 14
    assert {row["CC"] for row in rows} == {"本科", "专升本"}
    for key in ("KSH", "XH", "SFZH"):
        assert len({row[key] for row in rows}) == SIZE
    assert {row["XZ"] for row in rows} == {"2", "4", "5"}


def test_no_number_can_be_anybodys() -> None:
    """Every ID number, right or wrong, is of an area that never existed."""
    numbers = [said["SFZH"] for one in everybody() for said in (one.row, one.truth)]
    residents = [number for number in numbers if number[:2].isdecimal() and len(number) > 8]
    assert len(residents) > 11_900
    assert [number for number in residents if int(number[:2]) in PROVINCES] == []


def test_every_kind_of_wrong_data_is_there_and_is_found() -> None:
    """The import takes every row, and flags every kind of thing that it can flag in a first file."""
    judgement = judged()
    assert not judgement.refused
    flagged = Counter(found.code for found in judgement.flagged)
    often = {one.kind: one.often for one in STRANGE}
    assert flagged == {code: often[code] for code in FLAGGED if code not in BESIDE_RECORDS}


def test_what_is_wrong_differs_from_the_truth_and_nothing_else_does() -> None:
    """A student's claim says what the record should say, and who has nothing to claim has no claim."""
    fields = ("XM", "XB", "CSRQ", "SFZH")
    wrong = {one.strangeness for one in everybody() if any(one.row[f] != one.truth[f] for f in fields)}
    assert wrong == {one.strangeness for one in everybody()} - SOUND


def test_both_forms_of_the_roster_say_the_same() -> None:
    """The platform's table and the text file hold the same rows, rare characters and all."""
    table = read_roster("demo.csv", as_csv(one.row for one in everybody()))
    assert table.columns == roster().columns
