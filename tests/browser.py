"""A real Chromium for browser tests. tests/conftest.py imports these fixtures by name.

They override pytest-playwright's fixtures of the same name, so that `page` and `new_context` use them too.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from pytest_playwright.pytest_playwright import CreateContextCallback

from start import BROWSERS, chromium

# Requests go only to the pages under test.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

HERE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}

DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}

# A phone of ordinary size, inside WeChat, where most students will open the page.
PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 812},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 14; V2227A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/130.0.0.0 Mobile Safari/537.36 XWEB/1300259 MMWEBSDK/20240404 MicroMessenger/8.0.49"
    ),
}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, checked by start.py. It is never downloaded."""
    found = chromium()
    if found is None:
        names = ", ".join(BROWSERS)
        pytest.fail(f"no browser found ({names}): install Chromium, or name one in the variable CHROMIUM")
    return {**browser_type_launch_args, "executable_path": found, "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A reader in China: the defaults of `page` and `new_context`."""
    return {**browser_context_args, **HERE}


@pytest.fixture
def desk(new_context: CreateContextCallback) -> BrowserContext:
    """A window on an office screen, without a sign-in."""
    return new_context(**DESK)


@pytest.fixture
def phone(new_context: CreateContextCallback) -> BrowserContext:
    """A student's phone inside WeChat, without a sign-in."""
    return new_context(**PHONE)
