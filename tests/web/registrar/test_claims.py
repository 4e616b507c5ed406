"""The registrar's list of claims, and its file: the same rows, with numbers whole and a mark on each page."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import Event, Thread

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.browsing import Browser
from tests.world import NAME, World, number_of
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Claim, Step
from workflow.outgoing.claims.columns import COLUMNS
from workflow.outgoing.claims.maker import CLAIMS
from workflow.outgoing.jobs.makers import MAKERS
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Progress
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.tables import ExportAbout
from workflow.outgoing.jobs.watermark import Mark
from workflow.people.tables import Access
from workflow.records.values import ends_of

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
LIST = "/registrar/claims"
ID_NUMBER, OTHER = (number_of(date(2006, 5, 4), n) for n in (155, 157))
FORMULA = "=HYPERLINK(1)"
PATIENCE = 60
"""So many seconds one thread waits for the other at most."""


@pytest.fixture
def claims(world: World) -> World:
    """Claims of three students, one of whom is called as a formula begins; one claims another ID number."""
    records = [
        world.record(number=ID_NUMBER, xh="240166001", xm="张三丰"),
        world.record(xm=FORMULA, fy="另一学院"),
        world.record(xm="李四光"),
    ]
    world.open_campaign()
    world.file(records[0], NAME, ClaimFiled("SFZH", "admission_error", OTHER))
    world.file(records[1], NAME)
    world.file(records[2], NAME)
    return world


def cells_of(page: str) -> list[list[str]]:
    """The cells of the page's table."""
    rows = re.findall(r"<tr>(<td.*?)</tr>", page, re.S)
    said = [[html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    return [["" if cell == "—" else cell for cell in row] for row in said]


def taken(registrar: Browser, second: Browser, address: str, form: str) -> bytes:
    """The list at an address as a file: asked for, approved and downloaded."""
    registrar.get(address)
    asked = registrar.send("/export", purpose="handling", words="汇总本学期勘误", format=form)
    assert asked.status == 303, asked.codes
    second.get(asked.location)
    assert "更正事项清单" in second.page.text and ID_NUMBER not in second.page.html
    second.send("/approve")
    registrar.get(asked.location)
    answer = registrar.send("/file").response
    assert answer.headers["Content-Disposition"].endswith(f'{asked.location[-32:-20]}.{form}"')
    data: bytes = answer.data
    return data


def test_the_file_has_what_the_list_shows(claims: World, as_staff: Staff) -> None:
    """Row by row and column by column; only masked numbers are whole in it, and no cell is a formula."""
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    shown = "&".join(f"show={name}" for name in COLUMNS)
    address = f"{LIST}?order=college&field=XM&{shown}"
    page = registrar.get(address)
    rows, head = cells_of(page.html), [column.zh for column in COLUMNS.values()]
    assert [row[1] for row in rows] == [FORMULA, "李四光", "张三丰"]
    assert ID_NUMBER not in page.html and ends_of(ID_NUMBER) in page.text and ID_NUMBER[-4:] not in page.text
    data = taken(registrar, second, address, "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    found = [[cell or "" for cell in row] for row in sheet.values]
    assert {cell.data_type for row in sheet.rows for cell in row if cell.value} == {"s"}
    assert (
        "导出 测试学籍管理员" in sheet.oddHeader.left.text and "办理和统计勘误" in sheet.oddFooter.left.text
    )
    text = taken(registrar, second, address, "csv").decode("utf-8-sig")
    assert "导出 " not in text and f"'{FORMULA}" in text
    plain = [[cell.removesuffix("\t") for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    assert plain[0] == found[0] == head
    number = head.index("证件号码")
    for row, whole, flat in zip(rows, found[1:], plain[1:], strict=True):
        assert whole[number] == flat[number] and re.fullmatch(r"\d{17}[\dX]", str(whole[number]))
        for one in (row, whole, flat):
            del one[number]
        assert [str(cell) for cell in whole] == row
        assert [cell.removeprefix("'") for cell in flat] == row
    with claims.place.store.reading() as session:
        about = session.scalars(select(ExportAbout.record_id).distinct()).all()
        looks = session.scalars(
            select(Access.what).where(Access.what.in_(("claims", "export:file 1-3"))).order_by(Access.id)
        ).all()
    assert len(about) == 3
    assert looks == ["claims", "claims", "export:file 1-3", "claims", "export:file 1-3"]


def test_a_disputed_number_is_masked_on_the_page(claims: World, as_staff: Staff) -> None:
    """Both the recorded and the claimed one; the list's address can choose no column that shows more."""
    page = as_staff("registrar").get(f"{LIST}?field=SFZH&show=old&show=new&show=sealed")
    assert cells_of(page.html) == [[ends_of(ID_NUMBER), ends_of(OTHER)]]
    assert page.text.count("未办结") == 2 and "后面 50 项" not in page.text


def test_an_empty_list_is_not_taken_out(claims: World, as_staff: Staff) -> None:
    """Of what nobody claims there is nothing to ask for, and a job that was asked for otherwise says so too."""
    registrar = as_staff("registrar")
    assert "没有符合条件的更正事项" in registrar.get(f"{LIST}?outcome=lapsed").text
    wanted = {"csrf_token": registrar.token, "purpose": "handling", "words": "汇总"}
    page = registrar.post(f"{LIST}/export?outcome=lapsed", **wanted)
    assert (page.status, page.codes) == (422, ["export_no_claims"])
    registrar.get(LIST)
    page = registrar.send("/export", purpose="", words="")
    assert page.codes == ["export_no_purpose", "export_no_words"]
    page = registrar.post("/registrar/exports", **wanted, what="claims")
    assert (page.status, page.codes) == (422, ["export_nothing_chosen"])


def test_whoever_approves_reads_which_batch_was_asked_for(claims: World, as_staff: Staff) -> None:
    """A batch that limits a list stands on its job's page by the body and the month, as it was chosen."""
    at, by = claims.clock.moment, claims.staff["registrar"].person
    with claims.place.store.writing() as session:
        claim = session.scalars(select(Claim)).first()
        step = session.scalar(select(Step.id).where(Step.case_id == claim.case_id)) if claim else None
        assert claim is not None and step is not None
        of = {"batch_id": "ba" * 16, "case_id": claim.case_id, "record_id": claim.record_id}
        put = {"claim_id": claim.id, "step_id": step, "number": 1, "put_at": at, "put_by": by}
        opened = {"version": 1, "opened_at": at, "opened_by": by, "state": "collecting"}
        session.add(Batch(id="ba" * 16, office="province", month="2024-12", **opened))
        session.flush()
        session.add(BatchLine(id="bb" * 16, **of, **put))
    registrar = as_staff("registrar")
    registrar.get(f"{LIST}?batch={'ba' * 16}")
    asked = registrar.send("/export", purpose="handling", words="汇总本学期勘误", format="csv")
    page = as_staff("second_reviewer").get(asked.location)
    assert "2024-12" in page.text and "ba" * 16 not in page.text


def test_the_page_says_how_far_a_file_is_while_it_is_made(
    claims: World, as_staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two rows of four made it says so and loads itself again, with nothing to press; when the file is there it stops."""
    two_made, go_on = Event(), Event()

    def held(
        session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
    ) -> ExportFile:
        def told(done: int) -> None:
            progress(done)
            if done == 2:
                two_made.set()
                assert go_on.wait(PATIENCE)

        return CLAIMS.make(session, desk, job, mark, told)

    monkeypatch.setitem(MAKERS, CLAIMS.name, replace(CLAIMS, make=held))
    monkeypatch.setattr("workflow.outgoing.jobs.making.PIECE", 1)
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    registrar.get(LIST)
    path = registrar.send("/export", purpose="handling", words="汇总", format="csv").location
    assert "Refresh" not in registrar.get(path).response.headers
    second.get(path)
    approving = Thread(target=second.send, args=("/approve",))
    approving.start()
    try:
        assert two_made.wait(PATIENCE)
        page = registrar.get(path)
    finally:
        go_on.set()
        approving.join()
    assert "已完成 2 行，共 4 行。本页自动刷新。" in page.text
    assert page.response.headers["Refresh"] == "2"
    assert [form for form in page.forms if path in form.action] == []
    page = registrar.get(path)
    assert "已批准" in page.text and "Refresh" not in page.response.headers
