"""A student's own case for its page: what came of it, what may be done, and one timeline, as announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import abort
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from config.policy import FinalCheck
from states.case import NOT_CHECKED, RAISED, REJECTED, REVIEW
from web.shared.act import No
from web.shared.cases.claims import STEPPING
from web.shared.cases.compare import Piece, compared
from web.shared.cases.endings import (
    Ending,
    basis_of,
    ending_of,
    kind_of,
    outcome_sentence,
)
from web.shared.cases.questions import QuestionView, question_views
from web.shared.cases.steps import StepShown, goes_with, shown, to_bodies
from web.shared.labels import case_state, office_words, our_office, refusal_of, school_spoken, speak_by
from web.shared.security import looking, place
from web.shared.words import day, moment, pick
from web.student.timeline import Stage, Told, promised, stages
from web.student.view import against_filing, last_filing_day, offers, read_mine
from workflow.cases.claims import opened
from workflow.cases.facts import ClaimFacts
from workflow.cases.filing.withdraw import SETTLED, SETTLES
from workflow.cases.flags import FlagFacts
from workflow.cases.letters import DECISIONS, disputable_until, replies_of, replies_to, words_of
from workflow.cases.review.verifying import ORIGINAL
from workflow.cases.rules import Rules
from workflow.cases.rules.cohort import next_plan
from workflow.cases.rules.names import INADMISSIBLE, OUTSIDE
from workflow.cases.views.announced import entries_as_announced, letters_as_announced
from workflow.cases.views.belongings import Belongings, belongings
from workflow.cases.views.student_sheet import CaseSheet, RecordSheet
from workflow.cases.views.whose_turn import Turn, standing_of, turn_of
from workflow.evidence.papers import Paper
from workflow.history.codes import LAPSED
from workflow.history.entry import Entry
from workflow.letters.facts import Reply
from workflow.letters.register import LetterGiven
from workflow.verdict import Reason, Verdict

KEPT = ("refused", "already_right")
"""The outcomes after which the recorded value stays."""

BUSY = Reason(
    "being_handled",
    "审核人正在办理这份申请，现在不能改动。",
    remedy="请稍后再打开这一页查看；着急的，请联系学籍管理部门。",
)
"""The only answer to an act on a case whose decision is not announced yet."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One claim as its student may see it. Outcome and words are empty until the decision is announced.

    ``since`` is the day of the data that has the claimed value, though the claim was refused or lapsed.
    ``kind`` and ``why`` are those of its refusal. ``body`` is the one outside that decided it, in the words
    ``words``, ``answered_on`` its day. ``kept`` is the recorded value in pieces, of which those
    that differ from the claimed one are marked.
    """

    claim: ClaimFacts
    old: str
    new: str
    words: str
    kind: str = ""
    why: str = ""
    basis: str = ""
    since: date | None = None
    body: str = ""
    answered_on: date | None = None

    @property
    def stays(self) -> bool:
        """True if the recorded value was found right or the claim was refused."""
        return self.claim.outcome in KEPT

    @property
    def kept(self) -> Sequence[Piece]:
        """The recorded value in pieces, with what differs from the claimed one."""
        return compared(self.old, self.new)[0]


@dataclass(frozen=True, slots=True)
class Original:
    """An original that the school saw: of which paper or else claim, when, and when it went back."""

    kind: str
    field: str
    seen_on: date
    returned_on: date | None


@dataclass(frozen=True, slots=True)
class Story:
    """All content of a case's page."""

    mine: RecordSheet
    case: CaseSheet
    title: str
    until: str
    stages: tuple[Stage, ...]
    matters: tuple[Matter, ...]
    words: str
    replies: tuple[Reply, ...]
    papers: tuple[Paper, ...]
    originals: tuple[Original, ...]
    questions: tuple[QuestionView, ...]
    letters: tuple[LetterGiven, ...]
    turn: Turn
    ending: Ending | None
    disagreement: str
    how: str
    may: Mapping[str, Verdict]
    dispute_until: datetime | None
    way: tuple[StepShown, ...]
    last: FinalCheck | None
    flags: tuple[FlagFacts, ...]
    """What the school's data shows against the outcome, while nobody has looked at it."""
    barred: tuple[Reason, ...]
    """The reasons why nothing can be filed now, again or for another field."""

    @property
    def open_questions(self) -> tuple[QuestionView, ...]:
        """The questions that wait for the student."""
        return tuple(question for question in self.questions if question.facts.open)

    @property
    def denied(self) -> bool:
        """True if something was asked for and not done."""
        return bool(self.ending) or any(it.stays for it in self.matters)

    def letter(self, id: str = "") -> LetterGiven | None:
        """One of its letters, by default the last one since it was filed last; None if there is none."""
        if not id:
            since = self.case.facts.filed_at
            last = self.letters[-1] if self.letters else None
            return last if last is not None and since is not None and last.given_at >= since else None
        return next((one for one in self.letters if one.id == id), None)


