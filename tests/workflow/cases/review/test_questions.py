"""Asking a student during the review: several things at once, each answered on its own, in time or not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from config.calendar import Pause
from tests.conftest import on
from tests.laws import holds
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked, pauses_of, questions_of
from workflow.cases.scheduled import ScheduledCaseWork, run_scheduled
from workflow.cases.tables import Claim, Question
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.timeline import opened
from workflow.notices.outbox import due_for

pytestmark = [pytest.mark.one_database]

DAY = timedelta(days=1)
PAPER = QuestionAsked("paper", "household_book", "请拍清楚变更那一页")
WHY = QuestionAsked("explanation", "", "请说明录取时用的是哪个名字")
ASKED_ON = date(2024, 10, 25)
LAST = date(2024, 11, 1)


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def student(world: World, record: str) -> Actor:
    """The freshman."""
    return world.student(record)


@pytest.fixture
def reviewer(world: World) -> Actor:
    """Who works on cases here."""
    return world.staff["reviewer"]


@pytest.fixture
def case(world: World, record: str, reviewer: Actor) -> Ref:
    """The freshman's case, taken up by a reviewer."""
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", reviewer)
    return case


def ask(world: World, case: Ref, *questions: QuestionAsked) -> Entry:
    """Ask as the first reviewer."""
    return world.do(case, "ask", world.staff["reviewer"], questions=questions)


def rows(world: World, case: Ref) -> list[Question]:
    """All questions of a case, in order."""
    with world.place.store.reading() as session:
        found = session.scalars(
            select(Question).where(Question.case_id == case.id).order_by(Question.asked_at, Question.kind)
        ).all()
        session.expunge_all()
        return list(found)


def the(world: World, case: Ref, kind: str) -> str:
    """The id of the open question of a kind."""
    (found,) = [row.id for row in rows(world, case) if row.kind == kind and not row.outcome]
    return found


def value_of_claim(world: World, case: Ref, field: str = "XM") -> str:
    """The present claimed value."""
    with world.place.store.reading() as session:
        claim = session.scalars(select(Claim).where(Claim.case_id == case.id, Claim.field == field)).one()
        return world.place.cipher.open(claim.new, table="claim", column="new", row=claim.id)


def claim_of(world: World, case: Ref, field: str = "XM") -> str:
    """The id of the claim on a field."""
    return next(claim.id for claim in world.case(case).claims if claim.field == field)


def told(world: World, record: str) -> list[str]:
    """The notices the student may read now, newest first."""
    with world.place.store.reading() as session:
        return [notice.event for notice in due_for(session, record, world.clock.moment)]


def codes(world: World, case: Ref, action: str, by: Actor, **details: Any) -> tuple[str, ...]:
    """The codes of the engine's refusal."""
    return world.may(case, action, by, **details).codes


# -- asking ---------------------------------------------------------------------------------------------


@holds("ask_questions")
def test_several_things_are_asked_at_once(world: World, record: str, case: Ref) -> None:
    """Each is a question of its own with the same last day; the student is told once, nobody holds the case."""
    entry = ask(world, case, PAPER, WHY)
    assert [(row.kind, row.about, row.due, row.outcome) for row in rows(world, case)] == [
        ("explanation", "", LAST, ""),
        ("paper", "household_book", LAST, ""),
    ]
    assert "asked" in told(world, record)
    assert (world.case(case).state, world.case(case).holder) == ("under_review", "")
    assert entry.codes == ("paper:household_book", "explanation", "due:2024-11-01")


def test_what_is_asked_is_sealed_and_the_entry_commits_to_it(world: World, case: Ref) -> None:
    """The words stand in no row in the clear, and an auditor can open what the entry committed to."""
    entry = ask(world, case, PAPER, WHY)
    assert all(PAPER.words.encode() not in row.asked for row in rows(world, case))
    with world.place.store.reading() as session:
        said = opened(session, world.place.cipher, case.id, entry.number)
    assert said == {"asked.1": PAPER.words, "asked.2": WHY.words}


