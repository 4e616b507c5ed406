"""A kept installation made by earlier code must open, verify and work with this code."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, create_engine, select

from config.notice import kept_school_notice
from config.policy import kept_notice, load_school
from config.settings import Settings
from states import ROLES
from states.attestation import DEEMED
from states.campaign import CLOSED
from states.case import CASE, CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from tests.conftest import APPLICATION, BOTH, nchu_folder, on
from tests.kept.keeping import counts, read_counts, take_out_beside, take_out_postgres, take_out_sqlite
from tests.throwaway_postgres import ThrowawayPostgres
from tests.web.browsing import signed_in
from tests.world import picture
from web import create_app
from workflow.campaigns.colleges.attestation import frozen_now, seen_as, standing
from workflow.campaigns.progress.bulletin import rebuild
from workflow.campaigns.tables import Attestation, BulletinRow
from workflow.cases.facts import CaseFacts
from workflow.cases.filing.file import ClaimFiled, file
from workflow.cases.load import look_at_case
from workflow.cases.review.press import REFUSED, Decision, decide
from workflow.cases.tables import Campaign, Case, Question
from workflow.cases.views.audit import compare
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.evidence.intake import Picture
from workflow.evidence.tables import Evidence
from workflow.history.codes import DAYS, MOMENTS, NUMBERS, Code
from workflow.history.entry import Entry
from workflow.history.replay import Proof, verify
from workflow.history.rulebook import GUIDE, NOTICE, PRIVACY, lifecycle_from, lifecycles, text_of, whole
from workflow.history.tables import EntryRow, RuleRow
from workflow.people.cipher import Keys, KeysMissing
from workflow.people.tables import Grant, Person
from workflow.records.tables import Photo, Record, RecordChange
from workflow.upkeep.installation import Installation, open_installation, upgrade
from workflow.upkeep.scheduled import run_scheduled

HOUSE = Path(__file__).parent / "kept" / "first-house"
PLANS = FIRST, YEARLY = "freshman-2024", "yearly-2025"
COLLEGE, OTHER = "测试学院", "另一学院"
NOW = on(2025, 10, 30, 16)
"""An hour after the last entry: the campaign of 2025 runs until 9 November."""
OVER = on(2025, 11, 10, 8)


@dataclass
class House:
    """The kept installation, opened like any existing one, with a fixed clock."""

    place: Installation
    clock: SetClock

    def ids(self, asked: Select[tuple[Any]]) -> list[Any]:
        """The result column of a statement."""
        with self.place.store.reading() as session:
            return list(session.scalars(asked))

    def staff(self, role: str) -> Actor:
        """The first member of staff of a role."""
        name = f"测试{ROLES[role][0]}"
        asked = select(Grant.person_id).join(Person).where(Person.name == name, Grant.role == role)
        return Actor(self.ids(asked)[0], role)

    def student(self, case: Ref) -> Actor:
        """The student of a case. The account must still exist."""
        record = self.case(case).record.id
        asked = select(Grant.person_id).where(
            Grant.role == "student", Grant.scope == record, Grant.ended_at.is_(None)
        )
        return Actor(self.ids(asked)[0], "student")

    def cases(self, state: str) -> list[Ref]:
        """The running campaign's cases in a state."""
        asked = select(Case.id).join(Campaign).where(Campaign.plan == YEARLY, Case.state == state)
        return [Ref("case", id) for id in self.ids(asked.order_by(Case.id))]

    def case(self, case: Ref) -> CaseFacts:
        """A case as it is now."""
        with self.place.store.reading() as session:
            found = look_at_case(session, case.id)
            assert found is not None
            return found

    def may(self, case: Ref, action: str, by: Actor) -> bool:
        """True when the engine allows an action."""
        with self.place.store.reading() as session:
            return self.place.engine.check_action(session, case, action, by).allowed

    def do(self, subject: Ref, action: str, by: Actor, **details: Any) -> Entry:
        """Perform one action in a unit of work of its own."""
        with self.place.store.writing() as session:
            entry: Entry = self.place.engine.perform(session, subject, action, by=by, **details)
            return entry

    def paper(self, record: str, kind: str) -> str:
        """Put a paper into a student's draft."""
        taken = Picture("image/jpeg", picture(40, 25))
        with self.place.store.writing() as session:
            return self.place.evidence.add(session, record, kind, taken, self.clock.moment).id

    def proof(self) -> Proof:
        """Verify the whole history against the tables."""
        tables = {name: binding.table for name, binding in self.place.engine.bindings.items()}
        with self.place.store.reading() as session:
            proof = verify(session, tables, self.place.cipher)
            proof.faults += compare(session)
            return proof


