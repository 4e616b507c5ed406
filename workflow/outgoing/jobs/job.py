"""An export job's way: made with a purpose, approved by a second person, downloaded, gone after a day.

Neither the maker nor whoever stands in for them approves it. Every step and download is a line of the access
log, written before a byte leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.cases.tables import Campaign
from workflow.engine import Actor, Entropy
from workflow.notices.outbox import Outbox
from workflow.outgoing.jobs.files import LIFE, FileGone, OutgoingFiles
from workflow.outgoing.jobs.makers import maker_of
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Making
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import TAKEN, ExportSeen, job_of
from workflow.outgoing.jobs.tables import APART, CONTENTS, PURPOSES, ExportAbout, ExportJob
from workflow.outgoing.jobs.watermark import Mark
from workflow.people.access import note_access, note_each, people_at_the_door
from workflow.people.cipher import Cipher
from workflow.people.standing_in import tied_to, why_not_second
from workflow.people.tables import Grant, Person, holds_on
from workflow.records.tables import Record
from workflow.records.texts import clean_words
from workflow.store import Store, rows_changed
from workflow.verdict import Reason, Refused, Verdict, named

MAKES = "registrar"
APPROVE = ("registrar", "second_reviewer")
LONGEST_WORDS = 600

NO_PURPOSE = Reason("export_no_purpose", "没有选择用途。", remedy="请选择一种用途。")
NO_WORDS = Reason(
    "export_no_words", "没有写明用途的说明。", remedy="请写明由谁使用、依据和用后处理方式，最多 600 个字。"
)
NOTHING_CHOSEN = Reason("export_nothing_chosen", "没有选择要导出的内容。", remedy="请至少勾选一项。")
NO_SUCH_SCOPE = Reason(
    "export_no_such_scope", "没有这个学院或这次自查活动。", remedy="请从列表中选择，或者不选（全校）。"
)
ALONE = Reason(
    "export_alone",
    "导出要由第二个人批准，现在没有别的学籍管理员或复核人可以批准。",
    remedy="请系统管理员再任命一位学籍管理员或复核人；自己和互相代办的人不能批准。",
)
OWN = Reason(
    "export_own", "自己提出的导出，要由另一个人批准。", remedy="请另一位学籍管理员或复核人批准；您可以撤回。"
)
STANDS_IN = Reason(
    "export_stand_in",
    "您和提出的人之间有请假委托，不能批准。",
    remedy="请另一位学籍管理员或复核人批准。",
)
MAKER_GONE = Reason(
    "export_maker_gone", "提出的人现在不是学籍管理员。", remedy="请退回；仍然需要的，请重新提出。"
)
SETTLED = Reason(
    "export_settled", "这个导出任务已经批准、退回、撤回或失效。", remedy="请刷新页面查看现在的情况。"
)
NOT_YOURS = Reason("export_not_yours", "只有提出的人可以下载。", remedy="请联系提出的人。")
NOT_THERE = Reason(
    "export_gone",
    "文件不在：还没有批准，或者批准后已过 24 小时，文件已经销毁。",
    remedy="仍然需要的，请重新提出一个导出任务。",
)


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What somebody wants to take out. ``campaign`` is an id; '' in both limits means the whole school.

    ``asked`` is the question of the maker that ``what`` names.
    """

    purpose: str
    words: str
    what: tuple[str, ...]
    campaign: str = ""
    college: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_whole(self) -> bool:
        """True when it names what somebody makes; what is made apart needs its question."""
        return maker_of(self.what) is not None and (self.what[0] not in APART or bool(self.asked))


# -- making ---------------------------------------------------------------------------------------------


def why_not_make(session: Session, wish: ExportWish, by: Actor, at: datetime) -> list[Reason]:
    """Every reason why this export cannot be asked for now."""
    reasons = [
        reason
        for reason, holds in (
            (NO_PURPOSE, wish.purpose not in PURPOSES),
            (NO_WORDS, not 0 < len(clean_words(wish.words)) <= LONGEST_WORDS),
            (NOTHING_CHOSEN, not wish.is_whole),
        )
        if holds
    ]
    if _is_unknown(session, wish):
        reasons.append(NO_SUCH_SCOPE)
    elif wish.is_whole:
        people = people_at_the_door(by)
        scope = ExportScope(wish.campaign, wish.college, people, wish.what, wish.asked)
        reasons += _too_little_or_much(scope, count(session, scope))
    if not approvers(session, people_at_the_door(by), at):
        reasons.append(ALONE)
    return reasons


