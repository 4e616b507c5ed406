"""What a body answered to a batch: its file looked at row by row and then taken, or one line by hand."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from web.registrar.rosters.dry_run import DryRun, FindingView, Of, UploadedTable, form_page, stand_at
from web.shared.act import Acting, Answer, No, Page, act
from web.shared.forms import LineAnswered, RosterHandedIn, form_key, seen_version
from web.shared.labels import field_words, office_words, said
from web.shared.security import actor, fresh, open_to, place
from web.shared.standing import BATCH, about
from web.shared.words import day, month, pick
from workflow.cases.batches import VERDICTS
from workflow.outgoing.answers.lines import lines_named
from workflow.outgoing.answers.planning import (
    NOT_TAKEN,
    TAKEN,
    AnswerPlan,
    RowVerdict,
    plan_answers,
)
from workflow.outgoing.answers.reading import AnswerFile, read_answers
from workflow.outgoing.answers.taking import answer_line, take_answers
from workflow.outgoing.batches.facts import BatchFacts, LineFacts, look_at_batch
from workflow.people.access import people_at_the_door
from workflow.records.upload import WaitingUpload
from workflow.verdict import Reason

bp = Blueprint("batch_answers", __name__, url_prefix="/registrar/batches/<string(length=32):batch>/answers")


def _planned(session: Session, read: AnswerFile, waiting: WaitingUpload, of: Of) -> DryRun:
    """What would be taken of each row, and what not."""
    facts = look_at_batch(session, of["batch"]) or abort(404)
    plan = plan_answers(place().engine, session, place().cipher, facts, read, actor())
    barred = place().engine.check_seen(session, facts, "take_answers", actor()).reasons
    return DryRun(
        name=waiting.name,
        as_of=None,
        digest=read.facts.digest,
        expected=_expected(plan),
        advice=_("不登记的行列在下面，其余的照常登记；部分答复是正常的，没有答复的继续等待。"),
        numbers=(
            (_("行数"), read.size),
            *((pick(*words), plan.count(code)) for code, words in VERDICTS.items()),
            (_("继续等待"), plan.waiting),
        ),
        out=(_("不登记的行"), plan.left_out),
        verdicts=(_("登记"), _("不登记")),
        findings=tuple(map(_found, plan.verdicts)),
        facts=tuple(_head(facts)),
        barred=barred,
        shut=not plan.takes,
        foot="" if plan.takes else _("没有可以登记的行。"),
        every_row=True,
    )


def _head(facts: BatchFacts) -> Iterable[tuple[str, str]]:
    intake = f" · {month(facts.month)}" if facts.month else ""
    yield _("批次"), f"{office_words(facts.office)}{intake}"
    if facts.number:
        yield _("文号"), facts.number
    if facts.sent_on:
        yield _("报送日期"), day(facts.sent_on)


def _found(one: RowVerdict) -> FindingView:
    words = TAKEN.get(one.code) or NOT_TAKEN[one.code]
    says = pick(words.zh, words.en)
    why = " ".join(f"{it.says}{it.remedy}" for it in map(said, one.reasons))
    if why:
        says = f"{says}{_('：')}{why}"
    if one.line:
        says = _("第 %(n)d 行：%(what)s", n=one.line, what=says)
    return FindingView(one.row, one.code, says, one.taken)


def _expected(plan: AnswerPlan) -> str:
    """The identifier of exactly this result."""
    shown = repr((plan.verdicts, plan.takes, plan.waiting))
    return place().cipher.digest("answers", shown.encode())


def _take(it: Acting, read: AnswerFile, waiting: WaitingUpload, of: Of) -> tuple[str, Iterable[str]]:
    """Take the answers, and say how many wait on."""
    plan = take_answers(it.place.engine, it.session, it.place.cipher, of["batch"], read, it.by)
    told = _("已登记 %(n)d 行答复。", n=len(plan.takes))
    return _expected(plan), [f"{told}{_rest(plan.waiting)}"]


def _rest(waiting: int) -> str:
    if not waiting:
        return str(_("这个批次已全部答复。"))
    said: str = ngettext("还有 %(num)d 行等待答复。", "还有 %(num)d 行等待答复。", waiting)
    return said


def _listed(
    of: Of, no: No | None = None, form: RosterHandedIn | None = None, typed: LineAnswered | None = None
) -> Page:
    """How far the batch is answered, the form for a file, and the form for one line."""
    with place().store.reading() as session:
        facts = look_at_batch(session, of["batch"]) or abort(404)
        barred = place().engine.check_seen(session, facts, "take_answers", actor()).reasons
        waiting = [] if barred else _named(session, facts.waiting)
    return form_page(
        "registrar/batches/answers.html",
        no,
        form,
        batch=facts,
        head=tuple(_head(facts)),
        barred=barred,
        counts=[(pick(*words), _count(facts, code)) for code, words in VERDICTS.items()],
        rest=len(facts.waiting),
        waiting=waiting,
        results=[(code, pick(*words)) for code, words in VERDICTS.items()],
        typed=typed or LineAnswered(formdata=None),
    )


def _count(facts: BatchFacts, verdict: str) -> int:
    return sum(line.standing == verdict for line in facts.lines)


def _named(session: Session, lines: Iterable[LineFacts]) -> list[tuple[str, str]]:
    return [
        (one.line, f"{one.number} · {one.name} {one.student} · {field_words(one.field)}")
        for one in lines_named(session, lines, people_at_the_door(actor()))
    ]


ANSWERS = UploadedTable(
    folder="incoming-answers",
    home=".answers",
    title=lambda: _("批次的答复"),
    choose=lambda: _("请选择对方的答复文件。"),
    by_column=False,
    changed=Reason(
        "result_changed",
        "您查看试导入结果之后，批次或其中的个案有变化，结果与您看到的不同；未登记任何答复。",
        remedy="请核对下面新的结果，再按一次。",
        rule="answers",
    ),
    check=read_answers,
    read=lambda waiting: read_answers(waiting.name, waiting.data),
    plan=_planned,
    take=_take,
    listed=_listed,
)
stand_at(bp, ANSWERS, batch=BATCH)


@bp.get("")
@open_to("registrar")
@about(batch=BATCH)
def answers(batch: str) -> Page:
    """How far the batch is answered, and the forms for more answers."""
    return ANSWERS.home_page({"batch": batch})


@bp.post("/line")
@open_to("registrar")
@about(batch=BATCH)
@fresh
def answer_one(batch: str) -> Answer:
    """Enter by hand what the body answered to one line."""
    form, of = LineAnswered(), {"batch": batch}

    def enter(it: Acting) -> None:
        answer_line(
            it.place.engine,
            it.session,
            batch,
            form.line.data or "",
            form.outcome.data or "",
            form.received_on.data,
            form.words.data or "",
            by=it.by,
            key=form_key(),
            expected=seen_version(),
        )

    return act(
        enter,
        again=lambda no: _listed(of, no, typed=form),
        onward=url_for(".answers", batch=batch),
        told=_("已登记这一行的答复。"),
    )
