"""Try every guessable value at the front door of an imported school: nobody gets in.

A third of the accounts were never touched, a third have a printed code that nobody used, a third have a
password of their own. For each, all that a classmate or a list of default passwords would say is tried as
password, as printed code, as code to come back and as link. The same values are offered as a new password.
"""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from argon2 import PasswordHasher
from pypinyin import lazy_pinyin
from sqlalchemy import select

from bench.engine import DAY, SCHOOL, installed
from config.policy import School, load_school
from workflow.clock import SetClock
from workflow.people.accounts import OPERATOR, add_students
from workflow.people.cipher import CODE_LENGTH, LETTERS
from workflow.people.links import SignInRefused
from workflow.records.formats import read_roster
from workflow.records.identity import check_character
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.records.tables import Record
from workflow.signin.codes import issue_all
from workflow.signin.door import Caller, FrontDoor, MustWait, NotLetIn
from workflow.signin.password import rules
from workflow.signin.password.known import AboutPerson
from workflow.signin.password.proof import set_password
from workflow.signin.password.rules import faults, rules_for
from workflow.upkeep.installation import Installation

FAMILY, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
DEFAULTS = (
    "123456", "12345678", "123456789", "000000", "888888", "666666", "password", "Password1", "admin",
    "Aa123456", "Aa123456@", "a123456", "abc123", "1qaz2wsx", "student", "xuesheng", "",
)  # fmt: skip
"""What schools and systems hand out."""
SAID_EACH = 500
"""After how many accounts a line is printed."""
FIRST_CODES = ("2" * CODE_LENGTH, LETTERS[:CODE_LENGTH], LETTERS[8 : 8 + CODE_LENGTH], LETTERS[-CODE_LENGTH:])