def unless_held_back(no: No | None, case: CaseSheet) -> No | None:
    """Why an act was refused. Before a decision is announced no refusal tells of it."""
    return No((BUSY,), status=no.status) if no is not None and no.reasons and case.held_back else no


def story_of(case: str) -> Story:
    """One of the student's own cases, as of now."""
    with looking() as session:
        return read_story(session, case)


def read_story(session: Session, id: str) -> Story:
    """One of the student's own cases, in two statements beside the record's."""
    mine = read_mine(session)
    case = mine.case(id) or abort(404)
    there = belongings(session, place().cipher, case.facts)
    SETTLED.keep(session, case.id, _settled(entries_as_announced(there.entries, case.held_back)))
    story = told_of(session, mine, case, there, last_filing_day(session, mine))
    return replace(story, may=offers(session, mine, case), barred=against_filing(session, mine))


def told_of(
    session: Session, mine: RecordSheet, case: CaseSheet, there: Belongings, last: FinalCheck | None
) -> Story:
    """What is told of a case, without what its student may do: that is asked of themselves alone.

    ``last`` is the last moment for filing, where it is to be told.
    """
    entries, since = entries_as_announced(there.entries, case.held_back), case.facts.filed_at
    questions = tuple(one for one in there.questions if since is not None and one.asked_at >= since)
    policy = speak_by(place().rules.judging(session, case.facts, mine.at))
    of_case, of_claim = words_of(entries) if case.told else ("", {})
    outside = replies_to(entries) if case.told else {}
    matters = tuple(
        _matter(claim, case, of_claim.get(claim.id, ""), outside.get(claim.id))
        for claim in _in_order(case.claims)
    )
    turn = turn_of(
        standing_of(
            case.facts, questions, at=mine.at, state=case.state, reconfirm_until=case.reconfirm_until
        ),
        policy.school.calendar,
    )
    ending = ending_of(case.facts.ruling, policy.school) if case.state == REJECTED else None
    story = Story(
        mine=mine,
        case=case,
        title="",
        until="",
        stages=(),
        matters=matters,
        words=_said_once(of_case, matters),
        replies=replies_of(case.facts, entries) if case.told else (),
        papers=there.papers,
        originals=tuple(_originals(case, there)),
        questions=question_views(questions, case.claims, case.facts),
        letters=letters_as_announced(there.letters, there.entries, case.held_back),
        turn=turn,
        ending=ending,
        disagreement=_disagreement(entries),
        how=_how(entries) if case.proxy else "",
        may={},
        dispute_until=disputable_until(case.facts, policy.school),
        way=_way(case, entries, mine.at),
        last=last,
        flags=() if case.held_back else tuple(one for one in there.flags if one.open),
        barred=(),
    )
    return replace(
        story, title=_title(story), until=_until(story, policy), stages=_stages(story, policy, entries)
    )


def _originals(case: CaseSheet, there: Belongings) -> Iterator[Original]:
    """The originals that were seen; whom else the school asked is not the student's to read."""
    kinds = {one.id: one.kind for one in there.papers}
    fields = {one.id: one.field for one in case.claims}
    for one in there.verified:
        if one.how == ORIGINAL:
            yield Original(kinds.get(one.paper, ""), fields.get(one.claim, ""), one.seen_on, one.returned_on)


# -- what the page says first ---------------------------------------------------------------------------


def _title(story: Story) -> str:
    """What came of the case, or where it is now."""
    case, turn = story.case, story.turn
    if case.told:
        kind = story.ending.kind if story.ending else ""
        if story.ending and kind in (LAPSED, INADMISSIBLE):
            return story.ending.name
        return outcome_sentence(it.claim.outcome for it in story.matters) or case_state(case.state)
    if case.state == NOT_CHECKED:
        return str(_("已撤回"))
    if case.state not in (RAISED, REVIEW):
        return case_state(case.state)
    if turn.what == "answer":
        number = len(story.open_questions)
        return str(ngettext("请您补正 %(num)d 项", "请您补正 %(num)d 项", number))
    if turn.what == "take_up":
        return str(_("等待%(office)s受理", office=office_words(turn.office) if turn.office else our_office()))
    return str(_("审核中：%(stage)s", stage=_now(turn)))


def _now(turn: Turn) -> str:
    """What a case under review waits for."""
    said: str = {
        "college": _("学院核对"),
        "second_reviewer": _("复核"),
        "province": _("省级教育行政部门办理"),
        "outside": _("等待校外单位答复"),
        "platform": _("在学信网更正"),
    }.get(turn.who, _("%(office)s审核", office=office_words(turn.office) if turn.office else our_office()))
    return said


