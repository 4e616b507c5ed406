"""A staff file gives duties and scopes; whatever does not fit is said by row and column, and nothing is given."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from config.policy import Words
from config.settings import ROOT
from tests.workflow.notices.test_addresses import workbook
from tests.world import World
from workflow.engine import Actor
from workflow.notices.tables import Notice
from workflow.people import accounts
from workflow.people.access import grants_of
from workflow.people.accounts import add_person
from workflow.people.clashes import roles_in_reach
from workflow.people.granting import BY_OPERATOR, take_back
from workflow.people.links import SignInRefused
from workflow.people.presences import Way, begin, change_role, who_is
from workflow.people.scopes import Held, Scope, held
from workflow.people.standing_in import stand_in
from workflow.people.tables import Access, Grant
from workflow.people.tokens import digest
from workflow.records.formats.grid import read_cells
from workflow.records.tables import NameReading, Record
from workflow.signin.staff.acts import close, end_passed_offices
from workflow.signin.staff.listing import grant_lines, staff_members
from workflow.signin.staff.outlook import Outlook
from workflow.signin.staff.proposals import StaffPlan, Submitted, confirm, proposal, submit
from workflow.signin.staff.wanted import HEADINGS, StaffFault, day_said, from_json, read_staff
from workflow.verdict import Refused

pytestmark = [pytest.mark.one_database]

HEAD = "工号,姓名,身份,职责,学院,班级,年级,层次,部门,到期\n"
OFFICES = {
    one.code: one
    for one in (
        Words("college", "学院", "the college"), Words("registrar", "学籍科", "Registry"),
        Words("admission", "招生办", "Admissions"),
    )
}  # fmt: skip


@pytest.fixture
def world(world: World) -> World:
    """A school of two colleges, three classes, two entry years and two levels."""
    world.record(fy="测试学院", bh="210101", rxrq=date(2021, 9, 1))
    world.record(fy="测试学院", bh="210102", rxrq=date(2021, 9, 1))
    world.record(fy="另一学院", bh="220201", rxrq=date(2022, 9, 1), cc="硕士")
    return world


def plan_of(*lines: str, ends_gone: bool = False) -> tuple[StaffPlan, tuple[StaffFault, ...]]:
    """The plan of a staff file with these lines, and the faults of its rows."""
    table = read_staff(read_cells((HEAD + "\n".join(lines)).encode(), HEADINGS), OFFICES)
    return StaffPlan(table.wanted, whole=True, ends_gone=ends_gone, source="staff.csv"), table.faults


def outlook_of(world: World, *lines: str) -> Outlook:
    """What a staff file with these lines would change."""
    plan, faults = plan_of(*lines)
    with world.place.store.reading() as session:
        return plan.outlook(session, world.place.cipher, world.clock.moment, OFFICES, faults)


def faults_of(world: World, *lines: str) -> list[tuple[int, str, str]]:
    """The faults of a staff file: row, heading of the column, and code."""
    return [(one.row, one.heading, one.reason.code) for one in outlook_of(world, *lines).faults]


def taken(world: World, *lines: str, by: Actor = BY_OPERATOR, ends_gone: bool = False) -> Submitted:
    """Take a staff file in, or propose it."""
    plan, faults = plan_of(*lines, ends_gone=ends_gone)
    with world.place.store.writing() as session:
        place, at = world.place, world.clock.moment
        return submit(session, place.cipher, place.entropy, plan, by, at, OFFICES, faults=faults)


def held_by(world: World, name: str) -> dict[Held, date | None]:
    """The present grants of whoever has this name, with their last days."""
    with world.place.store.reading() as session:
        found = [one for one in staff_members(session, world.clock.moment) if one.name == name]
    return {held: one.last_days.get(held) for one in found for held in one.roles}


def of(college: str, duty: str = "", **parts: str) -> Held:
    """An officer's grant."""
    return held("officer", Scope(college, **parts), duty)


