"""Short words for the codes with which an archive, cards, differences or a hand-over is refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "archive_one_of_theirs": ("有关系人在内", "somebody related is in it"),
    "archive_still_open": ("活动没有结束", "the campaign is not over"),
    "export_no_class": ("没有这个班级", "no such class"),
    "export_no_differences": ("没有这样的行", "no such rows"),
    "export_too_many_differences": ("行太多", "too many rows"),
    "export_too_many_cards": ("学籍卡太多", "too many cards"),
    "hand_over_held_back": ("决定还可以撤销", "a decision can still be undone"),
    "hand_over_nobody": ("没有这名学生", "no such student"),
    "hand_over_not_transferred": ("学籍状态不是转学", "no transfer by the status"),
    "hand_over_theirs": ("本人或关系人", "oneself or somebody related"),
}
