"""What is asked of a student during the review: several things at once, each answered on its own.

The filing date stays; while anything is open the case's clock stands, and nobody closes the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, insert, select, update
from sqlalchemy.orm import Session

from config.calendar import Calendar, Pause, end_of
from states.case import REVIEW
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled, as_filed, opened
from workflow.cases.common import words_given, write_claims
from workflow.cases.facts import CaseFacts, ClaimFacts, StepFacts
from workflow.cases.filing.checks import ClaimChecks, papers_named
from workflow.cases.review.step_making import Steps
from workflow.cases.tables import QUESTION_KINDS, Case, Question
from workflow.engine import Asking, Change, Effect, Entropy, by_name, guards, in_words
from workflow.history.codes import DUE, Code
from workflow.people.cipher import Cipher
from workflow.permissions.facts import freezes
from workflow.records.claimed import value_fault
from workflow.records.texts import clean_words, too_long
from workflow.store import InHand, Prepared, table_of
from workflow.values import Sentence
from workflow.verdict import Reason

AT_ONCE = 12
"""So many things can be asked in one go."""


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """One thing to ask: a kind of paper, another value of a claim, or an explanation (of one, or at all)."""

    kind: str
    about: str = ""
    words: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain values: part of what a command key stands for."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """One thing that was asked; what was said is still sealed."""

    id: str
    kind: str
    about: str
    asked_at: datetime
    due: date | None
    warned: int
    warned_on: date | None
    outcome: str
    ended_at: datetime | None
    asked: bytes
    answer: bytes | None

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return not self.outcome

    def is_late(self, at: datetime) -> bool:
        """Whether its last day is over."""
        return self.due is not None and at > end_of(self.due)

    def warnings_owed(self, at: datetime, calendar: Calendar) -> int:
        """How many warnings belong to it by now: one when half its working days are over, two on the last."""
        asked, today = self.asked_at.date(), at.date()
        if self.due is None:
            return 0
        if today >= self.due:
            return 2
        term = calendar.working_days_between(asked, self.due)
        return 1 if 2 * calendar.working_days_between(asked, today) >= term else 0

    def wants_warning(self, at: datetime, calendar: Calendar) -> bool:
        """Whether a warning is owed and not sent: never two on one day, though the first came late."""
        if not self.open or (self.warned_on is not None and self.warned_on >= at.date()):
            return False
        return self.warned < self.warnings_owed(at, calendar)

    def was_never_answered(self, at: datetime) -> bool:
        """Whether its last day passed without an answer, and two warnings went before, none of them today."""
        warned = self.warned >= 2 and self.warned_on is not None and self.warned_on < at.date()
        return self.open and warned and self.is_late(at)


COLUMNS = tuple(getattr(Question, one.name) for one in fields(QuestionFacts))
QUESTIONS: InHand[tuple[QuestionFacts, ...]] = InHand("question")
"""Everything that was ever asked in a case."""
_OF_CASE = Prepared(
    select(*COLUMNS).where(Question.case_id == bindparam("case")).order_by(Question.asked_at, Question.id)
)


def questions_of(attempt: Attempt) -> tuple[QuestionFacts, ...]:
    """Everything that was ever asked in the case, in its order; nothing outside a review."""
    session, case = attempt.session, attempt.subject
    if case.state != REVIEW:
        return ()
    rows = _OF_CASE.rows
    return QUESTIONS.once(
        session, case.id, lambda: tuple(QuestionFacts(*row) for row in rows(session, {"case": case.id}))
    )


def open_questions(attempt: Attempt) -> tuple[QuestionFacts, ...]:
    """What waits for the student's answer."""
    return tuple(question for question in questions_of(attempt) if question.open)


def pauses_of(questions: Iterable[QuestionFacts]) -> tuple[Pause, ...]:
    """The days on which the case's clock stands: from each question to its answer, both ends included."""
    return tuple(
        Pause(one.asked_at.date(), None if one.ended_at is None else one.ended_at.date()) for one in questions
    )


# -- what bars it ---------------------------------------------------------------------------------------


