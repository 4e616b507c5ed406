"""``policy``: ask a school's rules a question, and check a folder of rules. Needs no installation.

Commands that need the school's roster are in policy_roster.py.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

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

    一个 JSON 对象、一个列表，或每行一个对象；答复与问题同形。有一个问题不成立就一个也不答，退出码为 2 /
    one JSON object, a list, or JSON lines; answers in the same shape. One bad question: no answer, exit 2.
    """
    school = _school(folder)
    try:
        questions, as_list = _read(file.read())
        answers, faults = _answers(school, questions)
    except _Unreadable as fault:
        _stop(str(fault))
    if faults:
        _stop("\n".join(faults))
    said = f"[{', '.join(answers)}]" if as_list else "\n".join(answers)
    click.echo(said.encode(errors="backslashreplace"))


@policy.command()
@click.argument("folders", metavar="FOLDER...", type=FOLDER, nargs=-1, required=True)
@click.option(
    "--staff",
    type=click.File("rb"),
    help="人员名单（CSV：person,office,duties），检查每一步都有人能办 / who takes which steps",
)
def check(folders: tuple[Path, ...], staff: BinaryIO | None) -> None:
    """检查各 FOLDER 里的规则，列出全部错误，有错误时退出码为 1 / list every fault of each FOLDER.

    日历不知道的年份等只提醒，不算错误 / years that the calendar does not know are warnings, not faults.
    """
    people = None if staff is None else _staff(staff.read())
    found = [fault for folder in folders for fault in _checked(folder, people)]
    if found:
        click.echo(f"{len(found)} 处错误 / faults", err=True)
        sys.exit(1)


def _checked(folder: Path, people: list[Staff] | None) -> tuple[Fault, ...]:
    """Print the faults of a folder, or that it is clean, and its warnings. Returns the faults."""
    try:
        school = load_school(folder)
    except PolicyFaults as caught:
        faults = caught.faults
    else:
        faults = (*missed(school), *(unmeetable(school, people) if people is not None else ()))
        for warning in (*school.warnings, *(unheld(school, people) if people is not None else ())):
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


class _Unreadable(Exception):
    """The input is not JSON. The message says where."""


Questions = Iterable[tuple[str, Any]]
"""JSON values, each with its place in the input."""

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def _read(data: bytes) -> tuple[Questions, bool]:
    """The questions, and whether they came as a list. JSON lines are read lazily."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _Unreadable(f"不是 UTF-8 文本 / is not UTF-8 text (byte {fault.start})") from None
    if not text.strip():
        raise _Unreadable("没有问题 / no question")
    try:
        said = _json(text)
    except json.JSONDecodeError as fault:
        if "Extra data" not in fault.msg:
            raise _Unreadable(_at(fault)) from None
        return _lines(text), False
    if isinstance(said, list):
        return [(f"[{n}]", one) for n, one in enumerate(said)], True
    return [("", said)], False


def _lines(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", _json(line)
        except json.JSONDecodeError as fault:
            raise _Unreadable(f"line {number}: {_at(fault)}") from None
        except _Unreadable as fault:
            raise _Unreadable(f"line {number}: {fault}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise _Unreadable("嵌套过深 / nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise _Unreadable("数太长 / a number is too long") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unreadable(f"{twice}: 出现了两次 / is named twice")
    return made


def _no_number(name: str) -> Any:
    raise _Unreadable(f"{name} 不是 JSON 的数 / is no JSON number")


def _at(fault: json.JSONDecodeError) -> str:
    return f"不是合格的 JSON / is not JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})"


def _answers(school: School, questions: Questions) -> tuple[list[str], list[str]]:
    """The answers as JSON, and the faults of the questions without an answer."""
    answers, faults = [], []
    for place, said in questions:
        try:
            answers.append(_encode(ask(school, PolicyQuestion.from_json(said)).as_json()))
        except QuestionFault as fault:
            faults += [f"{place}: {one}" if place else one for one in fault.faults]
    return answers, faults


def _school(folder: Path) -> School:
    try:
        return load_school(folder)
    except PolicyFaults as faults:
        _stop(str(faults))


def _stop(words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(2)
