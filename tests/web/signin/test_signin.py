"""Signing in and out: one link, one use, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser, signed_in
from tests.web.counting import Counted
from tests.world import World
from workflow.people.accounts import OPERATOR, give_role
from workflow.people.links import make_link
from workflow.people.presences import LIVES
from workflow.people.scopes import held
from workflow.people.tables import Presence, SignInLink

pytestmark = pytest.mark.one_database


def link_for(world: World, role: str) -> str:
    """A new one-time token of a member of staff."""
    with world.place.store.writing() as session:
        return make_link(session, world.staff[role].person, OPERATOR, world.clock.moment, world.place.entropy)


def test_looking_at_a_link_uses_nothing_up(world: World, stranger: Browser) -> None:
    """However often a mail scanner opens a link, the person can still sign in with it."""
    token = link_for(world, "reviewer")
    for _ in range(3):
        assert stranger.get("/in").status == 200
        page = stranger.get(f"/in/{token}")
        assert page.status == 200 and "测试审核人" in page.text
    with world.place.store.reading() as session:
        assert session.scalars(select(SignInLink.used_at)).all() == [None]
    assert stranger.open_link(token).status == 303
    assert stranger.get("/desk").status == 200


def test_a_link_works_once(world: World, app: Flask, stranger: Browser) -> None:
    """Who finds a used link in a mailbox gets the page that every bad link gets."""
    token = link_for(world, "reviewer")
    assert stranger.open_link(token).status == 303
    finder = Browser(app)
    assert finder.open_link(token).status == 404
    assert finder.get(f"/in/{token}").status == 404
    assert finder.post(f"/in/{token}", csrf_token=finder.token).status == 404
    assert finder.get("/desk").status == 401


def test_used_old_and_unknown_links_look_the_same(world: World, app: Flask, stranger: Browser) -> None:
    """The page of a bad link does not tell whether it ever was a good one."""
    used, old = link_for(world, "reviewer"), link_for(world, "auditor")
    stranger.open_link(used)
    world.at(world.clock.moment + timedelta(days=4))
    pages = [Browser(app).open_link(token) for token in (used, old, "nosuchlink")]
    assert {page.status for page in pages} == {404}
    assert len({page.text for page in pages}) == 1


def test_only_the_digest_of_a_token_is_kept(world: World, app: Flask) -> None:
    """Whoever reads the database cannot sign in with what stands there."""
    browser = signed_in(world, app, world.staff["reviewer"].person)
    token = browser.client.get_cookie("sid")
    assert token is not None and len(token.value) >= 43
    with world.place.store.reading() as session:
        digests = session.scalars(select(Presence.digest)).all()
    assert token.value not in digests
    assert all(len(digest) == 64 for digest in digests)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    world: World, app: Flask, stranger: Browser
) -> None:
    """The session cookie is HttpOnly and SameSite, and over HTTPS bound to this host as well."""
    token = link_for(world, "reviewer")
    cookies = stranger.open_link(token).response.headers.getlist("Set-Cookie")
    for name in ("sid=", "known="):
        plain = next(cookie for cookie in cookies if cookie.startswith(name))
        assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Path=/" in plain
    token = link_for(world, "reviewer")
    client = app.test_client()
    opened = client.get("/in", base_url="https://localhost")
    csrf = opened.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        "/in", data={"csrf_token": csrf, "token": token}, base_url="https://localhost",
        headers={"Referer": "https://localhost/"},
    )  # fmt: skip
    secure = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-sid="))
    assert "Secure" in secure and "HttpOnly" in secure and "Domain" not in secure


def test_signing_out_kills_a_copied_cookie(as_staff: Callable[[str], Browser], app: Flask) -> None:
    """After signing out, the same cookie in another browser opens nothing."""
    browser, thief = as_staff("reviewer"), Browser(app)
    copied = browser.client.get_cookie("sid")
    assert copied is not None
    thief.client.set_cookie("sid", copied.value)
    assert thief.get("/desk").status == 200
    browser.get("/desk")
    assert browser.send("/out").status == 303
    assert thief.get("/desk").status == 401
    assert browser.get("/desk").status == 401


def test_an_idle_browser_is_signed_out(world: World, as_staff: Callable[[str], Browser]) -> None:
    """Who leaves the desk for as long as the setting allows has to sign in again; who works does not."""
    browser, idle = as_staff("reviewer"), LIVES["workday"].staff_idle
    for _ in range(2):
        world.at(world.clock.moment + idle - timedelta(minutes=5))
        assert browser.get("/desk").status == 200
    world.at(world.clock.moment + idle)
    assert browser.get("/desk").status == 401


def test_a_person_with_two_roles_changes_between_them(
    world: World, as_staff: Callable[[str], Browser]
) -> None:
    """Another role of one's own is one press away, comes with a new token, and the old one is dead."""
    with world.place.store.writing() as session:
        give_role(
            session,
            world.staff["reviewer"].person,
            held("auditor"),
            "test",
            world.clock.moment,
            world.place.entropy,
        )
    browser = as_staff("reviewer")
    before = browser.client.get_cookie("sid")
    assert browser.get("/audit").status == 403
    browser.get("/desk")
    grant = next(button[1] for button in browser.page.form("/role").buttons)
    assert browser.send("/role", grant=grant).status == 303
    after = browser.client.get_cookie("sid")
    assert browser.get("/audit").status == 200 and browser.get("/desk").status == 403
    assert before is not None and after is not None and before.value != after.value


