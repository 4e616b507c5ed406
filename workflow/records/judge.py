"""Judge a roster file on its own, without any record: each cell is refused, flagged or accepted.

Whole columns are judged: each distinct cell is checked once, so 100,000 rows cost little more than reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from workflow.records import fields, identity, names
from workflow.records.fields import COLUMNS, IDENTITY, KEYS
from workflow.records.findings import DAMAGED, REFUSED, Finding, finding, shown
from workflow.records.formats import FileFacts, RosterTable
from workflow.records.texts import CleanedColumn, clean_column, clean_document, clean_number, clean_text

EARLIEST, LATEST = "1900-01-01", "2100-12-31"
_FLOAT = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+|\d+\.0+")
_DATE = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|([-/.])(\d{1,2})\4(\d{1,2})|年(\d{1,2})月(\d{1,2})日)(?:[ T]00:00(?::00)?)?",
    re.ASCII,
)
_FLOAT_SIGNS = frozenset("Ee.")
_KEY_ALPHABET = frozenset("0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_LOST = re.compile(f"[{names.LOST}]")
_MASKED = re.compile(f"[{names.MASKS}]")
_NOT_WHOLE = re.compile(f"[{names.LOST}{names.MASKS}]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")

Column = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A file's rows in stored form, and all findings.

    ``columns`` holds one list for each column of the file (dates as ISO text, None for blank). ``damaged``
    names the cells (position, column) that are written only where the record has no value.
    """

    facts: FileFacts
    as_of: date
    numbers: Sequence[int]
    columns: Mapping[str, Column]
    damaged: frozenset[tuple[int, str]]
    flagged: tuple[Finding, ...]
    refused: tuple[Finding, ...]
    refused_rows: frozenset[int]

    def __len__(self) -> int:
        return len(self.numbers)


def judge(table: RosterTable, *, as_of: date) -> Judgement:
    """Judge every cell of a roster as of a day. Pure: uses no database and no clock."""
    desk = _Desk(table, as_of)
    for column in table.columns:
        desk.columns[column] = _CLEAN[COLUMNS[column].kind](desk, column)
    _essentials(desk)
    _documents(desk)
    for column in IDENTITY:
        desk.note_blanks(column, "blank")
    return Judgement(
        table.facts,
        as_of,
        table.numbers,
        desk.columns,
        frozenset(desk.damaged),
        tuple(sorted(desk.flagged)),
        tuple(sorted(desk.refused)),
        frozenset(desk.refused_rows),
    )


@dataclass(slots=True)
class _Desk:
    """The table being judged and the findings so far."""

    table: RosterTable
    as_of: date
    columns: dict[str, Column] = field(default_factory=dict)
    flagged: list[Finding] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    refused_rows: set[int] = field(default_factory=set)
    refused_cells: set[tuple[int, str]] = field(default_factory=set)
    damaged: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for oddity in self.table.oddities:
            self.note(oddity.position, oddity.column, oddity.code)

    def note(self, position: int, column: str, code: str, **facts: object) -> None:
        """Refuse or flag a cell. A cell or row that is already refused gets no second reason."""
        if (position, column) in self.refused_cells or (position, "*") in self.refused_cells:
            return
        found = finding(self.table.numbers[position], column, code, **facts)
        if code in REFUSED:
            self.refused.append(found)
            self.refused_rows.add(position)
            self.refused_cells.add((position, column))
            return
        self.flagged.append(found)
        if code in DAMAGED:
            self.damaged.add((position, column))

    def note_all(self, column: str, cells: Sequence[str | None], bad: Collection[str], code: str) -> None:
        """Note every cell that holds one of the bad texts."""
        for position, cell in enumerate(cells if bad else ()):
            if cell in bad:
                self.note(position, column, code)

    def note_blanks(self, column: str, code: str) -> None:
        """Note every blank cell of a column, if the file has the column."""
        cells = self.columns.get(column, [])
        if None in cells:
            for position, cell in enumerate(cells):
                if cell is None:
                    self.note(position, column, code)


