"""Lifecycles are data that check themselves when they are put together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from states import NOWHERE, Act, Lifecycle, LifecycleFaults, Move, State
from states.campaign import CAMPAIGN
from states.case import CASE

A, B, C = State("a", "甲", "A"), State("b", "乙", "B"), State("c", "丙", "C", resting=True)
BORN = Move("born", "生", "be born", sources=(NOWHERE,), target="a", roles=("system",))
GO = Move("go", "走", "go", sources=("a",), target="b", roles=("student",))
REST = Move("rest", "息", "rest", sources=("b",), target="c", roles=("student",))


def life(**parts: object) -> Lifecycle:
    whole = {"states": (A, B, C), "moves": (BORN, GO, REST), "acts": ()} | parts
    return Lifecycle("toy", "玩具", "toy", **whole)  # type: ignore[arg-type]


def faults(**parts: object) -> tuple[str, ...]:
    with pytest.raises(LifecycleFaults) as caught:
        life(**parts)
    return caught.value.faults


def test_a_sound_lifecycle_is_put_together_without_a_word() -> None:
    """A lifecycle whose parts fit has no faults."""
    assert life().action("go") is GO


def test_every_fault_is_named_at_once() -> None:
    """Unknown states, unknown roles and missing words are all reported together."""
    bad = replace(GO, target="nirgends", roles=("queen",), en="")
    said = faults(moves=(BORN, bad, REST))
    assert len(said) >= 4
    assert "move go leads to unknown state nirgends" in said
    assert "go names unknown role queen" in said
    assert "go lacks its Chinese or English word" in said
    assert "state b cannot be reached" in said


def test_a_state_that_nobody_reaches_is_a_fault() -> None:
    """A state without a way in is a mistake of the declaration."""
    assert "state d cannot be reached" in faults(states=(A, B, C, State("d", "丁", "D", resting=True)))


def test_a_state_without_a_way_to_rest_is_a_fault() -> None:
    """From each state some resting state can be reached."""
    trap = State("d", "丁", "D")
    fall = Move("fall", "落", "fall", sources=("a",), target="d", roles=("system",))
    assert faults(states=(A, B, C, trap), moves=(BORN, GO, REST, fall)) == (
        "from state d no resting state can be reached",
    )


def test_a_lifecycle_in_which_nothing_may_rest_is_a_fault() -> None:
    """Something must be allowed to stay for ever."""
    assert "no state is one where a subject may rest" in faults(states=(A, B, replace(C, resting=False)))


def test_a_name_declared_twice_is_a_fault() -> None:
    """Two actions of one name could not be told apart."""
    assert "action go is declared twice" in faults(moves=(BORN, GO, GO, REST))


def test_an_act_needs_a_state_and_somebody() -> None:
    """An act that is possible nowhere, or belongs to nobody, is a mistake."""
    said = faults(acts=(Act("note", "记", "note", roles=()),))
    assert "act note is possible in no state" in said
    assert "note belongs to nobody" in said


def test_the_digest_changes_with_any_word_of_the_declaration() -> None:
    """Two declarations that differ anywhere have different digests, and the same one always the same."""
    assert life().digest == life().digest
    assert life().digest != life(moves=(BORN, replace(GO, zh="行"), REST)).digest


def test_a_case_has_exactly_seven_states_of_which_four_are_resting() -> None:
    """The seven states of a case, no more; it may stay checked, deferred, corrected or rejected."""
    assert [state.name for state in CASE.states] == [
        "not_checked", "checked_ok", "deferred", "discrepancy_raised", "under_review", "corrected", "rejected",
    ]  # fmt: skip
    resting = {state.name for state in CASE.states if state.resting}
    assert resting == {"checked_ok", "deferred", "corrected", "rejected"}


@pytest.mark.parametrize(
    ("move", "sources", "target"),
    [
        ("open", (NOWHERE,), "not_checked"),
        ("confirm", ("not_checked", "checked_ok", "deferred"), "checked_ok"),
        ("defer", ("not_checked", "deferred"), "deferred"),
        ("raise", ("not_checked", "checked_ok", "deferred"), "discrepancy_raised"),
        ("withdraw", ("discrepancy_raised", "under_review"), "not_checked"),
        ("recheck", ("checked_ok",), "not_checked"),
        ("take_up", ("discrepancy_raised",), "under_review"),
        ("correct", ("under_review",), "corrected"),
        ("reject", ("under_review",), "rejected"),
        ("lapse", ("discrepancy_raised", "under_review"), "rejected"),
        ("dispute", ("corrected",), "under_review"),
        ("reopen", ("corrected", "rejected"), "under_review"),
        ("undo", ("corrected", "rejected"), "under_review"),
        ("resume", ("corrected", "rejected"), "under_review"),
        ("deem", ("not_checked",), "checked_ok"),
    ],
)
def test_each_move_of_a_case_is_the_one_the_design_names(
    move: str, sources: tuple[str, ...], target: str
) -> None:
    """The moves of a case start and end where the design says, and there are no others."""
    declared = next(one for one in CASE.moves if one.name == move)
    assert (declared.sources, declared.target) == (sources, target)
    assert len(CASE.moves) == 15


def test_a_campaign_goes_from_draft_through_open_and_closing_to_closed() -> None:
    """The campaign's own life, with cancelling as its other end."""
    assert [state.name for state in CAMPAIGN.states] == ["draft", "open", "closing", "closed", "cancelled"]
