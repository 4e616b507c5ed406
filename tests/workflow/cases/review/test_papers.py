"""Papers of a case: at every moment of any history they stand open to whom the rule names, and to nobody else."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from states.case import RAISED, REVIEW
from tests.laws import holds
from tests.schools import world_with_steps
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.papers import PaperOpening, opening
from workflow.cases.review.steps import ready
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person, end_role, give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.people.standing_in import declare, relations_of, stand_in, take_back
from workflow.store import Store
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

CLAIMS = (
    NAME,
    ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 78)),
    ClaimFiled("PHOTO", "photo", ""),
    ClaimFiled("XH", "school_data", "240199999"),
)
OPEN, FOR_A_REASON, SHUT = "open", "for a reason", "shut"
DEEDS = (
    "take_up", "hold", "release", "hand_over", "pass_step", "fail_step", "send", "receive", "see", "settle",
    "correct", "reject", "undo", "reopen",
)  # fmt: skip
ENDING = ("settle", "reject", "undo", "reopen", "fail_step")
"""Deeds that would end every history soon, if they were as frequent as the others."""


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


@dataclass
class Histories:
    """Random deeds in some cases, and the rule told again from what was done and what the rows say."""

    world: World
    chance: random.Random
    actors: dict[str, Actor] = field(default_factory=dict)
    cases: list[Ref] = field(default_factory=list)
    declared: list[tuple[str, str, datetime | None]] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """A school year's first claims, and everybody who could come near them."""
        world, place, at = self.world, self.world.place, self.world.clock.moment
        by = SYSTEM.person, at, place.entropy
        records = [world.record() for _ in CLAIMS]
        world.open_campaign()
        self.cases = [
            Ref("case", world.file(record, claim).subject)
            for record, claim in zip(records, CLAIMS, strict=True)
        ]
        self.actors = dict(world.staff) | {"student": world.student(records[0])}
        with place.store.writing() as session:
            for name, role, scope in (
                ("archivist", "reviewer", "archive"), ("other officer", "officer", "软件学院"),
            ):  # fmt: skip
                self.actors[name] = Actor(add_person(session, name, role, scope, *by).id, role)
            third = add_person(session, "third", "reviewer", "", *by).id
            give_role(session, self.actors["student"].person, held("reviewer"), *by)
            former = add_person(session, "former auditor", "auditor", "", *by).id
            end_role(session, former, "auditor", at)
            self.actors["former auditor"] = Actor(former, "auditor")
            day, administrator = at.date(), world.staff["administrator"]
            absent = world.staff["reviewer"].person
            days = day, day + timedelta(days=60)
            stand_in(session, absent, third, *days, administrator, at, place.entropy)
        self.actors["own reviewer"] = Actor(self.actors["student"].person, "reviewer")
        self.actors["third reviewer"] = Actor(third, "reviewer")
        self.actors["stand-in"] = Actor(third, "reviewer", absent)

    def step(self) -> None:
        """One random deed by somebody, as far as the engine lets them."""
        case, by = self.chance.choice(self.cases), self.chance.choice(list(self.actors.values()))
        kind = self.chance.random()
        if kind < 0.04:
            self._declare(case, by)
        elif kind < 0.08:
            self._take_back(by)
        elif kind < 0.2:
            self.world.at(self.world.clock.moment + timedelta(minutes=self.chance.choice((1, 9, 45))))
        else:
            place, role = self.world.place, by.role
            with place.store.reading() as session:
                said = place.engine.available(session, case, by) if role != "student" else ()
            if may := [one.action for one in said if one.allowed and one.action in DEEDS]:
                onward = [action for action in may if action not in ENDING] or may
                self._deed(case, by, self.chance.choice(onward if self.chance.random() < 0.9 else may))

    def _deed(self, case: Ref, by: Actor, action: str) -> None:
        facts = self.world.case(case)
        waiting = [one.step.id for one in ready(facts)]
        if action in ("pass_step", "fail_step", "send", "receive", "see") and not waiting:
            return
        claims = [claim.id for claim in facts.claims]
        today, to = self.world.clock.moment.date(), self.chance.choice(list(self.actors.values())).person
        details: dict[str, dict[str, Any]] = {
            "hand_over": {"to": to},
            "pass_step": {"step": (waiting or [""])[0]},
            "fail_step": {"step": (waiting or [""])[0], "words": "不一致"},
            "send": {"step": (waiting or [""])[0], "sent_on": today, "number": "测试函〔2024〕1号"},
            "receive": {"step": (waiting or [""])[0], "outcome": "passed", "received_on": today},
            "see": {"step": (waiting or [""])[0], "seen_on": today},
            "settle": {
                "claim": claims[0], "outcome": "refused", "words": "不足", "refusal": "evidence_does_not_prove",
            },
            "correct": {"words": "已更正"},
            "reject": {"words": "不足", "refusal": "evidence_does_not_prove"},
            "reopen": {"words": "另有材料"},
        }  # fmt: skip
        try:
            self.world.do(case, action, by, **details.get(action, {}))
        except Refused:
            return
        self.done[action] += 1

    def _declare(self, case: Ref, by: Actor) -> None:
        if by.role == "student" or by.on_behalf_of:
            return
        record, at = self.world.case(case).record.id, self.world.clock.moment
        with self.world.place.store.writing() as session:
            declare(session, by, record, at, self.world.place.entropy)
        if (by.person, record, None) not in self.declared:
            self.declared.append((by.person, record, None))
        self.done["declare"] += 1

    def _take_back(self, by: Actor) -> None:
        at = self.world.clock.moment
        with self.world.place.store.writing() as session:
            standing = [one for one in relations_of(session, by.person) if one.ended_at is None]
            for one in standing:
                take_back(session, by, one.id, at)
        self.declared = [
            (person, record, at if person == by.person and ended is None else ended)
            for person, record, ended in self.declared
        ]
        self.done["take_back"] += bool(standing)

    # -- the rule, told again ---------------------------------------------------------------------------

    def compare(self) -> None:
        """What is said of everybody and every case is the rule."""
        for case in self.cases:
            for name, by in self.actors.items():
                facts, said = self.ask(case, by)
                expected = self.rule(name, by, facts)
                got = SHUT if said.barred else FOR_A_REASON if said.for_a_reason else OPEN
                assert got == expected, (name, case, facts.state, [one.code for one in said.barred])
                self.found[got] += 1
                self.found[f"{got} to {name}"] += 1

    def ask(self, case: Ref, by: Actor) -> tuple[CaseFacts, PaperOpening]:
        """What the product says."""
        place = self.world.place
        with place.store.reading() as session:
            facts = look_at_case(session, case.id)
            assert facts is not None
            return facts, opening(place.engine.attempt(session, facts, "hold", by))

    def rule(self, name: str, by: Actor, case: CaseFacts) -> str:
        """Who may, in the order of the sentence that says it."""
        here = {by.person, by.on_behalf_of} - {""}
        own = case.record.id == self.world.case(self.cases[0]).record.id
        if name == "student":
            return OPEN if own else SHUT
        related = any(
            person in here and record == case.record.id and (ended is None or _filed(case) < ended)
            for person, record, ended in self.declared
        )
        elsewhere = name in ("other officer", "former auditor") or (
            name == "archivist" and not any(step.office == "archive" for step in case.every_step)
        )
        if related or elsewhere or (own and self.actors["student"].person in here):
            return SHUT
        if case.holder in here and case.held_until is not None and case.held_until > self.world.clock.moment:
            return OPEN
        if case.decided_by in here or any(_ended_by(step, here) for step in case.every_step):
            return OPEN
        if by.role in ("second_reviewer", "auditor"):
            return FOR_A_REASON
        if case.state not in (RAISED, REVIEW):
            return SHUT
        return OPEN if self._turn(name, by, here, case) else SHUT

    def _turn(self, name: str, by: Actor, here: set[str], case: CaseFacts) -> bool:
        """Whether a step that can be taken now is theirs; or, at the default office, the settling."""
        if by.role not in ("reviewer", "officer"):
            return False
        waiting = [one.step for one in ready(case)]
        if any(self._theirs(name, by, here, step, case) for step in waiting):
            return True
        at_the_desk = by.role == "reviewer" and name != "archivist"
        unsettled = [claim.id for claim in case.claims if not claim.outcome]
        failed = any(step.outcome == "failed" and step.claims & set(unsettled) for step in case.steps)
        passed = any(
            all(step.outcome in ("passed", "void") for step in case.steps if claim in step.claims)
            for claim in unsettled
        )
        return at_the_desk and (not waiting or failed or passed)

    def _theirs(self, name: str, by: Actor, here: set[str], step: StepFacts, case: CaseFacts) -> bool:
        decided = ("check", "approval", "visit")
        if step.kind in decided and step.office == "college":
            return by.role == "officer"
        if by.role == "officer":
            return False
        mine = step.office == "archive" if name == "archivist" else True
        if name != "archivist" and step.kind in decided:
            mine = step.office == "registrar"
        apart = any(
            other.id != step.id and other.kind in decided and _ended_by(other, here)
            for other in case.steps
            if other.claims & step.claims and (other.four_eyes or step.four_eyes)
        )
        return mine and not (step.kind in decided and apart)


def _filed(case: CaseFacts) -> datetime:
    assert case.filed_at is not None
    return case.filed_at


def _ended_by(step: StepFacts, people: set[str]) -> bool:
    return step.outcome in ("passed", "failed") and bool({step.ended_by, step.ended_for} & people)


@holds("not_related", "not_own_case", "of_their_college", "holds_the_role")
@pytest.mark.parametrize("n", range(1))
def test_papers_are_open_to_whom_the_rule_names_at_every_moment_of_any_history(world: World, n: int) -> None:
    """Holders, whose turn it is, who took a step or decided; a reason for two roles; no relative, nobody else."""
    histories = Histories(world, random.Random(20241025 + n))
    histories.begin()
    for number in range(240):
        histories.step()
        if number % 4 == 0:
            histories.compare()
    assert min(histories.found[one] for one in (OPEN, FOR_A_REASON, SHUT)) > 50
    assert histories.found[f"{OPEN} to second_reviewer"] and histories.done["declare"]
