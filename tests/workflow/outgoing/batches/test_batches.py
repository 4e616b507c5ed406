"""Batches to a body outside: chosen, frozen, agreed to by a second person, sent as a whole, and ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from states.batch import BATCH
from tests.laws import holds
from tests.schools import step as rule_of_step
from tests.workflow.cases.test_races import parted, race
from tests.workflow.outgoing.batches.waiting import (
    DAY,
    TO_THE_PROVINCE,
    TO_THE_PROVINCE_ONCE,
    agreed,
    another,
    case_of,
    collected,
    live,
    not_sent,
    opened,
    proves,
    seen,
    send,
    sent,
    standings,
    waits,
    world_with_a_province,
)
from tests.world import NAME, World
from workflow.cases.batches import AGREED, MORE, REFUSED, BatchLine
from workflow.cases.letter_numbers import is_given_already
from workflow.cases.review.steps import ready
from workflow.cases.tables import Step
from workflow.cases.views.letter_register import OUTWARD, LetterListed, register_of
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.outgoing.answers.lines import lines_named
from workflow.outgoing.answers.taking import answer_line
from workflow.outgoing.batches.attempt import LineAnswer
from workflow.outgoing.batches.choosing import bodies_that_wait, colleges_that_wait, waiting_claims
from workflow.people.cipher import Cipher
from workflow.people.standing_in import declare, stand_in
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

NUMBER = "测试函〔2024〕7号"
WHY = "材料要重新盖章"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path)


# -- choosing -------------------------------------------------------------------------------------------


@holds(
    "body_is_known",
    "month_is_an_intake",
    "keep_batch",
    "claims_can_go_in",
    "write_lines",
    "lines_are_not_too_many",
)
def test_only_what_waits_for_the_body_goes_in_once_under_a_number_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch goes to a body of the rules in a month to come; a claim is in one live batch, and every reason is named."""
    registrar = world.staff["registrar"]
    birth = Ref(BATCH.name)
    assert world.refused(birth, "open", registrar, office="archive", month="2024-09").codes == (
        "body_unknown", "month_unknown",
    )  # fmt: skip
    first, second, third = waits(world, 3)
    unchecked = world.file(world.record(), NAME).claims[0]
    batch, other = opened(world, "2024-12"), opened(world)

    assert world.refused(batch, "put_in", registrar, claims=()).codes == ("no_claims_chosen",)
    entry = world.do(batch, "put_in", registrar, claims=(first, second))
    assert set(entry.claims) == {first, second}
    no = world.refused(other, "put_in", registrar, claims=(first, unchecked, third))
    assert no.codes == ("claim_in_a_batch", "claim_does_not_wait")
    assert standings(world, other) == {}, "nothing is half taken"
    monkeypatch.setattr("workflow.outgoing.batches.checks.MOST_LINES", 2)
    assert world.refused(batch, "put_in", registrar, claims=(third,)).codes == ("batch_too_long",)
    monkeypatch.undo()

    world.do(batch, "take_out", registrar, claims=(second,))
    world.do(batch, "put_in", registrar, claims=(third, second))
    assert sorted(standings(world, batch)) == [1, 2, 3, 4], "a number is never given again"
    assert standings(world, batch)[2] == "out"
    with world.place.store.reading() as session:
        assert bodies_that_wait(session) == {}
    proves(world)


