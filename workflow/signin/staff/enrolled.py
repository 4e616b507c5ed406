"""Whether a scope names what the records hold: colleges, classes, entry years, levels, and their meeting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import Words
from workflow.people.scopes import Scope
from workflow.records.tables import Record
from workflow.verdict import Reason

NOBODY_IN_SCOPE = Reason(
    "nobody_in_scope",
    "学籍名册中没有同时符合所写学院、班级、入学年份和层次的学生。",
    remedy="请核对这几项是否写在了一起，或者只写其中一部分。",
)


@dataclass(frozen=True)
class Enrolments:
    """Every meeting of college, class, entry year and level that records have, as scopes."""

    meetings: frozenset[Scope]

    @cached_property
    def colleges(self) -> list[str]:
        """The colleges, in order."""
        return self._named("college")

    @cached_property
    def classes(self) -> list[str]:
        """The classes, in order."""
        return self._named("class_name")

    @cached_property
    def years(self) -> list[str]:
        """The entry years, in order."""
        return self._named("entry_year")

    @cached_property
    def levels(self) -> list[str]:
        """The levels, in order."""
        return self._named("level")

    def _named(self, part: str) -> list[str]:
        return sorted({name for one in self.meetings if (name := getattr(one, part))})


def enrolled(session: Session) -> Enrolments:
    """What the records name. Empty before a roster was taken in: then nothing can be checked."""
    rows: Iterable[Any] = session.execute(
        select(Record.fy, Record.bh, Record.rxrq, Record.cc).distinct().order_by(None)
    )
    return Enrolments(
        frozenset(
            Scope(row.fy or "", row.bh or "", f"{row.rxrq.year:04}" if row.rxrq else "", row.cc or "")
            for row in rows
        )
    )


def why_nobody(scope: Scope, known: Enrolments) -> Iterator[tuple[str, Reason]]:
    """Why no student is in a scope, each reason with the column of a staff file that it is about."""
    if not known.meetings:
        return
    parts = (
        ("college", scope.college, known.colleges, Words("FY", "学院", "college")),
        ("classes", scope.class_name, known.classes, Words("BH", "班级", "class")),
        ("entry_year", scope.entry_year, known.years, Words("RXRQ", "入学年份", "entry year")),
        ("level", scope.level, known.levels, Words("CC", "层次", "level")),
    )
    unknown = [
        (column, not_among(column, said, names, what))
        for column, said, names, what in parts
        if said and said not in names
    ]
    yield from unknown
    if unknown or any(replace(scope, office="").holds(one) for one in known.meetings):
        return
    homes = sorted({one.college for one in known.meetings if one.class_name == scope.class_name})
    if scope.class_name and scope.college not in ("", *homes):
        yield "classes", _class_elsewhere(scope, homes)
    else:
        yield ("classes" if scope.class_name else "entry_year"), NOBODY_IN_SCOPE


def not_among(column: str, said: str, names: Collection[str], what: Words) -> Reason:
    """Why a name is none of those known, with the ones that are spelled alike."""
    kind = {"classes": "class", "entry_year": "year"}.get(column, column)
    near = tuple(get_close_matches(said, list(names), n=3, cutoff=0.5))
    if not near:
        return Reason(
            f"{kind}_unknown",
            "没有叫“{said}”的{what}，也没有相近的写法。",
            {"said": said, "what": what},
            remedy="学院、班级、入学年份和层次按学籍名册中的写法填写，部门按学校规则中的写法填写。",
        )
    return Reason(
        f"{kind}_misspelt",
        "没有叫“{said}”的{what}。相近的有：{near}。",
        {"said": said, "what": what, "near": near},
        remedy="学院、班级、入学年份和层次按学籍名册中的写法填写，部门按学校规则中的写法填写。",
    )


def _class_elsewhere(scope: Scope, homes: Collection[str]) -> Reason:
    return Reason(
        "class_of_another_college",
        "“{said}”不是{college}的班级，学籍名册中它属于：{homes}。",
        {"said": scope.class_name, "college": scope.college, "homes": tuple(homes)},
        remedy="请核对学院和班级。",
    )
