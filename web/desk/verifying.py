"""What was verified of a case, on the pages of those who handle it: what their reader sees, and may enter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from web.shared.cases.claims import in_filing_order
from web.shared.figures.pictures import opening_for
from web.shared.labels import field_words, how_verified, kind_words
from web.shared.security import actor, place
from web.shared.words import named
from workflow.cases.facts import CaseFacts
from workflow.cases.review.verifying import VERIFY, VerificationRead, verifications_read
from workflow.cases.tables import HOWS
from workflow.cases.views.belongings import Belongings
from workflow.cases.views.lookup import names_of

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VerificationsShown:
    """What was verified, and what more of it may be said to be. ``told``: numbers and words are shown too."""

    found: tuple[VerificationRead, ...]
    may: bool
    told: bool
    claims: Choices
    papers: Choices
    hows: Choices

    def about(self, one: VerificationRead) -> str:
        """The paper and the claim that one of them is about."""
        paper = dict(self.papers).get(one.facts.paper, "")
        claim = dict(self.claims).get(one.facts.claim, "")
        return " · ".join(filter(None, (paper, claim)))


def verified_of(session: Session, facts: CaseFacts, there: Belongings) -> tuple[VerificationRead, ...]:
    """What was verified of a case, with the names of who did."""
    names = names_of(session, (one.seen_by for one in there.verified))
    return verifications_read(place().cipher, facts.id, there.verified, there.sealed, names)


def verified_here(session: Session, facts: CaseFacts, there: Belongings, at: datetime) -> VerificationsShown:
    """The same for the page of the signed-in person."""
    return VerificationsShown(
        found=verified_of(session, facts, there),
        may=place().engine.check_seen(session, facts, VERIFY, actor(), at=at).allowed,
        told=not opening_for(session, facts, at).barred,
        claims=tuple((one.id, field_words(one.field)) for one in in_filing_order(facts.claims)),
        papers=tuple((one.id, f"{n} {kind_words(one.kind)}") for n, one in enumerate(there.papers, 1)),
        hows=tuple(named(HOWS, how_verified)),
    )
