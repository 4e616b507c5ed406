"""Policy questions for tests: an ordinary student who may file, with changes by each test."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config.calendar import SHANGHAI
from config.policy import (
    Answer,
    CampaignWindow,
    ClaimAsked,
    PolicyQuestion,
    School,
    Student,
    ask,
    load_school,
)


def moment(text: str) -> datetime:
    """``2024-04-30 23:59:59`` in Asia/Shanghai. The time is optional."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def student(**said: Any) -> Student:
    """A four-year undergraduate of 2024. Days may be given as text."""
    ordinary: dict[str, Any] = {
        "category": "本科",
        "entry_date": "2024-09-15",
        "expected_graduation": "2028-07-01",
        "years": 4,
        "enrolment_status": "注册学籍",
        "registered_on": "2024-10-15",
        "degree_registered_on": None,
        "origin_province": "江西",
        "college": "信息工程学院",
    }
    days = ("entry_date", "expected_graduation", "registered_on", "degree_registered_on")
    values = {**ordinary, **said}
    return Student(
        **{
            name: date.fromisoformat(value) if name in days and isinstance(value, str) else value
            for name, value in values.items()
        }
    )


def question(at: str, *claims: ClaimAsked, action: str = "raise", **said: Any) -> PolicyQuestion:
    """A question about filing. Arguments unknown to PolicyQuestion are passed to the student."""
    names = (
        "evidence",
        "filed_by",
        "begun_at",
        "extended_until",
        "campaigns",
        "open_requests",
        "done_requests",
        "confirmed_on",
        "opened_until",
        "frozen_on",
        "frozen_until",
        "blank",
    )
    own = {name: said.pop(name) for name in names if name in said}
    return PolicyQuestion(at=moment(at), action=action, student=student(**said), claims=claims, **own)


def answer(school: School, at: str, *claims: ClaimAsked, **said: Any) -> Answer:
    """The school's answer to such a question."""
    return ask(school, question(at, *claims, **said))


def final_campaign(opens: str, closes: str) -> CampaignWindow:
    """A published check of a graduating class. An end with a time of day is a moment."""
    return CampaignWindow("final", _end(opens), _end(closes))


def _end(text: str) -> date | datetime:
    return moment(text) if len(text) > 10 else date.fromisoformat(text)


def rule(id: str, when: str, then: str, **said: str) -> str:
    """A rule as a registrar writes it. Its sentences are placeholders unless a test sets them."""
    words = {"says": "说", "says_en": "said", "remedy": "办", "remedy_en": "do", "source": "测试", **said}
    lines = [f'{key} = "{value}"' for key, value in words.items()]
    return "\n".join(["", "[[rule]]", f'id = "{id}"', f"when = {when}", f"then = {then}", *lines, ""])


def in_first_words(policy: str) -> str:
    """The first school's rules without what the first vocabulary cannot say."""
    text = re.sub(r"\n\[\[(?:checklist|batch)\]\]\n(?:.+\n)+", "", policy)
    return text.replace("vocabulary = 2\n", "").replace(', "dispute"]', "]")


def words(table: str, *codes: str) -> str:
    """Entries of a list of codes."""
    return "".join(f'\n[[{table}]]\ncode = "{one}"\nzh = "{one}"\nen = "{one}"\n' for one in codes)


def amended(folder: Path, school: School, /, **more: str) -> School:
    """A school with additions at the end of its files, which are written into the folder."""
    return load_school(written(folder, school, **more))


def written(folder: Path, school: School, /, **more: str) -> Path:
    """The files of a school with additions at their ends."""
    for name, text in school.texts.items():
        (folder / name).write_text(text + more.get(name.removesuffix(".toml"), ""), encoding="utf-8")
    return folder


def reads(says: str, expected: str) -> bool:
    """True when the text matches line by line. … in the expected text matches anything within a line."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), says) is not None
