"""``policy explain``, ``matrix``, ``diff`` and ``what-if``: the rules applied to the school's roster."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from config.calendar import SHANGHAI, MonthDay, end_of, last_moment, month_day, start_of
from config.policy import ClaimAsked, School, load_school, vanished
from config.policy.words import BASES
from states import NOWHERE, ROLES, Lifecycle
from states.matrix import matrix, roles_of
from web.commands.install import MOMENT
from web.commands.place import installation, searched, staff
from web.rules.words import (
    FACTS,
    both,
    cause_words,
    condition,
    count_rows,
    counts,
    effect_rows,
    effect_said,
    field_words,
    looked_at,
    papers_words,
    people_row,
    plain,
    said_words,
    step_words,
    table_words,
)
from workflow.cases.rules import UnknownRules
from workflow.engine import Actor
from workflow.people.access import note_access
from workflow.records.values import find_record
from workflow.simulation.compare import Comparison, compare_policies
from workflow.simulation.explain import CorrectionNeeds, Explanation, Fact, alike_needs, explain
from workflow.simulation.groups import Sample
from workflow.simulation.whatif import OUTCOMES, Assumed, Simulation, simulate
from workflow.upkeep.installation import LIFECYCLES, Installation

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OPERATOR = Actor("operator", "system")
"""The actor for reads from the machine's command line when no name is given."""

AS = click.option(
    "--as",
    "name",
    help="学籍管理员的姓名或编号，记入查看日志；默认记为本机操作者 / who looks, for the access log",
)
LIST = click.option(
    "--list", "which", type=int, help="列出第几行后面的名单（CSV）/ the list behind that line, as CSV"
)
CSV = click.option("--csv", "as_csv", is_flag=True, help="以 CSV 输出 / print CSV")

# -- explain --------------------------------------------------------------------------------------------


@click.command("explain")
@click.argument("record", default="-")
@click.option("--at", type=MOMENT, help="问的是哪一刻，默认现在 / the moment asked about, default now")
@AS
def explain_(record: str, at: datetime | None, name: str | None) -> None:
    """对一名学生解释规则：能否提出、到何时、怎样推算、每项要什么 / explain the rules for one student.

    RECORD 是学号或考生号。写 - 或不写，就从标准输入读，号码不会留在命令历史和进程表里；每看一次，查看日志
    记一行 / RECORD is a student or candidate number; with - or nothing it is read from standard input, and
    stays out of the shell's history and the process table. Each look is one line of the access log.
    """
    place = installation()
    by = _who(place, name)
    id = _record(place, record, by)
    with place.store.writing() as session:
        now = place.clock.now(session)
        note_access(session, by, "explain", id, now)
    with place.store.reading() as session:
        found = explain(session, place.rules, id, at or now)
    click.echo("\n".join(_explained(place.rules.in_force(at or now).school, found)))


def _who(place: Installation, name: str | None) -> Actor:
    """Under whose name a look is logged: a registrar's, or the operator's."""
    return OPERATOR if name is None else staff(place, name, "registrar")


def _record(place: Installation, said: str, by: Actor) -> str:
    number = said
    if said == "-":
        number = (
            click.prompt("学号或考生号 / number", err=True) if sys.stdin.isatty() else sys.stdin.readline()
        )
    searched(place, number, by)
    with place.store.reading() as session:
        found = find_record(session, number)
    if found is None:
        raise click.ClickException("没有这个学号或考生号的学籍记录 / there is no record of that number")
    return found


def _explained(school: School, it: Explanation) -> Iterator[str]:
    yield f"{it.number}  {it.name}  {it.college}    {it.at:%Y-%m-%d %H:%M:%S}"
    yield f"规则 / rules: {school.title}  {school.version}"
    yield from _standing(school, it)
    yield "\n事实 / facts"
    for fact in it.facts:
        yield f"  {both(FACTS[fact.name])}: {fact.value or '—'}{_source(fact)}"
    for request in it.pending:
        yield f"  在办 / under way: {request.filed_on} {'、'.join(request.fields)}"
    yield from _derived(it)
    if it.turns:
        yield "\n以后 / later"
        for turn in it.turns:
            yield f"  {turn.at:%Y-%m-%d %H:%M:%S}  {both(said_words(school, turn.said))}"
    if it.needs_at:
        yield f"\n每项要什么（按 {it.needs_at:%Y-%m-%d}）/ what each field takes, as of that day"
        for needs in alike_needs(it.needs):
            yield from _needed(school, needs)
    for one in school.policy.unsupported:
        yield f"\n不能自动判断 / cannot be judged here: {one.says}（{one.source}）"


