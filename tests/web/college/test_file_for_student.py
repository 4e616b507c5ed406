"""An officer or the registrar files for a student: what they are shown, what is kept, what the student sees."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select

from states.case import NOT_CHECKED, RAISED
from tests.conftest import on
from tests.schools import world_with_proxies
from tests.web.browsing import Browser, Page, signed_in
from tests.web.visiting import complaints, fits, sign_in
from tests.world import CAMPAIGN, NAME, World, number_of, picture
from web import create_app
from workflow.cases.filing.drafts import papers_of_draft, read_draft
from workflow.clock import SetClock
from workflow.engine import Actor
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.people.standing_in import stand_in
from workflow.people.tables import Access
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = [pytest.mark.one_database]

Staff = Callable[[str], Browser]
HOW = "10月25日本人到学院窗口，出示身份证和户口簿原件"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, with rules that allow an officer or the registrar to act for a student."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def record(world: World) -> str:
    """A freshman in the open campaign."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    return record


def at(world: World, record: str) -> str:
    """The first page of filing for a student."""
    return f"/for/{world.case_of(record).id}"


def answered(browser: Browser, path: str) -> Page:
    """Answer the questions about a wrong name, up to the papers."""
    browser.get(f"{path}/wrong/XM")
    assert browser.send("/wrong/XM", cause="admission_error", value="张三峰").status == 303
    return browser.follow()


def hand_in(browser: Browser, path: str, kind: str, data: bytes | None = None) -> Page:
    """Hand in one photo of one paper."""
    browser.get(f"{path}/papers/add/{kind}")
    return browser.send(f"/{kind}", file=(io.BytesIO(picture() if data is None else data), "IMG_1.jpg"))


def ready(browser: Browser, path: str) -> Page:
    """Complete everything before the last review."""
    answered(browser, path)
    for kind in ("id_card", "household_book"):
        assert hand_in(browser, path, kind).status == 303
    browser.get(f"{path}/how")
    assert browser.send("/how", words=HOW).status == 303
    return browser.follow()


def entries(world: World) -> int:
    """The number of filings in the history."""
    with world.place.store.reading() as session:
        raised = select(func.count()).where(EntryRow.action == "raise", EntryRow.number.is_not(None))
        return session.scalar(raised) or 0


@pytest.mark.parametrize("role", ["officer", "registrar"])
def test_who_may_files_for_a_student_question_by_question(
    world: World, as_staff: Staff, as_student: Staff, record: str, role: str
) -> None:
    """The papers are named before any is asked for, the last look shows everything; the student sees it at once."""
    browser, path = as_staff(role), at(world, record)
    page = browser.get(path)
    assert "张三丰" in page.text and "代学生提交更正申请" in page.text
    assert f"{path}/wrong/XM" in page.links
    page = answered(browser, path)
    assert page.path == f"{path}/papers" and "居民身份证" in page.text and "待上传" in page.text
    page = ready(browser, path)
    for said in ("张三丰", "张三峰", HOW, "居民身份证", "户口簿", "请让学生本人看过"):
        assert said in page.text
    assert browser.send("/check").status == 303
    page, row = browser.follow(), world.row(world.case_of(record))
    assert (row.state, row.proxy, row.proxy_role) == (RAISED, world.staff[role].person, role)
    assert "请告诉学生" in page.text and " ".join((row.receipt or "")[n : n + 3] for n in (0, 3)) in page.text
    mine = as_student(record).get("/my").text
    name = "测试学院经办人" if role == "officer" else "测试学籍管理员"
    assert "代您提出：" in mine and name in mine
    assert "经办人代您提出了更正申请" in mine
    assert f"{name} 已于 10月25日 10:00 代您提交更正申请。" in mine and "您已于" not in mine
    case = as_student(record).get(f"/my/cases/{row.id}").text
    assert (
        HOW in case
        and "经办人代您提交申请" in case
        and "您提交申请" not in case.split("经办人代您提交申请")[0]
    )
    letter = f"/my/cases/{row.id}/letter"
    for page_of in (f"/my/receipts/{row.id}", letter):
        assert name in as_student(record).get(page_of).text
    world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    text = as_student(record).get(letter).text
    assert "学籍信息更正申请受理通知书" in text
    assert f"{name} 于2024年10月25日代你提出学籍信息更正申请，共 1 项。" in text
    desk = as_staff("reviewer").get(f"/desk/{row.id}").text
    assert name in desk and HOW in desk
    timeline = as_staff("auditor").get(f"/audit/{row.id}").text
    assert name in timeline
    if role == "officer":
        assert name in browser.get(f"/college/{CAMPAIGN}/students/{row.id}").text