@in_words("没有等待答复的补正", "no question is open")
def no_question_open(attempt: Attempt) -> Reason | None:
    """Who was asked something is heard before the case is closed."""
    waiting = open_questions(attempt)
    if not waiting:
        return None
    return Reason(
        "questions_open",
        "还有 {count} 项补正没有答复。",
        {"count": len(waiting)},
        remedy="请等待学生答复；不再需要的，请先取消。",
    )


def something_is_asked() -> ColumnElement[bool]:
    """The cases that wait for their student's answer."""
    return exists().where(Question.case_id == Case.id, Question.ended_at.is_(None))


def _no_question_rows(attempt: Attempt) -> ColumnElement[bool]:
    return ~something_is_asked()


@in_words("有等待答复的补正", "a question is open")
def something_asked(attempt: Attempt) -> Reason | None:
    """Only what was asked can be answered or dropped."""
    if open_questions(attempt):
        return None
    return Reason(
        "nothing_asked", "现在没有等待答复的补正事项。", remedy="请刷新页面，查看现在可以办理的事项。"
    )


@in_words("学校规则允许补正", "the school's rules take answers")
def policy_takes_answers(attempt: Attempt) -> Iterator[Reason]:
    """Papers that were asked for have days of their own, by the school's rules; the filing date stays."""
    yield from _by_policy(attempt, attempt.subject.returned_on)


@in_words("已到催促补正的日期", "a warning is due")
def warning_is_due(attempt: Attempt) -> Reason | None:
    """A warning is sent twice for each question, on its days, never twice on one day, none in a freeze."""
    calendar, frozen = attempt.policy.school.calendar, attempt.subject.frozen(attempt.at)
    if frozen is None and any(
        question.wants_warning(attempt.at, calendar) for question in open_questions(attempt)
    ):
        return None
    return Reason("no_warning_due", "现在没有要催促的补正事项。", remedy="到期限过半和最后一天时再催。")


def _by_policy(attempt: Attempt, returned_on: date | None) -> tuple[Reason, ...]:
    """Why the policy takes no more papers for this case, which was returned for them on that day."""
    case = replace(attempt.subject, returned_on=returned_on)
    put = rules.question(attempt.session, attempt.policy, case, attempt.at, action="supplement")
    return rules.reasons(rules.answer_to(attempt.policy, put))


GUARDS = guards((no_question_open, _no_question_rows), something_asked, policy_takes_answers, warning_is_due)


# -- what is asked of the words -------------------------------------------------------------------------


@in_words("补正事项填写完整", "the questions are whole")
def questions_are_whole(attempt: Attempt) -> Iterator[Reason]:
    """Something is asked, each thing once, and each says what it wants."""
    asked: Sequence[QuestionAsked] = attempt.details.get("questions", ())
    if not asked:
        yield Reason("nothing_to_ask", "没有选择要学生补正什么。", remedy="请至少选择一项。")
    if len(asked) > AT_ONCE:
        yield Reason(
            "too_many_questions", "一次最多要求 {limit} 项。", {"limit": AT_ONCE}, remedy="请减少几项。"
        )
    waiting = {(question.kind, question.about) for question in open_questions(attempt)}
    for one in asked:
        yield from _one_question(attempt, one)
        if one.kind != "explanation" and (one.kind, one.about) in waiting:
            yield Reason(
                "asked_already", "同样的补正事项已经要求过，还没有答复。", remedy="请等待学生答复，或先取消。"
            )
        waiting.add((one.kind, one.about))


def _one_question(attempt: Attempt, one: QuestionAsked) -> Iterator[Reason]:
    if one.kind not in QUESTION_KINDS or not _is_about_something(attempt, one):
        yield Reason(
            "question_unknown", "有一项补正要求没有说清要什么。", remedy="请从列出的材料或事项中选择。"
        )
    words = clean_words(one.words)
    if one.kind != "paper" and not words:
        yield Reason("words_missing", "请写明要学生说明或改正什么。", remedy="用学生看得懂的话写一两句。")
    if (reason := too_long(words)) is not None:
        yield reason


