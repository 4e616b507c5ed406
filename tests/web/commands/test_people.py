"""``people`` on the command line: the operator's own acts, marked as such and told to whom they concern."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from config.settings import read_settings
from tests.workflow.records.rosters import as_csv, student
from web.commands import main
from workflow.notices.tables import Notice
from workflow.people.tables import Access, Grant, SignInLink
from workflow.records.student_contacts import kept_contacts
from workflow.upkeep.installation import create, open_installation
from workflow.verdict import Refused

HEAD = "工号,姓名,身份,学院,邮箱,电话\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new installation on SQLite without a roster."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KANWU_HOME", str(folder))
    create(read_settings(), "测试管理员")
    return folder


def run(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words))


def codes(result: Result) -> list[str]:
    """The codes with which a command was refused."""
    assert isinstance(result.exception, Refused), result.output
    return list(result.exception.codes)


def lines() -> list[tuple[str, str, str]]:
    """The access log: who, in which role, what."""
    place = open_installation(read_settings())
    with place.store.reading() as session:
        rows = session.execute(select(Access.person_id, Access.role, Access.what).order_by(Access.id))
        return [(row.person_id, row.role, row.what) for row in rows]


def test_all_that_the_operator_does_is_marked_as_the_operators(home: Path) -> None:
    """Adding, giving, ending, numbering, closing, reopening and links: a line each, and news of each."""
    assert "/in#" in run("people", "add", "张三丰", "--number", "S1", "--role", "reviewer").output
    for words in (
        ("grant", "S1", "--role", "second_reviewer"), ("grant", "张三丰", "--role", "second_reviewer", "--end"),
        ("number", "测试管理员", "A1"), ("link", "S1"), ("close", "S1"), ("reopen", "S1"),
    ):  # fmt: skip
        assert run("people", *words).exit_code == 0, words
    assert {(who, role) for who, role, _ in lines()} == {("operator", "system")}
    assert [what for _, _, what in lines()] == [
        "grant:administrator", "link", "grant:reviewer", "link", "grant:second_reviewer", "grant_end:second_reviewer",
        "staff_number", "search:command", "link", "closed", "grant_end:reviewer", "reopened",
    ]  # fmt: skip
    with open_installation(read_settings()).store.reading() as session:
        told = session.execute(select(Notice.event, func.count()).group_by(Notice.event)).all()
        assert session.scalar(select(func.count()).where(SignInLink.made_by != "operator")) == 0
    assert dict(map(tuple, told)) == {
        "role_given": 2, "role_ended": 1, "link_made": 2, "account_closed": 1,
    }  # fmt: skip


def test_the_command_line_refuses_what_a_page_would(home: Path) -> None:
    """Roles that must not meet, a college that nobody knows, a number taken, and the last administrator."""
    (home / "roster.csv").write_bytes(as_csv([student(1)]))
    assert (
        "无法核对"
        in run("people", "add", "甲", "--number", "S1", "--role", "officer", "--college", "某").output
    )
    assert run("roster", "import", str(home / "roster.csv")).exit_code == 0
    add = ("people", "add", "乙", "--number", "S2", "--role", "officer", "--college")
    assert codes(run(*add, "没有这个")) == ["college_unknown"]
    assert run("people", "add", "丙", "--number", "S3", "--role", "reviewer").exit_code == 0
    assert codes(run("people", "grant", "S3", "--role", "auditor")) == ["roles_clash"]
    assert codes(run("people", "number", "测试管理员", "S3")) == ["number_taken"]
    assert codes(run("people", "close", "测试管理员")) == ["last_administrator"]
    assert codes(run("people", "grant", "测试管理员", "--role", "administrator", "--end")) == [
        "last_administrator"
    ]


def test_the_command_line_gives_and_ends_a_duty_in_a_scope(home: Path) -> None:
    """Two classes at once until a day, listed with both; one of them taken back, then all of the duty."""
    (home / "roster.csv").write_bytes(as_csv([student(1), student(2, BH="240102")]))
    assert run("roster", "import", str(home / "roster.csv")).exit_code == 0
    college = student(1)["FY"]
    counsellor = ("--role", "officer", "--duty", "counsellor", "--college", college)
    assert codes(run("people", "add", "张三丰", "--number", "S1", *counsellor)) == ["duty_without_scope"]
    both = ("--class", f"{student(1)['BH']}、240102", "--until", "2099-07-31")
    assert run("people", "add", "张三丰", "--number", "S1", *counsellor, *both).exit_code == 0
    listed = run("people", "list").output
    assert f"辅导员（{college}、240102），到 / until 2099-07-31" in listed
    assert run("people", "grant", "S1", *counsellor, "--class", "240102", "--end").exit_code == 0
    assert "240102" not in run("people", "list").output and "辅导员" in run("people", "list").output
    assert codes(run("people", "grant", "S1", *counsellor, "--class", "240102", "--end")) == ["no_such_grant"]
    assert run("people", "grant", "S1", *counsellor, "--end").exit_code == 0
    assert "辅导员" not in run("people", "list").output
    assert run("people", "grant", "S1", "--role", "reviewer", "--until", "明年").exit_code == 2


def test_a_staff_file_is_looked_at_taken_in_and_changes_nothing_again(home: Path) -> None:
    """The dry run shows each row and who is gone; a fault stops all of it; the end of the gone is asked for."""
    file = home / "staff.csv"

    def taken(*more: str) -> Result:
        return run("people", "staff", str(file), *more)

    file.write_text(
        HEAD + "A1,测试管理员,系统管理员,,,\nS1,张三丰,审核人,,zhang@school.example,13800000000\n", "utf-8"
    )
    looked = taken("--dry-run").output
    for words in ("张三丰", "新账号", "审核人", "给工号", "“电话”一列还不使用", "未写入"):
        assert words in looked, words
    assert "登录码 / codes 1" in taken().output
    assert "未写入" in taken().output
    file.write_text(HEAD + "A1,测试管理员,系统管理员,,,\nS2,李四,校长,,,\n", "utf-8")
    faulty = taken()
    assert faulty.exit_code == 1 and "第 3 行" in faulty.output and "role_missing" in faulty.output
    file.write_text(HEAD + "A1,测试管理员,系统管理员,,,\n", "utf-8")
    assert "不在名单中，保留" in taken().output
    assert "收回 / ended 1" in taken("--end-gone").output
    with open_installation(read_settings()).store.reading() as session:
        assert session.scalars(select(Grant.role).where(Grant.ended_at.is_(None))).all() == ["administrator"]


def test_a_new_installation_says_how_its_administrator_gets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a number by link, number and password; without one, upgrading names who still lacks it."""
    monkeypatch.setenv("KANWU_HOME", str(tmp_path / "with"))
    assert "设置密码" in run("init", "--number", "A1").output
    assert "没有工号" not in run("upgrade").output
    assert run("init", "--number", "工号").exit_code == 2
    monkeypatch.setenv("KANWU_HOME", str(tmp_path / "without"))
    assert "people number" in run("init", "--administrator", "张三丰").output
    assert "张三丰" in run("upgrade").output
    assert "没有工号" in run("people", "list").output
    assert run("people", "number", "张三丰", "A1").exit_code == 0
    assert "A1" in run("people", "list").output and "张三丰" not in run("upgrade").output


