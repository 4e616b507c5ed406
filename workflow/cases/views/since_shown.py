"""A value that was not put into the record on request, and that a later import has brought all the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import and_, select

from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts
from workflow.cases.tables import Claim
from workflow.people.cipher import Cipher
from workflow.records.tables import RecordChange, RosterImport
from workflow.records.values import opened_values

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


def since_shown(
    cipher: Cipher, case: CaseFacts, stored: Mapping[str, Any], imported: Mapping[str, date]
) -> dict[str, date]:
    """By claims of a case that asked in vain for what the record has now: since the data of which day.

    ``stored`` are the record's values, ``imported`` the days of LATER_IMPORT by claim.
    """
    claims = [one for one in case.claims if one.id in imported and one.outcome in NOT_PUT_IN and one.ended_at]
    present = opened_values(cipher, case.record.id, {one.field for one in claims}, stored)
    return {one.id: imported[one.id] for one in claims if opened(cipher, one).new == present[one.field] != ""}
