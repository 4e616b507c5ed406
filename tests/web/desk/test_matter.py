"""What a reviewer compares on a case's page: numbers and what they show, photos, papers, the record, others' cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from tests.web.browsing import WHOLE_NUMBER, Browser, Page, signed_in
from tests.world import NAME, World, number_of
from web.shared.cases.remarks import remarks_of
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref
from workflow.people.accounts import add_person
from workflow.people.scopes import Scope
from workflow.records.identity import CHECKS

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
RIGHT = number_of(date(2006, 5, 4), 313)
WRONG = RIGHT[:-1] + next(sign for sign in CHECKS if sign != RIGHT[-1])
PHOTO = ClaimFiled("PHOTO", "photo", "")


def filed(world: World, *claims: ClaimFiled, **columns: object) -> Ref:
    """A freshman's case with these claims and two papers."""
    record = world.record(**columns)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def said(page: Page) -> list[str]:
    """The sentences of what was compared, each after whether it holds."""
    return [
        re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li[^>]*>(.*?)</li>", findings(page), re.DOTALL)
    ]


def findings(page: Page) -> str:
    """The lists of what was compared, as they stand in the source."""
    return "".join(re.findall(r'<ul class="findings">(.*?)</ul>', page.html, re.DOTALL))


def test_a_number_is_shown_by_its_parts_and_its_faults_are_said_without_a_hidden_digit(
    world: World, as_staff: Staff
) -> None:
    """Check characters, birth date and sex are judged in sentences, and the slip that explains both numbers is named."""
    case = filed(world, ClaimFiled("SFZH", "admission_error", RIGHT), number=WRONG)
    page = as_staff("reviewer").get(f"/desk/{case.id}")
    assert said(page)[:4] == [
        "相符：两个号码：第 7—14 位与出生日期一致；第 17 位与性别一致",
        "相符：申请的号码：校验码相符",
        f"不符：原号码：校验码应为 {RIGHT[-1]}，实为 {WRONG[-1]}",
        "两个号码只差第 18 位：原号码疑为录入错误",
    ]
    assert "差 1 位 （第 18 位）" in page.text.replace("位（", "位 （")
    assert "地区 出生日期 顺序 校验" in page.text and not WHOLE_NUMBER.search(
        re.sub(r"<[^>]+>", "", page.html)
    )


def test_to_whom_the_number_is_barred_nothing_is_said_of_it_nor_of_the_record(
    world: World, as_staff: Staff
) -> None:
    """A reviewer who has nothing to do with a decided case reads neither findings about its number nor its record."""
    case = filed(world, ClaimFiled("SFZH", "admission_error", RIGHT), number=WRONG)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], words="材料不足", refusal="evidence_does_not_prove")
    page = as_staff("other_reviewer").get(f"/desk/{case.id}")
    assert page.status == 200 and "号码：" not in findings(page) and "完整记录" not in page.text
    mine = as_staff("reviewer").get(f"/desk/{case.id}")
    assert "原号码：" in findings(mine) and "完整记录" in mine.text


def test_a_claimed_birth_date_and_sex_are_held_against_the_recorded_number(
    world: World, as_staff: Staff, app: Flask
) -> None:
    """The number that agrees with the claim speaks for it, one that agrees with the record against it."""
    claim = ClaimFiled("CSRQ", "admission_error", "2006-05-04")
    case = filed(world, claim, csrq=date(2006, 4, 5), number=RIGHT)
    assert (
        said(as_staff("reviewer").get(f"/desk/{case.id}"))[0]
        == "相符：记录的证件号码第 7—14 位与申请的内容一致"
    )
    with app.test_request_context():
        against = remarks_of("XB", "男", "女", {"SFZH": WRONG, "CSRQ": "", "XB": "男", "ZJLX": "1"}, "")
        passport = remarks_of("CSRQ", "", "2006-05-04", {"SFZH": "E12345678"}, "")
    assert [one.holds for one in against] == [False, False] and "校验码不符" in against[1].says
    assert [one.holds for one in passport] == [None]


