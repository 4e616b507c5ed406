"""Deciding at the desk: one press and on, what it said and did, what it asks for, and what goes wrong between."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.sentences import SentenceKept
from states.case import NOT_CHECKED, REJECTED, REVIEW
from tests.web.browsing import Browser, Page
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.sentences.own import add_sentence
from workflow.cases.tables import Question
from workflow.engine import Ref
from workflow.people.accounts import end_role
from workflow.people.standing_in import declare
from workflow.store import Base

pytestmark = [pytest.mark.one_database]

Staff = Callable[[str], Browser]
NUMBER = ClaimFiled("XH", "school_data", "240199999")


@pytest.fixture
def cases(world: World) -> list[Ref]:
    """Three filed cases about a name, oldest first."""
    records = [world.record() for _ in range(3)]
    world.open_campaign()
    for record in records:
        world.file(record, NAME)
        world.at(world.clock.moment + timedelta(minutes=1))
    return [world.case_of(record) for record in records]


def taken(browser: Browser) -> Page:
    """The page of the oldest free case, taken up from the queue."""
    browser.get("/desk")
    browser.send("/next")
    return browser.follow()


def test_an_approval_goes_on_and_says_what_it_did(world: World, as_staff: Staff, cases: list[Ref]) -> None:
    """Without a date and without a word the case waits for its entry; the next page says so, and so it stays."""
    browser = as_staff("reviewer")
    form = taken(browser).form("/decide")
    page = browser.send_form(form, outcome="approved", then="next")
    assert page.location == f"/desk/{cases[1].id}?done={cases[0].id}"
    line = f"{spoken(world.row(cases[0]).receipt or '')} 测试001 姓名： 同意更正 接下来：待录入学信网"
    assert line in browser.follow().text
    assert line in browser.get(f"/desk/{cases[2].id}?done={cases[0].id}").text
    assert [step.outcome for step in world.case(cases[0]).steps] == ["passed", ""]
    assert not world.case(cases[0]).holder, "whoever enters it may take it"
    assert browser.send_form(form, outcome="approved", then="next").location == page.location
    assert browser.get(f"/desk/{cases[2].id}").status == 200 and not world.case(cases[2]).holder


def test_a_kept_sentence_is_filled_into_what_is_asked_of_the_student(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """Beside the papers that are ticked, else into what is to be explained; nothing is asked until it is sent."""
    with world.place.store.writing() as session:
        kept = SentenceKept("ask", "请于{answer_by}前补交{field}的材料。", "")
        add_sentence(session, world.place.cipher, world.staff["reviewer"], kept, f"{1:032}")
    browser = as_staff("reviewer")
    form = taken(browser).form("/ask")
    (id,) = re.findall(r'<option value="(\w+)" lang="zh-CN">请于[^<]*前补交姓名的材料。', browser.page.html)
    for typed, field in (({}, "explanation"), ({"paper": ["id_card"]}, "paper_words")):
        page = browser.send_form(form, sentence=id, then="fill", **typed)
        (filled,) = re.findall(r'name="(\w+)"[^>]*>请于[^<]*前补交姓名的材料。</textarea>', page.html)
        assert page.status == 200 and filled == field and not page.codes
    assert world.case(cases[0]).holder and "等学生答复" not in page.text
    assert browser.send(f"/desk/{cases[0].id}/ask", then="").status == 303
    assert "等学生答复 1 项" in browser.follow().text


def test_what_only_waits_for_its_entry_asks_for_the_day(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """Approved once more without a day it is refused by that, at the field that is marked as needed then."""
    browser = as_staff("reviewer")
    page = taken(browser)
    assert "学信网更正完成日期（待录入的不填）" in page.text
    browser.send("/decide", outcome="approved")
    page = browser.follow()
    assert "学信网更正完成日期（必填）" in page.text
    page = browser.send("/decide", outcome="approved", then="next")
    assert page.status == 422 and page.codes == ["not_seen_on_platform"] and "#seen_on" in page.links
    assert browser.send("/decide", outcome="approved", seen_on="2024-10-25").status == 303
    assert world.row(cases[0]).decided_at, "no word was asked for"


def test_what_was_right_all_along_is_one_press(world: World, as_staff: Staff, cases: list[Ref]) -> None:
    """The ground of such a close is the school's own, and no words are asked."""
    browser = as_staff("reviewer")
    taken(browser)
    assert browser.send("/decide", outcome="already_right", then="next").location.startswith(
        f"/desk/{cases[1].id}?"
    )
    assert world.case(cases[0]).state == REJECTED and world.row(cases[0]).ruling == "record_is_right"


