"""Making the demonstration: beside its place, and put there whole; and the people who show it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from demo.autumn import PLAN, ROSTER_DAY, Autumn
from demo.students import SIZE, invented
from states.case import CORRECTED, NOT_CHECKED, RAISED
from workflow.cases.tables import Campaign, Case, Draft
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM
from workflow.people.accounts import make_link, student_of
from workflow.people.tables import Grant, Person
from workflow.records.tables import Record
from workflow.upkeep import installation as upkeep
from workflow.upkeep.installation import Installation

FOLDER = "demo"
BEGIN = datetime(2024, 10, 30, 10, 0, tzinfo=SHANGHAI)
"""The moment at which a demonstration begins unless another is named: the campaign is half-way."""

ADMINISTRATOR = "系统管理员"


class TooEarly(Exception):
    """A moment before the school of the demonstration has its first roster."""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody to be, with a one-time token, and what to try."""

    zh: str
    en: str
    name: str
    token: str


def settings_of(home: Settings) -> Settings:
    """Where the demonstration beside an empty home lies: always SQLite, always the first school."""
    return _at(home, home.home / FOLDER)


def make(
    home: Settings, at: datetime, *, size: int = SIZE, progress: Callable[[str], None] = lambda said: None
) -> None:
    """Make the demonstration of that many students as it is at a moment; a half-made one is never seen.

    Raises TooEarly. One that is there already is left as it is.
    """
    if at < ROSTER_DAY:
        raise TooEarly(f"演示从 {ROSTER_DAY:%Y-%m-%d %H:%M} 开始 / the demonstration begins then")
    place = settings_of(home)
    if upkeep.is_installed(place):
        return
    part = _at(home, home.home / f"{FOLDER}.part")
    shutil.rmtree(part.home, ignore_errors=True)
    upkeep.create(part, ADMINISTRATOR, practice_at=ROSTER_DAY, demonstration=True)
    clock = SetClock(ROSTER_DAY)
    opened = upkeep.open_installation(part, clock=clock)
    with closing(opened.store):
        Autumn(opened, clock, invented(size)).live(at, progress)
    upkeep.set_practice_clock(part, at)
    part.home.rename(place.home)


def cast(place: Installation) -> list[Part]:
    """One person for each part, with a fresh link: staff by role, students by what they can show."""
    with place.store.writing() as session:
        at = place.clock.now(session)
        people = [*_students(place, session, at), *_staff(session)]
        return [
            Part(zh, en, person.name, make_link(session, person.id, at, place.entropy))
            for zh, en, person in people
        ]


WORDS = {
    "officer": (
        "学院经办人：看本学院各班进度、未核对名单",
        "college officer: the college's board and who is missing",
    ),
    "reviewer": ("审核人：受理、比对、认定", "reviewer: take up, compare, decide"),
    "second_reviewer": ("复核人：重新审理", "second reviewer: reopen a decided case"),
    "registrar": ("学籍管理员：名册、活动、全校进度", "registrar: roster, campaigns, the school's board"),
    "auditor": ("审计员：查流转记录", "auditor: read the history of any case"),
    "administrator": ("系统管理员：人员与设置", "administrator: people and settings"),
}
"""What each member of staff can try."""


def _staff(session: Session) -> Iterator[tuple[str, str, Person]]:
    """The first person of each role."""
    for role in WORDS:
        found = session.scalar(
            select(Person)
            .join(Grant)
            .where(Grant.role == role, Grant.ended_at.is_(None))
            .order_by(Person.made_at, Grant.scope.desc(), Person.id)
            .limit(1)
        )
        if found is not None:
            yield *WORDS[role], found


def _students(place: Installation, session: Session, at: datetime) -> Iterator[tuple[str, str, Person]]:
    """A student for each situation that the demonstration has by now."""
    cases = (
        select(Record)
        .join(Case, Case.record_id == Record.id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Draft, Draft.record_id == Record.id)
        .where(Campaign.plan == PLAN, Case.excluded == "", Record.xjzt == "注册学籍")
        .order_by(Record.xh)
    )
    unchecked = cases.where(Case.state == NOT_CHECKED, Case.filed_at.is_(None))
    told = at - timedelta(minutes=place.school.policy.undo_minutes)
    longest = func.length(Record.xm).desc()
    for zh, en, question in (
        ("学生：还没有核对", "student: nothing checked yet", unchecked.where(Draft.record_id.is_(None))),
        (
            "学生：姓名很长",
            "student: a long name",
            unchecked.where(Draft.record_id.is_(None)).order_by(None).order_by(longest, Record.xh),
        ),
        (
            "学生：填了一半的申请",
            "student: a filing half filled in",
            unchecked.where(Draft.record_id.is_not(None)),
        ),
        ("学生：已提出有误", "student: has filed", cases.where(Case.state == RAISED)),
        ("学生：已更正", "student: corrected", cases.where(Case.state == CORRECTED, Case.decided_at < told)),
    ):
        record = session.scalar(question.limit(1))
        if record is not None:
            yield zh, en, student_of(session, record.id, record.xm, SYSTEM.person, at, place.entropy)


def _at(home: Settings, folder: Path) -> Settings:
    return replace(home, home=folder, database=f"sqlite:///{folder / 'kanwu.db'}", owner="")
