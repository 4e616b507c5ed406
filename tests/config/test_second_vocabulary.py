"""What a text means that begins with ``vocabulary = 2``, and what one without it goes on meaning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy import ClaimAsked, PolicyFaults, School, load_school
from tests.config.asking import answer, final_campaign, in_first_words, moment, rule, words, written

SECOND = "vocabulary = 2\n"
BARRED = words("code", "BARRED")
UNKNOWN = words("code", "CALENDAR_UNKNOWN")
XH, PHOTO = ClaimAsked("XH", "school_data"), ClaimAsked("PHOTO", "photo")
NAME = ClaimAsked("XM", "rendering", evidence=("id_card",))

Make = Callable[..., School]


@pytest.fixture
def make(nchu: School, tmp_path: Path) -> Make:
    """A factory: the first school with additions to its rules, in one of the vocabularies."""

    def made(*more: str, vocabulary: int = 2) -> School:
        written(tmp_path, nchu, policy=BARRED + UNKNOWN + "".join(more))
        policy = tmp_path / "policy.toml"
        text = policy.read_text(encoding="utf-8")
        assert text.count(SECOND) == 1
        if vocabulary == 1:
            text = in_first_words(text)
        policy.write_text(text, encoding="utf-8")
        return load_school(tmp_path)

    return made


def approval(id: str, when: str = "{}", more: str = "") -> str:
    """A rule that asks for an approval by the college."""
    return rule(id, when, f'{{ add_step = "approval", office = "college"{more} }}')


def window(*lines: str) -> str:
    """A window called odd."""
    return "\n".join(
        ["", "[[window]]", 'id = "odd"', 'zh = "时段"', 'en = "odd"', 'source = "测试"', *lines, ""]
    )


def approvals(school: School, *claims: ClaimAsked, at: str = "2026-03-02") -> list[tuple[str, str]]:
    """The approvals of a filing: the rule that each bears and its claims."""
    steps = answer(school, at, *claims).steps
    return [(step.rule, " ".join(step.claims)) for step in steps if step.kind == "approval"]


# -- equal steps ----------------------------------------------------------------------------------------


def test_two_rules_that_ask_for_an_equal_step_make_two_steps(make: Make) -> None:
    """Each bears its rule, over all its claims; in the first vocabulary they are one step without a rule."""
    rules = approval("test.one"), approval("test.other", '{ field = ["XH", "XM"] }')

    assert approvals(make(*rules), XH, PHOTO) == [("test.one", "XH PHOTO"), ("test.other", "XH")]
    assert approvals(make(*rules, vocabulary=1), XH, PHOTO) == [("", "XH PHOTO")]
    said = answer(make(*rules), "2026-03-02", XH).as_json()["steps"]
    assert [step.get("rule") for step in said] == [None, None, "test.one", "test.other"]


@pytest.mark.parametrize("says", [0, 1])
def test_once_makes_equal_steps_one_whichever_rule_says_it(make: Make, says: int) -> None:
    """One signature under the claim, and one step over claims that either rule is about."""
    more = ["", ""]
    more[says] = ", once = true"
    both = approval("test.one", more=more[0]), approval("test.other", more=more[1])
    each = (
        approval("test.one", '{ field = ["XH"] }', more[0]),
        approval("test.other", '{ field = ["PHOTO"] }', more[1]),
    )

    assert approvals(make(*both), XH) == [("", "XH")]
    assert approvals(make(*each), XH, PHOTO) == [("", "XH PHOTO")]


def test_once_takes_no_step_from_a_claim_whose_rules_do_not_say_it(make: Make) -> None:
    """Two approvals of one claim stay two, though a rule about another claim would be content with one."""
    school = make(
        approval("test.one", '{ field = ["XH"] }'),
        approval("test.other", '{ field = ["XH"] }'),
        approval("test.third", '{ field = ["PHOTO"] }', ", once = true"),
    )

    assert approvals(school, XH, PHOTO) == [("test.one", "XH"), ("test.other", "XH"), ("test.third", "PHOTO")]


def test_steps_that_differ_are_two_in_either_vocabulary(make: Make) -> None:
    """Another office's, a later one, or one that more makes void is another step; no rule is named."""
    rules = approval("test.one"), approval("test.other", more=", working_days = 2")

    assert approvals(make(*rules, vocabulary=1), XH) == approvals(make(*rules), XH) == [("", "XH")] * 2
    void = approval("test.other", more=', once = true, void_by = ["value", "paper", "explanation"]')
    assert approvals(make(approval("test.one"), void), XH) == [("", "XH")] * 2


