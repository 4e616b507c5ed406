"""Fields beyond the first school's six: shown, claimed, corrected; and those that are not corrected here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.web.browsing import Browser, signed_in
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.workflow.records.rosters import as_csv
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import plan
from workflow.records.values import values_of
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = pytest.mark.one_database

Driven = Callable[..., tuple[World, Flask]]


@pytest.fixture
def drive(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    pages: Callable[[Installation], Flask],
) -> Driven:
    """A factory: the small school with further fields and rules, and its pages."""

    def made(*rules: str, fields: str = "") -> tuple[World, Flask]:
        world = driven(store, cipher, clock, entropy, tmp_path, *rules, more={"school": fields})
        return world, pages(world.place)

    return made


def field(code: str, zh: str, en: str, *, claimable: bool = True) -> str:
    """A field as a registrar writes it."""
    causes = 'causes = ["school_data"]' if claimable else "claimable = false"
    return f'\n[[field]]\ncode = "{code}"\nzh = "{zh}"\nen = "{en}"\ngroup = "{code}"\n{causes}\n'


CLAIMED = {
    "XMPY": ("姓名拼音", "ZHANG  Sanfeng", "ZHANG Sanfeng"),
    "MZ": ("民族", "汉", "藏族"),
    "ZZMM": ("政治面貌", "团员", "共青团员"),
    "ZYMC": ("专业", "", "数学与应用数学（师范）"),
    "CC": ("层次", "大学", "专科"),
    "XZ": ("学制", "9", "5"),
    "BH": ("班级", " ", "计科2402"),
    "RXRQ": ("入学日期", "2024-9-1", "2024-09-01"),
    "TXDZ": ("通讯地址", "字" * 101, "南昌市不存在路1号"),
    "YZBM": ("邮政编码", "33006", "330063"),
}
"""Further fields: the name, what is no value of that kind, and what is."""


def test_a_further_field_goes_from_the_page_to_the_record_and_the_platform(drive: Driven) -> None:
    """Code lists, days, letters, digits and text: shown, refused if not of their kind, filed, compared, corrected, told."""
    fields = "".join(field(code, zh, code) for code, (zh, _, _) in CLAIMED.items())
    world, app = drive(rule("steps", PLATFORM), fields=fields)
    record = world.record(ksh="24360000000001", xm="张三丰")
    world.open_campaign()
    browser = signed_in(world, app, world.student(record).person)
    page = browser.get("/my")
    assert all(zh in page.text for zh, _, _ in CLAIMED.values())
    assert "2024年9月15日" in page.text and "测试专业" in page.text
    for code, (_, wrong, right) in CLAIMED.items():
        path = f"/my/wrong/{code}"
        assert f'name="{code}"' in page.html
        browser.get(path)
        assert browser.send(path, value=wrong).codes == ["value_is_not_whole"]
        assert browser.send(path, value=right).status == 303
    assert "2024年9月1日" in browser.get("/my/check").text
    browser.send("/my/check")
    case = world.case_of(record)

    desk = signed_in(world, app, world.staff["reviewer"].person)
    shown = desk.get(f"/desk/{case.id}").text.replace(" ", "")
    assert all(right.replace(" ", "") in shown for code, (_, _, right) in CLAIMED.items() if code != "RXRQ")
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    with world.place.store.reading() as session:
        values = values_of(session, world.place.cipher, record, CLAIMED)
        assert values == {code: right for code, (_, _, right) in CLAIMED.items()}
        row = {"KSH": "24360000000001", "XM": "张三丰", "XJZT": "注册学籍"} | values
        judged = judge(read_roster("roster.csv", as_csv([row])), as_of=world.clock.moment.date())
        assert {one for _, one in plan(session, judged, world.place.cipher).seen} == set(CLAIMED)
    letter = browser.get(f"/my/cases/{case.id}/letter").text
    assert "藏族" in letter and "2024年9月1日" in letter


def test_a_field_that_is_not_corrected_here_names_who_corrects_it(drive: Driven) -> None:
    """From its row on the record page: the office of the rule for it, the reason and its source; by cause where they differ."""
    world, app = drive(
        rule("major", 'route = "archive", code = "WORD"', 'field = ["ZYMC"]'),
        rule("school", 'route = "college", code = "WORD"', 'field = ["MZ"], cause = ["school_data"]'),
        rule("rest", 'route = "registrar", code = "WORD"', 'field = ["MZ"], cause = ["legal_change"]'),
        fields=field("ZYMC", "专业", "major", claimable=False)
        + field("MZ", "民族", "ethnicity", claimable=False)
        + field("CC", "层次", "level", claimable=False),
    )
    record = world.record()
    browser = signed_in(world, app, world.student(record).person)

    def told(code: str) -> str:
        assert f"/my/elsewhere/{code}" in browser.get("/my").links
        return browser.get(f"/my/elsewhere/{code}").text

    major, ethnicity, level = told("ZYMC"), told("MZ"), told("CC")
    assert all(said in major for said in ("测试专业", "档案馆", "规则major。", "请联系学籍科。", "tests"))
    assert "原因是" not in major and "学院 原因是：学校填错了" in ethnicity
    assert "学籍科 原因是：依法变更" in ethnicity and "录取时就填错了" not in ethnicity
    assert "学校的规则没有另外规定，请联系学籍科。" in level and "现在的记录 本科 学籍科" not in level
    assert "学籍科" in told("XJZT")
    assert browser.get("/my/elsewhere/XM").status == browser.get("/my/elsewhere/BH").status == 404
    assert browser.get("/my/wrong/ZYMC").status == 404


def test_every_reviewer_reads_what_was_corrected_before(drive: Driven) -> None:
    """The day and the fields of the finished request stand on the desk of the next one; its own claims do not."""
    told = rule("told", 'warn = "WORD"', 'finished = ["XM"]').replace(
        "规则told。", "另有已更正：{finished}。"
    )
    world, app = drive(rule("steps", PLATFORM), told)
    record, reviewer = world.record(), world.staff["reviewer"]
    first = Ref("case", world.file(record, NAME).subject)
    world.do(first, "take_up", reviewer)
    world.settle_all(first, "corrected")
    world.do(first, "correct", reviewer, words="已更正")
    world.at(world.clock.moment + timedelta(days=3))
    second = Ref("case", world.file(record, ClaimFiled("XH", "school_data", "2401A0001")).subject)

    def desk(case: Ref, who: str) -> str:
        return signed_in(world, app, world.staff[who].person).get(f"/desk/{case.id}").text

    for who in ("reviewer", "other_reviewer"):
        assert "另有已更正：2024-10-25 姓名。" in desk(second, who)
    assert "另有已更正" not in desk(first, "reviewer")


def test_what_must_be_filled_is_filled_before_confirming(drive: Driven) -> None:
    """Without a postal address nothing is confirmed: the page names what is missing, a claim fills it in, and others confirm."""
    fill = rule("fill", 'refuse = "WORD"', 'blank_any = ["TXDZ", "YZBM"]', 'actions = ["confirm"]')
    world, app = drive(
        rule("steps", PLATFORM),
        fill.replace("规则fill。", "请先补填：{blank}。"),
        fields=field("TXDZ", "通讯地址", "postal address") + field("YZBM", "邮政编码", "postcode"),
    )
    lacks, has = world.record(yzbm="330063"), world.record(txdz="南昌市不存在路1号", yzbm="330063")
    world.open_campaign()

    def browser_of(record: str) -> Browser:
        return signed_in(world, app, world.student(record).person)

    barred, free = browser_of(lacks).get("/my"), browser_of(has).get("/my")
    assert "请先补填：通讯地址。" in barred.text and "/my/confirm" not in barred.links
    assert "/my/wrong/TXDZ" in barred.links and "/my/confirm" in free.links
    case, by = world.case_of(lacks), world.student(lacks)
    assert [one.code for one in world.refused(case, "confirm", by).reasons] == ["WORD"]
    browser = browser_of(lacks)
    assert "补填通讯地址" in browser.get("/my/wrong/TXDZ").text
    browser.send("/my/wrong/TXDZ", value="南昌市不存在路2号")
    browser.get("/my/check")
    browser.send("/my/check")
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已补填")
    assert not {"TXDZ", "YZBM"} & set(world.case(case).record.blank)
