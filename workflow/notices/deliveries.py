"""Deliveries: which channel a notice uses, which worker has the lease, and the outcome.

Everything here runs in the caller's transaction. The transaction that leases letters also cancels those that
are taken back, too late or no longer needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, insert, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from workflow.engine import Entropy
from workflow.notices.channels import SendingFault
from workflow.notices.contacts import FORMER_KEPT
from workflow.notices.signin_events import (
    AT_ANY_TIME,
    AT_ONCE,
    BESIDE,
    CODES,
    TO_ONE_ADDRESS,
)
from workflow.notices.signin_events import WORDS as SIGNIN_WORDS
from workflow.notices.tables import CHANNELS, LIVE, Address, Delivery, Notice
from workflow.store import rows_changed

FRESH = timedelta(hours=48)
"""A notice may be sent this long after it was due. Older ones, e.g. from before setup, are not sent."""

MARGIN = timedelta(minutes=1)
"""Extra wait for a notice that can be undone: an undo begun in time may commit a moment later."""

PENDING = ("owed", "failed", "leased")
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 16
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)

Answered = Callable[[Session, Collection[str]], Collection[str]]
"""Selects the subjects whose student has nothing left to do."""

Spent = Callable[[Session, Collection[str], datetime], Collection[str]]
"""Selects the codes that open nothing any more, of some codes' rows."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The quiet hours at night, in which nothing is sent."""

    since: time = time(22)
    until: time = time(7)

    def reigns(self, at: datetime) -> bool:
        """True during the quiet hours."""
        return at.time() >= self.since or at.time() < self.until

    def lets_through(self, at: datetime) -> ColumnElement[bool]:
        """The notices that may be sent now. At night: those of ``AT_ANY_TIME``, and a deadline tonight."""
        if not self.reigns(at):
            return true()
        tonight: ColumnElement[bool] = false()
        if at.time() >= self.since:
            midnight = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0)
            tonight = and_(Notice.act_by >= at, Notice.act_by < midnight)
        return or_(Notice.event.in_(sorted(AT_ANY_TIME)), tonight)


@dataclass(frozen=True, slots=True)
class Item:
    """One leased delivery, with what the worker needs to write the letter."""

    delivery: str
    notice: str
    subject: str
    event: str
    owed_at: datetime
    act_by: datetime | None
    facts: str
    address: str
    sealed: bytes
    former: bytes | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Consignment:
    """The deliveries that a worker holds under one lease."""

    lease: str
    items: tuple[Item, ...]


# -- routing --------------------------------------------------------------------------------------------


def _to_route(at: datetime) -> ColumnElement[bool]:
    """Notices that are due, not taken back and not routed. Those held back wait MARGIN longer.

    What is meant for one address only is never routed to another.
    """
    due = or_(
        and_(Notice.due_at == Notice.owed_at, Notice.due_at <= at),
        Notice.due_at <= at - MARGIN,
    )
    fresh = and_(Notice.routed_at.is_(None), Notice.cancelled_at.is_(None), Notice.due_at > at - FRESH)
    return and_(fresh, due, Notice.event.not_in(sorted(TO_ONE_ADDRESS)))


