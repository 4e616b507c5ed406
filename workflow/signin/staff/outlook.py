"""What a staff file or a form would change in the installation as it is now. Writes nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow.notices.addresses import fits
from workflow.notices.tables import Address
from workflow.people.cipher import Cipher
from workflow.people.clashes import clashes
from workflow.people.granting import LAST_ADMINISTRATOR
from workflow.people.scopes import Held
from workflow.people.tables import CARRIED, HELD, Grant, Person, Substitution, held_from, holds_on
from workflow.records.rows import chunks
from workflow.records.tables import Record
from workflow.signin.numbers import LONGEST_NUMBER
from workflow.signin.staff.enrolled import Enrolments, enrolled
from workflow.signin.staff.fitting import why_not_given, why_not_together
from workflow.signin.staff.wanted import STAFF_ROLES, Offices, StaffFault, Wanted
from workflow.verdict import Reason

NAME_LIMIT = 64
_NUMBER = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_NUMBER - 1}}}", re.ASCII)

NO_NUMBER = Reason(
    "number_missing", "没有工号，或者工号的写法不对。", remedy="工号用字母和数字，最多 32 位；每个人都要有。"
)
STUDENTS_NUMBER = Reason(
    "number_of_a_student",
    "这个工号同时是一名学生的学号或考生号。",
    remedy="请改用另一个工号，否则两个人会用同一个号码登录。",
)
NUMBER_TAKEN = Reason(
    "number_taken", "这个工号已经是另一个人的。", remedy="请核对工号；每个工号只属于一个人。"
)
NO_NAME = Reason("name_missing", "请填写姓名。", remedy="写这位工作人员的姓名，最多 64 个字。")
EMAIL_MISFIT = Reason("email_misfit", "邮箱写法不对。", remedy="请核对邮箱，例如 name@school.edu.cn。")
WECOM_MISFIT = Reason("wecom_misfit", "企业微信账号写法不对。", remedy="请写通讯录中的账号，不是姓名。")
CLOSED = Reason(
    "account_closed",
    "这个工号的账号已经停用。",
    remedy="本人回来工作的，请运维人员先用 people reopen 恢复账号。",
)
LEAVERS_NUMBER = Reason(
    "number_of_a_leaver",
    "这个工号的账号是另一个人用过的，那个人已经没有身份。",
    remedy="新来的人请用另一个工号；确是同一个人改了姓名的，请停用账号，再由运维人员用 people reopen 恢复。",
)
SEVERAL_OF_THAT_NAME = Reason(
    "several_of_that_name",
    "现有的账号中有几位同名且没有工号的人，不知道是哪一位。",
    remedy="请运维人员先用 people number 给他们各自的工号。",
)
NO_SUCH_PERSON = Reason("no_such_person", "没有这位工作人员。", remedy="请刷新页面查看。")


@dataclass(frozen=True, slots=True)
class StaffChange:
    """One thing that would happen to one person: what, and the grant, channel or former name it is about.

    ``role`` is a new grant, ``until`` another last day of one that is held.
    """

    what: str
    of: str = ""
    held: Held | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """One person of a file or form, and all that would happen to them. No change: they stay as they are.

    ``person`` is '' for somebody new.
    """

    row: int
    person: str
    number: str
    name: str
    changes: tuple[StaffChange, ...]
    addresses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A present grant of a present person."""

    person: str
    number: str
    name: str
    held: Held


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen: to whom, who is gone, what is wrong, and what could not be checked.

    ``gone`` are roles that the file does not name; they end only if ``ends_gone``.
    """

    prospects: tuple[Prospect, ...]
    gone: tuple[HeldRole, ...]
    ends_gone: bool
    faults: tuple[StaffFault, ...]
    scopes_checked: bool

    @property
    def changes_anything(self) -> bool:
        """Whether carrying it out would change anything."""
        return any(one.changes for one in self.prospects) or (self.ends_gone and bool(self.gone))

    def digest(self, cipher: Cipher) -> str:
        """A keyed digest of all that would happen: two people who saw the same have the same digest."""
        said = {
            "prospects": [asdict(one) for one in self.prospects if one.changes],
            "ends": [asdict(one) for one in self.gone] if self.ends_gone else None,
            "faults": [(one.row, one.reason.code) for one in self.faults],
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=date.isoformat)
        return cipher.digest("staff", text.encode())


@dataclass(frozen=True, slots=True)
class _Account:
    """One account that has or had a role of the staff."""

    name: str
    number: str
    closed: bool
    opened: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once of the installation: staff, their roles and addresses, and the school's names."""

    people: Mapping[str, _Account]
    numbers: Mapping[str, str]
    unnumbered: Mapping[str, list[str]]
    held: Mapping[str, Mapping[Held, date | None]]
    stood_in_for: Mapping[str, set[str]]
    marks: Mapping[tuple[str, str], bytes]
    students: Collection[str]
    enrolments: Enrolments
    offices: Offices
    today: date

    def numbered(self, number: str) -> str:
        """The account with a number, or ''."""
        return self.numbers.get(number, "")

    def named(self, name: str) -> list[str]:
        """The accounts in use of that name that have no number yet."""
        return self.unnumbered.get(name, [])

    def was_anothers(self, person: str, name: str) -> bool:
        """Whether an account that is open belongs to somebody of another name, who has left."""
        old = self.people.get(person, _NOBODY)
        return old.opened and not old.closed and name not in ("", old.name) and not self.held.get(person)


