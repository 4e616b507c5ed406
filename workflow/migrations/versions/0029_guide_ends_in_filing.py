"""A situation of the guide may end in a request for correction: counted by itself."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"

ENDING = "ending IN ('opened', 'solved', 'file', 'stuck', 'platform', 'registrar')"


def upgrade() -> None:
    """What was counted as solved before stays so."""
    with op.batch_alter_table("guide_counts") as table:
        table.drop_constraint(op.f("ck_guide_counts_ending"), type_="check")
        table.create_check_constraint(op.f("ck_guide_counts_ending"), ENDING)
