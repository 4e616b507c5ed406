"""What a test is about: the guards, checks and effects it holds; tests/test_house.py sees that none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def holds(*names: str) -> Callable[[Test], Test]:
    """Name the guards, checks and effects that a test shows at work, barring and letting through."""

    def mark(test: Test) -> Test:
        test.holds = names  # type: ignore[attr-defined]
        return test

    return mark
