"""What a staff file or a form asks for: who shall have which roles, name and addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import product
from typing import Any, TypeAlias

from config.policy import Words
from config.policy.question import YEARS
from config.policy.words import DUTIES
from states import GRANTED, ROLES
from workflow.notices.addresses import REMOVE
from workflow.notices.tables import CHANNELS
from workflow.people.scopes import NO_DUTY, STAFF_DUTIES, Held, Scope, held
from workflow.records.formats.grid import Cells
from workflow.records.texts import clean_number, clean_text
from workflow.verdict import Reason

Offices: TypeAlias = Mapping[str, Words]
"""The offices of the school's policy by their codes."""

STAFF_ROLES = tuple(role for role in GRANTED if role != "student")
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("工号", "职工号", "number"),
    "name": ("姓名", "name"),
    "role": ("身份", "角色", "role"),
    "duty": ("职责", "duty", "duties"),
    "college": ("学院", "college"),
    "classes": ("班级", "班号", "classes", "class"),
    "entry_year": ("入学年份", "入学年度", "年级", "entryyear", "year"),
    "level": ("层次", "培养层次", "level"),
    "office": ("部门", "科室", "处室", "office"),
    "until": ("到期", "到期日", "最后一天", "until", "lastday"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "e-mail"),
    "wecom": ("企业微信", "企业微信账号", "企业微信号", "wecom", "userid"),
    "phone": ("电话", "联系电话", "phone"),
}
"""The columns of a staff file, with the accepted headings."""

NOT_USED_YET = ("phone",)
"""Columns that may stand in the file and that nothing reads yet."""

TWO_NAMES = Reason(
    "two_names",
    "同一个工号写了不同的姓名或地址。",
    remedy="同一个人有几种身份时，每行的姓名、邮箱和企业微信要一致。",
)
NO_SUCH_DAY = Reason(
    "no_such_day", "到期没有写成一个日期。", remedy="请按 2025-07-31 的样子写，当天仍然有效。"
)
_BETWEEN = re.compile(r"[、，,；;\s]+")
_DAY = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))", re.ASCII
)


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """One grant that is asked for, its last day if it has one, and the row that asks (0: a form)."""

    held: Held
    last_on: date | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One person: their roles with scopes, their name, and addresses by channel ('' removes one).

    ``person`` names an account directly, where a page or a command speaks of one; else ``number`` does.
    """

    number: str
    name: str
    grants: tuple[WantedGrant, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    row: int = 0
    person: str = ""


@dataclass(frozen=True, slots=True)
class StaffFault:
    """What is wrong with a row, by its number in the file (0: a form), and in which column ('': several)."""

    row: int
    reason: Reason
    column: str = ""

    @property
    def heading(self) -> str:
        """The heading of the column, as the file's template has it."""
        return HEADINGS[self.column][0] if self.column else ""


@dataclass(frozen=True, slots=True)
class StaffTable:
    """A file as read: people in its order, faults of its rows, and columns that nothing uses yet."""

    wanted: tuple[Wanted, ...]
    faults: tuple[StaffFault, ...]
    unused: tuple[str, ...]


def read_staff(cells: Cells, offices: Offices) -> StaffTable:
    """The people of a staff file. A person with several roles has several rows."""
    people: dict[str, Wanted] = {}
    faults: list[StaffFault] = []
    for row, cell in cells.rows:
        one = _wanted(row, cell, offices)
        if cell.get("until") and day_said(cell["until"]) is None:
            faults.append(StaffFault(row, NO_SUCH_DAY, "until"))
        key = one.number or f"row {row}"
        if (known := people.get(key)) is None:
            people[key] = one
            continue
        addresses = dict(known.addresses) | dict(one.addresses)
        if known.name != one.name or addresses != dict(one.addresses) | dict(known.addresses):
            faults.append(StaffFault(row, TWO_NAMES))
        people[key] = replace(known, grants=(*known.grants, *one.grants), addresses=tuple(addresses.items()))
    unused = tuple(HEADINGS[name][0] for name in NOT_USED_YET if name in cells.columns)
    return StaffTable(tuple(people.values()), tuple(faults), unused)


