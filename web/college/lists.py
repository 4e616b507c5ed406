"""A college's list on its pages: signed, deemed without objection, or not, why, and what will happen when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.shared.security import actor, place
from web.shared.words import pick
from workflow.campaigns.colleges.attestation import AttestationState, standing
from workflow.campaigns.colleges.deadline import (
    Deadline,
    Telling,
    deadline_is_unseen,
    deadline_of,
    mark_deadline_seen,
)
from workflow.campaigns.colleges.unsigned import WHYS, Fate, fates
from workflow.cases.load import campaign_facts
from workflow.notices.tables import CHANNELS


@dataclass(frozen=True, slots=True)
class CollegeListView:
    """What a page says of one college's list: what stands of it, else what becomes of it, and by when."""

    college: str
    due: Deadline | None
    standing: AttestationState | None
    fate: Fate | None
    at: datetime

    @property
    def over(self) -> bool:
        """Whether the colleges' time is past."""
        return self.due is not None and self.at > self.due.at

    @property
    def late(self) -> bool:
        """Whether it was signed behind the deadline, or is unsigned behind it."""
        if self.due is None or (self.standing and self.standing.deemed):
            return False
        return (self.standing.since if self.standing else self.at) > self.due.at

    @property
    def told(self) -> Telling | None:
        """How an officer was told of the deadline."""
        if self.standing is not None:
            return self.standing.told
        return self.fate.told if self.fate else None


def listed(
    session: Session, campaign: str, colleges: list[str], *, opened: bool = False
) -> tuple[CollegeListView, ...]:
    """The lists of some colleges in a campaign; ``opened`` for one of them, with its lines as they stood."""
    engine, cipher = place().engine, place().cipher
    at, facts = engine.clock.now(session), campaign_facts(session, campaign)
    policy = engine.policies.named(session, facts.policy) if facts.policy else engine.policies.in_force(at)
    found = {one.college: one for one in standing(session, cipher, campaign, colleges[0] if opened else None)}
    ahead = fates(session, policy, facts, colleges, at)
    due = deadline_of(policy, facts)
    return tuple(CollegeListView(one, due, found.get(one), ahead.get(one), at) for one in colleges)


def note_told(campaign: str, shown: CollegeListView) -> None:
    """Remember that an officer's own page told them of the colleges' deadline, if they were to be told."""
    if shown.due is None or not shown.due.deems:
        return
    installation, by = place(), actor()
    if by.on_behalf_of:  # a stand-in's reading is not the officer's
        return
    with installation.store.reading() as session:
        unseen = deadline_is_unseen(session, campaign, by.person, installation.clock.now(session))
    if unseen:
        with installation.store.writing() as session:
            mark_deadline_seen(session, campaign, by.person, installation.clock.now(session))


def why_unsigned(code: str) -> str:
    """What becomes of an unsigned list, in words."""
    return pick(*WHYS[code])


def way_told(way: str) -> str:
    """How somebody was told: on their page, or by which channel."""
    return pick(*CHANNELS[way]) if way in CHANNELS else _("在页面上看到")
