"""A disputed or reopened case: whoever made the decision that was overturned does not make the next one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from workflow.cases.attempt import Attempt
from workflow.cases.review.conflicts import deciders_before
from workflow.cases.review.holds import receivers
from workflow.cases.tables import Case, Claim, DecidedBefore, Step
from workflow.engine import guards, in_words
from workflow.people.access import people_at_the_door
from workflow.people.tables import Grant, Person
from workflow.store import InHand
from workflow.verdict import Reason

SOMEBODY_ELSE: InHand[bool] = InHand(
    *(kind.__tablename__ for kind in (Person, Grant, DecidedBefore, Case, Claim, Step))
)
"""Whether anybody else could take a case, by the case and who asks."""


@in_words("原来的决定不是本人作出的", "the overturned decision was not one's own")
def not_decided_before(attempt: Attempt) -> Reason | None:
    """After a dispute or a reopening somebody else decides; if nobody could, the remedy says whom to ask."""
    if attempt.by.is_system or not people_at_the_door(attempt.by) & deciders_before(attempt):
        return None
    asked = attempt.subject.id, attempt.by.person
    somebody = SOMEBODY_ELSE.once(attempt.session, asked, lambda: bool(receivers(attempt)))
    return Reason(
        "decided_before_by_you",
        "这个个案原来的决定是您作出的；提出异议或重新审核以后，由另一个人办理。",
        remedy="请由另一位审核人办理。"
        if somebody
        else "现在没有别人能办理：请告诉系统管理员，给另一个人审核人或复核人的身份。",
    )


def _not_decided_before_rows(attempt: Attempt) -> ColumnElement[bool]:
    return ~exists().where(
        DecidedBefore.case_id == Case.id,
        DecidedBefore.person_id.in_(sorted(people_at_the_door(attempt.by))),
    )


GUARDS = guards((not_decided_before, _not_decided_before_rows))
