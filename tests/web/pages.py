"""Every page there is, staged with something to see: one list for all laws that hold on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from states.case import CASE
from tests.world import CAMPAIGN, World, number_of
from workflow.campaigns.incoming import Incoming
from workflow.cases.drafts import Answers, save_draft
from workflow.cases.filing import ClaimFiled
from workflow.people.accounts import make_link

NOT_PAGES = {
    "static",
    "student.photo",
    "student.paper",
    "student.thumbnail",
    "desk.paper",
    "desk.photo",
    "signin.start",
    "college.silent_file",
    "rosters.findings",
    "rules.actions_file",
}
"""Addresses that answer with something else than a page of ours, or lead on to one."""

LONG = "买买提吐尔逊·阿卜杜热合曼·测试"


@dataclass(frozen=True, slots=True)
class Shown:
    """One page: the endpoint, the person who sees it (or nobody), and where it is."""

    endpoint: str
    person: str
    path: str


class Stage:
    """A school with a case in every state, long values included, and a draft half filled in."""

    def __init__(self, world: World) -> None:
        self.world = world
        names = ("unchecked", "drafting", "filed", "reviewed", "corrected", "rejected")
        self.records = {name: world.record(xm=LONG) for name in names}
        world.open_campaign()
        wrong_name = ClaimFiled("XM", "admission_error", "买买提吐尔逊·阿布都热合曼·测试")
        wrong_number = ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888))
        for name in names[2:]:
            world.file(self.records[name], wrong_name if name != "filed" else wrong_number)
        for name in names[3:]:
            world.do(self.case(name), "take_up", world.staff["reviewer"])
        self._decide("corrected", "corrected", "correct")
        self._decide("rejected", "refused", "reject", refusal="evidence_does_not_prove")
        world.refused(self.case("filed"), "correct", world.staff["reviewer"], words="太早")
        self._draft(wrong_name)

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

    def _draft(self, claim: ClaimFiled) -> None:
        world, record = self.world, self.records["drafting"]
        with world.place.store.writing() as session:
            save_draft(session, world.place.cipher, record, Answers({claim.field: claim}), world.clock.moment)
        world.paper(record)

    def pages(self) -> Iterable[Shown]:
        """Every page of every reader, the student's in each situation."""
        staff = {role: actor.person for role, actor in self.world.staff.items()}
        filed = self.case("filed").id
        yield Shown("signin.offer", "", f"/in/{self._link()}")
        yield Shown("signin.bye", "", "/bye")
        for name in self.records:
            yield Shown("student.record", self.student(name), "/my")
        yield Shown("student.sure", self.student("unchecked"), "/my/confirm")
        drafting = self.student("drafting")
        for question in ("XM/cause", "XM/value", "SFZH/cause", "XH/value"):
            yield Shown("student.wrong", drafting, f"/my/wrong/{question}")
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
        for filtered in ("", "?who=mine", "?who=free&field=SFZH", "?field=CSRQ"):
            yield Shown("desk.queue", staff["reviewer"], f"/desk{filtered}")
        for name in ("filed", "reviewed", "corrected", "rejected"):
            yield Shown("desk.case", staff["reviewer"], f"/desk/{self.case(name).id}")
        decided = self.case("corrected").id
        yield Shown("desk.case", staff["reviewer"], f"/desk/{self.case('reviewed').id}?done={decided}")
        yield Shown("desk.case", staff["second_reviewer"], f"/desk/{self.case('reviewed').id}")
        for endpoint, path in (
            ("home", ""),
            ("progress", f"/{CAMPAIGN}"),
            ("silent_list", f"/{CAMPAIGN}/silent"),
        ):
            yield Shown(f"college.{endpoint}", staff["officer"], f"/college{path}")
        for endpoint, path in (
            ("registrar.campaigns", ""),
            ("registrar.campaign", f"/{CAMPAIGN}"),
            ("registrar.colleges", f"/{CAMPAIGN}/board"),
            ("registrar.classes", f"/{CAMPAIGN}/classes?college=测试学院"),
        ):
            yield Shown(endpoint, staff["registrar"], f"/registrar{path}")
        yield Shown("rosters.imports", staff["registrar"], "/registrar/rosters")
        yield Shown("rosters.dry_run", staff["registrar"], f"/registrar/rosters/{self._roster()}")
        for endpoint, path in (
            ("overview", ""), ("asking", "/explain"), ("supposing", "/what-if"), ("comparing", "/compare"),
            ("actions", "/matrix"),
        ):  # fmt: skip
            yield Shown(f"rules.{endpoint}", staff["registrar"], f"/rules{path}")
        for role in ("reviewer", "auditor"):
            yield Shown("rules.overview", staff[role], "/rules")
        corrected = self.case("corrected").id
        for endpoint, path in (
            ("search", ""),
            ("refused", "/refusals"),
            ("rule", f"/rules/{CASE.digest}"),
            ("rule", f"/rules/{self.world.place.school.digest}"),
            ("subject", f"/{corrected}"),
            ("looked", f"/{corrected}/looks"),
        ):
            yield Shown(f"audit.{endpoint}", staff["auditor"], f"/audit{path}")
        for endpoint, path in (("people", ""), ("presences", "/presences"), ("settings", "/settings")):
            yield Shown(f"admin.{endpoint}", staff["administrator"], f"/admin{path}")

    def _roster(self) -> str:
        """A roster that waits, with a row of every verdict."""
        place, at = self.world.place, self.world.clock.moment
        rows = "考生号,姓名,性别,学籍状态\n24360000099999,测试新生,男,注册学籍\n,测试,男,注册学籍\n24360000099998,测?试,女,注册学籍\n"
        kept = Incoming(place.settings.home / "incoming", place.cipher)
        return kept.keep("2024级学籍名册（教务处十月导出，最终版）.csv", at.date(), rows.encode(), at)

    def _link(self) -> str:
        with self.world.place.store.writing() as session:
            return make_link(
                session,
                self.world.staff["other_reviewer"].person,
                self.world.clock.moment,
                self.world.place.entropy,
            )
