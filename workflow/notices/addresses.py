"""Contact addresses from the school's own files: sealed, never shown and never logged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import Owner
from workflow.notices.deliveries import FRESH
from workflow.notices.keeping import CHANGED, NEW, REMOVED, UNCHANGED, Keeper
from workflow.notices.tables import CHANNELS, Address, Delivery, Notice
from workflow.people.cipher import Cipher
from workflow.people.tables import Grant, Person
from workflow.records.formats.grid import Cells
from workflow.records.rows import chunks
from workflow.records.tables import Record

HEADINGS: dict[str, tuple[str, ...]] = {
    "xh": ("学号", "xh"),
    "ksh": ("考生号", "ksh"),
    "person": ("工号", "人员编号", "person"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "邮箱地址", "email", "e-mail"),
    "wecom": ("企业微信", "企业微信账号", "企业微信号", "wecom", "userid"),
}
"""The columns of a file of addresses, with the accepted headings."""

REMOVE = "-"
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}", re.ASCII
)
_WECOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", re.ASCII)
FITS = {"email": _MAIL, "wecom": _WECOM}

FAULTS: dict[str, tuple[str, str]] = {
    "nobody_named": ("没有学号、考生号或人员编号", "no student, candidate or staff number"),
    "nobody_there": ("没有这名学生或工作人员", "there is no such student or member of staff"),
    "twice": ("同一个人写了两次", "the same person twice"),
    "email_misfit": ("邮箱写法不对", "not an e-mail address"),
    "wecom_misfit": ("企业微信账号写法不对", "not a WeCom user id"),
}
"""Faults of a row, in Chinese and English. The value itself is never repeated."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One row that cannot be imported, by its number in the file."""

    row: int
    code: str


@dataclass(frozen=True, slots=True)
class Given:
    """One address to store. '' removes an earlier one."""

    owner: Owner
    channel: str
    said: str


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """What an import of a file of addresses would do."""

    rows: int
    given: tuple[Given, ...]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class AddressesTaken:
    """The result of an address import: how many are new, changed, removed and unchanged."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def fits(channel: str, said: str) -> bool:
    """True when a text can be an address of the channel."""
    return len(said) <= 254 and FITS[channel].fullmatch(said) is not None


def plan_addresses(session: Session, cells: Cells) -> AddressPlan:
    """Find the owner of each row of a file. Writes nothing.

    An empty cell keeps the stored address, ``-`` removes it.
    """
    known = _owners(session, cells)
    given: list[Given] = []
    faults: list[RowFault] = []
    seen: set[Owner] = set()
    for number, row in cells.rows:
        owner, code = _owner(row, known)
        if owner is None:
            faults.append(RowFault(number, code))
            continue
        if owner in seen:
            faults.append(RowFault(number, "twice"))
        seen.add(owner)
        for channel in CHANNELS:
            said = row.get(channel, "")
            if said == REMOVE:
                given.append(Given(owner, channel, ""))
            elif said and not fits(channel, said):
                faults.append(RowFault(number, f"{channel}_misfit"))
            elif said:
                given.append(Given(owner, channel, said))
    return AddressPlan(len(cells.rows), tuple(given), tuple(faults))


def take_addresses(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    given: Sequence[Given],
    *,
    vouched: bool,
    by: str,
    at: datetime,
) -> AddressesTaken:
    """Store addresses, each sealed for its own row, and route again the notices that had no address.

    Whose address changes is told at the one that was there before. The new one opens nothing for a while if
    the person's account is opened already.
    """
    keeper = Keeper.of(session, cipher, entropy, [one.owner for one in given], by, at)
    counts = dict.fromkeys((NEW, CHANGED, REMOVED, UNCHANGED), 0)
    for one in given:
        if one.said:
            counts[keeper.put(one.owner, one.channel, one.said, vouched=vouched)] += 1
        else:
            counts[REMOVED] += keeper.remove(one.owner, one.channel)
    keeper.finish()
    _wait_no_longer(session, at)
    return AddressesTaken(**counts)


def reached(session: Session) -> dict[str, tuple[int, int]]:
    """For each channel: how many students have an address, and how many members of staff."""
    found = dict.fromkeys(CHANNELS, (0, 0))
    counted = session.execute(
        select(
            Address.channel,
            func.count().filter(Address.record_id != ""),
            func.count().filter(Address.person_id != ""),
        )
        .where(Address.refused_at.is_(None))
        .group_by(Address.channel)
    )
    return found | {channel: (students, staff) for channel, students, staff in counted}


def _wait_no_longer(session: Session, at: datetime) -> None:
    """Route again the recent notices that had no delivery and whose person now has an address."""
    session.execute(
        update(Notice)
        .where(Notice.routed_at.is_not(None), Notice.cancelled_at.is_(None), Notice.due_at > at - FRESH)
        .where(~exists().where(Delivery.notice_id == Notice.id))
        .where(
            exists().where(
                Address.record_id == Notice.record_id,
                Address.person_id == Notice.person_id,
                Address.refused_at.is_(None),
            )
        )
        .values(routed_at=None)
    )


def _owners(session: Session, cells: Cells) -> Mapping[tuple[str, str], Owner]:
    """Every owner that the file names, by kind of number and number."""
    wanted: dict[str, set[str]] = {kind: set() for kind in ("xh", "ksh", "person")}
    for _, row in cells.rows:
        for kind, numbers in wanted.items():
            if said := row.get(kind, ""):
                numbers.add(said)
    found: dict[tuple[str, str], Owner] = {}
    for kind, column in (("xh", Record.xh), ("ksh", Record.ksh)):
        for some in chunks(sorted(wanted[kind])):
            for number, id in session.execute(select(column, Record.id).where(column.in_(some))):
                found[kind, str(number)] = Owner(record=id)
    staff = select(Grant.id).where(Grant.person_id == Person.id, Grant.role != "student").exists()
    for some in chunks(sorted(wanted["person"])):
        named = Person.id.in_(some) | Person.number.in_(some)
        for id, number in session.execute(select(Person.id, Person.number).where(named, staff)):
            found["person", id] = found["person", number or id] = Owner(person=id)
    return found


def _owner(row: Mapping[str, str], known: Mapping[tuple[str, str], Owner]) -> tuple[Owner | None, str]:
    named = [(kind, row[kind]) for kind in ("xh", "ksh", "person") if row.get(kind)]
    if not named:
        return None, "nobody_named"
    owners = {known.get(one) for one in named}
    if len(owners) != 1 or None in owners:
        return None, "nobody_there"
    return owners.pop(), ""
