"""Create the demonstration in a temporary folder and rename it into place when complete."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from config.settings import ROOT, Settings
from demo.autumn import ROSTER_DAY, Autumn
from demo.students import SIZE, invented
from workflow.clock import SHANGHAI, SetClock
from workflow.upkeep import installation as upkeep
from workflow.upkeep.installation import ClockRefused

FOLDER = "demo"
SCHOOL = ROOT / "config" / "schools" / "nchu"
BEGIN = datetime(2024, 10, 30, 10, 0, tzinfo=SHANGHAI)
"""The default start of a demonstration: the campaign is halfway."""

ADMINISTRATOR = "系统管理员"
WAIT = 600


def settings_of(home: Settings) -> Settings:
    """The settings of the demonstration in an empty home: always SQLite, always the first school."""
    return _at(home, home.home / FOLDER)


def make(
    home: Settings, at: datetime, *, size: int = SIZE, progress: Callable[[str], None] = lambda said: None
) -> bool:
    """Create the demonstration of that many students at a moment. False if it exists already.

    Concurrent calls wait for each other. Raises ClockRefused for a moment too early.
    """
    if at < ROSTER_DAY:
        raise ClockRefused(
            f"演示学校最早从 {ROSTER_DAY:%Y-%m-%dT%H:%M} 开始 / "
            f"the demonstration begins at {ROSTER_DAY:%Y-%m-%dT%H:%M} at the earliest"
        )
    place = settings_of(home)
    home.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(home.home):
        if upkeep.is_installed(place):
            return False
        part = _at(home, home.home / f"{FOLDER}.part")
        shutil.rmtree(part.home, ignore_errors=True)
        upkeep.create(part, ADMINISTRATOR, practice_at=ROSTER_DAY, demonstration=True)
        clock = SetClock(ROSTER_DAY)
        opened = upkeep.open_installation(part, clock=clock)
        with closing(opened.store):
            Autumn(opened, clock, invented(size)).live(at, progress)
        upkeep.set_practice_clock(part, at)
        part.home.rename(place.home)
    return True


def put_forward(home: Settings, at: datetime) -> None:
    """Move the demonstration's clock to a later moment. Raises ClockRefused, with what to do."""
    place = settings_of(home)
    try:
        upkeep.set_practice_clock(place, at)
    except ClockRefused as no:
        raise ClockRefused(
            f"{no}\n要从更早的时刻看起，请删除文件夹再启动 / to begin earlier, delete the folder and start "
            f"again:\n{place.home}"
        ) from no


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process makes it here. SQLite releases a lock with its holder on every system."""
    with closing(sqlite3.connect(folder / f".{FOLDER}.lock", timeout=WAIT, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _at(home: Settings, folder: Path) -> Settings:
    return replace(home, home=folder, database=f"sqlite:///{folder / 'kanwu.db'}", owner="", school=SCHOOL)
