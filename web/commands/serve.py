"""``serve``: serves the pages with waitress. Without an installation, it serves a demonstration school."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask
from waitress import create_server

from config.policy import Fault, missed, vanished
from config.settings import Settings, is_this_machine
from demo import making
from demo.asking import HelpToTry, help_to_try
from demo.autumn import CLOSE
from demo.cast import Part, cast
from demo.ways_in import StripToTry, strip_of_somebody
from web.commands.install import MOMENT, PORT, address
from web.commands.place import settings
from workflow.cases.rules import SchoolRules
from workflow.letters.pdf import lacking
from workflow.people.links import link_of
from workflow.signin.staff.enrolled import enrolled
from workflow.simulation.staffing import unmet
from workflow.upkeep import installation as upkeep
from workflow.upkeep.scheduled import tending
from workflow.upkeep.sending import sending

LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))
LARGEST_BODY = 128 * 1024 * 1024
"""Far more than any form of ours may hold. What is larger still is cut off."""
EMPTY_AT = f"{making.BEGIN:%Y-%m-%dT%H:%M}"


@click.command()
@click.option(
    "--at",
    type=MOMENT,
    help=f"演示学校的时钟：新的从这一刻开始，默认 {EMPTY_AT}；已有的只能向前 / "
    f"the demonstration's clock: where a new one begins (default {EMPTY_AT}); later it only goes forward",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="网络地址 / the address to listen at")
@click.option("--port", default=PORT, show_default=True, help="端口 / the port to listen at")
@click.option("--threads", default=8, show_default=True, help="线程数 / how many threads answer")
def serve(at: datetime | None, host: str, port: int, threads: int) -> None:
    """启动网站；还没有安装时，启动演示学校 / serve the pages; where nothing is installed, a demonstration.

    演示学校有 6000 名虚构的学生，自查进行到一半，每种身份都有一次性登录链接；它在 KANWU_HOME 的 demo
    文件夹里（默认 var/demo），只建一次，删除文件夹就没有了。运行 init 之后，启动的是正式安装。

    The demonstration has 6,000 invented students half-way through a self-check, and a one-time link for
    every kind of reader. It lies in the folder demo of KANWU_HOME (var/demo), is made once, and is gone when
    the folder is deleted. After init the real installation is served.
    """
    from web import create_app

    with _listening(host, port) as door:
        place = _place(settings(), at)
        opened = upkeep.open_installation(place)
        port = door.getsockname()[1]
        _say_warnings(opened)
        _say_unmet(opened)
        for fault in noticed(opened.rules):
            click.echo(f"注意 / note: {fault}", err=True)
        for zh, en in doubtful(opened.settings, host):
            click.echo(f"注意 / note: {zh} / {en}", err=True)
        if opened.settings.pdf and (missing := lacking()):
            click.echo(f"注意：不能提供 PDF / note: no PDF is offered: {missing}", err=True)
        if opened.demonstration:
            _introduce(opened, cast(opened), address(port))
        with tending(opened), sending(opened) as sends:
            if sends:
                click.echo("通知由这个进程发出 / notices are sent by this process")
            click.echo(f"\nhttp://{host}:{port}  （Ctrl+C 停止 / to stop）")
            logging.basicConfig()
            server_of(create_app(opened), door, threads).run()


def server_of(app: Flask, door: socket.socket, threads: int) -> Any:
    """A waitress server at a bound socket. It passes forwarded headers on, because the app judges them.

    It takes in a body whole before the app sees it, so that a form that is too large gets a page for answer.
    """
    return create_server(
        app,
        sockets=[door],
        threads=threads,
        ident=None,
        clear_untrusted_proxy_headers=False,
        max_request_body_size=LARGEST_BODY,
    )


def doubtful(settings: Settings, host: str) -> Iterator[tuple[str, str]]:
    """What is probably wrong with the set-up of the network, with its remedy, in both languages."""
    address, here = urlsplit(settings.address), is_this_machine(host)
    if address.scheme == "http" and not is_this_machine(address.hostname or ""):
        yield (
            f"KANWU_ADDRESS 是 {settings.address}：登录和个人信息会在网络上明文传送；请用 https 和反向代理，"
            "见 docs/server.md",
            "sign-in and personal data travel in the clear; use https behind a proxy, see docs/server.md",
        )
    if not (settings.address or here):
        yield (
            f"监听 {host}，但没有设定 KANWU_ADDRESS：别的机器只会看到“请用学校公布的网址”",
            "other machines are refused until KANWU_ADDRESS says under which address people come",
        )
    if address.scheme != "https":
        return
    if settings.named_proxies is None and not here:
        yield (
            f"监听 {host}，但没有设定 KANWU_PROXIES：只有这台机器上的反向代理可信。代理在这台机器上，请监听 "
            "127.0.0.1；在别的机器上，请写明它的地址",
            "only a proxy on this machine is believed; listen at 127.0.0.1 for it, or name another one",
        )
    if here and not any(one in network for one in LOOPBACK for network in settings.proxies):
        yield (
            f"监听 {host}，而 KANWU_PROXIES 里没有 127.0.0.1：能连到这里的代理都不可信，https 会被当作 http",
            "no proxy that can reach this is believed, so https is taken for http; name 127.0.0.1 too",
        )


def noticed(rules: SchoolRules) -> tuple[Fault, ...]:
    """What the folder's examples miss, and what it no longer says of the rules that it replaces."""
    gone = vanished(rules.replaced, rules.loaded_last) if rules.replaced else ()
    return (*missed(rules.loaded_last), *gone)


