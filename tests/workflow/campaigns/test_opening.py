"""Opening a campaign: exactly its cohort gets cases, including late arrivals, one for each record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.conftest import on
from tests.world import CAMPAIGN, World
from workflow.campaigns.cohort import cohort_size
from workflow.campaigns.opening import open_campaign
from workflow.cases.rules import Rules, cohort_names
from workflow.cases.tables import Campaign, Case
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.records.tables import Record
from workflow.verdict import Refused

INSIDE = (
    {},
    {"cc": "专升本", "yjbyrq": date(2026, 7, 1)},
    {"rxrq": date(2024, 1, 1)},
    {"rxrq": date(2024, 12, 31)},
    {"xjzt": "休学"},
    {"xjzt": "保留学籍"},
    {"xjzt": "暂缓注册"},
)
OUTSIDE = (
    {"rxrq": date(2023, 12, 31)},
    {"rxrq": date(2025, 1, 1)},
    {"rxrq": None},
    {"cc": "专科"},
    {"cc": "硕士研究生"},
    {"cc": None},
    {"xjzt": "退学"},
    {"xjzt": "保留入学资格"},
    {"xjzt": "放弃入学资格"},
    {"xjzt": "没听说过"},
)


def records_with_cases(world: World) -> set[str]:
    """The records that have a case."""
    with world.place.store.reading() as session:
        return set(session.scalars(select(Case.record_id)))


def test_the_cohort_is_who_entered_in_2024_and_has_a_student_status(world: World) -> None:
    """本科 and 专升本 of that year with 学籍; other years, levels and statuses have no case."""
    inside = {world.record(**columns) for columns in INSIDE}
    for columns in OUTSIDE:
        world.record(**columns)
    with world.place.store.reading() as session:
        assert cohort_size(session, Rules(world.place.school), CAMPAIGN) == len(INSIDE)
    place = world.place
    opened = open_campaign(place.engine, place.store, CAMPAIGN, world.staff["registrar"])
    assert opened.cases == len(INSIDE)
    assert records_with_cases(world) == inside


def test_each_case_has_its_entry_and_its_student_is_owed_a_notice(world: World) -> None:
    """One entry by the system and one notice for each, due at once."""
    records = {world.record() for _ in range(3)}
    world.open_campaign()
    with world.place.store.reading() as session:
        entries = session.scalars(select(EntryRow).where(EntryRow.action == "open")).all()
        assert {(row.number, row.role) for row in entries} == {(1, "system")}
        assert len(entries) == 3
        notices = session.scalars(select(Notice)).all()
        assert {notice.record_id for notice in notices} == records
        assert {(notice.event, notice.due_at) for notice in notices} == {
            ("campaign_opened", world.clock.moment)
        }


def test_late_arrivals_get_their_case_when_it_is_run_again(world: World) -> None:
    """The second run opens cases for who came since, and touches nobody else; the third does nothing."""
    world.record()
    place, registrar = world.place, world.staff["registrar"]
    first = open_campaign(place.engine, place.store, CAMPAIGN, registrar)
    late = world.record()
    world.at(on(2024, 11, 7, 23, 59, 59))
    second = open_campaign(place.engine, place.store, CAMPAIGN, registrar)
    third = open_campaign(place.engine, place.store, CAMPAIGN, registrar)
    assert (first.cases, second.cases, third.cases) == (1, 1, 0)
    assert first.campaign == second.campaign == third.campaign
    assert late in records_with_cases(world)
    with place.store.reading() as session:
        actions = session.scalars(select(EntryRow.action).order_by(EntryRow.id)).all()
    assert actions == ["draft", "start", "open", "admit", "open", "admit"]


def test_who_arrives_after_the_close_gets_no_case(world: World) -> None:
    """The campaign is over for them, and whoever runs it again is told so; they may file on their own."""
    world.record()
    world.open_campaign()
    late = world.record()
    world.at(on(2024, 11, 8, 0))
    with pytest.raises(Refused) as no:
        world.open_campaign()
    assert no.value.codes == ("closing_day_past",)
    assert late not in records_with_cases(world)


@pytest.mark.parametrize(
    ("at", "code"),
    [(on(2024, 10, 22, 23, 59, 59), "opening_day_ahead"), (on(2024, 11, 8, 0), "closing_day_past")],
)
def test_outside_its_days_nothing_is_opened_at_all(world: World, at: object, code: str) -> None:
    """Neither a draft nor a case is left of the attempt."""
    world.record()
    world.at(at)  # type: ignore[arg-type]
    with pytest.raises(Refused) as no:
        world.open_campaign()
    assert no.value.codes == (code,)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Campaign)) == 0


def test_an_empty_cohort_opens_nothing(world: World) -> None:
    """No roster, no campaign."""
    with pytest.raises(Refused) as no:
        world.open_campaign()
    assert no.value.codes == ("cohort_empty",)


def test_an_unknown_plan_is_no_campaign(world: World) -> None:
    """Only what campaigns.toml announces can be opened."""
    with pytest.raises(KeyError):
        world.open_campaign("freshman-1999")


@pytest.mark.parametrize("role", ["reviewer", "auditor", "administrator", "officer"])
def test_only_the_registrar_opens_a_campaign(world: World, role: str) -> None:
    """Nobody else may, and nothing is left of the attempt."""
    world.record()
    place = world.place
    with pytest.raises(Refused) as no:
        open_campaign(place.engine, place.store, CAMPAIGN, world.staff[role])
    assert no.value.codes == ("not_your_role",)
    assert records_with_cases(world) == set()


def test_progress_is_told_as_it_is_made(world: World) -> None:
    """Whoever waits hears how many cases there are so far."""
    for _ in range(3):
        world.record()
    heard: list[int] = []
    place = world.place
    open_campaign(place.engine, place.store, CAMPAIGN, world.staff["registrar"], heard.append)
    assert heard == [3]


@pytest.mark.parametrize(
    ("since", "until", "inside"),
    [
        (date(2025, 7, 1), date(2025, 7, 1), {date(2025, 7, 1)}),
        (date(2025, 7, 1), None, {date(2025, 7, 1), date(2025, 7, 2)}),
        (None, date(2025, 7, 1), {date(2025, 6, 30), date(2025, 7, 1)}),
    ],
)
def test_a_graduating_class_is_who_is_expected_to_graduate_then(
    world: World, since: date | None, until: date | None, inside: set[date]
) -> None:
    """The entry year does not matter, who was delayed belongs to it, and who has no date belongs to none."""
    for day in (date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2), None):
        world.record(yjbyrq=day, rxrq=date(2021, 9, 1))
    school = world.place.school
    (plan,) = school.campaigns
    cohort = replace(plan.cohort, entry_years=(), graduates_since=since, graduates_until=until)
    rules = Rules(replace(school, campaigns=(replace(plan, cohort=cohort),)))

    with world.place.store.reading() as session:
        assert cohort_size(session, rules, plan.id) == len(inside)
        named = [
            record.yjbyrq
            for record in session.scalars(select(Record))
            if cohort_names(rules, plan.id, record)
        ]
    assert set(named) == inside