# -- what a row says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "grants"),
    [
        ("S1,张三丰,辅导员,,测试学院,210101、210102,,,,", [
            of("测试学院", "counsellor", class_name="210101"), of("测试学院", "counsellor", class_name="210102"),
        ]),
        ("S1,张三丰,,班主任,测试学院,210101,,,,", [of("测试学院", "class_teacher", class_name="210101")]),
        ("S1,张三丰,officer,counsellor,测试学院,,2021级,,,", [of("测试学院", "counsellor", entry_year="2021")]),
        ("S1,张三丰,teaching_secretary,,测试学院,,,,,", [of("测试学院", "teaching_secretary")]),
        ("S1,张三丰,学院经办人,,测试学院,,２０２１,本科,,", [of("测试学院", entry_year="2021", level="本科")]),
        ("S1,张三丰,审核人,,,,2022,,学籍科,", [held("reviewer", Scope(entry_year="2022", office="registrar"))]),
        ("S1,张三丰,审核人,,另一学院,,,硕士,admission,", [
            held("reviewer", Scope("另一学院", level="硕士", office="admission"))
        ]),
    ],
)  # fmt: skip
def test_a_row_gives_a_duty_in_a_scope(world: World, line: str, grants: list[Held]) -> None:
    """Duties by name or code, several classes in a cell, years with or without 级, offices by name or code."""
    taken(world, line)
    assert held_by(world, "张三丰") == dict.fromkeys(grants)
    with pytest.raises(Refused) as no:
        taken(world, line)
    assert no.value.codes == ("nothing_to_do",)


@pytest.mark.parametrize("between", ["、", "，", ",", ";", "；", " ", "\n"])
def test_classes_in_one_cell_are_parted_by_any_usual_sign(world: World, between: str) -> None:
    """Two classes of one counsellor are two grants and one capacity."""
    taken(world, f'S1,张三丰,辅导员,,测试学院,"210101{between}210102",,,,')
    (capacity,) = {one.capacity for one in held_by(world, "张三丰")}
    assert len(held_by(world, "张三丰")) == 2 and "counsellor" in capacity


@pytest.mark.parametrize("said", ["2024-11-30", "2024/11/30", "2024.11.30", "2024年11月30日", "20241130"])
def test_a_last_day_is_written_in_any_usual_way(world: World, said: str) -> None:
    """And stands with the grant."""
    taken(world, f"S1,张三丰,审核人,,,,,,,{said}")
    assert held_by(world, "张三丰") == {held("reviewer"): date(2024, 11, 30)}


@pytest.mark.parametrize("said", ["", "2024-02-30", "明年", "2024-11", "99999-01-01", "1-1-1", "0000-01-01"])
def test_what_is_no_day_is_no_day(said: str) -> None:
    """Neither a day that no month has nor half of one."""
    assert day_said(said) is None


def test_a_day_that_excel_made_is_a_day() -> None:
    """A cell formatted as a date says its last day as a text would."""
    data = workbook([["工号", "姓名", "身份", "到期"], ["S1", "张三丰", "审核人", date(2024, 11, 30)]])
    table = read_staff(read_cells(data, HEADINGS), OFFICES)
    assert [one.last_on for one in table.wanted[0].grants] == [date(2024, 11, 30)]


def test_the_file_of_the_description_is_read_as_it_says() -> None:
    """Five people, of whom the counsellor has two classes, and two have a last day."""
    page = (ROOT / "docs" / "staff.md").read_text(encoding="utf-8")
    table = read_staff(read_cells(page.split("```")[1].encode(), HEADINGS), OFFICES)
    assert table.faults == () and table.unused == ()
    assert [len(one.grants) for one in table.wanted] == [1, 1, 1, 2, 1]
    grants = [grant for one in table.wanted for grant in one.grants]
    assert sum(one.last_on == date(2025, 7, 31) for one in grants) == 3
    assert grants[1].held == held("reviewer", Scope(entry_year="2021", office="registrar"))


