"""``screenshots``: pictures of every reader's main pages, taken of a demonstration in a real browser."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from PIL import Image
from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import ROOT, Settings
from demo.cast import cast
from demo.making import BEGIN, make, settings_of
from start import chromium
from states.case import RAISED
from web import create_app
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.evidence.tables import Evidence
from workflow.upkeep.installation import Installation, open_installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 812}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
HERE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
LIGHTEST = 150_000
"""How many bytes a picture may have; it gets fewer colours until it has no more."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, whose page, the addresses to try in turn, and how it is looked at."""

    name: str
    part: str
    addresses: tuple[str, ...]
    screen: Mapping[str, Any]
    dark: bool = False
    english: bool = False

    def paths(self, cases: Mapping[str, str]) -> list[str]:
        """Its addresses, for the cases that stand under these names."""
        return [address.format_map(cases) for address in self.addresses]


SHOTS = (
    Shot("student-record", "unchecked", ("/my",), PHONE),
    Shot("student-record-dark", "unchecked", ("/my",), PHONE, dark=True),
    Shot("student-record-english", "unchecked", ("/my",), PHONE, english=True),
    Shot("student-long-name", "long", ("/my",), PHONE),
    Shot("student-confirm", "unchecked", ("/my/confirm", "/my"), PHONE),
    Shot("student-wrong", "lost", ("/my/wrong/XM/cause", "/my/wrong/XM"), PHONE),
    Shot("student-papers", "draft", ("/my/papers",), PHONE),
    Shot("student-check", "draft", ("/my/check",), PHONE),
    Shot("student-receipt", "filed", ("/my/receipts/{case}",), PHONE),
    Shot("student-case", "filed", ("/my/cases/{case}",), PHONE),
    Shot("student-corrected", "corrected", ("/my/cases/{case}",), PHONE),
    Shot("student-rejected-english", "rejected", ("/my/cases/{case}",), PHONE, english=True),
    Shot("reviewer-queue", "reviewer", ("/desk",), DESK),
    Shot("reviewer-case", "reviewer", ("/desk/{waiting}",), DESK),
    Shot("reviewer-case-dark", "reviewer", ("/desk/{waiting}",), DESK, dark=True),
    Shot("officer", "officer", ("/college/freshman-2024", "/college"), DESK),
    Shot("officer-silent", "officer", ("/college/freshman-2024/silent", "/college"), DESK),
    Shot("registrar", "registrar", ("/registrar",), DESK),
    Shot("registrar-board", "registrar", ("/registrar/freshman-2024/board", "/registrar"), DESK),
    Shot(
        "registrar-board-dark", "registrar", ("/registrar/freshman-2024/board", "/registrar"), DESK, dark=True
    ),
    Shot("auditor-timeline", "auditor", ("/audit/{story}",), DESK),
    Shot("auditor-timeline-english", "auditor", ("/audit/{story}",), DESK, english=True),
    Shot("administrator", "administrator", ("/admin",), DESK),
)
"""Every picture. Where a page has another address by now, the next one is tried."""


