"""Papers and full numbers on the pages: who opens them, with a reason or without, and what a relative is told."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from config.settings import ROOT
from tests.schools import world_with_steps
from tests.web.browsing import WHOLE_NUMBER, Browser, Page, signed_in
from tests.world import CAMPAIGN, NAME, World, number_of, picture
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Case
from workflow.cases.views.queue.counts import count
from workflow.cases.views.queue.desk import desk_of
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.evidence.papers import papers_in
from workflow.history.tables import EntryRow
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.people.standing_in import declare, relations_of, stand_in, take_back
from workflow.people.tables import Access
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OLD, NEW = number_of(date(2006, 5, 4), 313), number_of(date(2006, 5, 6), 313)
NUMBER = ClaimFiled("SFZH", "admission_error", NEW)
ANOTHER = number_of(date(1999, 12, 31), 757)
"""A number that differs from OLD in more than half of its digits."""


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def filed(world: World, *claims: ClaimFiled) -> Ref:
    """A freshman's case with these claims and two papers."""
    record = world.record(number=OLD)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def decided(world: World, case: Ref) -> Ref:
    """The same case, refused by the first reviewer."""
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "refused")
    world.do(case, "reject", reviewer, words="材料不足", refusal="evidence_does_not_prove")
    return case


def papers_of(world: World, case: Ref) -> list[str]:
    """The ids of a case's papers."""
    with world.place.store.reading() as session:
        return [paper.id for paper in papers_in(session, case.id)]


def lines(world: World, what: str) -> list[tuple[str, str, str, bool]]:
    """(role, subject, reason, allowed) of the lines about papers or numbers."""
    with world.place.store.reading() as session:
        asked = select(Access.role, Access.subject, Access.why, Access.allowed).where(Access.what == what)
        return [tuple(row) for row in session.execute(asked.order_by(Access.id))]  # type: ignore[misc]


def text_of(page: Page) -> str:
    """The source of a page without its marks."""
    return re.sub(r"<[^>]+>", "", page.html)


# -- papers ---------------------------------------------------------------------------------------------


def test_a_reviewer_with_nothing_to_do_in_a_case_sees_which_papers_there_are_and_why_they_are_shut(
    world: World, as_staff: Staff
) -> None:
    """The page names the kinds and all reasons, and shows no picture; the address of a paper opens nothing."""
    case = decided(world, filed(world, NAME))
    (first, _) = papers_of(world, case)
    browser = as_staff("other_reviewer")
    page = browser.get(f"/desk/{case.id}")
    assert (page.status, page.pictures) == (200, [])
    assert not [link for link in page.links if "/papers/" in link]
    kinds = world.place.school.policy.evidence_kinds
    assert all(kinds[kind].zh in page.text for kind in ("id_card", "household_book"))
    assert {"papers_not_yours", "nothing_waits"} <= set(page.codes)
    shut = browser.get(f"/desk/papers/{first}")
    assert (shut.status, shut.location) == (303, f"/desk/{case.id}#papers-heading")
    assert (lines(world, "paper"), lines(world, "try:paper")) == ([("reviewer", first, "", False)], [])
    holder = as_staff("reviewer")
    assert len(holder.get(f"/desk/{case.id}").pictures) == 2
    assert holder.client.get(f"/desk/papers/{first}").data == picture()


