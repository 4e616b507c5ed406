"""One official letter for the office that signs and seals it, and what is proposed for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import force_locale
from sqlalchemy.orm import Session

from web.shared.cases.letters import document_of
from web.shared.figures.pictures import opening_for
from web.shared.labels import field_words, speak_by
from web.shared.numbers import NUMBERS, ends_of
from web.shared.security import looking, place
from web.shared.words import CHINESE, day, written
from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.load import look_at_case, whole_of_case
from workflow.engine import NoSuchSubject
from workflow.letters.document import LetterDocument
from workflow.letters.facts import LetterFacts
from workflow.letters.register import letter_named
from workflow.records.origin import origin_province

EXAM_AUTHORITY = "exam_authority"


@dataclass(frozen=True, slots=True)
class LetterAtDesk:
    """A letter, its kind, the case it is about, and whether its reader sees full numbers masked in it."""

    case: str
    kind: str
    document: LetterDocument
    masked: bool


def read_letter(session: Session, id: str) -> LetterAtDesk:
    """One letter. Its full numbers are whole only for who may open the papers of its case at once."""
    case, given = letter_named(session, id) or (id, None)
    facts, at = look_at_case(session, case), place().clock.now(session)
    if facts is None or given is None:
        raise NoSuchSubject(id)
    speak_by(place().rules.judging(session, facts, at))
    whole = given.facts(place().cipher)
    said = whole if opening_for(session, facts, at).at_once else masked(whole)
    return LetterAtDesk(facts.id, given.kind, document_of(said, given.kind, given), masked=said != whole)


def masked(letter: LetterFacts) -> LetterFacts:
    """The same letter with all full numbers as pages of the staff show them."""
    items = (
        replace(item, old=ends_of(item.old), new=ends_of(item.new)) if item.field in NUMBERS else item
        for item in letter.items
    )
    return replace(letter, items=tuple(items), document=ends_of(letter.document))


# -- a new one ------------------------------------------------------------------------------------------


def proposed(case: CaseFacts, step: StepFacts) -> str:
    """What an official letter may ask, made of the step's claims. Full numbers stand in its table alone."""
    with force_locale(CHINESE):
        lines = []
        for claim in (one for one in case.claims if one.id in step.claims and not one.outcome):
            field, (old, new) = field_words(claim.field), opened(place().cipher, claim)
            said = f"请核实上表所列{field}，以哪一项为准"
            if claim.field == "PHOTO":
                said = "请核实两张照片是否为同一人"
            elif claim.field not in NUMBERS:
                recorded = f"“{written(old, claim.field)}”" if old else "没有记录"
                said = f"请核实该生的{field}：学籍记录为{recorded}，本人主张为“{written(new, claim.field)}”"
            if claim.event_date is not None:
                said += f"；本人称于{day(claim.event_date)}变更，请一并核实变更是否属实及其日期"
            lines.append(f"{said}。")
        return "\n".join(lines)


def authority_for(candidate_number: str | None) -> str:
    """The exam authority of the province that a student was admitted from, by the school's list; or ''."""
    return place().rules.letters.authority_of(origin_province(candidate_number))


def with_addressee(case: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a sending. An exam authority that is not named is that of the school's list."""
    if said.get("whom") != EXAM_AUTHORITY or (said.get("addressee") or "").strip():
        return dict(said)
    with looking() as session:
        whole = whole_of_case(session, case)
    return {**said, "addressee": authority_for(whole.values["KSH"]) if whole is not None else ""}
