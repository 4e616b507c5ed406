"""Runs of first codes on their pages: who makes and opens them, what is printed, and what the log keeps."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest
import segno
from flask import Flask
from sqlalchemy import select, update

from tests.web.browsing import Browser, Page, signed_in
from tests.world import World
from workflow.people.accounts import add_person, give_role
from workflow.people.scopes import Scope, held
from workflow.people.tables import Access
from workflow.signin import strips
from workflow.signin.codes import shown
from workflow.signin.strips import Whom, begin_run, carry_out
from workflow.signin.tables import SignInCode

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS, THEIRS = "测试学院", "另一个学院"
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b")


def make(browser: Browser, whom: str = f"{OURS}\t", hand: str = "strips") -> Page:
    """Make a run from the form. Returns its page."""
    browser.get(f"/{browser.page.path.split('/')[1]}/codes")
    page = browser.send("/codes", whom=whom, hand=hand)
    return browser.follow() if page.status == 303 else page


def run_at(page: Page) -> str:
    """The run of a page."""
    return page.path.split("/")[3]


def codes_of(world: World, run: str) -> list[str]:
    """The codes of a run as they are printed."""
    with world.place.store.reading() as session:
        rows = session.scalars(select(SignInCode.id).where(SignInCode.run_id == run)).all()
    return [shown(world.place.cipher.code(row)) for row in rows]


def lines(world: World) -> list[tuple[str, str, bool]]:
    """What the access log says of codes: role, what, allowed."""
    with world.place.store.reading() as session:
        found = session.execute(select(Access.role, Access.what, Access.allowed).order_by(Access.id)).all()
    return [
        (role, what, allowed) for role, what, allowed in found if what.removeprefix("try:").startswith("code")
    ]


def test_an_officer_prints_strips_for_their_college(world: World, as_staff: Staff) -> None:
    """From the form to the sheet: each student of the college once, with name, number, class, code and QR."""
    for _ in range(3):
        world.record()
    world.record(fy=THEIRS)
    officer = as_staff("officer")
    run = run_at(make(officer))
    assert "已完成，3 人" in officer.page.text
    page = officer.get(f"/college/codes/{run}/strips/1")
    assert sorted(CODE.findall(page.text)) == sorted(codes_of(world, run)) and len(codes_of(world, run)) == 3
    for said in ("测试001", "240100001", "240101", "请找本学院学籍经办人"):
        assert said in page.text
    assert page.html.count('viewBox="0 0 ') >= 3 and "测试004" not in page.text


def test_the_qr_code_holds_the_code_and_never_the_number(world: World, as_staff: Staff) -> None:
    """It leads to the page of activation, with the code behind the sign that no server is sent."""
    world.record()
    officer = as_staff("officer")
    run = run_at(make(officer))
    page = officer.get(f"/college/codes/{run}/strips/1")
    (code,) = codes_of(world, run)
    drawn = [
        segno.make(f"http://localhost/activate#{said}", error="m", micro=False, mask=3)
        for said in (code.replace("-", ""), "240100001")
    ]
    paths = [re.findall(r' d="([^"]+)"', qr.svg_inline(border=4))[0] for qr in drawn]
    assert [path in page.html for path in paths] == [True, False]


def test_each_run_and_each_opening_is_a_line(world: World, as_staff: Staff) -> None:
    """Who made it and who opened it, with the role; the run's own page shows no code and leaves no line."""
    world.record()
    officer, registrar = as_staff("officer"), as_staff("registrar")
    run = run_at(make(officer))
    for browser, desk in ((officer, "college"), (registrar, "registrar")):
        browser.get(f"/{desk}/codes/{run}/strips/1")
    run = run_at(make(registrar, "all", "list"))
    registrar.get(f"/registrar/codes/{run}/list/1")
    registrar.get(f"/registrar/codes/{run}/list.xlsx")
    assert lines(world) == [
        ("officer", "codes:run:strips", True),
        ("officer", "codes:strips:1", True),
        ("registrar", "codes:strips:1", True),
        ("registrar", "codes:run:list", True),
        ("registrar", "codes:list:1", True),
        ("registrar", "codes:list.xlsx", True),
    ]


def test_an_officer_makes_and_opens_none_for_another_college(world: World, as_staff: Staff) -> None:
    """A forged choice makes nothing; the run of another college or of the school is not there, and a line says so."""
    world.record(), world.record(fy=THEIRS)
    officer, registrar = as_staff("officer"), as_staff("registrar")
    for whom in ("all", f"{THEIRS}\t", f"{THEIRS}\t=240101", "nonsense", ""):
        assert make(officer, whom).codes == ["no_such_choice"]
    for whom in ("all", f"{THEIRS}\t"):
        run = run_at(make(registrar, whom))
        for path in ("", "/strips/1", "/list/1", "/list.xlsx"):
            assert officer.get(f"/college/codes/{run}{path}").status == 404
    assert lines(world).count(("officer", "try:codes:run", False)) == 8
    assert not [line for line in lines(world) if line[:2] == ("officer", "codes:run:strips")]


