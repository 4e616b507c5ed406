"""``policy``: ask a school's rules a question, and check a folder of rules. Needs no installation.

Commands that need the school's roster are in policy_roster.py.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import click

from config.policy import (
    Fault,
    PolicyFaults,
    PolicyQuestion,
    QuestionFault,
    School,
    Staff,
    ask,
    load_school,
    missed,
    unheld,
    unmeetable,
)
from config.policy.ties import figures
from config.settings import ROOT
from web.commands import policy_roster
from workflow.clock import SystemClock

DEFAULT = ROOT / "config" / "schools" / "nchu"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def policy() -> None:
    """学校规则 / the school's rules."""


for command in (policy_roster.explain_, policy_roster.matrix_, policy_roster.diff, policy_roster.what_if):
    policy.add_command(command)


@policy.command("ask")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--school", "folder", type=FOLDER, default=DEFAULT, help="规则所在的文件夹 / the folder of rules"
)
def ask_(file: BinaryIO, folder: Path) -> None:
    """用学校规则回答 FILE（- 为标准输入）里的问题 / answer the questions in FILE (- for standard input).

    一个 JSON 对象、一个列表，或每行一个对象；答复与问题同形。多个问题里有不成立的，它的位置上是
    {"error": …, "line": n}（第几行；列表里是第几个），其余照样答复，最后退出码为 2 / one JSON object, a list,
    or JSON lines; answers in the same shape. Of several questions, one without an answer has an error object
    in its place, with its line (in a list: its number), and the exit code is 2 in the end.
    """
    school = _school(folder)
    try:
        put, shape = _read(file.read())
        answers = [_answer(school, one) for one in put]
    except _Unreadable as fault:
        _stop(str(fault))
    failed = [fault for _, fault in answers if fault]
    if failed and shape == ONE:
        _stop("\n".join(failed))
    said = [answer for answer, _ in answers]
    whole = f"[{', '.join(said)}]" if shape == LIST else "\n".join(said)
    click.echo(whole.encode(errors="backslashreplace"))
    if failed:
        _stop(f"{len(failed)} 个问题没有答复 / questions without an answer")


@policy.command()
@click.argument("folders", metavar="FOLDER...", type=FOLDER, nargs=-1, required=True)
@click.option(
    "--staff",
    type=click.File("rb"),
    help="人员名单（CSV：person,office,duties），检查每一步都有人能办 / who takes which steps",
)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="以哪一天为今天，检查当年和下一年的节假日 / the day whose year and next year need holidays",
)
def check(folders: tuple[Path, ...], staff: BinaryIO | None, day: datetime | None) -> None:
    """检查各 FOLDER 里的规则，列出全部错误，有错误时退出码为 1 / list every fault of each FOLDER.

    日历不知道的年份等只提醒，不算错误 / years that the calendar does not know are warnings, not faults.
    """
    people = None if staff is None else _staff(staff.read())
    today = (day or SystemClock().now()).date()
    found = [fault for folder in folders for fault in _checked(folder, people, today)]
    if found:
        click.echo(f"{len(found)} 处错误 / faults", err=True)
        sys.exit(1)


def _checked(folder: Path, people: list[Staff] | None, today: date) -> tuple[Fault, ...]:
    """Print the faults of a folder, or that it is clean, and its warnings. Returns the faults."""
    try:
        school = load_school(folder)
    except PolicyFaults as caught:
        faults = caught.faults
    else:
        faults = (*missed(school), *(unmeetable(school, people) if people is not None else ()))
        without = unheld(school, people) if people is not None else ()
        gaps = [f"{folder.resolve().name}/calendar.toml: {gap}" for gap in school.calendar_gaps(today)]
        for warning in (*school.warnings, *without, *gaps):
            click.echo(f"{warning}（提醒 / warning）")
        if not faults:
            notice = f"  {figures(school).said}" if school.notice else ""
            click.echo(f"{school.title}：没有错误 / clean  {school.version}{notice}")
    for fault in faults:
        click.echo(str(fault))
    return faults


def _staff(data: bytes) -> list[Staff]:
    """Staff from a CSV file with the columns person, office and duties (separated by spaces)."""
    try:
        rows = csv.DictReader(StringIO(data.decode("utf-8-sig")), strict=True)
        return [Staff(row["person"], row["office"], frozenset(row["duties"].split())) for row in rows]
    except (UnicodeDecodeError, csv.Error, KeyError, AttributeError) as fault:
        _stop(f"人员名单应为 UTF-8 的 CSV，列为 person,office,duties / is no such list: {fault}")


# -- reading questions ----------------------------------------------------------------------------------


ONE, LIST, LINES = "one", "list", "lines"
"""The shapes of the input."""


class _Unreadable(Exception):
    """A text that is not JSON. The message says where."""


class _Put(NamedTuple):
    """A question as it was handed in, and its line or, in a list, its number. ``fault``: why it is none."""

    number: int
    value: Any
    fault: str = ""


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def _read(data: bytes) -> tuple[Iterable[_Put], str]:
    """The questions and the shape in which they came. JSON lines are read lazily. Raises _Unreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _Unreadable(f"不是 UTF-8 文本 / is not UTF-8 text (byte {fault.start})") from None
    if not text.strip():
        raise _Unreadable("没有问题 / no question")
    try:
        said = _json(text)
    except _Unreadable:
        if text.lstrip().startswith("[") or all(one.fault for one in _lines(text)):
            raise
        return _lines(text), LINES
    if isinstance(said, list):
        return [_put(number, one) for number, one in enumerate(said, start=1)], LIST
    return [_put(1, said)], ONE


def _lines(text: str) -> Iterator[_Put]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _put(number, _json(line))
            except _Unreadable as fault:
                yield _Put(number, None, str(fault))


class _Spoilt(str):
    """In place of a value that JSON does not have: what is wrong with it."""

    __slots__ = ()


def _put(number: int, value: Any) -> _Put:
    return _Put(number, value, next(_spoilt(value), ""))


def _spoilt(value: Any) -> Iterator[str]:
    if isinstance(value, _Spoilt):
        yield str(value)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _spoilt(one)


def _json(text: str) -> Any:
    """A JSON value, with _Spoilt in place of what is none. Raises _Unreadable if it cannot be read at all."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise _Unreadable("嵌套过深 / nested too deeply") from None
    except json.JSONDecodeError as fault:
        raise _Unreadable(
            f"不是合格的 JSON / is not JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})"
        ) from None
    except ValueError:
        raise _Unreadable("数太长 / a number is too long") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Spoilt:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        return _Spoilt(f"{twice}: 出现了两次 / is named twice")
    return made


def _no_number(name: str) -> _Spoilt:
    return _Spoilt(f"{name} 不是 JSON 的数 / is no JSON number")


def _answer(school: School, put: _Put) -> tuple[str, str]:
    """The answer as JSON and ''; without an answer, an error object and the faults of the question."""
    fault = put.fault
    if not fault:
        try:
            return _encode(ask(school, PolicyQuestion.from_json(put.value)).as_json()), ""
        except QuestionFault as faults:
            fault = str(faults)
    return _encode({"error": fault, "line": put.number}), fault


def _school(folder: Path) -> School:
    try:
        return load_school(folder)
    except PolicyFaults as faults:
        _stop(str(faults))


def _stop(words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(2)
