"""What leaves the house about sign-in: a code to one address that may carry it, and what happened, everywhere."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.conftest import CHECK_DAY, on
from tests.mailbox import Mailbox
from tests.web.counting import counted
from tests.wecom import WecomStub
from tests.workflow.notices.conftest import keep, reach, with_channels, work
from tests.world import World
from workflow.notices.addresses import Given
from workflow.notices.contacts import YOUNG, Contact, Owner, owner_of, usable_address
from workflow.notices.deliveries import LEASE
from workflow.notices.tables import CHANNELS, Delivery, Notice
from workflow.people.tables import Person
from workflow.signin.codes import LIVES, find_code, issue_all, shown, use_code
from workflow.signin.tables import SignInCode
from workflow.signin.telling import (
    BETWEEN,
    MOST_IN_A_WHILE,
    ask_for_code,
    owe_code_letters,
    send_code,
    tell_everywhere,
)

pytestmark = pytest.mark.one_database

MAIL, OTHER = "zhang.san@students.school.example", "other@students.school.example"
MINUTE = timedelta(minutes=1)


def somebody(world: World, *, vouched: bool = True, **said: str) -> tuple[str, Owner]:
    """A student with an opened account and these addresses. Returns the person, and whose addresses."""
    record = world.record()
    reach(world, record, vouched=vouched, **said)
    person = world.student(record).person
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(opened_at=world.clock.moment))
    return person, Owner(record=record)


def ask(world: World, person: str, owner: Owner | None, channels: Collection[str] = tuple(CHANNELS)) -> bool:
    """Ask for a code to come back."""
    with world.place.store.writing() as session:
        return ask_for_code(session, world.place.entropy, person, owner, world.clock.moment, channels)


def the_code(world: World) -> str:
    """The code of the latest row, as it is typed."""
    with world.place.store.reading() as session:
        id = session.scalars(select(SignInCode.id).order_by(SignInCode.made_at.desc())).first()
        assert id is not None
        return shown(world.place.cipher.code(id))


def usable(world: World, owner: Owner) -> Contact | None:
    with world.place.store.reading() as session:
        return usable_address(session, owner, world.clock.moment)


def count(world: World, table: type[SignInCode | Notice | Delivery]) -> int:
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def titles(mailbox: Mailbox) -> list[str]:
    """The subjects of the letters, in Chinese."""
    return [str(letter["Subject"]).split(" · ")[0] for _, letter in mailbox.letters]


# -- a code in a letter ---------------------------------------------------------------------------------


def test_a_code_that_was_asked_for_arrives_and_opens_once(postal: World, mailbox: Mailbox) -> None:
    """The letter holds what the door takes, until when, and that nobody will ask for it; used, it is over."""
    person, owner = somebody(postal, email=MAIL)
    assert ask(postal, person, owner)
    work(postal)
    ((to, letter),) = mailbox.letters
    code = the_code(postal)
    assert to == MAIL and code in letter.get_content() and code not in str(letter["Subject"])
    until = postal.clock.moment + LIVES["return"]
    assert f"有效期至 {until:%Y-%m-%d %H:%M:%S}" in letter.get_content()
    place = postal.place
    with place.store.writing() as session:
        found = find_code(session, place.cipher, person, code.lower(), postal.clock.moment, ("return",))
        assert found is not None and use_code(session, found.id, postal.clock.moment)
        assert find_code(session, place.cipher, person, code, postal.clock.moment, ("return",)) is None


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_code_lies_in_no_file_of_ours(
    postal: World, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Asked for, refused once by the server, sent at last: database, its journal and the log never hold it."""
    caplog.set_level(logging.DEBUG)
    person, owner = somebody(postal, email=MAIL)
    ask(postal, person, owner)
    mailbox.data = lambda to: f"451 later, {the_code(postal)}"
    work(postal)
    code = the_code(postal)
    mailbox.data = lambda to: None
    postal.at(postal.clock.moment + 3 * MINUTE)
    work(postal)
    assert len(mailbox.letters) == 1 and code in mailbox.letters[0][1].get_content()
    database = postal.place.store.url.database
    assert database is not None
    files = [one for one in Path(database).parent.rglob("*") if one.is_file()]
    assert any(b"code_return" in one.read_bytes() for one in files)
    ours = "\n".join(one.getMessage() for one in caplog.records if one.name != "mail.log")
    for form in (code, code.replace("-", "")):
        assert not [one for one in files if form.encode() in one.read_bytes()] and form not in ours


