"""What a student hands in: claims and papers, the case they go to, and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK, NOT_CHECKED
from workflow.cases.facts import lock_record
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Actor, Engine, Entropy, Ref
from workflow.history.entry import Entry
from workflow.records.texts import clean_document, clean_number, clean_text
from workflow.store import Prepared, as_text

RECEIPT_DIGITS = 9

_TAKING = Prepared(
    select(Case.id)
    .join(Campaign, Campaign.id == Case.campaign_id)
    .where(
        Case.record_id == bindparam("record"),
        Campaign.state == campaign_states.OPEN,
        Campaign.opens_at <= bindparam("at"),
        Campaign.closes_at >= bindparam("at"),
        Case.state.in_((NOT_CHECKED, CHECKED_OK)),
        Case.manner != "deemed",
        Case.excluded == "",
    )
)
_WITHDRAWN = Prepared(
    select(Case.id).where(
        Case.record_id == bindparam("record"), Case.campaign_id.is_(None), Case.state == NOT_CHECKED
    )
)
_FILED_LAST = Prepared(
    select(Case.id)
    .where(Case.record_id == bindparam("record"), Case.filed_at.is_not(None))
    .order_by(Case.filed_at.desc(), Case.id)
    .limit(1)
)
_OF_RECORD = Prepared(
    select(Case.id).where(Case.id == bindparam("case"), Case.record_id == bindparam("record"))
)
_BY_RECEIPT = Prepared(select(Case.id).where(Case.receipt == bindparam("receipt")))


@dataclass(frozen=True, slots=True)
class ClaimFiled:
    """One field said to be wrong: the right value (dates as YYYY-MM-DD), why, and when it changed."""

    field: str
    cause: str
    new: str
    event_date: date | None = None

    def clean(self) -> ClaimFiled:
        """The claim with its value in the form in which a roster's would be kept."""
        wash = {"SFZH": clean_document, "XH": clean_number}.get(self.field, clean_text)
        return replace(self, new=wash(self.new))

    def as_json(self) -> dict[str, Any]:
        """The claim as plain values: part of what a command key stands for."""
        said = asdict(self)
        said["event_date"] = self.event_date.isoformat() if self.event_date else ""
        return said

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> ClaimFiled:
        """The claim behind ``as_json``."""
        day = said.get("event_date")
        return cls(said["field"], said["cause"], said["new"], date.fromisoformat(day) if day else None)


@dataclass(frozen=True, slots=True)
class Target:
    """The case a filing would go to: one that exists, or one of its own, linked to the earlier one."""

    case: str = ""
    previous: str = ""


def current_case(session: Session, record: str) -> Case | None:
    """The case a student's page is about: of the campaign that is open, else the latest one."""
    return session.scalar(
        select(Case)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.record_id == record)
        .order_by(
            (Campaign.state == campaign_states.OPEN).desc().nulls_last(),
            Case.filed_at.desc().nulls_last(),
            Campaign.opens_at.desc().nulls_last(),
            Case.id,
        )
    )


def target_of(session: Session, record: str, at: datetime) -> Target:
    """Where a filing goes now: the open campaign's case while it can take one, else a case of its own."""
    if taking := _id(_TAKING.run(session, {"record": record, "at": as_text(at)})):
        return Target(case=taking)
    if withdrawn := _id(_WITHDRAWN.run(session, {"record": record})):
        return Target(case=withdrawn)
    return Target(previous=_id(_FILED_LAST.run(session, {"record": record})))


def _id(found: Any) -> str:
    """The id that a cursor found, or ''."""
    row = found.fetchone()
    return "" if row is None else str(row[0])


def file(
    engine: Engine,
    session: Session,
    record: str,
    by: Actor,
    claims: Sequence[ClaimFiled],
    papers: Sequence[str],
    *,
    expected: int | None = None,
    key: str = "",
    begun_at: datetime | None = None,
) -> Entry:
    """File claims for a record: to the open campaign's case, or to a case of its own that is opened for it.

    Raises Refused with every reason; then neither a case nor a claim is left. A filing sent again
    under its key goes to the case it went to, wherever a new one would go by now.
    """
    lock_record(session, record)  # or another send of it could be filed between the next two looks
    subject = _filed_before(engine, session, record, by, key) if key else ""
    target = Target(subject) if subject else target_of(session, record, engine.clock.now(session))
    subject = target.case
    if not subject:
        opened = engine.perform(
            session, Ref("case"), "open", by=SYSTEM, record=record, campaign=None, previous=target.previous
        )
        subject, expected = opened.subject, None
    entry: Entry = engine.perform(
        session,
        Ref("case", subject),
        "raise",
        by=by,
        expected=expected,
        key=key,
        claims=tuple(claim.clean() for claim in claims),
        papers=tuple(papers),
        begun_at=begun_at,
    )
    return entry


def _filed_before(engine: Engine, session: Session, record: str, by: Actor, key: str) -> str:
    case = engine.history.subject_of(session, by.person, key)
    return _id(_OF_RECORD.run(session, {"case": case, "record": record}))


def new_receipt(session: Session, entropy: Entropy) -> str:
    """A receipt number that is still free: nine random digits and a check digit, easy to say on the phone."""
    while True:
        number = f"{int.from_bytes(entropy(8)) % 10**RECEIPT_DIGITS:0{RECEIPT_DIGITS}d}"
        receipt = number + check_digit(number)
        if _BY_RECEIPT.run(session, {"receipt": receipt}).fetchone() is None:
            return receipt


def check_digit(number: str) -> str:
    """The ISO 7064 MOD 11,10 check digit: finds every single wrong digit and most swapped neighbours."""
    rest = 10
    for digit in number:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def is_receipt(said: str) -> bool:
    """True for ten digits whose last one checks; spaces and dashes do not matter."""
    digits = plain_receipt(said)
    plain = digits.isascii() and digits.isdigit()  # other scripts have digits too, and so has "m²"
    return plain and len(digits) == RECEIPT_DIGITS + 1 and check_digit(digits[:-1]) == digits[-1]


def plain_receipt(said: str) -> str:
    """A receipt number as it is kept, whatever was put between its digits."""
    return said.replace(" ", "").replace("-", "")


def spoken(receipt: str) -> str:
    """A receipt number in groups: 123 456 7890."""
    return f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}"
