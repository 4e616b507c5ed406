"""Every effect, step kind and duty of the vocabulary, driven through a real case to its decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.policy import PolicyFaults
from config.policy.effects import EFFECTS
from config.policy.words import COLLEGE_DUTIES, DUTIES, OFFICE_DUTIES, STEP_KINDS, VOIDED_BY
from tests.conftest import on
from tests.laws import holds
from tests.web.browsing import signed_in
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, SEEN, World
from web import create_app
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import StepFacts
from workflow.cases.review.holds import receivers
from workflow.cases.review.locks import locks_of
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.scheduled import run_scheduled
from workflow.cases.views.audit import compare
from workflow.cases.views.queue.desk import TURN, desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lists import waiting
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.records.texts import WORDS_LIMIT
from workflow.store import Store
from workflow.verdict import Refused

pytestmark = [pytest.mark.one_database]

Drive = Callable[..., World]
SEX = ClaimFiled("XB", "admission_error", "女")
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
ABOUT_THE_NAME = 'field = ["XM"]'
FILING = 'actions = ["raise"]'
END = rule("end", PLATFORM)
SCOPE = Scope("测试学院", "240101")


@pytest.fixture
def drive(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> Drive:
    """Makes the installation of a school that has these rules, and the platform step behind them."""
    return lambda *rules: driven(store, cipher, clock, entropy, tmp_path, *rules, END)


def freshman(world: World) -> str:
    """A freshman whose campaign runs."""
    record = world.record()
    world.open_campaign()
    return record


def filed(world: World, *claims: ClaimFiled) -> Ref:
    """A freshman's case with these claims."""
    return Ref("case", world.file(freshman(world), *claims).subject)


def refused(world: World, record: str, claim: ClaimFiled, **more: Any) -> Refused:
    """A filing that must be refused by the one rule of the test."""
    with pytest.raises(Refused) as no:
        world.file(record, claim, **more)
    assert no.value.verdict.codes == ("WORD",)
    return no.value


def decided(world: World, case: Ref, by: Actor | None = None) -> None:
    """Take a case up, take its steps, and close it as corrected."""
    by = by or world.staff["reviewer"]
    if world.case(case).state == "discrepancy_raised":
        world.do(case, "take_up", by)
    world.settle_all(case, "corrected", by, seen_on=world.clock.moment.date())
    world.do(case, "correct", by, words="已在平台更正")
    assert world.case(case).state == "corrected"


def step(world: World, case: Ref, kind: str) -> StepFacts:
    """The ready step of a kind."""
    return next(one.step for one in ready(world.case(case)) if one.step.kind == kind)


# -- effects --------------------------------------------------------------------------------------------


def refuse(drive: Drive) -> None:
    """The field is refused, every other is decided."""
    world = drive(rule("word", 'refuse = "WORD"', ABOUT_THE_NAME, FILING))
    record = freshman(world)
    refused(world, record, NAME)
    decided(world, Ref("case", world.file(record, STUDENT_NUMBER).subject))


def route(drive: Drive) -> None:
    """The refusal is the rule's, whose words name the office."""
    says = rule("word", 'route = "archive", code = "WORD"', ABOUT_THE_NAME, FILING).replace(
        "规则word", "{office}"
    )
    world = drive(says.replace("The rule word", "{office_en}"))
    record = freshman(world)
    (reason,) = refused(world, record, NAME).verdict.reasons
    assert "档案馆" in reason.says
    decided(world, Ref("case", world.file(record, STUDENT_NUMBER).subject))


def defer(drive: Drive) -> None:
    """The refusal says from when, and from then on the same filing is decided."""
    world = drive(rule("word", 'defer = "WORD"', "study_year = [1]", FILING))
    record = freshman(world)
    (reason,) = refused(world, record, NAME).verdict.reasons
    assert reason.until.startswith("2025-09-15")
    world.at(on(2025, 9, 15))
    decided(world, Ref("case", world.file(record, NAME).subject))


def require(drive: Drive) -> None:
    """Without the paper nothing is filed, with it or what stands in for it the case is decided."""
    world = drive(rule("word", 'require = "police_paper", instead = ["id_card"], code = "WORD"', "", FILING))
    record = freshman(world)
    refused(world, record, NAME, papers=(world.paper(record, "household_book"),))
    papers = (world.paper(record, "id_card"),)
    decided(world, Ref("case", world.file(record, NAME, papers=papers).subject))


