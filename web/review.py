"""One case as a reviewer sees it: everything its page shows, read before it is written, in plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.policy import QuestionFault, Refusal, Words, ask
from config.policy.words import Unsupported
from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from web.claims import Shown, ruling, still_standing
from web.compare import Piece
from web.security import actor, place
from web.words import speak_by
from workflow.cases import rules
from workflow.cases.facts import CaseFacts, ClaimFacts, look_at_case
from workflow.cases.filing import ClaimFiled
from workflow.cases.queue import papers_of_case
from workflow.cases.reading import CaseRead, read_filed
from workflow.cases.waiting import Filter, Listed, around
from workflow.engine import NoSuchSubject, Ref
from workflow.evidence.tables import Evidence
from workflow.verdict import Verdict

LOOKED_FOR = {
    RAISED: ("take_up", "correct", "reject"),
    REVIEW: ("hold", "release", "settle", "correct", "reject"),
    CORRECTED: ("undo", "reopen"),
    REJECTED: ("undo", "reopen"),
}
"""The actions that a person at the desk looks for in each state; barred ones are shown with their reasons."""

NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class ClaimAtDesk:
    """One claim: old beside new in pieces, with the code points that an eye cannot tell apart."""

    id: str
    field: str
    cause: str
    event_date: date | None
    outcome: str
    seen_on: date | None
    old: str
    new: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    points_before: tuple[tuple[str, str], ...]
    points_after: tuple[tuple[str, str], ...]
    follows: tuple[tuple[str, str], ...]
    words: str


@dataclass(frozen=True, slots=True)
class PaperAtDesk:
    """One paper: what it is said to be, and the digest by which the history names it."""

    id: str
    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class OtherFiling:
    """Another case of the same record: when it was filed, and what became of each field."""

    case: str
    filed_at: datetime
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseAtDesk:
    """One case with its claims and papers, what may be done, what the policy says, and its neighbours."""

    case: CaseRead
    at: datetime
    claims: tuple[ClaimAtDesk, ...]
    said: str
    asked: tuple[tuple[str, str], ...]
    others: tuple[OtherFiling, ...]
    papers: tuple[PaperAtDesk, ...]
    may: Mapping[str, Verdict]
    warnings: tuple[Words, ...]
    unsupported: tuple[Unsupported, ...]
    refusals: tuple[Refusal, ...]
    before: Listed | None
    onward: tuple[Listed, ...]

    @property
    def open_claims(self) -> tuple[str, ...]:
        """The claims that have no outcome yet."""
        return tuple(claim.id for claim in self.claims if not claim.outcome)

    @property
    def something_corrected(self) -> bool:
        """Whether a claim is corrected, so that the case can only end so."""
        return any(claim.outcome == "corrected" for claim in self.claims)

    @property
    def next(self) -> Listed | None:
        """The one behind this case in the queue."""
        return next((one for one in self.onward if one.case != self.case.id), None)


def read_case(session: Session, id: str, chosen: Filter) -> CaseAtDesk:
    """Read a filed case for its page; raises NoSuchSubject for any other."""
    case = read_filed(session, id)
    if case is None:
        raise NoSuchSubject(id)
    me, at = actor(), place().clock.now(session)
    looked_for = LOOKED_FOR.get(case.state, ())
    ruled = ruling(session, id)
    claims = still_standing(ruled.claims)
    papers = papers_of_case(session, id)
    verdicts = place().engine.available(session, Ref("case", id), me)
    facts = look_at_case(session, id)
    assert facts is not None
    policy = speak_by(place().rules.judging(session, facts, at))
    before, onward = around(session, me.person, at, chosen, id, case.filed_at, limit=NEIGHBOURS)
    return CaseAtDesk(
        case=case,
        at=at,
        claims=tuple(map(_claim, claims)),
        said=ruled.words,
        asked=ruled.asked,
        others=tuple(_others(facts)),
        papers=tuple(PaperAtDesk(paper.id, paper.kind, paper.digest) for paper in papers),
        may={verdict.action: verdict for verdict in verdicts if verdict.action in looked_for},
        warnings=_warnings(session, policy, facts, case.filed_at, claims, papers),
        unsupported=policy.school.policy.unsupported,
        refusals=policy.school.policy.refusals,
        before=before[0] if before else None,
        onward=tuple(onward),
    )


def _claim(shown: Shown) -> ClaimAtDesk:
    claim = shown.claim
    return ClaimAtDesk(
        id=claim.id,
        field=claim.field,
        cause=claim.cause,
        event_date=claim.event_date,
        outcome=claim.outcome,
        seen_on=claim.seen_on,
        old=shown.old,
        new=shown.new,
        before=tuple(shown.before),
        after=tuple(shown.after),
        points_before=tuple(shown.points_before),
        points_after=tuple(shown.points_after),
        follows=tuple(shown.follows),
        words=shown.words,
    )


def _others(facts: CaseFacts) -> Iterator[OtherFiling]:
    """The other cases in which something of this record was claimed, latest first."""
    cases: dict[str, list[ClaimFacts]] = {}
    for claim in facts.claims_of_record:
        if claim.case_id != facts.id:
            cases.setdefault(claim.case_id, []).append(claim)
    for case, claims in reversed(cases.items()):
        yield OtherFiling(case, claims[-1].filed_at, tuple((claim.field, claim.outcome) for claim in claims))


def _warnings(
    session: Session,
    policy: rules.Rules,
    facts: CaseFacts,
    filed_at: datetime,
    claims: Sequence[Shown],
    papers: Sequence[Evidence],
) -> tuple[Words, ...]:
    """What the policy tells reviewers of a filing, asked as of the moment of filing."""
    question = rules.question(
        session,
        policy,
        facts,
        filed_at,
        claims=tuple(
            ClaimFiled(it.claim.field, it.claim.cause, it.new, it.claim.event_date) for it in claims
        ),
        olds={it.claim.field: it.old for it in claims},
        papers=tuple(paper.kind for paper in papers),
    )
    try:
        flags = ask(policy.school, question).flags
    except QuestionFault:
        return ()
    return tuple(policy.school.policy.codes[flag] for flag in flags)
