"""The reviewer's desk, as stories: take up, settle, decide; two at once; what is shown and logged."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from flask import url_for
from sqlalchemy import select

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from tests.conftest import ON_BOTH
from tests.web.browsing import WHOLE_NUMBER, Browser, Form, Page
from tests.web.counting import Counted
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.records.rosters import student
from tests.world import NAME, World, number_of, picture
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.cases.tables import Case
from workflow.cases.views.queue.lists import PAGE
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.people.tables import Access
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
PHOTO = ClaimFiled("PHOTO", "photo", "")


@pytest.fixture
def filed(world: World) -> Ref:
    """A filed case about a name."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    return world.case_of(record)


def looks(world: World, what: str = "") -> list[tuple[str, str]]:
    """The access log: what and whom, oldest first."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Access.what, Access.subject).order_by(Access.id)).all()
    return [(row.what, row.subject) for row in rows if not what or row.what == what]


def buttons(page: Page) -> dict[str, bool]:
    """Every decision on the page, and whether its button is enabled."""
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
    browser.get(f"/desk/{filed.id}")
    assert browser.send("/decide", outcome="approved").status == 303
    page = browser.follow()
    assert "当前环节" in page.text and world.case(filed).state == REVIEW
    said = {"outcome": "approved", "seen_on": "2024-10-25", "words": "已在平台更正"}
    assert browser.send("/decide", **said).status == 303
    page = browser.follow()
    assert "已更正" in page.text and page.form("/undo").open
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
    world.settle_all(filed, "refused", words="身份证上写的是“丰”")
    browser.get(f"/desk/{filed.id}")
    page = browser.send("/reject", words="", refusal="")
    assert page.status == 422 and page.codes[:2] == ["words_missing", "refusal_code_missing"]
    page = browser.send("/reject", words="原记录无误", refusal="")
    assert page.form("/reject").fields["words"] == "原记录无误"
    assert browser.send("/reject", refusal="record_is_right").status == 303
    assert world.case(filed).state == REJECTED and world.row(filed).ruling == "record_is_right"


def test_two_reviewers_at_once_one_wins_the_other_is_told(world: World, as_staff: Staff, filed: Ref) -> None:
    """Both look, both press: the second gets a 409 that says who did what in which role, and until when."""
    first, second = as_staff("reviewer"), as_staff("other_reviewer")
    first.get(f"/desk/{filed.id}")
    second.get(f"/desk/{filed.id}")
    assert first.send("/take_up").status == 303
    page = second.send("/take_up")
    assert page.status == 409
    assert {"changed_meanwhile", "held_by_another"} <= set(page.codes)
    assert "测试审核人 · 审核人 · 受理" in page.text
    assert world.case(filed).holder == world.staff["reviewer"].person


@ON_BOTH
def test_of_many_presses_at_the_same_moment_one_counts(world: World, as_staff: Staff, filed: Ref) -> None:
    """Eight windows of two reviewers: who is first has it in each of theirs by one line, the other gets a 409."""
    windows = [as_staff(who) for who in ("reviewer", "other_reviewer") * 4]
    forms = [window.get(f"/desk/{filed.id}").form("/take_up") for window in windows]
    together = Barrier(len(windows))

    def press(window: Browser, form: Form) -> Page:
        together.wait()
        return window.send_form(form)

    with ThreadPoolExecutor(len(windows)) as pool:
        pages = list(pool.map(press, windows, forms))
    assert sorted(page.status for page in pages) == [303] * 4 + [409] * 4
    assert all("changed_meanwhile" in page.codes for page in pages if page.status == 409)
    assert world.case(filed).version == 3


def test_a_decision_on_an_old_page_is_a_409_and_decides_nothing(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """What was decided first stands; the late page names it and keeps the late words."""
    browser = as_staff("reviewer")
    browser.get(f"/desk/{filed.id}")
    browser.send("/take_up")
    world.settle_all(filed, "refused", world.staff["reviewer"])
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
    """A case nobody took up offers that, a note and a verification; in another's hands its buttons stand there, shut, and say why."""
    assert buttons(as_staff("reviewer").get(f"/desk/{filed.id}")) == {
        "take_up": True,
        "note": True,
        "verify": True,
    }
    world.do(filed, "take_up", world.staff["other_reviewer"])
    page = as_staff("reviewer").get(f"/desk/{filed.id}")
    assert (
        buttons(page) == {"hold": False, "decide": False, "note": True, "verify": True}
        and "held_by_another" in page.codes
    )


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
    assert "退回待办" in browser.follow().text
    browser.get(f"/desk/{filed.id}")
    assert browser.send("/hold").status == 303 and world.case(filed).holder
    world.settle_all(filed, "already_right")
    browser.get(f"/desk/{filed.id}")
    browser.send("/reject", words="原记录无误", refusal="record_is_right")
    browser.follow()
    assert browser.send("/undo").status == 303 and world.case(filed).state == REVIEW
    browser.follow()
    browser.send("/reject", words="原记录无误", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(minutes=11))
    assert buttons(browser.get(f"/desk/{filed.id}")) == {"undo": False, "note": True, "verify": True}
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


