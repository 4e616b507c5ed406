"""The file of an export job: sealed under its own key, made for one approval only, marked on every picture."""

from __future__ import annotations

import io
import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PIL import Image, ImageChops
from sqlalchemy import select, update

from tests.conftest import CHECK_DAY
from tests.world import NAME, World
from workflow.outgoing.jobs.files import FileGone, OutgoingFiles
from workflow.outgoing.jobs.job import ExportWish, approve, make, note_download, opened_file
from workflow.outgoing.jobs.scheduled import SweptExports, run_scheduled
from workflow.outgoing.jobs.seen import MOVES, ExportSeen, job_of
from workflow.outgoing.jobs.tables import ExportJob
from workflow.outgoing.jobs.watermark import Mark, marked
from workflow.people.tables import Access
from workflow.upkeep.leaving import export_desk, outgoing_files
from workflow.verdict import Refused

DAY = timedelta(hours=24)
MARK = Mark(("张三丰", "T0077421"), ("李四光", "T0088532"), CHECK_DAY, "legal", "3f2a" * 8)


def files(world: World) -> OutgoingFiles:
    """The installation's files of export jobs."""
    return outgoing_files(world.place)


def on_disk(world: World) -> list[str]:
    """The names of these files."""
    folder = world.place.settings.home / "outgoing"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def made(world: World, *what: str) -> str:
    """A job of the registrar's about everybody."""
    wish, place = ExportWish("legal", "法院调取", what or ("id_number",)), world.place
    with place.store.writing() as session:
        return make(session, place.cipher, place.entropy, wish, world.staff["registrar"], world.clock.moment)


def approved(world: World, job: str) -> None:
    """The second reviewer approves it."""
    desk = export_desk(world.place)
    approve(world.place.store, desk, job, world.staff["second_reviewer"], world.clock.moment)


def seen(world: World, job: str) -> ExportSeen:
    """A job as it stands."""
    with world.place.store.reading() as session:
        found = job_of(session, world.place.cipher, job)
    assert found is not None
    return found


def picture(width: int, height: int, media: str = "JPEG") -> bytes:
    """An even grey picture."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (128, 128, 128)).save(written, media)
    return written.getvalue()


def test_nobody_whose_last_day_is_over_is_asked_to_approve(world: World) -> None:
    """Where no approver is left, no job is made that would wait for nobody."""
    world.record()
    world.until_yesterday(world.staff["second_reviewer"])
    with pytest.raises(Refused) as no:
        made(world)
    assert no.value.codes == ("export_alone",)


@pytest.mark.parametrize(
    ("width", "height", "media"),
    [(320, 200, "JPEG"), (900, 560, "PNG"), (60, 3000, "JPEG"), (4000, 3000, "JPEG"), (1, 1, "PNG")],
)
def test_a_paper_bears_its_mark_in_every_part(width: int, height: int, media: str) -> None:
    """However a page is cut, the mark is in it; below stands a strip with all of it, and the file says it too."""
    data = marked(picture(width, height, media), MARK.letters)
    with Image.open(io.BytesIO(data)) as page:
        page.load()
        assert page.format == "JPEG" and page.width <= 2000
        assert page.info["comment"].decode() == MARK.letters
    for word in ("Zhang San Feng", "T0077421", "Li Si Guang", "2024-10-25 10:00", "police", "3f2a3f2a3f2a"):
        assert word in MARK.letters
    if min(width, height) < 100:
        return
    plain = Image.new("RGB", page.size, (128, 128, 128))
    changed = ImageChops.difference(page, plain).convert("L").point(lambda n: 255 if n > 24 else 0)
    across, down = page.width // 3, page.height // 3
    for row in range(3):
        for column in range(3):
            part = changed.crop((column * across, row * down, (column + 1) * across, (row + 1) * down))
            assert part.getbbox() is not None, (row, column)


def test_a_file_opens_with_its_own_key_for_its_own_job(world: World) -> None:
    """Another job's key, a changed byte or a key that was destroyed opens nothing, and a dump shows nothing."""
    kept, now = files(world), world.clock.moment
    name, key = kept.keep("a" * 32, b"990000200605041552", now)
    other, _ = kept.keep("b" * 32, b"something else", now)
    assert kept.read("a" * 32, name, key) == b"990000200605041552"
    folder = world.place.settings.home / "outgoing"
    assert b"990000200605041552" not in (folder / name).read_bytes()
    for job, file, sealed in (
        ("b" * 32, name, key), ("a" * 32, other, key), ("a" * 32, name, None), ("a" * 32, "../kanwu.db", key),
        ("a" * 32, "0" * 32, key),
    ):  # fmt: skip
        with pytest.raises(FileGone):
            kept.read(job, file, sealed)
    (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"\0")
    with pytest.raises(FileGone):
        kept.read("a" * 32, name, key)


