"""How fast a school's rules answer many different questions on one core.

The baseline is the minimum of the same job: the same questions parsed from JSON and written back, without any
rule.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from config.calendar import SHANGHAI
from config.policy import PolicyQuestion, School, ask, load_school
from config.settings import ROOT

QUESTIONS = 100_000
SCHOOLS = ROOT / "config" / "schools"
FIRST = "nchu"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
SAMPLE = 5_000
"""How many questions the other schools are asked, for comparison."""

STATUSES = ("注册学籍",) * 16 + ("休学", "保留学籍", "保留入学资格", "退学")
CLAIMS: tuple[dict[str, Any], ...] = (
    {"field": "XM", "cause": "legal_change", "event_date": "2025-03-01", "old": "张三", "new": "张杉"},
    {"field": "SFZH", "cause": "admission_error", "old": "11010519491231002X", "new": "440524188001010014"},
    {"field": "CSRQ", "cause": "admission_error", "old": "2006-01-12", "new": "2006-01-21"},
    {"field": "MZ", "cause": "admission_error", "old": "汉族", "new": "回族"},
)


@dataclass(frozen=True, slots=True)
class PolicyFigure:
    """A number of questions, and the seconds they took."""

    name: str
    questions: int
    seconds: float

    @property
    def each(self) -> float:
        """Microseconds for one question."""
        return self.seconds / self.questions * 1e6


def run() -> Iterator[str]:
    """Measure. Yields one line for each figure."""
    lines = [json.dumps(one, ensure_ascii=False) for one in _questions(QUESTIONS)]
    school = load_school(SCHOOLS / FIRST)
    yield _line(_timed("JSON, no rule asked", lines, lambda line: json.dumps(json.loads(line))))
    yield _line(_timed(f"{FIRST}: JSON in, JSON out", lines, lambda line: _whole(school, line)))
    questions = [PolicyQuestion.from_json(json.loads(line)) for line in lines]
    yield _line(_timed(f"{FIRST}: asked", questions, lambda one: ask(school, one)))
    for folder in sorted(SCHOOLS.iterdir()):
        if folder.name != FIRST:
            other = load_school(folder)
            fitting = [one for one in questions if not one.claims][:SAMPLE]
            yield _line(_timed(f"{folder.name}: asked", fitting, partial(ask, other)))


def _whole(school: School, line: str) -> str:
    answer = ask(school, PolicyQuestion.from_json(json.loads(line)))
    return _encode(answer.as_json())


def _timed(name: str, given: Sequence[Any], job: Callable[[Any], object]) -> PolicyFigure:
    start = time.process_time()
    for one in given:
        job(one)
    return PolicyFigure(name, len(given), time.process_time() - start)


def _line(figure: PolicyFigure) -> str:
    return f"{figure.name:<32}{figure.questions:>8}{figure.seconds:>9.2f} s{figure.each:>9.1f} µs"


def _questions(count: int) -> Iterator[dict[str, Any]]:
    """Students of all years and statuses filing at any time of their study, two in three with claims."""
    chance = random.Random(20241023)
    for _ in range(count):
        entered = date(chance.choice((2021, 2022, 2023, 2024)), 9, 1 + chance.randrange(15))
        years = chance.choice((2, 4, 4, 4, 5))
        at = datetime(entered.year, 9, 1, 10, tzinfo=SHANGHAI) + timedelta(
            minutes=chance.randrange(2_200_000)
        )
        claims = chance.sample(CLAIMS, chance.choice((0, 1, 1, 1, 2, 3)))
        yield {
            "at": at.isoformat(),
            "action": "raise",
            "student": {
                "category": "专升本" if years == 2 else "本科",
                "entry_date": entered.isoformat(),
                "expected_graduation": f"{entered.year + years}-07-01",
                "years": years,
                "enrolment_status": chance.choice(STATUSES),
                "registered_on": f"{entered.year}-10-15",
                "degree_registered_on": None,
                "origin_province": chance.choice(("江西", "河北", "吉林")),
                "college": "信息工程学院",
            },
            "claims": claims,
            "evidence": chance.choice(([], ["id_card"], ["household_book"])),
            "filed_by": "student",
        }
