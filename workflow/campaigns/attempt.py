"""What an attempt on a campaign is: its subject and policy by their types, and what was found out so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from workflow.cases.facts import CampaignFacts
from workflow.cases.rules import Rules
from workflow.engine import Attempt as AttemptOn


@dataclass(frozen=True, slots=True)
class Reminding:
    """Whom a reminder would reach, each case with its record; how many of the list it leaves out, and why."""

    reached: Mapping[str, str]
    today: int
    answered: int


@dataclass(slots=True)
class CampaignFindings:
    """What one attempt has found out: whom a reminder reaches."""

    reminding: Reminding | None = None


Attempt: TypeAlias = AttemptOn[CampaignFacts, Rules, CampaignFindings]
