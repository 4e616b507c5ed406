"""The demonstration: complete or absent, made through the engine, and always a demonstration."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from config.settings import Settings
from demo.autumn import CLOSE, OPENING, ROSTER_DAY
from demo.making import BEGIN, make, put_forward, settings_of
from demo.ways_in import strip_of_somebody
from states.campaign import CLOSED, OPEN
from states.case import CASE, DEFERRED
from tests.conftest import nchu_folder, on
from tests.demonstration import SIZE, empty_home
from workflow.campaigns.progress.bulletin import bulletins
from workflow.campaigns.tables import Chase
from workflow.cases.tables import Campaign, Case, Draft, PlatformExport
from workflow.cases.views.audit import compare
from workflow.clock import SHANGHAI, SetClock, to_second
from workflow.evidence.tables import Evidence
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.tables import Access, Person
from workflow.records.tables import Photo, Record, RosterImport
from workflow.signin.codes import find_code
from workflow.signin.numbers import account_of
from workflow.upkeep.installation import (
    AlreadyInstalled,
    ClockRefused,
    Installation,
    create,
    is_installed,
    open_installation,
    upgrade,
)

NOT_DONE = {
    "answer_in_batch",
    "call_back",
    "chase",
    "deem",
    "defer",
    "disagree",
    "drop_question",
    "end_flag",
    "escalate",
    "hand_over",
    "include",
    "lapse_rest",
    "object",
    "receive",
    "reconfirm",
    "resume",
    "send_in_batch",
    "supply",
    "take_over",
    "verify",
}
"""Actions missing in the demonstration: freshmen are never deemed correct, and the others are rare."""


@pytest.fixture
def shown(demonstration: Settings) -> Iterator[Installation]:
    """The demonstration, opened."""
    opened = open_installation(settings_of(demonstration))
    with closing(opened.store):
        yield opened


def faults_of(place: Installation) -> list[object]:
    """All differences between its history and its tables."""
    with place.store.reading() as session:
        tables = {name: one.table for name, one in place.engine.bindings.items()}
        return [*verify(session, tables, place.cipher).faults, *compare(session)]


def story(home: Settings) -> list[tuple[object, ...]]:
    """All entries in order, without random ids."""
    opened = open_installation(settings_of(home))
    with closing(opened.store), opened.store.reading() as session:
        asked = select(EntryRow.at, EntryRow.action, EntryRow.kind, EntryRow.role, Record.xh)
        asked = asked.outerjoin(Case, Case.id == EntryRow.subject).outerjoin(
            Record, Record.id == Case.record_id
        )
        return sorted((tuple(row) for row in session.execute(asked)), key=repr)


# -- what there is to see -------------------------------------------------------------------------------


def test_a_case_stands_in_every_state(shown: Installation) -> None:
    """Half-way through the campaign there is something to see for everybody; the first school defers nothing."""
    with shown.store.reading() as session:
        assert session.scalar(select(Campaign.state)) == OPEN
        states = Counter(session.scalars(select(Case.state)))
        drafts = session.scalar(select(func.count()).select_from(Draft))
        held = session.scalar(select(Case.id).where(Case.held_until > BEGIN, Case.holder.is_not(None)))
        excluded = set(session.scalars(select(Case.excluded)))
    assert states.keys() == {state.name for state in CASE.states} - {DEFERRED}
    assert 0.5 < states["checked_ok"] / states.total() < 0.7
    assert drafts and held and excluded == {"", "on_leave", "retained"}


def test_everything_that_can_happen_to_a_case_has_happened(shown: Installation) -> None:
    """Confirmed, filed, withdrawn, disputed, undone, reopened, lapsed, asked again: each of them once at least."""
    with shown.store.reading() as session:
        done = set(session.scalars(select(EntryRow.action).where(EntryRow.kind == "done")))
        refused = set(session.scalars(select(EntryRow.action).where(EntryRow.kind == "refused")))
        own = session.scalar(select(func.count()).where(Case.campaign_id.is_(None)))
    assert {action.name for action in CASE.actions} - done == NOT_DONE
    assert {"settle", "withdraw", "reject"} <= refused
    assert own


def test_colleges_differ(shown: Installation) -> None:
    """An officer's board has something to say: one college is far ahead of another."""
    with shown.store.reading() as session:
        rows = session.execute(select(Record.fy, Case.state).join(Case, Case.record_id == Record.id)).all()
    everybody = Counter(row.fy for row in rows)
    confirmed = Counter(row.fy for row in rows if row.state == "checked_ok")
    shares = [confirmed[college] / everybody[college] for college in everybody]
    assert len(shares) > 5 and max(shares) - min(shares) > 0.15