def test_the_list_of_what_waits_leaves_out_what_is_in_a_batch_and_knows_the_colleges(world: World) -> None:
    """A registrar sees what waits for a body, by college; their own relatives and what they filed for others are not there."""
    here, there = waits(world, 1)[0], waits(world, 1, fy="外语学院", bh="240201")[0]
    registrar, people = world.staff["registrar"], frozenset({world.staff["registrar"].person})
    with world.place.store.reading() as session:
        assert [one.claim for one in waiting_claims(session, "province", people)] == [here, there]
        assert [one.claim for one in waiting_claims(session, "province", people, college="外语学院")] == [
            there
        ]
        assert colleges_that_wait(session, "province", people) == [("外语学院", 1), ("测试学院", 1)]
        assert waiting_claims(session, "archive", people) == []
    collected(world, [here])
    with world.place.store.writing() as session:
        record = session.scalar(select(BatchLine.record_id).where(BatchLine.claim_id == here))
        related = next(one.record for one in waiting_claims(session, "province", people))
        assert related != record
        declare(session, registrar, related, world.clock.moment, world.place.entropy)
    with world.place.store.reading() as session:
        assert waiting_claims(session, "province", people) == []
        assert bodies_that_wait(session) == {"province": 1}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_two_registrars_take_the_same_claim_at_once(world: World) -> None:
    """Each puts it into a batch of their own at the same moment: one has it, the other reads that it is in a batch."""
    (claim,) = waits(world)
    mine, theirs = opened(world), opened(world)
    one, other = world.staff["registrar"], another(world)
    won, lost = parted(
        race(
            lambda: world.do(mine, "put_in", one, claims=(claim,)),
            lambda: world.do(theirs, "put_in", other, claims=(claim,)),
        )
    )
    assert len(won) == len(lost) == 1
    assert set(lost[0].codes) <= {"claim_in_a_batch", "claim_in_a_batch_now"}
    assert sorted([live(world, mine), live(world, theirs)]) == [[], [claim]]
    proves(world)


# -- frozen, and agreed to ------------------------------------------------------------------------------


@holds(
    "some_line_stands", "somebody_can_agree", "note_frozen", "frozen_by_another", "note_agreed", "give_number",
    "tell_who_may_agree", "tell_the_freezer",
)  # fmt: skip
def test_a_batch_is_frozen_by_one_and_agreed_to_by_another(world: World) -> None:
    """Whoever may agree is told, and the freezer of it; the freezer and their stand-in do not; the number is given once."""
    registrar, second = world.staff["registrar"], world.staff["second_reviewer"]
    assert world.refused(opened(world), "freeze", registrar).codes == ("batch_is_empty",)
    claims = waits(world, 2)
    batch = collected(world, claims)
    frozen_by = world.do(batch, "freeze", registrar)
    assert set(frozen_by.claims) == set(claims)
    assert told(world, batch) == {("batch_waits", second.person)}
    for action in ("put_in", "take_out"):
        assert "wrong_state" in world.refused(batch, action, registrar, claims=(claims[0],)).codes
    assert world.refused(batch, "agree", registrar).codes == ("own_batch",)
    assert not_sent(world, batch).codes == ("not_agreed", "number_missing")

    other, at = another(world), world.clock.moment
    with world.place.store.writing() as session:
        day, by = at.date(), world.staff["administrator"]
        stand_in(
            session, registrar.person, other.person, day, day + timedelta(days=3), by, at, world.place.entropy
        )
    assert world.refused(batch, "agree", other).codes == ("batch_stand_in",)
    assert world.refused(batch, "agree", Actor(other.person, "registrar", registrar.person)).codes == (
        "own_batch",
    )
    world.do(batch, "agree", second)
    assert ("batch_agreed", registrar.person) in told(world, batch)
    now = seen(world, batch)
    assert now.agreed_by == {second.person} and now.may_be_taken(at)
    assert not now.may_be_taken(at + timedelta(hours=24))
    given = now.number
    world.at(at + timedelta(days=2))
    world.do(batch, "agree", second)
    assert seen(world, batch).number == given
    assert seen(world, batch).may_be_taken(world.clock.moment)

    world.until_yesterday(second)
    alone = collected(world, waits(world, 1))
    assert "nobody_to_agree" in world.may(alone, "freeze", other).codes
    proves(world)


@holds("no_line_is_too_near")
def test_nobody_handles_a_batch_in_which_a_student_is_too_near_to_them(world: World) -> None:
    """A relation declared meanwhile bars freezing, agreeing and sending, and names the line; another person goes on."""
    claims = waits(world, 2)
    batch, registrar = collected(world, claims), world.staff["registrar"]
    near = seen(world, batch).lines[1]
    with world.place.store.writing() as session:
        declare(session, registrar, near.record, world.clock.moment, world.place.entropy)
    no = world.refused(batch, "freeze", registrar)
    assert no.codes == ("line_too_near",) and "第 2 行" in no.reasons[0].says
    other = another(world)
    world.do(batch, "freeze", other)
    assert world.may(batch, "agree", registrar).codes == ("line_too_near",)
    world.do(batch, "agree", world.staff["second_reviewer"])
    assert "line_too_near" in not_sent(world, batch).codes
    send(world, batch, by=other)
    with world.place.store.reading() as session:
        lines = seen(world, batch).waiting
        named = [[it.number for it in lines_named(session, lines, {by.person})] for by in (registrar, other)]
    assert named == [[1], [1, 2]], "nor enters the answer to it"
    proves(world)


