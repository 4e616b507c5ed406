"""Whether a college is one that the records name, and which ones are spelled alike."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.records.tables import Record
from workflow.verdict import Reason


def known_colleges(session: Session) -> list[str]:
    """The colleges that records name. Empty before a roster was taken in: then no name can be checked."""
    rows = session.scalars(select(Record.fy).where(Record.fy.is_not(None), Record.fy != "").distinct())
    return sorted(filter(None, rows))


def why_no_college(college: str, known: Collection[str]) -> Reason | None:
    """Why an officer cannot be of this college, with the names that are spelled alike."""
    if not known or college in known:
        return None
    near = tuple(get_close_matches(college, list(known), n=3, cutoff=0.5))
    if not near:
        return Reason(
            "college_unknown",
            "学籍名册中没有“{college}”，也没有相近的名称。",
            {"college": college},
            remedy="请按学籍名册中分院一栏的写法填写。",
        )
    return Reason(
        "college_misspelt",
        "学籍名册中没有“{college}”。相近的有：{near}。",
        {"college": college, "near": near},
        remedy="请按学籍名册中分院一栏的写法填写。",
    )