def test_lists_hold_no_id_number_and_the_case_its_ends(world: World, as_staff: Staff) -> None:
    """The queue names fields and people, and is one look; the case page, another look, masks both numbers."""
    record = world.record()
    world.open_campaign()
    claimed = number_of(date(2005, 1, 2), 777)
    world.file(record, ClaimFiled("SFZH", "admission_error", claimed))
    case = world.case_of(record)
    browser = as_staff("reviewer")
    assert not WHOLE_NUMBER.search(browser.get("/desk").html)
    assert looks(world) == [("queue", "")] * 2  # the first sign-in leads here
    shown = re.sub(r"<[^>]+>", "", browser.get(f"/desk/{case.id}").html)
    assert claimed not in shown and f"{claimed[0]}*****" in shown and not WHOLE_NUMBER.search(shown)
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
    for page in ("web.desk.pages", "web.shared.act", "web.shared.figures.pictures"):
        monkeypatch.setattr(f"{page}.note_access", _broken)
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
        give_role(session, reviewer, held("student", record), "test", world.clock.moment, world.place.entropy)
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
    assert page.status == 404 and "没有找到" in page.text and "000 000 0001" in page.html


def test_a_form_without_version_or_key_does_nothing(world: World, as_staff: Staff, filed: Ref) -> None:
    """A hand-made form that does not say what it saw is turned away as incomplete."""
    browser = as_staff("reviewer")
    browser.get("/desk")
    form = Form(f"/desk/{filed.id}/take_up", "post", {"csrf_token": browser.token}, [("", "", False)])
    assert browser.send_form(form).status == 400
    assert browser.send_form(form, expected="2", key="short").status == 400
    assert world.case(filed).state == RAISED


# -- the queue ------------------------------------------------------------------------------------------


def several(world: World, many: int, *claims: ClaimFiled) -> list[Ref]:
    """This many filed cases, a minute apart, of two colleges in turn."""
    records = [world.record(fy=("测试学院", "软件学院")[n % 2]) for n in range(many)]
    world.open_campaign()
    for record in records:
        world.file(record, *(claims or (NAME,)))
        world.at(world.clock.moment + timedelta(minutes=1))
    return [world.case_of(record) for record in records]


def test_the_queue_says_who_holds_what_and_how_long_it_waits(world: World, as_staff: Staff) -> None:
    """A line names college, waiting time and holder with the end of the hold, and mine is said to be mine."""
    cases = several(world, 3)
    world.at(world.clock.moment + timedelta(hours=3))
    browser = as_staff("reviewer")
    world.do(cases[0], "take_up", world.staff["reviewer"])
    world.do(cases[1], "take_up", world.staff["other_reviewer"])
    text = browser.get("/desk").text
    until = world.row(cases[1]).held_until
    assert until is not None
    assert f"另一位审核人 至 {until:%H:%M}" in text and f"您 至 {until:%H:%M}" in text
    assert "3 小时" in text and "软件学院" in text and "全部 3 由我经办 1 未领办 1" in text


