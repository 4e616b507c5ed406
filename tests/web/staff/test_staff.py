"""Who gives and takes roles: nobody alone, nobody in silence, and never a way in as somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser
from tests.world import World
from workflow.people.tables import SignInLink

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


def test_nothing_that_an_administrator_presses_lets_them_in_as_somebody_else(
    world: World, app: Flask, as_staff: Staff
) -> None:
    """Every form of the people's pages is sent for the auditor and for a student: no link, no code, no row."""
    record, browser = world.record(), as_staff("administrator")
    auditor = world.staff["auditor"].person
    shown, tried = "", set()
    for page in ("/admin", f"/admin/people/{auditor}", "/admin/presences"):
        browser.get(page)
        for form in [one for one in browser.page.forms if "/admin" in one.action]:
            tried.add(form.action)
            browser.get(page)
            shown += browser.send_form(
                form, said="240100001", name="李审核", role="auditor", number="X1"
            ).html
    for old in ("/admin/students", f"/admin/people/{auditor}/link"):
        shown += browser.post(old, csrf_token=browser.token, said="240100001").html
    assert tried and record
    assert not re.search(r"/in/|[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", shown)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInLink)) == 0
