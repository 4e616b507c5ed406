"""What undecided cases wait for, at whose desk and until when: the lines by which the queue is walked.

They are made of the tables of cases, claims, steps and questions by one statement, for one case at the end
of the unit of work that changed it, or for all cases of a policy text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.calendar import Calendar, Pause
from config.policy.words import COLLEGE
from config.profile import Profile
from states import Move
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.letters import Sender
from workflow.cases.review import questions, steps
from workflow.cases.review.questions import something_is_asked
from workflow.cases.rules import Rules
from workflow.cases.tables import LAST, UNDECIDED, Case, Claim, Question, Step, WaitsAt
from workflow.cases.views.whose_turn import turns_in_review
from workflow.engine import Engine
from workflow.records.tables import Record
from workflow.store import Prepared, Store, at_the_end, from_text, table_of

HOME, SECOND = "", "second"
"""Desks beside those of an office by its code: the default office's, and second reviewers' own."""
DESKS = (HOME, SECOND, COLLEGE)
TURN, ENTER, OUT, STUDENT = "turn", "enter", "out", "student"
LANES = (TURN, ENTER, OUT, STUDENT)
"""How it waits: to be acted on, to be entered on the platform, with another body, with the student."""
SETTLE = "settle"
"""The kind of what waits for no step but to be settled or closed."""
ONLY_HANDS = frozenset(("hold", "release", "hand_over", "warn", "note", "verify", "take_over"))
"""Acts on an undecided case that leave what it waits for as it is."""
_TABLE = table_of(WaitsAt)
_DECIDED = Step.kind.in_(steps.DECIDED)
_SECONDS = Step.duty == "second_reviewer"
_DEFAULT: ColumnElement[str] = bindparam("default_office", type_=String)
_ASSIGNS = bindparam("assigns") == 1


def _text(what: Any) -> ColumnElement[str]:
    return type_coerce(what, String)


def _last_answer(case_id: ColumnElement[str] | InstrumentedAttribute[str]) -> Any:
    """The day by which the student answers what is asked in a case."""
    asked = select(_text(func.min(func.coalesce(_text(Question.due), LAST))))
    return asked.where(Question.case_id == case_id, Question.ended_at.is_(None)).scalar_subquery()


def _of_every_line() -> dict[str, Any]:
    """What each line of a case says of the case itself."""
    due = steps.ready_steps(_text(func.min(Step.due))).scalar_subquery()
    promised = func.coalesce(due, bindparam("promise", type_=String), LAST)
    stood = exists().where(Question.case_id == Case.id, Question.ended_at.is_not(None))
    out = steps.ready_steps(Step.id).where(_OUT).exists()
    return {
        "case_id": Case.id,
        "record_id": Case.record_id,
        "college": func.coalesce(Record.fy, ""),
        "year": func.coalesce(func.substr(_text(Record.rxrq), 1, 4), ""),
        "policy": Case.policy,
        "filed_at": Case.filed_at,
        "due": case(
            (something_is_asked(), _last_answer(Case.id)),
            else_=promised,
        ),
        "stood": case((or_(something_is_asked(), ~stood.correlate(Case), out), 0), else_=1),
    }


_OUT = and_(Step.kind.in_((*steps.ANSWERED, steps.NOTICE)), Step.sent_on.is_not(None))


def _of_steps(desk: ColumnElement[str], *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The steps that are ready, for each of their claims, at one of the desks that may take them."""
    lane = case((something_is_asked(), STUDENT), (_OUT, OUT), (steps.ONLY_TO_ENTER, ENTER), else_=TURN)
    columns = _of_every_line() | {
        "claim_id": Claim.id,
        "step_id": Step.id,
        "desk": desk,
        "lane": lane,
        "kind": Step.kind,
        "office": Step.office,
        "duty": Step.duty,
        "apart": case((and_(_DECIDED, steps.taken_apart_by_somebody()), 1), else_=0),
        "field": Claim.field,
        "cause": Claim.cause,
        "until": case((_OUT, func.coalesce(_text(Step.due), LAST)), else_=""),
    }
    return _named(columns, steps.ready_claims).where(*which)


def _to_settle() -> Select[*tuple[Any, ...]]:
    """The claims that wait to be settled, or all of them where only the case is left to close."""
    office = case((and_(_ASSIGNS, Claim.office != ""), Claim.office), else_=_DEFAULT)
    columns = _of_every_line() | {
        "claim_id": Claim.id,
        "step_id": literal(""),
        "desk": case((office == _DEFAULT, HOME), else_=office),
        "lane": case((something_is_asked(), STUDENT), else_=TURN),
        "kind": literal(SETTLE),
        "office": office,
        "duty": literal(""),
        "apart": literal(0),
        "field": Claim.field,
        "cause": Claim.cause,
        "until": literal(""),
    }
    return _named(columns, steps.claims_to_settle)


def _named(columns: dict[str, Any], of: Any) -> Select[*tuple[Any, ...]]:
    found: Select[*tuple[Any, ...]] = of(*(columns[one.name].label(one.name) for one in _TABLE.columns))
    return found


