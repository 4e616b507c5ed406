"""Check how a school decides: checklists that can be met, batches without identities, escalations."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.deciding import (
    ESCALATED_TO,
    IDENTITY,
    LEGAL_CHANGE,
    MOST_IN_A_BATCH,
    NAMES,
    SAME,
    BatchRule,
    ChecklistItem,
)
from config.policy.effects import AddStep
from config.policy.lint.draft import Finding, Placed, SchoolDraft, codes_of, inside, named_twice, undeclared
from config.policy.words import STEP_KINDS, FieldWords


def check_deciding(draft: SchoolDraft) -> Iterator[Finding]:
    """Every item, batch and escalation: its names are known and it can ever be used."""
    yield from named_twice([(one, one.value.id) for one in draft.checklist])
    yield from named_twice([(one, one.value.id) for one in draft.batches])
    yield from named_twice(
        [(one, f"{step} {one.value.working_days}") for one in draft.escalations for step in one.value.steps]
    )
    for item in draft.checklist:
        yield from _claims(item, draft)
    for batch in draft.batches:
        yield from _batch(batch, draft)
    for escalation in draft.escalations:
        yield from _some(inside(escalation, "steps"), escalation.value.steps)
        yield from undeclared(inside(escalation, "steps"), escalation.value.steps, STEP_KINDS)
        yield from _some(inside(escalation, "to"), escalation.value.to)
        yield from undeclared(inside(escalation, "to"), escalation.value.to, ESCALATED_TO)
        if escalation.value.working_days < 0:
            yield inside(escalation, "working_days"), "不能小于 0", "must not be negative"


def never_overdue(draft: SchoolDraft) -> Iterator[Finding]:
    """Warn of an escalation of steps to which no rule gives a last day."""
    steps = [one.value.effect for one in draft.rules if isinstance(one.value.effect, AddStep)]
    timed = {one.add_step for one in steps if one.working_days or one.days or one.months or one.by}
    for escalation in draft.escalations:
        if not timed & set(escalation.value.steps):
            yield (
                inside(escalation, "steps"),
                "没有规则给这些环节定期限，永远不会逾期",
                "no rule gives these steps a last day: they are never overdue",
            )


def _batch(batch: Placed[BatchRule], draft: SchoolDraft) -> Iterator[Finding]:
    it = batch.value
    yield from _claims(batch, draft)
    yield from _some(inside(batch, "causes"), it.causes)
    yield from _some(inside(batch, "same"), it.same)
    yield from undeclared(inside(batch, "same"), it.same, SAME)
    if not 2 <= it.at_most <= MOST_IN_A_BATCH:
        yield (
            inside(batch, "at_most"),
            f"应在 2 到 {MOST_IN_A_BATCH} 之间",
            f"must be a number from 2 to {MOST_IN_A_BATCH}",
        )
    for field in it.fields:
        if field in _identity(draft) or (field in NAMES and LEGAL_CHANGE in it.causes):
            yield (
                inside(batch, "fields"),
                f"{field} 是身份信息的变更，只能逐件办理",
                f"a change of {field} is one of identity: never in a batch",
            )


def _identity(draft: SchoolDraft) -> set[str]:
    """The columns that say who somebody is: those known for it, and whatever is one thing with them."""
    fields = [one.value for one in draft.fields]
    groups = {field.group for field in fields if field.code in IDENTITY}
    return {*IDENTITY, *[field.code for field in fields if field.group in groups]}


def _claims(placed: Placed[ChecklistItem] | Placed[BatchRule], draft: SchoolDraft) -> Iterator[Finding]:
    """The fields and causes that it names, and that a claim can have them together."""
    fields, causes = placed.value.fields, placed.value.causes
    known = codes_of(draft.fields)
    yield from _some(inside(placed, "fields"), fields)
    yield from undeclared(inside(placed, "fields"), fields, known)
    yield from undeclared(inside(placed, "causes"), causes, codes_of(draft.causes))
    of = {one.value.code: one.value for one in reversed(draft.fields)}
    if not (fields and set(fields) <= of.keys() and set(causes) <= set(codes_of(draft.causes))):
        return
    for field in fields:
        if not _met(of[field], causes):
            yield (
                inside(placed, "fields"),
                f"{field} 不会因此有误，永远遇不到",
                f"a claim of {field} never has such a cause: it is never met",
            )
    for cause in causes:
        if not any(cause in of[field].causes for field in fields):
            yield (
                inside(placed, "causes"),
                f"所列项目都不会因 {cause} 有误，永远遇不到",
                f"none of the fields is ever wrong for {cause}: it is never met",
            )


def _met(field: FieldWords, causes: tuple[str, ...]) -> bool:
    """Whether a claim of the field can have one of the causes, or any where none is named.

    What a claimable field without causes lacks is told elsewhere.
    """
    return bool(set(causes or field.causes) & set(field.causes)) or (field.claimable and not field.causes)


def _some(placed: Placed[object], names: tuple[str, ...]) -> Iterator[Finding]:
    if not names:
        yield placed, "至少要写一个", "must name something"