def make(
    session: Session, cipher: Cipher, entropy: Entropy, wish: ExportWish, by: Actor, at: datetime
) -> str:
    """Ask for an export. Returns the job's id. Whoever may approve it is told. Raises Refused."""
    if reasons := why_not_make(session, wish, by, at):
        raise _refused("make_export", reasons)
    id = entropy(16).hex()
    session.add(
        ExportJob(
            id=id,
            made_by=by.person,
            made_for=by.on_behalf_of or None,
            role=by.role,
            purpose=wish.purpose,
            sealed=cipher.seal(clean_words(wish.words), table="export_job", column="sealed", row=id),
            what=",".join(name for name in CONTENTS if name in wish.what) or wish.what[0],
            asked=_sealed_question(cipher, wish, id),
            campaign_id=wish.campaign or None,
            college=wish.college,
            made_at=at,
        )
    )
    session.flush()
    note_access(session, by, "export_made", id, at)
    tell = approvers(session, people_at_the_door(by), at)
    _owe(session, entropy, "export_waits", id, tell, at, act_by=at + LIFE)
    return id


def approvers(session: Session, makers: frozenset[str], at: datetime) -> list[str]:
    """Who could approve a job of these people: registrars and second reviewers who are not tied to them."""
    tied = tied_to(session, makers, at)
    rows = session.scalars(
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role.in_(APPROVE), holds_on(at.date()), Person.closed_at.is_(None))
        .distinct()
        .order_by(Grant.person_id)
    )
    return [person for person in rows if person not in makers | tied]


def _is_unknown(session: Session, wish: ExportWish) -> bool:
    """True when the campaign or the college does not exist."""
    if wish.campaign and session.get(Campaign, wish.campaign) is None:
        return True
    college = select(Record.id).where(Record.fy == wish.college).limit(1)
    return bool(wish.college) and session.scalar(college) is None


def _sealed_question(cipher: Cipher, wish: ExportWish, id: str) -> bytes | None:
    if not wish.asked:
        return None
    asked = json.dumps(wish.asked, ensure_ascii=False, sort_keys=True)
    return cipher.seal(asked, table="export_job", column="asked", row=id)


def count(session: Session, scope: ExportScope) -> InScope:
    """How much a scope has now."""
    maker = maker_of(scope.what)
    return maker.count(session, scope) if maker else InScope(0)


def _too_little_or_much(scope: ExportScope, found: InScope) -> list[Reason]:
    maker = maker_of(scope.what)
    return maker.why_not(scope, found) if maker else []


# -- approving ------------------------------------------------------------------------------------------


def why_not_approve(
    session: Session, job: ExportSeen, by: Actor, at: datetime, found: InScope
) -> list[Reason]:
    """Every reason why this person cannot approve a job, of which this was found now."""
    if job.standing(at) != "waiting":
        return [SETTLED]
    makers, here = job.makers, people_at_the_door(by)
    barred = why_not_second(session, makers, here, at, own=OWN, stand_in=STANDS_IN)
    reasons = [barred] if barred else []
    held = select(Grant.id).where(
        Grant.person_id == (job.made_for or job.made_by),
        Grant.role == MAKES,
        holds_on(at.date()),
    )
    if session.scalar(held.limit(1)) is None:
        reasons.append(MAKER_GONE)
    reasons += _too_little_or_much(job.scope, found)
    return reasons + [one for one in _too_near(session, job, here) if one not in reasons]


def _too_near(session: Session, job: ExportSeen, here: frozenset[str]) -> Sequence[Reason]:
    """Why whoever approves a file that leaves nobody out cannot do so, for the students who are in it."""
    maker = maker_of(job.what)
    if maker is None or maker.leaves_out:
        return ()
    return maker.count(session, replace(job.scope, people=here)).barred


def approve(store: Store, desk: ExportDesk, id: str, by: Actor, now: datetime) -> None:
    """Approve a job: its file is made, sealed and kept for a day. Raises Refused; then no file is left.

    The file is made outside of a unit of work, since it may take a while. Whoever is killed over it leaves
    the job as it was.
    """
    making = Making(store, desk.clock, id)
    with store.writing() as session:
        found = _refuse_approval(session, desk, id, by, now)
        making.begin(session, found.rows)
    try:
        made = _made(store, desk, id, by, now, making)
        name, key = desk.files.keep(id, made.data, now)
        try:
            with store.writing() as session:
                _refuse_approval(session, desk, id, by, now)
                _approved(session, desk, id, by, now, made, (name, key))
        except BaseException:
            desk.files.destroy(name)
            raise
    except Exception:
        making.leave()
        raise


def _made(store: Store, desk: ExportDesk, id: str, by: Actor, now: datetime, making: Making) -> ExportFile:
    """The file of a job that may be approved."""
    with store.reading() as session:
        job = job_of(session, desk.cipher, id)
        maker = maker_of(job.what) if job else None
        assert job is not None and maker is not None
        return maker.make(session, desk, job, mark_of(session, job, by, now), making)


