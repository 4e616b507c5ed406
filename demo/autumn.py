"""An autumn of self-checking, run through the engine: who confirms, files and decides, and when.

Everything is planned first, each case as a chain of actions with their times. The engine then performs them
in time order, one day in one unit of work, with the clock set to each time.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count, cycle, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import names, papers
from demo.asking import askings, readings
from demo.filings import BESIDE, ENROLLED, DemoFiling, DemoPaper, another_photo, filing, filings, visitors
from demo.offices import Doing, Offices
from demo.students import SEED, SIZE, Invented, Row, as_csv, as_dbf
from demo.ways_in import hand_out_strips, remember_who_came_in
from states.case import CORRECTED
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.roster_effects import take_in_roster
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.cases.filing.file import file
from workflow.cases.load import campaign_facts, look_at_case
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ANSWERED, DECIDED, PLATFORM, ready
from workflow.cases.tables import Case, Claim, Question
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.evidence.tables import Evidence
from workflow.notices.outbox import mark_seen
from workflow.people.access import note_access
from workflow.people.accounts import add_person, add_students, give_role
from workflow.people.scopes import Scope, held
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.photos import take_photos
from workflow.records.tables import Record
from workflow.upkeep.installation import Installation
from workflow.verdict import Refused

PLAN = "freshman-2024"
ROSTER_DAY = datetime(2024, 10, 16, 9, 0, tzinfo=SHANGHAI)
OPENING = datetime(2024, 10, 23, 8, 0, tzinfo=SHANGHAI)
SECOND_ROSTER = datetime(2024, 10, 28, 16, 30, tzinfo=SHANGHAI)
CLOSE = datetime(2024, 11, 7, 23, 59, 59, tzinfo=SHANGHAI)
MORNING = time(8, 10)
"""The daily time of bulletins, reminders and closings. The serving process does them every minute."""
LAST_MORNING = CLOSE.date() + timedelta(days=30)
PACE = (16, 14, 12, 6, 6, 11, 12, 6, 4, 3, 1, 1, 3, 3, 1, 1)
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
"""The staff: role, name, and an officer's college."""
COUNSELLOR, CLASSES = "白导员", 2
"""A counsellor of the first classes of the officer's college: their name, and how many classes."""

EXCLUDED = {"休学": "on_leave", "保留学籍": "retained"}
"""The statuses of excluded students, with the exclusion code."""

PHOTO_OF_EVERY = 150
DRAFTING = 8
CHANGED_SINCE = 10
"""Of 6,000 students, how many confirm a value that the second roster changes."""

SAYING = 30
"""Of so many who confirm, one says at once that they looked on the platform."""

LOOKING_ONLY = 0.3
"""The share of students who look without answering, of those who do not answer."""

FATES = (
    "gone", "gone", "held", "fresh", "corrected", "refused", "withdrawn", "disputed", "reopened", "undone",
    "released", "again", "waiting", "review", "approved", "asked", "answered",
)  # fmt: skip
"""The outcomes of the first filings, so that every outcome occurs."""

COMMON_FATES = {
    "corrected": 46,
    "refused": 12,
    "right": 4,
    "withdrawn": 6,
    "waiting": 18,
    "review": 7,
    "approved": 5,
}
FATES_OF_TWO = ("mixed", "partly", "corrected", "waiting", "review", "mixed")
"""The outcomes of filings with two claims."""

EARLY = (
    "gone", "held", "fresh", "disputed", "reopened", "undone", "again", "mixed", "partly",
    "asked", "answered",
)  # fmt: skip
"""Outcomes that begin on the first day, so that their later parts are visible."""

