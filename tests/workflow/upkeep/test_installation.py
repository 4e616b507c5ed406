"""Creating and opening an installation: keys, one administrator, no password, and complete or not at all."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from inspect import unwrap
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from config.policy import PolicyFaults
from config.settings import Settings
from tests.conftest import APPLICATION, BOTH, nchu_folder, on
from tests.throwaway_postgres import ThrowawayPostgres
from workflow.cases.rules import SchoolRules
from workflow.clock import SHANGHAI, SetClock, SystemClock
from workflow.engine import SYSTEM, Ref
from workflow.history.tables import EntryRow, RuleRow
from workflow.people.accounts import grants_of
from workflow.people.cipher import Cipher, Keys, KeysMissing
from workflow.people.links import use_link
from workflow.people.presences import Way, begin, who_is
from workflow.people.tables import Grant, Person
from workflow.people.tokens import digest
from workflow.store import Base, Store
from workflow.upkeep import schema
from workflow.upkeep.installation import (
    AlreadyInstalled,
    ClockRefused,
    NotInstalled,
    create,
    has_traces,
    is_installed,
    open_installation,
    set_practice_clock,
    upgrade,
)
from workflow.upkeep.schema import SchemaFault
from workflow.upkeep.tables import InstallationRow

PRACTICE = on(2024, 10, 25)


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An empty home, and an empty database."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        yield Settings(home, f"sqlite:///{home / 'kanwu.db'}", "", nchu_folder())
        return
    server: ThrowawayPostgres = request.getfixturevalue("postgres")
    server.create("fresh")
    yield Settings(home, server.url("fresh", user=APPLICATION), server.url("fresh"), nchu_folder())
    server.drop("fresh")


def files(home: Path) -> dict[str, bytes]:
    """Every key file with its bytes."""
    return {file.name: file.read_bytes() for file in (home / "keys").iterdir()}


def rows(settings: Settings) -> list[int]:
    """The numbers of people, grants and rules."""
    store = Store(settings.database)
    with store.reading() as session:
        counted = [
            session.scalar(select(func.count()).select_from(one)) or 0 for one in (Person, Grant, RuleRow)
        ]
    store.close()
    return counted


# -- making ---------------------------------------------------------------------------------------------


def test_an_installation_is_a_database_keys_and_one_administrator(settings: Settings) -> None:
    """Keys for their owner alone, the rules in force in the Rulebook, one person, who comes in by one link."""
    assert not is_installed(settings)
    token = create(settings, "测试管理员")
    assert is_installed(settings)
    assert {file: stat.S_IMODE((settings.keys / file).stat().st_mode) for file in files(settings.home)} == {
        "seal.key": 0o600, "index.key": 0o600, "code.key": 0o600,
    }  # fmt: skip
    assert (
        stat.S_IMODE(settings.keys.stat().st_mode) == stat.S_IMODE(settings.evidence.stat().st_mode) == 0o700
    )
    place = open_installation(settings)
    with place.store.writing() as session:
        at = place.clock.now(session)
        (grant,) = grants_of(session, use_link(session, token, at).person)
        browser = begin(session, grant, Way("link"), at, place.entropy)
    with place.store.reading() as session:
        here = who_is(session, digest(browser), place.clock.now(session))
    assert here is not None
    assert (here.name, here.actor.role) == ("测试管理员", "administrator")
    assert not place.practice
    place.store.close()
    assert rows(settings) == [1, 1, 12]


def test_a_password_has_one_place_and_only_as_a_hash() -> None:
    """No other table of the schema has a place for one."""
    names = {
        f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
    }
    found = {name for name in names if any(word in name for word in ("passw", "pwd", "hash", "pin"))}
    assert found == {"password.person_id", "password.hash", "password.set_at", "password.made_by"}


def test_a_second_making_is_refused_and_touches_nothing(settings: Settings) -> None:
    """Keys, people and link stay what they were."""
    token = create(settings, "测试管理员")
    before, counted = files(settings.home), rows(settings)
    with pytest.raises(AlreadyInstalled):
        create(settings, "另一位")
    assert (files(settings.home), rows(settings)) == (before, counted)
    place = open_installation(settings)
    with place.store.writing() as session:
        assert use_link(session, token, place.clock.now(session))
    place.store.close()


def test_a_database_that_lost_its_keys_is_not_made_anew(settings: Settings) -> None:
    """New keys for old data would hide that the old ones are gone."""
    create(settings, "测试管理员")
    counted = rows(settings)
    for file in settings.keys.iterdir():
        file.unlink()
    settings.keys.rmdir()
    with pytest.raises(AlreadyInstalled):
        create(settings, "另一位")
    assert not settings.keys.exists()
    assert rows(settings) == counted


def test_an_installation_with_broken_rules_is_not_begun(settings: Settings, tmp_path: Path) -> None:
    """The school's rules are read before anything is made."""
    (tmp_path / "school").mkdir()
    with pytest.raises(PolicyFaults):
        create(replace(settings, school=tmp_path / "school"), "测试管理员")
    assert not settings.home.exists()
    create(settings, "测试管理员")


