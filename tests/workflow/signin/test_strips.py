"""Runs of first codes: whom they are for, how they are carried out, and what they give."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from tests.world import World
from workflow.engine import Actor
from workflow.notices.tables import Address, Notice
from workflow.people.accounts import student_of
from workflow.people.scopes import Scope, held
from workflow.people.tables import Access, Grant, Person
from workflow.records.tables import Record
from workflow.signin import strips
from workflow.signin.codes import find_code, use_code
from workflow.signin.strips import Whom, begin_run, carry_out, run_of, runs, sheets, strips_of
from workflow.signin.tables import SignInCode, StripRun
from workflow.upkeep.scheduled import run_scheduled

pytestmark = pytest.mark.one_database

OURS, THEIRS = "测试学院", "另一个学院"
ENROLLED = ("注册学籍",)
ALL = Whom(ENROLLED)
EVERYWHERE, OF_OURS = (held("registrar"),), (held("officer", OURS),)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A piece of three students and a print page of four strips, so that a small school needs several."""
    monkeypatch.setattr(strips, "PIECE", 3)
    monkeypatch.setattr(strips, "SHEET", 4)
    yield


def begun(world: World, hand: str = "strips", whom: Whom = ALL, by: str = "registrar") -> str:
    """A run that nobody has carried out yet."""
    with world.place.store.writing() as session:
        run = begin_run(session, world.staff[by], hand, whom, world.clock.moment, world.place.entropy)
        assert run is not None
        return run.id


def carried_out(world: World, run: str) -> list[int]:
    """Carry a run out to its end. Returns the size of each piece."""
    pieces = []
    while n := carry_out(world.place.store, world.place.entropy, world.clock.moment, run):
        pieces.append(n)
    return pieces


def codes(world: World, run: str) -> dict[str, SignInCode]:
    """The codes of a run by the record of their student."""
    with world.place.store.reading() as session:
        found = session.execute(
            select(Grant.scope, SignInCode)
            .join(Grant, Grant.person_id == SignInCode.person_id)
            .where(SignInCode.run_id == run)
        )
        made = {record: code for record, code in found}
        session.expunge_all()
        return made


def opened(world: World, record: str) -> str:
    """The student of a record, who has a way in of their own. Returns the person."""
    person = world.student(record).person
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(opened_at=world.clock.moment))
    return person


def test_only_enrolled_students_without_a_way_in_get_a_code(world: World) -> None:
    """Whoever has opened their account, left the school, or whose account was closed is passed over."""
    plain, left, has_password, closed = (
        world.record(xjzt=status) for status in ("注册学籍", "退学", "注册学籍", "注册学籍")
    )
    opened(world, has_password)
    with world.place.store.writing() as session:
        shut = student_of(session, closed, "某", "test", world.clock.moment, world.place.entropy).id
        session.execute(update(Person).where(Person.id == shut).values(closed_at=world.clock.moment))
    run = begun(world)
    carried_out(world, run)
    assert set(codes(world, run)) == {plain} and left


def test_a_run_is_for_a_class_a_college_or_all(world: World) -> None:
    """The scope of a run decides, and each student is in it once."""
    here, beside = world.record(bh="240101"), world.record(bh="240102")
    there, nowhere = world.record(fy=THEIRS, bh="240101"), world.record(fy=None, bh=None)
    got = []
    for whom in (Whom(ENROLLED, OURS, "240101"), Whom(ENROLLED, OURS), Whom(ENROLLED, "", ""), ALL):
        run = begun(world, whom=whom)
        carried_out(world, run)
        got.append(set(codes(world, run)))
    assert got == [{here}, {here, beside}, {nowhere}, {here, beside, there, nowhere}]


def test_accounts_are_made_only_where_there_is_none(world: World) -> None:
    """A student who has an account keeps it; the others have one afterwards, under their own name."""
    records = [world.record() for _ in range(4)]
    known = world.student(records[1]).person
    run = begun(world)
    carried_out(world, run)
    found = codes(world, run)
    assert found[records[1]].person_id == known
    with world.place.store.reading() as session:
        held = session.execute(
            select(Grant.scope, Person.name)
            .join(Person, Person.id == Grant.person_id)
            .where(Grant.role == "student")
        ).all()
    assert Counter(record for record, _ in held) == dict.fromkeys(records, 1)
    assert {name for record, name in held if record != records[1]} == {"测试001", "测试003", "测试004"}


