"""A small school for the matrix: people of every role and duty, and things of each kind for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from sqlalchemy import func, insert, select, update

from states.case import CASE
from tests.web.browsing import Browser, signed_in
from tests.workflow.records.rosters import as_dbf
from tests.world import CAMPAIGN, VISITOR, World, number_of, picture
from web import create_app
from web.school.colours import named, preview, sheet
from workflow.campaigns.progress.bulletin import latest_moment, publish
from workflow.cases.batches import Batch
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.tables import Campaign, Question, Step, StepClaim
from workflow.engine import Actor, Ref
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow
from workflow.letters.tables import LetterRow
from workflow.outgoing.jobs.job import ExportWish, make
from workflow.people.accounts import add_person
from workflow.people.scopes import Held, Scope, held
from workflow.people.standing_in import declare, relations_of, stand_in
from workflow.people.tables import Access, Grant
from workflow.records.photos import take_photos
from workflow.records.tables import Record
from workflow.records.upload import Incoming
from workflow.school.tables import CrestRow
from workflow.signin.kept import Pressed, keep_press
from workflow.signin.staff.proposals import StaffPlan, submit
from workflow.signin.staff.wanted import Wanted, WantedGrant
from workflow.signin.strips import Whom, begin_run, carry_out
from workflow.sources.tables import SourceComparison

OURS, THEIRS = "测试学院", "别的学院"
ABSENT = {16: "f" * 16, 32: "f" * 32, 64: "f" * 64}
MALFORMED = {16: "z" * 16, 32: "甲" * 32, 64: "z" * 64}
"""As long as an id, and none."""
TOO_LARGE = ("9" * 30, "9" * 5000)

RECORDS: dict[str, dict[str, Any]] = {
    "o": {"xm": "自家仁"},
    "c": {"xm": "同班仁"},
    "k": {"xm": "邻班仁", "bh": "240102"},
    "x": {"xm": "外院仁", "fy": THEIRS, "bh": "240901"},
    "y": {
        "xm": "往届仁",
        "bh": "230101",
        "rxrq": date(2023, 9, 15),
        "yjbyrq": date(2027, 7, 1),
        "registered_on": date(2023, 10, 15),
    },
    "d": {"xm": "草稿仁"},
}
"""The students, by the letters of the table. Each has a name that nobody else has."""
FILED = "ockxy"
CLASSES = {"c": "240101", "k": "240102", "x": "240901", "y": "230101"}
RUNS = {"c": (OURS, "240101"), "k": (OURS, None), "x": (THEIRS, None), "u": (None, None)}
STAFF: dict[str, Held] = {
    "off": held("officer", OURS),
    "sec": held("officer", OURS, "teaching_secretary"),
    "cou": held("officer", Scope(college=OURS, class_name="240101"), "counsellor"),
    "tea": held("officer", Scope(college=OURS, class_name="240101"), "class_teacher"),
    "rev": held("reviewer"),
    "yea": held("reviewer", Scope(entry_year="2024")),
    "arc": held("reviewer", Scope(entry_year="2024", office="archive")),
    "2nd": held("second_reviewer"),
    "reg": held("registrar"),
    "aud": held("auditor"),
    "adm": held("administrator"),
}
MAY_KNOW = {
    "any": "", "stu": "o", "off": "ockyd", "sec": "ockyd", "cou": "ocd", "tea": "ocd", "rev": "ockxyd",
    "yea": "ockxd", "arc": "k", "2nd": "ockxyd", "reg": "ockxyd", "aud": "ockxyd", "adm": "",
}  # fmt: skip
"""Whose names a person may read anywhere."""


@dataclass
class Cast:
    """The school, the browsers of its people, and the ids of what they may ask for."""

    world: World
    app: Flask
    people: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    for_them: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, who: str) -> Browser:
        """The browser of a person, who has just proved who they are."""
        if who not in self.browsers:
            self.browsers[who] = (
                Browser(self.app) if who == "any" else signed_in(self.world, self.app, self.people[who])
            )
            if who == "any":
                self.browsers[who].get("/")
        return self.browsers[who]

    def objects(self, name: str, who: str, route: str) -> dict[str, str]:
        """What a variable of an address may name, by the letters of the table."""
        if name == "paper" and route.startswith("/for/"):
            return self.for_them.get(who, {}) | {"d": self.ids["paper"]["d"]}
        if name in ("press", "relation", "id"):
            return {"n": self.own[who][name], "m": self.ids[name]["m"]}
        if name == "run":
            return self.ids["list" if "list" in route else "strips"]
        if name == "digest":
            return {"f": self.ids["digest"][route.split("/<digest>")[0]]}
        return self.ids[name]

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The name and number of each student."""
        with self.world.place.store.reading() as session:
            known = {
                row.id: (row.xm, row.xh) for row in session.execute(select(Record.id, Record.xm, Record.xh))
            }
        return {letter: known[id] for letter, id in self.records.items()}

    def looks(self, after: int) -> list[tuple[str, str, str, bool]]:
        """The lines of the access log after one: what, by whom, in which role, allowed."""
        with self.world.place.store.reading() as session:
            asked = select(Access.what, Access.person_id, Access.role, Access.allowed)
            found = session.execute(asked.where(Access.id > after).order_by(Access.id))
            return [tuple(row) for row in found]  # type: ignore[misc]

    @property
    def last_look(self) -> int:
        """The number of the last line of the access log."""
        with self.world.place.store.reading() as session:
            return session.scalar(select(func.max(Access.id))) or 0

    @property
    def entries(self) -> int:
        """How many lines the history has."""
        with self.world.place.store.reading() as session:
            return session.scalar(select(func.count()).select_from(EntryRow)) or 0


