"""Examples beside a school's rules: questions, each with what the school expects of the answer.

They are no rules, and no digest of a policy covers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from config.policy.question import Answer, PolicyQuestion, PolicyStep

Comparable = object
"""A text, a tuple of texts, a day, an instant, or None for never."""

EXPECTED: Mapping[str, Callable[[Answer], Comparable]] = MappingProxyType(
    {
        "outcome": lambda answer: answer.outcome,
        "codes": lambda answer: tuple(dict.fromkeys(answer.codes)),
        "missing": lambda answer: answer.missing,
        "office": lambda answer: answer.office,
        "steps": lambda answer: tuple(_step(step) for step in answer.steps),
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
_DATED = 2
"""So many spaces are in a step with its deadline: kind, office, day."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and what its answer must say. ``lines`` are those of its expectations; '' is its own."""

    name: str
    source: str
    question: PolicyQuestion
    expect: Mapping[str, Comparable]
    file: str
    lines: Mapping[str, int]


def got(key: str, answer: Answer, expected: Comparable) -> Comparable:
    """What the answer says under a key. A step has its deadline where the expected one in its place has."""
    said = EXPECTED[key](answer)
    if key != "steps" or not isinstance(said, tuple) or not isinstance(expected, tuple):
        return said
    wanted = [*expected, *[""] * len(said)]
    return tuple(
        step if one.count(" ") == _DATED else step.rpartition(" ")[0]
        for step, one in zip(said, wanted, strict=False)
    )


def _step(step: PolicyStep) -> str:
    return f"{step.kind} {step.office} {step.due or NEVER}"
