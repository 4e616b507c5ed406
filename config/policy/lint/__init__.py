"""Consistency checks of a school's files: declared names, windows that can occur, complete texts."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.campaigns import check_campaign, check_overlaps
from config.policy.lint.days import check_holidays, check_registrations, unknown_years
from config.policy.lint.draft import Finding, SchoolDraft
from config.policy.lint.lists import check_fields, check_lists, check_numbers
from config.policy.lint.rules import check_lifts, check_rule, check_vocabulary
from config.policy.lint.templates import check_templates
from config.policy.lint.windows import check_window


def lint(draft: SchoolDraft) -> Iterator[Finding]:
    """Every inconsistency, with its place and its Chinese and English text."""
    yield from check_vocabulary(draft)
    yield from check_lists(draft)
    yield from check_fields(draft)
    yield from check_numbers(draft)
    for window in draft.windows:
        yield from check_window(window)
    for rule in draft.rules:
        yield from check_rule(rule, draft)
    yield from check_lifts(draft)
    for campaign in draft.campaigns:
        yield from check_campaign(campaign, draft)
    yield from check_overlaps(draft.campaigns)
    yield from check_templates(draft)
    yield from check_registrations(draft.registrations)
    yield from check_holidays(draft)


def unsure(draft: SchoolDraft) -> Iterator[Finding]:
    """Warnings that are not faults: days in years whose holidays the calendar does not know."""
    yield from unknown_years(draft)
