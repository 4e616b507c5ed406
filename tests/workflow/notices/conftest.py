"""A school that sends notices to a real mail server and a real WeCom server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.settings import Smtp, Wecom
from tests.mailbox import Mailbox
from tests.wecom import WecomStub
from tests.world import World
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.notices.worker import Worker
from workflow.upkeep.sending import worker_of


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on this machine."""
    with Mailbox() as server:
        yield server


@pytest.fixture
def wecom() -> Iterator[WecomStub]:
    """WeCom on this machine."""
    with WecomStub() as server:
        yield server


@pytest.fixture
def postal(world: World, mailbox: Mailbox) -> World:
    """The small school with e-mail set up."""
    return with_channels(world, mailbox.settings())


@pytest.fixture
def both(world: World, mailbox: Mailbox, wecom: WecomStub) -> World:
    """The small school with both channels set up."""
    return with_channels(world, mailbox.settings(), wecom.settings())


def with_channels(world: World, smtp: Smtp | None = None, wecom: Wecom | None = None) -> World:
    """The same school with other channels."""
    settings = replace(world.place.settings, address="https://kanwu.school.example", smtp=smtp, wecom=wecom)
    world.place = replace(world.place, settings=settings)
    return world


def reach(world: World, record: str, *, vouched: bool = False, **said: str) -> None:
    """Give the student of a record addresses, by channel."""
    given = [Given(Owner(record=record), channel, address) for channel, address in said.items()]
    keep(world, given, vouched=vouched)


def keep(world: World, given: list[Given], *, vouched: bool = False) -> None:
    """Store addresses as an import does."""
    place = world.place
    with place.store.writing() as session:
        take_addresses(
            session, place.cipher, place.entropy, given, vouched=vouched, by="test", at=world.clock.moment
        )


def work(world: World, worker: Worker | None = None) -> Worker:
    """Let a worker send everything that is due now."""
    worker = worker or worker_of(world.place)
    for _ in range(200):
        if not worker.step():
            return worker
    raise AssertionError("the worker does not come to rest")
