"""The Entry and its canonical bytes. The stored bytes are the bytes that will be hashed and sealed.

One JSON object in UTF-8: ASCII keys in sorted order, text in NFC, no floats, no nulls, nothing empty, no
space between tokens. It contains no personal value, only salted commitments.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass, field, fields
from typing import Any

FORMAT = 1
DONE = "done"
REFUSED = "refused"
SALT = 16


class EntryFault(ValueError):
    """The bytes are not an entry's canonical form, or a value has no canonical form."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of transition history.

    ``lifecycle`` and ``policy`` are digests into the Rulebook. ``number`` counts a subject's done entries
    from 1; a refused entry has none and holds the version it ``met`` instead. ``key`` is a keyed digest.
    ``values`` maps names to commitments in hex. ``evidence`` holds digests of stored papers.
    """

    kind: str
    lifecycle: str
    subject: str
    action: str
    origin: str
    actor: str
    role: str
    at: str
    policy: str
    number: int = 0
    met: int = 0
    target: str = ""
    on_behalf_of: str = ""
    key: str = ""
    codes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON members of the entry, without empty ones."""
        said: dict[str, Any] = {"format": FORMAT}
        said |= {member: getattr(self, name) for name, member in _MEMBERS.items()}
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value
        }

    @property
    def body(self) -> bytes:
        """The canonical bytes."""
        return canonical(self.as_dict())

    @classmethod
    def from_body(cls, body: bytes) -> Entry:
        """Parse canonical bytes. Raises EntryFault otherwise."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as fault:
            raise EntryFault("not JSON") from fault
        if not isinstance(said, dict) or canonical(said) != bytes(body):
            raise EntryFault("not in canonical form")
        if said.pop("format", None) != FORMAT:
            raise EntryFault("unknown format")
        if not all(_fits(name, value) for name, value in said.items()):
            raise EntryFault("a value of the wrong kind")
        named: dict[str, Any] = {
            _NAMES.get(str(name), str(name)): tuple(value) if isinstance(value, list) else value
            for name, value in said.items()
        }
        try:
            entry = cls(**named)
        except TypeError as fault:
            raise EntryFault("unknown or missing names") from fault
        if entry.body != bytes(body):
            raise EntryFault("says something empty, or by another name")
        return entry


_NAMES = {"from": "origin", "to": "target"}
_MEMBERS = {one.name: one.name for one in fields(Entry)} | {name: member for member, name in _NAMES.items()}
_KINDS: dict[str, type] = {"number": int, "met": int, "values": dict} | dict.fromkeys(
    ("codes", "claims", "steps", "evidence"), list
)


def _fits(name: str, value: Any) -> bool:
    """True when a member has its type: text, except numbers, lists of texts and maps to texts."""
    if type(value) is not _KINDS.get(name, str):
        return False
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(type(one) is str for one in inner)


def canonical(value: dict[str, Any]) -> bytes:
    """Canonical bytes of a JSON object. Raises EntryFault for floats, nulls and keys outside ASCII."""
    _refuse_strange(value)
    said = _JSON.encode(value)
    try:
        return unicodedata.normalize("NFC", said).encode()
    except UnicodeEncodeError as fault:
        raise EntryFault("half of a surrogate pair has no canonical form") from fault


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_strange(value: Any) -> None:
    if isinstance(value, dict):
        if not all([isinstance(name, str) and name.isascii() for name in value]):
            raise EntryFault("a key that is not ASCII text")
        value = value.values()
    elif not isinstance(value, list):
        raise EntryFault(f"a {type(value).__name__} has no canonical form")
    for inner in value:
        if not isinstance(inner, str | int):
            _refuse_strange(inner)


def commitment(salt: bytes, name: str, value: str) -> str:
    """The salted commitment to a personal value, in hex; 128-bit salt."""
    if len(salt) != SALT:
        raise EntryFault("a salt has 16 bytes")
    plain = unicodedata.normalize("NFC", value).encode()
    return hashlib.sha256(b"cm1\0" + salt + name.encode() + b"\0" + plain).hexdigest()
