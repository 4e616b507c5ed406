"""The first school's filing rule: who may file, from when, until when, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.policy import (
    CampaignWindow,
    ClaimAsked,
    DoneRequest,
    QuestionFault,
    School,
    ask,
    final_check,
    last_day,
)
from tests.config.asking import answer, final_campaign, moment, question


def test_an_enrolled_student_may_file_all_through_their_studies(nchu: School) -> None:
    """Filing is not tied to campaigns: between them it is open too, and no reason speaks against it."""
    said = answer(nchu, "2026-02-14 03:00:00")

    assert said.may
    assert said.reasons == ()


def test_an_acceptance_says_until_when(nchu: School) -> None:
    """Who may file is told the last day, and the day on which the answer changes."""
    said = answer(nchu, "2024-10-25")

    assert said.due == date(2028, 4, 30)
    assert said.next_date == date(2028, 5, 1)


@pytest.mark.parametrize("status", ["注册学籍", "休学", "保留学籍", "暂缓注册"])
def test_every_status_that_means_enrolled_may_file(nchu: School, status: str) -> None:
    """On leave, with status retained or with registration deferred, a student still has 学籍."""
    assert answer(nchu, "2026-03-02", enrolment_status=status).may


# -- the beginning --------------------------------------------------------------------------------------


def test_nothing_is_filed_before_registration(nchu: School) -> None:
    """A freshman who is not registered yet is told the day from which they may file."""
    said = answer(nchu, "2024-10-14 23:59:59")

    assert said.outcome == "not_accepted"
    assert said.codes == ("NOT_REGISTERED",)
    assert said.next_date == date(2024, 10, 15)
    assert said.reasons[0].facts["registered_on"] == "2024-10-15"


def test_filing_opens_with_the_first_second_of_the_day_of_registration(nchu: School) -> None:
    """Both ends belong to the window."""
    assert answer(nchu, "2024-10-15 00:00:00").may


def test_without_a_date_of_registration_nobody_is_taken_as_registered(nchu: School) -> None:
    """No date means no registration: no guess is made, and no day is promised."""
    said = answer(nchu, "2024-11-01", registered_on=None)

    assert said.codes == ("NOT_REGISTERED",)
    assert said.next_date == date(2028, 5, 1)  # from then on the final check is over as well


def test_a_retained_place_is_no_student_status(nchu: School) -> None:
    """保留入学资格 is refused with a code of its own, and not with a missing registration as well."""
    said = answer(nchu, "2024-11-01", enrolment_status="保留入学资格", registered_on=None)

    assert said.codes == ("ADMISSION_RETAINED",)


# -- the end --------------------------------------------------------------------------------------------


def test_the_last_second_of_the_final_check_belongs_to_it(nchu: School) -> None:
    """At 23:59:59 on 30 April filing is open; the answer changes at midnight."""
    said = answer(nchu, "2028-04-30 23:59:59")

    assert said.may
    assert said.next_date == date(2028, 5, 1)


def test_one_second_after_the_final_check_filing_is_closed(nchu: School) -> None:
    """The refusal names the last day, the graduation date it comes from, and the year's class."""
    said = answer(nchu, "2028-05-01 00:00:00")

    assert said.outcome == "not_accepted"
    assert said.codes == ("AFTER_FINAL_CHECK",)
    facts = said.reasons[0].facts
    assert facts["last_day"] == "2028-04-30"
    assert facts["expected_graduation"] == "2028-07-01"
    assert facts["class_year"] == "2028"
    assert said.next_date is None
    assert said.due is None


def test_a_fraction_of_the_last_second_is_still_that_second(nchu: School) -> None:
    """The clock is cut to the second, so nothing falls between two seconds."""
    last = question("2028-04-30 23:59:59")

    assert ask(nchu, replace(last, at=last.at.replace(microsecond=999_999))).may


