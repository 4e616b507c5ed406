"""Bad questions are named and never answered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import pytest

from config.calendar import SHANGHAI
from config.policy import (
    CampaignWindow,
    ClaimAsked,
    DoneRequest,
    OpenRequest,
    PolicyQuestion,
    QuestionFault,
    School,
    Student,
    ask,
)
from config.policy.words import ACTIONS, COLUMNS, DUTIES
from tests.config.asking import question

Change = Callable[[dict[str, Any]], object]
PAPERS = ("id_card", "household_book", "police_paper", "travel_document", "admission_paper", "other")
NO_MOMENT = "应为带时区的时刻，如 2024-03-05T10:00:00+08:00 / must be a moment with its zone"


def said() -> dict[str, Any]:
    """The complete example of the design."""
    return {
        "at": "2024-03-05T10:00:00+08:00",
        "action": "raise",
        "begun_at": None,
        "extended_until": None,
        "student": {
            "category": "本科",
            "entry_date": "2020-09-05",
            "expected_graduation": "2024-06-30",
            "years": 4,
            "enrolment_status": "注册学籍",
            "registered_on": "2020-10-15",
            "degree_registered_on": None,
            "origin_province": "江西",
            "college": "信息工程学院",
        },
        "claims": [
            {
                "field": "XM",
                "cause": "legal_change",
                "event_date": "2023-12-01",
                "old": "张三",
                "new": "张杉",
                "evidence": ["household_book"],
            }
        ],
        "evidence": ["id_card"],
        "filed_by": "student",
        "campaigns": [{"kind": "final", "opens": "2024-04-01", "closes": "2024-04-30"}],
        "open_requests": [{"fields": ["SFZH"], "filed_on": "2024-02-01", "state": "under_review"}],
        "done_requests": [
            {"fields": ["MZ"], "filed_on": "2022-05-04", "state": "corrected", "done_on": "2022-09-01"}
        ],
    }


def faults(nchu: School, change: Change) -> tuple[str, ...]:
    """The faults of the example after a change."""
    asked = said()
    change(asked)
    with pytest.raises(QuestionFault) as caught:
        ask(nchu, PolicyQuestion.from_json(asked))
    return caught.value.faults


def put(*path: str | int, value: Any) -> Change:
    """A change that puts a value at a path."""

    def change(asked: dict[str, Any]) -> None:
        inner: Any = asked
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    """A change that drops a key."""

    def change(asked: dict[str, Any]) -> None:
        inner: Any = asked
        for part in path[:-1]:
            inner = inner[part]
        del inner[path[-1]]

    return change


def test_the_design_s_example_is_accepted_until_the_end_of_the_final_check(nchu: School) -> None:
    """The published campaign ends on 30 April; the day after, the answer changes."""
    answered = ask(nchu, PolicyQuestion.from_json(json.loads(json.dumps(said()))))

    assert answered.outcome == "accept"
    assert answered.as_json()["next_date"] == "2024-05-01"
    assert answered.as_json()["due"] == "2024-04-30"


def test_what_may_be_left_out_may_be_left_out(nchu: School) -> None:
    """Empty lists, a draft's beginning, an extension and a claim's own papers are not asked for."""
    whole = said()
    for name in ("begun_at", "extended_until", "campaigns", "open_requests", "done_requests"):
        del whole[name]
    whole["claims"] = [{"field": "PHOTO", "cause": "photo", "event_date": None, "old": None, "new": None}]
    whole["evidence"] = []

    assert ask(nchu, PolicyQuestion.from_json(whole)).may


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("colour", value=1), "colour"),
        (put("student", "entri_date", value="2020-09-05"), "student.entri_date"),
        (put("claims", 0, "why", value="x"), "claims[0].why"),
        (put("campaigns", 0, "name", value="x"), "campaigns[0].name"),
        (put("open_requests", 0, "done_on", value=None), "open_requests[0].done_on"),
    ],
)
def test_an_unknown_key_is_named(nchu: School, change: Change, where: str) -> None:
    """A slip of the pen is not silently left aside."""
    assert faults(nchu, change) == (f"{where}: 没有这一项 / is not known here",)


@pytest.mark.parametrize(
    ("path", "value", "known"),
    [
        (["action"], "applaud", ACTIONS),
        (["filed_by"], "robot", DUTIES),
        (["evidence", 0], "napkin", PAPERS),
        (["claims", 0, "field"], "SHOE", COLUMNS),
        (["claims", 0, "cause"], "whim", ["admission_error", "legal_change", "school_data", "photo", "rendering"]),
        (["claims", 0, "evidence", 0], "napkin", PAPERS),
        (["campaigns", 0, "kind"], "party", ["freshman", "yearly", "final"]),
        (["open_requests", 0, "fields", 0], "SHOE", COLUMNS),
        (["done_requests", 0, "fields", 0], "SHOE", COLUMNS),
    ],
)  # fmt: skip
def test_an_unknown_name_is_named(
    nchu: School, path: list[str | int], value: str, known: Iterable[str]
) -> None:
    """Fields, causes, papers, actions and duties are those that somebody declared; the fault lists them."""
    where = re.sub(r"\.(\d)", r"[\1]", ".".join(map(str, path)))
    where = where.removesuffix("[0]") if isinstance(path[-1], int) else where

    assert faults(nchu, put(*path, value=value)) == (
        f"{where}: 不认识 {value!r} / unknown; known: {', '.join(known)}",
    )


def test_a_name_of_which_the_school_has_none_is_named_as_that(nchu: School) -> None:
    """The first school lists no circumstances at all."""
    assert faults(nchu, put("claims", 0, "variant", value="moved_to_hk")) == (
        "claims[0].variant: 不认识 'moved_to_hk' / unknown; this policy names none",
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (drop("at"), "at"),
        (drop("action"), "action"),
        (drop("student"), "student"),
        (drop("filed_by"), "filed_by"),
        (drop("student", "registered_on"), "student.registered_on"),
        (drop("student", "degree_registered_on"), "student.degree_registered_on"),
        (drop("claims", 0, "cause"), "claims[0].cause"),
        (drop("campaigns", 0, "closes"), "campaigns[0].closes"),
        (drop("open_requests", 0, "fields"), "open_requests[0].fields"),
        (drop("done_requests", 0, "fields"), "done_requests[0].fields"),
        (drop("done_requests", 0, "filed_on"), "done_requests[0].filed_on"),
    ],
)
def test_a_missing_part_is_named(nchu: School, change: Change, where: str) -> None:
    """What a question has to say is asked for by name; whether somebody is registered is never assumed."""
    assert faults(nchu, change) == (f"{where}: 缺少这一项 / is missing",)


@pytest.mark.parametrize("change", [drop, lambda *path: put(*path, value=None)])
@pytest.mark.parametrize("attribute", ["expected_graduation", "enrolment_status"])
def test_an_attribute_that_a_rule_needs_is_asked_for_by_name_and_rule(
    nchu: School, change: Callable[..., Change], attribute: str
) -> None:
    """Left out or null, the rule that needs it is named and no answer is given."""
    found = faults(nchu, change("student", attribute))
    rules = [fault.rpartition(" ")[2] for fault in found]

    assert len(set(rules)) == len(rules) > 0
    assert {rule.partition(".")[0] for rule in rules} == {"filing"}
    for fault, rule in zip(found, rules, strict=True):
        assert fault == f"student.{attribute}: 规则 {rule} 需要这一项 / is needed by {rule}"


def test_an_attribute_that_no_rule_needs_may_be_unknown(nchu: School) -> None:
    """The first school asks neither for the province nor for the college."""
    asked = said()
    for name in ("origin_province", "college", "years", "category", "entry_date"):
        del asked["student"][name]

    assert ask(nchu, PolicyQuestion.from_json(asked)).may


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("at", value="2024-03-05T10:00:00"), "at"),
        (put("at", value="2024-03-05"), "at"),
        (put("begun_at", value="2024-03-05 10:00:00"), "begun_at"),
        (put("extended_until", value="2024-05-20T17:00:00"), "extended_until"),
        (put("campaigns", 0, "closes", value="2024-04-30T17:00:00"), "campaigns[0].closes"),
    ],
)
def test_a_moment_without_a_zone_is_named(nchu: School, change: Change, where: str) -> None:
    """Whose 10 o'clock it is must be said."""
    assert faults(nchu, change) == (f"{where}: 时刻没有时区，请写成 2024-03-05T10:00:00+08:00 / has no zone",)


