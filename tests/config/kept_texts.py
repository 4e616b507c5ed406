"""One kept text of every form that a policy ever had, and its answers to fixed questions at that time.

The code of each time wrote them down. They are never written again; texts of a further form are added.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "kept-texts.json.xz"
LATEST = "the last of the first vocabulary"
"""The form of the thirteen folders before they moved to the second vocabulary."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """The canonical bytes of a school's text, the name of its form, and questions with their answers."""

    school: str
    since: str
    text: bytes
    answers: tuple[tuple[dict[str, Any], dict[str, Any]], ...]


@cache
def kept_texts() -> tuple[KeptText, ...]:
    """All of them, oldest form first."""
    return tuple(
        KeptText(
            json.loads(one["text"])["school"],
            one["since"],
            one["text"].encode("ascii"),
            tuple((question, answer) for question, answer in one["answers"]),
        )
        for one in json.loads(lzma.decompress(FILE.read_bytes()))
    )
