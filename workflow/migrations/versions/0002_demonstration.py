"""What an installation was made as: for practice, as a demonstration, or in earnest; and that it stays so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SAID = "an installation stays what it was made as"
WHEN = (("update", "UPDATE OF practice, demonstration"), ("delete", "DELETE"))


def upgrade() -> None:
    """A mark for demonstrations, which those of before are not, and triggers that keep both marks."""
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("demonstration", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_check_constraint("a_demonstration_is_practice", "practice OR NOT demonstration")
    if op.get_bind().dialect.name == "sqlite":
        for verb, moment in WHEN:
            op.execute(
                f"CREATE TRIGGER installation_refuses_{verb} BEFORE {moment} ON installation "
                f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION installation_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SAID}'; END $$"
    )
    for verb, moment in WHEN:
        op.execute(
            f"CREATE TRIGGER installation_refuses_{verb} BEFORE {moment} ON installation "
            "FOR EACH ROW EXECUTE FUNCTION installation_stays()"
        )
