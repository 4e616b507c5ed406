"""Examples beside the rules: questions with the answers a school expects, run without being rules themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.policy import CampaignWindow, Fault, PolicyFaults, School, load_school, missed
from config.policy.reading.examples import EXAMPLES, examples_of
from tests.config.asking import moment, written
from tests.config.schools.asked import NAMES, school

USUAL = """
[usual]
at = 2026-03-02T10:00:00
action = "raise"

[usual.student]
category = "本科"
entry_date = 2024-09-01
expected_graduation = 2028-07-01
enrolment_status = "注册学籍"
registered_on = 2024-10-15

"""
RIGHT = """[[example]]
name = "两项一起"
source = "测试"
question.evidence = ["id_card"]
question.claims = [{ field = "XM", cause = "admission_error" }, { field = "SFZH", cause = "admission_error" }]
expect.outcome = "accept"
expect.codes = []
expect.missing = []
expect.office = "registrar"
expect.steps = ["check registrar", "province province", "platform registrar"]
expect.flags = ["NAME_AND_NUMBER"]
expect.accepted_from = 2026-03-02T10:00:00
expect.next_date = 2028-05-01
expect.due = 2028-04-30
"""


def told(folder: Path, nchu: School, examples: str) -> School:
    """The first school with these examples, read from a file. Raises PolicyFaults for what cannot be read."""
    (folder / EXAMPLES).write_text(USUAL + examples, encoding="utf-8")
    faults: list[Fault] = []
    found = examples_of(folder / EXAMPLES, nchu.campaign, faults)
    if faults:
        raise PolicyFaults(faults)
    return replace(nchu, examples=found)


def in_english(says: str) -> str:
    """The English half of a miss, from the Chinese one."""
    return says.partition("：")[2].replace("应为", "expected").replace("，得到", ", got")


def line_of(text: str) -> int:
    """The line at which a text of the example stands."""
    return (USUAL + RIGHT)[: (USUAL + RIGHT).index(text)].count("\n") + 1


@pytest.mark.parametrize("name", NAMES)
def test_every_school_answers_its_examples_as_it_says(name: str) -> None:
    """Each school in the repository has examples, and its rules give just those answers."""
    assert school(name).examples
    assert missed(school(name)) == ()


def test_an_example_is_read_as_a_question_in_beijing_time(nchu: School, tmp_path: Path) -> None:
    """What all share is written once; a moment without a zone is one of Beijing, a day its first second."""
    day = RIGHT.replace("两项一起", "另一天") + "question.at = 2026-04-01\n"
    later = '[[example]]\nname = "没有注册"\nsource = "测试"\nexpect.outcome = "not_accepted"\n'
    never = 'question.student = { registered_on = "never", category = "专升本" }\nquestion.filed_by = "counsellor"\n'
    usual, on_a_day, other = told(tmp_path, nchu, RIGHT + day + later + never).examples

    assert usual.question.at == moment("2026-03-02 10:00:00")
    assert usual.question.filed_by == "student"
    assert usual.question.student.registered_on == date(2024, 10, 15)
    assert usual.question.student.degree_registered_on is None
    assert [claim.field for claim in usual.question.claims] == ["XM", "SFZH"]
    assert on_a_day.question.at == moment("2026-04-01")
    assert other.question.student.registered_on is None
    assert (other.question.student.category, other.question.student.enrolment_status) == (
        "专升本",
        "注册学籍",
    )
    assert other.question.filed_by == "counsellor"


def test_examples_are_no_part_of_the_policy(nchu: School, tmp_path: Path) -> None:
    """With other examples or without any it is the same text by the same digest."""
    folder = written(tmp_path, nchu)
    (folder / EXAMPLES).write_text(USUAL + RIGHT, encoding="utf-8")
    with_one = load_school(folder)
    (folder / EXAMPLES).unlink()
    without = load_school(folder)

    assert (len(with_one.examples), without.examples) == (1, ())
    assert with_one.digest == without.digest == nchu.digest


MISSES = [
    ('expect.outcome = "accept"', 'expect.outcome = "defer"', "outcome：应为 defer，得到 accept"),
    ("expect.codes = []", 'expect.codes = ["LEFT", "X"]', "codes：应为 [LEFT、X]，得到 []"),
    ("expect.missing = []", 'expect.missing = ["id_card"]', "missing：应为 [id_card]，得到 []"),
    ('expect.office = "registrar"', 'expect.office = "college"', "office：应为 college，得到 registrar"),
    ('"check registrar"', '"check registrar 2026-03-09"', "steps：应为 [check registrar 2026-03-09、province province、"
     "platform registrar]，得到 [check registrar never、province province、platform registrar]"),
    (', "province province"', "", "steps：应为 [check registrar、platform registrar]，"
     "得到 [check registrar、province province、platform registrar]"),
    ('expect.flags = ["NAME_AND_NUMBER"]', "expect.flags = []", "flags：应为 []，得到 [NAME_AND_NUMBER]"),
    ("expect.accepted_from = 2026-03-02T10:00:00", 'expect.accepted_from = "never"',
     "accepted_from：应为 never，得到 2026-03-02T10:00:00+08:00"),
    ("expect.next_date = 2028-05-01", "expect.next_date = 2028-05-02",
     "next_date：应为 2028-05-02，得到 2028-05-01"),
    ("expect.due = 2028-04-30", "expect.due = 2028-04-30T23:59:59",
     "due：应为 2028-04-30T23:59:59+08:00，得到 2028-04-30"),
]  # fmt: skip


def test_an_answer_as_expected_is_no_miss(nchu: School, tmp_path: Path) -> None:
    """All nine parts of an answer can be named, and only what is named is compared."""
    assert missed(told(tmp_path, nchu, RIGHT)) == ()


@pytest.mark.parametrize(("old", "new", "says"), MISSES)
def test_another_answer_is_told_with_its_line(
    nchu: School, tmp_path: Path, old: str, new: str, says: str
) -> None:
    """Expected against got, at the line of the expectation; the rules are loaded all the same."""
    assert RIGHT.count(old) == 1
    assert missed(told(tmp_path, nchu, RIGHT.replace(old, new))) == (
        Fault(
            f"{tmp_path.name}/examples.toml",
            line_of(old.removeprefix(", ")),
            f"例子“两项一起”的 {says} / {in_english(says)}",
        ),
    )


def test_an_example_that_cannot_be_asked_is_a_miss(nchu: School, tmp_path: Path) -> None:
    """A cause that the school does not list, or a fact that a rule needs: the reason is told."""
    whim = RIGHT.replace('"SFZH", cause = "admission_error"', '"SFZH", cause = "whim"')
    (fault,) = missed(told(tmp_path, nchu, whim))

    assert fault.line == line_of("[[example]]")
    assert fault.says.startswith("例子“两项一起”问不成 / cannot be asked：claims[1].cause: 不认识 'whim'")


SLIPS = [
    ('source = "测试"\n', "", "example[1]：缺少 source / source is missing"),
    ('name = "两项一起"', 'name = "两项一起"\nmood = 1', "example[1].mood：没有这一项，可用的有 name、source / unknown key"),
    ("expect.codes = []", "expect.reasons = []", "example[1].expect.reasons：没有这一项，可用的有 accepted_from、codes、due、"
     "flags、missing、next_date、office、outcome、steps / unknown key"),
    ("expect.codes = []", 'expect.codes = "LEFT"', "example[1].expect.codes：应为列表 / must be a list"),
    ('expect.office = "registrar"', "expect.office = []", "example[1].expect.office：应为文字 / must be a text"),
    ("expect.due = 2028-04-30", 'expect.due = "soon"', "example[1].expect.due：应为日期、时刻或 never / must be a day, a moment or never"),
    ('question.evidence = ["id_card"]', "question.mood = 1", "example[1].question：mood: 没有这一项 / is not known here"),
    ('question.evidence = ["id_card"]', 'question.at = "soon"',
     "example[1].question：at: 应为带时区的时刻，如 2024-03-05T10:00:00+08:00 / must be a moment with its zone"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), SLIPS)
def test_a_slip_in_an_example_is_a_fault(nchu: School, tmp_path: Path, old: str, new: str, says: str) -> None:
    """What cannot be read as an example is named with file and line, and nothing is loaded."""
    with pytest.raises(PolicyFaults) as caught:
        told(tmp_path, nchu, RIGHT.replace(old, new, 1))
    (fault,) = caught.value.faults

    assert (fault.file, fault.says) == (f"{tmp_path.name}/examples.toml", says)


WRONG_SHAPES = [
    ('[[example]]\nname = "x"\nsource = "x"\n', "example[1].expect：缺少 expect，或它不是一个表 / expect is missing or no table"),
    ('[[example]]\nname = "x"\nsource = "x"\nquestion = 1\nexpect.outcome = "accept"\n',
     "example[1].question：应为一个表 / must be a table"),
    (RIGHT + RIGHT, "example[2]：两项一起 出现了两次 / named twice"),
    (RIGHT + "[more]\n", "more：没有这一项，可用的有 example、usual / unknown key"),
    ("", "文件：缺少 [[example]] / [[example]] is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG_SHAPES)
def test_a_file_of_examples_has_its_shape(nchu: School, tmp_path: Path, text: str, says: str) -> None:
    """An example without an expectation or a question that is none, twice the same name, a table too many."""
    with pytest.raises(PolicyFaults) as caught:
        told(tmp_path, nchu, text)

    assert [fault.says for fault in caught.value.faults] == [says]


def test_an_example_names_the_checks_that_take_the_student_in(nchu: School, tmp_path: Path) -> None:
    """By the id of an announced one or of a template's year, beside one written out; an unknown id is a fault."""
    out = '{ kind = "final", opens = 2026-03-01, closes = 2026-03-31 }'
    named = f'question.campaigns = ["freshman-2024", "final-2026", {out}]\n'
    (example,) = told(tmp_path, nchu, RIGHT + named).examples
    plans = [nchu.campaign("freshman-2024"), nchu.campaign("final-2026")]

    assert example.question.campaigns == (
        *[CampaignWindow(plan.kind, plan.opens, plan.closes) for plan in plans if plan],
        CampaignWindow("final", date(2026, 3, 1), date(2026, 3, 31)),
    )
    with pytest.raises(PolicyFaults) as caught:
        told(tmp_path, nchu, RIGHT + named.replace("freshman-2024", "freshmen"))
    assert [fault.says for fault in caught.value.faults] == [
        "example[1].question.campaigns：campaigns.toml 里没有 freshmen / campaigns.toml has no freshmen"
    ]


def test_what_all_examples_share_is_a_table(nchu: School, tmp_path: Path) -> None:
    """Anything else under that name is a fault."""
    folder, faults = written(tmp_path, nchu), list[Fault]()
    (folder / EXAMPLES).write_text("usual = 1\n" + RIGHT, encoding="utf-8")
    examples_of(folder / EXAMPLES, nchu.campaign, faults)
    with pytest.raises(PolicyFaults) as caught:
        load_school(folder)

    assert faults[0].says == "usual：应为一个表 / must be a table"
    assert list(caught.value.faults) == sorted(faults)
