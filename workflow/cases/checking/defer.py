"""A student has checked and found something wrong that the rules take only later: said now, filed then.

It counts as an answer and is none of the others: nothing is filed, nothing is confirmed, and silence is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from config.calendar import start_of
from config.policy import Answer, ClaimAsked, QuestionFault
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.checking.confirm import still_enrolled
from workflow.cases.facts import CaseFacts
from workflow.engine import Change, by_name, guards, in_words
from workflow.history.codes import ACCEPTED_FROM, DEFERRED_FIELD, Code
from workflow.store import as_text
from workflow.verdict import Reason


@in_words("规则规定待受理的算已核对", "by the rules a deferred change counts as checked")
def deferral_counts(attempt: Attempt) -> Reason | None:
    """Only where the school's text says so."""
    if attempt.policy.school.policy.silence.deferred_counts:
        return None
    return Reason(
        "deferral_means_nothing",
        "按学校规则，不登记以后再提出的更正。",
        remedy="请在受理的时间提出；信息都对的，请确认无误。",
    )


@in_words("按规则现在不受理，以后受理", "the rules take it later")
def policy_defers(attempt: Attempt) -> Iterator[Reason]:
    """The rules answer not yet, and from when: what they take now is filed, what they refuse is refused.

    Asked about the items that are noted or, before any is, whether there is one to note.
    """
    if not attempt.policy.school.policy.silence.deferred_counts:
        return
    fields = tuple(attempt.details.get("fields") or ())
    answers = _answers(attempt.session, attempt.policy, attempt.subject, attempt.at, fields)
    later = [one for one in answers.values() if _is_later(one)]
    if len(later) == len(answers) if fields else later:
        return
    if not answers or any(isinstance(one, Answer) and one.may for one in answers.values()):
        yield Reason("accepted_now", "现在就受理更正，不必推后。", remedy="请直接申请更正。")
        return
    for one in answers.values():
        if not _is_later(one):
            yield from rules.reasons(one)
            return


def taken_from(
    session: Session, policy: rules.Rules, case: CaseFacts, at: datetime, fields: Sequence[str] = ()
) -> datetime:
    """The first moment at which a filing on all these items, or on any that can be noted, would be taken."""
    answers = _answers(session, policy, case, at, fields).values()
    begins = [_begins(one) for one in answers if isinstance(one, Answer) and _is_later(one)]
    return max(begins) if fields else min(begins)


def _begins(answer: Answer) -> datetime:
    begins = answer.accepted_from
    assert begins is not None
    return begins if isinstance(begins, datetime) else start_of(begins)


def _is_later(answer: Answer | QuestionFault) -> bool:
    return isinstance(answer, Answer) and answer.outcome == "defer" and answer.accepted_from is not None


def _answers(
    session: Session, policy: rules.Rules, case: CaseFacts, at: datetime, fields: Sequence[str]
) -> dict[str, Answer | QuestionFault]:
    """The answer to a filing on each of some items or, without any, on each that can be noted."""
    put = rules.question(
        session, policy, case, at, papers=tuple(policy.school.policy.evidence_kinds), filed_by="student"
    )
    general = rules.answer_to(policy, put)
    found = {}
    for field in fields or (case.campaign.fields if case.campaign else ()):
        words = rules.field_words(policy, field)
        if words is not None and words.claimable:
            claimed = [replace(put, claims=(ClaimAsked(field, cause),)) for cause in words.causes]
            found[field] = _best([general, *(rules.answer_to(policy, one) for one in claimed)])
    return found


def _best(answers: Sequence[Answer | QuestionFault]) -> Answer | QuestionFault:
    """Of the answer to any filing and those to an item with each of its causes: the one soonest taken.

    What any filing has to wait for the item has to wait for. A cause that needs a day is not guessed.
    """
    general, *causes = answers
    known = [one for one in causes if isinstance(one, Answer)]
    if not isinstance(general, Answer) or not general.may or not known:
        return general
    taken = [one for one in known if one.may] or [one for one in known if _is_later(one)]
    return min(taken, key=_begins) if taken else known[0]


@in_words("选了有误的项目", "some item is said to be wrong")
def deferred_fields_fit(attempt: Attempt) -> Iterator[Reason]:
    """At least one item, each of the campaign and such that something can be filed on it."""
    fields, campaign = attempt.details.get("fields") or (), attempt.subject.campaign
    if not fields:
        yield Reason("nothing_deferred", "没有选择有误的项目。", remedy="请至少选择一项。")
    for field in fields:
        words = rules.field_words(attempt.policy, field)
        if campaign is None or field not in campaign.fields or words is None or not words.claimable:
            yield Reason(
                "field_not_asked", "所选的项目中，有的不在本次核对范围内。", remedy="请刷新页面后重新选择。"
            )


@in_words("已到受理的时间", "the rules take it now")
def deferral_is_over(attempt: Attempt) -> Reason | None:
    """The time has come, the rules take it, the student was not told yet, and has filed nothing since."""
    case = attempt.subject
    until = case.deferred_until
    filed = any(until is not None and claim.filed_at >= until for claim in case.claims_of_record)
    due = until is not None and attempt.at >= until and case.called_back_at is None and not filed
    if due and still_enrolled(attempt) is None and case.frozen(attempt.at) is None and _is_taken(attempt):
        return None
    return Reason("deferral_not_over", "还没有到受理的时间，或已提醒过。", remedy="不需要办理。")


def _is_taken(attempt: Attempt) -> bool:
    """Whether the rules take a filing now on one of the items that were noted."""
    fields = attempt.subject.deferred_items
    answers = _answers(attempt.session, attempt.policy, attempt.subject, attempt.at, fields)
    return any(isinstance(one, Answer) and one.may for one in answers.values())


def keep_deferral(attempt: Attempt, change: Change) -> None:
    """Keep which items are wrong, and from when a filing is taken."""
    fields = attempt.details["fields"]
    begins = taken_from(attempt.session, attempt.policy, attempt.subject, attempt.at, fields)
    change.columns |= {
        "manner": "",
        "deferred_until": as_text(begins),
        "deferred_fields": ",".join(fields),
        "called_back_at": None,
    }
    change.codes += [*(Code(field, DEFERRED_FIELD) for field in fields), Code.at(ACCEPTED_FROM, begins)]


def mark_called_back(attempt: Attempt, change: Change) -> None:
    """The student was told that a filing is taken now."""
    change.columns["called_back_at"] = as_text(attempt.at)


GUARDS = guards(deferral_counts, policy_defers, deferral_is_over)
CHECKS = by_name(deferred_fields_fit)
EFFECTS = by_name(keep_deferral, mark_called_back)
