"""Officers who have only some students of a college: every page, list, count and file is of these alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import on
from tests.web.browsing import Browser, Page, signed_in
from tests.web.counting import counted
from tests.world import CAMPAIGN, World
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.campaigns.tables import Attestation
from workflow.cases.tables import Case
from workflow.notices.tables import Notice
from workflow.people.accounts import give_role
from workflow.people.scopes import Scope, held
from workflow.people.tables import Access
from workflow.signin.tables import StripRun

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS = f"/college/{CAMPAIGN}"
HERE, ELSEWHERE = "测试学院", "另一学院"
CLASSES = (Scope(HERE, "240101"), Scope(HERE, "240102"))
ABSENT = "f" * 32


@pytest.fixture
def records(world: World) -> dict[str, str]:
    """Students of the counsellor's two classes, of a third class, and of a namesake class elsewhere."""
    found = {
        name: world.record(xm=name, bh=group, fy=college)
        for name, group, college in (
            ("张三丰", "240101", HERE),
            ("李四光", "240101", HERE),
            ("王五常", "240102", HERE),
            ("赵六合", "240103", HERE),
            ("孙七星", "", HERE),
            ("周八方", "240101", ELSEWHERE),
        )
    }
    world.open_campaign()
    return found


@pytest.fixture
def counsellor(world: World, app: Flask, records: dict[str, str]) -> Browser:
    """The browser of a counsellor with two classes."""
    return signed_in(world, app, world.officer(*CLASSES, duty="counsellor").person)


MINE, OTHERS = {"张三丰", "李四光", "王五常"}, {"赵六合", "孙七星", "周八方"}


def names_on(page: Page | str) -> set[str]:
    """The students who are named on a page or in a text."""
    said = page if isinstance(page, str) else page.html
    return {name for name in MINE | OTHERS if name in said}


def close(page: Page) -> str:
    """The text of a page without the spaces between its pieces."""
    return page.text.replace(" ", "")


def number(page: Page, words: str) -> int:
    """The number that a page says with some words."""
    found = re.search(words, page.text)
    assert found, f"{words} is not on {page.path}: {page.text}"
    return int(found[1])


