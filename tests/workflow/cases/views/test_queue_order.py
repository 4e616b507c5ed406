"""What is due first stands first, in every list; views that people save; how far somebody is this evening."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.world import NAME, World
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.waits import fill_in, make_all
from workflow.cases.tables import Step, WaitsAt
from workflow.cases.views.queue.counts import facets
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.queue.evening import evening_of
from workflow.cases.views.queue.filter import DUE, OVERDUE, TODAY, WEEK, Filter
from workflow.cases.views.queue.lists import around, next_in_line, waiting
from workflow.cases.views.queue.saved import MOST, remove_view, rename_view, save_view, views_of
from workflow.engine import Ref
from workflow.permissions.granting import grant
from workflow.records.tables import Record
from workflow.school.profile import change, in_force
from workflow.verdict import Refused


@pytest.fixture
def due(world: World) -> dict[str, str]:
    """Five cases filed in one order and due in another, one of them by the service promise alone."""
    found, today = {}, world.clock.moment.date()
    days = {WEEK: 5, OVERDUE: -1, "later": 300, TODAY: 0, "promised": None}
    records = {name: world.record(fy=f"{name}学院") for name in days}
    world.open_campaign()
    for name, record in records.items():
        found[name] = world.file(record, NAME).subject
        world.at(world.clock.moment + timedelta(minutes=1))
    with world.place.store.writing() as session:
        for name, after in days.items():
            day = None if after is None else today + timedelta(days=after)
            session.execute(update(Step).where(Step.case_id == found[name]).values(due=day))
        session.execute(delete(WaitsAt))
    fill_in(world.place.store, world.place.engine, world.place.profile)
    return found


ORDER = (OVERDUE, TODAY, WEEK, "promised", "later")


def test_what_is_due_first_stands_first_wherever_one_goes_on(world: World, due: dict[str, str]) -> None:
    """The list page by page, the neighbours and the next in line have one order, and the days filter it."""
    wanted = [due[name] for name in ORDER]
    with world.place.store.reading() as session:
        desk = desk_of(world.place.engine, session, world.staff["reviewer"], world.clock.moment)
        seen: list[str] = []
        while page := waiting(session, desk, Filter(), after=seen[-1] if seen else "", limit=2):
            seen += [line.case for line in page]
        before, onward = around(session, desk, Filter(), wanted[2], limit=2)
        ahead = next_in_line(session, desk, Filter(), after=wanted[3])
        by_day = {word: waiting(session, desk, Filter(due=word)) for word in DUE}
        found = facets(session, desk, Filter())
    assert seen == wanted
    assert [line.case for line in (*before, *onward)] == wanted[1:4]
    assert [one.case for one in ahead] == [wanted[4], *wanted[:3]]
    assert {word: [line.case for line in lines] for word, lines in by_day.items()} == {
        OVERDUE: wanted[:1],
        TODAY: wanted[1:2],
        WEEK: wanted[1:3],
    }
    assert found.of["due"] == {OVERDUE: 1, TODAY: 1, WEEK: 2} and found.of["field"] == {"XM": 5}


def test_a_line_follows_the_record_to_another_college(world: World, due: dict[str, str]) -> None:
    """Whatever writes a record's college, its cases are found by the new one and not by the old."""
    with world.place.store.writing() as session:
        record = world.case(due[TODAY]).record.id
        session.execute(update(Record).where(Record.id == record).values(fy="另一学院"))
    with world.place.store.reading() as session:
        desk = desk_of(world.place.engine, session, world.staff["reviewer"], world.clock.moment)
        there = [one.case for one in waiting(session, desk, Filter(college="另一学院"))]
        assert (there, waiting(session, desk, Filter(college=f"{TODAY}学院"))) == ([due[TODAY]], [])


