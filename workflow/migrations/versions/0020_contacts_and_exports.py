"""Phones and dormitories of students, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

INSTANT = sa.String(length=25)
DAY = sa.String(length=10)


def upgrade() -> None:
    """One table. Nothing that is there is changed."""
    op.create_table(
        "student_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", DAY, nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('phone', 'dormitory')", name=op.f("ck_student_contact_kind")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_student_contact_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_contact")),
        sa.UniqueConstraint("record_id", "kind", name=op.f("uq_student_contact_record_id_kind")),
    )
