"""What a claim passes in review: steps made by policy, taken in their order by whoever they belong to.

A step is *open* until it has an outcome; it is *ready* for a claim when no earlier step of that claim is open
or failed. Taken for some of its claims only, it is split: the rest stays open as a step of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from config.calendar import UnknownYear
from config.policy import Answer, QuestionFault, ask
from config.policy import Step as StepSaid
from config.policy.words import STEP_KINDS
from workflow.cases import rules
from workflow.cases.facts import CaseFacts, ClaimFacts, StepFacts, steps_of
from workflow.cases.filing import ClaimFiled
from workflow.cases.tables import Claim, Step, StepClaim
from workflow.engine import SYSTEM, Asking, Attempt, Change, Effect, Entropy, Guard
from workflow.evidence.tables import Evidence
from workflow.people.access import grants_at_the_door, people_at_the_door
from workflow.people.cipher import Cipher
from workflow.records.texts import clean_text, clean_words
from workflow.records.values import values_of
from workflow.store import Prepared, as_text
from workflow.verdict import Reason

DECIDED = ("check", "approval", "visit")
"""Steps that an office of the school decides by itself."""
ANSWERED = ("letter", "province", "external")
"""Steps that are sent out, and end with what comes back."""
NOTICE, PLATFORM = "public_notice", "platform"
COLLEGE = "college"
"""The office that stands for each student's own college."""

KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "pass_step": (*DECIDED, NOTICE),
    "fail_step": (*DECIDED, NOTICE),
    "send": (*ANSWERED, NOTICE, PLATFORM),
    "receive": ANSWERED,
    "object": (NOTICE,),
    "see": (PLATFORM,),
}
"""The kinds of steps that each act is about."""

NUMBER_LIMIT = 64
_COLUMNS = ("id", "case_id", "position", "kind", "office", "duty", "four_eyes", "due", "made_at")
_REST = ("sent_on", "number", "objections", "outcome", "ended_by", "ended_for", "ended_at")
_WRITE = Prepared(insert(Step.__table__).values({name: bindparam(name) for name in _COLUMNS}))  # type: ignore[arg-type]
_COPY = Prepared(insert(Step.__table__).values({name: bindparam(name) for name in (*_COLUMNS, *_REST)}))  # type: ignore[arg-type]
_NAME_CLAIM = Prepared(
    insert(StepClaim.__table__).values(step_id=bindparam("step"), claim_id=bindparam("claim"))  # type: ignore[arg-type]
)
_MOVE_CLAIM = Prepared(
    update(StepClaim.__table__)  # type: ignore[arg-type]
    .where(StepClaim.step_id == bindparam("b_step"), StepClaim.claim_id == bindparam("b_claim"))
    .values(step_id=bindparam("to"))
)
_FILED = Prepared(
    select(Claim.id, Claim.field, Claim.cause, Claim.event_date, Claim.old, Claim.new)
    .where(Claim.case_id == bindparam("case"), Claim.outcome != "withdrawn")
    .order_by(Claim.filed_at, Claim.id)
)
_KINDS = Prepared(select(Evidence.kind).where(Evidence.case_id == bindparam("case")))


def _of_step(*names: str) -> Prepared:
    return Prepared(
        update(Step.__table__)  # type: ignore[arg-type]
        .where(Step.id == bindparam("step"))
        .values({name: bindparam(name) for name in names})
    )


_END = _of_step("outcome", "ended_by", "ended_for", "ended_at")
_SENT = _of_step("sent_on", "number", "due")
_OBJECTED = Prepared(
    update(Step.__table__).where(Step.id == bindparam("step")).values(objections=Step.objections + 1)  # type: ignore[arg-type]
)
_CORRECTED = Prepared(
    update(Claim.__table__)  # type: ignore[arg-type]
    .where(Claim.id == bindparam("claim"))
    .values(outcome="corrected", ruling="", seen_on=bindparam("seen_on"))
)
_UNSETTLE = Prepared(
    update(Claim.__table__).where(Claim.id == bindparam("claim")).values(outcome="", ruling="")  # type: ignore[arg-type]
)
_SEEN_ON = Prepared(
    update(Claim.__table__).where(Claim.id == bindparam("claim")).values(seen_on=bindparam("seen_on"))  # type: ignore[arg-type]
)


# -- where a case stands --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that can be taken now, and the claims for which it can."""

    step: StepFacts
    claims: tuple[str, ...]