@ON_BOTH
def test_a_filter_stays_along_the_way_and_bears_nothing_personal(world: World, as_staff: Staff) -> None:
    """Tabs, lines, decisions and the next case keep the filter; the address names a field and a college."""
    cases = several(world, 4)
    browser = as_staff("reviewer")
    page = browser.get("/desk?who=free&college=软件学院&field=XM")
    assert _cases_linked(page) == [cases[1].id, cases[3].id]
    assert "符合条件的有 2 件" in page.text
    assert browser.send_form(next(form for form in page.forms if "/desk/next" in form.action)).status == 303
    page = browser.follow()
    assert page.path.startswith(f"/desk/{cases[1].id}?") and "who=free" in page.path
    assert cases[3].id in _cases_linked(page) and cases[2].id not in _cases_linked(page)
    form = next(form for form in page.forms if "/decide" in form.action)
    page = browser.send_form(form, outcome="approved", seen_on="2024-10-25", words="已更正", then="next")
    assert page.location.startswith(f"/desk/{cases[3].id}?") and f"done={cases[1].id}" in page.location


def _cases_linked(page: Page) -> list[str]:
    return [found[1] for link in page.links if (found := re.match(r"/desk/([0-9a-f]{32})(\?|$)", link))]


def test_a_filter_of_somebodys_own_making_filters_nothing(world: World, as_staff: Staff) -> None:
    """A person's name, an unknown field or an unknown word in the address is left out, not believed."""
    cases = several(world, 2)
    page = as_staff("reviewer").get("/desk?who=张三丰&field=SFZH' OR 1&after=nothing")
    assert _cases_linked(page)[:2] == [case.id for case in cases]
    assert "张三丰" not in page.html


def test_a_name_of_a_view_that_is_refused_stands_where_it_was_typed(as_staff: Staff) -> None:
    """The form that was sent is open with it, and each other one has what it had."""
    browser, long = as_staff("reviewer"), "本周到期的软件学院和测试学院的姓名更正"
    browser.get("/desk?field=XM")
    browser.send("/views", name="姓名")
    save, rename = (form for form in browser.follow().forms if form.action.startswith("/desk/views"))
    for form, fields in ((save, [long + "。。", "姓名"]), (rename, ["", long + "。。"])):
        page = browser.send_form(form, name=long + "。。", what="rename" if form is rename else "save")
        assert (page.status, page.codes) == (422, ["view_name_too_long"])
        forms = [form for form in page.forms if form.action.startswith("/desk/views")]
        assert [form.fields["name"] for form in forms] == fields


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/desk?who=mine", "您目前没有经办的申请"),
        ("/desk?who=free", "均已有人经办"),
        ("/desk?field=CSRQ", "没有符合筛选条件的申请"),
        ("/desk?after=last", "已是最后一件"),
    ],
)
def test_an_empty_list_says_what_its_emptiness_means(
    world: World, as_staff: Staff, path: str, says: str
) -> None:
    """Nothing mine, nothing free, nothing that fits and nothing further are four different things."""
    (case,) = several(world, 1)
    world.do(case, "take_up", world.staff["other_reviewer"])
    assert says in as_staff("reviewer").get(path.replace("last", case.id)).text


def test_an_empty_queue_says_that_nothing_waits(as_staff: Staff) -> None:
    """Before anybody filed there is nothing to do, and the next free one cannot be had, with the reason."""
    browser = as_staff("reviewer")
    assert "没有待审核的申请" in browser.page.text
    page = browser.send("/next")
    assert page.status == 409 and page.codes == ["nothing_free"]


def test_the_next_free_one_is_one_press_away(world: World, as_staff: Staff) -> None:
    """The button on the queue takes up the oldest free case and opens it; pressed twice it is one case."""
    cases = several(world, 2)
    world.do(cases[0], "take_up", world.staff["other_reviewer"])
    browser = as_staff("reviewer")
    form = browser.get("/desk").form("/next")
    assert [browser.send_form(form).location for _ in range(2)] == [f"/desk/{cases[1].id}"] * 2
    assert world.case(cases[1]).holder == world.staff["reviewer"].person
    assert "您经办至" in browser.get(f"/desk/{cases[1].id}").text


