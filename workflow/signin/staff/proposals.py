"""What one administrator proposes about staff, and what a second one confirms as a whole.

Giving waits for a second administrator as long as there is one. Taking away never waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.people.access import note_access
from workflow.people.accounts import OPERATOR
from workflow.people.cipher import Cipher
from workflow.people.clashes import offices_of
from workflow.people.granting import one_at_a_time
from workflow.people.scopes import Held
from workflow.people.tables import Grant, Person
from workflow.records.rows import chunks
from workflow.signin.staff.carry_out import CarriedOut, carry_out
from workflow.signin.staff.outlook import Outlook, look_ahead
from workflow.signin.staff.wanted import Offices, StaffFault, Wanted, as_json, from_json
from workflow.signin.tables import StaffProposal
from workflow.store import rows_changed
from workflow.verdict import Reason, Refused, Verdict, named

NOTHING_TO_DO = Reason(
    "nothing_to_do", "照这样没有什么要改的，现在就是这样。", remedy="请核对名单，或者不用再提交。"
)
SEEN_OTHERWISE = Reason(
    "seen_otherwise",
    "您查看之后，人员或名册有变动，结果会有不同。",
    remedy="请看下面现在的结果：仍然合适的，再提交一次；不合适的，请重新提出。",
)
CHANGED = Reason(
    "proposal_changed",
    "提出之后，人员或名册有了变动，现在确认的结果会不一样。",
    remedy="请退回，由提出的人按现在的情况重新提出。",
)
SETTLED = Reason("proposal_settled", "这份提议已经有人确认、退回或撤回。", remedy="请刷新页面查看。")
ONES_OWN = Reason(
    "own_proposal", "自己提出的，要由另一位系统管理员确认。", remedy="您可以撤回，或者请另一位确认。"
)
MAKER_GONE = Reason(
    "proposer_gone", "提出的人现在不是系统管理员。", remedy="请退回；仍然需要的，请重新提出。"
)


WAYS_IN = frozenset({"number", "new_address", "address", "no_address"})
"""Changes of how somebody gets in."""


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """What is proposed: the people, whether they are the whole staff, and whether who is gone ends.

    ``source`` is the name of the file, or '' for a form.
    """

    wanted: tuple[Wanted, ...]
    whole: bool = False
    ends_gone: bool = False
    source: str = ""

    def outlook(
        self,
        session: Session,
        cipher: Cipher,
        at: datetime,
        offices: Offices,
        faults: Iterable[StaffFault] = (),
    ) -> Outlook:
        """What it would change now. ``offices`` are the policy's."""
        return look_ahead(
            session,
            cipher,
            self.wanted,
            at,
            offices,
            faults=faults,
            whole=self.whole,
            ends_gone=self.ends_gone,
        )


@dataclass(frozen=True, slots=True)
class Proposed:
    """One proposal: who made it and when, and what became of it (None: it waits)."""

    id: str
    made_by: str
    maker_name: str
    made_at: datetime
    settled_by: str
    settled_at: datetime | None
    taken: bool | None
    plan: StaffPlan
    digest: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a plan: a proposal that waits, or what was done at once."""

    proposal: str = ""
    done: CarriedOut | None = None


def waits_for_a_second(session: Session, by: Actor) -> bool:
    """Whether what this person gives must be confirmed by somebody else.

    Once there were two administrators it stays so: nobody gives alone by taking the other one's role back.
    """
    if by.person == OPERATOR:
        return False
    since = (
        select(func.min(Grant.given_at))
        .where(Grant.person_id == by.person, Grant.role == "administrator", Grant.ended_at.is_(None))
        .scalar_subquery()
    )
    beside = select(Grant.id).where(
        Grant.role == "administrator",
        Grant.person_id != by.person,
        or_(Grant.ended_at.is_(None), Grant.ended_at >= since),
    )
    return session.scalar(beside.limit(1)) is not None


def submit(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    plan: StaffPlan,
    by: Actor,
    at: datetime,
    offices: Offices,
    *,
    seen: str | None = None,
    faults: Iterable[StaffFault] = (),
) -> Submitted:
    """Propose a plan to the other administrators, or carry it out where there is no other one.

    The number and the addresses of somebody whom others appointed are changed by no administrator alone: the
    code would go to them, and they would sign in under that person's name.

    ``seen`` is the digest of what the person saw. Raises Refused with every reason.
    """
    one_at_a_time(session)
    outlook = plan.outlook(session, cipher, at, offices, faults)
    reasons = [fault.reason for fault in outlook.faults]
    if not reasons and not outlook.changes_anything:
        reasons.append(NOTHING_TO_DO)
    if seen is not None and seen != outlook.digest(cipher):
        reasons.insert(0, SEEN_OTHERWISE)
    if reasons:
        raise _refused("propose_staff", reasons)
    alone = by.person == OPERATOR or not (
        waits_for_a_second(session, by) or _bends_anothers_way(session, outlook, by)
    )
    if alone:
        return Submitted(done=carry_out(session, cipher, entropy, outlook, by, at))
    id = entropy(16).hex()
    session.add(
        StaffProposal(
            id=id,
            sealed=cipher.seal(_written(plan), table="staff_proposal", column="sealed", row=id),
            digest=outlook.digest(cipher),
            made_by=by.person,
            made_at=at,
        )
    )
    session.flush()
    note_access(session, by, "staff_proposed", id, at)
    return Submitted(proposal=id)


def why_not_confirm(
    session: Session, cipher: Cipher, found: Proposed, outlook: Outlook, by: Actor, at: datetime
) -> list[Reason]:
    """Every reason why this person cannot confirm a proposal as it stands."""
    reasons = []
    if found.settled_at is not None:
        return [SETTLED]
    if found.digest != outlook.digest(cipher):
        reasons.append(CHANGED)
    if Held("administrator") not in offices_of(session, found.made_by, at):
        reasons.append(MAKER_GONE)
    if found.made_by == by.person:
        reasons.append(ONES_OWN)
    return [*reasons, *(fault.reason for fault in outlook.faults)]


def confirm(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    id: str,
    by: Actor,
    at: datetime,
    offices: Offices,
    seen: str,
) -> CarriedOut:
    """Carry out another administrator's proposal, exactly as it was seen. Raises Refused."""
    one_at_a_time(session)
    found = proposal(session, cipher, id)
    if found is None:
        raise _refused("confirm_staff", [SETTLED])
    outlook = found.plan.outlook(session, cipher, at, offices)
    reasons = why_not_confirm(session, cipher, found, outlook, by, at)
    if seen != found.digest and CHANGED not in reasons:
        reasons.insert(0, CHANGED)
    if reasons:
        raise _refused("confirm_staff", reasons)
    _settle(session, id, by, at, taken=True)
    maker = Actor(found.made_by, "administrator")
    return carry_out(session, cipher, entropy, outlook, maker, at, confirmed_by=by.person)


