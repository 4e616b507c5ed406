"""The pages of the rules: explained for one student, tried on cohorts, compared, and who can do what."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from playwright.sync_api import Page as Seen
from pytest_playwright.pytest_playwright import CreateContextCallback
from sqlalchemy import update

from config.policy import School
from tests.browser import DESK, PHONE
from tests.conftest import ON_BOTH
from tests.editing import load
from tests.web.browsing import Browser, Page, signed_in
from tests.web.shared.test_words import chinese, in_english
from tests.web.test_offices import looks
from tests.web.visiting import barriers, fits, sign_in
from tests.workflow.simulation.test_whatif import april_to_march
from tests.world import NAME, World
from web import create_app
from web.commands import place as commands_place
from web.commands import policy_roster
from web.commands.policy import policy
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
SPAN = {"since": "2024-10-01", "until": "2028-12-31"}


def number(page: Page, words: str) -> str:
    """The number of the row with these words in an answers table."""
    rows = page.html.split("<tr>")
    row = next(row for row in rows if words in row and 'name="line"' in row)
    return row.split('name="line" value="')[1].split('"')[0]


def tabled(page: Page) -> list[list[str]]:
    """The rows of a file."""
    return list(csv.reader(io.StringIO(page.response.get_data(as_text=True).lstrip("\ufeff"))))


# -- one student ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["registrar", "reviewer", "second_reviewer"])
def test_the_rules_are_explained_for_one_student_and_the_look_is_written_down(
    world: World, as_staff: Staff, role: str
) -> None:
    """Verdict, last day with its derivation, facts with their sources, what each field takes; no number in the address."""
    record = world.record(xm="张三丰", xh="240100777")
    browser = as_staff(role)
    browser.get("/rules/explain")
    page = browser.send("/rules/explain", said="240100777")
    assert page.status == 200
    for words in (
        "张三丰", "可以提出", "2028年4月30日", "2028 届", "按学校规则的末次自查", "test.csv", "户口簿或公安机关的变更证明",
        "平台更正（教务处学籍与学业管理科）", "原因是“入学后在公安机关依法变更”的，须交户口簿", "通知要求全体学生在学信网实名注册",
    ):  # fmt: skip
        assert words in page.text, words
    assert "240100777" not in page.path
    assert looks(world)[-1] == ("explain", record, True)


def test_before_registration_the_page_says_why_not_and_from_when(world: World, as_staff: Staff) -> None:
    """Every reason with source and remedy, and the moment at which the answer changes."""
    world.record(xh="240100777")
    browser = as_staff("registrar")
    browser.get("/rules/explain")
    page = browser.send("/rules/explain", said="240100777", at="2024-10-01")
    assert page.codes == ["NOT_REGISTERED"]
    for words in ("2024年10月15日 00:00", "怎么办", "现在不能提出；以下按能提出的那一刻"):
        assert words in page.text, words


def test_a_number_that_is_nobodys_leads_nowhere(world: World, as_staff: Staff) -> None:
    """Nothing is shown and the search alone is logged, without its number; a day that is none is named."""
    world.record()
    browser = as_staff("registrar")
    browser.get("/rules/explain")
    before = looks(world)
    page = browser.send("/rules/explain", said="999")
    assert (page.status, page.codes) == (404, ["no_such_student"])
    assert browser.send("/rules/explain", said="999", at="2024-02-30").status == 422
    (search,) = looks(world)[len(before) :]
    assert "search:explain" in search and "999" not in str(search)


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("auditor", "/rules", 200),
        ("auditor", "/rules/matrix", 200),
        ("auditor", "/rules/explain", 403),
        ("reviewer", "/rules/what-if", 403),
        ("reviewer", "/rules/compare", 403),
        ("officer", "/rules", 403),
        ("administrator", "/rules/explain", 403),
    ],
)
@ON_SQLITE
def test_each_page_is_for_those_who_answer_for_it(
    world: World, as_staff: Staff, role: str, path: str, status: int
) -> None:
    """Whoever may not look at students is explained no student."""
    assert as_staff(role).get(path).status == status


# -- what if --------------------------------------------------------------------------------------------


@ON_BOTH
def test_the_registrar_asks_what_if_and_sees_the_list_behind_a_count(world: World, as_staff: Staff) -> None:
    """Counts by answer and stretch show nobody; a list shows names, and is one line of the access log."""
    world.record(xm="张三丰")
    world.record(xm="李四光", xjzt="退学")
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    before = looks(world)
    page = browser.send("/rules/what-if", **SPAN)
    assert page.status == 200
    assert "张三丰" not in page.text
    assert looks(world) == before
    for words in ("2024年10月15日 00:00 — 2028年4月30日 23:59:59", "最后一次自查已截止", "已离校"):
        assert words in page.text, words
    form = page.form("/rules/what-if/list")
    shown = browser.post("/rules/what-if/list", **form.fields, line=number(page, "可以提出"))
    assert shown.status == 200
    assert "张三丰" in shown.text
    assert "李四光" not in shown.text
    assert looks(world) == [*before, ("what_if", "", True)]
    file = browser.send("/rules/what-if/list.csv")
    assert [row[3] for row in tabled(file)[1:]] == ["张三丰"]
    assert looks(world)[-1] == ("what_if.csv", "", True)
    counts = browser.post("/rules/what-if/counts.csv", **form.fields)
    assert [row[6] for row in tabled(counts)] == ["人数 count", *["1"] * 6]


def test_numbers_that_are_changed_for_a_trial_change_nothing_else(
    world: World, as_staff: Staff, nchu: School
) -> None:
    """Another last day, an extension: told on the page, gone with it."""
    world.record()
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    assert "2028年3月31日 23:59:59" in browser.send("/rules/what-if", **SPAN, final_day="03-31").text
    extended = {"extended_until": "2028-06-09", "final_day": ""}
    assert "2028年6月9日 23:59:59" in browser.send("/rules/what-if", **SPAN, **extended).text
    assert world.place.school.digest == nchu.digest
    browser.get("/rules/what-if")
    assert "2028年4月30日 23:59:59" in browser.send("/rules/what-if", **SPAN).text


def test_a_check_that_comes_next_is_offered_for_trying_its_dates(world: World, as_staff: Staff) -> None:
    """The final check of the next April, announced by nobody yet, were it to last until 10 May."""
    world.record(yjbyrq=date(2025, 7, 1))
    browser = as_staff("registrar")
    page = browser.get("/rules/what-if")
    assert page.html.count('<option value="final-2025"') == 2
    assert "2025年4月30日 23:59:59" in browser.send("/rules/what-if", **SPAN).text
    moved = browser.send("/rules/what-if", **SPAN, moved="final-2025", closes="2025-05-10")
    assert "2025年5月10日 23:59:59" in moved.text
    assert "这份规则里没有这次自查" in browser.send("/rules/what-if", **SPAN, plan="final-1925").text


def test_a_claim_is_tried_with_its_papers(world: World, as_staff: Staff) -> None:
    """Asked about one field and cause, the counts say which papers would be missing."""
    world.record(xh="240100777")
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    page = browser.send("/rules/what-if", claim="XM:legal_change", said="240100777", since="2024-11-01")
    assert "可以提出，须附材料" in page.text
    assert "户口簿" in page.text
    assert looks(world)[-1][0] == "what_if"


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"final_day": "4-30"}, "请按 04-30 的样子填写月和日。"),
        ({"final_day": "02-30"}, "请按 04-30 的样子填写月和日。"),
        ({"since": "2024-10-02", "until": "2024-10-01"}, "最后一天早于第一天。"),
        ({"entry_year": "24"}, "年份应为四位数字。"),
        ({"plan": "none"}, "这份规则里没有这次自查。"),
        ({"claim": "XM:photo"}, "这份规则里没有这一项和这个原因。"),
        ({"said": "999"}, "没有这个学号或考生号的学籍记录。"),
        ({"since": "2024-13-01"}, "没有这一天"),
        ({"since": "0001-01-01"}, "年份应在 1900 至 2199 之间"),
        ({**SPAN, "extended_until": "9999-12-31"}, "年份应在 1900 至 2199 之间"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_tried(
    world: World, as_staff: Staff, typed: dict[str, str], words: str
) -> None:
    """Every fault of the form stands beside it; there is no half result."""
    world.record()
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    page = browser.send("/rules/what-if", **typed)
    assert page.status == 422
    assert words in page.text
    assert "试算结果" not in page.text


def test_other_rules_are_read_as_strictly_as_those_in_force(
    world: World, as_staff: Staff, nchu: School
) -> None:
    """A whole text is tried without being kept; one with faults shows all of them by line, and no count."""
    world.record()
    text = nchu.texts["policy.toml"]
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    wrong = text.replace('code = "LEFT"', 'code = "LEFT"\nnonsense = 1').replace('"04-30"', '"04-31"')
    page = browser.send("/rules/what-if", **SPAN, which="policy.toml", text=wrong)
    assert page.status == 422
    assert "这份规则有 2 处错误" in page.text
    assert page.html.count("nchu/policy.toml:") == 2
    right = text.replace('"04-30"', '"03-31"').encode()
    handed = (io.BytesIO(right), "policy.toml")
    page = browser.send("/rules/what-if", **SPAN, which="policy.toml", text="", file=handed)
    assert "2028年3月31日 23:59:59" in page.text
    form = page.form("/rules/what-if/list")
    shown = browser.post("/rules/what-if/list", **form.fields, line=number(page, "可以提出"))
    assert "2028年3月31日 23:59:59" in shown.text


@pytest.mark.parametrize(
    ("text", "words"), [("a = " + "[" * 9000, "嵌套过深"), ("a = " + "9" * 9000, "数太长")]
)
def test_rules_that_no_reader_can_hold_are_a_fault_like_others(
    world: World, as_staff: Staff, text: str, words: str
) -> None:
    """Pasted nesting without end, or a number without end, is named beside the form."""
    browser = as_staff("registrar")
    browser.get("/rules/what-if")
    page = browser.send("/rules/what-if", **SPAN, which="policy.toml", text=text)
    assert page.status == 422 and words in page.text


# -- compared -------------------------------------------------------------------------------------------


def test_two_rules_are_compared_with_the_list_behind_each_change(
    world: World, as_staff: Staff, nchu: School
) -> None:
    """What the texts say otherwise, how many students each change concerns, and who they are."""
    world.record(xm="张三丰")
    world.record(xm="李四光", yjbyrq=date(2026, 7, 1))
    text = nchu.texts["policy.toml"].replace('last_day = "04-30"', 'last_day = "03-31"')
    browser = as_staff("registrar")
    assert browser.get("/rules/compare").status == 200
    assert browser.send("/rules/compare").status == 422
    page = browser.send("/rules/compare", which="policy.toml", text=text)
    assert page.status == 200
    for words in ("last_day", "03-31", "最后提出时间提前", "2028-04-30 23:59:59 → 2028-03-31 23:59:59"):
        assert words in page.text, words
    form = page.form("/rules/compare/list")
    shown = browser.post("/rules/compare/list", **form.fields, line=number(page, "2026-04-30"))
    assert "李四光" in shown.text
    assert "张三丰" not in shown.text
    assert looks(world)[-1] == ("policy_diff", "", True)
    assert [row[3] for row in tabled(browser.send("/rules/compare/list.csv"))[1:]] == ["李四光"]
    counts = tabled(browser.post("/rules/compare/counts.csv", **form.fields))
    assert [row[-1] for row in counts[1:]] == ["1", "1"]
    assert browser.post("/rules/compare/list", **form.fields, line="99").status == 400


@ON_SQLITE
def test_the_same_text_changes_nobody(world: World, as_staff: Staff, nchu: School) -> None:
    """The page says that nothing differs, rather than nothing."""
    world.record()
    browser = as_staff("registrar")
    browser.get("/rules/compare")
    page = browser.send("/rules/compare", which="policy.toml", text=nchu.texts["policy.toml"])
    assert "没有不同" in page.text
    assert "均不受影响" in page.text


def test_a_kept_text_is_compared_by_its_digest(
    world: World, as_staff: Staff, run: Callable[..., Result], nchu: School
) -> None:
    """What waits in the Rulebook for its first day is chosen on the page, or named on the command line."""
    world.record()
    later = april_to_march(nchu)
    load(world, later)
    said = run("diff", nchu.digest, later.digest).output
    assert "2028-04-30 23:59:59 → 2028-03-31 23:59:59" in said
    assert run("diff", nchu.digest, "0" * 64).exit_code == 2
    browser = signed_in(world, create_app(world.place), world.staff["registrar"].person)
    browser.get("/rules/compare")
    page = browser.send("/rules/compare", kept=later.digest)
    assert "2028-04-30 23:59:59 → 2028-03-31 23:59:59" in page.text


# -- who can do what ------------------------------------------------------------------------------------


@ON_SQLITE
def test_the_matrix_is_a_page_and_a_file(world: World, as_staff: Staff) -> None:
    """Every action of every lifecycle stands on the page and in the file, with its conditions in words."""
    browser = as_staff("auditor")
    page = browser.get("/rules/matrix")
    lines = tabled(browser.get("/rules/matrix.csv"))
    assert len(lines) > 40
    for binding in world.place.engine.bindings.values():
        for action in binding.lifecycle.actions:
            assert action.zh in page.text
            assert action.zh in {line[2] for line in lines}
    assert "学校规则允许提出" in page.text


# -- in a browser, in English, on the command line ------------------------------------------------------


@ON_SQLITE
def test_results_are_english_on_an_english_page(world: World, as_staff: Staff, nchu: School) -> None:
    """Whatever is not a marked value of the record or the text is in the page's language."""
    world.record(xh="240100777", xm="张三丰")
    world.record(xjzt="退学")
    browser = in_english(as_staff("registrar"))
    pages = [browser.get(path) for path in ("/rules", "/rules/matrix", "/rules/explain")]
    pages.append(browser.send("/rules/explain", said="240100777"))
    browser.get("/rules/explain")
    pages.append(browser.send("/rules/explain", said="240100777", at="2024-10-01"))
    pages.append(browser.get("/rules/what-if"))
    pages.append(browser.send("/rules/what-if", **SPAN, claim="XM:legal_change"))
    form = browser.page.form("/rules/what-if/list")
    pages.append(browser.post("/rules/what-if/list", **form.fields, line="0"))
    pages.append(browser.get("/rules/compare"))
    text = nchu.texts["policy.toml"].replace('"04-30"', '"03-31"')
    pages.append(browser.send("/rules/compare", which="policy.toml", text=text))
    assert {page.status for page in pages} == {200}
    assert [(page.path, words) for page in pages for words in chinese(page) if words != text.strip()] == []


