"""The school's rules for the staff responsible: explained for a student, simulated on cohorts, compared.

These pages never change a rule. Numbers and names are sent by POST, so that no address contains them. Access
to a person or a list is logged before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from config.calendar import MonthDay, end_of, month_day, start_of
from config.policy import ClaimAsked, Fault, PolicyFaults, School
from config.policy.reading.load import FILES
from config.policy.words import BASES
from states import NOWHERE, Lifecycle
from states.matrix import Cell, matrix, roles_of
from web.rules.sentences import sentence_of
from web.rules.words import (
    FACTS,
    EffectSaid,
    code_words,
    condition,
    count_rows,
    counts,
    effect_rows,
    effect_said,
    looked_at,
    papers_words,
    people_row,
    plain,
    said_words,
    step_words,
    table_words,
)
from web.shared.act import looked_for
from web.shared.downloads import csv_file
from web.shared.forms import Compared, Explained, OtherText, Supposed, faults_of
from web.shared.gate.limits import limited
from web.shared.labels import role_words
from web.shared.security import actor, fresh, open_to, place, takes_upload
from web.shared.words import pick
from workflow.campaigns.cohort import plans_of
from workflow.campaigns.progress.board import campaigns as known_campaigns
from workflow.cases.rules import reason_of
from workflow.people.access import note_access
from workflow.records.values import find_record
from workflow.simulation.compare import Comparison, Effect, compare_policies
from workflow.simulation.explain import Explanation, alike_needs, explain
from workflow.simulation.groups import Sample
from workflow.simulation.whatif import (
    OUTCOMES,
    Assumed,
    Choices,
    RecordListed,
    Simulation,
    Texts,
    choices,
    simulate,
    tried,
)
from workflow.verdict import Reason

bp = Blueprint("rules", __name__, url_prefix="/rules")

READERS = ("registrar", "reviewer", "second_reviewer", "auditor")
EXPLAINERS = ("registrar", "reviewer", "second_reviewer")
LIMIT = 256 * 1024
"""The maximum size of an uploaded rules text, in bytes."""
SHOWN = 500
"""The maximum number of list rows on a page. The file has all of them."""

NO_RECORD = Reason(
    "no_such_student",
    "没有这个学号或考生号的学籍记录。",
    remedy="请核对号码，或先导入学籍名册。",
    rule="people",
)
takes_rules = takes_upload("rules", lambda: LIMIT)


# -- one student ----------------------------------------------------------------------------------------


@bp.get("/explain")
@open_to(*EXPLAINERS)
def asking() -> str:
    """The form for a student's number, which is not in the address."""
    return _explain_page(Explained(formdata=None), None)


@bp.post("/explain")
@open_to(*EXPLAINERS)
@limited("searches")
def explained() -> tuple[str, int] | str:
    """The rules applied to one student, with every source. The access is logged first."""
    form, installation = Explained(), place()
    if not form.validate():
        return _explain_page(form, None, faults=faults_of(form)), 422
    looked_for("explain", form.said.data or "")
    with installation.store.writing() as session:
        now = installation.clock.now(session)
        if (record := find_record(session, form.said.data or "")) is not None:
            note_access(session, actor(), "explain", record, now)
    if record is None:
        return _explain_page(form, None, [NO_RECORD]), 404
    at = start_of(form.at.data) if form.at.data and form.at.data != now.date() else now
    with installation.store.reading() as session:
        found = explain(session, installation.rules, record, at)
    return _explain_page(form, found)


def _explain_page(
    form: Explained,
    found: Explanation | None,
    reasons: Sequence[Reason] = (),
    faults: Sequence[tuple[str, str]] = (),
) -> str:
    school = in_force(found.at if found else None)
    return render_template(
        "rules/explain.html",
        form=form,
        it=found,
        rules=school,
        needs=alike_needs(found.needs) if found else (),
        answered=[reason_of(reason) for reason in found.answer.reasons] if found and found.answer else (),
        reasons=list(reasons),
        faults=list(faults),
        **_words(school),
    )


