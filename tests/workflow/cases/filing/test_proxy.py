"""Answering for a student: where the rules allow it, by whom, and what everybody is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from states.case import CASE, RAISED
from tests.conftest import on
from tests.laws import holds
from tests.schools import SECOND_PAIR, world_with_proxies
from tests.workflow.cases.rules.driving import rule, written
from tests.world import NAME, World
from workflow.cases.checking.confirm import shown
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, open_draft, papers_of_draft, read_draft, save_draft
from workflow.cases.filing.file import raise_claims
from workflow.cases.filing.proxy import CONFIRMED_FOR_YOU, FILED, FILED_FOR_YOU
from workflow.cases.filing.receipts import is_receipt
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.rules import Rules, may_act_for_students
from workflow.cases.tables import Draft, Question
from workflow.cases.views.audit import compare
from workflow.cases.views.desk_case import read_filed
from workflow.cases.views.student_sheet import CaseSheet, read_record
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.notices.outbox import due_for
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher, CipherFault
from workflow.people.scopes import Scope, held
from workflow.people.standing_in import stand_in
from workflow.people.tables import Person
from workflow.store import Store
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database


@pytest.fixture
def lenient(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, with rules that let an officer answer for a student. A name needs four eyes."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path, behind=(SECOND_PAIR,))


def confirm(world: World, record: str, by: Actor, words: str = "本人电话答复：无误") -> Entry:
    """Confirm a record for its student."""
    with world.place.store.writing() as session:
        case = world.case(world.case_of(record))
        seen = shown(session, world.place.cipher, case)[1]
        entry: Entry = world.place.engine.perform(
            session, Ref("case", case.id), "confirm", by=by, words=words, seen=seen
        )
        return entry


@holds("speaks_for_the_student")
def test_where_only_the_student_may_answer_nobody_does_it_for_them(world: World) -> None:
    """The first school's rule is asked at the door, and its own words are the reason."""
    record = world.record()
    world.open_campaign()
    for role in ("officer", "registrar"):
        with pytest.raises(Refused) as no:
            confirm(world, record, world.staff[role])
        (reason,) = no.value.verdict.reasons
        assert (reason.code, reason.rule) == ("PROXY_NOT_ALLOWED", "filing.in-person")
        assert "须由学生本人" in reason.says
    assert world.case(world.case_of(record)).state == "not_checked"


@holds("mark_confirmed")
def test_an_answer_for_a_student_is_marked_named_and_told(lenient: World) -> None:
    """It is never counted as the student's own: manner, entry and notice all say who did it and for whom."""
    record = lenient.record()
    lenient.open_campaign()
    officer = lenient.staff["officer"]
    entry = confirm(lenient, record, officer)
    assert (entry.actor, entry.role, entry.subject) == (officer.person, "officer", lenient.case_of(record).id)
    assert lenient.case(lenient.case_of(record)).manner == "proxy"
    with lenient.place.store.reading() as session:
        told = {notice.event for notice in due_for(session, record, lenient.clock.moment)}
        ((said, words),) = lenient.words(entry.subject)
        assert compare(session) == []  # only the entries show the proxy
    assert CONFIRMED_FOR_YOU in told and said == entry and words == "本人电话答复：无误"
    own = lenient.record()
    lenient.open_campaign()
    lenient.do(lenient.case_of(own), "confirm", lenient.student(own))
    assert lenient.case(lenient.case_of(own)).manner == "confirmed"


@holds("proxy_says_how")
def test_a_proxy_says_how_the_answer_was_received(lenient: World) -> None:
    """Without words nothing is confirmed for anybody."""
    record = lenient.record()
    lenient.open_campaign()
    with pytest.raises(Refused) as no:
        confirm(lenient, record, lenient.staff["officer"], words=" ")
    assert no.value.verdict.codes == ("words_missing",)


