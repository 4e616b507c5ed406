"""``cases tend`` on the command line: what a timer runs where several processes serve."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from config.settings import read_settings
from tests.conftest import on
from web.commands.cases import cases
from workflow.engine import SYSTEM
from workflow.people.accounts import add_person, give_role, grants_of
from workflow.people.presences import Way, begin
from workflow.people.scopes import Scope, held
from workflow.upkeep.installation import create, open_installation, set_practice_clock


def test_tending_ends_expired_sign_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reviewer's sign-in of the morning is ended in the afternoon by the strict setting, and once only."""
    monkeypatch.setenv("KANWU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANWU_SESSIONS", "strict")
    create(read_settings(), "测试管理员", practice_at=on(2024, 10, 23, 9))
    place = open_installation(read_settings())
    with place.store.writing() as session:
        now = place.clock.now(session)
        person = add_person(session, "李测试", "reviewer", "", SYSTEM.person, now, place.entropy).id
        begin(session, grants_of(session, person)[0], Way("password"), now, place.entropy)
    place.store.close()
    set_practice_clock(read_settings(), on(2024, 10, 23, 14))
    said = [CliRunner().invoke(cases, ["tend"]).output for _ in range(2)]
    assert ["sign-ins ended: 1" in said[0], "sign-ins ended: 0" in said[1]] == [True, True]


def test_tending_says_how_many_roles_were_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first round of the day after ends a reviewer's two grants of yesterday, and the next one nothing."""
    monkeypatch.setenv("KANWU_HOME", str(tmp_path / "home"))
    create(read_settings(), "测试管理员", practice_at=on(2024, 10, 23, 9))
    place = open_installation(read_settings())
    with place.store.writing() as session:
        now = place.clock.now(session)
        person = add_person(session, "李测试", "reviewer", "", SYSTEM.person, now, place.entropy).id
        for year in ("2023", "2024"):
            what = held("reviewer", Scope(entry_year=year))
            give_role(session, person, what, SYSTEM.person, now, place.entropy, last_on=now.date())
    place.store.close()
    set_practice_clock(read_settings(), on(2024, 10, 24, 0))
    said = [CliRunner().invoke(cases, ["tend"]).output for _ in range(2)]
    assert ["roles past their last day ended: 2" in said[0], "day ended: 0" in said[1]] == [True, True]
