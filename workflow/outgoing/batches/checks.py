"""Why an act on a batch is refused: guards of who and when, checks of what is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy.submissions import submission_to
from workflow.cases import rules
from workflow.cases.batches import live_line_of
from workflow.cases.common import day_faults, words_given
from workflow.cases.letter_numbers import is_given_already
from workflow.cases.tables import Case, Claim
from workflow.engine import by_name, guards, in_words
from workflow.outgoing.batches.attempt import (
    Attempt,
    LineAnswer,
    claims_named,
    lines_named,
    typed_number,
    waiting_here,
)
from workflow.outgoing.batches.choosing import bodies_that_wait, near_lines
from workflow.outgoing.batches.facts import LineFacts
from workflow.outgoing.jobs.job import approvers
from workflow.people.access import holds_the_role, people_at_the_door
from workflow.people.standing_in import why_not_second
from workflow.verdict import Reason

MOST_LINES = 500
"""A batch has no more lines: it is sent in one unit of work."""
NUMBER_LIMIT = 64
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

# -- guards ---------------------------------------------------------------------------------------------


@in_words("批次里有可以报送的事项", "some line can go")
def some_line_stands(attempt: Attempt) -> Reason | None:
    """An empty batch goes nowhere."""
    if attempt.subject.standing:
        return None
    return Reason("batch_is_empty", "批次里没有可以报送的事项。", remedy="请先加入事项，或者解散这个批次。")


@in_words("没有已失效的行", "no line has fallen out")
def no_line_fell_out(attempt: Attempt) -> Reason | None:
    """What a student withdrew, or what ended otherwise, leaves the batch in the open before it goes on."""
    fallen = [line for line in attempt.subject.lines if line.fell_out]
    if not fallen:
        return None
    return Reason(
        "lines_fell_out",
        "第 {lines} 行已经失效：学生撤回、事项终止，或者环节已作废。",
        {"lines": numbers_of(fallen)},
        remedy="请先移出这些行；已定稿的批次，移出要写明理由，并由另一个人同意。",
    )


@in_words("没有等待同意移出的行", "no line waits to leave")
def no_line_asks_out(attempt: Attempt) -> Reason | None:
    """Whether a line leaves is decided before the batch is sent."""
    asking = [line for line in attempt.subject.lines if line.asks_out]
    if not asking:
        return None
    return Reason(
        "lines_ask_out",
        "第 {lines} 行申请移出，还没有人答复。",
        {"lines": numbers_of(asking)},
        remedy="请另一位学籍管理员或复核人先同意或不同意移出。",
    )


@in_words("没有本人、利害关系人或代其提交的学生", "no student is themselves, related, or filed for by them")
def no_line_is_too_near(attempt: Attempt) -> Reason | None:
    """Nobody freezes, agrees to or sends a batch in which a claim is none of their business."""
    near = near_lines(attempt.session, attempt.subject.id, people_at_the_door(attempt.by))
    if not near:
        return None
    return Reason(
        "line_too_near",
        "第 {lines} 行是您本人、您申报过关系的或者由您代为提交的学生的事项，不能由您办理。",
        {"lines": tuple(map(str, near))},
        remedy="请由另一位学籍管理员办理这个批次，或者先移出这些行。",
    )


@in_words("有第二个人可以同意", "a second person could agree")
def somebody_can_agree(attempt: Attempt) -> Reason | None:
    """A batch is frozen only where somebody else could agree to it."""
    if approvers(attempt.session, people_at_the_door(attempt.by), attempt.at):
        return None
    return Reason(
        "nobody_to_agree",
        "定稿要由第二个人同意，现在没有别的学籍管理员或复核人可以同意。",
        remedy="请系统管理员再任命一位学籍管理员或复核人；自己和互相代办的人不能同意。",
    )


@in_words("由另一个人定稿", "frozen by another person")
def frozen_by_another(attempt: Attempt) -> Reason | None:
    """Who froze a batch, or is tied to who did, neither agrees to it nor dissolves it alone."""
    return _not_the_second(
        attempt,
        attempt.subject.frozen_by,
        Reason(
            "own_batch",
            "这个批次由您定稿，要由另一个人同意或解散。",
            remedy="请另一位学籍管理员或复核人办理。",
        ),
    )


@in_words("已由第二个人同意", "agreed to by a second person")
def is_agreed(attempt: Attempt) -> Reason | None:
    """A batch leaves only after a second person agreed to it."""
    if attempt.subject.agreed_at is not None:
        return None
    return Reason(
        "not_agreed", "还没有第二个人同意这个批次。", remedy="请另一位学籍管理员或复核人查看并同意。"
    )


@in_words("没有等待答复的行", "no line waits for an answer")
def no_line_waits(attempt: Attempt) -> Reason | None:
    """A batch ends when each of its lines was answered, or has fallen out."""
    waiting = attempt.subject.waiting
    if not waiting:
        return None
    return Reason(
        "lines_wait",
        "还有 {count} 行没有答复：第 {lines} 行。",
        {"count": len(waiting), "lines": numbers_of(waiting)},
        remedy="请先导入或登记答复。",
    )


STANDS_IN = Reason(
    "batch_stand_in",
    "您和先办理的人之间有请假委托，不能作为第二个人。",
    remedy="请另一位学籍管理员或复核人办理。",
)


def _not_the_second(attempt: Attempt, first: frozenset[str], own: Reason) -> Reason | None:
    here = people_at_the_door(attempt.by)
    return why_not_second(attempt.session, first, here, attempt.at, own=own, stand_in=STANDS_IN)


def numbers_of(lines: Iterable[LineFacts]) -> tuple[str, ...]:
    """Lines by their numbers, as a reason names them."""
    return tuple(str(line.number) for line in lines)


# -- checks ---------------------------------------------------------------------------------------------


@in_words("选择了报送的单位", "the body is chosen")
def body_is_known(attempt: Attempt) -> Reason | None:
    """A batch goes to an office that the school's rules send claims to."""
    office = attempt.subject.office
    if office in rules.bodies(attempt.policy) or office in bodies_that_wait(attempt.session):
        return None
    return Reason("body_unknown", "请选择报送的单位。", remedy="从列出的单位中选择一个。")


