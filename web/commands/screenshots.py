"""``screenshots``: takes pictures of each role's main pages, from a demonstration in a real browser."""

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
from demo.asking import help_to_try
from demo.autumn import STAFF
from demo.cast import cast
from demo.making import BEGIN, make, settings_of
from start import chromium
from states.case import RAISED, REVIEW
from web import create_app
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.evidence.tables import Evidence
from workflow.people.links import link_of
from workflow.people.tables import Person
from workflow.upkeep.installation import Installation, open_installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 812}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
SMALL: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 693}}
"""The smallest phone that every page fits."""
WECHAT: dict[str, Any] = {
    **PHONE,
    "user_agent": "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/107.0.5304.141 Mobile Safari/537.36 MicroMessenger/8.0.40",
}
"""The browser inside WeChat, in which most students open the link."""
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
HERE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
NOBODY = ""
"""The part of a page that one sees before sign-in."""
LIGHTEST = 150_000
"""Maximum size of a picture in bytes. Larger pictures get fewer colours."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the role and address of the page, and how the browser shows it.

    ``fills`` is typed into the page's form by the names of its fields, and sent. ``status`` is the answer's.
    """

    name: str
    part: str
    address: str
    screen: Mapping[str, Any]
    dark: bool = False
    english: bool = False
    fills: tuple[tuple[str, str], ...] = ()
    status: int = 200

    def path(self, cases: Mapping[str, str]) -> str:
        """The page's address, with the cases of these names filled in."""
        return self.address.format_map(cases)