def _approved(
    session: Session,
    desk: ExportDesk,
    id: str,
    by: Actor,
    at: datetime,
    made: ExportFile,
    kept: tuple[str, bytes],
) -> None:
    done = rows_changed(
        session,
        update(ExportJob)
        .where(ExportJob.id == id, ExportJob.approved_at.is_(None), ExportJob.ended_at.is_(None))
        .values(
            approved_by=by.person,
            approved_for=by.on_behalf_of or None,
            approved_role=by.role,
            approved_at=at,
            rows=made.rows,
            papers=made.papers,
            digest=made.digest,
            stored=kept[0],
            key=kept[1],
            moved_at=None,
        ),
    )
    if done != 1:
        raise _refused("approve_export", [SETTLED])
    if made.about:
        session.execute(insert(ExportAbout), [{"job_id": id, "record_id": one} for one in sorted(made.about)])
    if made.event:
        _tell_their_students(session, desk.entropy, id, by, made, at)
    note_access(session, by, "export_approved", id, at)
    _tell_the_maker(session, desk.entropy, id, at)


def _refuse_approval(session: Session, desk: ExportDesk, id: str, by: Actor, at: datetime) -> InScope:
    """What the job has now. Raises Refused with every reason, and logs the try."""
    job = job_of(session, desk.cipher, id)
    found = count(session, job.scope) if job else InScope(0)
    reasons = why_not_approve(session, job, by, at, found) if job else [SETTLED]
    if reasons:
        raise _refused(
            "approve_export",
            reasons,
            lambda kept: note_access(kept, by, "try:export_approve", id, at, allowed=False),
        )
    return found


def decline(session: Session, cipher: Cipher, entropy: Entropy, id: str, by: Actor, at: datetime) -> None:
    """Refuse somebody else's job, or take back one's own. Raises Refused."""
    job = job_of(session, cipher, id)
    if job is None or job.standing(at) != "waiting":
        raise _refused("decline_export", [SETTLED])
    own = bool(job.makers & people_at_the_door(by))
    because = "taken_back" if own else "declined"
    ended = rows_changed(
        session,
        update(ExportJob)
        .where(ExportJob.id == id, ExportJob.approved_at.is_(None), ExportJob.ended_at.is_(None))
        .values(ended_by=by.person, ended_at=at, ended_because=because),
    )
    if ended != 1:
        raise _refused("decline_export", [SETTLED])
    note_access(session, by, f"export_{because}", id, at)
    if not own:
        _tell_the_maker(session, entropy, id, at)


def mark_of(session: Session, job: ExportSeen, approver: Actor, at: datetime) -> Mark:
    """The mark of a job's file."""
    return Mark(_named(session, job.made_by), _named(session, approver.person), at, job.purpose, job.id)


# -- downloading ----------------------------------------------------------------------------------------


def note_download(session: Session, cipher: Cipher, id: str, by: Actor, at: datetime) -> ExportSeen:
    """Log a download before its bytes are read. Raises Refused, and logs the try."""
    job = job_of(session, cipher, id)
    reasons = []
    if job is None or job.standing(at) != "ready":
        reasons.append(NOT_THERE)
    if job is not None and not job.makers & people_at_the_door(by):
        reasons.append(NOT_YOURS)
    if job is None or reasons:
        raise _refused(
            "take_export",
            reasons,
            lambda kept: note_access(kept, by, "try:export_file", id, at, allowed=False),
        )
    note_access(session, by, f"{TAKEN} 1-{job.rows}", id, at)
    return job


def opened_file(files: OutgoingFiles, job: ExportSeen) -> bytes:
    """The bytes of a job's file, whose download was logged. Raises Refused if it is not there."""
    try:
        return files.read(job.id, job.stored, job.key)
    except FileGone:
        raise _refused("take_export", [NOT_THERE]) from None


def _named(session: Session, person: str) -> tuple[str, str]:
    """A person's name and number, or the beginning of their id where there is no number."""
    found = session.get_one(Person, person)
    return found.name, found.number or found.id[:12]


def _tell_their_students(
    session: Session, entropy: Entropy, id: str, by: Actor, made: ExportFile, at: datetime
) -> None:
    """Notify the students whose file leaves, each with a line of the access log about them."""
    note_each(session, by, made.event, sorted(made.about), at)
    addressees = [(id, record, "") for record in sorted(made.about)]
    Outbox(entropy).owe_on(session, made.event, addressees, at, occasion=made.event)


def _tell_the_maker(session: Session, entropy: Entropy, id: str, at: datetime) -> None:
    row = session.get_one(ExportJob, id)
    _owe(session, entropy, "export_settled", id, [row.made_by], at)


def _owe(
    session: Session,
    entropy: Entropy,
    event: str,
    id: str,
    people: Sequence[str],
    at: datetime,
    act_by: datetime | None = None,
) -> None:
    if people:
        addressees = [(id, "", person) for person in people]
        Outbox(entropy).owe_on(session, event, addressees, at, occasion=event, act_by=act_by)


def _refused(action: str, reasons: Sequence[Reason], keep: object = None) -> Refused:
    return Refused(Verdict(action, tuple(named("export", reasons))), keep)