def route(
    session: Session, at: datetime, channels: Sequence[str], entropy: Entropy, at_most: int = 2000
) -> int:
    """Choose for each due notice the first channel that reaches its person. Returns how many were looked at.

    A person without an address sees the notice only on their page. What was owed to an address of a channel
    that is not set up is dropped.
    """
    _drop_elsewhere(session, channels)
    found = session.execute(
        select(Notice.id, Notice.record_id, Notice.person_id)
        .where(_to_route(at))
        .order_by(Notice.due_at, Notice.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    ).all()
    if not found:
        return 0
    ways = _ways(session, {row.record_id for row in found}, {row.person_id for row in found}, channels)
    born = [
        new_delivery(entropy, row.id, way, at)
        for row in found
        if (way := next(iter(ways.get((row.record_id, row.person_id), ())), None))
    ]
    if born:
        session.execute(insert(Delivery), born)
    session.execute(update(Notice).where(Notice.id.in_([row.id for row in found])).values(routed_at=at))
    return len(found)


def _drop_elsewhere(session: Session, channels: Sequence[str]) -> None:
    """Cancel the news and codes owed to addresses of channels that this installation does not have."""
    others = sorted(set(CHANNELS) - set(channels))
    named = exists().where(Notice.id == Delivery.notice_id, Notice.event.in_(sorted(SIGNIN_WORDS)))
    if others:
        session.execute(
            update(Delivery)
            .where(Delivery.channel.in_(others), Delivery.status == "owed", named)
            .values(status="cancelled", error="no_channel")
            .execution_options(synchronize_session=False)
        )


def route_by(session: Session, notice: str, channel: str, at: datetime, entropy: Entropy) -> None:
    """Route one notice by a requested channel. Its person must have an address there."""
    found = session.get_one(Notice, notice)
    ((_, address, vouched),) = _ways(session, {found.record_id}, {found.person_id}, [channel])[
        found.record_id, found.person_id
    ]
    session.execute(insert(Delivery), [new_delivery(entropy, notice, (channel, address, vouched), at)])
    session.execute(update(Notice).where(Notice.id == notice).values(routed_at=at))


def _ways(
    session: Session, records: set[str], people: set[str], channels: Sequence[str]
) -> Mapping[tuple[str, str], Sequence[tuple[str, str, bool]]]:
    """The addresses of some people as (channel, id, vouched), in the order in which channels are tried."""
    records, people = records - {""}, people - {""}
    rows = session.execute(
        select(Address.record_id, Address.person_id, Address.channel, Address.id, Address.vouched)
        .where(or_(Address.record_id.in_(records), Address.person_id.in_(people)))
        .where(Address.refused_at.is_(None), Address.channel.in_(channels))
    ).all()
    ways: dict[tuple[str, str], list[tuple[str, str, bool]]] = {}
    for row in sorted(rows, key=lambda row: channels.index(row.channel)):
        ways.setdefault((row.record_id, row.person_id), []).append((row.channel, row.id, row.vouched))
    return ways


def new_delivery(entropy: Entropy, notice: str, way: tuple[str, str, bool], at: datetime) -> dict[str, Any]:
    """The row of a delivery that is still to be made, by a way: channel, address, vouched."""
    channel, address, vouched = way
    return {
        "id": entropy(16).hex(),
        "notice_id": notice,
        "address_id": address,
        "channel": channel,
        "status": "owed",
        "next_at": at,
        "vouched": vouched,
    }


# -- leasing --------------------------------------------------------------------------------------------


def is_anything_to_do(session: Session, at: datetime, channels: Sequence[str]) -> bool:
    """True when a worker would find work. Takes no lock."""
    waiting = exists().where(
        Delivery.channel.in_(channels),
        or_(
            and_(Delivery.status.in_(("owed", "failed")), Delivery.next_at <= at),
            and_(Delivery.status == "leased", Delivery.leased_until <= at),
        ),
    )
    return bool(session.scalar(select(or_(exists().where(_to_route(at)), waiting))))


def lease(
    session: Session,
    at: datetime,
    channel: str,
    quiet: Quiet,
    entropy: Entropy,
    answered: Answered,
    spent: Spent,
    *,
    at_most: int,
    alike: bool,
) -> Consignment | None:
    """Lease deliveries that may be sent now. None if there are none.

    Deliveries that should not be sent any more are cancelled, so a batch may be empty. An expired lease is
    taken again unchanged: when the outcome of a call is unknown, the same call is repeated, and the server
    recognises it.
    """
    rows = _abandoned(session, at, channel, quiet) or _due(session, at, channel, quiet, at_most, alike)
    if not rows:
        return None
    needless = _needless(session, rows, at, answered, spent)
    for code, ids in needless.items():
        _end(session, ids, "cancelled", error=code)
    dropped = {id for ids in needless.values() for id in ids}
    tried = {row.id for row in rows if row.attempts >= MOST_ATTEMPTS} - dropped
    _end(session, tried, "dead", error="no_answer")
    kept = [row for row in rows if row.id not in dropped | tried]
    if not kept:
        return Consignment("", ())
    token = kept[0].lease if kept[0].status == "leased" else entropy(16).hex()
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in kept]))
        .values(status="leased", lease=token, leased_until=at + LEASE, attempts=Delivery.attempts + 1)
    )
    return Consignment(token, tuple(_item(row) for row in kept))


_HELD = (
    select(
        Delivery.id, Delivery.status, Delivery.lease, Delivery.attempts, Delivery.address_id,
        Notice.id.label("notice"), Notice.subject, Notice.event, Notice.owed_at, Notice.act_by, Notice.facts,
        Notice.cancelled_at, Address.sealed, Address.former, Address.refused_at,
    )
    .join(Notice, Notice.id == Delivery.notice_id)
    .join(Address, Address.id == Delivery.address_id)
    .order_by(
        case((Notice.event.in_(sorted(AT_ONCE)), 0), else_=1), Delivery.next_at, Delivery.id
    )
    .with_for_update(of=(Delivery, Notice), skip_locked=True)
)  # fmt: skip


