"""What somebody did last at the desk, said on whatever page of it comes next, until their next act."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from states.case import CASE
from web.shared.security import actor, place
from workflow.cases.views.just_done import just_done
from workflow.engine import is_id


def last_case() -> str:
    """The case in the address of which the page says what was done to it; '' without one."""
    case = request.args.get("done", "")
    return case if is_id(case) else ""


def last_act(session: Session, at: datetime) -> dict[str, Any]:
    """What this person did last to that case, until when it can be taken back, and the names of acts."""
    case, until = last_case(), None
    done = just_done(session, case, actor().person, place().school.calendar) if case else None
    if done is not None and done.decided_at is not None:
        until = done.decided_at + timedelta(minutes=place().school.policy.periods.undo_minutes)
    return {"done": done, "undo_until": until if until is not None and at <= until else None, "life": CASE}
