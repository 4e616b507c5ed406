"""Standing: whether a person has to do with a subject at all. It is asked before anything else is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from states import NOWHERE, Action
from workflow.engine.attempt import Actor, AnyAttempt, Ref, is_id
from workflow.engine.binding import Binding
from workflow.values import role_named
from workflow.verdict import Reason, Refused, Verdict, named

Answers = Mapping[str, tuple[Reason, ...]]
"""What guards said, by their names."""

NOT_THERE = Reason(
    "no_such_subject",
    "没有这一项，或与您无关。",
    remedy="请从首页重新进入。",
    rule="standing",
    stranger=True,
)


class NoSuchSubject(Refused):
    """There is no subject of that id. Everybody is a stranger to it, and is answered as one."""

    def __init__(self, id: str, action: str = "", keep: Callable[[Session], None] | None = None) -> None:
        super().__init__(Verdict(action, (NOT_THERE,)), keep)
        self.id = id


@dataclass(frozen=True, slots=True)
class Unseen:
    """What somebody tried without seeing anything of it. ``id`` is '' if it was none."""

    id: str
    lifecycle: str
    state: str = NOWHERE
    version: int = 0

    @classmethod
    def of(cls, subject: Ref) -> Unseen:
        """What a reference names, if it names anything: what is no id is kept nowhere."""
        return cls(subject.id if is_id(subject.id) else "", subject.lifecycle)

    @property
    def concerns(self) -> str:
        """Whom the try concerns, as far as it said so."""
        return self.id


def not_of_the_role(action: Action, by: Actor) -> Reason | None:
    """An action belongs to its roles; whoever comes in another is a stranger to it."""
    if by.role in action.roles:
        return None
    return Reason(
        "not_your_role",
        "“{action}”由{who}办理，您现在的身份是{role}。",
        {"action": action, "who": tuple(map(role_named, action.roles)), "role": role_named(by.role)},
        remedy="请由有此职责的人员办理。",
        rule="role",
        stranger=True,
    )


def standing_of(binding: Binding, attempt: AnyAttempt, guards: Iterable[str]) -> Answers:
    """What the role and those of these guards say that tell who has to do with a subject."""
    wrong = not_of_the_role(attempt.action, attempt.by)
    said: dict[str, tuple[Reason, ...]] = {} if wrong is None else {"role": (wrong,)}
    for name in guards:
        if name in binding.standing:
            answer = binding.guards[name].ask(attempt)
            said[name] = () if answer is None else tuple(named(name, answer))
    return said


def strangers(answers: Answers) -> tuple[Reason, ...]:
    """The reasons that make a stranger; nothing for whoever has to do with the subject."""
    return tuple(reason for said in answers.values() for reason in said if reason.stranger)
