"""The claims of a case for pages: old and new values, values that follow, and comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from web.shared.compare import Piece, code_points, compared
from web.shared.security import place
from workflow.cases.claims import as_filed, following, opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.history.entry import Entry

STEPPING = ("pass_step", "fail_step", "receive")
"""The actions on steps that can carry a comment."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim: old and new value in pieces, with code points of characters that look alike.

    ``follows`` are the fields that change with it. ``words`` is the reviewer's comment. ``moved`` is the
    record's present value, if it is neither old nor new.
    """

    facts: ClaimFacts
    old: str
    new: str
    before: list[Piece]
    after: list[Piece]
    points_before: list[tuple[str, str]]
    points_after: list[tuple[str, str]]
    follows: list[tuple[str, str]]
    words: str
    moved: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The claims of a case that are not withdrawn, in filing order, and the words of its last decision.

    ``of_steps`` maps a step's id to its comment. ``asked`` lists objections to the decision, oldest first:
    the student's or a second reviewer's reasons to reopen, and statements of disagreement. ``how`` says how
    a proxy was asked.
    """

    claims: tuple[ClaimView, ...]
    words: str
    asked: tuple[tuple[str, str], ...] = ()
    of_steps: Mapping[str, str] = field(default_factory=dict)
    how: str = ""


def ruling(facts: CaseFacts, entries: Iterable[tuple[Entry, str]], moved: Mapping[str, str]) -> Ruling:
    """The claims of a case with their values opened, and the comments. ``moved`` is keyed by claim id."""
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
        facts=claim,
        old=old,
        new=new,
        before=before,
        after=after,
        points_before=code_points(before) if name else [],
        points_after=code_points(after) if name else [],
        follows=[(field, value) for field, value in follows if field != claim.field],
        words=words,
        moved=moved,
    )
