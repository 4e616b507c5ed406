"""Names: separator dots, lost characters, and names that are only written differently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.records import names


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("张三丰", ()),
        ("阿卜杜热合曼·买买提", ()),
        ("孟𬱖", ()),
        ("李㛃", ()),
        ("John Smith", ()),
        ("J. R. Smith", ()),
        ("O'Neil-Smith", ()),
        ("黄?", ("lost_character",)),
        ("黄??", ("lost_character",)),
        ("黄？", ("lost_character",)),
        ("黄\ufffd", ("lost_character",)),
        ("黄〓", ("lost_character",)),
        ("黄\ue5f1", ("private_use",)),
        ("黄*", ("masked",)),
        ("＊某", ("masked",)),
        ("阿依古丽•买买提", ("wrong_dot",)),
        ("阿依古丽・买买提", ("wrong_dot",)),
        ("阿依古丽･买买提", ("wrong_dot",)),
        ("阿依古丽‧买买提", ("wrong_dot",)),
        ("阿依古丽⋅买买提", ("wrong_dot",)),
        ("阿依古丽∙买买提", ("wrong_dot",)),
        ("阿依古丽.买买提", ("wrong_dot",)),
        ("阿依古丽．买买提", ("wrong_dot",)),
        ("李　测试", ("space_in_name",)),
        ("李 测试", ("space_in_name",)),
        ("阿依古丽 · 买买提", ("space_in_name",)),
        ("孟DI", ("mixed_letters",)),
        ("李\u200b测试", ("hidden_character",)),
        ("阿依古丽•买?", ("lost_character", "wrong_dot")),
    ],
)
def test_each_trouble_of_a_name_has_its_own_code(name: str, marks: tuple[str, ...]) -> None:
    """Every trouble is told apart, and rare characters, long names and foreign names are none."""
    assert names.marks_of(name) == marks
    assert len(names.faults_of(name)) == len(marks)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6))
def test_no_troubled_name_escapes_the_look_at_a_column(name: str) -> None:
    """A name that would be complained of always holds a character that a look at the alphabet finds."""
    pattern = names.suspicious(set(name))
    if names.marks_of(name):
        assert pattern is not None
        assert pattern.search(name)


def test_ordinary_names_cost_no_second_look() -> None:
    """A column of ordinary names is passed over at once."""
    assert names.suspicious(set("张三丰阿依古丽·买买提𬱖")) is None


@pytest.mark.parametrize(
    "written",
    ["阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽．买买提", "阿依古丽 · 买买提", "阿依古丽·买买提 "],
)
def test_one_name_in_other_renderings(written: str) -> None:
    """Dots, spaces and width make no other name."""
    assert names.same_rendering(written, "阿依古丽·买买提")


def test_other_names_are_no_renderings() -> None:
    """A changed character is a changed name, and a name is no rendering of itself."""
    assert not names.same_rendering("张三", "张杉")
    assert not names.same_rendering("张三", "张三")


@pytest.mark.parametrize(
    ("damaged", "whole", "may"),
    [
        ("黄?", "黄㼆", True),
        ("黄??", "黄㼆", True),
        ("?丽", "𬱖丽", True),
        ("黄\ue5f1", "黄㼆", True),
        ("孟DI", "孟𬱖", True),
        ("孟*", "孟𬱖", True),
        ("阿依古丽•买?提", "阿依古丽·买买提", True),
        ("阿卜杜热合曼·阿卜杜克", "阿卜杜热合曼·阿卜杜克热木", True),
        ("李?", "黄㼆", False),
        ("黄?丽", "黄㼆", False),
    ],
)
def test_damage_is_recognised_beside_the_whole_name(damaged: str, whole: str, may: bool) -> None:
    """A damaged name fits the name it was made from, and no other."""
    assert names.may_be(damaged, whole) is may
