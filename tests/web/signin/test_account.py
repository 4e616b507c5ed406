"""One's own account: where one is signed in, and a new password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser, signed_in
from tests.world import World
from web import create_app
from web.shared.browsers import kind_of_browser
from workflow.people.accounts import grants_of
from workflow.people.presences import FRESH, Way, begin
from workflow.people.tables import Presence
from workflow.signin.password.proof import check_password, set_password
from workflow.signin.tables import KnownBrowser

pytestmark = pytest.mark.one_database

Someone = Callable[[str], Browser]
OLD, NEW = "vier Stare sassen auf dem Zaun", "funf Raben riefen nach Regen"
MIXED = "Lanterns of 7 quiet rivers."


def in_a_browser(world: World, person: str, browser: str) -> None:
    """Sign a person in at another browser."""
    with world.place.store.writing() as session:
        way, entropy = Way("password"), world.place.entropy
        begin(session, grants_of(session, person)[0], way, world.clock.moment, entropy, browser=browser)


def alive(world: World, person: str) -> int:
    """How many sign-ins of a person are open."""
    with world.place.store.reading() as session:
        which = Presence.person_id == person, Presence.ended_at.is_(None)
        return session.scalar(select(func.count()).select_from(Presence).where(*which)) or 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Version/4.0 Chrome/116.0 Mobile Safari/537.36 "
         "XWEB/1160 MicroMessenger/8.0.49 WeChat/arm64", "WeChat · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 wxwork/4.1 MicroMessenger/7.0",
         "WeCom · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
         "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
         "Safari · Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox · Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_by_its_kind_alone(said: str, kind: str) -> None:
    """Browser and system, without version, model or build: enough to know one's own, too little to know a person."""
    assert kind_of_browser(said) == kind


def test_the_list_says_where_one_is_signed_in(world: World, as_staff: Someone) -> None:
    """Kind of browser, way in, since when and used when, and which of them is this one."""
    person = world.staff["reviewer"].person
    in_a_browser(world, person, "WeChat · Android")
    page = as_staff("reviewer").get("/account")
    assert page.status == 200 and page.text.count("这台设备") == 1
    assert "微信 · Android" in page.text and "密码 · 2024年10月25日 10:00 登录" in page.text
    assert len([form for form in page.forms if "/account/sessions/" in form.action]) == 2


def test_nobody_ends_or_sees_somebody_elses(world: World, as_staff: Someone, app: Flask) -> None:
    """Another person's sign-ins are not in the list, and their ids end nothing from here."""
    in_a_browser(world, world.staff["auditor"].person, "Edge · Windows")
    theirs = signed_in(world, app, world.staff["auditor"].person).get("/account")
    action = next(form.action for form in theirs.forms if form.action.startswith("/account/sessions/"))
    mine = as_staff("reviewer")
    assert "Edge" not in mine.get("/account").text
    assert mine.post(action, csrf_token=mine.token).status == 303
    assert alive(world, world.staff["auditor"].person) == 2


def test_ending_one_leaves_the_others(world: World, as_staff: Someone) -> None:
    """The chosen one ends; this one and the third live on, until all others are ended too."""
    person = world.staff["reviewer"].person
    for browser in ("WeChat · Android", "Edge · Windows"):
        in_a_browser(world, person, browser)
    browser = as_staff("reviewer")
    page = browser.get("/account")
    ends = [
        form for form in page.forms if form.action.endswith("/end") and form.action != "/account/sessions/end"
    ]
    browser.send_form(ends[0])
    assert alive(world, person) == 2
    browser.get("/account")
    browser.send("/account/sessions/end")
    assert alive(world, person) == 1 and browser.get("/desk").status == 200