def add_step(drive: Drive) -> None:
    """Nothing is corrected before the step is passed; of two rules' equal steps each is passed."""
    check = 'add_step = "check", office = "registrar"'
    world = drive(rule("word", check, "", FILING), rule("again", check, "", FILING))
    case, reviewer = filed(world, NAME), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    assert [one.rule for one in world.case(case).steps] == ["word", "again", ""]
    for _ in range(2):
        world.do(case, "pass_step", reviewer, step=step(world, case, "check").id)
    assert [one.step.kind for one in ready(world.case(case))] == ["platform"]
    decided(world, case)


def assign(drive: Drive) -> None:
    """The office settles its claim and closes the case; the default office does neither, nor sees it wait."""
    world = drive(rule("word", 'assign = "archive"', ABOUT_THE_NAME, FILING))
    case, default = filed(world, NAME), world.staff["reviewer"]
    archivist = hired(world, "reviewer", "archive")
    world.do(case, "take_up", default)
    world.do(case, "see", default, step=step(world, case, "platform").id, seen_on=SEEN)
    reasons = {act: world.may(case, act, default, words="已更正").reasons for act in ("settle", "correct")}
    for said in reasons.values():
        assert [(one.code, "档案馆" in one.says) for one in said if one.code == "not_the_desk"] == [
            ("not_the_desk", True)
        ]
    assert waits(world, default) == [] and waits(world, archivist) == [case.id]
    world.do(case, "hold", archivist)
    world.do(case, "correct", archivist, words="已更正")
    assert world.case(case).state == "corrected"


def warn(drive: Drive) -> None:
    """The reviewers read it on the page of the case, and nothing else comes of it."""
    world = drive(rule("word", 'warn = "WORD"', ABOUT_THE_NAME, FILING))
    case = filed(world, NAME)
    reviewer = signed_in(world, create_app(world.place), world.staff["reviewer"].person)
    assert "规则word。" in reviewer.get(f"/desk/{case.id}").text
    decided(world, case)


def lock(drive: Drive) -> None:
    """While the claim is open no import writes another value of the fields; then any does."""
    world = drive(rule("word", 'lock = ["XM", "XH"]', ABOUT_THE_NAME, FILING))
    case = filed(world, NAME)
    assert locks(world) == [{"XM": {"测试甲"}, "XH": set()}]
    decided(world, case)
    assert locks(world) == []


def locks(world: World) -> list[dict[str, set[str]]]:
    """What an import must not change, with what it may write."""
    with world.place.store.reading() as session:
        found = locks_of(session, world.place.cipher)
    return [{field: set(values) for field, values in of.items()} for of in found.values()]


def reconfirm(drive: Drive) -> None:
    """The decided case waits so many days for its student to say that the correction is right."""
    world = drive(rule("word", "reconfirm = 3", ABOUT_THE_NAME, FILING))
    case = filed(world, NAME)
    decided(world, case)
    assert world.case(case).afterwards.reconfirm_until == date(2024, 10, 28)
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(case, "reconfirm", world.student(world.case(case).record.id))


def lift(drive: Drive) -> None:
    """What another rule with that code bars is let through where the rule holds, and only there."""
    world = drive(
        rule("bar", 'refuse = "WORD"', "claimable = true", FILING),
        rule("word", 'lift = ["WORD"]', ABOUT_THE_NAME, FILING),
    )
    record = freshman(world)
    refused(world, record, STUDENT_NUMBER)
    decided(world, Ref("case", world.file(record, NAME).subject))


EFFECT_DRIVES: Mapping[str, Callable[[Drive], None]] = {
    one.__name__: one
    for one in (refuse, route, defer, require, add_step, assign, warn, lock, reconfirm, lift)
}


@pytest.mark.parametrize("word", EFFECTS)
def test_every_effect_is_obeyed_by_a_running_case(drive: Drive, word: str) -> None:
    """What a rule says follows, follows between a real filing and its decision."""
    EFFECT_DRIVES[word](drive)


