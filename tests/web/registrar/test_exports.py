"""Full numbers, phones and papers leave as an export job alone: two people, a mark on everything, one day."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from tests.web.browsing import Browser, Page, signed_in
from tests.workflow.records.test_student_contacts import take
from tests.world import CAMPAIGN, NAME, World
from workflow.notices.tables import Notice
from workflow.outgoing.jobs import students
from workflow.outgoing.jobs.tables import ExportJob
from workflow.people.accounts import add_person
from workflow.people.standing_in import declare, stand_in
from workflow.people.tables import Access, Grant
from workflow.upkeep.scheduled import run_scheduled

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
ID_NUMBER, PHONE, DORM = "990000200605041552", "13812345678", "南区 7 号楼 315"
WORDS = "省教育厅要求核对，依据赣教学字 12 号文，用完即销毁"
LIST = "/registrar/exports"
DAY = timedelta(hours=24)


@pytest.fixture
def record(world: World) -> str:
    """A student with a phone and a dormitory, whose name change was filed with two papers."""
    record = world.record(number=ID_NUMBER, xh="240166001", xm="张三丰")
    world.open_campaign()
    world.file(record, NAME)
    take(world, f"学号,手机,宿舍\n240166001,{PHONE},{DORM}\n")
    return record


def ask(browser: Browser, **typed: object) -> Page:
    """Fill in the form for an export and send it."""
    browser.get(LIST)
    wanted = {"purpose": "authority", "words": WORDS, "what": ["id_number", "phone", "dormitory", "papers"]}
    return browser.send(LIST, **wanted | typed)


def asked(browser: Browser, **typed: object) -> str:
    """The same. Returns the address of the job's page."""
    page = ask(browser, **typed)
    assert page.status == 303, (page.codes, page.text[-400:])
    return page.location


def lines(world: World) -> list[tuple[str, str, bool]]:
    """What the access log says of export jobs."""
    with world.place.store.reading() as session:
        rows = session.execute(
            select(Access.role, Access.what, Access.allowed)
            .where(Access.what.like("%export%"), ~Access.what.like("page:%"))
            .order_by(Access.id)
        )
        return [(row.role, row.what, row.allowed) for row in rows]


def job(world: World) -> ExportJob:
    """The only job."""
    with world.place.store.reading() as session:
        found = session.scalars(select(ExportJob)).one()
        session.expunge(found)
        return found


def on_disk(world: World) -> list[bytes]:
    """The files of export jobs as they lie on disk."""
    folder = world.place.settings.home / "outgoing"
    return [path.read_bytes() for path in folder.iterdir()] if folder.exists() else []


