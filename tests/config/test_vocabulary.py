"""Every word of the vocabulary, added to the first school's rules and asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.policy import (
    CampaignWindow,
    ClaimAsked,
    DoneRequest,
    OpenRequest,
    PolicyFaults,
    QuestionFault,
    School,
    ask,
)
from config.policy.words import PROVINCES
from tests.config.asking import amended, answer, final_campaign, moment, question, reads, rule, words
from workflow.records import origin

DAY = "2026-03-02"
BARRED = words("code", "BARRED")
NAME = ClaimAsked("XM", "rendering", evidence=("id_card",), old="张三", new="张三丰")
NUMBER = ClaimAsked(
    "SFZH", "admission_error", evidence=("id_card",), old="11010519491231002X", new="440524188001010014"
)
BIRTH = ClaimAsked("CSRQ", "admission_error", evidence=("id_card",), old="2006-01-12", new="2005-12-01")
STUDENT_NO = ClaimAsked("XH", "school_data")

Make = Callable[..., School]


@pytest.fixture
def make(nchu: School, tmp_path: Path) -> Make:
    """A factory: the first school with additions in its policy.toml."""
    return lambda *more: amended(tmp_path, nchu, policy=BARRED + "".join(more))


def barring(when: str, id: str = "test.bar") -> str:
    """A rule that refuses everyone it applies to."""
    return rule(id, when, '{ refuse = "BARRED" }')


# -- who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "barred", "free"),
    [
        ('{ category = ["专升本"] }', {"category": "专升本"}, {}),
        ('{ category_other_than = ["本科"] }', {"category": "专升本"}, {}),
        ('{ status = ["休学"] }', {"enrolment_status": "休学"}, {}),
        ('{ origin_province = ["河北"] }', {"origin_province": "河北"}, {}),
        ('{ origin_province_other_than = ["江西"] }', {"origin_province": "河北"}, {}),
        ("{ entered_since = 2024-09-15 }", {}, {"entry_date": "2024-09-14"}),
        ("{ entered_before = 2024-09-15 }", {"entry_date": "2024-09-14"}, {}),
        ("{ graduates_since = 2028-07-01 }", {}, {"expected_graduation": "2028-06-30"}),
        ("{ graduates_before = 2028-07-01 }", {"expected_graduation": "2028-06-30"}, {}),
    ],
)  # fmt: skip
def test_a_rule_can_be_about_who_asks(
    make: Make, when: str, barred: dict[str, str], free: dict[str, str]
) -> None:
    """Level, status, origin, day of entry and of graduation."""
    school = make(barring(when))

    assert answer(school, DAY, **barred).codes == ("BARRED",)
    assert answer(school, DAY, **free).may


@pytest.mark.parametrize(
    ("standing", "status"),
    [("enrolled", "休学"), ("retained", "保留入学资格"), ("left", "退学"), ("other", "转专业")],
)
def test_a_status_has_the_standing_of_its_list(make: Make, standing: str, status: str) -> None:
    """Enrolled, place retained, left, and whatever stands in none of the lists; never two of them."""
    school = make(barring(f'{{ standing = "{standing}" }}'))
    others = {"休学", "保留入学资格", "退学", "转专业"} - {status}

    assert "BARRED" in answer(school, DAY, enrolment_status=status).codes
    assert not any("BARRED" in answer(school, DAY, enrolment_status=other).codes for other in others)


@pytest.mark.parametrize(
    ("when", "attribute"),
    [
        ('{ origin_province = ["河北"] }', "origin_province"),
        ("{ entered_since = 2024-09-15 }", "entry_date"),
        ("{ study_year = [1] }", "entry_date"),
        ('{ since = "graduation" }', "expected_graduation"),
        ('{ before = "entry" }', "entry_date"),
    ],
)
def test_an_attribute_that_a_rule_needs_is_asked_for_by_name(make: Make, when: str, attribute: str) -> None:
    """Never an answer that leaves the rule out."""
    with pytest.raises(QuestionFault, match=rf"student\.{attribute}: .* test\.bar"):
        answer(make(barring(when)), DAY, **{attribute: None})


def test_what_cannot_matter_need_not_be_known(make: Make) -> None:
    """Where something known already speaks against the rule, the unknown is not asked for; the order is no matter."""
    for when in (
        '{ origin_province = ["河北"], status = ["休学"] }',
        '{ status = ["休学"], origin_province = ["河北"] }',
    ):
        assert answer(make(barring(when)), DAY, origin_province=None).may


def test_a_proxy_can_be_allowed_to_some_and_marked(make: Make) -> None:
    """代签: the duty that files is told to those who review."""
    school = make(
        words("code", "BY_PROXY"),
        rule("test.proxy", '{ filed_by = ["counsellor"] }', '{ warn = "BY_PROXY" }'),
    )

    assert answer(school, DAY, filed_by="counsellor").flags == ("BY_PROXY",)
    assert answer(school, DAY).flags == ()


def test_the_provinces_are_those_of_candidate_numbers() -> None:
    """A rule can name just what a record can say."""
    said = {origin.origin_province(f"24{code:02}0100000001") for code in range(100)}
    assert said - {None} == set(PROVINCES)


# -- which fields together ------------------------------------------------------------------------------

PAIR = barring('{ fields_all = ["XM", "document"], field = ["XM", "SFZH", "CSRQ", "XB"] }')


def test_a_forbidden_pair_is_seen_in_one_request(make: Make) -> None:
    """Name and ID number together are refused, each for that reason; either alone is not."""
    school = make(PAIR)
    said = answer(school, DAY, NAME, NUMBER, STUDENT_NO)

    assert [(claim.field, claim.outcome) for claim in said.claims] == [
        ("XM", "not_accepted"), ("SFZH", "not_accepted"), ("XH", "accept"),
    ]  # fmt: skip
    assert answer(school, DAY, NAME).may
    assert answer(school, DAY, NUMBER).may


def test_a_forbidden_pair_is_seen_over_two_days(make: Make) -> None:
    """Yesterday the ID number, today the name: the other open request counts, and one that is done does not."""
    school = make(PAIR)
    open_request = OpenRequest(("SFZH",), date(2026, 3, 1), "under_review")
    done = DoneRequest(("SFZH",), date(2025, 3, 1), "corrected", date(2025, 5, 1))

    assert answer(school, DAY, NAME, open_requests=(open_request,)).codes == ("BARRED",)
    assert answer(school, DAY, STUDENT_NO, open_requests=(open_request,)).may
    assert answer(school, DAY, NAME, done_requests=(done,)).may


def test_birth_date_sex_and_id_number_are_one_object(make: Make) -> None:
    """A name with a birth date is a name with an ID number, for the birth date is part of the number."""
    school = make(PAIR)

    assert answer(school, DAY, NAME, BIRTH).codes == ("BARRED", "BARRED")
    assert answer(school, DAY, NUMBER, BIRTH).may


def test_how_many_fields_may_be_claimed_at_once(make: Make) -> None:
    """Two of one group count as one; the open requests count too."""
    school = make(barring("{ fields_over = 2 }"))
    open_request = OpenRequest(("PHOTO",), date(2026, 3, 1), "filed")

    assert answer(school, DAY, NAME, NUMBER, BIRTH).may
    assert answer(school, DAY, NAME, NUMBER, BIRTH, STUDENT_NO).codes == ("BARRED",)
    assert answer(school, DAY, NAME, NUMBER, open_requests=(open_request,)).codes == ("BARRED",)
    assert answer(school, DAY, open_requests=(open_request,)).may


def test_one_of_several_fields_is_enough_for_any(make: Make) -> None:
    """While something about the document is open, nothing else is taken."""
    school = make(barring('{ fields_any = ["document"] }'))

    assert answer(school, DAY, BIRTH).codes == ("BARRED",)
    assert answer(
        school, DAY, NAME, open_requests=(OpenRequest(("XB",), date(2026, 3, 1), "filed"),)
    ).codes == ("BARRED",)
    assert answer(school, DAY, NAME).may


def test_the_other_open_requests_can_be_named_in_the_sentence(make: Make) -> None:
    """The facts of a refusal include when the others were filed, and no value."""
    school = make(
        PAIR.replace('says = "说"', 'says = "另有：{pending}"').replace('"said"', '"besides: {pending_en}"')
    )
    number = OpenRequest(("SFZH", "XB"), date(2026, 3, 1), "filed")
    photo = OpenRequest(("PHOTO",), date(2026, 2, 1), "filed")
    split = answer(school, DAY, NAME, open_requests=(number, photo)).reasons[0]
    whole = answer(school, DAY, NAME, NUMBER).reasons[0]

    assert split.says == "另有：2026-03-01 证件号码、性别；2026-02-01 录取照片"
    assert split.says_en == "besides: 2026-03-01 ID number, sex; 2026-02-01 admission photo"
    assert (whole.says, whole.says_en) == ("另有：没有", "besides: none")


def test_a_field_can_have_a_limit_for_life(make: Make) -> None:
    """Corrected once means never again; a rejected request does not count, and a field of the same group does."""
    school = make(barring('{ field = ["SFZH"], corrected_times = 1 }'))
    done = {state: DoneRequest(("XB",), date(2025, 3, 1), state) for state in ("corrected", "rejected")}

    assert answer(school, DAY, NUMBER, done_requests=(done["corrected"],)).codes == ("BARRED",)
    assert answer(school, DAY, NUMBER, done_requests=(done["rejected"],)).may
    assert answer(school, DAY, NUMBER).may


def test_a_limit_for_life_counts_each_other_column_by_itself(make: Make) -> None:
    """Columns that the school's students do not check have no group: another one's correction does not count."""
    school = make(barring('{ field = ["MZ"], corrected_times = 1 }'))
    claim = ClaimAsked("MZ", "school_data")

    def reasons(corrected: str) -> tuple[str, ...]:
        return answer(
            school, DAY, claim, done_requests=(DoneRequest((corrected,), date(2025, 3, 1), "corrected"),)
        ).codes

    assert "BARRED" in reasons("MZ")
    assert "BARRED" not in reasons("ZYMC")


@pytest.mark.parametrize(
    ("when", "barred", "free"),
    [
        ("{ claimable = true }", STUDENT_NO, ClaimAsked("MZ", "school_data")),
        ("{ claimable = false }", ClaimAsked("MZ", "school_data"), STUDENT_NO),
        ("{ cause_fits = true }", STUDENT_NO, ClaimAsked("XH", "photo")),
        ("{ cause_fits = false }", ClaimAsked("XH", "photo"), STUDENT_NO),
    ],
)
def test_a_rule_can_be_about_what_may_be_claimed(
    make: Make, when: str, barred: ClaimAsked, free: ClaimAsked
) -> None:
    """Fields that the school's students can claim to be wrong, and causes that go with the field."""
    school = make(barring(when))

    assert "BARRED" in answer(school, DAY, barred).codes
    assert "BARRED" not in answer(school, DAY, free).codes