def test_an_officer_without_a_college_makes_and_sees_no_run(
    world: World, app: Flask, as_staff: Staff
) -> None:
    """Their grant reaches nobody: no number of students, no choice that makes a run, no run of anybody's."""
    world.record(), world.record(fy=None)
    registrar = as_staff("registrar")
    of_all = [run_at(make(registrar, whom)) for whom in ("all", f"{OURS}\t", "\t")]
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        person = add_person(session, "张三丰", "officer", "", "system", at, entropy).id
    officer = signed_in(world, app, person)
    page = officer.get("/college/codes")
    assert "没有您负责的学生" in page.text and not [one for one in page.forms if "whom" in one.fields]
    assert [run for run in of_all if run in page.html] == []
    said = {"csrf_token": officer.token, "key": "a" * 32, "hand": "strips"}
    for whom in ("all", f"{OURS}\t", "\t", f"{OURS}\t=240101", "\t="):
        assert officer.post("/college/codes", whom=whom, **said).codes == ["no_such_choice"]
    for run in of_all:
        assert officer.get(f"/college/codes/{run}").status == 404
        assert officer.get(f"/college/codes/{run}/strips/1").status == 404
    assert not [line for line in lines(world) if line[:2] == ("officer", "codes:run:strips")]


def test_one_class_of_a_year_is_made_by_whose_year_it_is(world: World, app: Flask) -> None:
    """A counsellor of a class and of a year makes a run for one class of the year, and opens it."""
    world.record(bh="230101", rxrq=date(2023, 9, 1))
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        first = Scope(OURS, class_name="240101")
        person = add_person(session, "张三丰", "officer", first, "system", at, entropy, duty="counsellor").id
        second = held("officer", Scope(OURS, entry_year="2023"), "counsellor")
        give_role(session, person, second, "system", at, entropy)
    counsellor = signed_in(world, app, person)
    counsellor.get("/college/codes")
    page = make(counsellor, f"{OURS}\t=230101")
    assert "已完成，1 人" in page.text
    assert make(counsellor, f"{OURS}\t=220101").codes == ["nobody_waits"]
    assert make(counsellor, f"{THEIRS}\t").codes == ["no_such_choice"]


@pytest.mark.parametrize("role", ["administrator", "reviewer", "second_reviewer", "auditor"])
def test_nobody_but_officers_and_the_registrar_gets_a_code(world: World, as_staff: Staff, role: str) -> None:
    """Least of all the administrator: every page with codes is closed to them, and no page shows one."""
    record = world.record()
    run = run_at(make(as_staff("registrar"), "all"))
    browser = as_staff(role)
    for desk in ("college", "registrar"):
        for path in ("codes", f"codes/{run}", f"codes/{run}/strips/1", f"codes/{run}/list/1", f"codes/{run}/list.xlsx",
                     "counter", f"counter/{record}", f"counter/{record}/{run}"):  # fmt: skip
            page = browser.get(f"/{desk}/{path}")
            assert page.status == 403 and not CODE.search(page.html)
        for path in ("codes", "counter", f"counter/{record}"):
            assert browser.post(f"/{desk}/{path}", csrf_token=browser.token).status == 403


def test_the_list_is_a_workbook_of_texts(world: World, as_staff: Staff) -> None:
    """The counsellor's list: every cell is text, and the file's name names nobody."""
    world.record(xm="=1+1")
    registrar = as_staff("registrar")
    run = run_at(make(registrar, "all", "list"))
    answer = registrar.get(f"/registrar/codes/{run}/list.xlsx").response
    book = openpyxl.load_workbook(io.BytesIO(registrar.client.get(f"/registrar/codes/{run}/list.xlsx").data))
    (head, row) = book.worksheets[0].iter_rows(values_only=False)
    assert [cell.data_type for cell in row] == ["s"] * 6 and len(head) == 6
    assert [cell.value for cell in row][:5] == [OURS, "240101", "=1+1", "240100001", codes_of(world, run)[0]]
    assert re.fullmatch(
        r'attachment; filename="codes-\d{8}-\d{4}\.xlsx"', answer.headers["Content-Disposition"]
    )


def test_a_run_gives_only_what_it_was_made_for(world: World, as_staff: Staff) -> None:
    """Strips are no list, a list is no strips, and what went out by message is shown to nobody."""
    world.record()
    registrar = as_staff("registrar")
    for hand, shut in (("strips", ("list/1", "list.xlsx")), ("list", ("strips/1",))):
        run = run_at(make(registrar, "all", hand))
        for path in shut:
            assert registrar.get(f"/registrar/codes/{run}/{path}").status == 404
    with world.place.store.writing() as session:
        whom = Whom(world.place.school.policy.statuses.enrolled)
        made = begin_run(
            session, world.staff["registrar"], "message", whom, world.clock.moment, world.place.entropy
        )
        assert made is not None
        run = made.id
    carry_out(world.place.store, world.place.entropy, world.clock.moment, run)
    for path in ("strips/1", "list/1", "list.xlsx"):
        assert registrar.get(f"/registrar/codes/{run}/{path}").status == 404
    assert "1 人没有学校核实过的地址" in registrar.get(f"/registrar/codes/{run}").text