def unsettled(case: CaseFacts) -> tuple[ClaimFacts, ...]:
    """The claims of a case that have no outcome yet."""
    return tuple(claim for claim in case.claims if not claim.outcome)


def standing(case: CaseFacts, claim: str) -> Iterator[StepFacts]:
    """The steps of a claim that count, in their order: those that are open, passed or failed."""
    return (step for step in case.steps if claim in step.claims and step.outcome != "void")


def unfinished(case: CaseFacts, claim: str) -> tuple[StepFacts, ...]:
    """What keeps a claim from being corrected: its steps that are open or failed."""
    return tuple(step for step in standing(case, claim) if step.outcome != "passed")


def failed(case: CaseFacts) -> tuple[StepFacts, ...]:
    """Steps that were not passed by claims which have no outcome yet: those are to be settled."""
    waiting = {claim.id for claim in unsettled(case)}
    return tuple(step for step in case.steps if step.outcome == "failed" and step.claims & waiting)


def ready(case: CaseFacts, also: Collection[str] = ()) -> tuple[Ready, ...]:
    """Every open step that can be taken now, in order, with the claims for which it can.

    ``also`` names claims that were settled otherwise and are to pass their steps after all.
    """
    found = []
    for step in case.steps:
        if step.outcome:
            continue
        claims = tuple(claim.id for claim in _takable(case, also) if _is_ready(case, step, claim.id))
        if claims:
            found.append(Ready(step, claims))
    return tuple(found)


def _takable(case: CaseFacts, also: Collection[str]) -> Iterator[ClaimFacts]:
    """Claims without an outcome, and those named whose outcome is no correction."""
    return (
        claim
        for claim in case.claims
        if not claim.outcome or (claim.outcome in ("refused", "already_right") and claim.id in also)
    )


def _is_ready(case: CaseFacts, step: StepFacts, claim: str) -> bool:
    if claim not in step.claims:
        return False
    return not any(other.position < step.position for other in unfinished(case, claim))


def for_the_desk(case: CaseFacts) -> bool:
    """Whether a case waits for whoever settles and closes, whatever other offices still have to do."""
    done = (claim for claim in unsettled(case) if not unfinished(case, claim.id))
    return not ready(case) or bool(failed(case)) or any(done)


def taken_claims(attempt: Attempt, step: StepFacts) -> tuple[str, ...]:
    """For which claims a step would be taken: those named, or all, as far as it is ready for them.

    A step that failed can be taken again until its claims are settled, and a claim that is named can pass a
    step although it was refused. What an import shows is there, whoever still has to look.
    """
    said = attempt.details.get("only")
    return tuple(
        claim.id
        for claim in _takable(attempt.subject, said or ())
        if (said is None or claim.id in said)
        and (claim.id in step.claims if attempt.by is SYSTEM else _is_ready(attempt.subject, step, claim.id))
    )


# -- whose step it is -----------------------------------------------------------------------------------


def not_theirs(attempt: Attempt, step: StepFacts) -> Iterator[Reason]:
    """Why a step is not for the person who acts; nothing if it is."""
    if attempt.by is SYSTEM:
        return
    if not _of_their_office(attempt, step):
        yield Reason(
            "not_your_step",
            "“{step}”由{office}办理。",
            {"step": kind_words(step.kind), "office": rules.office_words(attempt.policy, step.office)},
            remedy="请由该部门的人员办理。",
            rule="step_is_theirs",
        )
    here = people_at_the_door(attempt.by)
    if step.kind in DECIDED and any(one.taken_by & here for one in _apart(attempt.subject, step)):
        yield Reason(
            "four_eyes",
            "“{step}”须由另一个人办理：同一事项的另一环节已由您办理。",
            {"step": kind_words(step.kind)},
            remedy="请由另一位审核人办理。",
            rule="step_is_theirs",
        )


def _of_their_office(attempt: Attempt, step: StepFacts) -> bool:
    """The college's officer, a reviewer of the office, or a second reviewer for any reviewer's step.

    What other bodies do is entered by the default office or the office that the step names.
    """
    role, grants = attempt.by.role, grants_at_the_door(attempt)
    if step.kind in DECIDED and step.office == COLLEGE:
        return role == "officer" and ("officer", attempt.subject.record.fy) in grants
    if role not in ("reviewer", "second_reviewer"):
        return False
    if step.duty == "second_reviewer" and role != "second_reviewer":
        return False
    if role == "second_reviewer":
        return True
    at_home = ("reviewer", "") in grants
    if ("reviewer", step.office) in grants:
        return True
    return at_home and (step.kind not in DECIDED or step.office == rules.default_office(attempt.policy))