def test_a_refusal_names_its_faults_in_the_bar_each_at_its_field(as_staff: Staff, cases: list[Ref]) -> None:
    """A ground and words are always needed; the summary leads to both fields, and the choice stays made."""
    browser = as_staff("reviewer")
    taken(browser)
    page = browser.send("/decide", outcome="refused", then="next")
    assert page.status == 422 and page.codes == ["words_missing", "refusal_code_missing"]
    assert {"#words", "#refusal"} <= set(page.links) and page.form("/decide").fields["outcome"] == "refused"


def test_what_is_put_back_is_not_handed_out_again(world: World, as_staff: Staff, cases: list[Ref]) -> None:
    """The queue says that it was put back, and the next one taken there is another, while there is one."""
    browser = as_staff("reviewer")
    taken(browser)
    assert browser.send("/release").location == f"/desk?done={cases[0].id}"
    assert "退回待办" in browser.follow().text and not world.case(cases[0]).holder
    assert browser.send("/next").location.startswith(f"/desk/{cases[1].id}")
    for case in cases[1:]:
        world.do(case, "hold" if world.case(case).state == REVIEW else "take_up", world.staff["reviewer"])
    browser.get(f"/desk?done={cases[0].id}")
    assert browser.send("/next").location.startswith(f"/desk/{cases[0].id}")


def test_the_last_of_the_evening_leads_to_the_queue(world: World, as_staff: Staff, cases: list[Ref]) -> None:
    """Where no other case is free, the queue says what was done, and the case itself does not come back."""
    for case in cases[1:]:
        world.do(case, "take_up", world.staff["other_reviewer"])
    browser = as_staff("reviewer")
    taken(browser)
    assert browser.send("/decide", outcome="approved", then="next").location == f"/desk?done={cases[0].id}"
    assert "姓名： 同意更正" in browser.follow().text


def test_one_claim_apart_leaves_the_others_to_the_bar(world: World, as_staff: Staff) -> None:
    """Once a claim is approved by itself, the decision at the foot is about the rest and cannot refuse it too."""
    record = world.record()
    world.open_campaign()
    case = Ref("case", world.file(record, NAME, NUMBER).subject)
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    browser = as_staff("reviewer")
    page = taken(browser)
    alone = next(form for form in page.forms if form.fields.get("claims") == ids["XM"])
    looked = browser.send_form(alone, outcome="approved", then="look")
    assert "学生将看到的内容（尚未保存）" in looked.text and not world.case(case).claims[0].outcome
    kept = [
        form.fields["outcome"]
        for form in looked.forms
        if form.fields.get("claims") and form.fields.get("outcome")
    ]
    assert kept == ["approved"]
    browser.send_form(alone, outcome="approved")
    page = browser.follow()
    bar = next(
        form
        for form in page.forms
        if form.fields.get("claims") == ids["XH"] and ("then", "next", False) in form.buttons
    )
    said = {"outcome": "refused", "refusal": "record_is_right", "words": "学号与学籍一致"}
    browser.send_form(bar, **said, then="next")
    assert {claim.field: claim.outcome for claim in world.case(case).claims} == {"XM": "", "XH": "refused"}


