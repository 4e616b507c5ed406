"""Filing: from the marked field to the receipt, in a campaign and outside, until the last second of April."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from tests.conftest import on
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, papers_of_draft, read_draft, save_draft
from workflow.cases.filing.file import file
from workflow.cases.filing.receipts import check_digit, is_receipt, spoken
from workflow.cases.filing.target import Target, target_of
from workflow.cases.tables import Case, Claim
from workflow.engine import SYSTEM, Ref
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.history.ledger import open_value
from workflow.history.tables import EntryRow, Opening
from workflow.notices.tables import Notice
from workflow.people.tables import Access
from workflow.records.tables import Record
from workflow.verdict import Refused, Verdict

pytestmark = [pytest.mark.one_database]

NUMBER = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 77))
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
SECOND = timedelta(seconds=1)
CLOSES = on(2024, 11, 7, 23, 59, 59)
LATER = on(2025, 3, 3)


def refused(world: World, record: str, *claims: ClaimFiled) -> Verdict:
    """File with good papers. It must be refused. Returns the verdict."""
    with pytest.raises(Refused) as no:
        world.file(record, *claims)
    return no.value.verdict


def counted(world: World, *tables: type) -> list[int]:
    """How many rows each table has."""
    with world.place.store.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def events(world: World, case: Ref) -> list[str]:
    """The events of the student's notices about a case, in order."""
    with world.place.store.reading() as session:
        return list(
            session.scalars(select(Notice.event).where(Notice.subject == case.id).order_by(Notice.owed_at))
        )


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


# -- in a campaign --------------------------------------------------------------------------------------


def test_a_confirmed_record_is_checked_and_says_who_said_so(world: World, record: str) -> None:
    """Confirming is one entry by the student, and its manner is never that of silence."""
    case, student = world.case_of(record), world.student(record)
    entry = world.do(case, "confirm", student)
    assert (entry.origin, entry.target, entry.actor, entry.role) == (
        "not_checked", "checked_ok", student.person, "student",
    )  # fmt: skip
    assert world.case(case).manner == "confirmed"


def test_a_confirmation_says_of_what(world: World, record: str) -> None:
    """The entry commits to the values that stood there, so that nobody can say later it was something else."""
    case = world.case_of(record)
    entry = world.do(case, "confirm", world.student(record))
    with world.place.store.reading() as session:
        (opening,) = session.scalars(select(Opening).where(Opening.subject == case.id))
        said = json.loads(open_value(world.place.cipher, opening))
        kept = session.get_one(Record, record)
        assert (said["XM"], said["XH"], said["CSRQ"]) == (kept.xm, kept.xh, "2006-05-04")
    assert set(entry.values) == {"confirmed"}
    assert set(said) == {"XM", "XB", "SFZH", "CSRQ", "XH", "PHOTO"}


def test_a_filing_is_claims_papers_receipt_notice_and_entry(world: World, record: str) -> None:
    """All of it comes into being together, and the case waits for a reviewer."""
    papers = (world.paper(record, "id_card"), world.paper(record, "household_book"))
    case = world.case_of(record)
    entry = world.file(record, NAME, NUMBER, papers=papers)
    assert (entry.subject, entry.number, entry.target) == (case.id, 2, "discrepancy_raised")
    assert entry.codes == ("XM:admission_error", "SFZH:admission_error")
    assert set(entry.values) == {"XM.old", "XM.new", "SFZH.old", "SFZH.new"}
    found = world.case(case)
    assert {claim.id for claim in found.claims} == set(entry.claims)
    assert [claim.field_group for claim in found.claims if claim.field == "SFZH"] == ["document"]
    assert found.filed_at == world.clock.moment
    with world.place.store.reading() as session:
        kept = session.execute(select(Evidence.case_id, Evidence.digest).order_by(Evidence.digest)).all()
    assert [row.case_id for row in kept] == [case.id, case.id]
    assert list(entry.evidence) == [row.digest for row in kept]
    assert events(world, case)[-1] == "filed"