def _listening(host: str, port: int) -> socket.socket:
    """Bind the server socket before anything is created, so that a port in use is reported at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as fault:
        raise click.ClickException(
            f"不能使用 {host}:{port}，换一个端口请加 --port / cannot listen there, try another --port: "
            f"{fault.strerror}"
        ) from fault


def _place(home: Settings, at: datetime | None) -> Settings:
    """The settings of the installation in ``home``, else of the demonstration, which is created if needed."""
    if upkeep.is_installed(home):
        if at is not None:
            raise click.UsageError(
                "--at 只用于演示学校；练习环境请用 clock / --at is for the demonstration; for practice: clock"
            )
        return home
    if upkeep.has_traces(home):
        raise click.ClickException(
            f"这里的安装不完整：{home.home}。密钥或数据库丢失的，请从备份恢复；还没有建好的，请运行 init。\n"
            "The installation here is not whole. If keys or database were lost, restore their copy; "
            "if it was never finished, run: python3 start.py init"
        )
    place = making.settings_of(home)
    if upkeep.is_installed(place):
        upkeep.upgrade(place)  # a demonstration has no scheduled upkeep
        if at is not None:
            making.put_forward(home, at)
        return place
    if place.home.exists():
        raise click.ClickException(
            f"演示学校不完整，请删除文件夹 / the demonstration is not whole, delete the folder: {place.home}"
        )
    click.echo(f"正在建立演示学校（约十秒）/ making the demonstration (some ten seconds): {place.home}")
    making.make(home, at or making.BEGIN, progress=_say_progress)
    return place


def _say_warnings(place: upkeep.Installation) -> None:
    """Print what is doubtful in the school's files, and the years that its calendar lacks."""
    for one in (*place.school.warnings, *place.school.calendar_gaps(place.clock.now().date())):
        click.echo(f"注意 / note: {one}", err=True)


def _say_unmet(place: upkeep.Installation) -> None:
    """Print which steps of the rules no staff member here could take, before students file."""
    with place.store.reading() as session:
        found = unmet(session, place.school, enrolled(session), place.clock.now(session))
    for one in found:
        where = f"（{'、'.join(' '.join(scope.parts) for scope in one.where)}）" if one.where else ""
        click.echo(f"注意 / note: {one.file}:{one.line}: {one.rule}：{one.says}{where}", err=True)


def _say_progress(said: str) -> None:
    click.echo(f"  · {said}", err=True)
    sys.stderr.flush()


def _introduce_the_open_pages(at: str, item: HelpToTry | None) -> None:
    """Print what there is for somebody who has no account: the guide, and the help items."""
    click.echo(
        "\n不用登录：首页是学信网账号指引，从提示的原话找办法；解决不了的，提交咨询，由学籍管理员答复\n"
        "Without signing in: the front page is a guide to the platform's accounts; or ask the registrar\n"
        f"    {at}/    {at}/help/ask"
    )
    if item is not None:
        click.echo(
            f"\n  查询中的一项咨询，在 {at}/help/state 填写编号 {item.number}、口令 {item.word}\n"
            "  a help item that is being looked into: give its number and word there"
        )


def _introduce_ways_in(strip: StripToTry | None, at: str) -> None:
    """Print how people get into a real installation, to be tried here."""
    if strip is not None:
        click.echo(
            "\n正式的安装不用链接：学生凭打印的登录码第一次登录，设置密码，以后用密码登录。可以试这一条\n"
            "A real installation needs no links: a student signs in with a printed code, sets a password.\n"
            "Try this strip\n\n"
            f"  {strip.name}  {strip.number}  {strip.code}\n"
            f"    {at}/activate"
        )
    click.echo(
        "\n打印登录码、在柜台给出登录码：用学院经办人的链接登录，再点“登录码”\n"
        "Codes to print, and one at the counter: sign in as the college officer, then choose the codes"
    )


def _introduce(place: upkeep.Installation, parts: list[Part], at: str) -> None:
    """Print one-time links for each part, how to make a real installation, and how to delete this one."""
    moment = f"{place.clock.now():%Y-%m-%d %H:%M}"
    click.echo(
        f"\n演示学校：人物和数据都是虚构的，办的事都不算数。时钟从 {moment} 走起。\n"
        f"A demonstration: everybody and everything in it is invented. Its clock shows {moment}.\n\n"
        "一次性登录链接（再次启动会给出新的；同时试几种身份，请用不同的浏览器或隐私窗口）\n"
        "One-time sign-in links (start again for new ones; for several people at once use private windows)"
    )
    for part in parts:
        (role, role_en), (now, now_en), (tries, tries_en) = part.role, part.now, part.tries
        where, where_en = (f"（{now}）", f" ({now_en})") if now else ("", "")
        click.echo(
            f"\n  {role} {part.name}{where}：{tries}\n"
            f"  {role_en}{where_en if now != now_en else ''}: {tries_en}\n"
            f"    {link_of(at, part.token)}"
        )
    with place.store.reading() as session:
        strip = strip_of_somebody(place, session, place.clock.now(session))
        item = help_to_try(place, session)
    _introduce_the_open_pages(at, item)
    _introduce_ways_in(strip, at)
    if place.clock.now() > CLOSE:
        click.echo(
            "\n时钟已过自查截止的时刻；要回到进行中的时候，请删除下面的文件夹再启动\n"
            "The campaign is over by now; to see it under way, delete the folder below and start again"
        )
    click.echo(
        "\n建立正式的安装 / to begin in earnest:  python3 start.py init\n"
        f"不要演示了，删除文件夹 / to be rid of this, delete the folder:  {place.settings.home}"
    )
