"""What a student's first page weighs on a telephone line, from the shipped server, byte by byte as it is sent."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.web.browsing import signed_in
from tests.world import World, picture
from web import create_app
from workflow.cases.load import whole_record
from workflow.records.photos import take_photos
from workflow.school.crest import MOST_DRAWN, take_crest
from workflow.school.profile import change, in_force

pytestmark = [pytest.mark.one_database]

FIRST, AGAIN = 60_000, 15_000
"""Bytes with their headers, of a first visit and of a later one."""


class _Named(HTMLParser):
    """The files that a page names for its own drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in ("img", "script"):
            self.files.append(said.get("src", ""))
        elif tag == "use" or (tag == "link" and said.get("rel") in ("stylesheet", "icon")):
            self.files.append(said["href"].partition("#")[0])


@dataclass
class Line:
    """A browser's line to a server. It keeps what it may keep, and counts every byte that arrives."""

    port: int
    sid: str
    kept: set[str] = field(default_factory=set)

    def visit(self, path: str) -> dict[str, int]:
        """Load a page and everything that it names, and tell the bytes of each."""
        head, body = self._get(path)
        assert head.startswith("HTTP/1.1 200"), head
        loaded = {path: len(head) + len(body)}
        page = _Named()
        page.feed(body.decode())
        for name in dict.fromkeys(page.files):
            if name and name not in self.kept:
                file_head, file = self._get(urljoin(path, name))
                assert file_head.startswith("HTTP/1.1 200"), file_head
                loaded[name] = len(file_head) + len(file)
                if re.search(r"(?im)^cache-control:.*max-age=[1-9]", file_head):
                    self.kept.add(name)
        return loaded

    def _get(self, path: str) -> tuple[str, bytes]:
        asked = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Encoding: gzip, deflate, br\r\n"
            f"Cookie: sid={self.sid}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(asked.encode())
            said = b"".join(iter(lambda: line.recv(65536), b""))
        head, _, body = said.partition(b"\r\n\r\n")
        return head.decode() + "\r\n\r\n", body


def first_page(world: World, folder: Path) -> str:
    """A student who has all items to mark, with a photo, at a school whose crest is the largest it may be."""
    record = world.record()
    world.open_campaign()
    place, at = world.place, world.clock.moment
    with place.store.reading() as session:
        file = folder / f"{whole_record(session, record).facts.ksh}.jpg"
    file.write_bytes(picture(150, 200))
    drawn = '<path d="M10 10h99v99z" fill="#123456"/>' * 660
    crest = take_crest(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 144 144">{drawn}</svg>'.encode()
    )
    assert MOST_DRAWN * 0.9 < len(crest.data) <= MOST_DRAWN
    with place.store.writing() as session:
        take_photos(
            session, [file], lambda record, data: place.evidence.put(session, record, data)[0],
            as_of=at.date(), now=at, entropy=place.entropy,
        )  # fmt: skip
        wanted = replace(place.profile, crest=crest.name, accent="#6a1b9a")
        change(session, world.staff["registrar"], in_force(session).version, wanted, at, crest)
    place.profile_at_hand.drop()
    return world.student(record).person


def test_a_first_page_comes_over_a_slow_line_and_the_next_is_the_page_alone(
    world: World, tmp_path: Path, shipped: int
) -> None:
    """A student's first visit is at most 60 KB with the largest crest a school may have, and the second 15 KB."""
    student = first_page(world, tmp_path)
    line = Line(shipped, signed_in(world, create_app(world.place), student).sid)
    first, second = line.visit("/my"), line.visit("/my")
    assert len([name for name in first if "/crest/" in name or name.startswith("/static/")]) >= 5
    assert sum(first.values()) <= FIRST, first
    assert second.keys() == {"/my", "/my/photo"}
    assert sum(second.values()) <= AGAIN, second
