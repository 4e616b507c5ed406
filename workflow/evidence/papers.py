"""What is known of papers without their bytes: by their ids, or those that wait to be filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from workflow.evidence.tables import Evidence
from workflow.store import InHand, Prepared


class Paper(NamedTuple):
    """One paper: what it is said to be, and the digest by which the history names it.

    ``case_id`` is empty while it waits in a draft; ``added_by`` is who handed it in, if not the student;
    ``notice`` is the version of the privacy notice, '' if none was kept.
    """

    id: str
    record_id: str
    case_id: str | None
    kind: str
    size: int
    digest: str
    added_by: str | None = None
    notice: str = ""
    added_at: datetime | None = None


COLUMNS = tuple(getattr(Evidence, name) for name in Paper._fields)
PAPERS: InHand[Paper | None] = InHand("evidence")
_BY_ID = Prepared(select(*COLUMNS).where(Evidence.id.in_(bindparam("ids", expanding=True))))


def papers_by_id(session: Session, ids: Sequence[str]) -> list[Paper | None]:
    """The papers of these ids, None for each that is not there."""
    found = {paper.id: paper for id in ids if (paper := PAPERS.get(session, id)) is not None}
    if missing := [id for id in ids if id not in found]:
        found |= {row.id: Paper(*row) for row in _BY_ID.rows(session, {"ids": missing})}
        keep(session, found.values())
    return [found.get(id) for id in ids]


def papers_of_cases(session: Session, cases: Collection[str]) -> dict[str, list[Paper]]:
    """The papers that were filed in several cases, each in their order; in hand from then on."""
    asked = select(*COLUMNS).where(Evidence.case_id.in_(cases)).order_by(Evidence.added_at, Evidence.id)
    found: dict[str, list[Paper]] = {}
    for row in session.execute(asked):
        found.setdefault(row.case_id, []).append(Paper(*row))
    for case in cases:
        filed = found.get(case, ())
        FILED.keep(session, case, tuple(FiledPaper(one.id, one.kind, one.notice) for one in filed))
    return found


class FiledPaper(NamedTuple):
    """One filed paper: its kind, and the version of the privacy notice it was given under ('' if none)."""

    id: str
    kind: str
    notice: str


class NoticeOfPapers(NamedTuple):
    """Some papers of a case: their kind, the version of their notice ('' if none was kept), their number."""

    kind: str
    notice: str
    number: int


FILED: InHand[tuple[FiledPaper, ...]] = InHand("evidence")
_IN_CASE = Prepared(
    select(Evidence.id, Evidence.kind, Evidence.notice)
    .where(Evidence.case_id == bindparam("case"))
    .order_by(Evidence.added_at, Evidence.id)
)


def papers_in(session: Session, case: str) -> tuple[FiledPaper, ...]:
    """The papers that were filed in a case, in the order in which they came."""

    def asked() -> tuple[FiledPaper, ...]:
        return tuple(FiledPaper(*row) for row in _IN_CASE.rows(session, {"case": case}))

    return FILED.once(session, case, asked)


def notices_of(papers: Iterable[FiledPaper]) -> tuple[NoticeOfPapers, ...]:
    """The versions of the privacy notice for a case's papers, by kind of paper."""
    found = Counter((paper.kind, paper.notice) for paper in papers)
    return tuple(NoticeOfPapers(kind, notice, number) for (kind, notice), number in found.items())


def keep(session: Session, papers: Iterable[Paper]) -> None:
    """Keep what was read of some papers."""
    for paper in papers:
        PAPERS.keep(session, paper.id, paper)
