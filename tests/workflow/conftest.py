"""A school with a final check in which silence counts. The first school's own plans have none yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from config.policy import CampaignPlan, Cohort, School
from config.settings import Settings
from tests.conftest import nchu_folder, on
from tests.world import World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules

FINAL = CampaignPlan(
    id="final-2028",
    kind="final",
    title="2028届毕业前最后一次自查",
    title_en="Last check of the class of 2028",
    opens=on(2028, 4, 1, 0),
    closes=on(2028, 4, 30, 23, 59, 59),
    bulletins=(),
    fields=("XM", "XB", "SFZH", "CSRQ", "XH", "PHOTO"),
    cohort=Cohort(
        entry_years=(2024,), levels=("本科", "专升本"), statuses=("注册学籍", "休学", "保留学籍", "暂缓注册")
    ),
    source="tests",
)
APRIL: datetime = on(2028, 4, 10)


@pytest.fixture
def final_world(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """The small school in the April before its freshmen of 2024 leave."""
    clock.moment = APRIL
    school = replace(nchu, campaigns=(*nchu.campaigns, FINAL))
    settings = Settings(tmp_path, store.url.render_as_string(hide_password=False), "", nchu_folder())
    settings.evidence.mkdir(exist_ok=True)
    place = assemble(settings, store, cipher, keep_rules(store, clock, school), clock, entropy)
    return World(place, clock)
