"""The auditor's pages: everything that happened, who looked, and whether the history explains the present."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from config.policy import Words
from config.settings import ROOT
from tests.web.browsing import Browser
from tests.web.counting import Counted
from tests.world import World
from web.audit.codes import WHY_NOT, code_words, why_not
from workflow.campaigns import why_not as campaigns
from workflow.cases import why_not as cases
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.engine import Ref
from workflow.engine import why_not as engine
from workflow.help import why_not as helping
from workflow.history.codes import Code
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow, Opening, RuleRow
from workflow.outgoing.answers import why_not as answers
from workflow.outgoing.archive import why_not as archive
from workflow.outgoing.batches import why_not as batches
from workflow.outgoing.files import taking
from workflow.outgoing.forms import why_not as forms
from workflow.outgoing.jobs import why_not as jobs
from workflow.people import why_not as people
from workflow.people.access import note_access
from workflow.people.tables import Access
from workflow.permissions import why_not as permissions
from workflow.records.values import values_of
from workflow.signin import why_not as signin
from workflow.signin.staff.enrolled import not_among
from workflow.signin.staff.fitting import COLUMNS
from workflow.sources import why_not as sources
from workflow.verdict import Refused

pytestmark = [pytest.mark.one_database]

Staff = Callable[[str], Browser]


@pytest.fixture
def decided(world: World) -> Ref:
    """A decided case with one refused attempt."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    with pytest.raises(Refused):
        world.do(case, "correct", reviewer, words="太早")
    world.settle_all(case, "corrected")
    world.do(case, "correct", reviewer, words="已在平台更正")
    return case


def looks(world: World) -> list[tuple[str, str, str]]:
    """The access log: role, what, whom."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Access.role, Access.what, Access.subject).order_by(Access.id))
        return [(row.role, row.what, row.subject) for row in rows]


def test_an_auditor_finds_a_case_by_any_of_its_numbers(world: World, as_staff: Staff, decided: Ref) -> None:
    """Receipt, student, candidate or case number lead to the timeline; none gets into the address."""
    browser = as_staff("auditor")
    for said in (spoken(world.row(decided).receipt or ""), "240100001", "24360000000001", decided.id):
        browser.get("/audit")
        assert browser.send("/audit", said=said).location == f"/audit/{decided.id}"
    browser.get("/audit")
    page = browser.send("/audit", said="张三丰")
    assert page.status == 404 and "没有找到" in page.text


def test_the_timeline_tells_everything_and_shows_no_value(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """Done and refused, who in which role, from where to where, codes and policy; values stay closed."""
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    done = (
        "建立个案",
        "提出有误",
        "受理",
        "通过环节",
        "学信网已显示",
        "更正办结",
        "未核对 → 已提出有误",
        "XM:corrected",
    )
    refused = ("被拒", "claims_unsettled", "测试审核人", "（审核人）", world.place.school.digest[:12])
    assert [words for words in (*done, *refused) if words not in page.text] == []
    assert page.text.index("被拒") < page.text.index("#4")
    assert "张三峯" not in page.html and "已在平台更正" not in page.html


def test_a_value_is_opened_by_one_press_and_that_is_written_down(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """Opening shows what the entry committed to; the log knows who, what and whom."""
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{decided.id}")
    form = next(form for form in page.forms if form.action.split("#")[0].endswith("/2"))
    page = browser.send_form(form)
    assert page.status == 200 and "张三丰" in page.text and "张三峯" in page.text
    assert looks(world) == [("auditor", "timeline", decided.id), ("auditor", "values", decided.id)]


def test_what_was_said_to_be_right_is_told_and_a_number_among_it_stays_masked(
    world: World, as_staff: Staff
) -> None:
    """The items and the day of looking stand there in words; opened, the values show but the number's ends."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case, student = world.case_of(record), world.student(record)
    world.do(case, "vouch_fields", student, fields=("SFZH", "XB"))
    world.do(case, "say_looked", student, looked_on=world.clock.moment.date())
    with world.place.store.reading() as session:
        number = values_of(session, world.place.cipher, record, ("SFZH",))["SFZH"]
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{case.id}")
    for said in ("逐项确认无误", "证件号码 · 无误", "性别 · 无误", "学生自报在学信网查看 2024年10月25日"):
        assert said in page.text
    form = next(form for form in page.forms if form.action.split("#")[0].endswith("/3"))
    page = browser.send_form(form)
    assert "确认无误的项目" in page.text and '"XB":"男"' in page.text
    assert number not in page.html and f"{number[0]}****************{number[-1]}" in page.text


