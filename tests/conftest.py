"""What the tests share: both databases, a clock that stands still, a school, and people in it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine

from config.policy import School, load_school
from config.settings import ROOT, Settings
from tests.browser import browser_context_args, browser_type_launch_args, desk, phone
from tests.demonstration import demonstration, own_demonstration
from tests.throwaway_postgres import ThrowawayPostgres
from tests.world import World
from workflow.clock import SHANGHAI, SetClock
from workflow.people.cipher import Cipher, Keys
from workflow.store import Store
from workflow.upkeep import schema
from workflow.upkeep.installation import Installation, assemble, keep_rules

__all__ = [
    "browser_context_args",
    "browser_type_launch_args",
    "demonstration",
    "desk",
    "own_demonstration",
    "phone",
]

# No test asserts how long anything takes; where a change is judged, the same examples are tried each time.
hypothesis.settings.register_profile(
    "laws",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# For runs that are repeated thousands of times: pytest --hypothesis-profile=few (docs/mutation.md).
hypothesis.settings.register_profile(
    "few", hypothesis.settings.get_profile("laws"), max_examples=10, derandomize=True
)
hypothesis.settings.load_profile("laws")

BOTH = ("sqlite", "postgresql")
APPLICATION = "kanwu_app"
CHECK_DAY = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def postgres() -> Iterator[ThrowawayPostgres]:
    """A real PostgreSQL with a migrated model database and the application's role."""
    with ThrowawayPostgres() as server:
        server.create("model")
        owner = create_engine(server.url("model"))
        schema.upgrade(owner)
        schema.give_application_role(owner, APPLICATION, None)
        owner.dispose()
        yield server


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    file = tmp_path_factory.mktemp("model") / "model.db"
    store = Store(f"sqlite:///{file}")
    schema.upgrade(store.database)
    store.close()
    return file


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database, once on SQLite and once on PostgreSQL (there as the application's role)."""
    if request.param == "sqlite":
        file = tmp_path / "kanwu.db"
        shutil.copy(request.getfixturevalue("sqlite_model"), file)
        made = Store(f"sqlite:///{file}")
        yield made
        made.close()
        return
    server: ThrowawayPostgres = request.getfixturevalue("postgres")
    name = server.clone("model")
    made = Store(server.url(name, user=APPLICATION))
    yield made
    made.close()
    server.drop(name)


@pytest.fixture(scope="session")
def cipher() -> Cipher:
    """A cipher whose keys are nobody's."""
    return Cipher(Keys(seal=bytes(range(32)), index=bytes(range(32, 64))))


@pytest.fixture
def clock() -> SetClock:
    """A Friday morning in the freshmen's campaign."""
    return SetClock(CHECK_DAY)


@pytest.fixture
def entropy() -> Callable[[int], bytes]:
    """Randomness that is the same in every run."""
    return random.Random(20241023).randbytes


@pytest.fixture(scope="session")
def nchu() -> School:
    """The first school's rules, as they are shipped."""
    return load_school(ROOT / "config" / "schools" / "nchu")


@pytest.fixture
def place(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> Installation:
    """An installation that is put together as in earnest, empty but for the Rulebook."""
    settings = Settings(tmp_path, store.url.render_as_string(hide_password=False), "", nchu_folder())
    settings.evidence.mkdir(exist_ok=True)
    return assemble(settings, store, cipher, keep_rules(store, clock, nchu), clock, entropy)


@pytest.fixture
def world(place: Installation, clock: SetClock) -> World:
    """A small school: staff of every role, and records made to order."""
    return World(place, clock)


def nchu_folder() -> Path:
    """Where the first school's rules lie."""
    return ROOT / "config" / "schools" / "nchu"


def on(year: int, month: int, day: int, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """A moment in Asia/Shanghai."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


BIRTHDAY = date(2006, 5, 4)