@holds("questions_are_whole")
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ((), "nothing_to_ask"),
        ((QuestionAsked("paper", "no_such_kind"),), "question_unknown"),
        ((QuestionAsked("riddle", "", "？"),), "question_unknown"),
        ((QuestionAsked("value", "0" * 32, "请改正"),), "question_unknown"),
        ((QuestionAsked("explanation", "0" * 32, "请说明"),), "question_unknown"),
        ((QuestionAsked("explanation", "", " \u200b"),), "words_missing"),
        ((QuestionAsked("paper", "id_card", "字" * 501),), "words_too_long"),
        ((PAPER, PAPER), "asked_already"),
        ((WHY,) * 13, "too_many_questions"),
    ],
)
def test_a_question_says_what_it_wants(
    world: World, case: Ref, reviewer: Actor, asked: tuple[QuestionAsked, ...], code: str
) -> None:
    """Nothing at all, an unknown thing, no words, too many words, twice the same: each is named."""
    assert code in world.refused(case, "ask", reviewer, questions=asked).codes
    assert rows(world, case) == []


def test_the_same_paper_can_be_asked_again_only_after_the_answer(
    world: World, record: str, case: Ref, student: Actor, reviewer: Actor
) -> None:
    """Asked twice and answered twice: the second question is a new one."""
    ask(world, case, PAPER)
    assert codes(world, case, "ask", reviewer, questions=(PAPER,)) == ("asked_already",)
    for _ in range(2):
        paper = world.paper(record, "household_book")
        world.do(case, "answer", student, question=the(world, case, "paper"), papers=(paper,))
        ask(world, case, PAPER)
    assert [row.outcome for row in rows(world, case)].count("answered") == 2


def test_a_photo_has_no_value_to_ask_for(world: World, record: str, reviewer: Actor) -> None:
    """A photo claim is answered with a paper or in words, never by typing."""
    case = Ref("case", world.file(record, ClaimFiled("PHOTO", "photo", "")).subject)
    world.do(case, "take_up", reviewer)
    asked = QuestionAsked("value", claim_of(world, case, "PHOTO"), "请改正")
    assert codes(world, case, "ask", reviewer, questions=(asked,)) == ("question_unknown",)


# -- answering ------------------------------------------------------------------------------------------


@holds("take_answer", "answer_says_something", "something_asked")
def test_each_question_is_answered_on_its_own(
    world: World, record: str, case: Ref, student: Actor, reviewer: Actor
) -> None:
    """One answer leaves the others open; after the last one the case is the reviewers' again."""
    filed_at = world.case(case).filed_at
    assert codes(world, case, "answer", student) == ("nothing_asked",)
    ask(world, case, PAPER, WHY)
    world.at(world.clock.moment + 3 * DAY)
    world.do(case, "answer", student, question=the(world, case, "explanation"), words="录取时用的曾用名")
    assert {row.kind: row.outcome for row in rows(world, case)} == {"explanation": "answered", "paper": ""}
    paper = world.paper(record, "household_book")
    world.do(case, "answer", student, question=the(world, case, "paper"), papers=(paper,))
    assert codes(world, case, "answer", student) == ("nothing_asked",)
    assert world.case(case).filed_at == filed_at
    with world.place.store.reading() as session:
        assert session.get_one(Evidence, paper).case_id == case.id


@holds("question_is_open")
@pytest.mark.parametrize(
    ("kind", "details", "code"),
    [
        ("explanation", {"words": " "}, "words_missing"),
        ("explanation", {"words": "字" * 501}, "words_too_long"),
        ("paper", {"papers": ()}, "no_paper"),
        ("paper", {"papers": ("0" * 32,)}, "paper_not_there"),
        ("value", {"value": " "}, "value_is_not_whole"),
        ("value", {"value": "测试甲"}, "value_as_before"),
        ("value", {"value": "测试001"}, "nothing_changes"),
        ("nothing", {"words": "答复"}, "no_such_question"),
    ],
)
def test_an_empty_answer_is_none(
    world: World, case: Ref, student: Actor, kind: str, details: dict[str, Any], code: str
) -> None:
    """No words, no paper, no value, the same value, the record's own value, or no question to answer."""
    ask(world, case, PAPER, WHY, QuestionAsked("value", claim_of(world, case), "请按身份证改正"))
    question = "0" * 32 if kind == "nothing" else the(world, case, kind)
    assert code in world.refused(case, "answer", student, question=question, **details).codes
    assert {row.outcome for row in rows(world, case)} == {""}


