"""``bench``: measures the engine against a baseline, the least work with the same result."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def bench() -> None:
    """测量速度：每个数字都与同一次运行中的下限相比 / every figure beside its floor, in the same run."""


@bench.command()
def engine() -> None:
    """一次流转，与手写同样的行相比（SQLite, synchronous=FULL）/ one transition, and its rows by hand."""
    from bench.engine import run

    click.echo(
        f"{'action':<10}{'two bare µs':>12}{'by hand µs':>12}{'perform µs':>12}{'ratio':>8}{'units':>8}"
    )
    for figure in run():
        click.echo(
            f"{figure.action:<10}{figure.bare:>12.0f}{figure.by_hand:>12.0f}{figure.through_the_door:>12.0f}"
            f"{figure.ratio:>7.2f}×{figure.units:>7.2f}×"
        )


@bench.command()
def roster() -> None:
    """导入名册，与只解析并写入相比 / a roster import beside a bare parse and executemany."""
    from bench.roster import run

    for line in run():
        click.echo(line)


@bench.command()
@click.option("--database", default="", help="空数据库的地址 / an empty database; SQLite unless named")
@click.option("--size", type=int, default=1_000_000, help="等待的申请数 / how many cases wait")
def queue(database: str, size: int) -> None:
    """待办队列：一千件与一百万件 / the reviewer's queue at a thousand and at a million waiting cases."""
    from bench.queue import run

    for line in run((size,) if database else (1_000, size), database):
        click.echo(line)


@bench.command()
def policy() -> None:
    """向规则提问 100,000 次，只用一个核 / 100,000 questions to the rules, on one core."""
    from bench.policy import run

    for line in run():
        click.echo(line)


@bench.command()
@click.option("--size", default=20_000, show_default=True, help="学籍记录数 / how many records")
def campaign(size: int) -> None:
    """模拟一次自查，从开始到结束 / a whole campaign, simulated, its laws held at every step."""
    from bench.campaign import run

    for line in run(size):
        click.echo(line)


@bench.command()
@click.option("--size", default=10_000, show_default=True, help="登录码数 / how many codes")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var") / "strips")
def strips(size: int, folder: Path) -> None:
    """生成并打印登录码，PDF 写入 FOLDER / make codes and print their pages; the PDF files go to FOLDER."""
    from bench.strips import run

    for line in run(size, folder):
        click.echo(line)


@bench.command()
@click.option("--accounts", default=10_000, show_default=True, help="账号数 / how many accounts")
def guesses(accounts: int) -> None:
    """在门口试遍所有猜得到的值：一个也进不去 / every guessable value at the front door: nobody gets in."""
    from bench.guesses import run

    for line in run(accounts):
        click.echo(line)


@bench.command()
@click.option("--times", default=1_000, show_default=True, help="每种各问几次 / how often each is asked for")
@click.option("--database", default="", help="一个空的 PostgreSQL 数据库 / an empty PostgreSQL database")
def strangers(times: int, database: str) -> None:
    """别人的和不存在的，一样快吗 / is what is somebody else's told as fast as what is not there."""
    from bench.strangers import run

    click.echo(f"{'address':<36}{'foreign ms':>12}{'absent ms':>12}{'apart':>9}")
    for figure in run(times, database):
        click.echo(f"{figure.name:<36}{figure.foreign:>12.2f}{figure.absent:>12.2f}{figure.apart:>+8.1f}%")


@bench.command()
@click.option("--records", default=1_000_000, show_default=True, help="学籍记录数 / how many records")
@click.option("--database", default="", help="一个空的 PostgreSQL 数据库 / an empty PostgreSQL database")
def finding(records: int, database: str) -> None:
    """按姓名、拼音、首字母、学号查找 / finding a student by name, pinyin, initials or number."""
    from bench.finding import run

    for line in run(records, database):
        click.echo(line)


@bench.command()
@click.option("--rows", default=6_000, show_default=True, help="学生数 / how many students")
@click.option("--database", default="", help="一个空的 PostgreSQL 数据库 / an empty PostgreSQL database")
def sources(rows: int, database: str) -> None:
    """平台与教务系统对照，从文件到处理表 / platform and 教务系统 side by side, from file to worksheet."""
    from bench.sources import run

    for line in run(rows, database):
        click.echo(line)


@bench.command()
@click.option("--cases", default=40, show_default=True, help="件数 / how many cases")
def evening(cases: int) -> None:
    """只用键盘办理一个晚上，数按键 / an evening by keyboard only: the keys of each kind of case."""
    from bench.evening import run

    for line in run(cases):
        click.echo(line)


@bench.command()
@click.option("--size", default=5_000, show_default=True, help="更正事项数 / how many claims")
@click.option("--database", default="", help="一个空的 PostgreSQL 数据库 / an empty PostgreSQL database")
def claims(size: int, database: str) -> None:
    """更正事项清单的页面和导出文件 / the list of claims: its pages, and its file as an export job."""
    from bench.claims import run

    for line in run(size, database):
        click.echo(line)


@bench.command()
@click.option("--lines", default=500, show_default=True, help="行数 / how many lines")
@click.option("--database", default="", help="一个空的 PostgreSQL 数据库 / an empty PostgreSQL database")
def batch(lines: int, database: str) -> None:
    """一个报送批次的来回：定稿、文件、报送、答复 / a batch there and back: frozen, files, sent, answered."""
    from bench.batch import run

    for line in run(lines, database):
        click.echo(line)
