"""Assignment of cases: one assignee at a time, no conflict of interest, and an entry for each change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.laws import holds
from tests.workflow.cases.test_guards import bars, lets
from tests.world import NAME, World
from workflow.cases.review.holds import Handled, handled, receivers, take_hold
from workflow.cases.review.press import take_next
from workflow.cases.views.queue.filter import Filter
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.timeline import history_of
from workflow.notices.tables import Notice
from workflow.people.accounts import end_role, give_role
from workflow.people.scopes import held
from workflow.people.standing_in import declare, relations_of, stand_in, take_back

MINUTE = timedelta(minutes=1)
DECIDING = ("take_up", "hold", "settle", "correct", "reject", "reopen", "undo", "hand_over")


def through_hands(world: World, case: Ref) -> list[Handled]:
    """Through whose hands a case went."""
    with world.place.store.reading() as session:
        written = history_of(session, case.id).written
        done = [one.entry for one in written if one.entry is not None and one.row.number]
    said = {entry.number: words for entry, words in world.words(case)}
    with world.place.store.reading() as session:
        return handled(session, [(entry, said.get(entry.number, "")) for entry in done])


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def filed(world: World, record: str) -> Ref:
    """The freshman's waiting case."""
    world.file(record, NAME)
    return world.case_of(record)


@pytest.fixture
def reviewer(world: World) -> Actor:
    """Who works on cases here."""
    return world.staff["reviewer"]


@pytest.fixture
def other(world: World) -> Actor:
    """Another reviewer."""
    return world.staff["other_reviewer"]


@pytest.fixture
def taken(world: World, filed: Ref, reviewer: Actor) -> Ref:
    """The case, held by the reviewer."""
    world.do(filed, "take_up", reviewer)
    return filed


def stands_in(world: World, other: Actor, absent: Actor) -> Actor:
    """Let one person stand in for another today. Returns the stand-in acting for them."""
    with world.place.store.writing() as session:
        day = world.clock.moment.date()
        by, at, entropy = world.staff["administrator"], world.clock.moment, world.place.entropy
        stand_in(session, absent.person, other.person, day, day, by, at, entropy)
    return Actor(other.person, absent.role, absent.person)


def related(world: World, by: Actor, record: str) -> str:
    """Declare a relation. Returns its id."""
    with world.place.store.writing() as session:
        declare(session, by, record, world.clock.moment, world.place.entropy)
        return relations_of(session, by.person)[0].id


def give(world: World, person: str, role: str) -> Actor:
    """Grant a person a further school-wide role."""
    with world.place.store.writing() as session:
        give_role(session, person, held(role), SYSTEM.person, world.clock.moment, world.place.entropy)
    return Actor(person, role)


# -- from hand to hand ----------------------------------------------------------------------------------


def test_the_same_person_twice_is_fine(world: World, taken: Ref, reviewer: Actor) -> None:
    """Who holds a case may take hold of it again: they have it for longer, and from nobody."""
    world.at(world.clock.moment + 20 * MINUTE)
    entry = world.do(taken, "hold", reviewer)
    assert entry.codes == ()
    assert world.case(taken).held_until == world.clock.moment + 30 * MINUTE


def test_a_take_over_says_from_whom(world: World, taken: Ref, reviewer: Actor, other: Actor) -> None:
    """The hold ran out, another went on: the entry names who had it, and the first one is shut out now."""
    world.at(world.clock.moment + 30 * MINUTE)
    entry = world.do(taken, "hold", other)
    assert entry.codes == (f"from:{reviewer.person}",)
    assert world.refused(taken, "hold", reviewer).codes == ("held_by_another",)
    told = [(one.action, one.name, one.taken_from) for one in through_hands(world, taken)]
    assert told == [("take_up", "测试审核人", ""), ("hold", "另一位审核人", "测试审核人")]


