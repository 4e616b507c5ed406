"""Data of the student's pages: the record with what is due, and the draft as it would be filed now."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import g
from sqlalchemy.orm import Session
from wtforms import Field

from config.policy import FieldWords, FinalCheck, PolicyQuestion, QuestionFault, Require, ask, last_day
from states.campaign import OPEN
from states.case import CASE, CHECKED_OK, DEFERRED, NOT_CHECKED, RAISED, REVIEW
from web.shared.act import No
from web.shared.labels import said
from web.shared.numbers import NUMBERS, ends_of
from web.shared.security import actor, me, place, record_of_mine
from workflow.cases import rules
from workflow.cases.checking.confirm import as_shown
from workflow.cases.checking.defer import taken_from
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.filing.drafts import Answers
from workflow.cases.views.student_sheet import CaseSheet, RecordSheet, papers_of, read_record
from workflow.cases.views.ticks import Ticks
from workflow.evidence.papers import Paper
from workflow.notices.outbox import NoticeShown, due_for
from workflow.verdict import Reason, Verdict

QUESTIONS = ("cause", "value", "date")
"""The questions about a claim, in order. One page asks them all."""

TELLING = ("values_changed", "nothing_changes")
"""The reasons that compare what was sent with the record, and so tell what a decision changed in it."""

HANDLED = Reason(
    "being_handled",
    "审核人正在办理您的更正申请，现在不能提交。",
    remedy="请稍后再打开这一页查看；着急的，请联系学籍管理部门。",
)
"""The answer in place of these while the decision can still be undone."""

RIGHT, WRONG = "right", "wrong"
"""The two marks of a field."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The student a filing is for, and the proxy who keeps the draft, with the case it goes to."""

    record: str
    person: str = ""
    case: str = ""

    @property
    def own(self) -> bool:
        """True when the student files for themselves."""
        return not self.person


