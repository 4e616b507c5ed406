"""Tables of the history: entries, Openings, the Rulebook, and command keys."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base

APPEND_ONLY = ("entry", "rulebook", "loaded", "access", "bulletin", "acted_for", "decided_before")
"""Tables whose rows are never updated or deleted (trigger on SQLite, grants on PostgreSQL)."""


class EntryRow(Base):
    """One line of transition history. ``body`` is authoritative; the other columns are for queries.

    A refused attempt has no number.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("subject", "number"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32))
    number: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(8))
    action: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(32))
    at: Mapped[str] = mapped_column(String(25))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Opening(Base):
    """A personal value and its salt, stored beside the entry that commits to it. It can be erased."""

    __tablename__ = "opening"
    __table_args__ = (ForeignKeyConstraint(["subject", "number"], ["entry.subject", "entry.number"]),)

    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class RuleRow(Base):
    """A text that was ever in force. Entries name lifecycles and policies by digest, papers their notice."""

    __tablename__ = "rulebook"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    kept_at: Mapped[str] = mapped_column(String(25))
    text: Mapped[bytes] = mapped_column(LargeBinary)


class Loaded(Base):
    """The program started to use a policy text of the Rulebook. This may repeat for one text."""

    __tablename__ = "loaded"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("rulebook.digest"))
    at: Mapped[str] = mapped_column(String(25))


class CommandKey(Base):
    """The entry stored for a command key. The same key and body return the same entry again."""

    __tablename__ = "command_key"

    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[str] = mapped_column(String(25), index=True)
