"""Who gives and takes roles: nobody alone, nobody in silence, and never a way in as somebody else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.web.browsing import Browser, Page, signed_in
from tests.workflow.signin.doors import WORDS
from tests.world import World
from workflow.people.accounts import give_role
from workflow.people.granting import BY_OPERATOR
from workflow.people.scopes import Held, Scope, held
from workflow.people.tables import Access, Grant, Person, SignInLink
from workflow.signin.staff.proposals import StaffPlan, submit
from workflow.signin.staff.wanted import Wanted, WantedGrant
from workflow.signin.tables import SignInCode
from workflow.upkeep.scheduled import run_scheduled

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


def test_nothing_that_an_administrator_presses_lets_them_in_as_somebody_else(
    world: World, app: Flask, as_staff: Staff
) -> None:
    """Every form of the people's pages is sent for the auditor and for a student: no link, no code, no row."""
    record, browser = world.record(), as_staff("administrator")
    auditor = world.staff["auditor"].person
    shown, tried = "", set()
    for page in ("/admin", f"/admin/people/{auditor}", "/admin/presences"):
        browser.get(page)
        for form in [one for one in browser.page.forms if "/admin" in one.action]:
            tried.add(form.action)
            browser.get(page)
            shown += browser.send_form(
                form, said="240100001", name="李审核", role="auditor", number="X1"
            ).html
    for old in ("/admin/students", f"/admin/people/{auditor}/link"):
        shown += browser.post(old, csrf_token=browser.token, said="240100001").html
    assert tried and record
    assert not re.search(r"/in[/#]|[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", shown)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInLink)) == 0


def second(world: World, app: Flask) -> Browser:
    """The browser of another administrator, whom the operator made."""
    with world.place.store.writing() as session:
        plan = StaffPlan((Wanted("A2", "二号管理员", (WantedGrant(Held("administrator")),)),))
        place, at = world.place, world.clock.moment
        done = submit(session, place.cipher, place.entropy, plan, BY_OPERATOR, at, place.school.offices)
    assert done.done is not None
    return signed_in(world, app, done.done.people[0])


def uploaded(browser: Browser, *lines: str, **more: str) -> Page:
    """The dry run of a staff file with these lines."""
    text = "\n".join(("工号,姓名,身份,学院,邮箱,企业微信,电话", *lines))
    browser.get("/admin/staff-file")
    page = browser.send("/admin/staff-file", file=(io.BytesIO(text.encode()), "名单.csv"), **more)
    return browser.follow() if page.status == 303 else page


def test_the_first_administrator_alone_appoints_and_the_auditor_reads_it(
    world: World, as_staff: Staff
) -> None:
    """It stands at once, the page says so before, and the auditor's list calls it one person's."""
    browser = as_staff("administrator")
    assert "记作由一人授予" in browser.get("/admin").text
    page = browser.send(
        "/admin/people", number="S1", name="李审核", role="reviewer", email="li@school.example"
    )
    assert page.status == 303 and "/admin/people/" in page.location
    page = browser.follow()
    assert "由一人授予" in page.text and "li@school" not in page.html
    audit = as_staff("auditor")
    page = audit.get("/audit/grants")
    assert "李审核" in page.text and "一人 测试系统管理员" in page.text
    page = audit.get("/audit/grants/acts")
    assert "授予身份：审核人" in page.text and "发出登录码" in page.text


def test_a_role_given_by_a_page_waits_for_the_other_administrator(
    world: World, app: Flask, as_staff: Staff
) -> None:
    """The maker reads that it waits and has no button to confirm; the other one has, and then it stands."""
    other, browser = second(world, app), as_staff("administrator")
    person = world.staff["reviewer"].person
    browser.get(f"/admin/people/{person}")
    assert browser.send("/role", role="registrar").status == 303
    page = browser.follow()
    assert "还没有任何改动" in page.text and page.codes == ["own_proposal"]
    assert [form.action for form in page.forms if form.action.endswith("/confirm")] == []
    path = page.path
    assert browser.post(f"{path}/confirm", csrf_token=browser.token, seen="").codes[-1] == "own_proposal"
    assert path in other.get("/admin").links
    assert "授予：学籍管理员" in other.get(path).text
    assert other.send("/confirm").status == 303
    assert "授予 1" in other.follow().text
    assert "两人：" in other.get(f"/admin/people/{person}").text
    assert other.post(f"{path}/confirm", csrf_token=other.token, seen="").status == 409


