"""Signing the frozen list: when, by whom, of exactly what, and what changed since."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import on
from tests.laws import holds
from tests.world import World
from workflow.campaigns.colleges.attestation import LIST, AttestationState, Frozen, frozen_now, seen_as
from workflow.campaigns.colleges.attestation import standing as standing_in
from workflow.campaigns.colleges.deadline import officers_of, signers_of
from workflow.campaigns.scheduled import run_scheduled
from workflow.cases.load import campaign_facts
from workflow.engine import Actor, Ref
from workflow.history.entry import Entry, commitment
from workflow.history.replay import verify
from workflow.history.tables import Opening
from workflow.history.timeline import timeline
from workflow.people.accounts import add_person
from workflow.people.presences import Granted, SignedIn
from workflow.people.scopes import Held, Scope, held
from workflow.verdict import Refused, Verdict

AFTER = on(2024, 11, 8)
COLLEGE = "测试学院"


@pytest.fixture
def officer(world: World) -> Actor:
    """The college's officer."""
    return world.staff["officer"]


@pytest.fixture
def campaign(world: World) -> str:
    """A campaign of three students of a college: one confirmed, one excluded, one silent."""
    records = [world.record() for _ in range(3)]
    campaign = world.open_campaign()
    world.do(world.case_of(records[0]), "confirm", world.student(records[0]))
    registrar = world.staff["registrar"]
    world.do(world.case_of(records[1]), "exclude", registrar, code="on_leave", words="休学一年")
    return campaign


def seen(world: World, campaign: str, college: str = COLLEGE) -> str:
    """The form values of the page with the list."""
    with world.place.store.reading() as session:
        return seen_as(world.place.cipher, frozen_now(session, campaign, college))


def sign(world: World, campaign: str, by: Actor, college: str = COLLEGE, **more: Any) -> Entry:
    """Sign the present list."""
    told = {"seen": seen(world, campaign, college)} | more
    return world.do(Ref("attestation"), "sign", by, campaign=campaign, college=college, **told)


def refused(world: World, campaign: str, by: Actor, college: str = COLLEGE, **more: Any) -> Verdict:
    """The engine's verdict on a refused signature."""
    with pytest.raises(Refused) as no:
        sign(world, campaign, by, college, **more)
    return no.value.verdict


def signs(world: World, campaign: str, by: Actor, college: str) -> bool:
    """Whether nothing but an empty list keeps somebody from signing. Signs if they may."""
    try:
        sign(world, campaign, by, college)
    except Refused as no:
        return set(no.codes) <= {"list_empty"}
    return True


def standing(world: World, campaign: str) -> AttestationState:
    """The only attestation in force."""
    with world.place.store.reading() as session:
        (found,) = standing_in(session, world.place.cipher, campaign, COLLEGE)
        return found


@holds("students_are_done")
def test_a_list_that_students_can_still_change_is_not_signed(
    world: World, campaign: str, officer: Actor
) -> None:
    """Two deadlines: the students' last second comes first, then the college signs."""
    assert refused(world, campaign, officer).codes == ("students_not_done",)
    world.at(on(2024, 11, 7, 23, 59, 59))
    assert refused(world, campaign, officer).codes == ("students_not_done",)
    world.at(on(2024, 11, 8, 0))
    assert sign(world, campaign, officer).target == "signed"


@holds("keep_list", "keep_the_signer", "list_as_seen")
def test_the_entry_commits_to_every_line_and_holds_none_in_the_open(
    world: World, campaign: str, officer: Actor
) -> None:
    """The list can be opened and held against the entry; the entry itself has a number of lines and a digest."""
    world.at(AFTER)
    assert refused(world, campaign, officer, seen="0" * 64).codes == ("list_changed",)
    entry = sign(world, campaign, officer)
    assert entry.codes == ("lines:3",) and "测试0".encode() not in entry.body
    found = standing(world, campaign)
    assert (found.by, found.digest) == ("测试学院经办人", entry.values[LIST])
    assert found.frozen is not None
    assert found.frozen.words == {"checked_ok": 1, "excluded:on_leave": 1, "not_checked": 1}
    with world.place.store.reading() as session:
        opening = session.get_one(Opening, (entry.subject, 1, LIST))
        assert commitment(opening.salt, LIST, found.frozen.text) == found.digest
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        assert verify(session, tables, world.place.cipher).holds


