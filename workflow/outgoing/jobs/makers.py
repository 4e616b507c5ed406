"""The makers of export jobs: what a job takes out is made by the one that its contents name."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.outgoing.archive.cards import CARDS
from workflow.outgoing.archive.maker import ARCHIVE, HAND_OVER
from workflow.outgoing.claims.maker import CLAIMS
from workflow.outgoing.differences.maker import DIFFERENCES
from workflow.outgoing.jobs.making import Maker
from workflow.outgoing.jobs.students import STUDENTS
from workflow.outgoing.jobs.tables import CONTENTS

MAKERS: dict[str, Maker] = {one.name: one for one in (CLAIMS, ARCHIVE, HAND_OVER, CARDS, DIFFERENCES)}
"""Makers of files of their own. Each is alone in its job."""


def maker_of(what: Sequence[str]) -> Maker | None:
    """Who makes what a job is to take out, or nobody where it is nothing that leaves."""
    if what and set(what) <= CONTENTS.keys():
        return STUDENTS
    return MAKERS.get(what[0]) if len(what) == 1 else None
