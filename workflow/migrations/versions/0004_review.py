"""What a review passes through, what is asked of the student, and which policy judged what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Steps, questions, substitutions and relations; the policy's version on campaigns and cases."""
    _loaded()
    _columns()
    _versions()
    _steps()
    _questions()
    _people()


def _loaded() -> None:
    """When each policy text was loaded; until now each was loaded when it was kept."""
    op.create_table(
        "loaded",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["rulebook.digest"], name="fk_loaded_digest_rulebook"),
        sa.PrimaryKeyConstraint("id", name="pk_loaded"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO loaded (digest, at) "
        "SELECT digest, kept_at FROM rulebook WHERE kind = 'policy' ORDER BY kept_at, digest"
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER loaded_refuses_{verb.lower()} BEFORE {verb} ON loaded "
                "BEGIN SELECT RAISE(ABORT, 'loaded is append-only'); END"
            )


def _columns() -> None:
    op.add_column("campaign", sa.Column("policy", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("policy", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("reconfirm_until", sa.String(length=10)))
    op.add_column("cases", sa.Column("reconfirmed_at", sa.String(length=25)))
    op.add_column("cases", sa.Column("disagreed_at", sa.String(length=25)))
    op.add_column("claim", sa.Column("ruling", sa.String(length=64), nullable=False, server_default=""))


def _versions() -> None:
    """Whatever was filed or started until now: by the text that was loaded last at that moment."""
    first = "SELECT digest FROM loaded ORDER BY id LIMIT 1"
    for table, moment in (("cases", "filed_at"), ("campaign", "opens_at")):
        last = f"SELECT digest FROM loaded WHERE loaded.at <= {table}.{moment} ORDER BY id DESC LIMIT 1"
        op.execute(
            f"UPDATE {table} SET policy = COALESCE(({last}), ({first}), '') WHERE {moment} IS NOT NULL"
        )


def _steps() -> None:
    op.create_table(
        "step",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=32), nullable=False),
        sa.Column("duty", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("due", sa.String(length=10)),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("sent_on", sa.String(length=10)),
        sa.Column("number", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("outcome", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("ended_by", sa.String(length=32)),
        sa.Column("ended_at", sa.String(length=25)),
        sa.CheckConstraint("outcome IN ('', 'passed', 'failed', 'void')", name=op.f("ck_step_outcome")),
        sa.CheckConstraint(
            "(outcome = '') = (ended_at IS NULL)", name=op.f("ck_step_ended_with_its_outcome")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_step_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
    )
    op.create_index("ix_step_case_id", "step", ["case_id"])
    _index_of_what_is_open("ix_step_open", "step", ["office", "due"])
    op.create_table(
        "step_claim",
        sa.Column("step_id", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_step_claim_step_id_step"),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name="fk_step_claim_claim_id_claim"),
        sa.PrimaryKeyConstraint("step_id", "claim_id", name="pk_step_claim"),
    )
    op.create_index("ix_step_claim_claim_id", "step_claim", ["claim_id"])


def _questions() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.String(length=25), nullable=False),
        sa.Column("due", sa.String(length=10)),
        sa.Column("warned", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("outcome", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("ended_at", sa.String(length=25)),
        sa.CheckConstraint("kind IN ('paper', 'value', 'explanation')", name=op.f("ck_question_kind")),
        sa.CheckConstraint(
            "outcome IN ('', 'answered', 'dropped', 'lapsed')", name=op.f("ck_question_outcome")
        ),
        sa.CheckConstraint(
            "(outcome = '') = (ended_at IS NULL)", name=op.f("ck_question_ended_with_its_outcome")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_question_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
    )
    op.create_index("ix_question_case_id", "question", ["case_id"])
    _index_of_what_is_open("ix_question_open", "question", ["due"])


def _people() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("absent", sa.String(length=32), nullable=False),
        sa.Column("stand_in", sa.String(length=32), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25)),
        sa.ForeignKeyConstraint(["absent"], ["person.id"], name="fk_substitution_absent_person"),
        sa.ForeignKeyConstraint(["stand_in"], ["person.id"], name="fk_substitution_stand_in_person"),
        sa.PrimaryKeyConstraint("id", name="pk_substitution"),
    )
    op.create_index("ix_substitution_absent", "substitution", ["absent"])
    op.create_index("ix_substitution_stand_in", "substitution", ["stand_in"])
    op.create_table(
        "relation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25)),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_relation_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_relation"),
    )
    op.create_index("ix_relation_person_record", "relation", ["person_id", "record_id"])


def _index_of_what_is_open(name: str, table: str, columns: list[str]) -> None:
    still = sa.text("ended_at IS NULL")
    op.create_index(name, table, columns, sqlite_where=still, postgresql_where=still)