def test_a_run_says_how_far_it_is(world: World) -> None:
    """Before, between and after its pieces: n of the total, and finished only at the end."""
    for _ in range(7):
        world.record()
    run, told = begun(world), []
    for _ in range(4):
        with world.place.store.reading() as session:
            line = run_of(session, run, EVERYWHERE)
        assert line is not None
        told.append((line.done, line.total, line.finished))
        carry_out(world.place.store, world.place.entropy, world.clock.moment, run)
    assert told == [(0, 7, False), (3, 7, False), (6, 7, False), (7, 7, True)]
    assert carry_out(world.place.store, world.place.entropy, world.clock.moment, run) == 0


def test_a_killed_run_goes_on_where_it_was_and_gives_no_code_twice(world: World) -> None:
    """A process that dies within a piece leaves the last whole one; another goes on from there."""
    records = {world.record() for _ in range(8)}
    run, store = begun(world), world.place.store
    carry_out(store, world.place.entropy, world.clock.moment, run)

    def dies(size: int) -> bytes:
        nonlocal draws
        draws += 1
        if draws == 8:  # accounts and grants of this piece are made, its codes are not
            raise KeyboardInterrupt
        return world.place.entropy(size)

    draws = 0
    with pytest.raises(KeyboardInterrupt):
        carry_out(store, dies, world.clock.moment, run)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInCode)) == 3
    assert carried_out(world, run) == [3, 2]
    with store.reading() as session:
        given = session.scalars(select(SignInCode.person_id)).all()
    assert len(given) == len(set(given)) == 8 and set(codes(world, run)) == records


def test_two_processes_at_once_give_nobody_two_codes(world: World) -> None:
    """Whoever finds a run in other hands leaves it alone; between them they take everybody once."""
    for _ in range(12):
        world.record()
    run, at = begun(world), world.clock.moment

    def carry_on(_: int) -> int:
        return sum(carry_out(world.place.store, os.urandom, at, run) for _ in range(6))

    with ThreadPoolExecutor(2) as both:
        list(both.map(carry_on, range(2)))
    carried_out(world, run)
    with world.place.store.reading() as session:
        given = session.scalars(select(SignInCode.person_id)).all()
        line = run_of(session, run, EVERYWHERE)
    assert len(given) == len(set(given)) == 12 and line is not None and line.done == 12


def test_the_oldest_run_is_carried_out_first(world: World) -> None:
    """A round without a name takes the runs in their order, until nothing is left to do."""
    for _ in range(2):
        world.record()
    first = begun(world)
    world.at(world.clock.moment + timedelta(seconds=1))
    second = begun(world)
    store, entropy, at = world.place.store, world.place.entropy, world.clock.moment
    assert [carry_out(store, entropy, at) for _ in range(3)] == [2, 2, 0]
    with store.reading() as session:
        ends = dict(
            session.execute(
                select(SignInCode.run_id, func.count(SignInCode.ended_at)).group_by(SignInCode.run_id)
            ).all()
        )
    assert ends == {first: 2, second: 0}


def test_a_round_of_the_scheduled_job_finishes_every_run(world: World) -> None:
    """Where no process serves pages with a thread of its own, the timer's round does all the pieces."""
    for _ in range(7):
        world.record()
    made = [begun(world), begun(world, "list")]
    run_scheduled(world.place)
    with world.place.store.reading() as session:
        found = [run_of(session, run, EVERYWHERE) for run in made]
    assert [line.finished and line.done for line in found if line] == [7, 7]


def test_a_later_run_ends_earlier_unused_strips(world: World) -> None:
    """Of two strips of one student only the latest opens anything."""
    record = world.record()
    first, second = begun(world), begun(world)
    carried_out(world, first)
    carried_out(world, second)
    place, at = world.place, world.clock.moment
    with place.store.reading() as session:
        old, new = codes(world, first)[record], codes(world, second)[record]
        for code, opens in ((old, False), (new, True)):
            found = find_code(
                session, place.cipher, code.person_id, place.cipher.code(code.id), at, ("strip",)
            )
            assert (found is not None) is opens


def test_the_same_press_twice_is_one_run(world: World) -> None:
    """The form's key makes the run: sent again, it finds what the first press began."""
    world.record()
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        both = [
            begin_run(session, world.staff["officer"], "strips", ALL, at, entropy, key="a" * 32)
            for _ in range(2)
        ]
        assert both[0] is both[1]
        assert session.scalar(select(func.count()).select_from(StripRun)) == 1


def test_nobody_to_make_a_code_for_makes_no_run(world: World) -> None:
    """An empty scope leaves no row and no line."""
    opened(world, world.record())
    with world.place.store.writing() as session:
        by, at = world.staff["registrar"], world.clock.moment
        assert begin_run(session, by, "strips", ALL, at, world.place.entropy) is None
        assert session.scalar(select(func.count()).select_from(StripRun)) == 0
        assert session.scalar(select(func.count()).select_from(Access)) == 0


