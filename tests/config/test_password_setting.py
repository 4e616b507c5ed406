"""The setting that says what is asked of passwords."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import PASSWORDS, SettingsFault, read_settings


def test_passwords_are_judged_the_modern_way_unless_something_else_is_said(tmp_path: Path) -> None:
    """Who sets nothing gets length and a blocklist."""
    assert read_settings({"KANWU_HOME": str(tmp_path)}).passwords == "modern"


@pytest.mark.parametrize("said", PASSWORDS)
def test_the_way_is_set_in_the_environment_or_the_file(tmp_path: Path, said: str) -> None:
    """The environment wins over the file, as for every setting."""
    environ = {"KANWU_HOME": str(tmp_path), "KANWU_PASSWORDS": said}
    assert read_settings(environ).passwords == said
    (tmp_path / "kanwu.toml").write_text(f'passwords = "{said}"\n')
    assert read_settings({"KANWU_HOME": str(tmp_path)}).passwords == said
    other = next(one for one in PASSWORDS if one != said)
    assert read_settings({**environ, "KANWU_PASSWORDS": other}).passwords == other


@pytest.mark.parametrize("said", ["strict", "MLPS", "none"])
def test_an_unknown_way_is_named_with_the_known_ones(tmp_path: Path, said: str) -> None:
    """A word that means nothing stops the start, so that nobody believes in rules that do not hold."""
    with pytest.raises(SettingsFault, match="modern or mlps"):
        read_settings({"KANWU_HOME": str(tmp_path), "KANWU_PASSWORDS": said})