def test_a_line_is_what_would_be_made_anew_of_its_case(world: World, due: dict[str, str]) -> None:
    """A question, the days of a freeze and the school's present promise stand in the lines as in the case."""
    case, place, at = Ref("case", due["promised"]), world.place, world.clock.moment
    with place.store.writing() as session:
        promise = replace(place.profile, working_days=3)
        change(session, world.staff["registrar"], in_force(session).version, promise, at)
    place.profile_at_hand.drop()
    world.do(case, "take_up", world.staff["reviewer"])
    assert lines(world) == lines(world, anew=True)
    assert lines(world)[case.id] == [place.school.calendar.working_days_after(at.date(), 3).isoformat()]
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("explanation", "", "请说明"),))
    last = [*lines(world)[case.id]]
    with place.store.writing() as session:
        record = world.case(case).record.id
        said = {"record": record, "kind": "freeze", "campaign": "", "words": "待查"}
        grant(place.engine, session, world.staff["registrar"], until=at + timedelta(days=14), **said)
    assert lines(world)[case.id] > last
    assert lines(world) == lines(world, anew=True)


def lines(world: World, *, anew: bool = False) -> dict[str, list[str]]:
    """The due days in the lines of each case: as they are kept, or as they would be made anew now."""
    place, found = world.place, dict[str, list[str]]()
    with suppress(LookupError), place.store.writing() as session:
        if anew:
            texts = session.scalars(select(WaitsAt.policy).distinct()).all()
            session.execute(delete(WaitsAt))
            make_all(session, place.engine, texts, place.profile)
        for id, day in session.execute(select(WaitsAt.case_id, WaitsAt.due).order_by(WaitsAt.due)):
            found.setdefault(id, []).append(day)
        raise LookupError  # nothing of it stays
    return found


def test_a_view_is_saved_once_renamed_and_removed_by_its_person_alone(world: World) -> None:
    """Names are short, can be seen, and one's own once; a view without a filter and one too many are refused."""
    mine, other, place = world.staff["reviewer"], world.staff["other_reviewer"], world.place
    chosen, at = Filter(due=WEEK, college="软件学院"), world.clock.moment

    def save(name: str, wanted: Filter = chosen) -> None:
        with place.store.writing() as session:
            save_view(session, mine, name, wanted, at, place.entropy)

    def refused(what: Callable[[], None]) -> tuple[str, ...]:
        with pytest.raises(Refused) as no:
            what()
        return no.value.codes

    save(" 软件\u200b  本\u202e周\x07 ")
    save("软件 本周")
    with place.store.reading() as session:
        (view,) = views_of(session, mine.person)
        assert (view.name, view.said, views_of(session, other.person)) == ("软件 本周", chosen.said(), ())
    assert refused(lambda: save("软件 本周", Filter(due=TODAY))) == ("view_name_taken",)
    assert refused(lambda: save("长" * 21, Filter())) == ("view_filters_nothing", "view_name_too_long")
    assert refused(lambda: save(" \u200b\x07")) == ("view_name_missing",)
    with place.store.writing() as session:
        remove_view(session, other, view.id)
        rename_view(session, mine, view.id, "本周")
    with pytest.raises(Refused), place.store.writing() as session:
        rename_view(session, other, view.id, "别人的")
    for n in range(MOST - 1):
        save(f"视图{n}")
    assert refused(lambda: save("再一个")) == ("too_many_views",)
    with place.store.writing() as session:
        remove_view(session, mine, view.id)
    with place.store.reading() as session:
        assert {one.name for one in views_of(session, mine.person)} == {f"视图{n}" for n in range(MOST - 1)}


def test_an_evening_counts_ones_own_cases_and_no_breaks(world: World) -> None:
    """Since six o'clock each case once; the pace leaves out the pauses, and nobody else's cases count."""
    records = [world.record() for _ in range(8)]
    world.open_campaign()
    cases = [Ref("case", world.file(record, NAME).subject) for record in records]
    world.at(world.clock.moment.replace(hour=17, minute=50))
    for n, case in enumerate(cases):
        by = world.staff["other_reviewer" if n == 1 else "reviewer"]
        world.do(case, "take_up", by)
        world.settle_all(case, "refused", by, refusal="record_is_right")
        world.do(case, "reject", by, words="材料不足", refusal="record_is_right")
        world.at(world.clock.moment + (timedelta(minutes=30) if n == 1 else timedelta(minutes=2)))
    with world.place.store.reading() as session:
        mine = evening_of(session, world.staff["reviewer"], world.clock.moment)
        other = evening_of(session, world.staff["other_reviewer"], world.clock.moment)
    assert (mine.is_evening, mine.done, mine.pace) == (True, 6, timedelta(minutes=2))
    assert (other.done, other.pace) == (0, None)
