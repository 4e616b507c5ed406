"""``serve``: the pages, on waitress; makes an empty installation first where there is none."""

from __future__ import annotations

import click
from waitress import serve as waitress_serve

from web.commands.install import PORT, say_link
from web.commands.place import settings
from workflow.upkeep import installation as upkeep


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORT, show_default=True)
@click.option("--threads", default=8, show_default=True)
def serve(host: str, port: int, threads: int) -> None:
    """启动网站 / serve the pages."""
    from web import create_app

    place = settings()
    if not upkeep.is_installed(place):
        token = upkeep.create(place, "系统管理员")
        click.echo(f"已建立空的安装 / made an empty installation: {place.home}")
        say_link("系统管理员", token, port)
    app = create_app(upkeep.open_installation(place))
    click.echo(f"http://{host}:{port}  （Ctrl+C 停止 / to stop）")
    waitress_serve(app, host=host, port=port, threads=threads, ident=None)