WORDS = {
    "approved": "材料与申请一致，同意更正。",
    "corrected": "已在学信网平台更正，并看到正确信息。",
    "refused": "所附材料不能证明申请的内容，请补齐公安机关的证明后重新提出。",
    "already_right": "经核对，学信网平台显示的就是正确内容，无需更正。",
    "dispute": "平台上显示的仍是原来的内容。",
    "note": "已电话联系，学生说户口簿原件在家里，等家长寄来。",
    "ask_paper": "上一张有反光，看不清楚，请重新拍照上传。",
    "ask": "请说明正确的内容以哪一份证件为准。",
    "answer": "以身份证为准。",
    "reopen": "学生补交了公安机关的材料，重新审核。",
    "exclude": "本学期不在校，按规定不计入本次自查。",
}

Progress = Callable[[str], None]


@dataclass(order=True, slots=True)
class PlannedDeed:
    """One action at a moment. Of two at the same moment, the one planned first comes first.

    An ``alone`` action has its own unit of work, because the engine will refuse it.
    """

    at: datetime
    order: int
    do: Doing = field(compare=False)
    alone: bool = field(compare=False, default=False)


class Autumn:
    """The demonstration school from its first roster to a moment of its campaign."""

    def __init__(self, place: Installation, clock: SetClock, students: Sequence[Invented]) -> None:
        self._place, self._clock, self._students = place, clock, students
        self._chance = random.Random(SEED)
        self._order = count()
        self._plan: list[PlannedDeed] = []
        self._done: Counter[str] = Counter()
        self._staff: dict[str, Actor] = {}
        self._ids: dict[str, str] = {}
        self._people: dict[str, Actor] = {}
        self._cases: dict[str, Ref] = {}
        self._filings = {one.xh: one for one in filings(students, self._chance)}

    def live(self, until: datetime, progress: Progress = lambda said: None) -> None:
        """Perform everything that is planned up to a moment."""
        progress(f"名册 {len(self._students)} 人 / roster and people")
        self._arrive()
        if until < OPENING:
            return
        progress("自查活动开始 / the campaign opens")
        self._open()
        self._plan_all(until)
        due = deque(sorted(one for one in self._plan if one.at <= until))
        day = OPENING.date()
        while due or day <= min(until.date(), LAST_MORNING):
            self._live_a_day(day, due, until)
            if self._done:
                progress(self._said_of(f"{day:%m-%d}"))
            day += timedelta(days=1)
        with self._place.store.writing() as session:
            remember_who_came_in(session)

    def _live_a_day(self, day: date, due: deque[PlannedDeed], until: datetime) -> None:
        morning = datetime.combine(day, MORNING, SHANGHAI)
        self._live_through(_taken_from(due, morning))
        if OPENING < morning <= until and day <= LAST_MORNING:
            self._clock.moment = morning
            self._offices.morning(morning)
        self._live_through(_taken_from(due, datetime.combine(day, time.max, SHANGHAI)))

    def _live_through(self, doings: Iterable[PlannedDeed]) -> None:
        """Perform a day in one unit of work, except for the actions that will be refused."""
        for alone, group in groupby(doings, key=lambda one: one.alone):
            if alone:
                self._be_refused(group)
                continue
            with self._place.store.writing() as session:
                for one in group:
                    self._clock.moment = one.at
                    one.do(session)

    def _be_refused(self, doings: Iterable[PlannedDeed]) -> None:
        for one in doings:
            self._clock.moment = one.at
            with suppress(Refused), self._place.store.writing() as session:
                one.do(session)

    def _said_of(self, day: str) -> str:
        done, self._done = self._done, Counter()
        return (
            f"{day}  确认 {done['confirm']} · 提出 {done['raise']} · 办结 {done['correct'] + done['reject']}"
            " / confirmed · filed · decided"
        )

    # -- before the campaign ----------------------------------------------------------------------------

    def _arrive(self) -> None:
        place, at = self._place, ROSTER_DAY
        self._clock.moment = at
        with place.store.writing() as session:
            for n, (key, (role, name, scope)) in enumerate(STAFF.items(), 1):
                person = add_person(
                    session, name, role, scope, SYSTEM.person, at, place.entropy, number=f"G24{n:03d}"
                )
                self._staff[key] = Actor(person.id, role)
            self._take_in(session, "2024级学籍.dbf", as_dbf([one.row for one in self._students]))
            self._hire_a_counsellor(session, at)
            found = session.execute(select(Record.xh, Record.id, Record.xm)).all()
            self._ids = {row.xh: row.id for row in found}
            people = add_students(
                session, [(row.id, row.xm) for row in found], SYSTEM.person, at, place.entropy
            )
            self._people = {record: Actor(person, "student") for record, person in people.items()}
            self._add_photos(session)

    def _hire_a_counsellor(self, session: Session, at: datetime) -> None:
        college, entropy = STAFF["officer"][2], self._place.entropy
        classes = select(Record.bh).where(Record.fy == college).distinct().order_by(Record.bh).limit(CLASSES)
        scopes = [Scope(college, str(name)) for name in session.scalars(classes)]
        if not scopes:  # a small school has no such college
            return
        first, *others = scopes
        number, by = f"G24{len(STAFF) + 1:03d}", SYSTEM.person
        made = add_person(
            session, COUNSELLOR, "officer", first, by, at, entropy, duty="counsellor", number=number
        )
        for scope in others:
            give_role(session, made.id, held("officer", scope, "counsellor"), by, at, entropy)

    def _take_in(self, session: Session, name: str, roster: bytes) -> None:
        judgement = judge(read_roster(name, roster), as_of=self._clock.moment.date())
        take_in_roster(
            self._place.engine, session, judgement, self._place.cipher, by=self._staff["registrar"]
        )

    def _add_photos(self, session: Session) -> None:
        """Photos for some students. The others look at theirs on the platform."""
        place, at = self._place, self._clock.moment
        with TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number}.jpg" for number in self._with_photo()]
            for n, one in enumerate(files):
                one.write_bytes(papers.photo(n))
            take_photos(
                session, files, lambda record, data: place.evidence.put(session, record, data)[0],
                as_of=at.date(), now=at, entropy=place.entropy,
            )  # fmt: skip

    def _with_photo(self) -> list[str]:
        """The visitors, the students who will claim that their photo is wrong, and every 150th of all."""
        wrong = {xh for xh, one in self._filings.items() if any(c.field == "PHOTO" for c in one.claims)}
        others = {one.row["XH"] for one in self._students[::PHOTO_OF_EVERY]}
        return sorted(wrong | others | visitors(self._students))

    def _open(self) -> None:
        self._clock.moment = OPENING
        place, registrar = self._place, self._staff["registrar"]
        hand_out_strips(place, registrar, OPENING)
        campaign = open_campaign(place.engine, place.store, PLAN, registrar).campaign
        with place.store.writing() as session:
            rows = session.execute(select(Case.record_id, Case.id, Record.xjzt).join(Record)).all()
            self._cases = {row.record_id: Ref("case", row.id) for row in rows}
            for status, code in EXCLUDED.items():
                only = [row.id for row in rows if row.xjzt == status]
                scope = campaign_facts(session, campaign)
                said: dict[str, Any] = {"code": code, "words": WORDS["exclude"], "only": only}
                place.engine.perform_all(session, "exclude", scope, by=registrar, **said)
        officers = {scope: self._staff[key] for key, (role, _, scope) in STAFF.items() if role == "officer"}
        self._offices = Offices(place, registrar, officers, campaign)
        guide = place.school.guide
        counts = readings(guide, OPENING, CLOSE) if guide else ()
        for at, do in (*self._offices.doings(), *askings(place, registrar), *counts):
            self._then(at, do)

    # -- planning ---------------------------------------------------------------------------------------

    def _plan_all(self, until: datetime) -> None:
        alone = visitors(self._students)
        others = [
            one
            for one in self._students
            if one.row["XJZT"] in ENROLLED
            and one.row["XH"] not in alone
            and one.row["XH"] not in self._filings
        ]
        for n, one in enumerate(others[:DRAFTING]):
            self._begin_answering(one, n, max(OPENING, until - timedelta(minutes=190 + 35 * n)))
        changes = self._plan_answers(others[DRAFTING:])
        fates, of_two = self._fates(), cycle(FATES_OF_TWO)
        for filed in self._filings.values():
            fate = next(of_two if len(filed.claims) > 1 else fates)
            self._plan_filing(filed, fate, until)
            if fate == "gone":
                changes[filed.xh] = {"XJZT": "退学"}
        self._then(SECOND_ROSTER, lambda session: self._take_in_again(session, changes))

    def _fates(self) -> Iterator[str]:
        yield from FATES
        while True:
            yield self._chance.choices(list(COMMON_FATES), list(COMMON_FATES.values()))[0]

    # -- looking and confirming -------------------------------------------------------------------------

    def _plan_answers(self, others: Sequence[Invented]) -> dict[str, Row]:
        """Plan who confirms and who only looks. Returns the values that a later roster changes for some."""
        changes: dict[str, Row] = {}
        confirmed = 0
        wanted = max(1, CHANGED_SINCE * len(self._students) // SIZE)
        for one in others:
            record = self._ids[one.row["XH"]]
            at = self._when_answering(one)
            if at is None:
                if self._chance.random() < LOOKING_ONLY:
                    self._then(self._in_the_day(self._day_of_pace()), self._looking(record))
                continue
            self._then(at, self._confirming(record))
            confirmed += 1
            if confirmed % SAYING == 0:
                self._then(min(at + timedelta(minutes=6), CLOSE), self._saying_looked(record))
            right = names.taken_for(one.row["XM"])
            if right and len(changes) < wanted and at < SECOND_ROSTER - timedelta(hours=2):
                changes[one.row["XH"]] = {"XM": right}
                if len(changes) % 2:  # half of them see that they are asked again
                    again = SECOND_ROSTER + timedelta(hours=3 + len(changes))
                    self._then(again, self._confirming(record))
        return changes

    def _when_answering(self, one: Invented) -> datetime | None:
        """When a student looks and finds everything right, or None. Colleges and classes differ."""
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
        """A moment of the campaign's nth day, most often in the evening."""
        hour = self._chance.choices(range(8, 24), (2, 3, 4, 4, 6, 4, 3, 3, 4, 5, 6, 8, 10, 10, 8, 3))[0]
        moment = OPENING.replace(hour=hour) + timedelta(days=day, seconds=self._chance.randrange(3600))
        return min(moment, CLOSE)

    def _looking(self, record: str) -> Doing:
        return lambda session: mark_seen(session, record, self._clock.moment)

    def _confirming(self, record: str) -> Doing:
        confirm = self._action(self._cases[record], "confirm", self._people[record])

        def do(session: Session) -> None:
            mark_seen(session, record, self._clock.moment)
            confirm(session)

        return do

    def _saying_looked(self, record: str) -> Doing:
        """The student says that they looked on the platform this day."""

        def do(session: Session) -> None:
            said = {"looked_on": self._clock.moment.date()}
            self._action(self._cases[record], "say_looked", self._people[record], **said)(session)

        return do

    # -- filing -----------------------------------------------------------------------------------------

    def _plan_filing(self, one: DemoFiling, fate: str, until: datetime) -> None:
        record = self._ids[one.xh]
        case, who = self._cases[record], self._people[record]
        at = self._in_the_day(0 if fate in EARLY else self._day_of_pace())
        self._then(at, lambda session: self._hand_in(session, record, one))
        if fate == "withdrawn":
            later = at + timedelta(minutes=self._chance.randrange(9, 300))
            self._then(later, self._action(case, "withdraw", who))
        if fate in ("withdrawn", "waiting", "gone"):
            return
        reviewer = self._staff[self._chance.choice(("reviewer", "other_reviewer"))]
        taken = _at_work(at + timedelta(hours=self._chance.randrange(2, 30)), self._chance)
        if fate in ("held", "fresh"):
            reviewer = self._staff["other_reviewer" if fate == "held" else "reviewer"]
            taken = max(at + timedelta(minutes=1), until - timedelta(minutes=14))
        self._then(taken, self._taking_up(case, reviewer))
        self._plan_review(one, case, reviewer, fate, taken)

    def _plan_review(self, one: DemoFiling, case: Ref, reviewer: Actor, fate: str, taken: datetime) -> None:
        """Plan what follows after a reviewer has taken a case up."""
        soon = taken + timedelta(minutes=4)
        if fate == "held":
            self._try(soon, self._action(case, "settle", self._staff["reviewer"], **_settling("refused")))
        elif fate == "released":
            self._then(soon, self._action(case, "release", reviewer))
        elif fate in ("asked", "answered"):
            self._then(soon, self._action(case, "ask", reviewer, questions=(_question(one),)))
        elif fate == "partly":
            self._then(soon, lambda session: self._settle(session, case, reviewer, ["corrected"]))
            withdraw = self._action(case, "withdraw", self._people[self._ids[one.xh]])
            self._try(soon + timedelta(hours=1), withdraw)
        elif fate == "approved":
            self._then(soon, lambda session: self._approve(session, case, reviewer))
        if fate in ("review", "asked") and one.leaves_beside:
            vouch = self._action(case, "vouch_fields", self._people[self._ids[one.xh]], fields=BESIDE)
            self._then(min(soon + timedelta(hours=3), CLOSE), vouch)
        if fate in ("held", "review"):
            self._then(soon, self._action(case, "note", reviewer, words=WORDS["note"]))
        if fate in ("held", "released", "partly", "review", "approved", "asked"):
            return
        if fate == "answered":
            self._then(soon + timedelta(hours=9), lambda session: self._answer(session, case, one))
            taken = _at_work(soon + timedelta(hours=20), self._chance)
            self._then(taken, self._action(case, "hold", reviewer))
        decided = taken + timedelta(seconds=600 if fate == "fresh" else self._chance.randrange(360, 1500))
        outcomes = _outcomes(fate, len(one.claims))
        if fate == "reopened":
            hasty = self._action(case, "reject", reviewer, refusal="record_is_right", words=WORDS["refused"])
            self._try(soon, hasty)
        self._then(decided, lambda session: self._decide(session, case, reviewer, outcomes))
        self._plan_afterwards(one, case, reviewer, fate, decided)

    def _plan_afterwards(
        self, one: DemoFiling, case: Ref, reviewer: Actor, fate: str, decided: datetime
    ) -> None:
        """Plan what follows after a decision."""
        record = self._ids[one.xh]
        if fate == "disputed":
            dispute = self._action(case, "dispute", self._people[record], words=WORDS["dispute"])
            self._then(decided + timedelta(hours=20), dispute)
        elif fate == "reopened":
            reopen = self._action(case, "reopen", self._staff["second_reviewer"], words=WORDS["reopen"])
            self._then(decided + timedelta(hours=26), reopen)
        elif fate == "undone":
            refused = ["refused"] * len(one.claims)
            self._then(decided + timedelta(minutes=4), self._action(case, "undo", reviewer))
            again = decided + timedelta(minutes=11)
            self._then(again, lambda session: self._decide(session, case, reviewer, refused))
        elif fate == "again":
            later = another_photo(one.student)
            self._then(decided + timedelta(hours=30), lambda session: self._hand_in(session, record, later))
        elif fate == "corrected":
            self._then(decided + timedelta(hours=5), self._looking(record))

    def _hand_in(self, session: Session, record: str, one: DemoFiling) -> None:
        mark_seen(session, record, self._clock.moment)
        ids = [self._put(session, record, paper) for paper in one.papers]
        file(self._place.engine, session, record, self._people[record], one.claims, ids, right=one.right)
        self._done["raise"] += 1

    def _answer(self, session: Session, case: Ref, one: DemoFiling) -> None:
        """The student photographs the paper again, or answers in words."""
        record = self._ids[one.xh]
        question = session.scalar(select(Question.id).where(Question.case_id == case.id))
        said: dict[str, Any] = {"words": WORDS["answer"]}
        if one.papers:
            said = {"papers": (self._put(session, record, one.papers[0]),)}
        self._action(case, "answer", self._people[record], question=question, **said)(session)

    def _put(self, session: Session, record: str, paper: DemoPaper) -> str:
        picture = Picture("image/jpeg", paper.drawn())
        return self._place.evidence.add(session, record, paper.kind, picture, self._clock.moment).id

    def _begin_answering(self, one: Invented, n: int, at: datetime) -> None:
        """A student who began to answer and stopped. Some have already added a paper."""
        claim = ClaimFiled("XM", "admission_error", names.with_rare(one.row["XM"], self._chance))
        if n % 4 == 3:
            claim = ClaimFiled("PHOTO", "photo", "")
        begun, record = filing(one, (claim,)), self._ids[one.row["XH"]]

        def answer(session: Session) -> None:
            mark_seen(session, record, self._clock.moment)
            answers = Answers({claim.field: claim})
            save_draft(session, self._place.cipher, record, answers, self._clock.moment)
            for paper in begun.papers if n % 2 == 0 else ():
                self._put(session, record, paper)

        self._then(at, answer)

    # -- deciding ---------------------------------------------------------------------------------------

    def _taking_up(self, case: Ref, reviewer: Actor) -> Doing:
        """A reviewer takes a case up and looks at its papers. The access is logged."""
        take_up = self._action(case, "take_up", reviewer)

        def do(session: Session) -> None:
            take_up(session)
            seen = session.scalars(select(Evidence.id).where(Evidence.case_id == case.id)).all()
            note_access(session, reviewer, "case", case.id, self._clock.moment)
            for paper in seen:
                note_access(session, reviewer, "paper", paper, self._clock.moment)

        return do

    def _settle(self, session: Session, case: Ref, by: Actor, outcomes: Sequence[str]) -> None:
        """Settle the first claims of a case, or all of them."""
        claims = session.scalars(
            select(Claim.id).where(Claim.case_id == case.id, Claim.ended_at.is_(None)).order_by(Claim.field)
        )
        for claim, outcome in zip(claims.all(), outcomes, strict=False):
            if outcome == "corrected":
                while self._take_a_step(session, case, claim, by):
                    pass
                continue
            if outcome == "refused":
                self._fail(session, case, claim, by)
            self._action(case, "settle", by, claim=claim, **_settling(outcome))(session)

    def _fail(self, session: Session, case: Ref, claim: str, by: Actor) -> None:
        """Fail the claim's check, if one is still ahead."""
        facts = look_at_case(session, case.id)
        assert facts is not None
        for one in ready(facts):
            if claim in one.claims and one.step.kind in DECIDED:
                details = {"step": one.step.id, "only": (claim,), "words": WORDS["refused"]}
                self._action(case, "fail_step", by, **details)(session)

    def _approve(self, session: Session, case: Ref, by: Actor) -> None:
        """Pass the school's check for every claim and enter it on the platform, which shows it later."""
        for kinds, action, details in (
            (DECIDED, "pass_step", {"words": WORDS["approved"]}),
            ((PLATFORM,), "send", {"sent_on": self._clock.moment.date()}),
        ):
            facts = look_at_case(session, case.id)
            assert facts is not None
            for one in ready(facts):
                if one.step.kind in kinds:
                    self._action(case, action, by, step=one.step.id, **details)(session)

    def _take_a_step(self, session: Session, case: Ref, claim: str, by: Actor) -> bool:
        """Complete a claim's next step positively. False if no step is left."""
        facts, day = look_at_case(session, case.id), self._clock.moment.date()
        assert facts is not None
        step = next((one.step for one in ready(facts, (claim,)) if claim in one.claims), None)
        if step is None:
            return False
        only = {"step": step.id, "only": (claim,)}
        if step.kind == PLATFORM:
            self._action(case, "see", by, seen_on=day, **only)(session)
        elif step.kind not in ANSWERED:
            self._action(case, "pass_step", by, **only)(session)
        elif step.sent_on is None:
            self._action(case, "send", by, sent_on=day, number="勘误报送〔2024〕1号", **only)(session)
        else:
            self._action(case, "receive", by, outcome="passed", received_on=day, **only)(session)
        return True

    def _decide(self, session: Session, case: Ref, by: Actor, outcomes: Sequence[str]) -> None:
        """Settle every claim and close the case."""
        self._settle(session, case, by, outcomes)
        if "corrected" in outcomes:
            self._action(case, "correct", by, words=WORDS["corrected"])(session)
            return
        code = "record_is_right" if "already_right" in outcomes else "evidence_does_not_prove"
        self._action(case, "reject", by, refusal=code, words=WORDS[outcomes[0]])(session)

    # -- other events -----------------------------------------------------------------------------------

    def _take_in_again(self, session: Session, changes: Mapping[str, Row]) -> None:
        """A later roster: the platform's present values, with half of the corrected values."""
        corrected = select(Record.xh).join(Case).where(Case.state == CORRECTED).order_by(Record.xh)
        shown: dict[str, Row] = {}
        for xh in session.scalars(corrected).all()[::2]:
            if xh in self._filings:  # a file no longer lists a corrected student number's old value
                shown[xh] = self._filings[xh].wanted
        rows = [
            one.row | shown.get(one.row["XH"], {}) | changes.get(one.row["XH"], {}) for one in self._students
        ]
        self._take_in(session, "2024级学籍（10月28日）.csv", as_csv(rows))

    def _then(self, at: datetime, do: Doing) -> None:
        self._plan.append(PlannedDeed(at, next(self._order), do))

    def _try(self, at: datetime, do: Doing) -> None:
        """Plan an attempt that the engine refuses. Only the refusal is recorded."""
        self._plan.append(PlannedDeed(at, next(self._order), do, alone=True))

    def _action(self, subject: Ref, action: str, by: Actor, **details: Any) -> Doing:
        def do(session: Session) -> None:
            self._place.engine.perform(session, subject, action, by=by, **details)
            self._done[action] += 1

        return do


def _taken_from(due: deque[PlannedDeed], until: datetime) -> Iterator[PlannedDeed]:
    """The actions planned up to a moment, removed from the queue one by one."""
    while due and due[0].at <= until:
        yield due.popleft()


def _settling(outcome: str) -> dict[str, Any]:
    """The details of an outcome that is not a correction."""
    refusal = "evidence_does_not_prove" if outcome == "refused" else ""
    return {"outcome": outcome, "words": WORDS[outcome], "refusal": refusal}


def _question(one: DemoFiling) -> QuestionAsked:
    """The question about a filing: its first paper again, or an explanation."""
    if one.papers:
        return QuestionAsked("paper", one.papers[0].kind, WORDS["ask_paper"])
    return QuestionAsked("explanation", "", WORDS["ask"])


def _outcomes(fate: str, claims: int) -> list[str]:
    """One outcome for each claim. A mixed case has one claim corrected and the others refused."""
    first = {"refused": "refused", "reopened": "refused", "right": "already_right"}.get(fate, "corrected")
    return [first, *["refused" if fate == "mixed" else first] * (claims - 1)]


def _at_work(moment: datetime, chance: random.Random) -> datetime:
    """The first moment of office hours at or after this one, without weekends."""
    if moment.time() > time(17, 0):
        moment = datetime.combine(moment.date() + timedelta(days=1), time(9, 0), SHANGHAI)
    elif moment.time() < time(9, 0):
        moment = datetime.combine(moment.date(), time(9, 0), SHANGHAI)
    while moment.weekday() >= 5:
        moment = datetime.combine(moment.date() + timedelta(days=1), time(9, 0), SHANGHAI)
    return moment + timedelta(seconds=chance.randrange(3000))
