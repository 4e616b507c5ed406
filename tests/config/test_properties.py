"""Laws that hold for every question, searched for exceptions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.calendar import SHANGHAI, last_moment, start_of
from config.policy import (
    Answer,
    CampaignWindow,
    ClaimAsked,
    Question,
    QuestionFault,
    School,
    Student,
    ask,
    final_check,
    load_school,
)
from config.settings import ROOT
from tests.config.asking import moment

NCHU = load_school(ROOT / "config" / "schools" / "nchu")
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
SECOND = timedelta(seconds=1)

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long an example takes says nothing about the rules."""

days = st.dates(FIRST, LAST)
moments = st.builds(lambda day, clock: datetime.combine(day, clock, SHANGHAI), days, st.times()).map(
    lambda at: at.replace(microsecond=0)
)
statuses = st.sampled_from(["注册学籍", "休学", "保留入学资格", "退学", "转专业"])
students = st.builds(
    Student, category=st.sampled_from(["本科", "专升本"]), entry_date=days, expected_graduation=days,
    enrolment_status=st.just("注册学籍") | statuses, registered_on=st.none() | days,
    degree_registered_on=st.none() | days,
)  # fmt: skip
campaigns = st.builds(
    lambda kind, opens, length, closes_at: CampaignWindow(
        kind, opens, datetime.combine(opens + timedelta(days=length), closes_at, SHANGHAI)
    ),
    st.sampled_from(["final", "yearly"]), days, st.integers(0, 60),
    st.sampled_from([time(11), time(23, 59, 59)]),
)  # fmt: skip
claims = st.lists(
    st.builds(
        ClaimAsked,
        field=st.sampled_from(["XM", "SFZH", "XH", "PHOTO", "MZ"]),
        cause=st.sampled_from(["admission_error", "legal_change", "photo", "school_data"]),
        evidence=st.lists(st.sampled_from(["id_card", "household_book"]), max_size=1).map(tuple),
    ),
    max_size=3,
    unique_by=lambda claim: claim.field,
).map(tuple)
questions = st.builds(
    Question, at=moments, action=st.sampled_from(["raise", "confirm"]), student=students, claims=claims,
    evidence=st.lists(st.sampled_from(["id_card", "police_paper"]), max_size=1).map(tuple),
    filed_by=st.sampled_from(["student", "counsellor"]), extended_until=st.none() | days | moments,
    campaigns=st.lists(campaigns, max_size=2).map(tuple),
)  # fmt: skip


def face(answer: Answer) -> tuple[str, list[str], list[str]]:
    """What of an answer the next date is about."""
    return answer.outcome, sorted(answer.codes), sorted(answer.missing)


def first_second(when: date | datetime) -> datetime:
    """The moment that a next date names."""
    return when if isinstance(when, datetime) else start_of(when)


@law
@given(questions)
def test_no_answer_but_an_acceptance_is_without_reason(question: Question) -> None:
    """Every reason has its rule, a declared code, words that are filled in, a source and a remedy."""
    answer = ask(NCHU, question)

    assert answer.may == (not answer.reasons)
    for reason in answer.reasons:
        assert reason.code in NCHU.policy.codes
        assert reason.rule and reason.says and reason.says_en and reason.source
        assert reason.remedy and reason.remedy_en
        assert "{" not in reason.says + reason.says_en + reason.remedy + reason.remedy_en


@law
@given(questions)
def test_the_worst_claim_is_the_answer_to_the_filing(question: Question) -> None:
    """A filing is no better than its claims, and each claim no better than the filing rule."""
    order = ("accept", "incomplete", "defer", "route", "not_accepted")
    answer = ask(NCHU, question)
    alone = ask(NCHU, replace(question, claims=()))

    assert answer.outcome == max(
        [alone.outcome, *[claim.outcome for claim in answer.claims]], key=order.index
    )
    assert [claim.field for claim in answer.claims] == [claim.field for claim in question.claims]
    assert set(answer.missing) == {kind for claim in answer.claims for kind in claim.missing}


@settings(law, max_examples=60)
@given(questions)
def test_the_next_date_is_truly_the_first_change(question: Question) -> None:
    """Asked again on every later day, the answer stays as it is until then and changes then."""
    answer = ask(NCHU, question)
    known = face(answer)
    change = None if answer.next_date is None else first_second(answer.next_date)
    if change is not None:
        assert change > question.at
        assert face(ask(NCHU, replace(question, at=change))) != known
        assert face(ask(NCHU, replace(question, at=change - SECOND))) == known
    for n in range((LAST - question.at.date()).days + 400):
        at = question.at + timedelta(days=n)
        if change is not None and at >= change:
            break
        assert face(ask(NCHU, replace(question, at=at))) == known


@law
@given(questions)
def test_the_last_day_is_the_last_one_before_a_refusal(question: Question) -> None:
    """Until ``due`` it is not refused; one second later it is."""
    answer = ask(NCHU, question)
    if answer.due is None:
        return
    last = last_moment(answer.due)

    assert answer.outcome != "not_accepted"
    assert ask(NCHU, replace(question, at=last)).outcome != "not_accepted"
    assert ask(NCHU, replace(question, at=last + SECOND)).outcome == "not_accepted"


@law
@given(questions)
def test_the_same_question_has_the_same_answer(question: Question) -> None:
    """Nothing is remembered and nothing is drawn."""
    assert ask(NCHU, question) == ask(NCHU, question)


@law
@given(questions)
def test_an_answer_survives_json(question: Question) -> None:
    """Only plain values stand in it."""
    said = ask(NCHU, question).as_json()

    assert json.loads(json.dumps(said, ensure_ascii=False)) == said


