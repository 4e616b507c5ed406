"""The forms that colleges return are data: what their file may say, and what is a fault of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.forms import ERRATA, FACTS, FORMS, STATISTICS, filled_lines
from config.policy import PolicyFaults, load_school
from config.settings import ROOT

NCHU = ROOT / "config" / "schools" / "nchu"
FILE = "forms.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's folder."""
    shutil.copytree(NCHU, tmp_path / "school")
    return tmp_path / "school"


def test_a_school_without_forms_has_both_in_their_usual_form(folder: Path) -> None:
    """A school writes no forms, or one of them, or both; those that it does not write are built in."""
    own = {one.kind: one for one in load_school(folder).forms}
    written = (folder / FILE).read_text(encoding="utf-8")
    errata, statistics = written.split("[[form]]")[1:]
    (folder / FILE).unlink()
    usual = {one.kind: one for one in load_school(folder).forms}
    (folder / FILE).write_text(f"[[form]]{statistics}", encoding="utf-8")
    one = {one.kind: one for one in load_school(folder).forms}
    assert set(own) == set(usual) == set(FORMS) and "errata" in errata
    assert own[ERRATA] != usual[ERRATA] and own[STATISTICS] != usual[STATISTICS]
    assert one == {ERRATA: usual[ERRATA], STATISTICS: own[STATISTICS]}
    assert all(form.seal and form.signatures and form.cover for form in (*own.values(), *usual.values()))


@pytest.mark.parametrize(
    ("was", "now", "line", "says"),
    [
        ('kind = "errata"', 'kind = "list"', 4, "errata、statistics"),
        ('kind = "statistics"', 'kind = "errata"', 27, "已写过"),
        ('{ fact = "xh", head = "学号" }', '{ fact = "sfzh", head = "证件号码" }', 7, "没有这一项"),
        ('{ fact = "xh", head = "学号" }', '{ fact = "name", head = "名字" }', 7, "已有一栏"),
        ('{ fact = "xh", head = "学号" }', '{ fact = "xh" }', 7, "缺少 head"),
        ("{college}", "{teacher}", 6, "没有 {teacher}"),
        ('seal = "（学院公章）"', 'stamp = "（学院公章）"', 24, "没有这一项"),
        ("逐页盖章，", "逐页盖章" + "，" * 120, 19, "最多 120 个字"),
    ],
)
def test_what_a_form_cannot_say_is_named_by_file_and_line(
    folder: Path, was: str, now: str, line: int, says: str
) -> None:
    """An unknown kind, fact or key, a fact twice and a line too long are faults, whole ID numbers among them."""
    text = (folder / FILE).read_text(encoding="utf-8")
    assert was in text
    (folder / FILE).write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(PolicyFaults) as found:
        load_school(folder)
    (fault, *_more) = [one for one in found.value.faults if says in one.says]
    assert fault.file == f"school/{FILE}" and fault.line == line


def test_a_line_that_names_what_there_is_not_is_left_out() -> None:
    """A note of the deadline is not printed where a campaign has none."""
    lines = ("请于{due}前交回。", "逐页盖章。", "{college}")
    assert filled_lines(lines, {"due": "", "college": "测试学院"}) == ("逐页盖章。", "测试学院")


def test_no_form_can_ask_for_a_whole_id_number() -> None:
    """The errata show ID numbers by their ends, so there is no fact for the number of a student's document."""
    assert not {"id_number", "sfzh"} & {fact for facts in FACTS.values() for fact in facts}
