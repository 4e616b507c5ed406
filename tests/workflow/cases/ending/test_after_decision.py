"""After the decision: disagreeing with it, confirming it, and going on with what had ended by mistake."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from config.policy import School
from tests.conftest import on
from tests.editing import edited, load
from tests.laws import holds
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.ending.enrolment import EnrolmentEffects, follow_standing
from workflow.cases.ending.lapse import let_lapse
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.scheduled import ScheduledCaseWork, run_scheduled
from workflow.engine import Actor, Ref
from workflow.history.replay import verify
from workflow.notices.outbox import due_for
from workflow.records.tables import Record

pytestmark = [pytest.mark.one_database]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NUMBER = ClaimFiled("XH", "school_data", "240199999")
REFUSAL = {"words": "材料不能证明", "refusal": "evidence_does_not_prove"}


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def student(world: World, record: str) -> Actor:
    """The freshman."""
    return world.student(record)


def decided(world: World, record: str, *outcomes: tuple[ClaimFiled, str]) -> Ref:
    """File claims, settle each and close the case. The student is notified afterwards."""
    reviewer = world.staff["reviewer"]
    case = Ref("case", world.file(record, *(claim for claim, _ in outcomes)).subject)
    world.do(case, "take_up", reviewer)
    for filed, outcome in outcomes:
        claim = next(one.id for one in world.case(case).claims if one.field == filed.field)
        world.settle(case, claim, outcome, reviewer)
    if any(outcome == "corrected" for _, outcome in outcomes):
        world.do(case, "correct", reviewer, words="已更正")
    else:
        world.do(case, "reject", reviewer, **REFUSAL)
    world.at(world.clock.moment + 11 * MINUTE)
    return case


def change_status(world: World, record: str, status: str) -> EnrolmentEffects:
    """Change the enrolment status as an import does, and apply it to the cases."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt=status))
        return follow_standing(world.place.engine, session, record, ["XJZT"])


def outcomes_of(world: World, case: Ref) -> dict[str, str]:
    """The outcome of each claim."""
    return {claim.field: claim.outcome for claim in world.case(case).claims}


def told(world: World, record: str) -> list[str]:
    """The notices the student may read now, newest first."""
    with world.place.store.reading() as session:
        return [notice.event for notice in due_for(session, record, world.clock.moment)]


