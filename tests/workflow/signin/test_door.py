"""The front door: who gets in, by which way, and what a wrong try learns and leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.web.counting import counted
from tests.workflow.signin.doors import (
    HOME,
    OTHER,
    WORDS,
    argon2_counted,
    at_browser,
    code_for,
    codes_used,
    from_home,
    front_door,
    numbered,
    opened,
    xh_of,
)
from tests.world import World
from workflow.people.accounts import OPERATOR, end_role
from workflow.people.links import SignInRefused, make_link
from workflow.people.tables import Access, Person, Presence, SignInLink
from workflow.records.tables import RosterImport
from workflow.signin.codes import LIVES
from workflow.signin.door import Caller, LeftTooLongAgo, MustWait, NotLetIn, PasswordRefused, PasswordTooOld
from workflow.signin.password.proof import has_password, set_password
from workflow.signin.tables import Password

pytestmark = pytest.mark.one_database


def refused_like(world: World) -> dict[str, Caller]:
    """Everybody who is not let in by a password, each from an address of their own."""
    opened(world, "reviewer", "T0001")
    numbered(world, "auditor", "T0002")
    closed, gone = opened(world, "officer", "T0003"), opened(world, "registrar", "T0004")
    student = world.record()
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == closed).values(closed_at=world.clock.moment))
        end_role(session, gone, "registrar", world.clock.moment)
    numbers = {
        "wrong password": "T0001", "no password": "T0002", "closed": "T0003", "no role": "T0004",
        "no account yet": xh_of(student), "unknown": "T9999",
    }  # fmt: skip
    return {what: Caller(number, f"198.51.100.{n}") for n, (what, number) in enumerate(numbers.items(), 1)}


# -- passwords ------------------------------------------------------------------------------------------


def test_number_and_password_let_their_owner_in(world: World) -> None:
    """The browser is the person's, by a password that proves who they are, and the account knows it now."""
    person = opened(world, "reviewer", "T0001")
    let_in = front_door(world).by_password(from_home("T0001"), WORDS)
    here = at_browser(world, let_in.token)
    assert here is not None and here.actor.person == person and here.is_fresh(world.clock.moment)
    assert (here.way, here.made_by, let_in.role) == ("password", "", "reviewer")
    assert let_in.browser and let_in.browser != let_in.token


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, without password, closed, wrong password: one refusal, one Argon2, the same statements."""
    door, seen = front_door(world), {}
    for what, caller in refused_like(world).items():
        with argon2_counted(monkeypatch) as runs, counted(world.place.store) as asked:
            with pytest.raises(NotLetIn) as no:
                door.by_password(caller, OTHER)
            seen[what] = (str(no.value), len(runs), len(asked))
    assert len(seen) == 6 and len(set(seen.values())) == 1, seen
    assert next(iter(seen.values()))[1] == 1


def test_nobody_without_an_own_password_gets_in_by_one(world: World) -> None:
    """The password of one account opens no other: not one without, not a closed one, not an unknown number."""
    door = front_door(world)
    for what, caller in refused_like(world).items():
        if what != "wrong password":
            with pytest.raises(NotLetIn):
                door.by_password(caller, WORDS)


def test_wrong_tries_slow_the_pair_and_verify_nothing_while_it_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a wait is due not even the right password is looked at; afterwards it lets its owner in."""
    opened(world, "reviewer", "T0001")
    door, caller = front_door(world), from_home("T0001")
    with pytest.raises(MustWait) as wait:
        for _ in range(10):
            with pytest.raises(NotLetIn):
                door.by_password(caller, OTHER)
    with argon2_counted(monkeypatch) as runs, pytest.raises(MustWait):
        door.by_password(caller, WORDS)
    assert runs == []
    world.at(world.clock.moment + timedelta(seconds=wait.value.seconds))
    assert door.by_password(caller, WORDS).role == "reviewer"


def test_a_browser_of_the_account_does_not_wait_for_what_others_tried(world: World) -> None:
    """Somebody tries passwords at the owner's address: the owner's own browser gets in at once."""
    opened(world, "reviewer", "T0001")
    door = front_door(world)
    known = door.by_password(from_home("T0001"), WORDS).browser
    with pytest.raises(MustWait):
        for _ in range(10):
            with pytest.raises(NotLetIn):
                door.by_password(from_home("T0001"), OTHER)
    assert door.by_password(from_home("T0001", browser=known), WORDS).role == "reviewer"


def test_who_sat_there_before_is_signed_out(world: World) -> None:
    """The next person at a shared browser does not leave the last one signed in on the server."""
    opened(world, "reviewer", "T0001")
    opened(world, "auditor", "T0002")
    door = front_door(world)
    first = door.by_password(from_home("T0001"), WORDS)
    here = at_browser(world, first.token)
    assert here is not None
    door.by_password(from_home("T0002", here=here.digest), WORDS)
    assert at_browser(world, first.token) is None


