"""``people``: manage accounts, roles, staff numbers and one-time sign-in links, as the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.policy.words import DUTIES
from states import ROLES
from web.commands.install import say_link
from web.commands.place import installation, searched
from workflow.notices.addresses import FAULTS as ADDRESS_FAULTS
from workflow.notices.addresses import HEADINGS, plan_addresses, take_addresses
from workflow.people.accounts import OPERATOR
from workflow.people.clashes import offices_of
from workflow.people.granting import BY_OPERATOR
from workflow.people.scopes import STAFF_DUTIES, Held
from workflow.people.tables import Grant, Person
from workflow.records.formats import FormatFault
from workflow.records.formats.grid import read_cells
from workflow.records.student_contacts import COLUMN_WORDS, plan_contacts, take_contacts
from workflow.records.student_contacts import FAULTS as CONTACT_FAULTS
from workflow.records.student_contacts import HEADINGS as CONTACT_HEADINGS
from workflow.records.tables import Record
from workflow.records.values import numbered
from workflow.signin.staff.acts import (
    close,
    end_office,
    give_number,
    link_for_staff,
    link_for_student,
    reopen,
)
from workflow.signin.staff.carry_out import CarriedOut
from workflow.signin.staff.listing import staff_members
from workflow.signin.staff.outlook import Outlook
from workflow.signin.staff.proposals import StaffPlan, submit
from workflow.signin.staff.wanted import HEADINGS as STAFF_HEADINGS
from workflow.signin.staff.wanted import STAFF_ROLES, Wanted, WantedGrant, day_said, grants_said, read_staff
from workflow.upkeep.installation import Installation
from workflow.verdict import Reason

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
ROLE = click.option("--role", type=click.Choice(STAFF_ROLES), required=True, help="身份 / role")
CHANGES = {
    "person": "新账号 / new account",
    "number": "给工号 / number given",
    "name": "改姓名 / name changed",
    "new_address": "新地址 / new address",
    "address": "换地址 / address changed",
    "no_address": "删地址 / address removed",
}


def _scoped(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say a grant's duty, scope and last day."""
    for option in (
        click.option("--until", default="", help="最后一天，如 2025-07-31 / the last day"),
        click.option("--office", default="", help="审核人的部门 / a reviewer's office"),
        click.option("--level", default="", help="层次 / level of study"),
        click.option(
            "--year", "entry_year", default="", help="入学年份，可写多个 / entry years, e.g. 2021、2022"
        ),
        click.option("--class", "classes", default="", help="班级，可写多个 / classes, e.g. 210101、210102"),
        click.option("--college", default="", help="学院 / college"),
        click.option(
            "--duty", type=click.Choice(STAFF_DUTIES), default=None, help="经办人的职责 / an officer's duty"
        ),
    ):
        command = option(command)
    return command


@click.group()
def people() -> None:
    """人员、授权与登录链接 / people, roles and sign-in links."""


@people.command()
@click.argument("name")
@click.option("--number", required=True, help="工号，本人用它登录 / staff number: their sign-in name")
@ROLE
@_scoped
@click.option("--email", default="", help="学校邮箱，登录码发到这里 / school mail, to which the code goes")
@click.option("--wecom", default="", help="企业微信账号 / WeCom user id")
def add(name: str, number: str, role: str, email: str, wecom: str, **scope: Any) -> None:
    """增加一位工作人员：登录码发到本人的地址；没有地址的，生成登录链接 / add a member of staff.

    A sign-in code goes to their address; without one, a one-time link is printed here.
    """
    addresses = tuple((name, said) for name, said in (("email", email), ("wecom", wecom)) if said)
    place = installation()
    done = _do(place, StaffPlan((Wanted(number, name, _grants(place, role, scope), addresses),)))
    if not done.people:
        raise click.UsageError("已有这个工号的账号；用 people grant 增加身份 / there already: people grant")
    if done.codes:
        click.echo(f"{name}：登录码将发到本人的地址 / the sign-in code goes to their address")
        return
    with place.store.writing() as session:
        at = place.clock.now(session)
        token = link_for_staff(session, place.entropy, done.people[0], at)
    say_link(f"{name}（{ROLES[role][0]}）", token)