def _abandoned(session: Session, at: datetime, channel: str, quiet: Quiet) -> Sequence[Any]:
    """All deliveries of one expired lease."""
    gone = (Delivery.channel == channel, Delivery.status == "leased", Delivery.leased_until <= at)
    token = session.scalar(
        select(Delivery.lease)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(*gone, quiet.lets_through(at))
        .order_by(Delivery.leased_until, Delivery.lease)
        .limit(1)
    )
    if token is None:
        return ()
    return session.execute(_HELD.where(*gone, Delivery.lease == token)).all()


def _due(
    session: Session, at: datetime, channel: str, quiet: Quiet, at_most: int, alike: bool
) -> Sequence[Any]:
    """Deliveries to send now: codes first, then oldest first.

    For an ``alike`` channel, those with the first one's text: a code is alike to nothing.
    """
    wanted = _HELD.where(
        Delivery.channel == channel,
        Delivery.status.in_(("owed", "failed")),
        Delivery.next_at <= at,
        quiet.lets_through(at),
    )
    if not alike:
        return session.execute(wanted.limit(at_most)).all()
    first = session.execute(wanted.limit(1)).first()
    if first is None:
        return ()
    if first.event in CODES:
        return [first]
    same = wanted.where(
        Notice.event == first.event,
        Notice.owed_at == first.owed_at,
        Notice.facts == first.facts,
        Notice.act_by.is_not_distinct_from(first.act_by),
    )
    return session.execute(same.limit(at_most)).all()


def _needless(
    session: Session, rows: Sequence[Any], at: datetime, answered: Answered, spent: Spent
) -> dict[str, set[str]]:
    """The deliveries that should not be sent any more, by reason."""
    codes = {row.subject for row in rows if row.event in CODES}
    over = set(spent(session, codes, at)) if codes else set()
    asking = {row.subject for row in rows if row.event in ("campaign_opened", "reminder")}
    done = set(answered(session, asking)) if asking else set()
    found: dict[str, set[str]] = {}
    for row in rows:
        late = row.act_by is not None and row.act_by < at
        opens_nothing = row.event in CODES and row.subject in over
        long_gone = row.event in SIGNIN_WORDS and row.owed_at <= at - FORMER_KEPT
        if row.cancelled_at is not None:
            found.setdefault("taken_back", set()).add(row.id)
        elif late or opens_nothing or long_gone:
            found.setdefault("too_late", set()).add(row.id)
        elif row.subject in done and row.event in ("campaign_opened", "reminder"):
            found.setdefault("answered", set()).add(row.id)
    return found


def _item(row: Any) -> Item:
    return Item(
        row.id, row.notice, row.subject, row.event, row.owed_at, row.act_by, row.facts, row.address_id,
        row.sealed, row.former, row.attempts + 1,
    )  # fmt: skip


def _end(session: Session, ids: Collection[str], status: str, **more: Any) -> None:
    if ids:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(status=status, lease="", leased_until=None, **more)
        )


# -- outcomes -------------------------------------------------------------------------------------------


def mark_sent(session: Session, ids: Collection[str], at: datetime, reference: str) -> None:
    """Record that the server accepted the messages, even if the lease expired meanwhile."""
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status.in_(PENDING))
        .values(status="sent", sent_at=at, reference=reference[:128], lease="", leased_until=None, error="")
    )


def mark_failed(
    session: Session,
    batch: Consignment,
    items: Iterable[Item],
    at: datetime,
    fault: SendingFault,
    channels: Sequence[str],
    entropy: Entropy,
) -> None:
    """Record a failure: retry later, or give up on this channel and try the next one for the person."""
    items = list(items)
    again = at + wait_after(max((item.attempts for item in items), default=1), entropy)
    for item in items:
        final = fault.final or item.attempts >= MOST_ATTEMPTS
        changed = rows_changed(
            session,
            update(Delivery)
            .where(Delivery.id == item.delivery, Delivery.status == "leased", Delivery.lease == batch.lease)
            .values(
                status="dead" if final else "failed",
                next_at=at if final else again,
                error=fault.code,
                answer=fault.answer,
                lease="",
                leased_until=None,
            ),
        )
        if final and changed and fault.reach == "address":
            _try_another(session, item, at, channels, entropy)


