"""What was decided under one text of the rules reads the same when the school has written another."""

from __future__ import annotations

import pytest
from flask import Flask

from config.policy import School
from tests.editing import edited, load
from tests.web.browsing import signed_in
from tests.world import NAME, World
from web import create_app
from workflow.engine import Ref

pytestmark = pytest.mark.one_database


@pytest.fixture
def rewritten(nchu: School) -> School:
    """The school with other labels for every code of a decided case, and without its refusal code."""
    return edited(
        nchu,
        ("policy.toml", 'zh = "录取时就填错了"', 'zh = "别的原因"'),
        ("policy.toml", 'en = "wrong since admission"', 'en = "another cause"'),
        ("policy.toml", 'zh = "居民身份证"', 'zh = "另一种材料"'),
        ("policy.toml", 'en = "resident ID card"', 'en = "another paper"'),
        ("policy.toml", 'code = "record_is_right"', 'code = "no_longer_there"'),
        ("policy.toml", "由{office}核对材料和记录。", "由{office}抽签决定。"),
        ("policy.toml", "dispute_days = 30", "dispute_days = 3"),
        ("school.toml", 'zh = "姓名"', 'zh = "称呼"'),
        ("school.toml", 'en = "name"', 'en = "form of address"'),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_decision_reads_the_same_under_later_rules(
    world: World, app: Flask, rewritten: School, language: str
) -> None:
    """The student's case and letter, the desk's case page and the auditor's timeline keep their words."""
    record, reviewer = world.record(), world.staff["reviewer"]
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "refused", reviewer)
    world.do(case, "reject", reviewer, words="原记录无误", refusal="record_is_right")
    world.at(world.clock.moment.replace(hour=12))
    readers = [
        (world.student(record), f"/my/cases/{case.id}"),
        (world.student(record), f"/my/cases/{case.id}/letter"),
        (reviewer, f"/desk/{case.id}"),
        (world.staff["auditor"], f"/audit/{case.id}"),
    ]

    def read(pages: Flask) -> list[str]:
        said = []
        for who, path in readers:
            browser = signed_in(world, pages, who.person)
            browser.client.set_cookie("lang", language)
            page = browser.get(path)
            assert page.status == 200
            said.append(page.text)
        return said

    before = read(app)
    load(world, rewritten)
    after = read(create_app(world.place))
    for one, other in zip(before, after, strict=True):
        assert one == other
    assert ("别的原因" if language == "zh" else "another cause") not in " ".join(after)