def test_a_password_that_is_too_old_is_changed_before_anything_else(world: World) -> None:
    """Where an assessor asks for an age, staff get in with a new password only; without the old one nobody does."""
    opened(world, "reviewer", "T0001")
    old, new = "Moon over 9 hills, slowly", "Lanterns of 7 quiet rivers."
    with world.place.store.writing() as session:
        set_password(session, world.staff["reviewer"].person, old, world.clock.moment)
    door, caller = replace(front_door(world), passwords="mlps"), from_home("T0001")
    world.at(world.clock.moment + timedelta(days=90))
    with pytest.raises(PasswordTooOld):
        door.by_password(caller, old)
    with pytest.raises(NotLetIn):
        door.by_changed_password(caller, new, new)
    with pytest.raises(PasswordRefused) as no:
        door.by_changed_password(caller, old, old)
    assert [one.code for one in no.value.reasons] == ["password_same_as_before"]
    assert door.by_changed_password(caller, old, new).role == "reviewer"
    assert door.by_password(caller, new).role == "reviewer"
    assert front_door(world).by_password(caller, new).role == "reviewer"


# -- codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "maker"), [("strip", "an officer"), ("message", ""), ("counter", "an officer")]
)
def test_a_code_sets_a_password_and_signs_in(world: World, kind: str, maker: str) -> None:
    """With number and code the student sets a password; who saw the code while making it stays named."""
    record = world.record()
    person = world.student(record).person
    code = code_for(world, person, kind, "an officer")
    let_in = front_door(world).activate(from_home(xh_of(record)), code.lower(), WORDS)
    here = at_browser(world, let_in.token)
    assert here is not None and (here.actor.person, here.way, here.made_by) == (person, kind, maker)
    assert here.actor.way_by == maker
    with world.place.store.reading() as session:
        assert session.get_one(Password, person).made_by == maker
        assert session.get_one(Person, person).opened_at == world.clock.moment
        line = session.execute(select(Access.what, Access.maker, Access.subject)).one()
    assert line == (f"code:used:{kind}", "an officer", record)
    assert front_door(world).by_password(from_home(xh_of(record)), WORDS).role == "student"


@pytest.mark.parametrize("kind", ["strip", "message"])
def test_a_strip_opens_only_an_account_without_a_way_in(world: World, kind: str) -> None:
    """Who finds a strip after its owner has a password gets nothing from it."""
    record = world.record()
    person = world.student(record).person
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    code = code_for(world, person, kind)
    with pytest.raises(NotLetIn):
        front_door(world).look_at_code(from_home(xh_of(record)), code)
    with pytest.raises(NotLetIn):
        front_door(world).activate(from_home(xh_of(record)), code, OTHER)


def test_a_code_from_the_counter_opens_any_account_of_the_student(world: World) -> None:
    """Who forgot the password sets another one at the counter, and the old one opens nothing any more."""
    record = world.record()
    person, door = world.student(record).person, front_door(world)
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    door.activate(from_home(xh_of(record)), code_for(world, person, "counter"), OTHER)
    assert door.by_password(from_home(xh_of(record)), OTHER).role == "student"
    with pytest.raises(NotLetIn):
        door.by_password(from_home(xh_of(record)), WORDS)


def test_a_wrong_try_uses_no_code_up(world: World) -> None:
    """Another number, another code, a guessable password: the strip still opens the account afterwards."""
    record, other = world.record(), world.record()
    person, door = world.student(record).person, front_door(world)
    world.student(other)
    code = code_for(world, person, "strip")
    for number, typed in ((xh_of(other), code), (xh_of(record), "A" * 10), ("", code), (xh_of(record), "")):
        with pytest.raises(NotLetIn):
            door.activate(Caller(number, "203.0.113.9"), typed, WORDS)
    with pytest.raises(PasswordRefused) as no:
        door.activate(from_home(xh_of(record)), code, xh_of(record))
    assert "password_has_number" in {one.code for one in no.value.reasons}
    door.look_at_code(from_home(xh_of(record)), code)
    assert codes_used(world) == 0
    assert door.activate(from_home(xh_of(record)), code, WORDS).role == "student"
    assert codes_used(world) == 1
    with pytest.raises(NotLetIn):
        door.activate(from_home(xh_of(record)), code, OTHER)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_wrong_activation_is_the_same(world: World) -> None:
    """Unknown number, no code, used, old, somebody else's, an account already open: one refusal, one cost."""
    records = [world.record() for _ in range(5)]
    people, door = [world.student(record).person for record in records], front_door(world)
    old = code_for(world, people[0], "strip")
    world.at(world.clock.moment + LIVES["strip"])
    used, theirs = code_for(world, people[1], "counter"), code_for(world, people[2], "strip")
    late = code_for(world, people[3], "strip")
    door.activate(from_home(xh_of(records[1])), used, WORDS)
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == people[3]).values(opened_at=world.clock.moment))
    tried = {
        "unknown": ("T9999", theirs), "no code": (xh_of(records[4]), theirs), "old": (xh_of(records[0]), old),
        "used": (xh_of(records[1]), used), "open already": (xh_of(records[3]), late),
        "wrong": (xh_of(records[2]), "ABCDE-FGH23"),
    }  # fmt: skip
    seen = {}
    for n, (what, (number, code)) in enumerate(tried.items()):
        with counted(world.place.store) as asked, pytest.raises(NotLetIn) as no:
            door.look_at_code(Caller(number, f"203.0.113.{n}"), code)
        seen[what] = (str(no.value), len(asked))
    assert len(set(seen.values())) == 1, seen


