"""A student's pages, as stories: check, mark, upload, file, follow, withdraw; every no with its reasons."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from config.policy import PolicyQuestion, ask
from states.case import CHECKED_OK, NOT_CHECKED, RAISED
from tests.conftest import on
from tests.schools import world_with_campaigns
from tests.web.browsing import Browser, Page, signed_in
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.campaigns.test_ticks import ALIKE, refused
from tests.workflow.records.rosters import student as roster_row
from tests.world import NAME, World, number_of, picture
from web import create_app
from web.shared.security import TOGETHER
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import read_draft
from workflow.cases.filing.receipts import is_receipt, plain_receipt
from workflow.cases.load import whole_record
from workflow.cases.rules import Rules, student
from workflow.cases.tables import Case, Claim, Draft
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.people.tables import Access
from workflow.records.photos import take_photos
from workflow.records.tables import Record
from workflow.store import Store

pytestmark = pytest.mark.one_database

Students = Callable[[str], Browser]


def count(world: World, table: type) -> int:
    """How many rows a table has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)
"""How a photo of an iPhone begins."""


def upload(browser: Browser, kind: str = "id_card", data: bytes | None = None) -> Page:
    """Hand in one photo of one paper."""
    path = f"/my/papers/add/{kind}"
    browser.get(path)
    return browser.send(path, file=(io.BytesIO(picture() if data is None else data), "IMG_1.jpg"))


def mark(browser: Browser, field: str, cause: str = "", value: str = "", event_date: str = "") -> Page:
    """Fill in the page of one wrong field."""
    path = f"/my/wrong/{field}"
    browser.get(path)
    typed = {"cause": cause, "value": value, "event_date": event_date}
    return browser.send(path, **{name: said for name, said in typed.items() if said})


def say(browser: Browser, **marks: str) -> Page:
    """Mark items on the first page and send it."""
    browser.get("/my")
    return browser.send("/my/marks", **marks)


def confirm(browser: Browser) -> Page:
    """Press confirm on the first page, and again on the page that asks for it."""
    assert "/my/confirm" in browser.get("/my").links
    browser.get("/my/confirm")
    return browser.send("/my/confirm")


# -- checking -------------------------------------------------------------------------------------------


def test_the_first_line_says_what_is_due_and_until_when(world: World, as_student: Students) -> None:
    """Campaign, close and days left stand before everything else; the six fields and the status follow."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    text = as_student(record).get("/my").text
    assert "张三丰 ，您还有 2 项待办" in text and "请于 11月7日 23:59 （北京时间）前完成 还有 13 天" in text
    places = [
        text.index(word)
        for word in ("2024年入学", "项待办", "请于", "男", "2006年5月4日", "240100001", "在籍（注册学籍）")
    ]
    assert places == sorted(places)
    assert "请到学信网查看" in text


def test_an_id_number_is_masked_until_its_holder_opens_it(world: World, as_student: Students) -> None:
    """A neighbour sees 990****0036; the digits in full, in three pieces, are folded away until a touch."""
    record = world.record()
    number = number_of(date(2006, 5, 4), 3)
    html = as_student(record).get("/my").html
    folded = re.search(r"<details .*?</details>", html, re.DOTALL)
    assert folded is not None
    pieces = re.findall(r"<span>(\d+X?)</span>", folded.group())
    assert pieces == [number[:6], number[6:14], number[14:]]
    assert number[6:14] not in html.replace(folded.group(), "")
    assert f"{number[:3]}****{number[-4:]}" in html


def test_a_student_confirms_and_the_page_says_so(world: World, as_student: Students) -> None:
    """Two touches settle the check; then the page says who said so and when, and offers to raise errors still."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert confirm(browser).status == 303
    page = browser.follow()
    assert "您已于 2024年10月25日 10:00 确认以下信息无误" in page.text
    assert "仍可提出" in page.text and "/my/wrong/XM" in page.links
    assert "/my/confirm" not in page.links
    assert world.case(world.case_of(record)).state == CHECKED_OK


def test_a_touch_in_passing_confirms_nothing(world: World, as_student: Students) -> None:
    """The first page has no form that confirms; the page behind it shows every value in full, and asks."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    browser = as_student(record)
    assert not [form for form in browser.get("/my").forms if form.action.endswith("/confirm")]
    page = browser.get("/my/confirm")
    number = number_of(date(2006, 5, 4), 3)
    for value in ("张三丰", "男", number[:6], number[6:14], number[14:], "2006年5月4日", "240100001"):
        assert value in page.text
    assert world.case(world.case_of(record)).state == NOT_CHECKED


def test_where_there_is_nothing_to_confirm_nobody_is_asked(world: World, as_student: Students) -> None:
    """Without a case, with something marked as wrong, or once confirmed, the question leads back."""
    record = world.record()
    browser = as_student(record)
    assert browser.get("/my/confirm").location == "/my"
    world.open_campaign()
    mark(browser, "XM", "admission_error", value="测试甲")
    assert browser.get("/my/confirm").location == "/my"
    browser.get("/my/papers")
    browser.send("/my/right/XM")
    confirm(browser)
    assert browser.get("/my/confirm").location == "/my"


def test_confirming_twice_is_confirming_once(world: World, as_student: Students) -> None:
    """A double click sends the same form twice and writes one entry."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    form = browser.get("/my/confirm").form("/my/confirm")
    before = count(world, EntryRow)
    assert [browser.send_form(form).status, browser.send_form(form).status] == [303, 303]
    assert count(world, EntryRow) == before + 1