def whose() -> Whose:
    """The filing of this page: the signed-in student's, unless the page sets another."""
    said: Whose | None = g.get("whose")
    return said or Whose(record_of_mine())


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the record: label, value, the case that disputes it, and the student's mark, if any.

    ``follows``: the field is corrected together with a number that is marked as wrong. ``right_on``: the day
    since which it is said to be right beside a claim. ``ended`` is the newest claim on it whose outcome was
    told, ``since`` the day of the data that has what it asked for in vain.
    """

    words: FieldWords
    value: str
    disputed_in: str
    mark: str = ""
    follows: bool = False
    right_on: date | None = None
    ended: ClaimFacts | None = None
    since: date | None = None

    @property
    def drafted(self) -> bool:
        """True when the field is marked as wrong."""
        return self.mark == WRONG

    @property
    def markable(self) -> bool:
        """True when the student can say whether the field is right."""
        return self.words.claimable and not self.disputed_in and not self.follows


@dataclass(frozen=True, slots=True)
class Due:
    """What the student has to do, as a code, and the campaign's window with the time left.

    ``deems``: no answer through it is deemed correct; ``with_college``: if the college did not sign.
    ``given_time``: neither holds for who was given time at its close or later.
    ``runs``: the campaign asks something of the student now.
    ``confirm`` is the action to take. The others say why there is none: ``confirmed``, ``deemed``,
    ``deferred`` (an error is noted and to be filed later), ``filed``,
    ``decided``, ``excluded``, ``soon``, ``silent`` (closed without an answer), ``barred``, ``none``.
    """

    word: str
    opens: datetime | None = None
    closes: datetime | None = None
    left: timedelta = timedelta(0)
    deems: bool = False
    runs: bool = False
    with_college: bool = False
    given_time: bool = False

    @property
    def days(self) -> int:
        """Whole days until the last day; 0 on that day."""
        return (self.closes.date() - (self.closes - self.left).date()).days if self.closes else 0

    @property
    def hours(self) -> int:
        """Whole hours left."""
        return int(self.left.total_seconds()) // 3600

    @property
    def minutes(self) -> int:
        """Minutes left, including the present one."""
        return int(self.left.total_seconds()) // 60 + 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """All content of the student's first page.

    ``marking`` is what the marks at the items are for: ``check`` (to confirm or to file), ``vouch`` (items
    beside a filing), or '' where there are none. ``seen`` commits to the values that a confirmation is about,
    ``shown`` to all values of the page. ``defers`` is from when the rules take a change, if the
    student can note now that something is wrong.
    """

    mine: RecordSheet
    status: str
    rows: tuple[FieldRow, ...]
    case: CaseSheet | None
    due: Due
    confirm: Verdict | None
    marking: str
    seen: str
    shown: str
    values: Mapping[str, str]
    barred: tuple[Reason, ...]
    last: FinalCheck | None
    notices: tuple[NoticeShown, ...]
    cases: tuple[CaseSheet, ...]
    defers: datetime | None = None

    @property
    def ticks(self) -> Ticks | None:
        """The two things that the running campaign asks of the student."""
        return self.mine.ticks

    @property
    def open(self) -> int:
        """How many things wait for the student: ticks, papers asked for, corrections to look at."""
        return self.ticks_open + len(self.asked) + len(self.unsure)

    @property
    def ticks_open(self) -> int:
        """How many of the two ticks are due and not done. What the rules bar now is not asked of anybody."""
        if self.ticks is None:
            return 0
        return self.ticks.open - (not self.ticks.here.done and self.due.word == "barred")

    @property
    def asked(self) -> tuple[CaseSheet, ...]:
        """The cases that wait for papers or words of the student."""
        return tuple(case for case in self.cases if case.asked)

    @property
    def unsure(self) -> tuple[CaseSheet, ...]:
        """The corrected cases whose result the student is to look at."""
        return tuple(case for case in self.cases if case.reconfirm_until)

    @property
    def askable(self) -> tuple[str, ...]:
        """The fields of the items that can be marked now."""
        return tuple(row.words.code for row in self.rows if row.markable and not self._beyond(row))

    @property
    def checked(self) -> int:
        """How many of these are marked."""
        return sum(row.words.code in self.askable and bool(row.mark) for row in self.rows)

    def _beyond(self, row: FieldRow) -> bool:
        """Whether an item cannot be vouched for: it is so already, or the campaign does not ask about it."""
        campaign = self.case.facts.campaign if self.case else None
        asked = campaign.fields if campaign else ()
        return self.marking == "vouch" and (row.words.code not in asked or row.right_on is not None)

    @property
    def wrong(self) -> int:
        """How many items are marked as wrong."""
        return sum(row.drafted for row in self.rows)


@dataclass(frozen=True, slots=True)
class ClaimPreview:
    """One claim: old and new value, with values that follow (an ID number determines birth date and sex)."""

    claim: ClaimFiled
    old: str
    follows: tuple[tuple[str, str, str], ...]
    questions: tuple[str, ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """A paper the policy requires: the preferred kind, accepted alternatives, and the claims it is for."""

    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    reasons: tuple[Reason, ...]
    there: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """The draft as it would be filed now."""

    mine: RecordSheet
    changes: tuple[ClaimPreview, ...]
    needs: tuple[Need, ...]
    papers: tuple[Paper, ...]
    reasons: tuple[Reason, ...]
    key: str
    version: int
    right: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Need, ...]:
        """The papers still missing."""
        return tuple(need for need in self.needs if not need.there)

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """All unanswered questions, as (field, question)."""
        return tuple((c.claim.field, question) for c in self.changes for question in c.unanswered)


# -- reading --------------------------------------------------------------------------------------------


def read_mine(session: Session) -> RecordSheet:
    """The student's record with open cases and draft, in one statement."""
    installation, mine = place(), whose()
    at = installation.clock.now(session)
    return read_record(session, installation.cipher, mine.record, at, mine.person)