def _apart(case: CaseFacts, step: StepFacts) -> Iterator[StepFacts]:
    """The decided steps of the same claims that another person must have taken."""
    for other in case.steps:
        decided = other.id != step.id and other.kind in DECIDED and other.outcome in ("passed", "failed")
        if decided and other.claims & step.claims and (step.four_eyes or other.four_eyes):
            yield other


def kind_words(kind: str) -> str:
    """A kind of step in Chinese."""
    return STEP_KINDS[kind][0] if kind in STEP_KINDS else kind


def steps_words(steps: Iterable[StepFacts]) -> str:
    """Several steps in Chinese, each kind once."""
    return "、".join(dict.fromkeys(kind_words(step.kind) for step in steps))


# -- guards ---------------------------------------------------------------------------------------------


def step_waits(attempt: Attempt) -> Iterable[Reason]:
    """Something of the kind waits, and it waits for the person; which step is meant is asked afterwards."""
    if attempt.details.get("step"):
        return ()
    kinds = KINDS_OF[attempt.action.name]
    waiting = [one.step for one in ready(attempt.subject) if one.step.kind in kinds]
    if not waiting:
        return (_nothing_waits(attempt),)
    said = [tuple(not_theirs(attempt, step)) for step in waiting]
    return () if any(not reasons for reasons in said) else said[0]


def turn_is_theirs(attempt: Attempt) -> Iterable[Reason]:
    """A case is taken up by somebody who can do what it waits for; settling and closing are the desk's."""
    if attempt.by.role != "officer" and for_the_desk(attempt.subject):
        return ()
    said = [tuple(not_theirs(attempt, one.step)) for one in ready(attempt.subject)]
    if said:
        return () if any(not reasons for reasons in said) else said[0]
    return (_nothing_waits(attempt),)


def of_their_college(attempt: Attempt) -> Reason | None:
    """A college's officer has to do with the students of that college, and with nobody else's."""
    if attempt.by.role != "officer" or ("officer", attempt.subject.record.fy) in grants_at_the_door(attempt):
        return None
    return Reason(
        "other_college", "这不是您学院的学生。", remedy="请由学生所在学院的经办人办理。", stranger=True
    )


def no_step_open(attempt: Attempt) -> Reason | None:
    """A case is closed only when no corrected claim has a step ahead of it."""
    case: CaseFacts = attempt.subject
    ahead = [
        step
        for claim in case.claims
        if claim.outcome in ("", "corrected")
        for step in unfinished(case, claim.id)
    ]
    return still_open(ahead) if ahead else None


def nothing_sent(attempt: Attempt) -> Reason | None:
    """What has been sent to another body cannot be taken back by the student any more."""
    sent = [step for step in attempt.subject.steps if step.sent_on and step.outcome != "void"]
    if not sent:
        return None
    return Reason(
        "already_sent",
        "“{steps}”已发出，不能再撤回。",
        {"steps": steps_words(sent)},
        remedy="请等待办结；对结果有异议可以再提出。",
    )


GUARDS: dict[str, Guard] = {
    "step_waits": Guard(step_waits),
    "turn_is_theirs": Guard(turn_is_theirs),
    "of_their_college": Guard(of_their_college),
    "no_step_open": Guard(no_step_open),
    "nothing_sent": Guard(nothing_sent),
}


def _nothing_waits(attempt: Attempt) -> Reason:
    return Reason(
        "no_step_waits",
        "现在没有等着“{action}”的环节。",
        {"action": attempt.action.zh},
        remedy="请查看这个个案现在等的是什么。",
    )


def still_open(ahead: Sequence[StepFacts]) -> Reason:
    """Why something cannot be called corrected yet."""
    return Reason(
        "steps_open",
        "还有没有完成的环节：{steps}。",
        {"steps": steps_words(ahead)},
        remedy="请先完成这些环节；未通过的，请认定为“未予更正”。",
    )


# -- checks ---------------------------------------------------------------------------------------------