def test_a_code_goes_only_where_somebody_stands_for_the_address(postal: World, mailbox: Mailbox) -> None:
    """An address that the school does not vouch for and nobody has proved carries no code."""
    person, owner = somebody(postal, vouched=False, email=MAIL)
    assert not ask(postal, person, owner) and usable(postal, owner) is None
    work(postal)
    assert mailbox.letters == []


def test_a_young_address_opens_nothing(postal: World, mailbox: Mailbox) -> None:
    """Three days to the second after it was given to an opened account, and from then on."""
    person, owner = somebody(postal, email=MAIL)
    keep(postal, [Given(owner, "email", OTHER)], vouched=True)
    changed = postal.clock.moment
    postal.at(changed + YOUNG - timedelta(seconds=1))
    assert not ask(postal, person, owner)
    postal.at(changed + YOUNG)
    assert ask(postal, person, owner)
    work(postal)
    assert [to for to in mailbox.addresses if to == OTHER] == [OTHER]


def test_whoever_cannot_be_written_to_leaves_as_little_as_nobody(postal: World, mailbox: Mailbox) -> None:
    """Nobody, a student without an address, and one who has just asked: no code, no notice, no letter."""
    person, owner = somebody(postal, email=MAIL)
    silent, without = somebody(postal)
    assert ask(postal, person, owner)
    rows = [count(postal, table) for table in (SignInCode, Notice, Delivery)]
    assert not ask(postal, "", None)
    assert not ask(postal, silent, without)
    assert not ask(postal, person, owner)
    assert [count(postal, table) for table in (SignInCode, Notice, Delivery)] == rows == [1, 1, 1]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_same_work_is_done_for_known_and_unknown(postal: World) -> None:
    """As many statements for nobody as for somebody to whom a code goes: the answer's time tells nothing."""
    person, owner = somebody(postal, email=MAIL)
    silent, without = somebody(postal)
    costs = []
    with counted(postal.place.store) as asked:
        for who, whose in ((person, owner), ("", None), (silent, without), (person, owner)):
            asked.clear()
            ask(postal, who, whose)
            costs.append(len(asked))
    assert costs[1:] == [costs[0]] * 3


def test_nobody_can_flood_a_mailbox_or_end_the_code_under_way(postal: World, mailbox: Mailbox) -> None:
    """One in two minutes and five in an hour; what was sent keeps opening."""
    person, owner = somebody(postal, email=MAIL)
    asked = []
    for _ in range(2 * MOST_IN_A_WHILE):
        asked.append(ask(postal, person, owner))
        postal.at(postal.clock.moment + BETWEEN / 2)
    assert asked == [True, False] * MOST_IN_A_WHILE
    assert not ask(postal, person, owner)
    with postal.place.store.reading() as session:
        live = find_code(
            session, postal.place.cipher, person, the_code(postal), postal.clock.moment, ("return",)
        )
    assert live is not None


def test_a_code_takes_only_a_channel_that_is_set_up(postal: World, mailbox: Mailbox) -> None:
    """Whoever has WeCom and e-mail gets it by e-mail where WeCom is not set up."""
    person, owner = somebody(postal, wecom="zhang.san", email=MAIL)
    assert ask(postal, person, owner, ["email"])
    work(postal)
    assert mailbox.addresses == [MAIL]


def test_a_code_that_is_over_is_not_sent(postal: World, mailbox: Mailbox) -> None:
    """A letter that could not leave within the code's time is dropped, and so is that of a used code."""
    person, owner = somebody(postal, email=MAIL)
    ask(postal, person, owner)
    postal.at(postal.clock.moment + LIVES["return"])
    work(postal)
    ask(postal, person, owner)
    with postal.place.store.writing() as session:
        session.execute(update(SignInCode).values(used_at=postal.clock.moment))
    work(postal)
    assert mailbox.letters == []
    with postal.place.store.reading() as session:
        ended = session.execute(select(Delivery.status, Delivery.error)).all()
    assert [tuple(row) for row in ended] == [("cancelled", "too_late")] * 2


