"""Reminding those who have not checked: before a close, by an officer's hand, and the colleges' daily digest.

A student is asked to check at most once a day, by whomever and for whatever reason.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from config.policy.words import Sending
from states.campaign import CAMPAIGN, OPEN
from states.case import NOT_CHECKED, RAISED, REVIEW
from workflow.cases.guards import TELLING, said
from workflow.cases.tables import Campaign, Case
from workflow.engine import Actor, Engine
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Notice
from workflow.people.access import note_access
from workflow.people.tables import Grant
from workflow.records.tables import Record
from workflow.verdict import Reason, Refused, Verdict

PART = 500


@dataclass(frozen=True, slots=True)
class Reminding:
    """Whom a reminder reaches: ``owed`` are reminded, the others are not, and why.

    ``written_today`` were asked already today; ``not_theirs`` have no case here, or are another college's.
    """

    owed: int = 0
    checked: int = 0
    excluded: int = 0
    written_today: int = 0
    not_theirs: int = 0


def would_remind(
    engine: Engine, session: Session, campaign: str, records: Collection[str], by: Actor
) -> Reminding:
    """What ``remind`` would do now; nothing is written. Raises Refused as it would."""
    return _judged(engine, session, campaign, records, by)[0]


def remind(engine: Engine, session: Session, campaign: str, records: Collection[str], by: Actor) -> Reminding:
    """Owe a reminder to those of some records who have not checked; an officer's own colleges only.

    Raises Refused when the campaign is not open or the role is not held.
    """
    session.execute(select(Campaign.id).where(Campaign.id == campaign).with_for_update())
    done, cases = _judged(engine, session, campaign, records, by)
    at = engine.clock.now(session)
    note_access(session, by, "reminded", campaign, at)
    _owe(engine, session, session.get_one(Campaign, campaign).closes_at, cases, at)
    return done


def remind_before_the_close(engine: Engine, session: Session, at: datetime) -> int:
    """On the days that policy names, remind all who have not checked; done twice it does nothing more."""
    sending = _sending(engine, at)
    owed = 0
    for campaign in _running(session, at) if _is_time(sending, at) else ():
        if (campaign.closes_at.date() - at.date()).days not in sending.remind_days:
            continue
        session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
        silent = session.execute(
            select(Case.id, Case.record_id)
            .where(Case.campaign_id == campaign.id, Case.state == NOT_CHECKED, Case.excluded == "")
            .where(~_written_on(at))
        ).all()
        _owe(engine, session, campaign.closes_at, [(row.id, row.record_id) for row in silent], at)
        owed += len(silent)
    return owed


def owe_digests(engine: Engine, session: Session, at: datetime) -> int:
    """Every morning of a campaign, tell each officer how their colleges stand: counts, and who must act."""
    sending = _sending(engine, at)
    owed = 0
    for campaign in _running(session, at) if sending.digests and _is_time(sending, at) else ():
        session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
        counts = _counts(session, campaign.id)
        for person, colleges in _officers(session, campaign.id, at):
            lines = [(college, *counts[college]) for college in colleges if any(counts.get(college, ()))]
            if not lines:
                continue
            facts = {"campaign": [campaign.title, campaign.title_en], "colleges": lines}
            Outbox(engine.entropy).owe_on(
                session,
                "digest",
                [(campaign.id, "", person)],
                at,
                occasion=_day(at),
                facts=json.dumps(facts, ensure_ascii=False),
            )
            owed += 1
    return owed


def nothing_to_ask(session: Session, cases: Collection[str]) -> set[str]:
    """Of some cases, those whose student has checked, or is not counted any more."""
    found: set[str] = set()
    every = sorted(cases)
    for start in range(0, len(every), PART):
        found |= set(
            session.scalars(
                select(Case.id)
                .where(Case.id.in_(every[start : start + PART]))
                .where(or_(Case.state != NOT_CHECKED, Case.excluded != ""))
            )
        )
    return found


def _judged(
    engine: Engine, session: Session, campaign: str, records: Collection[str], by: Actor
) -> tuple[Reminding, list[tuple[str, str]]]:
    at = engine.clock.now(session)
    colleges = _colleges(session, by)
    if reasons := [*_not_their_role(by, colleges), *_not_open(session.get_one(Campaign, campaign), at)]:
        raise Refused(Verdict("remind", tuple(reasons)))
    cases: list[tuple[str, str]] = []
    found = Reminding()
    for row in _asked(session, campaign, records, at):
        if colleges is not None and row.fy not in colleges:
            continue
        if row.excluded:
            found = replace(found, excluded=found.excluded + 1)
        elif row.state != NOT_CHECKED:
            found = replace(found, checked=found.checked + 1)
        elif row.written:
            found = replace(found, written_today=found.written_today + 1)
        else:
            cases.append((row.id, row.record_id))
    told_apart = found.excluded + found.checked + found.written_today + len(cases)
    return replace(found, owed=len(cases), not_theirs=len(set(records)) - told_apart), cases


def _asked(session: Session, campaign: str, records: Collection[str], at: datetime) -> Iterator[Any]:
    every = sorted(set(records))
    for start in range(0, len(every), PART):
        yield from session.execute(
            select(
                Case.id,
                Case.record_id,
                Case.state,
                Case.excluded,
                Record.fy,
                _written_on(at).label("written"),
            )
            .join(Record, Record.id == Case.record_id)
            .where(Case.campaign_id == campaign, Case.record_id.in_(every[start : start + PART]))
        )


def _colleges(session: Session, by: Actor) -> set[str] | None:
    """The colleges whose students somebody may remind: None for all of the school, empty for none."""
    scopes = set(
        session.scalars(
            select(Grant.scope).where(
                Grant.person_id == by.person, Grant.role == by.role, Grant.ended_at.is_(None)
            )
        )
    )
    if by.role == "registrar" and scopes:
        return None
    return scopes if by.role == "officer" else set()


def _not_their_role(by: Actor, colleges: set[str] | None) -> Iterator[Reason]:
    if colleges is not None and not colleges:
        yield Reason(
            "role_not_held",
            "您现在没有提醒学生的权限。",
            remedy="提醒由学院经办人或学籍管理员发出。",
            rule="remind",
        )


def _not_open(campaign: Campaign, at: datetime) -> Iterator[Reason]:
    if campaign.state != OPEN:
        state = CAMPAIGN.state(campaign.state).zh
        yield Reason(
            "campaign_not_open",
            "自查活动现在是“{state}”。",
            {"state": state},
            remedy="只能在自查进行中提醒。",
            rule="remind",
        )
    elif at > campaign.closes_at:
        yield Reason(
            "campaign_is_past",
            "自查已于 {closes} 截止。",
            {"closes": said(campaign.closes_at)},
            remedy="截止之后不再提醒。",
            rule="remind",
        )


def _written_on(at: datetime) -> ColumnElement[bool]:
    """Whether the student of a case was asked to check on that day."""
    midnight = at.replace(hour=0, minute=0, second=0)
    return exists().where(Notice.subject == Case.id, Notice.event.in_(TELLING), Notice.owed_at >= midnight)


def _owe(
    engine: Engine, session: Session, closes_at: datetime, cases: Sequence[tuple[str, str]], at: datetime
) -> None:
    addressees = [(case, record, "") for case, record in cases]
    Outbox(engine.entropy).owe_on(session, "reminder", addressees, at, occasion=_day(at), act_by=closes_at)


def _running(session: Session, at: datetime) -> Sequence[Campaign]:
    return session.scalars(
        select(Campaign)
        .where(Campaign.state == OPEN, Campaign.opens_at <= at, Campaign.closes_at >= at)
        .order_by(Campaign.id)
    ).all()


def _officers(session: Session, campaign: str, at: datetime) -> Iterator[tuple[str, list[str]]]:
    """Officers without today's digest of a campaign, each with their colleges."""
    rows = session.execute(
        select(Grant.person_id, Grant.scope)
        .where(Grant.role == "officer", Grant.ended_at.is_(None))
        .where(
            ~exists().where(
                Notice.subject == campaign,
                Notice.event == "digest",
                Notice.occasion == _day(at),
                Notice.person_id == Grant.person_id,
            )
        )
        .order_by(Grant.person_id, Grant.scope)
    )
    found: dict[str, list[str]] = {}
    for person, college in rows:
        found.setdefault(person, []).append(college)
    yield from found.items()


def _counts(session: Session, campaign: str) -> dict[str, tuple[int, int, int]]:
    """By college: how many have not checked, how many discrepancies wait, how many are under review."""
    wanted = (NOT_CHECKED, RAISED, REVIEW)
    rows = session.execute(
        select(Record.fy, *(func.count().filter(Case.state == state) for state in wanted))
        .join(Case, Case.record_id == Record.id)
        .where(Case.campaign_id == campaign, Case.excluded == "", Record.fy.is_not(None))
        .group_by(Record.fy)
    )
    return {str(row[0]): (row[1], row[2], row[3]) for row in rows}


def _sending(engine: Engine, at: datetime) -> Sending:
    sending: Sending = engine.policies.in_force(at).school.policy.sending
    return sending


def _is_time(sending: Sending, at: datetime) -> bool:
    return sending.remind_at <= at.time() < sending.quiet_from


def _day(at: datetime) -> str:
    return at.date().isoformat()
