"""The migrations create exactly the declared schema, and its constraints repeat the laws."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import String, create_engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from states.attestation import ATTESTATION
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.chase import CHASE
from states.graduation import GRADUATION
from states.help import HELP
from states.permission import PERMISSION
from tests.conftest import CHECK_DAY
from tests.world import NAME, World
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Ref
from workflow.store import Store
from workflow.upkeep.metadata import metadata


def differs(context: MigrationContext, *compared: Any) -> bool | None:
    """Whether two types of a column differ. SQLite checks no length of a text, so none is compared there."""
    *_, found, declared = compared
    alike = context.dialect.name == "sqlite" and isinstance(found, String) and isinstance(declared, String)
    return False if alike else None


def test_the_migrations_bring_about_what_the_rooms_declare(store: Store) -> None:
    """No table, column, key, index or type is missing, left over or different, on either database."""
    database = create_engine(store.url if store.dialect == "sqlite" else store.url.set(username="postgres"))
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": differs})
        assert compare_metadata(context, metadata) == []
    database.dispose()


def test_the_checks_of_the_schema_are_the_ones_declared(store: Store) -> None:
    """Alembic does not compare CHECK constraints, so their names are compared here."""
    with store.database.connect() as connection:
        found = {
            (table, check["name"])
            for table in inspect(connection).get_table_names()
            for check in inspect(connection).get_check_constraints(table)
        }
    declared = {
        (table.name, str(one.name))
        for table in metadata.tables.values()
        for one in table.constraints
        if type(one).__name__ == "CheckConstraint"
    }
    assert found == declared
    assert len(declared) >= 8


@pytest.mark.parametrize(
    ("table", "life"),
    [
        ("cases", CASE),
        ("campaign", CAMPAIGN),
        ("graduating_class", GRADUATION),
        ("chase", CHASE),
        ("attestation", ATTESTATION),
        ("help_item", HELP),
        ("permission", PERMISSION),
        ("batch", BATCH),
    ],
)
def test_the_schema_knows_the_states(store: Store, table: str, life: Any) -> None:
    """A state that the lifecycle does not have cannot be stored, whoever writes it."""
    with store.database.connect() as connection:
        (check,) = [
            one["sqltext"]
            for one in inspect(connection).get_check_constraints(table)
            if one["name"] == f"ck_{table}_state"
        ]
    assert {state.name for state in life.states} == set(check.replace("::text", "").split("'")[1::2]) - {
        "",
        ", ",
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "approved"},
        {"state": "checked_ok", "manner": ""},
        {"state": "not_checked", "manner": "confirmed"},
        {"state": "checked_ok", "manner": "guessed"},
    ],
)
def test_a_case_that_contradicts_itself_is_not_stored(world: World, columns: dict[str, str]) -> None:
    """Neither an unknown state nor a manner that does not go with it."""
    record = world.record()
    with pytest.raises(DBAPIError), world.place.store.writing() as session:
        session.execute(insert(Case).values(id="1" * 32, record_id=record, version=1, **columns))


def test_two_open_claims_on_one_field_cannot_be_stored(world: World) -> None:
    """The last backstop, below every guard: one open claim for each record and group."""
    record = world.record()
    entry = world.file(record, NAME)
    own = world.do(Ref("case"), "open", SYSTEM, record=record, campaign=None).subject
    copy = (
        "INSERT INTO claim (id, case_id, record_id, field, field_group, cause, old, new, filed_at) "
        "SELECT :id, :case, record_id, field, field_group, cause, old, new, filed_at FROM claim WHERE id = :claim"
    )
    values = {"id": "9" * 32, "case": own, "claim": entry.claims[0]}
    with pytest.raises(DBAPIError), world.place.store.writing() as session:
        session.execute(text(copy), values)
    world.do(Ref("case", entry.subject), "withdraw", world.student(record))
    with world.place.store.writing() as session:
        session.execute(text(copy), values)


def test_moments_are_the_same_text_on_both_databases(world: World) -> None:
    """25 characters in Shanghai time, which sort as they follow each other."""
    entry = world.file(world.record(), NAME)
    with world.place.store.reading() as session:
        stored = session.execute(
            text("SELECT filed_at FROM cases WHERE id = :id"), {"id": entry.subject}
        ).scalar()
    assert stored == CHECK_DAY.isoformat() == "2024-10-25T10:00:00+08:00"
