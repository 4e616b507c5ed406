"""Warn of levels that the platform does not write: a rule or a cohort that names one takes nobody in."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.draft import Finding, Placed, SchoolDraft, inside
from config.policy.predicates import CategoryIn
from config.policy.words import BESIDE_LEVELS, LEVELS, Cohort, YearlyCohort


def unknown_levels(draft: SchoolDraft) -> Iterator[Finding]:
    """Each level of a rule, a campaign or a template that no student's record is likely to have."""
    for place, level in _named(draft):
        if level not in (*LEVELS, *BESIDE_LEVELS):
            yield (
                place,
                f"平台没有“{level}”这种层次；平台写作：{'、'.join(LEVELS)}",
                f"the platform has no level {level}",
            )


def _named(draft: SchoolDraft) -> Iterator[tuple[Placed[object], str]]:
    for rule in draft.rules:
        for one in rule.value.of_question:
            if isinstance(one, CategoryIn):
                yield from ((inside(rule, "when"), level) for level in sorted(one.levels))
    for campaign in draft.campaigns:
        yield from ((inside(campaign, "cohort"), level) for level in _levels(campaign.value.cohort))
    for template in draft.templates:
        yield from ((inside(template, "cohort"), level) for level in _levels(template.value.cohort))


def _levels(cohort: Cohort | YearlyCohort) -> tuple[str, ...]:
    return (*cohort.levels, *[pair.level for pair in cohort.pairs])
