"""A school whose rules ask for every kind of step: the first school's rules plus more."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from config.policy import School
from config.settings import ROOT, Settings
from tests.editing import edited
from tests.remembered import loaded
from tests.world import World
from workflow.clock import SetClock
from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules

NCHU = ROOT / "config" / "schools" / "nchu"
BEFORE = '[[rule]]\nid = "steps.check"'
BEHIND = '[[rule]]\nid = "steps.province"'


def step(id: str, field: str, then: str) -> str:
    """A rule of the policy's text that adds a step for one field."""
    return (
        f'[[rule]]\nid = "steps.{id}"\nactions = ["raise"]\nwhen = {{ field = ["{field}"] }}\n'
        f'then = {{ {then} }}\nsays = "由{{office}}办理。"\nsays_en = "It is for the {{office_en}}."\n'
        'source = "tests"\n\n'
    )


COLLEGE_FIRST = step("college", "XH", 'add_step = "check", office = "college", working_days = 3')
SECOND_PAIR = step("second", "XM", 'add_step = "approval", office = "registrar", four_eyes = true')
LETTER = step("letter", "SFZH", 'add_step = "letter", office = "registrar", working_days = 10')
PROVINCE = step("agreed", "SFZH", 'add_step = "province", office = "province", working_days = 20')
NOTICE = step("notice", "XB", 'add_step = "public_notice", office = "registrar", working_days = 5')
ARCHIVE = step("archive", "PHOTO", 'add_step = "check", office = "archive"')
PROVINCE_FIRST = step("sent", "XB", 'add_step = "province", office = "province", working_days = 20')
AGAIN = step("again", "XM", "reconfirm = 3").replace("{office}", "学生").replace("{office_en}", "student")
CODE = '[[code]]\ncode = "CALENDAR_UNKNOWN"\nzh = "日历还没有那一年"\nen = "no calendar for that year"\n\n'
OFFICE = '\n[[office]]\ncode = "archive"\nzh = "档案馆"\nen = "the archive"\n'


BEHIND_ITS_CHECK = (SECOND_PAIR, LETTER, PROVINCE, NOTICE, ARCHIVE)


def school_with_steps(
    folder: Path,
    before: Iterable[str] = (COLLEGE_FIRST,),
    behind: Iterable[str] = BEHIND_ITS_CHECK,
) -> School:
    """The first school with more steps before and after its own check, written to a folder and loaded."""
    shutil.copytree(NCHU, folder)
    policy = folder / "policy.toml"
    said = policy.read_text(encoding="utf-8")
    said = said.replace(BEFORE, CODE + "".join(before) + BEFORE).replace(BEHIND, "".join(behind) + BEHIND)
    policy.write_text(said, encoding="utf-8")
    with (folder / "school.toml").open("a", encoding="utf-8") as file:
        file.write(OFFICE)
    return loaded(folder)


def world_with_steps(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Entropy,
    folder: Path,
    more: Iterable[str] = (),
    *,
    before: Iterable[str] = (COLLEGE_FIRST,),
) -> World:
    """A real installation of that school, with more rules if needed."""
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", NCHU)
    settings.evidence.mkdir(exist_ok=True)
    school = school_with_steps(folder / "school", before, (*BEHIND_ITS_CHECK, *more))
    rules = keep_rules(store, clock, school)
    return World(assemble(settings, store, cipher, rules, clock, entropy), clock)


ONLY_THE_STUDENT = 'when = { filed_by_other_than = ["student"] }'
PROXIES = ("officer", "registrar")


def world_with_proxies(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Entropy,
    folder: Path,
    behind: Iterable[str] = (),
    proxies: Iterable[str] = PROXIES,
) -> World:
    """The first school, with rules that allow some roles or duties to act for a student."""
    shutil.copytree(NCHU, folder / "school")
    policy = folder / "school" / "policy.toml"
    said = policy.read_text(encoding="utf-8")
    assert said.count(ONLY_THE_STUDENT) == 1
    filing = ONLY_THE_STUDENT.replace('"student"', ", ".join(f'"{one}"' for one in ("student", *proxies)))
    said = said.replace(ONLY_THE_STUDENT, filing).replace(BEHIND, "".join(behind) + BEHIND)
    policy.write_text(said, encoding="utf-8")
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", NCHU)
    settings.evidence.mkdir(exist_ok=True)
    rules = keep_rules(store, clock, loaded(folder / "school"))
    return World(assemble(settings, store, cipher, rules, clock, entropy), clock)


def world_with_campaigns(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Entropy, folder: Path, more: str
) -> World:
    """The first school with more campaigns on its list."""
    shutil.copytree(NCHU, folder / "school")
    with (folder / "school" / "campaigns.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", NCHU)
    settings.evidence.mkdir(exist_ok=True)
    rules = keep_rules(store, clock, loaded(folder / "school"))
    return World(assemble(settings, store, cipher, rules, clock, entropy), clock)


INTAKE = """
[[code]]
code = "NOT_IN_INTAKE"
zh = "现在不受理"
en = "not taken now"

[[window]]
id = "intake"
zh = "每年3月和12月"
en = "March and December"
months = [{months}]
source = "测试"

[[rule]]
id = "filing.intake"
actions = ["raise"]
when = {{ outside = ["intake"] }}
then = {{ defer = "NOT_IN_INTAKE" }}
says = "更正只在{{window}}受理。"
says_en = "Changes are taken in {{window_en}} only."
remedy = "请在受理的时间提出。"
remedy_en = "Please file then."
source = "测试"

[[rule]]
id = """
MAYBE = 'deems = ["final"]'
COUNTS = 'deems = ["final", "freshman"]\ndeferred_counts = true'
"""What a text says of silence, and of who found an error that is taken later."""


def with_intake(school: School, months: str, silence: str = COUNTS) -> School:
    """The school, with months in which it takes changes, and with a meaning of what is said before."""
    first = "[[rule]]\nid = "
    head, _, rest = school.texts["policy.toml"].partition(first)
    policy = f"{head}{INTAKE.format(months=months).lstrip()}{rest}".replace(MAYBE, silence)
    return edited(school, ("policy.toml", school.texts["policy.toml"], policy))
