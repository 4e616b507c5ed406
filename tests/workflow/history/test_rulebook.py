"""The Rulebook keeps every text that was ever in force, and gives back what was put in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from config.policy import School
from states import Lifecycle
from states.attestation import ATTESTATION
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.chase import CHASE
from states.graduation import GRADUATION
from states.help import HELP
from states.permission import PERMISSION
from tests.conftest import CHECK_DAY
from workflow.cases.rules import Rules
from workflow.history.rulebook import keep, lifecycle_from, lifecycles
from workflow.history.tables import RuleRow
from workflow.store import Store
from workflow.upkeep.installation import LIFECYCLES

ALL = (CASE, CAMPAIGN, GRADUATION, CHASE, ATTESTATION, HELP, PERMISSION, BATCH)


@dataclass(frozen=True)
class Text:
    """A policy with only its text."""

    text: bytes
    slug: str = "test"

    @property
    def digest(self) -> str:
        """The digest by which entries name it."""
        return hashlib.sha256(self.text).hexdigest()


def test_every_declared_lifecycle_is_kept() -> None:
    """An installation knows the lifecycles of this page, and the files in states/ have no others."""
    assert LIFECYCLES == ALL
    declared = {file.stem for file in Path("states").glob("*.py")} - {"__init__", "drawing", "matrix"}
    assert declared == {life.name for life in ALL}


@pytest.mark.parametrize("life", ALL, ids=lambda life: life.name)
def test_a_lifecycle_comes_back_as_it_was_declared(life: Lifecycle) -> None:
    """From its kept bytes alone it can be folded with, in forty years."""
    assert lifecycle_from(life.text, life.digest) == life


def test_texts_are_kept_once(store: Store, nchu: School) -> None:
    """Keeping them at every start adds what is new and nothing twice."""
    with store.writing() as session:
        assert keep(session, ALL, Rules(nchu), CHECK_DAY) == len(ALL) + 1
    with store.writing() as session:
        assert keep(session, ALL, Rules(nchu), CHECK_DAY) == 0
        assert keep(session, (replace(CASE, zh="另一种个案"),), Text(b"new rules"), CHECK_DAY) == 2
    with store.reading() as session:
        kept = {rule.digest: (rule.kind, rule.name, rule.text) for rule in session.scalars(select(RuleRow))}
        assert kept[nchu.digest] == ("policy", "nchu", nchu.text)
        assert kept[CASE.digest] == ("lifecycle", "case", CASE.text)
        assert len(kept) == len(ALL) + 3
        assert lifecycles(session)[CASE.digest] == CASE


def test_a_text_is_named_by_its_own_digest(nchu: School) -> None:
    """Whoever has the text can check the name."""
    for text, digest in ((CASE.text, CASE.digest), (nchu.text, nchu.digest)):
        assert hashlib.sha256(text).hexdigest() == digest


def test_an_altered_text_is_no_rule() -> None:
    """A lifecycle whose digest denies it is not folded with."""
    with pytest.raises(ValueError, match="altered"):
        lifecycle_from(CASE.text.replace(b"confirm", b"conform"), CASE.digest)