def test_what_changed_after_the_signature_is_shown(world: World, campaign: str, officer: Actor) -> None:
    """A signed list stays as it was signed; beside it stands how many lines are not so any more."""
    world.at(AFTER)
    sign(world, campaign, officer)
    found = standing(world, campaign)
    excluded = world.case_of("2".zfill(32))
    world.do(excluded, "include", world.staff["registrar"], words="已复学")
    with world.place.store.reading() as session:
        now = frozen_now(session, campaign, COLLEGE)
    assert found.frozen is not None
    assert now.changed_since(found.frozen) == 1 and found.frozen.changed_since(found.frozen) == 0


def test_a_list_is_read_back_as_it_was_written() -> None:
    """Whatever stands in a name, one person is one line."""
    odd = Frozen((("24\t1", "1", "买买提·“测\n试”", "not_checked"), ("", "", "测试", "corrected")))
    assert Frozen.from_text(odd.text) == odd


@holds("college_is_theirs")
def test_another_colleges_officer_does_not_sign(world: World, campaign: str) -> None:
    """Neither they nor the registrar: a signature is the college's own."""
    world.at(AFTER)
    with world.place.store.writing() as session:
        made = add_person(
            session, "外院经办人", "officer", "另一学院", "system", world.clock.moment, world.place.entropy
        )
    assert "not_your_college" in refused(world, campaign, Actor(made.id, "officer")).codes
    assert "not_your_role" in refused(world, campaign, world.staff["registrar"]).codes


@pytest.mark.parametrize("what", [
    held("officer", COLLEGE), held("officer", Scope(COLLEGE), "teaching_secretary"), held("officer"),
    held("officer", "另一学院"), held("officer", Scope(COLLEGE, class_name="240101")),
    held("officer", Scope(COLLEGE, entry_year="2024"), "counsellor"),
    held("officer", Scope(COLLEGE, level="本科")), held("reviewer", Scope(COLLEGE)),
])  # fmt: skip
def test_who_may_sign_is_one_question(world: World, campaign: str, what: Held) -> None:
    """The guard, the names on the page, those told of the deadline and the page's button say the same."""
    world.at(AFTER)
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        by = add_person(session, "张三丰", what.role, what.scope, "system", at, entropy, duty=what.duty).id
    grants = (Granted("", what, "", at, None),)
    here = SignedIn(Actor(by, what.role), what.capacity, "张三丰", "", at, grants)
    for college in ("", COLLEGE):
        with world.place.store.reading() as session:
            named = "张三丰" in signers_of(session, college, at)
            told = by in officers_of(session, at).get(college, ())
        shown = here.of_whole_college and here.college == college
        assert [named, told, shown] == [signs(world, campaign, here.actor, college)] * 3


@holds("campaign_was_begun")
def test_a_list_is_signed_also_when_the_campaign_closed_by_itself(
    world: World, campaign: str, officer: Actor
) -> None:
    """The colleges' time comes after the students'; only a campaign that was called off has no list."""
    world.at(AFTER)
    run_scheduled(world.place.engine, world.place.store)
    with world.place.store.reading() as session:
        assert campaign_facts(session, campaign).state == "closed"
    assert sign(world, campaign, officer).target == "signed"
    draft = world.do(
        Ref("campaign"), "draft", world.staff["registrar"], plan=world.place.school.campaign("final-2025")
    )
    assert "campaign_not_begun" in refused(world, draft.subject, officer).codes


@holds("list_is_not_empty")
def test_a_college_without_students_signs_nothing(world: World, campaign: str) -> None:
    """An empty list proves nothing."""
    world.at(AFTER)
    with world.place.store.writing() as session:
        made = add_person(
            session, "外院经办人", "officer", "另一学院", "system", world.clock.moment, world.place.entropy
        )
    assert refused(world, campaign, Actor(made.id, "officer"), "另一学院").codes == ("list_empty",)


@holds("keep_words", "words_given")
def test_a_list_is_signed_once_and_taken_back_with_a_reason(
    world: World, campaign: str, officer: Actor
) -> None:
    """The second signature meets the first; taken back with words, the list can be signed anew."""
    world.at(AFTER)
    first = sign(world, campaign, officer)
    assert refused(world, campaign, officer).codes == ("list_signed_already",)
    ref = Ref("attestation", first.subject)
    assert world.refused(ref, "take_back", officer).codes == ("words_missing",)
    world.do(ref, "take_back", officer, words="漏了一名转入的学生")
    again = sign(world, campaign, officer)
    assert standing(world, campaign).id == again.subject != first.subject
    with world.place.store.reading() as session:
        lines = timeline(session, first.subject)
    assert [line.entry.action for line in lines if line.entry and line.entry.kind == "done"] == [
        "sign",
        "take_back",
    ]