def _is_about_something(attempt: Attempt, one: QuestionAsked) -> bool:
    if one.kind == "paper":
        return one.about in attempt.policy.school.policy.evidence_kinds
    claim = attempt.subject.claim(one.about)
    if one.kind == "value":
        return claim is not None and not claim.outcome and claim.field != "PHOTO"
    return not one.about or (claim is not None and not claim.outcome)


@in_words("该项补正等待答复", "the question is open")
def question_is_open(attempt: Attempt) -> Reason | None:
    """Each answer goes to one question of this case that waits for it."""
    question = _the_question(attempt)
    claim = attempt.subject.claim(question.about) if question is not None else None
    moot = claim is not None and claim.outcome and attempt.action.name == "answer"
    if question is not None and not moot:
        return None
    return Reason(
        "no_such_question", "这一项补正已经答复，或不再需要。", remedy="请刷新页面，查看现在要补正的事项。"
    )


@in_words("在补正期限内", "within the days of the question")
def answer_is_in_time(attempt: Attempt) -> Iterator[Reason]:
    """Each question has its own days; what bars every answer has been said already."""
    question = _the_question(attempt)
    if question is None:
        return
    yield from _beyond(policy_takes_answers(attempt), _by_policy(attempt, question.asked_at.date()))


@in_words("该项没有等待答复的补正", "nothing asked about the item is open")
def claim_is_not_asked_about(attempt: Attempt) -> Reason | None:
    """A claim whose value or circumstances are in question is not settled before the answer."""
    claim = attempt.details.get("claim")
    if not claim or all(question.about != claim for question in open_questions(attempt)):
        return None
    return Reason(
        "claim_is_asked_about",
        "这一项正在等学生补正，还不能认定。",
        remedy="请等待学生答复；不再需要的，请先取消。",
    )


@in_words("附有材料", "papers are handed in")
def some_paper(attempt: Attempt) -> Reason | None:
    """To hand in means to hand in something."""
    if attempt.details.get("papers"):
        return None
    return Reason("no_paper", "没有补交任何材料。", remedy="请选择材料的照片。")