def test_the_province_is_named_of_a_number_that_is_shown_whole(app: Flask) -> None:
    """Of a masked number, or where the area is not disputed, no sentence says where it was given."""
    record = {"SFZH": "11010519491231002X", "CSRQ": "1949-12-31", "XB": "女", "ZJLX": "1"}
    other = "360105194912310024"
    with app.test_request_context():
        told = {
            side: [one.basis for one in remarks_of("SFZH", record["SFZH"], other, record, side) if one.basis]
            for side in ("", "old", "new")
        }
        same = remarks_of("SFZH", record["SFZH"], "110105194912310046", record, "new")
        old = remarks_of("SFZH", "110105491231002", record["SFZH"], record, "")
    assert told == {"": [], "old": ["北京"], "new": ["江西"]} and not [one for one in same if one.basis]
    assert "原号码升为 18 位，就是申请的号码" in [one.says for one in old if one.holds]


def test_decisions_of_the_same_kind_are_told_without_a_name_and_open_to_whom_they_concern(
    world: World, as_staff: Staff, app: Flask
) -> None:
    """Outcome and ground of the kind alone, once decided; a case out of a reviewer's scope is told and is no link."""
    reviewer = world.staff["reviewer"]
    past = filed(world, NAME, fy="另一学院")
    other = filed(world, ClaimFiled("XM", "rendering", "测试某"))
    case = filed(world, NAME)
    world.do(past, "take_up", reviewer)
    world.settle_all(past, "refused")
    assert "同类事项" not in as_staff("reviewer").get(f"/desk/{case.id}").text
    world.do(past, "reject", reviewer, words="证件不清", refusal="evidence_does_not_prove")
    page = as_staff("reviewer").get(f"/desk/{case.id}")
    told = page.text.split("同类事项最近 1 件：")[1]
    assert told.startswith("不予更正 1 ") and "证件不清" not in told and f"/desk/{past.id}" in page.links
    assert "同类事项" not in as_staff("reviewer").get(f"/desk/{other.id}").text
    narrow = Scope("测试学院")
    with world.place.store.writing() as session:
        one = add_person(session, "测试年级", "reviewer", narrow, "", world.clock.moment, world.place.entropy)
    page = signed_in(world, app, one.id).get(f"/desk/{case.id}")
    assert "同类事项最近 1 件：不予更正 1" in page.text and f"/desk/{past.id}" not in page.links


def test_a_paper_whose_file_is_gone_is_said_in_words_with_what_to_do(world: World, as_staff: Staff) -> None:
    """The others are shown; in the place of the lost one stands whom to ask, and no other picture."""
    case = filed(world, NAME, PHOTO)
    browser = as_staff("reviewer")
    lost, kept = dict.fromkeys(one for one in browser.get(f"/desk/{case.id}").pictures if "papers" in one)
    name = lost.rsplit("/", 1)[1]
    (world.place.settings.evidence / name[:2] / name).unlink()
    page = browser.get(f"/desk/{case.id}")
    assert page.pictures == [kept] and "文件找不到了" in page.text and "退回补正" in page.text


def test_other_requests_of_the_person_stand_with_their_outcome_and_ground(
    world: World, as_staff: Staff
) -> None:
    """The record's line counts them and leads to them; a first request says that there is none."""
    case = filed(world, NAME)
    page = as_staff("reviewer").get(f"/desk/{case.id}")
    assert "以往申请 无" in page.text
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], words="材料不足", refusal="evidence_does_not_prove")
    world.at(world.clock.moment + timedelta(hours=1))
    again = world.file(world.case(case).record.id, ClaimFiled("XH", "school_data", "240199999")).subject
    page = as_staff("reviewer").get(f"/desk/{again}")
    assert "以往申请 1" in page.text and "驳回" in page.text.split("同一学籍的其他申请")[1]
