"""Taking what a body answered: every line of a file, or one by hand, in one unit of work.

Each case gets its own entry with the body's words; then the batch notes its lines.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.batch import BATCH
from workflow.cases.review.steps import BODIES
from workflow.cases.tables import Step, StepClaim
from workflow.engine import Actor, Engine, Ref
from workflow.outgoing.answers.planning import AnswerPlan, LineTaken, plan_answers
from workflow.outgoing.answers.reading import AnswerFile
from workflow.outgoing.batches.attempt import LineAnswer
from workflow.outgoing.batches.facts import BatchFacts, LineFacts, look_at_batch
from workflow.people.cipher import Cipher
from workflow.records.texts import clean_words
from workflow.verdict import Reason, Refused, Verdict

NO_SUCH_LINE = Reason(
    "line_not_there",
    "所选的行不在这个批次中，或已经登记过答复。",
    remedy="请刷新页面后重新选择。",
    rule="answers",
)
NOTHING_TO_TAKE = Reason(
    "nothing_to_take",
    "文件中没有可以登记的行。",
    remedy="请看每一行的结果，改正文件后再上传。",
    rule="answers",
)


def take_answers(
    engine: Engine, session: Session, cipher: Cipher, batch: str, file: AnswerFile, by: Actor
) -> AnswerPlan:
    """Take every row of an answer that can be taken, all of them or nothing. Raises Refused."""
    facts = _locked(engine, session, batch, by)
    plan = plan_answers(engine, session, cipher, facts, file, by)
    if not plan.takes:
        raise Refused(Verdict("take_answers", (NOTHING_TO_TAKE,)))
    _carry_out(engine, session, facts, plan.takes, by)
    return plan


def answer_line(
    engine: Engine,
    session: Session,
    batch: str,
    line: str,
    verdict: str,
    day: date | None,
    words: str,
    *,
    by: Actor,
    key: str = "",
    expected: int | None = None,
) -> None:
    """Enter what the body answered to one line. The same press again changes nothing. Raises Refused."""
    if key and engine.history.entry_behind(session, by.person, key) is not None:
        return
    facts = _locked(engine, session, batch, by)
    found = next((one for one in facts.lines if one.id == line and not one.over and not one.verdict), None)
    if found is None:
        raise Refused(Verdict("take_answers", (NO_SUCH_LINE,)))
    taken = LineTaken(found, verdict, day, clean_words(words))
    _carry_out(engine, session, facts, (taken,), by, key=key, expected=expected)


def _locked(engine: Engine, session: Session, batch: str, by: Actor) -> BatchFacts:
    """The batch, held until the unit of work ends. Raises NoSuchSubject where there is none."""
    facts = look_at_batch(session, batch, lock=True)
    if facts is None:
        raise engine.not_there(session, Ref(BATCH.name, batch), "take_answers", by)
    return facts


def _carry_out(
    engine: Engine,
    session: Session,
    facts: BatchFacts,
    takes: tuple[LineTaken, ...],
    by: Actor,
    *,
    key: str = "",
    expected: int | None = None,
) -> None:
    for one in sorted(takes, key=lambda one: (one.line.record, one.line.case, one.line.number)):
        details = one.details(facts.id) | {"step": _step_of(session, one.line)}
        engine.perform(session, Ref("case", one.line.case), "answer_in_batch", by=by, **details)
    answers = tuple(LineAnswer(one.line.id, one.verdict, one.day) for one in takes if one.day is not None)
    expected = facts.version if expected is None else expected
    engine.perform(
        session, Ref(BATCH.name, facts.id), "take_answers", by=by, key=key, expected=expected, answers=answers
    )


def _step_of(session: Session, line: LineFacts) -> str:
    """The open step in which a claim is now: the answer to another line of its case may have split it."""
    named = select(Step.id).join(StepClaim, StepClaim.step_id == Step.id)
    waiting = named.where(StepClaim.claim_id == line.claim, Step.kind.in_(BODIES), Step.ended_at.is_(None))
    return session.scalar(waiting.order_by(Step.position)) or line.step
