"""A student's stories in a real Chromium on a phone: checking, filing with photos, a lost line, the letter."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from pypdf import PdfReader
from pytest_playwright.pytest_playwright import CreateContextCallback

from states.case import CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED
from tests.browser import PHONE
from tests.web.visiting import complaints, fits, on_paper, sign_in
from tests.workflow.campaigns.test_platform_export import workbook
from tests.world import NAME, World, number_of, picture
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.cases.claims import ClaimFiled
from workflow.cases.views.student_sheet import papers_of
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

SMALLEST = 44
ON_ONE_STORE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For tests about the screen, not the database."""


@pytest.fixture(params=[False, True], ids=["without_scripts", "with_scripts"])
def hand(request: pytest.FixtureRequest, new_context: CreateContextCallback) -> Iterator[BrowserContext]:
    """A student's phone, once with scripts disabled."""
    yield new_context(**PHONE, java_script_enabled=request.param)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three photos as a phone makes them, no two alike."""
    made = []
    for n in range(3):
        file = tmp_path / f"IMG_{n}.jpg"
        file.write_bytes(picture(400 + n, 300))
        made.append(file)
    return made


def answer(page: Page, field: str, cause: str, value: str, since: str = "") -> None:
    """Mark a field as wrong on the first page, and fill in the page about it."""
    page.get_by_role("group", name=field).get_by_text("有误").tap()
    page.get_by_role("button", name="提交核对结果").tap()
    page.get_by_label(cause).check()
    page.get_by_label(f"正确的{field}").fill(value)
    if since:
        page.get_by_label("公安机关变更的日期").fill(since)
    page.get_by_role("button", name="保存并继续").tap()


def upload(page: Page, photo: Path | list[Path], kind: str) -> None:
    """Choose photos of a kind of paper, and send them where the page does not do it by itself."""
    field = page.get_by_label(re.compile(f"^(附上照片|再附一张)：{kind}$")).first
    field.set_input_files(photo)
    button = page.locator("form", has=field).get_by_role("button", name="上传", exact=True)
    if button.is_visible():
        button.tap()


def kept(world: World, record: str) -> int:
    """The number of photos in the draft."""
    with world.place.store.reading() as session:
        return len(papers_of(session, record, None))


def listed(world: World, record: str) -> None:
    """The school imports the platform's list of today, which says that the student looked a day before."""
    campaign, place = world.case(world.case_of(record)).campaign, world.place
    assert campaign is not None
    with place.store.writing() as session:
        xh = session.get_one(Record, record).xh
        row = (xh, "张三丰", "", "测试学院", "已自查", "2024-10-24 08:00:00")
        export, as_of = read_export("自查.xlsx", workbook(row)), world.clock.moment.date()
        take_in_export(
            place.engine, session, place.cipher, campaign.id, export, as_of, world.staff["registrar"]
        )


def test_a_student_confirms_in_two_touches(world: World, site: str, hand: BrowserContext) -> None:
    """What is due, how much, and the first items stand on the first screen; two touches later it is confirmed."""
    record = world.record(xm="买买提·测试艾力")
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    said = complaints(page)
    page.reload()
    due = page.get_by_text("请于 11月7日 23:59（北京时间）前完成")
    confirm = page.get_by_role("link", name="六项均无误")
    for seen in (due, page.get_by_role("heading", level=1), page.locator(".item .label").first, confirm):
        box = seen.bounding_box()
        assert box is not None and box["y"] + box["height"] <= 667, seen
    confirm.tap()
    page.get_by_role("button", name="确认无误").tap()
    expect(page.get_by_role("main")).to_contain_text("您已于 2024年10月25日 10:00 确认以下信息无误")
    assert world.case(world.case_of(record)).state == CHECKED_OK
    assert said == [] and fits(page)


