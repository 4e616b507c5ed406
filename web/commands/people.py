"""``people``: who can sign in, as what, and their one-time links."""

from __future__ import annotations

import click
from sqlalchemy import or_, select

from states import ROLES
from web.commands.install import say_link
from web.commands.place import installation
from workflow.people.accounts import add_person, end_role, give_role, grants_of, make_link, student_of
from workflow.people.tables import Person
from workflow.records.tables import Record

STAFF = [role for role in ROLES if role not in ("student", "system")]
OPERATOR = "operator"


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
        token = make_link(session, person.id, at, place.entropy)
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
        record = session.scalars(select(Record).where(or_(Record.xh == who, Record.ksh == who))).one_or_none()
        if record is not None:
            person = student_of(session, record.id, record.xm, OPERATOR, at, place.entropy)
        else:
            found = session.scalars(select(Person).where(or_(Person.name == who, Person.id == who))).all()
            if len(found) != 1:
                raise click.UsageError(f"没有唯一的“{who}”/ nobody, or several, of that name or number")
            person = found[0]
        token = make_link(session, person.id, at, place.entropy)
    say_link(who, token)
