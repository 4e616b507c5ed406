"""An autumn of self-checking, lived through the one door: who confirms, who files, who decides, and when.

Everything that happens is planned first, each case as one chain of doings with their moments, and then done
in the order of time by the engine, a day in one unit of work, with a clock that stands at each moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import names, papers
from demo.students import SEED, Invented, as_csv
from workflow.campaigns.arrivals import take_in_roster
from workflow.campaigns.opening import open_campaign
from workflow.cases.drafts import Answers, save_draft
from workflow.cases.filing import ClaimFiled, file
from workflow.cases.tables import Case, Claim
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.people.accounts import add_person, add_students
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.photos import take_photos
from workflow.records.tables import Record
from workflow.upkeep.installation import Installation

PLAN = "freshman-2024"
ROSTER_DAY = datetime(2024, 10, 16, 9, 0, tzinfo=SHANGHAI)
OPENING = datetime(2024, 10, 23, 8, 0, tzinfo=SHANGHAI)
CLOSE = datetime(2024, 11, 7, 23, 59, 59, tzinfo=SHANGHAI)
SECOND_ROSTER = datetime(2024, 10, 28, 16, 30, tzinfo=SHANGHAI)
PACE = (14, 12, 11, 5, 5, 10, 11, 8, 5, 4, 2, 2, 4, 4, 2, 1)
"""Of a hundred students, how many look on each day of the campaign."""

STAFF = {
    "registrar": ("registrar", "杜学籍", ""),
    "reviewer": ("reviewer", "沈审核", ""),
    "other_reviewer": ("reviewer", "钱审核", ""),
    "second_reviewer": ("second_reviewer", "秦复核", ""),
    "officer": ("officer", "宋学工", "信息工程学院"),
    "other_officer": ("officer", "冯学工", "软件学院"),
    "auditor": ("auditor", "纪审计", ""),
}
"""Who works there: role, name, and an officer's college."""

PHOTOS = 12
DRAFTING = 3
FATES = (
    "gone", "gone", "held", "fresh", "corrected", "refused", "withdrawn", "disputed", "reopened", "undone",
    "mixed", "waiting", "review",
)  # fmt: skip
COMMON_FATES = ("corrected", "refused", "right", "withdrawn", "waiting", "review", "mixed")
EARLY = ("gone", "held", "fresh", "disputed", "reopened", "undone")
"""Fates of which the first part lies on the first day, so that the rest of it is seen."""

Doing = Callable[[Session], None]
Progress = Callable[[str], None]


@dataclass(order=True, slots=True)
class Planned:
    """One thing that somebody does at a moment; of two at once, the one planned first comes first."""

    at: datetime
    order: int
    do: Doing = field(compare=False)


