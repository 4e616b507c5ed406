"""A school's rules as they are asked: one rule, the policy they make up, and the school they belong to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from config.calendar import Calendar
from config.policy.asked import Terms
from config.policy.effects import PER_CLAIM, Effect
from config.policy.lines import Fault
from config.policy.predicates import During, OfClaim, OfQuestion, Turning
from config.policy.words import (
    ACTIONS,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    Periods,
    Refusal,
    Silence,
    Statuses,
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

    def deems(self, kind: str) -> bool:
        """Whether silence through a campaign of that kind means correct."""
        return kind in self.silence.deems

    def deems_college(self, kind: str) -> bool:
        """Whether a college's silence through a campaign of that kind means that nothing is wrong."""
        return kind in self.silence.deems_college

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