def test_an_installation_that_could_not_be_begun_can_be_made_again(settings: Settings) -> None:
    """If the keys cannot be written there is no installation, and once they can there is."""
    settings.home.mkdir(mode=0o700)
    (settings.home / "nowhere").write_text("a file where a folder should be")
    settings.keys.symlink_to(settings.home / "nowhere" / "at" / "all")
    with pytest.raises(OSError):
        create(settings, "测试管理员")
    assert not is_installed(settings)
    settings.keys.unlink()
    create(settings, "测试管理员")
    open_installation(settings).store.close()


def test_keys_of_an_interrupted_attempt_are_used_and_never_replaced(settings: Settings) -> None:
    """The power went after the keys were made: they are no installation, and the next attempt takes them."""
    made = Keys.make(settings.keys)
    assert not is_installed(settings)
    create(settings, "测试管理员")
    assert Keys.read(settings.keys) == made
    open_installation(settings).store.close()


def test_two_at_once_leave_one_installation_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started twice by mistake, one makes it, and the other neither spoils it nor removes its keys."""
    monkeypatch.setattr(schema, "upgrade", unwrap(schema.upgrade))
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'kanwu.db'}", "", nchu_folder())
    start = Barrier(2)

    def make(_: int) -> bool:
        start.wait(30)
        try:
            create(settings, "测试管理员")
            return True
        except (AlreadyInstalled, KeysMissing, FileExistsError):
            return False

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(make, range(2)))
    assert made.count(True) == 1
    assert rows(settings) == [1, 1, 9]
    open_installation(settings).store.close()


# -- opening --------------------------------------------------------------------------------------------


def test_where_nothing_was_installed_nothing_opens(settings: Settings) -> None:
    """An empty home is told as such, and stays empty."""
    with pytest.raises(NotInstalled):
        open_installation(settings)
    assert not settings.home.exists()


@pytest.mark.parametrize("name", ["seal.key", "index.key"])
def test_without_a_key_nothing_opens(settings: Settings, name: str) -> None:
    """A missing key file is named; no other key is made in its place."""
    create(settings, "测试管理员")
    (settings.keys / name).unlink()
    with pytest.raises(KeysMissing, match=name):
        open_installation(settings)
    assert not (settings.keys / name).exists()


def owning(settings: Settings, statement: str) -> None:
    """Execute a statement as the database's owner."""
    database = create_engine(settings.owner or settings.database)
    try:
        with database.begin() as connection:
            connection.execute(text(statement))
    finally:
        database.dispose()


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '0000'", "DELETE FROM alembic_version"]
)
def test_another_schema_is_not_opened(settings: Settings, statement: str) -> None:
    """An older or unknown schema stops the start, and the words name the command that mends it."""
    create(settings, "测试管理员")
    owning(settings, statement)
    with pytest.raises(SchemaFault, match=r"start\.py upgrade"):
        open_installation(settings)


def test_upgrading_what_is_up_to_date_changes_nothing(settings: Settings) -> None:
    """It may be run at any time."""
    create(settings, "测试管理员")
    counted = rows(settings)
    upgrade(settings)
    assert rows(settings) == counted
    open_installation(settings).store.close()


def test_nothing_is_upgraded_where_nothing_is(settings: Settings) -> None:
    """An upgrade makes no installation."""
    with pytest.raises(NotInstalled):
        upgrade(settings)


@pytest.mark.one_database
def test_rules_that_changed_are_kept_at_the_next_opening(settings: Settings, tmp_path: Path) -> None:
    """A registrar edits the policy: from the next start both texts stand in the Rulebook."""
    create(settings, "测试管理员")
    school = tmp_path / "edited"
    school.mkdir()
    for file in nchu_folder().iterdir():
        if file.is_file():
            (school / file.name).write_bytes(file.read_bytes())
    (school / "policy.toml").write_text(
        (school / "policy.toml")
        .read_text(encoding="utf-8")
        .replace("hold_minutes = 30", "hold_minutes = 45"),
        encoding="utf-8",
    )
    place = open_installation(replace(settings, school=school))
    assert place.school.policy.periods.hold_minutes == 45
    place.store.close()
    assert rows(settings)[2] == 12


