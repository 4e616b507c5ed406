"""A question to the policy and its answer as values, with strict conversion from and to JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import partial
from types import NoneType
from typing import Any, NamedTuple, TypeGuard, TypeVar, get_args, get_origin, get_type_hints

from config.policy.windows import CampaignWindow
from config.policy.words import VOID_BY

T = TypeVar("T")

YEARS = range(1900, 2200)
"""Plausible years. A date outside is a typing error."""


class QuestionFault(Exception):
    """A question that cannot be answered. Names every fault and its place."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


# -- the question ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Student:
    """The student. None for ``registered_on`` and ``degree_registered_on`` means not registered.

    None for anything else means unknown: the question cannot be answered if a rule needs it.
    """

    category: str | None = None
    entry_date: date | None = None
    expected_graduation: date | None = None
    years: float | None = None
    enrolment_status: str | None = None
    registered_on: date | None = None
    degree_registered_on: date | None = None
    origin_province: str | None = None
    college: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimAsked:
    """One field claimed to be wrong. ``evidence`` lists kinds of papers for this claim alone."""

    field: str
    cause: str
    event_date: date | None = None
    old: str | None = None
    new: str | None = None
    evidence: tuple[str, ...] = ()
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """An open earlier request of the same person. ``returned_on``: the day it was returned for papers.

    ``answer_until``: the last day for them, if a freeze moved it.
    """

    fields: tuple[str, ...]
    filed_on: date
    state: str
    returned_on: date | None = None
    answer_until: date | None = None


@dataclass(frozen=True, slots=True)
class DoneRequest:
    """A decided earlier request of the same person."""

    fields: tuple[str, ...]
    filed_on: date
    state: str
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """May this student do this at this moment? Without claims: may anything be filed at all?

    ``at`` and ``begun_at`` are aware instants. A date at the end of a window, in ``extended_until`` or in
    ``opened_until`` includes that whole day; these two are the registrar's permissions for this student.
    ``campaigns`` are those that include this student. ``confirmed_on``: the day on which the check in
    question was confirmed. ``frozen_on``: the day on which the registrar froze the student's claims;
    ``frozen_until``: to when, without one for no end that is known. ``blank``: the columns without a value in the record.
    """

    at: datetime
    action: str
    student: Student
    claims: tuple[ClaimAsked, ...] = ()
    evidence: tuple[str, ...] = ()
    filed_by: str = "student"
    begun_at: datetime | None = None
    extended_until: date | datetime | None = None
    campaigns: tuple[CampaignWindow, ...] = ()
    open_requests: tuple[OpenRequest, ...] = ()
    done_requests: tuple[DoneRequest, ...] = ()
    confirmed_on: date | None = None
    opened_until: date | datetime | None = None
    frozen_on: date | None = None
    frozen_until: date | datetime | None = None
    blank: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, said: object) -> PolicyQuestion:
        """The question of a JSON object, with dates as text or as values. Raises QuestionFault."""
        faults: list[str] = []
        if (question := _object(cls, said, "", faults)) is None:
            raise QuestionFault(faults)
        return question


# -- the answer -----------------------------------------------------------------------------------------


class PolicyReason(NamedTuple):
    """One reason against: the rule and its code, the Chinese template with its facts, and the remedy.

    ``remedy`` and ``remedy_en`` already contain their facts.
    """

    rule: str
    code: str
    template: str
    template_en: str
    facts: Mapping[str, str]
    source: str
    remedy: str
    remedy_en: str

    @property
    def says(self) -> str:
        """The Chinese sentence with its facts."""
        return self.template.format_map(self.facts)

    @property
    def says_en(self) -> str:
        """The English sentence with its facts."""
        return self.template_en.format_map(self.facts)

    def as_json(self) -> dict[str, Any]:
        """The reason as plain values."""
        return {
            "rule": self.rule,
            "code": self.code,
            "says": self.says,
            "facts": dict(self.facts),
            "source": self.source,
            "remedy": self.remedy,
        }


