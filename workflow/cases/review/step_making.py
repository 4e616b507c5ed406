"""How steps are written: made from the policy's answer, copied, split, ended, and made anew."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from config.calendar import Calendar
from config.policy import Answer, PolicyStep, QuestionFault, ask
from config.policy.effects import AddStep
from config.policy.steps import due_anew
from config.policy.words import COLLEGE
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.batches import end_sent_lines
from workflow.cases.claims import as_filed, opened
from workflow.cases.common import write_claims
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.steps import PLATFORM, was_sent_out
from workflow.cases.tables import Step, StepClaim
from workflow.engine import Change, Entropy
from workflow.evidence.tables import Evidence
from workflow.people.cipher import Cipher
from workflow.records.values import values_of
from workflow.store import Prepared, table_of, write_rows

_NAME_CLAIM = Prepared(
    insert(table_of(StepClaim)).values(step_id=bindparam("step"), claim_id=bindparam("claim"))
)
_KINDS = Prepared(select(Evidence.kind).where(Evidence.case_id == bindparam("case")))


EXPLANATION = "explanation"
_OF_A_RULE = ("kind", "office", "duty", "four_eyes")
NOT_ENDED: dict[str, Any] = {"outcome": "", "ended_by": None, "ended_for": None, "ended_at": None}
"""A step that waits again, as if it had not ended."""


class Steps:
    """Makes and ends steps, and sees what they were made for; opens the values that were claimed."""

    def __init__(self, cipher: Cipher, entropy: Entropy) -> None:
        self._cipher, self._entropy = cipher, entropy

    def rebuild(self, attempt: Attempt, change: Change, claims: Iterable[str], brought: str = "") -> None:
        """A student's answer ``brought`` something: the steps that this makes void are made anew.

        The other steps keep their outcome; without an answer none does. A value or a paper changes what was
        judged, so the policy is asked again as of the filing. Where it cannot answer any more, the same
        steps are made anew.
        """
        affected = set(claims)
        standing = [step for step in _as_it_is_now(attempt).every_step if step.outcome != "void"]
        concerned = [step for step in standing if step.claims & affected]
        gone = [step for step in concerned if _goes(step, brought)]
        for step in gone:
            self.part(attempt, step, step.claims & affected)
            self.end(attempt, step, "void", step.ended_by, step.ended_for)
        seen = frozenset[str]().union(*(step.claims for step in gone if step.kind == PLATFORM))
        write_claims(attempt, seen & affected, seen_on=None)
        answer = None if brought == EXPLANATION else self._answer_anew(attempt)
        if answer is None:
            change.steps += [self.copy(attempt, step, step.claims & affected, anew=True) for step in gone]
        else:
            kept = [step for step in concerned if step not in gone]
            self._follow(attempt, change, answer, affected, kept)

    def _follow(
        self,
        attempt: Attempt,
        change: Change,
        answer: Answer,
        affected: Collection[str],
        kept: Sequence[StepFacts],
    ) -> None:
        """Write what the policy now asks of these claims beside the steps kept, at their places among them.

        A kept step that it asks for no more is void unless somebody took it.
        """
        terms = terms_of(attempt.policy, answer)
        for claim in attempt.subject.claims:
            said = terms.get(claim.field, ClaimTerms())
            if claim.id in affected and said != ClaimTerms(claim.office, claim.locks):
                write_claims(attempt, [claim.id], **asdict(said))
        ids = {claim.field: claim.id for claim in attempt.subject.claims if claim.id in affected}
        asked: dict[str, set[str]] = {}
        for position, step in in_order(answer):
            wanted = {ids[field] for field in step.claims if field in ids}
            for one in sorted(kept, key=lambda one: one.rule != step.rule):
                there = one.claims & wanted - asked.get(one.id, set())
                if there and _is_same(one, step):
                    if one.position != position:
                        write_step(attempt, self.part(attempt, one, there), position=position)
                    asked.setdefault(one.id, set()).update(there)
                    wanted -= there
            if wanted:
                due = _from_now(attempt, step)
                change.steps.append(self.write(attempt, position, step._replace(due=due), sorted(wanted)))
        for one in kept:
            left = one.claims & frozenset(affected) - asked.get(one.id, set())
            if left and not one.outcome:
                self.part(attempt, one, left)
                self.end(attempt, one, "void", "")

    def insert(self, attempt: Attempt, change: Change, answer: Answer) -> None:
        """Write the steps of an answer behind those that stand, or ahead of the platform's.

        What stands already by the same rule is not written again.
        """
        if not answer.steps:
            return
        standing = [step for step in _as_it_is_now(attempt).every_step if step.outcome != "void"]
        ids = {claim.field: claim.id for claim in attempt.subject.claims}
        asked = []
        for place, one in in_order(answer):
            there = [step.claims for step in standing if _is_again(attempt.policy, step, one)]
            if wanted := {ids[field] for field in one.claims} - frozenset().union(*there):
                asked.append((place, one, sorted(wanted)))
        if not asked:
            return
        behind = 1 + max((step.position for step in standing), default=-1)
        first = min((step.position for step in standing if step.kind == PLATFORM), default=behind)
        for step in standing:
            if step.position >= first:
                write_step(attempt, step.id, position=step.position + 1 + asked[-1][0])
        for place, one, claims in asked:
            change.steps.append(self.write(attempt, first + place, one, claims))

    def _answer_anew(self, attempt: Attempt) -> Answer | None:
        """The policy's answer to the claims as they are now, as of their filing; None if it cannot say."""
        case = _as_it_is_now(attempt)
        values = {claim.id: opened(self._cipher, claim) for claim in case.claims}
        at = case.filed_at or attempt.at
        put = rules.question(
            attempt.session,
            attempt.policy,
            replace(
                case,
                claims_of_record=tuple(c for c in case.claims_of_record if c.case_id != case.id),
                permissions=tuple(one.used_at(at) for one in case.permissions),
            ),
            at,
            claims=[as_filed(claim, values[claim.id].new) for claim in case.claims],
            olds={claim.field: values[claim.id].old for claim in case.claims},
            papers=[row.kind for row in _KINDS.rows(attempt.session, {"case": case.id})],
        )
        try:
            answer = ask(attempt.policy.school, put)
        except QuestionFault:
            return None
        return answer if answer.may else None

    def write(self, attempt: Attempt, position: int, step: PolicyStep, claims: Iterable[str]) -> str:
        said = ("kind", "office", "duty", "four_eyes", "due", "rule")
        row = {name: getattr(step, name) for name in said} | {"void_by": ",".join(step.void_by)}
        return self._make(attempt, claims, row | {"position": position, "made_at": attempt.at})

    def copy(self, attempt: Attempt, step: StepFacts, claims: Iterable[str], *, anew: bool) -> str:
        """The same step once more: with what became of it, or open and with as many days as it had."""
        row = asdict(step) | {"ended_by": step.ended_by or None, "ended_for": step.ended_for or None}
        del row["claims"]
        if anew:
            row |= {"made_at": attempt.at, "due": shifted(attempt, step, attempt.at.date())}
            row |= {"sent_on": None, "number": "", "objections": 0, **NOT_ENDED}
            return self._make(attempt, sorted(claims), row)
        id = self._make(attempt, (), row)
        theirs = StepClaim.step_id == step.id, StepClaim.claim_id.in_(sorted(claims))
        attempt.session.execute(update(table_of(StepClaim)).where(*theirs).values(step_id=id))
        return id

    def _make(self, attempt: Attempt, claims: Iterable[str], row: Mapping[str, Any]) -> str:
        id = self._entropy(16).hex()
        said = {**row, "id": id, "case_id": attempt.subject.id}
        attempt.session.execute(insert(table_of(Step)).values(said))
        _NAME_CLAIM.run_many(attempt.session, [{"step": id, "claim": claim} for claim in claims])
        return id

    def part(self, attempt: Attempt, step: StepFacts, claims: Collection[str]) -> str:
        """The step for these claims alone: it keeps its id, and its other claims go on in a copy of it."""
        if others := step.claims - set(claims):
            self.copy(attempt, step, others, anew=False)
        return step.id

    def end(self, attempt: Attempt, step: StepFacts, outcome: str, by: str, absent: str = "") -> None:
        """End a step. What was sent with a batch and is void now is free for another batch."""
        values = {"outcome": outcome, "ended_by": by or None, "ended_for": absent or None}
        write_step(attempt, step.id, **values, ended_at=attempt.at)
        if outcome == "void" and was_sent_out(step):
            end_sent_lines(attempt.session, step.id, attempt.at)

    def moved(self, session: Session, case: CaseFacts) -> tuple[dict[str, str], str]:
        """The present values of claims whose record is neither what it was nor what is claimed; a digest."""
        claims = [claim for claim in case.claims if claim.field != "PHOTO"]
        fields = {claim.field for claim in claims}
        present = values_of(session, self._cipher, case.record.id, fields) if fields else {}
        found = {
            claim.id: present[claim.field]
            for claim in claims
            if present[claim.field] not in opened(self._cipher, claim)
        }
        if not found:
            return {}, ""
        said = json.dumps(found, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return found, self._cipher.digest("base", said.encode())


def write_step(attempt: Attempt, step: str, **values: Any) -> None:
    write_rows(attempt.session, table_of(Step), [step], values)


def _as_it_is_now(attempt: Attempt) -> CaseFacts:
    """The case with what this very attempt has written to it."""
    case = look_at_case(attempt.session, attempt.subject.id)
    assert case is not None
    return case


def _goes(step: StepFacts, brought: str) -> bool:
    """Whether an answer makes a step void. An explanation alone leaves what is still to do as it is."""
    if brought == EXPLANATION and not step.outcome:
        return False
    return not brought or step.is_voided_by(brought)


def _is_same(step: StepFacts, asked: PolicyStep) -> bool:
    """Whether a step is the one that the policy asks for.

    A rule is named only where equal steps of two are two, so that one of the two may not be.
    """
    return _is_alike(step, asked) and (step.rule == asked.rule or not (step.rule and asked.rule))


def _is_again(policy: rules.Rules, step: StepFacts, asked: PolicyStep) -> bool:
    """Whether a step of the filing is the one asked for after the decision: of the same rule, or once."""
    if step.rule == asked.rule:
        return _is_alike(step, asked)
    effects = [one.effect for one in policy.school.policy.rules if one.id == asked.rule]
    return any(isinstance(one, AddStep) and one.once for one in effects) and _is_alike(step, asked)


def _is_alike(step: StepFacts, asked: PolicyStep) -> bool:
    alike = all(getattr(step, name) == getattr(asked, name) for name in _OF_A_RULE)
    return alike and step.void_by == ",".join(asked.void_by)


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What the policy says of a claim beside its steps: the office that answers for it, and what it locks.

    ``office`` is '' for the default one; ``locks`` has fields, with commas between them.
    """

    office: str = ""
    locks: str = ""


def terms_of(policy: rules.Rules, answer: Answer | None) -> dict[str, ClaimTerms]:
    """The terms of each field that an answer is about. A college settles nothing, also by a kept text."""
    if answer is None:
        return {}
    default, locks = rules.default_office(policy), dict[str, set[str]]()
    for effect in answer.effects:
        for field in effect["claims"] if effect["effect"] == "lock" else ():
            locks.setdefault(field, set()).update(effect["fields"])
    return {
        one.field: ClaimTerms(
            "" if one.office in (default, COLLEGE) else one.office, ",".join(sorted(locks.get(one.field, ())))
        )
        for one in answer.claims
    }


def in_order(answer: Answer) -> list[tuple[int, PolicyStep]]:
    """The steps of an answer, each at a place that is behind every earlier step of its claims.

    Where one step stands at different places of two claims, because two rules ask for it, there may be no
    such order. Then the steps are in the order of the answer.
    """
    ahead: dict[PolicyStep, set[PolicyStep]] = {step._replace(claims=()): set() for step in answer.steps}
    for claim in answer.claims:
        chain = [step._replace(claims=()) for step in claim.steps]
        for before, after in pairwise(chain):
            ahead[after].add(before)
    whole = {step._replace(claims=()): step for step in answer.steps}
    places = {step: n for n, step in enumerate(whole)}
    sorter = TopologicalSorter({step: sorted(ahead[step], key=places.__getitem__) for step in whole})
    try:
        order = [*sorter.static_order()]
    except CycleError:
        order = [*whole]
    return [(n, whole[step]) for n, step in enumerate(order)]


def _from_now(attempt: Attempt, step: PolicyStep) -> date | None:
    """The day by which a step that was asked for as of the filing is due if its days begin now."""
    today, filed = attempt.at.date(), (attempt.subject.filed_at or attempt.at).date()
    return _due_from(attempt, today, step.rule, filed, step.due)


def shifted(attempt: Attempt, step: StepFacts, begins: date) -> date | None:
    """The day by which a step is due if its days begin on another day.

    A step that bears its rule has the rule's time again; any other has as many working days as it had.
    """
    return _due_from(attempt, begins, step.rule, step.made_at.date(), step.due)


def _due_from(attempt: Attempt, begins: date, rule: str, began: date, due: date | None) -> date | None:
    if due is None:
        return None
    if (anew := due_anew(attempt.policy.school, rule, begins)) is not None:
        return anew
    calendar: Calendar = attempt.policy.school.calendar
    return calendar.working_days_after(begins, calendar.working_days_between(began, due))
