"""The words in which a school's rules are written: lists, predicates, effects and rules, as frozen values.

A predicate says something about the question, about one claim of it, or about the moment; a rule holds when
all its predicates do, and then has its effect. To extend the vocabulary, add a class and spell it in
``PREDICATES`` or ``EFFECTS``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any, ClassVar

from config.calendar import Calendar, start_of
from config.policy.question import ClaimAsked, Question
from config.policy.windows import FinalCheck, MonthDay, final_check, months_before

COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "XM": ("姓名", "name"),
        "XB": ("性别", "sex"),
        "CSRQ": ("出生日期", "birth date"),
        "SFZH": ("证件号码", "ID number"),
        "MZ": ("民族", "ethnicity"),
        "ZZMM": ("政治面貌", "political status"),
        "YXDM": ("院校代码", "school code"),
        "YXMC": ("院校名称", "school name"),
        "ZYDM": ("专业代码", "major code"),
        "ZYMC": ("专业", "major"),
        "CC": ("层次", "level"),
        "XZ": ("学制", "length of schooling"),
        "XXXS": ("学习形式", "study form"),
        "XH": ("学号", "student number"),
        "KSH": ("考生号", "candidate number"),
        "FY": ("分院", "college"),
        "XSH": ("系所函", "department"),
        "BH": ("班号", "class"),
        "RXRQ": ("入学日期", "entry date"),
        "YJBYRQ": ("预计毕业日期", "expected graduation date"),
        "XJZT": ("学籍状态", "enrolment status"),
        "PHOTO": ("录取照片", "admission photo"),
    }
)
"""Every column of the platform that a claim may name, with its Chinese and English word."""

ACTIONS = ("raise", "confirm")
"""What the policy can be asked about."""

DUTIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "student": ("学生本人", "the student"),
        "officer": ("学院经办人", "college officer"),
        "counsellor": ("辅导员", "counsellor"),
        "class_teacher": ("班主任", "class teacher"),
        "teaching_secretary": ("教学秘书", "teaching secretary"),
        "reviewer": ("审核人", "reviewer"),
        "second_reviewer": ("复核人", "second reviewer"),
        "registrar": ("学籍管理员", "registrar"),
    }
)
"""Who may file, by role or duty."""

CAMPAIGN_KINDS = ("freshman", "yearly", "final")
STEP_KINDS = ("check", "letter", "province", "public_notice", "platform")
PICTURES = ("JPEG", "PNG")
STANDINGS = ("enrolled", "retained", "left", "other")
REFUSAL_KINDS: Mapping[str, str] = MappingProxyType({"inadmissible": "不予受理", "refused": "驳回"})

OUTCOMES = ("accept", "incomplete", "defer", "route", "not_accepted")
"""From best to worst; the worst wins."""

BASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rule": ("按学校规则的末次自查", "the last check by the school's rule"),
        "campaign": ("按已公布的该届毕业生自查活动", "the campaign published for the graduating class"),
        "extension": ("按批准给本人的延期", "the extension granted to this student"),
    }
)
"""How the end of a student's final check was derived."""


# -- lists ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """A code of the policy's own lists, with its Chinese and English words."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field that the school's students check. ``causes``: why it may be claimed to be wrong."""

    code: str
    zh: str
    en: str
    group: str
    claimable: bool = True
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Something every student of the school is told before the check."""

    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code with which a reviewer refuses; ``kind`` is a key of REFUSAL_KINDS."""

    code: str
    kind: str
    zh: str
    en: str

    @property
    def kind_zh(self) -> str:
        """不予受理 (never admissible) or 驳回 (refused on the merits)."""
        return REFUSAL_KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Intake:
    """What an uploaded paper may be: bytes, kinds of picture, pixels (width times height)."""

    max_bytes: int
    kinds: tuple[str, ...]
    max_pixels: int
    source: str


@dataclass(frozen=True, slots=True)
class Statuses:
    """The enrolment statuses by what they mean for filing; one that is in no list counts as ``other``."""

    enrolled: tuple[str, ...]
    retained: tuple[str, ...]
    left: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class FinalCheckDay:
    """The month and day with which the school's yearly final check ends."""

    last_day: MonthDay
    source: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The kinds of campaign in which silence means correct."""

    deems: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Periods:
    """How long a case is held, a decision can be undone, a correction be disputed."""

    hold_minutes: int
    undo_minutes: int
    dispute_days: int
    source: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A rule of the school that this vocabulary cannot say; every answer names it."""

    says: str
    says_en: str
    source: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who a campaign is for: entry years, levels (CC) and enrolment statuses, all of which must fit."""

    entry_years: tuple[int, ...]
    levels: tuple[str, ...]
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign as the school announces it; both ends belong to the window."""

    id: str
    kind: str
    title: str
    title_en: str
    opens: datetime
    closes: datetime
    bulletins: tuple[date, ...]
    fields: tuple[str, ...]
    cohort: Cohort
    source: str


