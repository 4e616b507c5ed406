"""Answering for a student: where the rules allow it, by whom, and what everybody is told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.laws import holds
from tests.schools import world_with_proxies
from tests.world import World
from workflow.cases.checks import shown
from workflow.cases.projection import compare
from workflow.cases.proxy import CONFIRMED_FOR_YOU, confirm_by_proxy
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.entry import Entry
from workflow.history.timeline import words_said
from workflow.notices.outbox import due_for
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.verdict import Refused


@pytest.fixture
def lenient(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, if its rules let an officer answer for a student."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path)


def confirm(world: World, record: str, by: Actor, words: str = "本人电话答复：无误") -> Entry:
    """Confirm a record for its student."""
    with world.place.store.writing() as session:
        case = world.case(world.case_of(record))
        seen = shown(session, world.place.cipher, case)[1]
        return confirm_by_proxy(world.place.engine, session, case, by, words=words, seen=seen)


@holds("speaks_for_the_student")
def test_where_only_the_student_may_answer_nobody_does_it_for_them(world: World) -> None:
    """The first school's rule is asked at the door, and its own words are the reason."""
    record = world.record()
    world.open_campaign()
    for role in ("officer", "registrar"):
        with pytest.raises(Refused) as no:
            confirm(world, record, world.staff[role])
        (reason,) = no.value.verdict.reasons
        assert (reason.code, reason.rule) == ("PROXY_NOT_ALLOWED", "filing.in-person")
        assert "须由学生本人" in reason.says
    assert world.case(world.case_of(record)).state == "not_checked"


@holds("mark_confirmed")
def test_an_answer_for_a_student_is_marked_named_and_told(lenient: World) -> None:
    """It is never counted as the student's own: manner, entry and notice all say who did it and for whom."""
    record = lenient.record()
    lenient.open_campaign()
    officer = lenient.staff["officer"]
    entry = confirm(lenient, record, officer)
    assert (entry.actor, entry.role, entry.subject) == (officer.person, "officer", lenient.case_of(record).id)
    assert lenient.case(lenient.case_of(record)).manner == "proxy"
    with lenient.place.store.reading() as session:
        told = {notice.event for notice in due_for(session, record, lenient.clock.moment)}
        ((said, words),) = words_said(session, lenient.place.cipher, entry.subject)
        assert compare(session) == []  # the entries alone tell that it was a proxy
    assert CONFIRMED_FOR_YOU in told and said == entry and words == "本人电话答复：无误"
    own = lenient.record()
    lenient.open_campaign()
    lenient.do(lenient.case_of(own), "confirm", lenient.student(own))
    assert lenient.case(lenient.case_of(own)).manner == "confirmed"


@holds("proxy_says_how")
def test_a_proxy_says_how_the_answer_was_received(lenient: World) -> None:
    """Without words nothing is confirmed for anybody."""
    record = lenient.record()
    lenient.open_campaign()
    with pytest.raises(Refused) as no:
        confirm(lenient, record, lenient.staff["officer"], words=" ")
    assert no.value.verdict.codes == ("words_missing",)


def test_an_officer_answers_for_their_own_college_alone(lenient: World) -> None:
    """Another college's officer is a stranger, whatever the rules allow."""
    record = lenient.record()
    lenient.open_campaign()
    with lenient.place.store.writing() as session:
        place, now = lenient.place, lenient.clock.moment
        made = add_person(session, "外院经办人", "officer", "另一学院", "system", now, place.entropy)
    with pytest.raises(Refused) as no:
        confirm(lenient, record, Actor(made.id, "officer"))
    assert no.value.verdict.codes == ("not_your_college",)
    assert lenient.may(Ref("case", lenient.case_of(record).id), "confirm", lenient.staff["officer"]).allowed
