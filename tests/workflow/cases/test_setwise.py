"""A set-wise action gives the same result as the engine's single actions, one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.conftest import on
from tests.laws import holds
from tests.world import NAME, World
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Actor, Ref, Tally
from workflow.history.entry import Entry
from workflow.history.ledger import open_value
from workflow.history.tables import EntryRow, Opening
from workflow.notices.tables import Notice
from workflow.records.tables import Record
from workflow.verdict import Refused

MAY = on(2028, 5, 1, 0)


class Undone(Exception):
    """Raised to roll everything back."""


def picture(world: World, session: Session) -> dict[str, Any]:
    """Every case, done entry, opened value and notice, by record. Without random ids and salts."""
    cases = {case.id: case for case in session.scalars(select(Case))}
    record_of = {case.id: case.record_id for case in cases.values()}
    columns = [column.key for column in Case.__table__.columns if column.key != "id"]
    entries: dict[str, list[Any]] = {}
    rows = session.scalars(select(EntryRow).where(EntryRow.kind == "done").order_by(EntryRow.number))
    for row in rows:
        said = Entry.from_body(row.body).as_dict()
        said["values"] = sorted(said.get("values", {}))
        entries.setdefault(record_of.get(said.pop("subject"), "campaign"), []).append(said)
    openings = sorted(
        (
            record_of.get(opening.subject, ""),
            opening.number,
            opening.name,
            open_value(world.place.cipher, opening),
        )
        for opening in session.scalars(select(Opening))
    )
    notices = sorted(
        (notice.record_id, record_of[notice.subject], notice.event, notice.owed_at, notice.due_at)
        for notice in session.scalars(select(Notice))
    )
    return {
        "cases": {case.record_id: [getattr(case, name) for name in columns] for case in cases.values()},
        "entries": entries,
        "openings": openings,
        "notices": notices,
    }


def all_at_once(
    world: World, campaign: str, action: str, by: Actor, **details: Any
) -> tuple[Tally, dict[str, Any]]:
    """Perform a set-wise action, record the result, and roll it back."""
    seen: list[Any] = []
    with pytest.raises(Undone), world.place.store.writing() as session:
        scope = campaign_facts(session, campaign)
        seen.append(world.place.engine.perform_all(session, action, scope, by=by, **details))
        session.expire_all()
        seen.append(picture(world, session))
        raise Undone
    return seen[0], seen[1]


def one_by_one(world: World, tries: list[Callable[[], Entry]]) -> tuple[int, dict[str, Any]]:
    """Try each case through the engine. Returns the number allowed, and the result."""
    done = 0
    for attempt in tries:
        try:
            attempt()
            done += 1
        except Refused:
            pass
    with world.place.store.reading() as session:
        return done, picture(world, session)


def cases_of(world: World, campaign: str) -> list[Ref]:
    """Every case of a campaign."""
    with world.place.store.reading() as session:
        found = session.scalars(select(Case.id).where(Case.campaign_id == campaign).order_by(Case.id))
        return [Ref("case", id) for id in found]


def see(world: World, *records: str) -> None:
    """Mark these students' notices as seen."""
    with world.place.store.writing() as session:
        session.execute(
            update(Notice).where(Notice.record_id.in_(records)).values(seen_at=world.clock.moment)
        )


