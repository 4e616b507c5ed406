"""The Entry's canonical bytes: what is written today must be readable, and the same, in forty years."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow.history.entry import DONE, Entry, EntryFault, canonical, commitment

GOLDEN = Entry(
    kind=DONE,
    lifecycle="a" * 64,
    subject="5" * 32,
    number=3,
    action="raise",
    origin="not_checked",
    target="discrepancy_raised",
    actor="7" * 32,
    role="student",
    on_behalf_of="8" * 32,
    at="2024-10-25T10:00:00+08:00",
    policy="b" * 64,
    key="c" * 64,
    codes=("XM:admission_error",),
    claims=("d" * 32,),
    steps=("letter",),
    evidence=("e" * 64,),
    values={"XM.old": "1" * 64, "XM.new": "2" * 64},
)
BYTES = (
    b'{"action":"raise","actor":"77777777777777777777777777777777","at":"2024-10-25T10:00:00+08:00",'
    b'"claims":["dddddddddddddddddddddddddddddddd"],"codes":["XM:admission_error"],'
    b'"evidence":["eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"],"format":1,'
    b'"from":"not_checked","key":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",'
    b'"kind":"done","lifecycle":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",'
    b'"number":3,"on_behalf_of":"88888888888888888888888888888888",'
    b'"policy":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","role":"student",'
    b'"steps":["letter"],"subject":"55555555555555555555555555555555","to":"discrepancy_raised",'
    b'"values":{"XM.new":"2222222222222222222222222222222222222222222222222222222222222222",'
    b'"XM.old":"1111111111111111111111111111111111111111111111111111111111111111"}}'
)

words = st.text(max_size=12).map(lambda text: unicodedata.normalize("NFC", text))
filled = words.filter(bool)
several = st.lists(filled, max_size=3).map(tuple)
entries = st.builds(
    Entry,
    **{name: filled for name in ("kind", "lifecycle", "subject", "action", "origin", "actor", "role", "at")},
    policy=filled,
    number=st.integers(0, 10**9),
    met=st.integers(0, 10**9),
    target=words,
    on_behalf_of=words,
    key=words,
    **{name: several for name in ("codes", "claims", "steps", "evidence")},
    values=st.dictionaries(st.text("abcXYZ._0123456789", min_size=1, max_size=8), filled, max_size=3),
)


def test_the_bytes_of_an_entry_are_these_and_no_others() -> None:
    """An entry has exactly these bytes; whoever changes one breaks every seal ever made."""
    assert GOLDEN.body == BYTES


def test_the_bytes_say_everything_the_entry_knows() -> None:
    """No field of an entry is left out of its bytes."""
    assert len(GOLDEN.as_dict()) == len(fields(Entry)) - 1 + 1  # without `met`, with `format`
    assert replace(GOLDEN, met=4).as_dict()["met"] == 4


def test_an_entry_read_back_is_the_entry_that_was_written() -> None:
    """The golden bytes give the golden entry."""
    assert Entry.from_body(BYTES) == GOLDEN


@given(entries)
def test_every_entry_survives_writing_and_reading(entry: Entry) -> None:
    """Whatever an entry holds, its bytes give it back, and give the same bytes again."""
    read = Entry.from_body(entry.body)
    assert read == entry
    assert read.body == entry.body


@given(entries)
def test_keys_are_ascii_sorted_and_nothing_is_empty(entry: Entry) -> None:
    """Keys stand in byte order, and what is empty is not there at all."""
    pairs = json.loads(entry.body, object_pairs_hook=list)
    names = [name for name, _ in pairs]
    assert names == sorted(names)
    assert all(value not in ("", 0, [], None) for _, value in pairs)


def test_composed_and_decomposed_text_have_the_same_bytes() -> None:
    """A name typed with combining marks is the name typed without them: text is in NFC."""
    composed, decomposed = (
        replace(GOLDEN, role=unicodedata.normalize(form, "Müller")) for form in ("NFC", "NFD")
    )
    assert composed.role != decomposed.role
    assert composed.body == decomposed.body


def test_chinese_stands_as_itself() -> None:
    """Text is UTF-8, not escapes."""
    assert "学院".encode() in replace(GOLDEN, on_behalf_of="学院").body


@pytest.mark.parametrize("value", [1.0, None, b"x", object(), {"inner": 0.5}, [None], {"学": 1}, {1: "x"}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    """Floats, nulls, bytes and keys outside ASCII have no canonical bytes, however deep they lie."""
    with pytest.raises(EntryFault):
        canonical({"values": value})


def altered(**changes: Any) -> bytes:
    """The golden entry's object with some members changed, in canonical form."""
    return canonical(json.loads(BYTES) | changes)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b"\xff\xfe",
        BYTES + b"\n",
        BYTES.replace(b'":', b'": '),
        BYTES.replace(b"discrepancy", b"\\u0064iscrepancy"),
        BYTES.replace(b'"format":1', b'"format":1,"format":1'),
        BYTES.replace(b'"number":3', b'"number":3.0'),
        BYTES.replace(b'"number":3', b'"number":null'),
        json.dumps(dict(reversed(list(json.loads(BYTES).items()))), separators=(",", ":")).encode(),
        BYTES.replace(b"letter", "Müller".encode().replace("ü".encode(), "u\u0308".encode())),
        altered(format=2),
        altered(number=0),
        altered(met=0),
        altered(key=""),
        altered(codes=[]),
        altered(values={}),
        altered(steps="letter"),
        altered(steps=[1]),
        altered(number="3"),
        altered(number=True),
        altered(actor=7),
        altered(values="letter"),
        altered(values={"XM.new": 2}),
        b"[" * 100_000,
        altered(unknown="name"),
        altered(origin="not_checked"),
        canonical({name: value for name, value in json.loads(BYTES).items() if name != "actor"}),
        canonical({name: value for name, value in json.loads(BYTES).items() if name != "format"}),
    ],
)
def test_bytes_that_are_not_the_canonical_form_are_refused(body: bytes) -> None:
    """There is one way to write an entry: other order, spacing, escapes, doubles or empties are no entry."""
    with pytest.raises(EntryFault):
        Entry.from_body(body)


