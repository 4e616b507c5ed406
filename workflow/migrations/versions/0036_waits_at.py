"""What undecided cases wait for, as lines by which the queue is walked; views of it that people save."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0041"

UNDECIDED = sa.text("state IN ('discrepancy_raised', 'under_review')")
FACETS = ("college", "year", "field", "cause", "kind", "office")
AS_THE_RECORD = (
    "UPDATE waits_at SET college = coalesce(NEW.fy, ''), year = coalesce(substr(NEW.rxrq, 1, 4), '') "
    "WHERE record_id = NEW.id"
)


def upgrade() -> None:
    """The lines are made when the installation is opened, because a policy text says whose they are."""
    op.create_table(
        "waits_at",
        *(
            sa.Column(name, sa.String(length=size), nullable=False)
            for name, size in (("case_id", 32), ("claim_id", 32), ("step_id", 32), ("desk", 32), ("lane", 8))
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=32), nullable=False),
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("apart", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("college", sa.Text(), nullable=False),
        sa.Column("year", sa.String(length=4), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("filed_at", sa.String(length=25), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("stood", sa.Integer(), nullable=False),
        sa.CheckConstraint("lane IN ('turn', 'enter', 'out', 'student')", name=op.f("ck_waits_at_lane")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_waits_at_case_id_cases"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_waits_at_record_id_record"),
        sa.PrimaryKeyConstraint("case_id", "claim_id", "step_id", "desk", name="pk_waits_at"),
    )
    op.create_index("ix_waits_line", "waits_at", ["desk", "lane", "due", "filed_at", "case_id"])
    for name in FACETS:
        op.create_index(f"ix_waits_{name}", "waits_at", ["desk", "lane", name, "due", "filed_at", "case_id"])
    op.create_index("ix_waits_age", "waits_at", ["desk", "lane", "filed_at"])
    op.create_index("ix_waits_record", "waits_at", ["record_id"])
    apart = sa.text("apart = 1")
    op.create_index(
        "ix_waits_apart",
        "waits_at",
        ["desk", "due", "filed_at", "case_id"],
        sqlite_where=apart,
        postgresql_where=apart,
    )
    op.create_index(
        "ix_cases_judged", "cases", ["policy"], sqlite_where=UNDECIDED, postgresql_where=UNDECIDED
    )
    held = sa.text("holder IS NOT NULL")
    op.create_index("ix_cases_held", "cases", ["holder"], sqlite_where=held, postgresql_where=held)
    op.create_index("ix_cases_decided", "cases", ["decided_at", "id"])
    op.create_index("ix_cases_decided_by", "cases", ["decided_by", "decided_at"])
    op.create_index("ix_step_ended_by", "step", ["ended_by", "ended_at"])
    op.create_index("ix_acted_for_person_id", "acted_for", ["person_id"])
    _hold_to_the_record()
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_view_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_view_person_id_name"),
    )


def _hold_to_the_record() -> None:
    """Whatever writes a record's college or entry date, the lines of its cases say the same."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER waits_at_follows_record AFTER UPDATE OF fy, rxrq ON record "
            "WHEN NEW.fy IS NOT OLD.fy OR NEW.rxrq IS NOT OLD.rxrq "
            f"BEGIN {AS_THE_RECORD}; END"
        )
        return
    op.execute(
        "CREATE FUNCTION waits_at_follows_record() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {AS_THE_RECORD}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER waits_at_follows_record AFTER UPDATE OF fy, rxrq ON record FOR EACH ROW "
        "WHEN (NEW.fy IS DISTINCT FROM OLD.fy OR NEW.rxrq IS DISTINCT FROM OLD.rxrq) "
        "EXECUTE FUNCTION waits_at_follows_record()"
    )
