"""Check each window: written in one way, opening before it closes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from config.policy.asked import MOMENTS
from config.policy.lint.draft import Finding, Placed, SchoolDraft, inside, undeclared
from config.policy.predicates import yearly_of
from config.policy.words import Window


def check_window(placed: Placed[Window], draft: SchoolDraft) -> Iterator[Finding]:
    """A window is written in one way, opens, and closes no earlier."""
    if _ways_written(placed.value) != 1:
        yield placed, "时间段应恰以一种方式写明", "must be written in exactly one of the four ways"
        return
    yield from _days_in_order(placed)
    if any(not 1 <= month <= 12 for month in placed.value.months):
        yield inside(placed, "months"), "月份应在 1 至 12 之间", "a month is 1 to 12"
    for key in ("after", "until"):
        moment = getattr(placed.value, key) or ""
        yield from undeclared(inside(placed, key), [moment], MOMENTS)
        yield from moments_had(inside(placed, key), [moment], draft)
    if placed.value.after is not None and placed.value.after == placed.value.until:
        yield (
            inside(placed, "until"),
            "开始和结束是同一时刻，永远不会打开",
            "begins and ends at once: never opens",
        )
    yield from _length(placed)
    if placed.value.rolls and not placed.value.may_roll:
        yield inside(placed, "rolls"), "这个时间段没有可以顺延的截止日", "has no last day that could move"


def _ways_written(window: Window) -> int:
    """The number of notations a window uses: dates, days of every year, months, moments."""
    ways = (
        window.opens is not None or window.closes is not None,
        window.first is not None or window.last is not None or window.last_at is not None,
        bool(window.months),
        window.after is not None or window.until is not None,
    )
    return sum(ways)


def _days_in_order(placed: Placed[Window]) -> Iterator[Finding]:
    window = placed.value
    if window.opens is not None and window.closes is not None and window.opens > window.closes:
        yield inside(placed, "closes"), "截止早于开始", "closes before it opens"
    if (window.first is None) != (window.last is None) or (window.last_at and not window.last):
        yield placed, "first 和 last 都要写明", "needs both first and last"
    elif window.first is not None and window.last is not None and window.first > window.last:
        yield inside(placed, "last"), "截止早于开始；跨年的请写成两段", "closes before it opens"


def _length(placed: Placed[Window]) -> Iterator[Finding]:
    """A window may have one length, with exactly one moment to count from."""
    window = placed.value
    lengths = [length for length in (window.for_months, window.for_days) if length]
    if min(lengths, default=1) < 1:
        yield placed, "长度应大于 0", "must have a length"
    if len(lengths) > 1 or (lengths and (window.after is None) == (window.until is None)):
        yield placed, "长度只能写一种，且只配 after 或 until 之一", "has a length too many"


def moments_had(place: Placed[object], moments: Collection[str], draft: SchoolDraft) -> Iterator[Finding]:
    """The school must define the moments that depend on its settings."""
    if "final_check_over" in moments and not draft.has_final_check:
        yield place, "用到最后一次自查，但缺少 [final_check]", "needs [final_check]"
    if "supplement_over" in moments and draft.periods and not draft.periods.value.supplement_working_days:
        yield (
            place,
            "用到补正期限，但 [periods] 没有 supplement_working_days",
            "needs supplement_working_days in [periods]",
        )


def windows_meet(one: Window, other: Window) -> bool:
    """True if two windows on fixed days share a second."""
    if (one.opens or one.closes) and (other.opens or other.closes):
        return not (
            (one.closes and other.opens and one.closes < other.opens)
            or (other.closes and one.opens and other.closes < one.opens)
        )
    return any(
        mine.first <= theirs.last and theirs.first <= mine.last
        for mine in yearly_of(one)
        for theirs in yearly_of(other)
    )
