"""What a person may read and take away of their own: who looked, what they looked at, and all their data."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from config.sentences import SentenceKept
from config.settings import ROOT
from states.case import REJECTED, REVIEW
from tests.conftest import ON_BOTH
from tests.web.browsing import Browser, Page
from tests.workflow.records.test_student_contacts import take as take_contact
from tests.world import NAME, World, picture
from workflow.cases.sentences.own import add_sentence
from workflow.cases.tables import Case
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.saved import save_view
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.outgoing.jobs.job import ExportWish, approve, make, note_download
from workflow.outgoing.own_data.layout import COLUMNS, FORMAT, SECTIONS, VERSION
from workflow.people.access import note_access
from workflow.people.accounts import end_role, give_role
from workflow.people.presences import FRESH
from workflow.people.scopes import held
from workflow.people.standing_in import declare
from workflow.people.tables import Access
from workflow.upkeep.leaving import export_desk

pytestmark = pytest.mark.one_database

Someone = Callable[[str], Browser]


@pytest.fixture
def filed(world: World) -> Ref:
    """A case about a name, taken up by the reviewer."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, NAME)
    world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    return world.case_of(record)


def looked(world: World, role: str, what: str, subject: str, *, why: str = "", allowed: bool = True) -> None:
    """A member of staff looks at something."""
    with world.place.store.writing() as session:
        by, at = world.staff[role], world.clock.moment
        note_access(session, by, what, subject, at, why=why, allowed=allowed)


def archive(page: Page) -> zipfile.ZipFile:
    """The ZIP of a download."""
    assert (page.status, page.response.mimetype) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(page.response.data))


def taken(browser: Browser) -> tuple[dict[str, Any], zipfile.ZipFile]:
    """All one's data, by sections, and the archive that it came in."""
    browser.get("/account/data")
    inside = archive(browser.send("/account/data"))
    return json.loads(inside.read("data.json")), inside


# -- looks ----------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_student_reads_who_opened_their_file(world: World, as_student: Someone, filed: Ref) -> None:
    """When, in which role and college, what, for which case and why; never by name."""
    record, receipt = world.case(filed).record.id, world.row(filed).receipt or ""
    paper = world.paper(record)
    looked(world, "reviewer", "case", filed.id)
    looked(world, "second_reviewer", "reveal:SFZH", filed.id, why="second_review")
    looked(world, "auditor", "paper", paper, why="audit")
    looked(world, "officer", "counter", record)
    page = as_student(record).get("/account/looks")
    for words in (
        "审核页", "完整号码：证件号码", "复核", "证明材料", "审计", "学院经办人 测试学院", "柜台", "共 4 次",
        f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}",
    ):  # fmt: skip
        assert words in " ".join(page.text.split()), words
    assert page.text.index("柜台") < page.text.index("审核页")
    named = [by.person for by in world.staff.values()]
    assert [one for one in (*named, "测试审核人", "测试学院经办人") if one in page.html] == []


@ON_BOTH
def test_what_concerns_others_is_on_nobody_elses_page(world: World, as_student: Someone, filed: Ref) -> None:
    """Another student's lines, lists, and what the student did themselves are not among them."""
    other = world.record()
    record = world.case(filed).record.id
    looked(world, "reviewer", "case", filed.id)
    looked(world, "registrar", "list", world.case(filed).campaign.id)  # type: ignore[union-attr]
    looked(world, "reviewer", "queue", "")
    student = world.student(record)
    with world.place.store.writing() as session:
        note_access(session, student, "own_data", record, world.clock.moment)
    assert "还没有人看过" in as_student(other).get("/account/looks").text
    assert "共 1 次" in as_student(record).get("/account/looks").text


def test_a_refused_try_is_shown_as_refused(world: World, as_student: Someone, filed: Ref) -> None:
    """Of a stranger, another student too, the page tells no more than that."""
    record, stranger = world.case(filed).record.id, world.student(world.record(xm="李四光"))
    with world.place.store.writing() as session:
        note_access(session, stranger, "try:case", filed.id, world.clock.moment, allowed=False)
    page = as_student(record).get("/account/looks")
    assert "另一名学生" in page.text and "被拒" in page.text and "李四光" not in page.text