@pytest.mark.parametrize("role", ["second_reviewer", "auditor"])
def test_a_paper_opens_for_a_reason_that_is_written_down_before_it(
    world: World, as_staff: Staff, role: str
) -> None:
    """Each opening is one line with its reason; none without one of the list, and no picture stands on the page."""
    case = decided(world, filed(world, NAME))
    browser = as_staff(role)
    page = browser.get(f"/{'desk' if role == 'second_reviewer' else 'audit'}/{case.id}")
    assert page.pictures == [] and world.place.school.policy.evidence_kinds["id_card"].zh in page.text
    form = page.form("/papers")
    papers = [value for name, value, _ in form.buttons if name == "opened"]
    assert papers == papers_of(world, case)
    for why in ("", "curiosity"):
        refused = browser.send_form(form, opened=papers[0], why=why)
        assert (refused.status, refused.codes[0]) == (422, "look_without_reason")
    assert lines(world, "paper") == [(role, papers[0], "", False)] * 2
    for paper, why in zip(papers, ("complaint", "audit"), strict=True):
        answer = browser.client.post(form.action, data={**form.fields, "opened": paper, "why": why})
        assert answer.data == picture() and "sandbox" in answer.headers["Content-Security-Policy"]
    opened = [(role, papers[0], "complaint", True), (role, papers[1], "audit", True)]
    assert lines(world, "paper")[2:] == opened
    assert browser.client.get(f"/desk/papers/{papers[0]}").status_code in (303, 403)


def test_a_form_for_papers_opens_the_papers_of_its_own_case(world: World, as_staff: Staff) -> None:
    """A paper of another case and what is none are not there, and each try is a line; nor may a photo be."""
    case, other = filed(world, NAME), filed(world, NAME)
    browser = as_staff("second_reviewer")
    form = browser.get(f"/desk/{case.id}").form("/papers")
    for opened in (papers_of(world, other)[0], "f" * 32, "", "../kanwu.key"):
        assert browser.send_form(form, opened=opened, why="second_review").status == 404, opened
    assert lines(world, "paper") == [] and len(lines(world, "try:paper")) == 4
    assert browser.send_form(form, opened="photo", why="second_review").status == 404
    assert as_staff("reviewer").get(f"/desk/{case.id}/photo").status == 404
    assert lines(world, "photo") == []


def test_an_officer_opens_papers_while_the_college_has_the_step_or_has_taken_it(
    world: World, as_staff: Staff
) -> None:
    """Before and after their own answer they see them; a colleague who did not check sees why not afterwards."""
    number = ClaimFiled("XH", "school_data", "240199999")
    case = filed(world, number)
    at, place = world.clock.moment, world.place
    with place.store.writing() as session:
        colleague = add_person(session, "张无忌", "officer", "测试学院", "test", at, place.entropy)
    officer = as_staff("officer")
    page = officer.get(f"/college/checks/{case.id}")
    assert len(page.pictures) == 2 and officer.get(page.pictures[0]).status == 200
    officer.send(f"/checks/{case.id}", outcome="passed", words="一致")
    assert len(officer.get(f"/college/checks/{case.id}").pictures) == 2
    other = signed_in(world, officer.client.application, colleague.id)
    page = other.get(f"/college/checks/{case.id}")
    assert page.pictures == [] and "papers_not_yours" in page.codes
    shut = other.get(f"/college/checks/papers/{papers_of(world, case)[0]}")
    assert (shut.status, shut.location) == (303, f"/college/checks/{case.id}#papers-heading")


