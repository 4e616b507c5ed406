"""What is known of papers without their bytes: by their ids, or those that wait to be filed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
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


class NoticeOfPapers(NamedTuple):
    """Some papers of a case: their kind, the version of their notice ('' if none was kept), their number."""

    kind: str
    notice: str
    number: int


def notices_of(session: Session, case: str) -> tuple[NoticeOfPapers, ...]:
    """The versions of the privacy notice for a case's papers, by kind of paper."""
    found = session.execute(
        select(Evidence.kind, Evidence.notice, func.count())
        .where(Evidence.case_id == case)
        .group_by(Evidence.kind, Evidence.notice)
        .order_by(func.min(Evidence.added_at), Evidence.kind, Evidence.notice)
    )
    return tuple(NoticeOfPapers(*row) for row in found)


def keep(session: Session, papers: Iterable[Paper]) -> None:
    """Keep what was read of some papers."""
    for paper in papers:
        PAPERS.keep(session, paper.id, paper)
