"""The claims of a case as pages show them: old beside new, what follows from it, what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from web.shared.compare import Piece, code_points, compared
from web.shared.security import place
from workflow.cases.claims import as_filed, following, opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.history.entry import Entry

STEPPING = ("pass_step", "fail_step", "receive")
"""The acts that take a step and may say something of it."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim: old beside new in pieces, with the code points that an eye cannot tell apart.

    ``follows`` are fields that change with it, ``words`` what the reviewer said of it; ``moved`` is what the
    record says now, where that is neither old nor new.
    """

    id: str
    field: str
    cause: str
    event_date: date | None
    outcome: str
    seen_on: date | None
    old: str
    new: str
    before: list[Piece]
    after: list[Piece]
    points_before: list[tuple[str, str]]
    points_after: list[tuple[str, str]]
    follows: list[tuple[str, str]]
    words: str
    ruling: str
    moved: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The claims of a case that were not withdrawn, as they were filed, and the words of its last decision.

    ``of_steps`` is what was said when a step was taken, by its id. ``asked`` is what was said against it: why
    it was taken up again, by the student or a second reviewer, and statements of disagreement, oldest first.
    ``how`` is what a proxy said of how they were asked.
    """

    claims: tuple[ClaimView, ...]
    words: str
    asked: tuple[tuple[str, str], ...] = ()
    of_steps: Mapping[str, str] = field(default_factory=dict)
    how: str = ""


def ruling(facts: CaseFacts, entries: Iterable[tuple[Entry, str]], moved: Mapping[str, str]) -> Ruling:
    """The claims of a case with their values opened, and what was said; ``moved`` is by claim."""
    of_claim: dict[str, str] = {}
    of_case = how = ""
    of_steps: dict[str, str] = {}
    asked: list[tuple[str, str]] = []
    for entry, words in entries:
        if not words:
            continue
        if entry.action == "settle":
            of_claim |= dict.fromkeys(entry.claims, words)
        elif entry.action in ("correct", "reject"):
            of_case = words
        elif entry.action in STEPPING:
            of_steps |= dict.fromkeys(entry.steps, words)
        elif entry.action == "raise":
            how = words
        elif entry.action in ("dispute", "reopen", "disagree"):
            asked.append((entry.action, words))
    in_order = sorted(facts.claims, key=lambda claim: (claim.filed_at, claim.field))
    claims = tuple(_shown(claim, of_claim.get(claim.id, ""), moved.get(claim.id)) for claim in in_order)
    return Ruling(claims, of_case, tuple(asked), of_steps, how)


def _shown(claim: ClaimFacts, words: str, moved: str | None) -> ClaimView:
    name = claim.field == "XM"
    old, new = opened(place().cipher, claim)
    before, after = compared(old, new)
    follows = following(as_filed(claim, new)).items()
    return ClaimView(
        id=claim.id,
        field=claim.field,
        cause=claim.cause,
        event_date=claim.event_date,
        outcome=claim.outcome,
        seen_on=claim.seen_on,
        old=old,
        new=new,
        before=before,
        after=after,
        points_before=code_points(before) if name else [],
        points_after=code_points(after) if name else [],
        follows=[(field, value) for field, value in follows if field != claim.field],
        words=words,
        ruling=claim.ruling,
        moved=moved,
    )