def test_only_what_was_seen_can_be_confirmed(world: World, as_student: Students) -> None:
    """If an import changed a value while the page was open, confirming it is refused, in words."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    browser = as_student(record)
    form = browser.get("/my/confirm").form("/my/confirm")
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm="张三峯"))
    page = browser.send_form(form)
    assert page.status == 422 and "values_changed" in page.codes and "张三峯" in page.text
    assert world.case(world.case_of(record)).state == NOT_CHECKED


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (on(2024, 10, 23, 0, 0), "还有 15 天"),
        (on(2024, 11, 6, 23, 59, 59), "还有 1 天"),
        (on(2024, 11, 7, 0, 0), "请于 11月7日 23:59 （北京时间）前完成 还有 23 小时"),
        (on(2024, 11, 7, 22, 59, 59), "还有 1 小时"),
        (on(2024, 11, 7, 23, 40), "还有 20 分钟"),
        (on(2024, 11, 7, 23, 59, 59), "还有 1 分钟"),
        (on(2024, 11, 8, 0, 0), "自查已于 11月7日 23:59 截止，没有收到您的确认"),
    ],
)
def test_the_first_line_counts_days_then_hours_then_minutes(
    world: World, as_student: Students, moment: datetime, words: str
) -> None:
    """On the last day the hour counts, in the last hour the minute, and after the close what happened."""
    record = world.record()
    world.open_campaign()
    world.at(moment)
    assert words in as_student(record).get("/my").text


def test_after_the_close_a_student_may_still_file_until_the_last_day(
    world: World, as_student: Students
) -> None:
    """Silence in this check is not taken for a yes; the page says so, and until when an error can be raised."""
    record = world.record()
    world.open_campaign()
    world.at(on(2024, 12, 1))
    page = as_student(record).get("/my")
    assert "这次没有确认不等于无误" in page.text and "仍可另行提出" in page.text
    assert "最晚可以在 2028年4月30日 23:59:59（北京时间）以前提出更正" in page.text
    assert "/my/wrong/XM" in page.links and "/my/confirm" not in page.links


def test_a_notice_counts_as_seen_once_the_page_showed_it(world: World, as_student: Students) -> None:
    """Being told is what silence is measured by: opening one's page is being told."""
    record = world.record()
    world.open_campaign()
    with world.place.store.reading() as session:
        assert session.scalars(select(Notice.seen_at)).all() == [None]
    assert "请核对您的学籍信息" in as_student(record).get("/my").text
    with world.place.store.reading() as session:
        assert session.scalars(select(Notice.seen_at)).all() == [world.clock.moment]


def test_a_student_without_any_case_sees_their_record_and_may_file(
    world: World, as_student: Students
) -> None:
    """No campaign, no case: the record is there all the same, and a filing opens a case of its own, once."""
    record = world.record(rxrq=date(2023, 9, 10), yjbyrq=date(2027, 7, 1), registered_on=date(2023, 10, 15))
    world.clock.moment = on(2025, 3, 3)
    browser = as_student(record)
    text = browser.get("/my").text
    assert "您当前没有待办事项" in text and "目前没有进行中的自查活动" in text
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    form = browser.get("/my/check").form("/my/check")
    first, second = browser.send_form(form), browser.send_form(form)
    assert first.status == second.status == 303 and first.location == second.location
    assert count(world, Case) == 1 and count(world, Claim) == 1


# -- filing ---------------------------------------------------------------------------------------------


def test_the_whole_way_from_wrong_to_withdrawn(world: World, as_student: Students) -> None:
    """Cause and value, papers named before they are asked for, one look over it all, a receipt, and back."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    browser = as_student(record)
    assert "姓名有误" in browser.get("/my/wrong/XM").text
    assert mark(browser, "XM", "admission_error", value="张三峰").location == "/my/papers"
    page = browser.follow()
    assert "待上传" in page.text and "居民身份证" in page.text and "还需要：居民身份证或" in page.text
    assert not browser.get("/my/check").form("/my/check").open
    assert upload(browser).location == "/my/papers#there"
    page = browser.get("/my/check")
    assert "张三丰" in page.text and "张三峰" in page.text
    assert browser.send("/my/check").status == 303
    page = browser.follow()
    receipt = re.search(r"\d{3} \d{3} \d{4}", page.text)
    assert receipt is not None and is_receipt(receipt.group())
    case = world.case_of(record)
    assert world.row(case).receipt == plain_receipt(receipt.group())
    assert world.case(case).state == RAISED and count(world, Draft) == 0
    page = browser.get(f"/my/cases/{case.id}")
    assert (
        "等待教务处学籍与学业管理科受理" in page.text
        and "一般 10 个工作日内办结（2024年11月8日前）" in page.text
    )
    page = browser.get(f"/my/cases/{case.id}/withdraw")
    assert "撤回申请？" in page.text and world.case(case).state == RAISED
    assert browser.send("/withdraw").status == 303
    assert world.case(case).state == NOT_CHECKED
    assert "已撤回" in browser.follow().text


def test_filing_twice_is_filing_once(world: World, as_student: Students) -> None:
    """A double click on the last button gives the same receipt, not a second request."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    form = browser.get("/my/check").form("/my/check")
    first, second = browser.send_form(form), browser.send_form(form)
    assert first.status == second.status == 303 and first.location == second.location
    assert count(world, Claim) == 1


