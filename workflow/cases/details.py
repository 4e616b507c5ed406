"""Of what kind the details of an action are. Text that no database keeps is no text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.engine import Kind

LONGEST = 4000


def text(said: Any) -> bool:
    """Text that can be kept and shown: no NUL, no half of a surrogate pair, of a length people write."""
    if not isinstance(said, str) or len(said) > LONGEST or "\0" in said:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in said)


def maybe_text(said: Any) -> bool:
    """Text, or nothing where a form was left empty."""
    return said is None or text(said)


def day(said: Any) -> bool:
    """A day, and not a moment."""
    return isinstance(said, date) and not isinstance(said, datetime)


def moment(said: Any) -> bool:
    """A moment that knows its zone."""
    return isinstance(said, datetime) and said.tzinfo is not None


def texts(said: Any) -> bool:
    """A handful of texts."""
    return isinstance(said, tuple | list) and all(text(one) for one in said)


def claims(said: Any) -> bool:
    """A handful of claims, each of sound parts."""
    return isinstance(said, tuple | list) and all(
        isinstance(claim, ClaimFiled)
        and text(claim.field)
        and text(claim.cause)
        and text(claim.new)
        and (claim.event_date is None or day(claim.event_date))
        for claim in said
    )


def questions(said: Any) -> bool:
    """A handful of things to ask, each of sound parts."""
    return isinstance(said, tuple | list) and all(
        isinstance(one, QuestionAsked) and text(one.kind) and text(one.about) and text(one.words)
        for one in said
    )


CASE_DETAILS: dict[str, Kind] = {
    "record": text,
    "campaign": lambda said: said is None or text(said),
    "previous": text,
    "seen": text,
    "claims": claims,
    "papers": texts,
    "begun_at": lambda said: said is None or moment(said),
    "words": maybe_text,
    "refusal": maybe_text,
    "claim": maybe_text,
    "outcome": maybe_text,
    "seen_on": lambda said: said is None or day(said),
    "step": text,
    "sent_on": lambda said: said is None or day(said),
    "received_on": lambda said: said is None or day(said),
    "number": maybe_text,
    "due": lambda said: said is None or day(said),
    "base": maybe_text,
    "code": maybe_text,
    "only": texts,
    "questions": questions,
    "question": maybe_text,
    "value": maybe_text,
    "to": maybe_text,
}
"""Every detail that an action on a case reads."""