# -- taking it out --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """The restored installation with this version's schema, never opened, as a template; and its counts."""

    settings: Settings
    server: ThrowawayPostgres | None
    counted: dict[str, Any]

    def copy(self, folder: Path) -> Settings:
        """A copy in an empty folder."""
        home = folder / "home"
        shutil.copytree(self.settings.home, home)
        return settings_of(home, self.server, self.server.clone("kept") if self.server else "")


def settings_of(home: Path, server: ThrowawayPostgres | None, database: str = "") -> Settings:
    """An installation on either database, of the first school."""
    if server is None:
        return Settings(home, f"sqlite:///{home / 'kanwu.db'}", "", nchu_folder())
    return Settings(home, server.url(database, APPLICATION), server.url(database), nchu_folder())


@pytest.fixture(scope="module", params=BOTH)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """The kept installation on either database, upgraded as an administrator would do it."""
    home = tmp_path_factory.mktemp("model") / "home"
    home.mkdir(mode=0o700)
    take_out_beside(HOUSE, home)
    server: ThrowawayPostgres | None = None
    if request.param == "sqlite":
        take_out_sqlite(HOUSE, home / "kanwu.db")
    else:
        server = request.getfixturevalue("postgres")
        take_out_postgres(HOUSE, server, "kept")
    settings = settings_of(home, server, "kept")
    upgrade(settings)
    database = create_engine(settings.owner or settings.database)
    with database.connect() as connection:
        counted = counts(connection)
    database.dispose()
    yield Model(settings, server, counted)
    if server is not None:
        server.drop("kept")


def opened(settings: Settings) -> House:
    """Open it as an existing installation."""
    clock = SetClock(NOW)
    return House(open_installation(settings, clock=clock), clock)


@pytest.fixture(scope="module")
def house(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The installation, read only."""
    made = opened(model.copy(tmp_path_factory.mktemp("looked-at")))
    yield made
    made.place.store.close()


@pytest.fixture(scope="module")
def app(house: House) -> Flask:
    """The pages of the installation."""
    return create_app(house.place)


@pytest.fixture
def own(model: Model, tmp_path: Path) -> Iterator[House]:
    """A copy for tests that change it. Afterwards the whole history is verified."""
    made = opened(model.copy(tmp_path))
    yield made
    proof = made.proof()
    made.place.store.close()
    assert proof.holds, proof.faults[:5]


# -- what it holds is what it held ----------------------------------------------------------------------


def test_an_installation_of_before_is_opened_with_its_own_keys_only(model: Model, tmp_path: Path) -> None:
    """With keys made anew it stays shut, and its own open it."""
    settings = model.copy(tmp_path)
    other = replace(settings, home=tmp_path / "other")
    (other.home / "keys").mkdir(parents=True)
    Keys.make(other.keys)
    with pytest.raises(KeysMissing):
        open_installation(other)
    place = opened(settings).place
    assert place.practice and not place.demonstration
    place.store.close()


def test_an_altered_entry_does_not_keep_it_from_being_upgraded(tmp_path: Path) -> None:
    """The upgrade passes over bytes that are no entry any more, and the proof names them afterwards."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    take_out_beside(HOUSE, home)
    take_out_sqlite(HOUSE, home / "kanwu.db")
    with closing(sqlite3.connect(home / "kanwu.db")) as file, file:
        triggers = file.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entry'"
        )
        kept = triggers.fetchall()
        for name, _ in kept:
            file.execute(f"DROP TRIGGER {name}")
        (row,) = file.execute(
            "SELECT max(id) FROM entry WHERE action = 'raise' AND number IS NOT NULL"
        ).fetchone()
        file.execute("UPDATE entry SET body = ? WHERE id = ?", (b'{"broken', row))
        for _, trigger in kept:
            file.execute(trigger)
    settings = settings_of(home, None)
    upgrade(settings)
    found = opened(settings)
    assert "not_canonical" in {fault.code for fault in found.proof().faults}
    found.place.store.close()


