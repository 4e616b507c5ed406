"""WeCom: a thousand a call, tokens that run out, limits, and repetitions that it knows."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.wecom import AGENT, SECRET, WecomStub
from tests.workflow.notices.conftest import keep, with_channels, work
from tests.world import World
from workflow.notices.addresses import Given
from workflow.notices.contacts import Owner
from workflow.notices.deliveries import LEASE
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Delivery
from workflow.notices.texts import Letterhead, compose
from workflow.notices.wecom import Messages
from workflow.upkeep.sending import worker_of

pytestmark = pytest.mark.one_database

HEAD = Letterhead("测试学校", "Test school", "https://kanwu.school.example")


@pytest.fixture
def on_wecom(world: World, wecom: WecomStub) -> World:
    """The small school with WeCom set up."""
    return with_channels(world, wecom=wecom.settings())


def opened(world: World, wecom: WecomStub, n: int, there: int | None = None) -> None:
    """This many students asked to check, of whom this many are in WeCom."""
    people = [f"s{i:04d}" for i in range(n)]
    wecom.members = set(people[:there])
    keep(world, [Given(Owner(record=world.record()), "wecom", one) for one in people])
    world.open_campaign()


def crowd(world: World, wecom: WecomStub, n: int) -> None:
    """This many staff members with the same notice."""
    place, at = world.place, world.clock.moment
    wecom.members = {f"s{i:04d}" for i in range(n)}
    people = [f"{i:032x}" for i in range(n)]
    keep(world, [Given(Owner(person=id), "wecom", f"s{i:04d}") for i, id in enumerate(people)])
    with place.store.writing() as session:
        addressees = [(id, "", id) for id in people]
        Outbox(place.entropy).owe_on(session, "test", addressees, at, occasion="1")


def statuses(world: World) -> dict[tuple[str, str], int]:
    """The number of deliveries by status and fault."""
    found: dict[tuple[str, str], int] = {}
    with world.place.store.reading() as session:
        for status, error in session.execute(select(Delivery.status, Delivery.error)):
            found[status, error] = found.get((status, error), 0) + 1
    return found


def test_the_same_words_go_to_all_in_one_call(on_wecom: World, wecom: WecomStub) -> None:
    """Forty students, one call, each told once, with the link and the last moment."""
    opened(on_wecom, wecom, 40)
    work(on_wecom)
    assert len(wecom.calls) == 1 and len(set(wecom.arrived)) == len(wecom.arrived) == 40
    call = wecom.calls[0]
    assert (call["agentid"], call["msgtype"]) == (AGENT, "textcard")
    card = call["textcard"]
    with on_wecom.place.store.reading() as session:
        notices = session.scalars(select(Delivery.notice_id).order_by(Delivery.id)).all()
    assert card["url"] in {f"https://kanwu.school.example/n/{notice[:12]}" for notice in notices}
    assert card["title"] == "请核对您的学籍信息"
    assert "2024-11-07 23:59:59" in card["description"] and "Sign in" in card["description"]
    assert len(card["description"].encode()) <= 512


def test_no_call_names_more_than_a_thousand(on_wecom: World, wecom: WecomStub) -> None:
    """A thousand and one are two calls."""
    crowd(on_wecom, wecom, 1001)
    work(on_wecom)
    assert sorted(len(call["touser"].split("|")) for call in wecom.calls) == [1, 1000]
    assert len(set(wecom.arrived)) == 1001


def test_whom_wecom_does_not_know_is_told_apart(on_wecom: World, wecom: WecomStub) -> None:
    """The others are told; those who are not there are listed by their fault."""
    opened(on_wecom, wecom, 5, there=3)
    work(on_wecom)
    assert statuses(on_wecom) == {("sent", ""): 3, ("dead", "address_refused"): 2}


def test_when_nobody_of_a_call_is_there_all_are_told_apart(on_wecom: World, wecom: WecomStub) -> None:
    """The number for that is an answer about the people, not about the channel."""
    opened(on_wecom, wecom, 3, there=0)
    work(on_wecom)
    assert statuses(on_wecom) == {("dead", "address_refused"): 3}


def test_a_token_that_ran_out_is_renewed(on_wecom: World, wecom: WecomStub) -> None:
    """42001 costs one call more and no message."""
    opened(on_wecom, wecom, 2)
    worker = work(on_wecom)
    wecom.expire()
    on_wecom.at(on_wecom.clock.moment + timedelta(minutes=1))
    record = on_wecom.record()
    keep(on_wecom, [Given(Owner(record=record), "wecom", "late")])
    wecom.members.add("late")
    on_wecom.open_campaign()
    work(on_wecom, worker)
    assert len(wecom.arrived) == 3 and statuses(on_wecom) == {("sent", ""): 3}


def test_a_token_is_used_as_long_as_it_lasts(on_wecom: World, wecom: WecomStub) -> None:
    """Asking for one before each call is itself a thing that WeCom limits."""
    crowd(on_wecom, wecom, 1001)
    work(on_wecom)
    assert len(wecom.calls) == 2 and len(wecom.tokens) == 1


def test_when_it_is_too_much_the_channel_rests(on_wecom: World, wecom: WecomStub) -> None:
    """45009: nothing is called until the wait is over, and then everything goes, once."""
    opened(on_wecom, wecom, 3)
    wecom.errors = [45009]
    worker = work(on_wecom)
    assert statuses(on_wecom) == {("failed", "too_often"): 3} and len(wecom.calls) == 1
    work(on_wecom, worker)
    assert len(wecom.calls) == 1
    on_wecom.at(on_wecom.clock.moment + timedelta(minutes=2))
    work(on_wecom, worker)
    assert len(wecom.arrived) == 3 and statuses(on_wecom) == {("sent", ""): 3}


def test_a_wrong_secret_is_named_and_kills_no_message(
    world: World, wecom: WecomStub, caplog: pytest.LogCaptureFixture
) -> None:
    """The fault is the school's to mend; neither log nor settings show the secret."""
    caplog.set_level(logging.DEBUG)
    settings = wecom.settings(secret="another-" + SECRET)
    with_channels(world, wecom=settings)
    opened(world, wecom, 2)
    work(world)
    assert statuses(world) == {("failed", "not_authorised"): 2}
    assert SECRET not in caplog.text + repr(settings) + repr(world.place.settings)


