"""Stories over HTTP: asked twice and answered, still wrong, reopened, withdrawn under review, disagreed with."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import ON_BOTH, on
from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.world import NAME, World, picture
from web.shared.cases.endings import basis_of
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.scheduled import run_scheduled
from workflow.cases.tables import Claim, Question
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow

pytestmark = pytest.mark.one_database

Students = Callable[[str], Browser]
Staff = Callable[[str], Browser]
MINUTE = timedelta(minutes=1)
REFUSAL = {"words": "材料不足", "refusal": "evidence_does_not_prove"}


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's case, taken up by a reviewer."""
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def photo(width: int = 400) -> tuple[io.BytesIO, str]:
    """A photo as a form sends it."""
    return io.BytesIO(picture(width, 300)), "IMG_1.jpg"


def outcomes(world: World, case: Ref) -> dict[str, str]:
    """The outcome of each question, by kind."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Question.kind, Question.outcome).where(Question.case_id == case.id))
        return {row.kind: row.outcome for row in rows}


def kept(world: World, case: Ref) -> int:
    """The number of the case's papers."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).where(Evidence.case_id == case.id)) or 0


def question_pages(page: Page) -> list[str]:
    """The addresses of the question pages that a case's page links to."""
    return [link for link in page.links if "/questions/" in link]


def go_to(browser: Browser, case: Ref, words: str) -> Page:
    """Open the page of the question with these words."""
    for link in question_pages(browser.get(f"/my/cases/{case.id}")):
        page = browser.get(link)
        if words in page.text:
            return page
    raise AssertionError(f"no question says {words}")


def entries(world: World, case: Ref) -> int:
    """The number of actions on a case."""
    with world.place.store.reading() as session:
        return (
            session.scalar(
                select(func.count()).where(EntryRow.subject == case.id, EntryRow.number.is_not(None))
            )
            or 0
        )


# -- asked and answered ---------------------------------------------------------------------------------


@ON_BOTH
def test_asked_twice_and_answered(
    world: World, record: str, case: Ref, as_student: Students, as_staff: Staff
) -> None:
    """Three things at once, each answered on its own page; asked once more, answered, and decided."""
    desk, phone = as_staff("reviewer"), as_student(record)
    claim = world.case(case).claims[0].id
    desk.get(f"/desk/{case.id}")
    asked = {"paper": "household_book", "paper_words": "请拍清楚变更那一页", "explanation": "请说明曾用名"}
    desk.send("/ask", **asked, **{f"value-{claim}": "与身份证不一致"})
    page = desk.follow()
    assert "等学生答复 3 项" in page.text and "当前环节：待学生补正" in page.text
    assert not [form for form in page.forms if form.action.endswith("/decide")]

    first = phone.get("/my")
    assert "请于 2024年11月1日（含）前补正材料" in first.text
    assert f"/my/cases/{case.id}" in first.links and "补正材料（3 项）" in first.text
    page = phone.get(f"/my/cases/{case.id}")
    assert "请您补正 3 项 请于 2024年11月1日（含）前补正。" in page.text
    assert len(question_pages(page)) == 3

    go_to(phone, case, "请拍清楚变更那一页")
    assert phone.send(phone.page.path, file=photo()).status == 303
    assert "请您补正 2 项" in phone.follow().text
    go_to(phone, case, "与身份证不一致")
    assert phone.page.form(phone.page.path).fields["value"] == "测试甲"
    phone.send(phone.page.path, value="测试乙")
    go_to(phone, case, "请说明曾用名")
    phone.send(phone.page.path, words="高考报名时用的曾用名")
    page = phone.follow()
    assert "审核中：" in page.text and "补正材料" in page.text and "测试乙" in page.text
    assert outcomes(world, case) == dict.fromkeys(("paper", "value", "explanation"), "answered")

    page = desk.get(f"/desk/{case.id}")
    assert "高考报名时用的曾用名" in page.text and "测试 乙" in page.text
    desk.send("/ask", explanation="还请说明改名的日期")
    go_to(phone, case, "还请说明改名的日期")
    phone.send(phone.page.path, words="2023年12月1日")
    desk.get(f"/desk/{case.id}")
    desk.send("/decide", outcome="refused", refusal="evidence_does_not_prove", words="材料不足")
    assert world.case(case).state == "rejected"


