"""Every effect, step kind and duty of the vocabulary, driven through a real case to its decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = [pytest.mark.one_database]


def test_x(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """X."""
    world = driven(store, cipher, clock, entropy, tmp_path, rule("a", PLATFORM))
    record = world.record()
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    assert [one.kind for one in world.case(case).steps] == ["platform"]
