"""A school's rules in the form in which they are evaluated: a rule, the policy, and the school."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from config.calendar import Calendar
from config.forms import CollegeForm
from config.guide.words import Guide
from config.letters import NOTHING_OF_LETTERS, Correspondence
from config.notice import SchoolNotice
from config.policy import templates
from config.policy.asked import PolicyContext, Terms
from config.policy.deciding import BatchRule, ChecklistItem, Decisions, Escalation
from config.policy.effects import (
    PER_CLAIM,
    SPEAKING,
    AddStep,
    Defer,
    Effect,
    Lift,
    Refuse,
    Require,
    Route,
)
from config.policy.examples import Example
from config.policy.predicates import BY_NAMES, BY_STANDING, During, FiledBy, OfClaim, OfQuestion, Turning
from config.policy.privacy import PrivacyNotice
from config.policy.question import ClaimAsked
from config.policy.reading.lines import Fault
from config.policy.submissions import Submission
from config.policy.words import (
    CALENDAR_UNKNOWN,
    GUESSED,
    OUTCOMES,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    KeptBy,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    StudentAdvice,
    Template,
    Unsupported,
    Window,
    Words,
)
from config.profile import Profile
from config.sentences import SentenceKept


@dataclass(frozen=True, slots=True)
class Rule:
    """If all predicates hold, the effect follows. Carries the texts for the student and their source."""

    id: str
    source: str
    actions: tuple[str, ...]
    of_question: tuple[OfQuestion, ...]
    of_claim: tuple[OfClaim, ...]
    of_time: tuple[Turning, ...]
    during: tuple[During, ...]
    effect: Effect
    says: str
    says_en: str
    remedy: str
    remedy_en: str
    facts: tuple[str, ...]
    """The facts that the texts name in braces."""
    rank: int = field(init=False)
    """The rank of its outcome: higher is worse."""
    code: str = field(init=False)
    """The code of its reason. Empty if it gives none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", OUTCOMES.index(self.effect.outcome))
        object.__setattr__(self, "code", self.effect.code if isinstance(self.effect, SPEAKING) else "")

    @property
    def per_claim(self) -> bool:
        """True if the rule applies to each claim, False if it applies once to the question."""
        return bool(self.of_claim) or isinstance(self.effect, PER_CLAIM)


def named_to_act(rules: Iterable[Rule], action: str) -> frozenset[str]:
    """Whom rules about an action leave alone that bar whoever else files."""
    return frozenset[str]().union(
        *(
            one.duties
            for rule in rules
            if action in rule.actions and isinstance(rule.effect, Refuse | Route | Defer)
            for one in rule.of_question
            if isinstance(one, FiledBy) and not one.inside
        )
    )


class Chosen(NamedTuple):
    """A rule that can hold, with its remaining predicates on the claim and on the question.

    ``settled``: none remains, and it depends on neither time nor papers.
    """

    rule: Rule
    of_claim: tuple[OfClaim, ...]
    of_question: tuple[OfQuestion, ...]
    settled: bool


def _chosen(rule: Rule, known: tuple[type, ...]) -> Chosen:
    of_claim = tuple(one for one in rule.of_claim if not isinstance(one, known))
    of_question = tuple(one for one in rule.of_question if not isinstance(one, known))
    open_ = of_claim or of_question or rule.of_time or rule.during or isinstance(rule.effect, Require)
    return Chosen(rule, of_claim, of_question, not open_)