def test_an_empty_answer_comes_back_with_what_to_do(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """No words, no photo, the same value: the page says so beside the field, and nothing is answered."""
    phone, claim = as_student(record), world.case(case).claims[0].id
    asked = (
        QuestionAsked("paper", "id_card", "正面"),
        QuestionAsked("value", claim, "请改正"),
        QuestionAsked("explanation", "", "请说明"),
    )
    world.do(case, "ask", world.staff["reviewer"], questions=asked)
    for words, typed, code in (
        ("请说明", {"words": "  "}, "words_missing"),
        ("请改正", {"value": "测试甲"}, "value_as_before"),
        ("正面", {"file": (io.BytesIO(b""), "")}, "paper_empty"),
        ("正面", {"file": (io.BytesIO(b"no picture"), "a.jpg")}, "paper_type"),
    ):
        go_to(phone, case, words)
        page = phone.send(phone.page.path, **typed)
        assert page.status == 422 and page.codes, (words, page.codes)
        assert code in page.codes or words == "正面"
    assert set(outcomes(world, case).values()) == {""}


def test_an_answer_sent_twice_is_one_answer(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """The line broke after the first sending; the second one is told the same and adds no photo."""
    phone = as_student(record)
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("paper", "id_card", "正面"),))
    go_to(phone, case, "正面")
    form = phone.page.form(phone.page.path)
    for _ in range(2):
        assert phone.send_form(form, file=photo()).status == 303
    with world.place.store.reading() as session:
        kept = session.scalars(select(Evidence.kind).where(Evidence.case_id == case.id)).all()
    assert sorted(kept) == ["household_book", "id_card", "id_card"]
    done = entries(world, case)
    assert phone.get(form.action).status == 303
    assert entries(world, case) == done


def test_what_was_dropped_meanwhile_is_not_asked_any_more(
    world: World, record: str, case: Ref, as_student: Students, as_staff: Staff
) -> None:
    """The student had the page open when the reviewer dropped the question: told so, and nothing is lost."""
    phone, desk = as_student(record), as_staff("reviewer")
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("explanation", "", "请说明"),))
    go_to(phone, case, "请说明")
    form = phone.page.form(phone.page.path)
    desk.get(f"/desk/{case.id}")
    desk.send("/drop_question")
    assert "不再需要" in desk.follow().text
    assert phone.send_form(form, words="曾用名").status == 303
    assert "不再需要" in phone.follow().text
    assert outcomes(world, case) == {"explanation": "dropped"}


def test_too_late_is_said_with_its_day_and_rule(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """After the fifth working day the question is still to be seen, and why it cannot be answered."""
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("explanation", "", "请说明"),))
    world.at(on(2024, 11, 1, 23, 50))
    phone = as_student(record)
    go_to(phone, case, "请说明")
    form = phone.page.form(phone.page.path)
    world.at(on(2024, 11, 2, 0, 0))
    page = phone.send_form(form, words="曾用名")
    assert page.status == 422 and "SUPPLEMENT_OVER" in page.codes
    page = phone.get(f"/my/cases/{case.id}")
    assert "已过期限" in page.text and "SUPPLEMENT_OVER" in page.codes and not question_pages(page)


def test_a_year_without_holidays_takes_no_time_from_the_student(
    world: World, record: str, as_student: Students
) -> None:
    """Returned in a year that the calendar lacks: a last day from Monday to Friday, a link, a paper taken."""
    assert not world.place.school.calendar.knows(2028)
    world.clock.moment = on(2028, 4, 28, 10)
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.clock.moment = on(2028, 5, 2, 10)
    world.do(
        case, "ask", world.staff["reviewer"], questions=(QuestionAsked("paper", "household_book", "请补拍"),)
    )
    world.clock.moment = on(2028, 5, 9, 23, 59)
    phone = as_student(record)

    assert "请您补正 1 项 请于 2028年5月9日（含）前补正。" in phone.get(f"/my/cases/{case.id}").text
    go_to(phone, case, "请补拍")
    assert phone.send(phone.page.path, file=photo()).status == 303
    assert outcomes(world, case) == {"paper": "answered"}


def test_what_never_came_ends_as_lapsed_and_says_what_remains(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """终止 is no refusal: the page and the letter say why, and that it can be raised again; no rule is made up."""
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("paper", "id_card", "正面"),))
    for day in (30, 32, 33):
        world.at(on(2024, 10, 1) + timedelta(days=day - 1))
        run_scheduled(world.place.engine, world.place.store)
    phone = as_student(record)
    for path in ("", "/letter"):
        page = phone.get(f"/my/cases/{case.id}{path}")
        for words in ("终止", "逾期没有补正", "这不是对内容的否定", "可以备齐材料后重新提出"):
            assert words in page.text, (path, words)
        assert "本系统默认" not in page.text and "papers_missing" not in page.text
    assert "学籍信息更正申请终止通知书" in page.text


