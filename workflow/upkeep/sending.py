"""Sending an installation's notices: its channels, its worker, and reasons why nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from workflow.campaigns.colleges.reminders import nothing_to_ask, owe_digests, remind_before_the_close
from workflow.engine import Actor
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.channels import Channel
from workflow.notices.contacts import Owner
from workflow.notices.deliveries import Quiet, route_by
from workflow.notices.outbox import Outbox
from workflow.notices.smtp import Mail
from workflow.notices.texts import Letterhead
from workflow.notices.wecom import Messages
from workflow.notices.worker import CodesSent, Worker
from workflow.signin.codes import shown, spent
from workflow.upkeep.installation import Installation
from workflow.upkeep.scheduled import beside
from workflow.verdict import Reason

PRACTICE = Reason(
    "practice_sends_nothing",
    "这是练习环境，什么都不会发出，登录码也不会。",
    remedy="通知只在学生自己的页面上。",
    rule="sending",
)
NO_CHANNEL = Reason(
    "no_channel",
    "没有配置任何渠道，什么都不会发出，登录码也发不出去。",
    remedy="请按 docs/notices.md 配置邮件或企业微信；在此之前，通知只在学生自己的页面上，登录用密码。",
    rule="sending",
)
NO_ADDRESS = Reason(
    "no_own_address",
    "没有设定网址，通知里没有登录的链接，所以什么都不会发出，登录码也发不出去。",
    remedy="请设定 KANWU_ADDRESS。",
    rule="sending",
)
WHY_NOT = {
    "no_channel": ("没有配置通知的渠道", "no channel for notices"),
    "no_own_address": ("没有设定网址", "no address of the pages"),
    "practice_sends_nothing": ("练习环境不发通知", "a practice installation sends nothing"),
}
"""The same in a few words, by code."""


def why_nothing_leaves(installation: Installation) -> tuple[Reason, ...]:
    """Every reason why no notice is sent. Empty if notices are sent."""
    settings = installation.settings
    if installation.practice:
        return (PRACTICE,)
    bars = (
        (NO_CHANNEL, not (settings.smtp or settings.wecom)),
        (NO_ADDRESS, not settings.address),
    )
    return tuple(reason for reason, holds in bars if holds)


def channels_of(installation: Installation) -> tuple[Channel, ...]:
    """The channels that send notices, in the order in which they are tried. Empty if nothing is sent."""
    settings = installation.settings
    if why_nothing_leaves(installation):
        return ()
    wecom: tuple[Channel, ...] = (Messages(settings.wecom),) if settings.wecom else ()
    mail: tuple[Channel, ...] = (Mail(settings.smtp, installation.school.title),) if settings.smtp else ()
    return (*wecom, *mail)


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
