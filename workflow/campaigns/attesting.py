"""A college signs its list as it stands: the entry commits to every line, and what changed since is shown.

The list is taken when the students' time is over, and signed for what the officer saw. What is signed is no
state of any case: a case may still be decided, deemed or excluded afterwards, and the signature shows it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from states import NOWHERE
from states import campaign as campaign_states
from states.attestation import ATTESTATION, SIGNED
from workflow.campaigns.chasing import campaign_is_held
from workflow.campaigns.roll import Entrant, roll
from workflow.campaigns.tables import Attestation
from workflow.cases import kinds
from workflow.cases.checks import words_given
from workflow.cases.facts import CampaignFacts, campaign_facts
from workflow.cases.guards import said
from workflow.engine import Attempt, Binding, Change, Guard
from workflow.history.ledger import read_entry
from workflow.history.timeline import opened
from workflow.people.access import grants_at_the_door, holds_the_role
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.texts import clean_words
from workflow.store import as_text
from workflow.verdict import Reason

LIST = "list"
"""Under this name the entry commits to the list."""


@dataclass(frozen=True, slots=True)
class AttestationFacts:
    """One signature under a college's list, as its guards see it."""

    id: str
    state: str
    version: int
    college: str
    campaign: CampaignFacts
    concerns: str = ""
    lifecycle: str = ATTESTATION.name


@dataclass(frozen=True, slots=True)
class Frozen:
    """A college's list: one line for each person, and what each says in a word."""

    lines: tuple[tuple[str, str, str, str], ...]

    @property
    def text(self) -> str:
        """The list as it is signed: class, number, name and word, one person a line."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.lines)

    @property
    def words(self) -> Mapping[str, int]:
        """How often each word stands in it."""
        return Counter(line[3] for line in self.lines)

    @classmethod
    def of(cls, entrants: Iterable[Entrant]) -> Frozen:
        """The list of a college's roll."""
        return cls(tuple((one.group, one.number, one.name, _word(one)) for one in entrants))

    @classmethod
    def from_text(cls, text: str) -> Frozen:
        """The list behind its text."""
        rows = (json.loads(line) for line in text.split("\n"))
        return cls(tuple((group, number, name, word) for group, number, name, word in rows))

    def changed_since(self, earlier: Frozen) -> int:
        """How many lines are not as they were: other words, new people, people gone."""
        now, then = set(self.lines), set(earlier.lines)
        return max(len(now - then), len(then - now))


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that stands: who and when, the commitment in the entry, and the list, unless erased."""

    id: str
    version: int
    college: str
    by: str
    at: datetime
    digest: str
    frozen: Frozen | None


def _word(one: Entrant) -> str:
    """What one line says: the exclusion, else the state, deemed apart, and why nothing was said."""
    if one.excluded:
        return f"excluded:{one.excluded}"
    if one.silent:
        return f"{one.state}:{one.reason}" if one.reason else one.state
    return f"{one.state}:{one.manner}" if one.manner in ("deemed", "proxy") else one.state


def frozen_now(session: Session, campaign: str, college: str) -> Frozen:
    """The list of a college as it stands."""
    return Frozen.of(roll(session, campaign, college))


def seen_as(cipher: Cipher, frozen: Frozen) -> str:
    """What a page that shows the list sends along, so that nothing else is signed."""
    return cipher.digest("list", frozen.text.encode())


def signed(session: Session, cipher: Cipher, campaign: str, college: str | None = None) -> tuple[Signed, ...]:
    """The signatures that stand in a campaign, by college; of one college with its list opened."""
    asked = (
        select(Attestation.id, Attestation.version, Attestation.college, Person.name, Attestation.signed_at)
        .outerjoin(Person, Person.id == Attestation.signed_by)
        .where(Attestation.campaign_id == campaign, Attestation.state == SIGNED)
        .order_by(Attestation.college)
    )
    if college is not None:
        asked = asked.where(Attestation.college == college)
    found = []
    for id, version, of, name, at in session.execute(asked).all():
        text = opened(session, cipher, id, 1).get(LIST) if college is not None else None
        digest = read_entry(session, id, 1).values[LIST]
        frozen = None if text is None else Frozen.from_text(text)
        found.append(Signed(id, version, of, name or "", at, digest, frozen))
    return tuple(found)


# -- guards, checks, effects ----------------------------------------------------------------------------


def college_is_theirs(attempt: Attempt) -> Reason | None:
    """A list is signed by an officer of that college."""
    if ("officer", attempt.subject.college) in grants_at_the_door(attempt):
        return None
    return Reason(
        "not_your_college",
        "这不是您所在学院的名单。",
        remedy="请由该学院的经办人签认。",
        stranger=True,
    )


def students_are_done(attempt: Attempt) -> Reason | None:
    """A list that students can still change is not signed."""
    campaign = attempt.subject.campaign
    if attempt.at > campaign.closes_at or campaign.state == campaign_states.CLOSING:
        return None
    return Reason(
        "students_not_done",
        "学生核对到 {closes} 才截止，名单还会变。",
        {"closes": said(campaign.closes_at)},
        remedy="请在学生截止之后签认。",
        until=campaign.closes_at.isoformat(),
        source="campaigns.toml",
    )


def list_is_not_empty(attempt: Attempt) -> Reason | None:
    """There is nothing to sign where nobody takes part."""
    if _list(attempt).lines:
        return None
    return Reason("list_empty", "这次自查中没有本学院的学生。", remedy="不需要签认。")


def _list(attempt: Attempt) -> Frozen:
    known: Frozen | None = attempt.memo.get("list")
    if known is None:
        subject = attempt.subject
        known = attempt.memo["list"] = frozen_now(attempt.session, subject.campaign.id, subject.college)
    return known


ALREADY_SIGNED = Reason(
    "list_signed_already",
    "本学院的名单已有人签认。",
    remedy="如需重新签认，请先撤回已有的签认。",
    rule="sign",
)


class _Rules:
    """What needs the cipher."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def list_as_seen(self, attempt: Attempt) -> Reason | None:
        """What is signed is what the page showed."""
        if attempt.details.get("seen") == seen_as(self._cipher, _list(attempt)):
            return None
        return Reason(
            "list_changed", "在您查看之后，名单有变化，没有签认。", remedy="请核对新的名单，再签认。"
        )


