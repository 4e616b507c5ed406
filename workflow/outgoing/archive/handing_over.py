"""The file that goes with a student who changes to another school: it is read there, and merged nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import IO

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow.cases.tables import UNDECIDED
from workflow.cases.views.belongings import FURTHER
from workflow.cases.views.student_sheet import read_record
from workflow.evidence.store import EvidenceStore
from workflow.history.entry import Entry
from workflow.outgoing.archive.bundle import Bundle
from workflow.outgoing.archive.campaign import ArchiveMaking
from workflow.outgoing.archive.histories import Collected, ToldSubject, bodies, opened_lines
from workflow.outgoing.archive.pages import LETTER_STYLE, Cell, begin_page, end_page, styled, table
from workflow.outgoing.archive.readme import HANDED_OVER
from workflow.outgoing.own_data.layout import COLUMNS, SECTIONS, OwnData, Row, Value
from workflow.outgoing.own_data.student import StudentFile, file_of_student
from workflow.people.cipher import Cipher
from workflow.people.standing_in import ever_related
from workflow.people.tables import Grant, Relation
from workflow.records.tables import Record
from workflow.verdict import Reason, Refused, Verdict

TRANSFERRED = ("转学(转出)", "转出", "转学")
"""The enrolment statuses of a student who goes to another school."""

NOBODY = Reason("hand_over_nobody", "没有这名学生。", remedy="请重新查找。")
NOT_TRANSFERRED = Reason(
    "hand_over_not_transferred",
    "学籍状态是“{status}”，不是转学。",
    remedy="请等名册更新；确需现在移交的，请勾选“学籍状态尚未更新”，并在说明里写明依据。",
)
THEIRS = Reason(
    "hand_over_theirs",
    "这是提出或批准的人本人，或与其有利害关系的学生，不能由他们移交。",
    remedy="请没有利害关系的学籍管理员提出，由另一位没有利害关系的人批准。",
)
HELD_BACK = Reason(
    "hand_over_held_back",
    "这名学生有一个决定还可以撤销，本人还没有收到，现在不能移交。",
    remedy="请等决定通知本人以后再移交。",
)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is asked for: which student's file, and although the record does not say that they left."""

    record: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class FileHandedOver:
    """What is in a file that was handed over."""

    cases: int
    papers: int
    entries: int = field(default=0)


def why_no_hand_over(session: Session, asked: HandOver, people: frozenset[str]) -> list[Reason]:
    """Every reason why this student's file is not handed over now by these people."""
    kept = session.get(Record, asked.record)
    if kept is None:
        return [NOBODY]
    reasons: list[Reason] = []
    theirs = or_(
        ever_related(people).where(Relation.record_id == kept.id).exists(),
        select(Grant.id).where(Grant.scope == kept.id, Grant.person_id.in_(people)).exists(),
    )
    if session.scalar(select(theirs)):
        reasons.append(THEIRS)
    if kept.xjzt not in TRANSFERRED and not asked.anyway:
        said = NOT_TRANSFERRED
        reasons.append(Reason(said.code, said.template, {"status": kept.xjzt}, remedy=said.remedy))
    return reasons


def why_not_yet(session: Session, cipher: Cipher, record: str, at: datetime) -> list[Reason]:
    """A decision that can still be undone, so that the student was not told of it, keeps the file here."""
    cases = read_record(session, cipher, record, at).cases
    return [HELD_BACK] if any(case.held_back for case in cases) else []


def write_hand_over(
    session: Session, making: ArchiveMaking, evidence: EvidenceStore, school: str, record: str, out: IO[bytes]
) -> FileHandedOver:
    """Write a student's file as a zip: what they were told of record and cases, with the papers whole.

    Raises Refused while there is a decision of which they were not told.
    """
    if reasons := why_not_yet(session, making.cipher, record, making.at):
        raise Refused(Verdict("hand_over", tuple(reasons)))
    kept = file_of_student(session, making.cipher, evidence, record, making.at, drafts=False)
    data = OwnData("student", making.at, school, kept.sections, kept.files)
    bundle = Bundle(out, making.at)
    styled(bundle)
    bundle.add(LETTER_STYLE, making.wording.letter_style)
    letters = list(_letters(session, making, bundle, kept))
    entries = _history(session, making, bundle, kept)
    for file in kept.files:
        bundle.add(file.path, file.data, packed=False)
    bundle.add("data.json", data.as_json())
    _index(making, bundle, data, kept, letters)
    bundle.add("README.txt", HANDED_OVER)
    bundle.close()
    return FileHandedOver(len(kept.cases), len(kept.sections["papers"]), entries)