def gathered(world: World, folder: Path) -> Cast:
    """The school with everything in it."""
    cast = Cast(world, create_app(world.place))
    _staff(cast)
    _students(cast, folder)
    _papers(cast)
    _of_the_house(cast)
    return cast


def _students(cast: Cast, folder: Path) -> None:
    """Six students with photos, five of whom have filed; a college's step in each case, an archive's in one."""
    world = cast.world
    cast.records = {letter: world.record(**columns) for letter, columns in RECORDS.items()}
    names = []
    for record in cast.records.values():
        file = folder / f"2401{int(record, 16):05d}.jpg"
        file.write_bytes(picture(32 + int(record, 16), 32))
        names.append(file)
    with world.place.store.writing() as session:
        at, kept = world.clock.moment, world.place.evidence
        take_photos(
            session, names, lambda record, data: kept.put(session, record, data)[0],
            as_of=at.date(), now=at, entropy=world.place.entropy,
        )  # fmt: skip
    world.open_campaign()
    for n, letter in enumerate(FILED):
        number = ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 871 + 2 * n))
        world.file(cast.records[letter], number)
    cast.cases = {letter: world.case_of(record).id for letter, record in cast.records.items()}
    reviewer = Actor(cast.people["rev"], "reviewer")
    for letter in "oc":
        asked = QuestionAsked("explanation", "", "请说明录取时用的是哪个名字")
        world.do(world.case_of(cast.records[letter]), "take_up", reviewer)
        world.do(world.case_of(cast.records[letter]), "ask", reviewer, questions=(asked,))
    world.do(world.case_of(cast.records["x"]), "take_up", reviewer)
    with world.place.store.writing() as session:
        for position, (letter, office) in enumerate([*((one, "college") for one in FILED), ("k", "archive")]):
            case = world.case(cast.cases[letter])
            said = {"kind": "check", "office": office, "four_eyes": False, "due": date(2024, 10, 24)}
            id = f"{position:032x}"
            row = {"id": id, "case_id": case.id, "position": -1 - position, "made_at": world.clock.moment}
            session.execute(insert(Step).values(**row, **said))
            session.execute(insert(StepClaim).values(step_id=id, claim_id=case.claims[0].id))
    cast.people["stu"] = world.student(cast.records["o"]).person
    with world.place.store.reading() as session:
        asked_of = dict(session.execute(select(Question.case_id, Question.id)).all())
        letter_of = dict(session.execute(select(LetterRow.case_id, LetterRow.id)).all())
    numbers = {letter: f"2401{int(record, 16):05d}" for letter, record in cast.records.items()}
    cast.ids |= {
        "case": dict(cast.cases),
        "subject": dict(cast.cases),
        "record": dict(cast.records),
        "sought": numbers,
        "class": dict(CLASSES),
        "college": {"k": OURS, "x": THEIRS},
        "asked": {letter: asked_of[cast.cases[letter]] for letter in "oc"},
        "letter": {letter: letter_of[cast.cases[letter]] for letter in "ocx"},
        "claim": {letter: world.case(cast.cases[letter]).claims[0].id for letter in FILED},
        "plan": {"p": CAMPAIGN},
    }


