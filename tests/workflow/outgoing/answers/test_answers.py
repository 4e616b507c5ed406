"""A body's answer to a batch: read from its file, one verdict for each row, taken all at once."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from tests.laws import holds
from tests.workflow.outgoing.batches.waiting import (
    agreed,
    proves,
    seen,
    send,
    sent,
    waits,
    world_with_a_province,
)
from tests.world import World
from workflow.cases.review.steps import ready
from workflow.cases.tables import Claim
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.outgoing.answers.planning import AnswerPlan, plan_answers
from workflow.outgoing.answers.reading import AnswerFile, day_in, read_answers
from workflow.outgoing.answers.taking import answer_line, take_answers
from workflow.people.accounts import give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import Held
from workflow.records.formats import FormatFault
from workflow.store import Store
from workflow.verdict import Refused

HEAD = ("考生号", "学号", "姓名", "字段", "新值", "审核结果", "审核日期", "审核意见", "文号")
DAY = date(2024, 10, 25)
NO, MORE_WORDS = "与公安人口库不一致", "请补交户籍证明"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path)


def workbook(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    """An answer as a workbook."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("答复")
    for number, row in enumerate((head, *rows)):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.close()
    return written.getvalue()


def row(n: int, result: str = "同意", **said: Any) -> tuple[Any, ...]:
    """The row of the n-th student, with changes."""
    cells = {
        "ksh": f"243600000{n:05d}", "xh": "", "xm": f"测试{n:03d}", "field": "姓名", "new": "测试甲",
        "result": result, "day": "2024-10-25", "words": "", "number": "",
    } | said  # fmt: skip
    return tuple(cells.values())


def dbf(fields: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]], width: int = 0) -> bytes:
    """A DBF file of text fields; ``width`` is what its header says of a record, if not the truth."""
    total = 1 + sum(size for _, size in fields)
    head = 32 + 32 * len(fields) + 1
    data = struct.pack("<BBBBIHH20x", 3, 124, 10, 25, len(rows), head, width or total)
    for name, size in fields:
        data += struct.pack("<11sc4xBB14x", name.encode("gb18030"), b"C", size, 0)
    data += b"\r"
    for cells in rows:
        data += b" " + b"".join(
            cell.encode("gb18030").ljust(size) for cell, (_, size) in zip(cells, fields, strict=True)
        )
    return data + b"\x1a"


def planned(world: World, batch: Ref, data: bytes) -> AnswerPlan:
    """What an answer would do."""
    with world.place.store.reading() as session:
        return plan_answers(
            world.place.engine,
            session,
            world.place.cipher,
            seen(world, batch),
            read_answers("省厅答复.xlsx", data),
            world.staff["registrar"],
        )


def take(world: World, batch: Ref, file: AnswerFile) -> AnswerPlan:
    """Take an answer in one unit of work."""
    with world.place.store.writing() as session:
        return take_answers(
            world.place.engine, session, world.place.cipher, batch.id, file, world.staff["registrar"]
        )


def codes(plan: AnswerPlan) -> list[tuple[int, str]]:
    """The verdict of each row."""
    return [(one.row, one.code) for one in plan.verdicts]


