"""A college signs its list: the entry commits to every line, and later changes are shown.

The list is taken when the students' time is over, and signed as the officer saw it. If the school's rules say
so, an unsigned list stands without objection after the colleges' deadline; it is never shown or counted as
signed. An attestation is no state of a case: a case may later be decided, deemed or excluded, and the list
shows it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import exists, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from states import NOWHERE
from states import campaign as campaign_states
from states.attestation import ATTESTATION, DEEMED, STANDING
from workflow.campaigns.colleges.deadline import BEGUN, Deadline, Telling, deadline_of, officers_of, told
from workflow.campaigns.colleges.roll import Entrant, roll
from workflow.campaigns.tables import Attestation
from workflow.cases.common import words_given
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.engine import Attempt as AttemptOn
from workflow.engine import Binding, Change, by_name, details, guards, in_words, is_id
from workflow.history.codes import LINES, OFFICER, TOLD_AT, TOLD_BY, Code, find
from workflow.history.ledger import read_entry
from workflow.history.timeline import opened
from workflow.people.access import held_here, holds_the_role
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.reach import of_college
from workflow.records.texts import clean_words
from workflow.store import as_text, from_text, table_of
from workflow.verdict import Reason

LIST = "list"
"""The name under which the entry commits to the list."""


@dataclass(frozen=True, slots=True)
class AttestationFacts:
    """The attestation of one college's list, as its guards read it."""

    id: str
    state: str
    version: int
    college: str
    campaign: CampaignFacts
    concerns: str = ""
    lifecycle: str = ATTESTATION.name


@dataclass(frozen=True, slots=True)
class Frozen:
    """A college's list: one line for each person, each with a status word."""

    lines: tuple[tuple[str, str, str, str], ...]

    @property
    def text(self) -> str:
        """The list as signed: class, number, name and status word, one person a line."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.lines)

    @property
    def words(self) -> Mapping[str, int]:
        """How often each status word occurs."""
        return Counter(line[3] for line in self.lines)

    @classmethod
    def of(cls, entrants: Iterable[Entrant]) -> Frozen:
        """The list of a college's roll."""
        return cls(tuple((one.group, one.number, one.name, _word(one)) for one in entrants))

    @classmethod
    def from_text(cls, text: str) -> Frozen:
        """Parse a list from its text."""
        rows = (json.loads(line) for line in text.split("\n"))
        return cls(tuple((group, number, name, word) for group, number, name, word in rows))

    def changed_since(self, earlier: Frozen) -> int:
        """How many lines differ: changed status words, added people, removed people."""
        now, then = set(self.lines), set(earlier.lines)
        return max(len(now - then), len(then - now))


@dataclass(frozen=True, slots=True)
class AttestationState:
    """A list that is signed or deemed without objection: since when, its commitment, its lines.

    ``by`` is the signer, '' if deemed; then ``told`` says how an officer was told of the deadline. The lines
    are None if they were erased or not requested.
    """

    id: str
    version: int
    college: str
    state: str
    by: str
    since: datetime
    digest: str
    frozen: Frozen | None
    told: Telling | None

    @property
    def deemed(self) -> bool:
        """True if the list is unsigned and stands without objection."""
        return self.state == DEEMED


def _word(one: Entrant) -> str:
    """The status word of a line: the exclusion, else the state, with manner or reason."""
    if one.excluded:
        return f"excluded:{one.excluded}"
    if one.silent:
        return f"{one.state}:{one.reason}" if one.reason else one.state
    return f"{one.state}:{one.manner}" if one.manner in ("deemed", "proxy") else one.state


def frozen_now(session: Session, campaign: str, college: str) -> Frozen:
    """The present list of a college."""
    return Frozen.of(roll(session, campaign, of_college(college)))


def seen_as(cipher: Cipher, frozen: Frozen) -> str:
    """The digest that a page sends with the signature, so that only the list it showed is signed."""
    return cipher.digest("list", frozen.text.encode())


def standing(
    session: Session, cipher: Cipher, campaign: str, college: str | None = None
) -> tuple[AttestationState, ...]:
    """The signed or deemed lists of a campaign, by college. For one college with its lines."""
    asked = (
        select(Attestation, Person.name)
        .outerjoin(Person, Person.id == Attestation.signed_by)
        .where(Attestation.campaign_id == campaign, Attestation.state.in_(STANDING))
        .order_by(Attestation.college)
    )
    if college is not None:
        asked = asked.where(Attestation.college == college)
    return tuple(
        _standing(session, cipher, row, name or "", with_list=college is not None)
        for row, name in session.execute(asked).all()
    )


def _standing(
    session: Session, cipher: Cipher, row: Attestation, name: str, *, with_list: bool
) -> AttestationState:
    # A list in force gets no further entry, so the last entry is the one that signed or deemed it.
    entry = read_entry(session, row.id, row.version)
    text = opened(session, cipher, row.id, row.version).get(LIST) if with_list else None
    return AttestationState(
        id=row.id,
        version=row.version,
        college=row.college,
        state=row.state,
        by=name,
        since=row.since,
        digest=entry.values[LIST],
        frozen=None if text is None else Frozen.from_text(text),
        told=_telling(session, entry.codes) if row.state == DEEMED else None,
    )


