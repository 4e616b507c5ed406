"""Two languages: Chinese at the source, English complete."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from tests.web.catalogue import HAN, of_pages, of_reasons
from web.shared.words import CATALOGUE


def words_of_the_catalogue() -> dict[str, list[str]]:
    """Every Chinese source string with its English, plural forms in a list."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    said: dict[str, list[str]] = {}
    for message in catalogue:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[0]
            said[source] = [message.string] if isinstance(message.string, str) else list(message.string)
    return said


def test_every_source_string_has_its_english_and_nothing_is_left_over() -> None:
    """Pages, buttons, errors, reasons and remedies: each stands in the catalogue once, translated."""
    known, wanted = words_of_the_catalogue(), of_pages() | of_reasons()
    assert sorted(wanted - known.keys()) == []
    assert sorted(known.keys() - wanted) == []
    assert [source for source, words in known.items() if not all(words)] == []


def test_no_english_word_is_chinese() -> None:
    """Chinese stands in an English sentence only as a quotation of what the platform shows."""
    quoted = {"学籍状态应为“在籍（注册学籍）”"}
    assert {
        source for source, words in words_of_the_catalogue().items() if HAN.search("".join(words))
    } <= quoted


def test_a_translation_names_the_same_facts() -> None:
    """What is filled into the Chinese sentence is filled into the English one, and nothing else."""
    facts = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    wrong = [
        source
        for source, words in words_of_the_catalogue().items()
        for one in words
        if set(facts.findall(source)) != set(facts.findall(one))
    ]
    assert wrong == []
