"""What an attempt on a case is: its subject and policy by their types, and what was found out so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from config.policy import Answer
from workflow.cases.facts import CampaignFacts, CaseFacts, StepFacts
from workflow.engine import Attempt as AttemptOn
from workflow.verdict import Reason

if TYPE_CHECKING:
    from workflow.cases.rules.versions import Rules


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was just taken, for which claims, and how."""

    step: StepFacts
    claims: tuple[str, ...]
    outcome: str


@dataclass(slots=True)
class CaseFindings:
    """What one attempt has found out for rules that are asked later, and for its effects.

    ``filing`` says why nothing may be filed at all, ``answer`` is the policy's on these claims. ``cause`` is
    why the case lapses. ``after`` is the case as the step that was ``taken`` leaves it.
    """

    filing: tuple[Reason, ...] | None = None
    answer: Answer | None = None
    cause: str | None = None
    taken: StepTaken | None = None
    after: CaseFacts | None = None


Attempt: TypeAlias = "AttemptOn[CaseFacts, Rules, CaseFindings]"
Wave: TypeAlias = "AttemptOn[CampaignFacts, Rules, CaseFindings]"
"""The attempt at a set-wise action: its subject is the campaign."""
