"""A person's own kept sentences, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Nobody keeps any so far."""
    op.create_table(
        "kept_sentence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("zh", sa.LargeBinary(), nullable=False),
        sa.Column("en", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("outcome IN ('approved', 'refused', 'already_right', 'ask')", name="outcome"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_kept_sentence_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_kept_sentence"),
    )
    op.create_index("ix_kept_sentence_person_id", "kept_sentence", ["person_id"])
