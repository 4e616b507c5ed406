"""Compare two policies: differences of the texts, and which students are affected."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from config.calendar import last_moment
from config.policy import Answer, ClaimAsked, PolicyQuestion, School
from workflow.simulation.explain import TURNS_TOLD, CorrectionNeeds, need_of
from workflow.simulation.groups import Alike, Sample, alike
from workflow.simulation.whatif import AnswerSummary, over_time, said_of

NAMED_BY = ("id", "code", "entry_year", "year", "day", "says", "zh")
"""The keys that identify a table in a list. The first one present is used."""


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One difference between the texts: where, and the old and new value (None for absent).

    ``table`` is its name in the file (``rule``, ``window`` …), ``name`` identifies one of a list, and ``key``
    is the key in it. ``key`` is '' when a whole table was added or removed.
    """

    file: str
    table: str
    name: str
    key: str
    old: Any
    new: Any


class Effect(NamedTuple):
    """One change for a student: kind, field and cause ('' for filing in general), old and new.

    ``kind`` is a key of KINDS. Old and new are text: ``outcome:CODE+CODE``, an instant, ``kind|kind+kind``
    for papers (one of the first two, and the third), ``kind:office`` for a step, an office.
    """

    kind: str
    field: str
    cause: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences of the texts, and the students affected by each change."""

    old: str
    new: str
    at: datetime
    records: int
    texts: tuple[RuleDifference, ...]
    effects: Mapping[Effect, tuple[int, ...]]
    kinds: tuple[Alike, ...]

    def count(self, effect: Effect) -> int:
        """How many students a change affects."""
        return sum(len(self.kinds[n].members) for n in self.effects[effect])

    def members(self, effect: Effect) -> list[str]:
        """The records that a change affects."""
        return [record for n in self.effects.get(effect, ()) for record in self.kinds[n].members]

    @property
    def unchanged(self) -> int:
        """How many students see no change."""
        touched = {n for ones in self.effects.values() for n in ones}
        return sum(len(kind.members) for n, kind in enumerate(self.kinds) if n not in touched)


def compare_policies(session: Session, old: School, new: School, at: datetime) -> Comparison:
    """Ask both policies about every record, once for each kind of record, as of one moment.

    The questions: may anything be filed, and until when; for every field and cause that both know, which
    papers, steps and office.
    """
    kinds = alike(session, (old, new), Sample())
    effects: dict[Effect, list[int]] = defaultdict(list)
    asked = list(_claims(old, new))
    for n, kind in enumerate(kinds):
        for effect in dict.fromkeys(_of_kind(session, kind, old, new, at, asked)):
            effects[effect].append(n)
    return Comparison(
        old=old.version,
        new=new.version,
        at=at,
        records=sum(len(kind.members) for kind in kinds),
        texts=tuple(changed_texts(old.texts, new.texts)),
        effects={effect: tuple(effects[effect]) for effect in sorted(effects, key=_order)},
        kinds=tuple(kinds),
    )


# -- changes for a student ------------------------------------------------------------------------------

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "may_not": ("原来可以提出，改后不能", "could file, cannot any more"),
        "may": ("原来不能提出，改后可以", "could not file, now can"),
        "unanswerable": ("改后缺少规则需要的事实", "a fact is lacking that a rule now needs"),
        "answerable": ("改后不再缺少规则需要的事实", "no fact is lacking any more"),
        "earlier": ("最后提出时间提前", "the last moment for filing is earlier"),
        "later": ("最后提出时间推后", "the last moment for filing is later"),
        "codes": ("仍不能提出，理由不同", "still cannot file, for other reasons"),
        "outcome": ("办理结果不同", "another outcome"),
        "papers_more": ("要的材料多了", "more papers"),
        "papers_fewer": ("要的材料少了", "fewer papers"),
        "papers_other": ("要的材料不同", "other papers"),
        "step_added": ("多一个环节", "one more step"),
        "step_gone": ("少一个环节", "one step less"),
        "office": ("承办部门不同", "another office"),
    }
)
"""The kinds of change. Those that take something away come first."""
_KINDS = tuple(KINDS)
TABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rule": ("规则", "rule"),
        "window": ("时间窗口", "window"),
        "code": ("答复代码", "code"),
        "cause": ("错误原因", "cause"),
        "variant": ("情形", "circumstance"),
        "evidence": ("证明材料", "paper"),
        "refusal": ("不予更正的理由", "ground of refusal"),
        "unsupported": ("不能自动判断的规则", "rule that cannot be expressed"),
        "statuses": ("学籍状态", "enrolment statuses"),
        "final_check": ("末次自查", "final check"),
        "silence": ("未提出的后果", "silence"),
        "periods": ("期限", "periods"),
        "intake": ("材料文件", "paper files"),
        "valid_from": ("起用日期", "valid from"),
        "default_office": ("默认承办部门", "default office"),
        "campaign": ("自查活动", "campaign"),
        "registration": ("注册日期", "registration day"),
        "year": ("节假日", "holidays"),
        "day": ("学校自定的工作日、休息日", "the school's own day"),
        "office": ("部门", "office"),
        "field": ("核对项目", "field"),
        "status_field": ("学籍状态项目", "status field"),
        "told": ("学校提醒", "reminder"),
    }
)
"""The names of the tables in the files."""


def _order(effect: Effect) -> tuple[Any, ...]:
    return _KINDS.index(effect.kind), *effect[1:]


def _claims(old: School, new: School) -> Iterator[ClaimAsked]:
    """Every field with each cause that both schools know, in the order of the new one."""
    known = {(words.code, cause) for words in old.fields for cause in words.causes}
    for words in new.fields:
        for cause in words.causes:
            if (words.code, cause) in known and cause in old.policy.causes:
                yield ClaimAsked(words.code, cause)


def _of_kind(
    session: Session, kind: Alike, old: School, new: School, at: datetime, claims: Sequence[ClaimAsked]
) -> Iterator[Effect]:
    before, after = (kind.question(session, school, at) for school in (old, new))
    (was, first), (now, second) = said_of(old, before), said_of(new, after)
    yield from _as_such(was, first, now, second)
    if (when := _both_may(old, before, new, after)) is None:
        return
    before, after = replace(before, at=when), replace(after, at=when)
    for claim in claims:
        yield from _of_claim(need_of(old, before, claim)[0], need_of(new, after, claim)[0])


def _both_may(old: School, before: PolicyQuestion, new: School, after: PolicyQuestion) -> datetime | None:
    """The first moment at which both allow filing, so that the needs of claims can be compared."""
    asked = ((old, before), (new, after))
    for turn in sorted({turn for school, put in asked for turn in _turns(school, put)}):
        answers = (said_of(old, replace(before, at=turn)), said_of(new, replace(after, at=turn)))
        if all(answer is not None and answer.may for _, answer in answers):
            return turn
    return None


def _turns(school: School, question: PolicyQuestion) -> Iterator[datetime]:
    for turn, _, _ in islice(over_time(school, question), TURNS_TOLD):
        yield turn


def _as_such(
    was: AnswerSummary, first: Answer | None, now: AnswerSummary, second: Answer | None
) -> Iterator[Effect]:
    """Whether anything may be filed, why not, and until when."""
    if first is None or second is None:
        if (first is None) != (second is None):
            kind = "unanswerable" if second is None else "answerable"
            yield Effect(kind, "", "", _said(was), _said(now))
        return
    if first.may != second.may:
        yield Effect("may" if second.may else "may_not", "", "", _said(was), _said(now))
    elif was != now:
        yield Effect("codes", "", "", _said(was), _said(now))
    elif first.due != second.due:
        ends = [last_moment(one.due) if one.due else None for one in (first, second)]
        shorter = ends[1] is not None and (ends[0] is None or ends[1] < ends[0])
        yield Effect("earlier" if shorter else "later", "", "", *(_moment(end) for end in ends))


def _of_claim(was: CorrectionNeeds, now: CorrectionNeeds) -> Iterator[Effect]:
    """Papers, steps and office of one field and cause."""

    def effect(kind: str, old: str, new: str) -> Effect:
        return Effect(kind, now.field, now.cause, old, new)

    if was.outcome != now.outcome:
        yield effect("outcome", was.outcome, now.outcome)
    before, after = set(was.papers), set(now.papers)
    if before != after:
        kind = "papers_more" if before < after else "papers_fewer" if after < before else "papers_other"
        yield effect(kind, _papers(was.papers), _papers(now.papers))
    steps = [[(step.kind, step.office) for step in need.steps] for need in (was, now)]
    for step in dict.fromkeys(steps[1]):
        if step not in steps[0]:
            yield effect("step_added", "", ":".join(step))
    for step in dict.fromkeys(steps[0]):
        if step not in steps[1]:
            yield effect("step_gone", ":".join(step), "")
    if was.office != now.office and was.outcome == now.outcome:
        yield effect("office", was.office, now.office)


def _said(said: AnswerSummary) -> str:
    return said.outcome if not said.codes else f"{said.outcome}:{'+'.join(said.codes)}"


def _papers(papers: Iterable[tuple[str, ...]]) -> str:
    """Papers as ``a|b+c``: a or b, and c."""
    return "+".join("|".join(kinds) for kinds in papers)


def _moment(end: datetime | None) -> str:
    return end.isoformat() if end else ""


# -- differences of the texts ---------------------------------------------------------------------------


def changed_texts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[RuleDifference]:
    """All differences between the files of two schools, except comments and layout."""
    for file in dict.fromkeys((*old, *new)):
        before, after = (tomllib.loads(texts.get(file, "")) for texts in (old, new))
        for table in dict.fromkeys((*before, *after)):
            yield from _table(file, table, before.get(table), after.get(table))


def _table(file: str, table: str, old: Any, new: Any) -> Iterator[RuleDifference]:
    if old == new:
        return
    if _is_list(old) or _is_list(new):
        before, after = _by_name(old or []), _by_name(new or [])
        for name in dict.fromkeys((*before, *after)):
            if name in before and name in after:
                yield from _keys(file, table, name, before[name], after[name])
            else:
                yield RuleDifference(file, table, name, "", before.get(name), after.get(name))
        if list(before) != list(after) and before.keys() == after.keys():
            yield RuleDifference(file, table, "", "order", list(before), list(after))
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _keys(file, table, "", old, new)
    else:
        yield RuleDifference(file, table, "", "", old, new)


def _keys(
    file: str, table: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[RuleDifference]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield RuleDifference(file, table, name, key, old.get(key), new.get(key))


def _is_list(said: Any) -> bool:
    return isinstance(said, list) and all(isinstance(one, dict) for one in said)


def _by_name(tables: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The tables of a list by their identifying key."""
    found: dict[str, Mapping[str, Any]] = {}
    for table in tables:
        found[next((str(table[key]) for key in NAMED_BY if key in table), "")] = table
    return found
