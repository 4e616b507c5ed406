"""Case assignment: who holds a case, who hands it to whom, and through whose hands it went."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, true
from sqlalchemy.orm import Session

from states.case import DECIDERS
from workflow.cases.attempt import Attempt
from workflow.cases.common import keep_words
from workflow.cases.facts import is_held
from workflow.cases.load import read_case
from workflow.cases.review.conflicts import deciders_before, preparers_of_the_case, related_people
from workflow.cases.review.steps import turn_is_theirs
from workflow.cases.tables import Case
from workflow.cases.views.lookup import names_of
from workflow.engine import Actor, Change, Effect, Engine, Entropy, Ref, by_name, guards, in_words, is_id
from workflow.history.codes import FROM, TO, Code, find
from workflow.history.entry import Entry
from workflow.notices.outbox import Outbox
from workflow.people.access import people_at_the_door
from workflow.people.scopes import Held
from workflow.people.tables import HELD, Grant, Person, held_from, holds_on
from workflow.store import Prepared, as_text, from_text
from workflow.verdict import Reason

HANDS = ("take_up", "hold", "release", "hand_over", "take_over", "undo")
"""The actions that put a case into somebody's hands, or out of them."""
_ABLE = Prepared(
    select(Person.id, Person.name, *HELD)
    .join(Grant, Grant.person_id == Person.id)
    .where(
        holds_on(bindparam("day")),
        or_(
            Grant.role.in_(DECIDERS),
            and_(Grant.role == "officer", Grant.college == bindparam("college")),
            and_(Grant.role == "student", Grant.scope == bindparam("record")),
        ),
    )
    .order_by(Person.name, Person.id, Grant.role)
)


@in_words("没有别人在办理", "nobody else holds it")
def not_held_by_another(attempt: Attempt) -> Reason | None:
    """One person at a time: somebody else's hold bars until it ends; a stand-in has the absent one's."""
    case = attempt.subject
    if attempt.by.is_system or not case.holder or case.holder in people_at_the_door(attempt.by):
        return None
    if case.held_until and case.held_until > attempt.at:
        return Reason(
            "held_by_another",
            "这个个案正由另一位审核人办理，到 {until} 为止。",
            {"until": case.held_until},
            remedy="请等待对方办结、退回待办，或在到期后领办。",
            until=case.held_until.isoformat(),
        )
    return None


def held_by(people: Collection[str], at: datetime) -> ColumnElement[bool]:
    """Cases that one of these people works on at a moment."""
    return and_(Case.holder.is_not(None), Case.holder.in_(sorted(people)), Case.held_until > at)


def _not_held_rows(attempt: Attempt) -> ColumnElement[bool]:
    if attempt.by.is_system:
        return true()
    nobody = or_(Case.holder.is_(None), Case.held_until.is_(None), Case.held_until <= attempt.at)
    return or_(nobody, Case.holder.in_(sorted(people_at_the_door(attempt.by))))


@in_words("由本人办理", "held by oneself")
def held_by_me(attempt: Attempt) -> Reason | None:
    """Only who works on a case can put it back, or give it to another; or who stands in for them."""
    if attempt.subject.holder in people_at_the_door(attempt.by):
        return None
    return Reason("not_held_by_you", "这个个案现在不由您办理。", remedy="请先领办。")


@in_words("正由别人办理", "somebody else holds it")
def another_holds_it(attempt: Attempt) -> Reason | None:
    """Only a case that somebody else works on is taken from them; what nobody holds is taken on."""
    case = attempt.subject
    held = is_held(case.holder, case.held_until, attempt.at)
    if held and case.holder not in people_at_the_door(attempt.by):
        return None
    return Reason("held_by_no_other", "现在没有别人在办理这个个案。", remedy="请直接领办。")


# -- from hand to hand ----------------------------------------------------------------------------------


@in_words("接收的人可以办理", "the receiver may take the case")
def receiver_may_hold(attempt: Attempt) -> Reason | None:
    """A case is handed to somebody who could take hold of it themselves, and not back to who holds it."""
    to = attempt.details.get("to") or ""
    if to and to in receivers(attempt):
        return None
    return Reason(
        "receiver_cannot_hold",
        "请选择一位现在能办理这个个案的人。",
        remedy="从列出的人中选择；没有列出的，没有这个身份，现在轮不到，或与这个个案有关。",
    )