def test_a_receipt_can_be_said_on_the_phone(world: World, record: str) -> None:
    """Ten digits, the last of which checks the others; two filings have two."""
    world.file(record, NAME)
    other = world.file(world.record(), NAME).subject
    one, two = world.row(world.case_of(record)).receipt or "", world.row(other).receipt or ""
    assert len(one) == len(two) == 10
    assert is_receipt(one)
    assert is_receipt(two)
    assert one != two
    assert is_receipt(spoken(one))
    assert spoken(one).replace(" ", "") == one


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 9), st.integers(1, 9))
def test_a_receipt_with_one_wrong_digit_is_none(number: str, place: int, by: int) -> None:
    """Every single slip of the tongue is found."""
    receipt = number + check_digit(number)
    assert is_receipt(receipt)
    wrong = str((int(receipt[place]) + by) % 10)
    assert not is_receipt(receipt[:place] + wrong + receipt[place + 1 :])


@pytest.mark.parametrize(
    "said", ["", "123", "12345678901", "abcdefghij", "²²²²²²²²²²", "１２３４５６７８９０", "٣" * 10]
)
def test_what_is_no_receipt_is_not_taken_for_one(said: str) -> None:
    """Letters, other scripts' digits and other lengths are simply no receipt."""
    assert not is_receipt(said)


def test_no_value_stands_in_an_entry_or_in_a_claim(world: World, record: str) -> None:
    """The entry only commits to what was claimed; the values lie sealed beside it and open there."""
    with world.place.store.reading() as session:
        kept = session.get_one(Record, record)
        old = world.place.cipher.open(kept.sfzh or b"", table="record", column="sfzh", row=record)
    world.file(record, NUMBER)
    with world.place.store.reading() as session:
        stored = [*session.scalars(select(EntryRow.body)), *session.scalars(select(Opening.sealed))]
        for row in session.execute(select(Claim.old, Claim.new)):
            stored += [row.old, row.new]
        assert not [piece for piece in stored if old.encode() in piece or NUMBER.new.encode() in piece]
        opened = {
            opening.name: open_value(world.place.cipher, opening)
            for opening in session.scalars(select(Opening))
        }
    assert opened == {"SFZH.old": old, "SFZH.new": NUMBER.new}


def test_a_confirmed_record_may_still_be_raised(world: World, record: str) -> None:
    """Who finds the error a day later files in the same case, and the confirmation is gone."""
    case = world.case_of(record)
    world.do(case, "confirm", world.student(record))
    entry = world.file(record, NAME)
    assert (entry.subject, entry.origin) == (case.id, "checked_ok")
    assert (world.case(case).state, world.case(case).manner) == ("discrepancy_raised", "")


def test_somebody_elses_record_is_none_of_ones_business(world: World, record: str) -> None:
    """A filing for another student is a try in the access log; the case has no entry of it."""
    stranger, paper = world.student(world.record()), world.paper(record)
    before = counted(world, EntryRow, Claim)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        file(world.place.engine, session, record, stranger, (NAME,), (paper,))
    assert no.value.verdict.stranger
    assert "not_your_record" in no.value.codes
    assert counted(world, EntryRow, Claim) == before
    with world.place.store.reading() as session:
        line = session.scalars(select(Access)).one()
        assert (line.what, line.person_id, line.allowed) == ("try:raise", stranger.person, False)


def test_a_refused_filing_leaves_the_draft_and_the_papers(world: World, record: str) -> None:
    """What was refused can be mended: answers and papers are still there."""
    paper = world.paper(record)
    with world.place.store.writing() as session:
        save_draft(session, world.place.cipher, record, Answers({"XM": NAME}), world.clock.moment)
    with pytest.raises(Refused):
        world.file(record, replace(NAME, cause="legal_change"), papers=(paper,))
    with world.place.store.reading() as session:
        assert read_draft(session, world.place.cipher, record).claims == {"XM": NAME}
        assert [kept.id for kept in papers_of_draft(session, record)] == [paper]


def test_filing_drops_the_draft_of_this_student_alone(world: World, record: str) -> None:
    """The answers became claims; another student's draft is theirs."""
    other = world.record()
    with world.place.store.writing() as session:
        for id in (record, other):
            save_draft(session, world.place.cipher, id, Answers({"XM": NAME}), world.clock.moment)
    world.file(record, NAME)
    with world.place.store.reading() as session:
        assert read_draft(session, world.place.cipher, record).claims == {}
        assert read_draft(session, world.place.cipher, other).claims == {"XM": NAME}
        assert papers_of_draft(session, record) == []


