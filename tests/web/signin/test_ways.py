"""The ways in as pages: a number with a password, a code from the school, a code one asked for, a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.web.browsing import Browser, Page, signed_in
from tests.workflow.signin.doors import OTHER, WORDS, code_for, numbered, opened, xh_of
from tests.world import World
from web import create_app
from workflow.people.accounts import OPERATOR
from workflow.people.links import make_link
from workflow.people.tables import Person, Presence, SignInLink
from workflow.records.tables import RosterImport
from workflow.signin.codes import shown
from workflow.signin.password.proof import set_password
from workflow.signin.tables import KnownBrowser, SignInCode

pytestmark = pytest.mark.one_database


@pytest.fixture
def browsers(app: Flask) -> Callable[[], Browser]:
    """New browsers, each at an address of its own, so that none waits for what another tried."""
    addresses = iter(range(1, 200))

    def new() -> Browser:
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{next(addresses)}"
        return browser

    return new


def signs_in(browser: Browser, number: str, password: str) -> Page:
    """Send the form of the sign-in page."""
    browser.get("/signin")
    return browser.send("/signin", number=number, password=password)


def shows_code(browser: Browser, number: str, code: str) -> Page:
    """Send the form of the first sign-in."""
    browser.get("/activate")
    return browser.send("/activate", number=number, code=code)


# -- number and password --------------------------------------------------------------------------------


def test_number_and_password_lead_home(world: World, stranger: Browser) -> None:
    """Staff and students sign in on one page, each with their own number, and land at their home."""
    opened(world, "reviewer", "T0001")
    assert signs_in(stranger, "T0001", WORDS).status == 303
    stranger.follow()
    assert stranger.follow().path == "/desk"


def test_a_student_signs_in_by_student_number_or_candidate_number(world: World, app: Flask) -> None:
    """Whichever of the two they know, it is the same account."""
    record = world.record()
    person = world.student(record).person
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    for number in (xh_of(record), "24360000000001"):
        browser = Browser(app)
        signs_in(browser, number, WORDS)
        assert browser.get("/my").status == 200


def test_nothing_on_the_page_tells_which_numbers_have_an_account(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Unknown, without password, closed, wrong password: every word, the status and the cookies are the same."""
    opened(world, "reviewer", "T0001")
    numbered(world, "auditor", "T0002")
    closed = opened(world, "officer", "T0003")
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == closed).values(closed_at=world.clock.moment))
    seen = set()
    for number in ("T0001", "T0002", "T0003", "T0004", xh_of(world.record()), "240199999"):
        page = signs_in(browsers(), number, OTHER)
        cookies = [one.split("=")[0] for one in page.response.headers.getlist("Set-Cookie")]
        seen.add((page.status, page.html.replace(number, "?"), *cookies))
    seen = {
        (status, re.sub(r'name="csrf_token" value="[^"]+"', "", html), *more) for status, html, *more in seen
    }
    assert len(seen) == 1
    assert next(iter(seen))[0] == 422


def test_what_is_missing_is_said_all_at_once_and_the_number_stays(stranger: Browser) -> None:
    """Nobody types the number twice because the password was forgotten, and no page repeats a password."""
    stranger.get("/signin")
    page = stranger.send("/signin", number="", password="")
    assert page.status == 422 and page.codes == ["number_missing", "password_missing"]
    page = stranger.send("/signin", number="T0001", password="")
    assert page.codes == ["password_missing"] and page.form("/signin").fields["number"] == "T0001"
    page = stranger.send("/signin", number="T0001", password=OTHER)
    assert page.codes == ["not_let_in"] and OTHER not in page.html


def test_a_wait_is_told_in_seconds(world: World, stranger: Browser) -> None:
    """After some wrong tries the page says how long, as the header does, keeps the number, and looks at nothing."""
    opened(world, "reviewer", "T0001")
    page = signs_in(stranger, "T0001", OTHER)
    while page.status == 422:
        page = signs_in(stranger, "T0001", OTHER)
    assert page.status == 429 and page.codes == ["must_wait"]
    seconds = int(page.response.headers["Retry-After"])
    assert f"请在 {seconds} 秒后再试" in page.text and page.form("/signin").fields["number"] == "T0001"
    assert signs_in(stranger, "T0001", WORDS).status == 429
    world.at(world.clock.moment + timedelta(seconds=seconds))
    assert signs_in(stranger, "T0001", WORDS).status == 303


