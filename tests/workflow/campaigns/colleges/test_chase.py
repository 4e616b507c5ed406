"""Chasing the silent: reasons, contacts and paper signatures of a college, and reminders once a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from states import NOWHERE, ROLES
from states.chase import CHASE
from tests.conftest import on
from tests.laws import holds
from tests.world import VISITOR, World
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.colleges.reminders import REMINDER, remind, to_remind
from workflow.campaigns.colleges.roll import one_of_the_roll, roll, silent_of
from workflow.campaigns.tables import Chase
from workflow.cases.load import campaign_facts
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.timeline import timeline
from workflow.notices.tables import Notice
from workflow.people.tables import Access
from workflow.records.reach import EVERYBODY, of_college
from workflow.verdict import Reason, Refused

TODAY = date(2024, 10, 25)
CALL: dict[str, Any] = {"how": "phone", "result": "no_answer", "on": TODAY}


@pytest.fixture
def officer(world: World) -> Actor:
    """The college's officer."""
    return world.staff["officer"]


@pytest.fixture
def campaign(world: World) -> str:
    """A campaign with three silent students of the college and one of another."""
    for _ in range(3):
        world.record()
    world.record(fy="另一学院", bh="240201")
    return world.open_campaign()


def cases(world: World, campaign: str, college: str | None = "测试学院") -> list[str]:
    """The cases of a college, by student number."""
    with world.place.store.reading() as session:
        whom = EVERYBODY if college is None else of_college(college)
        return [one.case for one in roll(session, campaign, whom)]


def note(world: World, case: str, action: str, by: Actor, **details: Any) -> Ref:
    """Perform an act on a case's chase. Returns the chase."""
    with world.place.store.writing() as session:
        chase(world.place.engine, session, [case], action, by, **details)
    with world.place.store.reading() as session:
        return Ref("chase", str(session.scalar(select(Chase.id).where(Chase.case_id == case))))


def reason(world: World, guard: str, subject: Ref, action: str, by: Actor, **details: Any) -> Reason:
    """The one reason of a guard or check. It must be a whole sentence with a remedy."""
    (found,) = [one for one in world.may(subject, action, by, **details).reasons if one.rule == guard]
    assert "{" not in found.says and found.remedy
    return found


def entries(world: World, subject: str) -> list[Entry]:
    """The done entries of a subject."""
    with world.place.store.reading() as session:
        return [line.entry for line in timeline(session, subject) if line.entry is not None]


def reminders(world: World) -> int:
    """The number of reminders in the outbox."""
    with world.place.store.reading() as session:
        asked = select(func.count()).select_from(Notice).where(Notice.event == REMINDER)
        return session.scalar(asked) or 0


def test_officers_and_the_registrar_chase_and_nobody_else(world: World, campaign: str) -> None:
    """Every action of a chase is for the college's officer and the registrar."""
    ref = note(world, cases(world, campaign)[0], "contact", world.staff["officer"], **CALL)
    for role in ROLES:
        by = {"student": world.student("1".zfill(32)), "system": SYSTEM, "visitor": VISITOR}.get(
            role
        ) or world.staff[role]
        for action in CHASE.actions:
            subject = Ref("chase") if NOWHERE in CHASE.sources(action) else ref
            details = {"case": cases(world, campaign)[1]} if not subject.id else {}
            with world.place.store.reading() as session:
                codes = world.place.engine.check_action(session, subject, action.name, by, **details).codes
            assert ("not_your_role" in codes) == (role not in ("officer", "registrar")), (role, action.name)


