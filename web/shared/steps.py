"""The steps of a case in plain values, as whoever takes them and whoever waits for them sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from web.shared.security import actor, place
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.review import steps
from workflow.cases.views.lookup import names_of
from workflow.verdict import Reason

ACT_OF = {steps.PLATFORM: "see", **dict.fromkeys(steps.ANSWERED, "send")}
"""The act that a waiting step of a kind is about first; every other is passed."""


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step: what it is, for which fields, where it stands. ``late`` is computed when it is read.

    ``ready``: it can be taken now; ``bars`` says why not by the person who looks.
    """

    id: str
    kind: str
    office: str
    fields: tuple[str, ...]
    due: date | None
    late: bool
    sent_on: date | None
    number: str
    objections: int
    outcome: str
    by_name: str
    ended_at: datetime | None
    ready: bool
    four_eyes: bool
    words: str = ""
    bars: tuple[Reason, ...] = ()

    @property
    def mine(self) -> bool:
        """Whether the person who looks can take it now."""
        return self.ready and not self.bars

    @property
    def decided(self) -> bool:
        """Whether it is a step that an office decides by itself."""
        return self.kind in steps.DECIDED


def shown(
    facts: CaseFacts,
    every: Sequence[StepFacts],
    fields: Mapping[str, str],
    today: date,
    *,
    names: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
    bars: Mapping[str, tuple[Reason, ...]] | None = None,
) -> tuple[StepShown, ...]:
    """The steps that count, in their order; ``fields`` names the field of each claim."""
    now = {one.step.id for one in steps.ready(facts)}
    return tuple(
        StepShown(
            id=step.id,
            kind=step.kind,
            office=step.office,
            fields=tuple(sorted({fields[claim] for claim in step.claims if claim in fields})),
            due=step.due,
            late=not step.outcome and step.due is not None and step.due < today,
            sent_on=step.sent_on,
            number=step.number,
            objections=step.objections,
            outcome=step.outcome,
            by_name=(names or {}).get(step.ended_by, ""),
            ended_at=step.ended_at,
            ready=step.id in now,
            four_eyes=step.four_eyes,
            words=(words or {}).get(step.id, ""),
            bars=(bars or {}).get(step.id, ()),
        )
        for step in every
        if step.outcome != "void"
    )


def read_steps(
    session: Session,
    facts: CaseFacts,
    every: Sequence[StepFacts],
    words: Mapping[str, str],
    today: date,
    known: Mapping[str, Any],
) -> tuple[StepShown, ...]:
    """The steps of a case with who took them, and which of them the person at the page can take.

    ``known`` are facts that the door would else read for itself, as ``Engine.advise`` takes them.
    """
    fields = {claim.id: claim.field for claim in facts.claims_of_record if claim.case_id == facts.id}
    people: Collection[str] = {step.ended_by for step in every if step.ended_by}
    return shown(
        facts,
        every,
        fields,
        today,
        names=names_of(session, people) if people else {},
        words=words,
        bars={one.step.id: _bars(session, facts, one.step, known) for one in steps.ready(facts)},
    )


def _bars(
    session: Session, facts: CaseFacts, step: StepFacts, known: Mapping[str, Any]
) -> tuple[Reason, ...]:
    """Why a waiting step is not for the person at the page."""
    act = ACT_OF.get(step.kind, "pass_step")
    verdict = place().engine.advise(session, facts, act, actor(), known, {"step": step.id})
    return tuple(reason for reason in verdict.reasons if reason.rule in ("step_is_theirs", "role"))
