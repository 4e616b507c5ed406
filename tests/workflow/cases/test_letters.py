"""Official letters: numbers given with their act, never twice, and words that stay as they were given."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref
from workflow.letters.facts import LetterFacts
from workflow.letters.register import LetterGiven
from workflow.letters.tables import LetterRow
from workflow.records.tables import Record
from workflow.verdict import Refused


def letters(world: World, case: Ref) -> tuple[LetterGiven, ...]:
    """The letters of a case."""
    asked = select(LetterRow).where(LetterRow.case_id == case.id).order_by(LetterRow.version)
    with world.place.store.reading() as session:
        return tuple(
            LetterGiven(one.id, one.kind, one.word, one.number, one.given_at, one.ended, one.facts)
            for one in session.scalars(asked)
        )


def taken_up(world: World, *claims: ClaimFiled) -> Ref:
    """A case of its own that the reviewer took up."""
    case = Ref("case", world.file(world.record(), *(claims or (NAME,))).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def decided(world: World, case: Ref) -> None:
    """Refuse everything in a case."""
    world.settle_all(case, "refused", words="姓名与身份证一致")
    world.do(case, "reject", world.staff["reviewer"], words="原记录无误", refusal="record_is_right")


def test_each_letter_has_the_next_number_of_its_year(world: World) -> None:
    """Taking up and deciding give one letter each; the new year begins at one, and no number comes twice."""
    first, second = taken_up(world), taken_up(world)
    decided(world, first)
    world.at(world.clock.moment.replace(year=2025, month=1, day=6))
    decided(world, second)
    spoken = [one.spoken for case in (first, second) for one in letters(world, case)]
    assert spoken == [f"航大教学籍〔{of}〕{n}号" for of, n in ((2024, 1), (2024, 3), (2024, 2), (2025, 1))]
    assert [one.kind for one in letters(world, first)] == ["acceptance", "decision"]


def test_an_act_that_fails_uses_up_no_number(world: World) -> None:
    """A refused decision leaves neither a letter nor a gap."""
    case = taken_up(world)
    with pytest.raises(Refused):
        world.do(case, "reject", world.staff["reviewer"], words="", refusal="")
    decided(world, case)
    assert [one.number for one in letters(world, case)] == [1, 2]


def test_a_decision_undone_keeps_its_number_and_is_marked(world: World) -> None:
    """The next decision has another number; both stand in the register, the first as undone."""
    case = taken_up(world)
    decided(world, case)
    world.do(case, "undo", world.staff["reviewer"])
    world.do(case, "reject", world.staff["reviewer"], words="再次核对", refusal="record_is_right")
    first, second = letters(world, case)[1:]
    assert (first.number, first.ended, second.number, second.ended) == (2, "undone", 3, "")


def test_a_letter_does_not_change_when_the_record_or_the_decision_does(world: World) -> None:
    """Name, outcome, words and day stay as they were given, though the record is renamed and the case reopened."""
    case = taken_up(world)
    decided(world, case)
    before = letters(world, case)[-1]
    world.at(world.clock.moment + timedelta(minutes=11))
    record = world.case(case).record.id
    world.do(case, "reopen", world.staff["second_reviewer"], words="再核对一次")
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm="改过的名字"))
    after = letters(world, case)[-1]
    said = after.facts(world.place.cipher)
    assert said == before.facts(world.place.cipher) and after.ended == "reopened"
    assert (said.items[0].outcome, said.items[0].words) == ("refused", "姓名与身份证一致")
    assert said.name != "改过的名字"


def test_what_a_letter_says_lies_sealed(world: World) -> None:
    """Neither the name nor the reason can be read from the table."""
    case = taken_up(world)
    decided(world, case)
    with world.place.store.reading() as session:
        lying = b"".join(session.scalars(select(LetterRow.facts)))
    facts = letters(world, case)[-1].facts(world.place.cipher)
    assert facts.name.encode() not in lying and "姓名与身份证一致".encode() not in lying


def test_a_withdrawal_ends_every_letter_of_its_filing(world: World) -> None:
    """The notice of acceptance keeps its number and says that the request was withdrawn; a new filing gets the next."""
    case = taken_up(world)
    record = world.case(case).record.id
    world.do(case, "withdraw", world.student(record))
    world.at(world.clock.moment + timedelta(hours=1))
    world.file(record, NAME)
    world.do(case, "take_up", world.staff["reviewer"])
    assert [(one.number, one.ended) for one in letters(world, case)] == [(1, "withdrawn"), (2, "")]


def test_a_letter_of_a_later_version_is_still_read(world: World) -> None:
    """Names that this version does not know are passed over, also those of an item, a question and the school."""
    case = taken_up(world)
    decided(world, case)
    facts = letters(world, case)[-1].facts(world.place.cipher)
    said = json.loads(facts.as_json())
    for part in (said, said["items"][0], said["sender"]):
        part["of_later"] = "x"
    said["questions"] = [{"kind": "paper", "about": "id_card", "words": "", "due": None, "of_later": "x"}]
    read = LetterFacts.from_json(json.dumps(said))
    assert (read.items, read.sender.office) == (facts.items, facts.sender.office)
    assert [one.about for one in read.questions] == ["id_card"]


def test_where_the_school_has_no_word_for_letters_none_bears_a_number(world: World) -> None:
    """Half a number, 〔2024〕3号, is none that anybody could be called about."""
    case = taken_up(world)
    assert replace(letters(world, case)[0], word="").spoken == ""
