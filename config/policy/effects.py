"""What follows when a rule holds. To extend the vocabulary, add a class and spell it in ``EFFECTS``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Refuse:
    """refuse = a code: it is not accepted."""

    refuse: str
    outcome: ClassVar[str] = "not_accepted"

    @property
    def code(self) -> str:
        return self.refuse


@dataclass(frozen=True, slots=True)
class Route:
    """route = an office, code = a code: it is not for this procedure, that office takes it."""

    route: str
    code: str
    outcome: ClassVar[str] = "route"


@dataclass(frozen=True, slots=True)
class Defer:
    """defer = a code: not yet."""

    defer: str
    outcome: ClassVar[str] = "defer"

    @property
    def code(self) -> str:
        return self.defer


@dataclass(frozen=True, slots=True)
class Require:
    """require = a kind of paper, instead = kinds that do as well, code = a code: incomplete without any."""

    require: str
    code: str
    instead: tuple[str, ...] = ()
    outcome: ClassVar[str] = "incomplete"


@dataclass(frozen=True, slots=True)
class AddStep:
    """add_step = a kind of step, office = who takes it: the claim passes it in review.

    Due after so many ``working_days`` from filing, or ``by`` the end of a window. ``four_eyes``: by somebody
    who decided no other step of the claim; ``duty``: by somebody of that duty.
    """

    add_step: str
    office: str
    working_days: int = 0
    by: str = ""
    duty: str = ""
    four_eyes: bool = False
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Assign:
    """assign = an office: within the procedure, that office answers for the claim."""

    assign: str
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Warn:
    """warn = a code: those who review are told, nothing else changes."""

    warn: str
    outcome: ClassVar[str] = "accept"

    @property
    def code(self) -> str:
        return self.warn


@dataclass(frozen=True, slots=True)
class Lock:
    """lock = fields: while the claim is open, nobody changes them elsewhere."""

    lock: tuple[str, ...]
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Reconfirm:
    """reconfirm = days: once it is corrected, the student confirms within them that it is right."""

    reconfirm: int
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Lift:
    """lift = codes: rules that would give them do not stand in the way. The only effect that softens another.

    Lifted for the whole question, or by a rule about claims for that claim alone.
    """

    lift: tuple[str, ...]
    outcome: ClassVar[str] = "accept"


Effect = Refuse | Route | Defer | Require | AddStep | Assign | Warn | Lock | Reconfirm | Lift
Accompanying = Lock | Reconfirm | Lift

SPEAKING = (Refuse, Route, Defer, Require)
"""Effects that are reasons: they stand in the way, with a code."""
ACCOMPANYING = (Lock, Reconfirm, Lift)
"""Effects that an answer lists for their own sake."""

EFFECTS: Mapping[str, type[Effect]] = MappingProxyType(
    {
        "refuse": Refuse,
        "route": Route,
        "defer": Defer,
        "require": Require,
        "add_step": AddStep,
        "assign": Assign,
        "warn": Warn,
        "lock": Lock,
        "reconfirm": Reconfirm,
        "lift": Lift,
    }
)
"""What may stand in a rule's ``then``, by the key that tells it."""

PER_CLAIM = (Require, AddStep, Assign, Lock, Reconfirm)
"""Effects that belong to a claim even if the rule says nothing about claims."""
IN_HAND = (Require, AddStep, Assign, Lock, Reconfirm)
"""Effects that are nobody's business once a claim is refused or belongs elsewhere."""
