"""Table of what became of the guide's situations, by day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Day

ENDINGS: dict[str, tuple[str, str]] = {
    "opened": ("打开", "opened"),
    "solved": ("解决了", "solved"),
    "file": ("去申请更正", "to ask for a correction"),
    "stuck": ("仍未解决", "still stuck"),
    "platform": ("找学信网客服", "to CHSI's service"),
    "registrar": ("找学校", "to the school"),
}
"""What is counted of a situation."""


class GuideCount(Base):
    """How often a situation came to an ending on a day. Nothing tells who it was."""

    __tablename__ = "guide_counts"
    __table_args__ = (
        CheckConstraint(f"ending IN ({', '.join(repr(ending) for ending in ENDINGS)})", name="ending"),
    )

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    situation: Mapped[str] = mapped_column(String(32), primary_key=True)
    ending: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