def present_values(mine: RecordSheet) -> dict[str, str]:
    """The present value of every field that students check, as the student was told of it."""
    return mine.values(place().cipher, [words.code for words in place().school.fields])


def read_sheet(session: Session) -> Sheet:
    """Everything about the signed-in student's record, as of now."""
    mine = read_mine(session)
    values = present_values(mine)
    case = mine.current
    engine = place().engine
    confirm = engine.check_seen(session, case.facts, "confirm", actor(), at=mine.at) if case else None
    asked = case.facts.campaign.fields if case and case.facts.campaign else ()
    barred = against_filing(session, mine)
    sheet = Sheet(
        mine=mine,
        status=_status(mine.record.xjzt),
        rows=rows_of(mine, values),
        case=case,
        due=_due(mine, case, confirm),
        confirm=confirm,
        marking=_marking(session, mine, case, confirm, barred),
        seen=as_shown(place().cipher, {field: values[field] for field in asked})[1] if asked else "",
        shown=as_shown(place().cipher, values)[1],
        values=values,
        barred=barred,
        last=last_filing_day(session, mine),
        notices=due_for(session, record_of_mine(), mine.at),
        cases=tuple(one for one in mine.cases if one.facts.filed_at),
        defers=_defers(session, mine, case),
    )
    return replace(sheet, marking="") if sheet.marking == "vouch" and not sheet.askable else sheet


def read_filing(session: Session) -> Filing:
    """The draft with its papers, the policy's answer, and the engine's reasons against filing it."""
    mine = read_mine(session)
    papers = papers_of(session, whose().record, None, whose().person)
    return filing_of(session, mine, present_values(mine), papers)


def filing_of(
    session: Session, mine: RecordSheet, values: Mapping[str, str], papers: Sequence[Paper]
) -> Filing:
    """The same, from data that is already read."""
    claims = tuple(mine.draft.claims.values())
    needs = _needs(session, mine, claims, values, papers)
    reasons = against_filing(session, mine, claims=claims, papers=papers)
    return Filing(
        mine=mine,
        changes=tuple(_change(claim, values) for claim in claims),
        needs=needs,
        papers=tuple(papers),
        reasons=reasons,
        key=key_of(mine.draft, [paper.id for paper in papers]),
        version=_subject(mine).version,
        right=said_right(mine, values),
    )


# -- asking the engine ----------------------------------------------------------------------------------


def offers(session: Session, mine: RecordSheet, case: CaseSheet) -> dict[str, Verdict]:
    """The engine's verdicts for the student on one of their cases, by action."""
    said = place().engine.available(session, case.facts, actor(), mine.at)
    return {verdict.action: verdict for verdict in said}


def displayed(field: str, value: str) -> str:
    """A value of the record as its reader sees it: who files for a student sees the ends of a number."""
    return ends_of(value) if field in NUMBERS and not whose().own else value


def against_filing(
    session: Session,
    mine: RecordSheet,
    *,
    claims: Sequence[ClaimFiled] = (),
    papers: Sequence[Paper] = (),
) -> tuple[Reason, ...]:
    """The engine's reasons against a filing. Without claims: against any filing at all."""
    target = mine.target
    details = {
        "record": whose().record,
        "campaign": None,
        "previous": target.previous,
        "claims": tuple(claims),
        "papers": tuple(paper.id for paper in papers),
        "begun_at": _begun_at(mine),
        "words": mine.draft.words,
    }
    verdict = place().engine.check_seen(session, _subject(mine), "raise", actor(), details, mine.at)
    # The filing itself opens a case outside a campaign, so a missing case is no obstacle.
    passed = {"state"} if whose().own and not target.case else set()
    if not claims:
        passed |= set(CASE.action("raise").checks)
    return tuple(reason for reason in verdict.reasons if reason.rule not in passed)


