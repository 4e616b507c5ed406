"""The engine: whatever happens to a case, a campaign or another subject happens through ``perform``.

The engine knows no student. It knows lifecycles (data), the rooms that keep their subjects (bindings), a
history to write to, policies, a clock and a source of randomness; it decides, moves, and writes, and it is
the only place that writes a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import Session
from transitions import Machine

from states import NOWHERE, Action, Lifecycle, Move
from workflow.clock import Clock
from workflow.engine.attempt import SYSTEM, Actor, AnyAttempt, Attempt, Change, Entropy, Grants, Ref, is_id
from workflow.engine.binding import (
    KEY_REUSED,
    Barred,
    Binding,
    History,
    Owing,
    Policies,
    collision_of,
    unresolved,
)
from workflow.engine.setwise import Tally, carry_out_all, let_through, wave
from workflow.engine.standing import Answers, NoSuchSubject, Unseen, not_of_the_role, standing_of, strangers
from workflow.engine.writer import StateWriter
from workflow.store.unit_of_work import BROKEN
from workflow.values import NOT_YET, Happened, OneOf, role_named
from workflow.verdict import Met, Reason, Refused, Verdict, named


class EngineFaults(Exception):
    """The lifecycles and the rooms do not fit together; lists every fault at once."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


class Engine:
    """Built once, by the web or the command line; holds no session and never commits."""

    def __init__(
        self,
        bindings: Iterable[Binding],
        policies: Policies,
        history: History,
        notices: Owing,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.bindings = {binding.lifecycle.name: binding for binding in bindings}
        self.policies, self.history, self.notices = policies, history, notices
        self.clock, self.entropy = clock, entropy
        if faults := [fault for binding in self.bindings.values() for fault in unresolved(binding)]:
            raise EngineFaults(faults)
        self._machines = {name: _machine(binding.lifecycle) for name, binding in self.bindings.items()}
        self._setwise = {
            action.name: binding
            for binding in self.bindings.values()
            for action in binding.lifecycle.actions
            if action.setwise
        }
        self._writer = StateWriter()

    def available(
        self, session: Session, subject: Any, by: Actor, at: datetime | None = None
    ) -> tuple[Verdict, ...]:
        """A Verdict for every action of this person's role, each with all reasons that bar it now.

        ``subject`` is a Ref, or what a page has read already, at a moment of its own.
        """
        binding = self.bindings[subject.lifecycle]
        life, seen = binding.lifecycle, subject
        if isinstance(subject, Ref) and (seen := _there(session, subject, binding.look)) is None:
            raise NoSuchSubject(subject.id)
        at = at or self.clock.now(session)
        return tuple(
            self._decide(self.attempt(session, seen, action.name, by, at=at), checked=False)
            for action in life.actions
            if by.role in action.roles and NOWHERE not in life.sources(action)
        )

    def check_action(self, session: Session, subject: Any, action: str, by: Actor, **details: Any) -> Verdict:
        """What the engine would say, checks included when details are given; writes nothing."""
        seen = self._seen(session, subject, action, by, details, self.bindings[subject.lifecycle].look)
        return self.check_seen(session, seen, action, by, details)

    def check_seen(
        self,
        session: Session,
        seen: Any,
        action: str,
        by: Actor,
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Verdict:
        """What the engine would say of a subject that a page has already read, as ``check_action`` does.

        A page's reading is no lock: ``perform`` never takes its word.
        """
        attempt = self.attempt(session, seen, action, by, details, at)
        return self._decide(attempt, checked=bool(details))

    def of_rows(
        self,
        session: Session,
        lifecycle: str,
        action: str,
        by: Actor,
        at: datetime,
        digest: str,
        grants: Grants,
    ) -> AnyAttempt:
        """An attempt at no subject in particular: what row predicates are asked with.

        ``digest`` names the policy text that judges the rows, '' the one in force.
        """
        return self._attempt(session, self.bindings[lifecycle], None, action, by, at, digest, {}, grants)

    def let_through(self, attempt: AnyAttempt, guards: Iterable[str]) -> ColumnElement[bool]:
        """The rows of a lifecycle's table that each of these guards lets through."""
        return and_(true(), *let_through(self.bindings[attempt.lifecycle.name], attempt, guards))

    def perform(
        self,
        session: Session,
        subject: Any,
        action: str,
        *,
        by: Actor,
        expected: int | None = None,
        key: str = "",
        **details: Any,
    ) -> Any:
        """Do one action to one subject and return its Entry.

        ``expected`` is the version the person was looking at; ``key`` makes a repeated command harmless.
        First of all it is asked whether the person has to do with the subject: a stranger learns nothing
        else, and leaves a line in the access log, whatever is wrong besides. Raises Refused with every
        reason, NoSuchSubject, or whatever an effect raises; then nothing is left.
        """
        return self._perform(session, subject, action, by, details, expected=expected, key=key)

    def _perform(
        self,
        session: Session,
        subject: Any,
        action: str,
        by: Actor,
        details: Mapping[str, Any],
        *,
        expected: int | None = None,
        key: str = "",
        at: datetime | None = None,
    ) -> Any:
        binding = self.bindings[subject.lifecycle]
        self._require_role(session, subject, binding.lifecycle.action(action), by)
        seen = self._seen(session, subject, action, by, details, binding.read)
        attempt = self.attempt(session, seen, action, by, details, at)
        standing = self._require_standing(binding, attempt, _guards_of(attempt))
        self._require_kinds(binding, attempt)
        body = ""
        if key:
            body = self.history.body_of(attempt)
            if (earlier := self.history.answered(attempt, key)) is not None:
                if earlier[0] == body:
                    return earlier[1]
                raise self._refusal(attempt, Verdict(action, (KEY_REUSED,)))
        verdict = self._judge(binding, attempt, standing, checked=True, expected=expected)
        if not verdict.allowed:
            raise self._refusal(attempt, verdict)
        return self._carry_out(binding, attempt, key, body)

    def perform_all(
        self, session: Session, action: str, scope: Any, *, by: Actor, at_most: int = 50_000, **details: Any
    ) -> Tally:
        """Do a set-wise action to every subject of ``scope`` that its guards let through, at most so many.

        Running it again does the rest; subjects already done are no longer candidates.
        """
        binding = self._setwise[action]
        at = self.clock.now(session)
        judged_by = binding.judged_by(scope, action)
        attempt = self._attempt(session, binding, scope, action, by, at, judged_by, details)
        standing = self._require_standing(binding, attempt, binding.lifecycle.guards)
        self._require_kinds(binding, attempt)
        barred = [*self._asked(binding, attempt, binding.lifecycle.guards, standing)]
        barred += self._checked(binding, attempt)
        if barred:
            raise Refused(Verdict(action, tuple(barred)))
        rows = list(wave(binding, attempt, at_most + 1, self.entropy))
        more, rows = len(rows) > at_most, rows[:at_most]
        with self._whole_or_refused(binding, attempt):
            carry_out_all(binding, attempt, rows, self._writer, self.history, self.notices)
        return Tally(len(rows), more)

    # -- deciding ---------------------------------------------------------------------------------------

    def _seen(
        self,
        session: Session,
        subject: Any,
        action: str,
        by: Actor,
        details: Mapping[str, Any],
        how: Callable[[Session, str], Any],
    ) -> Any:
        """What was read of a subject, or what a birth would bring forth. Raises NoSuchSubject."""
        binding = self.bindings[subject.lifecycle]
        if subject.id:
            seen = _there(session, subject, how)
        else:
            seen = binding.new_subject(session, self.entropy(16).hex(), _of_their_kinds(binding, details))
        if seen is None:
            raise self.not_there(session, subject, action, by)
        return seen

    def not_there(self, session: Session, subject: Ref, action: str, by: Actor) -> NoSuchSubject:
        """What is raised at a try of a subject that is not there: it leaves what a stranger's leaves."""
        no = NoSuchSubject(subject.id, action)
        return NoSuchSubject(subject.id, action, self._unseen(session, subject, action, by, no.verdict).keep)

    def _unseen(self, session: Session, subject: Ref, action: str, by: Actor, verdict: Verdict) -> Refused:
        binding, at = self.bindings[subject.lifecycle], self.clock.now(session)
        attempt = self._attempt(session, binding, Unseen.of(subject), action, by, at, "", {})
        return self._refusal(attempt, verdict)

    def attempt(
        self,
        session: Session,
        seen: Any,
        action: str,
        by: Actor,
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> AnyAttempt:
        """What rules are asked about: somebody's try at an action, on what was read of its subject."""
        binding = self.bindings[seen.lifecycle]
        at, judged_by = at or self.clock.now(session), binding.judged_by(seen, action)
        return self._attempt(session, binding, seen, action, by, at, judged_by, details or {})

    def _attempt(
        self,
        session: Session,
        binding: Binding,
        subject: Any,
        action: str,
        by: Actor,
        at: datetime,
        digest: str,
        details: Mapping[str, Any],
        grants: Grants | None = None,
    ) -> AnyAttempt:
        policy = self.policies.named(session, digest) if digest else self.policies.in_force(at)
        life, found = binding.lifecycle, binding.findings()
        return Attempt(session, life, life.action(action), subject, by, at, policy, details, found, grants)

    def _decide(self, attempt: AnyAttempt, *, checked: bool) -> Verdict:
        binding = self.bindings[attempt.lifecycle.name]
        standing = standing_of(binding, attempt, _guards_of(attempt))
        if strange := strangers(standing):
            return Verdict(attempt.action.name, strange)
        return self._judge(binding, attempt, standing, checked=checked)

    def _judge(
        self,
        binding: Binding,
        attempt: AnyAttempt,
        standing: Answers,
        *,
        checked: bool,
        expected: int | None = None,
    ) -> Verdict:
        """The answer to somebody who is no stranger."""
        reasons = [*self._staleness(attempt, expected), *self._state_reasons(attempt)]
        reasons += self._asked(binding, attempt, _guards_of(attempt), standing)
        if checked:
            reasons += self._checked(binding, attempt)
        return Verdict(attempt.action.name, tuple(reasons))

    def _asked(
        self, binding: Binding, attempt: AnyAttempt, guards: Iterable[str], standing: Answers
    ) -> Iterator[Reason]:
        """What the guards say; those that told the person's standing were asked already."""
        for name in guards:
            said = standing.get(name)
            yield from named(name, binding.guards[name].ask(attempt)) if said is None else said

    def _checked(self, binding: Binding, attempt: AnyAttempt) -> Iterator[Reason]:
        for name in attempt.action.checks:
            yield from named(name, binding.checks[name](attempt))

    def _state_reasons(self, attempt: AnyAttempt) -> Iterator[Reason]:
        events = self._machines[attempt.lifecycle.name].events[attempt.action.name]
        if attempt.subject.state not in events.transitions:
            life, now = attempt.lifecycle, attempt.subject.state
            possible = tuple(life.state(name) for name in life.sources(attempt.action) if name != NOWHERE)
            yield Reason(
                "wrong_state",
                "现在是“{state}”，只有在“{possible}”时才能{action}。",
                {
                    "state": NOT_YET if now == NOWHERE else life.state(now),
                    "possible": OneOf(possible or (NOT_YET,)),
                    "action": attempt.action,
                },
                remedy="请刷新页面，查看现在可以办理的事项。",
                rule="state",
            )

    def _staleness(self, attempt: AnyAttempt, expected: int | None) -> Iterator[Reason]:
        if expected is None or expected == attempt.subject.version:
            return
        if not 0 <= expected <= attempt.subject.version:
            yield Reason(
                "never_seen",
                "页面带来的版本 {seen} 并不存在，现在是 {now}。",
                {"seen": max(-1, min(expected, 10**9)), "now": attempt.subject.version},
                remedy="请刷新页面后再决定；您填写的内容没有提交。",
                rule="expected",
            )
            return
        unseen = self.bindings[attempt.lifecycle.name].unseen_by.get(attempt.by.role, frozenset())
        since = self.history.since(attempt.session, attempt.subject.id, expected)
        changes = [one for one in since if one["action"] not in unseen]
        if unseen and not changes:
            return
        what = tuple(
            Happened(one["at"], role_named(one["role"]), attempt.lifecycle.action(one["action"]))
            for one in changes
        )
        yield Reason(
            "changed_meanwhile",
            "在您查看之后，这里已有变化：{what}。",
            {"what": what, "seen": expected, "now": attempt.subject.version},
            remedy="请刷新页面，看过变化之后再决定；您填写的内容没有提交。",
            rule="expected",
        )

    def _refusal(self, attempt: AnyAttempt, verdict: Verdict) -> Refused:
        look = self.bindings[attempt.lifecycle.name].look

        def keep(session: Session) -> None:
            # What was born in the unit of work that is undone never existed, and has no history.
            if verdict.stranger or look(session, attempt.subject.id) is not None:
                self.history.refuse(session, attempt, verdict)

        stale = (reason.facts.get("seen") for reason in verdict.reasons if reason.code == LOST_RACE.code)
        seen = next((one for one in stale if isinstance(one, int)), attempt.subject.version)
        return Refused(verdict, keep, Met(attempt.lifecycle.name, attempt.subject.id, seen))

    # -- carrying out -----------------------------------------------------------------------------------

    def _carry_out(self, binding: Binding, attempt: AnyAttempt, key: str, body: str) -> Any:
        change = Change()
        with self._whole_or_refused(binding, attempt):
            for name in attempt.action.effects:
                binding.effects[name](attempt, change)
            target = self._next_state(attempt)
            number = attempt.subject.version + 1
            self._write_state(binding, attempt, target, change)
            entry = self.history.write(attempt, number, target, change, key)
            binding.written(attempt)
            self.notices.owe(attempt, attempt.action.notices)
            if key:
                self.history.remember(attempt, key, body, number)
            for subject, action in change.then:
                self._perform(attempt.session, subject, action, SYSTEM, {}, at=attempt.at)
            for subject, action, details in change.ends:
                self._end(attempt, subject, action, details)
            return entry

    def _end(self, attempt: AnyAttempt, subject: Ref, action: str, details: Mapping[str, Any]) -> None:
        """What the system ends at the moment of an act, if nothing bars it."""
        session, at = attempt.session, attempt.at
        seen = self._seen(session, subject, action, SYSTEM, details, self.bindings[subject.lifecycle].look)
        if self.check_seen(session, seen, action, SYSTEM, details, at).allowed:
            self._perform(session, subject, action, SYSTEM, details, at=at)

    @contextmanager
    def _whole_or_refused(self, binding: Binding, attempt: AnyAttempt) -> Iterator[None]:
        """Two at once meet first in the database; the later one is refused in words."""
        try:
            yield
        except Exception as fault:
            attempt.session.info[BROKEN] = True
            reason = fault.reason if isinstance(fault, Barred) else collision_of(binding, fault)
            if reason is None:
                raise
            raise self._refusal(attempt, Verdict(attempt.action.name, (reason,))) from fault

    def _require_role(self, session: Session, subject: Any, action: Action, by: Actor) -> None:
        """Nothing is read, and nothing is about to be born, for a role that does not have the action."""
        if (wrong := not_of_the_role(action, by)) is not None:
            raise self._unseen(session, subject, action.name, by, Verdict(action.name, (wrong,)))

    def _require_standing(self, binding: Binding, attempt: AnyAttempt, guards: Iterable[str]) -> Answers:
        standing = standing_of(binding, attempt, guards)
        if strange := strangers(standing):
            raise self._refusal(attempt, Verdict(attempt.action.name, strange))
        return standing

    def _require_kinds(self, binding: Binding, attempt: AnyAttempt) -> None:
        """Details are the action's own and of the kind it reads; anything else never reaches a rule."""
        wrong = [
            name
            for name, value in attempt.details.items()
            if name not in attempt.action.details or not binding.details[name](value)
        ]
        if wrong:
            reason = Reason(
                "details_misfit",
                "提交的内容有不认识或不合格的项目：{names}。",
                {"names": tuple(wrong)},
                remedy="请刷新页面后重新填写。",
                rule="details",
            )
            raise self._refusal(attempt, Verdict(attempt.action.name, (reason,)))

    def _next_state(self, attempt: AnyAttempt) -> str:
        token = _Token(attempt.subject.state)
        moved = self._machines[attempt.lifecycle.name].events[attempt.action.name].trigger(token)
        assert moved, f"{attempt.action.name} was allowed and did not move"
        return token.state

    def _write_state(self, binding: Binding, attempt: AnyAttempt, target: str, change: Change) -> None:
        """A birth, or compare-and-set on the version; who comes second is refused."""
        born = binding.insert_columns(attempt) if attempt.subject.state == NOWHERE else None
        if not self._writer.write(attempt.session, binding.table, attempt.subject, target, change, born):
            raise self._refusal(attempt, Verdict(attempt.action.name, (LOST_RACE,)))


LOST_RACE = Reason(
    "changed_meanwhile",
    "就在刚才，另一个人先办理了这个个案。",
    remedy="请刷新页面，查看现在的情况。",
    rule="expected",
)


def _there(session: Session, subject: Ref, how: Callable[[Session, str], Any]) -> Any:
    return how(session, subject.id) if is_id(subject.id) else None


def _of_their_kinds(binding: Binding, details: Mapping[str, Any]) -> dict[str, Any]:
    """Of the details of a birth those that can be read: what they name may not be there all the same."""
    known = binding.details
    return {name: value for name, value in details.items() if name in known and known[name](value)}


def _guards_of(attempt: AnyAttempt) -> tuple[str, ...]:
    return (*attempt.lifecycle.guards, *attempt.action.guards)


class _Token:
    """What a shared Machine needs of a subject: a state."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _machine(life: Lifecycle) -> Machine:
    """The lifecycle's graph; acts are internal transitions, which lead nowhere else."""
    machine = Machine(
        model=None,
        states=[NOWHERE, *(state.name for state in life.states)],
        initial=NOWHERE,
        auto_transitions=False,
    )
    for action in life.actions:
        target = action.target if isinstance(action, Move) else None
        machine.add_transition(action.name, list(life.sources(action)), target)
    return machine
