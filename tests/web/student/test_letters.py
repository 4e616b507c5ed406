"""The letters a student reads, prints and takes away: the same words in each, and no file's key in any."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import delete

from states.case import CASE
from tests.web.browsing import Browser
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.letters import ENDS_ONE, MAKES
from workflow.cases.review.questions import QuestionAsked
from workflow.engine import Ref
from workflow.letters.tables import LetterRow

pytestmark = pytest.mark.one_database

Students = Callable[[str], Browser]
HOSTILE = '#panic("x")[$a$]*b*'
NUMBER = ClaimFiled("XH", "school_data", "2401")
KEYS = re.compile(r"本系统默认|papers\.|steps\.|\.toml|[a-z]+_[a-z_]+|您")


def letter_of(browser: Browser, case: Ref, of: str = "") -> str:
    """The words of a letter, without the frame of its page and without spaces."""
    html = browser.get(f"/my/cases/{case.id}/letter{of}").html
    (article,) = re.findall(r"<article.*?</article>", html, re.DOTALL)
    return squeezed(re.sub(r"<[^>]+>", "", article))


def squeezed(text: str) -> str:
    """A text without spaces and with plain quotation marks."""
    return re.sub(r"\s", "", text.replace("&#34;", '"').replace("&#39;", "'"))


def in_pdf(browser: Browser, case: Ref, of: str = "") -> tuple[int, str]:
    """How many pages the PDF of a letter has, and its words without spaces."""
    answer = browser.client.get(f"/my/cases/{case.id}/letter.pdf{of}")
    assert answer.status_code == 200 and answer.content_type == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return len(pages), squeezed("".join(page.extract_text() for page in pages))


def decided(world: World, *, name: str = "张三丰") -> tuple[str, Ref]:
    """A record whose name is corrected and whose number is not, announced."""
    record, by = world.record(xm=name, zymc="样例专业"), world.staff["reviewer"]
    case = Ref("case", world.file(record, NAME, NUMBER).subject)
    world.do(case, "take_up", by)
    of = {claim.field: claim.id for claim in world.case(case).claims}
    world.settle(case, of["XM"], "corrected", by)
    world.settle(case, of["XH"], "refused", by, words="学号与学籍表一致")
    world.do(case, "correct", by, words="姓名已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    return record, case


def test_every_kind_of_letter_is_one_a_registrar_signs(world: World, as_student: Students) -> None:
    """Number, title, addressee, what was decided and why, what remains and until when, the appeal, whom to call: no key."""
    record, case = decided(world)
    browser = as_student(record)
    text = letter_of(browser, case)
    for words in (
        "航大教学籍〔2024〕2号", "学籍信息更正决定书", "测试甲同学（学号240100001，测试学院样例专业）：",
        "你于2024年10月25日提出学籍信息更正申请，共2项。经审核，现决定如下：", "姓名张三丰测试甲予以更正",
        "学号2401000012401不予更正", "二、学号。", "学号与学籍表一致", "2024年11月24日10:00前",
        "自收到之日起10日内（当日收到的，至2024年11月4日）", "第六十条", "2024年10月25日印章", "电话83863717",
    ):  # fmt: skip
        assert words in text, words
    world.do(case, "dispute", world.student(record), words="仍有误")
    world.do(
        case, "ask", world.staff["other_reviewer"], questions=(QuestionAsked("paper", "id_card", "正面"),)
    )
    kinds = dict(re.findall(r'/letter\?of=(\w+)">查看(\w+)<', browser.get(f"/my/cases/{case.id}").html))
    assert list(kinds.values()) == ["补正通知书", "决定书", "受理通知书"]
    for id, kind in kinds.items():
        said = letter_of(browser, case, f"?of={id}")
        assert kind in said and not KEYS.search(said), said
        assert ("已重新审核" in said) == (kind == "决定书")


def test_the_pdf_says_what_the_page_says(world: World, as_student: Students) -> None:
    """Word for word on one page, in both languages, also where a name looks like the typesetter's own language."""
    record, case = decided(world, name=HOSTILE)
    browser = as_student(record)
    for language in ("zh", "en"):
        browser.client.set_cookie("lang", language)
        pages, said = in_pdf(browser, case)
        assert pages == 1 and squeezed(HOSTILE) in said
        assert sorted(said) == sorted(letter_of(browser, case))


