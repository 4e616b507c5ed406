"""Labels of history codes: why an attempt was refused, and what an entry records about claims.

The history stores codes instead of sentences, because sentences would contain facts. Timelines show these
labels; a code without a label is shown unchanged.
"""

from __future__ import annotations

from config.policy.words import STEP_KINDS
from web.shared.words import (
    cause_words,
    day,
    field_words,
    kind_words,
    moment,
    outcome_words,
    pick,
    policy_code_words,
    refusal_words,
    step_words,
)
from workflow.campaigns.tables import RESULTS, SILENCES, WAYS
from workflow.cases.ending.lapse import LAPSES
from workflow.cases.tables import EXCLUSIONS, OUTCOMES, QUESTION_KINDS, STEP_OUTCOMES
from workflow.history import codes
from workflow.history.codes import Code
from workflow.notices.tables import CHANNELS

WHY_NOT: dict[str, tuple[str, str]] = {
    "already_published": ("这一时刻已有通报", "published already"),
    "already_sent": ("已经发出", "already sent out"),
    "already_settled": ("已有事项作出认定", "some claim is settled"),
    "another_paper": ("不是所要求的材料", "not the paper asked for"),
    "answer_missing": ("没有选答复的结果", "no answer chosen"),
    "asked_already": ("已经要求过", "asked already"),
    "base_moved": ("记录已有变动", "the record moved since the filing"),
    "before_the_campaign": ("早于活动开始", "before the campaign"),
    "campaign_is_past": ("自查已截止", "the campaign is over"),
    "campaign_not_begun": ("自查还没有开始", "the campaign has not begun"),
    "campaign_not_open": ("自查不在进行中", "the campaign is not open"),
    "campaign_not_over": ("自查还没有截止", "the campaign is not over"),
    "campaign_not_held": ("活动没有开始或已办结", "the campaign has not begun or is closed"),
    "case_exists": ("已有个案", "there is a case already"),
    "case_has_answered": ("学生已作答或不计入", "answered already, or not counted"),
    "cause_does_not_fit": ("错误原因与字段不符", "the cause does not fit the field"),
    "changed_meanwhile": ("查看之后已有变化", "changed meanwhile"),
    "chase_exists": ("另一人刚刚登记", "somebody noted something just now"),
    "claim_is_asked_about": ("该项正在等补正", "the claim is asked about"),
    "claims_unsettled": ("还有未认定的事项", "some claims are not settled"),
    "class_empty": ("没有这一届的记录", "no record of that class"),
    "class_exists": ("毕业班次已经建立", "the class is there already"),
    "closing_day_ahead": ("还没有到截止时间", "the close is still ahead"),
    "closing_day_past": ("已过截止时间", "the close is past"),
    "college_has_spoken": ("学院签认过或撤回过", "the college has spoken"),
    "college_silence_means_nothing": ("没有签认不等于无异议", "an unsigned list means nothing here"),
    "college_without_officer": ("学院没有经办人", "the college has no officer"),
    "colleges_not_done": ("学院的截止时间还没有到", "the colleges' time is not over"),
    "cohort_empty": ("范围内没有记录", "the cohort is empty"),
    "contact_not_whole": ("联系方式或结果没有选", "how or what came of it is missing"),
    "day_ahead": ("日期还没有到", "the day has not come"),
    "day_before_filing": ("日期早于提交", "before it was filed"),
    "day_missing": ("没有填日期", "no day"),
    "days_missing": ("没有写清哪几天", "no such days"),
    "deemed_at_rest": ("已按视为无误办结", "deemed correct, at rest"),
    "degree_registered": ("学历已注册", "the degree is registered"),
    "denied_by_the_number": ("与证件号码不一致", "disagrees with the ID number"),
    "details_misfit": ("提交的内容不合格", "details that do not fit"),
    "disagreed_already": ("已提交过不同意见", "disagreed already"),
    "dispute_is_late": ("异议已过期限", "too late to dispute"),
    "earlier_steps_open": ("前面的环节没有通过", "earlier steps are not passed"),
    "event_date_missing": ("没有填变更日期", "no date of the change"),
    "event_in_the_future": ("变更日期还没有到", "the change lies ahead"),
    "exclusion_code_missing": ("没有选不计入的理由", "no reason to exclude"),
    "field_has_open_claim": ("该字段已在办理", "the field has an open claim"),
    "field_not_claimable": ("该字段不能提出更正", "the field cannot be claimed"),
    "four_eyes": ("须由另一个人办理", "for another person"),
    "held_by_another": ("另一人正在办理", "held by somebody else"),
    "is_excluded": ("不计入本次自查", "excluded"),
    "is_included": ("本来就计入", "included already"),
    "key_reused": ("提交编号已用过", "the key stands for something else"),
    "list_changed": ("名单有变化", "the list changed"),
    "list_empty": ("名单是空的", "an empty list"),
    "list_signed_already": ("名单已有签认或已视为无异议", "the list stands already"),
    "moment_not_settled": ("时刻还没有过去", "the moment is not past"),
    "never_seen": ("所称的版本不存在", "a version that never was"),
    "never_told": ("学生没有收到过通知", "the student was never told"),
    "newer_claim_open": ("同一字段有更新的事项", "a newer claim is open"),
    "nobody_to_remind": ("没有需要提醒的人", "nobody to remind"),
    "no_campaign": ("不属于任何自查", "no campaign"),
    "no_cause_to_lapse": ("没有终止的理由", "no cause to lapse"),
    "no_case_here": ("不在本次自查中", "not in this campaign"),
    "no_channel": ("没有配置通知的渠道", "no channel for notices"),
    "no_chasing_due": ("不到催促的时候", "no time to ask again"),
    "no_claims": ("没有标出有误的信息", "no claim"),
    "no_own_address": ("没有设定网址", "no address of the pages"),
    "no_paper": ("没有补交材料", "no paper"),
    "no_reconfirmation_asked": ("没有要求确认结果", "no confirmation is asked"),
    "no_step_waits": ("没有等着的环节", "no such step waits"),
    "no_such_claim": ("没有这一项", "no such claim"),
    "no_such_question": ("没有这一项补正", "no such question"),
    "no_such_relation": ("没有这一条申报", "no such declaration"),
    "no_such_stand_in": ("代办已经结束", "the substitution is over"),
    "no_such_step": ("没有这个环节", "no such step"),
    "no_warning_due": ("没有要催促的补正", "no warning is due"),
    "not_an_extension": ("不晚于原截止时间", "not later than the close"),
    "not_announced": ("结果还没有通知", "not announced yet"),
    "not_decided": ("还没有办结", "not decided yet"),
    "not_enrolled": ("已不在籍", "not enrolled"),
    "not_held_by_you": ("不由本人办理", "held by nobody or another"),
    "not_in_cohort": ("不在自查范围", "not of the cohort"),
    "not_lapsed_by_mistake": ("没有误终止的事项", "nothing lapsed by mistake"),
    "not_of_the_staff": ("不是在职的工作人员", "not of the staff"),
    "not_oneself": ("不能登记自己代办", "nobody names themselves"),
    "not_seen_on_platform": ("没有写在平台看到的日期", "not seen on the platform"),
    "not_signed": ("没有纸质签名", "no signature on paper"),
    "not_your_college": ("不是本学院的", "another college's"),
    "not_your_decision": ("不是本人的决定", "somebody else's decision"),
    "not_the_desk": ("认定和办结不由本人所在部门办理", "another office settles and closes"),
    "not_your_record": ("不是本人的记录", "somebody else's record"),
    "not_your_role": ("不是此身份的职责", "not for that role"),
    "not_your_step": ("不是本人办理的环节", "somebody else's step"),
    "nothing_asked": ("没有等待答复的补正", "nothing is asked"),
    "nothing_changes": ("与现在的记录相同", "the same as the record"),
    "nothing_corrected": ("没有事项认定为已更正", "nothing was corrected"),
    "nothing_denied": ("没有未予更正的决定", "nothing was denied"),
    "nothing_to_ask": ("没有选要补正什么", "nothing to ask"),
    "notice_still_runs": ("公示还没有结束", "the public notice still runs"),
    "number_missing": ("没有填函件编号", "no number of the letter"),
    "number_too_long": ("编号太长", "too long a number"),
    "number_unknown": ("没有这个学号", "no such student number"),
    "officer_never_told": ("学院经办人没有收到过通知", "no officer was told"),
    "one_by_one": ("须逐人办理", "one by one only"),
    "one_matter_two_claims": ("同一件事提了两项", "two claims for one matter"),
    "opening_day_ahead": ("还没有到开始时间", "the opening is still ahead"),
    "other_college": ("不是本学院的学生", "another college's student"),
    "other_kind_of_step": ("环节不能这样办", "another kind of step"),
    "outcome_missing": ("没有选认定结果", "no outcome"),
    "own_case": ("是本人的个案", "their own case"),
    "paper_not_there": ("有材料已不在", "a paper is gone"),
    "plan_in_use": ("活动已经建立", "the campaign is there already"),
    "practice_sends_nothing": ("练习环境不发通知", "a practice installation sends nothing"),
    "prepared_by_you": ("有本人代为提交的内容", "prepared by themselves"),
    "proxy_outside_campaign": ("代办限于自查活动", "for a proxy in a campaign only"),
    "question_unknown": ("没有说清要补正什么", "an unknown question"),
    "questions_open": ("还有补正没有答复", "questions are open"),
    "reason_missing": ("没有选原因", "no reason"),
    "receiver_cannot_hold": ("不能移交给这个人", "cannot be handed to that person"),
    "reconfirmed_already": ("已确认过结果", "confirmed already"),
    "record_incomplete": ("学籍记录不完整", "the record is incomplete"),
    "refusal_code_missing": ("没有选不予更正的理由", "no reason to refuse"),
    "related": ("申报过利害关系", "a relation was declared"),
    "role_not_held": ("没有这个身份的权限", "the role is not held"),
    "seen_before_filing": ("看到的日期早于提交", "seen before it was filed"),
    "seen_in_the_future": ("看到的日期还没有到", "seen on a day ahead"),
    "sent_already": ("已登记发出", "sent already"),
    "signed_already": ("已登记纸质签名", "a signature is noted already"),
    "silence_means_nothing": ("没有确认不等于无误", "silence means nothing here"),
    "silent_cases_left": ("还有没处理的未核对个案", "silent cases are left"),
    "something_corrected": ("已有事项认定为已更正", "something was corrected"),
    "stand_in_overlaps": ("已有代办登记", "a substitution is there already"),
    "stand_in_too_long": ("代办超过一年", "longer than a year"),
    "step_is_done": ("环节已经办完", "the step is done"),
    "step_not_sent": ("还没有发出", "not sent yet"),
    "steps_open": ("还有没完成的环节", "steps are open"),
    "student_was_told": ("结果已通知学生", "the student was told"),
    "students_have_answered": ("已有学生作答", "students have answered"),
    "students_not_done": ("学生的截止时间还没有到", "the students' time is not over"),
    "the_same_person": ("自己代自己", "the same person"),
    "too_many_questions": ("一次要求得太多", "too many questions"),
    "undo_is_late": ("已过撤销期限", "too late to undo"),
    "value_as_before": ("和上次填写的一样", "the same value again"),
    "value_is_not_whole": ("填写的内容不完整", "a value that is not whole"),
    "value_taken": ("学号已属于别人", "the number is somebody else's"),
    "values_changed": ("学籍信息有更新", "the values changed"),
    "what_missing": ("没有选怎么办", "nothing was chosen"),
    "words_missing": ("没有写理由", "no words"),
    "words_too_long": ("理由太长", "too many words"),
    "wrong_state": ("当时的状态不能这样办", "not possible in that state"),
}

