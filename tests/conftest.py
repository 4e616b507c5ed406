"""Shared fixtures: both databases, a fixed clock, a school, and people in it."""

from __future__ import annotations

import gc
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Dialect, Engine, create_engine, event

from config.policy import School, load_school
from config.settings import ROOT, Settings
from tests.browser import browser_context_args, browser_type_launch_args, desk, phone
from tests.demonstration import demonstration, own_demonstration
from tests.remembered import loaded, upgraded
from tests.throwaway_postgres import MEMORY, ThrowawayPostgres, roomy
from tests.world import World
from workflow.cases.rules import SchoolRules
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import Actor
from workflow.people.cipher import Cipher, Keys
from workflow.store import Store
from workflow.upkeep import installation, schema
from workflow.upkeep.installation import Installation, assemble, keep_rules

__all__ = [
    "browser_context_args",
    "browser_type_launch_args",
    "demonstration",
    "desk",
    "own_demonstration",
    "phone",
]

# No test asserts a duration. Where examples are generated, each run tries the same ones.
hypothesis.settings.register_profile(
    "laws",
    max_examples=50,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# Before a release, and when rules or formats change (CONTRIBUTING.md).
hypothesis.settings.register_profile(
    "many", hypothesis.settings.get_profile("laws"), max_examples=500, derandomize=False
)
# For runs repeated thousands of times: pytest --hypothesis-profile=few (docs/mutation.md).
hypothesis.settings.register_profile(
    "few", hypothesis.settings.get_profile("laws"), max_examples=10, derandomize=True
)
hypothesis.settings.load_profile("laws")

# A test's files are in memory where possible, and deleted when it has passed.
if roomy(MEMORY) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

BOTH = ("sqlite", "postgresql")
ON_BOTH = pytest.mark.parametrize("store", BOTH, indirect=True)
"""Runs a test on both databases in a module marked ``one_database``."""
APPLICATION = "kanwu_app"
CHECK_DAY = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options: run ``one_database`` tests on both databases, and print the table of statements."""
    parser.addoption("--every-database", action="store_true", help="run every test of a database on both")
    parser.addoption("--write-statements", action="store_true", help="print docs/performance.md's table anew")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a database test on both databases, or on SQLite only if it is marked and the option is absent."""
    named = any("store" in _names_of(mark) for mark in metafunc.definition.iter_markers("parametrize"))
    if "store" not in metafunc.fixturenames or named:
        return
    marked = metafunc.definition.get_closest_marker("one_database") is not None
    one = marked and not metafunc.config.getoption("every_database")
    metafunc.parametrize("store", ["sqlite"] if one else BOTH, indirect=True)


def _names_of(mark: pytest.Mark) -> Sequence[str]:
    """The names of a ``parametrize``, written as one or as several."""
    return mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are the longest. They run first, so that no worker runs one alone at the end."""
    items.sort(key=lambda item: "browser" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Leave what every test needs (modules, thousands of collected tests) out of each collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile each template once a run instead of once for each test's application."""
    with pytest.MonkeyPatch.context() as patch:
        cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
        patch.setitem(Flask.jinja_options, "bytecode_cache", cache)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[None]:
    """Compile each statement once a run, as a server does, instead of once for each test's database."""
    dialects: dict[str, Dialect] = {}
    compiled: dict[Any, Any] = {}

    def share(connection: Connection) -> None:
        connection.dialect = dialects.setdefault(connection.dialect.name, connection.dialect)
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)


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


@pytest.fixture(scope="session", autouse=True)
def read_and_migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Installations read a school's files and migrate an empty SQLite file once a run instead of once each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "load_school", loaded)
        patch.setattr(schema, "upgrade", upgraded(tmp_path_factory.mktemp("migrated"), schema.upgrade))
        yield


@dataclass(frozen=True)
class Founded:
    """The small school on its first day: the database to copy, its staff, and the randomness used."""

    model: str
    staff: Mapping[str, Actor]
    drawn: tuple[int, ...]