def test_what_was_checked_is_what_is_filed(world: World, as_student: Students) -> None:
    """If the answers changed in another window, the old page files nothing and says so."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    old_page = browser.get("/my/check").form("/my/check")
    mark(browser, "XM", "admission_error", value="测试乙")
    page = browser.send_form(old_page)
    assert page.status == 409 and "changed_meanwhile" in page.codes and "测试乙" in page.text
    assert count(world, Claim) == 0


def test_a_number_says_what_changes_with_it(world: World, as_student: Students) -> None:
    """Claiming another ID number shows the birth date and the sex that follow from it before it is filed."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "SFZH", "admission_error", value=number_of(date(2005, 1, 2), 888))
    text = browser.get("/my/check").text
    assert "出生日期" in text and "2005年1月2日" in text and "女" in text


def test_a_wrong_field_is_one_page_and_the_steps_are_three(world: World, as_student: Students) -> None:
    """Cause, value, and the day of a change by law stand together; the count of steps stays what it was."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert "第 1 步，共 3 步" in browser.get("/my/wrong/XM").text
    page = mark(browser, "XM", "legal_change", "测试甲", "2024-10-01")
    assert page.location == "/my/papers"
    assert "第 2 步，共 3 步" in browser.follow().text and "2024年10月1日" in browser.page.text
    assert "第 3 步，共 3 步" in browser.get("/my/check").text
    fields = browser.get("/my/wrong/XM").form("/my/wrong/XM").fields
    assert (fields["cause"], fields["value"], fields["event_date"]) == (
        "legal_change",
        "测试甲",
        "2024-10-01",
    )


def test_another_cause_forgets_the_day_of_the_old_one(world: World, as_student: Students) -> None:
    """Only a change by law has a day; a changed cause asks for what it needs, and for nothing else."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "legal_change", value="测试甲", event_date="2024-10-01")
    assert mark(browser, "XM", "admission_error").location == "/my/papers"
    with world.place.store.reading() as session:
        kept = read_draft(session, world.place.cipher, record)
    assert kept.claims["XM"] == ClaimFiled("XM", "admission_error", "测试甲")


def test_what_is_not_answered_yet_is_asked_and_files_nothing(world: World, as_student: Students) -> None:
    """A field that is only marked as wrong is asked about from every page on, and cannot be filed."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert say(browser, XM="wrong").location == "/my/wrong/XM"
    for path in ("/my/papers", "/my/check"):
        assert "/my/wrong/XM" in browser.get(path).links, path
    assert not browser.page.form("/my/check").open


def test_an_answer_at_fault_is_refused_and_what_was_typed_stays(world: World, as_student: Students) -> None:
    """A refused answer comes back with its reasons, led to by a link, and with the words that were typed."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    page = mark(browser, "XM", "legal_change", value="张?丰")
    assert page.status == 422 and page.codes == ["value_is_not_whole", "event_date_missing"]
    assert page.form("/my/wrong/XM").fields["value"] == "张?丰"
    assert {"#value", "#event_date"} <= set(page.links) and 'aria-invalid="true"' in page.html
    assert "<title>出错：" in page.html and count(world, Draft) == 0


def test_a_question_without_an_answer_is_asked_again(world: World, as_student: Students) -> None:
    """Going on without a cause or without a day is answered with what is missing."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    page = mark(browser, "XM", value="张三峰")
    assert page.status == 422 and page.codes == ["cause_does_not_fit"] and "#cause" in page.links
    page = mark(browser, "XM", "legal_change", value="张三峰")
    assert page.status == 422 and page.codes == ["event_date_missing"]


def test_a_day_that_does_not_exist_is_named(world: World, as_student: Students) -> None:
    """30 February is refused in words beside the field, and kept as it was typed."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    page = mark(browser, "XM", "legal_change", value="张三峰", event_date="2024-02-30")
    assert page.status == 422 and "没有这一天" in page.text and 'aria-invalid="true"' in page.html
    assert page.form("/my/wrong/XM").fields["event_date"] == "2024-02-30"