@in_words("受理月份填写正确", "the intake month is one")
def month_is_an_intake(attempt: Attempt) -> Reason | None:
    """A month is written as 2026-12 and is not over; where the school names intakes, it is one of them."""
    month, said = attempt.subject.month, submission_to(attempt.policy.school.policy, attempt.subject.office)
    if month and not (_MONTH.fullmatch(month) and month >= f"{attempt.at:%Y-%m}"):
        return Reason("month_unknown", "受理月份应为今后的某个月，例如 2026-12。", remedy="请重新选择月份。")
    if said is None or (month and said.takes(month)):
        return None
    return Reason(
        "not_an_intake",
        "学校只在每年 {months} 月报送这个单位。",
        {"months": tuple(map(str, said.months)), "next": said.next_after(attempt.at)},
        remedy="请选择其中的一个月，最近的是 {next}。",
        source=said.source,
    )


@in_words("事项都在等待这个单位", "the claims wait for this body")
def claims_can_go_in(attempt: Attempt) -> Iterator[Reason]:
    """Each claim waits for this body, is in no live batch, and is none that the person is too near to."""
    wanted = claims_named(attempt)
    if not wanted:
        yield Reason("no_claims_chosen", "没有选择事项。", remedy="请至少勾选一项。")
        return
    waiting = {one.claim for one in waiting_here(attempt)}
    there = live_line_of(attempt.session, wanted)
    near = set(wanted) - waiting - there.keys()
    known = _named(attempt.session, wanted)
    if there:
        yield _of_claims(
            "claim_in_a_batch",
            "{claims} 已在一个报送批次中。",
            [known.get(one, one) for one in there],
            "请刷新页面后重新选择。",
        )
    if near:
        yield _of_claims(
            "claim_does_not_wait",
            "{claims} 现在不能由您加入：没有等待这个单位办理，或者是您本人、有关系的、代为提交的学生的事项。",
            [known.get(one, one) for one in sorted(near)],
            "请刷新页面后重新选择；与您有关的，请由另一位学籍管理员加入。",
        )


@in_words("不超过五百行", "no more than 500 lines")
def lines_are_not_too_many(attempt: Attempt) -> Reason | None:
    """A batch is sent as a whole, so it has an end."""
    there = len(attempt.subject.lines)
    if there + len(claims_named(attempt)) <= MOST_LINES:
        return None
    return Reason(
        "batch_too_long",
        "一个批次最多 {most} 行，现在有 {there} 行。",
        {"most": MOST_LINES, "there": there},
        remedy="请少选一些，其余的放进另一个批次。",
    )


@in_words("事项在这个批次中", "the claims are in the batch")
def claims_are_in_it(attempt: Attempt) -> Reason | None:
    """Only lines of this batch are acted on."""
    wanted = claims_named(attempt)
    if wanted and all(attempt.subject.line_of(one) is not None for one in wanted):
        return None
    return Reason("line_not_there", "所选的行不在这个批次中。", remedy="请刷新页面后重新选择。")


@in_words("还没有申请移出", "not asked to leave yet")
def claims_do_not_ask_yet(attempt: Attempt) -> Reason | None:
    """A line is asked to leave once, until somebody answers."""
    asking = [line for line in lines_named(attempt) if line.asks_out]
    if not asking:
        return None
    return Reason(
        "asks_out_already",
        "第 {lines} 行已经申请移出，等待另一个人答复。",
        {"lines": numbers_of(asking)},
        remedy="不需要再次申请。",
    )


@in_words("已申请移出", "asked to leave")
def claims_ask_out(attempt: Attempt) -> Reason | None:
    """A line leaves a frozen batch only after somebody gave the reason."""
    silent = [line for line in lines_named(attempt) if not line.asks_out]
    if not silent:
        return None
    return Reason(
        "does_not_ask_out",
        "第 {lines} 行没有申请移出。",
        {"lines": numbers_of(silent)},
        remedy="请刷新页面查看现在的情况。",
    )


