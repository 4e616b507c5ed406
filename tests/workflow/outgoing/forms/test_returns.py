"""The register of forms that colleges return on paper: what counts, how late, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.forms import ERRATA, STATISTICS
from tests.conftest import on
from tests.world import World
from workflow.outgoing.forms.returns import NOTED, NOTHING_RETURNED, Returned, note_return, returns_of
from workflow.outgoing.forms.tables import FormReturn
from workflow.people.tables import Access
from workflow.verdict import Refused

OURS, OTHER = "测试学院", "另一学院"


def noted(world: World, campaign: str, college: str, form: str, state: str) -> str:
    """Note a paper as the registrar. Returns the code of what was refused, or ''."""
    place, by = world.place, world.staff["registrar"]
    try:
        with place.store.writing() as session:
            at = place.clock.now(session)
            note_return(session, place.entropy, by, at, campaign, (OURS, OTHER), college, form, state)
    except Refused as no:
        return no.verdict.codes[0]
    return ""


def test_the_last_note_of_a_paper_counts_and_no_earlier_one_is_lost(world: World) -> None:
    """Received unsealed, sent back, received sealed: what stands is the last, who noted it when; all lines are kept."""
    world.record()
    campaign = world.open_campaign()
    began = world.clock.moment
    for hours, state in enumerate(("unsealed", "not_returned", "received")):
        world.at(began + timedelta(hours=hours))
        assert noted(world, campaign, OURS, ERRATA, state) == ""
    with world.place.store.reading() as session:
        stands = returns_of(session, campaign)
        assert session.scalar(select(func.count()).select_from(FormReturn)) == 3
        assert session.scalar(select(func.count()).where(Access.what == NOTED)) == 3
    assert stands == {(OURS, ERRATA): Returned("received", began + timedelta(hours=2), "测试学籍管理员")}


@pytest.mark.one_database
def test_what_stands_already_and_what_there_is_not_are_refused(world: World) -> None:
    """A paper is noted twice only if something changed; of an unknown college, form or state nothing is noted."""
    world.record()
    campaign = world.open_campaign()
    assert noted(world, campaign, OURS, STATISTICS, "not_returned") == "form_already_so"
    assert noted(world, campaign, OURS, STATISTICS, "received") == ""
    assert noted(world, campaign, OURS, STATISTICS, "received") == "form_already_so"
    for wrong in (("没有的学院", ERRATA, "received"), (OURS, "list", "received"), (OURS, ERRATA, "lost")):
        assert noted(world, campaign, *wrong) == "no_such_form"
    with world.place.store.reading() as session:
        assert list(returns_of(session, campaign)) == [(OURS, STATISTICS)]


def test_a_paper_is_late_by_the_minutes_that_have_begun() -> None:
    """On the second of the deadline it is in time, a second later it is one minute late; what is not here is not late."""
    due = on(2028, 5, 10, 23, 59, 59)
    minutes = {0: 0, 1: 1, 60: 1, 61: 2, 3600: 60}
    for seconds, late in minutes.items():
        assert Returned("received", due + timedelta(seconds=seconds)).late(due) == late
        assert Returned("unsealed", due + timedelta(seconds=seconds)).late(due) == late
    assert Returned("not_returned", due + timedelta(days=1)).late(due) == 0
    assert NOTHING_RETURNED.late(due) == 0 == Returned("received", due).late(None)