class QuestionChecks:
    """The checks that look at what a student answered; they open the claim's values."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._claims = ClaimChecks(cipher)

    def all(self) -> dict[str, Asking]:
        """Every check by the name lifecycles use."""
        return by_name(
            questions_are_whole,
            question_is_open,
            answer_is_in_time,
            self.answer_says_something,
            claim_is_not_asked_about,
            some_paper,
        )

    @in_words("答复中有所要求的内容", "the answer has what was asked for")
    def answer_says_something(self, attempt: Attempt) -> Iterator[Reason]:
        """An empty answer is none: a paper of the kind asked for, a value that can stand, or words."""
        question = _the_question(attempt)
        if question is None:
            return
        if question.kind == "paper":
            yield from _paper_answers(attempt, question)
        elif question.kind == "value":
            yield from self._value_answers(attempt, question)
        elif (reason := words_given(attempt)) is not None:
            yield reason

    def _value_answers(self, attempt: Attempt, question: QuestionFacts) -> Iterator[Reason]:
        """The value is judged as if it had been filed in the first place, and with what else was filed."""
        claim = attempt.subject.claim(question.about)
        assert claim is not None
        new = answered_value(attempt, claim)
        old, before = opened(self._cipher, claim)
        fault = value_fault(claim.field, new, attempt.at.date())
        if fault:
            yield Reason(
                "value_is_not_whole",
                "{field}：{fault}",
                {"field": rules.field_name(attempt.policy, claim.field), "fault": Sentence(fault)},
                remedy="请按证件上的内容填写。",
            )
            return
        if new == before:
            yield Reason(
                "value_as_before",
                "填写的内容和上次一样。",
                remedy="请改正后再提交；您认为原来填写的没有错的，请撤回后重新提出，或与学籍管理部门联系。",
            )
        others = [
            as_filed(one, opened(self._cipher, one).new)
            for one in attempt.subject.claims
            if one.id != claim.id and not one.outcome
        ]
        filed = as_filed(claim, new)
        alone = replace(attempt, details={"claims": (filed,)})
        together = replace(attempt, details={"claims": (filed, *others)})
        yield from self._claims.claims_change_something(alone)
        yield from self._claims.claims_fit_together(together)
        yield from _by_the_rules(attempt, [as_filed(claim, before), *others], [*others, filed], old)


def _paper_answers(attempt: Attempt, question: QuestionFacts) -> Iterator[Reason]:
    if (reason := some_paper(attempt)) is not None:
        yield reason
    if any(paper is not None and paper.kind != question.about for paper in papers_named(attempt)):
        yield Reason(
            "another_paper", "补交的不是所要求的那种材料。", remedy="请从补正事项里进入，再选择材料的照片。"
        )


def _by_the_rules(
    attempt: Attempt, before: Sequence[ClaimFiled], after: Sequence[ClaimFiled], old: str
) -> Iterator[Reason]:
    """What the rules say against the filing with the new value and did not say against it before."""
    changed = after[-1].field
    at_filing = replace(attempt, at=attempt.subject.filed_at or attempt.at, details={})
    said_before = rules.claim_reasons(at_filing, before, {changed: old}, ())
    yield from _beyond(said_before, rules.claim_reasons(at_filing, after, {changed: old}, ()))


def _beyond(known: Iterable[Reason], said: Iterable[Reason]) -> Iterator[Reason]:
    """What is said that was not known already."""
    told = {(reason.rule, reason.code) for reason in known}
    return (reason for reason in said if (reason.rule, reason.code) not in told)


def answered_value(attempt: Attempt, claim: ClaimFacts) -> str:
    """The value a student answered, in the form in which a filed one is kept."""
    return as_filed(claim, attempt.details.get("value") or "").clean().new


def about(case: CaseFacts, claim: str) -> frozenset[str]:
    """The claims that an answer is about: the one named, or else all that have no outcome."""
    return frozenset(one.id for one in case.claims if not one.outcome and claim in ("", one.id))


def voided_by(case: CaseFacts, brought: str, claim: str = "") -> tuple[StepFacts, ...]:
    """The passed steps that an answer of a kind makes void: of the claim that it is about, or of all."""
    concerned = about(case, claim)
    return tuple(
        step
        for step in case.steps
        if step.outcome in ("passed", "failed") and step.claims & concerned and step.is_voided_by(brought)
    )


def _the_question(attempt: Attempt) -> QuestionFacts | None:
    named = attempt.details.get("question")
    return next((question for question in open_questions(attempt) if question.id == named), None)


def code_of(attempt: Attempt, kind: str, about: str) -> Code:
    """How an entry names a question: ``paper:id_card``, ``value:XM``, ``explanation``."""
    claim = attempt.subject.claim(about)
    return Code(kind, claim.field if claim is not None else about)


# -- what follows ---------------------------------------------------------------------------------------


class QuestionEffects:
    """The effects of asking and answering; what is said is sealed."""

    def __init__(self, cipher: Cipher, entropy: Entropy, steps: Steps) -> None:
        self._cipher, self._entropy, self._steps = cipher, entropy, steps

    def all(self) -> dict[str, Effect]:
        """Every effect by the name lifecycles use."""
        return by_name(
            self.ask_questions, self.take_answer, self.renew_checks, drop_one_question, mark_warned
        )

    def ask_questions(self, attempt: Attempt, change: Change) -> None:
        """One row for each, with the day until which policy lets it be answered."""
        due = last_day(attempt.policy, attempt.at.date(), freezes(attempt.subject.permissions))
        for number, one in enumerate(attempt.details["questions"], start=1):
            name, words = self._entropy(16).hex(), clean_words(one.words)
            asked = insert(table_of(Question)).values(
                id=name,
                case_id=attempt.subject.id,
                kind=one.kind,
                about=one.about,
                asked=self._cipher.seal(words, table="question", column="asked", row=name),
                asked_by=attempt.by.person,
                asked_at=attempt.at,
                due=due,
            )
            attempt.session.execute(asked)
            _note(attempt, change, one.kind, one.about)
            if words:
                change.values[f"asked.{number}"] = words
        if due:
            change.codes.append(Code.on_day(DUE, due))

    def take_answer(self, attempt: Attempt, change: Change) -> None:
        """The answer is kept; what it brings makes those steps void of which the school's rules say so."""
        question = _the_question(attempt)
        assert question is not None
        words = clean_words(attempt.details.get("words") or "")
        sealed = self._cipher.seal(words, table="question", column="answer", row=question.id)
        _write(attempt, [question], answer=sealed, outcome="answered", ended_at=attempt.at)
        _note(attempt, change, question.kind, question.about)
        if words:
            change.values["words"] = words
        if question.kind == "value":
            self._correct_the_claim(attempt, change, question)
        elif question.kind == "explanation" and voided_by(attempt.subject, "explanation", question.about):
            self._steps.rebuild(attempt, change, about(attempt.subject, question.about), "explanation")

    def _correct_the_claim(self, attempt: Attempt, change: Change, question: QuestionFacts) -> None:
        claim = attempt.subject.claim(question.about)
        assert claim is not None
        new = answered_value(attempt, claim)
        sealed = self._cipher.seal(new, table="claim", column="new", row=claim.id)
        write_claims(attempt, [claim.id], new=sealed)
        change.values[f"{claim.field}.new"] = new
        self._steps.rebuild(attempt, change, [claim.id], "value")

    def renew_checks(self, attempt: Attempt, change: Change) -> None:
        """Checks that were passed without the papers that came now do not count any more."""
        if attempt.details.get("papers"):
            self._steps.rebuild(attempt, change, about(attempt.subject, ""), "paper")