def test_a_process_killed_before_the_picture_leaves_keeps_the_line(
    world: World, as_staff: Staff, tmp_path: Path
) -> None:
    """Killed while it reads the file, after the line is committed: the reason stands, and nothing was sent."""
    case = filed(world, NAME)
    paper = papers_of(world, case)[0]
    file = world.place.settings.evidence / paper[:2] / paper
    file = file if file.exists() else next(world.place.settings.evidence.rglob(paper))
    file.unlink()
    os.mkfifo(file)
    said = {
        "url": world.place.store.url.render_as_string(hide_password=False),
        "home": str(tmp_path),
        "at": world.clock.moment.isoformat(),
        "person": world.staff["second_reviewer"].person,
        "case": case.id,
        "paper": paper,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.web.desk.a_reader"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as reader:  # fmt: skip
        assert reader.stdin is not None and reader.stdout is not None
        reader.stdin.write(json.dumps(said) + "\n")
        reader.stdin.flush()
        with file.open("wb"):  # opens when the reader has opened it, and not before
            reader.send_signal(signal.SIGKILL)
            reader.wait()
        assert reader.stdout.read() == ""
    assert reader.returncode == -signal.SIGKILL
    assert lines(world, "paper") == [("second_reviewer", paper, "complaint", True)]


# -- relatives ------------------------------------------------------------------------------------------


def related(world: World, by: Actor, case: Ref) -> None:
    """Declare a relation to the student of a case."""
    with world.place.store.writing() as session:
        record = world.case(case).record.id
        declare(session, by, record, world.clock.moment, world.place.entropy)


@pytest.mark.parametrize("behind", ["", "reviewer", "taken back"])
def test_to_a_relative_there_is_no_such_case(world: World, app: Flask, behind: str) -> None:
    """No page, paper, photo, line, count, search or press: as themselves, as a stand-in, or having taken it back."""
    case, free = filed(world, NAME), filed(world, NAME)
    place, at = world.place, world.clock.moment
    relative, before = world.staff["other_reviewer"], world.row(case).version
    related(world, relative, case)
    browser = signed_in(world, app, relative.person)
    if behind == "reviewer":
        with place.store.writing() as session:
            days = at.date(), at.date() + timedelta(days=3)
            stand_in(
                session, world.staff["reviewer"].person, relative.person, *days,
                world.staff["administrator"], at, place.entropy,
            )  # fmt: skip
        browser.get("/desk")
        browser.send("/role", grant=browser.page.form("/role").buttons[0][1])
        browser.get("/desk")
    if behind == "taken back":
        world.at(at + timedelta(minutes=1))
        with place.store.writing() as session:
            one = relations_of(session, relative.person)[0]
            take_back(session, relative, one.id, world.clock.moment)
    paper, receipt = papers_of(world, case)[0], world.row(case).receipt
    for path in (f"/desk/{case.id}", f"/desk/papers/{paper}", f"/desk/{case.id}/photo"):
        assert browser.get(path).status == 404, path
    for action in ("take_up", "papers", "number", "decide"):
        answer = browser.post(
            f"/desk/{case.id}/{action}", csrf_token=browser.token, expected="1", key="k" * 32
        )
        assert answer.status == 404, action
    for waits in ("", "?waits=others", "?waits=sent", "?waits=student", "?who=free"):
        page = browser.get(f"/desk{waits}")
        assert case.id not in page.html and str(receipt) not in page.html, waits
    assert free.id in browser.get("/desk").html
    with place.store.reading() as session:
        counts = count(session, desk_of(place.engine, session, relative, world.clock.moment))
    assert counts.turn + counts.sent + counts.student + counts.others == 1
    browser.get("/desk")
    assert browser.send("/find", said=str(receipt)).status == 404
    with place.store.reading() as session:
        tries = session.scalars(select(Access.subject).where(Access.allowed.is_(False))).all()
    assert tries.count(case.id) >= 6 and paper in tries
    assert world.row(case).version == before


def test_a_relative_who_audits_or_files_for_others_finds_no_such_case(world: World, as_staff: Staff) -> None:
    """No timeline, values, looks, search result or paper; no pages for filing, no check of the college."""
    number = ClaimFiled("XH", "school_data", "240199999")
    case = filed(world, number)
    for role in ("auditor", "officer", "registrar"):
        related(world, world.staff[role], case)
    auditor, officer, registrar = (as_staff(role) for role in ("auditor", "officer", "registrar"))
    for browser, paths in (
        (auditor, (f"/audit/{case.id}", f"/audit/{case.id}/looks")),
        (officer, (f"/college/checks/{case.id}", f"/for/{case.id}", f"/for/{case.id}/photo")),
        (registrar, (f"/for/{case.id}",)),
    ):
        for path in paths:
            assert browser.get(path).status == 404, path
    for path in (f"/audit/{case.id}/1", f"/audit/{case.id}/papers", f"/audit/{case.id}/1/number"):
        assert auditor.post(path, csrf_token=auditor.token, why="audit").status == 404
    auditor.get("/audit")
    assert case.id not in auditor.send("/audit", said=str(world.row(case).receipt)).html
    assert case.id not in officer.get("/college/checks").html
    with world.place.store.reading() as session:
        tries = session.scalars(select(Access.role).where(Access.allowed.is_(False))).all()
    assert {"auditor", "officer", "registrar"} <= set(tries)


def test_an_officer_has_no_page_of_a_relative(world: World, as_staff: Staff) -> None:
    """No answers, no phone, no note, no confirming for them; the class still has its line."""
    record, other = world.record(xm="张三丰"), world.record(xm="李四光")
    world.open_campaign()
    case, free = world.case_of(record), world.case_of(other)
    related(world, world.staff["officer"], case)
    browser, ours, before = as_staff("officer"), f"/college/{CAMPAIGN}", world.row(case).version
    assert browser.get(f"{ours}/students/{free.id}").status == 200
    assert browser.get(f"{ours}/students/{case.id}").status == 404
    for press in ("note", "strike", "phone", "confirm"):
        path, typed = f"{ours}/students/{case.id}/{press}", {"why": "contact", "expected": before}
        assert browser.post(path, csrf_token=browser.token, key="k" * 32, **typed).status == 404, press
    assert lines(world, "try:student") == [("officer", case.id, "", False)] * 5
    assert not lines(world, "reveal:phone") and world.row(case).version == before
    assert "张三丰" in browser.get(f"{ours}/class?class=240101").text


def test_an_auditor_comes_to_a_relatives_case_by_no_digest_and_no_refusal(
    world: World, as_staff: Staff
) -> None:
    """Neither the list of refusals nor a search for the case or an entry of it leads there."""
    case, free = filed(world, NAME), filed(world, NAME)
    for one in (case, free):
        world.refused(one, "undo", world.staff["reviewer"])
    with world.place.store.reading() as session:
        body = session.scalars(select(EntryRow.body).where(EntryRow.subject == case.id)).first()
    auditor, digest = as_staff("auditor"), hashlib.sha256(body or b"").hexdigest()
    assert case.id in auditor.get("/audit/refusals").html
    related(world, world.staff["auditor"], case)
    page = auditor.get("/audit/refusals")
    assert case.id not in page.html and free.id in page.html
    for said in (case.id, digest, digest.upper()):
        auditor.get("/audit")
        assert auditor.send("/audit", said=said).status == 404, said


# -- what the reader may not see ------------------------------------------------------------------------


def test_an_auditor_opens_neither_paper_nor_number_of_their_own_case(world: World, as_staff: Staff) -> None:
    """There is no form for a paper, no number is shown, and each press is a line that was not allowed."""
    own, person = held("student", world.record(number=OLD)), world.staff["auditor"].person
    with world.place.store.writing() as session:
        give_role(session, person, own, "test", world.clock.moment, world.place.entropy)
    world.open_campaign()
    case = Ref("case", world.file(own.record, NUMBER).subject)
    browser = as_staff("auditor")
    page = browser.get(f"/audit/{case.id}")
    assert page.status == 200 and "own_case" in page.codes
    assert not [form for form in page.forms if form.action.endswith("/papers")]
    paper = papers_of(world, case)[0]
    page = browser.post(f"/audit/{case.id}/papers", csrf_token=browser.token, opened=paper, why="complaint")
    assert page.status == 422 and "own_case" in page.codes
    page = browser.post(
        f"/audit/{case.id}/1/number", csrf_token=browser.token, name="SFZH.new", why="complaint"
    )
    assert page.status == 422 and "own_case" in page.codes and not WHOLE_NUMBER.search(page.html)
    assert lines(world, "paper") == [("auditor", paper, "complaint", False)]
    assert lines(world, "reveal:SFZH") == [("auditor", case.id, "complaint", False)]


def test_no_line_says_that_a_number_was_shown_where_there_is_none(world: World, as_staff: Staff) -> None:
    """Another value, a record that has not moved, no phone: the press is refused, and its line says so."""
    case, other = filed(world, NAME), filed(world, NUMBER)
    auditor, officer = as_staff("auditor"), as_staff("officer")
    auditor.get(f"/audit/{case.id}")
    for subject, name in ((case.id, "SFZH.new"), (case.id, "XM.new"), (case.id, "")):
        page = auditor.post(f"/audit/{subject}/1/number", csrf_token=auditor.token, name=name, why="audit")
        assert (page.status, page.codes) == (422, ["no_number_here"])
    reviewer, claim = as_staff("reviewer"), world.case(other).claims[0].id
    reviewer.get(f"/desk/{other.id}")
    typed = {"claim": claim, "side": "moved", "why": "check_claim"}
    page = reviewer.post(f"/desk/{other.id}/number", csrf_token=reviewer.token, **typed)
    assert (page.status, page.codes[:1]) == (422, ["no_number_here"])
    path = f"/college/{CAMPAIGN}/students/{case.id}"
    officer.get(path)
    page = officer.post(f"{path}/phone", csrf_token=officer.token, why="contact")
    assert (page.status, page.codes) == (422, ["no_number_here"])
    shown = lines(world, "reveal:SFZH")
    assert shown[:3] == [("auditor", case.id, "audit", False)] * 3
    assert shown[3:] == [("reviewer", other.id, "check_claim", False)]
    assert lines(world, "reveal:phone") == [("officer", case.id, "contact", False)]


def test_where_the_rules_of_a_case_are_lost_its_papers_are_shut_and_the_page_says_so(
    world: World, as_staff: Staff
) -> None:
    """No reader meets a fault: the press for a paper is refused and logged, and the pages say what is lost."""
    case = filed(world, NUMBER, ClaimFiled("XH", "school_data", "240199999"))
    paper, claim = (
        papers_of(world, case)[0],
        next(one.id for one in world.case(case).claims if one.field == "SFZH"),
    )
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == case.id).values(policy="0" * 64))
    auditor, reviewer = as_staff("auditor"), as_staff("second_reviewer")
    auditor.get("/audit")
    typed = {"csrf_token": auditor.token, "opened": paper, "why": "complaint"}
    page = auditor.post(f"/audit/{case.id}/papers", **typed)
    assert page.status == 422 and "rules_lost" in page.codes
    assert lines(world, "paper") == [("auditor", paper, "complaint", False)]
    typed = {"csrf_token": reviewer.token, "claim": claim, "side": "old", "why": "check_claim"}
    for page in (
        reviewer.get(f"/desk/{case.id}"),
        reviewer.post(f"/desk/{case.id}/number", **typed),
        as_staff("officer").get(f"/college/checks/{case.id}"),
    ):
        assert page.status == 500 and "规则文本" in page.text and not WHOLE_NUMBER.search(page.html)
    assert lines(world, "reveal:SFZH") == [("second_reviewer", case.id, "check_claim", False)]
    assert reviewer.get(f"/desk/papers/{paper}").status == 303


