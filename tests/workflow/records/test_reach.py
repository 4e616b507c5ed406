"""Whether a student is in the scope of a grant: of one record and of the table, it is the same question."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.world import World
from workflow.people.scopes import SCOPED, STAFF_DUTIES, Held, Scope, in_capacity
from workflow.records.reach import covered_rows, covers
from workflow.records.tables import Record

COLLEGES, CLASSES, LEVELS = ("文学院", "理学院", ""), ("1", "2", ""), ("本科", "硕士", "")
YEARS = ("2023", "2024", "")
DAYS = (date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31), date(2024, 1, 1), None)
SCOPES = st.builds(Scope, *map(st.sampled_from, (COLLEGES, CLASSES, YEARS, LEVELS, ("", "registrar"))))
GRANTS = st.lists(st.builds(Held, st.sampled_from(SCOPED), scope=SCOPES), max_size=4)
TEXTS = st.text(max_size=6)


def everybody(world: World) -> list[Record]:
    """A student of every college, class, level and turn of a year, or without one of them."""
    for n, (college, name, level) in enumerate(product(COLLEGES, CLASSES, LEVELS)):
        world.record(fy=college or None, bh=name or None, cc=level or None, rxrq=DAYS[n % len(DAYS)])
    for day in DAYS:
        world.record(fy="文学院", bh="1", cc="本科", rxrq=day)
    with world.place.store.reading() as session:
        found = list(session.scalars(select(Record)))
        session.expunge_all()
    return found


def test_the_table_and_a_record_answer_alike_for_any_grants(world: World) -> None:
    """For any grants the rows are exactly the records that one of them covers; no grant covers nobody."""
    students = everybody(world)

    @settings(deadline=None, max_examples=75)
    @given(GRANTS)
    def alike(grants: list[Held]) -> None:
        with world.place.store.reading() as session:
            rows = set(session.scalars(select(Record.id).where(covered_rows(grants))))
        assert rows == {one.id for one in students if any(covers(held, one) for held in grants)}

    alike()


def test_each_scope_alone_has_the_same_students_in_the_table(world: World) -> None:
    """Every meeting of college, class, year and level, from the whole school to one class of one year."""
    students = everybody(world)
    with world.place.store.reading() as session:
        for parts in product(COLLEGES, CLASSES, YEARS, LEVELS):
            scope = Scope(*parts)
            held = Held("reviewer", scope=scope)
            rows = set(session.scalars(select(Record.id).where(covered_rows([held]))))
            assert rows == {one.id for one in students if covers(held, one)}, scope


def test_an_officer_without_a_college_is_nobodys(world: World) -> None:
    """What an earlier version gave without a college opens no student."""
    for held in (Held("officer"), Held("officer", "counsellor", scope=Scope(entry_year="2024"))):
        assert not [one for one in everybody(world) if covers(held, one)]
        with world.place.store.reading() as session:
            assert session.scalars(select(Record.id).where(covered_rows([held]))).all() == []


@given(SCOPES, SCOPES)
def test_what_a_wider_scope_holds_it_has_all_students_of(wider: Scope, scope: Scope) -> None:
    """A scope holds itself, the whole school holds all, and two that hold each other are one."""
    assert scope.holds(scope) and Scope().holds(scope)
    assert (wider.holds(scope) and scope.holds(wider)) == (wider == scope)


@given(
    st.sampled_from(SCOPED),
    st.sampled_from(["", *STAFF_DUTIES]),
    st.builds(Scope, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
)
def test_a_capacity_says_duty_college_and_office(role: str, duty: str, scope: Scope) -> None:
    """It reads back to them, and grants that differ in class, year or level alone are one capacity."""
    one = Held(role, duty, scope=scope)
    back = in_capacity(role, one.capacity)
    assert back == Held(role, duty, scope=Scope(college=scope.college, office=scope.office))
    assert back.capacity == one.capacity
    assert Held(role, duty, scope=Scope(scope.college, "x", "y", "z", scope.office)).capacity == one.capacity


@given(st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_a_students_capacity_is_their_record(record: str) -> None:
    """Of no college and no duty, and read back to it."""
    one = Held("student", record=record)
    assert one.capacity == record and in_capacity("student", record) == one