def test_those_without_an_address_are_printed_with_one_press(world: World, as_staff: Staff) -> None:
    """The page of a run of messages leads to strips for those it left out; another's run leads nowhere."""
    world.record()
    with world.place.store.writing() as session:
        whom = Whom(tuple(world.place.school.policy.statuses.enrolled))
        made = begin_run(
            session, world.staff["registrar"], "message", whom, world.clock.moment, world.place.entropy
        )
        assert made is not None
        run = made.id
    carry_out(world.place.store, world.place.entropy, world.clock.moment, run)
    registrar, officer = as_staff("registrar"), as_staff("officer")
    registrar.get(f"/registrar/codes/{run}")
    registrar.send("/codes")
    page = registrar.follow()
    assert "全校（没有地址的）" in page.text and len(codes_of(world, run_at(page))) == 1
    said = {"key": "a" * 32, "beside": run, "hand": "strips"}
    assert officer.post("/college/codes", csrf_token=officer.token, **said).codes == ["no_such_choice"]


def test_messages_are_offered_only_where_they_can_leave(world: World, as_staff: Staff) -> None:
    """Without a channel the reasons are shown, and no code is made that would reach nobody."""
    world.record()
    assert make(as_staff("registrar"), "all", "message").codes == ["no_channel", "no_own_address"]
    assert lines(world) == []


def test_a_large_run_goes_on_beside_the_pages_and_says_how_far_it_is(
    world: World, as_staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The press only notes it; its page shows n of the total, asks again by itself, and gives nothing yet."""
    monkeypatch.setattr(strips, "PIECE", 2)
    monkeypatch.setattr("web.college.codes.PIECE", 2)
    for _ in range(3):
        world.record()
    registrar = as_staff("registrar")
    page = make(registrar, "all")
    run = run_at(page)
    assert "0 / 3" in page.text and page.response.headers["Refresh"] == "3"
    assert registrar.get(f"/registrar/codes/{run}/strips/1").status == 404
    carry_out(world.place.store, world.place.entropy, world.clock.moment)
    assert "2 / 3" in registrar.get(f"/registrar/codes/{run}").text
    carry_out(world.place.store, world.place.entropy, world.clock.moment)
    page = registrar.get(f"/registrar/codes/{run}")
    assert "已完成，3 人" in page.text and "Refresh" not in page.response.headers


def test_used_and_ended_strips_are_shown_without_a_code(world: World, as_staff: Staff) -> None:
    """Whoever opens the page again sees who has used theirs, and only codes that still open something."""
    for _ in range(3):
        world.record()
    registrar = as_staff("registrar")
    run = run_at(make(registrar, "all"))
    with world.place.store.writing() as session:
        used, ended, _ = session.scalars(select(SignInCode.id).order_by(SignInCode.id)).all()
        for id, column in ((used, "used_at"), (ended, "ended_at")):
            session.execute(
                update(SignInCode).where(SignInCode.id == id).values({column: world.clock.moment})
            )
    page = registrar.get(f"/registrar/codes/{run}/strips/1")
    assert len(CODE.findall(page.text)) == 1 and "已用" in page.text and "已作废" in page.text
    assert "1 个，共 3 个" in registrar.get(f"/registrar/codes/{run}").text


def test_no_address_and_no_title_names_a_student(world: World, as_staff: Staff) -> None:
    """Names, numbers and codes are in the pages' bodies alone."""
    record = world.record(xm="张三丰")
    officer = as_staff("officer")
    run = run_at(make(officer))
    pages = [officer.get(f"/college/codes{path}") for path in ("", f"/{run}", f"/{run}/strips/1")]
    pages += [officer.get(f"/college/counter/{record}")]
    for page in pages:
        title = re.search(r"<title>(.*?)</title>", page.html, re.DOTALL)
        assert title is not None
        said = " ".join((title.group(1), page.path, *page.links, *(form.action for form in page.forms)))
        assert not re.search(rf"张三丰|240100001|{codes_of(world, run)[0]}", said)


def test_whoever_has_opened_their_account_is_not_asked_for(world: World, as_staff: Staff) -> None:
    """Where everybody has a way in, the page says so and has no form; a forged press makes nothing."""
    officer = as_staff("officer")
    page = officer.get("/college/codes")
    assert "在籍学生都已经开通账号" in page.text and not [
        form for form in page.forms if "whom" in form.fields
    ]
    page = officer.post(
        "/college/codes", csrf_token=officer.token, key="a" * 32, whom=f"{OURS}\t", hand="strips"
    )
    assert (page.status, page.codes) == (422, ["nobody_waits"])