def test_a_cause_that_does_not_belong_to_a_field_is_refused(world: World, as_student: Students) -> None:
    """A forged cause gets no further than the page."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    browser.get("/my")
    page = browser.post("/my/wrong/XH", csrf_token=browser.token, cause="legal_change", value="2401")
    assert page.status == 422 and "cause_does_not_fit" in page.codes
    assert count(world, Draft) == 0


def test_birth_date_and_number_are_one_matter(world: World, as_student: Students) -> None:
    """Who marks both is told at once that the number carries the birth date along."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    say(browser, SFZH="wrong")
    page = mark(browser, "CSRQ", "admission_error", value="2005-01-02")
    assert page.status == 422 and "one_matter_two_claims" in page.codes


def test_a_draft_is_offered_again_and_can_be_discarded(world: World, as_student: Students) -> None:
    """The first page offers to go on or to discard; discarding asks once, and takes the photos along."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    page = browser.get("/my")
    assert "1 项有误" in page.text and "/my/discard" in page.links
    page = browser.get("/my/discard")
    assert "姓名有误" in page.text and "1 张照片" in page.text
    assert (count(world, Draft), count(world, Evidence)) == (1, 1)
    assert browser.send("/my/discard").location == "/my"
    assert (count(world, Draft), count(world, Evidence)) == (0, 0)
    assert "1 项有误" not in browser.follow().text and browser.get("/my/discard").location == "/my"


def test_an_answer_can_be_dropped_again(world: World, as_student: Students) -> None:
    """Nothing is filed until the last press, and every answer can be taken back before."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    browser.get("/my/papers")
    assert browser.send("/my/right/XM").location == "/my"
    assert count(world, Draft) == 0 and count(world, Claim) == 0


def test_papers_are_named_with_the_policys_words_for_the_claims_they_are_for(
    world: World, as_student: Students
) -> None:
    """Two causes need two papers, each with its reason; one at a time is pressed for; an alternative covers."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    mark(browser, "SFZH", "legal_change", number_of(date(2005, 1, 2), 888), "2024-10-01")
    page = browser.get("/my/papers")
    assert page.codes == ["MISSING_EVIDENCE", "MISSING_EVIDENCE"]
    for words in ("更正姓名，还需要", "证件号码已依法变更的，还需要"):
        assert words in page.text
    assert "本系统默认" not in page.text
    asked = [form.action for form in page.forms if "/papers/add/" in form.action]
    assert asked == ["/my/papers/add/id_card", "/my/papers/add/household_book"]
    assert "/my/papers/add/police_paper" in page.links
    assert page.html.count('btn-primary btn-wide" data-send') == 1
    upload(browser, "household_book")
    assert browser.follow().codes == []


def test_a_claim_that_needs_no_paper_goes_straight_to_the_last_look(
    world: World, as_student: Students
) -> None:
    """Where the school asks for no paper, none is asked for; one can be added all the same."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert mark(browser, "XH", value="240199999").location == "/my/check"
    assert browser.follow().form("/my/check").open
    assert "没有规定必须附哪一种材料" in browser.get("/my/papers").text


# -- papers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "way_out"),
    [
        (b"%PDF-1.7 not a picture", "paper_pdf", "把要交的那一页拍成照片"),
        (HEIC, "paper_heic", "选“兼容性最佳”"),
        (b"GIF89a" + bytes(50), "paper_other_picture", "打开图片后截图"),
        (picture()[:400], "paper_not_a_picture", ".jpg 或 .png"),
        (b"\xff\xd8\xff<script>", "paper_not_a_picture", ".jpg 或 .png"),
    ],
    ids=["pdf", "heic", "gif", "broken", "script"],
)
def test_what_is_no_picture_is_refused_with_what_to_do(
    world: World, as_student: Students, data: bytes, code: str, way_out: str
) -> None:
    """Documents, other formats and broken pictures leave nothing behind but their kind and the way out."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    page = upload(browser, data=data)
    assert page.status == 422 and page.codes[0] == code and way_out in page.text
    assert count(world, Evidence) == 0


def test_of_several_photos_the_good_ones_are_kept_and_the_others_named(
    world: World, as_student: Students
) -> None:
    """Four chosen at once: two stay, and each of the others is refused by its name, in both languages."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    path = "/my/papers/add/id_card"
    chosen = {"a.jpg": picture(), "b.heic": HEIC, "c.jpg": picture(400, 300), "d.pdf": b"%PDF-1.7"}
    browser.get(path)
    page = browser.send(path, file=[(io.BytesIO(data), name) for name, data in chosen.items()])
    assert (page.status, page.codes) == (422, ["paper_heic", "paper_pdf"])
    assert "b.heic：这是 HEIC（HEIF）格式的照片" in page.text and "d.pdf：这是 PDF 文件" in page.text
    assert "这一种已保存 2 张" in page.text and count(world, Evidence) == 2
    browser.send("/language", language="en")
    browser.get(path)
    page = browser.send(path, file=[(io.BytesIO(data), name) for name, data in chosen.items()])
    assert "b.heic: This is a photo in the HEIC (HEIF) format" in page.own_text
    assert count(world, Evidence) == 2