def test_another_paper_than_the_one_asked_for_is_no_answer(
    world: World, record: str, case: Ref, student: Actor
) -> None:
    """An ID card does not answer the question for the household book, and stays in the draft."""
    ask(world, case, PAPER)
    paper = world.paper(record, "id_card")
    verdict = world.refused(case, "answer", student, question=the(world, case, "paper"), papers=(paper,))
    assert verdict.codes == ("another_paper",)
    with world.place.store.reading() as session:
        assert session.get_one(Evidence, paper).case_id is None


def test_another_value_takes_the_place_of_the_first(
    world: World, record: str, case: Ref, student: Actor
) -> None:
    """The claim asks for the new value, the entry commits to it, and both can be read afterwards."""
    ask(world, case, QuestionAsked("value", claim_of(world, case), "请按身份证改正"))
    entry = world.do(case, "answer", student, question=the(world, case, "value"), value=" 测试乙 ")
    assert value_of_claim(world, case) == "测试乙"
    assert (entry.codes, entry.claims) == (("value:XM",), (claim_of(world, case),))
    with world.place.store.reading() as session:
        assert opened(session, world.place.cipher, case.id, entry.number) == {"XM.new": "测试乙"}


def test_a_value_is_judged_as_if_it_had_been_filed(world: World, reviewer: Actor) -> None:
    """A birth date that the number denies cannot be answered, any more than it could be filed."""
    record = world.record(csrq=date(2006, 5, 4), number=number_of(date(2006, 4, 5), 77))
    case = Ref("case", world.file(record, ClaimFiled("CSRQ", "school_data", "2006-04-05")).subject)
    world.do(case, "take_up", reviewer)
    ask(world, case, QuestionAsked("value", claim_of(world, case, "CSRQ"), "请核对"))
    by, question = world.student(record), the(world, case, "value")
    wrong = codes(world, case, "answer", by, question=question, value="2006-06-06")
    assert wrong == ("denied_by_the_number",)


@holds("some_paper", "renew_checks")
def test_papers_may_come_while_the_case_is_open(world: World, record: str, case: Ref, student: Actor) -> None:
    """Nobody has to wait to be asked; but handing in means handing in something."""
    assert codes(world, case, "supply", student, papers=()) == ("no_paper",)
    paper = world.paper(record, "police_paper")
    entry = world.do(case, "supply", student, papers=(paper,))
    with world.place.store.reading() as session:
        kept = session.get_one(Evidence, paper)
        assert (kept.case_id, entry.evidence) == (case.id, (kept.digest,))


def of_steps(world: World, case: Ref) -> list[tuple[str, str]]:
    """(kind, outcome) of every step that is not void, in order."""
    steps = sorted(world.case(case).steps, key=lambda step: step.position)
    return [(step.kind, step.outcome) for step in steps if step.outcome != "void"]


@pytest.mark.parametrize("kind", ["paper", "value", "explanation", "supply"])
def test_a_check_passed_before_another_value_or_paper_does_not_count(
    world: World, record: str, case: Ref, student: Actor, reviewer: Actor, kind: str
) -> None:
    """What was checked is not what is claimed any more, so it is checked anew; mere words change nothing."""
    check = next(step for step in world.case(case).steps if step.kind == "check")
    world.do(case, "pass_step", reviewer, step=check.id)
    assert of_steps(world, case) == [("check", "passed"), ("platform", "")]
    about = {"paper": "id_card", "value": claim_of(world, case)}.get(kind, "")
    if kind != "supply":
        ask(world, case, QuestionAsked(kind, about, "请补正"))
    paper = (world.paper(record, "id_card"),)
    typed: dict[str, Any] = {
        "paper": {"papers": paper},
        "value": {"value": "测试乙"},
        "explanation": {"words": "曾用名"},
        "supply": {"papers": paper},
    }[kind]
    if kind == "supply":
        entry = world.do(case, "supply", student, **typed)
    else:
        entry = world.do(case, "answer", student, question=the(world, case, kind), **typed)
    words_only = kind == "explanation"
    again = [("check", "passed" if words_only else ""), ("platform", "")]
    assert of_steps(world, case) == again
    assert bool(entry.steps) is not words_only


