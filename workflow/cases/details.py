"""Validators for action details. Rejects strings that a database cannot store."""

from __future__ import annotations

from typing import Any

from workflow.cases.claims import ClaimFiled
from workflow.cases.flags import FlagRaised
from workflow.cases.review.questions import QuestionAsked
from workflow.engine import Kind
from workflow.engine.details import day, maybe_text, moment, text, texts


def claims(said: Any) -> bool:
    """True for a list of claims with valid parts."""
    return isinstance(said, tuple | list) and all(
        isinstance(claim, ClaimFiled)
        and text(claim.field)
        and text(claim.cause)
        and text(claim.new)
        and text(claim.variant)
        and (claim.event_date is None or day(claim.event_date))
        for claim in said
    )


def questions(said: Any) -> bool:
    """True for a list of questions with valid parts."""
    return isinstance(said, tuple | list) and all(
        isinstance(one, QuestionAsked) and text(one.kind) and text(one.about) and text(one.words)
        for one in said
    )


def flags(said: Any) -> bool:
    """True for a list of flags with valid parts."""
    return isinstance(said, tuple | list) and all(
        isinstance(one, FlagRaised)
        and text(one.claim)
        and text(one.field)
        and text(one.kind)
        and text(one.shown)
        for one in said
    )


CASE_DETAILS: dict[str, Kind] = {
    "record": text,
    "campaign": lambda said: said is None or text(said),
    "previous": text,
    "seen": text,
    "right": texts,
    "fields": texts,
    "looked_on": lambda said: said is None or day(said),
    "claims": claims,
    "papers": texts,
    "begun_at": lambda said: said is None or moment(said),
    "words": maybe_text,
    "refusal": maybe_text,
    "claim": maybe_text,
    "outcome": maybe_text,
    "seen_on": lambda said: said is None or day(said),
    "step": text,
    "batch": text,
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
    "whom": maybe_text,
    "addressee": maybe_text,
    "asks": maybe_text,
    "person": maybe_text,
    "paper": maybe_text,
    "how": maybe_text,
    "returned_on": lambda said: said is None or day(said),
    "ticked": texts,
    "flags": flags,
    "source": text,
    "data_of": day,
}
"""The validators of all details that case actions read."""