def test_a_code_that_one_asked_for_signs_in_once(world: World) -> None:
    """It proves the person for a quarter of an hour, sets no password, and opens nothing the second time."""
    record = world.record()
    person, door = world.student(record).person, front_door(world)
    code = code_for(world, person, "return", person)
    here = at_browser(world, door.by_code(from_home(xh_of(record)), code).token)
    assert here is not None and (here.way, here.made_by) == ("code", "")
    assert here.is_fresh(world.clock.moment)
    with pytest.raises(NotLetIn):
        door.by_code(from_home(xh_of(record)), code)
    with world.place.store.reading() as session:
        assert not has_password(session, person)


def test_two_browsers_with_one_code_at_one_moment_let_one_in(world: World) -> None:
    """A strip, a code that was sent and a link are each used once, whoever is faster; the other is refused."""
    door, record, other = front_door(world), world.record(), world.record()
    person, sent = world.student(record).person, world.student(other).person
    strip, code = code_for(world, person, "strip"), code_for(world, sent, "return", sent)
    token = link_for(world, numbered(world, "reviewer", "T0001"))
    for enter in (
        lambda caller: door.activate(replace(caller, number=xh_of(record)), strip, WORDS),
        lambda caller: door.by_code(replace(caller, number=xh_of(other)), code),
        lambda caller: door.by_link_and_new_password(replace(caller, number="T0001"), token, WORDS),
    ):
        ready, came = threading.Barrier(2), []

        def comes(address: str, enter: Callable[..., object] = enter, ready=ready, came=came) -> None:  # type: ignore[no-untyped-def]
            ready.wait()
            try:
                enter(Caller("", address))
                came.append("in")
            except (NotLetIn, SignInRefused):
                came.append("refused")

        both = [threading.Thread(target=comes, args=(f"203.0.113.{n}",)) for n in (1, 2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(came) == ["in", "refused"]


@pytest.mark.parametrize("kind", ["strip", "message"])
def test_a_strip_opens_no_account_whose_owner_came_in_by_an_address(world: World, kind: str) -> None:
    """Whoever finds the paper of a student who signs in by letters alone gets nowhere with it."""
    record = world.record()
    person, door = world.student(record).person, front_door(world)
    code = code_for(world, person, kind)
    door.by_code(from_home(xh_of(record)), code_for(world, person, "return", person))
    with pytest.raises(NotLetIn):
        door.look_at_code(from_home(xh_of(record)), code)
    with pytest.raises(NotLetIn):
        door.activate(Caller(xh_of(record), "203.0.113.9"), code, WORDS)


@pytest.mark.parametrize("kind", ["strip", "message", "counter", "address"])
def test_no_other_code_signs_in_without_a_password(world: World, kind: str) -> None:
    """A code that was printed, given or sent to prove an address is none that the person asked for."""
    record = world.record()
    code = code_for(world, world.student(record).person, kind)
    with pytest.raises(NotLetIn):
        front_door(world).by_code(from_home(xh_of(record)), code)


def test_a_code_of_an_open_account_takes_its_old_sessions_away(world: World) -> None:
    """Whoever sat at another device with the old password is out when a new one is set."""
    record = world.record()
    person, door = world.student(record).person, front_door(world)
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    before = door.by_password(from_home(xh_of(record)), WORDS)
    after = door.activate(from_home(xh_of(record)), code_for(world, person, "counter"), OTHER)
    assert at_browser(world, before.token) is None and at_browser(world, after.token) is not None


# -- links ----------------------------------------------------------------------------------------------


def link_for(world: World, person: str) -> str:
    """A one-time link from the command line."""
    with world.place.store.writing() as session:
        return make_link(session, person, OPERATOR, world.clock.moment, world.place.entropy)


def test_a_link_asks_for_the_number_and_a_first_password(world: World) -> None:
    """Until number and password are there, the link is not used up; then it is, and the operator is named."""
    person, door = numbered(world, "reviewer", "T0001"), front_door(world)
    numbered(world, "auditor", "T0002")
    token = link_for(world, person)
    assert door.look_at_link(token).asks
    with pytest.raises(SignInRefused):
        door.by_link(from_home(""), token)
    for number, password, refusal in (
        ("T0002", WORDS, NotLetIn), ("T9999", WORDS, NotLetIn), ("T0001", "short", PasswordRefused),
    ):  # fmt: skip
        with pytest.raises(refusal):
            door.by_link_and_new_password(from_home(number), token, password)
    here = at_browser(world, door.by_link_and_new_password(from_home("T0001"), token, WORDS).token)
    assert here is not None and (here.actor.person, here.way, here.made_by) == (person, "link", OPERATOR)
    with pytest.raises(SignInRefused):
        door.look_at_link(token)
    assert door.by_password(from_home("T0001"), WORDS).role == "reviewer"


def test_a_link_lets_in_who_has_forgotten_the_password(world: World) -> None:
    """With the right number it sets a new one, the old one ends with its sessions, and the operator is named."""
    person, door = opened(world, "reviewer", "T0001"), front_door(world)
    before = door.by_password(from_home("T0001"), WORDS).token
    token = link_for(world, person)
    with pytest.raises(NotLetIn):
        door.by_link_and_new_password(from_home("T9999"), token, OTHER)
    with world.place.store.reading() as session:
        assert session.scalars(select(SignInLink.used_at)).all() == [None]
    here = at_browser(world, door.by_link_and_new_password(from_home("T0001"), token, OTHER).token)
    assert here is not None and (here.actor.person, here.made_by) == (person, OPERATOR)
    assert at_browser(world, before) is None
    with pytest.raises(NotLetIn):
        door.by_password(from_home("T0001"), WORDS)


def test_where_people_only_practise_the_link_is_enough(world: World) -> None:
    """In a demonstration one plays many people, so their link signs in at once and counts as a proof."""
    person = opened(world, "reviewer", "T0001")
    token = link_for(world, person)
    let_in = front_door(world, link_alone=True).by_link(from_home(""), token)
    here = at_browser(world, let_in.token)
    assert here is not None and here.way == "link" and here.is_fresh(world.clock.moment)


def test_staff_without_a_number_get_in_by_their_link_alone(world: World) -> None:
    """An installation of an earlier version has such staff; until they get a number, nothing else opens."""
    token = link_for(world, world.staff["reviewer"].person)
    assert front_door(world).by_link(from_home(""), token).role == "reviewer"


# -- who has left ---------------------------------------------------------------------------------------


def leaver(world: World, as_of: date) -> str:
    """A record that has left by a roster of a day."""
    record = world.record(xjzt="毕业")
    with world.place.store.writing() as session:
        session.execute(update(RosterImport).values(as_of=as_of))
    return record


@pytest.mark.parametrize(("days", "outcome"), [(0, "in"), (366, "in"), (367, "told"), (3000, "told")])
def test_who_left_reads_on_for_a_year(world: World, days: int, outcome: str) -> None:
    """A graduate gets in until the same day of the next year; then they are told, with whom to ask."""
    today = world.clock.moment.date()
    record = leaver(world, today - timedelta(days=days))
    person, door = world.student(record).person, front_door(world)
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    if outcome == "in":
        assert door.by_password(from_home(xh_of(record)), WORDS).role == "student"
    else:
        with pytest.raises(LeftTooLongAgo):
            door.by_password(from_home(xh_of(record)), WORDS)


def test_only_the_person_learns_that_they_left_too_long_ago(world: World) -> None:
    """With a wrong password nobody is told; with a code nothing is used up and no session begins."""
    record = leaver(world, date(2020, 7, 1))
    person, door = world.student(record).person, front_door(world)
    code = code_for(world, person, "counter")
    with pytest.raises(NotLetIn):
        door.by_password(from_home(xh_of(record)), WORDS)
    with pytest.raises(LeftTooLongAgo):
        door.activate(from_home(xh_of(record)), code, WORDS)
    assert codes_used(world) == 0
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Presence)) == 0
        assert not has_password(session, person)


# -- nothing else opens anything ------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["by_password", "by_code", "look_at_code"])
def test_an_address_of_its_own_makes_no_try_free(world: World, way: str) -> None:
    """Tries of every way count under one number and address, so changing the way gains nothing."""
    opened(world, "reviewer", "T0001")
    door = front_door(world)
    ways: list[Callable[..., object]] = [door.by_password, door.by_code, door.look_at_code]
    with pytest.raises(MustWait):
        for one in ways * 4:
            with pytest.raises(NotLetIn):
                one(Caller("T0001", HOME), "ABCDE-FGH23")
    with pytest.raises(MustWait):
        getattr(door, way)(Caller("T0001", HOME), "ABCDE-FGH23")
