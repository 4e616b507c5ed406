"""Colleagues on the pages: one ill in the middle, a dispute for somebody else, and what a roster shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.web.browsing import Browser, signed_in
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.records.rosters import student
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
CLAIMED = "张三丰"


@pytest.fixture
def case(world: World) -> Ref:
    """A freshman of a roster who asks for another name; a reviewer has the case."""
    arrive(world, student(1), student(2))
    world.open_campaign()
    record = record_of(world)
    world.file(record, ClaimFiled("XM", "admission_error", CLAIMED))
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def decided(world: World, case: Ref, outcome: str) -> None:
    """Let the reviewer decide, and the student be told."""
    by = world.staff["reviewer"]
    world.settle_all(case, outcome, by)
    if outcome == "refused":
        world.do(case, "reject", by, words="材料不足", refusal="evidence_does_not_prove")
    else:
        world.do(case, "correct", by, words="已更正")
    world.at(world.clock.moment + timedelta(days=2))


def test_a_colleague_is_ill_in_the_middle(world: World, as_staff: Staff, case: Ref) -> None:
    """Others see who has the case; a second reviewer takes it with words, and the late press is told what happened."""
    slow, second = as_staff("reviewer"), as_staff("second_reviewer")
    form = slow.get(f"/desk/{case.id}").form("/decide")
    other = as_staff("other_reviewer").get(f"/desk/{case.id}")
    assert "测试审核人经办至" in other.text.replace(" ", "")
    assert not [one for one in other.forms if one.action.endswith("/take_over")]
    second.get(f"/desk/{case.id}")
    assert "words_missing" in second.send("/take_over", words="").codes
    assert second.send("/take_over", words="她今天病了").status == 303
    page = second.follow()
    assert "测试复核人 · 接办 接自 测试审核人 她今天病了" in page.text and "您经办至" in page.text
    page = slow.send_form(form, outcome="refused", words="慢慢写的理由", refusal="record_is_right")
    assert page.status == 409 and {"changed_meanwhile", "held_by_another"} <= set(page.codes)
    assert "测试复核人 · 复核人 · 接办" in page.text and "慢慢写的理由" in page.text


def test_a_dispute_is_not_offered_to_who_decided(
    world: World, app: Flask, as_staff: Staff, case: Ref
) -> None:
    """Their queue has it among what others take, its page says why; a colleague decides it."""
    decided(world, case, "corrected")
    phone = signed_in(world, app, world.student(world.case(case).record.id).person)
    phone.get(f"/my/cases/{case.id}")
    assert phone.send("/dispute", words="平台上还是旧的").status == 303
    first, other = as_staff("reviewer"), as_staff("other_reviewer")
    page = first.get(f"/desk/{case.id}")
    assert "decided_before_by_you" in page.codes and not page.form("/hold").open
    receipt = world.row(case).receipt or "-"
    said = f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}"
    assert said not in first.get("/desk").text and said in first.get("/desk?waits=others").text
    windows = [other.get(f"/desk/{case.id}").form("/hold") for _ in range(2)]
    assert [other.send_form(form).status for form in windows] == [303, 303]
    assert world.row(case).holder == world.staff["other_reviewer"].person


def test_what_a_roster_shows_is_listed_told_and_answered(
    world: World, app: Flask, as_staff: Staff, case: Ref
) -> None:
    """Reviewer, registrar and student read it; the reason to reopen is written ahead; the answer stands beside it."""
    decided(world, case, "refused")
    assert arrive(world, student(1, XM=CLAIMED), student(2), day=26).flagged == 1
    for who in ("reviewer", "registrar", "auditor"):
        page = as_staff(who).get("/flags")
        assert "名册显示了不予更正的内容" in page.text and "等待处理" in page.text
    phone = signed_in(world, app, world.student(world.case(case).record.id).person)
    world.at(world.clock.moment + timedelta(hours=1))
    page = phone.get(f"/my/cases/{case.id}")
    assert "学籍数据与这份申请中姓名的结果不一致" in page.text and "新的学籍数据与结果不一致" in page.text
    second = as_staff("second_reviewer")
    page = second.get(f"/desk/{case.id}")
    assert "显示了不予更正的姓名，已按名册写入" in page.text
    assert "的名册与决定不符：姓名。" in page.html
    assert second.send("/end_flag", words="已联系平台，结果不变").status == 303
    page = second.follow()
    assert "已联系平台，结果不变 测试复核人" in page.text and "等待复核人处理" not in page.text
    assert "结果不一致。复核人会核对" not in phone.get(f"/my/cases/{case.id}").text
    history = as_staff("auditor").get(f"/audit/{case.id}").text
    assert "标记名册与决定不符" in history and "处理名册提示" in history


def test_what_is_decided_anew_for_a_flag_bears_it_in_the_queue(
    world: World, as_staff: Staff, case: Ref
) -> None:
    """It is marked among what waits, counted as a facet and found by it; what no roster spoke of is not."""
    decided(world, case, "refused")
    arrive(world, student(1, XM=CLAIMED), student(2), day=26)
    world.do(case, "reopen", world.staff["second_reviewer"], words="名册显示了不予更正的姓名")
    plain = Ref("case", world.file(record_of(world, 2), NAME).subject)
    other = as_staff("other_reviewer")
    every, flagged = other.get("/desk"), other.get("/desk?flagged=yes")
    for page, shown in ((every, True), (flagged, False)):
        assert case.id in page.html and (plain.id in page.html) == shown
        assert page.html.count('<span class="tag tag-plain">名册提示</span>') == 1
        assert "有名册提示（1）" in page.text
