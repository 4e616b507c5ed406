"""The auditor's pages: everything that happened, who looked, and whether the history explains the present."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from tests.web.browsing import Browser
from tests.world import World
from workflow.cases.filing import ClaimFiled, spoken
from workflow.engine import Ref
from workflow.history.tables import Opening
from workflow.people.tables import Access
from workflow.verdict import Refused

Staff = Callable[[str], Browser]


@pytest.fixture
def decided(world: World) -> Ref:
    """A case that went all the way, with one refused attempt in it."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    with pytest.raises(Refused):
        world.do(case, "correct", reviewer, words="太早")
    world.settle_all(case, "corrected")
    world.do(case, "correct", reviewer, words="已在平台更正")
    return case


def looks(world: World) -> list[tuple[str, str, str]]:
    """The access log: role, what, whom."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Access.role, Access.what, Access.subject).order_by(Access.id))
        return [(row.role, row.what, row.subject) for row in rows]


def test_an_auditor_finds_a_case_by_any_of_its_numbers(world: World, as_staff: Staff, decided: Ref) -> None:
    """Receipt, student, candidate or case number lead to the timeline; none gets into the address."""
    browser = as_staff("auditor")
    for said in (spoken(world.row(decided).receipt or ""), "240100001", "24360000000001", decided.id):
        browser.get("/audit")
        assert browser.send("/audit", said=said).location == f"/audit/{decided.id}"
    browser.get("/audit")
    page = browser.send("/audit", said="张三丰")
    assert page.status == 404 and "没有找到" in page.text


def test_the_timeline_tells_everything_and_shows_no_value(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """Done and refused, who in which role, from where to where, codes and policy; values stay closed."""
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    done = ("建立个案", "提出有误", "受理", "逐项认定", "更正办结", "未核对 → 已提出有误", "XM:corrected")
    refused = ("被拒", "claims_unsettled", "测试审核人", "（审核人）", world.place.school.digest[:12])
    assert [words for words in (*done, *refused) if words not in page.text] == []
    assert page.text.index("被拒") < page.text.index("#4")
    assert "张三峯" not in page.html and "已在平台更正" not in page.html


def test_a_value_is_opened_by_one_press_and_that_is_written_down(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """Opening shows what the entry committed to; the log knows who, what and whom."""
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{decided.id}")
    form = next(form for form in page.forms if form.action.split("#")[0].endswith("/2"))
    page = browser.send_form(form)
    assert page.status == 200 and "张三丰" in page.text and "张三峯" in page.text
    assert looks(world) == [("auditor", "timeline", decided.id), ("auditor", "values", decided.id)]


def test_an_erased_value_is_named_as_erased(world: World, as_staff: Staff, decided: Ref) -> None:
    """After an erasure the entry is still there and still verifies; the value is gone and said to be."""
    with world.place.store.writing() as session:
        session.execute(Opening.__table__.delete().where(Opening.number == 2))  # type: ignore[attr-defined]
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    assert "2 个已擦除" in page.text and "一致" in page.text


def test_the_page_says_when_the_history_does_not_explain_the_present(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """A state changed behind the door's back is the first thing an auditor reads."""
    browser = as_staff("auditor")
    assert "不一致" not in browser.get(f"/audit/{decided.id}").text
    with world.place.store.writing() as session:
        session.execute(text("UPDATE cases SET state = 'rejected'"))
    page = browser.get(f"/audit/{decided.id}")
    assert "不一致" in page.text and "state_differs" in page.text


def test_a_campaign_has_a_timeline_of_its_own(world: World, as_staff: Staff) -> None:
    """Drafting and opening a campaign can be read like the life of a case."""
    world.record()
    campaign = world.open_campaign()
    browser = as_staff("auditor")
    assert f"/audit/{campaign}" in browser.get("/audit").links
    text_ = browser.get(f"/audit/{campaign}").text
    assert "建立活动" in text_ and "开始活动" in text_ and "测试学籍管理员" in text_


def test_a_subject_that_is_none_has_no_page(as_staff: Staff) -> None:
    """An id of nothing answers 404."""
    assert as_staff("auditor").get("/audit/" + "0" * 32).status == 404
