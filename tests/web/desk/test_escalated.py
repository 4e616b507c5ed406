"""What pages say of an overdue step that somebody was told of: the desk and the auditor, and never the student."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.web.browsing import signed_in
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME
from web import create_app
from workflow.cases.scheduled import run_scheduled
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.store import Store

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

CHECK = rule("check", 'add_step = "check", office = "registrar", working_days = 2', "", 'actions = ["raise"]')
ESCALATION = """
[[escalation]]
steps = ["check"]
working_days = {days}
to = {to}
says = "逾期"
says_en = "late"
source = "tests"
"""


def test_who_was_told_of_an_overdue_step_stands_at_the_desk_and_not_before_the_student(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """When, of which last day and whom, or that nobody could be told; the auditor reads it in a sentence."""
    rules = (
        ESCALATION.format(days=0, to='["class_teacher"]'),
        ESCALATION.format(days=1, to='["second_reviewer"]'),
    )
    world = driven(store, cipher, clock, entropy, tmp_path, CHECK, *rules, rule("end", PLATFORM))
    record = world.record()
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    (due,) = [step.due for step in world.case(case).every_step if step.kind == "check"]
    assert due is not None
    for late in (1, 2):
        day = world.place.school.calendar.working_days_after(due, late)
        assert day is not None
        world.at(world.clock.moment.replace(year=day.year, month=day.month, day=day.day))
        assert run_scheduled(world.place.engine, world.place.store).escalated == 1
    app = create_app(world.place)
    last = f"{due.year}年{due.month}月{due.day}日"
    with store.reading() as session:
        names = session.scalars(select(Person.name).where(Person.id == world.staff["second_reviewer"].person))
        (name,) = names

    def page(role: str, path: str) -> str:
        person = world.student(record).person if role == "student" else world.staff[role].person
        answer = signed_in(world, app, person).get(path)
        assert answer.status == 200
        return answer.text

    at_desk = page("reviewer", f"/desk/{case.id}")
    assert f"逾期督办 · 期限 {last} · 学校规则指定的人员中没有可以通知的人" in at_desk
    assert f"逾期督办 · 期限 {last} · 已通知 {name}" in at_desk
    told = page("auditor", f"/audit/{case.id}")
    assert f"有环节过了期限（{last}），学校规则指定的人员中没有可以通知的人。" in told
    assert f"有环节过了期限（{last}），按学校规则通知了 1 人。" in told
    browser = signed_in(world, app, world.student(record).person)
    browser.get("/account/data")
    for said in (page("student", f"/my/cases/{case.id}"), str(browser.send("/account/data").response.data)):
        assert said and "督办" not in said and name not in said and "escalat" not in said
