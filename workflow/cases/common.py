"""Guards, checks and helpers that actions of more than one chapter of a case's life name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, true

from workflow.cases.attempt import Attempt
from workflow.cases.facts import CampaignFacts, ClaimFacts
from workflow.cases.reach import concerns_reviewer, concerns_reviewer_rows, out_of_scope
from workflow.cases.tables import Case, Claim
from workflow.engine import AnyAttempt, Change, Ref, by_name, guards, in_words
from workflow.people import access
from workflow.people.access import held_here, records_of_their_own
from workflow.records.texts import clean_words, too_long
from workflow.store import Prepared, table_of, write_rows
from workflow.verdict import Reason


def finds(attempt: AnyAttempt, what: Prepared, **values: str) -> bool:
    return what.run(attempt.session, values).fetchone() is not None


# -- who ------------------------------------------------------------------------------------------------


def holds_the_role(attempt: Attempt) -> Reason | None:
    """The actor must hold the role now, and a reviewer a grant in whose scope the case is.

    Set-wise actions are asked about a campaign, and are no reviewer's.
    """
    if (barred := access.holds_the_role(attempt)) is not None:
        return barred
    if attempt.by.role != "reviewer" or isinstance(attempt.subject, CampaignFacts):
        return None
    return None if concerns_reviewer(attempt) else out_of_scope()


def _holds_the_role_rows(attempt: Attempt) -> ColumnElement[bool]:
    if access.holds_the_role(attempt) is not None:
        return false()
    return concerns_reviewer_rows(attempt) if attempt.by.role == "reviewer" else true()


@in_words("是本人的记录", "one's own record")
def own_record(attempt: Attempt) -> Reason | None:
    """A student acts on their own record only; anybody else's is none of their business."""
    if any(one.record == attempt.subject.record.id for one in held_here(attempt)):
        return None
    return Reason(
        "not_your_record", "这不是您本人的学籍记录。", remedy="请用本人的链接登录后办理。", stranger=True
    )


@in_words("不是自己的个案", "not one's own case")
def not_own_case(attempt: Attempt) -> Reason | None:
    """Nobody works on a case about themselves, whatever else they are, nor for the student it is about."""
    if attempt.subject.record.id in records_of_their_own(attempt):
        return Reason("own_case", "这是您本人的个案，不能由您自己办理。", remedy="请由另一位审核人办理。")
    return None


def _not_own_case_rows(attempt: Attempt) -> ColumnElement[bool]:
    return Case.record_id.not_in(sorted(records_of_their_own(attempt)))


# -- claims ---------------------------------------------------------------------------------------------


@in_words("学历还没有注册", "the degree is not registered")
def degree_not_registered(attempt: Attempt) -> Reason | None:
    """After degree registration nothing here may change."""
    day = attempt.subject.record.degree_registered_on
    if attempt.by.is_system or day is None or not degree_is_registered(attempt):
        return None
    return Reason(
        "degree_registered",
        "学历已于 {day} 电子注册，学籍信息不再更改。",
        {"day": day},
        remedy="如学历信息确有错误，请向学校咨询学历勘误。",
    )


def degree_is_registered(attempt: Attempt) -> bool:
    """Whether the record's degree was registered by the day of the attempt."""
    day = attempt.subject.record.degree_registered_on
    return day is not None and day <= attempt.at.date()


@in_words("没有冻结", "nothing is frozen")
def not_frozen(attempt: Attempt) -> Reason | None:
    """While a freeze stands nobody files, supplies or decides. What the system notes is no decision."""
    freeze = attempt.subject.frozen(attempt.at)
    if freeze is None or attempt.by.is_system:
        return None
    return Reason(
        "claims_frozen",
        "学籍管理员于 {since} 冻结了这条学籍记录的更正事项，至 {until}。",
        {"since": freeze.granted_at, "until": freeze.until},
        remedy="冻结期间不能提出、补交或作出决定。如有疑问，请联系学籍管理部门。",
        until=(freeze.until + timedelta(seconds=1)).isoformat(),
    )


@in_words("至少一项已更正", "some claim is corrected")
def some_claim_corrected(attempt: Attempt) -> Reason | None:
    """Corrected is only a case in which something was corrected."""
    if any(claim.outcome == "corrected" for claim in attempt.subject.claims):
        return None
    return Reason("nothing_corrected", "没有任何事项认定为“已更正”。", remedy="请改用“不予更正”办结。")


@in_words("没有一项已更正", "no claim is corrected")
def no_claim_corrected(attempt: Attempt) -> Reason | None:
    """Where anything was corrected the case ends corrected, and says both."""
    if any(claim.outcome == "corrected" for claim in attempt.subject.claims):
        return Reason("something_corrected", "已有事项认定为“已更正”。", remedy="请用“更正办结”办结。")
    return None


def newer_claim(attempt: Attempt, claims: Iterable[ClaimFacts]) -> Reason | None:
    """A newer open claim on the same field takes priority over these."""
    mine = {claim.field_group for claim in claims}
    newer = [claim for claim in attempt.subject.open_elsewhere if claim.field_group in mine]
    if not newer:
        return None
    return Reason(
        "newer_claim_open",
        "同一字段已有新的更正事项在办理（{filed}提交）。",
        {"filed": newer[0].filed_at},
        remedy="请在新的个案中办理。",
    )


# -- words ----------------------------------------------------------------------------------------------


NO_WORDS = Reason("words_missing", "请写明理由。", remedy="用学生看得懂的话写一两句。")


@in_words("写了理由", "words are given")
def words_given(attempt: AnyAttempt) -> Reason | None:
    """A decision, a dispute or an exclusion needs a reason in words."""
    words = clean_words(attempt.details.get("words") or "")
    if not words:
        return NO_WORDS
    return too_long(words)


# -- days ------------------------------------------------------------------------------------------------


def day_faults(day: date | None, today: date) -> Iterator[Reason]:
    """Why a day on which something was done cannot be: it is not given, or has not come."""
    if day is None:
        yield Reason("day_missing", "请填写日期。", remedy="按实际办理的日期填写。")
    elif day > today:
        yield Reason("day_ahead", "日期 {day} 还没有到。", {"day": day}, remedy="请填写实际的日期。")


# -- what follows ---------------------------------------------------------------------------------------


def write_claims(attempt: Attempt, claims: Collection[str], **values: Any) -> None:
    """Give claims of the case the same values in some columns."""
    write_rows(attempt.session, table_of(Claim), sorted(claims), values)


def end_claims(attempt: Attempt, change: Change, **values: str) -> None:
    standing = [claim.id for claim in attempt.subject.claims]
    write_claims(attempt, standing, ended_at=attempt.at, **values)
    change.claims += standing


def keep_words(attempt: AnyAttempt, change: Change) -> None:
    words = clean_words(attempt.details.get("words") or "")
    if words:
        change.values["words"] = words


def use_up_opening(attempt: Attempt, change: Change) -> None:
    """A check that was opened again for its student is answered once."""
    if (opened := attempt.subject.opened(attempt.at)) is not None:
        change.then.append((Ref(opened.lifecycle, opened.id), "use_up"))


GUARDS = guards(
    (holds_the_role, _holds_the_role_rows),
    own_record,
    (not_own_case, _not_own_case_rows),
    degree_not_registered,
    not_frozen,
    some_claim_corrected,
    no_claim_corrected,
)
CHECKS = by_name(words_given)
EFFECTS = by_name(use_up_opening)