# -- state by action by role ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lived:
    """One lifecycle as a table: a column for each role, with lines in the cells."""

    life: Lifecycle
    roles: tuple[str, ...]
    cells: tuple[Cell, ...]


@bp.get("/matrix")
@open_to(*READERS)
def actions() -> str:
    """Which role may do what in which state, and under which conditions, generated from the lifecycles."""
    return render_template("rules/matrix.html", lives=_lives(), condition=lambda name: pick(*condition(name)))


@bp.get("/matrix.csv")
@open_to(*READERS)
@limited("exports")
def actions_file() -> Response:
    """The same as a file, with one row for each state, action and role."""
    header = (_("流程"), _("状态"), _("操作"), _("到"), _("身份"), _("条件"))
    rows = [
        (
            pick(it.life.zh, it.life.en),
            _state(it.life, cell.state),
            pick(cell.action.zh, cell.action.en),
            _state(it.life, cell.target),
            role_words(role),
            "; ".join(pick(*condition(name)) for name in (*it.life.guards, *cell.guards, *cell.checks)),
        )
        for it in _lives()
        for cell in it.cells
        for role in cell.roles
    ]
    return csv_file("state-action-role", header, rows)


def _lives() -> list[Lived]:
    lives = [binding.lifecycle for binding in place().engine.bindings.values()]
    return [Lived(life, roles_of(life), tuple(matrix(life))) for life in lives]


def _state(life: Lifecycle, name: str) -> str:
    return _("还没有") if name == NOWHERE else pick(life.state(name).zh, life.state(name).en)


# -- what if --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class WhatIfRequest:
    """The input of a form and all its faults. ``other`` means the form brings its own rules text."""

    school: School
    other: bool = False
    scope: Sample = field(default_factory=Sample)
    since: datetime | None = None
    until: datetime | None = None
    claim: ClaimAsked | None = None
    assumed: Assumed = field(default_factory=Assumed)
    faults: list[tuple[str, str]] = field(default_factory=list)
    wrong: tuple[Fault, ...] = ()
    reasons: list[Reason] = field(default_factory=list)


@bp.get("/what-if")
@open_to("registrar")
def supposing() -> str:
    """The form: who could file what on which day, under the rules in force or with changed numbers."""
    return _whatif_page(Supposed(formdata=None), WhatIfRequest(in_force()), None)


@bp.post("/what-if")
@open_to("registrar")
@limited("trials")
@takes_rules
def supposed() -> tuple[str, int] | str:
    """The counts by answer for each time span. Nothing is stored."""
    form = Supposed()
    asked, found = _simulated(form)
    return _whatif_page(form, asked, found), 200 if found else 422


@bp.post("/what-if/counts.csv")
@open_to("registrar")
@limited("trials")
@takes_rules
def supposed_file() -> Response:
    """The counts as a file."""
    asked, found = _simulated(Supposed())
    if found is None:
        abort(400)
    header, *rows = count_rows(asked.school, found)
    return csv_file("what-if", header, rows)


@bp.post("/what-if/list")
@open_to("registrar")
@limited("trials")
@takes_rules
def supposed_list() -> str:
    """The students behind one count. The access is logged first."""
    form = Supposed()
    asked, found = _simulated(form)
    count = _chosen([] if found is None else list(counts(found)))
    assert found is not None
    return list_page(
        "what_if",
        found.members(count.stretch.since, count.said),
        form,
        pick(*said_words(asked.school, count.said)),
        (".supposed", ".supposed_list_file"),
        count.stretch,
    )


@bp.post("/what-if/list.csv")
@open_to("registrar")
@fresh
@limited("trials")
@takes_rules
def supposed_list_file() -> Response:
    """The same list as a file."""
    _asked, found = _simulated(Supposed())
    count = _chosen([] if found is None else list(counts(found)))
    assert found is not None
    return list_file("what_if.csv", found.members(count.stretch.since, count.said))


