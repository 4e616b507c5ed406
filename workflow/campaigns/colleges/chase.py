"""Chasing students who have not answered: reasons, contacts, signatures on paper, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from config.policy.words import DUTIES, TELLERS, Words
from states import NOWHERE
from states import campaign as campaign_states
from states.case import NOT_CHECKED
from states.chase import CHASE
from workflow.campaigns.tables import RESULTS, SILENCES, WAYS, Chase
from workflow.cases import rules
from workflow.cases.facts import CampaignFacts, CaseFacts
from workflow.cases.load import look_at_case
from workflow.cases.reach import out_of_scope
from workflow.cases.tables import Case, ToldInPerson
from workflow.engine import Actor, Binding, Change, Engine, Ref, by_name, details, guards, in_words, is_id
from workflow.engine import Attempt as AttemptOn
from workflow.history.codes import DUTY, HOW, NO_REASON, ON, REASON, RESULT, SIGNED_ON, Code
from workflow.people.access import held_here, holds_the_role
from workflow.records.reach import covers
from workflow.store import table_of
from workflow.values import OneOf
from workflow.verdict import Reason

HELD = (campaign_states.OPEN, campaign_states.CLOSING)

TO_THEIR_FACE = ("in_person", "phone")
"""The ways of WAYS in which a student is told by word of mouth, and not through somebody else."""


@dataclass(frozen=True, slots=True)
class ChaseFacts:
    """A college's work on a case, as its guards read it."""

    id: str
    state: str
    version: int
    case: CaseFacts
    contacts: int = 0
    signed_on: date | None = None
    told_on: date | None = None
    lifecycle: str = CHASE.name

    @property
    def concerns(self) -> str:
        """The record whose case is chased."""
        return self.case.record.id

    @property
    def campaign(self) -> CampaignFacts | None:
        """The campaign the case belongs to."""
        return self.case.campaign


@dataclass(frozen=True, slots=True)
class Chased:
    """The result for some cases: how many were noted, and which were skipped as answered meanwhile."""

    done: int
    answered: tuple[str, ...] = ()


ChaseAttempt: TypeAlias = AttemptOn[ChaseFacts, rules.Rules, None]


def chase(
    engine: Engine,
    session: Session,
    cases: Sequence[str],
    action: str,
    by: Actor,
    *,
    key: str = "",
    **details: Any,
) -> Chased:
    """Note the same for several cases, all or none, in one unit of work. Raises Refused.

    A case answered meanwhile is skipped and named. ``key`` makes a repeated form idempotent for each of its
    cases.
    """
    done, answered = 0, []
    for case in dict.fromkeys(cases):
        ref = _chase_of(engine, session, case, by)
        verdict = engine.check_action(session, ref, action, by, **details)
        if verdict.codes == ("case_has_answered",):
            answered.append(case)
            continue
        engine.perform(session, ref, action, by=by, key=f"{key}/{case}" if key else "", **details)
        done += 1
    return Chased(done, tuple(answered))


def _chase_of(engine: Engine, session: Session, case: str, by: Actor) -> Ref:
    """The chase of a case, begun with the first note."""
    if not is_id(case):
        raise engine.not_there(session, Ref(CHASE.name, case), "begin", by)
    # Two concurrent first notes wait here for each other. SQLite has one writer anyway.
    session.execute(select(Case.id).where(Case.id == case).with_for_update())
    found = session.scalar(select(Chase.id).where(Chase.case_id == case))
    if found is None:
        found = engine.perform(session, Ref(CHASE.name), "begin", by=by, case=case).subject
    return Ref(CHASE.name, str(found))


# -- guards and checks ----------------------------------------------------------------------------------


@in_words("属于本人职责范围", "within one's scope")
def case_is_of_their_college(attempt: ChaseAttempt) -> Reason | None:
    """An officer works on the cases of students in their scope; the registrar on all."""
    if attempt.by.role != "officer":
        return None
    record = attempt.subject.case.record
    return None if any(covers(one, record) for one in held_here(attempt)) else out_of_scope()


@in_words("自查活动已开始、尚未办结", "the campaign has begun and is not closed")
def campaign_is_held(attempt: ChaseAttempt) -> Reason | None:
    """Colleges work on a campaign from its start until it is closed, also after its students' deadline."""
    campaign = attempt.subject.campaign
    if campaign is not None and campaign.state in HELD:
        return None
    return Reason(
        "campaign_not_held",
        "自查活动没有开始，或已经办结。",
        remedy="请在活动办结之前办理；已办结的，请联系学籍管理部门。",
    )


@in_words("学生尚未作答，且计入本次自查", "the student is counted and has not answered")
def case_is_silent(attempt: ChaseAttempt) -> Reason | None:
    """Only a counted student without an answer is chased."""
    case = attempt.subject.case
    if case.state == NOT_CHECKED and not case.excluded:
        return None
    return Reason(
        "case_has_answered",
        "这名学生已经作答，或不计入本次自查。",
        remedy="不用再催办；请刷新页面，查看现在的情况。",
    )


