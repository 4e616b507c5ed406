"""The register of a batch as plain values: one row for each claim, in the words of the school."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

COLUMNS_OUT: dict[str, tuple[str, int]] = {
    "XUHAO": ("序号", 5),
    "KSH": ("考生号", 20),
    "XH": ("学号", 20),
    "XM": ("姓名", 100),
    "ZIDUAN": ("字段", 30),
    "YUANZHI": ("原值", 200),
    "XINZHI": ("新值", 200),
    "SHIYOU": ("事由", 120),
    "CAILIAO": ("证明材料", 254),
    "YIJIAN": ("学校意见", 254),
    "JINGBAN": ("经办人", 100),
    "RIQI": ("日期", 10),
}
"""The columns: the name in a DBF, the heading in a sheet, and the width in a DBF in bytes."""

HEAD = tuple(title for title, _width in COLUMNS_OUT.values())
TITLE = "勘误登记表"


@dataclass(frozen=True, slots=True, repr=False)
class RegisterRow:
    """One claim. ``column`` is its code, ``record`` and ``case`` whose it is: none of them is printed.

    ``right`` is what the claim's correction writes into each column of the platform's table.
    """

    number: int
    ksh: str
    xh: str
    name: str
    column: str
    field: str
    old: str
    new: str
    reason: str
    papers: str
    opinion: str
    handler: str
    day: str
    record: str
    case: str
    right: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"RegisterRow({self.number}, {self.column})"

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells under ``HEAD``."""
        return (
            str(self.number),
            self.ksh,
            self.xh,
            self.name,
            self.field,
            self.old,
            self.new,
            self.reason,
            self.papers,
            self.opinion,
            self.handler,
            self.day,
        )


@dataclass(frozen=True, slots=True)
class Register:
    """What a batch was frozen with. ``freezer`` is name and number of who froze it."""

    batch: str
    office: str
    month: str
    frozen_at: datetime
    freezer: tuple[str, str]
    rows: tuple[RegisterRow, ...]

    @property
    def title(self) -> str:
        """What it is, in Chinese: the body, and the month of its intake where there is one."""
        year, _, month = self.month.partition("-")
        return f"{TITLE} · {self.office}" + (f" · {year}年{int(month)}月批次" if month else "")

    @property
    def mark(self) -> str:
        """The mark of everything of it that people read. It is the same whenever the file is made."""
        name, number = self.freezer
        return f"报送批次 {self.batch[:12]} 定稿 {name}（{number}） {self.frozen_at:%Y-%m-%d %H:%M}"

    @property
    def day(self) -> str:
        """The day of its freezing, for names of files."""
        return f"{self.frozen_at:%Y%m%d}"

    def of_record(self, record: str) -> tuple[RegisterRow, ...]:
        """The rows of one student."""
        return tuple(row for row in self.rows if row.record == record)


def records_in(rows: Iterable[RegisterRow]) -> tuple[str, ...]:
    """The students of some rows, each once, in the order of their first row."""
    return tuple(dict.fromkeys(row.record for row in rows))