@holds(
    "claims_are_in_it", "claims_do_not_ask_yet", "claims_ask_out", "asked_by_another", "note_asked_out",
    "forget_asked_out", "end_these_lines", "no_line_asks_out", "keep_reason", "words_given",
    "tell_who_may_let_go",
)  # fmt: skip
def test_a_line_leaves_a_frozen_batch_with_a_reason_and_a_second_person(world: World) -> None:
    """Nothing is sent while somebody asks; who asked does not agree; what left waits for the body again, at once."""
    claims = waits(world, 2)
    batch, registrar = agreed(world, claims), world.staff["registrar"]
    second, one = world.staff["second_reviewer"], {"claims": (claims[0],)}
    assert world.refused(batch, "ask_out", registrar, **one, words=" ").codes == ("words_missing",)
    assert world.refused(batch, "agree_out", second, **one).codes == ("does_not_ask_out",)
    assert world.refused(batch, "ask_out", registrar, claims=("0" * 32,), words=WHY).codes == (
        "line_not_there",
    )
    entry = world.do(batch, "ask_out", registrar, **one, words=WHY)
    assert entry.claims == (claims[0],) and "words" in entry.values
    assert ("batch_line_waits", second.person) in told(world, batch)
    assert seen(world, batch).lines[0].asked_entry == entry.number
    assert world.refused(batch, "ask_out", registrar, **one, words=WHY).codes == ("asks_out_already",)
    assert not_sent(world, batch).codes == ("lines_ask_out",)
    assert world.refused(batch, "agree_out", registrar, **one).codes == ("own_asking",)
    world.do(batch, "decline_out", second, **one)
    assert standings(world, batch) == {1: "in", 2: "in"}

    world.do(batch, "ask_out", registrar, **one, words=WHY)
    world.do(batch, "agree_out", second, **one)
    assert standings(world, batch) == {1: "out", 2: "in"}
    assert live(world, batch) == [claims[1]]
    again = collected(world, [claims[0]])
    assert live(world, again) == [claims[0]]
    proves(world)


@holds("no_line_fell_out")
def test_what_a_student_withdraws_stays_visible_and_holds_the_batch_until_it_left(world: World) -> None:
    """Withdrawing is never barred by a batch; the line is shown as fallen out, and is let go by two people."""
    claims = waits(world, 2)
    batch, registrar = agreed(world, claims), world.staff["registrar"]
    case = case_of(world, claims[0])
    world.do(case, "withdraw", world.student(world.case(case).record.id))
    assert standings(world, batch) == {1: "withdrawn", 2: "in"}
    no = not_sent(world, batch)
    assert no.codes == ("lines_fell_out",) and "第 1 行" in no.reasons[0].says
    world.do(batch, "ask_out", registrar, claims=(claims[0],), words="学生撤回")
    world.do(batch, "agree_out", world.staff["second_reviewer"], claims=(claims[0],))
    send(world, batch)
    assert standings(world, batch) == {1: "out", 2: "waits"}
    proves(world)


@pytest.mark.parametrize("behind", [TO_THE_PROVINCE, TO_THE_PROVINCE_ONCE], ids=["anew", "kept"])
def test_what_is_asked_for_anew_goes_with_no_batch_that_was_agreed_to_before(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    behind: str,
) -> None:
    """A paper renews what was checked: its line has fallen out, even once it is checked again, until it left."""
    world = world_with_a_province(store, cipher, clock, entropy, tmp_path, behind=behind)
    claims = waits(world, 2)
    batch, case = agreed(world, claims), case_of(world, claims[0])
    brings(world, case)
    assert standings(world, batch) == {1: "void", 2: "in"}
    checked(world, case)
    assert not_sent(world, batch).codes == ("lines_fell_out",)
    world.do(batch, "ask_out", world.staff["registrar"], claims=claims[:1], words=WHY)
    world.do(batch, "agree_out", world.staff["second_reviewer"], claims=claims[:1])
    send(world, batch)
    send(world, agreed(world, claims[:1]))
    assert standings(world, batch) == {1: "out", 2: "waits"}
    proves(world)


