"""The history as it leaves: entries as their exact bytes, openings with their salts, timelines to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import NOWHERE, Lifecycle
from workflow.engine import SYSTEM
from workflow.history.entry import Entry, EntryFault
from workflow.history.ledger import Sealing, open_value
from workflow.history.tables import EntryRow, Opening
from workflow.outgoing.archive.wording import Wording
from workflow.people.cipher import CipherFault
from workflow.people.tables import Person
from workflow.records.rows import chunks

ERASED = "（已删除）"
DAMAGED = "（已损坏）"
OF_OTHERS = "（涉及其他自查活动的学生，不提供）"
TIMELINE = ("时间", "对象", "序号", "办理", "由谁", "身份", "状态和代码", "内容", "条目摘要")


@dataclass(frozen=True, slots=True)
class ToldSubject:
    """A subject of the history, and how people name it. ``policy``: the text whose words it is told in.

    Where ``claims`` are given, somebody's own words in an entry that names others leave with neither.
    """

    id: str
    name: str
    policy: str = ""
    claims: frozenset[str] | None = None

    def keeps_back(self, entry: Entry, name: str) -> bool:
        """Whether these words may be about somebody else's claim."""
        return self.claims is not None and name == "words" and not self.claims.issuperset(entry.claims)


class _Kept(NamedTuple):
    """What leaves of the row of an entry."""

    subject: str
    action: str
    at: str
    body: bytes


@dataclass(slots=True)
class Collected:
    """What the entries that left named: lifecycles, policies, and people with the roles they acted in.

    ``erased`` are the values that are kept no more, by subject and name.
    """

    entries: int = 0
    erased: set[tuple[str, str]] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    people: dict[str, set[str]] = field(default_factory=dict)

    def note(self, entry: Entry) -> None:
        """Remember what an entry names."""
        self.rules |= {entry.lifecycle, entry.policy}
        for person in filter(None, (entry.actor, entry.on_behalf_of)):
            self.people.setdefault(person, set()).add(entry.role)


def bodies(session: Session, subjects: Sequence[ToldSubject], into: Collected) -> Iterator[bytes]:
    """The canonical bytes of every entry of some subjects, each on a line of its own, subject by subject."""
    for _, rows in _in_order(session, subjects):
        for row in rows:
            into.entries += 1
            if entry := _parsed(row):
                into.note(entry)
            yield row.body + b"\n"


def opened_lines(
    session: Session,
    cipher: Sealing,
    subjects: Sequence[ToldSubject],
    into: Collected,
    withheld: Callable[[Entry, str], bool] = lambda entry, name: False,
) -> Iterator[str]:
    """Every value that these entries commit to, as JSON lines: with its salt, or marked as erased.

    Values that are ``withheld``, by entry and name, are marked so, and nothing of them is told.
    """
    for some in chunks(subjects):
        values = _values(session, cipher, some)
        for subject, rows in _in_order(session, some):
            for entry in filter(None, map(_parsed, rows)):
                for name in sorted(entry.values):
                    said: dict[str, Any] = {"subject": entry.subject, "number": entry.number, "name": name}
                    kept = values.get((entry.subject, entry.number, name))
                    if kept is None:
                        into.erased.add((entry.subject, name))
                    if kept is not None and (subject.keeps_back(entry, name) or withheld(entry, name)):
                        yield json.dumps(said | {"withheld": True}, sort_keys=True) + "\n"
                        continue
                    said |= {"erased": True} if kept is None else {"salt": kept[0], "value": kept[1]}
                    yield json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n"


def timelines(
    session: Session,
    cipher: Sealing,
    wording: Wording,
    lives: Mapping[str, Lifecycle],
    subjects: Sequence[ToldSubject],
    people: Mapping[str, str],
) -> Iterator[list[tuple[str, ...]]]:
    """The entries to read, in parts of some hundred subjects. ``lives``: lifecycles by digest."""
    for some in chunks(subjects):
        values = _values(session, cipher, some)
        lines: list[tuple[str, ...]] = []
        for subject, rows in _in_order(session, some):
            wording.speak_by(session, subject.policy)
            for row in rows:
                lines.append(_line(subject, row, wording, lives, people, values))
        yield lines


