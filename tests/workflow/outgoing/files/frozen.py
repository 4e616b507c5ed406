"""A frozen batch for tests: students whose name and ID number change together go to the province."""

from __future__ import annotations

from datetime import date, timedelta

from tests.world import World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.steps import ready
from workflow.engine import Ref

OFFICE = "province"
RIGHT_DAY = date(2006, 5, 5)


def right_number(n: int) -> str:
    """The ID number that the n-th student claims."""
    return number_of(RIGHT_DAY, 151 + 2 * n)


def student_for_province(world: World, n: int = 1, name: str = "", **columns: object) -> tuple[str, Ref]:
    """A student with two claims that wait for the province. Returns the record and the case."""
    record = world.record(**columns)
    by = world.staff["reviewer"]
    number = ClaimFiled("SFZH", "admission_error", right_number(n))
    world.file(record, ClaimFiled("XM", "admission_error", name or f"测试·阿{n}"), number)
    case = world.case_of(record)
    world.do(case, "take_up", by)
    for one in ready(world.case(case)):
        if one.step.kind != "province":
            world.do(case, "pass_step", by, step=one.step.id, only=one.claims)
    return record, case


def frozen_batch(world: World, *cases: Ref, month: str = "2024-12") -> str:
    """A batch of all claims of these cases, frozen by the registrar. Returns its id."""
    registrar = world.staff["registrar"]
    with world.place.store.writing() as session:
        batch = world.place.engine.perform(
            session, Ref("batch", ""), "open", by=registrar, office=OFFICE, month=month
        ).subject
    claims = tuple(claim.id for case in cases for claim in world.case(case).claims)
    ref = Ref("batch", batch)
    world.do(ref, "put_in", registrar, claims=claims)
    world.clock.moment += timedelta(hours=1)
    world.do(ref, "freeze", registrar)
    return batch


def agreed_batch(world: World, *cases: Ref) -> str:
    """The same, agreed to by the second reviewer."""
    batch = frozen_batch(world, *cases)
    world.do(Ref("batch", batch), "agree", world.staff["second_reviewer"])
    return batch
