"""Readings of names stand beside the records, whoever wrote the name: an import, a case, its taking back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from tests.workflow.records.rosters import AS_OF, as_csv, student
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher
from workflow.records.corrections import correct, take_back
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.name_readings import keep_again
from workflow.records.roster import take_in
from workflow.records.tables import NameReading, Record
from workflow.store import Store

AT = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)
Entropy = Callable[[int], bytes]


def kept(store: Store) -> list[str]:
    """The kept readings, as both databases sort them."""
    with store.reading() as session:
        return list(session.scalars(select(NameReading.spelt).order_by(NameReading.spelt)))


def test_readings_follow_the_name_through_import_correction_and_taking_back(
    store: Store, cipher: Cipher, entropy: Entropy
) -> None:
    """New records have theirs, a changed name or pinyin has new ones, and a name taken back its old ones."""

    def take(*rows: dict[str, str]) -> tuple[str, ...]:
        judgement = judge(read_roster("roster.csv", as_csv(rows)), as_of=AS_OF)
        with store.writing() as session:
            return take_in(session, judgement, cipher, now=AT, entropy=entropy).new

    (first,) = take(student(XM="覃大力"))
    (_other,) = take(student(XM="覃大力"), student(2, XM="𠮷田"))
    assert kept(store) == ["qin da li", "tan da li", "~ tian"]
    with store.writing() as session:
        correct(session, cipher, first, {"XM": "单大力"}, "c" * 32, AT, entropy)
    assert kept(store) == ["shan da li", "~ tian"]
    with store.writing() as session:
        take_back(session, cipher, first, "c" * 32, AT, AT + timedelta(minutes=1), entropy)
    assert kept(store) == ["qin da li", "tan da li", "~ tian"]
    take(student(XM="覃大力", XMPY="TAN DALI"), student(2, XM="曾田", XMPY=""))
    with store.reading() as session:
        main = select(NameReading.spelt).where(NameReading.number == 0).order_by(NameReading.spelt)
        assert list(session.scalars(main)) == ["tan da li", "zeng tian"]


def test_readings_written_anew_are_the_same(store: Store, cipher: Cipher, entropy: Entropy) -> None:
    """They are made of the record alone, so that they can be thrown away and written again."""
    rows = [student(n, XM=name) for n, name in enumerate(("张乐", "尉迟恭", "JOHN SMITH"), 1)]
    judgement = judge(read_roster("roster.csv", as_csv(rows)), as_of=AS_OF)
    with store.writing() as session:
        take_in(session, judgement, cipher, now=AT, entropy=entropy)
    before = kept(store)
    with store.writing() as session:
        session.execute(delete(NameReading))
        keep_again(session, session.scalars(select(Record.id)).all())
    assert kept(store) == before and "yu chi gong" in before
