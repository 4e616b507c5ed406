"""The registrar's list of claims over all campaigns, and its file, which leaves by an export job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import School
from config.policy.effects import AddStep
from config.policy.words import DECIDING_OUTSIDE
from web.shared.act import Answer, No, Page, act, acting, show
from web.shared.forms import ClaimsWanted
from web.shared.labels import cause_words, field_words, office_words, refusal_words
from web.shared.security import actor, fresh, looking, open_to, place
from web.shared.words import pick
from workflow.campaigns.progress.board import campaigns
from workflow.cases.batches import Batch
from workflow.cases.ending.lapse import LAPSES
from workflow.cases.rules.names import SchoolNames
from workflow.cases.views.queue.counts import CAP
from workflow.history.codes import DECIDED_OUTSIDE, Code
from workflow.outgoing.claims.asked import (
    FORMATS,
    LANE_WORDS,
    LATEST,
    ORDERS,
    OUTCOME_WORDS,
    OWN,
    STEP_WORDS,
    ClaimFilter,
    ClaimsAsked,
)
from workflow.outgoing.claims.columns import COLUMNS, Teller, cells, in_order
from workflow.outgoing.claims.lines import PAGE, ClaimLine, page_of_claims, totals
from workflow.outgoing.jobs.job import ALONE, MAKES, ExportWish, approvers, make
from workflow.outgoing.jobs.tables import PURPOSES
from workflow.people.access import people_at_the_door
from workflow.signin.staff.enrolled import enrolled

bp = Blueprint("claims", __name__, url_prefix="/registrar/claims")

Options = Sequence[tuple[str, str]]


@bp.get("")
@open_to(MAKES)
def listed(no: No | None = None, form: ClaimsWanted | None = None) -> Page:
    """Claims of all campaigns and filings, fifty a page. The list of names is logged as one access first."""
    by, after = actor(), request.args.get("after", "")
    with acting() as it:
        at = it.note("claims")
    people = people_at_the_door(by)
    with looking() as session:
        options = _options([(one.id, pick(one.title, one.title_en)) for one in campaigns(session)])
        enrolments = enrolled(session)
        options["year"] = [(one, one) for one in reversed(enrolments.years)]
        options["batch"] = _batches(session)
        asked = _asked(options)
        calendar = place().school.calendar
        found = page_of_claims(session, calendar, asked.filter, people, order=asked.order, after=after)
        number = totals(session, asked.filter, people)
        alone = not approvers(session, people, at)
    return show(
        "registrar/outgoing/claims.html",
        no,
        rows=_rows(asked.columns, found),
        heads=[_heading(name) for name in asked.columns],
        asked=asked,
        in_address=_in_address(asked),
        options=options,
        colleges=enrolments.colleges,
        columns=[(name, _heading(name)) for name in COLUMNS],
        orders=_named(ORDERS),
        formats=_named(FORMATS),
        outcomes=[
            (pick(*words), number.of[name]) for name, words in OUTCOME_WORDS.items() if number.of[name]
        ],
        all=number.all,
        cap=CAP,
        more=found[-1].id if len(found) == PAGE else "",
        after=after,
        form=form or ClaimsWanted(formdata=None),
        alone=(ALONE,) if alone else (),
        purposes=_named(PURPOSES),
    )


@bp.post("/export")
@open_to(MAKES)
@fresh
def take_out() -> Answer:
    """Ask for the list as a file: these claims, in this order, with these columns."""
    form = ClaimsWanted()
    with looking() as session:
        options = _options([(one.id, one.title) for one in campaigns(session)])
        options["year"] = [(one, one) for one in enrolled(session).years]
        options["batch"] = _batches(session)
    asked = _asked(options, form.format.data or "")
    chosen = asked.filter
    wish = ExportWish(
        form.purpose.data or "",
        form.words.data or "",
        ("claims",),
        "" if chosen.campaign == OWN else chosen.campaign,
        chosen.college,
        asked.as_json(),
    )
    return act(
        lambda it: make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now),
        again=lambda no: listed(no, form),
        onward=lambda job: url_for("outgoing.one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


def asked_in_words(session: Session, said: Mapping[str, Any]) -> Options:
    """What the job of a list asks for, beside campaign and college: name and value each."""
    asked = ClaimsAsked.from_json(said)
    chosen, options = asked.filter, _options([])
    if chosen.batch:
        options["batch"] = _batches(session)
    lines = []
    for name, value in chosen.said().items():
        if name != "college" and (name != "campaign" or value == OWN):
            lines.append((_label(name), dict(options.get(name, ())).get(value, value)))
    return [
        *lines,
        (str(_("排列")), pick(*ORDERS[asked.order])),
        (str(_("列")), str(_("、")).join(map(_heading, asked.columns))),
        (str(_("文件格式")), pick(*FORMATS[asked.form])),
    ]


def _asked(options: Mapping[str, Options], form: str = "") -> ClaimsAsked:
    """What the address asks for, without unknown values."""
    said, order = request.args, request.args.get("order", "")
    known = {name: [value for value, _ in values] for name, values in options.items()}
    return ClaimsAsked(
        ClaimFilter.known(said, known),
        order if order in ORDERS else LATEST,
        in_order(said.getlist("show")),
        form if form in FORMATS else next(iter(FORMATS)),
    )


def _in_address(asked: ClaimsAsked) -> dict[str, Any]:
    """The same as an address bears it."""
    said: dict[str, Any] = dict(asked.filter.said())
    if asked.order != LATEST:
        said["order"] = asked.order
    if asked.columns != in_order(()):
        said["show"] = list(asked.columns)
    return said


def _options(campaigns: Options) -> dict[str, Options]:
    """The values of each facet that is chosen from a list, with their labels."""
    school = place().school
    return {
        "campaign": [*campaigns, (OWN, str(_("活动以外")))],
        "field": [(one.code, field_words(one.code)) for one in school.fields if one.claimable],
        "cause": [(one, cause_words(one)) for one in school.policy.causes],
        "outcome": _named(OUTCOME_WORDS),
        "ruling": [*((one, refusal_words(one)) for one in _rulings(school)), *_named(LAPSES)],
        "step": _named(STEP_WORDS),
        "lane": _named(LANE_WORDS),
    }


def _batches(session: Session) -> Options:
    """Every batch, latest first: the body, the month, and the number once it has one."""
    asked = select(Batch.id, Batch.office, Batch.month, Batch.number).order_by(
        Batch.opened_at.desc(), Batch.id
    )
    rows = session.execute(asked)
    return [(row.id, " ".join(filter(None, (office_words(row.office), *row[2:])))) for row in rows]


def _rulings(school: School) -> Iterable[str]:
    """The codes with which a claim may be refused: the school's own, and one of each body that decides."""
    yield from (one.code for one in school.policy.refusals)
    steps = (rule.effect for rule in school.policy.rules if isinstance(rule.effect, AddStep))
    bodies = {step.office for step in steps if step.add_step in DECIDING_OUTSIDE}
    yield from (str(Code(DECIDED_OUTSIDE, body)) for body in sorted(bodies))