def test_nobody_takes_on_a_role_that_is_not_theirs(world: World, as_staff: Callable[[str], Browser]) -> None:
    """A grant that belongs to somebody else changes nothing, whoever knows its id."""
    from workflow.people.accounts import grants_of

    with world.place.store.reading() as session:
        foreign = grants_of(session, world.staff["administrator"].person)[0].id
    browser = as_staff("reviewer")
    assert browser.post("/role", csrf_token=browser.token, grant=foreign).status == 404
    assert browser.get("/admin").status == 403


def test_signing_in_ends_who_sat_there_before(world: World, app: Flask) -> None:
    """The next person at a shared browser does not leave the last one signed in on the server."""
    browser = signed_in(world, app, world.staff["reviewer"].person)
    token = link_for(world, "auditor")
    browser.open_link(token)
    with world.place.store.reading() as session:
        alive = session.scalar(select(func.count()).select_from(Presence).where(Presence.ended_at.is_(None)))
    assert alive == 1


def test_the_language_switch_leads_back_to_our_own_pages_only(stranger: Browser) -> None:
    """A prepared form cannot use the switch to send somebody to another site."""
    stranger.get("/")
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/x",
        "/\r/x",
    ):
        page = stranger.post("/language", csrf_token=stranger.token, language="en", back=elsewhere)
        assert (page.status, page.location) == (303, "/")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_knowing_who_sits_there_costs_one_statement(
    world: World, as_staff: Callable[[str], Browser], statements: Counted
) -> None:
    """Every page pays it, so it is paid once."""
    browser = as_staff("auditor")
    statements.clear()
    assert browser.get("/").status == 303
    assert len(statements) == 1


def test_a_stranger_reads_what_this_is_and_how_to_get_in(stranger: Browser) -> None:
    """Whose page it is, what it is for, the ways in, who can help, and that nobody asks for a password."""
    page = stranger.get("/signin")
    for words in (
        "南昌航空大学",
        "学籍记录",
        "第一次登录",
        "忘记密码",
        "辅导员或学籍管理部门",
        "不会有人向您索要密码",
    ):
        assert words in page.text, words
    assert {"/activate", "/signin/code"} <= set(page.links)
    assert page.form("/signin").fields.keys() == {"csrf_token", "number", "password"}


def test_who_signed_out_reads_how_to_come_back(as_staff: Callable[[str], Browser]) -> None:
    """The page names the password and the code, and leads back to the form."""
    browser = as_staff("reviewer")
    browser.get("/desk")
    browser.send("/out")
    page = browser.follow()
    assert "请用密码登录" in page.text and "登录码" in page.text and "/signin" in page.links
    assert "链接" not in page.text


def test_every_error_says_what_to_do(stranger: Browser, as_staff: Callable[[str], Browser]) -> None:
    """Not signed in, the wrong role, nothing there, far too much: a remedy, a way back, the time for a call."""
    officer = as_staff("officer")
    stranger.get("/")
    pages = {
        401: (stranger.get("/college"), "用学校发给您的登录码"),
        403: (officer.get("/admin"), "页面底部切换"),
        404: (officer.get("/college/nothing"), "从首页重新进入"),
        413: (stranger.post("/language", csrf_token=stranger.token, back="/" + "x" * 70_000), "缩短后再提交"),
    }
    for status, (page, words) in pages.items():
        assert page.status == status and words in page.text
        assert "/" in page.links and f"代码 {status} · 2024年10月25日 10:00" in page.text