# -- what the record and its earlier requests say ---------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "fact", "said"),
    [
        ("confirmed", {"confirmed_on": date(2026, 2, 1)}, "已确认：2026-02-01"),
        ("frozen", {"frozen_on": date(2026, 2, 2)}, "已冻结：2026-02-02"),
    ],
)
def test_what_is_confirmed_or_frozen_can_be_closed(
    make: Make, word: str, fact: dict[str, date], said: str
) -> None:
    """True bars who is, false who is not, and the sentence names the day."""
    says = said.replace(f"{next(iter(fact.values()))}", f"{{{next(iter(fact))}}}")
    so = make(rule("test.so", f"{{ {word} = true }}", '{ refuse = "BARRED" }', says=says))
    not_so = make(barring(f"{{ {word} = false }}"))

    assert [one.says for one in answer(so, DAY, **fact).reasons] == [said]
    assert answer(so, DAY).may
    assert answer(not_so, DAY, **fact).may
    assert answer(not_so, DAY).codes == ("BARRED",)


@pytest.mark.parametrize("word", ["extended", "opened"])
def test_a_permission_holds_to_its_last_second(make: Make, word: str) -> None:
    """A day counts whole, a moment to the second; then it is as if none had been given, and the answer says when."""
    with_it = {f"{word}_until": date(2026, 3, 10)}
    barred = make(
        rule("test.bar", f"{{ {word} = false }}", '{ refuse = "BARRED" }', says=f"{{{word}_until}}")
    )

    assert answer(barred, DAY).reasons[0].says == "—"
    assert answer(barred, "2026-03-10 23:59:59", **with_it).may
    assert answer(barred, DAY, **with_it).due == date(2026, 3, 10)
    assert answer(barred, "2026-03-11", **with_it).reasons[0].says == "2026-03-10"
    until = {f"{word}_until": moment("2026-03-10 17:00:00")}
    assert answer(barred, "2026-03-10 17:00:00", **until).may
    assert answer(barred, "2026-03-10 17:00:01", **until).reasons[0].says == "2026-03-10 17:00:00"


def test_a_freeze_ends_after_its_last_second_and_the_answer_says_when(make: Make) -> None:
    """A rule on frozen claims bars until that end, names it, and asks for no further patience than that."""
    barred = make(rule("test.bar", "{ frozen = true }", '{ refuse = "BARRED" }', says="{frozen_until}"))
    frozen = {"frozen_on": date(2026, 2, 2), "frozen_until": date(2026, 3, 10)}

    asked = answer(barred, DAY, **frozen)
    assert (asked.codes, asked.reasons[0].says) == (("BARRED",), "2026-03-10")
    assert (asked.accepted_from, asked.next_date) == (date(2026, 3, 11),) * 2
    assert not answer(barred, "2026-03-10 23:59:59", **frozen).may
    assert answer(barred, "2026-03-11", **frozen).may
    assert answer(barred, DAY, frozen_on=date(2026, 2, 2)).accepted_from is None


def test_an_opened_check_can_lift_what_closes_it(make: Make) -> None:
    """A rule of those who were let in again holds for them as long as that lasts, and for nobody else."""
    school = make(
        barring("{ confirmed = true }"),
        rule("test.open", "{ opened = true }", '{ lift = ["BARRED"] }'),
    )
    closed = {"confirmed_on": date(2026, 2, 1)}

    assert answer(school, DAY, **closed).codes == ("BARRED",)
    assert answer(school, DAY, **closed, opened_until=date(2026, 3, 2)).may
    assert answer(school, "2026-03-03", **closed, opened_until=date(2026, 3, 2)).codes == ("BARRED",)


