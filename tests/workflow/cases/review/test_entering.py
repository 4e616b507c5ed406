"""The worksheet of the platform: what waits only to be entered, and many entries by one press."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.entering import Entered, Ticked, enter_all
from workflow.cases.review.steps import ready
from workflow.cases.views.queue.desk import Desk, desk_of
from workflow.cases.views.to_enter import (
    EntryCounts,
    RowToEnter,
    Sifted,
    count_to_enter,
    named_rows,
    to_enter,
)
from workflow.engine import Actor, Ref
from workflow.history.tables import EntryRow
from workflow.people.standing_in import declare
from workflow.records.tables import Record
from workflow.records.values import values_of

TODAY = date(2024, 10, 25)
WHOLE = Sifted()

NUMBER = ClaimFiled("XH", "school_data", "240199999")


def approved(world: World, *claims: ClaimFiled, **columns: str) -> Ref:
    """A case whose check is passed by a reviewer, so that it only waits to be entered."""
    case, by = Ref("case", world.file(world.record(**columns), *claims).subject), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.do(case, "pass_step", by, step=ready(world.case(case))[0].step.id)
    return case


def desk(world: World, who: str = "reviewer") -> Desk:
    """The lists of somebody of the staff."""
    with world.place.store.reading() as session:
        return desk_of(world.place.engine, session, world.staff[who], world.clock.moment)


def rows(world: World, chosen: Sifted = WHOLE, **more: object) -> list[RowToEnter]:
    """The worksheet of the reviewer."""
    with world.place.store.reading() as session:
        return to_enter(session, desk(world), world.place.cipher, chosen, **more)  # type: ignore[arg-type]


def counts(world: World) -> EntryCounts:
    """The counts of the reviewer's worksheet."""
    with world.place.store.reading() as session:
        return count_to_enter(session, desk(world))


def enter(
    world: World, *ticked: Ticked, day: date | None = TODAY, by: Actor | None = None, key: str = "k"
) -> Entered:
    """One press of the reviewer."""
    who = by or world.staff["reviewer"]
    return enter_all(world.place.engine, world.place.store, ticked, day, "", by=who, key=key)


def ticked(world: World, *cases: Ref) -> list[Ticked]:
    """Ticks at the versions of now."""
    return [Ticked(case.id, world.case(case).version) for case in cases]


def entries(world: World) -> list[tuple[str, str]]:
    """The entries written so far that see or close, refused attempts left out."""
    with world.place.store.reading() as session:
        asked = select(EntryRow.subject, EntryRow.action).where(
            EntryRow.action.in_(("see", "correct")), EntryRow.number.is_not(None)
        )
        return [(row.subject, row.action) for row in session.execute(asked.order_by(EntryRow.id))]


def reasons(entered: Entered) -> dict[str, tuple[str, ...]]:
    """Why cases were left, by case."""
    return {one.case: one.verdict.codes for one in entered.left}


def test_the_worksheet_is_in_the_order_of_the_platforms_search(world: World) -> None:
    """By student number, else by candidate number, page after page, counted by college and field."""
    late = approved(world, NAME, xh="2409", fy="软件学院")
    unnumbered = approved(world, NAME, xh=None, ksh="2405")
    first = approved(world, NAME, NUMBER, xh="2401")
    world.file(world.record(xh="2400"), NAME)
    page = rows(world)
    assert [row.case for row in page] == [first.id, unnumbered.id, late.id]
    assert [(one.field, one.new) for one in page[0].changes] == [("XH", "240199999"), ("XM", "测试甲")]
    assert page[0].changes[1].old == page[0].name and not page[0].moved
    assert [row.case for row in rows(world, limit=2)] == [first.id, unnumbered.id]
    assert [row.case for row in rows(world, after=unnumbered.id)] == [late.id]
    assert [row.case for row in rows(world, Sifted("XH"))] == [first.id]
    assert [row.case for row in rows(world, Sifted("XM", "软件学院"))] == [late.id]
    said = counts(world)
    assert (said.cases, said.more, dict(said.colleges)) == (3, False, {"测试学院": 2, "软件学院": 1})
    assert dict(said.fields) == {"XM": 3, "XH": 1}


