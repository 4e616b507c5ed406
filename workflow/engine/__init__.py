"""The engine, its attempts and the bindings by which rooms join it; it knows no student."""

from workflow.engine.attempt import SYSTEM, Actor, Attempt, Change, Entropy, Ref, Subject, is_id
from workflow.engine.binding import Asking, Barred, Binding, Effect, Guard, Kind, Row, Rows
from workflow.engine.door import Engine, EngineFaults, NoSuchSubject
from workflow.engine.setwise import Tally

__all__ = [
    "SYSTEM",
    "Actor",
    "Asking",
    "Attempt",
    "Barred",
    "Binding",
    "Change",
    "Effect",
    "Engine",
    "EngineFaults",
    "Entropy",
    "Guard",
    "Kind",
    "NoSuchSubject",
    "Ref",
    "Row",
    "Rows",
    "Subject",
    "Tally",
    "is_id",
]
