"""Document numbers: the check character, what a number says, and when it is only suspicious."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from workflow.people.cipher import Cipher
from workflow.records import identity

SAMPLE_WOMAN, SAMPLE_MAN = "11010519491231002X", "440524188001010014"
BODIES = st.from_regex(r"[1-8][0-9]{16}", fullmatch=True)
DAYS = st.dates(date(1900, 1, 1), date(2024, 10, 1))


@given(BODIES)
def test_check_character_agrees_with_an_independent_library(body: str) -> None:
    """The check character of any 17 digits is the one another library computes."""
    assert identity.check_character(body) == ric.calc_check_digit(body + "0")


@pytest.mark.parametrize("number", [SAMPLE_WOMAN, SAMPLE_MAN, "810000199408230021", "830000199201300022"])
def test_published_samples_pass(number: str) -> None:
    """The standard's own samples and published residence permits are not doubted."""
    assert identity.fault_of(number) == ""


@given(BODIES, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(body: str, place: int, step: int) -> None:
    """Whichever digit is mistyped, the check character no longer fits."""
    number = body + identity.check_character(body)
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert wrong[:17] != body
    assert identity.check_character(wrong[:17]) != wrong[17]


def test_number_says_birth_sex_and_kind() -> None:
    """A resident's number carries its holder's birth date and sex."""
    says = identity.read_number(SAMPLE_WOMAN)
    assert (says.birth, says.sex, says.kind) == (date(1949, 12, 31), "女", "1")
    assert identity.read_number(SAMPLE_MAN).sex == "男"


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 11010519491231002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "\u200e11010519491231002X",
    ],
)
def test_ways_of_typing_one_number(typed: str) -> None:
    """Case, width, gaps and invisible marks do not make another number."""
    assert identity.read_number(typed).text == SAMPLE_WOMAN
    assert identity.fold(typed) == SAMPLE_WOMAN


def test_fifteen_digits_are_the_same_person() -> None:
    """A number of fifteen digits is compared in its form of eighteen."""
    assert identity.fold("110105491231002") == SAMPLE_WOMAN
    assert identity.read_number("110105491231002").birth == date(1949, 12, 31)


def test_fifteen_digits_without_a_possible_day_stay_as_they_are() -> None:
    """Nobody makes up a number: fifteen digits with an impossible date are not widened."""
    assert identity.fold("110105491331002") == "110105491331002"


@given(BODIES, st.text("0123456789X", min_size=1, max_size=20))
def test_folding_twice_changes_nothing(body: str, other: str) -> None:
    """The form in which numbers are compared is stable."""
    for number in (body + "X", body[:15], other):
        assert identity.fold(identity.fold(number)) == identity.fold(number)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("810000199408230021", "C"),
        ("830000199201300022", "C"),
        ("911124198108030024", "9"),
        ("USA110081080301", "9"),
        ("H12345678", "6"),
        ("M12345678", "7"),
        ("12345678", "8"),
        ("A123456(3)", "6"),
        ("1234567(8)", "7"),
        ("E12345678", None),
        ("参字第1234567号", None),
    ],
)
def test_other_documents_are_told_by_shape_and_not_doubted(number: str, kind: str | None) -> None:
    """Numbers of Hong Kong, Macau, Taiwan, foreign and military documents are no mistakes."""
    assert identity.document_type(number) == kind
    assert identity.marks_of(number, born=None, sex=None) == ()
    assert identity.fault_of(number) == ""


@pytest.mark.parametrize(
    ("number", "marks"),
    [
        ("110105194912310021", ("checksum",)),
        ("1101051949123100", ("number_shape",)),
        ("1101051949123100221", ("number_shape",)),
        ("01010519491231002X", ("number_shape",)),
        ("身份证", ("number_shape",)),
        ("110105194913310025", ("checksum", "number_date")),
    ],
)
def test_doubtful_numbers_are_named(number: str, marks: tuple[str, ...]) -> None:
    """A wrong check character, an impossible date and a shape no document has are each said."""
    assert identity.marks_of(number, born="1949-12-31", sex="女") == marks
    assert identity.fault_of(number) != ""


def test_birth_and_sex_are_held_against_the_number() -> None:
    """A birth date or a sex that the number denies is said, one as well as the other."""
    marks = identity.marks_of(SAMPLE_WOMAN, born="1949-12-30", sex="男")
    assert marks == ("birth_disagrees", "sex_disagrees")
    assert identity.marks_of("110105491231002", born="1949-12-31", sex="男") == ("sex_disagrees",)


def test_a_passport_column_is_believed() -> None:
    """A number whose document type the file names as a passport is not held to a resident's rules."""
    assert identity.marks_of("110105194912310021", born=None, sex=None, kind="A") == ()
    assert identity.marks_of("E12345678", born=None, sex=None, kind="1") == ("number_shape",)


