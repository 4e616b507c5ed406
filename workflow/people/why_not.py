"""Short words for the codes with which people, roles and substitutions are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "closed_already": ("账号已停用", "closed already"),
    "days_missing": ("没有写清哪几天", "no such days"),
    "last_administrator": ("最后一位系统管理员", "the last administrator"),
    "look_without_reason": ("没有选查看的理由", "no reason to look was chosen"),
    "no_such_grant": ("这个身份已收回", "the role has ended"),
    "no_such_relation": ("没有这一条申报", "no such declaration"),
    "no_such_stand_in": ("代办已经结束", "the substitution is over"),
    "not_of_the_staff": ("不是在职的工作人员", "not of the staff"),
    "not_oneself": ("不能登记自己代办", "nobody names themselves"),
    "role_not_held": ("没有这个身份的权限", "the role is not held"),
    "roles_clash": ("两种身份不能由一人担任", "two roles that must not meet"),
    "stand_in_overlaps": ("已有代办登记", "a substitution is there already"),
    "stand_in_too_long": ("代办超过一年", "longer than a year"),
    "the_same_person": ("自己代自己", "the same person"),
}
"""A code keeps its words when no rule gives it any more: the history may hold it."""
