"""The school on its pages: whom to call, its notice, its colour and crest, and where they are changed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from config.accent import colours_of
from config.policy import School
from config.profile import Profile
from config.settings import ROOT
from tests.editing import load
from tests.web.browsing import Browser
from tests.web.counting import counted
from tests.world import World
from web.school.colours import GROUNDS, sheet
from workflow.people.tables import Access
from workflow.school.profile import change
from workflow.school.tables import ProfileRow

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
PAGE = "/registrar/profile"
RED, SVG = "#8b1a1a", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9z"/></svg>'


def restart(world: World, app: Flask, school: School) -> None:
    """Start the program again with another folder."""
    load(world, school)
    app.extensions["kanwu"] = world.place


def looks(world: World) -> list[str]:
    """What the access log has of the profile."""
    with world.place.store.reading() as session:
        asked = select(Access.what).where(Access.what.like("profile:%")).order_by(Access.id)
        return list(session.scalars(asked))


def test_whoever_is_stuck_finds_whom_to_call_once_on_every_page(
    world: World, stranger: Browser, as_student: Staff, as_staff: Staff
) -> None:
    """Before sign-in, as a student and where a page is not there: office, room and a number that can be dialled."""
    record = world.record()
    world.open_campaign()
    student = as_student(record)
    for page in (stranger.get("/signin"), stranger.get("/notice"), stranger.get("/no-such"), student.get("/my"),
                 student.get("/my/no-such"), student.get("/registrar")):  # fmt: skip
        assert page.html.count('<address class="contact">') == 1, page.path
        assert "学籍与学业管理科" in page.text and "B栋125办公室" in page.text
        assert "tel:83863717" in page.links and "/notice" in page.links
    assert '<address class="contact">' not in as_staff("registrar").get("/registrar").html


def test_a_school_that_has_said_nothing_shows_nothing_and_the_registrar_is_told(
    world: World, app: Flask, stranger: Browser, as_staff: Staff
) -> None:
    """Without its files the program runs: no empty block, and the page says what is missing."""
    school = world.place.school
    restart(world, app, replace(school, profile=None, notice=None, guide=None))
    with world.place.store.writing() as session:
        session.execute(delete(ProfileRow))
    world.place.profile_at_hand.drop()
    assert '<address class="contact">' not in stranger.get("/signin").html
    page = as_staff("registrar").get(PAGE)
    for missing in (
        "学校资料：尚未填写",
        "自查通知：尚未提供",
        "学信网账号问题自助：尚未提供",
    ):
        assert missing in page.text
    with world.place.store.writing() as session:
        change(session, world.staff["registrar"], 0, Profile(office="教务处", office_en="AA", phone="1234567"),
               world.clock.moment)  # fmt: skip
    world.place.profile_at_hand.drop()
    missing = as_staff("registrar").get(PAGE).text.split("尚缺的内容")[1]
    assert "发文字号的代字" in missing
    bare = missing.split("决定书引不出规定：")[1]
    assert "经核实，原记录无误" in bare and "材料不能证明" not in bare
    said = stranger.get("/notice")
    assert said.status == 200 and "还没有把通知放在这里" in said.text
    assert "教务处" in said.text and "B栋" not in said.text and "/notice" not in said.links


def test_the_notice_is_read_by_anybody_with_its_dates_and_parts(
    world: World, app: Flask, stranger: Browser
) -> None:
    """It says that it is a retelling, and of what; an earlier version says that it is one."""
    page = stranger.get("/notice")
    for said in (
        "南昌航空大学教务处",
        "2024年10月23日",
        "11月7日",
        "转述",
        "原文没有写发文日期",
        "二、工作要求",
    ):
        assert said in page.text
    notice = world.place.rules.notice
    assert notice is not None
    first = f"/notice/{notice.digest}"
    stranger.client.set_cookie("lang", "en")
    assert "retelling" in stranger.get("/notice").text
    own = replace(notice, head=replace(notice.head, quoted=True))
    restart(world, app, replace(world.place.school, notice=own))
    stranger.client.set_cookie("lang", "zh")
    assert "转述" not in stranger.get("/notice").text
    assert "这是以前的文字" in stranger.get(first).text
    assert stranger.get(f"/notice/{world.place.rules.privacy.digest}").status == 404


def test_the_registrar_changes_the_profile_and_every_page_follows(
    world: World, stranger: Browser, as_staff: Staff
) -> None:
    """Who, when and which parts are logged; all that is wrong is said at once and nothing is saved then."""
    registrar = as_staff("registrar")
    registrar.get(PAGE)
    page = registrar.send("/profile", phone="请来", hours="周一", accent="#ffcc00", appeal_to="")
    assert page.status == 422 and looks(world) == []
    for said in (
        "电话：电话只写数字",
        "办公时间的英文写法：没有填写",
        "#826702",
        "申诉期限（日）：写了申诉期限",
    ):
        assert said in page.text
    registrar.get(PAGE)
    assert registrar.send("/profile", phone="0791-83863717", accent=RED).status == 303
    assert "已保存：电话、校色。" in registrar.follow().text
    assert looks(world) == ["profile:phone", "profile:accent"]
    page = stranger.get("/signin")
    assert "tel:079183863717" in page.links
    page = registrar.get(PAGE)
    assert "与这里不同" in page.text and "文件“83863717”" in page.text
    stale = registrar.page.form("/profile")
    registrar.send("/profile", room="C栋", room_en="C")
    page = registrar.send_form(stale, room="D栋", room_en="D")
    assert page.status == 409 and page.codes == ["changed_meanwhile"]
    assert "修改学校资料：校色" in as_staff("auditor").get("/audit/grants/acts").text


def test_a_second_registrar_never_takes_back_what_the_first_changed(
    world: World, stranger: Browser, as_staff: Staff
) -> None:
    """A page of before is refused; the one shown then has the present values, and beside them what was typed."""
    registrar = as_staff("registrar")
    old = registrar.get(PAGE).form("/profile")
    registrar.send("/profile", phone="11112222")
    page = registrar.send_form(old, room="D栋", room_en="Block D")
    assert page.status == 409 and page.codes == ["changed_meanwhile"]
    shown = page.form("/profile").fields
    assert shown["phone"] == "11112222" and shown["room"] != "D栋"
    assert "您填写的“D栋”" in page.text and "您填写的“83863717”" not in page.text
    assert registrar.send("/profile", room="D栋", room_en="Block D").status == 303
    page = stranger.get("/signin")
    assert "tel:11112222" in page.links and "D栋" in page.text


def test_a_colour_is_seen_before_it_is_saved_and_comes_as_one_small_file(
    world: World, stranger: Browser, as_staff: Staff
) -> None:
    """The file's name changes with its content, browsers keep it, and nothing else is asked of them."""
    registrar = as_staff("registrar")
    fields = {**registrar.get(PAGE).form("/profile").fields, "accent": RED}
    page = registrar.post(f"{PAGE}/look", **fields)
    (preview,) = re.findall(r'href="(/school/preview/[^"]+)"', page.html)
    shown = registrar.client.get(preview).text
    for shades in (colours_of(RED).light, colours_of(RED).dark):
        assert f"--accent:{shades.accent};" in shown
    assert page.status == 200 and looks(world) == [] and "/school/" not in stranger.get("/signin").html
    registrar.get(PAGE)
    registrar.send("/profile", accent=RED)
    (address,) = re.findall(r'href="(/school/[^"]+)"', stranger.get("/signin").html)
    answer = stranger.client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers and answer.mimetype == "text/css" and len(answer.data) < 512
    assert f"--accent:{RED}" in answer.text and "--zhu:#1f4f93" in answer.text
    assert stranger.client.get(address.replace("8b1a1a", "125062")).status_code == 404


