"""Wrong tries slow an account at an address, and strangers a little. They lock nobody out.

A try is counted as wrong before it is verified, in a unit of work of its own; a right one is forgiven. So
tries made at the same moment are counted one after the other. A try that must wait is not verified at all:

    with store.writing() as session:
        wait = count_wrong(session, cipher, knock, at, campus)
    if wait: say how many seconds remain, and stop
    ... verify ...
    with store.writing() as session:
        forgive(session, cipher, knock, at, campus)

A number is never looked up here. One that nobody has is counted like any other, so nothing tells the two
apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from sqlalchemy import ClauseElement, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.settings import Network
from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.people.tokens import digest, new_token
from workflow.signin.numbers import LONGEST_NUMBER
from workflow.signin.tables import KnownBrowser, Throttle
from workflow.store import Prepared, as_text, rows_changed, table_of

NOW = timedelta(0)
SECOND = timedelta(seconds=1)

FREE = 3
"""So many wrong tries of an account at an address bring no wait. Each further one doubles it."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
"""After so long without a try, a mark counts for nothing."""
FREE_IN_KNOWN_BROWSER = 30
"""So many wrong tries in a known browser; after them it is a browser like any other."""
STRANGERS_WAIT = timedelta(seconds=5)
"""Where many tries go wrong, an account that is new at an address waits once so long before its first try."""
MOST_MARKS = 200_000
"""So many marks are kept. An attack that makes more of them within an hour loses the oldest."""
KNOWN_FOR = timedelta(days=180)
"""A browser is forgotten after so long without a sign-in."""
_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """So many wrong tries at once; ``back`` of them are given back whenever ``every`` has passed."""

    free: int
    every: timedelta
    back: int = 1


ADDRESS = Limit(20, 30 * SECOND)
CAMPUS = Limit(600, SECOND)
NEIGHBOURS = Limit(200, 3 * SECOND)
"""Of an IPv6 /48, as a single customer may have one, with 65,536 networks of the size of an address here."""
ACCOUNT = Limit(50, 72 * SECOND)
EVERYBODY = Limit(300, SECOND, back=5)


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """The limits of one address: somewhere, on the campus, and of the networks around it."""

    address: Limit
    campus: Limit
    neighbours: Limit


SIGN_IN = PlaceLimits(ADDRESS, CAMPUS, NEIGHBOURS)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """How often a form that needs no sign-in may be sent: from one address, and by everybody together."""

    name: str
    places: PlaceLimits
    everybody: Limit