def _staff(cast: Cast) -> None:
    world = cast.world
    at, entropy = world.clock.moment, world.place.entropy
    with world.place.store.writing() as session:
        for who, grant in STAFF.items():
            person = add_person(
                session, f"职员{who}", grant.role, grant.scope, "test", at, entropy, duty=grant.duty
            )
            cast.people[who] = person.id


def _papers(cast: Cast) -> None:
    """A paper of each case, one of the student who has only a draft, and one that each proxy has put in."""
    world, draft = cast.world, {}
    draft["d"] = world.paper(cast.records["d"])
    with world.place.store.reading() as session:
        kept = session.execute(select(Evidence.case_id, Evidence.id).where(Evidence.case_id.is_not(None)))
        of_case = {case: paper for case, paper in kept}
    cast.ids["paper"] = cast.ids["opened"] = {letter: of_case[cast.cases[letter]] for letter in FILED} | draft
    for who in ("off", "sec", "cou", "tea", "reg"):
        of_them = {letter: world.paper(cast.records[letter], "id_card", cast.people[who]) for letter in FILED}
        cast.for_them[who] = of_them


def _of_the_house(cast: Cast) -> None:
    """What belongs to staff, or to nobody: runs of codes, files, bulletins, proposals, substitutions."""
    world, place, at = cast.world, cast.world.place, cast.world.clock.moment
    ids, enrolled = cast.ids, tuple(place.school.policy.statuses.enrolled)
    registrar = Actor(cast.people["reg"], "registrar")
    for hand in ("strips", "list"):
        ids[hand] = {letter: _run(cast, registrar, hand, Whom(enrolled, *of)) for letter, of in RUNS.items()}
    with place.store.writing() as session:
        extra = [
            add_person(session, f"旁人{n}", "reviewer", "", "test", at, place.entropy).id for n in (1, 2)
        ]
        registrar_too = add_person(session, "旁人学籍", "registrar", "", "test", at, place.entropy).id
        other = add_person(session, "旁人管理员", "administrator", "", "test", at, place.entropy).id
        today = at.date()
        by = Actor(cast.people["adm"], "administrator")
        away = stand_in(session, extra[0], extra[1], today, today + timedelta(days=9), by, at, place.entropy)
        ids["person"] = {"m": extra[1], "o": cast.people["stu"]}
        ids["substitution"] = {"m": away}
        wanted = (
            StaffPlan((Wanted(f"S{n}", f"新人{n}", (WantedGrant(held("reviewer")),), ()),)) for n in (1, 2)
        )
        made = zip("mn", (other, by.person), wanted, strict=True)
        ids["proposal"] = {
            letter: submit(
                session, place.cipher, place.entropy, plan, Actor(maker, "administrator"), at, {}
            ).proposal
            for letter, maker, plan in made
        }
        campaign = session.scalars(select(Campaign.id)).one()
        comparison = SourceComparison(
            id="c" * 32, made_by=registrar.person, made_at=at, name="教务.csv", digest="0" * 64, as_of=today,
            platform_name="", platform_digest="", platform_as_of=today, fields="XM", rows=1, both=1,
        )  # fmt: skip
        session.add(comparison)
        ids["comparison"] = {"f": comparison.id}
        helped = place.engine.perform(
            session, Ref("help"), "ask", by=VISITOR, kind="other", name="求助仁", phone="13800001111"
        )
        ids["item"] = {"h": helped.subject}
        batch = place.engine.perform(
            session, Ref("batch"), "open", by=registrar, office="province", month=""
        ).subject
        frozen = {"frozen_at": at, "frozen_by": registrar.person}
        session.execute(update(Batch).where(Batch.id == batch).values(frozen))
        ids["batch"] = {"f": batch}
        ids["job"] = {
            letter: make(
                session,
                place.cipher,
                place.entropy,
                ExportWish("authority", "省厅来函", ("id_number",)),
                maker,
                at,
            )
            for letter, maker in (("n", registrar), ("m", Actor(registrar_too, "registrar")))
        }
    far = world.record(xm="远亲仁", fy=THEIRS, bh="240902")
    for who in (*STAFF, "stu"):
        person, role = cast.people[who], STAFF[who].role if who in STAFF else "student"
        with place.store.writing() as session:
            pressed = Pressed(f"/{who}", role, "elsewhere", "", (("words", "x"),))
            press = keep_press(session, place.cipher, pressed, person, "0" * 64, at, place.entropy)
            assert press is not None
            cast.own[who] = {"press": press, "id": "0" * 16, "relation": ABSENT[32]}
            if who in STAFF:
                declare(session, Actor(person, role), far, at, place.entropy)
                cast.own[who]["relation"] = relations_of(session, person)[0].id
    with place.store.writing() as session:
        foreign = Actor(extra[0], "reviewer")
        pressed = Pressed("/desk", "reviewer", "", "", (("words", "x"),))
        press = keep_press(session, place.cipher, pressed, extra[0], "0" * 64, at, place.entropy)
        declare(session, foreign, far, at, place.entropy)
        ids["press"] = {"m": press or ""}
        ids["relation"] = {"m": relations_of(session, extra[0])[0].id}
        ids["id"] = {"m": "1" * 16}
    world.at(at + timedelta(minutes=2))
    now = world.clock.moment
    with place.store.writing() as session:
        bulletin = publish(place.engine, session, campaign, registrar, now.date(), latest_moment(now))
    ids["digest"] = {
        "/bulletins": bulletin,
        "/registrar/<plan>/bulletins": bulletin,
        "/audit/rules": CASE.digest,
        "/privacy": place.rules.privacy.digest,
        "/notice": place.rules.notice.digest if place.rules.notice else "",
        **{route: _waiting(cast, *file) for route, file in FILES.items()},
    }
    with cast.app.test_request_context():
        ids["filename"] = {"f": url_for("static", filename="icon.svg").rpartition("/")[2]}
    ids["token"] = {"m": "nosuchtoken"}
    ids["colours"] = {"f": named("#6a1b9a", sheet("#6a1b9a"))}
    ids["shades"] = {"f": named("#6a1b9a", preview("#6a1b9a"))}
    ids["crest"] = {"f": f"{'0' * 32}.svg"}
    with place.store.writing() as session:
        session.add(CrestRow(name=ids["crest"]["f"], data=b"<svg/>"))
    ids["short"] = {"m": "0" * 12}
    for name, known in (
        ("situation", "face_failed"),
        ("step", "review"),
        ("ending", "stuck"),
        ("link", "app"),
    ):
        ids[name] = {"f": known}
    with place.store.reading() as session:
        foreign_grant = session.scalars(select(Grant.id).where(Grant.person_id == extra[1])).one()
    ids["grant"] = {"m": foreign_grant}