# -- deciding and going on ------------------------------------------------------------------------------


def test_decided_and_on_to_the_next_with_the_undo_in_a_line(world: World, as_staff: Staff) -> None:
    """One press settles, closes, takes up the next and says what was done; the undo stands there and works."""
    cases = several(world, 2)
    browser = as_staff("reviewer")
    browser.send("/next")
    browser.follow()
    page = browser.send(
        "/decide", outcome="refused", words="材料不足", refusal="evidence_does_not_prove", then="next"
    )
    assert page.location == f"/desk/{cases[1].id}?done={cases[0].id}"
    page = browser.follow()
    receipt = spoken(world.row(cases[0]).receipt or "")
    assert f"{receipt} 测试001 姓名： 不予更正 10:12 前可以撤销，之后才通知学生" in page.text
    assert world.case(cases[0]).state == REJECTED and world.case(cases[1]).state == REVIEW
    page = browser.get(f"/desk/{cases[1].id}?done={cases[0].id}")
    assert receipt in page.text, "it stays until the next act"
    assert browser.send_form(page.form(f"{cases[0].id}/undo")).location.startswith(f"/desk/{cases[0].id}?")
    assert world.case(cases[0]).state == REVIEW


def test_a_decision_sent_again_after_its_undo_stays_with_the_case(world: World, as_staff: Staff) -> None:
    """It is answered and not done again, and nobody is led on as if the case were closed."""
    cases = several(world, 2)
    browser = as_staff("reviewer")
    browser.send("/next")
    form = browser.follow().form("/decide")
    said = {"outcome": "refused", "words": "材料不足", "refusal": "evidence_does_not_prove", "then": "next"}
    browser.send_form(form, **said)
    browser.send_form(browser.follow().form(f"{cases[0].id}/undo"))
    assert browser.send_form(form, **said).location.startswith(f"/desk/{cases[0].id}?")
    assert "撤销决定" in browser.follow().text and world.case(cases[0]).state == REVIEW


