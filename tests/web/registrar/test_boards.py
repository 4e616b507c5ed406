"""Boards as their readers see them: who spoke, why the silent are silent, and what is shared of it."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.conftest import on
from tests.schools import world_with_proxies
from tests.web.browsing import Browser
from tests.web.college.test_chasing import cells
from tests.web.test_offices import row
from tests.workflow.campaigns.progress.test_buckets import Days
from tests.workflow.campaigns.progress.test_bulletin import publish_now
from tests.workflow.campaigns.test_platform_export import workbook
from tests.world import CAMPAIGN, World
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.progress.bulletin import bulletin
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS, SCHOOL = f"/college/{CAMPAIGN}", f"/registrar/{CAMPAIGN}"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, with rules that allow others to answer for a student."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def campaign(world: World) -> str:
    """Two classes and another college: one confirmed, one by proxy, one on leave, some silent."""
    for n in range(8):
        world.record(bh=("240101", "240102")[n % 2])
    for _ in range(6):
        world.record(fy="另一学院", bh="250101")
    id = world.open_campaign()
    world.do(case(world, 1), "confirm", world.student("1".zfill(32)))
    Days(world, random.Random(1)).confirm_for(case(world, 2))
    world.do(case(world, 3), "exclude", world.staff["registrar"], code="on_leave", words="休学")
    for n, reason in ((4, "unreachable"), (5, "unreachable"), (6, "declines"), (9, "promised")):
        with world.place.store.writing() as session:
            by = world.staff["registrar"]
            chase(world.place.engine, session, [case(world, n).id], "give_reason", by, reason=reason)
    return id


def case(world: World, n: int) -> Ref:
    """The case of the n-th record."""
    return world.case_of(f"{n:032x}")


def reasons(html: str) -> dict[str, list[str]]:
    """The table of reasons: the cells of each row, from the left."""
    table = html.split('aria-label="原因"')[1].split("</table>")[0]
    lines = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.DOTALL)
    plain = [(re.sub(r"<[^>]+>", "", head).strip(), more) for head, more in lines]
    return {
        head: [
            re.sub(r"<span.*?</span>|<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<td.*?</td>", more, re.DOTALL)
        ]
        for head, more in plain
    }


def test_an_officer_sees_by_class_why_the_silent_are_silent(
    world: World, campaign: str, as_staff: Staff
) -> None:
    """None noted, declines, cannot be reached, and on leave beside them; only the officer's own college."""
    page = as_staff("officer").get(OURS)
    assert reasons(page.html) == {
        "240101": ["1", "0", "1", "1"],
        "240102": ["1", "1", "1", "0"],
        "合计": ["2", "1", "2", "1"],
    }
    assert "已联系，答应核对" not in page.text
    assert row(page, "合计")[0] == "5" and row(page, "合计")[3:6] == ["1", "1", "0"]


def test_behind_each_number_of_silent_stand_as_many_people(
    world: World, campaign: str, as_staff: Staff
) -> None:
    """From the board to the class, the reason and the person by links, and nobody is lost on the way."""
    officer = as_staff("officer")
    page = officer.get(OURS)
    numbers = re.findall(r'<a class="action number" href="([^"]*/silent[^"]*)">(\d+)<', page.html)
    assert len(numbers) == 3 + 5 + 3
    for link, n in numbers:
        people = officer.get(link.replace("&amp;", "&"))
        assert len(re.findall(r'name="case"', people.html)) == int(n), link
    student = next(link for link in officer.page.links if "/student" in link)
    assert officer.get(student).status == 200


def test_a_bulletin_says_the_reasons_to_the_registrar_alone(
    world: World, campaign: str, as_staff: Staff
) -> None:
    """College by college, as they were at its moment; the sheet, the public page and the profile say none."""
    world.at(on(2024, 10, 30, 9))
    id = publish_now(world, campaign)
    with world.place.store.writing() as session:
        by = world.staff["registrar"]
        chase(world.place.engine, session, [case(world, 4).id], "give_reason", by, reason="other")
    with world.place.store.reading() as session:
        digest = bulletin(session, id).digest  # type: ignore[union-attr]
    registrar = as_staff("registrar")
    page = registrar.get(f"{SCHOOL}/bulletins/{digest}")
    assert "刚才由流转记录重新计算，结果相同" in page.text
    assert reasons(page.html) == {
        "另一学院": ["5", "0", "1", "0", "0"],
        "测试学院": ["2", "1", "0", "2", "1"],
        "合计": ["7", "1", "1", "2", "1"],
    }
    for path in (f"{SCHOOL}/bulletins/{digest}/sheet", f"/bulletins/{digest}"):
        text = registrar.get(path).text
        assert "联系不上" not in text and "休学" not in text and "其中代为确认" in text
    profile = registrar.client.get(f"/bulletins/{digest}/profile.json").get_data(as_text=True)
    assert "unreachable" not in profile and "on_leave" not in profile and '"proxy":1' in profile


def beside(html: str) -> list[int]:
    """The numbers of the officer's college, platform and local, from the left."""
    line = re.search(r'<th scope="row" lang="zh-CN">测试学院</th>(.*?)</tr>', html, re.DOTALL)
    assert line is not None
    return [int(n) for n in re.findall(r">(\d+)</td>", line[1])]


def test_beside_the_platform_too_nobody_is_confirmed_who_did_not_say_so(
    world: World, campaign: str, as_staff: Staff
) -> None:
    """The line of a college says for how many somebody else answered, and the list names them as such; who was deemed said nothing."""
    registrar = as_staff("registrar")
    address = f"{SCHOOL}/platform"
    registrar.get(address)
    data = workbook(*((f"2401{n:05d}", "", "", "", "未自查", None) for n in (1, 2, 4)))
    registrar.send(address, file=(io.BytesIO(data), "自查.xlsx"))
    registrar.follow()
    registrar.send("/take")
    page = registrar.follow()
    numbers = beside(page.html)
    assert numbers == [7, 0, 0, 2, 1, 0, 4, 1] and sum(numbers[1:-1]) == numbers[0]
    with world.place.store.writing() as session:
        of_it = update(Case).where(Case.id == case(world, 4).id)
        session.execute(of_it.values({"state": "checked_ok", "manner": "deemed"}))
    assert beside(registrar.get(address).html) == [7, 0, 0, 2, 0, 1, 4, 1]
    _there, here = cells(registrar.get(f"{address}/both.xlsx"))
    assert [line[4] for line in here[1:]] == ["核对无误", "核对无误（代为确认）"]


def test_a_colleges_trend_is_its_own(world: World, campaign: str, as_staff: Staff) -> None:
    """The last day of its table is its board of now, proxies apart; what another college does is not in it."""
    world.at(on(2024, 10, 26, 12))
    page = as_staff("officer").get(f"{OURS}/trend")
    last = page.html.split("2024年10月26日</th>")[1].split("</tr>")[0]
    assert re.findall(r">(\d+)</td>", last) == ["7", "5", "1", "1", "0", "0", "0", "0", "0"]
    assert "每天须有 1 人" in page.text