def test_the_college_is_that_of_the_moment(world: World, as_student: Someone, filed: Ref) -> None:
    """Whoever changes their college later has looked for the one that they were of."""
    record, officer = world.case(filed).record.id, world.staff["officer"]
    looked(world, "officer", "counter", record)
    world.clock.moment += timedelta(days=1)
    with world.place.store.writing() as session:
        end_role(session, officer.person, "officer", world.clock.moment)
        world.clock.moment += timedelta(seconds=1)
        give_role(
            session,
            officer.person,
            held("officer", "另一学院"),
            "test",
            world.clock.moment,
            world.place.entropy,
        )
    page = as_student(record).get("/account/looks")
    assert "测试学院" in page.text and "另一学院" not in page.text


def test_an_export_is_a_look_at_everybody_in_its_file(world: World, as_student: Someone, filed: Ref) -> None:
    """A download of full numbers is shown to the students of its scope, and one of another college to none."""
    record, other = world.case(filed).record.id, world.record(fy="另一学院")
    place, registrar, at = world.place, world.staff["registrar"], world.clock.moment
    for college in ("测试学院", "另一学院", "另一学院"):
        with place.store.writing() as session:
            wish = ExportWish("legal", "法院调取", ("id_number",), college=college)
            job = make(session, place.cipher, place.entropy, wish, registrar, at)
        approve(place.store, export_desk(place), job, world.staff["second_reviewer"], at)
        with place.store.writing() as session:
            note_download(session, place.cipher, job, registrar, at)
    mine, theirs = (as_student(one).get("/account/looks") for one in (record, other))
    assert "下载导出文件" in mine.text and "共 1 次" in mine.text and "学籍管理员" in mine.text
    assert "共 2 次" in theirs.text


@ON_BOTH
def test_staff_read_what_they_looked_at(world: World, as_staff: Someone, filed: Ref) -> None:
    """Their own lines alone, latest first, with the receipt and the reason; no student is named."""
    looked(world, "reviewer", "case", filed.id)
    looked(world, "reviewer", "reveal:SFZH", filed.id, why="check_identity")
    looked(world, "second_reviewer", "timeline", filed.id)
    page = as_staff("reviewer").get("/account/looks")
    receipt = world.row(filed).receipt or ""
    assert f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}" in page.text and "核对本人身份" in page.text
    assert page.text.index("完整号码") < page.text.index("审核页") and "流转记录" not in page.text
    assert "张三丰" not in page.text and filed.id not in page.html


@ON_BOTH
def test_staff_learn_nothing_of_a_case_at_which_they_were_refused(
    world: World, as_staff: Someone, filed: Ref
) -> None:
    """Their refused tries are theirs to read, without the receipt of a case that is not theirs."""
    receipt = world.row(filed).receipt or ""
    with world.place.store.reading() as session:
        paper = session.scalars(select(Evidence.id).where(Evidence.case_id == filed.id).limit(1)).one()
    for what, subject in (("try:case", filed.id), ("try:paper", paper)):
        looked(world, "officer", what, subject, allowed=False)
    page = as_staff("officer").get("/account/looks")
    assert page.text.count("被拒") == 2 and receipt[:3] + " " + receipt[3:6] not in page.text


def test_a_long_log_is_paged(world: World, as_staff: Someone, filed: Ref) -> None:
    """Each line stands on one page; beyond the last page there is none."""
    with world.place.store.writing() as session:
        for _ in range(60):
            note_access(session, world.staff["auditor"], "timeline", filed.id, world.clock.moment)
    browser = as_staff("auditor")
    first, second = browser.get("/account/looks"), browser.get("/account/looks?page=1")
    assert [page.html.count('<li class="mb-3">') for page in (first, second)] == [50, 10]
    assert "还没有记录" in browser.get("/account/looks?page=99").text


