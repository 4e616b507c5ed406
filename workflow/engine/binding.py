"""How a room joins the engine: its table, its guards, checks and effects under the names of its lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, Table
from sqlalchemy.orm import Session

from states import Lifecycle
from workflow.engine.attempt import AnyAttempt, Change
from workflow.verdict import Reason, Verdict

Asking = Callable[[AnyAttempt], Iterable[Reason] | Reason | None]
Rows = Callable[[AnyAttempt], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Guard:
    """Says why not, or says nothing; ``rows`` is the same question put to a whole table at once."""

    ask: Asking
    rows: Rows | None = None


Asked = TypeVar("Asked", bound=Callable[..., Any])
RULE_WORDS: dict[str, tuple[str, str]] = {}
"""What each guard and check requires, by its name, in Chinese and English."""


def in_words(zh: str, en: str) -> Callable[[Asked], Asked]:
    """State above a guard or check what it requires. Lists of actions and conditions show it."""

    def said(rule: Asked) -> Asked:
        RULE_WORDS[rule.__name__] = (zh, en)
        return rule

    return said


Effect = Callable[[AnyAttempt, Change], None]
Named = TypeVar("Named", bound=Callable[..., Any])


def by_name(*rules: Named) -> dict[str, Named]:
    """Checks or effects, each under the name by which the lifecycles know it: its own."""
    return {rule.__name__: rule for rule in rules}


def guards(*asked: Asking | tuple[Asking, Rows]) -> dict[str, Guard]:
    """Guards by their own names, some with the rows that they let through."""
    known = [Guard(*one) if isinstance(one, tuple) else Guard(one) for one in asked]
    return {guard.ask.__name__: guard for guard in known}


Kind = Callable[[Any], bool]
"""Says whether a detail is of the kind that an action reads."""


class Barred(Exception):
    """An effect met what no check could see before: somebody was quicker. Becomes a refusal."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One subject of a set-wise action: id, state and version, whom it concerns, the columns of its birth."""

    id: str
    state: str
    version: int
    concerns: str
    born: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    """How one lifecycle's subjects are kept: their table and the room's guards, checks and effects.

    ``read(session, id)`` locks the row and returns the Subject, or None; ``look`` reads it without a lock.
    ``standing`` names the guards that tell whether a person has to do with a subject at all. They read the
    subject and the person, never the details, because they are asked before anything else.
    ``new_subject(session, id, details)`` builds the subject of a creating move, or returns None if the
    details do not name what it is about; they are of their kinds. ``insert_columns(attempt)`` returns the
    columns of its row. ``candidates`` selects the rows that a set-wise action may concern: the
    columns of a new row, else id, state and version; and ``concerns``.
    ``judged_by(subject or scope, action)`` returns the digest of the policy text that judges the action; ''
    means the text in force.
    ``written(attempt)`` brings what the room keeps beside its entries up to the one just written.
    ``unseen_by`` names by role the actions of which nobody in it learns; they make none of its pages stale.
    ``findings`` makes what each attempt begins with as ``found``.
    ``details`` says of what kind each detail is that an action of the lifecycle reads.
    ``collisions`` maps a piece of a unique constraint's message to the reason it stands for, because two at
    once meet first in the database.
    """

    lifecycle: Lifecycle
    table: Table
    guards: Mapping[str, Guard]
    checks: Mapping[str, Asking]
    effects: Mapping[str, Effect]
    read: Callable[[Session, str], Any]
    look: Callable[[Session, str], Any]
    new_subject: Callable[[Session, str, Mapping[str, Any]], Any]
    insert_columns: Callable[[AnyAttempt], dict[str, Any]]
    judged_by: Callable[[Any, str], str]
    standing: frozenset[str] = frozenset()
    written: Callable[[AnyAttempt], None] = lambda attempt: None
    details: Mapping[str, Kind] = field(default_factory=dict)
    unseen_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    findings: Callable[[], Any] = lambda: None
    candidates: Callable[[AnyAttempt], Select[*tuple[Any, ...]]] | None = None
    collisions: Mapping[str, Reason] = field(default_factory=dict)


