"""What a claim passes in review: steps made by policy, taken in their order by whoever they belong to.

A step is *open* until it has an outcome; it is *ready* for a claim when no earlier step of that claim is open
or failed. Taken for some of its claims only, it is split: the rest stays open as a step of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from config.policy.words import COLLEGE, COLLEGE_DUTIES, DECIDED_STEPS, DECIDING_OUTSIDE
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.facts import CaseFacts, ClaimFacts, StepFacts
from workflow.cases.reach import answers_for, held_for, is_home, office_of, out_of_scope, students_of
from workflow.cases.tables import Case, Claim, Step, StepClaim
from workflow.engine import guards, in_words
from workflow.people.access import held_here, people_at_the_door
from workflow.people.scopes import Held, Scope
from workflow.records.tables import Record
from workflow.store import table_of
from workflow.values import Bilingual, duty_named, step_named
from workflow.verdict import Reason

DECIDED = DECIDED_STEPS
ANSWERED = ("letter", "province", "external")
"""Steps that are sent out, and end with what comes back."""
BODIES = DECIDING_OUTSIDE
"""Those of them whose answer decides: a no refuses the claims. What answers a letter only informs."""
NOTICE, PLATFORM = "public_notice", "platform"
BY_BATCH = ("send_in_batch", "answer_in_batch")
"""What a registrar does to a step with the whole batch that it is in."""
KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "pass_step": (*DECIDED, NOTICE),
    "fail_step": (*DECIDED, NOTICE),
    "send": (*ANSWERED, NOTICE, PLATFORM),
    "receive": ANSWERED,
    **dict.fromkeys(BY_BATCH, BODIES),
    "object": (NOTICE,),
    "see": (PLATFORM,),
}
"""The kinds of steps that each act is about."""


# -- the same of tables ---------------------------------------------------------------------------------

_NAMED, _OF_CLAIM, _OTHER = (table_of(kind).alias() for kind in (StepClaim, StepClaim, Step))
_AHEAD = exists().where(
    _OF_CLAIM.c.claim_id == _NAMED.c.claim_id,
    _OTHER.c.id == _OF_CLAIM.c.step_id,
    _OTHER.c.position < Step.position,
    _OTHER.c.outcome.in_(("", "failed")),
)
"""An earlier step of a claim is open or failed."""
_READY = (
    select(Step.id)
    .select_from(Step)
    .join(_NAMED, _NAMED.c.step_id == Step.id)
    .join(Claim, Claim.id == _NAMED.c.claim_id)
    .where(Step.case_id == Case.id, Step.ended_at.is_(None), Claim.outcome == "", ~_AHEAD)
    .correlate(Case)
)
"""The open steps of a case with an unsettled claim that has no earlier one ahead of it."""
_READY_CLAIMS = (
    select(Step.id)
    .select_from(Case)
    .join(Record, Record.id == Case.record_id)
    .join(Step, Step.case_id == Case.id)
    .join(_NAMED, _NAMED.c.step_id == Step.id)
    .join(Claim, Claim.id == _NAMED.c.claim_id)
    .where(Step.ended_at.is_(None), Claim.outcome == "", ~_AHEAD)
)
"""The same of all cases with their records, for each such claim."""
_CHECKED = exists().where(
    _OF_CLAIM.c.claim_id == _NAMED.c.claim_id,
    _OTHER.c.id == _OF_CLAIM.c.step_id,
    _OTHER.c.kind.in_(DECIDED),
    _OTHER.c.outcome == "passed",
)
ONLY_TO_ENTER = and_(Step.kind == PLATFORM, _CHECKED)
"""Of the ready steps: an entry on the platform of a claim that somebody has approved."""
_SAME = table_of(StepClaim).alias()
_APART = exists().where(
    _SAME.c.step_id == Step.id,
    _OF_CLAIM.c.claim_id == _SAME.c.claim_id,
    _OTHER.c.id == _OF_CLAIM.c.step_id,
    _OTHER.c.id != Step.id,
    _OTHER.c.kind.in_(DECIDED),
    _OTHER.c.outcome.in_(("passed", "failed")),
    or_(_OTHER.c.four_eyes, Step.four_eyes),
)
"""A decided step of the same claims that another person must have taken."""


def _of_claim(*outcomes: str) -> ColumnElement[bool]:
    return exists().where(
        StepClaim.claim_id == Claim.id, Step.id == StepClaim.step_id, Step.outcome.in_(outcomes)
    )


def _some_claim_is_open() -> ColumnElement[bool]:
    other = table_of(Claim).alias()
    return exists().where(other.c.case_id == Case.id, other.c.outcome == "")


_UNSETTLED = and_(Claim.case_id == Case.id, Claim.outcome == "")
_STUCK = or_(_of_claim("failed"), ~_of_claim("", "failed"))
"""A claim has no step ahead, or one that failed."""


def _for_the_desk_of(offices: Collection[str]) -> ColumnElement[bool]:
    """One of these offices answers for a claim, and no claim waits for an outcome or one of theirs does."""
    theirs = Claim.office.in_(sorted(offices))
    return and_(
        exists().where(Claim.case_id == Case.id, theirs),
        or_(~exists().where(_UNSETTLED), exists().where(_UNSETTLED, theirs, _STUCK)),
    )


_TO_SETTLE = (
    select(Claim.id)
    .select_from(Case)
    .join(Record, Record.id == Case.record_id)
    .join(Claim, Claim.case_id == Case.id)
    .where(
        Claim.outcome != "withdrawn",
        or_(and_(Claim.outcome == "", _STUCK), ~_some_claim_is_open()),
    )
)
"""The claims of all cases that wait to be settled, or whose case is only to be closed."""

_FOR_THE_DESK = or_(~exists().where(_UNSETTLED), exists().where(_UNSETTLED, _STUCK))
"""The same of every office."""


# -- where a case stands --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that can be taken now, and the claims for which it can."""

    step: StepFacts
    claims: tuple[str, ...]