def test_the_account_says_what_one_holds_and_who_gave_it(world: World, as_staff: Someone) -> None:
    """Role and scope, by whom and since when; a student holds nothing but their own record."""
    page = as_staff("officer").get("/account")
    assert "我的身份和范围" in page.text and "学院经办人 测试学院" in " ".join(page.text.split())
    assert "2024年10月25日 10:00 起" in page.text and "没有定结束日期" in page.text


# -- all one's data -------------------------------------------------------------------------------------


@ON_BOTH
def test_a_student_takes_all_their_data_away(world: World, as_student: Someone, filed: Ref) -> None:
    """Values with source and date, cases, claims, papers as files, entries and looks, in the stable layout."""
    record, receipt = world.case(filed).record.id, world.row(filed).receipt
    looked(world, "second_reviewer", "reveal:SFZH", filed.id, why="second_review")
    owner = Owner(record=record)
    with world.place.store.writing() as session:
        place = world.place
        given = [Given(owner, "email", "zhang@students.school.example")]
        take_addresses(
            session, place.cipher, place.entropy, given, vouched=True, by="t", at=world.clock.moment
        )
    take_contact(world, "学号,手机\n240100001,13800001234\n")
    said, inside = taken(as_student(record))
    assert (said["format"], said["version"], said["role"]) == (FORMAT, VERSION, "student")
    for name, rows in said["sections"].items():
        assert all(tuple(row) == SECTIONS[name][2] for row in rows), name
    values = {row["field"]: row for row in said["sections"]["values"]}
    assert values["XM"]["value"] == "张三丰" and values["XM"]["source_date"] == "2024-10-16"
    assert len(values["SFZH"]["value"]) == 18
    assert [(row["field"], row["new"], row["receipt"]) for row in said["sections"]["claims"]] == [
        (NAME.field, NAME.new, receipt)
    ]
    assert [row["action"] for row in said["sections"]["entries"]] == ["open", "raise", "take_up"]
    assert [row["address"] for row in said["sections"]["addresses"]] == ["zhang@students.school.example"]
    (phone,) = said["sections"]["contacts"]
    assert (phone["contact"], phone["value"]) == ("phone", "13800001234")
    (look,) = [row for row in said["sections"]["looked_at"] if row["what"] == "reveal:SFZH"]
    assert (look["role"], look["why"], look["receipt"]) == ("second_reviewer", "second_review", receipt)
    papers = [row["file"] for row in said["sections"]["papers"]]
    assert len(papers) == 2 and all(inside.read(path) == picture() for path in papers)
    assert sorted(inside.namelist()) == sorted(["data.html", "data.json", *papers])


def test_the_letters_are_in_it_as_they_were_given(world: World, as_student: Someone, filed: Ref) -> None:
    """Each letter with its number, kind and day, and the office's words; none of a decision that can be undone."""
    record, receipt, by = world.case(filed).record.id, world.row(filed).receipt, world.staff["reviewer"]
    world.settle_all(filed, "refused", words="姓名与身份证一致")
    world.do(filed, "reject", by, words="原记录并没有错", refusal="record_is_right")
    browser = as_student(record)
    said, _ = taken(browser)
    assert [row["letter"] for row in said["sections"]["letters"]] == ["acceptance"]
    world.at(world.clock.moment + timedelta(minutes=11))
    said, inside = taken(browser)
    (first, last) = said["sections"]["letters"]
    assert (first["letter"], last["letter"], last["receipt"]) == ("acceptance", "decision", receipt)
    assert last["letter_number"] == "航大教学籍〔2024〕2号" and last["at"].startswith("2024-10-25T10:00")
    assert set(last["words"].split("\n")) == {"原记录并没有错", "姓名与身份证一致"}
    assert "航大教学籍〔2024〕2号" in inside.read("data.html").decode()