def _standing(school: School, it: Explanation) -> Iterator[str]:
    if it.answer is None:
        yield f"\n{both(OUTCOMES['record_incomplete'])}"
        yield from (f"  · {fault}" for fault in it.lacking)
        return
    yield f"\n{both(OUTCOMES[it.answer.outcome])}"
    for reason in it.answer.reasons:
        yield f"  · {reason.says}\n    {reason.remedy}\n    依据 / source: {reason.source}  [{reason.rule}]"
    for flag in it.flags:
        yield f"  ! {flag.says} / {flag.says_en}（{flag.source}）"
    if it.answer.due:
        yield f"  最晚 / at the latest: {last_moment(it.answer.due):%Y-%m-%d %H:%M:%S}"
    changes = it.turns[0].at.strftime("%Y-%m-%d %H:%M:%S") if it.turns else "不再变化 / never"
    yield f"  答复下次变化 / the answer changes next: {changes}"


def _derived(it: Explanation) -> Iterator[str]:
    derived = it.derivation
    if derived is None:
        return
    yield "\n最后一次自查怎样推算 / how the end of the final check is derived"
    month, day = derived.last_day
    side = "不晚于" if derived.year_before else "晚于"
    yield f"  预计毕业日期 / expected graduation: {derived.check.expected_graduation}"
    year = derived.check.class_year
    yield f"  {side} {month} 月 {day} 日 → {year} 届 / class of {year}"
    yield f"  按规则 / by the rule: {derived.by_rule:%Y-%m-%d %H:%M:%S}（{derived.rule}）"
    for one in derived.published:
        counts = "算数 / counts" if one.counts else "不属于这一届 / of another class"
        yield f"  已公布的自查 / published check: {one.window.opens} — {one.window.closes}  {counts}"
    yield f"  = {derived.check.closes:%Y-%m-%d %H:%M:%S}  {both(BASES[derived.check.basis])}"


def _needed(school: School, needs: Sequence[CorrectionNeeds]) -> Iterator[str]:
    need = needs[0]
    causes = "；".join(cause_words(school, one.cause)[0] for one in needs)
    outcome = (
        both(OUTCOMES[need.outcome]) if need.outcome else f"取决于 / depends on: {'；'.join(need.lacking)}"
    )
    yield f"  {field_words(school, need.field)[0]}（{causes}）: {outcome}"
    if need.papers:
        yield f"      材料 / papers: {papers_words(school, need.papers)[0]}"
    if need.steps:
        steps = " → ".join(step_words(school, step.kind, step.office)[0] for step in need.steps)
        yield f"      环节 / steps: {steps}"
    for rule in need.spoke:
        yield f"      [{rule.id}] {rule.says}（{rule.source}）"


def _source(fact: Fact) -> str:
    words = {
        "import": f"（名册 / roster {fact.source}，{fact.day}）",
        "case": f"（更正 / corrected {fact.day}）",
        "calendar": f"（按入学年份 / for the entry year：{fact.source}）",
        "number": "（由考生号 / from the candidate number）",
        "act": "（学历注册登记 / registered for the class）",
    }
    return words.get(fact.kind, "")


# -- matrix ---------------------------------------------------------------------------------------------

MATRIX_HEADER = (
    "流程",
    "状态",
    "操作",
    "到",
    "谁",
    "lifecycle",
    "state",
    "action",
    "to",
    "role",
    "条件 / bars",
)


@click.command("matrix")
@CSV
def matrix_(as_csv: bool) -> None:
    """状态、操作、身份一览，由流程定义生成 / state by action by role, made from the lifecycles."""
    rows = [row for life in LIFECYCLES for row in matrix_rows(life)]
    if as_csv:
        _print_csv([MATRIX_HEADER, *rows])
        return
    for life in LIFECYCLES:
        click.echo(f"\n{life.zh} / {life.en}（{'、'.join(ROLES[role][0] for role in roles_of(life))}）")
        click.echo(f"  每一项 / every action: {'；'.join(condition(name)[0] for name in life.guards) or '—'}")
        for cell in matrix(life):
            arrow = f" → {_state(life, cell.target)}" if cell.moves else ""
            who = "、".join(ROLES[role][0] for role in cell.roles)
            click.echo(f"  {_state(life, cell.state)}  {cell.action.zh}{arrow}  {who}")
            for name in (*cell.guards, *cell.checks):
                click.echo(f"      · {condition(name)[0]}")


