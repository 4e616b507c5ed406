"""Last days of the graduating classes: when each can last file, and whose last day has moved.

The last day follows the current expected graduation date. A January graduate belongs to the check of the
April before, which is unexpected, so classes are listed by last day, not by year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.policy import CampaignWindow, final_check
from config.policy.windows import months_before
from states import campaign as campaign_states
from workflow.cases import rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import Engine
from workflow.notices.outbox import Outbox
from workflow.records.tables import Record, RecordChange

EXPECTED = "YJBYRQ"
EARLY_MONTHS = 6
EVENT = "last_day_earlier"


@dataclass(frozen=True, slots=True)
class GraduatingOn:
    """The enrolled records of one expected graduation date, and their last moment to file.

    ``in_final`` of them have a case in a final campaign. ``early`` is True if the last day is long before the
    graduation, so that students must be told.
    """

    expected_on: date
    closes: datetime
    records: int
    in_final: int
    early: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A record whose expected graduation date changed, and its old and new last moment to file."""

    record: str
    name: str
    number: str
    college: str
    status: str
    old: date
    new: date
    old_closes: datetime
    new_closes: datetime
    at: datetime

    @property
    def earlier(self) -> bool:
        """True if the student has less time than before."""
        return self.new_closes < self.old_closes


def graduating(session: Session, policy: rules.Rules, now: datetime) -> tuple[GraduatingOn, ...]:
    """The expected graduation dates of records that can still be filed on, by last moment. One statement."""
    final = (
        select(Case.record_id)
        .join(Campaign)
        .where(Campaign.kind == "final", Campaign.state != campaign_states.CANCELLED)
    )
    asked = (
        select(Record.yjbyrq, func.count(), func.count().filter(Record.id.in_(final)))
        .where(
            Record.xjzt.in_(policy.school.policy.statuses.enrolled),
            Record.yjbyrq.is_not(None),
            Record.degree_registered_on.is_(None),
        )
        .group_by(Record.yjbyrq)
    )
    found = []
    for expected, records, in_final in session.execute(asked):
        closes = _closes(policy, expected, ())
        if closes is not None and expected is not None and closes >= now:
            early = closes.date() < months_before(expected, EARLY_MONTHS)
            found.append(GraduatingOn(expected, closes, records, in_final, early))
    return tuple(sorted(found, key=lambda one: (one.closes, one.expected_on)))


def moved_since(session: Session, policy: rules.Rules, since: datetime) -> tuple[Moved, ...]:
    """Every change of an expected graduation date since a moment, latest first."""
    rows = session.execute(
        select(
            Record.id,
            Record.xm,
            Record.xh,
            Record.fy,
            Record.xjzt,
            RecordChange.old,
            RecordChange.new,
            RecordChange.at,
        )
        .join(Record, Record.id == RecordChange.record_id)
        .where(RecordChange.field == EXPECTED, RecordChange.at >= since)
        .order_by(RecordChange.at.desc(), Record.xh, Record.id, RecordChange.number.desc())
    ).all()
    windows = _windows(session, since)
    found = []
    for id, name, number, college, status, old, new, at in rows:
        was, becomes, ours = _day(old), _day(new), windows.get(id, ())
        before, after = _closes(policy, was, ours), _closes(policy, becomes, ours)
        if was and becomes and before and after:
            place = (number or "", college or "", status)
            found.append(Moved(id, name, *place, was, becomes, before, after, at))
    return tuple(found)


def tell_whose_last_day_is_earlier(engine: Engine, session: Session, records: Sequence[str]) -> int:
    """Owe a notice to students who lost time by a change of their expected graduation. Returns how many."""
    if not records:
        return 0
    now = engine.clock.now(session)
    policy = engine.policies.in_force(now)
    wanted, enrolled = set(records), policy.school.policy.statuses.enrolled
    told = {
        one.record
        for one in moved_since(session, policy, now)
        if one.record in wanted and one.earlier and one.old_closes >= now and one.status in enrolled
    }
    addressees = [(record, record, "") for record in sorted(told)]
    Outbox(engine.entropy).owe_on(session, EVENT, addressees, now, occasion=now.isoformat())
    return len(told)


def _closes(policy: rules.Rules, expected: date | None, windows: Iterable[CampaignWindow]) -> datetime | None:
    """The last moment to file by the rule. None without a rule or a date."""
    check = policy.school.policy.final_check
    if check is None or expected is None:
        return None
    return final_check(expected, windows, last_day=check.last_day).closes


def _windows(session: Session, since: datetime) -> dict[str, list[CampaignWindow]]:
    """The final campaigns of each record whose expected date changed since a moment."""
    changed = select(RecordChange.record_id).where(RecordChange.field == EXPECTED, RecordChange.at >= since)
    rows = session.execute(
        select(Case.record_id, Campaign.kind, Campaign.opens_at, Campaign.closes_at)
        .join(Campaign)
        .where(
            Case.record_id.in_(changed),
            Campaign.kind == "final",
            Campaign.state.not_in(campaign_states.NOT_HELD),
        )
    )
    found: dict[str, list[CampaignWindow]] = {}
    for record, kind, opens, closes in rows:
        found.setdefault(record, []).append(CampaignWindow(kind, opens, closes))
    return found


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
