"""A school's guide: every fault of its flow is said at once, and its scenarios are its proof."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from config.guide.scenarios import GuideScenario, walk
from config.policy import PolicyFaults, School, load_school
from config.settings import ROOT

NCHU = ROOT / "config" / "schools" / "nchu"
HEAD = """\
[guide]
title = "自助"
title_en = "Help"
lead = "请找到您的情况。"
lead_en = "Find your situation."
source = "通知"
updated = 2024-10-23
service = "help"

[photo]
says = ["拍清楚。"]
says_en = ["A clear one."]
source = "通知·四"
kilobytes = 300

[[link]]
id = "help"
title = "帮助中心"
title_en = "Help centre"
address = "https://www.chsi.com.cn/"

[[group]]
id = "all"
title = "全部"
title_en = "All"
situations = ["locked", "gone"]
"""
FLOW = """\
[[situation]]
id = "locked"
title = "锁定"
title_en = "Locked"
hint = "等"
hint_en = "Wait"
source = "通知·四"
able = "you"
cannot = "学校不能解锁。"
cannot_en = "The school cannot unlock it."

[[situation.step]]
id = "wait"
title = "等一天"
title_en = "Wait a day"
says = ["不要再按。"]
says_en = ["Do not press again."]
links = ["help"]
tool = true
then = [
  { says = "好了", says_en = "It works", end = "solved" },
  { says = "没有", says_en = "It does not", step = "call" },
]

[[situation.step]]
id = "call"
title = "找客服"
title_en = "Call"
says = ["打电话。"]
says_en = ["Call them."]
then = [{ says = "打了", says_en = "I called", situation = "gone" }]

[[situation]]
id = "gone"
title = "查不到"
title_en = "No record"
hint = "找学校"
hint_en = "Ask the school"
source = "通知·四"
able = "school"
cannot = "号码要您自己改。"
cannot_en = "You change the number."

[[situation.step]]
id = "ask"
title = "问学校"
title_en = "Ask"
says = ["问。"]
says_en = ["Ask."]
then = [{ says = "问了", says_en = "I asked", end = "registrar" }]
"""
PROOF = """\
[[scenario]]
title = "等了一天"
situation = "locked"
answers = ["没有", "打了", "问了"]
ends = "registrar"
"""
FILES = {"guide.toml": HEAD, "flow.toml": FLOW, "scenarios.toml": PROOF}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A school with a small guide."""
    copy = Path(shutil.copytree(NCHU, tmp_path / "copy"))
    shutil.rmtree(copy / "guide")
    (copy / "guide").mkdir()
    for name, text in FILES.items():
        (copy / "guide" / name).write_text(text, encoding="utf-8")
    return copy


def spoil(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """Replace texts of a file of the guide."""
    text = FILES[name]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "guide" / name).write_text(text, encoding="utf-8")


def faults(folder: Path) -> list[tuple[str, int, str]]:
    """The faults of a school: file, line, text."""
    with pytest.raises(PolicyFaults) as caught:
        load_school(folder)
    return [(one.file, one.line, one.says) for one in caught.value.faults]


def line_of(text: str, part: str) -> int:
    """The first line that has a part."""
    return next(n for n, line in enumerate(text.split("\n"), start=1) if part in line)


@pytest.mark.parametrize(
    ("name", "old", "new", "at", "says"),
    [
        ("flow.toml", 'then = [{ says = "打了", says_en = "I called", situation = "gone" }]', "then = []",
         "then = []", "没有出路"),
        ("flow.toml", 'situation = "gone" }', 'step = "call" }', 'id = "call"', "走不出去"),
        ("flow.toml", 'step = "call" }', 'end = "solved" }', 'id = "call"', "走不到 call"),
        ("guide.toml", 'situations = ["locked", "gone"]', 'situations = ["gone"]', 'id = "locked"',
         "首页走不到 locked"),
        ("flow.toml", 'title_en = "Locked"\n', "", 'id = "locked"', "缺少 title_en"),
        ("flow.toml", 'says_en = ["Call them."]', 'says_en = ["Call them.", "Soon."]', "Soon", "中英文段数不同"),
        ("flow.toml", 'says_en = "I called", ', "", '"打了"', "缺少 says_en"),
        ("flow.toml", 'links = ["help"]', 'links = ["halp"]', "halp", "不认识 halp"),
        ("flow.toml", 'step = "call" }', 'step = "cull" }', '"wait"', "不认识 cull"),
        ("flow.toml", 'situation = "gone" }', 'situation = "lost" }', '"打了"', "不认识 lost"),
        ("flow.toml", 'end = "registrar" }', 'end = "nowhere" }', '"问了"', "不认识 nowhere"),
        ("flow.toml", 'end = "solved" }', 'end = "solved", step = "call" }', '"好了"', "应恰写一个"),
        ("flow.toml", 'id = "call"', 'id = "wait"', 'id = "wait"', "wait 有重复"),
        ("flow.toml", 'id = "gone"', 'id = "Gone!"', "Gone!", "小写字母"),
        ("flow.toml", 'id = "gone"', 'id = "photo"', '"photo"', "另有用途"),
        ("flow.toml", 'able = "school"', 'able = "nobody"', "nobody", "不认识 nobody"),
        ("flow.toml", 'hint = "等"\n', 'hint = "等"\ncolour = "red"\n', "colour", "没有这一项"),
        ("guide.toml", 'situations = ["locked", "gone"]', 'situations = ["locked", "gone", "lost"]',
         '"lost"', "不认识 lost"),
        ("guide.toml", 'service = "help"', 'service = "halp"', "halp", "不认识 halp"),
        ("guide.toml", "https://www.chsi.com.cn/", "javascript:alert(1)", "javascript", "应为以 https:// 开头"),
        ("guide.toml", "updated = 2024-10-23", 'updated = "gestern"', "gestern", "应为日期"),
        ("guide.toml", "[photo]", "[notes]", "tool = true", "却没有 [photo]"),
        ("guide.toml", 'says_en = ["A clear one."]', "says_en = []", "says_en = []", "中英文条数不同"),
        ("guide.toml", "kilobytes = 300", "kilobytes = 0", "kilobytes", "应为正整数"),
        ("scenarios.toml", '"没有", "打了"', '"没有", "没打"', "没打", "没有“没打”"),
        ("scenarios.toml", 'ends = "registrar"', 'ends = "solved"', 'ends = "solved"', "到了 registrar，不是 solved"),
        ("scenarios.toml", '"打了", "问了"', '"打了"', 'ends = "registrar"', "到了 ask，不是 registrar"),
        ("scenarios.toml", 'situation = "locked"', 'situation = "shut"', '"shut"', "没有 shut 这种情况"),
        ("scenarios.toml", '"没有", "打了"', '"好了", "打了"', "好了", "之前已经到了 solved"),
    ],
)  # fmt: skip
def test_every_fault_of_a_guide_is_named_with_file_and_line(
    folder: Path, name: str, old: str, new: str, at: str, says: str
) -> None:
    """Dead ends, unknown names, a missing language: whoever wrote it finds the line, and nothing is loaded."""
    spoil(folder, name, (old, new))
    found = [(file, line) for file, line, said in faults(folder) if says in said]
    near = [
        (f"copy/guide/{one}", line_of(text, at) + more)
        for one in FILES
        if at in (text := (folder / "guide" / one).read_text(encoding="utf-8"))
        for more in range(-1, 8)
    ]
    assert set(found) & set(near), faults(folder)


