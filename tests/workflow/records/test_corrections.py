"""Corrections: what a case writes into a record, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.workflow.records.rosters import AS_OF, as_csv, number, student
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher
from workflow.records import corrections
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.records.tables import Record, RecordChange
from workflow.records.values import sources_of, value_of
from workflow.store import Store

DECIDED = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)
UNDONE = DECIDED + timedelta(minutes=5)
CASE, OTHER_CASE = "c" * 32, "d" * 32

Entropy = Callable[[int], bytes]


@pytest.fixture
def record(store: Store, cipher: Cipher, entropy: Entropy) -> str:
    """One student's record, from a roster."""
    judgement = judge(read_roster("roster.csv", as_csv([student()])), as_of=AS_OF)
    with store.writing() as session:
        return take_in(session, judgement, cipher, now=DECIDED - timedelta(days=5), entropy=entropy).new[0]


def values(session: Session, cipher: Cipher, record: str, *fields: str) -> list[str]:
    """Some present values of a record."""
    return [value_of(session, cipher, record, field) for field in fields]


def test_correction_writes_values_and_their_source(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """A case's values stand in the record, with the case and its day as their source."""
    new = {"XM": "测试乙", "SFZH": number("20060505", 3), "CSRQ": "2006-05-05", "XB": "男"}
    with store.writing() as session:
        changed = corrections.correct(session, cipher, record, new, CASE, DECIDED, entropy)
    assert changed == ("XM", "SFZH", "CSRQ")
    with store.reading() as session:
        assert values(session, cipher, record, *new) == list(new.values())
        sources = sources_of(session, record)
        assert (sources["XM"].kind, sources["XM"].id, sources["XM"].day) == ("case", CASE, DECIDED.date())
        assert (sources["XB"].kind, sources["XB"].day) == ("import", AS_OF)


def test_correction_of_what_is_there_is_no_change(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """A value that the record already has leaves no line and keeps its source."""
    with store.writing() as session:
        same = {"XM": student()["XM"], "SFZH": student()["SFZH"], "CSRQ": "2006-05-04"}
        assert corrections.correct(session, cipher, record, same, CASE, DECIDED, entropy) == ()
        assert session.scalars(select(RecordChange)).all() == []


def test_taking_back_restores_values_and_sources(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """An undone decision leaves the record as before, with both changes in its history."""
    fields = ("XM", "SFZH", "CSRQ")
    with store.writing() as session:
        before = values(session, cipher, record, *fields)
        new = {"XM": "测试乙", "SFZH": number("20060505", 3), "CSRQ": "2006-05-05"}
        corrections.correct(session, cipher, record, new, CASE, DECIDED, entropy)
    with store.writing() as session:
        restored = corrections.take_back(session, cipher, record, CASE, DECIDED, UNDONE, entropy)
    assert set(restored) == set(fields)
    with store.reading() as session:
        assert values(session, cipher, record, *fields) == before
        assert {sources_of(session, record)[field].kind for field in fields} == {"import"}
        lines = session.scalars(
            select(RecordChange).where(RecordChange.field == "XM").order_by(RecordChange.number)
        )
        assert [(line.old, line.new, line.at) for line in lines] == [
            (before[0], "测试乙", DECIDED),
            ("测试乙", before[0], UNDONE),
        ]


def test_taking_back_touches_only_that_decision(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """An earlier decision of the case, and what another case wrote since, stay."""
    with store.writing() as session:
        corrections.correct(
            session, cipher, record, {"MZ": "藏族"}, CASE, DECIDED - timedelta(days=1), entropy
        )
        corrections.correct(session, cipher, record, {"XM": "测试乙", "FY": "甲学院"}, CASE, DECIDED, entropy)
        corrections.correct(session, cipher, record, {"FY": "乙学院"}, OTHER_CASE, DECIDED, entropy)
        assert corrections.take_back(session, cipher, record, CASE, DECIDED, UNDONE, entropy) == ("XM",)
        assert values(session, cipher, record, "MZ", "FY") == ["藏族", "乙学院"]


def test_correction_of_a_correction_restores_the_first(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """Taking back a second case's value brings back the first case's, and it is the first case's again."""
    with store.writing() as session:
        corrections.correct(session, cipher, record, {"XM": "测试乙"}, CASE, DECIDED, entropy)
        corrections.correct(session, cipher, record, {"XM": "测试丙"}, OTHER_CASE, DECIDED, entropy)
        corrections.take_back(session, cipher, record, OTHER_CASE, DECIDED, UNDONE, entropy)
        assert values(session, cipher, record, "XM") == ["测试乙"]
        assert sources_of(session, record)["XM"].id == CASE


def test_missing_values_read_as_nothing(store: Store, cipher: Cipher, record: str) -> None:
    """A value that the record does not have, and a photo that is not loaded, are empty texts."""
    with store.reading() as session:
        assert values(session, cipher, record, "ZZMM", "ZCRQ", "PHOTO") == ["", "", ""]
        assert values(session, cipher, record, "CSRQ") == [date(2006, 5, 4).isoformat()]


def test_unknown_field_cannot_be_corrected(
    store: Store, cipher: Cipher, entropy: Entropy, record: str
) -> None:
    """Only columns that records keep can be written, and nothing is written beside them."""
    with pytest.raises(KeyError), store.writing() as session:
        corrections.correct(session, cipher, record, {"XM": "测试乙", "PHOTO": "x"}, CASE, DECIDED, entropy)
    with store.reading() as session:
        assert session.scalars(select(Record.xm)).one() == student()["XM"]


def test_an_address_is_sealed_wherever_it_stands(store: Store, cipher: Cipher, entropy: Entropy) -> None:
    """From a roster, from a later one and from a correction taken back: read as written, and stored nowhere as text."""
    first = student(XMPY="CE SHI", TXDZ="南昌市丰和南大道696号", YZBM="330063")
    second = {**first, "TXDZ": "南昌市不存在路1号"}

    def imported(row: dict[str, str], day: int) -> tuple[int, int]:
        judgement = judge(read_roster("roster.csv", as_csv([row])), as_of=AS_OF + timedelta(days=day))
        with store.writing() as session:
            made = take_in(session, judgement, cipher, now=DECIDED - timedelta(days=5), entropy=entropy)
        return len(made.new), len(made.changes)

    assert [imported(first, 0), imported(first, 0), imported(second, 1)] == [(1, 0), (0, 0), (0, 1)]
    with store.writing() as session:
        (record,) = session.scalars(select(Record.id))
        new = {"TXDZ": "南昌市别的路2号", "YZBM": "330000", "XMPY": "CE SHI YI"}
        assert corrections.correct(session, cipher, record, new, CASE, DECIDED, entropy) == tuple(new)
        assert values(session, cipher, record, *new) == list(new.values())
        corrections.take_back(session, cipher, record, CASE, DECIDED, UNDONE, entropy)
    with store.reading() as session:
        assert values(session, cipher, record, *new) == ["南昌市不存在路1号", "330063", "CE SHI"]
        kept = session.scalars(select(Record)).one()
        lines = session.scalars(select(RecordChange).where(RecordChange.field.in_(("TXDZ", "YZBM")))).all()
        stored = b"".join((kept.txdz or b"", kept.yzbm or b"", *(one.new_sealed or b"" for one in lines)))
        assert [(one.old, one.new) for one in lines] == [(None, None)] * 5
        assert all(said.encode() not in stored for said in ("南昌市", "330063", "330000"))
