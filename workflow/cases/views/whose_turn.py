"""Whose turn it is: for every case who must act now, at what, and until when. Overdue is computed on read.

One function answers for the student's page, the desk, lists and reminders alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, cast, exists, literal, null, select, union_all
from sqlalchemy.orm import Session

from config.calendar import Calendar, Pause, last_moment
from config.policy.words import COLLEGE, COLLEGE_DUTIES, DUTIES
from states import campaign as campaign_states
from states.case import CORRECTED, NOT_CHECKED, RAISED, REVIEW
from workflow.cases.facts import CaseFacts
from workflow.cases.review.questions import QuestionFacts, pauses_of
from workflow.cases.tables import Claim, Question, Step, StepClaim
from workflow.store import Day

WHO: dict[str, tuple[str, str]] = {
    "student": ("学生", "student"),
    "college": ("学院", "college"),
    **{duty: DUTIES[duty] for duty in COLLEGE_DUTIES},
    "reviewers": ("审核人", "reviewers"),
    "second_reviewer": ("复核人", "second reviewer"),
    "province": ("省级教育行政部门", "province"),
    "outside": ("校外单位", "outside office"),
    "platform": ("学信网平台录入", "platform entry"),
    "nobody": ("没有人", "nobody"),
}
"""Everybody who can be waited for, in Chinese and English."""

WHAT: dict[str, tuple[str, str]] = {
    "check_record": ("核对学籍信息", "check the record"),
    "take_up": ("受理", "take up"),
    "answer": ("补正", "answer"),
    "check": ("审核", "check"),
    "send": ("发函或报送", "send on"),
    "reply": ("答复", "reply"),
    "public_notice": ("公示", "public notice"),
    "platform": ("录入更正内容并核实显示", "enter it and see it there"),
    "decide": ("认定并办结", "settle and close"),
    "reconfirm": ("确认更正结果", "confirm the correction"),
    "nothing": ("没有待办事项", "nothing to do"),
}
"""Everything that can be waited for, in Chinese and English."""

STAGES: dict[tuple[str, str], tuple[str, str]] = {
    ("reviewers", "take_up"): ("待受理", "to be taken up"),
    ("reviewers", "check"): ("待审核", "to be reviewed"),
    ("reviewers", "decide"): ("待办结", "to be settled and closed"),
    ("student", "answer"): ("待学生补正", "to be answered by the student"),
    ("platform", "platform"): ("待录入学信网", "to be entered on the platform"),
}
"""What registrars call some of these together, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Who must act, at what (keys of WHO and WHAT), in which office of the school's list, until when."""

    who: str
    what: str
    office: str = ""
    until: date | datetime | None = None

    def late(self, at: datetime) -> bool:
        """Whether its time is over."""
        return self.until is not None and at > last_moment(self.until)


NOBODY = Turn("nobody", "nothing")


def turn_named(turn: Turn) -> tuple[str, str]:
    """Who must act, and on what, in Chinese and English."""
    if turn.who == "nobody":
        return WHAT[turn.what]
    if stage := STAGES.get((turn.who, turn.what)):
        return stage
    (who, who_en), (what, what_en) = WHO[turn.who], WHAT[turn.what]
    return f"{who} · {what}", f"{who_en} · {what_en}"


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A stage of the review that is not over; ``due`` before any pause."""

    kind: str
    office: str
    duty: str
    made_at: datetime
    due: date | None
    sent_on: date | None


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What must be known of a case to say whose turn it is.

    ``dues`` are the last days of its open questions (None: without a limit), ``pauses`` the days on which
    its clock stood or stands; ``checkable_until`` is the close of a campaign that waits for the student.
    """

    state: str
    dues: tuple[date | None, ...] = ()
    pauses: tuple[Pause, ...] = ()
    steps: tuple[OpenStep, ...] = ()
    checkable_until: datetime | None = None
    reconfirm_until: date | None = None


def turn_of(case: CaseStanding, calendar: Calendar) -> Turn:
    """Who must act now, at what, and until when."""
    if case.state == NOT_CHECKED and case.checkable_until is not None:
        return Turn("student", "check_record", until=case.checkable_until)
    if case.state == CORRECTED and case.reconfirm_until is not None:
        return Turn("student", "reconfirm", until=case.reconfirm_until)
    if case.state not in (RAISED, REVIEW):
        return NOBODY
    if case.dues:
        return Turn("student", "answer", until=min((due for due in case.dues if due), default=None))
    if not case.steps:
        return Turn("reviewers", "take_up" if case.state == RAISED else "decide")
    first = case.steps[0]
    until = due_day(calendar, first, case.pauses)
    if case.state == RAISED and first.office != COLLEGE:
        return Turn("reviewers", "take_up", first.office, until)
    who, what = _at(first)
    return Turn(who, what, first.office, until)