# -- nobody closes over an open question ----------------------------------------------------------------


@holds("no_question_open", "drop_one_question")
def test_who_was_asked_is_heard(world: World, record: str, case: Ref, reviewer: Actor) -> None:
    """While a question is open the case cannot be closed either way; one that was dropped bars nothing."""
    ask(world, case, PAPER)
    world.settle_all(case, "refused")
    refusal = {"words": "材料不足", "refusal": "evidence_does_not_prove"}
    assert codes(world, case, "reject", reviewer, **refusal) == ("questions_open",)
    assert "questions_open" in codes(world, case, "correct", reviewer, words="已更正")
    world.do(case, "drop_question", reviewer, question=the(world, case, "paper"))
    assert "question_dropped" in told(world, record)
    assert [row.outcome for row in rows(world, case)] == ["dropped"]
    assert world.do(case, "reject", reviewer, **refusal).target == "rejected"


@holds("claim_is_not_asked_about")
def test_a_claim_in_question_is_not_settled(world: World, record: str, student: Actor) -> None:
    """Its value may still change; the claim beside it can be settled."""
    number = ClaimFiled("XH", "school_data", "240199999")
    case, reviewer = Ref("case", world.file(record, NAME, number).subject), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    name, other = claim_of(world, case), claim_of(world, case, "XH")
    ask(world, case, QuestionAsked("explanation", name, "请说明"))
    words = {"outcome": "refused", "words": "材料不足", "refusal": "record_is_right"}
    assert codes(world, case, "settle", reviewer, claim=name, **words) == ("claim_is_asked_about",)
    assert codes(world, case, "settle", reviewer, claim=other, **words) == ()
    world.do(case, "answer", student, question=the(world, case, "explanation"), words="曾用名")
    assert codes(world, case, "settle", reviewer, claim=name, **words) == ()


@holds("drop_questions")
def test_who_takes_the_filing_back_owes_no_answer(world: World, case: Ref, student: Actor) -> None:
    """Withdrawn while under review: the questions end with it, and nobody is warned of them."""
    ask(world, case, PAPER, WHY)
    world.do(case, "withdraw", student)
    assert {row.outcome for row in rows(world, case)} == {"dropped"}
    world.at(on(2024, 11, 20))
    assert run_scheduled(world.place.engine, world.place.store) == ScheduledCaseWork(0, 0, 0)


# -- time -----------------------------------------------------------------------------------------------


@holds("policy_takes_answers", "answer_is_in_time")
def test_an_answer_has_five_working_days(world: World, record: str, case: Ref, student: Actor) -> None:
    """Until the last second of the fifth; afterwards the school's rule says no, with its day."""
    ask(world, case, WHY)
    question = the(world, case, "explanation")
    world.at(on(2024, 11, 1, 23, 59, 59))
    assert codes(world, case, "answer", student, question=question, words="曾用名") == ()
    world.at(on(2024, 11, 2, 0, 0, 0))
    (reason,) = world.refused(case, "answer", student, question=question, words="曾用名").reasons
    assert (reason.code, reason.rule) == ("SUPPLEMENT_OVER", "papers.in-time")
    assert "2024-11-01" in reason.says


