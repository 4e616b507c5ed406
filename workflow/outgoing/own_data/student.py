"""What is held about a student: everything of the account, and the record with its cases, papers and looks.

What a student's pages do not tell yet is not told here either: a decision that can still be undone, and what
was found on the way to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import Session

from states.case import RAISED, REVIEW
from workflow.campaigns.tables import Chase
from workflow.cases.claims import opened
from workflow.cases.review.verifying import ORIGINAL
from workflow.cases.tables import Campaign, Case, PlatformLook, ToldInPerson, Vouch
from workflow.cases.views.announced import entries_as_announced, letters_as_announced
from workflow.cases.views.belongings import Belongings, belongings
from workflow.cases.views.own_looks import OwnLook, looks_at
from workflow.cases.views.student_sheet import CaseSheet, RecordSheet, read_record
from workflow.evidence.store import EvidenceDamaged, EvidenceStore
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.letters.register import LetterGiven
from workflow.notices.contacts import Owner
from workflow.outgoing.files.taking import files_about
from workflow.outgoing.own_data.account import MOST, of_the_account
from workflow.outgoing.own_data.layout import OwnData, OwnFile, Row, row
from workflow.people.cipher import Cipher
from workflow.permissions.granting import permissions_of
from workflow.records.fields import COLUMNS
from workflow.records.tables import Photo, RecordChange, RosterImport, StudentContact
from workflow.records.values import ValueSource, sources_of
from workflow.sources.tables import Difference
from workflow.sources.worksheet import value_of
from workflow.store import from_text

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}
INNER = (
    "settle", "pass_step", "fail_step", "send", "receive", "see", "object", "release", "hand_over",
    "lapse_rest", "hold", "verify",
)  # fmt: skip
"""What happens inside a review. It is told with the decision."""


@dataclass(frozen=True, slots=True)
class StudentFile:
    """What the school holds of a student's record and cases, as they were told of it, without their account.

    ``cases`` are the cases with what came to them, ``files`` the papers and photos beside the sections.
    """

    mine: RecordSheet
    cases: tuple[HeldCase, ...]
    titles: Mapping[str, str]
    sections: Mapping[str, Sequence[Row]] = field(repr=False)
    files: tuple[OwnFile, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldCase:
    """One case of the student with what came to it, and its receipt."""

    case: CaseSheet
    belongs: Belongings

    @property
    def receipt(self) -> str:
        return self.case.facts.receipt

    @property
    def letters(self) -> tuple[LetterGiven, ...]:
        """Its letters that the student was given."""
        return letters_as_announced(self.belongs.letters, self.belongs.entries, self.case.held_back)

    @property
    def under_way(self) -> bool:
        """Whether no decision may be told yet."""
        return self.case.state in (RAISED, REVIEW)

    @property
    def told(self) -> list[tuple[Entry, str]]:
        """The entries that the student may know: no decision that was taken back or can be, nor its way."""
        told = entries_as_announced(self.belongs.entries, self.case.held_back)
        return [one for one in told if not (self.under_way and one[0].action in INNER)]


def own_data_of_student(
    session: Session,
    cipher: Cipher,
    evidence: EvidenceStore,
    school: str,
    person: str,
    record: str,
    at: datetime,
) -> OwnData:
    """Everything held about a student, with their papers and photos as files. No other person is named."""
    kept = file_of_student(session, cipher, evidence, record, at)
    mine, titles = kept.mine, kept.titles
    count, looks = looks_at(session, record, files_about(record), skip=0, limit=MOST)
    sections: dict[str, Sequence[Row]] = {
        **of_the_account(session, cipher, person, Owner(record=record), at),
        **kept.sections,
        "draft": _draft(mine),
        "chases": _chases(session, record, titles),
        "permissions": _permissions(session, cipher, record, titles, mine),
        "platform": _platform(session, record, titles),
        "differences": _differences(session, cipher, record),
        "contacts": _contacts(session, cipher, record),
        "looked_at": list(_looks(looks)),
    }
    left_out = {"looked_at": count - len(looks)} if count > len(looks) else {}
    return OwnData("student", at, school, sections, kept.files, left_out)


def file_of_student(
    session: Session,
    cipher: Cipher,
    evidence: EvidenceStore,
    record: str,
    at: datetime,
    *,
    drafts: bool = True,
) -> StudentFile:
    """The record and its cases, with papers and photos. ``drafts``: with papers that are not filed yet."""
    mine = read_record(session, cipher, record, at)
    held = tuple(HeldCase(case, belongings(session, cipher, case.facts)) for case in mine.cases)
    receipts = {one.case.id: one.receipt for one in held}
    titles = _titles(session, record)
    photos, pictures = _photos(session, evidence, record)
    papers, scans = _papers(session, evidence, record, receipts, drafts=drafts)
    sections: dict[str, Sequence[Row]] = {
        "values": _values(session, cipher, mine, receipts),
        "changes": _changes(session, cipher, record, receipts, mine.untold.lines, _undone(held)),
        "photos": photos,
        "cases": [_case(one, titles) for one in held],
        "right_items": _right_items(session, record, titles),
        "claims": list(_claims(cipher, held)),
        "steps": list(_steps(held)),
        "questions": list(_questions(cipher, held)),
        "letters": [line for one in held for line in _letters(cipher, one)],
        "verifications": [line for one in held for line in _verifications(one)],
        "papers": papers,
        "entries": [line for one in held for line in _entries(one)],
    }
    return StudentFile(mine, held, titles, sections, (*pictures, *scans))


# -- the record -----------------------------------------------------------------------------------------


def _values(session: Session, cipher: Cipher, mine: RecordSheet, receipts: Mapping[str, str]) -> list[Row]:
    """The values with their sources, as of what was announced."""
    values, sources = mine.values(cipher, COLUMNS), sources_of(session, mine.record.id, mine.untold.lines)
    return [row("values", field, said, *_source(sources[field], receipts)) for field, said in values.items()]


def _source(source: ValueSource, receipts: Mapping[str, str]) -> tuple[str, object, str]:
    receipt = receipts.get(source.id, "") if source.kind == "case" else ""
    return source.name or source.kind, source.day, receipt


def _undone(held: Iterable[HeldCase]) -> set[tuple[str, datetime]]:
    """The cases whose decision was undone, of which the student is never told, and when."""
    return {
        (one.case.id, from_text(entry.at))
        for one in held
        for entry, _ in one.belongs.entries
        if entry.action == "undo"
    }


def _changes(
    session: Session,
    cipher: Cipher,
    record: str,
    receipts: Mapping[str, str],
    untold: Collection[tuple[str, int]],
    undone: Collection[tuple[str, datetime]],
) -> list[Row]:
    """Every change of a value that was announced: none of a decision that is held back or was undone."""
    found = session.execute(
        select(RecordChange, RosterImport.name, RosterImport.as_of)
        .outerjoin(RosterImport, RosterImport.id == RecordChange.import_id)
        .where(RecordChange.record_id == record)
        .order_by(RecordChange.at, RecordChange.field, RecordChange.number)
    ).all()
    back = {
        (one.field, one.number)
        for one, _, _ in found
        if one.case_id != one.old_case_id and (one.old_case_id, one.at) in undone
    }
    hidden = {*untold, *back, *((field, number - 1) for field, number in back)}
    rows: list[Row] = []
    for one, name, as_of in found:
        if (one.field, one.number) in hidden:
            continue
        old, new = (
            cipher.open(sealed, table="record_change", column=column, row=one.id) if sealed else plain
            for column, sealed, plain in (("old", one.old_sealed, one.old), ("new", one.new_sealed, one.new))
        )
        receipt = receipts.get(one.case_id or "", "")
        rows.append(
            row("changes", one.field, old, new, one.at, name or "case", as_of or one.at.date(), receipt)
        )
    return rows


def _photos(session: Session, evidence: EvidenceStore, record: str) -> tuple[list[Row], list[OwnFile]]:
    rows: list[Row] = []
    files: list[OwnFile] = []
    for one in session.scalars(select(Photo).where(Photo.record_id == record).order_by(Photo.number)).all():
        path = f"photos/{one.number}.{ENDINGS[one.media]}"
        there = _read(session, evidence, record, one.stored, path)
        files += there
        rows.append(row("photos", path if there else "", one.as_of, one.at, one.media, one.size))
    return rows, files


def _read(
    session: Session, evidence: EvidenceStore, record: str, name: str, path: str, digest: str = ""
) -> list[OwnFile]:
    """A file as it was stored. None for one that is damaged: its row stays, without a path."""
    try:
        return [OwnFile(path, evidence.get(session, record, name, digest))]
    except EvidenceDamaged:
        return []


def _contacts(session: Session, cipher: Cipher, record: str) -> list[Row]:
    found = session.scalars(
        select(StudentContact).where(StudentContact.record_id == record).order_by(StudentContact.kind)
    )
    return [
        row(
            "contacts",
            one.kind,
            cipher.open(one.sealed, table="student_contact", column="sealed", row=one.id),
            one.source,
            one.as_of,
            one.at,
        )
        for one in found
    ]


# -- the cases ------------------------------------------------------------------------------------------


def _titles(session: Session, record: str) -> dict[str, str]:
    found = session.execute(
        select(Case.id, Campaign.title)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.record_id == record)
    )
    return {case: title for case, title in found}


def _case(held: HeldCase, titles: Mapping[str, str]) -> Row:
    case, facts = held.case, held.case.facts
    return row(
        "cases",
        titles.get(case.id, ""),
        held.receipt,
        case.state,
        facts.manner,
        facts.excluded,
        facts.filed_at,
        facts.proxy_role,
        facts.decided_at if case.told else None,
        facts.ruling if case.told else "",
        facts.looked_on,
        facts.deferred_fields,
        facts.deferred_until,
    )


def _right_items(session: Session, record: str, titles: Mapping[str, str]) -> list[Row]:
    asked = (
        select(Vouch.case_id, Vouch.field, Vouch.vouched_at)
        .join(Case, Case.id == Vouch.case_id)
        .where(Case.record_id == record)
        .order_by(Vouch.vouched_at, Vouch.field)
    )
    return [row("right_items", titles.get(case, ""), field, at) for case, field, at in session.execute(asked)]


def _claims(cipher: Cipher, held: Iterable[HeldCase]) -> Iterator[Row]:
    for one in held:
        for claim in one.case.claims:
            known = one.case.told or claim.outcome in ("withdrawn", "lapsed")
            old, new = opened(cipher, claim)
            yield row(
                "claims",
                one.receipt,
                claim.field,
                claim.cause,
                claim.variant,
                claim.event_date,
                old,
                new,
                claim.filed_at,
                claim.outcome if known else "",
                claim.ruling if known else "",
                claim.ended_at if known else None,
            )


def _steps(held: Iterable[HeldCase]) -> Iterator[Row]:
    """The steps that the student's page shows, as of what was announced."""
    for one in held:
        for step in one.case.facts.every_step:
            if step.outcome != "void":
                yield row(
                    "steps",
                    one.receipt,
                    step.kind,
                    step.office,
                    step.made_at,
                    step.sent_on,
                    step.outcome,
                    step.ended_at,
                )