def look_ahead(
    session: Session,
    cipher: Cipher,
    wanted: Sequence[Wanted],
    at: datetime,
    offices: Offices,
    *,
    faults: Iterable[StaffFault] = (),
    whole: bool = True,
    ends_gone: bool = False,
) -> Outlook:
    """What these people's rows would change, whom they do not name, and every fault at once.

    ``whole``: they are all the staff there shall be, so that who is missing is gone.
    """
    known = _read(session, wanted, at, offices)
    names = Counter(one.name for one in wanted if not (one.person or known.numbered(one.number)))
    found, prospects = list(faults), []
    kept: dict[str, set[Held]] = {}
    for one in wanted:
        same_name = known.named(one.name) if whole else []
        person = one.person or known.numbered(one.number)
        if not person and len(same_name) == 1 == names[one.name]:
            person = same_name[0]
        found += _faults(one, person, known, ends_gone=ends_gone)
        if not person and same_name:
            found.append(StaffFault(one.row, SEVERAL_OF_THAT_NAME, "name"))
        prospects.append(_prospect(cipher, one, person, known))
        if person:
            kept.setdefault(person, set()).update(asked.held for asked in one.grants)
    gone = [
        HeldRole(person, known.people[person].number, known.people[person].name, office)
        for person, offices in known.held.items()
        for office in offices
        if whole and office not in kept.get(person, ())
    ]
    if ends_gone and not _administrators_left(known, wanted, gone):
        found.append(StaffFault(0, LAST_ADMINISTRATOR))
    return Outlook(
        tuple(prospects),
        tuple(gone),
        ends_gone,
        tuple(sorted(found, key=lambda fault: fault.row)),
        bool(known.enrolments.meetings)
        or not any(asked.held.scope.of_students for one in wanted for asked in one.grants),
    )


def fits_as_number(said: str) -> bool:
    """True when a text can be a staff number."""
    return _NUMBER.fullmatch(said) is not None


def _faults(one: Wanted, person: str, known: _Known, *, ends_gone: bool) -> Iterator[StaffFault]:
    for column, reason in _of_the_person(one, person, known):
        yield StaffFault(one.row, reason, column)
    held = [] if ends_gone else list(known.held.get(person, ()))
    for asked in one.grants:
        for column, reason in why_not_given(asked, known.enrolments, known.offices, known.today):
            yield StaffFault(asked.row, reason, column)
    yield from why_not_together(one.grants, held)
    for channel, said in one.addresses:
        if said and not fits(channel, said):
            yield StaffFault(one.row, EMAIL_MISFIT if channel == "email" else WECOM_MISFIT, channel)
    for reason in clashes(_roles_after(one, person, known, ends_gone=ends_gone)):
        yield StaffFault(one.row, reason, "role")


def _of_the_person(one: Wanted, person: str, known: _Known) -> Iterator[tuple[str, Reason]]:
    """What is wrong with number and name, each with its column."""
    if not one.person:
        if not fits_as_number(one.number):
            yield "number", NO_NUMBER
        if not one.name or len(one.name) > NAME_LIMIT:
            yield "name", NO_NAME
    elif person not in known.people:
        yield "", NO_SUCH_PERSON
    elif one.number and not fits_as_number(one.number):
        yield "number", NO_NUMBER
    if person and known.numbered(one.number) not in ("", person):
        yield "number", NUMBER_TAKEN
    if one.number in known.students:
        yield "number", STUDENTS_NUMBER
    for reason in _of_the_account(one, person, known):
        yield "number", reason


