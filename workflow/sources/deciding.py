"""What the registrar does of differences: says of which kind they are, that they are done, or opens them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from workflow.records.rows import chunks, insert_rows
from workflow.sources.tables import KINDS, SAME, Difference, DifferenceDeed
from workflow.sources.worksheet import RowsWanted, meant
from workflow.store import as_text
from workflow.verdict import Reason

PROPOSED, DONE, AGAIN = "proposed", "done", "again"
PRESSES = (*KINDS, PROPOSED, DONE, AGAIN)
"""What can be pressed: a kind, what is proposed of each row, that it is done, or that it is open again."""

NOTHING_TICKED = Reason(
    "nothing_ticked", "还没有勾选任何一行。", remedy="请先勾选要办的行，再按一次。", rule="sources"
)
CHANGED_MEANWHILE = Reason(
    "rows_changed",
    "您看到之后，有人办理了其中的行，或对照有变化；没有改动任何一行。",
    remedy="请核对下面现在的情况，再按一次。",
    rule="sources",
)
NO_PROPOSAL = Reason(
    "row_without_proposal",
    "其中 {n} 行没有建议；没有改动任何一行。",
    {"n": 0},
    remedy="请直接选一种处理办法，或只勾选有建议的行。",
    rule="sources",
)
KIND_FIRST = Reason(
    "row_without_kind",
    "其中 {n} 行还没有确定怎样处理，不能登记为已办；没有改动任何一行。",
    {"n": 0},
    remedy="请先确定是在学信网更正、在本校更正，还是问学生。",
    rule="sources",
)
NO_SUCH_PRESS = Reason("no_such_press", "没有这种处理办法。", remedy="请按页面上的按钮办理。", rule="sources")


class RowsRefused(Exception):
    """A press on rows of a worksheet is refused; nothing was changed."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


@dataclass(frozen=True, slots=True)
class RowsTicked:
    """The rows that were ticked, each with the version that was seen."""

    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RowsAlike:
    """All rows that are meant, how many there were when the page was seen, and how often all were pressed."""

    wanted: RowsWanted
    number: int
    presses: int


def alike(session: Session, comparison: str, wanted: RowsWanted) -> RowsAlike:
    """All rows that are meant, as they are now."""
    asked = select(func.count(), func.coalesce(func.sum(Difference.version), 0))
    number, presses = session.execute(asked.where(*meant(comparison, wanted))).one()
    return RowsAlike(wanted, number, int(presses))


def press_rows(
    session: Session, comparison: str, which: RowsTicked | RowsAlike, press: str, *, by: str, at: datetime
) -> int:
    """Do one thing of all these rows, or of none. Returns how many. Raises RowsRefused."""
    if press not in PRESSES:
        raise RowsRefused(NO_SUCH_PRESS)
    rows = _locked(session, comparison, which)
    kinds = {row.id: _kind_after(row.kind, row.proposed, press) for row in rows}
    if lacking := sum(1 for kind in kinds.values() if not kind):
        reason = NO_PROPOSAL if press == PROPOSED else KIND_FIRST
        raise RowsRefused(Reason(reason.code, reason.template, {"n": lacking}, reason.remedy, reason.rule))
    _write(session, kinds, press, at)
    deeds = [
        (row.id, row.mark, press if press in (DONE, AGAIN) else kinds[row.id], by, as_text(at))
        for row in rows
    ]
    insert_rows(session, DifferenceDeed.__table__, ("difference_id", "mark", "what", "by", "at"), deeds)
    return len(rows)


def _kind_after(kind: str, proposed: str, press: str) -> str:
    """The kind of a row after a press; '' if the press cannot be."""
    if press == PROPOSED:
        return proposed
    if press == DONE:
        return "" if kind == SAME else kind
    return kind if press == AGAIN else press


def _locked(session: Session, comparison: str, which: RowsTicked | RowsAlike) -> Sequence[Difference]:
    """The rows, as nobody else changes them meanwhile. Raises RowsRefused if not as they were seen."""
    asked = select(Difference).where(*_conditions(comparison, which))
    if session.get_bind().dialect.name == "postgresql":
        asked = asked.with_for_update(of=Difference)
    rows = session.scalars(asked.order_by(Difference.place)).all()
    if isinstance(which, RowsTicked):
        if not which.versions:
            raise RowsRefused(NOTHING_TICKED)
        as_seen = {row.id: row.version for row in rows} == dict(which.versions)
    else:
        presses = sum(row.version for row in rows)
        as_seen = bool(rows) and (len(rows), presses) == (which.number, which.presses)
    if not as_seen:
        raise RowsRefused(CHANGED_MEANWHILE)
    return rows


def _conditions(comparison: str, which: RowsTicked | RowsAlike) -> list[ColumnElement[bool]]:
    if isinstance(which, RowsAlike):
        return list(meant(comparison, which.wanted))
    return [Difference.comparison_id == comparison, Difference.id.in_(sorted(which.versions))]


def _write(session: Session, kinds: Mapping[str, str], press: str, at: datetime) -> None:
    """Write kinds and whether rows are done, kind by kind."""
    for kind in sorted(set(kinds.values())):
        for chunk in chunks(id for id, one in kinds.items() if one == kind):
            session.execute(
                update(Difference)
                .where(Difference.id.in_(chunk))
                .values(kind=kind, done_at=at if press == DONE else None, version=Difference.version + 1)
                .execution_options(synchronize_session=False)
            )
    session.expire_all()
