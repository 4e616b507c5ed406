"""Codes of the history in words: why an attempt was refused, and what an entry says of its claims.

The history keeps codes and no sentence, for a sentence would bear facts. These are their names for a reader
of timelines; a code that has none here is shown as it stands.
"""

from __future__ import annotations

from datetime import datetime

from web.words import (
    cause_words,
    day,
    exclusion_words,
    field_words,
    moment,
    outcome_words,
    pick,
    policy_code_words,
    refusal_words,
)
from workflow.cases.tables import EXCLUSIONS, OUTCOMES

WHY_NOT: dict[str, tuple[str, str]] = {
    "already_settled": ("已有事项作出认定", "some claim is settled"),
    "campaign_is_past": ("自查已截止", "the campaign is over"),
    "campaign_not_begun": ("自查还没有开始", "the campaign has not begun"),
    "campaign_not_open": ("自查不在进行中", "the campaign is not open"),
    "campaign_not_over": ("自查还没有截止", "the campaign is not over"),
    "case_exists": ("已有个案", "there is a case already"),
    "cause_does_not_fit": ("错误原因与字段不符", "the cause does not fit the field"),
    "changed_meanwhile": ("查看之后已有变化", "changed meanwhile"),
    "claims_unsettled": ("还有未认定的事项", "some claims are not settled"),
    "class_empty": ("没有这一届的记录", "no record of that class"),
    "class_exists": ("毕业班次已经建立", "the class is there already"),
    "closing_day_ahead": ("还没有到截止时间", "the close is still ahead"),
    "closing_day_past": ("已过截止时间", "the close is past"),
    "cohort_empty": ("范围内没有记录", "the cohort is empty"),
    "day_ahead": ("日期还没有到", "the day has not come"),
    "deemed_at_rest": ("已按视为无误办结", "deemed correct, at rest"),
    "degree_registered": ("学历已注册", "the degree is registered"),
    "denied_by_the_number": ("与证件号码不一致", "disagrees with the ID number"),
    "details_misfit": ("提交的内容不合格", "details that do not fit"),
    "dispute_is_late": ("异议已过期限", "too late to dispute"),
    "event_date_missing": ("没有填变更日期", "no date of the change"),
    "event_in_the_future": ("变更日期还没有到", "the change lies ahead"),
    "exclusion_code_missing": ("没有选不计入的理由", "no reason to exclude"),
    "field_has_open_claim": ("该字段已在办理", "the field has an open claim"),
    "field_not_claimable": ("该字段不能提出更正", "the field cannot be claimed"),
    "held_by_another": ("另一人正在办理", "held by somebody else"),
    "is_excluded": ("不计入本次自查", "excluded"),
    "is_included": ("本来就计入", "included already"),
    "key_reused": ("提交编号已用过", "the key stands for something else"),
    "never_seen": ("所称的版本不存在", "a version that never was"),
    "never_told": ("学生没有收到过通知", "the student was never told"),
    "newer_claim_open": ("同一字段有更新的事项", "a newer claim is open"),
    "no_campaign": ("不属于任何自查", "no campaign"),
    "no_cause_to_lapse": ("没有终止的理由", "no cause to lapse"),
    "no_claims": ("没有标出有误的信息", "no claim"),
    "no_such_claim": ("没有这一项", "no such claim"),
    "not_an_extension": ("不晚于原截止时间", "not later than the close"),
    "not_announced": ("结果还没有通知", "not announced yet"),
    "not_decided": ("还没有办结", "not decided yet"),
    "not_enrolled": ("已不在籍", "not enrolled"),
    "not_held_by_you": ("不由本人办理", "held by nobody or another"),
    "not_in_cohort": ("不在自查范围", "not of the cohort"),
    "not_seen_on_platform": ("没有写在平台看到的日期", "not seen on the platform"),
    "not_your_decision": ("不是本人的决定", "somebody else's decision"),
    "not_your_record": ("不是本人的记录", "somebody else's record"),
    "not_your_role": ("不是此身份的职责", "not for that role"),
    "nothing_changes": ("与现在的记录相同", "the same as the record"),
    "nothing_corrected": ("没有事项认定为已更正", "nothing was corrected"),
    "one_matter_two_claims": ("同一件事提了两项", "two claims for one matter"),
    "opening_day_ahead": ("还没有到开始时间", "the opening is still ahead"),
    "outcome_missing": ("没有选认定结果", "no outcome"),
    "own_case": ("是本人的个案", "their own case"),
    "paper_not_there": ("有材料已不在", "a paper is gone"),
    "plan_in_use": ("活动已经建立", "the campaign is there already"),
    "record_incomplete": ("学籍记录不完整", "the record is incomplete"),
    "refusal_code_missing": ("没有选不予更正的理由", "no reason to refuse"),
    "role_not_held": ("没有这个身份的权限", "the role is not held"),
    "seen_before_filing": ("看到的日期早于提交", "seen before it was filed"),
    "seen_in_the_future": ("看到的日期还没有到", "seen on a day ahead"),
    "silence_means_nothing": ("没有确认不等于无误", "silence means nothing here"),
    "silent_cases_left": ("还有没处理的未核对个案", "silent cases are left"),
    "something_corrected": ("已有事项认定为已更正", "something was corrected"),
    "student_was_told": ("结果已通知学生", "the student was told"),
    "students_have_answered": ("已有学生作答", "students have answered"),
    "undo_is_late": ("已过撤销期限", "too late to undo"),
    "value_is_not_whole": ("填写的内容不完整", "a value that is not whole"),
    "value_taken": ("学号已属于别人", "the number is somebody else's"),
    "values_changed": ("学籍信息有更新", "the values changed"),
    "words_missing": ("没有写理由", "no words"),
    "words_too_long": ("理由太长", "too many words"),
    "wrong_state": ("当时的状态不能这样办", "not possible in that state"),
}


def why_not(code: str) -> str:
    """Why an attempt was refused, in a few words; '' for a code that explains itself to nobody here."""
    if code in WHY_NOT:
        return pick(*WHY_NOT[code])
    return policy_code_words(code)


def code_words(code: str) -> str:
    """What a code of something done says: ``XM:corrected`` is the name, corrected; '' if it has no words."""
    name, colon, more = code.partition(":")
    if not colon:
        if code in EXCLUSIONS:
            return exclusion_words(code)
        said = refusal_words(code)
        return said if said != code else ""
    if more in OUTCOMES:
        return f"{field_words(name)} · {outcome_words(more)}"
    if (cause := cause_words(more)) != more:
        return f"{field_words(name)} · {cause}"
    known = {
        "seen_on": ("在平台看到", "seen on the platform"),
        "closes_at": ("新的截止时间", "new close"),
        "registered_on": ("学历注册日期", "degrees registered on"),
    }
    if name not in known:
        return ""
    try:
        when = datetime.fromisoformat(more)
    except ValueError:
        return ""
    return f"{pick(*known[name])} {moment(when) if 'T' in more else day(when.date())}"