def step_is_ready(attempt: Attempt) -> Iterator[Reason]:
    """The step is of this case and of the act's kind, its turn has come, and it is the person's."""
    step = the_step(attempt)
    if step is None or step.outcome == "void":
        yield Reason("no_such_step", "这个个案里没有这个环节。", remedy="请刷新页面后重新选择。")
        return
    if step.kind not in KINDS_OF[attempt.action.name]:
        yield Reason(
            "other_kind_of_step",
            "“{step}”不能这样办理。",
            {"step": kind_words(step.kind)},
            remedy="请使用这个环节自己的办理方式。",
        )
        return
    yield from not_theirs(attempt, step)
    if step.outcome == "passed":
        yield Reason(
            "step_is_done",
            "“{step}”已经办完。",
            {"step": kind_words(step.kind)},
            remedy="请刷新页面，查看现在的情况。",
        )
    elif not taken_claims(attempt, step):
        yield from _why_not_ready(attempt, step)


def _why_not_ready(attempt: Attempt, step: StepFacts) -> Iterator[Reason]:
    case: CaseFacts = attempt.subject
    ahead = [
        other
        for claim in case.claims
        if claim.id in step.claims and claim.outcome != "corrected"
        for other in unfinished(case, claim.id)
        if other.position < step.position
    ]
    if ahead:
        yield Reason(
            "earlier_steps_open",
            "前面的环节还没有通过：{steps}。",
            {"steps": steps_words(ahead)},
            remedy="请先完成前面的环节。",
        )
    else:
        yield Reason("no_such_claim", "这个环节里没有这一项。", remedy="请刷新页面后重新选择。")


def step_can_end(attempt: Attempt) -> Iterator[Reason]:
    """What is sent out ends with what comes back; a public notice runs its days, objections are weighed."""
    step = the_step(attempt)
    if step is None:
        return
    if step.kind in (*ANSWERED, NOTICE) and step.sent_on is None:
        yield Reason(
            "step_not_sent",
            "“{step}”还没有发出。",
            {"step": kind_words(step.kind)},
            remedy="请先登记发出的日期。",
        )
    elif step.kind == NOTICE and attempt.action.name == "pass_step":
        if step.due is not None and attempt.at.date() <= step.due:
            yield Reason(
                "notice_still_runs",
                "公示到 {due} 才结束。",
                {"due": step.due.isoformat()},
                remedy="请在公示期满后办理。",
                until=step.due.isoformat(),
            )
        if step.objections and not clean_words(attempt.details.get("words") or ""):
            yield Reason(
                "words_missing", "公示期间有异议，请写明怎样处理。", remedy="用学生看得懂的话写一两句。"
            )


def sending_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """A letter bears the school's number; whatever is sent bears the day on which it was, once."""
    step = the_step(attempt)
    if step is not None and step.sent_on is not None:
        yield Reason(
            "sent_already",
            "“{step}”已于 {day} 发出。",
            {"step": kind_words(step.kind), "day": step.sent_on.isoformat()},
            remedy="不需要再次登记。",
        )
    number = clean_text(attempt.details.get("number") or "")
    if step is not None and step.kind == "letter" and not number:
        yield Reason("number_missing", "请填写函件的编号。", remedy="编号写在函件上，回函时用得到。")
    if len(number) > NUMBER_LIMIT:
        yield Reason("number_too_long", "编号最多 {limit} 字。", {"limit": NUMBER_LIMIT}, remedy="请缩短。")
    yield from _day(attempt, "sent_on", attempt.subject.filed_at)


def answer_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """What came back is a yes or a no, with its day; a no brings its words."""
    outcome = attempt.details.get("outcome")
    if outcome not in ("passed", "failed"):
        yield Reason("answer_missing", "请选择答复的结果。", remedy="同意或不同意，二者选一。")
    if outcome == "failed" and not clean_words(attempt.details.get("words") or ""):
        yield Reason("words_missing", "请写明对方不同意的理由。", remedy="照来文的原话写。")
    yield from _day(attempt, "received_on", attempt.subject.filed_at)


def seen_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """Seen on the platform needs the day on which it was."""
    yield from seen_day(attempt)


