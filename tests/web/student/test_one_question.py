"""One question to the rules: whoever asks it, in whatever situation, gets one answer, word by word."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.calendar import SHANGHAI
from config.policy import Answer, PolicyQuestion, ask
from tests.web.browsing import signed_in
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, World
from web.commands.policy import policy
from workflow.cases import rules
from workflow.cases.claims import ClaimFiled, as_filed, opened
from workflow.cases.facts import CaseFacts
from workflow.cases.load import filing_subject, whole_record
from workflow.cases.review.questions import QuestionAsked
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.permissions.granting import grant
from workflow.records.tables import Record
from workflow.simulation.explain import explain
from workflow.simulation.groups import Sample
from workflow.simulation.whatif import said_of, simulate
from workflow.store import Store
from workflow.verdict import Reason, Verdict

pytestmark = pytest.mark.one_database

NUMBER = ClaimFiled("XH", "school_data", "240199999")
REFUSE = 'refuse = "WORD"'
RULES = (
    rule("shown", PLATFORM),
    rule("paper", 'require = "id_card", code = "WORD"', 'field = ["XM"]'),
    rule("abroad", 'require = "police_paper", code = "WORD"', 'variant = ["abroad"]'),
    rule("moved", REFUSE, 'variant = ["abroad"], field = ["XH"], filed_by_other_than = ["counsellor"]'),
    rule("registered", 'defer = "WORD"', 'before = "registration"'),
    rule("over", REFUSE, 'since = "final_check_over"'),
    rule("graduated", REFUSE, 'since = "graduation"'),
    rule("left", REFUSE, 'standing = "left"'),
    rule(
        "during", 'defer = "WORD"', 'out_of_campaign = ["freshman"], study_year = [1]', 'actions = ["raise"]'
    ),
    rule("proxies", REFUSE, 'filed_by_other_than = ["student", "counsellor", "second_reviewer"]'),
    rule("again", REFUSE, "corrected_times = 1"),
    rule("many", REFUSE, "fields_over = 1"),
    rule("surname", REFUSE, 'changed = ["surname"]'),
    rule("frozen", REFUSE, "frozen = true"),
    rule("locked", REFUSE, "confirmed = true, opened = false", 'actions = ["raise"]'),
    rule("late", REFUSE, 'since = "supplement_over"', 'actions = ["supplement"]'),
    rule("disputed", REFUSE, 'field = ["XH"]', 'actions = ["dispute"]'),
    rule("reopened", 'defer = "WORD"', 'before = "graduation"', 'actions = ["reopen"]'),
)
SCOPE = Scope("测试学院", "240101")
CLAIMS = (
    NUMBER,
    ClaimFiled("XM", "admission_error", "王测试"),
    ClaimFiled("XM", "legal_change", "测试乙", date(2024, 9, 20), "abroad"),
    ClaimFiled("XH", "school_data", "24010001", None, "abroad"),
)
STATUSES = ("注册学籍", "休学", "退学")


@pytest.fixture
def small(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school with rules about most of what a question says."""
    return driven(store, cipher, clock, entropy, tmp_path, *RULES)


def lives(world: World) -> dict[str, str]:
    """Records with their cases in many states: a case each, by what became of it."""
    cases: dict[str, str] = {}
    made = {
        name: world.record() for name in ("idle", "confirmed", "filed", "returned", "corrected", "refused")
    }
    world.open_campaign()
    world.do(world.case_of(made["confirmed"]), "confirm", world.student(made["confirmed"]))
    reviewer = world.staff["reviewer"]
    for name in ("filed", "returned", "corrected", "refused"):
        case = Ref("case", world.file(made[name], NUMBER if name == "corrected" else NAME).subject)
        if name != "filed":
            world.do(case, "take_up", reviewer)
        if name == "returned":
            world.do(case, "ask", reviewer, questions=(QuestionAsked("paper", "id_card"),))
        if name in ("corrected", "refused"):
            world.settle_all(case, name, reviewer)
            more = {} if name == "corrected" else {"refusal": "evidence_does_not_prove"}
            if world.case(case).state == "under_review":
                action = "correct" if name == "corrected" else "reject"
                world.do(case, action, reviewer, words="已办结", **more)
        cases[name] = case.id
    known = {made[name]: cases.get(name) or world.case_of(made[name]).id for name in made}
    permit(world, made["refused"], "freeze", timedelta(days=900))
    permit(world, made["idle"], "extend", timedelta(days=1330))
    permit(world, made["confirmed"], "open", timedelta(days=5), world.case(known[made["confirmed"]]))
    return known


