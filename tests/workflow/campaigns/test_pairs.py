"""Cohorts of pairs: a level with an entry year, one of which must match."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from sqlalchemy import select

from config.policy import CampaignPlan, Cohort, CohortPair, School
from tests.conftest import on
from tests.editing import edited
from tests.workflow.conftest import FINAL
from tests.world import World
from workflow.campaigns.cohort import cohort_size
from workflow.cases import rules
from workflow.cases.facts import RecordFacts
from workflow.cases.load import whole_record
from workflow.cases.rules import Rules
from workflow.cases.rules.cohort import next_plan
from workflow.records.tables import Record

pytestmark = [pytest.mark.one_database]

LEVELS = ("本科", "专升本", "专科")
YEARS = (2021, 2022, 2023, 2024)
STATUSES = ("注册学籍", "休学", "退学")
ENTRIES = (None, *[date(year, *day) for year in YEARS for day in ((1, 1), (9, 15), (12, 31))])


def planned(cohort: Cohort) -> CampaignPlan:
    """A campaign of that cohort."""
    return replace(FINAL, cohort=cohort)


def some_cohort(random: Random) -> Cohort:
    """Any cohort: by pairs, or by years in a row and levels; by graduation too or not."""
    statuses = tuple(random.sample(STATUSES, random.randint(1, 3)))
    ends = random.choice(((None, None), (date(2026, 1, 1), date(2027, 12, 31))))
    if random.random() < 0.7:
        pairs = {CohortPair(random.choice(LEVELS), random.choice(YEARS)) for _ in range(random.randint(1, 4))}
        return Cohort((), (), statuses, *ends, pairs=tuple(sorted(pairs, key=repr)))
    first = random.randrange(len(YEARS))
    years = YEARS[first : first + random.randint(0, 2)]
    return Cohort(years, tuple(random.sample(LEVELS, random.randint(0, 2))), statuses, *ends)


def test_a_cohort_takes_in_the_same_students_one_by_one_as_all_at_once(world: World, nchu: School) -> None:
    """For any cohort the rule for one record and the condition on the records name the same."""
    random = Random(2024)
    people = [
        world.record(
            cc=random.choice((*LEVELS, None)),
            rxrq=random.choice(ENTRIES),
            xjzt=random.choice(STATUSES),
            yjbyrq=random.choice((None, date(2026, 1, 1), date(2027, 12, 31), date(2028, 7, 1))),
        )
        for _ in range(80)
    ]
    with world.place.store.reading() as session:
        facts: dict[str, RecordFacts] = {one: whole_record(session, one).facts for one in people}
        taken = 0
        for _ in range(120):
            cohort = some_cohort(random)
            policy = Rules(replace(nchu, campaigns=(planned(cohort),)))
            one_by_one = {
                one for one, record in facts.items() if rules.cohort_names(policy, FINAL.id, record)
            }
            assert one_by_one == set(session.scalars(select(Record.id).where(rules.cohort_rows(cohort))))
            assert cohort_size(session, policy, FINAL.id) == len(one_by_one)
            taken += len(one_by_one)
    assert taken


def test_a_pair_takes_in_a_level_of_one_year_alone(world: World, nchu: School) -> None:
    """The first degrees of 2024 and the top-ups of 2022 are asked, the first degrees of 2022 are not."""
    school = edited(
        nchu,
        (
            "campaigns.toml",
            'entry_years = [2024]\nlevels = ["本科", "专升本"]\n',
            'pairs = [{ level = "本科", entry_year = 2024 }, { level = "专升本", entry_year = 2022 }]\n',
        ),
    )
    (plan,) = school.campaigns
    assert (plan.cohort.entry_years, plan.cohort.levels, plan.cohort.years) == ((), (), (2022, 2024))
    asked = [
        world.record(cc="本科", rxrq=date(2024, 9, 15)),
        world.record(cc="专升本", rxrq=date(2022, 9, 15)),
    ]
    world.record(cc="本科", rxrq=date(2022, 9, 15))
    world.record(cc="专升本", rxrq=date(2024, 9, 15))
    before = on(2024, 9, 20)
    with world.place.store.reading() as session:
        found = session.scalars(select(Record.id).where(rules.cohort_rows(plan.cohort)).order_by(Record.id))
        assert found.all() == asked
        everybody = session.scalars(select(Record.id)).all()
        named = {one: next_plan(school, whole_record(session, one).facts, before) for one in everybody}
    assert {one for one, next_ in named.items() if next_ == plan} == set(asked)
