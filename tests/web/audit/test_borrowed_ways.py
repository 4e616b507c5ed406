"""What a person did after getting in by what somebody else made is marked, and the auditor reads by whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.web.browsing import Browser
from tests.world import World
from workflow.engine import Actor, Ref
from workflow.people.accounts import OPERATOR, give_role
from workflow.people.looking import borrowed_ways
from workflow.people.scopes import held
from workflow.signin.counter import give_code, student_at
from workflow.signin.strips import Whom, begin_run, carry_out
from workflow.signin.tables import SignInCode

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


def confirmed(world: World, way: str, by: str) -> Ref:
    """A case that its student confirmed in a session begun by such a way."""
    record = world.record()
    world.open_campaign()
    case, person = world.case_of(record), world.student(record).person
    world.do(case, "confirm", Actor(person, "student", way=way, way_by=by))
    return case


@pytest.mark.parametrize(
    ("way", "by", "said"),
    [
        ("counter", "officer", "登录所用的登录码由 测试学院经办人（学院经办人） 在柜台给出"),
        ("strip", "registrar", "登录所用的登录码由 测试学籍管理员（学籍管理员） 打印"),
        ("link", OPERATOR, "登录所用的链接由 操作员（服务器命令行） 给出"),
    ],
)
def test_the_timeline_names_who_made_the_way_in(
    world: World, as_staff: Staff, way: str, by: str, said: str
) -> None:
    """At the entry, beside the person: by which code or link they got in, and who gave it."""
    maker = world.staff[by].person if by in world.staff else by
    case = confirmed(world, way, maker)
    text = as_staff("auditor").get(f"/audit/{case.id}").text
    assert text.count("登录方式由他人给出") == 1 and said in text


def test_an_entry_of_ones_own_way_has_no_mark(world: World, as_staff: Staff) -> None:
    """A password, or a code that the person asked for, is nobody else's."""
    case = confirmed(world, "", "")
    assert "登录方式由他人给出" not in as_staff("auditor").get(f"/audit/{case.id}").text


def test_the_mark_belongs_to_its_entry_and_keeps_every_role_of_its_maker(world: World) -> None:
    """By number, with the roles that the maker had by then."""
    officer = world.staff["officer"].person
    with world.place.store.writing() as session:
        give_role(session, officer, held("reviewer"), "test", world.clock.moment, world.place.entropy)
    case = confirmed(world, "counter", officer)
    with world.place.store.reading() as session:
        found = borrowed_ways(session, case.id)
    (number,) = found
    assert number == world.row(case).version and found[number].name == "测试学院经办人"
    assert (found[number].way, set(found[number].roles)) == ("counter", {"officer", "reviewer"})


@pytest.mark.one_database
def test_the_log_of_a_case_tells_who_saw_a_code_of_its_student(world: World, as_staff: Staff) -> None:
    """Runs, openings of their pages and codes at the counter, each in words, with who it was."""
    case = confirmed(world, "counter", world.staff["officer"].person)
    record = world.row(case).record_id
    place, registrar = world.place, world.staff["registrar"]
    with place.store.writing() as session:
        whom = Whom(tuple(place.school.policy.statuses.enrolled))
        run = begin_run(session, registrar, "strips", whom, world.clock.moment, place.entropy)
        assert run is not None
        id = run.id
    carry_out(place.store, place.entropy, world.clock.moment)
    as_staff("registrar").get(f"/registrar/codes/{id}/strips/1")
    with place.store.writing() as session:
        student = student_at(session, record)
        assert student is not None
        give_code(session, student, world.staff["officer"], world.clock.moment, place.entropy)
        assert session.scalars(select(SignInCode.id).where(SignInCode.run_id == id)).all()
    text = as_staff("auditor").get(f"/audit/{case.id}/looks").text
    for said in (
        "生成登录码",
        "打印登录码",
        "在柜台给出登录码",
        "用柜台给出的登录码登录 · 办理了第 2 条记录",
    ):
        assert said in text
    assert "由 测试学院经办人 给出" in text