def test_what_is_blank_is_named_and_nothing_else(make: Make) -> None:
    """Of the columns that must be filled, those without a value; a blank one that the rule does not name is none."""
    school = make(
        rule("test.fill", '{ blank_any = ["ZYMC", "MZ", "BH"] }', '{ refuse = "BARRED" }',
             says="请补填：{blank}", says_en="fill in: {blank_en}"),
    )  # fmt: skip
    (reason,) = answer(school, DAY, action="confirm", blank=("BH", "FY", "MZ")).reasons

    assert (reason.says, reason.says_en) == ("请补填：民族、班号", "fill in: ethnicity, class")
    assert answer(school, DAY, action="confirm", blank=("FY",)).may


def test_the_reviewers_are_told_what_was_corrected_before(make: Make) -> None:
    """Which fields and on which day, by group; what was rejected, or is another item, is not told."""
    school = make(
        rule("test.other", '{ finished = ["XM", "document"], field = ["XH"] }', '{ refuse = "BARRED" }',
             says="{finished}", says_en="{finished_en}"),
        words("code", "CHANGED_BEFORE"),
        rule("test.told", '{ finished = ["XM", "document"] }', '{ warn = "CHANGED_BEFORE" }'),
    )  # fmt: skip
    number = DoneRequest(("SFZH", "XH", "XB"), date(2026, 2, 1), "corrected", date(2026, 2, 20))
    name = DoneRequest(("XM",), date(2025, 2, 1), "corrected", date(2025, 3, 1))
    rejected = DoneRequest(("XM",), date(2025, 9, 1), "rejected", date(2025, 9, 9))
    photo = DoneRequest(("PHOTO",), date(2025, 9, 1), "corrected", date(2025, 9, 9))
    told = answer(school, DAY, STUDENT_NO, done_requests=(number, rejected, photo, name))

    assert told.flags == ("CHANGED_BEFORE",)
    assert told.reasons[0].says == "2025-03-01 姓名；2026-02-20 证件号码、性别"
    assert told.reasons[0].says_en == "2025-03-01 name; 2026-02-20 ID number, sex"
    assert answer(school, DAY, STUDENT_NO, done_requests=(rejected, photo)).flags == ()


# -- what changed, when it happened ---------------------------------------------------------------------


def test_a_rule_can_look_at_what_would_change(make: Make) -> None:
    """A birth date may be put right, and not into another year."""
    school = make(barring('{ field = ["CSRQ", "SFZH"], changed = ["birth_year"] }'))
    same_year = ClaimAsked(
        "CSRQ", "admission_error", evidence=("id_card",), old="2006-01-12", new="2006-01-21"
    )

    assert answer(school, DAY, BIRTH).codes == ("BARRED",)
    assert answer(school, DAY, NUMBER).codes == ("BARRED",)
    assert answer(school, DAY, same_year).may
    assert answer(school, DAY, NAME).may


@pytest.mark.parametrize(
    ("old", "new", "lacking"), [(None, "2006-01-12", "old"), ("2006-01-12", None, "new")]
)
def test_both_values_have_to_be_known_for_that(
    make: Make, old: str | None, new: str | None, lacking: str
) -> None:
    """The claim whose value lacks is named by its place; another claim needs none."""
    school = make(barring('{ changed = ["birth_year"], field = ["CSRQ"] }'))
    asked = question(DAY, STUDENT_NO, ClaimAsked("CSRQ", "admission_error", old=old, new=new))

    with pytest.raises(QuestionFault, match=rf"claims\[1\]\.{lacking}: .* test\.bar"):
        ask(school, asked)
    assert answer(school, DAY, STUDENT_NO).may


EVENT = '{{ cause = ["legal_change"], {word} = "{moment}" }}'


@pytest.mark.parametrize(
    ("word", "moment", "barred", "free"),
    [
        ("event_before", "registration", date(2024, 10, 14), date(2024, 10, 15)),
        ("event_before", "entry", date(2024, 9, 14), date(2024, 9, 15)),
        ("event_since", "graduation", date(2028, 7, 1), date(2028, 6, 30)),
        ("event_since", "final_check_over", date(2028, 5, 1), date(2028, 4, 30)),
    ],
)
def test_the_day_on_the_evidence_can_lie_outside(
    make: Make, word: str, moment: str, barred: date, free: date
) -> None:
    """The day of the moment itself is not before it; what decides is the paper's day, not the day of filing."""
    school = make(barring(EVENT.format(word=word, moment=moment)))
    claims = [ClaimAsked("XM", "legal_change", day, evidence=("household_book",)) for day in (barred, free)]

    assert [answer(school, DAY, claim).codes for claim in claims] == [("BARRED",), ()]


def test_an_event_without_a_day_is_asked_for(make: Make) -> None:
    """Nobody assumes that it fell into the time of study; a cause that has no event needs no day."""
    school = make(barring(EVENT.format(word="event_before", moment="registration")))

    with pytest.raises(QuestionFault, match=r"claims\[0\]\.event_date: .* test\.bar"):
        answer(school, DAY, ClaimAsked("XM", "legal_change", evidence=("household_book",)))
    assert answer(school, DAY, NAME).may


def test_a_moment_that_the_record_lacks_leaves_no_event_outside(make: Make) -> None:
    """As long as no degree is registered, nothing happened after it."""
    school = make(barring(EVENT.format(word="event_since", moment="degree_registration")))
    claim = ClaimAsked("XM", "legal_change", date(2026, 2, 1), evidence=("household_book",))

    assert answer(school, DAY, claim).may


def test_a_circumstance_changes_the_papers(make: Make) -> None:
    """Moved to Hong Kong: another paper; a circumstance that the school does not list is no question."""
    school = make(
        words("variant", "moved_to_hk"),
        rule("test.hk", '{ variant = ["moved_to_hk"] }', '{ require = "travel_document", code = "MISSING_EVIDENCE" }',
             says="{variant}：{paper}", says_en="{variant_en}: {paper_en}"),
    )  # fmt: skip
    moved = ClaimAsked("XH", "school_data", variant="moved_to_hk")

    assert answer(school, DAY, moved).missing == ("travel_document",)
    assert answer(school, DAY, moved).reasons[0].says.startswith("moved_to_hk：")
    assert answer(school, DAY, STUDENT_NO).may
    with pytest.raises(QuestionFault, match=r"claims\[0\]\.variant: .*moved_to_hk"):
        answer(school, DAY, ClaimAsked("XH", "school_data", variant="moved_to_mars"))


# -- when -----------------------------------------------------------------------------------------------


def window(id: str, *lines: str) -> str:
    """A window as a registrar writes it."""
    return "\n".join(
        ["", "[[window]]", f'id = "{id}"', f'zh = "{id}"', f'en = "{id}"', 'source = "测试"', *lines, ""]
    )


OUTSIDE = rule(
    "test.wait",
    '{ outside = ["intake"] }',
    '{ defer = "BARRED" }',
    says="{window} {opens}",
    says_en="{window_en}",
)


