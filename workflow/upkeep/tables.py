"""The installation's row about itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant


class InstallationRow(Base):
    """One row. ``practice`` and ``demonstration`` are set when it is created and never change.

    ``keys`` is the id of its sealing key. ``behind`` is how many seconds the clock of a practice installation
    is in the past.
    """

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("practice OR behind = 0", name="only_practice_has_another_clock"),
        CheckConstraint("practice OR NOT demonstration", name="a_demonstration_is_practice"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    school: Mapped[str] = mapped_column(String(64))
    keys: Mapped[str] = mapped_column(String(8))
    practice: Mapped[bool]
    demonstration: Mapped[bool] = mapped_column(server_default=false())
    behind: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Instant)