def test_strips_stand_by_class_and_number(world: World) -> None:
    """In the order in which they are handed out: college, class, then the student number."""
    rows = [
        (OURS, "240102", "24010009"),
        (OURS, "240101", "24010007"),
        (THEIRS, "240101", "24010001"),
        (OURS, "240101", "24010003"),
    ]
    for fy, bh, xh in rows:
        world.record(fy=fy, bh=bh, xh=xh)
    freshman = world.record(fy=OURS, bh="240101", xh=None, ksh="24360000099999")
    run = begun(world)
    carried_out(world, run)
    with world.place.store.reading() as session:
        found = strips_of(session, run, EVERYWHERE, world.clock.moment)
    assert freshman and Counter((one.college, one.group, one.number) for one in found) == Counter(
        [*rows, (OURS, "240101", "24360000099999")]
    )
    assert [one.number for one in found if (one.college, one.group) == (OURS, "240101")] == [
        "24360000099999", "24010003", "24010007",
    ]  # fmt: skip
    assert [one.is_candidate for one in found].count(True) == 1
    classes = [(one.college, one.group) for one in found]
    assert sorted(set(classes), key=classes.index) == sorted(set(classes))


def test_a_print_page_has_whole_classes_and_a_large_class_has_several(world: World) -> None:
    """No class is spread over two pages unless it alone is larger than one; every strip is on one page."""
    for bh, n in (("1", 2), ("2", 2), ("3", 1), ("4", 9)):
        for _ in range(n):
            world.record(bh=bh)
    run = begun(world)
    carried_out(world, run)
    with world.place.store.reading() as session:
        parts = sheets(session, run, EVERYWHERE)
        pages = [
            [one.group for one in strips_of(session, run, EVERYWHERE, world.clock.moment, part)]
            for part in parts
        ]
    assert pages == [["1", "1", "2", "2"], ["3"], ["4"] * 4, ["4"] * 4, ["4"]]
    assert [part.n for part in parts] == [4, 1, 4, 4, 1]


def test_used_and_ended_codes_say_so(world: World) -> None:
    """A strip that opens nothing any more is told apart: used, ended, out of date."""
    records = [world.record() for _ in range(3)]
    run = begun(world)
    carried_out(world, run)
    made = codes(world, run)
    with world.place.store.writing() as session:
        use_code(session, made[records[0]].id, world.clock.moment)
        session.execute(
            update(SignInCode).where(SignInCode.id == made[records[1]].id).values(ended_at=world.clock.moment)
        )
        now = [one.standing for one in strips_of(session, run, EVERYWHERE, world.clock.moment)]
        later = [
            one.standing
            for one in strips_of(session, run, EVERYWHERE, world.clock.moment + timedelta(days=14))
        ]
        line = run_of(session, run, EVERYWHERE)
    assert (now, later) == (["used", "ended", "live"], ["used", "ended", "past"])
    assert line is not None and (line.codes, line.used) == (3, 1)


def test_the_codes_stay_the_same_and_are_in_no_table(world: World) -> None:
    """Reading a page again gives the same codes, though no column holds one."""
    world.record()
    run = begun(world)
    carried_out(world, run)
    with world.place.store.reading() as session:
        (first,) = strips_of(session, run, EVERYWHERE, world.clock.moment)
        (again,) = strips_of(session, run, EVERYWHERE, world.clock.moment + timedelta(days=13))
        row = session.get_one(SignInCode, first.id)
        held = [str(getattr(row, column.key)) for column in SignInCode.__table__.columns]
    code = world.place.cipher.code(first.id)
    assert first.id == again.id and not [cell for cell in held if code in cell.upper()]


def test_a_college_sees_its_own_runs_and_the_school_all(world: World) -> None:
    """An officer finds neither the run of another college nor that of the whole school."""
    world.record(), world.record(fy=THEIRS)
    made = [begun(world, whom=whom) for whom in (Whom(ENROLLED, OURS), Whom(ENROLLED, THEIRS), ALL)]
    with world.place.store.reading() as session:
        at = world.clock.moment
        assert {one.id for one in runs(session, EVERYWHERE, at)} == set(made)
        assert {one.id for one in runs(session, OF_OURS, at)} == {made[0]}
        assert [run_of(session, run, OF_OURS) is not None for run in made] == [True, False, False]


