"""Two languages: Chinese at the source, English complete."""

from __future__ import annotations

import re

from tests.web.catalogue import HAN, brought_up_to_date, of_pages, of_reasons, printed, read_catalogue
from web.shared.words import CATALOGUE


def words_of_the_catalogue() -> dict[str, list[str]]:
    """Every Chinese source string with its English, plural forms in a list."""
    said: dict[str, list[str]] = {}
    for message in read_catalogue():
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


def test_the_catalogue_is_printed_as_the_command_prints_it() -> None:
    """Extracting the words again changes nothing in a catalogue that is complete."""
    assert printed(brought_up_to_date(read_catalogue(), of_pages() | of_reasons())) == CATALOGUE.read_bytes()


def test_a_new_word_comes_without_its_english_and_an_old_one_goes() -> None:
    """Whoever adds a word finds it in the catalogue, waiting; translations that stand are kept."""
    catalogue = read_catalogue()
    sources = {str(one.id) for one in catalogue if isinstance(one.id, str) and one.id}
    kept, gone = sorted(sources)[:2]
    fresh = brought_up_to_date(catalogue, (sources - {gone}) | {"从来没有说过的话"})
    known, new = fresh.get(kept), fresh.get("从来没有说过的话")
    assert known is not None and known.string == words_of_the_catalogue()[kept][0]
    assert new is not None and not new.string and fresh.get(gone) is None
