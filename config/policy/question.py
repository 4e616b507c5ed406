"""A question to the policy and its answer as values, with strict conversion from and to JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from config.policy.windows import CampaignWindow

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
    """An open earlier request of the same person. ``returned_on``: the day it was returned for papers."""

    fields: tuple[str, ...]
    filed_on: date
    state: str
    returned_on: date | None = None


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

    ``at`` and ``begun_at`` are aware instants. A date at the end of a window or in ``extended_until``
    includes that whole day. ``campaigns`` are those that include this student.
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

    @classmethod
    def from_json(cls, said: object) -> PolicyQuestion:
        """The question of a JSON object, with dates as text or as values. Raises QuestionFault."""
        faults: list[str] = []
        question = _question(_Said(said, "", faults, _QUESTION))
        if faults:
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
    """One review step for the claims it names. ``duty`` and ``four_eyes`` restrict who may take it."""

    kind: str
    office: str
    claims: tuple[str, ...]
    due: date | None = None
    duty: str = ""
    four_eyes: bool = False

    def as_json(self) -> dict[str, Any]:
        """The step as plain values. ``duty`` and ``four_eyes`` are included only if required."""
        said = {"kind": self.kind, "office": self.office, "due": _iso(self.due), "claims": list(self.claims)}
        more = {"duty": self.duty, "four_eyes": self.four_eyes}
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
            "next_date": _iso(self.next_date),
            "due": _iso(self.due),
            "unsupported": [dict(one) for one in self.unsupported],
            "policy": {"school": self.policy_school, "version": self.policy_version},
        }


def _iso(when: date | datetime | None) -> str | None:
    return when.isoformat() if when is not None else None


# -- reading JSON strictly ------------------------------------------------------------------------------

_ABSENT = object()


class _Said:
    """One JSON object being read. Takes its keys one by one and notes the faults.

    ``strict`` is False if there is no object at all: that is one fault, not one for each key.
    """

    __slots__ = ("faults", "said", "strict", "where")

    def __init__(self, given: object, where: str, faults: list[str], known: frozenset[str]) -> None:
        self.where, self.faults = where, faults
        self.strict = isinstance(given, dict)
        self.said: Mapping[str, Any] = given if isinstance(given, dict) else {}
        if not self.strict and given is not _ABSENT:
            self.fault("", "应为对象", "must be an object")
        if not known >= self.said.keys():
            for key in self.said:
                if key not in known:
                    self.fault(str(key), "没有这一项", "is not known here")

    def fault(self, key: str, zh: str, en: str) -> None:
        where = f"{self.where}.{key}" if self.where and key else self.where or key or "question"
        self.faults.append(f"{where}: {zh} / {en}")

    def needed(self, key: str) -> Any:
        found = self.said.get(key, _ABSENT)
        if found is _ABSENT and self.strict:
            self.fault(key, "缺少这一项", "is missing")
        return found

    def text(self, key: str) -> str:
        found = self.needed(key)
        if isinstance(found, str) and found:
            return found
        if found is not _ABSENT:
            self.fault(key, "应为文字", "must be a text")
        return ""

    def text_or_none(self, key: str) -> str | None:
        found = self.said.get(key)
        if found is None or isinstance(found, str):
            return found
        self.fault(key, "应为文字或 null", "must be a text or null")
        return None

    def number_or_none(self, key: str) -> float | None:
        found = self.said.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 20:
            self.fault(key, "应为年数或 null", "must be a number of years or null")
            return None
        return found

    def when(self, key: str, read: Callable[[object], T], *, needed: bool = False) -> T | None:
        found = self.needed(key) if needed else self.said.get(key)
        if found is None or found is _ABSENT:
            return None
        try:
            return read(found)
        except _NoTime as fault:
            self.fault(key, *fault.args)
            return None

    def must(self, key: str, read: Callable[[object], T], instead: T) -> T:
        if (found := self.when(key, read, needed=True)) is not None:
            return found
        if key in self.said and self.said[key] is None:
            self.fault(key, "不能为 null", "must not be null")
        return instead

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        found = self.needed(key) if needed else self.said.get(key, ())
        if _is_list(found) and all([isinstance(one, str) for one in found]):
            return tuple(found)
        if found is not _ABSENT:
            self.fault(key, "应为文字的列表", "must be a list of texts")
        return ()

    def each(self, key: str, read: Callable[[_Said], T], known: frozenset[str]) -> tuple[T, ...]:
        found = self.said.get(key, ())
        if not _is_list(found):
            self.fault(key, "应为列表", "must be a list")
            return ()
        return tuple([read(_Said(one, f"{key}[{n}]", self.faults, known)) for n, one in enumerate(found)])

    def inner(self, key: str, known: frozenset[str]) -> _Said:
        return _Said(self.needed(key), key, self.faults, known)


def _names(kind: type) -> frozenset[str]:
    """The keys of a JSON object: the fields of its dataclass."""
    return frozenset(one.name for one in fields(kind))


_QUESTION, _STUDENT, _CLAIM = _names(PolicyQuestion), _names(Student), _names(ClaimAsked)
_CAMPAIGN, _OPEN_REQUEST, _DONE_REQUEST = _names(CampaignWindow), _names(OpenRequest), _names(DoneRequest)


def _question(said: _Said) -> PolicyQuestion:
    return PolicyQuestion(
        at=said.must("at", _instant, _SOMETIME),
        action=said.text("action"),
        student=_student(said.inner("student", _STUDENT)),
        claims=said.each("claims", _claim, _CLAIM),
        evidence=said.texts("evidence"),
        filed_by=said.text("filed_by"),
        begun_at=said.when("begun_at", _instant),
        extended_until=said.when("extended_until", _day_or_instant),
        campaigns=said.each("campaigns", _campaign, _CAMPAIGN),
        open_requests=said.each("open_requests", _open_request, _OPEN_REQUEST),
        done_requests=said.each("done_requests", _done_request, _DONE_REQUEST),
    )


def _student(said: _Said) -> Student:
    return Student(
        category=said.text_or_none("category"),
        entry_date=said.when("entry_date", _day),
        expected_graduation=said.when("expected_graduation", _day),
        years=said.number_or_none("years"),
        enrolment_status=said.text_or_none("enrolment_status"),
        registered_on=said.when("registered_on", _day, needed=True),
        degree_registered_on=said.when("degree_registered_on", _day, needed=True),
        origin_province=said.text_or_none("origin_province"),
        college=said.text_or_none("college"),
    )


def _claim(said: _Said) -> ClaimAsked:
    return ClaimAsked(
        field=said.text("field"),
        cause=said.text("cause"),
        event_date=said.when("event_date", _day),
        old=said.text_or_none("old"),
        new=said.text_or_none("new"),
        evidence=said.texts("evidence"),
        variant=said.text_or_none("variant"),
    )


def _campaign(said: _Said) -> CampaignWindow:
    return CampaignWindow(
        kind=said.text("kind"),
        opens=said.must("opens", _day_or_instant, _SOMEDAY),
        closes=said.must("closes", _day_or_instant, _SOMEDAY),
    )


def _open_request(said: _Said) -> OpenRequest:
    return OpenRequest(
        fields=said.texts("fields", needed=True),
        filed_on=said.must("filed_on", _day, _SOMEDAY),
        state=said.text("state"),
        returned_on=said.when("returned_on", _day),
    )


def _done_request(said: _Said) -> DoneRequest:
    return DoneRequest(
        fields=said.texts("fields", needed=True),
        filed_on=said.must("filed_on", _day, _SOMEDAY),
        state=said.text("state"),
        done_on=said.when("done_on", _day),
    )


class _NoTime(Exception):
    """A value that is not a date or instant. Carries the Chinese and the English text."""


_SOMEDAY = date(2000, 1, 1)
_SOMETIME = datetime.fromisoformat("2000-01-01T00:00:00+08:00")


def _day(said: object) -> date:
    if isinstance(said, str):
        if len(said) == 10 and said[4] == said[7] == "-":
            try:
                return _sensible(date.fromisoformat(said))
            except ValueError:
                pass
    elif isinstance(said, date) and not isinstance(said, datetime):
        return _sensible(said)
    raise _NoTime("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD")


def _instant(said: object) -> datetime:
    moment = said
    if isinstance(said, str) and said[4:5] == said[7:8] == "-":
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise _NoTime("应为带时区的时刻，如 2024-03-05T10:00:00+08:00", "must be a moment with its zone")
    if moment.tzinfo is None:
        raise _NoTime("时刻没有时区，请写成 2024-03-05T10:00:00+08:00", "has no zone")
    _sensible(moment)
    return moment


def _day_or_instant(said: object) -> date | datetime:
    if isinstance(said, datetime) or (isinstance(said, str) and len(said) > 10):
        return _instant(said)
    return _day(said)


def _sensible(when: date) -> date:
    if when.year not in YEARS:
        raise _NoTime(
            f"年份应在 {YEARS[0]} 至 {YEARS[-1]} 之间", f"must lie between {YEARS[0]} and {YEARS[-1]}"
        )
    return when


def _is_list(said: object) -> bool:
    return isinstance(said, list | tuple)
