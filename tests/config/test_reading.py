"""What stands in a school's files is what the school has: every table and key of them, read whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from config.calendar import SHANGHAI, OwnDay, Registration, Year
from config.policy import (
    CampaignPlan,
    Cohort,
    FieldWords,
    PolicyFaults,
    Refusal,
    Rule,
    School,
    Words,
    kept_school,
    load_school,
)
from config.policy.effects import AddStep, Refuse, Require
from config.policy.predicates import FieldIn, FiledBy, Turning, WithinWindows
from config.policy.words import (
    EVERYDAY,
    FinalCheckDay,
    Intake,
    Periods,
    Silence,
    Statuses,
    StudentAdvice,
    Unsupported,
    Window,
)

FILES = {
    "school.toml": """
slug = "small"
title = "小学校"
title_en = "Small School"
office = [{ code = "registrar", zh = "教务处", en = "registrar" }]
told = [{ zh = "请核对", en = "please check", source = "通知一" }]
[[field]]
code = "XM"
zh = "姓名"
en = "name"
group = "XM"
causes = ["typo"]
[[field]]
code = "BH"
zh = "班号"
en = "class"
claimable = false
[status_field]
code = "XJZT"
zh = "学籍状态"
en = "status"
group = "XJZT"
claimable = false
""",
    "policy.toml": """
valid_from = 2024-09-01
default_office = "registrar"
code = [{ code = "NO", zh = "不行", en = "no" }, { code = "CALENDAR_UNKNOWN", zh = "无历", en = "no calendar" }]
cause = [{ code = "typo", zh = "笔误", en = "slip" }]
evidence = [{ code = "id", zh = "身份证", en = "ID card" }, { code = "book", zh = "户口簿", en = "book" }]
refusal = [{ code = "late", kind = "refused", zh = "太晚", en = "too late" }]
variant = [{ code = "abroad", zh = "在国外", en = "abroad" }]
unsupported = [{ says = "难说", says_en = "hard to say", source = "通知九" }]
[statuses]
enrolled = ["在籍"]
retained = ["保留"]
left = ["离校"]
source = "通知二"
[final_check]
last_day = "04-30"
grace_minutes = 30
source = "通知三"
[silence]
deems = ["final"]
source = "通知四"
[periods]
hold_minutes = 1
undo_minutes = 2
dispute_days = 3
supplement_working_days = 4
source = "通知五"
[intake]
max_bytes = 5
kinds = ["PNG"]
max_pixels = 6
source = "通知六"
[[window]]
id = "days"
zh = "日子"
en = "days"
source = "通知七"
opens = 2024-03-01T08:00:00
closes = 2024-03-10
[[window]]
id = "zone"
zh = "时区"
en = "zone"
source = "通知七"
opens = 2024-03-20
closes = 2024-03-20T10:00:00.5Z
[[window]]
id = "yearly"
zh = "每年"
en = "yearly"
source = "通知七"
first = "09-15"
last = "10-15"
last_at = 17:00:00
[[window]]
id = "months"
zh = "月份"
en = "months"
source = "通知七"
months = [3, 12]
[[window]]
id = "own"
zh = "各人"
en = "own"
source = "通知七"
after = "entry"
for_months = 2
[[window]]
id = "before"
zh = "以前"
en = "before"
source = "通知七"
until = "graduation"
for_days = 9
[[rule]]
id = "one"
source = "通知八"
when = { filed_by_other_than = ["student"], field = ["XM"], before = "registration", outside = ["days", "own"] }
then = { refuse = "NO" }
says = "{field}不行，{filed_by}"
says_en = "no {field_en}, {filed_by_en}; not {field_en}"
remedy = "等{entry_date}"
remedy_en = "wait"
[[rule]]
id = "two"
source = "通知八"
actions = ["raise", "supplement"]
then = { require = "id", instead = ["book"], code = "NO" }
says = "缺"
says_en = "lacks"
remedy = "交"
remedy_en = "bring"
[[rule]]
id = "three"
source = "通知八"
then = { add_step = "check", office = "registrar", working_days = 5, duty = "reviewer", four_eyes = true }
says = "看"
says_en = "look"
""",
    "campaigns.toml": """
[[campaign]]
id = "first"
kind = "freshman"
title = "自查"
title_en = "check"
opens = 2024-10-23T08:00:00
closes = 2024-11-07
bulletins = [2024-10-23, 2024-11-07]
fields = ["XM", "BH", "XJZT"]
source = "通知十"
[campaign.cohort]
entry_years = [2024]
levels = ["本科"]
statuses = ["在籍", "保留", "离校"]
graduates_since = 2028-01-01
graduates_until = 2028-01-01
""",
    "calendar.toml": """
registration = [
  { entry_year = 2024, registered_on = 2024-10-15, source = "校历" },
  { entry_year = 2023, registered_on = 2024-01-05, source = "校历" },
]
day = [{ day = 2024-10-25, works = false, source = "运动会" }]
[[year]]
year = 2025
off = ["01-02"]
work = ["01-05"]
source = "本校"
""",
    "holidays.toml": """
