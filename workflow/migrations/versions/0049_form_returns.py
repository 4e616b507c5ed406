"""The register of forms that colleges returned on paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """One table, to which lines are added."""
    op.create_table(
        "form_return",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("college", sa.String(length=120), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("noted_by", sa.String(length=32), nullable=False),
        sa.CheckConstraint("form IN ('errata', 'statistics')", name=op.f("ck_form_return_form")),
        sa.CheckConstraint(
            "state IN ('not_returned', 'unsealed', 'received')", name=op.f("ck_form_return_state")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_form_return_campaign_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_form_return_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_return")),
    )
    op.create_index(op.f("ix_form_return_campaign_id"), "form_return", ["campaign_id"])
