"""The one timeline of a case: what was done when, what is under way, and what is to come by when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from config.calendar import Calendar
from config.policy import CampaignPlan, FinalCheck
from config.profile import Profile
from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from web.shared.cases.questions import QuestionView
from web.shared.cases.steps import StepShown
from web.shared.labels import (
    field_words,
    kind_words,
    office_words,
    our_office,
    question_outcome_words,
    step_words,
)
from web.shared.words import day, days, in_list, moment
from workflow.cases.facts import CaseFacts
from workflow.cases.review.questions import pauses_of
from workflow.cases.review.steps import ANSWERED, PLATFORM
from workflow.cases.views.whose_turn import Turn
from workflow.history.entry import Entry
from workflow.permissions.tables import EXTEND, FREEZE, OPEN
from workflow.store import from_text

DONE, HERE, AHEAD = "done", "here", "ahead"
_PLACES = {"raise": 0, "take_up": 1}


@dataclass(frozen=True, slots=True)
class StageLine:
    """One sentence under a stage. ``said``: somebody's own words after it, in the language they wrote."""

    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what, when, and whether it is done, under way or to come. ``when`` is never empty."""

    what: str
    when: str
    state: str
    lines: tuple[StageLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Everything of a case that its timeline tells."""

    case: CaseFacts
    entries: Sequence[tuple[Entry, str]]
    questions: Sequence[QuestionView]
    way: Sequence[StepShown]
    turn: Turn
    late: bool
    today: date
    denied: bool
    dispute_until: datetime | None
    again: CampaignPlan | None
    last: FinalCheck | None
    several: bool
    said: Collection[str]
    """Words that stand at an item already."""


def stages(told: Told, profile: Profile, calendar: Calendar) -> tuple[Stage, ...]:
    """The stages since the last filing, in order. Exactly one is under way, or the last one that ended."""
    done = [stage for *_when, stage in sorted(_done(told), key=lambda one: one[:2])]
    ahead = [*_ahead(told, profile, calendar)]
    if told.case.state in (RAISED, REVIEW) and done:
        return (*done, *ahead)
    if done:
        last = done.pop()
        done.append(Stage(last.what, last.when, HERE, last.lines))
    return (*done, *ahead)


def promised(
    case: CaseFacts, questions: Sequence[QuestionView], profile: Profile, calendar: Calendar
) -> date | None:
    """By when the school usually decides, counted from the filing without the days of its questions."""
    if case.filed_at is None:
        return None
    pauses = pauses_of([one.facts for one in questions])
    return profile.usually_by(case.filed_at.date(), calendar, pauses)


# -- what was done --------------------------------------------------------------------------------------


def _done(told: Told) -> Iterator[tuple[datetime, int, Stage]]:
    """Each stage with its moment, and its place among those of the same moment."""
    for entry, words in _since_filing(told.entries):
        at = from_text(entry.at)
        what = _move(entry)
        if what:
            lines = (StageLine("", words),) if words and entry.action in ("dispute", "reopen") else ()
            yield at, _PLACES.get(entry.action, 4), Stage(what, moment(at), DONE, lines)
    yield from _permitted(told)
    yield from _answered(told.questions)
    for step in told.way:
        if step.facts.ended_at is not None:
            yield step.facts.ended_at, 3, _ended(step, told)


def _permitted(told: Told) -> Iterator[tuple[datetime, int, Stage]]:
    """What the registrar granted the student, or froze, while the request was under way."""
    case = told.case
    for one in case.permissions:
        under_way = case.filed_at is not None and one.granted_at >= case.filed_at
        if not under_way or (case.decided_at is not None and one.granted_at > case.decided_at):
            continue
        what = {
            FREEZE: _("学籍管理员冻结更正事项"),
            EXTEND: _("学籍管理员延长提出更正的时间"),
            OPEN: _("学籍管理员重新开放核对"),
        }[one.kind]
        until = moment(one.ended_at or one.until)
        when = _("%(granted)s，到 %(until)s", granted=moment(one.granted_at), until=until)
        yield one.granted_at, 4, Stage(what, when, DONE)


