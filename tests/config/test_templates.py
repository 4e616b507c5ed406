"""Campaigns that come back every year: one template, any year, dates from the policy."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from config.calendar import SHANGHAI
from config.policy import CampaignPlan, PolicyFaults, School, load_school
from tests.conftest import nchu_folder

WINTER = """
[[template]]
id = "winter"
kind = "final"
title = "{year}届最后一次自查"
title_en = "Last check of {year}"
first = "12-10"
last = "04-30"
last_at = 17:00:00
colleges_last = "05-07"
bulletins = ["12-20", "04-20"]
fields = ["XM"]
source = "测试"

[template.cohort]
levels = ["本科"]
statuses = ["注册学籍"]
last_check = true
"""


AUTUMN = (
    WINTER.replace("winter", "autumn")
    .replace('kind = "final"', 'kind = "yearly"')
    .replace("last_check = true", "entered_years_ago = [0, 1]")
    .replace("12-10", "11-01")
    .replace("04-30", "12-28")
    .replace("05-07", "01-05")
    .replace("04-20", "11-20")
)

ANNOUNCED = """
[[campaign]]
id = "extra"
kind = "yearly"
title = "补充自查"
title_en = "Another check"
opens = 2025-12-01
closes = 2025-12-10
bulletins = []
fields = ["XM"]
source = "测试"

[campaign.cohort]
entry_years = [2024]
levels = ["本科"]
statuses = ["注册学籍"]
"""


def school_with(tmp_path: Path, campaigns: str, last_day: str = "04-30") -> School:
    """The first school with only these campaigns, and a final check that ends on that day."""
    folder = tmp_path / "nchu"
    shutil.copytree(nchu_folder(), folder)
    shutil.copy(nchu_folder().parents[1] / "holidays.toml", folder)
    (folder / "campaigns.toml").write_text(campaigns, encoding="utf-8")
    policy = (folder / "policy.toml").read_text(encoding="utf-8")
    assert policy.count('last_day = "04-30"') == 1
    amended = policy.replace('last_day = "04-30"', f'last_day = "{last_day}"')
    (folder / "policy.toml").write_text(amended, encoding="utf-8")
    return load_school(folder)


def faults(tmp_path: Path, campaigns: str) -> list[str]:
    """The faults of these campaigns."""
    with pytest.raises(PolicyFaults) as caught:
        school_with(tmp_path, campaigns)
    assert all(fault.file.endswith("campaigns.toml") and fault.line for fault in caught.value.faults)
    return [fault.says for fault in caught.value.faults]


def the(school: School, id: str) -> CampaignPlan:
    """The campaign of that id."""
    plan = school.campaign(id)
    assert plan is not None
    return plan


def test_a_final_check_ends_with_the_last_day_of_the_policy(nchu: School) -> None:
    """Nobody writes the day twice: it is that of the final check, and the graduates follow from it."""
    plan = the(nchu, "final-2028")
    assert (plan.kind, plan.title) == ("final", "2028年毕业离校前最后一次学籍信息自查")
    assert plan.opens == datetime(2028, 4, 1, tzinfo=SHANGHAI)
    assert plan.closes == datetime(2028, 4, 30, 23, 59, 59, tzinfo=SHANGHAI)
    assert plan.colleges_close == datetime(2028, 5, 10, 23, 59, 59, tzinfo=SHANGHAI)
    assert (plan.cohort.graduates_since, plan.cohort.graduates_until) == (date(2028, 5, 1), date(2029, 4, 30))


def test_years_of_entry_are_counted_back(nchu: School) -> None:
    """Freshmen are those of the year; the yearly check is for whoever entered before."""
    assert the(nchu, "freshman-2026").cohort.entry_years == (2026,)
    assert the(nchu, "yearly-2026").cohort.entry_years == (2021, 2022, 2023, 2024, 2025)


def test_what_the_school_announces_wins(nchu: School) -> None:
    """The notice of 2024 stands as it is; the template speaks for the other years."""
    assert the(nchu, "freshman-2024") is nchu.campaigns[0]
    assert the(nchu, "freshman-2025").source != nchu.campaigns[0].source


@pytest.mark.parametrize("id", ["final", "final-", "final-28", "final-1999", "final-20280", "other-2028", ""])
def test_no_other_name_is_a_campaign(nchu: School, id: str) -> None:
    """A year without a template, a template without a year, or neither: nothing is made up."""
    assert nchu.campaign(id) is None


def test_a_check_may_begin_before_new_year(tmp_path: Path) -> None:
    """Its year is that of its end; what lies behind the end in the calendar belongs to the year before."""
    plan = the(school_with(tmp_path, WINTER), "winter-2028")
    assert plan.opens == datetime(2027, 12, 10, tzinfo=SHANGHAI)
    assert plan.closes == datetime(2028, 4, 30, 17, tzinfo=SHANGHAI)
    assert plan.bulletins == (date(2027, 12, 20), date(2028, 4, 20))
    assert plan.colleges_close == datetime(2028, 5, 7, 23, 59, 59, tzinfo=SHANGHAI)


def test_a_final_check_from_december_to_may_follows_the_policy(tmp_path: Path) -> None:
    """With 31 May as the policy's last day the template says only when it begins."""
    template = WINTER.replace('last = "04-30"\nlast_at = 17:00:00\n', "", 1).replace("05-07", "06-07")
    plan = the(school_with(tmp_path, template, last_day="05-31"), "winter-2028")
    assert (plan.opens.date(), plan.closes.date()) == (date(2027, 12, 10), date(2028, 5, 31))
    assert (plan.cohort.graduates_since, plan.cohort.graduates_until) == (date(2028, 6, 1), date(2029, 5, 31))