[[year]]
year = 2024
off = ["01-01"]
work = ["02-04"]
source = "国办"
[[year]]
year = 2025
off = ["01-01"]
work = ["01-26"]
source = "国办"
""",
}


def at(*parts: int) -> datetime:
    """A moment in Asia/Shanghai."""
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


@pytest.fixture
def small(tmp_path: Path) -> School:
    """The smallest school with one element of every kind."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load_school(tmp_path)


def test_the_school_is_as_it_is_written(small: School) -> None:
    """Name, offices, fields and the sentences told to every student."""
    assert (small.slug, small.title, small.title_en) == ("small", "小学校", "Small School")
    assert small.offices == {"registrar": Words("registrar", "教务处", "registrar")}
    assert small.told == (StudentAdvice("请核对", "please check", "通知一"),)
    assert small.fields == (
        FieldWords("XM", "姓名", "name", "XM", causes=("typo",)),
        FieldWords("BH", "班号", "class", "BH", claimable=False),
    )
    assert small.status_field == FieldWords("XJZT", "学籍状态", "status", "XJZT", claimable=False)
    assert small.texts == FILES
    assert all("没有用到" in warning.says for warning in small.warnings)


def test_the_policy_is_as_it_is_written(small: School) -> None:
    """Every list and every period."""
    policy = small.policy

    assert (policy.valid_from, policy.default_office) == (date(2024, 9, 1), "registrar")
    assert policy.codes == {
        "NO": Words("NO", "不行", "no"),
        "CALENDAR_UNKNOWN": Words("CALENDAR_UNKNOWN", "无历", "no calendar"),
    }
    assert policy.causes == {"typo": Words("typo", "笔误", "slip")}
    assert list(policy.evidence_kinds.values()) == [
        Words("id", "身份证", "ID card"),
        Words("book", "户口簿", "book"),
    ]
    assert policy.refusals == (Refusal("late", "refused", "太晚", "too late"),)
    assert policy.variants == {"abroad": Words("abroad", "在国外", "abroad")}
    assert policy.unsupported == (Unsupported("难说", "hard to say", "通知九"),)
    assert policy.statuses == Statuses(("在籍",), ("保留",), ("离校",), "通知二")
    assert policy.final_check == FinalCheckDay((4, 30), "通知三", 30)
    assert policy.silence == Silence(("final",), "通知四")
    assert policy.periods == Periods(1, 2, 3, "通知五", 4)
    assert policy.intake == Intake(5, ("PNG",), 6, "通知六")
    assert small.terms.last_day == (4, 30)
    assert small.terms.grace == timedelta(minutes=30)
    assert small.terms.supplement_days == 4
    assert small.terms.groups == {"XM": "XM", "BH": "BH"}


def test_a_school_may_have_no_final_check(tmp_path: Path) -> None:
    """Then there is no last day, no grace, and no rule about them."""
    for name, text in FILES.items():
        start, end = text.find("[final_check]"), text.find("[silence]")
        (tmp_path / name).write_text(text[:start] + text[end:] if start >= 0 else text, encoding="utf-8")
    school = load_school(tmp_path)

    assert school.policy.final_check is None
    assert (school.terms.last_day, school.terms.grace) == (None, timedelta(0))


def test_windows_are_as_they_are_written(small: School) -> None:
    """A day that opens begins with its first second, one that closes ends with its last; a zone is heeded."""
    said = ("通知七",)

    assert dict(small.policy.windows) == {
        "days": Window(
            "days", "日子", "days", *said, opens=at(2024, 3, 1, 8), closes=at(2024, 3, 10, 23, 59, 59)
        ),
        "zone": Window("zone", "时区", "zone", *said, opens=at(2024, 3, 20), closes=at(2024, 3, 20, 18)),
        "yearly": Window(
            "yearly", "每年", "yearly", *said, first=(9, 15), last=(10, 15), last_at=time(17, 0)
        ),
        "months": Window("months", "月份", "months", *said, months=(3, 12)),
        "own": Window("own", "各人", "own", *said, after="entry", for_months=2),
        "before": Window("before", "以前", "before", *said, until="graduation", for_days=9),
    }


