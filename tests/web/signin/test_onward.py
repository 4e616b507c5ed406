"""A notice's short address: its reader comes to what it speaks of, anybody else comes nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from config.policy.words import COLLEGE
from states.batch import BATCH
from tests.mailbox import Mailbox
from tests.web.browsing import Browser, signed_in
from tests.wecom import WecomStub
from tests.workflow.notices.conftest import keep, mailbox, postal, reach, wecom, with_channels, work
from tests.world import CAMPAIGN, NAME, World
from web.signin.onward import ONWARD
from workflow.cases.tables import Campaign, Step
from workflow.engine import Ref
from workflow.notices.addresses import Given
from workflow.notices.contacts import Owner
from workflow.notices.outbox import WORDS, Outbox
from workflow.notices.tables import Notice
from workflow.notices.texts import TITLES
from workflow.outgoing.jobs.job import ExportWish, make
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.people.tables import Access, Person
from workflow.upkeep.installation import Installation

__all__ = ["mailbox", "postal", "wecom"]
pytestmark = pytest.mark.one_database

MINUTE = timedelta(minutes=1)
MAIL = "someone@students.school.example"
SPEAKS_OF = {
    "digest": "officer",
    "list_due": "officer",
    "list_reminder": "officer",
    "export_waits": "second_reviewer",
    "export_settled": "registrar",
    "batch_waits": "second_reviewer",
    "batch_line_waits": "second_reviewer",
    "batch_agreed": "registrar",
    "taken_over": "reviewer",
    "step_overdue": "second_reviewer",
    "test": "administrator",
    "role_given": "auditor",
    "role_ended": "auditor",
    "account_closed": "auditor",
}
"""Events of staff, each with the role of its reader. All others are for students."""


@pytest.fixture
def app(postal: World, pages: Callable[[Installation], Flask]) -> Flask:
    """The pages of a school that sends e-mail."""
    return pages(postal.place)


def owed(world: World, event: str, subject: str, owner: Owner) -> str:
    """The short address in the letter about an event that is owed to somebody: as the letter has it."""
    place = world.place
    with place.store.writing() as session:
        Outbox(place.entropy).owe_on(
            session, event, [(subject, owner.record, owner.person)], world.clock.moment, occasion="x"
        )
    with place.store.reading() as session:
        id = session.scalars(select(Notice.id).where(Notice.event == event, Notice.occasion == "x")).one()
    return f"/n/{id[:12]}"


def export_job(world: World) -> str:
    """An export job of the registrar's that waits."""
    wish, place = ExportWish("legal", "法院调取", ("id_number",)), world.place
    with place.store.writing() as session:
        return make(session, place.cipher, place.entropy, wish, world.staff["registrar"], world.clock.moment)


def link_in(text: str) -> str:
    """The path of the address that a letter bears."""
    (path,) = set(re.findall(r"https://kanwu\.school\.example(/\S*)", text))
    return path


def arrive(browser: Browser, path: str) -> tuple[int, str]:
    """Open an address and go on as a browser does. Returns the status and the path at the end."""
    browser.get(path)
    for _ in range(3):
        if browser.page.status != 303:
            break
        browser.follow()
    return browser.page.status, browser.page.path


def test_every_event_leads_to_a_page(app: Flask) -> None:
    """No letter bears an address that leads nowhere, and none is kept for letters that are gone."""
    assert set(ONWARD) == set(TITLES)
    assert set(SPEAKS_OF) <= set(TITLES) and not set(SPEAKS_OF) & set(WORDS)


@pytest.mark.parametrize("event", sorted(set(TITLES) - set(SPEAKS_OF)))
def test_a_students_notice_leads_its_student_to_what_it_speaks_of(
    postal: World, app: Flask, event: str
) -> None:
    """Their page, the case, the receipt or their addresses; a stranger is asked to sign in, others refused."""
    record, other = postal.record(), postal.record()
    postal.open_campaign()
    postal.file(record, NAME)
    case = postal.case_of(record).id
    postal.at(postal.clock.moment + MINUTE)
    path = owed(postal, event, case if event in WORDS else record, Owner(record=record))
    status, at = arrive(signed_in(postal, app, postal.student(record).person), path)
    assert status == 200 and at != path
    assert (case in at) == (ONWARD[event] in (ONWARD["filed"], ONWARD["asked"]))
    for browser in (
        signed_in(postal, app, postal.student(other).person),
        signed_in(postal, app, postal.staff["reviewer"].person),
    ):
        assert arrive(browser, path) == (403, path)
        assert case not in browser.page.html and "测试001" not in browser.page.html