def asked(page: Seen, site: str, text: str) -> Iterator[str]:
    """Send every POST question in turn. Yields the name of each result."""
    page.goto(f"{site}/rules/explain")
    page.fill("#said", "240100777")
    page.click("main button.btn-primary")
    yield "explain"
    page.goto(f"{site}/rules/what-if")
    for name, day in SPAN.items():
        page.fill(f"#{name}", day)
    page.click("main button.btn-primary")
    yield "what-if"
    page.locator("button[name=line]").first.click()
    yield "list"
    page.goto(f"{site}/rules/compare")
    page.select_option("#which", "policy.toml")
    page.fill("#text", text)
    page.click("main button.btn-primary")
    yield "compare"


@ON_SQLITE
@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_results_fit_and_have_no_barrier(
    world: World,
    site: str,
    new_context: CreateContextCallback,
    nchu: School,
    screen: dict[str, str],
    scheme: str,
) -> None:
    """What is answered by POST holds to the same laws as every page: width, contrast, WCAG 2.2 AA."""
    world.record(xh="240100777", xm="买买提吐尔逊·阿卜杜热合曼·测试")
    world.record(xjzt="退学", fy=None)
    context = new_context(**{**screen, "color_scheme": scheme})
    page = sign_in(world, site, context, world.staff["registrar"].person)
    found = []
    for name in asked(page, site, nchu.texts["policy.toml"].replace('"04-30"', '"03-31"')):
        found += [(name, fault) for fault in barriers(page)]
        found += [] if fits(page) else [(name, "width")]
    assert found == []


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The commands on the small school."""
    for module in (commands_place, policy_roster):
        monkeypatch.setattr(module, "installation", lambda: world.place)
    return lambda *words, typed="": CliRunner().invoke(
        policy, list(words), input=typed, catch_exceptions=False
    )


@ON_BOTH
def test_explain_reads_the_number_from_standard_input_and_leaves_a_line(
    world: World, run: Callable[..., Result]
) -> None:
    """The number need not stand on the command line; who looked from there is the machine's operator, or the name given."""
    record = world.record(xh="240100777", xm="张三丰")
    said = run("explain", "--at", "2024-10-01", typed="240100777\n")
    assert said.exit_code == 0
    for words in (
        "张三丰",
        "filing.registered",
        "2024-10-15 00:00:00",
        "2028 届",
    ):
        assert words in said.output, words
    assert looks(world)[-1] == ("explain", record, True)
    assert run("explain", "240100777", "--as", "测试学籍管理员").exit_code == 0
    assert run("explain", typed="999\n").exit_code == 1
    assert len([look for look in looks(world) if look[0] == "explain"]) == 2


