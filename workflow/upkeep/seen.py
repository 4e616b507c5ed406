"""The administrator's view of an installation: its versions, rules and keys. No secret."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.settings import ROOT
from workflow.upkeep.installation import Installation
from workflow.upkeep.tables import InstallationRow

LIBRARIES = ("flask", "sqlalchemy", "transitions", "cryptography", "waitress")


@dataclass(frozen=True, slots=True)
class Seen:
    """The settings of an installation. The database is named by kind, never by its URL."""

    made_at: datetime | None
    practice: bool
    demonstration: bool
    home: Path
    keys_folder: Path
    keys: str
    database: str
    database_version: str
    schema: str
    address: str
    proxies: str
    school: str
    school_en: str
    valid_from: date
    digest: str
    versions: Mapping[str, str]


def settings_seen(session: Session, installation: Installation) -> Seen:
    """Read the effective settings of an installation. Two statements."""
    postgres = installation.store.dialect == "postgresql"
    asked = "SELECT version_num, current_setting('server_version') FROM alembic_version"
    if not postgres:
        asked = "SELECT version_num, sqlite_version() FROM alembic_version"
    schema, server = session.execute(text(asked)).one()
    made_at = session.scalar(select(InstallationRow.made_at))
    settings, school = installation.settings, installation.school
    return Seen(
        made_at=made_at,
        practice=installation.practice,
        demonstration=installation.demonstration,
        home=settings.home,
        keys_folder=settings.keys,
        keys=installation.cipher.id,
        database="PostgreSQL" if postgres else "SQLite",
        database_version=server,
        schema=schema,
        address=settings.address,
        proxies=", ".join(map(str, settings.proxies)),
        school=school.title,
        school_en=school.title_en,
        valid_from=school.policy.valid_from,
        digest=school.digest,
        versions={"Kanwu": _own_version(), "Python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
    )


def _own_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
