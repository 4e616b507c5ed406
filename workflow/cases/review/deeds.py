"""Several actions on one case by one press: asked about all at once, then done, each under its own key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts
from workflow.cases.letters import DECISIONS
from workflow.cases.load import look_at_case
from workflow.engine import Actor, Engine, Ref
from workflow.history.entry import Entry
from workflow.verdict import Reason, Refused, Verdict

AHEAD = frozenset(("claims_unsettled", "steps_open", "nothing_corrected", "something_corrected"))
"""What bars a close only because the claims are still to be settled."""


class Deed(NamedTuple):
    """One action of a press, with its details."""

    action: str
    details: dict[str, Any]


class Deeds:
    """The actions of one press on a case while they are carried out: how many were done, and the last entry.

    Their keys are made from the form's in a row, so that a form sent again is found to be done. ``unsaid``
    are reasons against a close that another reason tells.
    """

    unsaid: frozenset[str] = frozenset()

    def __init__(self, engine: Engine, session: Session, case: str, by: Actor, key: str) -> None:
        self.engine, self.session, self.by = engine, session, by
        self.subject, self._key = Ref("case", case), key
        self.done, self.last = 0, cast("Entry | None", None)

    def do(self, deed: Deed, expected: int | None = None) -> None:
        """One action through the engine."""
        self.last = self.engine.perform(
            self.session,
            self.subject,
            deed.action,
            by=self.by,
            expected=expected,
            key=self._next_key,
            **deed.details,
        )
        self.done += 1

    def again(self, as_before: Callable[[Entry], Deed]) -> Entry | None:
        """The last entry of this very press, if it was sent before; another one under its key is refused.

        ``as_before`` gives the deed of this press that would have led to an entry.
        """
        behind = self.engine.history.entry_behind
        while (entry := behind(self.session, self.by.person, self._next_key)) is not None:
            self.do(as_before(entry))
        return self.last

    @property
    def _next_key(self) -> str:
        return _nth(self._key, self.done)

    def facts(self) -> CaseFacts:
        """The case as it is now."""
        facts = look_at_case(self.session, self.subject.id)
        assert facts is not None
        return facts

    def verdict(self, deed: Deed) -> Verdict:
        """What the engine says to one action now."""
        return self.engine.check_action(self.session, self.subject, deed.action, self.by, **deed.details)

    def refuse_all_at_once(self, deeds: Sequence[Deed], expected: int) -> None:
        """Ask about every deed before one is done; the refused attempt is kept as of the version it met."""
        barred = [(deed, self._met(self.verdict(deed))) for deed in deeds]
        first = next((deed for deed, reasons in barred if reasons), None)
        if first is None:
            return
        try:
            self.do(first, expected)
        except Refused as no:
            every = [*self._met(no.verdict), *(reason for _, reasons in barred for reason in reasons)]
            raise Refused(Verdict(first.action, _once(every)), no.keep, no.met) from no

    def _met(self, verdict: Verdict) -> list[Reason]:
        """What bars a deed by itself: a close is not barred by what the deeds before it will do."""
        if verdict.action not in DECISIONS:
            return list(verdict.reasons)
        return [reason for reason in verdict.reasons if reason.code not in AHEAD | self.unsaid]


def was_begun(engine: Engine, session: Session, by: Actor, key: str) -> bool:
    """Whether anything was done by the press whose form has this key."""
    return engine.history.entry_behind(session, by.person, _nth(key, 0)) is not None


def _nth(key: str, done: int) -> str:
    """The key of one action of a press, of which so many were done before."""
    return f"{key}:{done}"


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    kept: dict[str, Reason] = {}
    for reason in reasons:
        kept.setdefault(reason.code, reason)
    return tuple(kept.values())