@click.command()
@click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), default=ROOT / "docs" / "screenshots"
)
def screenshots(folder: Path) -> None:
    """给演示学校的页面拍图，写入 FOLDER，默认 docs/screenshots / take pictures of the demonstration's pages.

    为此建立一个临时的演示学校，用本机的 Chromium 打开 / a demonstration is made for it and thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="kanwu-") as home:
        place = Settings(Path(home), "", "", ROOT)
        click.echo("正在建立临时的演示学校 / making a demonstration for it")
        make(place, BEGIN)
        missing = take(place, folder, SHOTS)
    if missing:
        raise click.ClickException(f"没有拍到 / no picture of: {', '.join(missing)}")


def take(home: Settings, folder: Path, shots: Sequence[Shot]) -> list[str]:
    """Write pictures of the demonstration in a home; returns the names of those that could not be taken."""
    folder.mkdir(parents=True, exist_ok=True)
    place = open_installation(settings_of(home), clock=SetClock(BEGIN))
    missing = []
    with closing(place.store), _served(place) as site, _browser() as browser:
        gallery = _Gallery(place, site, browser)
        for shot in shots:
            picture = gallery.taken(shot)
            if picture is None:
                missing.append(shot.name)
                continue
            data = small(picture)
            (folder / f"{shot.name}.png").write_bytes(data)
            click.echo(f"  {shot.name}.png  {len(data) // 1000} kB")
    return missing


def small(png: bytes) -> bytes:
    """The picture with as few colours as make it light; text stays sharp."""
    with Image.open(io.BytesIO(png)) as picture:
        plain = picture.convert("RGB")
    data = png
    for colours in (256, 96, 48, 24):
        written = io.BytesIO()
        plain.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        data = written.getvalue()
        if len(data) <= LIGHTEST:
            break
    return data


class _Gallery:
    """The demonstration's people in front of their browsers; each signs in once."""

    def __init__(self, place: Installation, site: str, browser: Browser) -> None:
        self._site, self._browser = site, browser
        self._parts = {part.key: part for part in cast(place)}
        self._subjects = subjects_of(place)
        self._signed_in: dict[str, Any] = {}

    def taken(self, shot: Shot) -> bytes | None:
        """The picture as the browser has it; None if nobody plays the part or no address answers."""
        if shot.part not in self._parts:
            return None
        with closing(self._window(shot)) as window:
            page = window.new_page()
            cases = {**self._subjects, "case": self._parts[shot.part].case}
            if not any(self._answers(page, path) for path in shot.paths(cases)):
                return None
            return page.screenshot()

    def _answers(self, page: Page, address: str) -> bool:
        answer = page.goto(self._site + address)
        return answer is not None and answer.ok

    def _window(self, shot: Shot) -> BrowserContext:
        if shot.part not in self._signed_in:
            self._signed_in[shot.part] = self._sign_in(shot.part)
        window = self._browser.new_context(
            **shot.screen,
            **HERE,
            color_scheme="dark" if shot.dark else "light",
            storage_state=self._signed_in[shot.part],
        )
        if shot.english:
            window.add_cookies([{"name": "lang", "value": "en", "url": self._site}])
        return window

    def _sign_in(self, part: str) -> Any:
        """Press the button behind the one-time link; returns the cookies."""
        with closing(self._browser.new_context(**HERE)) as window:
            page = window.new_page()
            page.goto(f"{self._site}/in/{self._parts[part].token}")
            with page.expect_navigation():
                page.locator("main form button").first.click()
            return window.storage_state()


def subjects_of(place: Installation) -> dict[str, str]:
    """The cases that staff are shown with: one that waits with most papers, one with the longest story."""
    papers = select(func.count()).where(Evidence.case_id == Case.id).scalar_subquery()
    waiting = select(Case.id).where(Case.state == RAISED).order_by(papers.desc(), Case.filed_at).limit(1)
    story = select(Case.id).order_by(Case.version.desc(), Case.filed_at).limit(1)
    with place.store.reading() as session:
        found = {"waiting": session.scalar(waiting), "story": session.scalar(story)}
    return {name: id or "-" for name, id in found.items()}


class _Quiet(WSGIRequestHandler):
    """Says nothing about requests: their addresses hold one-time tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not a word."""


@contextmanager
def _served(place: Installation) -> Iterator[str]:
    """The pages on a free port of this machine."""
    server = make_server("127.0.0.1", 0, create_app(place), threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def _browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as fault:
        raise click.ClickException("请用 python3 start.py screenshots 运行 / run it by start.py") from fault
    found = chromium()
    if found is None:
        raise click.ClickException("没有找到 Chromium / no Chromium found")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found)
        try:
            yield browser
        finally:
            browser.close()