# -- what does not fit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("S1,张三丰,辅导员,,测试学院,220201,,,,", ("班级", "class_of_another_college")),
        ("S1,张三丰,辅导员,,测试学院,210103,,,,", ("班级", "class_misspelt")),
        ("S1,张三丰,辅导员,,测试学院,机械,,,,", ("班级", "class_unknown")),
        ("S1,张三丰,辅导员,,测试学院,,2023,,,", ("入学年份", "year_misspelt")),
        ("S1,张三丰,辅导员,,测试学院,,21级,,,", ("入学年份", "year_misfit")),
        ("S1,张三丰,辅导员,,测试学院,,0000,,,", ("入学年份", "year_misfit")),
        ("S1,张三丰,辅导员,,测试学院,210101,2022,,,", ("班级", "nobody_in_scope")),
        ("S1,张三丰,辅导员,,测试学院,,2022,,,", ("入学年份", "nobody_in_scope")),
        ("S1,张三丰,审核人,,,,,高职,,", ("层次", "level_unknown")),
        ("S1,张三丰,审核人,,,,,,招生处,", ("部门", "office_misspelt")),
        ("S1,张三丰,审核人,,,,,,财务,", ("部门", "office_unknown")),
        ("S1,张三丰,审核人,,,,,,学院,", ("部门", "office_of_colleges")),
        ("S1,张三丰,审核人,,测试学园,,,,,", ("学院", "college_misspelt")),
        ("S1,张三丰,辅导员,,测试学院,,,,,", ("班级", "duty_without_scope")),
        ("S1,张三丰,班主任,,测试学院,,,,,", ("班级", "duty_without_scope")),
        ("S1,张三丰,教学秘书,,,,,,,", ("学院", "college_missing")),
        ("S1,张三丰,学院经办人,,,,,,,", ("学院", "college_missing")),
        ("S1,张三丰,学院经办人,,测试学院,,,,学籍科,", ("部门", "office_of_reviewers")),
        ("S1,张三丰,学院经办人,导师,测试学院,,,,,", ("职责", "duty_unknown")),
        ("S1,张三丰,辅导员,班主任,测试学院,210101,,,,", ("职责", "duty_unknown")),
        ("S1,张三丰,审核人,辅导员,,,,,,", ("职责", "duty_of_officers")),
        ("S1,张三丰,学籍管理员,,,210101,,,,", ("班级", "scope_of_no_use")),
        ("S1,张三丰,审计员,,测试学院,,,,,", ("学院", "scope_of_no_use")),
        ("S1,张三丰,系统管理员,,,,2021,,,", ("入学年份", "scope_of_no_use")),
        ("S1,张三丰,复核人,,,,,,学籍科,", ("部门", "scope_of_no_use")),
        ("S1,张三丰,审核人,,,,,,,2024-10-22", ("到期", "until_past")),
        ("S1,张三丰,审核人,,,,,,,明年", ("到期", "no_such_day")),
        ("S1,张三丰,系统管理员,,,,,,,2024-12-31", ("到期", "until_of_administrator")),
        ("S1,张三丰,审核人,," + "长" * 65 + ",,,,,", ("学院", "scope_too_long")),
    ],
)  # fmt: skip
def test_a_grant_that_does_not_fit_is_said_by_column(world: World, line: str, fault: tuple[str, str]) -> None:
    """One wrong cell is one fault, with its words and what to do, and the sound rows are not taken in either."""
    lines = ("S9,李四,审核人,,,,,,,", line)
    assert faults_of(world, *lines) == [(3, *fault)]
    (one,) = outlook_of(world, *lines).faults
    assert one.reason.says and one.reason.remedy
    with pytest.raises(Refused):
        taken(world, *lines)
    assert held_by(world, "李四") == held_by(world, "张三丰") == {}


def test_a_name_that_is_spelled_alike_is_offered(world: World) -> None:
    """A class, a year, an office: the fault names those that are nearly the same."""
    for line, near in (
        ("S1,张三丰,辅导员,,测试学院,210103,,,,", "210101"), ("S1,张三丰,辅导员,,测试学院,,2012,,,", "2021"),
        ("S1,张三丰,审核人,,,,,,招生处,", "招生办"),
    ):  # fmt: skip
        (fault,) = outlook_of(world, line).faults
        assert near in fault.reason.says