@people.command()
@click.argument("who")
@ROLE
@_scoped
@click.option("--end", is_flag=True, help="收回这个身份，已登录的立即失效 / take the role back")
def grant(who: str, role: str, end: bool, **scope: Any) -> None:
    """给已有人员增加或收回一个身份：WHO 是姓名、工号或编号 / give a person a role, or take it back.

    加 --end 时，职责和范围说明收回哪一项；都不写，收回这种身份的全部。

    With --end the duty and the scope say which one ends; without any, all of the role end.
    """
    place = installation()
    asked = [one.held for one in _grants(place, role, scope)]
    with place.store.writing() as session:
        person, name = _staff(session, who)
        if end:
            at = place.clock.now(session)
            theirs = [one for one in offices_of(session, person, at) if _is_meant(one, asked)]
            for what in (theirs or asked) if asked != [Held(role)] else [None]:
                end_office(session, place.entropy, BY_OPERATOR, person, role, at, what)
    if not end:
        _do(place, StaffPlan((Wanted("", "", _grants(place, role, scope), person=person),)))
    click.echo(f"{name}：{ROLES[role][0]} {'已收回 / ended' if end else '已授予 / given'}")


@people.command()
@click.argument("who")
@click.argument("number")
def number(who: str, number: str) -> None:
    """给一位工作人员工号：WHO 是姓名或编号 / give a member of staff their number."""
    place = installation()
    with place.store.writing() as session:
        person, name = _staff(session, who)
        give_number(session, person, number, place.clock.now(session))
    click.echo(f"{name}：{number}")


@people.command("close")
@click.argument("who")
def close_account(who: str) -> None:
    """停用一个工作人员的账号：身份收回，登录立即失效 / close an account: its roles and sessions end."""
    place = installation()
    with place.store.writing() as session:
        person, name = _staff(session, who)
        close(session, place.entropy, BY_OPERATOR, person, place.clock.now(session))
    click.echo(f"{name}：账号已停用 / the account is closed")


@people.command("reopen")
@click.argument("who")
def reopen_account(who: str) -> None:
    """恢复一个停用的账号，没有身份，没有密码 / open a closed account again, without roles or password."""
    place = installation()
    with place.store.writing() as session:
        person, name = _staff(session, who)
        reopen(session, person, place.clock.now(session))
    click.echo(f"{name}：账号已恢复，请授予身份 / the account is open again: give it a role")


@people.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="只查看结果，不写入 / say what would happen, write nothing")
@click.option("--end-gone", is_flag=True, help="收回名单中没有的身份 / end the roles that FILE does not name")
def staff(file: Path, dry_run: bool, end_gone: bool) -> None:
    """从 FILE 导入工作人员 / take in the staff from FILE.

    CSV 或 Excel，一行一个身份：工号、姓名、身份或职责、学院、班级（一格可写多个）、入学年份、层次、部门、
    到期，以及邮箱、企业微信。有一行不合格，整个文件都不写入；再导入一次，不会再改动。名单中没有的身份会列出
    来，加 --end-gone 才收回。

    CSV or Excel, one role a row: staff number, name, role or duty, college, classes (several in a cell),
    entry year, level, office, last day, e-mail address, WeCom user id. If one row does not fit, nothing of
    the file is written; taken in again it changes nothing. Roles that it does not name are listed, and end
    only with --end-gone.
    """
    place = installation()
    try:
        table = read_staff(read_cells(file.read_bytes(), STAFF_HEADINGS), place.school.offices)
    except FormatFault as fault:
        raise click.ClickException(f"{file.name}：{fault}") from fault
    plan = StaffPlan(table.wanted, whole=True, ends_gone=end_gone, source=file.name)
    with place.store.reading() as session:
        at, offices = place.clock.now(session), place.school.offices
        outlook = plan.outlook(session, place.cipher, at, offices, table.faults)
    _say(outlook, table.unused)
    if outlook.faults:
        raise click.ClickException("有不合格的行，未写入任何内容 / some rows do not fit: nothing was written")
    if dry_run or not outlook.changes_anything:
        click.echo("未写入任何内容 / nothing was written")
        return
    done = _do(place, plan)
    click.echo(
        f"新账号 / accounts {len(done.people)}，授予 / given {done.given}，收回 / ended {done.ended}，"
        f"登录码 / codes {done.codes}，没有地址 / without an address {len(done.unreached)}"
    )


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

    CSV 或 Excel，一行一人：学号、考生号或工号（也可以是 people list 的编号），以及“邮箱”“企业微信”两列中的
    一列或两列。空格子不改动已有的，写“-”删除。有一行不合格，整个文件都不写入。

    CSV or Excel, one person a row: a student number, a candidate number or a staff number (or the id that
    people list shows), and an e-mail address, a WeCom user id, or both. An empty cell changes nothing, "-"
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


