"""Every predicate, moment and window form of the rules, from a student's page through a real case to its decision.

One school has one rule for each word: what is claimed passes an office of its own. Students of all kinds file,
and the steps of their cases say which rules held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from config.policy.asked import MOMENTS
from config.policy.predicates import PREDICATES
from config.policy.words import Window
from states.case import REJECTED
from tests.conftest import on
from tests.web.browsing import Browser, Page
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.tables import Question
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.accounts import give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope, held
from workflow.permissions.granting import grant
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = pytest.mark.one_database

STUDENTS = frozenset(
    {
        "plain", "other", "retained", "fresh", "graduate", "degree", "several", "early", "abroad", "again",
        "pending", "confirmed", "reopened", "given", "proxy", "late",
    }
)  # fmt: skip
"""Everybody who files. What is particular about each is in ``file_all``."""
IN_CAMPAIGN = STUDENTS - {"other", "retained", "fresh", "graduate", "late"}
CLAIM_NAME = frozenset({"plain", "several", "early", "abroad", "again"})


@dataclass(frozen=True, slots=True)
class Drive:
    """The condition of a rule, and the students for whose filings it holds."""

    when: str
    holds: frozenset[str]


def drive(when: str, *holds: str) -> Drive:
    """A drive whose condition holds for these students alone."""
    return Drive(when, frozenset(holds))


def but(when: str, *excepted: str) -> Drive:
    """A drive whose condition holds for all students but these."""
    return Drive(when, STUDENTS - set(excepted))


WORDS = {
    "standing": drive('standing = "retained"', "retained"),
    "status": drive('status = ["休学"]', "other"),
    "category": drive('category = ["专升本"]', "other"),
    "category_other_than": drive('category_other_than = ["本科"]', "other"),
    "origin_province": drive('origin_province = ["河北"]', "other"),
    "origin_province_other_than": but('origin_province_other_than = ["河北"]', "other"),
    "filed_by": drive('filed_by = ["counsellor"]', "proxy"),
    "filed_by_other_than": drive('filed_by_other_than = ["student"]', "proxy"),
    "entered_since": drive("entered_since = 2025-09-01", "fresh"),
    "entered_before": drive("entered_before = 2024-09-01", "other", "graduate"),
    "graduates_since": but("graduates_since = 2028-07-01", "other", "graduate"),
    "graduates_before": drive("graduates_before = 2025-01-01", "graduate"),
    "without": drive('without = "registration"', "fresh", "other", "graduate"),
    "final_check_months_ahead": drive("final_check_months_ahead = 3", "other", "graduate"),
    "fields_any": drive('fields_any = ["XM"]', *CLAIM_NAME, "pending"),
    "fields_all": drive('fields_all = ["XM", "identity"]', "several"),
    "fields_over": drive("fields_over = 2", "several"),
    "field": drive('field = ["XM"]', *CLAIM_NAME),
    "cause": drive('cause = ["legal_change"]', "several", "early"),
    "variant": drive('variant = ["abroad"]', "abroad"),
    "claimable": but("claimable = true"),
    "cause_fits": but("cause_fits = true"),
    "changed": drive('changed = ["birth_year"]', "several"),
    "event_before": drive('cause = ["legal_change"], event_before = "registration"', "early"),
    "event_since": drive('cause = ["legal_change"], event_since = "registration"', "several"),
    "corrected_times": drive("corrected_times = 1", "again"),
    "before": drive('before = "entry"', "fresh"),
    "since": drive('since = "graduation"', "graduate"),
    "inside": drive('inside = ["june"]', "late"),
    "outside": drive('outside = ["in-2024"]', "late"),
    "in_campaign": drive('in_campaign = ["freshman"]', *IN_CAMPAIGN),
    "out_of_campaign": drive('out_of_campaign = ["freshman"]', *(STUDENTS - IN_CAMPAIGN)),
    "study_year": drive("study_year = [4]", "late"),
    "confirmed": drive("confirmed = true", "confirmed", "reopened"),
    "extended": drive("extended = true", "given"),
    "opened": drive("opened = true", "reopened"),
    "blank_any": drive('blank_any = ["MZ", "ZYMC"]', "other"),
    "finished": drive('finished = ["XM"]', "again"),
}
"""One drive for each predicate, apart from the one about students who cannot file."""

OF_MOMENTS = {
    "entry": but('since = "entry"', "fresh"),
    "registration": but('since = "registration"', "fresh", "other", "graduate"),
    "final_check_over": drive('since = "final_check_over"', "graduate", "late"),
    "graduation": drive('since = "graduation"', "graduate"),
    "degree_registration": drive('since = "degree_registration"', "degree"),
}
"""One drive for each moment, apart from the one that is about supplying papers."""

WINDOWS = {
    "in-2024": ("opens = 2024-10-01\ncloses = 2024-12-31T17:00:00", STUDENTS - {"late"}),
    "october": ('first = "10-01"\nlast = "10-25"\nlast_at = 17:00:00', STUDENTS - {"late"}),
    "june": ("months = [6]", frozenset({"late"})),
    "freshman": (
        'after = "entry"\nfor_months = 3\nrolls = true',
        STUDENTS - {"other", "fresh", "graduate", "late"},
    ),
    "leaving": ('until = "graduation"\nfor_days = 60', frozenset({"late"})),
    "studying": ('after = "registration"\nuntil = "graduation"', STUDENTS - {"fresh", "other", "graduate"}),
}
"""The windows by their forms, and the students who file within each."""

DRIVES = (
    {f"word.{word}": one for word, one in WORDS.items()}
    | {f"moment.{moment}": one for moment, one in OF_MOMENTS.items()}
    | {f"window.{id}": Drive(f'inside = ["{id}"]', holds) for id, (_, holds) in WINDOWS.items()}
)


def window(id: str, lines: str) -> str:
    """A window as a registrar writes it."""
    return f'\n[[window]]\nid = "{id}"\nzh = "{id}"\nen = "{id}"\nsource = "tests"\n{lines}\n'


def test_every_word_has_its_drive() -> None:
    """Whoever adds a predicate, a moment or a key of a window adds a student for whom it holds."""
    keys = {key for lines, _ in WINDOWS.values() for key in lines.replace(" = ", "\n").split("\n")}

    assert {*WORDS, "frozen"} == set(PREDICATES)
    assert {*OF_MOMENTS, "supplement_over"} == set(MOMENTS)
    assert {one.name for one in fields(Window)} - {"id", "zh", "en", "source"} <= keys


@pytest.fixture
def made(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    pages: Callable[[Installation], Flask],
) -> Callable[..., tuple[World, Flask]]:
    """A factory: the small school with some rules and windows, and its pages."""

    def made(*rules: str, **more: str) -> tuple[World, Flask]:
        world = driven(store, cipher, clock, entropy, tmp_path, *rules, more=more)
        return world, pages(world.place)

    return made


def browser_of(world: World, app: Flask, record: str) -> Browser:
    """The student of a record, signed in."""
    browser = Browser(app)
    browser.sit_down(world, world.student(record).person)
    return browser


def filed(world: World, app: Flask, record: str, *claims: ClaimFiled) -> Ref:
    """File claims on the student's pages. Returns the case."""
    browser = browser_of(world, app, record)
    for claim in claims:
        path = f"/my/wrong/{claim.field}"
        said = {"cause": claim.cause, "value": claim.new, "variant": claim.variant}
        if claim.event_date is not None:
            said["event_date"] = claim.event_date.isoformat()
        browser.get(path)
        assert browser.send(path, **{name: value for name, value in said.items() if value}).status == 303
    browser.get("/my/check")
    page = browser.send("/my/check")
    assert page.status == 303, page.text
    return Ref("case", page.location.rsplit("/", 1)[-1])


