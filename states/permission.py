"""Permission: an act on one person by the registrar. Longer time, a check opened again, claims frozen.

It is separate from the case's lifecycle, so that it can stand before a case and outlive one.
"""

from __future__ import annotations

from states import NOWHERE, Lifecycle, Move, State

GRANTED = "granted"
USED_UP = "used_up"
ENDED = "ended"
TAKEN_BACK = "taken_back"
REGISTRAR = ("registrar",)
SYSTEM = ("system",)

PERMISSION = Lifecycle(
    name="permission",
    zh="个别处理",
    en="permission",
    guards=("holds_the_role",),
    states=(
        State(GRANTED, "有效", "in force"),
        State(USED_UP, "已使用", "used up", resting=True),
        State(ENDED, "已到期", "ended", resting=True),
        State(TAKEN_BACK, "已收回", "taken back", resting=True),
    ),
    moves=(
        Move(
            "grant",
            "办理",
            "grant",
            sources=(NOWHERE,),
            target=GRANTED,
            roles=REGISTRAR,
            details=("record", "kind", "campaign", "until", "words"),
            guards=("not_for_oneself", "none_of_its_kind"),
            checks=(
                "permission_is_known",
                "end_is_ahead",
                "end_is_bounded",
                "student_is_enrolled",
                "check_can_be_opened",
                "extension_changes_something",
                "reason_given",
            ),
            effects=("keep_permission", "move_last_days", "tell_granted"),
        ),
        Move(
            "use_up",
            "使用",
            "use up",
            sources=(GRANTED,),
            target=USED_UP,
            roles=SYSTEM,
            guards=("serves_once",),
            effects=("end_permission",),
        ),
        Move(
            "give_back",
            "退还",
            "give back",
            sources=(USED_UP,),
            target=GRANTED,
            roles=SYSTEM,
            guards=("serves_once",),
            effects=("revive_permission",),
        ),
        Move(
            "end",
            "到期",
            "end",
            sources=(GRANTED,),
            target=ENDED,
            roles=SYSTEM,
            guards=("end_has_come",),
            effects=("end_permission", "tell_ended"),
        ),
        Move(
            "take_back",
            "收回",
            "take back",
            sources=(GRANTED,),
            target=TAKEN_BACK,
            roles=REGISTRAR,
            details=("words",),
            guards=("not_for_oneself", "end_has_not_come"),
            checks=("reason_given",),
            effects=("end_permission", "move_last_days", "keep_reason", "tell_taken_back"),
        ),
    ),
)
