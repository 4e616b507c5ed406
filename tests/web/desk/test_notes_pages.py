"""Internal notes and kept sentences on pages: read at the desk, and in nothing that the student can open."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.browsing import Browser
from tests.world import NAME, World
from workflow.engine import Ref

pytestmark = pytest.mark.one_database

Someone = Callable[[str], Browser]
PLANTED = "招生办来电：原件第三页有涂改"


@pytest.fixture
def case(world: World) -> Ref:
    """A case that the reviewer holds, and of which the student was asked something."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def test_a_note_stands_at_the_desk_and_in_nothing_of_the_students(
    world: World, as_staff: Someone, as_student: Someone, case: Ref
) -> None:
    """Not on their pages, in their letters or their download, before the decision or after it."""
    reviewer, student = as_staff("reviewer"), as_student(world.case(case).record.id)
    for action in ("settle", "done"):
        page = reviewer.get(f"/desk/{case.id}")
        reviewer.send_form(page.form("/note"), words=PLANTED)
        shown = reviewer.follow()
        assert PLANTED in shown.text and "测试审核人" in shown.text
        assert PLANTED in as_staff("second_reviewer").get(f"/desk/{case.id}").text
        paths = ["/my", f"/my/cases/{case.id}", f"/my/receipts/{case.id}", f"/my/cases/{case.id}/letter"]
        pages = [student.get(path) for path in paths]
        assert {page.status for page in pages} == {200}
        heard = [page.html for page in pages]
        student.prove(world)
        student.get("/account/data")
        data = student.send("/account/data").response.data
        with zipfile.ZipFile(io.BytesIO(data)) as inside:
            heard += [inside.read(name).decode("utf-8", "replace") for name in inside.namelist()]
        assert len(heard) > len(paths) and all(heard)
        assert [one for one in heard if PLANTED in one or "内部备注" in one or '"note"' in one] == []
        if action == "settle":
            world.settle_all(case, "refused")
            by = world.staff["reviewer"]
            world.do(case, "reject", by, words="材料不足", refusal="evidence_does_not_prove")
            world.at(world.clock.moment + timedelta(minutes=11))
    assert PLANTED not in as_staff("other_reviewer").get(f"/desk/{case.id}").text


def test_a_note_that_cannot_be_kept_is_told_and_not_lost(world: World, as_staff: Someone, case: Ref) -> None:
    """What was typed stands there still, and a decision on a page from before a note is told of it."""
    reviewer = as_staff("reviewer")
    before = reviewer.get(f"/desk/{case.id}").form("/decide")
    again = reviewer.send("/note", words=PLANTED + "长" * 500)
    assert again.status == 422 and again.codes == ["note_too_long"] and PLANTED in again.html
    world.do(case, "note", world.staff["second_reviewer"], words=PLANTED)
    stale = reviewer.send_form(
        before, outcome="refused", refusal="record_is_right", words="与身份证一致，维持原记录"
    )
    assert stale.status == 409 and "测试复核人 · 复核人 · 添加内部备注" in stale.text
    assert "与身份证一致，维持原记录" in stale.html and PLANTED in stale.text


def test_a_sentence_with_faults_is_told_at_its_field_and_not_lost(as_staff: Someone) -> None:
    """An unknown fact names those that there are; what is right is kept and listed."""
    reviewer = as_staff("reviewer")
    reviewer.get("/desk/sentences")
    wrong = reviewer.send("/add", outcome="refused", cause="weather", zh="{sfzh}不符", en="")
    assert wrong.status == 422 and "{answer_by}" in wrong.text and "{sfzh}不符" in wrong.html
    assert 'href="#says"' in wrong.html and 'href="#cause"' in wrong.html
    assert reviewer.send("/add", outcome="refused", cause="", zh="{field}按原字登记。", en="").status == 303
    kept = reviewer.follow()
    assert "已保存常用语" in kept.text and "{field}按原字登记。" in kept.text
    assert reviewer.send("/remove").status == 303
    assert "{field}按原字登记。" not in reviewer.get("/desk/sentences").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"outcome": "refused", "refusal": "evidence_does_not_prove"}, "材料不能证明所主张的内容"),
        ({"outcome": "already_right"}, "维持原记录"),
        ({"outcome": "approved", "seen_on": "2024-10-25"}, "已更正"),
        ({"outcome": "approved"}, "审核中"),
    ],
)
def test_what_the_student_will_read_is_what_they_read(
    world: World, as_staff: Someone, as_student: Someone, case: Ref, typed: dict[str, str], told: str
) -> None:
    """Nothing of the preview is kept; the same press then tells the student the very sentences that it showed."""
    reviewer, said = as_staff("reviewer"), "经核对招生办来函，特此说明。"
    before = world.case(case)
    reviewer.get(f"/desk/{case.id}")
    looked = reviewer.send("/decide", then="look", words=said, **typed)
    assert world.case(case) == before and looked.status == 200
    shown = looked.html.partition('id="told"')[2].partition("</section>")[0]
    assert told in shown and said in shown
    assert reviewer.send("/decide", then="", words=said, **typed).status == 303
    world.at(world.clock.moment + timedelta(minutes=11))
    read = as_student(before.record.id).get(f"/my/cases/{case.id}").html
    sentences = [
        one.strip() for one in re.findall(r"<(?:p|h3|dd|dt)[^>]*>(.*?)</(?:p|h3|dd|dt)>", shown, re.DOTALL)
    ]
    assert len(sentences) > 2
    title, *others = [re.sub(r"<[^>]*>", "", one) for one in sentences]
    plain = re.sub(r"<[^>]*>", "", read)
    assert title.split(" ")[0] in plain
    assert [one for one in others if one and one not in plain and "·" not in one] == []
