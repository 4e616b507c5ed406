"""Who may do what in which state: the whole table, checked against the engine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from states import GRANTED, NOWHERE, ROLES
from states.case import CASE
from tests.conftest import on
from tests.editing import load
from tests.schools import with_intake
from tests.world import NAME, VISITOR, World
from workflow.engine import SYSTEM, Actor, Ref
from workflow.verdict import Verdict

pytestmark = pytest.mark.one_database

TABLE = """
    open      -                               system registrar
    confirm   not_checked checked_ok deferred student officer reviewer second_reviewer registrar
    raise     not_checked checked_ok deferred student officer reviewer second_reviewer registrar
    defer     not_checked deferred            student
    withdraw  discrepancy_raised under_review student
    recheck   checked_ok                      system
    take_up   discrepancy_raised              officer reviewer second_reviewer
    correct   under_review                    reviewer second_reviewer system
    reject    under_review                    reviewer second_reviewer system
    lapse     discrepancy_raised under_review system
    dispute   corrected                       student
    reopen    corrected rejected              second_reviewer
    undo      corrected rejected              reviewer second_reviewer
    resume    corrected rejected              system
    deem      not_checked                     system
    vouch_fields discrepancy_raised under_review corrected rejected student
    say_looked not_checked checked_ok deferred discrepancy_raised under_review corrected rejected student
    settle    under_review                    reviewer second_reviewer
    pass_step under_review                    officer reviewer second_reviewer
    fail_step under_review                    officer reviewer second_reviewer
    send      under_review                    reviewer second_reviewer
    receive   under_review                    reviewer second_reviewer
    send_in_batch under_review                registrar
    answer_in_batch under_review              registrar
    see       discrepancy_raised under_review reviewer second_reviewer system
    object    under_review                    reviewer second_reviewer
    release   under_review                    officer reviewer second_reviewer
    hand_over under_review                    officer reviewer second_reviewer
    lapse_rest under_review                   system
    hold      under_review                    officer reviewer second_reviewer
    take_over under_review                    second_reviewer
    note      discrepancy_raised under_review corrected rejected officer reviewer second_reviewer
    verify    discrepancy_raised under_review corrected rejected officer reviewer second_reviewer
    ask       under_review                    reviewer second_reviewer
    answer    under_review                    student
    supply    discrepancy_raised under_review student
    drop_question under_review                reviewer second_reviewer
    warn      under_review                    system
    escalate  discrepancy_raised under_review system
    disagree  corrected rejected              student
    flag      under_review corrected rejected system
    end_flag  under_review corrected rejected second_reviewer
    reconfirm corrected                       student
    chase     corrected                       system
    call_back deferred                        system
    exclude   not_checked checked_ok deferred registrar system
    include   not_checked checked_ok deferred registrar system
"""
STATES = (NOWHERE, *(state.name for state in CASE.states))


@dataclass(frozen=True)
class Row:
    """One action: its source states and its roles."""

    action: str
    states: frozenset[str]
    roles: frozenset[str]


def rows() -> list[Row]:
    """The table, parsed from its text."""
    read = []
    for line in TABLE.strip().splitlines():
        action, *words = line.split()
        read.append(Row(action, frozenset(words) & {*STATES}, frozenset(words) & {*ROLES}))
    return read


@pytest.fixture
def gallery(world: World) -> dict[str, Ref]:
    """One case in each state, brought there by real moves, and a reference for a new one."""
    records = {state.name: world.record() for state in CASE.states}
    load(world, with_intake(world.place.school, "11, 12"))
    world.open_campaign()
    cases = {state: world.case_of(record) for state, record in records.items()}
    world.do(cases["deferred"], "defer", world.student(records["deferred"]), fields=("XM",))
    world.at(on(2024, 11, 1, 9))
    reviewer = world.staff["reviewer"]
    world.do(cases["checked_ok"], "confirm", world.student(records["checked_ok"]))
    for state in ("discrepancy_raised", "under_review", "corrected", "rejected"):
        world.file(records[state], NAME)
    for state in ("under_review", "corrected", "rejected"):
        world.do(cases[state], "take_up", reviewer)
    world.settle_all(cases["corrected"], "corrected")
    world.do(cases["corrected"], "correct", reviewer, words="已更正")
    world.settle_all(cases["rejected"], "refused")
    world.do(cases["rejected"], "reject", reviewer, words="材料不足", refusal="evidence_does_not_prove")
    assert {state: world.case(case).state for state, case in cases.items()} == {s: s for s in records}
    return {**cases, NOWHERE: Ref("case")}


def people(world: World, record: str) -> dict[str, Actor]:
    """One person of every role. The student is the record's own."""
    staff = {role: world.staff[role] for role in GRANTED if role != "student"}
    return {**staff, "student": world.student(record), "system": SYSTEM, "visitor": VISITOR}