def count(world: World, table: type) -> int:
    """How many rows a table has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def refused(world: World) -> list[tuple[str, str]]:
    """The refused lines of the access log: what, subject."""
    with world.place.store.reading() as session:
        asked = select(Access.what, Access.subject).where(Access.allowed.is_(False)).order_by(Access.id)
        return [(what, subject) for what, subject in session.execute(asked)]


def test_every_list_names_exactly_those_whom_the_board_counts(counsellor: Browser) -> None:
    """Board, list, file, workbook, chat, sheets, reminder and comparison agree on who the students are."""
    board = counsellor.get("/college")
    assert "测试学院·240101、240102" in close(board) and "240103" not in board.text
    waiting = number(board, r"未核对名单（(\d+) 人）")
    page = counsellor.get(f"{OURS}/silent")
    assert names_on(page) == MINE and waiting == len(MINE) == number(page, r"，(\d+) 人没有作答")
    assert "还有 3 人未核对" in page.html
    rows = list(csv.reader(io.StringIO(counsellor.get(f"{OURS}/silent.csv").response.text)))
    assert {row[2] for row in rows[1:]} == MINE
    book = openpyxl.load_workbook(io.BytesIO(counsellor.get(f"{OURS}/silent.xlsx").response.data))
    assert {row[2].value for row in list(book.active.iter_rows())[1:]} == MINE
    for one in ("class", "sheet"):
        assert names_on(counsellor.get(f"{OURS}/{one}?class=240101")) == {"张三丰", "李四光"}
    assert number(counsellor.get(f"{OURS}/remind"), r"这次会提醒 (\d+) 人") == waiting
    trend = counsellor.get(f"{OURS}/trend")
    assert "测试学院·240101、240102" in close(trend)
    assert number(trend, r"2024年10月25日 (\d+) ") == waiting


def test_the_comparison_with_the_platform_is_of_the_officers_own_students(
    world: World, counsellor: Browser
) -> None:
    """All six looked there and answered nothing here; the counsellor reads of three."""
    said = "学号,姓名,自查状态\n" + "".join(f"24010000{n},,已自查\n" for n in range(1, 7))
    with world.place.store.writing() as session:
        campaign = str(session.scalar(select(Case.campaign_id).limit(1)))
        found, today = read_export("自查情况.csv", said.encode()), world.clock.moment.date()
        place, registrar = world.place, world.staff["registrar"]
        take_in_export(place.engine, session, place.cipher, campaign, found, today, registrar)
    page = counsellor.get(f"{OURS}/platform")
    assert names_on(page) == MINE and number(page, r"平台已看，本系统未核对 (\d+)") == 3


def test_a_class_outside_the_scope_is_as_absent_as_one_that_does_not_exist(
    world: World, counsellor: Browser
) -> None:
    """The same words, the same status, one line of the access log and as many statements."""
    token = counsellor.get(f"{OURS}/silent").form("/silent").fields["csrf_token"]
    for method, page in (
        ("get", "silent"), ("get", "silent.csv"), ("get", "silent.xlsx"), ("get", "remind"),
        ("get", "class"), ("get", "sheet"), ("get", "sign"), ("post", "silent"), ("post", "remind"),
        ("post", "class"),
    ):  # fmt: skip
        said = []
        for group in ("240103", "999999"):
            lines = len(refused(world))
            path = f"{OURS}/{page}?class={group}"
            with counted(world.place.store) as asked:
                found = (
                    counsellor.get(path)
                    if method == "get"
                    else counsellor.post(path, csrf_token=token, key="0" * 32)
                )
            said.append((found.status, found.text, len(asked), len(refused(world)) - lines))
        assert said[0] == said[1] and said[0][0] == 404 and said[0][3] == 1, (method, page, said)


def test_a_student_outside_the_scope_is_as_absent_as_one_that_does_not_exist(
    world: World, counsellor: Browser, records: dict[str, str]
) -> None:
    """By case and by record, to read and to act: words, status, lines and statements are the same."""
    token = counsellor.get("/college/counter").form("/counter").fields["csrf_token"]
    cases = {name: world.case_of(record).id for name, record in records.items()}
    addresses = [
        ("get", f"{OURS}/students/{{}}", cases),
        ("post", f"{OURS}/students/{{}}/note", cases),
        ("post", f"{OURS}/students/{{}}/strike", cases),
        ("post", f"{OURS}/students/{{}}/confirm", cases),
        ("get", "/for/{}", cases),
        ("get", "/for/{}/check", cases),
        ("post", "/for/{}/how", cases),
        ("get", "/college/checks/{}", cases),
        ("get", "/college/counter/{}", records),
        ("post", "/college/counter/{}", records),
        ("get", f"/college/counter/{{}}/{ABSENT}", records),
    ]
    for method, address, ids in addresses:
        said = []
        for id in (ids["赵六合"], ids["孙七星"], ids["周八方"], ABSENT):
            before, path = len(refused(world)), address.format(id)
            with counted(world.place.store) as asked:
                page = (
                    counsellor.get(path)
                    if method == "get"
                    else counsellor.post(path, csrf_token=token, key="0" * 32)
                )
            (line,) = refused(world)[before:]
            said.append((page.status, page.text, len(asked), line[0], line[1] == id))
        assert len(set(said)) == 1 and said[0][0] == 404 and said[0][4], (method, address, said)
    assert counsellor.get(f"{OURS}/students/{cases['王五常']}").status == 200
    assert counsellor.get(f"/for/{cases['王五常']}").status == 200


def test_notes_and_reminders_reach_the_officers_own_students_alone(
    world: World, counsellor: Browser, records: dict[str, str]
) -> None:
    """Everybody on the list is every one of theirs; a case that is slipped in is on no list."""
    form = counsellor.get(f"{OURS}/silent").form("/silent")
    strange = world.case_of(records["赵六合"]).id
    page = counsellor.send_form(form, case=strange, do="reason", reason="on_leave")
    assert (page.status, page.codes) == (422, ["list_changed"])
    counsellor.get(f"{OURS}/remind")
    assert counsellor.send("/remind").status == 303
    assert "已提醒 3 人" in counsellor.follow().text
    with world.place.store.reading() as session:
        told = set(session.scalars(select(Notice.record_id).where(Notice.event == "reminder")))
    assert told == {records[name] for name in MINE}


def test_a_run_of_codes_is_for_the_officers_own_students(
    world: World, counsellor: Browser, as_staff: Staff, records: dict[str, str]
) -> None:
    """Chosen as all of theirs or as a class; runs of others are not listed; the whole college's officer sees both."""
    officer = as_staff("officer")
    officer.get("/college/codes")
    assert officer.send("/codes", whom=f"{HERE}\t", hand="strips").status == 303
    whole = officer.follow().path
    page = counsellor.get("/college/codes")
    assert "我负责的全部学生（3 人）" in page.text and "240103" not in page.html and whole not in page.links
    assert counsellor.send("/codes", whom=f"{HERE}\t", hand="strips").status == 303
    own = counsellor.follow()
    assert "测试学院·240101、240102" in close(own)
    assert names_on(counsellor.get(f"{own.path}/strips/1")) == MINE
    assert (
        own.path in counsellor.get("/college/codes").links and own.path in officer.get("/college/codes").links
    )
    said = []
    for path in (whole, f"/college/codes/{ABSENT}"):
        for page in ("", "/strips/1"):
            lines = len(refused(world))
            with counted(world.place.store) as asked:
                found = counsellor.get(path + page)
            said.append((page, found.status, found.text, len(asked), len(refused(world)) - lines))
    assert said[:2] == said[2:] and {one[1] for one in said} == {404}


