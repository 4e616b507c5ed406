"""docs/policy.md knows every word of the vocabulary, and no other."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from config.policy import ClaimAsked, PolicyQuestion, School, Student, ask, load_school, missed
from config.policy.asked import MOMENTS
from config.policy.effects import EFFECTS
from config.policy.facts import ALL
from config.policy.predicates import PREDICATES, SINCE_2
from config.policy.words import (
    ACTIONS,
    COLLEGE_DUTIES,
    OFFICE_DUTIES,
    STEP_KINDS,
    VOIDED_BY,
    Window,
)
from config.settings import ROOT
from tests.config.asking import moment

TEXT = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def cells(heading: str) -> set[str]:
    """The code words in the first column of the table after a heading."""
    table = TEXT[TEXT.index(heading) :].split("|---|---|\n")[1].split("\n\n")[0]
    return {
        word.split(" ")[0]
        for line in table.splitlines()
        for word in re.findall(r"`([^`]+)`", line.split("|")[1])
    }


def block(after: str) -> str:
    """The first fenced text after some words of the page."""
    return TEXT[TEXT.index(after) :].split("```toml\n")[1].split("```")[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> School:
    """The school that the page prints whole, with the examples that it prints."""
    folder = tmp_path_factory.mktemp("docs") / "jinyong"
    folder.mkdir()
    for file in ("school.toml", "policy.toml"):
        (folder / file).write_text(block(f"\n`{file}`:\n"), encoding="utf-8")
    for file in ("campaigns.toml", "calendar.toml"):
        (folder / file).write_text("", encoding="utf-8")
    (folder / "examples.toml").write_text(block("## Examples\n"), encoding="utf-8")
    return load_school(folder)


def test_the_school_to_begin_with_is_whole(small: School) -> None:
    """Copied from the page it loads without a warning, and its printed examples are answered as they say."""
    assert (small.slug, small.policy.vocabulary, small.warnings) == ("jinyong", 2, ())
    assert len(small.examples) == 2
    assert missed(small) == ()


@pytest.mark.parametrize(
    ("status", "papers", "outcome", "steps"),
    [
        ("注册学籍", ("police_paper",), "accept", ["check registrar", "platform registrar"]),
        ("注册学籍", (), "incomplete", ["check registrar", "platform registrar"]),
        ("退学", ("police_paper",), "not_accepted", []),
    ],
)
def test_the_school_to_begin_with_answers(
    small: School, status: str, papers: tuple[str, ...], outcome: str, steps: list[str]
) -> None:
    """A change of name with its paper, without it, and by somebody who has left."""
    student = Student(enrolment_status=status)
    claims = (ClaimAsked("XM", "legal_change", evidence=papers),)
    said = ask(small, PolicyQuestion(moment("2026-10-20"), "raise", student, claims))

    assert said.outcome == outcome
    assert [f"{step.kind} {step.office}" for step in said.steps] == steps


def test_every_word_of_a_rule_is_explained() -> None:
    """Predicates, effects, moments and facts: what can be written is what the page lists."""
    assert cells("**`when`**") == set(PREDICATES)
    assert cells("**`then`**") == set(EFFECTS)
    assert all(f"`{name}`" in TEXT for name in (*MOMENTS, *ALL))


def test_every_name_that_a_rule_may_give_is_explained() -> None:
    """Actions, steps and duties; the keys of every effect; those of a window: each is in words of code on the page."""
    keys = {one.name for effect in EFFECTS.values() for one in fields(effect)}
    told = {"id", "zh", "en"}  # every list has these
    window = {one.name for one in fields(Window)} - told
    code = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))
    names = {*ACTIONS, *STEP_KINDS, *COLLEGE_DUTIES, *OFFICE_DUTIES, *VOIDED_BY, *keys, *window}

    assert names - code == set()


def test_words_of_the_second_vocabulary_are_marked() -> None:
    """In the table of conditions each of them, and no other, bears the mark."""
    table = TEXT[TEXT.index("**`when`**") :].split("|---|---|\n")[1].split("\n\n")[0]
    marked = [line.split("|")[1] for line in table.splitlines() if "²" in line.split("|")[1]]

    assert {word for line in marked for word in re.findall(r"`([^`]+)`", line)} == set(SINCE_2)


def test_every_code_of_the_first_school_is_explained(nchu: School) -> None:
    """Codes are named once in the policy, and the page lists just those."""
    assert cells("## Codes of the first school") == set(nchu.policy.codes)


def test_every_code_of_the_first_school_is_used(nchu: School) -> None:
    """No code stands in the list that no rule gives."""
    given = {code for rule in nchu.policy.rules if (code := getattr(rule.effect, "code", ""))}

    assert given == set(nchu.policy.codes)


def test_every_school_in_the_repository_is_named() -> None:
    """The page lists the folders, and no other."""
    folders = {folder.name for folder in (ROOT / "config" / "schools").iterdir()}

    assert cells("## The schools in this repository") == folders
