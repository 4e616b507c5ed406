"""Many entries on the platform by one press: of each case what was seen there, and its end.

Each case is a unit of work of its own, under keys made from the form's: a press that broke off is sent again
and goes on where it stopped, and a case that cannot be entered stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case, read_case
from workflow.cases.review import steps
from workflow.cases.review.press import AHEAD
from workflow.engine import Actor, Engine, Ref, is_id
from workflow.history.entry import Entry
from workflow.store import Store
from workflow.verdict import Reason, Refused, Verdict

NOTHING_TICKED = Reason(
    "nothing_ticked",
    "还没有勾选已录入的申请。",
    remedy="请勾选已在学信网录入并看到正确信息的申请，再登记。",
    rule="worksheet",
)


@dataclass(frozen=True, slots=True)
class Ticked:
    """A case of the worksheet, at the version at which it was looked at."""

    case: str
    version: int


@dataclass(frozen=True, slots=True)
class NotEntered:
    """A case that was not entered, and every reason why."""

    case: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Entered:
    """What one press did: the cases entered, those of them that it closed, and those that it left."""

    cases: tuple[str, ...]
    closed: tuple[str, ...]
    left: tuple[NotEntered, ...]


class _Deed(NamedTuple):
    action: str
    details: dict[str, Any]


def enter_all(
    engine: Engine,
    store: Store,
    ticked: Iterable[Ticked],
    seen_on: date | None,
    words: str,
    *,
    by: Actor,
    key: str,
) -> Entered:
    """Enter each case that was ticked, on the day given; what is refused is told, and the rest goes on."""
    entered, closed, left = list[str](), list[str](), list[NotEntered]()
    for one in {one.case: one for one in ticked}.values():
        try:
            with store.writing() as session:
                ended = _Entering(engine, session, one, seen_on, words, by, key).run()
        except Refused as no:
            left.append(NotEntered(one.case, no.verdict))
            continue
        entered.append(one.case)
        if ended:
            closed.append(one.case)
    return Entered(tuple(entered), tuple(closed), tuple(left))


class _Entering:
    """The entry of one case while it is carried out, each deed under a key of its own."""

    def __init__(
        self,
        engine: Engine,
        session: Session,
        ticked: Ticked,
        seen_on: date | None,
        words: str,
        by: Actor,
        key: str,
    ) -> None:
        self._engine, self._session, self._ticked, self._by = engine, session, ticked, by
        self._seen_on, self._key = seen_on, f"{key}:{ticked.case}"
        self._subject, self._done = Ref("case", ticked.case), 0
        self._closing = _Deed("correct", {"words": words})

    def run(self) -> bool:
        """See every entry that is this person's to make, and close the case if nothing else is open.

        Returns whether it is closed. Raises Refused.
        """
        facts = read_case(self._session, self._ticked.case) if is_id(self._ticked.case) else None
        if facts is None:
            raise self._engine.not_there(self._session, self._subject, "see", self._by)
        if (last := self._again()) is not None:
            return last.action == self._closing.action
        waiting = self._waiting(facts)
        deeds = [self._seeing(*one) for one in waiting.items()] or [self._seeing("", ())]
        self._refuse_all_at_once(deeds, self._ends(facts, waiting))
        for deed in deeds:
            self._do(deed, None if self._done else self._ticked.version)
        return self._close()

    def _again(self) -> Entry | None:
        """The last entry of this very press, if it was sent before; another one under its key is refused."""
        last = None
        while (entry := self._behind()) is not None:
            seen = entry.action == "see"
            last = self._do(self._seeing(entry.steps[0], entry.claims) if seen else self._closing)
        return last

    def _waiting(self, facts: CaseFacts) -> dict[str, tuple[str, ...]]:
        """The entries that wait for this person, by their steps, each with the claims approved."""
        attempt = self._engine.attempt(self._session, facts, "see", self._by)
        return {
            one.step.id: claims
            for one in steps.ready(facts)
            if (claims := steps.only_to_enter(facts, one)) and not list(steps.not_theirs(attempt, one.step))
        }

    def _ends(self, facts: CaseFacts, waiting: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether these entries are all that is left of the case, and this person closes it."""
        left = {claim.id for claim in steps.unsettled(facts)}
        return left == set(chain(*waiting.values())) and not self._is_closed_by_others()

    def _refuse_all_at_once(self, deeds: Sequence[_Deed], ends: bool) -> None:
        """Ask about every deed before one is done; the refused attempt is kept as of the version it met."""
        asked = [*deeds, self._closing] if ends else deeds
        barred = [(deed, reasons) for deed in asked if (reasons := self._met(self._verdict(deed)))]
        if not barred:
            return
        first = barred[0][0]
        try:
            self._do(first, self._ticked.version)
        except Refused as no:
            every = (*self._met(no.verdict), *(reason for _, reasons in barred for reason in reasons))
            once = {reason.code: reason for reason in reversed(every)}
            raise Refused(Verdict(first.action, tuple(reversed(once.values()))), no.keep) from no

    @staticmethod
    def _met(verdict: Verdict) -> list[Reason]:
        """What bars a deed by itself: the close is not barred by what the entries before it will do."""
        return [reason for reason in verdict.reasons if reason.code not in AHEAD]

    def _close(self) -> bool:
        facts = look_at_case(self._session, self._ticked.case)
        assert facts is not None
        if steps.unsettled(facts) or self._is_closed_by_others():
            return False
        self._do(self._closing)
        return True

    def _is_closed_by_others(self) -> bool:
        return "not_the_desk" in self._verdict(self._closing).codes

    def _seeing(self, step: str, claims: Iterable[str]) -> _Deed:
        return _Deed("see", {"step": step, "only": tuple(sorted(claims)), "seen_on": self._seen_on})

    def _verdict(self, deed: _Deed) -> Verdict:
        return self._engine.check_action(self._session, self._subject, deed.action, self._by, **deed.details)

    def _do(self, deed: _Deed, expected: int | None = None) -> Entry:
        entry: Entry = self._engine.perform(
            self._session,
            self._subject,
            deed.action,
            by=self._by,
            expected=expected,
            key=self._next_key,
            **deed.details,
        )
        self._done += 1
        return entry

    def _behind(self) -> Entry | None:
        behind: Entry | None = self._engine.history.entry_behind(
            self._session, self._by.person, self._next_key
        )
        return behind

    @property
    def _next_key(self) -> str:
        return f"{self._key}:{self._done}"
