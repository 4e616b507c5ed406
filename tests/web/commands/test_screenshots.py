"""``screenshots``: a picture of each page that is named, light enough to be kept with the sources."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageStat
from sqlalchemy import select

from config.settings import Settings
from demo.cast import STAFF, STUDENTS, cast
from demo.making import BEGIN, settings_of
from tests.web.browsing import Browser
from web import create_app
from web.commands.screenshots import DESK, LIGHTEST, NOBODY, PHONE, SHOTS, Shot, small, subjects_of, take
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.people.tables import Person
from workflow.upkeep.installation import open_installation


def taken(home: Settings, folder: Path, shots: list[Shot]) -> list[str]:
    """The names of failed pictures. Runs in its own thread: another test's browser may use the loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(take, home, folder, shots).result()


def test_pictures_are_written_under_their_names(own_demonstration: Settings, tmp_path: Path) -> None:
    """A phone's and a desk's, light and dark: each of its screen's size, and none of them heavy."""
    names = (
        "help-state",
        "student-record",
        "student-record-dark",
        "reviewer-case",
        "auditor-timeline-english",
    )
    shots, folder = [shot for shot in SHOTS if shot.name in names], tmp_path / "pictures"
    assert taken(own_demonstration, folder, shots) == []
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{name}.png" for name in names)
    brightness = {}
    for shot in shots:
        assert (folder / f"{shot.name}.png").stat().st_size <= LIGHTEST
        with Image.open(folder / f"{shot.name}.png") as picture:
            assert picture.size == ((750, 1624) if shot.screen is PHONE else (1366, 768))
            brightness[shot.name] = ImageStat.Stat(picture.convert("L")).mean[0]
    assert brightness["student-record"] > 2 * brightness["student-record-dark"]


def test_every_page_of_the_list_is_there(own_demonstration: Settings) -> None:
    """No name of the list is without a page that its reader may see."""
    place = open_installation(settings_of(own_demonstration), clock=SetClock(BEGIN))
    with closing(place.store):
        app, subjects = create_app(place), subjects_of(place)
        for part in cast(place):
            browser = Browser(app)
            browser.open_link(part.token)
            for shot in (one for one in SHOTS if one.part == part.key):
                assert browser.get(shot.path({**subjects, "case": part.case})).status == 200, shot.name
            if part.key == "reviewer":  # the case held is their own, in every demonstration
                own = select(Person.name).join(Case, Case.holder == Person.id)
                with place.store.reading() as session:
                    assert session.scalar(own.where(Case.id == subjects["held"])) == part.name


def test_the_list_has_every_reader_and_no_name_twice() -> None:
    """Phones for students, a desk for the offices, something dark and something English for both."""
    names = [shot.name for shot in SHOTS]
    assert len(names) == len(set(names))
    assert {shot.part for shot in SHOTS} >= {*STAFF} - {"second_reviewer"}
    assert all((shot.screen is not DESK) == (shot.part in (NOBODY, *STUDENTS)) for shot in SHOTS)
    for desk in (False, True):
        assert any(shot.dark for shot in SHOTS if (shot.screen is DESK) == desk)
        assert any(shot.english for shot in SHOTS if (shot.screen is DESK) == desk)


def test_a_page_that_is_not_there_is_named(own_demonstration: Settings, tmp_path: Path) -> None:
    """Somebody who is not there, or an address that answers nothing, is no picture of an error page."""
    shots = [Shot("nobody", "nobody", "/my", PHONE), Shot("nowhere", "auditor", "/nowhere", DESK)]
    assert taken(own_demonstration, tmp_path / "pictures", shots) == ["nobody", "nowhere"]
    assert list((tmp_path / "pictures").iterdir()) == []


def test_a_heavy_picture_gets_fewer_colours() -> None:
    """What is written is a palette, and as light as a reader's patience needs."""
    noise = Image.frombytes("RGB", (300, 300), random.Random(1).randbytes(270_000))
    written = io.BytesIO()
    noise.save(written, "PNG")
    light = small(written.getvalue())
    assert len(light) <= LIGHTEST < len(written.getvalue())
    with Image.open(io.BytesIO(light)) as picture:
        assert picture.mode == "P"
