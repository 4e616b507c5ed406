"""The life of a campaign: who may do what when, what bars it, and what each bar says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from states import NOWHERE, ROLES
from states.campaign import CAMPAIGN as LIFE
from tests.conftest import on
from tests.laws import holds
from tests.world import CAMPAIGN, NAME, VISITOR, World
from workflow.campaigns.closing import TO_DEEM, silent_by_fate
from workflow.campaigns.cohort import counts
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Actor, Ref
from workflow.notices.tables import Notice
from workflow.verdict import Reason, Refused

TABLE = {
    "draft": ({NOWHERE}, {"registrar"}),
    "start": ({"draft"}, {"registrar"}),
    "wind_up": ({"open"}, {"registrar", "system"}),
    "close": ({"closing"}, {"registrar", "system"}),
    "cancel": ({"draft", "open"}, {"registrar"}),
    "admit": ({"open"}, {"registrar"}),
    "extend": ({"open"}, {"registrar"}),
    "publish": ({"open", "closing", "closed"}, {"registrar", "system"}),
    "remind": ({"open"}, {"officer", "registrar"}),
    "take_in_export": ({"open", "closing", "closed"}, {"registrar"}),
}
OPENS, CLOSES = on(2024, 10, 23, 0), on(2024, 11, 7, 23, 59, 59)
SECOND = timedelta(seconds=1)


@pytest.fixture
def registrar(world: World) -> Actor:
    """The registrar, who runs campaigns."""
    return world.staff["registrar"]


@pytest.fixture
def draft(world: World, registrar: Actor) -> Ref:
    """The freshmen's campaign as a draft, with one record in its cohort."""
    world.record()
    plan = world.place.school.campaigns[0]
    return Ref("campaign", world.do(Ref("campaign"), "draft", registrar, plan=plan).subject)


@pytest.fixture
def running(world: World, draft: Ref, registrar: Actor) -> Ref:
    """The freshmen's running campaign, before its cases are opened."""
    world.do(draft, "start", registrar)
    return draft


def bars(world: World, guard: str, campaign: Ref, action: str, by: Actor, **details: Any) -> Reason:
    """The one reason of a guard or check. It must be a whole sentence with a remedy."""
    (reason,) = [one for one in world.may(campaign, action, by, **details).reasons if one.rule == guard]
    assert "{" not in reason.says
    assert reason.remedy
    return reason


def state(world: World, campaign: Ref) -> str:
    with world.place.store.reading() as session:
        return campaign_facts(session, campaign.id).state


def see_notices(world: World) -> None:
    """Mark all student notices as seen."""
    with world.place.store.writing() as session:
        session.execute(update(Notice).values(seen_at=world.clock.moment))


# -- the table ------------------------------------------------------------------------------------------


def test_every_state_action_and_role_is_answered_as_the_table_says(world: World) -> None:
    """The wrong role is refused without a word of the state, the wrong state to whose action it is; only they."""
    world.record()
    plan = world.place.school.campaigns[0]
    campaign = Ref("campaign")
    said, expected = {}, {}
    student = world.student("1".zfill(32))
    for here in (NOWHERE, *(one.name for one in LIFE.states)):
        if here != NOWHERE and not campaign.id:
            campaign = Ref(
                "campaign", world.do(campaign, "draft", world.staff["registrar"], plan=plan).subject
            )
        if here != NOWHERE:
            with world.place.store.writing() as session:  # only the engine's answer matters, not its effects
                session.execute(update(Campaign).where(Campaign.id == campaign.id).values({"state": here}))
        for role in ROLES:
            by = {"student": student, "system": SYSTEM, "visitor": VISITOR}.get(role) or world.staff[role]
            for action, (states, roles) in TABLE.items():
                details = {"plan": plan} if here == NOWHERE else {}
                codes = world.may(campaign, action, by, **details).codes
                said[here, action, role] = ("wrong_state" in codes, "not_your_role" in codes)
                expected[here, action, role] = (role in roles and here not in states, role not in roles)
    assert [action.name for action in LIFE.actions] == list(TABLE)
    assert len(said) == 6 * 10 * 9
    assert said == expected


