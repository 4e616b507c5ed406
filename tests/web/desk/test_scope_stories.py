"""A reviewer of one office and one year in a real browser: what is theirs, and that there is nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select

from tests.schools import world_with_steps
from tests.web.visiting import complaints, fits, sign_in, source
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.people.tables import Access
from workflow.records.tables import Record
from workflow.store import Store

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

PHOTO = ClaimFiled("PHOTO", "photo", "")
NAME = ClaimFiled("XM", "admission_error", "张三封")


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school whose archive looks at photos after the registrar's office did."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def cases(world: World) -> dict[str, Ref]:
    """Three cases behind the registrar's check: only the first is the archive's, and of its year."""
    apart = {
        "张三丰": (PHOTO, date(2024, 9, 1)),
        "李四光": (PHOTO, date(2023, 9, 1)),
        "王五常": (NAME, date(2024, 9, 1)),
    }
    found = {}
    for name, (claim, entered) in apart.items():
        record = world.record(xm=name, rxrq=entered, registered_on=date(2023, 10, 15))
        case = found[name] = Ref("case", world.file(record, claim).subject)
        world.do(case, "take_up", world.staff["reviewer"])
        step = world.case(case).steps[0].id
        world.do(case, "pass_step", world.staff["reviewer"], step=step)
        if world.case(case).holder:
            world.do(case, "release", world.staff["reviewer"])
    return found


def test_a_reviewer_of_one_office_and_year_finds_their_cases_and_no_trace_of_others(
    world: World, cases: dict[str, Ref], site: str, desk: BrowserContext
) -> None:
    """The queue, its numbers, the search and the addresses know one case; another's address is that of nothing."""
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        scope = Scope(office="archive", entry_year="2024")
        archivist = Actor(add_person(session, "测试档案员", "reviewer", scope, *by).id, "reviewer")
    page = sign_in(world, site, desk, archivist.person)
    said = complaints(page)
    expect(page.get_by_text("只列您职责范围内的：2024 级 档案馆")).to_be_visible()
    seen = [source(page)]
    with world.place.store.reading() as session:
        number = session.scalar(select(Record.xh).where(Record.xm == "李四光"))
        before = session.scalar(select(func.count()).select_from(EntryRow))
    page.get_by_label("姓名、拼音或号码").fill(str(number))
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("alert")).to_contain_text("没有找到")
    seen.append(source(page))
    foreign = []
    for id in (cases["李四光"].id, cases["王五常"].id, "f" * 32):
        answer = page.goto(f"{site}/desk/{id}")
        assert answer is not None and answer.status == 404
        foreign.append(page.locator("main").inner_html())
    assert len(set(foreign)) == 1
    page.goto(f"{site}/desk")
    assert page.locator("[data-row]").count() == 1 and "张三丰" in source(page)
    page.get_by_role("button", name="领办最先到期的申请").click()
    form = page.locator("#decision")
    form.get_by_role("radio", name="同意更正").check()
    form.get_by_label("学生可见").fill("与档案一致")
    seen.append(source(page))
    assert fits(page)
    with page.expect_navigation():
        form.get_by_role("button", name="办结并办理下一件").click()
    seen.append(source(page))
    assert not [name for html in seen for name in ("李四光", "王五常") if name in html]
    assert {
        step.kind: step.outcome for step in world.case(cases["张三丰"]).steps if step.office == "archive"
    } == {"check": "passed"}
    with world.place.store.reading() as session:
        strange = select(Access.what).where(Access.person_id == archivist.person, Access.allowed.is_(False))
        assert session.scalars(strange).all() == ["try:case"] * 3
        entries = session.scalars(
            select(EntryRow.subject).where(EntryRow.actor == archivist.person).distinct()
        ).all()
    assert entries == [cases["张三丰"].id] and before
    assert all("404" in line for line in said)
