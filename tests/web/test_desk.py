"""The reviewer's desk, as stories: take up, settle, decide; two at once; what is shown and logged."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from tests.web.browsing import Browser, Form, Page
from tests.world import NAME, World, number_of, picture
from workflow.cases.filing import ClaimFiled, spoken
from workflow.cases.tables import Case
from workflow.cases.waiting import PAGE
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.people.accounts import give_role
from workflow.people.tables import Access
from workflow.records.tables import Record

Staff = Callable[[str], Browser]


@pytest.fixture
def filed(world: World) -> Ref:
    """A filed case about a name."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    return world.case_of(record)


def settle(browser: Browser, case: Ref, number: int = 0, **typed: str) -> Page:
    """Settle one claim of a case, the first unless said otherwise."""
    page = browser.get(f"/desk/{case.id}")
    return browser.send_form(
        [form for form in page.forms if form.action.endswith("/settle")][number], **typed
    )


def looks(world: World, what: str = "") -> list[tuple[str, str]]:
    """The access log: what and whom, oldest first."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Access.what, Access.subject).order_by(Access.id)).all()
    return [(row.what, row.subject) for row in rows if not what or row.what == what]


def buttons(page: Page) -> dict[str, bool]:
    """Every decision the page offers, and whether it can be pressed."""
    return {
        form.action.rsplit("/", 1)[1]: form.open
        for form in page.forms
        if re.match(r"/desk/[0-9a-f]{32}/", form.action)
    }


def test_from_queue_to_corrected(world: World, as_staff: Staff, filed: Ref) -> None:
    """Take up, say when the right value was seen there, close with words: the record has the value."""
    browser = as_staff("reviewer")
    page = browser.get("/desk")
    assert spoken(world.row(filed).receipt or "") in page.text and "张三丰" in page.text
    browser.get(f"/desk/{filed.id}")
    assert browser.send("/take_up").status == 303
    assert settle(browser, filed, outcome="corrected", seen_on="2024-10-25").status == 303
    browser.get(f"/desk/{filed.id}")
    assert browser.send("/correct", words="已在平台更正").status == 303
    page = browser.follow()
    assert "已更正" in page.text and "撤销刚才的决定" in page.text
    assert world.case(filed).state == CORRECTED
    with world.place.store.reading() as session:
        assert session.scalars(select(Record.xm)).all() == ["张三峯"]


def test_a_rejection_needs_code_and_words_and_keeps_what_was_typed(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """Both faults are named at once, the half that was given stays, and the second try goes through."""
    browser = as_staff("reviewer")
    browser.get(f"/desk/{filed.id}")
    browser.send("/take_up")
    settle(browser, filed, outcome="refused", words="身份证上写的是“丰”")
    browser.get(f"/desk/{filed.id}")
    page = browser.send("/reject", words="", refusal="")
    assert page.status == 422 and page.codes[:2] == ["words_missing", "refusal_code_missing"]
    page = browser.send("/reject", words="原记录无误", refusal="")
    assert page.form("/reject").fields["words"] == "原记录无误"
    assert browser.send("/reject", refusal="record_is_right").status == 303
    assert world.case(filed).state == REJECTED and world.row(filed).ruling == "record_is_right"


def test_two_reviewers_at_once_one_wins_the_other_is_told(world: World, as_staff: Staff, filed: Ref) -> None:
    """Both look, both press: the second gets a 409 that says what happened, by whom, and until when."""
    first, second = as_staff("reviewer"), as_staff("other_reviewer")
    first.get(f"/desk/{filed.id}")
    second.get(f"/desk/{filed.id}")
    assert first.send("/take_up").status == 303
    page = second.send("/take_up")
    assert page.status == 409
    assert {"changed_meanwhile", "held_by_another"} <= set(page.codes)
    assert "审核人受理" in page.text and "测试审核人" in page.text
    assert world.case(filed).holder == world.staff["reviewer"].person


def test_of_many_presses_at_the_same_moment_one_counts(world: World, as_staff: Staff, filed: Ref) -> None:
    """Eight windows of two reviewers press at once: one 303, and a 409 with its reasons for all others."""
    windows = [as_staff(who) for who in ("reviewer", "other_reviewer") * 4]
    forms = [window.get(f"/desk/{filed.id}").form("/take_up") for window in windows]
    together = Barrier(len(windows))

    def press(window: Browser, form: Form) -> Page:
        together.wait()
        return window.send_form(form)

    with ThreadPoolExecutor(len(windows)) as pool:
        pages = list(pool.map(press, windows, forms))
    assert sorted(page.status for page in pages) == [303] + [409] * 7
    assert all("changed_meanwhile" in page.codes for page in pages if page.status == 409)
    assert world.case(filed).version == 3


def test_a_decision_on_an_old_page_is_a_409_and_decides_nothing(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """What was decided first stands; the late page names it and keeps the late words."""
    browser = as_staff("reviewer")
    browser.get(f"/desk/{filed.id}")
    browser.send("/take_up")
    settle(browser, filed, outcome="refused", words="材料不足")
    late = browser.get(f"/desk/{filed.id}").form("/reject")
    browser.get(f"/desk/{filed.id}")
    browser.send("/reject", words="第一次", refusal="record_is_right")
    page = browser.send_form(late, words="第二次", refusal="papers_contradict")
    assert page.status == 409 and "changed_meanwhile" in page.codes and "不予更正" in page.text
    assert world.row(filed).ruling == "record_is_right"


def test_the_same_decision_sent_twice_is_one_decision(world: World, as_staff: Staff, filed: Ref) -> None:
    """A double click on a decision gives the same answer twice and one entry."""
    browser = as_staff("reviewer")
    form = browser.get(f"/desk/{filed.id}").form("/take_up")
    assert [browser.send_form(form).status, browser.send_form(form).status] == [303, 303]
    assert world.case(filed).version == 3


def test_barred_actions_are_shown_with_their_reasons(world: World, as_staff: Staff, filed: Ref) -> None:
    """Before a case is taken up, its closing buttons are there, shut, and say what has to come first."""
    page = as_staff("reviewer").get(f"/desk/{filed.id}")
    assert buttons(page) == {"take_up": True, "correct": False, "reject": False}
    assert {"wrong_state", "claims_unsettled", "nothing_corrected"} <= set(page.codes)


def test_what_the_buttons_say_is_what_the_door_says(world: World, as_staff: Staff, filed: Ref) -> None:
    """In every state on the way, each action on the page is open or shut as the engine has it."""
    browser, by = as_staff("reviewer"), world.staff["reviewer"]

    def agrees() -> None:
        with world.place.store.reading() as session:
            said = {v.action: v.allowed for v in world.place.engine.available(session, filed, by)}
        said["decide"] = said["settle"]
        shown = buttons(browser.get(f"/desk/{filed.id}"))
        assert shown == {action: said[action] for action in shown}

    agrees()
    world.do(filed, "take_up", by)
    agrees()
    world.settle_all(filed, "corrected")
    agrees()
    world.do(filed, "correct", by, words="已更正")
    agrees()
    world.at(world.clock.moment + timedelta(minutes=11))
    agrees()


def test_released_undone_and_reopened(world: World, as_staff: Staff, filed: Ref) -> None:
    """A case goes back to the queue, a decision back within ten minutes, later only by a second reviewer."""
    browser = as_staff("reviewer")
    browser.get(f"/desk/{filed.id}")
    browser.send("/take_up")
    browser.follow()
    assert browser.send("/release").status == 303 and world.case(filed).holder == ""
    browser.follow()
    assert browser.send("/hold").status == 303 and world.case(filed).holder
    settle(browser, filed, outcome="already_right")
    browser.get(f"/desk/{filed.id}")
    browser.send("/reject", words="本来就对", refusal="record_is_right")
    browser.follow()
    assert browser.send("/undo").status == 303 and world.case(filed).state == REVIEW
    browser.follow()
    browser.send("/reject", words="本来就对", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(minutes=11))
    assert buttons(browser.get(f"/desk/{filed.id}")) == {"undo": False}
    second = as_staff("second_reviewer")
    second.get(f"/desk/{filed.id}")
    assert second.send("/reopen", words="").status == 422
    assert second.send("/reopen", words="补充了新的材料").status == 303
    assert world.case(filed).state == REVIEW


def test_differing_characters_are_marked_and_look_alikes_named(as_staff: Staff, filed: Ref) -> None:
    """丰 and 峯 stand in del and ins, not in colour alone, each with its code point."""
    html = as_staff("reviewer").get(f"/desk/{filed.id}").html
    assert "<del>丰</del>" in html and "<ins>峯</ins>" in html
    assert "U+4E30" in html and "U+5CEF" in html and "<del>张" not in html


def test_lists_hold_no_id_number_and_the_case_does(world: World, as_staff: Staff) -> None:
    """The queue names fields and people, and is one look; digits stand on the case page only, another look."""
    record = world.record()
    world.open_campaign()
    claimed = number_of(date(2005, 1, 2), 777)
    world.file(record, ClaimFiled("SFZH", "admission_error", claimed))
    case = world.case_of(record)
    browser = as_staff("reviewer")
    assert not re.search(r"\d{17}[\dX]", browser.get("/desk").html)
    assert looks(world) == [("queue", "")] * 2  # signing in leads to the first
    shown = re.sub(r"<[^>]+>", "", browser.get(f"/desk/{case.id}").html)
    assert claimed in shown
    assert looks(world)[2:] == [("case", case.id)]


def test_a_paper_leaves_only_after_the_look_was_written_down(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """Each picture shown is one line; it comes sealed against scripts and sniffing, without a name."""
    browser = as_staff("reviewer")
    pictures = browser.get(f"/desk/{filed.id}").pictures
    assert len(pictures) == 2
    answer = browser.client.get(pictures[0])
    assert answer.data == picture() and answer.mimetype == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'inline; filename="picture.jpg"'
    assert looks(world, "paper") == [("paper", pictures[0].rsplit("/", 1)[1])]


def test_a_paper_that_cannot_be_logged_is_not_shown(
    world: World, as_staff: Staff, filed: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the access log cannot be written, nothing leaves."""
    browser = as_staff("reviewer")
    pictures = browser.get(f"/desk/{filed.id}").pictures
    world.place.store.close()
    monkeypatch.setattr("web.desk.note_access", _broken)
    assert browser.client.get(pictures[0]).status_code == 500
    assert browser.get(f"/desk/{filed.id}").status == 500


