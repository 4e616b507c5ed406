"""People who can sign in, their grants, their sign-ins, and the access log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from config.sentences import OUTCOMES
from workflow.people.scopes import Held, Scope
from workflow.store import Base, Day, Instant

CARRIED = ("officer", "reviewer", "second_reviewer", "registrar")
"""The roles that a stand-in can take over. The other roles must be granted by name."""


class Person(Base):
    """Someone who can sign in. Only the grant says which student an account belongs to.

    ``number`` is the sign-in name of a member of staff. ``opened_at`` is when they first had a way in of
    their own (a password or a bound address): a printed code opens only an account that has none.
    ``closed_at`` is since when nobody gets in any more.
    """

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_number", "number", unique=True),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    number: Mapped[str | None] = mapped_column(String(32))
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class Grant(Base):
    """A role of a person: a student's for one record, or one of the staff's within a scope.

    ``scope`` is the student's record, '' for staff. The parts of a staff scope (see ``Scope``) are ''
    where it sets no limit. ``duty`` is what an officer is there for. ``confirmed_by`` is the second
    administrator who confirmed it. Empty: one person gave it. ``last_on`` is its last day, where that is
    known ahead.
    """

    __tablename__ = "grant"
    __table_args__ = (
        Index("ix_grant_role_scope", "role", "scope"),
        Index("ix_grant_role_college", "role", "college"),
        Index(
            "uq_grant_one_student",
            "scope",
            unique=True,
            sqlite_where=text("role = 'student' AND ended_at IS NULL"),
            postgresql_where=text("role = 'student' AND ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    duty: Mapped[str] = mapped_column(String(32), server_default="")
    scope: Mapped[str] = mapped_column(String(64), default="")
    college: Mapped[str] = mapped_column(String(64), server_default="")
    class_name: Mapped[str] = mapped_column(String(64), server_default="")
    entry_year: Mapped[str] = mapped_column(String(4), server_default="")
    level: Mapped[str] = mapped_column(String(32), server_default="")
    office: Mapped[str] = mapped_column(String(64), server_default="")
    given_by: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(String(32))
    last_on: Mapped[date | None] = mapped_column(Day)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


HELD = (
    Grant.role,
    Grant.duty,
    Grant.scope,
    Grant.college,
    Grant.class_name,
    Grant.entry_year,
    Grant.level,
    Grant.office,
)
"""The columns of a grant that say what it is."""


def held_from(row: Any) -> Held:
    """A grant from its row, or from a row with these columns."""
    parts = (row.college, row.class_name, row.entry_year, row.level, row.office)
    return Held(row.role, row.duty, row.scope, Scope(*parts))


def grant_values(held: Held) -> dict[str, str]:
    """The columns of a grant by their names."""
    return {"role": held.role, "duty": held.duty, "scope": held.record} | asdict(held.scope)


OF_WHOLE_COLLEGE = and_(
    Grant.role == "officer",
    Grant.college != "",
    *(column == "" for column in (Grant.class_name, Grant.entry_year, Grant.level)),
)
"""The grants of officers of a whole college, as ``Held.of_whole_college`` says."""


def lasts_on(day: date | BindParameter[Any]) -> ColumnElement[bool]:
    """The grants whose last day is not over on a day. They may have ended before."""
    return or_(Grant.last_on.is_(None), Grant.last_on >= day)


def holds_on(day: date | BindParameter[Any]) -> ColumnElement[bool]:
    """The grants that count on a day, also before a round has ended those whose last day is over."""
    return and_(Grant.ended_at.is_(None), lasts_on(day))


class Substitution(Base):
    """One person acts for another from the first to the last day, both included."""

    __tablename__ = "substitution"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    absent: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    stand_in: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    first: Mapped[date] = mapped_column(Day)
    last: Mapped[date] = mapped_column(Day)
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Relation(Base):
    """A person's declared relation to a record's student. It bars them from deciding about that student."""

    __tablename__ = "relation"
    __table_args__ = (Index("ix_relation_person_record", "person_id", "record_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    record_id: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInLink(Base):
    """A one-time link. Only the digest of its token is stored. ``made_by`` is a person or ``operator``."""

    __tablename__ = "signin_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(32), server_default="")


class Presence(Base):
    """A signed-in browser. Only the digest of its token is stored, and the server can end it.

    ``scope`` is the capacity in which the person signed in (see ``Held``): for a student, their record.
    ``on_behalf_of`` is the absent person for whom the signed-in person acts, if any. ``way`` is how they got
    in, ``made_by`` who made that way if it was somebody else. ``proved_at`` is the last proof of the person,
    or the last act that renewed it; ``proved_from`` the proof itself. ``browser`` says in words which kind of
    browser it is, for the person's own list.
    """

    __tablename__ = "presence"
    __table_args__ = (
        Index(
            "ix_presence_open",
            "begun_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(256), default="")
    on_behalf_of: Mapped[str | None] = mapped_column(String(32))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    way: Mapped[str] = mapped_column(String(16), server_default="link")
    made_by: Mapped[str] = mapped_column(String(32), server_default="")
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    proved_from: Mapped[datetime | None] = mapped_column(Instant)
    browser: Mapped[str] = mapped_column(String(64), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_because: Mapped[str] = mapped_column(String(16), server_default="")


class SentenceRow(Base):
    """One kept sentence of a person: for which outcome and cause ('' for any), and its words, sealed.

    ``position`` orders a person's sentences; ``version`` counts what was changed in one.
    """

    __tablename__ = "kept_sentence"
    __table_args__ = (
        CheckConstraint(f"outcome IN ({', '.join(repr(one) for one in OUTCOMES)})", name="outcome"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(32))
    zh: Mapped[bytes] = mapped_column(LargeBinary)
    en: Mapped[bytes] = mapped_column(LargeBinary)


class SavedView(Base):
    """A filter of the queue that a person gave a name. ``chosen`` is the filter as an address bears it."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(40))
    chosen: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Access(Base):
    """One access to another person's data, or one refused attempt. Written before the data is sent.

    ``maker`` is who made the way by which the person got in, on the line beside an entry of such a session.
    ``why`` is the reason that was chosen (a code of REASONS), where a look needs one.
    """

    __tablename__ = "access"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    person_id: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    allowed: Mapped[bool]
    maker: Mapped[str] = mapped_column(String(32), server_default="")
    why: Mapped[str] = mapped_column(String(32), server_default="")
