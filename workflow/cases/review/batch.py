"""Cases of one kind decided in one press: a decision, a unit of work and an entry for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from config.policy import BatchRule, ChecklistItem, items_for
from states.case import RAISED
from workflow.cases.claims import opened
from workflow.cases.common import NO_WORDS
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.load import look_at_case, read_case
from workflow.cases.review.checklist import not_done
from workflow.cases.review.deeds import was_begun
from workflow.cases.review.press import APPROVED, REFUSED, Decision, decide
from workflow.cases.review.settling import NO_GROUND
from workflow.cases.views.alike import Key, is_written_otherwise, key_of, only_claim, rule_for
from workflow.engine import Actor, Engine, Ref, is_id
from workflow.history.entry import Entry
from workflow.people.cipher import Cipher
from workflow.records.texts import clean_words, too_long
from workflow.store import Store
from workflow.verdict import Reason, Refused, Verdict

NOT_ALIKE = Reason(
    "not_alike",
    "这件申请现在不再与这一批同类。",
    remedy="请打开这件申请，单独办理。",
    rule="batch",
)
OUTCOME_MISSING = Reason(
    "outcome_missing", "请选择处理结果。", remedy="同意更正或不予更正，二者选一。", rule="batch"
)
GONE = Reason(
    "not_there", "没有这件申请，或不在您的职责范围内。", remedy="请刷新待审核的名单。", rule="batch"
)


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """What one press says of each case that was ticked: approved or refused."""

    outcome: str
    refusal: str
    words: str
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What became of one case: its last entry, or why it was left as it is."""

    case: str
    entry: Entry | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class OfKind:
    """What cases of a batch have in common: the rule, the text it is of, the values of ``same``.

    ``items`` is the checklist of the claim that the others are like.
    """

    rule: BatchRule
    policy: str
    key: Key
    items: tuple[ChecklistItem, ...] = ()


def kind_to_be_decided(session: Session, cipher: Cipher, engine: Engine, case: str) -> OfKind | None:
    """The kind that a case is of, or was of before it was decided; None if no rule is about it."""
    facts = look_at_case(session, case)
    claim = facts.claims[0] if facts is not None and len(facts.claims) == 1 else None
    if facts is None or claim is None:
        return None
    policy = engine.policies.named(session, facts.policy).school.policy
    rule = rule_for(policy.batches, claim.field, claim.cause)
    if rule is None:
        return None
    items = items_for(policy, claim.field, claim.cause)
    return OfKind(rule, facts.policy, _key(cipher, rule, facts, claim), items)


def faults_of_batch(kind: OfKind, verdict: BatchVerdict) -> Iterator[Reason]:
    """What would bar every case alike: said once, before any of them is decided."""
    if verdict.outcome not in (APPROVED, REFUSED):
        yield OUTCOME_MISSING
    if verdict.outcome == REFUSED:
        if not verdict.refusal:
            yield NO_GROUND
        if not clean_words(verdict.words):
            yield NO_WORDS
    if (reason := too_long(clean_words(verdict.words))) is not None:
        yield reason
    missing = [item for item in kind.items if item.required and item.id not in verdict.ticked]
    if missing and verdict.outcome == APPROVED:
        yield not_done(missing)


def decide_each(
    engine: Engine,
    store: Store,
    cipher: Cipher,
    kind: OfKind,
    cases: Sequence[tuple[str, int]],
    verdict: BatchVerdict,
    *,
    by: Actor,
    key: str,
) -> tuple[BatchDone, ...]:
    """Decide each case, as it was looked at in its version; what one of them bars leaves the others alone.

    Each is a unit of work with a key of its own, made from the form's: sent again, after whatever went wrong,
    it decides what is left and tells of the rest what was done.
    """
    return tuple(
        _one(engine, store, cipher, kind, case, version, verdict, by, key) for case, version in cases
    )


def _one(
    engine: Engine,
    store: Store,
    cipher: Cipher,
    kind: OfKind,
    case: str,
    version: int,
    verdict: BatchVerdict,
    by: Actor,
    key: str,
) -> BatchDone:
    try:
        with store.writing() as session:
            return BatchDone(
                case, _decided(engine, session, cipher, kind, case, version, verdict, by, f"{key}:{case}")
            )
    except Refused as no:
        return BatchDone(case, None, (GONE,) if no.verdict.stranger else no.verdict.reasons)


def _decided(
    engine: Engine,
    session: Session,
    cipher: Cipher,
    kind: OfKind,
    case: str,
    version: int,
    verdict: BatchVerdict,
    by: Actor,
    key: str,
) -> Entry:
    subject = Ref("case", case)
    facts = read_case(session, case) if is_id(case) else None
    if facts is None:
        raise engine.not_there(session, subject, "settle", by)
    if not was_begun(engine, session, by, key):
        if facts.version == version:
            _require_kind(engine, session, cipher, kind, facts, by)
        if facts.state == RAISED:
            engine.perform(session, subject, "take_up", by=by, expected=version, key=f"{key}:take")
            version += 1
    decision = Decision(
        claims=tuple(claim.id for claim in facts.claims),
        outcome=verdict.outcome,
        seen_on=None,
        refusal=verdict.refusal,
        words=verdict.words,
        ticked=verdict.ticked,
    )
    return decide(engine, session, case, decision, by=by, expected=version, key=key)


def _require_kind(
    engine: Engine, session: Session, cipher: Cipher, kind: OfKind, facts: CaseFacts, by: Actor
) -> None:
    """A case that is not of this kind is decided by itself; to a stranger there is none."""
    claim = only_claim(facts)
    rules = engine.policies.named(session, kind.policy).school.policy.batches
    rule = rule_for(rules, claim.field, claim.cause) if claim is not None else None
    if (
        claim is None
        or rule is None
        or (rule.id, facts.policy) != (kind.rule.id, kind.policy)
        or _key(cipher, rule, facts, claim) != kind.key
        or not is_written_otherwise(claim.field, opened(cipher, claim))
    ):
        if engine.check_action(session, facts, "settle", by).stranger:
            raise engine.not_there(session, Ref("case", facts.id), "settle", by)
        raise Refused(Verdict("settle", (NOT_ALIKE,)))


def _key(cipher: Cipher, rule: BatchRule, facts: CaseFacts, claim: ClaimFacts) -> Key:
    return key_of(rule, facts, claim, opened(cipher, claim))
