"""What the colleges have not passed on, as registrar and auditor see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config.policy import School
from tests.editing import load
from tests.schools import world_with_steps
from tests.web.browsing import Browser, signed_in
from tests.web.counting import counted
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, World
from web import create_app
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.views.not_forwarded import CollegeBacklog, NotForwarded, backlogs, not_forwarded
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

OURS, THEIRS = "测试学院", "另一学院"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school whose college checks student numbers first, within three working days."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def waiting(world: World) -> tuple[NotForwarded, ...]:
    """What waits for the colleges now."""
    with world.place.store.reading() as session:
        return not_forwarded(session, world.place.school.calendar, world.clock.moment)


def test_every_request_that_its_college_has_not_passed_is_counted_and_listed(
    world: World, as_staff: Callable[[str], Browser]
) -> None:
    """Not what begins elsewhere, was passed, withdrawn or waits for its student; the sum is the list's length."""
    kinds = ("passed", "withdrawn", "waits", "waits too")
    records = {kind: world.record() for kind in kinds} | {"theirs": world.record(fy=THEIRS)}
    elsewhere, asked = world.record(), world.record()
    world.open_campaign()
    world.file(elsewhere, NAME)
    cases = {}
    for n, (kind, record) in enumerate(records.items()):
        world.file(record, ClaimFiled("XH", "school_data", f"24019999{n}"), papers=())
        cases[kind] = world.case_of(record)
    world.file(asked, NAME, ClaimFiled("XH", "school_data", "240199998"))
    cases["asked"], reviewer = world.case_of(asked), world.staff["reviewer"]
    world.do(cases["asked"], "take_up", reviewer)
    world.do(cases["asked"], "ask", reviewer, questions=(QuestionAsked("explanation", "", "请说明情况"),))
    officer = world.staff["officer"]
    world.do(cases["passed"], "take_up", officer)
    step = ready(world.case(cases["passed"]))[0].step.id
    world.do(cases["passed"], "pass_step", officer, step=step, words="一致")
    world.do(cases["withdrawn"], "withdraw", world.student(records["withdrawn"]))
    begun = world.clock.moment
    world.at(begun + timedelta(days=8))
    with counted(world.place.store) as statements:
        found = waiting(world)
    assert len(statements) <= 2
    assert {one.case for one in found} == {cases[kind].id for kind in ("waits", "waits too", "theirs")}
    assert {(one.filed_at, one.due, one.days, one.late) for one in found} == {
        (begun, world.place.school.calendar.working_days_after(begun.date(), 3), 8, True)
    }
    assert backlogs(found) == (CollegeBacklog(OURS, 2, 2, 8), CollegeBacklog(THEIRS, 1, 1, 8))
    for role in ("registrar", "auditor"):
        page = as_staff(role).get("/not-forwarded")
        assert "共 3 件，其中逾期 3 件" in page.text and "测试00" not in page.text
        assert page.html.count('<td class="number">') == 3
        assert as_staff(role).get(f"/not-forwarded?college={THEIRS}").html.count('<td class="number">') == 1


def test_a_request_is_found_by_the_claim_that_its_college_has_first(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """Another claim of the same request that begins at the registrar's does not hide it, and it is named once."""
    check = 'add_step = "check", office = '
    ours = rule("ours", f'{check}"registrar"', 'field = ["XM"]')
    theirs = rule("theirs", f'{check}"college"', 'field = ["XH", "XB"]')
    world = driven(store, cipher, clock, entropy, tmp_path, ours, theirs, rule("end", PLATFORM))
    record = world.record()
    world.open_campaign()
    world.file(record, NAME, ClaimFiled("XH", "school_data", "240199998"), papers=())
    assert [one.case for one in waiting(world)] == [world.case_of(record).id]


def test_a_page_without_requests_says_whether_colleges_review_any(
    world: World, as_staff: Callable[[str], Browser], nchu: School
) -> None:
    """Nothing waits, or the rules in force have no step of a college: two different answers for a registrar."""
    assert "学院没有积压的申请" in as_staff("registrar").get("/not-forwarded").text
    load(world, nchu)
    browser = signed_in(world, create_app(world.place), world.staff["registrar"].person)
    assert "现行规则没有由学院审核的环节" in browser.get("/not-forwarded").text