@pytest.mark.parametrize("role", ["officer", "registrar"])
def test_a_confirmation_by_somebody_else_is_told_as_theirs(
    world: World, as_student: Callable[[str], Browser], record: str, role: str
) -> None:
    """The student's first page names who confirmed for them, in the campaign and after it, never the student."""
    case, by = world.case_of(record), world.staff[role]
    world.do(case, "confirm", by, words="10月25日本人来电答复：各项无误")
    name = "测试学院经办人" if role == "officer" else "测试学籍管理员"
    for _time in ("in the campaign", "after it"):
        mine = as_student(record).get("/my").text
        assert f"{name} 已于 2024年10月25日 10:00 代您确认以下信息无误。" in mine and "您已于" not in mine
        world.at(on(2024, 11, 20))


def test_where_the_rules_allow_no_proxy_the_page_says_so_and_has_no_form(
    place: Installation, clock: SetClock
) -> None:
    """Rule, source and remedy stand there; no field can be marked, and what is sent all the same keeps nothing."""
    strict = World(place, clock)
    record = strict.record(xm="张三丰")
    strict.open_campaign()
    browser = signed_in(strict, create_app(place), strict.staff["officer"].person)
    path = at(strict, record)
    assert path in browser.get(f"/college/{CAMPAIGN}/students/{strict.case_of(record).id}").links
    page = browser.get(path)
    assert page.codes == ["PROXY_NOT_ALLOWED"]
    for said in ("须由学生本人提出，学院经办人不能代办", "请学生本人登录后办理"):
        assert said in page.text
    assert "通知未作规定" not in page.text
    assert not [link for link in page.links if "/wrong/" in link]
    assert not [form for form in browser.get(f"{path}/wrong/XM").forms if "/for/" in form.action]
    sent = browser.post(f"{path}/wrong/XM", csrf_token=browser.token, value="张三峰")
    assert sent.status == 422 and sent.codes == ["PROXY_NOT_ALLOWED"]
    number = browser.post(f"{path}/number", csrf_token=browser.token, why="check_identity")
    assert number.status == 422 and "PROXY_NOT_ALLOWED" in number.codes
    assert browser.get(f"{path}/photo").status == 404
    with place.store.reading() as session:
        assert read_draft(session, place.cipher, record, strict.staff["officer"].person).claims == {}
        about = Access.subject == path[5:], Access.what.in_(("photo", "try:photo", "reveal:SFZH"))
        lines = session.execute(select(Access.what, Access.allowed).where(*about).order_by(Access.id))
        assert [tuple(line) for line in lines] == [("reveal:SFZH", False), ("try:photo", False)]


def test_what_was_filed_for_a_student_is_the_proxys_no_more(
    world: World, as_staff: Staff, as_student: Staff, record: str
) -> None:
    """Their own papers open until the press that files them, and to the student from then on."""
    browser, path, officer = as_staff("officer"), at(world, record), world.staff["officer"].person
    form = ready(browser, path).form("/check")
    with world.place.store.reading() as session:
        papers = [paper.id for paper in papers_of_draft(session, record, officer)]
    assert [browser.get(f"{path}/papers/{paper}").status for paper in papers] == [200, 200]
    assert browser.send_form(form).status == 303
    for paper in papers:
        for more in ("", "/small"):
            assert browser.get(f"{path}/papers/{paper}{more}").status == 404
        assert browser.post(f"{path}/papers/{paper}/remove", csrf_token=browser.token).status == 404
        assert as_student(record).get(f"/my/papers/{paper}").status == 200


def test_another_colleges_officer_finds_nobody(world: World, app: Flask, record: str) -> None:
    """As if the student were not there, on every page of it; and the try is remembered."""
    with world.place.store.writing() as session:
        place, now = world.place, world.clock.moment
        made = add_person(session, "外院经办人", "officer", "另一学院", "system", now, place.entropy)
    browser, path = signed_in(world, app, made.id), at(world, record)
    for page in (
        "",
        "/wrong/XM",
        "/papers",
        "/papers/add/id_card",
        "/check",
        "/how",
        "/receipt",
        "/photo",
    ):
        assert browser.get(path + page).status == 404
    assert browser.get("/for/" + "0" * 32).status == 404
    with world.place.store.reading() as session:
        lines = session.execute(
            select(Access.what, Access.allowed).where(Access.person_id == made.id, Access.subject == path[5:])
        ).all()
    assert {tuple(line) for line in lines} == {("try:proxy", False)} and len(lines) == 8


