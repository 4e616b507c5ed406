"""A school's rules as they are asked: one rule, the policy they make up, and the school they belong to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from config.calendar import Calendar
from config.policy import templates
from config.policy.asked import Asked, Terms
from config.policy.effects import PER_CLAIM, SPEAKING, Effect, Lift, Require
from config.policy.lines import Fault
from config.policy.predicates import BY_NAMES, BY_STANDING, During, OfClaim, OfQuestion, Turning
from config.policy.question import ClaimAsked
from config.policy.words import (
    OUTCOMES,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    Template,
    Told,
    Unsupported,
    Window,
    Words,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """When all predicates hold, the effect follows; with the words the student reads and their source."""

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
    """The facts that the words name in braces."""
    rank: int = field(init=False)
    """How bad its outcome is."""
    code: str = field(init=False)
    """The code of the reason that it gives; empty if it gives none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", OUTCOMES.index(self.effect.outcome))
        object.__setattr__(self, "code", self.effect.code if isinstance(self.effect, SPEAKING) else "")

    @property
    def per_claim(self) -> bool:
        """Whether the rule is asked of each claim, or once of the question."""
        return bool(self.of_claim) or isinstance(self.effect, PER_CLAIM)


class Chosen(NamedTuple):
    """A rule that can hold, and what is still to be asked: of the claim, and of the question.

    ``settled``: nothing is, and neither moments nor papers matter to it.
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

    def deems(self, kind: str) -> bool:
        """Whether silence through a campaign of that kind means correct."""
        return kind in self.silence.deems

    def deems_colleges(self, kind: str) -> bool:
        """Whether a list that no college signs in a campaign of that kind stands without objection."""
        return kind in self.silence.deems_colleges

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
    def lifts(self) -> bool:
        """Whether any rule softens another."""
        return any(isinstance(rule.effect, Lift) for rule in self.rules)

    def general(self, asked: Asked) -> tuple[Chosen, ...]:
        """The rules that are asked once of the question and can hold for that status, filed by that duty.

        Few statuses make up all questions, so the choice is kept for those that the school lists.
        """
        question, status = asked.question, asked.student.enrolment_status
        if status not in self._statuses:
            return self._choose(question.action, None, asked, ())
        names = (question.action, status, question.filed_by)
        if (known := self._chosen.get(names)) is None:
            known = self._chosen[names] = self._choose(question.action, None, asked, BY_STANDING)
        return known

    def particular(self, claim: ClaimAsked, asked: Asked) -> tuple[Chosen, ...]:
        """The rules that can hold for a claim of that field, cause and circumstance; the choice is kept."""
        names = (asked.question.action, claim.field, claim.cause, claim.variant)
        if (known := self._chosen.get(names)) is None:
            known = self._chosen[names] = self._choose(asked.question.action, claim, asked, BY_NAMES)
        return known

    def _choose(
        self, action: str, claim: ClaimAsked | None, asked: Asked, known: tuple[type, ...]
    ) -> tuple[Chosen, ...]:
        """The rules for a claim, or without one for the question, of which the known kinds hold."""
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


@dataclass(frozen=True)
class School:
    """One folder under ``config/schools``.

    ``texts`` are its files as they were read, the national holidays among them; ``warnings`` what is no fault
    but should be seen.
    """

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
    warnings: tuple[Fault, ...] = ()
    templates: tuple[Template, ...] = ()

    def __repr__(self) -> str:
        return f"School({self.slug}, {self.version})"

    def campaign(self, id: str) -> CampaignPlan | None:
        """The campaign of that id: one the school has announced, else what a template makes of a year."""
        announced = next((one for one in self.campaigns if one.id == id), None)
        if announced is not None:
            return announced
        made = templates.named(self.templates, id)
        return None if made is None else templates.plan_of(*made, self.terms.last_day)

    def coming(self, today: date) -> tuple[CampaignPlan, ...]:
        """The campaign that each template makes next, or that runs today, by its first day.

        Left out where the school has announced that year's campaign itself.
        """
        found = []
        for template in self.templates:
            years = (templates.plan_of(template, today.year + n, self.terms.last_day) for n in (0, 1))
            plan = next((plan for plan in years if plan.closes.date() >= today), None)
            if plan is not None and plan.id not in {one.id for one in self.campaigns}:
                found.append(plan)
        return tuple(sorted(found, key=lambda plan: (plan.opens, plan.id)))

    def unknown_years(self, plan: CampaignPlan) -> tuple[int, ...]:
        """The years of a campaign whose holidays nobody has entered."""
        return tuple(year for year in plan.years if not self.calendar.knows(year))

    def registered_on(self, entry_date: date) -> date | None:
        """The registration day of an entry year by the school's calendar, or None if that is unknown."""
        return self.calendar.registered_on(entry_date)

    @cached_property
    def terms(self) -> Terms:
        """What moments and counts need of it."""
        final_check = self.policy.final_check
        return Terms(
            last_day=final_check.last_day if final_check else None,
            grace=timedelta(minutes=final_check.grace_minutes if final_check else 0),
            supplement_days=self.policy.periods.supplement_working_days,
            groups={one.code: one.group for one in self.fields},
            calendar=self.calendar,
        )

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
