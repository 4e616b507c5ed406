"""Check the templates: each is complete, and its campaigns fit each other and those announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from config.calendar import MonthDay
from config.policy.lint.campaigns import check_plan, overlap
from config.policy.lint.cohorts import check_pairs
from config.policy.lint.draft import Finding, Placed, SchoolDraft, inside
from config.policy.templates import YEAR, named, plan_of
from config.policy.words import CampaignPlan, Template

SOME_YEAR = 2026


MOST_YEARS = 20


def check_templates(draft: SchoolDraft) -> Iterator[Finding]:
    """Each template is complete, and its campaigns do not conflict with each other or with announced ones."""
    last_day = draft.final_check.value.last_day if draft.final_check else None
    whole = []
    for template in draft.templates:
        said = template.value
        for key in ("title", "title_en"):
            if YEAR not in getattr(said, key):
                yield inside(template, key), "标题中要有 {year}", "the title must name the {year}"
        if said.last_at is not None and said.last is None:
            yield inside(template, "last_at"), "要与 last 一起写", "needs last beside it"
        if said.last is None and last_day is None:
            if not draft.has_final_check:
                yield (
                    template,
                    "缺少 last，policy.toml 也没有 [final_check]",
                    "last is missing, and policy.toml has no [final_check]",
                )
            continue
        if said.kind == "final" and said.last and last_day and said.last != last_day:
            yield (
                inside(template, "last"),
                f"与 [final_check] 的截止日 {last_day[0]:02}-{last_day[1]:02} 不一致；不写，即以它为准",
                "[final_check] says another last day",
            )
            said = replace(said, last=None, last_at=None)
        yield from check_pairs(template)
        if any(not 0 <= ago <= MOST_YEARS for ago in said.cohort.years_ago):
            key = "pairs" if said.cohort.pairs else "entered_years_ago"
            yield (
                Placed(template.file, (*template.where, "cohort", key), said),
                f"应在 0 至 {MOST_YEARS} 之间",
                f"years ago are 0 to {MOST_YEARS}",
            )
            continue
        yield from check_plan(
            Placed(template.file, template.where, plan_of(said, SOME_YEAR, last_day)), draft
        )
        whole.append(Placed(template.file, template.where, said))
    yield from _templates_meet(whole, last_day)
    yield from _beside_announced(whole, draft.campaigns, last_day)


def _templates_meet(templates: Sequence[Placed[Template]], last_day: MonthDay | None) -> Iterator[Finding]:
    """Templates with a campaign that overlaps another's in the same, the previous or the next year."""
    for n, later in enumerate(templates):
        mine = plan_of(later.value, SOME_YEAR, last_day)
        for earlier in templates[:n]:
            theirs = (plan_of(earlier.value, SOME_YEAR + years, last_day) for years in (0, -1, 1))
            met = next((other for other in theirs if overlap(other, mine)), None)
            if met is not None:
                yield later, f"与同类活动 {met.id} 的时间和范围重叠", f"overlaps {met.id} in time and cohort"


def _beside_announced(
    templates: Sequence[Placed[Template]],
    campaigns: Sequence[Placed[CampaignPlan]],
    last_day: MonthDay | None,
) -> Iterator[Finding]:
    """An announced campaign replaces the template's one of the same name and kind. It overlaps no other."""
    said = [template.value for template in templates]
    announced = {one.value.id for one in campaigns}
    for campaign in campaigns:
        plan = campaign.value
        namesake = named(said, plan.id)
        if namesake is not None and namesake[0].kind != plan.kind:
            yield (
                inside(campaign, "kind"),
                f"与同名样板的类别 {namesake[0].kind} 不一致",
                f"its template is of the kind {namesake[0].kind}",
            )
        years = range(plan.opens.year, plan.closes.year + 2)
        for made in (plan_of(one, year, last_day) for one in said for year in years):
            if made.id not in announced and overlap(made, plan):
                yield (
                    campaign,
                    f"与样板的 {made.id} 时间和范围重叠；要代替它，请用它的名称",
                    f"overlaps {made.id} of a template in time and cohort; to replace it, take its name",
                )
