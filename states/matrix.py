"""State by action by role: what a lifecycle lets whom do where, made from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states import NOWHERE, ROLES, Action, Lifecycle, Move


@dataclass(frozen=True, slots=True)
class Cell:
    """In one state one action: where it leads, by whom, what bars it, what is asked of what is handed in.

    ``target`` is the state it leads to; that of an act is the state itself. What the whole lifecycle asks of
    every action (``life.guards``) is not repeated in each.
    """

    state: str
    action: Action
    target: str
    moves: bool
    roles: tuple[str, ...]
    guards: tuple[str, ...]
    checks: tuple[str, ...]


def matrix(life: Lifecycle) -> Iterator[Cell]:
    """Every action in every state it is possible in, in the order of the declaration; births first."""
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
    """The roles that can do anything in a lifecycle, in the order in which roles are always named."""
    known = {role for action in life.actions for role in action.roles}
    return tuple(role for role in ROLES if role in known)
