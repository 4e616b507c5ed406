"""The registrar's pages of a running campaign: the way down, bulletins, more time, the end, the classes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import on
from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.web.shared.test_words import chinese, in_english
from tests.web.test_offices import looks
from tests.workflow.campaigns.test_roster_effects import arrive
from tests.workflow.records.rosters import student
from tests.world import CAMPAIGN, NAME, World
from web.shared.figures.charts import burn_down
from workflow.campaigns.progress.board import COLUMNS
from workflow.campaigns.progress.forecast import forecast
from workflow.campaigns.progress.numbers import DayNumbers
from workflow.cases.tables import Campaign, Case
from workflow.notices.tables import Notice

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
AT = f"/registrar/{CAMPAIGN}"
LAST_EVENING = on(2024, 11, 7, 23, 40)


@pytest.fixture
def running(world: World) -> list[str]:
    """A campaign of three colleges, one with two students; some have answered. Returns its records."""
    records = [world.record(fy=f"第{n % 2 + 1}学院", xm=f"张三丰{n}") for n in range(14)]
    records += [world.record(fy="小学院") for _ in range(2)]
    world.open_campaign()
    for record in records[:5]:
        world.do(world.case_of(record), "confirm", world.student(record))
    world.file(records[5], NAME)
    return records


def closes(world: World) -> object:
    with world.place.store.reading() as session:
        return session.scalars(select(Campaign.closes_at)).one()


def published(world: World, as_staff: Staff) -> tuple[Browser, str]:
    """Publish one bulletin on its page. Returns the browser on it, and its digest."""
    world.at(on(2024, 10, 30, 9))
    browser = as_staff("registrar")
    browser.get(f"{AT}/bulletins")
    assert browser.send(f"{AT}/bulletins").status == 303
    browser.follow()
    return browser, browser.page.path.rsplit("/", 1)[1]


# -- more time ------------------------------------------------------------------------------------------


def test_the_registrar_gives_more_time_on_the_last_evening(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """One press moves the end to the last second of the day named, and tells those who have not answered."""
    world.at(LAST_EVENING)
    browser = as_staff("registrar")
    browser.get(f"{AT}/end")
    page = browser.send(f"{AT}/extend", until="2024-11-10", words="学信网维护")
    assert page.status == 303 and page.location.endswith(f"{AT}/end")
    assert "2024年11月10日 23:59:59" in browser.follow().text
    assert closes(world) == on(2024, 11, 10, 23, 59, 59)
    with world.place.store.reading() as session:
        told = session.scalars(select(Notice.record_id).where(Notice.event == "campaign_extended")).all()
    assert sorted(told) == sorted(running[6:])


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({"until": "2024-11-07", "words": "维护"}, ["not_an_extension"]),
        ({"until": "2024-11-10", "words": ""}, ["words_missing"]),
        ({"until": "", "words": ""}, ["words_missing", "not_an_extension"]),
    ],
)
def test_what_is_no_extension_is_refused_with_every_reason(
    world: World, running: list[str], as_staff: Staff, typed: dict[str, str], codes: list[str]
) -> None:
    """The page keeps what was typed, and nobody is told of anything."""
    world.at(LAST_EVENING)
    browser = as_staff("registrar")
    browser.get(f"{AT}/end")
    page = browser.send(f"{AT}/extend", **typed)
    assert page.status == 422
    assert sorted(page.codes[: len(codes)]) == sorted(codes)
    assert page.form("/extend").fields["until"] == typed["until"]
    assert closes(world) == on(2024, 11, 7, 23, 59, 59)


def test_a_day_that_does_not_exist_is_named(world: World, running: list[str], as_staff: Staff) -> None:
    """The thirty-first of November is no day."""
    world.at(LAST_EVENING)
    browser = as_staff("registrar")
    browser.get(f"{AT}/end")
    page = browser.send(f"{AT}/extend", until="2024-11-31", words="维护")
    assert page.status == 422 and "没有这一天" in page.text


def test_two_registrars_do_not_extend_twice(world: World, running: list[str], as_staff: Staff) -> None:
    """The second one, who was looking at the old end, is told what happened meanwhile."""
    world.at(LAST_EVENING)
    first, second = as_staff("registrar"), as_staff("registrar")
    for browser in (first, second):
        browser.get(f"{AT}/end")
    assert first.send(f"{AT}/extend", until="2024-11-10", words="维护").status == 303
    page = second.send(f"{AT}/extend", until="2024-11-12", words="维护")
    assert page.status == 409 and "changed_meanwhile" in page.codes


# -- the end --------------------------------------------------------------------------------------------


def test_the_registrar_closes_a_campaign_whose_time_is_over(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Before the end it says when; after it one press closes, and the page lists who stays unchecked."""
    browser = as_staff("registrar")
    page = browser.get(f"{AT}/end")
    assert "closing_day_ahead" in page.codes and not page.form("/close").open
    world.at(on(2024, 11, 8, 8))
    browser = as_staff("registrar")
    page = browser.get(f"{AT}/end")
    assert "10 人保持“未核对”" in page.text
    assert browser.send(f"{AT}/close").status == 303
    page = browser.follow()
    assert "已结束" in page.text and not [form for form in page.forms if form.action.endswith("/close")]
    page = browser.get(f"{AT}/unchecked")
    assert page.text.count("按规则，没有确认不等于无误") == 10
    assert looks(world)[-1][0] == "unchecked"
    with world.place.store.reading() as session:
        assert session.scalar(select(Campaign.state)) == "closed"