@dataclass(frozen=True, slots=True)
class Knock:
    """One try: the number as typed, the address it comes from, whether the account knows the browser."""

    number: str = field(repr=False)
    address: str = field(repr=False)
    known: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is written under a mark: wrong tries, since when they are counted, until when it waits."""

    wrong: int
    last_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Marks:
    """The marks of one try. Digests under the index key: neither number nor address can be read from them.

    A mark of ``places`` that is full makes everybody there wait. A full one of ``strangers`` makes an account
    that is new at an address wait once.
    """

    known: str
    pair: str
    places: Mapping[str, Limit]
    strangers: Mapping[str, Limit]

    @classmethod
    def of(cls, cipher: Cipher, knock: Knock, campus: Sequence[Network]) -> _Marks:
        number = knock.number.strip()[:LONGEST_NUMBER]
        places = _places(knock.address, campus)
        both = f"{next(iter(places))}\0{number}"
        return cls(
            cipher.digest("throttle:known", both.encode()),
            cipher.digest("throttle:pair", both.encode()),
            {cipher.digest("throttle:address", one.encode()): limit for one, limit in places.items()},
            {
                cipher.digest("throttle:account", number.encode()): ACCOUNT,
                cipher.digest("throttle:everybody", b""): EVERYBODY,
            },
        )

    @property
    def limits(self) -> Mapping[str, Limit]:
        """The marks that count for more than one account at one address."""
        return {**self.places, **self.strangers}

    @property
    def names(self) -> tuple[str, ...]:
        """All marks."""
        return (self.known, self.pair, *self.limits)


def wait_for(
    session: Session, cipher: Cipher, knock: Knock, at: datetime, campus: Sequence[Network] = ()
) -> timedelta:
    """How long a try must still wait, by what is written. It changes nothing and costs one statement.

    Zero means: ask ``count_wrong``, which may still say that it must wait.
    """
    marks = _Marks.of(cipher, knock, campus)
    found = {mark: row for mark, row in _rows(session, marks.names).items() if row.last_at <= at}
    if knock.known and _free_in_known_browser(_present(found, at).get(marks.known)):
        return NOW
    return max([NOW, *(found[mark].until - at for mark in (marks.pair, *marks.places) if mark in found)])


def count_wrong(
    session: Session, cipher: Cipher, knock: Knock, at: datetime, campus: Sequence[Network] = ()
) -> timedelta:
    """Count a try as wrong and return zero: it may be verified. Or, uncounted, how long it must wait."""
    _one_at_a_time(session)
    marks = _Marks.of(cipher, knock, campus)
    found = _by_this_clock(session, marks.names, at)
    if knock.known and _free_in_known_browser(known := found.get(marks.known)):
        _write(session, {marks.known: _Mark(known.wrong + 1 if known else 1, at, at)})
        return NOW
    pair = found.get(marks.pair)
    left = {mark: _leaked(limit, found.get(mark), at) for mark, limit in marks.limits.items()}
    waits = {mark: _wait(limit, left[mark], at) for mark, limit in marks.limits.items()}
    wait = max(NOW, pair.until - at if pair else NOW, *(waits[mark] for mark in marks.places))
    if wait:
        return wait
    more = {mark: _one_more(limit, left[mark], at) for mark, limit in marks.limits.items()}
    if pair is None and any(waits[mark] for mark in marks.strangers):
        at_the_places = {mark: more[mark] for mark in marks.places}
        _write(session, at_the_places | {marks.pair: _Mark(0, at, at + STRANGERS_WAIT)})
        return STRANGERS_WAIT
    wrong = 1 + (pair.wrong if pair else 0)
    _write(session, more | {marks.pair: _Mark(wrong, at, at + delay(wrong))})
    return NOW


def forgive(
    session: Session, cipher: Cipher, knock: Knock, at: datetime, campus: Sequence[Network] = ()
) -> None:
    """A counted try was right: the pair starts anew, and the other marks lose the one try.

    It is the last act of its unit of work, or has one of its own: until then no other try is counted.
    """
    _one_at_a_time(session)
    marks = _Marks.of(cipher, knock, campus)
    session.execute(delete(Throttle).where(Throttle.mark.in_((marks.known, marks.pair))))
    if knock.known:
        return
    found = _by_this_clock(session, marks.names, at)
    less = {
        mark: _one_less(marks.limits[mark], row, at) for mark, row in found.items() if mark in marks.limits
    }
    _write(session, less)


def wait_to_send(
    session: Session,
    cipher: Cipher,
    form: OpenForm,
    address: str,
    at: datetime,
    campus: Sequence[Network] = (),
) -> timedelta:
    """How long a form must still wait, by what is written. It changes nothing and costs one statement."""
    limits = _limits_of(cipher, form, address, campus)
    return _longest_wait(limits, _present(_rows(session, tuple(limits)), at), at)


def count_sent(
    session: Session,
    cipher: Cipher,
    form: OpenForm,
    address: str,
    at: datetime,
    campus: Sequence[Network] = (),
) -> timedelta:
    """Count one sending of a form and return zero. Or, uncounted, how long it must wait."""
    _one_at_a_time(session)
    limits = _limits_of(cipher, form, address, campus)
    found = _by_this_clock(session, tuple(limits), at)
    if wait := _longest_wait(limits, found, at):
        return wait
    left = {mark: _leaked(limit, found.get(mark), at) for mark, limit in limits.items()}
    _write(session, {mark: _one_more(limit, left[mark], at) for mark, limit in limits.items()})
    return NOW


def delay(wrong: int) -> timedelta:
    """How long an account at an address waits after so many wrong tries."""
    return NOW if wrong < FREE else min(2 ** min(wrong - FREE, _DOUBLINGS) * SECOND, LONGEST_WAIT)


def know_browser(session: Session, token: str | None, person: str, at: datetime, entropy: Entropy) -> str:
    """A person has signed in: the account knows this browser from now on. Returns its new token.

    The token changes at each sign-in, for everybody whom the browser knows, so that an old copy is worth
    nothing.
    """
    fresh = new_token(entropy)
    if token:
        old = KnownBrowser.digest == digest(token)
        session.execute(delete(KnownBrowser).where(old, KnownBrowser.person_id == person))
        session.execute(update(KnownBrowser).where(old).values(digest=digest(fresh)))
    session.execute(insert(KnownBrowser).values(digest=digest(fresh), person_id=person, seen_at=at))
    return fresh


def is_known(session: Session, token: str | None, person: str, at: datetime) -> bool:
    """Whether a person ('' = nobody) has signed in with this browser lately. Always one statement."""
    seen_at = session.scalar(
        select(KnownBrowser.seen_at).where(
            KnownBrowser.digest == digest(token or ""), KnownBrowser.person_id == person
        )
    )
    return seen_at is not None and at < seen_at + KNOWN_FOR


def forget_browsers(session: Session, person: str) -> int:
    """Forget a person's browsers: the password changed, or a code was given at the counter."""
    return rows_changed(session, delete(KnownBrowser).where(KnownBrowser.person_id == person))


