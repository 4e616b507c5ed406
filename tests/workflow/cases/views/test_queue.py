"""What waits for a reviewer: oldest first, filtered as they work, and the next one that nobody holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from config.policy import load_school
from tests.editing import edited, load
from tests.schools import world_with_steps
from tests.world import NAME, World
from workflow.campaigns.colleges.roll import roll
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.press import take_next
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.tables import Case, Question, WaitsAt
from workflow.cases.views.desk_case import read_filed
from workflow.cases.views.just_done import just_done
from workflow.cases.views.lookup import names_of
from workflow.cases.views.queue.counts import count, facets
from workflow.cases.views.queue.desk import OTHERS, Desk, desk_of
from workflow.cases.views.queue.filter import FREE, MINE, Filter
from workflow.cases.views.queue.lines import Listed
from workflow.cases.views.queue.lists import around, decided_lately, next_in_line, waiting
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person, end_role, give_role, student_of
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.people.standing_in import declare, stand_in
from workflow.people.tables import Grant
from workflow.store import Store

HOUR = timedelta(hours=1)
ALL = Filter()
REFUSAL = {"words": "材料不足", "refusal": "record_is_right"}


@pytest.fixture
def filed(world: World) -> list[str]:
    """Five cases of two colleges, filed an hour apart, the last two in the same second."""
    records = [world.record(fy="软件学院" if n % 2 else "测试学院") for n in range(5)]
    world.open_campaign()
    found = []
    for n, record in enumerate(records):
        found.append(world.file(record, NAME).subject)
        if n < 3:
            world.at(world.clock.moment + HOUR)
    return found[:3] + sorted(found[3:])


def desk(world: World, who: str | Actor = "reviewer") -> Desk:
    """The desk whose queue it is."""
    by = world.staff[who] if isinstance(who, str) else who
    with world.place.store.reading() as session:
        return desk_of(world.place.engine, session, by, world.clock.moment)


def listed(world: World, chosen: Filter = ALL, **more: object) -> list[Listed]:
    """The queue that a reviewer sees now."""
    with world.place.store.reading() as session:
        return waiting(session, desk(world), chosen, **more)  # type: ignore[arg-type]


def cases_in(lines: list[Listed]) -> list[str]:
    """The case ids of these lines, in order."""
    return [line.case for line in lines]


def decide(world: World, id: str) -> None:
    """Take a case up and refuse it."""
    case = Ref("case", id)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], **REFUSAL)


def test_who_filed_first_is_first(world: World, filed: list[str]) -> None:
    """The desk sees the oldest filing at the top, with name, fields, college and nobody's number."""
    lines = listed(world)
    assert cases_in(lines) == filed
    assert (lines[0].fields, lines[0].college) == (("XM",), "测试学院")
    assert lines[0].name.startswith("测试")
    assert lines[0].state == "discrepancy_raised"


def test_pages_follow_each_other_without_gap_or_double(world: World, filed: list[str]) -> None:
    """Page by page, even where two filed in the same second, everybody is seen once."""
    seen: list[str] = []
    while page := listed(world, after=seen[-1] if seen else "", limit=2):
        seen += cases_in(page)
    assert seen == filed
    assert cases_in(listed(world, after="f" * 32)) == filed


def test_a_taken_up_case_names_its_holder_and_waits_on(world: World, filed: list[str]) -> None:
    """It keeps its place in the queue; a decided one leaves it."""
    reviewer = world.staff["reviewer"]
    world.do(Ref("case", filed[0]), "take_up", reviewer)
    with world.place.store.reading() as session:
        assert names_of(session, [reviewer.person]) == {reviewer.person: "测试审核人"}
    first = listed(world)[0]
    assert first.by_name == "测试审核人" and first.held(world.clock.moment)
    assert not first.held(world.clock.moment + HOUR)
    world.settle_all(Ref("case", filed[0]), "refused")
    world.do(Ref("case", filed[0]), "reject", reviewer, **REFUSAL)
    assert cases_in(listed(world)) == filed[1:]
    with world.place.store.reading() as session:
        assert cases_in(decided_lately(session, desk(world))) == [filed[0]]


def test_the_decisions_of_today_are_listed_latest_first(world: World, filed: list[str]) -> None:
    """What was decided last stands at the top, where it can be undone, with who decided it."""
    for id in filed[:3]:
        decide(world, id)
        world.at(world.clock.moment + HOUR)
    with world.place.store.reading() as session:
        assert cases_in(decided_lately(session, desk(world))) == filed[2::-1]
        latest = decided_lately(session, desk(world), limit=1)
    assert cases_in(latest) == [filed[2]] and latest[0].by_name == "测试审核人"


