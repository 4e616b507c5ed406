"""Ways in: numbers of staff, passwords, one-time codes, sessions with way and proof, throttles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

INSTANT = sa.String(length=25)


def upgrade() -> None:
    """Columns for how a person got in, and the tables of the ways in. Nothing that is there is changed."""
    _columns()
    _ways_in()
    _beside_them()


def _columns() -> None:
    op.add_column("person", sa.Column("number", sa.String(length=32), nullable=True))
    op.add_column("person", sa.Column("opened_at", INSTANT, nullable=True))
    op.add_column("person", sa.Column("closed_at", INSTANT, nullable=True))
    op.create_index("uq_person_number", "person", ["number"], unique=True)
    op.add_column("grant", sa.Column("confirmed_by", sa.String(length=32), nullable=True))
    op.add_column(
        "signin_link", sa.Column("made_by", sa.String(length=32), server_default="", nullable=False)
    )
    for name, length, default in (
        ("way", 16, "link"),
        ("made_by", 32, ""),
        ("browser", 64, ""),
        ("ended_because", 16, ""),
    ):
        op.add_column(
            "presence", sa.Column(name, sa.String(length=length), server_default=default, nullable=False)
        )
    op.add_column("presence", sa.Column("proved_at", INSTANT, nullable=True))
    op.add_column("presence", sa.Column("proved_from", INSTANT, nullable=True))
    op.add_column("access", sa.Column("maker", sa.String(length=32), server_default="", nullable=False))
    op.add_column("address", sa.Column("proved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("address", sa.Column("opens_from", INSTANT, nullable=True))
    op.add_column("address", sa.Column("former", sa.LargeBinary(), nullable=True))


def _ways_in() -> None:
    op.create_table(
        "password",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_password")),
    )
    op.create_table(
        "strip_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("hand", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after", sa.String(length=32), server_default="", nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("hand IN ('strips', 'list', 'message')", name=op.f("ck_strip_run_hand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strip_run")),
    )
    op.create_index(op.f("ix_strip_run_made_at"), "strip_run", ["made_at"], unique=False)
    op.create_table(
        "signin_code",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("address_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('strip', 'message', 'counter', 'return', 'address')", name=op.f("ck_signin_code_kind")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signin_code_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["strip_run.id"], name=op.f("fk_signin_code_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin_code")),
    )
    op.create_index("ix_signin_code_person", "signin_code", ["person_id", "kind"], unique=False)
    op.create_index("ix_signin_code_run", "signin_code", ["run_id"], unique=False)


def _beside_them() -> None:
    op.create_table(
        "known_browser",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_known_browser_person_id")),
        sa.PrimaryKeyConstraint("digest", "person_id", name=op.f("pk_known_browser")),
    )
    op.create_table(
        "throttle",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_last_at"), "throttle", ["last_at"], unique=False)
    op.create_table(
        "kept_press",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("presence", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_kept_press_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_press")),
    )
    op.create_index(op.f("ix_kept_press_ends_at"), "kept_press", ["ends_at"], unique=False)
    op.create_table(
        "staff_proposal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("settled_by", sa.String(length=32), server_default="", nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_proposal")),
    )
    op.create_index(op.f("ix_staff_proposal_made_at"), "staff_proposal", ["made_at"], unique=False)