def test_each_fault_has_the_row_that_it_stands_in(world: World) -> None:
    """The second row of a person is not blamed on the first; a stranger in the file is named beside it."""
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        leaver = add_person(session, "王五", "reviewer", "", "system", at, entropy, number="S7")
        close(session, entropy, BY_OPERATOR, leaver.id, at)
    found = faults_of(
        world, "S1,张三丰,辅导员,,测试学院,210101,,,,", "S1,张三丰,班主任,,测试学院,220201,,,,",
        "240100001,李四,审核人,,,,,,,", "S7,王五,审核人,,,,,,,", "S8,赵六,审计员,,,,,,,", "S8,赵六,审核人,,,,,,,",
    )  # fmt: skip
    assert found == [
        (3, "班级", "class_of_another_college"), (4, "工号", "number_of_a_student"), (5, "工号", "account_closed"),
        (6, "身份", "roles_clash"),
    ]  # fmt: skip


def test_nothing_is_checked_against_a_roster_that_is_not_there(world: World) -> None:
    """Before a roster was taken in a class is taken as written, and the outlook says that it was not checked."""
    plan, faults = plan_of("S1,张三丰,辅导员,,某学院,999999,,,,")
    with world.place.store.writing() as session:
        session.execute(delete(NameReading))
        session.execute(delete(Record))
        outlook = plan.outlook(session, world.place.cipher, world.clock.moment, OFFICES, faults)
    assert (outlook.faults, outlook.scopes_checked) == ((), False)


# -- grants of one person -------------------------------------------------------------------------------


def test_the_same_grant_twice_and_a_part_of_a_wider_one_are_refused(world: World) -> None:
    """In one file and beside what is held; another duty, and a wider grant beside a narrow one, are given."""
    college, year = "S1,张三丰,学院经办人,,测试学院,,,,,", "S1,张三丰,学院经办人,,测试学院,,2021,,,"
    assert faults_of(world, year, year) == [(3, "入学年份", "row_twice")]
    assert faults_of(world, "S1,张三丰,辅导员,,测试学院,210101 210101,,,,") == [(2, "班级", "row_twice")]
    assert faults_of(world, college, year) == [(3, "入学年份", "covered_already")]
    taken(world, year)
    taken(world, college)
    assert set(held_by(world, "张三丰")) == {of("测试学院"), of("测试学院", entry_year="2021")}
    narrow = "S1,张三丰,学院经办人,,测试学院,210101,,,,"
    assert faults_of(world, narrow) == [(2, "班级", "covered_already")]
    taken(world, "S1,张三丰,辅导员,,测试学院,210101,,,,")
    assert len(held_by(world, "张三丰")) == 3


def test_a_file_that_ends_what_it_does_not_name_narrows_a_grant(world: World) -> None:
    """The college gives way to one class of it in the same press."""
    operator, officer = "A1,测试系统管理员,系统管理员,,,,,,,", "S1,张三丰,学院经办人,,测试学院,,,,,"
    taken(world, operator, officer)
    taken(world, operator, "S1,张三丰,学院经办人,,测试学院,210101,,,,", ends_gone=True)
    assert set(held_by(world, "张三丰")) == {of("测试学院", class_name="210101")}


# -- two administrators ---------------------------------------------------------------------------------


def test_a_grant_with_duty_scope_and_last_day_is_proposed_and_confirmed(world: World) -> None:
    """What the second administrator confirms is what the first one proposed, to the last day."""
    first = world.staff["administrator"]
    done = taken(world, "A2,二号管理员,系统管理员,,,,,,,").done
    assert done is not None
    second = Actor(done.people[0], "administrator")
    id = taken(world, "S1,张三丰,辅导员,,测试学院,210101,2021,本科,,2024-12-31", by=first).proposal
    assert id and held_by(world, "张三丰") == {}
    with world.place.store.writing() as session:
        found = proposal(session, world.place.cipher, id)
        assert found is not None
        place, at = world.place, world.clock.moment
        confirm(session, place.cipher, place.entropy, id, second, at, OFFICES, found.digest)
    whole = of("测试学院", "counsellor", class_name="210101", entry_year="2021", level="本科")
    assert held_by(world, "张三丰") == {whole: date(2024, 12, 31)}
    with world.place.store.reading() as session:
        line = next(one for one in grant_lines(session, ended=False)[1] if one.name == "张三丰")
    assert (line.held, line.last_on, line.how) == (whole, date(2024, 12, 31), "two")


