"""The administrator's page of notices: how sending is, what was given up, and a message to oneself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.mailbox import PASSWORD, Mailbox
from tests.web.browsing import Browser, signed_in
from tests.web.counting import counted
from tests.workflow.notices.conftest import reach, with_channels, work
from tests.world import World
from web import create_app
from workflow.people.tables import Access

pytestmark = pytest.mark.one_database

MAIL = "someone@students.school.example"
OWN = "admin@school.example"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on this machine."""
    with Mailbox() as server:
        yield server


@pytest.fixture
def browser(world: World, mailbox: Mailbox) -> Browser:
    """The administrator's browser, with e-mail configured."""
    with_channels(world, mailbox.settings())
    return administrator(world)


def administrator(world: World) -> Browser:
    """The administrator's browser on the present installation."""
    return signed_in(world, create_app(world.place), world.staff["administrator"].person)


def given_up(world: World, mailbox: Mailbox) -> str:
    """A student whose known address does not work."""
    record = world.record(xm="张三丰")
    reach(world, record, email=MAIL)
    world.open_campaign()
    mailbox.rcpt = lambda to: "550 no such user"
    work(world)
    mailbox.rcpt = lambda to: None
    return record


def test_where_nothing_is_set_up_the_page_says_that_nothing_leaves(world: World) -> None:
    """Every reason at once, each with what to do; and no form that could not work."""
    page = administrator(world).get("/admin/notices")
    assert page.codes == ["no_channel", "no_own_address"]
    assert "没有配置" in page.text and "学生自己的页面始终是正式的通知渠道" in page.text
    assert not [form for form in page.forms if form.action.endswith("/test")]


def test_a_practice_installation_sends_nothing_whatever_is_set_up(world: World, mailbox: Mailbox) -> None:
    """Its people may have real addresses, and what is done there does not count."""
    with_channels(world, mailbox.settings())
    world.place = replace(world.place, practice=True)
    record = world.record()
    reach(world, record, email=MAIL)
    world.open_campaign()
    work(world)
    assert mailbox.letters == []
    assert administrator(world).get("/admin/notices").codes == ["practice_sends_nothing"]


def test_the_page_counts_and_shows_nobody(world: World, browser: Browser, mailbox: Mailbox) -> None:
    """One given up, by fault and the server's number; no name, no student number, no address, no password."""
    given_up(world, mailbox)
    page = browser.get("/admin/notices")
    assert "没有这个收件人" in page.text and "550" in page.text and "在用" in page.text
    for said in ("张三丰", MAIL, "24010000", PASSWORD):
        assert said not in page.html


def test_what_was_given_up_goes_again_at_a_press(world: World, browser: Browser, mailbox: Mailbox) -> None:
    """Once the fault is mended the letter goes, and the press stands in the access log."""
    given_up(world, mailbox)
    browser.get("/admin/notices")
    form = next(form for form in browser.page.forms if form.action.endswith("/again"))
    assert browser.send_form(form).status == 303
    assert "已重新待发 1 条" in browser.follow().text
    work(world)
    assert mailbox.addresses == [MAIL]
    with world.place.store.reading() as session:
        deeds = [row.what for row in session.query(Access).where(Access.role == "administrator")]
    assert deeds == ["notices_again"]


def test_a_test_message_goes_the_way_of_all_others(world: World, browser: Browser, mailbox: Mailbox) -> None:
    """To oneself alone; even at night; and the page says what became of it."""
    world.at(world.clock.moment.replace(hour=23))
    browser = administrator(world)
    browser.get("/admin/notices")
    assert browser.send("/test", channel="email", said=OWN).status == 303
    assert "待发" in browser.follow().text
    work(world)
    ((to, letter),) = mailbox.letters
    assert to == OWN and "测试消息" in letter["Subject"]
    page = browser.get("/admin/notices")
    assert "已发出" in page.text and OWN not in page.html


def test_a_test_that_fails_says_why(world: World, browser: Browser, mailbox: Mailbox) -> None:
    """The fault in words and the server's number, so that the administrator can ask the mail office."""
    mailbox.rcpt = lambda to: "550 no"
    browser.get("/admin/notices")
    browser.send("/test", channel="email", said=OWN)
    work(world)
    page = browser.get("/admin/notices")
    assert "没有这个收件人" in page.text and "550" in page.text


@pytest.mark.parametrize(
    ("channel", "said", "code"),
    [
        ("email", "nobody", "email_misfit"),
        ("wecom", "zhang.san", "channel_missing"),
        ("", OWN, "channel_missing"),
    ],
)
def test_a_test_that_cannot_go_is_refused_in_words(
    browser: Browser, channel: str, said: str, code: str
) -> None:
    """A channel that is not set up, or what is no address there."""
    browser.get("/admin/notices")
    page = browser.send("/test", channel=channel, said=said)
    assert (page.status, page.codes) == (422, [code])


def test_a_made_up_fault_is_not_tried_again(browser: Browser) -> None:
    """The form names what the page showed, and nothing else."""
    answer = browser.post("/admin/notices/again", csrf_token=browser.token, channel="pigeon", error="tired")
    assert answer.status == 400


@pytest.mark.parametrize("role", ["registrar", "officer", "reviewer", "auditor"])
def test_the_page_is_the_administrators(as_staff: Callable[[str], Browser], role: str) -> None:
    """Others of the staff are turned away."""
    assert as_staff(role).get("/admin/notices").status == 403


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_page_costs_the_same_whatever_waits(world: World, browser: Browser, mailbox: Mailbox) -> None:
    """A handful of statements, with one letter or a hundred."""

    def cost() -> int:
        with counted(world.place.store) as asked:
            asked.clear()
            assert browser.client.get("/admin/notices").status_code == 200
            return len(asked)

    few = cost()
    for n in range(20):
        reach(world, world.record(), email=f"s{n}@students.school.example")
    world.open_campaign()
    mailbox.data = lambda to: "554 no"
    work(world)
    assert cost() == few <= 10
