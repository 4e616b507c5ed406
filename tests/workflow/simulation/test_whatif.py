"""Policy answers for cohorts, explanations for one record, and comparisons: the same as the engine's."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.calendar import last_moment
from config.policy import CampaignPlan, ClaimAsked, Cohort, School, load_school
from config.settings import ROOT
from states import NOWHERE, ROLES
from states.case import CASE
from states.matrix import matrix, roles_of
from tests.conftest import on
from tests.editing import edited, load
from tests.workflow.cases.rules.driving import driven, rule
from tests.world import NAME, World
from web.rules.words import counts
from workflow.cases import rules
from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case, whole_record
from workflow.cases.rules import Rules
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.engine import RULE_WORDS
from workflow.people.cipher import Cipher
from workflow.permissions.granting import grant
from workflow.records.tables import Record
from workflow.records.values import find_record
from workflow.simulation.compare import KINDS, Effect, changed_texts, compare_policies
from workflow.simulation.explain import alike_needs, explain
from workflow.simulation.groups import Sample
from workflow.simulation.whatif import AnswerSummary, Assumed, Simulation, listed, said_of, simulate, tried
from workflow.store import Store

pytestmark = pytest.mark.one_database

SCHOOLS = sorted(folder.name for folder in (ROOT / "config" / "schools").iterdir())
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
NOW = on(2024, 10, 25)
GATHERED = on(2028, 5, 1, 0)


def many(world: World, count: int, seed: int = 7) -> list[str]:
    """Records of every kind that rules can distinguish, some with open requests."""
    chance = random.Random(seed)
    found = [
        world.record(
            cc=chance.choice(("本科", "本科", "专升本")),
            rxrq=date(chance.choice((2023, 2024)), 9, chance.choice((1, 15))),
            yjbyrq=chance.choice((date(2028, 7, 1), date(2028, 1, 10), date(2026, 7, 1), None)),
            xjzt=chance.choice(("注册学籍", "注册学籍", "休学", "退学", "保留入学资格", "奇怪")),
            registered_on=chance.choice((None, date(2023, 10, 15))),
            ksh=f"24{chance.choice(('36', '13', '22'))}{n:010d}",
            fy=chance.choice(("甲学院", "乙学院")),
        )
        for n in range(count)
    ]
    return found


def asked_alone(
    world: World, school: School, record: str, at: datetime, claim: ClaimAsked | None
) -> AnswerSummary:
    """The answer to the engine's own question about one record."""
    with world.place.store.reading() as session:
        case = session.scalar(select(Case.id).where(Case.record_id == record))
        facts = look_at_case(session, case) if case else None
        put = rules.question(session, Rules(school), replace(facts or nobody(session, record), id=""), at)
        return said_of(school, replace(put, claims=(claim,) if claim else ()))[0]


def nobody(session: Session, record: str) -> CaseFacts:
    """A record without any case."""
    return CaseFacts(
        id="", state=NOWHERE, version=0, record=whole_record(session, record).facts, campaign=None
    )


def changed(school: School, old: str, new: str) -> School:
    """The school with other text in its policy."""
    text = school.texts["policy.toml"]
    assert old in text
    return tried(school, {"policy.toml": text.replace(old, new)})


def simulated(
    session: Session,
    school: School,
    scope: Sample,
    since: datetime,
    until: datetime,
    *more: Any,
    **given: Any,
) -> Simulation:
    """The answers of one text to a scope for the whole time."""
    return simulate(session, [(since, school)], scope, since, until, *more, **given)


# -- what if --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", [None, ClaimAsked("XM", "admission_error")])
def test_a_cohort_is_told_what_each_of_it_would_be_told_alone(
    world: World, nchu: School, claim: ClaimAsked | None
) -> None:
    """Asking each kind of record once gives every record the answer of the door's own question."""
    found = many(world, 40)
    world.open_campaign()
    takes = [record for record in found if asked_alone(world, nchu, record, NOW, None).outcome == "accept"]
    assert len(takes) > 5
    world.file(takes[0], NAME)
    alone = {record: asked_alone(world, nchu, record, NOW, claim) for record in found}

    with world.place.store.reading() as session:
        said = simulated(session, nchu, Sample(), NOW, NOW, claim)

    assert said.stretches[0].counts == Counter(alone.values())
    for answer in said.answers:
        mine = {record for record, given in alone.items() if given == answer}
        assert set(said.members(NOW, answer)) == mine
    assert said.records == 40
    assert len(said.kinds) < 40


