"""Batch: the claims that go to one body together, from their choosing to the last answer.

It is separate from the case's lifecycle: the cases of a batch go on by their own, each in its own history.
"""

from __future__ import annotations

from states import NOWHERE, Act, Lifecycle, Move, State

COLLECTING = "collecting"
FROZEN = "frozen"
SENT = "sent"
ANSWERED = "answered"
CLOSED = "closed"
DISSOLVED = "dissolved"
REGISTRAR = ("registrar",)
SECOND = ("registrar", "second_reviewer")
"""Who may be the second person of a batch."""
NOT_NEAR = ("no_line_is_too_near",)
"""Guard of whoever freezes, agrees or sends: none of the students is themselves or related to them."""

BATCH = Lifecycle(
    name="batch",
    zh="报送批次",
    en="batch",
    guards=("holds_the_role",),
    states=(
        State(COLLECTING, "组批中", "being put together"),
        State(FROZEN, "已定稿", "frozen"),
        State(SENT, "已报送", "sent"),
        State(ANSWERED, "已答复", "answered"),
        State(CLOSED, "已办结", "closed", resting=True),
        State(DISSOLVED, "已解散", "dissolved", resting=True),
    ),
    moves=(
        Move(
            "open",
            "新建批次",
            "open a batch",
            sources=(NOWHERE,),
            target=COLLECTING,
            roles=REGISTRAR,
            details=("office", "month"),
            checks=("body_is_known", "month_is_an_intake"),
            effects=("keep_batch",),
        ),
        Move(
            "freeze",
            "定稿",
            "freeze",
            sources=(COLLECTING,),
            target=FROZEN,
            roles=REGISTRAR,
            guards=("some_line_stands", "no_line_fell_out", *NOT_NEAR, "somebody_can_agree"),
            effects=("note_frozen", "name_lines", "tell_who_may_agree"),
        ),
        Move(
            "send",
            "登记已报送",
            "enter as sent",
            sources=(FROZEN,),
            target=SENT,
            roles=REGISTRAR,
            details=("number", "sent_on"),
            guards=("is_agreed", "some_line_stands", "no_line_fell_out", "no_line_asks_out", *NOT_NEAR),
            checks=("letter_is_whole", "number_is_free", "sending_day_fits"),
            effects=("note_letter", "name_lines"),
        ),
        Move(
            "end_answers",
            "答复收齐",
            "all is answered",
            sources=(SENT,),
            target=ANSWERED,
            roles=("system",),
            guards=("no_line_waits",),
        ),
        Move(
            "close",
            "办结批次",
            "close",
            sources=(SENT, ANSWERED),
            target=CLOSED,
            roles=REGISTRAR,
            guards=("no_line_waits",),
            effects=("end_lines",),
        ),
        Move(
            "dissolve",
            "解散批次",
            "dissolve",
            sources=(COLLECTING, FROZEN),
            target=DISSOLVED,
            roles=REGISTRAR,
            details=("words",),
            guards=("frozen_by_another",),
            checks=("words_given",),
            effects=("end_lines", "keep_reason"),
        ),
    ),
    acts=(
        Act(
            "put_in",
            "加入批次",
            "put into the batch",
            states=(COLLECTING,),
            roles=REGISTRAR,
            details=("claims",),
            checks=("claims_can_go_in", "lines_are_not_too_many"),
            effects=("write_lines",),
        ),
        Act(
            "take_out",
            "移出批次",
            "take out of the batch",
            states=(COLLECTING,),
            roles=REGISTRAR,
            details=("claims",),
            checks=("claims_are_in_it",),
            effects=("end_these_lines",),
        ),
        Act(
            "agree",
            "同意定稿",
            "agree to the batch",
            states=(FROZEN,),
            roles=SECOND,
            guards=("frozen_by_another", "no_line_fell_out", *NOT_NEAR),
            effects=("note_agreed", "give_number", "tell_the_freezer"),
        ),
        Act(
            "ask_out",
            "申请移出",
            "ask for a line to leave",
            states=(FROZEN,),
            roles=REGISTRAR,
            details=("claims", "words"),
            checks=("claims_are_in_it", "claims_do_not_ask_yet", "words_given"),
            effects=("note_asked_out", "keep_reason", "tell_who_may_let_go"),
        ),
        Act(
            "agree_out",
            "同意移出",
            "agree that a line leaves",
            states=(FROZEN,),
            roles=SECOND,
            details=("claims",),
            checks=("claims_are_in_it", "claims_ask_out", "asked_by_another"),
            effects=("end_these_lines",),
        ),
        Act(
            "decline_out",
            "不移出",
            "leave the line in",
            states=(FROZEN,),
            roles=SECOND,
            details=("claims",),
            checks=("claims_are_in_it", "claims_ask_out"),
            effects=("forget_asked_out",),
        ),
        Act(
            "take_answers",
            "登记答复",
            "take the answers",
            states=(SENT, ANSWERED),
            roles=REGISTRAR,
            details=("answers",),
            checks=("answers_are_of_lines",),
            effects=("write_answers", "end_when_all_is_answered"),
        ),
    ),
)