def forget_old_browsers(session: Session, at: datetime) -> int:
    """Delete the known browsers without a sign-in for half a year. Returns how many."""
    return rows_changed(session, delete(KnownBrowser).where(KnownBrowser.seen_at <= at - KNOWN_FOR))


def forget_marks(session: Session, at: datetime, at_most: int, *, most: int = MOST_MARKS) -> int:
    """Delete the oldest marks: those that count for nothing, and those beyond ``most``. Returns how many."""
    _one_at_a_time(session)
    table = table_of(Throttle)
    oldest = select(table.c.mark).order_by(table.c.last_at)
    forgotten = oldest.where(table.c.last_at <= at - FORGOTTEN).limit(at_most)
    gone = rows_changed(session, delete(table).where(table.c.mark.in_(forgotten)))
    kept = session.scalar(select(func.count()).select_from(table)) or 0
    over = oldest.limit(max(0, min(kept - most, at_most - gone)))
    return gone + rows_changed(session, delete(table).where(table.c.mark.in_(over)))


def _places(address: str, campus: Sequence[Network], limits: PlaceLimits = SIGN_IN) -> dict[str, Limit]:
    """What counts as one address, first, and what lies around it: with their limits.

    An IPv4 address stands for itself, an IPv6 address for its /64, with the /48 around it. In a network of
    the campus many people share an address.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return {"?": limits.address}
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    on_campus = any(ip in network for network in campus)
    if ip.version == 4:
        return {str(ip): limits.campus if on_campus else limits.address}
    if on_campus:
        return {_around(ip, 64): limits.campus}
    return {_around(ip, 64): limits.address, _around(ip, 48): limits.neighbours}


def _limits_of(cipher: Cipher, form: OpenForm, address: str, campus: Sequence[Network]) -> dict[str, Limit]:
    """The limits of a form by their marks. The marks of one form are no other's."""
    kind, places = f"throttle:{form.name}", _places(address, campus, form.places)
    marks = {cipher.digest(kind, one.encode()): limit for one, limit in places.items()}
    return {**marks, cipher.digest(kind, b""): form.everybody}