def test_nothing_of_it_was_lost(model: Model) -> None:
    """There are as many entries of each action, cases in each state, claims of each outcome as there were."""
    assert model.counted == read_counts(HOUSE)


def test_every_move_and_act_of_its_day_was_done_in_it(house: House) -> None:
    """What the five lifecycles of that day let happen did happen, so that later code has to read all of it."""
    with house.place.store.reading() as session:
        first = set(session.scalars(select(RuleRow.digest).where(RuleRow.kept_at < "2024-10-17")))
        lives = [life for digest, life in lifecycles(session).items() if digest in first]
    assert len(lives) == 5
    done = {f"{life.name} {action.name} done" for life in lives for action in life.actions}
    assert done <= read_counts(HOUSE)["entries"].keys()


def test_its_history_still_explains_its_present(house: House) -> None:
    """Every subject folds to its row, every opened value to its commitment, every column to its entries."""
    proof, recorded = house.proof(), read_counts(HOUSE)
    assert proof.holds, proof.faults[:5]
    assert proof.entries + proof.refused == recorded["tables"]["entry"]
    assert proof.openings == recorded["tables"]["opening"]


def test_every_entry_is_written_again_as_the_bytes_it_is(house: House) -> None:
    """Read and written once more, no entry differs in a single byte."""
    bodies = house.ids(select(EntryRow.body))
    assert len(bodies) == read_counts(HOUSE)["tables"]["entry"]
    assert all(Entry.from_body(body).body == bytes(body) for body in bodies)


def test_every_code_of_it_is_read_and_printed_as_it_was(house: House) -> None:
    """Each code that an entry has is a name, and a value that its name says how to read."""
    entries = [Entry.from_body(body) for body in house.ids(select(EntryRow.body))]
    said = {code for entry in entries for code in entry.codes}
    read = {text: Code.parse(text) for text in said}
    assert {text: str(code) for text, code in read.items()} == {text: text for text in said}
    dated = [code for code in read.values() if code.name in DAYS | MOMENTS]
    assert len(dated) > 20 and all(code.day or code.moment for code in dated)
    assert all(code.number is not None for code in read.values() if code.name in NUMBERS)


def test_every_account_bears_the_name_of_its_record(house: House) -> None:
    """Names that were corrected or imported anew before accounts followed are the record's after the upgrade."""
    moved = house.ids(select(RecordChange.record_id).where(RecordChange.field == "XM"))
    with house.place.store.reading() as session:
        named = session.execute(
            select(Record.id, Record.xm, Person.name)
            .join(Grant, Grant.scope == Record.id)
            .join(Person, Person.id == Grant.person_id)
            .where(Grant.role == "student", Grant.ended_at.is_(None))
        ).all()
    assert {*moved} & {record for record, _, _ in named}
    assert [record for record, name, account in named if name != account] == []


