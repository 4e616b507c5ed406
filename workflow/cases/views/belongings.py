"""What came to a case, in one statement: papers, questions, letters, and what was done and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts
from workflow.cases.flags import FLAGS, FlagFacts, in_order
from workflow.cases.review.conflicts import NEAR, TOO_NEAR, about, near
from workflow.cases.review.escalation import STEP_OVERDUE, OverdueTold
from workflow.cases.review.notes import NOTE
from workflow.cases.review.questions import COLUMNS, QUESTIONS, QuestionFacts
from workflow.cases.review.verifying import FOUND, NUMBER, VerificationFacts
from workflow.cases.tables import Claim, Flag, Question, Verification
from workflow.cases.views.since_shown import LATER_IMPORT, NOT_PUT_IN
from workflow.evidence.papers import FILED, FiledPaper, Paper
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.history.ledger import Sealing, open_words
from workflow.history.tables import EntryRow, Opening
from workflow.letters.register import LetterGiven
from workflow.letters.tables import LetterRow
from workflow.notices.tables import Notice
from workflow.people.tables import Person
from workflow.records.tables import RosterImport
from workflow.store import Prepared

FURTHER = (NUMBER, FOUND, "person")
"""Values of entries besides words and notes: numbers and people of other bodies, and what was verified."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """The papers of a case, everything asked in it, every entry with its words or '', and its letters.

    ``notes`` are the entries of internal notes, each with its sealed words or None. They are not among the
    ``entries``: what is told of a case is made of those, and no student learns of a note.
    ``imported`` tells by claim the day of the import that changed its field since it ended, ``flags`` what
    imports showed of its decision. ``overdue`` names who was told of its overdue steps. ``verified`` is what
    was verified of it, ``sealed`` the further values of its entries by number and name, which no student
    reads.
    """

    papers: tuple[Paper, ...]
    questions: tuple[QuestionFacts, ...]
    entries: tuple[tuple[Entry, str], ...]
    notes: tuple[tuple[Entry, bytes | None], ...]
    letters: tuple[LetterGiven, ...]
    imported: Mapping[str, date]
    flags: tuple[FlagFacts, ...]
    overdue: tuple[OverdueTold, ...]
    verified: tuple[VerificationFacts, ...] = ()
    sealed: Mapping[tuple[int, str], bytes] = field(default_factory=dict)


def belongings(session: Session, cipher: Sealing, case: CaseFacts) -> Belongings:
    """What came to a case; its papers, questions and flags, and who is too near, are in hand from then on."""
    rows = _BELONGINGS.rows(session, about(case))
    questions = tuple(QuestionFacts(*row[1:]) for row in rows if row.what == "question")
    QUESTIONS.keep(session, case.id, questions)
    NEAR.keep(session, case.id, near((row.what, row.id) for row in rows))
    papers = tuple(
        Paper(
            row.id,
            case.record.id,
            case.id,
            row.kind,
            row.warned,
            row.about,
            notice=row.outcome,
            added_at=row.asked_at,
        )
        for row in rows
        if row.what == "paper"
    )
    FILED.keep(session, case.id, tuple(FiledPaper(one.id, one.kind, one.notice) for one in papers))
    flags = in_order(
        FlagFacts(row.id, row.kind, row.about, row.asked_at, row.due, row.outcome, row.ended_at)
        for row in rows
        if row.what == "flag"
    )
    FLAGS.keep(session, case.id, flags)
    written = [
        (Entry.from_body(row.asked), row.answer)
        for row in sorted((row for row in rows if row.what == "entry"), key=lambda row: row.warned)
    ]
    return Belongings(
        papers=papers,
        questions=questions,
        entries=tuple(
            (entry, open_words(cipher, case.id, entry.number, sealed))
            for entry, sealed in written
            if entry.action != NOTE
        ),
        notes=tuple((entry, sealed) for entry, sealed in written if entry.action == NOTE),
        letters=tuple(
            LetterGiven(row.id, row.kind, row.about, row.warned, row.asked_at, row.outcome, row.asked)
            for row in sorted(
                (row for row in rows if row.what == "letter"), key=lambda row: (row.asked_at, row.warned)
            )
        ),
        imported={row.id: row.due for row in rows if row.what == "claim" and row.due is not None},
        flags=flags,
        overdue=tuple(OverdueTold(row.warned, row.about) for row in rows if row.what == "overdue"),
        verified=tuple(
            VerificationFacts(
                id=row.id,
                claim=row.about.partition("/")[0],
                paper=row.about.partition("/")[2],
                how=row.kind,
                seen_on=row.due,
                returned_on=row.warned_on,
                seen_by=row.outcome,
                version=row.warned,
                at=row.asked_at,
            )
            for row in sorted((row for row in rows if row.what == "verified"), key=lambda row: row.warned)
        ),
        sealed={(row.warned, row.kind): row.asked for row in rows if row.what == "value"},
    )


def _in_the_form_of_a_question(what: Any, **columns: Any) -> Select[*tuple[Any, ...]]:
    """Rows of another kind in the columns of a question, so that one statement reads them all."""
    return select(what, *(columns.get(one.key, cast(null(), one.type)).label(one.key) for one in COLUMNS))


_TOO_NEAR = TOO_NEAR.subquery()
_BELONGINGS = Prepared(
    union_all(
        select(literal("question").label("what"), *COLUMNS).where(Question.case_id == bindparam("case")),
        _in_the_form_of_a_question(
            literal("paper"),
            id=Evidence.id,
            kind=Evidence.kind,
            about=Evidence.digest,
            asked_at=Evidence.added_at,
            warned=Evidence.size,
            outcome=Evidence.notice,
        ).where(Evidence.record_id == bindparam("record"), Evidence.case_id == bindparam("case")),
        _in_the_form_of_a_question(
            literal("entry"),
            id=EntryRow.subject,
            warned=EntryRow.number,
            asked=EntryRow.body,
            answer=Opening.sealed,
        )
        .select_from(EntryRow)
        .outerjoin(
            Opening,
            and_(
                Opening.subject == EntryRow.subject,
                Opening.number == EntryRow.number,
                Opening.name.in_(("words", NOTE)),
            ),
        )
        .where(EntryRow.subject == bindparam("case"), EntryRow.number.is_not(None)),
        _in_the_form_of_a_question(
            literal("letter"),
            id=LetterRow.id,
            kind=LetterRow.kind,
            about=LetterRow.word,
            asked_at=LetterRow.given_at,
            warned=LetterRow.number,
            outcome=LetterRow.ended,
            asked=LetterRow.facts,
        ).where(LetterRow.case_id == bindparam("case")),
        _in_the_form_of_a_question(
            literal("verified"),
            id=Verification.id,
            about=func.coalesce(Verification.claim_id, "") + "/" + func.coalesce(Verification.paper_id, ""),
            outcome=Verification.seen_by,
            kind=Verification.how,
            due=Verification.seen_on,
            warned_on=Verification.returned_on,
            warned=Verification.version,
            asked_at=Verification.at,
        ).where(Verification.case_id == bindparam("case")),
        _in_the_form_of_a_question(
            literal("value"),
            id=Opening.subject,
            warned=Opening.number,
            kind=Opening.name,
            asked=Opening.sealed,
        ).where(Opening.subject == bindparam("case"), Opening.name.in_(FURTHER)),
        _in_the_form_of_a_question(literal("claim"), id=Claim.id, due=LATER_IMPORT).where(
            Claim.case_id == bindparam("case"), Claim.outcome.in_(NOT_PUT_IN)
        ),
        _in_the_form_of_a_question(
            literal("flag"),
            id=Flag.id,
            kind=Flag.kind,
            about=Flag.field,
            asked_at=Flag.made_at,
            due=RosterImport.as_of,
            outcome=RosterImport.name,
            ended_at=Flag.ended_at,
        )
        .select_from(Flag)
        .join(RosterImport, RosterImport.id == Flag.import_id)
        .where(Flag.case_id == bindparam("case")),
        _in_the_form_of_a_question(
            literal("overdue"),
            id=Notice.id,
            about=Person.name,
            asked_at=Notice.owed_at,
            warned=cast(Notice.occasion, Integer),
        )
        .select_from(Notice)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.subject == bindparam("case"), Notice.event == STEP_OVERDUE),
        _in_the_form_of_a_question(_TOO_NEAR.c.what, id=_TOO_NEAR.c.person),
    ).order_by("asked_at", "id")
)
