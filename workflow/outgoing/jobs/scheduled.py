"""Scheduled job of exports: what nobody approved lapses, and a file that had its day is destroyed.

It can run at any moment and any number of times. What is over opens nothing before that either.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from workflow.clock import Clock
from workflow.outgoing.jobs.files import LIFE, OutgoingFiles
from workflow.outgoing.jobs.tables import ExportJob
from workflow.store import Store


@dataclass(frozen=True, slots=True)
class SweptExports:
    """How many jobs lapsed, how many had their file destroyed, and how many stray files were removed."""

    lapsed: int = 0
    destroyed: int = 0
    strays: int = 0


def run_scheduled(store: Store, clock: Clock, files: OutgoingFiles) -> SweptExports:
    """End what is over; its key goes with the row's change, then its file. A second run finds nothing."""
    lapsed, gone = 0, list[str]()
    with store.writing() as session:
        at = clock.now(session)
        live = set[str]()
        for job in session.scalars(select(ExportJob).where(ExportJob.ended_at.is_(None))):
            if (job.approved_at or job.made_at) + LIFE > at:
                live.add(job.stored)
                continue
            lapsed += job.approved_at is None
            gone += [job.stored] if job.approved_at else []
            job.ended_because = "destroyed" if job.approved_at else "lapsed"
            job.ended_at, job.key = at, None
    for name in gone:
        files.destroy(name)
    return SweptExports(lapsed, len(gone), files.sweep(at, live))