@ON_ONE_STORE
def test_a_student_checks_here_and_there(world: World, site: str, hand: BrowserContext) -> None:
    """Two things are open: one is confirmed here, the other said to be looked at; a list that names them counts more."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    said = complaints(page)
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("张三丰，您还有 2 项待办")
    page.get_by_role("link", name="六项均无误").tap()
    page.get_by_role("button", name="确认无误").tap()
    expect(title).to_have_text("张三丰，您还有 1 项待办")
    expect(page.get_by_role("heading", name="学信网查看")).to_contain_text("未完成")
    page.get_by_role("link", name="查看步骤并登记").tap()
    page.get_by_role("button", name="登记已查看").tap()
    expect(title).to_have_text("张三丰，您当前没有待办事项")
    expect(page.get_by_text("您登记已于 10月25日 查看（本人登记）")).to_be_visible()
    listed(world, record)
    page.reload()
    expect(page.get_by_text("学信网名单显示，您已于 10月24日 查看。")).to_be_visible()
    expect(page.get_by_text("本人登记")).to_have_count(0)
    assert said == [] and fits(page)


@ON_ONE_STORE
def test_a_double_touch_does_not_confirm(world: World, site: str, hand: BrowserContext) -> None:
    """The second button does not lie where the first one lay."""
    record = world.record()
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    box = page.get_by_role("link", name="六项均无误").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.touchscreen.tap(*middle)
    page.wait_for_url(re.compile("/my/confirm$"))
    page.touchscreen.tap(*middle)
    expect(page.get_by_role("heading", name="确认各项均无误？")).to_be_visible()
    assert world.case(world.case_of(record)).state == NOT_CHECKED


@ON_ONE_STORE
def test_a_number_opens_at_a_touch(world: World, site: str, hand: BrowserContext) -> None:
    """The digits in full are hidden until their holder touches them, and can be hidden again."""
    record = world.record()
    page = sign_in(world, site, hand, world.student(record).person)
    number = page.get_by_text(number_of(date(2006, 5, 4), 3))
    expect(number).to_be_hidden()
    page.locator("summary").first.tap()
    expect(number).to_be_visible()
    page.get_by_text("隐藏号码").tap()
    expect(number).to_be_hidden()


def test_two_claims_and_three_photos_are_filed_followed_and_withdrawn(
    world: World, site: str, hand: BrowserContext, photos: list[Path]
) -> None:
    """Papers are named before the upload; check, file, read where it is, take it back after one question."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    said = complaints(page)
    answer(page, "姓名", "入学后在公安机关依法变更", "张三峯", "2024-10-01")
    expect(page.get_by_role("heading", name="户口簿")).to_be_visible()
    page.get_by_role("link", name="修改其他项目").tap()
    answer(page, "证件号码", "录取时就填错了", number_of(date(2005, 1, 2), 888))
    expect(page.get_by_role("heading", name="居民身份证")).to_be_visible()
    for kind, photo in zip(("户口簿", "居民身份证", "居民身份证"), photos, strict=True):
        upload(page, photo, kind)
        expect(page.get_by_role("heading", name=f"已保存 {photos.index(photo) + 1} 张照片")).to_be_visible()
    assert kept(world, record) == 3
    page.get_by_role("button", name=re.compile("^删除此项.*居民身份证")).last.tap()
    expect(page.get_by_role("heading", name="已保存 2 张照片")).to_be_visible()
    upload(page, photos[1:], "居民身份证")  # of these one is there already
    expect(page.get_by_role("heading", name="已保存 3 张照片")).to_be_visible()
    page.get_by_role("link", name="下一步：核对并提交").tap()
    page.get_by_role("link", name=re.compile("^修改.*姓名$")).tap()
    page.get_by_label("正确的姓名").fill("张三峰")
    page.get_by_role("button", name="保存并继续").tap()
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    page.get_by_role("button", name="提交更正申请").tap()
    expect(page.get_by_role("heading", name="已提交更正申请")).to_be_visible()
    case = world.case_of(record)
    assert world.case(case).state == RAISED and len(world.case(case).claims) == 2
    page.get_by_role("link", name="查看办理进度").tap()
    expect(page.locator("li.here")).to_contain_text("等待教务处学籍与学业管理科受理")
    page.get_by_role("link", name="撤回申请").tap()
    page.get_by_role("button", name="撤回申请").tap()
    expect(page.get_by_role("heading", name="已撤回")).to_be_visible()
    expect(page.locator("li.here")).to_contain_text("您撤回申请")
    assert world.case(case).state == NOT_CHECKED and said == []


