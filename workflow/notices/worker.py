"""The worker: sends due notices in batches, and may be killed at any moment.

Handing a letter over and recording it cannot be atomic. If a worker is killed in between, its lease expires
and the letter is handed over again under the same id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from workflow.clock import Clock
from workflow.engine import Entropy
from workflow.notices.channels import Channel, ChannelDown, SendingFault, SendingOutcome
from workflow.notices.contacts import former_at, offered
from workflow.notices.deliveries import (
    Answered,
    Consignment,
    Item,
    Quiet,
    Spent,
    give_back,
    is_anything_to_do,
    lease,
    mark_failed,
    mark_sent,
    route,
    wait_after,
)
from workflow.notices.signin_events import ADDRESS_CHANGED, CODE_ADDRESS, CODES
from workflow.notices.texts import Letter, Letterhead, compose
from workflow.people.cipher import Cipher, CipherFault
from workflow.store import Store

PAUSE = 2.0
"""Seconds to wait when there was nothing to do. Somebody may be waiting for a code."""

CHORES_EVERY = timedelta(minutes=10)

Chore = Callable[[Session, datetime], object]
"""A scheduled job that owes notices: reminders, digests. It is idempotent."""

UNKNOWN = frozenset({"no_answer", "unexpected"})
"""Faults that leave unknown whether the server took the message."""

log = logging.getLogger("kanwu.notices")


def nobody_answered(session: Session, subjects: object) -> tuple[str, ...]:
    """The default for ``answered``: no student has answered, so every reminder is still wanted."""
    return ()


@dataclass(frozen=True, slots=True)
class CodesSent:
    """How the codes in letters are known: which open nothing any more, and how one is written."""

    spent: Spent
    written: Callable[[str], str]


@dataclass
class Worker:
    """Sends by some channels. Any number of workers may run on one PostgreSQL."""

    store: Store
    clock: Clock
    entropy: Entropy
    cipher: Cipher
    channels: Sequence[Channel]
    head: Letterhead
    codes: CodesSent
    quiet: Quiet = field(default_factory=Quiet)
    answered: Answered = nobody_answered
    chores: Sequence[Chore] = ()
    _chores_at: datetime | None = None
    _down: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Work until stopped. If the database cannot be reached, wait for it."""
        while not stop.is_set():
            try:
                busy = self.step()
            except SQLAlchemyError as fault:
                log.warning("sending waits for the database: %s", type(fault).__name__)
                busy = 0
            except Exception:
                log.exception("sending met something unexpected and goes on")
                busy = 0
            if not busy:
                stop.wait(PAUSE)

    def step(self) -> int:
        """Run due jobs, route notices, and send one batch by each channel. Returns how many."""
        names = [channel.name for channel in self.channels]
        if not names:
            return 0
        self._do_chores()
        with self.store.reading() as session:
            if not is_anything_to_do(session, self.clock.now(session), names):
                return 0
        with self.store.writing() as session:
            done = route(session, self.clock.now(session), names, self.entropy)
        return done + sum(self._send_batch(channel) for channel in self.channels)

    def _do_chores(self) -> None:
        at = self.clock.now()
        if self._chores_at is not None and self._chores_at <= at < self._chores_at + CHORES_EVERY:
            return
        for chore in self.chores:
            with self.store.writing() as session:
                chore(session, self.clock.now(session))
        self._chores_at = at

    def _send_batch(self, channel: Channel) -> int:
        with self.store.writing() as session:
            at = self.clock.now(session)
            until, _ = self._down.get(channel.name, (at, 0))
            if until > at:
                return 0
            batch = lease(
                session,
                at,
                channel.name,
                self.quiet,
                self.entropy,
                self.answered,
                self.codes.spent,
                at_most=channel.at_once,
                alike=channel.alike,
            )
        if batch is None:
            return 0
        if batch.items:
            self._hand_over(channel, batch)
        return 1

    def _hand_over(self, channel: Channel, batch: Consignment) -> None:
        """Send a batch, and record the outcome of each letter as soon as it is known."""
        letters, left = self._letters(batch)
        try:
            for outcome in channel.send(letters) if letters else ():
                self._note(batch, outcome, left)
        except ChannelDown as down:
            self._put_off(channel, batch, left, down.fault)
        except Exception as fault:
            log.error("sending by %s met %s", channel.name, type(fault).__name__)
            self._put_off(channel, batch, left, SendingFault("unexpected", reach="channel"))
        else:
            self._down.pop(channel.name, None)

    def _letters(self, batch: Consignment) -> tuple[list[Letter], dict[str, Item]]:
        """The letters of a batch, with addresses. A letter without an address is recorded as refused."""
        letters: list[Letter] = []
        left = {item.notice: item for item in batch.items}
        for item in batch.items:
            code = self.codes.written(item.subject) if item.event in CODES else ""
            letter = compose(
                item.notice, item.event, item.owed_at, item.act_by, item.facts, self.head, code=code
            )
            try:
                letters.append(replace(letter, to=self._address(item)))
            except CipherFault:
                gone = SendingFault("address_refused", reach="address", final=True)
                self._note(batch, SendingOutcome((letter,), fault=gone), left)
        return letters, left

    def _address(self, item: Item) -> str:
        """Where a letter goes: the present address of its row, or the one beside it that it is meant for."""
        if item.event == ADDRESS_CHANGED:
            return former_at(self.cipher, item.address, item.former, item.owed_at)
        if item.event == CODE_ADDRESS:
            return offered(self.cipher, item.address, item.former)
        return self.cipher.open(item.sealed, table="address", column="sealed", row=item.address)

    def _note(self, batch: Consignment, outcome: SendingOutcome, left: dict[str, Item]) -> None:
        items = [left.pop(letter.id) for letter in outcome.letters]
        with self.store.writing() as session:
            at = self.clock.now(session)
            if outcome.fault is None:
                mark_sent(session, [item.delivery for item in items], at, outcome.reference)
            else:
                names = [channel.name for channel in self.channels]
                mark_failed(session, batch, items, at, outcome.fault, names, self.entropy)

    def _put_off(
        self, channel: Channel, batch: Consignment, left: dict[str, Item], fault: SendingFault
    ) -> None:
        """The channel is down: the first letter takes the fault, the others count as not tried.

        If one call takes all letters, all were tried. If that call got no answer, the lease is left to
        expire, so that the same call is repeated and recognised.
        """
        tried = list(left.values()) if channel.alike else list(left.values())[:1]
        others = [item for item in left.values() if item not in tried]
        with self.store.writing() as session:
            at = self.clock.now(session)
            times = self._down.get(channel.name, (at, 0))[1] + 1
            until = at + wait_after(times, self.entropy)
            names = [one.name for one in self.channels]
            if not (channel.alike and fault.code in UNKNOWN):
                mark_failed(session, batch, tried, at, fault, names, self.entropy)
            give_back(session, batch, others, until)
        self._down[channel.name] = (until, times)
        log.warning("nothing goes by %s until %s: %s", channel.name, f"{until:%H:%M:%S}", fault.code)