def test_nobody_else_is_in_it(world: World, as_student: Someone, filed: Ref) -> None:
    """Neither the staff who decided and looked, nor another student, by name, number or id."""
    record, other = world.case(filed).record.id, world.record(xm="李四光")
    stranger = world.student(other)
    world.settle_all(filed, "refused")
    world.do(filed, "reject", world.staff["reviewer"], words="材料不足", refusal="evidence_does_not_prove")
    with world.place.store.writing() as session:
        declare(session, world.staff["other_reviewer"], record, world.clock.moment, world.place.entropy)
        note_access(session, stranger, "try:case", filed.id, world.clock.moment, allowed=False)
    looked(world, "auditor", "timeline", filed.id)
    world.clock.moment += timedelta(days=3)
    said, inside = taken(as_student(record))
    plain = inside.read("data.json").decode() + inside.read("data.html").decode()
    people = [by.person for by in world.staff.values()] + [stranger.person, other]
    names = ["测试审核人", "另一位审核人", "测试审计员", "李四光", "240100002"]
    assert [one for one in (*people, *names) if one in plain] == []
    assert {row["what"] for row in said["sections"]["looked_at"]} == {"try:case", "timeline"}
    assert said["sections"]["cases"][0]["state"] == REJECTED and "材料不足" in plain


def test_a_decision_that_can_be_undone_is_not_told_by_the_download(
    world: World, as_student: Someone, filed: Ref
) -> None:
    """Neither state, outcome and words, nor that there is a decision; afterwards all of it is there."""
    record = world.case(filed).record.id
    world.settle_all(filed, "refused")
    world.do(
        filed, "reject", world.staff["reviewer"], words="材料不足以更正", refusal="evidence_does_not_prove"
    )
    browser = as_student(record)
    said, inside = taken(browser)
    assert "材料不足以更正" not in inside.read("data.json").decode()
    assert said["sections"]["cases"][0]["state"] == REVIEW
    assert said["sections"]["claims"][0]["outcome"] is None
    assert {"settle", "reject"} & {row["action"] for row in said["sections"]["entries"]} == set()
    world.clock.moment += timedelta(days=3)
    later = as_student(record)
    said, inside = taken(later)
    assert said["sections"]["claims"][0]["outcome"] == "refused"
    assert {"settle", "reject"} <= {row["action"] for row in said["sections"]["entries"]}


def test_a_value_that_a_decision_changed_is_told_with_the_decision(
    world: World, as_student: Someone, filed: Ref
) -> None:
    """Held back or undone, neither the value, nor its source, nor the change is in the download."""
    record, reviewer = world.case(filed).record.id, world.staff["reviewer"]
    world.settle_all(filed, "corrected")
    browser = as_student(record)
    sections = taken(browser)[0]["sections"]
    before = sections["values"]
    world.do(filed, "correct", reviewer, words="已更正")
    sections = taken(browser)[0]["sections"]
    assert (sections["values"], sections["changes"]) == (before, [])
    world.do(filed, "undo", reviewer)
    sections = taken(browser)[0]["sections"]
    assert (sections["values"], sections["changes"]) == (before, [])
    world.do(filed, "correct", reviewer, words="已更正")
    world.clock.moment += timedelta(days=3)
    sections = taken(as_student(record))[0]["sections"]
    assert sections["values"] != before and len(sections["changes"]) == 1


def test_a_decision_that_was_taken_back_is_never_told(world: World, as_student: Someone, filed: Ref) -> None:
    """Of a decision undone within its minutes the download knows as little as the student's page."""
    record, reviewer = world.case(filed).record.id, world.staff["reviewer"]
    world.settle_all(filed, "refused")
    world.do(filed, "reject", reviewer, words="弄错了的决定", refusal="evidence_does_not_prove")
    world.do(filed, "undo", reviewer)
    world.clock.moment += timedelta(days=3)
    said, inside = taken(as_student(record))
    told = {row["action"] for row in said["sections"]["entries"]}
    assert told == {"open", "raise", "take_up"}
    assert "弄错了的决定" not in inside.read("data.json").decode()
    assert [row for row in said["sections"]["notices"] if row["event"] == "rejected"] == []