def test_what_is_asked_for_anew_after_the_sending_is_free_for_another_batch(world: World) -> None:
    """The old batch waits for it no more and says that it is void, also when it was answered in the other one."""
    claims = waits(world, 2)
    first, case, registrar = sent(world, claims), case_of(world, claims[0]), world.staff["registrar"]
    brings(world, case)
    checked(world, case)
    assert standings(world, first) == {1: "void", 2: "waits"}
    second = sent(world, claims[:1])
    (line,) = seen(world, second).lines
    world.do(second, "take_answers", registrar, answers=(LineAnswer(line.id, AGREED, DAY),))
    late = LineAnswer(seen(world, first).lines[0].id, AGREED, DAY)
    assert world.refused(first, "take_answers", registrar, answers=(late,)).codes == ("line_is_answered",)
    rest = LineAnswer(seen(world, first).lines[1].id, AGREED, DAY)
    world.do(first, "take_answers", registrar, answers=(rest,))
    assert (seen(world, first).state, standings(world, first)) == ("answered", {1: "void", 2: "agreed"})
    proves(world)


def brings(world: World, case: Ref) -> None:
    """Later the student hands in a paper."""
    record = world.case(case).record.id
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(case, "supply", world.student(record), papers=(world.paper(record),))


def checked(world: World, case: Ref) -> None:
    """The school checks it once more."""
    (check,) = ready(world.case(case))
    world.do(case, "pass_step", world.staff["reviewer"], step=check.step.id)


# -- sent -----------------------------------------------------------------------------------------------


@holds("is_agreed", "letter_is_whole", "number_is_free", "sending_day_fits", "note_letter", "name_lines")
def test_a_batch_is_sent_with_all_its_cases_or_not_at_all(world: World) -> None:
    """Number and day are whole and the number is nobody else's; the same press again answers alike and changes nothing."""
    claims, typed = waits(world, 2), {"kind": "letter", "number": "测试学籍[2024]第3号"}
    with world.place.store.writing() as session:
        session.execute(update(Step).where(Step.kind == "platform").values(**typed))
    batch = agreed(world, claims)
    tomorrow = world.clock.moment.date() + timedelta(days=1)
    assert seen(world, batch).number == "测试学籍〔2024〕4号", "3 was typed for a letter"
    assert not_sent(world, batch, sent_on=tomorrow).codes == ("day_ahead",)
    assert not_sent(world, batch, sent_on=DAY - timedelta(days=1)).codes == (
        "day_before_freezing",
        "day_before_filing",
    )
    assert not_sent(world, batch, sent_on=None).codes == ("day_missing",)
    assert not_sent(world, batch, number="另一个号").codes == ("number_given",)

    barred = world.case(case_of(world, claims[1]))
    with world.place.store.writing() as session:
        session.execute(
            update(Step).where(Step.case_id == barred.id, Step.kind == "province").values(sent_on=DAY)
        )
    no = not_sent(world, batch)
    assert no.codes == ("sent_already",) and "第 2 行" in no.reasons[0].says
    assert seen(world, batch).state == "frozen"
    with world.place.store.writing() as session:
        session.execute(
            update(Step).where(Step.case_id == barred.id, Step.kind == "province").values(sent_on=None)
        )

    entry = send(world, batch, key="k" * 32)
    assert set(entry.claims) == set(claims) and f"sent_on:{DAY}" in entry.codes
    with world.place.store.reading() as session:
        before = session.scalar(select(func.count()).select_from(EntryRow))
    assert send(world, batch, key="k" * 32) == entry
    assert not_sent(world, batch).codes == ("wrong_state",)
    with world.place.store.reading() as session:
        after = session.scalar(select(func.count()).select_from(EntryRow).where(EntryRow.kind == "done"))
    assert standings(world, batch) == {1: "waits", 2: "waits"}
    step = next(one for one in world.case(case_of(world, claims[0])).steps if one.kind == "province")
    assert (step.sent_on, step.number) == (DAY, seen(world, batch).number)
    assert before is not None and after is not None and before >= after

    proves(world)


