"""What follows when a step is taken: it ends, its claims move on, and what was seen is corrected."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from typing import Any

from workflow.cases import rules
from workflow.cases.attempt import Attempt, StepTaken
from workflow.cases.common import keep_words, write_claims
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.review.questions import end_questions, open_questions
from workflow.cases.review.step_making import Steps, shifted, write_step
from workflow.cases.review.steps import (
    BODIES,
    NOTICE,
    PLATFORM,
    for_the_desk,
    not_theirs,
    ready,
    taken_claims,
    the_step,
    unfinished,
)
from workflow.engine import Asking, Change, Effect, Ref, by_name, in_words
from workflow.history import codes
from workflow.history.codes import DECIDED_OUTSIDE, MORE, OBJECTED, RECEIVED_ON, SENT, SENT_ON, Code
from workflow.records.texts import clean_text
from workflow.verdict import Reason

REPLY = ("number", "person")
"""What a reply bears besides its words: its own number, and who of the other body gave it."""

Inquire = Callable[[Attempt, StepFacts, Collection[str]], str]
"""Gives the official letter that a sending asks for, and returns its number; '' if it asks for none."""


class StepEffects:
    """The effects of taking steps, and the check that the record still is what the decision is about."""

    def __init__(self, steps: Steps, inquire: Inquire) -> None:
        self._steps, self._inquire = steps, inquire

    def checks(self) -> dict[str, Asking]:
        """Every check by the name lifecycles use."""
        return by_name(self.base_is_known)

    def effects(self) -> dict[str, Effect]:
        """Every effect by the name lifecycles use."""
        return by_name(
            self.void_steps,
            self.pass_the_step,
            self.fail_the_step,
            self.note_sent,
            self.note_answer,
            note_objection,
            self.note_seen,
            settle_what_is_seen,
            settle_what_is_denied,
            pass_it_on,
        )

    def void_steps(self, attempt: Attempt, change: Change) -> None:
        """What is still open when a case ends is not taken any more."""
        for step in attempt.subject.steps:
            if not step.outcome:
                self._steps.end(attempt, step, "void", "")

    def pass_the_step(self, attempt: Attempt, change: Change) -> None:
        """The step is passed for the claims that were meant."""
        self._take(attempt, change, "passed")

    def fail_the_step(self, attempt: Attempt, change: Change) -> None:
        """The step is not passed; its claims can be settled as refused, and are not by themselves."""
        self._take(attempt, change, "failed")

    def note_answer(self, attempt: Attempt, change: Change) -> None:
        """What came back ends the step, with the day of the answer; its words are the other body's.

        Where the body wants more, the step is to be sent once more.
        """
        change.codes.append(Code.on_day(RECEIVED_ON, attempt.details["received_on"]))
        if attempt.details["outcome"] == MORE:
            step, _ = self._part(attempt, change)
            write_step(attempt, step.id, sent_on=None, number="")
            change.codes.append(Code(step.kind, MORE))
            keep_words(attempt, change)
        else:
            self._take(attempt, change, str(attempt.details["outcome"]))
        said = {name: clean_text(attempt.details.get(name) or "") for name in REPLY}
        change.values |= {name: words for name, words in said.items() if words}

    def _take(self, attempt: Attempt, change: Change, outcome: str) -> None:
        step, claims = self._part(attempt, change)
        self._steps.end(attempt, step, outcome, attempt.by.person, attempt.by.on_behalf_of)
        change.codes.append(Code(step.kind, outcome))
        attempt.found.taken = StepTaken(step, claims, outcome)
        refused = [claim.id for claim in attempt.subject.claims if claim.id in claims and claim.outcome]
        write_claims(attempt, refused, outcome="", ruling="")
        keep_words(attempt, change)

    def _part(self, attempt: Attempt, change: Change) -> tuple[StepFacts, tuple[str, ...]]:
        """The step that is meant, parted from claims it is not taken for, and the claims it is taken for."""
        step = the_step(attempt)
        assert step is not None
        claims = taken_claims(attempt, step)
        change.steps.append(self._steps.part(attempt, step, claims))
        change.claims += claims
        return step, claims

    def note_sent(self, attempt: Attempt, change: Change) -> None:
        """When it was sent and under which number; a public notice runs its days from then on."""
        step, claims = self._part(attempt, change)
        sent_on: date = attempt.details["sent_on"]
        began = shifted(attempt, step, sent_on) if step.kind == NOTICE else step.due
        number = self._inquire(attempt, step, claims) or clean_text(attempt.details.get("number") or "")
        write_step(attempt, step.id, sent_on=sent_on, number=number, due=attempt.details.get("due") or began)
        change.codes += [Code(step.kind, SENT), Code.on_day(SENT_ON, sent_on)]
        if number:
            change.values["number"] = number

    def note_seen(self, attempt: Attempt, change: Change) -> None:
        """The platform shows the claimed value, since a day that somebody names."""
        day: date = attempt.details["seen_on"]
        self._take(attempt, change, "passed")
        change.codes.append(Code.on_day(codes.SEEN_ON, day))
        write_claims(attempt, change.claims, seen_on=day)

    @in_words("已看过现在的记录", "the present record was looked at")
    def base_is_known(self, attempt: Attempt) -> Reason | None:
        """Where the record's value moved since the filing, who decides has looked at what it is now."""
        if attempt.by.is_system or attempt.details.get("outcome") in ("refused", "already_right"):
            return None
        moved, digest = self._steps.moved(attempt.session, attempt.subject)
        if not moved or attempt.details.get("base") == digest:
            return None
        concerned = _concerned(attempt)
        fields = [claim.field for claim in attempt.subject.claims if claim.id in concerned & moved.keys()]
        if not fields:
            return None
        return Reason(
            "base_moved",
            "提出之后，学籍记录中的{fields}已有变动。",
            {"fields": tuple(rules.field_name(attempt.policy, field) for field in fields)},
            remedy="请看过现在的记录，勾选“已看过现在的记录”后再决定。",
        )


