"""Old beside new: what differs is marked, and what an eye cannot tell apart is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.shared.cases.compare import code_points, compared, cut, glyph, rare


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("王欣研", "王欣妍", [("王欣", False), ("研", True)], [("王欣", False), ("妍", True)]),
        ("买买提・艾力", "买买提·艾力", [("买买提", False), ("・", True), ("艾力", False)],
         [("买买提", False), ("·", True), ("艾力", False)]),
        ("110101", "110110", [("1101", False), ("01", True)], [("1101", False), ("10", True)]),
        ("张三", "张三丰", [("张三", False)], [("张三", False), ("丰", True)]),
        ("", "男", [], [("男", True)]),
    ],
)  # fmt: skip
def test_only_what_differs_is_marked(
    old: str, new: str, before: list[tuple[str, bool]], after: list[tuple[str, bool]]
) -> None:
    """Values of one length are compared place by place, others by what they share."""
    assert compared(old, new) == (before, after)


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_is_lost_or_added(old: str, new: str) -> None:
    """The pieces put together are the two values again."""
    before, after = compared(old, new)
    assert "".join(text for text, _ in before) == old and "".join(text for text, _ in after) == new


def test_rare_and_differing_characters_are_named() -> None:
    """A character beyond the common ones is named even where both values agree on it."""
    named = [one[:3] for one in code_points([("𠮷田", False), ("户", True)])]
    assert named == [("𠮷", "U+20BB7", "扩展 B 区"), ("户", "U+6237", "")]
    assert rare("㛃") and rare("\ue000") and rare("・") and not rare("田") and not rare("·") and not rare("A")


def test_a_wholly_different_name_is_not_spelt_out() -> None:
    """Up to four differing characters are named; beyond that only those that no eye can read for certain."""
    assert [one.sign for one in code_points([("令狐冲丰", True)])] == list("令狐冲丰")
    assert [one.sign for one in code_points([("买买提吐尔逊𠮷", True)])] == ["𠮷"]


def test_signs_that_look_alike_are_told_apart_by_their_names() -> None:
    """The name dot, a bullet, an invisible space and a character of one system's own each have a name."""
    assert [glyph(sign).zh for sign in "·•\u200b\ue000"] == ["间隔号", "项目符号", "零宽空格", "系统自造字"]
    assert (glyph("é").zh, glyph("丰").zh) == ("latin small letter e with acute", "")


def test_a_text_cut_into_parts_keeps_its_marks() -> None:
    """A number's parts together are the number, and what differs is marked in its part."""
    parts = cut([("110101", False), ("19491", True), ("231", False)], (6, 8))
    assert parts == ((("110101", False),), (("19491", True), ("231", False)))
