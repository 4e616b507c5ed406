"""The help pages: open to everybody, slow for whoever fills them without end, and read by the office with a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser, Page
from tests.web.counting import counted
from tests.world import World
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Ref
from workflow.help.asking import ASKING, READING
from workflow.help.binding import KEPT_FOR
from workflow.help.tables import HelpItem
from workflow.history.tables import EntryRow, Opening
from workflow.people.tables import Access
from workflow.records.tables import Record

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
SAID = {
    "kind": "no_record",
    "name": "张三丰",
    "number": "24360000077421",
    "phone": "13877421463",
    "words": "武当山上查不到我的学籍",
}
SECRETS = (SAID["name"], SAID["number"], SAID["phone"], SAID["words"])


def ask(browser: Browser, **said: str) -> Page:
    """Open the form, fill it in and send it."""
    browser.get("/help/ask")
    return browser.send("/help/ask", **{**SAID, **said})


def shown(page: Page) -> tuple[str, str]:
    """The number and the word on a receipt."""
    assert page.status == 200, (page.status, page.text)
    number, word = re.search(r"\d{3} \d{3} \d{3}", page.text), re.search(r"\b\w{5}-\w{5}\b", page.text)
    assert number is not None and word is not None, page.text
    return number[0], word[0]


def seek(browser: Browser, number: str, word: str) -> Page:
    """Ask how an item stands."""
    browser.get("/help/state")
    return browser.send("/help/state", number=number, word=word)


def item_of(world: World) -> str:
    """The id of the only item."""
    with world.place.store.reading() as session:
        return str(session.scalars(select(HelpItem.id)).one())


def count(world: World, table: type) -> int:
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_who_has_no_account_asks_and_reads_the_answer(
    world: World, stranger: Browser, as_staff: Staff, app: Flask
) -> None:
    """From the form to the answer: number and word once, the office looks, telephones and answers; no record, no case."""
    number, word = shown(ask(stranger))
    for path in ("/help/state", "/help/ask"):
        assert word not in stranger.get(path).html
    page = seek(stranger, number, word.lower())
    assert page.status == 200 and "已提交" in page.text and "前答复" in page.text
    registrar, item = as_staff("registrar"), item_of(world)
    assert "有 1 件咨询事项等待答复" in registrar.get("/registrar").text
    listed = registrar.get("/registrar/help")
    assert number in listed.text and not [secret for secret in SECRETS if secret in listed.html]
    opened = registrar.get(f"/registrar/help/{item}")
    assert all(secret in opened.text for secret in SECRETS) and word not in opened.html
    assert registrar.send(f"/{item}/take_up").status == 303
    assert "正在查询" in seek(stranger, number, word).text
    registrar.get(f"/registrar/help/{item}")
    assert registrar.send(f"/{item}/call", result="reached").status == 303
    registrar.get(f"/registrar/help/{item}")
    assert registrar.send(f"/{item}/answer", words="请明天再查").codes == ["answer_missing"]
    assert registrar.send(f"/{item}/answer", answer="solve", words="").codes == ["words_missing"]
    assert registrar.send(f"/{item}/answer", answer="solve", words="学籍已补报，请明天再查。").status == 303
    done = seek(stranger, number, word)
    assert "学籍已补报，请明天再查。" in done.text and "已解决" in done.text and "联系到本人" in done.text
    assert "没有等待答复的咨询" in registrar.get("/registrar/help").text
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.what, Access.subject).where(Access.what == "help")).all()
    assert len(lines) == 5 and {line.subject for line in lines} == {item}
    assert "咨询事项" in as_staff("auditor").get(f"/audit/{item}").text
    assert (count(world, Record), count(world, Case)) == (0, 0)


def test_a_wrong_word_and_no_such_item_are_one_answer_with_the_same_work(
    world: World, stranger: Browser, app: Flask
) -> None:
    """Nothing on the page, in the status or in the number of statements tells whether the number exists."""
    number, _word = shown(ask(stranger))
    answers = []
    for said in (number, "000 000 000", ""):
        browser = Browser(app)
        browser.get("/help/state")
        with counted(world.place.store) as asked:
            page = browser.send("/help/state", number=said, word="AAAAA-AAAAA")
        text = page.html.replace(f'value="{said}"', "").replace(browser.token, "")
        answers.append((page.status, page.codes, len(asked), re.sub(r'value="[^"]*"', "", text)))
    assert answers[0][:2] == (422, ["not_your_item"]) and answers[0] == answers[1] == answers[2]


def test_a_form_that_lacks_something_comes_back_as_it_was_filled_in(world: World, stranger: Browser) -> None:
    """Each fault stands beside its field and leads to it; nothing is written."""
    page = ask(stranger, kind="", phone="138")
    assert (
        page.status == 422 and "请选择遇到了什么问题" in page.text and "请填写能接通的电话号码" in page.text
    )
    assert 'href="#kind"' in page.html and 'href="#phone"' in page.html
    assert SAID["words"] in page.html and SAID["name"] in page.html
    assert count(world, HelpItem) == 0
    shown(stranger.send("/help/ask", kind="other", phone=SAID["phone"]))


def test_pressed_twice_it_is_one_item(world: World, stranger: Browser) -> None:
    """The same form again shows the same number and word."""
    stranger.get("/help/ask")
    form = stranger.page.form("/help/ask")
    first, second = (stranger.send_form(form, **SAID) for _ in range(2))
    assert shown(first) == shown(second) and count(world, HelpItem) == 1


def test_a_form_that_comes_again_takes_its_turn(world: World, stranger: Browser) -> None:
    """Repetitions are counted and then slowed without a writer; changed ones are told what became of the first."""
    stranger.get("/help/ask")
    form, free = stranger.page.form("/help/ask"), READING.places.address.free
    shown(stranger.send_form(form, **SAID))
    changed = stranger.send_form(form, **{**SAID, "phone": "13800002222"})
    assert (changed.status, changed.codes) == (422, ["asked_already"])
    assert "已经提交过" in changed.text and "改动的内容没有提交" in changed.text
    answers = [stranger.send_form(form, **SAID).status for _ in range(free)]
    assert answers == [200] * (free - 1) + [429] and count(world, HelpItem) == 1
    with world.place.store.writing():
        for phone in (SAID["phone"], "13800002222"):
            assert stranger.send_form(form, **{**SAID, "phone": phone}).status == 429


def test_a_form_filled_hundreds_of_times_is_slowed_and_nothing_else_is_hurt(
    world: World, stranger: Browser, as_student: Staff, app: Flask
) -> None:
    """Six from an address are kept, the others are told to wait or telephone, take no writer and cost a student nothing."""
    record = world.record()
    world.open_campaign()
    student = as_student(record)
    student.get("/my")
    with counted(world.place.store) as before:
        student.get("/my")
    kept, entries = ASKING.places.address.free, count(world, EntryRow)
    stranger.get("/help/ask")
    fields = {**stranger.page.form("/help/ask").fields, **SAID}
    statuses = []
    for n in range(300):
        page = stranger.client.post("/help/ask", data={**fields, "key": f"{n:032x}"})
        statuses.append(page.status_code)
        page.close()
    assert statuses == [200] * kept + [429] * (300 - kept)
    assert (count(world, HelpItem), count(world, EntryRow) - entries) == (kept, kept)
    page = ask(stranger)
    assert page.status == 429 and page.codes == ["sent_too_often"] and SAID["words"] in page.html
    assert int(page.response.headers["Retry-After"]) == 600
    with world.place.store.writing():
        assert ask(stranger).status == 429  # while somebody else writes
    with counted(world.place.store) as after:
        student.get("/my")
    assert len(after) == len(before)
    assert student.get("/my/confirm").status == 200
    world.at(world.clock.moment + timedelta(minutes=10))
    shown(ask(stranger))


def test_what_was_asked_stands_in_no_address_no_log_and_after_its_time_nowhere(
    world: World, stranger: Browser, as_staff: Staff, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """Name, number, phone, words and the one-time word: on the pages of who may see them, and erased in ninety days."""
    number, word = shown(ask(stranger))
    answer = seek(stranger, number, word)
    assert answer.location == "" and not [one for one in answer.links if number[:3] in one or word in one]
    registrar, item = as_staff("registrar"), item_of(world)
    registrar.get(f"/registrar/help/{item}")
    registrar.send(f"/{item}/answer", answer="miss", words="按姓名没有查到")
    world.at(world.clock.moment + KEPT_FOR)
    world.do(Ref("help", item), "erase", SYSTEM)
    assert count(world, Opening) == 0
    late = as_staff("registrar").get(f"/registrar/help/{item}")
    assert "清除" in late.text and not [one for one in (*SECRETS, "按姓名没有查到") if one in late.html]
    assert seek(stranger, number, word).codes == ["not_your_item"]
    assert not [one for one in (*SECRETS, word) if one in caplog.text]


def test_the_asker_takes_the_request_back_with_the_word(world: World, stranger: Browser) -> None:
    """The word is typed once more; then nothing personal is left, and the page says so, pressed twice too."""
    number, word = shown(ask(stranger))
    seek(stranger, number, word)
    form = stranger.page.form("/help/withdraw")
    assert stranger.send_form(form, word="AAAAA-AAAAA").codes == ["not_your_item"]
    page = stranger.send_form(form, word=word)
    assert page.status == 200 and "已撤回" in page.text and count(world, Opening) == 0
    again = stranger.send_form(form, word=word)
    assert again.status == 200 and "已撤回" in again.text
    form.fields["key"] = "0" * 32
    assert stranger.send_form(form, word=word).codes == ["not_your_item"]


def test_the_school_says_by_when_it_answers_and_sees_what_is_late(
    world: World, stranger: Browser, as_staff: Staff
) -> None:
    """Working days by the school's own profile, which says so; the last day is in time, later the asker is told."""
    assert "咨询的答复都按它" in as_staff("registrar").get("/registrar/profile").text
    promised, asked_at = world.place.profile.working_days, world.clock.moment
    by = world.place.school.calendar.working_days_after(asked_at.date(), promised)
    assert promised == 10 and by is not None and f"{promised} 个工作日内" in stranger.get("/help/ask").text
    page = ask(stranger)
    number, word = shown(page)
    assert f"{by:%Y年%-m月%-d日}" in page.text and f"{by:%Y年%-m月%-d日}" in seek(stranger, number, word).text
    world.at(asked_at + (by - asked_at.date()))
    assert "已超时限" not in as_staff("registrar").get("/registrar/help").text
    assert "已超过一般答复时间" not in seek(stranger, number, word).text
    world.at(world.clock.moment + timedelta(days=1))
    assert "已超时限" in as_staff("registrar").get("/registrar/help").text
    assert "已超过一般答复时间" in seek(stranger, number, word).text
    item = item_of(world)
    assert "已超时限" in as_staff("registrar").get(f"/registrar/help/{item}").text
