"""A second reviewer who opens one paper, in a process of its own, so that tests can kill it meanwhile."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from config.policy import load_school
from config.settings import Settings
from tests.schools import NCHU
from tests.web.browsing import signed_in
from tests.world import World
from web import create_app
from workflow.clock import SetClock
from workflow.people.cipher import Cipher, Keys
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules


def main() -> None:
    """Open the paper, and say so."""
    said = json.loads(sys.stdin.readline())
    home, clock = Path(said["home"]), SetClock(datetime.fromisoformat(said["at"]))
    store = Store(said["url"])
    cipher = Cipher(Keys(bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))))
    rules = keep_rules(store, clock, load_school(home / "school"))
    place = assemble(Settings(home, said["url"], "", NCHU), store, cipher, rules, clock, os.urandom)
    world = World(place, clock, staff={"nobody": None})  # type: ignore[dict-item]
    browser = signed_in(world, create_app(place), said["person"])
    form = browser.get(f"/desk/{said['case']}").form("/papers")
    browser.send_form(form, opened=said["paper"], why="complaint")
    print("sent")


if __name__ == "__main__":
    main()
