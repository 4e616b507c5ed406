"""The lifecycle of a campaign: drafted from policy, opened for its cohort, closed for good."""

from __future__ import annotations

from states import NOWHERE, Act, Lifecycle, Move, State

DRAFT = "draft"
OPEN = "open"
CLOSING = "closing"
CLOSED = "closed"
CANCELLED = "cancelled"
NOT_HELD = (DRAFT, CANCELLED)
"""The states of a campaign that applies to no student."""

REGISTRAR = ("registrar",)

CAMPAIGN = Lifecycle(
    name="campaign",
    zh="自查活动",
    en="campaign",
    guards=("holds_the_role",),
    states=(
        State(DRAFT, "草拟", "draft"),
        State(OPEN, "进行中", "open"),
        State(CLOSING, "正在结束", "closing"),
        State(CLOSED, "已结束", "closed", resting=True),
        State(CANCELLED, "已取消", "cancelled", resting=True),
    ),
    moves=(
        Move(
            "draft",
            "建立活动",
            "draft",
            sources=(NOWHERE,),
            target=DRAFT,
            roles=REGISTRAR,
            details=("plan",),
            guards=("plan_is_new",),
        ),
        Move(
            "start",
            "开始活动",
            "open",
            sources=(DRAFT,),
            target=OPEN,
            roles=REGISTRAR,
            guards=("opening_day_has_come", "closing_day_is_ahead", "cohort_is_not_empty"),
            effects=("note_the_policy",),
        ),
        Move(
            "wind_up",
            "结束活动",
            "begin closing",
            sources=(OPEN,),
            target=CLOSING,
            roles=("registrar", "system"),
            guards=("closing_day_is_past",),
        ),
        Move(
            "close",
            "办结活动",
            "close",
            sources=(CLOSING,),
            target=CLOSED,
            roles=("registrar", "system"),
            guards=("nobody_left_to_deem",),
        ),
        Move(
            "cancel",
            "取消活动",
            "cancel",
            sources=(DRAFT, OPEN),
            target=CANCELLED,
            roles=REGISTRAR,
            details=("words",),
            guards=("nobody_has_answered",),
            checks=("words_given",),
        ),
    ),
    acts=(
        Act(
            "admit",
            "补建个案",
            "admit late arrivals",
            states=(OPEN,),
            roles=REGISTRAR,
            guards=("closing_day_is_ahead",),
        ),
        Act(
            "extend",
            "延期",
            "extend",
            states=(OPEN,),
            roles=REGISTRAR,
            details=("words", "closes_at"),
            checks=("words_given", "new_close_is_later"),
            effects=("move_the_close", "announce_the_extension"),
        ),
        Act(
            "publish",
            "发布通报",
            "publish a bulletin",
            states=(OPEN, CLOSING, CLOSED),
            roles=("registrar", "system"),
            details=("day", "as_of"),
            checks=("moment_is_settled", "no_bulletin_of_that_moment"),
            effects=("freeze_the_numbers",),
        ),
        Act(
            "remind",
            "提醒",
            "remind",
            states=(OPEN,),
            roles=("officer", "registrar"),
            details=("cases",),
            guards=("closing_day_is_ahead",),
            checks=("cases_are_of_their_college", "reaches_somebody"),
            effects=("owe_reminders",),
        ),
        Act(
            "take_in_export",
            "导入平台自查情况",
            "take in the platform's export",
            states=(OPEN, CLOSING, CLOSED),
            roles=REGISTRAR,
            details=("file", "data_of"),
            checks=("day_of_data_has_come",),
            effects=("keep_export",),
        ),
    ),
)