def test_a_paper_over_the_limit_is_refused_by_the_policys_own_number(
    world: World, as_student: Students
) -> None:
    """One byte over the limit gets the reason with both sizes, the limit in a round figure."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    limit = world.place.school.policy.intake.max_bytes
    page = upload(browser, data=bytes(limit + 1))
    assert page.status == 422 and page.codes[0] == "paper_too_large"
    assert "文件有 8.1 MB，超过上限 8 MB" in page.text
    assert count(world, Evidence) == 0


def test_photos_that_are_too_large_together_lose_nothing(world: World, as_student: Students) -> None:
    """A body over the limit leads back to its page, with the reason, once, and the draft as it was."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    sent = upload(browser, data=bytes(TOGETHER + 100_000))
    assert sent.location == "/my/papers/add/id_card"
    page = browser.follow()
    assert (page.status, page.codes) == (413, ["papers_too_large_together"])
    assert "一共 64.1 MB，没有上传；一次最多 64 MB" in page.text and "每张最大 8 MB" in page.text
    assert "这一种已保存 1 张" in page.text and browser.get("/my/papers/add/id_card").status == 200
    assert (count(world, Draft), count(world, Evidence)) == (1, 1)


def test_a_paper_can_be_looked_at_and_removed_before_filing(world: World, as_student: Students) -> None:
    """A wrong photo is taken out again; its file is gone with it."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    page = browser.get("/my/papers")
    (small,) = page.pictures
    whole = small.removesuffix("/small")
    assert whole in page.links
    sizes = []
    for path in (small, whole):
        shown = browser.client.get(path)
        assert shown.status_code == 200 and shown.mimetype == "image/jpeg"
        sizes.append(Image.open(io.BytesIO(shown.data)).size)
    assert sizes == [(240, 150), (320, 200)]
    assert browser.send("/remove").status == 303
    assert count(world, Evidence) == 0
    assert not [file for file in world.place.settings.evidence.rglob("*") if file.is_file()]


def test_the_same_picture_sent_twice_is_one_paper(world: World, as_student: Students) -> None:
    """A double press on upload adds nothing; another picture of the same kind is another paper."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    for _ in range(2):
        assert upload(browser).status == 303
    assert count(world, Evidence) == 1
    assert upload(browser, data=picture(400, 300)).status == 303
    assert count(world, Evidence) == 2


def test_a_draft_takes_so_many_papers_and_no_more(world: World, as_student: Students) -> None:
    """The thirteenth paper is refused with the number that is allowed."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    mark(browser, "XM", "admission_error", value="测试甲")
    for n in range(12):
        assert upload(browser, data=picture(100 + n, 80)).status == 303
    page = upload(browser, data=picture(300, 80))
    assert page.status == 422 and page.codes[0] == "too_many_papers"
    assert count(world, Evidence) == 12


def test_the_photo_of_the_record_is_shown_where_one_is_loaded(
    world: World, as_student: Students, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    """A loaded photo stands on the student's page, sealed on disk and opened only for them."""
    record = world.record()
    with world.place.store.reading() as session:
        ksh = whole_record(session, record).facts.ksh
    file = tmp_path / f"{ksh}.jpg"
    file.write_bytes(picture(120, 160))
    with world.place.store.writing() as session:
        take_photos(
            session, [file], lambda record, data: world.place.evidence.put(session, record, data)[0],
            as_of=world.clock.moment.date(), now=world.clock.moment, entropy=world.place.entropy,
        )  # fmt: skip
    browser = as_student(record)
    page = browser.get("/my")
    assert page.pictures == ["/my/photo"] and "/my/photo" in page.links
    assert browser.client.get("/my/photo").data == picture(120, 160)


# -- no, and why ----------------------------------------------------------------------------------------


FACTS = {
    "graduated class": {"yjbyrq": date(2024, 6, 30)},
    "left": {"xjzt": "退学"},
    "left after the final check": {"xjzt": "毕业", "yjbyrq": date(2024, 6, 30)},
    "registered later": {"registered_on": date(2024, 12, 1)},
    "degree registered": {"degree_registered_on": date(2024, 6, 20), "yjbyrq": date(2024, 6, 30)},
}


@pytest.mark.parametrize("columns", FACTS.values(), ids=FACTS)
def test_the_page_gives_the_reasons_that_policy_ask_gives(
    world: World, as_student: Students, columns: dict[str, object]
) -> None:
    """Same facts, same moment: the page's reasons are the command line's, with words, remedy and source."""
    record = world.record(**columns)
    with world.place.store.reading() as session:
        asked = student(Rules(world.place.school), whole_record(session, record).facts)
    said = {name: getattr(asked, name) for name in asked.__dataclass_fields__}
    question = PolicyQuestion.from_json(
        json.loads(
            json.dumps(
                {
                    "at": world.clock.moment.isoformat(),
                    "action": "raise",
                    "student": said,
                    "filed_by": "student",
                },
                default=lambda value: value.isoformat(),
            )
        )
    )
    answer = ask(world.place.school, question)
    assert answer.reasons
    page = as_student(record).get("/my")
    assert page.codes == [reason.code for reason in answer.reasons]
    for reason in answer.reasons:
        assert reason.says in page.text and reason.remedy in page.text and reason.source in page.text
    assert not {"有误", "申请更正"} & {word for word, _ in page.words}