def decline(session: Session, id: str, by: Actor, at: datetime) -> None:
    """Refuse somebody else's proposal, or take back one's own. Raises Refused."""
    found = session.get(StaffProposal, id)
    if found is None or found.settled_at is not None:
        raise _refused("decline_staff", [SETTLED])
    _settle(session, id, by, at, taken=False)


def waiting(session: Session, cipher: Cipher) -> list[Proposed]:
    """The proposals that wait for a second administrator, oldest first."""
    rows = session.execute(
        select(StaffProposal, func.coalesce(Person.name, ""))
        .outerjoin(Person, Person.id == StaffProposal.made_by)
        .where(StaffProposal.settled_at.is_(None))
        .order_by(StaffProposal.made_at, StaffProposal.id)
    )
    return [_proposed(cipher, row, name) for row, name in rows]


def proposal(session: Session, cipher: Cipher, id: str) -> Proposed | None:
    """One proposal, whatever became of it."""
    found = session.execute(
        select(StaffProposal, func.coalesce(Person.name, ""))
        .outerjoin(Person, Person.id == StaffProposal.made_by)
        .where(StaffProposal.id == id)
    ).first()
    return _proposed(cipher, found[0], found[1]) if found else None


def _bends_anothers_way(session: Session, outlook: Outlook, by: Actor) -> bool:
    """Whether a way in would change of somebody with a role that another person gave."""
    whose = [
        one.person
        for one in outlook.prospects
        if one.person not in ("", by.person) and any(change.what in WAYS_IN for change in one.changes)
    ]
    return any(
        session.scalar(
            select(Grant.id)
            .where(Grant.person_id.in_(some), Grant.ended_at.is_(None))
            .where(or_(Grant.given_by != by.person, Grant.confirmed_by.is_not(None)))
            .limit(1)
        )
        for some in chunks(whose)
    )


def _settle(session: Session, id: str, by: Actor, at: datetime, *, taken: bool) -> None:
    settled = rows_changed(
        session,
        update(StaffProposal)
        .where(StaffProposal.id == id, StaffProposal.settled_at.is_(None))
        .values(settled_by=by.person, settled_at=at, taken=taken),
    )
    if settled != 1:
        raise _refused("settle_staff", [SETTLED])
    note_access(session, by, "staff_confirmed" if taken else "staff_declined", id, at)


def _proposed(cipher: Cipher, row: StaffProposal, name: str) -> Proposed:
    return Proposed(
        row.id,
        row.made_by,
        name,
        row.made_at,
        row.settled_by,
        row.settled_at,
        row.taken,
        _plan(cipher, row),
        row.digest,
    )


def _written(plan: StaffPlan) -> str:
    said = {"whole": plan.whole, "ends_gone": plan.ends_gone, "source": plan.source}
    return json.dumps(said | {"wanted": as_json(plan.wanted)}, ensure_ascii=False, sort_keys=True)


def _plan(cipher: Cipher, row: StaffProposal) -> StaffPlan:
    said = json.loads(cipher.open(row.sealed, table="staff_proposal", column="sealed", row=row.id))
    return StaffPlan(from_json(said["wanted"]), said["whole"], said["ends_gone"], said["source"])


def _refused(action: str, reasons: Sequence[Reason]) -> Refused:
    return Refused(Verdict(action, tuple(named("people", reasons))))