def test_an_officer_answers_for_their_own_college_alone(lenient: World) -> None:
    """Another college's officer is a stranger, whatever the rules allow."""
    record = lenient.record()
    lenient.open_campaign()
    with lenient.place.store.writing() as session:
        place, now = lenient.place, lenient.clock.moment
        made = add_person(session, "外院经办人", "officer", "另一学院", "system", now, place.entropy)
    with pytest.raises(Refused) as no:
        confirm(lenient, record, Actor(made.id, "officer"))
    assert no.value.verdict.codes == ("out_of_scope",)
    assert lenient.may(Ref("case", lenient.case_of(record).id), "confirm", lenient.staff["officer"]).allowed


# -- raising --------------------------------------------------------------------------------------------

WORDS = "10月25日本人到学院窗口，出示身份证和户口簿"


def raise_for(
    world: World,
    record: str,
    by: Actor,
    *claims: ClaimFiled,
    papers: tuple[str, ...] | None = None,
    words: str = WORDS,
    **more: Any,
) -> Entry:
    """File for a student in the campaign's case, with the required papers."""
    if papers is None:
        papers = handed_in(world, record, by)
    with world.place.store.writing() as session:
        case = more.pop("case", "") or world.case_of(record).id
        engine = world.place.engine
        return raise_claims(engine, session, case, by, claims or (NAME,), papers, words=words, **more)


def handed_in(world: World, record: str, by: Actor) -> tuple[str, ...]:
    """The two papers for a wrong name, added by a proxy."""
    return tuple(world.paper(record, kind, by.person) for kind in ("id_card", "household_book"))


def against(world: World, record: str, by: Actor, **more: Any) -> tuple[Any, ...]:
    """Try a filing that must be refused. Returns the reasons."""
    before = world.case(more.get("case") or world.case_of(record)).version
    with pytest.raises(Refused) as no:
        raise_for(world, record, by, **more)
    assert world.case(more.get("case") or world.case_of(record)).version == before
    return no.value.verdict.reasons


def another_officer(world: World, college: str = "测试学院") -> Actor:
    """One more officer."""
    with world.place.store.writing() as session:
        place, now = world.place, world.clock.moment
        made = add_person(session, "另一位经办人", "officer", college, "system", now, place.entropy)
    return Actor(made.id, "officer")


def told_of(world: World, record: str) -> list[str]:
    """The events of a student's notices."""
    with world.place.store.reading() as session:
        return sorted(notice.event for notice in due_for(session, record, world.clock.moment))


def test_where_only_the_student_may_file_nobody_does_it_for_them(world: World) -> None:
    """The first school's rule bars officer and registrar in its own words, with source and remedy."""
    record = world.record()
    world.open_campaign()
    for role in ("officer", "registrar"):
        (reason,) = against(world, record, world.staff[role])
        assert (reason.code, reason.rule) == ("PROXY_NOT_ALLOWED", "filing.in-person")
        assert "须由学生本人" in reason.says and reason.remedy and reason.source
    assert told_of(world, record) == ["campaign_opened"]


@pytest.mark.parametrize("role", ["officer", "registrar"])
@holds("mark_filed", "speaks_for_the_student")
def test_a_filing_for_a_student_is_marked_named_kept_and_told(lenient: World, role: str) -> None:
    """The entry names who filed and how the request came; row, page, receipt and one notice say so as well."""
    record = lenient.record()
    lenient.open_campaign()
    by = lenient.staff[role]
    entry = raise_for(lenient, record, by)
    assert (entry.actor, entry.role, entry.on_behalf_of) == (by.person, role, "")
    row = lenient.row(entry.subject)
    assert (row.state, row.proxy_role, row.proxy, row.proxy_for) == (RAISED, role, by.person, None)
    assert is_receipt(row.receipt or "")
    assert told_of(lenient, record) == ["campaign_opened", FILED_FOR_YOU]
    with lenient.place.store.reading() as session:
        cipher, at = lenient.place.cipher, lenient.clock.moment
        ((said, words),) = lenient.words(entry.subject)
        (sheet,) = read_record(session, cipher, record, at).cases
        filed = read_filed(session, entry.subject)
        kept = select(Evidence.digest, Evidence.added_by).where(Evidence.case_id == entry.subject)
        papers = session.execute(kept).all()
        assert compare(session) == []  # only the entries show the filer
        name = session.get_one(Person, by.person).name
    assert said == entry and words == WORDS
    assert filed is not None
    assert (sheet.proxy, sheet.proxy_for) == (filed.proxy, filed.proxy_for) == (name, "")
    assert sorted(paper.digest for paper in papers) == sorted(entry.evidence) and len(papers) == 2
    assert {paper.added_by for paper in papers} == {by.person}


