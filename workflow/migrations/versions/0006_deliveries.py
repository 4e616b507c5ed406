"""Notices that leave the house: addresses, deliveries, and what a notice says of its occasion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"

ONE_OWNER = "(record_id = '') <> (person_id = '')"
CHANNEL = "channel IN ('wecom', 'email')"
UNROUTED = sa.text("routed_at IS NULL AND cancelled_at IS NULL")
ALIVE = sa.text("status IN ('owed', 'leased', 'failed', 'sent')")
PENDING = sa.text("status IN ('owed', 'failed', 'leased')")


def upgrade() -> None:
    """Notices of before are each their own occasion; being old, none of them leaves the house any more."""
    _notices()
    _addresses()
    _deliveries()


def _notices() -> None:
    op.add_column("notice", sa.Column("person_id", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("notice", sa.Column("occasion", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("notice", sa.Column("act_by", sa.String(length=25)))
    op.add_column("notice", sa.Column("facts", sa.Text(), nullable=False, server_default=""))
    op.add_column("notice", sa.Column("routed_at", sa.String(length=25)))
    op.execute("UPDATE notice SET occasion = id, routed_at = due_at")
    with op.batch_alter_table("notice") as table:
        table.alter_column(
            "occasion", existing_type=sa.String(length=32), existing_nullable=False, server_default=None
        )
        table.create_check_constraint("one_addressee", ONE_OWNER)
        table.create_unique_constraint(
            "uq_notice_once", ["subject", "event", "occasion", "record_id", "person_id"]
        )
        table.drop_index("ix_notice_subject")
    op.create_index(
        "ix_notice_to_route",
        "notice",
        ["due_at", "id"],
        sqlite_where=UNROUTED,
        postgresql_where=UNROUTED,
    )


def _addresses() -> None:
    op.create_table(
        "address",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("person_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("refused_at", sa.String(length=25)),
        sa.CheckConstraint(ONE_OWNER, name=op.f("ck_address_one_owner")),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_address_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint(
            "record_id", "person_id", "channel", name=op.f("uq_address_record_id_person_id_channel")
        ),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_at", sa.String(length=25), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("leased_until", sa.String(length=25)),
        sa.Column("error", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("answer", sa.Integer()),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("sent_at", sa.String(length=25)),
        sa.CheckConstraint(
            "status IN ('owed', 'leased', 'failed', 'sent', 'dead', 'cancelled')",
            name=op.f("ck_delivery_status"),
        ),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_delivery_channel")),
        sa.CheckConstraint(
            "(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_delivery_sent_has_its_moment")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_delivery_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_delivery_notice_id_channel")),
    )
    op.create_index(
        "uq_delivery_one_live",
        "delivery",
        ["notice_id"],
        unique=True,
        sqlite_where=ALIVE,
        postgresql_where=ALIVE,
    )
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["channel", "status", "next_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index("ix_delivery_status_sent_at", "delivery", ["status", "sent_at"])
