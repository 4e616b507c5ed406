"""Excluding a case from its campaign's numbers, and including it again."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from workflow.cases.attempt import Attempt, Wave
from workflow.cases.common import keep_words
from workflow.cases.tables import EXCLUSIONS, Case
from workflow.engine import Change, by_name, guards, in_words
from workflow.history.codes import Code
from workflow.verdict import Reason


@in_words("计入本次自查", "counted in the campaign")
def not_excluded(attempt: Attempt) -> Reason | None:
    """An excluded case is in no denominator and takes no answer."""
    if not attempt.subject.excluded:
        return None
    return Reason("is_excluded", "这条记录不计入本次自查。", remedy="如应计入，请联系学籍管理部门。")


def _not_excluded_rows(attempt: Wave) -> ColumnElement[bool]:
    return Case.excluded == ""


@in_words("没有计入本次自查", "not counted in the campaign")
def is_excluded(attempt: Attempt) -> Reason | None:
    """Only an excluded case can be included again."""
    if attempt.subject.excluded:
        return None
    return Reason("is_included", "这条记录本来就计入本次自查。", remedy="不需要办理。")


def _is_excluded_rows(attempt: Wave) -> ColumnElement[bool]:
    return Case.excluded != ""


@in_words("选了不计入的理由", "a known ground of exclusion")
def exclusion_code_known(attempt: Attempt) -> Reason | None:
    """An exclusion needs a reason code of the list."""
    if (attempt.details.get("code") or "other") in EXCLUSIONS:
        return None
    return Reason("exclusion_code_missing", "请选择不计入的理由。", remedy="从列出的理由中选择。")


def mark_excluded(attempt: Attempt, change: Change) -> None:
    """Exclude the case from the denominator, with the reason code and the words."""
    code = attempt.details.get("code") or "other"
    change.columns["excluded"] = code
    change.codes.append(Code(code))
    keep_words(attempt, change)


def mark_included(attempt: Attempt, change: Change) -> None:
    """Include the case in the denominator again."""
    change.columns["excluded"] = ""
    keep_words(attempt, change)


GUARDS = guards((not_excluded, _not_excluded_rows), (is_excluded, _is_excluded_rows))
CHECKS = by_name(exclusion_code_known)
EFFECTS = by_name(mark_excluded, mark_included)