def _until(story: Story, policy: Rules) -> str:
    """When it ended, or by when somebody has to act."""
    case, turn = story.case, story.turn
    if case.told and case.facts.decided_at:
        return str(_("%(moment)s 办结", moment=moment(case.facts.decided_at)))
    if case.state not in (RAISED, REVIEW):
        return ""
    late = turn.late(story.mine.at)
    if turn.until is not None:
        until = moment(turn.until) if isinstance(turn.until, datetime) else day(turn.until)
        if turn.what == "answer":
            said = _("请于 %(day)s（含）前补正。已过期限。", day=until) if late else ""
            return str(said or _("请于 %(day)s（含）前补正。", day=until))
        return str(_("已过办理时限 %(day)s。", day=until) if late else _("办理时限 %(day)s。", day=until))
    if turn.what == "answer":
        return str(_("没有规定期限，请尽快补正。"))
    days = place().profile.working_days
    by = promised(case.facts, story.questions, place().profile, policy.school.calendar)
    if by and by < story.mine.at.date():
        return str(_("已超过一般办理时间（%(day)s前），可打电话询问。", day=day(by)))
    if by:
        return str(_("一般 %(n)d 个工作日内办结（%(day)s前）。", n=days, day=day(by)))
    return str(_("一般 %(n)d 个工作日内办结。", n=days)) if days else ""


def _stages(story: Story, policy: Rules, entries: Sequence[tuple[Entry, str]]) -> tuple[Stage, ...]:
    told = Told(
        case=story.case.facts,
        entries=entries,
        questions=story.questions,
        way=story.way,
        turn=story.turn,
        late=story.turn.late(story.mine.at),
        today=story.mine.at.date(),
        denied=story.denied,
        dispute_until=story.dispute_until,
        again=next_plan(place().school, story.mine.record, story.mine.at),
        last=story.last if not story.ending or story.ending.may_raise_again else None,
        several=len(story.matters) > 1,
        said={it.words for it in story.matters} | {story.words},
    )
    return stages(told, place().profile, policy.school.calendar)


def _said_once(of_case: str, matters: Sequence[Matter]) -> str:
    """The words about the whole case, unless they stand at an item already."""
    return "" if of_case in {it.words for it in matters} else of_case


def _disagreement(entries: Iterable[tuple[Entry, str]]) -> str:
    """The student's statement against the present decision."""
    words = ""
    for entry, said in entries:
        if entry.action in DECISIONS:
            words = ""
        elif entry.action == "disagree":
            words = said
    return words


def _how(entries: Iterable[tuple[Entry, str]]) -> str:
    """How a proxy was asked to file, in the proxy's words."""
    filed = [said for entry, said in entries if entry.action == "raise"]
    return filed[-1] if filed else ""


def _way(case: CaseSheet, entries: Iterable[tuple[Entry, str]], at: datetime) -> tuple[StepShown, ...]:
    """The review steps in order."""
    words: dict[str, str] = {}
    for entry, said in entries:
        if entry.action in STEPPING:
            words |= dict.fromkeys(entry.steps, said)
    fields = {claim.id: claim.field for claim in case.claims if claim.outcome != "withdrawn"}
    batches = dict[str, str]()
    if to_bodies(case.facts):
        with place().store.reading() as session:
            batches = goes_with(session, case.facts, at)
    way = shown(case.facts, case.facts.every_step, fields, at.date(), words=words, batches=batches)
    return tuple(step for step in way if step.fields)


def _settled(entries: Iterable[tuple[Entry, str]]) -> bool:
    """True when something was settled after the last filing."""
    settled = False
    for entry, _words in entries:
        settled = entry.action in SETTLES or (settled and entry.action != "raise")
    return settled


def _in_order(claims: Iterable[ClaimFacts]) -> list[ClaimFacts]:
    """Sorted by filing, then by the school's order of fields."""
    place_of = {words.code: n for n, words in enumerate(school_spoken().fields)}
    return sorted(claims, key=lambda claim: (claim.filed_at, place_of.get(claim.field, len(place_of))))


def _matter(claim: ClaimFacts, case: CaseSheet, words: str, reply: Reply | None) -> Matter:
    """One claim. An outcome before the decision is not told.

    Where a body outside refused it, its ``reply`` is what is said of it.
    """
    old, new = opened(place().cipher, claim)
    if not case.told:
        known = claim.outcome in ("withdrawn", "lapsed")
        claim = replace(claim, outcome=claim.outcome if known else "", seen_on=None, ruling="")
    refusal, since = refusal_of(claim.ruling), case.since_shown.get(claim.id) if case.told else None
    if refusal is None:
        return Matter(claim, old, new, words, since=since)
    why = pick(refusal.zh, refusal.en)
    if refusal.kind == OUTSIDE and reply is not None:
        office, words, on = reply
        told = Matter(claim, old, new, words, kind_of(refusal), why, "", since)
        return replace(told, body=office_words(office), answered_on=on)
    words = "" if words == why else words
    return Matter(claim, old, new, words, kind_of(refusal), why, basis_of(refusal.clause), since)
