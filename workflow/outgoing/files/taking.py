"""Taking what a batch hands over: while a second person's agreement holds, logged before a byte leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, func, or_, select, union_all
from sqlalchemy.orm import Session

from states.batch import FROZEN, SENT
from workflow.cases.batches import Batch, BatchLine
from workflow.engine import Actor, Entropy, NoSuchSubject
from workflow.outgoing.batches.choosing import near_lines
from workflow.outgoing.batches.facts import BatchFacts, look_at_batch
from workflow.outgoing.files.register import line_range
from workflow.outgoing.files.tables import BatchFile
from workflow.outgoing.jobs.seen import jobs_about
from workflow.people.access import note_access, people_at_the_door
from workflow.people.tables import Person
from workflow.verdict import Reason, Refused, Verdict, named

NOT_FROZEN = Reason(
    "batch_not_frozen",
    "批次没有定稿，或者已经结束，没有可以下载的文件。",
    remedy="组批完成后请先定稿，再由第二个人同意。",
)
NOT_AGREED = Reason(
    "batch_agreement_over",
    "第二个人还没有同意，或者同意已过 24 小时。",
    remedy="请另一位学籍管理员或复核人同意（可以再次同意），24 小时内下载。",
)
FELL_OUT = Reason(
    "batch_lines_fell_out",
    "第 {lines} 行已经失效，文件里不能再有这些行。",
    remedy="请先移出这些行：写明理由，并由另一个人同意。",
)
TOO_NEAR = Reason(
    "batch_too_near",
    "第 {lines} 行是您本人、您申报过关系的或者由您代为提交的学生的事项，您不能下载。",
    remedy="请由另一位学籍管理员下载。",
)
WHY_NOT: dict[str, tuple[str, str]] = {
    "batch_agreement_over": ("没有第二个人的同意，或者已过 24 小时", "no agreement, or it is over"),
    "batch_lines_fell_out": ("有行已失效", "lines have fallen out"),
    "batch_not_frozen": ("批次没有定稿或已经结束", "the batch is not frozen, or has ended"),
    "batch_too_near": ("有利害关系", "a student is too near"),
    "dbf_left_out_otherwise": ("不能写入的行与看到的不同", "other rows are left out than were shown"),
}
"""The same in a few words, by code."""


@dataclass(frozen=True, slots=True)
class FileKept:
    """One file that left with a batch, with the name of who took it first."""

    what: str
    digest: str
    lines: int
    left_out: int
    papers: int
    missing: int
    made_at: datetime
    name: str


def why_not_take(session: Session, batch: BatchFacts, by: Actor, at: datetime) -> list[Reason]:
    """Every reason why this person cannot take the files of a batch now."""
    reasons = []
    if batch.state not in (FROZEN, SENT):
        reasons.append(NOT_FROZEN)
    elif not batch.may_be_taken(at):
        reasons.append(NOT_AGREED)
    if fallen := [str(line.number) for line in batch.lines if line.fell_out]:
        reasons.append(_with_lines(FELL_OUT, fallen))
    if near := near_lines(session, batch.id, people_at_the_door(by)):
        reasons.append(_with_lines(TOO_NEAR, [str(number) for number in near]))
    return reasons


def note_taking(session: Session, id: str, what: str, by: Actor, at: datetime) -> BatchFacts:
    """Log that a file is taken, with the range of its rows. Raises Refused, and logs the try."""
    batch = look_at_batch(session, id)
    if batch is None:
        raise NoSuchSubject(id)
    if reasons := why_not_take(session, batch, by, at):
        raise Refused(
            Verdict("take_batch_file", tuple(named("batch_files", reasons))),
            lambda kept: note_access(kept, by, f"try:batch_{what}", id, at, allowed=False),
        )
    note_access(session, by, f"batch:{what}:{line_range(batch.standing)}", id, at)
    return batch


def keep_file(
    session: Session,
    entropy: Entropy,
    batch: str,
    what: str,
    digest: str,
    by: Actor,
    at: datetime,
    **counts: int,
) -> None:
    """Keep the digest of a file that leaves. The same bytes are kept once."""
    known = select(BatchFile.id).where(
        BatchFile.batch_id == batch, BatchFile.what == what, BatchFile.digest == digest
    )
    if session.scalar(known) is None:
        row = BatchFile(
            id=entropy(16).hex(),
            batch_id=batch,
            what=what,
            digest=digest,
            made_at=at,
            made_by=by.person,
            **{"lines": 0, "left_out": 0, "papers": 0, "missing": 0} | counts,
        )
        session.add(row)
        session.flush()


def kept_files(session: Session, batch: str) -> list[FileKept]:
    """The files that left with a batch, oldest first."""
    rows = session.execute(
        select(BatchFile, func.coalesce(Person.name, ""))
        .outerjoin(Person, Person.id == BatchFile.made_by)
        .where(BatchFile.batch_id == batch)
        .order_by(BatchFile.made_at, BatchFile.what, BatchFile.id)
    )
    return [
        FileKept(it.what, it.digest, it.lines, it.left_out, it.papers, it.missing, it.made_at, name)
        for it, name in rows
    ]


def files_about(record: str) -> CompoundSelect[tuple[str]]:
    """The export jobs and batches whose files had a student in them. It selects their ids."""
    stayed = or_(BatchLine.out_at.is_(None), BatchLine.out_at > Batch.frozen_at)
    batches = (
        select(BatchLine.batch_id)
        .join(Batch, Batch.id == BatchLine.batch_id)
        .where(BatchLine.record_id == record, stayed)
    )
    return union_all(jobs_about(record), batches)


def _with_lines(reason: Reason, lines: Sequence[str]) -> Reason:
    return Reason(reason.code, reason.template, {"lines": tuple(lines)}, remedy=reason.remedy)
