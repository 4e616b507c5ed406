"""Short words for the codes with which a file of answers is refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "nothing_to_take": ("没有可以登记的行", "no row to enter"),
}