def _since_filing(entries: Sequence[tuple[Entry, str]]) -> Sequence[tuple[Entry, str]]:
    first = max((n for n, (entry, _words) in enumerate(entries) if entry.action == "raise"), default=None)
    return () if first is None else entries[first:]


def _move(entry: Entry) -> str:
    """A move as the student sees it; '' for what is no stage."""
    by_proxy = entry.action == "raise" and entry.role != "student"
    said: str = {
        "raise": _("经办人代您提交申请") if by_proxy else _("您提交申请"),
        "take_up": _("申请已受理"),
        "withdraw": _("您撤回申请"),
        "correct": _("学校作出决定"),
        "reject": _("学校作出决定"),
        "lapse": _("申请终止"),
        "dispute": _("您提出仍有误，再次审核"),
        "reopen": _("复核人重新审核"),
        "resume": _("恢复办理"),
        "reconfirm": _("您确认更正结果"),
        "disagree": _("您提交不同意见"),
        "flag": _("新的学籍数据与结果不一致"),
        "end_flag": _("学校核对了不一致的数据"),
    }.get(entry.action, "")
    return said


def _answered(questions: Sequence[QuestionView]) -> Iterator[tuple[datetime, int, Stage]]:
    """One stage for what was asked at once and is not open any more."""
    for asked_at in sorted({one.facts.asked_at for one in questions}):
        batch = [one for one in questions if one.facts.asked_at == asked_at and not one.facts.open]
        ended = [one.facts.ended_at for one in batch if one.facts.ended_at]
        if not ended:
            continue
        when = _("%(asked)s 通知，%(ended)s 结束", asked=moment(asked_at), ended=moment(max(ended)))
        lines = tuple(line for one in batch for line in _asked(one))
        yield asked_at, 2, Stage(_("补正材料"), when, DONE, lines)


def _asked(one: QuestionView) -> Iterator[StageLine]:
    title = question_title(one)
    if one.facts.outcome:
        title = _("%(what)s（%(outcome)s）", what=title, outcome=question_outcome_words(one.facts.outcome))
    yield StageLine(title)
    if one.says:
        yield StageLine(_("学校："), one.says)
    if one.answer:
        yield StageLine(_("您："), one.answer)


def question_title(one: QuestionView) -> str:
    """What one question asks for, in words."""
    said: str = _("说明情况")
    if one.facts.kind == "paper":
        said = _("补交：%(kind)s", kind=kind_words(one.about))
    elif one.facts.kind == "value":
        said = _("改正：%(field)s", field=field_words(one.about))
    elif one.about:
        said = _("说明：%(field)s", field=field_words(one.about))
    return said


def _ended(step: StepShown, told: Told) -> Stage:
    at = step.facts.ended_at
    assert at is not None
    lines = [StageLine(step.ended_said)] if step.facts.kind != PLATFORM else []
    if step.words and step.words not in told.said:
        lines.append(StageLine(step.words_head, step.words))
    return Stage(_step(step, told.several), day(at.date()), DONE, tuple(lines))


def _step(step: StepShown, several: bool) -> str:
    what: str = step_words(step.facts.kind)
    if step.facts.kind == PLATFORM:
        what = _("学信网显示更正后的信息")
    elif step.facts.kind not in ANSWERED:
        what = _("%(office)s：%(step)s", office=office_words(step.facts.office), step=what)
    if several:
        what = _(
            "%(step)s（%(fields)s）", step=what, fields=in_list([field_words(one) for one in step.fields])
        )
    return what


# -- what is under way, and what is to come -------------------------------------------------------------


def _ahead(told: Told, profile: Profile, calendar: Calendar) -> Iterator[Stage]:
    if told.case.state in (RAISED, REVIEW):
        yield from _under_review(told, profile, calendar)
    elif told.case.state in (CORRECTED, REJECTED):
        yield from _after(told, profile)


