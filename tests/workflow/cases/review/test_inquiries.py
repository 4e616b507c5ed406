"""Official letters to other bodies: given with their sending, numbered by the register, answered by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.laws import holds
from tests.schools import step, world_with_steps
from tests.world import SEEN, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import StepFacts
from workflow.cases.review.steps import ready
from workflow.cases.views.letter_register import register_of
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.history.timeline import opened
from workflow.letters.facts import LetterFacts
from workflow.letters.register import LetterGiven
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher
from workflow.school.profile import change, in_force
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

NUMBER = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 78))
POLICE = {
    "whom": "police",
    "addressee": " 测试市公安局测试派出所 ",
    "asks": "请核实上述号码的登记情况。",
    "sent_on": SEEN,
    "due": date(2024, 11, 15),
}


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """A school whose ID numbers are asked about by letter."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def at_its_letter(world: World) -> Ref:
    """A case about an ID number of which the letter is to be sent."""
    case = Ref("case", world.file(world.record(), NUMBER).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    check = next(one for one in world.case(case).steps if one.kind == "check")
    world.do(case, "pass_step", world.staff["reviewer"], step=check.id)
    return case


def letter(world: World, case: Ref) -> StepFacts:
    """The letter's step of a case."""
    return next(one for one in world.case(case).steps if one.kind == "letter")


def no(world: World, case: Ref, **said: Any) -> tuple[str, ...]:
    """Why a letter is not sent so."""
    by = world.staff["reviewer"]
    return world.may(case, "send", by, step=letter(world, case).id, **said).codes


def written(world: World, case: Ref) -> list[tuple[LetterRow, LetterFacts]]:
    """The official letters of a case, with what they say."""
    with world.place.store.reading() as session:
        found = session.scalars(select(LetterRow).where(LetterRow.case_id == case.id)).all()
        session.expunge_all()
    return [
        (one, LetterGiven(*_said(one)).facts(world.place.cipher)) for one in found if one.kind == "inquiry"
    ]


def _said(one: LetterRow) -> tuple[Any, ...]:
    return one.id, one.kind, one.word, one.number, one.given_at, one.ended, one.facts


@holds("inquiry_is_whole", "number_is_new", "reply_is_named")
def test_a_letter_to_the_police_has_the_next_number_and_its_answer_names_who_gave_it(world: World) -> None:
    """The register numbers it with the sending, it keeps what it asks sealed, and the reply is kept by commitment."""
    case, reviewer = at_its_letter(world), world.staff["reviewer"]
    assert no(world, case, whom="mayor", sent_on=SEEN) == (
        "addressee_unknown",
        "addressee_missing",
        "asks_missing",
    )
    assert no(world, case, **POLICE, number="函1") == ("number_from_register",)
    sent = world.do(case, "send", reviewer, step=letter(world, case).id, **POLICE)
    ((row, said),) = written(world, case)
    assert (row.step_id, row.version) == (letter(world, case).id, sent.number)
    assert letter(world, case).number == f"航大教学籍〔2024〕{row.number}号" and row.number == 2
    assert (said.whom, said.addressee) == ("police", "测试市公安局测试派出所")
    assert (said.asks, said.due) == (POLICE["asks"], POLICE["due"])
    assert [(one.field, one.new) for one in said.items] == [("SFZH", NUMBER.new)] and said.document
    assert NUMBER.new.encode() not in row.facts and b"addressee" not in sent.body
    answer = {"step": letter(world, case).id, "outcome": "passed", "received_on": SEEN}
    assert "reply_too_long" in world.may(case, "receive", reviewer, **answer, person="一" * 65).codes
    reply = world.do(case, "receive", reviewer, **answer, number="测公函〔2024〕9号", person="李四光")
    with world.place.store.reading() as session:
        kept = opened(session, world.place.cipher, case.id, reply.number)
    assert kept == {"number": "测公函〔2024〕9号", "person": "李四光"}
    assert "李四光" not in reply.body.decode()


def test_a_number_is_given_to_the_letters_of_one_case_alone(world: World) -> None:
    """One that was typed or given for another case is refused; a school without a word types its letters' numbers."""
    first, second, reviewer = at_its_letter(world), at_its_letter(world), world.staff["reviewer"]
    typed = {"number": "学籍函〔2024〕12号", "sent_on": SEEN}
    world.do(first, "send", reviewer, step=letter(world, first).id, **typed)
    assert no(world, second, **typed) == ("number_given_already",)
    assert no(world, second, number="学籍函[2024] 第012号", sent_on=SEEN) == ("number_given_already",)
    assert no(world, second, number="航大教学籍〔2024〕1号", sent_on=SEEN) == ("number_given_already",)
    at = world.clock.moment
    with world.place.store.writing() as session:
        now = in_force(session)
        change(session, world.staff["registrar"], now.version, replace(now.profile, document_word=""), at)
    world.place.profile_at_hand.drop()
    assert no(world, second, **POLICE) == ("number_missing",)
    world.do(second, "send", reviewer, step=letter(world, second).id, **POLICE, number="测函13号")
    ((row, said),) = written(world, second)
    assert (row.word, said.typed, letter(world, second).number) == ("", "测函13号", "测函13号")


def test_a_body_that_wants_more_gets_another_letter(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """Its first letter waits no more, and one that is written to an external body has a number of its own too."""
    abroad = step("abroad", "SFZH", 'add_step = "external", office = "province"')
    world = world_with_steps(store, cipher, clock, entropy, tmp_path, (abroad,))
    first, second, reviewer = at_its_letter(world), at_its_letter(world), world.staff["reviewer"]
    world.do(second, "send", reviewer, step=letter(world, second).id, number="测函9号", sent_on=SEEN)
    claims = tuple(one.id for one in world.case(first).claims)
    while (waits := ready(world.case(first), claims)[0].step).kind != "external":
        world.take(first, waits, claims, reviewer, SEEN)
    at = world.clock.moment
    with world.place.store.writing() as session:
        now = in_force(session)
        change(session, world.staff["registrar"], now.version, replace(now.profile, document_word=""), at)
    world.place.profile_at_hand.drop()

    def waiting() -> list[str]:
        with world.place.store.reading() as session:
            return [one.number for one in register_of(session, cipher, "waiting", limit=9)[0]]

    of: dict[str, Any] = {"step": waits.id}
    assert world.may(first, "send", reviewer, **of, **POLICE, number="测函9号").codes == (
        "number_given_already",
    )
    world.do(first, "send", reviewer, **of, **POLICE, number="测函10号")
    assert waiting() == ["测函10号"]
    world.do(first, "receive", reviewer, **of, outcome="more", received_on=SEEN, words="请附户口簿")
    assert waiting() == []
    world.do(first, "send", reviewer, **of, **POLICE, number="测函11号")
    assert waiting() == ["测函11号"]
    with world.place.store.reading() as session:
        outward = register_of(session, cipher, "outward", limit=9)[0]
    assert {one.number for one in outward} == {"测函10号", "测函11号"}