def test_a_campaign_goes_its_whole_way(final_world: World) -> None:
    """Drafted, started, wound up after the close, its silent cases deemed, closed: five entries, no state skipped."""
    world, registrar = final_world, final_world.staff["registrar"]
    world.record()
    campaign = Ref("campaign", world.open_campaign("final-2028"))
    see_notices(world)
    world.at(on(2028, 5, 1, 0))
    assert world.do(campaign, "wind_up", registrar).target == "closing"
    assert bars(world, "nobody_left_to_deem", campaign, "close", registrar).code == "silent_cases_left"
    with world.place.store.writing() as session:
        facts = campaign_facts(session, campaign.id)
        assert world.place.engine.perform_all(session, "deem", facts, by=SYSTEM).done == 1
    entry = world.do(campaign, "close", SYSTEM)
    assert (entry.number, entry.target) == (4, "closed")


# -- drafting and starting ------------------------------------------------------------------------------


@holds("plan_is_new")
def test_a_plan_becomes_one_campaign(world: World, draft: Ref, registrar: Actor) -> None:
    """Drafting it again is refused with its name."""
    plan = world.place.school.campaigns[0]
    reason = bars(world, "plan_is_new", Ref("campaign"), "draft", registrar, plan=plan)
    assert reason.code == "plan_in_use"
    assert CAMPAIGN in reason.says
    with world.place.store.reading() as session:
        row = session.scalars(select(Campaign)).one()
        assert (row.kind, row.opens_at, row.closes_at) == ("freshman", OPENS, CLOSES)


@holds("opening_day_has_come", "closing_day_is_ahead")
@pytest.mark.parametrize(
    ("at", "guard", "code"),
    [
        (OPENS - SECOND, "opening_day_has_come", "opening_day_ahead"),
        (OPENS, None, None),
        (CLOSES, None, None),
        (CLOSES + SECOND, "closing_day_is_ahead", "closing_day_past"),
    ],
)
def test_a_campaign_starts_within_its_days(
    world: World, draft: Ref, registrar: Actor, at: Any, guard: str | None, code: str | None
) -> None:
    """Neither before the day that was announced nor after its end; both ends are inside."""
    world.at(at)
    if guard is None:
        assert world.may(draft, "start", registrar).allowed
        return
    reason = bars(world, guard, draft, "start", registrar)
    assert reason.code == code
    assert ("2024-10-23" if code == "opening_day_ahead" else "2024-11-07") in reason.says
    assert world.refused(draft, "start", registrar).codes == (code,)


@holds("cohort_is_not_empty")
def test_a_campaign_for_nobody_is_not_started(world: World, registrar: Actor) -> None:
    """Most often the roster was not imported yet; records outside the cohort do not count."""
    world.record(cc="专科")
    plan = world.place.school.campaigns[0]
    campaign = Ref("campaign", world.do(Ref("campaign"), "draft", registrar, plan=plan).subject)
    reason = bars(world, "cohort_is_not_empty", campaign, "start", registrar)
    assert reason.code == "cohort_empty"
    assert "名册" in reason.remedy
    world.record()
    assert world.may(campaign, "start", registrar).allowed


# -- extending ------------------------------------------------------------------------------------------


@holds("move_the_close", "new_close_is_later")
def test_an_extension_moves_the_window_for_students(world: World, running: Ref, registrar: Actor) -> None:
    """After the old close they may still confirm; the entry names the new one, and seals the words."""
    world.open_campaign()
    case = world.case_of("1".zfill(32))
    student = world.student("1".zfill(32))
    later = CLOSES + timedelta(days=7)
    entry = world.do(running, "extend", registrar, words="学信网维护", closes_at=later)
    assert entry.codes == ("closes_at:2024-11-14T23:59:59+08:00", "told:1")
    assert set(entry.values) == {"words"}
    world.at(later)
    assert world.may(case, "confirm", student).allowed
    world.at(later + SECOND)
    reason = world.may(case, "confirm", student).reasons[0]
    assert reason.code == "campaign_is_past"
    assert "2024-11-14" in reason.says


