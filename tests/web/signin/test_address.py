"""A person's own addresses: masked, proved by a code, told at the old one, and never the last way away."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.mailbox import Mailbox
from tests.web.browsing import Browser, signed_in
from tests.workflow.notices.conftest import mailbox, postal, reach, work
from tests.world import World
from workflow.notices.contacts import YOUNG, Owner, usable_address
from workflow.people.tables import Person
from workflow.signin.codes import LIVES, issue
from workflow.signin.tables import Password
from workflow.upkeep.installation import Installation

__all__ = ["mailbox", "postal"]
pytestmark = pytest.mark.one_database

OLD, NEW = "zhang.san@students.school.example", "zs@mail.example"
HERE = "/account/address"


@pytest.fixture
def app(postal: World, pages: Callable[[Installation], Flask]) -> Flask:
    """The pages of a school that sends e-mail."""
    return pages(postal.place)


def somebody(world: World, *, opened: bool = True, **said: str) -> tuple[Owner, str]:
    """A student with these addresses, vouched for. Returns whose addresses, and the person."""
    record = world.record()
    reach(world, record, vouched=True, **said)
    person = world.student(record).person
    if opened:
        with world.place.store.writing() as session:
            session.execute(update(Person).where(Person.id == person).values(opened_at=world.clock.moment))
    return Owner(record=record), person


def with_password(world: World, person: str) -> None:
    with world.place.store.writing() as session:
        session.add(Password(person_id=person, hash="-", set_at=world.clock.moment))


def carries(world: World, owner: Owner) -> bool:
    """Whether a sign-in code may go to the person now."""
    with world.place.store.reading() as session:
        return usable_address(session, owner, world.clock.moment) is not None


def code_in(mailbox: Mailbox) -> str:
    """The code in the last letter."""
    (code,) = set(re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", mailbox.letters[-1][1].get_content()))
    return code


def test_a_new_address_is_proved_before_it_counts(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """The code goes to the new address; typed back, the old one is told; 72 hours later it carries codes."""
    owner, person = somebody(postal, email=OLD)
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    browser.send(HERE, email=NEW)
    work(postal)
    assert mailbox.addresses == [NEW] and carries(postal, owner)
    browser.follow()
    browser.send("/code", code=code_in(mailbox).lower())
    assert "z***@mail.example" in browser.follow().text
    work(postal)
    assert mailbox.addresses == [NEW, OLD]
    proved = postal.clock.moment
    postal.at(proved + YOUNG - timedelta(seconds=1))
    assert not carries(postal, owner)
    postal.at(proved + YOUNG)
    assert carries(postal, owner)


def test_whoever_binds_an_address_at_first_comes_back_by_it_at_once(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """An account without a way in is open once its owner has proved an address, and may use it."""
    owner, person = somebody(postal, opened=False)
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    browser.send(HERE, email=NEW)
    work(postal)
    browser.follow()
    browser.send("/code", code=code_in(mailbox))
    assert carries(postal, owner)
    with postal.place.store.reading() as session:
        opened = session.scalars(select(Person.opened_at).where(Person.id == person)).one()
    assert opened == postal.clock.moment


def test_a_strip_binds_an_address_instead_of_a_password(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """Number and strip, an address, its code: signed in; the next day a code to that address is the way."""
    record = postal.record(xh="240188888")
    person = postal.student(record).person
    with postal.place.store.writing() as session:
        strip = issue(session, person, "strip", "test", postal.clock.moment, postal.place.entropy)
    typed = {"number": "240188888", "code": postal.place.cipher.code(strip)}
    browser = Browser(app)
    browser.get("/activate")
    browser.send("/activate", **typed)
    assert browser.send("/activate/address", email="no address").codes == ["email_misfit"]
    browser.send("/activate/address", email=NEW)
    work(postal)
    assert browser.send("/address/code", proof="AAAAA-AAAAA").codes == ["wrong_code"]
    browser.send("/address/code", proof=code_in(mailbox))
    assert browser.follow().location == "/my"
    postal.at(postal.clock.moment + timedelta(days=1))
    later = Browser(app)
    later.get("/signin/code")
    later.send("/signin/code", number="240188888")
    work(postal)
    later.send("/enter", number="240188888", code=code_in(mailbox))
    assert later.follow().location == "/my"
    later.get("/activate")
    assert later.send("/activate", **typed).codes == ["code_opens_nothing"]


def test_an_address_is_not_bound_by_the_wrong_code_of_a_school(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """Without the strip nothing is sent anywhere; a code of the counter, for an account in use, binds none."""
    record = postal.record(xh="240188888")
    person = postal.student(record).person
    with postal.place.store.writing() as session:
        counter = issue(session, person, "counter", "test", postal.clock.moment, postal.place.entropy)
    browser = Browser(app)
    browser.get("/activate")
    for code in ("AAAAA-AAAAA", postal.place.cipher.code(counter)):
        fields = {"number": "240188888", "code": code, "email": NEW, "csrf_token": browser.token}
        assert browser.post("/activate/address", **fields).codes == ["code_opens_nothing"]
    browser.get("/activate")
    page = browser.send("/activate", number="240188888", code=postal.place.cipher.code(counter))
    assert page.status == 200 and "绑定邮箱" not in page.text
    work(postal)
    assert mailbox.letters == []


def test_a_code_that_is_not_right_proves_nothing(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """Another person's code, an invented one and one that is over change no address and tell nobody."""
    _, person = somebody(postal, email=OLD)
    _, other = somebody(postal)
    browser, theirs = signed_in(postal, app, person), signed_in(postal, app, other)
    codes = []
    for one in (browser, theirs):
        one.get(HERE)
        one.send(HERE, email=NEW)
        work(postal)
        codes.append(code_in(mailbox))
    browser.follow()
    tried = [browser.send("/code", code=code).codes for code in ("AAAAA-AAAAA", "", codes[1])]
    assert tried == [["wrong_code"]] * 3
    postal.at(postal.clock.moment + LIVES["address"])
    assert browser.post(f"{HERE}/code", csrf_token=browser.token, code=codes[0]).codes == ["wrong_code"]
    work(postal)
    assert OLD not in mailbox.addresses