def test_who_graduates_on_29_february_has_one_last_check(tmp_path: Path) -> None:
    """Where it ends on 28 February the day after belongs to it, leap year or not; no day is lost or taken twice."""
    template = WINTER.replace("04-30", "02-28").replace("04-20", "02-20").replace("05-07", "03-07")
    school = school_with(tmp_path, template, last_day="02-28")
    spans = [the(school, f"winter-{year}").cohort for year in range(2027, 2031)]
    assert (spans[1].graduates_since, spans[0].graduates_since) == (date(2028, 2, 29), date(2027, 3, 1))
    for one, following in pairwise(spans):
        assert one.graduates_until and one.graduates_until + timedelta(days=1) == following.graduates_since


def test_colleges_may_have_time_into_the_next_year(tmp_path: Path) -> None:
    """Their deadline never comes before the students'."""
    plan = the(school_with(tmp_path, AUTUMN), "autumn-2028")
    assert plan.closes == datetime(2028, 12, 28, 17, tzinfo=SHANGHAI)
    assert plan.colleges_close == datetime(2029, 1, 5, 23, 59, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("today", "ids"),
    [
        (date(2024, 10, 30), ["yearly-2024", "final-2025"]),
        (date(2024, 11, 7), ["yearly-2024", "final-2025"]),
        (date(2024, 11, 8), ["final-2025", "freshman-2025", "yearly-2025"]),
        (date(2025, 4, 30), ["final-2025", "freshman-2025", "yearly-2025"]),
        (date(2025, 5, 1), ["freshman-2025", "yearly-2025", "final-2026"]),
    ],
)
def test_what_comes_next_is_offered(nchu: School, today: date, ids: list[str]) -> None:
    """Each template's running campaign until its last day, then the next one; announced ones stand elsewhere."""
    assert [plan.id for plan in nchu.coming(today)] == ids


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('first = "12-10"', 'first = "02-29"', "must be a day of every year"),
        ('title_en = "Last check of {year}"', 'title_en = "Last check"', "must name the {year}"),
        ('first = "12-10"', 'first = "02-30"', "must be a day of every year"),
        ('last = "04-30"', 'last = "02-29"', "must be a day of every year"),
        ('bulletins = ["12-20"', 'bulletins = ["06-20"', "a bulletin falls outside the window"),
        ('last = "04-30"\nlast_at = 17:00:00\n', "last_at = 17:00:00\n", "needs last beside it"),
        ('last = "04-30"', 'last = "04-29"', "[final_check] says another last day"),
        ('last = "04-30"', 'last = "05-06"', "[final_check] says another last day"),
        ("last_check = true", "last_check = true\nentered_years_ago = [-1]", "years ago are 0 to 20"),
        ("last_check = true", "last_check = true\nentered_years_ago = [2028]", "years ago are 0 to 20"),
        ('kind = "final"', 'kind = "monthly"', "unknown"),
        ('kind = "final"', 'kind = "yearly"', "is for a final campaign"),
        ('fields = ["XM"]', 'fields = ["YM"]', "unknown"),
        ('statuses = ["注册学籍"]', "statuses = []", "must name an enrolment status"),
        ("last_check = true", "last_check = true\nentry_years = [2024]", "unknown key"),
        ('source = "测试"', 'source = "测试"\nopens = 2027-12-10', "unknown key"),
    ],
)
def test_a_template_is_read_strictly(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Whatever does not fit is a fault with its file and line before anything starts."""
    assert old in WINTER
    with pytest.raises(PolicyFaults) as caught:
        school_with(tmp_path, WINTER.replace(old, new))
    assert any(words in fault.says for fault in caught.value.faults), caught.value.faults
    assert all(fault.file.endswith("campaigns.toml") and fault.line for fault in caught.value.faults)


def test_two_templates_of_one_kind_do_not_take_the_same_students(tmp_path: Path) -> None:
    """What overlaps in time and cohort is found, whichever year it is."""
    with pytest.raises(PolicyFaults, match="overlaps"):
        school_with(tmp_path, WINTER + WINTER.replace('id = "winter"', 'id = "spring"'))


@pytest.mark.parametrize(("turned", "id"), [(False, "autumn-2025"), (True, "other-2027")])
def test_templates_that_meet_across_new_year_are_found(tmp_path: Path, turned: bool, id: str) -> None:
    """One that ends in January meets the autumn before it, though that bears another year's name."""
    other = WINTER.replace('id = "winter"', 'id = "other"').replace('kind = "final"', 'kind = "yearly"')
    other = other.replace("last_check = true", "entered_years_ago = [1, 2]").replace("12-10", "12-20")
    other = other.replace("04-30", "01-10").replace("04-20", "01-05").replace("05-07", "01-20")
    says = faults(tmp_path, other + AUTUMN if turned else AUTUMN + other)
    assert len(says) == 1 and f"overlaps {id}" in says[0]


def test_what_is_announced_beside_a_template_does_not_overlap_it(tmp_path: Path) -> None:
    """A student would be in two checks of one kind at once; by the template's name it stands in for it."""
    says = faults(tmp_path, ANNOUNCED + AUTUMN)
    assert len(says) == 1 and "overlaps autumn-2025 of a template" in says[0]
    shutil.rmtree(tmp_path / "nchu")
    school = school_with(tmp_path, ANNOUNCED.replace("extra", "autumn-2025") + AUTUMN)
    assert the(school, "autumn-2025").title == "补充自查"


def test_what_takes_a_templates_name_is_of_its_kind(tmp_path: Path) -> None:
    """Nobody opens the yearly check of 2025 and finds that it is one of freshmen."""
    other = ANNOUNCED.replace("extra", "autumn-2025").replace('"yearly"', '"freshman"')
    says = faults(tmp_path, other + AUTUMN)
    assert len(says) == 1 and "its template is of the kind yearly" in says[0]


def test_years_whose_holidays_nobody_entered_are_named(tmp_path: Path) -> None:
    """Of every day that the plan has, the colleges' own last day too."""
    school = school_with(tmp_path, AUTUMN)
    assert school.unknown_years(the(school, "autumn-2025")) == ()
    assert school.unknown_years(the(school, "autumn-2026")) == (2027,)
    assert school.unknown_years(the(school, "autumn-2027")) == (2027, 2028)


@pytest.mark.parametrize(
    ("last", "last_day", "says"),
    [
        ("04-20", "04-30", "template[1].last：与 [final_check] 的截止日 04-30 不一致；不写，即以它为准"),
        ("04-20", "04-31", 'final_check.last_day：应为每年都有的月日，如 "04-30"'),
        ("", "04-31", 'final_check.last_day：应为每年都有的月日，如 "04-30"'),
    ],
)
def test_one_slip_about_the_last_day_is_one_fault(
    tmp_path: Path, last: str, last_day: str, says: str
) -> None:
    """A day that cannot be read is compared with nothing, and one that differs is told once."""
    ends = f'last = "{last}"\n' if last else ""
    with pytest.raises(PolicyFaults) as caught:
        school_with(tmp_path, WINTER.replace('last = "04-30"\nlast_at = 17:00:00\n', ends), last_day)
    assert [fault.says.partition(" / ")[0] for fault in caught.value.faults] == [says]


def test_without_a_final_check_a_template_says_its_end(tmp_path: Path, nchu: School) -> None:
    """There is no last day to take it from."""
    folder = tmp_path / "nchu"
    shutil.copytree(nchu_folder(), folder)
    shutil.copy(nchu_folder().parents[1] / "holidays.toml", folder)
    policy = (folder / "policy.toml").read_text(encoding="utf-8")
    part = policy[policy.index("[final_check]") : policy.index("# 哪类自查期满")]
    (folder / "policy.toml").write_text(policy.replace(part, ""), encoding="utf-8")
    with pytest.raises(PolicyFaults, match=r"has no \[final_check\]"):
        load_school(folder)
