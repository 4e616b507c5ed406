"""The guards, checks and effects that a test covers. tests/test_house.py checks that none is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def holds(*names: str) -> Callable[[Test], Test]:
    """Name the guards, checks and effects that a test exercises, both barring and allowing."""

    def mark(test: Test) -> Test:
        test.holds = names  # type: ignore[attr-defined]
        return test

    return mark
