"""A small demonstration for tests. tests/conftest.py imports the fixture by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.settings import Settings
from demo.making import BEGIN, FOLDER, make

SIZE = 700


def empty_home(folder: Path) -> Settings:
    """A home in which nothing is installed."""
    return Settings(folder, f"sqlite:///{folder / 'kanwu.db'}", "", Path("/nowhere"))


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with a new demonstration of some hundred students. Read only."""
    home = empty_home(tmp_path_factory.mktemp("home"))
    make(home, BEGIN, size=SIZE)
    return home


@pytest.fixture
def own_demonstration(demonstration: Settings, tmp_path: Path) -> Settings:
    """A home with a copy of it, for tests that change it."""
    shutil.copytree(demonstration.home / FOLDER, tmp_path / FOLDER)
    return empty_home(tmp_path)
