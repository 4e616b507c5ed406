"""What the check says of cohorts of pairs and of the meanings of silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.policy import CohortPair, PolicyFaults, load_school
from tests.conftest import nchu_folder

COHORT = 'entry_years = [2024]\nlevels = ["本科", "专升本"]\n'
PAIRS = 'pairs = [{ level = "本科", entry_year = 2024 }, { level = "专升本", entry_year = 2022 }]\n'
YEARLY = 'entered_years_ago = [0]\nlevels = ["本科", "专升本"]\n'
AGO = 'pairs = [{ level = "本科", entered_years_ago = 0 }, { level = "专升本", entered_years_ago = 2 }]\n'
SECOND = """
[[campaign]]
id = "top-up"
kind = "freshman"
title = "专升本自查"
title_en = "Check of top-up students"
opens = 2024-10-25
closes = 2024-11-01
bulletins = []
fields = ["XM"]
source = "测试"

[campaign.cohort]
{cohort}statuses = ["注册学籍"]
"""
REGISTERED = '\n[[registration]]\nentry_year = 2022\nregistered_on = 2022-09-20\nsource = "测试"\n'
COUNTED = 'deems = []\ndeems_colleges = ["final"]\ncolleges_deem_students = ["final"]\n'


def folder_with(tmp_path: Path, file: str, *changes: tuple[str, str], more: str = "") -> Path:
    """The first school's folder after edits of one file, each text found there once."""
    folder = tmp_path / "nchu"
    shutil.copytree(nchu_folder(), folder)
    said = (folder / file).read_text(encoding="utf-8")
    for before, after in changes:
        assert said.count(before) == 1, before
        said = said.replace(before, after)
    (folder / file).write_text(said + more, encoding="utf-8")
    with (folder / "calendar.toml").open("a", encoding="utf-8") as calendar:
        calendar.write(REGISTERED)
    return folder


def faults(folder: Path) -> list[str]:
    """Every fault of a folder."""
    with pytest.raises(PolicyFaults) as no:
        load_school(folder)
    return [str(fault) for fault in no.value.faults]


def test_pairs_say_who_takes_part_in_a_campaign_and_year_by_year_in_a_template(tmp_path: Path) -> None:
    """In a template they count back from the year of each campaign."""
    school = load_school(folder_with(tmp_path, "campaigns.toml", (COHORT, PAIRS), (YEARLY, AGO)))
    assert school.campaigns[0].cohort.pairs == (CohortPair("本科", 2024), CohortPair("专升本", 2022))
    made = school.campaign("freshman-2031")
    assert made is not None and made.cohort.years == (2029, 2031)
    assert made.cohort.pairs == (CohortPair("本科", 2031), CohortPair("专升本", 2029))


@pytest.mark.parametrize(
    ("cohort", "fault"),
    [
        ('pairs = []\nlevels = ["本科"]\n', "缺少 entry_years"),
        ('levels = ["本科"]\n', "缺少 entry_years"),
        (PAIRS + 'levels = ["本科"]\n', "写了 pairs，就不写入学年份和 levels"),
        (PAIRS + "entry_years = [2024]\n", "写了 pairs，就不写入学年份和 levels"),
        ('pairs = [{ level = "本科" }]\n', "缺少 entry_year"),
        (PAIRS.replace("2022", "2019"), "没有 2019 年入学的注册日期"),
        (PAIRS.replace("2022", "2024").replace("专升本", "本科"), "有重复"),
    ],
)
def test_a_cohort_has_pairs_or_years_and_levels(tmp_path: Path, cohort: str, fault: str) -> None:
    """One way of saying it, whole, once, and with years in which students were registered."""
    found = faults(folder_with(tmp_path, "campaigns.toml", (COHORT, cohort)))
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("cohort", "meets"),
    [
        ('pairs = [{ level = "专升本", entry_year = 2024 }]\n', True),
        ('pairs = [{ level = "专升本", entry_year = 2022 }]\n', False),
        ('pairs = [{ level = "专科", entry_year = 2024 }]\n', False),
        ('entry_years = []\nlevels = ["专升本"]\n', True),
    ],
)
def test_two_checks_at_one_time_have_no_pair_in_common(tmp_path: Path, cohort: str, meets: bool) -> None:
    """A pair meets a cohort of its level and year, and nobody else's."""
    folder = folder_with(tmp_path, "campaigns.toml", more=SECOND.format(cohort=cohort))
    if meets:
        assert any("时间和范围重叠" in one for one in faults(folder))
    else:
        assert len(load_school(folder).campaigns) == 2


@pytest.mark.parametrize(
    ("silence", "fault"),
    [
        (COUNTED, ""),
        (COUNTED.replace('deems_colleges = ["final"]\n', ""), "final 也要写在 deems_colleges 中"),
        (COUNTED.replace("deems = []", 'deems = ["final"]'), "final 已写在 deems 中"),
        (COUNTED.replace('students = ["final"]', 'students = ["last"]'), "不认识 last"),
        (COUNTED + 'told_by = ["page", "monitor"]\n', "不认识 monitor"),
        (COUNTED + 'told_by = ["page", "counsellor", "class_teacher"]\n', ""),
    ],
)
def test_a_silence_has_one_meaning(tmp_path: Path, silence: str, fault: str) -> None:
    """A college's silence counts for its students where it counts at all, and theirs does not count already."""
    folder = folder_with(tmp_path, "policy.toml", ('deems = ["final"]\n', silence))
    if fault:
        assert any(fault in one for one in faults(folder))
    else:
        assert load_school(folder).policy.silence.colleges_deem_students == ("final",)
