"""A letter may have ended because its filing was withdrawn."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """A third way in which a letter ends."""
    with op.batch_alter_table("letter") as table:
        table.drop_constraint(op.f("ck_letter_ended"), type_="check")
        table.create_check_constraint(
            op.f("ck_letter_ended"), "ended IN ('', 'undone', 'reopened', 'withdrawn')"
        )