class History(Protocol):
    """Where the engine writes what happened; the history room has the real one."""

    def write(self, attempt: AnyAttempt, number: int, target: str, change: Change, key: str) -> Any: ...
    def write_all(
        self, attempt: AnyAttempt, rows: Sequence[SubjectRow], target: str, change: Change
    ) -> None: ...
    def refuse(self, session: Session, attempt: AnyAttempt, verdict: Verdict) -> None: ...
    def since(self, session: Session, subject: str, number: int) -> list[Mapping[str, str]]: ...
    def body_of(self, attempt: AnyAttempt) -> str: ...
    def answered(self, attempt: AnyAttempt, key: str) -> tuple[str, Any] | None: ...
    def subject_of(self, session: Session, person: str, key: str) -> str | None: ...
    def entry_behind(self, session: Session, person: str, key: str) -> Any: ...
    def remember(self, attempt: AnyAttempt, key: str, body: str, number: int) -> None: ...


class Owing(Protocol):
    """Where owed messages are put, in the same transaction."""

    def owe(self, attempt: AnyAttempt, names: Sequence[str]) -> None: ...
    def owe_all(self, attempt: AnyAttempt, names: Sequence[str], rows: Sequence[SubjectRow]) -> None: ...


class Policies(Protocol):
    """The school's policies, by the moment they judge or by the ``digest`` that each has.

    ``in_hand`` are those that need not be read from the database.
    """

    @property
    def in_hand(self) -> Iterable[Any]: ...
    def in_force(self, at: datetime) -> Any: ...
    def named(self, session: Session, digest: str) -> Any: ...


def unresolved(binding: Binding) -> Iterator[str]:
    """Names that the lifecycle uses and the room does not have, and set-wise guards without rows."""
    life = binding.lifecycle
    named_guards = [name for action in life.actions for name in action.guards] + list(life.guards)
    for kind, wanted, known in (
        ("guard", named_guards, binding.guards),
        ("check", [name for action in life.actions for name in action.checks], binding.checks),
        ("effect", [name for action in life.actions for name in action.effects], binding.effects),
    ):
        for name in sorted(set(wanted) - set(known)):
            yield f"{life.name} names unknown {kind} {name}"
        for name in sorted(set(known) - set(wanted)):
            yield f"{life.name} never uses {kind} {name}"
    for name in sorted(binding.standing - set(binding.guards)):
        yield f"{life.name} has no guard {name} that could tell a person's standing"
    for name in sorted(frozenset().union(*binding.unseen_by.values()) - {one.name for one in life.actions}):
        yield f"{life.name} has no action {name} to keep unseen"
    asked = {name for action in life.actions for name in action.details}
    for name in sorted(asked ^ set(binding.details)):
        yield f"{life.name} and its room disagree about the detail {name}"
    yield from _not_of_rows(binding)


def _not_of_rows(binding: Binding) -> Iterator[str]:
    """What set-wise actions need and the room can only ask of one subject."""
    life = binding.lifecycle
    for action in life.actions:
        if action.setwise and binding.candidates is None:
            yield f"{life.name}: {action.name} is set-wise, and the room selects no candidates"
        for name in action.guards if action.setwise else ():
            if name in binding.guards and binding.guards[name].rows is None:
                yield f"{life.name}: {action.name} is set-wise, its guard {name} cannot be asked of rows"


def collision_of(binding: Binding, fault: Exception) -> Reason | None:
    if "IntegrityError" not in {kind.__name__ for kind in type(fault).__mro__}:
        return None
    said = str(fault)
    known = {**KEY_COLLISIONS, **binding.collisions}
    return next((reason for piece, reason in known.items() if piece in said), None)


KEY_REUSED = Reason(
    "key_reused", "这份提交的编号已用于另一次不同的提交。", remedy="请刷新页面后重新填写并提交。", rule="key"
)


KEY_COLLISIONS = dict.fromkeys(("pk_command_key", "command_key.person, command_key.key"), KEY_REUSED)
