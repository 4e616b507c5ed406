"""Papers are sealed under random names. Only their student's key opens them, and damage is reported."""

from __future__ import annotations

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from tests.world import NAME, World, picture
from workflow.cases.filing.drafts import papers_of_draft
from workflow.cases.views.student_sheet import papers_of
from workflow.evidence.intake import Picture
from workflow.evidence.store import EvidenceDamaged
from workflow.evidence.tables import Evidence, EvidenceKey

DATA = picture()
PAPER = Picture("image/jpeg", DATA)


def files(world: World) -> list[Path]:
    """Every file in the evidence store."""
    return sorted(path for path in world.place.evidence.folder.rglob("*") if path.is_file())


def kept(world: World, paper: str) -> Evidence:
    with world.place.store.reading() as session:
        found = session.get_one(Evidence, paper)
        session.expunge(found)
        return found


def read(world: World, paper: str) -> bytes:
    with world.place.store.reading() as session:
        return world.place.evidence.read(session, session.get_one(Evidence, paper))


def test_a_paper_comes_back_byte_for_byte(world: World) -> None:
    """What was kept is what is shown."""
    assert read(world, world.paper(world.record())) == DATA


def test_no_picture_lies_on_the_disk(world: World) -> None:
    """The stored bytes are sealed: no JPEG head, no piece of the picture, and the digest is theirs."""
    paper = world.paper(world.record())
    (file,) = files(world)
    stored = file.read_bytes()
    assert b"\xff\xd8\xff" not in stored
    assert DATA[100:150] not in stored
    assert kept(world, paper).digest == hashlib.sha256(stored).hexdigest()
    assert kept(world, paper).size == len(DATA)


def test_a_files_name_says_nothing(world: World) -> None:
    """Names are random: no student, no kind, no type, no order; and only the owner may read the file."""
    record = world.record()
    paper = world.paper(record, "household_book")
    (file,) = files(world)
    assert file.name == paper
    assert file.parent.name == paper[:2]
    assert not file.suffix
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_papers_of_one_second_keep_the_order_in_which_they_came(world: World) -> None:
    """Their names are random and rise: wherever papers are listed, the first page comes before the second."""
    record = world.record()
    came = [world.paper(record) for _ in range(8)]
    assert {kept(world, paper).added_at for paper in came} == {world.clock.moment}
    with world.place.store.reading() as session:
        assert [paper.id for paper in papers_of(session, record, None)] == came
        assert [paper.id for paper in papers_of_draft(session, record)] == came


def test_the_same_picture_of_two_students_is_two_files(world: World) -> None:
    """Nobody can tell from the store that two students handed in the same picture."""
    one, other = (world.paper(world.record()) for _ in range(2))
    first, second = files(world)
    assert first.read_bytes() != second.read_bytes()
    assert kept(world, one).digest != kept(world, other).digest


def test_another_students_key_does_not_open_a_paper(world: World) -> None:
    """A paper that is moved to another student cannot be read there."""
    mine, theirs = world.record(), world.record()
    paper = world.paper(mine)
    world.paper(theirs)
    with world.place.store.reading() as session, pytest.raises(EvidenceDamaged):
        world.place.evidence.get(session, theirs, paper)


def test_a_file_under_another_name_does_not_open(world: World) -> None:
    """Swapping two papers of one student on the disk is found."""
    record = world.record()
    one, other = world.paper(record), world.paper(record)
    first, second = (world.place.evidence.folder / name[:2] / name for name in (one, other))
    first.write_bytes(second.read_bytes())
    with pytest.raises(EvidenceDamaged):
        read(world, one)
    with world.place.store.reading() as session, pytest.raises(EvidenceDamaged):
        world.place.evidence.get(session, record, one)


@pytest.mark.parametrize("damage", ["altered", "cut", "empty", "missing"])
def test_a_damaged_file_is_told_and_never_shown(world: World, damage: str) -> None:
    """An altered, cut, empty or missing file is a fault; no other picture is shown in its place."""
    paper = world.paper(world.record())
    (file,) = files(world)
    stored = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(
            {"altered": stored[:-1] + bytes([stored[-1] ^ 1]), "cut": stored[:-1], "empty": b""}[damage]
        )
    with pytest.raises(EvidenceDamaged):
        read(world, paper)


def test_a_file_replaced_by_another_good_one_is_told(world: World) -> None:
    """Even the installation's own key cannot put another picture under a digest that was written down."""
    record = world.record()
    paper = world.paper(record)
    with world.place.store.writing() as session:
        other, _ = world.place.evidence.put(session, record, b"another picture")
    forged = world.place.evidence.folder / other[:2] / other
    (world.place.evidence.folder / paper[:2] / paper).write_bytes(forged.read_bytes())
    with pytest.raises(EvidenceDamaged):
        read(world, paper)


def test_a_destroyed_key_erases_every_paper_of_the_student(world: World) -> None:
    """Without the student's key the files are noise, and the others' papers are untouched."""
    record = world.record()
    paper, other = world.paper(record), world.paper(world.record())
    with world.place.store.writing() as session:
        session.execute(delete(EvidenceKey).where(EvidenceKey.record_id == record))
    with pytest.raises(EvidenceDamaged):
        read(world, paper)
    assert read(world, other) == DATA


def test_two_first_papers_at_once_are_both_kept(world: World) -> None:
    """A phone that sends two photos side by side makes one key, and both photos open."""
    record, start = world.record(), Barrier(2)

    def add(_: int) -> str:
        with world.place.store.writing() as session:
            if world.place.store.dialect == "postgresql":
                start.wait(60)
            return world.place.evidence.add(session, record, "id_card", PAPER, world.clock.moment).id

    with ThreadPoolExecutor(2) as pool:
        papers = list(pool.map(add, range(2)))
    assert [read(world, paper) for paper in papers] == [DATA, DATA]


def test_a_removed_paper_is_gone(world: World) -> None:
    """A student who takes a photo out of the draft leaves neither row nor file."""
    paper = world.paper(world.record())
    with world.place.store.writing() as session:
        assert world.place.evidence.remove(session, session.get_one(Evidence, paper))
    assert files(world) == []
    with world.place.store.reading() as session:
        assert session.scalars(select(Evidence)).all() == []


def test_a_removal_that_is_undone_leaves_the_paper(world: World) -> None:
    """If the unit of work fails the row is back, and so the file must never have gone."""
    paper = world.paper(world.record())
    with pytest.raises(ZeroDivisionError), world.place.store.writing() as session:
        world.place.evidence.remove(session, session.get_one(Evidence, paper))
        _ = 1 / 0
    assert read(world, paper) == DATA


def test_a_filed_paper_is_not_removed(world: World) -> None:
    """What a case rests on stays with the case."""
    record = world.record()
    world.open_campaign()
    paper = world.paper(record)
    world.file(record, NAME, papers=(paper, world.paper(record, "household_book")))
    with world.place.store.writing() as session:
        assert not world.place.evidence.remove(session, session.get_one(Evidence, paper))
    assert read(world, paper) == DATA


def test_nothing_half_written_is_left_in_the_store(world: World) -> None:
    """After each paper there is the file under its own name and nothing else."""
    record = world.record()
    papers = {world.paper(record) for _ in range(3)}
    assert {file.name for file in files(world)} == papers
