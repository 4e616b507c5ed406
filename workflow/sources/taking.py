"""A comparison is taken in: its differences become the rows of a worksheet, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.records.rows import chunks, insert_rows
from workflow.records.values import new_ids
from workflow.sources.comparing import ComparisonPlan, Differs
from workflow.sources.tables import Difference, SourceComparison
from workflow.store import as_text

_COLUMNS = (
    "id", "comparison_id", "place", "record_id", "college", "field", "platform", "school", "whose",
    "on_platform", "in_school", "mark", "since", "proposed", "because", "claim_id", "case_id", "kind",
    "done_at", "version",
)  # fmt: skip


class ComparisonRefused(Exception):
    """A row of one of the files is refused, so nothing was written."""


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """What is kept of a difference that an earlier comparison had: since when, and of which kind it is."""

    since: str
    kind: str


def take_comparison(
    session: Session, cipher: Cipher, plan: ComparisonPlan, *, by: str, at: datetime, entropy: Entropy
) -> str:
    """Write a comparison and its differences. Returns its id. Raises ComparisonRefused.

    A difference seen before keeps what it was decided to be; that it was done is over: it is still there.
    """
    if plan.refused:
        raise ComparisonRefused
    id = entropy(16).hex()
    school, platform = plan.school.judged, plan.platform.judged if plan.platform else None
    session.add(
        SourceComparison(
            id=id,
            made_by=by,
            made_at=at,
            name=school.facts.name,
            digest=school.facts.digest,
            as_of=school.as_of,
            platform_name=platform.facts.name if platform else "",
            platform_digest=platform.facts.digest if platform else "",
            platform_as_of=platform.as_of if platform else at.date(),
            fields=",".join(plan.fields),
            rows=len(school),
            both=plan.both,
        )
    )
    session.flush()
    marks = [one.mark(cipher) for one in plan.differs]
    seen = _seen_before(session, marks)
    rows = _rows(cipher, id, plan.differs, marks, seen, as_text(at), new_ids(entropy, len(marks)))
    insert_rows(session, Difference.__table__, _COLUMNS, rows)
    return id


def _seen_before(session: Session, marks: Sequence[str]) -> Mapping[str, SeenBefore]:
    """What earlier comparisons had, by mark: since the first, and as the last one left it."""
    found: dict[str, SeenBefore] = {}
    kept = Difference.__table__.c
    since = kept.since.label("since")
    for chunk in chunks(marks):
        asked = (
            select(kept.mark, since, kept.kind)
            .join(SourceComparison, SourceComparison.id == kept.comparison_id)
            .where(kept.mark.in_(chunk))
            .order_by(SourceComparison.made_at, kept.comparison_id)
        )
        for row in session.execute(asked):
            found[row.mark] = SeenBefore(as_text(row.since), row.kind)
    return found


def _rows(
    cipher: Cipher,
    comparison: str,
    differs: Sequence[Differs],
    marks: Sequence[str],
    seen: Mapping[str, SeenBefore],
    at: str,
    ids: Sequence[str],
) -> Iterator[tuple[Any, ...]]:
    """The rows in stored form, in the order of the worksheet."""
    for place, (id, one, mark) in enumerate(zip(ids, differs, marks, strict=True), start=1):
        before = seen.get(mark, SeenBefore(at, ""))
        platform, school = (
            cipher.seal(value, table="difference", column=side, row=id)
            for side, value in (("platform", one.platform), ("school", one.school))
        )
        whose = cipher.seal(one.named, table="difference", column="whose", row=id) if one.named else None
        whole = one.field == "*"
        yield (
            id, comparison, place, one.record, one.college, one.field, platform, school, whose,
            not whole or bool(one.platform), not whole or bool(one.school), mark, before.since,
            one.proposed, one.because, one.claim, one.case, before.kind, None, 0,
        )  # fmt: skip