@pytest.mark.parametrize("event", sorted(SPEAKS_OF))
def test_a_notice_to_staff_leads_them_to_what_it_speaks_of(postal: World, app: Flask, event: str) -> None:
    """The officer to the college's list of that campaign, reviewers to the case, the registrar to an export job or batch."""
    record = postal.record()
    postal.open_campaign()
    with postal.place.store.reading() as session:
        campaign = session.scalars(select(Campaign.id)).one()
    person = postal.staff[SPEAKS_OF[event]].person
    exports = event.startswith("export_")
    at_desk = event in ("taken_over", "step_overdue")
    if at_desk:
        postal.file(record, NAME)
    subject = postal.case_of(record).id if at_desk else export_job(postal) if exports else campaign
    if event.startswith("batch_"):
        said = {"office": "province", "month": ""}
        subject = postal.do(Ref(BATCH.name), "open", postal.staff["registrar"], **said).subject
    path = owed(postal, event, subject, Owner(person=person))
    status, at = arrive(signed_in(postal, app, person), path)
    assert status == 200
    expected = {"digest": f"/college/{CAMPAIGN}", "test": "/admin/notices"} | dict.fromkeys(
        ("list_due", "list_reminder"), f"/college/{CAMPAIGN}/sign"
    )
    expected |= dict.fromkeys(
        ("batch_waits", "batch_line_waits", "batch_agreed"), f"/registrar/batches/{subject}"
    )
    expected |= dict.fromkeys(("taken_over", "step_overdue"), f"/desk/{subject}")
    assert at == (f"/registrar/exports/{subject}" if exports else expected.get(event, "/audit"))
    other = "auditor" if at_desk else "reviewer"
    assert arrive(signed_in(postal, app, postal.staff[other].person), path) == (403, path)


@pytest.mark.parametrize("role", ["officer", "registrar", "second_reviewer"])
def test_an_overdue_step_leads_each_role_that_is_told_to_a_page_that_they_may_open(
    postal: World, app: Flask, role: str
) -> None:
    """The officer to their check, or the list of checks if their college has none; the registrar to what is late."""
    record = postal.record()
    postal.open_campaign()
    postal.file(record, NAME)
    case, person = postal.case_of(record).id, postal.staff[role].person
    browser, path = signed_in(postal, app, person), owed(postal, "step_overdue", case, Owner(person=person))
    pages = {"officer": "/college/checks", "registrar": "/desk/team"}
    assert arrive(browser, path) == (200, pages.get(role, f"/desk/{case}"))
    with postal.place.store.writing() as session:
        session.execute(update(Step).where(Step.case_id == case).values(office=COLLEGE))
    pages["officer"] = f"/college/checks/{case}"
    assert arrive(browser, path) == (200, pages.get(role, f"/desk/{case}"))


def test_a_stranger_is_asked_to_sign_in_and_the_page_is_remembered(postal: World, app: Flask) -> None:
    """The same for a notice that is there and for none; nothing is written and nothing of it is told."""
    record = postal.record()
    path = owed(postal, "reminder", record, Owner(record=record))
    answers = []
    for address in (path, "/n/000000000000", "/n/x"):
        browser = Browser(app)
        page = browser.get(address)
        answers.append((page.status, page.location))
        with browser.client.session_transaction() as kept:
            assert kept["next"] == address
    assert answers == [(303, "/signin")] * 3


def test_an_address_that_was_never_given_is_not_found(postal: World, app: Flask) -> None:
    """Whatever is tried, the answer is that of any unknown page, and no notice is touched."""
    browser = signed_in(postal, app, postal.student(postal.record()).person)
    for short in ("000000000000", "g" * 12, "ABCDEF012345", "0" * 32, "%25", "..."):
        assert browser.get(f"/n/{short}").status == 404