# -- kinds of steps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STEP_KINDS)
def test_every_kind_of_step_is_passed_before_the_decision(drive: Drive, kind: str) -> None:
    """Its claim is not corrected before it, by nobody; then the case goes on to its end."""
    world = drive(rule("word", f'add_step = "{kind}", office = "registrar", working_days = 2', "", FILING))
    case, reviewer = filed(world, NAME), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    (claim,), waiting_for = world.case(case).claims, step(world, case, kind)
    assert waiting_for.due == date(2024, 10, 29)
    settle = {"claim": claim.id, "outcome": "corrected", "seen_on": SEEN}
    assert world.may(case, "settle", reviewer, **settle).codes == ("steps_open",)
    if kind == "public_notice":
        world.do(case, "send", reviewer, step=waiting_for.id, sent_on=SEEN)
        world.at(on(2024, 10, 30))
        world.do(case, "hold", reviewer)
    decided(world, case)
    assert next(one for one in world.case(case).every_step if one.kind == kind).outcome == "passed"


def test_of_two_steps_with_four_eyes_another_person_takes_the_second(drive: Drive) -> None:
    """A visit is the school's own decision like a check, and a duty is asked beside the other pair of eyes."""
    visit = 'add_step = "visit", office = "college", duty = "counsellor"'
    world = drive(rule("word", visit, "", FILING), rule("again", f"{visit}, four_eyes = true", "", FILING))
    one, other = (world.officer(SCOPE, duty="counsellor") for _ in range(2))
    case = filed(world, NAME)
    world.do(case, "take_up", one)
    world.do(case, "pass_step", one, step=step(world, case, "visit").id)
    assert world.may(case, "hold", one).codes == ("four_eyes",)
    assert world.may(case, "hold", world.staff["officer"]).codes == ("not_your_duty",)
    world.do(case, "hold", other)
    world.do(case, "pass_step", other, step=step(world, case, "visit").id)
    decided_by_the_office(world, case)


def decided_by_the_office(world: World, case: Ref) -> None:
    """The default office takes the rest of a case."""
    world.do(case, "hold", world.staff["reviewer"])
    decided(world, case)


# -- duties ---------------------------------------------------------------------------------------------


def hired(world: World, role: str, scope: Scope | str = "", duty: str = "") -> Actor:
    """One more member of staff."""
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        return Actor(add_person(session, f"测试{role}{duty}", role, scope, *by, duty=duty).id, role)


def waits(world: World, by: Actor) -> list[str]:
    """The cases on somebody's list of what they can do now."""
    with world.place.store.reading() as session:
        desk = desk_of(world.place.engine, session, by, world.clock.moment)
        return [line.case for line in waiting(session, desk, Filter(waits=TURN))]


def may_be_given(world: World, case: Ref, by: Actor) -> set[str]:
    """Who can be handed a case by whoever holds it."""
    with world.place.store.reading() as session:
        attempt = world.place.engine.attempt(session, world.case(case), "hand_over", by)
        return set(receivers(attempt))


@pytest.mark.parametrize("duty", DUTIES)
def test_every_duty_takes_its_step_and_no_other_does(drive: Drive, duty: str) -> None:
    """Engine, lists and receivers agree on who takes it; a duty that nobody can have there is a fault."""
    of_college = duty in COLLEGE_DUTIES
    office = "college" if of_college else "registrar"
    word = rule("word", f'add_step = "check", office = "{office}", duty = "{duty}"', "", FILING)
    if duty not in (*COLLEGE_DUTIES, *OFFICE_DUTIES):
        with pytest.raises(PolicyFaults, match=duty):
            drive(word)
        return
    world = drive(word)
    officers = {one: hired(world, "officer", SCOPE, one) for one in COLLEGE_DUTIES if one != "officer"}
    people = {**officers, **{one: world.staff[one] for one in ("officer", *OFFICE_DUTIES)}}
    able = {duty} if duty != "reviewer" else set(OFFICE_DUTIES)
    alike = COLLEGE_DUTIES if of_college else OFFICE_DUTIES
    case = filed(world, NAME)
    verdicts = {name: world.may(case, "take_up", by) for name, by in people.items()}
    assert {name for name, verdict in verdicts.items() if verdict.allowed} == able
    assert {name for name, by in people.items() if waits(world, by) == [case.id]} == able
    for name in set(alike) - able:
        (reason,) = verdicts[name].reasons
        assert (reason.code, DUTIES[duty][0] in reason.says) == ("not_your_duty", True)
    by = people[duty]
    more = hired(world, by.role, SCOPE if of_college else "", duty if duty in officers else "")
    world.do(case, "take_up", by)
    given = may_be_given(world, case, by)
    assert more.person in given and {name for name, one in people.items() if one.person in given} == able - {
        duty
    }
    world.do(case, "pass_step", by, step=step(world, case, "check").id)
    decided_by_the_office(world, case) if of_college else decided(world, case, by)


