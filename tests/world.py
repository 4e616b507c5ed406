"""A small invented school for tests: records, staff of every role, and short verbs for stories."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from PIL import Image
from sqlalchemy import insert, update

from states import GRANTED, ROLES
from workflow.campaigns.opening import open_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.filing.file import file
from workflow.cases.filing.target import current_case
from workflow.cases.load import look_at_case
from workflow.cases.review.steps import ready
from workflow.cases.tables import Case
from workflow.cases.views.belongings import belongings
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.history.entry import Entry
from workflow.people.accounts import add_person, give_role, student_of
from workflow.people.scopes import Scope, held
from workflow.people.tables import Grant
from workflow.records.fields import SEALED
from workflow.records.identity import blind_index, check_character
from workflow.records.name_readings import keep_new
from workflow.records.tables import Record, RosterImport
from workflow.records.values import sealed_form
from workflow.upkeep.installation import Installation
from workflow.verdict import Refused, Verdict

CAMPAIGN = "freshman-2024"
SEEN = date(2024, 10, 25)


def number_of(birth: date, serial: int) -> str:
    """An invented ID number of a non-existent area, with a correct check character."""
    body = f"990000{birth:%Y%m%d}{serial:03d}"
    return body + check_character(body)


def picture(width: int = 320, height: int = 200) -> bytes:
    """The bytes of a small JPEG."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 220, 240)).save(written, "JPEG")
    return written.getvalue()


