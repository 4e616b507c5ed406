"""The forms that a college prints, seals and returns: errata 勘误汇总表 and statistics 核对统计表, as data.

A form says its title, columns, notes and signatures. A column names one fact of a fixed list. Forms are
wording and no rule: no digest of a policy covers them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

ERRATA, STATISTICS = "errata", "statistics"
FORMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {ERRATA: ("勘误汇总表", "errata"), STATISTICS: ("核对统计表", "statistics of the check")}
)
"""The kinds of forms, in Chinese and English."""

_LINE = {
    "number": ("序号", "number in the list"),
    "remark": ("留空，手写备注", "blank, for a remark by hand"),
}
FACTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        ERRATA: {
            **_LINE,
            "class": ("班级", "class"),
            "xh": ("学号", "student number"),
            "ksh": ("考生号", "candidate number"),
            "name": ("姓名", "name"),
            "field": ("更正事项", "what is to be corrected"),
            "old": ("原值，证件号码只有首尾", "the recorded value, ID numbers by their ends"),
            "new": ("更正为，证件号码只有首尾", "the claimed value, ID numbers by their ends"),
            "cause": ("原因", "cause"),
            "filed": ("提出时间", "when it was filed"),
            "outcome": ("处理结果", "outcome"),
            "settled": ("办结时间", "when it was settled"),
            "receipt": ("申请编号", "number of the request"),
        },
        STATISTICS: {
            **_LINE,
            "class": ("班级，最后一行为合计", "class; the last line is the sum"),
            "counted": ("应核对人数", "to be checked"),
            "checked": ("已核对人数", "checked"),
            "checked_ok": ("本人确认无误", "confirmed by the student"),
            "proxy": ("代为确认无误", "confirmed by a proxy"),
            "deemed": ("视为无误", "deemed correct"),
            "deferred": ("以后提出", "to be filed later"),
            "errors": ("提出有误人数", "found an error"),
            "under_way": ("正在办理", "under way"),
            "corrected": ("已更正", "corrected"),
            "rejected": ("不予更正", "not corrected"),
            "not_checked": ("未核对人数", "not checked"),
            "left_out": ("不计入人数", "left out"),
            "share": ("核对率", "share checked"),
        },
    }
)
"""Every fact that a column of a form may name, and what it is."""

HEAD_FACTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "school": ("校名", "the school"),
        "college": ("学院", "the college"),
        "campaign": ("自查活动", "the campaign"),
        "due": ("学院截止时间", "the colleges' deadline"),
    }
)
"""Every fact that a line of the cover or a note may name in braces."""

LONGEST, MOST = 120, 14
_BRACES = re.compile(r"\{([^{}]*)\}")

FormFault = tuple[tuple[str | int, ...], str, str]
"""What is wrong with a form: where, in Chinese, in English."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One column: a fact, and its heading."""

    fact: str
    head: str


@dataclass(frozen=True, slots=True)
class CollegeForm:
    """One form: its kind, title and columns; the lines of its cover, its notes, and who signs it.

    ``seal`` stands in the place for the seal.
    """

    kind: str
    title: str
    columns: tuple[FormColumn, ...]
    cover: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    seal: str = "（学院公章）"

    def faults(self) -> Iterator[FormFault]:
        """Everything that is wrong with it by itself."""
        if self.kind not in FORMS:
            yield ("kind",), f"应为 {'、'.join(FORMS)} 之一", f"must be one of {', '.join(FORMS)}"
            return
        if not 0 < len(self.columns) <= MOST:
            yield ("columns",), f"应有 1 至 {MOST} 栏", f"must have 1 to {MOST} columns"
        facts = FACTS[self.kind]
        for place, column in enumerate(self.columns):
            if column.fact not in facts:
                known = "、".join(facts)
                yield ("columns", place, "fact"), f"没有这一项；可用的有 {known}", "is no fact of this form"
            elif column.fact in [one.fact for one in self.columns[:place]]:
                yield ("columns", place, "fact"), f"{column.fact} 已有一栏", "has a column already"
            yield from _line_faults(("columns", place, "head"), column.head)
        for part in ("title", "seal"):
            yield from _line_faults((part,), getattr(self, part))
        for part in ("cover", "notes", "signatures"):
            for line in getattr(self, part):
                yield from _line_faults((part,), line)
                if part != "signatures":
                    yield from _brace_faults((part,), line)


def filled_lines(lines: Iterable[str], facts: Mapping[str, str]) -> tuple[str, ...]:
    """Lines of the cover or notes with their facts. One that names a fact that there is not is left out."""
    return tuple(
        _BRACES.sub(lambda found: facts[found[1]], line)
        for line in lines
        if all(facts.get(name) for name in _BRACES.findall(line))
    )


def _line_faults(where: tuple[str | int, ...], said: str) -> Iterator[FormFault]:
    if len(said) > LONGEST or not said.isprintable():
        yield (
            where,
            f"每一行最多 {LONGEST} 个字，不能换行",
            f"must be one line of {LONGEST} characters at most",
        )


def _brace_faults(where: tuple[str | int, ...], said: str) -> Iterator[FormFault]:
    for name in dict.fromkeys(_BRACES.findall(said)):
        if name not in HEAD_FACTS:
            known = "、".join(f"{{{one}}}" for one in HEAD_FACTS)
            yield where, f"没有 {{{name}}} 这一项；可以写的有 {known}", f"there is no {{{name}}}"