def _telling(session: Session, codes: Iterable[str]) -> Telling:
    """The notice to an officer that is named by an entry which deemed a list."""
    said = tuple(codes)
    officer, at, by = (find(said, name).value for name in (OFFICER, TOLD_AT, TOLD_BY))
    name = session.scalar(select(Person.name).where(Person.id == officer))
    return Telling(officer, name or "", from_text(at), by)


# -- guards, checks, effects ----------------------------------------------------------------------------


@dataclass(slots=True)
class ListFindings:
    """What one attempt has found out: the list as it is now, and the officer who had been told."""

    list: Frozen | None = None
    telling: Telling | None = None


Attempt: TypeAlias = AttemptOn[AttestationFacts, Rules, ListFindings]


@in_words("是本学院的名单", "of one's own college")
def college_is_theirs(attempt: Attempt) -> Reason | None:
    """Only an officer of this whole college may sign. The system alone may deem an unsigned list."""
    if attempt.by.is_system or any(
        one.of_whole_college and one.scope.college == attempt.subject.college for one in held_here(attempt)
    ):
        return None
    return Reason(
        "not_your_college",
        "这不是您所在学院的名单。",
        remedy="请由该学院的经办人签认。",
        stranger=True,
    )


@in_words("活动已经开始", "the campaign was begun")
def campaign_was_begun(attempt: Attempt) -> Reason | None:
    """The campaign must have begun. It may be closed, because the colleges' deadline is later."""
    if attempt.subject.campaign.state in BEGUN:
        return None
    return Reason("campaign_not_begun", "自查活动没有开始，或已经取消。", remedy="不需要签认名单。")


@in_words("学生的截止时间已过", "the students' time is over")
def students_are_done(attempt: Attempt) -> Reason | None:
    """A list cannot be signed while students can still change it."""
    campaign = attempt.subject.campaign
    if attempt.at > campaign.closes_at or campaign.state == campaign_states.CLOSING:
        return None
    return Reason(
        "students_not_done",
        "学生核对到 {closes} 才截止，名单还会变。",
        {"closes": campaign.closes_at},
        remedy="请在学生截止之后签认。",
        until=campaign.closes_at.isoformat(),
        source="学校公布的自查活动安排",
    )


@in_words("名单不是空的", "the list is not empty")
def list_is_not_empty(attempt: Attempt) -> Reason | None:
    """A list without students cannot be signed."""
    if _list(attempt).lines:
        return None
    return Reason("list_empty", "这次自查中没有本学院的学生。", remedy="不需要签认。")


@in_words("规则规定学院未签认视为无异议", "by the rules a college's silence counts")
def colleges_silence_counts(attempt: Attempt) -> Reason | None:
    """An unsigned list stands only if the school's rules say so."""
    deadline = _deadline(attempt)
    if deadline is not None and deadline.deems:
        return None
    return Reason(
        "college_silence_means_nothing",
        "按学校规则，本次自查中学院没有签认不等于无异议。",
        remedy="请继续催办签认。",
    )


@in_words("学院的截止时间已过", "the colleges' time is over")
def colleges_are_done(attempt: Attempt) -> Reason | None:
    """An unsigned list counts only after the last second of the colleges' deadline."""
    deadline = _deadline(attempt)
    if deadline is None or attempt.at > deadline.at:
        return None
    return Reason(
        "colleges_not_done",
        "学院签认名单到 {closes} 才截止。",
        {"closes": deadline.at},
        remedy="请在学院截止之后再来。",
        until=deadline.at.isoformat(),
        source="学校公布的自查活动安排",
    )


@in_words("学院没有签认或撤回过", "the college has said nothing")
def college_said_nothing(attempt: Attempt) -> Reason | None:
    """A college that signed, or withdrew a list, is not deemed."""
    subject = attempt.subject
    spoken = exists().where(
        Attestation.campaign_id == subject.campaign.id, Attestation.college == subject.college
    )
    if not attempt.session.scalar(select(spoken)):
        return None
    return Reason(
        "college_has_spoken",
        "本学院签认过名单，或撤回过，不能视为无异议。",
        remedy="请由本学院的经办人签认。",
    )


@in_words("经办人在截止前收到过通知", "an officer was told of the deadline in time")
def college_was_told(attempt: Attempt) -> Reason | None:
    """A list can be deemed only if an officer of the college was told of this deadline in time."""
    if _telling_of(attempt) is not None:
        return None
    deadline = _deadline(attempt)
    if deadline is not None and not officers_of(attempt.session, deadline.at).get(attempt.subject.college):
        return Reason(
            "college_without_officer",
            "本学院在截止时没有经办人，不能视为无异议。",
            remedy="请为学院指定经办人，由其签认。",
        )
    return Reason(
        "officer_never_told",
        "没有本学院经办人在截止前收到通知的记录，不能视为无异议。",
        remedy="请联系学院经办人签认。",
    )