def _try_another(
    session: Session, item: Item, at: datetime, channels: Sequence[str], entropy: Entropy
) -> None:
    """Stop using a refused address, and send the letter by another channel if the person has one."""
    if item.event not in BESIDE:
        session.execute(update(Address).where(Address.id == item.address).values(refused_at=at))
    if item.event in TO_ONE_ADDRESS:
        return
    notice = session.execute(select(Notice.record_id, Notice.person_id).where(Notice.id == item.notice)).one()
    tried = set(session.scalars(select(Delivery.channel).where(Delivery.notice_id == item.notice)))
    ways = _ways(session, {notice.record_id}, {notice.person_id}, channels)
    for way in ways.get((notice.record_id, notice.person_id), ()):
        if way[0] not in tried:
            session.execute(insert(Delivery), [new_delivery(entropy, item.notice, way, at)])
            return


def give_back(session: Session, batch: Consignment, items: Iterable[Item], until: datetime) -> None:
    """Return deliveries that were not tried because the channel is down. This is not an attempt."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.id.in_([item.delivery for item in items]),
            Delivery.status == "leased",
            Delivery.lease == batch.lease,
        )
        .values(status="owed", attempts=Delivery.attempts - 1, next_at=until, lease="", leased_until=None)
    )


def wait_after(attempts: int, entropy: Entropy) -> timedelta:
    """The wait after so many attempts: doubled each time, with random jitter."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 12)
    whole = min(doubled, LONGEST_WAIT)
    share = 0.5 + int.from_bytes(entropy(2), "big") / 65536
    return whole * share