STEP_DEEDS: dict[str, tuple[str, str]] = STEP_OUTCOMES | {
    codes.SENT: ("已发出", "sent"),
    codes.OBJECTED: ("有异议", "objected to"),
}
"""What an entry records about a step."""


LISTED: dict[str, dict[str, tuple[str, str]]] = {
    codes.REASON: {**SILENCES, codes.NO_REASON: ("不登记原因", "no reason noted")},
    codes.HOW: WAYS,
    codes.RESULT: RESULTS,
    codes.TOLD_BY: {"page": ("在页面上看到", "seen on the page"), **CHANNELS},
}
"""Codes whose value is a term from a list."""

COUNTED: dict[str, tuple[str, str]] = {
    codes.REMINDED: ("提醒人数", "students reminded:"),
    codes.LINES: ("名单人数", "students on the list:"),
}
"""Codes whose value is a number."""


def why_not(code: str) -> str:
    """Why an attempt was refused, in a few words. '' for a code without a label."""
    if code in WHY_NOT:
        return pick(*WHY_NOT[code])
    return policy_code_words(code)


HANDS: dict[str, tuple[str, str]] = {
    codes.FROM: ("接自", "taken from"),
    codes.TO: ("移交给", "handed to"),
    codes.OFFICER: ("已告知的经办人", "officer who had been told"),
}
"""Codes that name a person: the previous and next assignee, and the person who had been notified."""

