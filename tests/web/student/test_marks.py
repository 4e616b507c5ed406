"""A student's marks on the first page, and the two ticks: kept, filed beside a claim, never more than was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from states.case import CHECKED_OK, NOT_CHECKED
from tests.web.browsing import Browser, Page
from tests.web.student.test_student import count, mark, say, upload
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import read_draft
from workflow.cases.tables import Case, Draft, Vouch
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

Students = Callable[[str], Browser]
SIX = ("XM", "XB", "SFZH", "CSRQ", "XH", "PHOTO")


def marked(page: Page) -> dict[str, str]:
    """The marks that stand on the first page."""
    fields = page.form("/my/marks").fields
    return {field: fields[field] for field in SIX if field in fields}


def vouched(world: World) -> set[str]:
    """The items that are said to be right beside a claim."""
    with world.place.store.reading() as session:
        return set(session.scalars(select(Vouch.field)))


def test_marks_are_kept_and_what_is_unmarked_is_named(world: World, as_student: Students) -> None:
    """Two marks of six are kept for any browser; the page names the other four, each with a link to its row."""
    record = world.record()
    world.open_campaign()
    page = say(as_student(record), XM="right", XB="right")
    assert page.status == 422 and "<title>出错：" in page.html
    assert {"#mark-SFZH", "#mark-CSRQ", "#mark-XH", "#mark-PHOTO"} <= set(page.links)
    assert "#mark-XM" not in page.links
    page = as_student(record).get("/my")
    assert marked(page) == {"XM": "right", "XB": "right"} and "已核对 2／6" in page.text


def test_six_marks_lead_to_the_confirmation_and_have_served_with_it(
    world: World, as_student: Students
) -> None:
    """All right is no confirmation yet: the next page asks for it, and then nothing is left of the marks."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert say(browser, **dict.fromkeys(SIX, "right")).location == "/my/confirm"
    assert world.case(world.case_of(record)).state == NOT_CHECKED
    browser.follow()
    browser.send("/my/confirm")
    assert world.case(world.case_of(record)).state == CHECKED_OK and count(world, Draft) == 0


def test_what_is_marked_as_right_is_filed_beside_the_wrong_one(world: World, as_student: Students) -> None:
    """The last review names the items said to be right, and they stand with the filing; others are left out."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert say(browser, XM="wrong", XB="right", XH="right").location == "/my/wrong/XM"
    mark(browser, "XM", "admission_error", value="测试甲")
    upload(browser)
    assert "您已核对无误：性别、学号" in browser.get("/my/check").text
    browser.send("/my/check")
    assert vouched(world) == {"XB", "XH"} and count(world, Draft) == 0


def test_a_mark_ends_with_the_value_that_was_seen(world: World, as_student: Students) -> None:
    """An import changes a value: what was sent is refused, and the page shows the marks that were kept and hold."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    browser = as_student(record)
    say(browser, XM="right", XB="right")
    form = browser.get("/my").form("/my/marks")
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm="张三峯"))
    page = browser.send_form(form, **dict.fromkeys(SIX, "right"))
    assert page.status == 422 and page.codes == ["values_changed"] and "张三峯" in page.text
    assert marked(page) == {"XB": "right"} and "已核对 1／6" in page.text
    assert marked(browser.get("/my")) == {"XB": "right"}


def test_a_wrong_number_takes_what_it_carries_along(world: World, as_student: Students) -> None:
    """Number, birth date and sex marked as wrong are one matter: one page asks for the number alone."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    assert say(browser, SFZH="wrong", CSRQ="wrong", XB="wrong").location == "/my/wrong/SFZH"
    page = browser.get("/my")
    assert marked(page) == {"SFZH": "wrong"} and page.text.count("随证件号码一并更正") == 2


def test_birth_date_and_sex_alone_are_refused_and_the_marks_stay(world: World, as_student: Students) -> None:
    """Without the number the two cannot be filed together: the page says so and shows what was chosen."""
    record = world.record()
    world.open_campaign()
    page = say(as_student(record), CSRQ="wrong", XB="wrong")
    assert page.status == 422 and page.codes == ["one_matter_two_claims"]
    assert marked(page) == {"CSRQ": "wrong", "XB": "wrong"} and count(world, Draft) == 0


def test_marks_alone_begin_no_filing(world: World, as_student: Students) -> None:
    """The days of grace are for a claim that was begun in time, not for a mark that all is right."""
    record = world.record()
    world.open_campaign()
    say(as_student(record), XB="right")
    begun = world.clock.moment + timedelta(days=2)
    world.at(begun)
    mark(as_student(record), "XM", "admission_error", value="测试甲")
    with world.place.store.reading() as session:
        kept = read_draft(session, world.place.cipher, record)
    assert kept.begun_at == begun and set(kept.right) == {"XB"}


def test_a_discarded_draft_leaves_the_marks(world: World, as_student: Students) -> None:
    """Deleting what was filled in takes back no word on the other items."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    say(browser, XM="wrong", XB="right")
    browser.get("/my/discard")
    browser.send("/my/discard")
    assert marked(browser.get("/my")) == {"XB": "right"}