def test_a_kept_sentence_is_filled_in_and_decides_nothing(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """Its facts stand in the words, what the student will read is shown, and the case is as it was."""
    browser = as_staff("reviewer")
    taken(browser)
    before = world.row(cases[0]).version
    page = browser.send("/decide", sentence="school-1", refusal="", then="fill")
    assert page.status == 200 and world.row(cases[0]).version == before
    fields = page.form("/decide").fields
    assert fields["outcome"] == "approved" and "{" not in fields["words"] and "姓名" in fields["words"]
    shown = page.html.partition('id="told"')[2].partition("</section>")[0]
    assert "审核中" in shown and fields["words"] in shown


def test_a_case_withdrawn_meanwhile_is_told_and_no_word_is_lost(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """The student took it back while the decision was written: nothing is done, and the words stand there."""
    browser = as_staff("reviewer")
    form = taken(browser).form("/decide")
    world.do(cases[0], "withdraw", world.student(world.case(cases[0]).record.id))
    page = browser.send_form(
        form, outcome="refused", refusal="record_is_right", words="写了很久", then="next"
    )
    assert page.status == 409 and "撤回申请" in page.text and "由—" not in page.text
    assert "您刚才填写的内容（未提交）" in page.text and "写了很久" in page.text
    assert world.case(cases[0]).state == NOT_CHECKED and not world.case(cases[1]).holder


def test_a_role_lost_meanwhile_decides_nothing(world: World, as_staff: Staff, cases: list[Ref]) -> None:
    """Whoever is no reviewer any more reads that, and what they wrote; the case is as it was, and a foreign form is silent."""
    browser = as_staff("reviewer")
    form = taken(browser).form("/decide")
    with world.place.store.writing() as session:
        end_role(session, world.staff["reviewer"].person, "reviewer", world.clock.moment)
    page = browser.send_form(form, outcome="refused", words="写了很久的理由", then="next")
    assert page.status == 401 and world.case(cases[0]).state == REVIEW
    assert "您刚才填写的内容（未提交）" in page.text and "写了很久的理由" in page.text
    assert "外来的话" not in browser.post(form.action, csrf_token="x", words="外来的话").text


def test_a_case_that_is_theirs_no_more_is_not_there_and_the_words_are(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """A relation declared in another tab ends what the reviewer had to do with it, and not what they wrote."""
    browser = as_staff("reviewer")
    form = taken(browser).form("/decide")
    by, record = world.staff["reviewer"], world.case(cases[0]).record.id
    with world.place.store.writing() as session:
        declare(session, by, record, world.clock.moment, world.place.entropy)
    page = browser.send_form(form, outcome="refused", words="写了很久的理由", then="next")
    assert page.status == 404 and "写了很久的理由" in page.text and "测试001" not in page.text


def test_the_head_of_the_papers_says_what_came_after_the_filing(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """On which day and how many; what was filed with the request is not among them."""
    reviewer, case = world.staff["reviewer"], cases[0]
    world.do(case, "take_up", reviewer)
    asked = QuestionAsked("paper", "id_card", "请补拍国徽面")
    world.do(case, "ask", reviewer, questions=(asked,))
    browser = as_staff("reviewer")
    assert "补交 " not in browser.get(f"/desk/{case.id}").text
    world.at(world.clock.moment + timedelta(days=1))
    with world.place.store.reading() as session:
        question = session.scalars(select(Question.id).where(Question.case_id == case.id)).one()
    record = world.case(case).record.id
    paper = world.paper(record)
    world.do(case, "answer", world.student(record), question=question, papers=(paper,))
    day = world.clock.moment
    assert (
        f"所附材料 3 {day.month}月{day.day}日 补交 1 份" in as_staff("reviewer").get(f"/desk/{case.id}").text
    )


def everything_but_looks(world: World) -> dict[str, set[str]]:
    """Every row of every table but the log of accesses, and every file of the installation's evidence."""
    with world.place.store.reading() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name != "access"]
        rows = {table.name: set(map(repr, session.execute(select(table)).all())) for table in tables}
    return rows | {"files": {str(file) for file in world.place.settings.evidence.rglob("*")}}


def test_a_decision_that_is_looked_at_leaves_a_look_and_nothing_else(
    world: World, as_staff: Staff, cases: list[Ref]
) -> None:
    """Possible, refused, stale, or of a case that is another's or nobody's business: no row and no file of it stays."""
    browser, stranger = as_staff("reviewer"), as_staff("other_reviewer")
    form = taken(browser).form("/decide")
    stranger.get("/desk")
    record = world.case(cases[0]).record.id
    with world.place.store.writing() as session:
        declare(session, world.staff["other_reviewer"], record, world.clock.moment, world.place.entropy)
    before = everything_but_looks(world)
    refused = {"outcome": "refused", "refusal": "record_is_right", "words": "与学籍一致"}
    for typed, status, shown in (
        ({"outcome": "approved", "seen_on": "2024-10-25"}, 200, True),
        (refused, 200, True),
        (refused | {"words": ""}, 422, False),
        (refused | {"expected": "1"}, 422, False),
    ):
        page = browser.send_form(form, **typed, then="look")
        assert (page.status, 'id="told"' in page.html) == (status, shown)
    strange = {**form.fields, **refused, "csrf_token": stranger.token, "then": "look"}
    assert stranger.post(form.action, **strange).status == 404
    assert stranger.post(f"/desk/{cases[1].id}/decide", **strange | {"claims": ""}).status == 422
    assert everything_but_looks(world) == before
    assert browser.send_form(form, **refused).status == 303, "the same press then decides"
