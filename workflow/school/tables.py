"""The versions of the school's profile, and the crests that they name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant


class ProfileRow(Base):
    """One version of the profile. The last one is in force, the others stay.

    ``said`` is the profile as JSON. ``made_by`` is the person who changed it, '' for a filling from the
    school's folder.
    """

    __tablename__ = "school_profile"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    said: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(32))


class CrestRow(Base):
    """A crest as it is sent. ``name`` is made of its digest and kind, so a name always means one picture."""

    __tablename__ = "school_crest"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
