"""Reviewing: taken up by one, settled claim by claim, decided, taken back, disputed, reopened, lapsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.conftest import on
from tests.laws import holds
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Claim
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.notices.outbox import due_for
from workflow.notices.tables import Notice
from workflow.records.identity import blind_index
from workflow.records.tables import Record, RecordChange
from workflow.records.values import sources_of, value_of

pytestmark = pytest.mark.one_database

OLD_NUMBER = number_of(date(2006, 5, 4), 3)
NEW_NUMBER = number_of(date(2006, 4, 5), 78)
NUMBER = ClaimFiled("SFZH", "admission_error", NEW_NUMBER)
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
PHOTO = ClaimFiled("PHOTO", "photo", "")
REFUSAL = {"words": "材料不能证明", "refusal": "evidence_does_not_prove"}
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's case."""
    return world.case_of(record)


@pytest.fixture
def reviewer(world: World) -> Actor:
    """Who works on cases here."""
    return world.staff["reviewer"]


@pytest.fixture
def other(world: World) -> Actor:
    """Another reviewer."""
    return world.staff["other_reviewer"]


def filed(world: World, record: str, *claims: ClaimFiled) -> Ref:
    """File claims and take the case up as the first reviewer."""
    case = Ref("case", world.file(record, *claims).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def settle(world: World, case: Ref, field: str, outcome: str, by: Actor | None = None) -> Entry:
    """Settle the claim on one field, with everything this outcome needs."""
    claim = next(claim for claim in world.case(case).claims if claim.field == field)
    more = {"seen_on": date(2024, 10, 25)} if outcome == "corrected" else {"words": "材料不能证明"}
    return world.settle(case, claim.id, outcome, by, **more)


def value(world: World, record: str, field: str) -> str:
    """The record's present value."""
    with world.place.store.reading() as session:
        return value_of(session, world.place.cipher, record, field)


def changes(world: World, record: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """All changes of the record: field, old, new, and the case."""
    with world.place.store.reading() as session:
        lines = session.execute(
            select(RecordChange)
            .where(RecordChange.record_id == record)
            .order_by(RecordChange.at, RecordChange.number, RecordChange.field)
        ).scalars()
        return [(line.field, line.old, line.new, line.case_id) for line in lines]


def outcomes(world: World, case: Ref) -> dict[str, str]:
    """The outcome of each claim of a case."""
    return {claim.field: claim.outcome for claim in world.case(case).claims}


def told(world: World, record: str) -> list[str]:
    """The notices the student may read now, newest first."""
    with world.place.store.reading() as session:
        return [notice.event for notice in due_for(session, record, world.clock.moment)]


# -- in one pair of hands -------------------------------------------------------------------------------


@holds("hold_it")
def test_who_takes_a_case_up_holds_it_for_half_an_hour(world: World, record: str, reviewer: Actor) -> None:
    """The case is under review, names its holder and until when, and the student is told."""
    case = filed(world, record, NAME)
    found = world.case(case)
    assert (found.state, found.holder) == ("under_review", reviewer.person)
    assert found.held_until == world.clock.moment + timedelta(minutes=30)
    assert "taken_up" in told(world, record)


def test_a_second_reviewer_may_take_up_too(world: World, record: str) -> None:
    """Whoever decides may begin."""
    case = Ref("case", world.file(record, NAME).subject)
    assert world.do(case, "take_up", world.staff["second_reviewer"]).role == "second_reviewer"


@holds("let_go")
def test_a_released_case_is_anybodys(world: World, record: str, reviewer: Actor, other: Actor) -> None:
    """Put back it keeps its state, and the next one may hold it."""
    case = filed(world, record, NAME)
    world.do(case, "release", reviewer)
    assert (world.case(case).state, world.case(case).holder, world.case(case).held_until) == (
        "under_review", "", None,
    )  # fmt: skip
    world.do(case, "hold", other)
    assert world.case(case).holder == other.person


def test_a_hold_that_ran_out_may_be_taken_over(
    world: World, record: str, reviewer: Actor, other: Actor
) -> None:
    """Who went home does not block a case, and on coming back finds it in other hands."""
    case = filed(world, record, NAME)
    world.at(world.clock.moment + 30 * MINUTE)
    world.do(case, "hold", other)
    verdict = world.refused(case, "settle", reviewer, claim=world.case(case).claims[0].id, outcome="refused")
    assert "held_by_another" in verdict.codes


def test_the_holder_may_hold_on(world: World, record: str, reviewer: Actor) -> None:
    """Holding again gives another half hour from now."""
    case = filed(world, record, NAME)
    world.at(world.clock.moment + 20 * MINUTE)
    world.do(case, "hold", reviewer)
    assert world.case(case).held_until == world.clock.moment + 30 * MINUTE


# -- settling -------------------------------------------------------------------------------------------


@holds("settle_claim")
@pytest.mark.parametrize("outcome", ["corrected", "refused", "already_right"])
def test_settling_gives_one_claim_its_outcome(world: World, record: str, outcome: str) -> None:
    """The case stays under review, the record stays as it is, the entry names claim, field and outcome."""
    case = filed(world, record, NAME, STUDENT_NUMBER)
    entry = settle(world, case, "XM", outcome)
    assert outcomes(world, case) == {"XM": outcome, "XH": ""}
    assert (entry.origin, entry.target) == ("under_review", "under_review")
    assert f"XM:{outcome}" in entry.codes
    assert ("seen_on:2024-10-25" in entry.codes) == (outcome == "corrected")
    assert value(world, record, "XM") != NAME.new
    assert changes(world, record) == []


def test_an_outcome_may_be_changed_until_the_case_is_closed(world: World, record: str) -> None:
    """A slip is settled anew; the day of the platform goes with the outcome that needed it."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", "corrected")
    settle(world, case, "XM", "refused")
    with world.place.store.reading() as session:
        row = session.execute(select(Claim.outcome, Claim.seen_on, Claim.ended_at)).one()
    assert tuple(row) == ("refused", None, None)


# -- deciding -------------------------------------------------------------------------------------------


@holds("write_corrections", "mark_decided")
def test_the_record_changes_when_the_case_is_closed_and_not_before(
    world: World, record: str, reviewer: Actor
) -> None:
    """The corrected value stands in the record, its old one in the record's history, its source is the case."""
    before = value(world, record, "XM")
    case = filed(world, record, NAME)
    settle(world, case, "XM", "corrected")
    assert value(world, record, "XM") == before
    entry = world.do(case, "correct", reviewer, words="已在平台更正")
    assert value(world, record, "XM") == NAME.new
    assert changes(world, record) == [("XM", before, NAME.new, case.id)]
    assert set(entry.values) == {"XM.new", "words"}
    with world.place.store.reading() as session:
        sources = sources_of(session, record)
    assert (sources["XM"].kind, sources["XM"].id) == ("case", case.id)
    assert sources["XB"].kind == "import"
    found = world.case(case)
    assert (found.state, found.decided_by, found.decided_at) == (
        "corrected", reviewer.person, world.clock.moment,
    )  # fmt: skip
    assert found.holder == ""
    assert all(claim.ended_at == world.clock.moment for claim in found.claims)


@holds("write_corrections")
def test_a_corrected_number_brings_birth_date_and_sex_and_is_found_again(world: World) -> None:
    """The number is sealed anew, found by its new index, and carries what it says; no line has it in clear."""
    record = world.record(number=OLD_NUMBER, xb="男")
    case = filed(world, record, NUMBER)
    settle(world, case, "SFZH", "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已在平台更正")
    assert value(world, record, "SFZH") == NEW_NUMBER
    assert (value(world, record, "CSRQ"), value(world, record, "XB")) == ("2006-04-05", "女")
    with world.place.store.reading() as session:
        index = session.scalar(select(Record.sfzh_index).where(Record.id == record))
        lines = session.scalars(select(RecordChange).where(RecordChange.record_id == record)).all()
        assert {line.field for line in lines} == {"SFZH", "CSRQ", "XB"}
        (sealed,) = [line for line in lines if line.field == "SFZH"]
        assert (sealed.old, sealed.new) == (None, None)
        kept = [
            world.place.cipher.open(bytes(piece or b""), table="record_change", column=column, row=sealed.id)
            for column, piece in (("old", sealed.old_sealed), ("new", sealed.new_sealed))
        ]
    assert kept == [OLD_NUMBER, NEW_NUMBER]
    assert index == blind_index(world.place.cipher, NEW_NUMBER) != blind_index(world.place.cipher, OLD_NUMBER)


def test_a_case_with_one_claim_corrected_and_one_refused_says_both(
    world: World, record: str, reviewer: Actor
) -> None:
    """It ends as corrected; the refused value did not come into the record."""
    number = value(world, record, "XH")
    case = filed(world, record, NAME, STUDENT_NUMBER)
    settle(world, case, "XM", "corrected")
    settle(world, case, "XH", "refused")
    world.do(case, "correct", reviewer, words="姓名已更正，学号无误")
    assert world.case(case).state == "corrected"
    assert outcomes(world, case) == {"XM": "corrected", "XH": "refused"}
    assert (value(world, record, "XM"), value(world, record, "XH")) == (NAME.new, number)


@holds("mark_decided")
def test_a_rejected_case_says_code_and_words_and_leaves_the_record(
    world: World, record: str, reviewer: Actor
) -> None:
    """The code stands in the entry and in the case, the words only sealed; nothing changed."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", "refused")
    entry = world.do(case, "reject", reviewer, **REFUSAL)
    assert (entry.target, entry.codes, set(entry.values)) == (
        "rejected", ("evidence_does_not_prove",), {"words"},
    )  # fmt: skip
    assert REFUSAL["words"].encode() not in entry.body
    assert world.row(case).ruling == "evidence_does_not_prove"
    assert changes(world, record) == []


def test_a_photo_is_corrected_without_a_value(world: World, record: str, reviewer: Actor) -> None:
    """The photo comes with the next roster; the case only says that the platform shows the right one."""
    case = filed(world, record, PHOTO)
    settle(world, case, "PHOTO", "corrected")
    assert world.do(case, "correct", reviewer, words="照片已更换").target == "corrected"
    assert changes(world, record) == []


def test_the_student_is_told_when_it_can_no_longer_be_taken_back(
    world: World, record: str, reviewer: Actor
) -> None:
    """The decision is owed at once and due ten minutes later."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", "refused")
    world.do(case, "reject", reviewer, **REFUSAL)
    world.at(world.clock.moment + 10 * MINUTE - SECOND)
    assert "decided_rejected" not in told(world, record)
    world.at(world.clock.moment + SECOND)
    assert "decided_rejected" in told(world, record)


def test_a_value_that_became_another_students_is_refused_in_words(
    world: World, record: str, reviewer: Actor
) -> None:
    """Two students cannot have one student number; the reviewer reads so, and nothing is half done."""
    case = filed(world, record, STUDENT_NUMBER)
    world.record(xh=STUDENT_NUMBER.new)
    settle(world, case, "XH", "corrected")
    verdict = world.refused(case, "correct", reviewer, words="已更正")
    assert verdict.codes == ("value_taken",)
    assert verdict.reasons[0].remedy
    assert world.case(case).state == "under_review"
    assert changes(world, record) == []


# -- taking back ----------------------------------------------------------------------------------------


@holds("take_back_decision")
def test_a_correction_taken_back_leaves_the_record_as_it_was(
    world: World, record: str, reviewer: Actor
) -> None:
    """Value, source and claims are as before, the notice never leaves, and the history shows both."""
    before = value(world, record, "XM")
    case = filed(world, record, NAME)
    settle(world, case, "XM", "corrected")
    world.do(case, "correct", reviewer, words="已更正")
    world.at(world.clock.moment + 9 * MINUTE)
    world.do(case, "undo", reviewer)
    found = world.case(case)
    assert (found.state, found.holder, found.decided_by, found.decided_at) == (
        "under_review", reviewer.person, "", None,
    )  # fmt: skip
    assert outcomes(world, case) == {"XM": "corrected"}
    assert [claim.ended_at for claim in found.claims] == [None]
    assert value(world, record, "XM") == before
    assert [(old, new) for _, old, new, _ in changes(world, record)] == [
        (before, NAME.new),
        (NAME.new, before),
    ]
    with world.place.store.reading() as session:
        assert sources_of(session, record)["XM"].kind == "import"
    world.at(world.clock.moment + 60 * MINUTE)
    assert "decided_corrected" not in told(world, record)


@holds("take_back_decision")
def test_a_number_taken_back_is_found_under_the_old_one_again(world: World) -> None:
    """Number, index, birth date and sex all go back together."""
    record = world.record(number=OLD_NUMBER, xb="男")
    case = filed(world, record, NUMBER)
    settle(world, case, "SFZH", "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    world.do(case, "undo", world.staff["reviewer"])
    assert [value(world, record, field) for field in ("SFZH", "CSRQ", "XB")] == [
        OLD_NUMBER,
        "2006-05-04",
        "男",
    ]
    with world.place.store.reading() as session:
        index = session.scalar(select(Record.sfzh_index).where(Record.id == record))
    assert index == blind_index(world.place.cipher, OLD_NUMBER)


def test_a_decision_taken_back_may_be_made_otherwise(world: World, record: str, reviewer: Actor) -> None:
    """After undoing a refusal the claim is settled anew, and the student hears of the last decision alone."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", "refused")
    world.do(case, "reject", reviewer, **REFUSAL)
    world.at(world.clock.moment + 3 * MINUTE)
    world.do(case, "undo", reviewer)
    settle(world, case, "XM", "corrected")
    world.do(case, "correct", reviewer, words="补看材料后更正")
    world.at(world.clock.moment + 20 * MINUTE)
    assert [event for event in told(world, record) if event.startswith("decided")] == ["decided_corrected"]
    assert value(world, record, "XM") == NAME.new


def test_a_decision_made_twice_in_one_second_is_told_once(world: World, record: str, reviewer: Actor) -> None:
    """Undone and decided again within the same second, only the standing decision's notice leaves."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", "refused")
    for _ in range(2):
        world.do(case, "reject", reviewer, **REFUSAL)
        world.do(case, "undo", reviewer)
    world.do(case, "reject", reviewer, **REFUSAL)
    with world.place.store.reading() as session:
        cancelled = session.scalars(
            select(Notice.cancelled_at).where(Notice.event == "decided_rejected")
        ).all()
    assert sorted(moment is not None for moment in cancelled) == [False, True, True]


def test_undoing_takes_back_only_what_this_decision_wrote(world: World, record: str, reviewer: Actor) -> None:
    """An earlier correction of the same record stands."""
    first = filed(world, record, NAME)
    settle(world, first, "XM", "corrected")
    world.do(first, "correct", reviewer, words="已更正")
    second = filed(world, record, STUDENT_NUMBER)
    settle(world, second, "XH", "corrected")
    world.do(second, "correct", reviewer, words="已更正")
    world.do(second, "undo", reviewer)
    assert value(world, record, "XM") == NAME.new
    assert value(world, record, "XH") != STUDENT_NUMBER.new


# -- after the decision ---------------------------------------------------------------------------------


def corrected_case(world: World, record: str) -> Ref:
    case = filed(world, record, NAME)
    settle(world, case, "XM", "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    world.at(world.clock.moment + timedelta(days=2))
    return case


@holds("reopen_claims")
def test_still_wrong_takes_the_case_up_again(world: World, record: str) -> None:
    """The claims stand again without outcome, the words are kept, and it can be decided anew."""
    case = corrected_case(world, record)
    entry = world.do(case, "dispute", world.student(record), words="平台上仍是旧姓名")
    assert (entry.target, set(entry.values)) == ("under_review", {"words"})
    assert outcomes(world, case) == {"XM": ""}
    assert [claim.ended_at for claim in world.case(case).claims] == [None]
    world.do(case, "hold", world.staff["other_reviewer"])
    settle(world, case, "XM", "corrected", world.staff["other_reviewer"])
    world.do(case, "correct", world.staff["other_reviewer"], words="平台已更正")
    assert len(changes(world, record)) == 1


@holds("reopen_claims")
@pytest.mark.parametrize("outcome", ["corrected", "refused"])
def test_a_second_reviewer_reopens_with_words(world: World, record: str, outcome: str) -> None:
    """Both ends can be reopened, the student is told, and the earlier ruling is gone from the case."""
    case = filed(world, record, NAME)
    settle(world, case, "XM", outcome)
    if outcome == "corrected":
        world.do(case, "correct", world.staff["reviewer"], words="已更正")
    else:
        world.do(case, "reject", world.staff["reviewer"], **REFUSAL)
    second = world.staff["second_reviewer"]
    assert world.refused(case, "reopen", second).codes == ("words_missing",)
    world.do(case, "reopen", second, words="复核发现材料有疑")
    assert (world.case(case).state, world.row(case).ruling) == ("under_review", "")
    assert outcomes(world, case) == {"XM": ""}
    assert "reopened" in told(world, record)


def test_a_reopened_claim_is_open_for_the_field_again(world: World, record: str) -> None:
    """While the reopened case is under review the field takes no second claim."""
    case = corrected_case(world, record)
    world.do(case, "reopen", world.staff["second_reviewer"], words="复核")
    by = world.student(record)
    own = world.do(Ref("case"), "open", SYSTEM, record=record, campaign=None).subject
    claim = replace(NAME, new="测试丁")
    verdict = world.may(Ref("case", own), "raise", by, claims=(claim,), papers=(world.paper(record),))
    assert "field_has_open_claim" in verdict.codes


@holds("take_back_refused")
def test_a_correction_that_does_not_stand_up_is_taken_back(world: World, record: str) -> None:
    """Reopened and refused, the value goes back to what it was, with its old source and a line that says so."""
    before = value(world, record, "XM")
    case = corrected_case(world, record)
    second = world.staff["second_reviewer"]
    world.do(case, "reopen", second, words="材料系伪造")
    assert value(world, record, "XM") == NAME.new
    settle(world, case, "XM", "refused", second)
    world.do(case, "reject", second, **REFUSAL)
    assert value(world, record, "XM") == before
    assert [(old, new) for _, old, new, _ in changes(world, record)] == [
        (before, NAME.new),
        (NAME.new, before),
    ]
    with world.place.store.reading() as session:
        assert sources_of(session, record)["XM"].kind == "import"


@holds("take_back_refused")
def test_of_two_corrections_only_the_one_that_fell_goes_back(world: World, record: str) -> None:
    """After a reopening each claim's value follows its own new outcome."""
    number = value(world, record, "XH")
    case = filed(world, record, NAME, STUDENT_NUMBER)
    for field in ("XM", "XH"):
        settle(world, case, field, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    second = world.staff["second_reviewer"]
    world.do(case, "reopen", second, words="复核")
    settle(world, case, "XM", "corrected", second)
    settle(world, case, "XH", "refused", second)
    world.do(case, "correct", second, words="学号维持原状")
    assert (value(world, record, "XM"), value(world, record, "XH")) == (NAME.new, number)


# -- lapsing --------------------------------------------------------------------------------------------


@holds("close_claims_lapsed", "mark_lapsed")
@pytest.mark.parametrize(
    ("columns", "ruling"),
    [
        ({"xjzt": "退学"}, "lapsed:left_school"),
        ({"degree_registered_on": date(2024, 10, 25)}, "lapsed:degree_registered"),
        ({"xjzt": "退学", "degree_registered_on": date(2025, 1, 1)}, "lapsed:left_school"),
    ],
)
@pytest.mark.parametrize("taken", [False, True])
def test_a_lapsed_case_is_no_refusal(
    world: World, record: str, case: Ref, columns: dict[str, object], ruling: str, taken: bool
) -> None:
    """It ends with its cause, nobody decided it, its claims lapsed, and the student is told just that."""
    world.file(record, NAME)
    if taken:
        world.do(case, "take_up", world.staff["reviewer"])
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(**columns))
    entry = world.do(case, "lapse", SYSTEM)
    row = world.row(case)
    assert (row.state, row.ruling, row.decided_by, row.holder) == ("rejected", ruling, None, None)
    assert entry.codes == (ruling.removeprefix("lapsed:"),)
    assert outcomes(world, case) == {"XM": "lapsed"}
    assert "lapsed" in told(world, record)
    assert not [event for event in told(world, record) if event.startswith("decided")]


def test_a_case_that_lapsed_frees_its_field(world: World, record: str, case: Ref) -> None:
    """A student who comes back may file the same field anew, in a case that names the lapsed one."""
    world.file(record, NAME)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="退学"))
    world.do(case, "lapse", SYSTEM)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="注册学籍"))
    entry = world.file(record, NAME)
    assert world.row(entry.subject).previous_id == case.id