def replays(world: World) -> bool:
    """True when every history replays to the state of its row."""
    tables = {name: kept.table for name, kept in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        return not verify(session, tables, world.place.cipher).faults


# -- disagreeing ----------------------------------------------------------------------------------------


@holds("something_denied", "not_disagreed_yet", "keep_disagreement")
def test_a_statement_of_disagreement_stays_with_the_case(world: World, record: str, student: Actor) -> None:
    """Said once, in the student's own words, after the decision was announced; it changes no state."""
    case = decided(world, record, (NAME, "refused"))
    assert "words_missing" in world.refused(case, "disagree", student).codes
    world.do(case, "disagree", student, words="户口簿上就是这个名字")
    assert world.case(case).state == "rejected"
    assert world.row(case).disagreed_at == world.clock.moment
    assert world.refused(case, "disagree", student, words="再说一次").codes == ("disagreed_already",)
    assert world.words(case)[-1][1] == "户口簿上就是这个名字"


def test_a_refusal_beside_a_correction_can_be_disagreed_with(
    world: World, record: str, student: Actor
) -> None:
    """The case ended corrected; what was refused in it is still a refusal."""
    case = decided(world, record, (NAME, "corrected"), (NUMBER, "refused"))
    assert world.may(case, "disagree", student, words="学号确实有误").allowed


def test_who_got_everything_has_nothing_to_disagree_with(world: World, record: str, student: Actor) -> None:
    """There the word is "still wrong"."""
    case = decided(world, record, (NAME, "corrected"))
    assert world.refused(case, "disagree", student, words="不同意").codes == ("nothing_denied",)


def test_nobody_disagrees_with_what_was_not_said_yet(world: World, record: str, student: Actor) -> None:
    """A decision that can still be undone is none."""
    case = decided(world, record, (NAME, "refused"))
    world.at(world.clock.moment - 5 * MINUTE)
    assert world.refused(case, "disagree", student, words="不同意").codes == ("not_announced",)


def test_a_new_decision_can_be_disagreed_with_anew(world: World, record: str, student: Actor) -> None:
    """Reopened and refused once more: the first statement stays in the history, the second may be made."""
    case, second = decided(world, record, (NAME, "refused")), world.staff["second_reviewer"]
    world.do(case, "disagree", student, words="第一次的意见")
    world.do(case, "reopen", second, words="再核对一次")
    assert world.row(case).disagreed_at is None
    world.settle_all(case, "refused", second)
    world.do(case, "reject", second, **REFUSAL)
    world.at(world.clock.moment + 11 * MINUTE)
    world.do(case, "disagree", student, words="第二次的意见")
    assert {"第一次的意见", "第二次的意见"} <= {words for _, words in world.words(case)}


# -- confirming that it is right ------------------------------------------------------------------------


CONFIRM_NAMES = """[[rule]]
id = "name.reconfirm"
actions = ["raise"]
when = { field = ["XM"] }
then = { reconfirm = 10 }
says = "更正以后，请登录学信网查看并确认。"
says_en = "Once it is corrected, please look at the platform and confirm it."
source = "tests"

[[unsupported]]"""
THE_CLASS = """
[[campaign]]
id = "class-2028"
kind = "final"
title = "2028届毕业前最后一次自查"
title_en = "Last check of the class of 2028"
opens = 2028-04-01
closes = 2028-04-30T23:59:59
bulletins = []
fields = ["XM", "XB", "SFZH", "CSRQ", "XH", "PHOTO"]
source = "tests"

[campaign.cohort]
entry_years = [2024]
levels = ["本科"]
graduates_since = 2028-01-01
graduates_until = 2028-12-31
statuses = ["注册学籍", "休学", "保留学籍", "暂缓注册"]

[[campaign]]"""


@pytest.fixture
def asking(world: World, nchu: School) -> World:
    """A school whose rules ask for a confirmation of corrected names within ten days."""
    load(world, edited(nchu, ("policy.toml", "[[unsupported]]", CONFIRM_NAMES)))
    return world


@holds("await_reconfirmation", "mark_reconfirmed", "reconfirmation_is_open")
def test_a_correction_is_confirmed_where_the_rules_ask_for_it(asking: World) -> None:
    """Within the days of the rule, once; who says nothing is asked again, and who is late may still say it."""
    record = asking.record()
    asking.open_campaign()
    case, student = decided(asking, record, (NAME, "corrected")), asking.student(record)
    assert asking.row(case).reconfirm_until == date(2024, 11, 4)
    asking.at(on(2024, 11, 20))
    asking.do(case, "reconfirm", student)
    assert asking.row(case).reconfirmed_at == asking.clock.moment
    assert asking.refused(case, "reconfirm", student).codes == ("reconfirmed_already",)


def test_what_no_rule_asks_for_is_not_confirmed(world: World, record: str, student: Actor) -> None:
    """The school's own rules ask for none, so there is no such button."""
    case = decided(world, record, (NAME, "corrected"))
    assert world.row(case).reconfirm_until is None
    assert world.refused(case, "reconfirm", student).codes == ("no_reconfirmation_asked",)


def test_a_claim_no_rule_names_is_not_asked_about(asking: World) -> None:
    """The rule is about names; a student number that was corrected waits for nobody."""
    record = asking.record()
    asking.open_campaign()
    case = decided(asking, record, (NUMBER, "corrected"))
    assert asking.row(case).reconfirm_until is None


@holds("chasing_is_due")
def test_who_did_not_confirm_is_asked_again_twice(asking: World) -> None:
    """Three days before the last day and once after it, however often the command runs."""
    record = asking.record()
    asking.open_campaign()
    decided(asking, record, (NAME, "corrected"))
    days = []
    for day in range(20):
        asking.at(on(2024, 10, 26) + day * DAY)
        for _ in range(2):
            if run_scheduled(asking.place.engine, asking.place.store) == ScheduledCaseWork(0, 0, 1):
                days.append(asking.clock.moment.date())
    assert days == [date(2024, 11, 1), date(2024, 11, 5)]
    assert told(asking, record).count("reconfirm_due") == 2


def test_still_wrong_takes_the_place_of_a_confirmation(asking: World) -> None:
    """A fix that the student finds still wrong goes back, and nobody waits for a confirmation."""
    record = asking.record()
    asking.open_campaign()
    case = decided(asking, record, (NAME, "corrected"))
    asking.do(case, "dispute", asking.student(record), words="平台上还是旧的")
    assert (asking.case(case).state, asking.row(case).reconfirm_until) == ("under_review", None)


# -- leaving and coming back ----------------------------------------------------------------------------


@holds("lapsed_by_mistake", "resume_claims")
@pytest.mark.parametrize("taken", [False, True])
def test_what_ended_by_a_wrong_status_goes_on(world: World, record: str, taken: bool) -> None:
    """A file said that the student had left, the next one took it back: the filing date stands."""
    case = Ref("case", world.file(record, NAME).subject)
    filed_at = world.case(case).filed_at
    if taken:
        world.do(case, "take_up", world.staff["reviewer"])
    assert change_status(world, record, "退学") == EnrolmentEffects(lapsed=1)
    assert (world.row(case).state, world.row(case).ruling) == ("rejected", "lapsed:left_school")
    world.at(world.clock.moment + DAY)
    assert change_status(world, record, "注册学籍") == EnrolmentEffects(resumed=1)
    row = world.row(case)
    assert (row.state, row.ruling, row.decided_at, row.filed_at) == ("under_review", "", None, filed_at)
    assert outcomes_of(world, case) == {"XM": ""}
    assert "resumed" in told(world, record)
    assert replays(world)


def test_what_was_corrected_before_stays_corrected(world: World, record: str) -> None:
    """One claim was corrected, the rest lapsed with the student's leaving; coming back, only the rest goes on."""
    case, reviewer = Ref("case", world.file(record, NAME, NUMBER).subject), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    name = next(claim.id for claim in world.case(case).claims if claim.field == "XM")
    world.settle(case, name, "corrected", reviewer)
    assert change_status(world, record, "转学").lapsed == 1
    assert (world.case(case).state, outcomes_of(world, case)) == (
        "corrected",
        {"XM": "corrected", "XH": "lapsed"},
    )
    assert change_status(world, record, "注册学籍") == EnrolmentEffects(resumed=1)
    assert (world.case(case).state, outcomes_of(world, case)) == (
        "under_review",
        {"XM": "corrected", "XH": ""},
    )
    number = next(claim.id for claim in world.case(case).claims if claim.field == "XH")
    world.settle(case, number, "refused", reviewer)
    world.do(case, "correct", reviewer, words="已更正")
    assert replays(world)


@holds("lapsed_fields_are_free")
def test_what_was_raised_anew_meanwhile_goes_its_own_way(world: World, record: str) -> None:
    """The old case stays ended, so that one field is never in two cases."""
    case = Ref("case", world.file(record, NAME).subject)
    change_status(world, record, "退学")
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="注册学籍"))
    world.file(record, NAME)
    assert change_status(world, record, "休学").resumed == 0
    assert world.case(case).state == "rejected"


