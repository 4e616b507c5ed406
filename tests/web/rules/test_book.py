"""The pages that read the rules and the notice aloud."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from config.policy import School
from config.policy.ties import figures
from tests.editing import edited, load
from tests.web.browsing import Browser, signed_in
from tests.web.test_offices import looks
from tests.world import World
from web import create_app

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
RAW = re.compile(r"\b[A-Z]{2,}(_[A-Z]+)+\b|\b(XM|XB|SFZH|CSRQ|XH|XJZT|household_book|id_card|final_check)\b")


def test_the_rules_page_shows_every_rule_in_words(world: World, as_staff: Staff, nchu: School) -> None:
    """Sentence, what the student reads, remedy and source of each; ids and codes only in the auditor's fold."""
    page, audited = as_staff("registrar").get("/rules"), as_staff("auditor").get("/rules")
    assert page.html.count('<article class="clause"') == len(nchu.policy.rules)
    for words in (
        "学籍状态算作已离校的，不能办理：已离校。",
        "您的学籍状态是“〔学籍状态〕”，已不在籍，学校不再受理学籍信息变更。",
        "须交户口簿（也可以用：公安机关的变更证明）",
        "末次自查比预计毕业早6个月以上截止的，提醒审核人：最后一次自查远早于毕业。",
        "每年10月23日—11月7日",
        "公布进度：4月15日和4月25日",
        "学院签认截止：5月10日",
        "每天 08:00 给学院经办人一份本学院的提要",
        "毕业前最后一次自查：没有作答、收到过通知的，视为无误。",
        *(rule.source for rule in nchu.policy.rules),
    ):
        assert words in page.text, words
    assert not RAW.search(page.text) and "filing.left" not in page.text
    assert "filing.left" in audited.text and "AFTER_FINAL_CHECK" in audited.text


def test_each_rule_says_how_many_students_it_touches_and_the_registrar_opens_the_list(
    world: World, as_staff: Staff, nchu: School
) -> None:
    """Counted when asked for; names only for the registrar, and as a line of the access log."""
    world.record(xm="张三丰", xjzt="退学")
    world.record(xm="李四光")
    left = [rule.id for rule in nchu.policy.rules].index("filing.left")
    browser, before = as_staff("registrar"), looks(world)
    page = browser.get("/rules/touched")
    assert "现在涉及 1 名学生" in page.text and "不取决于是哪名学生" in page.text
    assert looks(world) == before and "张三丰" not in page.text
    for role in ("auditor", "reviewer"):
        seen = as_staff(role).get("/rules/touched")
        assert "现在涉及 1 名学生" in seen.text and "touched/list" not in seen.html
    shown = browser.post("/rules/touched/list", csrf_token=browser.token, line=str(left))
    assert "张三丰" in shown.text and "李四光" not in shown.text
    assert looks(world)[-1] == ("rules_touched", "", True)
    assert browser.post("/rules/touched/list", csrf_token=browser.token, line="999").status == 400


def test_the_notice_is_shown_with_what_the_system_does_beside_each_sentence(
    world: World, as_staff: Staff, nchu: School
) -> None:
    """Two figures on top; the rule's sentence, the date, the campaign, the guide's step; the rest by name."""
    assert nchu.notice is not None
    found = figures(nchu)
    page = as_staff("auditor").get("/rules/notice")
    assert page.html.count('<article class="clause"') == found.sentences
    for words in (
        f"{found.carried} 句有承接（共 {found.sentences} 句）",
        f"{found.unsupported} 句不支持",
        "学籍状态算作已离校的，不能办理：已离校。",
        "公布进度：2024年10月30日和2024年11月6日",
        "提醒还没有核对的学生：截止前 7、3、1 天；学院经办人每天收到本学院的提要",
        "没有作答、收到过通知的学生，截止后视为无误",
        "末次自查截止：每年4月30日",
        "电话：83863717",
        "学籍状态只看，不由学生申请更正",
        *(one.unsupported for _, one in nchu.notice.sentences()),
    ):
        assert words in page.text, words
    assert '<a href="/guide/face_failed/review">' in page.html and '<a href="/rules#rule-3">' in page.html
    assert not RAW.search(page.text)


def test_a_student_is_led_from_the_notice_to_the_guide(world: World, as_staff: Staff, nchu: School) -> None:
    """Beside a sentence that the guide carries stands the way there, once for each situation."""
    assert nchu.notice is not None
    page = as_staff("reviewer").get("/notice")
    assert '<a href="/guide/classmate/ask">' in page.html


def test_a_tie_to_what_is_gone_is_not_on_the_page(world: World, nchu: School) -> None:
    """A school that drops a rule reads its notice on, beside what still carries its sentences."""
    load(world, edited(nchu, ("policy.toml", 'id = "filing.left"', 'id = "filing.gone"')))
    browser = signed_in(world, create_app(world.place), world.staff["registrar"].person)
    page = browser.get("/rules/notice")
    assert page.status == 200 and "学籍状态算作已离校的" not in page.text
    assert "在学历注册当天或以后的，不能办理：学历已注册。" in page.text