def test_a_letter_of_another_case_is_not_there(world: World, as_student: Students) -> None:
    """Neither by its own case's address nor by one of the reader's."""
    (record, case), (_other, foreign) = decided(world), decided(world)
    html = as_student(_other).get(f"/my/cases/{foreign.id}").html
    id = re.findall(r"/letter\?of=(\w+)", html)[0]
    browser = as_student(record)
    for path in (f"/my/cases/{foreign.id}/letter?of={id}", f"/my/cases/{case.id}/letter?of={id}"):
        assert browser.get(path).status == 404
        assert browser.client.get(path.replace("letter", "letter.pdf")).status_code == 404


def test_a_decision_of_before_there_were_letters_is_shown_without_a_number(
    world: World, as_student: Students
) -> None:
    """Its words are all there; none is given a number afterwards."""
    record, case = decided(world)
    with world.place.store.writing() as session:
        session.execute(delete(LetterRow))
    browser = as_student(record)
    assert f"/my/cases/{case.id}/letter" in browser.get(f"/my/cases/{case.id}").links
    text = letter_of(browser, case)
    assert "学籍信息更正决定书" in text and "学号与学籍表一致" in text and "〔" not in text


def test_the_usual_time_is_promised_until_it_is_over(world: World, as_student: Students) -> None:
    """On its last day it is still said; then page and timeline say that it is over, and a letter leaves it out."""
    record = world.record()
    case = Ref("case", world.file(record, NAME).subject)
    for day, over in ((datetime(2024, 11, 8, 10), False), (datetime(2024, 12, 4, 10), True)):
        world.at(day.replace(tzinfo=world.clock.moment.tzinfo))
        text = as_student(record).get(f"/my/cases/{case.id}").text
        assert ("已超过一般办理时间（2024年11月8日前），可打电话询问。" in text) == over, text
        assert ("已超过一般办理时间（2024年11月8日前） " in text) == over
        assert ("一般在 2024年11月8日前" in text) == (not over), text
    world.do(case, "take_up", world.staff["reviewer"])
    assert "个工作日" not in letter_of(as_student(record), case)


def test_a_letter_of_a_withdrawn_filing_stays_and_says_so(world: World, as_student: Students) -> None:
    """Its number was given: also after a new filing it is listed and read, and what is new is the receipt."""
    record = world.record()
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.do(case, "withdraw", world.student(record))
    browser = as_student(record)
    assert "申请已撤回，不再有效" in letter_of(browser, case)
    world.at(world.clock.moment + timedelta(hours=1))
    world.file(record, NAME)
    page = browser.get(f"/my/cases/{case.id}")
    (id,) = re.findall(r"/letter\?of=(\w+)", page.html)
    assert "申请已撤回，不再有效" in page.text and "申请已撤回" in letter_of(browser, case, f"?of={id}")
    assert f"/my/cases/{case.id}/letter" in page.links and "回执" in letter_of(browser, case)


def test_a_closed_case_says_that_nothing_is_under_way(world: World, as_student: Students) -> None:
    """The last stage of its timeline bears how it ended; English sentences and values stand apart."""
    record, case = decided(world)
    browser = as_student(record)
    page = browser.get(f"/my/cases/{case.id}")
    assert "当前环节" not in page.text and "学校作出决定 已办结" in page.text
    refused = Ref("case", world.file(world.record(), NAME).subject)
    world.do(refused, "take_up", world.staff["reviewer"])
    world.settle_all(refused, "refused", words="所附材料不清楚")
    world.do(refused, "reject", world.staff["reviewer"], words="见各项", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(minutes=11))
    reader = as_student(world.case(refused).record.id)
    reader.client.set_cookie("lang", "en")
    text = reader.get(f"/my/cases/{refused.id}").text
    assert "do not prove what is claimed. 所附材料不清楚" in text
    assert "given under this version: Privacy" in text


def test_every_act_that_is_told_in_a_letter_is_one_of_the_lifecycle() -> None:
    """A renamed move would end its letters without a word."""
    assert {*MAKES, *ENDS_ONE} <= {action.name for action in CASE.actions}
