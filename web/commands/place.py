"""Opens the installation a command works on, and reports known faults in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from config.policy import PolicyFaults
from config.settings import Settings, SettingsFault, read_settings
from workflow.engine import Actor
from workflow.people.cipher import KeysMissing
from workflow.people.granting import BY_OPERATOR
from workflow.people.searching import note_search
from workflow.people.tables import Grant, Person, holds_on
from workflow.upkeep.installation import (
    AlreadyInstalled,
    ClockRefused,
    Installation,
    NotInstalled,
    open_installation,
)
from workflow.upkeep.schema import SchemaFault
from workflow.verdict import Refused

PLAIN_FAULTS = (SettingsFault, PolicyFaults, KeysMissing, SchemaFault, ClockRefused)


def settings() -> Settings:
    """The settings in force."""
    return read_settings()


def installation() -> Installation:
    """The installation in the home folder, opened."""
    return open_installation(settings())


def staff(place: Installation, name: str, role: str) -> Actor:
    """The person with that name or id, acting in the role. Raises a usage error if there is none."""
    with place.store.reading() as session:
        day = place.clock.now(session).date()
        found = session.execute(
            select(Person.id)
            .join(Grant)
            .where((Person.name == name) | (Person.id == name), Grant.role == role, holds_on(day))
            .distinct()
        ).all()
    if len(found) != 1:
        raise click.UsageError(
            f"没有唯一一位名为“{name}”且有 {role} 身份的人员；用 people list 查看 / "
            f"there is not exactly one {role} of that name; see: people list"
        )
    return Actor(found[0].id, role)


def searched(place: Installation, said: str, by: Actor = BY_OPERATOR) -> None:
    """Log that a command looks for a number, as a keyed digest, whether or not it finds anybody."""
    with place.store.writing() as session:
        note_search(session, place.cipher, by, "command", said, place.clock.now(session))


@contextmanager
def clearly() -> Iterator[None]:
    """Report a known fault in one line, without a traceback. Exit status 1."""
    try:
        yield
    except NotInstalled:
        _stop("这里还没有安装。请先运行 / nothing is installed here, first run: python3 start.py init")
    except AlreadyInstalled as fault:
        _stop(f"这里已经有安装，没有改动任何内容 / already installed, nothing was touched: {fault}")
    except Refused as no:
        lines = [f"· {reason.says} {reason.remedy}" for reason in no.verdict.reasons]
        _stop("不能办理 / refused:\n" + "\n".join(lines))
    except PLAIN_FAULTS as fault:
        _stop(str(fault))
    except OperationalError as fault:
        _stop(f"连不上数据库 / cannot reach the database: {str(fault.orig).splitlines()[0]}")


def _stop(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(1)