class Autumn:
    """The demonstration school from its first roster to a moment of its campaign."""

    def __init__(self, place: Installation, clock: SetClock, students: Sequence[Invented]) -> None:
        self._place, self._clock, self._students = place, clock, students
        self._chance = random.Random(SEED)
        self._order = count()
        self._plan: list[Planned] = []
        self._staff: dict[str, Actor] = {}
        self._ids: dict[str, str] = {}
        self._people: dict[str, Actor] = {}
        self._cases: dict[str, Ref] = {}

    def live(self, until: datetime, progress: Progress = lambda said: None) -> None:
        """Let everything happen that happens before a moment."""
        progress("名册与人员 / roster and people")
        self._arrive()
        if until < OPENING:
            return
        self._clock.moment = OPENING
        open_campaign(self._place.engine, self._place.store, PLAN, self._staff["registrar"])
        with self._place.store.reading() as session:
            rows = session.execute(select(Case.record_id, Case.id)).all()
        self._cases = {record: Ref("case", case) for record, case in rows}
        self._plan_all(until)
        due = sorted(one for one in self._plan if one.at <= until)
        for day, doings in groupby(due, key=lambda one: one.at.date()):
            progress(f"{day:%Y-%m-%d}")
            self._live_through(doings)

    def _live_through(self, doings: Iterable[Planned]) -> None:
        with self._place.store.writing() as session:
            for one in doings:
                self._clock.moment = one.at
                one.do(session)

    # -- before the campaign ----------------------------------------------------------------------------

    def _arrive(self) -> None:
        place, at = self._place, ROSTER_DAY
        self._clock.moment = at
        with place.store.writing() as session:
            for key, (role, name, scope) in STAFF.items():
                person = add_person(session, name, role, scope, SYSTEM.person, at, place.entropy)
                self._staff[key] = Actor(person.id, role)
        with place.store.writing() as session:
            self._take_in(session, "2024级学籍名册.csv", [one.row for one in self._students])
            found = session.execute(select(Record.xh, Record.id, Record.xm)).all()
            self._ids = {row.xh: row.id for row in found}
            people = add_students(
                session, [(row.id, row.xm) for row in found], SYSTEM.person, at, place.entropy
            )
            self._people = {record: Actor(person, "student") for record, person in people.items()}
            self._add_photos(session)

    def _take_in(self, session: Session, name: str, rows: Iterable[dict[str, str]]) -> None:
        judgement = judge(read_roster(name, as_csv(rows)), as_of=self._clock.moment.date())
        take_in_roster(self._place.engine, session, judgement, self._place.cipher)

    def _add_photos(self, session: Session) -> None:
        """Photos for the first students of the list; the others look at theirs on the platform."""
        place, at = self._place, self._clock.moment
        with TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number}.jpg" for number in list(self._ids)[:PHOTOS]]
            for n, one in enumerate(files):
                one.write_bytes(papers.photo(n))
            take_photos(
                session, files, lambda record, data: place.evidence.put(session, record, data)[0],
                as_of=at.date(), now=at, entropy=place.entropy,
            )  # fmt: skip

    # -- what everybody is going to do ------------------------------------------------------------------

    def _plan_all(self, until: datetime) -> None:
        in_cohort = [one for one in self._students if self._record(one) in self._cases]
        filers = list(self._filers(in_cohort))
        filing = {one.row["XH"] for one, _ in filers}
        others = [one for one in in_cohort if one.row["XH"] not in filing]
        for n, one in enumerate(others[:DRAFTING]):
            self._begin_answering(one, until - timedelta(hours=3 + n))
        for one in others[DRAFTING:]:
            if (at := self._when_looking(one)) is not None:
                self._confirm(one, at)
        gone = []
        for (one, claims), fate in zip(filers, self._fates(), strict=False):
            self._file(one, claims, fate, until)
            if fate == "gone":
                gone.append(one.row["XH"])
        self._then(SECOND_ROSTER, lambda session: self._take_in_again(session, gone))

    def _record(self, one: Invented) -> str:
        return self._ids.get(one.row["XH"], "")

    # -- looking and confirming -------------------------------------------------------------------------

    def _when_looking(self, one: Invented) -> datetime | None:
        """When a student looks and finds all right, or None; colleges differ, and classes."""
        eager = self._eagerness(one.row["FY"], 0.16) + self._eagerness(one.row["BH"], 0.12)
        if self._chance.random() > 0.93 + eager:
            return None
        late = self._day_of_pace()
        shift = -1 if eager > 0.1 else 2 if eager < -0.1 and self._chance.random() < 0.6 else 0
        return self._in_the_day(max(0, min(len(PACE) - 1, late + shift)))

    def _eagerness(self, group: str, width: float) -> float:
        return random.Random(f"{SEED}{group}").uniform(-width, width / 2)

    def _day_of_pace(self) -> int:
        return self._chance.choices(range(len(PACE)), PACE)[0]

    def _in_the_day(self, day: int) -> datetime:
        """A moment of the campaign's nth day, most often in the evening, when a phone is at hand."""
        hour = self._chance.choices(range(8, 24), (2, 3, 4, 4, 6, 4, 3, 3, 4, 5, 6, 8, 10, 10, 8, 3))[0]
        moment = OPENING.replace(hour=hour) + timedelta(days=day, seconds=self._chance.randrange(3600))
        return min(moment, CLOSE)

    def _confirm(self, one: Invented, at: datetime) -> None:
        record = self._record(one)
        self._then(at, self._action(self._cases[record], "confirm", self._people[record]))

    # -- filing -----------------------------------------------------------------------------------------

    def _filers(self, in_cohort: Sequence[Invented]) -> Iterator[tuple[Invented, tuple[ClaimFiled, ...]]]:
        """Who files, and what: most of those whose record is wrong, and some whose name a clerk mistook."""
        mistaken = 0
        for one in in_cohort:
            claims = _claims_of(one)
            if claims and self._chance.random() < 0.9:
                yield one, claims
            elif not one.strangeness and mistaken < self._share(140) and names.taken_for(one.row["XM"]):
                mistaken += 1
                yield one, self._mistaken(one)

    def _mistaken(self, one: Invented) -> tuple[ClaimFiled, ...]:
        right = names.taken_for(one.row["XM"])
        lot = self._chance.random()
        if lot < 0.25:
            day = date(2024, 9, 20) + timedelta(days=self._chance.randrange(28))
            return (ClaimFiled("XM", "legal_change", right, day),)
        name = ClaimFiled("XM", "admission_error", right)
        return (name, ClaimFiled("PHOTO", "photo", "")) if lot < 0.4 else (name,)

    def _share(self, often: int) -> int:
        return max(1, round(often * len(self._students) / 6000))

    def _fates(self) -> Iterator[str]:
        """What becomes of one filing after another; the first ones see to it that everything occurs."""
        yield from FATES
        while True:
            yield self._chance.choices(COMMON_FATES, (46, 12, 4, 6, 18, 12, 2))[0]

    def _file(self, one: Invented, claims: tuple[ClaimFiled, ...], fate: str, until: datetime) -> None:
        record = self._record(one)
        case, who = self._cases[record], self._people[record]
        at = self._in_the_day(0 if fate in EARLY else self._day_of_pace())
        self._then(at, lambda session: self._hand_in(session, record, who, claims))
        if fate == "withdrawn":
            later = at + timedelta(minutes=self._chance.randrange(9, 300))
            self._then(later, self._action(case, "withdraw", who))
        if fate in ("withdrawn", "waiting", "gone"):
            return
        reviewer = self._staff[self._chance.choice(("reviewer", "other_reviewer"))]
        taken = _at_work(at + timedelta(hours=self._chance.randrange(2, 30)), self._chance)
        if fate in ("held", "fresh"):
            reviewer = self._staff["other_reviewer" if fate == "held" else "reviewer"]
            taken = until - timedelta(minutes=14)
        self._then(taken, self._action(case, "take_up", reviewer))
        if fate in ("review", "held"):
            return
        decided = taken + timedelta(minutes=10 if fate == "fresh" else self._chance.randrange(6, 25))
        self._then(decided, lambda session: self._decide(session, case, reviewer, fate))
        self._afterwards(case, who, reviewer, fate, decided)

    def _afterwards(self, case: Ref, who: Actor, reviewer: Actor, fate: str, decided: datetime) -> None:
        if fate == "disputed":
            words = {"words": "平台上显示的仍是原来的内容。"}
            self._then(decided + timedelta(hours=20), self._action(case, "dispute", who, **words))
        elif fate == "reopened":
            words = {"words": "学生补交了公安机关的材料，重新审理。"}
            self._then(
                decided + timedelta(hours=26),
                self._action(case, "reopen", self._staff["second_reviewer"], **words),
            )
        elif fate == "undone":
            self._then(decided + timedelta(minutes=4), self._action(case, "undo", reviewer))

    def _hand_in(self, session: Session, record: str, who: Actor, claims: tuple[ClaimFiled, ...]) -> None:
        kinds = (
            ["id_card", "household_book"] if any(c.cause == "legal_change" for c in claims) else ["id_card"]
        )
        named = next((claim.new for claim in claims if claim.field == "XM"), None)
        held = session.execute(select(Record.xm, Record.xb, Record.csrq).where(Record.id == record)).one()
        birth = next((claim.new for claim in claims if claim.field == "CSRQ"), f"{held.csrq}")
        sex = next((claim.new for claim in claims if claim.field == "XB"), held.xb)
        lines = {"姓名": named or held.xm, "性别": sex, "出生": birth, "号码": "（示例，无号码）"}
        ids = [self._paper(session, record, kind, lines) for kind in kinds]
        file(self._place.engine, session, record, who, claims, ids)

    def _paper(self, session: Session, record: str, kind: str, lines: dict[str, str]) -> str:
        picture = Picture("image/jpeg", papers.paper(kind, lines))
        return self._place.evidence.add(session, record, kind, picture, self._clock.moment).id

    # -- deciding ---------------------------------------------------------------------------------------

    def _decide(self, session: Session, case: Ref, by: Actor, fate: str) -> None:
        """Settle every claim and close the case; a mixed one has one claim corrected and one refused."""
        engine, today = self._place.engine, self._clock.moment.date()
        claims = session.scalars(
            select(Claim.id).where(Claim.case_id == case.id, Claim.ended_at.is_(None)).order_by(Claim.field)
        ).all()
        outcomes = list(_outcomes(fate, len(claims)))
        for claim, outcome in zip(claims, outcomes, strict=True):
            more: dict[str, Any] = {"seen_on": today} if outcome == "corrected" else {"words": WORDS[outcome]}
            engine.perform(session, case, "settle", by=by, claim=claim, outcome=outcome, **more)
        if "corrected" in outcomes:
            engine.perform(session, case, "correct", by=by, words="已在学信网平台更正，并看到正确信息。")
        else:
            code = "record_is_right" if "already_right" in outcomes else "evidence_does_not_prove"
            engine.perform(session, case, "reject", by=by, refusal=code, words=WORDS[outcomes[0]])

    # -- what else happens ------------------------------------------------------------------------------

    def _take_in_again(self, session: Session, gone: Sequence[str]) -> None:
        """A later roster, in which some of those who filed have left the school."""
        rows = [one.row | ({"XJZT": "退学"} if one.row["XH"] in gone else {}) for one in self._students]
        self._take_in(session, "2024级学籍名册（10月28日）.csv", rows)

    def _begin_answering(self, one: Invented, at: datetime) -> None:
        """A student who began to answer and was called away."""
        claim = ClaimFiled("XM", "admission_error", names.with_rare(one.row["XM"], self._chance))
        self._then(at, self._answering(self._record(one), claim))

    def _answering(self, record: str, claim: ClaimFiled) -> Doing:
        def answer(session: Session) -> None:
            answers = Answers({claim.field: claim})
            save_draft(session, self._place.cipher, record, answers, self._clock.moment)
            self._paper(session, record, "id_card", {"姓名": claim.new})

        return answer

    def _then(self, at: datetime, do: Doing) -> None:
        self._plan.append(Planned(at, next(self._order), do))

    def _action(self, case: Ref, action: str, by: Actor, **details: Any) -> Doing:
        def do(session: Session) -> None:
            self._place.engine.perform(session, case, action, by=by, **details)

        return do


