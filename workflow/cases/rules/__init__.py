"""The school's policy as the engine uses it: version in force, questions to it, cohorts of plans."""

from __future__ import annotations

from workflow.cases.rules.ask import (
    PROXIES,
    claim_reasons,
    colleges_silence_counts,
    default_office,
    enrolled_statuses,
    field_name,
    field_words,
    filing_reasons,
    group_of,
    incomplete,
    left_statuses,
    office_name,
    question,
    reason_of,
    reasons,
    refusals,
    silence_counts,
    student,
    told_by,
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
    "field_name",
    "field_words",
    "filing_reasons",
    "graduation_days",
    "group_of",
    "incomplete",
    "left_statuses",
    "office_name",
    "plan_of",
    "question",
    "reason_of",
    "reasons",
    "refusals",
    "silence_counts",
    "student",
    "told_by",
]