def grants_said(
    said: Mapping[str, str], offices: Offices, *, last_on: date | None = None, row: int = 0
) -> tuple[WantedGrant, ...]:
    """The grants that the cells of a row or a form name, by the columns of a staff file.

    Several classes or years in one cell are several grants. What is not known is left as it stands.
    """
    role, duty = _role_and_duty(clean_text(said.get("role", "")), clean_text(said.get("duty", "")))
    one = Scope(
        college=clean_text(said.get("college", "")),
        level=clean_text(said.get("level", "")),
        office=_office_said(clean_text(said.get("office", "")), offices),
    )
    several = product(
        _several(said.get("classes", "")), map(_year_said, _several(said.get("entry_year", "")))
    )
    return tuple(
        WantedGrant(Held(role, duty, scope=replace(one, class_name=name, entry_year=year)), last_on, row)
        for name, year in several
    )


def day_said(said: str) -> date | None:
    """The day that a cell names, or None if it names none."""
    found = _DAY.fullmatch(clean_number(said))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def as_json(wanted: tuple[Wanted, ...]) -> str:
    """People in canonical form."""
    said = [asdict(one) for one in wanted]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=date.isoformat)


def from_json(said: str) -> tuple[Wanted, ...]:
    """People as ``as_json`` wrote them, now or in an earlier version."""
    return tuple(
        Wanted(
            one["number"],
            one["name"],
            tuple(_grants(one)),
            tuple((channel, address) for channel, address in one["addresses"]),
            one["row"],
            one["person"],
        )
        for one in json.loads(said)
    )


def _grants(said: Mapping[str, Any]) -> Iterator[WantedGrant]:
    """The grants of one person; earlier versions wrote the role and what the role is mostly for."""
    for role, scope in said.get("offices", ()):
        yield WantedGrant(held(role, scope), row=said["row"])
    for one in said.get("grants", ()):
        what, last_on = one["held"], one["last_on"]
        yield WantedGrant(
            Held(what["role"], what["duty"], scope=Scope(**what["scope"])),
            date.fromisoformat(last_on) if last_on else None,
            one["row"],
        )


def _wanted(row: int, cell: Mapping[str, str], offices: Offices) -> Wanted:
    said = ((channel, clean_number(cell.get(channel, ""))) for channel in CHANNELS)
    return Wanted(
        clean_number(cell.get("number", "")),
        clean_text(cell.get("name", "")),
        grants_said(cell, offices, last_on=day_said(cell.get("until", "")), row=row),
        tuple((channel, "" if text == REMOVE else text) for channel, text in said if text),
        row,
    )


def _role_and_duty(role: str, duty: str) -> tuple[str, str]:
    """The role and the duty that two cells name in Chinese, in English or by code.

    A duty where the role stands means an officer with that duty. Unknown text is left as it stands.
    """
    duty = next((one for one in STAFF_DUTIES if duty.lower() in (one, *DUTIES[one])), duty)
    if not role:
        return ("officer" if duty else ""), duty
    for one in STAFF_ROLES:
        if role.lower() in (one, *ROLES[one]):
            return one, duty
    for one in STAFF_DUTIES:
        if role.lower() in (one, *DUTIES[one]):
            return "officer", one if duty in (NO_DUTY, one) else f"{role}、{duty}"
    return role, duty


def _office_said(said: str, offices: Offices) -> str:
    return next(
        (code for code, one in offices.items() if said.lower() in (code, one.zh, one.en.lower())), said
    )


def _year_said(said: str) -> str:
    return clean_number(said).removesuffix("级").removesuffix("年")


def _several(cell: str) -> list[str]:
    """The parts of a cell that names several; one empty part where it names none."""
    return [clean_text(part) for part in _BETWEEN.split(clean_text(cell)) if part] or [""]
