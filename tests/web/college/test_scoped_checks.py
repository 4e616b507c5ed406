"""The college's checks for an officer who has only some classes: queue, case pages and papers of these alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.schools import world_with_steps
from tests.web.browsing import Browser, signed_in
from tests.web.counting import counted
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.store import Store

pytestmark = pytest.mark.one_database

CLASSES = (Scope("测试学院", "240101"), Scope("测试学院", "240102"))
ABSENT = "f" * 32


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school in which the college checks a wrong student number first."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def cases(world: World) -> dict[str, Ref]:
    """A wrong student number of one student of each class, by the class."""
    groups = ("240101", "240102", "240103")
    records = {group: world.record(bh=group) for group in groups}
    world.open_campaign()
    return {
        group: Ref("case", world.file(record, ClaimFiled("XH", "school_data", f"2401990{n}")).subject)
        for n, (group, record) in enumerate(records.items())
    }


def test_the_queue_lists_the_officers_own_students_and_the_whole_colleges_officer_sees_all(
    world: World, app: Flask, cases: dict[str, Ref], as_staff: Callable[[str], Browser]
) -> None:
    """What waits for the college waits for each of its officers as far as their scope goes."""
    counsellor = signed_in(world, app, world.officer(*CLASSES, duty="counsellor").person)
    mine, all_of_it = counsellor.get("/college/checks"), as_staff("officer").get("/college/checks")
    assert "测试学院·240101、240102" in mine.text.replace(" ", "")
    listed = [[group for group, case in cases.items() if case.id in page.html] for page in (mine, all_of_it)]
    assert listed == [["240101", "240102"], ["240101", "240102", "240103"]]


def test_a_case_outside_the_scope_is_neither_read_nor_answered(
    world: World, app: Flask, cases: dict[str, Ref]
) -> None:
    """Its page, its papers and the press cost and say what those of an absent one do; one's own goes through."""
    counsellor = signed_in(world, app, world.officer(*CLASSES, duty="counsellor").person)
    with world.place.store.reading() as session:
        papers = {row.case_id: row.id for row in session.execute(select(Evidence.case_id, Evidence.id))}
    own = cases["240102"].id
    form = counsellor.get(f"/college/checks/{own}").form(f"/{own}")
    for paths in (
        [f"/college/checks/{case}" for case in (cases["240103"].id, ABSENT)],
        [f"/college/checks/papers/{paper}" for paper in (papers[cases["240103"].id], ABSENT)],
    ):
        pages = [counsellor.get(path) for path in paths]
        assert {(page.status, page.text) for page in pages} == {(404, pages[0].text)}
    said = []
    for case in (cases["240103"].id, ABSENT):
        with counted(world.place.store) as asked:
            page = counsellor.post(f"/college/checks/{case}", **{**form.fields, "outcome": "passed"})
        said.append((page.status, page.text, len(asked)))
    assert said[0][:2] == said[1][:2] and said[0][0] == 404
    assert world.case(cases["240103"]).state == "discrepancy_raised"
    assert counsellor.send_form(form, outcome="passed").status == 303
    assert world.case(cases["240102"]).steps[0].outcome == "passed"


def test_a_note_of_the_colleges_officer_is_read_at_the_desk_and_theirs_in_the_college(
    world: World,
    cases: dict[str, Ref],
    as_staff: Callable[[str], Browser],
    as_student: Callable[[str], Browser],
) -> None:
    """Both add to the same notes; one that cannot be kept is told and stands there still; no student reads any."""
    case = cases["240101"]
    at = f"/college/checks/{case.id}"
    officer, student = as_staff("officer"), as_student(world.case(case).record.id)
    officer.get(at)
    again = officer.send("/note", words="辅导员来电" * 101)
    assert (again.status, again.codes) == (422, ["note_too_long"]) and "辅导员来电" in again.html
    form = officer.get(at).form("/note")
    assert officer.send_form(form, words="辅导员来电：学号以学生证为准").status == 303
    assert officer.send_form(officer.get(at).form(f"/{case.id}"), outcome="passed").status == 303
    reviewer = as_staff("reviewer")
    assert "辅导员来电：学号以学生证为准" in reviewer.get(f"/desk/{case.id}").text
    world.do(case, "note", world.staff["reviewer"], words="学生证原件已看")
    shown = officer.get(at).text
    assert "辅导员来电：学号以学生证为准" in shown and "学生证原件已看" in shown
    for path in ("/my", f"/my/cases/{case.id}"):
        page = student.get(path)
        assert page.status == 200 and "学生证" not in page.text and "内部备注" not in page.html