def test_the_last_filing_day_is_always_shown_with_how_it_was_derived(
    world: World, as_student: Students
) -> None:
    """Before and after it, a student reads the last day, the rule, and the graduation date behind it."""
    for graduation, last in (
        (date(2028, 7, 1), "2028年4月30日 23:59:59"),
        (date(2024, 6, 30), "2024年4月30日 23:59:59"),
    ):
        text = as_student(world.record(yjbyrq=graduation)).get("/my").text
        assert last in text and "按学校规则的末次自查" in text and f"{graduation.year}年" in text


def test_after_the_last_day_nothing_is_kept(world: World, as_student: Students) -> None:
    """Even a hand-made form cannot put an answer into a draft that could never be filed."""
    record = world.record(yjbyrq=date(2024, 6, 30))
    browser = as_student(record)
    browser.get("/my")
    page = browser.post("/my/wrong/XM", csrf_token=browser.token, cause="admission_error")
    assert page.status == 422 and "AFTER_FINAL_CHECK" in page.codes
    assert count(world, Draft) == 0


def test_a_field_under_correction_leads_to_its_case(world: World, as_student: Students) -> None:
    """Where a claim is open the page offers to look at it, not to raise it again."""
    record = world.record()
    world.open_campaign()
    filed = world.file(record, NAME)
    page = as_student(record).get("/my")
    assert f"/my/cases/{filed.subject}" in page.links and "/my/wrong/XM" not in page.links
    assert "SFZH-wrong" in page.html and "XM-wrong" not in page.html


# -- the decision ---------------------------------------------------------------------------------------


