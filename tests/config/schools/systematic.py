"""A wide, systematic set of questions to a school: each of its claims on every day on which its rules may turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from config.policy import School

DAY = timedelta(days=1)
ENTERED = (date(2022, 9, 10), date(2023, 1, 31))
STUDENT: dict[str, Any] = {
    "category": "本科",
    "years": 4,
    "enrolment_status": "注册学籍",
    "degree_registered_on": None,
    "origin_province": "河北",
    "college": "信息工程学院",
}
OTHERS: tuple[dict[str, Any], ...] = (
    {"category": "专科"},
    {"category": "硕士研究生"},
    {"enrolment_status": "休学"},
    {"enrolment_status": "保留入学资格"},
    {"enrolment_status": "退学"},
    {"enrolment_status": "转专业"},
    {"origin_province": "吉林"},
    {"registered_on": None},
    {"degree_registered_on": "2025-06-20"},
)
"""Students who differ from the ordinary one in one thing."""


def questions(school: School, actions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every question as its JSON object, in a fixed order."""
    claims = [*_claims(school)]
    for entered in ENTERED:
        student = {**STUDENT, **_days(entered)}
        for at, claim in product(_moments(entered), claims):
            yield _question(at, "raise", student, claim)
        for at, action, other in product(_moments(entered)[::7], actions, ({}, *OTHERS)):
            for filed_by, claim in product(("student", "registrar"), (claims[0], claims[-1])):
                yield _question(at, action, {**student, **other}, claim, filed_by)


def _days(entered: date) -> dict[str, Any]:
    return {
        "entry_date": entered.isoformat(),
        "expected_graduation": f"{entered.year + 4}-07-01",
        "registered_on": (entered + 30 * DAY).isoformat(),
    }


def _moments(entered: date) -> list[datetime]:
    """Every second month's 15th of five years, and the days around the ends of months from the entry."""
    days = {date(entered.year + n // 12, n % 12 + 1, 15) for n in range(8, 60, 2)}
    for months in (1, 6):
        near = entered + timedelta(days=round(months * 30.44))
        days |= {near + n * DAY for n in range(-4, 5)}
    days |= {date(entered.year + 4, 4, 30), date(entered.year + 4, 5, 1)}
    return [datetime(day.year, day.month, day.day, 10) for day in sorted(days)]


def _claims(school: School) -> Iterator[list[dict[str, Any]]]:
    """No claim, each field with each of its causes, and all fields at once; with all papers and with none."""
    yield []
    papers = sorted(school.policy.evidence_kinds)
    for field in school.fields:
        for cause in field.causes:
            yield [_claim(field.code, cause, papers)]
            yield [_claim(field.code, cause, [])]
    yield [_claim(field.code, field.causes[0], papers) for field in school.fields if field.causes]


def _claim(field: str, cause: str, papers: list[str]) -> dict[str, Any]:
    values = {"SFZH": ("110105200601120021", "110105200501130022"), "CSRQ": ("2006-01-12", "2005-01-13")}
    old, new = values.get(field, ("张三", "张三丰"))
    return {
        "field": field,
        "cause": cause,
        "event_date": "2024-03-05",
        "old": old,
        "new": new,
        "evidence": papers,
    }


def _question(
    at: datetime,
    action: str,
    student: dict[str, Any],
    claims: list[dict[str, Any]],
    filed_by: str = "student",
) -> dict[str, Any]:
    asked = {
        "at": f"{at.isoformat()}+08:00",
        "action": action,
        "student": student,
        "claims": claims,
        "filed_by": filed_by,
    }
    if action != "supplement":
        return asked
    back = {
        "fields": [one["field"] for one in claims] or ["XM"],
        "filed_on": "2024-02-01",
        "state": "returned",
    }
    return {**asked, "open_requests": [{**back, "returned_on": (at.date() - 3 * DAY).isoformat()}]}
