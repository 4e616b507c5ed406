"""Whole reviews: two reviewers, police and province, the college first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from tests.schools import world_with_steps
from tests.web.browsing import Browser
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.ending.lapse import let_lapse
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.papers import papers_in
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.people.tables import Access
from workflow.records.tables import Record
from workflow.records.values import value_of
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
NUMBER = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 78))
PHOTO = ClaimFiled("PHOTO", "photo", "")
SEEN = "2024-10-25"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def filed(world: World, *claims: ClaimFiled, **columns: object) -> Ref:
    """A freshman who filed these claims."""
    record = world.record(**columns)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def desk(browser: Browser, case: Ref) -> Browser:
    """Open a case at the desk."""
    assert browser.get(f"/desk/{case.id}").status == 200
    return browser


def followed(world: World, as_student: Staff, case: Ref) -> str:
    """The page of the case as the student sees it."""
    return as_student(world.case(case).record.id).get(f"/my/cases/{case.id}").text


def told(world: World, as_student: Staff, case: Ref) -> str:
    """The letter's text, once the decision is announced."""
    world.at(world.clock.moment + timedelta(minutes=11))
    return as_student(world.case(case).record.id).get(f"/my/cases/{case.id}/letter").text


def test_a_name_is_changed_by_two_reviewers(world: World, as_staff: Staff, as_student: Staff) -> None:
    """The first approves and the case leaves their queue; the second approves, enters it, and sees it there."""
    case = filed(world, NAME)
    first, second = as_staff("reviewer"), as_staff("other_reviewer")
    desk(first, case).send("/take_up")
    first.follow()
    assert first.send("/decide", outcome="approved", words="材料齐全", then="next").location.startswith(
        "/desk?"
    )
    assert case.id not in first.get("/desk").html and case.id in first.get("/desk?waits=others").html
    assert case.id in second.get("/desk").html
    page = desk(first, case).page
    assert "须由另一个人办理" in page.text and "four_eyes" in page.codes
    assert "审核结果：通过" in followed(world, as_student, case)
    desk(second, case).send("/hold")
    second.follow()
    assert second.send("/decide", outcome="approved").status == 303
    second.follow()
    assert second.send("/send", sent_on=SEEN).status == 303
    assert "已录入，等平台显示" in second.follow().text
    assert world.case(case).state == REVIEW
    assert second.send("/decide", outcome="approved", seen_on=SEEN, words="已更正").status == 303
    assert world.case(case).state == CORRECTED
    with world.place.store.reading() as session:
        assert value_of(session, world.place.cipher, world.case(case).record.id, "XM") == NAME.new


def test_who_checked_cannot_approve_by_any_press(world: World, as_staff: Staff) -> None:
    """The same person presses again, with the day of the platform: nothing is done, and the door says why."""
    case = filed(world, NAME)
    browser = as_staff("reviewer")
    desk(browser, case).send("/take_up")
    browser.follow()
    page = browser.send("/decide", outcome="approved", seen_on=SEEN, words="已更正")
    assert page.status == 422 and "earlier_steps_open" in page.codes
    assert [step.outcome for step in world.case(case).steps] == ["", "", ""]
    assert page.form("/decide").fields["words"] == "已更正", "no word is lost"


def with_letter(world: World, as_staff: Staff) -> tuple[Ref, Browser]:
    """An ID number: approved, confirmed by the police, and sent to the province."""
    case, browser = filed(world, NUMBER), as_staff("reviewer")
    desk(browser, case).send("/take_up")
    browser.follow()
    browser.send("/decide", outcome="approved")
    browser.follow()
    page = browser.send("/send", sent_on=SEEN, number="")
    assert page.status == 422 and "number_missing" in page.codes
    assert browser.send("/send", sent_on=SEEN, number="学籍函〔2024〕12号").status == 303
    assert "学籍函〔2024〕12号" in browser.follow().text
    assert case.id not in browser.get("/desk").html and case.id in browser.get("/desk?waits=sent").html
    desk(browser, case).send("/receive", outcome="passed", received_on=SEEN)
    browser.follow()
    assert browser.send("/send", sent_on=SEEN, number="2024-3").status == 303
    browser.follow()
    return case, browser


