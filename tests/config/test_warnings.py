"""What a text may say and probably does not mean is told with its line; the text loads all the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import Fault, PolicyFaults, PolicyQuestion, QuestionFault, School, ask, vanished
from config.policy.lint.draft import Placed, SchoolDraft, Written
from config.policy.lint.never import rules_in_vain
from config.policy.predicates import PREDICATES, SINCE_2, Lists
from config.policy.reading.decoding import TomlFile, read_file
from config.policy.reading.load import draft_of
from config.policy.reading.rules import rule_of
from config.policy.words import COLUMNS
from tests.config.asking import amended, in_first_words, reads, rule, words
from tests.config.test_properties import any_questions, searched, whole, window
from tests.workflow.cases.rules import driving


def warned(school: School) -> list[tuple[int, str]]:
    """The lines and words of the warnings about the rules."""
    return [(one.line, one.says) for one in school.warnings if one.file.endswith("policy.toml")]


def line_of(school: School, text: str) -> int:
    """The line of a text that stands once in the rules."""
    policy = school.texts["policy.toml"]
    assert policy.count(text) == 1
    return policy[: policy.index(text)].count("\n") + 1


# -- what nobody has ------------------------------------------------------------------------------------


def test_a_level_that_the_platform_does_not_write_is_told_with_its_place(
    nchu: School, tmp_path: Path
) -> None:
    """In a rule, a cohort or a pair: nobody would be taken in, and nothing else would say so."""
    more = words("code", "BAR") + rule(
        "test.level", '{ category = ["本科生", "本科"] }', '{ refuse = "BAR" }'
    )
    text = nchu.texts["campaigns.toml"]
    cohort = 'pairs = [{ level = "专升本生", entry_year = 2024 }]'
    spoilt = text.replace('entry_years = [2024]\nlevels = ["本科", "专升本"]', cohort)
    school = amended(tmp_path, replace(nchu, texts={**nchu.texts, "campaigns.toml": spoilt}), policy=more)
    known = "博士研究生、硕士研究生、第二学士学位、本科、专升本、高起本、专科、专科(高职)、高职(专科)、预科"

    assert spoilt != text
    assert [(one.file.partition("/")[2], one.says) for one in school.warnings] == [
        (file, f"{where}：平台没有“{level}”这种层次；平台写作：{known} / the platform has no level {level}")
        for file, where, level in [
            ("campaigns.toml", "campaign[1].cohort", "专升本生"),
            ("policy.toml", f"rule[{len(school.policy.rules)}].when", "本科生"),
        ]
    ]


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


COULD = [
    '{ standing = "enrolled", status = ["休学", "退学"] }',
    '{ category = ["本科", "专升本"], category_other_than = ["本科"] }',
    '{ origin_province = ["河北", "江西"], origin_province_other_than = ["河北"] }',
    '{ filed_by = ["student", "officer"], filed_by_other_than = ["student"] }',
    '{ field = ["XM", "MZ"], claimable = true }',
    '{ field = ["PHOTO", "XM"], cause = ["photo", "legal_change"], cause_fits = true }',
    '{ claimable = true, cause_fits = false, cause = ["legal_change"], field = ["XM"] }',
    '{ field = ["XM", "CSRQ"], changed = ["birth_year"] }',
    '{ field = ["XH"], changed = ["blank"] }',
    "{ entered_since = 2024-09-01, entered_before = 2024-09-02 }",
    "{ entered_since = 2024-09-01, graduates_before = 2024-09-01 }",
    "{ final_check_months_ahead = 11 }",
    '{ without = "registration", since = "entry" }',
    '{ without = "registration", event_before = "degree_registration" }',
    '{ since = "graduation", before = "registration" }',
    '{ event_since = "entry", event_before = "graduation" }',
    '{ event_since = "entry", before = "entry" }',
    '{ inside = ["spring"], outside = ["late"] }',
    '{ inside = ["fresh", "spring"], outside = ["fresh"] }',
    '{ without = "registration", inside = ["fresh", "spring"] }',
    '{ before = "graduation", inside = ["fresh"] }',
    '{ since = "registration", inside = ["fresh"] }',
    '{ without = "degree_registration", inside = ["open"] }',
    '{ outside = ["spring"] }',
    '{ in_campaign = ["final", "freshman"], out_of_campaign = ["final", "yearly"] }',
    '{ out_of_campaign = ["freshman", "yearly", "final"] }',
]


def test_what_some_question_could_fulfil_is_not_said_never_to_hold(nchu: School, tmp_path: Path) -> None:
    """Next to each contradiction lies a rule that can hold, and of that nothing is said."""
    more = WINDOWS + window("open", 'after = "registration"', 'until = "degree_registration"')
    text = "".join(rule(f"could.{n}", when, '{ refuse = "LEFT" }') for n, when in enumerate(COULD))

    assert warned(amended(tmp_path, nchu, policy=more + text)) == []


def test_there_are_only_so_many_fields(nchu: School, tmp_path: Path) -> None:
    """Birth date, sex and ID number are one: over one less than all groups is possible, over all of them is not."""
    most = len({nchu.terms.groups.get(column, column) for column in COLUMNS})
    rules = [rule(f"test.{n}", f"{{ fields_over = {n} }}", '{ refuse = "LEFT" }') for n in (most - 1, most)]
    ((line, says),) = warned(school := amended(tmp_path, nchu, policy="".join(rules)))

    assert most == len(COLUMNS) - 2
    assert line == line_of(school, f"when = {{ fields_over = {most} }}")
    assert says.endswith("没有这么多项目 / can never hold: there are not so many fields")


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


def in_the_first(nchu: School) -> School:
    """The first school by the first vocabulary, as far as that can say it."""
    return replace(nchu, texts={**nchu.texts, "policy.toml": in_first_words(nchu.texts["policy.toml"])})


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


def test_a_rule_that_was_beyond_the_words_does_not_vanish_unseen(nchu: School, tmp_path: Path) -> None:
    """The statement that the new text no longer has is told, at the place where the new text lists such rules."""
    old = nchu.policy.unsupported[0]
    more = '\n[[unsupported]]\nsays = "另一条"\nsays_en = "another"\nsource = "测试"\n'
    text = nchu.texts["policy.toml"].replace(old.says, "换了一种说法")
    new = amended(tmp_path, replace(nchu, texts={**nchu.texts, "policy.toml": text}), policy=more)

    assert (
        vanished(nchu, nchu) == vanished(amended(tmp_path, nchu), amended(tmp_path, nchu, policy=more)) == ()
    )
    assert vanished(nchu, new) == (
        Fault(
            "nchu/policy.toml",
            text[: text.index("[[unsupported]]")].count("\n") + 1,
            f"不再写明这一条说不出来的规定：“{old.says}” / no longer lists as unsupported: {old.says_en}",
        ),
    )


def test_a_word_of_the_second_vocabulary_in_a_text_of_the_first_is_a_fault(
    nchu: School, tmp_path: Path
) -> None:
    """Each such word is named with its line; the same text with ``vocabulary = 2`` at its top is taken."""
    said = {word: SAID[word][0] for word in sorted(SINCE_2)}
    when = ", ".join(f"{word} = {json.dumps(value)}" for word, value in said.items())
    text = rule("test.new", f"{{ {when} }}", '{ refuse = "LEFT" }')
    first = in_the_first(nchu)
    second = replace(
        first, texts={**first.texts, "policy.toml": f"vocabulary = 2\n{first.texts['policy.toml']}"}
    )
    place = f"rule[{len(nchu.policy.rules) + 1}].when"

    assert slips(tmp_path, first, text) == [
        f"{place}.{word}：{word} 要在文件开头写明 vocabulary = 2 / {word} needs vocabulary = 2"
        for word in said
    ]
    assert amended(tmp_path, second, policy=text).policy.vocabulary == 2


def test_each_key_of_the_second_vocabulary_needs_it(nchu: School, tmp_path: Path) -> None:
    """In an effect and in a window as in a condition: the line of the key is named, and nothing else is wrong."""
    first = in_the_first(nchu)
    step = '{ add_step = "check", office = "province", months = 1, rolls = true, once = true, void_by = ["value"] }'
    days = '{ add_step = "check", office = "province", days = 3 }'
    text = window("fresh", 'after = "entry"', "for_months = 1", "rolls = true") + rule(
        "test.step", "{}", step
    )
    text += rule("test.days", '{ inside = ["fresh"] }', days)
    n = len(nchu.policy.rules)
    keys = [f"rule[{n + 1}].then.{word}" for word in ("months", "once", "rolls", "void_by")]

    assert slips(tmp_path, first, text) == [
        f"{place}：{place.rpartition('.')[2]} 要在文件开头写明 vocabulary = 2 / "
        f"{place.rpartition('.')[2]} needs vocabulary = 2"
        for place in ("window[1].rolls", *keys, f"rule[{n + 2}].then.days")
    ]


PAIRS = [
    # conditions of two rules that ask for the same step, and whether it would be taken twice
    ("{}", "{}", True),
    ('{ field = ["XM"] }', '{ cause = ["legal_change"] }', True),
    ('{ field = ["XM"] }', '{ field = ["XH"] }', False),
    ('{ category = ["本科"] }', '{ category_other_than = ["本科"] }', False),
]


@pytest.mark.parametrize(("one", "other", "twice"), PAIRS)
def test_equal_steps_of_two_rules_say_whether_they_are_one(
    nchu: School, tmp_path: Path, one: str, other: str, twice: bool
) -> None:
    """Where both can apply to one claim: a warning at the second rule's ``then``, unless one says ``once``."""
    step, once = (
        '{ add_step = "approval", office = "college" }',
        '{ add_step = "approval", office = "college", once = true }',
    )
    first, n = rule("test.one", one, step), len(nchu.policy.rules)
    school = amended(tmp_path, nchu, policy=first + rule("test.other", other, step))

    assert [says for _, says in warned(school)] == ([
        f"rule[{n + 2}].then：与 test.one 要的环节相同，没有写 once，同一事项会办两次 / "
        "is the step of test.one too; without once it is taken twice"
    ] if twice else [])  # fmt: skip
    for pair in ((step, once), (once, step)):
        both = "".join(
            rule(f"test.{n}", when, then)
            for n, (when, then) in enumerate(zip((one, other), pair, strict=True))
        )
        assert amended(tmp_path, nchu, policy=both).warnings == ()


