"""What stories in a real browser share: signing in by a link, what the browser complains of, what fits."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page

from tests.world import World
from workflow.people.accounts import make_link


def sign_in(world: World, site: str, context: BrowserContext, person: str) -> Page:
    """A page on which a person has pressed the button behind their one-time link."""
    with world.place.store.writing() as session:
        token = make_link(session, person, world.clock.moment, world.place.entropy)
    page = context.new_page()
    page.goto(f"{site}/in/{token}")
    page.get_by_role("main").get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"/(my|desk|audit|registrar|admin|college)$"))
    return page


def complaints(page: Page) -> list[str]:
    """Collects what the browser complains about: broken policies and pictures, not refused forms."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if "422" not in line.text else None)
    page.on("requestfailed", lambda request: said.append(request.url) if _really(request.failure) else None)
    return said


def _really(failure: str | None) -> bool:
    """What the next page cut short did not fail."""
    return failure is not None and "ERR_ABORTED" not in failure


def fits(page: Page) -> bool:
    """Nothing sticks out sideways (a phone's window would grow with it, so its screen is the measure)."""
    screen = page.viewport_size
    assert screen is not None
    return bool(page.evaluate("document.documentElement.scrollWidth") <= screen["width"])
