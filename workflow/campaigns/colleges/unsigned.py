"""Lists that no officer signs: they stand without objection if the policy says so, else a reason is given.

It changes no case. Each list is one unit of work, so the job is idempotent, also after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from states.attestation import DEEMED, STANDING
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.colleges.deadline import Telling, begun_campaigns, deadline_of, officers_of, told
from workflow.campaigns.tables import Attestation
from workflow.cases.facts import CampaignFacts
from workflow.cases.rules import Rules
from workflow.engine import SYSTEM, Engine, Ref
from workflow.store import Store
from workflow.verdict import Refused

TO_DEEM = "to_deem"
NOT_BY_RULE = "not_by_rule"
NO_OFFICER = "no_officer"
UNTOLD = "untold"
TAKEN_BACK = "taken_back"
WHYS: dict[str, tuple[str, str]] = {
    TO_DEEM: ("到期视为无异议", "will stand without objection"),
    NOT_BY_RULE: ("按规则，没有签认不等于无异议", "by the rules an unsigned list means nothing"),
    NO_OFFICER: ("没有经办人", "the college has no officer"),
    UNTOLD: ("经办人没有收到过截止通知", "no officer was told of the deadline"),
    TAKEN_BACK: ("撤回后没有重新签认", "taken back, and not signed again"),
}
"""What happens to an unsigned list, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to an unsigned list at the colleges' deadline, and how an officer was told, if one was."""

    why: str
    told: Telling | None = None


def fates(
    session: Session, policy: Rules, campaign: CampaignFacts, colleges: Iterable[str], at: datetime
) -> Mapping[str, Fate]:
    """By college, what happens to the lists of a campaign that are not in force."""
    deadline = deadline_of(policy, campaign)
    spoken = _spoken(session, campaign.id)
    wanted = [college for college in colleges if spoken.get(college) not in STANDING]
    if deadline is None or not deadline.deems:
        return dict.fromkeys(wanted, Fate(NOT_BY_RULE))
    tellings = told(session, policy, campaign.id, deadline.at)
    officers = officers_of(session, min(at, deadline.at))

    def fate(college: str) -> Fate:
        if college in spoken:
            return Fate(TAKEN_BACK)
        if college in tellings:
            return Fate(TO_DEEM, tellings[college])
        return Fate(UNTOLD if college in officers else NO_OFFICER)

    return {college: fate(college) for college in wanted}


def deem_unsigned(
    engine: Engine, store: Store, progress: Callable[[str], None] = lambda college: None
) -> tuple[str, ...]:
    """Deem every overdue list where silence counts. Returns their colleges."""
    with store.reading() as session:
        waiting = _waiting(engine, session)
    done = []
    for campaign, college in waiting:
        try:
            with store.writing() as session:
                engine.perform(
                    session, Ref("attestation"), "deem_list", by=SYSTEM, campaign=campaign, college=college
                )
        except Refused:  # an officer was faster, or the college has no students in it any more
            continue
        done.append(college)
        progress(college)
    return tuple(done)


def _waiting(engine: Engine, session: Session) -> list[tuple[str, str]]:
    """The lists to deem now, by campaign and college."""
    at, found = engine.clock.now(session), []
    for campaign in begun_campaigns(session):
        policy = rules_of(engine, session, campaign.id)
        deadline = deadline_of(policy, campaign)
        if deadline is None or not deadline.deems or at <= deadline.at:
            continue
        silent = told(session, policy, campaign.id, deadline.at).keys() - _spoken(session, campaign.id).keys()
        found += [(campaign.id, college) for college in sorted(silent)]
    return found


def silent_colleges(campaign: str) -> Select[str]:
    """The colleges of a campaign whose unsigned lists stand without objection."""
    return select(Attestation.college).where(Attestation.campaign_id == campaign, Attestation.state == DEEMED)


def _spoken(session: Session, campaign: str) -> Mapping[str, str]:
    """By college, the state of the list in force, else withdrawn if it was withdrawn."""
    asked = select(Attestation.college, Attestation.state).where(Attestation.campaign_id == campaign)
    found: dict[str, str] = {}
    for college, state in session.execute(asked):
        if found.get(college) not in STANDING:
            found[college] = state
    return found
