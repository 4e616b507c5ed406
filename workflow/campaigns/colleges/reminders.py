"""Reminders to students who have not answered, by an officer's hand or by the calendar, and the daily digest.

A student who was asked to check today, by anyone for any reason, is not asked again by the calendar.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from config.policy.words import Sending
from states.campaign import OPEN
from states.case import NOT_CHECKED, RAISED, REVIEW
from workflow.campaigns.attempt import Attempt, Reminding
from workflow.cases.checking.deem import TELLING
from workflow.cases.reach import out_of_scope, students_of
from workflow.cases.tables import Campaign, Case
from workflow.engine import (
    Actor,
    Change,
    Effect,
    Engine,
    Entropy,
    Ref,
    in_words,
)
from workflow.history.codes import REMINDED, Code
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Notice
from workflow.people.access import held_here
from workflow.people.scopes import Held, Scope
from workflow.people.tables import HELD, Grant, held_from, holds_on
from workflow.records.reach import covers
from workflow.records.rows import chunks
from workflow.records.tables import Record
from workflow.verdict import Reason

REMINDER = "reminder"
"""The notice of a reminder."""


# -- by an officer's hand -------------------------------------------------------------------------------


def to_remind(session: Session, campaign: str, cases: Sequence[str], at: datetime) -> Reminding:
    """The cases that a reminder would reach now: counted, without an answer, not reminded today."""
    begin = at.replace(hour=0, minute=0, second=0, microsecond=0)
    today = exists().where(
        Notice.subject == Case.id,
        Notice.event == REMINDER,
        Notice.owed_at.between(begin, at),
    )
    found: dict[str, Any] = {}
    wanted = list(dict.fromkeys(cases))
    for some in chunks(wanted):
        asked = select(Case.id, Case.record_id, Case.state, Case.excluded, today.label("today")).where(
            Case.campaign_id == campaign, Case.id.in_(some)
        )
        found |= {row.id: row for row in session.execute(asked)}
    rows = [found[case] for case in wanted if case in found]
    silent = [row for row in rows if row.state == NOT_CHECKED and not row.excluded]
    reached = {row.id: row.record_id for row in silent if not row.today}
    return Reminding(reached, len(silent) - len(reached), len(rows) - len(silent))


def remind(
    engine: Engine, session: Session, campaign: str, cases: Sequence[str], by: Actor, *, key: str = ""
) -> Any:
    """Owe each student of these cases without an answer one reminder, at most one a day. Returns the Entry.

    The entry holds the number reached as ``reminded:n``. Raises Refused.
    """
    return engine.perform(
        session, Ref("campaign", campaign), "remind", by=by, key=key, cases=tuple(dict.fromkeys(cases))
    )


@in_words("至少有一名学生可以提醒", "there is somebody to remind")
def reaches_somebody(attempt: Attempt) -> Iterator[Reason]:
    """A reminder that would reach no student is refused."""
    if not _reached(attempt).reached:
        yield Reason(
            "nobody_to_remind",
            "名单上的学生都已作答，或今天已经提醒过。",
            remedy="每名学生一天最多提醒一次；请明天再提醒，或直接联系本人。",
        )


@in_words("都属于本人职责范围", "all within one's scope")
def cases_are_of_their_college(attempt: Attempt) -> Reason | None:
    """An officer reminds only the students in their scope; a case that is not there is in nobody's."""
    if attempt.by.role != "officer":
        return None
    theirs = students_of(held_here(attempt))
    for some in chunks(sorted(set(attempt.details.get("cases") or ()))):
        ours = select(func.count()).select_from(Case).where(Case.id.in_(some), theirs)
        if attempt.session.scalar(ours) != len(some):
            return out_of_scope()
    return None


def _reached(attempt: Attempt) -> Reminding:
    found = attempt.found
    if found.reminding is None:
        cases = attempt.details.get("cases") or ()
        found.reminding = to_remind(attempt.session, attempt.subject.id, cases, attempt.at)
    return found.reminding


def owing_reminders(entropy: Entropy) -> Effect:
    """The effect that owes the reminders of a list."""

    outbox = Outbox(entropy)

    def owe_reminders(attempt: Attempt, change: Change) -> None:
        """One notice for each case that is reached. The entry says how many."""
        reached = _reached(attempt).reached
        outbox.owe_on(
            attempt.session,
            REMINDER,
            [(case, record, "") for case, record in reached.items()],
            attempt.at,
            occasion=attempt.at.date().isoformat(),
            act_by=attempt.subject.closes_at,
        )
        change.codes.append(Code.count(REMINDED, len(reached)))

    return owe_reminders


