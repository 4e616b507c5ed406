"""The sentences that a person keeps for themselves: made, changed, moved and removed by nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from config.sentences import SentenceKept
from workflow.engine import Actor
from workflow.engine.binding import KEY_REUSED
from workflow.people.cipher import Cipher
from workflow.people.tables import SentenceRow
from workflow.store import Prepared
from workflow.verdict import Reason, Refused, Verdict

MOST = 60
"""So many sentences one person can keep."""
TOO_MANY = Reason(
    "too_many_sentences", "您已有 {most} 条常用语，这是上限。", {"most": MOST}, remedy="请先删去不再用的。"
)
SENTENCE_GONE = Reason(
    "sentence_gone", "这条常用语已经删去。", remedy="您填写的内容没有保存；需要的，请作为新的一条保存。"
)
SENTENCE_CHANGED = Reason(
    "sentence_changed",
    "您查看之后，这条常用语在另一个页面上改过。",
    remedy="您填写的内容没有保存；请核对现在的内容，再改一次。",
)
_OF_PERSON = Prepared(
    select(
        SentenceRow.id,
        SentenceRow.version,
        SentenceRow.outcome,
        SentenceRow.cause,
        SentenceRow.zh,
        SentenceRow.en,
    )
    .where(SentenceRow.person_id == bindparam("person"))
    .order_by(SentenceRow.position, SentenceRow.id)
)


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """One sentence of a person, opened."""

    id: str
    version: int
    kept: SentenceKept


def sentences_of(session: Session, cipher: Cipher, person: str) -> tuple[OwnSentence, ...]:
    """A person's sentences in their order. One statement."""
    return tuple(
        OwnSentence(
            row.id,
            row.version,
            SentenceKept(
                row.outcome,
                cipher.open(row.zh, table="kept_sentence", column="zh", row=row.id),
                cipher.open(row.en, table="kept_sentence", column="en", row=row.id),
                row.cause,
            ),
        )
        for row in _OF_PERSON.rows(session, {"person": person})
    )


def add_sentence(session: Session, cipher: Cipher, by: Actor, wanted: SentenceKept, key: str) -> None:
    """Keep one more sentence at the end. The same form sent twice keeps one. Raises Refused."""
    _faultless(wanted)
    id = cipher.digest("key", f"sentence:{by.person}:{key}".encode())[:32]
    own = sentences_of(session, cipher, by.person)
    if (same := next((one for one in own if one.id == id), None)) is not None:
        if same.kept != wanted:
            raise _refused(KEY_REUSED)
        return
    if len(own) >= MOST:
        raise _refused(TOO_MANY)
    last = session.scalar(
        select(func.coalesce(func.max(SentenceRow.position), 0)).where(SentenceRow.person_id == by.person)
    )
    row = SentenceRow(id=id, person_id=by.person, position=(last or 0) + 1, version=0)
    _say(row, cipher, wanted)
    session.add(row)


def change_sentence(
    session: Session, cipher: Cipher, by: Actor, id: str, wanted: SentenceKept, expected: int
) -> None:
    """Say one sentence in other words. Raises Refused if it changed since it was seen, or is gone."""
    _faultless(wanted)
    row = _the_row(session, by, id)
    if row.version != expected:
        raise _refused(SENTENCE_CHANGED)
    _say(row, cipher, wanted)


def move_up(session: Session, by: Actor, id: str) -> None:
    """Put one sentence before the one above it. The first stays where it is. Raises Refused."""
    row = _the_row(session, by, id)
    above = session.scalars(
        select(SentenceRow)
        .where(SentenceRow.person_id == by.person, SentenceRow.position < row.position)
        .order_by(SentenceRow.position.desc(), SentenceRow.id.desc())
        .limit(1)
    ).first()
    if above is not None:
        row.position, above.position = above.position, row.position


def remove_sentence(session: Session, by: Actor, id: str) -> None:
    """Keep one sentence no longer. To remove what is gone already changes nothing."""
    session.execute(delete(SentenceRow).where(SentenceRow.id == id, SentenceRow.person_id == by.person))


def _the_row(session: Session, by: Actor, id: str) -> SentenceRow:
    row = session.get(SentenceRow, id, with_for_update=True)
    if row is None or row.person_id != by.person:
        raise _refused(SENTENCE_GONE)
    return row


def _say(row: SentenceRow, cipher: Cipher, wanted: SentenceKept) -> None:
    row.outcome, row.cause, row.version = wanted.outcome, wanted.cause, row.version + 1
    row.zh = cipher.seal(wanted.says, table="kept_sentence", column="zh", row=row.id)
    row.en = cipher.seal(wanted.says_en, table="kept_sentence", column="en", row=row.id)


def _faultless(wanted: SentenceKept) -> None:
    if any(wanted.faults()):
        raise ValueError("a sentence with faults")


def _refused(reason: Reason) -> Refused:
    return Refused(Verdict("sentences", (reason,)))
