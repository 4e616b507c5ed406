"""The counter's pages: one student of one's own, whose card was seen, and a code that is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from tests.web.browsing import Browser
from tests.world import CAMPAIGN, World
from workflow.people.tables import Access, Person
from workflow.signin.tables import SignInCode

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b")


def codes(world: World) -> int:
    """How many codes there are."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(SignInCode)) or 0


def lines(world: World, role: str) -> list[tuple[str, str, bool]]:
    """The access log of a role: what, subject, allowed."""
    with world.place.store.reading() as session:
        found = session.execute(
            select(Access.what, Access.subject, Access.allowed).where(Access.role == role).order_by(Access.id)
        )
        return [(what, subject, allowed) for what, subject, allowed in found]


def test_the_way_from_a_number_to_a_code(world: World, as_staff: Staff) -> None:
    """Find, see who it is, confirm the card, and read the code once; only a reader uses the look up."""
    record = world.record(xm="张三丰")
    officer = as_staff("officer")
    officer.get("/college/counter")
    officer.send("/counter", said=" 240100001 ")
    page = officer.follow()
    assert page.path == f"/college/counter/{record}" and "张三丰" in page.text and "还没有开通" in page.text
    page = officer.send(f"/counter/{record}", seen="card")
    assert officer.client.head(page.location).status_code == 200
    page = officer.follow()
    with world.place.store.reading() as session:
        (row,) = session.scalars(select(SignInCode.id)).all()
    code = world.place.cipher.code(row)
    assert CODE.findall(page.text) == [f"{code[:5]}-{code[5:]}"]
    page = officer.get(page.path)
    assert not CODE.search(page.html) and "登录码只显示一次" in page.text
    assert [what for what, subject, _ in lines(world, "officer") if what.startswith("code:")] == [
        "code:counter", "code:shown",
    ]  # fmt: skip
    assert ("code:counter", record, True) in lines(world, "officer")


def test_no_code_without_the_card_and_none_for_a_closed_account(world: World, as_staff: Staff) -> None:
    """The officer must say that they saw it; an account that was closed stays closed."""
    record, closed = world.record(), world.record()
    person = world.student(closed).person
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(closed_at=world.clock.moment))
    officer = as_staff("officer")
    page = officer.post(f"/college/counter/{record}", csrf_token=officer.token)
    assert (page.status, page.codes) == (422, ["card_not_seen"])
    page = officer.post(f"/college/counter/{closed}", csrf_token=officer.token, seen="card")
    assert (page.status, page.codes) == (422, ["account_closed"]) and codes(world) == 0


def test_another_colleges_student_is_not_there(world: World, as_staff: Staff) -> None:
    """By number and by address the officer learns no more than of nobody, and either attempt is a line."""
    record = world.record(fy="另一个学院", xm="张三丰")
    officer = as_staff("officer")
    officer.get("/college/counter")
    known, unknown = (
        officer.send("/counter", said="240100001"),
        officer.post("/college/counter", csrf_token=officer.token, said="999"),
    )
    assert (known.status, known.codes) == (unknown.status, unknown.codes) == (404, ["no_such_student"])
    assert "张三丰" not in known.html
    for page in (
        officer.get(f"/college/counter/{record}"),
        officer.post(f"/college/counter/{record}", csrf_token=officer.token, seen="card"),
        officer.get(f"/college/counter/{record}/{'0' * 32}"),
    ):
        assert page.status == 404 and "张三丰" not in page.html
    said = [line for line in lines(world, "officer") if not line[0].startswith("search:")]
    of_nobody = [("try:counter", "", False)]
    assert said == [("try:counter", record, False), *of_nobody, *[("try:counter", record, False)] * 3]
    assert officer.get(f"/college/counter/{'9' * 32}").status == 404 and codes(world) == 0
    assert lines(world, "officer")[-1] == ("try:counter", "9" * 32, False)


def test_the_registrar_gives_a_code_to_any_student(world: World, as_staff: Staff) -> None:
    """The whole school is the registrar's."""
    record = world.record(fy="另一个学院")
    registrar = as_staff("registrar")
    registrar.get("/registrar/counter")
    registrar.send("/counter", said="24360000000001")
    registrar.follow()
    registrar.send(f"/counter/{record}", seen="card")
    assert CODE.search(registrar.follow().text) and ("code:counter", record, True) in lines(
        world, "registrar"
    )


def test_the_list_of_the_silent_leads_to_the_counter(world: World, as_staff: Staff) -> None:
    """Each row has the way, because whoever is silent may have no way in."""
    record = world.record()
    world.open_campaign()
    officer = as_staff("officer")
    assert f"/college/counter/{record}" in officer.get(f"/college/{CAMPAIGN}/silent").links


def test_a_code_of_somebody_else_is_shown_to_nobody(world: World, as_staff: Staff) -> None:
    """An officer who knows the address of a colleague's code reads nothing there."""
    record = world.record()
    officer, registrar = as_staff("officer"), as_staff("registrar")
    page = officer.post(f"/college/counter/{record}", csrf_token=officer.token, seen="card")
    elsewhere = page.location.replace("/college/", "/registrar/")
    assert not CODE.search(registrar.get(elsewhere).html)
    assert CODE.search(officer.follow().text)
