"""The registrar's roster files: seen before they are taken, taken as they were seen, whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.workflow.records.rosters import Row, as_csv, as_dbf, excel_of, student
from tests.world import World
from workflow.records.tables import Record, RosterImport
from workflow.records.upload import LIMIT

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]

ROWS: list[Row] = [student(700), student(701, XM="黄?"), student(702)]
BAD: list[Row] = [student(700), student(701, XJZT="不知道"), student(702, CSRQ="2024-13-45")]


@pytest.fixture
def registrar(as_staff: Staff) -> Browser:
    """The registrar's browser on the page of rosters."""
    browser = as_staff("registrar")
    browser.get("/registrar/rosters")
    return browser


def hand_in(browser: Browser, data: bytes, name: str = "roster.csv", **typed: str) -> Page:
    """Choose a file and press the button."""
    browser.get("/registrar/rosters")
    return browser.send("/registrar/rosters", file=(io.BytesIO(data), name), **typed)


def records(world: World) -> int:
    """How many records there are."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(Record)) or 0


def imports(world: World) -> list[tuple[str, date, int, int, int, int, str]]:
    """All imports except the test world's own."""
    kept = RosterImport
    with world.place.store.reading() as session:
        rows = session.execute(
            select(kept.name, kept.as_of, kept.rows, kept.new, kept.changed, kept.flagged, kept.taken_by)
            .where(kept.id != world.source)
            .order_by(kept.at, kept.new.desc())
        )
        return [tuple(one) for one in rows]  # type: ignore[misc]


def shown(page: Page) -> dict[str, int]:
    """The counts of a dry run by label."""
    words = [word for word, _ in page.words]
    return {
        name: int(words[words.index(name) - 1]) for name in ("行数", "新增", "变更", "未变", "提示", "拒绝")
    }


@pytest.mark.parametrize("made", [as_csv, as_dbf, excel_of], ids=["csv", "dbf", "xlsx"])
def test_a_dry_run_shows_everything_and_writes_nothing(
    world: World, registrar: Browser, made: Callable[[list[Row]], bytes]
) -> None:
    """Counts and every finding with row, column and reason; no record, and no import, comes of it."""
    assert hand_in(registrar, made(ROWS)).status == 303
    page = registrar.follow()
    assert shown(page) == {"行数": 3, "新增": 3, "变更": 0, "未变": 0, "提示": 1, "拒绝": 0}
    assert "还没有写入任何内容" in page.text and 'data-finding="lost_character"' in page.html
    assert "3 姓名 提示 有字已变成" in page.text
    assert records(world) == 0 and imports(world) == []


def test_exactly_the_file_that_was_seen_is_imported(world: World, registrar: Browser) -> None:
    """Under the registrar's own name, with the day its data are of; afterwards the file is gone."""
    hand_in(registrar, as_csv(ROWS), "名册.csv", as_of="2024-10-20")
    registrar.follow()
    form = registrar.page.form("/take")
    assert registrar.send_form(form).status == 303
    page = registrar.follow()
    assert "新增 3 条" in page.text and "名册.csv" in page.text and "测试学籍管理员" in page.text
    who = world.staff["registrar"].person
    assert imports(world) == [("名册.csv", date(2024, 10, 20), 3, 3, 0, 1, who)]
    assert records(world) == 3
    again = registrar.send_form(form)
    assert (again.status, again.codes) == (404, ["file_gone"]) and len(imports(world)) == 1
    assert list((world.place.settings.home / "incoming").iterdir()) == []


def test_a_file_with_a_refused_row_is_not_imported(world: World, registrar: Browser) -> None:
    """Every refusal is shown, the button is shut, and a forged press writes nothing either."""
    hand_in(registrar, as_csv(BAD))
    page = registrar.follow()
    assert shown(page)["拒绝"] == 2 and not page.form("/take").open
    assert 'data-finding="unknown_status"' in page.html and 'data-finding="impossible_date"' in page.html
    form = page.form("/take")
    answer = registrar.post(form.action, **form.fields)
    assert (answer.status, answer.codes) == (422, ["rows_refused"])
    assert records(world) == 0 and imports(world) == []