def test_months_of_every_year_open_again_and_again(make: Make) -> None:
    """March and December: asked in April, the next date is 1 December, in December the end of the month."""
    school = make(window("intake", "months = [3, 12]"), OUTSIDE)
    spring, december = answer(school, "2026-04-01"), answer(school, "2026-12-31 23:59:59")

    assert (spring.outcome, spring.next_date, spring.due) == ("defer", date(2026, 12, 1), date(2028, 4, 30))
    assert spring.reasons[0].says == "intake 2026-12-01 00:00:00"
    assert (december.outcome, december.next_date) == ("accept", date(2027, 1, 1))
    assert answer(school, "2028-02-29 23:59:59").next_date == date(2028, 3, 1)


def test_days_of_every_year_may_end_during_the_day(make: Make) -> None:
    """15 September to 15 October, 17:00: both ends belong to it, to the second."""
    school = make(window("intake", 'first = "09-15"', 'last = "10-15"', "last_at = 17:00:00"), OUTSIDE)

    assert answer(school, "2025-09-14 23:59:59").next_date == date(2025, 9, 15)
    assert answer(school, "2025-09-15").next_date == moment("2025-10-15 17:00:01")
    assert answer(school, "2025-10-15 17:00:00").may
    assert answer(school, "2025-10-15 17:00:01").outcome == "defer"


def test_days_of_one_year_never_come_back(make: Make) -> None:
    """After the window only the final check is left to change the answer."""
    school = make(window("intake", "opens = 2026-03-01T08:00:00", "closes = 2026-03-10"), OUTSIDE)

    assert answer(school, "2026-03-01").next_date == moment("2026-03-01 08:00:00")
    assert answer(school, "2026-03-10 23:59:59").next_date == date(2026, 3, 11)
    assert answer(school, "2026-03-11").next_date == date(2028, 5, 1)
    assert answer(school, "2026-03-11").reasons[0].says == "intake —"


def test_another_paper_is_another_answer(make: Make) -> None:
    """The same code, and from a day on it is another paper that lacks: the answer names the day."""
    school = make(
        window("later", "opens = 2026-03-10"),
        *(
            rule(f"test.{word}", f'{{ field = ["XH"], {word} = ["later"] }}',
                 f'{{ require = "{paper}", code = "BARRED" }}')
            for word, paper in (("outside", "id_card"), ("inside", "travel_document"))
        ),
    )  # fmt: skip
    today, later = answer(school, DAY, STUDENT_NO), answer(school, "2026-03-10", STUDENT_NO)

    assert (today.codes, today.missing, today.next_date) == (("BARRED",), ("id_card",), date(2026, 3, 10))
    assert (later.codes, later.missing) == (("BARRED",), ("travel_document",))


def test_a_window_may_have_one_end(make: Make) -> None:
    """From a day on it is over for good; until then it is not."""
    school = make(window("over", "opens = 2026-03-10"), barring('{ inside = ["over"] }'))

    assert answer(school, "2026-03-09 23:59:59").next_date == date(2026, 3, 10)
    assert answer(school, "2026-03-09 23:59:59").due == date(2026, 3, 9)
    assert answer(school, "2026-03-10").codes == ("BARRED",)
    assert answer(
        make(window("until", "closes = 2026-03-09"), barring('{ outside = ["until"] }')), "2026-03-10"
    ).codes == ("BARRED",)


@pytest.mark.parametrize(
    ("lines", "opens", "closes"),
    [
        (['after = "entry"', "for_months = 1"], "2024-09-15 00:00:00", "2024-10-14 23:59:59"),
        (['after = "registration"', "for_days = 30"], "2024-10-15 00:00:00", "2024-11-13 23:59:59"),
        (['until = "graduation"', "for_months = 6"], "2028-01-01 00:00:00", "2028-06-30 23:59:59"),
        (['after = "registration"', 'until = "graduation"'], "2024-10-15 00:00:00", "2028-06-30 23:59:59"),
    ],
)
def test_a_window_can_follow_the_students_own_time(
    make: Make, lines: list[str], opens: str, closes: str
) -> None:
    """A month from entry, thirty days from registration, the term before graduation, all the time between."""
    school = make(window("own", *lines), rule("test.in", '{ inside = ["own"] }', '{ warn = "BARRED" }'))

    def inside(at: str) -> bool:
        return "BARRED" in answer(school, at).flags

    first, last = moment(opens), moment(closes)
    assert inside(f"{first:%Y-%m-%d %H:%M:%S}") and inside(f"{last:%Y-%m-%d %H:%M:%S}")
    assert not inside(f"{first.replace(year=first.year - 1):%Y-%m-%d %H:%M:%S}")
    assert not inside(f"{last.replace(year=last.year + 1):%Y-%m-%d %H:%M:%S}")


def test_without_the_moment_there_is_no_window(make: Make) -> None:
    """Who is not registered is in no window after registration, but outside it."""
    school = make(
        window("own", 'after = "registration"', "for_days = 30"),
        rule("test.in", '{ inside = ["own"] }', '{ refuse = "BARRED" }'),
        rule("test.out", '{ outside = ["own"] }', '{ refuse = "BARRED" }'),
    )

    assert [reason.rule for reason in answer(school, DAY, registered_on=None).reasons][-1] == "test.out"


@pytest.mark.parametrize(
    ("lines", "degree", "inside"),
    [
        (['after = "registration"', 'until = "degree_registration"'], None, True),
        (['after = "registration"', 'until = "degree_registration"'], "2026-03-02", False),
        (['until = "degree_registration"', "for_days = 30"], None, False),
        (['until = "degree_registration"', "for_days = 30"], "2026-03-03", True),
        (['until = "degree_registration"'], None, False),
        (['until = "degree_registration"'], "2026-03-03", True),
        (['after = "degree_registration"', 'until = "graduation"'], None, False),
        (['after = "degree_registration"', 'until = "graduation"'], "2026-03-02", True),
    ],
)
def test_a_window_lasts_until_a_moment_that_may_not_come(
    make: Make, lines: list[str], degree: str | None, inside: bool
) -> None:
    """Begun and not ended it goes on; before an end that is not known it does not begin."""
    school = make(window("own", *lines), rule("test.in", '{ inside = ["own"] }', '{ warn = "BARRED" }'))

    assert ("BARRED" in answer(school, DAY, degree_registered_on=degree).flags) == inside


@pytest.mark.parametrize("registered", ["2026-03-02", "2026-03-05"])
def test_a_window_turned_round_by_the_students_own_days_does_not_open(make: Make, registered: str) -> None:
    """Registered on the day of graduation, or after it: no time lies between, and no opening is announced."""
    school = make(
        window("own", 'after = "registration"', 'until = "graduation"'),
        rule("test.out", '{ outside = ["own"] }', '{ refuse = "BARRED" }', says="{opens} {closes}"),
    )
    said = answer(school, "2026-02-01", registered_on=registered, expected_graduation="2026-03-02")

    assert [reason.says for reason in said.reasons if reason.rule == "test.out"] == ["— —"]