# -- what rules ask of a question ------------------------------------------------------------------------


class Unknown(Exception):
    """A rule needs an attribute of the student that the question does not give; names the attribute."""


class Asked:
    """A question as predicates see it; what several of them need is worked out once."""

    __slots__ = ("_check", "_last_day", "question", "student")

    def __init__(self, question: Question, last_day: MonthDay) -> None:
        self.question, self.student, self._last_day = question, question.student, last_day
        self._check: FinalCheck | None = None

    @property
    def check(self) -> FinalCheck:
        """The final check by the current expected graduation date; raises Unknown without one."""
        if self._check is None:
            expected = self.student.expected_graduation
            if expected is None:
                raise Unknown("expected_graduation")
            question = self.question
            self._check = final_check(
                expected, question.campaigns, question.extended_until, last_day=self._last_day
            )
        return self._check

    @property
    def status(self) -> str:
        """The enrolment status; raises Unknown without one."""
        if not self.student.enrolment_status:
            raise Unknown("enrolment_status")
        return self.student.enrolment_status

    @property
    def category(self) -> str:
        """The level (CC); raises Unknown without one."""
        if not self.student.category:
            raise Unknown("category")
        return self.student.category


def registration(asked: Asked) -> datetime | None:
    """The first second of the day on which the student was registered."""
    day = asked.student.registered_on
    return None if day is None else start_of(day)


def final_check_over(asked: Asked) -> datetime | None:
    """The first second after the student's final check."""
    return asked.check.over


def degree_registration(asked: Asked) -> datetime | None:
    """The first second of the day on which the degree was registered."""
    day = asked.student.degree_registered_on
    return None if day is None else start_of(day)


MOMENTS: Mapping[str, Callable[[Asked], datetime | None]] = MappingProxyType(
    {
        "registration": registration,
        "final_check_over": final_check_over,
        "degree_registration": degree_registration,
    }
)
"""The moments of a student's time at school that a rule may name; None where the record does not have one."""


# -- predicates -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusIn:
    """The enrolment status is one of these, or with ``inside`` False none of them."""

    statuses: frozenset[str]
    inside: bool

    def holds(self, asked: Asked) -> bool:
        """Whether the student is one of those."""
        return (asked.status in self.statuses) == self.inside


@dataclass(frozen=True, slots=True)
class CategoryIn:
    """The student's level (CC) is one of these."""

    levels: frozenset[str]

    def holds(self, asked: Asked) -> bool:
        """Whether the student is one of those."""
        return asked.category in self.levels


@dataclass(frozen=True, slots=True)
class FiledByOther:
    """Somebody files who is none of these."""

    duties: frozenset[str]

    def holds(self, asked: Asked) -> bool:
        """Whether somebody else files."""
        return asked.question.filed_by not in self.duties


@dataclass(frozen=True, slots=True)
class Without:
    """The student's record does not have that moment."""

    moment: str

    def holds(self, asked: Asked) -> bool:
        """Whether the moment is lacking."""
        return MOMENTS[self.moment](asked) is None


@dataclass(frozen=True, slots=True)
class FinalCheckAhead:
    """The final check ends more than so many months before the expected graduation date."""

    months: int

    def holds(self, asked: Asked) -> bool:
        """Whether it ends that early."""
        check = asked.check
        return check.closes.date() < months_before(check.expected_graduation, self.months)


@dataclass(frozen=True, slots=True)
class FieldIn:
    """The claim names one of these columns, or with ``inside`` False none of them."""

    fields: frozenset[str]
    inside: bool = True

    def holds(self, claim: ClaimAsked) -> bool:
        """Whether the claim is about one of those."""
        return (claim.field in self.fields) == self.inside


@dataclass(frozen=True, slots=True)
class CauseIn:
    """The claim gives one of these causes."""

    causes: frozenset[str]

    def holds(self, claim: ClaimAsked) -> bool:
        """Whether the claim's cause is one of those."""
        return claim.cause in self.causes


@dataclass(frozen=True, slots=True)
class CauseFits:
    """The claim's cause is, or is not, one that the school lists for the field."""

    fitting: frozenset[tuple[str, str]]
    fits: bool

    def holds(self, claim: ClaimAsked) -> bool:
        """Whether field and cause go together as said."""
        return ((claim.field, claim.cause) in self.fitting) == self.fits


