"""Warn of rules that can never hold, and of rules that another one always lifts.

Only what is certain is said: a rule that some question could ever fulfil is never named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import product

from config.policy.change import parts_of
from config.policy.effects import Lift
from config.policy.lint.draft import Finding, SchoolDraft, Written, codes_of, inside
from config.policy.predicates import (
    CategoryIn,
    CauseFits,
    CauseIn,
    Changed,
    ClaimedOver,
    DayReached,
    EventReached,
    FieldIn,
    FiledBy,
    FinalCheckAhead,
    OriginIn,
    Predicate,
    StatusIn,
    Turning,
    WithinCampaigns,
    WithinWindows,
    Without,
)
from config.policy.school import Rule
from config.policy.words import COLUMNS, DUTIES, Window

Why = tuple[str, str]
"""A reason in Chinese and in English."""

ALWAYS_THERE = ("entry", "final_check_over", "graduation")
"""The moments that every student has: without their day a question has no answer."""

A_YEAR = 12
"""No final check ends more than so many months before graduation."""


def rules_in_vain(draft: SchoolDraft) -> Iterator[Finding]:
    """The rules that never hold, and those that never speak because another one lifts them."""
    for rule in draft.rules:
        if not rule.value.actions:
            yield (
                inside(rule, "actions"),
                "没有写任何动作，这条规则从不适用",
                "names no action: it never holds",
            )
        elif why := contradiction(predicates_of(rule.value), draft):
            yield inside(rule, "when"), f"这条规则永远不成立：{why[0]}", f"can never hold: {why[1]}"
        elif lifting := _always_lifted(rule.value, draft.rules):
            yield rule, f"这条规则总被 {lifting} 解除", f"is always lifted by {lifting}"


def unlisted_statuses(draft: SchoolDraft) -> Iterator[Finding]:
    """Enrolment statuses that a rule names and no list of the school has."""
    assert draft.statuses
    lists = draft.statuses.value
    known = {*lists.enrolled, *lists.retained, *lists.left}
    for rule in draft.rules:
        named = [one.statuses for one in rule.value.of_question if isinstance(one, StatusIn) and one.inside]
        for status in sorted({name for names in named for name in names} - known):
            yield (
                inside(rule, "when"),
                f"学籍状态“{status}”不在 [statuses] 的任何一张名单里",
                f"the status {status} is in none of the lists of [statuses]",
            )


def predicates_of(rule: Rule) -> tuple[Predicate, ...]:
    """All conditions of a rule."""
    return (*rule.of_question, *rule.of_claim, *rule.of_time, *rule.during)


def contradiction(said: Collection[Predicate], draft: SchoolDraft) -> Why | None:
    """Why no question fulfils all these conditions. None if some could."""
    return next((why for check in _CHECKS for why in check(said, draft)), None)


# -- each kind of contradiction -------------------------------------------------------------------------


def _nobody(said: Collection[Predicate], draft: SchoolDraft) -> Iterator[Why]:
    """No status, level, province or role is left."""
    if _left([(one.statuses, one.inside) for one in said if isinstance(one, StatusIn)]) == set():
        yield "没有一种学籍状态符合", "no enrolment status is left"
    if _left([(one.levels, one.inside) for one in said if isinstance(one, CategoryIn)]) == set():
        yield "没有一种层次符合", "no level is left"
    if _left([(one.provinces, one.inside) for one in said if isinstance(one, OriginIn)]) == set():
        yield "没有一个省份符合", "no province is left"
    if not _left([(one.duties, one.inside) for one in said if isinstance(one, FiledBy)], DUTIES):
        yield "没有一种身份符合", "no role or duty is left"


def _no_claim(said: Collection[Predicate], draft: SchoolDraft) -> Iterator[Why]:
    """No field and cause is left, or no part of the fields that are left can change so.

    A rule against causes that do not fit is a safeguard even while the school lists no such pair.
    """
    fields = _left([(one.fields, one.inside) for one in said if isinstance(one, FieldIn)], COLUMNS) or set()
    causes = (
        _left([(one.causes, True) for one in said if isinstance(one, CauseIn)], codes_of(draft.causes))
        or set()
    )
    fitting = [one for one in said if isinstance(one, CauseFits) and one.fits]
    pairs = {pair for pair in product(fields, causes) if all(pair in one.fitting for one in fitting)}
    if not pairs:
        yield "没有一个项目和原因符合", "no field with a cause is left"
    parts = {part for column, _ in pairs for part in parts_of(column)}
    if pairs and any(parts.isdisjoint(one.parts) for one in said if isinstance(one, Changed)):
        yield "这些项目没有这样的改变", "the fields that are left cannot change so"
    groups = {one.value.code: one.value.group for one in draft.fields}
    most = len({groups.get(column, column) for column in COLUMNS})
    if any(one.count >= most for one in said if isinstance(one, ClaimedOver)):
        yield "没有这么多项目", "there are not so many fields"


def _no_day(said: Collection[Predicate], draft: SchoolDraft) -> Iterator[Why]:
    """The days of entry or graduation exclude each other."""
    for name in ("entry_date", "expected_graduation"):
        days = [one for one in said if isinstance(one, DayReached) and one.attribute == name]
        since = max((one.day for one in days if one.later), default=None)
        before = min((one.day for one in days if not one.later), default=None)
        if since is not None and before is not None and since >= before:
            yield "日期的起止之间没有一天", "no day lies between the two"
    if any(one.months >= A_YEAR for one in said if isinstance(one, FinalCheckAhead)):
        yield "最后一次自查不会比毕业早这么多", "no final check ends that early"


def _no_moment(said: Collection[Predicate], draft: SchoolDraft) -> Iterator[Why]:
    """A moment is wanted and excluded, or has come and has not."""
    missing = {one.moment for one in said if isinstance(one, Without)}
    wanted = {one.moment for one in said if isinstance(one, Turning | EventReached)}
    for moment in sorted(missing & wanted):
        yield f"既没有又要有 {moment}", f"{moment} is both missing and wanted"
    for moment in sorted(missing.intersection(ALWAYS_THERE)):
        yield f"每个学生都有 {moment}", f"every student has {moment}"
    for kind, come in ((Turning, "come"), (EventReached, "later")):
        turns = [(one.moment, getattr(one, come)) for one in said if isinstance(one, kind)]
        for moment in sorted({name for name, so in turns if so} & {name for name, so in turns if not so}):
            yield f"既在 {moment} 之前又在其后", f"it is both before {moment} and after it"


def _no_time(said: Collection[Predicate], draft: SchoolDraft) -> Iterator[Why]:
    """Every window or campaign that is wanted is excluded too."""
    inside_of = [one.windows for one in said if isinstance(one, WithinWindows) and one.inside]
    outside = [
        window for one in said if isinstance(one, WithinWindows) and not one.inside for window in one.windows
    ]
    missing = {one.moment for one in said if isinstance(one, Without)}
    ahead = {one.moment for one in said if isinstance(one, Turning) and not one.come}
    for windows in inside_of:
        if all(one in outside for one in windows):
            yield "既在又不在同样的时间段里", "it is both inside and outside of the same windows"
        if all(_anchor(one) in missing or (one.after or "") in ahead for one in windows):
            yield "这些时间段此时还没有开始", "none of the windows has begun then"
    if {month for one in outside for month in one.months} >= set(range(1, A_YEAR + 1)):
        yield "这些时间段占满全年", "the windows take up the whole year"
    kinds = [one for one in said if isinstance(one, WithinCampaigns)]
    out_of = {kind for one in kinds if not one.inside for kind in one.kinds}
    if any(one.inside and one.kinds <= out_of for one in kinds):
        yield "既在又不在同样的自查里", "it is both in and out of the same campaigns"


_CHECKS: tuple[Callable[[Collection[Predicate], SchoolDraft], Iterator[Why]], ...] = (
    _nobody,
    _no_claim,
    _no_day,
    _no_moment,
    _no_time,
)


def _anchor(window: Window) -> str:
    """The moment without which a window never opens. '' for a window on days of the calendar."""
    return window.after or window.until or ""


def _left(
    lists: Iterable[tuple[Collection[str], bool]], everything: Collection[str] | None = None
) -> set[str] | None:
    """The names that are in all lists of the first kind and in none of the others.

    None if only ``everything`` would tell, and it is not known.
    """
    left = None if everything is None else set(everything)
    for names, within in sorted(lists, key=lambda one: not one[1]):
        if within:
            left = set(names) if left is None else left & set(names)
        elif left is not None:
            left -= set(names)
    return left


# -- lifted ---------------------------------------------------------------------------------------------


def _always_lifted(rule: Rule, others: Collection[Written]) -> str | None:
    """The rule that lifts this one whenever it holds: it asks for no more, in all the same actions."""
    asked = predicates_of(rule)
    for other in (one.value for one in others):
        if (
            isinstance(other.effect, Lift)
            and rule.code in other.effect.lift
            and set(rule.actions) <= set(other.actions)
            and (rule.per_claim or not other.per_claim)
            and all(one in asked for one in predicates_of(other))
        ):
            return other.id
    return None
