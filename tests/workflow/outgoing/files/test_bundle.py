"""The zip of a batch: a folder per student, papers as they were filed, digests, the same bytes again."""

from __future__ import annotations

import hashlib
import io
import re
import tracemalloc
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace

import openpyxl
import pytest

from tests.workflow.outgoing.files.test_tables import register, row
from workflow.outgoing.files.bundle import (
    DAMAGED,
    LIST,
    MISSING,
    SHEET,
    SUMS,
    BundleDone,
    PaperOut,
    bundle,
    folder_names,
)
from workflow.outgoing.files.rows import Register

pytestmark = pytest.mark.one_database

JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 40


def paper(number: int, record: str, kind: str = "户口簿", media: str = "image/jpeg") -> PaperOut:
    """A filed paper."""
    return PaperOut(f"{number:032x}", record, kind, media, "0" * 64)


def made(it: Register, papers: Mapping[str, Sequence[PaperOut]], gone: str = "") -> tuple[bytes, BundleDone]:
    """The whole zip; the stored file of one paper is damaged."""
    done = BundleDone()
    pieces = bundle(it, papers, lambda one: None if one.id == gone else JPEG + one.id.encode(), done)
    return b"".join(pieces), done


def test_a_bundle_opens_with_any_zip_program_and_proves_itself() -> None:
    """Chinese names bear the UTF-8 flag, every file but the list of digests is in it, and a second has its bytes."""
    one, two = row(1), row(2, name="欧阳·娜娜", xh="")
    it = register(one, two, replace(row(3, "MZ"), record=one.record, xh=one.xh))
    papers = {
        one.record: [paper(7, one.record), paper(8, one.record, "居民身份证", "image/png")],
        two.record: [paper(9, two.record, "公安机关证明/复印件")],
    }
    data, done = made(it, papers)
    assert (done.students, done.papers, done.missing) == (2, 3, 0)
    assert done.digest == hashlib.sha256(data).hexdigest() and made(it, papers)[0] == data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == [
            "002400001张三峰/01户口簿.jpg", "002400001张三峰/02居民身份证.png", f"002400001张三峰/{SHEET}",
            "04360000000002欧阳·娜娜/01公安机关证明_复印件.jpg", f"04360000000002欧阳·娜娜/{SHEET}",
            LIST, SUMS,
        ]  # fmt: skip
        for info in packed.infolist():
            assert info.date_time == (2024, 12, 3, 16, 20, 0)
            assert bool(info.flag_bits & 0x800) != info.filename.isascii() and not info.flag_bits & 0x08
        assert packed.read("002400001张三峰/01户口簿.jpg") == JPEG + paper(7, "").id.encode()
        lines = packed.read(SUMS).decode().splitlines()
        told = [re.fullmatch(r"([0-9a-f]{64})  (\S.*)", line) for line in lines]
        sums = {found[2]: found[1] for found in told if found}
        assert len(sums) == len(lines) == 6
        assert sums == {
            name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()[:-1]
        }
        book = openpyxl.load_workbook(io.BytesIO(packed.read(f"002400001张三峰/{SHEET}")))
        assert [cells[0] for cells in book["更正事项"].iter_rows(min_row=2, values_only=True)] == ["1", "3"]
        (first, *_rest) = book["证明材料"].iter_rows(min_row=2, values_only=True)
        assert first[4] == sums["002400001张三峰/01户口簿.jpg"]


def test_a_damaged_paper_is_listed_and_nothing_stands_in_its_place() -> None:
    """It is named in the student's sheet and at the top, and the others leave as they are."""
    one = row(1)
    papers = {one.record: [paper(7, one.record), paper(8, one.record)]}
    data, done = made(register(one), papers, gone=paper(7, "").id)
    assert (done.papers, done.missing) == (1, 1)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.read(MISSING).decode("utf-8-sig") == f"002400001张三峰/01户口簿.jpg\t{DAMAGED}\r\n"
        assert "002400001张三峰/01户口簿.jpg" not in packed.namelist()
        book = openpyxl.load_workbook(io.BytesIO(packed.read(f"002400001张三峰/{SHEET}")))
        assert [cells[3] for cells in book["证明材料"].values] == ["情况", DAMAGED, "已导出"]


@pytest.mark.parametrize(
    ("xh", "name", "folder"),
    [
        ("", "张三丰", "04360000000001张三丰"),
        ("2401", "../../etc", "2401.._.._etc"),
        ("2401", 'a\\b:c*d?e"f<g>h|i', "2401a_b_c_d_e_f_g_h_i"),
        ("2401", "张三. . ", "2401张三"),
        ("2401", "\u202e张\n三", "2401_张_三"),
        ("", "阿卜杜热合曼·阿卜杜克热木", "04360000000001阿卜杜热合曼·阿卜杜克热木"),
    ],
)  # fmt: skip
def test_a_folder_has_a_name_that_every_file_system_takes(xh: str, name: str, folder: str) -> None:
    """Nothing in a name leads out of the folder or is refused by Windows, and the rest of it stays."""
    one = row(1, xh=xh, name=name)
    assert folder_names(register(one)) == {one.record: folder}


def test_two_students_of_one_name_have_two_folders() -> None:
    """Also where only case or width of a letter tells them apart."""
    some = [row(n, xh=xh, name="某A") for n, xh in enumerate(("24A", "24a", "24Ａ", "24A_2"), 1)]
    assert [*folder_names(register(*some)).values()] == ["24A某A", "24a某A_2", "24Ａ某A_3", "24A_2某A"]


def test_a_bundle_takes_no_more_memory_than_a_few_papers() -> None:
    """Each piece is taken before the next paper is read, so it does not matter how many students there are."""
    some = [row(n) for n in range(1, 9)]
    papers = {one.record: [paper(n, one.record)] for n, one in enumerate(some, 1)}
    large = bytes(4_000_000)
    tracemalloc.start()
    longest = max(map(len, bundle(register(*some), papers, lambda _one: large, BundleDone())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(large) < longest < 4_100_000 and peak < 4 * len(large)