@given(entries, st.integers(0), st.integers(1, 255))
@example(GOLDEN, 3, 1)
def test_a_changed_byte_never_reads_as_the_same_entry(entry: Entry, place: int, flip: int) -> None:
    """Any byte that is changed gives another entry or none."""
    body = bytearray(entry.body)
    body[place % len(body)] ^= flip
    with suppress(EntryFault):
        assert Entry.from_body(bytes(body)) != entry


def test_a_commitment_is_this_digest() -> None:
    """SHA-256 over tag, salt, name and value, so that anybody can open it in forty years."""
    salt = bytes(range(16))
    assert (
        commitment(salt, "XM.new", "张三丰")
        == hashlib.sha256(b"cm1\x00" + salt + b"XM.new\x00" + "张三丰".encode()).hexdigest()
    )
    assert commitment(salt, "XM.new", "张三丰") == (
        "0b1cfcf1680205fa5a3f03b43682b86a47ed4dcacfc88d336e65827a7b0c1572"
    )


def test_a_commitment_tells_name_value_and_salt_apart() -> None:
    """Another salt, another name or another value is another commitment; composition of marks is not."""
    salt, other = bytes(16), bytes(15) + b"\x01"
    said = {
        commitment(salt, "XM.new", "张三丰"), commitment(other, "XM.new", "张三丰"),
        commitment(salt, "XM.old", "张三丰"), commitment(salt, "XM.new", "张三风"),
    }  # fmt: skip
    assert len(said) == 4
    assert commitment(salt, "XM.new", "é") == commitment(salt, "XM.new", "e\u0301")


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_salt_has_sixteen_bytes(length: int) -> None:
    """A commitment under a shorter salt could be guessed, so none is made."""
    with pytest.raises(EntryFault):
        commitment(bytes(length), "XM.new", "张三丰")
