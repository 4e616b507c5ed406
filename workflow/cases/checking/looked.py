"""The student's word that they looked at their record on the platform: kept apart from an export's."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.cases.attempt import Attempt
from workflow.engine import Change, by_name, in_words
from workflow.history.codes import LOOKED_ON, Code
from workflow.verdict import Reason


@in_words("查看的日期在自查期间", "the day of looking lies within the campaign")
def looking_day_fits(attempt: Attempt) -> Iterator[Reason]:
    """The day is no day ahead, and none before the campaign: the notice asks to look during it."""
    day, campaign = attempt.details.get("looked_on"), attempt.subject.campaign
    if day is None:
        yield Reason(
            "day_missing", "请填写在学信网查看学籍信息的日期。", remedy="如还没有查看，请先登录学信网查看。"
        )
    elif day > attempt.at.date():
        yield Reason("day_ahead", "填写的日期还没有到。", remedy="请填写实际查看的那一天。")
    elif campaign is not None and day < campaign.opens_at.date():
        yield Reason(
            "looked_too_early",
            "自查从 {opens} 开始，填写的日期在此之前。",
            {"opens": campaign.opens_at.date()},
            remedy="请在自查期间登录学信网查看，再填写那一天。",
        )


def note_looked(attempt: Attempt, change: Change) -> None:
    """Keep the day. What an export says stays beside it."""
    day = attempt.details["looked_on"]
    change.columns["looked_on"] = day.isoformat()
    change.codes.append(Code.on_day(LOOKED_ON, day))


CHECKS = by_name(looking_day_fits)
EFFECTS = by_name(note_looked)