def test_its_history_explains_every_state(shown: Installation) -> None:
    """Everything went through the one door, in the order of time, and folds to what the tables say."""
    assert faults_of(shown) == []


def test_the_offices_were_at_work(shown: Installation) -> None:
    """A college noted why and whom it reached and reminded them; the platform's export and a bulletin are there."""
    with shown.store.reading() as session:
        reasons = set(session.scalars(select(Chase.reason)))
        contacts = session.scalar(select(func.sum(Chase.contacts))) or 0
        told = set(session.scalars(select(Notice.event)))
        export = session.scalars(select(PlatformExport)).one()
        assert 0 < export.looked < export.taken and export.flagged
        campaign = session.scalars(select(Campaign.id)).one()
        days = [one.day for one in bulletins(session, campaign)]
    assert {"unreachable", "promised"} <= reasons and contacts > 5
    assert {"reminder", "digest", "asked"} <= told
    assert days == [date(2024, 10, 30)]


def test_its_papers_and_photos_can_be_opened(shown: Installation) -> None:
    """What was handed in is a picture that anybody at the desk can look at."""
    with shown.store.reading() as session:
        kept = session.scalars(select(Evidence)).all()
        assert {paper.kind for paper in kept} >= {"id_card", "other"}
        for paper in kept[:5]:
            assert Image.open(io.BytesIO(shown.evidence.read(session, paper))).format == "JPEG"
        photo = session.scalars(select(Photo).limit(1)).one()
        assert Image.open(io.BytesIO(shown.evidence.get(session, photo.record_id, photo.stored)))


def test_two_rosters_were_taken_in(shown: Installation) -> None:
    """The platform's table first, with its flags, and later a file that changed some records."""
    with shown.store.reading() as session:
        first, second = session.scalars(select(RosterImport).order_by(RosterImport.as_of)).all()
        assert (first.rows, first.new, first.name) == (SIZE, SIZE, "2024级学籍.dbf")
        assert first.flagged >= 17
        assert (second.new, second.rows) == (0, SIZE) and second.changed > 2


def test_who_looked_at_papers_is_written_down(shown: Installation) -> None:
    """The auditor finds out who opened a case and its papers, and who made codes, grants and links."""
    with shown.store.reading() as session:
        assert set(session.scalars(select(Access.what))) == {
            "case",
            "paper",
            "codes:run:strips",
            "grant:administrator",
            "link",
        }


def test_who_acted_had_a_way_in_and_who_is_silent_may_still_use_their_strip(shown: Installation) -> None:
    """Every student who acted had opened their account by then; the strip that is shown opens that of nobody else."""
    with shown.store.reading() as session:
        opened = {id: at for id, at in session.execute(select(Person.id, Person.opened_at))}
        acted = session.scalars(select(EntryRow.actor).where(EntryRow.role == "student")).all()
        assert acted and all(opened[person] is not None for person in acted)
        strip = strip_of_somebody(shown, session, shown.clock.now(session))
        assert strip is not None
        account = account_of(session, strip.number)
        assert account is not None and account.opened_at is None and account.name == strip.name
        found = find_code(
            session, shown.cipher, account.person, strip.code, shown.clock.now(session), ("strip",)
        )
        assert found is not None and found.person == account.person


# -- made once, whole -----------------------------------------------------------------------------------


def test_the_same_autumn_comes_every_time(demonstration: Settings, tmp_path: Path) -> None:
    """Two makings of the same size tell the same story, to the second."""
    home = empty_home(tmp_path)
    make(home, BEGIN, size=SIZE)
    assert story(home) == story(demonstration)


def test_made_once_it_is_not_made_again(demonstration: Settings, shown: Installation) -> None:
    """A second start finds the same people and leaves them alone."""
    with shown.store.reading() as session:
        before = session.scalar(select(func.max(Person.id)))
    assert not make(demonstration, BEGIN, size=SIZE)
    with shown.store.reading() as session:
        assert session.scalar(select(func.max(Person.id))) == before


def test_of_two_that_start_at_once_one_makes_it(tmp_path: Path) -> None:
    """The other waits until it stands, and nothing of either is left over."""
    home = empty_home(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda n: make(home, ROSTER_DAY + timedelta(hours=1), size=60), range(2)))
    assert sorted(made) == [False, True]
    assert sorted(one.name for one in tmp_path.iterdir()) == [".demo.lock", "demo"]