def seen_day(attempt: Attempt) -> Iterator[Reason]:
    """A day on which the platform showed the value: not ahead, and not before the filing."""
    seen_on, filed_at = attempt.details.get("seen_on"), attempt.subject.filed_at
    if not isinstance(seen_on, date):
        yield Reason(
            "not_seen_on_platform",
            "“已更正”须写明在学信网平台看到正确信息的日期。",
            remedy="请先在平台更正并查看，再填写看到的日期。",
        )
    elif seen_on > attempt.at.date():
        yield Reason(
            "seen_in_the_future",
            "看到的日期 {day} 还没有到。",
            {"day": seen_on.isoformat()},
            remedy="请填写实际看到的日期。",
        )
    elif filed_at and seen_on < filed_at.date() and attempt.by is not SYSTEM:
        yield Reason(
            "seen_before_filing",
            "看到的日期 {day} 早于提交的日期 {filed}。",
            {"day": seen_on.isoformat(), "filed": filed_at.date().isoformat()},
            remedy="请填写更正以后实际看到的日期；提交时平台上就已正确的，请认定为“本来就对”。",
        )


def _day(attempt: Attempt, name: str, filed_at: datetime | None) -> Iterator[Reason]:
    day = attempt.details.get(name)
    if day is None:
        yield Reason("day_missing", "请填写日期。", remedy="按实际办理的日期填写。")
    elif day > attempt.at.date():
        yield Reason(
            "day_ahead", "日期 {day} 还没有到。", {"day": day.isoformat()}, remedy="请填写实际的日期。"
        )
    elif filed_at and day < filed_at.date():
        yield Reason(
            "day_before_filing",
            "日期 {day} 早于提交的日期 {filed}。",
            {"day": day.isoformat(), "filed": filed_at.date().isoformat()},
            remedy="请填写实际的日期。",
        )


def the_step(attempt: Attempt) -> StepFacts | None:
    """The step that an act names; None if the case has none such."""
    said = attempt.details.get("step")
    return next((step for step in attempt.subject.steps if step.id == said), None)


# -- what follows ---------------------------------------------------------------------------------------


