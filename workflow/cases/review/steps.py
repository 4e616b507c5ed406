"""What a claim passes in review: steps made by policy, taken in their order by whoever they belong to.

A step is *open* until it has an outcome; it is *ready* for a claim when no earlier step of that claim is open
or failed. Taken for some of its claims only, it is split: the rest stays open as a step of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.policy.words import STEP_KINDS
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.facts import CaseFacts, ClaimFacts, StepFacts
from workflow.engine import Guard
from workflow.people.access import grants_at_the_door, people_at_the_door
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


def the_step(attempt: Attempt) -> StepFacts | None:
    """The step that an act names; None if the case has none such."""
    said = attempt.details.get("step")
    return next((step for step in attempt.subject.steps if step.id == said), None)


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
        and (claim.id in step.claims if attempt.by.is_system else _is_ready(attempt.subject, step, claim.id))
    )


# -- whose step it is -----------------------------------------------------------------------------------


def not_theirs(attempt: Attempt, step: StepFacts) -> Iterator[Reason]:
    """Why a step is not for the person who acts; nothing if it is."""
    if attempt.by.is_system:
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


GUARDS: dict[str, Guard] = {
    "step_waits": Guard(step_waits),
    "turn_is_theirs": Guard(turn_is_theirs),
    "of_their_college": Guard(of_their_college),
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
