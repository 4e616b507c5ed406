"""The columns of the list of claims: what each says of a claim in both languages, on a page or in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from states.case import CASE
from workflow.cases.claims import opened
from workflow.cases.ending.lapse import LAPSES
from workflow.cases.filing.receipts import spoken
from workflow.cases.rules.names import SchoolNames, fields, offices
from workflow.cases.views.whose_turn import turn_named
from workflow.outgoing.claims.asked import OPEN, OUTCOME_WORDS, STEP_WORDS
from workflow.outgoing.claims.lines import ClaimLine
from workflow.people.cipher import Cipher
from workflow.records.fields import SEALED
from workflow.records.values import ends_of

Cell = tuple[str, str]
"""What a cell says in Chinese and in English."""
PHOTO = ("照片见所附材料", "see the papers")
OWN_FILING = ("活动以外", "outside a campaign")


@dataclass(frozen=True, slots=True)
class Teller:
    """What cells are told with: the school's names, the cipher, and whether numbers are masked."""

    names: SchoolNames
    cipher: Cipher
    masks: bool


@dataclass(frozen=True, slots=True)
class ClaimColumn:
    """One column: its heading in both languages, what it says, and whether it stands there unasked."""

    zh: str
    en: str
    tell: Callable[[Teller, ClaimLine], Cell]
    usual: bool = True


def _same(said: str) -> Cell:
    return said, said


def _every(said: Iterable[Cell]) -> Cell:
    zh, en = zip(*said, strict=True) if (said := list(said)) else ((), ())
    return "、".join(zh), ", ".join(en)


def _moment(at: datetime | None) -> Cell:
    return _same(f"{at:%Y-%m-%d %H:%M}" if at else "")


def _value(told: Teller, line: ClaimLine, which: int) -> Cell:
    if line.field == "PHOTO":
        return PHOTO
    value = opened(told.cipher, line)[which]
    return _same(ends_of(value) if told.masks and line.field in SEALED else value)


def _batch(told: Teller, said: str) -> Cell:
    """The body that a batch goes to, and the month."""
    office, _, month = said.partition(" ")
    zh, en = told.names.named(office, offices)
    return f"{zh} {month}".strip(), f"{en} {month}".strip()


def _id_number(told: Teller, line: ClaimLine) -> Cell:
    if line.sfzh is None:
        return _same("")
    number = told.cipher.open(line.sfzh, table="record", column="sfzh", row=line.record_id)
    return _same(ends_of(number) if told.masks else number)


COLUMNS: dict[str, ClaimColumn] = {
    "receipt": ClaimColumn("申请编号", "request", lambda _, one: _same(spoken(one.receipt))),
    "name": ClaimColumn("姓名", "name", lambda _, one: _same(one.name)),
    "xh": ClaimColumn("学号", "student number", lambda _, one: _same(one.xh)),
    "ksh": ClaimColumn("考生号", "candidate number", lambda _, one: _same(one.ksh), usual=False),
    "id_number": ClaimColumn("证件号码", "ID number", _id_number, usual=False),
    "college": ClaimColumn("学院", "college", lambda _, one: _same(one.college)),
    "class": ClaimColumn("班级", "class", lambda _, one: _same(one.group), usual=False),
    "year": ClaimColumn(
        "年级", "entry year", lambda _, one: _same(f"{one.entered:%Y}" if one.entered else ""), usual=False
    ),
    "campaign": ClaimColumn(
        "自查活动",
        "campaign",
        lambda _, one: (one.title, one.title_en) if one.title else OWN_FILING,
        usual=False,
    ),
    "field": ClaimColumn("更正事项", "field", lambda told, one: told.names.named(one.field, fields)),
    "old": ClaimColumn("原值", "recorded value", lambda told, one: _value(told, one, 0)),
    "new": ClaimColumn("新值", "claimed value", lambda told, one: _value(told, one, 1)),
    "cause": ClaimColumn("原因", "cause", lambda told, one: told.names.grounds(one.cause, one.variant)),
    "filed": ClaimColumn("提交", "filed", lambda _, one: _moment(one.filed_at)),
    "office": ClaimColumn(
        "办理部门", "office",
        lambda told, one: told.names.named(one.office, offices) if one.office else _same(""),
        usual=False,
    ),
    "step": ClaimColumn(
        "环节", "step", lambda _, one: _every(STEP_WORDS.get(kind, _same(kind)) for kind in one.kinds)
    ),
    "turn": ClaimColumn(
        "当前环节", "waits for", lambda _, one: turn_named(one.turn) if one.turn else _same(""), usual=False
    ),
    "batch": ClaimColumn(
        "报送批次", "batch", lambda told, one: _every(_batch(told, said) for said in one.batches)
    ),
    "number": ClaimColumn("文号或批次号", "letter or batch", lambda _, one: _same("、".join(one.numbers))),
    "state": ClaimColumn(
        "申请状态", "state of the request", lambda _, one: _state(one), usual=False
    ),
    "outcome": ClaimColumn("结果", "outcome", lambda _, one: OUTCOME_WORDS[one.outcome or OPEN]),
    "ruling": ClaimColumn(
        "不予更正或终止的理由", "why not corrected", lambda told, one: _ground(told, one), usual=False
    ),
    "settled": ClaimColumn("办结", "settled", lambda _, one: _moment(one.ended_at)),
    "seen": ClaimColumn(
        "学信网已显示", "seen on the platform",
        lambda _, one: _same(f"{one.seen_on}" if one.seen_on else ""),
        usual=False,
    ),
}  # fmt: skip
"""Every column in the order in which they stand."""

USUAL = tuple(name for name, one in COLUMNS.items() if one.usual)


def _ground(told: Teller, line: ClaimLine) -> Cell:
    """Why a claim was refused or has lapsed."""
    if line.outcome == "lapsed":
        return LAPSES.get(line.ruling, _same(line.ruling))
    return told.names.refusal(line.ruling) if line.ruling else _same("")


def _state(line: ClaimLine) -> Cell:
    state = CASE.state(line.state)
    return state.zh, state.en


def in_order(chosen: Iterable[str]) -> tuple[str, ...]:
    """Of some names those of columns, as they stand; the usual ones where there is none."""
    wanted = set(chosen)
    return tuple(name for name in COLUMNS if name in wanted) or USUAL


def cells(told: Teller, columns: Sequence[str], line: ClaimLine) -> list[Cell]:
    """What a line says in some columns."""
    return [COLUMNS[name].tell(told, line) for name in columns]
