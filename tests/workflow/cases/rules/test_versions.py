"""Which policy text judges a case: by the filing day, for the life of the case, whatever is loaded later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from config.policy import School
from states.campaign import OPEN
from states.case import CHECKED_OK
from tests.conftest import CHECK_DAY
from tests.editing import edited, load
from tests.laws import holds
from tests.workflow.conftest import APRIL, on
from tests.world import NAME, World
from workflow.cases.rules import SchoolRules, UnknownRules
from workflow.cases.tables import Campaign
from workflow.clock import SHANGHAI
from workflow.engine import SYSTEM, Ref
from workflow.history.rulebook import whole
from workflow.notices.outbox import mark_seen

pytestmark = pytest.mark.one_database

SECOND = timedelta(seconds=1)


def valid_from(school: School, day: str) -> School:
    """The school's rules with this start of validity."""
    return edited(school, ("policy.toml", "valid_from = 2024-09-01", f"valid_from = {day}"))


@pytest.fixture
def in_two_years(nchu: School) -> School:
    """Rules that let a decision be disputed for ten days only, from September 2026."""
    later = valid_from(nchu, "2026-09-01")
    return edited(later, ("policy.toml", "dispute_days = 30", "dispute_days = 10"))


# -- which text is in force -----------------------------------------------------------------------------


def test_one_text_judges_everything(nchu: School) -> None:
    """Also what was before its first day: there is no other."""
    rules = SchoolRules([(CHECK_DAY, nchu)])
    for moment in (datetime(1990, 1, 1, tzinfo=SHANGHAI), CHECK_DAY, datetime(2090, 1, 1, tzinfo=SHANGHAI)):
        assert rules.in_force(moment).digest == nchu.digest


def test_a_text_begins_with_the_first_second_of_its_day(nchu: School, in_two_years: School) -> None:
    """Loaded long before, it waits."""
    rules = SchoolRules([(CHECK_DAY, nchu), (CHECK_DAY + SECOND, in_two_years)])
    begins = datetime(2026, 9, 1, tzinfo=SHANGHAI)
    assert rules.in_force(begins - SECOND).digest == nchu.digest
    assert rules.in_force(begins).digest == in_two_years.digest


def test_no_text_judges_what_was_before_it_was_loaded(nchu: School) -> None:
    """A first day in the past does not change what was filed under another text."""
    backdated = valid_from(nchu, "2020-01-01")
    loaded = CHECK_DAY + timedelta(days=5)
    rules = SchoolRules([(CHECK_DAY, nchu), (loaded, backdated)])
    assert rules.in_force(loaded - SECOND).digest == nchu.digest
    assert rules.in_force(loaded).digest == backdated.digest


def test_a_text_replaced_before_its_first_day_never_is_in_force(nchu: School, in_two_years: School) -> None:
    """The registrar thought again in time."""
    instead = valid_from(nchu, "2025-09-01")
    rules = SchoolRules([(CHECK_DAY, nchu), (CHECK_DAY, in_two_years), (CHECK_DAY + SECOND, instead)])
    assert rules.in_force(datetime(2027, 1, 1, tzinfo=SHANGHAI)).digest == instead.digest


def test_a_text_may_be_loaded_again(nchu: School) -> None:
    """Going back to last year's rules is a loading like any other."""
    other = edited(nchu, ("policy.toml", "dispute_days = 30", "dispute_days = 10"))
    days = [CHECK_DAY + timedelta(days=n) for n in range(3)]
    rules = SchoolRules([(days[0], nchu), (days[1], other), (days[2], nchu)])
    assert [rules.in_force(day).digest for day in days] == [nchu.digest, other.digest, nchu.digest]
    assert [one.digest for one in rules.latest_first()] == [nchu.digest, other.digest]


def test_each_start_with_other_rules_is_a_loading(world: World, nchu: School) -> None:
    """Starting with the same rules is none; what was loaded is read back in its order."""
    other = edited(nchu, ("policy.toml", "dispute_days = 30", "dispute_days = 10"))
    for day, school in enumerate((nchu, other, other, nchu)):
        world.at(CHECK_DAY + timedelta(days=day))
        load(world, school)
    found = world.place.rules
    assert [found.in_force(CHECK_DAY + timedelta(days=day)).digest for day in range(5)] == [
        nchu.digest, other.digest, other.digest, nchu.digest, nchu.digest,
    ]  # fmt: skip


