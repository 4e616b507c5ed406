"""The table of the sentences that people keep for themselves. Their words are sealed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from config.sentences import OUTCOMES
from workflow.store import Base


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