def _simulated(form: Supposed) -> tuple[WhatIfRequest, Simulation | None]:
    installation = place()
    asked = _asked(form)
    if asked.faults or asked.wrong or asked.reasons:
        return asked, None
    assert asked.since is not None and asked.until is not None
    with installation.store.reading() as session:
        found = simulate(
            session, _texts(asked), asked.scope, asked.since, asked.until, asked.claim, asked.assumed
        )
    return asked, found


def _texts(asked: WhatIfRequest) -> Texts:
    """Another text applies to the whole time span; each of the school's own texts applies to its own time."""
    assert asked.since is not None
    if asked.other:
        return [(asked.since, asked.school)]
    return [(at, rules.school) for at, rules in place().rules.from_to(asked.since, asked.until)]


def _asked(form: Supposed) -> WhatIfRequest:
    """Read the form. Collects all faults."""
    now = place().clock.now()
    asked = WhatIfRequest(in_force(start_of(form.since.data) if form.since.data else now))
    if not form.validate():
        asked.faults += faults_of(form)
    asked.school, asked.wrong = _other_text(form, asked.school)
    asked.other = bool((form.text.data or "").strip())
    asked.since = start_of(form.since.data) if form.since.data else now
    last = form.until.data or form.since.data
    asked.until = end_of(last) if last else now
    if asked.until < asked.since:
        asked.faults.append((form.until.id, _("最后一天早于第一天。")))
    asked.scope = _scope(form, asked)
    asked.claim = _claim(form, asked)
    asked.assumed = Assumed(
        final_day=_day_of_year(form, asked),
        extended_until=end_of(form.extended_until.data) if form.extended_until.data else None,
        dates=_moved(form, asked),
    )
    return asked


def _scope(form: Supposed, asked: WhatIfRequest) -> Sample:
    record, plan = "", form.plan.data or ""
    if form.said.data:
        looked_for("what_if", form.said.data)
        with place().store.writing() as session:
            record = find_record(session, form.said.data) or ""
            if record:
                note_access(session, actor(), "what_if", record, place().clock.now(session))
        if not record:
            asked.reasons.append(NO_RECORD)
    if plan and asked.school.campaign(plan) is None:
        asked.faults.append((form.plan.id, _("这份规则里没有这次自查。")))
        plan = ""
    years = {}
    for name in ("entry_year", "graduation_year"):
        said = form[name].data or ""
        if said and not re.fullmatch(r"[12]\d{3}", said, re.ASCII):
            asked.faults.append((form[name].id, _("年份应为四位数字。")))
            said = ""
        years[name] = int(said or 0)
    return Sample(
        college=form.college.data or "", group=form.group.data or "", plan=plan, record=record, **years
    )


def _claim(form: Supposed, asked: WhatIfRequest) -> ClaimAsked | None:
    if not form.claim.data:
        return None
    column, _colon, cause = form.claim.data.partition(":")
    if cause not in {words.code: words.causes for words in asked.school.fields}.get(column, ()):
        asked.faults.append((form.claim.id, _("这份规则里没有这一项和这个原因。")))
        return None
    day = asked.since.date() if asked.since else None
    return ClaimAsked(column, cause, event_date=day if cause == "legal_change" else None)


def _day_of_year(form: Supposed, asked: WhatIfRequest) -> MonthDay | None:
    said = form.final_day.data or ""
    if not said:
        return None
    if (day := month_day(said)) is None:
        asked.faults.append((form.final_day.id, _("请按 04-30 的样子填写月和日。")))
    return day


def _moved(form: Supposed, asked: WhatIfRequest) -> Mapping[str, tuple[datetime, datetime]]:
    """The campaign with assumed end moments. An empty field keeps the real end."""
    plan = asked.school.campaign(form.moved.data or "")
    if plan is None or not (form.opens.data or form.closes.data):
        return {}
    opens = start_of(form.opens.data) if form.opens.data else plan.opens
    closes = end_of(form.closes.data) if form.closes.data else plan.closes
    if closes < opens:
        asked.faults.append((form.closes.id, _("截止早于开始。")))
    return {plan.id: (opens, closes)}


