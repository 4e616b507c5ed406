"""Short words for the codes with which actions on help items are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "asked_already": ("这份咨询已提交过", "asked already"),
    "asker_unnamed": ("没有姓名", "no name"),
    "erased_already": ("个人信息已清除", "erased already"),
    "kind_unknown": ("没有选择问题的种类", "no kind of trouble is chosen"),
    "kept_for_now": ("保存期还没有到", "still to be kept"),
    "name_too_long": ("姓名太长", "too long a name"),
    "not_your_item": ("编号或查询口令不对", "wrong number or word"),
    "number_too_long": ("号码太长", "too long a number"),
    "phone_misfit": ("电话写法不对", "not a phone number"),
    "result_unknown": ("没有选择联系结果", "what came of the call is missing"),
    "still_time": ("还在答复期内", "still time to answer"),
}
"""A code keeps its words when no rule gives it any more."""
