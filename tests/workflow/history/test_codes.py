"""Codes of an entry: one grammar, and the same text after every reading."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import on
from workflow.history.codes import AS_OF, DUE, FROM, TOLD, Code, find

NAMES = st.text(min_size=1).filter(lambda name: ":" not in name)


@given(st.text())
def test_whatever_was_written_is_printed_as_it_is(text: str) -> None:
    """No text of an entry changes by being read as a code, be it of the grammar or not."""
    assert str(Code.parse(text)) == text


@given(NAMES, st.text())
def test_a_name_and_its_value_are_found_again(name: str, value: str) -> None:
    """What is before the first colon is the name, and all that follows is the value."""
    assert Code.parse(str(Code(name, value))) == Code(name, value)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (Code("by_hand"), "by_hand"),
        (Code("XM", "corrected"), "XM:corrected"),
        (Code("explanation", ""), "explanation"),
        (Code.on_day(DUE, date(2024, 10, 25)), "due:2024-10-25"),
        (Code.at(AS_OF, on(2024, 10, 25, 15)), "as_of:2024-10-25T15:00:00+08:00"),
        (Code.count(TOLD, 12), "told:12"),
    ],
)
def test_each_kind_of_code_has_one_text(code: Code, text: str) -> None:
    """The text is part of what is hashed."""
    assert str(code) == text


def test_a_value_is_read_as_what_its_name_says() -> None:
    """A day is no moment and a number no person; what cannot be read as its name says is nothing."""
    day, moment = Code.parse("due:2024-10-25"), Code.parse("as_of:2024-10-25T15:00:00+08:00")
    assert (day.day, day.moment, moment.day, moment.moment) == (
        date(2024, 10, 25),
        None,
        None,
        on(2024, 10, 25, 15),
    )
    number, person = Code.parse("told:12"), Code.parse("from:abc")
    assert (number.number, number.person, person.number, person.person) == (12, "", None, "abc")
    assert (Code("told", "many").number, Code("due", "soon").day, Code("as_of", "soon").moment) == (None,) * 3


def test_a_code_is_found_among_others() -> None:
    """An entry may have further codes: the one that is asked for is found by its name."""
    codes = ("letter:sent", "from:abc", "by_hand")
    assert find(codes, FROM) == Code(FROM, "abc")
    assert [find(codes, name).value for name in ("letter", "by_hand", TOLD)] == ["sent", "", ""]
