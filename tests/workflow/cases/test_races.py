"""Many at once on one thing: one wins, every other is told why, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.world import CAMPAIGN, NAME, World
from workflow.campaigns.opening import open_campaign
from workflow.cases.filing.file import file
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Case, Claim
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.people.accounts import add_person
from workflow.verdict import Refused

THREADS = 16
DEFINITE = {"wrong_state", "held_by_another", "changed_meanwhile", "not_held_by_you"}


def race(*runners: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment. Returns each result or refusal; any other exception is raised."""
    start = Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        start.wait(30)
        try:
            return runner()
        except Refused as no:
            return no

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def parted(results: Sequence[Any]) -> tuple[list[Any], list[Refused]]:
    """The results that succeeded, and the refusals."""
    return (
        [result for result in results if not isinstance(result, Refused)],
        [result for result in results if isinstance(result, Refused)],
    )


def holds_together(world: World, case: str) -> None:
    """Assert that the case's history replays to its state, without gaps or duplicates in its versions."""
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        proof = verify(session, tables, world.place.cipher)
        numbers = session.scalars(
            select(EntryRow.number).where(EntryRow.subject == case, EntryRow.kind == "done")
        ).all()
        version = session.scalar(select(Case.version).where(Case.id == case))
    assert proof.holds, proof.faults
    assert sorted(number or 0 for number in numbers) == list(range(1, (version or 0) + 1))


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's case."""
    return world.case_of(record)


@pytest.fixture
def reviewers(world: World) -> list[Actor]:
    """Sixteen reviewers."""
    with world.place.store.writing() as session:
        return [
            Actor(
                add_person(
                    session,
                    f"审核人{n}",
                    "reviewer",
                    "",
                    SYSTEM.person,
                    world.clock.moment,
                    world.place.entropy,
                ).id,
                "reviewer",
            )
            for n in range(THREADS)
        ]


def test_sixteen_reviewers_take_up_one_case(
    world: World, record: str, case: Ref, reviewers: list[Actor]
) -> None:
    """One holds it; fifteen are told that it is in other hands, and each of their tries is remembered."""
    world.file(record, NAME)
    won, lost = parted(race(*(lambda by=by: world.do(case, "take_up", by) for by in reviewers)))
    assert len(won) == 1
    assert len(lost) == THREADS - 1
    assert all(set(no.codes) <= DEFINITE and no.codes for no in lost)
    assert world.case(case).holder == won[0].actor
    with world.place.store.reading() as session:
        remembered = session.scalar(select(func.count()).where(EntryRow.kind == "refused"))
    assert remembered == THREADS - 1
    holds_together(world, case.id)


def test_one_claim_is_approved_and_refused_at_once(world: World, record: str, case: Ref) -> None:
    """Of sixteen clicks on the same version, half one way and half the other, one counts."""
    world.file(record, NAME)
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    claim = world.case(case).claims[0].id
    for step in world.case(case).steps[:-1]:
        world.do(case, "pass_step", reviewer, step=step.id)
    seen = world.case(case).version
    ways: tuple[tuple[str, dict[str, Any]], ...] = (
        ("see", {"step": world.case(case).steps[-1].id, "seen_on": date(2024, 10, 25)}),
        ("settle", {"claim": claim, "outcome": "refused", "words": "材料不足", "refusal": "record_is_right"}),
    )
    won, lost = parted(
        race(
            *(
                lambda how=ways[n % 2]: world.do(case, how[0], reviewer, expected=seen, **how[1])
                for n in range(THREADS)
            )
        )
    )
    assert len(won) == 1
    assert all("changed_meanwhile" in no.codes for no in lost)
    assert f"XM:{world.case(case).claims[0].outcome}" in won[0].codes
    holds_together(world, case.id)


@pytest.mark.parametrize("outcome", ["corrected", "refused"])
def test_one_case_is_closed_once(world: World, record: str, case: Ref, outcome: str) -> None:
    """Sixteen times the same decision on the same version is one decision, one correction, one notice."""
    world.file(record, NAME)
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, outcome)
    seen = world.case(case).version
    tries = [
        lambda action=action, more=more: world.do(
            case, action, reviewer, expected=seen, words="已核对", **more
        )
        for action, more in (("correct", {}), ("reject", {"refusal": "record_is_right"})) * (THREADS // 2)
    ]
    won, lost = parted(race(*tries))
    assert [entry.action for entry in won] == [{"corrected": "correct", "refused": "reject"}[outcome]]
    assert len(lost) == THREADS - 1
    holds_together(world, case.id)


def test_a_student_withdraws_while_a_reviewer_settles(world: World, record: str, case: Ref) -> None:
    """Whoever comes first wins; the other reads what happened, and no settled claim is ever withdrawn."""
    world.file(record, NAME)
    reviewer, student = world.staff["reviewer"], world.student(record)
    world.do(case, "take_up", reviewer)
    claim = world.case(case).claims[0].id
    won, lost = parted(
        race(
            lambda: world.do(case, "withdraw", student),
            lambda: world.do(
                case,
                "settle",
                reviewer,
                claim=claim,
                outcome="refused",
                words="材料不足",
                refusal="record_is_right",
            ),
        )
    )
    assert len(won) == len(lost) == 1
    with world.place.store.reading() as session:
        outcome = session.scalar(select(Claim.outcome).where(Claim.id == claim))
    assert (won[0].action, outcome) in {("withdraw", "withdrawn"), ("settle", "refused")}
    holds_together(world, case.id)


def test_one_filing_sent_sixteen_times_at_once_is_filed_once(world: World, record: str, case: Ref) -> None:
    """Every one of the sixteen gets the same receipt: same key, same body, same answer."""
    by, papers = world.student(record), (world.paper(record),)

    def send() -> Entry:
        with world.place.store.writing() as session:
            return file(world.place.engine, session, record, by, (NAME,), papers, key="one click")

    entries = race(*[send] * THREADS)
    assert {entry.body for entry in entries} == {entries[0].body}
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Claim)) == 1
    holds_together(world, case.id)


