"""The engine's answer to an attempt: allowed, or every reason against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from workflow.store import Kept
from workflow.values import Facts, in_chinese


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against an action: a code, a Chinese template and its values. The web layer translates it.

    ``rule`` names the guard, check or policy rule. ``source`` is the rule's source. ``remedy`` is what the
    person can do instead. ``until`` is the date or instant (ISO text) from which it would be allowed.
    Reasons from a school's policy carry their own English texts.
    ``stranger``: the person is unrelated to the subject and may learn nothing of it.
    """

    code: str
    template: str
    facts: Facts = field(default_factory=dict)
    remedy: str = ""
    rule: str = ""
    source: str = ""
    until: str = ""
    stranger: bool = False
    template_en: str = ""
    remedy_en: str = ""

    @property
    def says(self) -> str:
        """The Chinese sentence with its facts filled in."""
        return self.template.format_map({name: in_chinese(fact) for name, fact in self.facts.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one attempt at one action."""

    action: str
    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when there is no reason against it."""
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons, in the order found."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def stranger(self) -> bool:
        """True when the person is unrelated to the subject."""
        return any(reason.stranger for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Met:
    """What a refused attempt was about: a subject, and which version of it the person had seen."""

    lifecycle: str
    subject: str
    seen: int


class Refused(Kept):
    """The engine refused an action. Carries the Verdict. The unit of work writes the refused attempt."""

    def __init__(self, verdict: Verdict, keep: Any = None, met: Met | None = None) -> None:
        self.verdict = verdict
        self.met = met
        self._keep = keep
        super().__init__(f"{verdict.action}: " + ", ".join(verdict.codes))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons."""
        return self.verdict.codes

    def keep(self, session: Session) -> None:
        """Write the refused attempt, after the rollback of the rest of its unit of work."""
        if self._keep is not None:
            self._keep(session)


def named(rule: str, reasons: Iterable[Reason] | Reason | None) -> Iterable[Reason]:
    """The reasons of one rule. A reason without a rule's name gets this one."""
    if reasons is None:
        return
    for reason in (reasons,) if isinstance(reasons, Reason) else reasons:
        yield reason if reason.rule else replace(reason, rule=rule)