@ON_SQLITE
@pytest.mark.parametrize("name", SCHOOLS)
def test_no_schools_rules_can_tell_apart_what_counts_as_alike(world: World, name: str) -> None:
    """Whatever the rules of a school look at, records that are taken together have the same answers."""
    school = load_school(ROOT / "config" / "schools" / name)
    words = school.fields[0]
    found = many(world, 30)
    for claim in (None, ClaimAsked(words.code, words.causes[0], date(2024, 9, 20), "张三", "张杉")):
        alone = Counter(asked_alone(world, school, record, NOW, claim) for record in found)
        with world.place.store.reading() as session:
            assert simulated(session, school, Sample(), NOW, NOW, claim).stretches[0].counts == alone


def test_every_day_of_a_stretch_has_the_counts_of_that_day(world: World, nchu: School) -> None:
    """The stretches cover the days without a gap, and asking on any of them alone gives the same counts."""
    many(world, 25)
    since, until = on(2024, 9, 1, 0), on(2028, 12, 31, 23, 59, 59)
    with world.place.store.reading() as session:
        whole = simulated(session, nchu, Sample(), since, until)
        assert (whole.stretches[0].since, whole.stretches[-1].until) == (since, until)
        for before, after in zip(whole.stretches, whole.stretches[1:], strict=False):
            assert after.since - before.until == timedelta(seconds=1)
        for stretch in whole.stretches:
            for moment in (stretch.since, stretch.since + (stretch.until - stretch.since) / 2, stretch.until):
                assert (
                    simulated(session, nchu, Sample(), moment, moment).stretches[0].counts == stretch.counts
                )
    assert len(whole.stretches) > 3


