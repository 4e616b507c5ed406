"""What the colleges have not passed on: the filed requests that wait for them, for registrar and auditor."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from config.policy import Rule
from config.policy.effects import AddStep
from config.policy.words import COLLEGE
from web.rules.pages import in_force
from web.shared.security import open_to, place
from workflow.cases.views.not_forwarded import backlogs, not_forwarded

bp = Blueprint("forwarding", __name__)

SHOWN = 200
"""So many lines are shown at most; the numbers by college count all of them."""


@bp.get("/not-forwarded")
@open_to("registrar", "auditor")
def listed() -> str:
    """By college and one by one: how long each waits, and past which day. No names."""
    installation = place()
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        waiting = not_forwarded(session, installation.school.calendar, at)
    chosen = request.args.get("college")
    lines = [one for one in waiting if chosen is None or one.college == chosen]
    return render_template(
        "registrar/campaigns/not_forwarded.html",
        colleges=backlogs(waiting),
        lines=lines[:SHOWN],
        all=len(lines),
        everybody=len(waiting),
        late=sum(one.late for one in waiting),
        asked=any(_asks_a_college(rule) for rule in in_force().policy.rules),
        chosen=chosen,
        at=at,
    )


def _asks_a_college(rule: Rule) -> bool:
    return isinstance(rule.effect, AddStep) and rule.effect.office == COLLEGE