@pytest.mark.parametrize(
    "value",
    [
        "20240305", "2024-W10-2", "2024-02-30", "24-03-05", "2024-03/05", "2024/03-05", "2024-03-05 ", "",
        20240305, True, ["2024-03-05"], datetime(2024, 3, 5, tzinfo=SHANGHAI),
    ],
)  # fmt: skip
def test_a_date_that_is_none_is_named(nchu: School, value: Any) -> None:
    """One way of writing a date, and only days that exist; a moment is no date."""
    assert faults(nchu, put("student", "expected_graduation", value=value)) == (
        "student.expected_graduation: 应为日期 YYYY-MM-DD / must be a date, YYYY-MM-DD",
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("student", "expected_graduation", value="0024-03-05"), "student.expected_graduation"),
        (put("student", "expected_graduation", value="1899-12-31"), "student.expected_graduation"),
        (put("student", "expected_graduation", value=date(2200, 1, 1)), "student.expected_graduation"),
        (put("at", value="0001-01-01T00:00:00+08:00"), "at"),
    ],
)
def test_a_day_of_another_age_is_named(nchu: School, change: Change, where: str) -> None:
    """A year before 1900 or from 2200 on is a slip of the pen."""
    assert faults(nchu, change) == (f"{where}: 年份应在 1900 至 2199 之间 / must lie between 1900 and 2199",)


