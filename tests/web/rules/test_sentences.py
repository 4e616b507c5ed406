"""The rules as sentences: every word of the vocabulary is heard, in both languages, and no raw name is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
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
from config.policy.words import (
    ACTIONS,
    CAMPAIGN_KINDS,
    COLUMNS,
    STANDINGS,
    TOLD_BY,
    VOIDED_BY,
    Cohort,
    CohortPair,
    Silence,
    Window,
    YearlyCohort,
    YearlyPair,
)
from config.settings import ROOT
from web.rules.phrases import ACTION, FACT, LEVEL, MOMENT, STANDING, THEN, VOIDS, WHEN, Pair
from web.rules.sentences import GROUP_OF, rules_said, sentence
from web.rules.silence import TOLD, silence_said
from web.rules.times import cohort_said, window_said
from web.shared.labels import CHECKS
from workflow.records.claimed import LEVELS

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
    assert set(VOIDED_BY) == VOIDS.keys() and set(TOLD_BY) == TOLD.keys()
    assert set(LEVELS) == LEVEL.keys()
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


def _alters(said: Callable[[Any], Pair], plain: Any, other: Mapping[str, Any]) -> None:
    """Every key but the source changes what is said, in both languages."""
    keys = {one.name for one in fields(plain)} - {"source"}
    assert keys == other.keys()
    for key, value in other.items():
        before, after = said(plain), said(replace(plain, **{key: value}))
        assert before[0] != after[0] and before[1] != after[1], key


def test_every_key_of_a_silence_is_heard() -> None:
    """What counts as an answer, whose silence counts and what counts as notice are all on the page."""
    other = {
        "deems": ("final", "yearly"),
        "told_by": ("page", "counsellor"),
        "deems_colleges": ("final",),
        "colleges_deem_students": ("freshman",),
        "deferred_counts": True,
    }
    _alters(_silence, Silence(("final",), "通知"), other)


def _silence(silence: Silence) -> Pair:
    said = [one for _, lines in silence_said(silence) for one in lines]
    return "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)


def test_every_key_of_a_cohort_is_heard(nchu: School) -> None:
    """Nobody has to open a file to learn whom a campaign is about, announced or of every year."""
    plain = {"levels": ("本科",), "statuses": ("注册学籍",)}
    more = {"levels": ("本科", "专科"), "statuses": ("注册学籍", "休学"), "last_check": True}
    pairs = {"pairs": (CohortPair("本科", 2024),)}
    dated = {"graduates_since": date(2027, 7, 1), "graduates_until": date(2028, 6, 30)}
    cohort = Cohort(entry_years=(2024,), **plain)
    _alters(lambda one: cohort_said(nchu, one), cohort, {"entry_years": (2023,), **more, **pairs, **dated})
    yearly = {"entered_years_ago": (1,), "pairs": (YearlyPair("专科", 2),)}
    _alters(lambda one: cohort_said(nchu, one), YearlyCohort(**plain), {**more, **yearly})


def test_a_cohort_of_pairs_is_told_pair_by_pair(nchu: School) -> None:
    """Each level with its entry year; the levels have English names."""
    enrolled = nchu.policy.statuses.enrolled
    pairs = (CohortPair("本科", 2021), CohortPair("专科", 2022))
    assert cohort_said(nchu, Cohort((), (), enrolled, pairs=pairs)) == (
        "2021 年入学的本科、2022 年入学的专科；在籍",
        "undergraduates who entered in 2021, junior college students who entered in 2022; enrolled",
    )
    ago = (YearlyPair("本科", 3), YearlyPair("专科", 1))
    assert cohort_said(nchu, YearlyCohort((), enrolled, pairs=ago)) == (
        "3 年前入学的本科、1 年前入学的专科；在籍",
        "undergraduates who entered 3 years before, junior college students who entered 1 year before; enrolled",
    )


def test_a_moment_that_has_come_is_told_with_its_own_day(nchu: School) -> None:
    """The day of an event belongs to the time since it; what follows a last day begins after that."""
    then = {"refuse": "LEFT"}
    assert sentence(nchu, {"since": "degree_registration"}, then) == (
        "在学历注册当天或以后的，不能办理：已离校。",
        "If it is the day of the registration of the degree or later, it is not accepted: has left the school.",
    )
    assert sentence(nchu, {"since": "final_check_over"}, then) == (
        "在末次自查截止之后的，不能办理：已离校。",
        "If it is after the end of the final check, it is not accepted: has left the school.",
    )
    assert sentence(nchu, {"event_since": "final_check_over"}, then)[0].startswith(
        "材料上的变更日期在末次自查截止之后"
    )


def test_one_is_not_told_as_many_in_english(nchu: School) -> None:
    """1 month, 2 months: of a window, of a step and of a condition."""
    step = {"add_step": "check", "office": "registrar"}
    for n, said in ((1, "1 month"), (2, "2 months")):
        window = Window("w", "受理期", "intake", "通知", after="entry", for_months=n)
        for text in (
            window_said(window)[1],
            sentence(nchu, {}, {**step, "months": n})[1],
            sentence(nchu, {"final_check_months_ahead": n}, {"warn": "LEFT"})[1],
        ):
            assert re.search(rf"\b{said}\b", text), text


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
        assert one.about[0]
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
