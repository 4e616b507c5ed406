"""Examples beside a school's rules: questions, each with what the school expects of the answer.

They are no rules, and no digest of a policy covers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from config.policy.question import Answer, PolicyQuestion

Comparable = object
"""A text, a tuple of texts, a day, an instant, or None for never."""

EXPECTED: Mapping[str, Callable[[Answer], Comparable]] = MappingProxyType(
    {
        "outcome": lambda answer: answer.outcome,
        "codes": lambda answer: tuple(dict.fromkeys(answer.codes)),
        "missing": lambda answer: answer.missing,
        "office": lambda answer: answer.office,
        "steps": lambda answer: tuple(f"{step.kind} {step.office}" for step in answer.steps),
        "flags": lambda answer: answer.flags,
        "accepted_from": lambda answer: answer.accepted_from,
        "next_date": lambda answer: answer.next_date,
        "due": lambda answer: answer.due,
    }
)
"""What an example may say of the answer, and where the answer has it."""

LISTS = ("codes", "missing", "steps", "flags")
DAYS = ("accepted_from", "next_date", "due")
NEVER = "never"
"""How an example writes that there is no such day."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and what its answer must say. ``lines`` are those of its expectations; '' is its own."""

    name: str
    source: str
    question: PolicyQuestion
    expect: Mapping[str, Comparable]
    file: str
    lines: Mapping[str, int]
