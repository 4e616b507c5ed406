"""docs/policy.md knows every word of the vocabulary, and no other."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from config.forms import CollegeForm, FormColumn
from config.letters import ExamAuthority, VerificationForm
from config.notice import NoticeHead, NoticePart, NoticeSection, NoticeSentence
from config.policy import ClaimAsked, PolicyQuestion, QuestionFault, School, Student, ask, load_school, missed
from config.policy.asked import MOMENTS
from config.policy.effects import EFFECTS
from config.policy.facts import ALL
from config.policy.predicates import PREDICATES, SINCE_2
from config.policy.privacy import PrivacyContact, PrivacySection
from config.policy.reading.decoding import TomlFile
from config.policy.reading.examples import ExampleTable
from config.policy.reading.load import FILES, HOLIDAYS, draft_of
from config.policy.reading.rules import RuleTable
from config.policy.words import (
    ACTIONS,
    CAMPAIGN_KINDS,
    COLLEGE_DUTIES,
    COLUMNS,
    DUTIES,
    LEVELS,
    OFFICE_DUTIES,
    OUTCOMES,
    REFUSAL_KINDS,
    STEP_KINDS,
    VOIDED_BY,
    Window,
)
from config.profile import NEEDED, Profile
from config.sentences import SentenceKept
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


def block(after: str, *, of: str = "", language: str = "toml") -> str:
    """The first fenced text after some words of a part of the page."""
    return TEXT[TEXT.index(after, TEXT.index(of)) :].split(f"```{language}\n")[1].split("```")[0]


def printed(folder: Path) -> Path:
    """The files of the school that the page prints whole, with the examples that it prints."""
    folder.mkdir()
    for file in ("school.toml", "policy.toml"):
        (folder / file).write_text(block(f"\n`{file}`:\n"), encoding="utf-8")
    for file in ("campaigns.toml", "calendar.toml"):
        (folder / file).write_text("", encoding="utf-8")
    (folder / "examples.toml").write_text(block("## Examples\n"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> School:
    """The school that the page prints whole, with the examples that it prints."""
    return load_school(printed(tmp_path_factory.mktemp("docs") / "jinyong"))


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


def test_the_tables_around_the_rules_fit_the_school_to_begin_with(tmp_path: Path) -> None:
    """Added to its files, with the notice as printed, they load without a warning; each table is one that it lacked."""
    folder = printed(tmp_path / "jinyong")
    for file in FILES:
        with (folder / file).open("a", encoding="utf-8") as written:
            written.write("\n" + block(f"`{file}`", of="## The tables around the rules"))
    (folder / "notice.toml").write_text(block("A whole notice:"), encoding="utf-8")
    examples = block("## Examples\n") + '\nquestion.campaigns = ["freshman-2026"]\n'
    (folder / "examples.toml").write_text(examples, encoding="utf-8")
    school = load_school(folder)

    assert (school.warnings, missed(school)) == ((), ())
    assert [len(one.question.campaigns) for one in school.examples] == [0, 1]
    assert school.notice is not None and school.policy.final_check is not None
    lists = (school.told, school.policy.unsupported, school.campaigns, school.calendar.registrations)
    assert [len(one) for one in (*lists, school.policy.variants)] == [1, 1, 1, 1, 1]


def test_a_question_in_json_is_answered_as_printed(small: School) -> None:
    """By the printed school; only the digest of its version is left out."""
    asked, said = (
        json.loads(block(words, of="## A question and its answer", language="json"))
        for words in ("has its zone", '"open_requests"')
    )
    answer = ask(small, PolicyQuestion.from_json(asked)).as_json()
    answer["policy"]["version"] = answer["policy"]["version"].partition(":")[0] + ":…"

    assert answer == said
    assert set(answer) - code_words() == set()


class Asked(TomlFile):
    """A file without content that notes which tables are read from it."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "", {}, [])
        self.read: dict[str, tuple[type, bool]] = {}
        self.top: set[str] = set()

    def one(self, key: str, kind: type[Any], *, needed: bool = True) -> None:
        self.read[f"[{key}]"] = (kind, needed)

    def each(self, key: str, kind: type[Any], *, needed: bool = True) -> list[Any]:
        self.read[f"[[{key}]]"] = (kind, needed)
        return []

    def text(self, key: str) -> str:
        self.top.add(key)
        return super().text(key)

    def day(self, key: str) -> Any:
        self.top.add(key)
        return super().day(key)


def asked_of(name: str) -> Asked:
    """What the program reads from a file of rules."""
    files = {one: Asked(one) for one in (*FILES, HOLIDAYS)}
    draft_of(files)
    return files[name]


