"""How often one person may ask for what is expensive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import on
from tests.web.browsing import Browser
from tests.world import CAMPAIGN, World
from web import create_app
from web.shared.gate.limits import KEPT, MOST, RecentRequests, limited
from web.shared.security import open_to_all

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
FILE = "/rules/matrix.csv"
AT = on(2024, 10, 25)


def test_every_file_that_is_made_for_one_request_has_a_limit(app: Flask) -> None:
    """Lists and workbooks are built when they are asked for, and a careless script asks for many."""
    made = [rule for rule in app.url_map.iter_rules() if rule.rule.endswith((".csv", ".xlsx"))]
    free = [rule.rule for rule in made if not getattr(app.view_functions[rule.endpoint], "limited", "")]
    assert len(made) >= 12 and free == []


def test_who_asks_too_often_is_told_when_to_come_again(world: World, as_staff: Staff) -> None:
    """The page says what, how many and when, as does Retry-After; after that time the same person is answered."""
    browser = as_staff("auditor")
    for _ in range(MOST["exports"]):
        assert browser.get(FILE).status == 200
        world.clock.moment += timedelta(seconds=1)
    page = browser.get(FILE)
    wait = 60 - MOST["exports"]
    assert page.status == 429 and page.response.headers["Retry-After"] == str(wait)
    assert (
        "导出太频繁" in page.text and f"最多 {MOST['exports']} 次" in page.text and f"{wait} 秒" in page.text
    )
    world.clock.moment += timedelta(seconds=wait)
    assert browser.get(FILE).status == 200
    assert browser.get(FILE).status == 429


def test_one_persons_haste_is_nobody_elses(as_staff: Staff) -> None:
    """Another person, and another kind of page, is answered as ever."""
    hasty, other = as_staff("auditor"), as_staff("registrar")
    while hasty.get(FILE).status == 200:
        continue
    assert other.get(FILE).status == 200
    assert other.get(f"/registrar/{CAMPAIGN}/board").status != 429
    assert hasty.get("/rules/matrix").status == 200


def test_a_refused_form_counts_for_nobody(as_staff: Staff) -> None:
    """What another site makes a browser send does not use up what its owner may ask."""
    browser = as_staff("auditor")
    for _ in range(MOST["searches"] + 1):
        forged = browser.client.post("/audit", data={"said": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert forged.status_code == 403
    browser.get("/audit")
    assert browser.send("/audit", said="240100001").status == 404


def test_strangers_are_counted_by_their_address(world: World) -> None:
    """Who is not signed in shares a count with the same address only, and claims no other by a header."""
    app = create_app(world.place)
    app.add_url_rule("/dear", "dear", open_to_all(limited("exports")(lambda: "done")))
    client = app.test_client()

    def asked(address: str, claimed: str) -> int:
        environ, headers = {"REMOTE_ADDR": address}, {"X-Forwarded-For": claimed}
        return client.get("/dear", environ_base=environ, headers=headers).status_code

    for n in range(MOST["exports"]):
        assert asked("192.0.2.7", f"203.0.113.{n}") == 200
    assert asked("192.0.2.7", "203.0.113.99") == 429
    assert asked("192.0.2.8", "192.0.2.7") == 200


def test_the_wait_is_not_prolonged_by_asking() -> None:
    """Requests that are not answered are not counted, so impatience costs nothing."""
    counts = RecentRequests()
    for _ in range(MOST["trials"]):
        assert counts.take("trials", "p", AT) == 0
    for second in range(60):
        assert counts.take("trials", "p", AT + timedelta(seconds=second)) == 60 - second
    assert counts.take("trials", "p", AT + timedelta(seconds=60)) == 0


def test_a_clock_set_back_locks_nobody_out() -> None:
    """Moments that have not come yet are forgotten."""
    counts = RecentRequests()
    for _ in range(MOST["trials"]):
        counts.take("trials", "p", AT + timedelta(days=1))
    assert counts.take("trials", "p", AT) == 0


def test_the_counts_do_not_grow_for_ever() -> None:
    """Who has not asked for a minute is forgotten before there are too many to remember."""
    counts = RecentRequests()
    for n in range(3 * KEPT):
        counts.take("exports", f"{n}", AT + timedelta(seconds=n))
    assert counts.remembered <= KEPT + 1
