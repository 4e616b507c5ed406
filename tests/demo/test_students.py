"""The invented students: the same every time, obviously nobody's, and as strange as real rosters are."""

from __future__ import annotations

from collections import Counter
from datetime import date

from demo.students import COLLEGES, SIZE, STRANGE, as_csv, invented
from workflow.records.formats import read_roster
from workflow.records.judge import Judgement, judge

PROVINCES = range(11, 83)
"""The first two digits of every area that ever existed lie here."""


def judged(size: int) -> Judgement:
    """What the import says of a roster of invented students."""
    roster = as_csv(one.row for one in invented(size))
    return judge(read_roster("demo.csv", roster), as_of=date(2024, 10, 16))


def test_the_same_students_come_every_time() -> None:
    """A demonstration can be talked about on the phone: both see the same people."""
    assert invented(300) == invented(300)


def test_a_whole_year_of_students() -> None:
    """Six thousand in fourteen colleges, undergraduates and top-up students, none of them twice."""
    rows = [one.row for one in invented()]
    assert len(rows) == SIZE
    assert {row["FY"] for row in rows} == set(COLLEGES) and len(COLLEGES) == 14
    assert {row["CC"] for row in rows} == {"本科", "专升本"}
    for key in ("KSH", "XH", "SFZH"):
        assert len({row[key] for row in rows}) == SIZE
    assert {row["XZ"] for row in rows} == {"2", "4", "5"}


def test_no_number_can_be_anybodys() -> None:
    """Every ID number is of an area that never existed."""
    numbers = [one.truth["SFZH"] for one in invented() if len(one.truth["SFZH"]) == 18]
    assert len(numbers) > 5900
    assert [number for number in numbers if int(number[:2]) in PROVINCES] == []


def test_every_kind_of_wrong_data_is_there_and_is_found() -> None:
    """The import takes every row, and flags what students will report."""
    judgement = judged(SIZE)
    assert not judgement.refused
    flagged = Counter(found.code for found in judgement.flagged)
    wrong = ("checksum", "sex_disagrees", "birth_disagrees", "lost_character", "private_use", "wrong_dot")
    often = {one.kind: one.often for one in STRANGE}
    assert flagged == {code: often[code] for code in wrong}


def test_what_is_wrong_differs_from_the_truth_and_nothing_else_does() -> None:
    """A student's claim says what the record should say, and who has nothing to claim has no claim."""
    wrong = {"checksum", "sex_disagrees", "birth_disagrees", "lost_character", "private_use", "wrong_dot"}
    assert {one.strangeness for one in invented() if one.row != one.truth} == wrong
