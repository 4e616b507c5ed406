"""What follows from files alone is worked out once a run: a school's texts, and an empty database's schema."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from sqlite3 import connect

from sqlalchemy import Engine, inspect

from config.policy import School, kept_school, load_school

_LOADED: dict[tuple[str, tuple[tuple[str, bytes], ...]], School] = {}
_KEPT: dict[bytes, School] = {}


def loaded(folder: Path) -> School:
    """The school of a folder. One with the same name and the same files is read once."""
    place = folder.resolve()
    files = sorted(file for file in place.rglob("*") if file.is_file())
    key = place.name, tuple((str(file.relative_to(place)), file.read_bytes()) for file in files)
    if key not in _LOADED:
        _LOADED[key] = load_school(folder)
    return _LOADED[key]


def kept(text: bytes) -> School:
    """The school of a kept text, read once."""
    if text not in _KEPT:
        _KEPT[text] = kept_school(text)
    return _KEPT[text]


def upgraded(folder: Path, upgrade: Callable[[Engine], None]) -> Callable[[Engine], None]:
    """Migrations as they are, but that an empty SQLite file becomes a copy of the first one that was migrated.

    A copy takes no turn with another writer of the file: where two install at once, ``unwrap`` gives the real ones.
    """
    model = folder / "migrated.db"

    @wraps(upgrade)
    def run(database: Engine) -> None:
        file = database.url.database
        if database.dialect.name != "sqlite" or not file or inspect(database).get_table_names():
            upgrade(database)
        elif model.exists():
            database.dispose()
            copy(model, Path(file))
        else:
            upgrade(database)
            copy(Path(file), model)

    return run


def copy(one: Path, other: Path) -> None:
    """Copy the contents of a database to a file, which stays the same file."""
    with closing(connect(one)) as source, closing(connect(other)) as target:
        source.backup(target)