@holds("reason_is_known", "keep_reason")
def test_why_nothing_was_said_is_a_code_of_the_list(world: World, campaign: str, officer: Actor) -> None:
    """A reason can be given, changed and taken back; the history keeps each, and words of one's own are none."""
    case = cases(world, campaign)[0]
    ref = note(world, case, "give_reason", officer, reason="unreachable")
    assert reason(world, "reason_is_known", ref, "give_reason", officer, reason="懒").code == "reason_missing"
    note(world, case, "give_reason", officer, reason="on_leave")
    with world.place.store.reading() as session:
        everybody = roll(session, campaign, of_college("测试学院"))
        assert [one.case for one in silent_of(everybody, "on_leave")] == [case]
        assert len(silent_of(everybody, "")) == 2
    note(world, case, "give_reason", officer, reason="")
    codes = [entry.codes for entry in entries(world, ref.id) if entry.action == "give_reason"]
    assert codes == [("reason:unreachable",), ("reason:on_leave",), ("reason:none",)]


@holds("contact_is_whole", "keep_contact", "day_has_come")
def test_a_contact_says_how_what_came_of_it_and_when(world: World, campaign: str, officer: Actor) -> None:
    """Each contact is an entry with who, how, result and day; an unknown way or a day ahead is none."""
    case = cases(world, campaign)[0]
    ref = note(world, case, "contact", officer, **CALL)
    for wrong in ({"how": "pigeon"}, {"result": "骂人"}):
        said = reason(world, "contact_is_whole", ref, "contact", officer, **{**CALL, **wrong})
        assert said.code == "contact_not_whole"
    ahead = {**CALL, "on": TODAY + timedelta(days=1)}
    assert reason(world, "day_has_come", ref, "contact", officer, **ahead).code == "day_ahead"
    note(world, case, "contact", officer, how="classmate", result="passed_on", on=TODAY)
    with world.place.store.reading() as session:
        one = one_of_the_roll(session, campaign, case)
    assert one is not None
    assert (one.contacts, one.last_how, one.last_result, one.last_on) == (2, "classmate", "passed_on", TODAY)
    last = entries(world, ref.id)[-1]
    assert last.codes == ("how:classmate", "result:passed_on", "on:2024-10-25")
    assert (last.actor, last.role) == (officer.person, "officer")


@holds("case_is_silent")
def test_who_has_answered_is_left_alone(world: World, campaign: str, officer: Actor) -> None:
    """Of several, the ones who answered while the page was open are named and nothing is noted of them."""
    ours = cases(world, campaign)
    refs = [note(world, case, "contact", officer, **CALL) for case in ours]
    world.do(Ref("case", ours[0]), "confirm", world.student(world.case(ours[0]).record.id))
    assert reason(world, "case_is_silent", refs[0], "contact", officer, **CALL).code == "case_has_answered"
    with world.place.store.writing() as session:
        done = chase(world.place.engine, session, ours, "give_reason", officer, reason="promised")
    assert (done.done, done.answered) == (2, (ours[0],))


def test_chasing_never_makes_a_students_page_stale(world: World, campaign: str, officer: Actor) -> None:
    """A call that is noted while a student reads the page does not change the version they answer to."""
    case = cases(world, campaign)[0]
    seen = world.case(case).version
    note(world, case, "contact", officer, **CALL)
    student = world.student(world.case(case).record.id)
    assert world.do(Ref("case", case), "confirm", student, expected=seen).target == "checked_ok"


@holds("case_is_of_their_college")
def test_an_officer_works_on_their_own_college(world: World, campaign: str, officer: Actor) -> None:
    """Another college's case is nobody's business: nothing is noted, and the try is remembered."""
    (theirs,) = cases(world, campaign, "另一学院")
    with pytest.raises(Refused) as no:
        note(world, theirs, "contact", officer, **CALL)
    assert no.value.verdict.codes == ("out_of_scope",)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Chase)) == 0
        assert session.scalar(select(Access.allowed).where(Access.what == "try:begin")) is False
    assert note(world, theirs, "contact", world.staff["registrar"], **CALL).id