def found(model: str, store: Store, cipher: Cipher, nchu: School, folder: Path) -> Founded:
    """Create the small school in an empty database, through the product's own functions."""
    drawn: list[int] = []
    source = seeded()

    def entropy(size: int) -> bytes:
        drawn.append(size)
        return source(size)

    clock = SetClock(CHECK_DAY)
    rules = keep_rules(store, clock, nchu)
    world = World(assemble(settings_of(store, folder), store, cipher, rules, clock, entropy), clock)
    store.close()
    return Founded(model, world.staff, tuple(drawn))


@pytest.fixture(scope="session")
def sqlite_school(
    sqlite_model: Path, cipher: Cipher, nchu: School, tmp_path_factory: pytest.TempPathFactory
) -> Founded:
    """A SQLite file with the small school in it."""
    file = tmp_path_factory.mktemp("school") / "school.db"
    shutil.copy(sqlite_model, file)
    return found(str(file), Store(f"sqlite:///{file}"), cipher, nchu, file.parent)


@pytest.fixture(scope="session")
def postgresql_school(
    postgres: ThrowawayPostgres, cipher: Cipher, nchu: School, tmp_path_factory: pytest.TempPathFactory
) -> Founded:
    """A PostgreSQL database with the small school in it."""
    postgres.create("school", "model")
    store = Store(postgres.url("school", user=APPLICATION))
    return found("school", store, cipher, nchu, tmp_path_factory.mktemp("school"))


@pytest.fixture
def founded(request: pytest.FixtureRequest, store: Store) -> Founded:
    """How the school in ``store`` was founded. A test that requests this gets a store that is not empty."""
    school: Founded = request.getfixturevalue(f"{store.dialect}_school")
    return school


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database on SQLite or PostgreSQL (there as the application's role).

    It is empty, or contains the small school if the test requests ``founded``.
    """
    school = "founded" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "kanwu.db"
        empty = request.getfixturevalue("sqlite_model")
        shutil.copy(request.getfixturevalue("sqlite_school").model if school else empty, file)
        made = Store(f"sqlite:///{file}")
        yield made
        made.close()
        return
    server: ThrowawayPostgres = request.getfixturevalue("postgres")
    name = server.clone(request.getfixturevalue("postgresql_school").model if school else "model")
    made = Store(server.url(name, user=APPLICATION))
    yield made
    made.close()
    server.drop(name)


@pytest.fixture(scope="session")
def cipher() -> Cipher:
    """A cipher with test keys."""
    return Cipher(Keys(bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))))


@pytest.fixture
def clock() -> SetClock:
    """A fixed clock: a Friday morning during the freshmen's campaign."""
    return SetClock(CHECK_DAY)


@pytest.fixture
def entropy() -> Callable[[int], bytes]:
    """Randomness that is the same in every run."""
    return seeded()


@pytest.fixture(scope="session")
def nchu() -> School:
    """The first school's rules as shipped."""
    return load_school(ROOT / "config" / "schools" / "nchu")


@pytest.fixture
def rules(request: pytest.FixtureRequest, store: Store, clock: SetClock, nchu: School) -> SchoolRules:
    """The school's rules, stored in the Rulebook."""
    if "founded" in request.fixturenames:
        return SchoolRules([(CHECK_DAY, nchu)])
    return keep_rules(store, clock, nchu)


@pytest.fixture
def place(
    store: Store,
    cipher: Cipher,
    rules: SchoolRules,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> Installation:
    """A real installation, empty except for the Rulebook."""
    return assemble(settings_of(store, tmp_path), store, cipher, rules, clock, entropy)


@pytest.fixture
def world(founded: Founded, place: Installation, clock: SetClock) -> World:
    """A small school: staff of every role, and records as each test needs."""
    for size in founded.drawn:
        place.entropy(size)
    return World(place, clock, dict(founded.staff))


def settings_of(store: Store, folder: Path) -> Settings:
    """The settings of an installation of the first school, with papers in a folder."""
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", nchu_folder())
    settings.evidence.mkdir(exist_ok=True)
    return settings


def seeded() -> Callable[[int], bytes]:
    """A source of randomness that is the same in every run."""
    return random.Random(20241023).randbytes


def nchu_folder() -> Path:
    """The folder of the first school's rules."""
    return ROOT / "config" / "schools" / "nchu"


def on(year: int, month: int, day: int, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """A moment in Asia/Shanghai."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


BIRTHDAY = date(2006, 5, 4)