def test_filing_can_be_tied_to_campaigns(make: Make) -> None:
    """Between the checks: not yet, and the answer says when the next one opens."""
    school = make(rule("test.only", '{ out_of_campaign = ["yearly", "final"] }', '{ defer = "BARRED" }'))
    yearly = CampaignWindow("yearly", date(2026, 9, 1), date(2026, 9, 30))
    said = answer(school, DAY, campaigns=(yearly,))

    assert (said.outcome, said.next_date) == ("defer", date(2026, 9, 1))
    assert answer(school, "2026-09-30 23:59:59", campaigns=(yearly,)).may
    assert answer(school, "2028-04-10", campaigns=(final_campaign("2028-04-01", "2028-04-30"),)).may
    during = make(rule("test.during", '{ in_campaign = ["yearly"] }', '{ refuse = "BARRED" }'))
    assert answer(during, "2026-09-01", campaigns=(yearly,)).codes == ("BARRED",)
    assert answer(during, "2026-08-31 23:59:59", campaigns=(yearly,)).may


def test_a_year_of_study_begins_on_the_anniversary_of_the_entry(make: Make) -> None:
    """Nothing in the first year: entered on 15 September, open from 15 September of the next year."""
    school = make(barring("{ study_year = [1] }"))

    assert answer(school, "2025-09-14 23:59:59").codes == ("BARRED",)
    assert answer(school, "2025-09-14 23:59:59").next_date == date(2025, 9, 15)
    assert answer(school, "2025-09-15").may


def test_a_draft_begun_in_time_has_the_grace_that_the_policy_gives(
    nchu: School, make: Make, tmp_path: Path
) -> None:
    """Default none; with thirty minutes, only a draft begun before the close has them."""
    late, begun = "2028-05-01 00:20:00", moment("2028-04-30 23:59:59")
    assert not answer(nchu, late, begun_at=begun).may
    text = nchu.texts["policy.toml"].replace('last_day = "04-30"', 'last_day = "04-30"\ngrace_minutes = 30')
    graceful = amended(tmp_path, _with(nchu, text))

    assert answer(graceful, late, begun_at=begun).may
    assert answer(graceful, late, begun_at=begun).due == moment("2028-05-01 00:29:59")
    assert not answer(graceful, late, begun_at=moment("2028-05-01")).may
    assert not answer(graceful, late).may
    assert not answer(graceful, "2028-05-01 00:30:00", begun_at=begun).may


def _with(school: School, policy: str) -> School:
    return replace(school, texts={**school.texts, "policy.toml": policy})


# -- what follows ---------------------------------------------------------------------------------------


def test_a_claim_can_be_assigned_to_an_office(make: Make) -> None:
    """By field or cause another office answers within the procedure; what is sent away outweighs it."""
    school = make(rule("test.photo", '{ field = ["PHOTO"] }', '{ assign = "province" }'))
    said = answer(school, DAY, ClaimAsked("PHOTO", "photo"), STUDENT_NO)

    assert [(claim.field, claim.office) for claim in said.claims] == [
        ("PHOTO", "province"),
        ("XH", "registrar"),
    ]
    assert said.may


def test_a_step_can_be_due_by_the_end_of_a_window(make: Make) -> None:
    """Two deadlines: the students' is the answer's, the college's stands with its step; past ones are not moved."""
    school = make(
        window("college", "opens = 2026-03-01", "closes = 2026-03-20T17:00:00"), window("yearly", "months = [3]"),
        rule("test.college", "{}", '{ add_step = "approval", office = "college", by = "college" }'),
        rule("test.yearly", "{}", '{ add_step = "letter", office = "college", by = "yearly" }'),
    )  # fmt: skip
    due = {step.kind: step.due for step in answer(school, DAY, STUDENT_NO).steps}
    later = {step.kind: step.due for step in answer(school, "2026-04-01", STUDENT_NO).steps}

    assert (due["approval"], due["letter"]) == (date(2026, 3, 20), date(2026, 3, 31))
    assert (later["approval"], later["letter"]) == (date(2026, 3, 20), date(2027, 3, 31))


def test_what_else_follows_stands_in_the_answer(make: Make) -> None:
    """A lock, a confirmation asked for, what was lifted: each with its rule, its words and its claims."""
    school = make(
        rule("test.lock", '{ field = ["XM"] }', '{ lock = ["XM", "XH"] }'),
        rule("test.again", '{ field = ["XM", "XH"] }', "{ reconfirm = 10 }"),
        rule("test.lift", '{ standing = "enrolled" }', '{ lift = ["PROXY_NOT_ALLOWED"] }'),
    )
    said = answer(school, DAY, NAME, STUDENT_NO)

    assert said.may
    assert [
        {key: value for key, value in effect.items() if key not in ("says", "says_en", "source")}
        for effect in said.as_json()["effects"]
    ] == [
        {"effect": "lift", "codes": ["PROXY_NOT_ALLOWED"], "rule": "test.lift", "claims": []},
        {"effect": "lock", "fields": ["XM", "XH"], "rule": "test.lock", "claims": ["XM"]},
        {"effect": "reconfirm", "within_days": 10, "rule": "test.again", "claims": ["XM", "XH"]},
    ]
    refused = answer(school, "2029-01-01", NAME, STUDENT_NO)
    assert [effect["effect"] for effect in refused.effects] == ["lift"]


def test_what_else_follows_says_so_in_words(make: Make) -> None:
    """The sentence names the field; what is said alike of two claims is said once, what differs twice."""
    school = make(
        rule("test.lock", '{ field = ["XM", "XH"] }', '{ lock = ["XM"] }', says="{field}不动", says_en="{field_en} stays"),
        rule("test.again", '{ field = ["XM", "XH"] }', "{ reconfirm = 10 }", says="再看", says_en="look again", source="通知"),
    )  # fmt: skip
    effects = answer(school, DAY, NAME, STUDENT_NO).as_json()["effects"]

    assert [(one["says"], one["says_en"], one["claims"]) for one in effects] == [
        ("姓名不动", "name stays", ["XM"]),
        ("再看", "look again", ["XM", "XH"]),
        ("学号不动", "student number stays", ["XH"]),
    ]
    assert effects[1] == {
        "effect": "reconfirm", "within_days": 10, "rule": "test.again", "says": "再看", "says_en": "look again",
        "source": "通知", "claims": ["XM", "XH"],
    }  # fmt: skip


FACTS = {
    "{enrolment_status}": "注册学籍",
    "{category}": "本科",
    "{entry_date}": "2024-09-15",
    "{origin_province}": "江西",
    "{registered_on}": "2024-10-15",
    "{degree_registered_on}": "—",
    "{expected_graduation}": "2028-07-01",
    "{class_year}": "2028",
    "{last_day}": "2028-04-30 23:59:59",
    "{basis}": "按学校规则的末次自查",
    "{basis_en}": "the last check by the school's rule",
    "{pending}": "没有",
    "{pending_en}": "none",
    "{supplement_until}": "—",
    "{confirmed_on}": "—",
    "{frozen_on}": "—",
    "{frozen_until}": "—",
    "{extended_until}": "—",
    "{opened_until}": "—",
    "{filed_by}": "学生本人",
    "{filed_by_en}": "the student",
    "{field}": "学号",
    "{field_en}": "student number",
    "{cause}": "学校登记有误",
    "{cause_en}": "the school's own data",
    "{event_date}": "2026-02-01",
    "{variant}": "—",
    "{variant_en}": "—",
}


