"""One case with whom it is about and who works on it, in plain values for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts, is_held
from workflow.cases.load import whole_of_case
from workflow.cases.views.lookup import names_of


@dataclass(frozen=True, slots=True)
class CaseRead:
    """A filed case with whom it is about and the names of who has to do with it; '' where there is nobody.

    ``proxy`` is the name of who filed it for the student, ``proxy_for`` of the one in whose place they did.
    """

    facts: CaseFacts
    filed_at: datetime
    name: str
    number: str
    college: str
    major: str
    class_: str
    has_photo: bool
    holder_name: str
    decided_by_name: str
    proxy: str
    proxy_for: str

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return is_held(self.facts.holder, self.facts.held_until, at)


def read_filed(session: Session, case: str) -> CaseRead | None:
    """A case that was filed; None if there is none such."""
    whole = whole_of_case(session, case)
    facts = whole.case(case) if whole is not None else None
    if whole is None or facts is None or facts.filed_at is None:
        return None
    names = names_of(session, (facts.holder, facts.decided_by, facts.proxy, facts.proxy_for))
    said: dict[str, str] = {field: whole.values[field] or "" for field in ("XM", "FY", "ZYMC", "BH")}
    return CaseRead(
        facts=facts,
        filed_at=facts.filed_at,
        name=said["XM"],
        number=whole.values["XH"] or whole.values["KSH"] or "",
        college=said["FY"],
        major=said["ZYMC"],
        class_=said["BH"],
        has_photo=whole.values["PHOTO"] is not None,
        holder_name=names.get(facts.holder, ""),
        decided_by_name=names.get(facts.decided_by, ""),
        proxy=names.get(facts.proxy, ""),
        proxy_for=names.get(facts.proxy_for, ""),
    )
