"""A help item: asked without an account, answered by the registrar, and gone from here in its time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from states import NOWHERE, ROLES
from states.help import ENDED, HELP, WAITING
from tests.laws import holds
from tests.world import VISITOR, World
from workflow.engine import SYSTEM, Actor, Ref
from workflow.help.asking import (
    ASKING,
    READING,
    HelpReceipt,
    HelpRequest,
    HelpWindow,
    SentTooOften,
)
from workflow.help.binding import ANSWERED_WITHIN, KEPT_FOR
from workflow.help.items import HelpSaid, count_waiting, ended_items, help_line, said_in, waiting_items
from workflow.help.scheduled import ScheduledHelpWork, run_scheduled
from workflow.help.tables import HelpItem
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow, Opening
from workflow.people.accounts import UnknownRole, add_person, give_role
from workflow.people.scopes import Held
from workflow.people.tables import Grant
from workflow.signin.throttle import Limit
from workflow.store import table_of
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

REQUEST = HelpRequest("no_record", "张三丰", "24360000012345", "13800001111", "学信网上查不到我的学籍")
ADDRESS = "192.0.2.7"
SECOND = timedelta(seconds=1)
FORM = "f" * 32
TABLE = {
    "ask": ({NOWHERE}, {"visitor"}),
    "take_up": ({"asked"}, {"registrar"}),
    "solve": ({*WAITING}, {"registrar"}),
    "miss": ({*WAITING}, {"registrar"}),
    "decline": ({*WAITING}, {"registrar"}),
    "withdraw": ({*WAITING}, {"visitor"}),
    "lapse": ({*WAITING}, {"system"}),
    "call": ({*WAITING}, {"registrar"}),
    "erase": ({*ENDED}, {"system"}),
}


def window(world: World, address: str = ADDRESS) -> HelpWindow:
    """The window as somebody at an address finds it."""
    place = world.place
    return HelpWindow(place.store, place.cipher, place.engine, (), address)


def asked(world: World, form: str = FORM, **said: str) -> tuple[Ref, HelpReceipt]:
    """An item, from an address of its own."""
    receipt = window(world, f"2001:db8:{form[-4:]}::1").ask(form, replace(REQUEST, **said))
    with world.place.store.reading() as session:
        id = session.scalars(select(HelpItem.id).where(HelpItem.number == receipt.number)).one()
    return Ref("help", id), receipt


def row(world: World, item: Ref) -> HelpItem:
    with world.place.store.reading() as session:
        found = session.get_one(HelpItem, item.id)
        session.expunge(found)
        return found


def said(world: World, item: Ref) -> HelpSaid:
    with world.place.store.reading() as session:
        return said_in(session, world.place.cipher, item.id)


def holder(world: World, item: Ref) -> Actor:
    """The asker of an item, with its word."""
    it = row(world, item)
    return Actor(it.visitor, "visitor", capacity=it.word)


def entries(world: World, item: Ref) -> list[Entry]:
    with world.place.store.reading() as session:
        bodies = session.scalars(
            select(EntryRow.body).where(EntryRow.subject == item.id).order_by(EntryRow.id)
        )
        return [Entry.from_body(body) for body in bodies]


def rows(world: World, table: Any) -> int:
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def proves(world: World) -> int:
    """The history holds. Returns how many of its values are erased."""
    with world.place.store.reading() as session:
        proof = verify(session, {"help": table_of(HelpItem)}, world.place.cipher)
    assert proof.holds, proof.faults
    return proof.erased


def test_every_state_action_and_role_is_answered_as_the_table_says(world: World) -> None:
    """A visitor asks and takes back, the registrar answers, the system ends and erases; nobody else does anything."""
    registrar, student = world.staff["registrar"], world.student(world.record())
    items: dict[str, Ref] = {NOWHERE: Ref("help")}
    for n, state in enumerate((*WAITING, *ENDED)):
        items[state], _ = asked(world, f"{n:032x}")
    world.do(items["looking"], "take_up", registrar)
    for state, action in (("solved", "solve"), ("record_missing", "miss"), ("not_ours", "decline")):
        world.do(items[state], action, registrar, words="请看学信网")
    world.do(items["withdrawn"], "withdraw", holder(world, items["withdrawn"]))
    others = [items[state] for state in items if state not in (NOWHERE, "lapsed")]
    askers = {id: holder(world, Ref("help", id)) for id in (one.id for one in items.values() if one.id)}
    world.at(world.clock.moment + ANSWERED_WITHIN)
    world.do(items["lapsed"], "lapse", SYSTEM)
    assert len(others) == 6 and {state: row(world, one).state for state, one in items.items() if one.id} == {
        state: state for state in (*WAITING, *ENDED)
    }
    answered, expected = {}, {}
    for state, item in items.items():
        people = {"student": student, "system": SYSTEM, "visitor": askers.get(item.id, VISITOR)}
        for role in ROLES:
            by = people.get(role) or world.staff[role]
            for action, (states, roles) in TABLE.items():
                codes = world.may(item, action, by).codes
                if role == "visitor" and state == "withdrawn" and role in roles:
                    assert codes == ("not_your_item",)  # the word went with the rest
                    continue
                answered[state, action, role] = ("wrong_state" in codes, "not_your_role" in codes)
                expected[state, action, role] = (role in roles and state not in states, role not in roles)
    assert [action.name for action in HELP.actions] == list(TABLE)
    assert answered == expected and len(answered) == 8 * 9 * 9 - 2


@holds("asker_or_office", "keep_request", "keep_reply", "end_item")
def test_who_has_number_and_word_reads_the_answer_and_nobody_else(world: World) -> None:
    """Both are needed, however they are typed, and what is wrong is answered alike; the id alone opens nothing."""
    item, receipt = asked(world)
    other, second = asked(world, "a" * 32)
    world.do(item, "solve", world.staff["registrar"], words="您的学籍已找到，请明天再查。")
    at_home = window(world)
    typed = receipt.word.lower()[:5] + " - " + receipt.word[5:]
    answer = at_home.read(f"{receipt.number[:3]} {receipt.number[3:]}", typed)
    assert answer is not None and answer.line.state == "solved"
    assert answer.said == HelpSaid(**{name: getattr(REQUEST, name) for name in ("name", "number", "phone", "words")},
                                   reply="您的学籍已找到，请明天再查。")  # fmt: skip
    for number, word in (
        (receipt.number, second.word), (second.number, receipt.word), ("000000000", receipt.word),
        (receipt.number, ""), ("", receipt.word), ("", ""), (item.id, receipt.word), ("\0", "\ud800"[:0]),
    ):  # fmt: skip
        assert at_home.read(number, word) is None
    theirs = row(world, other)
    for by in (
        Actor(theirs.visitor, "visitor"),
        Actor(theirs.visitor, "visitor", capacity=row(world, item).word),
        Actor(row(world, item).visitor, "visitor", capacity=theirs.word),
        VISITOR,
        Actor("visitor", "visitor", capacity=""),
    ):
        assert world.refused(other, "withdraw", by).codes == ("not_your_item",)
    assert world.may(Ref("help"), "ask", Actor(theirs.visitor, "visitor")).codes == ("not_your_item",)
    assert world.may(other, "solve", Actor(theirs.visitor, "registrar"), words="好").codes == (
        "role_not_held",
    )
    assert world.may(other, "withdraw", holder(world, other)).allowed


def test_nobody_is_granted_or_signed_in_as_a_visitor(world: World) -> None:
    """Like the system, it is a role of no account."""
    at, entropy = world.clock.moment, world.place.entropy
    for role in ("visitor", "system"):
        with pytest.raises(UnknownRole), world.place.store.writing() as session:
            add_person(session, "张三丰", role, "", SYSTEM.person, at, entropy)
        with pytest.raises(UnknownRole), world.place.store.writing() as session:
            give_role(session, world.staff["registrar"].person, Held(role), SYSTEM.person, at, entropy)
    with world.place.store.reading() as session:
        assert {*session.scalars(select(Grant.role))}.isdisjoint(("visitor", "system"))


@holds("kind_is_known", "asker_can_be_called", "request_fits")
def test_a_form_says_everything_it_lacks_at_once(world: World) -> None:
    """The kind, a name, a telephone number, and lengths; number and words may be left out; nothing else is counted."""
    bad = HelpRequest("claim", "", "9" * 33, "138", "长" * 501)
    with pytest.raises(Refused) as no:
        window(world).ask(FORM, bad)
    assert no.value.codes == (
        "kind_unknown",
        "asker_unnamed",
        "phone_misfit",
        "number_too_long",
        "words_too_long",
    )
    assert all(reason.remedy and "{" not in reason.says for reason in no.value.verdict.reasons)
    with pytest.raises(Refused) as no:
        window(world).ask(FORM, replace(REQUEST, name="张" * 61, phone="+8613800001111"))
    assert no.value.codes == ("name_too_long",)
    assert (rows(world, HelpItem), rows(world, EntryRow)) == (0, 0)
    item, _ = asked(world, number="", words="", name=" 张三丰 ", phone="+86 138-0000-1111")
    assert said(world, item) == HelpSaid("张三丰", "", "13800001111", "")


def test_a_form_sent_twice_is_one_item_with_one_word(world: World) -> None:
    """Also at the same moment, and also when nothing more may be sent; changed words are another form."""
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: window(world).ask(FORM, REQUEST), range(2))
    assert first == second and rows(world, HelpItem) == 1
    for n in range(ASKING.places.address.free):
        try:
            window(world).ask(f"{n:032x}", REQUEST)
        except SentTooOften:
            break
    assert window(world).ask(FORM, REQUEST) == first
    with pytest.raises(Refused) as no:
        window(world).ask(FORM, replace(REQUEST, words="还有一个问题"))
    assert no.value.codes == ("asked_already",)

    assert not any(first.word in str(one.as_dict()) for one in entries(world, Ref("help", _id(world, first))))


def _id(world: World, receipt: HelpReceipt) -> str:
    with world.place.store.reading() as session:
        return session.scalars(select(HelpItem.id).where(HelpItem.number == receipt.number)).one()


def test_no_entry_and_no_row_holds_what_is_personal(world: World) -> None:
    """Name, number, phone, words, reply and the one-time word: sealed in openings or nowhere, refused tries too."""
    item, receipt = asked(world)
    registrar = world.staff["registrar"]
    world.do(item, "call", registrar, result="reached")
    world.refused(item, "miss", registrar, words="")
    world.do(item, "miss", registrar, words="请带录取通知书到教务处")
    secrets = (receipt.word, "张三丰", "24360000012345", "13800001111", "查不到我的学籍", "录取通知书")
    with world.place.store.reading() as session:
        kept = [*map(str, session.execute(select(table_of(HelpItem))).all())]
        kept += [str(bytes(body), "utf-8") for body in session.scalars(select(EntryRow.body))]
        kept += [*map(str, session.execute(select(Opening.name, Opening.sealed)).all())]
    assert kept and not [secret for secret in secrets for one in kept if secret in one]
    story = entries(world, item)
    assert [(one.action, one.codes) for one in story] == [
        ("ask", ("about:no_record",)), ("call", ("result:reached",)), ("miss", ("words_missing",)), ("miss", ()),
    ]  # fmt: skip
    assert sorted(story[0].values) == ["name", "number", "phone", "words"] and [*story[3].values] == ["words"]
    assert proves(world) == 0


@holds("note_call", "result_is_known")
def test_the_office_notes_that_it_telephoned(world: World) -> None:
    """When, by whom and whether it reached the asker; what was said is not kept."""
    item, _ = asked(world)
    registrar = world.staff["registrar"]
    assert world.refused(item, "call", registrar, result="chatted").codes == ("result_unknown",)
    world.do(item, "call", registrar, result="no_answer")
    world.at(world.clock.moment + timedelta(days=1))
    entry = world.do(item, "call", registrar, result="reached")
    it = row(world, item)
    assert (it.state, it.call_result, it.called_at) == ("asked", "reached", world.clock.moment)
    assert (entry.actor, entry.codes, entry.values) == (registrar.person, ("result:reached",), {})


def test_the_office_sees_what_waits_oldest_first(world: World) -> None:
    """Days are counted from the asking to the end; what ended waits no more."""
    first, _ = asked(world)
    world.at(world.clock.moment + timedelta(days=3))
    second, _ = asked(world, "a" * 32)
    world.at(world.clock.moment + timedelta(days=2))
    with world.place.store.reading() as session:
        waiting = waiting_items(session)
        assert [(one.id, one.days(world.clock.moment)) for one in waiting] == [(first.id, 5), (second.id, 2)]
        assert count_waiting(session) == 2
    world.do(first, "decline", world.staff["registrar"], words="请联系学信网客服")
    world.at(world.clock.moment + timedelta(days=9))
    with world.place.store.reading() as session:
        assert count_waiting(session) == 1
        assert [(one.id, one.days(world.clock.moment)) for one in ended_items(session)] == [(first.id, 5)]
        assert help_line(session, "0" * 32) is None


@holds("erase_personal", "ended_long_ago", "not_erased_yet", "waited_too_long")
def test_what_is_personal_goes_in_its_time_and_the_history_still_holds(world: World) -> None:
    """Ninety days after its end; half a year after the asking where nobody answered; each to the second, and once."""
    answered, receipt = asked(world)
    silent, _ = asked(world, "a" * 32)
    begun = world.clock.moment
    world.do(answered, "solve", world.staff["registrar"], words="已找到")
    engine, store = world.place.engine, world.place.store
    assert world.refused(answered, "erase", SYSTEM).codes == ("kept_for_now",)
    assert world.refused(silent, "lapse", SYSTEM).codes == ("still_time",)
    world.at(begun + KEPT_FOR - SECOND)
    assert run_scheduled(engine, store) == ScheduledHelpWork(0, 0)
    world.at(begun + KEPT_FOR)
    assert run_scheduled(engine, store) == ScheduledHelpWork(0, 1)
    assert run_scheduled(engine, store) == ScheduledHelpWork(0, 0)
    assert said(world, answered) == HelpSaid() and said(world, silent).name == "张三丰"
    assert row(world, answered).word == "" and window(world).read(receipt.number, receipt.word) is None
    assert window(world).read(receipt.number, "") is None
    assert (entries(world, answered)[-1].action, entries(world, answered)[-1].role) == ("erase", "system")
    assert world.refused(answered, "erase", SYSTEM).codes == ("erased_already",)
    world.at(begun + ANSWERED_WITHIN - SECOND)
    assert run_scheduled(engine, store) == ScheduledHelpWork(0, 0)
    world.at(begun + ANSWERED_WITHIN)
    assert run_scheduled(engine, store) == ScheduledHelpWork(1, 0)
    world.at(begun + ANSWERED_WITHIN + KEPT_FOR)
    assert run_scheduled(engine, store) == ScheduledHelpWork(0, 1)
    assert rows(world, Opening) == 0 and proves(world) == 9


def test_who_takes_a_request_back_leaves_nothing_personal_behind(world: World) -> None:
    """With the word, while nobody has answered; it is gone at once, and the history says so."""
    item, receipt = asked(world)
    assert window(world).withdraw(receipt.number, "AAAAA-AAAAA", "w" * 32) is None
    assert row(world, item).state == "asked"
    answer = window(world).withdraw(receipt.number, receipt.word, "w" * 32)
    assert answer is not None and answer.line.state == "withdrawn" and answer.said == HelpSaid()
    assert said(world, item) == HelpSaid() and rows(world, Opening) == 0 and proves(world) == 4
    assert window(world).read(receipt.number, receipt.word) is None
    done, other = asked(world, "a" * 32)
    world.do(done, "miss", world.staff["registrar"], words="请到教务处")
    with pytest.raises(Refused) as no:
        window(world).withdraw(other.number, other.word, "x" * 32)
    assert no.value.codes == ("wrong_state",)


def test_words_are_tried_slowly_and_one_form_never_slows_another(world: World) -> None:
    """From one address after twenty tries, right or wrong; asking and reading have counts of their own."""
    _, receipt = asked(world)
    for _n in range(READING.places.address.free):
        assert window(world).read(receipt.number, "AAAAA-AAAAA") is None
    for number in (receipt.number, "000000000"):
        with pytest.raises(SentTooOften) as wait:
            window(world).read(number, receipt.word)
        assert wait.value.seconds == 30
    assert window(world, "198.51.100.1").read(receipt.number, receipt.word) is not None
    assert window(world).ask("c" * 32, REQUEST).number != receipt.number
    world.at(world.clock.moment + 30 * SECOND)
    assert window(world).read(receipt.number, receipt.word) is not None


def test_all_addresses_together_are_slowed_too(world: World) -> None:
    """A form filled from ever new addresses is not taken without end, and one more is when its time has come."""
    free, every = ASKING.everybody.free, ASKING.everybody.every
    assert ASKING.everybody == Limit(120, 30 * SECOND)
    for n in range(free):
        window(world, f"198.51.{n // 200}.{n % 200}").ask(f"{n:032x}", REQUEST)
    with pytest.raises(SentTooOften):
        window(world, "203.0.113.9").ask(FORM, REQUEST)
    assert rows(world, HelpItem) == free
    world.at(world.clock.moment + every)
    window(world, "203.0.113.9").ask(FORM, REQUEST)
    assert rows(world, HelpItem) == free + 1
