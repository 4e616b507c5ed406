"""Check [silence]: known kinds and ways, and no two meanings of one silence."""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.lint.draft import Finding, Placed, inside, undeclared
from config.policy.words import CAMPAIGN_KINDS, TOLD_BY, Silence


def check_silence(placed: Placed[Silence]) -> Iterator[Finding]:
    silence = placed.value
    for key in ("deems", "deems_colleges", "colleges_deem_students"):
        yield from undeclared(inside(placed, key), getattr(silence, key), CAMPAIGN_KINDS)
    yield from undeclared(inside(placed, "told_by"), silence.told_by, TOLD_BY)
    where = inside(placed, "colleges_deem_students")
    for kind in silence.colleges_deem_students:
        if kind not in silence.deems_colleges:
            yield (
                where,
                f"{kind} 也要写在 deems_colleges 中：学院没有签认先要算数",
                f"{kind} must be in deems_colleges too: a college's silence must count first",
            )
        if kind in silence.deems:
            yield (
                where,
                f"{kind} 已写在 deems 中：不论学院是否签认，学生没有答复即视为无误",
                f"{kind} is in deems: the students' own silence counts already",
            )