def test_a_run_is_listed_for_whoever_has_all_of_its_students(world: World) -> None:
    """By what the run itself says: one class, two classes, a year and a college, each with who may open it."""
    one, two = Scope(OURS, "240101"), Scope(OURS, "240102")
    year = Scope(OURS, entry_year="2024")
    world.record(bh="240101"), world.record(bh="240102")
    made = [
        begun(world, whom=whom)
        for whom in (
            Whom(ENROLLED, OURS, "240101"),
            Whom(ENROLLED, OURS, within=(one, two)),
            Whom(ENROLLED, OURS, "240102", within=(one, two)),
            Whom(ENROLLED, OURS, within=(year,)),
            Whom(ENROLLED, OURS),
        )
    ]
    listed = {(one,): {0}, (two,): {2}, (one, two): {0, 1, 2}, (year,): {3}, (Scope(OURS),): {0, 1, 2, 3, 4}}
    with world.place.store.reading() as session:
        for scopes, said in listed.items():
            grants = [held("officer", scope, "counsellor") for scope in scopes]
            found = {run.id for run in runs(session, grants, world.clock.moment)}
            assert found == {made[n] for n in said}, scopes
        whom = run_of(session, made[1], EVERYWHERE)
    assert whom is not None and whom.whom == Whom(ENROLLED, OURS, within=(one, two)) and whom.total == 2


def test_a_student_who_changed_college_is_on_no_page_of_the_former(world: World) -> None:
    """An officer sees the codes of their present students only."""
    stays, goes = world.record(), world.record()
    run = begun(world, whom=Whom(ENROLLED, OURS))
    carried_out(world, run)

    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == goes).values(fy=THEIRS))
        left = [one.id for one in strips_of(session, run, OF_OURS, world.clock.moment)]
        parts = sheets(session, run, OF_OURS)
    assert left == [codes(world, run)[stays].id] and [part.n for part in parts] == [1]


def test_a_message_goes_to_vouched_addresses_and_the_rest_are_counted(world: World) -> None:
    """A code that is sent is owed to an address that the school vouched for; whoever has none gets none."""
    reached, unvouched, nothing, young = (world.record() for _ in range(4))
    address(world, reached, vouched=True)
    address(world, unvouched, vouched=False)
    address(world, young, vouched=True, opens_from=world.clock.moment + timedelta(hours=72))
    run = begun(world, "message")
    carried_out(world, run)
    found = codes(world, run)
    with world.place.store.reading() as session:
        line = run_of(session, run, EVERYWHERE)
        owed = session.execute(select(Notice.event, Notice.subject, Notice.record_id)).all()
        vouched = session.scalar(select(Address.id).where(Address.record_id == reached))
    assert {record: (code.kind, code.address_id) for record, code in found.items()} == {
        reached: ("message", vouched)
    }
    assert line is not None and (line.done, line.codes, line.without_address) == (4, 1, 3) and nothing
    assert [tuple(row) for row in owed] == [("code_message", found[reached].id, reached)]


def test_whoever_got_no_message_can_be_given_a_strip(world: World) -> None:
    """A run beside one of messages is for those whom it left out, and ends nobody's message."""
    reached, left_out = world.record(), world.record()
    address(world, reached, vouched=True)
    sent = begun(world, "message")
    carried_out(world, sent)
    printed = begun(world, whom=Whom(ENROLLED, beside=sent))
    carried_out(world, printed)
    assert set(codes(world, printed)) == {left_out} and codes(world, sent)[reached].ended_at is None


def test_a_message_goes_by_a_channel_that_is_set_up(world: World) -> None:
    """An address on a channel by which nothing leaves counts as none."""
    address(world, world.record(), vouched=True)
    run = begun(world, "message")
    carry_out(world.place.store, world.place.entropy, world.clock.moment, run, ("wecom",))
    with world.place.store.reading() as session:
        line = run_of(session, run, EVERYWHERE)
    assert line is not None and (line.codes, line.without_address) == (0, 1)


def test_each_run_is_a_line_of_the_access_log_with_who_made_it(world: World) -> None:
    """The line names the run, and no student."""
    world.record()
    run = begun(world, by="officer")
    with world.place.store.reading() as session:
        (line,) = session.scalars(select(Access)).all()
        session.expunge_all()
    officer: Actor = world.staff["officer"]
    assert (line.person_id, line.role, line.what, line.subject) == (
        officer.person,
        "officer",
        "codes:run:strips",
        run,
    )


def address(world: World, record: str, **columns: object) -> None:
    """An address of a student by mail."""
    make: Callable[[int], bytes] = world.place.entropy
    with world.place.store.writing() as session:
        session.execute(
            insert(Address).values(
                id=make(16).hex(), record_id=record, channel="email", sealed=b"-", mark=make(16),
                given_by="test", at=world.clock.moment, **columns,
            )
        )  # fmt: skip