def decided(world: World, case: Ref, outcome: str) -> None:
    """Take a case up, and correct or refuse all that it claims."""
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, outcome)
    if outcome == "corrected":
        world.do(case, "correct", reviewer, words="已更正")
    else:
        world.do(case, "reject", reviewer, words="不予更正", refusal="evidence_does_not_prove")


def granted(world: World, record: str, kind: str, campaign: str = "") -> None:
    """Let the registrar grant one student a permission for a month."""
    until, by = world.clock.moment + timedelta(days=30), world.staff["registrar"]
    with world.place.store.writing() as session:
        said = {"record": record, "kind": kind, "campaign": campaign, "until": until, "words": "因病"}
        grant(world.place.engine, session, by, **said)


NUMBER = ClaimFiled("XH", "school_data", "2401A0001")


def let_one_take_all(world: World) -> None:
    """Let the reviewer act for every office."""
    by = "system", world.clock.moment, world.place.entropy
    with world.place.store.writing() as session:
        for id in DRIVES:
            give_role(session, world.staff["reviewer"].person, held("reviewer", Scope(office=id)), *by)


def file_all(world: World, app: Flask) -> dict[str, Ref]:
    """Let everybody file, each in their own circumstances. The campaign runs until the last of them."""
    birth = date(2005, 5, 4)
    records = {
        name: world.record(**columns)
        for name, columns in {
            **{name: {} for name in STUDENTS},
            "other": {
                "cc": "专升本", "ksh": "24130000000001", "xjzt": "休学", "rxrq": date(2023, 9, 1),
                "yjbyrq": date(2026, 1, 10), "mz": None,
            },
            "retained": {"xjzt": "保留入学资格"},
            "fresh": {"rxrq": date(2025, 9, 1)},
            "graduate": {"rxrq": date(2020, 9, 1), "yjbyrq": date(2024, 10, 1)},
            "degree": {"degree_registered_on": date(2024, 10, 20)},
        }.items()
    }  # fmt: skip
    late = records.pop("late")
    campaign = world.open_campaign()
    changed = ClaimFiled("XM", "legal_change", "测试甲", date(2024, 10, 20))
    claims = {
        "plain": (NAME,),
        "several": (
            changed,
            ClaimFiled("SFZH", "legal_change", number_of(birth, 901), date(2024, 10, 20)),
            NUMBER,
        ),
        "early": (ClaimFiled("XM", "legal_change", "测试甲", date(2024, 10, 1)),),
        "again": (ClaimFiled("XM", "admission_error", "测试乙"),),
    }
    decided(world, filed(world, app, records["again"], NAME), "corrected")
    world.at(world.clock.moment + timedelta(minutes=11))  # until then the decision can be undone
    filed(world, app, records["pending"], NAME)
    for name in ("confirmed", "reopened"):
        confirming = browser_of(world, app, records[name])
        confirming.get("/my/confirm")
        assert confirming.send("/my/confirm").status == 303
    granted(world, records["reopened"], "open", campaign)
    granted(world, records["given"], "extend")
    cases = {}
    for name, record in records.items():
        number = ClaimFiled("XH", "school_data", f"2401A{len(cases):04d}")
        if name == "proxy":
            by = world.officer(Scope("测试学院"), duty="counsellor")
            cases[name] = world.case_of(record)
            world.do(cases[name], "raise", by, claims=(number,), papers=(), words="学生在医院，电话同意")
        elif name == "abroad":
            moved = ClaimFiled("XM", "admission_error", "测试甲", variant="abroad")
            cases[name] = Ref("case", world.file(record, moved, papers=()).subject)
        else:
            cases[name] = filed(world, app, record, *claims.get(name, (number,)))
    world.at(on(2028, 6, 10))
    cases["late"] = filed(world, app, late, NUMBER)
    return cases


