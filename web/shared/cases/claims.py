"""The claims of a case for pages: old and new values, values that follow, and comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from config.policy import PolicyQuestion
from web.shared.cases.compare import Glyph, Piece, code_points, compared
from web.shared.numbers import NUMBERS, SIDES, ShownWhole, ends_compared, ends_of
from web.shared.security import place
from workflow.cases import rules
from workflow.cases.claims import as_filed, following, opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.letters import REPLIES
from workflow.evidence.papers import Paper
from workflow.history.codes import MORE, Code
from workflow.history.entry import Entry

STEPPING = ("pass_step", "fail_step", *REPLIES)
"""The actions on steps that can carry a comment."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim: old and new value in pieces, with code points of characters that look alike.

    A full number is masked in all of them; ``hidden`` names the sides (SIDES) that can be shown whole.
    ``follows`` are the fields that change with it. ``words`` is the reviewer's comment. ``moved`` is the
    record's present value, if it is neither old nor new. ``since_shown``: since the data of which day the
    record has the new value, though the claim was refused or lapsed.
    """

    facts: ClaimFacts
    before: list[Piece]
    after: list[Piece]
    points_before: list[Glyph]
    points_after: list[Glyph]
    follows: list[tuple[str, str]]
    words: str
    moved: str | None
    since_shown: date | None = None
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The claims of a case that are not withdrawn, in filing order, and the words of its last decision.

    ``of_steps`` maps a step's id to its comment. ``asked`` lists objections to the decision, oldest first:
    the student's or a second reviewer's reasons to reopen, and statements of disagreement. ``how`` says how
    a proxy was asked. ``more`` are the steps of which the body outside last wanted more.
    """

    claims: tuple[ClaimView, ...]
    words: str
    asked: tuple[tuple[str, str], ...] = ()
    of_steps: Mapping[str, str] = field(default_factory=dict)
    how: str = ""
    more: frozenset[str] = frozenset()


def ruling(
    facts: CaseFacts,
    entries: Iterable[tuple[Entry, str]],
    moved: Mapping[str, str],
    whole: ShownWhole | None = None,
    since: Mapping[str, date] = MappingProxyType({}),
) -> Ruling:
    """The claims of a case with their values opened, and the comments. ``moved`` and
    ``since`` (a later import that has the new value) are keyed by claim id.

    Full numbers are masked, but for the one that ``whole`` names.
    """
    of_claim: dict[str, str] = {}
    of_case = how = ""
    of_steps: dict[str, str] = {}
    asked: list[tuple[str, str]] = []
    more: frozenset[str] = frozenset()
    for entry, words in entries:
        if entry.action in REPLIES:
            wants = any(code.value == MORE for code in map(Code.parse, entry.codes))
            more = more | set(entry.steps) if wants else more - set(entry.steps)
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
    claims = tuple(
        _shown(
            claim,
            of_claim.get(claim.id, ""),
            moved.get(claim.id),
            whole.side if whole is not None and whole.claim == claim.id else "",
            since.get(claim.id),
        )
        for claim in in_filing_order(facts.claims)
    )
    return Ruling(claims, of_case, tuple(asked), of_steps, how, more)


def in_filing_order(claims: Iterable[ClaimFacts]) -> list[ClaimFacts]:
    """Claims as pages list them."""
    return sorted(claims, key=lambda claim: (claim.filed_at, claim.field))


def question_of_filing(
    session: Session, policy: rules.Rules, facts: CaseFacts, filed_at: datetime, papers: Iterable[Paper]
) -> PolicyQuestion:
    """The question of a filing, as of its filing time, with its papers and its values of now."""
    values = {claim: opened(place().cipher, claim) for claim in in_filing_order(facts.claims)}
    others = tuple(one for one in facts.claims_of_record if one.case_id != facts.id)
    return rules.question(
        session,
        policy,
        replace(facts, claims_of_record=others),
        filed_at,
        claims=tuple(as_filed(claim, new) for claim, (_, new) in values.items()),
        olds={claim.field: old for claim, (old, _) in values.items()},
        papers=tuple(paper.kind for paper in papers),
    )


def _shown(claim: ClaimFacts, words: str, moved: str | None, whole: str, since: date | None) -> ClaimView:
    name = claim.field == "XM"
    old, new = opened(place().cipher, claim)
    before, after = compared(old, new)
    hidden: tuple[str, ...] = ()
    if claim.field in NUMBERS:
        values = zip(SIDES, (old, new, moved), strict=True)
        hidden = tuple(side for side, number in values if number and side != whole)
        masked_before, masked_after = ends_compared(old, new)
        before = before if whole == "old" else masked_before
        after = after if whole == "new" else masked_after
        moved = moved if whole == "moved" or not moved else ends_of(moved)
    follows = following(as_filed(claim, new)).items()
    return ClaimView(
        facts=claim,
        before=before,
        after=after,
        points_before=code_points(before) if name else [],
        points_after=code_points(after) if name else [],
        follows=[(field, value) for field, value in follows if field != claim.field],
        words=words,
        moved=moved,
        since_shown=since,
        hidden=hidden,
    )
