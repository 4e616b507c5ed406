"""Which act on a case makes which letter, and what the letter says of the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from config.policy import School
from config.profile import Profile
from workflow.cases.attempt import Attempt
from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts
from workflow.cases.load import whole_of_case
from workflow.cases.review.questions import QuestionFacts, questions_of
from workflow.cases.review.steps import ANSWERED
from workflow.cases.views.lookup import names_of
from workflow.engine import Entropy
from workflow.history.codes import DECIDED_OUTSIDE, RECEIVED_ON, find
from workflow.history.entry import Entry
from workflow.history.ledger import open_words
from workflow.history.tables import EntryRow, Opening
from workflow.letters.facts import LetterFacts, LetterItem, LetterQuestion, Reply
from workflow.letters.register import end, give
from workflow.people.cipher import Cipher
from workflow.permissions.facts import after_freezes
from workflow.store import Prepared

MAKES = {
    "take_up": "acceptance",
    "ask": "supplement",
    "correct": "decision",
    "reject": "decision",
    "lapse": "termination",
}
"""The kind of letter that each of these acts makes."""

ENDS_ONE = {
    "undo": "undone",
    "withdraw": "withdrawn",
    **dict.fromkeys(("dispute", "reopen", "resume"), "reopened"),
}
"""The acts after which the letter of the decision no longer holds, and why; or none of a filing does."""

DECISIONS = ("correct", "reject")
REPLIES = ("receive", "answer_in_batch")
"""The acts that enter what a body outside replied."""
Sender = Callable[[Session], Profile]
"""Gives the school as its letters name it now."""

_SAID = Prepared(
    select(EntryRow.number, EntryRow.body, Opening.sealed)
    .outerjoin(
        Opening,
        and_(
            Opening.subject == EntryRow.subject,
            Opening.number == EntryRow.number,
            Opening.name == "words",
        ),
    )
    .where(EntryRow.subject == bindparam("case"), EntryRow.number.is_not(None))
    .where(EntryRow.action.in_(("settle", *REPLIES, *DECISIONS)))
    .order_by(EntryRow.number)
)


class LetterWriter:
    """Gives the letter of an act in the act's own transaction."""

    def __init__(self, cipher: Cipher, entropy: Entropy, sender: Sender) -> None:
        self._cipher, self._entropy, self._sender = cipher, entropy, sender

    def written(self, attempt: Attempt) -> None:
        """Give the letter that an act makes, or end the one that it takes back."""
        action, case = attempt.action.name, attempt.subject.id
        if why := ENDS_ONE.get(action):
            end(attempt.session, case, why, attempt.at)
        if kind := MAKES.get(action):
            sender = self._sender(attempt.session)
            give(
                attempt.session,
                self._cipher,
                self._entropy,
                case=case,
                version=attempt.subject.version + 1,
                kind=kind,
                word=sender.document_word,
                facts=self._facts(attempt, kind, sender),
            )

    def _facts(self, attempt: Attempt, kind: str, sender: Profile) -> LetterFacts:
        session, policy = attempt.session, attempt.policy
        whole = whole_of_case(session, attempt.subject.id)
        assert whole is not None
        case = whole.case(attempt.subject.id)
        assert case is not None
        entries = self._entries(session, case.id) if kind == "decision" else ()
        of_case, of_claim = words_of(entries)
        names = names_of(session, (case.proxy, case.proxy_for)) if case.proxy else {}
        facts = facts_of(
            self._cipher, whole.values, case, of_claim, at=attempt.at, sender=sender, names=names
        )
        if kind == "supplement":
            asked = [one for one in questions_of(attempt) if one.asked_at == attempt.at]
            return replace(facts, questions=_asked(self._cipher, case, asked))
        until = disputable_until(case, policy.school)
        return replace(facts, words=of_case, replies=replies_of(case, entries), dispute_until=until)

    def _entries(self, session: Session, case: str) -> Sequence[tuple[Entry, str]]:
        """The entries with words that a decision speaks of."""
        rows = _SAID.rows(session, {"case": case})
        return [
            (Entry.from_body(row.body), open_words(self._cipher, case, row.number, row.sealed))
            for row in rows
        ]


