"""The cohort of a campaign: the records that its plan's rule selects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from config.policy import CampaignPlan, School
from workflow.campaigns.progress.board import column_of
from workflow.cases import rules
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import Actor, Engine, Ref
from workflow.history.tables import EntryRow
from workflow.records.tables import Record


def rules_of(engine: Engine, session: Session, campaign: str) -> Rules:
    """The policy that judges a campaign from start to end. Before the start, the one in force."""
    digest = session.scalar(select(Campaign.policy).where(Campaign.id == campaign))
    policies = engine.policies
    found: Rules = policies.named(session, digest) if digest else policies.in_force(engine.clock.now(session))
    return found


def plans_of(school: School, today: date, known: Iterable[str]) -> tuple[CampaignPlan, ...]:
    """The school's campaign plans: announced, already opened, or next by template.

    ``known`` are the plans of the existing campaigns.
    """
    opened = (plan for id in known if (plan := school.campaign(id)) is not None)
    by_id = {plan.id: plan for plan in (*school.campaigns, *opened, *school.coming(today))}
    return tuple(by_id.values())


def cohort_size(session: Session, policy: Rules, plan: str) -> int:
    """How many records the plan's cohort contains now."""
    named = rules.cohort_rows(rules.plan_of(policy, plan).cohort)
    return session.scalar(select(func.count()).select_from(Record).where(named)) or 0


def records_and_cohorts(session: Session, policy: Rules, plans: Iterable[str]) -> tuple[int, dict[str, int]]:
    """How many records exist, and how many each plan's cohort contains now. One statement."""
    names = list(plans)
    asked = [func.count().filter(rules.cohort_rows(rules.plan_of(policy, plan).cohort)) for plan in names]
    records, *sizes = session.execute(select(func.count(), *asked).select_from(Record)).one()
    return records, dict(zip(names, sizes, strict=True))


def without_case(session: Session, policy: Rules, plan: str, campaign: str | None) -> int:
    """How many records of a plan's cohort have no case in its campaign yet.

    ``campaign`` is None before it is drafted.
    """
    named = rules.cohort_rows(rules.plan_of(policy, plan).cohort)
    asked = select(func.count()).select_from(Record).where(named)
    if campaign is not None:
        asked = asked.where(~exists().where(Case.record_id == Record.id, Case.campaign_id == campaign))
    return session.scalar(asked) or 0


def add_by_hand(
    engine: Engine, session: Session, campaign: str, record: str, by: Actor, words: str, key: str = ""
) -> str:
    """Open a case for a record outside the campaign's rule. Returns its id. Raises Refused."""
    entry = engine.perform(
        session, Ref("case"), "open", by=by, key=key, record=record, campaign=campaign, words=words
    )
    return str(entry.subject)


@dataclass(frozen=True, slots=True)
class CohortException:
    """A record whose place in a campaign's cohort is an exception: added by hand, or excluded."""

    name: str
    number: str
    college: str
    excluded: str
    by_hand: bool


def set_apart(session: Session, campaign: str) -> tuple[CohortException, ...]:
    """The records of a campaign that were added by hand or are excluded, by reason and number."""
    added = exists().where(
        EntryRow.subject == Case.id,
        EntryRow.number == 1,
        EntryRow.action == "open",
        EntryRow.role == "registrar",
    )
    rows = session.execute(
        select(Record.xm, Record.xh, Record.fy, Case.excluded, added.label("by_hand"))
        .join(Case, Case.record_id == Record.id)
        .where(Case.campaign_id == campaign, or_(Case.excluded != "", added))
        .order_by(Case.excluded, Record.xh, Record.id)
    )
    return tuple(
        CohortException(name, xh or "", fy or "", code, bool(hand)) for name, xh, fy, code, hand in rows
    )


def record_of_number(session: Session, number: str) -> str | None:
    """The record of a student number, or None."""
    return session.scalar(select(Record.id).where(Record.xh == number))


def case_in(session: Session, campaign: str, record: str) -> str | None:
    """The case of a record in a campaign, or None."""
    return session.scalar(select(Case.id).where(Case.campaign_id == campaign, Case.record_id == record))


def counts(session: Session, campaign: str) -> Mapping[str, int]:
    """Counted cases of a campaign by state. Deemed and proxy-confirmed cases are counted separately."""
    rows = session.execute(
        select(Case.state, Case.manner, func.count())
        .where(Case.campaign_id == campaign, Case.excluded == "")
        .group_by(Case.state, Case.manner)
    )
    found: dict[str, int] = {}
    for state, manner, n in rows:
        name = column_of(state, manner)
        found[name] = found.get(name, 0) + n
    return found
