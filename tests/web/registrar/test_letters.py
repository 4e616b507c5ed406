"""The register of letters, and what a student reads of what was verified."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.schools import world_with_steps
from tests.web.browsing import Browser
from tests.world import SEEN, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

NEW = number_of(date(2006, 4, 5), 78)
PLANTED = "王五（招生办）称与档案一致"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school whose ID numbers are asked about by letter."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def case(world: World) -> Ref:
    """A case of which the province of origin was asked by letter until a day."""
    record, reviewer = world.record(xm="张三丰"), world.staff["reviewer"]
    world.open_campaign()
    case = Ref("case", world.file(record, ClaimFiled("SFZH", "admission_error", NEW)).subject)
    world.do(case, "take_up", reviewer)
    check, letter = world.case(case).steps[:2]
    world.do(case, "pass_step", reviewer, step=check.id)
    said = {"whom": "exam_authority", "addressee": "江西省教育考试院", "asks": "请核实录取时的证件号码。"}
    world.do(case, "send", reviewer, step=letter.id, sent_on=SEEN, due=date(2024, 10, 28), **said)
    return case


def test_the_register_says_what_is_overdue_and_names_no_student(
    world: World, as_staff: Callable[[str], Browser], case: Ref
) -> None:
    """Registrar and auditor find a letter by its number, which is in no address, and read when its answer came."""
    world.at(world.clock.moment + timedelta(days=10))
    number = "航大教学籍〔2024〕2号"
    for who in ("registrar", "auditor"):
        browser = as_staff(who)
        assert browser.get(f"/registrar/letters?from={10**30}").status == 200
        shown = browser.get("/registrar/letters?only=waiting").text
        assert number in shown and "江西省教育考试院" in shown and "已过期限" in shown
        assert "张三丰" not in shown and NEW not in shown
        assert "受理通知书" not in shown and "受理通知书" in browser.get("/registrar/letters?only=all").text
        found = browser.send("/registrar/letters", said=number)
        assert found.status == 200 and number in found.text and "受理通知书" not in found.text
        assert browser.send("/registrar/letters", said="航大教学籍〔2024〕99号").status == 404
    reviewer = world.staff["reviewer"]
    step = next(one for one in world.case(case).steps if one.kind == "letter")
    world.do(case, "receive", reviewer, step=step.id, outcome="passed", received_on=world.clock.moment.date())
    assert number not in as_staff("registrar").get("/registrar/letters?only=waiting").text
    assert "已答复" in as_staff("registrar").get("/registrar/letters").text


def test_a_student_reads_that_an_original_was_seen_and_nothing_of_who_was_asked(
    world: World, as_student: Callable[[str], Browser], case: Ref
) -> None:
    """Their page and their download say of which item and on which day; the letter to others is none of theirs."""
    reviewer, record = world.staff["reviewer"], world.case(case).record.id
    claim = world.case(case).claims[0].id
    for how in ("original", "person"):
        world.do(case, "verify", reviewer, claim=claim, how=how, seen_on=SEEN, words=PLANTED)
    student = as_student(record)
    page = student.get(f"/my/cases/{case.id}")
    assert "原件已核验 · 2024年10月25日" in page.text and PLANTED not in page.html
    student.prove(world)
    student.get("/account/data")
    with zipfile.ZipFile(io.BytesIO(student.send("/account/data").response.data)) as inside:
        heard = {name: inside.read(name).decode("utf-8", "replace") for name in inside.namelist()}
    assert not [name for name, text in heard.items() if PLANTED in text or "江西省教育考试院" in text]
    (data,) = (json.loads(text) for name, text in heard.items() if name.endswith(".json"))
    rows = data["sections"]["verifications"]
    told = [(one["field"], one["verified_how"], one["verified_on"]) for one in rows]
    assert told == [("SFZH", "original", "2024-10-25")]
