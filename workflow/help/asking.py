"""What somebody without an account does: ask, read the answer with number and one-time word, take back.

The one-time word is made of the form's key, which is stored nowhere. So a form that is sent twice shows the
same word again, and nobody in the office can make it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Network
from states.help import HELP
from workflow.engine import Actor, Engine, Ref
from workflow.help.items import HelpLine, HelpSaid, help_line, said_in
from workflow.help.tables import HelpItem
from workflow.history.entry import Entry
from workflow.people.cipher import Cipher
from workflow.signin.codes import normalised
from workflow.signin.throttle import SECOND, Limit, OpenForm, PlaceLimits, count_sent, wait_to_send
from workflow.store import Store
from workflow.verdict import Refused

MINUTE = 60 * SECOND
ASKING = OpenForm(
    "help_ask",
    PlaceLimits(address=Limit(6, 10 * MINUTE), campus=Limit(60, MINUTE), neighbours=Limit(30, 2 * MINUTE)),
    everybody=Limit(120, 30 * SECOND),
)
READING = OpenForm(
    "help_state",
    PlaceLimits(address=Limit(20, 30 * SECOND), campus=Limit(600, SECOND), neighbours=Limit(200, 3 * SECOND)),
    everybody=Limit(600, SECOND, back=5),
)
NO_MARK = "0" * 64
"""What a word is compared with where there is no item."""


class SentTooOften(Exception):
    """A form was sent too often, from one address or by everybody together. Carries the seconds to wait."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, ceil(wait.total_seconds()))
        super().__init__(f"{self.seconds} s")


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """What a form says: the kind of trouble, who asks, and in which words."""

    kind: str
    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HelpReceipt:
    """What the asker gets: the item's number, and the word, which is shown this once."""

    number: str
    word: str = field(repr=False)
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class HelpAnswer:
    """An item as its asker sees it."""

    line: HelpLine
    said: HelpSaid


class HelpWindow:
    """The window at which visitors ask. Every visit is counted; one too many is not looked at."""

    def __init__(
        self, store: Store, cipher: Cipher, engine: Engine, campus: Sequence[Network], address: str
    ) -> None:
        self._store, self._cipher, self._engine = store, cipher, engine
        self._campus, self._address = campus, address

    def ask(self, form: str, request: HelpRequest) -> HelpReceipt:
        """Make an item of a form, once. Raises Refused or SentTooOften; then nothing is written.

        A form that cannot be taken, or must wait, never gets as far as the writer.
        """
        by, word = visitor_of(self._cipher, form)
        new, said = Ref(HELP.name), asdict(request)
        with self._store.reading() as session:
            again = self._engine.history.subject_of(session, by.person, form) is not None
            verdict = self._engine.check_action(session, new, "ask", by, **said)
            if not verdict.allowed:
                raise Refused(verdict)
            if not again:
                self._may_send(session, ASKING)
        with self._store.writing() as session:
            if not again:
                self._count(session, ASKING)
            entry: Entry = self._engine.perform(session, new, "ask", by=by, key=form, **said)
            item = session.get_one(HelpItem, entry.subject, populate_existing=True)
            return HelpReceipt(item.number, word, item.asked_at)

    def read(self, number: str, word: str) -> HelpAnswer | None:
        """The item of a number, for whoever has its word. The same work and answer for whatever is wrong."""
        with self._store.reading() as session:
            self._may_send(session, READING)
        with self._store.writing() as session:
            self._count(session, READING)
        with self._store.reading() as session:
            by, id = self._holder(session, number, word)
            line = help_line(session, id) if by else None
            return HelpAnswer(line, said_in(session, self._cipher, id)) if line else None

    def withdraw(self, number: str, word: str, key: str) -> HelpAnswer | None:
        """Take an item back and erase what is personal in it. None for whatever is wrong. Raises Refused."""
        if self.read(number, word) is None:
            return None
        with self._store.writing() as session:
            by, id = self._holder(session, number, word)
            if by is None:
                return None
            self._engine.perform(session, Ref(HELP.name, id), "withdraw", by=by, key=key)
            line = help_line(session, id)
            return HelpAnswer(line, HelpSaid()) if line else None

    def _holder(self, session: Session, number: str, word: str) -> tuple[Actor | None, str]:
        """The visitor of the item of a number, if the word is theirs; and the item."""
        asked = select(HelpItem.id, HelpItem.visitor, HelpItem.word).where(
            HelpItem.number == plain_number(number)
        )
        found = session.execute(asked).one_or_none()
        id, visitor, known = found or ("", "", NO_MARK)
        mark = _mark(self._cipher, normalised(word))
        same = hmac.compare_digest(mark, known)
        return (Actor(visitor, "visitor", capacity=mark) if same else None), id

    def _may_send(self, session: Session, form: OpenForm) -> None:
        at = self._engine.clock.now(session)
        if wait := wait_to_send(session, self._cipher, form, self._address, at, self._campus):
            raise SentTooOften(wait)

    def _count(self, session: Session, form: OpenForm) -> None:
        at = self._engine.clock.now(session)
        if wait := count_sent(session, self._cipher, form, self._address, at, self._campus):
            raise SentTooOften(wait)


def visitor_of(cipher: Cipher, form: str) -> tuple[Actor, str]:
    """The visitor of a form, drawn with its key, and the word they get."""
    word = cipher.code(f"help/{form}")
    person = cipher.digest("help:visitor", form.encode())[:32]
    return Actor(person, "visitor", capacity=_mark(cipher, word)), word


def plain_number(said: str) -> str:
    """An item's number as it is stored: the digits alone of what was typed."""
    return "".join(one for one in said if one.isascii() and one.isdigit())[:16]


def spoken_number(number: str) -> str:
    """An item's number in groups: 123 456 789."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def _mark(cipher: Cipher, word: str) -> str:
    return cipher.digest("help:word", word.encode())