def test_a_filter_lets_through_what_it_names_and_the_counts_agree(world: World, filed: list[str]) -> None:
    """Mine, free, field and college, alone and together: the number that is said is the number that is shown."""
    record = world.record(fy="软件学院")
    world.at(world.clock.moment + HOUR)
    world.do(Ref("case", filed[1]), "take_up", world.staff["reviewer"])
    world.do(Ref("case", filed[2]), "take_up", world.staff["other_reviewer"])
    number = world.file(record, ClaimFiled("XH", "school_data", "240199999")).subject
    wanted = {
        Filter(who=MINE): [filed[1]],
        Filter(who=FREE): [filed[0], *filed[3:], number],
        Filter(field="XH"): [number],
        Filter(college="软件学院", field="XM"): [
            id for id in filed if world.case(id).record.fy == "软件学院"
        ],
        Filter(who=MINE, field="XH"): [],
        ALL: [*filed, number],
    }
    for chosen, expected in wanted.items():
        with world.place.store.reading() as session:
            counts, found = count(session, desk(world)), facets(session, desk(world), chosen)
        assert cases_in(listed(world, chosen)) == expected
        assert found.chosen == len(expected)
        assert (counts.turn, counts.mine, counts.free) == (6, 1, 4)


def test_a_hold_that_ran_out_is_nobodys(world: World, filed: list[str]) -> None:
    """Until the last second it is mine, afterwards it is free again."""
    world.do(Ref("case", filed[0]), "take_up", world.staff["reviewer"])
    until = world.row(filed[0]).held_until
    assert until is not None
    world.at(until - timedelta(seconds=1))
    assert cases_in(listed(world, Filter(who=MINE))) == [filed[0]]
    world.at(until)
    assert listed(world, Filter(who=MINE)) == []
    assert filed[0] in cases_in(listed(world, Filter(who=FREE)))


def test_an_empty_queue_counts_nothing(world: World) -> None:
    """Before anybody files there are no cases and no colleges to choose from."""
    with world.place.store.reading() as session:
        counts, found = count(session, desk(world)), facets(session, desk(world), ALL)
    assert (counts.turn, counts.mine, counts.free, found.chosen, found.colleges) == (0, 0, 0, 0, ())


def test_a_case_stands_between_its_neighbours_with_their_names(world: World, filed: list[str]) -> None:
    """One before it and those behind it in the order of the list; a decided one keeps its place between them."""
    me = desk(world)

    def neighbours(id: str) -> tuple[list[Listed], list[Listed]]:
        with world.place.store.reading() as session:
            return around(session, me, ALL, id, limit=3)

    for place, id in enumerate(filed):
        before, onward = neighbours(id)
        assert cases_in(before) == filed[max(place - 1, 0) : place]
        assert cases_in(onward) == filed[place : place + 3]
        assert all(line.name.startswith("测试") for line in (*before, *onward))
    decide(world, filed[2])
    before, onward = neighbours(filed[2])
    assert (cases_in(before), cases_in(onward)) == ([filed[1]], filed[3:])


def test_a_case_stands_among_its_neighbours_whatever_is_filtered(world: World, filed: list[str]) -> None:
    """Who goes through the free ones sees the one in hand between those that are free."""
    world.do(Ref("case", filed[1]), "take_up", world.staff["reviewer"])
    me = desk(world)
    with world.place.store.reading() as session:
        before, onward = around(session, me, Filter(who=FREE), filed[1], limit=2)
    assert (cases_in(before), cases_in(onward)) == ([filed[0]], [filed[1], filed[2]])


def test_the_next_one_is_free_and_behind_this_one_before_it_is_an_older_one(
    world: World, filed: list[str]
) -> None:
    """Who goes on from the third meets the fourth, and comes round to what was left behind."""
    world.do(Ref("case", filed[3]), "take_up", world.staff["other_reviewer"])
    world.do(Ref("case", filed[0]), "take_up", world.staff["reviewer"])
    world.do(Ref("case", filed[0]), "release", world.staff["reviewer"])
    with world.place.store.reading() as session:
        me = desk(world)
        behind = next_in_line(session, me, ALL, after=filed[2])
        oldest = next_in_line(session, me, ALL)
        mine = next_in_line(session, desk(world, "other_reviewer"), Filter(who=MINE))
    assert [(one.case, one.action) for one in behind] == [
        (filed[4], "take_up"),
        (filed[0], "hold"),
        (filed[1], "take_up"),
    ]
    assert oldest[0].case == filed[0]
    assert [(one.case, one.action) for one in mine] == [(filed[3], "")]


