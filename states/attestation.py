"""Attestation: a college signs the list of its cases. It replaces the stamped sheet and can be verified.

Where the school's rules say so, an unsigned list is deemed without objection after the colleges' deadline. It
is not signed, and an officer can still sign it later.
"""

from __future__ import annotations

from states import NOWHERE, Lifecycle, Move, State

SIGNED = "signed"
DEEMED = "deemed"
WITHDRAWN = "withdrawn"
STANDING = (SIGNED, DEEMED)
OFFICER = ("officer",)

ATTESTATION = Lifecycle(
    name="attestation",
    zh="名单签认",
    en="attestation",
    guards=("holds_the_role", "college_is_theirs", "campaign_was_begun"),
    states=(
        State(SIGNED, "已签认", "signed", resting=True),
        State(DEEMED, "视为无异议", "deemed without objection", resting=True),
        State(WITHDRAWN, "已撤回", "taken back", resting=True),
    ),
    moves=(
        Move(
            "sign",
            "签认名单",
            "sign the list",
            sources=(NOWHERE, DEEMED),
            target=SIGNED,
            roles=OFFICER,
            details=("campaign", "college", "seen"),
            guards=("students_are_done", "list_is_not_empty"),
            checks=("list_as_seen",),
            effects=("keep_list", "keep_the_signer"),
        ),
        Move(
            "deem_list",
            "视为无异议",
            "deem without objection",
            sources=(NOWHERE,),
            target=DEEMED,
            roles=("system",),
            details=("campaign", "college"),
            guards=(
                "colleges_silence_counts",
                "colleges_are_done",
                "college_said_nothing",
                "college_was_told",
                "list_is_not_empty",
            ),
            effects=("keep_list", "keep_the_telling"),
        ),
        Move(
            "take_back",
            "撤回",
            "take back",
            sources=STANDING,
            target=WITHDRAWN,
            roles=OFFICER,
            details=("words",),
            checks=("words_given",),
            effects=("keep_words",),
        ),
    ),
)
