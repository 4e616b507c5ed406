"""Labels of history codes: why an attempt was refused, and what an entry records about claims.

The history stores codes instead of sentences, because sentences would contain facts. Timelines show these
labels; a code without a label is shown unchanged.
"""

from __future__ import annotations

from config.policy.words import DUTIES, STEP_KINDS
from web.shared.labels import (
    cause_words,
    checklist_words,
    field_words,
    kind_words,
    office_words,
    outcome_words,
    policy_code_words,
    refusal_words,
    step_words,
)
from web.shared.words import day, in_list, moment, pick
from workflow.campaigns import why_not as campaigns
from workflow.campaigns.tables import RESULTS, SILENCES, WAYS
from workflow.cases import why_not as cases
from workflow.cases.ending.lapse import LAPSES
from workflow.cases.review.escalation import overdue_days
from workflow.cases.tables import EXCLUSIONS, FLAG_KINDS, HOWS, OUTCOMES, QUESTION_KINDS, STEP_OUTCOMES
from workflow.engine import why_not as engine
from workflow.help import why_not as helping
from workflow.help.tables import KINDS as HELP_KINDS
from workflow.history import codes
from workflow.history.codes import Code
from workflow.history.entry import REFUSED, Entry
from workflow.notices.tables import CHANNELS
from workflow.outgoing.answers import why_not as answers
from workflow.outgoing.archive import why_not as archive
from workflow.outgoing.batches import why_not as batches
from workflow.outgoing.files import taking
from workflow.outgoing.forms import why_not as forms
from workflow.outgoing.jobs import why_not as outgoing
from workflow.people import why_not as people
from workflow.people.scopes import STAFF_DUTIES
from workflow.permissions import why_not as permissions
from workflow.permissions.tables import KINDS as PERMISSION_KINDS
from workflow.signin import why_not as signin
from workflow.sources import why_not as sources
from workflow.upkeep import leaving

WHY_NOT: dict[str, tuple[str, str]] = {
    **engine.WHY_NOT, **people.WHY_NOT, **signin.WHY_NOT, **permissions.WHY_NOT, **cases.WHY_NOT,
    **campaigns.WHY_NOT, **helping.WHY_NOT, **outgoing.WHY_NOT, **batches.WHY_NOT, **taking.WHY_NOT,
    **leaving.WHY_NOT, **archive.WHY_NOT, **answers.WHY_NOT, **forms.WHY_NOT, **sources.WHY_NOT,
}  # fmt: skip
"""Why something was refused, by the codes that the rooms give."""

STEP_DEEDS: dict[str, tuple[str, str]] = STEP_OUTCOMES | {
    codes.SENT: ("已发出", "sent"),
    codes.OBJECTED: ("有异议", "objected to"),
    codes.MORE: ("要求补充", "more wanted"),
}
"""What an entry records about a step."""


LISTED: dict[str, dict[str, tuple[str, str]]] = {
    codes.REASON: {**SILENCES, codes.NO_REASON: ("不登记原因", "no reason noted")},
    codes.HOW: WAYS,
    codes.RESULT: RESULTS,
    codes.VERIFIED: HOWS,
    codes.ABOUT: {**HELP_KINDS, **PERMISSION_KINDS},
    codes.DUTY: {duty: DUTIES[duty] for duty in STAFF_DUTIES},
    codes.TOLD_BY: {"page": ("在页面上看到", "seen on the page"), **CHANNELS},
}
"""Codes whose value is a term from a list."""

COUNTED: dict[str, tuple[str, str]] = {
    codes.REMINDED: ("提醒人数", "students reminded:"),
    codes.LINES: ("名单人数", "students on the list:"),
    codes.LINES_AGREED: ("同意的行数", "lines agreed to:"),
    codes.LINES_REFUSED: ("不同意的行数", "lines refused:"),
    codes.LINES_MORE: ("需补充的行数", "lines of which more is wanted:"),
}
"""Codes whose value is a number."""


