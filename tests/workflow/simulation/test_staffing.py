"""Steps that no staff member can complete are reported when rules are loaded, before a case stops there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from config.policy import School
from tests.config.asking import amended, rule
from tests.config.schools.asked import school
from tests.world import World
from workflow.engine import SYSTEM
from workflow.people.accounts import add_person, end_role
from workflow.people.scopes import Scope
from workflow.signin.staff.enrolled import enrolled
from workflow.simulation.staffing import Unmet, unmet

pytestmark = pytest.mark.one_database


def asked(world: World, rules: School) -> list[Unmet]:
    """What the present staff cannot do under these rules."""
    with world.place.store.reading() as session:
        return unmet(session, rules, enrolled(session), world.clock.moment)


def with_rule(tmp_path: Path, rules: School, text: str) -> School:
    """The same rules and one more."""
    folder = tmp_path / rules.slug
    folder.mkdir()
    return amended(folder, rules, policy=text)


def leave(world: World, *who: str) -> None:
    """Some staff lose their roles."""
    with world.place.store.writing() as session:
        for one in who:
            end_role(session, world.staff[one].person, world.staff[one].role, world.clock.moment)


def said(found: Iterable[Unmet]) -> list[tuple[str, tuple[Scope, ...]]]:
    """The rules named, and the students."""
    return [(one.rule, one.where) for one in found]


def limited(world: World, role: str, *scopes: Scope, duty: str = "") -> None:
    """Somebody with a role for some students only."""
    with world.place.store.writing() as session:
        for n, scope in enumerate(scopes):
            place, at = world.place, world.clock.moment
            add_person(session, f"{role}{n}", role, scope, SYSTEM.person, at, place.entropy, duty=duty)


def test_the_first_schools_rules_can_be_met_by_its_people(world: World, nchu: School) -> None:
    """One reviewer is enough for them, and without any the step and its line are named."""
    assert asked(world, nchu) == []
    leave(world, "reviewer", "second_reviewer", "other_reviewer")
    (one,) = asked(world, nchu)
    assert (one.rule, one.file, one.where) == ("steps.check", "nchu/policy.toml", ())
    assert one.line > 300 and "nobody" in one.says


def test_who_was_there_until_yesterday_takes_no_step(world: World, nchu: School) -> None:
    """A grant whose last day is over counts for none, also before a round has ended it."""
    world.until_yesterday(*(world.staff[one] for one in ("reviewer", "second_reviewer", "other_reviewer")))
    assert said(asked(world, nchu)) == [("steps.check", ())]


def test_four_eyes_need_somebody_who_took_no_other_step(world: World, nchu: School, tmp_path: Path) -> None:
    """A second check with four eyes is met by two reviewers, and not by one, whatever roles that one has."""
    again = rule("test.again", "{}", '{ add_step = "check", office = "registrar", four_eyes = true }')
    strict = with_rule(tmp_path, nchu, again)
    assert asked(world, strict) == []
    leave(world, "second_reviewer", "other_reviewer")
    (one,) = asked(world, strict)
    assert "four eyes" in one.says
    with world.place.store.writing() as session:
        place, at = world.place, world.clock.moment
        add_person(session, "第三位审核人", "reviewer", "", SYSTEM.person, at, place.entropy)
    assert asked(world, strict) == []


def test_a_college_without_an_officer_is_named(world: World, nchu: School, tmp_path: Path) -> None:
    """Where the college looks first, each college needs somebody of its own."""
    first = with_rule(
        tmp_path, nchu, rule("test.college", "{}", '{ add_step = "check", office = "college" }')
    )
    world.record()
    assert asked(world, first) == []
    world.record(fy="别的学院")
    assert said(asked(world, first)) == [("test.college", (Scope("别的学院"),))]
    leave(world, "officer")
    assert said(asked(world, first)) == [("test.college", ())]


def test_a_duty_of_which_a_rule_speaks_and_nobody_has_is_named(
    world: World, nchu: School, tmp_path: Path
) -> None:
    """A counsellor may file for a student, and there is none: told until somebody of a college has that duty."""
    proxy = '{ filed_by_other_than = ["student", "counsellor"] }'
    rules = with_rule(tmp_path, nchu, rule("test.proxy", proxy, '{ refuse = "LEFT" }'))
    world.record()
    assert said(asked(world, rules)) == [("test.proxy", ())]
    limited(world, "officer", Scope("信息工程学院"), duty="counsellor")
    assert asked(world, rules) == []


def test_an_escalation_that_would_tell_nobody_is_named(world: World, nchu: School, tmp_path: Path) -> None:
    """By what it says, and for the students in whose scope nobody has any of its roles and duties."""
    late = (
        '\n[[escalation]]\nsteps = ["check"]\nworking_days = 3\nto = ["counsellor", "registrar"]\n'
        'says = "审核逾期"\nsays_en = "late"\nsource = "tests"\n'
    )
    rules = with_rule(tmp_path, nchu, late)
    world.record()
    assert asked(world, rules) == []
    leave(world, "registrar")
    (one,) = asked(world, rules)
    assert (one.rule, one.where) == ("审核逾期", ()) and "nobody to be told" in one.says
    world.record(fy="别的学院")
    limited(world, "officer", Scope("测试学院"), duty="counsellor")
    assert said(asked(world, rules)) == [("审核逾期", (Scope("别的学院"),))]


def test_an_officer_without_a_college_stands_for_no_college(
    world: World, nchu: School, tmp_path: Path
) -> None:
    """Whoever gave such a grant: it reaches no student, with records and without any."""
    first = with_rule(
        tmp_path, nchu, rule("test.college", "{}", '{ add_step = "check", office = "college" }')
    )
    leave(world, "officer")
    limited(world, "officer", Scope())
    assert said(asked(world, first)) == [("test.college", ())]
    world.record()
    assert said(asked(world, first)) == [("test.college", ())]


@pytest.mark.parametrize("name", ["sntcm-2025", "graduate-krxkid"])
def test_a_second_reviewer_may_decide_for_any_office(world: World, name: str) -> None:
    """As the door lets them; what only other offices could do is named where there is none."""
    rules = school(name)
    with_second = {one.rule for one in asked(world, rules)}
    leave(world, "second_reviewer")
    assert with_second < {one.rule for one in asked(world, rules)}


def test_students_whom_no_limited_grant_reaches_are_named(world: World, nchu: School) -> None:
    """One reviewer for a year, one for a level: nobody is left but the others, and they are told by both."""
    leave(world, "reviewer", "second_reviewer", "other_reviewer")
    for year, level in ((2023, "本科"), (2024, "本科"), (2024, "硕士")):
        world.record(rxrq=date(year, 9, 1), cc=level)
    limited(world, "reviewer", Scope(entry_year="2023"))
    assert said(asked(world, nchu)) == [("steps.check", (Scope(entry_year="2024"),))]
    limited(world, "reviewer", Scope(level="硕士"))
    assert said(asked(world, nchu)) == [("steps.check", (Scope(entry_year="2024", level="本科"),))]
    limited(world, "reviewer", Scope("测试学院", class_name="240101"))
    assert asked(world, nchu) == []


def test_classes_with_an_officer_each_leave_the_class_without(
    world: World, nchu: School, tmp_path: Path
) -> None:
    """Where the college looks first, a class that nobody has is named, and a college without anybody as a whole."""
    first = with_rule(
        tmp_path, nchu, rule("test.college", "{}", '{ add_step = "check", office = "college" }')
    )
    leave(world, "officer")
    for college, name in (
        ("测试学院", "1"),
        ("测试学院", "2"),
        ("测试学院", "3"),
        ("别的学院", "4"),
        ("别的学院", "5"),
    ):
        world.record(fy=college, bh=name)
    limited(world, "officer", Scope("测试学院", class_name="1"), Scope("测试学院", class_name="3"))
    assert said(asked(world, first)) == [
        ("test.college", (Scope("别的学院"), Scope("测试学院", class_name="2"))),
    ]