def _under_review(told: Told, profile: Profile, calendar: Calendar) -> Iterator[Stage]:
    waiting = [one for one in told.questions if one.facts.open]
    here = ""
    if waiting:
        here = ngettext("请您补正 %(num)d 项", "请您补正 %(num)d 项", len(waiting))
        yield Stage(here, _answer_by(waiting, told.late), HERE)
    elif told.turn.what == "take_up":
        office = office_words(told.turn.office) if told.turn.office else our_office()
        here = _("等待%(office)s受理", office=office)
        yield Stage(here, _by(told.turn, told.late) or _office(told.turn.office), HERE)
    for step in told.way:
        if step.facts.ended_at is not None:
            continue
        now = not here and step.ready
        here = here or (_step(step, told.several) if now else "")
        limit = step.due_said or (_office(step.facts.office) if now else _("作出决定前"))
        when = f"{step.sent_said}{_('；')}{limit}" if step.sent_said else limit
        yield Stage(_step(step, told.several), when, HERE if now else AHEAD)
    yield Stage(_("学校作出决定"), _usually(told, profile, calendar), AHEAD if here else HERE)


def _answer_by(waiting: Sequence[QuestionView], late: bool) -> str:
    due = min((one.facts.due for one in waiting if one.facts.due), default=None)
    if due is None:
        return str(_("请尽快"))
    said: str = _("%(day)s（含）前，已过期限", day=day(due)) if late else _("%(day)s（含）前", day=day(due))
    return said


def _office(office: str) -> str:
    return str(_("由%(office)s办理", office=office_words(office) if office else our_office()))


def _usually(told: Told, profile: Profile, calendar: Calendar) -> str:
    """The school's promise, counted from the filing; once it is over, that it is."""
    by = promised(told.case, told.questions, profile, calendar)
    if by is not None and by < told.today:
        return str(_("已超过一般办理时间（%(day)s前）", day=day(by)))
    if by is not None:
        return str(_("一般在 %(day)s前", day=day(by)))
    if profile.working_days:
        return str(_("一般 %(n)d 个工作日内", n=profile.working_days))
    return str(_("学校没有规定期限"))


def _by(turn: Turn, late: bool) -> str:
    if turn.until is None:
        return ""
    until = moment(turn.until) if isinstance(turn.until, datetime) else day(turn.until)
    said: str = _("已过期限 %(day)s", day=until) if late else _("期限 %(day)s", day=until)
    return said


def _after(told: Told, profile: Profile) -> Iterator[Stage]:
    case = told.case
    if case.afterwards.reconfirm_until and case.afterwards.reconfirmed_at is None:
        when = _("%(day)s（含）前", day=day(case.afterwards.reconfirm_until))
        yield Stage(_("请您确认更正结果"), when, AHEAD)
    if told.denied and profile.appeal_days:
        yield Stage(
            _("申诉期限"),
            _("收到决定书之日起 %(n)d 日内", n=profile.appeal_days),
            AHEAD,
        )
    if told.dispute_until:
        yield Stage(_("提出“仍有误”的期限"), _("%(moment)s 截止", moment=moment(told.dispute_until)), AHEAD)
    if told.again:
        plan = told.again
        lines = (StageLine(_("届时请再核对一次，共 %(n)d 项。", n=len(plan.fields))),)
        yield Stage(_("下一次自查"), days(plan.opens.date(), plan.closes.date()), AHEAD, lines)
    if told.last:
        lines = (
            StageLine(
                _(
                    "预计毕业日期 %(day)s，%(year)s 届。",
                    day=day(told.last.expected_graduation),
                    year=told.last.class_year,
                )
            ),
        )
        when = _("%(moment)s 截止", moment=moment(told.last.closes))
        yield Stage(_("毕业前最后一次提出更正"), when, AHEAD, lines)