DATED: dict[str, tuple[str, str]] = {
    codes.DUE: ("期限", "until"),
    codes.RECONFIRM_UNTIL: ("请学生确认的期限", "to be confirmed until"),
    codes.SEEN_ON: ("在平台看到", "seen on the platform"),
    codes.SENT_ON: ("发出日期", "sent on"),
    codes.RECEIVED_ON: ("答复日期", "answered on"),
    codes.DATA_OF: ("数据截至", "data of"),
    codes.ON: ("日期", "on"),
    codes.SIGNED_ON: ("纸质签名", "signed on paper"),
    codes.REGISTERED_ON: ("学历注册日期", "degrees registered on"),
    codes.CLOSES_AT: ("新的截止时间", "new close"),
    codes.AS_OF: ("数字截至", "numbers as of"),
    codes.TOLD_AT: ("告知时间", "told at"),
}
"""Codes that name a day or a moment."""


def code_words(code: Code) -> str:
    """A done action's code in words: ``XM:corrected`` gives "name, corrected". '' if it has no label."""
    if not code.value:
        return _alone(code.name)
    if code.name in HANDS:
        return pick(*HANDS[code.name])
    if code.name in LISTED:
        return pick(*LISTED[code.name].get(code.value, ("", "")))
    if code.name == codes.BULLETIN:
        return pick(f"通报指纹 {code.value[:12]}", f"digest {code.value[:12]}")
    if code.number is not None:
        return _counted(code.name, code.number)
    if code.name in DATED:
        when = day(code.day) if code.day else moment(code.moment) if code.moment else ""
        return f"{pick(*DATED[code.name])} {when}" if when else ""
    return _about(code)


def _alone(name: str) -> str:
    if name == codes.BY_HAND:
        return pick("手工列入", "added by hand")
    for list_ in (EXCLUSIONS, LAPSES, QUESTION_KINDS):
        if name in list_:
            return pick(*list_[name])
    said = refusal_words(name)
    return said if said != name else ""


def _counted(name: str, n: int) -> str:
    if name == codes.TOLD:
        return pick(f"通知 {n} 人", f"{n} told")
    return f"{pick(*COUNTED[name])} {n}"


def _about(code: Code) -> str:
    """A code about a field, a step or a question, in words."""
    if code.value in OUTCOMES:
        return f"{field_words(code.name)} · {outcome_words(code.value)}"
    if code.name in STEP_KINDS and code.value in STEP_DEEDS:
        return f"{step_words(code.name)} · {pick(*STEP_DEEDS[code.value])}"
    if (cause := cause_words(code.value)) != code.value:
        return f"{field_words(code.name)} · {cause}"
    if code.name in QUESTION_KINDS:
        about = kind_words(code.value) if kind_words(code.value) != code.value else field_words(code.value)
        return f"{pick(*QUESTION_KINDS[code.name])} · {about}"
    return ""
