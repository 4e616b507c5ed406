"""The parts one can play in the demonstration: one person for each, with a new one-time link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from config.policy.words import DUTIES
from demo.autumn import PLAN
from states import ROLES
from states.case import CASE, CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED, REJECTED
from workflow.cases.filing.target import current_case
from workflow.cases.tables import Campaign, Case, Draft, PlatformLook, Question
from workflow.engine import SYSTEM
from workflow.people.accounts import OPERATOR, student_of
from workflow.people.links import make_link
from workflow.people.tables import Grant, Person
from workflow.records.tables import Photo, Record
from workflow.upkeep.installation import Installation


@dataclass(frozen=True, slots=True)
class Part:
    """A part to play: role, name, what to try, and the token of the link.

    ``now`` is the state of a student's case, or an officer's college. ``case`` is the student's.
    """

    key: str
    role: tuple[str, str]
    name: str
    now: tuple[str, str]
    tries: tuple[str, str]
    token: str
    case: str = ""


STUDENTS = {
    "unchecked": (
        "核对六项，“确认无误”；或者在一项上点“有误”",
        "look through the six fields and confirm; or say that one is wrong",
    ),
    "half": (
        "本校核对已完成，学信网查看还没有：登记查看日期，看看待办怎么变",
        "checked here and not on the platform: say on which day you looked, and see what is still open",
    ),
    "lost": (
        "姓名里有一个字变成了“?”：提出有误，拍照上传，拿到回执",
        "a character of the name was lost: say so, add a photo of a paper, get a receipt",
    ),
    "long": (
        "姓名很长，中间有间隔点：手机上看看页面放不放得下",
        "a long name with a dot: see whether a phone's page has room for it",
    ),
    "draft": ("申请填了一半：接着填完并提交", "a filing half filled in: finish it and file it"),
    "filed": (
        "还没有受理：查看办到哪一步，也可以撤回",
        "nobody has taken it up yet: see where it is, or take it back",
    ),
    "asked": (
        "审核人退回补正：看看要补什么、到哪天为止，拍照上传",
        "the reviewer asks for something: see what and until when, and hand it in",
    ),
    "corrected": (
        "查看结果；平台上仍不对的，可以说“仍有误”",
        "read what was decided, or say that it is still wrong",
    ),
    "rejected": ("看理由写得清不清楚", "see whether the reasons are clear"),
}
"""What a student of each situation can try."""

STAFF = {
    "officer": ("看本学院哪些班、哪些人还没有核对", "see which classes and who of the college are missing"),
    "counsellor": (
        "只看自己的两个班：提醒还没有核对的，打印登录码",
        "see two classes and nobody else: remind who is missing, print codes to sign in with",
    ),
    "reviewer": (
        "受理一个个案，对照材料，逐项认定，再办下一个",
        "take up a case, compare it with the papers, settle each claim, go on to the next",
    ),
    "second_reviewer": (
        "找一个已办结的个案，写明理由重新审核",
        "find a decided case and reopen it with a reason",
    ),
    "registrar": (
        "看全校进度；先试导入名册，再决定写入",
        "see how far the school is; try a roster before importing",
    ),
    "auditor": (
        "按回执编号或学号查一个个案的每一步",
        "read every step of a case by its receipt or student number",
    ),
    "administrator": (
        "增加一位人员、授予身份；看一份名单会改动什么",
        "add somebody, give them a role; see what a staff file would change",
    ),
}
"""What a member of staff of each role can try."""


def cast(place: Installation) -> list[Part]:
    """One person for each part, with a new link: students by situation, staff by role."""
    with place.store.writing() as session:
        at = place.clock.now(session)
        return [*_students(place, session, at), *_staff(place, session, at)]


def _students(place: Installation, session: Session, at: datetime) -> Iterator[Part]:
    told = at - timedelta(minutes=place.school.policy.periods.undo_minutes)
    for key, question in _situations(told):
        record = session.scalar(question.limit(1))
        if record is None:  # no student is in that situation now
            continue
        case = current_case(session, record.id, at)
        state = CASE.state(case.state if case else NOT_CHECKED)
        person = student_of(session, record.id, record.xm, SYSTEM.person, at, place.entropy)
        link = make_link(session, person.id, OPERATOR, at, place.entropy)
        yield Part(
            key,
            ROLES["student"],
            record.xm,
            (state.zh, state.en),
            STUDENTS[key],
            link,
            case.id if case else "",
        )


def _situations(told: datetime) -> Iterator[tuple[str, Select[Record]]]:
    """For each situation the statement that finds its students, likeliest first."""
    cases = (
        select(Record)
        .join(Case, Case.record_id == Record.id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Draft, Draft.record_id == Record.id)
        .where(Campaign.plan == PLAN, Case.excluded == "", Record.xjzt == "注册学籍")
        .order_by(exists().where(Photo.record_id == Record.id).desc())
    )
    fresh = cases.where(Case.state == NOT_CHECKED, Case.filed_at.is_(None))
    silent = fresh.where(Draft.record_id.is_(None))
    decided = cases.where(Case.decided_at < told)
    lost, long = Record.xm.contains("?"), Record.xm.contains("·")
    yield "unchecked", silent.where(~lost, ~long).order_by(Record.xh)
    listed = exists().where(PlatformLook.case_id == Case.id, PlatformLook.looked)
    here = cases.where(Case.state == CHECKED_OK, Case.manner == "confirmed", Case.looked_on.is_(None))
    yield "half", here.where(~listed, ~lost, ~long).order_by(Record.xh)
    yield "lost", silent.where(lost).order_by(Record.xh)
    yield "long", silent.where(long).order_by(func.length(Record.xm).desc(), Record.xh)
    yield "draft", fresh.where(Draft.record_id.is_not(None)).order_by(Record.xh)
    yield "filed", cases.where(Case.state == RAISED).order_by(Record.xh)
    yield "asked", cases.where(Case.id.in_(select(Question.case_id).where(Question.ended_at.is_(None))))
    yield "corrected", decided.where(Case.state == CORRECTED).order_by(Record.xh)
    yield "rejected", decided.where(Case.state == REJECTED, Case.decided_by.is_not(None)).order_by(Record.xh)


def _staff(place: Installation, session: Session, at: datetime) -> Iterator[Part]:
    """The first person of each role or duty. For officers, that of the larger college."""
    for key, tries in STAFF.items():
        found: Any = session.execute(
            select(Person, Grant.college)
            .join(Grant)
            .where(or_(Grant.duty == key, and_(Grant.role == key, Grant.duty == "")))
            .where(Grant.ended_at.is_(None))
            .order_by(Person.made_at, Grant.college, Person.name, Person.id)
            .limit(1)
        ).one_or_none()
        if found is not None:
            person, scope = found
            link = make_link(session, person.id, OPERATOR, at, place.entropy)
            yield Part(key, ROLES.get(key) or DUTIES[key], person.name, (scope, scope), tries, link)