def test_a_folder_with_a_fault_replaces_no_rules(settings: Settings, tmp_path: Path) -> None:
    """Every fault is named and nothing of it is kept; the folder of before opens as ever, and a sound new one replaces it."""
    create(settings, "测试管理员", practice_at=PRACTICE)
    school = shutil.copytree(nchu_folder(), tmp_path / "edited")
    text = (school / "policy.toml").read_text(encoding="utf-8")
    (school / "policy.toml").write_text(text.replace("hold_minutes = 30", "mood = 1"), encoding="utf-8")
    counted = rows(settings)
    with pytest.raises(PolicyFaults) as caught:
        open_installation(replace(settings, school=school))
    assert [fault.says.partition("：")[0] for fault in caught.value.faults] == [
        "periods", "periods.mood",
    ]  # fmt: skip
    assert rows(settings) == counted

    def opened(folder: Path, later: int) -> SchoolRules:
        clock = SetClock(PRACTICE + timedelta(minutes=later))
        place = open_installation(replace(settings, school=folder), clock=clock)
        place.store.close()
        assert place.rules.loaded_last.slug == "nchu"
        return place.rules

    of_before = opened(nchu_folder(), 1)
    assert of_before.replaced is None
    (school / "policy.toml").write_text(text.replace("hold_minutes = 30", "hold_minutes = 45"), "utf-8")
    replacing = opened(school, 2)
    assert replacing.replaced is not None and replacing.replaced.digest == of_before.loaded_last.digest
    assert replacing.loaded_last.policy.periods.hold_minutes == 45
    assert opened(school, 3).replaced is None


# -- PostgreSQL's two roles -----------------------------------------------------------------------------


@pytest.fixture
def fresh(postgres: ThrowawayPostgres) -> Iterator[str]:
    """An empty PostgreSQL database."""
    postgres.create("roles")
    yield "roles"
    postgres.drop("roles")


def test_the_application_does_not_run_as_the_owner(
    postgres: ThrowawayPostgres, fresh: str, tmp_path: Path
) -> None:
    """Who could rewrite the history is not let in as the application."""
    settings = Settings(tmp_path, postgres.url(fresh, user=APPLICATION), postgres.url(fresh), nchu_folder())
    create(settings, "测试管理员")
    with pytest.raises(SchemaFault, match="entry"):
        open_installation(replace(settings, database=settings.owner))
    open_installation(settings).store.close()


@pytest.mark.parametrize("missing", ["owner", "user"])
def test_both_roles_must_be_given(
    postgres: ThrowawayPostgres, fresh: str, tmp_path: Path, missing: str
) -> None:
    """Without an owner, or without the application's name, nothing is begun and both settings are named."""
    url, owner = postgres.url(fresh, user=APPLICATION), postgres.url(fresh)
    if missing == "owner":
        owner = ""
    else:
        url = url.replace(f"{APPLICATION}@", "")
    settings = Settings(tmp_path / "home", url, owner, nchu_folder())
    with pytest.raises(SchemaFault, match="KANWU_OWNER"):
        create(settings, "测试管理员")
    assert not settings.home.exists()


@pytest.mark.parametrize(("role", "password"), [("kanwu_new", None), ("Kanwu-App", "it's a 'secret' %s \\")])
def test_the_applications_role_is_made_when_it_is_missing(
    postgres: ThrowawayPostgres, fresh: str, role: str, password: str | None
) -> None:
    """Whatever its name and password; it may add history, and neither change it nor make tables."""
    owner = create_engine(postgres.url(fresh))
    schema.upgrade(owner)
    for _ in range(2):  # a second call finds it
        schema.give_application_role(owner, role, password)
    store = Store(postgres.url(fresh, user=role))
    schema.check(store.database)
    for statement in (
        "UPDATE entry SET actor = 'x'",
        "TRUNCATE entry",
        "DELETE FROM access",
        "CREATE TABLE t (n int)",
    ):
        with pytest.raises(DBAPIError), store.writing() as session:
            session.execute(text(statement))
    with store.writing() as session:
        session.execute(text("DELETE FROM draft"))
    store.close()
    with owner.begin() as connection:
        name = connection.dialect.identifier_preparer.quote(role)
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    owner.dispose()


# -- practice -------------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_practice_installation_lives_at_its_own_moment(settings: Settings) -> None:
    """Its clock starts where it was told to, runs on, and it says for ever that it is practice."""
    create(settings, "测试管理员", practice_at=PRACTICE)
    place = open_installation(settings)
    with place.store.reading() as session:
        now = place.clock.now(session)
    assert place.practice
    assert PRACTICE <= now < PRACTICE + timedelta(minutes=5)
    place.store.close()


@pytest.mark.one_database
def test_a_practice_clock_is_put_forward(settings: Settings) -> None:
    """To the last day of the campaign, and on."""
    create(settings, "测试管理员", practice_at=PRACTICE)
    for day in (1, 13):
        later = PRACTICE + timedelta(days=day)
        set_practice_clock(settings, later)
        place = open_installation(settings)
        with place.store.reading() as session:
            assert later <= place.clock.now(session) < later + timedelta(minutes=5)
        place.store.close()


