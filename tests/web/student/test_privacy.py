"""The privacy notice: read by anybody, said where papers are asked for, and kept with each paper."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from config.policy import School
from tests.editing import load
from tests.schools import world_with_proxies
from tests.web.browsing import Browser, signed_in
from tests.world import NAME, World, picture
from web import create_app
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.tables import Question
from workflow.clock import SetClock
from workflow.evidence.tables import Evidence
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

People = Callable[[str], Browser]
SAID = "第十三条第一款第三项"
"""In the default text."""


def rewritten(school: School) -> School:
    """The school after it wrote its notice anew."""
    (first, *others) = school.privacy.sections
    first = replace(first, says=("从今天起请找教务处张三丰。",), says_en=("From today ask Zhang Sanfeng.",))
    return replace(school, privacy=replace(school.privacy, sections=(first, *others)))


def restart(world: World, app: Flask, school: School) -> None:
    """Start the program again with another notice in the folder."""
    load(world, school)
    app.extensions["kanwu"] = world.place


def upload(browser: Browser, path: str, size: int) -> None:
    """Hand in one photo."""
    browser.get(path)
    assert (
        browser.send(path, file=(io.BytesIO(picture(size, size)), "IMG_1.jpg"), words="", value="").status
        == 303
    )


def versions(world: World) -> list[str]:
    """The version that each paper bears, in the order they came."""
    with world.place.store.reading() as session:
        return list(session.scalars(select(Evidence.notice).order_by(Evidence.size)))


def test_anybody_reads_the_notice_in_both_languages(stranger: Browser, world: World) -> None:
    """Every page leads to it, before any sign-in; the text in force stands there with its version."""
    assert "/privacy" in stranger.get("/").links
    page = stranger.get("/privacy")
    assert SAID in page.text and world.place.school.title in page.text
    assert world.place.rules.privacy.digest in page.text
    stranger.send("/language", language="en")
    assert "article 13, paragraph 1, item 3" in stranger.get("/privacy").text


def test_wherever_a_paper_is_asked_for_a_sentence_leads_to_the_notice(
    world: World, as_student: People
) -> None:
    """In the draft, in an answer to the school, and in what is brought later."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    browser.get("/my/wrong/XM")
    browser.send("/my/wrong/XM", cause="admission_error", value="张三峰")
    pages = ["/my/papers", "/my/papers/add/id_card"]
    other = world.record()
    case = world.file(other, NAME).subject
    world.do(world.case_of(other), "take_up", world.staff["reviewer"])
    asked = QuestionAsked("paper", "household_book", "请拍清楚")
    world.do(world.case_of(other), "ask", world.staff["reviewer"], questions=(asked,))
    with world.place.store.reading() as session:
        question = session.scalars(select(Question.id)).one()
    theirs = [f"/my/cases/{case}/questions/{question}", f"/my/cases/{case}/more/id_card"]
    for who, paths in ((browser, pages), (as_student(other), theirs)):
        for path in paths:
            page = who.get(path)
            assert page.status == 200 and "谁能看到、保存多久" in page.own_text, path
            assert page.links.count("/privacy") == 2, path


def test_an_officer_who_files_for_a_student_is_told_to_let_them_know(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """The sentence is about the student, who is present, and the paper bears the version all the same."""
    world = world_with_proxies(store, cipher, clock, entropy, tmp_path)
    record = world.record()
    world.open_campaign()
    browser = signed_in(world, create_app(world.place), world.staff["officer"].person)
    path = f"/for/{world.case_of(record).id}/papers/add/id_card"
    assert "请先让学生知道" in browser.get(path).own_text
    upload(browser, path, 40)
    assert versions(world) == [world.place.rules.privacy.digest]


def test_after_the_text_changed_new_papers_bear_the_new_version_and_old_ones_the_old(
    world: World, app: Flask, as_student: People, nchu: School, stranger: Browser
) -> None:
    """Each paper keeps the version under which it was given, and both texts can still be read."""
    record = world.record()
    world.open_campaign()
    browser, path = as_student(record), "/my/papers/add/id_card"
    upload(browser, path, 40)
    before = world.place.rules.privacy.digest
    restart(world, app, rewritten(nchu))
    after = world.place.rules.privacy.digest
    upload(browser, path, 400)
    assert before != after and versions(world) == [before, after]
    new, old = stranger.get("/privacy"), stranger.get(f"/privacy/{before}")
    assert "从今天起请找教务处张三丰" in new.text and after in new.text
    assert "从今天起" not in old.text and SAID in old.text and "这是以前的文字" in old.text
    assert "/privacy" in old.links


def test_the_student_and_the_auditor_see_under_which_version_papers_were_given(
    world: World, app: Flask, as_student: People, as_staff: People, nchu: School
) -> None:
    """The case's page leads to the text, the timeline to the stored bytes; a paper of before has none."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    before = world.place.rules.privacy.digest
    restart(world, app, rewritten(nchu))
    case = world.case_of(record).id
    assert f"/privacy/{before}" in as_student(record).get(f"/my/cases/{case}").links
    auditor = as_staff("auditor")
    page = auditor.get(f"/audit/{case}")
    assert "材料的告知" in page.text and f"/audit/rules/{before}" in page.links
    stored = auditor.get(f"/audit/rules/{before}")
    assert "个人信息处理告知" in stored.text and "曾经有效" in stored.text and "一致" in stored.text
    assert f"/privacy/{before}" in stored.links
    assert "现在有效" in auditor.get(f"/audit/rules/{world.place.rules.privacy.digest}").text
    with world.place.store.writing() as session:
        session.execute(update(Evidence).values(notice=""))
    assert "当时未记录版本" in auditor.get(f"/audit/{case}").text
    assert not [link for link in as_student(record).get(f"/my/cases/{case}").links if "/privacy/" in link]


@pytest.mark.one_database
def test_the_address_of_a_version_opens_no_other_text_of_the_rulebook(
    world: World, stranger: Browser
) -> None:
    """A policy's digest and one that nobody has are answered alike."""
    for digest in (world.place.school.digest, "0" * 64):
        assert stranger.get(f"/privacy/{digest}").status == 404
