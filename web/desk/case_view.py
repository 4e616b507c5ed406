"""One case for a reviewer: all data of its page as plain values, read before rendering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from config.policy import PolicyQuestion, PolicyReason, QuestionFault, ask, warnings_of
from config.policy.school import Policy
from states.case import CASE, REJECTED, REVIEW
from web.desk.letters import authority_for
from web.desk.matter_view import ClaimMatter, RecordShown, matter_of, record_shown
from web.desk.notes import NotesShown, notes_here
from web.desk.sentences import offered_here
from web.desk.verifying import VerificationsShown, verified_here
from web.shared.cases.claims import Ruling, question_of_filing, ruling
from web.shared.cases.endings import Ending, basis_of, ending_of
from web.shared.cases.questions import QuestionView, question_views
from web.shared.cases.remarks import Remark
from web.shared.cases.steps import StepShown, read_steps
from web.shared.figures.pictures import opening_for
from web.shared.labels import kinds_in_list, speak_by
from web.shared.numbers import ShownWhole
from web.shared.security import actor, place
from web.shared.words import pick
from workflow.cases import rules
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.flags import FlagFacts
from workflow.cases.load import look_at_case, whole_record
from workflow.cases.review.escalation import Escalating, escalated
from workflow.cases.review.holds import Handled, handled, people_named, receivers
from workflow.cases.review.locks import kept_out
from workflow.cases.review.papers import PaperOpening
from workflow.cases.review.step_effects import REPLY
from workflow.cases.review.step_making import Steps
from workflow.cases.review.steps import KINDS_OF
from workflow.cases.sentences import SentenceOffered
from workflow.cases.views.alike import Kind, kind_of
from workflow.cases.views.belongings import Belongings, belongings
from workflow.cases.views.desk_case import CaseRead, read_filed
from workflow.cases.views.lookup import names_of
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lines import Listed
from workflow.cases.views.queue.lists import around
from workflow.cases.views.since_shown import since_shown
from workflow.cases.views.whose_turn import Turn, standing_of, turn_of
from workflow.engine import NoSuchSubject
from workflow.evidence.papers import Paper
from workflow.history.ledger import open_named
from workflow.letters.register import LetterGiven
from workflow.people.access import people_at_the_door
from workflow.permissions.facts import PermissionFacts
from workflow.records.tables import RosterImport
from workflow.store import from_text
from workflow.verdict import Verdict

DRAWN_WITH_A_STEP = KINDS_OF.keys() - {"fail_step"}
"""Actions shown on each waiting step itself, not among the buttons."""
NEIGHBOURS = 8
NO_DOCUMENT = "other"
"""The kind of paper under which a school's rules take what is no document."""


@dataclass(frozen=True, slots=True)
class OtherFiling:
    """Another case of the same record, and its claims with their outcomes and refusals."""

    case: str
    filed_at: datetime
    claims: tuple[ClaimFacts, ...]


