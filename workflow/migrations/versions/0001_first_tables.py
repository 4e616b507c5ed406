"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "access",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_at", "access", ["at"])
    op.create_index("ix_access_person_id", "access", ["person_id"])
    op.create_index("ix_access_subject", "access", ["subject"])

    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.String(length=255), nullable=False),
        sa.Column("opens_at", sa.String(length=25), nullable=False),
        sa.Column("closes_at", sa.String(length=25), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'closing', 'closed', 'cancelled')", name=op.f("ck_campaign_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("plan", name="uq_campaign_plan"),
    )
    op.create_table(
        "command_key",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.PrimaryKeyConstraint("person", "key", name="pk_command_key"),
    )
    op.create_index("ix_command_key_at", "command_key", ["at"])

    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.UniqueConstraint("subject", "number", name="uq_entry_subject_number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "graduating_class",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("expected_on", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('studying', 'degrees_registered')", name=op.f("ck_graduating_class_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_graduating_class"),
        sa.UniqueConstraint("expected_on", name="uq_graduating_class_expected_on"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school", sa.String(length=64), nullable=False),
        sa.Column("keys", sa.String(length=8), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("behind", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.CheckConstraint(
            "practice OR behind = 0", name=op.f("ck_installation_only_practice_has_another_clock")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("owed_at", sa.String(length=25), nullable=False),
        sa.Column("due_at", sa.String(length=25), nullable=False),
        sa.Column("seen_at", sa.String(length=25), nullable=True),
        sa.Column("cancelled_at", sa.String(length=25), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_record_due", "notice", ["record_id", "due_at"])
    op.create_index("ix_notice_subject", "notice", ["subject"])

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_table(
        "roster_import",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_import"),
    )
    op.create_table(
        "rulebook",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kept_at", sa.String(length=25), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rulebook"),
    )
    op.create_table(
        "grant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("given_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_grant_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grant"),
    )
    op.create_index("ix_grant_person_id", "grant", ["person_id"])
    op.create_index("ix_grant_role_scope", "grant", ["role", "scope"])
    op.create_index(
        "uq_grant_one_student",
        "grant",
        ["scope"],
        unique=True,
        sqlite_where=sa.text("role = 'student' AND ended_at IS NULL"),
        postgresql_where=sa.text("role = 'student' AND ended_at IS NULL"),
    )

    op.create_table(
        "opening",
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject", "number"], ["entry.subject", "entry.number"], name="fk_opening_subject_number"
        ),
        sa.PrimaryKeyConstraint("subject", "number", "name", name="pk_opening"),
    )
    op.create_table(
        "presence",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.String(length=25), nullable=False),
        sa.Column("seen_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_presence_person_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_presence"),
    )
    op.create_index("ix_presence_person_id", "presence", ["person_id"])

    op.create_table(
        "record",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ksh", sa.Text(), nullable=True),
        sa.Column("xh", sa.Text(), nullable=True),
        sa.Column("xm", sa.Text(), nullable=False),
        sa.Column("xb", sa.Text(), nullable=True),
        sa.Column("csrq", sa.String(length=10), nullable=True),
        sa.Column("sfzh", sa.LargeBinary(), nullable=True),
        sa.Column("sfzh_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("doc_type", sa.Text(), nullable=True),
        sa.Column("mz", sa.Text(), nullable=True),
        sa.Column("zzmm", sa.Text(), nullable=True),
        sa.Column("yxdm", sa.Text(), nullable=True),
        sa.Column("yxmc", sa.Text(), nullable=True),
        sa.Column("zydm", sa.Text(), nullable=True),
        sa.Column("zymc", sa.Text(), nullable=True),
        sa.Column("fy", sa.Text(), nullable=True),
        sa.Column("xsh", sa.Text(), nullable=True),
        sa.Column("bh", sa.Text(), nullable=True),
        sa.Column("cc", sa.Text(), nullable=True),
        sa.Column("xxxs", sa.Text(), nullable=True),
        sa.Column("xz", sa.Text(), nullable=True),
        sa.Column("rxrq", sa.String(length=10), nullable=True),
        sa.Column("yjbyrq", sa.String(length=10), nullable=True),
        sa.Column("xjzt", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.String(length=10), nullable=True),
        sa.Column("degree_registered_on", sa.String(length=10), nullable=True),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=25), nullable=False),
        sa.CheckConstraint("xm <> ''", name=op.f("ck_record_has_name")),
        sa.CheckConstraint("(sfzh IS NULL) = (sfzh_index IS NULL)", name=op.f("ck_record_number_and_index")),
        sa.CheckConstraint("ksh IS NOT NULL OR xh IS NOT NULL", name=op.f("ck_record_has_key")),
        sa.ForeignKeyConstraint(["source_id"], ["roster_import.id"], name="fk_record_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("ksh", name="uq_record_ksh"),
        sa.UniqueConstraint("xh", name="uq_record_xh"),
    )
    op.create_index("ix_record_cohort", "record", ["rxrq", "cc"])
    op.create_index("ix_record_sfzh_index", "record", ["sfzh_index"])

    op.create_table(
        "signin_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("ends_at", sa.String(length=25), nullable=False),
        sa.Column("used_at", sa.String(length=25), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_signin_link_person_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_signin_link"),
    )
    op.create_index("ix_signin_link_person_id", "signin_link", ["person_id"])

    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=True),
        sa.Column("previous_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manner", sa.String(length=16), server_default="", nullable=False),
        sa.Column("excluded", sa.String(length=64), server_default="", nullable=False),
        sa.Column("receipt", sa.String(length=16), nullable=True),
        sa.Column("filed_at", sa.String(length=25), nullable=True),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("held_until", sa.String(length=25), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.String(length=25), nullable=True),
        sa.Column("ruling", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'checked_ok') = (manner <> '')", name=op.f("ck_cases_manner_belongs_to_checked_ok")
        ),
        sa.CheckConstraint("manner IN ('', 'confirmed', 'proxy', 'deemed')", name=op.f("ck_cases_manner")),
        sa.CheckConstraint(
            "state IN ('not_checked', 'checked_ok', 'discrepancy_raised', "
            "'under_review', 'corrected', 'rejected')",
            name=op.f("ck_cases_state"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_cases_campaign_id"),
        sa.ForeignKeyConstraint(["previous_id"], ["cases.id"], name="fk_cases_previous_id"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_cases_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("receipt", name="uq_cases_receipt"),
        sa.UniqueConstraint("record_id", "campaign_id", name="uq_cases_record_id_campaign_id"),
    )
    op.create_index("ix_cases_campaign_id", "cases", ["campaign_id"])
    op.create_index(
        "ix_cases_open",
        "cases",
        ["filed_at", "id"],
        sqlite_where=sa.text("state IN ('discrepancy_raised', 'under_review')"),
        postgresql_where=sa.text("state IN ('discrepancy_raised', 'under_review')"),
    )

    op.create_table(
        "draft",
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.String(length=25), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_draft_record_id"),
        sa.PrimaryKeyConstraint("record_id", name="pk_draft"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("media", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_evidence_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_case_id", "evidence", ["case_id"])
    op.create_index("ix_evidence_record_id", "evidence", ["record_id"])

    op.create_table(
        "evidence_key",
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_evidence_key_record_id"),
        sa.PrimaryKeyConstraint("record_id", name="pk_evidence_key"),
    )
    op.create_table(
        "record_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("old_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("new_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("import_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("old_import_id", sa.String(length=32), nullable=True),
        sa.Column("old_case_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.CheckConstraint(
            "field <> 'SFZH' OR (old IS NULL AND new IS NULL)", name=op.f("ck_record_change_numbers_sealed")
        ),
        sa.CheckConstraint(
            "(import_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_record_change_one_source")
        ),
        sa.CheckConstraint(
            "(old_import_id IS NULL) <> (old_case_id IS NULL)", name=op.f("ck_record_change_one_old_source")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name="fk_record_change_import_id"),
        sa.ForeignKeyConstraint(
            ["old_import_id"], ["roster_import.id"], name="fk_record_change_old_import_id"
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_record_change_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record_change"),
        sa.UniqueConstraint("record_id", "field", "number", name="uq_record_change_record_id_field_number"),
    )
    op.create_index("ix_record_change_case_id", "record_change", ["case_id"])

    op.create_table(
        "record_photo",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_record_photo_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record_photo"),
        sa.UniqueConstraint("record_id", "number", name="uq_record_photo_record_id_number"),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("field_group", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("event_date", sa.String(length=10), nullable=True),
        sa.Column("old", sa.LargeBinary(), nullable=False),
        sa.Column("new", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("seen_on", sa.String(length=10), nullable=True),
        sa.Column("filed_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('', 'corrected', 'refused', 'already_right', 'lapsed', 'withdrawn')",
            name=op.f("ck_claim_outcome"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_claim_case_id"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_claim_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
    )
    op.create_index("ix_claim_case_id", "claim", ["case_id"])
    op.create_index("ix_claim_record_id", "claim", ["record_id"])
    op.create_index(
        "uq_claim_one_open",
        "claim",
        ["record_id", "field_group"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    _append_only()


def _append_only() -> None:
    """On SQLite triggers refuse to change or remove history; on PostgreSQL the application's role may not."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in ("entry", "rulebook", "access"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
