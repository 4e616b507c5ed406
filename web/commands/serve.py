"""``serve``: the pages, on waitress; where nothing is installed, a demonstration school to look at."""

from __future__ import annotations

import sys
from datetime import datetime

import click
from waitress import serve as waitress_serve

from config.settings import Settings
from demo import making
from web.commands.install import MOMENT, PORT, address
from web.commands.place import settings
from workflow.upkeep import installation as upkeep


@click.command()
@click.option(
    "--at",
    type=MOMENT,
    help="演示学校的时钟，默认 2024-10-30T10:00，只能向前 / the demonstration's clock; it only goes forward",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORT, show_default=True)
@click.option("--threads", default=8, show_default=True)
def serve(at: datetime | None, host: str, port: int, threads: int) -> None:
    """启动网站；还没有安装时，启动演示学校 / serve the pages; where nothing is installed, a demonstration.

    演示学校在 KANWU_HOME 的 demo 文件夹里，人物都是虚构的；运行 init 之后启动的是正式安装 /
    the demonstration lies in the folder demo of KANWU_HOME; after init the real installation is served.
    """
    from web import create_app

    place = settings()
    demonstrating = not upkeep.is_installed(place)
    if demonstrating:
        place = _demonstration(place, at)
    elif at is not None:
        raise click.UsageError(
            "--at 只用于演示学校；练习环境请用 clock / --at is for the demonstration; for practice use: clock"
        )
    opened = upkeep.open_installation(place)
    if demonstrating:
        _introduce(opened, address(port))
    click.echo(f"\nhttp://{host}:{port}  （Ctrl+C 停止 / to stop）")
    waitress_serve(create_app(opened), host=host, port=port, threads=threads, ident=None)


def _demonstration(home: Settings, at: datetime | None) -> Settings:
    """The demonstration beside an empty home, made if it is not there, at the moment that was asked for."""
    place = making.settings_of(home)
    if upkeep.is_installed(place):
        if at is not None:
            upkeep.set_practice_clock(place, at)
        return place
    click.echo("正在准备演示学校（约十秒）/ making the demonstration school (about ten seconds)", err=True)
    making.make(home, at or making.BEGIN, progress=_say_progress)
    if sys.stderr.isatty():
        click.echo(err=True)
    return place


def _say_progress(said: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K  {said}", nl=False, err=True)


def _introduce(place: upkeep.Installation, at: str) -> None:
    """Who one can be, by one-time links; how to begin in earnest; how to be rid of it."""
    moment = place.clock.now()
    click.echo(
        f"\n演示学校，人物和数据都是虚构的，时钟从 {moment:%Y-%m-%d %H:%M} 走起\n"
        f"A demonstration: everybody in it is invented; its clock shows {moment:%Y-%m-%d %H:%M}\n"
        "一次性登录链接（再次启动会给出新的）/ one-time sign-in links (start again for new ones)\n"
    )
    for part in making.cast(place):
        click.echo(f"  {part.zh} · {part.name}\n  {part.en}\n    {at}/in/{part.token}")
    click.echo(
        f"\n正式安装 / to begin in earnest:  python3 start.py init\n"
        f"不要演示了 / to be rid of it:    删除文件夹 / delete the folder  {place.settings.home}"
    )
