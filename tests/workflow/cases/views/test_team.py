"""The team's figures: offices and months, working days from filing to decision, what was overturned or is overdue."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from tests.world import NAME, World
from workflow.cases.tables import Step
from workflow.cases.views.team import OfficeMonth, team
from workflow.engine import Ref
from workflow.people.tables import Person

REFUSAL = {"words": "材料不足", "refusal": "record_is_right"}


def test_decisions_are_counted_by_office_and_month_and_never_by_person(world: World) -> None:
    """Half and nine tenths of the cases in working days; what came out otherwise the second time; what is overdue."""
    records = [world.record() for _ in range(4)]
    world.open_campaign()
    cases = [Ref("case", world.file(record, NAME).subject) for record in records]
    reviewer, second = world.staff["reviewer"], world.staff["second_reviewer"]
    for case, days in zip(cases[:3], (1, 1, 2), strict=True):
        world.at(world.clock.moment + timedelta(days=days))
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "refused")
        world.do(case, "reject", reviewer, **REFUSAL)
    filed_on = world.row(cases[0]).filed_at
    world.at(world.clock.moment + timedelta(days=1))
    world.do(cases[0], "reopen", second, words="学生有新材料")
    calendar, office = world.place.school.calendar, world.place.school.policy.default_office
    with world.place.store.reading() as session:
        shown = team(session, calendar, office, world.clock.moment)
        names = {name for name in session.scalars(Person.__table__.select().with_only_columns(Person.name))}
    assert filed_on is not None
    decided = [world.row(case).decided_at for case in cases[1:3]]
    took = sorted(calendar.working_days_between(filed_on.date(), at.date()) for at in decided if at)
    (month,) = shown.months
    assert month == OfficeMonth(month.month, month.office, 2, took[0], took[1], 0)
    assert not any(name in repr(shown) for name in names if name)
    world.settle_all(cases[0], "corrected", by=second)
    world.do(cases[0], "correct", second, words="学生有新材料")
    with world.place.store.reading() as session:
        after = team(session, calendar, office, world.clock.moment)
    assert [(one.decided, one.overturned) for one in after.months] == [(3, 1)]
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(cases[0], "dispute", world.student(records[0]), words="平台上仍是原来的名字")
    other = world.staff["other_reviewer"]
    world.settle_all(cases[0], "refused", by=other)
    world.do(cases[0], "reject", other, **REFUSAL)
    with world.place.store.reading() as session:
        again = team(session, calendar, office, world.clock.moment)
    assert [(one.decided, one.overturned) for one in again.months] == [(3, 2)]
    due = world.clock.moment.date()
    with world.place.store.writing() as session:
        session.execute(update(Step).where(Step.case_id == cases[3].id).values(due=due))
    assert _overdue(world) == []
    world.at(world.clock.moment + timedelta(days=1))
    assert _overdue(world) == [(1, due)]


def _overdue(world: World) -> list[tuple[int, date]]:
    """How many cases wait for each thing that is overdue, and since when."""
    calendar, office = world.place.school.calendar, world.place.school.policy.default_office
    with world.place.store.reading() as session:
        shown = team(session, calendar, office, world.clock.moment)
    assert not shown.more
    return [(one.cases, one.since) for one in shown.overdue]