def names_of(session: Session, people: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and staff number of people, by their ids."""
    found: dict[str, tuple[str, str]] = {}
    for some in chunks(people):
        asked = select(Person.id, Person.name, Person.number).where(Person.id.in_(some))
        found |= {id: (name, number or "") for id, name, number in session.execute(asked)}
    return found


def _line(
    subject: ToldSubject,
    row: _Kept,
    wording: Wording,
    lives: Mapping[str, Lifecycle],
    people: Mapping[str, str],
    values: Mapping[tuple[str, int, str], tuple[str, str]],
) -> tuple[str, ...]:
    digest, entry = hashlib.sha256(row.body).hexdigest()[:16], _parsed(row)
    if entry is None:
        return row.at, subject.name, "", row.action, "", "", "", DAMAGED, digest
    who = people.get(entry.actor, "" if entry.actor == SYSTEM.person else entry.actor)
    if entry.on_behalf_of:
        who += f"（代 {people.get(entry.on_behalf_of, entry.on_behalf_of)}）"
    read = {
        name: OF_OTHERS
        if subject.keeps_back(entry, name)
        else values.get((entry.subject, entry.number, name), ("", ERASED))[1]
        for name in sorted(entry.values)
    }
    told = [f"{wording.value(name)}：{words}" for name, words in read.items()]
    done = _action(lives.get(entry.lifecycle), entry.action)
    moved = _moved(lives.get(entry.lifecycle), entry)
    codes = [code for code in (moved, *entry.codes) if code]
    return (
        entry.at[:19].replace("T", " "),
        subject.name,
        str(entry.number or ""),
        done if entry.number else f"（未准）{done}",
        who,
        wording.said("role", entry.role),
        "；".join(codes),
        "；".join(told),
        digest,
    )


def _action(life: Lifecycle | None, name: str) -> str:
    try:
        return life.action(name).zh if life else name
    except KeyError:
        return name


def _moved(life: Lifecycle | None, entry: Entry) -> str:
    """From which state to which, where the entry leads to another."""
    if entry.target in ("", entry.origin):
        return ""
    words = {state.name: state.zh for state in life.states} if life else {}
    origin = "" if entry.origin == NOWHERE else words.get(entry.origin, entry.origin)
    return f"{origin} → {words.get(entry.target, entry.target)}".strip()


def _values(
    session: Session, cipher: Sealing, some: Sequence[ToldSubject]
) -> dict[tuple[str, int, str], tuple[str, str]]:
    """Salt and value of everything that is still kept of some subjects."""
    asked = select(Opening).where(Opening.subject.in_([one.id for one in some]))
    return {
        (one.subject, one.number, one.name): (one.salt.hex(), _opened(cipher, one))
        for one in session.scalars(asked)
    }


def _opened(cipher: Sealing, one: Opening) -> str:
    try:
        return open_value(cipher, one)
    except CipherFault:
        return DAMAGED


def _in_order(session: Session, subjects: Sequence[ToldSubject]) -> Iterator[tuple[ToldSubject, list[_Kept]]]:
    for some in chunks(subjects):
        found: dict[str, list[_Kept]] = {}
        asked = (
            select(EntryRow.subject, EntryRow.action, EntryRow.at, EntryRow.body)
            .where(EntryRow.subject.in_([one.id for one in some]))
            .order_by(EntryRow.id)
        )
        for row in session.execute(asked):
            found.setdefault(row.subject, []).append(_Kept(*row))
        for one in some:
            yield one, found.get(one.id, [])


def _parsed(row: _Kept) -> Entry | None:
    try:
        return Entry.from_body(row.body)
    except EntryFault:
        return None