def permit(world: World, record: str, kind: str, time: timedelta, case: CaseFacts | None = None) -> None:
    """Let the registrar act on one student."""
    campaign = case.campaign.id if case is not None and case.campaign is not None else ""
    until, by = world.clock.moment + time, world.staff["registrar"]
    said = {"record": record, "kind": kind, "campaign": campaign, "until": until, "words": "本人申请"}
    with world.place.store.writing() as session:
        grant(world.place.engine, session, by, **said)


def printed(question: PolicyQuestion) -> str:
    """A question as JSON, as ``policy ask`` reads it."""
    return json.dumps(asdict(question), default=lambda value: value.isoformat(), ensure_ascii=False)


class Situation:
    """Somebody's view of one record at one moment, and the reasons that the rules give in it."""

    def __init__(self, world: World, session: Session, case: CaseFacts, at: datetime) -> None:
        self.world, self.session, self.case, self.at = world, session, case, at
        self.policy = world.place.rules.in_force(at)
        self.ids = {rule.id for rule in self.policy.school.policy.rules}

    def question(self, action: str, case: CaseFacts | None = None, **more: Any) -> PolicyQuestion:
        return rules.question(self.session, self.policy, case or self.case, self.at, action=action, **more)

    def of_rules(self, verdict: Verdict) -> set[tuple[str, ...]]:
        """What the door's reasons say that are a rule's."""
        return {worded(reason) for reason in verdict.reasons if reason.rule in self.ids}

    def door(self, action: str, by: Actor, **details: Any) -> set[tuple[str, ...]]:
        engine = self.world.place.engine
        return self.of_rules(engine.check_seen(self.session, self.case, action, by, details, self.at))


def add(world: World) -> Actor:
    """A counsellor of everybody's class."""
    place, now = world.place, world.clock.moment
    with place.store.writing() as session:
        made = add_person(
            session, "测试辅导员", "officer", SCOPE, SYSTEM.person, now, place.entropy, duty="counsellor"
        )
        return Actor(made.id, "officer")


def moments(chance: random.Random) -> Iterator[datetime]:
    """Moments in their order, from the campaign to after graduation, most of them in the campaign."""
    begun = datetime(2024, 10, 30, 12, tzinfo=SHANGHAI)
    soon = [begun + timedelta(seconds=chance.randrange(9 * 86400)) for _ in range(12)]
    later = [begun + timedelta(seconds=chance.randrange(1500 * 86400)) for _ in range(8)]
    return iter(sorted([*soon, *later]))


def change(world: World, record: str, chance: random.Random) -> None:
    """What an import may bring at any time: another status, other days."""
    columns: dict[str, Any] = {
        "xjzt": chance.choice(STATUSES),
        "yjbyrq": chance.choice((date(2025, 7, 1), date(2028, 7, 1))),
        "registered_on": chance.choice((None, world.clock.moment.date() + timedelta(days=2))),
    }
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(**columns))


def filed(world: World, case: CaseFacts) -> dict[str, Any]:
    """The claims of a case as filed, with their values and papers."""
    values = {claim: opened(world.place.cipher, claim) for claim in case.claims}
    return {
        "claims": [as_filed(claim, new) for claim, (_, new) in values.items()],
        "olds": {claim.field: old for claim, (old, _) in values.items()},
        "papers": ("household_book", "id_card"),
    }


