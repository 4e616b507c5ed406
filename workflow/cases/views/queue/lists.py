"""The lists themselves: a page of one, the neighbours of a case in it, the next one free."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import CTE, literal, select
from sqlalchemy.orm import Session

from workflow.cases.review import waits
from workflow.cases.tables import DECIDED, UNDECIDED, Case
from workflow.cases.views.queue.desk import OTHERS, STUDENT, TAKING, Desk
from workflow.cases.views.queue.desk_lines import (
    LINES,
    ORDER,
    DeskLines,
    before,
    behind,
    from_on,
    in_order,
    place_of,
)
from workflow.cases.views.queue.filter import FREE, MINE, Filter
from workflow.cases.views.queue.lines import Listed, lines_of, listed

PAGE = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could come next; ``action`` makes it the person's, '' where it is theirs already."""

    case: str
    action: str


def waiting(
    session: Session, desk: Desk, chosen: Filter, *, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """The cases of a list, what is due first first; ``after`` is the last case of the page before."""
    position = (behind(place_of(session, desk, after, chosen)),) if after else ()
    places = DeskLines(desk).keys(chosen, *position, limit=limit)
    return _lines_at(session, desk, places, chosen)


def decided_lately(session: Session, desk: Desk, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    asked = lines_of(Case.decided_by).where(
        Case.state.in_(DECIDED), Case.decided_at.is_not(None), desk.in_scope
    )
    asked = asked.add_columns(literal("").label("due"))
    return listed(session, asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))


def around(
    session: Session, desk: Desk, chosen: Filter, case: str, *, limit: int
) -> tuple[list[Listed], list[Listed]]:
    """The one before a case's place in its list, and those from it on.

    The case itself stands among them whatever the filter lets through, as long as it waits.
    """
    walk, place = DeskLines(desk), place_of(session, desk, case, chosen)
    ahead = walk.keys(chosen, before(place), LINES.c.case_id != case, limit=1, back=True)
    onward = walk.keys(chosen, from_on(place), limit=limit)
    found = _lines_at(
        session,
        desk,
        in_order([select(ahead), select(onward), walk.of_case(case)], limit + 2),
        chosen,
    )
    ids = [one.case for one in found]
    if case in ids:
        at = ids.index(case)
        return found[:at], found[at : at + limit]
    ahead_of_it = [one for one in found if one.place < place]
    return ahead_of_it, found[len(ahead_of_it) :]


def next_in_line(
    session: Session,
    desk: Desk,
    chosen: Filter,
    *,
    after: str = "",
    tried: Collection[str] = (),
    limit: int = 20,
) -> list[Candidate]:
    """The cases a person could work on next: those behind ``after`` first, then from the first on.

    They are free, unless the person is going through what they hold already, and do not wait for the student.
    """
    if chosen.waits in (STUDENT, OTHERS):
        return []
    mine, walk = chosen.who == MINE, DeskLines(desk)
    free = chosen if mine else chosen.only(FREE)
    others = LINES.c.case_id.not_in({after, *tried}), LINES.c.lane != waits.STUDENT
    found: list[Candidate] = []
    for position in ((behind(place_of(session, desk, after, chosen)),), ()) if after else ((),):
        places = walk.keys(free, *others, *position, limit=limit)
        asked = select(Case.id, Case.state).join(places, places.c.case_id == Case.id)
        rows = session.execute(asked.order_by(*(places.c[name] for name in ORDER))).all()
        found += [Candidate(row.id, "" if mine else TAKING[row.state]) for row in rows]
        if len(found) >= limit:
            break
    return list(dict.fromkeys(found))[:limit]


def _lines_at(session: Session, desk: Desk, places: CTE, chosen: Filter) -> list[Listed]:
    """The lines of cases at their places, in order."""
    asked = lines_of(Case.holder, desk.at).join(places, places.c.case_id == Case.id)
    asked = asked.where(Case.state.in_(UNDECIDED)).add_columns(places.c.due)
    asked = asked.order_by(*(places.c[name] for name in ORDER))
    return listed(session, asked, theirs=chosen.waits != OTHERS)
