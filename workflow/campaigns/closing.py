"""Closing a campaign: wind up, deem where silence counts, close. Idempotent, also after a kill.

Only silent cases are changed. A case stays unchecked, and is listed with the reason, if the student was never
told or has left, was given more time, or if silence does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from states.campaign import CLOSED, CLOSING
from states.case import CASE
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.colleges.deadline import begun_campaigns
from workflow.campaigns.colleges.unsigned import silent_colleges
from workflow.cases.attempt import CaseFindings, Wave
from workflow.cases.checking import confirm, deem, exclude
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.engine import Attempt as AttemptOn
from workflow.records.tables import Record
from workflow.store import Store

CHUNK = 50_000

TO_DEEM = "to_deem"
LEFT = "left"
UNTOLD = "untold"
ASKED_IN_VAIN = "asked_in_vain"
GIVEN_TIME = "given_time"
WITH_COLLEGE = "with_college"
WHYS: dict[str, tuple[str, str]] = {
    TO_DEEM: ("将视为无误", "will be deemed correct"),
    UNTOLD: ("没有收到过通知", "was never told"),
    LEFT: ("已不在籍", "is not enrolled any more"),
    WITH_COLLEGE: (
        "学院到期没有签认名单的，才视为无误",
        "is deemed correct if the college does not sign",
    ),
    ASKED_IN_VAIN: ("按规则，没有确认不等于无误", "silence means nothing by the rules"),
    GIVEN_TIME: ("学籍管理员另给了时间", "was given more time by the registrar"),
}
"""What happens at the close to a counted case without an answer, in Chinese and English."""
STAYS = {
    "policy_deems": ASKED_IN_VAIN,
    "still_enrolled": LEFT,
    "was_told": UNTOLD,
    "no_time_given": GIVEN_TIME,
}
"""Why a counted case is not deemed, by the guard that bars it; the first that does is what is said."""
COUNTED = ("not_excluded",)
"""The guards of deeming that say who is counted at all."""
_GUARDS = {**confirm.GUARDS, **exclude.GUARDS, **deem.Deeming(silent_colleges).guards()}


@dataclass(frozen=True, slots=True)
class Closed:
    """The result of a closing: the campaign's id, and how many silent cases were deemed correct."""

    campaign: str
    deemed: int


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A student who has not answered at the close, and what happens to their case."""

    college: str
    group: str
    number: str
    name: str
    why: str


def close_campaign(
    engine: Engine,
    store: Store,
    campaign: str,
    by: Actor,
    progress: Callable[[int], None] = lambda n: None,
    *,
    at_most: int = CHUNK,
) -> Closed:
    """Close a campaign whose window is past. A closed one is left as it is. Raises Refused."""
    with store.writing() as session:
        if _locked(session, campaign).state not in (CLOSING, CLOSED):
            engine.perform(session, Ref("campaign", campaign), "wind_up", by=by)
    deemed, more = 0, True
    while more:
        with store.writing() as session:
            more, done = _wave(engine, session, campaign, at_most)
        deemed += done
        progress(deemed)
    with store.writing() as session:
        if _locked(session, campaign).state != CLOSED:
            engine.perform(session, Ref("campaign", campaign), "close", by=by)
    return Closed(campaign, deemed)


def silent_by_fate(session: Session, policy: Rules, campaign: str) -> dict[str, int]:
    """Counted cases without an answer, by what a closing does with them."""
    return fates(session, policy, campaign_facts(session, campaign))


def fates(session: Session, policy: Rules, campaign: CampaignFacts) -> dict[str, int]:
    """The same of a campaign that was read already. One statement."""
    attempt = _deeming(session, policy, campaign)
    fate = _fate(attempt)
    asked = _silent(select(fate, func.count()), attempt).group_by(fate)
    return {why: n for why, n in session.execute(asked)}


def unchecked(session: Session, policy: Rules, campaign: str) -> tuple[Unchecked, ...]:
    """The silent cases that stay, or will stay, unchecked, by college, class and number."""
    attempt = _deeming(session, policy, campaign_facts(session, campaign))
    fate = _fate(attempt)
    asked = _silent(select(Record.fy, Record.bh, Record.xh, Record.xm, fate), attempt)
    rows = session.execute(asked.where(fate != TO_DEEM).order_by(Record.fy, Record.bh, Record.xh, Record.id))
    return tuple(Unchecked(fy or "", bh or "", xh or "", xm, found) for fy, bh, xh, xm, found in rows)


def deem_with_their_colleges(engine: Engine, store: Store, *, at_most: int = CHUNK) -> int:
    """Deem the silent students of silent colleges, where the rules let a college's silence count for them.

    Their campaigns are closed by then. Idempotent, also after a kill. Returns how many were deemed.
    """
    with store.reading() as session:
        waiting = [one.id for one in begun_campaigns(session) if _waits_for_colleges(engine, session, one)]
    deemed = 0
    for campaign in waiting:
        more = True
        while more:
            with store.writing() as session:
                tally = engine.perform_all(
                    session, "deem", _locked(session, campaign), by=SYSTEM, at_most=at_most
                )
            more, deemed = tally.more, deemed + tally.done
    return deemed


def _waits_for_colleges(engine: Engine, session: Session, campaign: CampaignFacts) -> bool:
    if campaign.state != CLOSED:
        return False
    policy = rules_of(engine, session, campaign.id)
    with_college = campaign.kind in policy.school.policy.silence.colleges_deem_students
    return with_college and fates(session, policy, campaign).get(TO_DEEM, 0) > 0


def _deeming(session: Session, policy: Rules, campaign: CampaignFacts) -> Wave:
    """The attempt to deem a campaign's silent cases that a closing makes when its window is past."""
    at = campaign.closes_at
    return AttemptOn(session, CASE, CASE.action("deem"), campaign, SYSTEM, at, policy, {}, CaseFindings())


def _fate(attempt: Wave) -> ColumnElement[str]:
    silence = attempt.policy.school.policy.silence
    with_college = attempt.subject.kind in silence.colleges_deem_students
    first = {"no_time_given": GIVEN_TIME, "policy_deems": WITH_COLLEGE} if with_college else {}
    whys = first | {name: why for name, why in STAYS.items() if name not in first}
    barred = ((~_lets_through(name, attempt), why) for name, why in whys.items())
    return case(*barred, else_=TO_DEEM)


def _silent(asked: Select[*tuple[Any, ...]], attempt: Wave) -> Select[*tuple[Any, ...]]:
    return (
        asked.select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .where(
            Case.campaign_id == attempt.subject.id,
            Case.state.in_(CASE.sources(attempt.action)),
            *(_lets_through(name, attempt) for name in COUNTED),
        )
    )


def _lets_through(name: str, attempt: Wave) -> ColumnElement[bool]:
    rows = _GUARDS[name].rows
    assert rows is not None
    return rows(attempt)


def _wave(engine: Engine, session: Session, campaign: str, at_most: int) -> tuple[bool, int]:
    facts = _locked(session, campaign)
    if facts.state != CLOSING:  # another process has finished it meanwhile
        return False, 0
    tally = engine.perform_all(session, "deem", facts, by=SYSTEM, at_most=at_most)
    return tally.more, tally.done


def _locked(session: Session, campaign: str) -> CampaignFacts:
    """Read the campaign and lock it against other closings and extensions until the unit of work ends."""
    session.execute(select(Campaign.id).where(Campaign.id == campaign).with_for_update())
    return campaign_facts(session, campaign)