@dataclass
class World:
    """The installation, its clock, and its people. They are hired at creation unless they exist already."""

    place: Installation
    clock: SetClock
    staff: dict[str, Actor] = field(default_factory=dict)
    source: str = "0" * 31 + "1"
    _made: int = 0

    def __post_init__(self) -> None:
        if self.staff:
            return
        with self.place.store.writing() as session:
            for role in GRANTED:
                if role != "student":
                    scope = "测试学院" if role == "officer" else ""
                    self.staff[role] = self._person(session, f"测试{ROLES[role][0]}", role, scope)
            self.staff["other_reviewer"] = self._person(session, "另一位审核人", "reviewer", "")
            session.execute(insert(RosterImport).values(self._source()))

    def _source(self) -> dict[str, Any]:
        return {
            "id": self.source,
            "name": "test.csv",
            "digest": "0" * 64,
            "as_of": date(2024, 10, 16),
            "at": self.clock.moment,
        }

    def _person(self, session: Any, name: str, role: str, scope: str) -> Actor:
        person = add_person(session, name, role, scope, SYSTEM.person, self.clock.moment, self.place.entropy)
        return Actor(person.id, role)

    def officer(self, *scopes: Scope, duty: str = "", name: str = "测试辅导员") -> Actor:
        """One more officer, with a grant for each of some scopes."""
        with self.place.store.writing() as session:
            by = SYSTEM.person, self.clock.moment, self.place.entropy
            made = add_person(session, name, "officer", scopes[0], *by, duty=duty)
            for scope in scopes[1:]:
                give_role(session, made.id, held("officer", scope, duty), *by)
            return Actor(made.id, "officer")

    def record(self, **columns: Any) -> str:
        """Add one record, by default a freshman. Returns its id."""
        self._made += 1
        n = self._made
        birth = columns.pop("csrq", date(2006, 5, 4))
        number = columns.pop("number", "") or number_of(birth, 2 * n + 1)
        id = f"{n:032x}"
        values = {
            "id": id,
            "ksh": f"243600000{n:05d}",
            "xh": f"2401{n:05d}",
            "xm": f"测试{n:03d}",
            "xb": "男",
            "csrq": birth,
            "doc_type": "1",
            "mz": "汉族",
            "fy": "测试学院",
            "bh": "240101",
            "cc": "本科",
            "xz": "4",
            "rxrq": date(2024, 9, 15),
            "yjbyrq": date(2028, 7, 1),
            "xjzt": "注册学籍",
            "zymc": "测试专业",
            "xxxs": "普通全日制",
            "source_id": self.source,
            "created_at": self.clock.moment,
        } | columns
        for sealed_too in SEALED - {"SFZH"}:
            column = sealed_too.lower()
            values[column] = sealed_form(self.place.cipher, id, sealed_too, values.get(column))
        with self.place.store.writing() as session:
            sealed = self.place.cipher.seal(number, table="record", column="sfzh", row=id)
            session.execute(
                insert(Record).values(
                    **values, sfzh=sealed, sfzh_index=blind_index(self.place.cipher, number)
                )
            )
            keep_new(session, [(id, str(values["xm"]), columns.get("xmpy"))])
        return id

    def student(self, record: str) -> Actor:
        """The student of a record, with an account."""
        with self.place.store.writing() as session:
            person = student_of(
                session, record, "测试学生", SYSTEM.person, self.clock.moment, self.place.entropy
            )
            return Actor(person.id, "student")

    def open_campaign(self, plan: str = CAMPAIGN) -> str:
        """Open a campaign, by default the freshmen's, for every existing record. Returns its id."""
        return open_campaign(self.place.engine, self.place.store, plan, self.staff["registrar"]).campaign

    def case_of(self, record: str) -> Ref:
        """The case that a record's page is about."""
        with self.place.store.reading() as session:
            case = current_case(session, record, self.clock.moment)
            assert case is not None
            return Ref("case", case.id)

    def do(self, case: Ref, action: str, by: Actor, **details: Any) -> Entry:
        """Perform one action in its own unit of work."""
        with self.place.store.writing() as session:
            entry: Entry = self.place.engine.perform(session, case, action, by=by, **details)
            return entry

    def may(self, case: Ref, action: str, by: Actor, **details: Any) -> Verdict:
        """The engine's verdict, without writing."""
        with self.place.store.reading() as session:
            return self.place.engine.check_action(session, case, action, by, **details)

    def refused(self, case: Ref, action: str, by: Actor, **details: Any) -> Verdict:
        """Try an action that must be refused. Returns the verdict."""
        try:
            self.do(case, action, by, **details)
        except Refused as no:
            return no.verdict
        raise AssertionError(f"{action} was let through")

    def paper(self, record: str, kind: str = "id_card", added_by: str = "") -> str:
        """Put one paper into the student's draft, or into a proxy's. Returns its id."""
        with self.place.store.writing() as session:
            kept = self.place.evidence.add(
                session, record, kind, Picture("image/jpeg", picture()), self.clock.moment, added_by
            )
            return kept.id

    def file(
        self, record: str, *claims: ClaimFiled, papers: tuple[str, ...] | None = None, **more: Any
    ) -> Entry:
        """File claims for a record as its student, with the required papers."""
        by = self.student(record)
        if papers is None:
            papers = tuple(self.paper(record, kind) for kind in ("id_card", "household_book"))
        with self.place.store.writing() as session:
            return file(self.place.engine, session, record, by, claims, papers, **more)

    def case(self, case: Ref | str) -> CaseFacts:
        """A case's present facts."""
        with self.place.store.reading() as session:
            found = look_at_case(session, case if isinstance(case, str) else case.id)
            assert found is not None
            return found

    def words(self, case: Ref | str) -> list[tuple[Entry, str]]:
        """Every entry of a case that came with words in free text, oldest first."""
        facts = self.case(case)
        with self.place.store.reading() as session:
            said = belongings(session, self.place.cipher, facts).entries
        return [(entry, words) for entry, words in said if words]

    def row(self, case: Ref | str) -> Case:
        """A case's present row."""
        with self.place.store.reading() as session:
            found = session.get_one(Case, case if isinstance(case, str) else case.id)
            session.expunge(found)
            return found

    def settle_all(self, case: Ref, outcome: str, by: Actor | None = None, **details: Any) -> None:
        """Give every claim of a case the same outcome."""
        for claim in self.case(case).claims:
            self.settle(case, claim.id, outcome, by, **details)

    def settle(self, case: Ref, claim: str, outcome: str, by: Actor | None = None, **details: Any) -> Entry:
        """Settle a claim, with what the outcome needs: to be corrected it passes its steps first."""
        by = by or self.staff["reviewer"]
        if outcome == "corrected":
            seen_on, entry = details.pop("seen_on", self.clock.moment.date()), None
            while waiting := [one.step for one in ready(self.case(case), (claim,)) if claim in one.claims]:
                entry = self.take(case, waiting[0], (claim,), by, seen_on)
            if entry is not None:
                return entry
            details["seen_on"] = seen_on
        else:
            details.setdefault("words", "材料不足以证明")
            details.setdefault("refusal", "evidence_does_not_prove")
        return self.do(case, "settle", by, claim=claim, outcome=outcome, **details)

    def take(self, case: Ref, step: StepFacts, only: tuple[str, ...], by: Actor, day: date) -> Entry:
        """Complete a step positively, whatever its kind: sent and answered, seen, or passed."""
        if step.kind == "platform":
            return self.do(case, "see", by, step=step.id, only=only, seen_on=day)
        if step.kind not in ("letter", "province", "external"):
            return self.do(case, "pass_step", by, step=step.id, only=only)
        if step.sent_on is None:
            number = f"测试函〔2024〕{step.id[:8]}号"
            sent = self.do(case, "send", by, step=step.id, only=only, sent_on=day, number=number)
            step = next(one for one in self.case(case).steps if one.id == sent.steps[0])
        return self.do(case, "receive", by, step=step.id, only=only, outcome="passed", received_on=day)

    def until_yesterday(self, *who: Actor) -> None:
        """Let the last day of all grants of some people be over, before a round has ended them."""
        yesterday, theirs = self.clock.moment.date() - timedelta(days=1), [one.person for one in who]
        with self.place.store.writing() as session:
            session.execute(update(Grant).where(Grant.person_id.in_(theirs)).values(last_on=yesterday))

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        self.clock.moment = moment


VISITOR = Actor("e" * 32, "visitor", capacity="d" * 64)
"""Somebody without an account, and the mark of the one-time word that they have."""
NAME = ClaimFiled("XM", "admission_error", "测试甲")
