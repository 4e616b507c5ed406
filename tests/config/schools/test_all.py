"""What holds for the rules of every school in the repository."""

from __future__ import annotations

import json

import pytest

from config.policy import ClaimAsked, QuestionFault
from config.policy.effects import SPEAKING, AddStep, Warn
from tests.config.asking import answer
from tests.config.schools.asked import NAMES, school

REAL = tuple(name for name in NAMES if name != "nchu")


def test_there_are_the_first_school_and_twelve_real_ones() -> None:
    """Provinces, universities, a graduate school, an open university: each in a folder of its own."""
    assert len(REAL) == 12


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_without_a_fault_or_a_warning(name: str) -> None:
    """The folder is named by the slug, and nothing in it is doubtful."""
    assert school(name).slug == name
    assert school(name).warnings == ()


@pytest.mark.parametrize("name", REAL)
def test_what_its_text_asks_and_no_rule_can_say_is_listed(name: str) -> None:
    """Nothing is left out in silence: each has such a rest, with its source, and every answer carries it."""
    unsupported = school(name).policy.unsupported

    assert unsupported
    assert all(one.says and one.says_en and one.source for one in unsupported)
    said = answer(school(name), "2026-03-02").as_json()
    assert [one["says"] for one in said["unsupported"]] == [one.says for one in unsupported]


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_says_where_it_comes_from(name: str) -> None:
    """Where the text is silent, the source says that this product proposes it."""
    for rule in school(name).policy.rules:
        assert rule.source
        assert "本系统默认" in rule.source or len(rule.source) > 8, rule.id


@pytest.mark.parametrize("name", NAMES)
def test_its_lists_name_nothing_that_no_rule_uses(name: str) -> None:
    """Codes are given by a rule; every field that can be claimed has a chain that ends on the platform."""
    policy = school(name).policy
    given = {rule.effect.code for rule in policy.rules if isinstance(rule.effect, (*SPEAKING, Warn))}

    assert given == set(policy.codes)
    steps = [rule.effect.add_step for rule in policy.rules if isinstance(rule.effect, AddStep)]
    assert steps[-1] == "platform"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_and_cause_it_lists_has_an_answer(name: str) -> None:
    """Each pair can be asked about: the answer has steps, papers or reasons, and never the values."""
    place = school(name)
    for field in (*place.fields, place.status_field):
        for cause in place.policy.causes:
            claim = ClaimAsked(field.code, cause, None, "110105200601120021", "110105200601130022")
            try:
                said = answer(place, "2026-03-02", claim, origin_province="河北")
            except QuestionFault as fault:
                assert [one.split(":")[0] for one in fault.faults] == ["claims[0].event_date"] * len(
                    fault.faults
                )
                continue
            assert said.may == (not said.reasons)
            assert said.steps or said.reasons
            assert "20060112" not in json.dumps(said.as_json())