def _longest_wait(limits: Mapping[str, Limit], found: Mapping[str, _Mark], at: datetime) -> timedelta:
    return max(_wait(limit, _leaked(limit, found.get(mark), at), at) for mark, limit in limits.items())


def _around(ip: IPv6Address, length: int) -> str:
    bits = 128 - length
    return str(IPv6Network((int(ip) >> bits << bits, length)))


def _one_at_a_time(session: Session) -> None:
    """SQLite has one writer. On PostgreSQL a lock, as a row that is not there yet cannot be locked."""
    if session.get_bind().dialect.name == "postgresql":
        _LOCK.run(session, {})


def _rows(session: Session, marks: Sequence[str]) -> dict[str, _Mark]:
    names = dict.fromkeys(_NAMES, marks[0]) | dict(zip(_NAMES, marks, strict=False))
    return {mark: _Mark(wrong, last_at, until) for mark, wrong, last_at, until in _FIND.rows(session, names)}


def _by_this_clock(session: Session, marks: Sequence[str], at: datetime) -> dict[str, _Mark]:
    """The marks that still count. Those from the future, as the clock was set back, are moved to now.

    So a wait is as long as it was, and what was counted stays counted.
    """
    rows = _rows(session, marks)
    ahead = {
        mark: _Mark(row.wrong, at, at + (row.until - row.last_at))
        for mark, row in rows.items()
        if row.last_at > at
    }
    if ahead:
        _write(session, ahead)
    return _present(rows | ahead, at)


def _present(rows: Mapping[str, _Mark], at: datetime) -> dict[str, _Mark]:
    return {mark: row for mark, row in rows.items() if at < row.last_at + FORGOTTEN}


def _free_in_known_browser(known: _Mark | None) -> bool:
    return known is None or known.wrong < FREE_IN_KNOWN_BROWSER


def _leaked(limit: Limit, row: _Mark | None, at: datetime) -> _Mark:
    """What is left of the wrong tries under a limit, and since when."""
    if row is None:
        return _Mark(0, at, at)
    times = (at - row.last_at) // limit.every
    left = min(row.wrong, limit.free) - times * limit.back
    return _Mark(left, row.last_at + times * limit.every, at) if left > 0 else _Mark(0, at, at)


def _wait(limit: Limit, row: _Mark, at: datetime) -> timedelta:
    return row.last_at + limit.every - at if row.wrong >= limit.free else NOW


def _one_more(limit: Limit, row: _Mark, at: datetime) -> _Mark:
    wrong = min(row.wrong + 1, limit.free)
    return _Mark(wrong, row.last_at, row.last_at + limit.every if wrong == limit.free else at)


def _one_less(limit: Limit, row: _Mark, at: datetime) -> _Mark:
    left = _leaked(limit, row, at)
    return _Mark(max(0, left.wrong - 1), left.last_at, at)


def _write(session: Session, rows: Mapping[str, _Mark]) -> None:
    _KEEP.run_many(
        session,
        [
            {"mark": mark, "wrong": row.wrong, "last_at": as_text(row.last_at), "until": as_text(row.until)}
            for mark, row in rows.items()
        ],
    )


def _keep(dialect: str) -> ClauseElement:
    row: dict[str, Any] = {name: bindparam(name) for name in ("mark", "wrong", "last_at", "until")}
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    written = insert(table_of(Throttle)).values(row)
    return written.on_conflict_do_update(
        index_elements=["mark"],
        set_={name: written.excluded[name] for name in ("wrong", "last_at", "until")},
    )


_NAMES = tuple(f"mark_{n}" for n in range(6))
_FIND = Prepared(
    select(Throttle.mark, Throttle.wrong, Throttle.last_at, Throttle.until).where(
        Throttle.mark.in_([bindparam(name) for name in _NAMES])
    )
)
_KEEP = Prepared(_keep)
_LOCK = Prepared(text("SELECT pg_advisory_xact_lock(hashtext('throttle'))"))
