"""Working days: holidays, weekend days that are worked instead, pauses, and years that nobody entered."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Calendar, OwnDay, Pause
from config.policy import ClaimAsked, PolicyFaults, School, load_school
from tests.config.asking import amended, answer, rule, words, written

DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 30))
APPROVAL = rule("steps.approval", "{}", '{ add_step = "approval", office = "college", working_days = 5 }')
UNKNOWN = words("code", "CALENDAR_UNKNOWN")
CLAIM = ClaimAsked("XH", "school_data")
CAMPAIGN = """
[[campaign]]
id = "final-2199"
kind = "final"
title = "末次自查"
title_en = "Final check"
opens = 2199-04-01
closes = 2199-04-30
bulletins = []
fields = ["XM"]
source = "测试"
cohort = { entry_years = [], levels = [], statuses = ["注册学籍"] }
"""


@pytest.fixture(scope="module")
def days(nchu: School) -> Calendar:
    """The country's working days. The first school has no calendar of its own."""
    return nchu.calendar


def test_a_holiday_on_a_weekday_is_no_working_day(days: Calendar) -> None:
    """The week of 1 October is off, its weekdays too."""
    assert not any(days.is_working_day(date(2024, 10, day)) for day in range(1, 8))
    assert days.is_working_day(date(2024, 10, 8))


@pytest.mark.parametrize("day", [date(2021, 4, 25), date(2021, 5, 8), date(2024, 9, 14), date(2024, 2, 4)])
def test_a_weekend_day_worked_instead_is_a_working_day(days: Calendar, day: date) -> None:
    """调休: a real notice of 2021 ran from such a Sunday to such a Saturday."""
    assert day.weekday() > 4
    assert days.is_working_day(day)


def test_an_ordinary_weekend_is_off(days: Calendar) -> None:
    """Saturday and Sunday without anything special."""
    assert not days.is_working_day(date(2024, 10, 26))
    assert not days.is_working_day(date(2024, 10, 27))


def test_a_term_does_not_count_the_day_on_which_it_begins(days: Calendar) -> None:
    """Five working days from a Monday end on the next Monday."""
    assert days.working_days_after(date(2024, 10, 21), 5) == date(2024, 10, 28)
    assert days.working_days_after(date(2024, 10, 21), 0) == date(2024, 10, 21)


def test_a_term_over_a_holiday_skips_it_and_counts_the_saturday_before(days: Calendar) -> None:
    """From Friday 27 September 2024: Sunday 29 and Monday 30 are worked, then the week of 1 October is off."""
    assert days.working_days_after(date(2024, 9, 27), 1) == date(2024, 9, 29)
    assert days.working_days_after(date(2024, 9, 27), 3) == date(2024, 10, 8)
    assert days.working_days_after(date(2024, 9, 27), 7) == date(2024, 10, 12)  # a working Saturday


def test_days_on_which_the_student_is_asked_do_not_count(days: Calendar) -> None:
    """Returned on Wednesday, answered on Friday: three working days more; a pause over a weekend costs nothing."""
    monday = date(2024, 10, 21)

    assert days.working_days_after(monday, 5, [Pause(date(2024, 10, 23), date(2024, 10, 25))]) == date(
        2024, 10, 31
    )
    assert days.working_days_after(monday, 5, [Pause(date(2024, 10, 26), date(2024, 10, 27))]) == date(
        2024, 10, 28
    )


def test_while_the_student_is_asked_nothing_is_due(days: Calendar) -> None:
    """A pause without an end has no last day; what was over before it began stays over."""
    asked = Pause(date(2024, 10, 23), None)

    assert days.working_days_after(date(2024, 10, 21), 5, [asked]) is None
    assert days.working_days_after(date(2024, 10, 21), 1, [asked]) == date(2024, 10, 22)
    assert days.working_days_after(date(2024, 10, 22), 1, [asked]) is None


