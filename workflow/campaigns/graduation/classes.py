"""Degree registration of a graduating class: an act of the registrar that ends filing permanently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from states import NOWHERE
from states.graduation import GRADUATION, STUDYING
from workflow.campaigns.tables import GraduatingClass
from workflow.cases import rules
from workflow.cases.ending.lapse import let_lapse
from workflow.engine import Actor, Binding, Change, Engine, Ref, by_name, details, guards, in_words
from workflow.engine import Attempt as AttemptOn
from workflow.history.codes import REGISTERED_ON, Code
from workflow.people.access import holds_the_role
from workflow.records.tables import Record
from workflow.store import table_of
from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A graduating class as its guards read it."""

    id: str
    state: str
    version: int
    expected_on: date
    concerns: str = ""
    lifecycle: str = GRADUATION.name


Attempt: TypeAlias = AttemptOn[ClassFacts, rules.Rules, None]


@dataclass(frozen=True, slots=True)
class Registered:
    """The result of a registration: records marked, and open cases that lapsed."""

    records: int
    lapsed: int


def register_degrees(
    engine: Engine, session: Session, expected_on: date, registered_on: date, by: Actor
) -> Registered:
    """Mark the degrees of a class as registered and let its open cases lapse, in one unit of work.

    It can be repeated for records that join the class later. Raises Refused.
    """
    found = session.scalar(select(GraduatingClass).where(GraduatingClass.expected_on == expected_on))
    if found is None:
        made = engine.perform(session, Ref(GRADUATION.name), "found", by=by, expected_on=expected_on)
        id, state = made.subject, STUDYING
    else:
        id, state = found.id, found.state
    policy = engine.policies.in_force(engine.clock.now(session))
    records = session.scalars(select(Record.id).where(_waiting(policy, expected_on))).all()
    action = "register_degrees" if state == STUDYING else "register_late"
    engine.perform(session, Ref(GRADUATION.name, id), action, by=by, registered_on=registered_on)
    return Registered(len(records), sum(let_lapse(engine, session, record) for record in records))


@in_words("这一届有记录", "somebody is of the class")
def class_is_not_empty(attempt: Attempt) -> Reason | None:
    """A class without a record to register is usually a wrong date."""
    waiting = _waiting(attempt.policy, attempt.subject.expected_on)
    if attempt.session.scalar(select(func.count()).select_from(Record).where(waiting)):
        return None
    return Reason(
        "class_empty",
        "没有预计于 {day} 毕业、尚未注册学历的在籍记录。",
        {"day": attempt.subject.expected_on},
        remedy="请核对预计毕业日期。",
    )


@in_words("日期不晚于今天", "the day is not ahead")
def day_is_not_ahead(attempt: Attempt) -> Reason | None:
    """The registration date must not be in the future."""
    day = attempt.details.get("registered_on")
    if isinstance(day, date) and day <= attempt.at.date():
        return None
    return Reason("day_ahead", "学历注册日期还没有到。", remedy="请填写实际注册的日期。")


def mark_degrees(attempt: Attempt, change: Change) -> None:
    """Set the degree registration date of every enrolled record of the class that has none."""
    day: date = attempt.details["registered_on"]
    attempt.session.execute(
        update(Record)
        .where(_waiting(attempt.policy, attempt.subject.expected_on))
        .values(degree_registered_on=day)
    )
    change.codes.append(Code.on_day(REGISTERED_ON, day))


def _waiting(policy: rules.Rules, expected_on: date) -> ColumnElement[bool]:
    return and_(
        Record.yjbyrq == expected_on,
        Record.degree_registered_on.is_(None),
        Record.xjzt.in_(policy.school.policy.statuses.enrolled),
    )


def _look(session: Session, id: str, *, lock: bool = False) -> ClassFacts | None:
    found = session.get(GraduatingClass, id, with_for_update=lock or None)
    return None if found is None else ClassFacts(found.id, found.state, found.version, found.expected_on)


def _to_be(session: Session, id: str, details: Mapping[str, Any]) -> ClassFacts | None:
    return ClassFacts(id, NOWHERE, 0, details["expected_on"]) if "expected_on" in details else None


JUST_FOUNDED = Reason(
    "class_exists", "这个毕业班次刚刚已经建立。", remedy="请刷新页面后再办理。", rule="found"
)


def graduation_room() -> Binding:
    """Bind the graduating class to its table and rules."""
    return Binding(
        lifecycle=GRADUATION,
        table=table_of(GraduatingClass),
        guards=guards(holds_the_role, class_is_not_empty),
        checks=by_name(day_is_not_ahead),
        effects=by_name(mark_degrees),
        details={"expected_on": details.day, "registered_on": details.day},
        standing=frozenset(("holds_the_role",)),
        read=partial(_look, lock=True),
        look=_look,
        new_subject=_to_be,
        insert_columns=lambda attempt: {"expected_on": attempt.subject.expected_on.isoformat()},
        judged_by=lambda found, action: "",
        collisions=dict.fromkeys(
            ("uq_graduating_class_expected_on", "graduating_class.expected_on"), JUST_FOUNDED
        ),
    )