def test_the_line_of_a_mixed_decision_names_both_outcomes(world: World, as_staff: Staff) -> None:
    """One item corrected and one refused is no single green word: not in the line, not in the college's list."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, NAME, PHOTO)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    for claim, outcome in zip(world.case(case).claims, ("corrected", "refused"), strict=True):
        world.settle(case, claim.id, outcome)
    world.do(case, "correct", by, words="一项已更正")
    line = as_staff("reviewer").get(f"/desk?done={case.id}").text
    assert "1 项已更正，1 项不予更正" in line
    group = as_staff("officer").get("/college/freshman-2024/class?class=240101").text
    assert "1 项已更正，1 项不予更正" in group


def test_a_refused_value_that_came_by_a_later_import_is_told_at_the_desk(
    world: World, as_staff: Staff
) -> None:
    """Whoever opens the case sees from the data of which day the record has what was asked for in vain."""
    arrive(world, student(1, XM="司徒茯苓"))
    world.open_campaign()
    record = record_of(world)
    world.file(record, ClaimFiled("XM", "admission_error", "司徒茯芩"))
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "refused")
    world.do(case, "reject", by, words="材料不足", refusal="evidence_does_not_prove")
    browser, told = as_staff("reviewer"), "决定之后，2024年10月25日的学籍数据已是所申请的内容。"
    assert told not in browser.get(f"/desk/{case.id}").text
    world.at(world.clock.moment + timedelta(minutes=11))
    arrive(world, student(1, XM="司徒茯芩"), day=25)
    assert told in browser.get(f"/desk/{case.id}").text


def test_after_ten_minutes_the_line_has_no_undo(world: World, as_staff: Staff) -> None:
    """What can no longer be taken back is said to be so, and the button is gone."""
    cases = several(world, 1)
    browser = as_staff("reviewer")
    browser.send("/next")
    browser.follow()
    page = browser.send("/decide", outcome="approved", seen_on="2024-10-25", words="已更正", then="next")
    assert page.location == f"/desk?done={cases[0].id}"
    assert browser.follow().form("/undo").open
    world.at(world.clock.moment + timedelta(minutes=11))
    page = browser.get(f"/desk?done={cases[0].id}")
    assert "已过撤销的时间" in page.text and not [form for form in page.forms if "/undo" in form.action]
    assert "刚才办结" not in as_staff("other_reviewer").get(f"/desk?done={cases[0].id}").text


def test_a_decision_that_lacks_something_keeps_all_that_was_typed(world: World, as_staff: Staff) -> None:
    """Every fault is named at once, nothing is settled, and outcome, date, reason and words stand there still."""
    (case,) = several(world, 1)
    browser = as_staff("reviewer")
    browser.send("/next")
    browser.follow()
    page = browser.send("/decide", outcome="refused", words="  ", refusal="", seen_on="2024-10-24")
    assert page.status == 422 and page.codes[:2] == ["words_missing", "refusal_code_missing"]
    fields = page.form("/decide").fields
    assert (fields["outcome"], fields["seen_on"]) == ("refused", "2024-10-24")
    page = browser.send("/decide", outcome="approved", words="看过原件", seen_on="2024-13-41")
    assert page.status == 422 and "没有这一天" in page.text
    assert page.form("/decide").fields["words"] == "看过原件"
    assert [claim.outcome for claim in world.case(case).claims] == [""]


def test_who_comes_second_is_told_who_and_what_and_loses_no_word(world: World, as_staff: Staff) -> None:
    """Both have the form open when the hold has run out; the later one reads what happened, and their own words."""
    cases = several(world, 2)
    first, second = as_staff("reviewer"), as_staff("other_reviewer")
    world.do(cases[0], "take_up", world.staff["reviewer"])
    world.do(cases[0], "release", world.staff["reviewer"])
    forms = [who.get(f"/desk/{cases[0].id}").form("/decide") for who in (first, second)]
    said = {"outcome": "approved", "seen_on": "2024-10-25", "words": "第一个"}
    assert first.send_form(forms[0], **said).status == 303
    page = second.send_form(
        forms[1], outcome="refused", words="第二个人写的理由", refusal="papers_contradict", then="next"
    )
    assert page.status == 409 and "changed_meanwhile" in page.codes
    assert "测试审核人 · 审核人 · 更正办结" in page.text
    assert "您刚才填写的内容（未提交）" in page.text and "第二个人写的理由" in page.text
    assert "驳回 · 材料之间互相矛盾" in page.text
    assert world.case(cases[0]).state == CORRECTED and world.case(cases[1]).state == RAISED


def test_a_hold_that_ran_out_and_went_to_another_keeps_what_was_typed(world: World, as_staff: Staff) -> None:
    """Half an hour later somebody else works on it: the late decision is a 409 with the name and the words."""
    (case,) = several(world, 1)
    slow = as_staff("reviewer")
    slow.send("/next")
    form = slow.follow().form("/decide")
    world.at(world.clock.moment + timedelta(minutes=14))
    slow.get("/desk")
    world.at(world.clock.moment + timedelta(minutes=14))
    slow.get("/desk")
    world.at(world.clock.moment + timedelta(minutes=3))
    world.do(case, "hold", world.staff["other_reviewer"])
    slow.prove(world)
    page = slow.send_form(form, outcome="refused", words="慢慢写的理由", refusal="record_is_right")
    assert page.status == 409 and {"changed_meanwhile", "held_by_another"} <= set(page.codes)
    assert "慢慢写的理由" in page.text and "另一位审核人" in page.text
    assert not page.form("/decide").open and not page.form("/hold").open


def test_why_a_case_came_back_stands_beside_it(world: World, as_staff: Staff, filed: Ref) -> None:
    """The student's objection and the second reviewer's reason are read before deciding anew."""
    reviewer, record = world.staff["reviewer"], world.case(filed).record.id
    world.do(filed, "take_up", reviewer)
    world.settle_all(filed, "corrected")
    world.do(filed, "correct", reviewer, words="已在平台更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    world.do(filed, "dispute", world.student(record), words="平台上还是旧的")
    text = as_staff("reviewer").get(f"/desk/{filed.id}").text
    assert "学生说仍有误： 平台上还是旧的" in text and "先前的办结理由： 已在平台更正" in text


def test_what_else_was_claimed_of_the_record_is_one_step_away(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """A second filing leads to the first and says what became of it."""
    record = world.case(filed).record.id
    world.do(filed, "take_up", world.staff["reviewer"])
    world.settle_all(filed, "refused")
    world.do(filed, "reject", world.staff["reviewer"], words="材料不足", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(hours=1))
    second = world.file(record, ClaimFiled("XH", "school_data", "240199999")).subject
    page = as_staff("reviewer").get(f"/desk/{second}")
    assert "同一学籍的其他申请" in page.text and "姓名（不予更正）" in page.text
    assert f"/desk/{filed.id}" in page.links


def test_a_withdrawn_filing_says_that_nothing_is_to_be_done(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """Its page is there for whoever has its number, without a button."""
    world.do(filed, "withdraw", world.student(world.case(filed).record.id))
    page = as_staff("reviewer").get(f"/desk/{filed.id}")
    assert "学生已撤回这份申请" in page.text and buttons(page) == {}


# -- what a page costs and what it runs -----------------------------------------------------------------


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_queue_costs_ten_statements_however_long_it_is(
    world: World, as_staff: Staff, statements: Counted
) -> None:
    """Who sits there, their grants, the look, numbers, facets, views, the evening, whose turn, what was decided."""
    browser, costs = as_staff("reviewer"), []
    cases = several(world, 12)
    for many in (1, 5):
        for case in cases[:many]:
            if not world.case(case).holder:
                world.do(case, "take_up", world.staff["other_reviewer"])
        browser.get("/desk")
        statements.clear()
        page = browser.get("/desk")
        costs.append(len(statements))
        assert len(_cases_linked(page)) == 12
    assert costs == [10, 10]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_case_costs_the_same_however_many_claims_and_papers_it_has(
    world: World, as_staff: Staff, statements: Counted
) -> None:
    """One claim with two papers or three with eight, alone or among others: the same few statements."""
    small, large = world.record(), world.record()
    others = [world.record() for _ in range(9)]
    world.open_campaign()
    world.file(small, NAME)
    papers = tuple(world.paper(large, kind) for kind in ("id_card", "household_book") * 4)
    world.file(large, NAME, ClaimFiled("XH", "school_data", "240199999"), PHOTO, papers=papers)
    browser, costs = as_staff("reviewer"), []
    for record in (small, large):
        world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    for record, pictures in ((small, 2), (large, 8), (small, 2)):
        case = world.case_of(record).id
        statements.clear()
        page = browser.get(f"/desk/{case}")
        costs.append(len(statements))
        assert len(set(page.pictures)) == pictures
        for other in others:
            world.file(other, NAME)
        others = []
    assert len(set(costs)) == 1 and costs[0] <= 24


def test_the_desk_alone_lets_a_script_of_ours_run(world: World, as_staff: Staff, filed: Ref) -> None:
    """Its pages load one file from here and nothing else; pictures and other faces run none at all."""
    browser = as_staff("reviewer")
    with browser.client.application.test_request_context():
        script = f'<script src="{url_for("static", filename="desk.js")}" defer>'
    for path in ("/desk", f"/desk/{filed.id}"):
        page = browser.get(path)
        assert "script-src 'self'" in page.response.headers["Content-Security-Policy"]
        assert re.findall(r"<script[^>]*>", page.html) == [script]
    assert "script" not in browser.client.get("/bye").headers["Content-Security-Policy"]
    picture_of = browser.get(f"/desk/{filed.id}").pictures[0]
    assert "script-src" not in browser.client.get(picture_of).headers["Content-Security-Policy"]