@pytest.mark.parametrize(("fact", "said"), FACTS.items())
def test_a_fact_is_filled_in(make: Make, fact: str, said: str) -> None:
    """Whatever a sentence may name has words, and a dash where the record has nothing."""
    school = make(rule("test.fact", '{ field = ["XH"] }', '{ refuse = "BARRED" }', says=fact, says_en=fact))
    (reason,) = answer(school, DAY, ClaimAsked("XH", "school_data", date(2026, 2, 1))).reasons

    assert (reason.says, reason.says_en) == (said, said)
    assert reason.facts == {fact.strip("{}"): said, "column": "XH"}


def test_a_fact_that_is_not_known_is_a_dash(make: Make) -> None:
    """An entry date or a province that the school does not keep, and a claim without a date."""
    school = make(
        rule("test.fact", '{ field = ["XH"] }', '{ refuse = "BARRED" }', says="{entry_date} {event_date}",
             says_en="{origin_province}|{category}"),
    )  # fmt: skip
    (reason,) = answer(school, DAY, STUDENT_NO, entry_date=None, origin_province=None, category=None).reasons

    assert (reason.says, reason.says_en) == ("— —", "—|—")


def test_papers_and_offices_are_named_in_a_sentence(make: Make) -> None:
    """What to bring, what does as well, and who takes it."""
    school = make(
        rule("test.paper", '{ field = ["XM"] }',
             '{ require = "travel_document", instead = ["id_card", "other"], code = "BARRED" }',
             says="{paper}", says_en="{paper_en}"),
        rule("test.office", '{ field = ["XH"] }', '{ route = "college", code = "BARRED" }',
             says="{office}", says_en="{office_en}"),
    )  # fmt: skip
    paper = answer(school, DAY, ClaimAsked("XM", "school_data", evidence=("household_book",))).reasons[-1]
    (office,) = answer(school, DAY, STUDENT_NO).reasons

    assert paper.says == "通行证、居住证或护照或居民身份证或其他材料"
    assert paper.says_en == "travel permit, residence permit or passport or resident ID card or other paper"
    assert (office.says, office.says_en) == ("学院", "the college")


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        ("2026-03-10 07:59:59", "2026-03-10 08:00:00", "2026-03-20 23:59:59"),
        ("2026-03-10 08:00:00", "2026-09-15 00:00:00", "2026-03-20 23:59:59"),
        ("2026-03-20 23:59:59", "2026-09-15 00:00:00", "2026-03-20 23:59:59"),
        ("2026-03-21 00:00:00", "2026-09-15 00:00:00", "2026-10-15 17:00:00"),
        ("2026-10-15 17:00:00", "2027-09-15 00:00:00", "2026-10-15 17:00:00"),
        ("2026-10-15 17:00:01", "2027-09-15 00:00:00", "2027-10-15 17:00:00"),
    ],
)
def test_a_sentence_can_name_the_next_opening_and_the_next_end(
    make: Make, at: str, opens: str, closes: str
) -> None:
    """Of several windows the next one counts; the very second of an opening is past, that of an end is not."""
    school = make(
        window("spring", "opens = 2026-03-10T08:00:00", "closes = 2026-03-20"),
        window("autumn", 'first = "09-15"', 'last = "10-15"', "last_at = 17:00:00"),
        *(
            rule(f"test.{word}", f'{{ {word} = ["spring", "autumn"] }}', '{ refuse = "BARRED" }',
                 says="{opens} {closes}", says_en="{window}|{window_en}")
            for word in ("inside", "outside")
        ),
    )  # fmt: skip
    (reason,) = answer(school, at).reasons

    assert reason.says == f"{opens} {closes}"
    assert reason.says_en == "spring、autumn|spring and autumn"


def test_only_an_effect_that_says_so_softens_a_refusal(make: Make) -> None:
    """An exception that the office enters itself lifts one code, says so, and lifts no other."""
    school = make(
        barring('{ category = ["专升本"] }'),
        rule("test.exception", '{ filed_by = ["registrar"] }', '{ lift = ["BARRED", "PROXY_NOT_ALLOWED"] }'),
    )
    lifted = answer(school, DAY, category="专升本", filed_by="registrar")

    assert lifted.may
    assert lifted.as_json()["effects"] == [
        {
            "effect": "lift", "codes": ["BARRED", "PROXY_NOT_ALLOWED"], "rule": "test.exception",
            "says": "说", "says_en": "said", "source": "测试", "claims": [],
        }
    ]  # fmt: skip
    assert answer(school, DAY, category="专升本").codes == ("BARRED",)
    assert answer(school, "2029-01-01", category="专升本", filed_by="registrar").codes == (
        "AFTER_FINAL_CHECK",
    )


def test_what_is_lifted_for_a_claim_is_lifted_for_it_alone(make: Make) -> None:
    """A blank field needs no paper; the other claim of the same filing does."""
    school = make(
        rule("test.blank", '{ field = ["XM"], changed = ["blank"] }', '{ lift = ["MISSING_EVIDENCE"] }')
    )
    blank = ClaimAsked("XM", "school_data", old="", new="张三丰")
    said = answer(school, DAY, blank, ClaimAsked("SFZH", "school_data"))

    assert [(claim.field, claim.outcome) for claim in said.claims] == [
        ("XM", "accept"),
        ("SFZH", "incomplete"),
    ]


# -- what is filed in time and comes back ---------------------------------------------------------------


def test_a_filing_of_the_last_week_can_be_supplemented_after_the_close(nchu: School, tmp_path: Path) -> None:
    """Filed 29 April, returned 2 May: five working days, over the holiday and the Saturday that is worked."""
    table = '\n[[year]]\nyear = 2028\noff = ["05-01", "05-02", "05-03"]\nwork = ["05-06"]\nsource = "校历"\n'
    school = amended(tmp_path, nchu, calendar=table)
    returned = OpenRequest(("XM",), date(2028, 4, 29), "returned", date(2028, 5, 2))
    asked = {"action": "supplement", "open_requests": (returned,)}

    assert answer(school, "2028-05-04", **asked).may
    assert answer(school, "2028-05-04", **asked).due == date(2028, 5, 9)
    assert answer(school, "2028-05-10", **asked).codes == ("SUPPLEMENT_OVER",)
    assert "2028-05-09" in answer(school, "2028-05-10", **asked).reasons[0].says
    assert answer(school, "2028-05-04").codes == ("AFTER_FINAL_CHECK",)


def test_papers_are_never_brought_after_degree_registration(nchu: School) -> None:
    """Whatever time is left: from that day on nothing is changed."""
    returned = OpenRequest(("XM",), date(2025, 6, 20), "returned", date(2025, 6, 24))
    asked = {"action": "supplement", "open_requests": (returned,), "expected_graduation": "2025-07-01"}

    assert answer(nchu, "2025-06-26", **asked, degree_registered_on="2025-06-27").due == date(2025, 6, 26)
    assert "DEGREE_REGISTERED" in answer(nchu, "2025-06-27", **asked, degree_registered_on="2025-06-27").codes


