"""The lifecycles' guards and checks in words: what must hold for an action.

A guard or check without words is shown by its name.
"""

from __future__ import annotations

CONDITIONS: dict[str, tuple[str, str]] = {
    "holds_the_role": ("现在仍有这个身份", "the role is held now"),
    "own_record": ("是本人的记录", "one's own record"),
    "speaks_for_the_student": ("本人，或规则允许的代办人", "the student, or who may answer for them"),
    "proxy_keeps_to_the_campaign": ("代办限于自查活动的个案", "a proxy keeps to a campaign's case"),
    "proxy_says_how": ("代办的写明怎样受托", "a proxy says how they were asked"),
    "not_own_case": ("不是自己的个案", "not one's own case"),
    "not_held_by_another": ("没有别人在办理", "nobody else holds it"),
    "held_by_me": ("由本人办理", "held by oneself"),
    "campaign_is_running": ("自查进行中", "the campaign runs"),
    "in_the_cohort": ("在自查范围内", "of the cohort"),
    "no_case_yet": ("本次自查还没有个案", "no case in the campaign yet"),
    "campaign_is_open": ("在自查的起止时间内", "within the campaign's window"),
    "campaign_takes_filings": (
        "自查开放，且没有按“视为无误”办结",
        "the campaign is open, and nothing was deemed",
    ),
    "campaign_is_over": ("自查已截止", "the campaign is over"),
    "policy_deems": ("规则规定未提出视为无误", "by the rules silence counts"),
    "was_told": ("学生看到过通知", "the student has seen the notice"),
    "not_excluded": ("计入本次自查", "counted in the campaign"),
    "is_excluded": ("没有计入本次自查", "not counted in the campaign"),
    "still_enrolled": ("在籍", "enrolled"),
    "policy_lets_file": ("学校规则允许提出", "the school's rules let the student file"),
    "degree_not_registered": ("学历还没有注册", "the degree is not registered"),
    "nothing_settled": ("没有事项作出认定", "no claim is settled"),
    "every_claim_settled": ("每一项都已认定", "every claim is settled"),
    "some_claim_corrected": ("至少一项已更正", "some claim is corrected"),
    "no_claim_corrected": ("没有一项已更正", "no claim is corrected"),
    "has_cause_to_lapse": ("已离校或学历已注册", "left, or the degree is registered"),
    "no_newer_claim": ("同一项没有更新的申请", "no newer claim on the field"),
    "decision_is_announced": ("结果已通知", "the decision is announced"),
    "within_dispute_days": ("在异议期内", "within the time for disputes"),
    "own_recent_decision": ("是本人刚作的决定", "one's own recent decision"),
    "decision_still_held_back": ("结果还没有通知学生", "the student has not been told"),
    "values_as_seen": ("信息与页面上看到的一致", "the values are those that were seen"),
    "claims_are_whole": ("每一项填写完整", "every claim is whole"),
    "claims_fit_together": ("各项互不矛盾", "the claims fit together"),
    "fields_are_free": ("各项没有在办的申请", "no open claim on the fields"),
    "claims_change_something": ("与现在的记录不同", "something would change"),
    "papers_are_there": ("所附材料都在", "the papers are there"),
    "policy_accepts_claims": ("学校规则接受这些事项和材料", "the school's rules accept claims and papers"),
    "words_given": ("写了理由", "words are given"),
    "refusal_code_known": ("选了规则中的理由", "a ground of the school's list"),
    "claim_is_open": ("该项还没有认定", "the claim is open"),
    "outcome_is_whole": ("认定结果填写完整", "the outcome is whole"),
    "exclusion_code_known": ("选了不计入的理由", "a known ground of exclusion"),
    "plan_is_new": ("还没有建立过", "not made before"),
    "opening_day_has_come": ("已到开始时间", "the opening has come"),
    "closing_day_is_ahead": ("还没有到截止时间", "the close is ahead"),
    "cohort_is_not_empty": ("范围内有记录", "somebody is in the cohort"),
    "closing_day_is_past": ("已过截止时间", "the close is past"),
    "nobody_left_to_deem": ("没有待处理的未核对个案", "no silent case is left"),
    "nobody_has_answered": ("还没有学生作答", "nobody has answered"),
    "new_close_is_later": ("新的截止时间更晚", "the new close is later"),
    "college_is_theirs": ("是本学院的名单", "of one's own college"),
    "campaign_was_begun": ("活动已经开始", "the campaign was begun"),
    "students_are_done": ("学生的截止时间已过", "the students' time is over"),
    "list_is_not_empty": ("名单不是空的", "the list is not empty"),
    "list_as_seen": ("名单与页面上看到的一致", "the list is the one that was seen"),
    "colleges_silence_counts": ("规则规定学院未签认视为无异议", "by the rules a college's silence counts"),
    "colleges_are_done": ("学院的截止时间已过", "the colleges' time is over"),
    "college_said_nothing": ("学院没有签认或撤回过", "the college has said nothing"),
    "college_was_told": ("经办人在截止前收到过通知", "an officer was told of the deadline in time"),
    "class_is_not_empty": ("这一届有记录", "somebody is of the class"),
    "day_is_not_ahead": ("日期不晚于今天", "the day is not ahead"),
}


def condition(name: str) -> tuple[str, str]:
    """A guard or check in Chinese and English."""
    return CONDITIONS.get(name, (name, name))
