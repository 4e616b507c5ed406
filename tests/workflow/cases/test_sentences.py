"""Kept sentences for a case: whose, for which outcome and cause, with which facts, and for how long."""

from __future__ import annotations

from datetime import date

import pytest

from config.profile import Profile
from config.sentences import SentenceKept
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.sentences import SentenceOffered, offered
from workflow.cases.sentences.own import (
    MOST,
    add_sentence,
    change_sentence,
    move_up,
    remove_sentence,
    sentences_of,
)
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.saved import save_view, views_of
from workflow.engine import Actor
from workflow.people.granting import BY_OPERATOR, close_account
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database
OFFICE = Profile(office="测试学籍科", office_en="Test Office", phone="83860000")
CHANGED = SentenceKept(
    "approved", "{field}由“{old}”改为“{new}”，{papers}已核验。", "From {old} to {new}: {field}, {papers}."
)
BY_LAW = SentenceKept("refused", "无公安机关证明。", "No certificate.", "legal_change")
CALL = SentenceKept("ask", "请于{answer_by}前补交，电话{phone}。", "By {answer_by}, call {phone} ({office}).")


def keep(world: World, by: Actor, *wanted: SentenceKept) -> None:
    """Add sentences of a person."""
    with world.place.store.writing() as session:
        for n, one in enumerate(wanted):
            add_sentence(session, world.place.cipher, by, one, f"{n:032}")


def own(world: World, by: Actor) -> list[SentenceKept]:
    """A person's sentences in their order."""
    with world.place.store.reading() as session:
        return [one.kept for one in sentences_of(session, world.place.cipher, by.person)]


def for_a_case(world: World, claim: ClaimFiled) -> tuple[SentenceOffered, ...]:
    """What is offered to the reviewer for a case of this claim."""
    record = world.record()
    world.open_campaign()
    world.file(record, claim)
    facts = world.case(world.case_of(record))
    place, at = world.place, world.clock.moment
    with place.store.reading() as session:
        policy = place.rules.judging(session, facts, at)
        return offered(
            session, world.staff["reviewer"], facts, policy,
            at=at, cipher=place.cipher, profile=OFFICE, of_school=(BY_LAW, CALL),
        )  # fmt: skip


def test_a_case_is_offered_what_fits_it_with_its_facts(world: World) -> None:
    """One's own come first, those of another cause not at all, and nobody is offered a colleague's."""
    keep(world, world.staff["reviewer"], CHANGED)
    keep(world, world.staff["other_reviewer"], CALL)
    mine, call = for_a_case(world, NAME)
    assert (mine.own, mine.zh, mine.outcome) == (True, CHANGED.says, "approved")
    assert mine.filled_zh == "姓名由“测试001”改为“测试甲”，居民身份证、户口簿已核验。"
    assert mine.filled_en == "From 测试001 to 测试甲: name, resident ID card, household book."
    assert call.filled_zh.startswith("请于2024年") and call.filled_zh.endswith("日前补交，电话83860000。")
    assert call.filled_en.endswith(" 2024, call 83860000 (Test Office).") and not call.own


def test_a_masked_value_is_no_fact_of_a_sentence(world: World) -> None:
    """A sentence that would tell an ID number is not offered; the rest of that case is."""
    keep(world, world.staff["reviewer"], CHANGED)
    assert [
        one.zh
        for one in for_a_case(world, ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 78)))
    ] == [CALL.says]


def test_ones_own_sentences_are_made_changed_moved_and_removed(world: World) -> None:
    """The same form sent twice keeps one; a stale change, another's sentence and too many are refused in words."""
    by, other, cipher, store = (
        world.staff["reviewer"],
        world.staff["other_reviewer"],
        world.place.cipher,
        world.place.store,
    )
    keep(world, by, CHANGED, BY_LAW)
    keep(world, by, CHANGED, BY_LAW)
    assert own(world, by) == [CHANGED, BY_LAW]
    with store.reading() as session:
        first, second = (one.id for one in sentences_of(session, cipher, by.person))
    with store.writing() as session:
        move_up(session, by, second)
        move_up(session, by, second)
        change_sentence(session, cipher, by, first, CALL, 1)
    assert own(world, by) == [BY_LAW, CALL]
    for who, seen, code in ((by, 1, "sentence_changed"), (other, 2, "sentence_gone")):
        with pytest.raises(Refused) as no, store.writing() as session:
            change_sentence(session, cipher, who, first, CHANGED, seen)
        assert no.value.codes == (code,)
    with store.writing() as session:
        remove_sentence(session, other, first)
        remove_sentence(session, by, second)
    assert own(world, by) == [CALL]
    with pytest.raises(Refused) as reused:
        keep(world, by, BY_LAW)
    assert reused.value.codes == ("key_reused",)
    with pytest.raises(Refused) as many, store.writing() as session:
        for n in range(MOST + 1):
            add_sentence(session, cipher, by, CALL, f"x{n:031}")
    assert many.value.codes == ("too_many_sentences",)


def test_a_closed_account_keeps_no_sentences_and_views(world: World) -> None:
    """They go with the account, and those of others stay."""
    by, other, place, at = (
        world.staff["reviewer"],
        world.staff["other_reviewer"],
        world.place,
        world.clock.moment,
    )
    for one in (by, other):
        keep(world, one, CALL)
        with place.store.writing() as session:
            save_view(session, one, "本周", Filter(due="week"), at, place.entropy)
    with place.store.writing() as session:
        close_account(session, BY_OPERATOR, by.person, at)
    assert (own(world, by), own(world, other)) == ([], [CALL])
    with place.store.reading() as session:
        assert [len(views_of(session, one.person)) for one in (by, other)] == [0, 1]
