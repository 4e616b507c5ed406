"""Fields that no form has: every column of every table is posted beside every act, and nothing comes of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, select

from config.settings import Smtp
from states import ROLES
from tests.conftest import CHECK_DAY
from tests.schools import CODE, NOTICE, step, world_with_proxies
from tests.web.acts import Acts, Done
from tests.web.browsing import Page
from tests.web.pages import Stage
from tests.web.test_statements import LETTER, RECONFIRMED
from tests.workflow.notices.conftest import with_channels
from tests.world import World
from web import create_app
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Day, Instant, Store
from workflow.upkeep.metadata import metadata

WISHED = {
    "role": "administrator", "state": "corrected", "duty": "counsellor", "outcome": "corrected",
    "manner": "confirmed", "status": "sent", "action": "correct", "owner": "administrator", "admin": "1",
}  # fmt: skip
"""What somebody would like best to stand in a column."""
RANDOM = {"digest", "hash", "browser"}
"""Columns of text that differ from run to run: digests of tokens, hashes with a salt."""


def wished(column: Column[Any]) -> str:
    """A value that the column would take."""
    kind = column.type
    if column.name in WISHED:
        return WISHED[column.name]
    if isinstance(kind, Day):
        return "2030-01-01"
    if isinstance(kind, Instant):
        return "2030-01-01T00:00:00+08:00"
    return "1" if isinstance(kind, Boolean) else "99" if isinstance(kind, Integer) else "f" * 32


COLUMNS = WISHED | {
    column.name: wished(column) for table in metadata.tables.values() for column in table.columns
}


class ActsWithMore(Acts):
    """The same acts, each with a field for every column that its own form does not have."""

    more = True

    def post(self, who: str, path: str, says: str = "", **typed: Any) -> Page:
        """Post the fields of the form, and all others."""
        return super().post(who, path, says, **(COLUMNS | typed))


def after(kind: type[Acts], cipher: Cipher, model: Path, folder: Path) -> tuple[list[Done], Mapping[str, Any]]:
    """What was done, and every row that there is afterwards."""
    folder.mkdir()
    shutil.copy(model, folder / "kanwu.db")
    store, clock = Store(f"sqlite:///{folder / 'kanwu.db'}"), SetClock(CHECK_DAY)
    entropy = random.Random(20241023).randbytes
    world = world_with_proxies(store, cipher, clock, entropy, folder, (CODE, LETTER, NOTICE, RECONFIRMED))
    with_channels(world, Smtp("127.0.0.1", 25, "none", "kanwu@school.example"))
    done = kind(Stage(world), create_app(world.place), lambda: None, lambda: 0).all()
    rows = everything(world)
    store.close()
    return done, rows


def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    """All rows by table, without what is sealed or random."""
    found = {}
    with world.place.store.reading() as session:
        for table in metadata.tables.values():
            kept = [
                c for c in table.columns if not isinstance(c.type, LargeBinary) and c.name not in RANDOM
            ]
            found[table.name] = [dict(row._mapping) for row in session.execute(select(*kept))]
    return found


@pytest.mark.one_database
def test_no_column_is_set_by_a_field_that_a_form_does_not_have(
    sqlite_model: Path, cipher: Cipher, tmp_path: Path
) -> None:
    """A year of acts ends in the same rows, whether each form bears a field for every column or only its own."""
    done, plain = after(Acts, cipher, sqlite_model, tmp_path / "plain")
    again, more = after(ActsWithMore, cipher, sqlite_model, tmp_path / "more")
    assert [one.act for one in done] == [one.act for one in again]
    for table in plain:
        assert more[table] == plain[table], table