def test_two_approvals_at_once_make_one_file(world: World) -> None:
    """The second finds it settled, and its file is destroyed."""
    world.record()
    job, refused = made(world), list[tuple[str, ...]]()
    both = threading.Barrier(2)

    def press() -> None:
        both.wait()
        try:
            approved(world, job)
        except Refused as no:
            refused.append(no.codes)

    pressing = [threading.Thread(target=press) for _ in range(2)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert refused == [("export_settled",)]
    assert on_disk(world) == [seen(world, job).stored]


class Killer:
    """A clock whose process is killed when it is asked for the time once more than so often."""

    def __init__(self, moment: datetime, asked: int) -> None:
        self.moment, self.asked = moment, asked

    def now(self, _session: object = None) -> datetime:
        """The moment, or the end."""
        self.asked -= 1
        if self.asked < 0:
            raise KeyboardInterrupt
        return self.moment


def test_whoever_is_killed_over_a_file_leaves_the_job_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job says how far it was, makes nobody wait for long, and can be approved again; no file is left."""
    for _ in range(5):
        world.record()
    job, place = made(world), world.place
    monkeypatch.setattr("workflow.outgoing.jobs.making.PIECE", 2)
    desk = replace(export_desk(place), clock=Killer(world.clock.moment, 2))
    with pytest.raises(KeyboardInterrupt):
        approve(place.store, desk, job, world.staff["second_reviewer"], world.clock.moment)
    found, at = seen(world, job), world.clock.moment
    assert (found.done, found.whole, found.standing(at), on_disk(world)) == (2, 5, "waiting", [])
    assert found.being_made(at) and not found.being_made(at + MOVES)
    approved(world, job)
    found = seen(world, job)
    assert (found.rows, found.standing(at), found.being_made(at)) == (5, "ready", False)


def test_what_is_over_goes_in_one_round_and_its_key_with_it(world: World) -> None:
    """At the second of the day's end, once; a copy of the file that somebody kept does not open any more."""
    world.record()
    waits, ready = made(world), made(world)
    approved(world, ready)
    place, folder = world.place, world.place.settings.home / "outgoing"
    copy = (folder / seen(world, ready).stored).read_bytes()
    world.at(world.clock.moment + DAY - timedelta(seconds=1))
    assert run_scheduled(place.store, world.clock, files(world)) == SweptExports()
    world.at(world.clock.moment + timedelta(seconds=1))
    assert run_scheduled(place.store, world.clock, files(world)) == SweptExports(lapsed=1, destroyed=1)
    assert run_scheduled(place.store, world.clock, files(world)) == SweptExports()
    assert [seen(world, one).ended_because for one in (waits, ready)] == ["lapsed", "destroyed"]
    job = seen(world, ready)
    assert job.key is None and on_disk(world) == [] and job.digest
    (folder / job.stored).write_bytes(copy)
    with pytest.raises(Refused):
        opened_file(files(world), job)


def test_a_file_of_no_job_is_swept(world: World) -> None:
    """What a killed approval left behind goes within the hour; what is just being made stays."""
    world.record()
    job = made(world)
    approved(world, job)
    files(world).keep("c" * 32, b"left behind", world.clock.moment)
    place = world.place
    assert run_scheduled(place.store, world.clock, files(world)).strays == 0
    world.at(world.clock.moment + timedelta(hours=1))
    assert run_scheduled(place.store, world.clock, files(world)).strays == 1
    assert on_disk(world) == [seen(world, job).stored]


def test_a_damaged_paper_is_named_and_no_other_stands_in_its_place(world: World) -> None:
    """Its line says so, and the other papers leave."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    place = world.place
    (first, *_others) = sorted(path for path in place.settings.evidence.rglob("*") if path.is_file())
    first.write_bytes(b"x")
    job = made(world, "papers")
    approved(world, job)
    found = seen(world, job)
    assert (found.rows, found.papers) == (1, 1)


def test_a_try_is_logged_although_nothing_came_of_it(world: World) -> None:
    """A download before the approval leaves a line that says it was refused."""
    world.record()
    job, place = made(world), world.place
    with pytest.raises(Refused), place.store.writing() as session:
        note_download(session, place.cipher, job, world.staff["registrar"], world.clock.moment)
    with place.store.reading() as session:
        rows = session.execute(select(Access.what, Access.allowed).where(Access.subject == job)).all()
    assert [tuple(row) for row in rows] == [("export_made", True), ("try:export_file", False)]


def test_an_altered_row_is_refused_by_the_database(world: World) -> None:
    """An approved job without a file, an end without a cause, and an end that keeps its key cannot be stored."""
    world.record()
    job = made(world)
    approved(world, job)
    for columns in ({"digest": ""}, {"ended_at": world.clock.moment}, {"ended_because": "destroyed"}):
        with pytest.raises(Exception, match=r"(?i)check"), world.place.store.writing() as session:
            session.execute(update(ExportJob).where(ExportJob.id == job).values(**columns))


def test_the_mark_of_a_name_without_letters_is_still_written() -> None:
    """A rare character that has no spelling stands as a question mark, never as an error."""
    mark = Mark(("𫞩·Ж", ""), ("", "T1"), CHECK_DAY, "dispute", f"{random.Random(1).getrandbits(128):032x}")
    assert marked(picture(200, 100), mark.letters) and mark.letters.isascii()