def test_no_finding_shows_an_id_number(world: World, registrar: Browser) -> None:
    """A wrong check character, a stranger's number, a file named after somebody: the number stays inside."""
    number = student(703)["SFZH"]
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    hand_in(registrar, as_csv([student(703, SFZH=wrong), student(704, SFZH=number)]), f"{number}.csv")
    page = registrar.follow()
    assert 'data-finding="checksum"' in page.html
    answer = registrar.client.get(next(link for link in page.links if link.endswith("findings.csv")))
    for said in (page.html, answer.text, page.path):
        assert wrong not in said and number not in said


def test_every_finding_can_be_taken_away(registrar: Browser) -> None:
    """The file for whoever mends the roster: row, column, code, verdict and words, refusals first."""
    hand_in(registrar, as_csv([*BAD, student(705, XM="黄?")]))
    page = registrar.follow()
    answer = registrar.client.get(next(link for link in page.links if link.endswith("findings.csv")))
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(line[0], line[1], line[3]) for line in rows[1:]] == [
        ("3", "XJZT", "拒绝"),
        ("4", "CSRQ", "拒绝"),
        ("5", "XM", "提示"),
    ]


def test_long_lists_of_findings_have_pages(registrar: Browser) -> None:
    """Two hundred to a page, and the last page is the last whatever the address says."""
    hand_in(registrar, as_csv([student(700 + n, XM="黄?") for n in range(250)]))
    page = registrar.follow()
    assert "第 1 页，共 2 页" in page.text and page.html.count('data-finding="lost_character"') == 1 + 200
    for asked in ("1", "99", "-1", "x"):
        page = registrar.get(page.path.split("?")[0] + f"?page={asked}")
        assert page.status == 200
        assert page.html.count('data-finding="lost_character"') == (
            1 + 50 if asked in ("1", "99") else 1 + 200
        )


def test_what_is_no_roster_is_refused_in_words(world: World, registrar: Browser) -> None:
    """No file, an empty one, a web page, a file without names, a day ahead: each says what to do."""
    cases: list[tuple[bytes, str, dict[str, str], str]] = [
        (b"", "a.csv", {}, "文件是空的"),
        (b"<html><table>", "a.xls", {}, "这是网页"),
        (b"A,B\n1,2\n", "a.csv", {}, "缺少必需的列"),
        (as_csv(ROWS), "a.csv", {"as_of": "2024-10-26"}, "日期还没有到"),
        (as_csv(ROWS), "a.csv", {"as_of": "2024-02-30"}, "没有这一天"),
    ]
    for data, name, typed, words in cases:
        page = hand_in(registrar, data, name, **typed)
        assert page.status == 422 and words in page.text, words
    registrar.get("/registrar/rosters")
    page = registrar.send("/registrar/rosters")
    assert page.status == 422 and "请选择名册文件" in page.text
    assert not (world.place.settings.home / "incoming").exists()


def test_a_roster_has_a_limit_of_its_own(registrar: Browser) -> None:
    """Far more than a paper may have, and not without end; no other page takes anything near it."""
    for path, length, status, words in (
        ("/registrar/rosters", LIMIT + 100_000, 413, "最大 64 MB"),
        ("/registrar/rosters", LIMIT, 400, "表单已经失效"),
        (f"/registrar/rosters/{'0' * 64}/take", LIMIT, 413, "太长"),
    ):
        answer = registrar.client.post(path, environ_overrides={"CONTENT_LENGTH": str(length)})
        assert answer.status_code == status and words in answer.text, path


