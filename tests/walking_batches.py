"""The batches of a random walk: put together, agreed to, sent, answered and ended by whoever happens to act."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from states import NOWHERE, Action
from states.batch import BATCH
from tests.world import World
from workflow.cases.batches import VERDICTS
from workflow.engine import Actor, Ref
from workflow.outgoing.answers.taking import answer_line
from workflow.outgoing.batches.choosing import waiting_claims
from workflow.outgoing.batches.facts import BatchFacts, look_at_batch
from workflow.outgoing.batches.sending import send_batch, steps_of
from workflow.people.access import people_at_the_door
from workflow.verdict import Refused

BODY = "province"
MOST = 3
"""The number of batches that are live at once."""
KEENNESS = {
    "put_in": 6,
    "freeze": 3,
    "send": 6,
    "take_answers": 6,
    "dissolve": 0.1,
    "ask_out": 0.5,
    "take_out": 0.5,
}
"""Actions that are wanted more or less often than others, so that some batches come to their end."""
Do = Callable[[Session], None]


@dataclass
class Batches:
    """The batches so far, and what was done with them and their cases."""

    world: World
    dice: random.Random
    live: list[Ref] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    in_cases: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)

    def something(self, people: Sequence[Actor]) -> None:
        """Somebody does something with a batch, or is refused with reasons."""
        if not self.live or (len(self.live) < MOST and self.dice.random() < 0.1):
            return self._open(people)
        batch = self.dice.choice(self.live)
        with self.world.place.store.reading() as session:
            facts = look_at_batch(session, batch.id)
            assert facts is not None
            by, action = self._wanted(session, batch, facts.state, people)
            do = self._deed(session, batch, facts, action, by)
        self._attempt(action.name, do)
        return None

    def _open(self, people: Sequence[Actor]) -> None:
        by = self._who(BATCH.action("open"), people)
        month = self.dice.choice(["", "2024-12", "2024-12", "2023-01"])
        born: list[str] = []

        def do(session: Session) -> None:
            engine = self.world.place.engine
            born.append(
                engine.perform(session, Ref(BATCH.name), "open", by=by, office=BODY, month=month).subject
            )

        self._attempt("open", do)
        self.live += [Ref(BATCH.name, id) for id in born]

    def _wanted(
        self, session: Session, batch: Ref, state: str, people: Sequence[Actor]
    ) -> tuple[Actor, Action]:
        """A random action that the state allows, what is allowed to the person first; sometimes any."""
        possible = [one for one in BATCH.actions if state in BATCH.sources(one) and one.roles != ("system",)]
        if not possible or self.dice.random() < 0.05:
            possible = [one for one in BATCH.actions if NOWHERE not in BATCH.sources(one)]
        action = self.dice.choices(possible, [KEENNESS.get(one.name, 1) for one in possible])[0]
        by = self._who(action, people)
        offered = self.world.place.engine.available(session, batch, by)
        allowed = [one.action for one in offered if one.allowed and one.action != "dissolve"]
        if action.name not in allowed and allowed and self.dice.random() < 0.8:
            action = BATCH.action(min(allowed, key=lambda name: (self.tried[name], self.dice.random())))
        return by, action

    def _who(self, action: Action, people: Sequence[Actor]) -> Actor:
        able = [one for one in people if one.role in action.roles]
        return self.dice.choice(able if able and self.dice.random() < 0.95 else people)

    def _deed(self, session: Session, batch: Ref, facts: BatchFacts, action: Action, by: Actor) -> Do:
        if action.name == "send":
            return partial(self._send, batch, by)
        if action.name == "take_answers" and facts.waiting:
            return partial(self._answer, batch, self.dice.choice(facts.waiting).id, by)
        said: dict[str, Any] = {}
        if "claims" in action.details:
            there = [one.claim for one in facts.lines if not one.over]
            near = people_at_the_door(by)
            waits = [one.claim for one in waiting_claims(session, BODY, near)]
            found = waits if action.name == "put_in" else there
            some = self.dice.sample(found, self.dice.choice([len(found), min(1, len(found))]))
            said["claims"] = (*some, *(["0" * 32] if self.dice.random() < 0.03 else []))
        if "words" in action.details:
            said["words"] = self.dice.choice(["材料要重新盖章"] * 9 + [""])
        if "answers" in action.details:
            said["answers"] = ()

        def do(session: Session) -> None:
            self.world.place.engine.perform(session, batch, action.name, by=by, **said)
            if action.name in ("close", "dissolve"):
                self.live.remove(batch)

        return do

    def _send(self, batch: Ref, by: Actor, session: Session) -> None:
        """Send every case of it, or nothing."""
        before = look_at_batch(session, batch.id)
        assert before is not None
        number = self.dice.choice(["", f"测试函〔2024〕{900 + len(self.live)}号"])
        day = self.world.clock.moment.date()
        send_batch(self.world.place.engine, session, batch.id, number=number, sent_on=day, by=by)
        self.in_cases["send_in_batch"] += len(steps_of(before))

    def _answer(self, batch: Ref, line: str, by: Actor, session: Session) -> None:
        """Enter what the body said to one line."""
        said, words = self.dice.choice([*VERDICTS, ""]), self.dice.choice(["与招生信息不符", ""])
        day = self.world.clock.moment.date()
        answer_line(self.world.place.engine, session, batch.id, line, said, day, words, by=by)
        self.in_cases["answer_in_batch"] += 1

    def _attempt(self, name: str, do: Do) -> None:
        self.tried[name] += 1
        try:
            with self.world.place.store.writing() as session:
                do(session)
        except Refused as no:
            assert no.codes and all(reason.says and reason.rule for reason in no.verdict.reasons)
            self.refused.update(no.codes)
        else:
            self.done[name] += 1
