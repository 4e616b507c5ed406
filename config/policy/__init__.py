"""A school's rules as data: strict loading, and a pure function from a question to an answer."""

from config.policy.ask import ask, last_day, rules_of, warnings_of
from config.policy.deciding import BatchRule, ChecklistItem, Escalation, items_for
from config.policy.effects import AddStep, Require
from config.policy.lint.four_eyes import Staff, unheld, unmeetable
from config.policy.lint.missed import missed
from config.policy.lint.vanished import vanished
from config.policy.privacy import PrivacyNotice, PrivacySection, kept_notice
from config.policy.question import (
    Answer,
    ClaimAnswer,
    ClaimAsked,
    DoneRequest,
    OpenRequest,
    PolicyQuestion,
    PolicyReason,
    PolicyStep,
    QuestionFault,
    Student,
)
from config.policy.reading.lines import Fault
from config.policy.reading.load import PolicyFaults, kept_school, load_school
from config.policy.school import Policy, Rule, School
from config.policy.windows import CampaignWindow, FinalCheck, final_check
from config.policy.words import CampaignPlan, Cohort, CohortPair, FieldWords, Refusal, Words

__all__ = [
    "AddStep",
    "Answer",
    "BatchRule",
    "CampaignPlan",
    "CampaignWindow",
    "ChecklistItem",
    "ClaimAnswer",
    "ClaimAsked",
    "Cohort",
    "CohortPair",
    "DoneRequest",
    "Escalation",
    "Fault",
    "FieldWords",
    "FinalCheck",
    "OpenRequest",
    "Policy",
    "PolicyFaults",
    "PolicyQuestion",
    "PolicyReason",
    "PolicyStep",
    "PrivacyNotice",
    "PrivacySection",
    "QuestionFault",
    "Refusal",
    "Require",
    "Rule",
    "School",
    "Staff",
    "Student",
    "Words",
    "ask",
    "final_check",
    "items_for",
    "kept_notice",
    "kept_school",
    "last_day",
    "load_school",
    "missed",
    "rules_of",
    "unheld",
    "unmeetable",
    "vanished",
    "warnings_of",
]
