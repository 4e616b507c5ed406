"""The tests' own PostgreSQL."""

import os
import select
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.throwaway_postgres import ThrowawayPostgres

ROOT = Path(__file__).parents[1]

# A test run that starts a server, prints its folder and its keeper, and then hangs.
HANGING_RUN = """
import sys
from tests.throwaway_postgres import ThrowawayPostgres
server = ThrowawayPostgres()
print(server.folder, server.data, server.keeper.pid, flush=True)
sys.stdin.read()
"""


def rows(server: ThrowawayPostgres, database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.address(database)) as connection:
        return connection.execute("SELECT name FROM person").fetchall()


def test_a_clone_has_what_its_model_has_and_a_life_of_its_own() -> None:
    """A test that writes into its clone changes neither the model nor the next test's clone."""
    with ThrowawayPostgres() as server:
        server.create("model")
        with psycopg.connect(server.address("model")) as connection:
            connection.execute("CREATE TABLE person (name text)")
            connection.execute("INSERT INTO person VALUES ('张三丰')")

        first = server.clone("model")
        with psycopg.connect(server.address(first)) as connection:
            connection.execute("DELETE FROM person")
        second = server.clone("model")

        assert rows(server, first) == []
        assert rows(server, second) == rows(server, "model") == [("张三丰",)]


def test_a_database_in_use_can_be_dropped() -> None:
    """A connection that a test forgot to close keeps no database alive."""
    with ThrowawayPostgres() as server:
        server.create("model")
        forgotten = psycopg.connect(server.address("model"))

        server.drop("model")
        server.create("model")

        assert forgotten.info.server_version >= 130000
        forgotten.close()


def test_a_killed_run_leaves_no_server_and_no_folder_behind() -> None:
    """However a run of the tests ends, its server stops and its folders go."""
    run = subprocess.Popen(
        [sys.executable, "-c", HANGING_RUN],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    folder, data, keeper = run.stdout.readline().split()
    process = (Path(data) / "postmaster.pid").read_text().split()[0]
    keeper_ends = os.pidfd_open(int(keeper))

    run.kill()
    run.communicate()
    ended, _, _ = select.select([keeper_ends], [], [], 60)
    os.close(keeper_ends)

    assert ended
    assert not Path(folder).exists()
    assert not Path(data).exists()
    assert not Path(f"/proc/{process}/exe").exists()
