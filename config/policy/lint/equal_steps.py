"""Warn of two rules that ask for the same step of one claim without saying whether it is taken once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from config.policy.effects import AddStep
from config.policy.lint.draft import Finding, SchoolDraft, inside
from config.policy.lint.never import contradiction, predicates_of


def equal_steps(draft: SchoolDraft) -> Iterator[Finding]:
    """Each rule whose step an earlier one asks for too, of a claim to which both can apply.

    In the first vocabulary equal steps are always one.
    """
    steps = [(one, one.value.effect) for one in draft.rules if isinstance(one.value.effect, AddStep)]
    for (earlier, first), (later, second) in combinations(steps if draft.vocabulary > 1 else (), 2):
        if (
            not first.once
            and first == second
            and not set(earlier.value.actions).isdisjoint(later.value.actions)
            and not contradiction((*predicates_of(earlier.value), *predicates_of(later.value)), draft)
        ):
            yield (
                inside(later, "then"),
                f"与 {earlier.value.id} 要的环节相同，没有写 once，同一事项会办两次",
                f"is the step of {earlier.value.id} too; without once it is taken twice",
            )
