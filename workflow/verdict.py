"""What the door says to an attempt: allowed, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from workflow.store import Kept


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why not: a code, a Chinese template and its facts. The face finds the English.

    ``rule`` names the guard, check or policy rule; ``source`` where the rule comes from; ``remedy`` what the
    person can do instead; ``until`` the date or instant (ISO text) at which the answer may change.
    Reasons that come from a school's policy bring their English along.
    A ``stranger`` reason: the person has nothing to do with the subject and may learn nothing of it.
    """

    code: str
    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
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
        return self.template.format_map(self.facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one attempt at one action."""

    action: str
    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when nothing speaks against it."""
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons, in the order in which they were found."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def stranger(self) -> bool:
        """True when the person has nothing to do with the subject."""
        return any(reason.stranger for reason in self.reasons)


class Refused(Kept):
    """The door said no. Carries the Verdict; what must be remembered of it is kept by the unit of work."""

    def __init__(self, verdict: Verdict, keep: Any = None) -> None:
        self.verdict = verdict
        self._keep = keep
        super().__init__(f"{verdict.action}: " + ", ".join(verdict.codes))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons."""
        return self.verdict.codes

    def keep(self, session: Session) -> None:
        """Write the refused attempt, after everything else of its unit of work was undone."""
        if self._keep is not None:
            self._keep(session)


def named(rule: str, reasons: Iterable[Reason] | Reason | None) -> Iterable[Reason]:
    """The reasons of one rule, each bearing the rule's name unless it already names a finer one."""
    if reasons is None:
        return
    for reason in (reasons,) if isinstance(reasons, Reason) else reasons:
        yield reason if reason.rule else replace(reason, rule=rule)
