"""The field cipher: a sealed value is useless elsewhere, and values can be compared without opening."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.people.cipher import Cipher, CipherFault, Keys, KeysMissing

PLACE = {"table": "record", "column": "sfzh", "row": "1" * 32}
ONE = Cipher(Keys(bytes(range(32)), bytes(range(32, 64)), bytes(32)))
OTHER = Cipher(Keys(bytes(range(1, 33)), bytes(range(33, 65)), bytes(32)))
SECRET = "990000200605040035"


@given(st.text())
def test_what_is_sealed_opens_in_its_own_place(plain: str) -> None:
    """Any text, the empty one included, comes back as it was."""
    assert ONE.open(ONE.seal(plain, **PLACE), **PLACE) == plain


@pytest.mark.parametrize("moved", [{"table": "claim"}, {"column": "new"}, {"row": "2" * 32}])
def test_a_sealed_value_does_not_open_in_another_place(moved: dict[str, str]) -> None:
    """Copied to another table, column or row, it is only noise."""
    with pytest.raises(CipherFault):
        ONE.open(ONE.seal(SECRET, **PLACE), **(PLACE | moved))


def test_a_sealed_value_does_not_open_under_another_key() -> None:
    """Who has another installation's key has nothing."""
    with pytest.raises(CipherFault):
        OTHER.open(ONE.seal(SECRET, **PLACE), **PLACE)


def test_a_sealed_value_with_any_changed_byte_does_not_open() -> None:
    """Format, key id, nonce, text and tag: each byte matters."""
    sealed = ONE.seal(SECRET, **PLACE)
    for place in range(len(sealed)):
        forged = bytearray(sealed)
        forged[place] ^= 1
        with pytest.raises(CipherFault):
            ONE.open(bytes(forged), **PLACE)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 20])
def test_a_sealed_value_that_was_cut_does_not_open(length: int) -> None:
    """A piece of a sealed value is a fault, not a shorter value."""
    with pytest.raises(CipherFault):
        ONE.open(ONE.seal(SECRET, **PLACE)[:length], **PLACE)


def test_a_fault_names_the_column_and_never_the_value() -> None:
    """What goes wrong may be logged; what was sealed may not."""
    with pytest.raises(CipherFault) as fault:
        ONE.open(ONE.seal(SECRET, **PLACE), **(PLACE | {"row": "2" * 32}))
    assert "record.sfzh" in str(fault.value)
    assert SECRET not in str(fault.value)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    """Two equal numbers cannot be told to be equal by looking at them."""
    assert ONE.seal(SECRET, **PLACE) != ONE.seal(SECRET, **PLACE)
    assert SECRET.encode() not in ONE.seal(SECRET, **PLACE)


@given(st.text(), st.text())
def test_the_blind_index_answers_equality_and_nothing_else(one: str, other: str) -> None:
    """Equal values have equal indexes of 16 bytes, different ones different."""
    assert len(ONE.index("id", one)) == 16
    assert (ONE.index("id", one) == ONE.index("id", other)) == (one == other)


def test_an_index_is_bound_to_its_kind_and_key() -> None:
    """The same text as a number and as a name has two indexes, and none without the key."""
    assert len({ONE.index("id", SECRET), ONE.index("name", SECRET), OTHER.index("id", SECRET)}) == 3


def test_keyed_digests_differ_by_kind_and_key() -> None:
    """A digest of a command cannot be guessed from outside, nor taken for a digest of something else."""
    assert ONE.digest("key", b"k") == ONE.digest("key", b"k")
    assert len({ONE.digest("key", b"k"), ONE.digest("body", b"k"), OTHER.digest("key", b"k")}) == 3


def test_key_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can read a key or look into the folder."""
    Keys.make(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert {file.name for file in (tmp_path / "keys").iterdir()} == {"seal.key", "index.key", "code.key"}


def test_made_keys_are_read_back_and_differ(tmp_path: Path) -> None:
    """The keys on disk are the keys in use; the two are not the same, and no two installations share one."""
    keys, others = Keys.make(tmp_path / "one"), Keys.make(tmp_path / "two")
    assert Keys.read(tmp_path / "one") == keys
    assert len({keys.seal, keys.index, others.seal, others.index}) == 4


def test_existing_keys_are_never_overwritten(tmp_path: Path) -> None:
    """Making keys a second time is an error that leaves the first ones as they are."""
    keys = Keys.make(tmp_path)
    with pytest.raises(FileExistsError):
        Keys.make(tmp_path)
    assert Keys.read(tmp_path) == keys


def test_keys_that_cannot_all_be_made_are_not_made_at_all(tmp_path: Path) -> None:
    """Half a pair of keys is left by nobody: the file that stood there stands, and no second one beside it."""
    (tmp_path / "index.key").write_text("an older key")
    with pytest.raises(FileExistsError):
        Keys.make(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["index.key"]
    assert (tmp_path / "index.key").read_text() == "an older key"


@pytest.mark.parametrize("text", [None, "", "no hex", "ab" * 31, "ab" * 33, "密钥"])
def test_a_key_that_is_none_is_told_by_its_file(tmp_path: Path, text: str | None) -> None:
    """A missing, unreadable or short key file stops everything, with its name and what to do."""
    Keys.make(tmp_path)
    file = tmp_path / "index.key"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(KeysMissing, match=r"index\.key"):
        Keys.read(tmp_path)
