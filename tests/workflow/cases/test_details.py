"""Details must have the right type: nothing else reaches a rule, an effect or the database."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.details import CASE_DETAILS
from workflow.engine import NoSuchSubject, Ref
from workflow.engine.details import LONGEST
from workflow.verdict import Refused

pytestmark = [pytest.mark.one_database]

NAIVE = datetime(2024, 10, 25, 9)


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's unanswered case."""
    return world.case_of(record)


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("exclude", {"words": 5}),
        ("exclude", {"words": "a\0b"}),
        ("exclude", {"words": "half \ud800"}),
        ("exclude", {"words": "字" * (LONGEST + 1)}),
        ("exclude", {"words": "退学", "code": ["other"]}),
        ("exclude", {"words": "退学", "refusal": "record_is_right"}),
        ("exclude", {"words": "退学", "anything": "else"}),
        ("confirm", {"seen": 3}),
        ("confirm", {"refusal": "确认"}),
        ("raise", {"claims": "XM", "papers": ()}),
        ("raise", {"claims": ({"field": "XM"},), "papers": ()}),
        ("raise", {"claims": (ClaimFiled("XM", "admission_error", "a\0b"),), "papers": ()}),
        ("raise", {"claims": (ClaimFiled("XM", "legal_change", "张三丰", "2024-09-20"),), "papers": ()}),  # type: ignore[arg-type]
        ("raise", {"claims": (NAME,), "papers": (7,)}),
        ("raise", {"claims": (NAME,), "papers": (), "begun_at": NAIVE}),
        ("settle", {"claim": "0" * 32, "outcome": "corrected", "seen_on": "2024-10-25"}),
        ("settle", {"claim": "0" * 32, "outcome": "corrected", "seen_on": NAIVE}),
    ],
)
def test_what_is_of_another_kind_is_refused_before_any_rule(
    world: World, record: str, case: Ref, action: str, details: dict[str, Any]
) -> None:
    """Neither a number for words, nor text no database keeps, nor a detail that is not the action's own."""
    staff = {"exclude": "registrar", "settle": "reviewer"}
    by = world.staff[staff[action]] if action in staff else world.student(record)
    verdict = world.refused(case, action, by, **details)
    assert verdict.codes == ("details_misfit",)
    assert verdict.reasons[0].remedy
    assert (world.case(case).state, world.case(case).version) == ("not_checked", 1)


@given(
    st.sampled_from(sorted(CASE_DETAILS)),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers())
    ),
)
def test_every_kind_answers_whatever_it_is_asked(name: str, said: Any) -> None:
    """Nothing that can be handed in makes the question itself stumble."""
    assert CASE_DETAILS[name](said) in (True, False)


@pytest.mark.parametrize(
    "id", ["x", "0" * 31, "0" * 33, "A" * 32, "../" + "0" * 29, "0" * 31 + "\0", "é" * 32]
)
def test_what_is_no_id_names_no_case(world: World, case: Ref, id: str) -> None:
    """A malformed id is not found, whatever it is, and never asked of the database."""
    with pytest.raises(NoSuchSubject):
        world.do(Ref("case", id), "exclude", world.staff["registrar"], words="退学")
    with pytest.raises(NoSuchSubject):
        world.may(Ref("case", id), "exclude", world.staff["registrar"])


def test_a_version_that_never_was_is_refused(world: World, case: Ref) -> None:
    """A page from the future was made up."""
    verdict = world.refused(case, "exclude", world.staff["registrar"], words="退学", expected=99)
    assert verdict.codes == ("never_seen",)
    assert "99" in verdict.reasons[0].says


def test_a_failure_that_is_overheard_does_not_let_the_rest_through(
    world: World, record: str, case: Ref
) -> None:
    """Whoever catches what an effect met in the database and goes on keeps nothing of the unit of work."""
    world.file(record, ClaimFiled("XH", "school_data", "240199999"))
    world.record(xh="240199999")
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "corrected")
    version = world.case(case).version
    broken = pytest.raises(RuntimeError, match="went on")
    with broken, world.place.store.writing() as session, suppress(Refused):
        world.place.engine.perform(session, case, "correct", by=reviewer, words="已更正")
    assert (world.case(case).state, world.case(case).version) == ("under_review", version)