@law
@given(days, st.lists(campaigns, max_size=3), st.none() | days)
def test_an_extension_never_takes_time_away(
    graduation: date, published: list[CampaignWindow], extended: date | None
) -> None:
    """With an extension the close is the later of the two."""
    without = final_check(graduation, published).closes
    with_it = final_check(graduation, published, extended).closes

    assert with_it == (without if extended is None else max(without, last_moment(extended)))


@law
@given(days)
def test_by_the_april_rule_everybody_closes_in_the_year_before_graduation(graduation: date) -> None:
    """Without a campaign: on 30 April, before graduation, and less than a year and a day before it."""
    check = final_check(graduation)

    assert (check.closes.month, check.closes.day) == (4, 30)
    assert check.closes < start_of(graduation) or graduation == date(check.class_year, 4, 30)
    assert check.closes.date() >= graduation - timedelta(days=366)


@law
@given(days, days)
def test_a_later_graduation_never_closes_earlier(one: date, other: date) -> None:
    """Whoever graduates later may file at least as long."""
    early, late = sorted((one, other))

    assert final_check(early).closes <= final_check(late).closes


# -- the vocabulary beyond the first school -------------------------------------------------------------

EXTRA = """
[[rule]]
id = "test.bar"
when = { category = ["专升本"] }
then = { refuse = "LEFT" }
says = "{category}不受理"
says_en = "not for {category}"
remedy = "无"
remedy_en = "none"
source = "测试"

[[rule]]
id = "test.wait"
when = { field = ["XH"], before = "degree_registration" }
then = { defer = "NOT_REGISTERED" }
says = "等到{degree_registered_on}"
says_en = "wait for {degree_registered_on}"
remedy = "等"
remedy_en = "wait"
source = "测试"
"""


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> School:
    """The first school with a bar for one category and a wait for one field."""
    folder = tmp_path_factory.mktemp("stricter")
    for name, text in NCHU.texts.items():
        (folder / name).write_text(text + (EXTRA if name == "policy.toml" else ""), encoding="utf-8")
    return load_school(folder)


def test_a_whole_category_can_be_barred(stricter: School) -> None:
    """Some schools take nothing from top-up students; that is one line of policy."""
    ordinary = Student(
        category="专升本", expected_graduation=date(2026, 7, 1), enrolment_status="注册学籍",
        registered_on=date(2024, 10, 15),
    )  # fmt: skip
    asked = Question(at=moment("2025-03-01"), action="raise", student=ordinary)

    assert [reason.rule for reason in ask(stricter, asked).reasons] == ["test.bar"]
    assert ask(stricter, replace(asked, student=replace(ordinary, category="本科"))).may


def test_a_category_that_a_rule_asks_for_has_to_be_known(stricter: School) -> None:
    """What one school need not know another one may have to."""
    asked = Question(
        at=moment("2025-03-01"), action="raise",
        student=Student(
            expected_graduation=date(2026, 7, 1), registered_on=date(2024, 10, 15),
            enrolment_status="注册学籍",
        ),
    )  # fmt: skip

    assert ask(NCHU, asked).may
    with pytest.raises(QuestionFault, match=r"student\.category: .* test\.bar"):
        ask(stricter, asked)


def test_a_fact_that_words_name_has_to_be_known_too(tmp_path: Path) -> None:
    """A refusal whose sentence cannot be filled in is no answer."""
    for name, text in NCHU.texts.items():
        changed = re.sub(
            r'(?s)\[\[rule\]\]\nid = "filing\.(final-check|winter-class)".*?(?=\n\[\[)', "", text
        )
        (tmp_path / name).write_text(changed.replace("{filed_by}不能代办", "{last_day}以前不能代办"), "utf-8")
    asked = Question(
        at=moment("2025-03-01"), action="raise", filed_by="counsellor",
        student=Student(enrolment_status="注册学籍", registered_on=date(2024, 10, 15)),
    )  # fmt: skip
    school = load_school(tmp_path)

    assert ask(school, replace(asked, filed_by="student")).may
    with pytest.raises(QuestionFault, match=r"student\.expected_graduation: .* filing\.in-person"):
        ask(school, asked)


def test_not_yet_is_milder_than_no(stricter: School) -> None:
    """A deferred claim says when it can be filed, and a refusal of the filing outweighs it."""
    student = Student(
        category="本科", expected_graduation=date(2026, 7, 1), enrolment_status="注册学籍",
        registered_on=date(2024, 10, 15), degree_registered_on=date(2026, 3, 1),
    )  # fmt: skip
    asked = Question(
        at=moment("2025-03-01"), action="raise", student=student, claims=(ClaimAsked("XH", "school_data"),)
    )
    waits, refused = ask(stricter, asked), ask(stricter, replace(asked, filed_by="counsellor"))

    assert (waits.outcome, waits.codes, waits.next_date) == ("defer", ("NOT_REGISTERED",), date(2026, 3, 1))
    assert (refused.outcome, refused.codes) == ("not_accepted", ("PROXY_NOT_ALLOWED", "NOT_REGISTERED"))
    assert refused.claims[0].steps == ()


@law
@given(questions)
def test_a_further_rule_never_turns_a_refusal_into_an_acceptance(
    stricter: School, question: Question
) -> None:
    """The stricter school refuses whatever the first one refuses, for at least the same reasons."""
    known, further = ask(NCHU, question), ask(stricter, question)

    if known.outcome == "not_accepted":
        assert further.outcome == "not_accepted"
        assert {reason.rule for reason in known.reasons} <= {reason.rule for reason in further.reasons}
