"""Laws that hold for every question, searched for exceptions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from config.calendar import SHANGHAI, last_moment, start_of
from config.policy import (
    Answer,
    CampaignWindow,
    ClaimAsked,
    DoneRequest,
    OpenRequest,
    PolicyQuestion,
    QuestionFault,
    School,
    Student,
    ask,
    final_check,
    load_school,
)
from config.policy.effects import EFFECTS, Lift, Require
from config.policy.predicates import PREDICATES
from config.policy.school import Rule
from config.settings import ROOT
from tests.config.asking import amended, moment, rule, words

NCHU = load_school(ROOT / "config" / "schools" / "nchu")
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
SECOND = timedelta(seconds=1)

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""No deadline: the duration of an example says nothing about the rules."""
often = settings(law, max_examples=3 * law.max_examples)
searched = settings(
    law, max_examples=law.max_examples // 4, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
"""Each example asks thousands of questions, so that shrinking would take hours."""

days = st.dates(FIRST, LAST)
moments = st.builds(lambda day, clock: datetime.combine(day, clock, SHANGHAI), days, st.times()).map(
    lambda at: at.replace(microsecond=0)
)
statuses = st.sampled_from(["注册学籍", "休学", "保留入学资格", "退学", "转专业"])


@st.composite
def lives(draw: st.DrawFn) -> Student:
    """A typical student: registered a month after entry, graduating after years. One thing may be odd.

    With random days nearly all students would be barred from filing, and the search would find nothing.
    """
    entered = draw(st.dates(date(2023, 9, 1), date(2026, 6, 30)))
    ordinary = Student(
        category=draw(st.sampled_from(["本科", "专升本"])),
        entry_date=entered,
        expected_graduation=date(entered.year + draw(st.sampled_from([3, 4, 5])), 7, 1),
        enrolment_status="注册学籍",
        registered_on=entered + timedelta(days=30),
        origin_province=draw(st.sampled_from(["江西", "河北"])),
    )
    odd: dict[str, st.SearchStrategy[object]] = {
        "enrolment_status": statuses,
        "registered_on": st.none() | days,
        "degree_registered_on": days,
        "expected_graduation": days,
    }
    name = draw(st.sampled_from([None, None, None, None, *odd]))
    return replace(ordinary, **{name: draw(odd[name])}) if name else ordinary  # type: ignore[arg-type]


campaigns = st.builds(
    lambda kind, opens, length, closes_at: CampaignWindow(
        kind, opens, datetime.combine(opens + timedelta(days=length), closes_at, SHANGHAI)
    ),
    st.sampled_from(["final", "yearly"]), days, st.integers(0, 60),
    st.sampled_from([time(11), time(23, 59, 59)]),
)  # fmt: skip
FITTING = [(field.code, cause) for field in NCHU.fields for cause in field.causes]
ODD = [("MZ", "school_data"), ("XH", "legal_change"), ("PHOTO", "rendering")]
fields_and_causes = st.just([]) | st.lists(
    st.sampled_from([*FITTING, *FITTING, *ODD]), min_size=1, max_size=3, unique_by=lambda pair: pair[0]
)
claims = fields_and_causes.flatmap(
    lambda pairs: st.tuples(
        *(
            st.builds(
                ClaimAsked, st.just(field), st.just(cause),
                evidence=st.sampled_from([(), (), ("id_card",), ("household_book",)]),
            )
            for field, cause in pairs
        )
    )
)  # fmt: skip
questions = st.builds(
    PolicyQuestion, at=moments, action=st.sampled_from(["raise", "raise", "confirm"]), student=lives(), claims=claims,
    evidence=st.lists(st.sampled_from(["id_card", "police_paper"]), max_size=1).map(tuple),
    filed_by=st.sampled_from(["student"] * 5 + ["counsellor"]), extended_until=st.none() | days | moments,
    campaigns=st.lists(campaigns, max_size=2).map(tuple),
)  # fmt: skip


def face(answer: Answer) -> tuple[str, list[str], list[str]]:
    """The part of an answer that can change at the next date."""
    return answer.outcome, sorted(answer.codes), sorted(answer.missing)


def first_second(when: date | datetime) -> datetime:
    """The first second of a next date."""
    return when if isinstance(when, datetime) else start_of(when)


@law
@given(questions)
def test_no_answer_but_an_acceptance_is_without_reason(question: PolicyQuestion) -> None:
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
def test_the_worst_claim_is_the_answer_to_the_filing(question: PolicyQuestion) -> None:
    """A filing is no better than its claims, and each claim no better than the filing rule."""
    order = ("accept", "incomplete", "defer", "route", "not_accepted")
    answer = ask(NCHU, question)
    alone = ask(NCHU, replace(question, claims=()))

    assert answer.outcome == max(
        [alone.outcome, *[claim.outcome for claim in answer.claims]], key=order.index
    )
    assert [claim.field for claim in answer.claims] == [claim.field for claim in question.claims]
    assert set(answer.missing) == {kind for claim in answer.claims for kind in claim.missing}


@searched
@given(questions)
def test_the_next_date_is_truly_the_first_change(question: PolicyQuestion) -> None:
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
def test_the_last_day_is_the_last_one_before_a_refusal(question: PolicyQuestion) -> None:
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
def test_the_same_question_has_the_same_answer(question: PolicyQuestion) -> None:
    """Nothing is remembered and nothing is drawn."""
    assert ask(NCHU, question) == ask(NCHU, question)


@law
@given(questions)
def test_an_answer_survives_json(question: PolicyQuestion) -> None:
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
    asked = PolicyQuestion(at=moment("2025-03-01"), action="raise", student=ordinary)

    assert [reason.rule for reason in ask(stricter, asked).reasons] == ["test.bar"]
    assert ask(stricter, replace(asked, student=replace(ordinary, category="本科"))).may


def test_a_category_that_a_rule_asks_for_has_to_be_known(stricter: School) -> None:
    """What one school need not know another one may have to."""
    asked = PolicyQuestion(
        at=moment("2025-03-01"), action="raise",
        student=Student(
            expected_graduation=date(2026, 7, 1), registered_on=date(2024, 10, 15),
            enrolment_status="注册学籍",
        ),
    )  # fmt: skip

    assert ask(NCHU, asked).may
    with pytest.raises(QuestionFault, match=r"student\.category: .* test\.bar"):
        ask(stricter, asked)


@pytest.mark.parametrize("fact", ["last_day", "expected_graduation"])
def test_a_fact_that_words_name_has_to_be_known_too(tmp_path: Path, fact: str) -> None:
    """A refusal whose sentence cannot be filled in is no answer."""
    for name, text in NCHU.texts.items():
        changed = re.sub(
            r'(?s)\[\[rule\]\]\nid = "filing\.(final-check|winter-class)".*?(?=\n\[\[)', "", text
        )
        (tmp_path / name).write_text(
            changed.replace("{filed_by}不能代办", f"{{{fact}}}以前不能代办"), "utf-8"
        )
    asked = PolicyQuestion(
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
    asked = PolicyQuestion(
        at=moment("2025-03-01"), action="raise", student=student, claims=(ClaimAsked("XH", "school_data"),)
    )
    waits, refused = ask(stricter, asked), ask(stricter, replace(asked, filed_by="counsellor"))

    assert (waits.outcome, waits.codes, waits.next_date) == ("defer", ("NOT_REGISTERED",), date(2026, 3, 1))
    assert (refused.outcome, refused.codes) == ("not_accepted", ("PROXY_NOT_ALLOWED", "NOT_REGISTERED"))
    assert refused.claims[0].steps == ()


@law
@given(questions)
def test_a_further_rule_never_turns_a_refusal_into_an_acceptance(
    stricter: School, question: PolicyQuestion
) -> None:
    """The stricter school refuses whatever the first one refuses, for every reason that was one to refuse it."""
    known, further = ask(NCHU, question), ask(stricter, question)
    # Missing papers are no such reason: they are not required when the filing is refused anyway.
    refusing = {rule.id for rule in NCHU.policy.rules if rule.effect.outcome == "not_accepted"}

    if known.outcome == "not_accepted":
        assert further.outcome == "not_accepted"
        why, still = ({reason.rule for reason in answer.reasons} for answer in (known, further))
        assert why & refusing <= still
        assert why & refusing


# -- the whole vocabulary, in policies put together at random ---------------------------------------------


def window(id: str, *lines: str) -> str:
    """A window as a registrar writes it."""
    return "\n".join(
        ["", "[[window]]", f'id = "{id}"', f'zh = "{id}"', f'en = "{id}"', 'source = "测试"', *lines, ""]
    )


WHOLE = "".join(
    [
        words("code", "A", "B", "C", "D", "CALENDAR_UNKNOWN"),
        words("variant", "moved"),
        window("fixed", "opens = 2026-05-10T08:00:00", "closes = 2026-11-20"),
        window("ended", "closes = 2027-02-03T17:00:00"),
        window("months", "months = [2, 9]"),
        window("days", 'first = "03-15"', 'last = "04-10"', "last_at = 17:00:00"),
        window("fresh", 'after = "entry"', "for_months = 3"),
        window("term", 'until = "graduation"', "for_days = 100"),
        window("between", 'after = "registration"', 'until = "degree_registration"'),
        rule("w.category", '{ category = ["专升本"] }', '{ refuse = "A" }'),
        rule(
            "w.category-not", '{ category_other_than = ["本科"], before = "graduation" }', '{ defer = "A" }'
        ),
        rule("w.status", '{ status = ["休学"], since = "entry" }', '{ route = "college", code = "B" }'),
        rule("w.origin", '{ origin_province = ["河北"], inside = ["months"] }', '{ refuse = "B" }'),
        rule(
            "w.origin-not",
            '{ origin_province_other_than = ["河北"], outside = ["days", "fixed"] }',
            '{ defer = "C" }',
        ),
        rule("w.origin-once", '{ origin_province = ["河北"], inside = ["fixed"] }', '{ refuse = "B" }'),
        rule(
            "w.origin-before", '{ origin_province = ["河北"], before = "registration" }', '{ refuse = "B" }'
        ),
        rule(
            "w.origin-never",
            '{ origin_province = ["河北"], since = "graduation", inside = ["between"] }',
            '{ refuse = "B" }',
        ),
        rule("w.filed", '{ filed_by = ["counsellor"], outside = ["between"] }', '{ refuse = "D" }'),
        rule("w.entered", "{ entered_since = 2026-06-01, entered_before = 2027-06-01 }", '{ defer = "D" }'),
        rule(
            "w.graduates",
            "{ graduates_since = 2027-06-01, graduates_before = 2028-06-01 }",
            '{ refuse = "D" }',
        ),
        rule("w.ended", '{ inside = ["ended"] }', '{ defer = "B" }'),
        rule(
            "w.pair",
            '{ fields_all = ["XM", "document"], field = ["XM", "SFZH"], inside = ["days"] }',
            '{ refuse = "A" }',
        ),
        rule("w.any", '{ fields_any = ["PHOTO"], outside = ["fresh"] }', '{ defer = "A" }'),
        rule("w.over", "{ fields_over = 2 }", '{ route = "college", code = "C" }'),
        rule("w.variant", '{ variant = ["moved"] }', '{ require = "travel_document", code = "D" }'),
        rule(
            "w.changed",
            '{ field = ["SFZH"], changed = ["birth_year"], study_year = [1, 2] }',
            '{ refuse = "C" }',
        ),
        rule("w.event", '{ cause = ["legal_change"], event_before = "registration" }', '{ refuse = "D" }'),
        rule("w.event-late", '{ cause = ["legal_change"], event_since = "graduation" }', '{ refuse = "D" }'),
        rule(
            "w.times", '{ field = ["XM"], corrected_times = 1, in_campaign = ["yearly"] }', '{ refuse = "B" }'
        ),
        rule(
            "w.campaign", '{ out_of_campaign = ["yearly", "final"], study_year = [2, 3] }', '{ defer = "D" }'
        ),
        rule(
            "w.term",
            '{ inside = ["term"], field = ["XH"] }',
            '{ require = "other", instead = ["id_card"], code = "A" }',
        ),
        rule("w.fourth-year", '{ study_year = [4], inside = ["months"] }', '{ defer = "C" }'),
        rule("w.after", '{ since = "graduation", inside = ["months"] }', '{ defer = "D" }'),
        rule("w.supplement", '{ since = "supplement_over" }', '{ refuse = "C" }'),
        rule("w.confirmed", '{ confirmed = true, opened = false, inside = ["months"] }', '{ refuse = "A" }'),
        rule("w.opened", '{ opened = true, outside = ["days"] }', '{ defer = "D" }'),
        rule("w.extended", "{ extended = false, study_year = [3, 4] }", '{ refuse = "B" }'),
        rule("w.frozen", "{ frozen = true, extended = true }", '{ defer = "B" }'),
        rule("w.blank", '{ blank_any = ["MZ", "ZYMC"] }', '{ refuse = "C" }'),
        rule("w.finished", '{ finished = ["document"], field = ["XM"] }', '{ refuse = "C" }'),
        rule("w.lift-a", '{ filed_by = ["registrar"] }', '{ lift = ["A", "PROXY_NOT_ALLOWED"] }'),
        rule("w.lift-d", '{ field = ["XM"], inside = ["fixed"] }', '{ lift = ["D", "MISSING_EVIDENCE"] }'),
        rule("w.lock", '{ field = ["XM"] }', '{ lock = ["XM"] }'),
        rule("w.again", '{ field = ["XM", "SFZH"] }', "{ reconfirm = 10 }"),
        rule("w.assign", '{ cause = ["photo"] }', '{ assign = "province" }'),
        rule("w.step", "{}", '{ add_step = "approval", office = "college", working_days = 7 }'),
    ]
)
YEARS_KNOWN = "".join(
    f'\n[[year]]\nyear = {year}\noff = []\nwork = []\nsource = "测试"\n' for year in range(2027, 2034)
)


@cache
def whole() -> School:
    """The first school with a rule for every word of the vocabulary."""
    with TemporaryDirectory() as folder:
        return amended(Path(folder), NCHU, policy=WHOLE, calendar=YEARS_KNOWN)


def made_of(rules: Collection[Rule]) -> School:
    """A school with only these rules, in the order written."""
    school = whole()
    kept = tuple(rule for rule in school.policy.rules if rule in rules)
    return replace(school, policy=replace(school.policy, rules=kept))


def among(chosen: Callable[[Rule], object], min_size: int, max_size: int) -> st.SearchStrategy[set[Rule]]:
    """Some of the rules."""
    return st.deferred(
        lambda: st.sets(
            st.sampled_from([rule for rule in whole().policy.rules if chosen(rule)]),
            min_size=min_size,
            max_size=max_size,
        )
    )


some_rules = (
    among(lambda rule: True, 8, 24)
    | among(lambda rule: rule.during, 0, 3)
    | among(lambda rule: isinstance(rule.effect, Require | Lift) or rule.of_time, 3, 9)
)
"""Many rules of all kinds, or few of one kind: among many, the effect of one is often hidden by another."""
numbers = st.sampled_from(["110105200601120022", "110105200601130022", "360103200501120022", "H1234567"])
any_claims = fields_and_causes.flatmap(
    lambda pairs: st.tuples(
        *(
            st.builds(
                ClaimAsked, st.just(field), st.just(cause), event_date=days, old=numbers, new=numbers,
                evidence=st.sampled_from([(), (), ("id_card",), ("other",)]),
                variant=st.sampled_from([None, "moved"]),
            )
            for field, cause in pairs
        )
    )
)  # fmt: skip
fields_of = st.lists(st.sampled_from(["XM", "CSRQ", "PHOTO"]), min_size=1, max_size=2, unique=True).map(tuple)
any_questions = st.builds(
    PolicyQuestion, at=moments, action=st.sampled_from(["raise", "raise", "confirm", "supplement"]),
    student=lives(),
    claims=any_claims, evidence=st.lists(st.sampled_from(["id_card", "police_paper"]), max_size=1).map(tuple),
    filed_by=st.sampled_from(["student", "student", "counsellor", "registrar"]), begun_at=st.none() | moments,
    extended_until=st.none() | days | moments, campaigns=st.lists(campaigns, max_size=2).map(tuple),
    open_requests=st.lists(
        st.builds(OpenRequest, fields_of, days, st.just("returned"), st.none() | days), max_size=2
    ).map(tuple),
    done_requests=st.lists(
        st.builds(DoneRequest, fields_of, days, st.sampled_from(["corrected", "rejected"])), max_size=1
    ).map(tuple),
    confirmed_on=st.none() | days, opened_until=st.none() | days | moments, frozen_on=st.none() | days,
    frozen_until=st.none() | days | moments,
    blank=st.sampled_from([(), (), ("MZ",), ("BH",)]),
)  # fmt: skip
OUTCOMES = ("accept", "incomplete", "defer", "route", "not_accepted")


def test_every_word_of_the_vocabulary_is_in_that_policy() -> None:
    """Whoever adds a word adds it here, or it goes unsearched."""
    text = whole().texts["policy.toml"]

    assert [word for word in (*PREDICATES, *EFFECTS) if not re.search(rf"\b{word} = ", text)] == []


@law
@given(some_rules, any_questions)
def test_no_policy_refuses_without_a_reason(rules: set[Rule], question: PolicyQuestion) -> None:
    """Whatever the rules: an acceptance has no reasons, everything else has, and their outcome is the answer."""
    school = made_of(rules)
    answer = ask(school, question)

    assert answer.may == (not answer.reasons)
    for reason in answer.reasons:
        assert reason.code in school.policy.codes
        assert reason.says and reason.says_en and reason.source and reason.remedy and reason.remedy_en
    outcomes = {rule.id: rule.effect.outcome for rule in school.policy.rules}
    assert answer.outcome == max(
        ["accept", *[outcomes[reason.rule] for reason in answer.reasons]], key=OUTCOMES.index
    )


TIMES = (time(0), time(8), time(11, 0, 1), time(17, 0, 1))
"""Times of day when that policy's windows and campaigns begin or end."""


@searched
@given(some_rules, any_questions)
def test_in_any_policy_the_next_date_is_the_first_change(rules: set[Rule], question: PolicyQuestion) -> None:
    """Asked again at every moment of six years at which anything could turn: nothing changes before, or ever."""
    school = made_of(rules)
    answer = ask(school, question)
    known = face(answer)
    change = None if answer.next_date is None else first_second(answer.next_date)
    if change is not None:
        assert change > question.at
        assert face(ask(school, replace(question, at=change))) != known
        assert face(ask(school, replace(question, at=change - SECOND))) == known
    end = min(change or start_of(date(2032, 1, 1)), start_of(date(2032, 1, 1)))
    for at in turning_moments(question.at, end):
        assert face(ask(school, replace(question, at=at))) == known, at


@searched
@given(some_rules, any_questions)
def test_in_any_policy_accepted_from_is_the_first_acceptance(
    rules: set[Rule], question: PolicyQuestion
) -> None:
    """Asked again at every change of its answer, it is accepted at that moment first; null means at none."""
    school = made_of(rules)
    answer = ask(school, question)
    now, first = question, answer.accepted_from
    for _ in range(40):
        if answer.may or answer.next_date is None:
            break
        now = replace(question, at=first_second(answer.next_date))
        answer = ask(school, now)

    assert (first is not None) == answer.may
    if first is not None:
        assert first_second(first) == now.at


@pytest.mark.parametrize(
    ("rules", "at", "graduation", "change"),
    [
        ({"w.origin"}, "2026-10-01", "2026-07-01", date(2027, 2, 1)),
        ({"w.after"}, "2026-03-01", "2026-10-01", date(2027, 2, 1)),
        ({"w.after"}, "2026-03-01", "2026-09-30", date(2026, 9, 30)),
        ({"w.after"}, "2026-03-01", "2029-02-28", date(2029, 2, 28)),
        ({"w.fourth-year"}, "2023-10-01", "2027-07-01", date(2026, 9, 1)),
        ({"w.ended", "w.origin"}, "2027-02-03 17:00:01", "2026-07-01", date(2027, 3, 1)),
    ],
)
def test_what_comes_every_year_comes_in_the_first_whole_year_too(
    rules: set[str], at: str, graduation: str, change: date
) -> None:
    """After the last of the student's own moments a year is looked through to its end, and no further one is needed."""
    school = made_of({rule for rule in whole().policy.rules if rule.id in rules})
    student = Student(
        category="本科", entry_date=date(2023, 9, 1), expected_graduation=date.fromisoformat(graduation),
        enrolment_status="注册学籍", registered_on=date(2023, 10, 1), origin_province="河北",
    )  # fmt: skip

    assert ask(school, PolicyQuestion(moment(at), "raise", student)).next_date == change


@searched
@given(some_rules, any_questions)
def test_in_any_policy_the_last_day_is_the_last_before_a_refusal(
    rules: set[Rule], question: PolicyQuestion
) -> None:
    """Never refused until then, refused the second after; without a last day never refused at all."""
    school = made_of(rules)
    answer = ask(school, question)
    last = None if answer.due is None else last_moment(answer.due)
    if answer.outcome == "not_accepted":
        assert last is None
        return
    if last is not None:
        assert ask(school, replace(question, at=last)).outcome != "not_accepted"
        assert ask(school, replace(question, at=last + SECOND)).outcome == "not_accepted"
    end = min(last or start_of(date(2032, 1, 1)), start_of(date(2032, 1, 1)))
    for at in turning_moments(question.at, end):
        assert ask(school, replace(question, at=at)).outcome != "not_accepted", at


def turning_moments(after: datetime, before: datetime) -> Iterator[datetime]:
    """Every moment in between at which a window, a campaign or a day can begin or end."""
    day = after.date()
    while day <= before.date():
        for clock in TIMES:
            if after < (at := datetime.combine(day, clock, SHANGHAI)) < before:
                yield at
        day += timedelta(days=1)


@often
@given(
    some_rules,
    among(lambda rule: True, 1, 1) | among(lambda rule: isinstance(rule.effect, Lift), 1, 1),
    any_questions,
)
def test_one_more_rule_never_softens_unless_it_says_so(
    rules: set[Rule], added: set[Rule], question: PolicyQuestion
) -> None:
    """An answer gets no better by a further rule; by one that lifts, only where its codes stood in the way."""
    (more,) = added
    assume(more not in rules)
    before, after = ask(made_of(rules), question), ask(made_of({*rules, more}), question)
    lifted = set(more.effect.lift) if isinstance(more.effect, Lift) else set()

    assert set(before.codes) - missing_codes(rules) - lifted <= set(after.codes)
    if OUTCOMES.index(after.outcome) < OUTCOMES.index(before.outcome):
        assert set(before.codes) & lifted
        assert any(effect["rule"] == more.id for effect in after.effects)


def missing_codes(rules: Collection[Rule]) -> set[str]:
    """Codes of missing papers, which are not required once something is refused."""
    return {rule.effect.code for rule in rules if isinstance(rule.effect, Require)}


@law
@given(some_rules, any_questions)
def test_in_any_policy_an_answer_survives_json(rules: set[Rule], question: PolicyQuestion) -> None:
    """Only plain values stand in it, effects and steps included, and no value of a claim."""
    said = json.dumps(ask(made_of(rules), question).as_json(), ensure_ascii=False)

    assert json.loads(said) == ask(made_of(rules), question).as_json()
    assert "110105200601120022" not in said


@law
@given(
    some_rules,
    any_questions,
    st.sampled_from(["origin_province", "category", "entry_date", "expected_graduation", "enrolment_status"]),
)
def test_an_unknown_fact_is_asked_for_or_makes_no_difference(
    rules: set[Rule], question: PolicyQuestion, fact: str
) -> None:
    """Without one of them: the same answer, or an error that names it; never another answer."""
    school = made_of(rules)
    unknown = replace(question, student=replace(question.student, **{fact: None}))  # type: ignore[arg-type]
    try:
        answer = ask(school, unknown)
    except QuestionFault as fault:
        assert {one.split(":")[0] for one in fault.faults} == {f"student.{fact}"}
    else:
        assert face(answer) == face(ask(school, question))
        assert (answer.next_date, answer.accepted_from, answer.due) == days_of(ask(school, question))


@law
@given(among(lambda rule: rule.id.startswith("w.origin"), 1, 1), any_questions)
def test_a_fact_is_asked_for_only_while_its_rule_can_still_hold(
    rules: set[Rule], question: PolicyQuestion
) -> None:
    """A rule on the province whose window is over for good asks for none; one whose window comes again does."""
    school, asked = made_of(rules), False
    try:
        ask(school, replace(question, student=replace(question.student, origin_province=None)))
    except QuestionFault:
        asked = True
    fates = [
        ask(school, replace(question, student=replace(question.student, origin_province=province)))
        for province in ("河北", "江西")
    ]

    assert asked == any(not (one.may and one.next_date is None) for one in fates)


def days_of(answer: Answer) -> tuple[object, ...]:
    """What an answer says of later."""
    return answer.next_date, answer.accepted_from, answer.due
