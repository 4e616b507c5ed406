"""Many entries on the platform by one press: of each case what was seen there, and its end.

Each case is a unit of work of its own, under keys made from the form's: a press that broke off is sent again
and goes on where it stopped, and a case that cannot be entered stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts
from workflow.cases.load import read_case
from workflow.cases.review import steps
from workflow.cases.review.deeds import Deed, Deeds
from workflow.engine import Actor, Engine, is_id
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


class _Entering(Deeds):
    """The entry of one case while it is carried out."""

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
        super().__init__(engine, session, ticked.case, by, f"{key}:{ticked.case}")
        self._seen_on, self._expected = seen_on, ticked.version
        self._closing = Deed("correct", {"words": words})

    def run(self) -> bool:
        """See every entry that is this person's to make, and close the case if nothing else is open.

        Returns whether it is closed. Raises Refused.
        """
        facts = read_case(self.session, self.subject.id) if is_id(self.subject.id) else None
        if facts is None:
            raise self.engine.not_there(self.session, self.subject, "see", self.by)
        if (last := self.again(self._as_before)) is not None:
            return last.action == self._closing.action
        waiting = self._waiting(facts)
        deeds = [self._seeing(*one) for one in waiting.items()] or [self._seeing("", ())]
        closing = [self._closing] if self._ends(facts, waiting) else []
        self.refuse_all_at_once([*deeds, *closing], self._expected)
        for deed in deeds:
            self.do(deed, None if self.done else self._expected)
        return self._close()

    def _as_before(self, entry: Entry) -> Deed:
        return self._seeing(entry.steps[0], entry.claims) if entry.action == "see" else self._closing

    def _waiting(self, facts: CaseFacts) -> dict[str, tuple[str, ...]]:
        """The entries that wait for this person, by their steps, each with the claims approved."""
        attempt = self.engine.attempt(self.session, facts, "see", self.by)
        return {
            one.step.id: claims
            for one in steps.ready(facts)
            if (claims := steps.only_to_enter(facts, one)) and not list(steps.not_theirs(attempt, one.step))
        }

    def _ends(self, facts: CaseFacts, waiting: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether these entries are all that is left of the case, and this person closes it."""
        left = {claim.id for claim in steps.unsettled(facts)}
        return left == set(chain(*waiting.values())) and not self._is_closed_by_others()

    def _close(self) -> bool:
        if steps.unsettled(self.facts()) or self._is_closed_by_others():
            return False
        self.do(self._closing)
        return True

    def _is_closed_by_others(self) -> bool:
        return "not_the_desk" in self.verdict(self._closing).codes

    def _seeing(self, step: str, claims: Iterable[str]) -> Deed:
        return Deed("see", {"step": step, "only": tuple(sorted(claims)), "seen_on": self._seen_on})