def test_the_browser_is_known_after_signing_in_and_its_token_is_stored_nowhere(
    world: World, stranger: Browser
) -> None:
    """Its cookie lasts beyond the session and the sign-out; the database has only a digest."""
    opened(world, "reviewer", "T0001")
    signs_in(stranger, "T0001", WORDS)
    stranger.get("/desk")
    stranger.send("/out")
    cookie = stranger.client.get_cookie("known")
    assert cookie is not None and len(cookie.value) >= 43 and cookie.max_age and cookie.max_age > 86400 * 100
    with world.place.store.reading() as session:
        assert cookie.value not in session.scalars(select(KnownBrowser.digest)).all()


def test_the_page_that_was_wanted_opens_after_sign_in(world: World, browsers: Callable[[], Browser]) -> None:
    """Whoever opened a page without being signed in lands there; one that their role may not see is left out."""
    opened(world, "reviewer", "T0001")
    for wanted, lands in (("/desk?page=0", "/desk?page=0"), ("/audit", "/"), ("/nowhere", "/")):
        browser = browsers()
        assert browser.get(wanted).status in (401, 404)
        assert signs_in(browser, "T0001", WORDS).location == lands
    browser = browsers()
    browser.get("/desk")
    assert "直接打开您要看的那一页" in browser.get("/signin").text


def test_no_address_leads_to_another_site(world: World, browsers: Callable[[], Browser]) -> None:
    """What was opened before signing in is a path of this site, whatever stood in the address."""
    opened(world, "reviewer", "T0001")
    for elsewhere in ("//evil.example/desk", "/\\evil.example", "https://evil.example/desk"):
        browser = browsers()
        browser.client.get(elsewhere).close()
        assert signs_in(browser, "T0001", WORDS).location in ("/", "/desk")


def test_a_password_past_its_age_is_changed_at_sign_in(world: World) -> None:
    """Where the rules ask for it, the right password leads to the page that changes it, and then on."""
    opened(world, "reviewer", "T0001")
    settings = replace(world.place.settings, passwords="mlps")
    browser = Browser(create_app(replace(world.place, settings=settings)))
    world.at(world.clock.moment + timedelta(days=90))
    page = signs_in(browser, "T0001", WORDS)
    assert page.status == 200 and "90 天" in page.text and page.form("/renew").fields["number"] == "T0001"
    new = "Lanterns of 7 quiet rivers."
    assert browser.send("/renew", old=OTHER, password=new, again=new).codes == ["not_let_in"]
    assert browser.send("/renew", old=WORDS, password=new, again=OTHER).codes == ["passwords_differ"]
    assert browser.send("/renew", old=WORDS, password=new, again=new).status == 303
    assert browser.get("/desk").status == 200


# -- a code from the school -----------------------------------------------------------------------------


