"""A random walk over a whole school: everyone does what the engine allows, or tries random actions.

Actions, roles and details are read from the lifecycle, so that a new act is included automatically. A detail
named like a table is an id of that table; an unknown one is a few words or nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from states import Action
from states.case import CASE
from tests.walking_batches import Batches
from tests.world import World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts
from workflow.cases.flags import FlagRaised
from workflow.cases.load import look_at_case
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import BY_BATCH, KINDS_OF, ready
from workflow.cases.tables import EXCLUSIONS, FLAG_KINDS, HOWS
from workflow.engine import SYSTEM, Actor, Ref
from workflow.letters.tables import ADDRESSEES
from workflow.people.accounts import add_person, end_role, give_role, student_of
from workflow.people.scopes import held
from workflow.people.standing_in import declare, relations_of, stand_in, take_back
from workflow.records.tables import Record
from workflow.store import Base
from workflow.verdict import Refused

COLLEGES = ("测试学院", "另一学院")
CLAIMS = (
    ClaimFiled("XM", "admission_error", "测试甲"),
    ClaimFiled("XH", "school_data", "2401"),
    ClaimFiled("XB", "school_data", "男"),
    ClaimFiled("SFZH", "admission_error", ""),
    ClaimFiled("PHOTO", "photo", ""),
)
BORN = date(1970, 1, 1)
PATIENCE = 30
"""The approximate number of actions on one case."""
NIGHTS = 28
"""The number of breaks of several hours. The campaign closes during the walk."""
BUSY = {"discrepancy_raised": 3, "under_review": 5, "corrected": 5, "rejected": 2}
"""States in which a case gets more actions."""
AT_ONCE = 25
"""The number of cases in progress at once."""


@dataclass
class Walk:
    """The actors, their cases, and the actions done and refused so far.

    ``batching`` is the share of moments in which somebody does something with a batch instead of a case.
    """

    world: World
    dice: random.Random
    cases: list[Ref] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    states: dict[str, str] = field(default_factory=dict)
    people: list[Actor] = field(default_factory=list)
    students: dict[str, list[Actor]] = field(default_factory=dict)
    batches: Batches = field(init=False)
    batching: float = 0.08

    def __post_init__(self) -> None:
        self.batches = Batches(self.world, self.dice)

    def walk(self, cases: int) -> None:
        """Open this many cases and act on them. The campaign closes before the last cases end."""
        world = self.world
        records = [self._record(n) for n in range(cases)]
        world.open_campaign()
        self._hire()
        self.cases = [world.case_of(record) for record in records]
        self.dice.shuffle(self.cases)
        ahead: list[Ref] = list(self.cases)
        under_way: list[Ref] = []
        moments = cases * PATIENCE
        for n in range(moments):
            while ahead and len(under_way) < AT_ONCE:
                under_way.append(ahead.pop())
            night = timedelta(hours=14) if n % (moments // NIGHTS) == 0 else timedelta(0)
            world.at(world.clock.moment + night + timedelta(seconds=self.dice.randrange(20)))
            if self.dice.random() < self.batching:
                self.batches.something(self.people)
            else:
                self._something(under_way)
            if self.dice.random() < 1 / PATIENCE and len(under_way) > 1:
                under_way.pop(self.dice.randrange(len(under_way)))
        self.done.update(self.batches.in_cases)

    # -- who walks --------------------------------------------------------------------------------------

    def _record(self, n: int) -> str:
        college = COLLEGES[n % 2]
        birth = date(2004, 1, 1) + timedelta(days=n // 400)
        number = number_of(birth, 2 * (n % 400) + 1)
        record = self.world.record(fy=college, xb="女", csrq=birth, number=number)
        student = self.world.student(record)
        self.students[record] = [student]
        return record

    def _hire(self) -> None:
        """Hire reviewers of several offices. Some are students, some are stand-ins."""
        world, staff = self.world, self.world.staff
        self.people = [actor for actor in staff.values()]
        with world.place.store.writing() as session:
            at, entropy = world.clock.moment, world.place.entropy
            for role, scope in (
                ("officer", COLLEGES[1]),
                ("reviewer", ""),
                ("reviewer", "archive"),
                ("second_reviewer", ""),
            ):
                added = add_person(session, f"又一位{role}", role, scope, SYSTEM.person, at, entropy)
                self.people.append(Actor(added.id, role))
            both = [actor for actors in list(self.students.values())[:5] for actor in actors]
            for student in both:
                give_role(session, student.person, held("reviewer"), SYSTEM.person, at, entropy)
                self.people.append(Actor(student.person, "reviewer"))
            day, by = at.date(), staff["administrator"]
            for other, absent in (
                (staff["other_reviewer"], staff["reviewer"]),
                (staff["reviewer"], staff["second_reviewer"]),
                (staff["registrar"], staff["officer"]),
                (Actor(both[0].person, "reviewer"), staff["other_reviewer"]),
                (staff["other_reviewer"], Actor(both[1].person, "reviewer")),
            ):
                last = day + timedelta(days=9)
                stand_in(session, absent.person, other.person, day, last, by, at, entropy)
                self.people.append(Actor(other.person, absent.role, absent.person))

    def _who(self, action: Action, case: CaseFacts) -> Actor:
        """Usually a person with the action's role who already has the case, sometimes anyone."""
        role = self.dice.choice(action.roles)
        if self.dice.random() < 0.15:
            return self.dice.choice([*self.people, self.dice.choice(list(self.students.values()))[0]])
        if role == "system":
            return SYSTEM
        if role == "student":
            return self.dice.choice(self.students[case.record.id])
        able = [one for one in self.people if one.role == role]
        holding = [one for one in able if one.person in (case.holder, case.decided_by)]
        return self.dice.choice(holding if holding and self.dice.random() < 0.9 else able)

    # -- what happens -----------------------------------------------------------------------------------

    def _something(self, under_way: Sequence[Ref]) -> None:
        keen = [BUSY.get(self.states.get(case.id, ""), 1) for case in under_way]
        case = self.dice.choices(under_way, keen)[0]
        if self.dice.random() < 0.04:
            self._beside(case)
        with self.world.place.store.reading() as session:
            facts = look_at_case(session, case.id)
            assert facts is not None
            self.states[case.id] = facts.state
            action = self._wanted(facts)
            by = self._who(action, facts)
            offered = self.world.place.engine.available(session, case, by)
        allowed = [one.action for one in offered if one.allowed and one.action not in BY_BATCH]
        if action.name not in allowed and allowed and self.dice.random() < 0.7:
            action = CASE.action(min(allowed, key=lambda name: (self.tried[name], self.dice.random())))
        self.attempt(case, action, by, self._handed_in(action, facts))

    def _wanted(self, case: CaseFacts) -> Action:
        """A random action that the state allows, rarely tried ones first; sometimes any action."""
        alone = [one for one in CASE.actions if one.name not in BY_BATCH]
        possible = [one for one in alone if case.state in CASE.sources(one)]
        if self.dice.random() < 0.05:
            possible = [one for one in alone if one.name != "open"]
        action = self.dice.choices(possible, [1 / (1 + self.wanted[one.name]) for one in possible])[0]
        self.wanted[action.name] += 1
        return action

    def attempt(self, case: Ref, action: Action, by: Actor, details: dict[str, Any]) -> None:
        """Perform or be refused with reasons. Any other result is a fault."""
        self.tried[action.name] += 1
        try:
            with self.world.place.store.writing() as session:
                self.world.place.engine.perform(session, case, action.name, by=by, **details)
        except Refused as no:
            assert no.codes and all(reason.says and reason.rule for reason in no.verdict.reasons)
            self.refused.update(no.codes)
        else:
            self.done[action.name] += 1

    def _beside(self, case: Ref) -> None:
        """Events outside a case: an import, a declaration, an account with a new owner."""
        with self.world.place.store.writing() as session:
            at, entropy = self.world.clock.moment, self.world.place.entropy
            facts = look_at_case(session, case.id)
            assert facts is not None
            record, what = facts.record.id, self.dice.randrange(4)
            if what == 0:
                status = self.dice.choice(["注册学籍", "退学"])
                session.execute(update(Record).where(Record.id == record).values(xjzt=status))
            elif what == 1:
                declare(session, self.dice.choice(self.people), record, at, entropy)
            elif what == 2:
                somebody = self.dice.choice(self.people)
                for line in relations_of(session, somebody.person):
                    if line.ended_at is None:
                        take_back(session, somebody, line.id, at)
            else:
                before = self.students[record][-1]
                end_role(session, before.person, "student", at)
                fresh = student_of(session, record, "测试学生", SYSTEM.person, at, entropy)
                self.students[record].append(Actor(fresh.id, "student"))
                give_role(session, before.person, held("reviewer"), SYSTEM.person, at, entropy)
                self.people.append(Actor(before.person, "reviewer"))

    # -- what is handed in ------------------------------------------------------------------------------

    def _handed_in(self, action: Action, case: CaseFacts) -> dict[str, Any]:
        given = {name: self._detail(name, action, case) for name in action.details}
        kinds = self.world.place.engine.bindings[CASE.name].details
        return {name: value for name, value in given.items() if value is not LEFT_OUT and kinds[name](value)}

    def _detail(self, name: str, action: Action, case: CaseFacts) -> Any:
        known = GENERATORS.get(name)
        if known is not None:
            return known(self, action, case)
        if name in Base.metadata.tables and "case_id" in Base.metadata.tables[name].c:
            return self._id_in(name, case)
        return self.dice.choice(["看过", "", None])

    def _id_in(self, table: str, case: CaseFacts) -> str:
        """The id of one of the case's rows in a table, usually an open one."""
        rows = Base.metadata.tables[table]
        open_first = [rows.c.ended_at.is_not(None)] if "ended_at" in rows.c else []
        with self.world.place.store.reading() as session:
            found = (
                session.execute(
                    select(rows.c.id).where(rows.c.case_id == case.id).order_by(*open_first, rows.c.id)
                )
                .scalars()
                .all()
            )
        if not found or self.dice.random() < 0.05:
            return "0" * 32
        return found[0] if self.dice.random() < 0.5 else self.dice.choice(found)

    def step(self, action: Action, case: CaseFacts) -> str:
        """A ready step that fits the action, or any step."""
        waiting = [one.step.id for one in ready(case) if one.step.kind in KINDS_OF[action.name]]
        return waiting[0] if waiting and self.dice.random() < 0.9 else self._id_in("step", case)

    def claims(self, action: Action, case: CaseFacts) -> tuple[ClaimFiled, ...]:
        """Some claims. The ID number belongs to the record; sometimes a value is invalid."""
        some = self.dice.sample(CLAIMS, self.dice.randint(1, 3))
        n = int(case.record.id, 16)
        own = {"XH": f"2499{n:05d}", "SFZH": number_of(BORN + timedelta(days=n), 2 * (n % 400) + 1)}
        return tuple(
            ClaimFiled(one.field, one.cause, own.get(one.field, one.new))
            for one in some
            if self.dice.random() < 0.98
        )

    def papers(self, action: Action, case: CaseFacts) -> tuple[str, ...]:
        """Papers that the student just added to the draft."""
        kinds = self.dice.sample(["id_card", "household_book"], self.dice.randint(1, 2))
        return tuple(self.world.paper(case.record.id, kind) for kind in kinds)

    def day(self, action: Action, case: CaseFacts) -> date:
        """Today, or sometimes an unsuitable day."""
        return self.world.clock.moment.date() + timedelta(days=self.dice.choice([0] * 12 + [-9, 3]))

    def until(self, action: Action, case: CaseFacts) -> Any:
        """The rules' own period, or the next day, because few cases last longer."""
        return self.dice.choice([LEFT_OUT, self.world.clock.moment.date() + timedelta(days=1)])

    def outcome(self, action: Action, case: CaseFacts) -> str:
        """The outcome of an answer or a claim."""
        said = ["passed", "failed"] if action.name == "receive" else ["corrected", "refused", "already_right"]
        return self.dice.choice([*said * 5, ""])

    def paper(self, action: Action, case: CaseFacts) -> Any:
        """One of the case's papers, or none."""
        return self.dice.choice([LEFT_OUT, self._id_in("evidence", case)])

    def some_claims(self, action: Action, case: CaseFacts) -> Any:
        """All of them, or one."""
        if not case.claims or self.dice.random() < 0.7:
            return LEFT_OUT
        return (self.dice.choice(case.claims).id,)

    def words(self, action: Action, case: CaseFacts) -> str:
        """A few words, or too few or many."""
        return self.dice.choice(["看过原件"] * 12 + ["", "字" * 600])

    def questions(self, action: Action, case: CaseFacts) -> tuple[QuestionAsked, ...]:
        """One or two questions, sometimes none."""
        every = (
            QuestionAsked("explanation", "", "请说明情况"),
            QuestionAsked("paper", "household_book", "上一张看不清"),
        )
        return tuple(self.dice.sample(every, self.dice.choice([1, 1, 2, 0])))

    def flags(self, action: Action, case: CaseFacts) -> tuple[FlagRaised, ...]:
        """A flag on one of the claims, as an import would raise it."""
        shown = f"{len(self.done):064x}"
        some = self.dice.sample(case.claims, min(1, len(case.claims)))
        return tuple(FlagRaised(one.id, one.field, self.dice.choice([*FLAG_KINDS]), shown) for one in some)

    def colleague(self, action: Action, case: CaseFacts) -> str:
        """A member of staff."""
        return self.dice.choice(self.people).person