@ON_BOTH
def test_staff_take_away_what_is_held_of_their_account(world: World, as_staff: Someone, filed: Ref) -> None:
    """Roles, sign-ins and looks, without a student's name or number and without the names of others."""
    looked(world, "reviewer", "case", filed.id)
    record = world.case(filed).record.id
    with world.place.store.writing() as session:
        declare(session, world.staff["reviewer"], record, world.clock.moment, world.place.entropy)
        kept = SentenceKept("ask", "请致电{phone}。", "")
        add_sentence(session, world.place.cipher, world.staff["reviewer"], kept, "k" * 32)
        save_view(
            session,
            world.staff["reviewer"],
            "本周",
            Filter(due="week"),
            world.clock.moment,
            world.place.entropy,
        )
    said, inside = taken(as_staff("reviewer"))
    assert said["sections"]["account"][0]["name"] == "测试审核人"
    assert said["sections"]["roles"][0]["role"] == "reviewer"
    assert "case" in {row["what"] for row in said["sections"]["looks"]}
    assert [row["words"] for row in said["sections"]["sentences"]] == ["请致电{phone}。"]
    assert said["sections"]["views"] == [{"view": "本周", "filter": "due=week"}]
    assert len(said["sections"]["relations"]) == 1 and len(said["sections"]["sign_ins"]) == 1
    plain = inside.read("data.json").decode() + inside.read("data.html").decode()
    assert [one for one in ("张三丰", "240100001", record, filed.id, "测试系统管理员") if one in plain] == []
    assert "values" not in said["sections"]


def test_the_download_asks_for_a_fresh_proof_and_is_logged_first(
    world: World, as_student: Someone, filed: Ref
) -> None:
    """An old sign-in gets nothing and no line; a fresh one leaves a line, though a paper is damaged."""
    record = world.case(filed).record.id
    browser = as_student(record)
    browser.get("/account/data")
    form = browser.page.form("/account/data")
    world.clock.moment += FRESH
    assert browser.send_form(form).status == 303
    asked = select(func.count()).where(Access.what == "own_data", Access.subject == record)
    with world.place.store.reading() as session:
        assert session.scalar(asked) == 0
    for file in world.place.evidence.folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    browser.prove(world)
    said, inside = taken(browser)
    assert [row["file"] for row in said["sections"]["papers"]] == [None, None]
    assert inside.namelist() == ["data.json", "data.html"]
    with world.place.store.reading() as session:
        assert session.scalar(asked) == 1


def test_the_page_to_read_shows_every_section_in_words(world: World, as_student: Someone, filed: Ref) -> None:
    """Every section and column has a heading, codes are in words, and what was typed is no markup."""
    record = world.case(filed).record.id
    said, inside = taken(as_student(record))
    html = inside.read("data.html").decode()
    for name in said["sections"]:
        assert SECTIONS[name][0] in html, name
    assert "审核中" in html and "受理" in html and "<script" not in html
    assert all(column in COLUMNS for _, _, columns in SECTIONS.values() for column in columns)
    assert all(zh and en for zh, en in COLUMNS.values())


@pytest.mark.parametrize(
    ("filed_in", "said"), [("officer", "学院经办人"), ("counsellor", "辅导员"), ("registrar", "学籍管理员")]
)
def test_the_page_to_read_names_the_duty_of_who_filed_for_them(
    world: World, as_student: Someone, filed: Ref, filed_in: str, said: str
) -> None:
    """Whoever has a duty files in it, and is not named by the code of the duty."""
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == filed.id).values(proxy_role=filed_in))
    _, inside = taken(as_student(world.case(filed).record.id))
    html = inside.read("data.html").decode()
    assert said in html and filed_in not in html


def test_the_layout_is_documented() -> None:
    """Each section stands in the document with its name in both languages and with all its columns, in order."""
    written = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
    rows = [line for line in written.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` {en} | {zh} | {', '.join(f'`{one}`' for one in columns)} |"
        for name, (zh, en, columns) in SECTIONS.items()
    ]
    assert f"`{FORMAT}`" in written and f"`version` ({VERSION})" in written
