"""``cases``: scheduled jobs of cases, help items and sign-ins, run by a timer or by hand."""

from __future__ import annotations

import click

from web.commands.place import clearly, installation
from workflow.cases.scheduled import run_scheduled
from workflow.help import scheduled as helping
from workflow.upkeep.scheduled import carry_out_runs, end_exports, sweep


@click.group()
def cases() -> None:
    """个案 / cases."""


@cases.command()
def tend() -> None:
    """催促补正和确认，终止逾期个案，结束过期的登录和身份 / warn, chase, let lapse, end; may be run often."""
    with clearly():
        place = installation()
        carry_out_runs(place)
        swept, exports = sweep(place), end_exports(place)
        done = run_scheduled(place.engine, place.store)
        helped = helping.run_scheduled(place.engine, place.store)
    click.echo(
        f"结束过期的登录 / expired sign-ins ended: {swept.ended}  "
        f"到期收回的身份 / roles past their last day ended: {swept.grants}"
    )
    click.echo(
        f"失效的导出任务 / export jobs lapsed: {exports.lapsed}  "
        f"销毁的导出文件 / files destroyed: {exports.destroyed}"
    )
    click.echo(
        f"逾期终止的咨询 / help items closed unanswered: {helped.lapsed}  "
        f"清除个人信息的咨询 / help items erased: {helped.erased}"
    )
    click.echo(
        f"催促补正 / warned: {done.warned}  终止 / lapsed: {done.lapsed}  催促确认 / chased: {done.chased}"
    )