def test_the_list_of_who_stays_unchecked_is_a_file_too(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Names, numbers that stay text, and the reason; taking it away is noted."""
    browser = as_staff("registrar")
    answer = browser.client.get(f"{AT}/unchecked.csv")
    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert len(lines) == 11 and lines[0] == "学院,班级,学号,姓名,原因"
    assert all(re.search(r",2401\d{5}\t,", line) for line in lines[1:])
    assert looks(world)[-1][0] == "unchecked.csv"


# -- bulletins ------------------------------------------------------------------------------------------


def test_the_registrar_publishes_a_bulletin_and_prints_it(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """It is frozen, held against the history, and the sheet has a place for the seal and the digest."""
    browser, digest = published(world, as_staff)
    assert "刚才由流转记录重新计算，结果相同" in browser.page.text and digest in browser.page.text
    before = browser.get(f"{AT}/bulletins/{digest}/sheet").text
    assert "（盖章处）" in before and digest in before and "2024年10月30日 08:59" in before
    world.do(world.case_of(running[7]), "confirm", world.student(running[7]))
    assert browser.get(f"{AT}/bulletins/{digest}/sheet").text == before
    assert "结果相同" in browser.get(f"{AT}/bulletins/{digest}").text


def test_a_history_that_says_otherwise_is_shown(world: World, running: list[str], as_staff: Staff) -> None:
    """Whoever takes a case out of the tables changes what is counted, and the page says so."""
    browser, digest = published(world, as_staff)
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.record_id == running[0]).values(campaign_id=None))
    assert "结果不同：请告诉审计员" in browser.get(f"{AT}/bulletins/{digest}").text


def test_what_is_shared_shows_no_small_college_and_no_person(
    app: Flask, world: World, running: list[str], as_staff: Staff
) -> None:
    """Paper, workbook and public page take the college of two together with another, and name nobody."""
    browser, digest = published(world, as_staff)
    stranger = Browser(app)
    pages = [browser.get(f"{AT}/bulletins/{digest}/sheet").text, stranger.get(f"/bulletins/{digest}").text]
    for text in pages:
        assert "小学院" not in text and "其他 2 个学院合并" in text
        assert "张三丰" not in text and "2401" not in text.replace(digest, "")
    profile = stranger.client.get(f"/bulletins/{digest}/profile.json").json
    assert profile is not None
    assert profile["total"] == {"counted": 16, "checked": 6, "proxy": 0, "deemed": 0, "silent": 10}
    assert sum(line["counted"] for line in profile["colleges"]) == 16
    kinds = {"counted", "checked", "proxy", "deemed", "silent"}
    assert set(profile["colleges"][0]) == {"college", "colleges", *kinds}


def test_the_workbook_opens_with_numbers_and_without_formulas(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Opened again, words are texts, counts are numbers, and the sum is the sum of the lines."""
    browser, digest = published(world, as_staff)
    answer = browser.client.get(f"{AT}/bulletins/{digest}/table.xlsx")
    page = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert page is not None
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {
        "s",
        "n",
    }
    rows = [row for row in page.iter_rows(values_only=True) if isinstance(row[1], int)]
    assert rows[-1][0] == "合计" and rows[-1][1:3] == (16, 6)
    assert sum(int(row[1]) for row in rows[:-1]) == 16  # type: ignore[arg-type]


def test_named_days_are_listed_before_and_after_they_come(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Each with the moment of its numbers, whether it is to come, due or made."""
    browser = as_staff("registrar")
    page = browser.get(f"{AT}/bulletins")
    assert page.text.count("未到") == 2 and "2024年10月29日 23:59:59" in page.text
    world.at(on(2024, 10, 30, 9))
    assert "待发布" in as_staff("registrar").get(f"{AT}/bulletins").text


@pytest.mark.parametrize("path", ["bulletins/" + "0" * 64, "bulletins/x", "bulletins/" + "0" * 64 + "/sheet"])
def test_a_bulletin_that_is_not_there_is_not_found(
    world: World, running: list[str], as_staff: Staff, path: str
) -> None:
    """For the registrar as for anybody."""
    assert as_staff("registrar").get(f"{AT}/{path}").status == 404
    assert as_staff("registrar").get(f"/bulletins/{'0' * 64}").status == 404


# -- the way down ---------------------------------------------------------------------------------------


def test_the_way_down_says_the_same_in_a_picture_a_sentence_and_a_table(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Two days on with four more answers, the page tells what is left, what is needed and what to expect."""
    for n, record in enumerate(running[6:10]):
        world.at(on(2024, 10, 26 + n // 2))
        world.do(world.case_of(record), "confirm", world.student(record))
    world.at(on(2024, 10, 28, 9))
    page = as_staff("registrar").get(f"{AT}/trend")
    assert "现在未核对 6 人，还剩 11 天" in page.text
    assert "最近 2 天共 4 人" in page.text
    assert page.html.count("<polyline") == 8 and 'role="img"' in page.html
    days = re.findall(r'<th scope="row" class="text-nowrap">2024年10月(\d+)日</th><td class="text-end number">16</td>'
                      r'<td class="text-end number">(\d+)</td>', page.html)  # fmt: skip
    assert days == [("25", "10"), ("26", "8"), ("27", "6"), ("28", "6")]


def test_the_picture_stays_in_its_frame() -> None:
    """From the first evening to the last day, whatever the numbers are."""
    silent = [90, 70, 0, 40]
    days = [
        DayNumbers(date(2024, 10, 23) + timedelta(days=n), dict.fromkeys(COLUMNS, 0) | {"not_checked": left, "checked_ok": 100 - left})
        for n, left in enumerate(silent)
    ]  # fmt: skip
    opens, end = on(2024, 10, 23, 0), on(2024, 11, 7, 23, 59, 59)
    now = on(2024, 10, 26)
    picture = burn_down(days, opens, end, now, forecast(days, now, end))
    for line in (picture.line, picture.steady, picture.best, picture.worst):
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        assert points and all(46 <= x <= 384 and 10 <= y <= 160 for x, y in points)
    assert burn_down([], opens, end, now, None).line == ""


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_trend_costs_the_same_for_one_college_as_for_three(
    world: World, running: list[str], as_staff: Staff, statements: Counted
) -> None:
    """The history is read once, whatever it holds."""
    browser = as_staff("registrar")
    statements.clear()
    browser.get(f"{AT}/trend")
    first = len(statements)
    for n in range(3):
        world.record(fy=f"第{n + 7}学院")
    world.open_campaign()
    statements.clear()
    browser.get(f"{AT}/trend")
    assert len(statements) == first


# -- the classes ----------------------------------------------------------------------------------------


def test_the_calendar_warns_of_winter_graduates_and_lists_who_lost_time(
    world: World, as_staff: Staff
) -> None:
    """The class of January is marked, and a student whose last day moved earlier is named; the look is noted."""
    arrive(world, student(1, YJBYRQ="20280701"), student(2, YJBYRQ="20290110"))
    world.at(on(2024, 10, 26))
    arrive(world, student(1, YJBYRQ="20270701"), student(2, YJBYRQ="20290110"), day=24)
    page = as_staff("registrar").get("/registrar/graduating")
    assert "比毕业早半年以上" in page.text and "2028年4月30日 23:59:59" in page.text
    assert "240100001" in page.text and "提前" in page.text and "240100002" not in page.text
    assert looks(world)[-1][0] == "graduating"


@pytest.mark.parametrize("path", ["trend", "end", "bulletins", "unchecked"])
def test_the_pages_speak_english_whole(world: World, running: list[str], as_staff: Staff, path: str) -> None:
    """No Chinese word of ours is left on an English page."""
    world.at(on(2024, 10, 30, 9))
    browser = in_english(as_staff("registrar"))
    assert chinese(browser.get(f"{AT}/{path}")) == []


def test_a_campaign_that_was_never_opened_has_none_of_these_pages(world: World, as_staff: Staff) -> None:
    """Not found, like a plan that does not exist."""
    browser = as_staff("registrar")
    for plan in (CAMPAIGN, "nosuch"):
        for page in ("trend", "end", "bulletins", "unchecked"):
            assert browser.get(f"/registrar/{plan}/{page}").status == 404


# -- who is counted -------------------------------------------------------------------------------------


def apart(browser: Browser, number: str, what: str, words: str = "休学一年", code: str = "") -> Page:
    """Fill in and send the cohort form."""
    browser.get(f"{AT}/cohort")
    return browser.send(f"{AT}/cohort", number=number, what=what, words=words, code=code)


def test_the_registrar_counts_somebody_otherwise_than_the_rule(
    world: World, running: list[str], as_staff: Staff
) -> None:
    """Excluded with a reason, counted again, and one added whom no rule named: the page shows each."""
    world.record(xh="230100001", xm="张无忌", rxrq=date(2023, 9, 1))
    browser = as_staff("registrar")
    assert apart(browser, "240100009", "exclude", code="on_leave").status == 303
    assert "不计入 · 休学" in browser.follow().text
    assert apart(browser, "230100001", "add", "延期毕业，随本届核对").status == 303
    page = browser.follow()
    assert "手工列入" in page.text and "张无忌" in page.text
    assert world.row(world.case_of(running[8])).excluded == "on_leave"
    assert apart(browser, "240100009", "include", "已复学").status == 303
    assert world.row(world.case_of(running[8])).excluded == ""
    assert [what for what, *_ in looks(world) if not what.startswith("search:")][-1] == "cohort"


@pytest.mark.parametrize(
    ("number", "what", "words", "code"),
    [
        ("999999999", "exclude", "休学", "number_unknown"),
        ("240100009", "", "休学", "what_missing"),
        ("240100009", "exclude", "", "words_missing"),
        ("240100009", "include", "已复学", "is_included"),
        ("240100009", "add", "漏列", "case_exists"),
        ("230100001", "exclude", "休学", "no_case_here"),
    ],
)
def test_what_cannot_be_is_refused_and_keeps_what_was_typed(
    world: World, running: list[str], as_staff: Staff, number: str, what: str, words: str, code: str
) -> None:
    """The reason says what to do instead, and nobody is counted otherwise."""
    world.record(xh="230100001", rxrq=date(2023, 9, 1))
    page = apart(as_staff("registrar"), number, what, words)
    assert page.status == 422 and code in page.codes
    assert page.form("/cohort").fields["number"] == number
