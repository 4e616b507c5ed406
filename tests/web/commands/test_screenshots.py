"""``screenshots``: a picture of each page that is named, light enough to be kept with the sources."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

from config.settings import Settings
from demo.cast import STAFF, STUDENTS
from web.commands.screenshots import DESK, LIGHTEST, PHONE, SHOTS, Shot, small, take


def picture_of(folder: Path, name: str) -> Image.Image:
    """A picture that was written."""
    return Image.open(folder / f"{name}.png")


def test_each_reader_is_pictured(own_demonstration: Settings, tmp_path: Path) -> None:
    """The command writes the file of every name in its list, of the right size, and none is heavy."""
    folder = tmp_path / "pictures"
    assert take(own_demonstration, folder, SHOTS) == []
    assert {file.stem for file in folder.iterdir()} == {shot.name for shot in SHOTS}
    for shot in SHOTS:
        picture = picture_of(folder, shot.name)
        assert picture.size == ((750, 1624) if shot.screen is PHONE else (1366, 768))
        assert (folder / f"{shot.name}.png").stat().st_size <= LIGHTEST
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_000_000
    brightness = [sum(picture_of(folder, name).convert("L").resize((1, 1)).getpixel((0, 0)) for name in names)  # type: ignore[misc]
                  for names in (["student-record"], ["student-record-dark"])]  # fmt: skip
    assert brightness[0] > 2 * brightness[1]


def test_the_list_has_every_reader_and_no_name_twice() -> None:
    """Phones for students, a desk for the offices, something dark and something English for both."""
    names = [shot.name for shot in SHOTS]
    assert len(names) == len(set(names))
    assert {shot.part for shot in SHOTS} >= {*STAFF} - {"second_reviewer"}
    assert all((shot.screen is PHONE) == (shot.part in STUDENTS) for shot in SHOTS)
    for screen in (PHONE, DESK):
        assert any(shot.dark for shot in SHOTS if shot.screen is screen)
        assert any(shot.english for shot in SHOTS if shot.screen is screen)


def test_a_page_that_is_not_there_is_named(own_demonstration: Settings, tmp_path: Path) -> None:
    """Somebody who is not there, or an address that answers nothing, is no picture of an error page."""
    shots = [
        Shot("nobody", "nobody", ("/my",), PHONE),
        Shot("nowhere", "auditor", ("/nowhere",), DESK),
        Shot("somewhere", "auditor", ("/nowhere", "/audit"), DESK),
    ]
    assert take(own_demonstration, tmp_path / "pictures", shots) == ["nobody", "nowhere"]
    assert [file.name for file in (tmp_path / "pictures").iterdir()] == ["somewhere.png"]


def test_a_heavy_picture_gets_fewer_colours() -> None:
    """What is written is a palette, and as light as a reader's patience needs."""
    noise = Image.frombytes("RGB", (300, 300), random.Random(1).randbytes(270_000))
    written = io.BytesIO()
    noise.save(written, "PNG")
    light = small(written.getvalue())
    assert len(light) <= LIGHTEST < len(written.getvalue())
    assert Image.open(io.BytesIO(light)).mode == "P"
