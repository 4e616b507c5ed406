"""Deeming: what no answer through a campaign means, where the school's rules give it a meaning.

Either the students' silence counts by itself, or that of the students whose college was silent too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select, true

from config.policy.words import TELLERS
from states import campaign as campaign_states
from workflow.cases.attempt import Attempt, Wave
from workflow.cases.common import finds
from workflow.cases.facts import CampaignFacts
from workflow.cases.tables import Case, ToldInPerson
from workflow.engine import Change, Guard, by_name, guards, in_words
from workflow.history.codes import COLLEGE_SILENT, Code
from workflow.notices.deliveries import told_by
from workflow.notices.tables import Notice
from workflow.permissions.tables import EXTEND, OPEN, Permission
from workflow.records.tables import Record
from workflow.store import Prepared
from workflow.verdict import Reason

SilentColleges: TypeAlias = Callable[[str], Select[str]]
"""Of a campaign by its id, the colleges that signed nothing in time and so have no objection."""

TELLING = ("campaign_opened", "reminder")
"""Notices that tell a student about a campaign."""


@in_words("自查已截止", "the campaign is over")
def campaign_is_over(attempt: Attempt) -> Reason | None:
    """Silence counts only after the last second of the window."""
    campaign = attempt.subject.campaign
    if campaign is not None and _is_over(campaign, attempt):
        return None
    closes = campaign.closes_at if campaign is not None else "—"
    return Reason(
        "campaign_not_over", "自查到 {closes} 才截止。", {"closes": closes}, remedy="请在截止之后办理。"
    )


def _campaign_is_over_rows(attempt: Wave) -> ColumnElement[bool]:
    return true() if _is_over(attempt.subject, attempt) else false()


def _is_over(campaign: CampaignFacts, attempt: Attempt | Wave) -> bool:
    """True after its last second, if it was held: a cancelled campaign deems no case."""
    held = campaign.state not in campaign_states.NOT_HELD
    return held and attempt.at > campaign.closes_at


class Deeming:
    """The guards of deeming. ``silent_colleges`` is how a campaign's silent colleges are read."""

    def __init__(self, silent_colleges: SilentColleges) -> None:
        self._silent_colleges = silent_colleges

    def guards(self) -> dict[str, Guard]:
        """Every guard by its name in the lifecycles."""
        return guards(
            (campaign_is_over, _campaign_is_over_rows),
            (self.policy_deems, self._policy_deems_rows),
            (was_told, _was_told_rows),
            (no_time_given, _no_time_given_rows),
        )

    @in_words("规则规定未提出视为无误", "by the rules silence counts")
    def policy_deems(self, attempt: Attempt) -> Reason | None:
        """A case is deemed only where the school's rules say that silence counts.

        Where they let a college's silence count for its students, its list stands without objection first.
        """
        campaign, silence = attempt.subject.campaign, attempt.policy.school.policy.silence
        if campaign is not None and campaign.kind in silence.deems:
            return None
        if campaign is None or campaign.kind not in silence.colleges_deem_students:
            return Reason(
                "silence_means_nothing", "按学校规则，本次自查中没有确认不等于无误。", remedy="请继续催办。"
            )
        if attempt.subject.record.fy in attempt.session.scalars(self._silent_colleges(campaign.id)).all():
            return None
        return Reason(
            "college_not_silent",
            "按学校规则，学院到期没有签认名单的，没有答复的学生才视为无误；这名学生的学院不是这样。",
            remedy="请继续催办。",
        )

    def _policy_deems_rows(self, attempt: Wave) -> ColumnElement[bool]:
        campaign, silence = attempt.subject, attempt.policy.school.policy.silence
        if campaign.kind in silence.deems:
            return true()
        if campaign.kind not in silence.colleges_deem_students:
            return false()
        theirs = select(Record.id).where(Record.fy.in_(self._silent_colleges(campaign.id)))
        return Case.record_id.in_(theirs)


@in_words("学生看到过通知，或被当面告知过", "the student has seen the notice, or was told in person")
def was_told(attempt: Attempt) -> Reason | None:
    """A student can be deemed correct only if they were told in a way that the policy accepts.

    That is a notice by a channel, or the word of who holds a duty and told them in person.
    """
    ways = attempt.policy.school.policy.silence.told_by
    if finds(attempt, _told_of_the_campaign(ways), case=attempt.subject.id):
        return None
    if finds(attempt, _told_by_somebody(ways), case=attempt.subject.id):
        return None
    return Reason("never_told", "没有学生收到通知的记录，不能视为无误。", remedy="请先通知到本人。")


@cache
def _told_of_the_campaign(ways: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(Notice.id)
        .where(Notice.subject == bindparam("case"), Notice.event.in_(TELLING), told_by(ways))
        .limit(1)
    )


@cache
def _told_by_somebody(ways: tuple[str, ...]) -> Prepared:
    attested = select(ToldInPerson.case_id).where(ToldInPerson.case_id == bindparam("case"))
    return Prepared(attested.where(_by_tellers(ways)))


def _by_tellers(ways: tuple[str, ...]) -> ColumnElement[bool]:
    return ToldInPerson.duty.in_([duty for duty in TELLERS if duty in ways])


def _was_told_rows(attempt: Wave) -> ColumnElement[bool]:
    ways = attempt.policy.school.policy.silence.told_by
    return or_(
        exists().where(Notice.subject == Case.id, Notice.event.in_(TELLING), told_by(ways)),
        exists().where(ToldInPerson.case_id == Case.id, _by_tellers(ways)),
    )


@in_words("没有另给时间", "no more time was given")
def no_time_given(attempt: Attempt) -> Reason | None:
    """Silence means nothing to whom the registrar let answer or file at the close or later, however long."""
    given = attempt.subject.given_time
    if given is None:
        return None
    return Reason(
        "time_was_given",
        "学籍管理员于 {since} 另给了时间，至 {until}。",
        {"since": given.granted_at, "until": given.until},
        remedy="截止时或截止后另给过时间的学生，没有答复不视为无误。",
    )


def _no_time_given_rows(attempt: Wave) -> ColumnElement[bool]:
    lets_answer = or_(
        Permission.kind == EXTEND,
        and_(Permission.kind == OPEN, Permission.campaign_id == Case.campaign_id),
    )
    return ~exists().where(
        Permission.record_id == Case.record_id,
        Permission.until >= attempt.subject.closes_at,
        or_(Permission.ended_at.is_(None), Permission.ended_at > attempt.subject.closes_at),
        lets_answer,
    )


def mark_deemed(attempt: Attempt, change: Change) -> None:
    """Mark the case as deemed, which differs from confirmed: the student has not answered.

    Where it is the college's silence that counts, the entry says so.
    """
    change.columns["manner"] = "deemed"
    campaign = _campaign_of(attempt)
    if campaign is None or campaign.kind not in attempt.policy.school.policy.silence.deems:
        change.codes.append(Code(COLLEGE_SILENT))


def _campaign_of(attempt: Attempt | Wave) -> CampaignFacts | None:
    subject = attempt.subject
    return subject if isinstance(subject, CampaignFacts) else subject.campaign


EFFECTS = by_name(mark_deemed)