@dataclass(frozen=True)
class Policy:
    """A school's ``policy.toml``."""

    valid_from: date
    default_office: str
    statuses: Statuses
    final_check: FinalCheckDay | None
    silence: Silence
    periods: Periods
    intake: Intake
    codes: Mapping[str, Words]
    causes: Mapping[str, Words]
    evidence_kinds: Mapping[str, Words]
    refusals: tuple[Refusal, ...]
    variants: Mapping[str, Words]
    windows: Mapping[str, Window]
    rules: tuple[Rule, ...]
    unsupported: tuple[Unsupported, ...]
    sending: Sending
    decisions: Decisions
    checklist: tuple[ChecklistItem, ...]
    batches: tuple[BatchRule, ...]
    escalations: tuple[Escalation, ...]
    submissions: tuple[Submission, ...]
    vocabulary: int = 1

    @cached_property
    def unsupported_json(self) -> tuple[Mapping[str, str], ...]:
        """The rules that the vocabulary cannot express, as every answer lists them."""
        return tuple(
            {"says": one.says, "says_en": one.says_en, "source": one.source} for one in self.unsupported
        )

    def flag(self, code: str) -> Words:
        """The words of a flag of an answer. Those of CALENDAR_UNKNOWN are known without the school's list."""
        return self.codes.get(code) or Words(CALENDAR_UNKNOWN, *GUESSED)

    def named_to_act(self, action: str) -> frozenset[str]:
        """The roles and duties that the rules name as the only ones who may do this for a student.

        In the first vocabulary such a list of a reviewer lets nobody in.
        """
        return named_to_act(self.rules, action) if self.vocabulary > 1 else frozenset()

    @cached_property
    def lifts(self) -> bool:
        """True if any rule lifts another."""
        return any(isinstance(rule.effect, Lift) for rule in self.rules)

    @cached_property
    def repeats_steps(self) -> bool:
        """True if two rules could ask for equal steps, apart from their deadlines."""
        effects = [rule.effect for rule in self.rules if isinstance(rule.effect, AddStep)]
        return len({(it.add_step, it.office, it.duty, it.four_eyes, it.void_by) for it in effects}) < len(
            effects
        )

    def general(self, asked: PolicyContext) -> tuple[Chosen, ...]:
        """The rules on the question as a whole that can hold for its status and filing role.

        Few statuses occur in all questions, so the selection is cached for those that the school lists.
        """
        question, status = asked.question, asked.student.enrolment_status
        if status not in self._statuses:
            return self._choose(question.action, None, asked, ())
        names = (question.action, status, question.filed_by)
        if (known := self._chosen.get(names)) is None:
            known = self._chosen[names] = self._choose(question.action, None, asked, BY_STANDING)
        return known

    def particular(self, claim: ClaimAsked, asked: PolicyContext) -> tuple[Chosen, ...]:
        """The rules that can hold for a claim of that field, cause and circumstance. Cached."""
        names = (asked.question.action, claim.field, claim.cause, claim.variant)
        if (known := self._chosen.get(names)) is None:
            known = self._chosen[names] = self._choose(asked.question.action, claim, asked, BY_NAMES)
        return known

    def _choose(
        self, action: str, claim: ClaimAsked | None, asked: PolicyContext, known: tuple[type, ...]
    ) -> tuple[Chosen, ...]:
        """The rules for a claim, or for the question if it is None, whose predicates of known kinds hold."""
        return tuple(
            _chosen(rule, known)
            for rule in self.rules
            if action in rule.actions
            and rule.per_claim == (claim is not None)
            and all(one.holds(claim, asked) for one in rule.of_claim if claim and isinstance(one, known))
            and all(one.holds(asked) for one in rule.of_question if isinstance(one, known))
        )

    @cached_property
    def _statuses(self) -> frozenset[str]:
        lists = self.statuses
        return frozenset((*lists.enrolled, *lists.retained, *lists.left))

    @cached_property
    def _chosen(self) -> dict[tuple[str | None, ...], tuple[Chosen, ...]]:
        return {}


class CalendarGap(NamedTuple):
    """A year whose holidays are not entered, and what is counted in working days, in both languages."""

    year: int
    counted: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        zh, en = ("、".join(one[0] for one in self.counted), ", ".join(one[1] for one in self.counted))
        return (
            f"日历里没有 {self.year} 年的节假日，{zh}按星期一至星期五计算；请在 calendar.toml 写明 [[year]]"
            f" / the calendar does not know the holidays of {self.year}: Monday to Friday are taken for {en}"
        )


LONGEST_STUDY = 8
"""So many years ahead a student of today may still be asked."""


