"""docs/policy.md knows every word of the vocabulary, and no other."""

from __future__ import annotations

import re

from config.policy import School
from config.policy.asked import MOMENTS
from config.policy.effects import EFFECTS
from config.policy.facts import ALL
from config.policy.predicates import PREDICATES
from config.settings import ROOT

TEXT = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def cells(heading: str) -> set[str]:
    """The code words in the first column of the table after a heading."""
    table = TEXT[TEXT.index(heading) :].split("|---|---|\n")[1].split("\n\n")[0]
    return {
        word.split(" ")[0]
        for line in table.splitlines()
        for word in re.findall(r"`([^`]+)`", line.split("|")[1])
    }


def test_every_word_of_a_rule_is_explained() -> None:
    """Predicates, effects, moments and facts: what can be written is what the page lists."""
    assert cells("**`when`**") == set(PREDICATES)
    assert cells("**`then`**") == set(EFFECTS)
    assert all(f"`{name}`" in TEXT for name in (*MOMENTS, *ALL))


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
