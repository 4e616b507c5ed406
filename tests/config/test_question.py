"""Bad questions are named and never answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from config.calendar import SHANGHAI
from config.policy import CampaignWindow, ClaimAsked, Question, QuestionFault, School, Student, ask
from tests.config.asking import question

Change = Callable[[dict[str, Any]], object]


def said() -> dict[str, Any]:
    """The example of the design, whole."""
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
    """What is wrong with the example after a change."""
    asked = said()
    change(asked)
    with pytest.raises(QuestionFault) as caught:
        ask(nchu, Question.from_json(asked))
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
    answered = ask(nchu, Question.from_json(json.loads(json.dumps(said()))))

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

    assert ask(nchu, Question.from_json(whole)).may


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
    (fault,) = faults(nchu, change)

    assert fault.startswith(f"{where}: ")
    assert "not known" in fault


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("action", value="applaud"), "action"),
        (put("filed_by", value="robot"), "filed_by"),
        (put("evidence", value=["napkin"]), "evidence"),
        (put("claims", 0, "field", value="SHOE"), "claims[0].field"),
        (put("claims", 0, "cause", value="whim"), "claims[0].cause"),
        (put("claims", 0, "evidence", value=["napkin"]), "claims[0].evidence"),
        (put("claims", 0, "variant", value="moved_to_hk"), "claims[0].variant"),
        (put("campaigns", 0, "kind", value="party"), "campaigns[0].kind"),
        (put("open_requests", 0, "fields", value=["SHOE"]), "open_requests[0].fields"),
        (put("done_requests", 0, "fields", value=["SHOE"]), "done_requests[0].fields"),
    ],
)
def test_an_unknown_name_is_named(nchu: School, change: Change, where: str) -> None:
    """Fields, causes, papers, actions and duties are those that somebody declared."""
    (fault,) = faults(nchu, change)

    assert fault.startswith(f"{where}: ")
    assert "unknown" in fault


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
        (drop("done_requests", 0, "filed_on"), "done_requests[0].filed_on"),
    ],
)
def test_a_missing_part_is_named(nchu: School, change: Change, where: str) -> None:
    """What a question has to say is asked for by name; whether somebody is registered is never assumed."""
    (fault,) = faults(nchu, change)

    assert fault.startswith(f"{where}: ")
    assert "missing" in fault


@pytest.mark.parametrize("change", [drop, lambda *path: put(*path, value=None)])
@pytest.mark.parametrize("attribute", ["expected_graduation", "enrolment_status"])
def test_an_attribute_that_a_rule_needs_is_asked_for_by_name_and_rule(
    nchu: School, change: Callable[..., Change], attribute: str
) -> None:
    """Left out or null, the rule that needs it is named and no answer is given."""
    found = faults(nchu, change("student", attribute))

    assert all(fault.startswith(f"student.{attribute}: ") for fault in found)
    assert any("filing." in fault for fault in found)


def test_an_attribute_that_no_rule_needs_may_be_unknown(nchu: School) -> None:
    """The first school asks neither for the province nor for the college."""
    asked = said()
    for name in ("origin_province", "college", "years", "category", "entry_date"):
        del asked["student"][name]

    assert ask(nchu, Question.from_json(asked)).may


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
    (fault,) = faults(nchu, change)

    assert fault.startswith(f"{where}: ")
    assert "zone" in fault


@pytest.mark.parametrize(
    "value",
    ["20240305", "2024-W10-2", "2024-02-30", "24-03-05", "", 20240305, True, "0024-03-05", "3024-03-05"],
)
def test_a_date_that_is_none_is_named(nchu: School, value: Any) -> None:
    """One way of writing a date, and only days that exist and make sense."""
    (fault,) = faults(nchu, put("student", "expected_graduation", value=value))

    assert fault.startswith("student.expected_graduation: ")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("claims", value={}), "claims"),
        (put("claims", value=["XM"]), "claims[0]"),
        (put("evidence", value="id_card"), "evidence"),
        (put("evidence", value=[1]), "evidence"),
        (put("student", value=[]), "student"),
        (put("student", "years", value="4"), "student.years"),
        (put("student", "years", value=True), "student.years"),
        (put("student", "years", value=0), "student.years"),
        (put("student", "category", value=1), "student.category"),
        (put("action", value=None), "action"),
        (put("at", value=None), "at"),
        (put("at", value=5), "at"),
        (put("at", value="ten o'clock"), "at"),
        (put("at", value="2024-W10-2T10:00:00+08:00"), "at"),
        (put("at", value="2024-03-05T25:00:00+08:00"), "at"),
        (put("at", value="0001-01-01T00:00:00+08:00"), "at"),
        (put("claims", 0, "field", value=""), "claims[0].field"),
        (put("campaigns", 0, "opens", value=None), "campaigns[0].opens"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(nchu: School, change: Change, where: str) -> None:
    """A list is a list, a text a text, a number a number, and null stands only where it means something."""
    (fault,) = faults(nchu, change)

    assert fault.startswith(f"{where}: ")


@pytest.mark.parametrize("asked", [None, [], "raise", 7])
def test_what_is_no_object_is_no_question(asked: object) -> None:
    """One fault, not one for each key that an object would have."""
    with pytest.raises(QuestionFault) as caught:
        Question.from_json(asked)

    assert len(caught.value.faults) == 1


def test_one_field_is_claimed_once(nchu: School) -> None:
    """Two claims on the same field contradict each other or say the same."""
    (fault,) = faults(nchu, lambda asked: asked["claims"].append({"field": "XM", "cause": "rendering"}))

    assert fault.startswith("claims[1].field: ")


def test_a_campaign_opens_before_it_closes(nchu: School) -> None:
    """A window turned round is a mistake and not an empty window."""
    (fault,) = faults(nchu, put("campaigns", 0, "opens", value="2024-05-01"))

    assert fault.startswith("campaigns[0]: ")


def test_all_faults_of_a_question_are_named_together(nchu: School) -> None:
    """Whoever wrote it mends it in one go."""

    def change(asked: dict[str, Any]) -> None:
        asked["at"] = "2024-03-05T10:00:00"
        asked["colour"] = 1
        del asked["student"]["registered_on"]

    assert {fault.split(":")[0] for fault in faults(nchu, change)} == {
        "at", "colour", "student.registered_on",
    }  # fmt: skip


def test_values_of_python_are_as_good_as_text() -> None:
    """A question made in the house and one read from JSON are the same question."""
    asked = said()
    asked["at"] = datetime(2024, 3, 5, 10, tzinfo=SHANGHAI)
    asked["student"]["expected_graduation"] = date(2024, 6, 30)
    asked["campaigns"] = [{"kind": "final", "opens": date(2024, 4, 1), "closes": date(2024, 4, 30)}]

    assert Question.from_json(asked) == Question.from_json(said())


@pytest.mark.parametrize(
    "bad",
    [
        question("2024-11-01", extended_until=datetime(2028, 5, 1)),
        question("2024-11-01", begun_at=datetime(2024, 10, 31)),
        question("2024-11-01", campaigns=(CampaignWindow("final", datetime(2028, 4, 1), date(2028, 4, 30)),)),
        Question(at=datetime(2024, 11, 1), action="raise", student=Student()),
        question("2024-11-01", ClaimAsked("XM", "whim")),
    ],
)
def test_a_question_made_in_the_house_is_looked_at_as_strictly(nchu: School, bad: Question) -> None:
    """Naive moments and unknown names do not get in by another way."""
    with pytest.raises(QuestionFault):
        ask(nchu, bad)
