"""A stranger leaves no trace in a history: every action of every lifecycle, tried by whoever has no standing.

The tries are made from the lifecycles, so that an action of tomorrow is tried too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from states import GRANTED, NOWHERE, ROLES, Action, Lifecycle
from tests.conftest import on
from tests.world import NAME, VISITOR, World
from workflow.campaigns.colleges.attestation import frozen_now, seen_as
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.tables import Chase
from workflow.cases.load import campaign_facts
from workflow.cases.review.press import Decision, decide
from workflow.engine import SYSTEM, Actor, Binding, Ref
from workflow.history.tables import CommandKey, EntryRow
from workflow.people.accounts import add_person, end_role, give_role
from workflow.people.scopes import Scope, held
from workflow.people.tables import CARRIED, Access
from workflow.verdict import Refused, Verdict

AFTER = on(2024, 11, 8)
OURS, THEIRS = "测试学院", "另一学院"
GONE = "f" * 32
NO_IDS = ("-", "0" * 31, "0" * 33, "G" * 32, "张三丰", "' OR 1=1 --", "\0", "\ud800", "0" * 10_000)
KEY = "a key that stands for something else"
NARROWER = {
    "case": ("officer", "reviewer", "student"), "chase": ("officer",), "attestation": ("officer",),
    "help": ("visitor",),
}  # fmt: skip
"""Whose standing towards a subject asks for more than the role."""
ELSEWHERE = (
    Scope(college=THEIRS), Scope(college=OURS, class_name="249999"), Scope(college=OURS, entry_year="1999"),
    Scope(college=OURS, level="专科"),
)  # fmt: skip
"""Scopes in which the student of the case is not."""
OTHER_OFFICE = Scope(office="archive")
"""An office that has no step of the case."""


@dataclass
class Scene:
    """A subject of every lifecycle, what a birth would be about, and people who have no standing."""

    world: World
    campaign: str
    subjects: dict[str, Ref] = field(default_factory=dict)
    births: dict[str, dict[str, Any]] = field(default_factory=dict)
    foreign: dict[str, list[Actor]] = field(default_factory=dict)
    taken: dict[str, list[Actor]] = field(default_factory=dict)
    wrong: dict[str, Actor] = field(default_factory=dict)

    @property
    def lifecycles(self) -> list[Lifecycle]:
        """All that the engine knows."""
        return [binding.lifecycle for binding in self.world.place.engine.bindings.values()]

    def actions(self) -> Iterator[tuple[Action, Ref, dict[str, Any]]]:
        """Every action on its subject; a birth with what it would be about."""
        for life in self.lifecycles:
            for action in life.actions:
                sources = life.sources(action)
                if NOWHERE in sources:
                    yield action, Ref(life.name), self.births[life.name]
                if set(sources) != {NOWHERE}:
                    yield action, self.subjects[life.name], {}

    def strangers(self, action: Action, life: str) -> Iterator[Actor]:
        """Everybody of a wrong role, of a role that was taken, and whose the subject is not."""
        yield from (by for role, by in self.wrong.items() if role not in action.roles)
        for role in action.roles:
            yield from self.taken.get(role, ())
            yield from self.foreign[role] if role in NARROWER.get(life, ()) else ()

    def rightful(self, action: Action) -> Iterator[Actor]:
        """Those whose the action is, if only its subject were there."""
        yield from (self.wrong[role] for role in action.roles)


@pytest.fixture
def scene(world: World) -> Scene:
    """After the students' time: a case in review, a silent one that is chased, a signed list, a class."""
    mine, silent, theirs = world.record(), world.record(), world.record(fy=THEIRS, bh="240201")
    made = Scene(world, world.open_campaign())
    staff = world.staff
    world.file(mine, NAME)
    world.do(world.case_of(mine), "take_up", staff["reviewer"])
    case = world.case_of(silent)
    with world.place.store.writing() as session:
        chase(world.place.engine, session, [case.id], "give_reason", staff["officer"], reason="on_leave")
        chased = str(session.scalar(select(Chase.id).where(Chase.case_id == case.id)))
    group = world.do(Ref("graduation"), "found", staff["registrar"], expected_on=date(2028, 7, 1))
    world.at(AFTER)
    with world.place.store.reading() as session:
        seen = seen_as(world.place.cipher, frozen_now(session, made.campaign, OURS))
    of_list = {"campaign": made.campaign, "college": OURS}
    signed = world.do(Ref("attestation"), "sign", staff["officer"], **of_list, seen=seen)
    given = {"record": mine, "kind": "extend", "until": on(2028, 6, 1), "words": "住院"}
    permitted = world.do(Ref("permission"), "grant", staff["registrar"], **given)
    opened = world.do(Ref("batch"), "open", staff["registrar"], office="province", month="")
    helped = world.do(Ref("help"), "ask", VISITOR, kind="no_record", name="张三丰", phone="13800001111")
    made.subjects = {
        "case": world.case_of(mine), "campaign": Ref("campaign", made.campaign), "chase": Ref("chase", chased),
        "graduation": Ref("graduation", group.subject), "attestation": Ref("attestation", signed.subject),
        "help": Ref("help", helped.subject), "permission": Ref("permission", permitted.subject),
        "batch": Ref("batch", opened.subject),
    }  # fmt: skip
    made.births = {
        "case": {"record": mine, "campaign": made.campaign}, "campaign": {"plan": world.place.school.campaigns[0]},
        "chase": {"case": made.subjects["case"].id}, "graduation": {"expected_on": date(2028, 7, 1)},
        "attestation": of_list, "help": {}, "permission": {"record": mine},
        "batch": {},
    }  # fmt: skip
    made.wrong = {role: staff[role] for role in ROLES if role in staff}
    made.wrong |= {"student": world.student(mine), "system": SYSTEM, "visitor": VISITOR}
    made.foreign = {
        "student": [world.student(theirs)],
        "officer": [*(hired(world, "officer", one) for one in ELSEWHERE), in_the_other_college(world)],
        "reviewer": [hired(world, "reviewer", one) for one in (*ELSEWHERE, OTHER_OFFICE)],
        "visitor": [Actor(VISITOR.person, "visitor"), Actor("-", "visitor", capacity=VISITOR.capacity)],
    }
    made.taken = {role: [hired(world, role)] for role in GRANTED if role != "student"}
    made.taken["student"] = [world.student(world.record())]
    with world.place.store.writing() as session:
        for role, (by,) in made.taken.items():
            assert end_role(session, by.person, role, AFTER)
    for role in CARRIED:  # a stand-in whose time is over, or never was
        made.taken[role].append(Actor(staff["auditor"].person, role, staff[role].person))
    with world.place.store.writing() as session:
        used = {by.person for by in made.wrong.values()}
        used |= {by.person for held in (made.foreign, made.taken) for some in held.values() for by in some}
        known = {"key": world.place.cipher.digest("key", KEY.encode()), "body": "0" * 64, "number": 1}
        known |= {"subject": made.subjects["case"].id, "at": AFTER.isoformat()}
        session.execute(insert(CommandKey), [{"person": person} | known for person in used])
    return made