@holds("new_close_is_later", "words_given")
@pytest.mark.parametrize("closes_at", [None, "2024-12-01", CLOSES, CLOSES - SECOND, on(2024, 10, 24)])
def test_an_extension_only_ever_gives_more_time(
    world: World, running: Ref, registrar: Actor, closes_at: Any
) -> None:
    """The same close, an earlier one, or none at all is no extension."""
    reason = bars(
        world, "new_close_is_later", running, "extend", registrar, words="维护", closes_at=closes_at
    )
    assert reason.code == "not_an_extension"
    assert world.refused(running, "extend", registrar, closes_at=CLOSES + SECOND).codes == ("words_missing",)


@holds("announce_the_extension")
def test_an_extension_on_the_last_evening_is_told_to_those_it_concerns(
    world: World, running: Ref, registrar: Actor
) -> None:
    """Who has not checked yet is owed one notice, at once; who has answered or is excluded is left in peace."""
    records = {"1".zfill(32): "silent"} | {
        world.record(): kind for kind in ("confirmed", "filed", "excluded")
    }
    world.open_campaign()
    by_kind = {kind: record for record, kind in records.items()}
    world.do(world.case_of(by_kind["confirmed"]), "confirm", world.student(by_kind["confirmed"]))
    world.file(by_kind["filed"], NAME)
    world.do(world.case_of(by_kind["excluded"]), "exclude", registrar, words="休学", code="on_leave")
    world.at(CLOSES - timedelta(minutes=20))
    world.do(running, "extend", registrar, words="学信网维护", closes_at=CLOSES + timedelta(days=1))
    with world.place.store.reading() as session:
        told = session.execute(
            select(Notice.record_id, Notice.subject, Notice.due_at).where(Notice.event == "campaign_extended")
        ).all()
    silent = by_kind["silent"]
    assert [tuple(one) for one in told] == [(silent, world.case_of(silent).id, world.clock.moment)]


@holds("announce_the_extension")
def test_a_second_extension_is_told_again(world: World, running: Ref, registrar: Actor) -> None:
    """Each new end is a new message to who has still not checked."""
    world.open_campaign()
    for days in (1, 2):
        until = CLOSES + timedelta(days=days)
        entry = world.do(running, "extend", registrar, words="学信网维护", closes_at=until)
        assert entry.codes[-1] == "told:1"
    with world.place.store.reading() as session:
        told = session.scalars(select(Notice.id).where(Notice.event == "campaign_extended")).all()
    assert len(set(told)) == 2


@holds("announce_the_extension")
def test_a_refused_extension_is_told_to_nobody(world: World, running: Ref, registrar: Actor) -> None:
    """What did not happen is not announced."""
    world.open_campaign()
    world.refused(running, "extend", registrar, words="", closes_at=CLOSES + timedelta(days=1))
    with world.place.store.reading() as session:
        assert session.scalar(select(Notice.id).where(Notice.event == "campaign_extended")) is None


def test_an_extension_into_the_past_is_none(world: World, running: Ref, registrar: Actor) -> None:
    """Long after the close a moment that is later than it but past already gives nobody any time."""
    world.at(CLOSES + timedelta(days=10))
    reason = bars(
        world,
        "new_close_is_later",
        running,
        "extend",
        registrar,
        words="x",
        closes_at=CLOSES + timedelta(days=5),
    )
    assert reason.code == "not_an_extension"


# -- ending ---------------------------------------------------------------------------------------------


@holds("closing_day_is_past")
def test_a_campaign_runs_to_its_last_second(world: World, running: Ref, registrar: Actor) -> None:
    """It is not wound up a second earlier, by the registrar or by the system."""
    world.at(CLOSES)
    for by in (registrar, SYSTEM):
        assert bars(world, "closing_day_is_past", running, "wind_up", by).code == "closing_day_ahead"
    world.at(CLOSES + SECOND)
    assert world.do(running, "wind_up", SYSTEM).target == "closing"


