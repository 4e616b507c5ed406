"""Ways in: passwords, one-time codes, runs of them, known browsers, throttles, interrupted presses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

CODE_KINDS: dict[str, tuple[str, str]] = {
    "strip": ("打印的登录码", "printed code"),
    "message": ("发到地址的登录码", "code sent to an address"),
    "counter": ("柜台给出的登录码", "code given at the counter"),
    "return": ("本人索取的登录码", "code the person asked for"),
    "address": ("核实新地址的代码", "code that proves a new address"),
}
"""The kinds of one-time codes: what made them, and where they travel."""


class Password(Base):
    """A person's password: only its Argon2id hash. ``made_by`` made the way in by which it was set."""

    __tablename__ = "password"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(32), server_default="")


class StripRun(Base):
    """One run of printed codes: for whom, how many, how far. Carried out in pieces beside the served pages.

    ``scope`` is JSON: a college, a class, or the whole school. It names nobody. ``after`` is the record at
    which the next piece goes on. ``hand`` says how the codes travel: on strips to cut, as a counsellor's
    list, or as messages.
    """

    __tablename__ = "strip_run"
    __table_args__ = (CheckConstraint("hand IN ('strips', 'list', 'message')", name="hand"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(32))
    hand: Mapped[str] = mapped_column(String(8))
    scope: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    after: Mapped[str] = mapped_column(String(32), server_default="")
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInCode(Base):
    """One one-time code of a person. The code itself is stored nowhere: the key makes it from ``id``.

    ``address_id`` is where it was sent, for the kinds that are sent. A code that is used, ended by a later
    one, or past ``ends_at`` opens nothing.
    """

    __tablename__ = "signin_code"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in CODE_KINDS)})", name="kind"),
        Index("ix_signin_code_person", "person_id", "kind"),
        Index("ix_signin_code_run", "run_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8))
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("strip_run.id"))
    address_id: Mapped[str | None] = mapped_column(String(32))


class KnownBrowser(Base):
    """A browser in which a person has signed in before. Only the digest of its token is stored."""

    __tablename__ = "known_browser"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class Throttle(Base):
    """Wrong tries under one mark: a keyed digest of an account and address, or of an address."""

    __tablename__ = "throttle"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrong: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Instant, index=True)
    until: Mapped[datetime] = mapped_column(Instant)


class KeptPress(Base):
    """A press that a fresh sign-in interrupted: sealed, for the same person, key and version, ten minutes.

    ``presence`` is the digest of the browser's token at that moment.
    """

    __tablename__ = "kept_press"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    presence: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffProposal(Base):
    """What one administrator proposes about staff, and whether a second one has confirmed it as a whole.

    ``sealed`` is the proposal as JSON, sealed for this row. ``digest`` is what the second one saw.
    """

    __tablename__ = "staff_proposal"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    settled_by: Mapped[str] = mapped_column(String(32), server_default="")
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    taken: Mapped[bool | None]
