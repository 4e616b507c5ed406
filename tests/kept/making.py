"""Makes an installation with two autumns of history, which later code must open and continue.

The product's own functions make everything, all people are invented, and making it again with the same code
gives the same entries.
"""

from __future__ import annotations

import io
import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from sqlalchemy import select, update

from config.policy import School
from config.settings import Settings
from tests.conftest import APPLICATION, nchu_folder, on
from tests.editing import edited, load
from tests.kept.keeping import beside, counts, keep_beside, keep_postgres, keep_sqlite, write_counts
from tests.mailbox import Mailbox
from tests.schools import (
    AGAIN,
    BEFORE,
    BEHIND,
    BEHIND_ITS_CHECK,
    CODE,
    COLLEGE_FIRST,
    OFFICE,
    ONLY_THE_STUDENT,
    WITH_PROXIES,
)
from tests.throwaway_postgres import ThrowawayPostgres
from tests.walking import COLLEGES, Walk
from tests.workflow.records.rosters import as_csv, as_dbf, student
from tests.world import World
from workflow.campaigns.cohort import add_by_hand
from workflow.campaigns.colleges.attestation import frozen_now, seen_as
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.colleges.deadline import mark_deadline_seen
from workflow.campaigns.colleges.reminders import remind
from workflow.campaigns.graduation.classes import register_degrees
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.campaigns.progress.bulletin import publish
from workflow.campaigns.roster_effects import take_in_roster
from workflow.cases.checking.confirm import shown
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.cases.filing.file import ClaimFiled, raise_claims
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.tables import Campaign, Question
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import take_in
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.notices.outbox import mark_seen
from workflow.people.access import note_access
from workflow.people.accounts import OPERATOR, add_person, grants_of
from workflow.people.links import make_link, use_link
from workflow.people.presences import Way, begin
from workflow.people.standing_in import declare, stand_in
from workflow.people.tables import Grant
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.photos import take_photos
from workflow.records.tables import Record
from workflow.upkeep import installation as upkeep
from workflow.upkeep.scheduled import run_scheduled
from workflow.upkeep.sending import worker_of
from workflow.upkeep.tables import InstallationRow
from workflow.verdict import Refused

SEED = 20241016
WALKED = 36
"""The number of cases in the first autumn's random walk."""
SCHOOL = "nchu"
BEGIN = on(2024, 10, 16, 9)
END = on(2025, 10, 30, 15)
"""The last moment of its history. Later work on it has later times."""

GRADUATING = date(2025, 7, 1)
FIRST, YEARLY = "freshman-2024", "yearly-2025"
WORDS = {"words": "看过原件"}
DENIED = {"words": "材料不足以证明", "refusal": "evidence_does_not_prove"}
NAME = ClaimFiled("XM", "admission_error", "测试甲")
CHANGED = ClaimFiled("XM", "legal_change", "测试乙", date(2025, 3, 4))
RARE = ClaimFiled("XM", "rendering", "测试𠮷")
PHOTO = ClaimFiled("PHOTO", "photo", "")


def of_school(school: School) -> School:
    """The first school's rules after the registrar's edits: every kind of step, proxies, silence."""
    return edited(
        school,
        ("policy.toml", BEFORE, CODE + COLLEGE_FIRST + BEFORE),
        ("policy.toml", BEHIND, "".join((*BEHIND_ITS_CHECK, AGAIN)) + BEHIND),
        ("policy.toml", ONLY_THE_STUDENT, WITH_PROXIES),
        ("policy.toml", 'deems = ["final"]', SILENCE),
        ("campaigns.toml", "closes = 2024-11-07T23:59:59", CLOSES),
        ("school.toml", "[[office]]", OFFICE.lstrip() + "\n[[office]]"),
    )


SILENCE = 'deems = ["final", "freshman", "yearly"]\ndeems_colleges = ["freshman"]'
CLOSES = "closes = 2024-11-07T23:59:59\ncolleges_close = 2024-11-20T23:59:59"


class SmallPapers(World):
    """The test world, with papers as small as the intake allows."""

    def paper(self, record: str, kind: str = "id_card", added_by: str = "") -> str:
        """Put a paper into a draft. Every record and kind has a different picture."""
        written = io.BytesIO()
        shade = (int(record, 16) % 199, 220, 40 * len(kind) % 255)
        Image.new("RGB", (40, 25), shade).save(written, "PNG")
        taken = take_in(written.getvalue(), self.place.school.policy.intake)
        with self.place.store.writing() as session:
            return self.place.evidence.add(session, record, kind, taken, self.clock.moment, added_by).id