def test_rules_are_as_they_are_written(small: School) -> None:
    """What it is asked of, what follows, every sentence, and each fact that they name once."""
    windows = small.policy.windows
    nothing = {"of_question": (), "of_claim": (), "of_time": (), "during": ()}

    assert small.policy.rules == (
        Rule(
            id="one",
            source="通知八",
            actions=EVERYDAY,
            of_question=(FiledBy(frozenset({"student"}), inside=False),),
            of_claim=(FieldIn(frozenset({"XM"})),),
            of_time=(Turning("registration", come=False),),
            during=(WithinWindows((windows["days"], windows["own"]), inside=False),),
            effect=Refuse("NO"),
            says="{field}不行，{filed_by}",
            says_en="no {field_en}, {filed_by_en}; not {field_en}",
            remedy="等{entry_date}",
            remedy_en="wait",
            facts=("field", "filed_by", "field_en", "filed_by_en", "entry_date"),
        ),
        Rule(
            id="two",
            source="通知八",
            actions=("raise", "supplement"),
            effect=Require("id", "NO", ("book",)),
            says="缺",
            says_en="lacks",
            remedy="交",
            remedy_en="bring",
            facts=(),
            **nothing,  # type: ignore[arg-type]
        ),
        Rule(
            id="three",
            source="通知八",
            actions=EVERYDAY,
            effect=AddStep("check", "registrar", 5, "", "reviewer", True),
            says="看",
            says_en="look",
            remedy="",
            remedy_en="",
            facts=(),
            **nothing,  # type: ignore[arg-type]
        ),
    )
    assert [rule.per_claim for rule in small.policy.rules] == [True, True, True]


def test_campaigns_are_as_they_are_written(small: School) -> None:
    """The bulletins of the first and the last day lie in the window; a cohort may graduate on one day."""
    assert small.campaigns == (
        CampaignPlan(
            id="first",
            kind="freshman",
            title="自查",
            title_en="check",
            opens=at(2024, 10, 23, 8),
            closes=at(2024, 11, 7, 23, 59, 59),
            bulletins=(date(2024, 10, 23), date(2024, 11, 7)),
            fields=("XM", "BH", "XJZT"),
            cohort=Cohort((2024,), ("本科",), ("在籍", "保留", "离校"), date(2028, 1, 1), date(2028, 1, 1)),
            source="通知十",
        ),
    )


def test_the_calendar_is_as_it_is_written(small: School) -> None:
    """The school's own account of a year stands in for the country's, which else is valid."""
    assert small.calendar.registrations == (
        Registration(2024, date(2024, 10, 15), "校历"),
        Registration(2023, date(2024, 1, 5), "校历"),
    )
    assert small.calendar.years == (
        Year(2024, ((1, 1),), ((2, 4),), "国办"),
        Year(2025, ((1, 2),), ((1, 5),), "本校"),
    )
    assert small.calendar.days == (OwnDay(date(2024, 10, 25), False, "运动会"),)


def test_a_kept_text_is_the_same_school(small: School) -> None:
    """The Rulebook's bytes give back every value, and the version that they were kept under."""
    kept = kept_school(small.text)

    assert kept == replace(small, warnings=())
    assert (kept.digest, kept.version) == (small.digest, f"2024-09-01:{small.digest}")


def test_a_kept_text_that_cannot_be_read_is_no_school(small: School) -> None:
    """What is lost is named by its file; nothing is made up."""
    spoilt = small.text.replace(b"calendar.toml", b"calendar.text").replace(b"hold_minutes", b"hold_hours")
    with pytest.raises(PolicyFaults) as caught:
        kept_school(spoilt)

    assert [str(fault) for fault in caught.value.faults] == [
        "calendar.toml:1: 没有这个文件或无法读取 / cannot be read",
        "policy.toml:22: periods：缺少 hold_minutes / hold_minutes is missing",
        "policy.toml:23: periods.hold_hours：没有这一项，可用的有 dispute_days、hold_minutes、source、"
        "supplement_working_days、undo_minutes / unknown key",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("school.toml", "office =", "offices =", "school.toml:1: 文件：缺少 [[office]] / [[office]] is missing"),
        ("policy.toml", "[silence]", "[silent]", "policy.toml:1: 文件：缺少 [silence] / [silence] is missing"),
        ("policy.toml", "[[rule]]\nid", "[[regel]]\nid", "policy.toml:1: 文件：缺少 [[rule]] / [[rule]] is missing"),
        ("calendar.toml", "day = [{", "day = [1, {", "calendar.toml:6: day：应写成 [[…]] / must be an array of tables"),
        ("school.toml", 'slug = "small"', "slug = 7", "school.toml:2: slug：应为文字 / must be a text"),
        (
            "campaigns.toml", "[campaign.cohort]", "[campaign.cohort.more]",
            "campaigns.toml:12: campaign[1].cohort.more：没有这一项，"
            "可用的有 entry_years、graduates_since、graduates_until、last_check、levels、pairs、statuses / unknown key",
        ),
        ("holidays.toml", 'off = ["01-01"]\nwork = ["02-04"]', 'off = 1\nwork = ["02-04"]',
         "holidays.toml:4: year[1].off：应为列表 / must be a list"),
    ],
)  # fmt: skip
def test_a_part_that_is_lost_is_named_by_its_place(
    tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    """A table that is needed, one that may be left out and is no table, a value of another kind."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace(old, new) if name == file else text, encoding="utf-8")
    with pytest.raises(PolicyFaults) as caught:
        load_school(tmp_path)

    assert f"{tmp_path.name}/{fault}" in [str(one) for one in caught.value.faults]
