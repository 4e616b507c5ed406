"""A small hand-made school for one word of the vocabulary, and a real installation that lives by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from config.policy import School, load_school
from config.settings import Settings
from tests.world import World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules

SCHOOL = """
slug = "small"
title = "测试大学"
title_en = "Test University"

[[office]]
code = "registrar"
zh = "学籍科"
en = "Student Status Office"

[[office]]
code = "archive"
zh = "档案馆"
en = "the archive"

[[office]]
code = "college"
zh = "学院"
en = "the college"

[[field]]
code = "XM"
zh = "姓名"
en = "name"
group = "XM"
causes = ["admission_error", "legal_change"]

[[field]]
code = "XB"
zh = "性别"
en = "sex"
group = "identity"
causes = ["admission_error", "legal_change"]

[[field]]
code = "CSRQ"
zh = "出生日期"
en = "birth date"
group = "identity"
causes = ["admission_error", "legal_change"]

[[field]]
code = "SFZH"
zh = "证件号码"
en = "ID number"
group = "identity"
causes = ["admission_error", "legal_change"]

[[field]]
code = "XH"
zh = "学号"
en = "student number"
group = "XH"
causes = ["school_data"]

[status_field]
code = "XJZT"
zh = "学籍状态"
en = "enrolment status"
group = "XJZT"
claimable = false
"""

POLICY = """
valid_from = 2024-01-01
default_office = "registrar"

[statuses]
enrolled = ["注册学籍", "休学"]
retained = ["保留入学资格"]
left = ["退学"]
source = "tests"

[final_check]
last_day = "04-30"
source = "tests"

[silence]
deems = []
source = "tests"

[periods]
hold_minutes = 30
undo_minutes = 10
dispute_days = 30
supplement_working_days = 10
source = "tests"

[intake]
max_bytes = 8388608
kinds = ["JPEG", "PNG"]
max_pixels = 20000000
source = "tests"

[[evidence]]
code = "id_card"
zh = "居民身份证"
en = "resident ID card"

[[evidence]]
code = "household_book"
zh = "户口簿"
en = "household book"

[[evidence]]
code = "police_paper"
zh = "公安机关的变更证明"
en = "police certificate of the change"

[[cause]]
code = "admission_error"
zh = "录取时就填错了"
en = "wrong since admission"

[[cause]]
code = "legal_change"
zh = "依法变更"
en = "changed by law"

[[cause]]
code = "school_data"
zh = "学校填错了"
en = "the school erred"

[[variant]]
code = "abroad"
zh = "已移居香港"
en = "moved to Hong Kong"

[[code]]
code = "WORD"
zh = "这条规则"
en = "the rule"

[[code]]
code = "CALENDAR_UNKNOWN"
zh = "日历还没有那一年"
en = "no calendar for that year"

[[refusal]]
code = "evidence_does_not_prove"
kind = "refused"
zh = "材料不能证明"
en = "the papers do not prove it"
"""

CAMPAIGNS = """
[[campaign]]
id = "freshman-2024"
kind = "freshman"
title = "2024年新生自查"
title_en = "Freshmen's check of 2024"
opens = 2024-10-23
closes = 2024-11-07T23:59:59
bulletins = []
fields = ["XM", "XB", "SFZH", "CSRQ", "XH"]
source = "tests"

[campaign.cohort]
entry_years = [2024]
levels = ["本科"]
statuses = ["注册学籍", "休学"]
"""

CALENDAR = """
[[registration]]
entry_year = 2024
registered_on = 2024-10-15
source = "tests"
"""

PLATFORM = 'add_step = "platform", office = "registrar"'
SPEAKS = ("refuse", "route", "defer", "require")
"""The words that speak against a question: their rules say what to do instead."""


def rule(id: str, then: str, when: str = "", more: str = "") -> str:
    """A rule as text; ``more`` are further keys, such as ``actions = [...]``."""
    remedy = then.split(" ", 1)[0] in SPEAKS
    return (
        f'\n[[rule]]\nid = "{id}"\n{more}\n'
        + (f"when = {{ {when} }}\n" if when else "")
        + f'then = {{ {then} }}\nsays = "规则{id}。"\nsays_en = "The rule {id}."\n'
        + ('remedy = "请联系学籍科。"\nremedy_en = "Ask the office."\n' if remedy else "")
        + 'source = "tests"\n'
    )


def written(folder: Path, *rules: str, vocabulary: int = 2, more: Mapping[str, str] | None = None) -> School:
    """The small school with these rules, written to a folder and loaded.

    ``more`` has further text for a file, at its end, before the rules.
    """
    files = {"school": SCHOOL, "policy": POLICY, "campaigns": CAMPAIGNS, "calendar": CALENDAR}
    folder.mkdir()
    for name, text in files.items():
        said = text + (more or {}).get(name, "")
        if name == "policy":
            said = f"vocabulary = {vocabulary}\n" + said + "".join(rules)
        (folder / f"{name}.toml").write_text(said, encoding="utf-8")
    return load_school(folder)


def driven(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    folder: Path,
    *rules: str,
    vocabulary: int = 2,
    more: Mapping[str, str] | None = None,
) -> World:
    """A real installation of the small school with these rules, with staff of every role."""
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", folder / "school")
    settings.evidence.mkdir(exist_ok=True)
    school = written(folder / "school", *rules, vocabulary=vocabulary, more=more)
    kept = keep_rules(store, clock, school)
    return World(assemble(settings, store, cipher, kept, clock, entropy), clock)
