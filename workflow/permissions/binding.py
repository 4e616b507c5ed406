"""The binding of permissions to the engine: what may be granted, what is kept of it, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.calendar import Calendar, Pause
from states import NOWHERE
from states.permission import GRANTED, PERMISSION
from workflow.engine import Attempt as AttemptOn
from workflow.engine import Binding, Change, Effect, Entropy, by_name, details, guards, in_words, is_id
from workflow.history.codes import ABOUT, UNTIL, Code
from workflow.notices.outbox import Outbox
from workflow.people.access import holds_the_role, records_of_their_own
from workflow.permissions.facts import PermissionFacts, freezes
from workflow.permissions.tables import EXTEND, FREEZE, KINDS, OPEN, Permission
from workflow.records.tables import Record
from workflow.records.texts import clean_words, too_long
from workflow.records.values import lock_values
from workflow.store import as_text, is_writing, table_of
from workflow.verdict import Reason

LONGEST = timedelta(days=5 * 365)
"""A permission lasts no longer, whatever was typed."""

Attempt: TypeAlias = "AttemptOn[PermissionFacts, Any, None]"
CanBeOpened = Callable[[Attempt, str, str], Reason | None]
"""Why the check of a record in a campaign needs no opening, or cannot be opened; None if it can."""

ChangesNothing = Callable[[Attempt, str, datetime], Reason | None]
"""Why longer time until a moment would change nothing for a record's student; None if it does."""
MoveLastDays = Callable[[Session, Calendar, str, Sequence[Pause], Sequence[Pause]], None]
"""Move the last days of what a record's student was asked, from some frozen days to others."""

GRANTED_EVENTS = {EXTEND: "time_extended", OPEN: "check_opened", FREEZE: "claims_frozen"}
TAKEN_BACK_EVENTS = {EXTEND: "time_taken_back", OPEN: "check_shut", FREEZE: "claims_unfrozen"}
"""The notices to the student, by the kind of permission."""


@in_words("不是为本人办理", "not for oneself")
def not_for_oneself(attempt: Attempt) -> Reason | None:
    """Nobody grants themselves more time, nor decides on what stands for themselves."""
    if attempt.subject.record_id not in records_of_their_own(attempt):
        return None
    return Reason("own_permission", "不能为本人的学籍记录办理。", remedy="请由另一位学籍管理员办理。")


@in_words("同一种尚无有效的", "none of its kind is in force")
def none_of_its_kind(attempt: Attempt) -> Reason | None:
    """A record has at most one permission in force of each kind."""
    mine = attempt.subject
    found = attempt.session.execute(
        select(Permission.granted_at, Permission.until).where(
            Permission.record_id == mine.record_id, Permission.kind == mine.kind, Permission.state == GRANTED
        )
    ).first()
    return None if found is None else _stands_already(found.granted_at, found.until)


def _stands_already(granted_at: datetime, until: datetime) -> Reason:
    return Reason(
        "permission_stands",
        "这名学生已有同一种有效的处理：{granted} 办理，至 {until}。",
        {"granted": granted_at, "until": until},
        remedy="请先收回那一项，再办理新的。",
    )


@in_words("选择了办理的种类", "what is granted is chosen")
def permission_is_known(attempt: Attempt) -> Reason | None:
    """A permission is one of the list."""
    if attempt.subject.kind in KINDS:
        return None
    return Reason("permission_unknown", "请选择要办理的种类。", remedy="从列出的种类中选择一个。")


@in_words("结束的时间还没有到", "the end is still ahead")
def end_is_ahead(attempt: Attempt) -> Reason | None:
    """A permission has an end, and the end lies in the future."""
    until = attempt.details.get("until")
    if until is None:
        return Reason("end_is_missing", "没有填写结束的日期。", remedy="请填写有效至哪一天。")
    if until > attempt.at:
        return None
    return Reason("end_is_past", "结束的时间必须在现在之后。", remedy="请填写以后的日期和时间。")


@in_words("结束的时间在五年以内", "the end is within five years")
def end_is_bounded(attempt: Attempt) -> Reason | None:
    """Nothing for one student is longer than studies are; a year typed wrong is no decision."""
    until = attempt.details.get("until")
    last = attempt.at + LONGEST
    if until is None or until <= last:
        return None
    return Reason(
        "end_is_too_far",
        "结束的时间最晚到 {last}。",
        {"last": last},
        remedy="请填写较近的日期；到期前还需要的，可以再办理。",
    )


