"""Validators for the details of an action: they reject what a database cannot keep, and the wrong type."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

LONGEST = 4000


def text(said: Any) -> bool:
    """Text that can be kept and shown: no NUL, no half of a surrogate pair, of a length people write."""
    if not isinstance(said, str) or len(said) > LONGEST or "\0" in said:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in said)


def maybe_text(said: Any) -> bool:
    """Text, or nothing where a form was left empty."""
    return said is None or text(said)


def day(said: Any) -> bool:
    """A day, and not a moment."""
    return isinstance(said, date) and not isinstance(said, datetime)


def moment(said: Any) -> bool:
    """A moment that knows its zone."""
    return isinstance(said, datetime) and said.tzinfo is not None


def texts(said: Any) -> bool:
    """A handful of texts."""
    return isinstance(said, tuple | list) and all(text(one) for one in said)