def test_a_proposal_that_waited_past_its_last_day_gives_nothing(world: World) -> None:
    """The second administrator is told, and the grant is not made."""
    first = world.staff["administrator"]
    done = taken(world, "A2,二号管理员,系统管理员,,,,,,,").done
    assert done is not None
    today = world.clock.moment.date()
    id = taken(world, f"S1,张三丰,审核人,,,,,,,{today}", by=first).proposal
    world.clock.moment += timedelta(days=1)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        found = proposal(session, world.place.cipher, id)
        assert found is not None
        place, at, by = world.place, world.clock.moment, Actor(done.people[0], "administrator")
        confirm(session, place.cipher, place.entropy, id, by, at, OFFICES, found.digest)
    assert set(no.value.codes) == {"proposal_changed", "until_past"} and held_by(world, "张三丰") == {}


def test_a_proposal_of_an_earlier_version_is_still_read() -> None:
    """It has a role and what the role is mostly for, and no last day."""
    earlier = (
        '[{"addresses": [], "name": "张三丰", "number": "S1", "offices": [["officer", "测试学院"], ["reviewer", ""]],'
        ' "person": "", "row": 4}]'
    )
    (one,) = from_json(earlier)
    assert [(grant.held, grant.last_on, grant.row) for grant in one.grants] == [
        (of("测试学院"), None, 4), (held("reviewer"), None, 4),
    ]  # fmt: skip


# -- the last day ---------------------------------------------------------------------------------------


def test_a_grant_works_to_the_end_of_its_last_day_and_no_second_longer(world: World) -> None:
    """At midnight in Shanghai the browser is out, neither door nor switch leads back, before any round has run."""
    today = world.clock.moment.date()
    taken(world, "S1,张三丰,复核人,,,,,,,", f"S1,张三丰,审核人,,,,,,,{today}")
    with world.place.store.writing() as session:
        grants = {one.role: one for one in session.scalars(select(Grant).where(Grant.given_by == "operator"))}
        at = world.clock.moment.replace(hour=22, minute=0, second=0)
        token = digest(begin(session, grants["reviewer"], Way("password"), at, world.place.entropy))
        other = digest(begin(session, grants["second_reviewer"], Way("password"), at, world.place.entropy))
        ids = {role: one.id for role, one in grants.items()}
    last = at.replace(hour=23, minute=59, second=59)
    with world.place.store.reading() as session:
        assert who_is(session, token, last) is not None
        assert who_is(session, token, last + timedelta(seconds=1)) is None
        here = who_is(session, other, last + timedelta(seconds=1))
        person = session.get_one(Grant, ids["reviewer"]).person_id
        assert here is not None and ids["reviewer"] not in {one.id for one in here.grants}
    with pytest.raises(SignInRefused), world.place.store.writing() as session:
        change_role(session, here, ids["reviewer"], last + timedelta(seconds=1), world.place.entropy)
    for moment, role, left in ((last, "reviewer", 2), (last + timedelta(seconds=1), "second_reviewer", 1)):
        with world.place.store.reading() as session:
            held_then = grants_of(session, Actor(person, role), moment)
            assert len(held_then) == left == len(accounts.grants_of(session, person, moment))
            assert Held(role) in held_then


def test_an_administrator_whose_last_day_is_over_is_none(world: World) -> None:
    """They are not who is left when the last one goes, and what they proposed is confirmed by nobody."""
    first = world.staff["administrator"]
    done = taken(world, "A2,二号管理员,系统管理员,,,,,,,").done
    assert done is not None
    second, at = Actor(done.people[0], "administrator"), world.clock.moment
    id = taken(world, "S1,张三丰,审核人,,,,,,,", by=second).proposal
    world.until_yesterday(second)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        take_back(session, BY_OPERATOR, first.person, "administrator", at)
    assert no.value.codes == ("last_administrator",)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        take_back(session, BY_OPERATOR, second.person, "administrator", at)
    assert no.value.codes == ("no_such_grant",)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        found = proposal(session, world.place.cipher, id)
        assert found is not None
        confirm(session, world.place.cipher, world.place.entropy, id, first, at, OFFICES, found.digest)
    assert no.value.codes == ("proposer_gone",) and held_by(world, "二号管理员") == {}