def _whatif_page(form: Supposed, asked: WhatIfRequest, found: Simulation | None) -> str:
    with place().store.reading() as session:
        offered: Choices = choices(session)
        known = [one.plan for one in known_campaigns(session)]
        plans = plans_of(asked.school, place().clock.now(session).date(), known)
    return render_template(
        "rules/whatif.html",
        form=form,
        asked=asked,
        it=found,
        counts=list(enumerate(counts(found))) if found else [],
        offered=offered,
        plans=plans,
        in_force=in_force(),
        files=FILES,
        again=list(_again(form)),
        reasons=asked.reasons,
        faults=asked.faults,
        **_words(asked.school),
    )


# -- two policies ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One change for students, in words, and the number of students concerned."""

    said: EffectSaid
    n: int


@bp.get("/compare")
@open_to("registrar")
def comparing() -> str:
    """The form for another rules text, to compare with the rules in force."""
    return _compare_page(Compared(formdata=None), in_force(), None)


@bp.post("/compare")
@open_to("registrar")
@limited("trials")
@takes_rules
def compared() -> tuple[str, int] | str:
    """The text differences, and what would change for which students. Nothing is stored."""
    form = Compared()
    school, found, wrong, faults = _comparison(form)
    return _compare_page(form, school, found, wrong, faults), 200 if found else 422


@bp.post("/compare/counts.csv")
@open_to("registrar")
@limited("trials")
@takes_rules
def compared_file() -> Response:
    """The changes for students as a file."""
    school, found, _wrong, _faults = _comparison(Compared())
    if found is None:
        abort(400)
    header, *rows = effect_rows(in_force(), school, found)
    return csv_file("rules-compared", header, rows)


@bp.post("/compare/list")
@open_to("registrar")
@limited("trials")
@takes_rules
def compared_list() -> str:
    """The students concerned by one change. The access is logged first."""
    form = Compared()
    school, found, effect = _one_effect(form)
    said = effect_said(in_force(), school, effect)
    about = [pick(*words) for words in (said.kind, said.field, said.cause)]
    title = f"{' · '.join(filter(None, about))}{_('：')}{pick(*said.old)} → {pick(*said.new)}"
    return list_page(
        "policy_diff", found.members(effect), form, title, (".compared", ".compared_list_file"), None
    )


@bp.post("/compare/list.csv")
@open_to("registrar")
@fresh
@limited("trials")
@takes_rules
def compared_list_file() -> Response:
    """The same list as a file."""
    _school, found, effect = _one_effect(Compared())
    return list_file("policy_diff.csv", found.members(effect))


def _one_effect(form: Compared) -> tuple[School, Comparison, Effect]:
    school, found, _wrong, _faults = _comparison(form)
    effect: Effect = _chosen([] if found is None else list(found.effects))
    assert found is not None
    return school, found, effect


def _comparison(
    form: Compared,
) -> tuple[School, Comparison | None, tuple[Fault, ...], list[tuple[str, str]]]:
    faults = [] if form.validate() else faults_of(form)
    school, wrong = _other_text(form, in_force())
    if not (form.text.data or "").strip():
        kept = {rules.digest: rules.school for rules in place().rules.latest_first()}
        if form.kept.data in kept:
            school = kept[form.kept.data]
        else:
            faults.append((form.text.id, _("请选择文件，或贴上全文。")))
    if wrong or faults:
        return school, None, wrong, faults
    at = start_of(form.at.data) if form.at.data else place().clock.now()
    with place().store.reading() as session:
        return school, compare_policies(session, in_force(), school, at), (), []