def test_steps_of_different_actions_or_kinds_are_not_equal(nchu: School, tmp_path: Path) -> None:
    """A step of another deadline, office or action is another; in the first vocabulary equal steps are one."""
    step = rule("test.one", "{}", '{ add_step = "approval", office = "college" }')
    later = rule("test.late", "{}", '{ add_step = "approval", office = "college", days = 3 }')
    again = rule("test.again", "{}", '{ add_step = "approval", office = "college" }').replace(
        "when", 'actions = ["dispute"]\nwhen', 1
    )
    filed = step.replace("when", 'actions = ["raise"]\nwhen', 1)
    first = in_the_first(nchu)

    assert amended(tmp_path, nchu, policy=filed + later + again).warnings == ()
    assert amended(tmp_path, first, policy=step + step.replace("test.one", "test.two")).warnings == ()


# -- what no running case asks --------------------------------------------------------------------------

STEP = '{ add_step = "check", office = "registrar" }'
OF_CLAIMS = (
    STEP,
    '{ require = "id_card", code = "LEFT" }',
    '{ assign = "registrar" }',
    '{ lock = ["XM"] }',
    "{ reconfirm = 3 }",
)


def in_actions(actions: str, when: str, then: str) -> str:
    """A rule that names its actions."""
    return rule("test.acts", when, then).replace("when", f"actions = [{actions}]\nwhen", 1)


