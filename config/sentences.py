"""Kept sentences 常用语: wording for decisions, by outcome and cause, with facts of the case in braces.

A sentence is wording and no rule: no digest of a policy covers it, and what a student reads is what the
reviewer sent. A fact that a case does not have, or that pages of the staff mask, leaves its sentence out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "approved": ("同意更正", "approved"),
        "refused": ("不予更正", "refused"),
        "already_right": ("原记录无误", "already right"),
        "ask": ("退回补正", "asked back"),
    }
)
"""For what a sentence is kept."""

SENTENCE_FACTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "field": ("更正事项的名称", "what is to be corrected"),
        "cause": ("错误原因", "why it is said to be wrong"),
        "old": ("提出时的记录", "the recorded value"),
        "new": ("申请改为的内容", "the claimed value"),
        "event_date": ("变更日期", "the day of the change"),
        "papers": ("所附材料的名称", "the papers handed in"),
        "filed_on": ("提出申请的日期", "the day of the filing"),
        "answer_by": ("今天退回的补正截止日期", "the last day to answer what is asked today"),
        "office": ("办公室", "the office"),
        "room": ("房间", "its room"),
        "phone": ("电话", "its telephone"),
        "hours": ("办公时间", "its hours"),
        "school": ("校名", "the school"),
    }
)
"""Every fact that a sentence may name, and what it is. Nothing that pages of the staff mask is among them."""

LONGEST = 300
_BRACES = re.compile(r"\{([^{}]*)\}")

SentenceFault = tuple[str, str, str]
"""What is wrong with a sentence: its part, in Chinese, in English."""


@dataclass(frozen=True, slots=True)
class SentenceKept:
    """One kept sentence: its outcome, its cause ('' for any), and its words in both languages."""

    outcome: str
    says: str
    says_en: str
    cause: str = ""

    def faults(self) -> Iterator[SentenceFault]:
        """Everything that is wrong with it by itself; causes are the school's to know."""
        if self.outcome not in OUTCOMES:
            yield (
                "outcome",
                f"应为 {'、'.join(OUTCOMES)} 之一",
                f"must be one of {', '.join(OUTCOMES)}",
            )
        if not self.says:
            yield "says", "没有填写", "is missing"
        for part, words in (("says", self.says), ("says_en", self.says_en)):
            yield from _faults_of(part, words)


def _faults_of(part: str, words: str) -> Iterator[SentenceFault]:
    if len(words) > LONGEST or not words.isprintable():
        yield part, f"应为一行，最多 {LONGEST} 个字", f"must be one line of {LONGEST} characters at most"
    for name in dict.fromkeys(_BRACES.findall(words)):
        if name not in SENTENCE_FACTS:
            yield (
                part,
                f"没有 {{{name}}} 这一项；可以写的有 {_in_braces()}",
                f"there is no {{{name}}}; known are {_in_braces()}",
            )
    if any(brace in _BRACES.sub("", words) for brace in "{}"):
        yield part, "花括号没有成对", "has a brace without its pair"


def _in_braces() -> str:
    return " ".join(f"{{{name}}}" for name in SENTENCE_FACTS)


def filled_in(words: str, facts: Mapping[str, str]) -> str | None:
    """The words with their facts filled in, or None if one of them is not known."""
    if any(not facts.get(name) for name in _BRACES.findall(words)):
        return None
    return _BRACES.sub(lambda found: facts[found[1]], words)