def test_every_text_of_its_rulebook_is_read_and_is_what_its_name_says(house: House) -> None:
    """Each lifecycle, policy and notice that was ever in force decodes, and its digest is its name."""
    with house.place.store.reading() as session:
        for rule in session.scalars(select(RuleRow)).all():
            kept = text_of(session, rule.digest)
            assert kept is not None and kept.holds
            if rule.kind == "lifecycle":
                assert lifecycle_from(rule.text, rule.digest).digest == rule.digest
            elif rule.kind == PRIVACY:
                assert kept_notice(rule.text).digest == rule.digest
            elif rule.kind == NOTICE:
                assert kept_school_notice(rule.text).digest == rule.digest
            elif rule.kind == GUIDE:
                assert json.loads(rule.text)["head"]["title"]
            else:
                assert house.place.rules.named(session, rule.digest).digest == rule.digest
        judged = set(session.scalars(select(Case.policy).where(Case.policy != "")))
        assert 1 < len(judged) <= len(whole(session).policies)


def test_the_text_in_force_is_the_one_in_the_folder(house: House) -> None:
    """What was decided by other texts changes nothing: from its opening on the school's present rules hold."""
    assert house.place.rules.in_force(NOW).digest == load_school(nchu_folder()).digest


def test_every_paper_and_photo_opens(house: House) -> None:
    """Each stored file has the digest its row names and opens with its student's key to a picture."""
    place = house.place
    with place.store.reading() as session:
        papers = session.scalars(select(Evidence)).all()
        photos = session.scalars(select(Photo)).all()
        pictures = [place.evidence.read(session, paper) for paper in papers]
        pictures += [place.evidence.get(session, one.record_id, one.stored) for one in photos]
        sizes = [one.size for one in (*papers, *photos)]
    assert len(papers) > 200 and len(photos) == 2
    assert all(data.startswith((b"\x89PNG", b"\xff\xd8\xff")) for data in pictures)
    assert [len(data) for data in pictures] == sizes


def test_every_sealed_number_opens(house: House) -> None:
    """What was sealed for a record's row is read there: an invented number of an area that does not exist."""
    cipher = house.place.cipher
    with house.place.store.reading() as session:
        rows = session.execute(select(Record.id, Record.sfzh).where(Record.sfzh.is_not(None))).all()
    numbers = [cipher.open(sealed, table="record", column="sfzh", row=id) for id, sealed in rows]
    assert len(numbers) > 60 and all(number.startswith("99") for number in numbers)


def test_its_bulletins_are_counted_again_to_the_same_digest(house: House) -> None:
    """What was published on a day is what the history says of that day."""
    with house.place.store.reading() as session:
        published = {row.id: row.digest for row in session.scalars(select(BulletinRow)).all()}
        assert {id: rebuild(session, id) for id in published} == published
    assert len(published) == 4


def test_its_signed_lists_stand_as_they_were_signed(house: House) -> None:
    """One college's list is signed, the other's stands without objection, and both still open."""
    with house.place.store.reading() as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.plan == FIRST)).one()
        signed, deemed = (
            standing(session, house.place.cipher, campaign, college)[0] for college in (COLLEGE, OTHER)
        )
    assert (signed.state, signed.by) == ("signed", "测试学院经办人") and not signed.told
    assert deemed.deemed and deemed.told and deemed.told.name == "又一位officer"
    assert all(one.frozen is not None and one.frozen.lines for one in (signed, deemed))


# -- its pages ------------------------------------------------------------------------------------------