def _of_the_account(one: Wanted, person: str, known: _Known) -> Iterator[Reason]:
    """Why the account that is there, if any, is not this person's to go on with."""
    if known.people.get(person, _NOBODY).closed:
        yield CLOSED
    if known.was_anothers(person, one.name):
        yield LEAVERS_NUMBER


def _roles_after(one: Wanted, person: str, known: _Known, *, ends_gone: bool) -> set[str]:
    """The roles that a person would have, with those of absent people for whom they stand in."""
    asked = {grant.held.role for grant in one.grants if grant.held.role in STAFF_ROLES}
    held = set() if ends_gone else {grant.role for grant in known.held.get(person, ())}
    if asked <= held:  # nothing is given: what is there from before the rule goes on
        return set()
    return asked | held | known.stood_in_for.get(person, set())


def _prospect(cipher: Cipher, one: Wanted, person: str, known: _Known) -> Prospect:
    old = known.people.get(person, _NOBODY)
    changes = []
    if not person:
        changes.append(StaffChange("person"))
    if person and one.number and one.number != old.number:
        changes.append(StaffChange("number"))
    if person and one.name and one.name != old.name:
        changes.append(StaffChange("name", old.name))
    held = known.held.get(person, {})
    for asked in one.grants:
        if asked.held not in held:
            changes.append(StaffChange("role", asked.held.role, asked.held, asked.last_on))
        elif asked.last_on not in (None, held[asked.held]):
            changes.append(StaffChange("until", asked.held.role, asked.held, asked.last_on))
    for channel, said in one.addresses:
        mark = known.marks.get((person, channel), b"")
        if not said and mark:
            changes.append(StaffChange("no_address", channel))
        elif said and (not mark or mark != cipher.index(f"address:{channel}", said.lower())):
            changes.append(StaffChange("new_address" if not mark else "address", channel))
    return Prospect(
        one.row, person, one.number or old.number, one.name or old.name, tuple(changes), one.addresses
    )


def _administrators_left(known: _Known, wanted: Sequence[Wanted], gone: Sequence[HeldRole]) -> bool:
    going = {one.person for one in gone if one.held.role == "administrator"}
    staying = {id for id, held in known.held.items() if Held("administrator") in held} - going
    return bool(staying) or any(asked.held.role == "administrator" for one in wanted for asked in one.grants)


def _read(session: Session, wanted: Sequence[Wanted], at: datetime, offices: Offices) -> _Known:
    staff = select(Grant.id).where(Grant.person_id == Person.id, Grant.role != "student").exists()
    people = {
        row.id: _Account(row.name, row.number or "", row.closed_at is not None, row.opened_at is not None)
        for row in session.execute(
            select(Person.id, Person.name, Person.number, Person.closed_at, Person.opened_at)
            .where(or_(staff, Person.number.is_not(None)))
            .order_by(Person.made_at, Person.id)
        )
    }
    held: dict[str, dict[Held, date | None]] = {}
    for row in session.execute(
        select(Grant.person_id, *HELD, Grant.last_on)
        .where(Grant.role != "student", holds_on(at.date()))
        .order_by(Grant.given_at, Grant.id)
    ):
        held.setdefault(row.person_id, {})[held_from(row)] = row.last_on
    stood_in_for: dict[str, set[str]] = {}
    for stand_in, absent in session.execute(
        select(Substitution.stand_in, Substitution.absent).where(
            Substitution.last >= at.date(), Substitution.ended_at.is_(None)
        )
    ):
        carried = {office.role for office in held.get(absent, ())} & set(CARRIED)
        stood_in_for.setdefault(stand_in, set()).update(carried)
    marks = {
        (row.person_id, row.channel): bytes(row.mark)
        for row in session.execute(
            select(Address.person_id, Address.channel, Address.mark).where(
                Address.person_id != "", Address.vouched, Address.refused_at.is_(None)
            )
        )
    }
    students: set[str] = set()
    for some in chunks(sorted({one.number for one in wanted if one.number})):
        for column in (Record.xh, Record.ksh):
            students.update(filter(None, session.scalars(select(column).where(column.in_(some)))))
    numbers = {one.number: id for id, one in people.items() if one.number}
    unnumbered: dict[str, list[str]] = {}
    for id, one in people.items():
        if not one.number and not one.closed and held.get(id):
            unnumbered.setdefault(one.name, []).append(id)
    return _Known(
        people,
        numbers,
        unnumbered,
        held,
        stood_in_for,
        marks,
        students,
        enrolled(session),
        offices,
        at.date(),
    )


_NOBODY = _Account("", "", False)