def _text(desk: _Desk, column: str) -> Column:
    """Plain text: trimmed, NFC. A lost or private-use character is flagged."""
    return _flag_lost(desk, column, clean_column(desk.table.columns[column], clean_text))


def _code(desk: _Desk, column: str) -> Column:
    """A code: text whose digits must be complete."""
    cells = clean_column(desk.table.columns[column], clean_number)
    _refuse_floats(desk, column, cells)
    return _flag_lost(desk, column, cells)


def _key(desk: _Desk, column: str) -> Column:
    """An identifying number. It must be unique in the file."""
    cells = clean_column(desk.table.columns[column], clean_number)
    _refuse_floats(desk, column, cells)
    desk.note_all(column, cells.texts, _holding(cells, _NOT_WHOLE), "damaged_key")
    _refuse_doubles(desk, column, cells)
    if not cells.alphabet <= _KEY_ALPHABET:
        odd = {text for text in cells.distinct if not set(text) <= _KEY_ALPHABET}
        desk.note_all(column, cells.texts, odd, "odd_key")
    return cells.texts


def _document(desk: _Desk, column: str) -> Column:
    """A document number. 15 and 18 digits of one person are two numbers and only raise a flag."""
    cells = clean_column(desk.table.columns[column], clean_document, capitals=True)
    _refuse_floats(desk, column, cells)
    _flag_lost(desk, column, cells)
    desk.note_all(column, cells.texts, _holding(cells, _MASKED), "masked")
    _refuse_doubles(desk, column, cells)
    return cells.texts


def _name(desk: _Desk, column: str) -> Column:
    """A name. Unexpected characters are flagged and the name is kept as it is."""
    cells = clean_column(desk.table.columns[column], clean_text)
    pattern = names.suspicious(cells.alphabet)
    if pattern is not None:
        for position, cell in enumerate(cells.texts):
            if cell is not None and pattern.search(cell):
                for code in names.marks_of(cell):
                    desk.note(position, column, code)
    return cells.texts


def _date(desk: _Desk, column: str) -> Column:
    """A day as ISO text. An impossible day is refused, and so is a birth date after the file's date."""
    latest = desk.as_of.isoformat() if column == "CSRQ" else LATEST
    return _translate(desk, column, clean_number, lambda cell: _day(cell, latest), "impossible_date")


def _years(desk: _Desk, column: str) -> Column:
    return _translate(desk, column, clean_number, fields.years, "unknown_years")


def _status(desk: _Desk, column: str) -> Column:
    return _translate(desk, column, clean_text, fields.status, "unknown_status")


def _sex(desk: _Desk, column: str) -> Column:
    return _translate(desk, column, clean_number, fields.sex, "unknown_sex")


def _type(desk: _Desk, column: str) -> Column:
    return _translate(desk, column, clean_number, identity.document_code, "unknown_type")


_CLEAN: dict[str, Callable[[_Desk, str], Column]] = {
    "key": _key, "code": _code, "document": _document, "name": _name, "text": _text, "date": _date,
    "years": _years, "status": _status, "sex": _sex, "type": _type,
}  # fmt: skip


def _translate(
    desk: _Desk, column: str, clean: Callable[[str], str], meaning: Callable[[str], str | None], code: str
) -> Column:
    """Replace the few distinct cells of a column by their meaning. A cell without one is noted and kept."""
    cells = clean_column(desk.table.columns[column], clean)
    meanings = {text: meaning(text) for text in cells.distinct}
    unknown = {text for text, known in meanings.items() if known is None}
    for position, cell in enumerate(cells.texts if unknown else ()):
        if cell is not None and cell in unknown:
            desk.note(position, column, code, shown=shown(cell))
    if all(text == known for text, known in meanings.items()):
        return cells.texts
    return [cell if cell is None else meanings[cell] or cell for cell in cells.texts]


def _day(cell: str, latest: str) -> str | None:
    parts = _DATE.fullmatch(cell)
    if parts is None:
        return None
    year, month, day = (part for part in (*parts.group(1, 2, 3), *parts.group(5, 6, 7, 8)) if part)
    try:
        text = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    return text if EARLIEST <= text <= latest else None


