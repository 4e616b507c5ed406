"""The readings of names in pinyin, to be searched; those of the records that are there are written here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.records.name_readings import reading_rows

revision = "0037"
down_revision = "0035"

PIECE = 5_000


def upgrade() -> None:
    """A table beside the records, filled piece by piece in the order of their ids."""
    as_bytes = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    made = op.create_table(
        "name_reading",
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", as_bytes, nullable=True),
        sa.Column("spelt", as_bytes, nullable=False),
        sa.Column("initials", as_bytes, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_name_reading_record_id_record"),
        sa.PrimaryKeyConstraint("record_id", "number", name="pk_name_reading"),
    )
    _fill(made)
    op.create_index("ix_name_reading_name", "name_reading", ["name", "record_id", "spelt"])
    op.create_index("ix_name_reading_spelt", "name_reading", ["spelt", "record_id"])
    op.create_index("ix_name_reading_initials", "name_reading", ["initials", "spelt", "record_id"])


def _fill(made: sa.Table) -> None:
    record = sa.table("record", *(sa.column(name) for name in ("id", "xm", "xmpy")))
    asked = sa.select(record.c.id, record.c.xm, record.c.xmpy).order_by(record.c.id).limit(PIECE)
    bind, last = op.get_bind(), ""
    while piece := bind.execute(asked.where(record.c.id > last)).all():
        names = [column.name for column in made.columns]
        rows = reading_rows((row.id, row.xm, row.xmpy) for row in piece)
        bind.execute(made.insert(), [dict(zip(names, row, strict=True)) for row in rows])
        last = piece[-1].id