def test_a_later_question_has_days_of_its_own(world: World, case: Ref, student: Actor) -> None:
    """What was asked first is late by then, what was asked after it is not."""
    ask(world, case, PAPER)
    world.at(on(2024, 10, 30))
    ask(world, case, WHY)
    world.at(on(2024, 11, 4))
    assert codes(world, case, "answer", student) == ()
    assert codes(world, case, "answer", student, question=the(world, case, "explanation"), words="曾") == ()
    late = codes(world, case, "answer", student, question=the(world, case, "paper"), papers=())
    assert "SUPPLEMENT_OVER" in late


def test_the_clock_stands_from_the_question_to_its_answer(world: World, case: Ref, student: Actor) -> None:
    """Both days are out of the count, and while it is open there is no end."""
    ask(world, case, WHY)

    def pauses() -> tuple[Pause, ...]:
        with world.place.store.reading() as session:
            attempt = world.place.engine.attempt(session, world.case(case), "ask", SYSTEM)
            return pauses_of(questions_of(attempt))

    assert pauses() == (Pause(ASKED_ON, None),)
    world.at(on(2024, 10, 29))
    world.do(case, "answer", student, question=the(world, case, "explanation"), words="曾用名")
    assert pauses() == (Pause(ASKED_ON, date(2024, 10, 29)),)


@holds("warning_is_due", "mark_warned", "lapse_questions")
def test_what_never_comes_is_warned_of_twice_and_then_lapses(
    world: World, record: str, case: Ref, student: Actor
) -> None:
    """At half time, on the last day, and then the end: as 终止, which is no refusal, and says why."""
    ask(world, case, PAPER)
    seen = []
    for day in range(25, 40):
        world.at(on(2024, 10, 25) + (day - 25) * DAY)
        tended = run_scheduled(world.place.engine, world.place.store)
        again = run_scheduled(world.place.engine, world.place.store)
        assert again == ScheduledCaseWork(0, 0, 0)
        if tended != ScheduledCaseWork(0, 0, 0):
            seen.append((world.clock.moment.date(), tended))
    assert seen == [
        (date(2024, 10, 30), ScheduledCaseWork(1, 0, 0)),
        (date(2024, 11, 1), ScheduledCaseWork(1, 0, 0)),
        (date(2024, 11, 2), ScheduledCaseWork(0, 1, 0)),
    ]
    assert told(world, record)[:3] == ["lapsed", "papers_due", "papers_due"]
    row = world.row(case)
    assert (row.state, row.ruling, row.decided_by) == ("rejected", "lapsed:papers_missing", None)
    assert [one.outcome for one in rows(world, case)] == ["lapsed"]
    with world.place.store.reading() as session:
        tables = {name: kept.table for name, kept in world.place.engine.bindings.items()}
        assert not verify(session, tables, world.place.cipher).faults


def test_a_run_that_comes_late_warns_before_it_ends_anything(world: World, case: Ref) -> None:
    """Nobody lapses unwarned: two warnings on two days go first, whenever the first could be sent."""
    ask(world, case, PAPER)
    done = []
    for day in (10, 11, 12):
        world.at(on(2024, 11, day))
        done.append(run_scheduled(world.place.engine, world.place.store))
    assert done == [ScheduledCaseWork(1, 0, 0), ScheduledCaseWork(1, 0, 0), ScheduledCaseWork(0, 1, 0)]


def test_what_was_corrected_stays_when_the_rest_lapses(
    world: World, record: str, student: Actor, reviewer: Actor
) -> None:
    """One claim corrected, a paper for the other never came: the case ends corrected and says both."""
    number = ClaimFiled("XH", "school_data", "240199999")
    case = Ref("case", world.file(record, NAME, number).subject)
    world.do(case, "take_up", reviewer)
    world.settle(case, claim_of(world, case), "corrected", reviewer)
    ask(world, case, PAPER)
    for day in (30, 32, 33):
        world.at(on(2024, 10, 1) + (day - 1) * DAY)
        run_scheduled(world.place.engine, world.place.store)
    assert world.case(case).state == "corrected"
    assert {claim.field: claim.outcome for claim in world.case(case).claims} == {
        "XM": "corrected",
        "XH": "lapsed",
    }
    assert [one.outcome for one in rows(world, case)] == ["lapsed"]