# -- by the calendar ------------------------------------------------------------------------------------


def remind_before_the_close(engine: Engine, session: Session, at: datetime) -> int:
    """On the days that the policy names, remind all who have not checked. Idempotent. Returns how many."""
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
        addressees = [(row.id, row.record_id, "") for row in silent]
        Outbox(engine.entropy).owe_on(
            session, "reminder", addressees, at, occasion=_day(at), act_by=campaign.closes_at
        )
        owed += len(silent)
    return owed


def owe_digests(engine: Engine, session: Session, at: datetime) -> int:
    """Owe each officer the daily digest of a campaign: counts of their students, and who must act."""
    sending = _sending(engine, at)
    owed = 0
    for campaign in _running(session, at) if sending.digests and _is_time(sending, at) else ():
        session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
        counts = _counts(session, campaign.id)
        for person, grants in _officers(session, campaign.id, at):
            lines = _lines(grants, counts)
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
    """Those cases whose student has checked or is not counted any more."""
    found: set[str] = set()
    for some in chunks(sorted(cases)):
        answered = or_(Case.state != NOT_CHECKED, Case.excluded != "")
        found |= set(session.scalars(select(Case.id).where(Case.id.in_(some), answered)))
    return found


def _written_on(at: datetime) -> ColumnElement[bool]:
    """True if the student of a case was asked to check on that day."""
    midnight = at.replace(hour=0, minute=0, second=0)
    return exists().where(Notice.subject == Case.id, Notice.event.in_(TELLING), Notice.owed_at >= midnight)


def _running(session: Session, at: datetime) -> Sequence[Campaign]:
    return session.scalars(
        select(Campaign)
        .where(Campaign.state == OPEN, Campaign.opens_at <= at, Campaign.closes_at >= at)
        .order_by(Campaign.id)
    ).all()


def _officers(session: Session, campaign: str, at: datetime) -> Iterator[tuple[str, list[Held]]]:
    """Officers without today's digest of a campaign, each with their grants."""
    rows = session.execute(
        select(Grant.person_id, *HELD)
        .where(Grant.role == "officer", holds_on(at.date()))
        .where(
            ~exists().where(
                Notice.subject == campaign,
                Notice.event == "digest",
                Notice.occasion == _day(at),
                Notice.person_id == Grant.person_id,
            )
        )
        .order_by(Grant.person_id)
    )
    found: dict[str, list[Held]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(held_from(row))
    yield from found.items()


def _counts(session: Session, campaign: str) -> Sequence[Any]:
    """How many are unchecked, raised and under review, of students whom no scope tells apart."""
    alike = Record.fy, Record.bh, Record.rxrq, Record.cc
    wanted = (NOT_CHECKED, RAISED, REVIEW)
    return session.execute(
        select(*alike, *(func.count().filter(Case.state == state).label(state) for state in wanted))
        .join(Case, Case.record_id == Record.id)
        .where(Case.campaign_id == campaign, Case.excluded == "")
        .group_by(*alike)
    ).all()


def _lines(grants: Iterable[Held], counts: Sequence[Any]) -> list[tuple[str, int, int, int]]:
    """The lines of an officer's digest: one for each capacity, with the counts of its students."""
    found: dict[str, tuple[int, int, int]] = {}
    for _capacity, alike in groupby(sorted(grants, key=attrgetter("capacity")), attrgetter("capacity")):
        held = list(alike)
        theirs = [row for row in counts if any(covers(one, row) for one in held)]
        unchecked, raised, review = (
            sum(getattr(row, state) for row in theirs) for state in (NOT_CHECKED, RAISED, REVIEW)
        )
        if unchecked or raised or review:
            found[_whose([one.scope for one in held])] = unchecked, raised, review
    return [(whose, *numbers) for whose, numbers in sorted(found.items())]


def _whose(scopes: Sequence[Scope]) -> str:
    """Whose students a line counts: a college, and what in it if not all."""
    college = scopes[0].college
    if any(scope.of_whole_colleges for scope in scopes):
        return college
    return f"{college} · {'、'.join(sorted({_narrowed(scope) for scope in scopes}))}"


def _narrowed(scope: Scope) -> str:
    year = f"{scope.entry_year} 级" if scope.entry_year else ""
    return " ".join(filter(None, (scope.level, year, scope.class_name)))


def _sending(engine: Engine, at: datetime) -> Sending:
    sending: Sending = engine.policies.in_force(at).school.policy.sending
    return sending


def _is_time(sending: Sending, at: datetime) -> bool:
    return sending.remind_at <= at.time() < sending.quiet_from


def _day(at: datetime) -> str:
    return at.date().isoformat()
