"""One press of a reviewer: every open claim settled alike and the case closed, or nothing of it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from states.case import CORRECTED, REJECTED, REVIEW
from tests.workflow.cases.test_races import race
from tests.world import NAME, SEEN, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.press import Decision, decide, take_next
from workflow.cases.review.steps import ready
from workflow.cases.views.queue.filter import MINE, Filter
from workflow.engine import Actor, NoSuchSubject, Ref
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.records.texts import WORDS_LIMIT
from workflow.verdict import Refused, Verdict

pytestmark = pytest.mark.one_database

STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
KEY = "k" * 32


@pytest.fixture
def taken(world: World) -> Ref:
    """A case with two claims that a reviewer has taken up."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME, STUDENT_NUMBER)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def decision(world: World, case: Ref, outcome: str, **changed: object) -> Decision:
    """A complete decision about every open claim, with changes."""
    said: dict[str, object] = {
        "claims": tuple(claim.id for claim in world.case(case).claims if not claim.outcome),
        "outcome": outcome,
        "seen_on": SEEN if outcome == "approved" else None,
        "refusal": "" if outcome == "approved" else "record_is_right",
        "words": "已核对材料",
    }
    return Decision(**(said | changed))  # type: ignore[arg-type]


def press(
    world: World, case: Ref, what: Decision, *, by: Actor | None = None, expected: int = 0, key: str = KEY
) -> Entry:
    """Decide in a unit of work of its own."""
    with world.place.store.writing() as session:
        return decide(
            world.place.engine,
            session,
            case.id,
            what,
            by=by or world.staff["reviewer"],
            expected=expected or world.case(case).version,
            key=key,
        )


def no_to(world: World, case: Ref, what: Decision, **more: object) -> Verdict:
    """The engine's verdict on a decision that it must refuse."""
    with pytest.raises(Refused) as no:
        press(world, case, what, **more)  # type: ignore[arg-type]
    return no.value.verdict


def lines(world: World, case: Ref) -> list[tuple[str, str]]:
    """Kind and action of every entry of a case."""
    with world.place.store.reading() as session:
        rows = session.execute(
            select(EntryRow.kind, EntryRow.action).where(EntryRow.subject == case.id).order_by(EntryRow.id)
        )
        return [(row.kind, row.action) for row in rows]


@pytest.mark.parametrize(
    ("said", "outcome", "state", "deeds"),
    [
        ("approved", "corrected", CORRECTED, ["pass_step", "see", "correct"]),
        ("refused", "refused", REJECTED, ["settle", "settle", "reject"]),
        ("already_right", "already_right", REJECTED, ["settle", "settle", "reject"]),
    ],
)
def test_one_press_does_all_that_is_left_and_closes(
    world: World, taken: Ref, said: str, outcome: str, state: str, deeds: list[str]
) -> None:
    """Each deed has its entry, the close has one more, and the state is what follows from the outcome."""
    entry = press(world, taken, decision(world, taken, said))
    case = world.case(taken)
    assert (entry.action, entry.number, case.state) == (deeds[-1], case.version, state)
    assert {claim.outcome for claim in case.claims} == {outcome}
    assert lines(world, taken)[-3:] == [("done", deed) for deed in deeds]


def test_what_is_approved_and_not_seen_yet_waits_for_the_platform(world: World, taken: Ref) -> None:
    """Approved is not corrected: the check is passed, no claim has an outcome, and the case stays open."""
    entry = press(world, taken, decision(world, taken, "approved", seen_on=None, words=""))
    case = world.case(taken)
    assert (entry.action, case.state) == ("pass_step", REVIEW)
    assert {claim.outcome for claim in case.claims} == {""}
    assert [one.step.kind for one in ready(case)] == ["platform"]
    done = press(world, taken, decision(world, taken, "approved"), key="l" * 32)
    assert (done.action, world.case(taken).state) == ("correct", CORRECTED)


def test_what_was_settled_otherwise_before_decides_how_the_case_ends(world: World, taken: Ref) -> None:
    """One claim corrected by itself, the rest refused in one press: the case ends corrected and says both."""
    first = world.case(taken).claims[0]
    world.settle(taken, first.id, "corrected", seen_on=SEEN)
    press(world, taken, decision(world, taken, "refused"))
    case = world.case(taken)
    assert case.state == CORRECTED
    assert sorted(claim.outcome for claim in case.claims) == ["corrected", "refused"]


def test_every_fault_of_every_deed_is_named_and_nothing_is_done(world: World, taken: Ref) -> None:
    """Neither half of a decision stands alone, and the refused attempt bears the version it met."""
    version = world.case(taken).version
    said = no_to(world, taken, decision(world, taken, "refused", words="", refusal=""))
    assert said.codes == ("words_missing", "refusal_code_missing")
    long = "字" * (WORDS_LIMIT + 1)
    said = no_to(world, taken, decision(world, taken, "approved", seen_on=date(2024, 10, 26), words=long))
    assert said.codes == ("words_too_long",)
    assert no_to(world, taken, decision(world, taken, "", words=long)).codes == (
        "outcome_missing",
        "words_too_long",
    )
    case = world.case(taken)
    assert (case.state, case.version) == (REVIEW, version)
    assert {claim.outcome for claim in case.claims} == {""}
    with world.place.store.reading() as session:
        bodies = session.scalars(select(EntryRow.body).where(EntryRow.kind == "refused")).all()
    assert len(bodies) == 3 and {Entry.from_body(body).met for body in bodies} == {version}