def test_two_cases_race_for_one_field(world: World, record: str, case: Ref) -> None:
    """The same field filed in two cases of one record at once: one claim is open, the other is refused."""
    own = Ref("case", world.do(Ref("case"), "open", SYSTEM, record=record, campaign=None).subject)
    by = world.student(record)
    papers = {ref.id: (world.paper(record),) for ref in (case, own)}
    won, lost = parted(
        race(
            *(
                lambda ref=ref: world.do(ref, "raise", by, claims=(NAME,), papers=papers[ref.id])
                for ref in (case, own)
            )
        )
    )
    assert len(won) == len(lost) == 1
    assert lost[0].codes == ("field_has_open_claim",)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Claim.ended_at.is_(None))) == 1
    holds_together(world, won[0].subject)


def test_eight_filings_outside_a_campaign_leave_one_case(world: World) -> None:
    """The others are refused, and the cases that were opened for them are gone."""
    record = world.record()
    by = world.student(record)
    papers = [(world.paper(record),) for _ in range(8)]

    def send(mine: tuple[str, ...]) -> Entry:
        with world.place.store.writing() as session:
            return file(world.place.engine, session, record, by, (NAME,), mine)

    won, lost = parted(race(*(lambda mine=mine: send(mine) for mine in papers)))
    assert len(won) == 1
    assert {no.codes for no in lost} == {("field_has_open_claim",)}
    with world.place.store.reading() as session:
        assert session.scalars(select(Case.id).where(Case.record_id == record)).all() == [won[0].subject]
    holds_together(world, won[0].subject)


def test_a_record_gets_one_case_however_many_open_it(world: World, record: str, case: Ref) -> None:
    """A late arrival whose case is opened from eight sides has one, and seven answers say so."""
    campaign, late = world.case(case).campaign, world.record()
    assert campaign is not None
    opening = {"record": late, "campaign": campaign.id}
    won, lost = parted(race(*[lambda: world.do(Ref("case"), "open", SYSTEM, **opening)] * 8))
    assert len(won) == 1
    assert {no.codes for no in lost} == {("case_exists",)}


def test_two_registrars_open_one_campaign_at_once(world: World) -> None:
    """Both run to their end or are told why not; every record has exactly one case."""
    for _ in range(20):
        world.record()
    registrar = world.staff["registrar"]
    place = world.place
    race(*[lambda: open_campaign(place.engine, place.store, CAMPAIGN, registrar)] * 4)
    with place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 20
        assert session.scalar(select(func.count(func.distinct(Case.record_id)))) == 20
    holds_together(world, world.case_of("1".zfill(32)).id)


def test_a_wave_and_the_students_it_concerns_meet(world: World) -> None:
    """While the registrar excludes forty cases their students confirm: each case is one or both, in order."""
    records = [world.record() for _ in range(40)]
    campaign = world.open_campaign()
    cases = {record: world.case_of(record) for record in records}
    students = {record: world.student(record) for record in records}
    registrar, place = world.staff["registrar"], world.place

    def exclude() -> int:
        with place.store.writing() as session:
            scope = campaign_facts(session, campaign)
            return place.engine.perform_all(
                session, "exclude", scope, by=registrar, words="参军入伍", code="retained"
            ).done

    def confirm(mine: list[str]) -> list[str]:
        done = []
        for record in mine:
            try:
                done.append(world.do(cases[record], "confirm", students[record]).subject)
            except Refused as no:
                assert set(no.codes) <= {"is_excluded", "changed_meanwhile"}
        return done

    excluded, *confirmed = race(exclude, *(lambda mine=records[n::4]: confirm(mine) for n in range(4)))
    assert excluded == 40
    with place.store.reading() as session:
        rows = session.execute(select(Case.id, Case.state, Case.excluded)).all()
    assert all(row.excluded for row in rows)
    assert {row.id for row in rows if row.state == "checked_ok"} == {id for done in confirmed for id in done}
    for case in cases.values():
        holds_together(world, case.id)
