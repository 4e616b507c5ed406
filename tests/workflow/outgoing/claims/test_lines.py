"""The list of claims: walked from key to key it is whole, and each condition lets through what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from states.case import CORRECTED
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.views.queue.counts import CAP
from workflow.outgoing.claims import lines
from workflow.outgoing.claims.asked import OPEN, ORDERS, OWN, ClaimFilter, ClaimsAsked
from workflow.outgoing.claims.lines import ClaimLine, every_claim, page_of_claims, totals
from workflow.people.standing_in import declare

NUMBER = ClaimFiled("XH", "school_data", "24019999")
REFUSED = "evidence_does_not_prove"
Holds = Callable[[ClaimLine], bool]


@pytest.fixture
def several(world: World) -> World:
    """Seven claims of five students: of a campaign and of none, open, refused and corrected."""
    first = [world.record(fy=college, bh="240101") for college in ("乙学院", "甲学院", "甲学院")]
    world.record(rxrq=date(2023, 9, 10), fy="甲学院", bh="230101")
    world.open_campaign()
    late = world.record(rxrq=date(2022, 9, 10), registered_on=date(2022, 9, 20), fy="", bh="")
    for record, claims in ((first[0], (NAME, NUMBER)), (first[1], (NAME, NUMBER)), (first[2], (NUMBER,))):
        world.file(record, *claims)
        world.at(world.clock.moment + timedelta(hours=20))
    world.file(late, NAME)
    for record, outcome in ((first[1], "refused"), (first[2], "corrected")):
        case = world.case_of(record)
        world.do(case, "take_up", world.staff["reviewer"])
        world.settle_all(case, outcome)
        said = {"words": "材料不足", "refusal": REFUSED} if outcome == "refused" else {"words": "已更正"}
        world.do(case, "reject" if outcome == "refused" else "correct", world.staff["reviewer"], **said)
    return world


def listed(world: World, chosen: ClaimFilter, order: str = "latest", limit: int = 100) -> list[ClaimLine]:
    """All claims of a filter, read in pages."""
    calendar, found, after = world.place.school.calendar, list[ClaimLine](), ""
    with world.place.store.reading() as session:
        while True:
            page = page_of_claims(session, calendar, chosen, order=order, after=after, limit=limit)
            found += page
            if len(page) < limit:
                return found
            after = page[-1].id


def test_walked_in_pages_no_claim_is_lost_or_seen_twice(several: World) -> None:
    """In every order, page by page of any length and piece by piece it is the list read at once."""
    whole = listed(several, ClaimFilter())
    assert len(whole) == 6 and [one.filed_at for one in whole] == sorted(
        (one.filed_at for one in whole), reverse=True
    )
    by_college = [(one.college, one.group, one.xh) for one in listed(several, ClaimFilter(), "college")]
    assert by_college[0][0] == "" and by_college == sorted(by_college)
    ended = [one.ended_at is None for one in listed(several, ClaimFilter(), "settled")]
    assert ended == [False, False, False, True, True, True]
    for order in ORDERS:
        at_once = listed(several, ClaimFilter(), order)
        assert {one.id for one in at_once} == {one.id for one in whole}
        for limit in (1, 2, 3):
            assert listed(several, ClaimFilter(), order, limit) == at_once
        with several.place.store.reading() as session, pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "PIECE", 2)
            calendar = several.place.school.calendar
            assert list(every_claim(session, calendar, ClaimFilter(), (), order)) == at_once


def test_each_condition_lets_through_what_it_says(several: World) -> None:
    """Alone or together they choose the claims of which they hold, and the totals count these."""
    whole = listed(several, ClaimFilter())
    today = several.clock.moment.date().isoformat()
    last = max(one.filed_at for one in whole).date().isoformat()
    campaign = next(iter({several.case(one.case_id).campaign for one in whole} - {None}))
    assert campaign is not None
    asked: list[tuple[dict[str, str], Holds]] = [
        ({"campaign": OWN}, lambda one: not one.title),
        ({"campaign": campaign.id}, lambda one: bool(one.title)),
        ({"college": "甲学院"}, lambda one: one.college == "甲学院"),
        ({"year": "2022"}, lambda one: one.entered is not None and one.entered.year == 2022),
        ({"field": "XH"}, lambda one: one.field == "XH"),
        ({"cause": "admission_error"}, lambda one: one.cause == "admission_error"),
        ({"outcome": OPEN}, lambda one: not one.outcome),
        ({"outcome": "corrected"}, lambda one: one.outcome == "corrected"),
        ({"ruling": REFUSED}, lambda one: one.ruling == REFUSED),
        ({"step": "check"}, lambda one: "check" in one.kinds),
        ({"lane": "turn"}, lambda one: "turn" in one.lanes),
        ({"filed_from": last}, lambda one: one.filed_at.date().isoformat() >= last),
        ({"filed_to": last}, lambda _: True),
        ({"settled_to": today}, lambda one: one.ended_at is not None),
        ({"outcome": "refused", "field": "XM"}, lambda one: (one.outcome, one.field) == ("refused", "XM")),
    ]
    for said, holds in asked:
        chosen = ClaimFilter(**said)
        right = [one.id for one in whole if holds(one)]
        assert right, said
        assert [one.id for one in listed(several, chosen)] == right, said
        with several.place.store.reading() as session:
            counted = totals(session, chosen)
        assert counted.all == len(right) == sum(counted.of.values()) < CAP, said
        again = ClaimsAsked(chosen, "latest", ("name",))
        assert ClaimsAsked.from_json(again.as_json()) == again
    assert [one.id for one in listed(several, ClaimFilter(number="没有这个文号"))] == []
    corrected = next(one for one in whole if one.outcome == "corrected")
    assert (corrected.state, corrected.turn) == (CORRECTED, None)
    assert all(one.turn is not None and one.kinds for one in whole if not one.outcome)


def test_a_relative_of_whoever_asks_is_in_no_list_of_theirs(several: World) -> None:
    """Neither on the page nor in the totals."""
    by, place = several.staff["registrar"], several.place
    relative = listed(several, ClaimFilter())[-1].record_id
    with place.store.writing() as session:
        declare(session, by, relative, several.clock.moment, place.entropy)
    with place.store.reading() as session:
        found = page_of_claims(session, place.school.calendar, ClaimFilter(), {by.person})
        assert len(found) == totals(session, ClaimFilter(), {by.person}).all == 4
        assert relative not in {one.record_id for one in found}
