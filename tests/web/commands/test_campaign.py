"""``campaign`` on the command line: tended from its opening to its end by running it again and again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config.settings import read_settings
from tests.conftest import on
from tests.workflow.records.rosters import as_csv, student
from web.commands.campaign import campaign
from web.commands.roster import roster
from workflow.campaigns.progress.bulletin import bulletins
from workflow.cases.tables import Campaign
from workflow.engine import SYSTEM
from workflow.people.accounts import add_person
from workflow.upkeep.installation import create, open_installation, set_practice_clock

NAME = "测试学籍员"
AS = ("--as", NAME)
PLAN = "freshman-2024"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A practice installation in which the freshmen's campaign was opened on its first day."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KANWU_HOME", str(folder))
    create(read_settings(), "测试管理员", practice_at=on(2024, 10, 23, 9))
    place = open_installation(read_settings())
    with place.store.writing() as session:
        now = place.clock.now(session)
        add_person(session, NAME, "registrar", "", SYSTEM.person, now, place.entropy)
    place.store.close()
    file = folder / "roster.csv"
    file.write_bytes(as_csv([student(n) for n in range(1, 4)]))
    assert CliRunner().invoke(roster, ["import", str(file)]).exit_code == 0
    assert run("open", PLAN, *AS).exit_code == 0
    return folder


def run(*words: str) -> Result:
    """Run ``campaign``."""
    return CliRunner().invoke(campaign, list(words))


def go_to(*moment: int) -> None:
    """Move the practice clock forward."""
    set_practice_clock(read_settings(), on(*moment))


def test_tending_again_and_again_does_each_thing_once(home: Path) -> None:
    """Nothing at first, a bulletin on its day, the other and the closing when the machine was off."""
    assert "没有到期的事项" in run("tend").output
    go_to(2024, 10, 30, 8)
    assert run("tend").output.strip().endswith("2024-10-30")
    assert "没有到期的事项" in run("tend").output
    go_to(2024, 11, 9, 8)
    said = run("tend").output
    assert "2024-11-06" in said and "视为无误 / closed, deemed correct: 0" in said
    assert "没有到期的事项" in run("tend").output
    place = open_installation(read_settings())
    with place.store.reading() as session:
        found = session.scalars(select(Campaign)).one()
        assert found.state == "closed"
        assert [one.day for one in bulletins(session, found.id)] == [date(2024, 11, 6), date(2024, 10, 30)]
    place.store.close()


def test_more_time_and_the_end_by_hand(home: Path) -> None:
    """Extended with a reason, told to three; closed only after the new end, with what stays unchecked."""
    go_to(2024, 11, 7, 23, 40)
    said = run("extend", PLAN, "--until", "2024-11-10T23:59:59", "--reason", "学信网维护", *AS)
    assert said.exit_code == 0 and said.output.strip().endswith("told: 3")
    go_to(2024, 11, 11, 8)
    said = run("close", PLAN, *AS)
    assert "未核对 / not checked: 3" in said.output
    assert run("close", PLAN, *AS).exit_code == 0


def test_a_bulletin_by_hand_says_its_digest(home: Path) -> None:
    """So that it can be compared with the paper."""
    go_to(2024, 10, 25, 12)
    said = run("bulletin", PLAN, *AS).output
    place = open_installation(read_settings())
    with place.store.reading() as session:
        (made,) = bulletins(session, session.scalars(select(Campaign.id)).one())
    place.store.close()
    assert made.digest in said and made.board.total.counted == 3


@pytest.mark.parametrize(
    "words", [["close"], ["bulletin"], ["extend", "--until", "2024-11-10", "--reason", "x"]]
)
def test_a_plan_that_was_never_opened_has_nothing_to_end(home: Path, words: list[str]) -> None:
    """A usage error that names it."""
    said = run(words[0], "final-2099", *words[1:], *AS)
    assert said.exit_code == 2 and "final-2099" in said.output