class House:
    """The kept school, from its first roster to the middle of its second autumn."""

    def __init__(self, settings: Settings) -> None:
        upkeep.create(settings, "测试管理员", practice_at=BEGIN)
        self.clock = SetClock(BEGIN)
        place = upkeep.open_installation(settings, clock=self.clock)
        self.world = SmallPapers(place, self.clock)
        self.staff = self.world.staff
        self.records: list[str] = []

    def live(self) -> None:
        """Make the whole history."""
        self.clock.moment = on(2024, 10, 20)
        load(self.world, of_school(self.world.place.school))
        self.first_autumn()
        self.silence()
        self.summer()
        self.second_autumn()

    # -- the first autumn ---------------------------------------------------------------------------------

    def first_autumn(self) -> None:
        """Random actions by everyone, in a campaign of freshmen and a few students who graduate soon."""
        world = self.world
        world.at(on(2024, 10, 25))
        self.graduating = [self.soon_gone() for _ in range(3)]
        for record in self.graduating:
            world.student(record)
        self.walk = Walk(world, random.Random(SEED))
        self.walk.walk(WALKED)

    def soon_gone(self) -> str:
        """The record of a student who graduates next summer."""
        return self.world.record(yjbyrq=GRADUATING, rxrq=date(2024, 9, 15), cc="专升本", xz="1")

    def silence(self) -> None:
        """The campaign ends. One college signs its list; the other is silent after notification."""
        world = self.world
        with world.place.store.writing() as session:
            for record in self.graduating:
                mark_seen(session, record, self.clock.moment)
        self.run_scheduled()
        campaign = self.campaign(FIRST)
        officers = [self.staff["officer"], self.officer_of(COLLEGES[1])]
        with world.place.store.writing() as session:
            for officer in officers:
                mark_deadline_seen(session, campaign, officer.person, self.clock.moment)
        world.refused(
            Ref("attestation"), "sign", officers[0], campaign=campaign, college=COLLEGES[0], seen=""
        )
        signed = self.sign(campaign, officers[0])
        world.refused(signed, "take_back", officers[0], words="")
        world.do(signed, "take_back", officers[0], words="有一名学生的情况写错了")
        self.sign(campaign, officers[0])
        world.at(on(2024, 11, 21, 8))
        self.run_scheduled()

    def sign(self, campaign: str, officer: Actor) -> Ref:
        """Sign the list of the first college as it stands."""
        world = self.world
        with world.place.store.reading() as session:
            seen = seen_as(world.place.cipher, frozen_now(session, campaign, COLLEGES[0]))
        entry = world.do(
            Ref("attestation"), "sign", officer, campaign=campaign, college=COLLEGES[0], seen=seen
        )
        return Ref("attestation", entry.subject)

    # -- the class that leaves ----------------------------------------------------------------------------

    def summer(self) -> None:
        """A class graduates, one student with an open claim. One more student is added to the class later."""
        world = self.world
        world.at(on(2025, 3, 3))
        world.file(self.graduating[0], NAME)
        world.at(on(2025, 7, 4))
        with suppress(Refused):
            self.register(date(2025, 7, 9))
        self.register(date(2025, 7, 4))
        self.soon_gone()
        world.at(on(2025, 9, 5))
        self.register(date(2025, 9, 5))

    def register(self, day: date) -> None:
        """Register the degrees of the class."""
        place = self.world.place
        with place.store.writing() as session:
            register_degrees(place.engine, session, GRADUATING, day, self.staff["registrar"])

    # -- the second autumn --------------------------------------------------------------------------------

    def second_autumn(self) -> None:
        """Other rules, new students from a roster, and a campaign that is still running at the end."""
        world = self.world
        world.at(on(2025, 10, 20))
        load(
            world,
            edited(
                world.place.school,
                ("policy.toml", "valid_from = 2024-09-01", "valid_from = 2025-09-01"),
                ("policy.toml", "dispute_days = 30", "dispute_days = 10"),
            ),
        )
        self.hire()
        self.rows = [student(place, **changes) for place, changes in enumerate(FLAWS, 101)]
        self.take_roster("2025年10月学籍.dbf", as_dbf(self.rows))
        self.records = [self.by_number(row["XH"]) for row in self.rows]
        self.photos()
        self.addresses()
        world.at(on(2025, 10, 23, 8))
        self.call_off()
        self.yearly = world.open_campaign(YEARLY)
        self.cases = [world.case_of(record) for record in self.records]
        self.students = [world.student(record) for record in self.records]
        with world.place.store.writing() as session:
            for record in self.records:
                mark_seen(session, record, self.clock.moment)
        self.letters()
        self.chasing()
        self.answers()
        self.reviewing()
        self.second_roster()
        self.later()
        self.end()

    def hire(self) -> None:
        """The missing offices' staff: a stand-in, a person with a declared relation, a signed-in person."""
        world, place, at = self.world, self.world.place, self.clock.moment
        with place.store.writing() as session:
            for key, role, scope in (
                ("archivist", "reviewer", "archive"),
                ("third_reviewer", "reviewer", ""),
            ):
                made = add_person(session, f"测试{key}", role, scope, SYSTEM.person, at, place.entropy)
                self.staff[key] = Actor(made.id, role)
            absent, other = self.staff["reviewer"], self.staff["other_reviewer"]
            by = self.staff["administrator"]
            last = at.date() + timedelta(days=30)
            stand_in(session, absent.person, other.person, at.date(), last, by, at, place.entropy)
            self.stand_in = Actor(other.person, "reviewer", absent.person)
            registrar = self.staff["registrar"].person
            use_link(session, make_link(session, registrar, OPERATOR, at, place.entropy), at)
            begin(session, grants_of(session, registrar)[0], Way("link", OPERATOR), at, place.entropy)
            make_link(session, self.staff["auditor"].person, OPERATOR, at, place.entropy)
        world.at(at + timedelta(minutes=5))

    def take_roster(self, name: str, data: bytes) -> None:
        """Take a roster file in."""
        place = self.world.place
        judgement = judge(read_roster(name, data), as_of=self.clock.moment.date())
        with place.store.writing() as session:
            take_in_roster(place.engine, session, judgement, place.cipher, by=self.staff["registrar"])

    def photos(self) -> None:
        """Two students have a photo."""
        place, at = self.world.place, self.clock.moment
        with TemporaryDirectory() as folder, place.store.writing() as session:
            files = [Path(folder) / f"{row['XH']}.jpg" for row in self.rows[:2]]
            for n, file in enumerate(files):
                Image.new("RGB", (32, 40), (90 * n, 200, 230)).save(file, "JPEG", quality=30)
            take_photos(
                session, files, lambda record, data: place.evidence.put(session, record, data)[0],
                as_of=at.date(), now=at, entropy=place.entropy,
            )  # fmt: skip

    def addresses(self) -> None:
        """Some students have an address, one of them a wrong one."""
        place, at = self.world.place, self.clock.moment
        given = [
            Given(Owner(record=record), "email", f"student{n}@school.example")
            for n, record in enumerate(self.records[:5])
        ]
        by = self.staff["registrar"].person
        with place.store.writing() as session:
            take_addresses(session, place.cipher, place.entropy, given, vouched=True, by=by, at=at)

    def letters(self) -> None:
        """Send the outbox by e-mail. One address is rejected."""
        self.world.at(self.clock.moment + timedelta(minutes=30))
        with Mailbox() as mailbox:
            mailbox.rcpt = lambda to: "550 no such user" if to.startswith("student4") else None
            settings = replace(
                self.world.place.settings, address="https://kanwu.school.example", smtp=mailbox.settings()
            )
            worker = worker_of(replace(self.world.place, settings=settings, practice=False))
            while worker.step():
                self.world.at(self.clock.moment + timedelta(seconds=30))

    def call_off(self) -> None:
        """A campaign drafted too early: starting it is refused, then it is cancelled."""
        world, registrar = self.world, self.staff["registrar"]
        plan = world.place.school.campaign("final-2026")
        draft = Ref("campaign", world.do(Ref("campaign"), "draft", registrar, plan=plan).subject)
        world.refused(draft, "start", registrar)
        world.refused(draft, "cancel", self.staff["officer"], words="误建")
        world.do(draft, "cancel", registrar, words="误建")

    def chasing(self) -> None:
        """The college chases silent students. The registrar extends, adds one by hand, imports an export."""
        world, place = self.world, self.world.place
        officer, registrar = self.staff["officer"], self.staff["registrar"]
        world.at(on(2025, 10, 24))
        silent = [self.cases[n].id for n in (24, 25, 9)]
        today = self.clock.moment.date()
        for action, more in (
            ("contact", {"how": "phone", "result": "no_answer", "on": today}),
            ("give_reason", {"reason": "unreachable"}),
            ("note_signature", {"on": today}),
        ):
            with place.store.writing() as session:
                chase(place.engine, session, silent[:2], action, officer, **more)
        with place.store.writing() as session:
            chase(place.engine, session, silent[:1], "strike_signature", officer)
        with suppress(Refused), place.store.writing() as session:
            chase(place.engine, session, silent[:1], "give_reason", self.officer_of(COLLEGES[1]), reason="")
        with place.store.writing() as session:
            remind(place.engine, session, self.yearly, silent, registrar)
        with suppress(Refused), place.store.writing() as session:
            remind(place.engine, session, self.yearly, silent, registrar)
        yearly = Ref("campaign", self.yearly)
        world.refused(yearly, "extend", registrar, words="", closes_at=on(2025, 11, 9, 23, 59, 59))
        world.do(yearly, "extend", registrar, words="学院要求延期两天", closes_at=on(2025, 11, 9, 23, 59, 59))
        late = world.record(rxrq=date(2024, 9, 15), xm="测试晚到")
        apart = world.record(rxrq=date(2025, 9, 15), xm="测试另计")
        open_campaign(place.engine, place.store, YEARLY, registrar)
        with place.store.writing() as session:
            add_by_hand(place.engine, session, self.yearly, apart, registrar, "转专业后编入本年级")
        world.student(late)
        said = [
            {"学号": row["XH"], "姓名": row["XM"], "自查状态": "已自查", "自查时间": "2025-10-23 16:24:00"}
            for row in self.rows[:6]
        ]
        said.append(said[0] | {"学号": "990000001"})
        with place.store.writing() as session:
            export = read_export("自查情况.csv", as_csv(said))
            take_in_export(
                place.engine, session, place.cipher, self.yearly, export, date(2025, 10, 24), registrar
            )

    # -- what students and reviewers do -----------------------------------------------------------------

    def answers(self) -> None:
        """Confirmations, one by a proxy. A stale one and one by the wrong role are refused."""
        world, registrar = self.world, self.staff["registrar"]
        world.refused(self.cases[0], "confirm", self.students[0], expected=0)
        world.refused(self.cases[0], "confirm", self.students[1])
        world.refused(self.cases[0], "take_up", self.staff["auditor"])
        for case, who in zip(self.cases[:3], self.students[:3], strict=True):
            world.do(case, "confirm", who, key="the same key")
        world.refused(self.cases[0], "withdraw", self.students[0], key="the same key")
        self.for_a_student(self.records[3])
        paper = world.paper(self.records[4], added_by=self.staff["officer"].person)
        with world.place.store.writing() as session:
            raise_claims(
                world.place.engine, session, self.cases[4].id, self.staff["officer"],
                (NAME,), (paper,), words="10月24日本人来电，要求更正姓名",
            )  # fmt: skip
        world.do(self.cases[5], "exclude", registrar, code="on_leave", words="休学一年")
        world.do(self.cases[6], "exclude", registrar, code="on_leave", words="休学一年")
        world.do(self.cases[6], "include", registrar, words="已复学")
        with world.place.store.writing() as session:
            for record, claim in ((self.records[7], NAME), (self.records[8], PHOTO)):
                answers = Answers({claim.field: claim})
                save_draft(session, world.place.cipher, record, answers, self.clock.moment)
        world.paper(self.records[7])
        with world.place.store.writing() as session:
            answers = Answers({"XM": NAME}, words="本人来电")
            officer = self.staff["officer"].person
            save_draft(
                session, world.place.cipher, self.records[9], answers, self.clock.moment, person=officer
            )

    def for_a_student(self, record: str) -> None:
        """Confirm a record for its student."""
        world = self.world
        with world.place.store.writing() as session:
            case = world.case(world.case_of(record))
            seen = shown(session, world.place.cipher, case)[1]
            world.place.engine.perform(
                session, Ref("case", case.id), "confirm", by=self.staff["officer"],
                words="10月24日本人电话答复：无误", seen=seen,
            )  # fmt: skip

    def filed(self, n: int, *claims: ClaimFiled) -> Ref:
        """The nth student files."""
        return Ref("case", self.world.file(self.records[n], *claims).subject)

    def able(self) -> Iterator[Actor]:
        """The people who may complete steps, in the order to try."""
        yield from (self.staff[key] for key in ("reviewer", "third_reviewer", "archivist", "second_reviewer"))
        yield from (self.staff["officer"], self.stand_in)

    def somebody(self, case: Ref, action: str, **details: Any) -> None:
        """The first person whom the engine allows acts. A hold that led nowhere is released."""
        for by in self.able():
            if self.world.may(case, action, by, **details).allowed:
                self.world.do(case, action, by, **details)
                return
        holder = next(by for by in self.able() if self.world.may(case, "release", by).allowed)
        self.world.do(case, "release", holder)
        self.somebody(case, action, **details)

    def through(self, case: Ref, field: str) -> None:
        """Complete every step of a claim, each by a person who may."""
        world, day = self.world, self.clock.moment.date()
        claim = self.claim(case, field)
        while waiting := [one.step for one in ready(world.case(case), (claim,)) if claim in one.claims]:
            step, only = waiting[0], {"step": waiting[0].id, "only": (claim,)}
            if step.kind == "platform":
                self.somebody(case, "see", seen_on=day, **only)
            elif step.kind not in ("letter", "province", "external"):
                self.somebody(case, "pass_step", **only, **WORDS)
            elif step.sent_on is None:
                self.somebody(case, "send", sent_on=day, number=f"测试函〔2025〕{step.id[:8]}号", **only)
            else:
                self.somebody(case, "receive", outcome="passed", received_on=day, **only)
            self.wait()

    def claim(self, case: Ref, field: str) -> str:
        """The open claim about a field."""
        return next(one.id for one in self.world.case(case).claims if one.field == field)

    def step(self, case: Ref) -> str:
        """The first step that can be completed."""
        return ready(self.world.case(case))[0].step.id

    def wait(self, minutes: int = 3) -> None:
        """Advance the clock."""
        self.world.at(self.clock.moment + timedelta(minutes=minutes))

    def refuse(self, case: Ref, field: str, by: Actor) -> None:
        """Refuse the only claim of a case and close it."""
        claim = self.claim(case, field)
        self.world.do(case, "settle", by, claim=claim, outcome="refused", **DENIED)
        self.wait()
        self.world.do(case, "reject", by, **DENIED)

    def reviewing(self) -> None:
        """Filings of every kind, handled by reviewers, colleges and offices."""
        self.world.at(on(2025, 10, 24, 14))
        self.refused_and_undone()
        self.corrected()
        self.partly()
        self.asked()
        self.every_step()
        self.handed_about()

    def refused_and_undone(self) -> None:
        """A refusal undone and repeated, one reopened, and a withdrawn filing."""
        world, reviewer = self.world, self.staff["reviewer"]
        case = self.filed(10, NAME)
        world.do(case, "take_up", reviewer)
        world.refused(case, "reject", reviewer, **DENIED)
        world.refused(case, "withdraw", self.staff["officer"])
        self.refuse(case, "XM", reviewer)
        self.wait()
        world.do(case, "undo", reviewer)
        self.wait()
        world.do(case, "reject", reviewer, **DENIED)
        self.wait(20)
        world.do(case, "disagree", self.students[10], words="户口簿上就是这个名字")
        again = self.filed(21, RARE)
        world.do(again, "take_up", reviewer)
        self.refuse(again, "XM", reviewer)
        self.wait(20)
        world.refused(again, "reopen", reviewer, words="再看一次")
        world.do(again, "reopen", self.staff["second_reviewer"], words="学生补交了公安机关的材料")
        back = self.filed(19, NAME, PHOTO)
        world.do(back, "withdraw", self.students[19])

    def corrected(self) -> None:
        """Corrected names: one confirmed, one waiting for confirmation. One photo is disputed."""
        world, reviewer = self.world, self.staff["reviewer"]
        names = [self.filed(11, NAME), self.filed(12, NAME)]
        photo = self.filed(13, PHOTO)
        for case, field in (*((one, "XM") for one in names), (photo, "PHOTO")):
            world.do(case, "take_up", reviewer)
            self.through(case, field)
            self.somebody(case, "correct", words="已在平台更正")
            self.wait(12)
        world.do(names[0], "reconfirm", self.students[11])
        world.refused(names[0], "reconfirm", self.students[11])
        world.do(photo, "dispute", self.students[13], words="平台上仍是原来的照片")

    def partly(self) -> None:
        """Two students who will leave: one with a corrected claim by then, one without."""
        world = self.world
        case = self.filed(14, NAME, PHOTO)
        world.do(case, "take_up", self.staff["reviewer"])
        self.through(case, "PHOTO")
        holder = next(by for by in self.able() if world.may(case, "hold", by).allowed)
        world.do(case, "hold", holder)
        asked = QuestionAsked("explanation", self.claim(case, "XM"), "请说明录取时用的名字")
        world.do(case, "ask", holder, questions=(asked,))
        self.filed(15, NAME)

    def asked(self) -> None:
        """Questions of every kind: answered, dropped, and one open."""
        world, reviewer = self.world, self.staff["reviewer"]
        case = self.filed(16, NAME)
        world.do(case, "take_up", reviewer)
        both = (
            QuestionAsked("paper", "household_book", "上一张看不清"),
            QuestionAsked("explanation", "", "请说明情况"),
        )
        world.do(case, "ask", reviewer, questions=both)
        self.wait()
        world.refused(case, "ask", reviewer, questions=())
        with world.place.store.reading() as session:
            asked = {
                one.kind: one.id
                for one in session.scalars(select(Question).where(Question.case_id == case.id))
            }
        world.do(case, "drop_question", reviewer, question=asked["explanation"])
        paper = world.paper(self.records[16], "household_book")
        world.refused(case, "answer", self.students[0], question=asked["paper"], papers=(paper,))
        world.do(case, "answer", self.students[16], question=asked["paper"], papers=(paper,))
        more = world.paper(self.records[16], "other")
        world.do(case, "supply", self.students[16], papers=(more,))
        still = self.filed(17, CHANGED)
        world.do(still, "take_up", reviewer)
        world.do(still, "ask", reviewer, questions=both[:1])

    def every_step(self) -> None:
        """An ID number, a sex and a student number with all steps: letters, objections, a college's no."""
        world, reviewer, officer = self.world, self.staff["reviewer"], self.officer_of(COLLEGES[1])
        right = student(119)["SFZH"]
        case = self.filed(18, ClaimFiled("SFZH", "admission_error", right))
        world.do(case, "take_up", reviewer)
        world.do(case, "pass_step", reviewer, step=self.step(case), **WORDS)
        day = self.clock.moment.date()
        world.refused(case, "send", reviewer, step=self.step(case), sent_on=day, number="")
        world.do(case, "send", reviewer, step=self.step(case), sent_on=day, number="测试函〔2025〕2号")
        world.do(case, "receive", reviewer, step=self.step(case), outcome="passed", received_on=day)
        sex = self.filed(22, ClaimFiled("XB", "school_data", "男"))
        world.do(sex, "take_up", reviewer)
        world.do(sex, "pass_step", reviewer, step=self.step(sex), **WORDS)
        world.do(sex, "send", reviewer, step=self.step(sex), sent_on=day)
        world.do(sex, "object", reviewer, step=self.step(sex), words="有同学说写错了")
        number = self.filed(23, ClaimFiled("XH", "school_data", "240199123"))
        world.refused(number, "take_up", self.staff["officer"])
        world.do(number, "take_up", officer)
        world.do(number, "fail_step", officer, step=self.step(number), words="与原始材料不符")

    def handed_about(self) -> None:
        """A case that is handed over, and another that a related person may not decide."""
        world, reviewer, other = self.world, self.staff["reviewer"], self.staff["other_reviewer"]
        case = self.filed(20, NAME)
        world.do(case, "take_up", reviewer)
        world.refused(case, "hold", self.staff["third_reviewer"])
        world.do(case, "release", reviewer)
        world.do(case, "hold", self.stand_in)
        world.do(case, "hand_over", self.stand_in, to=self.staff["third_reviewer"].person)
        claim = self.claim(case, "XM")
        world.refused(case, "settle", other, claim=claim, outcome="refused", **DENIED)
        with world.place.store.writing() as session:
            declare(
                session, self.staff["archivist"], self.records[20], self.clock.moment, world.place.entropy
            )
            note_access(session, self.staff["third_reviewer"], "case", case.id, self.clock.moment)
        world.do(case, "release", self.staff["third_reviewer"])
        world.refused(case, "hold", self.staff["archivist"])
        world.do(case, "hold", self.staff["third_reviewer"])
        world.do(case, "pass_step", self.staff["third_reviewer"], step=self.step(case), **WORDS)
        world.refused(case, "pass_step", self.staff["third_reviewer"], step=self.step(case), **WORDS)

    # -- what time brings -------------------------------------------------------------------------------

    def second_roster(self) -> None:
        """The platform's new data: a confirmed name has changed, two students left, one did not."""
        self.world.at(on(2025, 10, 27, 9))
        self.run_scheduled()
        gone = {"XJZT": "退学"}
        changed = {0: {"XM": "测试改名"}, 14: gone, 15: gone, 24: {"XJZT": "休学"}}
        rows = [row | changed.get(n, {}) for n, row in enumerate(self.rows)]
        self.take_roster("2025年10月27日学籍.csv", as_csv(rows))
        self.world.at(on(2025, 10, 28, 9))
        rows[15] = self.rows[15]
        self.take_roster("2025年10月28日学籍.csv", as_csv(rows))

    def later(self) -> None:
        """Days pass: warnings, reminders to confirm, a bulletin by the registrar."""
        world, place = self.world, self.world.place
        for day in (28, 29, 30):
            world.at(on(2025, 10, day, 14))
            self.run_scheduled()
        with place.store.writing() as session:
            as_of = on(2025, 10, 30, 12)
            publish(place.engine, session, self.yearly, self.staff["registrar"], as_of.date(), as_of)

    def run_scheduled(self) -> None:
        """Run the scheduled jobs."""
        run_scheduled(self.world.place)

    def end(self) -> None:
        """Reset the clock to the machine's. The user of the installation sets the time."""
        self.world.at(END)
        with self.world.place.store.writing() as session:
            session.execute(update(InstallationRow).values(behind=0))

    # -- who and what -----------------------------------------------------------------------------------

    def campaign(self, plan: str) -> str:
        """A campaign by its plan."""
        with self.world.place.store.reading() as session:
            return session.scalars(select(Campaign.id).where(Campaign.plan == plan)).one()

    def officer_of(self, college: str) -> Actor:
        """The first officer of a college."""
        with self.world.place.store.reading() as session:
            asked = select(Grant.person_id).where(Grant.role == "officer", Grant.college == college)
            return Actor(session.scalars(asked.order_by(Grant.person_id)).first() or "", "officer")

    def by_number(self, number: str) -> str:
        """A record by its student number."""
        with self.world.place.store.reading() as session:
            return session.scalars(select(Record.id).where(Record.xh == number)).one()


