"""The engine, its attempts and the bindings by which rooms join it; it knows no student."""

from workflow.engine.attempt import (
    SYSTEM,
    Actor,
    AnyAttempt,
    Attempt,
    Change,
    Entropy,
    Grants,
    Ref,
    Subject,
    is_id,
)
from workflow.engine.binding import (
    RULE_WORDS,
    Asking,
    Barred,
    Binding,
    Effect,
    Guard,
    Kind,
    Rows,
    SubjectRow,
    by_name,
    guards,
    in_words,
)
from workflow.engine.door import Engine, EngineFaults
from workflow.engine.setwise import Tally
from workflow.engine.standing import NoSuchSubject

__all__ = [
    "RULE_WORDS",
    "SYSTEM",
    "Actor",
    "AnyAttempt",
    "Asking",
    "Attempt",
    "Barred",
    "Binding",
    "Change",
    "Effect",
    "Engine",
    "EngineFaults",
    "Entropy",
    "Grants",
    "Guard",
    "Kind",
    "NoSuchSubject",
    "Ref",
    "Rows",
    "Subject",
    "SubjectRow",
    "Tally",
    "by_name",
    "guards",
    "in_words",
    "is_id",
]