def test_a_role_whose_last_day_is_over_is_held_no_more(world: World) -> None:
    """Who was an auditor until yesterday holds no role, and stands in for nobody."""
    auditor = world.staff["auditor"]
    world.until_yesterday(auditor)
    with world.place.store.reading() as session:
        assert roles_in_reach(session, auditor.person, world.clock.moment) == frozenset()
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        day, at = world.clock.moment.date(), world.clock.moment
        absent, by = world.staff["reviewer"].person, world.staff["administrator"]
        stand_in(session, absent, auditor.person, day, day, by, at, world.place.entropy)
    assert no.value.codes == ("not_of_the_staff",)


def test_the_round_after_the_last_day_ends_it_and_says_so(world: World) -> None:
    """Once: the grant is among the ended, the person is told it is over, and the log has a line of the system's."""
    today = world.clock.moment.date()
    taken(world, f"S1,张三丰,审核人,,,,,,,{today}", f"S1,张三丰,辅导员,,测试学院,210101、210102,,,,{today}")

    def ended_at(moment: timedelta) -> int:
        with world.place.store.writing() as session:
            return end_passed_offices(session, world.place.entropy, world.clock.moment + moment)

    tomorrow = timedelta(days=1)
    assert [ended_at(timedelta()), ended_at(tomorrow), ended_at(tomorrow)] == [0, 3, 0]
    assert held_by(world, "张三丰") == {}
    with world.place.store.reading() as session:
        told = session.scalars(select(Notice.event).where(Notice.event == "role_over")).all()
        lines = session.execute(select(Access.person_id, Access.what).where(Access.what.like("grant_end%")))
        assert len(told) == 3
        assert sorted(map(tuple, lines)) == [("system", "grant_end:officer")] * 2 + [
            ("system", "grant_end:reviewer")
        ]


def test_a_grant_given_again_after_its_last_day_outlives_the_round(world: World) -> None:
    """What is over is not held; the new one is another grant, and the round ends only the former."""
    today = world.clock.moment.date()
    taken(world, f"S1,张三丰,审核人,,,,,,,{today}")
    world.clock.moment += timedelta(days=1)
    taken(world, "S1,张三丰,审核人,,,,,,,")
    with world.place.store.writing() as session:
        assert end_passed_offices(session, world.place.entropy, world.clock.moment) == 1
    assert held_by(world, "张三丰") == {held("reviewer"): None}


def test_another_last_day_is_another_grant_and_signs_nobody_out(world: World) -> None:
    """The former ends, who proposed the new one is written down, and the person goes on working."""
    taken(world, "S1,张三丰,审核人,,,,,,,2024-12-31")
    with world.place.store.writing() as session:
        grant = session.scalars(select(Grant).where(Grant.given_by == "operator")).one()
        token = digest(begin(session, grant, Way("password"), world.clock.moment, world.place.entropy))
    taken(world, "S1,张三丰,审核人,,,,,,,2025-06-30")
    assert held_by(world, "张三丰") == {held("reviewer"): date(2025, 6, 30)}
    with world.place.store.reading() as session:
        assert who_is(session, token, world.clock.moment) is not None
        (former,) = [one for one in grant_lines(session, ended=True)[1] if one.name == "张三丰"]
        assert former.last_on == date(2024, 12, 31)
        assert session.scalars(select(Notice.event).where(Notice.event == "role_renewed")).all()
    taken(world, "S1,张三丰,审核人,,,,,,,", "S2,李四,审核人,,,,,,,")
    assert held_by(world, "张三丰") == {held("reviewer"): date(2025, 6, 30)}