def was_sent_out(step: StepFacts) -> bool:
    """Whether a step is that of a body which decides, and was sent to it."""
    return step.kind in BODIES and step.sent_on is not None


def unsettled(case: CaseFacts) -> tuple[ClaimFacts, ...]:
    """The claims of a case that have no outcome yet."""
    return tuple(claim for claim in case.claims if not claim.outcome)


def standing(case: CaseFacts, claim: str) -> Iterator[StepFacts]:
    """The steps of a claim that count, in their order: those that are open, passed or failed."""
    return (step for step in case.steps if claim in step.claims and step.outcome != "void")


def unfinished(case: CaseFacts, claim: str) -> tuple[StepFacts, ...]:
    """What keeps a claim from being corrected: its steps that are open or failed."""
    return tuple(step for step in standing(case, claim) if step.outcome != "passed")


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


def ready_steps(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The same of a row of cases: its open steps with a claim of which no earlier one is open or failed."""
    return _READY.with_only_columns(*columns, maintain_column_froms=True)


def ready_claims(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Of all cases with their records: each open step with each claim for which it can be taken now."""
    return _READY_CLAIMS.with_only_columns(*columns, maintain_column_froms=True)


def claims_to_settle(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Of all cases with their records: the claims that wait to be settled, or for their case to be closed."""
    return _TO_SETTLE.with_only_columns(*columns, maintain_column_froms=True)


def only_to_enter(case: CaseFacts, one: Ready) -> tuple[str, ...]:
    """The claims of a ready step that somebody has approved, and that only wait to be entered."""
    if one.step.kind != PLATFORM:
        return ()
    passed = [step for step in case.steps if step.kind in DECIDED and step.outcome == "passed"]
    return tuple(claim for claim in one.claims if any(claim in step.claims for step in passed))


def waits_to_be_settled(case: CaseFacts, claim: ClaimFacts) -> bool:
    """Whether a claim waits for whoever answers for it: it has no step ahead, or one that failed."""
    ahead = unfinished(case, claim.id)
    return not claim.outcome and (not ahead or any(step.outcome == "failed" for step in ahead))


def for_the_desk(attempt: Attempt) -> bool:
    """Whether a case waits for this person to settle or close, whatever other offices still have to do."""
    case: CaseFacts = attempt.subject
    if not at_the_desk(attempt):
        return False
    waiting = (claim for claim in case.claims if waits_to_be_settled(case, claim))
    return not unsettled(case) or any(settles(attempt, claim) for claim in waiting)


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
    if attempt.by.is_system or attempt.action.name in BY_BATCH:
        return
    if not _of_their_office(attempt, step):
        yield Reason(
            "not_your_step",
            "“{step}”由{office}办理。",
            {"step": step_named(step.kind), "office": rules.office_name(attempt.policy, step.office)},
            remedy="请由该部门的人员办理。",
            rule="step_is_theirs",
        )
    elif not _of_their_duty(attempt, step):
        yield Reason(
            "not_your_duty",
            "“{step}”由{duty}办理。",
            {"step": step_named(step.kind), "duty": duty_named(step.duty)},
            remedy="请由该部门有此职责的人员办理。",
            rule="step_is_theirs",
        )
    here = people_at_the_door(attempt.by)
    if step.kind in DECIDED and any(one.taken_by & here for one in _apart(attempt.subject, step)):
        yield Reason(
            "four_eyes",
            "“{step}”须由另一个人办理：同一事项的另一环节已由您办理。",
            {"step": step_named(step.kind)},
            remedy="请由另一位审核人办理。",
            rule="step_is_theirs",
        )


def _of_their_office(attempt: Attempt, step: StepFacts) -> bool:
    """The college's officer, a reviewer of the office, or a second reviewer for any reviewer's step.

    What other bodies do is entered by the default office or the office that the step names.
    """
    role, grants = attempt.by.role, held_for(attempt)
    if _is_of_college(step):
        return role == "officer" and bool(grants)
    if role not in ("reviewer", "second_reviewer"):
        return False
    if role == "second_reviewer":
        return True
    if any(one.scope.office == step.office for one in grants):
        return True
    return any(is_home(attempt, one) for one in grants) and (
        step.kind not in DECIDED or step.office == rules.default_office(attempt.policy)
    )


def _is_of_college(step: StepFacts) -> bool:
    return step.kind in DECIDED and step.office == COLLEGE


def _of_their_duty(attempt: Attempt, step: StepFacts) -> bool:
    """Whether somebody of the step's office has the duty that it asks for.

    A duty that nobody of that office can have asks nothing: the check refuses it, and a text kept from before
    stops no case.
    """
    if _is_of_college(step):
        duties = {one.known_as for one in held_for(attempt)}
        return step.duty not in COLLEGE_DUTIES or step.duty in duties
    return step.duty != "second_reviewer" or attempt.by.role == "second_reviewer"


def at_the_desk(attempt: Attempt) -> bool:
    """Whether somebody settles claims of a case and closes it: of an office that answers for one of them.

    A whole-school reviewer is of the default office; a second reviewer may do what any reviewer may.
    """
    claims = attempt.subject.claims
    return any(settles(attempt, claim) for claim in claims) if claims else _settles_any(attempt)


def settles(attempt: Attempt, claim: ClaimFacts) -> bool:
    """Whether somebody is of the office that answers for a claim."""
    if _settles_any(attempt):
        return True
    return attempt.by.role == "reviewer" and answers_for(attempt, claim)


def _settles_any(attempt: Attempt) -> bool:
    return attempt.by.is_system or attempt.by.role == "second_reviewer"


def theirs(attempt: Attempt) -> ColumnElement[bool]:
    """The steps that are for the person who acts, as a predicate of the table of steps."""
    if attempt.by.is_system:
        return true()
    return and_(_of_their_office_rows(attempt), or_(Step.kind.not_in(DECIDED), ~_taken_apart(attempt)))


def _of_their_office_rows(attempt: Attempt) -> ColumnElement[bool]:
    role, grants = attempt.by.role, held_here(attempt)
    of_college = and_(Step.kind.in_(DECIDED), Step.office == COLLEGE)
    if role == "officer":
        return and_(of_college, _of_their_duty_rows(grants))
    if role == "second_reviewer":
        return ~of_college
    if role != "reviewer":
        return false()
    mine = [
        and_(
            Step.office.in_(sorted(one.scope.office for one in alike if one.scope.office)), students_of(alike)
        )
        for alike in _by_students(grants)
    ]
    home = or_(Step.kind.not_in(DECIDED), Step.office == rules.default_office(attempt.policy))
    mine.append(and_(home, _home_rows(attempt)))
    return and_(~of_college, Step.duty != "second_reviewer", or_(*mine))


def _of_their_duty_rows(grants: Sequence[Held]) -> ColumnElement[bool]:
    """The steps of the colleges' students whose duty, if any, an officer has for that student."""
    by_duty: dict[str, list[Held]] = {}
    for one in grants:
        by_duty.setdefault(one.known_as, []).append(one)
    of_a_duty = (and_(Step.duty == duty, students_of(theirs)) for duty, theirs in by_duty.items())
    return or_(and_(Step.duty.not_in(COLLEGE_DUTIES), students_of(grants)), *of_a_duty)


def _by_students(grants: Iterable[Held]) -> Iterable[list[Held]]:
    """Grants that are for the same students, together."""
    found: dict[Scope, list[Held]] = {}
    for one in grants:
        found.setdefault(replace(one.scope, office=""), []).append(one)
    return found.values()


def _home_rows(attempt: Attempt) -> ColumnElement[bool]:
    """The cases for which somebody is at the desk."""
    if attempt.by.is_system or attempt.by.role == "second_reviewer":
        return true()
    home = [one for one in held_here(attempt) if is_home(attempt, one)]
    return students_of(home) if attempt.by.role == "reviewer" and home else false()


def _desk_rows(attempt: Attempt) -> Iterator[ColumnElement[bool]]:
    """The cases that wait for this person to settle or close: by the office of each of their grants."""
    if _settles_any(attempt):
        yield _FOR_THE_DESK
    elif attempt.by.role == "reviewer" and not rules.assigns(attempt.policy):
        home = [one for one in held_here(attempt) if is_home(attempt, one)]
        if home:
            yield and_(students_of(home), _FOR_THE_DESK)
    elif attempt.by.role == "reviewer":
        by_office: dict[str, list[Held]] = {}
        for one in held_here(attempt):
            by_office.setdefault(office_of(attempt, one), []).append(one)
        default = rules.default_office(attempt.policy)
        for office, grants in by_office.items():
            said = {office, ""} if office == default else {office}
            yield and_(students_of(grants), _for_the_desk_of(said))


def _taken_apart(attempt: Attempt) -> ColumnElement[bool]:
    """Another decided step of the same claims was theirs, and one of the two needs another person."""
    return taken_apart_by(people_at_the_door(attempt.by))


def taken_apart_by_somebody() -> ColumnElement[bool]:
    """Another decided step of the same claims was taken, and one of the two needs another person."""
    return _APART


def taken_apart_by(people: Collection[str]) -> ColumnElement[bool]:
    """The same, where it was taken by one of these people or in their place."""
    here = sorted(people)
    return _APART.where(or_(_OTHER.c.ended_by.in_(here), _OTHER.c.ended_for.in_(here)))


def _apart(case: CaseFacts, step: StepFacts) -> Iterator[StepFacts]:
    """The decided steps of the same claims that another person must have taken."""
    for other in case.steps:
        decided = other.id != step.id and other.kind in DECIDED and other.outcome in ("passed", "failed")
        if decided and other.claims & step.claims and (step.four_eyes or other.four_eyes):
            yield other


def kinds_of(steps: Iterable[StepFacts]) -> tuple[Bilingual, ...]:
    """The kinds of several steps, each once."""
    return tuple(dict.fromkeys(step_named(step.kind) for step in steps))


# -- guards ---------------------------------------------------------------------------------------------


@in_words("有该类环节等待本人办理", "a step of this kind waits for one")
def step_waits(attempt: Attempt) -> Iterable[Reason]:
    """Something of the kind waits, and it waits for the person; which step is meant is asked afterwards."""
    if attempt.details.get("step"):
        return ()
    kinds = KINDS_OF[attempt.action.name]
    waiting = [one.step for one in ready(attempt.subject) if one.step.kind in kinds]
    if not waiting:
        return (_nothing_waits(attempt),)
    return _unless_one_is_theirs(attempt, waiting)


def _unless_one_is_theirs(attempt: Attempt, waiting: Sequence[StepFacts]) -> tuple[Reason, ...]:
    """Why the first of the steps that wait is not for the person; nothing if any of them is."""
    said = [tuple(not_theirs(attempt, step)) for step in waiting]
    return () if () in said else said[0]


@in_words("当前环节由本人所在部门办理", "the current step is one's office's")
def turn_is_theirs(attempt: Attempt) -> Iterable[Reason]:
    """A case is taken up by somebody who can do what it waits for; settling and closing are the desk's."""
    if for_the_desk(attempt):
        return ()
    if waiting := [one.step for one in ready(attempt.subject)]:
        return _unless_one_is_theirs(attempt, waiting)
    return (_nothing_waits(attempt) if attempt.by.role == "officer" else _for_another_office(attempt),)


@in_words("是负责认定和办结的部门", "of the office that settles and closes")
def settling_is_theirs(attempt: Attempt) -> Reason | None:
    """What becomes of a claim is for the office to say that answers for it, or for a second reviewer.

    A case is closed by an office that answers for one of its claims.
    """
    claim = attempt.subject.claim(attempt.details.get("claim") or "")
    theirs = at_the_desk(attempt) if claim is None else settles(attempt, claim)
    return None if theirs else _for_another_office(attempt, claim)


@in_words("是负责认定的部门，或轮到本部门", "of the office that settles, or whose turn it is")
def asking_is_theirs(attempt: Attempt) -> Iterable[Reason]:
    """The student is asked by who settles, and by the office whose turn it is."""
    return () if at_the_desk(attempt) else turn_is_theirs(attempt)


def turn_rows(attempt: Attempt, at_once: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The same of the table of cases; ``at_once`` narrows the steps for which somebody may come to act."""
    which = theirs(attempt) if at_once is None else and_(theirs(attempt), at_once)
    taking = ready_steps(Step.id).where(which).exists()
    return or_(taking, *_desk_rows(attempt))


@in_words("学院经办人：属于本人职责范围", "a college officer: within one's scope")
def of_their_college(attempt: Attempt) -> Reason | None:
    """An officer has to do with the students in the scope of their grants, and with nobody else's."""
    if attempt.by.role != "officer" or held_for(attempt):
        return None
    return out_of_scope()


def _of_their_college_rows(attempt: Attempt) -> ColumnElement[bool]:
    return true() if attempt.by.role != "officer" else students_of(held_here(attempt))


GUARDS = guards(
    step_waits,
    (turn_is_theirs, turn_rows),
    settling_is_theirs,
    asking_is_theirs,
    (of_their_college, _of_their_college_rows),
)


def _nothing_waits(attempt: Attempt) -> Reason:
    return Reason(
        "no_step_waits",
        "现在没有等着“{action}”的环节。",
        {"action": attempt.action},
        remedy="请查看这个个案现在等的是什么。",
    )


def _for_another_office(attempt: Attempt, claim: ClaimFacts | None = None) -> Reason:
    claims = attempt.subject.claims if claim is None else (claim,)
    default = rules.default_office(attempt.policy)
    offices = dict.fromkeys(one.office or default for one in claims) or (default,)
    return Reason(
        "not_the_desk",
        "认定和办结由{office}办理。",
        {"office": tuple(rules.office_name(attempt.policy, office) for office in offices)},
        remedy="请由该部门的人员办理。",
    )


def still_open(ahead: Sequence[StepFacts]) -> Reason:
    """Why something cannot be called corrected yet."""
    return Reason(
        "steps_open",
        "还有没有完成的环节：{steps}。",
        {"steps": kinds_of(ahead)},
        remedy="请先完成这些环节；未通过的，请认定为“不予更正”。",
    )
