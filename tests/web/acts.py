"""Every action by a button of a page, done once in a small school: one list for laws about all acts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from tests.conftest import BIRTHDAY, on
from tests.editing import load
from tests.schools import with_intake
from tests.web.browsing import Browser, Form, Page, signed_in
from tests.web.pages import Stage
from tests.workflow.notices.conftest import keep
from tests.workflow.records.rosters import as_csv, as_dbf, number, student
from tests.workflow.signin.doors import OTHER, WORDS, code_for, numbered, xh_of
from tests.world import CAMPAIGN, NAME, number_of, picture
from workflow.cases.batches import BatchLine
from workflow.cases.claims import ClaimFiled
from workflow.cases.flags import FlagRaised
from workflow.cases.review.steps import ready
from workflow.cases.tables import Claim, Question
from workflow.engine import SYSTEM, Actor, Ref
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.notices.tables import Address
from workflow.people.accounts import OPERATOR, give_role
from workflow.people.granting import BY_OPERATOR, enlist, give
from workflow.people.links import make_link
from workflow.people.scopes import Scope, held
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.signin.kept import Pressed, keep_press
from workflow.signin.password.proof import set_password
from workflow.signin.tables import SignInCode
from workflow.sources.tables import Difference

DAY = "2024-10-25"
NOBODYS = {"visitor": "anybody"}
"""Browsers of people without an account, and how the table of costs calls them."""
EARLIER = date(2023, 9, 15)
"""The entry of students who are in no campaign here."""
NUMBER = ClaimFiled("XH", "school_data", "240199999")
SEX = ClaimFiled("XB", "admission_error", "女")
REFUSED = {"outcome": "refused", "refusal": "evidence_does_not_prove", "words": "材料不足"}
OURS, THEIRS = f"/college/{CAMPAIGN}", f"/registrar/{CAMPAIGN}"
SPAN = {"since": "2024-10-01", "until": "2028-12-31"}
EXPORT = "学号,姓名,自查状态,自查时间\n240100001,,已自查,2024-10-24 16:24:00\n240100003,,未自查,\n"
CREST = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9z"/></svg>'
CONTACTS = "学号,手机,宿舍\n240100001,13800002222,-\n240100002,13800003333,西区\n"


@dataclass(frozen=True, slots=True)
class Done:
    """One act: the endpoint with its action, the person, and its cost."""

    act: str
    who: str
    cost: int


def address_of(app: Flask, method: str, path: str) -> str:
    """The declared address of a path, with the requested action."""
    rule, told = app.url_map.bind("localhost").match(path.split("?")[0], method=method, return_rule=True)
    said = re.sub(r"<(?:[^<>]*:)?action>", str(told.get("action")), rule.rule)
    return f"{method} " + re.sub(r"<(?:[^<>]*:)?(\w+)>", r"<\1>", said)


class Acts:
    """All acts of all people, each allowed. ``cost`` returns the cost of the last one."""

    def __init__(self, stage: Stage, app: Flask, begin: Callable[[], None], cost: Callable[[], int]) -> None:
        self.stage, self.app, self.world = stage, app, stage.world
        self._begin, self._cost = begin, cost
        self._browsers: dict[str, Browser] = {}
        self.done: list[Done] = []

    def all(self) -> list[Done]:
        """Act through a year: the offices begin, students check, the desk decides, the campaign ends."""
        self.signs_in()
        self.student_comes_in()
        self.registrar_begins()
        self.student_files()
        self.student_answers()
        self.filed_for_a_student()
        self.desk_takes_hands_and_asks()
        self.desk_presses_once()
        self.desk_decides_alike()
        self.desk_goes_step_by_step()
        self.desk_enters()
        self.student_after_the_decision()
        self.papers_and_numbers()
        self.college_chases()
        self.codes_are_given()
        self.own_address()
        self.administrator_acts()
        self.numbers_leave()
        self.batch_goes_out()
        self.one_student_is_permitted()
        self.a_file_goes_with_a_student()
        self.visitor_is_helped()
        self.rules_are_tried()
        self.auditor_acts()
        self.student_defers()
        self.campaign_ends()
        self.own_account()
        return self.done

    # -- doing ------------------------------------------------------------------------------------------

    def of(self, who: str) -> Browser:
        """The browser of a member of staff by role, or of a student by their record."""
        if who not in self._browsers:
            staff = self.world.staff.get(who)
            person = (staff or self.world.student(who)).person
            self._browsers[who] = signed_in(self.world, self.app, person)
        return self._browsers[who]

    def press(self, who: str, page: str, action: str, says: str = "", **typed: Any) -> Page:
        """Open a page and send its form whose address ends like this."""
        browser = self.of(who)
        return self.send(
            who, browser.get(page).form(action) if page else browser.page.form(action), says, **typed
        )

    def send(self, who: str, form: Form, says: str = "", **typed: Any) -> Page:
        """Send a form as it stands on the page."""
        assert form.open, (form.action, self.of(who).page.codes)
        return self.post(who, form.action or self.of(who).page.path, says, **{**form.fields, **typed})

    def post(self, who: str, path: str, says: str = "", **typed: Any) -> Page:
        """Post fields to an address, and record the cost."""
        browser = self.of(who)
        address = path.split("#")[0]
        typed.setdefault("csrf_token", browser.token)
        self._begin()
        page = browser.post(address, **typed)
        cost, says = self._cost(), " · ".join(filter(None, (address_of(self.app, "POST", address), says)))
        assert page.status in (200, 303), (path, page.status, page.codes, page.text[-500:])
        role = who.removeprefix("other_") if who in self.world.staff else NOBODYS.get(who, "student")
        self.done.append(Done(says, role, cost))
        return page

    def new(self, *claims: ClaimFiled, taken_up: bool = True, **columns: Any) -> Ref:
        """A case outside a campaign, filed and taken up by the reviewer."""
        record = self.world.record(**columns)
        case = Ref("case", self.world.file(record, *(claims or (NAME,))).subject)
        if taken_up:
            self.world.do(case, "take_up", self.world.staff["reviewer"])
        return case

    def record_of(self, case: Ref) -> str:
        """The record of a case."""
        return self.world.case(case).record.id

    def act(self, who: str, case: Ref, action: str, says: str = "", **typed: Any) -> Page:
        """One action of the desk, sent with or without a button for it."""
        self.of(who).get(f"/desk/{case.id}")
        version = self.world.case(case).version
        key = f"{len(self.done):032x}"
        return self.post(who, f"/desk/{case.id}/{action}", says, expected=str(version), key=key, **typed)

    # -- students ---------------------------------------------------------------------------------------

    def signs_in(self) -> None:
        """By each kind of link, by password; another role, another language, sign-out."""
        person = self.world.staff["other_reviewer"].person
        with self.world.place.store.writing() as session:
            give_role(
                session, person, held("registrar"), "test", self.world.clock.moment, self.world.place.entropy
            )
        browser = self._browsers["other_reviewer"] = Browser(self.app)
        link = self._link(person)
        self.press("other_reviewer", f"/in/{link}", link)
        self.press("other_reviewer", "/in", "/in", token=self._link(person))
        numbered(self.world, "other_reviewer", "T0001")
        browser.open_link(self._link(person))
        self.press("other_reviewer", "", "/in/person", number="T0001", password=WORDS, again=WORDS)
        browser.get("/desk")
        self.press("other_reviewer", "/desk", "/language", language="zh")
        guide = "/guide/id_taken/unbind"
        self.press("other_reviewer", guide, guide, ending="stuck")
        (form,) = [one for one in browser.get("/desk").forms if one.action.endswith("/role")]
        self.send("other_reviewer", form, grant=form.buttons[0][1])
        self.press("other_reviewer", "/registrar", "/out")
        self.press("other_reviewer", "/signin", "/signin", number="T0001", password=WORDS)
        browser.get("/bye")
        other = {"password": OTHER, "again": OTHER}
        self.post("other_reviewer", "/renew", number="T0001", old=WORDS, **other)
        del self._browsers["other_reviewer"]

    def student_comes_in(self) -> None:
        """A first sign-in with the code of a strip, later one with a code that was asked for; an address bound."""
        record = self.world.record(rxrq=EARLIER)
        person, number = self.world.student(record).person, xh_of(record)
        self._browsers[record] = Browser(self.app)
        code = code_for(self.world, person, "strip")
        self.press(record, "/activate", "/activate", number=number, code=code)
        self.press(record, "", "/activate/password", password=WORDS, again=WORDS)
        self._browsers[record] = Browser(self.app)
        self.press(record, "/signin/code", "/signin/code", number=number)
        self.press(record, "", "/signin/code/enter", code=code_for(self.world, person, "return", person))

        other = self.world.record(rxrq=EARLIER)
        person, number = self.world.student(other).person, xh_of(other)
        self._browsers[other] = Browser(self.app)
        code = code_for(self.world, person, "strip")
        self.of(other).get("/activate")
        self.of(other).send("/activate", number=number, code=code)
        self.press(other, "", "/activate/address", email="li.si@mail.example")
        self.press(other, "", "/activate/address/code", proof=self._code_sent())

    def _link(self, person: str) -> str:
        with self.world.place.store.writing() as session:
            return make_link(session, person, OPERATOR, self.world.clock.moment, self.world.place.entropy)

    def own_account(self) -> None:
        """A proof by password and by code, a kept press in another role, own sign-ins, a new password."""
        world, who, old, new = (
            self.world,
            "other_reviewer",
            "vier Stare auf dem Zaun",
            "funf Raben auf dem Dach",
        )
        person, at, entropy = world.staff[who].person, world.clock.moment, world.place.entropy
        keep(world, [Given(Owner(person=person), "email", "li@school.example")], vouched=True)
        with world.place.store.writing() as session:
            session.execute(update(Address).where(Address.person_id == person).values(opens_from=None))
            set_password(session, person, old, at)
            pressed = Pressed("/registrar/graduating", "registrar", "", "", (("said", "240100001"),))
            press = keep_press(session, world.place.cipher, pressed, person, "0" * 64, at, entropy)
        self.of(who).get("/desk")
        self.post(who, "/fresh", "by password", password=old, to="/desk")
        self.post(who, "/fresh/code", to="/desk")
        with world.place.store.reading() as session:
            code = session.scalars(select(SignInCode.id).where(SignInCode.person_id == person)).one()
        self.post(who, "/fresh", "by code", code=world.place.cipher.code(code), to="/desk")
        self.post(who, f"/fresh/{press}/role")
        signed_in(world, self.app, person)
        ends = [form for form in self.of(who).get("/account").forms if "/account/sessions/" in form.action]
        self.send(who, ends[0])
        signed_in(world, self.app, person)
        self.press(who, "/account", "/account/sessions/end")
        self.press(who, "/account/data", "/account/data")
        self.press(self.stage.records["corrected"], "/account/data", "/account/data")
        self.press(who, "/account", "/account/password", old=old, new=new, again=new)
        del self._browsers[who]

    def registrar_begins(self) -> None:
        """Late arrivals get cases, a student is excluded, a roster and an export are imported."""
        self.silent = [self.world.record() for _ in range(4)]
        self.press("registrar", THEIRS, "/open")
        for what, code in (("exclude", "retained"), ("include", "")):
            page = self.of("registrar").get(f"{THEIRS}/cohort")
            typed = {"number": "240100001", "what": what, "code": code, "words": "参军入伍"}
            self.send("registrar", page.form("/cohort"), what, **typed)
        self.world.at(self.world.clock.moment + timedelta(minutes=1))
        for way in ("/drop", "/take"):
            data = io.BytesIO(as_csv([student(700), student(701)]))
            self.press("registrar", "/registrar/rosters", "/registrar/rosters", file=(data, "名册.csv"))
            self.of("registrar").follow()
            self.press("registrar", "", way)
        for way in ("/drop", "/take"):
            file = (io.BytesIO(CONTACTS.encode()), "宿管.csv")
            self.press("registrar", "/registrar/contacts", "/registrar/contacts", file=file)
            self.of("registrar").follow()
            self.press("registrar", "", way)
        self._two_sources()
        for way in ("/drop", "/take"):
            file = (io.BytesIO(EXPORT.encode()), "自查.csv")
            self.press("registrar", f"{THEIRS}/platform", "/platform", file=file, as_of=DAY)
            self.of("registrar").follow()
            self.press("registrar", "", way)

        typed = self.of("registrar").get("/registrar/profile").form("/profile").fields
        self.post("registrar", "/registrar/profile/look", **{**typed, "accent": "#6a1b9a"})
        self.press("registrar", "/registrar/profile", "/profile", phone="83860000")
        crest = (io.BytesIO(CREST), "校徽.svg")
        self.press("registrar", "/registrar/profile", "/crest", file=crest)

    def student_files(self) -> None:
        """A draft with papers, the filing; then withdrawn, discarded, looked at elsewhere, marked, confirmed."""
        for record, says in ((self.world.record(), "outside a campaign"), (self.silent[2], "")):
            self._draft(record, "/my")
            self.press(record, "/my/check", "/my/check", says)
        case = self.world.case_of(record).id
        self.press(record, f"/my/cases/{case}/withdraw", "/withdraw")
        drafting = self.stage.records["drafting"]
        self.press(drafting, "/my/discard", "/discard")
        self.press(drafting, "/my/looked", "/my/looked", looked_on=DAY)
        six = (words.code for words in self.world.place.school.fields)
        self.press(drafting, "/my", "/my/marks", **dict.fromkeys(six, "right"))
        self.press(drafting, "/my/confirm", "/my/confirm")

    def _draft(self, who: str, at: str) -> None:
        """A lawful name change, a name wrong since admission, and one paper."""
        path, legal = f"{at}/wrong/XM", {"cause": "legal_change", "event_date": "2024-09-01"}
        self.press(who, path, path, value="测试甲", **legal)
        self.press(who, f"{at}/papers", "/right/XM")
        self.press(who, path, path, value="测试甲", cause="admission_error")
        self._paper(who, f"{at}/papers/add/household_book")
        page = self.of(who).get(f"{at}/papers")
        self.send(who, next(form for form in page.forms if form.action.endswith("/remove")))
        self._paper(who, f"{at}/papers/add/id_card")

    def _paper(self, who: str, path: str) -> None:
        self.press(who, path, path, file=(io.BytesIO(picture()), "IMG_1.jpg"))

    def student_answers(self) -> None:
        """Answer with a paper, a value and an explanation, and add one more paper."""
        record, case = self.stage.records["asked"], self.stage.case("asked").id
        with self.world.place.store.reading() as session:
            asked = session.scalars(select(Question).where(Question.case_id == case)).all()
            kinds = {one.kind: one.id for one in asked}
        for kind, typed in (
            ("paper", {"file": (io.BytesIO(picture()), "IMG_1.jpg")}),
            ("value", {"value": "买买提吐尔逊·阿布都热合曼·试"}),
            ("explanation", {"words": "高考报名时用的曾用名"}),
        ):
            path = f"/my/cases/{case}/questions/{kinds[kind]}"
            form = self.of(record).get(path).form(path)
            self.send(record, form, kind, **typed)
        path = f"/my/cases/{case}/more/household_book"
        self._paper(record, path)

    def student_after_the_decision(self) -> None:
        """After the announced decision: dispute, disagree, confirm; what a roster shows is answered."""
        corrected, refused = self.new(NAME), self.new(NAME)
        again = self.new(NUMBER)
        reviewer = self.world.staff["reviewer"]
        for case, outcome in ((corrected, "corrected"), (again, "corrected"), (refused, "refused")):
            self.world.settle_all(case, outcome)
            if outcome == "refused":
                self.world.do(case, "reject", reviewer, words="材料不足", refusal="evidence_does_not_prove")
            else:
                self.world.do(case, "correct", reviewer, words="已更正")
        self.world.at(self.world.clock.moment + timedelta(minutes=11))
        for case, action in ((refused, "disagree"), (again, "reconfirm"), (corrected, "dispute")):
            self.press(
                self.record_of(case), f"/my/cases/{case.id}", f"/{action}",
                **({} if action == "reconfirm" else {"words": "平台上还是旧的"}),
            )  # fmt: skip
        claim = self.world.case(refused).claims[0].id
        flags = (FlagRaised(claim, "XM", "refused_value_shown", "0" * 64),)
        shown = {"flags": flags, "source": self.world.source, "data_of": self.world.clock.moment.date()}
        self.world.do(refused, "flag", SYSTEM, **shown)
        self.act("second_reviewer", refused, "end_flag", words="平台回退了，已联系")
        self.act("second_reviewer", refused, "reopen", words="补充了新的材料")

    def filed_for_a_student(self) -> None:
        """An officer files for a student and confirms for another, as the registrar does, where the rules allow."""
        filing = self.stage.case("unchecked").id
        at = f"/for/{filing}"
        self.press("officer", f"{at}/discard", "/discard")
        self.press("officer", at, "/number", why="check_identity")
        self._draft("officer", at)
        self.press("officer", f"{at}/how", "/how", words="本人到学院窗口，出示身份证")
        self.press("officer", f"{at}/check", "/check")
        silent = self.world.case_of(self.silent[0]).id
        page = self.of("officer").get(f"{OURS}/students/{silent}")
        self.send("officer", page.form("/confirm"), words="电话里本人确认")
        at = f"/for/{self.world.case_of(self.silent[3]).id}"
        self.press("registrar", at, "/confirm", words="电话里本人确认")

    # -- the desk ---------------------------------------------------------------------------------------

    def desk_takes_hands_and_asks(self) -> None:
        """Find, take up, release, take over, hand over, ask, and drop a question."""
        case = self.new(taken_up=False)
        number = self.world.row(case).receipt
        self.press("reviewer", "/desk", "/find", said=number)
        self.press("reviewer", f"/desk/{case.id}", "/take_up")
        self.press("reviewer", f"/desk/{case.id}", "/release")
        self.press("reviewer", f"/desk/{case.id}", "/hold")
        self.press("reviewer", f"/desk/{case.id}", "/hand_over", to=self.world.staff["other_reviewer"].person)
        self.act("second_reviewer", case, "take_over", words="她病了")
        self.press("reviewer", "/desk", "/next")
        self.of("reviewer").get("/desk?due=week")
        self.post("reviewer", "/desk/views?due=week", what="save", name="本周到期")
        case = self.new()
        self.press("reviewer", f"/desk/{case.id}", "/note", words="电话核实过")
        claim = self.world.case(case).claims[0].id
        self.press("reviewer", f"/desk/{case.id}", "/verify", claim=claim, how="original")
        self._keeps_sentences()
        self.press("reviewer", f"/desk/{case.id}", "/ask", explanation="请说明", paper="household_book")
        form = next(
            f
            for f in self.of("reviewer").get(f"/desk/{case.id}").forms
            if f.action.endswith("/drop_question")
        )
        self.send("reviewer", form)

    def _keeps_sentences(self) -> None:
        """A sentence of one's own is added, changed, moved up and removed."""
        typed = {"outcome": "refused", "cause": "", "zh": "{field}维持原记录。", "en": ""}
        for action in ("/add", "/change", "/up", "/remove"):
            self.press(
                "reviewer", "/desk/sentences", action, **(typed if action in ("/add", "/change") else {})
            )

    def desk_presses_once(self) -> None:
        """One press checks, notes the platform and closes. Others refuse, continue, and undo."""
        approved = {"outcome": "approved", "seen_on": DAY, "words": "已在平台更正"}
        for says, typed in (("approve", approved), ("refuse", REFUSED)):
            case = self.new()
            self.press("reviewer", f"/desk/{case.id}", "/decide", says, **typed)
        self.press("reviewer", f"/desk/{case.id}", "/undo")
        case, _ = self.new(), self.new(taken_up=False)
        self.press("reviewer", f"/desk/{case.id}", "/decide", "approve and next", then="next", **approved)

    def desk_decides_alike(self) -> None:
        """Two names with another dot are approved in one press."""
        dot = ClaimFiled("XM", "rendering", "买买提·吐尔逊")
        cases = [self.new(dot, taken_up=False, xm="买买提.吐尔逊") for _ in range(2)]
        rows, path = (
            [f"{case.id}:{self.world.case(case).version}" for case in cases],
            f"/desk/batch/{cases[0].id}",
        )
        self.press("reviewer", path, path, "two", outcome="approved", case=rows)

    def desk_goes_step_by_step(self) -> None:
        """A check passed, one failed, a letter answered, an objection, the platform; then closed."""
        case = self.new()
        (claim,) = self.world.case(case).claims
        self._step(case, "pass_step")
        self._step(case, "send", sent_on=DAY, number="2024-3")
        self._step(case, "see", seen_on=DAY)
        self.act("reviewer", case, "correct", words="已更正")
        case = self.new()
        (claim,) = self.world.case(case).claims
        self._step(case, "fail_step", words="与名册不一致")
        self.act("reviewer", case, "settle", claim=claim.id, **REFUSED)
        self.act("reviewer", case, "reject", words="材料不足", refusal="evidence_does_not_prove")
        case = self.new(SEX, number=number_of(BIRTHDAY, 996))
        self._step(case, "pass_step")
        said = {"addressee": "测试市公安局", "asks": "请核实性别。"}
        self._step(case, "send", "a letter", sent_on=DAY, whom="police", **said)
        self._step(case, "receive", outcome="passed", received_on=DAY)
        self._step(case, "send", sent_on=DAY, due="2024-11-01")
        self._step(case, "object", words="有人提出异议")

    def _step(self, case: Ref, action: str, says: str = "", **typed: Any) -> None:
        step = next(one for one in self.world.case(case).steps if not one.outcome)
        self.act("reviewer", case, action, says, step=step.id, **typed)

    def desk_enters(self) -> None:
        """Two cases of the worksheet entered by one press, after a full number was shown for it."""
        number = ClaimFiled("SFZH", "admission_error", number_of(BIRTHDAY, 998))
        cases = [self.new(), self.new(number)]
        for case in cases:
            self.act("reviewer", case, "pass_step", step=self.world.case(case).steps[0].id)
        claim = self.world.case(cases[1]).claims[0].id
        form = self._worksheet()
        shown = replace(form, action=f"/desk/platform/{cases[1].id}/number")
        self.send("reviewer", shown, claim=claim, why="enter")
        ticks = [f"{case.id}:{self.world.case(case).version}" for case in cases]
        self.send("reviewer", self._worksheet(), "two cases", row=ticks, seen_on=DAY)

    def _worksheet(self) -> Form:
        forms = self.of("reviewer").get("/desk/platform").forms
        return next(one for one in forms if one.method == "post" and one.action == "/desk/platform")

    # -- offices ----------------------------------------------------------------------------------------

    def papers_and_numbers(self) -> None:
        """A second reviewer and an officer open a paper and a full number, each with a reason."""
        filed = self.stage.case("filed").id
        page = self.of("second_reviewer").get(f"/desk/{filed}")
        paper = page.form("/papers").buttons[0][1]
        self.send("second_reviewer", page.form("/papers"), opened=paper, why="second_review")
        self.send("second_reviewer", page.form("/number"), side="old", why="second_review")
        self.press("officer", f"/college/checks/{filed}", "/number", side="new", why="check_claim")

    def college_chases(self) -> None:
        """College checks, notes, reminders, paper signatures, a form that came back."""
        filed = self.stage.case("filed").id
        self.press("officer", f"/college/checks/{filed}", "/note", words="已与学生通过电话")
        claim = self.world.case(self.stage.case("filed")).claims[0].id
        self.press("officer", f"/college/checks/{filed}", "/verify", claim=claim, how="original")
        self.press("officer", f"/college/checks/{filed}", f"/checks/{filed}", outcome="passed", words="一致")
        silent = self.world.case_of(self.silent[1]).id
        with self.world.place.store.reading() as session:
            reachable = session.scalars(select(Record.id).where(Record.xh == "240100002")).one()
        at = f"{OURS}/students/{self.world.case_of(reachable).id}"
        self.press("officer", at, "/phone", why="contact")
        for do, typed in (
            ("reason", {"reason": "unreachable"}),
            ("contact", {"how": "phone", "result": "no_answer", "on": DAY}),
        ):
            form = self.of("officer").get(f"{OURS}/silent").form("/silent")
            self.send("officer", form, do, do=do, case=silent, **typed)
        self.press("officer", f"{OURS}/class?class=240101", "/class", case=silent, on=DAY)
        self.press("officer", f"{OURS}/students/{silent}", "/strike")
        self.press("officer", f"{OURS}/students/{silent}", "/note", do="reason", reason="on_leave")
        self.press("officer", f"{OURS}/remind", "/remind")
        paper = {"college": "测试学院", "paper": "errata", "state": "received"}
        self.press("registrar", f"{THEIRS}/forms", f"{THEIRS}/forms", **paper)
        self.world.staff["other_officer"] = self.world.officer(Scope("测试学院"), duty="counsellor")
        self.press(
            "other_officer", f"{OURS}/students/{silent}", "/note", "tell",
            do="tell", told_how="in_person", told_on=DAY,
        )  # fmt: skip
        self.press("other_officer", f"{OURS}/students/{silent}", "/untell")

    def codes_are_given(self) -> None:
        """First codes for a class of one student, and one at the counter."""
        for who, desk, group in (("officer", "college", "240108"), ("registrar", "registrar", "240109")):
            record, whom = self.world.record(bh=group), f"测试学院\t={group}"
            self.press(who, f"/{desk}/codes", f"/{desk}/codes", whom=whom, hand="strips")
            self.press(who, f"/{desk}/counter", f"/{desk}/counter", said="240100001")
            page = f"/{desk}/counter/{record}"
            self.press(who, page, page, seen="card")

    def student_defers(self) -> None:
        """Under a text that takes changes in other months, a student notes an error to be filed then."""
        record = self.world.record()
        campaign = self.world.case(self.stage.case("unchecked")).campaign
        assert campaign is not None
        self.world.do(
            Ref("case"), "open", self.world.staff["registrar"],
            record=record, campaign=campaign.id, words="转入",
        )  # fmt: skip
        load(self.world, with_intake(self.world.place.school, "1, 2"))
        self.app.extensions["kanwu"] = self.world.place
        self.press(record, "/my/deferred", "/my/deferred", field="XM")

    def own_address(self) -> None:
        """A student adds an e-mail address, proves it by the code that was sent there, and removes it."""
        who = record = self.stage.records["drafting"]
        self.press(who, "/account/address", "/account/address", email="zhang.san@mail.example")
        self.press(who, "/account/address", "/address/code", code=self._code_sent())
        with self.world.place.store.writing() as session:
            take_addresses(
                session, self.world.place.cipher, self.world.place.entropy,
                [Given(Owner(record=record), "wecom", "zhang.san")],
                vouched=True, by="test", at=self.world.clock.moment,
            )  # fmt: skip
        self.press(who, "/account/address", "/address/remove")

    def _code_sent(self) -> str:
        """The code of the latest row, which only the letter shows."""
        with self.world.place.store.reading() as session:
            id = session.scalars(
                select(SignInCode.id)
                .where(SignInCode.kind == "address", SignInCode.ended_at.is_(None))
                .order_by(SignInCode.made_at.desc())
            ).first()
        assert id is not None
        return self.world.place.cipher.code(id)

    def administrator_acts(self) -> None:
        """People, roles, links, sign-outs, substitutions, relations, notices."""
        who, other = "administrator", self.world.staff["other_reviewer"].person
        self.staff_acts(who, other)
        self.of("auditor")
        self.press(who, "/admin/presences", f"/people/{self.world.staff['auditor'].person}/out", end="all")
        del self._browsers["auditor"]
        self.press(who, "/admin/presences", "/students/out", said="240100002")
        self.post(who, "/admin/notices/again", channel="email", error="unreachable")
        self.press(who, "/admin/notices", "/test", channel="email", said="admin@school.example")
        today = self.world.clock.moment.date()
        self.press(
            who, "/staff/away", "/staff/away", absent=self.world.staff["officer"].person,
            stand_in=self.world.staff["second_reviewer"].person,
            first=f"{today}", last=f"{today + timedelta(days=3)}",
        )  # fmt: skip
        ends = [form for form in self.of(who).get("/staff/away").forms if form.action.endswith("/end")]
        self.send(who, ends[0])
        self.press("reviewer", "/staff/relations", "/relations", said="240100002")
        ends = [
            form for form in self.of("reviewer").get("/staff/relations").forms if form.action.endswith("/end")
        ]
        self.send("reviewer", ends[0])

    def staff_acts(self, who: str, other: str) -> None:
        """People, roles, a staff file: proposed by one administrator, confirmed by the other."""
        with self.world.place.store.writing() as session:
            at, entropy = self.world.clock.moment, self.world.place.entropy
            made = enlist(session, "三号管理员", "A3", at, entropy)
            give(session, BY_OPERATOR, made.id, held("administrator"), at, entropy)
        self.world.staff["other_administrator"] = Actor(made.id, "administrator")
        page = f"/admin/people/{other}"
        self.press(who, "/admin", "/admin/find", said="测试")
        self.press(
            who, "/admin", "/admin/people", number="S8", name="李审核", role="reviewer", email="li@school.example"
        )  # fmt: skip
        added = self.of(who).page.location
        self.press("other_administrator", added, "/confirm")
        with self.world.place.store.reading() as session:
            newcomer = str(session.scalar(select(Person.id).where(Person.number == "S8")))
        self.press(who, f"/admin/people/{newcomer}", f"/people/{newcomer}/code")
        self.press(who, page, f"/people/{other}/change", name="另一位复核人")
        self.press(who, self.of(who).page.location, "/decline")
        self.press(who, page, f"/people/{other}/role", role="second_reviewer")
        ends = [form for form in self.of(who).get(page).forms if form.action.endswith("/end")]
        self.send(who, ends[-1], grant=ends[-1].buttons[0][1])
        self.press(who, f"/admin/people/{newcomer}", f"/people/{newcomer}/close", close="1")
        file = "工号,姓名,身份\nS9,王五,审核人\n".encode()
        self.press(who, "/admin/staff-file", "/admin/staff-file", file=(io.BytesIO(file), "staff.csv"))
        self.of(who).follow()
        (form,) = [form for form in self.of(who).page.forms if "/propose" in form.action]
        self.send(who, form)

    def numbers_leave(self) -> None:
        """An export job asked for and declined; another approved and downloaded."""
        who, second, exports = "registrar", "second_reviewer", "/registrar/exports"
        wanted: dict[str, Any] = {"purpose": "legal", "words": "法院调取", "college": "测试学院"}
        for way, what in (("/decline", ["id_number"]), ("/approve", ["id_number", "phone"])):
            self.press(who, exports, exports, what=what, **wanted)
            job = self.of(who).page.location
            self.press(second, job, way)
        self.press(who, job, "/file")
        self.press(who, "/registrar/claims", "/export", purpose="handling", words="汇总", format="csv")

    def batch_goes_out(self) -> None:
        """A batch is put together, frozen, agreed to, left by a line, sent and closed; another one is dissolved."""
        who, second, listed = "registrar", "second_reviewer", "/registrar/batches"
        claims = list[str]()
        for serial in (881, 883):
            number = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), serial))
            case = self.new(NAME, number)
            check = ready(self.world.case(case))[0].step
            self.world.do(case, "pass_step", self.world.staff["reviewer"], step=check.id)
            claims += [claim.id for claim in self.world.case(case).claims]
        self.press(who, listed, listed, office="province")
        page = self.of(who).page.location
        batch = page.rpartition("/")[0]
        self.press(who, page, "/choose", claim=claims)
        self.send(who, self._of_line(who, batch, "/take_out"))
        self.press(who, batch, "/freeze")
        self.press(second, batch, "/agree")
        self.send(who, self._of_line(who, batch, "/ask_out"), words="材料要重新盖章")
        self.press(second, batch, "/decline_out")
        with_words = {"claims": (claims[-1],), "words": "材料要重新盖章"}
        subject = Ref("batch", batch.rpartition("/")[2])
        self.world.do(subject, "ask_out", self.world.staff[who], **with_words)
        self.press(second, batch, "/agree_out")
        self.press(second, batch, "/agree", "again")
        self._batch_is_handed_over(who, f"{batch}/files")
        self.press(who, batch, "/send", "two cases", sent_on=f"{self.world.clock.moment:%Y-%m-%d}")
        self._batch_is_answered(who, subject.id)
        self.press(who, batch, "/close")
        other = self.world.do(Ref("batch"), "open", self.world.staff[who], office="province", month="")
        self.press(who, f"{listed}/{other.subject}", "/dissolve", words="不再报送")

    def _batch_is_answered(self, who: str, batch: str) -> None:
        """A file is looked at and thrown away, another one taken; the last line is entered by hand."""
        answers, today = f"/registrar/batches/{batch}/answers", f"{self.world.clock.moment:%Y-%m-%d}"
        asked = (
            select(BatchLine.id, Record.ksh, Claim.field)
            .join(Record, Record.id == BatchLine.record_id)
            .join(Claim, Claim.id == BatchLine.claim_id)
            .where(BatchLine.batch_id == batch, BatchLine.over_at.is_(None))
        )
        with self.world.place.store.reading() as session:
            last, *lines = session.execute(asked.order_by(BatchLine.number)).all()
        rows = "".join(f"{ksh},{field},同意,{today}\n" for _, ksh, field in lines)
        for way in ("/drop", "/take"):
            file = (io.BytesIO(f"考生号,字段,结果,日期\n{rows}".encode()), "答复.csv")
            self.press(who, answers, "/answers", file=file)
            self.of(who).follow()
            self.press(who, "", way)
        said = {"line": last.id, "outcome": "refused", "words": "与公安人口库不一致"}
        self.press(who, answers, "/line", received_on=today, **said)

    def _batch_is_handed_over(self, who: str, files: str) -> None:
        """Each file of a frozen batch is taken, and the platform's own table is filled in."""
        for file in ("/register.xlsx", "/register.dbf", "/folders.zip"):
            self.press(who, files, file)
        self.press(who, f"{files}/letter", "/letter")
        table = as_dbf([{"KSH": "24990000000001", "XM": "测试甲"}], {"KSH": 18, "XM": 40})
        shown = self.press(who, files, "/platform", file=(io.BytesIO(table), "platform.dbf")).location
        self.press(who, shown, shown)

    def _two_sources(self) -> None:
        """Two files side by side, their columns, and a worksheet of which one row is decided and one shown."""
        who, listed = "registrar", "/registrar/sources"
        changed = [student(700, BH="240177", SFZH=number()), student(701)]
        for way in ("/drop", "/take"):
            self.press(who, listed, listed, file=(io.BytesIO(as_csv(changed)), "教务.csv"))
            columns = self.of(who).page.location
            self.press(who, columns, "/columns")
            self.of(who).follow()
            self.press(who, "", way)
        with self.world.place.store.reading() as session:
            row = session.scalars(select(Difference).where(Difference.field == "SFZH")).one()
            tick, sheet = f"{row.id}:{row.version}", f"{listed}/{row.comparison_id}"
        self.press(who, f"{sheet}?stand=all", "/press", row=[tick], press="to_ask")
        self.press(who, f"{sheet}?stand=all", "/export", purpose="authority", words="按平台要求录入")
        fields = self.of(who).get(f"{sheet}?stand=all").form("/press").fields
        shown = tick.partition(":")[0] + ":school"
        self.post(who, f"{sheet}/number", **{**fields, "shown": shown, "why": "platform"})

    def _of_line(self, who: str, batch: str, action: str) -> Form:
        """The form of an act on the first line of a batch that has it."""
        return next(form for form in self.of(who).get(batch).forms if form.action.endswith(action))

    def one_student_is_permitted(self) -> None:
        """The registrar finds a student, gives them time, and takes it back."""
        who, listed = "registrar", "/registrar/permissions"
        self.press(who, "/registrar/letters", "/registrar/letters", said="航大教学籍〔2024〕1号")
        found = self.press(who, listed, listed, said="240100001")
        page = found.location
        until = {"kind": "extend", "day": "2028-05-31", "words": "住院"}
        self.press(who, page, "/grant", **until)
        self.press(who, page, "/take_back", words="已出院")

    def a_file_goes_with_a_student(self) -> None:
        """The registrar finds a student's card, reads the number on it, and asks for the hand-over and a class's cards."""
        who, cards = "registrar", "/registrar/cards"
        self.press(who, cards, "/class", class_name="240101", words="毕业班纸质档案")
        found = self.press(who, cards, cards, said="240100001")
        page = found.location
        self.press(who, page, "/number", why="check_identity")
        self.press(who, page, "/hand-over", what=["anyway"], words="移交给测试大学，转学批复〔2024〕7 号")

    def visitor_is_helped(self) -> None:
        """Somebody without an account asks, sees how it stands and takes it back; another is answered."""
        visitor, said = "visitor", {"kind": "no_record", "name": "张三丰", "phone": "13877421463"}
        self._browsers[visitor] = Browser(self.app)
        for answered in (False, True):
            page = self.press(visitor, "/help/ask", "/help/ask", **said)
            number, word = re.findall(r"\d{3} \d{3} \d{3}|\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", page.text)
            self.press(visitor, "/help/state", "/help/state", number=number, word=word)
            if not answered:
                self.press(visitor, "", "/help/withdraw", word=word)
        (item,) = [one for one in self.of("registrar").get("/registrar/help").links if "/help/" in one][:1]
        self.press("registrar", item, "/take_up")
        self.press("registrar", item, "/call", result="reached")
        self.press("registrar", item, "/answer", answer="solve", words="学籍已补报，请明天再查")

    def rules_are_tried(self) -> None:
        """Rules explained for a student, simulated on cohorts, compared with another text."""
        who, texts = "registrar", self.world.place.school.texts["policy.toml"]
        self.press(who, "/rules/explain", "/rules/explain", said="240100001")
        self.post(who, "/rules/touched/list", line="2")
        self.post(who, "/rules/touched/list.csv", line="2")
        other = texts.replace('last_day = "04-30"', 'last_day = "03-31"')
        for page, typed in (("what-if", SPAN), ("compare", {"which": "policy.toml", "text": other})):
            shown = self.press(who, f"/rules/{page}", f"/rules/{page}", **typed)
            fields = shown.form(f"/rules/{page}/list").fields
            self.post(who, f"/rules/{page}/counts.csv", **fields)
            self.post(who, f"/rules/{page}/list", **fields, line="0")
            self.post(who, f"/rules/{page}/list.csv", **fields, line="0")

    def auditor_acts(self) -> None:
        """Find a case by its number, open the values of one entry, and ask who looked for a number."""
        case = self.stage.case("corrected")
        self.press("auditor", "/audit", "/audit", said=self.world.row(case).receipt)
        page = self.of("auditor").get(f"/audit/{case.id}")
        self.send("auditor", next(form for form in page.forms if form.action.split("#")[0].endswith("/2")))
        filed = self.stage.case("filed").id
        page = self.of("auditor").get(f"/audit/{filed}")
        paper = page.form("/papers").buttons[0][1]
        self.send("auditor", page.form("/papers"), opened=paper, why="audit")
        opens = next(form for form in page.forms if "#row-" in form.action)
        page = self.send("auditor", opens)
        (shows,) = [form for form in page.forms if form.action.split("#")[0].endswith("/number")]
        self.send("auditor", shows, name=shows.buttons[0][1], why="audit")
        self.press("auditor", "/audit/searches", "/audit/searches", said=self.world.row(case).receipt)

    def campaign_ends(self) -> None:
        """A bulletin, an extension, the end. A list is signed and withdrawn."""
        self._on(on(2024, 10, 30, 9))
        self.press("registrar", f"{THEIRS}/bulletins", f"{THEIRS}/bulletins")
        self._on(on(2024, 11, 7, 22))
        self.press("registrar", f"{THEIRS}/end", "/extend", until="2024-11-10", words="学信网维护")
        self._on(on(2024, 11, 11, 8))
        self.press("registrar", f"{THEIRS}/end", "/close")
        self.press("registrar", f"{THEIRS}/archive", "/archive", words="交档案馆保管", what=["cards"])
        self.press("officer", f"{OURS}/sign", "/sign")
        self.press("officer", f"{OURS}/sign", "/take-back", words="重新核对")

    def _on(self, moment: datetime) -> None:
        """Move to another day. Everyone signs in again."""
        self.world.at(moment)
        self._browsers.clear()
