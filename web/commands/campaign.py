"""``campaign``: open a campaign of the school's plans, and see how far it is."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import select

from states.campaign import CAMPAIGN
from states.case import CASE
from web.commands.install import MOMENT
from web.commands.place import installation, staff
from workflow.campaigns.cohort import counts
from workflow.campaigns.graduation import register_degrees
from workflow.campaigns.opening import open_campaign
from workflow.cases.tables import Campaign


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
    known = [one.id for one in place.school.campaigns]
    if plan not in known:
        raise click.UsageError(f"campaigns.toml 中只有：{'、'.join(known)} / campaigns.toml has only these")
    done = open_campaign(place.engine, place.store, plan, by)
    click.echo(f"新建个案 / cases opened: {done.cases}")


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
    """列出活动、日期和各状态的个案数 / campaigns, their dates and how many cases are in each state."""
    place = installation()
    with place.store.reading() as session:
        open_now = {row.plan: row for row in session.scalars(select(Campaign))}
        for plan in place.school.campaigns:
            row = open_now.get(plan.id)
            state = CAMPAIGN.state(row.state).zh if row else "未开始"
            click.echo(f"{plan.id}  {plan.title}  {plan.opens:%Y-%m-%d} — {plan.closes:%Y-%m-%d}  {state}")
            for name, n in sorted(counts(session, row.id).items()) if row else ():
                words = "视为无误" if name == "deemed" else CASE.state(name).zh
                click.echo(f"    {words}: {n}")