BOARD = "/registrar/freshman-2024/board"
SHOTS = (
    Shot("guide", NOBODY, "/", PHONE),
    Shot("guide-wechat", NOBODY, "/", WECHAT),
    Shot("guide-step", NOBODY, "/guide/id_taken", PHONE),
    Shot("notice", NOBODY, "/notice", PHONE),
    Shot("help-form", NOBODY, "/help/ask", PHONE),
    Shot("help-state", NOBODY, "/help/state", PHONE, fills=(("number", "{number}"), ("word", "{word}"))),
    Shot("error-page", NOBODY, "/nowhere", PHONE, status=404),
    Shot("sign-in", NOBODY, "/signin", PHONE),
    Shot("sign-in-dark", NOBODY, "/signin", PHONE, dark=True),
    Shot("first-sign-in", NOBODY, "/activate", PHONE),
    Shot("student-account", "unchecked", "/account", PHONE),
    Shot("student-record", "unchecked", "/my", PHONE),
    Shot("student-record-dark", "unchecked", "/my", PHONE, dark=True),
    Shot("student-record-english", "unchecked", "/my", SMALL, english=True),
    Shot("student-half", "half", "/my", PHONE),
    Shot("student-long-name", "long", "/my", PHONE),
    Shot("student-confirm", "unchecked", "/my/confirm", PHONE),
    Shot("student-wrong", "lost", "/my/wrong/XM", PHONE),
    Shot("student-papers", "draft", "/my/papers", PHONE),
    Shot("student-check", "draft", "/my/check", PHONE),
    Shot("student-receipt", "filed", "/my/receipts/{case}", PHONE),
    Shot("student-case", "filed", "/my/cases/{case}", PHONE),
    Shot("student-corrected", "corrected", "/my/cases/{case}", PHONE),
    Shot("student-letter", "corrected", "/my/cases/{case}/letter", PHONE),
    Shot("student-rejected-english", "rejected", "/my/cases/{case}", PHONE, english=True),
    Shot("reviewer-queue", "reviewer", "/desk", DESK),
    Shot("reviewer-case", "reviewer", "/desk/{waiting}", DESK),
    Shot("reviewer-deciding", "reviewer", "/desk/{held}", DESK),
    Shot("reviewer-deciding-dark", "reviewer", "/desk/{held}", DESK, dark=True),
    Shot("officer", "officer", "/college", DESK),
    Shot("officer-codes", "officer", "/college/codes", DESK),
    Shot("officer-silent", "officer", "/college/freshman-2024/silent", DESK),
    Shot("officer-guide-sheet", "officer", "/college/freshman-2024/guide", DESK),
    Shot("counsellor", "counsellor", "/college", DESK),
    Shot("registrar", "registrar", "/registrar", DESK),
    Shot("registrar-board", "registrar", BOARD, DESK),
    Shot("registrar-board-dark", "registrar", BOARD, DESK, dark=True),
    Shot("registrar-rosters", "registrar", "/registrar/rosters", DESK),
    Shot("registrar-help", "registrar", "/registrar/help", DESK),
    Shot("registrar-guide", "registrar", "/registrar/guide", DESK),
    Shot("registrar-profile", "registrar", "/registrar/profile", DESK),
    Shot("auditor-timeline", "auditor", "/audit/{story}", DESK),
    Shot("auditor-timeline-english", "auditor", "/audit/{story}", DESK, english=True),
    Shot("auditor-grants", "auditor", "/audit/grants", DESK),
    Shot("auditor-looks", "auditor", "/audit/{story}/looks", DESK),
    Shot("administrator", "administrator", "/admin", DESK),
)
"""All pictures to take."""


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
    """Write pictures of the demonstration in ``home``. Returns the names of the pictures that failed."""
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
    """The picture with few enough colours to be small. Text stays sharp."""
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
    """The demonstration's people with their browser sessions. Each person signs in once."""

    def __init__(self, place: Installation, site: str, browser: Browser) -> None:
        self._site, self._browser = site, browser
        self._parts = {part.key: part for part in cast(place)}
        self._subjects = subjects_of(place)
        self._signed_in: dict[str, Any] = {}

    def taken(self, shot: Shot) -> bytes | None:
        """The screenshot, or None if the part has no person or the page does not exist."""
        if shot.part not in (NOBODY, *self._parts):
            return None
        with closing(self._window(shot)) as window:
            page = window.new_page()
            part = self._parts.get(shot.part)
            cases = {**self._subjects, "case": part.case if part else ""}
            answer = page.goto(self._site + shot.path(cases))
            if answer is None or answer.status != shot.status:
                return None
            for name, value in shot.fills:
                page.locator(f"main [name={name}]").fill(value.format_map(cases))
            if shot.fills:
                with page.expect_navigation():
                    page.locator("main form button").first.click()
            page.wait_for_load_state("networkidle")  # images below the visible part load last
            return page.screenshot()

    def _window(self, shot: Shot) -> BrowserContext:
        if shot.part != NOBODY and shot.part not in self._signed_in:
            self._signed_in[shot.part] = self._sign_in(shot.part)
        window = self._browser.new_context(
            **shot.screen,
            **HERE,
            color_scheme="dark" if shot.dark else "light",
            storage_state=self._signed_in.get(shot.part),
        )
        if shot.english:
            window.add_cookies([{"name": "lang", "value": "en", "url": self._site}])
        return window

    def _sign_in(self, part: str) -> Any:
        """Submit the form of the one-time link. Returns the cookies."""
        with closing(self._browser.new_context(**HERE)) as window:
            page = window.new_page()
            page.goto(link_of(self._site, self._parts[part].token))
            with page.expect_navigation():
                page.locator("main form button").first.click()
            return window.storage_state()


def subjects_of(place: Installation) -> dict[str, str]:
    """Cases to show to staff: the waiting one with most papers, the reviewer's own, the longest timeline.

    And the number and word of a help item.
    """
    papers = select(func.count()).where(Evidence.case_id == Case.id).scalar_subquery()
    named = select(Person.id).where(Person.name == STAFF["reviewer"][1])
    wanted = {
        "waiting": select(Case.id).where(Case.state == RAISED).order_by(papers.desc(), Case.filed_at),
        "held": select(Case.id)
        .where(Case.state == REVIEW, Case.holder.in_(named))
        .order_by(Case.held_until.desc()),
        "story": select(Case.id).order_by(Case.version.desc(), Case.filed_at),
    }
    with place.store.reading() as session:
        found = {name: session.scalar(question.limit(1)) or "-" for name, question in wanted.items()}
        item = help_to_try(place, session)
    return found | {"number": item.number if item else "", "word": item.word if item else ""}


class _Quiet(WSGIRequestHandler):
    """A request handler without logs: request addresses contain one-time tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


@contextmanager
def _served(place: Installation) -> Iterator[str]:
    """Serve the pages on a free port of this machine. Yields the base URL."""
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
    """Start the machine's own Chromium."""
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
