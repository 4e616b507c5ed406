"""How many students each rule touches: counted by groups, the same as asked one by one."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from config.policy import QuestionFault, School, ask
from config.policy.effects import IN_HAND, SPEAKING
from tests.conftest import on
from tests.workflow.simulation.test_whatif import many
from tests.world import World
from workflow.simulation.groups import Sample, alike
from workflow.simulation.touched import TouchedStudents, about_students, touched_students

pytestmark = pytest.mark.one_database

MOMENTS = (on(2024, 10, 1), on(2024, 10, 25), on(2028, 5, 1, 0))


def asked_singly(session: Session, school: School, record: str, at: datetime) -> tuple[set[str], bool] | None:
    """The rules that an answer to one record names, and whether it may file. None if it cannot be answered."""
    (kind,) = alike(session, [school], Sample(record=record))
    try:
        answer = ask(school, kind.question(session, school, at))
    except QuestionFault:
        return None
    return {reason.rule for reason in answer.reasons}, answer.may


def test_a_rule_touches_whom_it_would_answer(world: World, nchu: School) -> None:
    """Refusals name those whose answer names the rule; papers and steps name those who may file at all."""
    records = many(world, 40)
    about_all = {place for place, rule in enumerate(nchu.policy.rules) if not about_students(rule)}
    assert {nchu.policy.rules[place].id for place in about_all} == {
        "filing.in-person", "field.here", "cause.fits", "steps.province-told",
    }  # fmt: skip
    seen = 0
    with world.place.store.reading() as session:
        for at in MOMENTS:
            found = touched_students(session, nchu, at)
            assert found.records == len(records)
            for record in records:
                if (answered := asked_singly(session, nchu, record, at)) is not None:
                    seen += _agrees(found, nchu, record, *answered)
            for place in range(len(nchu.policy.rules)):
                assert found.count(place) == len(found.members(place))
                assert found.count(place) + found.lacking(place) <= found.records
    assert seen > 40


def _agrees(found: TouchedStudents, school: School, record: str, named: set[str], may: bool) -> int:
    """Compare one record's answer with the counts. Returns how many rules touch it."""
    touching = 0
    for place, rule in enumerate(school.policy.rules):
        touched = record in found.members(place)
        touching += touched
        if isinstance(rule.effect, IN_HAND):
            assert touched == may, rule.id
        elif isinstance(rule.effect, SPEAKING) and about_students(rule) and "raise" in rule.actions:
            assert touched == (rule.id in named), rule.id
    return touching
