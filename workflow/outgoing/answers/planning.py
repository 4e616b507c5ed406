"""What an answer would do to its batch: one verdict for each row, and nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.batches import AGREED, MORE, REFUSED
from workflow.cases.tables import Claim
from workflow.engine import Actor, Engine, Ref
from workflow.history.codes import MORE as MORE_OF_STEP
from workflow.outgoing.answers.reading import AnswerFile, AnswerRow
from workflow.outgoing.batches.facts import BatchFacts, LineFacts
from workflow.people.cipher import Cipher
from workflow.records.findings import FindingWords
from workflow.records.names import same_rendering
from workflow.records.tables import Record
from workflow.records.texts import clean_number
from workflow.verdict import Reason

OUTCOMES = {AGREED: "passed", REFUSED: "failed", MORE: MORE_OF_STEP}
"""What each answer says of the step of a line, as the case's own act calls it."""
BARRED = "barred"
"""The code of a row that the case itself bars, for reasons of its own."""

TAKEN: Mapping[str, FindingWords] = {
    AGREED: FindingWords("同意", "agreed"),
    REFUSED: FindingWords("不同意，按对方的决定办结这一项", "refused: the item ends as the body decided"),
    MORE: FindingWords("需补充，补齐以后重新报送", "more is wanted; the item is to be sent once more"),
}
"""What is taken of a row, in Chinese and English."""