def answered_by_command(world: World, asked: list[tuple[PolicyQuestion, Answer]]) -> None:
    """``policy ask`` of the printed questions."""
    lines = "\n".join(printed(question) for question, _ in asked)
    folder = str(world.place.settings.home / "school")
    done = CliRunner().invoke(policy, ["ask", "--school", folder, "-"], input=lines.encode())
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        json.loads(json.dumps(answer.as_json())) for _, answer in asked
    ]


def worded(reason: Reason) -> tuple[str, ...]:
    return reason.rule, reason.code, reason.says, reason.remedy, reason.source, reason.until


def said(answer: Answer) -> set[tuple[str, ...]]:
    """The same of an answer: nothing where it accepts."""
    until = answer.accepted_from.isoformat() if answer.accepted_from else ""
    return {(one.rule, one.code, one.says, one.remedy, one.source, until) for one in answer.reasons}


def test_everybody_who_asks_the_rules_gets_the_same_answer(small: World, pages: Callable[..., Flask]) -> None:
    """Door, page, explanation, what-if and ``policy ask`` of the printed question agree, for all five actions."""
    chance, app = random.Random(15), pages(small.place)
    counsellor = add(small)
    known, asked = lives(small), list[tuple[PolicyQuestion, Answer]]()

    def ask_all(question: PolicyQuestion) -> set[tuple[str, ...]]:
        answer = ask(small.place.school, PolicyQuestion.from_json(json.loads(printed(question))))
        assert answer == ask(small.place.school, question)
        asked.append((question, answer))
        return said(answer) if not answer.may else set()

    for at in moments(chance):
        small.clock.moment = at
        record, id = chance.choice(list(known.items()))
        change(small, record, chance)
        student = small.student(record)
        with small.place.store.reading() as session:
            whole = whole_record(session, record)
            case = whole.case(id)
            assert case is not None
            it = Situation(small, session, case, at)
            filing = filing_subject(whole, at)
            may_file = ask_all(it.question("raise", filing, filed_by="student"))
            may_confirm = ask_all(it.question("confirm", filed_by="student"))
            assert it.door("raise", student) == ask_all(it.question("raise", filed_by="student"))
            assert it.door("confirm", student) == may_confirm
            assert it.door("confirm", counsellor) == ask_all(it.question("confirm", filed_by="counsellor"))
            if case.state in ("discrepancy_raised", "under_review"):
                assert it.door("supply", student) == ask_all(it.question("supplement"))
            if case.state in ("corrected", "rejected"):
                whole_question = it.question("dispute", **filed(small, case))
                assert it.door("dispute", student) == ask_all(whole_question)
                again = it.question("reopen", **filed(small, case))
                assert it.door("reopen", small.staff["second_reviewer"]) == ask_all(again)
            claim = chance.choice(CLAIMS)
            olds = {"XM": whole.values["XM"], "XH": whole.values["XH"]}
            with_claim = it.question("raise", filing, claims=(claim,), olds=olds, filed_by="student")
            verdict = small.place.engine.check_seen(
                session, filing, "raise", student, {"claims": (claim,), "papers": ()}, at
            )
            known_already = {one[0] for one in may_file}
            about_it = {one for one in ask_all(with_claim) if one[0] not in known_already}
            assert it.of_rules(verdict) == about_it | may_file

            explained = explain(session, small.place.rules, record, at)
            assert explained.answer == ask(small.place.school, it.question("raise", filing))
            texts = [(at, small.place.school)]
            simulated = simulate(session, texts, Sample(record=record), at, at)
            assert simulated.answers == (said_of(small.place.school, it.question("raise", filing))[0],)
        page = signed_in(small, app, student.person).get("/my")
        shown = set(re.findall(r"规则([a-z-]+)。", page.text))
        expected = {one[0] for one in may_file}
        if 'id="confirm-barred"' in page.html:
            expected |= {one[0] for one in may_confirm}
        assert shown == expected
    spoke = {reason.rule for _, answer in asked for reason in answer.reasons}
    assert spoke == {one.id for one in small.place.school.policy.rules if one.code} - {"proxies"}
    answered_by_command(small, asked)
