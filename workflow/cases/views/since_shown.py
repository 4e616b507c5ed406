"""A value that was not put into the record on request, and that a later import has brought all the same."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, select

from workflow.cases.claims import opened
from workflow.cases.facts import ClaimFacts
from workflow.cases.tables import Claim
from workflow.people.cipher import Cipher
from workflow.records.tables import RecordChange, RosterImport

LATER_IMPORT = (
    select(RosterImport.as_of)
    .select_from(RecordChange)
    .outerjoin(RosterImport, RosterImport.id == RecordChange.import_id)
    .where(
        and_(
            RecordChange.record_id == Claim.record_id,
            RecordChange.field == Claim.field,
            RecordChange.at >= Claim.ended_at,
        )
    )
    .order_by(RecordChange.number.desc())
    .limit(1)
    .correlate(Claim)
    .scalar_subquery()
)
"""The day of the import that last changed a claim's field since the claim ended; none if a case did."""

NOT_PUT_IN = ("refused", "lapsed")


def since_shown_on(cipher: Cipher, claim: ClaimFacts, present: str, imported: date | None) -> date | None:
    """Since the data of which day the record has what the claim asked for in vain; None if it has not."""
    if imported is None or claim.outcome not in NOT_PUT_IN or claim.ended_at is None or not present:
        return None
    return imported if opened(cipher, claim).new == present else None