def test_a_students_own_filing_names_no_proxy(lenient: World) -> None:
    """What a student files after a filing for them was withdrawn is theirs alone."""
    record = lenient.record()
    lenient.open_campaign()
    case = lenient.case_of(record)
    raise_for(lenient, record, lenient.staff["officer"])
    lenient.do(case, "withdraw", lenient.student(record))
    assert "withdrawn" in told_of(lenient, record)
    assert [claim.outcome for claim in lenient.case(case).claims_of_record] == ["withdrawn"]
    lenient.file(record, NAME)
    row = lenient.row(case)
    assert (row.proxy_role, row.proxy, row.proxy_for) == ("", None, None)
    assert FILED in told_of(lenient, record)
    with lenient.place.store.reading() as session:
        assert compare(session) == []


@holds("proxy_says_how")
def test_nobody_files_for_a_student_without_saying_how_they_were_asked(lenient: World) -> None:
    """Without words nothing is filed; all else that is wrong is named beside it."""
    record = lenient.record()
    lenient.open_campaign()
    reasons = against(lenient, record, lenient.staff["officer"], papers=(), words=" ")
    assert [reason.code for reason in reasons if reason.rule == "proxy_says_how"] == ["words_missing"]
    assert len(reasons) > 1


def test_an_officer_files_for_their_own_college_alone(lenient: World) -> None:
    """Another college's officer is a stranger."""
    record = lenient.record()
    lenient.open_campaign()
    (reason,) = against(lenient, record, another_officer(lenient, "另一学院"))
    assert reason.code == "out_of_scope" and reason.stranger


@pytest.mark.parametrize("action", ["raise", "confirm"])
def test_the_rules_name_a_reviewer_by_barring_whoever_else_files(tmp_path: Path, action: str) -> None:
    """No other rule names them, none about another action, and none of the first vocabulary."""
    every = ("reviewer", "second_reviewer")
    other = {"raise": "confirm", "confirm": "raise"}[action]
    named = 'filed_by_other_than = ["student", "reviewer"]'
    texts = {
        "silent": (rule("word", 'warn = "WORD"', 'field = ["XM"]'),),
        "warns": (rule("word", 'warn = "WORD"', named),),
        "other": (rule("word", 'refuse = "WORD"', named, f'actions = ["{other}"]'),),
        "of_them": (rule("word", 'refuse = "WORD"', 'filed_by = ["officer"]'),),
        "named": (rule("word", 'refuse = "WORD"', named, f'actions = ["{action}"]'),),
    }
    for name, rules in texts.items():
        for vocabulary in (1, 2):
            (folder := tmp_path / f"{name}{vocabulary}").mkdir()
            school = written(folder / "school", *rules, vocabulary=vocabulary)
            able = {role for role in every if may_act_for_students(Rules(school), role, action)}
            assert able == ({"reviewer"} if (name, vocabulary) == ("named", 2) else set())


@pytest.mark.parametrize("role", ["reviewer", "second_reviewer"])
@holds("speaks_for_the_student", "mark_filed", "mark_confirmed", "not_prepared_by_you")
def test_a_reviewer_whom_the_rules_name_files_and_confirms_and_reviews_none_of_it(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path, role: str
) -> None:
    """In their scope alone, marked and told as theirs; the other reviewer is refused without learning more."""
    world = world_with_proxies(store, cipher, clock, entropy, tmp_path, proxies=(role,))
    filing, confirming = world.record(), world.record()
    world.open_campaign()
    by, other = (world.staff[one] for one in (role, *({"reviewer", "second_reviewer"} - {role})))
    with world.place.store.writing() as session:
        place, now = world.place, world.clock.moment
        scope = Scope("另一学院")
        far = add_person(session, "外院审核人", "reviewer", scope, "system", now, place.entropy)
    if role == "reviewer":
        (reason,) = against(world, filing, Actor(far.id, role))
        assert (reason.code, reason.stranger) == ("out_of_scope", True)
    reasons = against(world, filing, other)
    assert {one.code for one in reasons} == {"not_named_to_act", "PROXY_NOT_ALLOWED"}
    confirm(world, confirming, by)
    assert world.case(world.case_of(confirming)).manner == "proxy"
    assert CONFIRMED_FOR_YOU in told_of(world, confirming)
    raise_for(world, filing, by)
    row = world.row(case := world.case_of(filing))
    assert (row.state, row.proxy, row.proxy_role) == (RAISED, by.person, role)
    assert FILED_FOR_YOU in told_of(world, filing)
    with world.place.store.reading() as session:
        assert compare(session) == []
    assert world.may(case, "take_up", by).codes == ("prepared_by_you",)
    world.do(case, "take_up", other)