def against_field(
    session: Session, mine: RecordSheet, words: FieldWords, values: Mapping[str, str]
) -> tuple[Reason, ...]:
    """The rules' reasons against any claim on a field, whatever its cause and circumstance and papers."""
    found = [
        whatever_papers(session, mine, values, (ClaimFiled(words.code, cause, "", variant=variant),))
        for cause in words.causes
        for variant in ("", *variants_of(mine, words.code, (cause,)))
    ]
    if not all(found):
        return ()
    every = [{reason.rule for reason in reasons} for reasons in found]
    said = {reason.rule: reason for reasons in found for reason in reasons}
    common = [reason for rule, reason in said.items() if all(rule in rules_said for rules_said in every)]
    return tuple(common or said.values())


def whatever_papers(
    session: Session, mine: RecordSheet, values: Mapping[str, str], claims: Sequence[ClaimFiled]
) -> tuple[Reason, ...]:
    """The rules' reasons against these claims that no paper removes.

    A value that is not filled in yet counts as the recorded one. What needs a fact that is not there yet is
    asked when it is.
    """
    supposed = [claim if claim.new else replace(claim, new=values.get(claim.field, "")) for claim in claims]
    put = _question(session, mine, supposed, values)
    put = replace(put, evidence=tuple(policy_of(mine).school.policy.evidence_kinds))
    answer = rules.answer_to(policy_of(mine), put)
    return () if isinstance(answer, QuestionFault) else rules.reasons(answer)


def variants_of(mine: RecordSheet, field: str, causes: Sequence[str]) -> tuple[str, ...]:
    """The circumstances that the rules tell apart for a field with one of these causes."""
    return rules.variants_for(policy_of(mine), field, causes)


def policy_of(mine: RecordSheet) -> rules.Rules:
    """The policy that judges what is filed now."""
    return place().rules.in_force(mine.at)


def is_outside(mine: RecordSheet) -> bool:
    """True if what is filed now becomes a case of its own, outside a campaign."""
    return _subject(mine).campaign is None


def unless_telling(no: No | None, mine: RecordSheet) -> No | None:
    """Why something was refused. While a decision is held back no refusal tells what it changed."""
    if no is None or not held_back(mine) or not any(reason.code in TELLING for reason in no.reasons):
        return no
    return No((HANDLED,), status=no.status)


def held_back(mine: RecordSheet) -> bool:
    """Whether there is a decision that the student is not told of yet."""
    return any(case.held_back for case in mine.cases)


def last_filing_day(session: Session, mine: RecordSheet) -> FinalCheck | None:
    """The last moment for filing and its derivation. None if the record lacks the dates."""
    try:
        return last_day(place().school, _question(session, mine))
    except QuestionFault:
        return None


def questions_of(words: FieldWords, cause: str) -> tuple[str, ...]:
    """The questions about a wrong field for this cause ('' for none yet). A photo is shown by papers only."""
    asked = {
        "cause": len(words.causes) > 1,
        "value": words.code != "PHOTO",
        "date": cause == "legal_change",
    }
    return tuple(question for question in QUESTIONS if asked[question])


def unanswered(words: FieldWords, claim: ClaimFiled | None) -> tuple[str, ...]:
    """The unanswered questions of a claim."""
    if claim is None:
        return questions_of(words, "")
    answered = {
        "cause": bool(claim.cause),
        "value": bool(claim.new),
        "date": claim.event_date is not None,
    }
    return tuple(question for question in questions_of(words, claim.cause) if not answered[question])


def key_of(draft: Answers, papers: Sequence[str]) -> str:
    """A key for exactly this draft with these papers, so that the reviewed draft is filed, once."""
    said = [
        whose().record,
        [claim.as_json() for claim in draft.claims.values()],
        list(papers),
        draft.begun_at.isoformat() if draft.begun_at else "",
        draft.words,
        sorted(draft.right.items()),
    ]
    return place().cipher.digest("filing", json.dumps(said, sort_keys=True).encode())