class Steps:
    """Makes steps, ends them, and sees what they were made for; opens the values that were claimed."""

    def __init__(self, cipher: Cipher, entropy: Entropy) -> None:
        self._cipher, self._entropy = cipher, entropy

    def checks(self) -> dict[str, Asking]:
        """The checks of steps by the name lifecycles use."""
        return {
            "step_is_ready": step_is_ready,
            "step_can_end": step_can_end,
            "sending_is_whole": sending_is_whole,
            "answer_is_whole": answer_is_whole,
            "seen_is_whole": seen_is_whole,
            "base_is_known": self.base_is_known,
        }

    def effects(self) -> dict[str, Effect]:
        """The effects of steps by the name lifecycles use."""
        return {
            name: getattr(self, name)
            for name in (
                "build_steps",
                "renew_steps",
                "restore_steps",
                "void_steps",
                "pass_the_step",
                "fail_the_step",
                "note_sent",
                "note_answer",
                "note_objection",
                "note_seen",
                "settle_what_is_seen",
                "pass_it_on",
            )
        }

    # -- making them ------------------------------------------------------------------------------------

    def build_steps(self, attempt: Attempt, change: Change) -> None:
        """The steps that the policy's answer to a filing names, for the claims just written."""
        claims: Sequence[ClaimFiled] = attempt.details["claims"]
        answer: Answer | None = attempt.memo.get("answer")
        ids = {claim.field: id for claim, id in zip(claims, change.claims, strict=True)}
        for position, step in in_order(answer) if answer else ():
            change.steps.append(self._write(attempt, position, step, [ids[field] for field in step.claims]))

    def rebuild(self, attempt: Attempt, change: Change, claims: Iterable[str]) -> None:
        """What claims or papers were before has been judged; now they are others, so it is judged anew.

        Every step of these claims is void, whatever its outcome, and the policy is asked again as of the
        filing. Where it cannot answer any more, the same steps are made anew.
        """
        affected = set(claims)
        kept = steps_of(attempt.session, attempt.subject.id)
        gone = [step for step in kept if step.outcome != "void" and step.claims & affected]
        for step in gone:
            id = self._part(attempt, step, step.claims & affected)
            self._end(attempt, id, "void", step.ended_by, step.ended_for)
        _SEEN_ON.run_many(attempt.session, [{"claim": claim, "seen_on": None} for claim in sorted(affected)])
        said = self._said_anew(attempt, affected)
        if said is None:
            change.steps += [self._copy(attempt, step, step.claims & affected, anew=True) for step in gone]
        else:
            change.steps += [self._write(attempt, position, step, ids) for position, step, ids in said]

    def renew_steps(self, attempt: Attempt, change: Change) -> None:
        """A decision that is looked at again is passed again; what other bodies agreed to stands."""
        case: CaseFacts = attempt.subject
        for step in steps_of(attempt.session, case.id):
            by_the_close = step.outcome == "void" and step.ended_at == case.decided_at
            if (step.outcome == "void" and not by_the_close) or (
                step.outcome == "passed" and step.kind not in (*DECIDED, PLATFORM)
            ):
                continue
            if step.outcome != "void":
                self._end(attempt, step.id, "void", step.ended_by, step.ended_for)
            change.steps.append(self._copy(attempt, step, step.claims, anew=True))

    def restore_steps(self, attempt: Attempt, change: Change) -> None:
        """A decision that is undone leaves the steps as it found them."""
        case: CaseFacts = attempt.subject
        for step in steps_of(attempt.session, case.id):
            if step.outcome == "void" and step.ended_at == case.decided_at and not step.ended_by:
                _END.run(
                    attempt.session,
                    {"step": step.id, "outcome": "", "ended_by": None, "ended_for": None, "ended_at": None},
                )

    def void_steps(self, attempt: Attempt, change: Change) -> None:
        """What is still open when a case ends is not taken any more."""
        for step in attempt.subject.steps:
            if not step.outcome:
                self._end(attempt, step.id, "void", "")

    def _said_anew(
        self, attempt: Attempt, affected: Collection[str]
    ) -> list[tuple[int, StepSaid, list[str]]] | None:
        """The policy's steps for these claims as they are now, as of their filing; None if it cannot say."""
        case: CaseFacts = attempt.subject
        rows = _FILED.run(attempt.session, {"case": case.id}).fetchall()
        open_, olds = [], {}
        for id, field, cause, event, old, new in rows:
            value = self._cipher.open(new, table="claim", column="new", row=id)
            open_.append((id, ClaimFiled(field, cause, value, date.fromisoformat(event) if event else None)))
            olds[field] = self._cipher.open(old, table="claim", column="old", row=id)
        put = rules.question(
            attempt.session,
            attempt.policy,
            replace(case, claims_of_record=tuple(c for c in case.claims_of_record if c.case_id != case.id)),
            case.filed_at or attempt.at,
            claims=[claim for _, claim in open_],
            olds=olds,
            papers=[kind for (kind,) in _KINDS.run(attempt.session, {"case": case.id}).fetchall()],
        )
        try:
            answer = ask(attempt.policy.school, put)
        except QuestionFault:
            return None
        if not answer.may:
            return None
        ids = {claim.field: id for id, claim in open_ if id in affected}
        said = [
            (position, step, [ids[field] for field in step.claims if field in ids])
            for position, step in in_order(answer)
        ]
        return [one for one in said if one[2]]

    def _write(self, attempt: Attempt, position: int, step: StepSaid, claims: Iterable[str]) -> str:
        id = self._entropy(16).hex()
        row = {
            "id": id,
            "case_id": attempt.subject.id,
            "position": position,
            "kind": step.kind,
            "office": step.office,
            "duty": step.duty,
            "four_eyes": step.four_eyes,
            "due": step.due.isoformat() if step.due else None,
            "made_at": as_text(attempt.at),
        }
        _WRITE.run(attempt.session, row)
        _NAME_CLAIM.run_many(attempt.session, [{"step": id, "claim": claim} for claim in claims])
        return id

    def _copy(self, attempt: Attempt, step: StepFacts, claims: Iterable[str], *, anew: bool) -> str:
        """The same step once more: with what became of it, or open and with as many days as it had."""
        id = self._entropy(16).hex()
        row: dict[str, Any] = {
            "id": id,
            "case_id": attempt.subject.id,
            "position": step.position,
            "kind": step.kind,
            "office": step.office,
            "duty": step.duty,
            "four_eyes": step.four_eyes,
            "due": step.due.isoformat() if step.due else None,
            "made_at": as_text(step.made_at),
            "sent_on": step.sent_on.isoformat() if step.sent_on else None,
            "number": step.number,
            "objections": step.objections,
            "outcome": step.outcome,
            "ended_by": step.ended_by or None,
            "ended_for": step.ended_for or None,
            "ended_at": as_text(step.ended_at) if step.ended_at else None,
        }
        if anew:
            due = shifted(attempt, step, attempt.at.date())
            row |= {"made_at": as_text(attempt.at), "due": due.isoformat() if due else None}
            row |= {"sent_on": None, "number": "", "objections": 0}
            row |= {"outcome": "", "ended_by": None, "ended_for": None, "ended_at": None}
        _COPY.run(attempt.session, row)
        if anew:
            _NAME_CLAIM.run_many(attempt.session, [{"step": id, "claim": claim} for claim in sorted(claims)])
        else:
            _MOVE_CLAIM.run_many(
                attempt.session,
                [{"b_step": step.id, "b_claim": claim, "to": id} for claim in sorted(claims)],
            )
        return id

    def _part(self, attempt: Attempt, step: StepFacts, claims: Collection[str]) -> str:
        """The step for these claims alone: it keeps its id, and its other claims go on in a copy of it."""
        if others := step.claims - set(claims):
            self._copy(attempt, step, others, anew=False)
        return step.id

    def _end(self, attempt: Attempt, step: str, outcome: str, by: str, absent: str = "") -> None:
        values = {"step": step, "outcome": outcome, "ended_by": by or None, "ended_for": absent or None}
        _END.run(attempt.session, {**values, "ended_at": as_text(attempt.at)})

    # -- taking them ------------------------------------------------------------------------------------

    def pass_the_step(self, attempt: Attempt, change: Change) -> None:
        """The step is passed for the claims that were meant."""
        self._take(attempt, change, "passed")

    def fail_the_step(self, attempt: Attempt, change: Change) -> None:
        """The step is not passed; its claims can be settled as refused, and are not by themselves."""
        self._take(attempt, change, "failed")

    def note_answer(self, attempt: Attempt, change: Change) -> None:
        """What came back ends the step, with the day of the answer; its words are the other body's."""
        change.codes.append(f"received_on:{attempt.details['received_on'].isoformat()}")
        self._take(attempt, change, str(attempt.details["outcome"]))

    def _take(self, attempt: Attempt, change: Change, outcome: str) -> None:
        step = the_step(attempt)
        assert step is not None
        claims = taken_claims(attempt, step)
        id = self._part(attempt, step, claims)
        self._end(attempt, id, outcome, attempt.by.person, attempt.by.on_behalf_of)
        change.steps.append(id)
        change.claims += claims
        change.codes.append(f"{step.kind}:{outcome}")
        attempt.memo["taken"] = (step, claims, outcome)
        refused = [claim.id for claim in attempt.subject.claims if claim.id in claims and claim.outcome]
        _UNSETTLE.run_many(attempt.session, [{"claim": claim} for claim in refused])
        self._words(attempt, change)

    def note_sent(self, attempt: Attempt, change: Change) -> None:
        """When it was sent and under which number; a public notice runs its days from then on."""
        step = the_step(attempt)
        assert step is not None
        claims = taken_claims(attempt, step)
        id = self._part(attempt, step, claims)
        sent_on: date = attempt.details["sent_on"]
        due = attempt.details.get("due") or (
            shifted(attempt, step, sent_on) if step.kind == NOTICE else step.due
        )
        number = clean_text(attempt.details.get("number") or "")
        _SENT.run(
            attempt.session,
            {
                "step": id,
                "sent_on": sent_on.isoformat(),
                "number": number,
                "due": due.isoformat() if due else None,
            },
        )
        change.steps.append(id)
        change.claims += claims
        change.codes += [f"{step.kind}:sent", f"sent_on:{sent_on.isoformat()}"]
        if number:
            change.values["number"] = number

    def note_objection(self, attempt: Attempt, change: Change) -> None:
        """Somebody objects to a public notice; who decides it later has to say what became of that."""
        step = the_step(attempt)
        assert step is not None
        _OBJECTED.run(attempt.session, {"step": step.id})
        change.steps.append(step.id)
        change.codes.append(f"{step.kind}:objected")
        self._words(attempt, change)

    def note_seen(self, attempt: Attempt, change: Change) -> None:
        """The platform shows the claimed value, since a day that somebody names."""
        seen_on = attempt.details["seen_on"].isoformat()
        self._take(attempt, change, "passed")
        change.codes.append(f"seen_on:{seen_on}")
        _SEEN_ON.run_many(attempt.session, [{"claim": claim, "seen_on": seen_on} for claim in change.claims])

    def settle_what_is_seen(self, attempt: Attempt, change: Change) -> None:
        """A claim that was seen on the platform, by whomever, and has nothing else open, is corrected."""
        _, claims, outcome = attempt.memo["taken"]
        case = replace(attempt.subject, steps=steps_of(attempt.session, attempt.subject.id))
        corrected = set()
        for claim in attempt.subject.claims:
            seen_on = attempt.details.get("seen_on") or claim.seen_on
            if outcome == "passed" and claim.id in claims and seen_on and not unfinished(case, claim.id):
                _CORRECTED.run(attempt.session, {"claim": claim.id, "seen_on": seen_on.isoformat()})
                change.codes.append(f"{claim.field}:corrected")
                corrected.add(claim.id)
        attempt.memo["afterwards"] = replace(
            case,
            claims_of_record=tuple(
                replace(claim, outcome="corrected" if claim.id in corrected else "")
                if claim.id in claims
                else claim
                for claim in case.claims_of_record
            ),
        )

    def pass_it_on(self, attempt: Attempt, change: Change) -> None:
        """A case that now waits for somebody else is let go by who worked on it."""
        if attempt.by is SYSTEM:
            return
        case: CaseFacts = attempt.memo["afterwards"]
        theirs = any(not tuple(not_theirs(replace(attempt, subject=case), one.step)) for one in ready(case))
        if not theirs and (attempt.by.role == "officer" or not for_the_desk(case)):
            change.columns |= {"holder": None, "held_until": None}

    def _words(self, attempt: Attempt, change: Change) -> None:
        words = clean_words(attempt.details.get("words") or "")
        if words:
            change.values["words"] = words

    # -- the value that is corrected --------------------------------------------------------------------

    def base_is_known(self, attempt: Attempt) -> Reason | None:
        """Where the record's value moved since the filing, who decides has looked at what it is now."""
        if attempt.by is SYSTEM or attempt.details.get("outcome") in ("refused", "already_right"):
            return None
        moved, digest = self.moved(attempt.session, attempt.subject)
        if not moved or attempt.details.get("base") == digest:
            return None
        concerned = _concerned(attempt)
        fields = [claim.field for claim in attempt.subject.claims if claim.id in concerned & moved.keys()]
        if not fields:
            return None
        return Reason(
            "base_moved",
            "提出之后，学籍记录中的{fields}已有变动。",
            {"fields": "、".join(rules.words(attempt.policy, field) for field in fields)},
            remedy="请看过现在的记录，勾选“已看过现在的记录”后再决定。",
        )

    def moved(self, session: Session, case: CaseFacts) -> tuple[dict[str, str], str]:
        """The present values of claims whose record is neither what it was nor what is claimed; a digest."""
        rows = _FILED.run(session, {"case": case.id}).fetchall()
        fields = sorted({row[1] for row in rows} - {"PHOTO"})
        present = values_of(session, self._cipher, case.record.id, fields) if fields else {}
        found = {}
        for id, field, _cause, _event, old, new in rows:
            if field in present:
                were = self._cipher.open(old, table="claim", column="old", row=id)
                wanted = self._cipher.open(new, table="claim", column="new", row=id)
                if present[field] not in (were, wanted):
                    found[id] = present[field]
        if not found:
            return {}, ""
        said = json.dumps(found, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return found, self._cipher.digest("base", said.encode())


def _concerned(attempt: Attempt) -> set[str]:
    """The claims that an act is about: of its step, or the one that it names."""
    if (step := the_step(attempt)) is not None:
        return set(taken_claims(attempt, step))
    return {str(attempt.details.get("claim"))}


def in_order(answer: Answer) -> list[tuple[int, StepSaid]]:
    """The steps of an answer, each at a place that is behind every earlier step of its claims."""
    ahead: dict[StepSaid, set[StepSaid]] = {step._replace(claims=()): set() for step in answer.steps}
    for claim in answer.claims:
        chain = [step._replace(claims=()) for step in claim.steps]
        for before, after in pairwise(chain):
            ahead[after].add(before)
    whole = {step._replace(claims=()): step for step in answer.steps}
    places = {step: n for n, step in enumerate(whole)}
    order = TopologicalSorter({step: sorted(ahead[step], key=places.__getitem__) for step in whole})
    return [(n, whole[step]) for n, step in enumerate(order.static_order())]


def shifted(attempt: Attempt, step: StepFacts, begins: date) -> date | None:
    """The day by which a step is due if its days begin on another day; as it was where nobody knows."""
    if step.due is None:
        return None
    calendar = attempt.policy.school.calendar
    try:
        days = calendar.working_days_between(step.made_at.date(), step.due)
        return calendar.working_days_after(begins, days)  # type: ignore[no-any-return]
    except UnknownYear:
        return step.due
