"""``roster``: import the school's student records and photos."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from web.commands.place import installation
from workflow.campaigns.roster_effects import take_in_roster
from workflow.cases.ending.flagging import shown_by
from workflow.cases.review.locks import locks_of
from workflow.records.fields import COLUMNS, IDENTITY
from workflow.records.findings import Finding
from workflow.records.formats import FormatFault, RosterTable, read_roster
from workflow.records.judge import judge
from workflow.records.photos import take_photos
from workflow.records.roster import Plan, RosterRefused, plan
from workflow.records.values import Progress
from workflow.upkeep.installation import Installation

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def roster() -> None:
    """导入学籍名册和照片 / import the roster and photos."""


@roster.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="只查看结果，不写入 / say what would happen, write nothing")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / print JSON")
@click.option("--as-of", type=DAY, help="数据截至的日期，默认今天 / the day the data are of, default today")
def import_(file: Path, dry_run: bool, as_json: bool, as_of: datetime | None) -> None:
    """从 FILE 导入名册：DBF、CSV（GB18030 或 UTF-8）或 Excel / import a roster from FILE.

    提示的行照常导入；只要有一行被拒绝，整个文件都不写入 / flagged rows are taken; if any row is refused,
    nothing of the file is written and the exit status is 1.
    """
    place = installation()
    table = _read(file)
    judgement = judge(table, as_of=_day(place, as_of))
    for note in _notes(table):
        click.echo(note, err=True)
    if dry_run:
        with place.store.reading() as session:
            found = plan(session, judgement, place.cipher, locks_of(session, place.cipher))
            shown = shown_by(session, place.cipher, found, judgement.as_of)
        _say(found, found.as_json(), as_json)
        if shown:
            cases = len({one.case for one in shown})
            click.echo(f"与决定不符的个案 / cases whose decision it contradicts: {cases}", err=True)
        click.echo("只是查看，未写入任何内容 / dry run: nothing was written", err=True)
        sys.exit(1 if found.refused else 0)
    try:
        with _bar() as progress, place.store.writing() as session:
            done = take_in_roster(place.engine, session, judgement, place.cipher, progress=progress)
    except RosterRefused as no:
        _say(no.plan, no.plan.as_json(written=False), as_json)
        click.echo("有被拒绝的行，未写入任何内容 / some rows are refused: nothing was written", err=True)
        sys.exit(1)
    _say(done.outcome.plan, done.outcome.plan.as_json(), as_json)
    if done.rechecked or done.lapsed:
        click.echo(
            f"需重新核对的个案 / cases to check again: {done.rechecked}，终止的个案 / lapsed: {done.lapsed}",
            err=True,
        )
    if done.flagged:
        click.echo(f"与决定不符的个案 / cases whose decision it contradicts: {done.flagged}", err=True)
    if done.resumed or done.excluded or done.included:
        click.echo(
            f"恢复办理 / resumed: {done.resumed}，不再计入 / excluded: {done.excluded}，"
            f"重新计入 / included: {done.included}",
            err=True,
        )


@roster.command()
@click.argument("folder", type=FOLDER)
@click.option("--as-of", type=DAY, help="照片截至的日期，默认今天 / the day the photos are of, default today")
def photos(folder: Path, as_of: datetime | None) -> None:
    """导入 FOLDER 中的照片：文件名是考生号或学号 / take photos named by candidate or student number."""
    place = installation()
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    with place.store.writing() as session:
        done = take_photos(
            session,
            files,
            lambda record, data: place.evidence.put(session, record, data)[0],
            as_of=_day(place, as_of),
            now=place.clock.now(session),
            entropy=place.entropy,
        )
    click.echo(f"新照片 / taken: {done.taken}　未变 / unchanged: {done.unchanged}")
    _list_files("没有这样的记录 / no such record", done.unmatched)
    _list_files("不是 JPEG 或 PNG，或过大 / not JPEG or PNG, or too large", done.no_picture)
    if done.unmatched or done.no_picture:
        sys.exit(1)


def _read(file: Path) -> RosterTable:
    try:
        return read_roster(file.name, file.read_bytes())
    except FormatFault as fault:
        raise click.ClickException(f"{file.name}：{fault}") from fault


def _day(place: Installation, as_of: datetime | None) -> date:
    return place.clock.now().date() if as_of is None else as_of.date()


def _notes(table: RosterTable) -> Iterator[str]:
    """Notes on the file as a whole: ignored columns, missing columns, deleted records."""
    for title, count in table.facts.unknown:
        yield f"未导入的列 / column not kept: {title}（{count} 个非空单元格 / cells）"
    absent = [f"{name} {COLUMNS[name].zh}" for name in IDENTITY if name not in table.columns]
    if absent:
        yield f"文件没有这些列，记录中的值不变 / columns not in the file: {'、'.join(absent)}"
    if table.facts.deleted:
        yield f"跳过已标记删除的记录 / records marked as deleted, left out: {table.facts.deleted}"


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A progress bar on a terminal, or None. It appears when writing begins."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as ending:
        bars: list[Any] = []

        def progress(written: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=total, label="写入 / writing", file=sys.stderr)
                bars.append(ending.enter_context(bar))
            bars[0].update(written)

        yield progress


def _say(found: Plan, counts: dict[str, Any], as_json: bool) -> None:
    """Print the result, either as JSON only (on standard output) or in words."""
    if as_json:
        click.echo(json.dumps(counts, ensure_ascii=False))
        return
    click.echo(
        f"{counts['rows']} 行 / rows：新增 / new {counts['new']}，变更 / changed {counts['changed']}，"
        f"未变 / unchanged {counts['unchanged']}，提示 / flagged {len(found.flagged)}，"
        f"拒绝 / refused {len(found.refused)}"
    )
    if found.absent:
        click.echo(f"文件中没有、保持不变的记录 / records not in the file, left as they are: {found.absent}")
    if found.locked:
        click.echo(
            f"有申请在办理、锁定未写入的值 / values not written, locked by a request: {len(found.locked)}"
        )
    _list("拒绝 / refused", found.refused)
    _list("提示 / flagged", found.flagged)


def _list(title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    click.echo(f"\n{title}")
    for found in findings:
        click.echo(f"  第 {found.row} 行 / row {found.row}  {found.column}  {found.code}  {found.says}")
    counts = Counter(found.code for found in findings)
    click.echo("  " + "，".join(f"{code} {count}" for code, count in counts.most_common()))


def _list_files(title: str, names: Sequence[str]) -> None:
    if names:
        click.echo(f"{title}: {len(names)}")
        for name, count in Counter(names).items():
            click.echo(f"  {name}" + (f" × {count}" if count > 1 else ""))