def test_a_case_is_read_with_whom_it_is_about_and_who_works_on_it(world: World, filed: list[str]) -> None:
    """Names of student, holder and decider come with it; what was never filed is not there."""
    world.do(Ref("case", filed[0]), "take_up", world.staff["reviewer"])
    with world.place.store.reading() as session:
        read = read_filed(session, filed[0])
        assert read is not None and read_filed(session, "0" * 32) is None
    assert (read.name, read.number, read.holder_name) == ("测试001", "240100001", "测试审核人")
    assert read.held(world.clock.moment) and not read.has_photo and read.facts.campaign
    unfiled = world.record()
    world.open_campaign("freshman-2024")
    with world.place.store.reading() as session:
        assert read_filed(session, world.case_of(unfiled).id) is None


def test_only_who_acted_is_told_what_was_just_done(world: World, filed: list[str]) -> None:
    """The line on the next page is for who acted, follows their last act, and never offers to undo twice."""
    decide(world, filed[0])
    me, other = world.staff["reviewer"].person, world.staff["other_reviewer"].person
    calendar = world.place.school.calendar
    with world.place.store.reading() as session:
        done = just_done(session, filed[0], me, calendar)
        assert just_done(session, filed[0], other, calendar) is None
    assert done is not None and done.version == world.case(filed[0]).version
    assert done.decided_at is not None and done.fields == ("XM",)
    world.do(Ref("case", filed[0]), "undo", world.staff["reviewer"])
    with world.place.store.reading() as session:
        done = just_done(session, filed[0], me, calendar)
    assert done is not None and (done.action, done.decided_at, done.turn.who) == ("undo", None, "reviewers")


# -- what is free is what the engine lets them take -------------------------------------------------------


@pytest.fixture
def stepping(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school in which a name takes two pairs of eyes, and the archive looks at photos."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def stands_in(world: World, other: str, absent: str) -> Actor:
    """Let one stand in for another today; returns the stand-in acting for them."""
    at, day = world.clock.moment, world.clock.moment.date()
    by, mine = world.staff["administrator"], world.staff[other]
    with world.place.store.writing() as session:
        stand_in(session, world.staff[absent].person, mine.person, day, day, by, at, world.place.entropy)
    return Actor(mine.person, world.staff[absent].role, world.staff[absent].person)


def next_for(world: World, who: str = "reviewer") -> str:
    """The case that somebody who takes the next one gets."""
    place, by = world.place, world.staff[who]
    return take_next(place.engine, place.store, ALL, by=by, key=f"{world.clock.moment}{who}")


def test_who_comes_back_from_leave_is_not_offered_the_second_look_at_what_was_passed_for_them(
    stepping: World,
) -> None:
    """Of 22 names a stand-in passed 21 in their place: one is listed, one is free, and that one they get."""
    world = stepping
    records = [world.record() for _ in range(22)]
    world.open_campaign()
    cases = [Ref("case", world.file(record, NAME).subject) for record in records]
    standing = stands_in(world, "other_reviewer", "reviewer")
    for case in cases[:21]:
        world.do(case, "take_up", standing)
        world.do(case, "pass_step", standing, step=ready(world.case(case))[0].step.id)
    with world.place.store.reading() as session:
        counts = count(session, desk(world))
    assert (counts.turn, counts.free, counts.others) == (1, 1, 21)
    assert cases_in(listed(world)) == [cases[21].id] == [next_for(world)]


def test_nobody_is_offered_a_case_that_they_are_too_near_to(world: World, filed: list[str]) -> None:
    """A relative's case is in no list and no count; their own, and one they handed papers in for, are for others."""
    reviewer, place, at = world.staff["reviewer"], world.place, world.clock.moment
    related, own = (world.case(id).record.id for id in filed[:2])
    with place.store.writing() as session:
        declare(session, reviewer, related, at, place.entropy)
        student = session.scalars(
            select(Grant.person_id).where(Grant.role == "student", Grant.scope == filed_of(world, filed[2]))
        ).one()
        end_role(session, student, "student", at)
        give_role(session, student, held("reviewer"), SYSTEM.person, at, place.entropy)
        end_role(
            session, student_of(session, own, "测试学生", SYSTEM.person, at, place.entropy).id, "student", at
        )
        give_role(session, reviewer.person, held("student", own), SYSTEM.person, at, place.entropy)
    assert cases_in(listed(world)) == filed[2:]
    assert cases_in(listed(world, Filter(waits=OTHERS))) == filed[1:2]
    with place.store.reading() as session:
        counts = count(session, desk(world))
    assert counts.turn + counts.sent + counts.student + counts.others == len(filed) - 1
    assert next_for(world) == filed[2]
    with place.store.reading() as session:
        mine = waiting(session, desk(world, Actor(student, "reviewer")), ALL)
    assert cases_in(mine) == [*filed[:2], *filed[3:]]


def filed_of(world: World, case: str) -> str:
    """The record that a case is about."""
    return world.case(case).record.id


def test_each_text_judges_the_cases_that_were_filed_under_it(stepping: World, tmp_path: Path) -> None:
    """Where another office settles from now on, its people see what was filed since, and not what was before."""
    world = stepping
    other = edited(
        load_school(tmp_path / "school"),
        ("policy.toml", 'default_office = "registrar"', 'default_office = "archive"'),
    )
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        archivist = Actor(add_person(session, "测试档案员", "reviewer", "archive", *by).id, "reviewer")
    records, second = [world.record(), world.record()], world.staff["second_reviewer"]
    world.open_campaign()
    cases = [Ref("case", world.file(records[0], NAME).subject)]
    load(world, other)
    cases.append(Ref("case", world.file(records[1], NAME).subject))
    for case in cases:
        world.do(case, "take_up", second)
        world.do(case, "fail_step", second, step=ready(world.case(case))[0].step.id, words="看不清")
        world.do(case, "release", second)
    with world.place.store.reading() as session:
        assert cases_in(waiting(session, desk(world, archivist), ALL)) == [cases[1].id]
    assert [world.may(case, "hold", archivist).codes for case in cases] == [
        ("out_of_scope",),
        (),
    ]
    assert set(cases_in(listed(world))) == {case.id for case in cases}


def test_a_case_whose_rules_are_lost_bars_no_other(world: World, filed: list[str]) -> None:
    """Where a policy text cannot be read, its cases are nobody's turn, and the desk shows the rest."""
    lost, *others = filed
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == lost).values(policy="0" * 64))
        session.execute(update(WaitsAt).where(WaitsAt.case_id == lost).values(policy="0" * 64))
    assert cases_in(listed(world)) == others
    assert cases_in(listed(world, Filter(waits=OTHERS))) == [lost]


