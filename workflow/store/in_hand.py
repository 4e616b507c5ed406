"""What a session has read and nobody has written since: kept in hand, so that it is read once.

A unit of work keeps such values from its beginning, a page only if it says so. Whatever is written to a
table drops the values that depend on it, whoever writes; two sessions never share one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
HANDS = "kanwu_hands"


class Hands:
    """The values that one session has in hand, and the rows that it has locked."""

    def __init__(self) -> None:
        self._kept: dict[InHand[Any], dict[Hashable, Any]] = {}
        self._locked: set[tuple[str, str]] = set()

    def of(self, kind: InHand[T]) -> dict[Hashable, T]:
        """The values of one kind, by their ids."""
        return self._kept.setdefault(kind, {})

    def drop(self, table: str) -> None:
        """Forget what depends on a table that is written to."""
        for kind in [kind for kind in self._kept if table in kind.tables]:
            del self._kept[kind]

    def drop_all(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def locks(self, table: str, id: str) -> bool:
        """Note that a row is being locked; False if this session has locked it before."""
        known = (table, id) in self._locked
        self._locked.add((table, id))
        return not known


class InHand(Generic[T]):
    """One kind of value that is kept by id, and the tables that it depends on."""

    def __init__(self, *tables: str) -> None:
        self.tables = frozenset(tables)

    def get(self, session: Session, id: Hashable) -> T | None:
        """The value in hand; None if there is none."""
        hands = hands_of(session)
        return None if hands is None else hands.of(self).get(id)

    def keep(self, session: Session, id: Hashable, value: T) -> T:
        """Keep a value that was just read, where values are kept; returns it."""
        if (hands := hands_of(session)) is not None:
            hands.of(self)[id] = value
        return value

    def once(self, session: Session, id: Hashable, read: Callable[[], T]) -> T:
        """The value in hand, read now if there is none."""
        hands = hands_of(session)
        if hands is None:
            return read()
        kept = hands.of(self)
        if id not in kept:
            self.keep(session, id, read())
        return hands.of(self)[id]


def hands_of(session: Session) -> Hands | None:
    """What a session has in hand; None where nothing is kept."""
    return cast("Hands | None", session.info.get(HANDS))


def keep_in_hand(session: Session) -> None:
    """Let a session that only looks at a snapshot keep what it reads."""
    session.info.setdefault(HANDS, Hands())


def drop(session: Session, *tables: str) -> None:
    """Forget what depends on tables that are written to past SQLAlchemy and past ``Prepared``."""
    if (hands := hands_of(session)) is not None:
        for table in tables:
            hands.drop(table)


def drop_all(session: Session) -> None:
    """Forget everything that was read so far: waiting for a lock takes time."""
    if (hands := hands_of(session)) is not None:
        hands.drop_all()