def test_a_rule_says_what_makes_its_step_void(make: Make) -> None:
    """By itself a new value or paper; a list says otherwise, and an empty one lets nothing do so."""
    rules = (approval("test.one"), approval("test.two", more=", void_by = []"))
    said = answer(make(*rules, approval("test.three", more=', void_by = ["explanation"]')), "2026-03-02", XH)
    steps = [step for step in said.steps if step.kind == "approval"]

    assert [step.void_by for step in steps] == [("value", "paper"), (), ("explanation",)]
    assert [step.as_json().get("void_by") for step in steps] == [None, [], ["explanation"]]


# -- where a length ends --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "first", "second"),
    [
        ("2024-09-15", "2024-10-14", "2024-10-15"),
        ("2025-01-31", "2025-02-27", "2025-02-28"),
        ("2024-01-31", "2024-02-28", "2024-02-29"),
        ("2025-02-28", "2025-03-27", "2025-03-28"),
    ],
)
def test_a_month_ends_on_the_day_of_the_same_number(
    make: Make, entered: str, first: str, second: str
) -> None:
    """That day belongs to it, or the month's last day; in the first vocabulary it ended the day before."""
    said = window('after = "entry"', "for_months = 1") + rule(
        "test.bar", '{ inside = ["odd"] }', '{ refuse = "BARRED" }', says="{closes}"
    )
    for vocabulary, last, time in ((1, first, " 23:59:59"), (2, second, "")):
        school = make(said, vocabulary=vocabulary)
        known = {"entry_date": entered, "registered_on": entered}
        inside = answer(school, f"{last} 23:59:59", **known)
        assert [reason.says for reason in inside.reasons] == [f"{last}{time}"]
        assert inside.accepted_from == date.fromisoformat(last) + timedelta(days=1)
        assert answer(school, f"{date.fromisoformat(last) + timedelta(days=1)}", **known).may


def test_a_month_after_an_ending_counts_from_its_last_day(make: Make) -> None:
    """A check that ends on 30 April, or during it, is a month past on 30 May; in days nothing changed."""
    rules = rule("test.bar", '{ inside = ["odd"] }', '{ refuse = "BARRED" }')
    month = window('after = "final_check_over"', "for_months = 1") + rules
    days = window('after = "entry"', "for_days = 30") + rules
    closing = {"expected_graduation": "2026-07-01", "campaigns": ()}
    early = {**closing, "campaigns": (final_campaign("2026-04-01", "2026-04-30 17:00"),)}

    for known in (closing, early):
        assert "BARRED" in answer(make(month), "2026-05-30 23:59:59", **known).codes
        assert "BARRED" not in answer(make(month), "2026-05-31", **known).codes
    for vocabulary in (1, 2):
        school = make(days, vocabulary=vocabulary)
        assert not answer(school, "2024-10-14 23:59:59", registered_on="2024-09-15").may
        assert answer(school, "2024-10-15", registered_on="2024-09-15").may


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["opens = 2026-04-01", "closes = 2026-04-25"], "2026-04-27"),
        (["opens = 2026-04-01", "closes = 2026-04-25T17:00:00"], "2026-04-27 17:00"),
        (['first = "04-01"', 'last = "05-01"'], "2026-05-06"),
        (['first = "04-01"', 'last = "05-08"'], "2026-05-08"),
        (['after = "entry"', "for_months = 19"], "2026-04-15"),
        (['after = "entry"', "for_days = 592"], "2026-04-29"),
    ],
)
def test_a_limit_that_ends_on_a_day_off_goes_to_the_next_working_day(
    make: Make, lines: list[str], last: str
) -> None:
    """Where the text says so, by the school's calendar: weekends, holidays, Saturdays that are worked."""
    bar = rule("test.bar", '{ outside = ["odd"] }', '{ refuse = "BARRED" }')
    school = make(window(*lines, "rolls = true"), bar)
    end = moment(last if len(last) > 10 else f"{last} 23:59:59")

    assert answer(school, f"{end:%Y-%m-%d %H:%M:%S}").may
    over = answer(school, f"{end + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}")
    assert over.codes == ("BARRED",) and over.flags == ()
    assert answer(school, "2026-04-02").due == (end if len(last) > 10 else end.date())