def test_a_term_in_a_year_without_a_calendar_is_counted_and_flagged(nchu: School) -> None:
    """From Monday to Friday, whatever the holidays; a gap in the school's data stops no student."""
    returned = OpenRequest(("XM",), date(2028, 4, 29), "returned", date(2028, 5, 2))
    asked = {"action": "supplement", "open_requests": (returned,)}
    in_time, late = (answer(nchu, day, **asked) for day in ("2028-05-09", "2028-05-10"))

    assert (in_time.may, in_time.due, in_time.flags) == (True, date(2028, 5, 9), ("CALENDAR_UNKNOWN",))
    assert (late.codes, late.flags) == (("SUPPLEMENT_OVER",), ("CALENDAR_UNKNOWN",))


def test_the_term_is_that_of_the_request_that_is_asked_about(nchu: School) -> None:
    """Another request that came back earlier does not end it."""
    requests = (
        OpenRequest(("XM",), date(2025, 3, 1), "returned", date(2025, 3, 3)),
        OpenRequest(("SFZH",), date(2025, 3, 1), "returned", date(2025, 3, 10)),
    )

    assert answer(nchu, "2025-03-12", NUMBER, action="supplement", open_requests=requests).may
    assert answer(nchu, "2025-03-12", NAME, action="supplement", open_requests=requests).codes == (
        "SUPPLEMENT_OVER",
    )


# -- slips ----------------------------------------------------------------------------------------------


def slips(make: Make, *more: str) -> str:
    """The load faults of such a policy, one a line."""
    with pytest.raises(PolicyFaults) as caught:
        make(*more)
    return "\n".join(fault.says for fault in caught.value.faults)


SLIPS = [
    ('{ category = [] }', ".category：至少要写一个 / must name something"),
    ('{ fields_all = ["SFZH"] }', ".fields_all：不认识 SFZH，可用的有 PHOTO、XH、XM、document、…、YZBM / unknown"),
    ('{ variant = ["moved_to_mars"] }', ".variant：不认识 moved_to_mars，可用的有 （没有） / unknown"),
    ('{ inside = ["never"] }', ".inside：不认识 never，可用的有 （没有） / unknown"),
    ('{ outside = ["never"] }', ".outside：不认识 never，可用的有 （没有） / unknown"),
    ('{ changed = ["shoe"] }', ".changed：不认识 shoe，可用的有 blank、rendering、…、document_kind / unknown"),
    ('{ origin_province = ["Mars"] }', ".origin_province：不认识 Mars，可用的有 北京、天津、…、澳门 / unknown"),
    ('{ entered_since = "2024" }', ".entered_since：应为日期 YYYY-MM-DD / must be a date, YYYY-MM-DD"),
    ('{ study_year = ["1"] }', ".study_year[1]：应为整数 / must be a whole number"),
    ('{ study_year = [1, 0] }', "：学年从 1 数起 / years of study begin with 1"),
    ('{ field = ["XM"], corrected_times = 0 }', "：次数应大于 0 / must be a number of times"),
    ('{ in_campaign = ["never"] }', ".in_campaign：不认识 never，可用的有 freshman、yearly、final / unknown"),
    ('{ study_year = [] }', ".study_year：至少要写一个 / must name something"),
    ('{ mood = "good", category = [] }',
     ".category：至少要写一个 / must name something\n"
     "rule[…].when.mood：没有这一项，可用的有 before、…、without / unknown key"),
    ('{ category = 1, origin_province = ["Mars"], cause = ["whim"] }',
     ".category：应为列表 / must be a list\n"
     "rule[…].when.cause：不认识 whim，可用的有 admission_error、…、rendering / unknown\n"
     "rule[…].when.origin_province：不认识 Mars，可用的有 北京、…、澳门 / unknown"),
    ('{ before = "breakfast", mood = "good" }',
     ".before：不认识 breakfast，可用的有 entry、…、supplement_over / unknown\n"
     "rule[…].when.mood：没有这一项，可用的有 before、…、without / unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "said"), SLIPS)
def test_a_slip_in_a_condition_is_a_fault(make: Make, when: str, said: str) -> None:
    """Nothing that is not declared, no empty list, no wrong kind of value."""
    assert reads(slips(make, barring(when)), "rule[…].when" + said)


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ('{ assign = "nobody" }', "不认识 nobody，可用的有 registrar、college、province / unknown"),
        ('{ lock = ["SHOE"] }', "不认识 SHOE，可用的有 XM、…、PHOTO / unknown"),
        ('{ warn = "NOBODY" }', "不认识 NOBODY，可用的有 NOT_REGISTERED、…、BARRED / unknown"),
        ("{ reconfirm = 0 }", "天数应大于 0 / must be a number of days"),
        ('{ lift = ["BARRED", "LEFT"] }', "没有规则给出 BARRED / no rule gives BARRED"),
        ('{ add_step = "check", office = "college", by = "never" }', "不认识时间段 never / unknown window"),
        ('{ add_step = "check", office = "nobody" }', "不认识 nobody，可用的有 registrar、college、province / unknown"),
        ('{ add_step = "check", office = "college", duty = "king" }',
         "不认识 king，可用的有 student、…、registrar / unknown"),
        ('{ add_step = "check", office = "college", working_days = 1 }',
         "按工作日计算期限，要在 [[code]] 中列出 CALENDAR_UNKNOWN / counts working days without a [[code]] "
         "CALENDAR_UNKNOWN"),
    ],
)  # fmt: skip
def test_a_slip_in_an_effect_is_a_fault(make: Make, then: str, said: str) -> None:
    """Offices, columns, duties, windows and codes are declared; days are days."""
    assert reads(slips(make, rule("test.slip", '{ field = ["XM"] }', then)), "rule[…].then：" + said)


def test_one_day_is_a_number_of_days(make: Make) -> None:
    """The student may be asked to look again until tomorrow."""
    school = make(rule("test.again", '{ field = ["XH"] }', "{ reconfirm = 1 }"))

    assert [effect["within_days"] for effect in answer(school, DAY, STUDENT_NO).effects] == [1]


def test_a_brace_that_is_doubled_is_a_brace(make: Make) -> None:
    """What stands between braces is a fact, and a sentence may have braces of its own before and after it."""
    school = make(
        rule("test.brace", '{ field = ["XH"] }', '{ refuse = "BARRED" }', says="{{必填}}{field}{{{cause}}}")
    )

    assert answer(school, DAY, STUDENT_NO).reasons[0].says == "{必填}学号{学校登记有误}"


def test_a_deadline_is_a_number_of_days_or_a_window(make: Make) -> None:
    """Not both, and none that lies in the past by its number."""
    more = words("code", "CALENDAR_UNKNOWN") + window("march", "months = [3]")
    step = '{{ add_step = "check", office = "college", {deadline} }}'
    less = rule("test.slip", "{}", step.format(deadline="working_days = -1"))
    both = rule("test.slip", "{}", step.format(deadline='working_days = 1, by = "march"'))

    assert reads(slips(make, more, less), "rule[…].then：工作日天数不能小于 0 / must not be negative")
    assert reads(
        slips(make, more, both),
        "rule[…].then：期限只能写一种：working_days、days、months 或 by / has two deadlines",
    )
    assert make(more, rule("test.one", "{}", step.format(deadline="working_days = 1"))).slug == "nchu"