@in_words("没有登记过纸质签名", "no signature on paper is noted")
def not_signed_on_paper(attempt: ChaseAttempt) -> Reason | None:
    """At most one paper signature is noted."""
    if attempt.subject.signed_on is None:
        return None
    return Reason(
        "signed_already",
        "已登记 {day} 的纸质签名。",
        {"day": attempt.subject.signed_on},
        remedy="无需再登记；登记有误的，请先撤销。",
    )


@in_words("登记过纸质签名", "a signature on paper is noted")
def signed_on_paper(attempt: ChaseAttempt) -> Reason | None:
    """Only a noted signature can be removed."""
    if attempt.subject.signed_on is not None:
        return None
    return Reason("not_signed", "未登记过纸质签名。", remedy="不需要办理。")


@in_words("以辅导员或班主任的身份负责这名学生", "the student's counsellor or class teacher")
def holds_a_tellers_duty(attempt: ChaseAttempt) -> Reason | None:
    """Only who holds one of these duties for the student may attest that they told them."""
    if _tellers_duty(attempt):
        return None
    return Reason(
        "teller_without_duty",
        "告知本人，只由负责这名学生的{who}登记。",
        {"who": OneOf(tuple(Words(duty, *DUTIES[duty]) for duty in TELLERS))},
        remedy="请由其登记；您自己的联系，请用“登记联系”。",
    )


def _tellers_duty(attempt: ChaseAttempt) -> str:
    """The duty in which the actor may attest it, or ''. Of two, the one that counts as notice."""
    record = attempt.subject.case.record
    held = [one.duty for one in held_here(attempt) if one.duty in TELLERS and covers(one, record)]
    counting = attempt.policy.school.policy.silence.told_by
    return min(held, key=lambda duty: duty not in counting, default="")


@in_words("学生的截止时间还没有到", "the students' time is not over")
def told_before_the_close(attempt: ChaseAttempt) -> Reason | None:
    """Once the students' time is over nobody can make them told of it any more."""
    campaign = attempt.subject.campaign
    if campaign is not None and attempt.at <= campaign.closes_at:
        return None
    return Reason(
        "telling_is_late",
        "学生的截止时间已过，不能再登记告知。",
        remedy="没有被告知的学生不视为无误，请另行联系本人。",
    )


@in_words("没有登记过告知", "no telling is attested")
def not_told_in_person(attempt: ChaseAttempt) -> Reason | None:
    """One attestation is enough; a wrong one is struck first."""
    if attempt.subject.told_on is None:
        return None
    return Reason(
        "told_already",
        "已登记 {day} 告知过本人。",
        {"day": attempt.subject.told_on},
        remedy="无需再登记；登记有误的，请先撤销。",
    )


@in_words("登记过告知", "a telling is attested")
def told_in_person(attempt: ChaseAttempt) -> Reason | None:
    """Only what is attested can be struck."""
    if attempt.subject.told_on is not None:
        return None
    return Reason("not_told", "没有登记过告知本人。", remedy="不需要办理。")


@in_words("是当面或电话告知本人的", "in person or by phone")
def told_the_student(attempt: ChaseAttempt) -> Reason | None:
    """Word through a classmate or the family, and a message that may not be read, tell nobody for certain."""
    if attempt.details.get("how") in TO_THEIR_FACE:
        return None
    return Reason("not_to_their_face", "只登记当面或电话告知本人的。", remedy="其他方式的，请用“登记联系”。")


@in_words("告知的日期在自查期间", "told during the campaign")
def telling_day_fits(attempt: ChaseAttempt) -> Reason | None:
    """A day of the campaign that has come: earlier there was nothing to tell."""
    day, campaign = attempt.details.get("on"), attempt.subject.campaign
    first = campaign.opens_at.date() if campaign is not None else date.max
    if isinstance(day, date) and first <= day <= attempt.at.date():
        return None
    return Reason(
        "telling_day_wrong", "告知的日期应在自查开始之后、今天及以前。", remedy="填实际告知的那一天。"
    )


@in_words("选了列表中的原因", "a reason of the list")
def reason_is_known(attempt: ChaseAttempt) -> Reason | None:
    """A reason must be in the list, or '' to remove it."""
    if attempt.details.get("reason") in ("", *SILENCES):
        return None
    return Reason("reason_missing", "请选择未核对的原因。", remedy="在列表中选一个；没有合适的选“其他”。")


@in_words("选了联系方式和结果", "the way and the result of the contact are given")
def contact_is_whole(attempt: ChaseAttempt) -> Reason | None:
    """A contact needs a way and a result, both from a list. Free text could hold private details."""
    if attempt.details.get("how") in WAYS and attempt.details.get("result") in RESULTS:
        return None
    return Reason("contact_not_whole", "请选择联系方式和结果。", remedy="两项都要选。")