def test_the_close_is_a_moment_in_shanghai_wherever_the_question_comes_from(nchu: School) -> None:
    """16:00 UTC on 30 April is already May in Shanghai."""
    asked = question("2028-04-01")

    assert ask(nchu, replace(asked, at=datetime(2028, 4, 30, 15, 59, 59, tzinfo=UTC))).may
    assert not ask(nchu, replace(asked, at=datetime(2028, 4, 30, 16, 0, 0, tzinfo=UTC))).may


@pytest.mark.parametrize(
    ("category", "years", "expected", "last"),
    [
        ("专升本", 2, "2026-07-01", date(2026, 4, 30)),
        ("专科(高职)", 3, "2027-07-01", date(2027, 4, 30)),
        ("本科", 4, "2028-07-01", date(2028, 4, 30)),
        ("本科", 5, "2029-07-01", date(2029, 4, 30)),
        ("本科", 8, "2032-07-01", date(2032, 4, 30)),
    ],
)
def test_the_close_follows_the_expected_graduation_date(
    nchu: School, category: str, years: int, expected: str, last: date
) -> None:
    """Of one entry class, those of two, three, four, five and eight years each have their own."""
    said = answer(nchu, "2024-10-25", category=category, years=years, expected_graduation=expected)

    assert said.may
    assert said.due == last


def test_a_top_up_student_is_refused_after_two_years(nchu: School) -> None:
    """专升本: entered 2024, closed from 1 May 2026."""
    said = answer(nchu, "2026-05-01", category="专升本", years=2, expected_graduation="2026-07-01")

    assert said.codes == ("AFTER_FINAL_CHECK",)


def test_graduation_on_the_first_of_may_belongs_to_that_years_check(nchu: School) -> None:
    """1 May or later: the check of the same year."""
    assert answer(nchu, "2027-10-01", expected_graduation="2028-05-01").due == date(2028, 4, 30)


def test_graduation_on_the_last_of_april_belongs_to_the_check_of_the_year_before(nchu: School) -> None:
    """Nobody's check ends on the day of their own graduation."""
    assert answer(nchu, "2026-10-01", expected_graduation="2028-04-30").due == date(2027, 4, 30)


@pytest.mark.parametrize("expected", ["2028-01-10", "2028-03-31"])
def test_winter_and_spring_graduates_close_in_the_april_before(nchu: School, expected: str) -> None:
    """They leave before the next April check; the one before is their last."""
    said = answer(nchu, "2027-05-01", expected_graduation=expected)

    assert said.codes == ("AFTER_FINAL_CHECK",)
    assert said.reasons[0].facts["class_year"] == "2027"


def test_a_close_long_before_graduation_is_flagged(nchu: School) -> None:
    """More than half a year between close and graduation is pointed out to those who review; July is not."""
    assert answer(nchu, "2026-10-01", expected_graduation="2028-01-10").flags == ("EARLY_FINAL_CHECK",)
    assert answer(nchu, "2026-10-01", expected_graduation="2027-11-01").flags == ("EARLY_FINAL_CHECK",)
    assert answer(nchu, "2026-10-01", expected_graduation="2027-10-30").flags == ()
    assert answer(nchu, "2026-10-01", expected_graduation="2028-07-01").flags == ()


def test_an_explicit_campaign_for_winter_graduates_wins(nchu: School) -> None:
    """A check published for the batch opens what the April rule had closed."""
    batch = final_campaign("2027-11-01", "2027-11-30")
    said = answer(nchu, "2027-11-15", expected_graduation="2028-01-10", campaigns=(batch,))

    assert said.may
    assert said.due == date(2027, 11, 30)


def test_an_explicit_campaign_wins_even_if_it_closes_earlier(nchu: School) -> None:
    """The published date of the class counts, not the default behind it."""
    published = final_campaign("2028-03-10", "2028-04-10")
    said = answer(nchu, "2028-04-11", campaigns=(published,))

    assert said.codes == ("AFTER_FINAL_CHECK",)
    assert said.reasons[0].facts["last_day"] == "2028-04-10"