def test_a_file_does_not_wait_for_ever(world: World, registrar: Browser) -> None:
    """After an hour neither the dry run nor the import finds it, and the page says so."""
    hand_in(registrar, as_csv(ROWS))
    page = registrar.follow()
    form = page.form("/take")
    for _ in range(5):
        world.at(world.clock.moment + timedelta(minutes=12))
        registrar.get("/registrar")
    assert registrar.get(page.path).codes == ["file_gone"]
    registrar.prove(world)
    answer = registrar.send_form(form)
    assert (answer.status, answer.codes) == (404, ["file_gone"])
    assert records(world) == 0


def test_a_file_can_be_thrown_away(world: World, registrar: Browser) -> None:
    """Nothing of it is left, and its page is gone."""
    hand_in(registrar, as_csv(ROWS))
    page = registrar.follow()
    assert registrar.send("/drop").status == 303
    assert registrar.get(page.path).status == 404
    assert list((world.place.settings.home / "incoming").iterdir()) == []


def test_when_the_records_changed_meanwhile_nothing_is_written(world: World, registrar: Browser) -> None:
    """The numbers that were agreed to are the numbers that are written, or none are."""
    hand_in(registrar, as_csv(ROWS))
    page = registrar.follow()
    form = page.form("/take")
    world.record(ksh=ROWS[0]["KSH"], xh=ROWS[0]["XH"])
    answer = registrar.send_form(form)
    assert (answer.status, answer.codes) == (409, ["result_changed"])
    assert shown(answer)["新增"] == 2 and shown(answer)["变更"] == 1
    assert records(world) == 1 and imports(world) == []
    assert registrar.send("/take").status == 303
    assert records(world) == 3


def test_a_page_of_before_another_import_imports_nothing(world: World, registrar: Browser) -> None:
    """As many changes as were looked at, but of other old values, are not what was looked at."""
    hand_in(registrar, as_csv(ROWS[:1]))
    registrar.follow()
    registrar.send("/take")
    pages = []
    for name in ("王大明", "王二明"):
        hand_in(registrar, as_csv([student(700, XM=name)]))
        pages.append(registrar.follow())
    assert registrar.send_form(pages[0].form("/take")).status == 303
    answer = registrar.send_form(pages[1].form("/take"))
    assert (answer.status, answer.codes) == (409, ["result_changed"])
    with world.place.store.reading() as session:
        assert session.scalars(select(Record.xm)).all() == ["王大明"]


@pytest.mark.parametrize("id", ["😀" * 64, "g" * 64, "A" * 64])
def test_an_address_that_is_no_digest_leads_nowhere(registrar: Browser, id: str) -> None:
    """What no waiting file can be called is told like a file that is gone."""
    hand_in(registrar, as_csv(ROWS))
    for path in (f"/registrar/rosters/{id}", f"/registrar/rosters/{id}/findings.csv"):
        assert registrar.get(path).status == 404
    for action in ("take", "drop"):
        page = registrar.post(f"/registrar/rosters/{id}/{action}", csrf_token=registrar.token, seen="")
        assert page.status == 404


def test_an_import_asks_again_what_was_confirmed(world: World, registrar: Browser) -> None:
    """What follows for cases is done in the same unit of work, and said."""
    record = world.record(ksh=ROWS[0]["KSH"], xh=ROWS[0]["XH"])
    world.open_campaign()
    world.do(world.case_of(record), "confirm", world.student(record))
    hand_in(registrar, as_csv(ROWS))
    registrar.follow()
    registrar.send("/take")
    assert "重新核对的个案 1 个" in registrar.follow().text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_large_file_costs_as_few_statements_as_a_small_one(
    world: World, registrar: Browser, statements: Counted
) -> None:
    """The dry run asks the database for everything at once, and the list of imports likewise."""
    found = []
    for n in (2, 60):
        hand_in(registrar, as_csv([student(700 + one) for one in range(n)]))
        statements.clear()
        registrar.follow()
        found.append(len(statements))
        registrar.send("/take")
        statements.clear()
        registrar.follow()
        found.append(len(statements))
    assert max(found) <= 6, found
    assert found[1] == found[3]