@people.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="只查看结果，不写入 / say what would happen, write nothing")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="数据截至；不填就是今天 / the day of the data: today"
)
def contacts(file: Path, dry_run: bool, as_of: datetime | None) -> None:
    """从 FILE 导入学生的联系电话和宿舍 / take students' phones and dormitories from FILE.

    CSV 或 Excel，一行一名学生：学号或考生号，以及“联系电话”“宿舍”两列中的一列或两列。空格子不改动已有的，
    写“-”删除。有一行不合格，整个文件都不写入。号码加密存放，页面上只显示头尾。

    CSV or Excel, one student a row: a student or candidate number, and a phone, a dormitory, or both. An
    empty cell changes nothing, "-" removes. If one row does not fit, nothing of the file is written. They are
    sealed, and pages show only the ends of a phone.
    """
    place = installation()
    try:
        cells = read_cells(file.read_bytes(), CONTACT_HEADINGS)
    except FormatFault as fault:
        raise click.ClickException(f"{file.name}：{fault}") from fault
    with place.store.writing() as session:
        plan = plan_contacts(session, place.cipher, cells)
        for found in plan.faults:
            column, words = " / ".join(COLUMN_WORDS[found.column]), " / ".join(CONTACT_FAULTS[found.code])
            click.echo(f"  第 {found.row} 行 / row {found.row}  {column}  {words}")
        if not (plan.faults or dry_run):
            at = place.clock.now(session)
            day = as_of.date() if as_of else at.date()
            take_contacts(
                session, place.cipher, place.entropy, plan, source=file.name, as_of=day, by=OPERATOR, at=at
            )
    if plan.faults:
        raise click.ClickException("有不合格的行，未写入任何内容 / some rows do not fit: nothing was written")
    click.echo(
        f"{plan.rows} 行 / rows：新增 / new {plan.count('new')}，变更 / changed {plan.count('changed')}，"
        f"删除 / removed {plan.count('removed')}，未变 / unchanged {plan.count('unchanged')}"
    )
    if dry_run:
        click.echo("只是查看，未写入任何内容 / dry run: nothing was written")


@people.command("list")
def list_people() -> None:
    """列出工作人员、工号和身份 / list staff, their numbers and roles (students are not listed)."""
    place = installation()
    with place.store.reading() as session:
        for one in staff_members(session, place.clock.now(session)):
            if not (one.roles or one.number):
                continue
            said = "、".join(_until(held, one.last_days.get(held)) for held in one.roles)
            marks = [
                *(["没有工号 / no number"] if not one.number else []),
                *(["已停用 / closed"] if one.closed_at else []),
                *(reason.says for reason in one.clashes),
            ]
            click.echo("  ".join(filter(None, (one.id, one.number, one.name, said, "；".join(marks)))))


