"""A college's list on its pages: signed, deemed, or unsigned, with reason and next deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.shared.security import actor, me, place
from web.shared.words import pick
from workflow.campaigns.colleges.attestation import AttestationState, standing
from workflow.campaigns.colleges.deadline import (
    Deadline,
    Telling,
    deadline_is_unseen,
    deadline_of,
    mark_deadline_seen,
    signers_of,
)
from workflow.campaigns.colleges.unsigned import WHYS, Fate, fates
from workflow.cases.load import campaign_facts
from workflow.notices.tables import CHANNELS


@dataclass(frozen=True, slots=True)
class CollegeListView:
    """What a page shows of one college's list: its attestation, or else its expected outcome and date.

    ``signers``: who may sign it, for an officer who may not.
    """

    college: str
    due: Deadline | None
    standing: AttestationState | None
    fate: Fate | None
    at: datetime
    signers: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """True when the colleges' deadline has passed."""
        return self.due is not None and self.at > self.due.at

    @property
    def late(self) -> bool:
        """True when it was signed after the deadline, or is unsigned after it."""
        if self.due is None or (self.standing and self.standing.deemed):
            return False
        return (self.standing.since if self.standing else self.at) > self.due.at

    @property
    def told(self) -> Telling | None:
        """How an officer was notified of the deadline."""
        if self.standing is not None:
            return self.standing.told
        return self.fate.told if self.fate else None


def listed(
    session: Session, campaign: str, colleges: list[str], *, opened: bool = False
) -> tuple[CollegeListView, ...]:
    """The lists of some colleges in a campaign. For the college ``opened``, with its lines as recorded."""
    engine, cipher = place().engine, place().cipher
    at, facts = engine.clock.now(session), campaign_facts(session, campaign)
    policy = engine.policies.named(session, facts.policy) if facts.policy else engine.policies.in_force(at)
    found = {one.college: one for one in standing(session, cipher, campaign, colleges[0] if opened else None)}
    ahead = fates(session, policy, facts, colleges, at)
    due = deadline_of(policy, facts)
    return tuple(CollegeListView(one, due, found.get(one), ahead.get(one), at) for one in colleges)


def list_with_signers(session: Session, campaign: str, college: str) -> CollegeListView:
    """The list of a college for an officer of some of its students: with who may sign it, and no lines."""
    (found,) = listed(session, campaign, [college])
    return replace(found, signers=signers_of(session, college, found.at))


def note_told(campaign: str, shown: CollegeListView) -> None:
    """Record that an officer saw the colleges' deadline on their own page, if they had to be notified."""
    if shown.due is None or not shown.due.deems or not me().of_whole_college:
        return
    installation, by = place(), actor()
    if by.on_behalf_of:  # a stand-in's view does not notify the officer
        return
    with installation.store.reading() as session:
        unseen = deadline_is_unseen(session, campaign, by.person, installation.clock.now(session))
    if unseen:
        with installation.store.writing() as session:
            mark_deadline_seen(session, campaign, by.person, installation.clock.now(session))


def why_unsigned(code: str) -> str:
    """The outcome of an unsigned list, in words."""
    return pick(*WHYS[code])


def way_told(way: str) -> str:
    """How somebody was notified: on their page, or by which channel."""
    return pick(*CHANNELS[way]) if way in CHANNELS else _("在页面上看到")