def note_objection(attempt: Attempt, change: Change) -> None:
    """Somebody objects to a public notice; who decides it later has to say what became of that."""
    step = the_step(attempt)
    assert step is not None
    write_step(attempt, step.id, objections=step.objections + 1)
    change.steps.append(step.id)
    change.codes.append(Code(step.kind, OBJECTED))
    keep_words(attempt, change)


def settle_what_is_seen(attempt: Attempt, change: Change) -> None:
    """A claim that was seen on the platform, by whomever, and has nothing else open, is corrected."""
    taken = attempt.found.taken
    if taken is None:
        return
    case, corrected = _when_taken(attempt, taken), set()
    for claim in attempt.subject.claims:
        seen_on = attempt.details.get("seen_on") or claim.seen_on
        passed = taken.outcome == "passed" and claim.id in taken.claims
        if passed and seen_on and not unfinished(case, claim.id):
            write_claims(attempt, [claim.id], outcome="corrected", ruling="", seen_on=seen_on)
            change.codes.append(Code(claim.field, "corrected"))
            corrected.add(claim.id)
    attempt.found.after = replace(
        case,
        claims_of_record=tuple(
            replace(claim, outcome="corrected" if claim.id in corrected else "")
            if claim.id in taken.claims
            else claim
            for claim in case.claims_of_record
        ),
    )


def settle_what_is_denied(attempt: Attempt, change: Change) -> None:
    """What a body that decides does not agree to is refused as its decision; nobody decides it once more.

    Questions about it are moot. Where nothing else is left to settle all are, and the system closes the case.
    """
    taken, case = attempt.found.taken, attempt.found.after
    if taken is None or case is None or taken.outcome != "failed" or taken.step.kind not in BODIES:
        return
    ruling = str(Code(DECIDED_OUTSIDE, taken.step.office))
    write_claims(attempt, taken.claims, outcome="refused", ruling=ruling)
    change.codes += [Code(claim.field, "refused") for claim in case.claims if claim.id in taken.claims]
    change.codes.append(Code.parse(ruling))
    attempt.found.after = case = replace(
        case,
        claims_of_record=tuple(
            replace(claim, outcome="refused", ruling=ruling) if claim.id in taken.claims else claim
            for claim in case.claims_of_record
        ),
    )
    waiting = open_questions(attempt)
    if any(not claim.outcome for claim in case.claims):
        end_questions(attempt, [one for one in waiting if one.about in taken.claims], "dropped")
        return
    end_questions(attempt, waiting, "dropped")
    corrected = any(claim.outcome == "corrected" for claim in case.claims)
    closing = ("correct", dict[str, Any]()) if corrected else ("reject", {"refusal": ruling})
    change.ends.append((Ref(case.lifecycle, case.id), *closing))


def _when_taken(attempt: Attempt, taken: StepTaken) -> CaseFacts:
    """The case when a step has ended for some of its claims and is open still for the others."""
    case, step, by = attempt.subject, taken.step, attempt.by
    ended = replace(
        step,
        claims=frozenset(taken.claims),
        outcome=taken.outcome,
        ended_by=by.person,
        ended_for=by.on_behalf_of,
        ended_at=attempt.at,
    )
    rest = (replace(step, id="", claims=step.claims - ended.claims),) if step.claims - ended.claims else ()
    at = case.every_step.index(step)
    return replace(case, every_step=(*case.every_step[:at], ended, *rest, *case.every_step[at + 1 :]))


def pass_it_on(attempt: Attempt, change: Change) -> None:
    """A case that now waits for somebody else, or only to be entered, is let go by who worked on it."""
    case = attempt.found.after
    if attempt.by.is_system or case is None:
        return
    afterwards = replace(attempt, subject=case)
    decides = (one.step for one in ready(case) if one.step.kind != PLATFORM)
    theirs = any(not tuple(not_theirs(afterwards, step)) for step in decides)
    if not theirs and not for_the_desk(afterwards):
        change.columns |= {"holder": None, "held_until": None}


def _concerned(attempt: Attempt) -> set[str]:
    """The claims that an act is about: of its step, or the one that it names."""
    if (step := the_step(attempt)) is not None:
        return set(taken_claims(attempt, step))
    return {str(attempt.details.get("claim"))}