@holds("nobody_left_to_deem")
def test_where_silence_means_nothing_closing_waits_for_nobody(
    world: World, running: Ref, registrar: Actor
) -> None:
    """The freshmen's check closes with its silent cases as they are: not checked."""
    world.open_campaign()
    see_notices(world)
    world.at(CLOSES + SECOND)
    world.do(running, "wind_up", registrar)
    world.do(running, "close", registrar)
    assert state(world, running) == "closed"
    assert world.case(world.case_of("1".zfill(32))).state == "not_checked"


@holds("nobody_left_to_deem")
def test_who_cannot_be_deemed_does_not_hold_up_the_closing(final_world: World) -> None:
    """Untold, excluded and departed students are left as they are; one silent told student is waited for."""
    world, registrar = final_world, final_world.staff["registrar"]
    told, untold, excluded = world.record(), world.record(), world.record()
    campaign = Ref("campaign", world.open_campaign("final-2028"))
    case = world.case_of(excluded)
    see_notices(world)
    world.do(case, "exclude", registrar, words="参军入伍", code="retained")
    with world.place.store.writing() as session:
        session.execute(update(Notice).where(Notice.record_id == untold).values(seen_at=None))
    world.at(on(2028, 5, 1, 0))
    world.do(campaign, "wind_up", registrar)
    reason = bars(world, "nobody_left_to_deem", campaign, "close", registrar)
    assert "1" in reason.says
    with world.place.store.reading() as session:
        assert silent_by_fate(session, Rules(world.place.school), campaign.id)[TO_DEEM] == 1
    world.do(world.case_of(told), "deem", SYSTEM)
    assert world.may(campaign, "close", registrar).allowed


@holds("nobody_has_answered", "words_given")
def test_a_campaign_is_cancelled_only_while_nobody_answered(
    world: World, running: Ref, registrar: Actor
) -> None:
    """One confirmation, and it can only be closed; the words say how many have answered."""
    world.open_campaign()
    assert world.refused(running, "cancel", registrar).codes == ("words_missing",)
    case, student = world.case_of("1".zfill(32)), world.student("1".zfill(32))
    assert world.may(running, "cancel", registrar, words="改期").allowed
    world.do(case, "confirm", student)
    reason = bars(world, "nobody_has_answered", running, "cancel", registrar, words="改期")
    assert reason.code == "students_have_answered"
    assert "1" in reason.says
    world.do(case, "recheck", SYSTEM)
    world.do(running, "cancel", registrar, words="改期")
    assert state(world, running) == "cancelled"
    assert "campaign_not_open" in world.refused(case, "confirm", student).codes


def test_a_cancelled_campaign_is_not_opened_again(world: World, running: Ref, registrar: Actor) -> None:
    """Its plan is used up; another date is another campaign of the plans."""
    world.do(running, "cancel", registrar, words="改期")
    with pytest.raises(Refused) as no:
        world.open_campaign()
    assert no.value.codes == ("wrong_state",)


# -- counting -------------------------------------------------------------------------------------------


def test_said_so_and_said_nothing_are_counted_apart(final_world: World) -> None:
    """Confirmed, deemed and filed each have their own number; the excluded are in none."""
    world = final_world
    records = [world.record() for _ in range(5)]
    campaign = world.open_campaign("final-2028")
    see_notices(world)
    world.do(world.case_of(records[0]), "confirm", world.student(records[0]))
    world.file(records[1], NAME)
    world.do(world.case_of(records[2]), "exclude", world.staff["registrar"], words="退学", code="left_school")
    world.at(on(2028, 5, 1, 0))
    world.do(world.case_of(records[3]), "deem", SYSTEM)
    with world.place.store.reading() as session:
        assert counts(session, campaign) == {
            "checked_ok": 1, "discrepancy_raised": 1, "deemed": 1, "not_checked": 1,
        }  # fmt: skip
        assert session.scalar(select(Case.manner).where(Case.record_id == records[0])) == "confirmed"


@holds("holds_the_role")
def test_only_the_registrar_runs_campaigns(world: World, draft: Ref) -> None:
    """Who merely says so is refused."""
    reviewer = world.staff["reviewer"]
    assert (
        bars(world, "holds_the_role", draft, "start", Actor(reviewer.person, "registrar")).code
        == "role_not_held"
    )
