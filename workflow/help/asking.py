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
from states import NOWHERE
from states.help import HELP
from workflow.engine import Actor, Engine, Ref
from workflow.help.binding import ASKED_ALREADY, HelpFacts
from workflow.help.items import HelpLine, HelpSaid, help_line, said_in
from workflow.help.tables import HelpItem
from workflow.history.entry import Entry
from workflow.people.cipher import Cipher
from workflow.signin.codes import normalised
from workflow.signin.throttle import SECOND, Limit, OpenForm, PlaceLimits, count_sent, wait_to_send
from workflow.store import Store
from workflow.verdict import Refused, Verdict

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
        """Make an item of a form, once. Raises Refused or SentTooOften; then no item is made.

        A form that cannot be taken, or must wait, never gets as far as the writer.
        """
        by, word = visitor_of(self._cipher, form)
        new, said = Ref(HELP.name), asdict(request)
        with self._store.reading() as session:
            again = self._item_of(session, by) is not None
            if not again:
                verdict = self._engine.check_action(session, new, "ask", by, **said)
                if not verdict.allowed:
                    raise Refused(verdict)
                self._may_send(session, ASKING)
        if again:
            return self._asked_before(by, word, form, said)
        with self._store.writing() as session:
            self._count(session, ASKING)
            entry: Entry = self._engine.perform(session, new, "ask", by=by, key=form, **said)
            item = session.get_one(HelpItem, entry.subject, populate_existing=True)
            return HelpReceipt(item.number, word, item.asked_at)

    def read(self, number: str, word: str) -> HelpAnswer | None:
        """The item of a number, for whoever has its word. The same work and answer for whatever is wrong."""
        self._count_reading()
        with self._store.reading() as session:
            by, id = self._holder(session, number, word)
            line = help_line(session, id) if by else None
            return HelpAnswer(line, said_in(session, self._cipher, id)) if line else None

    def withdraw(self, number: str, word: str, key: str) -> HelpAnswer | None:
        """Take an item back and erase what is personal in it. None for whatever is wrong. Raises Refused.

        The word goes with the rest, so a form that is sent twice is known by its key.
        """
        if self.read(number, word) is None:
            return self._withdrawn_before(number, key)
        with self._store.writing() as session:
            by, id = self._holder(session, number, word)
            if by is None:
                return None
            self._engine.perform(session, Ref(HELP.name, id), "withdraw", by=by, key=key)
            line = help_line(session, id)
            return HelpAnswer(line, HelpSaid()) if line else None

    def _asked_before(self, by: Actor, word: str, form: str, said: dict[str, str]) -> HelpReceipt:
        """The receipt once more, if the form says what it said. Raises Refused, or SentTooOften."""
        self._count_reading()
        with self._store.reading() as session:
            item, history = self._item_of(session, by), self._engine.history
            attempt = self._engine.attempt(session, HelpFacts("", NOWHERE, 0), "ask", by, said)
            earlier = history.answered(attempt, form)
            if item is None or earlier is None or earlier[0] != history.body_of(attempt):
                raise Refused(Verdict("ask", (ASKED_ALREADY,)))
            return HelpReceipt(item.number, word, item.asked_at)

    def _withdrawn_before(self, number: str, key: str) -> HelpAnswer | None:
        """The item of a number, if it was taken back with this key."""
        with self._store.reading() as session:
            asked = select(HelpItem.visitor).where(HelpItem.number == plain_number(number))
            entry = self._engine.history.entry_behind(session, session.scalar(asked) or "", key)
            if entry is None or entry.action != "withdraw":
                return None
            line = help_line(session, entry.subject)
            return HelpAnswer(line, HelpSaid()) if line else None

    def _item_of(self, session: Session, by: Actor) -> HelpItem | None:
        """The item that this visitor asked for. A visitor is drawn with a form, so there is one at most."""
        return session.scalars(select(HelpItem).where(HelpItem.visitor == by.person)).one_or_none()

    def _count_reading(self) -> None:
        with self._store.reading() as session:
            self._may_send(session, READING)
        with self._store.writing() as session:
            self._count(session, READING)

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