@holds("proxy_keeps_to_the_campaign")
def test_for_a_student_one_files_in_an_open_campaigns_case_alone(lenient: World) -> None:
    """Not in a case of its own, not for who is not counted, not after the close: then with its dates."""
    record, out = lenient.record(), lenient.record()
    lenient.open_campaign()
    officer, place = lenient.staff["officer"], lenient.place
    with place.store.writing() as session:
        own = place.engine.perform(session, Ref("case"), "open", by=SYSTEM, record=record, campaign=None)
    (reason,) = against(lenient, record, officer, case=own.subject)
    assert reason.code == "proxy_outside_campaign"
    lenient.do(lenient.case_of(out), "exclude", lenient.staff["registrar"], code="on_leave", words="休学一年")
    assert [reason.code for reason in against(lenient, out, officer)] == ["is_excluded"]
    assert lenient.may(lenient.case_of(record), "raise", lenient.student(record)).allowed
    campaign = lenient.case(lenient.case_of(record)).campaign
    assert campaign is not None
    lenient.at(campaign.closes_at + timedelta(seconds=1))
    (late,) = against(lenient, record, officer)
    assert late.code == "campaign_is_past" and "2024-11-07 23:59:59" in late.says and late.remedy
    lenient.at(campaign.closes_at)
    assert raise_for(lenient, record, officer).target == RAISED


@holds("not_prepared_by_you")
def test_who_filed_for_a_student_decides_nothing_about_it(lenient: World) -> None:
    """Whatever else they are, alone, in another's place or with another in theirs: at every step of it."""
    record = lenient.record()
    lenient.open_campaign()
    place, at = lenient.place, lenient.clock.moment
    officer, reviewer = lenient.staff["officer"].person, lenient.staff["reviewer"].person
    other = lenient.staff["other_reviewer"].person
    with place.store.writing() as session:
        for role in ("reviewer", "second_reviewer"):
            give_role(session, officer, held(role), SYSTEM.person, at, place.entropy)
        give_role(session, other, held("second_reviewer"), SYSTEM.person, at, place.entropy)
        for absent, instead in ((reviewer, officer), (officer, reviewer)):
            by = lenient.staff["administrator"]
            stand_in(session, absent, instead, at.date(), at.date(), by, at, place.entropy)
    near = (
        Actor(officer, "reviewer"), Actor(officer, "second_reviewer"),
        Actor(officer, "reviewer", reviewer), Actor(reviewer, "reviewer", officer),
    )  # fmt: skip
    raise_for(lenient, record, Actor(officer, "officer"))
    case = lenient.case_of(record)

    def barred(action: str, **details: Any) -> None:
        theirs = [by for by in near if by.role in CASE.action(action).roles]
        assert theirs
        for by in theirs:
            assert "prepared_by_you" in lenient.may(case, action, by, **details).codes, (action, by)

    barred("take_up")
    lenient.do(case, "take_up", Actor(reviewer, "reviewer"))
    lenient.do(case, "release", Actor(reviewer, "reviewer"))
    looks = 0
    while (step := ready(lenient.case(case))[0].step).kind != "platform":
        barred("pass_step", step=step.id)
        barred("fail_step", step=step.id, words="不符")
        lenient.do(case, "pass_step", Actor((reviewer, other)[looks], "reviewer"), step=step.id)
        if lenient.case(case).holder:
            lenient.do(case, "release", Actor((reviewer, other)[looks], "reviewer"))
        looks += 1
    assert looks == 2
    barred("see", step=step.id, seen_on=at.date())
    barred("ask", questions=(QuestionAsked("explanation", "", "请说明"),))
    lenient.do(case, "see", Actor(other, "reviewer"), step=step.id, seen_on=at.date())
    barred("correct", words="已更正")
    lenient.do(case, "correct", Actor(other, "reviewer"), words="已更正")
    lenient.at(at + timedelta(hours=1))
    barred("reopen", words="再看")
    assert (
        "prepared_by_you"
        not in lenient.may(case, "reopen", Actor(other, "second_reviewer"), words="再").codes
    )


