"""The front door: who is let in by a number with a password, with a one-time code, or by a link.

Whatever is wrong, a stranger learns the same: the number is unknown, it has no such way in, the account is
closed, the password or the code is another one. A wrong try slows the pair of number and address and never
uses a code up: codes and links are used in the unit of work of what they open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import School
from config.settings import Network
from workflow.clock import Clock
from workflow.engine import Entropy
from workflow.notices.contacts import Owner
from workflow.people.accounts import grants_of, open_account
from workflow.people.cipher import Cipher
from workflow.people.links import SignInRefused, use_link, whose_link
from workflow.people.presences import Way, begin, sign_out
from workflow.people.tables import Access, Grant, Person
from workflow.signin.binding import OWN, bind_address, prove_address
from workflow.signin.codes import SEEN_BY_ITS_MAKER, FoundCode, find_code, use_code
from workflow.signin.leavers import left_too_long_ago
from workflow.signin.numbers import account_of
from workflow.signin.password.knowing import about_person
from workflow.signin.password.proof import is_of, renew_hash, set_at, set_password, stored_hash
from workflow.signin.password.rules import PasswordRules, faults, rules_for
from workflow.signin.telling import ask_for_code, tell_everywhere
from workflow.signin.throttle import Knock, count_wrong, forgive, is_known, know_browser, wait_for
from workflow.store import Store
from workflow.verdict import Reason

FIRST_WAY = ("strip", "message")
"""Codes that open only an account that has no way in yet."""
ACTIVATING = (*FIRST_WAY, "counter")
"""Codes with which a person sets a password."""


class NotLetIn(Exception):
    """What was typed opens nothing. Nobody outside learns which part of it was wrong."""


class MustWait(Exception):
    """Too many wrong tries: nothing is looked at before so many seconds have passed."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LeftTooLongAgo(Exception):
    """The person proved who they are, and left the school more than a year ago."""


class PasswordTooOld(Exception):
    """The password was right, and older than the rules allow: it must be changed before anything else."""