def test_an_erased_value_is_named_as_erased(world: World, as_staff: Staff, decided: Ref) -> None:
    """After an erasure the entry is still there and still verifies; the value is gone and said to be."""
    with world.place.store.writing() as session:
        session.execute(Opening.__table__.delete().where(Opening.number == 2))  # type: ignore[attr-defined]
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    assert "2 个已擦除" in page.text and "一致" in page.text


def test_the_page_says_when_the_history_does_not_explain_the_present(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """A state changed behind the door's back is the first thing an auditor reads."""
    browser = as_staff("auditor")
    assert "不一致" not in browser.get(f"/audit/{decided.id}").text
    with world.place.store.writing() as session:
        session.execute(text("UPDATE cases SET state = 'rejected'"))
    page = browser.get(f"/audit/{decided.id}")
    assert "不一致" in page.text and "state_differs" in page.text


def test_where_a_rule_was_altered_nothing_is_proved_and_all_is_read(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """The timeline names its actions by the present lifecycle, and says which rule cannot be folded with."""
    with world.place.store.writing() as session:
        kept = {"kind": "lifecycle", "name": "case", "kept_at": "2024-10-25T10:00:00+08:00"}
        session.execute(insert(RuleRow).values(digest="a" * 64, text=b"{}", **kept))
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    assert "rule_altered" in page.text and "不一致" in page.text and "受理" in page.text


def test_a_campaign_has_a_timeline_of_its_own(world: World, as_staff: Staff) -> None:
    """Drafting and opening a campaign can be read like the life of a case."""
    world.record()
    campaign = world.open_campaign()
    browser = as_staff("auditor")
    assert f"/audit/{campaign}" in browser.get("/audit").links
    text_ = browser.get(f"/audit/{campaign}").text
    assert "建立活动" in text_ and "开始活动" in text_ and "测试学籍管理员" in text_


def test_a_subject_that_is_none_has_no_page(as_staff: Staff) -> None:
    """An id of nothing answers 404."""
    assert as_staff("auditor").get("/audit/" + "0" * 32).status == 404


# -- finding --------------------------------------------------------------------------------------------


def digest_of(world: World, subject: str, number: int) -> str:
    """The SHA-256 of one entry's bytes."""
    with world.place.store.reading() as session:
        asked = select(EntryRow.body).where(EntryRow.subject == subject, EntryRow.number == number)
        return hashlib.sha256(session.scalars(asked).one()).hexdigest()


def test_a_digest_leads_to_its_entry(world: World, as_staff: Staff, decided: Ref) -> None:
    """Whoever has an entry's digest, from an export or from paper, finds the entry, and in it the digest."""
    browser, digest = as_staff("auditor"), digest_of(world, decided.id, 3)
    browser.get("/audit")
    location = browser.send("/audit", said=digest.upper()).location
    path, anchor = location.split("#")
    assert path == f"/audit/{decided.id}"
    page = browser.get(path)
    assert digest in page.html.split(f'id="{anchor}"')[1].split("</li>")[0]
    browser.get("/audit")
    assert browser.send("/audit", said="0" * 64).status == 404


def test_a_digest_on_a_later_page_leads_to_that_page(world: World, as_staff: Staff, decided: Ref) -> None:
    """However long the timeline, the entry is on the page that opens."""
    for _ in range(60):
        world.refused(decided, "take_up", world.staff["reviewer"])
    world.do(decided, "undo", world.staff["reviewer"])
    browser, digest = as_staff("auditor"), digest_of(world, decided.id, 7)
    browser.get("/audit")
    location = browser.send("/audit", said=digest).location
    assert "page=1" in location and digest in browser.get(location.split("#")[0]).html


def test_campaigns_and_rules_are_found_too(world: World, as_staff: Staff, decided: Ref) -> None:
    """A campaign's id and a policy's digest lead to their pages, from the same field."""
    browser, campaign = as_staff("auditor"), world.row(decided).campaign_id
    policy = world.place.school.digest
    for said, location in ((campaign, f"/audit/{campaign}"), (policy, f"/audit/rules/{policy}")):
        browser.get("/audit")
        assert browser.send("/audit", said=said).location == location


# -- rules ----------------------------------------------------------------------------------------------


def test_every_entry_leads_to_the_rules_it_was_written_under(
    world: World, as_staff: Staff, decided: Ref
) -> None:
    """Policy and lifecycle can be read as they were, and the page says that the text is the digest's."""
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{decided.id}")
    links = sorted({link for link in page.links if "/rules/" in link})
    assert len(links) == 3
    texts = [browser.get(link).text for link in links]
    assert all("一致" in text and "不一致" not in text and "现在有效" in text for text in texts)
    assert any("freshman-2024" in text and "policy.toml" in text for text in texts)
    assert any("every_claim_settled" in text and "更正办结" in text for text in texts)
    assert any("个人信息处理告知" in text and '"sections":' in text for text in texts)
    assert browser.get("/audit/rules/" + "0" * 64).status == 404


def test_an_altered_rule_is_called_altered(world: World, as_staff: Staff) -> None:
    """A text that its digest denies is shown with a warning, whatever it holds."""
    with world.place.store.writing() as session:
        session.execute(
            insert(RuleRow).values(
                digest="a" * 64,
                kind="policy",
                name="nchu",
                kept_at="2024-10-25T10:00:00+08:00",
                text=b"\xff{",
            )
        )
    page = as_staff("auditor").get("/audit/rules/" + "a" * 64)
    assert page.status == 200 and "不一致" in page.text and "被改动过" in page.text


# -- refusals and looks ---------------------------------------------------------------------------------


def test_refusals_are_listed_without_names(world: World, as_staff: Staff, decided: Ref) -> None:
    """What, in which role, in which state, why; latest first; the link leads to the very line."""
    browser = as_staff("auditor")
    world.refused(decided, "take_up", world.staff["other_reviewer"])
    page = browser.get("/audit/refusals")
    assert page.text.index("wrong_state") < page.text.index("claims_unsettled")
    assert "审核人" in page.text and "测试审核人" not in page.html and "另一位审核人" not in page.html
    path, anchor = next(link for link in page.links if decided.id in link).split("#")
    assert f'id="{anchor}"' in browser.get(path).html


def test_who_looked_is_read_like_everything_else(world: World, as_staff: Staff, decided: Ref) -> None:
    """Looks at the case, its papers and its record, tries included, by name; this look is one of them."""
    reviewer, auditor = as_staff("reviewer"), as_staff("auditor")
    reviewer.get(f"/desk/{decided.id}")
    paper = next(link for link in reviewer.page.links + reviewer.page.pictures if "/papers/" in link)
    reviewer.client.get(paper).close()
    mine, other = world.row(decided).record_id, world.record()
    with world.place.store.writing() as session:
        for record in (mine, other):
            note_access(session, world.staff["administrator"], "link", record, world.clock.moment)
        by, at = world.staff["officer"], world.clock.moment
        note_access(session, by, "try:case", decided.id, at, allowed=False)
    page = auditor.get(f"/audit/{decided.id}/looks")
    said = (
        "测试审核人",
        "审核页",
        "证明材料",
        "生成登录链接",
        "与己无关的内容 case",
        "查看日志",
        "测试审计员",
    )
    assert [words for words in said if words not in page.text] == []
    assert page.text.count("测试系统管理员") == 1 and "共 5 次" in page.text
    assert auditor.get("/audit/" + "0" * 32 + "/looks").status == 404


# -- long and damaged histories -------------------------------------------------------------------------


def test_a_long_timeline_has_pages(world: World, as_staff: Staff, decided: Ref) -> None:
    """Fifty entries to a page, oldest first, and the proof is over all of them."""
    for _ in range(60):
        world.refused(decided, "take_up", world.staff["reviewer"])
    browser = as_staff("auditor")
    first = browser.get(f"/audit/{decided.id}")
    second = browser.get(next(link for link in first.links if link.endswith("page=1")))
    lines = [page.html.count('<li class="line') for page in (first, second)]
    assert lines == [50, 17] and "#1 " in first.text and "#1 " not in second.text
    assert all("逐条校验 6 条记录" in page.text for page in (first, second))
    for beyond in (f"/audit/{decided.id}?page=9", f"/audit/{decided.id}/looks?page=9"):
        assert browser.get(beyond).status == 404
    form = next(form for form in first.forms if form.action.split("#")[0].endswith("/2"))
    assert "张三峯" in browser.send_form(form).text


def test_bytes_that_are_no_entry_are_told_and_not_hidden(world: World, as_staff: Staff, decided: Ref) -> None:
    """Somebody wrote past the door: the line is there, unreadable, and the replay disagrees."""
    with world.place.store.writing() as session:
        row = {"subject": decided.id, "number": 7, "kind": "done", "action": "x", "actor": "x", "role": "x"}
        session.execute(
            insert(EntryRow).values(**row, at="2024-10-25T10:00:00+08:00", body=b'{"not": "ours"}')
        )
    page = as_staff("auditor").get(f"/audit/{decided.id}")
    assert page.status == 200 and "不是规范的形式" in page.text and "not_canonical" in page.text


def test_a_name_that_is_no_rule_is_shown_as_it_stands(world: World, as_staff: Staff, decided: Ref) -> None:
    """A forged entry that names an unknown lifecycle and action is read as forged, not as an error."""
    forged = Entry("refused", "f" * 64, decided.id, "steal", "nowhere", "x", "reviewer",
                   "2024-10-25T10:00:00+08:00", "f" * 64, met=5)  # fmt: skip
    with world.place.store.writing() as session:
        row = {"subject": decided.id, "kind": "refused", "action": "steal", "actor": "x", "role": "reviewer"}
        session.execute(insert(EntryRow).values(**row, at=forged.at, body=forged.body))
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{decided.id}")
    assert "steal" in page.text and "rule_unknown" in page.text and "不一致" in page.text
    assert "steal" in browser.get("/audit/refusals").text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_long_history_costs_as_many_statements_as_a_short_one(
    world: World, as_staff: Staff, statements: Counted, decided: Ref
) -> None:
    """Searching, refusals and looks ask six times at most; a timeline with its proof asks a fixed number."""
    browser = as_staff("auditor")
    paths = ("/audit", "/audit/refusals", f"/audit/{decided.id}/looks", f"/audit/{decided.id}")

    def costs() -> list[int]:
        found = []
        for path in paths:
            statements.clear()
            assert browser.client.get(path).status_code == 200
            found.append(len(statements))
        return found

    few = costs()
    for _ in range(40):
        world.refused(decided, "take_up", world.staff["reviewer"])
    assert costs() == few
    assert max(few[:3]) <= 6 and few[3] <= 12


# -- codes in words -------------------------------------------------------------------------------------


def test_reasons_are_read_in_words_beside_their_codes(world: World, as_staff: Staff, decided: Ref) -> None:
    """The history keeps codes; the page says what they mean, and keeps them in sight."""
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{decided.id}")
    for words in (
        "还有未认定的事项 claims_unsettled",
        "姓名 · 已更正 XM:corrected",
        "在平台看到 2024年10月25日 seen_on:2024-10-25",
        "姓名 · 录取时就填错了 XM:admission_error",
    ):
        assert words in page.text, words
    assert "没有事项认定为已更正 nothing_corrected" in browser.get("/audit/refusals").text


def codes_given(folder: Path) -> Iterator[Any]:
    """The codes of the reasons that the modules of a folder give; a paper's and a crest's concern no history."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason" and node.args
            if (
                made
                and isinstance(made[0], ast.Constant)
                and not {"evidence", "school"} & set(file.relative_to(folder).parts)
            ):
                yield made[0].value


def test_every_code_that_the_door_may_give_has_words() -> None:
    """Whatever bars an action below, a reader of its refusal finds it named in both languages."""
    given = set(codes_given(ROOT / "workflow"))
    assert len(given) > 60 and sorted(given - WHY_NOT.keys()) == []
    assert all(zh and en for zh, en in WHY_NOT.values())


def test_the_words_of_a_code_stand_in_the_room_that_gives_it() -> None:
    """A room names the reasons that it gives, or a room that it knows has named them."""
    known: set[str] = set()
    rooms = {
        "engine": (engine,),
        "people": (people,),
        "signin": (signin,),
        "permissions": (permissions,),
        "cases": (cases,),
        "campaigns": (campaigns,),
        "help": (helping,),
        "sources": (sources,),
        "outgoing": (batches, answers, taking, jobs, archive, forms),
    }
    for room, tables in rooms.items():
        known |= {code for table in tables for code in table.WHY_NOT}
        assert sorted(set(codes_given(ROOT / "workflow" / room)) - known) == []


@pytest.mark.parametrize("column", [*COLUMNS.values()])
@pytest.mark.parametrize("known", [["软件学院"], []])
def test_a_name_that_no_record_has_is_refused_in_words(column: str, known: list[str]) -> None:
    """Whatever part of a scope is misspelt or unknown, its code has words in both languages."""
    assert all(WHY_NOT[not_among(column, "软件学院院", known, Words("", "", "")).code])


@pytest.mark.parametrize(
    "code", ["", "x", ":", "XM:", "seen_on:", "seen_on:x", "closes_at:2024-13-01", "a:b:c"]
)
def test_a_code_without_words_has_none(app: Flask, code: str) -> None:
    """What nobody here knows is shown as it stands, and breaks nothing."""
    with app.test_request_context():
        assert why_not(code) == code_words(Code.parse(code)) == ""
