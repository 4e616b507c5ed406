"""Shared by browser tests: sign-in by link, browser complaints, page width, barriers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from tests.world import World
from workflow.people.accounts import grants_of
from workflow.people.presences import Way, begin

HERE = Path(__file__).parent
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("link-in-text-block",)
"""The rules of these standards about colours. Nothing else differs in dark mode. The contrast of each word is
measured by ``contrast.js`` in both, so axe-core measures it again only where it looks at everything."""


def sign_in(world: World, site: str, context: BrowserContext, person: str) -> Page:
    """The first page of a person who is signed in and has just proved who they are."""
    with world.place.store.writing() as session:
        token = begin(
            session, grants_of(session, person)[0], Way("password"), world.clock.moment, world.place.entropy
        )
    context.add_cookies([{"name": "sid", "value": token, "url": site, "httpOnly": True, "sameSite": "Lax"}])
    page = context.new_page()
    page.goto(site)
    page.wait_for_url(re.compile(r"/(my|desk|audit|registrar|admin|college)$"))
    return page


def complaints(page: Page) -> list[str]:
    """Collects browser complaints: broken policies and pictures, not refused forms."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if "422" not in line.text else None)
    page.on("requestfailed", lambda request: said.append(request.url) if _really(request.failure) else None)
    return said


def _really(failure: str | None) -> bool:
    """True unless the request was cancelled by the next page."""
    return failure is not None and "ERR_ABORTED" not in failure


def fits(page: Page) -> bool:
    """True when nothing overflows sideways, measured by the screen (a phone's window would grow)."""
    page.wait_for_load_state()
    screen = page.viewport_size
    assert screen is not None
    return bool(page.evaluate("document.documentElement.scrollWidth") <= screen["width"])


def source(page: Page) -> str:
    """The source of the page, once it is there as a whole: a click returns when its beginning is."""
    page.wait_for_load_state()
    return page.content()


def on_paper(page: Page) -> bytes:
    """The page as it is printed on A4, once it is there as a whole."""
    page.wait_for_load_state()
    return page.pdf(format="A4", prefer_css_page_size=True)


def look_for_barriers(context: BrowserContext) -> None:
    """Load axe-core with each page of a window, compiled once. Sending it to a page takes as long as using it."""
    context.add_init_script(_script("vendor/axe.min.js"))


def barriers(page: Page, looked_for: Sequence[str] = STANDARDS) -> list[str]:
    """What axe-core finds on a page as it stands, and each word without the contrast of WCAG 2.2 AA."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script("vendor/axe.min.js"))
    # Only faults are described and sent back. Describing all that is well takes three times as long.
    wanted = {"runOnly": list(looked_for), "resultTypes": ["violations"]}
    found = page.evaluate("async wanted => (await axe.run(wanted)).violations", wanted)
    said = [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]
    return said + [f"contrast: {words}" for words in page.evaluate(_script("contrast.js"))]


@cache
def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