def test_a_confirmation_is_of_what_was_on_the_page(world: World, app: Flask, as_staff: Staff) -> None:
    """What changed between the proposal and the press is said, and nothing is given."""
    other, browser = second(world, app), as_staff("administrator")
    person = world.staff["reviewer"].person
    browser.get(f"/admin/people/{person}")
    browser.send("/role", role="registrar")
    form = other.get(browser.page.location).form("/confirm")
    with world.place.store.writing() as session:
        give_role(session, person, held("auditor"), "system", world.clock.moment, world.place.entropy)
    page = other.send_form(form)
    assert page.status == 409 and page.codes[:2] == ["proposal_changed", "roles_clash"]
    assert other.send("/decline").status == 303
    assert "没有任何改动" in other.follow().text


def test_a_staff_file_from_upload_to_two_administrators(world: World, app: Flask, as_staff: Staff) -> None:
    """Faults by row first; then a dry run, a proposal of the whole, its confirmation, and nothing a second time."""
    world.record()
    other, browser = second(world, app), as_staff("administrator")
    page = uploaded(browser, "S1,张三丰,学院经办人,测试学园,,,", "S2,李四,审核人,,,,", "S2,李四,审计员,,,,")
    assert set(page.codes) == {"college_misspelt", "roles_clash"}
    assert [form for form in page.forms if form.action.endswith("/propose")] == []
    lines = ("S1,张三丰,学院经办人,测试学院,,,", "S2,李四,审核人,,li@school.example,,")
    page = uploaded(browser, *lines)
    assert "还没有写入任何内容" in page.text and "电话" in page.text and "保留不动" in page.text
    (form,) = [form for form in page.forms if "/propose" in form.action]
    assert browser.send_form(form).status == 303
    path = browser.follow().path
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Grant.confirmed_by.is_not(None))) == 0
    page = other.get(path)
    assert "名单.csv" in page.text and "li@school.example" in page.text
    assert other.send("/confirm").status == 303
    assert "新账号 2" in other.follow().text
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Grant.confirmed_by.is_not(None))) == 2
    assert "没有需要改动的内容" in uploaded(browser, *lines).text


def test_a_file_ends_what_it_does_not_name_only_when_ticked(world: World, as_staff: Staff) -> None:
    """Ticked at the upload or on the result; the last administrator is not among the ended."""
    browser = as_staff("administrator")
    page = uploaded(browser, "S1,张三丰,审核人,,,,", end="1")
    assert page.codes == ["last_administrator"]
    page = uploaded(browser, "A1,测试系统管理员,系统管理员,,,,")
    page = browser.get(next(link for link in page.links if link.endswith("?end=1")))
    (form,) = [form for form in page.forms if "/propose" in form.action]
    assert browser.send_form(form).status == 303
    with world.place.store.reading() as session:
        roles = session.scalars(select(Grant.role).where(Grant.ended_at.is_(None))).all()
    assert roles == ["administrator"]


def test_a_file_that_is_none_or_gone_says_so(world: World, as_staff: Staff) -> None:
    """No file, no known heading, and a result that was looked at more than an hour ago."""
    browser = as_staff("administrator")
    browser.get("/admin/staff-file")
    assert "请选择一个文件" in browser.send("/admin/staff-file").text
    browser.get("/admin/staff-file")
    page = browser.send("/admin/staff-file", file=(io.BytesIO(b"a,b\n1,2\n"), "x.csv"))
    assert page.status == 422 and "没有找到表头" in page.text
    page = uploaded(browser, "S1,张三丰,审核人,,,,")
    world.at(world.clock.moment + timedelta(hours=2))
    assert browser.get(page.path).codes == ["file_gone"]


def test_one_administrator_closes_an_account_at_once(world: World, app: Flask, as_staff: Staff) -> None:
    """The reviewer at the desk is out with the next page and cannot be given roles; nobody had to confirm."""
    second(world, app)
    reviewer, browser = as_staff("reviewer"), as_staff("administrator")
    person = world.staff["reviewer"].person
    browser.get(f"/admin/people/{person}")
    assert browser.send("/close", close="1").status == 303
    page = browser.follow()
    assert "已停用" in page.text and [form for form in page.forms if form.action.endswith("/role")][1:] == []
    assert reviewer.get("/desk").status == 401
    assert browser.post(f"/admin/people/{person}/role", csrf_token=browser.token, role="registrar").codes == [
        "account_closed"
    ]


