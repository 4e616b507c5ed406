"""The command line: the same engine, without a browser."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "serve": (
        "web.commands.serve:serve",
        "启动网站或演示学校 / serve the pages, or a demonstration",
    ),
    "init": ("web.commands.install:init", "建立一个空的安装 / make an empty installation"),
    "upgrade": ("web.commands.install:upgrade", "升级数据库结构 / bring the schema to this version"),
    "clock": ("web.commands.install:clock", "设置练习环境的时钟 / set a practice installation's clock"),
    "roster": ("web.commands.roster:roster", "导入学籍名册和照片 / import the roster and photos"),
    "campaign": ("web.commands.campaign:campaign", "自查活动 / campaigns"),
    "cases": ("web.commands.cases:cases", "按期催促、终止个案 / what time brings about in cases"),
    "people": ("web.commands.people:people", "人员、授权与登录链接 / people, roles and sign-in links"),
    "notices": ("web.commands.notices:notices", "通知怎样发出 / how notices leave the house"),
    "policy": ("web.commands.policy:policy", "向学校规则提问 / ask the school's rules"),
    "history": ("web.commands.history:history", "核验流转记录 / verify the transition history"),
    "screenshots": (
        "web.commands.screenshots:screenshots",
        "给演示学校的页面拍图 / take pictures of the demonstration's pages",
    ),
    "bench": ("web.commands.bench:bench", "测量速度 / measure speed"),
}


class Lazily(click.Group):
    """A command group that loads a command only when it is called, so that help is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令 / Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """勘误 Kanwu：学籍信息自查与更正 / student-record self-check and correction.

    \b
    python3 start.py                   启动；没有安装时，启动演示学校 / run it, or a demonstration
    python3 start.py --at 2024-10-25   演示学校从这一刻看起 / the demonstration at that moment
    python3 start.py init              建立正式的安装 / make a real installation
    python3 start.py test              运行全部测试 / run all tests
    KANWU_HOME                  安装所在的文件夹，默认 var / where the installation lives
    """
