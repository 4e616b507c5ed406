"""Sending an installation's notices: its worker, and a test message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from workflow.campaigns.colleges.reminders import nothing_to_ask, owe_digests, remind_before_the_close
from workflow.engine import Actor
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.notices.deliveries import Quiet, route_by
from workflow.notices.outbox import Outbox
from workflow.notices.texts import Letterhead
from workflow.notices.worker import CodesSent, Worker
from workflow.signin.codes import shown, spent
from workflow.upkeep.installation import Installation
from workflow.upkeep.leaving import channels_of
from workflow.upkeep.scheduled import beside


def worker_of(installation: Installation) -> Worker:
    """A worker for this installation. Without channels it does nothing."""
    school, engine = installation.school, installation.engine
    sending = school.policy.sending
    return Worker(
        store=installation.store,
        clock=installation.clock,
        entropy=installation.entropy,
        cipher=installation.cipher,
        channels=channels_of(installation),
        head=Letterhead(school.title, school.title_en, installation.settings.address),
        codes=CodesSent(spent, lambda id: shown(installation.cipher.code(id))),
        quiet=Quiet(sending.quiet_from, sending.quiet_until),
        answered=nothing_to_ask,
        chores=(partial(remind_before_the_close, engine), partial(owe_digests, engine)),
    )


@contextmanager
def sending(installation: Installation) -> Iterator[bool]:
    """Run a worker in a thread of this process while the block runs, on SQLite if notices can be sent.

    On PostgreSQL sending is a process of its own. Yields whether there is such a thread.
    """
    worker = worker_of(installation)
    if not worker.channels or installation.store.dialect != "sqlite":
        yield False
        return
    with beside("kanwu-notices", worker.run):
        yield True


def send_a_test(
    installation: Installation, session: Session, by: Actor, channel: str, said: str, at: datetime
) -> None:
    """Store a person's own address and owe them a test message there, like any other notice."""
    given = Given(Owner(person=by.person), channel, said)
    take_addresses(
        session,
        installation.cipher,
        installation.entropy,
        [given],
        vouched=False,
        by=by.person,
        at=at,
    )
    (notice,) = Outbox(installation.entropy).owe_on(
        session,
        "test",
        [(by.person, "", by.person)],
        at,
        occasion=installation.entropy(8).hex(),
    )
    route_by(session, notice, channel, at, installation.entropy)