# -- withdrawing ----------------------------------------------------------------------------------------


def test_a_filing_taken_back_may_be_filed_anew(world: World, record: str) -> None:
    """The same case, other claims, another receipt; the first claims end as withdrawn, not as judged."""
    case = world.case_of(record)
    first = world.file(record, NAME)
    receipt = world.row(case).receipt
    entry = world.do(case, "withdraw", world.student(record))
    assert (entry.target, entry.claims) == ("not_checked", first.claims)
    second = world.file(record, replace(NAME, new="测试乙"))
    assert (second.subject, second.number) == (case.id, 4)
    assert world.row(case).receipt not in (None, receipt)
    with world.place.store.reading() as session:
        outcomes = {row.id: row.outcome for row in session.execute(select(Claim.id, Claim.outcome))}
    assert outcomes == {first.claims[0]: "withdrawn", second.claims[0]: ""}


def test_a_case_under_review_may_be_taken_back_and_nobody_holds_it_then(world: World, record: str) -> None:
    """Until something is settled the student may withdraw, whoever is working on it."""
    case = world.case_of(record)
    world.file(record, NAME)
    world.do(case, "take_up", world.staff["reviewer"])
    world.do(case, "withdraw", world.student(record))
    assert (world.case(case).state, world.case(case).holder) == ("not_checked", "")
    assert world.do(case, "confirm", world.student(record)).target == "checked_ok"


def test_papers_of_a_withdrawn_filing_stay_with_it(world: World, record: str) -> None:
    """What was filed is part of the history; a new filing needs its own papers."""
    paper = world.paper(record)
    world.file(record, NAME, papers=(paper,))
    world.do(world.case_of(record), "withdraw", world.student(record))
    with pytest.raises(Refused) as no:
        world.file(record, NAME, papers=(paper,))
    assert "paper_not_there" in no.value.codes


# -- outside a campaign ---------------------------------------------------------------------------------


def test_a_filing_outside_any_campaign_has_a_case_of_its_own(world: World) -> None:
    """Nobody waits for the next campaign: the case is opened by the system and raised by the student."""
    record = world.record()
    world.at(LATER)
    entry = world.file(record, NAME)
    row = world.row(entry.subject)
    assert (row.campaign_id, row.previous_id, row.state) == (None, None, "discrepancy_raised")
    with world.place.store.reading() as session:
        story = [
            Entry.from_body(body) for body in session.scalars(select(EntryRow.body).order_by(EntryRow.id))
        ]
    assert [(line.action, line.role) for line in story] == [("open", "system"), ("raise", "student")]


def test_who_files_outside_a_campaign_is_not_asked_to_check(world: World) -> None:
    """The student came of their own accord: what they are told is that it was filed."""
    record = world.record()
    entry = world.file(record, NAME)
    assert events(world, Ref("case", entry.subject)) == ["filed"]


def test_after_the_close_a_filing_goes_to_a_case_of_its_own(world: World, record: str) -> None:
    """The campaign's case keeps its silence; at the last second it would still have taken the filing."""
    case = world.case_of(record)
    world.at(CLOSES + SECOND)
    entry = world.file(record, NAME)
    assert entry.subject != case.id
    assert world.case(case).state == "not_checked"
    other = world.record()
    world.at(CLOSES)
    world.open_campaign()
    assert world.file(other, NAME).subject == world.case_of(other).id


@pytest.mark.parametrize("outcome", ["corrected", "refused"])
def test_after_a_decision_a_filing_opens_a_new_case_that_names_the_old_one(
    world: World, record: str, outcome: str
) -> None:
    """A decided case is at rest; what is wrong still or anew is another matter, linked to it."""
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.file(record, NAME)
    world.do(case, "take_up", reviewer)
    world.settle_all(case, outcome)
    closing = {"corrected": ("correct", {}), "refused": ("reject", {"refusal": "record_is_right"})}
    action, more = closing[outcome]
    world.do(case, action, reviewer, words="已核对", **more)
    world.at(world.clock.moment + timedelta(days=1))
    entry = world.file(record, replace(NAME, new="测试丙"))
    row = world.row(entry.subject)
    assert (row.campaign_id, row.previous_id) == (None, case.id)
    world.at(world.clock.moment + timedelta(days=1))
    third = world.file(record, STUDENT_NUMBER)
    assert world.row(third.subject).previous_id == entry.subject