def test_a_code_is_sent_and_not_shown(world: World, as_staff: Staff) -> None:
    """Without a vouched address the page says what to do; with one the letter is owed; opened needs none."""
    browser = as_staff("administrator")
    browser.get("/admin")
    assert browser.send("/admin/people", number="S8", name="张三丰", role="reviewer").status == 303
    person = browser.follow().path.rsplit("/", 1)[1]
    browser.get(f"/admin/people/{person}")
    assert browser.send("/code").codes == ["no_vouched_address"]
    browser.get(f"/admin/people/{person}")
    assert browser.send("/change", number="S9", email="zhang@school.example").status == 303
    page = browser.follow()
    browser.send("/code")
    page = browser.follow()
    assert "登录码将发到本人的地址" in page.text and "S9" in page.text
    with world.place.store.writing() as session:
        codes = session.scalars(select(SignInCode)).all()
        shown = [world.place.cipher.code(code.id) for code in codes]
        assert {code.kind for code in codes} == {"message"}
        session.execute(update(Person).where(Person.id == person).values(opened_at=world.clock.moment))
    assert not [code for code in shown if code in page.html]
    assert browser.post(f"/admin/people/{person}/code", csrf_token=browser.token).codes == ["has_a_way_in"]


def test_a_long_list_of_staff_is_searched_without_a_name_in_an_address(world: World, as_staff: Staff) -> None:
    """Forty colleges and their officers: by pages, by college, by number and by role."""
    with world.place.store.writing() as session:
        for n in range(80):
            grants = (WantedGrant(held("officer", f"第{n // 2}学院")),)
            wanted = Wanted(f"T{n:03d}", f"经办{n:03d}", grants)
            submit(
                session, world.place.cipher, world.place.entropy, StaffPlan((wanted,)), BY_OPERATOR,
                world.clock.moment, world.place.school.offices,
            )  # fmt: skip
    browser = as_staff("administrator")
    page = browser.get("/admin")
    assert "经办079" not in page.text and "经办079" in browser.get("/admin?page=1").text
    page = browser.send("/admin/find", said="第39学院")
    assert page.path == "/admin/find" and "找到 2 人" in page.text and "经办079" in page.text
    assert "找到 1 人" in browser.send("/admin/find", said="t005").text
    assert "找到 2 人" in browser.send("/admin/find", said="", role="reviewer").text


def test_roles_that_clash_from_before_are_named_to_administrator_and_auditor(
    world: World, as_staff: Staff
) -> None:
    """Nothing is ended by itself; both lists mark it."""
    with world.place.store.writing() as session:
        give_role(
            session, world.staff["auditor"].person, held("reviewer"), "system", world.clock.moment,
            world.place.entropy,
        )  # fmt: skip
    assert "身份冲突" in as_staff("administrator").get("/admin").text
    assert "身份冲突" in as_staff("auditor").get("/audit/grants").text


def test_from_a_staff_file_to_the_desk(world: World, app: Flask, as_staff: Staff) -> None:
    """The code of the letter and a password of one's own open the desk; no administrator has seen either."""
    other, browser = second(world, app), as_staff("administrator")
    page = uploaded(browser, "20080017,张三丰,审核人,,zhang@school.example,,")
    (form,) = [form for form in page.forms if "/propose" in form.action]
    browser.send_form(form)
    other.get(browser.follow().path)
    other.send("/confirm")
    with world.place.store.reading() as session:
        code = world.place.cipher.code(session.scalars(select(SignInCode.id)).one())
    newcomer = Browser(app)
    newcomer.get("/activate")
    newcomer.send("/activate", number="20080017", code=code)
    newcomer.send("/activate/password", password=WORDS, again=WORDS)
    assert newcomer.get("/desk").status == 200
    assert code not in browser.get("/admin").html + other.get("/admin").html
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Access.what.startswith("way:"))) == 0


def test_a_form_gives_a_duty_in_a_scope_until_a_day(world: World, app: Flask, as_staff: Staff) -> None:
    """Proposed with two classes, confirmed by the other administrator, read by the auditor, and one taken back."""
    world.record(), world.record(bh="240102")
    other, browser = second(world, app), as_staff("administrator")
    person = world.staff["reviewer"].person
    page = browser.get(f"/admin/people/{person}")
    assert "辅导员" in page.text and "240101" not in page.text
    asked = {"college": "测试学院", "classes": "240101、240102", "until": "2024-12-31"}
    assert browser.send("/role", role="counsellor", **asked).status == 303
    page = other.get(browser.follow().path)
    assert "授予：辅导员 测试学院 · 240101 到 2024年12月31日" in page.text
    assert other.send("/confirm").status == 303
    page = other.get(f"/admin/people/{person}")
    assert "辅导员 测试学院 · 240102" in page.text and "2024年12月31日" in page.text
    page = as_staff("auditor").get("/audit/grants")
    assert "辅导员 测试学院 · 240102" in page.text and "2024年12月31日" in page.text
    with world.place.store.reading() as session:
        id = session.scalars(select(Grant.id).where(Grant.class_name == "240102")).one()
    form = next(one for one in browser.get(f"/admin/people/{person}").forms if one.action.endswith("/end"))
    assert browser.send_form(form, grant=id).status == 303
    with world.place.store.reading() as session:
        theirs = Grant.person_id == person, Grant.ended_at.is_(None)
        left = session.execute(select(Grant.duty, Grant.class_name).where(*theirs).order_by(Grant.duty)).all()
    assert list(map(tuple, left)) == [("", ""), ("counsellor", "240101")]