def test_a_strip_sets_a_password_and_the_student_comes_back_with_it(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Number and code, the rules of the password before typing, then home; tomorrow the password is enough."""
    record = world.record()
    code = shown(code_for(world, world.student(record).person, "strip"))
    browser = browsers()
    page = shows_code(browser, xh_of(record), code)
    assert page.status == 200 and "至少 12 个字符" in page.text
    assert browser.send("/activate/password", password=WORDS, again=WORDS).status == 303
    browser.follow()
    assert browser.follow().path == "/my"
    world.at(world.clock.moment + timedelta(days=1))
    assert signs_in(browsers(), xh_of(record), WORDS).status == 303


def test_a_password_that_cannot_be_taken_is_told_with_every_reason(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Two different ones, or one that others would guess: the step stays, and so does the code."""
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    browser = browsers()
    shows_code(browser, xh_of(record), code)
    page = browser.send("/activate/password", password=WORDS, again=OTHER)
    assert page.status == 422 and page.codes == ["passwords_differ"]
    page = browser.send("/activate/password", password="20060504", again="2006")
    assert page.status == 422
    assert {"passwords_differ", "password_too_short", "password_has_birthday"} <= set(page.codes)
    assert "20060504" not in page.html
    assert browser.send("/activate/password", password=WORDS, again=WORDS).status == 303


def test_every_wrong_code_is_answered_by_the_same_words(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Unknown number, no code, another's code, a used one: nothing on the page tells them apart."""
    records = [world.record() for _ in range(3)]
    people = [world.student(record).person for record in records]
    code, used = code_for(world, people[0], "strip"), code_for(world, people[1], "counter")
    browser = browsers()
    shows_code(browser, xh_of(records[1]), used)
    browser.send("/activate/password", password=WORDS, again=WORDS)
    seen = set()
    for number, typed in (
        ("240199999", code), (xh_of(records[2]), code), (xh_of(records[1]), used), (xh_of(records[0]), "22222-33333"),
    ):  # fmt: skip
        page = shows_code(browsers(), number, typed)
        html = page.html.replace(number, "?").replace(typed, "?")
        seen.add((page.status, re.sub(r'name="csrf_token" value="[^"]+"', "", html)))
    assert len(seen) == 1 and "code_opens_nothing" in next(iter(seen))[1]


def test_a_code_is_taken_as_people_type_it(world: World, browsers: Callable[[], Browser]) -> None:
    """Small letters, spaces, no dash: it is the same code."""
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    for typed in (code.lower(), f" {code[:5]} {code[5:]} ", shown(code)):
        assert shows_code(browsers(), xh_of(record), typed).status == 200


def test_who_left_too_long_ago_reads_whom_to_ask(world: World, stranger: Browser) -> None:
    """A graduate of years ago who proves who they are learns that the page is closed, and of the office."""
    record = world.record(xjzt="毕业")
    person = world.student(record).person
    with world.place.store.writing() as session:
        session.execute(update(RosterImport).values(as_of=date(2022, 7, 1)))
        set_password(session, person, WORDS, world.clock.moment)
    page = signs_in(stranger, xh_of(record), WORDS)
    assert page.status == 403 and "学籍管理部门" in page.text
    with world.place.store.reading() as session:
        assert session.scalars(select(Presence)).all() == []


# -- a code that one asks for ---------------------------------------------------------------------------


def test_asking_for_a_code_says_the_same_for_every_number(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Nobody learns from the page which numbers exist, nor who has an address here."""
    record = world.record()
    world.student(record)
    seen = set()
    for number in (xh_of(record), "240199999", xh_of(world.record())):
        browser = browsers()
        browser.get("/signin/code")
        page = browser.send("/signin/code", number=number)
        seen.add(
            (page.status, re.sub(r'name="csrf_token" value="[^"]+"', "", page.html.replace(number, "?")))
        )
    assert len(seen) == 1
    assert "如果这个号码登记过可用的地址" in next(iter(seen))[1]


def test_a_code_that_was_sent_lets_its_owner_in(world: World, browsers: Callable[[], Browser]) -> None:
    """The number stays typed on the page of the code; a wrong code changes nothing."""
    record = world.record()
    person, browser = world.student(record).person, browsers()
    browser.get("/signin/code")
    browser.send("/signin/code", number=xh_of(record))
    code = code_for(world, person, "return", person)
    page = browser.send("/signin/code/enter", code="ABCDE-FGH23")
    assert page.status == 422 and page.codes == ["code_not_right"]
    assert page.form("/enter").fields["number"] == xh_of(record)
    assert browser.send("/signin/code/enter", code=code).status == 303
    assert browser.get("/my").status == 200


# -- links ----------------------------------------------------------------------------------------------


def link_for(world: World, person: str) -> str:
    """A one-time link of the command line."""
    with world.place.store.writing() as session:
        return make_link(session, person, OPERATOR, world.clock.moment, world.place.entropy)


def test_a_link_asks_for_the_number_and_a_password(world: World, browsers: Callable[[], Browser]) -> None:
    """It sets a password, also where one was forgotten; no page names the person, and the link stays until then."""
    person = numbered(world, "reviewer", "T0001")
    token, browser = link_for(world, person), browsers()
    page = browser.open_link(token)
    assert page.status == 200 and "测试审核人" not in page.html and "至少 15 个字符" in page.text
    assert browser.send("/in/person", number="T0002", password=WORDS, again=WORDS).codes == ["link_not_yours"]
    assert browser.send("/in/person", number="T0001", password=WORDS, again=WORDS).status == 303
    token, browser = link_for(world, person), browsers()
    browser.open_link(token)
    assert browser.send("/in/person", number="T0009", password=OTHER, again=OTHER).codes == ["link_not_yours"]
    with world.place.store.reading() as session:
        assert None in session.scalars(select(SignInLink.used_at)).all()
    assert browser.send("/in/person", number="T0001", password=OTHER, again=OTHER).status == 303


def test_a_link_of_an_earlier_version_still_opens_its_form(
    world: World, browsers: Callable[[], Browser]
) -> None:
    """Its token stands in the path; the person behind it proves who they are all the same."""
    person = opened(world, "reviewer", "T0001")
    token, browser = link_for(world, person), browsers()
    browser.get(f"/in/{token}")
    assert browser.send(token).status == 200
    assert browser.send("/in/person", number="T0001", password=WORDS, again=WORDS).status == 303


def test_a_whole_link_can_be_pasted(world: World, browsers: Callable[[], Browser]) -> None:
    """Where no script runs, the field takes the link as it was copied, of this version or the one before."""
    for pattern in ("http://localhost/in#{}", " https://xueji.example/in/{} ", "{}"):
        token = link_for(world, world.staff["reviewer"].person)
        assert browsers().open_link(pattern.format(token)).status == 303


def test_in_practice_the_link_is_enough(world: World) -> None:
    """Whoever plays several people types no numbers: the link signs in and proves the person."""
    person = opened(world, "reviewer", "T0001")
    browser = Browser(create_app(replace(world.place, practice=True)))
    assert browser.open_link(link_for(world, person)).status == 303
    assert browser.get("/desk").status == 200


# -- all of them ----------------------------------------------------------------------------------------


def test_a_new_sign_in_of_any_way_ends_the_one_before(world: World, app: Flask) -> None:
    """At a shared browser the person before is signed out on the server."""
    opened(world, "auditor", "T0002")
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    browser = signed_in(world, app, world.staff["reviewer"].person)
    shows_code(browser, xh_of(record), code)
    assert browser.send("/activate/password", password=WORDS, again=WORDS).status == 303
    browser.get("/activate")
    browser.post("/signin", csrf_token=browser.token, number="T0002", password=WORDS)
    with world.place.store.reading() as session:
        ended = session.scalars(select(Presence.ended_because).where(Presence.ended_at.is_not(None))).all()
        alive = session.scalars(select(Presence.role).where(Presence.ended_at.is_(None))).all()
    assert (ended, alive) == (["replaced", "replaced"], ["auditor"])


def test_no_number_no_code_and_no_password_reaches_an_address_or_the_log(
    world: World, browsers: Callable[[], Browser], caplog: pytest.LogCaptureFixture
) -> None:
    """Through activation, sign-in and a code asked for, neither a redirect nor a log line holds any of them."""
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    with caplog.at_level("DEBUG"):
        browser = browsers()
        pages = [shows_code(browser, xh_of(record), code)]
        pages.append(browser.send("/activate/password", password=WORDS, again=WORDS))
        pages.append(signs_in(browsers(), xh_of(record), WORDS))
        browser = browsers()
        browser.get("/signin/code")
        pages.append(browser.send("/signin/code", number=xh_of(record)))
    everything = [caplog.text, *(page.location for page in pages), *(page.path for page in pages)]
    everything += [link for page in pages for link in (*page.links, *(form.action for form in page.forms))]
    assert not [one for one in everything for said in (xh_of(record), code, WORDS) if said in one]


def test_codes_are_in_no_table(world: World) -> None:
    """Whoever reads the database cannot activate an account with what stands there."""
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    with world.place.store.reading() as session:
        row = session.execute(select(SignInCode.__table__)).one()
    assert code not in " ".join(map(str, row)) and shown(code) not in " ".join(map(str, row))
