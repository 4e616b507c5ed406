"""The schema and its migrations, and the limits of the application's own database role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, Engine, inspect, text

from workflow.history.tables import APPEND_ONLY

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class SchemaFault(Exception):
    """The database's schema is not the one of this version, or its roles are not separated."""


def upgrade(database: Engine) -> None:
    """Migrate the schema to this version, in one transaction. Raises SchemaFault if a reference was lost.

    SQLite makes a table anew to change it. Its references are not watched meanwhile, and checked at the end.
    """
    with (
        database.connect().execution_options(kanwu_writes=True) as connection,
        _unwatched(connection),
        connection.begin(),
    ):
        command.upgrade(_config(connection), "head")
        if connection.dialect.name == "sqlite":
            lost = connection.execute(text("PRAGMA foreign_key_check")).first()
            if lost is not None:
                raise SchemaFault(f"引用断开 / a reference was lost: {lost[0]}")


@contextmanager
def _unwatched(connection: Connection) -> Iterator[None]:
    """References are not watched meanwhile. SQLite can change that only outside a transaction."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def check(database: Engine) -> None:
    """Raises SchemaFault unless the schema is this version's and this role cannot rewrite the history."""
    with database.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory.from_config(_config(connection)).get_current_head()
        if found != wanted:
            raise SchemaFault(
                f"数据库结构是 {found}，程序需要 {wanted}：请运行 python3 start.py upgrade / "
                f"the schema is {found}, this version needs {wanted}: run python3 start.py upgrade"
            )
        if database.dialect.name == "postgresql":
            _check_role(connection)


def has_installation(database: Engine) -> bool:
    """True if the database holds an installation, in any schema version."""
    with database.connect() as connection:
        if not inspect(connection).has_table("installation"):
            return False
        return connection.execute(text("SELECT 1 FROM installation")).first() is not None


def give_application_role(database: Engine, role: str, password: str | None) -> None:
    """On PostgreSQL: create the application's role if missing. It may add history but not change it."""
    quote = database.dialect.identifier_preparer.quote
    with database.begin() as connection:
        known = connection.execute(
            text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
        ).first()
        if known is None:
            connection.execute(text(f"CREATE ROLE {quote(role)} LOGIN"))
            if password:
                literal = sql.Literal(password).as_string(connection.connection.dbapi_connection)  # type: ignore[arg-type]
                connection.exec_driver_sql(f"ALTER ROLE {quote(role)} PASSWORD {literal.replace('%', '%%')}")
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quote(role)}"))
        connection.execute(
            text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quote(role)}")
        )
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}"))
        for table in (*APPEND_ONLY, "alembic_version"):
            connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(table)} FROM {quote(role)}"))
        # The role may change only the practice clock in this row: practice never becomes a real installation.
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON installation FROM {quote(role)}"))
        connection.execute(text(f"GRANT UPDATE (behind) ON installation TO {quote(role)}"))


def _check_role(connection: Connection) -> None:
    for table in APPEND_ONLY:
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            may = connection.execute(
                text("SELECT has_table_privilege(:table, :right)"), {"table": table, "right": right}
            ).scalar_one()
            if may:
                raise SchemaFault(
                    f"数据库角色可以{right}表 {table}：请用应用角色连接，不要用所有者角色 / "
                    f"the database role may {right} {table}: connect with the application role"
                )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