def test_phones_and_dormitories_are_taken_in_whole_or_not_at_all(home: Path, tmp_path: Path) -> None:
    """A faulty row is named by row and column, a dry run writes nothing, and no output repeats a phone."""
    (tmp_path / "roster.csv").write_bytes(as_csv([student(700)]))
    assert run("roster", "import", str(tmp_path / "roster.csv"), "--as-of", "2024-10-20").exit_code == 0
    file, number = tmp_path / "contacts.csv", student(700)["KSH"]
    file.write_text(f"考生号,手机,宿舍\n{number},13866665555,\n99,13866664444,\n", encoding="utf-8")
    said = run("people", "contacts", str(file))
    assert said.exit_code == 1 and "第 3 行 / row 3  考生号 / candidate number  没有这名学生" in said.output
    file.write_text(f"考生号,手机,宿舍\n{number},13866665555,东区 402\n", encoding="utf-8")
    tried = run("people", "contacts", str(file), "--dry-run")
    done = [run("people", "contacts", str(file), "--as-of", "2024-10-19") for _ in range(2)]
    assert "新增 / new 2" in tried.output and "nothing was written" in tried.output
    assert ["new 2" in done[0].output, "unchanged 2" in done[1].output, "new 0" in done[1].output] == [
        True, True, True,
    ]  # fmt: skip
    for result in (said, tried, *done):
        assert "1386666" not in result.output
    place = open_installation(read_settings())
    with place.store.reading() as session:
        kept = kept_contacts(session)
    assert [(one.kind, str(one.as_of), one.count) for one in kept] == [
        ("phone", "2024-10-19", 1),
        ("dormitory", "2024-10-19", 1),
    ]
