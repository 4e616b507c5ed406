"""A batch through the pages: chosen by college, frozen, agreed to, a line let go, sent; and what the case says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.browsing import Browser
from tests.workflow.outgoing.answers.test_answers import case_of_claim
from tests.workflow.outgoing.batches.waiting import proves, seen, standings, waits, world_with_a_province
from tests.world import World
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.outgoing.batches.views import live_batches
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
ALL = "/registrar/batches"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path)


def test_a_batch_goes_out_through_its_pages_and_the_case_says_in_which_month(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """Body and month stand at the desk and with the student; who comes too late reads what happened; each act says its reasons."""
    here, there = waits(world, 1)[0], waits(world, 1, fy="外语学院", bh="240201")[0]
    case = case_of_claim(world, here)
    registrar, second, reviewer = as_staff("registrar"), as_staff("second_reviewer"), as_staff("reviewer")
    registrar.get(ALL)
    assert registrar.send(ALL).codes == ["body_unknown"]
    registrar.get(ALL)
    assert registrar.send(ALL, office="province", month="2024-12").status == 303
    choose = registrar.page.location
    with world.place.store.reading() as session:
        assert [one.lines for one in live_batches(session)] == [0]
    batch = Ref("batch", choose.split("/")[3])
    page, address = registrar.get(f"{choose}?college=外语学院"), f"{ALL}/{batch.id}"
    assert f'value="{there}"' in page.html and f'value="{here}"' not in page.html
    stale = registrar.get(choose).form("/choose")
    assert registrar.send_form(stale, claim=[here, there]).location == address
    again = registrar.send_form(stale, claim=[here, there])
    assert again.status == 303, "the same press again answers alike"

    month = "已列入2024年12月报送省级教育行政部门的批次"
    assert month in reviewer.get(f"/desk/{case.id}").text
    mine = as_student(world.case(case).record.id)
    assert month in mine.get(f"/my/cases/{case.id}").text

    registrar.get(address)
    late = registrar.page.form("/freeze")
    assert registrar.send("/freeze").status == 303
    no = registrar.send_form(late, key="9" * 32)
    assert no.status == 409 and "定稿" in no.text
    assert "own_batch" in registrar.get(address).codes
    second.get(address)
    assert second.send("/agree").status == 303
    asks = [one for one in registrar.get(address).forms if one.action.endswith("/ask_out")]
    (ask,) = [one for one in asks if one.fields["claim"] == there]
    assert registrar.send_form(ask, words="材料要重新盖章").status == 303
    assert "材料要重新盖章" in second.get(address).text
    assert registrar.get(address).codes == ["lines_ask_out"], "agreed to: what bars the sending"
    assert second.send("/agree_out").status == 303
    registrar.get(address)
    assert registrar.send("/send").codes == ["day_missing"]
    registrar.get(address)
    assert registrar.send("/send", sent_on="2024-10-25").status == 303
    left = next(line.number for line in seen(world, batch).every_line if line.claim == there)
    assert standings(world, batch) == {left: "out", 3 - left: "waits"}
    assert "已发出，等答复" in reviewer.get(f"/desk/{case.id}").text
    assert "lines_wait" in registrar.get(address).codes
    proves(world)