def test_all_faults_are_said_at_once(folder: Path) -> None:
    """Three wrong things in two files are three faults, beside one in the school's rules."""
    spoil(
        folder, "flow.toml", ('links = ["help"]', 'links = ["halp"]'), ('end = "solved" }', 'end = "won" }')
    )
    spoil(folder, "guide.toml", ('lead_en = "Find your situation."\n', ""))
    (folder / "profile.toml").unlink()
    found = {(file, says.partition("：")[2].split(" /")[0][:12]) for file, _, says in faults(folder)}
    assert found == {
        ("copy/guide/flow.toml", "不认识 halp，可用的"),
        ("copy/guide/flow.toml", "不认识 won，可用的有"),
        ("copy/guide/flow.toml", "要找学校，profile"),
        ("copy/guide/guide.toml", "缺少 lead_en"),
    }


def test_a_way_to_the_office_needs_its_telephone(folder: Path) -> None:
    """Nobody is sent to an office that the school does not say how to reach."""
    (folder / "profile.toml").unlink()
    ((file, line, says),) = faults(folder)
    assert file == "copy/guide/flow.toml" and "profile.toml 里却没有 phone" in says
    assert line == line_of(FLOW, '"问了"')


def test_a_guide_is_no_rule_and_none_is_needed(folder: Path) -> None:
    """Its words change no policy; a school without the folder loads, and has no guide."""
    before = load_school(folder)
    spoil(folder, "flow.toml", ("不要再按。", "请不要再按。"))
    after = load_school(folder)
    assert before.guide and after.guide and before.guide.digest != after.guide.digest
    shutil.rmtree(folder / "guide")
    none = load_school(folder)
    assert none.guide is None and none.digest == after.digest == before.digest


def test_a_guide_without_proof_is_not_loaded(folder: Path) -> None:
    """Scenarios are part of a guide: without them nobody has walked it."""
    (folder / "guide" / "scenarios.toml").unlink()
    assert {file for file, _, _ in faults(folder)} == {"copy/guide/scenarios.toml"}


def test_the_first_schools_scenarios_take_every_way(nchu: School) -> None:
    """Somebody goes each way of each step, and each situation brings somebody to the solution or the office."""
    guide = nchu.guide
    assert guide is not None
    said = tomllib.loads((NCHU / "guide" / "scenarios.toml").read_text(encoding="utf-8"))["scenario"]
    walked = {
        (situation, step, way.says)
        for one in said
        for situation, step, way in walk(
            guide, GuideScenario(one["title"], one["situation"], tuple(one["answers"]), one["ends"])
        )
    }
    ways = {(one.id, step.id, way.says) for one in guide.situations for step in one.step for way in step.then}
    assert ways == walked and {one["ends"] for one in said} == {"solved", "file", "platform", "registrar"}


def test_no_item_is_sent_to_be_disputed_that_cannot_be(nchu: School) -> None:
    """Where the guide leads to a request for correction, it names the items that take one and no others."""
    guide = nchu.guide
    assert guide is not None
    steps = [step for one in guide.situations for step in one.step]
    leads = [step for step in steps if any(way.end == "file" for way in step.then)]
    assert leads
    for step in leads:
        (said,) = [says for says in step.says if "在那一项申请更正" in says]
        claimable = [field.zh for field in nchu.fields if field.claimable]
        assert claimable and all(name in said for name in claimable), step.id
        assert not nchu.status_field.claimable and nchu.status_field.zh not in said


def test_the_first_schools_words_are_its_own(nchu: School) -> None:
    """Short sentences to 您, none of them longer than a phone shows, and every English one written."""
    guide = nchu.guide
    assert guide is not None
    for one in guide.situations:
        for step in one.step:
            assert all(len(says) < 90 for says in step.says), step.id
            assert not any("你" in says or "同学们" in says for says in (*step.says, one.cannot, one.hint))
            assert all(says != says_en for says, says_en in zip(step.says, step.says_en, strict=True))