@in_words("由另一个人申请移出", "asked for by another person")
def asked_by_another(attempt: Attempt) -> Reason | None:
    """Who asked for a line to leave does not agree to it."""
    askers = frozenset(
        filter(None, (one for line in lines_named(attempt) for one in (line.asked_by, line.asked_for)))
    )
    return _not_the_second(
        attempt,
        askers,
        Reason("own_asking", "移出由您申请，要由另一个人同意。", remedy="请另一位学籍管理员或复核人办理。"),
    )


@in_words("文号填写完整", "the number of the letter is given")
def letter_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """A batch leaves with a letter under a number: the register's, or one that is typed where it has none."""
    typed, given = typed_number(attempt), attempt.subject.number
    if not typed and not given:
        yield Reason("number_missing", "请填写报送文件的文号。", remedy="文号写在文件上，答复时用得到。")
    if given and typed and typed != given:
        yield Reason(
            "number_given",
            "这个批次的文号是 {number}。",
            {"number": given},
            remedy="请使用已编的文号。",
        )
    if len(typed) > NUMBER_LIMIT:
        yield Reason("number_too_long", "编号最多 {limit} 字。", {"limit": NUMBER_LIMIT}, remedy="请缩短。")


@in_words("文号没有用过", "the number was never used")
def number_is_free(attempt: Attempt) -> Reason | None:
    """No two letters of the school bear the same number."""
    typed = typed_number(attempt)
    if not typed or typed == attempt.subject.number:
        return None
    return NUMBER_TAKEN if is_given_already(attempt.session, typed, batch=attempt.subject.id) else None


NUMBER_TAKEN = Reason(
    "number_taken",
    "这个文号已用于另一份文件。",
    remedy="请核对文号；同一个文号不能用两次。",
    rule="number_is_free",
)


@in_words("报送日期填写完整", "the day of sending is given")
def sending_day_fits(attempt: Attempt) -> Iterator[Reason]:
    """A batch was sent on a day that has come, and not before it was frozen."""
    day, frozen_at = attempt.details.get("sent_on"), attempt.subject.frozen_at
    yield from day_faults(day, attempt.at.date())
    if day is not None and frozen_at is not None and day < frozen_at.date():
        yield Reason(
            "day_before_freezing",
            "日期 {day} 早于定稿的日期 {frozen}。",
            {"day": day, "frozen": frozen_at.date()},
            remedy="请填写实际的日期。",
        )


@in_words("答复都是这个批次的", "the answers are of its lines")
def answers_are_of_lines(attempt: Attempt) -> Iterator[Reason]:
    """Each answer is of a line that was not answered yet, on a day that has come."""
    answers: Sequence[LineAnswer] = attempt.details.get("answers") or ()
    lines = {line.id: line for line in attempt.subject.lines}
    if not answers or any(one.line not in lines for one in answers):
        yield Reason("line_not_there", "所选的行不在这个批次中。", remedy="请刷新页面后重新选择。")
    done = [
        lines[one.line]
        for one in answers
        if one.line in lines and (lines[one.line].verdict or lines[one.line].over)
    ]
    if done:
        yield Reason(
            "line_is_answered",
            "第 {lines} 行已经登记过答复。",
            {"lines": numbers_of(done)},
            remedy="请刷新页面查看现在的情况。",
        )
    sent_on = attempt.subject.sent_on
    for day in sorted({one.answered_on for one in answers}):
        yield from day_faults(day, attempt.at.date())
        if sent_on is not None and day < sent_on:
            yield Reason(
                "day_before_sending",
                "答复的日期 {day} 早于报送的日期 {sent}。",
                {"day": day, "sent": sent_on},
                remedy="请填写实际的日期。",
            )


def _named(session: Session, claims: Iterable[str]) -> dict[str, str]:
    """Claims as a refusal names them: the receipt number of their case and the field."""
    asked = select(Claim.id, Case.receipt, Claim.field).join(Case, Case.id == Claim.case_id)
    rows = session.execute(asked.where(Claim.id.in_(list(claims))))
    return {id: f"{receipt or '—'} {field}" for id, receipt, field in rows}


def _of_claims(code: str, template: str, claims: Iterable[str], remedy: str) -> Reason:
    return Reason(code, template, {"claims": tuple(claims)}, remedy=remedy)


GUARDS = guards(
    holds_the_role,
    some_line_stands,
    no_line_fell_out,
    no_line_asks_out,
    no_line_is_too_near,
    somebody_can_agree,
    frozen_by_another,
    is_agreed,
    no_line_waits,
)
CHECKS = by_name(
    body_is_known,
    month_is_an_intake,
    claims_can_go_in,
    lines_are_not_too_many,
    claims_are_in_it,
    claims_do_not_ask_yet,
    claims_ask_out,
    asked_by_another,
    letter_is_whole,
    number_is_free,
    sending_day_fits,
    answers_are_of_lines,
    words_given,
)