def _letters(
    session: Session, making: ArchiveMaking, bundle: Bundle, kept: StudentFile
) -> Iterator[tuple[str, str]]:
    """Each letter that the student was given, as a page. Yields its path and its name."""
    for held in kept.cases:
        making.wording.speak_by(session, held.case.facts.policy)
        for given in held.letters:
            path = f"letters/{given.given_at.year}-{given.number:06}.html"
            title = f"{making.wording.said('letter', given.kind)} {given.spoken}"
            with bundle.member(path) as file:
                begin_page(file, (title, ""), "../", letter=True)
                file.write(making.wording.letter(given.facts(making.cipher), given.kind, given))
                end_page(file, making.mark)
            yield path, title


def _history(session: Session, making: ArchiveMaking, bundle: Bundle, kept: StudentFile) -> int:
    subjects = [ToldSubject(one.case.id, one.receipt) for one in kept.cases]
    collected = Collected()
    told = {(one.case.id, entry.number) for one in kept.cases for entry, _ in one.told}

    def is_internal(entry: Entry, name: str) -> bool:
        return name in FURTHER or (entry.subject, entry.number) not in told

    with bundle.member("history/entries.jsonl") as file:
        for body in bodies(session, subjects, collected):
            file.write(body)
    with bundle.member("history/openings.jsonl") as file:
        for line in opened_lines(session, making.cipher, subjects, collected, is_internal):
            file.write(line)
    return collected.entries


def _index(
    making: ArchiveMaking, bundle: Bundle, data: OwnData, kept: StudentFile, letters: list[tuple[str, str]]
) -> None:
    with bundle.member("index.html") as file:
        begin_page(
            file, (f"{kept.mine.name} {kept.mine.number} 转学移交材料", "File handed over on transfer")
        )
        file.write(f"<p>{escape(data.school)} · {making.at:%Y-%m-%d %H:%M}</p>\n")
        for text in _what_becomes_of_them(making, kept):
            file.write(f"<p><strong>{escape(text)}</strong></p>\n")
        file.write('<h2>文书 <span lang="en">Letters</span></h2>\n<ul>\n')
        for path, name in letters:
            file.write(f'<li><a href="{path}">{escape(name)}</a></li>\n')
        file.write("</ul>\n" if letters else "<li>没有</li></ul>\n")
        for name, (zh, en, columns) in SECTIONS.items():
            if name in data.sections:
                rows = data.sections[name]
                file.write(f'<h2 id="{name}">{zh} <span lang="en">{en}</span> ({len(rows)})</h2>\n')
                heads = [COLUMNS[column][0] for column in columns]
                cells = [[_cell(making, name, column, row) for column in columns] for row in rows]
                for piece in table(heads, cells) if rows else ("<p>没有</p>\n",):
                    file.write(piece)
        file.write(
            '<h2>流转记录的原始字节 <span lang="en">The exact bytes of the history</span></h2>\n<ul>\n'
        )
        for path in (
            "history/entries.jsonl",
            "history/openings.jsonl",
            "data.json",
            "README.txt",
            "SHA256SUMS",
        ):
            file.write(f'<li><a href="{path}">{path}</a></li>\n')
        file.write("</ul>\n")
        end_page(file, making.mark)


def _what_becomes_of_them(making: ArchiveMaking, kept: StudentFile) -> Iterator[str]:
    """What the receiving school must know of each case that this one did not finish."""
    for held in kept.cases:
        name = f"申请 {held.receipt}"
        if held.case.state in UNDECIDED:
            yield (
                f"{name}在本校还没有办结。学籍状态更新为转出时，本校的办理自动终止，不作决定；"
                "需要更正的，请学生向接收学校重新提出，由接收学校按自己的规则审核。"
            )
        elif lapsed := [one for one in held.case.claims if one.outcome == "lapsed"]:
            items = "、".join(making.wording.said("field", one.field) for one in lapsed)
            yield f"{name}的{items}因学籍变动在本校终止，没有作出决定；这不是不予更正。"


def _cell(making: ArchiveMaking, section: str, column: str, row: Row) -> Cell:
    value: Value = row[column]
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if not isinstance(value, str):
        return str(value)
    return (value, value) if column == "file" else making.wording.said(column, value, section)
