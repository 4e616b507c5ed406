"""The data inventory agrees with the tables: no column is missing, none is told of that is not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import LargeBinary

from workflow.upkeep.metadata import metadata

PAGE = Path(__file__).parents[1] / "docs" / "data-inventory.md"
BASES = {"duty", "sensitive", "safety"}
Columns = Mapping[str, list[str]]


def sections() -> dict[str, str]:
    """What the page says of each table."""
    text = PAGE.read_text(encoding="utf-8").split("\n## Beside the tables")[0]
    _, *parts = re.split(r"^## `(\w+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(section: str) -> list[list[str]]:
    """The rows about personal columns: columns, what, for, basis, kept."""
    found = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in found]


def personal(section: str) -> list[str]:
    """The personal columns of a table."""
    return [name for row in rows(section) for name in re.findall(r"`(\w+)`", row[0])]


def other(section: str) -> list[str]:
    """The columns of a table that are not personal."""
    return re.findall(r"`(\w+)`", "".join(re.findall(r"^Not personal: [^.]*\.", section, re.MULTILINE)))


def test_every_column_of_every_table_is_in_the_inventory_once() -> None:
    """Whoever adds a column says whether it is personal, and if so what it is for and how long it is kept."""
    told = {table: Counter([*personal(section), *other(section)]) for table, section in sections().items()}
    there = {
        table.name: Counter(column.name for column in table.columns) for table in metadata.tables.values()
    }
    assert told.keys() == there.keys()
    assert {
        table: (there[table] - told[table], told[table] - there[table])
        for table in there
        if there[table] != told[table]
    } == {}


def test_every_personal_column_has_a_purpose_a_basis_and_a_time() -> None:
    """No cell of a row is empty, and a basis is one of those that the head of the page explains."""
    for table, section in sections().items():
        for row in rows(section):
            assert len(row) == 5 and all(row), (table, row)
            assert row[3] in BASES, (table, row)
            assert re.search(
                r"no limit|\d+ (days?|minutes|hours?)|an hour|until|removed|as the paper", row[4]
            ), (
                table,
                row,
            )


def test_what_is_sealed_is_personal_and_said_to_be() -> None:
    """A column of bytes that is not counted as personal holds a published or public text."""
    public = {("bulletin", "body"), ("rulebook", "text"), ("school_crest", "data")}
    for table in metadata.tables.values():
        of_bytes = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
        assert {(table.name, name) for name in of_bytes & set(other(sections()[table.name]))} <= public