@holds("batch_has_it", "step_is_in_no_batch", "settle_what_is_denied")
def test_a_part_answered_batch_has_each_case_where_its_answer_leads(world: World) -> None:
    """Agreed goes on, refused is decided and closed in the body's words, more wanted waits for the school; the rest waits."""
    claims = waits(world, 4)
    cases = [case_of_claim(world, claim) for claim in claims]
    batch = sent(world, claims)
    registrar = world.staff["registrar"]
    data = workbook(row(1), row(2, "不同意", words=NO), row(3, "需补充", words=MORE_WORDS))
    plan = planned(world, batch, data)
    assert codes(plan) == [(2, "agreed"), (3, "refused"), (4, "more")]
    assert (len(plan.takes), plan.left_out, plan.waiting) == (3, 0, 1)
    assert [world.case(case).state for case in cases] == ["under_review"] * 4, "a dry run writes nothing"

    assert take(world, batch, read_answers("省厅答复.xlsx", data)).verdicts == plan.verdicts
    now = seen(world, batch)
    line_of = {line.claim: line for line in now.lines}
    assert (now.state, [line_of[one].standing for one in claims]) == (
        "sent",
        ["agreed", "refused", "more", "waits"],
    )
    assert [world.case(case).state for case in cases] == [
        "under_review",
        "rejected",
        "under_review",
        "under_review",
    ]
    province = [next(s for s in world.case(c).every_step if s.kind == "province") for c in cases]
    assert [(one.outcome, one.sent_on) for one in province] == [
        ("passed", DAY),
        ("failed", DAY),
        ("", None),
        ("", DAY),
    ]
    assert world.row(cases[1]).ruling == "decided_outside:province"
    said = {entry.action: words for case in cases for entry, words in world.words(case)}
    assert said["answer_in_batch"] == MORE_WORDS and "reject" not in said

    no = world.refused(cases[3], "receive", world.staff["reviewer"], step=province[3].id, outcome="passed",
                       received_on=DAY)  # fmt: skip
    assert no.codes == ("in_a_batch",)
    again = workbook(row(1), row(2, "同意"), row(4, "不同意", words=NO))
    assert codes(planned(world, batch, again)) == [
        (2, "answered_alike"),
        (3, "answered_otherwise"),
        (4, "refused"),
    ]
    line = line_of[claims[3]]
    with world.place.store.writing() as session:
        for _twice in range(2):
            answer_line(
                world.place.engine, session, batch.id, line.id, "agreed", DAY, "", by=registrar, key="k" * 32
            )
    assert seen(world, batch).state == "answered"
    world.do(batch, "close", registrar)
    elsewhere = {"step": province[2].id, "outcome": "passed", "received_on": DAY, "batch": batch.id}
    assert "not_in_batch" in world.refused(cases[2], "answer_in_batch", registrar, **elsewhere).codes
    proves(world)


def case_of_claim(world: World, claim: str) -> Ref:
    """The case of a claim that waits."""
    with world.place.store.reading() as session:
        return Ref("case", str(session.scalar(select(Claim.case_id).where(Claim.id == claim))))


def test_every_row_of_an_answer_gets_one_verdict_and_bad_ones_are_left_out(world: World) -> None:
    """What the file has wrong, and what does not fit the batch, is said of each row by its number; the good rows are taken."""
    batch = sent(world, waits(world, 2))
    number = seen(world, batch).number
    bad: tuple[tuple[tuple[Any, ...], str], ...] = (
        (row(1, ksh="", xh="", xm="测试001"), "no_key"),
        (row(1, ksh=24360000000001), "float_number"),
        (row(1, field="颜色"), "unknown_field"),
        (row(1, "好的"), "unknown_result"),
        (row(1, day="昨天"), "bad_date"),
        (row(1, day=""), "no_date"),
        (row(1, day="2024-10-26"), "date_ahead"),
        (row(1, day="2024-10-24"), "before_sending"),
        (row(1, "不同意"), "no_reason"),
        (row(1, number="别的〔2024〕1号"), "other_number"),
        (row(1, xm="别人"), "name_differs"),
        (row(1, new="测试乙"), "value_differs"),
        (row(1, xh="999"), "key_differs"),
        (row(77), "not_in_batch"),
        (row(1, field="性别"), "not_in_batch"),
    )
    for one, code in bad:
        assert codes(planned(world, batch, workbook(one))) == [(2, code)]
    with pytest.raises(Refused) as nothing:
        take(world, batch, read_answers("省厅答复.xlsx", workbook(*(one for one, _ in bad[:3]))))
    assert nothing.value.codes == ("nothing_to_take",)
    data = workbook(
        row(1, ksh="", xh="240100001", xm="测试甲", day="2024年10月25日", number=number, words="同意"),
        row(2),
        row(2, "不同意", words=NO),
        *(one for one, _ in bad[:2]),
    )
    done = take(world, batch, read_answers("省厅答复.xlsx", data))
    assert codes(done)[:3] == [(2, "agreed"), (3, "twice_in_file"), (4, "twice_in_file")]
    assert (len(done.takes), done.left_out, len(seen(world, batch).waiting)) == (1, 4, 1)