@in_words("重新开放的，学生在籍", "whose check is opened again is enrolled")
def student_is_enrolled(attempt: Attempt) -> Reason | None:
    """No check is opened for who could not answer it. Whether others may file is the policy's business."""
    if attempt.subject.kind != OPEN:
        return None
    asked = select(Record.xjzt).where(Record.id == attempt.subject.record_id)
    status: str = attempt.session.execute(asked).scalar_one()
    if status in attempt.policy.school.policy.statuses.enrolled:
        return None
    return Reason(
        "student_not_enrolled",
        "学籍状态为“{status}”，已不在籍，重新开放以后也不能作答。",
        {"status": status},
        remedy="学籍状态不对的，请先更正学籍状态。",
    )


@in_words("写了理由", "a reason is given")
def reason_given(attempt: Attempt) -> Reason | None:
    """Granting and taking back need a reason in words."""
    words = clean_words(attempt.details.get("words") or "")
    if not words:
        return Reason("words_missing", "请写明理由。", remedy="用一两句话写明事实和依据。")
    return too_long(words)


@in_words("只用一次的", "of the kind that serves once")
def serves_once(attempt: Attempt) -> Reason | None:
    """A check opened again is used up by the student's answer; time and a freeze last until their end."""
    if attempt.subject.kind == OPEN:
        return None
    return Reason("serves_until_its_end", "到期以前一直有效。", remedy="不需要办理。")


@in_words("结束的时间已过", "the end has come")
def end_has_come(attempt: Attempt) -> Reason | None:
    """A permission ends after its last second."""
    if attempt.at > attempt.subject.until:
        return None
    return Reason(
        "end_not_come", "有效至 {until}。", {"until": attempt.subject.until}, remedy="提前结束的，请收回。"
    )


@in_words("结束的时间还没有过", "the end has not come")
def end_has_not_come(attempt: Attempt) -> Reason | None:
    """What is over cannot be taken back, also before the scheduled round has ended it."""
    if attempt.at <= attempt.subject.until:
        return None
    return Reason(
        "end_has_passed", "已于 {until} 到期。", {"until": attempt.subject.until}, remedy="不需要收回。"
    )


def revive_permission(attempt: Attempt, change: Change) -> None:
    """It serves once more, to its end."""
    change.columns["ended_at"] = None
    change.codes.append(Code(ABOUT, attempt.subject.kind))


def keep_permission(attempt: Attempt, change: Change) -> None:
    """Kind and end stand in the entry; the reason is committed to and stands in an opening alone."""
    mine = attempt.subject
    change.columns |= {
        "record_id": mine.record_id,
        "kind": mine.kind,
        "campaign_id": mine.campaign_id or None,
        "until": as_text(mine.until),
        "granted_at": as_text(attempt.at),
        "ended_at": None,
    }
    change.codes += [Code(ABOUT, mine.kind), Code.at(UNTIL, mine.until)]
    keep_reason(attempt, change)


def keep_reason(attempt: Attempt, change: Change) -> None:
    """The registrar's reason."""
    change.values["words"] = clean_words(attempt.details["words"])


def end_permission(attempt: Attempt, change: Change) -> None:
    """When it ended, whatever ended it."""
    change.columns["ended_at"] = as_text(attempt.at)
    change.codes.append(Code(ABOUT, attempt.subject.kind))


class PermissionNotices:
    """The effects that tell the student."""

    def __init__(self, entropy: Entropy) -> None:
        self._outbox = Outbox(entropy)

    def effects(self) -> dict[str, Effect]:
        """Every effect by its name in the lifecycle."""
        return by_name(self.tell_granted, self.tell_ended, self.tell_taken_back)

    def tell_granted(self, attempt: Attempt, change: Change) -> None:
        """What was granted, and until when."""
        self._outbox.owe(attempt, (GRANTED_EVENTS[attempt.subject.kind],))

    def tell_ended(self, attempt: Attempt, change: Change) -> None:
        """A freeze that ended is news; the end of the others was told when they were granted."""
        if attempt.subject.kind == FREEZE:
            self._outbox.owe(attempt, (TAKEN_BACK_EVENTS[FREEZE],))

    def tell_taken_back(self, attempt: Attempt, change: Change) -> None:
        """What holds no more."""
        self._outbox.owe(attempt, (TAKEN_BACK_EVENTS[attempt.subject.kind],))


