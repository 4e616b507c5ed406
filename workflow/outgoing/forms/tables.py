"""The register of forms that colleges returned on paper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from config.forms import FORMS
from workflow.store import Base, Instant

RECEIVED, UNSEALED, NOT_RETURNED = "received", "unsealed", "not_returned"
RETURNS: dict[str, tuple[str, str]] = {
    NOT_RETURNED: ("未交回", "not returned"),
    UNSEALED: ("已收（未盖章）", "received unsealed"),
    RECEIVED: ("已收", "received"),
}
"""Where the paper of a form is, in Chinese and English."""


class FormReturn(Base):
    """What was noted of one paper. Lines are added and never changed: the last one of a form counts."""

    __tablename__ = "form_return"
    __table_args__ = (
        CheckConstraint(f"form IN ({', '.join(repr(one) for one in FORMS)})", name="form"),
        CheckConstraint(f"state IN ({', '.join(repr(one) for one in RETURNS)})", name="state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"), index=True)
    college: Mapped[str] = mapped_column(String(120))
    form: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    noted_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