def hired(world: World, role: str, scope: Scope | None = None) -> Actor:
    """A new member of staff."""
    wide = Scope(college=OURS) if role == "officer" else Scope()
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        made = add_person(session, "张三丰", role, scope or wide, SYSTEM.person, at, entropy)
        return Actor(made.id, role)


def in_the_other_college(world: World) -> Actor:
    """An officer of both colleges who acts as the other one's."""
    both, theirs = hired(world, "officer"), held("officer", THEIRS)
    with world.place.store.writing() as session:
        give_role(session, both.person, theirs, SYSTEM.person, world.clock.moment, world.place.entropy)
    return replace(both, capacity=theirs.capacity)


def spoilt(binding: Binding, action: Action) -> list[dict[str, Any]]:
    """What may be wrong with a press besides: nothing; kinds, names, key, version seen; everything at once."""
    kinds = {name: object() for name in action.details}
    assert not any(binding.details[name](value) for name, value in kinds.items())
    everything = {**kinds, "nonsense": object(), "key": KEY, "expected": 10**30}
    return [{}, kinds, {"nonsense": "1"}, {"key": KEY}, {"expected": 0}, {"expected": 10**30}, everything]


def traces(world: World) -> tuple[int, int]:
    """How many entries and how many lines of the access log there are."""
    with world.place.store.reading() as session:
        entries, lines = (select(func.count()).select_from(t).scalar_subquery() for t in (EntryRow, Access))
        found = session.execute(select(entries, lines)).one()
        return found[0], found[1]


def tried(world: World, subject: Ref, action: str, by: Actor, **press: Any) -> Verdict:
    """A try that must be a stranger's: no entry more, one line of the access log."""
    entries, lines = traces(world)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        world.place.engine.perform(session, subject, action, by=by, **press)
    verdict = no.value.verdict
    assert verdict.stranger and all(reason.stranger for reason in verdict.reasons), (action, by.role, press)
    assert traces(world) == (entries, lines + 1), (subject, action, by.role, press)
    return verdict


def last_line(world: World) -> tuple[str, str, str, bool]:
    """The person, the act, the subject and the answer on the last line of the access log."""
    with world.place.store.reading() as session:
        line = session.scalars(select(Access).order_by(Access.id.desc()).limit(1)).one()
        return line.person_id, line.what, line.subject, line.allowed


@pytest.mark.one_database
def test_a_strangers_try_at_whatever_action_is_one_line_of_the_access_log(scene: Scene) -> None:
    """Wrong role, role taken, another college, another student: whatever else is wrong, no entry is added."""
    world, done = scene.world, 0
    for action, subject, said in scene.actions():
        binding = world.place.engine.bindings[subject.lifecycle]
        every, nearest = spoilt(binding, action), True
        for by in scene.strangers(action, subject.lifecycle):
            whole = nearest and by.role in action.roles
            nearest = nearest and not whole
            for press in every if whole else (every[0], every[-1]):
                tried(world, subject, action.name, by, **said | press)
                done += 1
            person, what, _subject, allowed = last_line(world)
            assert (person, what, allowed) == (by.person, f"try:{action.name}", False)
    assert done > 600


