"""Hand-over on the pages: handing over, taking over, standing in, and declared relations to students."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import ON_BOTH
from tests.web.browsing import Browser, signed_in
from tests.world import NAME, World
from workflow.engine import Ref
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.people.accounts import end_role
from workflow.people.tables import Access, Relation

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
TODAY, WEEK_ON = "2024-10-25", "2024-10-31"


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record(xm="张三丰")
    world.open_campaign()
    return id


@pytest.fixture
def filed(world: World, record: str) -> Ref:
    """Their case, which waits."""
    world.file(record, NAME)
    return world.case_of(record)


def away(
    world: World, browser: Browser, absent: str, other: str, first: str = TODAY, last: str = WEEK_ON
) -> None:
    """Record a substitution through the form."""
    browser.get("/staff/away")
    browser.send(
        "/staff/away",
        absent=world.staff[absent].person,
        stand_in=world.staff[other].person,
        first=first,
        last=last,
    )


# -- at the desk ----------------------------------------------------------------------------------------


def test_a_case_is_handed_over_and_the_page_says_through_whose_hands_it_went(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """The holder names a colleague out of those who may; the colleague finds it theirs, with its way there."""
    world.do(filed, "take_up", world.staff["reviewer"])
    browser, other = as_staff("reviewer"), world.staff["other_reviewer"]
    page = browser.get(f"/desk/{filed.id}")
    assert "测试审计员" not in page.text and "另一位审核人" in page.text
    assert browser.send("/hand_over", to=other.person).status == 303
    page = browser.follow()
    assert "held_by_another" in page.codes and not [f for f in page.forms if f.action.endswith("/hand_over")]
    theirs = as_staff("other_reviewer").get(f"/desk/{filed.id}")
    assert "您经办至" in theirs.text
    assert "测试审核人 · 转办 → 另一位审核人" in theirs.text


def test_handing_a_case_to_nobody_is_refused_on_the_page(world: World, as_staff: Staff, filed: Ref) -> None:
    """What was not chosen is asked for again, and the case stays where it is."""
    world.do(filed, "take_up", world.staff["reviewer"])
    browser = as_staff("reviewer")
    browser.get(f"/desk/{filed.id}")
    page = browser.send("/hand_over")
    assert (page.status, page.codes[0]) == (422, "receiver_cannot_hold")
    assert world.case(filed).holder == world.staff["reviewer"].person


def test_a_take_over_shows_from_whom(world: World, as_staff: Staff, filed: Ref) -> None:
    """The hold ran out while somebody was at lunch; who goes on sees whose it was, and so does the first one."""
    world.do(filed, "take_up", world.staff["reviewer"])
    world.at(world.clock.moment + timedelta(minutes=31))
    browser = as_staff("other_reviewer")
    browser.get(f"/desk/{filed.id}")
    assert browser.send("/hold").status == 303
    assert "另一位审核人 · 领办 接自 测试审核人" in browser.follow().text
    assert "另一位审核人 · 领办 接自 测试审核人" in as_staff("reviewer").get(f"/desk/{filed.id}").text


def test_withdrawn_while_it_is_being_taken_up(
    world: World, app: Flask, as_staff: Staff, record: str, filed: Ref
) -> None:
    """The student takes it back while the reviewer looks; the press is told what changed, and nobody holds it."""
    reviewer, student = as_staff("reviewer"), signed_in(world, app, world.student(record).person)
    reviewer.get(f"/desk/{filed.id}")
    student.get(f"/my/cases/{filed.id}/withdraw")
    assert student.send("/withdraw").status == 303
    page = reviewer.send("/take_up")
    assert page.status == 409 and {"changed_meanwhile", "wrong_state"} <= set(page.codes)
    assert "学生 · 撤回申请" in page.text and "现在没有您可以办理的事项" in page.text
    case = world.case(filed)
    assert (case.state, case.holder, case.claims) == ("not_checked", "", ())


# -- standing in ----------------------------------------------------------------------------------------


def test_a_stand_in_goes_on_as_the_absent_one_and_every_step_bears_both_names(
    world: World, as_staff: Staff, filed: Ref
) -> None:
    """Recorded by the registrar, offered at the foot of the page, and told at the desk and to the auditor."""
    away(world, as_staff("registrar"), "reviewer", "officer")
    browser = as_staff("officer")
    page = browser.get("/college")
    assert "代 测试审核人" in page.text
    (form,) = [form for form in page.forms if form.action.endswith("/role") and form.buttons[0][1]]
    assert browser.send_form(form, grant=form.buttons[0][1]).status == 303
    browser.follow()
    page = browser.get(f"/desk/{filed.id}")
    assert "测试学院经办人 （审核人） 代 测试审核人" in page.text
    assert browser.send("/take_up").status == 303
    assert "测试学院经办人 代 测试审核人 · 受理" in browser.follow().text
    with world.place.store.reading() as session:
        body = session.scalars(select(EntryRow.body).where(EntryRow.action == "take_up")).one()
    entry = Entry.from_body(body)
    assert (entry.actor, entry.on_behalf_of) == (
        world.staff["officer"].person, world.staff["reviewer"].person,
    )  # fmt: skip
    assert "代 测试审核人" in as_staff("auditor").get(f"/audit/{filed.id}").text


def test_a_substitution_is_ended_early_and_who_stood_in_is_out(world: World, as_staff: Staff) -> None:
    """One press on the list: the browser that acted by it is signed out with its next page."""
    recorder = as_staff("administrator")
    away(world, recorder, "registrar", "officer")
    browser = as_staff("officer")
    (form,) = [form for form in browser.get("/college").forms if form.action.endswith("/role")]
    browser.send_form(form, grant=form.buttons[0][1])
    browser.follow()
    assert browser.get("/registrar").status == 200
    assert "代办中" in recorder.get("/staff/away").text
    assert recorder.send("/end").status == 303
    assert "已提前结束" in recorder.follow().text
    assert browser.get("/registrar").status == 401


def test_what_cannot_be_recorded_says_every_reason_and_keeps_what_was_typed(
    world: World, as_staff: Staff
) -> None:
    """A registrar who names themselves, without days, reads both; a day that does not exist is named."""
    browser = as_staff("registrar")
    away(world, browser, "reviewer", "registrar", "", "")
    assert (browser.page.status, browser.page.codes) == (422, ["not_oneself", "days_missing"])
    away(world, browser, "reviewer", "officer", "2024-10-25", "2024-02-30")
    assert browser.page.status == 422 and "没有这一天" in browser.page.text
    assert browser.page.form("/staff/away").fields["first"] == "2024-10-25"


# -- relations ------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_relation_is_declared_by_number_and_shuts_the_case(
    world: World, as_staff: Staff, record: str, filed: Ref
) -> None:
    """Nothing but the number is shown, it is in no address, and from then on there is no such case for them."""
    browser = as_staff("reviewer")
    browser.get("/staff/relations")
    page = browser.send("/relations", said="240100001")
    assert (page.status, page.location) == (303, "/staff/relations")
    page = browser.follow()
    assert "240100001" in page.text and "张三丰" not in page.html
    assert browser.get(f"/desk/{filed.id}").status == 404
    assert as_staff("other_reviewer").get(f"/desk/{filed.id}").status == 200


def test_an_unknown_number_is_said_and_nothing_is_written(world: World, as_staff: Staff) -> None:
    """Neither a wrong number nor an empty one makes a line."""
    browser = as_staff("officer")
    for said in ("999", ""):
        browser.get("/staff/relations")
        page = browser.send("/relations", said=said)
        assert (page.status, page.codes) == (422, ["no_such_student"])
    with world.place.store.reading() as session:
        assert session.scalars(select(Relation.id)).all() == []


def test_what_was_taken_back_stays_on_the_list_and_in_the_log(
    world: World, as_staff: Staff, record: str, filed: Ref
) -> None:
    """The case at hand stays shut, the page says so beforehand, and a second press is told that it is done."""
    browser = as_staff("reviewer")
    browser.get("/staff/relations")
    browser.send("/relations", said="240100001")
    page = browser.follow()
    assert "撤回只对以后提交的个案有效" in page.text
    world.at(world.clock.moment + timedelta(minutes=1))
    form = page.form("/end")
    assert browser.send_form(form).status == 303
    assert "已撤回" in browser.follow().text
    assert browser.send_form(form).status == 409
    assert browser.get(f"/desk/{filed.id}").status == 404
    with world.place.store.reading() as session:
        deeds = session.scalars(select(Access.what).where(Access.subject == record)).all()
    assert deeds == ["relation", "relation_ended"]
    assert "申报利害关系" in as_staff("auditor").get(f"/audit/{filed.id}/looks").text


# -- steps nobody can take ------------------------------------------------------------------------------


def test_the_administrator_reads_which_steps_nobody_can_take(world: World, as_staff: Staff) -> None:
    """As soon as the last reviewer has lost the role the page of people names the rule and its line."""
    browser = as_staff("administrator")
    assert "steps.check" not in browser.get("/admin").text
    with world.place.store.writing() as session:
        for who in ("reviewer", "other_reviewer", "second_reviewer"):
            end_role(session, world.staff[who].person, world.staff[who].role, world.clock.moment)
    page = browser.get("/admin")
    assert "规则里有 1 处，现在的人员办不了" in page.text and "steps.check" in page.text
    assert "nchu/policy.toml:" in page.text
