"""Substitution: from a first to a last day, in the absent person's roles, under both names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.world import NAME, World
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.people.accounts import add_person, end_role, give_role, grants_of
from workflow.people.links import SignInRefused
from workflow.people.presences import Way, begin, change_role, who_is
from workflow.people.scopes import held
from workflow.people.standing_in import absences, declare, end_early, relations_of, stand_in, take_back
from workflow.people.tables import Access
from workflow.people.tokens import digest
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

TODAY = date(2024, 10, 25)


@pytest.fixture
def colleague(world: World) -> Actor:
    """A member of staff without review duties: a registrar."""
    return world.staff["registrar"]


@pytest.fixture
def filed(world: World) -> Ref:
    """A case that waits for a reviewer."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    return world.case_of(record)


def away(
    world: World,
    absent: str,
    other: str,
    first: date | None = TODAY,
    last: date | None = TODAY + timedelta(days=6),
    by: str = "administrator",
) -> str:
    """Record a substitution between two people, by their roles. Returns its id."""
    with world.place.store.writing() as session:
        return stand_in(
            session,
            world.staff[absent].person,
            world.staff[other].person,
            first,
            last,
            world.staff[by],
            world.clock.moment,
            world.place.entropy,
        )


def standing_for(world: World, other: str, absent: str, role: str = "") -> Actor:
    """The stand-in, acting for the absent person."""
    return Actor(world.staff[other].person, role or world.staff[absent].role, world.staff[absent].person)


def test_a_stand_in_acts_in_the_role_of_who_is_away_and_the_entry_names_both(
    world: World, filed: Ref, colleague: Actor
) -> None:
    """By B for A: the history says who acted and for whom, and the hold is the stand-in's."""
    by = standing_for(world, "registrar", "reviewer")
    assert "role_not_held" in world.refused(filed, "take_up", by).codes
    away(world, "reviewer", "registrar")
    entry: Entry = world.do(filed, "take_up", by)
    assert (entry.actor, entry.role, entry.on_behalf_of) == (
        colleague.person,
        "reviewer",
        world.staff["reviewer"].person,
    )
    assert world.case(filed).holder == colleague.person


def test_both_the_first_and_the_last_day_belong_to_it(world: World, filed: Ref) -> None:
    """From the first second of the first day to the last of the last, and not a second longer."""
    away(world, "reviewer", "registrar", date(2024, 10, 26), date(2024, 10, 27))
    by = standing_for(world, "registrar", "reviewer")
    for moment, may in (
        (on(2024, 10, 25, 23, 59, 59), False),
        (on(2024, 10, 26, 0), True),
        (on(2024, 10, 27, 23, 59, 59), True),
        (on(2024, 10, 28, 0), False),
    ):
        world.at(moment)
        assert world.may(filed, "take_up", by).allowed == may, moment


def test_an_end_that_comes_early_bars_at_once(world: World, filed: Ref) -> None:
    """Who came back on Wednesday has no stand-in on Wednesday, and cannot lose one twice."""
    made, by = away(world, "reviewer", "registrar"), standing_for(world, "registrar", "reviewer")
    with world.place.store.writing() as session:
        end_early(session, made, world.staff["registrar"], world.clock.moment)
    assert "role_not_held" in world.refused(filed, "take_up", by).codes
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        end_early(session, made, world.staff["registrar"], world.clock.moment)
    assert no.value.codes == ("no_such_stand_in",)


def test_a_stand_in_has_no_more_than_the_absent_one_had(world: World, filed: Ref) -> None:
    """A role that was taken back meanwhile, or that is never carried, is not the stand-in's either."""
    away(world, "reviewer", "registrar")
    assert world.refused(
        filed, "reopen", standing_for(world, "registrar", "reviewer", "second_reviewer")
    ).codes
    with world.place.store.writing() as session:
        end_role(session, world.staff["reviewer"].person, "reviewer", world.clock.moment)
    assert (
        "role_not_held" in world.refused(filed, "take_up", standing_for(world, "registrar", "reviewer")).codes
    )


def test_nobody_stands_in_for_a_stand_in(world: World, filed: Ref) -> None:
    """Two substitutions in a row do not hand a role on to a third."""
    away(world, "reviewer", "officer")
    away(world, "officer", "registrar")
    by = Actor(world.staff["registrar"].person, "reviewer", world.staff["officer"].person)
    assert "role_not_held" in world.refused(filed, "take_up", by).codes
    by = Actor(world.staff["registrar"].person, "reviewer", world.staff["reviewer"].person)
    assert "role_not_held" in world.refused(filed, "take_up", by).codes