def _flag_lost(desk: _Desk, column: str, cells: CleanedColumn) -> Column:
    """Flag every text with a lost or private-use character."""
    for code, pattern in (("lost_character", _LOST), ("private_use", _PRIVATE)):
        desk.note_all(column, cells.texts, _holding(cells, pattern), code)
    return cells.texts


def _holding(cells: CleanedColumn, pattern: re.Pattern[str]) -> Collection[str]:
    """The texts of a column that match a pattern. The column's alphabet is tested first."""
    if not pattern.search("".join(cells.alphabet)):
        return ()
    return {text for text in cells.distinct if pattern.search(text)}


def _refuse_floats(desk: _Desk, column: str, cells: CleanedColumn) -> None:
    """Refuse numbers that a spreadsheet turned into floats such as ``3.60102E+17``."""
    if cells.alphabet & _FLOAT_SIGNS:
        floats = {text for text in cells.distinct if _FLOAT.fullmatch(text)}
        desk.note_all(column, cells.texts, floats, "float_number")


def _refuse_doubles(desk: _Desk, column: str, cells: CleanedColumn) -> None:
    """Refuse every row whose number occurs more than once in the file, naming the other rows.

    Damaged numbers are skipped: they can look equal without being the same number.
    """
    if len(cells.distinct) == len(cells.texts) - cells.texts.count(None):
        return
    places: dict[str, list[int]] = {}
    for position, cell in enumerate(cells.texts):
        if cell is not None and (position, column) not in desk.damaged:
            places.setdefault(cell, []).append(position)
    for doubles in places.values():
        for position in doubles if len(doubles) > 1 else ():
            others = ", ".join(str(desk.table.numbers[other]) for other in doubles if other != position)
            desk.note(position, column, "twice_in_file", rows=others)


def _essentials(desk: _Desk) -> None:
    """Every row needs a name and an identifying number."""
    desk.note_blanks("XM", "no_name")
    keys = [desk.columns[key] for key in KEYS if key in desk.columns]
    if not all(None in cells for cells in keys):
        return
    for position, numbers in enumerate(zip(*keys, strict=True)):
        if not any(numbers) and not any((position, key) in desk.refused_cells for key in KEYS):
            desk.note(position, KEYS[0] if KEYS[0] in desk.columns else KEYS[1], "no_key")


def _documents(desk: _Desk) -> None:
    """Compare document numbers with birth date, sex and type of the same row, and with each other."""
    numbers = desk.columns.get("SFZH")
    if numbers is None:
        return
    blank: Column = [None] * len(numbers)
    births, sexes = desk.columns.get("CSRQ", blank), desk.columns.get("XB", blank)
    kinds = desk.columns.get("ZJLX", blank)
    for position in identity.doubtful(numbers, births, sexes):
        number, kind = numbers[position], kinds[position]
        assert number is not None
        kind = kind if kind in identity.DOCUMENT_TYPES else None
        if (position, "SFZH") not in desk.damaged:
            for code in identity.marks_of(number, born=births[position], sex=sexes[position], kind=kind):
                desk.note(position, _SHOWN_AT.get(code, "SFZH"), code)
    _twins(desk, numbers)


_SHOWN_AT = {"birth_disagrees": "CSRQ", "sex_disagrees": "XB"}


def _twins(desk: _Desk, numbers: Column) -> None:
    """Flag 15-digit numbers whose 18-digit form occurs in another row."""
    short = {
        identity.fold(number): position
        for position, number in enumerate(numbers)
        if number is not None and len(number) != 18
    }
    if not short:
        return
    for position, number in enumerate(numbers):
        other = short.get(number) if number is not None else None
        if other is not None and other != position:
            for one, two in ((position, other), (other, position)):
                row = desk.table.numbers[two]
                desk.note(one, "SFZH", "same_person_maybe", where=f"第 {row} 行", where_en=f"row {row}")
