"""What a batch hands over, by its pages: a fresh proof, a second person's agreement, a line of the log, a digest."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dbfread
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.browsing import Browser, signed_in
from tests.workflow.outgoing.files.frozen import (
    agreed_batch,
    frozen_batch,
    right_number,
    student_for_province,
)
from tests.workflow.records.rosters import as_dbf
from tests.world import World
from workflow.evidence.tables import Evidence
from workflow.people.tables import Access
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
RARE = "测试\U0002cc56"


def at(batch: str, more: str = "") -> str:
    """An address of a batch's files."""
    return f"/registrar/batches/{batch}/files{more}"


def noted(world: World) -> list[tuple[str, str]]:
    """The lines of the access log about files of batches that were taken."""
    with world.place.store.reading() as session:
        asked = select(Access.role, Access.what).where(Access.what.startswith("batch:")).order_by(Access.id)
        return [(role, what) for role, what in session.execute(asked)]


def test_a_registrar_takes_the_register_and_its_digest_stays(world: World, as_staff: Staff) -> None:
    """The same batch gives the same bytes, each taking is a line, and the page shows what left under which digest."""
    _record, case = student_for_province(world, xh="0240100001")
    batch = agreed_batch(world, case)
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    registrar.get(at(batch))
    first = registrar.send("/register.xlsx").response
    assert (
        first.headers["Content-Disposition"]
        == f'attachment; filename="batch-{batch[:12]}-20241025-register.xlsx"'
    )
    assert registrar.send("/register.xlsx").response.data == first.data
    rows = list(openpyxl.load_workbook(io.BytesIO(first.data)).active.values)
    assert [row[2] for row in rows] == ["学号", "0240100001", "0240100001"]
    page = second.get(at(batch))
    assert page.text.count(hashlib.sha256(first.data).hexdigest()) == 1 and "勘误登记表（XLSX）" in page.text
    assert [form for form in page.forms if "/files/" in form.action] == []
    assert second.post(at(batch, "/register.xlsx"), csrf_token=second.token).status == 403
    assert noted(world) == [("registrar", "batch:register:1-2")] * 2


def test_nothing_leaves_before_the_second_person_agreed_or_without_a_fresh_proof(
    world: World, as_staff: Staff
) -> None:
    """Each file is refused with the same reason, and no line says that one was taken."""
    _record, case = student_for_province(world)
    batch, registrar = frozen_batch(world, case), as_staff("registrar")
    assert registrar.get(at(batch)).codes == ["batch_agreement_over"]
    for file in ("/register.xlsx", "/register.dbf", "/folders.zip", "/letter"):
        page = registrar.post(at(batch, file), csrf_token=registrar.token)
        assert (page.status, page.codes) == (422, ["batch_agreement_over"]), file
    world.clock.moment += timedelta(hours=1)
    page = registrar.post(at(batch, "/register.xlsx"), csrf_token=registrar.token)
    assert page.status == 303 and page.location.startswith("/fresh")
    assert noted(world) == []


def test_a_dbf_that_cannot_hold_a_name_is_given_only_knowingly_without_it(
    world: World, as_staff: Staff, tmp_path: Path
) -> None:
    """The page names row and column and counts; exactly the rows that it showed are left out, and that is kept."""
    _one, first = student_for_province(world, 1, name=RARE)
    _two, second = student_for_province(world, 2)
    batch, registrar = agreed_batch(world, first, second), as_staff("registrar")
    registrar.get(at(batch))
    page = registrar.send("/register.dbf")
    assert page.status == 200 and "这个 DBF 装不下 1 项" in page.text and "U+2CC56" in page.text
    assert "XINZHI" in page.text and right_number(1) not in page.text
    made = registrar.send_form(next(form for form in page.forms if "left_out" in form.fields)).response
    file = tmp_path / "register.dbf"
    file.write_bytes(made.data)
    rows = list(dbfread.DBF(file, encoding="gbk", char_decode_errors="strict"))
    assert len(rows) == 3 and {row["XINZHI"] for row in rows} == {
        right_number(1),
        "测试·阿2",
        right_number(2),
    }
    text = registrar.get(at(batch)).text
    assert hashlib.sha256(made.data).hexdigest() in text
    assert (
        registrar.post(at(batch, "/register.dbf"), csrf_token=registrar.token, left_out="else").status == 409
    )