def test_a_case_that_waits_for_its_student_is_nobodys_next(world: World) -> None:
    """Who takes the next one gets one that can be worked on; after the answer the first is first again."""
    records = [world.record() for _ in range(2)]
    world.open_campaign()
    reviewer, by, cases = world.staff["reviewer"], world.student(records[0]), []
    for record in records:
        world.file(record, NAME)
        cases.append(world.case_of(record))
        world.at(world.clock.moment + timedelta(minutes=1))
    world.do(cases[0], "take_up", reviewer)
    world.do(cases[0], "ask", reviewer, questions=(QuestionAsked("explanation", "", "请说明"),))

    def following() -> list[str]:
        with world.place.store.reading() as session:
            found = next_in_line(session, desk(world), Filter())
        return [candidate.case for candidate in found]

    assert following() == [cases[1].id]
    with world.place.store.reading() as session:
        question = session.scalars(select(Question.id)).one()
    world.do(cases[0], "answer", by, question=question, words="曾用名")
    assert following() == [cases[0].id, cases[1].id]


def test_no_list_hides_what_else_was_decided(world: World) -> None:
    """One item corrected and one refused: every list of a decided case names both, and of an open one none."""
    record = world.record()
    campaign = world.open_campaign()
    world.file(record, NAME, ClaimFiled("XH", "school_data", "240199999"))
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    first, second = (claim.id for claim in world.case(case).claims)
    world.settle(case, first, "corrected")
    assert told(world, case, campaign) == [("corrected",), (), ()]
    world.settle(case, second, "refused")
    world.do(case, "correct", by, words="姓名已更正，学号与学籍一致")
    assert told(world, case, campaign) == [("corrected", "refused")] * 3


def told(world: World, case: Ref, campaign: str) -> list[tuple[str, ...]]:
    """The outcomes of a case by its facts, its reviewer's list, and its college's list."""
    with world.place.store.reading() as session:
        lines = [*waiting(session, desk(world), Filter(who=MINE)), *decided_lately(session, desk(world))]
        (line,), (one,) = lines, roll(session, campaign)
        just = just_done(session, case.id, world.staff["reviewer"].person, world.place.school.calendar)
    assert just is None or just.outcomes == line.outcomes
    return [world.case(case).outcomes, line.outcomes, one.outcomes]