# -- full numbers ---------------------------------------------------------------------------------------


def test_a_number_is_masked_but_for_its_ends_and_for_what_would_change(world: World, as_staff: Staff) -> None:
    """Where few digits differ a reviewer sees which; where most do, the ends alone, of both numbers."""
    case = filed(world, NUMBER)
    page = as_staff("reviewer").get(f"/desk/{case.id}")
    changed = [place for place in range(18) if OLD[place] != NEW[place]]
    for number in (OLD, NEW):
        shown = "".join(sign if place in (0, 17, *changed) else "*" for place, sign in enumerate(number))
        assert shown in text_of(page) and shown.count("*") >= 9
    other = filed(world, ClaimFiled("SFZH", "admission_error", ANOTHER))
    said = text_of(as_staff("reviewer").get(f"/desk/{other.id}"))
    assert f"{ANOTHER[0]}{'*' * 16}{ANOTHER[-1]}" in said
    assert not WHOLE_NUMBER.search(said) and not WHOLE_NUMBER.search(text_of(page))


def test_one_number_is_shown_once_for_a_reason_that_is_written_down_before_it(
    world: World, as_staff: Staff
) -> None:
    """The next page has that number and not the other; it is in no address, and the page after has neither."""
    case = filed(world, NUMBER)
    browser = as_staff("reviewer")
    form = browser.get(f"/desk/{case.id}").form("/number")
    assert [value for name, value, _ in form.buttons if name == "side"] == ["old", "new"]
    refused = browser.send_form(form, side="old", why="")
    assert (refused.status, refused.codes[0]) == (422, "look_without_reason")
    assert OLD not in text_of(refused)
    assert lines(world, "reveal:SFZH") == [("reviewer", case.id, "", False)]
    page = browser.send_form(form, side="old", why="check_claim")
    assert page.status == 200 and OLD in text_of(page) and NEW not in text_of(page)
    assert page.response.headers["Cache-Control"] == "no-store" and OLD not in page.path
    assert lines(world, "reveal:SFZH")[1:] == [("reviewer", case.id, "check_claim", True)]
    page = browser.send_form(form, side="new", why="check_claim")
    assert NEW in text_of(page) and OLD not in text_of(page)
    assert not WHOLE_NUMBER.search(text_of(browser.get(f"/desk/{case.id}")))
    assert len(lines(world, "reveal:SFZH")) == 3
    looks = as_staff("auditor").get(f"/audit/{case.id}/looks").text
    assert looks.count("完整号码：证件号码") == 3 and "核对更正事项" in looks


