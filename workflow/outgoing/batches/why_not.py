"""Short words for the codes with which acts on batches are refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "asks_out_already": ("已经申请移出", "asked to leave already"),
    "batch_is_empty": ("批次是空的", "the batch is empty"),
    "batch_stand_in": ("与先办理的人有请假委托", "stands in for, or is replaced by, who acted first"),
    "batch_too_long": ("批次太长", "the batch is too long"),
    "body_unknown": ("没有选择单位", "no body is chosen"),
    "claim_does_not_wait": ("事项不在等待", "a claim does not wait"),
    "claim_in_a_batch": ("事项已在批次中", "a claim is in a batch"),
    "claim_in_a_batch_now": ("事项刚被加入批次", "somebody was quicker"),
    "day_before_freezing": ("早于定稿", "before it was frozen"),
    "day_before_sending": ("早于报送", "before it was sent"),
    "does_not_ask_out": ("没有申请移出", "did not ask to leave"),
    "line_is_answered": ("已经登记过答复", "answered already"),
    "line_not_there": ("行不在批次中", "not a line of it"),
    "line_too_near": ("有利害关系", "a student is too near"),
    "lines_ask_out": ("有行等待移出", "lines wait to leave"),
    "lines_fell_out": ("有行已失效", "lines have fallen out"),
    "lines_wait": ("有行没有答复", "lines wait for an answer"),
    "month_unknown": ("受理月份不对", "no such intake month"),
    "no_claims_chosen": ("没有选择事项", "no claim is chosen"),
    "nobody_to_agree": ("没有第二个人", "no second person"),
    "not_an_intake": ("不在受理月份", "not an intake month"),
    "not_agreed": ("还没有第二个人同意", "not agreed to yet"),
    "number_given": ("文号已编", "the number is given"),
    "number_taken": ("文号已用过", "the number is used"),
    "own_asking": ("由本人申请", "asked for by oneself"),
    "own_batch": ("由本人定稿", "frozen by oneself"),
}
"""A code keeps its words when no rule gives it any more."""
