"""Official letters to other bodies, and what was verified of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"

KINDS = "'acceptance', 'supplement', 'decision', 'termination', 'inquiry'"
NUMBERED = sa.text("number <> ''")


def upgrade() -> None:
    """Letters of before keep their kinds; nothing was verified in so many words before."""
    with op.batch_alter_table("letter") as table:
        table.drop_constraint(op.f("ck_letter_kind"), type_="check")
        table.create_check_constraint(op.f("ck_letter_kind"), f"kind IN ({KINDS})")
        table.add_column(sa.Column("step_id", sa.String(length=32), nullable=True))
        table.create_index(op.f("ix_letter_step_id"), ["step_id"])
    op.create_index("ix_step_number", "step", ["number"], sqlite_where=NUMBERED, postgresql_where=NUMBERED)
    op.create_table(
        "verification",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=True),
        sa.Column("paper_id", sa.String(length=32), nullable=True),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("seen_on", sa.String(length=10), nullable=False),
        sa.Column("returned_on", sa.String(length=10), nullable=True),
        sa.Column("seen_by", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.CheckConstraint(
            "how IN ('original', 'register', 'letter', 'person')", name=op.f("ck_verification_how")
        ),
        sa.CheckConstraint(
            "claim_id IS NOT NULL OR paper_id IS NOT NULL", name=op.f("ck_verification_of_something")
        ),
        sa.CheckConstraint(
            "returned_on IS NULL OR how = 'original'", name=op.f("ck_verification_returned_is_an_original")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_verification_case_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_verification_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    op.create_index(op.f("ix_verification_case_id"), "verification", ["case_id"])