MESSY = st.one_of(
    st.none(),
    st.builds(
        lambda area, day, serial, check: f"{area}{day:%Y%m%d}{serial:03d}{check}",
        st.sampled_from(["110105", "990000", "011111", "11０105"]),
        DAYS,
        st.integers(0, 999),
        st.sampled_from("0123456789X"),
    ),
    st.sampled_from([SAMPLE_WOMAN, SAMPLE_MAN, "H12345678", "", "1" * 17, "1" * 19, "abc"]),
)


@given(
    st.lists(
        st.tuples(
            MESSY,
            st.one_of(st.none(), DAYS.map(date.isoformat), st.just("1949-12-31")),
            st.sampled_from(["男", "女", None, "未知"]),
        ),
        max_size=8,
    )
)
def test_column_is_judged_as_its_cells_are(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    """Looking at a whole column at once overlooks nothing that looking cell by cell would say."""
    numbers, births, sexes = ([row[n] for row in rows] for n in range(3))
    suspicious = set(identity.doubtful(numbers, births, sexes))
    for position, (number, born, sex) in enumerate(rows):
        if number is not None and identity.marks_of(number, born=born, sex=sex):
            assert position in suspicious


def test_right_numbers_cost_no_second_look() -> None:
    """A row where number, birth date and sex agree is passed over at once."""
    assert identity.doubtful([SAMPLE_WOMAN], ["1949-12-31"], ["女"]) == []


def test_index_is_one_for_every_way_of_writing(cipher: Cipher) -> None:
    """A person is found by fifteen or eighteen digits alike, and another person is not."""
    assert identity.blind_index(cipher, "110105491231002") == identity.blind_index(
        cipher, "11010519491231002x"
    )
    assert identity.blind_index(cipher, "A123456(3)") == identity.blind_index(cipher, "Ａ1234563")
    assert identity.blind_index(cipher, SAMPLE_MAN) != identity.blind_index(cipher, SAMPLE_WOMAN)


@given(BODIES)
def test_no_fault_repeats_the_number(body: str) -> None:
    """Whatever is wrong with a number, the sentence about it never holds the number."""
    assert body[:6] not in identity.fault_of(body + "0")


def said(number: str, **beside: str) -> dict[str, bool | None]:
    """What a number shows beside a birth date and a sex, by code."""
    return {one.code: one.holds for one in identity.readings(number, **{"born": "", "sex": "", **beside})}


def test_a_number_is_held_against_what_else_is_known_of_its_holder() -> None:
    """Check character, province, birth date and sex are each judged; what is not known is not judged."""
    assert said(SAMPLE_WOMAN, born="1949-12-31", sex="女") == dict.fromkeys(
        ("check", "area", "birth", "sex"), True
    )
    assert said(SAMPLE_WOMAN) == {"check": True, "area": True}
    assert said("身份证") == {"shape": False}
    spoilt = "110105194913310025"
    assert said(spoilt, born="1949-12-31", sex="男")["date"] is False and not said(spoilt)["check"]
    right = {one.code: one.said for one in identity.readings("110105194912310021", born="", sex="")}
    assert right == {"check": "X", "area": "北京"}


def test_a_mistyped_birth_date_that_explains_the_check_character_is_told() -> None:
    """Where the known birth date makes the number whole, that is said; where it does not, nothing is."""
    wrong = SAMPLE_WOMAN.replace("1231", "1221")
    assert said(wrong, born="1949-12-31") == {"check": False, "area": True, "birth": False, "mended": None}
    assert "mended" not in said(wrong, born="1949-12-30")


@pytest.mark.parametrize(
    ("number", "kind", "codes"),
    [
        ("110105491231002", None, {"fifteen": None, "area": True, "birth": True, "sex": True}),
        ("810000194912310021", None, {"check": False, "birth": True, "sex": True}),
        ("H12345678", None, {"other": None}),
        ("E12345678", "A", {"other": None}),
        ("110105194912310021", "A", {"other": None}),
        ("H12345678", "1", {"shape": False}),
    ],
)
def test_numbers_of_other_documents_are_no_false_alarm(
    number: str, kind: str | None, codes: dict[str, bool | None]
) -> None:
    """Fifteen digits have no check character, a permit no province here, and a passport nothing to judge."""
    found = identity.readings(number, born="1949-12-31", sex="女", kind=kind)
    assert {one.code: one.holds for one in found} == codes


def test_one_wrong_digit_and_two_swapped_ones_explain_a_number() -> None:
    """The places of a single slip are named; two that are no swap, or more, explain nothing."""
    assert identity.slip("110105194912310021", SAMPLE_WOMAN) == (18,)
    assert identity.slip("101105194912310021"[:17] + "X", SAMPLE_WOMAN) == (2, 3)
    assert identity.slip("120105194912310021", SAMPLE_WOMAN) == ()
    assert identity.slip("110105491231002", SAMPLE_WOMAN) == ()