def test_a_new_password_ends_the_other_sign_ins_and_forgets_the_browsers(
    world: World, as_staff: Someone
) -> None:
    """Whoever knew the old password has nothing left: no session, and no browser that passes without delay."""
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        set_password(session, person, OLD, world.clock.moment)
        session.add(KnownBrowser(digest="0" * 64, person_id=person, seen_at=world.clock.moment))
    in_a_browser(world, person, "")
    browser = as_staff("reviewer")
    browser.get("/account")
    assert browser.send("/password", old=OLD, new=NEW, again=NEW).status == 303
    assert "密码已更改" in browser.follow().text and alive(world, person) == 1
    with world.place.store.reading() as session:
        assert check_password(session, person, NEW, world.clock.moment)
        assert not check_password(session, person, OLD, world.clock.moment)
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 0


def test_everything_against_a_new_password_is_said_at_once(world: World, as_staff: Someone) -> None:
    """The wrong old one, the two that differ, and all that makes the new one weak; nothing is typed back."""
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        set_password(session, person, OLD, world.clock.moment)
    browser = as_staff("reviewer")
    page = browser.get("/account")
    assert "至少 15 个字符" in page.text
    page = browser.send("/password", old="not it", new="ceshi", again="other")
    assert page.status == 422 and {"wrong_password", "passwords_differ", "password_too_short"} <= set(
        page.codes
    )
    assert "not it" not in page.html and 'value="ceshi"' not in page.html
    with world.place.store.reading() as session:
        assert check_password(session, person, OLD, world.clock.moment)


def test_a_new_password_tells_a_stranger_nothing_of_the_person(world: World, as_student: Someone) -> None:
    """Who sits at a browser left alone learns no digit of the ID number, no birthday and no name from refusals."""
    student = as_student(world.record(xm="张三丰"))
    world.at(world.clock.moment + FRESH)
    student.get("/account")
    mine = student.send("/password", new="zhangsanfeng20060504", again="zhangsanfeng20060504")
    nobodys = student.send("/password", new="ouyangxiuwen17230117", again="ouyangxiuwen17230117")
    assert mine.codes == nobodys.codes == ["proof_missing"]


def test_a_password_past_its_age_does_not_follow_itself(world: World) -> None:
    """Where passwords age, the account's page refuses the same one too."""
    place = replace(world.place, settings=replace(world.place.settings, passwords="mlps"))
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        set_password(session, person, MIXED, world.clock.moment)
    browser = signed_in(world, create_app(place), person)
    browser.get("/account")
    assert browser.send("/password", old=MIXED, new=MIXED, again=MIXED).codes == ["password_same_as_before"]
    assert browser.send("/password", old=MIXED, new=f"{MIXED}!", again=f"{MIXED}!").status == 303


def test_a_new_password_needs_the_old_one_or_a_fresh_proof(world: World, as_staff: Someone) -> None:
    """A browser left alone cannot be given a password of somebody's own."""
    person = world.staff["reviewer"].person
    browser = as_staff("reviewer")
    world.at(world.clock.moment + FRESH)
    browser.get("/account")
    page = browser.send("/password", new=NEW, again=NEW)
    assert page.codes == ["proof_missing"]
    browser.prove(world)
    browser.get("/account")
    assert browser.send("/password", new=NEW, again=NEW).status == 303
    world.at(world.clock.moment + FRESH)
    browser.get("/account")
    page = browser.send("/password", new=OLD, again=OLD)
    assert page.codes == ["wrong_password"]
    with world.place.store.reading() as session:
        assert check_password(session, person, NEW, world.clock.moment)


def test_a_students_password_is_not_made_of_their_record(world: World, as_student: Someone) -> None:
    """The number that stands on every list of the class opens nothing."""
    student = as_student(world.record(xm="张三丰"))
    page = student.get("/account")
    assert "至少 12 个字符" in page.text
    page = student.send("/password", new="zhangsanfeng20060504", again="zhangsanfeng20060504")
    assert page.status == 422 and page.codes


def test_the_last_sign_ins_are_listed(world: World, as_staff: Someone) -> None:
    """Also those that have ended, so that a stranger's is seen."""
    person = world.staff["reviewer"].person
    in_a_browser(world, person, "QQ Browser · Windows")
    browser = as_staff("reviewer")
    browser.get("/account")
    browser.send("/account/sessions/end")
    assert "QQ 浏览器 · Windows" in browser.follow().text
