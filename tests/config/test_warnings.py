"""What a text may say and probably does not mean is told with its line; the text loads all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import PolicyFaults, PolicyQuestion, QuestionFault, School, ask
from config.policy.lint.draft import Placed, SchoolDraft, Written
from config.policy.lint.never import rules_in_vain
from config.policy.predicates import PREDICATES, Lists
from config.policy.reading.decoding import TomlFile, read_file
from config.policy.reading.load import draft_of
from config.policy.reading.rules import rule_of
from tests.config.asking import amended, reads, rule, words
from tests.config.test_properties import any_questions, searched, whole, window


def warned(school: School) -> list[tuple[int, str]]:
    """The lines and words of the warnings about the rules."""
    return [(one.line, one.says) for one in school.warnings if one.file.endswith("policy.toml")]


def line_of(school: School, text: str) -> int:
    """The line of a text that stands once in the rules."""
    policy = school.texts["policy.toml"]
    assert policy.count(text) == 1
    return policy[: policy.index(text)].count("\n") + 1


# -- what nothing uses ----------------------------------------------------------------------------------


def test_what_a_list_names_and_nothing_uses_is_told_with_its_line(nchu: School, tmp_path: Path) -> None:
    """A code, cause, circumstance, window or office of no rule: five warnings, and the school is loaded."""
    more = (
        words("code", "NEVER_GIVEN", "CALENDAR_UNKNOWN")
        + words("cause", "whim")
        + words("variant", "abroad")
        + window("recess", "months = [8]")
        + words("evidence", "diary")
    )
    school = amended(tmp_path, nchu, policy=more, school=words("office", "canteen"))
    (office,) = [one for one in school.warnings if one.file.endswith("school.toml")]

    assert warned(school) == [
        (
            line_of(school, f'{key} = "{name}"') - 1,
            f"{place}：{name} 没有用到：{zh} / {name} is not used: {en}",
        )
        for key, name, place, zh, en in (
            ("code", "NEVER_GIVEN", "code[14]", "没有规则给出", "no rule gives it"),
            ("code", "whim", "cause[6]", "没有项目或规则写到", "no field and no rule names it"),
            ("code", "abroad", "variant[1]", "没有规则用到这种情形", "no rule names it"),
            ("id", "recess", "window[1]", "没有规则用到这个时间段", "no rule names it"),
        )
    ]
    assert (
        office.says
        == "office[4]：canteen 没有用到：没有规则交给这个部门 / canteen is not used: no rule names it"
    )


def test_what_one_rule_uses_is_in_use(nchu: School, tmp_path: Path) -> None:
    """A code that only warns, a cause only routed, a window only a deadline, an office only assigned or routed."""
    more = (
        words("code", "TOLD", "ELSEWHERE")
        + words("cause", "whim")
        + words("variant", "abroad")
        + window("recess", "months = [8]")
        + window("term", "months = [3]")
        + rule("test.warn", '{ field = ["XM"] }', '{ warn = "TOLD" }')
        + rule("test.route", '{ cause = ["whim"] }', '{ route = "canteen", code = "ELSEWHERE" }')
        + rule("test.assign", '{ variant = ["abroad"] }', '{ assign = "gate" }')
        + rule(
            "test.step", '{ inside = ["term"] }', '{ add_step = "check", office = "lodge", by = "recess" }'
        )
    )
    school = amended(tmp_path, nchu, policy=more, school=words("office", "canteen", "gate", "lodge"))

    assert school.warnings == ()


# -- rules that cannot hold -----------------------------------------------------------------------------

NEVER = [
    ('{ standing = "retained", status = ["休学"] }', "没有一种学籍状态符合 / can never hold: no enrolment status is left"),
    ('{ category = ["本科"], category_other_than = ["本科", "专升本"] }', "没有一种层次符合 / can never hold: no level is left"),
    ('{ origin_province = ["河北"], origin_province_other_than = ["河北"] }',
     "没有一个省份符合 / can never hold: no province is left"),
    ('{ filed_by = ["student"], filed_by_other_than = ["student"] }',
     "没有一种身份符合 / can never hold: no role or duty is left"),
    ('{ filed_by_other_than = ["student", "officer", "counsellor", "class_teacher", "teaching_secretary", '
     '"reviewer", "second_reviewer", "registrar"] }', "没有一种身份符合 / can never hold: no role or duty is left"),
    ('{ field = ["XM"], claimable = false }', "没有一个项目和原因符合 / can never hold: no field with a cause is left"),
    ('{ field = ["MZ"], claimable = true }', "没有一个项目和原因符合 / can never hold: no field with a cause is left"),
    ('{ field = ["PHOTO"], cause = ["legal_change"], cause_fits = true }',
     "没有一个项目和原因符合 / can never hold: no field with a cause is left"),
    ('{ field = ["XM", "XH"], changed = ["birth_year"] }',
     "这些项目没有这样的改变 / can never hold: the fields that are left cannot change so"),
    ("{ fields_over = 40 }", "没有这么多项目 / can never hold: there are not so many fields"),
    ("{ entered_since = 2024-09-01, entered_before = 2024-09-01 }",
     "日期的起止之间没有一天 / can never hold: no day lies between the two"),
    ("{ graduates_since = 2029-01-01, graduates_before = 2028-01-01 }",
     "日期的起止之间没有一天 / can never hold: no day lies between the two"),
    ("{ final_check_months_ahead = 12 }", "最后一次自查不会比毕业早这么多 / can never hold: no final check ends that early"),
    ('{ without = "registration", since = "registration" }',
     "既没有又要有 registration / can never hold: registration is both missing and wanted"),
    ('{ without = "registration", event_before = "registration" }',
     "既没有又要有 registration / can never hold: registration is both missing and wanted"),
    ('{ without = "graduation" }', "每个学生都有 graduation / can never hold: every student has graduation"),
    ('{ since = "graduation", before = "graduation" }',
     "既在 graduation 之前又在其后 / can never hold: it is both before graduation and after it"),
    ('{ event_since = "entry", event_before = "entry" }',
     "既在 entry 之前又在其后 / can never hold: it is both before entry and after it"),
    ('{ inside = ["fresh"], outside = ["fresh", "late"] }',
     "既在又不在同样的时间段里 / can never hold: it is both inside and outside of the same windows"),
    ('{ without = "registration", inside = ["fresh"] }',
     "这些时间段此时还没有开始 / can never hold: none of the windows has begun then"),
    ('{ before = "registration", inside = ["fresh"] }',
     "这些时间段此时还没有开始 / can never hold: none of the windows has begun then"),
    ('{ outside = ["spring", "late"] }', "这些时间段占满全年 / can never hold: the windows take up the whole year"),
    ('{ in_campaign = ["final"], out_of_campaign = ["final", "yearly"] }',
     "既在又不在同样的自查里 / can never hold: it is both in and out of the same campaigns"),
]  # fmt: skip
WINDOWS = (
    window("spring", "months = [1, 2, 3, 4, 5, 6]")
    + window("late", "months = [7, 8, 9, 10, 11, 12]")
    + window("fresh", 'after = "registration"', "for_days = 30")
)


def test_a_rule_that_can_never_hold_is_told_with_its_line(nchu: School, tmp_path: Path) -> None:
    """Each contradiction in a rule's conditions is named, at the rule's own ``when``; the school is loaded."""
    text = WINDOWS + "".join(
        rule(f"never.{n}", when, '{ refuse = "LEFT" }') for n, (when, _) in enumerate(NEVER)
    )
    school = amended(tmp_path, nchu, policy=text)
    first = len(nchu.policy.rules) + 1

    assert warned(school) == [
        (line_of(school, f"when = {when}\n"), f"rule[{first + n}].when：这条规则永远不成立：{says}")
        for n, (when, says) in enumerate(NEVER)
    ]


def test_a_status_in_none_of_the_lists_is_told(nchu: School, tmp_path: Path) -> None:
    """A record may carry any status, so the rule can hold; but a slip of the pen looks just so."""
    school = amended(
        tmp_path, nchu, policy=rule("test.slip", '{ status = ["休学", "体学"] }', '{ refuse = "LEFT" }')
    )
    ((line, says),) = warned(school)

    assert line == line_of(school, 'when = { status = ["休学", "体学"] }')
    assert reads(
        says, "rule[…].when：学籍状态“体学”不在 [statuses] 的任何一张名单里 / the status 体学 is in none of …"
    )


def test_a_rule_without_an_action_is_told(nchu: School, tmp_path: Path) -> None:
    """An empty list of actions is not the same as none named."""
    text = rule("test.idle", '{ field = ["XM"] }', '{ refuse = "LEFT" }').replace(
        "when", "actions = []\nwhen", 1
    )
    ((line, says),) = warned(school := amended(tmp_path, nchu, policy=text))

    assert line == line_of(school, "actions = []")
    assert reads(says, "rule[…].actions：没有写任何动作，这条规则从不适用 / names no action: it never holds")


LIFTED = [
    # the rule, the rule that lifts, whether the first can still speak
    ('{ field = ["XM"], since = "entry" }', '{ since = "entry" }', False),
    ('{ field = ["XM"], since = "entry" }', '{ field = ["XM"] }', False),
    ('{ field = ["XM"], since = "entry" }', '{ field = ["XH"] }', True),
    ('{ field = ["XM"] }', '{ field = ["XM"], since = "entry" }', True),
    ('{ since = "entry" }', '{ since = "entry", field = ["XM"] }', True),
]


@pytest.mark.parametrize(("barring", "lifting", "speaks"), LIFTED)
def test_a_rule_that_another_always_lifts_is_told(
    nchu: School, tmp_path: Path, barring: str, lifting: str, speaks: bool
) -> None:
    """Where the lifting rule asks for no more, in all its actions and for its claims, the other never speaks."""
    text = words("code", "BAR") + rule("test.bar", barring, '{ refuse = "BAR" }')
    school = amended(tmp_path, nchu, policy=text + rule("test.lift", lifting, '{ lift = ["BAR"] }'))
    lift = school.policy.rules[-1]

    assert [says for _, says in warned(school)] == ([] if speaks else [
        f"rule[{len(nchu.policy.rules) + 1}]：这条规则总被 test.lift 解除 / is always lifted by test.lift"
    ])  # fmt: skip
    assert lift.id == "test.lift"


def test_a_lift_in_fewer_actions_leaves_the_others(nchu: School, tmp_path: Path) -> None:
    """A rule on filing and confirming is not always lifted by one on filing alone."""
    bar = rule("test.bar", '{ since = "entry" }', '{ refuse = "BAR" }')
    lift = rule("test.lift", '{ since = "entry" }', '{ lift = ["BAR"] }').replace(
        "when", 'actions = ["raise"]\nwhen', 1
    )

    assert amended(tmp_path, nchu, policy=words("code", "BAR") + bar + lift).warnings == ()


# -- only what is certain -------------------------------------------------------------------------------

SAID: Mapping[str, tuple[object, ...]] = {
    "standing": ("enrolled", "retained", "left", "other"),
    "status": (["休学"], ["注册学籍", "休学"], ["保留入学资格"]),
    "category": (["本科"], ["专升本"]),
    "category_other_than": (["本科"], ["本科", "专升本"]),
    "origin_province": (["江西"], ["河北"]),
    "origin_province_other_than": (["江西"], ["江西", "河北"]),
    "filed_by": (["student"], ["registrar", "counsellor"]),
    "filed_by_other_than": (["student"], ["counsellor"]),
    "entered_since": (date(2024, 9, 1), date(2025, 9, 1)),
    "entered_before": (date(2024, 9, 1), date(2025, 9, 1)),
    "graduates_since": (date(2027, 7, 1), date(2028, 7, 1)),
    "graduates_before": (date(2027, 7, 1), date(2028, 7, 1)),
    "without": ("registration", "degree_registration", "supplement_over", "graduation"),
    "final_check_months_ahead": (1, 11, 12),
    "fields_any": (["PHOTO"], ["document"]),
    "fields_all": (["XM", "document"],),
    "fields_over": (1, 3, 40),
    "field": (["XM"], ["MZ"], ["SFZH", "PHOTO"]),
    "cause": (["legal_change"], ["photo", "rendering"]),
    "variant": (["moved"],),
    "claimable": (True, False),
    "cause_fits": (True, False),
    "changed": (["birth_year"], ["sex", "surname"], ["rendering"]),
    "event_before": ("registration", "graduation"),
    "event_since": ("registration", "graduation"),
    "corrected_times": (1,),
    "before": ("registration", "graduation", "final_check_over"),
    "since": ("registration", "graduation", "final_check_over"),
    "inside": (["months"], ["fresh", "between"], ["between"]),
    "outside": (["months"], ["fresh", "between"], ["days"]),
    "in_campaign": (["yearly"], ["final"]),
    "out_of_campaign": (["yearly"], ["final", "yearly"]),
    "study_year": ([1], [2, 3]),
    "confirmed": (True, False),
    "frozen": (True, False),
    "extended": (True, False),
    "opened": (True, False),
    "blank_any": (["XM"],),
    "finished": (["XM"], ["document"]),
}
"""Words with values of which some exclude each other and some do not."""
conditions = st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(SAID[name]) for name in names})
)


@cache
def read() -> tuple[SchoolDraft, TomlFile, Lists]:
    """The draft of the school with every word, its file of rules, and its lists."""
    files = {name: read_file(name, text.encode(), {}, []) for name, text in whole().texts.items()}
    draft = draft_of(files)
    assert draft.statuses
    lists = Lists(
        draft.statuses.value,
        tuple(one.value for one in draft.fields),
        tuple(one.value.code for one in draft.causes),
        tuple(one.value.code for one in draft.variants),
        {one.value.id: one.value for one in draft.windows},
    )
    return draft, files["policy.toml"], lists


def made(n: int, when: dict[str, Any], then: dict[str, Any]) -> Written:
    """A rule of these conditions, as if it stood in the file."""
    words = dict.fromkeys(("says", "says_en", "remedy", "remedy_en", "source"), "x")
    _, file, lists = read()
    rule = rule_of(
        Placed("policy.toml", ("rule", n), {"id": f"r{n}", "when": when, "then": then, **words}), file, lists
    )
    assert rule is not None
    return rule


@searched
@given(conditions, conditions, any_questions)
def test_a_rule_said_never_to_hold_never_does(
    barring: dict[str, Any], lifting: dict[str, Any], question: PolicyQuestion
) -> None:
    """Whatever the question: a rule of which the check says that it cannot hold or is always lifted gives no reason."""
    rules = [made(0, barring, {"refuse": "A"}), made(1, lifting, {"lift": ["A"]})]
    draft, _, _ = read()
    in_vain = {placed.where[1] for placed, _, _ in rules_in_vain(replace(draft, rules=rules))}
    school = replace(whole(), policy=replace(whole().policy, rules=tuple(one.value for one in rules)))
    try:
        answer = ask(school, question)
    except QuestionFault:
        return

    if "A" in answer.codes:
        assert 0 not in in_vain
    if any(effect["rule"] == "r1" for effect in answer.effects):
        assert 1 not in in_vain


def test_every_word_is_among_those_tried() -> None:
    """Whoever adds a word to the vocabulary adds it here, or the search would not know it."""
    assert set(SAID) == set(PREDICATES)


# -- windows that never open, and words of another vocabulary -------------------------------------------


def slips(tmp_path: Path, nchu: School, policy: str) -> list[str]:
    """The faults in the rules."""
    with pytest.raises(PolicyFaults) as caught:
        amended(tmp_path, nchu, policy=policy)
    return [fault.says for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("opens = 2026-05-02\ncloses = 2026-05-01", ".closes：截止早于开始 / closes before it opens"),
        ("months = []", "：时间段应恰以一种方式写明 / must be written in exactly one of the four ways"),
        (
            'after = "entry"\nuntil = "entry"',
            ".until：开始和结束是同一时刻，永远不会打开 / begins and ends at once: never opens",
        ),
    ],
)
def test_a_window_that_never_opens_is_a_fault(nchu: School, tmp_path: Path, line: str, says: str) -> None:
    """Whether or not a rule names it: nothing is loaded."""
    assert slips(tmp_path, nchu, window("shut", line)) == [f"window[1]{says}"]


@pytest.mark.parametrize("key", ["after", "until"])
def test_a_window_at_a_moment_that_the_school_never_has_is_a_fault(
    nchu: School, tmp_path: Path, key: str
) -> None:
    """A school without a limit for papers has no end of one; the fault stands at the window, rule or no rule."""
    text = nchu.texts["policy.toml"].replace("supplement_working_days = 5\n", "")
    text = text.replace('when = { since = "supplement_over" }', 'when = { since = "graduation" }')
    other = replace(nchu, texts={**nchu.texts, "policy.toml": text})

    assert slips(tmp_path, other, window("shut", f'{key} = "supplement_over"', "for_days = 3")) == [
        f"window[1].{key}：用到补正期限，但 [periods] 没有 supplement_working_days / "
        "needs supplement_working_days in [periods]"
    ]
