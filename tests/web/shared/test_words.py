"""Two languages: pages are Chinese by default, and entirely English after the switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from states.case import CASE, CHECKED_OK, NOT_CHECKED, REVIEW
from tests.conftest import on
from tests.web.browsing import Browser, Page
from tests.web.catalogue import HAN
from tests.world import NAME, World, number_of
from web.shared.labels import said
from workflow.cases.claims import ClaimFiled
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.values import NOT_YET, Fact, Happened, OneOf, Sentence, role_named, step_named
from workflow.verdict import Reason

pytestmark = pytest.mark.one_database

People = Callable[[str], Browser]


def in_english(browser: Browser) -> Browser:
    """The same browser after switching to English."""
    browser.get("/bye")
    page = browser.send("/language", language="en")
    assert page.status == 303
    return browser


def test_english_pages_hold_no_chinese_but_marked_values(
    world: World, app: Flask, as_student: People, as_staff: People
) -> None:
    """On the way of every role, whatever is not marked as a Chinese value is English."""
    record, late = world.record(xm="张三丰"), world.record(yjbyrq=date(2024, 6, 30))
    number = number_of(date(2005, 1, 2), 888)
    world.open_campaign()
    student, out = in_english(as_student(record)), in_english(as_student(late))
    pages = [out.get("/my"), student.get("/my"), student.get("/my/confirm"), student.get("/my/looked")]
    student.get("/my")
    pages += [student.send("/my/marks"), student.send("/my/marks", XB="wrong", CSRQ="wrong")]
    pages += [out.get("/my/wrong/XM"), student.get("/my/wrong/PHOTO")]
    for field, typed in (("XM", "张?丰"), ("XB", ""), ("SFZH", "12"), ("SFZH", number)):
        path = f"/my/wrong/{field}"
        pages += [student.get(path), student.send(path)]
        pages += [student.send(path, cause="legal_change", value=typed, event_date="2024-10-01")]
    pages += [student.get("/my/wrong/SFZH"), student.send("/my/wrong/SFZH", event_date="2024-02-30")]
    pages += [student.get("/my/papers"), student.get("/my/papers/add"), student.get("/my/papers/add/other")]
    pages += [student.post("/my/papers/add/other", csrf_token=student.token)]
    world.paper(record)
    pages += [student.get(path) for path in ("/my/papers", "/my/check", "/my/discard", "/my")]
    world.file(record, ClaimFiled("SFZH", "admission_error", number), NAME)
    case, by = world.case_of(record), world.staff["reviewer"]
    mine = [f"/my/receipts/{case.id}", *(f"/my/cases/{case.id}{more}" for more in ("", "/letter"))]
    pages += [student.get(path) for path in ("/my", f"/my/cases/{case.id}/withdraw", *mine)]
    reviewer, second = in_english(as_staff("reviewer")), in_english(as_staff("other_reviewer"))
    pages += [reviewer.get("/desk"), reviewer.get(f"/desk/{case.id}"), second.get(f"/desk/{case.id}")]
    world.do(case, "take_up", by)
    pages += [second.send("/take_up"), reviewer.get(f"/desk/{case.id}"), second.get("/desk")]
    world.settle_all(case, "corrected")
    world.do(case, "correct", by, words="已更正")
    pages += [reviewer.get(f"/desk/{case.id}"), student.get(f"/my/cases/{case.id}")]
    world.at(world.clock.moment + timedelta(minutes=11))
    pages += [student.get(path) for path in ("/my", *mine)] + [reviewer.get(f"/desk/{case.id}")]
    with world.place.store.writing() as session:
        give_role(session, by.person, held("auditor"), "test", world.clock.moment, world.place.entropy)
    for role, path in (
        ("auditor", f"/audit/{case.id}"), ("auditor", "/audit"), ("registrar", "/registrar"),
        ("administrator", "/admin"), ("officer", "/college"), ("reviewer", "/desk"), ("reviewer", "/audit"),
    ):  # fmt: skip
        browser = in_english(as_staff(role))
        pages.append(browser.get(path))
        for form in [form for form in browser.page.forms if "#row-" in form.action]:
            pages.append(browser.send_form(form))
    nobody = in_english(Browser(app))
    pages += [
        nobody.get(path)
        for path in ("/", "/signin", "/activate", "/signin/code", "/in", "/in/x", "/bye", "/my", "/nothing")
    ]
    pages = [page for page in pages if page.status != 303]
    assert len(pages) > 50
    assert [(page.path, words) for page in pages for words in chinese(page)] == []


def chinese(page: Page) -> list[str]:
    """Chinese text on a page that is not marked as Chinese."""
    assert 'lang="en"' in page.html, page.path
    return [words for words, language in page.words if not language and HAN.search(words)]


def test_the_page_stays_chinese_until_somebody_switches(stranger: Browser) -> None:
    """The default is Chinese whatever the browser prefers; the switch is kept and leads back to the page."""
    answer = stranger.client.get("/", headers={"Accept-Language": "en-US,en"})
    assert '<html lang="zh-CN">' in answer.text
    stranger.get("/bye")
    assert stranger.send("/language", language="en").location == "/bye"
    assert '<html lang="en">' in stranger.get("/").html
    stranger.send("/language", language="zh")
    assert '<html lang="zh-CN">' in stranger.get("/").html


def test_facts_of_a_reason_are_told_in_english(app: Flask) -> None:
    """Roles, states and fields that fill a sentence are said in the sentence's language."""
    reason = Reason(
        "wrong_state", "现在是“{state}”，只有在“{possible}”时才能{action}。",
        {
            "state": CASE.state(REVIEW),
            "possible": OneOf((CASE.state(NOT_CHECKED), CASE.state(CHECKED_OK))),
            "action": CASE.action("confirm"),
        },
        remedy="请联系学籍管理部门。",
    )  # fmt: skip
    assert reason.says == "现在是“审核中”，只有在“未核对”“核对无误”时才能确认无误。"
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        told = said(reason)
    assert told.says == (
        'The state is "under review"; "confirm" is possible only in: not checked / checked, correct.'
    )
    assert told.remedy == "Ask the office for student records."


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (12, "12", "12"),
        ("张三丰", "张三丰", "张三丰"),
        (date(2024, 10, 25), "2024-10-25", "25 October 2024"),
        (on(2024, 11, 7, 23, 59, 59), "2024-11-07 23:59:59", "7 November 2024 23:59:59"),
        (role_named("officer"), "学院经办人", "college officer"),
        (step_named("letter"), "发函核实", "letter"),
        ((), "—", "—"),
        ((role_named("student"),), "学生", "student"),
        (("甲", 2, date(2024, 10, 25)), "甲、2、2024-10-25", "甲, 2 and 25 October 2024"),
        (Sentence("没有这一天。"), "没有这一天。", "there is no such day."),
        (NOT_YET, "尚未建立", "not made yet"),
        (
            Happened("2024-10-25 10:00", role_named("reviewer"), CASE.action("take_up")),
            "2024-10-25 10:00 审核人受理",
            "2024-10-25 10:00 reviewer: take up",
        ),
    ],
)
def test_each_kind_of_fact_is_written_out_in_both_languages(app: Flask, fact: Fact, zh: str, en: str) -> None:
    """Names, days, moments, numbers and lists are values until somebody reads them, each in their language."""
    reason = Reason("x", "{fact}", {"fact": fact})
    assert reason.says == zh
    for cookie, words in (("lang=zh", zh), ("lang=en", en)):
        with app.test_request_context(headers={"Cookie": cookie}):
            assert said(reason).says == words


def test_a_reason_without_facts_may_hold_a_percent_sign_or_brace(app: Flask) -> None:
    """Words of a school's policy are shown as they are, whatever they hold."""
    reason = Reason("x", "满 100% 时", remedy="写作 {x}", template_en="at 100%", remedy_en="write {x}")
    for cookie, words in (("lang=en", ("at 100%", "write {x}")), ("lang=zh", ("满 100% 时", "写作 {x}"))):
        with app.test_request_context(headers={"Cookie": cookie}):
            told = said(reason)
        assert (told.says, told.remedy) == words
