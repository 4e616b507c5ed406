"""Compare two sources student by student: who is in both, what differs, and what is known of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.claims import ClaimFiled, following, opened
from workflow.cases.tables import Claim
from workflow.people.cipher import Cipher
from workflow.records.fields import COLUMNS, KEYS, SEALED
from workflow.records.findings import Finding, finding
from workflow.records.judge import Judgement
from workflow.records.tables import Record
from workflow.records.values import opened_values, stored_form
from workflow.sources.renderings import only_written_differently
from workflow.sources.sides import SideRead
from workflow.sources.tables import PLATFORM, SAME, SCHOOL, TO_MEND, TO_POST, WHOLE

REACH = ("FY", "RXRQ")
"""By college and entry year a file says whom it is about."""


@dataclass(frozen=True, slots=True)
class InSource:
    """One student in a source: the record, if there is one, and the values by column."""

    record: str | None
    values: Mapping[str, str] = dataclasses.field(repr=False)
    left: bool = False

    @property
    def number(self) -> str:
        """The number by which lists name the student."""
        return self.values.get("XH") or self.values.get("KSH") or ""

    @property
    def college(self) -> str:
        return self.values.get("FY", "")

    @property
    def reach(self) -> tuple[str, str]:
        """The college and the entry year."""
        return self.college, self.values.get("RXRQ", "")[:4]

    @property
    def named(self) -> str:
        """Number and name in one line."""
        return f"{self.number} {self.values.get('XM', '')}".strip()


@dataclass(frozen=True, slots=True)
class Differs:
    """One difference: whose, the field, both values, and what is known of it.

    ``named`` is number and name of a student who is in none of our records, where the values do not say them.
    """

    record: str | None
    number: str
    college: str
    field: str
    platform: str = dataclasses.field(repr=False)
    school: str = dataclasses.field(repr=False)
    proposed: str = ""
    because: str = ""
    claim: str | None = None
    case: str | None = None
    named: str = dataclasses.field(default="", repr=False)

    def mark(self, cipher: Cipher) -> str:
        """The keyed digest of student, field and both values."""
        whose = self.record or self.number
        said = "\0".join((whose, self.field, self.platform, self.school))
        return cipher.digest("difference", said.encode())


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """What a comparison would show. ``refused`` are the cells for which nothing is taken, each with its side.

    ``blank`` are columns that one of the two has no value of, and which are not compared.
    """

    school: SideRead
    platform: SideRead | None
    fields: tuple[str, ...]
    blank: tuple[str, ...]
    both: int
    out_of_reach: int
    differs: tuple[Differs, ...]
    refused: tuple[tuple[str, Finding], ...]
    noted: tuple[tuple[str, Finding], ...]

    @property
    def by_field(self) -> Counter[str]:
        """How many differences each field has."""
        return Counter(one.field for one in self.differs)

    def digest(self, cipher: Cipher) -> str:
        """The identifier of exactly this result."""
        marks = [(one.mark(cipher), one.proposed, one.case) for one in self.differs]
        return cipher.digest("comparison", repr((marks, self.fields, self.both, self.refused)).encode())


def compare(
    session: Session,
    cipher: Cipher,
    school: SideRead,
    platform: SideRead | None,
    *,
    left: Collection[str] = (),
    keeps: Mapping[str, str] | None = None,
) -> ComparisonPlan:
    """Compare a school's file with the platform's, or with our records. Reads only.

    ``left`` are the statuses of students who are no longer there. ``keeps`` says of a field which source
    the school goes by.
    """
    return _Comparing(session, cipher, school, platform, left, keeps or {}).plan()


class _Comparing:
    """One comparison of two sources."""

    def __init__(
        self,
        session: Session,
        cipher: Cipher,
        school: SideRead,
        platform: SideRead | None,
        left: Collection[str],
        keeps: Mapping[str, str],
    ) -> None:
        self._session, self._cipher = session, cipher
        self._school, self._platform = school, platform
        self._left, self._keeps = left, keeps
        self._refused: list[tuple[str, Finding]] = []
        for read in filter(None, (school, platform)):
            self._refused += [(read.side, one) for one in read.refused]

    def plan(self) -> ComparisonPlan:
        """Match the students, then compare field by field."""
        there = self._on_platform()
        here = [InSource(None, one) for one in _rows(self._school.judged)]
        fields, blank = self._fields(there, here)
        pairs, lone = self._matched(there, here)
        differs = [one for a, b in pairs for one in self._of_pair(a, b, fields)]
        found = {id(a) for a, _ in pairs}
        reach = {a.reach for a, _ in pairs}
        alone = [one for one in there if id(one) not in found and not one.left]
        within = [one for one in alone if one.reach in reach]
        differs += [Differs(a.record, a.number, a.college, WHOLE, a.named, "") for a in within]
        differs += [Differs(None, b.number, b.college, WHOLE, "", b.named) for b in lone]
        return ComparisonPlan(
            self._school,
            self._platform,
            fields,
            blank,
            len(pairs),
            len(alone) - len(within),
            tuple(self._known(sorted(differs, key=_in_order))),
            tuple(self._refused),
            tuple(
                (read.side, one)
                for read in filter(None, (self._school, self._platform))
                for one in read.noted
            ),
        )

    # -- the two sources --------------------------------------------------------------------------------

    def _on_platform(self) -> list[InSource]:
        if self._platform is None:
            return list(self._records())
        kept = {}
        for row in self._session.execute(select(Record.id, Record.ksh, Record.xh)):
            kept.update({(name, said): row.id for name, said in (("KSH", row.ksh), ("XH", row.xh)) if said})
        return [
            InSource(
                next((kept[key] for name in KEYS if (key := (name, one.get(name))) in kept), None),
                one,
                one.get("XJZT") in self._left,
            )
            for one in _rows(self._platform.judged)
        ]

    def _records(self) -> Iterator[InSource]:
        """Our records, with the columns that the school's file has and those by which students are found."""
        asked = dict.fromkeys((*KEYS, "XM", "XJZT", *REACH, *self._school.judged.columns))
        plain, sealed = [name for name in asked if name not in SEALED], [n for n in asked if n in SEALED]
        columns = [stored_form(name).label(name) for name in (*plain, *sealed)]
        for row in self._session.execute(select(Record.id.label("record"), *columns)):
            said = row._mapping
            values = {name: said[name] for name in plain if said[name]}
            values |= opened_values(self._cipher, said["record"], sealed, {n: said[n] for n in sealed})
            yield InSource(said["record"], values, values.get("XJZT") in self._left)

    def _fields(
        self, there: Sequence[InSource], here: Sequence[InSource]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns to compare, and those of which one of the two has no value at all."""
        known = set(self._school.judged.columns)
        if self._platform is not None:
            known &= set(self._platform.judged.columns)
        filled = {
            name
            for name in known
            if any(one.values.get(name) for one in there) and any(one.values.get(name) for one in here)
        }
        ordered = [name for name in COLUMNS if name in known]
        return tuple(n for n in ordered if n in filled), tuple(n for n in ordered if n not in filled)

    # -- matching ---------------------------------------------------------------------------------------

    def _matched(
        self, there: Sequence[InSource], here: Sequence[InSource]
    ) -> tuple[list[tuple[InSource, InSource]], list[InSource]]:
        """Who is in both, and who is in the school's file alone: by candidate number, else student number."""
        by = {(name, number): one for one in there for name in KEYS if (number := one.values.get(name, ""))}
        pairs, lone = [], []
        first: dict[int, int] = {}
        numbers = self._school.judged.numbers
        for row, one in zip(numbers, here, strict=True):
            found = [by[key] for name in KEYS if (key := (name, one.values.get(name, ""))) in by]
            if not found:
                lone.append(one)
                continue
            if any(other is not found[0] for other in found):
                self._refused.append((SCHOOL, finding(row, "XH", "two_records")))
                continue
            other = first.setdefault(id(found[0]), row)
            if other != row:
                self._refused.append((SCHOOL, finding(row, "XH", "twice_in_file", rows=other)))
                continue
            pairs.append((found[0], one))
        return pairs, lone

    @staticmethod
    def _of_pair(platform: InSource, school: InSource, fields: Sequence[str]) -> Iterator[Differs]:
        whose = platform.record, platform.number, platform.college or school.college
        for name in fields:
            one, other = platform.values.get(name, ""), school.values.get(name, "")
            if one != other:
                yield Differs(*whose, name, one, other, named=_unknown(platform))

    # -- what is known ----------------------------------------------------------------------------------

    def _known(self, differs: Sequence[Differs]) -> Iterator[Differs]:
        """The same differences, each with the kind that is proposed and the case to look at."""
        claims = self._claims({one.record for one in differs if one.record})
        for one in differs:
            yield self._with_proposal(one, claims.get((one.record or "", one.field), ()))

    def _with_proposal(self, one: Differs, claims: Sequence[_Claimed]) -> Differs:
        if one.field == WHOLE:
            return one
        for claim in claims:
            if claim.open and claim.value in (one.platform, one.school):
                return _and(one, because="open_claim", claim=claim.id, case=claim.case)
        for claim in claims:
            if not claim.open and claim.value == one.school:
                if self._is_older(claim):
                    return _and(one, because="correction_under_way", claim=claim.id, case=claim.case)
                return _and(one, TO_POST, "corrected_there", case=claim.case)
            if not claim.open and claim.value == one.platform:
                return _and(one, TO_MEND, "corrected_here", case=claim.case)
        if only_written_differently(one.field, one.platform, one.school):
            return _and(one, SAME, "rendering")
        kept = self._keeps.get(one.field, "")
        if kept == SCHOOL:
            return _and(one, TO_POST, "kept_by_school")
        return _and(one, TO_MEND, "kept_by_platform") if kept == PLATFORM else one

    def _is_older(self, claim: _Claimed) -> bool:
        """True if the platform's data may be from before the correction was entered there."""
        if self._platform is None:
            return False
        return claim.seen_on is None or self._platform.judged.as_of <= claim.seen_on

    def _claims(self, records: Collection[str]) -> dict[tuple[str, str], list[_Claimed]]:
        """What is claimed of these records and what was corrected, by record and field; latest first."""
        asked = select(
            Claim.id, Claim.case_id, Claim.record_id, Claim.field, Claim.cause, Claim.old, Claim.new,
            Claim.seen_on, Claim.ended_at,
        ).where(Claim.outcome.in_(("", "corrected")))  # fmt: skip
        found: dict[tuple[str, str], list[_Claimed]] = {}
        for row in self._session.execute(asked.order_by(Claim.filed_at.desc(), Claim.id)):
            if row.record_id not in records or row.field not in COLUMNS:
                continue
            filed = ClaimFiled(row.field, row.cause, opened(self._cipher, row).new)
            for name, value in following(filed).items():
                claimed = _Claimed(row.id, row.case_id, value, row.ended_at is None, row.seen_on)
                found.setdefault((row.record_id, name), []).append(claimed)
        return found


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A value that a claim wants or brought about."""

    id: str
    case: str
    value: str = dataclasses.field(repr=False)
    open: bool
    seen_on: Any


def _and(
    one: Differs, proposed: str = "", because: str = "", claim: str | None = None, case: str | None = None
) -> Differs:
    """The difference with what is known of it."""
    return dataclasses.replace(one, proposed=proposed, because=because, claim=claim, case=case)


def _unknown(one: InSource) -> str:
    """Number and name of a student who is in none of our records; '' of others."""
    return "" if one.record else one.named


def _rows(judged: Judgement) -> Iterator[dict[str, str]]:
    """Each row's values by column, without blanks."""
    names = list(judged.columns)
    for cells in zip(*judged.columns.values(), strict=True):
        yield {name: cell for name, cell in zip(names, cells, strict=True) if cell}


_PLACES = {name: place for place, name in enumerate(COLUMNS)}


def _in_order(one: Differs) -> tuple[str, str, int]:
    """College by college, student by student, field by field; whole students first."""
    return one.college, one.number, _PLACES.get(one.field, -1)
