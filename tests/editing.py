"""Rule changes by a registrar while the system is in use."""

from __future__ import annotations

import json
from dataclasses import replace

from config.policy import School
from tests.remembered import kept
from tests.world import World
from workflow.upkeep.installation import assemble, keep_rules


def edited(school: School, *changes: tuple[str, str, str]) -> School:
    """The school after edits of its files: file, old text, new text."""
    texts = dict(school.texts)
    for file, before, after in changes:
        assert before in texts[file]
        texts[file] = texts[file].replace(before, after)
    rules = kept(json.dumps({"school": school.slug, "texts": texts}).encode())
    return replace(rules, profile=school.profile, guide=school.guide, notice=school.notice)


def load(world: World, school: School) -> None:
    """Restart the program with other rules in the folder."""
    place = world.place
    rules = keep_rules(place.store, place.clock, school)
    made = assemble(place.settings, place.store, place.cipher, rules, place.clock, place.entropy)
    world.place = replace(place, engine=made.engine, rules=rules, evidence=made.evidence)
