"""Who one can be in the demonstration: every reader, and students of every situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select

from config.policy.words import DUTIES
from config.settings import Settings
from demo.asking import help_to_try
from demo.cast import STAFF, STUDENTS, Part, cast
from demo.making import BEGIN, settings_of
from states import ROLES
from tests.web.browsing import Browser
from web import create_app
from web.signin.pages import HOMES
from workflow.guide.counts import weeks
from workflow.help.asking import HelpWindow
from workflow.help.tables import HelpItem
from workflow.upkeep.installation import Installation, open_installation


@pytest.fixture
def shown(own_demonstration: Settings) -> Iterator[Installation]:
    """A demonstration, opened."""
    opened = open_installation(settings_of(own_demonstration))
    with closing(opened.store):
        yield opened


def enter(place: Installation, part: Part) -> Browser:
    """A browser that has used a one-time link."""
    browser = Browser(create_app(place))
    browser.open_link(part.token)
    browser.follow()
    browser.follow()
    return browser


def test_every_part_can_be_played(shown: Installation) -> None:
    """Each link leads to the page of its reader, which says that this is a demonstration of invented people."""
    parts = cast(shown)
    assert [part.key for part in parts] == [*STUDENTS, *STAFF]
    for part in parts:
        page = enter(shown, part).page
        role = "student" if part.key in STUDENTS else part.key
        assert page.status == 200 and page.path.startswith({
            "student": "/my", "officer": "/college", "counsellor": "/college", "reviewer": "/desk", "second_reviewer": "/desk",
            "registrar": "/registrar", "auditor": "/audit", "administrator": "/admin",
        }[role])  # fmt: skip
        assert "人物和数据都是虚构的" in page.text and "练习环境" not in page.text
    assert {part.role for part in parts} == {ROLES[role] for role in HOMES} | {DUTIES["counsellor"]}


def test_each_part_says_what_to_try_in_both_languages(shown: Installation) -> None:
    """Nobody is left to guess what a link is good for."""
    for part in cast(shown):
        assert all(part.tries) and all(part.role)


def test_the_students_are_different_people_in_the_situations_they_are_named_for(shown: Installation) -> None:
    """One has not checked, one has checked here alone, one has a long name, one lost a character, one filed, one is asked, two are decided."""
    parts = {part.key: part for part in cast(shown)}
    assert len({parts[key].name for key in STUDENTS}) == len(STUDENTS)
    states = {key: parts[key].now[1] for key in STUDENTS}
    assert states == {
        "unchecked": "not checked", "half": "checked, correct", "lost": "not checked", "long": "not checked", "draft": "not checked",
        "filed": "error reported", "asked": "under review", "corrected": "corrected", "rejected": "not corrected",
    }  # fmt: skip
    assert "?" in parts["lost"].name and "·" in parts["long"].name


def test_a_link_is_good_once_and_until_there_are_new_ones(shown: Installation) -> None:
    """Whoever starts it again gets fresh links, and the unused ones of before lead nowhere."""
    before, after = cast(shown), cast(shown)
    assert Browser(create_app(shown)).open_link(before[0].token).status == 404
    enter(shown, after[0])
    assert Browser(create_app(shown)).open_link(after[0].token).status == 404


def test_the_guide_was_read_and_some_asked_for_help(shown: Installation) -> None:
    """The guide's endings are counted, a request stands in each stage, and the word that is shown opens its item."""
    with shown.store.reading() as session:
        states = Counter(session.scalars(select(HelpItem.state)))
        counted = weeks(session, BEGIN.date())
        to_try = help_to_try(shown, session)
    assert states == {"asked": 1, "looking": 1, "solved": 1}
    assert sum(counted[-1].counted.values()) > 0
    assert to_try is not None
    window = HelpWindow(shown.store, shown.cipher, shown.engine, (), "192.0.2.1")
    found = window.read(to_try.number, to_try.word)
    assert found is not None and found.line.state == "looking" and found.said.name == "令狐冲"