class PasswordRefused(Exception):
    """A new password that others could guess, with every reason."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(*(one.code for one in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is not signed in: the number they typed, their address and their browser.

    ``browser`` is the token of a browser that signed in before, ``kind`` says in words which one it is, and
    ``here`` is the digest of the presence that ends when another begins in this browser.
    """

    number: str = field(repr=False)
    address: str = field(repr=False)
    browser: str = field(default="", repr=False)
    kind: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class LetIn:
    """A presence that has begun: its token, the token of a browser known from now on, and the role."""

    token: str = field(repr=False)
    browser: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What somebody with a right code may do: set a password by these rules, or bind an address instead."""

    rules: PasswordRules
    binds: bool


@dataclass(frozen=True, slots=True)
class LinkOpens:
    """Whose a live link is, and whether it asks for their number and a new password, by which rules."""

    name: str
    asks: bool
    rules: PasswordRules


@dataclass(frozen=True, slots=True)
class _Found:
    """Whose number was typed. Nobody, a closed account and one without a role are all ``person`` ''."""

    person: str
    record: str
    opened_at: datetime | None
    grants: tuple[Grant, ...]
    known: bool

    @property
    def owner(self) -> Owner:
        """The person as the owner of addresses: a record's student, or a member of staff."""
        return Owner(record=self.record) if self.record else Owner(person=self.person)

    def knock_of(self, caller: Caller) -> Knock:
        """The try as the throttle counts it."""
        return Knock(caller.number, caller.address, self.known)


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """The door of one installation. ``channels`` are those by which letters leave it.

    ``link_alone``: a one-time link is enough, for practice only.
    """

    store: Store
    cipher: Cipher
    clock: Clock
    entropy: Entropy
    school: School
    passwords: str
    campus: tuple[Network, ...] = ()
    channels: tuple[str, ...] = ()
    link_alone: bool = False

    # -- a password, or a code that the person asked for ------------------------------------------------

    def by_password(self, caller: Caller, typed: str) -> LetIn:
        """Let somebody in by number and password. Raises PasswordTooOld where the rules let passwords age."""
        hash = self._with_password(caller, typed)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found = self._still(session, caller, hash, at)
            if not self._is_too_old(session, found, at):
                renew_hash(session, found.person, hash, typed)
                return self._let_in(session, caller, found, Way("password"), at)
            forgive(session, self.cipher, found.knock_of(caller), at, self.campus)
        raise PasswordTooOld

    def by_changed_password(
        self, caller: Caller, typed: str, password: str, *, again: str | None = None
    ) -> LetIn:
        """Let somebody in by their password, which becomes another one. Raises PasswordRefused too.

        ``again`` is the repetition of a new password, here and below.
        """
        hash = self._with_password(caller, typed)
        with self.store.reading() as session:
            found = self._still(session, caller, hash, self.clock.now(session))
        self._forgive(caller)
        self._judge(found, password, again, before=hash)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found = self._still(session, caller, hash, at)
            self._set_password(session, found, password, at, "")
            return self._let_in(session, caller, found, Way("password"), at)

    def send_code(self, caller: Caller) -> None:
        """Send a code to an address of the person, if they have one. Nobody outside learns whether."""
        self._count(caller)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found = self._find(session, caller, at)
            owner = found.owner if found.person else None
            ask_for_code(session, self.entropy, found.person, owner, at, self.channels)

    def by_code(self, caller: Caller, typed: str) -> LetIn:
        """Let somebody in by number and the code that was sent to their own address.

        Who came in so has a way in: a strip printed before opens their account no more.
        """
        self._count(caller)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found, code = self._use_code(session, caller, typed, ("return",), at)
            open_account(session, found.person, at)
            self._note_code(session, found, code, at)
            return self._let_in(session, caller, found, Way("code"), at)

    # -- the first way in, and the one from the counter -------------------------------------------------

    def look_at_code(self, caller: Caller, typed: str) -> FirstStep:
        """What somebody with this code may do. Uses nothing up."""
        found, kind = self._with_code(caller, typed)
        return FirstStep(
            self._rules(staff=not found.record), binds=kind in FIRST_WAY and OWN in self.channels
        )

    def offer_address(self, caller: Caller, typed: str, said: str) -> None:
        """Send a code to an e-mail address that is to be the first way in. Raises AskedTooOften."""
        found, kind = self._with_code(caller, typed)
        if kind not in FIRST_WAY:
            raise NotLetIn
        with self.store.writing() as session:
            bind_address(session, self.cipher, self.entropy, found.person, said, self.clock.now(session))

    def activate_by_address(self, caller: Caller, typed: str, proof: str) -> LetIn:
        """Bind the offered address with the code that was sent there, and sign in. Else nothing is used."""
        self._count(caller)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found, code = self._use_code(session, caller, typed, FIRST_WAY, at)
            if not prove_address(session, self.cipher, self.entropy, found.person, proof, at):
                raise NotLetIn
            self._note_code(session, found, code, at)
            return self._let_in(session, caller, found, _way_of(code), at)

    def activate(self, caller: Caller, typed: str, password: str, *, again: str | None = None) -> LetIn:
        """Set a password with a code, and sign in. Raises PasswordRefused; then the code stays."""
        found, _ = self._with_code(caller, typed)
        self._judge(found, password, again)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found, code = self._use_code(session, caller, typed, ACTIVATING, at)
            way = _way_of(code)
            self._note_code(session, found, code, at)
            self._set_password(session, found, password, at, way.made_by)
            return self._let_in(session, caller, found, way, at)

    # -- links -------------------------------------------------------------------------------------------

    def look_at_link(self, token: str) -> LinkOpens:
        """What a link asks for beside itself. Uses nothing up. Raises SignInRefused."""
        with self.store.reading() as session:
            at = self.clock.now(session)
            linked = whose_link(session, token, at)
            return self._opens(session, linked.person, grants_of(session, linked.person, at))

    def _opens(self, session: Session, person: str, grants: list[Grant]) -> LinkOpens:
        record, staff = _record_of(grants), session.get_one(Person, person)
        asks = not self.link_alone and bool(record or staff.number)
        return LinkOpens(staff.name, asks, self._rules(staff=not record))

    def by_link(self, caller: Caller, token: str) -> LetIn:
        """Let somebody in by a link that asks for nothing else. Raises SignInRefused."""
        with self.store.writing() as session:
            at = self.clock.now(session)
            linked = use_link(session, token, at)
            grants = grants_of(session, linked.person, at)
            if not grants or self._opens(session, linked.person, grants).asks:
                raise SignInRefused
            found = _Found(linked.person, _record_of(grants), None, tuple(grants), False)
            return self._let_in(session, caller, found, Way("link", linked.made_by), at)

    def by_link_and_new_password(
        self, caller: Caller, token: str, password: str, *, again: str | None = None
    ) -> LetIn:
        """Set a password with a link and the person's number. Raises as above, or PasswordRefused.

        An earlier password ends with it: the operator's link is how staff get in who have forgotten theirs.
        """
        self._count(caller)
        with self.store.reading() as session:
            at = self.clock.now(session)
            found, linked = self._find(session, caller, at), whose_link(session, token, at)
        if found.person != linked.person:
            raise NotLetIn
        self._forgive(caller)
        self._judge(found, password, again)
        with self.store.writing() as session:
            at = self.clock.now(session)
            found = self._use_link(session, caller, token, at)
            self._set_password(session, found, password, at, linked.made_by)
            return self._let_in(session, caller, found, Way("link", linked.made_by), at)

    # -- steps of all of them ----------------------------------------------------------------------------

    def _count(self, caller: Caller) -> None:
        """Count a try as wrong before it is looked at, whoever's number it is. Raises MustWait.

        One that must wait is only read, so that a flood of them keeps no writer waiting.
        """
        with self.store.reading() as session:
            at = self.clock.now(session)
            knock = self._find(session, caller, at).knock_of(caller)
            wait = wait_for(session, self.cipher, knock, at, self.campus)
        if not wait:
            with self.store.writing() as session:
                wait = count_wrong(session, self.cipher, knock, self.clock.now(session), self.campus)
        if wait:
            raise MustWait(math.ceil(wait.total_seconds()))

    def _forgive(self, caller: Caller) -> None:
        """The try was right. Another one begins."""
        with self.store.writing() as session:
            at = self.clock.now(session)
            knock = self._find(session, caller, at).knock_of(caller)
            forgive(session, self.cipher, knock, at, self.campus)

    def _find(self, session: Session, caller: Caller, at: datetime) -> _Found:
        """Whose number was typed, with the same statements for everybody."""
        account = account_of(session, caller.number)
        person = account.person if account else ""
        known = is_known(session, caller.browser, person, at)
        grants = tuple(grants_of(session, person, at))
        if account is None or not grants or (account.closed_at is not None and account.closed_at <= at):
            return _Found("", "", None, (), known)
        return _Found(person, account.record, account.opened_at, grants, known)

    def _with_password(self, caller: Caller, typed: str) -> str:
        """The stored hash of the password that was typed. It is computed outside of any unit of work."""
        self._count(caller)
        with self.store.reading() as session:
            at = self.clock.now(session)
            hash = stored_hash(session, self._find(session, caller, at).person, at)
        if not is_of(hash, typed):
            raise NotLetIn
        return hash

    def _still(self, session: Session, caller: Caller, hash: str, at: datetime) -> _Found:
        """Whose number was typed, unless the password that was verified is theirs no longer."""
        found = self._find(session, caller, at)
        if stored_hash(session, found.person, at) != hash:
            raise NotLetIn
        return found

    def _is_too_old(self, session: Session, found: _Found, at: datetime) -> bool:
        lasts = self._rules(staff=not found.record).max_age
        return lasts is not None and at >= set_at(session, found.person) + lasts

    def _with_code(self, caller: Caller, typed: str) -> tuple[_Found, str]:
        """Whose number and code were typed, and the code's kind. Uses nothing up."""
        self._count(caller)
        with self.store.reading() as session:
            at = self.clock.now(session)
            found = self._find(session, caller, at)
            code = self._code(session, found, typed, ACTIVATING, at)
        if code is None:
            raise NotLetIn
        self._forgive(caller)
        return found, code.kind

    def _code(
        self, session: Session, found: _Found, typed: str, kinds: Iterable[str], at: datetime
    ) -> FoundCode | None:
        code = find_code(session, self.cipher, found.person, typed, at, kinds)
        if code is None or (code.kind in FIRST_WAY and found.opened_at is not None):
            return None
        return code

    def _use_code(
        self, session: Session, caller: Caller, typed: str, kinds: Iterable[str], at: datetime
    ) -> tuple[_Found, FoundCode]:
        """Use a code up. Two codes of one person are used one after the other: their row is locked."""
        account = account_of(session, caller.number)
        person = account.person if account else ""
        session.execute(select(Person.id).where(Person.id == person).with_for_update())
        found = self._find(session, caller, at)
        code = self._code(session, found, typed, kinds, at)
        if code is None or not use_code(session, code.id, at):
            raise NotLetIn
        return found, code

    def _use_link(self, session: Session, caller: Caller, token: str, at: datetime) -> _Found:
        found = self._find(session, caller, at)
        if use_link(session, token, at).person != found.person:
            raise NotLetIn
        return found

    def _judge(self, found: _Found, password: str, again: str | None, before: str = "") -> None:
        with self.store.reading() as session:
            about = about_person(session, self.cipher, self.school, found.person, found.record)
        rules = self._rules(staff=not found.record)
        if against := faults(password, about, rules, again=again, before=before):
            raise PasswordRefused(against)

    def _set_password(
        self, session: Session, found: _Found, password: str, at: datetime, made_by: str
    ) -> None:
        """Set a password, and tell its owner wherever letters reach them."""
        set_password(session, found.person, password, at, made_by)
        tell_everywhere(session, self.entropy, "password_set", found.owner, at)

    def _rules(self, *, staff: bool) -> PasswordRules:
        return rules_for(self.passwords, staff=staff)

    def _note_code(self, session: Session, found: _Found, code: FoundCode, at: datetime) -> None:
        """A line of the access log: a code was used, and who had made it."""
        line = Access(
            at=at,
            person_id=found.person,
            role=found.grants[0].role,
            what=f"code:used:{code.kind}",
            subject=found.record or found.person,
            allowed=True,
            maker=code.made_by,
        )
        session.add(line)

    def _let_in(self, session: Session, caller: Caller, found: _Found, way: Way, at: datetime) -> LetIn:
        """Begin a presence; an earlier one of this browser ends. The try is forgiven."""
        statuses = self.school.policy.statuses
        if found.record and left_too_long_ago(session, found.record, statuses, at.date()):
            raise LeftTooLongAgo
        grant = found.grants[0]
        if caller.here:
            sign_out(session, caller.here, at, "replaced")
        token = begin(session, grant, way, at, self.entropy, browser=caller.kind)
        browser = know_browser(session, caller.browser, found.person, at, self.entropy)
        if caller.number:
            forgive(session, self.cipher, found.knock_of(caller), at, self.campus)
        return LetIn(token, browser, grant.role)


def _record_of(grants: Iterable[Grant]) -> str:
    return next((one.scope for one in grants if one.role == "student"), "")


def _way_of(code: FoundCode) -> Way:
    """The way in by a code: made by somebody else where they saw it."""
    return Way(code.kind, code.made_by if code.kind in SEEN_BY_ITS_MAKER else "")