@dataclass(frozen=True)
class School:
    """One folder under ``config/schools``.

    ``texts`` are its files of rules as read, the national holidays included. ``privacy``, ``profile``,
    ``guide``, ``notice``, ``examples``, ``sentences``, ``letters`` and ``forms`` are no rules, and not among
    them; without files the last three are the default ones, the others None or empty. ``warnings`` are
    remarks that are not faults.
    """

    slug: str
    title: str
    title_en: str
    fields: tuple[FieldWords, ...]
    status_field: FieldWords
    offices: Mapping[str, Words]
    told: tuple[StudentAdvice, ...]
    kept_by: tuple[KeptBy, ...]
    policy: Policy
    campaigns: tuple[CampaignPlan, ...]
    calendar: Calendar
    texts: Mapping[str, str]
    privacy: PrivacyNotice
    warnings: tuple[Fault, ...] = ()
    templates: tuple[Template, ...] = ()
    profile: Profile | None = None
    guide: Guide | None = None
    notice: SchoolNotice | None = None
    examples: tuple[Example, ...] = ()
    sentences: tuple[SentenceKept, ...] = ()
    letters: Correspondence = NOTHING_OF_LETTERS
    forms: tuple[CollegeForm, ...] = ()

    def __repr__(self) -> str:
        return f"School({self.slug}, {self.version})"

    @cached_property
    def keepers(self) -> Mapping[str, str]:
        """The system by which the school goes, for each column of which it says so."""
        return {column: one.system for one in self.kept_by for column in one.columns}

    def campaign(self, id: str) -> CampaignPlan | None:
        """The campaign with that id: an announced one, else one made by a template, else None."""
        return templates.plan_named(self.campaigns, self.templates, self.terms.last_day, id)

    def coming(self, today: date) -> tuple[CampaignPlan, ...]:
        """The campaign that each template makes next or that is running today, sorted by first day.

        A year's campaign that the school has announced itself is left out.
        """
        found = []
        for template in self.templates:
            years = (templates.plan_of(template, today.year + n, self.terms.last_day) for n in (0, 1))
            plan = next((plan for plan in years if plan.closes.date() >= today), None)
            if plan is not None and plan.id not in {one.id for one in self.campaigns}:
                found.append(plan)
        return tuple(sorted(found, key=lambda plan: (plan.opens, plan.id)))

    def beginning_after(self, moment: datetime) -> tuple[CampaignPlan, ...]:
        """Every campaign that begins after a moment, while a student of today studies, by first day."""
        years = range(moment.year, moment.year + LONGEST_STUDY + 1)
        made = (
            templates.plan_of(template, year, self.terms.last_day)
            for template in self.templates
            for year in years
        )
        listed = {one.id for one in self.campaigns}
        plans = (*self.campaigns, *(one for one in made if one.id not in listed))
        return tuple(
            sorted((one for one in plans if one.opens > moment), key=lambda one: (one.opens, one.id))
        )

    def unknown_years(self, plan: CampaignPlan) -> tuple[int, ...]:
        """The years of a campaign whose holidays are not entered."""
        return tuple(year for year in plan.years if not self.calendar.knows(year))

    def calendar_gaps(self, today: date, years: int = 2) -> tuple[CalendarGap, ...]:
        """This year and the next, if their holidays are not entered and something is counted by them."""
        counted = self._counted_in_working_days
        gaps = (year for year in range(today.year, today.year + years) if not self.calendar.knows(year))
        return tuple(CalendarGap(year, counted) for year in gaps if counted)

    @cached_property
    def _counted_in_working_days(self) -> tuple[tuple[str, str], ...]:
        found = []
        if self.policy.periods.supplement_working_days:
            found.append(("补正期限", "the time for bringing papers"))
        for rule in self.policy.rules:
            if isinstance(rule.effect, AddStep) and (rule.effect.working_days or rule.effect.rolls):
                found.append((f"环节 {rule.id} 的期限", f"the deadline of {rule.id}"))
        if self.policy.escalations:
            found.append(("逾期以后的上报", "what follows an overdue step"))
        for window in self.policy.windows.values():
            if window.rolls:
                found.append((f"时间段“{window.zh}”的截止", f"the end of {window.en}"))
        if self.profile is not None and self.profile.working_days:
            found.append(("办理承诺", "the service promise"))
        return tuple(found)

    def registered_on(self, entry_date: date) -> date | None:
        """The registration day of an entry year by the school's calendar, or None if unknown."""
        return self.calendar.registered_on(entry_date)

    @cached_property
    def terms(self) -> Terms:
        """The settings that moments and counts need."""
        final_check = self.policy.final_check
        return Terms(
            last_day=final_check.last_day if final_check else None,
            grace=timedelta(minutes=final_check.grace_minutes if final_check else 0),
            supplement_days=self.policy.periods.supplement_working_days,
            groups={one.code: one.group for one in self.fields},
            calendar=self.calendar,
            vocabulary=self.policy.vocabulary,
        )

    @cached_property
    def text(self) -> bytes:
        """The whole folder as canonical bytes, as the Rulebook stores it."""
        return json.dumps(
            {"school": self.slug, "texts": dict(self.texts)},
            ensure_ascii=True,
            sort_keys=True,
            separators=(",", ":"),
        ).encode("ascii")

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of ``text`` in hex. An Entry names its policy by it."""
        return hashlib.sha256(self.text).hexdigest()

    @cached_property
    def version(self) -> str:
        """The policy's start day and digest. An Answer names its policy by it."""
        return f"{self.policy.valid_from.isoformat()}:{self.digest}"