def test_a_refused_code_is_sent_nowhere_else(both: World, mailbox: Mailbox, wecom: WecomStub) -> None:
    """WeCom does not know the user: an ordinary notice goes by e-mail then, a code does not."""
    person, owner = somebody(both, wecom="zhang.san", email=MAIL)
    ask(both, person, owner)
    work(both)
    assert len(wecom.calls) == 1 and mailbox.letters == []


def test_codes_on_wecom_go_one_by_one_and_letters_that_are_alike_together(
    world: World, wecom: WecomStub
) -> None:
    """Three activation codes are three calls with three texts; a reminder to the same three is one."""
    with_channels(world, wecom=wecom.settings())
    people = [somebody(world, wecom=f"student.{n}") for n in range(3)]
    wecom.members = {f"student.{n}" for n in range(3)}
    place, at = world.place, world.clock.moment
    with place.store.writing() as session:
        ids = issue_all(session, [person for person, _ in people], "message", "test", at, place.entropy)
        to = [usable_address(session, owner, at) for _, owner in people]
        sent = [(id, one) for id, one in zip(ids, to, strict=True) if one is not None]
        owe_code_letters(session, place.entropy, "message", sent, at)
    work(world)
    assert [call["touser"].count("|") for call in wecom.calls] == [0, 0, 0]
    texts = [call["textcard"]["description"] for call in wecom.calls]
    assert all(sum(shown(place.cipher.code(id)) in text for text in texts) == 1 for id in ids)
    world.open_campaign()
    work(world)
    assert [call["touser"].count("|") for call in wecom.calls[3:]] == [2]


def test_a_code_goes_before_everything_that_waits_and_at_any_hour(postal: World, mailbox: Mailbox) -> None:
    """Thirty letters wait for the morning, or for their turn: the code asked for at night leaves at once."""
    person, owner = somebody(postal, email=MAIL)
    for n in range(30):
        reach(postal, postal.record(), email=f"s{n}@students.school.example")
    postal.at(on(2024, 10, 25, 23))
    postal.open_campaign()
    work(postal)
    ask(postal, person, owner)
    work(postal)
    assert titles(mailbox) == ["您的登录码"]
    postal.at(on(2024, 10, 26, 7))
    ask(postal, person, owner)
    work(postal)
    assert titles(mailbox)[1] == "您的登录码" and len(mailbox.letters) == 33


def test_the_first_code_waits_for_the_morning(postal: World, mailbox: Mailbox) -> None:
    """Activation codes for a class, made at night, wake nobody."""
    person, owner = somebody(postal, email=MAIL)
    postal.at(on(2024, 10, 25, 23))
    to = usable(postal, owner)
    assert to is not None
    with postal.place.store.writing() as session:
        send_code(session, postal.place.entropy, person, "message", to, "test", postal.clock.moment)
    work(postal)
    assert mailbox.letters == []
    postal.at(on(2024, 10, 26, 7))
    work(postal)
    assert (
        titles(mailbox) == ["第一次登录用的登录码"]
        and the_code(postal) in mailbox.letters[0][1].get_content()
    )


# -- what happened --------------------------------------------------------------------------------------


def test_what_happened_is_told_on_every_channel(both: World, mailbox: Mailbox, wecom: WecomStub) -> None:
    """A new code at the counter is told by WeCom and by e-mail, by night too, and once on the page."""
    _, owner = somebody(both, wecom="zhang.san", email=MAIL)
    wecom.members = {"zhang.san"}
    both.at(on(2024, 10, 25, 23))
    with both.place.store.writing() as session:
        tell_everywhere(session, both.place.entropy, "code_given", owner, both.clock.moment)
    work(both)
    assert titles(mailbox) == ["经办人给出了新的登录码"]
    assert wecom.arrived == [("zhang.san", "经办人给出了新的登录码")]


def test_what_would_go_by_a_channel_that_is_not_set_up_waits_for_nothing(
    postal: World, mailbox: Mailbox
) -> None:
    """A school with e-mail alone: the news goes by e-mail, and nothing is left that waits for WeCom."""
    _, owner = somebody(postal, wecom="zhang.san", email=MAIL)
    with postal.place.store.writing() as session:
        tell_everywhere(session, postal.place.entropy, "code_given", owner, postal.clock.moment)
    work(postal)
    with postal.place.store.reading() as session:
        rows = session.execute(select(Delivery.channel, Delivery.status, Delivery.error)).all()
    assert {tuple(row) for row in rows} == {("email", "sent", ""), ("wecom", "cancelled", "no_channel")}