def _broken(*_: object) -> None:
    raise OSError("no space left on the device of the log")


def test_papers_of_a_draft_are_nobodys_business_at_the_desk(world: World, as_staff: Staff) -> None:
    """What a student has not filed is not there for a reviewer, and trying is remembered."""
    record = world.record()
    paper = world.paper(record)
    browser = as_staff("reviewer")
    assert browser.get(f"/desk/papers/{paper}").status == 404
    with world.place.store.reading() as session:
        tried = select(Access.subject, Access.allowed).where(Access.what != "queue")
        assert session.execute(tried).all() == [(paper, False)]


def test_a_damaged_paper_is_named_as_such(world: World, as_staff: Staff, filed: Ref) -> None:
    """A stored file that was altered is never shown, and the page says what it is."""
    with world.place.store.reading() as session:
        paper = session.scalars(select(Evidence.id)).first() or ""
    file = world.place.settings.evidence / paper[:2] / paper
    stored = file.read_bytes()
    file.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    page = as_staff("reviewer").get(f"/desk/papers/{paper}")
    assert page.status == 500 and "文件已损坏" in page.text


def test_cases_that_were_never_filed_are_not_there_for_the_desk(world: World, as_staff: Staff) -> None:
    """Somebody who said nothing wrong is not for a reviewer to look at."""
    record = world.record()
    world.open_campaign()
    assert as_staff("reviewer").get(f"/desk/{world.case_of(record).id}").status == 404


