"""The register as DBF, and the platform's own table with the batch's corrected values written into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workflow.outgoing.files.rows import COLUMNS_OUT, Register, RegisterRow
from workflow.records.claimed import cleaned, is_day
from workflow.records.fields import KEYS, column_for
from workflow.records.fields import sex as sex_of
from workflow.records.formats.dbf_out import Unfit, cell_of, dbf_file, dbf_row, text_fields, with_cells
from workflow.records.formats.foxpro import DbfField, DbfLayout, dbf_layout
from workflow.records.formats.table import FormatFault

OTHER_VALUE, NO_COLUMN, NO_ROW, TWO_ROWS = "other_value", "no_column", "no_row", "two_rows"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a claim is not in a table. ``number`` is its row in the register.

    ``row`` is the row of the table it would be in, 0 where it has none there.
    """

    number: int
    row: int
    column: str
    why: str
    sign: str = ""
    needs: int = 0
    holds: int = 0


@dataclass(frozen=True, slots=True)
class TableOut:
    """A table to hand over, what is not in it, and how many claims are."""

    data: bytes = field(repr=False)
    left_out: tuple[LeftOut, ...]
    taken: int

    @property
    def numbers_left_out(self) -> tuple[int, ...]:
        """The rows of the register that are not in it, each once."""
        return tuple(sorted({one.number for one in self.left_out}))


def register_dbf(register: Register) -> TableOut:
    """The register as DBF. A row with a value that GBK or its width does not hold is left out whole."""
    fields = text_fields({name: width for name, (_title, width) in COLUMNS_OUT.items()})
    records, out = [], []
    for row in register.rows:
        made = dbf_row(row.cells, fields, row.number + 1)
        if isinstance(made, bytes):
            records.append(made)
        else:
            out += [_left_out(row, one) for one in made]
    return TableOut(dbf_file(fields, records, register.frozen_at.date()), tuple(out), len(records))


def platform_table(data: bytes, rows: Sequence[RegisterRow]) -> TableOut:
    """The platform's table with the claims' right values in their cells, all else as it came.

    A claim is written whole or not at all: its student's row is found by 考生号, else by 学号, and every cell
    shows the disputed value, or the right one already. Raises FormatFault if it is no such table.
    """
    layout = dbf_layout(data)
    table = _Template(data, layout)
    cells, out, taken = dict[tuple[int, str], bytes](), list[LeftOut](), 0
    for row in rows:
        if not row.right:
            out.append(LeftOut(row.number, 0, row.column, NO_COLUMN))
            continue
        places = table.places_of(row)
        if len(places) != 1:
            why = TWO_ROWS if places else NO_ROW
            out.append(LeftOut(row.number, places[0] + 2 if places else 0, row.column, why))
            continue
        made, wrong = table.cells_for(row, places[0])
        out += wrong
        if not wrong:
            cells |= made
            taken += 1
    return TableOut(with_cells(data, cells), tuple(out), taken)


class _Template:
    """A table that was handed in: where its columns are and in which records its students."""

    def __init__(self, data: bytes, layout: DbfLayout) -> None:
        self._data, self._layout = data, layout
        self._columns: dict[str, DbfField] = {}
        for one in layout.fields:
            if (column := column_for(one.name)) is not None:
                self._columns.setdefault(column, one)
        self._keys = {key: self._places(key) for key in KEYS if key in self._columns}
        if not self._keys:
            raise FormatFault(
                "表中没有考生号（KSH）或学号（XH）一列", "the table has neither a KSH nor an XH column"
            )

    def places_of(self, row: RegisterRow) -> list[int]:
        """The records of a claim's student, from 0."""
        for key, number in (("KSH", row.ksh), ("XH", row.xh)):
            if number and (places := self._keys.get(key, {}).get(number)):
                return places
        return []

    def cells_for(
        self, row: RegisterRow, place: int
    ) -> tuple[Mapping[tuple[int, str], bytes], list[LeftOut]]:
        """The cells that a claim writes into a record, and all that keeps it from being written."""
        made, wrong = dict[tuple[int, str], bytes](), list[LeftOut]()
        for column, right in row.right:
            one = self._columns.get(column)
            if one is None:
                if column == row.column:
                    wrong.append(LeftOut(row.number, place + 2, column, NO_COLUMN))
                continue
            there = self._text(place, one)
            if column == row.column and _alike(column, there) not in (
                _alike(column, row.old),
                _alike(column, right),
            ):
                wrong.append(LeftOut(row.number, place + 2, one.name, OTHER_VALUE))
                continue
            if _alike(column, there) == _alike(column, right):
                continue
            cell = cell_of(_written(column, right), one, place + 2)
            if isinstance(cell, Unfit):
                wrong.append(_left_out(row, cell))
            else:
                made[place, one.name] = cell
        return made, wrong

    def _places(self, key: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place in range(self._layout.count):
            if self._is_alive(place) and (number := cleaned(key, self._text(place, self._columns[key]))):
                found.setdefault(number, []).append(place)
        return found

    def _is_alive(self, place: int) -> bool:
        return self._data[self._layout.head + place * self._layout.width] == 0x20

    def _text(self, place: int, one: DbfField) -> str:
        start = self._layout.head + place * self._layout.width + one.start
        return self._data[start : start + one.width].rstrip(b" \0").decode("gb18030", "replace")


def _left_out(row: RegisterRow, unfit: Unfit) -> LeftOut:
    return LeftOut(row.number, unfit.row, unfit.column, unfit.why, unfit.sign, unfit.needs, unfit.holds)


def _written(column: str, value: str) -> str:
    """A value as the platform's table has it: days as eight digits."""
    return value.replace("-", "") if is_day(column) else value


def _alike(column: str, value: str) -> str:
    """A value for comparison: 1 is 男, and a day is its digits."""
    if column == "XB":
        return sex_of(value) or value
    return _written(column, cleaned(column, value)) if value else ""


def columns_left_out(out: Iterable[LeftOut]) -> tuple[str, ...]:
    """The columns that a table lacks although claims are about them, each once."""
    return tuple(sorted({one.column for one in out if one.why == NO_COLUMN}))