@dataclass(frozen=True, slots=True)
class RulesAsked:
    """What the rules say of a filing, as of its time: whether it was right, what lacks, what to look at.

    ``right`` is None where they cannot be asked any more.
    """

    right: bool | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[PolicyReason, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagAnswer:
    """What a second reviewer said to what a roster showed."""

    at: datetime
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class CaseAtDesk:
    """One case: claims, papers, available actions, the policy that judges it, its neighbours in the queue.

    ``opening`` says whether its reader may open the papers and the full numbers. To whom it is barred there
    is no ``record``. ``vanished`` are the papers whose file is not there any more.
    """

    case: CaseRead
    at: datetime
    ruled: Ruling
    matter: Mapping[str, ClaimMatter]
    record: RecordShown | None
    others: tuple[OtherFiling, ...]
    papers: tuple[Paper, ...]
    vanished: frozenset[str]
    letters: tuple[LetterGiven, ...]
    opening: PaperOpening
    questions: tuple[QuestionView, ...]
    turn: Turn
    ending: Ending | None
    policy: Policy
    may: Mapping[str, Verdict]
    asked: RulesAsked
    kept_out: tuple[tuple[str, RosterImport], ...]
    before: Listed | None
    onward: tuple[Listed, ...]
    hands: tuple[Handled, ...]
    receivers: Mapping[str, str]
    flags: tuple[FlagFacts, ...]
    flag_answers: tuple[FlagAnswer, ...]
    escalated: tuple[Escalating, ...]
    in_hand: bool
    steps: tuple[StepShown, ...]
    base: str
    notes: NotesShown
    sentences: tuple[SentenceOffered, ...]
    permissions: tuple[PermissionFacts, ...]
    """What holds for the student by the registrar's act, each with its reason."""
    verified: VerificationsShown
    authority: str
    """The exam authority of the student's province of origin, by the school's list; or ''."""
    alike: Kind | None = None
    """The cases that may be decided together with it, if the rules have such a kind."""

    @property
    def portrait(self) -> Paper | None:
        """The paper that is taken for the claimed photo: one that is no document, else the first."""
        return next((one for one in self.papers if one.kind == NO_DOCUMENT), next(iter(self.papers), None))

    @property
    def later_papers(self) -> Mapping[date, int]:
        """How many papers came on each day after the filing."""
        filed_at = self.case.filed_at
        return Counter(one.added_at.date() for one in self.papers if one.added_at and one.added_at > filed_at)

    @property
    def checked(self) -> tuple[Remark, ...]:
        """What the rules say of the filing, in sentences."""
        return tuple(_said_of_rules(self.asked))

    @property
    def mine(self) -> tuple[StepShown, ...]:
        """The steps that this person can complete now."""
        return tuple(step for step in self.steps if step.mine)

    @property
    def can_approve(self) -> bool:
        """True when approving would pass, see or settle anything."""
        if any(step.approvable for step in self.mine):
            return True
        unfinished = {field for step in self.steps if step.facts.outcome != "passed" for field in step.fields}
        return any(not one.facts.outcome and one.facts.field not in unfinished for one in self.ruled.claims)

    @property
    def open_claims(self) -> tuple[str, ...]:
        """The claims without an outcome."""
        return tuple(one.facts.id for one in self.ruled.claims if not one.facts.outcome)

    @property
    def open_questions(self) -> tuple[QuestionView, ...]:
        """The questions that wait for the student."""
        return tuple(question for question in self.questions if question.facts.open)

    @property
    def something_corrected(self) -> bool:
        """True when a claim is corrected, so that the case can only end as corrected."""
        return any(one.facts.outcome == "corrected" for one in self.ruled.claims)

    @property
    def line_up(self) -> tuple[Listed, ...]:
        """The case among its neighbours in the queue."""
        return (*([self.before] if self.before else []), *self.onward)

    @property
    def next(self) -> Listed | None:
        """The next case in the queue."""
        return next((one for one in self.onward if one.case != self.case.facts.id), None)


def read_case(session: Session, id: str, chosen: Filter, whole: ShownWhole | None = None) -> CaseAtDesk:
    """Read a filed case for its page, whose standing was asked before. Raises NoSuchSubject for any other.

    ``whole`` names the one full number that the page shows.
    """
    me, at = actor(), place().clock.now(session)
    facts = look_at_case(session, id)
    if facts is None or facts.filed_at is None:
        raise NoSuchSubject(id)
    there = belongings(session, place().cipher, facts)
    _know_the_names(session, facts, there)
    case = read_filed(session, id)
    assert case is not None
    moved, base = Steps(place().cipher, place().entropy).moved(session, facts)
    values = whole_record(session, facts.record.id).values
    since = since_shown(place().cipher, facts, values, there.imported)
    ruled = ruling(facts, there.entries, moved, whole, since)
    judging = speak_by(place().rules.judging(session, facts, at))
    policy = judging.school.policy
    opening = opening_for(session, facts, at)
    desk = desk_of(place().engine, session, me, at)
    before, onward = around(session, desk, chosen, id, limit=NEIGHBOURS)
    in_hand = case.held(at) and facts.holder in people_at_the_door(me)
    return CaseAtDesk(
        case=case,
        at=at,
        ruled=ruled,
        matter=matter_of(session, facts, ruled.claims, whole, barred=bool(opening.barred)),
        record=None if opening.barred else record_shown(session, facts),
        others=tuple(_others(facts)),
        papers=there.papers,
        vanished=frozenset(one.id for one in there.papers if not place().evidence.has(one.id)),
        letters=there.letters,
        opening=opening,
        questions=question_views(there.questions, facts.claims, facts),
        turn=turn_of(standing_of(facts, there.questions), judging.school.calendar),
        ending=ending_of(facts.ruling, judging.school) if facts.state == REJECTED else None,
        policy=policy,
        may=_buttons(session, facts, at),
        asked=_asked_of_rules(
            judging, question_of_filing(session, judging, facts, case.filed_at, there.papers)
        ),
        kept_out=tuple(kept_out(session, facts)),
        before=before[0] if before else None,
        onward=tuple(onward),
        hands=tuple(handled(session, there.entries)),
        receivers=receivers(place().engine.attempt(session, facts, "hand_over", me, at=at))
        if in_hand
        else {},
        in_hand=in_hand,
        flags=there.flags,
        flag_answers=tuple(_answers(session, there)),
        escalated=tuple(escalated((entry for entry, _ in there.entries), there.overdue)),
        steps=_with_replies(read_steps(session, facts, ruled.of_steps, at), there),
        base=base,
        notes=notes_here(session, facts, there.notes, at),
        sentences=offered_here(session, facts, judging, at) if facts.state == REVIEW else (),
        permissions=tuple(one for one in facts.permissions if one.stands(at)),
        verified=verified_here(session, facts, there, at),
        authority=authority_for(values["KSH"]),
        alike=kind_of(session, place().cipher, desk, facts, policy.batches),
    )


def _know_the_names(session: Session, facts: CaseFacts, there: Belongings) -> None:
    """Read the names of all people on the page in one statement."""
    people = {facts.holder, facts.decided_by, facts.proxy, facts.proxy_for}
    people |= {step.ended_by for step in facts.every_step}
    people |= {person for entry, _ in there.entries for person in people_named(entry)}
    people |= {person for entry, _ in there.notes for person in people_named(entry)}
    people |= {one.seen_by for one in there.verified}
    names_of(session, people)


def _with_replies(steps: tuple[StepShown, ...], there: Belongings) -> tuple[StepShown, ...]:
    """The steps with the numbers and people of their replies."""
    replies: dict[str, tuple[str, ...]] = {}
    for entry, _words in there.entries:
        if entry.action == "receive":
            said = (
                open_named(place().cipher, name, entry.subject, entry.number, sealed)
                for name in REPLY
                if (sealed := there.sealed.get((entry.number, name))) is not None
            )
            replies |= dict.fromkeys(entry.steps, tuple(said))
    return tuple(replace(step, reply=replies.get(step.facts.id, ())) for step in steps)


def _answers(session: Session, there: Belongings) -> Iterator[FlagAnswer]:
    for entry, words in there.entries:
        if entry.action == "end_flag":
            name = names_of(session, (entry.actor,)).get(entry.actor, "")
            yield FlagAnswer(from_text(entry.at), name, words)


def _buttons(session: Session, facts: CaseFacts, at: datetime) -> dict[str, Verdict]:
    """The actions of the person's role in this state, each with the reasons against it now."""
    offered = place().engine.available(session, facts, actor(), at)
    now = {action.name for action in CASE.actions if facts.state in CASE.sources(action)}
    shown = now - DRAWN_WITH_A_STEP
    return {one.action: one for one in offered if one.action in shown}


def _others(facts: CaseFacts) -> Iterator[OtherFiling]:
    """The other cases with claims on this record, latest first."""
    cases: dict[str, list[ClaimFacts]] = {}
    for claim in facts.claims_of_record:
        if claim.case_id != facts.id:
            cases.setdefault(claim.case_id, []).append(claim)
    for case, claims in reversed(cases.items()):
        yield OtherFiling(case, claims[-1].filed_at, tuple(claims))


def _asked_of_rules(policy: rules.Rules, question: PolicyQuestion) -> RulesAsked:
    try:
        answer = ask(policy.school, question)
        return RulesAsked(answer.may, answer.missing, warnings_of(policy.school, question))
    except QuestionFault:
        return RulesAsked()


def _said_of_rules(asked: RulesAsked) -> Iterator[Remark]:
    if asked.right is not None:
        said = _("按提出时的规则可以受理") if asked.right else _("按提出时的规则现在不能受理")
        yield Remark(asked.right, said + ("" if asked.missing else _("；规则要求的材料齐全")))
    if asked.missing:
        yield Remark(False, _("缺少规则要求的材料：%(papers)s", papers=kinds_in_list(asked.missing)))
    for one in asked.warnings:
        yield Remark(False, pick(one.says, one.says_en), basis_of(one.source))
