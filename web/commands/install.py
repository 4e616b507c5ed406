"""``init``, ``upgrade`` and ``clock``: create and maintain an installation."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import click

from web.commands.place import settings
from workflow.clock import SHANGHAI
from workflow.people.links import link_of
from workflow.signin.staff.listing import without_number
from workflow.signin.staff.outlook import fits_as_number
from workflow.store import Store
from workflow.upkeep import installation as upkeep

PORT = 8000


class Moment(click.ParamType[datetime]):
    """Parameter type: a moment in Asia/Shanghai, written as ``2024-10-25T09:00`` or as a day."""

    name = "moment"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse the text into an aware datetime."""
        if isinstance(value, datetime):
            return value
        try:
            said = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value}：请写成 2024-10-25 或 2024-10-25T09:00 / write 2024-10-25T09:00", param, ctx)
        return said.replace(tzinfo=SHANGHAI) if said.tzinfo is None else said.astimezone(SHANGHAI)


MOMENT = Moment()


@click.command()
@click.option(
    "--administrator", default="系统管理员", show_default=True, help="管理员的姓名 / the administrator's name"
)
@click.option("--number", default="", help="管理员的工号，本人用它登录 / the administrator's staff number")
@click.option(
    "--practice",
    type=MOMENT,
    help="练习环境，时钟从这一刻开始；每页都会标明，不能改为正式 / for practice, with a clock of its own",
)
def init(administrator: str, number: str, practice: datetime | None) -> None:
    """建立一个空的安装：数据库、密钥、一位管理员 / database, keys and one administrator.

    \b
    KANWU_HOME       安装所在的文件夹，默认 var / folder of the installation
    KANWU_DATABASE   默认 SQLite；或 postgresql+psycopg://应用角色:口令@主机/库 / the application role's URL
    KANWU_OWNER      只用于 PostgreSQL：所有者角色的地址 / PostgreSQL only: the owner role's URL
    KANWU_SCHOOL     学校规则文件夹，默认南昌航空大学 / folder of the school's rules
    """
    place = settings()
    if number and not fits_as_number(number):
        raise click.UsageError("工号用字母和数字，最多 32 位 / letters and digits, 32 at most: --number")
    token = upkeep.create(place, administrator, number=number, practice_at=practice)
    click.echo(f"已建立 / made: {place.home}")
    click.echo(f"请另外保管密钥的副本 / keep a copy of the keys elsewhere: {place.keys}")
    say_link(administrator, token)
    if number:
        click.echo(
            "管理员打开链接，输入工号，设置密码 / "
            "the administrator opens it, types the number and sets a password"
        )
    else:
        click.echo("还没有工号：请用 people number 给 / no staff number yet: people number gives one")


@click.command()
def upgrade() -> None:
    """把数据库结构升级到本版本，列出没有工号的人员 / bring the schema up to date, list who lacks a number."""
    place = settings()
    upkeep.upgrade(place)
    click.echo("数据库结构已是本版本 / the schema is this version's")
    with closing(Store(place.database)) as store, store.reading() as session:
        missing = without_number(session)
    if missing:
        click.echo(
            "下列人员没有工号，只能用链接登录。给工号：people number 编号 工号，或 people staff 文件 / "
            "these have no staff number and get in by link alone; give one by people number ID NUMBER, or by "
            "people staff FILE:"
        )
    for id, name in missing:
        click.echo(f"  {id}  {name}")


@click.command()
@click.argument("moment", type=MOMENT)
def clock(moment: datetime) -> None:
    """设置练习环境的时钟，只能向前 / set a practice installation's clock; it only goes forward."""
    upkeep.set_practice_clock(settings(), moment)
    click.echo(f"练习环境的时钟 / practice clock: {moment:%Y-%m-%d %H:%M:%S}")


def address(port: int = PORT) -> str:
    """The base URL of the pages: the configured one, else this machine and port."""
    return settings().address or f"http://127.0.0.1:{port}"


def say_link(name: str, token: str) -> None:
    """Print a one-time link. It is shown only here; the token is not stored."""
    click.echo(f"一次性登录链接，三天内有效 / one-time sign-in link, three days: {name}")
    click.echo(f"  {link_of(address(), token)}")