def test_who_was_deemed_correct_files_in_a_new_case(final_world: World) -> None:
    """Silence closed the campaign's case; a longer final check of another class leaves room to file."""
    world = final_world
    record = world.record(yjbyrq=date(2029, 7, 1))  # graduation was postponed by a year
    campaign = world.open_campaign("final-2028")
    case = world.case_of(record)
    with world.place.store.writing() as session:
        session.execute(update(Notice).values(seen_at=world.clock.moment))
    world.at(on(2028, 5, 1, 0))
    world.do(case, "deem", SYSTEM)
    assert world.case(case).manner == "deemed"
    entry = world.file(record, NAME)
    assert world.row(entry.subject).campaign_id is None
    assert world.row(case).campaign_id == campaign
    assert world.case(case).state == "checked_ok"


def test_a_second_field_is_filed_beside_the_first(world: World, record: str) -> None:
    """While the name is under review the student number gets a case of its own; the name gets no second one."""
    first = world.file(record, NAME)
    second = world.file(record, STUDENT_NUMBER)
    assert first.subject != second.subject
    assert world.row(second.subject).previous_id == first.subject
    before = counted(world, Case)
    verdict = refused(world, record, replace(NAME, new="测试乙"))
    assert verdict.codes == ("field_has_open_claim",)
    assert "2024-10-25" in verdict.reasons[0].says
    assert counted(world, Case) == before


def test_a_refused_filing_outside_a_campaign_leaves_no_case(world: World) -> None:
    """The case that was opened for it is undone with it."""
    record = world.record()
    refused(world, record, replace(NAME, cause="legal_change"))
    assert counted(world, Case, Claim) == [0, 0]


def test_a_withdrawn_case_of_its_own_is_used_again(world: World) -> None:
    """Who takes a filing back and files anew does not litter the list with empty cases."""
    record = world.record()
    entry = world.file(record, NAME)
    world.do(Ref("case", entry.subject), "withdraw", world.student(record))
    assert world.file(record, STUDENT_NUMBER).subject == entry.subject


def test_who_is_excluded_files_in_a_case_of_their_own(world: World, record: str) -> None:
    """The excluded case is in no denominator and takes nothing, yet the student may file."""
    case = world.case_of(record)
    world.do(case, "exclude", world.staff["registrar"], words="休学", code="on_leave")
    assert world.file(record, NAME).subject != case.id


def test_where_a_filing_goes_is_known_beforehand(world: World, record: str) -> None:
    """The page can say which case a filing will go to, before there is one."""
    case = world.case_of(record)
    with world.place.store.reading() as session:
        assert target_of(session, record, CLOSES) == Target(case=case.id)
        assert target_of(session, record, CLOSES + SECOND) == Target()
    entry = world.file(record, NAME)
    with world.place.store.reading() as session:
        assert target_of(session, record, CLOSES) == Target(previous=entry.subject)


# -- until when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({"yjbyrq": date(2028, 7, 1)}, on(2028, 4, 30, 23, 59, 59)),
        ({"yjbyrq": date(2028, 5, 1)}, on(2028, 4, 30, 23, 59, 59)),
        ({"yjbyrq": date(2028, 4, 30)}, on(2027, 4, 30, 23, 59, 59)),
        ({"yjbyrq": date(2028, 1, 10)}, on(2027, 4, 30, 23, 59, 59)),
        ({"yjbyrq": date(2029, 7, 1), "xz": "5"}, on(2029, 4, 30, 23, 59, 59)),
        ({"yjbyrq": date(2026, 7, 1), "xz": "2", "cc": "专升本"}, on(2026, 4, 30, 23, 59, 59)),
    ],
)
def test_filing_ends_with_the_april_before_graduation(
    world: World, columns: dict[str, object], last: datetime
) -> None:
    """The last second of April is inside, the next one is not, and the words give dates, basis and remedy."""
    record = world.record(**columns)
    world.at(last + SECOND)
    verdict = refused(world, record, NAME)
    assert verdict.codes == ("AFTER_FINAL_CHECK",)
    (reason,) = verdict.reasons
    assert f"{last:%Y-%m-%d}" in reason.says
    assert str(columns["yjbyrq"]) in reason.says
    assert reason.rule == "filing.final-check"
    assert "延期" in reason.remedy
    assert reason.source
    world.at(last)
    assert world.file(record, NAME).target == "discrepancy_raised"


