"""The short address of a notice: which notice it is, and whether it is the reader's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow.notices.tables import Notice
from workflow.notices.texts import SHORT

HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class NoticeFound:
    """What a notice speaks of: its event and subject, and to whom (a record's student or a person)."""

    event: str
    subject: str
    record: str
    person: str


class NoSuchNotice(Exception):
    """No notice has this short address."""


def own_notice(session: Session, short: str, records: Collection[str], person: str) -> NoticeFound | None:
    """The reader's own notice behind a short address. None if it was for somebody else.

    A message that went to many at once bears the address of the first one's notice. It leads each of them to
    their own notice of the same event. Raises NoSuchNotice.
    """
    if len(short) != SHORT or not set(short) <= HEX:
        raise NoSuchNotice
    columns = Notice.event, Notice.subject, Notice.record_id, Notice.person_id
    found = session.execute(
        select(*columns, Notice.owed_at, Notice.facts)
        .where(Notice.id >= short, Notice.id < short + "g")
        .order_by(Notice.id)
        .limit(1)
    ).first()
    if found is None:
        raise NoSuchNotice
    mine = session.execute(
        select(*columns)
        .where(
            Notice.event == found.event,
            Notice.owed_at == found.owed_at,
            Notice.facts == found.facts,
            or_(
                Notice.record_id.in_(sorted(records)),
                (Notice.record_id == "") & (Notice.person_id == person),
            ),
        )
        .order_by(Notice.id)
    ).all()
    here = [NoticeFound(*row) for row in mine]
    exactly = NoticeFound(found.event, found.subject, found.record_id, found.person_id)
    return exactly if exactly in here else next(iter(here), None)
