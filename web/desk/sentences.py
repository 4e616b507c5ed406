"""Kept sentences at the desk: those that fit a case, with its facts filled in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from web.shared.security import actor, place
from workflow.cases.facts import CaseFacts
from workflow.cases.rules import Rules
from workflow.cases.sentences import SentenceOffered, offered


def offered_here(
    session: Session, facts: CaseFacts, policy: Rules, at: datetime
) -> tuple[SentenceOffered, ...]:
    """The sentences that the signed-in person can choose for a case. ``policy`` judges it."""
    return offered(
        session,
        actor(),
        facts,
        policy,
        at=at,
        cipher=place().cipher,
        profile=place().profile,
        of_school=place().rules.sentences,
    )
