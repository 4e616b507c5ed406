"""The privacy notice of a school: its own, or the default one with its name and contact."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from config.policy import PolicyFaults, School, kept_notice, kept_school, load_school
from config.settings import ROOT

SCHOOLS = sorted((ROOT / "config" / "schools").iterdir())
CONTACT = '[contact]\nzh = "教务处张三丰，明德楼 101"\nen = "Zhang Sanfeng, room 101"\n'
SECTION = (
    '[[section]]\nhead = "找谁"\nhead_en = "Whom to ask"\n'
    'says = ["{school}：请找{contact}。"]\nsays_en = ["{school}: ask {contact}."]\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's folder."""
    return Path(shutil.copytree(ROOT / "config" / "schools" / "nchu", tmp_path / "copy"))


def words(school: School) -> str:
    """All that the notice says, in both languages."""
    return "\n".join(
        said for one in school.privacy.sections for said in (one.head, one.head_en, *one.says, *one.says_en)
    )


def with_notice(folder: Path, text: str) -> School:
    """The school with a notice file."""
    (folder / "privacy.toml").write_text(text, encoding="utf-8")
    return load_school(folder)


@pytest.mark.parametrize("folder_of", SCHOOLS, ids=lambda folder: folder.name)
def test_every_school_has_a_notice_with_its_name_and_whom_to_ask(folder_of: Path) -> None:
    """Both languages name the school and its contact, both have the same sections, and no brace is left."""
    school = load_school(folder_of)
    said = words(school)
    office = school.offices[school.policy.default_office]
    for told in (school.title, school.title_en, office.zh, office.en):
        assert told in said
    assert "{" not in said
    for one in school.privacy.sections:
        assert len(one.says) == len(one.says_en)


def test_the_default_notice_says_what_the_law_asks_for(nchu: School) -> None:
    """Who, which data, for what, on which basis, who sees it, how long, which rights: with the articles."""
    said = words(nchu)
    for article in (
        "第十三条第一款第三项",
        "第二十八条",
        "第三十条",
        "第四十五条",
        "第四十六条",
        "第四十七条",
    ):
        assert article in said
    for matter in ("身份证", "为了什么", "谁能看到", "保存多久", "权利"):
        assert matter in said


def test_a_school_may_say_only_whom_to_ask(folder: Path) -> None:
    """Its contact stands in the default text, which is otherwise unchanged."""
    said = words(with_notice(folder, CONTACT))
    assert "教务处张三丰，明德楼 101" in said and "Zhang Sanfeng, room 101" in said
    assert "第二十八条" in said and "教务处学籍与学业管理科" not in said


def test_a_school_may_write_a_notice_of_its_own(folder: Path) -> None:
    """Then nothing of the default text is left."""
    school = with_notice(folder, CONTACT + SECTION)
    assert words(school).splitlines()[2:] == [
        "南昌航空大学：请找教务处张三丰，明德楼 101。",
        "Nanchang Hangkong University: ask Zhang Sanfeng, room 101.",
    ]


def test_the_version_of_a_notice_is_the_digest_of_its_text(folder: Path) -> None:
    """Another contact, sentence or school is another version; the same text read again is the same one."""
    ours = load_school(folder).privacy
    own = with_notice(folder, SECTION).privacy
    other = with_notice(folder, SECTION.replace("ask", "please ask")).privacy
    assert len({ours.digest, own.digest, other.digest, replace(own, school="另一所").digest}) == 4
    assert kept_notice(own.text) == own and kept_notice(own.text).digest == own.digest


def test_a_notice_is_no_rule(folder: Path) -> None:
    """Writing one changes no digest of a policy, so no case is judged by another version because of it."""
    before = load_school(folder)
    after = with_notice(folder, CONTACT + SECTION)
    assert after.digest == before.digest and after.text == before.text
    assert kept_school(after.text).privacy == before.privacy


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (SECTION + 'link = "x"\n', 6, "没有这一项"),
        ('title = "x"\n' + SECTION, 1, "没有这一项"),
        (SECTION.replace("{school}", "{school"), 4, "花括号"),
        (SECTION.replace("{contact}", "{student}"), 4, "花括号"),
        (SECTION.replace("{school}", "{school:d}", 1), 4, "花括号"),
        (SECTION.replace("{contact}", "{contact!r}", 1), 4, "花括号"),
        (SECTION.replace("{contact}", "{contact.zh}", 1), 4, "花括号"),
        (SECTION.replace("{school}", "{}", 1), 4, "花括号"),
        (SECTION.replace("{school}", "{school:{contact}}", 1), 4, "花括号"),
        (SECTION.replace('["{school}: ask {contact}."]', "[]"), 5, "至少要写一段"),
        (SECTION.replace('head = "找谁"\n', ""), 1, "缺少 head"),
        ('[contact]\nzh = "教务处"\n', 1, "缺少 en"),
        ("[contact\n", 1, "TOML"),
        (CONTACT.replace('"Zhang Sanfeng, room 101"', '" "'), 3, "不能是空的"),
    ],
)
def test_every_fault_of_a_notice_is_named_with_its_line(
    folder: Path, text: str, line: int, says: str
) -> None:
    """A school with a faulty notice is not loaded: nobody is asked for a paper under half a text."""
    with pytest.raises(PolicyFaults) as caught:
        with_notice(folder, text)
    assert ("copy/privacy.toml", line) in {(one.file, one.line) for one in caught.value.faults}
    assert says in str(caught.value)
