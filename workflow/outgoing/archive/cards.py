"""Cards of many students: one document to print, a page for each, and whom it is about."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from workflow.evidence.intake import shrunk
from workflow.evidence.store import EvidenceStore
from workflow.outgoing.archive.card import StudentCard, cards_of
from workflow.outgoing.archive.wording import Wording
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress, why_not_so_many
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.watermark import Mark
from workflow.people.cipher import Cipher
from workflow.people.tables import Relation
from workflow.records.rows import chunks
from workflow.records.tables import Record
from workflow.verdict import Reason

MOST_CARDS = 500
"""So many cards leave in one document."""
NO_SUCH_CLASS = Reason(
    "export_no_class", "没有这个班级，或者班里没有可以导出的学生。", remedy="请照名册上的班级填写。"
)
TOO_MANY_CARDS = Reason(
    "export_too_many_cards",
    "这个班级有 {count} 名学生，一次最多 {most} 名。",
    {"most": MOST_CARDS},
    remedy="请核对班级的写法。",
)


@dataclass(frozen=True, slots=True)
class CardsMaking:
    """What cards are made with. Without ``evidence`` they have no photos, only the day of each."""

    cipher: Cipher
    wording: Wording
    at: datetime
    mark: str
    evidence: EvidenceStore | None = None


def pictures_of(session: Session, evidence: EvidenceStore, cards: Sequence[StudentCard]) -> dict[str, str]:
    """The photos of some cards, small, as addresses that need no other file; by record."""
    kept = {card.record: card.photo.stored for card in cards if card.photo is not None}
    found: dict[str, str] = {}
    for record, data in evidence.get_each(session, kept) if kept else ():
        try:
            small = base64.b64encode(shrunk(data)).decode("ascii")
        except (OSError, SyntaxError, ValueError):  # what was imported as a picture and is none
            continue
        found[record] = f"data:image/jpeg;base64,{small}"
    return found


def begin_cards(wording: Wording, title: str) -> str:
    """The beginning of a document of cards, with its styles in it."""
    style = wording.letter_style.decode()
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n<body>\n"
    )


END = "</body>\n</html>\n"


def count(session: Session, scope: ExportScope) -> InScope:
    """How many students a class has now, without relatives of whoever asks."""
    asked = select(func.count()).select_from(Record).where(*_within(scope))
    students = session.scalar(asked) or 0
    return InScope(students, rows=students)


def why_not(_scope: ExportScope, found: InScope) -> list[Reason]:
    """There is nobody, or more than one document holds."""
    return why_not_so_many(found.rows, MOST_CARDS, NO_SUCH_CLASS, TOO_MANY_CARDS)


def make_file(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    """The cards of a class, each a page with the mark of the job."""
    assert desk.wording is not None
    kept = Record
    asked = select(kept.id).where(*_within(job.scope)).order_by(kept.fy, kept.xh, kept.ksh, kept.id)
    records = session.scalars(asked).all()
    pieces = [begin_cards(desk.wording, f"学籍卡 {job.asked['class']}")]
    making = CardsMaking(desk.cipher, desk.wording, mark.at, mark.words, desk.evidence)
    for number, piece in enumerate(written_cards(session, making, records), 1):
        pieces.append(piece)
        progress(number)
    data = "".join((*pieces, END)).encode()
    return ExportFile(data, len(records), about=frozenset(records))


def written_cards(session: Session, making: CardsMaking, records: Sequence[str]) -> Iterator[str]:
    """Each card as HTML."""
    for some in chunks(records):
        cards = cards_of(session, making.cipher, some)
        pictures = pictures_of(session, making.evidence, cards) if making.evidence else {}
        for card in cards:
            yield making.wording.card(session, card, making.at, pictures.get(card.record, ""), making.mark)


def _within(scope: ExportScope) -> Iterator[ColumnElement[bool]]:
    yield Record.bh == str(scope.asked.get("class", ""))
    if scope.people:
        related = select(Relation.record_id).where(Relation.person_id.in_(sorted(scope.people)))
        yield Record.id.not_in(related)


CARDS = Maker("cards", count, why_not, make_file, lambda scope: "html")
"""The cards of a class, to print."""
