"""Cases of one kind, as the rules allow them to be decided together: which there are, and what each says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from config.policy import BatchRule
from config.policy.change import changed_parts
from config.policy.deciding import NAMES
from config.policy.words import DECIDED_STEPS
from workflow.cases.claims import ClaimValues, opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.tables import UNDECIDED, Case, Claim
from workflow.cases.views.queue.desk import TURN, Desk
from workflow.people.cipher import Cipher
from workflow.records.tables import Record

LOOKED_AT = 300
"""So many waiting cases, the longest waiting first, are looked at for what is alike."""

_THE_CLAIM, _OTHER = aliased(Claim, name="the_claim"), aliased(Claim, name="other_claim")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseAlike:
    """One case of a kind: its only claim, with the values opened."""

    case: str
    version: int
    record: str
    receipt: str
    name: str
    college: str
    class_: str
    filed_at: datetime
    claim: str
    field: str
    cause: str
    variant: str
    values: ClaimValues


@dataclass(frozen=True, slots=True)
class Kind:
    """Cases alike by one rule of the text that judges them, the longest waiting first."""

    rule: BatchRule
    policy: str
    cases: tuple[CaseAlike, ...]

    @property
    def at_once(self) -> tuple[CaseAlike, ...]:
        """Those that may be decided in one press."""
        return self.cases[: self.rule.at_most]


def rule_for(rules: Iterable[BatchRule], field: str, cause: str) -> BatchRule | None:
    """The first rule about claims of that field and cause."""
    return next((one for one in rules if field in one.fields and cause in one.causes), None)


def only_claim(facts: CaseFacts) -> ClaimFacts | None:
    """The one claim of an undecided case, open still; None where there are more, or none."""
    if facts.state not in UNDECIDED or len(facts.claims) != 1:
        return None
    (claim,) = facts.claims
    return None if claim.outcome else claim


def is_written_otherwise(field: str, values: ClaimValues) -> bool:
    """Whether a claim may be of a batch at all: of a name only the writing changes, no character of it."""
    return field not in NAMES or changed_parts("XM", *values) == {"rendering"}


def key_of(rule: BatchRule, facts: CaseFacts, claim: ClaimFacts, values: ClaimValues) -> Key:
    """What a case has to have in common with others of its kind."""
    return _key(rule, claim.field, claim.cause, claim.variant, facts.record.fy, facts.record.bh, values.new)


def kinds(session: Session, cipher: Cipher, desk: Desk) -> tuple[Kind, ...]:
    """What of this person's turn could be decided together: two cases at least of each kind."""
    rules = {text: attempt.policy.school.policy.batches for text, attempt in desk.attempts}
    wanted = or_(
        false(), *(and_(Case.policy == text, _claimed(one)) for text, of in rules.items() for one in of)
    )
    found: dict[tuple[str, str, Key], list[CaseAlike]] = {}
    for row in _read(session, desk, wanted, LOOKED_AT) if any(rules.values()) else ():
        rule = rule_for(rules[row.policy], row.field, row.cause)
        if rule is not None and (one := _alike(cipher, row)) is not None:
            found.setdefault((row.policy, rule.id, _key_of_row(rule, one)), []).append(one)
    named = {(text, one.id): one for text, of in rules.items() for one in of}
    return tuple(
        Kind(named[text, id], text, tuple(cases)) for (text, id, _), cases in found.items() if len(cases) > 1
    )


def kind_of(
    session: Session, cipher: Cipher, desk: Desk, facts: CaseFacts, rules: Sequence[BatchRule]
) -> Kind | None:
    """The cases of this person's turn that are alike to one, itself among them; None if no rule is about it.

    ``rules`` are those of the text that judges it. Only where one is about its claim is the database asked.
    """
    claim = only_claim(facts)
    rule = rule_for(rules, claim.field, claim.cause) if claim is not None else None
    if claim is None or rule is None:
        return None
    values = opened(cipher, claim)
    if not is_written_otherwise(claim.field, values):
        return None
    key = key_of(rule, facts, claim, values)
    wanted = and_(Case.policy == facts.policy, *_in_common(rule, facts, claim))
    rows = _read(session, desk, wanted, LOOKED_AT)
    cases = [one for row in rows if (one := _alike(cipher, row)) and _key_of_row(rule, one) == key]
    return Kind(rule, facts.policy, tuple(cases))


def _in_common(rule: BatchRule, facts: CaseFacts, claim: ClaimFacts) -> Iterator[ColumnElement[bool]]:
    """What the database can tell of a case alike to this one; the rest is told by the opened values."""
    yield _claimed(rule)
    if "field" in rule.same:
        yield _THE_CLAIM.field == claim.field
    if "cause" in rule.same:
        yield _THE_CLAIM.cause == claim.cause
    if "variant" in rule.same:
        yield _THE_CLAIM.variant == claim.variant
    if "college" in rule.same:
        yield Record.fy.is_(None) if facts.record.fy is None else Record.fy == facts.record.fy
    if "class" in rule.same:
        yield Record.bh.is_(None) if facts.record.bh is None else Record.bh == facts.record.bh


def _claimed(rule: BatchRule) -> ColumnElement[bool]:
    return and_(_THE_CLAIM.field.in_(rule.fields), _THE_CLAIM.cause.in_(rule.causes))


def _read(session: Session, desk: Desk, wanted: ColumnElement[bool], limit: int) -> Sequence[Any]:
    """The cases of this person's turn with one claim each, waiting for a decision of the school's own."""
    asked: Select[*tuple[Any, ...]] = (
        select(
            Case.id.label("case"),
            Case.version,
            Case.record_id.label("record"),
            Case.receipt,
            Case.policy,
            Case.filed_at,
            Record.xm.label("name"),
            Record.fy,
            Record.bh,
            _THE_CLAIM.id,
            _THE_CLAIM.field,
            _THE_CLAIM.cause,
            _THE_CLAIM.variant,
            _THE_CLAIM.old,
            _THE_CLAIM.new,
        )
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .join(
            _THE_CLAIM,
            and_(_THE_CLAIM.case_id == Case.id, _THE_CLAIM.outcome == "", _THE_CLAIM.ended_at.is_(None)),
        )
        .where(
            Case.state.in_(UNDECIDED),
            desk.in_scope,
            wanted,
            ~exists().where(
                _OTHER.case_id == Case.id, _OTHER.id != _THE_CLAIM.id, _OTHER.outcome != "withdrawn"
            ),
            desk.which == TURN,
            or_(desk.free, desk.mine),
            desk.ready(*DECIDED_STEPS),
        )
        .order_by(Case.filed_at, Case.id)
        .limit(limit)
    )
    return session.execute(asked).all()


def _alike(cipher: Cipher, row: Any) -> CaseAlike | None:
    """A row with its values opened; None where they make it a case for itself."""
    values = opened(cipher, row)
    if not is_written_otherwise(row.field, values):
        return None
    return CaseAlike(
        row.case,
        row.version,
        row.record,
        row.receipt or "",
        row.name,
        row.fy or "",
        row.bh or "",
        row.filed_at,
        row.id,
        row.field,
        row.cause,
        row.variant,
        values,
    )


def _key_of_row(rule: BatchRule, one: CaseAlike) -> Key:
    return _key(rule, one.field, one.cause, one.variant, one.college, one.class_, one.values.new)


def _key(
    rule: BatchRule, field: str, cause: str, variant: str, college: str | None, class_: str | None, new: str
) -> Key:
    said = {
        "field": field,
        "cause": cause,
        "variant": variant,
        "college": college or "",
        "class": class_ or "",
        "new": new,
    }
    return tuple(said[name] for name in rule.same)
