"""What colleges do about silent students, the lists they sign, and what the platform's export says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Chases, signed lists, exports of the platform and what they say of each case."""
    _chases()
    _attestations()
    _platform()


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=16), nullable=False, server_default="")


def _among(table: str, column: str, words: str) -> sa.CheckConstraint:
    said = ", ".join(f"'{word}'" for word in ("", *words.split()))
    return sa.CheckConstraint(f"{column} IN ({said})", name=op.f(f"ck_{table}_{column}"))


def _chases() -> None:
    op.create_table(
        "chase",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _word("reason"),
        sa.Column("contacts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_on", sa.String(length=10)),
        _word("last_how"),
        _word("last_result"),
        sa.Column("signed_on", sa.String(length=10)),
        sa.CheckConstraint("state IN ('chased')", name=op.f("ck_chase_state")),
        _among(
            "chase",
            "reason",
            "on_leave retained left_school unreachable no_account promised declines other",
        ),
        _among("chase", "last_how", "phone message in_person classmate family"),
        _among("chase", "last_result", "reached passed_on no_answer wrong_number"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_chase_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_chase"),
        sa.UniqueConstraint("case_id", name="uq_chase_case_id"),
    )


def _attestations() -> None:
    op.create_table(
        "attestation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("college", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=False),
        sa.Column("signed_at", sa.String(length=25), nullable=False),
        sa.CheckConstraint("state IN ('signed', 'withdrawn')", name=op.f("ck_attestation_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_attestation_campaign_id_campaign"),
        sa.PrimaryKeyConstraint("id", name="pk_attestation"),
    )
    signed = sa.text("state = 'signed'")
    op.create_index(
        "uq_attestation_one_signed",
        "attestation",
        ["campaign_id", "college"],
        unique=True,
        sqlite_where=signed,
        postgresql_where=signed,
    )


def _platform() -> None:
    op.create_table(
        "platform_export",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows", "taken", "looked", "flagged")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_platform_export_campaign_id_campaign"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_platform_export"),
    )
    op.create_index("ix_platform_export_campaign_id", "platform_export", ["campaign_id"])
    op.create_table(
        "platform_look",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("looked", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.String(length=25)),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("export_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_platform_look_case_id_cases"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["platform_export.id"], name="fk_platform_look_export_id_platform_export"
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_platform_look"),
    )
