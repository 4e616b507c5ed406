"""A college signs the list of its cases as it stands: instead of a stamped sheet, and provable like one."""

from __future__ import annotations

from states import NOWHERE, Lifecycle, Move, State

SIGNED = "signed"
WITHDRAWN = "withdrawn"
OFFICER = ("officer",)

ATTESTATION = Lifecycle(
    name="attestation",
    zh="名单签认",
    en="attestation",
    guards=("holds_the_role", "college_is_theirs", "campaign_is_held"),
    states=(
        State(SIGNED, "已签认", "signed", resting=True),
        State(WITHDRAWN, "已撤回签认", "withdrawn", resting=True),
    ),
    moves=(
        Move(
            "sign",
            "签认名单",
            "sign the list",
            sources=(NOWHERE,),
            target=SIGNED,
            roles=OFFICER,
            details=("campaign", "college", "seen"),
            guards=("students_are_done", "list_is_not_empty"),
            checks=("list_as_seen",),
            effects=("keep_list",),
        ),
        Move(
            "take_back",
            "撤回签认",
            "take the signature back",
            sources=(SIGNED,),
            target=WITHDRAWN,
            roles=OFFICER,
            details=("words",),
            checks=("words_given",),
            effects=("keep_words",),
        ),
    ),
)