def test_looking_writes_nothing(postal: World, app: Flask) -> None:
    """Mail scanners open every address: a notice opened by anybody is no more seen or read than before."""
    record = postal.record()
    path = owed(postal, "reminder", record, Owner(record=record))

    def rows() -> tuple[int, int]:
        with postal.place.store.reading() as session:
            seen = session.scalar(select(func.count()).where(Notice.seen_at.is_not(None)))
            return seen or 0, session.scalar(select(func.count()).select_from(Access)) or 0

    reviewer = signed_in(postal, app, postal.staff["reviewer"].person)
    student = signed_in(postal, app, postal.student(record).person)
    before = rows()
    for browser in (Browser(app), reviewer, student):
        browser.get(path)
    assert rows() == before


def test_another_role_of_ones_own_is_said(postal: World, app: Flask) -> None:
    """An officer who is an auditor too, and acts as the auditor now, is told to change, not refused."""
    person = postal.staff["officer"].person
    postal.at(postal.clock.moment + MINUTE)
    with postal.place.store.writing() as session:
        give_role(session, person, held("auditor"), "test", postal.clock.moment, postal.place.entropy)
    postal.record()
    postal.open_campaign()
    with postal.place.store.reading() as session:
        campaign = session.scalars(select(Campaign.id)).one()
    path = owed(postal, "digest", campaign, Owner(person=person))
    browser = signed_in(postal, app, person)
    (form,) = [one for one in browser.get("/college").forms if one.action.endswith("/role")]
    browser.send_form(form, grant=form.buttons[0][1])
    assert arrive(browser, path) == (403, path) and "换一个身份" in browser.page.text


def test_a_letter_bears_the_address_and_nothing_of_its_reader(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """Twelve characters that nobody can guess: no number, no name, no token that signs anybody in."""
    record = postal.record(xh="240188888")
    reach(postal, record, email=MAIL)
    postal.open_campaign()
    work(postal)
    ((_, letter),) = mailbox.letters
    path = link_in(letter.get_content())
    assert re.fullmatch(r"/n/[0-9a-f]{12}", path)
    assert arrive(signed_in(postal, app, postal.student(record).person), path) == (200, "/my")


def test_the_next_day_a_notice_a_code_and_the_page_it_spoke_of(
    postal: World, mailbox: Mailbox, app: Flask
) -> None:
    """Without a password: the address in the letter, the number, the code that arrives, and the own page."""
    record = postal.record(xh="240188888")
    reach(postal, record, vouched=True, email=MAIL)
    person = postal.student(record).person
    with postal.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(opened_at=postal.clock.moment))
    postal.open_campaign()
    work(postal)
    path = link_in(mailbox.letters[0][1].get_content())
    browser = Browser(app)
    assert arrive(browser, path) == (200, "/signin")
    browser.get("/signin/code")
    browser.send("/signin/code", number="240188888")
    work(postal)
    (code,) = set(re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", mailbox.letters[-1][1].get_content()))
    browser.send("/enter", number="240188888", code=code)
    assert browser.page.location == path
    assert arrive(browser, path) == (200, "/my")


@pytest.fixture
def on_wecom(world: World, wecom: WecomStub) -> Iterator[World]:
    """The small school with WeCom alone."""
    yield with_channels(world, wecom=wecom.settings())


def test_one_message_to_many_leads_each_to_their_own(
    on_wecom: World, wecom: WecomStub, pages: Callable[[Installation], Flask]
) -> None:
    """Three students in one call with one address: each comes to their own page, a fourth is refused."""
    records = [on_wecom.record() for _ in range(3)]
    given = [Given(Owner(record=record), "wecom", f"student.{n}") for n, record in enumerate(records)]
    wecom.members = {one.said for one in given}
    keep(on_wecom, given)
    on_wecom.open_campaign()
    fourth = on_wecom.record()
    work(on_wecom)
    (call,) = wecom.calls
    path = link_in(call["textcard"]["url"])
    app = pages(on_wecom.place)
    for record in records:
        assert arrive(signed_in(on_wecom, app, on_wecom.student(record).person), path) == (200, "/my")
    stranger = signed_in(on_wecom, app, on_wecom.student(fourth).person)
    assert arrive(stranger, path) == (403, path)
