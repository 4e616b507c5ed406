"""``people``: manage accounts, roles and one-time sign-in links."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import or_, select

from states import ROLES
from web.commands.install import say_link
from web.commands.place import installation
from workflow.notices.addresses import FAULTS as ADDRESS_FAULTS
from workflow.notices.addresses import HEADINGS, plan_addresses, take_addresses
from workflow.people.accounts import OPERATOR, add_person, end_role, give_role, grants_of, student_of
from workflow.people.links import make_link
from workflow.people.tables import Person
from workflow.records.formats import FormatFault
from workflow.records.formats.grid import read_cells
from workflow.records.tables import Record
from workflow.records.values import numbered

STAFF = [role for role in ROLES if role not in ("student", "system")]
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def people() -> None:
    """人员、授权与登录链接 / people, roles and sign-in links."""


@people.command()
@click.argument("name")
@click.option("--role", type=click.Choice(STAFF), required=True, help="身份 / role")
@click.option("--college", default="", help="学院经办人所属学院 / an officer's college")
def add(name: str, role: str, college: str) -> None:
    """增加一位工作人员，并给出登录链接 / add a member of staff and print their link."""
    if (role == "officer") != bool(college):
        raise click.UsageError(
            "学院经办人（且只有他们）须写明 --college / an officer, and nobody else, has a college"
        )
    place = installation()
    with place.store.writing() as session:
        at = place.clock.now(session)
        person = add_person(session, name, role, college, OPERATOR, at, place.entropy)
        token = make_link(session, person.id, OPERATOR, at, place.entropy)
    say_link(f"{name}（{ROLES[role][0]}）", token)


@people.command()
@click.argument("name")
@click.option("--role", type=click.Choice(STAFF), required=True)
@click.option("--college", default="")
@click.option("--end", is_flag=True, help="收回这个身份，已登录的立即失效 / take the role back")
def grant(name: str, role: str, college: str, end: bool) -> None:
    """给已有人员增加或收回一个身份 / give a person a role, or take it back."""
    place = installation()
    with place.store.writing() as session:
        at = place.clock.now(session)
        person = session.scalars(
            select(Person).where(or_(Person.name == name, Person.id == name))
        ).one_or_none()
        if person is None:
            raise click.UsageError(f"没有唯一一位名为“{name}”的人员 / nobody, or several, of that name")
        if end:
            end_role(session, person.id, role, at)
        else:
            give_role(session, person.id, role, college, OPERATOR, at, place.entropy)
    click.echo(f"{name}：{ROLES[role][0]} {'已收回 / ended' if end else '已授予 / given'}")


@people.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="只查看结果，不写入 / say what would happen, write nothing")
@click.option(
    "--vouched",
    is_flag=True,
    help="文件来自发放这些地址的部门 / the file is from the office that gives them out",
)
def addresses(file: Path, dry_run: bool, vouched: bool) -> None:
    """从 FILE 导入邮箱和企业微信账号 / take e-mail addresses and WeCom user ids from FILE.

    CSV 或 Excel，一行一人：学号、考生号或人员编号（people list 的第一列），以及“邮箱”“企业微信”两列中的
    一列或两列。空格子不改动已有的，写“-”删除。有一行不合格，整个文件都不写入。

    CSV or Excel, one person a row: a student number, a candidate number or a staff number (the first column
    of people list), and an e-mail address, a WeCom user id, or both. An empty cell changes nothing, "-"
    removes. If one row does not fit, nothing of the file is written.
    """
    place = installation()
    try:
        cells = read_cells(file.read_bytes(), HEADINGS)
    except FormatFault as fault:
        raise click.ClickException(f"{file.name}：{fault}") from fault
    with place.store.writing() as session:
        found = plan_addresses(session, cells)
        for fault_ in found.faults:
            click.echo(f"  第 {fault_.row} 行 / row {fault_.row}  {' / '.join(ADDRESS_FAULTS[fault_.code])}")
        if not (found.faults or dry_run):
            at = place.clock.now(session)
            done = take_addresses(
                session, place.cipher, place.entropy, found.given, vouched=vouched, by=OPERATOR, at=at
            )
    if found.faults:
        raise click.ClickException("有不合格的行，未写入任何内容 / some rows do not fit: nothing was written")
    click.echo(f"{found.rows} 行 / rows，{len(found.given)} 个地址 / addresses")
    if dry_run:
        click.echo("只是查看，未写入任何内容 / dry run: nothing was written")
        return
    click.echo(
        f"新增 / new {done.new}，变更 / changed {done.changed}，删除 / removed {done.removed}，"
        f"未变 / unchanged {done.unchanged}"
    )


@people.command("list")
def list_people() -> None:
    """列出工作人员和他们的身份 / list staff and their roles (students are not listed)."""
    place = installation()
    with place.store.reading() as session:
        for person in session.scalars(select(Person).order_by(Person.made_at, Person.id)):
            roles = [grant for grant in grants_of(session, person.id) if grant.role != "student"]
            if roles:
                said = "、".join(ROLES[g.role][0] + (f"（{g.scope}）" if g.scope else "") for g in roles)
                click.echo(f"{person.id}  {person.name}  {said}")


@people.command()
@click.argument("who")
def link(who: str) -> None:
    """给出一次性登录链接：WHO 是学号、考生号、工作人员姓名或编号 / a one-time link for a student or staff."""
    place = installation()
    with place.store.writing() as session:
        at = place.clock.now(session)
        record = session.scalars(select(Record).where(numbered(who))).one_or_none()
        if record is not None:
            person = student_of(session, record.id, record.xm, OPERATOR, at, place.entropy)
        else:
            found = session.scalars(select(Person).where(or_(Person.name == who, Person.id == who))).all()
            if len(found) != 1:
                raise click.UsageError(f"没有唯一的“{who}”/ nobody, or several, of that name or number")
            person = found[0]
        token = make_link(session, person.id, OPERATOR, at, place.entropy)
    say_link(who, token)
