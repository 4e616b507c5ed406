"""People who can sign in, what they were granted, how they sign in, and who looked at whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Day, Instant


class Person(Base):
    """Someone who can sign in. Nothing here says whom a student's account belongs to but the grant."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Grant(Base):
    """A role given to a person within a scope: a record's id, a college's name, or the whole school ('')."""

    __tablename__ = "grant"
    __table_args__ = (
        Index("ix_grant_role_scope", "role", "scope"),
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
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(64), default="")
    given_by: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Substitution(Base):
    """That one person acts for another from the first to the last day, both included."""

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
    """That a person declared a relation to the student of a record, and so decides nothing about them."""

    __tablename__ = "relation"
    __table_args__ = (Index("ix_relation_person_record", "person_id", "record_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    record_id: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInLink(Base):
    """A one-time link: only the digest of its token is kept."""

    __tablename__ = "signin_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Presence(Base):
    """A signed-in browser: only the digest of its token is kept, and it can be ended from here."""

    __tablename__ = "presence"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(64), default="")
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Access(Base):
    """One look at another person's data, or one try that was turned away; written before the bytes leave."""

    __tablename__ = "access"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    person_id: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    allowed: Mapped[bool]