@holds("hand_over", "receiver_may_hold")
def test_a_case_is_handed_to_somebody_who_could_take_it_up(
    world: World, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """The one named holds it for half an hour from then on; the giver is out, and the entry names both."""
    world.at(world.clock.moment + 10 * MINUTE)
    for nobody in ("", "0" * 32, reviewer.person, world.staff["auditor"].person):
        assert world.refused(taken, "hand_over", reviewer, to=nobody).codes == ("receiver_cannot_hold",)
    entry = world.do(taken, "hand_over", reviewer, to=other.person)
    case = world.case(taken)
    assert (entry.codes, case.state, case.holder) == (
        (f"to:{other.person}",), "under_review", other.person,
    )  # fmt: skip
    assert case.held_until == world.clock.moment + 30 * MINUTE
    assert world.refused(taken, "hold", reviewer).codes == ("held_by_another",)
    last = through_hands(world, taken)[-1]
    assert (last.action, last.name, last.given_to) == ("hand_over", "测试审核人", "另一位审核人")


def test_only_the_holder_hands_a_case_over(world: World, taken: Ref, reviewer: Actor, other: Actor) -> None:
    """Nobody gives away what is in other hands, nor what is in nobody's."""
    to = world.staff["second_reviewer"].person
    assert world.refused(taken, "hand_over", other, to=to).codes == ("not_held_by_you",)
    world.do(taken, "release", reviewer)
    assert world.refused(taken, "hand_over", reviewer, to=to).codes == ("not_held_by_you",)


def test_nobody_who_is_too_near_is_offered_as_a_receiver(
    world: World, record: str, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """Not the student, not who declared a relation, not who holds it; whoever else may decide is."""
    student = give(world, world.student(record).person, "reviewer")
    related(world, other, record)
    with world.place.store.reading() as session:
        engine = world.place.engine
        offered = receivers(engine.attempt(session, world.case(taken), "hand_over", reviewer))
    assert offered == {world.staff["second_reviewer"].person: "测试复核人"}
    for barred in (student, other):
        said = world.refused(taken, "hand_over", reviewer, to=barred.person)
        assert said.codes == ("receiver_cannot_hold",)


def test_no_case_is_handed_to_somebody_whose_last_day_is_over(
    world: World, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """Whether or not a round has ended the grant: they could not open the case."""
    world.until_yesterday(other)
    with world.place.store.reading() as session:
        engine = world.place.engine
        offered = receivers(engine.attempt(session, world.case(taken), "hand_over", reviewer))
    assert set(offered) == {world.staff["second_reviewer"].person}
    assert world.refused(taken, "hand_over", reviewer, to=other.person).codes == ("receiver_cannot_hold",)


def test_a_stand_in_goes_on_with_what_the_absent_one_holds(
    world: World, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """For others it is in other hands; the stand-in settles, hands over or puts it back."""
    for_her = stands_in(world, other, reviewer)
    assert world.may(taken, "hold", other).codes == ("held_by_another",)
    for action in ("hold", "release"):
        assert world.may(taken, action, for_her).allowed, action
    entry = world.do(taken, "hold", for_her)
    assert (entry.actor, entry.on_behalf_of, entry.codes) == (
        other.person, reviewer.person, (f"from:{reviewer.person}",),
    )  # fmt: skip
    assert world.refused(taken, "hold", reviewer).codes == ("held_by_another",)
    last = through_hands(world, taken)[-1]
    assert (last.name, last.on_behalf_of) == ("另一位审核人", "测试审核人")


@holds("take_it_over", "tell_who_held_it", "another_holds_it")
def test_a_second_reviewer_takes_a_case_from_somebody_absent(
    world: World, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """With words, while another holds it: that one is told and shut out, and the history names both and why."""
    second = world.staff["second_reviewer"]
    assert world.refused(taken, "take_over", other, words="她病了").stranger
    assert world.refused(taken, "take_over", second, words=" ").codes == ("words_missing",)
    entry = world.do(taken, "take_over", second, words="她病了，今天到期")
    assert entry.codes == (f"from:{reviewer.person}",)
    assert world.case(taken).holder == second.person
    assert world.may(taken, "hold", reviewer).codes == ("held_by_another",)
    last = through_hands(world, taken)[-1]
    assert (last.action, last.name, last.taken_from, last.words) == (
        "take_over", "测试复核人", "测试审核人", "她病了，今天到期",
    )  # fmt: skip
    with world.place.store.reading() as session:
        told = session.execute(select(Notice.person_id, Notice.record_id).where(Notice.event == "taken_over"))
        assert [tuple(row) for row in told] == [(reviewer.person, "")]
    assert world.refused(taken, "take_over", second, words="再来一次").codes == ("held_by_no_other",)
    world.at(world.clock.moment + 30 * MINUTE)
    assert world.may(taken, "take_over", second).codes == ("held_by_no_other",)


def test_taking_what_one_holds_already_writes_nothing(world: World, filed: Ref, reviewer: Actor) -> None:
    """Five presses are one line of the history and one version, and the time stays; once it ran out it is taken."""
    place = world.place

    def press(action: str, n: int) -> bool:
        with place.store.writing() as session:
            seen = world.row(filed).version
            return take_hold(
                place.engine, session, filed.id, action, by=reviewer, expected=seen, key=f"{n:032x}"
            )

    done = [press("take_up", 1), *(press("hold", n) for n in range(2, 6))]
    until = world.case(filed).held_until
    assert done == [True, False, False, False, False]
    assert [one.action for one in through_hands(world, filed)] == ["take_up"]
    world.at(world.clock.moment + 30 * MINUTE)
    assert press("hold", 6)
    assert world.case(filed).held_until != until


# -- too near -------------------------------------------------------------------------------------------


@holds("not_related")
def test_nobody_works_on_a_case_of_somebody_they_are_related_to(
    world: World, record: str, taken: Ref, reviewer: Actor, other: Actor
) -> None:
    """From the declaration on everything is barred but putting it back; others are not concerned."""
    reopening = {one: give(world, one.person, "second_reviewer") for one in (reviewer, other)}
    related(world, reviewer, record)
    for action in DECIDING:
        by, free = (reopening[one] if action == "reopen" else one for one in (reviewer, other))
        assert bars(world, "not_related", taken, action, by).code == "related"
        assert lets(world, "not_related", taken, action, free)
    world.do(taken, "release", reviewer)


def test_a_declaration_that_was_taken_back_bars_from_what_was_filed_before(
    world: World, record: str, filed: Ref, reviewer: Actor
) -> None:
    """Nobody takes a declaration back to decide the case at hand; the next filing is free again."""
    declared = related(world, reviewer, record)
    world.at(world.clock.moment + MINUTE)
    with world.place.store.writing() as session:
        take_back(session, reviewer, declared, world.clock.moment)
    assert world.refused(filed, "take_up", reviewer).codes == ("related",)
    world.do(filed, "withdraw", world.student(record))
    world.at(world.clock.moment + MINUTE)
    world.file(record, NAME)
    world.do(filed, "take_up", reviewer)


def test_a_relation_of_the_absent_one_bars_their_stand_in_and_the_other_way_round(
    world: World, record: str, filed: Ref, reviewer: Actor, other: Actor
) -> None:
    """Whoever acts for another counts as both, and without the other only as themselves."""
    related(world, reviewer, record)
    for_her = stands_in(world, other, reviewer)
    assert world.refused(filed, "take_up", for_her).codes == ("related",)
    assert world.may(filed, "take_up", other).allowed
    for_him = stands_in(world, reviewer, world.staff["second_reviewer"])
    assert world.refused(filed, "take_up", for_him).codes == ("related",)


@holds("not_prepared_by_you")
def test_who_did_something_in_the_students_name_decides_nothing(
    world: World, record: str, filed: Ref, other: Actor
) -> None:
    """Whoever had the student's account when it was filed is kept out though the account is theirs no more."""
    helper = world.student(record).person
    give(world, helper, "reviewer")
    give(world, helper, "second_reviewer")
    with world.place.store.writing() as session:
        end_role(session, helper, "student", world.clock.moment)
    for action in DECIDING:
        role = "second_reviewer" if action == "reopen" else "reviewer"
        assert (
            bars(world, "not_prepared_by_you", filed, action, Actor(helper, role)).code == "prepared_by_you"
        )
        assert lets(world, "not_prepared_by_you", filed, action, other)
    by = stands_in(world, other, Actor(helper, "reviewer"))
    assert world.refused(filed, "take_up", by).codes == ("prepared_by_you",)


def test_who_goes_on_to_the_next_case_passes_over_relations(
    world: World, record: str, reviewer: Actor
) -> None:
    """The next one in line is one that they may take up, and no refused attempt is written for the rest."""
    second = world.record()
    for one in (record, second):
        if one == second:
            world.do(Ref("case"), "open", SYSTEM, record=second, campaign=None)
        world.file(one, NAME)
        world.at(world.clock.moment + MINUTE)
    related(world, reviewer, record)
    taken = take_next(world.place.engine, world.place.store, Filter(), by=reviewer, key="k" * 32)
    assert taken == world.case_of(second).id