def test_who_may_not_open_the_papers_is_shown_no_number_and_the_try_is_kept(
    world: World, as_staff: Staff
) -> None:
    """There is no button, and a press made up without one is refused with the reasons, and logged as refused."""
    case = decided(world, filed(world, NUMBER))
    claim = world.case(case).claims[0].id
    browser = as_staff("other_reviewer")
    page = browser.get(f"/desk/{case.id}")
    assert not [form for form in page.forms if form.action.endswith("/number")]
    typed = {"csrf_token": browser.token, "claim": claim, "side": "old", "why": "check_claim"}
    page = browser.post(f"/desk/{case.id}/number", **typed)
    assert page.status == 422 and "papers_not_yours" in page.codes and not WHOLE_NUMBER.search(text_of(page))
    assert lines(world, "reveal:SFZH") == [("reviewer", case.id, "check_claim", False)]
    for wrong in ({"claim": "f" * 32}, {"side": "sfzh"}, {"claim": ""}):
        assert browser.post(f"/desk/{case.id}/number", **{**typed, **wrong}).status == 404
    assert len(lines(world, "try:reveal:SFZH")) == 3


def test_an_auditor_reads_an_entry_with_its_numbers_masked_and_opens_one_for_a_reason(
    world: World, as_staff: Staff
) -> None:
    """Claimed and confirmed numbers alike: masked among the values, whole once, with a line for each."""
    case, record = filed(world, NUMBER), world.record(number=ANOTHER)
    world.open_campaign()
    world.do(world.case_of(record), "confirm", world.student(record))
    browser = as_staff("auditor")
    for subject, name, number in (
        (case.id, "SFZH.new", NEW), (world.case_of(record).id, "confirmed", ANOTHER),
    ):  # fmt: skip
        page = browser.get(f"/audit/{subject}")
        opens = [form for form in page.forms if "#row-" in form.action][-1]
        page = browser.send_form(opens)
        assert page.status == 200 and not WHOLE_NUMBER.search(page.html), subject
        (shows,) = [form for form in page.forms if form.action.split("#")[0].endswith("/number")]
        assert name in [value for _, value, _ in shows.buttons]
        page = browser.send_form(shows, name=name, why="audit")
        assert number in page.html and len(set(WHOLE_NUMBER.findall(page.html))) == 1
    assert [line[:1] + line[2:] for line in lines(world, "reveal:SFZH")] == [("auditor", "audit", True)] * 2