@dataclass(frozen=True, slots=True)
class Guessed:
    """An imported student as a classmate or a leaked list knows them."""

    record: str
    name: str
    xh: str
    ksh: str
    number: str
    born: date

    def values(self, school: School) -> list[str]:
        """Every value that somebody would try first."""
        syllables = lazy_pinyin(self.name)
        full, initials = "".join(syllables), "".join(one[0] for one in syllables)
        day, short = f"{self.born:%Y%m%d}", f"{self.born:%y%m%d}"
        slug = school.slug
        return [
            *DEFAULTS, self.xh, self.xh[-6:], self.ksh, self.ksh[-6:], self.number, self.number[-6:],
            self.number[-8:], self.number[6:14], self.number.lower(), day, short, f"{self.born:%Y-%m-%d}",
            self.name, full, initials, full.capitalize(), self.name + day, full + day, full + short,
            initials + day, initials + self.xh, initials + self.number[-6:], self.xh + "@" + slug,
            slug + self.xh, slug + "123456", slug.upper() + "@2024", school.title, school.title + self.xh,
            self.xh + self.name, day + initials, self.xh * 2,
        ]  # fmt: skip

    def codes(self) -> list[str]:
        """What could be tried as a code: it has ten characters of a code's letters."""
        known = self.xh + self.ksh + self.number
        made = "".join(one if one in LETTERS else LETTERS[ord(one) % len(LETTERS)] for one in known)
        return [*FIRST_CODES, made[:CODE_LENGTH], made[-CODE_LENGTH:], made[10 : 10 + CODE_LENGTH]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many tries were verified, how many let somebody in, and how many guesses a new password may be."""

    accounts: int
    tries: int
    let_in: int
    allowed: int

    def __add__(self, other: Outcome) -> Outcome:
        """Both together."""
        return Outcome(
            self.accounts + other.accounts,
            self.tries + other.tries,
            self.let_in + other.let_in,
            self.allowed + other.allowed,
        )


def run(accounts: int = 10_000) -> Iterator[str]:
    """Import a school, try everything, and say how many got in. Argon2 is made cheap: its cost is no wall."""
    clock, done = SetClock(DAY), Outcome(0, 0, 0, 0)
    with installed(clock, os.urandom, load_school(SCHOOL)) as place, _cheap_argon2():
        students = imported(place, accounts)
        for first in range(0, accounts, SAID_EACH):
            done += tried(place, clock, students[first : first + SAID_EACH])
            yield (
                f"{done.accounts} of {accounts} imported accounts, {done.tries} tries verified: "
                f"{done.let_in} in; {done.allowed} of the guesses may be set as a password"
            )


def imported(place: Installation, count: int) -> list[Guessed]:
    """Import a roster, open an account for each student, print codes for a third, set a third's passwords."""
    at = place.clock.now()
    roster = read_roster("roster.csv", _roster(count))
    with place.store.writing() as session:
        take_in(session, judge(roster, as_of=at.date()), place.cipher, now=at, entropy=place.entropy)
        rows = session.execute(
            select(Record.id, Record.xm, Record.xh, Record.ksh, Record.sfzh, Record.csrq).order_by(Record.ksh)
        ).all()
        accounts = add_students(session, [(row.id, row.xm) for row in rows], OPERATOR, at, place.entropy)
        people = [accounts[row.id] for row in rows]
        issue_all(session, people[1::3], "strip", OPERATOR, at, place.entropy)
    for person in people[2::3]:
        with place.store.writing() as session:
            set_password(session, person, place.entropy(12).hex(), at)
    return [
        Guessed(
            row.id, row.xm, row.xh, row.ksh,
            place.cipher.open(row.sfzh, table="record", column="sfzh", row=row.id), row.csrq,
        )
        for row in rows
    ]  # fmt: skip


def tried(place: Installation, clock: SetClock, students: Sequence[Guessed]) -> Outcome:
    """Try everything about every student. The clock goes on, so that a wait ends before the next try."""
    door = FrontDoor(place.store, place.cipher, clock, place.entropy, place.school, "modern")
    chance, tries, let_in, allowed = random.Random(20241025), 0, 0, 0
    names = (place.school.title, place.school.title_en, place.school.slug)
    for student in students:
        about = AboutPerson(student.name, (student.xh, student.ksh), student.number, student.born, names)
        values = student.values(place.school)
        allowed += sum(not faults(one, about, rules_for("modern", staff=False)) for one in values)
        for way, said in [
            *((door.by_password, one) for one in values),
            *((door.look_at_code, one) for one in student.codes()),
            *((door.by_code, one) for one in student.codes()),
        ]:
            number = chance.choice((student.xh, student.ksh))
            tries, let_in = tries + 1, let_in + _gets_in(way, number, said, chance, clock)
        for said in values:
            tries, let_in = tries + 1, let_in + _link_opens(door, said)
    return Outcome(len(students), tries, let_in, allowed)


def _gets_in(
    way: Callable[[Caller, str], object], number: str, said: str, chance: random.Random, clock: SetClock
) -> bool:
    caller = Caller(number, f"198.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}")
    while True:
        clock.moment += timedelta(seconds=1)
        try:
            way(caller, said)
        except NotLetIn:
            return False
        except MustWait as wait:
            clock.moment += timedelta(seconds=wait.seconds)
        else:
            return True


def _link_opens(door: FrontDoor, said: str) -> bool:
    try:
        door.look_at_link(said)
    except SignInRefused:
        return False
    return True


def _roster(count: int) -> bytes:
    chance, written = random.Random(20241023), io.StringIO()
    rows = csv.writer(written)
    rows.writerow(
        ["考生号", "学号", "姓名", "性别", "出生日期", "证件号码", "层次", "入学日期", "学籍状态", "分院"]
    )
    for place in range(count):
        born = date(2004, 9, 1) + timedelta(days=chance.randrange(1000))
        body = f"99{place % 2_800:04d}{born:%Y%m%d}{place // 2_800 * 2 + 1:03d}"
        name = chance.choice(FAMILY) + chance.choice(GIVEN) + chance.choice(GIVEN)
        number = body + check_character(body)
        rows.writerow(
            [f"2436{place:010d}", f"24{place:08d}", name, "男", f"{born:%Y%m%d}", number,
             "本科", "20240915", "注册学籍", f"测试学院{place % 14}"]
        )  # fmt: skip
    return written.getvalue().encode("gb18030")


@contextmanager
def _cheap_argon2() -> Iterator[None]:
    dear = rules._HASHER
    rules._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        yield
    finally:
        rules._HASHER = dear
