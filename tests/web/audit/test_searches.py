"""Searches leave a line without what was looked for, and the auditor can ask who looked for a number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import ON_BOTH
from tests.web.browsing import Browser
from tests.world import CAMPAIGN, NAME, World, number_of
from workflow.cases.filing.receipts import spoken
from workflow.people.access import note_access
from workflow.people.looking import MANY
from workflow.people.searching import mark_of, note_search
from workflow.people.standing_in import declare
from workflow.people.tables import Access

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]

FIELDS: list[tuple[str, str, str, str, str, dict[str, Any]]] = [
    ("reviewer", "/desk", "/desk/find", "said", "desk", {}),
    ("auditor", "/audit", "/audit", "said", "audit", {}),
    ("auditor", "/audit/searches", "/audit/searches", "said", "who", {}),
    ("officer", "/college/counter", "/counter", "said", "counter", {}),
    ("registrar", "/registrar/counter", "/counter", "said", "counter", {}),
    ("administrator", "/admin", "/admin/find", "said", "staff", {}),
    ("administrator", "/admin/presences", "/students/out", "said", "sign_out", {}),
    ("reviewer", "/staff/relations", "/staff/relations", "said", "relation", {}),
    ("registrar", "/rules/explain", "/rules/explain", "said", "explain", {}),
    ("registrar", "/rules/what-if", "/rules/what-if", "said", "what_if", {}),
    ("registrar", f"/registrar/{CAMPAIGN}/cohort", "/cohort", "number", "cohort", {"what": "exclude"}),
]
"""Every field in which somebody looks for a person or a case: role, page, form, its name, and its place."""


def searches(world: World) -> list[tuple[str, str, str, bool]]:
    """The searches in the access log: role, place, mark, allowed."""
    with world.place.store.reading() as session:
        found = session.execute(
            select(Access.role, Access.what, Access.subject, Access.allowed)
            .where(Access.what.startswith("search:"))
            .order_by(Access.id)
        )
        return [tuple(row) for row in found]  # type: ignore[misc]


@ON_BOTH
@pytest.mark.parametrize(("role", "page", "form", "field", "where", "more"), FIELDS)
def test_a_search_is_one_line_whether_it_finds_anybody_or_not(
    world: World,
    as_staff: Staff,
    role: str,
    page: str,
    form: str,
    field: str,
    where: str,
    more: dict[str, Any],
) -> None:
    """Who, in which role, where, and the mark of what was looked for; a refused form takes no line back."""
    world.record()
    world.open_campaign()
    browser, mark = as_staff(role), world.place.cipher
    for said in ("240100001", "999888777"):
        browser.get(page)
        browser.send(form, **{field: said}, **more)
    assert searches(world) == [
        (role, f"search:{where}", mark_of(mark, said), True) for said in ("240100001", "999888777")
    ]


def test_the_log_tells_nobody_what_was_looked_for(world: World, as_staff: Staff) -> None:
    """A stolen table holds no number that was typed, not even one that is nobody's."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    receipt = world.row(world.case_of(record)).receipt or ""
    for said in ("240100001", "999888777", receipt):
        browser = as_staff("reviewer")
        browser.get("/desk")
        browser.send("/desk/find", said=said)
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.what, Access.subject, Access.why, Access.person_id)).all()
    plain = " ".join(cell for line in lines for cell in line)
    assert len(lines) >= 3
    assert [said for said in ("240100001", "999888777", receipt) if said in plain] == []


def test_what_reads_the_same_has_the_same_mark(world: World) -> None:
    """Spaces, dashes, case and full width distinguish no two numbers; another digit or another key does."""
    cipher = world.place.cipher
    same = ("24A100001", " 24a1-0000 1", "２４Ａ１００００１", "24a100001\u3000")
    assert len({mark_of(cipher, said) for said in same}) == 1
    assert mark_of(cipher, "24A100002") != mark_of(cipher, "24A100001")


@ON_BOTH
def test_the_auditor_learns_who_looked_for_a_number(world: World, as_staff: Staff) -> None:
    """Asked by one number of a student, searches by their other numbers answer too; others' do not."""
    record = world.record()
    world.record()
    world.open_campaign()
    world.file(record, NAME)
    receipt = world.row(world.case_of(record)).receipt or ""
    cipher, at = world.place.cipher, world.clock.moment
    officer, reviewer = world.staff["officer"], world.staff["reviewer"]
    with world.place.store.writing() as session:
        note_search(session, cipher, officer, "counter", "240100001", at)
        note_search(session, cipher, reviewer, "desk", spoken(receipt), at + timedelta(hours=1))
        note_search(session, cipher, world.staff["registrar"], "explain", "240100002", at)
        note_search(session, cipher, reviewer, "desk", number_of(date(2006, 5, 4), 3), at)
    browser = as_staff("auditor")
    browser.get("/audit/searches")
    page = browser.send("/audit/searches", said="24360000000001")
    assert page.status == 200 and page.path == "/audit/searches"
    for words in ("测试学院经办人", "学院经办人", "查找：柜台", "测试审核人", "查找：审核台", "共 4 次"):
        assert words in page.text, words
    assert page.text.index("查找：谁查过") < page.text.index("查找：审核台") < page.text.index("查找：柜台")
    assert "测试学籍管理员" not in page.text