def test_a_close_that_would_fail_takes_the_settling_with_it(world: World, taken: Ref) -> None:
    """Only the close is at fault, and still no claim is settled."""
    said = no_to(world, taken, decision(world, taken, "already_right", refusal="no_such_code"))
    assert said.codes == ("refusal_code_missing",)
    assert {claim.outcome for claim in world.case(taken).claims} == {""}


def test_a_claim_that_is_left_out_stays_open(world: World, taken: Ref) -> None:
    """A press about one of two claims settles that one, splits their steps, and closes nothing."""
    one, other = (claim.id for claim in world.case(taken).claims)
    entry = press(world, taken, decision(world, taken, "approved", claims=(one,)))
    case = world.case(taken)
    assert (entry.action, entry.claims, case.state) == ("see", (one,), REVIEW)
    assert {claim.id: claim.outcome for claim in case.claims} == {one: "corrected", other: ""}
    assert [(it.step.kind, it.claims) for it in ready(case)] == [("check", (other,))]


def test_a_page_that_is_old_decides_nothing(world: World, taken: Ref) -> None:
    """The version is asked once, before the first deed, and the change is named."""
    seen = world.case(taken).version
    world.do(taken, "release", world.staff["reviewer"])
    said = no_to(world, taken, decision(world, taken, "approved"), expected=seen)
    assert said.codes == ("changed_meanwhile",)
    assert {claim.outcome for claim in world.case(taken).claims} == {""}


def test_what_another_holds_is_not_decided(world: World, taken: Ref) -> None:
    """Somebody else's hold bars settling and closing alike, and is said once."""
    other = world.staff["other_reviewer"]
    assert no_to(world, taken, decision(world, taken, "approved"), by=other).codes == ("held_by_another",)


def test_the_same_press_twice_is_one_decision(world: World, taken: Ref) -> None:
    """Under its key it is answered with the entry it led to; another decision under that key is refused."""
    what, seen = decision(world, taken, "approved"), world.case(taken).version
    first = press(world, taken, what, expected=seen)
    again = press(world, taken, what, expected=seen)
    assert first.body == again.body
    with world.place.store.reading() as session:
        done = session.scalar(
            select(func.count()).where(EntryRow.action.in_(("pass_step", "see", "correct")))
        )
    assert done == 3
    other = Decision(what.claims, "approved", date(2024, 10, 24), "", what.words)
    assert no_to(world, taken, other, expected=seen).codes == ("key_reused",)


def test_a_case_that_is_not_there_is_not_decided(world: World, taken: Ref) -> None:
    """An id of nobody is no subject."""
    with pytest.raises(NoSuchSubject):
        press(world, Ref("case", "0" * 32), decision(world, taken, "approved"), expected=1)


# -- the next one ---------------------------------------------------------------------------------------


@pytest.fixture
def queue(world: World) -> list[Ref]:
    """Three filed cases, oldest first."""
    records = [world.record() for _ in range(3)]
    world.open_campaign()
    for record in records:
        world.file(record, NAME)
        world.at(world.clock.moment.replace(minute=world.clock.moment.minute + 1))
    return [world.case_of(record) for record in records]


def take(world: World, who: str = "reviewer", chosen: Filter | None = None, **more: str) -> str:
    """Take the next free one."""
    installation = world.place
    said = {"key": KEY} | more
    return take_next(installation.engine, installation.store, chosen or Filter(), by=world.staff[who], **said)


def test_the_next_free_one_becomes_the_persons(world: World, queue: list[Ref]) -> None:
    """Two reviewers who go on at the same time get two cases, and the one who goes round gets what is left."""
    assert take(world) == queue[0].id and take(world, "other_reviewer") == queue[1].id
    assert take(world, key="m" * 32, after=queue[0].id) == queue[2].id
    assert take(world, key="n" * 32) == ""
    assert world.case(queue[2]).holder == world.staff["reviewer"].person


def test_a_press_that_is_repeated_takes_one_case(world: World, queue: list[Ref]) -> None:
    """The same key leads to the same case, and the others stay free."""
    assert take(world) == take(world) == queue[0].id
    assert world.case(queue[1]).holder == ""


def test_ones_own_case_is_passed_over(world: World, queue: list[Ref]) -> None:
    """A reviewer who is the student of the oldest case gets the one behind it, without a refused attempt."""
    student = world.student(world.case(queue[0]).record.id).person
    with world.place.store.writing() as session:
        give_role(session, student, held("reviewer"), "test", world.clock.moment, world.place.entropy)
    world.staff["student_too"] = Actor(student, "reviewer")
    assert take(world, "student_too") == queue[1].id
    assert "refused" not in {kind for kind, _ in lines(world, queue[0])}


def test_going_through_ones_own_takes_nothing_up(world: World, queue: list[Ref]) -> None:
    """Who goes through what they hold is led to the next of it, and no entry is written."""
    for case in queue[:2]:
        world.do(case, "take_up", world.staff["reviewer"])
    version = world.case(queue[1]).version
    assert take(world, chosen=Filter(who=MINE), after=queue[0].id) == queue[1].id
    assert world.case(queue[1]).version == version


def test_one_press_for_the_next_case_sent_many_times_at_once_takes_one(world: World) -> None:
    """Whoever answers the browser last names the same case, and nothing was refused to anybody."""
    records = [world.record() for _ in range(5)]
    world.open_campaign()
    for record in records:
        world.file(record, NAME)
    by = world.staff["reviewer"]

    def send() -> str:
        return take_next(world.place.engine, world.place.store, Filter(), by=by, key=KEY)

    taken = race(*[send] * 6)
    assert set(taken) == {taken[0]} and taken[0]
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(EntryRow.kind == "refused")) == 0
        assert session.scalar(select(func.count()).where(EntryRow.action == "take_up")) == 1