# -- monitoring and retry -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stuck:
    """Deliveries given up, or waiting after a fault, by channel, fault and number: count and last time."""

    channel: str
    error: str
    answer: int | None
    n: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The state of sending: by channel what waits and what was sent today; unreached people; failures.

    ``oldest`` is when the longest-waiting delivery was due. ``last_sent`` is the last time of sending.
    """

    waiting: Mapping[str, int]
    sent_today: Mapping[str, int]
    unrouted: int
    unreached: int
    failing: tuple[Stuck, ...]
    dead: tuple[Stuck, ...]
    oldest: datetime | None
    last_sent: Mapping[str, datetime]

    @property
    def n_dead(self) -> int:
        """How many were given up."""
        return sum(one.n for one in self.dead)

    @property
    def n_failing(self) -> int:
        """How many wait after a fault."""
        return sum(one.n for one in self.failing)


def health(session: Session, at: datetime) -> Health:
    """Summarise all deliveries. Reads no personal data."""
    midnight = at.replace(hour=0, minute=0, second=0)
    waiting, sent, last = dict.fromkeys(CHANNELS, 0), dict.fromkeys(CHANNELS, 0), {}
    for channel, n_waiting, n_sent, last_sent in session.execute(
        select(
            Delivery.channel,
            func.count().filter(Delivery.status.in_(("owed", "leased"))),
            func.count().filter(Delivery.sent_at >= midnight),
            func.max(Delivery.sent_at),
        ).group_by(Delivery.channel)
    ):
        waiting[channel], sent[channel] = n_waiting, n_sent
        if last_sent is not None:
            last[channel] = last_sent
    stuck = session.execute(
        select(
            Delivery.status, Delivery.channel, Delivery.error, Delivery.answer, func.count(),
            func.max(Delivery.next_at),
        )
        .where(Delivery.status.in_(("failed", "dead")), _without_live_sibling())
        .group_by(Delivery.status, Delivery.channel, Delivery.error, Delivery.answer)
        .order_by(func.count().desc(), Delivery.channel, Delivery.error)
    ).all()  # fmt: skip
    unreached = select(func.count()).where(
        Notice.routed_at > at - FRESH,
        Notice.record_id != "",
        Notice.cancelled_at.is_(None),
        ~exists().where(Delivery.notice_id == Notice.id),
    )
    oldest = select(func.min(Delivery.next_at)).where(
        Delivery.status.in_(("owed", "failed")), Delivery.next_at <= at
    )
    unrouted = select(func.count()).select_from(Notice).where(_to_route(at))
    return Health(
        waiting=waiting,
        sent_today=sent,
        unrouted=session.scalar(unrouted) or 0,
        unreached=session.scalar(unreached) or 0,
        failing=tuple(Stuck(*row[1:]) for row in stuck if row[0] == "failed"),
        dead=tuple(Stuck(*row[1:]) for row in stuck if row[0] == "dead"),
        oldest=session.scalar(oldest),
        last_sent=last,
    )


def try_again(session: Session, at: datetime, channel: str = "", error: str | None = None) -> int:
    """Queue again the deliveries that were given up, all or those of one channel and fault. Returns how many.

    Notices that went another way meanwhile, were taken back or are past their date stay unchanged.
    """
    wanted = [Delivery.status == "dead", _without_live_sibling(), _still_wanted(at)]
    if channel:
        wanted.append(Delivery.channel == channel)
    else:
        wanted.append(_the_last_given_up())
    if error is not None:
        wanted.append(Delivery.error == error)
    ids = select(Delivery.id).where(*wanted)
    to_another = exists().where(Notice.id == Delivery.notice_id, Notice.event.in_(sorted(BESIDE)))
    addresses = select(Delivery.address_id).where(*wanted, ~to_another)
    session.execute(
        update(Address)
        .where(Address.id.in_(addresses), func.length(Address.sealed) > 0)
        .values(refused_at=None)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(
        session,
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(status="owed", attempts=0, next_at=at, error="", answer=None)
        .execution_options(synchronize_session=False),
    )


def _without_live_sibling() -> ColumnElement[bool]:
    other = aliased(Delivery)
    return ~exists().where(
        other.notice_id == Delivery.notice_id, other.id != Delivery.id, other.status.in_(LIVE)
    )


def _the_last_given_up() -> ColumnElement[bool]:
    """Keep one of two deliveries that were both given up: a notice is sent by one channel at a time."""
    other = aliased(Delivery)
    return ~exists().where(
        other.notice_id == Delivery.notice_id, other.id > Delivery.id, other.status == "dead"
    )


def _still_wanted(at: datetime) -> ColumnElement[bool]:
    return exists().where(
        Notice.id == Delivery.notice_id,
        Notice.cancelled_at.is_(None),
        or_(Notice.act_by.is_(None), Notice.act_by >= at),
    )


def told_by(channels: Collection[str]) -> ColumnElement[bool]:
    """True when a notice counts as received: seen on the page, or sent in time to a vouched address."""
    seen: ColumnElement[bool] = Notice.seen_at.is_not(None) if "page" in channels else false()
    ways = sorted(set(channels) & set(CHANNELS))
    if not ways:
        return seen
    sent = exists().where(
        Delivery.notice_id == Notice.id,
        Delivery.channel.in_(ways),
        Delivery.status == "sent",
        Delivery.vouched,
        Delivery.sent_at <= Notice.act_by,
    )
    return or_(seen, sent)


@dataclass(frozen=True, slots=True)
class Test:
    """The last test message of a person: its channel and outcome."""

    channel: str
    status: str
    owed_at: datetime
    sent_at: datetime | None
    error: str
    answer: int | None


def last_test(session: Session, person: str) -> Test | None:
    """The outcome of the last test message that a person asked for."""
    row = session.execute(
        select(
            Delivery.channel,
            Delivery.status,
            Notice.owed_at,
            Delivery.sent_at,
            Delivery.error,
            Delivery.answer,
        )
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.subject == person, Notice.event == "test", Notice.person_id == person)
        .order_by(Notice.owed_at.desc(), Delivery.next_at.desc(), Delivery.id)
        .limit(1)
    ).first()
    return Test(*row) if row else None


@dataclass(frozen=True, slots=True)
class NoticeProof:
    """One notice of a student and its proof: seen on the page, sent by a channel, or neither."""

    event: str
    owed_at: datetime
    cancelled_at: datetime | None
    seen_at: datetime | None
    channel: str
    status: str
    sent_at: datetime | None
    reference: str
    error: str


def proofs(session: Session, record: str) -> tuple[NoticeProof, ...]:
    """Every notice of a student with its deliveries, oldest first."""
    rows = session.execute(
        select(
            Notice.event, Notice.owed_at, Notice.cancelled_at, Notice.seen_at,
            func.coalesce(Delivery.channel, ""), func.coalesce(Delivery.status, ""), Delivery.sent_at,
            func.coalesce(Delivery.reference, ""), func.coalesce(Delivery.error, ""),
        )
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
        .where(Notice.record_id == record)
        .order_by(Notice.owed_at, Notice.id, Delivery.next_at)
    )  # fmt: skip
    return tuple(NoticeProof(*row) for row in rows)
