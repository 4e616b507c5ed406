"""What open claims lock: an import writes no other value than the one claimed, nor does another case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, aliased

from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.tables import Claim, KeptOut
from workflow.engine import guards, in_words
from workflow.people.cipher import Cipher
from workflow.records.roster import Locks
from workflow.records.tables import RosterImport
from workflow.store import table_of
from workflow.verdict import Reason

CARRIED = ("CSRQ", "XB")
"""What the correction of an ID number may bring with it."""


def locks_of(session: Session, cipher: Cipher) -> Locks:
    """The locked fields of every record, each with the values that its open claims want. One statement."""
    other = aliased(Claim)
    locking = select(other.record_id).where(other.ended_at.is_(None), other.locks != "")
    found: dict[str, dict[str, set[str]]] = {}
    wanted: dict[str, dict[str, set[str]]] = {}
    for row in session.execute(
        select(Claim.id, Claim.record_id, Claim.field, Claim.cause, Claim.new, Claim.locks).where(
            Claim.ended_at.is_(None), Claim.record_id.in_(locking)
        )
    ):
        new = cipher.open(row.new, table="claim", column="new", row=row.id)
        for field, value in following(ClaimFiled(row.field, row.cause, new)).items():
            wanted.setdefault(row.record_id, {}).setdefault(field, set()).add(value)
        for field in filter(None, row.locks.split(",")):
            found.setdefault(row.record_id, {}).setdefault(field, set())
    return {
        record: {field: frozenset(wanted[record].get(field, ())) for field in fields}
        for record, fields in found.items()
    }


def note_kept_out(session: Session, source: str, kept_out: Iterable[tuple[str, str]]) -> None:
    """Keep for the reviewers that an import had another value of a locked field, and not which."""
    wanted = set(kept_out)
    if not wanted:
        return
    claims = session.execute(
        select(Claim.id, Claim.record_id, Claim.locks).where(
            Claim.ended_at.is_(None), Claim.locks != "", Claim.record_id.in_({record for record, _ in wanted})
        )
    ).all()
    lines = [
        {"claim_id": row.id, "field": field, "import_id": source}
        for row in claims
        for field in row.locks.split(",")
        if (row.record_id, field) in wanted
    ]
    for line in lines:
        session.execute(
            delete(KeptOut).where(KeptOut.claim_id == line["claim_id"], KeptOut.field == line["field"])
        )
    session.execute(insert(table_of(KeptOut)), lines)


def kept_out(session: Session, case: CaseFacts) -> list[tuple[str, RosterImport]]:
    """The fields that a case locks of which an import had another value, each with its latest import."""
    locking = [claim.id for claim in case.claims if claim.locks and claim.ended_at is None]
    if not locking:
        return []
    rows = session.execute(
        select(KeptOut.field, RosterImport)
        .join(RosterImport, RosterImport.id == KeptOut.import_id)
        .where(KeptOut.claim_id.in_(locking))
        .order_by(RosterImport.at, KeptOut.field)
    )
    return list(dict.fromkeys((row.field, row.RosterImport) for row in rows))


# -- other cases ----------------------------------------------------------------------------------------


def locking(attempt: Attempt, field: str) -> Iterator[ClaimFacts]:
    """The open claims of other cases that lock what the correction of a field would change."""
    changed = {field, *(CARRIED if field == "SFZH" else ())}
    return (claim for claim in attempt.subject.open_elsewhere if claim.locked & changed)


@in_words("没有被另一申请锁定", "another request does not lock it")
def nothing_locked_elsewhere(attempt: Attempt) -> Reason | None:
    """What an open claim of another case locks is not corrected before that case has ended."""
    corrected = [claim.field for claim in attempt.subject.claims if claim.outcome == "corrected"]
    return locked_reason(attempt, corrected)


def locked_reason(attempt: Attempt, fields: Collection[str]) -> Reason | None:
    """Why some fields cannot be changed now: a claim of another case locks them."""
    for field in fields:
        for claim in locking(attempt, field):
            return Reason(
                "field_is_locked",
                "{field}由另一申请锁定（{filed} 提交），办结以前不能更改。",
                {"field": rules.field_name(attempt.policy, field), "filed": claim.filed_at.date()},
                remedy="请等待那一次申请办结。",
            )
    return None


GUARDS = guards(nothing_locked_elsewhere)