WAYS = "window[1]：时间段应恰以一种方式写明 / must be written in exactly one of the four ways"
LENGTH = "window[1]：长度只能写一种，且只配 after 或 until 之一 / has a length too many"
BOTH = "window[1]：first 和 last 都要写明 / needs both first and last"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], WAYS),
        (["months = [3]", 'after = "entry"'], WAYS),
        (["months = [3]", "last_at = 17:00:00"], WAYS),
        (["opens = 2026-03-02", 'last = "09-15"'], WAYS),
        (["closes = 2026-03-02", 'until = "graduation"'], WAYS),
        (["opens = 2026-03-02", "closes = 2026-03-01"], "window[1].closes：截止早于开始 / closes before it opens"),
        (
            ['first = "10-15"', 'last = "09-15"'],
            "window[1].last：截止早于开始；跨年的请写成两段 / closes before it opens",
        ),
        (['first = "10-15"'], BOTH),
        (['last = "10-15"'], BOTH),
        (["last_at = 17:00:00"], BOTH),
        (
            ['first = "02-29"', 'last = "03-15"'],
            f"{BOTH}\nwindow[1].first：应为每年都有的月日，如 \"04-30\" / must be a day of every year, such as \"04-30\"",
        ),
        (["months = [13]"], "window[1].months：月份应在 1 至 12 之间 / a month is 1 to 12"),
        (["months = [6, 0]"], "window[1].months：月份应在 1 至 12 之间 / a month is 1 to 12"),
        (['after = "breakfast"'], "window[1].after：不认识 breakfast，可用的有 entry、registration、…、supplement_over / unknown"),
        (['until = "supper"'], "window[1].until：不认识 supper，可用的有 entry、registration、…、supplement_over / unknown"),
        (['after = "entry"', "for_months = -1"], "window[1]：长度应大于 0 / must have a length"),
        (['after = "entry"', "for_months = 1", "for_days = 3"], LENGTH),
        (['after = "entry"', 'until = "graduation"', "for_months = 1"], LENGTH),
        (["months = [3]", "for_days = 3"], LENGTH),
        (
            ['first = "09-15"', 'last = "10-15"', 'last_at = "17:00"'],
            "window[1].last_at：应为时刻 17:00:00 / must be a time of day, 17:00:00",
        ),
    ],
)  # fmt: skip
def test_a_window_that_cannot_be_is_a_fault(make: Make, lines: list[str], said: str) -> None:
    """Turned round, half said, said twice, or on days that not every year has."""
    assert reads(slips(make, window("odd", *lines)), said)


@pytest.mark.parametrize(
    "lines",
    [
        ["opens = 2026-03-02T08:00:00", "closes = 2026-03-02T08:00:00"],
        ['first = "09-15"', 'last = "09-15"'],
        ["months = [1, 12]"],
        ['until = "graduation"', "for_days = 1"],
    ],
)
def test_the_smallest_windows_are_windows(make: Make, lines: list[str]) -> None:
    """One second, one day, the first and the last month."""
    assert list(make(window("small", *lines)).policy.windows) == ["small"]


MARCH = ["opens = 2026-03-01", "closes = 2026-03-10"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MARCH, ["opens = 2026-03-10T23:59:59", "closes = 2026-03-11"]),
        (["opens = 2026-03-10T23:59:59", "closes = 2026-03-11"], MARCH),
        (MARCH, ["opens = 2026-03-10"]),
        (MARCH, ["closes = 2026-03-01"]),
        (["closes = 2026-03-01"], MARCH),
        (["closes = 2026-03-01"], ["closes = 2025-03-01"]),
        (["opens = 2026-03-01"], ["closes = 2026-03-01"]),
        (["months = [9]"], ['first = "09-30"', 'last = "10-15"']),
        (['first = "09-30"', 'last = "10-15"'], ["months = [9]"]),
        (['first = "09-15"', 'last = "09-30"'], ['first = "09-30"', 'last = "10-15"']),
        (['first = "09-30"', 'last = "10-15"'], ['first = "09-15"', 'last = "09-30"']),
    ],
)
def test_windows_of_one_rule_do_not_overlap(make: Make, one: list[str], other: list[str]) -> None:
    """A second that belongs to both is one too many: somebody mistyped an end."""
    both = window("one", *one), window("other", *other), barring('{ outside = ["one", "other"] }')

    assert reads(slips(make, *both), "rule[…].when：时间段 one 和 other 重叠 / windows one and other overlap")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MARCH, ["opens = 2026-03-11"]),
        (["opens = 2026-03-11"], MARCH),
        (MARCH, ["closes = 2026-02-28"]),
        (["closes = 2026-02-28"], MARCH),
        (["months = [9]"], ['first = "10-01"', 'last = "10-15"']),
        (['first = "10-01"', 'last = "10-15"'], ["months = [9]"]),
        (MARCH, ["months = [3]"]),
        (["months = [3]"], MARCH),
        (['after = "entry"', "for_days = 3"], MARCH),
    ],
)
def test_windows_that_only_touch_do_not_overlap(make: Make, one: list[str], other: list[str]) -> None:
    """The next second belongs to the other one; days of one year and of every year are not compared."""
    both = window("one", *one), window("other", *other), barring('{ outside = ["one", "other"] }')

    assert list(make(*both).policy.windows) == ["one", "other"]


@pytest.mark.parametrize("half", ['first = "09-15"', 'last = "09-15"'])
def test_a_window_half_written_is_compared_with_no_other(make: Make, half: str) -> None:
    """What is missing is said, and nothing is made up to compare."""
    both = window("one", half), window("other", "months = [9]"), barring('{ outside = ["one", "other"] }')

    assert slips(make, *both) == BOTH


def test_a_window_of_each_persons_own_is_no_deadline_for_an_office(make: Make) -> None:
    """An office has one day for everybody."""
    step = rule("test.step", "{}", '{ add_step = "check", office = "college", by = "own" }')

    assert reads(
        slips(make, window("own", 'after = "entry"', "for_months = 1"), step),
        "rule[…].then：时间段 own 因人而异，不能作期限 / its window is not the same for everybody",
    )


def test_moments_of_the_final_check_need_one(nchu: School, tmp_path: Path) -> None:
    """A school without a yearly check has no rule about its end."""
    text = nchu.texts["policy.toml"]
    start = text.index("[final_check]")
    without = text[:start] + text[text.index("# 哪类自查期满") :]
    with pytest.raises(PolicyFaults) as caught:
        amended(tmp_path, _with(nchu, without))

    of_rules = [fault for fault in caught.value.faults if fault.file.endswith("policy.toml")]
    assert len(of_rules) == 2
    for fault in of_rules:
        assert reads(fault.says, "rule[…].when：用到最后一次自查，但缺少 [final_check] / needs [final_check]")


def test_the_term_for_papers_needs_a_length(nchu: School, tmp_path: Path) -> None:
    """A rule about its end, and no number of working days: the fault names the rule."""
    without = nchu.texts["policy.toml"].replace("supplement_working_days = 5\n", "")
    with pytest.raises(PolicyFaults) as caught:
        amended(tmp_path, _with(nchu, without))
    (fault,) = caught.value.faults

    assert reads(
        fault.says,
        "rule[…].when：用到补正期限，但 [periods] 没有 supplement_working_days / "
        "needs supplement_working_days in [periods]",
    )
