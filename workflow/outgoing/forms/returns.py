"""Noting that a college returned a form on paper, and what stands noted: sealed or not, how late, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.forms import FORMS
from workflow.engine import Actor, Entropy
from workflow.outgoing.forms.tables import NOT_RETURNED, RETURNS, FormReturn
from workflow.people.access import note_access
from workflow.people.tables import Person
from workflow.verdict import Reason, Refused, Verdict

NOTED = "form_return"
"""The name of a note in the access log."""
NO_SUCH_FORM = Reason(
    "no_such_form", "没有这个学院的这种表。", remedy="请从表中选择学院、表和情况。", rule="college"
)
ALREADY_SO = Reason(
    "form_already_so",
    "这张表已经这样登记。",
    remedy="情况变了再登记；登记错了，登记为正确的情况。",
    rule="state",
)


@dataclass(frozen=True, slots=True)
class Returned:
    """Where the paper of one form is, since when, and who noted it."""

    state: str = NOT_RETURNED
    at: datetime | None = None
    by: str = ""

    def late(self, due: datetime | None) -> int:
        """By how many begun minutes it came after the colleges' deadline; 0 if in time or not here."""
        if due is None or self.at is None or self.state == NOT_RETURNED or self.at <= due:
            return 0
        return -((due - self.at) // timedelta(minutes=1))


NOTHING_RETURNED = Returned()


def note_return(
    session: Session,
    entropy: Entropy,
    by: Actor,
    at: datetime,
    campaign: str,
    colleges: Iterable[str],
    college: str,
    form: str,
    state: str,
) -> None:
    """Note where a form's paper is now. Refuses other colleges than these, and what stands already.

    Of two who note the same at one moment both lines stand, and say the same.
    """
    if college not in set(colleges) or form not in FORMS or state not in RETURNS:
        raise Refused(Verdict(NOTED, (NO_SUCH_FORM,)))
    if returns_of(session, campaign).get((college, form), NOTHING_RETURNED).state == state:
        raise Refused(Verdict(NOTED, (ALREADY_SO,)))
    session.add(
        FormReturn(
            id=entropy(16).hex(), campaign_id=campaign, college=college, form=form, state=state, at=at,
            noted_by=by.person,
        )
    )  # fmt: skip
    note_access(session, by, NOTED, campaign, at)


def returns_of(session: Session, campaign: str) -> Mapping[tuple[str, str], Returned]:
    """What stands noted, by college and form. One statement."""
    kept = FormReturn
    asked = (
        select(kept.college, kept.form, kept.state, kept.at, Person.name)
        .join(Person, Person.id == kept.noted_by)
        .where(kept.campaign_id == campaign)
        .order_by(kept.at, kept.id)
    )
    return {
        (college, form): Returned(state, at, name)
        for college, form, state, at, name in session.execute(asked)
    }