def test_what_if_counts_and_lists_on_the_command_line(world: World, run: Callable[..., Result]) -> None:
    """Counts for everybody to read, CSV for a spreadsheet, a list for the one who leaves a line for it."""
    world.record(xm="张三丰")
    world.record(xm="李四光", xjzt="退学")
    days = ("what-if", "--days", "2024-10-20", "2028-12-31")
    said = run(*days)
    assert "[1]      1  可以提出 / may file" in said.output
    assert "张三丰" not in said.output
    assert looks(world) == []
    rows = list(csv.reader(io.StringIO(run(*days, "--csv").output)))
    assert [row[7] for row in rows[1:]] == ["accept", "not_accepted", "not_accepted", "not_accepted"]
    assert "张三丰" in run(*days, "--list", "1").output
    assert looks(world) == [("what_if", "", True)]
    assert run(*days, "--final-day", "03-31").output.count("2028-03-31 23:59:59") == 1
    assert run(*days, "--list", "9").exit_code == 2
    assert run("what-if", "--field", "XM", "--cause", "photo").exit_code == 2


def test_diff_says_what_changes_for_whom(
    world: World, run: Callable[..., Result], nchu: School, tmp_path: Path
) -> None:
    """Two folders: the texts in words, the students in numbers, the list behind one."""
    world.record(xm="张三丰")
    for name, text in nchu.texts.items():
        (tmp_path / name).write_text(
            text.replace('last_day = "04-30"', 'last_day = "03-31"'), encoding="utf-8"
        )
    folders = (str(world.place.settings.school), str(tmp_path))
    said = run("diff", *folders).output
    assert "末次自查 / final check last_day" in said
    assert "2028-04-30 23:59:59 → 2028-03-31 23:59:59" in said
    assert "张三丰" in run("diff", *folders, "--list", "1").output
    assert looks(world) == [("policy_diff", "", True)]