def ask(world: World, case: Ref, action: str, by: Actor, record: str) -> Verdict:
    """The engine's verdict on an attempt. A creating action gets the record."""
    details = {} if case.id else {"record": record, "campaign": None}
    return world.may(case, action, by, **details)


def test_the_table_names_every_action_there_is() -> None:
    """Nothing can be done to a case that the table does not know."""
    assert [row.action for row in rows()] == [action.name for action in CASE.actions]


def test_every_state_action_and_role_is_answered_as_the_table_says(
    world: World, gallery: dict[str, Ref]
) -> None:
    """The wrong role is refused without a word of the state, the wrong state to whose action it is; only they."""
    said, expected = {}, {}
    for state, case in gallery.items():
        record = world.case(case).record.id if case.id else world.record()
        for role, by in people(world, record).items():
            for row in rows():
                codes = {*ask(world, case, row.action, by, record).codes}
                said[state, row.action, role] = ("wrong_state" in codes, "not_your_role" in codes)
                theirs = role in row.roles
                expected[state, row.action, role] = (theirs and state not in row.states, not theirs)
    assert len(said) == len(STATES) * len(CASE.actions) * len(ROLES)
    assert said == expected


def test_what_is_offered_is_what_the_role_may_ever_do(world: World, gallery: dict[str, Ref]) -> None:
    """A page draws an action for whoever's it is, and only those; births are nobody's button."""
    for case in gallery.values():
        if not case.id:
            continue
        for role, by in people(world, world.case(case).record.id).items():
            with world.place.store.reading() as session:
                offered = {verdict.action for verdict in world.place.engine.available(session, case, by)}
            assert offered == {row.action for row in rows() if role in row.roles and row.action != "open"}


def test_the_button_and_the_door_say_the_same(world: World, gallery: dict[str, Ref]) -> None:
    """What is drawn as barred is barred for the same reasons when it is tried, whatever is handed in."""
    for state in ("not_checked", "under_review", "corrected"):
        case = gallery[state]
        for by in people(world, world.case(case).record.id).values():
            with world.place.store.reading() as session:
                offers = world.place.engine.available(session, case, by)
            for drawn in offers:
                if not drawn.allowed:
                    tried = world.refused(case, drawn.action, by)
                    assert tried.codes[: len(drawn.codes)] == drawn.codes
    assert {state: world.case(case).state for state, case in gallery.items() if case.id} == {
        state.name: state.name for state in CASE.states
    }


def test_every_reason_in_the_table_is_whole(world: World, gallery: dict[str, Ref]) -> None:
    """Whatever the door says to anybody has a code, a sentence without gaps, a rule and something to do."""
    seen = set()
    for state, case in gallery.items():
        record = world.case(case).record.id if case.id else world.record()
        for by in people(world, record).values():
            for row in rows():
                for reason in ask(world, case, row.action, by, record).reasons:
                    seen.add(reason.code)
                    assert reason.says
                    assert "{" not in reason.says
                    assert reason.rule
                    assert reason.remedy, (state, row.action, reason.code)
    assert len(seen) > 20
