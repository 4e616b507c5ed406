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
from tests.config.asking import reads

NCHU = ROOT / "config" / "schools" / "nchu"
FILES = ("school.toml", "policy.toml", "campaigns.toml", "calendar.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's files, to add faults to. Its templates are tested elsewhere."""
    copy = tmp_path / "copy"
    shutil.copytree(NCHU, copy)
    (copy / "notice.toml").unlink()  # it names the templates
    campaigns = copy / "campaigns.toml"
    announced, _, _ = campaigns.read_text(encoding="utf-8").partition("# -- 每年都有的")
    campaigns.write_text(announced, encoding="utf-8")
    return copy


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replace a text that occurs once. Returns its line."""
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path) -> tuple[Fault, ...]:
    """The faults in the files of a folder."""
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
    assert set(plan.cohort.statuses) == set(nchu.policy.statuses.enrolled)
    assert plan.fields == tuple(field.code for field in nchu.fields)


def test_the_policy_carries_what_others_need(nchu: School) -> None:
    """Limits for papers, periods and the reviewers' codes come from the school's file, not from code."""
    policy = nchu.policy

    assert policy.periods.undo_minutes == 10
    assert policy.periods.hold_minutes > 0
    assert policy.periods.dispute_days > 0
    assert policy.intake.kinds == ("JPEG", "PNG")
    assert policy.intake.max_bytes > 0 and policy.intake.max_pixels > 0
    assert {refusal.kind for refusal in policy.refusals} == {"inadmissible", "refused"}
    assert policy.causes["photo"].zh and policy.evidence_kinds["id_card"].en
    assert not set(policy.statuses.enrolled) & set(policy.statuses.left)


def test_the_registration_day_is_known_for_the_calendars_years_only(nchu: School) -> None:
    """A year that the calendar does not have is not guessed."""
    assert nchu.registered_on(date(2024, 9, 15)) == date(2024, 10, 15)
    assert nchu.registered_on(date(2023, 9, 15)) is None


def test_the_digest_follows_every_byte_of_the_files(nchu: School, tmp_path: Path) -> None:
    """A comment changed is another text; the same bytes in another place are the same text."""
    folder = tmp_path / "copy"
    shutil.copytree(NCHU, folder)
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

KEPT_BY = '[[kept_by]]\nsystem = "{}"\ncolumns = [{}]\nsource = "规定"\n\n[status_field]'
"""A school says by which system it goes, before its status field."""

SPOILT = [
    # file, original text, replacement, faults
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "LEFT", loudly = true }',
     "rule[…].then.loudly：没有这一项，可用的有 refuse / unknown key"),
    ("policy.toml", 'when = { standing = "left" }', 'when = { mood = "left" }',
     "rule[…].when.mood：没有这一项，可用的有 before、blank_any、category、…、without / unknown key"),
    ("policy.toml", "hold_minutes = 30", 'hold_minutes = 30\nmood = "good"',
     "periods.mood：没有这一项，可用的有 dispute_days、hold_minutes、source、supplement_working_days、undo_minutes / unknown key"),
    ("policy.toml", "hold_minutes = 30", 'hold_minutes = "30"',
     "periods.hold_minutes：应为整数 / must be a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = 30.0",
     "periods.hold_minutes：应为整数 / must be a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = true",
     "periods.hold_minutes：应为整数 / must be a whole number"),
    ("policy.toml", "hold_minutes = 30", "hold_minutes = -1",
     "periods.hold_minutes：不能小于 0 / must not be negative"),
    ("policy.toml", "max_pixels = 20000000", "max_pixels = 0",
     "intake.max_pixels：应大于 0 / must be positive"),
    ("policy.toml", 'kinds = ["JPEG", "PNG"]', 'kinds = ["JPEG", "PDF"]',
     "intake.kinds：不认识 PDF，可用的有 JPEG、PNG / unknown"),
    ("policy.toml", 'kinds = ["JPEG", "PNG"]', "kinds = []",
     "intake.kinds：至少要有一种图片 / must name a kind of picture"),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "04-31"',
     'final_check.last_day：应为每年都有的月日，如 "04-30" / must be a day of every year, such as "04-30"'),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "02-29"',
     'final_check.last_day：应为每年都有的月日，如 "04-30" / must be a day of every year, such as "04-30"'),
    ("policy.toml", 'deems = ["final"]', 'deems = ["finale"]',
     "silence.deems：不认识 finale，可用的有 freshman、yearly、final / unknown"),
    ("policy.toml", 'deems = ["final"]', 'deems = ["final"]\ndeems_colleges = ["finale"]',
     "silence.deems_colleges：不认识 finale，可用的有 freshman、yearly、final / unknown"),
    ("policy.toml", 'deems = ["final"]', 'deems = ["final"]\ndeems_colleges = "final"',
     "silence.deems_colleges：应为列表 / must be a list"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = ["休学"]',
     "statuses：休学 出现了两次 / named twice"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = "保留入学资格"',
     "statuses.retained：应为列表 / must be a list"),
    ("policy.toml", 'retained = ["保留入学资格"]', "retained = [1]",
     "statuses.retained[1]：应为文字 / must be a text"),
    ("policy.toml", 'retained = ["保留入学资格"]', 'retained = [""]',
     "statuses.retained[1]：不能是空的 / must not be empty"),
    ("policy.toml", "valid_from = 2024-09-01\n", "",
     "文件：缺少 valid_from / valid_from is missing"),
    ("policy.toml", "valid_from = 2024-09-01", 'valid_from = "2024-09-01"',
     "valid_from：应为日期 YYYY-MM-DD / must be a date, YYYY-MM-DD"),
    ("policy.toml", 'default_office = "registrar"', 'default_office = "canteen"',
     "default_office：不认识 canteen，可用的有 registrar、college、province / unknown"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "GONE" }',
     "rule[…].then：不认识 GONE，可用的有 NOT_REGISTERED、ADMISSION_RETAINED、…、SUPPLEMENT_OVER / unknown"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = { refuse = "LEFT", warn = "x" }',
     "rule[…].then：应恰有一个效果：refuse、route、defer、require、add_step、assign、warn、lock、reconfirm、lift / must name exactly one effect"),
    ("policy.toml", 'then = { refuse = "LEFT" }', "then = {}",
     "rule[…].then：应恰有一个效果：refuse、route、defer、require、add_step、assign、warn、lock、reconfirm、lift / must name exactly one effect"),
    ("policy.toml", 'then = { refuse = "LEFT" }', 'then = "LEFT"',
     "rule[…].then：缺少 then，或它不是一个表 / then is missing or no table"),
    ("policy.toml", 'then = { refuse = "LEFT" }', "then = { refuse = 1 }",
     "rule[…].then.refuse：应为文字 / must be a text"),
    ("policy.toml", '{ route = "registrar", code', '{ route = "canteen", code',
     "rule[…].then：不认识 canteen，可用的有 registrar、college、province / unknown"),
    ("policy.toml", 'add_step = "check", office = "registrar"', 'add_step = "check", office = ""',
     "rule[…].then.office：不能是空的 / must not be empty"),
    ("policy.toml", '{ add_step = "platform", office', '{ add_step = "dance", office',
     "rule[…].then：不认识 dance，可用的有 check、approval、…、platform / unknown"),
    ("policy.toml", 'instead = ["police_paper"], code', 'instead = ["napkin"], code',
     "rule[…].then：不认识 napkin，可用的有 id_card、household_book、…、other / unknown"),
    ("policy.toml", 'instead = ["police_paper"], code', 'instead = ["household_book"], code',
     "rule[…].then：替代材料与所需材料相同 / a paper stands in for itself"),
    ("policy.toml", 'when = { standing = "left" }', 'when = { standing = "lost" }',
     "rule[…].when.standing：不认识 lost，可用的有 enrolled、retained、left、other / unknown"),
    ("policy.toml", 'when = { standing = "left" }', "when = {}",
     "rule[…]：没有条件：对所有人都成立 / has no condition: it would hold for everybody"),
    ("policy.toml", 'when = { standing = "left" }', 'when = "left"',
     "rule[…].when：应为一个表 / must be a table"),
    ("policy.toml", 'when = { before = "registration" }', 'when = { before = "breakfast" }',
     "rule[…].when.before：不认识 breakfast，可用的有 entry、registration、…、supplement_over / unknown"),
    ("policy.toml", "final_check_months_ahead = 6", 'final_check_months_ahead = "6"',
     "rule[…].when.final_check_months_ahead：应为整数 / must be a whole number"),
    ("policy.toml", 'filed_by_other_than = ["student"]', 'filed_by_other_than = ["robot"]',
     "rule[…].when.filed_by_other_than：不认识 robot，可用的有 student、officer、…、registrar / unknown"),
    ("policy.toml", '"CSRQ"], cause = ["legal_change"] }', '"SHOE"], cause = ["legal_change"] }',
     "rule[…].when.field：不认识 SHOE，可用的有 XM、…、PHOTO / unknown"),
    ("policy.toml", '"CSRQ"], cause = ["legal_change"] }', '"CSRQ"], cause = ["whim"] }',
     "rule[…].when.cause：不认识 whim，可用的有 admission_error、legal_change、school_data、photo、rendering / unknown"),
    ("policy.toml", "when = { claimable = false }", 'when = { claimable = "no" }',
     "rule[…]：文字中的 {field_en} 在这条规则里没有内容 / names a fact that this rule does not have\n"
     "rule[…]：文字中的 {field} 在这条规则里没有内容 / names a fact that this rule does not have\n"
     "rule[…].when.claimable：应为true 或 false / must be true or false"),
    ("policy.toml", "{filed_by}不能代办", "{nobody}不能代办",
     "rule[…]：文字中的 {nobody} 在这条规则里没有内容 / names a fact that this rule does not have"),
    ("policy.toml", "{filed_by}不能代办", "{field}不能代办",
     "rule[…]：文字中的 {field} 在这条规则里没有内容 / names a fact that this rule does not have"),
    ("policy.toml", "{filed_by}不能代办", "{}不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", "{filed_by}不能代办", "{0}不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by.name}不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by:>9}不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", "{filed_by}不能代办", "{filed_by!r}不能代办",
     "rule[…]：文字中的花括号不成对或写法不对 / the braces in its words do not fit"),
    ("policy.toml", 'id = "filing.status"', 'id = "filing.left"',
     "rule[…]：filing.left 出现了两次 / named twice"),
    ("policy.toml", '"steps.check"\nactions = ["raise"]', '"steps.check"\nactions = ["sing"]',
     "rule[…].actions：不认识 sing，可用的有 raise、confirm、supplement、dispute、reopen / unknown"),
    ("policy.toml", 'remedy = "请学生本人登录后办理。"\n', "",
     "rule[…]：不予接受的规则要说明怎么办（remedy、remedy_en） / must say what to do instead"),
    ("policy.toml", '"record_is_right"\nkind = "refused"', '"record_is_right"\nkind = "no"',
     "refusal[…].kind：不认识 no，可用的有 inadmissible、refused / unknown"),
    ("school.toml", 'code = "XH"', 'code = "SHOE"',
     "campaign[1].fields：不认识 XH，可用的有 XM、XB、…、XJZT / unknown\n"
     "batch[2].fields：不认识 XH，可用的有 XM、…、PHOTO / unknown\n"
     "field[…].code：不认识 SHOE，可用的有 XM、…、PHOTO / unknown"),
    ("school.toml", 'code = "XH"', "code = 1",
     "campaign[1].fields：不认识 XH，可用的有 XM、…、XJZT / unknown\n"
     "batch[2].fields：不认识 XH，可用的有 XM、…、PHOTO / unknown\n"
     "field[…].code：应为文字 / must be a text"),
    ("school.toml", 'causes = ["photo"]', 'claimable = "false"',
     "checklist[4].fields：PHOTO 不会因此有误，永远遇不到 / a claim of PHOTO never has such a cause: it is never met\n"
     "field[…].claimable：应为true 或 false / must be true or false"),
    ("school.toml", 'code = "XH"', 'code = "XM"',
     "campaign[1].fields：不认识 XH，可用的有 XM、XB、…、XJZT / unknown\n"
     "batch[2].fields：不认识 XH，可用的有 XM、…、PHOTO / unknown\n"
     "field[…]：XM 出现了两次 / named twice"),
    ("school.toml", 'causes = ["photo"]', 'causes = ["whim"]',
     "field[…].causes：不认识 whim，可用的有 admission_error、legal_change、school_data、photo、rendering / unknown"),
    ("school.toml", 'causes = ["photo"]', 'claimable = false\ncauses = ["photo"]',
     "field[…]：可提出更正的项目要有原因，其他项目没有 / only a field with causes can be claimed"),
    ("school.toml", 'causes = ["photo"]', "",
     "field[…]：可提出更正的项目要有原因，其他项目没有 / only a field with causes can be claimed"),
    ("school.toml", 'slug = "nchu"', "",
     "文件：缺少 slug / slug is missing"),
    ("school.toml", 'code = "XJZT"', 'code = "SHOE"',
     "status_field.code：不认识 SHOE，可用的有 XM、…、PHOTO / unknown"),
    ("school.toml", "[status_field]", "[status_row]",
     "文件：缺少 [status_field] / [status_field] is missing\n"
     "status_row：没有这一项，可用的有 field、kept_by、…、told / unknown key"),
    ("campaigns.toml", "opens = 2024-10-23", "opens = 2024-11-08",
     "campaign[1].closes：截止早于开始 / closes before it opens\n"
     "campaign[1].bulletins：通报日 2024-10-30 不在活动期间 / a bulletin falls outside the window\n"
     "campaign[1].bulletins：通报日 2024-11-06 不在活动期间 / a bulletin falls outside the window"),
    ("campaigns.toml", "closes = 2024-11-07T23:59:59",
     "closes = 2024-11-07T23:59:59\ncolleges_close = 2024-11-06",
     "campaign[1].colleges_close：学院的截止早于学生的截止 / "
     "the colleges' deadline comes before the students'"),
    ("campaigns.toml", "entry_years = [2024]", "entry_years = [2024]\ngraduates_since = 2028-07-02\ngraduates_until = 2028-07-01",
     "campaign[1].cohort：预计毕业日期的起止颠倒 / graduates since a day after the last"),
    ("campaigns.toml", "entry_years = [2024]", "entry_years = [2024]\ngraduates_since = 2028",
     "campaign[1].cohort.graduates_since：应为日期 YYYY-MM-DD / must be a date, YYYY-MM-DD"),
    ("policy.toml", 'last_day = "04-30"', 'last_day = "04-30"\ngrace_minutes = -1',
     "final_check.grace_minutes：不能小于 0 / must not be negative"),
    ("policy.toml", "supplement_working_days = 5", "supplement_working_days = -5",
     "periods.supplement_working_days：不能小于 0 / must not be negative"),
    ("campaigns.toml", "opens = 2024-10-23", 'opens = "2024-10-23"',
     "campaign[1].opens：应为日期或时刻 / must be a date or a moment"),
    ("campaigns.toml", "2024-10-30, 2024-11-06", "2024-10-30, 2024-11-08",
     "campaign[1].bulletins：通报日 2024-11-08 不在活动期间 / a bulletin falls outside the window"),
    ("campaigns.toml", "2024-10-30, 2024-11-06", "2024-10-30, 2024-10-30",
     "campaign[1].bulletins：有重复 / names something twice"),
    ("campaigns.toml", 'kind = "freshman"', 'kind = "freshmen"',
     "campaign[1].kind：不认识 freshmen，可用的有 freshman、yearly、final / unknown"),
    ("campaigns.toml", '"XH", "PHOTO"]', '"XH", "MZ"]',
     "campaign[1].fields：不认识 MZ，可用的有 XM、XB、…、XJZT / unknown"),
    ("campaigns.toml", "entry_years = [2024]", "entry_years = [2024, 2025]",
     "campaign[1].cohort：calendar.toml 中没有 2025 年入学的注册日期 / calendar.toml has no registration for entry year 2025"),
    ("campaigns.toml", '"暂缓注册"]', '"在逃"]',
     "campaign[1].cohort：不认识 在逃，可用的有 注册学籍、休学、…、取消入学资格 / unknown"),
    ("campaigns.toml", '["注册学籍", "休学", "保留学籍", "暂缓注册"]', "[]",
     "campaign[1].cohort：至少要有一种学籍状态 / must name an enrolment status"),
    ("calendar.toml", "registered_on = 2024-10-15", "registered_on = 2026-10-15",
     "registration[1].registered_on：2024 年入学的注册日期应在当年或次年 / must lie in the entry year or the next"),
    ("campaigns.toml", "[campaign.cohort]", "cohort = 1",
     "campaign[1].cohort：应为一个表 / must be a table\n"
     "campaign[1].entry_years：没有这一项，可用的有 bulletins、closes、…、title_en / unknown key\n"
     "campaign[1].levels：没有这一项，可用的有 bulletins、closes、…、title_en / unknown key\n"
     "campaign[1].statuses：没有这一项，可用的有 bulletins、closes、…、title_en / unknown key"),
    ("school.toml", "[status_field]", KEPT_BY.format("paper", '"BH"'),
     "kept_by[1].system：不认识 paper，可用的有 school、platform / unknown"),
    ("school.toml", "[status_field]", KEPT_BY.format("school", '"BH", "GPA"'),
     "kept_by[1].columns：不认识 GPA，可用的有 XM、XMPY、…、PHOTO / unknown"),
    ("school.toml", "[status_field]", KEPT_BY.format("school", '"BH", "BH"'),
     "kept_by[1].columns：有重复 / names something twice"),
    ("calendar.toml", "[[registration]]", "[registration]",
     "registration：应写成 [[…]] / must be an array of tables"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "says"), SPOILT)
def test_a_fault_is_named_with_file_and_line(folder: Path, file: str, old: str, new: str, says: str) -> None:
    """Whatever a registrar mistypes is found where it stands, or in the table that it belongs to; nothing else is."""
    line = spoil(folder, file, old, new)
    first, last = around(folder / file, line)
    found = faults(folder)

    assert reads("\n".join(fault.says for fault in found), says)
    assert any(fault.file == f"copy/{file}" and first <= fault.line <= last for fault in found)


def around(file: Path, line: int) -> tuple[int, int]:
    """The first and last line of the table around a line. Before all tables: the top of the file."""
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
    assert str(PolicyFaults(found)).split("\n") == [f"{one.file}:{one.line}: {one.says}" for one in found]


@pytest.mark.parametrize("deadline", ["", "\ncolleges_close = 2024-11-07T23:59:59"])
def test_where_a_colleges_silence_counts_it_has_time_to_speak(folder: Path, deadline: str) -> None:
    """A campaign of such a kind needs a deadline for the colleges behind the students'; the fault names its line."""
    closes = "closes = 2024-11-07T23:59:59"
    spoil(folder, "policy.toml", 'deems = ["final"]', 'deems = ["final"]\ndeems_colleges = ["freshman"]')
    spoil(folder, "campaigns.toml", closes, closes + deadline)
    (fault,) = faults(folder)
    text = (folder / "campaigns.toml").read_text(encoding="utf-8")
    assert (fault.file, fault.line) == ("copy/campaigns.toml", text.partition("kind = ")[0].count("\n") + 1)
    assert "colleges_close" in fault.says and "colleges_last" in fault.says

    spoil(folder, "campaigns.toml", closes + deadline, f"{closes}\ncolleges_close = 2024-11-10")
    school = load_school(folder)
    assert school.policy.silence.deems_colleges == ("freshman",)


def test_two_campaigns_of_a_kind_do_not_meet_in_one_student(folder: Path) -> None:
    """The last second of one and the first of the other, for a student who belongs to both, is an overlap."""
    with (folder / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(CAMPAIGN_TWICE)
    (fault,) = faults(folder)
    assert fault.says.startswith("campaign[2]：") and "overlaps freshman-2024" in fault.says

    spoil(folder, "campaigns.toml", "opens = 2024-11-07T23:59:59", "opens = 2024-11-08")
    assert [plan.id for plan in load_school(folder).campaigns] == ["freshman-2024", "again-2024"]


def test_two_campaigns_for_different_students_may_run_side_by_side(folder: Path) -> None:
    """Undergraduates and top-up students can have windows of their own."""
    spoil(folder, "campaigns.toml", '["本科", "专升本"]', '["本科"]')
    with (folder / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(CAMPAIGN_TWICE)

    assert len(load_school(folder).campaigns) == 2


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("graduates_until = 2028-07-01", "graduates_since = 2028-07-01", True),
        ("graduates_since = 2028-07-01", "graduates_until = 2028-07-01", True),
        ("graduates_until = 2028-06-30", "graduates_since = 2028-07-01", False),
        ("graduates_since = 2028-07-01", "graduates_until = 2028-06-30", False),
        ("graduates_since = 2028-07-01", "graduates_since = 2029-07-01", True),
        ("", "graduates_until = 2028-06-30", True),
    ],
)
def test_two_campaigns_may_be_told_apart_by_the_day_of_graduation(
    folder: Path, one: str, other: str, meet: bool
) -> None:
    """Who graduates on the day that ends one cohort and begins the other would be in both."""
    spoil(folder, "campaigns.toml", "entry_years = [2024]", f"entry_years = [2024]\n{one}")
    with (folder / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(CAMPAIGN_TWICE + other)
    if not meet:
        assert len(load_school(folder).campaigns) == 2
        return

    assert [fault.says for fault in faults(folder)] == [
        "campaign[2]：与同类活动 freshman-2024 的时间和范围重叠 / overlaps freshman-2024 in time and cohort"
    ]


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


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("deep = " + "[" * 5000 + "]" * 5000, "嵌套过深"),
        ("deep = " + "{a = " * 3000 + "1" + "}" * 3000, "嵌套过深"),
        ("long = " + "9" * 5000, "数太长"),
    ],
    ids=["deep list", "deep table", "long number"],
)
def test_a_file_that_no_reader_can_hold_is_named(folder: Path, file: str, line: str, says: str) -> None:
    """Nesting without end and numbers without end are faults of the file and not of ours."""
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(f"{line}\n{text}", encoding="utf-8")
    (found,) = [fault for fault in faults(folder) if fault.file == f"copy/{file}"]

    assert says in found.says


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("policy.toml", "hold_minutes = ", "hold_minutes = 999999999999 # ", "数太大，最大 527040"),
        ("policy.toml", "dispute_days = ", "dispute_days = 999999999 # ", "数太大，最大 10000"),
        ("policy.toml", "max_bytes = ", f"max_bytes = {10**18} # ", "数太大，最大 1000000000"),
        ("policy.toml", "final_check_months_ahead = ", "final_check_months_ahead = 99999", "数太大"),
        ("policy.toml", "valid_from = ", "valid_from = 9999-12-31 # ", "年份应在 1900–2199 之间"),
        ("campaigns.toml", "closes = ", "closes = 9999-12-31 # ", "年份应在 1900–2199 之间"),
        ("campaigns.toml", "opens = ", "opens = 0001-01-01 # ", "年份应在 1900–2199 之间"),
    ],
)
def test_a_number_or_day_whose_sums_leave_the_calendar_is_named(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    """Deadlines are computed from these; a slip is told where it is written, not when the first student files."""
    spoil(folder, file, old, new)

    assert any(says in fault.says for fault in faults(folder))


def test_a_file_that_ends_too_early_is_named_with_its_last_line(folder: Path) -> None:
    """Where the parser knows no line: something was cut off at the end."""
    text = (folder / "calendar.toml").read_text(encoding="utf-8")
    (folder / "calendar.toml").write_text(text + "cut = ", encoding="utf-8")
    found = faults(folder)

    assert [(fault.file, fault.line) for fault in found] == [("copy/calendar.toml", text.count("\n") + 1)]
    assert found[0].says.startswith("不是合格的 TOML / is not TOML: ")


def test_a_campaign_may_last_one_second(folder: Path) -> None:
    """Both ends belong to it, so it may close when it opens."""
    spoil(folder, "campaigns.toml", "opens = 2024-10-23", "opens = 2024-11-07T23:59:59")
    spoil(folder, "campaigns.toml", "bulletins = [2024-10-30, 2024-11-06]", "bulletins = []")
    (plan,) = load_school(folder).campaigns

    assert plan.opens == plan.closes


def test_a_file_in_another_encoding_is_named_with_its_line(folder: Path) -> None:
    """GBK text is not read as something else."""
    text = (folder / "school.toml").read_text(encoding="utf-8")
    (folder / "school.toml").write_bytes(text.encode("gb18030"))

    assert [(fault.file, fault.line) for fault in faults(folder)] == [("copy/school.toml", 1)]


def test_an_empty_folder_lacks_four_files(tmp_path: Path) -> None:
    """Nothing is made up for what is not there."""
    assert [fault.file for fault in faults(tmp_path)] == sorted(f"{tmp_path.name}/{file}" for file in FILES)