def keep_list(attempt: Attempt, change: Change) -> None:
    """The entry commits to every line; in the open it says only how many there are."""
    frozen = _list(attempt)
    change.values[LIST] = frozen.text
    change.codes.append(f"lines:{len(frozen.lines)}")


def keep_words(attempt: Attempt, change: Change) -> None:
    """Why the signature was taken back."""
    change.values["words"] = clean_words(attempt.details["words"])


# -- the room -------------------------------------------------------------------------------------------


def attestation_room(cipher: Cipher) -> Binding:
    """Bind the attestation to its table and rules."""
    return Binding(
        lifecycle=ATTESTATION,
        table=Attestation.__table__,  # type: ignore[arg-type]
        guards={
            "holds_the_role": Guard(holds_the_role),
            "college_is_theirs": Guard(college_is_theirs),
            "campaign_is_held": Guard(campaign_is_held),
            "students_are_done": Guard(students_are_done),
            "list_is_not_empty": Guard(list_is_not_empty),
        },
        checks={"list_as_seen": _Rules(cipher).list_as_seen, "words_given": words_given},
        effects={"keep_list": keep_list, "keep_words": keep_words},
        read=_read,
        look=_look,
        conceive=_to_be,
        born=_born,
        judged_by=_judged_by,
        details={
            "campaign": kinds.text,
            "college": kinds.text,
            "seen": kinds.text,
            "words": kinds.maybe_text,
        },
        collisions=dict.fromkeys(
            ("uq_attestation_one_signed", "attestation.campaign_id, attestation.college"), ALREADY_SIGNED
        ),
    )


def _born(attempt: Attempt) -> dict[str, Any]:
    return {
        "campaign_id": attempt.subject.campaign.id,
        "college": attempt.subject.college,
        "signed_by": attempt.by.person,
        "signed_at": as_text(attempt.at),
    }


def _judged_by(attestation: AttestationFacts, action: str) -> str:
    """By the text of its campaign's start."""
    return attestation.campaign.policy


_KEPT = select(
    Attestation.id, Attestation.state, Attestation.version, Attestation.college, Attestation.campaign_id
)


def _read(session: Session, id: str) -> AttestationFacts | None:
    return _facts(session, _KEPT.where(Attestation.id == id).with_for_update())


def _look(session: Session, id: str) -> AttestationFacts | None:
    return _facts(session, _KEPT.where(Attestation.id == id))


def _facts(session: Session, asked: Select[*tuple[Any, ...]]) -> AttestationFacts | None:
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    id, state, version, college, campaign = found
    return AttestationFacts(id, state, version, college, campaign_facts(session, campaign))


def _to_be(session: Session, id: str, details: Mapping[str, Any]) -> AttestationFacts:
    campaign = campaign_facts(session, details["campaign"])
    return AttestationFacts(id, NOWHERE, 0, details["college"], campaign)