def _lines(which: ColumnElement[bool]) -> Any:
    """The statement that writes the lines of some undecided cases."""
    of_college = and_(_DECIDED, Step.office == COLLEGE)
    home = case((of_college, COLLEGE), (_SECONDS, SECOND), else_=HOME)
    theirs = case((_SECONDS, SECOND), else_=Step.office)
    chosen = (Case.state.in_(UNDECIDED), Case.filed_at.is_not(None), which)
    parts = (
        _of_steps(home, or_(~_DECIDED, Step.office.in_((COLLEGE, _DEFAULT)))),
        _of_steps(
            theirs,
            Step.office.not_in(("", COLLEGE)),
            Step.office != _DEFAULT,
            or_(_DECIDED, ~_SECONDS),
        ),
        _to_settle(),
    )
    found = union_all(*(part.where(*chosen) for part in parts))
    return insert(_TABLE).from_select([one.name for one in _TABLE.columns], found)


_NO_LINES = Prepared(delete(_TABLE).where(_TABLE.c.case_id == bindparam("case")))
_LINES_OF_CASE = Prepared(_lines(Case.id == bindparam("case")).returning(_TABLE.c.stood))
_LINES_OF_TEXT = Prepared(_lines(Case.policy == bindparam("policy")))
_ASKED_UNTIL = Prepared(
    update(_TABLE)
    .where(_TABLE.c.record_id == bindparam("record"), _TABLE.c.lane == bindparam("lane"))
    .values(due=_last_answer(_TABLE.c.case_id))
)
_PUT_OFF = Prepared(
    update(_TABLE).where(_TABLE.c.case_id == bindparam("case")).values(due=bindparam("put_off_to"))
)


def note_what_waits(attempt: Attempt, profile: Sender) -> None:
    """Have the lines of a case made anew at the end of a unit of work in which something of it changed.

    ``profile`` is the school's as it stands now: it makes the service promise.
    """
    action, subject = attempt.action, attempt.subject
    target = action.target if isinstance(action, Move) else subject.state
    if action.name in ONLY_HANDS or not {target, subject.state} & set(UNDECIDED):
        return
    id, policy, filed_at = subject.id, attempt.policy, subject.filed_at or attempt.at
    at_the_end(
        attempt.session,
        (_TABLE.name, id),
        lambda session: _make_anew(session, id, target, policy, filed_at, profile),
    )


def _make_anew(
    session: Session, id: str, state: str, policy: Rules, filed_at: datetime, profile: Sender
) -> None:
    _NO_LINES.run(session, {"case": id})
    if state not in UNDECIDED:
        return
    promise = promised_on(profile(session), policy, filed_at)
    made = _LINES_OF_CASE.run(session, {"case": id, **_by(policy), "promise": promise})
    if any(stood for (stood,) in made.fetchall()):
        _put_off(session, {id: state}, policy)


def _by(policy: Rules) -> dict[str, Any]:
    return {"default_office": rules.default_office(policy), "assigns": int(rules.assigns(policy))}


def promised_on(profile: Profile, policy: Rules, filed_at: datetime) -> str | None:
    """The last day of the school's service promise for what was filed then; None if it makes none."""
    day = profile.usually_by(filed_at.date(), policy.school.calendar)
    return None if day is None else day.isoformat()


def _put_off(session: Session, states: dict[str, str], policy: Rules) -> None:
    """Cases whose clock stood for a while are due that much later."""
    for id, turn in turns_in_review(session, states, policy.school.calendar).items():
        if turn.until is not None:
            _PUT_OFF.run(session, {"case": id, "put_off_to": turn.until.isoformat()[:10]})


def move_last_days(
    session: Session, calendar: Calendar, record: str, before: Sequence[Pause], now: Sequence[Pause]
) -> None:
    """What a student is asked waits as long as a freeze of the record stands, and the lines of it with it."""
    if questions.move_last_days(session, calendar, record, before, now):
        session.flush()
        _ASKED_UNTIL.run(session, {"record": record, "lane": STUDENT})


# -- all of them ----------------------------------------------------------------------------------------


def fill_in(store: Store, engine: Engine, profile: Profile) -> None:
    """Make the lines of every undecided case of an installation that has none of them yet."""
    undecided = select(Case.policy).where(Case.state.in_(UNDECIDED), Case.filed_at.is_not(None))
    with store.reading() as session:
        if session.scalar(undecided.limit(1)) is None or session.scalar(select(WaitsAt.case_id).limit(1)):
            return
    with store.writing() as session:
        make_all(session, engine, session.scalars(undecided.distinct()).all(), profile)


def make_all(session: Session, engine: Engine, texts: Iterable[str], profile: Profile) -> None:
    """Make the lines of the undecided cases of these policy texts; one that is lost has none."""
    for text in texts:
        try:
            policy = engine.policies.named(session, text)
        except rules.UnknownRules:
            continue
        _LINES_OF_TEXT.run(session, {"policy": text, **_by(policy), "promise": None})
        theirs = WaitsAt.policy == text
        _promise_all(session, profile, policy, theirs)
        stood = select(WaitsAt.case_id, Case.state).join(Case, Case.id == WaitsAt.case_id)
        rows = session.execute(stood.where(theirs, WaitsAt.stood == 1).distinct())
        _put_off(session, {row.case_id: row.state for row in rows}, policy)


def _promise_all(session: Session, profile: Profile, policy: Rules, theirs: ColumnElement[bool]) -> None:
    undated = and_(theirs, WaitsAt.due == LAST, WaitsAt.lane != STUDENT)
    day = func.substr(_text(WaitsAt.filed_at), 1, 10)
    for filed in session.scalars(select(day).where(undated).distinct()).all():
        promise = promised_on(profile, policy, from_text(f"{filed}T00:00:00+08:00"))
        if promise is not None:
            session.execute(update(_TABLE).where(undated, day == filed).values(due=promise))