LEFT_OUT = object()
Generator = Callable[[Walk, Action, CaseFacts], Any]

GENERATORS: dict[str, Generator] = {
    "claims": Walk.claims,
    "papers": Walk.papers,
    "questions": Walk.questions,
    "begun_at": lambda walk, action, case: LEFT_OUT,
    "seen": lambda walk, action, case: LEFT_OUT,
    "base": lambda walk, action, case: LEFT_OUT,
    "words": Walk.words,
    "refusal": lambda walk, action, case: walk.dice.choice(
        [one.code for one in walk.world.place.school.policy.refusals]
    ),
    "outcome": Walk.outcome,
    "seen_on": Walk.day,
    "sent_on": Walk.day,
    "received_on": Walk.day,
    "returned_on": lambda walk, action, case: walk.dice.choice([LEFT_OUT, walk.day(action, case)]),
    "due": Walk.until,
    "paper": Walk.paper,
    "how": lambda walk, action, case: walk.dice.choice([*HOWS, "no such way"]),
    "whom": lambda walk, action, case: walk.dice.choice([LEFT_OUT, LEFT_OUT, *ADDRESSEES]),
    "number": lambda walk, action, case: walk.dice.choice(["测试函〔2024〕1号", ""]),
    "code": lambda walk, action, case: walk.dice.choice([*EXCLUSIONS, "no such code"]),
    "only": Walk.some_claims,
    "step": Walk.step,
    "to": Walk.colleague,
    "flags": Walk.flags,
    "source": lambda walk, action, case: walk.world.source,
    "data_of": Walk.day,
}
"""The generator of each detail, by name."""