def test_every_word_is_obeyed_by_a_real_case(made: Callable[..., tuple[World, Flask]]) -> None:
    """For whom a rule holds, and for nobody else, the case passes its office; and each case comes to its decision."""
    world, app = made(
        rule("platform", PLATFORM),
        *(rule(id, f'add_step = "check", office = "{id}"', one.when) for id, one in DRIVES.items()),
        school="".join(f'\n[[office]]\ncode = "{id}"\nzh = "{id}"\nen = "{id}"\n' for id in DRIVES),
        policy="".join(window(id, lines) for id, (lines, _) in WINDOWS.items()),
    )
    let_one_take_all(world)
    cases = file_all(world, app)

    passes = {name: {step.office for step in world.case(case).every_step} for name, case in cases.items()}
    assert set(cases) == STUDENTS
    assert {id: {name for name in cases if id in passes[name]} for id in DRIVES} == {
        id: set(one.holds) for id, one in DRIVES.items()
    }
    over = cases.pop("degree")  # whatever a rule says, nothing is decided after the degree is registered
    world.do(over, "take_up", world.staff["reviewer"])
    assert "degree_registered" in world.refused(over, "settle", world.staff["reviewer"]).codes
    for case in cases.values():
        decided(world, case, "refused")
    assert {world.case(case).state for case in cases.values()} == {REJECTED}