def _deadline(attempt: Attempt) -> Deadline | None:
    return deadline_of(attempt.policy, attempt.subject.campaign)


def _telling_of(attempt: Attempt) -> Telling | None:
    found, deadline = attempt.found, _deadline(attempt)
    if found.telling is None and deadline is not None:
        campaign = attempt.subject.campaign.id
        known = told(attempt.session, attempt.policy, campaign, deadline.at)
        found.telling = known.get(attempt.subject.college)
    return found.telling


def _list(attempt: Attempt) -> Frozen:
    if attempt.found.list is None:
        subject = attempt.subject
        attempt.found.list = frozen_now(attempt.session, subject.campaign.id, subject.college)
    return attempt.found.list


ALREADY_SIGNED = Reason(
    "list_signed_already",
    "本学院的名单刚刚已有人签认，或已视为无异议。",
    remedy="请刷新页面，看现在的情况；如需重新签认，请先撤回已有的签认。",
    rule="sign",
)


class _Rules:
    """The checks that need the cipher."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    @in_words("名单与页面上看到的一致", "the list is the one that was seen")
    def list_as_seen(self, attempt: Attempt) -> Reason | None:
        """The signed list must be the one that the page showed."""
        if attempt.details.get("seen") == seen_as(self._cipher, _list(attempt)):
            return None
        return Reason(
            "list_changed", "在您查看之后，名单有变化，没有签认。", remedy="请核对新的名单，再签认。"
        )


def keep_list(attempt: Attempt, change: Change) -> None:
    """The entry commits to every line. In the open it states only how many there are."""
    frozen = _list(attempt)
    change.values[LIST] = frozen.text
    change.codes.append(Code.count(LINES, len(frozen.lines)))
    change.columns["since"] = as_text(attempt.at)


def keep_the_signer(attempt: Attempt, change: Change) -> None:
    """Record the signer, also for a list that stood without objection before."""
    change.columns["signed_by"] = attempt.by.person


def keep_the_telling(attempt: Attempt, change: Change) -> None:
    """The proof for a deemed list: which officer was told of the deadline, how, and when."""
    telling = _telling_of(attempt)
    assert telling is not None
    change.codes += [Code(OFFICER, telling.person), Code(TOLD_BY, telling.way), Code.at(TOLD_AT, telling.at)]


def keep_words(attempt: Attempt, change: Change) -> None:
    """Keep the reason for the withdrawal."""
    change.values["words"] = clean_words(attempt.details["words"])


# -- the binding ----------------------------------------------------------------------------------------


def attestation_room(cipher: Cipher) -> Binding:
    """Bind the attestation to its table and rules."""
    return Binding(
        lifecycle=ATTESTATION,
        table=table_of(Attestation),
        guards=guards(
            holds_the_role,
            college_is_theirs,
            campaign_was_begun,
            students_are_done,
            colleges_silence_counts,
            colleges_are_done,
            college_said_nothing,
            college_was_told,
            list_is_not_empty,
        ),
        checks=by_name(_Rules(cipher).list_as_seen, words_given),
        effects=by_name(keep_list, keep_the_signer, keep_the_telling, keep_words),
        standing=frozenset(("holds_the_role", "college_is_theirs")),
        read=partial(_look, lock=True),
        look=_look,
        new_subject=_to_be,
        insert_columns=lambda attempt: {
            "campaign_id": attempt.subject.campaign.id,
            "college": attempt.subject.college,
        },
        judged_by=lambda attestation, action: attestation.campaign.policy,
        findings=ListFindings,
        details={
            "campaign": details.text,
            "college": details.text,
            "seen": details.text,
            "words": details.maybe_text,
        },
        collisions=dict.fromkeys(
            ("uq_attestation_one_standing", "attestation.campaign_id, attestation.college"), ALREADY_SIGNED
        ),
    )


_KEPT = select(
    Attestation.id, Attestation.state, Attestation.version, Attestation.college, Attestation.campaign_id
)


def _look(session: Session, id: str, *, lock: bool = False) -> AttestationFacts | None:
    asked = _KEPT.where(Attestation.id == id)
    found = session.execute(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        return None
    id, state, version, college, campaign = found
    return AttestationFacts(id, state, version, college, campaign_facts(session, campaign))


def _to_be(session: Session, id: str, details: Mapping[str, Any]) -> AttestationFacts | None:
    """The list of a college in a campaign, or None if there is no such campaign or no college is named."""
    if "college" not in details or not is_id(details.get("campaign")):
        return None
    try:
        campaign = campaign_facts(session, details["campaign"])
    except NoResultFound:
        return None
    return AttestationFacts(id, NOWHERE, 0, details["college"], campaign)
