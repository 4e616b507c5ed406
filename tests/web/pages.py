"""All pages, prepared with content: one list for the laws that hold on every page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from config.forms import FORMS
from states.case import CASE
from tests.conftest import on
from tests.workflow.records.rosters import as_csv, as_dbf, student
from tests.world import CAMPAIGN, World, number_of
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.campaigns.progress.bulletin import latest_moment, publish
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.steps import ready
from workflow.cases.tables import Campaign, Case, Question, Step, StepClaim
from workflow.engine import Actor, Ref
from workflow.letters.tables import LetterRow
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.outgoing.batches.sending import send_batch
from workflow.outgoing.jobs.job import ExportWish, approve, decline, make, note_download
from workflow.people.access import note_access
from workflow.people.accounts import OPERATOR
from workflow.people.granting import BY_OPERATOR, enlist, give
from workflow.people.links import make_link
from workflow.people.looking import MANY
from workflow.people.scopes import Scope, held
from workflow.people.standing_in import declare, end_early, relations_of, stand_in, take_back
from workflow.records.formats.grid import read_cells
from workflow.records.student_contacts import HEADINGS as CONTACT_HEADINGS
from workflow.records.student_contacts import plan_contacts, take_contacts
from workflow.records.upload import Incoming
from workflow.signin.binding import bind_address
from workflow.signin.kept import Pressed, keep_press
from workflow.signin.staff.proposals import StaffPlan, submit
from workflow.signin.staff.wanted import Wanted, WantedGrant
from workflow.signin.strips import Whom, begin_run, carry_out
from workflow.sources.comparing import compare
from workflow.sources.deciding import alike, press_rows
from workflow.sources.mapping import mapping_of
from workflow.sources.sides import SourceFile, TwoFiles, read_side
from workflow.sources.taking import take_comparison
from workflow.sources.worksheet import RowsWanted
from workflow.upkeep.leaving import export_desk

NOT_PAGES = {
    "static",
    "student.photo",
    "proxy.photo",
    "proxy.paper",
    "proxy.thumbnail",
    "student.paper",
    "student.thumbnail",
    "student.letter_pdf",
    "desk.letter_pdf",
    "student.deferring",
    "desk.paper",
    "desk.photo",
    "checks.paper",
    "notice.open",
    "college.silent_file",
    "college.silent_book",
    "batch_files.letter_pdf",
    "exports.both",
    "exports.findings",
    "poster.code",
    "guide.code",
    "rosters.findings",
    "batch_answers.findings",
    "sources.findings",
    "differences.book",
    "contacts.findings",
    "running.left_over_file",
    "signing.signatures_book",
    "forms.book",
    "forms.our_book",
    "bulletins.table",
    "bulletins.profile",
    "rules.actions_file",
    "codes.college.book",
    "codes.registrar.book",
    "school.colour_sheet",
    "school.preview_sheet",
    "school.picture",
}
"""Addresses that answer with something other than a page, or redirect to one."""

LONG = "买买提吐尔逊·阿卜杜热合曼·测试"


@dataclass(frozen=True, slots=True)
class Shown:
    """One page: the endpoint, the person who sees it (or none), and its address."""

    endpoint: str
    person: str
    path: str


class Stage:
    """A school with a case in every state, with long values, and a half-filled draft."""

    def __init__(self, world: World) -> None:
        self.world = world
        names = ("unchecked", "drafting", "filed", "reviewed", "corrected", "rejected", "asked", "answered")
        self.records = {name: world.record(xm=LONG) for name in names}
        world.open_campaign()
        wrong_name = ClaimFiled("XM", "admission_error", "买买提吐尔逊·阿布都热合曼·测试")
        wrong_number = ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888))
        for name in names[2:]:
            world.file(self.records[name], wrong_name if name != "filed" else wrong_number)
        for name in names[3:]:
            world.do(self.case(name), "take_up", world.staff["reviewer"])
        self._decide("corrected", "corrected", "correct")
        self.questions = self._ask()
        self._decide("rejected", "refused", "reject", refusal="evidence_does_not_prove")
        self._ask_the_college("filed")
        world.refused(self.case("filed"), "correct", world.staff["reviewer"], words="太早")
        self._draft(wrong_name)
        self._for_them(wrong_name)
        self._away()
        self._with_addresses("asked")
        self.digest = self._bulletin()
        dot = ClaimFiled("XM", "rendering", LONG)
        self.alike = world.file(world.record(xm=LONG.replace("·", ".")), dot).subject

    def case(self, name: str) -> Any:
        """The case of one of the records."""
        return self.world.case_of(self.records[name])

    def student(self, name: str) -> str:
        """The student of one of the records."""
        return self.world.student(self.records[name]).person

    def _decide(self, name: str, outcome: str, action: str, **details: Any) -> None:
        reviewer = self.world.staff["reviewer"]
        self.world.settle_all(self.case(name), outcome)
        self.world.do(self.case(name), action, reviewer, words="已核对材料", **details)

    def _ask(self) -> list[str]:
        """Ask two students one question of each kind. One answers in words, and disagrees with nothing."""
        world, reviewer = self.world, self.world.staff["reviewer"]
        for name in ("asked", "answered"):
            claim = world.case(self.case(name)).claims[0].id
            asked = (
                QuestionAsked("paper", "household_book", "请拍清楚写有变更前后内容的那一页，四角齐全"),
                QuestionAsked("value", claim, "与身份证上的间隔点不一致，请改正"),
                QuestionAsked("explanation", "", "请说明录取时用的是哪个名字"),
            )
            world.do(self.case(name), "ask", reviewer, questions=asked)
        with world.place.store.reading() as session:
            rows = session.scalars(select(Question).order_by(Question.kind)).all()
            here = {
                name: [r.id for r in rows if r.case_id == self.case(name).id]
                for name in ("asked", "answered")
            }
        student = world.student(self.records["answered"])
        words = "录取时用的是曾用名，高三下学期改的名，身份证也是那时候换的。"
        world.do(self.case("answered"), "answer", student, question=here["answered"][0], words=words)
        return here["asked"]

    def _away(self) -> None:
        """Substitutions now, ahead and ended early; and declared relations."""
        world, today = self.world, self.world.clock.moment.date()
        by, at, entropy = world.staff["administrator"], world.clock.moment, world.place.entropy
        absent, others = world.staff["second_reviewer"].person, ("reviewer", "registrar", "other_reviewer")
        with world.place.store.writing() as session:
            for day, other in enumerate(others):
                first, last = today + timedelta(days=day), today + timedelta(days=9)
                made = stand_in(session, absent, world.staff[other].person, first, last, by, at, entropy)
            end_early(session, made, by, at)
            for name in ("unchecked", "drafting"):
                declare(session, world.staff["reviewer"], self.records[name], at, entropy)
            take_back(
                session,
                world.staff["reviewer"],
                relations_of(session, world.staff["reviewer"].person)[0].id,
                at,
            )

    def _ask_the_college(self, name: str) -> None:
        """Add a college check before the case's own check, as some policies require."""
        case = self.world.case(self.case(name))
        with self.world.place.store.writing() as session:
            id = "c" * 32
            said = {"kind": "check", "office": "college", "four_eyes": False, "due": date(2024, 10, 24)}
            row = {"id": id, "case_id": case.id, "position": -1, "made_at": self.world.clock.moment}
            session.execute(insert(Step).values(**row, **said))
            session.execute(insert(StepClaim).values(step_id=id, claim_id=case.claims[0].id))

    def _draft(self, claim: ClaimFiled) -> None:
        world, record = self.world, self.records["drafting"]
        with world.place.store.writing() as session:
            save_draft(session, world.place.cipher, record, Answers({claim.field: claim}), world.clock.moment)
        world.paper(record)

    def _for_them(self, claim: ClaimFiled) -> None:
        """An officer has a draft for one student and filed for another, as some policies allow."""
        world, officer = self.world, self.world.staff["officer"].person
        record, at = self.records["unchecked"], world.clock.moment
        answers = Answers({claim.field: claim}, words="本人到学院窗口，出示身份证和户口簿原件")
        with world.place.store.writing() as session:
            save_draft(session, world.place.cipher, record, answers, at, officer)
            session.execute(
                update(Case)
                .where(Case.id == self.case("filed").id)
                .values(proxy=officer, proxy_role="officer", proxy_for=world.staff["registrar"].person)
            )
        world.paper(record, "id_card", officer)

    def _bulletin(self) -> str:
        world = self.world
        world.at(world.clock.moment + timedelta(minutes=2))
        with world.place.store.writing() as session:
            campaign = session.scalars(select(Campaign.id)).one()
            now = world.clock.moment
            return publish(
                world.place.engine,
                session,
                campaign,
                world.staff["registrar"],
                now.date(),
                latest_moment(now),
            )

    def pages(self) -> Iterable[Shown]:
        """Every page of every role, with the student's in each situation."""
        staff = {role: actor.person for role, actor in self.world.staff.items()}
        yield from self._of_students()
        yield from self._of_everybody(staff["reviewer"])
        yield from self._of_the_desk(staff["reviewer"], staff["second_reviewer"])
        yield from self._of_the_worksheet(staff["reviewer"])
        yield from self._of_colleges(staff["officer"])
        yield from self._chasing(staff["officer"], staff["registrar"])
        yield from self._of_a_counsellor()
        yield from self._of_codes(staff["officer"], staff["registrar"])
        yield from self._of_registrars(staff["registrar"])
        yield from self._exporting(staff["registrar"], staff["second_reviewer"], staff["auditor"])
        yield from self._batching(staff["registrar"], staff["second_reviewer"])
        yield from self._of_the_rules(staff)
        yield from self._of_auditors(staff["auditor"])
        yield from self._of_the_staff(staff)
        yield Shown("address.page", self.student("asked"), "/account/address")
        yield Shown("address.page", staff["officer"], "/account/address")

    def _with_addresses(self, name: str) -> None:
        """A student with both channels, who has just been sent a code for another e-mail address."""
        world, person = self.world, self.student(name)
        place, at = world.place, world.clock.moment
        owner = Owner(record=self.records[name])
        given = [
            Given(owner, "wecom", "zhang.san"),
            Given(owner, "email", "zhang.san@students.school.example"),
        ]
        with place.store.writing() as session:
            take_addresses(session, place.cipher, place.entropy, given, vouched=True, by="test", at=at)
            bind_address(session, place.cipher, place.entropy, person, "zs@mail.example", at)

    def _of_students(self) -> Iterable[Shown]:
        filed = self.case("filed").id
        yield Shown("signin.start", "", "/")
        yield Shown("signin.form", "", "/signin")
        yield from (
            Shown("guide.listed", "", "/guide"),
            Shown("guide.begin", "", "/guide/phone_taken"),
            Shown("guide.step", "", "/guide/face_failed/review"),
            Shown("guide.ended", "", "/guide/no_record/ends/registrar"),
            Shown("guide.ended", "", "/guide/id_mine/ends/solved"),
            Shown("guide.ended", "", "/guide/record_wrong/ends/file"),
            Shown("guide.ended", "", "/guide/id_mine/ends/stuck"),
        )
        yield Shown("activation.begin", "", "/activate")
        yield Shown("by_code.ask", "", "/signin/code")
        yield Shown("links.begin", "", "/in")
        yield Shown("links.offer", "", f"/in/{self._link()}")
        yield Shown("signin.bye", "", "/bye")
        yield Shown("help.ask", "", "/help/ask")
        yield Shown("help.state", "", "/help/state")
        yield Shown("photo_tool.page", "", "/guide/photo")
        yield Shown("privacy.page", "", "/privacy")
        notice = self.world.place.rules.notice
        assert notice is not None
        yield Shown("school_notice.page", "", "/notice")
        yield Shown("school_notice.version", "", f"/notice/{notice.digest}")
        yield Shown("privacy.version", "", f"/privacy/{self.world.place.rules.privacy.digest}")
        for name in self.records:
            yield Shown("student.record", self.student(name), "/my")
        yield Shown("student.sure", self.student("unchecked"), "/my/confirm")
        yield Shown("student.looked", self.student("unchecked"), "/my/looked")
        yield Shown("elsewhere.page", self.student("unchecked"), "/my/elsewhere/XJZT")
        drafting = self.student("drafting")
        for field in ("XM", "SFZH", "XH", "PHOTO"):
            yield Shown("student.wrong", drafting, f"/my/wrong/{field}")
        for page, path in (
            ("papers", "papers"),
            ("kinds", "papers/add"),
            ("adding", "papers/add/id_card"),
            ("check", "check"),
            ("discarding", "discard"),
        ):
            yield Shown(f"student.{page}", drafting, f"/my/{path}")
        yield Shown("student.receipt", self.student("filed"), f"/my/receipts/{filed}")
        yield Shown("student.withdrawing", self.student("filed"), f"/my/cases/{filed}/withdraw")
        for name in ("filed", "reviewed", "corrected", "rejected"):
            yield Shown("student.follow", self.student(name), f"/my/cases/{self.case(name).id}")
            yield Shown("student.letter", self.student(name), f"/my/cases/{self.case(name).id}/letter")
        asked, by = self.case("asked").id, self.student("asked")
        for name in ("asked", "answered"):
            yield Shown("student.follow", self.student(name), f"/my/cases/{self.case(name).id}")
        for question in self.questions:
            yield Shown("answers.question", by, f"/my/cases/{asked}/questions/{question}")
        yield Shown("answers.more", by, f"/my/cases/{asked}/more")
        yield Shown("answers.adding", by, f"/my/cases/{asked}/more/household_book")

    def _of_everybody(self, reviewer: str) -> Iterable[Shown]:
        """One's own account, and what was typed when the proof of the person had grown old."""
        world, case = self.world, self.case("reviewed").id
        fields = {"outcome": "refused", "refusal": "record_is_right", "words": f"{LONG}，原记录无误"}
        pressed = Pressed(f"/desk/{case}/decide", "reviewer", "", "", tuple(fields.items()))
        with world.place.store.writing() as session:
            at, entropy = world.clock.moment, world.place.entropy
            press = keep_press(session, world.place.cipher, pressed, reviewer, "0" * 64, at, entropy)
            for role, what in (("reviewer", "reveal:SFZH"), ("officer", "counter"), ("auditor", "timeline")):
                subject = self.case("unchecked").id if role == "auditor" else self.records["unchecked"]
                note_access(session, world.staff[role], what, subject, at, why="check_identity")
        for person in (reviewer, self.student("unchecked")):
            yield Shown("account.page", person, "/account")
            yield Shown("own_looks.looks", person, "/account/looks")
            yield Shown("own_data.page", person, "/account/data")
        yield Shown("fresh.proof", reviewer, "/fresh?to=/desk")
        yield Shown("fresh.again", reviewer, f"/fresh/{press}")

    def _of_the_desk(self, reviewer: str, second: str) -> Iterable[Shown]:
        for filtered in ("", "?who=mine", "?who=free&field=SFZH", "?field=CSRQ", "?waits=others"):
            yield Shown("desk.queue", reviewer, f"/desk{filtered}")
        yield Shown("find.asking", reviewer, "/desk/find")
        yield Shown("team.page", reviewer, "/desk/team")
        for name in ("filed", "reviewed", "corrected", "rejected", "asked", "answered"):
            yield Shown("desk.case", reviewer, f"/desk/{self.case(name).id}")
        decided = self.case("corrected").id
        yield Shown("desk.case", reviewer, f"/desk/{self.case('reviewed').id}?done={decided}")
        with self.world.place.store.reading() as session:
            of_case = select(LetterRow.id).where(LetterRow.case_id == self.case("corrected").id)
            letter = session.scalars(of_case.order_by(LetterRow.version.desc())).first()
        yield Shown("sentences.page", reviewer, "/desk/sentences")
        yield Shown("batch.listed", reviewer, "/desk/batch")
        yield Shown("batch.preview", reviewer, f"/desk/batch/{self.alike}")
        yield Shown("desk.letter", reviewer, f"/desk/letters/{letter}")
        yield Shown("desk.sheet", reviewer, f"/desk/{self.case('corrected').id}/sheet")
        yield Shown("desk.case", second, f"/desk/{self.case('reviewed').id}")

    def _of_the_worksheet(self, reviewer: str) -> Iterable[Shown]:
        """The worksheet of the platform with one row, and the same on paper."""
        world, by = self.world, self.world.staff["reviewer"]
        case = Ref("case", world.file(world.record(), ClaimFiled("XM", "admission_error", "测试甲")).subject)
        world.do(case, "take_up", by)
        world.do(case, "pass_step", by, step=world.case(case).steps[0].id)
        for path in ("", "?field=XM&ticked=all"):
            yield Shown("entering.sheet", reviewer, f"/desk/platform{path}")
        yield Shown("entering.paper", reviewer, "/desk/platform/paper")

    def _of_colleges(self, officer: str) -> Iterable[Shown]:
        for endpoint, path in (
            ("home", ""),
            ("progress", f"/{CAMPAIGN}"),
            ("silent_list", f"/{CAMPAIGN}/silent"),
            ("burn_down", f"/{CAMPAIGN}/trend"),
        ):
            yield Shown(f"college.{endpoint}", officer, f"/college{path}")
        yield Shown("guide_sheet.college", officer, f"/college/{CAMPAIGN}/guide")
        yield Shown("checks.queue", officer, "/college/checks")
        yield Shown("checks.case", officer, f"/college/checks/{self.case('filed').id}")

    def _of_registrars(self, registrar: str) -> Iterable[Shown]:
        yield Shown("guide_usage.page", registrar, "/registrar/guide")
        yield Shown("guide_sheet.registrar", registrar, "/registrar/guide/sheet")
        for endpoint, path in (
            ("registrar.campaigns", ""),
            ("registrar.campaign", f"/{CAMPAIGN}"),
            ("registrar.colleges", f"/{CAMPAIGN}/board"),
            ("registrar.classes", f"/{CAMPAIGN}/classes?college=测试学院"),
        ):
            yield Shown(endpoint, registrar, f"/registrar{path}")
        for endpoint, path in (
            ("running.burn_down", f"/{CAMPAIGN}/trend"),
            ("running.end", f"/{CAMPAIGN}/end"),
            ("running.left_over", f"/{CAMPAIGN}/unchecked"),
            ("running.cohort", f"/{CAMPAIGN}/cohort"),
            ("running.calendar", "/graduating"),
            ("bulletins.every", f"/{CAMPAIGN}/bulletins"),
            ("bulletins.one", f"/{CAMPAIGN}/bulletins/{self.digest}"),
            ("bulletins.sheet", f"/{CAMPAIGN}/bulletins/{self.digest}/sheet"),
        ):
            yield Shown(endpoint, registrar, f"/registrar{path}")
        yield Shown("bulletins.public", "", f"/bulletins/{self.digest}")
        yield Shown("profile.page", registrar, "/registrar/profile")
        yield Shown("rosters.imports", registrar, "/registrar/rosters")
        yield Shown("rosters.dry_run", registrar, f"/registrar/rosters/{self._roster()}")
        yield from self._of_sources(registrar)
        waiting, ended = (
            self._helped(),
            self._helped("miss", words=f"按“{LONG}”没有查到，请带录取通知书到教务处"),
        )
        yield Shown("help_office.listed", registrar, "/registrar/help")
        for item in (waiting, ended):
            yield Shown("help_office.one", registrar, f"/registrar/help/{item}")
        yield Shown("permissions.listed", registrar, "/registrar/permissions")
        yield Shown("permissions.student", registrar, f"/registrar/permissions/{self._permitted()}")
        yield Shown("cards.search", registrar, "/registrar/cards")
        yield Shown("cards.card", registrar, f"/registrar/cards/{self._permitted()}")
        yield Shown("contacts.files", registrar, "/registrar/contacts")
        yield Shown("contacts.dry_run", registrar, f"/registrar/contacts/{self._contacts()}")

    def _permitted(self) -> str:
        """A student of whom everything was granted once, and something was taken back, with long reasons."""
        world, registrar = self.world, self.world.staff["registrar"]
        record, until = world.record(xm=LONG), on(2028, 6, 1)
        said = {"record": record, "until": until, "words": f"按“{LONG}”办理"}
        for kind in ("extend", "freeze"):
            given = world.do(Ref("permission"), "grant", registrar, kind=kind, **said)
        world.do(Ref("permission", given.subject), "take_back", registrar, words="情况已查清")
        return record

    def _helped(self, action: str = "call", **details: str) -> str:
        """A help item with long values, about which the office has done something."""
        world, by = self.world, self.world.staff["registrar"]
        visitor = Actor(world.place.entropy(16).hex(), "visitor", capacity="0" * 64)
        said = {
            "kind": "cannot_link",
            "name": LONG,
            "phone": "+998901234567",
            "words": "绑定时提示没有学籍。" * 40,
        }
        item = Ref("help", world.do(Ref("help"), "ask", visitor, number="24360000099999", **said).subject)
        world.do(item, action, by, **(details or {"result": "no_answer"}))
        return item.id

    def _exporting(self, registrar: str, second: str, auditor: str) -> Iterable[Shown]:
        """Export jobs: one that waits, one to download, and one that was declined."""
        waiting, ready, declined = (self._export_job(number) for number in range(3))
        world, place = self.world, self.world.place
        reviewer, at = world.staff["second_reviewer"], world.clock.moment
        approve(place.store, export_desk(place), ready, reviewer, at)
        with place.store.writing() as session:
            decline(session, place.cipher, place.entropy, declined, reviewer, at)
            note_download(session, place.cipher, ready, world.staff["registrar"], at)
        for person in (registrar, second):
            yield Shown("outgoing.listed", person, "/registrar/exports")
            for job in (waiting, ready, declined):
                yield Shown("outgoing.one", person, f"/registrar/exports/{job}")
        yield Shown("claims.listed", registrar, "/registrar/claims")
        yield Shown("exported.listed", auditor, "/audit/exports")

    def _batching(self, registrar: str, second: str) -> Iterable[Shown]:
        """Batches: one that is put together, a frozen one that a line is to leave, one that was sent, one over."""
        world, by, at = self.world, self.world.staff["registrar"], self.world.clock.moment
        claims = [self._for_the_province(serial) for serial in (871, 873, 875)]
        batches = [Ref("batch", self._batch()) for _ in range(4)]
        for batch, claim in zip(batches, claims, strict=False):
            world.do(batch, "put_in", by, claims=claim)
        for batch in batches[1:3]:
            world.do(batch, "freeze", by)
            world.do(batch, "agree", world.staff["second_reviewer"])
        world.do(batches[1], "ask_out", by, claims=claims[1][:1], words=f"按“{LONG}”办理，材料要重新盖章")
        with world.place.store.writing() as session:
            said = {"number": "", "sent_on": at.date(), "by": by}
            send_batch(world.place.engine, session, batches[2].id, **said)
        world.do(batches[3], "dissolve", by, words="不再报送")
        self._for_the_province(877)
        for person in (registrar, second):
            yield Shown("batches.listed", person, "/registrar/batches")
            for batch in batches:
                yield Shown("batches.one", person, f"/registrar/batches/{batch.id}")
        yield Shown("batches.choose", registrar, f"/registrar/batches/{batches[0].id}/choose")
        for batch in (batches[1].id, batches[2].id):
            files = f"/registrar/batches/{batch}/files"
            for person in (registrar, second):
                yield Shown("batch_files.listed", person, files)
                yield Shown("batch_files.letter", person, f"{files}/letter")
            yield Shown("batch_answers.answers", registrar, f"/registrar/batches/{batch}/answers")
            yield Shown("batch_files.platform", registrar, f"{files}/platform/{self._platform_table()}")

        answers = f"/registrar/batches/{batches[2].id}/answers"
        yield Shown("batch_answers.dry_run", registrar, f"{answers}/{self._answers()}")

    def _answers(self) -> str:
        """A waiting answer with a row for several verdicts. Returns its id."""
        place, at = self.world.place, self.world.clock.moment
        rows = (
            "考生号,字段,结果,日期,意见\n24990000000001,姓名,同意,2024-10-25,\n,姓名,同意,2024-10-25,\n"
            "24990000000001,颜色,同意,2024-10-25,\n24990000000001,姓名,好的,2024-10-25,\n"
        )
        kept = Incoming(place.settings.home / "incoming-answers", place.cipher)
        return kept.keep("省教育厅关于学籍信息更正的答复（十月二十五日）.csv", at.date(), rows.encode(), at)

    def _batch(self) -> str:
        """A batch to the province."""
        by = self.world.staff["registrar"]
        return self.world.do(Ref("batch"), "open", by, office="province", month="2024-12").subject

    def _platform_table(self) -> str:
        """A table of the platform's in which none of the students is. Returns its id."""
        place, at = self.world.place, self.world.clock.moment
        kept = Incoming(place.settings.home / "incoming-platform-tables", place.cipher)
        table = as_dbf([{"KSH": "24990000000001", "XM": "测试甲"}], {"KSH": 18, "XM": 40})
        return kept.keep("platform.dbf", at.date(), table, at)

    def _for_the_province(self, serial: int) -> tuple[str, ...]:
        """The two claims of a case that waits for the province, with long names."""
        world, record = self.world, self.world.record(xm=LONG)
        number = ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), serial))
        case = Ref("case", world.file(record, ClaimFiled("XM", "admission_error", "测试甲"), number).subject)
        world.do(case, "take_up", world.staff["reviewer"])
        check = ready(world.case(case))[0].step
        world.do(case, "pass_step", world.staff["reviewer"], step=check.id)
        return tuple(claim.id for claim in world.case(case).claims)

    def _export_job(self, number: int) -> str:
        """A job with all contents, about everybody, a campaign, or a college."""
        place, by = self.world.place, self.world.staff["registrar"]
        words = "省教育厅来函要求核对新生证件号码（赣教学字〔2024〕12 号），核对后当场销毁，不再转给任何人"
        with place.store.writing() as session:
            campaign = str(session.scalar(select(Campaign.id).where(Campaign.plan == CAMPAIGN)))
            limits = ({}, {"campaign": campaign}, {"campaign": campaign, "college": "测试学院"})[number]
            wish = ExportWish("authority", words, ("id_number", "phone", "dormitory", "papers"), **limits)
            return make(session, place.cipher, place.entropy, wish, by, self.world.clock.moment)

    def _of_the_rules(self, staff: Mapping[str, str]) -> Iterable[Shown]:
        for endpoint, path in (
            ("asking", "/explain"), ("supposing", "/what-if"), ("comparing", "/compare"), ("actions", "/matrix"),
        ):  # fmt: skip
            yield Shown(f"rules.{endpoint}", staff["registrar"], f"/rules{path}")
        for endpoint, path in (("overview", ""), ("touched", "/touched"), ("notice", "/notice")):
            yield Shown(f"rulebook.{endpoint}", staff["registrar"], f"/rules{path}")
        for role in ("reviewer", "auditor"):
            yield Shown("rulebook.overview", staff[role], "/rules")

    def _of_auditors(self, auditor: str) -> Iterable[Shown]:
        corrected = self.case("corrected").id
        for endpoint, path in (
            ("search", ""),
            ("refused", "/refusals"),
            ("rule", f"/rules/{CASE.digest}"),
            ("rule", f"/rules/{self.world.place.school.digest}"),
            ("subject", f"/{corrected}"),
            ("looked", f"/{corrected}/looks"),
        ):
            yield Shown(f"audit.{endpoint}", auditor, f"/audit{path}")
        for endpoint, path in (("grants", ""), ("grants", "?ended=1"), ("acts", "/acts")):
            yield Shown(f"grants.{endpoint}", auditor, f"/audit/grants{path}")
        self._opened_often()
        yield Shown("searches.asking", auditor, "/audit/searches")
        yield Shown("reveals.reveals", auditor, "/audit/reveals")

    def _opened_often(self) -> None:
        """A reviewer opened very many numbers and papers in a short time."""
        by, case = self.world.staff["reviewer"], self.case("reviewed").id
        with self.world.place.store.writing() as session:
            for n in range(MANY + 1):
                what = ("reveal:SFZH", "paper")[n % 2]
                note_access(session, by, what, case, self.world.clock.moment, why="check_identity")

    def _of_the_staff(self, staff: Mapping[str, str]) -> Iterable[Shown]:
        reviewer = staff["reviewer"]
        for endpoint, path in (
            ("people", ""), ("member", f"/people/{reviewer}"), ("presences", "/presences"),
            ("settings", "/settings"),
        ):  # fmt: skip
            yield Shown(f"admin.{endpoint}", staff["administrator"], f"/admin{path}")
        yield Shown("staffing.file", staff["administrator"], "/admin/staff-file")
        yield Shown("staffing.dry_run", staff["administrator"], f"/admin/staff-file/{self._staff_file()}")
        yield Shown("staffing.proposed", staff["administrator"], f"/admin/proposals/{self._proposal()}")
        yield Shown("deliveries.page", staff["administrator"], "/admin/notices")
        for role in ("administrator", "registrar"):
            yield Shown("standing_in.away", staff[role], "/staff/away")
        for role in ("administrator", "registrar", "auditor", "officer", "reviewer"):
            yield Shown("standing_in.relations", staff[role], "/staff/relations")

    def _of_a_counsellor(self) -> Iterable[Shown]:
        """What differs for an officer of only some classes of a college."""
        classes = [Scope("测试学院", name) for name in ("240101", "240102")]
        counsellor = self.world.officer(*classes, duty="counsellor", name=LONG)
        self.world.staff["counsellor"] = counsellor
        for endpoint, path in (
            ("college.home", ""), ("signing.signing", f"/{CAMPAIGN}/sign"), ("checks.queue", "/checks"),
            ("college.silent_list", f"/{CAMPAIGN}/silent"), ("codes.college.all_runs", "/codes"),
            ("codes.college.counter", "/counter"),
        ):  # fmt: skip
            yield Shown(endpoint, counsellor.person, f"/college{path}")

    def _chasing(self, officer: str, registrar: str) -> Iterable[Shown]:
        """The colleges' work on silent students, with the platform's data beside it."""
        self._chased()
        ours, classes = f"/college/{CAMPAIGN}", "?class=240101"
        for endpoint, path in (
            ("college.silent_list", f"/silent{classes}&why=unreachable"),
            ("chasing.reminding", f"/remind{classes}"),
            ("chasing.one_class", f"/class{classes}"),
            ("chasing.sheet", f"/sheet{classes}"),
            ("chasing.student", f"/students/{self.case('unchecked').id}"),
            ("chasing.student", f"/students/{self.case('rejected').id}"),
            ("chasing.platform", "/platform"),
            ("signing.signing", "/sign"),
        ):
            yield Shown(endpoint, officer, ours + path)
        for_them = self.case("unchecked").id
        for page, path in (
            ("record", ""), ("wrong", "/wrong/XM"), ("papers", "/papers"), ("kinds", "/papers/add"),
            ("adding", "/papers/add/id_card"), ("how", "/how"), ("check", "/check"), ("discarding", "/discard"),
        ):  # fmt: skip
            yield Shown(f"proxy.{page}", officer, f"/for/{for_them}{path}")
        yield Shown("proxy.record", registrar, f"/for/{for_them}")
        yield Shown("proxy.receipt", officer, f"/for/{self.case('filed').id}/receipt")
        yield Shown("poster.poster", officer, f"/posters/{CAMPAIGN}")
        yield Shown("poster.poster", registrar, f"/posters/{CAMPAIGN}")
        yield Shown("poster.landing", "", f"/c/{CAMPAIGN}")
        yield Shown("forwarding.listed", registrar, "/not-forwarded")
        yield Shown("forwarding.listed", self.world.staff["auditor"].person, "/not-forwarded")
        for who in ("registrar", "auditor", "reviewer", "second_reviewer"):
            yield Shown("flags.listed", self.world.staff[who].person, "/flags")
        for who in ("registrar", "auditor"):
            yield Shown("letters.listed", self.world.staff[who].person, "/registrar/letters?only=all")
        theirs = f"/registrar/{CAMPAIGN}"
        yield Shown("signing.signatures", registrar, f"{theirs}/signatures")
        yield Shown("archive.page", registrar, f"{theirs}/archive")
        yield Shown("forms.returns", registrar, f"{theirs}/forms")
        for form in FORMS:
            yield Shown("forms.printed", registrar, f"{theirs}/forms/{form}")
            yield Shown("forms.our_paper", officer, f"/college/{CAMPAIGN}/forms/{form}")
        yield Shown("forms.ours", officer, f"/college/{CAMPAIGN}/forms")
        yield Shown("exports.compared", registrar, f"{theirs}/platform")
        yield Shown("exports.dry_run", registrar, f"{theirs}/platform/{self._export()}")

    def _of_codes(self, officer: str, registrar: str) -> Iterable[Shown]:
        """Runs of first codes, finished and not, what they give, and the counter."""
        listed, sent, waiting = (self._run("registrar", hand, None) for hand in ("list", "message", "strips"))
        printed = self._run("officer", "strips", "测试学院")
        record = self.records["unchecked"]
        for desk, person in (("college", officer), ("registrar", registrar)):
            ours, at = f"codes.{desk}", f"/{desk}"
            yield Shown(f"{ours}.all_runs", person, f"{at}/codes")
            yield Shown(f"{ours}.one_run", person, f"{at}/codes/{printed}")
            yield Shown(f"{ours}.strips", person, f"{at}/codes/{printed}/strips/1")
            yield Shown(f"{ours}.counter", person, f"{at}/counter")
            yield Shown(f"{ours}.student", person, f"{at}/counter/{record}")
        for run in (listed, sent, waiting):
            yield Shown("codes.registrar.one_run", registrar, f"/registrar/codes/{run}")
        yield Shown("codes.registrar.names", registrar, f"/registrar/codes/{listed}/list/1")
        yield Shown("codes.registrar.all_runs", registrar, "/registrar/codes?college=测试学院")
        ours = self._run("officer", "list", "测试学院")
        yield Shown("codes.college.names", officer, f"/college/codes/{ours}/list/1")
        for desk, person in (("college", officer), ("registrar", registrar)):
            yield Shown(f"codes.{desk}.given", person, f"/{desk}/counter/{record}/{'0' * 32}")

    def _run(self, role: str, hand: str, college: str | None) -> str:
        """A run of codes that is carried out, but for one of strips by the registrar."""
        place, at = self.world.place, self.world.clock.moment
        whom = Whom(tuple(place.school.policy.statuses.enrolled), college)
        with place.store.writing() as session:
            run = begin_run(session, self.world.staff[role], hand, whom, at, place.entropy)
            assert run is not None
            id = run.id
        while (role, hand) != ("registrar", "strips") and carry_out(place.store, place.entropy, at, id):
            continue
        return id

    def _chased(self) -> None:
        """A reason, a contact and a paper signature; an export with one who viewed and one who did not."""
        world, case = self.world, self.case("unchecked").id
        engine, officer, today = world.place.engine, world.staff["officer"], world.clock.moment.date()
        with world.place.store.writing() as session:
            chase(engine, session, [case], "give_reason", officer, reason="unreachable")
            chase(engine, session, [case], "contact", officer, how="phone", result="no_answer", on=today)
            chase(engine, session, [self.case("filed").id], "note_signature", officer, on=today)
        said = "学号,姓名,自查状态,自查时间\n240100001,,已自查,2024-10-24 16:24:00\n240100003,,未自查,\n"
        with world.place.store.writing() as session:
            found = read_export("自查情况.csv", said.encode())
            campaign = str(session.scalar(select(Campaign.id).where(Campaign.plan == CAMPAIGN)))
            registrar = world.staff["registrar"]
            take_in_export(engine, session, world.place.cipher, campaign, found, today, registrar)

    def _export(self) -> str:
        """A waiting export with a row for every verdict."""
        place, at = self.world.place, self.world.clock.moment
        rows = (
            "学号,姓名,自查状态\n240100001,别人,已自查\n999,测试,已自查\n240100003,,看过\n240100002,,未自查\n"
        )
        kept = Incoming(place.settings.home / "incoming-exports", place.cipher)
        return kept.keep("平台自查情况（十月二十五日导出，最终版）.csv", at.date(), rows.encode(), at)

    def _roster(self) -> str:
        """A waiting roster with a row for every verdict."""
        place, at = self.world.place, self.world.clock.moment
        rows = "考生号,姓名,性别,学籍状态\n24360000099999,测试新生,男,注册学籍\n,测试,男,注册学籍\n24360000099998,测?试,女,注册学籍\n"
        kept = Incoming(place.settings.home / "incoming", place.cipher)
        return kept.keep("2024级学籍名册（教务处十月导出，最终版）.csv", at.date(), rows.encode(), at)

    def _of_sources(self, registrar: str) -> Iterator[Shown]:
        """Two files side by side: their columns, the dry run, and a worksheet with rows of every look."""
        place, at = self.world.place, self.world.clock.moment
        rows = as_csv([student(1, XM=LONG, BH="240177"), student(998), student(999, XH="")]).decode()
        school = SourceFile("教务系统在校生（十月二十五日导出，最终版）.csv", at.date(), rows.encode())
        kept = Incoming(place.settings.home / "incoming-sources", place.cipher)
        digest = kept.keep(school.name, school.as_of, TwoFiles(school, school).packed(), at)
        with place.store.writing() as session:
            read = read_side(school, mapping_of(session, "school"))
            plan = compare(session, place.cipher, read, None)
            by = self.world.staff["registrar"].person
            more: dict[str, Any] = {"by": by, "at": at, "entropy": place.entropy}
            id = take_comparison(session, place.cipher, plan, **more)
            some = alike(session, id, RowsWanted())
            press_rows(session, id, some, "to_ask", by=by, at=at)
        yield Shown("sources.listed", registrar, "/registrar/sources")
        yield Shown("sources.columns", registrar, f"/registrar/sources/{digest}/columns")
        yield Shown("sources.dry_run", registrar, f"/registrar/sources/{digest}")
        yield Shown("differences.sheet", registrar, f"/registrar/sources/{id}?stand=all")

    def _contacts(self) -> str:
        """A waiting file of contacts with a row for every fault, after one that was taken in."""
        place, at = self.world.place, self.world.clock.moment
        rows = "学号,手机,宿舍\n240100001,13800001111,东区 3 号楼 402\n"
        with place.store.writing() as session:
            plan = plan_contacts(session, place.cipher, read_cells(rows.encode(), CONTACT_HEADINGS))
            more: dict[str, Any] = {"source": "宿管中心.csv", "as_of": at.date(), "by": "test", "at": at}
            take_contacts(session, place.cipher, place.entropy, plan, **more)
        rows += f"240100001,-,\n999,13800001111,\n,,东区\n240100002,1380000,{'远' * 61}\n"
        kept = Incoming(place.settings.home / "incoming-contacts", place.cipher)
        return kept.keep("学生电话和宿舍（宿管中心十月整理，最终版）.csv", at.date(), rows.encode(), at)

    def _staff_file(self) -> str:
        """A waiting staff file with a row for every verdict, and roles that it does not name."""
        place, at = self.world.place, self.world.clock.moment
        rows = (
            "工号,姓名,身份,学院,邮箱,电话\nS1,买买提吐尔逊·阿卜杜热合曼,学院经办人,测试学院,m@school.example,\n"
            "S2,李四,学院经办人,测试学园,,\n,王五,审核人,,,\nS4,赵六,审核人,,,\nS4,赵六,审计员,,,\n"
        )
        kept = Incoming(place.settings.home / "incoming-staff", place.cipher)
        return kept.keep("二〇二四年秋季工作人员名单（人事处，最终版）.csv", at.date(), rows.encode(), at)

    def _proposal(self) -> str:
        """A proposal of another administrator that waits for this one."""
        place, at = self.world.place, self.world.clock.moment
        officer, reviewer = held("officer", "测试学院"), held("reviewer", Scope(entry_year="2024"))
        grants = (WantedGrant(officer), WantedGrant(reviewer, last_on=at.date()))
        plan = StaffPlan((Wanted("S1", LONG, grants, (("email", "m@school.example"),)),))
        with place.store.writing() as session:
            other = enlist(session, "二号管理员", "A2", at, place.entropy)
            give(session, BY_OPERATOR, other.id, held("administrator"), at, place.entropy)
            by = Actor(other.id, "administrator")
            return submit(session, place.cipher, place.entropy, plan, by, at, place.school.offices).proposal

    def _link(self) -> str:
        with self.world.place.store.writing() as session:
            return make_link(
                session,
                self.world.staff["other_reviewer"].person,
                OPERATOR,
                self.world.clock.moment,
                self.world.place.entropy,
            )