def matrix_rows(life: Lifecycle) -> Iterator[tuple[str, ...]]:
    """One row for each state, action and role."""
    for cell in matrix(life):
        bars = "；".join(condition(name)[0] for name in (*life.guards, *cell.guards, *cell.checks))
        for role in cell.roles:
            yield (
                life.zh,
                _state(life, cell.state),
                cell.action.zh,
                _state(life, cell.target),
                ROLES[role][0],
                life.name,
                cell.state,
                cell.action.name,
                cell.target,
                role,
                bars,
            )


def _state(life: Lifecycle, name: str) -> str:
    return "（还没有）" if name == NOWHERE else life.state(name).zh


# -- diff -----------------------------------------------------------------------------------------------


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--at", type=MOMENT, help="按哪一刻比较，默认现在 / as of which moment, default now")
@CSV
@LIST
@AS
def diff(old: str, new: str, at: datetime | None, as_csv: bool, which: int | None, name: str | None) -> None:
    """比较两份规则：文字有什么不同，现在的学生中谁会怎样 / compare two folders of rules.

    OLD 和 NEW 各是一个文件夹，或规则存档里一份规则的校验码 / each is a folder, or the digest of a text in the
    Rulebook. What their texts say otherwise, and what changes for which students of the roster; --list 3 is
    the list behind the third count, and a line of the access log.
    """
    place = installation()
    before, after = (_text(place, said) for said in (old, new))
    with place.store.reading() as session:
        found = compare_policies(session, before, after, at or place.clock.now(session))
    effects = list(found.effects)
    if which is not None:
        _list(place, name, "policy_diff", found.members(_nth(effects, which)))
    elif as_csv:
        _print_csv(effect_rows(before, after, found))
    else:
        click.echo("\n".join(_compared(before, after, found)))


def _text(place: Installation, said: str) -> School:
    """The rules in a folder, or those with a digest."""
    if Path(said).is_dir():
        return load_school(Path(said))
    try:
        with place.store.reading() as session:
            found: School = place.rules.named(session, said).school
    except UnknownRules:
        raise click.UsageError(f"{said}：不是文件夹，也不是存档的校验码 / no folder, no digest") from None
    return found


def _compared(old: School, new: School, found: Comparison) -> Iterator[str]:
    yield f"{old.title} {found.old}\n{new.title} {found.new}"
    yield "\n文字 / texts" + ("" if found.texts else "：没有不同 / the same")
    for one in found.texts:
        table = both(table_words(one))
        place = " ".join(filter(None, (table, one.name, one.key)))
        yield f"  {one.file}  {place}"
        yield from (
            f"    {sign} {plain(said)}" for sign, said in (("-", one.old), ("+", one.new)) if said is not None
        )
    for gone in vanished(old, new):
        yield f"{gone}（提醒 / warning）"
    at = f"{found.at:%Y-%m-%d %H:%M}"
    yield f"\n学生 / students：{found.records}，不变 / unchanged {found.unchanged}（{at}）"
    for n, effect in enumerate(found.effects, start=1):
        said = effect_said(old, new, effect)
        about = " · ".join(filter(None, (both(said.kind), said.field[0], said.cause[0])))
        yield f"  [{n}] {found.count(effect):>6}  {about}：{said.old[0]} → {said.new[0]}"


# -- what-if --------------------------------------------------------------------------------------------


class _MonthDay(click.ParamType[MonthDay]):
    name = "mm-dd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> MonthDay:
        """Parameter type: a day of every year, such as 04-30."""
        if (day := month_day(value)) is None:
            self.fail(f"{value}：请写成 04-30 / write 04-30", param, ctx)
        return day


