"""The school's policy as the engine uses it: version in force, questions to it, cohorts of plans."""

from __future__ import annotations

from workflow.cases.rules.ask import (
    answer_to,
    assigns,
    bodies,
    claim_reasons,
    confirming_reasons,
    default_office,
    field_name,
    field_words,
    filed_as,
    filed_by,
    filing_reasons,
    group_of,
    may_act_for_students,
    names_action,
    office_name,
    reason_of,
    reasons,
    requires_papers,
    variants_for,
)
from workflow.cases.rules.cohort import cohort_names, cohort_rows, plan_of
from workflow.cases.rules.question import question, student
from workflow.cases.rules.versions import Rules, SchoolRules, UnknownRules

__all__ = [
    "Rules",
    "SchoolRules",
    "UnknownRules",
    "answer_to",
    "assigns",
    "bodies",
    "claim_reasons",
    "cohort_names",
    "cohort_rows",
    "confirming_reasons",
    "default_office",
    "field_name",
    "field_words",
    "filed_as",
    "filed_by",
    "filing_reasons",
    "group_of",
    "may_act_for_students",
    "names_action",
    "office_name",
    "plan_of",
    "question",
    "reason_of",
    "reasons",
    "requires_papers",
    "student",
    "variants_for",
]
