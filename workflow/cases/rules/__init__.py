"""The school's policy as the engine uses it: version in force, questions to it, cohorts of plans."""

from __future__ import annotations

from workflow.cases.rules.ask import (
    PROXIES,
    claim_reasons,
    colleges_silence_counts,
    default_office,
    enrolled_statuses,
    field_words,
    filing_reasons,
    group_of,
    incomplete,
    left_statuses,
    office_words,
    question,
    reasons,
    refusals,
    silence_counts,
    student,
    told_by,
    words,
)
from workflow.cases.rules.cohort import cohort_names, cohort_rows, entry_days, graduation_days, plan_of
from workflow.cases.rules.versions import Rules, SchoolRules, UnknownRules

__all__ = [
    "PROXIES",
    "Rules",
    "SchoolRules",
    "UnknownRules",
    "claim_reasons",
    "cohort_names",
    "cohort_rows",
    "colleges_silence_counts",
    "default_office",
    "enrolled_statuses",
    "entry_days",
    "field_words",
    "filing_reasons",
    "graduation_days",
    "group_of",
    "incomplete",
    "left_statuses",
    "office_words",
    "plan_of",
    "question",
    "reasons",
    "refusals",
    "silence_counts",
    "student",
    "told_by",
    "words",
]
