"""The papers of a batch as one zip, written piece by piece: a folder per student, the register, the digests.

Nothing in it is of the moment, so that the same batch gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflow.outgoing.files.rows import Register, records_in
from workflow.outgoing.files.workbook import TextSheet, register_sheet, register_workbook, text_workbook

SUMS, LIST, MISSING, SHEET = "SHA256SUMS", "勘误登记表.xlsx", "缺少的材料.txt", "更正事项.xlsx"
DAMAGED = "文件损坏，没有导出"
HOSTILE = frozenset('\\/:*?"<>|')
"""Characters that Windows allows in no name."""
LONGEST_NAME = 60
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
_PAPERS = ("序号", "材料", "文件", "情况", "SHA-256")
_PAPER_WIDTHS = (6, 20, 30, 24, 70)


@dataclass(frozen=True, slots=True)
class PaperOut:
    """A filed paper that goes out: where it is stored, and its kind in the school's words."""

    id: str
    record: str
    kind: str
    media: str
    digest: str


@dataclass(slots=True)
class BundleDone:
    """What a bundle has become, as far as it is written."""

    students: int = 0
    papers: int = 0
    missing: int = 0
    digest: str = ""


Reader = Callable[[PaperOut], bytes | None]
"""Gives the bytes of a paper as they were filed; None if the stored file is damaged."""


def bundle(
    register: Register, papers: Mapping[str, Sequence[PaperOut]], read: Reader, done: BundleDone
) -> Iterator[bytes]:
    """The zip in pieces, none longer than a paper and its student's sheet. ``done`` is kept up to date.

    ``papers`` are those of each student. They leave as they were filed: a mark would change the evidence.
    """
    running = hashlib.sha256()
    for piece in _pieces(register, papers, read, done):
        running.update(piece)
        yield piece
    done.digest = running.hexdigest()


def folder_names(register: Register) -> dict[str, str]:
    """The folder of each student, 学号姓名: without what a file system refuses, and no two alike."""
    names, taken = dict[str, str](), set[str]()
    for row in register.rows:
        if row.record in names:
            continue
        plain = safe_name(f"{row.xh or row.ksh}{row.name}")
        name, count = plain, 1
        while _folded(name) in taken:
            count += 1
            name = f"{plain}_{count}"
        taken.add(_folded(name))
        names[row.record] = name
    return names


def safe_name(said: str) -> str:
    """A name that every file system takes: a sign that one refuses is _, spaces and dots at its end go."""
    signs = (
        "_" if sign in HOSTILE or unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") else sign
        for sign in said
    )
    return "".join(signs)[:LONGEST_NAME].strip().rstrip(". ") or "_"


def _folded(name: str) -> str:
    """Names that one file system or another takes for the same are equal."""
    return unicodedata.normalize("NFKC", name).casefold()


def _pieces(
    register: Register, papers: Mapping[str, Sequence[PaperOut]], read: Reader, done: BundleDone
) -> Iterator[bytes]:
    sums, missing, names = list[str](), list[str](), folder_names(register)
    out = _Written()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:

        def put(name: str, data: bytes) -> str:
            info = zipfile.ZipInfo(name, register.frozen_at.timetuple()[:6])
            info.create_system, info.external_attr = 3, 0o644 << 16
            packed.writestr(info, data)
            digest = hashlib.sha256(data).hexdigest()
            sums.append(f"{digest}  {name}\n")
            return digest

        for record in records_in(register.rows):
            folder, listed = names[record], list[tuple[str, ...]]()
            for number, paper in enumerate(papers.get(record, ()), 1):
                name = f"{number:02}{safe_name(paper.kind)}{ENDINGS.get(paper.media, '')}"
                data = read(paper)
                if data is None:
                    done.missing += 1
                    missing.append(f"{folder}/{name}\t{DAMAGED}\r\n")
                    listed.append((str(number), paper.kind, name, DAMAGED, ""))
                    continue
                done.papers += 1
                listed.append((str(number), paper.kind, name, "已导出", put(f"{folder}/{name}", data)))
                yield out.taken()
            put(f"{folder}/{SHEET}", _student_sheet(register, record, listed))
            done.students += 1
            yield out.taken()
        put(LIST, register_workbook(register))
        if missing:
            put(MISSING, "".join(missing).encode("utf-8-sig"))
        put(SUMS, "".join(sums).encode())
    yield out.taken()


def _student_sheet(register: Register, record: str, papers: Sequence[Sequence[str]]) -> bytes:
    sheets = [
        register_sheet(register.of_record(record), "更正事项"),
        TextSheet("证明材料", _PAPERS, papers, _PAPER_WIDTHS),
    ]
    return text_workbook(sheets, register, "学籍信息更正事项")


class _Written(io.RawIOBase):
    """What was written since it was last taken. Only that can still be gone back to."""

    def __init__(self) -> None:
        self._kept, self._before = io.BytesIO(), 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return self._kept.write(data)  # type: ignore[arg-type]

    def tell(self) -> int:
        return self._before + self._kept.tell()

    def seek(self, place: int, whence: int = 0, /) -> int:
        assert whence == 0 and place >= self._before
        return self._before + self._kept.seek(place - self._before)

    def taken(self) -> bytes:
        """All that was written and not taken yet."""
        data = self._kept.getvalue()
        self._before += len(data)
        self._kept = io.BytesIO()
        return data
