"""The access log as a whole: it holds nothing personal, each look is one line, and every line has its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser, signed_in
from tests.web.catalogue import HAN
from tests.web.pages import LONG, Stage
from tests.world import World, number_of
from web.audit.looks import look_words, why_words
from workflow.cases.claims import ClaimFiled
from workflow.people.access import note_access
from workflow.people.reasons import REASONS
from workflow.people.tables import Access
from workflow.records.tables import Record
from workflow.records.values import values_of

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


@pytest.fixture
def walked(world: World, app: Flask) -> World:
    """A school in which everybody has looked at every page of theirs, and searched by names and numbers."""
    stage, browsers = Stage(world), dict[str, Browser]()
    for shown in stage.pages():
        if shown.person not in browsers:
            browsers[shown.person] = signed_in(world, app, shown.person) if shown.person else Browser(app)
        assert browsers[shown.person].get(shown.path).status == 200, shown
    record = stage.records["filed"]
    with world.place.store.reading() as session:
        number = values_of(session, world.place.cipher, record, ("SFZH",))["SFZH"]
    desk, admin = (browsers[world.staff[role].person] for role in ("reviewer", "administrator"))
    for said in (number, "240100003", LONG, world.row(stage.case("filed")).receipt):
        desk.get("/desk")
        desk.send("/desk/find", said=said)
        admin.get("/admin")
        admin.send("/admin/find", said=said)
    return world


def test_the_log_holds_no_number_and_no_name(walked: World) -> None:
    """After everybody looked and searched, no cell of it has a student's number, name or receipt, nor staff's."""
    with walked.place.store.reading() as session:
        lines = session.execute(select(Access.__table__)).all()
        records = session.scalars(select(Record.id)).all()
        personal = {
            value
            for record in records
            for value in values_of(session, walked.place.cipher, record, ("XM", "XH", "KSH", "SFZH")).values()
        }
    plain = " ".join(str(cell) for line in lines for cell in line)
    assert len(lines) > 50 and len(personal) > 20
    assert [value for value in personal if value and value in plain] == []
    assert "测试审核人" not in plain and LONG not in plain


def test_every_kind_of_line_has_its_words(walked: World, app: Flask) -> None:
    """Whatever pages write into the log, the auditor and the person concerned read it in words."""
    with walked.place.store.reading() as session:
        kinds = set(session.scalars(select(Access.what)).all())
    with app.test_request_context("/"):
        wordless = {what for what in kinds if not HAN.search(look_words(what)[0])}
        assert wordless == set() and len(kinds) > 10
        assert all(HAN.search(why_words(code)) for code in REASONS) and why_words("") == ""


def test_looks_are_counted_as_they_are_written(world: World, as_staff: Staff) -> None:
    """As many numbers as were revealed, so many lines there are: the list of each day has the log's count."""
    world.record()
    for n in range(7):
        with world.place.store.writing() as session:
            by, at = world.staff["reviewer"], world.clock.moment
            note_access(session, by, f"reveal:{('SFZH', 'phone')[n % 2]}", f"{n:032x}", at, why="audit")
    with world.place.store.reading() as session:
        written = session.scalar(select(func.count()).where(Access.what.startswith("reveal:")))
    said = as_staff("auditor").get("/audit/reveals").text
    assert written == 7 and f"审核人 {written} 0" in " ".join(said.split())


def test_a_number_revealed_at_the_desk_is_read_by_the_student_and_counted_for_the_auditor(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """One press is one line: the student reads role, number, case and reason, the auditor who and how often."""
    record = world.record()
    world.open_campaign()
    world.file(record, ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888)))
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    reviewer = as_staff("reviewer")
    page = reviewer.get(f"/desk/{case.id}")
    form = next(form for form in page.forms if form.action.split("#")[0].endswith("/number"))
    assert reviewer.send_form(form, why="check_identity", side="new").status == 200
    said = " ".join(as_student(record).get("/account/looks").text.split())
    receipt = world.row(case).receipt or ""
    for words in (
        "完整号码：证件号码",
        "审核人",
        "核对本人身份",
        f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}",
    ):
        assert words in said, words
    assert "测试审核人" not in said
    assert "测试审核人 审核人 1 0" in " ".join(as_staff("auditor").get("/audit/reveals").text.split())
    own = " ".join(reviewer.get("/account/looks").text.split())
    assert "完整号码：证件号码" in own and "核对本人身份" in own