# -- how it is decided ----------------------------------------------------------------------------------

ITEM = """
[[checklist]]
id = "{id}"
fields = ["XM"]
says = "逐字对照{id}"
says_en = "each character of {id}"
required = {required}
source = "tests"
"""
ASKED, OFFERED = ITEM.format(id="asked", required="true"), ITEM.format(id="offered", required="false")
CHECK = rule("check", 'add_step = "check", office = "registrar"', "", FILING)


@holds("checklist_is_done", "note_ticked")
def test_a_claim_is_approved_only_with_its_checklist_done(drive: Drive) -> None:
    """Each required item that is missing is named, what was ticked stands in the entry, and refusing needs none."""
    world = drive(CHECK, ASKED, OFFERED)
    case, reviewer = filed(world, NAME), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    here = {"step": step(world, case, "check").id}
    for ticked in ((), ("offered",), ("unknown",)):
        (reason,) = world.refused(case, "pass_step", reviewer, **here, ticked=ticked).reasons
        assert (reason.code, reason.says) == ("checklist_not_done", "还有没有勾选的核对要点：逐字对照asked。")
    (claim,) = world.case(case).claims
    refusing = {
        "claim": claim.id,
        "outcome": "refused",
        "refusal": "evidence_does_not_prove",
        "words": "不符",
    }
    assert world.may(case, "settle", reviewer, **refusing).allowed
    entry = world.do(case, "pass_step", reviewer, **here, ticked=("unknown", "offered", "asked"))
    assert entry.codes == ("check:passed", "ticked:asked", "ticked:offered")
    decided(world, case)


@holds("checklist_is_done")
def test_a_claim_that_nobody_checks_is_ticked_where_it_is_corrected(drive: Drive) -> None:
    """Without a step that the school decides; what an import shows waits for no tick, and whoever saw it decided."""
    world = drive(ASKED)
    case, other, reviewer = filed(world, NAME), filed(world, STUDENT_NUMBER), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    seen = {"step": step(world, case, "platform").id, "seen_on": SEEN}
    assert world.refused(case, "see", reviewer, **seen).codes == ("checklist_not_done",)
    assert world.may(case, "see", SYSTEM, **seen).allowed
    world.do(case, "see", reviewer, **seen, ticked=("asked",))
    world.do(case, "release", reviewer)
    colleague, second = world.staff["other_reviewer"], world.staff["second_reviewer"]
    world.do(case, "hold", colleague)
    world.do(case, "correct", colleague)
    assert world.case(case).state == "corrected"
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(case, "reopen", second, words="学校自查发现")
    for by in (reviewer, colleague):
        assert "decided_before_by_you" in world.may(case, "hold", by).codes
    with world.place.store.reading() as session:
        assert compare(session) == []
    decided(world, other)


ESCALATION = """
[[escalation]]
steps = ["check"]
working_days = {days}
to = {to}
says = "逾期"
says_en = "late"
source = "tests"
"""


@holds("escalation_is_due", "tell_of_overdue_steps")
def test_an_overdue_step_is_told_once_to_those_whom_the_text_names(drive: Drive) -> None:
    """Not before its working days are over, then once for each of two terms, to those in whose scope the student is."""
    world = drive(
        rule("check", 'add_step = "check", office = "registrar", working_days = 2', "", FILING),
        ESCALATION.format(days=0, to='["counsellor"]'),
        ESCALATION.format(days=3, to='["second_reviewer", "registrar"]'),
    )
    case = filed(world, NAME)
    near = hired(world, "officer", SCOPE, "counsellor")
    hired(world, "officer", Scope("另一学院"), "counsellor")
    due = step(world, case, "check").due
    assert due is not None
    calendar, told = world.place.school.calendar, []
    for day in (due, *(calendar.working_days_after(due, n) for n in (1, 2, 3, 4, 5))):
        world.at(world.clock.moment.replace(year=day.year, month=day.month, day=day.day))
        told.append(run_scheduled(world.place.engine, world.place.store).escalated)
    assert told == [0, 1, 0, 0, 1, 0]
    with world.place.store.reading() as session:
        notices = session.execute(
            select(Notice.person_id, Notice.subject).where(Notice.event == "step_overdue")
        )
        people = [person for person, subject in notices if subject == case.id]
    staff = world.staff
    assert sorted(people) == sorted((near.person, staff["second_reviewer"].person, staff["registrar"].person))
    with world.place.store.reading() as session:
        actions = session.scalars(select(EntryRow.action).where(EntryRow.subject == case.id)).all()
    assert actions.count("escalate") == 2