@pytest.mark.parametrize("ruling", ["refused", "papers"])
def test_only_what_ended_by_leaving_is_resumed(world: World, record: str, ruling: str) -> None:
    """A refusal, or papers that never came, are ended by no status and begun by none."""
    if ruling == "refused":
        case = decided(world, record, (NAME, "refused"))
    else:
        case = Ref("case", world.file(record, NAME).subject)
        world.do(case, "take_up", world.staff["reviewer"])
        asked = (QuestionAsked("paper", "id_card"),)
        world.do(case, "ask", world.staff["reviewer"], questions=asked)
        for day in (10, 11, 12):
            world.at(on(2024, 11, day))
            run_scheduled(world.place.engine, world.place.store)
    assert world.case(case).state == "rejected"
    change_status(world, record, "休学")
    assert change_status(world, record, "注册学籍").resumed == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("退学", "left_school"),
        ("开除学籍", "left_school"),
        ("转学(转出)", "transferred"),
        ("死亡", "left_school"),
    ],
)
@pytest.mark.parametrize("state", ["not_checked", "checked_ok"])
def test_who_left_is_not_counted_any_more(
    world: World, record: str, student: Actor, status: str, code: str, state: str
) -> None:
    """In a campaign that runs the case is excluded with its reason, and counted again if it was a mistake."""
    case = world.case_of(record)
    if state == "checked_ok":
        world.do(case, "confirm", student)
    assert change_status(world, record, status) == EnrolmentEffects(excluded=1)
    assert (world.case(case).state, world.case(case).excluded) == (state, code)
    assert change_status(world, record, status) == EnrolmentEffects()
    assert change_status(world, record, "注册学籍") == EnrolmentEffects(included=1)
    assert (world.case(case).state, world.case(case).excluded) == (state, "")