def _compare_page(
    form: Compared,
    school: School,
    found: Comparison | None,
    wrong: Sequence[Fault] = (),
    faults: Sequence[tuple[str, str]] = (),
) -> str:
    effects = found.effects if found else ()
    lines = [EffectLine(effect_said(in_force(), school, one), found.count(one)) for one in effects if found]
    return render_template(
        "rules/compare.html",
        form=form,
        it=found,
        lines=lines,
        kept=[one.school for one in place().rules.latest_first() if one.digest != in_force().digest],
        wrong=wrong,
        in_force=in_force(),
        files=FILES,
        again=list(_again(form)),
        table_words=lambda changed: pick(*table_words(changed)),
        plain=plain,
        reasons=[],
        faults=list(faults),
    )


# -- parts ----------------------------------------------------------------------------------------------


def in_force(at: datetime | None = None) -> School:
    """The rules for filings at a moment, by default now."""
    policy: School = place().engine.policies.in_force(at or place().clock.now()).school
    return policy


def _other_text(form: OtherText, school: School) -> tuple[School, tuple[Fault, ...]]:
    """The school with the submitted text, or all its faults by line. An uploaded file takes priority."""
    handed = form.file.data
    if handed:
        form.text.data = handed.read().decode("utf-8-sig", "replace")
    text = (form.text.data or "").replace("\r\n", "\n")
    if not text.strip():
        return school, ()
    if form.which.data not in FILES:
        abort(400)
    try:
        return tried(school, {form.which.data: text}), ()
    except PolicyFaults as caught:
        return school, caught.faults


def _again(form: Any) -> Iterator[tuple[str, str]]:
    """The submitted fields, to repeat the question for a list. Plain fields only, no file."""
    for one in form:
        if one.name not in ("csrf_token", "file"):
            yield one.name, one._value() or ""


def _chosen(lines: Sequence[Any]) -> Any:
    """The row whose list is requested."""
    said = request.form.get("line", "")
    if not (said.isascii() and said.isdigit() and len(said) < 6 and int(said) < len(lines)):
        abort(400)
    return lines[int(said)]


def list_page(
    what: str, records: Sequence[str], form: Any, title: str, endpoints: tuple[str, str], stretch: Any
) -> str:
    """A page of the people behind a count. The access is logged first."""
    people = _people(what, records)
    return render_template(
        "rules/list.html",
        title=title,
        people=people[:SHOWN],
        count=len(people),
        again=list(_again(form)) if form else [],
        line=request.form["line"],
        back=endpoints[0],
        file=endpoints[1],
        stretch=stretch,
    )


def list_file(what: str, records: Sequence[str]) -> Response:
    """The same as a file."""
    people = _people(what, records)
    header = (_("学院"), _("班级"), _("学号"), _("姓名"))
    return csv_file("students", header, map(people_row, people))


def _people(what: str, records: Sequence[str]) -> list[RecordListed]:
    """The names behind a count."""
    return looked_at(place(), actor(), what, records)


def _words(school: School) -> dict[str, Callable[..., str]]:
    """Template functions for these rules' labels. Another rules text may have other lists."""
    return {
        "outcome_said": lambda outcome: pick(*OUTCOMES[outcome]),
        "codes_said": lambda codes: _in_line(pick(*code_words(school, code)) for code in codes),
        "papers_said": lambda papers: pick(*papers_words(school, papers)),
        "missing_said": lambda kinds: pick(*papers_words(school, [(kind,) for kind in kinds])),
        "step_said": lambda step: pick(*step_words(school, step.kind, step.office)),
        "fact_said": lambda name: pick(*FACTS[name]),
        "basis_said": lambda basis: pick(*BASES[basis]),
        "rule_sentence": lambda id: pick(*sentence_of(school, id)),
        "months": months,
    }


def _in_line(words: Iterable[str]) -> str:
    return pick("、", ", ").join(words)


def months(day: MonthDay) -> str:
    """A day of every year as people write it."""
    return f"{day[0]:02d}-{day[1]:02d}"
