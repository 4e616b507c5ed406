"""The filings of students: whose record, which claims, which papers. Nothing is performed here."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from demo import names, papers
from demo.students import SIZE, Invented
from workflow.cases.claims import ClaimFiled

ENROLLED = ("注册学籍", "暂缓注册")
WRITTEN_OTHERWISE = ("private_use", "wrong_dot", "space_in_name", "hidden_character")
"""Kinds of strangeness that change only the writing of a name."""

MISTAKEN = {"name": 100, "photo": 22, "number": 14}
"""Of 6,000 students with a sound record, how many file because of a clerk's mistake no import can detect."""

VISITORS = ("lost_character", "another_people")
"""Kinds of strangeness: one student of each does nothing, so that a visitor can play them."""

BESIDE = ("XB", "CSRQ")
"""The fields that some say are right beside a wrong name or photo."""


@dataclass(frozen=True, slots=True)
class DemoPaper:
    """One paper to be drawn: the evidence kind and its lines."""

    kind: str
    lines: Mapping[str, str]

    def drawn(self) -> bytes:
        """The paper drawn as a picture."""
        return papers.photo(1) if self.kind == "other" else papers.paper(self.kind, self.lines)


@dataclass(frozen=True, slots=True)
class DemoFiling:
    """One student's filing, with the fields that they say are right."""

    student: Invented
    claims: tuple[ClaimFiled, ...]
    papers: tuple[DemoPaper, ...]
    right: tuple[str, ...] = ()

    @property
    def xh(self) -> str:
        """The student number."""
        return self.student.row["XH"]

    @property
    def leaves_beside(self) -> bool:
        """Whether the claims leave the other fields to be said right later."""
        return not self.right and {claim.field for claim in self.claims} <= {"XM", "PHOTO"}

    @property
    def wanted(self) -> dict[str, str]:
        """The values of the record if all claims were granted."""
        return {claim.field: claim.new for claim in self.claims if claim.new}


def visitors(students: Sequence[Invented]) -> set[str]:
    """The student numbers left to visitors of the demonstration."""
    return {
        next(one.row["XH"] for one in students if one.strangeness == strangeness) for strangeness in VISITORS
    }


def filings(students: Sequence[Invented], chance: random.Random) -> Iterator[DemoFiling]:
    """Filings for most wrong records, and for some records with a clerk's mistake."""
    alone = visitors(students)
    left = {kind: max(1, round(often * len(students) / SIZE)) for kind, often in MISTAKEN.items()}
    for n, one in enumerate(students):
        if one.row["XJZT"] not in ENROLLED or one.row["XH"] in alone:
            continue
        claims = _of_wrong_data(one)
        if claims and chance.random() < 0.9:
            yield filing(one, claims)
        elif not one.strangeness and (kind := _mistake(one, n, left)):
            left[kind] -= 1
            filed = filing(one, _of_a_mistake(one, n, kind, chance))
            yield replace(filed, right=BESIDE) if kind == "photo" else filed


def filing(one: Invented, claims: Sequence[ClaimFiled]) -> DemoFiling:
    """A filing of these claims with the papers that the school asks for."""
    return DemoFiling(one, tuple(claims), tuple(_papers(one, claims)))


def another_photo(one: Invented) -> DemoFiling:
    """A later filing of a student whose first one is decided."""
    return filing(one, (ClaimFiled("PHOTO", "photo", ""),))


def _of_wrong_data(one: Invented) -> tuple[ClaimFiled, ...]:
    """Claims for the fields where the roster differs from the truth."""
    cause = "rendering" if one.strangeness in WRITTEN_OTHERWISE else "admission_error"
    fields = [field for field in ("XM", "XB", "CSRQ", "SFZH") if one.row[field] != one.truth[field]]
    return tuple(ClaimFiled(field, cause, one.truth[field]) for field in fields)


def _mistake(one: Invented, n: int, left: Mapping[str, int]) -> str:
    """The kind of a clerk's mistake about a student, or '' if none of that kind is left."""
    kind = "name" if names.taken_for(one.row["XM"]) else "photo" if n % 3 == 0 else "number"
    return kind if left[kind] and (kind == "name" or n % 17 == 0) else ""


def _of_a_mistake(one: Invented, n: int, kind: str, chance: random.Random) -> tuple[ClaimFiled, ...]:
    photo = ClaimFiled("PHOTO", "photo", "")
    if kind == "photo":
        return (photo,)
    if kind == "number":
        return (ClaimFiled("XH", "school_data", f"{one.row['XH'][:4]}{90_000 + n:05d}"),)
    right, lot = names.taken_for(one.row["XM"]), chance.random()
    if lot < 0.25:
        day = date(2024, 9, 20) + timedelta(days=chance.randrange(28))
        return (ClaimFiled("XM", "legal_change", right, day),)
    name = ClaimFiled("XM", "admission_error", right)
    return (name, photo) if lot < 0.4 else (name,)


def _papers(one: Invented, claims: Sequence[ClaimFiled]) -> Iterator[DemoPaper]:
    wanted = {claim.field: claim.new for claim in claims}
    if wanted.keys() & {"XM", "XB", "CSRQ", "SFZH"}:
        yield DemoPaper(_identity(one), _identity_lines(one, wanted))
    for claim in claims:
        if claim.cause == "legal_change":
            yield DemoPaper("household_book", _change_lines(one, claim))
        if claim.field == "PHOTO":
            yield DemoPaper("other", {})


def _identity(one: Invented) -> str:
    return "id_card" if one.truth["ZJLX"] == "1" else "travel_document"


def _identity_lines(one: Invented, wanted: Mapping[str, str]) -> dict[str, str]:
    said = {**one.truth, **wanted}
    year, month, day = said["CSRQ"].split("-")
    return {
        "姓名": said["XM"],
        "性别": said["XB"],
        "民族": said["MZ"].removesuffix("族"),
        "出生": f"{year} 年 {int(month)} 月 {int(day)} 日",
        "住址": "示例区示范路 1 号",
        "号码": said["SFZH"],
    }


def _change_lines(one: Invented, claim: ClaimFiled) -> dict[str, str]:
    return {
        "姓名": claim.new,
        "曾用名": one.row["XM"],
        "变更日期": f"{claim.event_date}",
        "号码": one.truth["SFZH"],
    }
