"""All buttons and forms of a case's page, derived from the engine's verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm

from web.desk.case_view import CaseAtDesk
from web.desk.letters import proposed
from web.desk.sentences import by_outcome, chosen_in, fill_in, in_full
from web.shared.cases.steps import LetterProposed, StepForm, StepShown, step_forms
from web.shared.forms import Asking, Concluded, Decided, Stepped, Verified
from web.shared.labels import (
    addressee_words,
    field_words,
    outcome_words,
    refusal_words,
)
from web.shared.security import place
from web.shared.words import day, named
from workflow.cases.facts import ClaimFacts
from workflow.cases.review.inquiries import WRITTEN_FOR
from workflow.cases.review.steps import PLATFORM
from workflow.letters.tables import ADDRESSEES
from workflow.verdict import Reason

OF_A_VALUE = "value-"
"""Prefix of the form fields that ask for another value. The claim's id follows."""


@dataclass(frozen=True, slots=True)
class Button:
    """An action by one button, and the reasons against it."""

    act: str
    words: str
    barred: tuple[Reason, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """A form that settles claims (comma-separated ids): its possible outcomes, and the reasons against it.

    ``told_by`` is the id of the page element with the reasons: that of ``hold`` if it has the same. ``seen``
    says whether a day of the platform is asked: "may", "must" or "".
    """

    claims: str
    title: str
    form: Concluded
    opened: bool
    outcomes: tuple[tuple[str, str], ...]
    seen: str
    refusal: bool
    barred: tuple[Reason, ...] = ()
    told_by: str = ""
    words_always: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """A form that closes or reopens a case, and the reasons against it."""

    act: str
    title: str
    label: str
    form: Decided
    barred: tuple[Reason, ...]
    goes_on: bool

    @property
    def refusal(self) -> bool:
        """True when it asks for a refusal code."""
        return self.act == "reject"


@dataclass(frozen=True, slots=True)
class Offers:
    """All buttons and forms that the page of a case offers its reader.

    ``waits``: a student's answer is pending, so nothing can be decided. ``drop`` holds the reasons against
    dropping a question, None if the reader may never. ``kept`` holds (label, text, is Chinese) of a refused
    form that is not offered any more. ``at_fault`` leads from the code of a reason to its field.
    """

    release: Button | None
    hand_over: bool
    start: Button | None
    steps: Mapping[str, tuple[StepForm, ...]]
    alone: Mapping[str, Settling]
    decision: Settling | None
    waits: bool
    refusals: tuple[tuple[str, str], ...]
    ask: Asking | None
    asked_values: Mapping[str, str]
    ask_sentences: tuple[tuple[str, str], ...]
    drop: tuple[Reason, ...] | None
    closings: tuple[Closing, ...]
    sentences: Mapping[str, tuple[tuple[str, str], ...]]
    undo: Button | None
    reopen: Closing | None
    take_over: Closing | None
    end_flag: Closing | None
    verifying: Verified
    kept: tuple[tuple[str, str, bool], ...]
    at_fault: Mapping[str, str]


AT_FAULT = {
    "outcome_missing": "outcome-approved",
    "words_missing": "words",
    "words_too_long": "words",
    "refusal_code_missing": "refusal",
    "not_seen_on_platform": "seen_on",
    "seen_in_the_future": "seen_on",
    "seen_before_filing": "seen_on",
    "base_moved": "base",
    "checklist_not_done": "checklist",
}
"""The field of the decision that a reason is about, by its code."""


def offers(it: CaseAtDesk, tried: str, typed: FlaskForm | None) -> Offers:
    """What a case's page offers at first, or after the action ``tried`` with input ``typed`` was refused."""
    may = it.may
    settles = "settle" in may and may["settle"].allowed
    theirs_alone = "settle" in may and set(may["settle"].codes) == {"not_the_desk"} and bool(it.mine)
    concluded = typed if isinstance(typed, Concluded) else None
    stepped = typed if isinstance(typed, Stepped) else None
    asking = typed if isinstance(typed, Asking) else Asking(formdata=None)
    _fill_in_question(it, asking)
    asked_values = dict(_asked_values()) if isinstance(typed, Asking) else {}
    alone = {
        claim.id: _alone(claim, concluded)
        for claim in (one.facts for one in it.ruled.claims)
        if settles and (claim.outcome or len(it.open_claims) > 1)
    }
    of_one = concluded is not None and concluded.claims.data in alone
    waits = bool(it.open_questions and it.open_claims and "settle" in may)
    again = may.get("settle" if tried == "decide" else tried)
    lost = typed is not None and not (again is not None and again.allowed)
    return Offers(
        release=_button(it, "release", _("退回待办"), "P") if it.in_hand else None,
        hand_over=it.in_hand and "hand_over" in may and may["hand_over"].allowed,
        start=_button(it, "take_up", _("受理"), "T")
        or (None if it.in_hand else _button(it, "hold", _("领办"), "T")),
        steps={step.facts.id: step_forms(step, tried, stepped, _letter(it, step)) for step in it.mine}
        if settles or theirs_alone
        else {},
        alone=alone,
        decision=_approval(it, concluded)
        if theirs_alone
        else _decision(it, None if of_one else concluded)
        if it.open_claims and "settle" in may and not waits
        else None,
        waits=waits,
        refusals=tuple(named((one.code for one in it.policy.refusals), refusal_words)),
        ask=asking if "ask" in may and may["ask"].allowed else None,
        asked_values=asked_values,
        ask_sentences=tuple((one.id, in_full(one)) for one in it.sentences if one.outcome == "ask"),
        drop=may["drop_question"].reasons if "drop_question" in may else None,
        closings=tuple(_closings(it, tried, typed)),
        sentences=by_outcome(it.sentences, dict(_outcomes(approve=it.can_approve))),
        undo=_button(it, "undo", _("撤销决定"), "U"),
        reopen=_closing(it, "reopen", _("重新审核"), _("理由"), tried, typed, words=_why_again(it)),
        take_over=_closing(it, "take_over", _("接办"), _("为什么接办（原来的经办人会知道）"), tried, typed)
        if "take_over" in may and may["take_over"].allowed
        else None,
        end_flag=_closing(it, "end_flag", _("处理名册提示"), _("怎样处理的"), tried, typed)
        if any(one.open for one in it.flags)
        else None,
        verifying=typed if isinstance(typed, Verified) else Verified(formdata=None),
        kept=tuple(_kept(typed, asked_values)) if typed is not None and lost else (),
        at_fault=AT_FAULT if tried == "decide" and not of_one else {},
    )


def _letter(it: CaseAtDesk, step: StepShown) -> LetterProposed | None:
    """What is proposed for an official letter, if one can be written for this step."""
    if step.facts.kind not in WRITTEN_FOR or step.facts.sent_on is not None:
        return None
    return LetterProposed(
        whoms=tuple(named(ADDRESSEES, addressee_words)),
        asks=proposed(it.case.facts, step.facts),
        authority=it.authority,
        numbered=bool(place().profile.document_word),
    )


def _button(it: CaseAtDesk, act: str, words: str, key: str = "") -> Button | None:
    return Button(act, words, it.may[act].reasons, key) if act in it.may else None


def _outcomes(*, approve: bool) -> tuple[tuple[str, str], ...]:
    others = named(("refused", "already_right"), outcome_words)
    return ((("approved", _("同意更正")),) if approve else ()) + tuple(others)


def _alone(claim: ClaimFacts, concluded: Concluded | None) -> Settling:
    """The form for one claim of several, or for a settled one."""
    again = concluded if concluded is not None and concluded.claims.data == claim.id else None
    return Settling(
        claims=claim.id,
        title=_("修改决定") if claim.outcome else _("单独决定这一项"),
        form=again or Concluded(formdata=None),
        opened=again is not None,
        outcomes=_outcomes(approve=True),
        seen="may",
        refusal=True,
    )


def _approval(it: CaseAtDesk, concluded: Concluded | None) -> Settling | None:
    """The form of an office that settles nothing: its own steps can be passed."""
    if not any(step.approvable for step in it.mine):
        return None
    return replace(
        _decision(it, concluded),
        outcomes=_outcomes(approve=True)[:1],
        seen="may" if any(step.facts.kind == "platform" for step in it.mine) else "",
        refusal=False,
        barred=(),
    )


def _decision(it: CaseAtDesk, concluded: Concluded | None) -> Settling:
    """The form for all open claims."""
    claims, hold, settle = _to_decide(it), it.may.get("hold"), it.may["settle"]
    n = len(claims)
    form, outcomes = concluded or Concluded(formdata=None), _outcomes(approve=it.can_approve)
    fill_in(form, it.sentences)
    said_above = hold is not None and not it.in_hand and hold.codes == settle.codes
    return Settling(
        claims=",".join(claims),
        title=_("审核决定") if n == 1 else ngettext("%(num)d 项一并决定", "%(num)d 项一并决定", n),
        form=form,
        opened=True,
        outcomes=outcomes,
        seen=_day_asked(it),
        refusal=not it.something_corrected,
        barred=settle.reasons,
        told_by="hold-barred" if said_above else "settle-barred",
        words_always=it.policy.decisions.words_on_approval,
    )


def _to_decide(it: CaseAtDesk) -> tuple[str, ...]:
    """The open claims that are not approved yet; all of them, if only entries on the platform are left."""
    waiting = [step.facts for step in it.steps if step.facts.outcome in ("", "failed")]
    undecided = [
        claim
        for claim in it.open_claims
        if {step.kind for step in waiting if claim in step.claims} != {PLATFORM}
    ]
    return tuple(undecided) or it.open_claims


def _day_asked(it: CaseAtDesk) -> str:
    """Whether approving takes a day of the platform: it must where nothing but the entry is left."""
    if not it.can_approve:
        return ""
    checks = (step.approvable and step.facts.kind != PLATFORM for step in it.mine)
    return "may" if any(checks) or not it.steps else "must"


def _fill_in_question(it: CaseAtDesk, form: Asking) -> None:
    """Put the kept sentence chosen beside the papers that are ticked, else into what is to be explained."""
    if (chosen := chosen_in(form, it.sentences)) is not None:
        field = form.paper_words if form.paper.data else form.explanation
        field.data = in_full(chosen)


def _closings(it: CaseAtDesk, tried: str, typed: FlaskForm | None) -> Iterator[Closing]:
    """How a case is closed of which every claim has its outcome already."""
    if it.open_claims:
        return
    labels = {"correct": _("办理说明（学生会看到）"), "reject": _("理由（学生会看到）")}
    for act, title in (("correct", _("更正办结")), ("reject", _("不予更正"))):
        found = _closing(it, act, title, labels[act], tried, typed, goes_on=True)
        if found is not None:
            yield found


def _closing(
    it: CaseAtDesk,
    act: str,
    title: str,
    label: str,
    tried: str,
    typed: FlaskForm | None,
    *,
    goes_on: bool = False,
    words: str = "",
) -> Closing | None:
    if act not in it.may:
        return None
    again = typed if tried == act and isinstance(typed, Decided) else None
    form = again or Decided(formdata=None, data={"words": words})
    return Closing(act, title, label, form, it.may[act].reasons, goes_on)


def _why_again(it: CaseAtDesk) -> str:
    """The reason to reopen that an open flag suggests; who reopens the case may write another."""
    flag = next((one for one in it.flags if one.open), None)
    if flag is None:
        return ""
    said: str = _(
        "%(day)s 的名册与决定不符：%(field)s。", day=day(flag.data_of), field=field_words(flag.field)
    )
    return said


def _asked_values() -> Iterator[tuple[str, str]]:
    """The typed requests for other values, by claim."""
    return (
        (name.removeprefix(OF_A_VALUE), said)
        for name, said in request.form.items()
        if name.startswith(OF_A_VALUE)
    )


def _kept(typed: FlaskForm, asked_values: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """(label, text, is Chinese) of input whose form the page no longer has, so that it is not lost."""

    def of(name: str) -> str:
        if name not in typed:
            return ""
        return str((typed[name].data if name in ("outcome", "refusal") else typed[name]._value()) or "")

    outcomes = dict(_outcomes(approve=True)) | {"corrected": outcome_words("corrected")}
    lines = (
        (_("认定结果"), outcomes.get(of("outcome"), of("outcome")), False),
        (_("发出的日期"), of("sent_on"), False),
        (_("收到答复的日期"), of("received_on"), False),
        (_("函件编号"), of("number"), True),
        (_("收函单位全称"), of("addressee"), True),
        (_("请对方核实的内容"), of("asks") if of("whom") else "", True),
        (_("学信网更正完成日期"), of("seen_on"), False),
        (_("理由类别"), refusal_words(of("refusal")) if of("refusal") else "", False),
        (_("退回补正"), of("paper_words"), True),
        (_("退回补正"), of("explanation"), True),
        *((_("退回补正"), said, True) for said in asked_values.values()),
        (_("理由"), of("words"), True),
    )
    return (line for line in lines if line[1])
