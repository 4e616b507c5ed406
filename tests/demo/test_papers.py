"""The papers: specimens of invented people, drawn with a bundled font."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageFont

from demo import papers
from demo.filings import filings
from demo.students import invented


def test_every_character_of_every_paper_can_be_drawn() -> None:
    """On a machine without a Chinese font no box stands where a character should."""
    font = ImageFont.truetype(papers.FONT, 24)
    nothing = bytes(font.getmask("\uffff"))
    known = set(papers.characters())
    assert [sign for sign in known - {" "} if bytes(font.getmask(sign)) == nothing] == []
    for one in filings(invented(), random.Random(1)):
        for paper in one.papers:
            said = {name: text for name, text in paper.lines.items() if name != "曾用名"}
            assert set("".join((*said, *said.values()))) <= known


@pytest.mark.parametrize("kind", papers.TITLES)
def test_every_kind_of_paper_is_a_picture_marked_as_a_specimen(kind: str) -> None:
    """Nobody can take it for a real one: the red of the mark stands on it."""
    picture = Image.open(io.BytesIO(papers.paper(kind, {"姓名": "赵半夏"})))
    assert picture.size == (900, 560)
    reds = [1 for r, g, b in picture.convert("RGB").get_flattened_data() if r > g + 60 and r > b + 60]
    assert len(reds) > 1000


def test_who_changed_a_name_by_law_shows_both_names() -> None:
    """The household book says the old name, the new one and the day, as the school asks."""
    changed = [one for one in filings(invented(), random.Random(1)) if one.claims[0].cause == "legal_change"]
    assert changed
    for one in changed:
        book = next(paper for paper in one.papers if paper.kind == "household_book")
        assert book.lines["姓名"] == one.claims[0].new
        assert book.lines["曾用名"] == one.student.row["XM"]
        assert book.lines["变更日期"] == f"{one.claims[0].event_date}"