def _at(step: OpenStep) -> tuple[str, str]:
    """Who is at a step, and at what."""
    if step.kind in ("letter", "province", "external"):
        if step.sent_on is None:
            return "reviewers", "send"
        return ("province" if step.kind == "province" else "outside"), "reply"
    if step.kind == "platform":
        return "platform", "platform"
    if step.kind == "public_notice":
        return "reviewers", "public_notice"
    if step.office == COLLEGE:
        return (step.duty if step.duty in COLLEGE_DUTIES else "college"), "check"
    return ("second_reviewer" if step.duty == "second_reviewer" else "reviewers"), "check"


def standing_of(
    case: CaseFacts,
    questions: Sequence[QuestionFacts],
    *,
    at: datetime | None = None,
    state: str = "",
    reconfirm_until: date | None = None,
) -> CaseStanding:
    """What must be known of a case in hand.

    For its student also whether a campaign waits at a moment, and the ``state`` that they see.
    """
    state = state or case.state
    return CaseStanding(
        state=state,
        dues=tuple(one.due for one in questions if one.open) if state == REVIEW else (),
        pauses=pauses_of(questions),
        steps=steps_ahead(case),
        checkable_until=None if at is None else _checkable_until(case, at),
        reconfirm_until=reconfirm_until,
    )


def _checkable_until(case: CaseFacts, at: datetime) -> datetime | None:
    """The close of the campaign in which the student can still answer at a moment; None without one."""
    campaign = case.campaign
    if campaign is None or campaign.state != campaign_states.OPEN or case.excluded:
        return None
    return campaign.closes_at if campaign.opens_at <= at <= campaign.closes_at else None


def steps_ahead(case: CaseFacts) -> tuple[OpenStep, ...]:
    """The open steps of claims without an outcome, in order; none where one failed: that is to be settled."""
    waiting = {claim.id for claim in case.claims if not claim.outcome}
    ahead = [step for step in case.steps if step.outcome in ("", "failed") and step.claims & waiting]
    if any(step.outcome == "failed" for step in ahead):
        return ()
    return tuple(
        OpenStep(step.kind, step.office, step.duty, step.made_at, step.due, step.sent_on)
        for step in sorted(ahead, key=lambda step: step.position)
    )


def due_day(calendar: Calendar, step: OpenStep, pauses: Sequence[Pause]) -> date | None:
    """The day by which a step should be done; days on which the clock stood come on top.

    None without a limit, and while the clock stands.
    """
    if step.due is None or not pauses:
        return step.due
    made = step.made_at.date()
    term = calendar.working_days_between(made, step.due)
    return calendar.working_days_after(made, term, pauses) if term else step.due


# -- reading --------------------------------------------------------------------------------------------

_WAITS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(
        literal("question").label("what"),
        Question.case_id,
        Question.kind,
        literal("").label("office"),
        literal("").label("duty"),
        Question.asked_at.label("at"),
        Question.due,
        cast(null(), Day).label("sent_on"),
        Question.ended_at,
        literal(0).label("position"),
    ).where(Question.case_id.in_(bindparam("cases", expanding=True))),
    select(
        literal("step"),
        Step.case_id,
        Step.kind,
        Step.office,
        Step.duty,
        Step.made_at,
        Step.due,
        Step.sent_on,
        Step.ended_at,
        Step.position,
    ).where(
        Step.case_id.in_(bindparam("cases", expanding=True)),
        Step.outcome.in_(("", "failed")),
        exists().where(StepClaim.step_id == Step.id, Claim.id == StepClaim.claim_id, Claim.outcome == ""),
    ),
).order_by("position", "at")
"""What the reviews of some cases wait for, or waited for: questions, and steps that are open or failed."""


def turns_in_review(session: Session, states: Mapping[str, str], calendar: Calendar) -> dict[str, Turn]:
    """Whose turn it is in cases that were filed and are not decided, by their states, in one statement."""
    dues: dict[str, list[date | None]] = {}
    pauses: dict[str, list[Pause]] = {}
    steps: dict[str, list[OpenStep]] = {}
    to_settle: set[str] = set()
    for row in session.execute(_WAITS, {"cases": sorted(states)}):
        if row.what == "step" and row.ended_at is not None:
            to_settle.add(row.case_id)
            continue
        if row.what == "step":
            step = OpenStep(row.kind, row.office, row.duty, row.at, row.due, row.sent_on)
            steps.setdefault(row.case_id, []).append(step)
            continue
        ended = None if row.ended_at is None else row.ended_at.date()
        pauses.setdefault(row.case_id, []).append(Pause(row.at.date(), ended))
        if ended is None:
            dues.setdefault(row.case_id, []).append(row.due)
    return {
        case: turn_of(
            CaseStanding(
                state=state,
                dues=tuple(dues.get(case, ())),
                pauses=tuple(pauses.get(case, ())),
                steps=() if case in to_settle else tuple(steps.get(case, ())),
            ),
            calendar,
        )
        for case, state in states.items()
    }