SUBMISSION = """
[[submission]]
office = "archive"
months = [3, 12]
last_day = 20
says = "三月、十二月报送"
says_en = "March and December"
source = "tests"
"""


@holds("month_is_an_intake")
def test_a_batch_goes_in_a_month_that_the_text_names(drive: Drive) -> None:
    """Not in another one and not without one; where the text names none for a body, a batch needs no month."""
    steps = ('add_step = "province", office = "archive"', 'add_step = "external", office = "registrar"')
    world = drive(*(rule(f"sent.{n}", then) for n, then in enumerate(steps)), SUBMISSION)
    by, birth = world.staff["registrar"], Ref("batch")
    for office, codes in (("archive", ("not_an_intake",)), ("registrar", ())):
        for month in ("", "2024-11"):
            assert world.may(birth, "open", by, office=office, month=month).codes == codes
        assert world.may(birth, "open", by, office=office, month="2024-12").allowed


@holds("words_given_if_asked")
@pytest.mark.parametrize(("asks", "codes"), [(True, ("words_missing",)), (False, ())])
def test_approving_needs_words_only_where_the_text_asks_for_them(
    drive: Drive, asks: bool, codes: tuple[str, ...]
) -> None:
    """A close as corrected or as already right; too many words are too many either way, and refusing needs some."""
    said = f'\n[decisions]\nwords_on_approval = {str(asks).lower()}\nsource = "tests"\n'
    world = drive(said)
    reviewer, cases = world.staff["reviewer"], [filed(world, NAME) for _ in range(3)]
    ground = {"refusal": "evidence_does_not_prove"}
    for case, outcome in zip(cases, ("corrected", "already_right", "refused"), strict=True):
        world.do(case, "take_up", reviewer)
        world.settle_all(case, outcome, reviewer, seen_on=SEEN)
    ends = [(cases[0], "correct", {}), (cases[1], "reject", ground), (cases[2], "reject", ground)]
    for case, act, details in ends:
        expected = codes if case is not cases[2] else ("words_missing",)
        assert world.may(case, act, reviewer, **details, words="").codes == expected
        long = world.may(case, act, reviewer, **details, words="字" * (WORDS_LIMIT + 1))
        assert long.codes == ("words_too_long",)
        assert world.may(case, act, reviewer, **details, words="已核对").allowed


# -- what an answer makes void --------------------------------------------------------------------------


@pytest.mark.parametrize("brought", VOIDED_BY)
def test_an_answer_makes_void_what_the_rule_says_and_nothing_else(drive: Drive, brought: str) -> None:
    """The step that names it is taken again, the others keep their outcome and who passed them."""
    check = 'add_step = "check", office = "registrar"'
    world = drive(
        *(rule(one, f'{check}, void_by = ["{one}"]', "", FILING) for one in VOIDED_BY),
        rule("default", check, "", FILING),
        rule("never", f"{check}, void_by = []", "", FILING),
    )
    case, reviewer = filed(world, NAME), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    (claim,) = world.case(case).claims
    while one := next((one.step for one in ready(world.case(case)) if one.step.kind == "check"), None):
        world.do(case, "pass_step", reviewer, step=one.id)
    before = {(one.kind, one.void_by): one.id for one in world.case(case).steps}
    about = {"paper": "id_card", "value": claim.id, "explanation": claim.id}[brought]
    world.do(case, "ask", reviewer, questions=(QuestionAsked(brought, about, "请补正"),))
    answer(world, case, brought)
    now = {(one.kind, one.void_by): one for one in world.case(case).steps if one.outcome != "void"}
    assert now.keys() == before.keys()
    anew = {("check", void_by) for _, void_by in before if brought in void_by.split(",")}
    assert anew == {("check", brought)} | ({("check", "value,paper")} if brought != "explanation" else set())
    checks = {name: one for name, one in now.items() if one.kind == "check"}
    assert {name for name, one in checks.items() if one.id != before[name]} == anew
    assert {name for name, one in checks.items() if not one.outcome} == anew
    world.do(case, "hold", reviewer)
    decided(world, case)