def _named(words: Mapping[str, tuple[str, str]]) -> Options:
    return [(name, pick(*both)) for name, both in words.items()]


def _heading(name: str) -> str:
    return pick(COLUMNS[name].zh, COLUMNS[name].en)


def _rows(columns: Sequence[str], found: Sequence[ClaimLine]) -> list[list[tuple[str, bool]]]:
    """What the page shows of some claims, with numbers masked, and what reads the same in any language."""
    installation = place()
    schools = [installation.school, *(rules.school for rules in installation.rules.latest_first())]
    told = Teller(SchoolNames(schools), installation.cipher, masks=True)
    return [[(pick(zh, en), zh == en) for zh, en in cells(told, columns, line)] for line in found]


def _label(name: str) -> str:
    """What a condition is called."""
    labels = {
        "campaign": _("自查活动"), "year": _("年级"), "field": _("更正事项"), "cause": _("原因"),
        "outcome": _("结果"), "ruling": _("不予更正或终止的理由"), "step": _("环节"), "lane": _("办理情况"),
        "number": _("文号或批次号"), "batch": _("报送批次"),
        "filed_from": _("提交，从"), "filed_to": _("提交，到"),
        "settled_from": _("办结，从"), "settled_to": _("办结，到"),
    }  # fmt: skip
    return str(labels[name])


@bp.app_template_filter("claim_facet")
def claim_facet(name: str) -> str:
    """The label of a condition of the list."""
    return _label(name)
