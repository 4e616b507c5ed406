"""When two values of a field are the same in another writing."""

from __future__ import annotations

import unicodedata

from workflow.records import identity, names
from workflow.records.fields import COLUMNS, same_ethnicity
from workflow.records.texts import HIDDEN


def only_written_differently(field: str, one: str, other: str) -> bool:
    """True when two different values of a field say the same: width, dots, spaces, lost characters."""
    if not one or not other:
        return False
    kind = COLUMNS[field].kind
    if kind == "name":
        return names.same_rendering(one, other) or _lost_in(one, other) or _lost_in(other, one)
    if kind == "document":
        return identity.fold(one) == identity.fold(other)
    if field == "MZ" and same_ethnicity(one, other):
        return True
    return _folded(one) == _folded(other)


def _lost_in(damaged: str, whole: str) -> bool:
    """True when a name with lost or masked characters may be the whole one."""
    marks = set(names.marks_of(damaged)) & {"lost_character", "masked", "private_use", "mixed_letters"}
    return bool(marks) and names.may_be(damaged, whole)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in HIDDEN)