def test_what_an_interrupted_making_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """A half-made demonstration is never shown; the next making begins afresh."""
    home = empty_home(tmp_path)

    def stop(said: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(home, BEGIN, size=60, progress=stop)
    assert not is_installed(settings_of(home))
    assert make(home, ROSTER_DAY + timedelta(hours=1), size=60)
    opened = open_installation(settings_of(home))
    with closing(opened.store), opened.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 60
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == [".demo.lock", "demo"]


def test_the_demonstration_lies_beside_the_home_and_uses_nothing_of_it(tmp_path: Path) -> None:
    """Whatever database and school the home is set to, the demonstration has its own."""
    home = replace(empty_home(tmp_path), database="postgresql+psycopg://app@nowhere/kanwu", owner="x")
    place = settings_of(home)
    assert (place.home, place.owner, place.school) == (tmp_path / "demo", "", nchu_folder())
    assert place.database == f"sqlite:///{tmp_path / 'demo' / 'kanwu.db'}"


# -- its clock ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [OPENING - timedelta(hours=1), OPENING + timedelta(minutes=20), on(2024, 10, 23, 12), on(2024, 10, 25)],
)
def test_it_can_begin_at_any_moment(tmp_path: Path, at: datetime) -> None:
    """What lies ahead of that moment has not happened, and what happened folds."""
    home, began = empty_home(tmp_path), to_second(datetime.now(SHANGHAI))
    make(home, at, size=200)
    opened = open_installation(settings_of(home))
    with closing(opened.store), opened.store.reading() as session:
        last = session.scalar(select(func.max(EntryRow.at)))
        assert last is None or datetime.fromisoformat(last) <= at
        assert at <= opened.clock.now() <= at + (datetime.now(SHANGHAI) - began)
    assert faults_of(opened) == []


def test_after_its_last_day_the_campaign_is_closed(tmp_path: Path) -> None:
    """A demonstration of December shows a campaign that was wound up."""
    home = empty_home(tmp_path)
    make(home, CLOSE + timedelta(days=30), size=200)
    opened = open_installation(settings_of(home))
    with closing(opened.store), opened.store.reading() as session:
        assert session.scalar(select(Campaign.state)) == CLOSED
    assert faults_of(opened) == []


def test_it_cannot_begin_before_its_school_has_a_roster(tmp_path: Path) -> None:
    """A moment too early is refused in words, and nothing is made."""
    with pytest.raises(ClockRefused, match="2024-10-16"):
        make(empty_home(tmp_path), on(2024, 10, 1), size=60)
    assert list(tmp_path.iterdir()) == []


def test_its_clock_goes_forward_only(own_demonstration: Settings) -> None:
    """What has happened cannot be put ahead of the clock, and who tries is told which folder to delete."""
    with pytest.raises(ClockRefused, match=str(own_demonstration.home / "demo")):
        put_forward(own_demonstration, BEGIN - timedelta(days=3))
    put_forward(own_demonstration, BEGIN + timedelta(days=3))
    opened = open_installation(settings_of(own_demonstration))
    with closing(opened.store):
        assert opened.clock.now() >= BEGIN + timedelta(days=3)


def test_another_clock_is_for_practice_alone(tmp_path: Path) -> None:
    """An installation in earnest opens with the one clock it has."""
    earnest = replace(empty_home(tmp_path), school=nchu_folder())
    create(earnest, "测试管理员")
    with pytest.raises(ClockRefused):
        open_installation(earnest, clock=SetClock(BEGIN))


# -- a demonstration for ever ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE installation SET demonstration = false",
        "UPDATE installation SET practice = false, behind = 0",
        "DELETE FROM installation",
        "INSERT OR REPLACE INTO installation SELECT 1, school, keys, 0, 0, made_at, 0 FROM installation",
    ],
)
def test_no_statement_makes_it_anything_else(shown: Installation, statement: str) -> None:
    """The database itself refuses, whoever asks."""
    assert shown.practice and shown.demonstration
    with pytest.raises(DBAPIError, match="stays what it was made as"), shown.store.writing() as session:
        session.execute(text(statement))


def test_no_command_and_no_setting_makes_it_anything_else(own_demonstration: Settings) -> None:
    """Made anew, upgraded or set to another school or address, it is a demonstration still."""
    place = settings_of(own_demonstration)
    with pytest.raises(AlreadyInstalled):
        create(place, "另一位")
    upgrade(place)
    for settings in (place, replace(place, address="https://xueji.example.edu.cn", school=nchu_folder())):
        opened = open_installation(settings)
        with closing(opened.store):
            assert opened.practice and opened.demonstration