def test_items_are_vouched_for_beside_a_filing(world: World, as_student: Students) -> None:
    """While a claim is under way the other items can be said to be right, at once, and each only once."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    browser = as_student(record)
    page = browser.get("/my")
    assert "XM-right" not in page.html and "/my/confirm" not in page.links
    assert browser.send("/my/marks", XB="right", XH="right").location == "/my"
    page = browser.follow()
    assert vouched(world) == {"XB", "XH"} and "已登记无误：性别、学号" in page.text
    assert "XB-right" not in page.html and "SFZH-right" in page.html


def test_vouching_asks_for_one_item_and_ends_with_the_last(world: World, as_student: Students) -> None:
    """It is voluntary: nothing chosen names no item as missing; with all said there is nothing left to press."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    browser = as_student(record)
    page = say(browser)
    assert page.status == 422 and page.codes == ["nothing_to_vouch"] and "请核对：" not in page.text
    stale = page.form("/my/marks")
    left = dict.fromkeys(set(SIX) - {"XM"}, "right")
    assert browser.send("/my/marks", **left).location == "/my"
    page = browser.follow()
    assert vouched(world) == set(left) and "登记核对结果" not in page.text
    page = browser.send_form(stale, XB="right")
    assert page.status == 422 and page.codes and count(world, Draft) == 0


def test_the_day_after_the_close_says_what_became_of_the_check(world: World, as_student: Students) -> None:
    """Who did nothing, and who filled in without filing, is not told that all is done; nothing can be ticked."""
    record, beginner = world.record(), world.record()
    world.open_campaign()
    mark(as_student(beginner), "XM", "admission_error", value="测试甲")
    world.at(datetime(2024, 11, 8, 0, 30, tzinfo=world.clock.moment.tzinfo))
    text = as_student(record).get("/my").text
    assert "，本次自查已截止 " in text and "没有收到您的确认" in text and "没有待办" not in text
    text = as_student(beginner).get("/my").text
    assert "，您有 1 项更正尚未提交" in text and "没有待办" not in text


def test_nobody_has_nothing_to_do_with_one_tick_open(world: World, as_student: Students) -> None:
    """Confirmed here, one thing is left: to look there; said with its day, it is shown as said, and none is."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    browser = as_student(record)
    assert "您还有 2 项待办" in browser.get("/my").text
    browser.get("/my/confirm")
    browser.send("/my/confirm")
    page = browser.follow()
    assert "您还有 1 项待办" in page.text and "没有待办" not in page.text
    assert browser.get("/my/looked").form("/my/looked").fields["looked_on"] == "2024-10-25"
    assert browser.send("/my/looked", looked_on="2024-10-24").location == "/my"
    page = browser.follow()
    assert "您当前没有待办事项" in page.text
    assert "您登记已于 10月24日 查看（本人登记）" in page.text


@pytest.mark.parametrize(
    ("day", "code"), [("2024-10-26", "day_ahead"), ("2024-10-01", "looked_too_early"), ("", "day_missing")]
)
def test_a_day_of_looking_that_cannot_be_is_refused(
    world: World, as_student: Students, day: str, code: str
) -> None:
    """A day ahead, one before the check, and none: the reason stands beside the field."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    browser.get("/my/looked")
    page = browser.send("/my/looked", looked_on=day)
    assert page.status == 422 and page.codes == [code] and "#looked_on" in page.links
    with world.place.store.reading() as session:
        assert session.scalars(select(Case.looked_on)).all() == [None]


def test_a_decided_case_does_not_hide_the_campaign(world: World, as_student: Students) -> None:
    """Refused or corrected, the student reads the campaign and its end first, and every outcome by number."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME, ClaimFiled("XH", "school_data", "2401"))
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    for claim in world.case(case).claims:
        if claim.field == "XM":
            world.settle(case, claim.id, "corrected", by, seen_on=date(2024, 10, 25))
        else:
            world.settle(case, claim.id, "refused", by, words="学号无误")
    world.do(case, "correct", by, words="姓名已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    page = as_student(record).get("/my")
    assert "请于 11月7日 23:59 （北京时间）前完成" in page.text and "没有进行中" not in page.text
    assert "1 项已更正，1 项不予更正" in page.text
