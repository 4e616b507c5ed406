"""``campaign``: open planned campaigns, run their scheduled jobs, and show their progress."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from states.campaign import CAMPAIGN
from states.case import CASE
from web.commands.install import MOMENT
from web.commands.place import installation, staff
from workflow.campaigns import scheduled
from workflow.campaigns.closing import WHYS, close_campaign, silent_by_fate
from workflow.campaigns.cohort import counts, plans_of, records_and_cohorts, rules_of
from workflow.campaigns.graduation.classes import register_degrees
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.bulletin import latest_moment, publish
from workflow.cases.tables import MANNERS, Campaign
from workflow.engine import Ref
from workflow.history.codes import TOLD, find


@click.group()
def campaign() -> None:
    """自查活动 / campaigns."""


@campaign.command("open")
@click.argument("plan")
@click.option("--as", "name", required=True, help="学籍管理员的姓名或编号 / the registrar who opens it")
def open_(plan: str, name: str) -> None:
    """按 campaigns.toml 中的 PLAN 开始自查，为范围内每条记录建立个案 / open PLAN for its whole cohort.

    再次运行会为新增的记录补建个案 / running it again opens cases for late arrivals.
    """
    place = installation()
    by = staff(place, name, "registrar")
    if place.school.campaign(plan) is None:
        with place.store.reading() as session:
            known = plans_of(place.school, place.clock.now(session).date(), ())
        raise click.UsageError(
            f"campaigns.toml 中有：{'、'.join(one.id for one in known)} / campaigns.toml has these"
        )
    done = open_campaign(place.engine, place.store, plan, by)
    click.echo(f"新建个案 / cases opened: {done.cases}")


@campaign.command()
def tend() -> None:
    """发布到期的通报，结束已截止的活动，处理学院的截止 / do whatever a day or a deadline brings.

    可以随时、反复运行，例如每小时一次 / run it as often as you like, every hour for instance.
    """
    place = installation()
    done = scheduled.run_scheduled(place.engine, place.store)
    for day in done.bulletins:
        click.echo(f"已发布通报 / bulletin published: {day}")
    for one in done.closed:
        click.echo(f"已结束，视为无误 / closed, deemed correct: {one.deemed}")
    if done.told:
        click.echo(f"已通知学院截止时间 / officers told of their deadline: {done.told}")
    for college in done.deemed:
        click.echo(f"名单视为无异议 / list stands without objection: {college}")
    if done.with_them:
        click.echo(f"学院未签认，学生视为无误 / deemed correct with their colleges: {done.with_them}")
    if not (done.bulletins or done.closed or done.told or done.deemed or done.with_them):
        click.echo("没有到期的事项 / nothing is due")


@campaign.command()
@click.argument("plan")
@click.option("--until", type=MOMENT, required=True, help="新的截止时间 / the new end")
@click.option("--reason", required=True, help="理由，写进流转记录 / why, kept in the history")
@click.option("--as", "name", required=True, help="学籍管理员的姓名或编号 / the registrar")
def extend(plan: str, until: datetime, reason: str, name: str) -> None:
    """延长 PLAN 的时间，并通知还没有作答的学生 / give PLAN more time and tell who has not answered."""
    place = installation()
    by = staff(place, name, "registrar")
    with place.store.writing() as session:
        entry = place.engine.perform(
            session, Ref("campaign", _id_of(session, plan)), "extend", by=by, closes_at=until, words=reason
        )
    click.echo(f"已延期，通知人数 / extended, told: {find(entry.codes, TOLD).number}")


@campaign.command()
@click.argument("plan")
@click.option("--as", "name", required=True, help="学籍管理员的姓名或编号 / the registrar")
def close(plan: str, name: str) -> None:
    """结束已截止的 PLAN；中断后再运行，从中断处继续 / close PLAN; run again, it goes on where it stopped."""
    place = installation()
    by = staff(place, name, "registrar")
    with place.store.reading() as session:
        id = _id_of(session, plan)
    done = close_campaign(place.engine, place.store, id, by)
    with place.store.reading() as session:
        left = silent_by_fate(session, rules_of(place.engine, session, id), id)
    click.echo(f"已结束，视为无误 / closed, deemed correct: {done.deemed}")
    for why, n in sorted(left.items()):
        click.echo(f"    未核对 / not checked: {n}  {' / '.join(WHYS[why])}")


@campaign.command()
@click.argument("plan")
@click.option("--as", "name", required=True, help="学籍管理员的姓名或编号 / the registrar")
def bulletin(plan: str, name: str) -> None:
    """发布 PLAN 此刻的通报 / publish a bulletin of PLAN as of the latest minute that can be counted."""
    place = installation()
    by = staff(place, name, "registrar")
    with place.store.writing() as session:
        now = place.clock.now(session)
        digest = publish(place.engine, session, _id_of(session, plan), by, now.date(), latest_moment(now))
    click.echo(f"校验码 / digest: {digest}")


def _id_of(session: Session, plan: str) -> str:
    """The id of a plan's campaign. Raises a usage error if it was never opened."""
    found = session.scalar(select(Campaign.id).where(Campaign.plan == plan))
    if found is None:
        raise click.UsageError(f"{plan} 还没有开始过 / {plan} was never opened")
    return found


@campaign.command()
@click.argument("expected_on", type=MOMENT)
@click.option("--on", type=MOMENT, required=True, help="学历注册的日期 / the day of the registration")
@click.option("--as", "name", required=True, help="学籍管理员的姓名或编号 / the registrar")
def degrees(expected_on: datetime, on: datetime, name: str) -> None:
    """登记预计于 EXPECTED_ON 毕业的一届已注册学历 / degrees of the class expected on that day are registered.

    此后这一届不再受理更正，未办结的个案终止 / from then on nothing may be filed, and open cases lapse.
    """
    place = installation()
    by = staff(place, name, "registrar")
    with place.store.writing() as session:
        done = register_degrees(place.engine, session, expected_on.date(), on.date(), by)
    click.echo(f"学历已注册 / registered: {done.records}  终止的个案 / lapsed: {done.lapsed}")


@campaign.command("list")
def list_campaigns() -> None:
    """列出各次自查和样板接下来的一次：日期、范围、个案数 / campaigns, what comes next, numbers."""
    place = installation()
    with place.store.reading() as session:
        now = place.clock.now(session)
        opened = {row.plan: row for row in session.scalars(select(Campaign))}
        plans = plans_of(place.school, now.date(), opened)
        policy = place.engine.policies.in_force(now)
        _records, sizes = records_and_cohorts(session, policy, [plan.id for plan in plans])
        for plan in plans:
            row = opened.get(plan.id)
            state = CAMPAIGN.state(row.state).zh if row else "未开始"
            opens, closes = (row.opens_at, row.closes_at) if row else (plan.opens, plan.closes)
            click.echo(f"{plan.id}  {plan.title}  {opens:%Y-%m-%d} — {closes:%Y-%m-%d}  {state}")
            click.echo(f"    范围内的记录 / records: {sizes[plan.id]}")
            for year in () if row else place.school.unknown_years(plan):
                click.echo(f"    日历里没有 {year} 年的节假日 / the holidays of {year} are not known")
            for name, n in sorted(counts(session, row.id).items()) if row else ():
                words = MANNERS[name][0] if name in MANNERS else CASE.state(name).zh
                click.echo(f"    {words}: {n}")