def test_an_address_is_shown_masked_and_to_its_owner_alone(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """One letter and the domain; the page of another person has none of it."""
    _, person = somebody(postal, wecom="zhang.san", email=OLD)
    _, other = somebody(postal)
    html = signed_in(postal, app, person).get(HERE).html
    assert "z***@students.school.example" in html and OLD not in html and "zhang.san" not in html
    assert "students.school.example" not in signed_in(postal, app, other).get(HERE).html


@pytest.mark.parametrize("said", ["", "x", "a@b", "a@b.cd\nBcc: c@d.ef", "x" * 65 + "@school.example"])
def test_what_is_no_address_is_refused(postal: World, mailbox: Mailbox, app: Flask, said: str) -> None:
    """Nothing is sent, and the page says how an address is written."""
    _, person = somebody(postal)
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    assert browser.send(HERE, email=said).codes == ["email_misfit"]
    work(postal)
    assert mailbox.letters == []


def test_codes_to_an_address_cannot_be_asked_for_without_end(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """Nobody uses the school's mail server to flood somebody else's mailbox."""
    _, person = somebody(postal)
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    browser.send(HERE, email=NEW)
    browser.get(HERE)
    assert browser.send(HERE, email="another@mail.example").codes == ["code_asked_too_often"]


def test_the_only_way_back_cannot_be_removed(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """Without a password the address stays; with one it goes, and is told so."""
    owner, person = somebody(postal, email=OLD)
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    assert browser.send("/remove").codes == ["last_way_back"]
    with_password(postal, person)
    browser.get(HERE)
    browser.send("/remove")
    assert "现在没有地址" in browser.follow().text and not carries(postal, owner)
    work(postal)
    assert mailbox.addresses == [OLD]


def test_where_no_mail_leaves_the_page_says_so(world: World, pages: Callable[[Installation], Flask]) -> None:
    """A school without e-mail offers no form, and a form sent anyway is refused with the reason."""
    _, person = somebody(world)
    browser = signed_in(world, pages(world.place), person)
    page = browser.get(HERE)
    assert "没有配置邮件" in page.text
    answer = browser.post(HERE, csrf_token=browser.token, email=NEW)
    assert answer.codes == ["no_mail_here"]


def test_a_new_password_is_told_to_its_owner(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """Whoever sets one at an unlocked phone is found out: the letter says so and names no password."""
    _, person = somebody(postal, email=OLD)
    browser = signed_in(postal, app, person)
    browser.get("/account")
    said = "vier Stare sassen auf dem Zaun"
    assert browser.send("/account/password", new=said, again=said).status == 303
    work(postal)
    ((to, letter),) = mailbox.letters
    assert to == OLD and "新的密码" in letter.get_content() and said not in letter.get_content()


def test_staff_have_the_same_page(postal: World, mailbox: Mailbox, app: Flask) -> None:
    """An officer adds their e-mail address under their own name, not under a record's."""
    person = postal.staff["officer"].person
    browser = signed_in(postal, app, person)
    browser.get(HERE)
    browser.send(HERE, email=NEW)
    work(postal)
    browser.follow()
    browser.send("/code", code=code_in(mailbox))
    assert carries(postal, Owner(person=person))


def test_a_stranger_sees_no_address(app: Flask) -> None:
    """The page is for signed-in people, whoever they are."""
    assert Browser(app).get(HERE).status == 401