def test_a_run_for_a_class_outside_the_scope_reaches_nobody(world: World, counsellor: Browser) -> None:
    """What is not offered is refused as a class without students is, and no run is noted."""
    counsellor.get("/college/codes")
    form = counsellor.page.form("/codes")
    said = [
        counsellor.send_form(form, whom=f"{HERE}\t={group}", hand="strips") for group in ("240103", "999999")
    ]
    assert [(page.status, page.codes) for page in said] == [(422, ["nobody_waits"])] * 2
    assert counsellor.send_form(form, whom="all", hand="strips").codes == ["no_such_choice"]
    assert counsellor.send_form(form, whom=f"{ELSEWHERE}\t", hand="strips").codes == ["no_such_choice"]
    assert count(world, StripRun) == 0


def test_at_the_counter_only_the_officers_own_students_are_found(
    world: World, counsellor: Browser, records: dict[str, str]
) -> None:
    """A number of another class is answered as one that nobody has."""
    said = []
    for typed in ("240100004", "999"):
        counsellor.get("/college/counter")
        with counted(world.place.store) as asked:
            page = counsellor.send("/counter", said=typed)
        said.append((page.status, page.codes, len(asked)))
    assert said[0] == said[1] and said[0][:2] == (404, ["no_such_student"])
    assert refused(world) == [("try:counter", records["赵六合"]), ("try:counter", "")]
    counsellor.get("/college/counter")
    assert counsellor.send("/counter", said="240100003").status == 303
    assert "王五常" in counsellor.follow().text


def test_who_has_only_some_students_does_not_sign_and_reads_who_does(
    world: World, app: Flask, records: dict[str, str], as_staff: Staff
) -> None:
    """No button and no number of the whole college; a press all the same is answered as by a stranger."""
    world.at(on(2024, 11, 8))
    counsellor = signed_in(world, app, world.officer(*CLASSES, duty="counsellor").person)
    counsellor.get("/college")
    assert "签认名单" not in counsellor.page.text
    page = counsellor.get(f"{OURS}/sign")
    assert page.status == 200 and not [form for form in page.forms if form.action.endswith("/sign")]
    assert "名单由学院经办人签认：" in page.text and "测试学院经办人" in page.text and "5 人" not in page.text
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/sign").form("/sign")
    for path in ("/sign", "/sign/take-back"):
        fields = {**form.fields, "csrf_token": counsellor.token, "words": "试一试"}
        assert counsellor.post(OURS + path, **fields).status == 404
    assert count(world, Attestation) == 0 and [what for what, _ in refused(world)] == ["try:sign"] * 2
    assert officer.send("/sign").status == 303
    assert "已签认" in counsellor.get(f"{OURS}/sign").text


def test_each_capacity_shows_its_own_students_alone(
    world: World, app: Flask, records: dict[str, str]
) -> None:
    """A counsellor of one college who is the secretary of another switches, and sees one of them at a time."""
    person = world.officer(*CLASSES, duty="counsellor").person
    with world.place.store.writing() as session:
        other = held("officer", Scope(ELSEWHERE), "teaching_secretary")
        give_role(session, person, other, "system", world.clock.moment, world.place.entropy)
    browser = signed_in(world, app, person)
    assert names_on(browser.get(f"{OURS}/silent")) == MINE
    (switch,) = [form for form in browser.page.forms if form.action.endswith("/role")]
    browser.post(switch.action, **switch.fields, grant=switch.buttons[0][1])
    assert names_on(browser.get(f"{OURS}/silent")) == {"周八方"}


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(HERE, entry_year="2024"), MINE | {"赵六合", "孙七星"}),
        (Scope(HERE, level="专科"), set()),
        (Scope(HERE), MINE | {"赵六合", "孙七星"}),
    ],
)
def test_a_year_a_level_and_a_whole_college_are_scopes_too(
    world: World, app: Flask, records: dict[str, str], scope: Scope, said: set[str]
) -> None:
    """The board of an empty scope says so in words, and has no list behind it."""
    browser = signed_in(world, app, world.officer(scope).person)
    page = browser.get(f"{OURS}/silent")
    assert names_on(page) == said and page.status == (200 if said else 404)
    if not said:
        assert "这次自查中没有您负责的学生" in browser.get("/college").text
