"""The demonstration: made whole or not at all, true to the door, and a demonstration for ever."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from config.settings import Settings
from demo import papers
from demo.making import BEGIN, TooEarly, cast, make, settings_of
from states.campaign import OPEN
from states.case import CASE
from tests.conftest import nchu_folder
from tests.web.browsing import Browser
from web import create_app
from workflow.cases.projection import compare
from workflow.cases.tables import Campaign, Case, Draft
from workflow.clock import SHANGHAI
from workflow.evidence.tables import Evidence
from workflow.history.replay import verify
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.upkeep.installation import (
    ClockRefused,
    Installation,
    is_installed,
    open_installation,
    set_practice_clock,
)

SIZE = 900


def empty_home(folder: Path) -> Settings:
    """A home in which nothing is installed."""
    return Settings(folder, f"sqlite:///{folder / 'kanwu.db'}", "", nchu_folder())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with a demonstration of some hundred students, as it is when it begins."""
    made = empty_home(tmp_path_factory.mktemp("home"))
    make(made, BEGIN, size=SIZE)
    return made


@pytest.fixture
def shown(home: Settings) -> Iterator[Installation]:
    """The demonstration, opened."""
    opened = open_installation(settings_of(home))
    with closing(opened.store):
        yield opened


def test_a_case_stands_in_every_state(shown: Installation) -> None:
    """Half-way through the campaign there is something to see for everybody."""
    with shown.store.reading() as session:
        assert session.scalar(select(Campaign.state)) == OPEN
        states = Counter(session.scalars(select(Case.state)))
        drafts = session.scalar(select(func.count()).select_from(Draft))
        left_on_the_way = session.scalar(select(Case.id).where(Case.ruling == "lapsed:left_school"))
        held = session.scalar(select(Case.id).where(Case.held_until > BEGIN, Case.holder.is_not(None)))
    assert states.keys() == {state.name for state in CASE.states}
    assert 0.35 < states["checked_ok"] / states.total() < 0.75
    assert drafts and left_on_the_way and held


def test_its_history_explains_every_state(shown: Installation) -> None:
    """Everything went through the one door, in the order of time, and folds to what the tables say."""
    with shown.store.reading() as session:
        tables = {name: one.table for name, one in shown.engine.bindings.items()}
        proof = verify(session, tables, shown.cipher)
        faults = [*proof.faults, *compare(session)]
    assert faults == []


def test_its_papers_can_be_opened(shown: Installation) -> None:
    """What was handed in is a picture that anybody at the desk can look at."""
    with shown.store.reading() as session:
        for paper in session.scalars(select(Evidence).limit(5)).all():
            picture = Image.open(io.BytesIO(shown.evidence.read(session, paper)))
            assert picture.size == (900, 560)


def test_every_part_can_be_played(shown: Installation) -> None:
    """Each link leads to the page of its reader, which says that this is a demonstration."""
    parts = cast(shown)
    homes = []
    for part in parts:
        browser = Browser(create_app(shown))
        browser.get(f"/in/{part.token}")
        browser.send(part.token)
        browser.follow()
        page = browser.follow()
        assert page.status == 200 and "人物和数据都是虚构的" in page.text
        homes.append(page.path)
    assert homes[:5] == ["/my"] * 5
    assert homes[5:] == ["/college", "/desk", "/desk", "/registrar", "/audit", "/admin"]


def test_the_students_to_be_are_in_five_situations(shown: Installation) -> None:
    """Nothing checked, a long name, a draft, a filing, a correction: five different people."""
    names = [part.name for part in cast(shown) if part.en.startswith("student")]
    assert len(set(names)) == 5
    assert "·" in names[1]


def test_a_demonstration_stays_one(shown: Installation) -> None:
    """No statement can turn it, or any installation, into what it was not made as."""
    assert shown.practice and shown.demonstration
    for statement in (
        "UPDATE installation SET demonstration = false",
        "UPDATE installation SET practice = false, behind = 0",
        "DELETE FROM installation",
    ):
        with pytest.raises(DBAPIError, match="stays what it was made as"), shown.store.writing() as session:
            session.execute(text(statement))


def test_made_once_it_is_not_made_again(home: Settings, shown: Installation) -> None:
    """A second start finds the same people and leaves them alone."""
    with shown.store.reading() as session:
        before = session.scalar(select(func.max(Person.id)))
    make(home, BEGIN, size=SIZE)
    with shown.store.reading() as session:
        assert session.scalar(select(func.max(Person.id))) == before


def test_what_an_interrupted_making_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """A half-made demonstration is never shown; the next making begins afresh."""
    home = empty_home(tmp_path)

    def stop(said: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(home, BEGIN, size=60, progress=stop)
    assert not is_installed(settings_of(home))
    make(home, datetime(2024, 10, 16, 10, 0, tzinfo=SHANGHAI), size=60)
    opened = open_installation(settings_of(home))
    with closing(opened.store), opened.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 60
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert [one.name for one in tmp_path.iterdir()] == ["demo"]


def test_it_cannot_begin_before_its_school_has_a_roster(tmp_path: Path) -> None:
    """A moment too early is refused in words, and nothing is made."""
    with pytest.raises(TooEarly):
        make(empty_home(tmp_path), datetime(2024, 10, 1, tzinfo=SHANGHAI), size=60)
    assert list(tmp_path.iterdir()) == []


def test_its_clock_goes_forward_only(home: Settings, shown: Installation) -> None:
    """What has happened cannot be put ahead of the clock."""
    with pytest.raises(ClockRefused):
        set_practice_clock(settings_of(home), BEGIN - timedelta(days=3))


def test_another_clock_is_for_practice_alone(tmp_path: Path) -> None:
    """An installation in earnest opens with the one clock it has."""
    from workflow.clock import SetClock
    from workflow.upkeep.installation import create

    earnest = empty_home(tmp_path)
    create(earnest, "测试管理员")
    with pytest.raises(ClockRefused):
        open_installation(earnest, clock=SetClock(BEGIN))


def test_papers_can_be_drawn_without_a_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without fonts a specimen is still a picture."""
    for one in (papers.font_file, papers._font):
        one.cache_clear()
    monkeypatch.setenv("PATH", "")
    try:
        assert Image.open(io.BytesIO(papers.paper("id_card", {"姓名": "张三丰"}))).size == (900, 560)
    finally:
        for one in (papers.font_file, papers._font):
            one.cache_clear()


def test_the_demonstration_lies_beside_the_home_and_uses_nothing_of_it(tmp_path: Path) -> None:
    """Whatever database the home is set to, the demonstration has a file of its own."""
    home = replace(empty_home(tmp_path), database="postgresql+psycopg://app@nowhere/kanwu", owner="x")
    place = settings_of(home)
    assert place.home == tmp_path / "demo"
    assert place.database == f"sqlite:///{tmp_path / 'demo' / 'kanwu.db'}" and place.owner == ""
