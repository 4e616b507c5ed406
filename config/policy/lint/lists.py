"""Check the lists of a school and its numbers: each name once, each number in its range."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.draft import Finding, Placed, SchoolDraft, codes_of, inside, named_twice, undeclared
from config.policy.words import COLUMNS, KEEPERS, PICTURES, REFUSAL_KINDS, Sending


def check_lists(draft: SchoolDraft) -> Iterator[Finding]:
    named = (draft.offices, draft.codes, draft.causes, draft.variants, draft.evidence, draft.refusals)
    for placed in (*named, draft.fields):
        yield from named_twice([(one, one.value.code) for one in placed])
    yield from named_twice([(one, one.value.id) for one in draft.windows])
    yield from named_twice([(one, one.value.id) for one in draft.rules])
    yield from named_twice([(one, one.value.id) for one in draft.campaigns])
    yield from named_twice([(one, one.value.id) for one in draft.templates])
    yield from undeclared(draft.default_office, [draft.default_office.value], codes_of(draft.offices))
    for refusal in draft.refusals:
        yield from undeclared(inside(refusal, "kind"), [refusal.value.kind], REFUSAL_KINDS)
    if draft.statuses:
        lists = draft.statuses.value
        yield from named_twice(
            [(draft.statuses, one) for one in (*lists.enrolled, *lists.retained, *lists.left)]
        )


def check_fields(draft: SchoolDraft) -> Iterator[Finding]:
    for field in (*draft.fields, *([draft.status_field] if draft.status_field else [])):
        yield from undeclared(inside(field, "code"), [field.value.code], COLUMNS)
        yield from undeclared(inside(field, "causes"), field.value.causes, codes_of(draft.causes))
        if field.value.claimable != bool(field.value.causes):
            yield field, "可提出更正的项目要有原因，其他项目没有", "only a field with causes can be claimed"


def check_keepers(draft: SchoolDraft) -> Iterator[Finding]:
    for one in draft.kept_by:
        yield from undeclared(inside(one, "system"), [one.value.system], KEEPERS)
        yield from undeclared(inside(one, "columns"), one.value.columns, COLUMNS)
    yield from named_twice([(one, column) for one in draft.kept_by for column in one.value.columns])


def check_numbers(draft: SchoolDraft) -> Iterator[Finding]:
    if draft.periods:
        periods = draft.periods.value
        for name in ("hold_minutes", "undo_minutes", "dispute_days", "supplement_working_days"):
            if getattr(periods, name) < 0:
                yield inside(draft.periods, name), "不能小于 0", "must not be negative"
    if draft.sending:
        yield from _sending(draft.sending)
    if draft.final_check and draft.final_check.value.grace_minutes < 0:
        yield inside(draft.final_check, "grace_minutes"), "不能小于 0", "must not be negative"
    if draft.intake:
        for name in ("max_bytes", "max_pixels"):
            if getattr(draft.intake.value, name) < 1:
                yield inside(draft.intake, name), "应大于 0", "must be positive"
        yield from undeclared(inside(draft.intake, "kinds"), draft.intake.value.kinds, PICTURES)
        if not draft.intake.value.kinds:
            yield inside(draft.intake, "kinds"), "至少要有一种图片", "must name a kind of picture"


def _sending(placed: Placed[Sending]) -> Iterator[Finding]:
    it = placed.value
    if not it.quiet_until <= it.remind_at < it.quiet_from:
        yield (
            inside(placed, "remind_at"),
            "应在早上静默结束之后、晚上静默开始之前",
            "must lie between the end of the quiet hours and their beginning",
        )
    if any(days < 0 for days in it.remind_days):
        yield inside(placed, "remind_days"), "不能小于 0", "must not be negative"