NOT_TAKEN: Mapping[str, FindingWords] = {
    "no_key": FindingWords("没有考生号，也没有学号", "neither candidate number nor student number"),
    "float_number": FindingWords(
        "号码已被 Excel 变成数值，可能不完整", "Excel turned the number into a float, digits may be lost"
    ),
    "unknown_field": FindingWords("字段不认识", "a field that is not known"),
    "unknown_result": FindingWords(
        "结果不认识：应为同意、不同意或需补充", "a result that is not known: agreed, refused or more wanted"
    ),
    "bad_date": FindingWords("日期不是日期", "the date is no date"),
    "no_date": FindingWords("没有答复日期", "no day of the answer"),
    "date_ahead": FindingWords("答复日期还没有到", "the day of the answer has not come"),
    "before_sending": FindingWords("答复日期早于报送日期", "answered before the batch was sent"),
    "no_reason": FindingWords("没有写明理由", "no reason is given"),
    "other_number": FindingWords("文号不是这个批次的", "another number than this batch's"),
    "not_in_batch": FindingWords("这名学生的这一项不在这个批次里", "this item is not in the batch"),
    "key_differs": FindingWords("学号与学籍记录不同", "another student number than the record's"),
    "name_differs": FindingWords("姓名与报送的不同", "another name than was sent"),
    "value_differs": FindingWords(
        "对方同意的内容与报送的不同", "the value that was agreed to is not the one that was sent"
    ),
    "twice_in_file": FindingWords("同一项在文件中有几行", "the same item in several rows"),
    "answered_alike": FindingWords("已经登记过同样的答复", "the same answer was taken before"),
    "answered_otherwise": FindingWords("已经登记过另一种答复", "another answer was taken before"),
    "fallen_out": FindingWords(
        "这一项已不在办理：学生撤回、已终止或已另行认定", "the item was withdrawn, or ended otherwise"
    ),
    BARRED: FindingWords("现在不能登记", "cannot be taken now"),
}
"""Why a row is not taken, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class LineTaken:
    """What is taken for one line of the batch."""

    line: LineFacts
    verdict: str
    day: date | None
    words: str

    def details(self, batch: str) -> dict[str, Any]:
        """The details of the case's own act."""
        return {
            "step": self.line.step,
            "only": (self.line.claim,),
            "batch": batch,
            "outcome": OUTCOMES.get(self.verdict, ""),
            "received_on": self.day,
            "words": self.words,
        }


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What becomes of one row: a code of TAKEN or NOT_TAKEN, and the line of the batch that it is about.

    ``reasons`` are the case's own against it.
    """

    row: int
    code: str
    line: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether it is taken."""
        return self.code in TAKEN


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """What an answer would do: a verdict for each row, the lines that it answers, and those that wait on."""

    file: AnswerFile
    verdicts: tuple[RowVerdict, ...]
    takes: tuple[LineTaken, ...]
    waiting: int

    def count(self, code: str) -> int:
        """How many rows have a verdict."""
        return sum(one.code == code for one in self.verdicts)

    @property
    def left_out(self) -> int:
        """How many rows are not taken."""
        return sum(not one.taken for one in self.verdicts)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A line as it was sent: whose it is, which field, and the value asked for."""

    line: LineFacts
    ksh: str
    xh: str
    field: str
    names: frozenset[str]
    value: str


def plan_answers(
    engine: Engine, session: Session, cipher: Cipher, batch: BatchFacts, file: AnswerFile, by: Actor
) -> AnswerPlan:
    """Judge each row of an answer. Reads only."""
    sent = list(_sent(session, cipher, batch))
    at = engine.clock.now(session)
    found = [(row, _line_of(sent, row)) for row in file.rows]
    often = Counter(one.line.id for _, one in found if isinstance(one, _Sent))
    verdicts = [RowVerdict(at_row, code) for at_row, code in file.unusable]
    takes: list[LineTaken] = []
    for row, one in found:
        if not isinstance(one, _Sent):
            verdicts.append(RowVerdict(row.at, one))
            continue
        code = "twice_in_file" if often[one.line.id] > 1 else _why_not(batch, one, row, at)
        reasons: tuple[Reason, ...] = ()
        if not code:
            taking = LineTaken(one.line, row.result, row.day, row.words)
            reasons = why_barred(engine, session, batch, taking, by)
            code = BARRED if reasons else row.result
            takes += [] if reasons else [taking]
        verdicts.append(RowVerdict(row.at, code, one.line.number, reasons))
    left = {line.id for line in batch.waiting} - {one.line.id for one in takes}
    ordered = tuple(sorted(verdicts, key=lambda one: one.row))
    return AnswerPlan(file, ordered, tuple(takes), len(left))


def why_barred(
    engine: Engine, session: Session, batch: BatchFacts, taking: LineTaken, by: Actor
) -> tuple[Reason, ...]:
    """Why the case of a line does not take an answer now."""
    subject = Ref("case", taking.line.case)
    details = taking.details(batch.id)
    return engine.check_action(session, subject, "answer_in_batch", by, **details).reasons


def _sent(session: Session, cipher: Cipher, batch: BatchFacts) -> Iterator[_Sent]:
    """The lines that are in the batch, with what a row is held against."""
    asked = select(Claim.id, Claim.field, Claim.new).where(Claim.id.in_([one.claim for one in batch.lines]))
    claims = {row.id: row for row in session.execute(asked)}
    whose = select(Record.id, Record.ksh, Record.xh, Record.xm)
    ids = {one.record for one in batch.lines}
    records = {row.id: row for row in session.execute(whose.where(Record.id.in_(ids)))}
    values = {id: cipher.open(row.new, table="claim", column="new", row=id) for id, row in claims.items()}
    claimed = {line.record: values[line.claim] for line in batch.lines if claims[line.claim].field == "XM"}
    for line in batch.lines:
        record = records[line.record]
        names = frozenset(filter(None, (record.xm, claimed.get(line.record))))
        field = claims[line.claim].field
        yield _Sent(line, record.ksh or "", record.xh or "", field, names, values[line.claim])


def _line_of(sent: Iterable[_Sent], row: AnswerRow) -> _Sent | str:
    """The line that a row is about, or the code of why there is none."""
    name, value = row.key
    theirs = [one for one in sent if (one.ksh if name == "KSH" else one.xh) == value]
    line = next((one for one in theirs if one.field == row.field), None)
    if line is None:
        return "not_in_batch"
    if row.keys.get("XH") and row.keys["XH"] != line.xh and row.field != "XH":
        return "key_differs"
    return line


def _why_not(batch: BatchFacts, one: _Sent, row: AnswerRow, at: datetime) -> str:
    """Why a row is not taken, as far as the batch and the file tell; '' if nothing is against it."""
    line = one.line
    if line.verdict:
        return "answered_alike" if line.verdict == row.result else "answered_otherwise"
    if line.is_fallen:
        return "fallen_out"
    if row.number and clean_number(batch.number) != row.number:
        return "other_number"
    if row.name and not any(row.name == name or same_rendering(row.name, name) for name in one.names):
        return "name_differs"
    if row.result == AGREED and row.value and row.value != one.value:
        return "value_differs"
    if row.day is None:
        return "no_date"
    if row.day > at.date():
        return "date_ahead"
    if batch.sent_on is not None and row.day < batch.sent_on:
        return "before_sending"
    return "no_reason" if row.result != AGREED and not row.words else ""
