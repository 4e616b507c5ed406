"""Short words for the codes with which actions on campaigns, lists, chases and classes are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "already_published": ("这一时刻已有通报", "published already"),
    "before_the_campaign": ("早于活动开始", "before the campaign"),
    "campaign_not_held": ("活动没有开始或已办结", "the campaign has not begun or is closed"),
    "case_has_answered": ("学生已作答或不计入", "answered already, or not counted"),
    "chase_exists": ("另一人刚刚登记", "somebody noted something just now"),
    "class_empty": ("没有这一届的记录", "no record of that class"),
    "class_exists": ("毕业班次已经建立", "the class is there already"),
    "closing_day_ahead": ("还没有到截止时间", "the close is still ahead"),
    "closing_day_past": ("已过截止时间", "the close is past"),
    "cohort_empty": ("范围内没有记录", "the cohort is empty"),
    "college_has_spoken": ("学院签认过或撤回过", "the college has spoken"),
    "college_silence_means_nothing": ("没有签认不等于无异议", "an unsigned list means nothing here"),
    "college_without_officer": ("学院没有经办人", "the college has no officer"),
    "colleges_not_done": ("学院的截止时间还没有到", "the colleges' time is not over"),
    "contact_not_whole": ("联系方式或结果没有选", "how or what came of it is missing"),
    "list_changed": ("名单有变化", "the list changed"),
    "list_empty": ("名单是空的", "an empty list"),
    "list_signed_already": ("名单已有签认或已视为无异议", "the list stands already"),
    "moment_not_settled": ("时刻还没有过去", "the moment is not past"),
    "nobody_to_remind": ("没有需要提醒的人", "nobody to remind"),
    "not_an_extension": ("不晚于原截止时间", "not later than the close"),
    "not_signed": ("没有纸质签名", "no signature on paper"),
    "officer_never_told": ("学院经办人没有收到过通知", "no officer was told"),
    "opening_day_ahead": ("还没有到开始时间", "the opening is still ahead"),
    "plan_in_use": ("活动已经建立", "the campaign is there already"),
    "reason_missing": ("没有选原因", "no reason"),
    "signed_already": ("已登记纸质签名", "a signature is noted already"),
    "silent_cases_left": ("还有没处理的未核对个案", "silent cases are left"),
    "students_have_answered": ("已有学生作答", "students have answered"),
    "students_not_done": ("学生的截止时间还没有到", "the students' time is not over"),
}
"""A code keeps its words when no rule gives it any more: the history may hold it."""