def test_a_text_that_another_process_loaded_is_found(world: World, nchu: School) -> None:
    """It is in the Rulebook; a name that is not there is an error, never another text."""
    other = edited(nchu, ("policy.toml", "dispute_days = 30", "dispute_days = 10"))
    ours = world.place.rules
    load(world, other)
    with world.place.store.reading() as session:
        assert ours.named(session, other.digest).periods.dispute_days == 10
        with pytest.raises(UnknownRules):
            ours.named(session, "0" * 64)


# -- what was filed under it ----------------------------------------------------------------------------


def test_a_filing_is_judged_by_its_own_text_to_the_end(world: World, nchu: School) -> None:
    """Decided after the rules changed: held, settled, closed and disputed as the old ones say."""
    record = world.record()
    filed = world.file(record, NAME)
    load(world, edited(nchu, ("policy.toml", "hold_minutes = 30", "hold_minutes = 5")))
    case, reviewer = Ref("case", filed.subject), world.staff["reviewer"]
    taken = world.do(case, "take_up", reviewer)
    assert (filed.policy, taken.policy) == (nchu.digest, nchu.digest)
    assert world.case(case).policy == nchu.digest
    assert world.case(case).held_until == CHECK_DAY + timedelta(minutes=30)
    again = world.file(world.record(), NAME)
    assert again.policy == world.place.school.digest != nchu.digest
    world.do(Ref("case", again.subject), "take_up", reviewer)
    assert world.case(again.subject).held_until == CHECK_DAY + timedelta(minutes=5)


def test_a_refusal_that_the_new_rules_do_not_know_still_stands(world: World, nchu: School) -> None:
    """The reviewer of an old filing chooses from the codes of its own text, and of no other."""
    old, new = world.record(), world.record()
    first = Ref("case", world.file(old, NAME).subject)
    load(world, edited(nchu, ("policy.toml", 'code = "record_is_right"', 'code = "record_was_right"')))
    second = Ref("case", world.file(new, NAME).subject)
    reviewer = world.staff["reviewer"]
    for case, known, unknown in (
        (first, "record_is_right", "record_was_right"),
        (second, "record_was_right", "record_is_right"),
    ):
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "refused", reviewer)
        said = world.refused(case, "reject", reviewer, words="原记录无误", refusal=unknown)
        assert [reason.code for reason in said.reasons] == ["refusal_code_missing"]
        world.do(case, "reject", reviewer, words="原记录无误", refusal=known)


def test_a_filing_again_after_a_withdrawal_is_judged_anew(world: World, nchu: School) -> None:
    """What was taken back binds nobody to the text it was filed under."""
    record = world.record()
    world.open_campaign()
    case = world.case_of(record)
    world.file(record, NAME)
    world.do(case, "withdraw", world.student(record))
    load(world, edited(nchu, ("policy.toml", "hold_minutes = 30", "hold_minutes = 5")))
    assert world.file(record, NAME).policy == world.place.school.digest != nchu.digest


def test_history_holds_over_a_change_of_rules(world: World, nchu: School) -> None:
    """Every text that an entry names stands in the Rulebook."""
    first = world.file(world.record(), NAME)
    load(world, edited(nchu, ("policy.toml", "dispute_days = 30", "dispute_days = 10")))
    second = world.file(world.record(), NAME)
    with world.place.store.reading() as session:
        assert {first.policy, second.policy} <= whole(session).policies


# -- campaigns ------------------------------------------------------------------------------------------


@holds("note_the_policy")
def test_a_campaign_goes_on_under_the_text_of_its_start(world: World, nchu: School) -> None:
    """The plan has gone from the folder: late arrivals still come into the cohort that was announced."""
    world.record()
    campaign = world.open_campaign()
    plan = 'id = "freshman-2024"'
    load(world, edited(nchu, ("campaigns.toml", plan, 'id = "freshman-2025"')))
    late = world.record()
    world.open_campaign()
    with world.place.store.reading() as session:
        row = session.get_one(Campaign, campaign)
        assert (row.state, row.policy) == (OPEN, nchu.digest)
    entry = world.do(world.case_of(late), "confirm", world.student(late))
    assert entry.policy == nchu.digest


def test_silence_means_what_was_announced(final_world: World, nchu: School) -> None:
    """Whoever was told that silence counts is deemed, though the school has since thought otherwise."""
    world, record = final_world, final_world.record()
    world.open_campaign("final-2028")
    with world.place.store.writing() as session:
        mark_seen(session, record, APRIL)
    case = world.case_of(record)
    load(world, edited(nchu, ("policy.toml", 'deems = ["final"]', 'deems = ["yearly"]')))
    world.at(on(2028, 5, 1))
    entry = world.do(case, "deem", SYSTEM)
    assert (entry.policy, world.case(case).state) == (nchu.digest, CHECKED_OK)
