"""Graduating classes: the records that expect to graduate on the same day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from states.graduation import GRADUATION
from workflow.store import Base, Day


class GraduatingClass(Base):
    """All records of one expected graduation date; the registrar registers their degrees together."""

    __tablename__ = "graduating_class"
    __table_args__ = (CheckConstraint("state IN ('studying', 'degrees_registered')", name="state"),)
    lifecycle: ClassVar[str] = GRADUATION.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    expected_on: Mapped[date] = mapped_column(Day, unique=True)
    state: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
