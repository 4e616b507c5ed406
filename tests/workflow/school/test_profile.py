"""The school's profile: filled from its folder, changed by the registrar, at hand for every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.policy import School
from config.profile import Profile
from tests.world import World
from workflow.people.tables import Access
from workflow.school.crest import Crest
from workflow.school.profile import REREAD, ProfileAtHand, change, crest_named, fill, in_force
from workflow.verdict import Refused

OTHER = Profile(office="教务处", office_en="Academic Affairs", phone="0791 1234 5678")


def looks(world: World) -> list[tuple[str, str, bool]]:
    """The lines of the access log about the profile."""
    with world.place.store.reading() as session:
        asked = select(Access.what, Access.role, Access.allowed).where(Access.what.like("profile:%"))
        return [(what, role, allowed) for what, role, allowed in session.execute(asked.order_by(Access.id))]


def set_to(world: World, wanted: Profile, expected: int, crest: Crest | None = None) -> tuple[str, ...]:
    """The registrar changes the profile."""
    with world.place.store.writing() as session:
        return change(session, world.staff["registrar"], expected, wanted, world.clock.moment, crest)


def test_an_installation_begins_with_the_profile_of_its_folder(world: World, nchu: School) -> None:
    """A changed file fills it again, until somebody has changed it on the page; then the file is left alone."""
    with world.place.store.reading() as session:
        assert in_force(session).profile == nchu.profile and in_force(session).made_by == ""
    with world.place.store.writing() as session:
        fill(session, OTHER, world.clock.moment)
        fill(session, OTHER, world.clock.moment)
        assert (in_force(session).version, in_force(session).profile) == (2, OTHER)
    by_hand = replace(OTHER, phone="83863717")
    set_to(world, by_hand, 2)
    with world.place.store.writing() as session:
        fill(session, nchu.profile, world.clock.moment)
        fill(session, None, world.clock.moment)
        now = in_force(session)
    assert (now.version, now.profile, now.made_by) == (3, by_hand, world.staff["registrar"].person)


def test_a_change_says_who_when_and_which_parts_and_never_half(world: World, nchu: School) -> None:
    """Each field has its line in the access log; what changes nothing leaves none, and a stale form is refused."""
    assert nchu.profile is not None
    wanted = replace(nchu.profile, hours="周一至周五", hours_en="Monday to Friday", accent="#6a1b9a")
    assert set_to(world, wanted, 1) == ("hours", "hours_en", "accent")
    said = [("profile:hours", "registrar", True), ("profile:hours_en", "registrar", True)]
    assert looks(world) == [*said, ("profile:accent", "registrar", True)]
    assert set_to(world, wanted, 2) == ()
    with pytest.raises(Refused) as caught:
        set_to(world, replace(wanted, phone="1234567"), 1)
    assert caught.value.codes == ("changed_meanwhile",)
    with pytest.raises(ValueError, match="faults"):
        set_to(world, replace(wanted, phone=""), 2)
    with world.place.store.reading() as session:
        assert in_force(session).profile == wanted
    assert len(looks(world)) == 3


def test_a_crest_is_kept_under_its_name(world: World, nchu: School) -> None:
    """The same picture given again is the same one, and an earlier page still finds what it names."""
    assert nchu.profile is not None
    one, two = Crest("a.svg", b"<svg/>"), Crest("b.png", b"png")
    for expected, crest in enumerate((one, two, one), 1):
        assert set_to(world, replace(nchu.profile, crest=crest.name), expected, crest) == ("crest",)
    with world.place.store.reading() as session:
        assert crest_named(session, "a.svg") == b"<svg/>" and crest_named(session, "b.png") == b"png"
        assert crest_named(session, "c.svg") is None


def test_another_process_sees_a_change_within_a_minute(world: World, nchu: School) -> None:
    """Until then it costs no statement: it goes on with what it has in memory."""
    elsewhere = ProfileAtHand(world.place.store)
    assert elsewhere.now(world.clock.moment).profile == nchu.profile
    set_to(world, OTHER, 1)
    assert elsewhere.now(world.clock.moment + REREAD - timedelta(seconds=1)).profile == nchu.profile
    assert elsewhere.now(world.clock.moment + REREAD).profile == OTHER
    set_to(world, replace(OTHER, phone="83863717"), 2)
    elsewhere.drop()
    assert elsewhere.now(world.clock.moment + REREAD).profile.phone == "83863717"
