"""What a school's letters to others need from it: who signs the verification sheet, and whom it writes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.policy.words import PROVINCES

LONGEST = 60

LetterFault = tuple[str, str, str]
"""What is wrong with one table of the file: its key, in Chinese, in English."""


@dataclass(frozen=True, slots=True)
class ExamAuthority:
    """The exam authority of a province, by the name under which the school writes to it."""

    province: str
    name: str

    def faults(self) -> Iterator[LetterFault]:
        """Everything that is wrong with it."""
        if self.province not in PROVINCES:
            yield "province", "没有这个省份的简称", "is no province by its short name"
        if not self.name or len(self.name) > LONGEST or not self.name.isprintable():
            yield (
                "name",
                f"应为一行，最多 {LONGEST} 个字",
                f"must be one line of {LONGEST} characters at most",
            )


@dataclass(frozen=True, slots=True)
class VerificationForm:
    """The end of a verification sheet: who signs it, in their order.

    ``impersonation`` are the ids of items of the checklist by which whoever ticks them finds that it is one
    and the same person.
    """

    signed_by: tuple[str, ...] = ()
    impersonation: tuple[str, ...] = ()

    def faults(self) -> Iterator[LetterFault]:
        """Everything that is wrong with it by itself; the checklist is the policy's to know."""
        if any(not one or len(one) > LONGEST or not one.isprintable() for one in self.signed_by):
            yield (
                "signed_by",
                f"每一项应为一行，最多 {LONGEST} 个字",
                f"each must be one line of {LONGEST} characters at most",
            )


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A school's verification sheet and the exam authorities that it writes to."""

    sheet: VerificationForm = VerificationForm()
    authorities: tuple[ExamAuthority, ...] = ()

    def authority_of(self, province: str | None) -> str:
        """The exam authority of a province; '' where the school has none on its list."""
        return next((one.name for one in self.authorities if one.province == province), "")


NOTHING_OF_LETTERS = Correspondence()
"""What a school has of which no file was read."""
