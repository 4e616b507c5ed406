"""Reading a frozen batch's register and its filed papers, with sealed values opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import School
from config.policy.words import COLLEGE, DECIDED_STEPS, STEP_KINDS
from workflow.cases.batches import Batch
from workflow.cases.claims import as_filed, following, opened
from workflow.cases.facts import CaseFacts, ClaimFacts, StepFacts
from workflow.cases.load import look_at_cases
from workflow.cases.rules import SchoolRules
from workflow.cases.views.lookup import names_of
from workflow.evidence.tables import Evidence
from workflow.outgoing.batches.facts import BatchFacts, LineFacts
from workflow.outgoing.files.bundle import PaperOut
from workflow.outgoing.files.rows import Register, RegisterRow
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record

PHOTO = "PHOTO"
PHOTOS = "录取时的照片", "所附照片"
"""What stands for the two values of a claim about the photo."""


@dataclass(frozen=True, slots=True)
class BatchPapers:
    """The filed papers of a batch's cases: those of each case, and of each student in the order of filing."""

    of_case: Mapping[str, Sequence[PaperOut]]
    of_record: Mapping[str, Sequence[PaperOut]]


def read_register(session: Session, cipher: Cipher, rules: SchoolRules, batch: BatchFacts) -> Register:
    """The register of a frozen batch: a row for each line that goes to the body, in their order."""
    assert batch.frozen_at is not None
    kept = session.get_one(Batch, batch.id)
    papers = papers_of(session, rules, batch)
    freezer = session.get_one(Person, kept.frozen_by)
    named = freezer.name, freezer.number or freezer.id[:12]
    lines = batch.standing
    cases = look_at_cases(session, {line.case for line in lines})
    records = _records(session, {line.record for line in lines})
    steps = {line.id: _passed(cases[line.case], line.claim, batch.frozen_at) for line in lines}
    names = names_of(session, {step.ended_by for some in steps.values() for step in some})
    rows = []
    for line in lines:
        case, claim = cases[line.case], _claim(cases[line.case], line.claim)
        words = _Words(rules.judging(session, case, batch.frozen_at).school, rules)
        passed = steps[line.id]
        last = passed[-1] if passed else None
        old, new = PHOTOS if claim.field == PHOTO else opened(cipher, claim)
        student = records[line.record]
        rows.append(
            RegisterRow(
                number=line.number,
                ksh=student.ksh or "",
                xh=student.xh or "",
                name=student.xm,
                column=claim.field,
                field=words.field(claim.field),
                old=old,
                new=new,
                reason=words.reason(claim),
                papers=_counted(papers.of_case.get(line.case, ())),
                opinion=words.opinion(passed, student.fy or ""),
                handler=names.get(last.ended_by, "") if last else named[0],
                day=f"{_day(last, batch.frozen_at):%Y-%m-%d}",
                record=line.record,
                case=line.case,
                right=() if claim.field == PHOTO else tuple(following(as_filed(claim, new)).items()),
            )
        )
    office = _Words(rules.in_force(batch.frozen_at).school, rules).office(batch.office)
    return Register(batch.id, office, batch.month, batch.frozen_at, named, tuple(rows))


def papers_of(session: Session, rules: SchoolRules, batch: BatchFacts) -> BatchPapers:
    """The papers filed before a batch was frozen, each with its kind in the school's words."""
    assert batch.frozen_at is not None
    words = _Words(rules.in_force(batch.frozen_at).school, rules)
    cases = {line.case for line in batch.standing}
    asked = (
        select(Evidence)
        .where(Evidence.case_id.in_(cases), Evidence.added_at <= batch.frozen_at)
        .order_by(Evidence.added_at, Evidence.id)
    )
    of_case, of_record = dict[str, list[PaperOut]](), dict[str, list[PaperOut]]()
    for row in session.scalars(asked):
        paper = PaperOut(row.id, row.record_id, words.kind(row.kind), row.media, row.digest)
        of_case.setdefault(row.case_id or "", []).append(paper)
        of_record.setdefault(row.record_id, []).append(paper)
    return BatchPapers(of_case, of_record)


def line_range(lines: Sequence[LineFacts]) -> str:
    """The numbers of some lines as a range, for the access log."""
    return f"{lines[0].number}-{lines[-1].number}" if lines else "0"


def _records(session: Session, ids: Iterable[str]) -> Mapping[str, Any]:
    columns = Record.id, Record.ksh, Record.xh, Record.xm, Record.fy
    return {row.id: row for row in session.execute(select(*columns).where(Record.id.in_(list(ids))))}


def _claim(case: CaseFacts, id: str) -> ClaimFacts:
    return next(claim for claim in case.claims_of_record if claim.id == id)


def _passed(case: CaseFacts, claim: str, at: datetime) -> list[StepFacts]:
    """The steps of a claim in which the school said yes before the batch was frozen, in their order."""
    return sorted(
        (
            step
            for step in case.every_step
            if claim in step.claims and step.kind in DECIDED_STEPS and step.outcome == "passed"
            if step.ended_at is not None and step.ended_at <= at
        ),
        key=lambda step: (step.position, step.id),
    )


def _day(step: StepFacts | None, frozen_at: datetime) -> datetime:
    return step.ended_at if step is not None and step.ended_at is not None else frozen_at


def _counted(papers: Iterable[PaperOut]) -> str:
    """Papers by their kinds: 户口簿 2 份、居民身份证 1 份."""
    counts: dict[str, int] = {}
    for paper in papers:
        counts[paper.kind] = counts.get(paper.kind, 0) + 1
    return "、".join(f"{kind} {count} 份" for kind, count in counts.items())


class _Words:
    """The words of the text that judges a case; a code that it lacks is looked for in the other texts."""

    def __init__(self, school: School, rules: SchoolRules) -> None:
        self._texts = (school, *(one.school for one in rules.latest_first()))

    def field(self, code: str) -> str:
        """A field."""
        words = (one.zh for school in self._texts for one in school.fields if one.code == code)
        return next(words, COLUMNS[code].zh if code in COLUMNS else code)

    def office(self, code: str) -> str:
        """An office."""
        return next((school.offices[code].zh for school in self._texts if code in school.offices), code)

    def kind(self, code: str) -> str:
        """A kind of paper."""
        texts = (school.policy.evidence_kinds for school in self._texts)
        return next((kinds[code].zh for kinds in texts if code in kinds), code)

    def reason(self, claim: ClaimFacts) -> str:
        """Why a claim is made: its cause, its circumstance, and the day of the change."""
        policies = [school.policy for school in self._texts]
        said = [
            next((one.causes[claim.cause].zh for one in policies if claim.cause in one.causes), claim.cause)
        ]
        said += [one.variants[claim.variant].zh for one in policies if claim.variant in one.variants][:1]
        day = f"（{claim.event_date:%Y-%m-%d}）" if claim.event_date else ""
        return "，".join(said) + day

    def opinion(self, passed: Sequence[StepFacts], college: str) -> str:
        """The school's opinion: who said yes, in which step and when; '' where no step of the school did."""
        said = [
            f"{college if step.office == COLLEGE else self.office(step.office)}"
            f"{STEP_KINDS[step.kind][0]} {step.ended_at:%Y-%m-%d}"
            for step in passed
        ]
        return f"同意（{'；'.join(said)}）" if said else ""
