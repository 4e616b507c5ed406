"""Read the examples beside a school's rules. What their questions share stands once, under [usual]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config.calendar import SHANGHAI, start_of
from config.policy.examples import DAYS, EXPECTED, LISTS, NEVER, Comparable, Example
from config.policy.lint.draft import Placed, named_twice
from config.policy.question import PolicyQuestion, QuestionFault
from config.policy.reading.decoding import (
    TomlFile,
    WrongValue,
    bytes_of,
    decoded,
    nothing_else,
    read_file,
    value_of,
)
from config.policy.reading.lines import Fault
from config.policy.reading.lines import Path as Where
from config.policy.words import CampaignPlan

EXAMPLES = "examples.toml"
Plans = Callable[[str], CampaignPlan | None]
"""The campaign of an id, as the school announces it or a template makes it."""
UNSAID = {"registered_on": None, "degree_registered_on": None}
"""Days that a file leaves out or calls "never" where a question in JSON says null: TOML has no such word."""


@dataclass(frozen=True, slots=True)
class ExampleTable:
    """An [[example]] as written, without its question and what is expected."""

    name: str
    source: str


def examples_of(path: Path, plans: Plans, faults: list[Fault]) -> tuple[Example, ...]:
    """The examples of a file, which may name the school's campaigns. Empty if there is no file."""
    if not path.exists():
        return ()
    shown = f"{path.parent.name}/{EXAMPLES}"
    file = read_file(shown, bytes_of(path), {}, faults)
    usual, found = file.table("usual"), file.tables("example")
    file.done()
    made = [(one, _example(one, usual, plans, file, shown)) for one in found]
    for placed, zh, en in named_twice([(one, example.name) for one, example in made if example]):
        file.fault(placed.where, zh, en)
    return tuple(example for _, example in made if example)


def _example(
    placed: Placed[dict[str, Any]], usual: Mapping[str, Any], plans: Plans, file: TomlFile, shown: str
) -> Example | None:
    said, where = dict(placed.value), placed.where
    asked, expect = said.pop("question", {}), said.pop("expect", None)
    table = decoded(ExampleTable, said, file, where)
    question = _question(asked, usual, plans, file, (*where, "question"))
    expected = _expected(expect, file, (*where, "expect"))
    if table is None or question is None:
        return None
    lines = {key: file.line((*where, "expect", key)) for key in expected} | {"": file.line(where)}
    return Example(table.name, table.source, question, expected, shown, lines)


def _question(
    said: object, usual: Mapping[str, Any], plans: Plans, file: TomlFile, where: Where
) -> PolicyQuestion | None:
    """The question of a table on top of the usual one: its student is the usual one with what is said."""
    if not isinstance(said, dict):
        file.fault(where, "应为一个表", "must be a table")
        return None
    students = [one["student"] for one in (usual, said) if isinstance(one.get("student"), dict)]
    student = {key: value for one in (UNSAID, *students) for key, value in one.items()}
    student |= {key: None for key in UNSAID if student[key] == NEVER}
    whole = {"filed_by": "student", **usual, **said, "student": student}
    at = whole.get("at")
    if isinstance(at, date) and not isinstance(at, datetime):
        whole["at"] = start_of(at)
    if isinstance(named := whole.get("campaigns"), list):
        whole["campaigns"] = list(_campaigns(named, plans, file, (*where, "campaigns")))
    try:
        return PolicyQuestion.from_json(_zoned(whole))
    except QuestionFault as no:
        for one in no.faults:
            zh, _, en = one.partition(" / ")
            file.fault(where, zh, en)
        return None


def _campaigns(named: list[Any], plans: Plans, file: TomlFile, where: Where) -> Iterator[Any]:
    """The kind and days of each campaign that is named by its id. Anything else as it is."""
    for one in named:
        if not isinstance(one, str):
            yield one
        elif (plan := plans(one)) is not None:
            yield {"kind": plan.kind, "opens": plan.opens, "closes": plan.closes}
        else:
            file.fault(where, f"campaigns.toml 里没有 {one}", f"campaigns.toml has no {one}")


def _zoned(said: Any) -> Any:
    """The same values, with every instant in Asia/Shanghai unless it has a zone."""
    if isinstance(said, dict):
        return {key: _zoned(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_zoned(one) for one in said]
    if isinstance(said, datetime) and said.tzinfo is None:
        return said.replace(tzinfo=SHANGHAI)
    return said


def _expected(said: object, file: TomlFile, where: Where) -> dict[str, Comparable]:
    """What is expected, by its key. What cannot be read is noted and left out."""
    if not isinstance(said, dict) or not said:
        file.fault(where, "缺少 expect，或它不是一个表", "expect is missing or no table")
        return {}
    nothing_else(said, EXPECTED, file, where)
    found: dict[str, Comparable] = {}
    for key in (key for key in EXPECTED if key in said):
        try:
            found[key] = _value(key, said[key], file, (*where, key))
        except WrongValue:
            continue
    return found


def _value(key: str, said: object, file: TomlFile, where: Where) -> Comparable:
    if key in LISTS:
        return value_of(tuple[str, ...], said, file, where)
    if key not in DAYS:
        return value_of(str, said, file, where)
    if said == NEVER:
        return None
    if not isinstance(said, date):
        file.fault(where, f"应为日期、时刻或 {NEVER}", f"must be a day, a moment or {NEVER}")
        raise WrongValue
    return _zoned(said)
