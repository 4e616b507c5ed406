"""The effects of rules. To extend the vocabulary, add a class and name it in ``EFFECTS``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from config.policy.words import VOID_BY


@dataclass(frozen=True, slots=True)
class Refuse:
    """refuse = a code: the claim is not accepted."""

    refuse: str
    outcome: ClassVar[str] = "not_accepted"

    @property
    def code(self) -> str:
        return self.refuse


@dataclass(frozen=True, slots=True)
class Route:
    """route = an office, code = a code: outside this procedure, that office is responsible."""

    route: str
    code: str
    outcome: ClassVar[str] = "route"


@dataclass(frozen=True, slots=True)
class Defer:
    """defer = a code: not yet possible."""

    defer: str
    outcome: ClassVar[str] = "defer"

    @property
    def code(self) -> str:
        return self.defer


@dataclass(frozen=True, slots=True)
class Require:
    """require = a kind of paper, instead = accepted alternatives, code = a code: incomplete without any."""

    require: str
    code: str
    instead: tuple[str, ...] = ()
    outcome: ClassVar[str] = "incomplete"


@dataclass(frozen=True, slots=True)
class AddStep:
    """add_step = a kind of step, office = the office that takes it: a review step of the claim.

    It is due ``working_days``, ``days`` or ``months`` after filing, or ``by`` the end of a window. With
    ``rolls``, a due day on which offices do not work moves to the next one on which they do. ``four_eyes``:
    by a person who decided no other step of the claim. ``duty``: by a person with that duty. ``once``: it is
    one step with the equal steps of other rules. ``void_by``: what makes it void once it is passed.
    """

    add_step: str
    office: str
    working_days: int = 0
    by: str = ""
    duty: str = ""
    four_eyes: bool = False
    once: bool = False
    void_by: tuple[str, ...] = VOID_BY
    days: int = 0
    months: int = 0
    rolls: bool = False
    outcome: ClassVar[str] = "accept"

    @property
    def is_timed(self) -> bool:
        """True if the step is due by some day."""
        return bool(self.by or self.working_days or self.days or self.months)


@dataclass(frozen=True, slots=True)
class Assign:
    """assign = an office: within the procedure, that office is responsible for the claim."""

    assign: str
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Warn:
    """warn = a code: reviewers see it. It has no other consequence."""

    warn: str
    outcome: ClassVar[str] = "accept"

    @property
    def code(self) -> str:
        return self.warn


@dataclass(frozen=True, slots=True)
class Lock:
    """lock = fields: they are not changed elsewhere while the claim is open."""

    lock: tuple[str, ...]
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Reconfirm:
    """reconfirm = days: after the correction, the student confirms it within them."""

    reconfirm: int
    outcome: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Lift:
    """lift = codes: rules with these codes do not bar. The only effect that weakens other rules.

    It lifts for the whole question or, in a rule about claims, for that claim alone.
    """

    lift: tuple[str, ...]
    outcome: ClassVar[str] = "accept"


Effect = Refuse | Route | Defer | Require | AddStep | Assign | Warn | Lock | Reconfirm | Lift
Accompanying = Lock | Reconfirm | Lift

SPEAKING = (Refuse, Route, Defer, Require)
"""Effects that are reasons: they bar, with a code."""
ACCOMPANYING = (Lock, Reconfirm, Lift)
"""Effects that an answer lists themselves."""

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
"""The effects of a rule's ``then``, by their key."""

PER_CLAIM = (Require, AddStep, Assign, Lock, Reconfirm)
"""Effects that belong to a claim even if the rule has no predicate about claims."""
IN_HAND = (Require, AddStep, Assign, Lock, Reconfirm)
"""Effects that do not apply once a claim is refused or routed elsewhere."""
