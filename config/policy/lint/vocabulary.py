"""Check that a text keeps to the words of the vocabulary in which it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from config.policy.lint.draft import Finding, Placed, SchoolDraft, inside
from config.policy.predicates import SINCE_2
from config.policy.words import ACTIONS, EVERYDAY, VOCABULARIES

NEW_WORDS: Mapping[str, Collection[str]] = {
    "when": SINCE_2,
    "then": ("once", "void_by", "days", "months", "rolls"),
    "window": ("rolls",),
}
"""The words that came with the second vocabulary, by the table in which they stand."""


def check_vocabulary(draft: SchoolDraft) -> Iterator[Finding]:
    """The vocabulary is known, and the text uses no word that came later."""
    if draft.vocabulary not in VOCABULARIES:
        known = "、".join(map(str, VOCABULARIES))
        place = Placed("policy.toml", ("vocabulary",), draft.vocabulary)
        yield place, f"不认识的词汇版本 {draft.vocabulary}，可用的有 {known}", "unknown vocabulary"
    if draft.vocabulary != 1:
        return
    for placed in _of_new_tables(draft):
        yield _needs(placed, str(placed.where[0]))
    for rule in draft.rules:
        for action in rule.value.actions:
            if action in ACTIONS and action not in EVERYDAY:
                yield _needs(inside(rule, "actions"), action)
    for placed in draft.written:
        for word in NEW_WORDS[_table(placed)]:
            if word in placed.value:
                yield _needs(inside(placed, word), word)


def _of_new_tables(draft: SchoolDraft) -> Iterator[Placed[object]]:
    """The tables of ``policy.toml`` that came with the second vocabulary."""
    yield from (draft.decisions,) if draft.decisions else ()
    yield from (*draft.checklist, *draft.batches, *draft.escalations, *draft.submissions)


def _table(placed: Placed[Collection[str]]) -> str:
    """The name of a table: ``when``, ``then`` or ``window``."""
    return next(str(part) for part in reversed(placed.where) if isinstance(part, str))


def _needs(place: Placed[object], word: str) -> Finding:
    return place, f"{word} 要在文件开头写明 vocabulary = 2", f"{word} needs vocabulary = 2"
