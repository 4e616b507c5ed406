"""The review steps of a case as plain values, for the people who complete them and the student."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField

from config.policy.submissions import next_intake
from web.shared.forms import Stepped
from web.shared.labels import office_words
from web.shared.security import actor, place
from web.shared.words import day, in_list, month
from workflow.cases.batches import live_batch_of
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.review import steps
from workflow.cases.review.inquiries import WRITTEN_FOR
from workflow.cases.views.lookup import names_of
from workflow.history.codes import MORE
from workflow.verdict import Reason

ACT_OF = {steps.PLATFORM: "see", **dict.fromkeys(steps.ANSWERED, "send")}
"""The first action on a waiting step, by kind. All other kinds use ``pass_step``."""


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step with the fields of its claims, and who ended it. ``late`` is computed on reading.

    ``ready``: it can be completed now. ``bars`` are the reasons against the signed-in person.
    """

    facts: StepFacts
    fields: tuple[str, ...]
    late: bool
    by_name: str
    ready: bool
    words: str = ""
    bars: tuple[Reason, ...] = ()
    reply: tuple[str, ...] = ()
    """The number of the reply and who gave it, as far as they were entered; never for the student."""
    goes_with: str = ""
    """With which batch an open step goes to its body, in a sentence."""

    @property
    def mine(self) -> bool:
        """True when the signed-in person can complete it now."""
        return self.ready and not self.bars

    @property
    def approvable(self) -> bool:
        """True when approving its claims completes it too: an office's decision, or the platform step."""
        return self.facts.kind in (*steps.DECIDED, steps.PLATFORM)

    @property
    def due_said(self) -> str:
        """The due day of an open step."""
        if self.facts.outcome or self.facts.due is None:
            return ""
        due = day(self.facts.due)
        said: str = _("已过期限 %(day)s", day=due) if self.late else _("期限 %(day)s", day=due)
        return said

    @property
    def sent_said(self) -> str:
        """With which batch it goes, or when it was sent out and what it waits for since then."""
        if self.facts.sent_on is None:
            return self.goes_with
        said: str = _("%(day)s 已发出，等答复", day=day(self.facts.sent_on))
        if self.facts.kind == steps.PLATFORM:
            said = _("%(day)s 已录入，等平台显示", day=day(self.facts.sent_on))
        elif self.facts.kind == steps.NOTICE:
            said = _("%(day)s 起公示", day=day(self.facts.sent_on))
        return said

    @property
    def voided_said(self) -> str:
        """What of the student's makes it void, once it is passed."""
        words = {"value": _("改正内容"), "paper": _("补交材料"), "explanation": _("作出说明")}
        names = [words[one] for one in words if self.facts.is_voided_by(one)]
        if not names:
            return str(_("学生补正之后仍然有效"))
        return str(_("学生%(what)s之后重新办理", what=in_list(names)))

    @property
    def ended_said(self) -> str:
        """How it ended, for the student."""
        answered = self.facts.kind in steps.ANSWERED
        said: str
        if self.facts.outcome == "passed" and self.facts.kind == steps.PLATFORM:
            said = _("学信网已显示正确的信息")
        elif self.facts.outcome == "passed":
            agreed = _("对方已确认") if self.facts.kind == "letter" else _("对方已同意")
            said = agreed if answered else _("审核结果：通过")
        elif self.facts.kind == "letter":
            said = _("对方没有确认")
        else:
            office = office_words(self.facts.office)
            said = _("%(office)s不同意", office=office) if answered else _("审核结果：不予通过")
        return said

    @property
    def words_head(self) -> str:
        """The heading over a step's comment, for the student."""
        said: str = _("说明：")
        if self.facts.kind == "letter":
            said = _("对方的原话：")
        elif self.facts.kind in steps.ANSWERED:
            said = _("%(office)s的原话：", office=office_words(self.facts.office))
        return said


@dataclass(frozen=True, slots=True)
class LetterProposed:
    """What is proposed for an official letter: whom it may go to, and what it asks.

    ``authority`` is the exam authority that the school's list names for the student, '' where it names none.
    ``numbered``: the register gives its number.
    """

    whoms: tuple[tuple[str, str], ...]
    asks: str
    authority: str
    numbered: bool


@dataclass(frozen=True, slots=True)
class StepForm:
    """One act on a step and the fields of its form, by label ('' for a field it does not have).

    ``answers`` are the possible outcomes. ``looks``: the form asks whether the present record was checked.
    ``letter`` is what is proposed for an official letter, where one can be written with it.
    """

    act: str
    title: str
    form: Stepped
    opened: bool
    answers: tuple[tuple[str, str], ...]
    day: str
    number: str
    due: str
    words: str
    looks: bool
    person: str = ""
    letter: LetterProposed | None = None

    @property
    def day_field(self) -> DateField:
        """The name of its date field."""
        field: DateField = self.form.received_on if self.act == "receive" else self.form.sent_on
        return field


def step_forms(
    step: StepShown, tried: str, typed: Stepped | None, letter: LetterProposed | None = None
) -> tuple[StepForm, ...]:
    """The acts on a step that have a form. ``typed`` is the last input for the action ``tried``.

    Sending comes first, then the answer. Approval by an office, and the platform step, belong to the form of
    the decision on claims.
    """
    acts = ("send",) if not step.facts.sent_on else ("receive", "object", "pass_step", "fail_step")
    if step.facts.kind in steps.DECIDED:
        acts = ("fail_step",)
    again = typed if typed is not None and typed.step.data == step.facts.id else None
    return tuple(
        _step_form(step, act, again if tried == act else None, letter)
        for act in acts
        if step.facts.kind in steps.KINDS_OF[act]
    )


