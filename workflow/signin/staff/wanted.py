"""What a staff file or a form asks for: who shall have which roles, name and addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from states import ROLES
from workflow.notices.addresses import REMOVE
from workflow.notices.tables import CHANNELS
from workflow.people.scopes import Held, Scope, held
from workflow.records.formats.grid import Cells
from workflow.records.texts import clean_number, clean_text
from workflow.verdict import Reason

STAFF_ROLES = tuple(role for role in ROLES if role not in ("student", "system"))
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("工号", "职工号", "number"),
    "name": ("姓名", "name"),
    "role": ("身份", "角色", "role"),
    "college": ("学院", "college"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "e-mail"),
    "wecom": ("企业微信", "企业微信账号", "企业微信号", "wecom", "userid"),
    "duties": ("职责", "duties"),
    "classes": ("班级", "classes"),
    "phone": ("电话", "联系电话", "phone"),
}
"""The columns of a staff file, with the accepted headings."""

NOT_USED_YET = ("duties", "classes", "phone")
"""Columns that may stand in the file and that nothing reads yet."""

TWO_NAMES = Reason(
    "two_names",
    "同一个工号写了不同的姓名或地址。",
    remedy="同一个人有几种身份时，每行的姓名、邮箱和企业微信要一致。",
)
TWICE = Reason("row_twice", "同一个人的同一身份写了两次。", remedy="请只保留一行。")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One person: their roles with scopes, their name, and addresses by channel ('' removes one).

    ``person`` names an account directly, where a page or a command speaks of one; else ``number`` does.
    """

    number: str
    name: str
    offices: tuple[Held, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    row: int = 0
    person: str = ""


@dataclass(frozen=True, slots=True)
class StaffFault:
    """What is wrong with one row, by its number in the file (0: a form)."""

    row: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class StaffTable:
    """A file as read: people in its order, faults of its rows, and columns that nothing uses yet."""

    wanted: tuple[Wanted, ...]
    faults: tuple[StaffFault, ...]
    unused: tuple[str, ...]


def read_staff(cells: Cells) -> StaffTable:
    """The people of a staff file. A person with several roles has several rows."""
    people: dict[str, Wanted] = {}
    faults: list[StaffFault] = []
    for row, cell in cells.rows:
        one = _wanted(row, cell)
        key = one.number or f"row {row}"
        if (known := people.get(key)) is None:
            people[key] = one
            continue
        addresses = dict(known.addresses) | dict(one.addresses)
        if known.name != one.name or addresses != dict(one.addresses) | dict(known.addresses):
            faults.append(StaffFault(row, TWO_NAMES))
        if set(one.offices) & set(known.offices):
            faults.append(StaffFault(row, TWICE))
        offices = tuple(dict.fromkeys((*known.offices, *one.offices)))
        people[key] = replace(known, offices=offices, addresses=tuple(addresses.items()))
    unused = tuple(HEADINGS[name][0] for name in NOT_USED_YET if name in cells.columns)
    return StaffTable(tuple(people.values()), tuple(faults), unused)


def role_said(said: str) -> str:
    """The role that a cell names in Chinese, in English or by its code. Unknown text is left as it stands."""
    for role in STAFF_ROLES:
        if said.lower() in (role, *ROLES[role]):
            return role
    return said


def as_json(wanted: tuple[Wanted, ...]) -> str:
    """People in canonical form."""
    return json.dumps([asdict(one) for one in wanted], ensure_ascii=False, sort_keys=True)


def from_json(said: str) -> tuple[Wanted, ...]:
    """People as ``as_json`` wrote them."""
    return tuple(
        Wanted(
            one["number"],
            one["name"],
            tuple(map(_office, one["offices"])),
            tuple((channel, address) for channel, address in one["addresses"]),
            one["row"],
            one["person"],
        )
        for one in json.loads(said)
    )


def _office(said: Any) -> Held:
    """A grant as ``as_json`` wrote it; earlier versions wrote its role and what the role is mostly for."""
    if isinstance(said, list):
        return held(*said)
    return Held(said["role"], said["duty"], scope=Scope(**said["scope"]))


def _wanted(row: int, cell: Mapping[str, str]) -> Wanted:
    number, name = clean_number(cell.get("number", "")), clean_text(cell.get("name", ""))
    role, college = role_said(clean_text(cell.get("role", ""))), clean_text(cell.get("college", ""))
    said = ((channel, clean_number(cell.get(channel, ""))) for channel in CHANNELS)
    addresses = tuple((channel, "" if text == REMOVE else text) for channel, text in said if text)
    return Wanted(number, name, (Held(role, scope=Scope(college=college)),), addresses, row)
