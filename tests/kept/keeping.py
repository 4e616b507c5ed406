"""Stores an installation with the tests, restores it, and counts its content.

A kept folder has the database twice (a SQLite file, a dump of PostgreSQL), the folders of evidence and keys
beside it, and a list of its content, counted when it was made.
"""

from __future__ import annotations

import io
import json
import lzma
import sqlite3
import subprocess
import tarfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, text

from tests.throwaway_postgres import ThrowawayPostgres, find_binaries

SQLITE, POSTGRES, BESIDE, COUNTS = "kanwu.db.xz", "kanwu.sql.xz", "beside.tar.xz", "counts.json"
PRESET = 9 | lzma.PRESET_EXTREME

HELD = {
    "cases": "SELECT state, count(*) FROM cases GROUP BY state",
    "cases by manner": "SELECT manner, count(*) FROM cases WHERE manner <> '' GROUP BY manner",
    "cases excluded": "SELECT excluded, count(*) FROM cases WHERE excluded <> '' GROUP BY excluded",
    "cases filed by a proxy": "SELECT proxy_role, count(*) FROM cases WHERE proxy_role <> '' GROUP BY proxy_role",
    "claims": "SELECT outcome, count(*) FROM claim GROUP BY outcome",
    "steps": "SELECT kind, count(*) FROM step GROUP BY kind",
    "questions": "SELECT CASE WHEN ended_at IS NULL THEN 'open' ELSE outcome END, count(*) FROM question GROUP BY 1",
    "campaigns": "SELECT plan || ' ' || state, count(*) FROM campaign GROUP BY 1",
    "attestations": "SELECT state, count(*) FROM attestation GROUP BY state",
    "grants": 'SELECT role, count(*) FROM "grant" GROUP BY role',
    "notices": "SELECT event, count(*) FROM notice GROUP BY event",
    "deliveries": "SELECT status, count(*) FROM delivery GROUP BY status",
    "rulebook": "SELECT kind, count(*) FROM rulebook GROUP BY kind",
}
"""Counts by a column's value: the name of the count, and its statement."""

TABLES = (
    "access", "address", "attestation", "bulletin", "campaign", "cases", "chase", "claim", "command_key",
    "delivery", "draft", "entry", "evidence", "evidence_key", "graduating_class", "grant", "loaded", "notice",
    "opening", "person", "platform_export", "platform_look", "presence", "question", "record",
    "record_change", "record_photo", "relation", "roster_import", "rulebook", "signin_link", "step",
    "step_claim", "substitution",
)  # fmt: skip


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """All counts. Plain SQL, so that the product's own code is not involved."""
    held = {
        name: {word or "none yet": number for word, number in sorted(connection.execute(text(said)))}
        for name, said in HELD.items()
    }
    held["entries"] = _entries(connection)
    held["tables"] = {
        name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in TABLES
    }
    return held


def _entries(connection: Connection) -> dict[str, int]:
    """Entries by lifecycle, action and kind. The lifecycle is read from the entry's bytes."""
    lives = connection.execute(text("SELECT digest, name FROM rulebook WHERE kind = 'lifecycle'"))
    name_of = dict(lives.all())
    rows = connection.execute(text("SELECT body, action, kind FROM entry"))
    found = Counter(
        f"{name_of[json.loads(bytes(body))['lifecycle']]} {action} {kind}" for body, action, kind in rows
    )
    return dict(sorted(found.items()))


# -- putting away ---------------------------------------------------------------------------------------


def keep_sqlite(file: Path, folder: Path) -> None:
    """Store a SQLite database, with no log file beside it."""
    whole = folder / "whole.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("VACUUM INTO ?", (str(whole),))
    (folder / SQLITE).write_bytes(lzma.compress(whole.read_bytes(), preset=PRESET))
    whole.unlink()


def keep_postgres(server: ThrowawayPostgres, database: str, folder: Path) -> None:
    """Store a PostgreSQL database as statements for any driver, with the grants of its roles."""
    done = subprocess.run(
        [find_binaries() / "pg_dump", "--inserts", "--rows-per-insert=50", server.address(database)],
        check=True,
        capture_output=True,
    )
    lines = done.stdout.decode().split("\n")
    said = "\n".join(line for line in lines if not line.startswith(_OF_ANOTHER_SERVER))
    (folder / POSTGRES).write_bytes(lzma.compress(said.encode(), preset=PRESET))


_OF_ANOTHER_SERVER = ("\\", "SET transaction_timeout", "--")
"""psql commands, settings unknown to older servers, and comments."""


def keep_beside(home: Path, folder: Path) -> None:
    """Store evidence and keys with their paths in the home folder. The same files give the same bytes."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in beside(home).items():
            said = tarfile.TarInfo(name)
            said.size = len(data)
            tar.addfile(said, io.BytesIO(data))
    (folder / BESIDE).write_bytes(lzma.compress(written.getvalue(), preset=PRESET))


def write_counts(folder: Path, said: dict[str, Any]) -> None:
    """Write the counts to a file."""
    (folder / COUNTS).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def beside(home: Path) -> dict[str, bytes]:
    """Files beside the database, by path in the home folder."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for part in ("evidence", "keys")
        for path in sorted((home / part).rglob("*"))
        if path.is_file()
    }


# -- taking out -----------------------------------------------------------------------------------------


def take_out_beside(folder: Path, home: Path) -> None:
    """Restore evidence and keys into a home. Only the owner can read them, as in an installation."""
    with tarfile.open(folder / BESIDE) as tar:
        for member in tar.getmembers():
            path, read = home / member.name, tar.extractfile(member)
            assert read is not None
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(read.read())


def take_out_sqlite(folder: Path, file: Path) -> None:
    """Restore the SQLite database to a file."""
    file.touch(mode=0o600)
    file.write_bytes(lzma.decompress((folder / SQLITE).read_bytes()))


def take_out_postgres(folder: Path, server: ThrowawayPostgres, database: str) -> None:
    """Create a database on the server and fill it from the dump."""
    server.create(database)
    said = lzma.decompress((folder / POSTGRES).read_bytes())
    with psycopg.connect(server.address(database), autocommit=True) as owner:
        owner.execute(said)


def read_counts(folder: Path) -> dict[str, Any]:
    """The counts when it was made."""
    return cast(dict[str, Any], json.loads((folder / COUNTS).read_text(encoding="utf-8")))