def test_papers_may_come_unasked(world: World, record: str, case: Ref, as_student: Students) -> None:
    """From the case's page, first the kind, then the photo; the reviewer's paper list has it."""
    phone = as_student(record)
    page = phone.get(f"/my/cases/{case.id}")
    assert f"/my/cases/{case.id}/more" in page.links
    page = phone.get(f"/my/cases/{case.id}/more")
    assert f"/my/cases/{case.id}/more/police_paper" in page.links
    phone.get(f"/my/cases/{case.id}/more/police_paper")
    assert phone.send("/more/police_paper", file=(io.BytesIO(b""), "")).status == 422
    phone.get(f"/my/cases/{case.id}/more/police_paper")
    assert phone.send("/more/police_paper", file=photo()).status == 303
    assert "公安机关的变更证明" in phone.follow().text
    assert phone.get(f"/my/cases/{case.id}/more/no_such_kind").status == 404


def test_of_an_answers_photos_all_are_taken_or_none_and_of_added_ones_the_good(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """An answer with a document among its photos waits for a better one; papers added unasked come one by one."""
    asked = (QuestionAsked("paper", "household_book", "请拍清楚"),)
    world.do(case, "ask", world.staff["reviewer"], questions=asked)
    phone = as_student(record)
    before = kept(world, case)
    go_to(phone, case, "请拍清楚")
    page = phone.send(phone.page.path, file=[photo(500), (io.BytesIO(b"%PDF-1.7"), "page.pdf")])
    assert page.codes == ["paper_pdf"] and "page.pdf：这是 PDF 文件" in page.text
    assert outcomes(world, case) == {"paper": ""} and kept(world, case) == before
    assert phone.send(page.path, file=[photo(500), photo(510)]).status == 303
    assert outcomes(world, case) == {"paper": "answered"} and kept(world, case) == before + 2
    phone.get(f"/my/cases/{case.id}/more/police_paper")
    page = phone.send("/more/police_paper", file=[photo(520), (io.BytesIO(b"%PDF-1.7"), "page.pdf")])
    assert page.codes == ["paper_pdf"] and "这一种已保存 1 张" in page.text
    assert kept(world, case) == before + 3


def test_nobody_sees_or_answers_what_another_was_asked(
    world: World, record: str, case: Ref, as_student: Students
) -> None:
    """Another student finds nothing there, whatever they send."""
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("explanation", "", "请说明"),))
    with world.place.store.reading() as session:
        question = session.scalars(select(Question.id)).one()
    stranger = as_student(world.record())
    stranger.get("/my")
    for path in (f"/questions/{question}", "/more", "/more/id_card"):
        assert stranger.get(f"/my/cases/{case.id}{path}").status == 404
    token = stranger.token
    sent = stranger.post(
        f"/my/cases/{case.id}/questions/{question}",
        csrf_token=token, expected="4", key="k" * 32, words="不是我",
    )  # fmt: skip
    assert sent.status == 404
    assert outcomes(world, case) == {"explanation": ""}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_pages_of_a_question_cost_at_most_five(
    world: World, record: str, case: Ref, as_student: Students, statements: Counted
) -> None:
    """The case's page needs no more than before; a value's page reads the present value on top."""
    claim = world.case(case).claims[0].id
    asked = (QuestionAsked("value", claim, "请改正"), QuestionAsked("explanation", "", "请说明"))
    world.do(case, "ask", world.staff["reviewer"], questions=asked)
    phone = as_student(record)
    links = question_pages(phone.get(f"/my/cases/{case.id}"))
    for path, most in ((f"/my/cases/{case.id}", 4), *((link, 5) for link in links)):
        phone.get(path)
        statements.clear()
        phone.get(path)
        assert len(statements) <= most, path


# -- after the decision ---------------------------------------------------------------------------------


def decide(world: World, case: Ref, outcome: str) -> None:
    """Settle everything alike and close the case. The student is notified afterwards."""
    reviewer = world.staff["reviewer"]
    world.settle_all(case, outcome)
    if outcome == "corrected":
        world.do(case, "correct", reviewer, words="已更正")
    else:
        world.do(case, "reject", reviewer, **REFUSAL)
    world.at(world.clock.moment + 11 * MINUTE)


def test_a_fix_that_the_student_finds_still_wrong(
    world: World, record: str, case: Ref, as_student: Students, as_staff: Staff
) -> None:
    """Said in words within the days; another reviewer reads them, looks again and closes the case again."""
    decide(world, case, "corrected")
    phone, desk = as_student(record), as_staff("other_reviewer")
    page = phone.get(f"/my/cases/{case.id}")
    assert "已更正" in page.text and "更正后仍有误？" in page.text
    assert phone.send("/dispute", words="").codes == ["words_missing"]
    phone.send("/dispute", words="学信网上还是旧的名字")
    assert "审核中：教务处学籍与学业管理科审核" in phone.follow().text
    page = desk.get(f"/desk/{case.id}")
    assert "学生说仍有误： 学信网上还是旧的名字" in page.text
    desk.send("/hold")
    desk.follow()
    today = world.clock.moment.date().isoformat()
    desk.send("/decide", outcome="approved", seen_on=today, words="已重新录入")
    world.at(world.clock.moment + 11 * MINUTE)
    page = phone.get(f"/my/cases/{case.id}")
    assert "已重新录入" in page.text
    world.at(world.clock.moment + timedelta(days=31))
    assert "dispute_is_late" in as_student(record).get(f"/my/cases/{case.id}").codes


