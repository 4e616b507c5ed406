"""A whole campaign, from its opening to its end, on both databases; ``bench campaign`` runs a larger one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.campaign import (
    KEEN,
    PLAN,
    SILENT,
    TARDY,
    SimulatedCampaign,
    adds_up,
    ended_well,
    reminded_rightly,
    with_the_plan,
)
from config.policy import School
from config.settings import Settings
from tests.conftest import nchu_folder
from workflow.campaigns.progress.board import board
from workflow.clock import SetClock
from workflow.history.replay import verify
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules


def test_the_laws_hold_at_every_step_of_a_campaign(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> None:
    """Killed in opening and closing, with late arrivals, leavers and a silent college, every number adds up."""
    clock.moment = PLAN.opens
    settings = Settings(tmp_path, store.url.render_as_string(hide_password=False), "", nchu_folder())
    settings.evidence.mkdir(exist_ok=True)
    kept = keep_rules(store, clock, with_the_plan(nchu))
    place = assemble(settings, store, cipher, kept, clock, entropy)
    steps: list[int] = []

    def check(simulation: SimulatedCampaign) -> None:
        adds_up(simulation)
        steps.append(1)

    simulation = SimulatedCampaign(place, clock, 2000, check)
    simulation.run()
    ended_well(simulation)
    assert reminded_rightly(simulation) > 2000
    assert len(steps) > 12 and simulation.kills >= 8
    with store.reading() as session:
        lines = {line.name: line for line in board(session, simulation.campaign, "fy").lines}
        silent = lines[SILENT]
        tables = {name: binding.table for name, binding in place.engine.bindings.items()}
        proof = verify(session, tables, cipher)
    assert silent.checked == 0 and silent.numbers["deemed"] and silent.numbers["not_checked"]
    assert lines[KEEN].per_mille > 950 > lines[TARDY].per_mille > 700
    assert proof.holds, proof.faults[:3]