def test_the_grounds_of_a_preview_are_those_of_the_main_sheet() -> None:
    """Whoever changes a token of base.css changes it here."""
    text = Path(ROOT / "web" / "static" / "base.css").read_text(encoding="utf-8")
    light, dark = text.split("@media (prefers-color-scheme: dark)")[:2]
    for night, said in ((False, light), (True, dark)):
        for name, value in GROUNDS[night].items():
            assert f"--{name}: {value};" in said, (night, name)
    assert sheet("") == ""


def test_a_crest_is_shown_on_every_page_or_refused_with_the_way_out(
    world: World, stranger: Browser, as_staff: Staff
) -> None:
    """It is sent in a sandbox under a name that never changes; taken away, the name of the school stands alone."""
    registrar = as_staff("registrar")
    for data, code in (
        (b"\xff\xd8\xff", "crest_other_kind"),
        (SVG.replace(b"path", b"script"), "crest_not_plain"),
    ):
        registrar.get(PAGE)
        page = registrar.send("/crest", file=(io.BytesIO(data), "校徽.svg"))
        assert page.status == 422 and page.codes == [code]
    registrar.get(PAGE)
    assert registrar.send("/crest", file=(io.BytesIO(SVG), "校徽.svg"), do="add").status == 303
    page = stranger.get("/signin")
    (address,) = re.findall(r'<img class="crest" src="([^"]+)"', page.html)
    answer = stranger.client.get(address)
    assert answer.mimetype == "image/svg+xml" and "sandbox" in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"] and b"<path" in answer.data
    registrar.get(PAGE)
    registrar.send("/crest", do="remove")
    assert 'class="crest"' not in stranger.get("/signin").html and looks(world) == ["profile:crest"] * 2
    assert stranger.client.get(address).status_code == 200


def test_the_profile_costs_a_page_no_statement(world: World, as_student: Staff) -> None:
    """Shown on each page, it is read from the database when a minute has gone by, and not before."""
    student = as_student(world.record())
    world.open_campaign()
    student.get("/my")
    with counted(world.place.store) as asked:
        student.get("/my")
    assert not [one for one in asked if "school_profile" in one]
