"""Check cohorts: pairs stand by themselves, and which two cohorts have a level and a year in common."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.draft import Finding, Placed, inside
from config.policy.words import CampaignPlan, Cohort, Template

Place = tuple[str | None, int | None]
"""A level and an entry year; None for any."""


def check_pairs(placed: Placed[CampaignPlan] | Placed[Template]) -> Iterator[Finding]:
    """Pairs take the place of entry years and levels, so a cohort has one or the other."""
    cohort = placed.value.cohort
    years = cohort.entry_years if isinstance(cohort, Cohort) else cohort.entered_years_ago
    if cohort.pairs and (years or cohort.levels):
        yield (
            inside(placed, "cohort"),
            "写了 pairs，就不写入学年份和 levels",
            "has pairs, and entry years or levels beside them",
        )


def meet(one: Cohort, other: Cohort) -> bool:
    """True if some level and entry year belongs to both."""
    return any(_same(mine, theirs) for mine in _places(one) for theirs in _places(other))


def _places(cohort: Cohort) -> list[Place]:
    if cohort.pairs:
        return [(pair.level, pair.entry_year) for pair in cohort.pairs]
    return [(level, year) for level in cohort.levels or (None,) for year in cohort.entry_years or (None,)]


def _same(one: Place, other: Place) -> bool:
    return all(None in (mine, theirs) or mine == theirs for mine, theirs in zip(one, other, strict=True))