def test_what_the_registrar_granted_lapses_within_the_period(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """A freeze and a longer time to file end on their own second; from the next one the rules say so."""
    frozen = rule("frozen", 'refuse = "WORD"', "frozen = true")
    extended = rule("extended", 'defer = "WORD"', "extended = false")
    world = driven(store, cipher, clock, entropy, tmp_path, frozen, extended)
    record, school = world.record(), world.place.school
    for kind, days in (("freeze", 10), ("extend", 20)):
        said = {"kind": kind, "campaign": "", "until": NOW + timedelta(days=days), "words": "本人申请"}
        with world.place.store.writing() as session:
            grant(world.place.engine, session, world.staff["registrar"], record=record, **said)
    with world.place.store.reading() as session:
        simulated = simulate(session, [(NOW, school)], Sample(record=record), NOW, NOW + timedelta(days=30))
        told = explain(session, world.place.rules, record, NOW)
    second = timedelta(seconds=1)
    assert [(one.since, next(iter(one.counts)).outcome) for one in simulated.stretches] == [
        (NOW, "not_accepted"),
        (NOW + timedelta(days=10) + second, "accept"),
        (NOW + timedelta(days=20) + second, "defer"),
    ]
    assert [(one.at, one.said.outcome) for one in told.turns] == [
        (one.since, next(iter(one.counts)).outcome) for one in simulated.stretches[1:]
    ]


def test_a_scope_is_narrowed_by_everything_that_is_given(world: World, nchu: School) -> None:
    """College, class, years, cohort and one student: whoever does not fit all of them is not asked about."""
    first = world.record(fy="甲学院", bh="1", rxrq=date(2024, 9, 15), yjbyrq=date(2028, 7, 1))
    world.record(fy="甲学院", bh="2", rxrq=date(2024, 9, 15), yjbyrq=date(2026, 7, 1))
    world.record(fy="乙学院", bh="1", rxrq=date(2023, 9, 15), yjbyrq=date(2027, 7, 1))
    expected = {
        Sample(): 3,
        Sample(college="甲学院"): 2,
        Sample(college="甲学院", group="1"): 1,
        Sample(entry_year=2024): 2,
        Sample(graduation_year=2027): 1,
        Sample(plan="freshman-2024"): 2,
        Sample(record=first): 1,
        Sample(record=first, college="乙学院"): 0,
    }
    with world.place.store.reading() as session:
        assert {scope: simulated(session, nchu, scope, NOW, NOW).records for scope in expected} == expected


def test_another_last_day_moves_the_end_and_nothing_is_kept(world: World, nchu: School) -> None:
    """A changed number is asked about and forgotten."""
    world.record(yjbyrq=date(2028, 7, 1))
    with world.place.store.reading() as session:
        until = on(2028, 12, 31)
        moved = simulated(session, nchu, Sample(), NOW, until, assumed=Assumed(final_day=(3, 31)))
        later = simulated(session, nchu, Sample(), NOW, until, assumed=Assumed(extended_until=on(2028, 6, 9)))
        plain = simulated(session, nchu, Sample(), NOW, until)
    assert moved.stretches[0].until == on(2028, 3, 31, 23, 59, 59)
    assert later.stretches[0].until == on(2028, 6, 9)
    assert plain.stretches[0].until == on(2028, 4, 30, 23, 59, 59)


def planned(school: School) -> School:
    """The school with a final campaign for the class of 2028 among its plans."""
    plan = CampaignPlan(
        "final-2028", "final", "毕业前自查", "final check", on(2028, 3, 1, 0), on(2028, 3, 20, 23, 59, 59), (),
        ("XM",), Cohort((), (), ("注册学籍",), date(2028, 1, 1), date(2028, 12, 31)), "测试",
    )  # fmt: skip
    return replace(school, campaigns=(*school.campaigns, plan))


def test_the_ends_of_a_templates_campaign_are_tried(world: World, nchu: School) -> None:
    """The final check of 2028 that nobody has opened or announced, were it to last until 10 May: for its class."""
    world.record(yjbyrq=date(2028, 7, 1))
    dates = {"final-2028": (on(2028, 4, 1, 0), on(2028, 5, 10, 23, 59, 59))}
    with world.place.store.reading() as session:
        ends = [
            simulated(
                session, nchu, Sample(graduation_year=2028), NOW, on(2029, 1, 1), assumed=Assumed(dates=given)
            ).stretches[0].until
            for given in ({}, dates, {"final-2027": dates["final-2028"]})
        ]  # fmt: skip
    assert ends == [on(2028, 4, 30, 23, 59, 59), on(2028, 5, 10, 23, 59, 59), on(2028, 4, 30, 23, 59, 59)]


def test_next_years_dates_are_tried_before_they_are_published(world: World, nchu: School) -> None:
    """A final campaign that is only planned counts for its cohort, with its own ends or with others."""
    world.record(yjbyrq=date(2028, 7, 1))
    world.record(yjbyrq=date(2026, 7, 1))
    dates = {"final-2028": (on(2028, 3, 1, 0), on(2028, 5, 10, 23, 59, 59))}
    with world.place.store.reading() as session:
        ends = [
            simulated(
                session,
                school,
                Sample(graduation_year=2028),
                NOW,
                on(2029, 1, 1),
                assumed=Assumed(dates=given),
            )
            .stretches[0]
            .until
            for school, given in ((nchu, {}), (planned(nchu), {}), (planned(nchu), dates))
        ]
        other = simulated(session, planned(nchu), Sample(graduation_year=2026), NOW, on(2029, 1, 1))
    assert ends == [
        on(2028, 4, 30, 23, 59, 59),
        on(2028, 3, 20, 23, 59, 59),
        on(2028, 5, 10, 23, 59, 59),
    ]
    assert other.stretches[0].until == on(2026, 4, 30, 23, 59, 59)


def test_a_record_without_the_facts_is_counted_and_not_guessed(world: World, nchu: School) -> None:
    """Without an expected graduation date no rule speaks, and the count says so."""
    world.record(yjbyrq=None)
    with world.place.store.reading() as session:
        said = simulated(session, nchu, Sample(), NOW, on(2030, 1, 1))
    assert said.answers == (AnswerSummary("record_incomplete"),)


def test_a_list_has_everybody_behind_the_count_by_college_and_number(world: World, nchu: School) -> None:
    """Names and numbers, in the order of colleges, however many there are."""
    for n in range(3):
        world.record(fy="乙学院" if n == 0 else "甲学院", xm=f"测试{n}")
    with world.place.store.reading() as session:
        said = simulated(session, nchu, Sample(), NOW, NOW)
        people = listed(session, said.members(NOW, AnswerSummary("accept")))
    assert [(one.college, one.name) for one in people] == [
        ("乙学院", "测试0"), ("甲学院", "测试1"), ("甲学院", "测试2"),
    ]  # fmt: skip
    assert [one.n for one in counts(said)] == [3]


def april_to_march(school: School) -> School:
    """The school's rules from September 2027: the final check ends in March."""
    return edited(
        school,
        ("policy.toml", "valid_from = 2024-09-01", "valid_from = 2027-09-01"),
        ("policy.toml", 'last_day = "04-30"', 'last_day = "03-31"'),
    )


def test_each_text_is_asked_in_its_own_time(world: World, nchu: School) -> None:
    """Rules that lie in the folder already and begin later judge what is later, and nothing before."""
    world.record(yjbyrq=date(2028, 7, 1))
    world.record(yjbyrq=date(2026, 7, 1))
    load(world, april_to_march(nchu))
    since, until = on(2024, 10, 25), on(2029, 1, 1)
    texts = [(at, one.school) for at, one in world.place.rules.from_to(since, until)]
    assert [at for at, _ in texts] == [since, on(2027, 9, 1, 0)]
    with world.place.store.reading() as session:
        said = simulate(session, texts, Sample(), since, until)
    may = [(one.until, one.counts.get(AnswerSummary("accept"), 0)) for one in said.stretches]
    assert may == [
        (on(2026, 4, 30, 23, 59, 59), 2),
        (on(2027, 8, 31, 23, 59, 59), 1),
        (on(2028, 3, 31, 23, 59, 59), 1),
        (until, 0),
    ]
    assert said.policies == (nchu.version, april_to_march(nchu).version)


# -- explained ------------------------------------------------------------------------------------------


def explained(world: World, record: str, at: datetime = NOW) -> Any:
    """The explanation of one record."""
    with world.place.store.reading() as session:
        return explain(session, world.place.rules, record, at)


def test_the_last_day_is_derived_fact_by_fact(world: World) -> None:
    """Expected graduation, class year and the school's day, each with its source."""
    it = explained(world, world.record(yjbyrq=date(2028, 7, 1)))
    assert it.answer.may
    assert last_moment(it.answer.due) == it.derivation.check.closes == on(2028, 4, 30, 23, 59, 59)
    assert (it.derivation.check.class_year, it.derivation.check.basis) == (2028, "rule")
    assert not it.derivation.year_before
    assert "4月" in it.derivation.rule
    graduation = next(fact for fact in it.facts if fact.name == "expected_graduation")
    assert (graduation.value, graduation.kind, graduation.source) == (date(2028, 7, 1), "import", "test.csv")


def test_who_graduates_in_winter_belongs_to_the_check_of_the_year_before(world: World) -> None:
    """January is not later than April: the class is that of the year before."""
    it = explained(world, world.record(yjbyrq=date(2028, 1, 10)))
    assert it.derivation.year_before
    assert it.derivation.check.closes == on(2027, 4, 30, 23, 59, 59)


def test_it_says_when_the_answer_changes_next_and_what_then(world: World, nchu: School) -> None:
    """Before registration: not yet, from then on: yes, after the final check: no more."""
    it = explained(world, world.record(), on(2024, 10, 1))
    assert [(turn.at, turn.said) for turn in it.turns] == [
        (on(2024, 10, 15, 0), AnswerSummary("accept")),
        (GATHERED, AnswerSummary("not_accepted", ("AFTER_FINAL_CHECK",))),
    ]
    assert it.answer.codes == ("NOT_REGISTERED",)
    assert it.needs_at == on(2024, 10, 15, 0)


def test_a_text_that_begins_later_is_part_of_what_comes(world: World, nchu: School) -> None:
    """The next change is that of the text that will be in force then."""
    record = world.record(yjbyrq=date(2028, 7, 1))
    load(world, april_to_march(nchu))
    assert [turn.at for turn in explained(world, record).turns] == [on(2028, 4, 1, 0)]


def test_each_field_and_cause_says_papers_steps_and_rules(world: World, nchu: School) -> None:
    """Every claimable field with each of its causes has papers, steps and the rules that say so."""
    it = explained(world, world.record())
    assert {(need.field, need.cause) for need in it.needs} == {
        (words.code, cause) for words in nchu.fields for cause in words.causes
    }
    change = next(need for need in it.needs if (need.field, need.cause) == ("XM", "legal_change"))
    assert change.papers == (("household_book", "police_paper"),)
    assert [step.kind for step in change.steps] == ["check", "platform"]
    assert [rule.id for rule in change.spoke] == ["papers.legal-change", "steps.check", "steps.platform"]
    assert all(rule.source for rule in change.spoke)
    grouped = alike_needs(it.needs)
    assert sorted(need.cause for need in grouped[0]) == ["admission_error", "rendering", "school_data"]


def test_who_can_never_file_again_needs_nothing(world: World) -> None:
    """After leaving, no paper would help, and none is named."""
    it = explained(world, world.record(xjzt="退学"))
    assert (it.answer.outcome, it.needs_at, it.needs) == ("not_accepted", None, ())


def test_a_missing_fact_is_named_and_nothing_is_derived(world: World) -> None:
    """Without an expected graduation date there is no answer, only what is lacking."""
    it = explained(world, world.record(yjbyrq=None))
    assert it.answer is None
    assert any("expected_graduation" in fault for fault in it.lacking)
    assert it.derivation is None


def test_an_open_request_stands_among_the_facts(world: World) -> None:
    """What is under way counts together with what is asked, so it is shown."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    assert [request.fields for request in explained(world, record).pending] == [("XM",)]


def test_a_number_finds_its_record_and_a_student_number_goes_first(world: World) -> None:
    """A candidate number finds too; nothing finds nothing."""
    first, second = world.record(xh="1001"), world.record(ksh="1001", xh="1002")
    with world.place.store.reading() as session:
        ksh = session.scalar(select(Record.ksh).where(Record.id == first))
        assert [find_record(session, said) for said in ("1001", "1002 ", ksh or "", "", "0")] == [
            first, second, first, None, None,
        ]  # fmt: skip


# -- compared -------------------------------------------------------------------------------------------


def effects(world: World, old: School, new: School, at: datetime = NOW) -> Mapping[Effect, int]:
    """Every change for students, with the number concerned."""
    with world.place.store.reading() as session:
        found = compare_policies(session, old, new, at)
        return {effect: found.count(effect) for effect in found.effects}


def test_the_same_rules_change_nothing(world: World, nchu: School) -> None:
    """Comments and layout are no rule."""
    many(world, 20)
    commented = tried(nchu, {"policy.toml": "# a comment\n\n" + nchu.texts["policy.toml"]})
    assert list(changed_texts(nchu.texts, commented.texts)) == []
    assert effects(world, nchu, commented) == {}


def test_an_earlier_last_day_is_told_of_each_class(world: World, nchu: School) -> None:
    """The texts name the number, the students are counted by what becomes of their last day."""
    world.record(yjbyrq=date(2028, 7, 1))
    world.record(yjbyrq=date(2028, 6, 1))
    world.record(yjbyrq=date(2026, 7, 1))
    new = changed(nchu, 'last_day = "04-30"', 'last_day = "03-31"')
    (text,) = changed_texts(nchu.texts, new.texts)
    assert (text.table, text.key, text.old, text.new) == ("final_check", "last_day", "04-30", "03-31")
    assert {(one.kind, one.old[:10], one.new[:10]): n for one, n in effects(world, nchu, new).items()} == {
        ("earlier", "2026-04-30", "2026-03-31"): 1,
        ("earlier", "2028-04-30", "2028-03-31"): 2,
    }
    assert {one.kind for one in effects(world, new, nchu)} == {"later"}


def test_who_could_file_and_cannot_any_more_is_counted_and_listed(world: World, nchu: School) -> None:
    """A status that no longer counts bars those who have it, and them alone."""
    barred, other = world.record(xjzt="休学"), world.record()
    text = nchu.texts["policy.toml"].replace('"休学", "保留学籍", "暂缓注册"]', '"保留学籍", "暂缓注册"]')
    text = text.replace('retained = ["保留入学资格"]', 'retained = ["保留入学资格", "休学"]')
    new = tried(nchu, {"policy.toml": text})
    with world.place.store.reading() as session:
        found = compare_policies(session, nchu, new, NOW)
        (effect,) = [one for one in found.effects if one.kind == "may_not"]
        assert (found.members(effect), found.unchanged, found.records) == ([barred], 1, 2)
    assert other not in found.members(effect)
    assert {one.kind for one in effects(world, new, nchu)} == {"may"}


STEP = """
[[rule]]
id = "steps.notice"
actions = ["raise"]
when = { field = ["XM"] }
then = { add_step = "public_notice", office = "registrar" }
says = "公示。"
says_en = "A public notice."
source = "测试"
"""
PAPER = """
[[rule]]
id = "papers.photo"
actions = ["raise"]
when = { field = ["PHOTO"] }
then = { require = "id_card", code = "MISSING_EVIDENCE" }
says = "还需要：{paper}。"
says_en = "One more paper: {paper_en}."
remedy = "请上传。"
remedy_en = "Upload it."
source = "测试"
"""


def test_steps_and_papers_that_come_or_go_are_told_by_field_and_cause(world: World, nchu: School) -> None:
    """What a claim takes is compared for everybody who may file, now or once they may."""
    world.record()
    world.record(rxrq=date(2024, 9, 1))
    world.record(xjzt="退学")
    new = tried(nchu, {"policy.toml": nchu.texts["policy.toml"] + STEP + PAPER})
    there = effects(world, nchu, new, on(2024, 10, 1))
    assert {(one.kind, one.field, one.new): n for one, n in there.items()} == {
        ("step_added", "XM", "public_notice:registrar"): 2,
        ("papers_more", "PHOTO", "id_card"): 2,
        ("outcome", "PHOTO", "incomplete"): 2,
    }
    back = effects(world, new, nchu, on(2024, 10, 1))
    assert {one.kind for one in back} == {"step_gone", "papers_fewer", "outcome"}
    assert {one.cause for one in back if one.field == "XM"} == set(nchu.fields[0].causes)


def test_rules_that_come_go_or_change_places_are_named(nchu: School) -> None:
    """A rule is known by its id: whole ones come and go, of others each key is named."""
    new = tried(nchu, {"policy.toml": nchu.texts["policy.toml"] + STEP})
    assert [(one.name, one.old) for one in changed_texts(nchu.texts, new.texts)] == [("steps.notice", None)]
    assert [(one.name, one.new) for one in changed_texts(new.texts, nchu.texts)] == [("steps.notice", None)]
    said = changed(nchu, "请学生本人登录后办理。", "请本人办理。")
    assert [(one.name, one.key) for one in changed_texts(nchu.texts, said.texts)] == [
        ("filing.in-person", "remedy")
    ]


def test_every_kind_of_change_has_its_words() -> None:
    """What takes something away is told first."""
    assert next(iter(KINDS)) == "may_not"
    assert all(zh and en for zh, en in KINDS.values())


# -- who can do what ------------------------------------------------------------------------------------


@ON_SQLITE
def test_the_matrix_is_the_lifecycle(world: World) -> None:
    """Every action stands in every state it is possible in, for each of its roles, and nowhere else."""
    for binding in world.place.engine.bindings.values():
        life = binding.lifecycle
        cells = {(cell.state, cell.action.name, role) for cell in matrix(life) for role in cell.roles}
        assert cells == {
            (state, action.name, role)
            for action in life.actions
            for state in life.sources(action)
            for role in action.roles
        }
        assert set(roles_of(life)) == {role for action in life.actions for role in action.roles}
        assert sorted(roles_of(life), key=list(ROLES).index) == list(roles_of(life))


@ON_SQLITE
def test_a_condition_in_words_is_one_that_some_lifecycle_asks(world: World) -> None:
    """Nothing is explained that nobody asks."""
    lives = [binding.lifecycle for binding in world.place.engine.bindings.values()]
    asked = {name for life in lives for name in life.guards}
    asked |= {name for life in lives for action in life.actions for name in (*action.guards, *action.checks)}
    assert set(RULE_WORDS) <= asked
    assert {name for action in CASE.actions for name in action.guards} & set(RULE_WORDS)
