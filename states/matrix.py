"""State by action by role: which role may do what in which state, generated from a lifecycle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states import NOWHERE, ROLES, Action, Lifecycle, Move


@dataclass(frozen=True, slots=True)
class Cell:
    """One action in one state: its target, roles, guards and checks.

    ``target`` is the next state; for an act it is the same state. The guards of the whole lifecycle
    (``life.guards``) are not repeated in each cell.
    """

    state: str
    action: Action
    target: str
    moves: bool
    roles: tuple[str, ...]
    guards: tuple[str, ...]
    checks: tuple[str, ...]


def matrix(life: Lifecycle) -> Iterator[Cell]:
    """Every action in every state where it is possible, in declaration order. Creating moves come first."""
    for state in (NOWHERE, *(state.name for state in life.states)):
        for action in life.actions:
            if state in life.sources(action):
                yield Cell(
                    state=state,
                    action=action,
                    target=action.target if isinstance(action, Move) else state,
                    moves=isinstance(action, Move),
                    roles=action.roles,
                    guards=action.guards,
                    checks=action.checks,
                )


def roles_of(life: Lifecycle) -> tuple[str, ...]:
    """The roles with any action in a lifecycle, in the order of ROLES."""
    known = {role for action in life.actions for role in action.roles}
    return tuple(role for role in ROLES if role in known)