def test_a_job_from_the_wish_to_its_end(world: World, as_staff: Staff, record: str) -> None:
    """A registrar asks, a second reviewer approves, the file bears who, when and what for, and is gone in a day."""
    registrar, second, auditor = (as_staff(role) for role in ("registrar", "second_reviewer", "auditor"))
    path = asked(registrar)
    assert registrar.follow().codes == ["export_own"] and "等待批准" in registrar.page.text
    assert registrar.post(f"{path}/file", csrf_token=registrar.token).codes == ["export_gone"]
    page = second.get(path)
    assert WORDS in page.text and "1 · 证明材料 2 份" in page.text and ID_NUMBER not in page.html
    assert second.send("/approve").status == 303
    assert "文件校验码" in second.follow().text and "下载导出文件" not in second.page.text
    (sealed,) = on_disk(world)
    assert ID_NUMBER.encode() not in sealed and b"PK" not in sealed[:64]

    registrar.get(path)
    answer = registrar.send("/file").response
    assert answer.headers["Content-Disposition"] == f'attachment; filename="export-{path[-32:-20]}.zip"'
    assert hashlib.sha256(answer.data).hexdigest() == job(world).digest
    mark = "导出 测试学籍管理员"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as bundle:
        book = openpyxl.load_workbook(io.BytesIO(bundle.read("students.xlsx")))
        assert sorted(bundle.namelist()) == ["papers/0001.jpg", "papers/0002.jpg", "students.xlsx"]
        with Image.open(io.BytesIO(bundle.read("papers/0001.jpg"))) as paper:
            comment = paper.info["comment"].decode()
    (head, row), papers = book["学生"].iter_rows(values_only=True), list(book["证明材料"].values)
    assert row[2:9] == ("240166001", row[3], "张三丰", ID_NUMBER, PHONE, DORM, row[8])
    assert head[5:] == ("证件号码", "联系电话", "宿舍", "导出标记")
    for marked in (row[8], *(one[-1] for one in papers[1:]), book["学生"].oddHeader.left.text):
        assert mark in marked and "2024-10-25 10:00" in marked and "向主管部门上报或核对" in marked
    assert "EXPORT Ce Shi Xue Ji Guan Li Yuan" in comment and "report to the authority" in comment
    assert "2024-10-25 10:00" in comment and job(world).id[:12] in comment
    assert [line for line in lines(world) if line[2]] == [
        ("registrar", "export_made", True), ("second_reviewer", "export_approved", True),
        ("registrar", "export:file 1-1", True),
    ]  # fmt: skip

    shown = auditor.get("/audit/exports")
    for words in ("测试学籍管理员", "测试复核人", "已批准", WORDS, job(world).digest[:12]):
        assert words in shown.text
    world.at(world.clock.moment + DAY)
    registrar.sit_down(world, world.staff["registrar"].person)
    assert "文件已销毁" in registrar.get(path).text and "下载导出文件" not in registrar.page.text
    assert registrar.post(f"{path}/file", csrf_token=registrar.token).codes == ["export_gone"]
    run_scheduled(world.place)
    assert on_disk(world) == [] and job(world).key is None and job(world).ended_because == "destroyed"
    auditor.sit_down(world, world.staff["auditor"].person)
    assert "文件已销毁" in auditor.get("/audit/exports").text


def test_the_download_is_logged_before_the_bytes_are_read(world: World, as_staff: Staff, record: str) -> None:
    """Where the file is lost the line stands nevertheless, and nothing else is handed out in its place."""
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    path = asked(registrar, what=["phone"])
    second.get(path)
    second.send("/approve")
    (stored,) = (world.place.settings.home / "outgoing").iterdir()
    for spoilt in (stored.read_bytes()[:-1] + b"\0", b""):
        stored.write_bytes(spoilt) if spoilt else stored.unlink()
        registrar.get(path)
        assert registrar.send("/file").codes == ["export_gone"]
    assert [line for line in lines(world) if line[1] == "export:file 1-1"] == [
        ("registrar", "export:file 1-1", True)
    ] * 2


def test_who_is_alone_cannot_export(world: World, as_staff: Staff, record: str) -> None:
    """Without another registrar or a second reviewer the form is shut and says whom to ask, and a press is refused."""
    with world.place.store.writing() as session:
        session.execute(
            update(Grant).where(Grant.role == "second_reviewer").values(ended_at=world.clock.moment)
        )
    registrar = as_staff("registrar")
    page = registrar.get(LIST)
    assert page.codes == ["export_alone"] and "任命一位学籍管理员或复核人" in page.text
    form = page.form(LIST)
    assert not form.open
    page = registrar.post(LIST, **form.fields | {"purpose": "legal", "words": WORDS, "what": "id_number"})
    assert (page.status, page.codes) == (422, ["export_alone"]) and lines(world) == []