def _step_form(step: StepShown, act: str, typed: Stepped | None, letter: LetterProposed | None) -> StepForm:
    letter = letter if act == "send" and step.facts.kind in WRITTEN_FOR else None
    sent_out = step.facts.kind in steps.ANSWERED
    days = {steps.NOTICE: _("开始公示的日期"), steps.PLATFORM: _("录入平台的日期")}
    titles = {
        "send": {steps.NOTICE: _("开始公示"), steps.PLATFORM: _("登记已录入平台")}.get(
            step.facts.kind, _("登记发出")
        ),
        "receive": _("登记答复"),
        "object": _("登记异议"),
        "pass_step": _("公示期满，通过"),
        "fail_step": _("公示不通过") if step.facts.kind == steps.NOTICE else _("这一环节不通过"),
    }
    words = {
        "receive": _("对方的话（不同意或需补充时必填，照原文写，学生会看到）")
        if step.facts.kind in steps.BODIES
        else _("对方的话（不同意时必填，照原文写，学生会看到）"),
        "object": _("异议的内容"),
        "pass_step": _("说明（学生会看到）"),
        "fail_step": _("不通过的理由（学生会看到）"),
    }
    numbers = {"letter": _("函件编号")}
    if letter and letter.numbered:
        numbers["letter"] = _("函件编号（在别处写的函才填，公函由系统编号）")
    return StepForm(
        act=act,
        title=titles[act],
        form=typed or Stepped(formdata=None, data={"asks": letter.asks} if letter else None),
        opened=typed is not None
        or act == "receive"
        or (act == "send" and step.facts.kind != steps.PLATFORM and not step.goes_with),
        answers=tuple(_answers(step.facts.kind)) if act == "receive" else (),
        day={"send": days.get(step.facts.kind, _("发出的日期")), "receive": _("收到答复的日期")}.get(act, ""),
        number=numbers.get(step.facts.kind, _("批次或文号（可不填）"))
        if act == "send" and sent_out
        else _("回函文号（可不填）")
        if act == "receive"
        else "",
        person=_("对方经办人（可不填）") if act == "receive" else "",
        letter=letter,
        due=_("要求答复的日期（可不填）") if act == "send" and sent_out else "",
        words=words.get(act, ""),
        looks=act == "pass_step",
    )


def _answers(kind: str) -> Iterator[tuple[str, str]]:
    """What a body outside may reply: one that decides may also want more."""
    yield "passed", _("同意")
    yield "failed", _("不同意")
    if kind in steps.BODIES:
        yield MORE, _("需补充")


def shown(
    facts: CaseFacts,
    every: Sequence[StepFacts],
    fields: Mapping[str, str],
    today: date,
    *,
    names: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
    bars: Mapping[str, tuple[Reason, ...]] | None = None,
    batches: Mapping[str, str] | None = None,
) -> tuple[StepShown, ...]:
    """The steps that are not void, in order. ``fields`` maps a claim's id to its field."""
    now = {one.step.id for one in steps.ready(facts)}
    return tuple(
        StepShown(
            facts=step,
            fields=tuple(sorted({fields[claim] for claim in step.claims if claim in fields})),
            late=not step.outcome and step.due is not None and step.due < today,
            by_name=(names or {}).get(step.ended_by, ""),
            ready=step.id in now,
            words=(words or {}).get(step.id, ""),
            bars=(bars or {}).get(step.id, ()),
            goes_with=(batches or {}).get(step.id, ""),
        )
        for step in every
        if step.outcome != "void"
    )


def read_steps(
    session: Session,
    facts: CaseFacts,
    words: Mapping[str, str],
    at: datetime,
) -> tuple[StepShown, ...]:
    """The steps of a case, who completed them, and which the signed-in person can complete."""
    fields = {claim.id: claim.field for claim in facts.claims_of_record if claim.case_id == facts.id}
    people: Collection[str] = {step.ended_by for step in facts.every_step if step.ended_by}
    return shown(
        facts,
        facts.every_step,
        fields,
        at.date(),
        names=names_of(session, people) if people else {},
        words=words,
        bars={one.step.id: _bars(session, facts, one.step, at) for one in steps.ready(facts)},
        batches=goes_with(session, facts, at),
    )


def to_bodies(facts: CaseFacts) -> tuple[StepFacts, ...]:
    """The open steps with which claims are still to go to a body outside."""
    return tuple(
        step for step in facts.steps if step.kind in steps.BODIES and not step.outcome and not step.sent_on
    )


def goes_with(session: Session, facts: CaseFacts, at: datetime) -> dict[str, str]:
    """With which batch each of these steps goes: the one that it is in, else the next intake of its body."""
    waiting = to_bodies(facts)
    there = live_batch_of(session, {claim for step in waiting for claim in step.claims})
    policy, said = place().rules.judging(session, facts, at).school.policy, dict[str, str]()
    for step in waiting:
        office = office_words(step.office)
        batch = next((there[claim] for claim in sorted(step.claims) if claim in there), None)
        intake = batch.month if batch is not None else next_intake(policy, step.office, at)
        if batch is not None and not intake:
            said[step.id] = _("已列入报送%(office)s的批次", office=office)
        elif batch is not None:
            said[step.id] = _("已列入%(month)s报送%(office)s的批次", month=month(intake), office=office)
        elif intake:
            said[step.id] = _("计划随%(month)s批次报送%(office)s", month=month(intake), office=office)
    return said


def _bars(session: Session, facts: CaseFacts, step: StepFacts, at: datetime) -> tuple[Reason, ...]:
    """The reasons why a waiting step is not for the signed-in person."""
    act = ACT_OF.get(step.kind, "pass_step")
    verdict = place().engine.check_seen(session, facts, act, actor(), {"step": step.id}, at)
    return tuple(reason for reason in verdict.reasons if reason.rule in ("step_is_theirs", "role"))
