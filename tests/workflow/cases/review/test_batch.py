"""Cases of one kind in one press: found by the rules, decided each by itself, resumable, never an identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from states.case import RAISED, REJECTED, REVIEW
from tests.conftest import BIRTHDAY
from tests.schools import world_with_steps
from tests.world import World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.review import batch
from workflow.cases.review.batch import BatchDone, BatchVerdict, decide_each, kind_to_be_decided
from workflow.cases.tables import ActedFor
from workflow.cases.views.alike import Kind, kind_of, kinds
from workflow.cases.views.queue.desk import desk_of
from workflow.clock import SetClock
from workflow.engine import Actor, Entropy, Ref
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

KEY = "b" * 32
APPROVE = BatchVerdict("approved", "", "")
REFUSE = BatchVerdict("refused", "papers_contradict", "两份材料上的写法不一致")


def filed(world: World, *claims: ClaimFiled, name: str = "买买提.吐尔逊", **columns: str) -> Ref:
    """A freshman's case with these claims, a minute after the one before."""
    world.at(world.clock.moment + timedelta(minutes=1))
    record = world.record(xm=name, **columns)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def dotted(world: World, n: int = 1, **columns: str) -> list[Ref]:
    """Cases of students whose name was recorded with another dot."""
    dot = ClaimFiled("XM", "rendering", "买买提·吐尔逊")
    return [filed(world, dot, **columns) for _ in range(n)]


def found(world: World, by: Actor | None = None) -> tuple[Kind, ...]:
    """What somebody could decide together now."""
    place, by = world.place, by or world.staff["reviewer"]
    with place.store.reading() as session:
        return kinds(session, place.cipher, desk_of(place.engine, session, by, world.clock.moment))


def cases_of(kind: Kind) -> list[str]:
    """The cases of a kind, in their order."""
    return [one.case for one in kind.cases]


def press(
    world: World,
    *cases: Ref,
    verdict: BatchVerdict = APPROVE,
    by: Actor | None = None,
    like: Ref | None = None,
    key: str = KEY,
) -> tuple[BatchDone, ...]:
    """Decide cases as they are now, as one of the first one's kind."""
    seen = [(case.id, world.case(case).version) for case in cases]
    return press_as_seen(world, *seen, verdict=verdict, by=by, like=like or cases[0], key=key)


def press_as_seen(
    world: World,
    *seen: tuple[str, int],
    like: Ref,
    verdict: BatchVerdict = APPROVE,
    by: Actor | None = None,
    key: str = KEY,
) -> tuple[BatchDone, ...]:
    """Decide cases in the versions in which they were looked at."""
    place, by = world.place, by or world.staff["reviewer"]
    with place.store.reading() as session:
        kind = kind_to_be_decided(session, place.cipher, place.engine, like.id)
    assert kind is not None
    return decide_each(place.engine, place.store, place.cipher, kind, seen, verdict, by=by, key=key)


def codes(done: tuple[BatchDone, ...]) -> list[tuple[str, ...]]:
    """What barred each case; nothing where it was decided."""
    return [tuple(reason.code for reason in one.reasons) for one in done]


def test_what_is_alike_by_a_rule_is_found_together(world: World) -> None:
    """Names that only change their dot; no character, no second claim, no other's case, and no kind of one."""
    alike = dotted(world, 3)
    world.do(alike[2], "take_up", world.staff["other_reviewer"])
    filed(world, ClaimFiled("XM", "rendering", "买买提·吐尔洪"))
    filed(world, ClaimFiled("XM", "legal_change", "买买提·吐尔逊", BIRTHDAY))
    filed(world, ClaimFiled("XM", "rendering", "买买提·吐尔逊"), ClaimFiled("XH", "school_data", "240199901"))
    filed(world, ClaimFiled("XH", "school_data", "240199902"))
    (kind,) = found(world)

    assert (kind.rule.id, cases_of(kind)) == ("name.rendering", [case.id for case in alike[:2]])
    assert [one.values for one in kind.cases] == [("买买提.吐尔逊", "买买提·吐尔逊")] * 2
    assert found(world, world.staff["officer"]) == ()


def test_a_kind_is_told_apart_by_what_its_rule_names(world: World) -> None:
    """Student numbers of one class are one kind, those of another class another, as seen from any of them."""
    numbers = [
        filed(world, ClaimFiled("XH", "school_data", f"24019990{n}"), name=f"学生{n}", bh=class_)
        for n, class_ in enumerate(("240101", "240102", "240101", "240102", "240103"))
    ]
    assert [cases_of(kind) for kind in found(world)] == [
        [numbers[0].id, numbers[2].id],
        [numbers[1].id, numbers[3].id],
    ]
    place = world.place
    with place.store.reading() as session:
        desk = desk_of(place.engine, session, world.staff["reviewer"], world.clock.moment)
        facts = world.case(numbers[3])
        rules = place.engine.policies.named(session, facts.policy).school.policy.batches
        kind = kind_of(session, place.cipher, desk, facts, rules)
    assert kind is not None and cases_of(kind) == [numbers[1].id, numbers[3].id]
    (other,) = codes(press(world, numbers[0], like=numbers[1]))
    assert other == ("not_alike",)


