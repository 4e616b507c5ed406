"""The counter: a new code by an officer ends what was open, and the officer is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from tests.world import World
from workflow.notices.tables import CHANNELS, Address, Delivery, Notice
from workflow.people.accounts import grants_of
from workflow.people.links import SignInRefused, make_link, whose_link
from workflow.people.presences import LIVES as SESSIONS
from workflow.people.presences import Way, begin, who_is, why_ended
from workflow.people.tables import Access, Person
from workflow.people.tokens import digest
from workflow.signin.codes import find_code, issue
from workflow.signin.counter import code_to_show, find_student, give_code, student_at
from workflow.signin.tables import CODE_KINDS, Password
from workflow.signin.throttle import is_known, know_browser

pytestmark = pytest.mark.one_database


def given(world: World, record: str, by: str = "officer") -> str:
    """A code that an officer has just given to the student of a record."""
    with world.place.store.writing() as session:
        student = student_at(session, record)
        assert student is not None
        return give_code(session, student, world.staff[by], world.clock.moment, world.place.entropy)


def test_a_code_at_the_counter_ends_what_was_open(world: World) -> None:
    """Sessions end and say why; links and earlier codes of every kind open nothing; the new one does."""
    record = world.record()
    person, at, place = world.student(record).person, world.clock.moment, world.place
    with place.store.writing() as session:
        token = begin(session, grants_of(session, person)[0], Way("password"), at, place.entropy)
        before = [issue(session, person, kind, "somebody", at, place.entropy) for kind in CODE_KINDS]
        link = make_link(session, person, "operator", at, place.entropy)
    code = given(world, record)
    with place.store.writing() as session:
        with pytest.raises(SignInRefused):
            whose_link(session, link, at)
        assert who_is(session, digest(token), at) is None
        ended = why_ended(session, digest(token), at, SESSIONS["workday"])
        for id in before:
            assert find_code(session, place.cipher, person, place.cipher.code(id), at, CODE_KINDS) is None
        found = find_code(session, place.cipher, person, place.cipher.code(code), at, ("counter",))
    assert ended is not None and ended.because == "code_given"
    assert found is not None and found.made_by == world.staff["officer"].person


def test_a_code_at_the_counter_forgets_known_browsers(world: World) -> None:
    """Whoever had taken the student's phone over passes the throttle no more easily than a stranger."""
    record = world.record()
    person, at, place = world.student(record).person, world.clock.moment, world.place
    with place.store.writing() as session:
        token = know_browser(session, None, person, at, place.entropy)
        assert is_known(session, token, person, at)
    given(world, record)
    with place.store.reading() as session:
        assert not is_known(session, token, person, at)


def test_the_student_is_told_on_every_channel(world: World) -> None:
    """Not on the first one alone: whoever holds one of them may be the stranger at the counter."""
    record = world.record()
    with world.place.store.writing() as session:
        for channel in CHANNELS:
            session.execute(
                insert(Address).values(
                    id=world.place.entropy(16).hex(), record_id=record, channel=channel, sealed=b"-",
                    mark=world.place.entropy(16), vouched=True, given_by="test", at=world.clock.moment,
                )
            )  # fmt: skip
    given(world, record)
    with world.place.store.reading() as session:
        owed = session.execute(select(Notice.event, Delivery.channel).join(Delivery)).all()
    assert sorted(tuple(row) for row in owed) == [("code_given", channel) for channel in sorted(CHANNELS)]


def test_the_password_holds_until_a_new_one_is_set(world: World) -> None:
    """A code at the counter takes no way in away that the student still knows."""
    record = world.record()
    person = world.student(record).person
    with world.place.store.writing() as session:
        session.add(Password(person_id=person, hash="$argon2id$", set_at=world.clock.moment))
        session.execute(update(Person).where(Person.id == person).values(opened_at=world.clock.moment))
    given(world, record)
    with world.place.store.reading() as session:
        row = session.execute(select(Password.hash, Person.opened_at).join(Person)).one()
    assert tuple(row) == ("$argon2id$", world.clock.moment)


def test_the_student_is_told_and_the_officer_is_named(world: World) -> None:
    """One line of the access log says who gave it for whose record, and a notice is owed at once."""
    record = world.record()
    given(world, record)
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.person_id, Access.role, Access.what, Access.subject)).all()
        owed = session.execute(select(Notice.event, Notice.record_id, Notice.due_at)).all()
    officer = world.staff["officer"].person
    assert [tuple(line) for line in lines] == [(officer, "officer", "code:counter", record)]
    assert [tuple(row) for row in owed] == [("code_given", record, world.clock.moment)]


def test_a_student_without_an_account_gets_one_with_the_code(world: World) -> None:
    """The counter also serves whoever never had a strip."""
    record = world.record()
    code = given(world, record)
    with world.place.store.reading() as session:
        student = student_at(session, record)
        person = session.scalar(select(Person.id).where(Person.name == "测试001"))
        found = find_code(
            session,
            world.place.cipher,
            person,
            world.place.cipher.code(code),
            world.clock.moment,
            ("counter",),
        )
    assert student is not None and student.opened_at is None and found is not None


def test_a_code_is_on_a_page_once_and_for_its_maker_only(world: World) -> None:
    """The second time, another officer, another student and a quarter of an hour later see nothing."""
    record, other = world.record(), world.record()
    code, at = given(world, record), world.clock.moment
    officer, registrar = world.staff["officer"], world.staff["registrar"]
    with world.place.store.writing() as session:
        assert code_to_show(session, registrar, record, code, at) is None
        assert code_to_show(session, officer, other, code, at) is None
        assert code_to_show(session, officer, record, code, at + timedelta(minutes=15)) is None
        first = code_to_show(session, officer, record, code, at)
        assert first is not None and first.id == code
        assert code_to_show(session, officer, record, code, at) is None


def test_a_student_is_found_by_either_number(world: World) -> None:
    """The student number is tried first; nothing typed finds nobody."""
    record = world.record(xh="24010099", ksh="24360000088888")
    freshman = world.record(xh=None, ksh="24010098")
    with world.place.store.reading() as session:
        found = [find_student(session, said) for said in ("24010099", "24360000088888", "24010098", "", "1")]
    assert [one.record if one else None for one in found] == [record, record, freshman, None, None]
    assert [one.number for one in found if one] == ["24010099", "24010099", "24010098"]