def test_staff_are_told_at_their_own_addresses(postal: World, mailbox: Mailbox) -> None:
    """A role that was given is told to the person; somebody without an address breaks nothing."""
    officer, registrar = postal.staff["officer"].person, postal.staff["registrar"].person
    with postal.place.store.reading() as session:
        owners = [owner_of(session, person) for person in (officer, registrar)]
    keep(postal, [Given(owners[0], "email", OTHER)])
    with postal.place.store.writing() as session:
        for owner in owners:
            tell_everywhere(session, postal.place.entropy, "role_given", owner, postal.clock.moment)
    work(postal)
    assert mailbox.addresses == [OTHER] and titles(mailbox) == ["您有了一个新的身份"]


# -- an address changes ---------------------------------------------------------------------------------


def test_a_changed_address_is_told_at_the_old_one(postal: World, mailbox: Mailbox) -> None:
    """Changed twice before a letter could leave, each former address is told of its own end."""
    _, owner = somebody(postal, email=MAIL)
    keep(postal, [Given(owner, "email", OTHER)])
    postal.at(postal.clock.moment + MINUTE)
    keep(postal, [Given(owner, "email", "third@students.school.example")])
    work(postal)
    assert mailbox.addresses == [MAIL, OTHER]
    assert set(titles(mailbox)) == {"您账号的地址已更改"}


def test_a_removed_address_is_told_too(postal: World, mailbox: Mailbox) -> None:
    """Whoever takes an address away cannot do it behind its owner's back."""
    _, owner = somebody(postal, email=MAIL)
    keep(postal, [Given(owner, "email", "")])
    work(postal)
    assert mailbox.addresses == [MAIL] and usable(postal, owner) is None


def test_one_more_address_is_told_at_those_that_are_there(
    both: World, mailbox: Mailbox, wecom: WecomStub
) -> None:
    """An opened account gets an e-mail address: WeCom says so."""
    _, owner = somebody(both, wecom="zhang.san")
    wecom.members = {"zhang.san"}
    keep(both, [Given(owner, "email", MAIL)])
    work(both)
    assert [title for _, title in wecom.arrived] == ["您的账号增加了一个地址"] and mailbox.letters == []


def test_the_same_file_again_changes_nothing(postal: World, mailbox: Mailbox) -> None:
    """An address that is there already stays as usable as it was, and nobody is written to."""
    _, owner = somebody(postal, email=MAIL)
    postal.at(CHECK_DAY + YOUNG)
    before = usable(postal, owner)
    keep(postal, [Given(owner, "email", MAIL.upper())], vouched=False)
    work(postal)
    assert before is not None and usable(postal, owner) == before and mailbox.letters == []


def test_whoever_is_not_in_yet_is_reached_at_once(postal: World) -> None:
    """Before the account is opened an address of the school opens from the moment it is given."""
    record = postal.record()
    reach(postal, record, vouched=True, email=MAIL)
    reach(postal, record, vouched=True, email=OTHER)
    assert usable(postal, Owner(record=record)) is not None


def test_a_former_address_that_is_gone_says_nothing_about_the_new_one(
    postal: World, mailbox: Mailbox
) -> None:
    """The old mailbox does not exist any more: the new address is not held to be refused."""
    _, owner = somebody(postal, email=MAIL)
    keep(postal, [Given(owner, "email", OTHER)], vouched=True)
    mailbox.rcpt = lambda to: "550 no such user"
    work(postal)
    postal.at(postal.clock.moment + YOUNG)
    assert usable(postal, owner) is not None


def test_a_letter_left_in_a_killed_workers_hands_goes_again_with_its_code(
    postal: World, mailbox: Mailbox
) -> None:
    """The lease runs out before the code does: the same letter, with the same code."""
    person, owner = somebody(postal, email=MAIL)
    ask(postal, person, owner)
    with postal.place.store.writing() as session:
        session.execute(
            update(Delivery).values(
                status="leased", lease="0" * 32, leased_until=postal.clock.moment + LEASE, attempts=1
            )
        )
    postal.at(postal.clock.moment + LEASE)
    work(postal)
    assert the_code(postal) in mailbox.letters[0][1].get_content()