def permission_room(
    entropy: Entropy, can_be_opened: CanBeOpened, changes_nothing: ChangesNothing, move: MoveLastDays
) -> Binding:
    """Bind permissions to their table and rules. What concerns cases is asked of their room."""

    @in_words("重新开放的核对已截止或已办结", "the check to be opened is closed or answered")
    def check_can_be_opened(attempt: Attempt) -> Iterator[Reason]:
        """A check is opened again for a student who has it and cannot answer in it now."""
        mine = attempt.subject
        if mine.kind == OPEN and (why := can_be_opened(attempt, mine.record_id, mine.campaign_id)):
            yield why

    @in_words("延长的时间改变学生的期限", "longer time changes something for the student")
    def extension_changes_something(attempt: Attempt) -> Iterator[Reason]:
        """Nobody is told of longer time that they have anyway, or that no rule asks about."""
        mine, until = attempt.subject, attempt.details.get("until")
        if mine.kind == EXTEND and until and (why := changes_nothing(attempt, mine.record_id, until)):
            yield why

    def move_last_days(attempt: Attempt, change: Change) -> None:
        """What a student was asked waits while a freeze stands, and for as long as it did stand."""
        mine = attempt.subject
        if mine.kind != FREEZE:
            return
        others = attempt.session.scalars(
            select(Permission).where(
                Permission.record_id == mine.record_id, Permission.kind == FREEZE, Permission.id != mine.id
            )
        )
        before = [facts_of(one) for one in others]
        now = [*before, replace(mine, granted_at=attempt.at)]
        if mine.state == GRANTED:
            before, now = [*before, mine], [*before, replace(mine, ended_at=attempt.at)]
        calendar = attempt.policy.school.calendar
        move(attempt.session, calendar, mine.record_id, freezes(before), freezes(now))

    stands = Reason(
        "permission_stands_now",
        "就在刚才，另一个人办理了同一种处理。",
        remedy="请刷新页面查看。",
        rule="none_of_its_kind",
    )
    return Binding(
        lifecycle=PERMISSION,
        table=table_of(Permission),
        guards=guards(
            holds_the_role, not_for_oneself, none_of_its_kind, serves_once, end_has_come, end_has_not_come
        ),
        checks=by_name(
            permission_is_known,
            end_is_ahead,
            end_is_bounded,
            student_is_enrolled,
            check_can_be_opened,
            extension_changes_something,
            reason_given,
        ),
        effects={
            **by_name(keep_permission, keep_reason, end_permission, revive_permission, move_last_days),
            **PermissionNotices(entropy).effects(),
        },
        standing=frozenset(("holds_the_role",)),
        read=partial(look_at_permission, lock=True),
        look=look_at_permission,
        new_subject=_to_be,
        insert_columns=lambda attempt: {},
        judged_by=lambda permission, action: "",
        details={
            "record": is_id,
            "kind": details.text,
            "campaign": _maybe_id,
            "until": details.moment,
            "words": details.maybe_text,
        },
        collisions=dict.fromkeys(("uq_permission_one_live", "permission.record_id, permission.kind"), stands),
    )


def look_at_permission(session: Session, id: str, *, lock: bool = False) -> PermissionFacts | None:
    """A permission, locked by whoever acts on it; None if there is none."""
    it = session.get(Permission, id, with_for_update=lock or None, populate_existing=True)
    return None if it is None else facts_of(it)


def facts_of(it: Permission) -> PermissionFacts:
    """A row as guards and pages read it."""
    return PermissionFacts(
        it.id,
        it.state,
        it.version,
        it.record_id,
        it.kind,
        it.campaign_id or "",
        it.until,
        it.granted_at,
        it.ended_at,
    )


def _to_be(session: Session, id: str, said: Mapping[str, Any]) -> PermissionFacts | None:
    """The permission to be granted to a record; its row is locked against another at the same time."""
    record, until = said.get("record", ""), said.get("until")
    if not is_id(record):
        return None
    asked = select(Record.id).where(Record.id == record)
    if is_writing(session):
        lock_values(session, all_records=False)
        asked = asked.with_for_update()
    if session.scalar(asked) is None:
        return None
    kind = said.get("kind", "")
    facts = PermissionFacts(id, NOWHERE, 0, record, kind, "", until or _NEVER, _NEVER)
    return replace(facts, campaign_id=said.get("campaign", "")) if kind == OPEN else facts


def _maybe_id(said: Any) -> bool:
    return said == "" or is_id(said)


_NEVER = datetime.max
"""What a permission without an end would have; none is granted."""
