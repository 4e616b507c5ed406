"""The colleges' deadline: its date, its consequence, and proof that officers were told in time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from config.policy.words import Sending
from states.attestation import STANDING
from states.campaign import CLOSED, CLOSING, OPEN
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.tables import Attestation
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import Engine
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Delivery, Notice
from workflow.people.tables import OF_WHOLE_COLLEGE, Grant, Person, lasts_on
from workflow.records.tables import Record
from workflow.store import Store

BEGUN = (OPEN, CLOSING, CLOSED)
"""States of a campaign whose lists can be signed: begun and not cancelled, also after the students' close."""

LIST_DUE = "list_due"
LIST_REMINDER = "list_reminder"
TELLING = (LIST_DUE, LIST_REMINDER)
"""The notices that tell officers of the deadline and its consequence."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The deadline for signing, and whether an unsigned list then stands without objection.

    ``deems_students``: whether the students without an answer are then deemed correct.
    """

    at: datetime
    deems: bool
    deems_students: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """Proof that an officer was told of the deadline: who, when, and how (on their page, or by a channel)."""

    person: str
    name: str
    at: datetime
    way: str


@dataclass(frozen=True, slots=True)
class Owed:
    """One notice to owe to an officer: the event, the occasion, and the colleges."""

    person: str
    event: str
    occasion: str
    colleges: tuple[str, ...]


def deadline_of(policy: Rules, campaign: CampaignFacts) -> Deadline | None:
    """The colleges' deadline of a campaign, or None.

    An extension of the students' time moves it by the same amount.
    """
    plan = policy.school.campaign(campaign.plan)
    if plan is None or plan.colleges_close is None:
        return None
    later = max(campaign.closes_at - plan.closes, timedelta())
    silence = policy.school.policy.silence
    return Deadline(
        plan.colleges_close + later,
        campaign.kind in silence.deems_colleges,
        campaign.kind in silence.colleges_deem_students,
    )


def begun_campaigns(session: Session) -> Iterator[CampaignFacts]:
    """Every campaign whose lists can be signed, earliest close first."""
    asked = select(Campaign.id).where(Campaign.state.in_(BEGUN)).order_by(Campaign.closes_at, Campaign.id)
    for id in session.scalars(asked).all():
        yield campaign_facts(session, id)


def officers_of(session: Session, at: datetime) -> Mapping[str, frozenset[str]]:
    """The officers of each whole college at a moment: those who may sign its list."""
    rows = session.execute(select(Grant.college, Grant.person_id).where(*_may_sign(at)))
    found: dict[str, set[str]] = {}
    for college, person in rows:
        found.setdefault(college, set()).add(person)
    return {college: frozenset(people) for college, people in found.items()}


def signers_of(session: Session, college: str, at: datetime) -> tuple[str, ...]:
    """The names of those who may sign a college's list at a moment."""
    asked = select(Person.name).join(Grant, Grant.person_id == Person.id).distinct()
    theirs = asked.where(*_may_sign(at), Grant.college == college)
    return tuple(session.scalars(theirs.order_by(Person.name)))


