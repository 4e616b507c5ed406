"""A record may have a name in pinyin, a postal address and a postcode; the last two are sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

SEALED = "field NOT IN ('SFZH', 'TXDZ', 'YZBM') OR (old IS NULL AND new IS NULL)"


def upgrade() -> None:
    """Records of before have none of them."""
    op.add_column("record", sa.Column("xmpy", sa.Text(), nullable=True))
    op.add_column("record", sa.Column("txdz", sa.LargeBinary(), nullable=True))
    op.add_column("record", sa.Column("yzbm", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("record_change") as table:
        table.drop_constraint(op.f("ck_record_change_numbers_sealed"), type_="check")
        table.create_check_constraint(op.f("ck_record_change_numbers_sealed"), SEALED)
