"""Effects of a roster import on cases: ask changed confirmations again, lapse cases of departed students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK
from workflow.campaigns.graduation.last_day import tell_whose_last_day_is_earlier
from workflow.cases.ending.enrolment import follow_standing
from workflow.cases.ending.flagging import flag_what_is_shown
from workflow.cases.ending.platform import take_as_seen
from workflow.cases.review.locks import locks_of, note_kept_out
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.people.cipher import Cipher
from workflow.records.judge import Judgement
from workflow.records.roster import ImportOutcome, take_in
from workflow.records.tables import RosterImport
from workflow.records.values import Progress, lock_values


@dataclass(frozen=True, slots=True)
class Arrival:
    """The result of a roster import: the records, the cases by action, and claims shown as done.

    ``excluded`` and ``included`` count cases of running campaigns whose student left or re-entered the
    cohort. ``earlier`` counts the students notified that their last day moved earlier, ``flagged`` the cases
    of which the file shows what their decision does not bear out.
    """

    outcome: ImportOutcome
    rechecked: int
    lapsed: int
    resumed: int = 0
    excluded: int = 0
    included: int = 0
    seen: int = 0
    earlier: int = 0
    flagged: int = 0


def take_in_roster(
    engine: Engine,
    session: Session,
    judgement: Judgement,
    cipher: Cipher,
    *,
    by: Actor = SYSTEM,
    progress: Progress | None = None,
) -> Arrival:
    """Import a roster file and apply its effects on cases in one unit of work. Raises RosterRefused.

    ``by`` is the importer. The effects on cases are done by the system.
    """
    lock_values(session, all_records=True)
    outcome = take_in(
        session,
        judgement,
        cipher,
        now=engine.clock.now(session),
        entropy=engine.entropy,
        by=by.person,
        progress=progress,
        locks=locks_of(session, cipher),
    )
    note_kept_out(session, outcome.source, outcome.plan.locked)
    flagged = flag_what_is_shown(engine, session, cipher, outcome.plan, outcome.source, judgement.as_of)
    rechecked = lapsed = resumed = excluded = included = 0
    changed = dict(outcome.changes)
    seen = take_as_seen(engine, session, cipher, changed, judgement.as_of)
    if seen:
        session.execute(update(RosterImport).where(RosterImport.id == outcome.source).values(seen=seen))
    for record, fields in outcome.changes:
        rechecked += _recheck(engine, session, record, fields)
        followed = follow_standing(engine, session, record, fields)
        lapsed += followed.lapsed
        resumed += followed.resumed
        excluded += followed.excluded
        included += followed.included
    moved = [record for record, fields in outcome.changes if "YJBYRQ" in fields]
    earlier = tell_whose_last_day_is_earlier(engine, session, moved)
    return Arrival(outcome, rechecked, lapsed, resumed, excluded, included, seen, earlier, flagged)


def _recheck(engine: Engine, session: Session, record: str, fields: Sequence[str]) -> int:
    """Confirmed cases of a running campaign that asks for one of these fields go back to not checked."""
    confirmed = session.execute(
        select(Case.id, Campaign.fields)
        .join(Campaign)
        .where(
            Case.record_id == record,
            Case.state == CHECKED_OK,
            Case.manner != "deemed",
            Campaign.state == campaign_states.OPEN,
        )
    ).all()
    asked = [Ref("case", id) for id, names in confirmed if set(fields) & set(names.split(","))]
    again = [ref for ref in asked if engine.check_action(session, ref, "recheck", SYSTEM).allowed]
    for ref in again:
        engine.perform(session, ref, "recheck", by=SYSTEM)
    return len(again)
