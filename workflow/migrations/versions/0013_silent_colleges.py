"""A list that nobody signed may stand without objection: since when, and signed by nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"

STATE = "state IN ('signed', 'deemed', 'withdrawn')"
SIGNER = "state = 'withdrawn' OR (state = 'signed') = (signed_by <> '')"


def upgrade() -> None:
    """A third state, and one standing line for each college, signed or deemed."""
    op.drop_index("uq_attestation_one_signed", "attestation")
    with op.batch_alter_table("attestation") as table:
        table.alter_column("signed_at", new_column_name="since")
        table.alter_column("signed_by", server_default="")
        table.drop_constraint(op.f("ck_attestation_state"), type_="check")
        table.create_check_constraint(op.f("ck_attestation_state"), STATE)
        table.create_check_constraint(op.f("ck_attestation_signer"), SIGNER)
    standing = sa.text("state IN ('signed', 'deemed')")
    op.create_index(
        "uq_attestation_one_standing",
        "attestation",
        ["campaign_id", "college"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
