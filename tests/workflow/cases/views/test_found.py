"""Finding at the desk: numbers whole, names by their beginnings and in pinyin, namesakes told apart, in scope only."""

from __future__ import annotations

import pytest

from tests.world import NAME, World
from workflow.cases.tables import Case
from workflow.cases.views.found import SHOWN, find_at_desk
from workflow.records.tables import Record

ID_NUMBER = "990000200605040016"


def found(world: World, said: str, *, college: str = "") -> list[str]:
    """The student numbers of what is found, in order."""
    only = [Record.fy == college] if college else []
    with world.place.store.reading() as session:
        hits = find_at_desk(session, world.place.cipher, said, Case.filed_at.is_not(None), *only).hits
    return [hit.number for hit in hits]


STUDENTS: dict[str, dict[str, str]] = {
    "one": {"xm": "张三丰", "number": ID_NUMBER},
    "namesake": {"xm": "张三丰", "bh": "240102"},
    "shan": {"xm": "单雄信", "fy": "另一学院"},
    "tan": {"xm": "覃乐"},
    "lv": {"xm": "吕布"},
    "long": {"xm": "迪丽热巴·迪力木拉提", "fy": "另一学院"},
    "latin": {"xm": "JOHN SMITH"},
    "rare": {"xm": "张𠮷"},
}


@pytest.fixture
def numbers(world: World) -> dict[str, str]:
    """Students of several names, each with a filed case, and one who has filed nothing."""
    records = {name: world.record(**columns) for name, columns in STUDENTS.items()}
    world.record(xm="张三丰")
    world.open_campaign()
    for record in records.values():
        world.file(record, NAME)
    with world.place.store.reading() as session:
        return {name: session.get_one(Record, id).xh or "" for name, id in records.items()}


def test_a_student_is_found_by_name_pinyin_or_initials(world: World, numbers: dict[str, str]) -> None:
    """The name's characters anywhere, pinyin whole or begun, initials; each student once, however it is read."""
    expected = {
        "张三丰": ("namesake", "one"), " 张 三　丰": ("namesake", "one"), "三丰": ("namesake", "one"),
        "zhang": ("namesake", "one", "rare"), "zhangsanfeng": ("namesake", "one"), "zsf": ("namesake", "one"),
        "ZHsanf": ("namesake", "one"), "shanxx": ("shan",), "dan": (), "tan": ("tan",), "qin": ("tan",),
        "qinyue": ("tan",), "tanle": ("tan",), "lv": ("lv",), "lü": ("lv",), "lubu": ("lv",),
        "迪力木拉提": ("long",), "迪丽热巴•迪力": ("long",), "dilim": ("long",), "smith": ("latin",),
        "John Smith": ("latin",), "ｊｓ": ("latin",), "𠮷": ("rare",), "张": ("namesake", "one", "rare"),
        "%": (), "_": (), "张%": (), "·": (), "张三丰丰": (), "": (), "\\": (),
    }  # fmt: skip
    assert {said: sorted(found(world, said)) for said in expected} == {
        said: sorted(numbers[name] for name in names) for said, names in expected.items()
    }


def test_a_number_finds_only_when_it_is_whole(world: World, numbers: dict[str, str]) -> None:
    """Student, candidate, ID and receipt number in any width and spacing; no part of one, no other check digit."""
    with world.place.store.reading() as session:
        hit = find_at_desk(session, world.place.cipher, ID_NUMBER).only
    assert hit is not None
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in ID_NUMBER)
    for said in (ID_NUMBER, wide, f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} ", hit.number, hit.receipt, hit.case):
        assert found(world, said) == [numbers["one"]], said
    for said in (ID_NUMBER[:-1], ID_NUMBER[:17] + "X", ID_NUMBER[-6:], hit.number[:-1], hit.receipt[:-1]):
        assert found(world, said) == [], said


def test_what_is_out_of_scope_is_not_among_the_hits(world: World, numbers: dict[str, str]) -> None:
    """Neither by name nor by number; and a student alone in scope is opened as if there were no other."""
    assert found(world, "单", college="测试学院") == found(world, "shan", college="测试学院") == []
    assert found(world, numbers["shan"], college="测试学院") == []
    assert found(world, "shan", college="另一学院") == [numbers["shan"]]


def test_the_case_that_waits_is_opened_and_too_many_are_cut_off(world: World) -> None:
    """One student's cases open the undecided one; of more than fifty hits the first fifty are shown, and said so."""
    records = [world.record(xm="覃三", xh=f"99{n:03d}") for n in range(SHOWN + 1)]
    world.open_campaign()
    world.file(records[7], NAME)
    with world.place.store.reading() as session:
        for said, name in (("qin", "qin san"), ("tans", "tan san"), ("覃", "qin san"), ("三", "qin san")):
            answer = find_at_desk(session, world.place.cipher, said)
            assert answer.more and answer.only is None, said
            assert {hit.spelt for hit in answer.hits} == {name}
            assert len({hit.case for hit in answer.hits}) == len(answer.hits) == SHOWN
        alone = find_at_desk(session, world.place.cipher, "99007")
        assert alone.only is not None and alone.only.undecided and alone.only.record == records[7]
