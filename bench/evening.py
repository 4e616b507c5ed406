"""An evening at the desk by keyboard only, in a real browser: how many keys each kind of case takes.

Every press goes to the keyboard and nothing is clicked. A chord counts as all its keys. What the browser
shows between two presses is waited for, so that the count is of keys and not of haste.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import insert

from bench.engine import DAY, SCHOOL, freshman, installed
from bench.strips import served
from config.policy import load_school
from start import chromium
from workflow.campaigns.opening import open_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.file import file
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor
from workflow.evidence.intake import Picture
from workflow.people.accounts import add_person, student_of
from workflow.records.tables import Record, RosterImport
from workflow.upkeep.installation import Installation

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = ClaimFiled("XM", "admission_error", "测试甲")
NUMBER = ClaimFiled("XH", "school_data", "249999999")
OTHER_NAME = ClaimFiled("XM", "admission_error", "测试乙")
PHOTO = ClaimFiled("PHOTO", "photo", "")
WORDS = "not shown"
"""What is typed of a refusal without a kept sentence."""


@dataclass(frozen=True, slots=True)
class KindOfCase:
    """One kind of case: what was filed, and the presses that decide it up to each page that follows."""

    claims: tuple[ClaimFiled, ...]
    presses: tuple[tuple[str, ...], ...]


APPROVE = ("a", "Control+Enter")
REFUSE = ("r", "ArrowDown", "Tab", "ArrowDown", "Control+Enter")
ALONE = ("s", "ArrowRight", "Tab", "ArrowDown", "Tab", *WORDS, "Control+Enter")
KINDS: Mapping[str, KindOfCase] = MappingProxyType(
    {
        "approved": KindOfCase((NAME,), (APPROVE,)),
        "refused with a kept sentence": KindOfCase((NUMBER,), (REFUSE,)),
        "already right": KindOfCase((OTHER_NAME,), (("n", "Control+Enter"),)),
        "asked back for a paper": KindOfCase((PHOTO,), (("b", "Space", "Control+Enter"),)),
        "two claims approved at once": KindOfCase((NAME, NUMBER), (APPROVE,)),
        "one claim refused, one approved": KindOfCase((NAME, NUMBER), (ALONE, APPROVE)),
    }
)


@dataclass(frozen=True, slots=True)
class KeysTaken:
    """One case of the evening: its kind and the keys from its page to the next."""

    case: str
    kind: str
    keys: int


def evening(page: Page, kind_of: Callable[[str], str], cases: int) -> Iterator[KeysTaken]:
    """Take the first case from the queue and decide so many, each as its kind is decided."""
    _press(page, "t")
    for _ in range(cases):
        case = _case_in(page.url)
        kind = kind_of(case)
        yield KeysTaken(case, kind, sum(_press(page, *presses) for presses in KINDS[kind].presses))
        assert _case_in(page.url) != case, f"{kind}: the same case comes again"


def _press(page: Page, *chords: str) -> int:
    """Press keys of which the last leads to another page, and wait for that; returns how many they were."""
    page.locator("html.keyed").wait_for()
    page.evaluate("document.documentElement.dataset.left = 'yes'")
    for chord in chords:
        page.keyboard.press("Space" if chord == " " else chord)
    page.locator("html.keyed:not([data-left])").wait_for()
    return sum(chord.count("+") + 1 for chord in chords)


def _case_in(url: str) -> str:
    """The case in the address of its page; '' on the queue."""
    return url.partition("?")[0].partition("/desk/")[2]


# -- by itself ------------------------------------------------------------------------------------------


def run(cases: int) -> Iterator[str]:
    """An evening of so many cases of mixed kinds in an installation of its own; a line for each kind."""
    from playwright.sync_api import sync_playwright

    clock = SetClock(DAY)
    with installed(clock, os.urandom, load_school(SCHOOL)) as place:
        reviewer, kinds = _school(place, list(islice(cycle(KINDS), cases)))
        with served(place, reviewer) as (site, token), sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium())
            context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
            context.add_cookies([{"name": "sid", "value": token, "url": site, "httpOnly": True}])
            page = context.new_page()
            page.goto(f"{site}/desk")
            yield from told(list(evening(page, kinds.__getitem__, cases)))
            browser.close()


def _school(place: Installation, kinds: Sequence[str]) -> tuple[Actor, dict[str, str]]:
    """A reviewer, and one filed case of each kind named, in this order; the kind of each case."""
    source = {"id": "0" * 32, "name": "bench.csv", "digest": "0" * 64, "as_of": DAY.date(), "at": DAY}
    by, entropy = SYSTEM.person, place.entropy
    with place.store.writing() as session:
        session.execute(insert(RosterImport).values(source))
        rows = [freshman(i, "0" * 32, DAY, xm=f"测试{i:03d}") for i in range(len(kinds))]
        session.execute(insert(Record), rows)
        registrar = add_person(session, "测试学籍管理员", "registrar", "", by, DAY, entropy).id
        reviewer = add_person(session, "测试审核人", "reviewer", "", by, DAY, entropy).id
    open_campaign(place.engine, place.store, "freshman-2024", Actor(registrar, "registrar"))
    filed = {}
    for i, kind in enumerate(kinds):
        record = f"{i:032x}"
        with place.store.writing() as session:
            student = student_of(session, record, f"测试{i:03d}", by, DAY, entropy)
            papers = [
                place.evidence.add(session, record, paper, Picture("image/jpeg", b"\xff\xd8"), DAY).id
                for paper in ("id_card", "household_book")
            ]
            actor = Actor(student.id, "student")
            entry = file(place.engine, session, record, actor, KINDS[kind].claims, papers)
        filed[entry.subject] = kind
    return Actor(reviewer, "reviewer"), filed


def told(decided: Sequence[KeysTaken]) -> Iterator[str]:
    """The keys of each kind, and of all."""
    cases, keys = Counter(one.kind for one in decided), Counter[str]()
    for one in decided:
        keys[one.kind] += one.keys
    for kind, n in cases.items():
        yield f"{kind:<34}{n:>4} cases{keys[kind] / n:>7.1f} keys each"
    yield f"{'all':<34}{len(decided):>4} cases{keys.total():>7} keys"
