"""The number of SQL statements of every page and act: one table, tested here and printed for documentation.

``python3 start.py test tests/web/test_statements.py --write-statements`` prints the table of
docs/performance.md again, lowers every cap to the present cost, and gives a new page or act its first cap.
Raise a cap by hand in statements.csv, with the reason.
"""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask

from config.policy import School
from config.settings import ROOT, Smtp
from states.case import CASE
from tests.conftest import CHECK_DAY
from tests.editing import edited
from tests.schools import CODE, NOTICE, step, world_with_proxies
from tests.web.acts import Acts, address_of
from tests.web.browsing import Browser, signed_in
from tests.web.counting import Counted, counted
from tests.web.pages import Shown, Stage
from tests.workflow.notices.conftest import with_channels
from tests.world import NAME, World
from web import create_app
from workflow.cases.rules import Rules
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.history.rulebook import keep
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.store import Store

CAPS = Path(__file__).with_name("statements.csv")
PAGE = ROOT / "docs" / "performance.md"
HEAD = "| page or act | who | statements | cap | why it was raised |\n|---|---|---:|---:|---|\n"
FOR_STUDENTS = 4
"""The maximum cost of a page for students."""
PROMISED = {
    ("POST /desk/<case>/decide · approve", "reviewer"): 35,
    ("GET /desk/<case>", "reviewer"): 8,
    ("GET /desk/<case>", "second_reviewer"): 8,
    ("POST /my/check", "student"): 22,
    ("POST /desk/<case>/take_up", "reviewer"): 9,
    ("GET /audit/<subject>", "auditor"): 8,
}
"""The maximum costs of the most frequent paths."""

LETTER = step("letter", "XB", 'add_step = "letter", office = "registrar", working_days = 10')
RECONFIRMED = (
    step("again", "XH", "reconfirm = 3").replace("{office}", "学生").replace("{office_en}", "student")
)

Key = tuple[str, str]


@dataclass(frozen=True)
class Cap:
    """The maximum cost of a page or an act, and the reason if it was raised."""

    at_most: int
    reason: str = ""


@dataclass(frozen=True)
class Seen:
    """All costs: pages in a small school, the same pages in one three times as large, and acts.

    ``scoped`` are the pages of an officer and a reviewer once more, for somebody with a narrower scope.
    """

    pages: dict[Key, int]
    scoped: dict[Key, int]
    grown: dict[Key, int]
    acts: dict[Key, int]
    app: Flask

    @property
    def all(self) -> dict[Key, int]:
        """All rows of the table."""
        return self.pages | self.acts


