"""The school's notice to its students: what its file may say, and what is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from config.notice import SchoolNotice, kept_school_notice
from config.policy import PolicyFaults, School, kept_school, load_school
from config.policy.ties import figures
from config.settings import ROOT

WHOLE = """[notice]
title = "通知"
title_en = "Notice"
issuer = "教务处"
issuer_en = "Academic Affairs"
original = "《关于自查的通知》"
original_en = "On the check"
opens = 2024-10-23
closes = 2024-11-07
dated = 2024-10-20
[[part]]
id = "1"
zh = "第一条"
en = "item 1"
[[section]]
head = "谁要查"
head_en = "Who checks"
[[section.sentence]]
zh = "大家都要查。"
en = "Everybody checks."
of = ["1"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's folder."""
    return Path(shutil.copytree(ROOT / "config" / "schools" / "nchu", tmp_path / "copy"))


def with_notice(folder: Path, text: str) -> School:
    """The school with a notice file."""
    (folder / "notice.toml").write_text(text, encoding="utf-8")
    return load_school(folder)


def told(notice: SchoolNotice | None) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every sentence of a notice, in both languages, and the parts that it tells."""
    assert notice is not None
    return [(each.zh, each.en, each.of) for one in notice.sections for each in one.sentence]


def test_the_first_schools_notice_tells_its_dates_numbers_and_duties(nchu: School) -> None:
    """Whoever reads only this page knows until when, where to look, whom to call and what happens to silence."""
    said = "".join(zh for zh, _, _ in told(nchu.notice))
    for needed in (
        "10月23日至11月7日",
        "10月30日和11月6日",
        "83863717",
        "B栋125",
        "24小时",
        "300K",
        "每年4月",
    ):
        assert needed in said
    for zh, en, of in told(nchu.notice):
        assert of and zh and len(re.findall("[\u4e00-\u9fff]", en)) < len(en) / 4, zh
    assert nchu.notice is not None and not nchu.notice.head.quoted and nchu.notice.head.dated is None


def test_a_school_without_a_notice_loads(folder: Path) -> None:
    """Its rules are the same, whatever its notice says, and a kept policy has none."""
    before = load_school(folder)
    other = with_notice(folder, WHOLE)
    (folder / "notice.toml").unlink()
    after = load_school(folder)
    assert after.notice is None and before.notice is not None
    assert before.digest == other.digest == after.digest
    assert kept_school(other.text).notice is None


def test_the_version_of_a_notice_is_the_digest_of_all_it_says(folder: Path) -> None:
    """Read again from the Rulebook it is the same; another sentence, date or reference is another version."""
    one = with_notice(folder, WHOLE).notice
    assert one is not None and kept_school_notice(one.text) == one
    again = with_notice(folder, WHOLE).notice
    later = with_notice(folder, WHOLE.replace("2024-10-20", "2024-10-21")).notice
    other = with_notice(folder, WHOLE.replace("Everybody", "Each student")).notice
    assert again is not None and later is not None and other is not None
    assert again.digest == one.digest and len({one.digest, later.digest, other.digest}) == 3


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ('en = "Everybody checks."\n', "", 18, "缺少 en"),
        ('of = ["1"]', 'of = ["1", "9"]', 21, "原文没有 9 这一处"),
        ('of = ["1"]', "of = []", 21, "至少要写一处"),
        ('of = ["1"]', "of = []", 11, "没有一句话讲到 1"),
        ("closes = 2024-11-07", "closes = 2024-11-31", 9, "TOML"),
        ("closes = 2024-11-07", "closes = 2024-10-01", 9, "最后一天早于第一天"),
        ("dated = 2024-10-20", "dated = 2025-10-20", 10, "发文日期"),
        ("dated = 2024-10-20", 'dated = "10月"', 10, "应为日期"),
        ('issuer_en = "Academic Affairs"\n', "", 1, "缺少 issuer_en"),
        ('en = "item 1"', 'en = "item 1"\nlink = "x"', 15, "没有这一项"),
        ('en = "item 1"', 'en = "item 1"\n[[part]]\nid = "1"\nzh = "二"\nen = "2"', 16, "重复"),
        ('zh = "大家都要查。"', 'zh = " "', 19, "不能是空的"),
    ],
)
def test_every_fault_of_a_notice_is_named_with_its_line(
    folder: Path, before: str, after: str, line: int, says: str
) -> None:
    """No student reads half a notice, or a sentence that nothing in the original supports."""
    assert before in WHOLE
    with pytest.raises(PolicyFaults) as caught:
        with_notice(folder, WHOLE.replace(before, after))
    found = [(one.line, one.says) for one in caught.value.faults if one.file == "copy/notice.toml"]
    assert any(at == line and says in said for at, said in found), found


def test_a_school_may_put_its_own_text_in(folder: Path) -> None:
    """Then the page does not call it a retelling."""
    own = with_notice(folder, WHOLE.replace("[[part]]", "quoted = true\n[[part]]", 1)).notice
    assert own is not None and own.head.quoted


TIED = (
    'of = ["1"]\ncarried_by = ["rule:filing.left", "date:freshman-2024.closes", "guide:no_record/own_number"]'
)


def test_nine_of_ten_sentences_of_the_first_school_are_carried_and_the_rest_say_why(nchu: School) -> None:
    """A sentence is tied to what carries it, or openly to nothing with a reason in both languages."""
    assert nchu.notice is not None
    found = figures(nchu)
    assert found.untied == 0 and found.carried >= 0.9 * found.sentences
    rest = [one for _, one in nchu.notice.sentences() if not one.carried_by]
    assert len(rest) == found.unsupported and all(one.unsupported and one.unsupported_en for one in rest)


def test_reminders_carry_a_sentence_only_where_the_school_sends_some(folder: Path) -> None:
    """A notice that has everybody urged on is carried by what is sent before a close, and by nothing else."""
    urged = WHOLE.replace('of = ["1"]', 'of = ["1"]\ncarried_by = ["date:reminders"]')
    assert figures(with_notice(folder, urged)) == (1, 0, 0)
    policy = folder / "policy.toml"
    policy.write_text(
        policy.read_text("utf-8").replace("remind_days = [7, 3, 1]", "remind_days = []"), "utf-8"
    )
    assert figures(with_notice(folder, urged)) == (0, 0, 1)


def test_ties_are_no_part_of_the_kept_text(folder: Path) -> None:
    """Who ties a sentence to a rule, or calls it unsupported, has not made another notice."""
    plain = with_notice(folder, WHOLE)
    tied = with_notice(folder, WHOLE.replace('of = ["1"]', TIED))
    assert plain.notice is not None and tied.notice is not None
    assert figures(tied) == (1, 0, 0) and tied.notice.digest == plain.notice.digest
    assert kept_school_notice(tied.notice.text) == plain.notice


def test_a_sentence_that_nothing_carries_is_a_warning_with_its_line(folder: Path) -> None:
    """The check names it; the text loads, and a sentence that is called unsupported is no warning."""
    (warning,) = with_notice(folder, WHOLE).warnings
    assert (warning.file, warning.line) == ("copy/notice.toml", 18) and "大家都要查。" in warning.says
    called = WHOLE + 'unsupported = "看不到"\nunsupported_en = "cannot be seen"\n'
    assert not with_notice(folder, called).warnings


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('carried_by = ["rule:filing.gone"]', "没有 rule:filing.gone 这一规则"),
        ('carried_by = ["date:freshman-2024.colleges_close"]', "这一日期"),
        ('carried_by = ["date:reminders.gone"]', "这一日期"),
        ('carried_by = ["guide:no_record/gone"]', "这一操作指引"),
        ('carried_by = ["told:4"]', "这一核对前告知"),
        ('carried_by = ["profile:hours"]', "这一学校资料"),
        ('carried_by = ["field:MZ"]', "这一核对项目"),
        ('carried_by = ["campaign:yearly-1999x"]', "这一自查活动"),
    ],
)
def test_a_dead_tie_is_a_warning_with_its_line_and_carries_nothing(
    folder: Path, line: str, says: str
) -> None:
    """A school that changes its rules still starts, and no page says that what is gone carries a sentence."""
    school = with_notice(folder, WHOLE.replace('of = ["1"]', f'of = ["1"]\n{line}'))
    (warning,) = school.warnings
    assert (warning.file, warning.line) == ("copy/notice.toml", 22) and says in warning.says
    assert figures(school) == (0, 0, 1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('carried_by = ["page:/my"]', "应以 rule:"),
        ('unsupported = "看不到"', "缺少 unsupported_en"),
        ('carried_by = ["told:1"]\nunsupported = "看不到"\nunsupported_en = "no"', "不能同时写"),
    ],
)
def test_a_tie_that_is_none_is_a_fault_with_its_line(folder: Path, line: str, says: str) -> None:
    """A page never says that something carries a sentence which is not there."""
    with pytest.raises(PolicyFaults) as caught:
        with_notice(folder, WHOLE + line + "\n")
    (fault,) = caught.value.faults
    assert fault.file == "copy/notice.toml" and fault.line in (22, 23) and says in fault.says