def receivers(attempt: Attempt) -> dict[str, str]:
    """Who could be given a case by whoever acts: id and name of each, in the order of their names."""
    case = attempt.subject
    grants: dict[tuple[str, str], set[Held]] = {}
    asked = {"record": case.record.id, "college": case.record.fy or "", "day": attempt.at.date().isoformat()}
    for row in _ABLE.rows(attempt.session, asked):
        grants.setdefault((row.id, row.name), set()).add(held_from(row))
    barred = (
        related_people(attempt)
        | preparers_of_the_case(attempt)
        | deciders_before(attempt)
        | people_at_the_door(attempt.by)
        | {case.holder}
    )
    return {
        id: name
        for (id, name), held in grants.items()
        if id not in barred
        and all(one.record != case.record.id for one in held)
        and _has_a_turn(attempt, id, held)
    }


def _has_a_turn(attempt: Attempt, person: str, grants: Collection[Held]) -> bool:
    """Whether somebody could do what the case waits for now, in one of their roles."""
    return any(
        not list(
            turn_is_theirs(replace(attempt, by=Actor(person, role), details={}, grants=frozenset(grants)))
        )
        for role in {one.role for one in grants}
    )


def held_until(attempt: Attempt) -> str:
    """Until when a hold lasts that begins now."""
    return as_text(attempt.at + timedelta(minutes=attempt.policy.periods.hold_minutes))


def hold_it(attempt: Attempt, change: Change) -> None:
    """Who takes a case up works on it, for as long as policy gives; from whom it was taken is said."""
    before = attempt.subject.holder
    if before and before != attempt.by.person:
        change.codes.append(Code(FROM, before))
    change.columns |= {"holder": attempt.by.person, "held_until": held_until(attempt)}


def hand_over(attempt: Attempt, change: Change) -> None:
    """The one named holds it from now on."""
    to = attempt.details["to"]
    change.codes.append(Code(TO, to))
    change.columns |= {"holder": to, "held_until": held_until(attempt)}


def take_it_over(attempt: Attempt, change: Change) -> None:
    """A second reviewer has the case instead of whoever held it, and has said why."""
    hold_it(attempt, change)
    keep_words(attempt, change)


def let_go(attempt: Attempt, change: Change) -> None:
    """Nobody works on it any more."""
    change.columns |= {"holder": None, "held_until": None}


def hand_effects(entropy: Entropy) -> dict[str, Effect]:
    """The effects by the name lifecycles use. One owes a notice, which has an id."""

    def tell_who_held_it(attempt: Attempt, change: Change) -> None:
        """Whoever the case is taken from is told, on the way that they are told anything."""
        case = attempt.subject
        Outbox(entropy).owe_on(
            attempt.session,
            "taken_over",
            [(case.id, "", case.holder)],
            attempt.at,
            occasion=str(case.version + 1),
        )

    return by_name(hold_it, hand_over, take_it_over, tell_who_held_it, let_go)


GUARDS = guards((not_held_by_another, _not_held_rows), held_by_me, another_holds_it)
CHECKS = by_name(receiver_may_hold)


def take_hold(
    engine: Engine, session: Session, case: str, action: str, *, by: Actor, expected: int, key: str
) -> bool:
    """Take a case up or on. Whoever has it already has it still: nothing is written. Returns if it was."""
    facts = read_case(session, case) if is_id(case) else None
    if (
        facts is not None
        and facts.holder == by.person
        and is_held(by.person, facts.held_until, engine.clock.now(session))
    ):
        return False
    engine.perform(session, Ref("case", case), action, by=by, expected=expected, key=key)
    return True


# -- what the page tells of it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handled:
    """One time that a case came into or out of somebody's hands; empty names where there is nobody.

    ``words`` are why it was taken over.
    """

    action: str
    at: datetime
    words: str
    name: str
    on_behalf_of: str
    taken_from: str
    given_to: str


def handled(session: Session, entries: Iterable[tuple[Entry, str]]) -> list[Handled]:
    """Through whose hands a case went, by its entries and their words, oldest first."""
    hands = [(entry, words) for entry, words in entries if entry.action in HANDS]
    names = names_of(session, (person for entry, _ in hands for person in people_named(entry)))
    return [
        Handled(
            entry.action,
            from_text(entry.at),
            words,
            *(names.get(person, "") for person in people_named(entry)),
        )
        for entry, words in hands
    ]


def people_named(entry: Entry) -> tuple[str, str, str, str]:
    """Who acted and for whom, from whom a case was taken and to whom it was given."""
    return entry.actor, entry.on_behalf_of, find(entry.codes, FROM).value, find(entry.codes, TO).value