def test_a_campaign_that_closes_during_the_day_closes_at_its_second(nchu: School) -> None:
    """A time of day is kept to the second, and then last day and next date are moments too."""
    published = final_campaign("2028-04-25", "2028-05-08 11:00:00")
    said = answer(nchu, "2028-05-08 11:00:00", campaigns=(published,))

    assert said.may
    assert said.due == moment("2028-05-08 11:00:00")
    assert said.next_date == moment("2028-05-08 11:00:01")


def test_a_yearly_campaign_does_not_move_the_close(nchu: School) -> None:
    """Only a final check ends the time for filing."""
    yearly = CampaignWindow("yearly", date(2027, 9, 1), date(2027, 9, 30))

    assert answer(nchu, "2027-10-10", campaigns=(yearly,)).due == date(2028, 4, 30)


def test_an_extension_for_one_student_wins(nchu: School) -> None:
    """The registrar's extension keeps filing open, and the answer names its end."""
    said = answer(nchu, "2028-05-20", extended_until=date(2028, 5, 31))

    assert said.may
    assert said.due == date(2028, 5, 31)


def test_an_extension_never_closes_earlier(nchu: School) -> None:
    """After a delayed graduation an old extension is no shorter deadline."""
    said = answer(nchu, "2028-10-01", expected_graduation="2029-07-01", extended_until=date(2028, 5, 31))

    assert said.may
    assert said.due == date(2029, 4, 30)


def test_a_delayed_graduation_re_opens_filing(nchu: School) -> None:
    """Closed in May 2028; once the expected date moves to 2029, open until April 2029."""
    assert not answer(nchu, "2028-06-21", expected_graduation="2028-07-01").may
    again = answer(nchu, "2028-06-21", expected_graduation="2029-07-01")

    assert again.may
    assert again.due == date(2029, 4, 30)


def test_the_final_check_of_the_former_class_does_not_bind_who_was_delayed(nchu: School) -> None:
    """A campaign that belonged to the earlier graduation date does not count after the delay."""
    former = final_campaign("2028-04-01", "2028-04-30")
    said = answer(nchu, "2028-06-21", expected_graduation="2029-07-01", campaigns=(former,))

    assert said.due == date(2029, 4, 30)


def test_a_leave_of_absence_moves_the_close_with_the_graduation_date(nchu: School) -> None:
    """On leave from 2026: still enrolled, one year more."""
    said = answer(nchu, "2026-03-02", enrolment_status="休学", expected_graduation="2029-07-01")

    assert said.may
    assert said.due == date(2029, 4, 30)


def test_an_early_graduation_may_close_at_once_and_an_extension_helps(nchu: School) -> None:
    """The date moved forward puts the close into the past; the registrar can extend it for the student."""
    early = {"expected_graduation": "2027-07-01"}

    assert answer(nchu, "2027-05-20", **early).codes == ("AFTER_FINAL_CHECK",)
    assert answer(nchu, "2027-05-20", **early, extended_until=date(2027, 6, 10)).may


# -- never again ----------------------------------------------------------------------------------------


def test_nothing_is_filed_from_the_day_of_degree_registration(nchu: School) -> None:
    """Degree registration ends everything, even an extension."""
    said = answer(nchu, "2028-06-25", degree_registered_on="2028-06-25", extended_until=date(2028, 7, 31))

    assert said.codes == ("DEGREE_REGISTERED",)
    assert said.next_date == date(2028, 8, 1)  # the extension ends too: one more reason, still refused
    assert said.due is None


def test_the_day_before_degree_registration_is_the_last_one(nchu: School) -> None:
    """A known date of degree registration is the last limit that an open window has."""
    said = answer(nchu, "2028-06-24", degree_registered_on="2028-06-25", extended_until=date(2028, 7, 31))

    assert said.may
    assert said.due == date(2028, 6, 24)
    assert said.next_date == date(2028, 6, 25)