def test_a_subject_that_is_not_there_is_foreign_to_everybody(scene: Scene) -> None:
    """An absent id and what is no id at all: to whoever's the action is, the same answer and the same line."""
    world = scene.world
    for life in scene.lifecycles:
        for action in life.actions:
            for by in scene.rightful(action):
                said = {
                    tried(world, Ref(life.name, id), action.name, by, **press).codes
                    for id, press in (
                        (GONE, {}),
                        (GONE, {"nonsense": 1, "key": KEY, "expected": 9}),
                        ("-", {}),
                    )
                }
                assert said == {("no_such_subject",)}
    for no_id in NO_IDS:
        tried(world, Ref("case", no_id), "take_up", world.staff["reviewer"])
        assert last_line(world)[2] == ""


def unnamed(scene: Scene, life: Lifecycle, by: Actor) -> Iterator[dict[str, Any]]:
    """The details of a birth, each time with one that names nothing."""
    whole, kinds = scene.births[life.name], scene.world.place.engine.bindings[life.name].details
    for name, value in whole.items():
        rest = {one: said for one, said in whole.items() if one != name}
        if (life.name, name) != ("case", "campaign"):  # a case may be of no campaign
            yield rest
            yield {**rest, name: object()}
        if isinstance(value, str) and not (name == "college" and by is SYSTEM):  # whose are all colleges
            yield from ({**rest, name: id} for id in (GONE, *NO_IDS) if kinds[name](id))


def test_a_birth_that_names_what_is_not_there_is_foreign_to_everybody(scene: Scene) -> None:
    """A record, a campaign, a case or a plan that is absent, malformed or not named: no fault, no other answer."""
    world = scene.world
    for life in scene.lifecycles:
        for action in life.actions:
            if NOWHERE not in life.sources(action):
                continue
            for by in scene.rightful(action):
                for said in unnamed(scene, life, by):
                    tried(world, Ref(life.name), action.name, by, **said)


def test_a_set_wise_action_knows_strangers_too(scene: Scene) -> None:
    """Who has no standing towards a cohort moves nobody in it and writes nothing but the one line."""
    world, engine = scene.world, scene.world.place.engine
    with world.place.store.reading() as session:
        cohort = campaign_facts(session, scene.campaign)
    binding = engine.bindings["case"]
    setwise = [action for action in binding.lifecycle.actions if action.setwise]
    assert setwise
    for action in setwise:
        for by in scene.strangers(action, ""):
            for press in ({}, {name: object() for name in action.details}, {"nonsense": 1}):
                before = traces(world)
                with pytest.raises(Refused) as no, world.place.store.writing() as session:
                    engine.perform_all(session, action.name, cohort, by=by, **press)
                assert no.value.verdict.stranger
                assert traces(world) == (before[0], before[1] + 1)
                assert last_line(world)[:3] == (by.person, f"try:{action.name}", scene.campaign)


def test_an_answer_is_not_remembered_for_whose_role_was_taken(world: World) -> None:
    """Under the key of a press that was done, its person is a stranger once the role is gone."""
    record, reviewer = world.record(), world.staff["reviewer"]
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    done = world.do(case, "take_up", reviewer, key=KEY)
    assert world.do(case, "take_up", reviewer, key=KEY) == done
    with world.place.store.writing() as session:
        end_role(session, reviewer.person, "reviewer", world.clock.moment)
    assert tried(world, case, "take_up", reviewer, key=KEY).codes == ("role_not_held",)
    assert last_line(world)[2] == case.id


def test_what_is_done_in_one_press_or_to_many_leaves_one_line_of_a_stranger(scene: Scene) -> None:
    """A decision, and a note about several cases: foreign and absent ones alike."""
    world, engine = scene.world, scene.world.place.engine
    decision = Decision(("0" * 32,), "refused", None, "evidence_does_not_prove", "材料不足")
    for case in (scene.subjects["case"].id, GONE, *NO_IDS):
        for act in ("decide", "chase"):
            before = traces(world)
            with pytest.raises(Refused) as no, world.place.store.writing() as session:
                if act == "decide":
                    by = scene.taken["reviewer"][0]
                    decide(engine, session, case, decision, by=by, expected=10**30, key=KEY)
                else:
                    by = scene.foreign["officer"][0]
                    chase(engine, session, [case], "give_reason", by, reason="x" * 5000)
            assert no.value.verdict.stranger
            assert traces(world) == (before[0], before[1] + 1), (act, case)


def test_who_is_no_stranger_is_refused_in_the_history_as_ever(scene: Scene) -> None:
    """Wrong details of the reviewer who holds the case, and a stale page, are entries of its history."""
    world, case, reviewer = scene.world, scene.subjects["case"], scene.world.staff["reviewer"]
    for press in ({"nonsense": "1"}, {"expected": 1}, {"key": KEY}):
        entries, lines = traces(world)
        assert not world.refused(case, "release", reviewer, **press).stranger
        assert traces(world) == (entries + 1, lines)