def test_a_form_with_a_day_that_does_not_exist_gives_nothing(world: World, as_staff: Staff) -> None:
    """Neither for ever nor at all: the form comes back with what was typed."""
    browser = as_staff("administrator")
    for path, action in (
        ("/admin", "/admin/people"), (f"/admin/people/{world.staff['auditor'].person}", "/role"),
    ):  # fmt: skip
        browser.get(path)
        page = browser.send(action, number="S1", name="张三丰", role="reviewer", until="2024-02-30")
        assert page.status == 422 and "没有这一天" in page.text
    page = browser.send("/role", role="counsellor", college="测试学院", until="2024-01-01")
    assert set(page.codes) == {"duty_without_scope", "until_past", "roles_clash"}
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).where(Grant.given_by != "system")) == 0


def test_the_faults_of_a_file_name_row_and_column(world: World, as_staff: Staff) -> None:
    """An administrator reads which cell to mend, in either language, and finds no button to propose it."""
    world.record(), world.record(fy="另一学院", bh="240201")
    browser = as_staff("administrator")
    text = "工号,姓名,身份,学院,班级,到期\nS1,张三丰,辅导员,测试学院,240201,\nS2,李四,班主任,测试学院,,2024-01-01"
    browser.get("/admin/staff-file")
    browser.send("/admin/staff-file", file=(io.BytesIO(text.encode()), "名单.csv"))
    page = browser.follow()
    assert page.codes == ["class_of_another_college", "duty_without_scope", "until_past"]
    assert "2 班级 “240201”不是测试学院的班级，学籍名册中它属于：另一学院。" in page.text
    assert [form for form in page.forms if form.action.endswith("/propose")] == []
    browser.send("/language", language="en")
    assert "is not a class of" in browser.get(page.path).text


def test_what_ends_soon_and_what_is_over_can_be_read(world: World, as_staff: Staff) -> None:
    """Two weeks ahead the administrator reads who will lack a role; afterwards the auditor reads that it was over."""
    today, person = world.clock.moment.date(), world.staff["other_reviewer"].person
    with world.place.store.writing() as session:
        for days, year in ((13, "2023"), (15, "2022")):
            give_role(
                session, person, held("reviewer", Scope(entry_year=year)), "test", world.clock.moment,
                world.place.entropy, last_on=today + timedelta(days=days),
            )  # fmt: skip
    page = as_staff("administrator").get("/admin")
    soon = page.text.partition("两周内到期的身份")[2].partition("找人")[0]
    assert "另一位审核人 · 审核人 2023 级 · 到 2024年11月7日" in soon and "2022" not in soon
    auditor = as_staff("auditor")
    assert "2024年11月7日" in auditor.get("/audit/grants").text
    world.at(world.clock.moment + timedelta(days=14))
    run_scheduled(world.place)
    auditor = as_staff("auditor")
    assert "2024年11月8日 10:00 到期" in auditor.get("/audit/grants?ended=1").text
    assert "系统 收回身份：审核人 另一位审核人" in auditor.get("/audit/grants/acts").text


def test_five_capacities_are_one_list_to_switch_in(world: World, app: Flask) -> None:
    """Each is named by duty, college and office; two classes of one duty need no switching; a press leads there."""
    officer, at = world.staff["officer"].person, world.clock.moment + timedelta(seconds=1)
    with world.place.store.writing() as session:
        for what in (
            held("officer", Scope("测试学院", class_name="240101"), "counsellor"),
            held("officer", Scope("测试学院", class_name="240102"), "counsellor"),
            held("officer", Scope("另一学院"), "teaching_secretary"), held("reviewer", Scope(entry_year="2024")),
            held("second_reviewer"), held("registrar"),
        ):  # fmt: skip
            give_role(session, officer, what, "test", at, world.place.entropy)
    browser = signed_in(world, app, officer)
    form = browser.get("/college").form("/role")
    assert len(form.buttons) == 5 and "改用另一个身份（5）" in browser.page.text
    words = ["辅导员 测试学院", "教学秘书 另一学院", "审核人", "复核人", "学籍管理员"]
    assert [one for one in words if f"改用“{one}" not in browser.page.text] == []
    with world.place.store.reading() as session:
        secretary = session.scalars(select(Grant.id).where(Grant.duty == "teaching_secretary")).one()
    assert browser.send_form(form, grant=secretary).status == 303
    assert "（教学秘书 另一学院" in browser.get("/college").text
