"""The way back through the pages: a body's file looked at, taken, one line by hand, and what each person reads."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.browsing import Browser
from tests.workflow.outgoing.answers.test_answers import MORE_WORDS, NO, case_of_claim, row, workbook
from tests.workflow.outgoing.batches.waiting import proves, seen, sent, waits, world_with_a_province
from tests.world import World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path)


def test_a_batch_answered_in_part_reaches_registrar_student_and_reviewer(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """Agreed, refused and more wanted in one file: seen first, then taken; the student reads the body, its day and its words."""
    claims = waits(world, 4)
    cases = [case_of_claim(world, claim) for claim in claims]
    batch = sent(world, claims)
    registrar, theirs = as_staff("registrar"), f"/registrar/batches/{batch.id}/answers"
    registrar.get(theirs)
    bad = workbook(row(1))[:300]
    no = registrar.send("/answers", file=(io.BytesIO(bad), "省厅答复 990000200605040011.xlsx"))
    assert no.status == 422 and "“省厅答复 ….xlsx”：无法作为 Excel 工作簿读取" in no.text
    data = workbook(row(1), row(2, "不同意", words=NO), row(3, "需补充", words=MORE_WORDS), row(9))
    registrar.send("/answers", file=(io.BytesIO(data), "省厅答复.xlsx"))
    page = registrar.follow()
    assert "还没有写入任何内容" in page.text and "这名学生的这一项不在这个批次里" in page.text
    assert [world.case(case).state for case in cases] == ["under_review"] * 4
    assert registrar.send("/take").location.endswith("/answers")
    assert "已登记 3 行答复。还有 1 行等待答复。" in registrar.follow().text
    assert [world.case(case).state for case in cases] == ["under_review", "rejected"] + ["under_review"] * 2

    line = next(one for one in seen(world, batch).waiting)
    by_hand = {"line": line.id, "received_on": "2024-10-25"}
    wrong = registrar.send("/line", outcome="refused", **by_hand)
    assert (wrong.status, wrong.codes) == (422, ["words_missing"])
    form = registrar.page.form("/line")
    assert registrar.send_form(form, outcome="agreed", words="", **by_hand).status == 303
    assert "这个批次已全部答复" in registrar.follow().text
    assert registrar.send_form(form, outcome="agreed", words="", **by_hand).status == 303, (
        "sent twice is once"
    )

    desk = as_staff("reviewer").get(f"/desk/{cases[2].id}").text
    assert f"省级教育行政部门要求补充，补齐以后重新报送： {MORE_WORDS}" in desk
    mine = as_student(world.case(cases[1]).record.id)
    address = f"/my/cases/{cases[1].id}"
    assert NO not in mine.get(address).text, "a decision that can still be undone is not announced"
    world.at(world.clock.moment + timedelta(minutes=11))
    told = mine.get(address).text.replace(" ", "")
    assert f"省级教育行政部门不同意更正。省级教育行政部门于2024年10月25日答复：{NO}" in told
    assert "有新的材料，可以就同一项重新提出" in told
    letter = mine.get(f"{address}/letter").text.replace(" ", "")
    assert f"省级教育行政部门于2024年10月25日答复：{NO}" in letter and letter.count(NO) == 1
    proves(world)
