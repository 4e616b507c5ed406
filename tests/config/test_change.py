"""What a claim would change, read off the old and the new value."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy.change import PARTS, changed_parts

FEMALE, MALE = "11010519491231002X", "440524188001010014"  # the standard's own samples


def number(region: str = "110105", birth: str = "19491231", order: str = "002") -> str:
    """An 18-digit ID number. Its check digit does not matter here."""
    return f"{region}{birth}{order}X"


@pytest.mark.parametrize(
    ("new", "parts"),
    [
        (number(region="360103"), {"region"}),
        (number(birth="19491230"), {"birth_date"}),
        (number(birth="19501231"), {"birth_date", "birth_year"}),
        (number(order="003"), {"sex"}),
        (number(order="004"), set()),
        (
            number(region="360103", birth="19500101", order="001"),
            {"region", "birth_date", "birth_year", "sex"},
        ),
        ("H1234567890", {"document_kind"}),
        ("110105491231002", set()),
        ("110105501231002", {"birth_date", "birth_year"}),
    ],
)
def test_an_id_number_is_compared_by_its_parts(new: str, parts: set[str]) -> None:
    """Region, birth and sex; a number of 15 digits is the same person's, another document has no such parts."""
    assert changed_parts("SFZH", FEMALE, new) == parts


def test_two_other_documents_have_no_parts_to_compare() -> None:
    """A travel permit renewed has another number; what it says of a person is not read off it."""
    assert changed_parts("SFZH", "H1234567890", "M1234567890") == set()
    assert changed_parts("SFZH", "H1234567890", FEMALE) == {"document_kind"}


def test_everything_may_change_at_once() -> None:
    """The two samples of the standard have nothing in common."""
    assert changed_parts("SFZH", FEMALE, MALE) == {"region", "birth_date", "birth_year", "sex"}


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("2006-01-12", "20060112", {"rendering"}),
        ("2006-01-12", "2006年1月12日", {"rendering"}),
        ("2006-01-12", "2006.01.21", {"birth_date"}),
        ("2006-01-12", "2006-02-12", {"birth_date"}),
        ("2006-01-12", "2005-01-12", {"birth_date", "birth_year"}),
        ("2006-01-12", "unknown", set()),
    ],
)
def test_a_birth_date_is_a_date_however_it_is_written(old: str, new: str, parts: set[str]) -> None:
    """Digits, dashes and 年月日 say the same day."""
    assert changed_parts("CSRQ", old, new) == parts


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("阿卜杜·热合曼", "阿卜杜•热合曼", {"rendering"}),
        ("阿卜杜·热合曼", "阿卜杜・热合曼", {"rendering"}),
        ("张三丰", "张 三丰", {"rendering"}),
        ("张三丰", "张三丰", set()),
        ("张三丰", "张叁丰", set()),
        ("张三丰", "章三丰", {"surname"}),
        ("", "张三丰", {"blank"}),
        ("　", "张三丰", {"blank"}),
    ],
)
def test_a_name_that_only_looks_different_is_a_rendering(old: str, new: str, parts: set[str]) -> None:
    """Six dots are one separator, and spaces are none of a name; another character is another name."""
    assert changed_parts("XM", old, new) == parts


def test_a_sex_is_the_same_in_words_and_code() -> None:
    """1 is 男 and 2 is 女."""
    assert changed_parts("XB", "1", "女") == {"sex"}
    assert changed_parts("XB", "2", "女") == {"rendering"}


SUMMER_TIME = [
    *(
        st.dates(date(year, 1, 1), date(year, 12, 31))
        for year in (1940, 1941, 1942, 1945, 1946, 1947, 1948, 1949)
    ),
    *(st.dates(date(year, 1, 1), date(year, 12, 31)) for year in range(1986, 1992)),
]


@given(st.one_of(SUMMER_TIME))
def test_a_birth_date_in_a_year_of_summer_time_stays_the_day_it_is(day: date) -> None:
    """Shanghai had summer time in 1940 to 1949 and 1986 to 1991: a birth date is a day, and no moment moves it."""
    before = f"{day:%Y-%m-%d}"

    assert changed_parts("CSRQ", before, f"{day:%Y%m%d}") == {"rendering"}
    assert (
        changed_parts("SFZH", number(birth=f"{day:%Y%m%d}"), number(birth=f"{day:%Y%m%d}", order="006"))
        == set()
    )
    assert "birth_date" in changed_parts("CSRQ", before, f"{day + timedelta(days=1):%Y-%m-%d}")


@given(st.sampled_from(["XM", "XB", "SFZH", "CSRQ", "MZ"]), st.text(max_size=20), st.text(max_size=20))
def test_any_two_values_can_be_compared(column: str, old: str, new: str) -> None:
    """Whatever stands in a record: the parts are known ones, and equal values differ in none."""
    assert changed_parts(column, old, new) <= set(PARTS)
    assert changed_parts(column, old, old) <= {"blank"}
