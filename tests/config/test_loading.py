"""A school's files are read strictly: every fault at once, with file and line, and then nothing is loaded."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from config.calendar import SHANGHAI
from config.policy import Fault, PolicyFaults, School, load_school
from config.settings import ROOT

NCHU = ROOT / "config" / "schools" / "nchu"
FILES = ("school.toml", "policy.toml", "campaigns.toml", "calendar.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's files, to be spoilt."""
    copy = tmp_path / "copy"
    shutil.copytree(NCHU, copy)
    return copy


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the one place where a text stands; returns its line."""
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path) -> tuple[Fault, ...]:
    """What is wrong with the files of a folder."""
    with pytest.raises(PolicyFaults) as caught:
        load_school(folder)
    return caught.value.faults


def test_the_first_school_is_clean(nchu: School) -> None:
    """What is shipped loads, with its names, six fields and the status line."""
    assert (nchu.slug, nchu.title) == ("nchu", "南昌航空大学")
    assert [field.code for field in nchu.fields] == ["XM", "XB", "SFZH", "CSRQ", "XH", "PHOTO"]
    assert (nchu.status_field.code, nchu.status_field.claimable) == ("XJZT", False)
    assert {field.code for field in nchu.fields if field.group == "document"} == {"SFZH", "CSRQ", "XB"}


def test_the_freshman_campaign_is_the_one_of_the_notice(nchu: School) -> None:
    """Both ends belong to the window, the bulletins are two, and top-up students are in the cohort."""
    (plan,) = nchu.campaigns

    assert plan.opens == datetime(2024, 10, 23, tzinfo=SHANGHAI)
    assert plan.closes == datetime(2024, 11, 7, 23, 59, 59, tzinfo=SHANGHAI)
    assert plan.bulletins == (date(2024, 10, 30), date(2024, 11, 6))
    assert plan.cohort.entry_years == (2024,)
    assert plan.cohort.levels == ("本科", "专升本")
    assert set(plan.cohort.statuses) == set(nchu.policy.enrolled_statuses)
    assert plan.fields == tuple(field.code for field in nchu.fields)


def test_the_policy_carries_what_others_need(nchu: School) -> None:
    """Limits for papers, periods and the reviewers' codes come from the school's file, not from code."""
    policy = nchu.policy

    assert policy.undo_minutes == 10
    assert policy.hold_minutes > 0
    assert policy.dispute_days > 0
    assert policy.intake.kinds == ("JPEG", "PNG")
    assert (policy.max_bytes, policy.max_pixels) == (policy.intake.max_bytes, policy.intake.max_pixels)
    assert {refusal.kind_zh for refusal in policy.refusals} == {"不予受理", "驳回"}
    assert policy.causes["photo"].zh and policy.evidence_kinds["id_card"].en
    assert not set(policy.enrolled_statuses) & set(policy.left_statuses)


def test_the_registration_day_is_known_for_the_calendars_years_only(nchu: School) -> None:
    """A year that the calendar does not have is not guessed."""
    assert nchu.registered_on(date(2024, 9, 15)) == date(2024, 10, 15)
    assert nchu.registered_on(date(2023, 9, 15)) is None


def test_the_digest_follows_every_byte_of_the_files(nchu: School, folder: Path) -> None:
    """A comment changed is another text; the same bytes in another place are the same text."""
    assert load_school(folder).digest == nchu.digest
    assert load_school(folder).text == nchu.text

    with (folder / "calendar.toml").open("a", encoding="utf-8") as file:
        file.write("# 已确认\n")

    assert load_school(folder).digest != nchu.digest


# -- each fault -----------------------------------------------------------------------------------------

CAMPAIGN_TWICE = """
[[campaign]]
id = "again-2024"
kind = "freshman"
title = "再来一次"
title_en = "once more"
opens = 2024-11-07T23:59:59
closes = 2024-11-20
bulletins = []
fields = ["XM"]
source = "测试"
[campaign.cohort]
entry_years = []
levels = ["专升本"]
statuses = ["休学"]
"""

SPOILT = [
    # file, what stands there, what is written instead, words of the fault
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "LEFT", loudly = true }', "unknown key"),
    ("policy.toml", 'when = { standing = "left" }', 'when = { mood = "left" }', "unknown key"),
    ("policy.toml", "hold_minutes = 30", 'hold_minutes = 30\nmood = "good"', "unknown key"),
    ("policy.toml", "hold_minutes = 30", 'hold_minutes = "30"', "a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = 30.0", "a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = true", "a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = -1", "must not be negative"),
    ("policy.toml", "max_pixels = 20000000", "max_pixels = 0", "must be positive"),
    ("policy.toml", 'kinds = ["JPEG", "PNG"]', 'kinds = ["JPEG", "PDF"]', "unknown"),
    ("policy.toml", 'kinds = ["JPEG", "PNG"]', "kinds = []", "must name a kind"),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "04-31"', "a day of every year"),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "02-29"', "a day of every year"),
    ("policy.toml", 'deems = ["final"]', 'deems = ["finale"]', "unknown"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = ["休学"]', "named twice"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = "保留入学资格"', "must be a list"),
    ("policy.toml", 'retained = ["保留入学资格"]', "retained = [1]", "must be a text"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = [""]', "must not be empty"),
    ("policy.toml", "valid_from = 2024-09-01\n", "", "valid_from is missing"),
    ("policy.toml", "valid_from = 2024-09-01", 'valid_from = "2024-09-01"', "must be a date"),
    ("policy.toml", 'default_office = "registrar"', 'default_office = "canteen"', "unknown"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "GONE" }', "unknown"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "LEFT", warn = "x" }', "exactly one"),
    ("policy.toml", 'then = { refuse = "LEFT" }', "then = {}", "exactly one"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = "LEFT"', "no table"),
    ("policy.toml", 'then = { refuse = "LEFT" }', "then = { refuse = 1 }", "must be a text"),
    ("policy.toml", '{ route = "registrar", code', '{ route = "canteen", code', "unknown"),
    ("policy.toml", 'add_step = "check", office = "registrar"', 'add_step = "check", office = ""', "empty"),
    ("policy.toml", '{ add_step = "platform", office', '{ add_step = "dance", office', "unknown"),
    ("policy.toml", 'instead = ["police_paper"], code', 'instead = ["napkin"], code', "unknown"),
    ("policy.toml", 'instead = ["police_paper"], code', 'instead = ["household_book"], code', "for itself"),
    ("policy.toml", 'when = { standing = "left" }', 'when = { standing = "lost" }', "unknown"),
    ("policy.toml", 'when = { standing = "left" }', "when = {}", "for everybody"),
    ("policy.toml", 'when = { standing = "left" }', 'when = "left"', "must be a table"),
    ("policy.toml", 'when = { before = "registration" }', 'when = { before = "breakfast" }', "unknown"),
    ("policy.toml", "final_check_months_ahead = 6", 'final_check_months_ahead = "6"', "a whole number"),
    ("policy.toml", 'filed_by_other_than = ["student"]', 'filed_by_other_than = ["robot"]', "unknown"),
    ("policy.toml", '"CSRQ"], cause = ["legal_change"] }', '"SHOE"], cause = ["legal_change"] }', "unknown"),
    ("policy.toml", '"CSRQ"], cause = ["legal_change"] }', '"CSRQ"], cause = ["whim"] }', "unknown"),
    ("policy.toml", "when = { claimable = false }", 'when = { claimable = "no" }', "true or false"),
    ("policy.toml", "{filed_by}不能代办", "{nobody}不能代办", "a fact that this rule does not have"),
    ("policy.toml", "{filed_by}不能代办", "{field}不能代办", "a fact that this rule does not have"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by不能代办", "braces"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by!r}不能代办", "braces"),
    ("policy.toml", 'id = "filing.status"', 'id = "filing.left"', "named twice"),
    ("policy.toml", '"steps.check"\nactions = ["raise"]', '"steps.check"\nactions = ["sing"]', "unknown"),
    ("policy.toml", 'remedy = "请学生本人登录后办理。"\n', "", "what to do instead"),
    ("policy.toml", '"record_is_right"\nkind = "refused"', '"record_is_right"\nkind = "no"', "unknown"),
    ("school.toml", 'code = "XH"', 'code = "SHOE"', "unknown"),
    ("school.toml", 'code = "XH"', 'code = "XM"', "named twice"),
    ("school.toml", 'causes = ["photo"]', 'causes = ["whim"]', "unknown"),
    ("school.toml", 'causes = ["photo"]', 'claimable = false\ncauses = ["photo"]', "only a field with"),
    ("school.toml", 'causes = ["photo"]', "", "only a field with causes"),
    ("school.toml", 'slug = "nchu"', "", "slug is missing"),
    ("school.toml", "[status_field]", "[status_row]", "unknown key"),
    ("campaigns.toml", "opens = 2024-10-23", "opens = 2024-11-08", "closes before it opens"),
    (
        "campaigns.toml",
        "closes = 2024-11-07T23:59:59",
        "closes = 2024-11-07T23:59:59\ncolleges_close = 2024-11-06",
        "the colleges' deadline comes before the students'",
    ),
    ("campaigns.toml", "entry_years = [2024]",
     "entry_years = [2024]\ngraduates_since = 2028-07-02\ngraduates_until = 2028-07-01", "after the last"),
    ("campaigns.toml", "entry_years = [2024]", "entry_years = [2024]\ngraduates_since = 2028", "a date"),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "04-30"\ngrace_minutes = -1', "must not be negative"),
    ("policy.toml", "supplement_working_days = 5", "supplement_working_days = -5", "must not be negative"),
    ("campaigns.toml", "opens = 2024-10-23", 'opens = "2024-10-23"', "a date or a moment"),
    ("campaigns.toml", "2024-10-30, 2024-11-06", "2024-10-30, 2024-11-08", "outside the window"),
    ("campaigns.toml", "2024-10-30, 2024-11-06", "2024-10-30, 2024-10-30", "something twice"),
    ("campaigns.toml", 'kind = "freshman"', 'kind = "freshmen"', "unknown"),
    ("campaigns.toml", '"XH", "PHOTO"]', '"XH", "MZ"]', "unknown"),
    ("campaigns.toml", "entry_years = [2024]", "entry_years = [2024, 2025]", "no registration for"),
    ("campaigns.toml", '"暂缓注册"]', '"在逃"]', "unknown"),
    ("campaigns.toml", '["注册学籍", "休学", "保留学籍", "暂缓注册"]', "[]", "must name an enrolment status"),
    ("calendar.toml", "registered_on = 2024-10-15", "registered_on = 2026-10-15", "entry year or the next"),
    ("campaigns.toml", "[campaign.cohort]", "cohort = 1", "must be a table"),
    ("calendar.toml", "[[registration]]", "[registration]", "must be an array"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), SPOILT)
def test_a_fault_is_named_with_file_and_line(folder: Path, file: str, old: str, new: str, words: str) -> None:
    """Whatever a registrar mistypes is found where it stands, or in the table that it belongs to."""
    line = spoil(folder, file, old, new)
    first, last = around(folder / file, line)
    found = faults(folder)

    assert any(
        fault.file == f"copy/{file}" and words in fault.says and first <= fault.line <= last
        for fault in found
    ), found


def around(file: Path, line: int) -> tuple[int, int]:
    """The first and last line of the table in which a line stands; before all tables, the top of the file."""
    lines = file.read_text(encoding="utf-8").split("\n")
    tables = [n for n, text in enumerate(lines, start=1) if text.startswith("[")]
    return (
        max((n for n in tables if n <= line), default=1),
        min((n - 1 for n in tables if n > line), default=len(lines)),
    )


@pytest.mark.parametrize(
    ("file", "old"),
    [
        ("policy.toml", "hold_minutes = 30"),
        ("campaigns.toml", "closes = 2024-11-07T23:59:59"),
        ("school.toml", 'code = "XH"'),
    ],
)
def test_a_key_is_named_by_its_own_line(folder: Path, file: str, old: str) -> None:
    """Not only the table: the very line."""
    line = spoil(folder, file, old, old.split("=")[0] + "= [[]]")

    assert [(fault.file, fault.line) for fault in faults(folder) if "must be" in fault.says] == [
        (f"copy/{file}", line)
    ]


@pytest.mark.parametrize("table", ["policy.toml", "campaigns.toml", "calendar.toml", "school.toml"])
def test_everything_needs_its_source(folder: Path, table: str) -> None:
    """Every rule, campaign, period, list and day says where it comes from."""
    text = (folder / table).read_text(encoding="utf-8")
    sources = [n for n, line in enumerate(text.split("\n"), start=1) if line.startswith("source = ")]
    (folder / table).write_text(re.sub(r"(?m)^source = .*$", "", text), encoding="utf-8")

    missing = [fault for fault in faults(folder) if "source is missing" in fault.says]
    assert len(missing) == len(sources) > 0


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    """Unknown key, wrong type, unknown field, window turned round, no source, unknown year: one list."""
    lines = {
        ("policy.toml", "unknown key"): spoil(
            folder, "policy.toml", "dispute_days = 30", "dispute_weeks = 4"
        ),
        ("policy.toml", "a whole number"): spoil(
            folder, "policy.toml", "hold_minutes = 30", 'hold_minutes = "x"'
        ),
        ("policy.toml", "source is missing"): spoil(
            folder, "policy.toml", 'source = "通知未作规定，本系统默认由本人办理"', ""
        ),
        ("school.toml", "unknown"): spoil(folder, "school.toml", 'code = "CSRQ"', 'code = "SHOE"'),
        ("campaigns.toml", "closes before"): spoil(
            folder, "campaigns.toml", "closes = 2024-11-07T23:59:59", "closes = 2024-10-22"
        ),
        ("calendar.toml", "must be a whole"): spoil(
            folder, "calendar.toml", "entry_year = 2024", "entry_year = 'x'"
        ),
    }
    found = faults(folder)

    for (file, words), line in lines.items():
        at = [fault.line for fault in found if fault.file == f"copy/{file}" and words in fault.says]
        assert at, (file, words, found)
        first, last = around(folder / file, line)
        assert any(first <= one <= last for one in at), (file, words, at)
    assert str(found[0]).startswith(f"{found[0].file}:{found[0].line}: ")


def test_two_campaigns_of_a_kind_do_not_meet_in_one_student(folder: Path) -> None:
    """The last second of one and the first of the other, for a student who belongs to both, is an overlap."""
    with (folder / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(CAMPAIGN_TWICE)
    (fault,) = faults(folder)
    assert "overlaps freshman-2024" in fault.says

    spoil(folder, "campaigns.toml", "opens = 2024-11-07T23:59:59", "opens = 2024-11-08")
    assert [plan.id for plan in load_school(folder).campaigns] == ["freshman-2024", "again-2024"]


def test_two_campaigns_for_different_students_may_run_side_by_side(folder: Path) -> None:
    """Undergraduates and top-up students can have windows of their own."""
    spoil(folder, "campaigns.toml", '["本科", "专升本"]', '["本科"]')
    with (folder / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(CAMPAIGN_TWICE)

    assert len(load_school(folder).campaigns) == 2


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_is_named(folder: Path, file: str) -> None:
    """Only that file is complained of, not everything that would have stood in it."""
    (folder / file).unlink()

    assert {fault.file for fault in faults(folder)} == {f"copy/{file}"}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_no_toml_is_named_with_its_line(folder: Path, file: str) -> None:
    """The parser's own line is passed on, beside the faults of the other files."""
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(text + "\nthis is nothing\n", encoding="utf-8")
    (found,) = [fault for fault in faults(folder) if fault.file == f"copy/{file}"]

    assert found.line == text.count("\n") + 2


def test_a_file_in_another_encoding_is_named_with_its_line(folder: Path) -> None:
    """GBK text is not read as something else."""
    text = (folder / "school.toml").read_text(encoding="utf-8")
    (folder / "school.toml").write_bytes(text.encode("gb18030"))

    assert [(fault.file, fault.line) for fault in faults(folder)] == [("copy/school.toml", 1)]


def test_an_empty_folder_lacks_four_files(tmp_path: Path) -> None:
    """Nothing is made up for what is not there."""
    assert [fault.file for fault in faults(tmp_path)] == sorted(f"{tmp_path.name}/{file}" for file in FILES)
