"""Short words for the codes with which ways in and offices are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "account_closed": ("账号已停用", "the account is closed"),
    "college_missing": ("经办人没有写明学院", "an officer without a college"),
    "college_misspelt": ("名册中没有这个学院，有相近的", "no such college, but one spelled alike"),
    "college_unknown": ("名册中没有这个学院", "no such college"),
    "email_misfit": ("邮箱写法不对", "not an e-mail address"),
    "name_missing": ("没有姓名", "no name"),
    "no_such_person": ("没有这位工作人员", "no such member of staff"),
    "nothing_to_do": ("没有什么要改", "nothing to change"),
    "number_missing": ("没有工号", "no staff number"),
    "number_of_a_student": ("工号是学生的号码", "the number is a student's"),
    "number_taken": ("工号已是别人的", "the number is somebody else's"),
    "own_proposal": ("自己提出的", "one's own proposal"),
    "password_common": ("密码很常见", "a common password"),
    "password_few_kinds": ("密码的字符种类太少", "too few kinds of characters"),
    "password_has_birthday": ("密码里有生日", "the birthday in the password"),
    "password_has_id_digits": ("密码里有证件号码", "digits of the ID number in the password"),
    "password_has_name": ("密码里有姓名", "the name in the password"),
    "password_has_number": ("密码里有号码", "one's own number in the password"),
    "password_has_school": ("密码里有学校名称", "the school's name in the password"),
    "password_mostly_separators": ("密码几乎都是分隔符", "hardly more than separators"),
    "password_run": ("密码是一串顺序的字符", "a run of characters"),
    "password_too_long": ("密码太长", "too long a password"),
    "password_too_short": ("密码太短", "too short a password"),
    "proposal_changed": ("提出之后有变动", "changed since it was proposed"),
    "proposal_settled": ("提议已有结果", "the proposal is settled"),
    "proposer_gone": ("提出的人已不是管理员", "its maker is no administrator"),
    "role_missing": ("没有身份", "no role"),
    "row_twice": ("同一行写了两次", "the same row twice"),
    "seen_otherwise": ("看过之后有变动", "changed since it was seen"),
    "several_of_that_name": ("同名的有几位", "several of that name"),
    "two_names": ("同一工号写了不同内容", "one number, two names"),
    "wecom_misfit": ("企业微信账号写法不对", "not a WeCom user id"),
}
"""A code keeps its words when no rule gives it any more."""
