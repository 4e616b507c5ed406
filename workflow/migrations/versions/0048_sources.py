"""The platform and the 教务系统 side by side: what headings stand for, comparisons, differences, deeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"

KINDS = "'to_post', 'to_mend', 'to_ask', 'same_rendering'"


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "source_column",
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("heading", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("said_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.CheckConstraint("side IN ('platform', 'school')", name=op.f("ck_source_column_side")),
        sa.PrimaryKeyConstraint("side", "heading", name="pk_source_column"),
    )
    op.create_table(
        "comparison",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("platform_name", sa.Text(), nullable=False),
        sa.Column("platform_digest", sa.String(length=64), nullable=False),
        sa.Column("platform_as_of", sa.String(length=10), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison"),
    )
    op.create_index("ix_comparison_made_at", "comparison", ["made_at"])
    _differences()
    op.create_table(
        "difference_deed",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("difference_id", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.CheckConstraint(f"what IN ({KINDS}, 'done', 'again')", name=op.f("ck_difference_deed_what")),
        sa.ForeignKeyConstraint(
            ["difference_id"], ["difference.id"], name="fk_difference_deed_difference_id_difference"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_difference_deed"),
    )
    op.create_index("ix_difference_deed_mark", "difference_deed", ["mark"])


def _differences() -> None:
    op.create_table(
        "difference",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=True),
        sa.Column("college", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.LargeBinary(), nullable=False),
        sa.Column("school", sa.LargeBinary(), nullable=False),
        sa.Column("on_platform", sa.Boolean(), nullable=False),
        sa.Column("in_school", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("since", sa.String(length=25), nullable=False),
        sa.Column("proposed", sa.String(length=16), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("done_at", sa.String(length=25), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"kind IN ('', {KINDS})", name=op.f("ck_difference_kind")),
        sa.CheckConstraint("done_at IS NULL OR kind <> ''", name=op.f("ck_difference_done_has_a_kind")),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparison.id"], name="fk_difference_comparison_id_comparison"
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_difference_record_id_record"),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_difference_claim_id_claim"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_difference_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_difference"),
        sa.UniqueConstraint("comparison_id", "place", name="uq_difference_comparison_id_place"),
    )
    op.create_index("ix_difference_mark", "difference", ["mark"])
    op.create_index("ix_difference_record", "difference", ["record_id"])