def test_an_id_number_goes_to_police_and_province_and_both_agree(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """Each answer is entered with its day; the student reads where it is; only the platform makes it corrected."""
    case, browser = with_letter(world, as_staff)
    assert "已发出，等答复" in followed(world, as_student, case)
    browser.send("/receive", outcome="passed", received_on=SEEN)
    browser.follow()
    assert browser.send("/decide", outcome="approved", seen_on=SEEN, words="已更正").status == 303
    assert world.case(case).state == CORRECTED
    world.at(world.clock.moment + timedelta(minutes=11))
    assert "对方已确认" in followed(world, as_student, case)


def test_the_provinces_no_is_told_as_the_provinces(world: World, as_staff: Staff, as_student: Staff) -> None:
    """Nobody decides it once more: the case is closed at once, and page and letter name the body, its day and its words."""
    case, browser = with_letter(world, as_staff)
    page = browser.send("/receive", outcome="failed", received_on=SEEN, words="")
    assert page.status == 422 and "words_missing" in page.codes
    browser.send("/receive", outcome="failed", received_on=SEEN, words="与公安人口库不一致")
    assert world.case(case).state == REJECTED
    assert browser.follow().form("/undo").open, "who entered the reply can take it back until it is announced"
    letter = told(world, as_student, case).replace(" ", "")
    assert "不予更正：省级教育行政部门不同意更正" in letter
    assert letter.count("省级教育行政部门于2024年10月25日答复：与公安人口库不一致") == 1
    assert "这是对方的决定，不由学校作出" in followed(world, as_student, case)


def test_one_is_corrected_and_one_refused(world: World, as_staff: Staff, as_student: Staff) -> None:
    """In one case, each by a press of its own; the letter lists both, with the code of the refusal."""
    case, browser = filed(world, NAME, PHOTO), as_staff("second_reviewer")
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    desk(browser, case).send("/take_up")
    for claim, said in (
        (ids["PHOTO"], {"outcome": "refused", "refusal": "record_is_right", "words": "照片就是本人"}),
        (ids["XM"], {"outcome": "approved"}),
    ):
        page = desk(browser, case).page
        form = next(f for f in page.forms if "/decide" in f.action and f.fields.get("claims") == claim)
        assert browser.send_form(form, **said).status == 303
    assert world.case(case).holder == "", "what is left is for another person"
    other = as_staff("other_reviewer")
    desk(other, case).send("/hold")
    other.follow()
    said = {"outcome": "approved", "seen_on": SEEN, "words": "姓名已更正，照片无误"}
    form = next(f for f in other.page.forms if "/decide" in f.action and f.fields["claims"] == ids["XM"])
    assert other.send_form(form, **said).status == 303
    assert world.case(case).state == CORRECTED
    letter = told(world, as_student, case)
    assert re.search("姓名 .{0,20}予以更正", letter) and re.search("照片 .{0,30}不予更正", letter)
    assert "经核实，原记录无误" in letter and "照片就是本人" in letter


def behind_the_registrar(world: World, *claims: ClaimFiled) -> Ref:
    """A case of which the registrar's check is passed; an archivist is hired, whose check comes next."""
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        archivist = add_person(session, "测试档案员", "reviewer", "archive", *by).id
    world.staff["archivist"] = Actor(archivist, "reviewer")
    case, reviewer = filed(world, *claims), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.do(case, "pass_step", reviewer, step=world.case(case).steps[0].id)
    if world.case(case).holder:
        world.do(case, "release", reviewer)
    return case


def test_another_office_approves_its_own_step_and_is_offered_no_outcome(
    world: World, as_staff: Staff
) -> None:
    """The archive's reviewer can say that the photo is right, or fail its step; what follows is another office's."""
    case = behind_the_registrar(world, PHOTO)
    archivist = as_staff("archivist")
    page = desk(archivist, case).page
    assert 'value="approved"' in page.html and 'value="refused"' not in page.html
    archivist.send("/hold")
    archivist.follow()
    assert archivist.send("/decide", outcome="approved", words="与档案一致").status == 303
    assert [step.kind for step in world.case(case).steps if not step.outcome] == ["platform"]


def test_another_office_approves_the_last_step_and_leaves_the_case_to_be_closed(
    world: World, as_staff: Staff
) -> None:
    """Where the platform shows the value already, the archive's word corrects the claim; the desk closes the case."""
    case = behind_the_registrar(world, PHOTO)
    platform = next(step for step in world.case(case).steps if step.kind == "platform")
    world.do(case, "see", SYSTEM, step=platform.id, seen_on=world.clock.moment.date())
    archivist = desk(as_staff("archivist"), case)
    archivist.send("/hold")
    archivist.follow()
    assert archivist.send("/decide", outcome="approved", words="与档案一致").status == 303
    assert [claim.outcome for claim in world.case(case).claims] == ["corrected"]
    assert world.case(case).state == REVIEW and world.case(case).holder == ""
    assert world.may(case, "correct", world.staff["reviewer"], words="已更正").allowed


def test_another_office_approves_its_own_step_of_a_case_that_waits_for_two(
    world: World, as_staff: Staff
) -> None:
    """What another office has to do with another claim does not keep the archive from saying yes to its own."""
    case = behind_the_registrar(world, NAME, PHOTO)
    archivist = desk(as_staff("archivist"), case)
    archivist.send("/hold")
    archivist.follow()
    assert archivist.send("/decide", outcome="approved", words="与档案一致").status == 303
    assert {step.kind: step.outcome for step in world.case(case).steps if step.office == "archive"} == {
        "check": "passed"
    }


def test_an_officer_of_two_colleges_sees_the_students_of_the_one_they_sit_in(
    world: World, as_staff: Staff
) -> None:
    """Each case that the page lists can be opened from it; the other college's stand on its own page."""
    cases = [
        world.file(world.record(fy=college), ClaimFiled("XH", "school_data", f"24019999{n}")).subject
        for n, college in enumerate(("测试学院", "软件学院"))
    ]
    with world.place.store.writing() as session:
        by = "test", world.clock.moment, world.place.entropy
        give_role(session, world.staff["officer"].person, held("officer", "软件学院"), *by)
    officer = as_staff("officer")
    page = officer.get("/college/checks")
    listed = [case for case in cases if case in page.html]
    assert len(listed) == 1
    assert [officer.get(f"/college/checks/{case}").status for case in listed] == [200]


def test_the_college_is_asked_first(world: World, as_staff: Staff, as_student: Staff) -> None:
    """It waits for the college's officer and for nobody else; their word passes it on to the desk."""
    case, officer, reviewer = filed(world, STUDENT_NUMBER), as_staff("officer"), as_staff("reviewer")
    assert case.id not in reviewer.get("/desk").html
    assert "not_your_step" in desk(reviewer, case).page.codes
    assert "审核中：学院核对 办理时限 2024年10月30日" in followed(world, as_student, case)
    assert case.id in officer.get("/college/checks").html
    page = officer.get(f"/college/checks/{case.id}")
    assert page.status == 200 and "240199999" in page.text.replace(" ", "")
    action = f"/college/checks/{case.id}"
    page = officer.send(action, outcome="failed", words="")
    assert page.status == 422 and page.codes == ["words_missing"] and world.case(case).state == RAISED
    form = page.form(action)
    answers = [officer.send_form(form, outcome="passed", words="与录取名册一致") for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert "申请已转入下一环节" in officer.follow().text and case.id not in officer.page.html
    assert case.id in reviewer.get("/desk").html
    assert "与录取名册一致" in desk(reviewer, case).page.text
    with world.place.store.reading() as session:
        looked = session.scalars(select(Access.what).where(Access.subject == case.id)).all()
    assert "case" in looked


def test_another_colleges_case_is_no_page_of_the_officers(world: World, as_staff: Staff) -> None:
    """Neither the case nor its papers, and the try is remembered; the officer's press opens nothing either."""
    case, officer = filed(world, STUDENT_NUMBER, fy="软件学院"), as_staff("officer")
    assert case.id not in officer.get("/college/checks").html
    assert officer.get(f"/college/checks/{case.id}").status == 404
    with world.place.store.reading() as session:
        paper = papers_in(session, case.id)[0].id
    assert officer.get(f"/college/checks/papers/{paper}").status == 404
    with world.place.store.reading() as session:
        tries = session.scalars(select(Access.subject).where(Access.allowed.is_(False))).all()
    assert {case.id, paper} <= set(tries)


def test_who_left_keeps_what_was_corrected(world: World, as_staff: Staff, as_student: Staff) -> None:
    """One claim is seen on the platform, the student leaves: that one is carried out, the other lapses."""
    case = filed(world, PHOTO, NUMBER)
    by, ids = world.staff["second_reviewer"], {c.field: c.id for c in world.case(case).claims}
    world.do(case, "take_up", by)
    world.settle(case, ids["PHOTO"], "corrected", by)
    with world.place.store.writing() as session:
        session.execute(update(Record).values(xjzt="退学"))
        assert let_lapse(world.place.engine, session, world.case(case).record.id) == 1
    assert world.case(case).state == CORRECTED
    assert {c.field: c.outcome for c in world.case(case).claims} == {"PHOTO": "corrected", "SFZH": "lapsed"}
    letter = told(world, as_student, case)
    assert re.search("照片 .{0,30}予以更正", letter) and re.search("证件号码 .{0,60}终止办理", letter)


def test_a_value_that_moved_is_looked_at_before_it_is_approved(world: World, as_staff: Staff) -> None:
    """The page shows what the record says now; without the tick nothing is approved."""
    case, browser = filed(world, NUMBER), as_staff("reviewer")
    desk(browser, case).send("/take_up")
    record, other = world.case(case).record.id, number_of(date(2006, 5, 4), 99)
    with world.place.store.writing() as session:
        sealed = world.place.cipher.seal(other, table="record", column="sfzh", row=record)
        session.execute(update(Record).where(Record.id == record).values(sfzh=sealed))
    page = desk(browser, case).page
    assert "提出之后记录有变动" in page.text and f"{other[0]}{'*' * 16}{other[-1]}" in page.text
    page = browser.send("/decide", outcome="approved")
    assert page.status == 422 and page.codes.count("base_moved")
    base = page.html.split('name="base" value="')[1].split('"')[0]
    assert browser.send("/decide", outcome="approved", base=base).status == 303
