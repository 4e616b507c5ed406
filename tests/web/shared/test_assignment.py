"""Fields that no form has: every column of every table is posted beside every act, and nothing comes of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import Boolean, Column, Integer, LargeBinary, select

from config.settings import Smtp
from tests.conftest import CHECK_DAY
from tests.schools import CODE, NOTICE, world_with_proxies
from tests.web.acts import Acts, Done
from tests.web.browsing import Browser, Page
from tests.web.pages import Stage
from tests.web.shared.test_doors import addresses, everybody
from tests.web.test_statements import LETTER, RECONFIRMED
from tests.workflow.notices.conftest import with_channels
from tests.world import World
from web import create_app
from web.shared.forms import (
    Asking,
    BatchActed,
    Compared,
    Concluded,
    HandedOver,
    RosterHandedIn,
    Settled,
    Stepped,
    Supposed,
)
from web.shared.security import ANYONE
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Day, Instant, Store
from workflow.upkeep.metadata import metadata

__all__ = ["everybody"]

WISHED = {
    "role": "administrator", "state": "corrected", "duty": "counsellor", "outcome": "corrected",
    "manner": "confirmed", "status": "sent", "action": "correct", "owner": "administrator", "admin": "1",
}  # fmt: skip
"""What somebody would like best to stand in a column."""
RANDOM = {"digest", "hash"}
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


def own_names(*forms: type[FlaskForm]) -> frozenset[str]:
    """The names of the fields of some forms."""
    return frozenset(name for form in forms for name in dir(form) if name in COLUMNS)


OWN: Mapping[str, frozenset[str]] = {
    "/rules/": own_names(Supposed, Compared),
    "/registrar/batches/": own_names(BatchActed, RosterHandedIn),
    "/desk/": own_names(Stepped, Concluded, Settled, Asking, HandedOver),
}
"""Fields that a form has although the act leaves them empty, by the beginning of its address."""


class ActsWithMore(Acts):
    """The same acts, each with a field for every column that its own form does not have."""

    def post(self, who: str, path: str, says: str = "", **typed: Any) -> Page:
        """Post the fields of the form, and all others."""
        own = next((names for begin, names in OWN.items() if path.startswith(begin)), frozenset())
        return super().post(who, path, says, **({n: v for n, v in COLUMNS.items() if n not in own} | typed))


def after(
    kind: type[Acts], cipher: Cipher, model: Path, folder: Path
) -> tuple[list[Done], Mapping[str, Any]]:
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
            kept = [c for c in table.columns if not isinstance(c.type, LargeBinary) and c.name not in RANDOM]
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


@pytest.mark.one_database
def test_no_field_opens_a_form_to_another_role(
    app: Flask, world: World, everybody: dict[str, Browser], stranger: Browser
) -> None:
    """Every form is closed to every role that it does not name, whatever role or owner the fields speak of."""
    before, tried = everything(world), 0
    for method, path, roles in addresses(app, world):
        if method == "GET" or ANYONE in roles:
            continue
        assert stranger.post(path, **COLUMNS).status in (401, 403), path
        for role, browser in everybody.items():
            if role not in roles:
                assert browser.post(path, csrf_token=browser.token, **COLUMNS).status == 403, (path, role)
                tried += 1
    after_all = everything(world)
    assert tried > 400
    assert {line["what"].split(":")[0] for line in after_all["access"][len(before["access"]) :]} == {"page"}
    for table in before.keys() - {"access"}:
        assert after_all[table] == before[table], table
