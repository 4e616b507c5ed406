"""What happens before anybody signs in: the guide is read, and some ask the registrar for help."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.guide.words import Guide
from demo.offices import Doing
from demo.students import SEED
from states.help import HELP, LOOKING
from workflow.clock import SHANGHAI
from workflow.engine import Actor, Ref
from workflow.guide.counts import add_counts
from workflow.help.asking import HelpRequest, spoken_number, visitor_of
from workflow.help.tables import HelpItem
from workflow.signin.codes import shown
from workflow.upkeep.installation import Installation

COUNTED_AT = time(23, 59, 30)
ENDINGS = (("solved", 0.62), ("stuck", 0.11), ("platform", 0.09), ("registrar", 0.05))
"""What share of those who open a situation comes to which ending. The others close the page."""
REPLY = "已在名册中找到您的学籍：姓名中的生僻字没有显示出来。请按电话里说的办法重新登录，再核对一次。"


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request for help: what is said, when, and when the registrar looks into it and answers."""

    asked_at: datetime
    request: HelpRequest
    taken_at: datetime | None = None
    solved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HelpToTry:
    """An item that is being looked into: its number, and the word of whoever asked."""

    number: str
    word: str


REQUESTS = (
    DemoRequest(
        datetime(2024, 10, 25, 10, 12, tzinfo=SHANGHAI),
        HelpRequest("no_record", "张三丰", "2436000000001", "13800000001", "登录后显示查不到学籍。"),
        datetime(2024, 10, 25, 14, 40, tzinfo=SHANGHAI),
        datetime(2024, 10, 28, 9, 25, tzinfo=SHANGHAI),
    ),
    DemoRequest(
        datetime(2024, 10, 29, 19, 3, tzinfo=SHANGHAI),
        HelpRequest("cannot_link", "令狐冲", "", "13800000002", "证件号码被别人绑定了，找回时收不到验证码。"),
        datetime(2024, 10, 30, 8, 50, tzinfo=SHANGHAI),
    ),
    DemoRequest(
        datetime(2024, 10, 30, 9, 31, tzinfo=SHANGHAI),
        HelpRequest("other", "任盈盈", "", "13800000003", "实人认证提示照片不符，换了三次都没有通过。"),
    ),
)
"""Whoever asks is invented, like everybody here."""


def askings(place: Installation, registrar: Actor) -> Iterator[tuple[datetime, Doing]]:
    """The requests for help and what the registrar does about them, with their times."""
    for n, one in enumerate(REQUESTS):
        yield one.asked_at, _asking(place, n, one.request)
        if one.taken_at is not None:
            yield one.taken_at, _answering(place, n, registrar, "take_up")
        if one.solved_at is not None:
            yield (
                one.solved_at - timedelta(minutes=3),
                _answering(place, n, registrar, "call", result="reached"),
            )
            yield one.solved_at, _answering(place, n, registrar, "solve", words=REPLY)


def readings(guide: Guide, first: datetime, last: datetime) -> Iterator[tuple[datetime, Doing]]:
    """Each day's counts of the guide. The situations of which the platform speaks first are read most."""
    chance = random.Random(f"{SEED}guide")
    day = first.date()
    while (at := datetime.combine(day, COUNTED_AT, SHANGHAI)) <= last:
        counted: dict[tuple[str, str], int] = {}
        for n, situation in enumerate(guide.situations):
            opened = chance.randrange(4, 30) * 8 // (8 + n)
            counted[situation.id, "opened"] = opened
            for ending, share in ENDINGS:
                counted[situation.id, ending] = round(opened * share * chance.uniform(0.6, 1.1))
        yield at, _counting(at, counted)
        day += timedelta(days=1)


def help_to_try(place: Installation, session: Session) -> HelpToTry | None:
    """The newest item that is being looked into, with the word that its asker was shown."""
    visitors = [visitor_of(place.cipher, _form(n)) for n in range(len(REQUESTS))]
    words = {by.person: word for by, word in visitors}
    found = session.execute(
        select(HelpItem.number, HelpItem.visitor)
        .where(HelpItem.state == LOOKING, HelpItem.visitor.in_(words))
        .order_by(HelpItem.asked_at.desc())
        .limit(1)
    ).first()
    return HelpToTry(spoken_number(found.number), shown(words[found.visitor])) if found else None


def _form(n: int) -> str:
    """The key of the nth form. It is known, so that the word can be shown again."""
    return f"{n + 1:032x}"


def _asking(place: Installation, n: int, request: HelpRequest) -> Doing:
    def do(session: Session) -> None:
        by, _word = visitor_of(place.cipher, _form(n))
        place.engine.perform(session, Ref(HELP.name), "ask", by=by, key=_form(n), **asdict(request))

    return do


def _answering(place: Installation, n: int, registrar: Actor, action: str, **details: Any) -> Doing:
    def do(session: Session) -> None:
        by, _word = visitor_of(place.cipher, _form(n))
        item = session.scalars(select(HelpItem.id).where(HelpItem.visitor == by.person)).one()
        place.engine.perform(session, Ref(HELP.name, item), action, by=registrar, **details)

    return do


def _counting(at: datetime, counted: dict[tuple[str, str], int]) -> Doing:
    return lambda session: add_counts(session, at.date(), counted)