def test_a_doubled_form_files_once_and_another_draft_is_shown_again(
    world: World, as_staff: Staff, record: str
) -> None:
    """Sent twice it leads to one receipt; what changed in another window is looked at once more."""
    browser, path = as_staff("officer"), at(world, record)
    form = ready(browser, path).form("/check")
    hand_in(browser, path, "other", picture(200, 100))
    page = browser.send_form(form)
    assert page.status == 409 and page.codes == ["changed_meanwhile"] and entries(world) == 0
    form = browser.get(f"{path}/check").form("/check")
    for _ in range(2):
        assert browser.send_form(form).location == f"{path}/receipt"
    assert entries(world) == 1
    with world.place.store.reading() as session:
        filed = session.scalar(select(func.count()).where(Evidence.case_id == path[5:]))
        assert filed == 3 and papers_of_draft(session, record, world.staff["officer"].person) == []


def test_what_the_student_did_meanwhile_is_told_and_nothing_is_filed(
    world: World, as_staff: Staff, record: str
) -> None:
    """The student confirmed or filed while the officer looked: the officer's form is stale."""
    browser, path = as_staff("officer"), at(world, record)
    form = ready(browser, path).form("/check")
    world.do(world.case_of(record), "confirm", world.student(record))
    page = browser.send_form(form)
    assert page.status == 409 and "changed_meanwhile" in page.codes and entries(world) == 0
    world.file(record, NAME)
    assert "wrong_state" in browser.get(path).codes


def test_how_the_student_asked_is_asked_with_its_fault_named(
    world: World, as_staff: Staff, record: str
) -> None:
    """Blank words are refused beside their field; without them the last look cannot be sent."""
    browser, path = as_staff("officer"), at(world, record)
    answered(browser, path)
    browser.get(f"{path}/how")
    page = browser.send("/how", words="  ")
    assert page.status == 422 and page.codes == ["words_missing"] and 'href="#words"' in page.html
    assert 'aria-invalid="true"' in page.html
    page = browser.get(f"{path}/check")
    assert "words_missing" in page.codes and not page.form("/check").open


def test_papers_are_checked_as_a_students_are_and_looks_are_noted(
    world: World, as_staff: Staff, as_student: Staff, record: str
) -> None:
    """No picture, no paper; the student sees none of it before it is filed; the access log tells who looked."""
    browser, path, officer = as_staff("officer"), at(world, record), world.staff["officer"].person
    answered(browser, path)
    assert hand_in(browser, path, "id_card", b"%PDF-1.7").codes == ["paper_pdf"]
    assert hand_in(browser, path, "id_card").status == 303
    with world.place.store.reading() as session:
        (paper,) = papers_of_draft(session, record, officer)
        id = paper.id
    assert browser.get(f"{path}/papers/{id}").status == 200
    student = as_student(record)
    assert student.get(f"/my/papers/{id}").status == 404
    assert student.post(f"/my/papers/{id}/remove", csrf_token=student.token).status in (303, 404)
    assert browser.get(f"{path}/papers/{id}/small").status == 200
    own = world.paper(record)
    assert browser.get(f"{path}/papers/{own}").status == 404
    with world.place.store.reading() as session:
        looks = select(Access.what).where(
            Access.person_id == officer, Access.subject == path[5:], Access.allowed
        )
        assert {"proxy", "paper"} <= set(session.scalars(looks))
    browser.get(f"{path}/discard")
    assert browser.send("/discard").status == 303
    with world.place.store.reading() as session:
        assert [one.id for one in session.scalars(select(Evidence))] == [own]


def test_the_student_withdraws_it_as_their_own(
    world: World, as_staff: Staff, as_student: Staff, record: str
) -> None:
    """Two touches on their phone; then everything is as before, for them and for who filed."""
    browser, path = as_staff("officer"), at(world, record)
    ready(browser, path)
    browser.send("/check")
    student, case = as_student(record), path[5:]
    assert "不是您要求的" in student.get(f"/my/cases/{case}").text
    student.get(f"/my/cases/{case}/withdraw")
    assert student.send("/withdraw").status == 303
    assert world.case(case).state == NOT_CHECKED
    assert "不是您要求的" not in student.get(f"/my/cases/{case}").text
    assert f"{path}/wrong/XM" in browser.get(path).links


def test_after_the_close_the_page_says_when_it_was(world: World, as_staff: Staff, record: str) -> None:
    """No form; the dates and what the student can still do."""
    campaign = world.case(world.case_of(record)).campaign
    assert campaign is not None
    world.at(campaign.closes_at + timedelta(seconds=1))
    page = as_staff("registrar").get(at(world, record))
    assert page.codes == ["campaign_is_past"] and "2024-11-07 23:59:59" in page.text
    assert not [link for link in page.links if "/wrong/" in link]


