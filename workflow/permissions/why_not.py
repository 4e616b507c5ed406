"""Short words for the codes with which acts on permissions are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "end_has_passed": ("已到期", "over already"),
    "end_is_missing": ("没有结束日期", "no end is given"),
    "end_is_too_far": ("结束时间太远", "the end is too far off"),
    "student_not_enrolled": ("已不在籍", "not enrolled any more"),
    "end_is_past": ("结束时间已过", "the end is past"),
    "end_not_come": ("还没有到期", "not ended yet"),
    "own_permission": ("是本人的记录", "one's own record"),
    "permission_stands": ("同一种已有有效的", "one of its kind is in force"),
    "permission_stands_now": ("刚有人办理了同一种", "somebody was quicker"),
    "permission_unknown": ("没有选择种类", "no kind is chosen"),
    "serves_until_its_end": ("到期以前一直有效", "lasts until its end"),
    "words_missing": ("没有写理由", "no words"),
    "words_too_long": ("理由太长", "too many words"),
}
"""A code keeps its words when no rule gives it any more."""
