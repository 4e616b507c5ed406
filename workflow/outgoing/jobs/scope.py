"""What an export job is about: its limits, and how much lies within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class ExportScope:
    """Whom a job is about: of a campaign, of a college, of both, or everybody; and what of them.

    Students to whom one of ``people`` ever declared a relation are left out. ``asked`` is the maker's own
    question: a filter, columns, a format, the id of a record.
    """

    campaign: str = ""
    college: str = ""
    people: frozenset[str] = frozenset()
    what: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class InScope:
    """How many students and filed papers a scope has, and how many rows its file will have.

    ``barred`` is why none of it leaves now, whatever its size.
    """

    students: int
    papers: int = 0
    rows: int = 0
    barred: tuple[Reason, ...] = ()
