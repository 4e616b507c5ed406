"""The claims of a case as pages show them: old beside new, what follows from it, what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from web.shared.compare import Piece, code_points, compared
from web.shared.security import place
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.tables import Claim
from workflow.cases.views.lookup import claims_of
from workflow.history.timeline import words_said

STEPPING = ("pass_step", "fail_step", "receive")
"""The acts that take a step and may say something of it."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim. ``follows`` are fields that change with it; ``words`` what the reviewer said of it."""

    claim: Claim
    old: str
    new: str
    before: list[Piece]
    after: list[Piece]
    follows: list[tuple[str, str]]
    words: str

    @property
    def points_before(self) -> list[tuple[str, str]]:
        """Code points of the old name's characters that differ or are rare."""
        return code_points(self.before) if self.claim.field == "XM" else []

    @property
    def points_after(self) -> list[tuple[str, str]]:
        """The same of the new name."""
        return code_points(self.after) if self.claim.field == "XM" else []


@dataclass(frozen=True, slots=True)
class Ruling:
    """The claims of a case in the order in which they were filed, and the words of its last decision.

    ``of_steps`` is what was said when a step was taken, by its id. ``asked`` is what was said against it: why
    it was taken up again, by the student or a second reviewer, and statements of disagreement, oldest first.
    ``how`` is what a proxy said of how they were asked.
    """

    claims: list[ClaimView]
    words: str
    asked: tuple[tuple[str, str], ...] = ()
    of_steps: Mapping[str, str] = field(default_factory=dict)
    how: str = ""


def ruling(session: Session, case: str) -> Ruling:
    """Every claim of a case with its values opened, and what was said."""
    of_claim: dict[str, str] = {}
    of_case = how = ""
    of_steps: dict[str, str] = {}
    asked: list[tuple[str, str]] = []
    for entry, words in words_said(session, place().cipher, case):
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
    claims = [_shown(claim, of_claim.get(claim.id, "")) for claim in claims_of(session, case)]
    return Ruling(claims, of_case, tuple(asked), of_steps, how)


def _shown(claim: Claim, words: str) -> ClaimView:
    cipher = place().cipher
    old = cipher.open(claim.old, table="claim", column="old", row=claim.id)
    new = cipher.open(claim.new, table="claim", column="new", row=claim.id)
    before, after = compared(old, new)
    return ClaimView(
        claim, old, new, before, after, _follows(ClaimFiled(claim.field, claim.cause, new)), words
    )


def _follows(claim: ClaimFiled) -> list[tuple[str, str]]:
    return [(field, value) for field, value in following(claim).items() if field != claim.field]


def still_standing(claims: Iterable[ClaimView]) -> list[ClaimView]:
    """Without those that were withdrawn."""
    return [shown for shown in claims if shown.claim.outcome != "withdrawn"]
