"""What an import showed of decided cases: a value that was refused, or another than the corrected one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from workflow.cases.tables import Case, Flag


def flagged_rows() -> ColumnElement[bool]:
    """The cases of which an import showed something that nobody has looked at yet."""
    return exists().where(Flag.case_id == Case.id, Flag.ended_at.is_(None))