def replies_of(case: CaseFacts, entries: Iterable[tuple[Entry, str]]) -> tuple[Reply, ...]:
    """The offices outside that did not agree, each with its own words and their day; each once."""
    said = {
        step: (words, find(entry.codes, RECEIVED_ON).day)
        for entry, words in entries
        if entry.action in REPLIES and words
        for step in entry.steps
    }
    failed = [step for step in case.every_step if step.outcome == "failed" and step.kind in ANSWERED]
    return tuple(dict.fromkeys((step.office, *said[step.id]) for step in failed if step.id in said))


def replies_to(entries: Iterable[tuple[Entry, str]]) -> dict[str, Reply]:
    """Of each claim that a body outside refused: which body, its last words, and their day."""
    said = dict[str, Reply]()
    for entry, words in entries:
        if office := find(entry.codes, DECIDED_OUTSIDE).value if entry.action in REPLIES else "":
            reply = (office, words, find(entry.codes, RECEIVED_ON).day)
            said |= dict.fromkeys(entry.claims, reply)
    return said


def words_of(entries: Iterable[tuple[Entry, str]]) -> tuple[str, dict[str, str]]:
    """The words of the last decision about the whole case, and about each of its claims."""
    of_case, of_claim = "", dict[str, str]()
    for entry, words in entries:
        if entry.action == "settle":
            of_claim |= dict.fromkeys(entry.claims, words)
        elif entry.action in DECISIONS:
            of_case = words
    return of_case, of_claim


def disputable_until(case: CaseFacts, school: School) -> datetime | None:
    """Until when the student can say that a correction is still wrong; None where nothing was corrected."""
    if case.decided_at is None or not any(claim.outcome == "corrected" for claim in case.claims):
        return None
    days = timedelta(days=school.policy.periods.dispute_days)
    return after_freezes(case.permissions, case.decided_at, days)


def facts_of(
    cipher: Cipher,
    values: Mapping[str, Any],
    case: CaseFacts,
    words: Mapping[str, str],
    *,
    at: datetime,
    sender: Profile,
    names: Mapping[str, str],
) -> LetterFacts:
    """What a letter given at this moment says of a case. ``values`` are the record's, by column.

    ``names`` are those of who filed for the student and of the person they stood in for, by their ids.
    """
    items = []
    for claim in case.claims:
        old, new = opened(cipher, claim)
        said = words.get(claim.id, "")
        items.append(
            LetterItem(
                claim.field,
                old,
                new,
                claim.cause,
                claim.outcome,
                claim.ruling,
                claim.seen_on,
                said,
                claim.variant,
                claim.event_date,
            )
        )
    return LetterFacts(
        name=str(values["XM"] or ""),
        number=str(values["XH"] or ""),
        college=str(values["FY"] or ""),
        major=str(values["ZYMC"] or ""),
        receipt=case.receipt,
        filed_at=case.filed_at or at,
        given_at=at,
        proxy=case.proxy_role,
        proxy_name=names.get(case.proxy, ""),
        proxy_for=names.get(case.proxy_for, ""),
        items=tuple(items),
        ruling=case.ruling,
        reconfirm_until=case.afterwards.reconfirm_until,
        sender=sender,
    )


def _asked(cipher: Cipher, case: CaseFacts, asked: Iterable[QuestionFacts]) -> tuple[LetterQuestion, ...]:
    fields = {claim.id: claim.field for claim in case.claims}
    return tuple(
        LetterQuestion(
            one.kind,
            fields.get(one.about, one.about),
            cipher.open(one.asked, table="question", column="asked", row=one.id),
            one.due,
        )
        for one in asked
    )
