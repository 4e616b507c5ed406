"""Shared by browser tests: sign-in by link, browser complaints, page width."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page

from tests.world import World
from workflow.people.accounts import make_link


def sign_in(world: World, site: str, context: BrowserContext, person: str) -> Page:
    """A page after the person has used their one-time link."""
    with world.place.store.writing() as session:
        token = make_link(session, person, world.clock.moment, world.place.entropy)
    page = context.new_page()
    page.goto(f"{site}/in/{token}")
    page.get_by_role("main").get_by_role("button", name="登录").click()
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
    screen = page.viewport_size
    assert screen is not None
    return bool(page.evaluate("document.documentElement.scrollWidth") <= screen["width"])
