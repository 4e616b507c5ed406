"""Bulletins: what was published of a campaign, kept as it was published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"


def upgrade() -> None:
    """The bulletins, which nobody changes or removes: SQLite has triggers, PostgreSQL the role's rights."""
    op.create_table(
        "bulletin",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("as_of", sa.String(length=25), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_bulletin_campaign_id_campaign"),
        sa.PrimaryKeyConstraint("id", name="pk_bulletin"),
        sa.UniqueConstraint("campaign_id", "as_of", name="uq_bulletin_campaign_id_as_of"),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER bulletin_refuses_{verb.lower()} BEFORE {verb} ON bulletin "
            f"BEGIN SELECT RAISE(ABORT, 'bulletin is append-only'); END"
        )