def test_many_are_entered_by_one_press_and_the_same_press_again_writes_nothing(world: World) -> None:
    """Each case is seen, closed and written into its record once, however often the form arrives."""
    cases = [approved(world, NAME) for _ in range(5)]
    ticks = ticked(world, *cases)
    begun = enter(world, *ticks[:2])
    done = enter(world, *ticks)
    assert begun.cases == tuple(case.id for case in cases[:2])
    assert done.cases == done.closed == tuple(case.id for case in cases) and not done.left
    assert entries(world) == [(case.id, action) for case in cases for action in ("see", "correct")]
    assert {world.case(case).state for case in cases} == {"corrected"} and rows(world) == []
    with world.place.store.reading() as session:
        record = world.case(cases[0]).record.id
        assert values_of(session, world.place.cipher, record, ["XM"]) == {"XM": "测试甲"}
    other = enter(world, ticks[0], day=TODAY - timedelta(days=1))
    assert reasons(other) == {cases[0].id: ("key_reused",)}


def test_one_bad_row_stops_nothing(world: World) -> None:
    """Withdrawn, held, changed, not there, too early: each is left with its reasons, the rest is entered."""
    cases = good, withdrawn, held, changed, later = [approved(world, NAME) for _ in range(5)]
    ticks = ticked(world, *cases)
    world.do(withdrawn, "withdraw", world.student(world.case(withdrawn).record.id))
    world.do(held, "hold", world.staff["other_reviewer"])
    world.do(changed, "hold", world.staff["reviewer"])
    said = reasons(enter(world, *ticks, Ticked("0" * 32, 1)))
    assert set(said) == {withdrawn.id, held.id, changed.id, "0" * 32}
    assert {"changed_meanwhile", "wrong_state"} <= set(said[withdrawn.id])
    assert {"changed_meanwhile", "held_by_another"} == set(said[held.id])
    assert (said[changed.id], said["0" * 32]) == (("changed_meanwhile",), ("no_such_subject",))
    assert world.case(good).state == world.case(later).state == "corrected"
    assert [row.case for row in rows(world)] == [held.id, changed.id]
    with world.place.store.reading() as session:
        left = named_rows(session, desk(world), said)
    assert {row.case for row in left} == {withdrawn.id, held.id, changed.id}


def test_the_day_is_between_the_filing_and_today(world: World) -> None:
    """A day before the filing, one that has not come and none at all enter nothing."""
    case = approved(world, NAME)
    for day, code in (
        (date(2024, 10, 1), "seen_before_filing"),
        (date(2030, 1, 1), "seen_in_the_future"),
        (None, "not_seen_on_platform"),
    ):
        assert reasons(enter(world, *ticked(world, case), day=day)) == {case.id: (code,)}
    assert world.case(case).state == "under_review" and entries(world) == []


def test_a_case_with_more_to_decide_is_entered_and_stays_open(world: World) -> None:
    """Only what was approved is entered; the case is closed by nobody before its other item is decided."""
    case, by = approved(world, NAME), world.staff["reviewer"]
    both = Ref("case", world.file(world.record(), NAME, NUMBER).subject)
    world.do(both, "take_up", by)
    claims = {claim.field: claim.id for claim in world.case(both).claims}
    world.do(both, "pass_step", by, step=ready(world.case(both))[0].step.id, only=(claims["XM"],))
    assert [row.case for row in rows(world)] == [case.id]
    done = enter(world, *ticked(world, both))
    assert (done.cases, done.closed) == ((both.id,), ())
    assert {claim.field: claim.outcome for claim in world.case(both).claims} == {"XM": "corrected", "XH": ""}


def test_a_relatives_case_is_on_no_worksheet_and_cannot_be_entered(world: World) -> None:
    """Who declared a relation after approving it finds neither row nor count, and the press names nothing."""
    case, by = approved(world, NAME), world.staff["reviewer"]
    ticks = ticked(world, case)
    with world.place.store.writing() as session:
        declare(session, by, world.case(case).record.id, world.clock.moment, world.place.entropy)
    assert (rows(world), counts(world).cases) == ([], 0)
    left = enter(world, *ticks).left
    assert [one.verdict.stranger for one in left] == [True]
    with world.place.store.reading() as session:
        assert named_rows(session, desk(world), [case.id]) == []


def test_a_record_that_changed_since_the_filing_is_looked_at_first(world: World) -> None:
    """The row names what stands there now, and the press leaves the case to its page."""
    case = approved(world, NAME)
    with world.place.store.writing() as session:
        session.get_one(Record, world.case(case).record.id).xm = "测试丙"
    (row,) = rows(world)
    assert row.moved and row.changes[0].now == "测试丙"
    assert reasons(enter(world, *ticked(world, case))) == {case.id: ("base_moved",)}
