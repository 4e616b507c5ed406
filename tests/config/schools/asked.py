"""The schools of the folder config/schools, loaded once, and questions to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from config.policy import School, load_school
from config.settings import ROOT

FOLDER = ROOT / "config" / "schools"
NAMES = tuple(sorted(folder.name for folder in FOLDER.iterdir()))


@cache
def school(name: str) -> School:
    """A school by the name of its folder."""
    return load_school(FOLDER / name)


def folder(name: str) -> Path:
    """The folder of its files."""
    return FOLDER / name