@holds("campaign_is_held")
def test_after_the_close_nothing_is_noted(world: World, campaign: str, officer: Actor) -> None:
    """Colleges go on after the students' last second, until the campaign is closed."""
    ref = note(world, cases(world, campaign)[0], "contact", officer, **CALL)
    world.at(on(2024, 11, 8))
    note(world, cases(world, campaign)[0], "contact", officer, **CALL)
    registrar = world.staff["registrar"]
    world.do(Ref("campaign", campaign), "wind_up", registrar)
    note(world, cases(world, campaign)[0], "contact", officer, **CALL)
    world.do(Ref("campaign", campaign), "close", registrar)
    assert reason(world, "campaign_is_held", ref, "contact", officer, **CALL).code == "campaign_not_held"


@holds("signed_on_paper", "not_signed_on_paper", "keep_signature", "drop_signature")
def test_a_signature_on_paper_is_a_witness_of_its_own(world: World, campaign: str, officer: Actor) -> None:
    """It is noted once, can be struck, and moves no case: on paper is not here."""
    case = cases(world, campaign)[0]
    ref = note(world, case, "note_signature", officer, on=TODAY)
    assert (
        reason(world, "not_signed_on_paper", ref, "note_signature", officer, on=TODAY).code
        == "signed_already"
    )
    with world.place.store.reading() as session:
        one = one_of_the_roll(session, campaign, case)
    assert one is not None and one.signed_on == TODAY and one.silent and one.looked is None
    note(world, case, "strike_signature", officer)
    assert reason(world, "signed_on_paper", ref, "strike_signature", officer).code == "not_signed"


# -- reminders ------------------------------------------------------------------------------------------


@holds("owe_reminders", "reaches_somebody")
def test_a_reminder_reaches_exactly_the_silent_of_a_list_once_a_day(
    world: World, campaign: str, officer: Actor
) -> None:
    """The dry count is what is owed; a second press on the same day reaches only who was not reached."""
    ours = cases(world, campaign)
    world.do(Ref("case", ours[0]), "confirm", world.student(world.case(ours[0]).record.id))

    def press(some: list[str]) -> Entry:
        with world.place.store.writing() as session:
            entry: Entry = remind(world.place.engine, session, campaign, some, officer)
            return entry

    with world.place.store.reading() as session:
        dry = to_remind(session, campaign, ours, world.clock.moment)
    assert (list(dry.reached), dry.today, dry.answered) == (ours[1:], 0, 1)
    assert press(ours[:2]).codes == ("reminded:1",)
    assert press(ours).codes == ("reminded:1",)
    with pytest.raises(Refused) as no:
        press(ours)
    assert no.value.verdict.codes == ("nobody_to_remind",)
    assert reminders(world) == 2
    world.at(on(2024, 10, 26, 0))
    assert press(ours).codes == ("reminded:2",)
    assert reminders(world) == 4


@holds("cases_are_of_their_college")
def test_nobody_reminds_another_colleges_students(world: World, campaign: str, officer: Actor) -> None:
    """One stranger in the list bars all of it, and so does what is no case; the registrar may remind everybody."""
    everybody, ours = cases(world, campaign, None), cases(world, campaign)
    for listed in (everybody, [*ours, "f" * 32], [*ours, "-"]):
        with pytest.raises(Refused) as no, world.place.store.writing() as session:
            remind(world.place.engine, session, campaign, listed, officer)
        assert "out_of_scope" in no.value.verdict.codes and reminders(world) == 0
    with world.place.store.writing() as session:
        done = remind(world.place.engine, session, campaign, everybody, world.staff["registrar"])
    assert done.codes == ("reminded:4",) and reminders(world) == 4


def test_nothing_is_owed_for_a_reminder_that_is_rolled_back(
    world: World, campaign: str, officer: Actor
) -> None:
    """Entry and notices are one unit of work with whatever else it did."""
    with pytest.raises(RuntimeError), world.place.store.writing() as session:
        remind(world.place.engine, session, campaign, cases(world, campaign), officer)
        raise RuntimeError
    assert reminders(world) == 0
    with world.place.store.reading() as session:
        version = campaign_facts(session, campaign).version
    assert [entry.action for entry in entries(world, campaign)] == ["draft", "start"] and version == 2