def test_a_limit_that_rolls_is_obeyed_by_real_cases(made: Callable[..., tuple[World, Flask]]) -> None:
    """A month from entry and a step's days end on a Saturday: both last to the end of Monday, and no second longer."""
    world, app = made(
        rule("over", 'refuse = "WORD"', 'outside = ["month"]', 'actions = ["raise"]'),
        rule("check", 'add_step = "check", office = "registrar", days = 5, rolls = true'),
        rule("platform", PLATFORM),
        policy=window("month", 'after = "entry"\nfor_months = 1\nrolls = true'),
    )
    first, second = (world.record(rxrq=date(2024, 9, 26)) for _ in range(2))
    world.open_campaign()
    late = browser_of(world, app, second)
    assert "WORD" not in late.get("/my/wrong/XM").codes
    world.at(on(2024, 10, 28, 23, 59, 59))
    case = filed(world, app, first, NAME)
    assert [one.due for one in world.case(case).every_step if one.kind == "check"] == [date(2024, 11, 4)]
    world.at(on(2024, 10, 29, 0))
    late.sit_down(world, world.student(second).person)
    assert "WORD" in late.get("/my/wrong/XM").codes
    assert (
        "WORD" in world.refused(world.case_of(second), "raise", world.student(second), claims=(NAME,)).codes
    )
    decided(world, case, "corrected")


def test_the_term_for_papers_is_obeyed_by_a_real_case(made: Callable[..., tuple[World, Flask]]) -> None:
    """Asked for words, one student answers in the last second of the working days; a second later a page refuses by the rule."""
    world, app = made(
        rule("over", 'refuse = "WORD"', 'since = "supplement_over"', 'actions = ["supplement"]')
    )
    reviewer, asked = world.staff["reviewer"], (QuestionAsked("explanation", "", "请说明"),)

    def answered(record: str, at: datetime) -> Page:
        with world.place.store.reading() as session:
            id = session.scalars(select(Question.id).where(Question.case_id == cases[record].id)).one()
        world.at(at)
        browser = browser_of(world, app, record)
        browser.get(path := f"/my/cases/{cases[record].id}/questions/{id}")
        return browser.send(path, words="一直用这个名字")

    records = [world.record(), world.record()]
    cases = {record: filed(world, app, record, NAME) for record in records}
    for case in cases.values():
        world.do(case, "take_up", reviewer)
        world.do(case, "ask", reviewer, questions=asked)
    last = on(2024, 11, 8, 23, 59, 59)
    assert answered(records[0], last).status == 303
    assert answered(records[1], last + timedelta(seconds=1)).codes == ["WORD"]


def test_frozen_claims_bar_a_confirmation_where_a_rule_says_so(
    made: Callable[..., tuple[World, Flask]],
) -> None:
    """The student whose claims the registrar froze reads the rule's sentence; another one confirms."""
    world, app = made(rule("frozen", 'refuse = "WORD"', "frozen = true", 'actions = ["confirm"]'))
    frozen, free = world.record(), world.record()
    world.open_campaign()
    granted(world, frozen, "freeze")
    barred, offered = (browser_of(world, app, record).get("/my") for record in (frozen, free))

    assert "WORD" in barred.codes and "规则frozen。" in barred.text and "/my/confirm" not in barred.links
    assert "WORD" not in offered.codes and "/my/confirm" in offered.links
    assert world.refused(world.case_of(frozen), "confirm", world.student(frozen)).codes == ("WORD",)