def test_a_stand_in_who_files_for_a_student_bears_both_names(lenient: World) -> None:
    """Who acts in an absent officer's place files as them; both are named, neither decides."""
    record = lenient.record()
    lenient.open_campaign()
    place, at = lenient.place, lenient.clock.moment
    officer, reviewer = lenient.staff["officer"].person, lenient.staff["reviewer"].person
    with place.store.writing() as session:
        by = lenient.staff["administrator"]
        stand_in(session, officer, reviewer, at.date(), at.date(), by, at, place.entropy)
    entry = raise_for(lenient, record, Actor(reviewer, "officer", officer))
    row = lenient.row(entry.subject)
    assert (entry.on_behalf_of, row.proxy, row.proxy_for) == (officer, reviewer, officer)
    with place.store.reading() as session:
        (sheet,) = read_record(session, place.cipher, record, at).cases
        assert (sheet.proxy, sheet.proxy_for) == ("测试审核人", "测试学院经办人")
        assert compare(session) == []
    case = Ref("case", entry.subject)
    assert "prepared_by_you" in lenient.may(case, "take_up", lenient.staff["reviewer"]).codes
    assert "prepared_by_you" not in lenient.may(case, "take_up", lenient.staff["other_reviewer"]).codes


def test_a_doubled_form_files_once_and_a_stale_one_not_at_all(lenient: World) -> None:
    """The same key is the same answer; who looked at another version is told what changed."""
    record = lenient.record()
    lenient.open_campaign()
    officer, key = lenient.staff["officer"], "k" * 32
    case, papers = lenient.case(lenient.case_of(record)), handed_in(lenient, record, officer)
    one = raise_for(lenient, record, officer, papers=papers, key=key, expected=case.version)
    two = raise_for(lenient, record, officer, papers=papers, key=key, expected=case.version)
    assert one == two and told_of(lenient, record).count(FILED_FOR_YOU) == 1
    lenient.do(Ref("case", case.id), "withdraw", lenient.student(record))
    reasons = against(lenient, record, officer, expected=case.version)
    assert [reason.code for reason in reasons] == ["changed_meanwhile"]


def test_what_the_student_is_having_looked_at_already_is_not_filed_again(lenient: World) -> None:
    """One open claim for each group, whoever filed it, whatever case it is in."""
    record = lenient.record()
    lenient.at(on(2024, 10, 20))
    lenient.file(record, NAME)
    lenient.at(on(2024, 10, 25, 10))
    lenient.open_campaign()
    (campaign_case,) = (one.id for one in cases_of(lenient, record) if one.facts.campaign is not None)
    officer = lenient.staff["officer"]
    reasons = against(lenient, record, officer, case=campaign_case)
    assert [reason.code for reason in reasons] == ["field_has_open_claim"]
    entry = raise_for(
        lenient, record, officer, ClaimFiled("XH", "school_data", "24019999"), case=campaign_case
    )
    assert entry.target == RAISED


def cases_of(world: World, record: str) -> tuple[CaseSheet, ...]:
    """Every case of a record."""
    with world.place.store.reading() as session:
        return read_record(session, world.place.cipher, record, world.clock.moment).cases