def test_where_the_school_has_no_word_the_number_is_typed_and_used_once(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """A letter bears the number of no other batch and of no letter, in whatever brackets; the register has it once."""
    world = world_with_a_province(store, cipher, clock, entropy, tmp_path, word="")
    first, second = waits(world, 2)
    one, other = agreed(world, [first]), agreed(world, [second])
    assert not_sent(world, one).codes == ("number_missing",)
    assert not_sent(world, one, number="号" * 65).codes == ("number_too_long",)
    send(world, one, number=f" {NUMBER} ")
    assert seen(world, one).number == NUMBER
    case = case_of(world, first).id
    with world.place.store.reading() as session:
        for written in (NUMBER, "测试函[2024] 7 号", "测试函（2024）第07号"):
            assert not_sent(world, other, number=written).codes == ("number_taken",), written
            assert is_given_already(session, written, case=case), "nor does a letter about a case bear it"
            assert len(listed(world, written)) == 1
        assert not is_given_already(session, "测试函〔2024〕8号", case=case)
    send(world, other, number="测试函〔2024〕8号")
    assert [line.waits for line in listed(world)] == [True, True]
    proves(world)


def told(world: World, batch: Ref) -> set[tuple[str, str]]:
    """Of what notices about a batch tell whom of the staff."""
    with world.place.store.reading() as session:
        asked = select(Notice.event, Notice.person_id).where(Notice.subject == batch.id)
        return {(event, person) for event, person in session.execute(asked)}


def listed(world: World, number: str = "") -> list[LetterListed]:
    """What goes to others in the register of letters."""
    with world.place.store.reading() as session:
        return register_of(session, world.place.cipher, OUTWARD, number, limit=9)[0]


@holds("step_is_in_no_batch", "batch_has_it")
def test_a_step_in_a_batch_is_sent_by_nobody_alone(world: World) -> None:
    """The reviewer reads in which batch and month it is; once the batch is dissolved it goes by itself."""
    (claim,) = waits(world)
    batch = collected(world, [claim])
    case, reviewer = case_of(world, claim), world.staff["reviewer"]
    step = next(one for one in world.case(case).steps if one.kind == "province")
    alone = {"step": step.id, "sent_on": DAY, "number": NUMBER}
    no = world.refused(case, "send", reviewer, **alone)
    assert no.codes == ("in_a_batch",) and "批次" in no.reasons[0].says
    early = {**alone, "batch": batch.id}
    assert world.refused(case, "send_in_batch", world.staff["registrar"], **early).codes == ("not_in_batch",)
    world.do(batch, "dissolve", world.staff["registrar"], words="改为单独报送")
    world.do(case, "send", reviewer, **alone)


def test_a_claim_that_goes_to_one_body_twice_is_in_the_step_that_is_open(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """It goes with a batch before the school's check and with another after it, each time with the step that waits."""
    before = TO_THE_PROVINCE.replace("steps.sent", "steps.sent_first")
    world = world_with_a_province(store, cipher, clock, entropy, tmp_path, before=(before,))
    record, reviewer, registrar = world.record(), world.staff["reviewer"], world.staff["registrar"]
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", reviewer)
    claim = world.case(case).claims[0].id
    first, last = (one.id for one in world.case(case).steps if one.kind == "province")
    for step in (first, last):
        batch = sent(world, [claim])
        (line,) = seen(world, batch).lines
        assert (line.step, line.standing) == (step, "waits")
        with world.place.store.writing() as session:
            answer_line(world.place.engine, session, batch.id, line.id, AGREED, DAY, "", by=registrar)
        assert standings(world, batch) == {1: "agreed"}
        world.do(batch, "close", registrar)
        if step == first:
            world.do(case, "pass_step", reviewer, step=ready(world.case(case))[0].step.id)
    proves(world)


# -- answered, closed, dissolved ------------------------------------------------------------------------


@holds("answers_are_of_lines", "write_answers", "end_when_all_is_answered", "no_line_waits", "end_lines")
def test_a_batch_is_answered_with_its_last_line_and_closed_by_the_registrar(world: World) -> None:
    """Each line is answered once; it closes when none waits, the register has the day, and what more is wanted of goes anew."""
    batch, registrar = sent(world, waits(world, 3)), world.staff["registrar"]
    one, two, three = seen(world, batch).lines
    assert world.refused(batch, "close", registrar).codes == ("lines_wait",)
    ahead = (LineAnswer(one.id, AGREED, DAY + timedelta(days=9)), LineAnswer("0" * 32, AGREED, DAY))
    assert world.refused(batch, "take_answers", registrar, answers=ahead).codes == (
        "line_not_there",
        "day_ahead",
    )
    early = (LineAnswer(one.id, AGREED, DAY - timedelta(days=1)),)
    assert world.refused(batch, "take_answers", registrar, answers=early).codes == ("day_before_sending",)

    part = (LineAnswer(one.id, AGREED, DAY), LineAnswer(two.id, MORE, DAY))
    entry = world.do(batch, "take_answers", registrar, answers=part)
    assert entry.codes == ("lines_agreed:1", "lines_more:1")
    assert seen(world, batch).state == "sent"
    twice = (LineAnswer(one.id, REFUSED, DAY),)
    assert world.refused(batch, "take_answers", registrar, answers=twice).codes == ("line_is_answered",)
    world.do(batch, "take_answers", registrar, answers=(LineAnswer(three.id, REFUSED, DAY),))
    now = seen(world, batch)
    assert (now.state, now.waiting) == ("answered", ())
    again = (LineAnswer(two.id, AGREED, DAY),)
    assert world.refused(batch, "take_answers", registrar, answers=again).codes == ("line_is_answered",)
    assert standings(world, batch) == {1: "agreed", 2: "more", 3: "refused"}
    assert two.claim not in live(world, batch), "what more is wanted of goes out once more, in another batch"
    world.do(batch, "close", registrar)
    assert live(world, batch) == [] and seen(world, batch).ended_at is not None
    assert [(line.answered_on, line.waits) for line in listed(world)] == [(DAY, False)]
    proves(world)


def test_an_answered_claim_is_free_for_the_next_body(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """While the batch of the first body waits for others, what it agreed to goes into one to the second."""
    both = TO_THE_PROVINCE + rule_of_step("then", "XM", 'add_step = "external", office = "archive"')
    world = world_with_a_province(store, cipher, clock, entropy, tmp_path, behind=both)
    claims, registrar = waits(world, 2), world.staff["registrar"]
    first = sent(world, claims)
    with world.place.store.writing() as session:
        line, place = seen(world, first).lines[0], world.place
        answer_line(place.engine, session, first.id, line.id, AGREED, DAY, "", by=registrar)
    second = opened(world, office="archive")
    world.do(second, "put_in", registrar, claims=claims[:1])
    assert (standings(world, first), standings(world, second)) == ({1: "agreed", 2: "waits"}, {1: "in"})


def test_a_frozen_batch_is_dissolved_by_another_than_its_freezer(world: World) -> None:
    """What was in it waits for the body again, and the register keeps its number; one that was sent is dissolved by nobody."""
    claims = waits(world, 2)
    batch, registrar = agreed(world, claims[:1]), world.staff["registrar"]
    assert world.refused(batch, "dissolve", registrar, words=WHY).codes == ("own_batch",)
    assert world.refused(batch, "dissolve", another(world), words="").codes == ("words_missing",)
    world.do(batch, "dissolve", another(world), words=WHY)
    assert (live(world, batch), seen(world, batch).state) == ([], "dissolved")
    assert [(line.number, line.ended) for line in listed(world)] == [(seen(world, batch).number, "dissolved")]
    gone = sent(world, claims)
    assert "wrong_state" in world.refused(gone, "dissolve", registrar, words=WHY).codes
    proves(world)