def said_right(mine: RecordSheet, values: Mapping[str, str]) -> tuple[str, ...]:
    """The fields said to be right beside the claims: asked by the campaign, and changed by no claim."""
    claims, campaign = mine.draft.claims.values(), mine.filing_subject.campaign
    changed = {
        field
        for claim in claims
        for field, new in following(claim).items()
        if field == claim.field or values.get(field) != new
    }
    changed |= {claim.field for claim in mine.whole.claims if claim.ended_at is None}
    asked = campaign.fields if campaign else ()
    return tuple(one for one in mine.draft.still_right(values) if one in asked and one not in changed)


def at_fault(control: Field, reasons: Sequence[Reason]) -> None:
    """Put reasons beside the control that they are about."""
    control.errors = [*control.errors, *(said(reason).says for reason in reasons)]


# -- parts ----------------------------------------------------------------------------------------------


def _subject(mine: RecordSheet) -> CaseFacts:
    """The case that a filing goes to. A proxy's filing goes to the campaign's case only."""
    for_them = mine.case(whose().case) if not whose().own else None
    return for_them.facts if for_them is not None else mine.filing_subject


def _begun_at(mine: RecordSheet) -> datetime | None:
    """A draft begun in time may be filed during the days of grace. Only for the student's own."""
    return mine.draft.begun_at if whose().own else None


def _question(
    session: Session,
    mine: RecordSheet,
    claims: Sequence[ClaimFiled] = (),
    values: Mapping[str, str] | None = None,
) -> PolicyQuestion:
    """The policy question about the record and these claims, without papers."""
    return rules.question(
        session,
        policy_of(mine),
        _subject(mine),
        mine.at,
        claims=claims,
        olds=values,
        begun_at=_begun_at(mine),
        campaigns=mine.whole.campaigns_at(mine.at),
        filed_by=rules.filed_as(actor().role, me().duty),
    )


def _status(status: str) -> str:
    """The enrolment status as the platform shows it: 在籍（注册学籍）."""
    policy = place().school.policy
    if status in policy.statuses.enrolled:
        return f"在籍（{status}）"
    return f"不在籍（{status}）" if status in policy.statuses.left else status


def rows_of(
    mine: RecordSheet, values: Mapping[str, str], *, whole: Collection[str] = ()
) -> tuple[FieldRow, ...]:
    """The record field by field, marked where disputed or drafted. ``whole``: numbers not to mask."""
    disputed = {claim.field_group: claim.case_id for claim in mine.whole.claims if claim.ended_at is None}
    before = mine.current.right if mine.current else {}
    right, wrong = {*mine.draft.still_right(values), *before}, mine.draft.claims
    led = next((words.group for words in place().school.fields if words.code in wrong and leads(words)), None)
    return tuple(
        FieldRow(
            words,
            values[words.code] if words.code in whole else displayed(words.code, values[words.code]),
            disputed.get(words.group, ""),
            WRONG if words.code in wrong else RIGHT if words.code in right else "",
            follows=words.group == led and not leads(words) and words.code not in right,
            right_on=before[words.code].date() if words.code in before else None,
            ended=mine.ended(words.code),
            since=mine.since_shown(words.code),
        )
        for words in place().school.fields
    )


def leads(words: FieldWords) -> bool:
    """True for the number that birth date and sex follow."""
    return words.code == "SFZH"


def _marking(
    session: Session,
    mine: RecordSheet,
    case: CaseSheet | None,
    confirm: Verdict | None,
    barred: Sequence[Reason],
) -> str:
    """What marks at the items are for, as the engine allows."""
    if case is None or confirm is None:
        return ""
    if confirm.allowed:
        return "" if barred else "check"
    vouch = place().engine.check_seen(session, case.facts, "vouch_fields", actor(), at=mine.at)
    checks = CASE.action("vouch_fields").checks
    return "" if any(reason.rule not in checks for reason in vouch.reasons) else "vouch"