def test_a_limit_rolls_over_new_year_and_is_flagged_in_an_unknown_year(make: Make) -> None:
    """From a Saturday to a Monday of the next year, of which only the weekends are known."""
    bar = rule("test.bar", '{ outside = ["odd"] }', '{ refuse = "BARRED" }', says="{closes}")
    school = make(window('first = "12-01"', 'last = "12-31"', "rolls = true"), bar)
    assert date(2033, 12, 31).weekday() == 5
    known = {"expected_graduation": "2036-07-01"}

    assert answer(school, "2034-01-02 23:59:59", **known).may
    assert answer(school, "2034-01-02", **known).due == date(2034, 1, 2)
    assert answer(school, "2034-01-03", **known).codes == ("BARRED",)
    assert answer(school, "2033-06-01", **known).reasons[0].says == "2034-01-02"
    assert answer(school, "2033-12-05", **known).flags == ("CALENDAR_UNKNOWN",)
    assert answer(school, "2025-12-05").flags == ()


def test_a_change_that_only_some_years_have_is_found(make: Make) -> None:
    """Two windows that meet only where the first rolls: the next date is in the first year in which it does."""
    school = make(
        window('first = "04-01"', 'last = "04-28"', "rolls = true"),
        window('first = "04-29"', 'last = "04-29"').replace("odd", "even"),
        rule("test.wait", '{ inside = ["even"], outside = ["odd"] }', '{ defer = "BARRED" }'),
        rule("test.never", '{ outside = ["even"] }', '{ defer = "BARRED" }'),
    )
    said = answer(school, "2024-10-20", expected_graduation="2050-07-01")

    assert said.accepted_from == date(2029, 4, 29)  # 28 April 2029 is a Saturday, 30 April a Monday
    assert answer(school, "2029-04-29", expected_graduation="2050-07-01").may


@given(st.integers(2026, 2160), st.integers(0, 39))
@settings(deadline=None)
def test_years_are_alike_again_after_forty(year: int, later: int) -> None:
    """Without holidays of their own, each kind of year comes again within forty years."""
    kinds = {
        (date(one, 1, 1).weekday(), date(one, 12, 31).timetuple().tm_yday) for one in range(year, year + 40)
    }
    far = year + 40 + later

    assert (date(far, 1, 1).weekday(), date(far, 12, 31).timetuple().tm_yday) in kinds


# -- deadlines of steps ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filed", "deadline", "due"),
    [
        ("2026-03-02", "days = 30", date(2026, 4, 1)),
        ("2026-03-05", "days = 30", date(2026, 4, 4)),
        ("2026-03-05", "days = 30, rolls = true", date(2026, 4, 7)),  # a Saturday before 清明, Monday off
        ("2026-01-31", "months = 1", date(2026, 2, 28)),
        ("2026-01-31", "months = 1, rolls = true", date(2026, 2, 28)),  # a Saturday that is worked
        ("2026-03-02", "months = 2", date(2026, 5, 2)),
        ("2026-03-02", "months = 2, rolls = true", date(2026, 5, 6)),
        ("2026-03-02", "working_days = 2", date(2026, 3, 4)),
        ("2026-03-02", "", None),
    ],
)
def test_a_step_is_due_after_days_or_months_from_filing(
    make: Make, filed: str, deadline: str, due: date | None
) -> None:
    """The day of filing does not count; a month ends on the day of the same number, or its last."""
    said = answer(make(approval("test.step", more=f", {deadline}" if deadline else "")), filed, XH)

    assert [step.due for step in said.steps if step.kind == "approval"] == [due]