def _run(cast: Cast, by: Actor, hand: str, whom: Whom) -> str:
    """A run of codes that is carried out."""
    place, at = cast.world.place, cast.world.clock.moment
    with place.store.writing() as session:
        run = begin_run(session, by, hand, whom, at, place.entropy)
        assert run is not None
        id = run.id
    while carry_out(place.store, place.entropy, at, id):
        continue
    return id


FILES = {
    "/registrar/rosters": ("incoming", "考生号,姓名,性别,学籍状态\n24360000099999,测试新生,男,注册学籍\n"),
    "/registrar/contacts": ("incoming-contacts", "学号,手机,宿舍\n240100001,13800001111,东区 402\n"),
    "/registrar/<plan>/platform": ("incoming-exports", "学号,姓名,自查状态\n240100001,自家仁,已自查\n"),
    "/registrar/batches/<batch>/files/platform": (
        "incoming-platform-tables",
        as_dbf([{"KSH": "24990000000001", "XH": "240199901"}], {"KSH": 18, "XH": 20}).decode("ascii"),
    ),
    "/registrar/batches/<batch>/answers": (
        "incoming-answers",
        "考生号,字段,结果,日期,意见\n24990000000001,姓名,同意,2024-10-25,\n",
    ),
    "/registrar/sources": (
        "incoming-sources",
        '{"size": 43, "platform": []}\n学号,姓名,班级\n240100001,自家仁,1\n',
    ),
    "/admin/staff-file": ("incoming-staff", "工号,姓名,身份,学院,邮箱,班级\nS7,李四,审核人,,,\n"),
}
"""A file of each kind that waits to be taken in."""


def _waiting(cast: Cast, folder: str, rows: str) -> str:
    place, at = cast.world.place, cast.world.clock.moment
    return Incoming(place.settings.home / folder, place.cipher).keep("file.csv", at.date(), rows.encode(), at)