@in_words("日期不晚于今天", "the day is not ahead")
def day_has_come(attempt: ChaseAttempt) -> Reason | None:
    """The date must not be in the future."""
    day = attempt.details.get("on")
    if isinstance(day, date) and day <= attempt.at.date():
        return None
    return Reason("day_ahead", "请填写已经到来的日期。", remedy="填实际联系或签名的那一天。")


# -- effects --------------------------------------------------------------------------------------------


def keep_reason(attempt: ChaseAttempt, change: Change) -> None:
    """The reason as known now. Earlier ones are in the history."""
    reason = attempt.details["reason"]
    change.columns["reason"] = reason
    change.codes.append(Code(REASON, reason or NO_REASON))


def keep_contact(attempt: ChaseAttempt, change: Change) -> None:
    """Add a contact: the entry keeps it, the row counts it."""
    how, result, on = (attempt.details[name] for name in ("how", "result", "on"))
    change.columns |= {
        "contacts": attempt.subject.contacts + 1,
        "last_on": on.isoformat(),
        "last_how": how,
        "last_result": result,
    }
    change.codes += [Code(HOW, how), Code(RESULT, result), Code.on_day(ON, on)]


def keep_signature(attempt: ChaseAttempt, change: Change) -> None:
    """Note a paper signature. It says nothing about the case's state."""
    on: date = attempt.details["on"]
    change.columns["signed_on"] = on.isoformat()
    change.codes.append(Code.on_day(SIGNED_ON, on))


def drop_signature(attempt: ChaseAttempt, change: Change) -> None:
    """Remove a signature noted for the wrong student."""
    change.columns["signed_on"] = None


def keep_telling(attempt: ChaseAttempt, change: Change) -> None:
    """Keep who told the student, in which duty, how and when. The entry says the same."""
    how, on, duty = attempt.details["how"], attempt.details["on"], _tellers_duty(attempt)
    attempt.session.execute(
        insert(ToldInPerson).values(
            case_id=attempt.subject.case.id, told_on=on, how=how, duty=duty, told_by=attempt.by.person
        )
    )
    change.codes += [Code(DUTY, duty), Code(HOW, how), Code.on_day(ON, on)]


def drop_telling(attempt: ChaseAttempt, change: Change) -> None:
    """Take back what was attested of the wrong student. The history keeps both."""
    attempt.session.execute(delete(ToldInPerson).where(ToldInPerson.case_id == attempt.subject.case.id))


# -- the binding ----------------------------------------------------------------------------------------


JUST_BEGUN = Reason(
    "chase_exists", "另一个人刚刚为这名学生作了登记。", remedy="请刷新页面后再登记。", rule="begin"
)


def chase_room() -> Binding:
    """Bind the chase to its table and rules."""
    return Binding(
        lifecycle=CHASE,
        table=table_of(Chase),
        guards=guards(
            holds_the_role,
            case_is_of_their_college,
            campaign_is_held,
            case_is_silent,
            not_signed_on_paper,
            signed_on_paper,
            holds_a_tellers_duty,
            told_before_the_close,
            not_told_in_person,
            told_in_person,
        ),
        checks=by_name(reason_is_known, contact_is_whole, day_has_come, told_the_student, telling_day_fits),
        effects=by_name(
            keep_reason, keep_contact, keep_signature, drop_signature, keep_telling, drop_telling
        ),
        standing=frozenset(("holds_the_role", "case_is_of_their_college")),
        read=partial(_look, lock=True),
        look=_look,
        new_subject=_to_be,
        insert_columns=lambda attempt: {"case_id": attempt.subject.case.id},
        judged_by=_judged_by,
        details={
            "case": details.text,
            "reason": details.text,
            "how": details.text,
            "result": details.text,
            "on": details.day,
        },
        collisions=dict.fromkeys(("uq_chase_case_id", "chase.case_id"), JUST_BEGUN),
    )


def _judged_by(chase: ChaseFacts, action: str) -> str:
    """The policy version of its campaign's start."""
    return chase.campaign.policy if chase.campaign else ""


_TOLD_ON = select(ToldInPerson.told_on).where(ToldInPerson.case_id == Chase.case_id).scalar_subquery()
_KEPT = select(Chase.id, Chase.state, Chase.version, Chase.case_id, Chase.contacts, Chase.signed_on, _TOLD_ON)


def _look(session: Session, id: str, *, lock: bool = False) -> ChaseFacts | None:
    asked = _KEPT.where(Chase.id == id)
    found = session.execute(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        return None
    id, state, version, case, contacts, signed_on, told_on = found
    facts = look_at_case(session, case)
    assert facts is not None
    return ChaseFacts(id, state, version, facts, contacts, signed_on, told_on)


def _to_be(session: Session, id: str, details: Mapping[str, Any]) -> ChaseFacts | None:
    case = details.get("case", "")
    found = look_at_case(session, case) if is_id(case) else None
    return None if found is None else ChaseFacts(id, NOWHERE, 0, found)