def test_a_student_cannot_be_stood_in_for(world: World, filed: Ref) -> None:
    """A student's record is answered by the student; the role is not one that is carried."""
    student = world.student(world.case(filed).record.id)
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        give_role(
            session, student.person, held("reviewer"), SYSTEM.person, world.clock.moment, world.place.entropy
        )
    world.staff["student_too"] = Actor(student.person, "reviewer")
    away(world, "student_too", "reviewer")
    assert world.refused(filed, "withdraw", Actor(person, "student", student.person)).stranger


def test_who_stands_in_for_the_student_does_not_work_on_their_case(world: World, filed: Ref) -> None:
    """The absent one counts too: what they may not touch their stand-in may not touch for them."""
    student = world.student(world.case(filed).record.id)
    with world.place.store.writing() as session:
        give_role(
            session, student.person, held("reviewer"), SYSTEM.person, world.clock.moment, world.place.entropy
        )
    world.staff["student_too"] = Actor(student.person, "reviewer")
    away(world, "student_too", "registrar")
    assert world.refused(filed, "take_up", standing_for(world, "registrar", "student_too")).codes == (
        "own_case",
    )


# -- recording it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "other", "first", "last", "by", "codes"),
    [
        ("reviewer", "registrar", None, TODAY, "administrator", ("days_missing",)),
        ("reviewer", "registrar", TODAY, None, "administrator", ("days_missing",)),
        ("reviewer", "registrar", date(2024, 10, 27), date(2024, 10, 26), "administrator", ("days_missing",)),
        ("reviewer", "registrar", date(2024, 10, 1), date(2024, 10, 24), "administrator", ("days_missing",)),
        ("reviewer", "registrar", TODAY, date(2025, 10, 27), "administrator", ("stand_in_too_long",)),
        ("reviewer", "reviewer", TODAY, TODAY, "administrator", ("the_same_person",)),
        ("administrator", "reviewer", TODAY, TODAY, "registrar", ("not_of_the_staff",)),
        ("auditor", "reviewer", TODAY, TODAY, "registrar", ("not_of_the_staff",)),
        ("reviewer", "auditor", TODAY, TODAY, "administrator", ("roles_clash",)),
        ("reviewer", "registrar", TODAY, TODAY, "registrar", ("not_oneself",)),
        ("reviewer", "administrator", TODAY, TODAY, "administrator", ("roles_clash", "not_oneself")),
        ("administrator", "administrator", None, None, "administrator",
         ("not_of_the_staff", "the_same_person", "not_oneself", "days_missing")),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_with_every_reason(
    world: World,
    absent: str,
    other: str,
    first: date | None,
    last: date | None,
    by: str,
    codes: tuple[str, ...],
) -> None:
    """Two people of the staff, two days, a year at most, nobody names themselves, and no roles clash."""
    with pytest.raises(Refused) as no:
        away(world, absent, other, first, last, by)
    assert no.value.codes == codes
    assert all(reason.says and reason.remedy for reason in no.value.verdict.reasons)


def test_the_same_two_have_one_substitution_at_a_time(world: World) -> None:
    """What would overlap is refused; what follows, or has ended, is not in the way."""
    first = away(world, "reviewer", "registrar", TODAY, date(2024, 10, 27))
    with pytest.raises(Refused) as no:
        away(world, "reviewer", "registrar", date(2024, 10, 27), date(2024, 10, 29))
    assert no.value.codes == ("stand_in_overlaps",)
    away(world, "reviewer", "registrar", date(2024, 10, 28), date(2024, 10, 29))
    with world.place.store.writing() as session:
        end_early(session, first, world.staff["registrar"], world.clock.moment)
    away(world, "reviewer", "registrar", TODAY, TODAY)


def test_who_recorded_and_ended_it_is_written_down(world: World) -> None:
    """The list names everybody concerned, and each of the two deeds is a line of the access log."""
    made = away(world, "reviewer", "other_reviewer", by="registrar")
    with world.place.store.writing() as session:
        (line,) = absences(session, world.clock.moment)
        assert (line.absent_name, line.stand_in_name, line.made_by) == (
            "测试审核人",
            "另一位审核人",
            "测试学籍管理员",
        )
        assert line.lasts(world.clock.moment) and not line.ahead(world.clock.moment)
        end_early(session, made, world.staff["administrator"], world.clock.moment)
    with world.place.store.reading() as session:
        (line,) = absences(session, world.clock.moment)
        assert not line.lasts(world.clock.moment)
        deeds = session.execute(select(Access.what, Access.role).where(Access.subject == made)).all()
    assert [tuple(deed) for deed in deeds] == [("stand_in", "registrar"), ("stand_in_ended", "administrator")]


# -- at the browser -------------------------------------------------------------------------------------


def browser(world: World, role: str) -> str:
    """Sign a person in. Returns the digest of the session's token."""
    with world.place.store.writing() as session:
        grant = grants_of(session, world.staff[role].person)[0]
        return digest(begin(session, grant, Way("password"), world.clock.moment, world.place.entropy))


def test_a_browser_goes_on_in_the_place_of_who_is_away(world: World) -> None:
    """The grant of the absent one is offered under their name, and taken it makes an actor of both."""
    made = away(world, "officer", "registrar")
    here = browser(world, "registrar")
    with world.place.store.writing() as session:
        at = world.clock.moment
        sitting = who_is(session, here, at)
        assert sitting is not None
        (offered,) = [grant for grant in sitting.grants if grant.absent]
        assert (offered.held, offered.absent_name) == (held("officer", "测试学院"), "测试学院经办人")
        fresh = digest(change_role(session, sitting, offered.id, at, world.place.entropy))
        now = who_is(session, fresh, at)
        assert now is not None
        assert now.actor == standing_for(world, "registrar", "officer")
        assert (now.college, now.standing_for) == ("测试学院", "测试学院经办人")
        end_early(session, made, world.staff["administrator"], at)
        assert who_is(session, fresh, at) is None


@pytest.mark.parametrize("ending", ["role", "substitution"])
def test_a_stand_ins_browser_is_revived_by_nothing(world: World, ending: str) -> None:
    """The role is taken back and given again, or the substitution ends and is recorded anew: sign in anew."""
    substitution = away(world, "reviewer", "registrar")
    absent, entropy, at = world.staff["reviewer"].person, world.place.entropy, world.clock.moment
    with world.place.store.writing() as session:
        grant = next(one for one in grants_of(session, absent) if one.role == "reviewer")
        stand_in_ = world.staff["registrar"].person
        token = digest(begin(session, grant, Way("password"), at, entropy, person=stand_in_))
        assert who_is(session, token, at) is not None
    with world.place.store.writing() as session:
        if ending == "role":
            end_role(session, absent, "reviewer", at)
            give_role(session, absent, held("reviewer"), "system", at, entropy)
        else:
            end_early(session, substitution, world.staff["administrator"], at)
    if ending == "substitution":
        away(world, "reviewer", "registrar")
    with world.place.store.reading() as session:
        assert who_is(session, token, at) is None


def test_nobody_goes_on_in_the_place_of_who_is_here(world: World) -> None:
    """Without a substitution, before it and for a role that is not carried, the grant is a foreign one."""
    here = browser(world, "registrar")
    with world.place.store.writing() as session:
        sitting = who_is(session, here, world.clock.moment)
        assert sitting is not None
        both = add_person(
            session, "两种身份", "reviewer", "", SYSTEM.person, world.clock.moment, world.place.entropy
        )
        give_role(
            session, both.id, held("administrator"), SYSTEM.person, world.clock.moment, world.place.entropy
        )
    world.staff["both"] = Actor(both.id, "reviewer")
    away(world, "both", "registrar", TODAY + timedelta(days=1))
    with world.place.store.writing() as session:
        sitting = who_is(session, here, world.clock.moment)
        assert sitting is not None and [grant.role for grant in sitting.grants] == ["registrar"]
    world.at(world.clock.moment + timedelta(days=1))
    here = browser(world, "registrar")
    with world.place.store.writing() as session:
        sitting = who_is(session, here, world.clock.moment)
        assert sitting is not None
        assert [grant.role for grant in sitting.grants] == ["registrar", "reviewer"]
        (foreign,) = [one for one in grants_of(session, both.id) if one.role == "administrator"]
        with pytest.raises(SignInRefused):
            change_role(session, sitting, foreign.id, world.clock.moment, world.place.entropy)


# -- relations ------------------------------------------------------------------------------------------


def test_a_declaration_is_one_line_and_stays_on_the_list(world: World) -> None:
    """Said twice it is one, taken back it is still shown, and only by who made it."""
    record, by = world.record(), world.staff["reviewer"]
    with world.place.store.writing() as session:
        for _ in range(2):
            declare(session, by, record, world.clock.moment, world.place.entropy)
        (line,) = relations_of(session, by.person)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        take_back(session, world.staff["other_reviewer"], line.id, world.clock.moment)
    assert no.value.codes == ("no_such_relation",)
    with world.place.store.writing() as session:
        take_back(session, by, line.id, world.clock.moment)
        (line,) = relations_of(session, by.person)
        assert line.ended_at == world.clock.moment
        deeds = session.scalars(select(Access.what).where(Access.subject == record)).all()
    assert deeds == ["relation", "relation_ended"]