def test_in_a_year_that_nobody_entered_offices_work_from_monday_to_friday(days: Calendar) -> None:
    """A term goes on over New Year into such a year, and it can be seen that it did."""
    assert not days.knows(2199)
    assert days.working_days_after(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert days.working_days_after(date(2199, 1, 4), 6) == date(2199, 1, 14)
    assert days.working_days_between(date(2199, 1, 4), date(2199, 1, 14)) == 6
    assert days.next_working_day(date(2199, 1, 5)) == date(2199, 1, 7)
    assert days.unknown_between(date(2026, 12, 31), date(2027, 1, 1))
    assert not days.unknown_between(date(2026, 12, 30), date(2026, 12, 31))


def test_the_schools_own_days_win(days: Calendar) -> None:
    """A day of sports is off, and a Saturday of examinations is worked, in that school alone."""
    own = Calendar(
        years=days.years,
        days=(OwnDay(date(2024, 10, 24), False, "校历"), OwnDay(date(2024, 10, 26), True, "校历")),
    )

    assert own.working_days_after(date(2024, 10, 23), 2) == date(2024, 10, 26)
    assert days.working_days_after(date(2024, 10, 23), 2) == date(2024, 10, 25)


@given(DAYS, st.integers(1, 60), st.lists(st.tuples(DAYS, st.integers(0, 20)), max_size=3))
def test_counting_back_gives_what_was_counted(
    nchu: School, day: date, count: int, paused: list[tuple[date, int]]
) -> None:
    """So many working days after a day lie between it and their last, which is one itself, pauses or not."""
    pauses = [Pause(first, first + timedelta(days=length)) for first, length in paused]
    last = nchu.calendar.working_days_after(day, count, pauses)

    assert last is not None
    assert nchu.calendar.is_working_day(last)
    assert nchu.calendar.working_days_between(day, last, pauses) == count
    assert nchu.calendar.working_days_between(day, last - timedelta(days=1), pauses) == count - 1


# -- in answers and files -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def punctual(nchu: School, tmp_path_factory: pytest.TempPathFactory) -> School:
    """The first school with a deadline for one more step."""
    return amended(tmp_path_factory.mktemp("punctual"), nchu, policy=UNKNOWN + APPROVAL)


def test_a_step_is_due_after_its_working_days(punctual: School) -> None:
    """Filed on a Friday before the long holiday: the Sunday that is worked counts, the holiday does not."""
    said = answer(punctual, "2025-09-26 23:40", CLAIM)
    due = {step.kind: step.due for step in said.steps}

    assert due == {"check": None, "platform": None, "approval": date(2025, 10, 10)}
    assert said.as_json()["steps"][2]["due"] == "2025-10-10"
    assert said.flags == ()


@pytest.mark.parametrize(
    ("filed", "due", "flags"),
    [
        ("2199-01-04", date(2199, 1, 11), ("CALENDAR_UNKNOWN",)),
        ("2026-12-28", date(2027, 1, 4), ("CALENDAR_UNKNOWN",)),
        ("2026-12-24", date(2026, 12, 31), ()),
    ],
)
def test_a_step_in_an_unknown_year_has_a_date_and_is_flagged(
    punctual: School, filed: str, due: date, flags: tuple[str, ...]
) -> None:
    """Counted from Monday to Friday; reviewers see that holidays may be missing."""
    said = answer(punctual, filed, CLAIM, expected_graduation="2199-07-01")

    assert said.steps[2].due == due
    assert said.flags == flags


def test_who_counts_working_days_has_to_declare_the_flag(nchu: School, tmp_path: Path) -> None:
    """Otherwise the reviewers' page would have no words for it."""
    with pytest.raises(PolicyFaults, match="CALENDAR_UNKNOWN"):
        amended(tmp_path, nchu, policy=APPROVAL)


def test_a_campaign_in_an_unknown_year_is_a_warning(nchu: School, tmp_path: Path) -> None:
    """It loads, and says so with file and line."""
    school = amended(tmp_path, nchu, campaigns=CAMPAIGN)
    line = (tmp_path / "campaigns.toml").read_text(encoding="utf-8").split("\n").index(
        "closes = 2199-04-30"
    ) + 1

    assert [(one.file, one.line) for one in school.warnings] == [(f"{tmp_path.name}/campaigns.toml", line)]
    assert "2199" in school.warnings[0].says
    assert nchu.warnings == ()


@pytest.mark.parametrize(
    ("ends", "years"),
    [
        (["opens = 2198-12-31", "closes = 2199-01-01"], ["2198", "2199"]),
        (["closes = 2199-01-01"], ["2199"]),
        (["opens = 2199-01-01"], ["2199"]),
    ],
)
def test_a_window_in_an_unknown_year_is_a_warning_too(
    nchu: School, tmp_path: Path, ends: list[str], years: list[str]
) -> None:
    """Each year once, at the line that closes it, or at the window where it has none."""
    lines = ["", "[[window]]", 'id = "far"', 'zh = "远"', 'en = "far"', 'source = "测试"', *ends, ""]
    used = rule("test.far", '{ inside = ["far"] }', '{ refuse = "LEFT" }')
    school = amended(tmp_path, nchu, policy="\n".join(lines) + used)
    text = (tmp_path / "policy.toml").read_text(encoding="utf-8").split("\n")
    closing = [line for line in text if line.startswith("closes = 2199")] or ["[[window]]"]

    assert [str(one) for one in school.warnings if "没有用到" not in one.says] == [
        f"{tmp_path.name}/policy.toml:{text.index(closing[0]) + 1}: window[1].closes：日历里没有 {year} 年的节假日，"
        f"请在 calendar.toml 写明 [[year]] / the calendar does not know the holidays of {year}"
        for year in years
    ]


def test_where_steps_count_working_days_it_is_a_warning_too(nchu: School, tmp_path: Path) -> None:
    """A gap in the calendar stops nothing; the school's own table of the year fills it."""
    policy = UNKNOWN + APPROVAL
    gap = amended(tmp_path, nchu, policy=policy, campaigns=CAMPAIGN)
    own = '\n[[year]]\nyear = 2199\noff = ["01-01"]\nwork = []\nsource = "校历"\n'
    filled = amended(tmp_path, nchu, policy=policy, campaigns=CAMPAIGN, calendar=own)

    assert ["2199" in one.says for one in gap.warnings] == [True]
    assert filled.calendar.knows(2199) and filled.warnings == ()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[[year]]\nyear = 2024\noff = ["10-25", "10-26"]\nwork = []\nsource = "x"',
         "year[1].off：10-26 不是星期一至星期五 / is not such a day of the week"),
        ('[[year]]\nyear = 2024\noff = []\nwork = ["10-26", "10-25"]\nsource = "x"',
         "year[1].work：10-25 不是星期六、星期日 / is not such a day of the week"),
        ('[[year]]\nyear = 2024\noff = ["02-30"]\nwork = []\nsource = "x"',
         'year[1].off[1]：应为每年都有的月日，如 "04-30" / must be a day of every year, such as "04-30"'),
        ("[[year]]\nyear = 2024\noff = []\nwork = []", "year[1]：缺少 source / source is missing"),
        ('[[day]]\nday = 2024-10-25\nworks = "no"\nsource = "x"',
         "day[1].works：应为true 或 false / must be true or false"),
        ('[[day]]\nday = 2199-10-25\nworks = false\nsource = "x"',
         "day[1].day：2199 年没有节假日表（[[year]]），单独一天无从说起 / belongs to a year without a table of holidays"),
        (2 * '[[day]]\nday = 2024-10-25\nworks = false\nsource = "x"\n',
         "day[2]：2024-10-25 出现了两次 / named twice"),
        (2 * '[[year]]\nyear = 2024\noff = []\nwork = []\nsource = "x"\n',
         "year[2]：2024 出现了两次 / named twice"),
    ],
)  # fmt: skip
def test_a_slip_in_the_schools_own_days_is_a_fault(
    nchu: School, tmp_path: Path, more: str, says: str
) -> None:
    """A holiday that was off anyway, a day that is none, a year twice: somebody misread the notice."""
    with pytest.raises(PolicyFaults) as caught:
        load_school(written(tmp_path, nchu, calendar="\n" + more))

    assert [fault.says for fault in caught.value.faults] == [says]


def test_the_holidays_are_part_of_the_version(nchu: School, tmp_path: Path) -> None:
    """Due dates follow from them, so a text in force is kept with them, and its copy is the same version."""
    copy = amended(tmp_path, nchu)
    changed = (
        (tmp_path / "holidays.toml").read_text(encoding="utf-8").replace('work = ["02-04"', 'work = ["02-03"')
    )
    (tmp_path / "holidays.toml").write_text(changed, encoding="utf-8")

    assert copy.digest == nchu.digest
    assert load_school(tmp_path).digest != nchu.digest
    assert load_school(tmp_path).calendar.is_working_day(date(2024, 2, 3))