FLAWS: Sequence[dict[str, str]] = (
    *({} for _ in range(7)),
    {"XM": "测?七"},
    *({} for _ in range(8)),
    {"XM": "测试 空格"},
    {},
    {"SFZH": "", "XM": "测试·长名"},
    {},
    {},
    {},
    {"XB": "女"},
    {"FY": COLLEGES[1], "BH": "240201"},
    {"MZ": "不知族"},
    {"YJBYRQ": ""},
)
"""Faults in the roster of the second autumn, by student."""


# -- making it ------------------------------------------------------------------------------------------


@contextmanager
def foreseen() -> Iterator[None]:
    """Fixed randomness. Only for installations without real people."""
    before, os.urandom = os.urandom, random.Random(SEED).randbytes
    try:
        yield
    finally:
        os.urandom = before


def make(settings: Settings) -> dict[str, Any]:
    """Make it in an empty home. Returns its counts."""
    with foreseen():
        house = House(settings)
        with closing(house.world.place.store):
            house.live()
            with house.world.place.store.reading() as session:
                return counts(session.connection())


def main(folder: Path) -> None:
    """Make it on both databases and store it. Fails if they differ."""
    folder.mkdir(parents=True)  # an existing kept installation is never made again
    with TemporaryDirectory() as room, ThrowawayPostgres() as server:
        homes = [Path(room) / name for name in ("sqlite", "postgresql")]
        lite = Settings(homes[0], f"sqlite:///{homes[0] / 'kanwu.db'}", "", nchu_folder())
        server.create("kept")
        owner = server.url("kept")
        post = Settings(homes[1], server.url("kept", user=APPLICATION), owner, nchu_folder())
        held = [make(lite), make(post)]
        if held[0] != held[1] or beside(homes[0]) != beside(homes[1]):
            raise SystemExit("the two databases do not hold the same")
        keep_sqlite(homes[0] / "kanwu.db", folder)
        keep_postgres(server, "kept", folder)
        keep_beside(homes[0], folder)
        write_counts(folder, held[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
