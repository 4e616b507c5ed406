"""Nothing that somebody could guess opens an account."""

from __future__ import annotations

import pytest

from bench.guesses import imported, tried
from tests.world import World

pytestmark = pytest.mark.one_database


def test_no_guessable_value_opens_an_imported_account(world: World) -> None:
    """An account never touched, one with a printed code, one with a password: none opens, and none may be set."""
    outcome = tried(world.place, world.clock, imported(world.place, 3))
    assert (outcome.accounts, outcome.let_in, outcome.allowed) == (3, 0, 0)
    assert outcome.tries > 300
