"""What is handed in with a step: which one is meant, its day, its number, the answer that came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from states.batch import ANSWERED as ANSWERED_BATCH
from states.batch import FROZEN, SENT
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.batches import Batch, BatchLine, live_line_of
from workflow.cases.common import day_faults
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.review.steps import (
    ANSWERED,
    BODIES,
    KINDS_OF,
    NOTICE,
    kinds_of,
    not_theirs,
    taken_claims,
    the_step,
    unfinished,
)
from workflow.engine import by_name, in_words
from workflow.history.codes import MORE
from workflow.records.texts import clean_text, clean_words, too_long
from workflow.values import Fact, step_named
from workflow.verdict import Reason

NUMBER_LIMIT = 64


@in_words("该环节已到，并由本人办理", "the step is due, and one's own")
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
            {"step": step_named(step.kind)},
            remedy="请使用这个环节自己的办理方式。",
        )
        return
    yield from not_theirs(attempt, step)
    if step.outcome == "passed":
        yield Reason(
            "step_is_done",
            "“{step}”已经办完。",
            {"step": step_named(step.kind)},
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
            {"steps": kinds_of(ahead)},
            remedy="请先完成前面的环节。",
        )
    else:
        yield Reason("no_such_claim", "这个环节里没有这一项。", remedy="请刷新页面后重新选择。")


@in_words("该环节不在报送批次中", "the step is in no batch")
def step_is_in_no_batch(attempt: Attempt) -> Reason | None:
    """What is in a batch goes to its body with the batch, and is answered there."""
    step = the_step(attempt)
    if step is None or step.kind not in BODIES:
        return None
    waiting = [*live_line_of(attempt.session, taken_claims(attempt, step)).values()]
    if not waiting:
        return None
    batch = attempt.session.get_one(Batch, waiting[0].batch_id)
    said: dict[str, Fact] = {
        "step": step_named(step.kind),
        "office": rules.office_name(attempt.policy, batch.office),
        "month": batch.month or batch.opened_at.date(),
    }
    if attempt.action.name == "send":
        return Reason(
            "in_a_batch",
            "“{step}”在 {office} 的报送批次（{month}）中，随批次一起办理。",
            said,
            remedy="请由学籍管理员登记批次已报送；要单独发出的，请先从批次中移出。",
        )
    return Reason(
        "in_a_batch",
        "“{step}”在 {office} 的报送批次（{month}）中，随批次一起办理。",
        said,
        remedy="请由学籍管理员在批次的“答复”页登记。",
    )


@in_words("环节所等的答复或期限已到", "what the step waits for has come")
def step_can_end(attempt: Attempt) -> Iterator[Reason]:
    """What is sent out ends with what comes back; a public notice runs its days, objections are weighed."""
    step = the_step(attempt)
    if step is None:
        return
    if step.kind in (*ANSWERED, NOTICE) and step.sent_on is None:
        yield Reason(
            "step_not_sent",
            "“{step}”还没有发出。",
            {"step": step_named(step.kind)},
            remedy="请先登记发出的日期。",
        )
    elif step.kind == NOTICE and attempt.action.name == "pass_step":
        if step.due is not None and attempt.at.date() <= step.due:
            yield Reason(
                "notice_still_runs",
                "公示到 {due} 才结束。",
                {"due": step.due},
                remedy="请在公示期满后办理。",
                until=step.due.isoformat(),
            )
        if step.objections and not clean_words(attempt.details.get("words") or ""):
            yield Reason(
                "words_missing", "公示期间有异议，请写明怎样处理。", remedy="用学生看得懂的话写一两句。"
            )


@in_words("发出日期和文号填写完整", "the day and the number of the letter are given")
def sending_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """A letter bears the school's number; whatever is sent bears the day on which it was, once."""
    step = the_step(attempt)
    if step is not None and step.sent_on is not None:
        yield Reason(
            "sent_already",
            "“{step}”已于 {day} 发出。",
            {"step": step_named(step.kind), "day": step.sent_on},
            remedy="不需要再次登记。",
        )
    number = clean_text(attempt.details.get("number") or "")
    if step is not None and step.kind == "letter" and not number and not attempt.details.get("whom"):
        yield Reason("number_missing", "请填写函件的编号。", remedy="编号写在函件上，回函时用得到。")
    if len(number) > NUMBER_LIMIT:
        yield Reason("number_too_long", "编号最多 {limit} 字。", {"limit": NUMBER_LIMIT}, remedy="请缩短。")
    yield from _day(attempt, "sent_on", attempt.subject.filed_at)


