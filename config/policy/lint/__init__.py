"""Consistency checks of a school's files: declared names, windows that can occur, complete texts."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.campaigns import check_campaign, check_overlaps
from config.policy.lint.days import check_holidays, check_registrations, unknown_years
from config.policy.lint.deciding import check_deciding, never_overdue
from config.policy.lint.draft import Finding, SchoolDraft
from config.policy.lint.equal_steps import equal_steps
from config.policy.lint.levels import unknown_levels
from config.policy.lint.lists import check_fields, check_keepers, check_lists, check_numbers
from config.policy.lint.never import rules_in_vain, unlisted_statuses
from config.policy.lint.obeyed import check_obeyed, unasked
from config.policy.lint.rules import check_lifts, check_rule
from config.policy.lint.silence import check_silence
from config.policy.lint.submissions import check_submissions, never_submitted
from config.policy.lint.templates import check_templates
from config.policy.lint.unused import unused
from config.policy.lint.vocabulary import check_vocabulary
from config.policy.lint.windows import check_window


def lint(draft: SchoolDraft) -> Iterator[Finding]:
    """Every inconsistency, with its place and its Chinese and English text."""
    yield from check_vocabulary(draft)
    yield from check_lists(draft)
    if draft.silence:
        yield from check_silence(draft.silence)
    yield from check_fields(draft)
    yield from check_keepers(draft)
    yield from check_numbers(draft)
    for window in draft.windows:
        yield from check_window(window, draft)
    for rule in draft.rules:
        yield from check_rule(rule, draft)
    yield from check_lifts(draft)
    yield from check_obeyed(draft)
    yield from check_deciding(draft)
    yield from check_submissions(draft)
    for campaign in draft.campaigns:
        yield from check_campaign(campaign, draft)
    yield from check_overlaps(draft.campaigns)
    yield from check_templates(draft)
    yield from check_registrations(draft.registrations)
    yield from check_holidays(draft)


def unsure(draft: SchoolDraft) -> Iterator[Finding]:
    """Warnings about a draft without faults: what is not used, never holds, or cannot be reckoned."""
    yield from unknown_years(draft)
    yield from unused(draft)
    yield from rules_in_vain(draft)
    yield from unasked(draft)
    yield from unlisted_statuses(draft)
    yield from unknown_levels(draft)
    yield from equal_steps(draft)
    yield from never_overdue(draft)
    yield from never_submitted(draft)
