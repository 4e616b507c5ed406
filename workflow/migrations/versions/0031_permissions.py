"""Permissions: acts of the registrar on one record, one live of each kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """One row an act. The reasons stand in the openings of the history."""
    op.create_table(
        "permission",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("campaign_id", sa.String(length=32)),
        sa.Column("until", sa.String(length=25), nullable=False),
        sa.Column("granted_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25)),
        sa.CheckConstraint(
            "state IN ('granted', 'used_up', 'ended', 'taken_back')", name=op.f("ck_permission_state")
        ),
        sa.CheckConstraint("kind IN ('extend', 'open', 'freeze')", name=op.f("ck_permission_kind")),
        sa.CheckConstraint(
            "(kind = 'open') = (campaign_id IS NOT NULL)", name=op.f("ck_permission_campaign")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_permission_record_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_permission_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission")),
    )
    op.create_index("ix_permission_state", "permission", ["state"])
    op.create_index("ix_permission_record_id", "permission", ["record_id"])
    op.create_index("ix_permission_campaign_id", "permission", ["campaign_id"])
    live = sa.text("state = 'granted'")
    op.create_index(
        "uq_permission_one_live",
        "permission",
        ["record_id", "kind"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