def why_not(code: str) -> str:
    """Why an attempt was refused, in a few words. '' for a code without a label."""
    if code in WHY_NOT:
        return pick(*WHY_NOT[code])
    return policy_code_words(code)


HANDS: dict[str, tuple[str, str]] = {
    codes.FROM: ("接自", "taken from"),
    codes.TO: ("转办给", "handed to"),
    codes.OFFICER: ("已告知的经办人", "officer who had been told"),
}
"""Codes that name a person: the previous and next assignee, and the person who had been notified."""

DATED: dict[str, tuple[str, str]] = {
    codes.DUE: ("期限", "until"),
    codes.RECONFIRM_UNTIL: ("请学生确认的期限", "to be confirmed until"),
    codes.SEEN_ON: ("在平台看到", "seen on the platform"),
    codes.LOOKED_ON: ("学生自报在学信网查看", "by the student's word looked on the platform on"),
    codes.SENT_ON: ("发出日期", "sent on"),
    codes.RECEIVED_ON: ("答复日期", "answered on"),
    codes.VERIFIED_ON: ("核验日期", "verified on"),
    codes.RETURNED_ON: ("退还日期", "given back on"),
    codes.DATA_OF: ("数据截至", "data of"),
    codes.ON: ("日期", "on"),
    codes.SIGNED_ON: ("纸质签名", "signed on paper"),
    codes.REGISTERED_ON: ("学历注册日期", "degrees registered on"),
    codes.CLOSES_AT: ("新的截止时间", "new close"),
    codes.AS_OF: ("数字截至", "numbers as of"),
    codes.ACCEPTED_FROM: ("开始受理", "taken from"),
    codes.TOLD_AT: ("告知时间", "told at"),
    codes.UNTIL: ("有效至", "until"),
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
    if code.name == codes.OFFICE:
        return str(office_words(code.value))
    if code.name == codes.MONTH:
        return pick(f"受理月份 {code.value}", f"intake {code.value}")
    if code.name == codes.DECIDED_OUTSIDE:
        return refusal_words(str(code))
    if code.name == codes.TICKED:
        return pick("已核对：", "looked at: ") + checklist_words(code.value)
    if code.name == codes.BULLETIN:
        return pick(f"通报校验码 {code.value[:12]}", f"bulletin with check code {code.value[:12]}")
    if code.number is not None:
        return _counted(code.name, code.number)
    if code.name in DATED:
        when = day(code.day) if code.day else moment(code.moment) if code.moment else ""
        return f"{pick(*DATED[code.name])} {when}" if when else ""
    return _about(code)


def escalated_words(entry: Entry) -> str:
    """What was told of overdue steps, in a sentence; '' for every other entry."""
    told = next((n for code in map(Code.parse, entry.codes) if (n := code.number) is not None), None)
    if entry.action != "escalate" or entry.kind == REFUSED or told is None:
        return ""
    days = in_list([day(one) for one in overdue_days(entry)])
    if not told:
        return pick(
            f"有环节过了期限（{days}），学校规则指定的人员中没有可以通知的人。",
            f"Steps were past their last day ({days}); nobody whom the school's rules name could be told.",
        )
    return pick(
        f"有环节过了期限（{days}），按学校规则通知了 {told} 人。",
        f"Steps were past their last day ({days}); {told} told, as the school's rules say.",
    )


def _alone(name: str) -> str:
    if name == codes.BY_HAND:
        return pick("手工列入", "added by hand")
    if name == codes.COLLEGE_SILENT:
        return pick("学院到期没有签认名单", "the college did not sign its list in time")
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
    if code.value == codes.RIGHT:
        return pick(f"{field_words(code.name)} · 无误", f"{field_words(code.name)} · right")
    if code.value == codes.DEFERRED_FIELD:
        return pick(f"{field_words(code.name)} · 有误，待提出", f"{field_words(code.name)} · wrong, later")
    if code.value in FLAG_KINDS:
        return f"{field_words(code.name)} · {pick(*FLAG_KINDS[code.value])}"
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