def drop_one_question(attempt: Attempt, change: Change) -> None:
    """What is not needed any more."""
    question = _the_question(attempt)
    assert question is not None
    _note(attempt, change, question.kind, question.about)
    end_questions(attempt, [question], "dropped")


def mark_warned(attempt: Attempt, change: Change) -> None:
    """Count the warning on every question it is about."""
    calendar = attempt.policy.school.calendar
    due = [one for one in open_questions(attempt) if one.wants_warning(attempt.at, calendar)]
    _write(attempt, due, warned=Question.warned + 1, warned_on=attempt.at.date())
    for one in due:
        change.codes.append(code_of(attempt, one.kind, one.about))


def last_day(policy: rules.Rules, asked_on: date, frozen: Iterable[Pause] = ()) -> date | None:
    """Until when policy lets an answer come; None where it sets no limit. Frozen days do not count."""
    days = policy.periods.supplement_working_days
    return policy.school.calendar.working_days_after(asked_on, days, frozen) if days else None


def move_last_days(
    session: Session, calendar: Calendar, record: str, before: Sequence[Pause], now: Sequence[Pause]
) -> bool:
    """Open questions keep their number of days when the frozen days of a record change; if there are any."""
    asked = (
        select(Question)
        .join(Case, Case.id == Question.case_id)
        .where(Case.record_id == record, Question.ended_at.is_(None), Question.due.is_not(None))
    )
    waiting = session.scalars(asked).all()
    for one in waiting:
        assert one.due is not None
        asked_on = one.asked_at.date()
        days = calendar.working_days_between(asked_on, one.due, before)
        one.due = calendar.working_days_after(asked_on, days, now)
    return bool(waiting)


def _note(attempt: Attempt, change: Change, kind: str, about: str) -> None:
    change.codes.append(code_of(attempt, kind, about))
    if attempt.subject.claim(about) is not None:
        change.claims.append(about)


def end_questions(attempt: Attempt, questions: Iterable[QuestionFacts], outcome: str) -> None:
    _write(attempt, questions, outcome=outcome, ended_at=attempt.at)


def _write(attempt: Attempt, questions: Iterable[QuestionFacts], **values: Any) -> None:
    if ids := [one.id for one in questions]:
        attempt.session.execute(update(table_of(Question)).where(Question.id.in_(ids)).values(values))