def _questions(cipher: Cipher, held: Iterable[HeldCase]) -> Iterator[Row]:
    for one in held:
        fields = {claim.id: claim.field for claim in one.case.claims}
        for asked in one.belongs.questions:
            yield row(
                "questions",
                one.receipt,
                asked.kind,
                fields.get(asked.about, ""),
                "" if asked.about in fields else asked.about,
                cipher.open(asked.asked, table="question", column="asked", row=asked.id),
                asked.asked_at,
                asked.due,
                cipher.open(asked.answer, table="question", column="answer", row=asked.id)
                if asked.answer
                else "",
                asked.outcome,
                asked.ended_at,
            )


def _verifications(held: HeldCase) -> Iterator[Row]:
    """The originals that were seen; what else was done is told with the decision, and never who was asked."""
    fields = {claim.id: claim.field for claim in held.case.claims}
    kinds = {paper.id: paper.kind for paper in held.belongs.papers}
    for one in held.belongs.verified:
        if one.how == ORIGINAL or not held.under_way:
            yield row(
                "verifications",
                held.receipt,
                fields.get(one.claim, ""),
                kinds.get(one.paper, ""),
                one.how,
                one.seen_on,
                one.returned_on,
            )


def _letters(cipher: Cipher, held: HeldCase) -> Iterator[Row]:
    """The letters as they were given, with the words that somebody wrote in them."""
    for one in held.letters:
        said = one.facts(cipher)
        replies = [words for _office, words, _day in said.replies]
        items, asked = [it.words for it in said.items], [it.words for it in said.questions]
        written = [said.words, *items, *asked, *replies]
        words = "\n".join(dict.fromkeys(filter(None, written)))
        yield row("letters", held.receipt, one.kind, one.spoken, one.given_at, words, one.ended)


