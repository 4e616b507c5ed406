"""``notices``: send the outbox, show the sending status, retry, and show how a student was notified."""

from __future__ import annotations

import logging
import signal
import threading

import click

from web.commands.place import installation, searched
from workflow.engine import Actor
from workflow.notices.addresses import reached
from workflow.notices.channels import FAULTS, NEEDLESS
from workflow.notices.deliveries import Stuck, health, proofs, try_again
from workflow.notices.tables import CHANNELS, STATUSES
from workflow.notices.texts import TITLES
from workflow.people.access import note_access
from workflow.people.accounts import OPERATOR
from workflow.records.values import find_record
from workflow.upkeep.leaving import why_nothing_leaves
from workflow.upkeep.sending import worker_of


@click.group()
def notices() -> None:
    """通知怎样发出：邮件和企业微信 / how notices leave the house, by e-mail and WeCom.

    没有配置渠道时，什么都不会发出；学生自己的页面始终是正式的通知渠道。怎样配置，见 docs/notices.md。

    Where no channel is set up nothing leaves; the student's own page is always the channel of record. How to
    set one up stands in docs/notices.md.
    """


@notices.command()
@click.option("--once", is_flag=True, help="发完现在能发的就结束 / send what may go now, then end")
def work(once: bool) -> None:
    """发送通知，直到被停止：用于 PostgreSQL，可以同时开几个 / send until stopped: for PostgreSQL, any number.

    SQLite 由 serve 的进程自己发送，不需要这个命令。随时可以停止或杀掉：没有发完的，下次接着发。

    On SQLite the serving process sends by itself. It may be stopped or killed at any moment: what was not
    finished is sent by the next one.
    """
    place = installation()
    if bars := why_nothing_leaves(place):
        raise click.ClickException(" ".join(f"{bar.says}{bar.remedy}" for bar in bars) + " / nothing leaves")
    if place.store.dialect == "sqlite":
        raise click.ClickException(
            "SQLite 由 serve 的进程自己发送，请运行 serve / on SQLite the serving process sends: run serve"
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    worker = worker_of(place)
    if once:
        while worker.step():
            pass
        return
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    names = "、".join(CHANNELS[channel.name][0] for channel in worker.channels)
    click.echo(f"正在发送：{names}（Ctrl+C 停止）/ sending; Ctrl+C to stop")
    worker.run(stop)


@notices.command()
def status() -> None:
    """发送情况：渠道、待发、今天已发、发不出去的 / channels, what waits, what went, what was given up."""
    place = installation()
    for bar in why_nothing_leaves(place):
        click.echo(f"{bar.says}{bar.remedy}")
    with place.store.reading() as session:
        seen = health(session, place.clock.now(session))
        people = reached(session)
    settings = {"email": place.settings.smtp, "wecom": place.settings.wecom}
    for channel, (zh, en) in CHANNELS.items():
        set_up = "已配置 / set up" if settings[channel] else "没有配置 / not set up"
        students, staff = people[channel]
        click.echo(
            f"{zh} {en}：{set_up}；有地址的学生 / students reached {students}，工作人员 / staff {staff}；"
            f"待发 / waiting {seen.waiting[channel]}，今天已发 / sent today {seen.sent_today[channel]}"
        )
    click.echo(
        f"等待安排 / to be routed {seen.unrouted}，两天内没有地址可发 / reached by nothing {seen.unreached}"
    )
    for title, list_ in (
        ("稍后再试 / to be tried again", seen.failing),
        ("发不出去 / given up", seen.dead),
    ):
        if list_:
            click.echo(title)
            for one in list_:
                click.echo(f"  {one.n}  {CHANNELS[one.channel][0]}  {one.error}  {_fault(one)}")


@notices.command()
@click.option(
    "--channel", type=click.Choice(list(CHANNELS)), default=None, help="只限这条渠道 / only this one"
)
@click.option("--error", default=None, help="只限这种原因，见 status / only this fault, see status")
def retry(channel: str | None, error: str | None) -> None:
    """再试发不出去的 / try again what was given up."""
    place = installation()
    with place.store.writing() as session:
        n = try_again(session, place.clock.now(session), channel or "", error)
    click.echo(f"重新待发 / to be sent again: {n}")


@notices.command()
@click.argument("number")
def told(number: str) -> None:
    """学号（或考生号）为 NUMBER 的学生收到过哪些通知 / how a student was told: seen, sent, when.

    查看会记录在查看日志中 / the look is kept in the access log.
    """
    place = installation()
    searched(place, number)
    with place.store.writing() as session:
        record = find_record(session, number)
        if record is None:
            raise click.UsageError("没有这个学号或考生号 / there is no such number")
        note_access(session, Actor(OPERATOR, "system"), "notices", record, place.clock.now(session))
        found = proofs(session, record)
    for one in found:
        seen = f"{one.seen_at:%Y-%m-%d %H:%M}" if one.seen_at else "—"
        way = "—"
        if one.channel:
            why = (FAULTS | NEEDLESS).get(one.error, ("",))[0]
            when = f" {one.sent_at:%Y-%m-%d %H:%M} {one.reference}" if one.sent_at else f" {why}"
            way = f"{CHANNELS[one.channel][0]} {STATUSES[one.status][0]}{when}"
        click.echo(
            f"{one.owed_at:%Y-%m-%d %H:%M}  {TITLES[one.event][0]}"
            f"{'（已撤回 / taken back）' if one.cancelled_at else ''}  页面 / page: {seen}  {way}"
        )


def _fault(one: Stuck) -> str:
    words = " / ".join(FAULTS.get(one.error, ("", "")))
    return words + (f"（{one.answer}）" if one.answer is not None else "")
