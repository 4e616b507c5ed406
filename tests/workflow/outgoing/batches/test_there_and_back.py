"""A batch there and back, with the process killed in the middle of each step, on both databases."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from states.batch import BATCH
from tests.conftest import ON_BOTH
from tests.workflow.outgoing.answers.test_answers import NO, row, workbook
from tests.workflow.outgoing.batches.waiting import (
    DAY,
    case_of,
    live,
    proves,
    seen,
    standings,
    waits,
    world_with_a_province,
)
from tests.world import World
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.outgoing.answers.reading import read_answers
from workflow.outgoing.answers.taking import take_answers
from workflow.outgoing.batches.sending import send_batch
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = [pytest.mark.one_database]

Step = Callable[[Installation, Session], object]


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path)


def killed(world: World, step: Step) -> None:
    """Do a step in a process of its own that is killed before its unit of work ends."""
    url = world.place.store.url
    if (child := os.fork()) == 0:
        try:
            with Store(url).writing() as session:
                step(world.place, session)
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def written(world: World) -> int:
    """How many entries there are."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(EntryRow)) or 0


def pressed(world: World, step: Step) -> object:
    """A step that is killed once, which leaves nothing, and then done."""
    before = written(world)
    killed(world, step)
    assert written(world) == before
    with world.place.store.writing() as session:
        return step(world.place, session)


def press(subject: Ref, action: str, by: Actor, **said: object) -> Step:
    """One act under a key, as a form sends it."""

    def step(place: Installation, session: Session) -> object:
        return place.engine.perform(session, subject, action, by=by, key=f"{action:-<32}", **said)

    return step


@ON_BOTH
def test_a_batch_goes_there_and_back_though_it_is_killed_at_each_step(world: World) -> None:
    """What was killed left nothing, what is pressed again is done once: the cases are sent together and answered each."""
    claims = waits(world, 3)
    registrar, second = world.staff["registrar"], world.staff["second_reviewer"]
    made = pressed(world, press(Ref(BATCH.name), "open", registrar, office="province", month="2024-12"))
    assert isinstance(made, Entry)
    batch = Ref(BATCH.name, made.subject)
    pressed(world, press(batch, "put_in", registrar, claims=tuple(claims)))
    pressed(world, press(batch, "freeze", registrar))
    pressed(world, press(batch, "agree", second))
    pressed(world, press(batch, "ask_out", registrar, claims=claims[2:], words="材料要重新盖章"))
    pressed(world, press(batch, "agree_out", second, claims=claims[2:]))

    def send(place: Installation, session: Session) -> object:
        said = {"number": "", "sent_on": DAY, "by": registrar, "key": "s" * 32}
        return send_batch(place.engine, session, batch.id, **said)

    done = pressed(world, send)
    with world.place.store.writing() as session:
        assert send(world.place, session) == done
    assert standings(world, batch) == {1: "waits", 2: "waits", 3: "out"}

    read = read_answers("省厅答复.xlsx", workbook(row(1), row(2, "不同意", words=NO)))

    def answer(place: Installation, session: Session) -> object:
        return take_answers(place.engine, session, place.cipher, batch.id, read, registrar)

    pressed(world, answer)
    assert (seen(world, batch).state, standings(world, batch)) == (
        "answered", {1: "agreed", 2: "refused", 3: "out"},
    )  # fmt: skip
    assert world.case(case_of(world, claims[1])).state == "rejected"
    pressed(world, press(batch, "close", registrar))
    assert live(world, batch) == []
    proves(world)
