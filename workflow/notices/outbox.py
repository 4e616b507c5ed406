"""The outbox: write notices in the transaction of their event, and cancel those that must not be sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from workflow.engine import AnyAttempt, Entropy, SubjectRow
from workflow.notices.signin_events import CODES
from workflow.notices.tables import Notice
from workflow.store import Prepared, as_text, table_of

WORDS: dict[str, tuple[str, str]] = {
    "campaign_opened": ("请核对您的学籍信息", "Please check your student record"),
    "filed": ("您的更正申请已提交", "Your request was filed"),
    "withdrawn": ("您的更正申请已撤回", "Your request was withdrawn"),
    "check_again": ("学籍信息有更新，请重新核对", "Your record changed: please check it again"),
    "taken_up": ("您的更正申请已受理", "Your request is under review"),
    "decided_corrected": ("您的学籍信息已更正", "Your record was corrected"),
    "decided_rejected": ("您的更正申请不予更正", "Your request was not granted"),
    "lapsed": ("您的更正申请已终止", "Your request has lapsed"),
    "disputed": ("已收到您“仍有误”的意见", "Your objection was received"),
    "reopened": ("您的更正申请重新审核", "Your request was reopened"),
    "asked": ("请补正您的更正申请", "Your request needs something more from you"),
    "question_dropped": ("有一项补正不再需要", "Something you were asked for is not needed any more"),
    "papers_due": ("补正期限快到了，请尽快补正", "The time for what you were asked is running out"),
    "handed_over": ("您的更正材料已随转学移交", "Your file was handed over with your transfer"),
    "resumed": ("您的更正申请恢复办理", "Your request is being handled again"),
    "reconfirm_due": ("请查看学信网并确认更正结果", "Please look at the platform and confirm the correction"),
    "reminder": (
        "请在截止前核对您的学籍信息",
        "Please check your student record before the deadline",
    ),
    "confirmed_for_you": (
        "经办人代您确认了学籍信息",
        "An officer confirmed your record on your behalf",
    ),
    "filed_for_you": (
        "经办人代您提出了更正申请",
        "An officer filed a request on your behalf",
    ),
    "deemed": ("您的学籍信息视为无误", "Your record is deemed correct"),
    "may_file_now": (
        "现在可以提出更正了",
        "You can file your correction now",
    ),
    "last_day_earlier": (
        "预计毕业日期有变动，最后一次提出更正的日期提前了",
        "Your expected graduation date changed: your last day to file is earlier now",
    ),
    "campaign_extended": (
        "自查时间延长了，请在新的截止时间前核对",
        "The check has been extended: please check by the new end",
    ),
    "time_extended": (
        "学籍管理员为您延长了提出更正的时间",
        "You were given more time to request a correction",
    ),
    "time_taken_back": ("为您延长的时间已收回", "The longer time you were given was taken back"),
    "check_opened": ("学籍管理员为您重新开放了核对", "Your check was opened again"),
    "check_shut": ("为您重新开放的核对已收回", "Your check is not open any more"),
    "claims_frozen": ("您的更正事项已暂时冻结", "Corrections to your record are frozen for a time"),
    "flagged": (
        "学籍数据与您申请的结果不一致，学校会核对",
        "The school's data differs from the outcome of your request, and will be looked at",
    ),
    "flag_answered": (
        "与您申请的结果不一致的数据已核对",
        "The data that differed from the outcome of your request was looked at",
    ),
    "claims_unfrozen": ("您的更正事项已解除冻结", "Corrections to your record are possible again"),
}
"""The events of which a student is notified, in Chinese and English."""

HELD_BACK = frozenset({"decided_corrected", "decided_rejected"})
"""Events that can be undone for some minutes. Their notice waits that long."""

UNTIL_UNDONE = frozenset({*HELD_BACK, "flagged"})
"""Events that speak of a decision: while it can be undone none of them is told, and then none is owed."""

OF_A_CAMPAIGN = frozenset({"campaign_opened", "check_again", "deemed", "campaign_extended"})
"""Events that a case outside a campaign does not send."""

GIVES_TIME = frozenset({"time_extended", "check_opened"})
"""Events that give one student time until the end of a permission."""

ASKS_TO_CHECK = frozenset({"campaign_opened", "check_again", "campaign_extended"})
"""Events that ask for a check before the campaign closes."""

_COLUMNS = (
    "id",
    "record_id",
    "person_id",
    "subject",
    "event",
    "occasion",
    "owed_at",
    "due_at",
    "act_by",
    "facts",
)
_OWE = Prepared(insert(table_of(Notice)).values({name: bindparam(name) for name in _COLUMNS}))
_TAKE_BACK = Prepared(
    update(table_of(Notice))
    .where(Notice.subject == bindparam("case"), Notice.event.in_(bindparam("events", expanding=True)))
    .where(Notice.due_at > bindparam("at"), Notice.cancelled_at.is_(None))
    .values(cancelled_at=bindparam("at"))
)
_SEEN = Prepared(
    update(table_of(Notice))
    .where(Notice.record_id == bindparam("record"), Notice.due_at <= bindparam("at"))
    .where(Notice.seen_at.is_(None), Notice.cancelled_at.is_(None))
    .values(seen_at=bindparam("at"))
)


class Outbox:
    """Writes owed notices. It does not send them."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def owe(self, attempt: AnyAttempt, names: Sequence[str], facts: str = "") -> None:
        """Owe one notice for each event to the person whom the subject concerns.

        A decision's notice counts the outcomes of its items.
        """
        seen = attempt.subject
        for name in names:
            campaign = seen.campaign if name in OF_A_CAMPAIGN else None
            if name in OF_A_CAMPAIGN and campaign is None:
                continue
            when = _when(attempt, name, campaign)
            row = self._row(name, seen.id, seen.concerns, seen.version, when)
            said = facts or (_outcomes(seen) if name in HELD_BACK else "")
            _OWE.run(attempt.session, row | {"facts": said})

    def owe_all(self, attempt: AnyAttempt, names: Sequence[str], rows: Sequence[SubjectRow]) -> None:
        """The same for every row of a set-wise action."""
        for name in names:
            when = _when(attempt, name, attempt.subject)
            _OWE.run_many(
                attempt.session, [self._row(name, row.id, row.concerns, row.version, when) for row in rows]
            )

    def owe_on(
        self,
        session: Session,
        event: str,
        addressees: Sequence[tuple[str, str, str]],
        at: datetime,
        *,
        occasion: str,
        act_by: datetime | None = None,
        facts: str = "",
    ) -> list[str]:
        """Owe a notice that comes from no action of the engine: a reminder, a digest, a test.

        Each addressee is (subject, record or '', person or ''). The same event can be owed to one addressee
        once for each occasion; a second time raises a database error. Returns the ids of the notices.
        """
        when = _When(as_text(at), as_text(at), as_text(act_by) if act_by else None)
        rows = [
            self._row(event, subject, record, -1, when)
            | {"person_id": person, "occasion": occasion, "facts": facts}
            for subject, record, person in addressees
        ]
        _OWE.run_many(session, rows)
        return [row["id"] for row in rows]

    def _row(self, event: str, subject: str, concerns: str, version: int, when: _When) -> dict[str, Any]:
        return {
            "id": self._entropy(16).hex(),
            "record_id": concerns,
            "person_id": "",
            "subject": subject,
            "event": event,
            "occasion": str(version + 1),
            "owed_at": when.owed_at,
            "due_at": when.due_at,
            "act_by": when.act_by,
            "facts": "",
        }


