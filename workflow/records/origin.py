"""The province of admission, taken from the candidate number (GB/T 2260, two digits)."""

from __future__ import annotations

from config.policy.words import PROVINCE_CODES


def origin_province(ksh: str | None) -> str | None:
    """The province in digits 3-4 of a 14-digit candidate number. None for other numbers."""
    if ksh is None or len(ksh) != 14 or not (ksh.isascii() and ksh.isdecimal()):
        return None
    return PROVINCE_CODES.get(ksh[2:4])