def test_a_case_is_not_reopened_against_a_newer_claim(
    world: World, record: str, case: Ref, as_staff: Staff, as_student: Students
) -> None:
    """The student raised it anew after a refusal: the old case stays, and says where it goes on."""
    decide(world, case, "refused")
    newer = Ref("case", world.file(record, NAME).subject)
    second = as_staff("second_reviewer")
    page = second.get(f"/desk/{case.id}")
    assert "newer_claim_open" in page.codes
    world.do(newer, "withdraw", world.student(record))
    second.get(f"/desk/{case.id}")
    assert "words_missing" in second.send("/reopen", words="").codes
    second.send("/reopen", words="复核时发现材料足以证明")
    assert "重新审核的理由： 复核时发现材料足以证明" in second.follow().text
    assert "复核人重新审核" in as_student(record).get(f"/my/cases/{case.id}").text


def test_withdrawn_while_under_review(
    world: World, record: str, case: Ref, as_student: Students, as_staff: Staff
) -> None:
    """The student takes it back while a reviewer has it open: the reviewer's decision meets a withdrawn case."""
    desk, phone = as_staff("reviewer"), as_student(record)
    world.do(case, "ask", world.staff["reviewer"], questions=(QuestionAsked("explanation", "", "请说明"),))
    desk.get(f"/desk/{case.id}")
    form = desk.page.form("/ask")
    phone.get(f"/my/cases/{case.id}/withdraw")
    phone.send("/withdraw")
    page = phone.follow()
    assert "您撤回申请" in page.text and not question_pages(page)
    page = desk.send_form(form, explanation="再说明一下")
    assert page.status == 409 and {"changed_meanwhile", "wrong_state"} <= set(page.codes)
    assert "再说明一下" in page.text
    with world.place.store.reading() as session:
        assert session.scalars(select(Claim.outcome)).all() == ["withdrawn"]
        assert session.scalars(select(Question.outcome)).all() == ["dropped"]


@pytest.mark.parametrize(
    ("refusal", "title", "means"),
    [
        ("evidence_does_not_prove", "驳回", "有新的材料，可以就同一项重新提出"),
        ("account_trouble", "不予受理", "这件事不由这个程序办理"),
    ],
)
def test_four_ways_to_say_no_are_four_things(
    world: World, record: str, case: Ref, as_student: Students, refusal: str, title: str, means: str
) -> None:
    """Refused on the merits or never admissible: kind, code in words, the school's clause if it has one, and what remains."""
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], words="详见说明", refusal=refusal)
    world.at(world.clock.moment + 11 * MINUTE)
    given = next(one for one in world.place.school.policy.refusals if one.code == refusal)
    phone = as_student(record)
    for path in ("", "/letter"):
        page = phone.get(f"/my/cases/{case.id}{path}")
        for words in (title, given.zh, basis_of(given.clause), given.remedy, means, "详见说明"):
            assert words in page.text, (path, words)
        assert "本系统默认" not in page.text
    assert ("不予受理决定书" in page.text) == (given.kind == "inadmissible")


def test_a_statement_of_disagreement_is_read_by_everybody_after(
    world: World, record: str, case: Ref, as_student: Students, as_staff: Staff
) -> None:
    """On the student's page, in the letter, at the desk and in the auditor's timeline; it can be said once."""
    decide(world, case, "refused")
    phone, words = as_student(record), "户口簿上就是这个名字，请再看一次"
    phone.get(f"/my/cases/{case.id}")
    assert phone.send("/disagree", words=" ").codes == ["words_missing"]
    phone.send("/disagree", words=words)
    page = phone.follow()
    assert words in page.text and not [form for form in page.forms if form.action.endswith("/disagree")]
    assert words in phone.get(f"/my/cases/{case.id}/letter").text
    assert f"学生的不同意见： {words}" in as_staff("reviewer").get(f"/desk/{case.id}").text
    assert "提交不同意见" in as_staff("auditor").get(f"/audit/{case.id}").text


def test_why_somebody_is_not_counted_stands_on_their_page(
    world: World, record: str, as_student: Students
) -> None:
    """The reason code in words, for the one whom it is about."""
    case = world.case_of(record)
    world.do(case, "exclude", world.staff["registrar"], code="on_leave", words="休学一年")
    assert "本次自查不计您这一条：休学" in as_student(record).get("/my").text