def _outcomes(case: Any) -> str:
    """How many items of a decided case have which outcome, as the facts of a notice."""
    return json.dumps({"outcomes": Counter(claim.outcome for claim in case.claims if claim.outcome)})


@dataclass(frozen=True, slots=True)
class _When:
    """The times of a notice in stored form."""

    owed_at: str
    due_at: str
    act_by: str | None


def _when(attempt: AnyAttempt, event: str, campaign: Any) -> _When:
    """When a notice may be sent, and by when the student must act."""
    policy, at = attempt.policy, attempt.at
    held = timedelta(minutes=policy.periods.undo_minutes if event in UNTIL_UNDONE else 0)
    act_by: datetime | None = None
    if event in ASKS_TO_CHECK:
        act_by = attempt.details.get("closes_at") or campaign.closes_at
    elif event in GIVES_TIME:
        act_by = attempt.subject.until
    elif event == "decided_corrected":
        act_by = at + timedelta(days=policy.periods.dispute_days)
    return _When(as_text(at), as_text(at + held), as_text(act_by) if act_by else None)


def take_back(session: Session, subject: str, events: frozenset[str], at: datetime) -> int:
    """Cancel the notices still held back for a subject. Returns how many."""
    cursor = _TAKE_BACK.run(session, {"case": subject, "events": sorted(events), "at": as_text(at)})
    return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """One notice to a student, since when, and whether their page has shown it before."""

    event: str
    due_at: datetime
    seen: bool
    facts: str = ""


def due_for(session: Session, record: str, at: datetime) -> tuple[NoticeShown, ...]:
    """The notices due to a student now, newest first. What was told by several channels is told once here.

    A letter with a code is no news on the page of somebody who has signed in.
    """
    found = session.execute(
        select(Notice.event, Notice.due_at, Notice.seen_at, Notice.facts)
        .where(Notice.record_id == record, Notice.due_at <= at, Notice.cancelled_at.is_(None))
        .where(Notice.event.not_in(sorted(CODES)))
        .order_by(Notice.owed_at.desc(), Notice.id)
    )
    shown = (
        NoticeShown(event, due_at, seen_at is not None, facts) for event, due_at, seen_at, facts in found
    )
    return tuple(dict.fromkeys(shown))


def mark_seen(session: Session, record: str, at: datetime) -> None:
    """Record that the student's own page showed the due notices: the student was told."""
    _SEEN.run(session, {"record": record, "at": as_text(at)})
