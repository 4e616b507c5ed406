"""Short words for the codes with which the engine itself refuses."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "changed_meanwhile": ("查看之后已有变化", "changed meanwhile"),
    "details_misfit": ("提交的内容不合格", "details that do not fit"),
    "key_reused": ("提交编号已用过", "the key stands for something else"),
    "never_seen": ("所称的版本不存在", "a version that never was"),
    "no_such_subject": ("没有这一项", "there is no such thing"),
    "not_your_role": ("不是此身份的职责", "not for that role"),
    "wrong_state": ("当时的状态不能这样办", "not possible in that state"),
}
"""A code keeps its words when no rule gives it any more: the history may hold it."""