def _papers(
    session: Session, evidence: EvidenceStore, record: str, receipts: Mapping[str, str], *, drafts: bool
) -> tuple[list[Row], list[OwnFile]]:
    """Filed papers and those of the student's own draft. A proxy's draft is not the student's yet."""
    found = session.scalars(
        select(Evidence)
        .where(Evidence.record_id == record)
        .where(
            or_(
                Evidence.case_id.is_not(None),
                and_(true() if drafts else false(), Evidence.added_by.is_(None)),
            )
        )
        .order_by(Evidence.added_at, Evidence.id)
    ).all()
    rows: list[Row] = []
    files: list[OwnFile] = []
    for number, one in enumerate(found, start=1):
        path = f"papers/{number}.{ENDINGS[one.media]}"
        there = _read(session, evidence, record, one.id, path, one.digest)
        files += there
        receipt = receipts.get(one.case_id or "", "")
        rows.append(
            row(
                "papers",
                path if there else "",
                receipt,
                one.kind,
                one.media,
                one.size,
                one.added_at,
                one.notice,
            )
        )
    return rows, files


def _entries(held: HeldCase) -> Iterator[Row]:
    for entry, words in held.told:
        yield row("entries", held.receipt, entry.number, from_text(entry.at), entry.action, entry.role, words)