@pytest.mark.parametrize("absent_is_maker", [True, False])
def test_neither_the_maker_nor_their_stand_in_approves(
    world: World, app: Flask, as_staff: Staff, record: str, absent_is_maker: bool
) -> None:
    """Whoever stands in for the maker, or for whom the maker stands in, is refused; the try is a line of the log."""
    place, at = world.place, world.clock.moment
    with place.store.writing() as session:
        other = add_person(session, "另一位管理员", "registrar", "", "test", at, place.entropy).id
        pair = (world.staff["registrar"].person, other)
        absent, stands = pair if absent_is_maker else pair[::-1]
        stand_in(
            session, absent, stands, at.date(), at.date(), world.staff["administrator"], at, place.entropy
        )
    registrar, tied = as_staff("registrar"), signed_in(world, app, other)
    path = asked(registrar, what=["id_number"])
    assert registrar.post(f"{path}/approve", csrf_token=registrar.token).codes == ["export_own"]
    assert tied.get(path).codes == ["export_stand_in"]
    assert tied.post(f"{path}/approve", csrf_token=tied.token).codes == ["export_stand_in"]
    assert [line for line in lines(world) if not line[2]] == [("registrar", "try:export_approve", False)] * 2
    assert job(world).approved_at is None and on_disk(world) == []


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({"purpose": "", "words": " ", "what": []},
         ["export_no_purpose", "export_no_words", "export_nothing_chosen"]),
        ({"purpose": "curiosity", "words": "字" * 601}, ["export_no_purpose", "export_no_words"]),
        ({"what": ["id_number", "password"]}, ["export_nothing_chosen"]),
        ({"college": "没有的学院"}, ["export_no_such_scope"]),
        ({"campaign": "f" * 32}, ["export_no_such_scope"]),
        ({"college": "空的学院", "what": ["papers"]}, ["export_no_papers"]),
    ],
    ids=["nothing", "unknown and too long", "no such content", "college", "campaign", "no papers"],
)  # fmt: skip
def test_a_wish_that_is_not_whole_is_refused_with_every_reason(
    world: World, as_staff: Staff, record: str, typed: dict[str, object], codes: list[str]
) -> None:
    """What was typed stays in the form, and no job comes of it."""
    world.record(fy="空的学院")
    page = ask(as_staff("registrar"), **typed)
    assert (page.status, page.codes) == (422, codes)
    assert lines(world) == []