def test_a_relative_does_not_learn_who_looked_for_the_student(world: World, as_staff: Staff) -> None:
    """An auditor who declared a relation reads of the student's numbers what they read of nobody's."""
    record, auditor = world.record(), world.staff["auditor"]
    with world.place.store.writing() as session:
        at, cipher = world.clock.moment, world.place.cipher
        note_search(session, cipher, world.staff["officer"], "counter", "240100001", at)
        declare(session, auditor, record, at, world.place.entropy)
    browser = as_staff("auditor")
    for said in ("240100001", "240199999"):
        browser.get("/audit/searches")
        page = browser.send("/audit/searches", said=said)
        assert "共 1 次" in page.text and "查找：柜台" not in page.text


def test_a_number_that_nobody_looked_for_has_the_auditors_own_line_alone(
    world: World, as_staff: Staff
) -> None:
    """The question is a search as well, and is in the log before it is answered."""
    browser = as_staff("auditor")
    browser.get("/audit/searches")
    page = browser.send("/audit/searches", said="240199999")
    assert "共 1 次" in page.text and "查找：谁查过" in page.text
    assert [what for _, what, _, _ in searches(world)] == ["search:who"]


# -- frequent looks -------------------------------------------------------------------------------------


def reveals(world: World, role: str, number: int, *, apart: int, what: str = "reveal:SFZH") -> None:
    """So many looks of a person, so many seconds apart, before now."""
    at = world.clock.moment - timedelta(seconds=apart * number)
    with world.place.store.writing() as session:
        for n in range(number):
            moment = at + timedelta(seconds=apart * n)
            note_access(session, world.staff[role], what, f"{n:032x}", moment, why="audit")


@ON_BOTH
def test_sixty_in_ten_minutes_are_a_line_and_one_less_is_none(world: World, as_staff: Staff) -> None:
    """Numbers and papers count together; the same many over a longer time raise no line."""
    browser = as_staff("auditor")
    reveals(world, "reviewer", MANY, apart=11)
    reveals(world, "other_reviewer", MANY - 1, apart=1)
    assert "没有。" in browser.get("/audit/reveals").text
    reveals(world, "second_reviewer", MANY // 2, apart=10, what="paper")
    reveals(world, "second_reviewer", MANY // 2, apart=10)
    page = browser.get("/audit/reveals")
    assert "没有。" not in page.text
    head = page.text[: page.text.index("每天最多的")]
    assert "测试复核人" in head and "60" in head
    assert "测试审核人" not in head and "另一位审核人" not in head


def test_one_long_run_is_one_line(world: World, as_staff: Staff) -> None:
    """Whoever goes on and on is shown once, with the first and the last moment and how many there were."""
    reveals(world, "reviewer", 200, apart=2)
    page = as_staff("auditor").get("/audit/reveals")
    head = page.text[: page.text.index("每天最多的")]
    assert head.count("测试审核人") == 1 and "200" in head


def test_refused_looks_and_other_looks_are_not_counted(world: World, as_staff: Staff) -> None:
    """A page opened is no number revealed, and what was refused was not seen."""
    with world.place.store.writing() as session:
        for n in range(MANY):
            by, at = world.staff["reviewer"], world.clock.moment
            note_access(session, by, "case", f"{n:032x}", at)
            note_access(session, by, "reveal:SFZH", f"{n:032x}", at, allowed=False)
    page = as_staff("auditor").get("/audit/reveals")
    assert "测试审核人" not in page.text and page.text.count("没有。") == 2


@ON_BOTH
def test_each_day_has_its_list_of_those_who_opened_most(world: World, as_staff: Staff) -> None:
    """Latest day first, most first, numbers and papers apart, and no student is named or linked."""
    reveals(world, "reviewer", 3, apart=1)
    reveals(world, "reviewer", 2, apart=1, what="paper")
    reveals(world, "other_reviewer", 7, apart=1, what="paper")
    world.clock.moment += timedelta(days=1)
    reveals(world, "second_reviewer", 1, apart=1)
    page = as_staff("auditor").get("/audit/reveals")
    said = page.text[page.text.index("每天最多的") :]
    days = [said.index(words) for words in ("2024年10月26日", "测试复核人", "2024年10月25日", "另一位审核人")]
    assert days == sorted(days) and said.index("另一位审核人") < said.index("测试审核人")
    assert "审核人 3 2" in " ".join(said.split())
    assert f"{1:032x}" not in page.html
