"""Check when claims go to a body outside: months that there are, and bodies to which rules send something."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.effects import AddStep
from config.policy.lint.draft import Finding, SchoolDraft, codes_of, inside, named_twice, undeclared
from config.policy.words import DECIDING_OUTSIDE


def check_submissions(draft: SchoolDraft) -> Iterator[Finding]:
    """Each office is known and named once, and some of its months can come."""
    yield from named_twice([(inside(one, "office"), one.value.office) for one in draft.submissions])
    for one in draft.submissions:
        yield from undeclared(inside(one, "office"), [one.value.office], codes_of(draft.offices))
        if not one.value.months:
            yield inside(one, "months"), "至少要写一个", "must name something"
        if any(not 1 <= month <= 12 for month in one.value.months):
            yield inside(one, "months"), "月份应在 1 到 12 之间", "must be months from 1 to 12"
        if not 0 <= one.value.last_day <= 28:
            yield (
                inside(one, "last_day"),
                "应在 1 到 28 之间；整个月都收的，不写",
                "must be a day from 1 to 28; left out: all of the month",
            )


def never_submitted(draft: SchoolDraft) -> Iterator[Finding]:
    """Warn of an intake of an office to which no rule sends a claim."""
    effects = [one.value.effect for one in draft.rules]
    bodies = {one.office for one in effects if isinstance(one, AddStep) and one.add_step in DECIDING_OUTSIDE}
    for one in draft.submissions:
        if one.value.office not in bodies:
            yield (
                inside(one, "office"),
                "没有规则把事项报送到这个单位",
                "no rule sends a claim to this office",
            )