def _defers(session: Session, mine: RecordSheet, case: CaseSheet | None) -> datetime | None:
    """From when the rules take a change, if the student can note now that they have found an error."""
    if case is None:
        return None
    verdict = place().engine.check_seen(session, case.facts, "defer", actor(), at=mine.at)
    if any(reason.rule not in CASE.action("defer").checks for reason in verdict.reasons):
        return None
    return taken_from(session, place().engine.policies.in_force(mine.at), case.facts, mine.at)


def _due(mine: RecordSheet, case: CaseSheet | None, confirm: Verdict | None) -> Due:
    campaign = case.facts.campaign if case else None
    if case is None or campaign is None:
        return Due("filed" if case and case.state in (RAISED, REVIEW) else "none")
    silence = place().school.policy.silence
    opened = case.facts.opened(mine.at)
    closes = campaign.closes_at if opened is None else opened.until
    due = Due(
        _due_word(mine, case, confirm),
        campaign.opens_at,
        closes,
        max(closes - mine.at, timedelta(0)),
        campaign.kind in silence.deems,
        mine.ticks is not None,
        campaign.kind in silence.colleges_deem_students,
        case.facts.given_time is not None,
    )
    over = mine.at > campaign.closes_at or campaign.state != OPEN
    return replace(due, word="none") if over and due.word == "excluded" else due


def _due_word(mine: RecordSheet, case: CaseSheet, confirm: Verdict | None) -> str:
    campaign = case.facts.campaign
    assert campaign is not None
    if case.facts.opened(mine.at) is not None:
        return "confirm" if confirm and confirm.allowed else "barred"
    if case.state == CHECKED_OK:
        return "deemed" if case.facts.manner == "deemed" else "confirmed"
    if case.state == DEFERRED:
        return "deferred"
    if case.state != NOT_CHECKED:
        return "filed" if case.state in (RAISED, REVIEW) else "decided"
    if case.facts.excluded:
        return "excluded"
    if mine.at < campaign.opens_at:
        return "soon"
    if mine.at > campaign.closes_at or campaign.state != OPEN:
        return "silent" if mine.at > campaign.closes_at else "none"
    return "confirm" if confirm and confirm.allowed else "barred"


def _needs(
    session: Session,
    mine: RecordSheet,
    claims: Sequence[ClaimFiled],
    values: Mapping[str, str],
    papers: Sequence[Paper],
) -> tuple[Need, ...]:
    """The papers these claims need, from the policy's answer without any papers."""
    school, here = place().school, {paper.kind for paper in papers}
    effects = {rule.id: rule.effect for rule in school.policy.rules}
    needs: dict[tuple[str, ...], Need] = {}
    for claim in claims:
        try:
            answer = ask(school, _question(session, mine, (claim,), values))
        except QuestionFault:  # the reasons name the fact that the record lacks
            continue
        for reason in rules.reasons(answer):
            effect = effects[reason.rule]
            if isinstance(effect, Require):
                kinds = (effect.require, *effect.instead)
                so_far = needs.get(kinds, Need(kinds, (), (), bool(here & set(kinds))))
                needs[kinds] = replace(
                    so_far,
                    fields=(*so_far.fields, claim.field),
                    reasons=(*so_far.reasons, replace(reason, until="")),
                )
    return tuple(needs.values())


def _change(claim: ClaimFiled, values: Mapping[str, str]) -> ClaimPreview:
    words = next(words for words in place().school.fields if words.code == claim.field)
    follows = tuple(
        (field, values.get(field, ""), value)
        for field, value in following(claim).items()
        if field != claim.field
    )
    return ClaimPreview(
        claim,
        displayed(claim.field, values[claim.field]),
        follows,
        questions_of(words, claim.cause),
        unanswered(words, claim),
    )
