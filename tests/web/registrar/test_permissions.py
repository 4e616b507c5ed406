"""The registrar's page of acts on one student, and what student, desk and auditor see of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import on
from tests.web.browsing import Browser
from tests.world import NAME, World
from workflow.campaigns.closing import close_campaign
from workflow.engine import SYSTEM, Ref
from workflow.permissions.granting import permissions_in_force

pytestmark = pytest.mark.one_database

Someone = Callable[[str], Browser]
LISTED = "/registrar/permissions"
SECRET = "因病住院"


def at_the_student(browser: Browser, number: str) -> Browser:
    """The registrar's page of one student, found by a number that no address bears."""
    browser.get(LISTED)
    assert number not in browser.send(LISTED, said=number).location
    browser.follow()
    return browser


def test_a_closed_check_is_opened_again_on_the_page_and_answered_once(
    world: World, as_staff: Someone, as_student: Someone
) -> None:
    """The form keeps what was typed and says all that is wrong; the student sees until when, confirms, and it is over."""
    record = world.record(xh="240100777")
    campaign = world.open_campaign()
    world.at(on(2024, 11, 8, 9))
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    office = as_staff("registrar")
    assert office.get(LISTED).status == 200 and "现在没有有效的" in office.page.text
    assert office.send(LISTED, said="240199999").status == 404
    at_the_student(office, "240100777")
    said = {"kind": "open", "campaign": campaign, "words": SECRET}
    assert office.send("/grant", **said, day="2024-11-08", time="08:30").codes == ["end_is_past"]
    assert SECRET in office.page.html
    assert office.send("/grant", kind="", day="", time="", words="").codes == [
        "permission_unknown", "end_is_missing", "words_missing",
    ]  # fmt: skip
    assert office.send("/grant", **said, day="2024-11-30", time="12:00").status == 303
    assert SECRET in office.follow().text and "2024年11月30日 12:00" in office.page.text
    student = as_student(record)
    page = student.get("/my")
    assert "可以再作答一次" in page.text and "2024年11月30日 12:00" in page.text and SECRET not in page.html
    marks = dict.fromkeys(world.place.school.campaigns[0].fields, "right")
    student.send("/my/marks", **marks)
    assert student.get("/my/confirm").status == 200
    assert student.send("/my/confirm").status == 303
    assert "可以再作答一次" not in student.get("/my").text and "您已于" in student.page.text
    assert "已使用" in office.get(LISTED).text
    with world.place.store.reading() as session:
        assert permissions_in_force(session) == []


def test_a_freeze_is_seen_by_all_whom_it_stops_and_taken_back_with_a_reason(
    world: World, as_staff: Someone, as_student: Someone
) -> None:
    """Student and desk read it without the reason, which is the registrar's; it is offered no second time; the auditor finds its history; then it is gone."""
    record = world.record(xh="240100777")
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.at(world.clock.moment + timedelta(minutes=5))
    office = at_the_student(as_staff("registrar"), "240100777")
    office.send("/grant", kind="freeze", day="2024-11-30", words=SECRET)
    assert SECRET in office.follow().text and 'value="freeze"' not in office.page.html
    student, desk = as_student(record), as_staff("reviewer")
    for path in ("/my", f"/my/cases/{case.id}"):
        assert student.get(path).text.count("冻结了") == 1 and SECRET not in student.page.html
    assert "学籍管理员冻结更正事项" in student.page.text
    assert "冻结更正事项" in desk.get(f"/desk/{case.id}").text and SECRET not in desk.page.html
    auditor = as_staff("auditor")
    with world.place.store.reading() as session:
        (frozen,) = permissions_in_force(session)
    assert f"/audit/{frozen.id}" in auditor.get(f"/audit/{case.id}").links
    assert "个别处理" in auditor.get(f"/audit/{frozen.id}").text and SECRET not in auditor.page.text
    for nothing in (" ", "\x07"):
        assert office.send("/take_back", words=nothing).codes == ["words_missing"]
    assert office.send("/take_back", words="情况已查清").status == 303
    assert "情况已查清" in office.follow().text and "已收回" in office.page.text
    assert "期间不能提出更正" not in student.get("/my").text
    assert "您的更正事项已解除冻结" in student.page.text
