"""What is known of papers without their bytes: by their ids, or those that wait to be filed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from workflow.evidence.tables import Evidence
from workflow.store import InHand, Prepared


class Paper(NamedTuple):
    """One paper: what it is said to be, and the digest by which the history names it.

    ``case_id`` is empty while it waits in a draft; ``added_by`` is who handed it in, if not the student.
    """

    id: str
    record_id: str
    case_id: str | None
    kind: str
    size: int
    digest: str
    added_by: str | None = None


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


def keep(session: Session, papers: Iterable[Paper]) -> None:
    """Keep what was read of some papers."""
    for paper in papers:
        PAPERS.keep(session, paper.id, paper)
