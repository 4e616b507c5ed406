"""Kept sentences: a closed list of facts, both languages, and no value that pages of the staff mask."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.policy import PolicyFaults, load_school
from config.sentences import LONGEST, OUTCOMES, SENTENCE_FACTS, SentenceKept, filled_in
from config.settings import ROOT

SCHOOLS = sorted(folder for folder in (ROOT / "config" / "schools").iterdir() if folder.is_dir())


@pytest.mark.parametrize(
    ("kept", "faults"),
    [
        (SentenceKept("refused", "{field}维持原记录。", "", ""), []),
        (SentenceKept("agreed", "好", ""), ["outcome"]),
        (SentenceKept("refused", "", "It stays."), ["says"]),
        (SentenceKept("refused", "{sfzh}不符", "{id_number} differs"), ["says", "says_en"]),
        (SentenceKept("refused", "{field维持", "stays}"), ["says", "says_en"]),
        (SentenceKept("refused", "长" * (LONGEST + 1), "a\nb"), ["says", "says_en"]),
    ],
)
def test_a_sentence_says_what_is_wrong_with_it(kept: SentenceKept, faults: list[str]) -> None:
    """An unknown outcome, no Chinese, a fact that is not on the list, a lonely brace, and what is no line."""
    found = list(kept.faults())
    assert [part for part, _, _ in found] == faults
    assert all(zh and en for _, zh, en in found)


def test_facts_are_filled_in_once_and_a_missing_one_leaves_the_sentence_out() -> None:
    """What a student wrote with braces in it is text and no fact."""
    facts = {"old": "{new}", "new": "测试甲", "phone": ""}
    assert filled_in("由{old}改为{new}", facts) == "由{new}改为测试甲"
    assert filled_in("请致电{phone}", facts) is None


@pytest.mark.parametrize("folder", SCHOOLS, ids=lambda folder: folder.name)
def test_every_school_has_sentences_for_every_outcome(folder: Path) -> None:
    """In both languages, without a fault, and for causes that the school knows."""
    school = load_school(folder)
    assert {one.outcome for one in school.sentences} == set(OUTCOMES)
    for one in school.sentences:
        assert not list(one.faults()) and one.says_en
        assert one.cause in {"", *school.policy.causes}


def test_a_schools_own_file_replaces_the_default_and_is_no_rule(tmp_path: Path) -> None:
    """Its faults are told with their line, and its words change no digest."""
    folder = tmp_path / "nchu"
    shutil.copytree(ROOT / "config" / "schools" / "nchu", folder)
    digest, file = load_school(folder).digest, folder / "sentences.toml"
    file.write_text(
        '[[sentence]]\noutcome = "ask"\nsays = "请补交。"\nsays_en = "Please add it."\n', encoding="utf-8"
    )
    assert load_school(folder).digest == digest
    assert [one.says for one in load_school(folder).sentences] == ["请补交。"]
    file.write_text(
        '[[sentence]]\noutcome = "ask"\ncause = "weather"\nsays = "请于{deadline}前补交。"\nsays_en = ""\n',
        encoding="utf-8",
    )
    with pytest.raises(PolicyFaults) as no:
        load_school(folder)
    assert [(fault.file, fault.line) for fault in no.value.faults] == [
        ("nchu/sentences.toml", 3), ("nchu/sentences.toml", 4), ("nchu/sentences.toml", 5)
    ]  # fmt: skip
    assert all(f"{{{name}}}" in str(no.value) for name in SENTENCE_FACTS)


def test_who_signs_and_whom_the_school_writes_to_is_its_own_and_no_rule(tmp_path: Path) -> None:
    """Without a file the default signs; a province, an item of the checklist and a blank name are told by their line."""
    folder = tmp_path / "nchu"
    shutil.copytree(ROOT / "config" / "schools" / "nchu", folder)
    loaded, file = load_school(folder), folder / "letters.toml"
    assert loaded.letters.authority_of("河北") == "河北省教育考试院" and not loaded.letters.authority_of(
        "西藏"
    )
    file.unlink()
    without = load_school(folder)
    assert without.digest == loaded.digest and without.letters.authorities == ()
    assert without.letters.sheet.signed_by == ("经办人", "科室负责人", "分管校领导")
    file.write_text(
        '[sheet]\nsigned_by = [""]\nimpersonation = ["no.such"]\n\n[[authority]]\nprovince = "河北省"\nname = "'
        + "长" * 61
        + '"\n',
        encoding="utf-8",
    )
    with pytest.raises(PolicyFaults) as no:
        load_school(folder)
    assert [(fault.file, fault.line) for fault in no.value.faults] == [
        ("nchu/letters.toml", 2), ("nchu/letters.toml", 3), ("nchu/letters.toml", 6), ("nchu/letters.toml", 7)
    ]  # fmt: skip