def test_each_case_of_a_batch_is_decided_by_itself(world: World) -> None:
    """One press approves each with an entry of its own; a case that changed since is named and left as it was."""
    cases = dotted(world, 4)
    seen = [(case.id, world.case(case).version) for case in cases]
    world.do(cases[1], "take_up", world.staff["other_reviewer"])
    done = press_as_seen(world, *seen, like=cases[0])

    assert [one.entry is not None for one in done] == [True, False, True, True]
    assert "changed_meanwhile" in codes(done)[1]
    assert world.case(cases[1]).version == seen[1][1] + 1
    for case in (cases[0], cases[2], cases[3]):
        facts = world.case(case)
        assert [(step.kind, step.outcome) for step in facts.steps] == [("check", "passed"), ("platform", "")]
        assert (facts.state, facts.version) == (REVIEW, seen[0][1] + 2)


def test_a_batch_that_is_refused_ends_each_case_with_its_words(world: World) -> None:
    """Without words or a ground of the list nothing of it is done; with them each student is told both."""
    cases = dotted(world, 2)
    for verdict in (replace(REFUSE, words=""), replace(REFUSE, refusal="none")):
        assert all(one for one in codes(press(world, *cases, verdict=verdict)))
        assert [world.case(case).state for case in cases] == [RAISED] * 2
    assert codes(press(world, *cases, verdict=REFUSE)) == [(), ()]
    for case in cases:
        assert (world.case(case).state, world.case(case).ruling) == (REJECTED, REFUSE.refusal)
        assert {words for _, words in world.words(case)} == {REFUSE.words}


def test_a_batch_that_was_cut_short_is_finished_when_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided is told again and not doubled, what was not is decided now."""
    cases = dotted(world, 3)
    seen = [(case.id, world.case(case).version) for case in cases]
    decide, calls = batch.decide, []

    def cut_short(*args: object, **more: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return decide(*args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(batch, "decide", cut_short)
        with pytest.raises(KeyboardInterrupt):
            press_as_seen(world, *seen, like=cases[0])
    assert [world.case(case).state for case in cases] == [REVIEW, RAISED, RAISED]
    first = press_as_seen(world, *seen, like=cases[0])
    again = press_as_seen(world, *seen, like=cases[0])

    assert codes(first) == codes(again) == [(), (), ()]
    assert [one.entry for one in first] == [one.entry for one in again]
    assert [world.case(case).version for case in cases] == [version + 2 for _, version in seen]


def test_no_batch_takes_in_what_it_must_not(world: World) -> None:
    """A name of other characters, an identity, a case out of scope, none at all: each named."""
    (dot,) = dotted(world)
    name = filed(world, ClaimFiled("XM", "rendering", "买买提·吐尔洪"))
    number = filed(world, ClaimFiled("SFZH", "admission_error", number_of(BIRTHDAY, 99)))
    said = press(world, dot, name, number)
    gone = press_as_seen(world, ("f" * 32, 1), ("no id", 1), like=dot)

    assert codes(said) == [(), ("not_alike",), ("not_alike",)]
    assert codes(gone) == [("not_there",), ("not_there",)]
    assert codes(press(world, name, by=world.staff["registrar"], like=dot)) == [("not_there",)]


def test_a_second_look_is_for_another_person_in_a_batch_too(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Entropy, tmp_path: Path
) -> None:
    """Whoever passed the first look of each case, or filed one of them, passes the second look of none of these."""
    world = world_with_steps(store, cipher, clock, entropy, tmp_path)
    cases, reviewer, second = dotted(world, 3), world.staff["reviewer"], world.staff["second_reviewer"]
    with world.place.store.writing() as session:
        session.add(ActedFor(case_id=cases[2].id, person_id=reviewer.person))

    def looks() -> list[list[str]]:
        return [
            [step.outcome for step in world.case(case).steps if step.kind in ("check", "approval")]
            for case in cases
        ]

    assert codes(press(world, *cases)) == [(), (), ("prepared_by_you",)]
    assert looks() == [["passed", ""], ["passed", ""], ["", ""]]
    again = press(world, *cases, key="c" * 32)
    assert [one.entry for one in again] == [None] * 3
    assert ["four_eyes" in said for said in codes(again)] == [True, True, False]
    assert codes(press(world, *cases[:2], by=second)) == [(), ()]
    assert looks() == [["passed", "passed"], ["passed", "passed"], ["", ""]]
