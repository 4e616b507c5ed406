"""Claims that wait for the province, and short verbs for batches of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.settings import Settings
from states.batch import BATCH
from tests.schools import NCHU, school_with_steps
from tests.schools import step as rule_of_step
from tests.world import NAME, World
from workflow.cases.batches import BatchLine, lines_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.steps import ready
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.outgoing.batches.facts import BatchFacts, look_at_batch
from workflow.outgoing.batches.sending import send_batch
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules
from workflow.verdict import Refused, Verdict

TO_THE_PROVINCE = rule_of_step("sent", "XM", 'add_step = "province", office = "province"')
TO_THE_PROVINCE_ONCE = rule_of_step("sent", "XM", 'add_step = "province", office = "province", void_by = []')
"""The same by a rule by which nothing that a student brings makes the step void."""
DAY = date(2024, 10, 25)


def world_with_a_province(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    folder: Path,
    *,
    word: str = "测试学籍",
    before: Iterable[str] = (),
    behind: str = TO_THE_PROVINCE,
) -> World:
    """A school that sends names to the province after its own check, with a word for its letters or none.

    ``before`` are rules of steps before that check.
    """
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", NCHU)
    settings.evidence.mkdir(exist_ok=True)
    school = school_with_steps(folder / "school", before=before, behind=(behind,))
    assert school.profile is not None
    rules = keep_rules(store, clock, replace(school, profile=replace(school.profile, document_word=word)))
    return World(assemble(settings, store, cipher, rules, clock, entropy), clock)


def waits(world: World, count: int = 1, claim: ClaimFiled = NAME, **columns: Any) -> list[str]:
    """So many new students' claims that wait for the province; their ids."""
    records = [world.record(**columns) for _ in range(count)]
    world.open_campaign() if len(records) == world._made else None
    return [_checked(world, record, claim) for record in records]


def _checked(world: World, record: str, claim: ClaimFiled) -> str:
    """A claim of a record that has passed the school's own check."""
    case, by = Ref("case", world.file(record, claim).subject), world.staff["reviewer"]
    world.do(case, "take_up", by)
    check = ready(world.case(case))[0].step
    world.do(case, "pass_step", by, step=check.id)
    return world.case(case).claims[0].id


def case_of(world: World, claim: str) -> Ref:
    """The case of a claim that is in a batch or was."""
    with world.place.store.reading() as session:
        asked = select(BatchLine.case_id).where(BatchLine.claim_id == claim).limit(1)
        return Ref("case", str(session.scalar(asked)))


def opened(world: World, month: str = "", office: str = "province") -> Ref:
    """A batch to the province, opened by the registrar."""
    entry = world.do(Ref(BATCH.name), "open", world.staff["registrar"], office=office, month=month)
    return Ref(BATCH.name, entry.subject)


def collected(world: World, claims: Iterable[str]) -> Ref:
    """A batch with some claims in it."""
    batch = opened(world)
    world.do(batch, "put_in", world.staff["registrar"], claims=tuple(claims))
    return batch


def frozen(world: World, claims: Iterable[str]) -> Ref:
    """The same, frozen by the registrar."""
    batch = collected(world, claims)
    world.do(batch, "freeze", world.staff["registrar"])
    return batch


def agreed(world: World, claims: Iterable[str]) -> Ref:
    """The same, agreed to by the second reviewer."""
    batch = frozen(world, claims)
    world.do(batch, "agree", world.staff["second_reviewer"])
    return batch


def send(world: World, batch: Ref, number: str = "", **said: Any) -> Entry:
    """Send a batch as the registrar, in one unit of work."""
    whole = {"by": world.staff["registrar"], "sent_on": DAY, "number": number} | said
    with world.place.store.writing() as session:
        return send_batch(world.place.engine, session, batch.id, **whole)


def not_sent(world: World, batch: Ref, **said: Any) -> Verdict:
    """The refusal of a sending that must be refused."""
    try:
        send(world, batch, **said)
    except Refused as no:
        return no.verdict
    raise AssertionError("the batch was sent")


def sent(world: World, claims: Iterable[str]) -> Ref:
    """A batch that was sent."""
    batch = agreed(world, claims)
    send(world, batch)
    return batch


def seen(world: World, batch: Ref) -> BatchFacts:
    """A batch as it stands."""
    with world.place.store.reading() as session:
        found = look_at_batch(session, batch.id)
    assert found is not None
    return found


def standings(world: World, batch: Ref) -> dict[int, str]:
    """Where each line that a batch ever had stands, by its number."""
    return {line.number: line.standing for line in seen(world, batch).every_line}


def live(world: World, batch: Ref) -> list[str]:
    """The claims that are in a batch which has not ended for them."""
    with world.place.store.reading() as session:
        return [one.claim_id for one in lines_of(session, batch.id) if one.over_at is None]


def another(world: World, role: str = "registrar") -> Actor:
    """One more of the staff."""
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        return Actor(add_person(session, "另一位管理员", role, "", "system", at, entropy).id, role)


def proves(world: World) -> None:
    """The history of everything holds."""
    with world.place.store.reading() as session:
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        proof = verify(session, tables, world.place.cipher)
    assert proof.holds, proof.faults