def answer(world: World, case: Ref, brought: str) -> None:
    """The student brings what was asked for, having read whether steps are taken again."""
    record = world.case(case).record.id
    student = world.student(record)
    page = signed_in(world, create_app(world.place), student.person).get(f"/my/cases/{case.id}")
    assert "学校已经通过的核对会重新进行" in page.text
    (question,) = re.findall(r"/questions/(\w{32})", page.html)
    said = {
        "paper": {"papers": (world.paper(record, "id_card"),)},
        "value": {"value": "测试乙"},
        "explanation": {"words": "户口簿在家里"},
    }[brought]
    world.do(case, "answer", student, question=question, **said)


def test_a_dispute_has_the_steps_that_the_rules_ask_of_it(drive: Drive) -> None:
    """Beside those of the filing, made anew, the second reviewer's comes before the platform."""
    second = 'add_step = "approval", office = "registrar", duty = "second_reviewer"'
    check = rule("check", 'add_step = "check", office = "registrar"', "", FILING)
    world = drive(check, rule("word", second, "", 'actions = ["dispute"]'))
    case = filed(world, NAME)
    decided(world, case)
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(case, "dispute", world.student(world.case(case).record.id), words="第二个字仍有误")
    standing = [one for one in world.case(case).steps if one.outcome != "void"]
    kinds = [(one.kind, one.outcome) for one in standing]
    assert kinds == [("check", ""), ("approval", ""), ("platform", "")]
    other = world.staff["other_reviewer"]
    world.do(case, "hold", other)
    world.do(case, "pass_step", other, step=step(world, case, "check").id)
    assert world.may(case, "hold", other).codes == ("not_your_duty",)
    world.do(case, "hold", world.staff["second_reviewer"])
    decided(world, case, world.staff["second_reviewer"])


def test_a_rule_on_filing_and_dispute_asks_for_its_step_once(drive: Drive) -> None:
    """After each dispute the same rule means the same step, made anew; an equal step of another rule is its own."""
    check = 'add_step = "check", office = "registrar"'
    world = drive(
        rule("both", check, "", 'actions = ["raise", "dispute"]'),
        rule("again", check, "", 'actions = ["dispute"]'),
    )
    case = filed(world, NAME)
    for decider in ("reviewer", "other_reviewer"):
        world.at(world.clock.moment + timedelta(hours=1))
        decided(world, case, world.staff[decider])
        world.at(world.clock.moment + timedelta(hours=1))
        world.do(case, "dispute", world.student(world.case(case).record.id), words="第二个字仍有误")
        standing = [one for one in world.case(case).steps if one.outcome != "void"]
        assert [(one.kind, one.outcome) for one in standing] == [
            ("check", ""),
            ("check", ""),
            ("platform", ""),
        ]
        assert all(standing[0].claims == one.claims for one in standing)
    decided(world, case, world.staff["second_reviewer"])


@pytest.mark.parametrize(
    ("time", "first", "then"),
    [
        ("days = 7", date(2024, 11, 1), date(2024, 11, 3)),
        ("months = 1, rolls = true", date(2024, 11, 25), date(2024, 11, 27)),
        ("working_days = 5", date(2024, 11, 1), date(2024, 11, 1)),
        ('by = "terms"', date(2024, 10, 31), date(2024, 10, 31)),
    ],
)
def test_a_step_made_anew_is_due_in_the_unit_of_its_rule(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    time: str,
    first: date,
    then: date,
) -> None:
    """Days, months, working days or the end of a window, from the day of the answer or dispute that voids it."""
    window = '\n[[window]]\nid = "terms"\nzh = "学期"\nen = "terms"\nmonths = [3, 10]\nsource = "tests"\n'
    check = rule("check", f'add_step = "check", office = "registrar", {time}', "", FILING)
    more = {"policy": window if "by" in time else ""}
    world = driven(store, cipher, clock, entropy, tmp_path, check, END, more=more)
    case, reviewer = filed(world, NAME), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    assert step(world, case, "check").due == first
    (claim,) = world.case(case).claims
    world.do(case, "pass_step", reviewer, step=step(world, case, "check").id)
    world.do(case, "ask", reviewer, questions=(QuestionAsked("value", claim.id, "请补正"),))
    world.at(world.clock.moment + timedelta(days=2))
    answer(world, case, "value")
    assert step(world, case, "check").due == then
    world.do(case, "hold", reviewer)
    decided(world, case)
    world.do(case, "reopen", world.staff["second_reviewer"], words="有疑")
    assert step(world, case, "check").due == then
