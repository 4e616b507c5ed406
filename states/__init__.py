"""Lifecycles as data: states, moves and acts, validated on construction.

A lifecycle names its guards, checks, effects and notices by string. The engine resolves the names when it is
built. A *guard* runs before any input (it also decides whether a button shows), a *check* validates the
input, an *effect* writes rows together with the move, a *notice* is then sent to the student.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

NOWHERE = "-"
"""The state of a subject before its first move."""

ROLES: dict[str, tuple[str, str]] = {
    "student": ("学生", "student"),
    "officer": ("学院经办人", "college officer"),
    "reviewer": ("审核人", "reviewer"),
    "second_reviewer": ("复核人", "second reviewer"),
    "registrar": ("学籍管理员", "registrar"),
    "auditor": ("审计员", "auditor"),
    "administrator": ("系统管理员", "administrator"),
    "system": ("系统", "system"),
    "visitor": ("咨询人", "visitor"),
}
"""All roles, with Chinese and English labels."""

UNGRANTED = ("system", "visitor")
"""The roles that nobody is granted or signed in as: nobody acts, or somebody without an account."""

GRANTED = tuple(role for role in ROLES if role not in UNGRANTED)
"""The roles of people who sign in."""


class LifecycleFaults(Exception):
    """A declared lifecycle contradicts itself. Lists all faults."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"lifecycle {name}: " + "; ".join(faults))


@dataclass(frozen=True, slots=True)
class State:
    """A state of a subject. A subject may stay in a resting state for ever."""

    name: str
    zh: str
    en: str
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """The common part of moves and acts: roles, details, conditions and consequences."""

    name: str
    zh: str
    en: str
    roles: tuple[str, ...]
    details: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    setwise: bool = False


@dataclass(frozen=True, slots=True)
class Move(Action):
    """An action that changes the state. A move from NOWHERE creates the subject."""

    sources: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Act(Action):
    """An action that keeps the state and only adds an entry to the history."""

    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lifecycle:
    """The complete lifecycle of one kind of subject. Raises LifecycleFaults if the parts do not fit."""

    name: str
    zh: str
    en: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    acts: tuple[Act, ...] = ()
    guards: tuple[str, ...] = ()
    """Guards of every action, before its own guards."""

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise LifecycleFaults(self.name, faults)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Moves, then acts, in declaration order."""
        return (*self.moves, *self.acts)

    def action(self, name: str) -> Action:
        """The move or act with that name. Raises KeyError if there is none."""
        return self._by_name[name]

    def sources(self, action: Action) -> tuple[str, ...]:
        """The states in which an action is possible."""
        return action.sources if isinstance(action, Move) else getattr(action, "states", ())

    def state(self, name: str) -> State:
        """The state with that name. Raises KeyError if there is none."""
        return self._states[name]

    @cached_property
    def _by_name(self) -> dict[str, Action]:
        return {action.name: action for action in self.actions}

    @cached_property
    def _states(self) -> dict[str, State]:
        return {state.name: state for state in self.states}

    @cached_property
    def text(self) -> bytes:
        """The declaration as canonical bytes, as the Rulebook stores it."""
        return json.dumps(asdict(self), ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode(
            "ascii"
        )

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of ``text`` in hex. Entries name their lifecycle by it."""
        return hashlib.sha256(self.text).hexdigest()


def _faults(life: Lifecycle) -> Iterator[str]:
    names = [state.name for state in life.states]
    yield from _twice("state", names)
    yield from _twice("action", [action.name for action in life.actions])
    known = set(names)
    things: tuple[State | Action, ...] = (*life.states, *life.actions)
    for thing in things:
        if not (thing.zh and thing.en):
            yield f"{thing.name} lacks its Chinese or English word"
    yield from _strange_moves(life, known)
    yield from _strange_acts(life, known)
    yield from _strange_roles(life)
    yield from _dead_ends(life, known)


def _strange_moves(life: Lifecycle, known: set[str]) -> Iterator[str]:
    for move in life.moves:
        for source in move.sources:
            if source not in known and source != NOWHERE:
                yield f"move {move.name} starts from unknown state {source}"
        if move.target not in known:
            yield f"move {move.name} leads to unknown state {move.target or '(none)'}"
        if not move.sources:
            yield f"move {move.name} starts nowhere at all; write NOWHERE for a birth"


def _strange_acts(life: Lifecycle, known: set[str]) -> Iterator[str]:
    for act in life.acts:
        if not act.states:
            yield f"act {act.name} is possible in no state"
        for state in act.states:
            if state not in known:
                yield f"act {act.name} names unknown state {state}"


def _strange_roles(life: Lifecycle) -> Iterator[str]:
    for action in life.actions:
        if not action.roles:
            yield f"{action.name} belongs to nobody"
        for role in action.roles:
            if role not in ROLES:
                yield f"{action.name} names unknown role {role}"


def _twice(kind: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name} is declared twice"


def _dead_ends(life: Lifecycle, known: set[str]) -> Iterator[str]:
    """Report states that cannot be reached, and states from which no resting state can be reached."""
    forward: dict[str, set[str]] = {}
    backward: dict[str, set[str]] = {}
    for move in life.moves:
        for source in move.sources:
            forward.setdefault(source, set()).add(move.target)
            backward.setdefault(move.target, set()).add(source)
    for name in sorted(known - _walk({NOWHERE}, forward)):
        yield f"state {name} cannot be reached"
    resting = {state.name for state in life.states if state.resting}
    if not resting:
        yield "no state is one where a subject may rest"
    for name in sorted(known - _walk(resting, backward)):
        yield f"from state {name} no resting state can be reached"


def _walk(start: set[str], edges: dict[str, set[str]]) -> set[str]:
    seen, ahead = set(start), list(start)
    while ahead:
        for step in edges.get(ahead.pop(), ()):
            if step not in seen:
                seen.add(step)
                ahead.append(step)
    return seen