def test_the_registrar_comes_there_by_the_students_number(world: World, as_staff: Staff, record: str) -> None:
    """From the campaign's cohort, with a number that stands in no address."""
    browser, cohort = as_staff("registrar"), f"/registrar/{CAMPAIGN}/cohort"
    browser.get(cohort)
    assert browser.send("/cohort", number="240100001", what="file").location == at(world, record)
    browser.get(cohort)
    assert browser.send("/cohort", number="999", what="file").codes == ["number_unknown"]


def test_a_stand_in_files_in_the_officers_place_and_both_are_named(
    world: World, as_student: Staff, record: str
) -> None:
    """The student's page names who did it and for whom."""
    with world.place.store.writing() as session:
        place, now = world.place, world.clock.moment
        officer, other = world.staff["officer"].person, world.staff["reviewer"].person
        by = world.staff["administrator"]
        stand_in(session, officer, other, now.date(), now.date(), by, now, place.entropy)
    papers = tuple(world.paper(record, kind, other) for kind in ("id_card", "household_book"))
    case = world.case_of(record)
    by = Actor(other, "officer", officer)
    world.do(case, "raise", by, claims=(NAME,), papers=papers, words=HOW)
    said = as_student(record).get(f"/my/cases/{case.id}").text
    assert "测试审核人" in said and "（代 测试学院经办人 办理）" in said


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_officer_files_for_a_student_who_stands_before_them(
    world: World, site: str, desk: BrowserContext, phone: BrowserContext, tmp_path: Path
) -> None:
    """At the counter: found, asked, photographed, looked at together, filed; then on the student's own phone."""
    record = world.record(xm="买买提吐尔逊·阿卜杜热合曼·测试")
    world.open_campaign()
    photo = tmp_path / "IMG_2024.jpg"
    photo.write_bytes(picture())
    page = sign_in(world, site, desk, world.staff["officer"].person)
    said = complaints(page)
    page.goto(f"{site}/college/{CAMPAIGN}/students/{world.case_of(record).id}")
    assert page.get_by_label("学生本人怎样答复的").input_value() == ""
    page.get_by_role("link", name="代学生提交更正申请").click()
    page.get_by_role("listitem").filter(has_text="姓名").get_by_role("link").click()
    page.get_by_label("录取时就填错了").check()
    page.get_by_label("正确的姓名").fill("买买提吐尔逊·阿布都热合曼·测试")
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_label("附上照片：居民身份证", exact=True).set_input_files(photo)
    expect(page.get_by_role("heading", name="已保存 1 张照片")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="下一步：核对并提交").click()
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("哪一天、用什么方式").fill(HOW)
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_text(HOW)).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="提交更正申请").click()
    done = page.get_by_role("link", name="完成")
    expect(done).to_be_visible()
    receipt = world.row(world.case_of(record)).receipt or ""
    expect(page.get_by_role("status")).to_contain_text(f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}")
    done.click()
    expect(page.get_by_text("代为提出：学院经办人 测试学院经办人")).to_be_visible()
    assert said == []

    mine = sign_in(world, site, phone, world.student(record).person)
    said = complaints(mine)
    expect(mine.get_by_text("代您提出：学院经办人 测试学院经办人")).to_be_visible()
    assert fits(mine)
    mine.get_by_role("link", name="查看办理进度").click()
    expect(mine.get_by_text(HOW)).to_be_visible()
    assert fits(mine)
    mine.get_by_role("link", name="撤回申请").click()
    mine.get_by_role("main").get_by_role("button").last.click()
    mine.wait_for_url(re.compile(r"/my/cases/\w+$"))
    assert world.case(world.case_of(record)).state == NOT_CHECKED
    assert said == []


def test_the_number_is_masked_and_opened_for_a_reason_that_is_written_down_before_it(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """On every page of the filing its ends; the whole number once; the student sees their own as ever."""
    number = number_of(date(2006, 5, 4), 313)
    record = world.record(number=number)
    world.open_campaign()
    path, browser = at(world, record), as_staff("officer")
    page = browser.get(path)
    assert f"{number[0]}{'*' * 16}{number[-1]}" in page.html and number not in page.html
    assert number not in browser.get(f"{path}/wrong/SFZH").html
    browser.get(path)
    assert browser.send("/number", why="").codes[0] == "look_without_reason"
    page = browser.send("/number", why="check_identity")
    assert page.status == 200 and number in page.html
    with world.place.store.reading() as session:
        opened = Access.what == "reveal:SFZH", Access.allowed
        asked = select(Access.role, Access.subject, Access.why).where(*opened)
        assert [tuple(row) for row in session.execute(asked)] == [
            ("officer", world.case_of(record).id, "check_identity")
        ]
    assert number not in browser.get(path).html
    assert number in re.sub(r"</?span[^>]*>|\s", "", as_student(record).get("/my").html)