@holds("restore_steps", "renew_steps")
def test_a_no_that_is_taken_back_waits_in_its_batch_and_one_reopened_goes_into_another(world: World) -> None:
    """A line and its step tell one story: undone it is answered there again, reopened it is sent once more."""
    claims = waits(world, 2)
    case, batch, by = case_of_claim(world, claims[0]), sent(world, claims), world.staff["registrar"]
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        give_role(session, by.person, Held("reviewer"), "system", at, entropy)
    no = read_answers("省厅答复.xlsx", workbook(row(1, "不同意", words=NO)))
    take(world, batch, no)
    world.do(case, "undo", Actor(by.person, "reviewer"))
    assert [line.standing for line in seen(world, batch).lines] == ["waits", "waits"]
    take(world, batch, no)
    assert [line.standing for line in seen(world, batch).lines] == ["refused", "waits"]

    world.at(world.clock.moment + timedelta(days=1))
    world.do(case, "reopen", world.staff["second_reviewer"], words="来文更正了答复")
    world.do(case, "pass_step", world.staff["reviewer"], step=ready(world.case(case))[0].step.id)
    again = agreed(world, claims[:1])
    send(world, again, sent_on=DAY + timedelta(days=1))
    assert [line.standing for line in seen(world, again).lines] == ["waits"]
    assert [line.standing for line in seen(world, batch).lines] == ["refused", "waits"]
    proves(world)


def test_an_answer_is_taken_whole_or_not_at_all(world: World) -> None:
    """A kill in the middle leaves everything as it was; what a case bars is named by its row, and the rest is taken."""
    claims = waits(world, 2)
    batch = sent(world, claims)
    file = read_answers("省厅答复.xlsx", workbook(row(1, "不同意", words=NO), row(2)))
    before = seen(world, batch), [world.row(case_of_claim(world, claim)).version for claim in claims]
    with pytest.raises(KeyboardInterrupt), world.place.store.writing() as session:
        place, by = world.place, world.staff["registrar"]
        take_answers(place.engine, session, place.cipher, batch.id, file, by)
        raise KeyboardInterrupt
    assert before == (
        seen(world, batch),
        [world.row(case_of_claim(world, claim)).version for claim in claims],
    )
    frozen = {"record": f"{2:032x}", "kind": "freeze", "words": "纪检要求"}
    until = world.clock.moment + timedelta(days=3)
    world.do(Ref("permission"), "grant", world.staff["registrar"], until=until, **frozen)
    done = take(world, batch, file)
    assert [(one.code, [no.code for no in one.reasons]) for one in done.verdicts] == [
        ("refused", []),
        ("barred", ["claims_frozen"]),
    ]
    assert len(seen(world, batch).waiting) == 1


def test_a_file_that_is_no_answer_is_refused_by_its_name_and_row() -> None:
    """A truncated workbook, a DBF of another width or cut in the middle, no header, no row; a long number in the name is masked."""
    fields = (("KSH", 14), ("字段", 8), ("结果", 8), ("日期", 10), ("意见", 20))
    cells = ("24360000000001", "XM", "同意", "20241025", "")
    whole = dbf(fields, [cells])
    read = read_answers("答复.dbf", whole)
    assert [(one.at, one.keys, one.field, one.result, one.day) for one in read.rows] == [
        (2, {"KSH": "24360000000001"}, "XM", "agreed", DAY)
    ]
    for data, said in (
        (workbook(row(1))[:400], "无法作为 Excel 工作簿读取"),
        (dbf(fields, [cells], width=40), "字段宽度与记录长度不符"),
        (whole[:-12], "文件被截断"),
        (whole.replace("同意".encode("gb18030"), b"\xcd\xac\xff\xff"), "第 2 行"),
        (workbook(row(1), head=HEAD[:3]), "没有找到含“考生号”"),
        (workbook(), "没有数据行"),
        (b"", "文件是空的"),
    ):
        with pytest.raises(FormatFault, match=said) as fault:
            read_answers("答复 990000200605040011.xlsx", data)
        assert str(fault.value).startswith("“答复 ….xlsx”") and "99000020" not in str(fault.value)
    assert [day_in(one) for one in (None, DAY, "2024/1/5", 20241025.0)] == [None, DAY, date(2024, 1, 5), DAY]
    for bad in ("2024-13-01", "20241", 45590.0, True):
        with pytest.raises(ValueError):
            day_in(bad) if bad is not True else day_in("x")