def test_a_call_without_an_answer_is_made_again_as_it_was(on_wecom: World, wecom: WecomStub) -> None:
    """WeCom took it and fell silent: after the lease the same call is made, and nobody is told twice."""
    opened(on_wecom, wecom, 4)
    wecom.silent = 1
    worker = work(on_wecom)
    assert len(wecom.arrived) == 4 and statuses(on_wecom) == {("leased", ""): 4}
    record = on_wecom.record()
    keep(on_wecom, [Given(Owner(record=record), "wecom", "late")])
    wecom.members.add("late")
    on_wecom.open_campaign()
    on_wecom.at(on_wecom.clock.moment + LEASE)
    work(on_wecom, worker)
    assert wecom.calls[0] == wecom.calls[1]
    assert sorted(one for one, _ in wecom.arrived) == ["late", "s0000", "s0001", "s0002", "s0003"]
    assert statuses(on_wecom) == {("sent", ""): 5}


def test_a_worker_that_died_after_its_call_is_followed_by_the_same_call(
    on_wecom: World, wecom: WecomStub
) -> None:
    """What another worker had leased, with a new token of its own, is known by WeCom for a repetition."""
    opened(on_wecom, wecom, 3)

    class Died(BaseException):
        """Simulates a killed process."""

    dying = worker_of(on_wecom.place)
    send = dying.channels[0].send

    def send_and_die(letters: object) -> object:
        list(send(letters))  # type: ignore[arg-type]
        raise Died

    dying.channels[0].send = send_and_die  # type: ignore[method-assign,assignment]
    with pytest.raises(Died):
        dying.step()
    on_wecom.at(on_wecom.clock.moment + LEASE)
    work(on_wecom)
    assert len(wecom.calls) == 2 and wecom.calls[0] == wecom.calls[1]
    assert len(wecom.arrived) == 3


def test_two_events_of_a_kind_are_two_messages(wecom: WecomStub) -> None:
    """The moment stands in the words, or the check for repetitions would swallow the second."""
    wecom.members = {"zhang.san"}
    channel = Messages(wecom.settings())
    for minute in (0, 1, 1):
        letter = compose("0" * 32, "filed", on(2024, 10, 25, 10, minute), None, "", HEAD)
        (outcome,) = channel.send([replace(letter, to="zhang.san")])
        assert outcome.fault is None
    assert len(wecom.arrived) == 2


def test_another_fault_of_the_message_is_final(on_wecom: World, wecom: WecomStub) -> None:
    """A number that speaks of the message itself is not tried for ever; it is kept for who must look."""
    opened(on_wecom, wecom, 1)
    wecom.errors = [44004]
    work(on_wecom)
    with on_wecom.place.store.reading() as session:
        row = session.execute(select(Delivery.status, Delivery.error, Delivery.answer)).one()
    assert tuple(row) == ("dead", "message_refused", 44004)


def test_a_member_is_found_whatever_the_case_of_the_letters(wecom: WecomStub) -> None:
    """WeCom names those it does not know in its own spelling."""
    channel = Messages(wecom.settings())
    letter = compose("0" * 32, "filed", on(2024, 10, 25), None, "", HEAD)
    wecom.members = {"there"}
    letters = [replace(letter, to="there"), replace(letter, to="Gone")]
    outcomes = list(channel.send(letters))
    assert [(one.letters[0].to, one.fault is None) for one in outcomes] == [("there", True), ("Gone", False)]