@holds("papers_are_there")
def test_papers_go_with_who_handed_them_in(lenient: World) -> None:
    """A proxy names none of the student's unfiled papers or another proxy's, and the student none of theirs."""
    record = lenient.record()
    lenient.open_campaign()
    officer, other = lenient.staff["officer"], another_officer(lenient)
    mine, theirs = handed_in(lenient, record, officer), handed_in(lenient, record, other)
    own = (lenient.paper(record, "id_card"), lenient.paper(record, "household_book"))
    for papers in (theirs, own):
        assert {reason.code for reason in against(lenient, record, officer, papers=papers)} == {
            "paper_not_there"
        }
    with pytest.raises(Refused) as no:
        lenient.file(record, NAME, papers=mine)
    assert set(no.value.verdict.codes) == {"paper_not_there"}
    with lenient.place.store.reading() as session:
        people = ("", officer.person, other.person)
        kept = [{paper.id for paper in papers_of_draft(session, record, one)} for one in people]
    assert kept == [set(own), set(mine), set(theirs)]
    raise_for(lenient, record, officer, papers=mine)
    with lenient.place.store.reading() as session:
        assert {paper.id for paper in papers_of_draft(session, record)} == set(own)


def test_each_keeps_a_draft_of_their_own_and_filing_takes_only_theirs(lenient: World) -> None:
    """A student's half-filled answers stay when somebody files for them, and nobody opens another's draft."""
    record = lenient.record()
    lenient.open_campaign()
    officer, place, at = lenient.staff["officer"], lenient.place, lenient.clock.moment
    sex = ClaimFiled("XB", "admission_error", "女")
    with place.store.writing() as session:
        save_draft(session, place.cipher, record, Answers({"XB": sex}), at)
        save_draft(session, place.cipher, record, Answers({"XM": NAME}, words=WORDS), at, officer.person)
    with place.store.reading() as session:
        theirs = read_draft(session, place.cipher, record, officer.person)
        assert (theirs.claims, theirs.words) == ({"XM": NAME}, WORDS)
        (body,) = session.scalars(select(Draft.body).where(Draft.person == officer.person))
        with pytest.raises(CipherFault):
            open_draft(place.cipher, record, at, body)
    raise_for(lenient, record, officer)
    with place.store.reading() as session:
        assert read_draft(session, place.cipher, record).claims == {"XB": sex}
        assert read_draft(session, place.cipher, record, officer.person).claims == {}


def test_a_question_about_a_filing_for_a_student_goes_to_the_student(lenient: World) -> None:
    """They are told, and they answer; who filed for them cannot."""
    record = lenient.record()
    lenient.open_campaign()
    officer, reviewer = lenient.staff["officer"], lenient.staff["reviewer"]
    case = Ref("case", raise_for(lenient, record, officer).subject)
    lenient.do(case, "take_up", reviewer)
    lenient.do(case, "ask", reviewer, questions=(QuestionAsked("explanation", "", "请说明曾用名"),))
    assert "asked" in told_of(lenient, record)
    with lenient.place.store.reading() as session:
        (asked,) = session.scalars(select(Question.id).where(Question.case_id == case.id))
    refused = lenient.refused(case, "answer", officer, question=asked, words="代答")
    assert "not_your_role" in refused.codes
    student = lenient.student(record)
    assert lenient.do(case, "answer", student, question=asked, words="高中改的名").actor == student.person


def test_a_filing_that_fails_half_way_leaves_nothing(lenient: World) -> None:
    """No claim, no notice, no receipt, and the papers stay unfiled."""
    record = lenient.record()
    lenient.open_campaign()
    officer = lenient.staff["officer"]
    papers = handed_in(lenient, record, officer)
    with pytest.raises(ZeroDivisionError), lenient.place.store.writing() as session:
        case = lenient.case_of(record).id
        raise_claims(lenient.place.engine, session, case, officer, (NAME,), papers, words=WORDS)
        raise ZeroDivisionError
    row = lenient.row(lenient.case_of(record))
    assert (row.state, row.receipt, row.proxy) == ("not_checked", None, None)
    assert told_of(lenient, record) == ["campaign_opened"]
    with lenient.place.store.reading() as session:
        assert [one.id for one in papers_of_draft(session, record, officer.person)] == list(papers)
