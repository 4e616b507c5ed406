"""What a student says of single items and of the platform, and account names that follow the record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Nobody has said anything of the kind so far. A name that the record has no more is the record's now."""
    op.create_table(
        "vouch",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("vouched_at", sa.String(length=25), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_vouch_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", "field", name="pk_vouch"),
    )
    op.add_column("cases", sa.Column("looked_on", sa.String(length=10)))
    op.execute(
        """
        UPDATE person SET name = (
            SELECT max(record.xm) FROM record JOIN "grant" ON "grant".scope = record.id
            WHERE "grant".person_id = person.id AND "grant".role = 'student' AND "grant".ended_at IS NULL
        )
        WHERE EXISTS (
            SELECT 1 FROM record JOIN "grant" ON "grant".scope = record.id
            WHERE "grant".person_id = person.id AND "grant".role = 'student' AND "grant".ended_at IS NULL
            AND record.xm <> person.name
        )
        """
    )
