"""One attempt at an action: who acts, on what, with which details, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy.orm import Session

from states import Action, Lifecycle

Entropy = Callable[[int], bytes]
"""So many random bytes; the operating system's in earnest, seeded in tests."""
Grants: TypeAlias = frozenset[Any]
"""What somebody is granted now, as the room of people reads it."""
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role, and for whom if not for themselves.

    ``capacity`` is which of their grants they use, None for any of the role. ``way`` is how they got in and
    ``way_by`` who made that way, where somebody else did.
    """

    person: str
    role: str
    on_behalf_of: str = ""
    capacity: str | None = field(default=None, compare=False)
    way: str = field(default="", compare=False)
    way_by: str = field(default="", compare=False)

    @property
    def is_system(self) -> bool:
        """Whether no person acts, but the system by itself."""
        return self is SYSTEM


SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True)
class Ref:
    """Names a subject: its lifecycle and its id; an empty id names one that is yet to be born."""

    lifecycle: str
    id: str = ""


class Subject(Protocol):
    """A subject as its room read it for one attempt: at least these; ``concerns`` is owed the notices."""

    id: str
    state: str
    version: int
    concerns: str


S = TypeVar("S")
P = TypeVar("P")
F = TypeVar("F")


@dataclass(slots=True)
class Attempt(Generic[S, P, F]):
    """Everything that guards, checks and effects may look at: a subject, a policy, what was found so far.

    ``found`` is the lifecycle's own: what one rule works out for a later one or for an effect. ``grants`` are
    given where it is asked about somebody whose grants were read already.
    """

    session: Session
    lifecycle: Lifecycle
    action: Action
    subject: S
    by: Actor
    at: datetime
    policy: P
    details: Mapping[str, Any]
    found: F
    grants: Grants | None = None


AnyAttempt: TypeAlias = Attempt[Any, Any, Any]
"""An attempt on whatever subject; each room has a closer type of its own."""


@dataclass(slots=True)
class Change:
    """What effects collect: further columns of the subject's row, and what the Entry must name.

    ``values`` are personal or free text: the Entry only commits to them, salted. ``codes`` are what the
    history prints as the entry's codes. ``then`` are moves of other subjects that the system makes right
    after, in the same unit of work and at the same moment: all of it happens, or nothing. ``ends`` are moves
    that it makes with these details if nothing bars them; what is barred is left for somebody to do.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    claims: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    codes: list[object] = field(default_factory=list)
    then: list[tuple[Ref, str]] = field(default_factory=list)
    ends: list[tuple[Ref, str, dict[str, Any]]] = field(default_factory=list)


def is_id(said: object) -> bool:
    """True for what ``entropy(16).hex()`` makes: 32 hexadecimal digits."""
    return isinstance(said, str) and len(said) == 32 and set(said) <= HEX