@in_words("答复的结果和日期填写完整", "the answer and its day are given")
def answer_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """What came back is a yes or a no, with its day; a no brings its words.

    A body that decides may also want more, and says what.
    """
    outcome, step = attempt.details.get("outcome"), the_step(attempt)
    decides = step is not None and step.kind in BODIES
    words = clean_words(attempt.details.get("words") or "")
    if outcome not in ("passed", "failed", *((MORE,) if decides else ())):
        yield Reason("answer_missing", "请选择答复的结果。", remedy="从列出的结果中选择一项。")
    if outcome == "failed" and not words:
        yield Reason("words_missing", "请写明对方不同意的理由。", remedy="照来文的原话写。")
    elif outcome == MORE and not words:
        yield Reason("words_missing", "请写明对方要求补充什么。", remedy="照来文的原话写。")
    if (reason := too_long(words)) is not None:
        yield reason
    yield from _day(attempt, "received_on", attempt.subject.filed_at)
    yield from _not_before_sending(attempt, step)


def _not_before_sending(attempt: Attempt, step: StepFacts | None) -> Iterator[Reason]:
    day = attempt.details.get("received_on")
    if step is not None and step.sent_on is not None and day is not None and day < step.sent_on:
        yield Reason(
            "day_before_sending",
            "答复的日期 {day} 早于发出的日期 {sent}。",
            {"day": day, "sent": step.sent_on},
            remedy="请填写实际收到答复的日期。",
        )


@in_words("回函的文号和经办人填写得下", "the number of the reply and its person are not too long")
def reply_is_named(attempt: Attempt) -> Iterator[Reason]:
    """A reply may bear a number of its own, and the name of whoever gave it."""
    said = (clean_text(attempt.details.get(name) or "") for name in ("number", "person"))
    if any(len(one) > NUMBER_LIMIT for one in said):
        yield Reason(
            "reply_too_long",
            "回函的文号和对方经办人，各最多 {limit} 字。",
            {"limit": NUMBER_LIMIT},
            remedy="请缩短。",
        )


@in_words("学信网更正完成日期填写完整", "the day on which the platform showed it is given")
def seen_is_whole(attempt: Attempt) -> Iterator[Reason]:
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
            {"day": seen_on},
            remedy="请填写实际看到的日期。",
        )
    elif filed_at and seen_on < filed_at.date() and not attempt.by.is_system:
        yield Reason(
            "seen_before_filing",
            "看到的日期 {day} 早于提交的日期 {filed}。",
            {"day": seen_on, "filed": filed_at.date()},
            remedy="请填写更正以后实际看到的日期；提交时平台上就已正确的，请认定为“原记录无误”。",
        )


def _day(attempt: Attempt, name: str, filed_at: datetime | None) -> Iterator[Reason]:
    day = attempt.details.get(name)
    yield from day_faults(day, attempt.at.date())
    if day is not None and filed_at and day < filed_at.date():
        yield Reason(
            "day_before_filing",
            "日期 {day} 早于提交的日期 {filed}。",
            {"day": day, "filed": filed_at.date()},
            remedy="请填写实际的日期。",
        )


@in_words("在这个报送批次里", "in this batch")
def batch_has_it(attempt: Attempt) -> Reason | None:
    """A registrar sends and answers only what is in the batch, once the batch is that far."""
    step = the_step(attempt)
    claims = () if step is None else taken_claims(attempt, step)
    batch = attempt.details.get("batch")
    there = {one.claim_id for one in _lines(attempt, claims) if _is_due(attempt, batch, one)}
    if claims and there == {*claims}:
        return None
    return Reason(
        "not_in_batch",
        "这一项现在不在这个批次里，或批次还没有到这一步。",
        remedy="请查看批次的页面：只能登记批次里还在的事项。",
    )


def _is_due(attempt: Attempt, batch: str | None, line: Any) -> bool:
    """Whether a line of the batch is to be sent now, or answered."""
    states = (FROZEN, SENT) if attempt.action.name == "send_in_batch" else (SENT, ANSWERED_BATCH)
    return line.batch_id == batch and line.state in states


def _lines(attempt: Attempt, claims: Sequence[str]) -> Sequence[Any]:
    """The lines of batches in which some claims now are, each with the state of its batch."""
    asked = select(BatchLine.claim_id, BatchLine.batch_id, Batch.state)
    live = asked.join(Batch, Batch.id == BatchLine.batch_id).where(BatchLine.over_at.is_(None))
    return attempt.session.execute(live.where(BatchLine.claim_id.in_(claims))).all()


CHECKS = by_name(
    step_is_ready,
    step_can_end,
    step_is_in_no_batch,
    batch_has_it,
    sending_is_whole,
    answer_is_whole,
    reply_is_named,
    seen_is_whole,
)
