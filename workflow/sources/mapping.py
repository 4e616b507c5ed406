"""Which heading of a source's file stands for which platform's column: proposed, corrected, and kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from workflow.records.fields import COLUMNS, KEYS, column_for, heading
from workflow.records.formats.table import Known
from workflow.sources.tables import SIDES, SourceColumn
from workflow.values import Sentence
from workflow.verdict import Reason

LONGEST_HEADING = 64
COMPARED = tuple(name for name in COLUMNS if name not in ("TXDZ", "YZBM"))
"""What a heading may stand for. A postal address is nobody's status record, and differs all the time."""


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """What each heading of a side's files stands for: a platform's column, or '' for what is not compared."""

    side: str
    kept: Mapping[str, str]

    @property
    def columns(self) -> frozenset[str]:
        """The columns that were compared before."""
        return frozenset(filter(None, self.kept.values()))

    def column(self, text: str) -> str:
        """The column that a heading stands for: as it was kept, else as it reads; '' for none."""
        found = self.kept.get(heading(text))
        reads = column_for(text) if found is None else found
        return reads if reads in COMPARED else ""

    def known(self) -> Known:
        """The same, for readers of files."""
        return lambda text: self.column(text) or None


@dataclass(frozen=True, slots=True)
class MappingWish:
    """What the registrar says of a file's headings, in their order; ``given_up`` are those it has no more."""

    side: str
    headings: Sequence[str]
    columns: Sequence[str]
    given_up: Collection[str] = ()


def mapping_of(session: Session, side: str) -> SourceMapping:
    """What was said of a side's files until now."""
    rows = session.execute(select(SourceColumn.heading, SourceColumn.field).where(SourceColumn.side == side))
    return SourceMapping(side, {row.heading: row.field for row in rows})


def lost(before: SourceMapping, chosen: Iterable[str]) -> list[str]:
    """The columns that were compared before and for which no heading is chosen now, in display order."""
    gone = before.columns - set(chosen)
    return [name for name in COLUMNS if name in gone]


def why_not_map(before: SourceMapping, wish: MappingWish) -> list[Reason]:
    """Every reason why a mapping cannot be used, with the names of its headings and columns."""
    return list(_faults(before, wish))


def _faults(before: SourceMapping, wish: MappingWish) -> Iterator[Reason]:
    side = Sentence(SIDES[wish.side][0])
    chosen = [name for name in wish.columns if name]
    if any(name not in COMPARED for name in chosen):
        yield Reason(
            "mapping_unknown", "有一列对应的项目不存在。", remedy="请从列出的项目中选择。", rule="mapping"
        )
        return
    for name in dict.fromkeys(chosen):
        texts = [text for text, one in zip(wish.headings, wish.columns, strict=True) if one == name]
        if len(texts) > 1:
            yield Reason(
                "mapping_two_to_one",
                "{side}的文件中，{headings}都对应“{column}”。",
                {
                    "side": side,
                    "headings": "".join(f"“{text}”" for text in texts),
                    "column": COLUMNS[name].zh,
                },
                remedy="一个项目只能选一列，其余的请选“不对照”。",
                rule="mapping",
            )
    yield from _unkept(side, wish)
    if not set(KEYS) & set(chosen):
        yield Reason(
            "mapping_no_key",
            "{side}的文件中没有哪一列对应考生号或学号，无法确定是哪一名学生。",
            {"side": side},
            remedy="请为“考生号”或“学号”选一列。",
            rule="mapping",
        )
    if "XM" not in chosen:
        yield Reason(
            "mapping_no_name",
            "{side}的文件中没有哪一列对应姓名。",
            {"side": side},
            remedy="请为“姓名”选一列。",
            rule="mapping",
        )
    gone = [name for name in lost(before, chosen) if name not in wish.given_up]
    if gone:
        yield Reason(
            "mapping_column_lost",
            "上次对照的项目，{side}的文件这次没有列对应：{columns}。",
            {"side": side, "columns": "、".join(f"{COLUMNS[name].zh}（{name}）" for name in gone)},
            remedy="请为它们各选一列；确实不再对照的，勾选“不再对照”。",
            rule="mapping",
        )


def _unkept(side: Sentence, wish: MappingWish) -> Iterator[Reason]:
    """Headings by which a chosen column cannot be kept: two that read alike, and one that is too long."""
    said: dict[str, set[str]] = {}
    for text, name in zip(wish.headings, wish.columns, strict=True):
        said.setdefault(heading(text), set()).add(name)
    for text, names in said.items():
        if len(names) > 1:
            yield Reason(
                "mapping_same_heading",
                "{side}的文件中有两列的列名都是“{heading}”，无法分别对应。",
                {"side": side, "heading": text},
                remedy="请在文件中改其中一列的列名，或删去一列，再上传。",
                rule="mapping",
            )
        if len(text) > LONGEST_HEADING and names != {""}:
            yield Reason(
                "mapping_heading_too_long",
                "{side}的文件中有一列的列名超过 {most} 个字：“{heading}…”。",
                {"side": side, "most": LONGEST_HEADING, "heading": text[:20]},
                remedy="请在文件中缩短列名再上传，或选“不对照”。",
                rule="mapping",
            )


def keep_mapping(session: Session, wish: MappingWish, by: str, at: datetime) -> None:
    """Keep what was said of a file's headings for this file and the next. It must have no fault."""
    before = mapping_of(session, wish.side)
    said = {
        heading(text): name
        for text, name in zip(wish.headings, wish.columns, strict=True)
        if len(heading(text)) <= LONGEST_HEADING
    }
    dropped = {text for text, name in before.kept.items() if name in wish.given_up and text not in said}
    told = SourceColumn.__table__.c
    session.execute(
        delete(SourceColumn).where(told.side == wish.side, told.heading.in_(sorted({*said, *dropped})))
    )
    session.add_all(
        SourceColumn(side=wish.side, heading=text, field=name, said_by=by, at=at)
        for text, name in said.items()
    )
    session.flush()
