"""A school's rules as sentences, made from what the school wrote: the conditions and the effect."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from config.policy import Rule, School
from web.rules.phrases import ACTION, FACT, THEN, WHEN, Pair, all_of

GROUPS: Mapping[str, Pair] = {
    "who": ("谁可以办理", "Who may file"),
    "elsewhere": ("由别处办理的", "What is handled elsewhere"),
    "papers": ("要交的材料", "Papers"),
    "steps": ("办理环节和部门", "Steps and offices"),
    "aside": ("锁定、提醒和再确认", "Locks, warnings, confirmations"),
    "lifted": ("例外", "Exceptions"),
}
"""What rules do, in the order of the page."""

GROUP_OF: Mapping[str, str] = {
    "refuse": "who",
    "defer": "who",
    "route": "elsewhere",
    "require": "papers",
    "add_step": "steps",
    "assign": "steps",
    "lock": "aside",
    "warn": "aside",
    "reconfirm": "aside",
    "lift": "lifted",
}
"""The group of each effect."""


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One rule in words. ``place``: its place in the text. ``about``: its actions."""

    place: int
    rule: Rule
    sentence: Pair
    effect: str
    about: Pair
    says: Pair
    remedy: Pair


def rules_said(school: School) -> dict[str, list[RuleSaid]]:
    """All rules of a school in words, by group, in the order of the text."""
    found: dict[str, list[RuleSaid]] = {name: [] for name in GROUPS}
    for place, (_, effect) in enumerate(_written(school)):
        found[GROUP_OF[_key(effect)]].append(_said(school, place))
    return {name: rules for name, rules in found.items() if rules}


def rule_said(school: School, id: str) -> RuleSaid | None:
    """One rule in words, or None."""
    ids = [rule.id for rule in school.policy.rules]
    return _said(school, ids.index(id)) if id in ids else None


def sentence_of(school: School, id: str) -> Pair:
    """The sentence of one rule. Empty if this text has no such rule."""
    found = rule_said(school, id)
    return found.sentence if found else ("", "")


def _said(school: School, place: int) -> RuleSaid:
    rule, (when, then) = school.policy.rules[place], _written(school)[place]
    return RuleSaid(
        place=place,
        rule=rule,
        sentence=sentence(school, when, then),
        effect=_key(then),
        about=all_of(ACTION[one] for one in rule.actions),
        says=named(rule.says, rule.says_en),
        remedy=named(rule.remedy, rule.remedy_en),
    )


def sentence(school: School, when: Mapping[str, Any], then: Mapping[str, Any]) -> Pair:
    """One sentence of a rule's conditions and its effect."""
    conditions = [WHEN[word](school, value) for word, value in when.items()]
    done, done_en = THEN[_key(then)](school, then)
    if not conditions:
        return f"各项一律{done}。", f"In every case, {done_en}."
    zh, en = "，且".join(one for one, _ in conditions), " and ".join(one for _, one in conditions)
    return f"{zh}的，{done}。", f"If {en}, {done_en}."


def named(says: str, says_en: str) -> Pair:
    """A text of a rule with the names of its facts in place of their keys."""
    chinese = {key: f"〔{zh}〕" for key, (zh, _) in FACT.items()}
    english = {f"{key}{end}": f"[{en}]" for key, (_, en) in FACT.items() for end in ("", "_en")}
    zh = says.format_map(chinese).replace(" 〔", "〔").replace("〕 ", "〕")
    return zh, says_en.format_map(english)


@lru_cache(maxsize=8)
def _written_in(text: str) -> tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...]:
    return tuple((one.get("when", {}), one["then"]) for one in tomllib.loads(text)["rule"])


def _written(school: School) -> tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...]:
    """The ``when`` and ``then`` of each rule as the school wrote them."""
    return _written_in(school.texts["policy.toml"])


def _key(then: Mapping[str, Any]) -> str:
    return next(word for word in THEN if word in then)