@people.command()
@click.argument("who")
def link(who: str) -> None:
    """给出一次性登录链接：WHO 是学号、考生号、工号、姓名或编号 / a one-time link for a student or staff.

    链接只显示在这里；写进查看日志，并告诉本人。

    It is shown only here, kept in the access log as the operator's, and told to whom it concerns.
    """
    place = installation()
    searched(place, who)
    with place.store.writing() as session:
        at = place.clock.now(session)
        record = session.scalars(select(Record).where(numbered(who))).one_or_none()
        if record is not None:
            token = link_for_student(session, place.entropy, record, at)
        else:
            token = link_for_staff(session, place.entropy, _staff(session, who)[0], at)
    say_link(who, token)


def _staff(session: Session, who: str) -> tuple[str, str]:
    """The id and name of the member of staff whom a name, a number or an id means."""
    known = select(Grant.person_id).where(Grant.role != "student")
    found = session.execute(
        select(Person.id, Person.name).where(
            or_(Person.name == who, Person.id == who, Person.number == who), Person.id.in_(known)
        )
    ).all()
    if len(found) != 1:
        raise click.UsageError(f"没有唯一的“{who}”/ nobody, or several, of that name or number")
    return found[0].id, found[0].name


def _grants(place: Installation, role: str, scope: Mapping[str, str | None]) -> tuple[WantedGrant, ...]:
    """The grants that the options of a command name."""
    until = scope["until"] or ""
    last_on = day_said(until)
    if until and last_on is None:
        raise click.UsageError(f"“{until}”不是一个日期 / no day")
    said = {name: one or "" for name, one in scope.items()} | {"role": role}
    return grants_said(said, place.school.offices, last_on=last_on)


def _is_meant(one: Held, asked: Iterable[Held]) -> bool:
    """Whether a grant is in what one of those asked says."""
    return any(
        one.role == other.role and other.duty in ("", one.duty) and other.scope.holds(one.scope)
        for other in asked
    )


def _do(place: Installation, plan: StaffPlan) -> CarriedOut:
    """Carry a plan out at once: the operator's own act, and marked so."""
    with place.store.writing() as session:
        at = place.clock.now(session)
        offices = place.school.offices
        done = submit(session, place.cipher, place.entropy, plan, BY_OPERATOR, at, offices).done
    if done is None:
        raise AssertionError("the operator waits for nobody")
    if not done.scopes_checked:
        click.echo(
            "还没有学籍名册，学院、班级等无法核对 / no roster yet: college, class etc. could not be checked"
        )
    return done


def _held_words(held: Held) -> str:
    """A grant in Chinese: the duty or else the role, and what it is limited to."""
    said = DUTIES.get(held.duty, ROLES[held.role])[0]
    return said + (f"（{'、'.join(held.scope.parts)}）" if held.scope else "")


def _until(held: Held, last_on: date | None) -> str:
    return _held_words(held) + (f"，到 / until {last_on}" if last_on else "")


def _say(outlook: Outlook, unused: Iterable[str]) -> None:
    for one in outlook.prospects:
        said = [
            CHANGES.get(change.what) or (_until(change.held, change.last_on) if change.held else "")
            for change in one.changes
            if change.what in CHANGES or (change.held and change.held.role in ROLES)
        ]
        click.echo(f"  {one.row}  {one.number}  {one.name}  {'、'.join(said) or '不变 / unchanged'}")
    for gone in outlook.gone:
        words = "收回 / ends" if outlook.ends_gone else "不在名单中，保留 / not in the file, stays"
        click.echo(f"  -  {gone.number}  {gone.name}  {_held_words(gone.held)}  {words}")
    for fault in outlook.faults:
        where = f"第 {fault.row} 行 / row {fault.row}" + (f"  {fault.heading}" if fault.column else "")
        click.echo(f"  {where}  {_in_words(fault.reason)}")
    for column in unused:
        click.echo(f"  “{column}”一列还不使用 / the column is not used yet")


def _in_words(reason: Reason) -> str:
    return f"{reason.says}{reason.remedy}（{reason.code}）"