def _may_sign(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The grants of officers of a whole college that held at a moment."""
    return (
        OF_WHOLE_COLLEGE,
        Grant.given_at <= at,
        or_(Grant.ended_at.is_(None), Grant.ended_at > at),
        lasts_on(at.date()),
    )


# -- notices --------------------------------------------------------------------------------------------


def tell_colleges(engine: Engine, store: Store) -> int:
    """Owe officers notices of the deadline where silence counts, and reminders while a list is unsigned.

    Each notice is owed once for each deadline, each reminder once a day. Returns how many were owed.
    """
    with store.reading() as session:
        at = engine.clock.now(session)
        waiting = [one.id for one in begun_campaigns(session) if any(_owed(engine, session, one, at))]
    done = 0
    for campaign in waiting:
        with store.writing() as session:
            session.execute(select(Campaign.id).where(Campaign.id == campaign).with_for_update())
            at = engine.clock.now(session)
            facts = campaign_facts(session, campaign)
            for one in list(_owed(engine, session, facts, at)):
                _owe(engine, session, facts, one, at)
                done += 1
    return done


def _owe(engine: Engine, session: Session, campaign: CampaignFacts, owed: Owed, at: datetime) -> None:
    deadline = deadline_of(rules_of(engine, session, campaign.id), campaign)
    assert deadline is not None
    titles = session.execute(
        select(Campaign.title, Campaign.title_en).where(Campaign.id == campaign.id)
    ).one()
    facts = {"campaign": list(titles), "lists": list(owed.colleges), "students": deadline.deems_students}
    Outbox(engine.entropy).owe_on(
        session,
        owed.event,
        [(campaign.id, "", owed.person)],
        at,
        occasion=owed.occasion,
        act_by=deadline.at,
        facts=json.dumps(facts, ensure_ascii=False),
    )


def _owed(engine: Engine, session: Session, campaign: CampaignFacts, at: datetime) -> Iterator[Owed]:
    """The notices to owe officers now: of the deadline at once, and a reminder on the days before it."""
    deadline = deadline_of(rules_of(engine, session, campaign.id), campaign)
    if deadline is None or not deadline.deems or at > deadline.at:
        return
    officers = _colleges_of_officers(session, at)
    written = _written(session, campaign.id, deadline.at)
    known = {person: {of for one in written[person] for of in one.colleges} for person in written}
    for person, colleges in sorted(officers.items()):
        if news := _taking_part(session, campaign.id, colleges - known.get(person, set())):
            yield Owed(person, LIST_DUE, f"{deadline.at:%Y%m%d%H%M%S}/{_mark(news)}", news)
    if at > campaign.closes_at and _is_a_day_to_remind(engine, deadline.at, at):
        standing = _standing(session, campaign.id)
        for person, colleges in sorted(officers.items()):
            today = any(one.at.date() == at.date() for one in written.get(person, ()))
            if not today and (left := colleges & known.get(person, set()) - standing):
                yield Owed(person, LIST_REMINDER, at.date().isoformat(), tuple(sorted(left)))


def _colleges_of_officers(session: Session, at: datetime) -> dict[str, set[str]]:
    """The colleges of each officer at a moment."""
    found: dict[str, set[str]] = {}
    for college, people in officers_of(session, at).items():
        for person in people:
            found.setdefault(person, set()).add(college)
    return found


def _is_a_day_to_remind(engine: Engine, deadline: datetime, at: datetime) -> bool:
    sending: Sending = engine.policies.in_force(at).school.policy.sending
    if not sending.remind_at <= at.time() < sending.quiet_from:
        return False
    return (deadline.date() - at.date()).days in sending.remind_days


@dataclass(frozen=True, slots=True)
class _Written:
    """A notice of the deadline to an officer: when, and about which colleges."""

    at: datetime
    colleges: tuple[str, ...]


def _written(session: Session, campaign: str, deadline: datetime) -> Mapping[str, list[_Written]]:
    """The notices of that deadline by person."""
    asked = select(Notice.person_id, Notice.owed_at, Notice.facts).where(*_of(campaign, deadline))
    found: dict[str, list[_Written]] = {}
    for person, at, facts in session.execute(asked):
        found.setdefault(person, []).append(_Written(at, tuple(_lists(facts))))
    return found


def _of(campaign: str, deadline: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.subject == campaign,
        Notice.event.in_(TELLING),
        Notice.act_by == deadline,
        Notice.cancelled_at.is_(None),
    )


def _lists(facts: str) -> list[str]:
    lists: list[str] = json.loads(facts)["lists"]
    return lists


def _taking_part(session: Session, campaign: str, colleges: Collection[str]) -> tuple[str, ...]:
    """Those colleges that have students in a campaign."""
    if not colleges:
        return ()
    found = session.scalars(
        select(Record.fy)
        .join(Case, Case.record_id == Record.id)
        .where(Case.campaign_id == campaign, Record.fy.in_(colleges))
        .distinct()
    )
    return tuple(sorted(college for college in found if college))


def _standing(session: Session, campaign: str) -> set[str]:
    asked = select(Attestation.college).where(
        Attestation.campaign_id == campaign, Attestation.state.in_(STANDING)
    )
    return set(session.scalars(asked))


def _mark(colleges: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(colleges).encode()).hexdigest()[:16]


# -- the proof ------------------------------------------------------------------------------------------


def told(session: Session, policy: Rules, campaign: str, deadline: datetime) -> Mapping[str, Telling]:
    """For each college with one, the first proof that an officer was told of that deadline in time.

    A notice counts if it was seen on the page or sent to a vouched address, as the policy counts it, by the
    deadline's last second, by a person who was then an officer of the college.
    """
    ways = policy.school.policy.silence.told_by
    rows = session.execute(
        select(
            Notice.person_id, Person.name, Notice.facts, Notice.seen_at,
            Delivery.channel, Delivery.vouched, Delivery.sent_at,
        )
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
        .where(*_of(campaign, deadline))
    ).all()  # fmt: skip
    if not rows:
        return {}
    officers, found = officers_of(session, deadline), dict[str, Telling]()
    for row in rows:
        tellings = [
            Telling(row.person_id, row.name, at, way)
            for way, at in (("page", row.seen_at), (row.channel, row.sent_at if row.vouched else None))
            if way in ways and at is not None and at <= deadline
        ]
        for college in _lists(row.facts) if tellings else ():
            if row.person_id in officers.get(college, ()):
                known = [found[college]] if college in found else []
                found[college] = min((*known, *tellings), key=lambda one: (one.at, one.person, one.way))
    return found


def mark_deadline_seen(session: Session, campaign: str, person: str, at: datetime) -> None:
    """Record that an officer's own page showed the notice of the deadline."""
    session.execute(update(Notice).where(*_unseen(campaign, person, at)).values(seen_at=at))


def deadline_is_unseen(session: Session, campaign: str, person: str, at: datetime) -> bool:
    """True if an officer has a notice of the deadline that their page has not shown yet."""
    return bool(session.scalar(select(exists().where(*_unseen(campaign, person, at)))))


def _unseen(campaign: str, person: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.subject == campaign,
        Notice.event.in_(TELLING),
        Notice.person_id == person,
        Notice.due_at <= at,
        Notice.seen_at.is_(None),
        Notice.cancelled_at.is_(None),
    )