@pytest.fixture(scope="module")
def seen(
    sqlite_model: Path, cipher: Cipher, nchu: School, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """One school: view all pages, grow it, view them again, then perform all acts."""
    folder = tmp_path_factory.mktemp("statements")
    shutil.copy(sqlite_model, folder / "kanwu.db")
    store, clock = Store(f"sqlite:///{folder / 'kanwu.db'}"), SetClock(CHECK_DAY)
    entropy, more = random.Random(20241023).randbytes, (CODE, LETTER, NOTICE, RECONFIRMED)
    world = world_with_proxies(store, cipher, clock, entropy, folder, more)
    with_channels(world, Smtp("127.0.0.1", 25, "none", "kanwu@school.example"))
    app, stage = create_app(world.place), Stage(world)
    shown, browsers = list(stage.pages()), dict[str, Browser]()
    for one in shown:
        if one.person not in browsers:
            browsers[one.person] = signed_in(world, app, one.person) if one.person else Browser(app)
    with counted(store) as asked:
        pages = looked(world, app, browsers, shown, asked)
        scoped = looked_by_scope(world, app, shown, asked)
        grow(stage, nchu)
        grown = looked(world, app, browsers, shown, asked)
        acts: dict[Key, int] = {}
        for one in Acts(stage, app, asked.clear, lambda: len(asked)).all():
            acts[one.act, one.who] = max(one.cost, acts.get((one.act, one.who), 0))
    yield Seen(pages, scoped, grown, acts, app)
    store.close()


def looked(
    world: World, app: Flask, browsers: dict[str, Browser], shown: list[Shown], asked: Counted
) -> dict[Key, int]:
    """The cost of each page by role. If several pages share an address, the highest."""
    roles = {actor.person: role for role, actor in world.staff.items()} | {"": "anybody"}
    found: dict[Key, int] = {}
    for one in shown:
        asked.clear()
        assert browsers[one.person].client.get(one.path).status_code == 200, one
        more = " · after a decision" if "done=" in one.path else ""
        key = (address_of(app, "GET", one.path) + more, roles.get(one.person, "student"))
        found[key] = max(len(asked), found.get(key, 0))
    return found


def looked_by_scope(world: World, app: Flask, shown: list[Shown], asked: Counted) -> dict[Key, int]:
    """The cost of the pages of an officer and a reviewer for those who have two classes, or a college and a year."""
    counsellor = world.officer(Scope("测试学院", "240101"), Scope("测试学院", "240102"), duty="counsellor")
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        of_a_year = add_person(session, "测试审核员", "reviewer", Scope("测试学院", entry_year="2024"), *by)
    found: dict[Key, int] = {}
    for role, person in (("officer", counsellor.person), ("reviewer", of_a_year.id)):
        browser = signed_in(world, app, person)
        for one in shown:
            if one.person != world.staff[role].person:
                continue
            asked.clear()
            if browser.client.get(one.path).status_code == 200:
                key = address_of(app, "GET", one.path), role
                found[key] = max(len(asked), found.get(key, 0))
    return found


def grow(stage: Stage, nchu: School) -> None:
    """Grow to three times the students, cases, entries and decisions, and add a dozen Rulebook texts."""
    world, reviewer = stage.world, stage.world.staff["reviewer"]
    records = [world.record() for _ in range(2 * len(stage.records))]
    world.open_campaign()
    for record in records[:6]:
        world.do(world.case_of(record), "confirm", world.student(record))
    for record in records[6:12]:
        world.file(record, NAME)
    for record in records[8:12]:
        world.do(world.case_of(record), "take_up", reviewer)
    for record in records[10:12]:
        world.settle_all(world.case_of(record), "corrected")
        world.do(world.case_of(record), "correct", reviewer, words="已更正")
    for _ in range(12):
        world.refused(stage.case("corrected"), "take_up", reviewer)
    with world.place.store.writing() as session:
        for n in range(6):
            life = replace(CASE, zh=f"第{n}种个案")
            text = edited(nchu, ("policy.toml", "dispute_days = 30", f"dispute_days = {n + 5}"))
            keep(session, (life,), Rules(text), world.clock.moment)


def ceiling(key: Key) -> int:
    """The limit that no reason can raise."""
    what, who = key
    return 6 if who == "student" and what.startswith("GET") else 14 if what == "GET /desk/<case>" else 99


def caps() -> dict[Key, Cap]:
    """The stored caps."""
    with CAPS.open(encoding="utf-8", newline="") as file:
        return {(what, who): Cap(int(most), reason) for what, who, most, reason in csv.reader(file)}


def printed(seen: Seen, kept: dict[Key, Cap]) -> str:
    """The table as written in the documentation."""
    lines = [
        f"| `{what}` | {who} | {cost} | {kept[what, who].at_most} | {kept[what, who].reason} |\n"
        for (what, who), cost in seen.all.items()
    ]
    return HEAD + "".join(lines)


def in_the_documentation() -> str:
    """The table in the documentation."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(HEAD) :].split("\n\n")[0].rstrip("\n") + "\n"


@pytest.fixture(scope="module", autouse=True)
def written(request: pytest.FixtureRequest, seen: Seen) -> None:
    """Print the table again if the option asks for it."""
    if not request.config.getoption("--write-statements"):
        return
    old = caps()
    new = {
        key: Cap(min(cost, old[key].at_most), old[key].reason) if key in old else Cap(cost)
        for key, cost in seen.all.items()
    }
    with CAPS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            (what, who, cap.at_most, cap.reason) for (what, who), cap in new.items()
        )
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(in_the_documentation(), printed(seen, new)), encoding="utf-8")


def test_no_page_and_no_act_costs_more_than_its_cap(seen: Seen) -> None:
    """Each is in the table, and the table names nothing else."""
    kept = caps()
    assert {key: cost for key, cost in seen.all.items() if key not in kept or cost > kept[key].at_most} == {}
    assert kept.keys() == seen.all.keys()


def test_the_documentation_shows_the_table_as_it_is(seen: Seen) -> None:
    """Whoever changes a number prints the table anew: see the head of this file."""
    assert in_the_documentation() == printed(seen, caps())


def test_a_narrower_scope_costs_no_more_statements(seen: Seen) -> None:
    """A counsellor's pages cost at most what an officer's do, and those of a reviewer of a year what a reviewer's do."""
    kept = caps()
    assert {key: cost for key, cost in seen.scoped.items() if cost > kept[key].at_most} == {}
    assert {"GET /college/<plan>/silent", "GET /desk/<case>"} <= {what for what, _ in seen.scoped}


def test_what_was_promised_is_kept(seen: Seen) -> None:
    """The walks taken most, and all that students look at: more only with a reason, and never above a ceiling."""
    promised = PROMISED | {key: FOR_STUDENTS for key in seen.pages if key[1] == "student"}
    reasoned = {key for key, cap in caps().items() if cap.reason}
    dear = {key: seen.all[key] for key, most in promised.items() if seen.all[key] > most}
    assert dear.keys() - reasoned == set()
    assert {key: cost for key, cost in dear.items() if cost > ceiling(key)} == {}


def test_no_page_costs_more_in_a_larger_school_or_under_more_rules(seen: Seen) -> None:
    """Three times the students, cases and entries, and a dozen more texts in the Rulebook: the same numbers."""
    assert {key: (cost, seen.grown[key]) for key, cost in seen.pages.items() if seen.grown[key] != cost} == {}


def test_every_act_there_is_was_done(seen: Seen) -> None:
    """Every address that takes a form, for each of its actions."""
    there = set()
    for rule in seen.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        listed = re.search(r"<any\(([^()]*)\):action>", rule.rule)
        for action in listed.group(1).split(", ") if listed else ("",):
            said = re.sub(r"<any\([^()]*\):action>", action, rule.rule)
            there.add("POST " + re.sub(r"<(?:[^<>]*:)?(\w+)>", r"<\1>", said))
    assert there == {what.split(" · ")[0] for what, _ in seen.acts}