@click.command("what-if")
@click.option(
    "--school", "folder", type=FOLDER, help="另一份规则的文件夹，默认现行规则 / another folder of rules"
)
@click.option("--at", type=MOMENT, help="哪一刻，默认现在 / at a moment, default now")
@click.option("--days", type=MOMENT, nargs=2, metavar="FROM TO", help="哪几天，含首尾 / from day to day")
@click.option(
    "--student", is_flag=True, help="只问一名学生，号码从标准输入读 / one student, number on standard input"
)
@click.option("--college", default="", help="学院 / college")
@click.option("--class", "group", default="", help="班号 / class")
@click.option("--entry-year", type=int, default=0, help="入学年份 / entry year")
@click.option("--graduation-year", type=int, default=0, help="预计毕业年份 / year of expected graduation")
@click.option("--plan", default="", help="campaigns.toml 中的活动范围 / the cohort of a campaign")
@click.option(
    "--field", default="", help="哪一项，如 XM；不写就问能否提出 / a field; default: anything at all"
)
@click.option("--cause", default="", help="什么原因，如 legal_change / the cause, with --field")
@click.option("--final-day", type=_MonthDay(), help="假设末次自查止于每年这一天，如 03-31 / another last day")
@click.option("--extended-until", type=MOMENT, help="假设延期到这一天 / an extension for all of them")
@CSV
@LIST
@AS
def what_if(
    folder: Path | None,
    at: datetime | None,
    days: tuple[datetime, datetime] | None,
    student: bool,
    college: str,
    group: str,
    entry_year: int,
    graduation_year: int,
    plan: str,
    field: str,
    cause: str,
    final_day: MonthDay | None,
    extended_until: datetime | None,
    as_csv: bool,
    which: int | None,
    name: str | None,
) -> None:
    """规则试算：在某份规则下，哪些学生哪天能提出什么 / who could file what on which day, under which rules.

    什么也不保存。每个数字前的编号用于 --list：列出名单，查看日志记一行 / nothing is kept. The number before a
    count is for --list: who they are; that is a line of the access log.
    """
    place = installation()
    since, until = _span(place, at, days)
    school = load_school(folder) if folder else place.rules.in_force(since).school
    texts = [(since, school)] if folder else [(t, one.school) for t, one in place.rules.from_to(since, until)]
    claim = _claim(school, field, cause)
    if plan and school.campaign(plan) is None:
        raise click.UsageError(f"campaigns.toml 里没有 {plan} / no such plan")
    record = _record(place, "-", _who(place, name)) if student else ""
    scope = Sample(college, group, entry_year, graduation_year, plan, record)
    extended = end_of(extended_until.date()) if extended_until and _is_day(extended_until) else extended_until
    with place.store.reading() as session:
        found = simulate(
            session, texts, scope, since, until, claim, Assumed(final_day=final_day, extended_until=extended)
        )
    if which is not None:
        count = _nth(list(counts(found)), which)
        _list(place, name, "what_if", found.members(count.stretch.since, count.said))
    elif as_csv:
        _print_csv(count_rows(school, found))
    else:
        click.echo("\n".join(_simulated(school, found)))


def _claim(school: School, field: str, cause: str) -> ClaimAsked | None:
    if not field and not cause:
        return None
    known = {words.code: words.causes for words in school.fields}
    if field not in known or cause not in known[field]:
        pairs = "；".join(f"{code}: {', '.join(causes)}" for code, causes in known.items())
        raise click.UsageError(f"项目和原因应为其中一对 / one of these pairs: {pairs}")
    return ClaimAsked(field, cause)


def _span(
    place: Installation, at: datetime | None, days: tuple[datetime, datetime] | None
) -> tuple[datetime, datetime]:
    if days is None:
        moment = at or place.clock.now()
        return moment, moment
    if at is not None or days[0] > days[1]:
        raise click.UsageError("--days 先早后晚，且不与 --at 同用 / FROM not after TO, and without --at")
    return start_of(days[0].date()), end_of(days[1].date()) if _is_day(days[1]) else days[1]


def _is_day(moment: datetime) -> bool:
    return moment.astimezone(SHANGHAI).time() == start_of(moment.date()).time()


def _simulated(school: School, found: Simulation) -> Iterator[str]:
    yield f"{school.title}  {'、'.join(found.policies)}"
    yield f"记录 / records {found.records}，其中不同的 / kinds {len(found.kinds)}，提问 / asked {found.asked}"
    since = None
    for number, (stretch, said, n) in enumerate(counts(found), start=1):
        if stretch.since != since:
            since = stretch.since
            yield f"\n{since:%Y-%m-%d %H:%M:%S} — {stretch.until:%Y-%m-%d %H:%M:%S}"
        yield f"  [{number}] {n:>6}  {both(said_words(school, said))}"
    for one in school.policy.unsupported:
        yield f"\n不能自动判断 / cannot be judged here: {one.says}（{one.source}）"


# -- lists ----------------------------------------------------------------------------------------------


def _nth(lines: Sequence[Any], which: int) -> Any:
    if not 1 <= which <= len(lines):
        raise click.UsageError(f"--list 应在 1 至 {len(lines)} 之间 / must be one of the numbered lines")
    return lines[which - 1]


def _list(place: Installation, name: str | None, what: str, records: Sequence[str]) -> None:
    """Print a list of people. The access is logged first."""
    people = looked_at(place, _who(place, name), what, records)
    _print_csv([("学院", "班级", "学号", "姓名"), *map(people_row, people)])


def _print_csv(rows: Iterable[Sequence[str]]) -> None:
    csv.writer(sys.stdout).writerows(rows)