def test_what_a_registrar_took_out_no_import_puts_back(world: World, record: str) -> None:
    """The system takes back only what it did itself."""
    case = world.case_of(record)
    world.do(case, "exclude", world.staff["registrar"], code="left_school", words="已办退学手续")
    change_status(world, record, "退学")
    assert change_status(world, record, "注册学籍") == EnrolmentEffects()
    assert world.case(case).excluded == "left_school"


@pytest.mark.parametrize("status", ["休学", "保留学籍", "暂缓注册"])
def test_leave_of_absence_changes_nothing_where_the_campaign_counts_it(
    world: World, record: str, status: str
) -> None:
    """The first school's campaign takes them in: neither the case nor a filing is touched."""
    other = world.record()
    world.open_campaign()
    case = Ref("case", world.file(other, NAME).subject)
    assert change_status(world, record, status) == EnrolmentEffects()
    assert change_status(world, other, status) == EnrolmentEffects()
    assert world.case(case).state == "discrepancy_raised"


def test_a_delayed_graduation_takes_a_student_out_of_this_years_class(world: World, nchu: School) -> None:
    """They are of the next class now; what was raised goes on, and next April the door is open again."""
    load(world, edited(nchu, ("campaigns.toml", "[[campaign]]", THE_CLASS)))
    world.at(on(2028, 4, 10))
    stays, goes, filed = (world.record() for _ in range(3))
    world.open_campaign("class-2028")
    case = Ref("case", world.file(filed, NAME).subject)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id.in_([goes, filed])).values(yjbyrq=date(2029, 7, 1)))
        after = [
            follow_standing(world.place.engine, session, record, ["YJBYRQ"])
            for record in (stays, goes, filed)
        ]
    assert after == [EnrolmentEffects(), EnrolmentEffects(excluded=1), EnrolmentEffects()]
    assert world.case(world.case_of(goes)).excluded == "not_in_cohort"
    assert world.case(case).state == "discrepancy_raised"
    world.at(on(2029, 4, 30))
    assert world.file(goes, NAME).target == "discrepancy_raised"


def test_what_is_of_no_consequence_is_not_looked_at(world: World, record: str) -> None:
    """A new class or name is no change of standing."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="退学"))
        assert follow_standing(world.place.engine, session, record, ["BH", "XM"]) == EnrolmentEffects()


def test_a_registered_degree_ends_what_is_open_and_touches_nothing_else(world: World) -> None:
    """Raised and under review end as 终止 with that cause; a decided case stays as it was decided."""
    records = [world.record() for _ in range(3)]
    world.open_campaign()
    raised = Ref("case", world.file(records[0], NAME).subject)
    done = decided(world, records[1], (NAME, "corrected"))
    silent = world.case_of(records[2])
    with world.place.store.writing() as session:
        session.execute(update(Record).values(degree_registered_on=date(2024, 10, 24)))
        ended = [let_lapse(world.place.engine, session, record) for record in records]
    assert ended == [1, 0, 0]
    assert world.row(raised).ruling == "lapsed:degree_registered"
    assert (world.case(done).state, world.case(silent).state) == ("corrected", "not_checked")
