"""What left with a batch: the digest of each file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

FILES = "'register', 'register_dbf', 'folders', 'platform'"


def upgrade() -> None:
    """One table. No file is kept."""
    op.create_table(
        "batch_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("lines", "left_out", "papers", "missing")
        ),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.CheckConstraint(f"what IN ({FILES})", name=op.f("ck_batch_file_what")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_file_batch_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_batch_file_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_file")),
        sa.UniqueConstraint("batch_id", "what", "digest", name=op.f("uq_batch_file_batch_id_what_digest")),
    )