@holds("close_unsettled_lapsed")
def test_beside_a_corrected_claim_the_others_lapse(world: World, record: str) -> None:
    """The student left when one of three claims was corrected and one refused: the third lapses, nothing else."""
    case = filed(world, record, NAME, STUDENT_NUMBER, PHOTO)
    settle(world, case, "XM", "corrected")
    settle(world, case, "XH", "refused")
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="退学"))
    entry = world.do(case, "lapse_rest", SYSTEM)
    assert outcomes(world, case) == {"XM": "corrected", "XH": "refused", "PHOTO": "lapsed"}
    assert (entry.target, len(entry.claims)) == ("under_review", 1)
    world.do(case, "correct", SYSTEM, words="已更正的事项照办")
    assert world.case(case).state == "corrected"
    assert value(world, record, "XM") == NAME.new


# -- the other effects ----------------------------------------------------------------------------------


@holds("forget_confirmation")
def test_a_confirmed_value_that_changed_is_asked_again(world: World, record: str, case: Ref) -> None:
    """After an import the confirmation is gone and the student is asked to look once more."""
    world.do(case, "confirm", world.student(record))
    world.do(case, "recheck", SYSTEM)
    assert (world.case(case).state, world.case(case).manner) == ("not_checked", "")
    assert "check_again" in told(world, record)