def test_the_first_and_the_last_day_that_make_sense_are_taken() -> None:
    """Both belong to the years that are believed."""
    asked = said()
    asked["student"] |= {"entry_date": "1900-01-01", "expected_graduation": "2199-12-31"}
    student = PolicyQuestion.from_json(asked).student

    assert (student.entry_date, student.expected_graduation) == (date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put("claims", value={}), "claims: 应为列表 / must be a list"),
        (put("claims", value=None), "claims: 应为列表 / must be a list"),
        (put("claims", value=["XM"]), "claims[0]: 应为对象 / must be an object"),
        (put("evidence", value="id_card"), "evidence: 应为文字的列表 / must be a list of texts"),
        (put("evidence", value=None), "evidence: 应为文字的列表 / must be a list of texts"),
        (put("evidence", value=["id_card", 1]), "evidence: 应为文字的列表 / must be a list of texts"),
        (put("student", value=[]), "student: 应为对象 / must be an object"),
        (put("student", "years", value="4"), "student.years: 应为年数或 null / must be a number of years or null"),
        (put("student", "years", value=True), "student.years: 应为年数或 null / must be a number of years or null"),
        (put("student", "years", value=0), "student.years: 应为年数或 null / must be a number of years or null"),
        (put("student", "years", value=20), "student.years: 应为年数或 null / must be a number of years or null"),
        (put("student", "category", value=1), "student.category: 应为文字或 null / must be a text or null"),
        (put("action", value=None), "action: 应为文字 / must be a text"),
        (put("action", value=["raise"]), "action: 应为文字 / must be a text"),
        (put("claims", 0, "field", value=""), "claims[0].field: 应为文字 / must be a text"),
        (put("at", value=None), "at: 不能为 null / must not be null"),
        (put("campaigns", 0, "opens", value=None), "campaigns[0].opens: 不能为 null / must not be null"),
        (put("at", value=5), f"at: {NO_MOMENT}"),
        (put("at", value="ten o'clock"), f"at: {NO_MOMENT}"),
        (put("at", value="2024-W10-2T10:00:00+08:00"), f"at: {NO_MOMENT}"),
        (put("at", value="20240305T100000+08:00"), f"at: {NO_MOMENT}"),
        (put("at", value="2024-03-05T25:00:00+08:00"), f"at: {NO_MOMENT}"),
        (put("extended_until", value="2024-05-20T"), f"extended_until: {NO_MOMENT}"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_named(nchu: School, change: Change, fault: str) -> None:
    """A list is a list, a text a text, a number a number, and null stands only where it means something."""
    assert faults(nchu, change) == (fault,)


@pytest.mark.parametrize("years", [0.5, 2.5, 19])
def test_a_length_of_study_may_be_any_number_of_years(years: float) -> None:
    """Half a year for a certificate, two and a half for some, nineteen for nobody that we know."""
    asked = said()
    asked["student"]["years"] = years

    assert PolicyQuestion.from_json(asked).student.years == years


@pytest.mark.parametrize("asked", [None, [], "raise", 7])
def test_what_is_no_object_is_no_question(asked: object) -> None:
    """One fault, not one for each key that an object would have."""
    with pytest.raises(QuestionFault) as caught:
        PolicyQuestion.from_json(asked)

    assert caught.value.faults == ("question: 应为对象 / must be an object",)


def test_everything_that_is_said_arrives() -> None:
    """Each key of the JSON has its place in the question, and what is left out is unknown or empty."""
    asked = said()
    asked["claims"][0]["variant"] = "moved_to_hk"
    asked["begun_at"] = "2024-03-05T09:58:00+08:00"
    asked["extended_until"] = "2024-05-20"
    asked["open_requests"][0]["returned_on"] = "2024-02-09"

    assert PolicyQuestion.from_json(asked) == PolicyQuestion(
        at=datetime(2024, 3, 5, 10, tzinfo=SHANGHAI),
        action="raise",
        student=Student(
            category="本科",
            entry_date=date(2020, 9, 5),
            expected_graduation=date(2024, 6, 30),
            years=4,
            enrolment_status="注册学籍",
            registered_on=date(2020, 10, 15),
            degree_registered_on=None,
            origin_province="江西",
            college="信息工程学院",
        ),
        claims=(
            ClaimAsked(
                "XM", "legal_change", date(2023, 12, 1), "张三", "张杉", ("household_book",), "moved_to_hk"
            ),
        ),
        evidence=("id_card",),
        filed_by="student",
        begun_at=datetime(2024, 3, 5, 9, 58, tzinfo=SHANGHAI),
        extended_until=date(2024, 5, 20),
        campaigns=(CampaignWindow("final", date(2024, 4, 1), date(2024, 4, 30)),),
        open_requests=(OpenRequest(("SFZH",), date(2024, 2, 1), "under_review", date(2024, 2, 9)),),
        done_requests=(DoneRequest(("MZ",), date(2022, 5, 4), "corrected", date(2022, 9, 1)),),
    )
    bare = {"at": "2024-03-05T10:00:00+08:00", "action": "confirm", "filed_by": "student"}
    unregistered = {"registered_on": None, "degree_registered_on": "2024-06-28"}
    assert PolicyQuestion.from_json({**bare, "student": unregistered}) == PolicyQuestion(
        at=datetime(2024, 3, 5, 10, tzinfo=SHANGHAI),
        action="confirm",
        student=Student(degree_registered_on=date(2024, 6, 28)),
    )


def test_an_end_of_a_window_may_be_a_day_or_a_moment() -> None:
    """A campaign that closes at five o'clock, and an extension to noon."""
    asked = said()
    asked["campaigns"][0]["closes"] = "2024-04-30T17:00+08:00"
    asked["extended_until"] = "2024-05-20T12:00:00+08:00"
    question = PolicyQuestion.from_json(asked)

    assert question.campaigns[0].opens == date(2024, 4, 1)
    assert question.campaigns[0].closes == datetime(2024, 4, 30, 17, tzinfo=SHANGHAI)
    assert question.extended_until == datetime(2024, 5, 20, 12, tzinfo=SHANGHAI)


def test_one_field_is_claimed_once(nchu: School) -> None:
    """Two claims on the same field contradict each other or say the same."""
    assert faults(nchu, lambda asked: asked["claims"].append({"field": "XM", "cause": "rendering"})) == (
        "claims[1].field: XM 出现了两次 / is named twice",
    )


def test_a_campaign_opens_before_it_closes(nchu: School) -> None:
    """A window turned round is a mistake and not an empty window."""
    assert faults(nchu, put("campaigns", 0, "opens", value="2024-05-01")) == (
        "campaigns[0]: 开始晚于截止 / opens after it closes",
    )
    change = put("campaigns", 0, "opens", value="2024-04-30")  # a check that lasts one day
    asked = said()
    change(asked)
    assert ask(nchu, PolicyQuestion.from_json(asked)).may


def test_all_faults_of_a_question_are_named_together(nchu: School) -> None:
    """Whoever wrote it mends it in one go."""

    def change(asked: dict[str, Any]) -> None:
        asked["at"] = "2024-03-05T10:00:00"
        asked["colour"] = 1
        del asked["student"]["registered_on"]

    with pytest.raises(QuestionFault) as caught:
        asked = said()
        change(asked)
        PolicyQuestion.from_json(asked)

    assert [line.split(":")[0] for line in str(caught.value).split("\n")] == [
        "colour", "at", "student.registered_on",
    ]  # fmt: skip


def test_values_of_python_are_as_good_as_text() -> None:
    """A question made in the house and one read from JSON are the same question."""
    asked = said()
    asked["at"] = datetime(2024, 3, 5, 10, tzinfo=SHANGHAI)
    asked["student"]["expected_graduation"] = date(2024, 6, 30)
    asked["campaigns"] = [{"kind": "final", "opens": date(2024, 4, 1), "closes": date(2024, 4, 30)}]

    assert PolicyQuestion.from_json(asked) == PolicyQuestion.from_json(said())


NAIVE = CampaignWindow("final", datetime(2028, 4, 1), date(2028, 4, 30))
NO_ZONE = "时刻没有时区 / has no zone"


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (question("2024-11-01", extended_until=datetime(2028, 5, 1)), f"extended_until: {NO_ZONE}"),
        (question("2024-11-01", opened_until=datetime(2028, 5, 1)), f"opened_until: {NO_ZONE}"),
        (
            question("2024-11-01", blank=("TEL",)),
            f"blank: 不认识 'TEL' / unknown; known: {', '.join(COLUMNS)}",
        ),
        (question("2024-11-01", begun_at=datetime(2024, 10, 31)), f"begun_at: {NO_ZONE}"),
        (question("2024-11-01", campaigns=(NAIVE,)), f"campaigns[0]: {NO_ZONE}"),
        (PolicyQuestion(at=datetime(2024, 11, 1), action="raise", student=Student()), f"at: {NO_ZONE}"),
        (
            question("2024-11-01", ClaimAsked("XM", "whim")),
            "claims[0].cause: 不认识 'whim' / unknown; known: admission_error, legal_change, school_data, photo, "
            "rendering",
        ),
    ],
)
def test_a_question_made_in_the_house_is_looked_at_as_strictly(
    nchu: School, bad: PolicyQuestion, fault: str
) -> None:
    """Naive moments and unknown names do not get in by another way."""
    with pytest.raises(QuestionFault) as caught:
        ask(nchu, bad)

    assert caught.value.faults == (fault,)