def test_converting_a_completion_gives_no_new_right_to_file(nchu: School) -> None:
    """结业 with registered data stays closed after 结业换毕业, for each of its reasons."""
    said = answer(nchu, "2029-03-01", enrolment_status="结业", degree_registered_on="2028-07-01")

    assert said.codes == ("LEFT", "AFTER_FINAL_CHECK", "DEGREE_REGISTERED")


@pytest.mark.parametrize(
    "status", ["退学", "开除学籍", "注销学籍", "死亡", "转学(转出)", "转出", "毕业", "肄业"]
)
def test_who_has_left_cannot_file(nchu: School, status: str) -> None:
    """The refusal names the status that says so."""
    said = answer(nchu, "2026-03-02", enrolment_status=status)

    assert said.codes == ("LEFT",)
    assert status in said.reasons[0].says


def test_a_status_that_nobody_listed_is_refused_and_not_taken_for_enrolled(nchu: School) -> None:
    """Only the four statuses may file; another one is said to be unclear, not said to have left."""
    assert answer(nchu, "2026-03-02", enrolment_status="转专业").codes == ("STATUS_NOT_ENROLLED",)


def test_nobody_acts_for_the_student(nchu: School) -> None:
    """The notice allows no proxy, so the default is the student in person."""
    said = answer(nchu, "2026-03-02", filed_by="counsellor")

    assert said.codes == ("PROXY_NOT_ALLOWED",)
    assert "辅导员" in said.reasons[0].says


def test_a_refusal_gives_all_its_reasons_at_once(nchu: School) -> None:
    """Left, closed, registered and by proxy: four reasons, each with rule, source, words and remedy."""
    said = answer(
        nchu, "2028-08-01", enrolment_status="毕业", degree_registered_on="2028-07-01", filed_by="counsellor"
    )

    assert said.codes == ("LEFT", "AFTER_FINAL_CHECK", "DEGREE_REGISTERED", "PROXY_NOT_ALLOWED")
    for reason in said.reasons:
        assert reason.rule and reason.source and reason.remedy and reason.remedy_en
        assert "{" not in reason.says + reason.says_en + reason.remedy + reason.remedy_en


def test_confirming_follows_the_same_rule(nchu: School) -> None:
    """Who may not file any more cannot confirm either."""
    assert answer(nchu, "2026-03-02", action="confirm").may
    assert answer(nchu, "2028-05-01", action="confirm").codes == ("AFTER_FINAL_CHECK",)


# -- how the last day was derived -----------------------------------------------------------------------


def test_the_last_day_says_how_it_was_derived(nchu: School) -> None:
    """The school's rule, a published campaign, one opened again, or an extension: the page can always show which."""
    published = final_campaign("2028-05-12", "2028-05-19")
    by_rule = last_day(nchu, question("2027-10-01"))
    by_campaign = last_day(nchu, question("2027-10-01", campaigns=(published,)))
    extended = last_day(nchu, question("2027-10-01", campaigns=(published,), extended_until=date(2028, 6, 1)))

    assert (by_rule.basis, by_rule.closes) == ("rule", moment("2028-04-30 23:59:59"))
    assert (by_campaign.basis, by_campaign.closes) == ("campaign", moment("2028-05-19 23:59:59"))
    assert (extended.basis, extended.closes) == ("extension", moment("2028-06-01 23:59:59"))
    opened = last_day(
        nchu,
        question("2027-10-01", campaigns=(published,), opened_until=moment("2028-05-19 23:59:59")),
    )
    assert (opened.basis, opened.closes) == ("opened", by_campaign.closes)
    assert {by_rule.class_year, by_campaign.class_year, extended.class_year} == {2028}


def test_silence_through_the_final_check_means_correct(nchu: School) -> None:
    """Silence counts in the final check and in no other."""
    assert nchu.policy.silence.deems == ("final",)