def test_more_papers_than_fit_are_refused_with_their_number(
    world: World, as_staff: Staff, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more than the most: the reason says how many there are and to take them college by college."""
    others = [world.record(fy="另一学院") for _ in range(2)]
    world.open_campaign()
    for other in others:
        world.file(other, NAME)
    monkeypatch.setattr("workflow.outgoing.jobs.students.MOST_PAPERS", 5)
    registrar = as_staff("registrar")
    page = ask(registrar)
    assert page.codes == ["export_too_many_papers"] and "有 6 份证明材料" in page.text
    assert ask(registrar, college="另一学院").status == 303


def test_a_job_is_settled_once(world: World, as_staff: Staff, record: str) -> None:
    """Declined, taken back or approved, it cannot be approved or declined again; whoever made it is told."""
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    for who, because in ((second, "已退回"), (registrar, "已撤回")):
        path = asked(registrar, what=["id_number"])
        form = second.get(path).form("/approve")
        who.get(path)
        assert who.send("/decline").status == 303 and because in who.follow().text
        page = second.send_form(form)
        assert (page.status, page.codes) == (409, ["export_settled"])
        assert second.post(f"{path}/decline", csrf_token=second.token).codes == ["export_settled"]
    assert on_disk(world) == []
    with world.place.store.reading() as session:
        told = session.execute(
            select(Notice.event, Notice.person_id).where(Notice.event.like("export%"))
        ).all()
    maker, other = (world.staff[role].person for role in ("registrar", "second_reviewer"))
    assert sorted(map(tuple, told)) == sorted(
        [("export_waits", other), ("export_waits", other), ("export_settled", maker)]
    )


def test_what_nobody_approves_lapses(world: World, as_staff: Staff, record: str) -> None:
    """A day after it was made it can be approved no more, with and without the round that ends it."""
    registrar = as_staff("registrar")
    path = asked(registrar, what=["id_number"])
    world.at(world.clock.moment + DAY)
    second = as_staff("second_reviewer")
    assert "无人批准，已失效" in second.get(path).text
    assert second.post(f"{path}/approve", csrf_token=second.token).codes == ["export_settled"]
    run_scheduled(world.place)
    assert (job(world).ended_because, on_disk(world)) == ("lapsed", [])


@pytest.mark.parametrize("ended", [True, False])
def test_a_job_of_somebody_who_is_no_registrar_any_more_is_not_approved(
    world: World, as_staff: Staff, record: str, ended: bool
) -> None:
    """What was asked for in an office ends with the office, on its last day or before."""
    path = asked(as_staff("registrar"), what=["id_number"])
    if ended:
        with world.place.store.writing() as session:
            session.execute(
                update(Grant).where(Grant.role == "registrar").values(ended_at=world.clock.moment)
            )
    else:
        world.until_yesterday(world.staff["registrar"])
    second = as_staff("second_reviewer")
    assert second.get(path).codes == ["export_maker_gone"]
    assert second.post(f"{path}/approve", csrf_token=second.token).codes == ["export_maker_gone"]


def test_nobody_but_the_maker_downloads(world: World, app: Flask, as_staff: Staff, record: str) -> None:
    """Another registrar sees the job, not its file, and the try is a line of the log."""
    place, at = world.place, world.clock.moment
    with place.store.writing() as session:
        other = add_person(session, "另一位管理员", "registrar", "", "test", at, place.entropy).id
    registrar, colleague = as_staff("registrar"), signed_in(world, app, other)
    path = asked(registrar, what=["id_number"])
    colleague.get(path)
    assert colleague.send("/approve").status == 303
    assert "下载导出文件" not in colleague.follow().text
    assert colleague.post(f"{path}/file", csrf_token=colleague.token).codes == ["export_not_yours"]
    assert ("registrar", "try:export_file", False) in lines(world)


def test_a_scope_holds_its_students_and_no_relative_of_the_maker(
    world: World, as_staff: Staff, record: str
) -> None:
    """A college and a campaign limit whom the file is about; a declared relative is in no file of the maker's."""
    relative = world.record(fy="测试学院", xh="240166002")
    world.record(fy="另一学院", xh="240166003"), world.record(xh="240166004", rxrq=world.clock.moment.date())
    place, maker = world.place, world.staff["registrar"]
    with place.store.writing() as session:
        declare(session, maker, relative, world.clock.moment, place.entropy)
        campaign = str(session.scalar(select(students.Case.campaign_id).limit(1)))
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    found = []
    for typed in ({}, {"college": "测试学院"}, {"campaign": campaign, "college": "测试学院"}):
        path = asked(registrar, what=["id_number"], **typed)
        second.get(path)
        second.send("/approve")
        registrar.get(path)
        book = openpyxl.load_workbook(io.BytesIO(registrar.send("/file").response.data))
        found.append([row[2] for row in list(book["学生"].values)[1:]])
    assert [sorted(one) for one in found] == [
        ["240166001", "240166003", "240166004"], ["240166001", "240166004"], ["240166001"],
    ]  # fmt: skip


def test_no_page_or_list_shows_a_full_number(world: World, as_staff: Staff, record: str) -> None:
    """Neither the pages of the job nor the lists that leave without one have the ID number or the phone."""
    registrar, officer, auditor = as_staff("registrar"), as_staff("officer"), as_staff("auditor")
    second = as_staff("second_reviewer")
    path = asked(registrar)
    second.get(path)
    second.send("/approve")
    seen = [one.get(path).html for one in (registrar, second)] + [auditor.get("/audit/exports").html]
    ours, theirs = f"/college/{CAMPAIGN}", f"/registrar/{CAMPAIGN}"
    for browser, pages in (
        (officer, (f"{ours}/silent", f"{ours}/silent.csv", f"{ours}/silent.xlsx", f"{ours}/class?class=240101",
                   f"{ours}/sheet?class=240101")),
        (registrar, (f"{theirs}/unchecked", f"{theirs}/unchecked.csv", f"{theirs}/platform/both.xlsx",
                     f"{theirs}/signatures.xlsx", "/registrar/contacts", LIST)),
    ):  # fmt: skip
        for one in pages:
            answer = browser.client.get(one)
            assert answer.status_code in (200, 404), one
            data = answer.data
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as book:
                    data = b"".join(book.read(name) for name in book.namelist())
            seen.append(data.decode(errors="replace"))
    for page in seen:
        assert ID_NUMBER not in page and PHONE not in page and DORM not in page
