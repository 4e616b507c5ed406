"""Which kept sentences a case offers, with its facts filled in. Masked values are no facts of a sentence."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.profile import Profile
from config.sentences import SentenceKept, filled_in
from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.review.questions import last_day
from workflow.cases.rules import Rules, field_name
from workflow.cases.sentences.own import sentences_of
from workflow.engine import Actor
from workflow.evidence.papers import papers_in
from workflow.people.cipher import Cipher
from workflow.permissions.facts import freezes
from workflow.records.claimed import is_day
from workflow.records.fields import SEALED
from workflow.values import Bilingual


@dataclass(frozen=True, slots=True)
class SentenceOffered:
    """One sentence that fits a case: as it is kept, and with the facts of the case filled in.

    ``own`` is true for the person's own. ``filled_en`` is empty where its owner wrote no English.
    """

    id: str
    outcome: str
    cause: str
    zh: str
    en: str
    filled_zh: str
    filled_en: str
    own: bool


def offered(
    session: Session,
    by: Actor,
    facts: CaseFacts,
    policy: Rules,
    *,
    at: datetime,
    cipher: Cipher,
    profile: Profile,
    of_school: Iterable[SentenceKept],
    alike: Iterable[CaseFacts] = (),
) -> tuple[SentenceOffered, ...]:
    """The sentences for the open claims of a case: the person's own first, then the school's.

    A sentence of a cause is offered where an open claim has that cause, and one of which a fact is not known
    is left out. ``policy`` judges the case. One statement, beside the papers of the case. The same words go
    to the cases ``alike``, which have the same policy: what is no fact of each of them is a fact of none.
    """
    causes = {"", *(one.cause for one in _asked_about(facts))}
    zh, en = _facts(session, facts, policy, cipher, profile, at)
    for one in alike:
        other_zh, other_en = _facts(session, one, policy, cipher, profile, at)
        zh, en = dict(zh.items() & other_zh.items()), dict(en.items() & other_en.items())
        causes &= {"", *(claim.cause for claim in _asked_about(one))}
    kept = [(one.id, one.kept, True) for one in sentences_of(session, cipher, by.person)]
    kept += [(f"school-{n}", one, False) for n, one in enumerate(of_school, start=1)]
    found = (_offered(id, one, zh, en, own) for id, one, own in kept if one.cause in causes)
    return tuple(one for one in found if one is not None)


def _asked_about(facts: CaseFacts) -> tuple[ClaimFacts, ...]:
    """The claims that sentences are about: the open ones, if any are."""
    return tuple(one for one in facts.claims if not one.outcome) or facts.claims


def _offered(
    id: str, one: SentenceKept, zh: Mapping[str, str], en: Mapping[str, str], own: bool
) -> SentenceOffered | None:
    filled_zh, filled_en = filled_in(one.says, zh), filled_in(one.says_en, en)
    if filled_zh is None or filled_en is None:
        return None
    return SentenceOffered(id, one.outcome, one.cause, one.says, one.says_en, filled_zh, filled_en, own)


def _facts(
    session: Session,
    facts: CaseFacts,
    policy: Rules,
    cipher: Cipher,
    profile: Profile,
    at: datetime,
) -> tuple[dict[str, str], dict[str, str]]:
    """The facts of a case that sentences may name, in Chinese and in English; without those not known."""
    school, claims = policy.school, _asked_about(facts)
    causes = [
        school.policy.causes[code]
        for code in _once(one.cause for one in claims)
        if code in school.policy.causes
    ]
    kinds = _once(paper.kind for paper in papers_in(session, facts.id))
    papers = [school.policy.evidence_kinds[kind] for kind in kinds if kind in school.policy.evidence_kinds]
    zh, en = _listed(
        {
            "field": [field_name(policy, code) for code in _once(one.field for one in claims)],
            "cause": causes,
            "papers": papers,
        }
    )
    days = {
        "filed_on": facts.filed_at.date() if facts.filed_at else None,
        "answer_by": last_day(policy, at.date(), freezes(facts.permissions)),
        "event_date": claims[0].event_date if len(claims) == 1 else None,
    }
    for name, day in days.items():
        if day is not None:
            zh[name], en[name] = _day(day)
    if len(claims) == 1 and claims[0].field not in {"PHOTO", *SEALED}:
        for name, value in opened(cipher, claims[0])._asdict().items():
            zh[name], en[name] = _value(claims[0].field, value)
    for name in ("office", "room", "hours"):
        zh[name] = getattr(profile, name)
        en[name] = getattr(profile, f"{name}_en") or zh[name]
    zh["phone"] = en["phone"] = profile.phone
    zh["school"], en["school"] = profile.title or school.title, profile.title_en or school.title_en
    return zh, en


def _listed(names: Mapping[str, Sequence[Bilingual]]) -> tuple[dict[str, str], dict[str, str]]:
    zh = {name: "、".join(one.zh for one in found) for name, found in names.items()}
    return zh, {name: ", ".join(one.en for one in found) for name, found in names.items()}


def _value(field: str, value: str) -> tuple[str, str]:
    """A value as a sentence tells it; a day as people write it."""
    return _day(date.fromisoformat(value)) if value and is_day(field) else (value, value)


def _day(day: date) -> tuple[str, str]:
    return f"{day.year}年{day.month}月{day.day}日", f"{day.day} {month_name[day.month]} {day.year}"


def _once(codes: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(code for code in codes if code))