WORDS = {
    "refused": "所附材料不能证明申请的内容，请补齐公安机关的证明后重新提出。",
    "already_right": "经核对，学信网平台显示的就是正确内容，无需更正。",
}


def _outcomes(fate: str, claims: int) -> Iterator[str]:
    first = {"refused": "refused", "right": "already_right"}.get(fate, "corrected")
    yield first
    yield from ["refused" if fate == "mixed" else first] * (claims - 1)


def _claims_of(one: Invented) -> tuple[ClaimFiled, ...]:
    """What a student would say is wrong, where the roster and the truth differ."""
    cause = "rendering" if one.strangeness in ("private_use", "wrong_dot") else "admission_error"
    fields = [field for field in ("XM", "XB", "CSRQ", "SFZH") if one.row[field] != one.truth[field]]
    return tuple(ClaimFiled(field, cause, one.truth[field]) for field in fields)


def _at_work(moment: datetime, chance: random.Random) -> datetime:
    """The first moment of office hours at or after this one, weekends left out."""
    if moment.time() > time(17, 0):
        moment = datetime.combine(moment.date() + timedelta(days=1), time(9, 0), SHANGHAI)
    elif moment.time() < time(9, 0):
        moment = datetime.combine(moment.date(), time(9, 0), SHANGHAI)
    while moment.weekday() >= 5:
        moment = datetime.combine(moment.date() + timedelta(days=1), time(9, 0), SHANGHAI)
    return moment + timedelta(minutes=chance.randrange(50))