def test_a_practice_clock_never_runs_behind_its_own_history(settings: Settings) -> None:
    """Before the last entry there is no going back; to its very second there is."""
    create(settings, "测试管理员", practice_at=PRACTICE)
    place = open_installation(settings)
    with place.store.writing() as session:
        entry = place.engine.perform(
            session, Ref("graduation"), "found", by=_registrar(place, session), expected_on=PRACTICE.date()
        )
    place.store.close()
    last = datetime.fromisoformat(entry.at)
    with pytest.raises(ClockRefused):
        set_practice_clock(settings, last - timedelta(seconds=1))
    set_practice_clock(settings, last)
    store = Store(settings.database)
    with store.reading() as session:
        assert session.scalar(select(func.max(EntryRow.at))) == entry.at
    store.close()


def _registrar(place: object, session: object) -> object:
    from workflow.engine import Actor
    from workflow.people.accounts import add_person

    person = add_person(session, "测试学籍员", "registrar", "", SYSTEM.person, PRACTICE, place.entropy)  # type: ignore[arg-type,attr-defined]
    return Actor(person.id, "registrar")


@pytest.mark.parametrize("made_as", ["demonstration", "practice", "earnest"])
def test_what_it_was_made_as_it_stays(settings: Settings, made_as: str) -> None:
    """Not even the database's owner turns a demonstration into practice, practice into earnest, or back."""
    practice = None if made_as == "earnest" else PRACTICE
    create(settings, "测试管理员", practice_at=practice, demonstration=made_as == "demonstration")
    for statement in (
        "UPDATE installation SET demonstration = NOT demonstration",
        "UPDATE installation SET practice = NOT practice, behind = 0, demonstration = false",
        "DELETE FROM installation",
    ):
        with pytest.raises(DBAPIError, match="stays what it was made as"):
            owning(settings, statement)
    place = open_installation(settings)
    assert (place.practice, place.demonstration) == (made_as != "earnest", made_as == "demonstration")
    place.store.close()


def test_a_demonstration_is_practice(settings: Settings) -> None:
    """Nothing invented is ever kept under the real time."""
    with pytest.raises(DBAPIError, match="a_demonstration_is_practice"):
        create(settings, "测试管理员", demonstration=True)
    assert not is_installed(settings)


@pytest.mark.one_database
def test_an_installation_of_before_is_no_demonstration(settings: Settings) -> None:
    """Made before there were demonstrations, it is upgraded and goes on as what it was."""
    settings.home.mkdir(mode=0o700)
    keys = Cipher(Keys.make(settings.keys)).id
    database = Store(settings.owner or settings.database).database
    with database.connect().execution_options(kanwu_writes=True) as connection, connection.begin():
        command.upgrade(schema._config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO installation (id, school, keys, practice, behind, made_at) "
                "VALUES (1, 'nchu', :keys, true, 0, :made_at)"
            ),
            {"keys": keys, "made_at": PRACTICE.isoformat()},
        )
        if settings.owner:
            connection.execute(text(f"GRANT SELECT ON installation TO {APPLICATION}"))
    database.dispose()
    upgrade(settings)
    place = open_installation(settings)
    assert place.practice and not place.demonstration
    place.store.close()


def test_traces_of_an_installation_are_seen(settings: Settings) -> None:
    """Keys without a database, a database without keys: somebody meant it, and it is no empty home."""
    assert has_traces(settings) == (not settings.database.startswith("sqlite"))
    create(settings, "测试管理员")
    for file in settings.keys.iterdir():
        file.unlink()
    settings.keys.rmdir()
    assert has_traces(settings) and not is_installed(settings)


def test_a_real_installation_has_the_real_time(settings: Settings) -> None:
    """Its clock cannot be set, not even by hand in the database."""
    create(settings, "测试管理员")
    with pytest.raises(ClockRefused):
        set_practice_clock(settings, datetime.now(SHANGHAI) + timedelta(days=1))
    place = open_installation(settings)
    assert isinstance(place.clock, SystemClock)
    assert place.clock.behind == timedelta(0)
    with pytest.raises(DBAPIError), place.store.writing() as session:
        session.execute(update(InstallationRow).values(behind=3600))
    place.store.close()


def test_keys_of_another_installation_are_not_taken_for_this_ones(settings: Settings, tmp_path: Path) -> None:
    """Two installations share nothing; the wrong keys are found out at once, not at the first sealed value."""
    create(settings, "测试管理员")
    Keys.make(tmp_path / "other")
    for name in ("seal.key", "index.key"):
        (settings.keys / name).write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(KeysMissing):
        open_installation(settings)