PAGES = {
    "officer": (
        "/college", "/college/checks", "/staff/relations",
        *(f"/college/{plan}{page}" for plan in PLANS for page in ("", "/silent", "/trend", "/platform", "/sign")),
        *(f"/college/{plan}/{page}?class=240101" for plan in PLANS for page in ("class", "sheet")),
    ),
    "registrar": (
        "/registrar", "/registrar/graduating", "/registrar/rosters", "/rules", "/rules/matrix", "/staff/away",
        *(
            f"/registrar/{plan}{page}"
            for plan in PLANS
            for page in (
                "", "/board", "/classes?college=测试学院", "/bulletins", "/cohort", "/platform", "/signatures",
                "/trend", "/unchecked",
            )
        ),
    ),
    "reviewer": ("/desk", "/rules", "/staff/relations"),
    "second_reviewer": ("/desk", "/rules"),
    "auditor": ("/audit", "/audit/refusals", "/rules", "/staff/relations"),
    "administrator": ("/admin", "/admin/presences", "/admin/settings", "/admin/notices", "/staff/away"),
}  # fmt: skip
"""The pages with lists, by role."""


@pytest.mark.parametrize("role", PAGES)
def test_every_list_can_be_looked_through(house: House, app: Flask, role: str) -> None:
    """Whoever works there finds every list of theirs, of the campaign that runs and of the one that is over."""
    browser = signed_in(house, app, house.staff(role).person)
    answers = {path: browser.get(path).status for path in PAGES[role]}
    assert answers == dict.fromkeys(PAGES[role], 200)


def test_every_subject_and_rule_can_be_audited(house: House, app: Flask) -> None:
    """The story of a subject in each state of each lifecycle, and every text of the Rulebook, is a page."""
    browser = signed_in(house, app, house.staff("auditor").person)
    with house.place.store.reading() as session:
        subjects = {
            (name, row.state): row.id
            for name, binding in house.place.engine.bindings.items()
            for row in session.execute(select(binding.table.c.id, binding.table.c.state))
        }
    paths = [f"/audit/{id}" for id in subjects.values()]
    paths += [f"/audit/rules/{digest}" for digest in house.ids(select(RuleRow.digest))]
    assert {path: browser.get(path).status for path in paths} == dict.fromkeys(paths, 200)
    assert len(subjects) > 12


def test_an_entry_of_before_reads_under_the_labels_of_its_day(house: House, app: Flask) -> None:
    """A state is called by its present name; what happened bears the names that state and action had then."""
    case = house.cases(REJECTED)[-1]
    then, now = "未予更正", CASE.state(REJECTED).zh
    assert then != now
    text = signed_in(house, app, house.staff("auditor").person).get(f"/audit/{case.id}").text
    assert f"审核中 → {then}" in text and f"审核中 → {now}" not in text
    assert f"现在 {now}" in text


@pytest.mark.parametrize("state", [NOT_CHECKED, CHECKED_OK, RAISED, REVIEW, CORRECTED, REJECTED])
def test_students_see_where_they_stand(house: House, app: Flask, state: str) -> None:
    """A student whose case is in that state signs in and finds it, and a reviewer sees it too if it is filed."""
    case = house.cases(state)[-1]
    assert signed_in(house, app, house.student(case).person).get("/my").status == 200
    if state in (RAISED, REVIEW, CORRECTED, REJECTED):
        reviewer = signed_in(house, app, house.staff("second_reviewer").person)
        assert reviewer.get(f"/desk/{case.id}").status == 200


# -- working on with it ---------------------------------------------------------------------------------


def test_a_student_of_before_confirms(own: House) -> None:
    """Whoever had not answered yet answers now, in the campaign that was opened by earlier code."""
    case = next(one for one in own.cases(NOT_CHECKED) if own.may(one, "confirm", own.student(one)))
    own.do(case, "confirm", own.student(case))
    assert (own.case(case).state, own.case(case).manner) == (CHECKED_OK, "confirmed")


def test_a_student_of_before_files(own: House) -> None:
    """A claim with a paper, sealed under the key the student has had, gets a receipt and waits."""
    case = next(one for one in own.cases(NOT_CHECKED) if own.may(one, "raise", own.student(one)))
    record, place = own.case(case).record.id, own.place
    paper = own.paper(record, "id_card")
    with place.store.writing() as session:
        claim = ClaimFiled("XM", "admission_error", "测试丙")
        entry = file(place.engine, session, record, own.student(case), (claim,), (paper,))
    assert (entry.subject, own.case(case).state) == (case.id, RAISED)