def test_a_decision_is_told_only_once_it_can_no_longer_be_undone(world: World, as_student: Students) -> None:
    """For ten minutes the student goes on reading 审核中; then result, code and words stand there in full."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "refused", words="姓名与身份证一致")
    world.do(case, "reject", reviewer, words="原记录无误", refusal="record_is_right")
    browser = as_student(record)
    text = browser.get(f"/my/cases/{case.id}").text
    assert "审核中" in text and "原记录无误" not in text and "不予更正" not in text
    world.at(world.clock.moment + timedelta(minutes=10))
    text = browser.get(f"/my/cases/{case.id}").text
    for words in ("不予更正", "经核实，原记录无误", "姓名与身份证一致", "原记录无误"):
        assert words in text


def test_in_the_undo_window_the_page_is_the_one_of_before(world: World, as_student: Students) -> None:
    """Word for word, with its letter and what may be done; who tries it is told that somebody works on it, and no more."""
    record = world.record()
    world.open_campaign()
    world.file(record, ClaimFiled("XH", "school_data", "2401"))
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    browser = as_student(record)
    of_case = [f"/my/cases/{case.id}{more}" for more in ("", "/letter", "/withdraw")]
    paths = ["/my", f"/my/receipts/{case.id}", "/my/wrong/XM", "/my/wrong/XB", "/account/looks", *of_case]
    before = [browser.get(path).text for path in paths]
    asked = browser.page.form("/withdraw")
    world.at(world.clock.moment + timedelta(minutes=1))
    world.settle_all(case, "corrected", seen_on=date(2024, 10, 25))
    world.do(case, "correct", reviewer, words="已更正")
    assert [browser.get(path).text for path in paths] == before
    for form in (asked, browser.page.form("/withdraw")):
        page = browser.send_form(form)
        assert page.codes == ["being_handled"] and "已更正" not in page.text
    world.at(world.clock.moment + timedelta(minutes=10))
    assert "学籍信息更正决定书" in browser.get(f"/my/cases/{case.id}/letter").text


def test_an_act_in_the_undo_window_tells_no_value_of_the_decision(world: World, as_student: Students) -> None:
    """The record reads as before; whoever confirms it, or types the new value, is told that somebody works on it."""
    record = world.record()
    case, reviewer = Ref("case", world.file(record, NAME).subject), world.staff["reviewer"]
    world.open_campaign()
    world.do(case, "take_up", reviewer)
    browser = as_student(record)
    before = {path: browser.get(path).text for path in ("/my", "/my/confirm")}
    asked = browser.page.form("/my/confirm")
    world.settle_all(case, "corrected", seen_on=date(2024, 10, 25))
    world.do(case, "correct", reviewer, words="已更正")
    assert {path: browser.get(path).text for path in before} == before
    for form in (asked, browser.page.form("/my/confirm")):
        page = browser.send_form(form)
        assert page.codes == ["being_handled"] and NAME.new not in page.text
    page = browser.get("/my/wrong/XM")
    page = browser.send_form(page.form("/my/wrong/XM"), cause="admission_error", value=NAME.new)
    assert "nothing_changes" not in page.codes and "测试甲，" not in page.text
    world.at(world.clock.moment + timedelta(minutes=11))
    page = browser.get("/my/confirm")
    assert NAME.new in page.text
    browser.send_form(page.form("/my/confirm"))
    assert world.case(world.case_of(record)).state == CHECKED_OK


def test_a_second_decision_that_takes_a_correction_back_is_told_as_a_whole(
    world: World, as_student: Students
) -> None:
    """After a dispute the record goes on showing the corrected value until the refusal can no longer be undone."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME, ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888)))
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "corrected", seen_on=date(2024, 10, 25))
    world.do(case, "correct", reviewer, words="已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    world.do(case, "dispute", world.student(record), words="仍有误")
    browser = as_student(record)
    paths = ["/my", "/my/wrong/XM", "/my/wrong/XB", f"/my/cases/{case.id}"]
    before = [browser.get(path).text for path in paths]
    assert NAME.new in before[0]
    world.at(world.clock.moment + timedelta(minutes=1))
    other = world.staff["other_reviewer"]
    world.settle_all(case, "refused", other, words="以公安机关登记为准")
    world.do(case, "reject", other, words="以公安机关登记为准", refusal="record_is_right")
    assert [browser.get(path).text for path in paths] == before
    world.at(world.clock.moment + timedelta(minutes=11))
    assert NAME.new not in browser.get("/my").text


def station(page: Page) -> str:
    """The present stage in a case's timeline."""
    found = re.findall(r'<li class="here"[^>]*>\s*<b class="cap">(.*?)</b>', page.html)
    assert len(found) == 1, page.text
    return str(found[0])


def ahead(page: Page) -> int:
    """The number of future stages in the timeline."""
    return page.html.count('<li class="ahead">')


def test_the_page_of_a_case_marks_where_it_is_now(world: World, as_student: Students) -> None:
    """Through every move one station is the present one, and a decision that was undone was never there."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, by = world.case_of(record), world.staff["reviewer"]
    browser = as_student(record)
    told = []

    def look() -> None:
        page = browser.get(f"/my/cases/{case.id}")
        told.append((station(page), ahead(page)))

    look()
    world.do(case, "take_up", by)
    look()
    world.settle_all(case, "corrected")
    world.do(case, "correct", by, words="已更正")
    look()
    world.do(case, "undo", by)
    look()
    world.do(case, "correct", by, words="已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    look()
    world.do(case, "dispute", world.student(record), words="仍有误")
    look()
    assert told == [
        ("等待教务处学籍与学业管理科受理", 3),
        ("教务处学籍与学业管理科：审核", 2),
        ("教务处学籍与学业管理科：审核", 2),
        ("学校作出决定", 0),
        ("学校作出决定", 2),
        ("教务处学籍与学业管理科：审核", 2),
    ]


CHECK_OF_2025 = """
[[campaign]]
id = "yearly-2025"
kind = "yearly"
title = "2025年在校生学籍信息自查"
title_en = "Yearly self-check of 2025"
opens = 2025-10-20
closes = 2025-11-05T23:59:59
bulletins = [2025-10-30]
fields = ["XM", "XB"]
source = "学校2025年学籍信息自查通知"
[campaign.cohort]
entry_years = [2024]
levels = ["本科"]
statuses = ["注册学籍"]
"""


@pytest.mark.parametrize("listed", [CHECK_OF_2025, ""], ids=["listed", "by-template"])
def test_only_a_next_check_that_the_school_has_set_is_announced(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    listed: str,
) -> None:
    """A decided case tells the days of a check on the school's list, of none that a template makes, and the last day."""
    world = world_with_campaigns(store, cipher, clock, entropy, tmp_path, listed)
    record = world.record(yjbyrq=date(2028, 6, 30))
    world.open_campaign()
    world.file(record, NAME)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "corrected")
    world.do(case, "correct", by, words="已更正")
    browser = signed_in(world, create_app(world.place), world.student(record).person)
    assert "下一次自查" not in browser.get(f"/my/cases/{case.id}").text
    world.at(world.clock.moment + timedelta(minutes=11))
    text = browser.get(f"/my/cases/{case.id}").text
    said = "下一次自查 （后续） 2025年10月20日—11月5日 届时请再核对一次，共 2 项。"
    assert (said in text) == ("下一次自查" in text) == bool(listed)
    assert "毕业前最后一次提出更正 （后续） 2028年4月30日" in text


