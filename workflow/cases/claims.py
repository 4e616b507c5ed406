"""Claims as filed: one disputed field, and the values that follow from its correction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, NamedTuple, Protocol

from workflow.cases.facts import ClaimFacts
from workflow.people.cipher import Cipher
from workflow.records import identity
from workflow.records.claimed import cleaned


@dataclass(frozen=True, slots=True)
class ClaimFiled:
    """One disputed field: the right value (dates as YYYY-MM-DD), the cause, and the date of change.

    ``variant``: one of the circumstances that the school's rules tell apart, or '' for none of them.
    """

    field: str
    cause: str
    new: str
    event_date: date | None = None
    variant: str = ""

    def clean(self) -> ClaimFiled:
        """The claim with its value in the form that a roster's value is stored in."""
        return replace(self, new=cleaned(self.field, self.new))

    def as_json(self) -> dict[str, Any]:
        """The claim as plain values. It is part of the digest of a command, which knew no variant once."""
        said = asdict(self)
        said["event_date"] = self.event_date.isoformat() if self.event_date else ""
        if not self.variant:
            del said["variant"]
        return said

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> ClaimFiled:
        """The inverse of ``as_json``."""
        day = said.get("event_date")
        return cls(
            said["field"],
            said["cause"],
            said["new"],
            date.fromisoformat(day) if day else None,
            said.get("variant", ""),
        )


def following(claim: ClaimFiled) -> dict[str, str]:
    """The values that follow from a claim: a resident's ID number also determines birth date and sex."""
    if claim.field != "SFZH":
        return {claim.field: claim.new}
    number = identity.read_number(claim.new)
    carried = {"SFZH": number.text}
    if number.birth is not None and number.sex is not None:
        carried |= {"CSRQ": number.birth.isoformat(), "XB": number.sex}
    return carried


class ClaimValues(NamedTuple):
    """The disputed value and the claimed value."""

    old: str
    new: str


class SealedClaim(Protocol):
    """A claim, or a row of one, with its two values sealed."""

    @property
    def id(self) -> str: ...
    @property
    def old(self) -> bytes: ...
    @property
    def new(self) -> bytes: ...


def opened(cipher: Cipher, claim: SealedClaim) -> ClaimValues:
    """Open the two values of a claim."""
    return ClaimValues(
        cipher.open(claim.old, table="claim", column="old", row=claim.id),
        cipher.open(claim.new, table="claim", column="new", row=claim.id),
    )


def as_filed(claim: ClaimFacts, new: str) -> ClaimFiled:
    """The claim as it would be filed, with this value."""
    return ClaimFiled(claim.field, claim.cause, new, claim.event_date, claim.variant)