@holds("mark_excluded", "mark_included")
def test_an_exclusion_has_a_reason_and_can_be_taken_back(world: World, record: str, case: Ref) -> None:
    """Code in the row, words sealed in the entry; including again empties the code."""
    entry = world.do(case, "exclude", world.staff["registrar"], words="参军入伍", code="retained")
    assert (entry.origin, entry.target, set(entry.values)) == ("not_checked", "not_checked", {"words"})
    assert world.case(case).excluded == "retained"
    world.do(case, "include", world.staff["registrar"], words="弄错了")
    assert world.case(case).excluded == ""


@holds("mark_confirmed", "write_claims", "bind_papers", "give_receipt", "close_claims_withdrawn")
def test_a_whole_walk_is_explained_by_its_history(
    world: World, record: str, case: Ref, reviewer: Actor
) -> None:
    """Confirmed, filed, withdrawn, filed again, taken up, decided, undone, decided, disputed, reopened, closed."""
    student = world.student(record)
    world.do(case, "confirm", student)
    world.file(record, NAME, NUMBER)
    world.do(case, "withdraw", student)
    filed(world, record, NAME, STUDENT_NUMBER)
    settle(world, case, "XM", "corrected")
    settle(world, case, "XH", "already_right")
    world.do(case, "correct", reviewer, words="姓名已更正")
    world.do(case, "undo", reviewer)
    world.do(case, "correct", reviewer, words="姓名已更正")
    world.at(on(2024, 10, 28))
    world.do(case, "dispute", student, words="平台未见")
    other = world.staff["other_reviewer"]
    world.settle_all(case, "refused", other)
    world.do(case, "reject", other, **REFUSAL)
    world.do(case, "reopen", world.staff["second_reviewer"], words="复核")
    world.settle_all(case, "corrected", world.staff["second_reviewer"])
    world.do(case, "correct", world.staff["second_reviewer"], words="已更正")
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        proof = verify(session, tables, world.place.cipher)
        numbers = session.scalars(
            select(EntryRow.number).where(EntryRow.subject == case.id).order_by(EntryRow.number)
        ).all()
    assert proof.holds, proof.faults
    assert list(numbers) == list(range(1, world.case(case).version + 1))