def test_a_letter_says_nothing_that_is_not_told_yet(world: World, as_student: Students) -> None:
    """While a decision can be undone the letter is the one of before, without outcome, reason or words."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "refused", words="姓名与身份证一致")
    world.do(case, "reject", by, words="原记录并没有错", refusal="record_is_right")
    browser = as_student(record)
    text = browser.get(f"/my/cases/{case.id}/letter").text
    assert "学籍信息更正申请受理通知书" in text
    assert not [
        words for words in ("姓名与身份证一致", "原记录并没有错", "不予更正", "决定书") if words in text
    ]
    world.at(world.clock.moment + timedelta(minutes=10))
    text = browser.get(f"/my/cases/{case.id}/letter").text
    for words in (
        "学籍信息更正决定书",
        "航大教学籍〔2024〕2号",
        "经核实，原记录无误",
        "姓名与身份证一致",
        "原记录并没有错",
    ):
        assert words in text


def test_a_case_without_a_filing_has_no_letter(world: World, as_student: Students) -> None:
    """Nothing was handed in, so nothing was received."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert browser.get(f"/my/cases/{world.case_of(record).id}/letter").status == 404


def test_a_settled_filing_is_not_withdrawn_and_the_page_says_why(world: World, as_student: Students) -> None:
    """Once a claim is settled the question is not asked any more; the reason stands where the link stood."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "corrected")
    browser = as_student(record)
    page = browser.get(f"/my/cases/{case.id}")
    assert "already_settled" in page.codes and f"/my/cases/{case.id}/withdraw" not in page.links
    assert browser.get(f"/my/cases/{case.id}/withdraw").location == f"/my/cases/{case.id}"


def test_still_wrong_can_be_said_with_words_only(world: World, as_student: Students) -> None:
    """An objection without words comes back with the reason; with words the case is under review again."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "corrected")
    world.do(case, "correct", reviewer, words="已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    browser = as_student(record)
    browser.get(f"/my/cases/{case.id}")
    page = browser.send("/dispute", words="")
    assert page.status == 422 and page.codes == ["words_missing"]
    assert browser.send("/dispute", words="平台上还是旧的名字").status == 303
    assert "审核中：教务处学籍与学业管理科审核" in browser.follow().text


def test_a_foreign_case_is_not_there_and_the_try_is_remembered(world: World, as_student: Students) -> None:
    """Other people's cases and papers answer 404, change nothing, and leave a line in the access log."""
    mine, other = world.record(), world.record()
    world.open_campaign()
    world.file(other, NAME)
    case = world.case_of(other)
    with world.place.store.reading() as session:
        paper = session.scalars(select(Evidence.id)).first()
    browser = as_student(mine)
    browser.get("/my")
    paths = (f"/my/cases/{case.id}", f"/my/cases/{case.id}/letter", f"/my/receipts/{case.id}")
    for path in (*paths, f"/my/papers/{paper}", f"/my/papers/{paper}/small"):
        assert browser.get(path).status == 404
    page = browser.post(f"/my/cases/{case.id}/withdraw", csrf_token=browser.token, expected="2", key="k" * 32)
    assert page.status == 404
    assert browser.post(f"/my/papers/{paper}/remove", csrf_token=browser.token).status == 404
    assert world.case(case).state == RAISED
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.what, Access.subject, Access.allowed)).all()
    assert [(row.subject, row.allowed) for row in lines] == [
        (case.id, False), (case.id, False), (case.id, False), (paper, False), (paper, False),
        (case.id, False), (paper, False),
    ]  # fmt: skip


def test_each_item_bears_what_was_said_and_what_came_of_it(world: World, as_student: Students) -> None:
    """A told outcome leads to its case, a word on an item bears its day, and a value that came later is told once."""
    arrive(world, roster_row(1, XM=ALIKE[0]), roster_row(2))
    world.open_campaign()
    record = record_of(world)
    case = refused(world, record, ClaimFiled("XM", "admission_error", ALIKE[1]))
    world.do(case, "vouch_fields", world.student(record), fields=("XB",))
    browser = as_student(record)
    items = re.findall(r'<li class="item.*?</li>', browser.get("/my").html, re.S)
    name = next(item for item in items if 'id="item-XM"' in item)
    assert "不予更正" in name and f'href="/my/cases/{case.id}"' in name
    assert [item for item in items if "不予更正" in item or "已更正" in item] == [name]
    assert "无误 · 10月25日说明" in next(item for item in items if 'id="item-XB"' in item)
    assert "名单（" not in name
    arrive(world, roster_row(1, XM=ALIKE[1]), roster_row(2), day=25)
    later = "您申请的内容，学信网名单（10月25日）后来已显示。"
    for path in ("/my", f"/my/cases/{case.id}"):
        assert browser.get(path).text.count(later) == 1, path


def test_who_corrects_a_field_is_said_once_and_with_the_way_there(
    world: World, as_student: Callable[[str], Browser]
) -> None:
    """The rule's sentence names the office, the contact says where it is; no heading or remedy repeats it."""
    record = world.record()
    world.open_campaign()
    page = as_student(record).get("/my/elsewhere/XJZT")
    assert "由教务处学籍与学业管理科处理。" in page.text and "83863717" in page.text
    assert page.text.count("教务处学籍与学业管理科") == 2