def alter(world: World, record: str, **columns: Any) -> None:
    """Change a record as an import does."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(**columns))


def test_opening_at_once_is_opening_one_by_one(world: World) -> None:
    """The same records get the same case, entry and notice, whoever is outside the cohort or has one already."""
    world.record()
    campaign = world.open_campaign()  # the first record already has a case
    records = [
        world.record(),
        world.record(cc="专升本", yjbyrq=date(2026, 7, 1)),
        world.record(xjzt="休学"),
        world.record(xjzt="退学"),
        world.record(xjzt="保留入学资格"),
        world.record(rxrq=date(2023, 9, 15)),
        world.record(rxrq=date(2025, 1, 1)),
        world.record(rxrq=date(2024, 1, 1)),
        world.record(rxrq=date(2024, 12, 31)),
        world.record(rxrq=None),
        world.record(cc="专科"),
        world.record(cc=None),
    ]
    tally, at_once = all_at_once(world, campaign, "open", SYSTEM)
    opening = [
        lambda record=record: world.do(Ref("case"), "open", SYSTEM, record=record, campaign=campaign)
        for record in ["1".zfill(32), *records]
    ]
    done, one_after_another = one_by_one(world, opening)
    assert (tally.done, tally.more, done) == (5, False, 5)
    assert at_once == one_after_another


def mixed(world: World, plan: str) -> tuple[str, dict[str, str]]:
    """A campaign with every kind of student action. Returns it, and the records by what they did."""
    kinds = ("silent", "untold", "excluded", "left", "confirmed", "filed", "withdrawn", "also silent")
    records = {kind: world.record() for kind in kinds}
    campaign = world.open_campaign(plan)
    case = {kind: world.case_of(record) for kind, record in records.items()}
    see(world, *(record for kind, record in records.items() if kind != "untold"))
    world.do(case["excluded"], "exclude", world.staff["registrar"], words="参军入伍", code="retained")
    world.do(case["confirmed"], "confirm", world.student(records["confirmed"]))
    world.file(records["filed"], NAME)
    world.file(records["withdrawn"], NAME)
    world.do(case["withdrawn"], "withdraw", world.student(records["withdrawn"]))
    alter(world, records["left"], xjzt="退学")
    return campaign, records


@holds("mark_deemed")
def test_deeming_at_once_is_deeming_one_by_one(final_world: World) -> None:
    """Who was told, is counted, is enrolled and said nothing is deemed; nobody else, either way."""
    world = final_world
    campaign, records = mixed(world, "final-2028")
    world.at(MAY)
    tally, at_once = all_at_once(world, campaign, "deem", SYSTEM)
    tries = [lambda case=case: world.do(case, "deem", SYSTEM) for case in cases_of(world, campaign)]
    done, one_after_another = one_by_one(world, tries)
    assert at_once == one_after_another
    assert tally.done == done == 3
    manner = {kind: at_once["cases"][record][_place("manner")] for kind, record in records.items()}
    assert {kind for kind, how in manner.items() if how == "deemed"} == {"silent", "also silent", "withdrawn"}
    assert manner["confirmed"] == "confirmed"


def _place(column: str) -> int:
    return [one.key for one in Case.__table__.columns if one.key != "id"].index(column)


@pytest.mark.parametrize("action", ["exclude", "include"])
def test_excluding_and_including_at_once_is_doing_it_one_by_one(final_world: World, action: str) -> None:
    """The same cases, the same words sealed beside each entry, the same code in each row."""
    world = final_world
    campaign, _ = mixed(world, "final-2028")
    registrar = world.staff["registrar"]
    details = {"words": "学籍异动"} | ({"code": "other"} if action == "exclude" else {})
    tally, at_once = all_at_once(world, campaign, action, registrar, **details)
    tries = [
        lambda case=case: world.do(case, action, registrar, **details) for case in cases_of(world, campaign)
    ]
    done, one_after_another = one_by_one(world, tries)
    assert at_once == one_after_another
    assert tally.done == done == {"exclude": 6, "include": 1}[action]


def test_a_set_wise_action_may_be_narrowed_to_some_cases(world: World) -> None:
    """Only the cases that are named, and among them only those that the guards let through."""
    for _ in range(4):
        world.record()
    campaign = world.open_campaign()
    chosen = [case.id for case in cases_of(world, campaign)[:2]]
    registrar = world.staff["registrar"]
    for expected in (2, 0):
        with world.place.store.writing() as session:
            tally = world.place.engine.perform_all(
                session,
                "exclude",
                campaign_facts(session, campaign),
                by=registrar,
                words="退学",
                code="left_school",
                only=chosen,
            )
        assert (tally.done, tally.more) == (expected, False)
    with world.place.store.reading() as session:
        assert set(session.scalars(select(Case.id).where(Case.excluded != ""))) == set(chosen)


def test_nobody_is_deemed_where_silence_means_nothing(world: World) -> None:
    """The freshmen's check ends, its silent cases stay unchecked, and trying to deem them does nothing."""
    record = world.record()
    campaign = world.open_campaign()
    see(world, record)
    world.at(on(2024, 11, 8, 0))
    with world.place.store.writing() as session:
        tally = world.place.engine.perform_all(session, "deem", campaign_facts(session, campaign), by=SYSTEM)
    assert (tally.done, tally.more) == (0, False)
    assert world.case(world.case_of(record)).state == "not_checked"


def test_nobody_is_deemed_before_the_last_second(final_world: World) -> None:
    """At the last second of the window a wave finds nobody; a second later it does."""
    world = final_world
    record = world.record()
    campaign = world.open_campaign("final-2028")
    see(world, record)
    for at, expected in ((on(2028, 4, 30, 23, 59, 59), 0), (MAY, 1)):
        world.at(at)
        with world.place.store.writing() as session:
            scope = campaign_facts(session, campaign)
            assert world.place.engine.perform_all(session, "deem", scope, by=SYSTEM).done == expected


def test_a_wave_done_in_pieces_is_the_wave_done_at_once(final_world: World) -> None:
    """Killed half-way and run again, every case is done once and none twice."""
    world = final_world
    records = [world.record() for _ in range(7)]
    campaign = world.open_campaign("final-2028")
    see(world, *records)
    world.at(MAY)
    _, at_once = all_at_once(world, campaign, "deem", SYSTEM)
    tallies = []
    for _ in range(4):
        with world.place.store.writing() as session:
            scope = campaign_facts(session, campaign)
            tally = world.place.engine.perform_all(session, "deem", scope, by=SYSTEM, at_most=3)
        tallies.append((tally.done, tally.more))
    assert tallies == [(3, True), (3, True), (1, False), (0, False)]
    with world.place.store.reading() as session:
        assert picture(world, session) == at_once


def test_a_wave_that_fails_leaves_no_case_half_done(world: World) -> None:
    """If the last row of a wave cannot be written, no row of it was."""
    for _ in range(3):
        world.record()
    campaign = world.open_campaign()
    with world.place.store.reading() as session:
        before = picture(world, session)
    with pytest.raises(Refused), world.place.store.writing() as session:
        scope = campaign_facts(session, campaign)
        world.place.engine.perform_all(
            session, "exclude", scope, by=world.staff["registrar"], words="退学", code="other"
        )
        world.place.engine.perform_all(
            session, "exclude", scope, by=world.staff["registrar"], words="", code="other"
        )
    with world.place.store.reading() as session:
        assert picture(world, session) == before


@pytest.mark.parametrize("role", ["student", "officer", "reviewer", "auditor", "administrator"])
def test_a_wave_belongs_to_its_roles(world: World, role: str) -> None:
    """Who may not exclude one may not exclude all."""
    record = world.record()
    campaign = world.open_campaign()
    by = world.student(record) if role == "student" else world.staff[role]
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        scope = campaign_facts(session, campaign)
        world.place.engine.perform_all(session, "exclude", scope, by=by, words="退学", code="other")
    assert no.value.codes == ("not_your_role",)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Case.excluded != "")) == 0
