"""How the file of an export job is made: what a maker is, what it needs, and how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from workflow.cases.rules import SchoolRules
from workflow.clock import Clock
from workflow.engine import Entropy
from workflow.evidence.store import EvidenceStore
from workflow.outgoing.archive.wording import Wording
from workflow.outgoing.jobs.files import OutgoingFiles
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.tables import ExportJob
from workflow.outgoing.jobs.watermark import Mark
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.verdict import Reason

PIECE = 250
"""So many rows are made before the job says again how far it is."""


@dataclass(frozen=True, slots=True)
class ExportDesk:
    """What making a file needs beside the database: cipher, papers, files, randomness, time, rules.

    ``wording`` is that of the pages, for what people read; ``school`` the school's name.
    """

    cipher: Cipher
    evidence: EvidenceStore
    files: OutgoingFiles
    entropy: Entropy
    clock: Clock
    rules: SchoolRules
    wording: Wording | None = None
    school: str = ""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The file of a job as it is downloaded.

    ``about`` are the ids of the records in it, where the job's limits alone do not say which.
    ``event`` is what their students are notified of.
    """

    data: bytes = field(repr=False)
    rows: int
    papers: int = 0
    about: frozenset[str] = frozenset()
    event: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file, by which whoever received it can be held to it."""
        return hashlib.sha256(self.data).hexdigest()


def why_not_so_many(rows: int, most: int, none: Reason, too_many: Reason) -> list[Reason]:
    """Why so many rows are not taken out: ``none`` where there are none, ``too_many`` above ``most``."""
    if not rows:
        return [none]
    if rows <= most:
        return []
    said = too_many
    return [Reason(said.code, said.template, {**said.facts, "count": rows}, remedy=said.remedy)]


Progress = Callable[[int], None]
"""Told after each row how many there are now."""


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes the files of one kind of job.

    ``count`` says how much a scope has now, ``why_not`` why that cannot be taken out, ``ending`` what the
    file's name ends with. ``make`` is called outside a unit of work, in a snapshot for reading. A file that
    ``leaves_out`` nobody is neither asked for nor approved by whoever is related to a student in it.
    """

    name: str
    count: Callable[[Session, ExportScope], InScope]
    why_not: Callable[[ExportScope, InScope], list[Reason]]
    make: Callable[[Session, ExportDesk, ExportSeen, Mark, Progress], ExportFile]
    ending: Callable[[ExportScope], str]
    leaves_out: bool = True


class Making:
    """Writes how far a job's file is, every few hundred rows, in a unit of work of its own."""

    def __init__(self, store: Store, clock: Clock, id: str) -> None:
        self._store, self._clock, self._id = store, clock, id

    def begin(self, session: Session, whole: int) -> None:
        """Nothing of so many rows is made."""
        self._write(session, done=0, whole=whole)

    def __call__(self, done: int) -> None:
        """So many rows are made."""
        if done % PIECE == 0:
            with self._store.writing() as session:
                self._write(session, done=done)

    def leave(self) -> None:
        """The file was not made: the job waits as it did before."""
        with self._store.writing() as session:
            session.execute(update(ExportJob).where(ExportJob.id == self._id).values(moved_at=None))

    def _write(self, session: Session, **columns: int) -> None:
        waits = ExportJob.id == self._id, ExportJob.approved_at.is_(None), ExportJob.ended_at.is_(None)
        moved = self._clock.now(session)
        session.execute(update(ExportJob).where(*waits).values(moved_at=moved, **columns))