def rows(of: str, column: int) -> dict[str, list[set[str]]]:
    """The keys in the last columns of the reference's table behind some words, by its first columns."""
    table = TEXT[TEXT.index(of, TEXT.index("## Every key")) :].split("|\n", 2)[2].split("\n\n")[0]
    found = {}
    for line in table.splitlines():
        parts = [part.strip() for part in line.strip("|").split("|")]
        name = " ".join(part.replace("`", "") for part in parts[:column])
        found[name] = [
            set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", part))) for part in parts[column:]
        ]
    return found


def keys_of(kind: type[Any]) -> list[set[str]]:
    """The keys that a table must and may have."""
    must = {one.name for one in fields(kind) if one.default is MISSING}
    return [must, {one.name for one in fields(kind)} - must]


def inner(kind: type[Any]) -> dict[str, type[Any]]:
    """The dataclasses among the values of a table, by their key."""
    found = {key: (get_args(hint) or (hint,))[0] for key, hint in get_type_hints(kind).items()}
    return {key: one for key, one in found.items() if is_dataclass(one)}


@pytest.mark.parametrize("file", FILES)
def test_every_key_of_every_table_is_listed(file: str) -> None:
    """What the program reads from a file is what the reference has, with what must be there and what may."""
    read, listed = asked_of(file), rows(f"`{file}`:\n", 2)
    expected: dict[str, list[set[str]]] = {}
    for name, (kind, needed) in read.read.items():
        expected[f"{name} {'yes' if needed else ''}"] = keys_of(kind)
        for key, within in inner(kind).items():
            within_name = f"[{name.strip('[]')}.{key}]"
            expected[f"{within_name} yes"] = keys_of(within)
            for pairs, pair in inner(within).items():
                expected[f"{pairs} of {within_name} "] = keys_of(pair)
    if file == "policy.toml":
        must, may = keys_of(RuleTable)
        expected["[[rule]] yes"] = [must | {"then"}, may | {"when"}]
    if read.top:
        expected["the top yes"] = [read.top, {"vocabulary"} if file == "policy.toml" else set()]

    assert listed == expected


BESIDE = {
    "[notice] notice.toml": NoticeHead,
    "[[part]] notice.toml": NoticePart,
    "[[section]] notice.toml": NoticeSection,
    "[[section.sentence]] notice.toml": NoticeSentence,
    "[contact] privacy.toml": PrivacyContact,
    "[[section]] privacy.toml": PrivacySection,
    "[[sentence]] sentences.toml": SentenceKept,
    "[sheet] letters.toml": VerificationForm,
    "[[authority]] letters.toml": ExamAuthority,
    "[[form]] forms.toml": CollegeForm,
    "[[form.columns]] forms.toml": FormColumn,
}


def test_every_key_beside_the_rules_is_listed() -> None:
    """Profile, notice, privacy notice and examples; the crest is no key of the file."""
    must, may = keys_of(ExampleTable)

    assert rows("Beside the rules", 2) == {
        "the top profile.toml": [set(NEEDED), {one.name for one in fields(Profile)} - {*NEEDED, "crest"}],
        **{name: keys_of(kind) for name, kind in BESIDE.items()},
        "[[example]] examples.toml": [must | {"expect"}, may | {"question"}],
    }


def test_every_key_of_a_question_is_listed() -> None:
    """What is asked for where it is missing is what the reference says must be there."""
    lists = ("claims", "campaigns", "open_requests", "done_requests")
    with pytest.raises(QuestionFault) as caught:
        PolicyQuestion.from_json({"student": {}, **{key: [{}] for key in lists}})
    missing = [fault.partition(":")[0] for fault in caught.value.faults]
    kinds = {"the question": ("", PolicyQuestion), "student": ("student.", Student)}
    kinds |= {f"each of {key}": (f"{key}[0].", inner(PolicyQuestion)[key]) for key in lists}

    for name, (place, kind) in kinds.items():
        must = {one.removeprefix(place) for one in missing if re.fullmatch(re.escape(place) + r"\w+", one)}
        must |= {"student"} if kind is PolicyQuestion else set()
        listed = rows("A question in JSON, and", 1)[name]
        assert listed == [must, {one.name for one in fields(kind)} - must], name


def test_every_value_that_is_one_of_a_list_is_named() -> None:
    """Columns, levels, kinds of check and of refusal, outcomes, who files."""
    names = {*COLUMNS, *CAMPAIGN_KINDS, *OUTCOMES, *DUTIES}

    assert names - code_words() == set()
    assert [one for one in (*LEVELS, *REFUSAL_KINDS) if one not in TEXT] == []


def code_words() -> set[str]:
    """Every word in a span of code on the page."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))


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
    names = {*ACTIONS, *STEP_KINDS, *COLLEGE_DUTIES, *OFFICE_DUTIES, *VOIDED_BY, *keys, *window}

    assert names - code_words() == set()


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
