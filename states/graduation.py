"""The lifecycle of a graduating class. After its degrees are registered, identity data cannot change here."""

from __future__ import annotations

from states import NOWHERE, Act, Lifecycle, Move, State

STUDYING = "studying"
DEGREES_REGISTERED = "degrees_registered"

GRADUATION = Lifecycle(
    name="graduation",
    zh="毕业班次",
    en="graduating class",
    guards=("holds_the_role",),
    states=(
        State(STUDYING, "在读", "studying"),
        State(DEGREES_REGISTERED, "学历已注册", "degrees registered", resting=True),
    ),
    moves=(
        Move(
            "found",
            "建立",
            "found",
            sources=(NOWHERE,),
            target=STUDYING,
            roles=("registrar",),
            details=("expected_on",),
        ),
        Move(
            "register_degrees",
            "登记学历注册",
            "register degrees",
            sources=(STUDYING,),
            target=DEGREES_REGISTERED,
            roles=("registrar",),
            details=("registered_on",),
            guards=("class_is_not_empty",),
            checks=("day_is_not_ahead",),
            effects=("mark_degrees",),
        ),
    ),
    acts=(
        Act(
            "register_late",
            "补登学历注册",
            "register late degrees",
            states=(DEGREES_REGISTERED,),
            roles=("registrar",),
            details=("registered_on",),
            guards=("class_is_not_empty",),
            checks=("day_is_not_ahead",),
            effects=("mark_degrees",),
        ),
    ),
)