def test_nobody_decides_their_own_case(world: World, as_staff: Staff) -> None:
    """A reviewer who is the student of a case finds every button shut with the reason."""
    record, reviewer = world.record(), world.staff["reviewer"].person
    with world.place.store.writing() as session:
        give_role(session, reviewer, "student", record, "test", world.clock.moment, world.place.entropy)
    world.open_campaign()
    world.file(record, NAME)
    page = as_staff("reviewer").get(f"/desk/{world.case_of(record).id}")
    assert not any(buttons(page).values()) and "own_case" in page.codes


def test_the_queue_is_read_in_pages_oldest_first(world: World, as_staff: Staff) -> None:
    """Fifty at a time, without a gap or a repetition, in the order of filing."""
    records = [world.record() for _ in range(PAGE + 3)]
    world.open_campaign()
    for record in reversed(records):
        world.file(record, NAME, papers=(world.paper(record),))
        world.at(world.clock.moment + timedelta(seconds=1))
    browser = as_staff("reviewer")
    first = _listed(browser.get("/desk"))
    second = _listed(browser.get(next(link for link in browser.page.links if "after=" in link)))
    with world.place.store.reading() as session:
        expected = session.scalars(
            select(Case.id).where(Case.state == RAISED).order_by(Case.filed_at, Case.id)
        ).all()
    assert first + second == expected


def _listed(page: Page) -> list[str]:
    return [link.rsplit("/", 1)[1] for link in page.links if re.fullmatch(r"/desk/[0-9a-f]{32}", link)]


def test_a_case_is_found_by_receipt_or_student_number_without_either_in_the_address(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """The number travels in the form; the address that follows holds a random id."""
    browser = as_staff("reviewer")
    for said in (spoken(world.row(filed).receipt or ""), "240100001"):
        browser.get("/desk")
        assert browser.send("/find", said=said).location == f"/desk/{filed.id}"
    browser.get("/desk")
    page = browser.send("/find", said="000 000 0001")
    assert page.status == 404 and "没有找到" in page.text


def test_a_form_without_version_or_key_does_nothing(world: World, as_staff: Staff, filed: Ref) -> None:
    """A hand-made form that does not say what it saw is turned away as incomplete."""
    browser = as_staff("reviewer")
    browser.get("/desk")
    form = Form(f"/desk/{filed.id}/take_up", "post", {"csrf_token": browser.token}, [("", "", False)])
    assert browser.send_form(form).status == 400
    assert browser.send_form(form, expected="2", key="short").status == 400
    assert world.case(filed).state == RAISED
