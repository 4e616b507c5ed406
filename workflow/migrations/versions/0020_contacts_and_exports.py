"""Phones and dormitories of students, sealed; and export jobs, by which full numbers leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

INSTANT = sa.String(length=25)
DAY = sa.String(length=10)


def upgrade() -> None:
    """Two tables. Nothing that is there is changed."""
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
    op.create_table(
        "export_job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_for", sa.String(length=32), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=True),
        sa.Column("college", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_for", sa.String(length=32), nullable=True),
        sa.Column("approved_role", sa.String(length=32), server_default="", nullable=False),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("papers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("stored", sa.String(length=32), server_default="", nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.String(length=32), server_default="", nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_because", sa.String(length=16), server_default="", nullable=False),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (digest = '')", name=op.f("ck_export_job_approved_has_a_file")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because = '')", name=op.f("ck_export_job_an_end_has_its_cause")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR key IS NULL", name=op.f("ck_export_job_the_end_destroys_the_key")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_export_job_made_by")),
        sa.ForeignKeyConstraint(["approved_by"], ["person.id"], name=op.f("fk_export_job_approved_by")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_export_job_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
    )
    op.create_index(
        "ix_export_job_open",
        "export_job",
        ["made_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