@dataclass(frozen=True, slots=True)
class Turning:
    """A moment has come (``come``) or has not; it never holds where the record does not have the moment."""

    moment: str
    come: bool

    def turn(self, asked: Asked) -> datetime | None:
        """The second from which on the moment has come."""
        return MOMENTS[self.moment](asked)


OfQuestion = StatusIn | CategoryIn | FiledByOther | Without | FinalCheckAhead
OfClaim = FieldIn | CauseIn | CauseFits
Predicate = OfQuestion | OfClaim | Turning


@dataclass(frozen=True, slots=True)
class Lists:
    """What a predicate may need of the school's lists when it is made."""

    statuses: Statuses
    fields: tuple[FieldWords, ...]

    def standing(self, name: str) -> StatusIn:
        """Those whose enrolment status stands in that list, or for ``other`` in none."""
        lists = {
            "enrolled": self.statuses.enrolled,
            "retained": self.statuses.retained,
            "left": self.statuses.left,
        }
        if name in lists:
            return StatusIn(frozenset(lists[name]), inside=True)
        return StatusIn(frozenset(chain.from_iterable(lists.values())), inside=False)

    def claimable(self, yes: bool) -> FieldIn:
        """The fields that the school's students can claim to be wrong, or all others."""
        return FieldIn(frozenset(one.code for one in self.fields if one.claimable), inside=yes)

    def cause_fits(self, yes: bool) -> CauseFits:
        """The causes that the school lists for each field, or all others."""
        return CauseFits(
            frozenset((one.code, cause) for one in self.fields for cause in one.causes), fits=yes
        )


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a predicate is written: the type of its value, among which names, and what it makes."""

    takes: Any
    among: Collection[str]
    make: Callable[[Any, Lists], Predicate]


PREDICATES: Mapping[str, Spelling] = MappingProxyType(
    {
        "standing": Spelling(str, STANDINGS, lambda name, lists: lists.standing(name)),
        "category": Spelling(tuple[str, ...], (), lambda levels, lists: CategoryIn(frozenset(levels))),
        "filed_by_other_than": Spelling(
            tuple[str, ...], DUTIES, lambda duties, lists: FiledByOther(frozenset(duties))
        ),
        "without": Spelling(str, MOMENTS, lambda moment, lists: Without(moment)),
        "final_check_months_ahead": Spelling(int, (), lambda months, lists: FinalCheckAhead(months)),
        "field": Spelling(tuple[str, ...], COLUMNS, lambda fields, lists: FieldIn(frozenset(fields))),
        "cause": Spelling(tuple[str, ...], (), lambda causes, lists: CauseIn(frozenset(causes))),
        "claimable": Spelling(bool, (), lambda yes, lists: lists.claimable(yes)),
        "cause_fits": Spelling(bool, (), lambda yes, lists: lists.cause_fits(yes)),
        "before": Spelling(str, MOMENTS, lambda moment, lists: Turning(moment, come=False)),
        "since": Spelling(str, MOMENTS, lambda moment, lists: Turning(moment, come=True)),
    }
)
"""What may stand in a rule's ``when``."""


# -- effects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refuse:
    """refuse = a code: it is not accepted."""

    refuse: str
    outcome: ClassVar[str] = "not_accepted"

    @property
    def code(self) -> str:
        return self.refuse


@dataclass(frozen=True, slots=True)
class Route:
    """route = an office, code = a code: it is not for this procedure, that office takes it."""

    route: str
    code: str
    outcome: ClassVar[str] = "route"


@dataclass(frozen=True, slots=True)
class Defer:
    """defer = a code: not yet."""

    defer: str
    outcome: ClassVar[str] = "defer"

    @property
    def code(self) -> str:
        return self.defer


@dataclass(frozen=True, slots=True)
class Require:
    """require = a kind of paper, instead = kinds that do as well, code = a code: incomplete without any."""

    require: str
    code: str
    instead: tuple[str, ...] = ()
    outcome: ClassVar[str] = "incomplete"


@dataclass(frozen=True, slots=True)
class AddStep:
    """add_step = a kind of step, office = who takes it: the claim passes it in review."""

    add_step: str
    office: str
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Warn:
    """warn = a code: those who review are told, nothing else changes."""

    warn: str
    outcome: ClassVar[str] = "accept"

    @property
    def code(self) -> str:
        return self.warn


Effect = Refuse | Route | Defer | Require | AddStep | Warn

