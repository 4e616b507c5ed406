"""Roster files that wait for their import: sealed, for an hour, exactly the bytes, at most once."""

from __future__ import annotations

import os
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import CHECK_DAY as NOW
from tests.workflow.records.rosters import as_csv, student
from workflow.people.cipher import Cipher, Keys
from workflow.records.upload import LIFE, Incoming, NotHere

DAY = date(2024, 10, 16)
DATA = as_csv([student(1)])


@pytest.fixture
def incoming(tmp_path: Path, cipher: Cipher) -> Incoming:
    """An empty folder of waiting files."""
    return Incoming(tmp_path / "incoming", cipher)


def files(tmp_path: Path) -> list[Path]:
    """The files in the folder."""
    return sorted((tmp_path / "incoming").iterdir())


def test_what_was_kept_is_what_is_read(incoming: Incoming) -> None:
    """Name, day and every byte, and the same table as the file itself."""
    id = incoming.keep("名册.csv", DAY, DATA, NOW)
    found = incoming.read(id, NOW)
    assert (found.id, found.name, found.as_of, found.data) == (id, "名册.csv", DAY, DATA)
    assert list(found.table().columns) == list(student(1))


def test_nothing_of_a_file_lies_there_in_the_clear(incoming: Incoming, tmp_path: Path) -> None:
    """Neither a number nor a name nor the file's own name can be read, and only its owner may try."""
    incoming.keep("名册.csv", DAY, DATA, NOW)
    (file,) = files(tmp_path)
    sealed = file.read_bytes()
    assert student(1)["SFZH"].encode() not in sealed and "名册".encode() not in sealed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_another_day_or_byte_is_another_file(incoming: Incoming) -> None:
    """The id stands for name, day and bytes together, so nothing else can be imported under it."""
    ids = {
        incoming.keep("a.csv", DAY, DATA, NOW),
        incoming.keep("a.csv", DAY + timedelta(days=1), DATA, NOW),
        incoming.keep("a.csv", DAY, DATA + b"\n", NOW),
        incoming.keep("b.csv", DAY, DATA, NOW),
    }
    assert len(ids) == 4
    assert incoming.keep("a.csv", DAY, DATA, NOW) in ids


def test_a_file_waits_for_an_hour(incoming: Incoming, tmp_path: Path) -> None:
    """By the installation's clock: one second less it is there, then it is not, and the next look removes it."""
    id = incoming.keep("a.csv", DAY, DATA, NOW)
    assert incoming.read(id, NOW + LIFE - timedelta(seconds=1))
    for moment in (NOW + LIFE, NOW - timedelta(days=1)):
        with pytest.raises(NotHere):
            incoming.read(id, moment)
        with pytest.raises(NotHere), incoming.taking(id, moment):
            pass
    assert incoming.sweep(NOW + LIFE) == 1
    assert files(tmp_path) == []


def test_a_file_is_taken_once(incoming: Incoming) -> None:
    """While one import runs a second finds nothing, and afterwards the file is gone."""
    id = incoming.keep("a.csv", DAY, DATA, NOW)
    with incoming.taking(id, NOW) as waiting:
        assert waiting.data == DATA
        with pytest.raises(NotHere), incoming.taking(id, NOW):
            pass
    with pytest.raises(NotHere):
        incoming.read(id, NOW)


def test_an_import_that_fails_leaves_the_file_waiting(incoming: Incoming) -> None:
    """Whatever went wrong, it can be tried again."""
    id = incoming.keep("a.csv", DAY, DATA, NOW)
    with pytest.raises(ZeroDivisionError), incoming.taking(id, NOW):
        raise ZeroDivisionError
    assert incoming.read(id, NOW).data == DATA


def test_an_import_that_fails_after_the_hour_says_why(incoming: Incoming) -> None:
    """The file was swept meanwhile; what is told is what went wrong with the import."""
    id = incoming.keep("a.csv", DAY, DATA, NOW)
    with pytest.raises(ZeroDivisionError), incoming.taking(id, NOW):
        assert incoming.sweep(NOW + LIFE) == 1
        raise ZeroDivisionError
    with pytest.raises(NotHere):
        incoming.read(id, NOW)


def test_a_file_thrown_away_is_gone(incoming: Incoming) -> None:
    """And throwing away what is not there is no fault."""
    id = incoming.keep("a.csv", DAY, DATA, NOW)
    for _ in range(2):
        incoming.throw_away(id)
    with pytest.raises(NotHere):
        incoming.read(id, NOW)


def test_an_altered_or_foreign_file_is_not_read(incoming: Incoming, tmp_path: Path) -> None:
    """Bytes changed on the disk, another file under its name, or another key: it is as if it were not there."""
    one, two = (incoming.keep(name, DAY, DATA, NOW) for name in ("a.csv", "b.csv"))
    folder = tmp_path / "incoming"
    moved = (folder / one).read_bytes()
    other = Incoming(folder, Cipher(Keys(bytes(range(1, 33)), bytes(32), bytes(32))))
    with pytest.raises(NotHere):
        other.read(one, NOW)
    for damaged in (moved, moved[:-1] + bytes([moved[-1] ^ 1])):
        name = two if damaged is moved else one
        moment = (folder / name).stat()
        (folder / name).write_bytes(damaged)
        os.utime(folder / name, (moment.st_atime, moment.st_mtime))
        with pytest.raises(NotHere):
            incoming.read(name, NOW)


def test_where_nothing_was_uploaded_there_is_nothing_to_sweep(incoming: Incoming) -> None:
    """A folder that was never made is an empty one."""
    assert incoming.sweep(NOW) == 0
    with pytest.raises(NotHere):
        incoming.read("0" * 64, NOW)
