"""The registrar's places: each in one group, and marked where one is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.web.browsing import Browser

pytestmark = [pytest.mark.one_database]

GROUP = re.compile(r'<details name="places"([^>]*)><summary>([^<]+)</summary>(.*?)</details>', re.DOTALL)
PLACE = re.compile(r'<a href="([^"]+)"( aria-current="page")?>')


def test_the_page_of_every_place_marks_it_and_opens_its_group(as_staff: Callable[[str], Browser]) -> None:
    """Each link of the menu stands in one group; on its page it alone is current, its group alone open."""
    browser = as_staff("registrar")
    groups = GROUP.findall(browser.get("/registrar").html)
    places = [(group, link) for _, group, inside in groups for link, _ in PLACE.findall(inside)]
    assert len(places) == len({link for _, link in places}) == 20
    for group, link in places:
        shown = GROUP.findall(browser.get(link).html)
        assert [name for how, name, _ in shown if " open" in how] == [group], link
        assert [here for *_, inside in shown for here, now in PLACE.findall(inside) if now] == [link]