EFFECTS: Mapping[str, type[Effect]] = MappingProxyType(
    {
        "refuse": Refuse,
        "route": Route,
        "defer": Defer,
        "require": Require,
        "add_step": AddStep,
        "warn": Warn,
    }
)
"""What may stand in a rule's ``then``, by the key that tells it."""

PER_CLAIM = (Require, AddStep)
"""Effects that belong to a claim even if the rule says nothing about claims."""


# -- rules, policy, school ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """When all predicates hold, the effect follows; with the words the student reads and their source."""

    id: str
    source: str
    actions: tuple[str, ...]
    of_question: tuple[OfQuestion, ...]
    of_claim: tuple[OfClaim, ...]
    of_time: tuple[Turning, ...]
    effect: Effect
    says: str
    says_en: str
    remedy: str
    remedy_en: str
    facts: tuple[str, ...]
    """The facts that the words name in braces."""

    @property
    def per_claim(self) -> bool:
        """Whether the rule is asked of each claim, or once of the question."""
        return bool(self.of_claim) or isinstance(self.effect, PER_CLAIM)


@dataclass(frozen=True)
class Policy:
    """A school's ``policy.toml``."""

    valid_from: date
    default_office: str
    statuses: Statuses
    final_check: FinalCheckDay
    silence: Silence
    periods: Periods
    intake: Intake
    codes: Mapping[str, Words]
    causes: Mapping[str, Words]
    evidence_kinds: Mapping[str, Words]
    refusals: tuple[Refusal, ...]
    rules: tuple[Rule, ...]
    unsupported: tuple[Unsupported, ...]

    def deems(self, kind: str) -> bool:
        """Whether silence through a campaign of that kind means correct."""
        return kind in self.silence.deems

    @property
    def enrolled_statuses(self) -> tuple[str, ...]:
        """The enrolment statuses that mean 在籍."""
        return self.statuses.enrolled

    @property
    def left_statuses(self) -> tuple[str, ...]:
        """The enrolment statuses of those who have left the school or never came."""
        return self.statuses.left

    @property
    def hold_minutes(self) -> int:
        """How long a case is held by who took it up."""
        return self.periods.hold_minutes

    @property
    def undo_minutes(self) -> int:
        """How long a decision can be undone."""
        return self.periods.undo_minutes

    @property
    def dispute_days(self) -> int:
        """For how many days a correction can be disputed."""
        return self.periods.dispute_days

    @property
    def max_bytes(self) -> int:
        """The largest paper that is taken, in bytes."""
        return self.intake.max_bytes

    @property
    def max_pixels(self) -> int:
        """The largest picture that is taken, width times height."""
        return self.intake.max_pixels

    @cached_property
    def unsupported_json(self) -> tuple[Mapping[str, str], ...]:
        """What every answer says of the rules that the vocabulary cannot express."""
        return tuple(
            {"says": one.says, "says_en": one.says_en, "source": one.source} for one in self.unsupported
        )

    @cached_property
    def by_action(self) -> Mapping[str, tuple[tuple[Rule, ...], tuple[Rule, ...]]]:
        """For each action the rules asked once of the question, and those asked of each claim."""
        return {
            action: (
                tuple(r for r in self.rules if action in r.actions and not r.per_claim),
                tuple(r for r in self.rules if action in r.actions and r.per_claim),
            )
            for action in ACTIONS
        }


@dataclass(frozen=True)
class School:
    """One folder under ``config/schools``; ``texts`` are its files as they were read."""

    slug: str
    title: str
    title_en: str
    fields: tuple[FieldWords, ...]
    status_field: FieldWords
    offices: Mapping[str, Words]
    told: tuple[Told, ...]
    policy: Policy
    campaigns: tuple[CampaignPlan, ...]
    calendar: Calendar
    texts: Mapping[str, str]

    def registered_on(self, entry_date: date) -> date | None:
        """The registration day of an entry year by the school's calendar, or None if that is unknown."""
        return self.calendar.registered_on(entry_date)

    @cached_property
    def text(self) -> bytes:
        """The whole folder as canonical bytes: what the Rulebook keeps."""
        return json.dumps(
            {"school": self.slug, "texts": dict(self.texts)},
            ensure_ascii=True,
            sort_keys=True,
            separators=(",", ":"),
        ).encode("ascii")

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of ``text`` in hex: how an Entry names the policy it was written under."""
        return hashlib.sha256(self.text).hexdigest()

    @cached_property
    def version(self) -> str:
        """Since when the policy is valid, and its digest: how an Answer names it."""
        return f"{self.policy.valid_from.isoformat()}:{self.digest}"