def test_a_folder_for_each_student_leaves_as_one_zip(world: World, as_staff: Staff) -> None:
    """Papers are the bytes that were filed; a damaged one is counted on the page and named in the zip."""
    record, case = student_for_province(world, xh="0240100001", xm="张三丰")
    batch, registrar = agreed_batch(world, case), as_staff("registrar")
    with world.place.store.reading() as session:
        papers = session.scalars(select(Evidence).where(Evidence.record_id == record)).all()
        whole, damaged = sorted(papers, key=lambda paper: paper.id)
        filed = world.place.evidence.read(session, whole)
        path = world.place.evidence.folder / damaged.id[:2] / damaged.id
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    registrar.get(at(batch))
    answer = registrar.client.post(
        at(batch, "/folders.zip"), data={"csrf_token": registrar.token}, buffered=True
    )
    assert answer.headers["Content-Disposition"].endswith(f'"batch-{batch[:12]}-20241025-folders.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        names = packed.namelist()
        assert {name.partition("/")[0] for name in names if "/" in name} == {"0240100001张三丰"}
        assert [packed.read(name) for name in names if name.endswith(".jpg")] == [filed]
        assert "缺少的材料.txt" in names
    page = registrar.get(at(batch))
    assert hashlib.sha256(answer.data).hexdigest() in page.text and "损坏" in page.text
    assert noted(world) == [("registrar", "batch:folders:1-2")]


def test_the_platforms_own_table_comes_back_with_the_right_values(
    world: World, as_staff: Staff, tmp_path: Path
) -> None:
    """It is looked at before it is taken: what would be written, and what it cannot take by row and column."""
    _one, first = student_for_province(world, 1, ksh="24360000000901", xm="测试甲", name="测试·阿一")
    _two, second = student_for_province(world, 2, ksh="24360000000902", xm="测试乙", name=RARE)
    batch, registrar = agreed_batch(world, first, second), as_staff("registrar")
    with world.place.store.reading() as session:
        old = {
            row.ksh: world.place.cipher.open(row.sfzh or b"", table="record", column="sfzh", row=row.id)
            for row in session.scalars(select(Record))
        }
    came = as_dbf(
        [
            {"KSH": ksh, "XM": name, "SFZH": old[ksh], "bz": "无"}
            for ksh, name in (("24360000000901", "测试甲"), ("24360000000902", "测试乙"))
        ],
        {"KSH": 18, "XM": 40, "SFZH": 18, "bz": 40},
        encoding="gbk",
    )
    registrar.get(at(batch))
    page = registrar.send("/platform", file=(io.BytesIO(b"KSH,XM\n"), "platform.csv"))
    assert page.codes == ["not_a_dbf"]
    page = registrar.send("/platform", file=(io.BytesIO(came), "platform.dbf"))
    shown = registrar.follow()
    assert (
        "可以写入的项" in shown.text and "U+2CC56" in shown.text and old["24360000000902"] not in shown.text
    )
    back = registrar.send(shown.path).response.data
    file = tmp_path / "platform.dbf"
    file.write_bytes(back)
    rows = list(dbfread.DBF(file, encoding="gbk", char_decode_errors="strict"))
    assert [(row["XM"], row["SFZH"], row["bz"]) for row in rows] == [
        ("测试·阿一", right_number(1), "无"), ("测试乙", right_number(2), "无"),
    ]  # fmt: skip
    assert len(back) == len(came) and noted(world) == [("registrar", "batch:platform:1-4")]


def test_the_letter_names_students_only_where_a_registrar_asks_for_it(world: World, as_staff: Staff) -> None:
    """It counts first, whole it is a taking like a file, and what nobody knows has a place to be written in."""
    _record, case = student_for_province(world, xm="张三丰", xh="0240100001")
    batch = agreed_batch(world, case)
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    page = second.get(at(batch, "/letter"))
    assert "张三丰" not in page.text and right_number(1) not in page.html
    assert "我校 1 名学生共 2 项学籍信息需要更正（2024年12月批次），经审核，我校同意上报" in page.text
    assert "没有同名的学生；没有证件号码相同的学生" in page.text and "是否发现冒名顶替：" in page.text
    registrar.get(at(batch, "/letter"))
    whole = registrar.send("/letter")
    assert "张三丰" in whole.text and right_number(1) in whole.text
    assert noted(world) == [("registrar", "batch:letter:1-2")]


def test_a_student_reads_that_a_file_with_their_values_was_taken(
    world: World, app: Flask, as_staff: Staff
) -> None:
    """The line says which file it was, and stands there for each download."""
    record, case = student_for_province(world)
    batch, registrar = agreed_batch(world, case), as_staff("registrar")
    registrar.get(at(batch))
    registrar.send("/register.xlsx")
    student = signed_in(world, app, world.student(record).person)
    assert "下载批次的文件：勘误登记表（XLSX）" in student.get("/account/looks").text