class PolicyStep(NamedTuple):
    """One review step for the claims it names. ``duty`` and ``four_eyes`` restrict who may take it.

    ``rule`` is the rule that asks for it where equal steps of two rules are two, else ''. ``void_by`` says
    what makes it void once it is passed: a new ``value``, a new ``paper``, an ``explanation``.
    """

    kind: str
    office: str
    claims: tuple[str, ...]
    due: date | None = None
    duty: str = ""
    four_eyes: bool = False
    rule: str = ""
    void_by: tuple[str, ...] = VOID_BY

    def as_json(self) -> dict[str, Any]:
        """The step as plain values. What is as usual is left out, from ``duty`` on."""
        said = {"kind": self.kind, "office": self.office, "due": _iso(self.due), "claims": list(self.claims)}
        more: dict[str, Any] = {"duty": self.duty, "four_eyes": self.four_eyes, "rule": self.rule}
        if self.void_by != VOID_BY:
            said["void_by"] = list(self.void_by)
        return said | {name: value for name, value in more.items() if value}


class ClaimAnswer(NamedTuple):
    """The policy's answer to one claim."""

    field: str
    outcome: str
    missing: tuple[str, ...]
    office: str
    steps: tuple[PolicyStep, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer to the claim as plain values."""
        return {
            "field": self.field,
            "outcome": self.outcome,
            "missing": list(self.missing),
            "office": self.office,
            "steps": [step.as_json() for step in self.steps],
        }


class Answer(NamedTuple):
    """The policy's answer. ``next_date``: when the same question gets another answer; None means never.

    ``accepted_from``: the first moment, from that of the question on, at which it would be accepted; None
    means never as things stand.
    ``due``: the last day or instant before the same question is refused; None if it is refused now or never
    will be. ``effects``: further effects (a lock, a required confirmation, lifted codes).
    """

    outcome: str
    reasons: tuple[PolicyReason, ...]
    missing: tuple[str, ...]
    office: str
    steps: tuple[PolicyStep, ...]
    claims: tuple[ClaimAnswer, ...]
    flags: tuple[str, ...]
    effects: tuple[Mapping[str, Any], ...]
    accepted_from: date | datetime | None
    next_date: date | datetime | None
    due: date | datetime | None
    unsupported: tuple[Mapping[str, str], ...]
    policy_school: str
    policy_version: str

    @property
    def may(self) -> bool:
        """True if it may be done as asked."""
        return self.outcome == "accept"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons, in the policy's order."""
        return tuple(reason.code for reason in self.reasons)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain values, ready for ``json.dumps``."""
        return {
            "outcome": self.outcome,
            "reasons": [reason.as_json() for reason in self.reasons],
            "missing": list(self.missing),
            "office": self.office,
            "steps": [step.as_json() for step in self.steps],
            "claims": [claim.as_json() for claim in self.claims],
            "flags": list(self.flags),
            "effects": [dict(one) for one in self.effects],
            "accepted_from": _iso(self.accepted_from),
            "next_date": _iso(self.next_date),
            "due": _iso(self.due),
            "unsupported": [dict(one) for one in self.unsupported],
            "policy": {"school": self.policy_school, "version": self.policy_version},
        }


def _iso(when: date | datetime | None) -> str | None:
    return when.isoformat() if when is not None else None


# -- reading JSON strictly ------------------------------------------------------------------------------

_SAID_ALL_THE_SAME = frozenset({"filed_by", "registered_on", "degree_registered_on"})
"""Keys that JSON must name although the dataclass has a default: left out by oversight, they would decide."""


class _Wrong(Exception):
    """A value that is not what its key takes. Carries the Chinese and the English text."""


class _Form(NamedTuple):
    """What a key of a JSON object takes. ``read`` gets the value, its place and the list of faults."""

    read: Callable[[Any, str, list[str]], object]
    needed: bool


def _object(kind: type[T], said: object, where: str, faults: list[str]) -> T | None:
    """The dataclass of a JSON object, whose keys are its fields. None if it has faults, which are noted."""
    if not isinstance(said, dict):
        faults.append(f"{where or 'question'}: 应为对象 / must be an object")
        return None
    forms, inside, before = _FORMS[kind], f"{where}." if where else "", len(faults)
    if not forms.keys() >= said.keys():
        for key in said:
            if key not in forms:
                faults.append(f"{inside}{key}: 没有这一项 / is not known here")
    values: dict[str, object] = {}
    for key, form in forms.items():
        if key in said:
            try:
                values[key] = form.read(said[key], inside + key, faults)
            except _Wrong as fault:
                faults.append(f"{inside}{key}: {fault.args[0]} / {fault.args[1]}")
        elif form.needed:
            faults.append(f"{inside}{key}: 缺少这一项 / is missing")
    return kind(**values) if len(faults) == before else None


def _forms(kind: type) -> Mapping[str, _Form]:
    """What each field of a dataclass takes."""
    hints = get_type_hints(kind)
    return {
        one.name: _Form(_reader(hints[one.name]), one.default is MISSING or one.name in _SAID_ALL_THE_SAME)
        for one in fields(kind)
    }


def _reader(hint: Any) -> Callable[[Any, str, list[str]], object]:
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(_object, hint)
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return _texts if inner is str else partial(_each, inner)
    read = _READ[frozenset(get_args(hint) or (hint,)) - {NoneType}]
    if NoneType in get_args(hint):
        return lambda said, where, faults: None if said is None else read(said, "或 null", " or null")
    return lambda said, where, faults: read(said, "", "")


def _each(kind: type[T], said: object, where: str, faults: list[str]) -> tuple[T | None, ...]:
    if not _is_list(said):
        raise _Wrong("应为列表", "must be a list")
    return tuple([_object(kind, one, f"{where}[{n}]", faults) for n, one in enumerate(said)])


def _texts(said: object, where: str, faults: list[str]) -> tuple[str, ...]:
    if not _is_list(said) or not all([isinstance(one, str) for one in said]):
        raise _Wrong("应为文字的列表", "must be a list of texts")
    return tuple(said)


def _is_list(said: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(said, list | tuple)


def _text(said: object, zh: str, en: str) -> str:
    if not isinstance(said, str) or not (said or zh):
        raise _Wrong(f"应为文字{zh}", f"must be a text{en}")
    return said


def _years(said: object, zh: str, en: str) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < 20:
        raise _Wrong(f"应为年数{zh}", f"must be a number of years{en}")
    return said


def _day(said: object, zh: str = "", en: str = "") -> date:
    if isinstance(said, str):
        if len(said) == 10 and said[4] == said[7] == "-":
            try:
                return _sensible(date.fromisoformat(said))
            except ValueError:
                pass
    elif isinstance(said, date) and not isinstance(said, datetime):
        return _sensible(said)
    raise _not_null(said) or _Wrong("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD")


def _instant(said: object, zh: str = "", en: str = "") -> datetime:
    moment = said
    if isinstance(said, str) and said[4:5] == said[7:8] == "-":
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise _not_null(said) or _Wrong(
            "应为带时区的时刻，如 2024-03-05T10:00:00+08:00", "must be a moment with its zone"
        )
    if moment.tzinfo is None:
        raise _Wrong("时刻没有时区，请写成 2024-03-05T10:00:00+08:00", "has no zone")
    _sensible(moment)
    return moment


def _day_or_instant(said: object, zh: str, en: str) -> date | datetime:
    if isinstance(said, datetime) or (isinstance(said, str) and len(said) > 10):
        return _instant(said)
    return _day(said)


def _not_null(said: object) -> _Wrong | None:
    return _Wrong("不能为 null", "must not be null") if said is None else None


def _sensible(when: date) -> date:
    if when.year not in YEARS:
        raise _Wrong(
            f"年份应在 {YEARS[0]} 至 {YEARS[-1]} 之间", f"must lie between {YEARS[0]} and {YEARS[-1]}"
        )
    return when


_READ: Mapping[frozenset[type], Callable[[object, str, str], object]] = {
    frozenset({str}): _text,
    frozenset({float}): _years,
    frozenset({date}): _day,
    frozenset({datetime}): _instant,
    frozenset({date, datetime}): _day_or_instant,
}
"""The reader of a single value by its type, without None. It gets the words to add where null is allowed."""

_FORMS: Mapping[type, Mapping[str, _Form]] = {
    kind: _forms(kind)
    for kind in (PolicyQuestion, Student, ClaimAsked, CampaignWindow, OpenRequest, DoneRequest)
}
