"""The file in which a body answers a batch: its rows, each cleaned, or why it cannot be used.

A row is about one field of one student. It names the student by candidate number or student number, never by
name alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.cases.batches import AGREED, MORE, REFUSED
from workflow.records.claimed import cleaned
from workflow.records.fields import KEYS, column_for, heading
from workflow.records.formats import FileFacts, FormatFault, rows_below
from workflow.records.formats.table import facts_of
from workflow.records.texts import clean_number, clean_text, clean_words

NO_HEADER = (
    "没有找到含“考生号”或“学号”、“字段”和“结果”的表头",
    "no header with a candidate or student number, a field (字段) and a result (结果)",
)
FIELD, RESULT, DAY, WORDS, NUMBER, VALUE = "field", "result", "day", "words", "number", "value"
HEADINGS: Mapping[str, tuple[str, ...]] = {
    FIELD: ("更正字段", "勘误字段", "更正项目", "字段", "项目", "事项", "ZD", "FIELD"),
    RESULT: ("审核结果", "审批结果", "答复结果", "处理结果", "结果", "答复", "JG", "RESULT"),
    DAY: ("答复日期", "审核日期", "审批日期", "日期", "RQ", "DATE"),
    WORDS: ("审核意见", "审批意见", "答复意见", "意见", "理由", "说明", "备注", "YJ", "REMARK"),
    NUMBER: ("报送文号", "文号", "批次号", "WH", "PCH"),
    VALUE: ("更正后", "更正为", "新值", "XINZHI"),
}
"""The headings of the columns that a roster does not have; the first that a file has counts."""

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    AGREED: ("同意", "已同意", "同意更正", "通过", "审核通过", "是", "1"),
    REFUSED: ("不同意", "不同意更正", "不通过", "审核不通过", "未通过", "驳回", "不予更正", "否", "0"),
    MORE: ("需补充", "需补充材料", "补充材料", "需补正", "退回补充", "退回补正", "2"),
}
RESULTS = {said: result for result, spellings in SYNONYMS.items() for said in spellings}
PHOTO = ("照片", "录取照片", "学历照片", "PHOTO")
_DAYS = (
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?", re.ASCII),
)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row of an answer: its number in the file, whom and which field it is about, and what it says.

    ``day`` is None without one. ``name``, ``number`` and ``value`` are '' where the file does not say them.
    """

    at: int
    keys: Mapping[str, str]
    field: str
    result: str
    day: date | None
    words: str
    name: str = ""
    number: str = ""
    value: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The strongest key that it names, and its value."""
        return next((name, self.keys[name]) for name in KEYS if self.keys.get(name))


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """An answer as read: the file, its rows, and of those that cannot be used their numbers and why."""

    facts: FileFacts
    rows: tuple[AnswerRow, ...]
    unusable: tuple[tuple[int, str], ...]

    @property
    def size(self) -> int:
        """How many rows it has."""
        return len(self.rows) + len(self.unusable)


def read_answers(name: str, data: bytes) -> AnswerFile:
    """The rows of an answer. Raises FormatFault, which names the file, if it cannot be read as a whole."""
    rows, unusable = list[AnswerRow](), list[tuple[int, str]]()
    try:
        table = rows_below(data, _columns, NO_HEADER)
    except FormatFault as fault:
        raise fault.of_file(name) from fault
    for at, said in table:
        read = _row(at, said)
        if isinstance(read, AnswerRow):
            rows.append(read)
        else:
            unusable.append((at, read))
    return AnswerFile(facts_of(name, "table", data), tuple(rows), tuple(unusable))


def _columns(row: Sequence[Any]) -> dict[str, int] | None:
    """The position of each column in a header, by its best heading; None of another row."""
    columns, ranks = dict[str, int](), dict[str, int]()
    for at, cell in enumerate(row):
        column, rank = _column(cell) if isinstance(cell, str) else ("", 0)
        if column and (column not in ranks or rank < ranks[column]):
            columns[column], ranks[column] = at, rank
    found = FIELD in columns and RESULT in columns and any(key in columns for key in KEYS)
    return columns if found else None


def _column(text: str) -> tuple[str, int]:
    """The column of a heading, and how well it is meant; '' for one that is not read."""
    plain = heading(text)
    for column, names in HEADINGS.items():
        if plain in names:
            return column, names.index(plain)
    return (column_for(text) or ""), 0


def _row(at: int, said: Mapping[str, Any]) -> AnswerRow | str:
    """One row, or the code of why it cannot be used."""
    if any(isinstance(said.get(key), int | float) for key in KEYS):
        return "float_number"
    keys = {key: clean_number(said[key]) for key in KEYS if isinstance(said.get(key), str)}
    if not any(keys.values()):
        return "no_key"
    field = _field(said.get(FIELD))
    if not field:
        return "unknown_field"
    value = said.get(VALUE)
    if field in ("SFZH", "XH", "KSH") and isinstance(value, int | float):
        return "float_number"
    result = RESULTS.get(_text(said.get(RESULT)))
    if result is None:
        return "unknown_result"
    try:
        day = day_in(said.get(DAY))
    except ValueError:
        return "bad_date"
    words = said.get(WORDS)
    return AnswerRow(
        at=at,
        keys=keys,
        field=field,
        result=result,
        day=day,
        words=clean_words(words) if isinstance(words, str) else "",
        name=clean_text(said["XM"]) if isinstance(said.get("XM"), str) else "",
        number=_text(said.get(NUMBER)),
        value=_value(field, value),
    )


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return clean_number(str(cell)) if cell is not None and not isinstance(cell, bool) else ""


def _field(cell: Any) -> str:
    """The platform's column that a cell names, by its code or its name."""
    if not isinstance(cell, str):
        return ""
    return "PHOTO" if heading(cell) in PHOTO else (column_for(cell) or "")


def _value(field: str, cell: Any) -> str:
    """A value in the form in which a claimed one is kept."""
    if isinstance(cell, date) or field in ("CSRQ", "RXRQ", "YJBYRQ"):
        try:
            day = day_in(cell)
        except ValueError:
            return _text(cell)
        return day.isoformat() if day else ""
    return cleaned(field, _text(cell) if field != "XM" else clean_text(str(cell or "")))


def day_in(cell: Any) -> date | None:
    """The day that a cell names, None if it is empty. Raises ValueError if it is none."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if not text:
        return None
    parts = next(filter(None, (form.fullmatch(text) for form in _DAYS)), None)
    if parts is None:
        raise ValueError("no day")
    return date(*map(int, parts.groups()))