@ON_SQLITE
def test_the_matrix_command_knows_every_lifecycle(world: World, run: Callable[..., Result]) -> None:
    """No lifecycle of the engine is missing from the command's list."""
    rows = list(csv.reader(io.StringIO(run("matrix", "--csv").output)))
    assert {row[5] for row in rows[1:]} == set(world.place.engine.bindings)


# -- why not --------------------------------------------------------------------------------------------


def test_a_student_always_reads_until_when_they_may_file_and_how_that_follows(
    world: World, app: Flask, as_student: Callable[[str], Browser]
) -> None:
    """While a filing is under way, too, the first page has the last day for filing and its derivation."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    page = as_student(record).get("/my")
    assert "最晚可以在 2028年4月30日 23:59:59（北京时间）以前提出更正" in page.text
    assert "按学校规则的末次自查；预计毕业日期 2028年7月1日，2028 届" in page.text


def test_a_refused_student_reads_how_to_raise_it_again_or_why_they_cannot(
    world: World, as_student: Callable[[str], Browser]
) -> None:
    """Where it may be raised again the page leads there; where it may not, every reason stands there instead."""
    records = [world.record(), world.record()]
    world.open_campaign()
    for record in records:
        world.file(record, NAME)
        case = world.case_of(record)
        world.do(case, "take_up", world.staff["reviewer"])
        world.settle_all(case, "refused")
        refusal = {"refusal": "evidence_does_not_prove", "words": "材料不足以证明"}
        world.do(case, "reject", world.staff["reviewer"], **refusal)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == records[1]).values(xjzt="退学"))
    world.at(world.clock.moment + timedelta(hours=1))
    free, left = (as_student(one).get(f"/my/cases/{world.case_of(one).id}") for one in records)
    assert "重新提出会建立新的申请" in free.text and "/my" in free.links
    assert left.codes == ["LEFT"]
    assert "现在不能重新提出" in left.text and "重新提出会建立新的申请" not in left.text
    for page in (free, left):
        assert "毕业前最后一次提出更正 （后续） 2028年4月30日 23:59:59 截止" in page.text


def test_who_marked_something_reads_why_they_cannot_confirm(
    world: World, as_student: Callable[[str], Browser]
) -> None:
    """Saying that a field is wrong and that all is right at once makes no sense, and the page says so."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    words = "就不能同时确认全部无误"
    assert words not in browser.get("/my").text
    browser.get("/my/wrong/XH")
    browser.send("/my/wrong/XH", value="240199999")
    assert words in browser.get("/my").text
