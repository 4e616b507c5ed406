"""E-mail: what a letter says and does not say, and what the server's answers mean."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.certificates import Certificates
from tests.mailbox import PASSWORD, Mailbox
from tests.workflow.notices.conftest import reach, with_channels, work
from tests.world import World
from workflow.notices.tables import Address, Delivery

pytestmark = pytest.mark.one_database

MAIL = "someone@students.school.example"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The school's own authority, and a certificate for localhost."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


def opened(world: World, **columns: str) -> str:
    """A student who is asked to check."""
    record = world.record(**columns)
    reach(world, record, email=MAIL)
    world.open_campaign()
    return record


def state(world: World) -> list[tuple[str, str, int | None]]:
    """The status, fault and number of each delivery."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Delivery.status, Delivery.error, Delivery.answer))
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_letter_says_what_to_do_and_by_when_in_two_languages(postal: World, mailbox: Mailbox) -> None:
    """Chinese first, then English, the last moment, and where to sign in."""
    opened(postal)
    work(postal)
    ((to, letter),) = mailbox.letters
    text = letter.get_content()
    assert to == MAIL
    assert letter["Subject"] == "请核对您的学籍信息 · Please check your student record"
    assert (
        text.index("请登录逐项核对") < text.index("请在 2024-11-07 23:59:59 之前") < text.index("Sign in and")
    )
    with postal.place.store.reading() as session:
        notice = session.scalars(select(Delivery.notice_id)).one()
    assert text.count(f"https://kanwu.school.example/n/{notice[:12]}\n") == 2
    assert "南昌航空大学" in text and "Nanchang Hangkong University" in text


def test_a_letter_holds_nothing_of_the_student(postal: World, mailbox: Mailbox) -> None:
    """No name, no student or candidate number, no ID number and no value: not even encoded."""
    opened(postal, xm="张三丰", xh="240188888", number="990000200605049990")
    work(postal)
    ((_, letter),) = mailbox.letters
    whole = letter.as_string() + letter.get_content() + str(letter["Subject"])
    for said in ("张三丰", "240188888", "990000200605049990", "24360000000001"):
        assert said not in whole


def test_a_letter_is_known_for_a_machines_and_for_itself(postal: World, mailbox: Mailbox) -> None:
    """Nobody's holiday answers it, the school is its sender, and its id is made from the notice."""
    opened(postal)
    work(postal)
    ((_, letter),) = mailbox.letters
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["From"].addresses[0].display_name == "南昌航空大学"
    assert letter["From"].addresses[0].addr_spec == "kanwu@school.example"
    assert letter["Date"].datetime == postal.clock.moment
    with postal.place.store.reading() as session:
        notice = session.scalars(select(Delivery.notice_id)).one()
    assert letter["Message-ID"] == f"<{notice}@school.example>"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("450 mailbox busy", ("failed", "try_later", 450)),
        ("550 no such user", ("dead", "address_refused", 550)),
    ],
)
def test_what_the_server_says_of_an_address(
    postal: World, mailbox: Mailbox, said: str, expected: tuple[str, str, int]
) -> None:
    """4xx is tried again; 5xx is the last word, and the address is not used any more."""
    opened(postal)
    mailbox.rcpt = lambda to: said
    work(postal)
    assert state(postal) == [expected]
    with postal.place.store.reading() as session:
        refused = session.scalars(select(Address.refused_at)).one()
    assert (refused is not None) == (expected[0] == "dead")


def test_a_refused_message_is_given_up_and_the_address_kept(postal: World, mailbox: Mailbox) -> None:
    """5xx to the content says nothing about the person."""
    opened(postal)
    mailbox.data = lambda to: "554 looks like spam"
    work(postal)
    assert state(postal) == [("dead", "message_refused", 554)]
    with postal.place.store.reading() as session:
        assert session.scalars(select(Address.refused_at)).one() is None


def test_one_refusal_does_not_hold_up_the_others(postal: World, mailbox: Mailbox) -> None:
    """Of three letters over one connection the second is refused, and two arrive."""
    for n in range(3):
        reach(postal, postal.record(), email=f"s{n}@students.school.example")
    postal.open_campaign()
    mailbox.rcpt = lambda to: "550 no such user" if to.startswith("s1@") else None
    work(postal)
    assert sorted(mailbox.addresses) == ["s0@students.school.example", "s2@students.school.example"]


def test_a_server_that_hangs_up_half_way_is_asked_again(postal: World, mailbox: Mailbox) -> None:
    """Nobody knows whether it took the letter, so the same letter goes again, under the same id."""
    opened(postal)
    mailbox.data = lambda to: "accept and hang up"
    work(postal)
    assert state(postal) == [("failed", "no_answer", None)]
    mailbox.data = lambda to: None
    postal.at(postal.clock.moment + timedelta(minutes=2))
    work(postal)
    assert len(mailbox.letters) == 2 and len(set(mailbox.raw)) == 1
    assert state(postal) == [("sent", "", None)]


def test_the_connection_is_encrypted_and_signed_in(world: World, certificates: Certificates) -> None:
    """STARTTLS against the school's own authority, and a password that is sent inside it only."""
    with Mailbox(certificates.server(), login=True) as mailbox:
        with_channels(world, mailbox.settings(certificates.authority))
        opened(world)
        work(world)
        assert mailbox.addresses == [MAIL] and mailbox.logins == [True]


def test_a_server_that_cannot_be_trusted_gets_nothing(world: World, certificates: Certificates) -> None:
    """An unknown authority: no letter, no password, and the fault is named."""
    with Mailbox(certificates.server(), login=True) as mailbox:
        with_channels(world, mailbox.settings())
        opened(world)
        work(world)
        assert mailbox.letters == [] and mailbox.logins == []
    assert state(world) == [("failed", "insecure", None)]


def test_a_server_without_encryption_gets_nothing(world: World) -> None:
    """Where STARTTLS is set and the server does not offer it, nothing is sent in the clear."""
    with Mailbox() as mailbox:
        with_channels(world, mailbox.settings(security="starttls"))
        opened(world)
        work(world)
        assert mailbox.letters == []
    assert state(world) == [("failed", "insecure", None)]


def test_a_wrong_password_stops_the_channel_and_kills_no_letter(
    world: World, certificates: Certificates
) -> None:
    """It is the school's to mend; until then the letters wait."""
    with Mailbox(certificates.server(), login=True) as mailbox:
        with_channels(world, mailbox.settings(certificates.authority, password="wrong"))
        opened(world)
        work(world)
        assert mailbox.letters == [] and set(mailbox.logins) == {False}
    assert state(world) == [("failed", "not_authorised", 535)]


def test_nothing_of_a_person_or_a_secret_reaches_the_log(
    world: World,
    certificates: Certificates,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Faults are logged by their code: no address and no password."""
    with Mailbox(certificates.server(), login=True) as mailbox:
        settings = mailbox.settings(certificates.authority, password="wrong-" + PASSWORD)
        with_channels(world, settings)
        opened(world)
        work(world)
    assert "not_authorised" in caplog.text
    for said in (MAIL, PASSWORD, "students.school.example"):
        assert said not in caplog.text + repr(settings) + capsys.readouterr().err


def test_certificates_are_what_they_should_be(certificates: Certificates) -> None:
    """The authority of the tests signs what the tests serve."""
    trust = ssl.create_default_context(cafile=str(certificates.authority))
    assert len(trust.get_ca_certs()) == 1 and Path(certificates.authority).exists()