def test_a_graduation_that_moves_opens_filing_again(world: World) -> None:
    """After a delayed graduation is posted the student has another April."""
    record = world.record(yjbyrq=date(2028, 7, 1))
    world.at(on(2028, 6, 20))
    assert refused(world, record, NAME).codes == ("AFTER_FINAL_CHECK",)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(yjbyrq=date(2029, 7, 1)))
    assert world.file(record, NAME).target == "discrepancy_raised"


def test_a_final_check_that_was_published_wins_over_the_rule(final_world: World) -> None:
    """If the class's own campaign is extended into May, so is filing."""
    world = final_world
    record = world.record(yjbyrq=date(2028, 7, 1))
    campaign = world.open_campaign("final-2028")
    until = on(2028, 5, 8, 17)
    world.do(Ref("campaign", campaign), "extend", world.staff["registrar"], words="网络故障", closes_at=until)
    world.at(until)
    assert world.file(record, NAME).subject == world.case_of(record).id
    other = world.record(yjbyrq=date(2028, 7, 1))
    assert refused(world, other, NAME).codes == ("AFTER_FINAL_CHECK",)


def test_nothing_is_filed_before_registration(world: World) -> None:
    """The calendar's day of registration is the first; the words name it and the date at which to ask again."""
    record = world.record()
    world.at(on(2024, 10, 14, 23, 59, 59))
    (reason,) = refused(world, record, NAME).reasons
    assert reason.code == "NOT_REGISTERED"
    assert "2024-10-15" in reason.says
    assert reason.until.startswith("2024-10-15")
    world.at(on(2024, 10, 15, 0))
    assert world.file(record, NAME).target == "discrepancy_raised"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"xjzt": "退学"}, "LEFT"),
        ({"xjzt": "保留入学资格"}, "ADMISSION_RETAINED"),
        ({"xjzt": "没听说过"}, "STATUS_NOT_ENROLLED"),
        ({"degree_registered_on": date(2024, 10, 25)}, "DEGREE_REGISTERED"),
        ({"yjbyrq": None}, "record_incomplete"),
        ({"rxrq": date(2019, 9, 1)}, "NOT_REGISTERED"),
    ],
)
def test_who_may_not_file_is_told_why(world: World, columns: dict[str, object], code: str) -> None:
    """Who left, was never registered, or is through with the degree, is refused with rule and remedy."""
    (reason,) = refused(world, world.record(**columns), NAME).reasons
    assert reason.code == code
    assert reason.remedy
    assert "{" not in reason.says


def test_all_that_stands_against_a_filing_is_said_at_once(world: World) -> None:
    """Who left, graduated and was registered reads all three."""
    record = world.record(xjzt="毕业", yjbyrq=date(2024, 7, 1), degree_registered_on=date(2024, 6, 30))
    codes = refused(world, record, NAME).codes
    assert {"LEFT", "AFTER_FINAL_CHECK", "DEGREE_REGISTERED"} <= set(codes)


@pytest.mark.parametrize("status", ["休学", "保留学籍", "暂缓注册"])
def test_who_is_away_but_enrolled_may_file(world: World, status: str) -> None:
    """Leave of absence and military service are no reason to wait."""
    assert world.file(world.record(xjzt=status), NAME).target == "discrepancy_raised"


def test_a_refusal_is_remembered_with_its_codes(world: World, record: str) -> None:
    """The case's history shows that something was tried and why it was refused, and no value of it."""
    refused(world, record, replace(NAME, new="王??"))
    with world.place.store.reading() as session:
        body = session.scalars(select(EntryRow.body).where(EntryRow.kind == "refused")).one()
        entry = Entry.from_body(body)
    assert (entry.action, entry.met, entry.codes, entry.values) == ("raise", 1, ("value_is_not_whole",), {})
    assert "王".encode() not in body