@pytest.mark.parametrize("then", OF_CLAIMS)
def test_an_effect_that_no_action_of_its_rule_obeys_is_a_fault(
    nchu: School, tmp_path: Path, then: str
) -> None:
    """Without a claim there is no step, paper, office or lock; a dispute obeys steps and papers alone."""
    when = '{ since = "entry" }'
    second = then in OF_CLAIMS[:2]
    for n, (actions, obeyed) in enumerate((
        ('"confirm"', False), ('"confirm", "supplement"', False), ('"dispute", "reopen"', second),
        ('"confirm", "raise"', True),
    )):  # fmt: skip
        (folder := tmp_path / str(n)).mkdir()
        text = in_actions(actions, when, then)
        if obeyed:
            amended(folder, nchu, policy=text)
            continue
        with pytest.raises(PolicyFaults) as no:
            amended(folder, nchu, policy=text)
        (fault,) = no.value.faults
        assert "这条规则没有作用" in fault.says and "has no effect in these actions" in fault.says


UNASKED = [
    # actions, when, whether a running case can ask it
    ('"confirm"', '{ field = ["XM"] }', False),
    ('"confirm", "raise"', '{ field = ["XM"] }', True),
    ('"raise"', '{ filed_by = ["reviewer"] }', False),
    ('"raise"', '{ filed_by = ["reviewer", "officer"] }', True),
    ('"reopen"', '{ filed_by = ["second_reviewer"] }', True),
    ('"dispute"', '{ filed_by = ["officer"] }', False),
]


@pytest.mark.parametrize(("actions", "when", "asked"), UNASKED)
def test_a_rule_that_no_running_case_asks_is_told(
    nchu: School, tmp_path: Path, actions: str, when: str, asked: bool
) -> None:
    """It is about claims where there are none, or about people who never do that."""
    school = amended(tmp_path, nchu, policy=in_actions(actions, when, '{ refuse = "LEFT" }'))
    assert [says.split("：")[0] for _, says in warned(school)] == (
        [] if asked else [f"rule[{len(nchu.policy.rules) + 1}].when"]
    )
    assert all("从不适用" in says for _, says in warned(school))


def test_what_no_running_case_obeys_loads_in_the_first_vocabulary_as_ever(
    nchu: School, tmp_path: Path
) -> None:
    """Texts that were taken before keep loading, without a word."""
    text = driving.rule("word", STEP[2:-2], "", 'actions = ["confirm"]')
    said = [one.says for one in driving.written(tmp_path / "small", text, vocabulary=1).warnings]
    assert not [one for one in said if one.startswith("rule[")]