def test_what_was_filed_before_is_taken_up(own: House) -> None:
    """A filing that waited is taken up by whoever is free to."""
    case = next(one for one in own.cases(RAISED) if own.may(one, "take_up", own.staff("reviewer")))
    own.do(case, "take_up", own.staff("reviewer"))
    assert own.case(case).holder == own.staff("reviewer").person


def test_what_was_under_review_is_decided(own: House) -> None:
    """A case that was left half-way is decided by the rules it was filed under."""
    by = own.staff("second_reviewer")
    case = next(one for one in own.cases(REVIEW) if own.may(one, "hold", by) and decidable(own, one))
    facts = own.case(case)
    no = Decision(
        tuple(claim.id for claim in facts.claims), REFUSED, None, "evidence_does_not_prove", "材料不足以证明"
    )
    with own.place.store.writing() as session:
        entry = decide(own.place.engine, session, case.id, no, by=by, expected=facts.version, key="decided")
    assert (own.case(case).state, entry.policy) == (REJECTED, facts.policy)
    assert facts.policy != own.place.rules.in_force(NOW).digest


def decidable(own: House, case: Ref) -> bool:
    """True when no question is open, nothing is settled and no step is completed."""
    asked = own.ids(select(Question.id).where(Question.case_id == case.id, Question.ended_at.is_(None)))
    facts = own.case(case)
    return not asked and not any(claim.outcome for claim in facts.claims)


def test_a_question_that_was_left_open_is_answered(own: House) -> None:
    """The paper that was asked for comes in time, and the question is no longer open."""
    (asked,) = own.ids(select(Question.id).where(Question.ended_at.is_(None)))
    (case,) = own.ids(select(Question.case_id).where(Question.id == asked))
    ref = Ref("case", case)
    paper = own.paper(own.case(ref).record.id, "household_book")
    own.do(ref, "answer", own.student(ref), question=asked, papers=(paper,))
    assert own.ids(select(Question.outcome).where(Question.id == asked)) == ["answered"]


def test_a_correction_of_before_is_confirmed(own: House) -> None:
    """A student who was asked whether the correction is right says that it is."""
    case = next(one for one in own.cases(CORRECTED) if own.may(one, "reconfirm", own.student(one)))
    own.do(case, "reconfirm", own.student(case))
    assert own.ids(select(Case.reconfirmed_at).where(Case.id == case.id)) == [NOW]


def test_a_campaign_that_was_left_open_closes(own: House) -> None:
    """When its time is over it ends by itself, and the silent who were told are deemed correct."""
    own.clock.moment = OVER
    silent = own.cases(NOT_CHECKED)
    run_scheduled(own.place)
    assert own.ids(select(Campaign.state).where(Campaign.plan == YEARLY)) == [CLOSED]
    deemed = [one for one in silent if own.case(one).manner == "deemed"]
    assert 0 < len(deemed) < len(silent)
    assert {own.case(one).state for one in deemed} == {CHECKED_OK}


def test_a_list_that_stood_without_objection_is_signed_after_all(own: House) -> None:
    """The officer of the college that had said nothing signs what stands now."""
    (list_,) = own.ids(select(Attestation.id).where(Attestation.state == DEEMED))
    (officer,) = own.ids(select(Grant.person_id).where(Grant.role == "officer", Grant.college == OTHER))
    (campaign,) = own.ids(select(Campaign.id).where(Campaign.plan == FIRST))
    with own.place.store.reading() as session:
        seen = seen_as(own.place.cipher, frozen_now(session, campaign, OTHER))
    entry = own.do(Ref("attestation", list_), "sign", Actor(officer, "officer"), seen=seen)
    assert (entry.origin, entry.target) == (DEEMED, "signed")
