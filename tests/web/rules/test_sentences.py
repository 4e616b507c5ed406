"""The rules as sentences: every word of the vocabulary is heard, in both languages, and no raw name is."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config.calendar import SHANGHAI
from config.policy import School, load_school
from config.policy.asked import MOMENTS
from config.policy.effects import EFFECTS
from config.policy.facts import ALL
from config.policy.predicates import PREDICATES
from config.policy.words import ACTIONS, CAMPAIGN_KINDS, COLUMNS, STANDINGS, VOIDED_BY, Window
from config.settings import ROOT
from web.rules.phrases import ACTION, FACT, MOMENT, STANDING, THEN, VOIDS, WHEN
from web.rules.sentences import GROUP_OF, rules_said, sentence
from web.rules.times import window_said
from web.shared.labels import CHECKS

SCHOOLS = sorted(folder.name for folder in (ROOT / "config" / "schools").iterdir())
HAN = re.compile("[\u3400-\u9fff]")


@cache
def school(name: str) -> School:
    """A school of the repository."""
    return load_school(Path(ROOT / "config" / "schools" / name))


OTHER: dict[str, tuple[Any, Any]] = {
    "refuse": ("LEFT", "NOT_REGISTERED"),
    "route": ("registrar", "college"),
    "code": ("LEFT", "NOT_REGISTERED"),
    "defer": ("LEFT", "NOT_REGISTERED"),
    "require": ("id_card", "other"),
    "instead": ((), ("other",)),
    "add_step": ("check", "approval"),
    "office": ("registrar", "college"),
    "working_days": (0, 5),
    "days": (0, 5),
    "months": (0, 2),
    "by": ("", "somewhen"),
    "duty": ("", "reviewer"),
    "four_eyes": (False, True),
    "rolls": (False, True),
    "once": (False, True),
    "void_by": ((), ("explanation",)),
    "assign": ("registrar", "college"),
    "warn": ("LEFT", "NOT_REGISTERED"),
    "lock": (("XM",), ("XM", "XB")),
    "reconfirm": (7, 30),
    "lift": (("LEFT",), ("LEFT", "NOT_REGISTERED")),
}
"""Two values of every key that an effect may have."""


def test_every_word_of_the_vocabulary_has_a_phrase_and_a_group() -> None:
    """A predicate, effect, moment, action, kind or fact that a school may write is one that people can read."""
    assert PREDICATES.keys() == WHEN.keys()
    assert EFFECTS.keys() == THEN.keys() == GROUP_OF.keys()
    assert MOMENTS.keys() == MOMENT.keys() and set(STANDINGS) == STANDING.keys()
    assert set(ACTIONS) == ACTION.keys() and set(CAMPAIGN_KINDS) <= CHECKS.keys()
    assert set(VOIDED_BY) == VOIDS.keys()
    assert not {name.removesuffix("_en") for name in ALL} - FACT.keys()


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_key_of_an_effect_is_heard_in_its_sentence(nchu: School, effect: str) -> None:
    """Whatever a school adds to an effect changes what both languages say of it."""
    keys = [one.name for one in fields(EFFECTS[effect])]
    plain = {key: OTHER[key][0] for key in keys}
    for key in keys:
        changed = {**plain, key: OTHER[key][1]}
        before, after = sentence(nchu, {}, plain), sentence(nchu, {}, changed)
        assert before[0] != after[0] and before[1] != after[1], key


@pytest.mark.parametrize("name", SCHOOLS)
def test_every_rule_reads_as_a_sentence_without_a_raw_name(name: str) -> None:
    """No id, code, column or other key of the files is on the page, in Chinese or in English."""
    it = school(name)
    policy = it.policy
    lists = (policy.codes, policy.causes, policy.variants, policy.windows, policy.evidence_kinds, it.offices)
    keys = {key for words in lists for key in words} | set(COLUMNS)
    raw = {key for key in keys if "_" in key or "-" in key or key.isupper()}
    said = [one for rules in rules_said(it).values() for one in rules]
    assert sorted(one.place for one in said) == list(range(len(policy.rules)))
    for one in said:
        for zh, en in (one.sentence, one.says, one.remedy, one.about):
            words = set(re.findall(r"[\w.-]+", f"{zh} {en}", re.ASCII))
            assert not words & (raw | {one.rule.id}), (zh, en)
            assert "{" not in zh + en and bool(zh) == bool(en)
        assert (
            HAN.search(one.sentence[0]) and one.sentence[0].endswith("。") and one.sentence[1].endswith(".")
        )


def test_a_rule_is_told_by_its_conditions_and_its_effect(nchu: School) -> None:
    """The conditions as the school wrote them, joined, and what follows from them."""
    when = {"field": ["XM", "XB"], "cause": ["legal_change"], "entered_before": date(2024, 9, 1)}
    then = {"require": "household_book", "instead": ["police_paper"], "code": "MISSING_EVIDENCE"}
    assert sentence(nchu, when, then) == (
        "更正姓名或性别，且原因是“入学后在公安机关依法变更”，且2024年9月1日之前入学的，"
        "须交户口簿（也可以用：公安机关的变更证明），否则：缺少证明材料。",
        "If the correction is about name or sex and the cause is “changed by law since” and the student entered "
        "before 1 September 2024, this paper is needed: household book (or police certificate of the change); "
        "otherwise: a paper is missing.",
    )


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"months": (3, 12)}, "每年3月和12月"),
        ({"first": (9, 15), "last": (10, 15)}, "每年9月15日—10月15日"),
        ({"opens": datetime(2024, 10, 1, tzinfo=SHANGHAI)}, "从2024年10月1日起"),
        ({"closes": datetime(2024, 10, 8, 17, tzinfo=SHANGHAI)}, "到2024年10月8日 17:00为止"),
        ({"after": "entry", "for_months": 1}, "入学后 1 个月内"),
        ({"until": "graduation", "for_days": 30}, "预计毕业前 30 天内"),
        ({"after": "entry", "until": "graduation"}, "从入学到预计毕业"),
        ({"after": "final_check_over"}, "从末次自查截止起"),
        ({"until": "registration"}, "到学籍注册为止"),
        ({"months": (3,), "rolls": True}, "每年3月；末日不办公的，顺延到下一个办公日"),
    ],
)
def test_each_way_to_write_a_window_is_read_in_words(keys: dict[str, Any], says: str) -> None:
    """A clerk reads from when to when, whichever of the ways the school has chosen."""
    zh, en = window_said(Window("w", "受理期", "intake", "通知", **keys))
    assert zh == says and en and not HAN.search(en)
