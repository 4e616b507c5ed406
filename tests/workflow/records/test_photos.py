"""Photos by folder: named by number, JPEG or PNG by content, each new one beside the old."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from tests.workflow.records.rosters import AS_OF, as_csv, student
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.photos import PhotosTaken, photo_of, take_photos
from workflow.records.roster import take_in
from workflow.records.values import value_of
from workflow.store import Store

NOW = datetime(2024, 10, 20, 9, 0, tzinfo=SHANGHAI)
ONE, TWO = student(1), student(2)

Entropy = Callable[[int], bytes]


def picture(kind: str = "JPEG", shade: int = 200) -> bytes:
    """The bytes of a small picture."""
    written = io.BytesIO()
    Image.new("RGB", (30, 40), (shade, 200, 200)).save(written, kind)
    return written.getvalue()


class Album:
    """Two students and a folder for their photos."""

    def __init__(self, store: Store, cipher: Cipher, entropy: Entropy, folder: Path) -> None:
        self.store, self.cipher, self.entropy, self.folder = store, cipher, entropy, folder
        self.kept: dict[str, tuple[str, bytes]] = {}
        judgement = judge(read_roster("roster.csv", as_csv([ONE, TWO])), as_of=AS_OF)
        with store.writing() as session:
            self.one, self.two = take_in(session, judgement, cipher, now=NOW, entropy=entropy).new

    def take(self, **files: bytes) -> PhotosTaken:
        """Import photos from a folder with these files. ``__`` stands for the dot."""
        for name, data in files.items():
            (self.folder / name.removeprefix("f").replace("__", ".")).write_bytes(data)
        with self.store.writing() as session:
            return take_photos(
                session, sorted(self.folder.iterdir()), self.put, as_of=AS_OF, now=NOW, entropy=self.entropy
            )

    def put(self, record: str, data: bytes) -> str:
        """Store bytes in memory."""
        name = f"file{len(self.kept)}"
        self.kept[name] = (record, data)
        return name


@pytest.fixture
def album(store: Store, cipher: Cipher, entropy: Entropy, tmp_path: Path) -> Album:
    """Two students and an empty folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return Album(store, cipher, entropy, folder)


def test_photo_is_found_by_either_number(album: Album) -> None:
    """A file named by candidate number or student number becomes that student's photo, by its content."""
    done = album.take(f24360000000001__jpg=picture(), f240100002__png=picture("PNG"))
    assert done == PhotosTaken(2, 0, (), ())
    with album.store.reading() as session:
        one, two = photo_of(session, album.one), photo_of(session, album.two)
        assert one is not None
        assert two is not None
        assert (one.media, two.media, two.size) == ("image/jpeg", "image/png", len(picture("PNG")))
        assert album.kept[one.stored] == (album.one, picture())
        assert value_of(session, album.cipher, album.one, "PHOTO") == one.digest


def test_same_photo_again_is_no_change(album: Album) -> None:
    """A folder that is taken twice adds nothing, and keeps no second copy."""
    album.take(f24360000000001__jpg=picture())
    assert album.take() == PhotosTaken(0, 1, (), ())
    assert len(album.kept) == 1


def test_new_photo_stands_beside_the_old(album: Album) -> None:
    """Another photo is shown from now on; the earlier one is kept."""
    album.take(f24360000000001__jpg=picture(shade=10))
    done = album.take(f24360000000001__jpg=picture(shade=250))
    assert (done.taken, len(album.kept)) == (1, 2)
    with album.store.reading() as session:
        shown = photo_of(session, album.one)
        assert shown is not None
        assert (shown.number, album.kept[shown.stored][1]) == (2, picture(shade=250))


def test_other_files_are_reported_and_left(album: Album) -> None:
    """Files of nobody, files that are no pictures and huge ones are named; the others are taken."""
    done = album.take(
        f24360000000001__jpg=b"GIF89a",
        f240100002__png=picture("PNG"),
        fnobody__jpg=picture(),
        f990000200605040014__jpg=picture(),
    )
    assert (done.taken, done.no_picture) == (1, ("24360000000001.jpg",))
    assert sorted(done.unmatched) == ["nobody.jpg", "….jpg"]


def test_huge_file_is_no_photo(album: Album) -> None:
    """No photo is as large as that, whatever it begins with."""
    done = album.take(f24360000000001__jpg=picture() + b"\0" * (5 << 20))
    assert (done.taken, done.no_picture) == (0, ("24360000000001.jpg",))


def test_record_without_photo_has_none(album: Album) -> None:
    """Where none is loaded, none is made up."""
    with album.store.reading() as session:
        assert photo_of(session, album.two) is None