def _draft(mine: RecordSheet) -> list[Row]:
    draft = mine.draft
    return [
        *(
            row(
                "draft",
                claim.field,
                "wrong",
                claim.cause,
                claim.variant,
                claim.event_date,
                claim.new,
                draft.begun_at,
            )
            for claim in draft.claims.values()
        ),
        *(row("draft", field, "right", "", "", None, value, None) for field, value in draft.right.items()),
    ]


def _chases(session: Session, record: str, titles: Mapping[str, str]) -> list[Row]:
    found = session.execute(
        select(Chase, ToldInPerson.told_on, ToldInPerson.how, ToldInPerson.duty)
        .join(Case, Case.id == Chase.case_id)
        .outerjoin(ToldInPerson, ToldInPerson.case_id == Case.id)
        .where(Case.record_id == record)
        .order_by(Chase.id)
    )
    return [
        row(
            "chases",
            titles.get(one.case_id, ""),
            one.reason,
            one.contacts,
            one.last_on,
            one.last_how,
            one.last_result,
            told_on,
            told_how,
            told_duty,
        )
        for one, told_on, told_how, told_duty in found
    ]


def _permissions(
    session: Session, cipher: Cipher, record: str, titles: Mapping[str, str], mine: RecordSheet
) -> list[Row]:
    """What the registrar granted, or froze, with the reasons."""
    campaigns = {
        case.facts.campaign.id: titles.get(case.id, "") for case in mine.cases if case.facts.campaign
    }
    return [
        row(
            "permissions",
            one.kind,
            campaigns.get(one.campaign, ""),
            one.granted_at,
            one.until,
            one.state,
            one.ended_at,
            "；".join(one.reasons),
        )
        for one in permissions_of(session, cipher, record)
    ]


def _platform(session: Session, record: str, titles: Mapping[str, str]) -> list[Row]:
    found = session.scalars(
        select(PlatformLook).join(Case, Case.id == PlatformLook.case_id).where(Case.record_id == record)
    )
    return [
        row("platform", titles.get(one.case_id, ""), one.looked, one.looked_at, one.as_of) for one in found
    ]


def _differences(session: Session, cipher: Cipher, record: str) -> list[Row]:
    """What differs between the platform and the school's own system, as the last comparison found it."""
    asked = select(Difference).where(Difference.record_id == record).order_by(Difference.since, Difference.id)
    return [
        row(
            "differences",
            one.field,
            value_of(cipher, one, "platform"),
            value_of(cipher, one, "school"),
            one.since,
            one.done_at,
        )
        for one in {one.mark: one for one in session.scalars(asked)}.values()
    ]


def _looks(looks: Iterable[OwnLook]) -> Iterator[Row]:
    """Who opened the file, by role and place. Another student is no more than that."""
    for one in looks:
        yield row(
            "looked_at",
            one.at,
            one.role,
            "、".join(place.college for place in one.places if place.college),
            "、".join(place.office for place in one.places if place.office),
            one.what,
            one.receipt,
            one.why,
            one.allowed,
        )