def test_a_step_due_by_a_window_that_rolls_is_due_on_the_day_it_rolls_to(make: Make) -> None:
    """A yearly last day and a fixed one."""
    yearly = window('first = "04-01"', 'last = "05-01"', "rolls = true")
    fixed = window("closes = 2026-04-25", "rolls = true")
    by = approval("test.step", more=', by = "odd"')

    assert answer(make(yearly, by), "2026-04-10", XH).steps[2].due == date(2026, 5, 6)
    assert answer(make(yearly, by), "2026-05-05", XH).steps[2].due == date(2026, 5, 6)
    assert answer(make(fixed, by), "2026-04-10", XH).steps[2].due == date(2026, 4, 27)


# -- slips ----------------------------------------------------------------------------------------------

NEEDS_2 = "要在文件开头写明 vocabulary = 2"
STEP = '{{ add_step = "approval", office = "college", {} }}'


@pytest.mark.parametrize("key", ["once = true", "days = 3", "months = 1", 'void_by = ["value"]'])
def test_the_keys_of_the_second_vocabulary_need_it(make: Make, key: str) -> None:
    """A text that does not say so is not read by it; the fault names the key."""
    with pytest.raises(PolicyFaults) as caught:
        make(rule("test.step", "{}", STEP.format(key)), vocabulary=1)

    assert [NEEDS_2 in one.says and key.split()[0] in one.says for one in caught.value.faults] == [True]
    assert make(rule("test.step", "{}", STEP.format(key))).policy.vocabulary == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (rule("test.step", "{}", STEP.format("days = -1")), "天数、月数不能小于 0"),
        (rule("test.step", "{}", STEP.format("months = -1")), "天数、月数不能小于 0"),
        (rule("test.step", "{}", STEP.format("days = 1, months = 1")), "期限只能写一种"),
        (rule("test.step", "{}", STEP.format("days = 1, working_days = 1")), "期限只能写一种"),
        (rule("test.step", "{}", STEP.format("rolls = true")), "rolls 只与 days 或 months 一起写"),
        (rule("test.step", "{}", STEP.format("working_days = 1, rolls = true")), "rolls 只与"),
        (rule("test.step", "{}", STEP.format('void_by = ["whim"]')), "不认识 whim，可用的有 value、paper、explanation"),
        (window('after = "entry"', "rolls = true"), "没有可以顺延的截止日"),
        (window('until = "graduation"', "for_months = 1", "rolls = true"), "没有可以顺延的截止日"),
        (window("months = [3]", "rolls = true"), "没有可以顺延的截止日"),
        (window("opens = 2026-03-02", "rolls = true"), "没有可以顺延的截止日"),
    ],
)  # fmt: skip
def test_a_slip_in_a_key_of_the_second_vocabulary_is_a_fault(make: Make, more: str, says: str) -> None:
    """One deadline, of days that can be counted; only a last day of its own can roll."""
    with pytest.raises(PolicyFaults) as caught:
        make(more)

    assert [says in one.says for one in caught.value.faults] == [True]


def test_a_window_that_rolls_needs_the_second_vocabulary(make: Make) -> None:
    """The fault stands at the window's key."""
    with pytest.raises(PolicyFaults, match=r"window\[1\]\.rolls：rolls 要在文件开头写明 vocabulary = 2"):
        make(window('first = "04-01"', 'last = "05-01"', "rolls = true"), vocabulary=1)
