"""Cases of one kind at the desk, without a script: found, looked at one by one, decided in one press, told of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from config.sentences import SentenceKept
from states.case import RAISED, REJECTED, REVIEW
from tests.conftest import BIRTHDAY
from tests.web.browsing import Browser, Page
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.cases.sentences.own import add_sentence
from workflow.cases.tables import Case
from workflow.engine import Ref
from workflow.people.tables import Access

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
REFUSE = {"outcome": "refused", "refusal": "papers_contradict", "words": "两份材料上的写法不一致"}


@pytest.fixture
def dotted(world: World) -> list[Ref]:
    """Four cases of students whose name was recorded with another dot, a minute apart."""
    cases = []
    for _ in range(4):
        world.at(world.clock.moment + timedelta(minutes=1))
        record = world.record(xm="买买提.吐尔逊")
        world.open_campaign()
        claim = ClaimFiled("XM", "rendering", "买买提·吐尔逊")
        cases.append(Ref("case", world.file(record, claim).subject))
    return cases


def boxes(page: Page) -> list[str]:
    """What the rows of a preview send, in their order."""
    return re.findall(r'name="case" value="([^"]+)"', page.html)


def receipt(world: World, case: Ref) -> str:
    """A receipt as pages show it."""
    return spoken(world.row(case).receipt or "")


def test_a_batch_with_one_refusal_and_one_case_that_changed(
    world: World, as_staff: Staff, dotted: list[Ref]
) -> None:
    """From the case to its kind, each looked at; two approved, the one that moved named, the last one refused alone."""
    browser = as_staff("reviewer")
    offered = browser.get(f"/desk/{dotted[0].id}")
    assert "同类 4 件 ：姓名间隔号写法" in offered.text
    listed = browser.get("/desk/batch")
    assert f"/desk/batch/{dotted[0].id}" in offered.links and f"/desk/batch/{dotted[0].id}" in listed.links
    page = browser.get(f"/desk/batch/{dotted[0].id}")
    rows = boxes(page)
    assert [row.partition(":")[0] for row in rows] == [case.id for case in dotted]
    assert page.html.count("<del>.</del>") == page.html.count("<ins>·</ins>") == 4
    assert page.text.count("材料 2 份") == 4 and "U+00B7" in page.text
    with world.place.store.reading() as session:
        looked = session.scalars(select(Access.subject).where(Access.what == "case")).all()
    assert {case.id for case in dotted} <= set(looked)

    world.do(dotted[1], "take_up", world.staff["other_reviewer"])
    sent = browser.page.form(f"/desk/batch/{dotted[0].id}")
    told = browser.send_form(sent, case=rows[:3], outcome="approved")
    assert told.status == 200 and "已同意更正 2 件" in told.text and "未办理 1 件" in told.text
    assert "changed_meanwhile" in told.codes and receipt(world, dotted[1]) in told.text
    versions = [world.case(case).version for case in dotted]
    again = browser.send_form(sent, case=rows[:3], outcome="approved")
    assert "已同意更正 2 件" in again.text and [world.case(case).version for case in dotted] == versions
    assert [world.case(case).state for case in dotted] == [REVIEW, REVIEW, REVIEW, RAISED]

    browser.get(f"/desk/batch/{dotted[3].id}")
    told = browser.send(f"/desk/batch/{dotted[3].id}", case=boxes(browser.page) * 2, **REFUSE)
    assert "不予更正 1 件" in told.text and world.case(dotted[3]).state == REJECTED


def test_a_batch_is_offered_the_sentences_that_are_true_of_each_of_its_cases(
    world: World, as_staff: Staff, dotted: list[Ref]
) -> None:
    """One that tells when a case was filed while all were filed on that day; filled in, nothing is decided."""
    with world.place.store.writing() as session:
        for n, says in enumerate(("{filed_on}提出，见{field}。", "{field}已核。", "{event_date}起。")):
            kept = SentenceKept("refused", says, "")
            add_sentence(session, world.place.cipher, world.staff["reviewer"], kept, f"{n:032}")
    browser, path = as_staff("reviewer"), f"/desk/batch/{dotted[0].id}"
    page = browser.get(path)
    assert "日提出，见姓名。" in page.html and "姓名已核。" in page.html and "起。</option>" not in page.html
    (id,) = re.findall(r'<option value="(\w+)" lang="zh-CN">姓名已核。', page.html)
    filled = browser.send_form(page.form(path), case=boxes(page)[:3], sentence=id, then="fill")
    assert filled.status == 200 and ">姓名已核。</textarea>" in filled.html
    assert filled.form(path).fields["outcome"] == "refused"
    assert (
        filled.html.count('name="case"') == 4
        and len(re.findall(r'name="case"[^>]* checked', filled.html)) == 3
    )
    assert {world.case(case).state for case in dotted} == {RAISED}
    with world.place.store.writing() as session:
        earlier = world.clock.moment - timedelta(days=1)
        session.execute(update(Case).where(Case.id == dotted[2].id).values(filed_at=earlier))
    page = browser.get(path)
    assert "日提出，见姓名。" not in page.html and "姓名已核。" in page.html


def test_what_is_missing_is_asked_for_before_any_case_is_decided(
    world: World, as_staff: Staff, dotted: list[Ref]
) -> None:
    """No outcome, no ground and no words, nothing ticked: said once, with what was typed and ticked as it was."""
    browser, path = as_staff("reviewer"), f"/desk/batch/{dotted[0].id}"
    rows = boxes(browser.get(path))
    for typed, codes in (
        ({"case": rows}, ["outcome_missing"]),
        ({"case": rows[1:], "outcome": "refused"}, ["refusal_code_missing", "words_missing"]),
        ({"case": [], "outcome": "refused", "words": "写法不一致"}, ["nothing_ticked"]),
    ):
        page = browser.send(path, **typed)
        assert (page.status, page.codes) == (422, codes)
        ticked = re.findall(r'name="case" value="([^"]+)" checked', page.html)
        assert ticked == typed["case"] and typed.get("words", "") in page.html
    assert {world.case(case).state for case in dotted} == {RAISED}
    (own, *_) = browser.page.forms
    assert browser.post(path, **{**own.fields, "case": "x:y", "csrf_token": browser.token}).status == 400


def test_a_case_that_no_rule_puts_with_others_leads_to_the_list(
    world: World, as_staff: Staff, dotted: list[Ref]
) -> None:
    """A name changed by law has no batch, the page of its case offers none, and what is not there is not there."""
    changed = ClaimFiled("XM", "legal_change", "买买提·吐尔逊", BIRTHDAY)
    case = Ref("case", world.file(world.record(xm="买买提.吐尔逊"), changed).subject)
    browser = as_staff("reviewer")

    assert "同类" not in browser.get(f"/desk/{case.id}").text
    browser.get(f"/desk/batch/{case.id}")
    assert "姓名间隔号写法" in browser.follow().text and case.id not in browser.page.html
    assert browser.get(f"/desk/batch/{'f' * 32}").status == 404