def test_a_lost_line_loses_nothing_that_was_saved(
    world: World, site: str, hand: BrowserContext, photos: list[Path]
) -> None:
    """The second photo does not arrive; the first one and every answer are there, and the student goes on."""
    record = world.record()
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    answer(page, "姓名", "录取时就填错了", "测试甲")
    upload(page, photos[0], "居民身份证")
    expect(page.get_by_role("heading", name="已保存 1 张照片")).to_be_visible()

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/my/papers/add/*", cut)
    with page.expect_event("requestfailed") as lost:
        upload(page, photos[1], "居民身份证")
    assert lost.value.method == "POST"
    page.context.unroute("**/my/papers/add/*")
    page.close()
    assert kept(world, record) == 1
    page = hand.new_page()
    page.goto(f"{site}/my")
    expect(page.get_by_text("1 项有误")).to_be_visible()
    page.get_by_role("button", name="提交核对结果").tap()
    page.get_by_role("link", name=re.compile("^修改.*所附材料$")).tap()
    expect(page.get_by_role("heading", name="已保存 1 张照片")).to_be_visible()
    upload(page, photos[1], "居民身份证")
    expect(page.get_by_role("heading", name="已保存 2 张照片")).to_be_visible()
    page.get_by_role("link", name="下一步：核对并提交").tap()
    page.get_by_role("button", name="提交更正申请").tap()
    expect(page.get_by_role("heading", name="已提交更正申请")).to_be_visible()


def test_the_decision_is_a_letter_that_prints(world: World, site: str, hand: BrowserContext) -> None:
    """One page A4, black on white in dark too, red in its head alone, with long reasons for two items and no navigation."""
    record, why = world.record(xm="张三丰"), "经核对学籍表、录取名册和公安机关出具的证明，" * 20
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"), ClaimFiled("XH", "school_data", "2401"))
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    for claim in world.case(case).claims:
        words = f"{why}学号无误" if claim.field == "XH" else f"{why}姓名更正"
        outcome = "refused" if claim.field == "XH" else "corrected"
        world.settle(
            case,
            claim.id,
            outcome,
            by,
            words=words,
            seen_on=date(2024, 10, 25) if outcome == "corrected" else None,
        )
    world.do(case, "correct", by, words="姓名已更正")
    world.at(world.clock.moment + timedelta(minutes=10))
    assert world.case(case).state == CORRECTED
    page = sign_in(world, site, hand, world.student(record).person)
    page.goto(f"{site}/my/cases/{case.id}")
    expect(page.get_by_role("heading", name="1 项已更正，1 项不予更正")).to_be_visible()
    page.get_by_role("link", name="查看决定书").tap()
    letter = page.get_by_role("article")
    expect(letter).to_contain_text("学籍信息更正决定书")
    expect(letter).to_contain_text(re.compile(r"申请编号 \d{3} \d{3} \d{4}"))
    assert fits(page)
    printed = PdfReader(io.BytesIO(on_paper(page))).pages
    assert len(printed) == 1 and "学号无误" in normalize("NFKC", printed[0].extract_text())
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("body > header", "body > footer", ".no-print"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(letter).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(letter.locator("header")).to_have_css("color", "rgb(176, 55, 31)")


@ON_ONE_STORE
def test_before_the_decision_there_is_a_receipt_to_print(
    world: World, site: str, hand: BrowserContext
) -> None:
    """It says what was received and when, and nothing of an outcome."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    page = sign_in(world, site, hand, world.student(record).person)
    page.goto(f"{site}/my/receipts/{world.case_of(record).id}")
    page.get_by_role("link", name="打印或保存回执").tap()
    letter = page.get_by_role("article")
    expect(letter).to_contain_text("学籍信息更正申请回执")
    expect(letter).to_contain_text("你于2024年10月25日提出学籍信息更正申请，共 1 项。现已收到，事项如下：")
    expect(letter).not_to_contain_text("决定如下")


@ON_ONE_STORE
def test_a_fault_has_the_focus_and_leads_to_its_field(world: World, site: str, hand: BrowserContext) -> None:
    """After a refused answer the summary has the focus; its link goes to the field, which is marked as wrong."""
    record = world.record()
    world.open_campaign()
    page = sign_in(world, site, hand, world.student(record).person)
    answer(page, "姓名", "录取时就填错了", "张?丰")
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    alert.get_by_role("link").tap()
    field = page.get_by_label("正确的姓名")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    page.goto(f"{site}/my/wrong/SFZH")
    page.get_by_role("button", name="保存并继续").tap()
    expect(page.get_by_role("alert")).to_be_focused()


def pages_of_a_draft(world: World, record: str) -> list[str]:
    """Every page before filing."""
    world.paper(record)
    return [
        "/my", "/my/wrong/XM", "/my/wrong/PHOTO", "/my/looked", "/my/papers", "/my/papers/add",
        "/my/papers/add/id_card", "/my/check", "/my/discard",
    ]  # fmt: skip


@ON_ONE_STORE
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_student_can_be_read_and_touched(
    world: World, site: str, new_context: CreateContextCallback, language: str, scheme: str
) -> None:
    """Words have their contrast, controls 44 points, nothing sticks out, in two languages, light and dark."""
    drafting, filed = world.record(xm="张三丰"), world.record(xm="买买提吐尔逊·阿卜杜热合曼·测试")
    world.open_campaign()
    world.file(filed, ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888)))
    case = world.case_of(filed).id
    after = ["/my", *(f"/my/cases/{case}{more}" for more in ("", "/letter", "/withdraw"))]
    after.append(f"/my/receipts/{case}")
    wrong: list[str] = []
    for record, paths in ((drafting, pages_of_a_draft(world, drafting)), (filed, after)):
        context = new_context(**PHONE, color_scheme=scheme, reduced_motion="reduce")
        page = sign_in(world, site, context, world.student(record).person)
        if record == drafting:
            page.goto(f"{site}/my/confirm")
            wrong += [f"confirm: {one}" for one in _ill(page)]
            page.goto(f"{site}/my")
            answer(page, "姓名", "入学后在公安机关依法变更", "张三峯", "2024-10-01")
            page.wait_for_url("**/my/papers")
        context.add_cookies([{"name": "lang", "value": language, "url": site}])
        for path in paths:
            page.goto(site + path)
            wrong += [f"{path}: {one}" for one in _ill(page)]
    assert wrong == []


def _ill(page: Page) -> list[str]:
    """What cannot be read, touched or seen on a page."""
    weak = list(page.evaluate((Path(__file__).parents[1] / "contrast.js").read_text(encoding="utf-8")))
    small = page.locator("main a, main button, main summary, main input, header button").evaluate_all(
        """(all, least) => all.filter((one) => one.type !== 'hidden' && one.checkVisibility())
            .map((one) => one.closest('.form-check') && one.type === 'radio' ? one.closest('.form-check') : one)
            .map((one) => one.closest('.scripted') && one.type === 'file' ? one.labels[0] : one)
            .filter((one) => Math.min(one.getBoundingClientRect().height, one.getBoundingClientRect().width) < least)
            .map((one) => `small: ${one.outerHTML.slice(0, 120)}`)""",
        SMALLEST,
    )
    return [*weak, *small, *([] if fits(page) else ["too wide"])]
