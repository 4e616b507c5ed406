"""A final check for all whose last check it is: the days of graduation come from the policy."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import SHANGHAI
from config.policy import PolicyFaults, load_school
from config.policy.windows import CampaignWindow, final_check, graduates_of
from tests.conftest import nchu_folder

PLAN = """
[[campaign]]
id = "final-2028"
kind = "final"
title = "2028年毕业前最后一次自查"
title_en = "Last check before graduation, 2028"
opens = 2028-04-01
closes = 2028-04-30T23:59:59
bulletins = []
fields = ["XM"]
source = "tests"

[campaign.cohort]
entry_years = []
levels = ["本科", "专升本", "专科"]
statuses = ["注册学籍"]
last_check = true
"""


def school_with(tmp_path: Path, plan: str) -> Path:
    """The first school's folder with one more campaign."""
    folder = tmp_path / "nchu"
    shutil.copytree(nchu_folder(), folder)
    shutil.copy(nchu_folder().parents[1] / "holidays.toml", folder)
    text = (folder / "campaigns.toml").read_text(encoding="utf-8")
    (folder / "campaigns.toml").write_text(text + plan, encoding="utf-8")
    return folder


def test_a_last_check_takes_in_the_winter_graduates(tmp_path: Path) -> None:
    """From the day after one April's last to the next April's last, whatever is studied and however long."""
    cohort = load_school(school_with(tmp_path, PLAN)).campaigns[-1].cohort
    assert (cohort.graduates_since, cohort.graduates_until) == (date(2028, 5, 1), date(2029, 4, 30))
    assert cohort.last_check and cohort.entry_years == ()


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_everybody_has_one_last_check(expected: date) -> None:
    """The days of each year's last check meet without a gap, and hold exactly those whose close is that year's."""
    (year,) = (y for y in range(2018, 2042) if graduates_of(y)[0] <= expected <= graduates_of(y)[1])
    assert final_check(expected).closes == datetime(year, 4, 30, 23, 59, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "final"', 'kind = "yearly"', "is for a final campaign"),
        ("closes = 2028-04-30", "closes = 2028-04-29", "does not hold the final check's last day"),
        ("opens = 2028-04-01", "opens = 2028-05-01", "does not hold the final check's last day"),
        ("last_check = true", "last_check = true\ngraduates_since = 2028-06-01", "either last_check or days"),
        ("last_check = true", 'last_check = "yes"', "true or false"),
    ],
)
def test_what_contradicts_a_last_check_is_a_fault(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Another kind, a window without the last day, days of its own: each is named with its line."""
    with pytest.raises(PolicyFaults) as caught:
        load_school(school_with(tmp_path, PLAN.replace(old, new)))
    assert any(words in fault.says for fault in caught.value.faults), caught.value.faults
    assert all(fault.file.endswith("campaigns.toml") and fault.line for fault in caught.value.faults)


@pytest.mark.parametrize("opens", ["2028-04-01", "2028-04-30"])
def test_a_last_check_may_be_the_last_day_alone(tmp_path: Path, opens: str) -> None:
    """Both ends belong to the window, so a check of that one day holds it."""
    text = PLAN.replace("opens = 2028-04-01", f"opens = {opens}")
    plan = load_school(school_with(tmp_path, text)).campaigns[-1]
    assert plan.opens.date().isoformat() == opens


@pytest.mark.parametrize(("closes", "basis"), [("2027-07-01", "rule"), ("2027-07-02", "campaign")])
def test_a_final_campaign_a_year_ago_was_for_an_earlier_class(closes: str, basis: str) -> None:
    """Twelve months to the day before graduation it belongs to who graduated then; a day later it counts."""
    window = CampaignWindow("final", date(2027, 6, 1), date.fromisoformat(closes))
    assert final_check(date(2028, 7, 1), [window]).basis == basis