def test_without_a_graduation_date_there_is_no_last_day(nchu: School) -> None:
    """The date is asked for by name, and nothing is derived from the entry year instead."""
    with pytest.raises(QuestionFault) as caught:
        last_day(nchu, question("2027-10-01", expected_graduation=None))

    assert caught.value.faults == (
        "student.expected_graduation: 规则 last_day 需要这一项 / is needed by last_day",
    )


def test_the_close_alone_can_be_had_for_any_graduation_date() -> None:
    """A school whose check ends on another day of the year has its own classes."""
    assert final_check(date(2028, 7, 1)).closes == moment("2028-04-30 23:59:59")
    assert final_check(date(2028, 7, 1), last_day=(12, 27)).closes == moment("2027-12-27 23:59:59")
    assert final_check(date(2028, 12, 28), last_day=(12, 27)).closes == moment("2028-12-27 23:59:59")
    assert final_check(date(2028, 7, 1), (), date(2028, 5, 20)).closes == moment("2028-05-20 23:59:59")


# -- the edge cases of a cohort's years -----------------------------------------------------------------


def test_a_transfer_in_files_at_the_new_school(nchu: School) -> None:
    """转入: a record of its own here; registered here, open until the final check here."""
    assert answer(nchu, "2026-03-02", entry_date="2024-09-15", registered_on="2026-03-01").may
    assert answer(nchu, "2026-02-28", entry_date="2024-09-15", registered_on="2026-03-01").codes == (
        "NOT_REGISTERED",
    )


def test_who_moves_to_another_school_is_sent_there(nchu: School) -> None:
    """转出: left from here, and the remedy says where to ask."""
    said = answer(nchu, "2026-03-02", enrolment_status="转学(转出)")

    assert said.codes == ("LEFT",)
    assert "现在就读的学校" in said.reasons[0].remedy


@pytest.mark.parametrize("event", [date(2024, 8, 20), date(2025, 1, 5), date(2028, 8, 1)])
def test_the_first_school_does_not_look_at_the_day_of_the_event(nchu: School, event: date) -> None:
    """Its notice only asks when something is filed: what the police changed before registration is taken as well."""
    claim = ClaimAsked("XM", "legal_change", event, evidence=("police_paper",))

    assert answer(nchu, "2026-03-02", claim).may
    assert answer(nchu, "2028-09-01", claim, enrolment_status="毕业").codes == ("LEFT", "AFTER_FINAL_CHECK")


def test_who_was_rejected_may_try_again_with_new_proof(nchu: School) -> None:
    """驳回 ends a request, not the matter; and saying in November that all is right waives nothing in March."""
    rejected = DoneRequest(("XM",), date(2025, 10, 20), "rejected", date(2025, 11, 3))
    claim = ClaimAsked("XM", "legal_change", evidence=("police_paper",))

    assert answer(nchu, "2026-03-02", claim, done_requests=(rejected,)).may


@pytest.mark.parametrize("birth", [date(1986, 5, 4), date(1988, 4, 17), date(1990, 9, 16), date(1991, 9, 15)])
def test_a_student_born_when_shanghai_had_summer_time_is_judged_like_any_other(
    nchu: School, birth: date
) -> None:
    """Days of those years begin and end like others: windows and values are days, and none slips to its neighbour."""
    claim = ClaimAsked(
        "CSRQ", "admission_error", old=birth.isoformat(), new=f"{birth:%Y%m%d}", evidence=("id_card",)
    )

    assert answer(nchu, "2026-03-02", claim).may
    assert answer(nchu, f"{birth} 23:59:59", registered_on=str(birth), expected_graduation="1999-07-01").may
    assert answer(nchu, f"{birth} 00:00:00", registered_on=str(birth), expected_graduation="1999-07-01").may
    before = answer(nchu, f"{birth - timedelta(days=1)} 23:59:59", registered_on=str(birth))
    assert (before.codes, before.next_date) == (("NOT_REGISTERED",), birth)
