"""Bulletins: a campaign's numbers as of a moment, frozen when published, and reproducible at any time.

A bulletin is counted from the history, not from today's tables, so a late one equals one made in time. It
consists of counts and cannot contain a person's name or number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from states.campaign import CANCELLED, DRAFT
from states.case import DEFERRED
from workflow.campaigns.attempt import Attempt
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.progress.board import COLUMNS, DEEMED, PROXY, Board, BoardLine
from workflow.campaigns.progress.numbers import board_at
from workflow.campaigns.tables import BulletinRow
from workflow.cases import rules
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Campaign
from workflow.clock import SHANGHAI
from workflow.engine import Actor, Change, Effect, Engine, Entropy, Ref, in_words
from workflow.history.codes import AS_OF, BULLETIN, Code, find
from workflow.history.entry import canonical
from workflow.store import as_text, from_text
from workflow.verdict import Reason

FORMAT = 1
SETTLED = timedelta(minutes=1)
"""Wait this long after a cut-off before counting, so that transactions started earlier have committed."""

SMALL = 5
"""A group of fewer people is never shown by itself outside the registrar's pages."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin as published.

    ``together`` are the colleges that are shown only as one outside the registrar's pages.
    """

    id: str
    plan: str
    day: date
    as_of: datetime
    made_at: datetime
    made_by: str
    digest: str
    title: str
    title_en: str
    board: Board
    together: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shared:
    """One line that may be shared: a college, or the small ones together (``name`` is '').

    ``proxy`` of the ``checked`` were confirmed by a proxy.
    """

    name: str
    counted: int
    checked: int
    proxy: int
    deemed: int
    silent: int
    together: int = 1

    @property
    def per_mille(self) -> int:
        """How many of a thousand were checked, rounded down."""
        return self.checked * 1000 // self.counted if self.counted else 0


# -- making ---------------------------------------------------------------------------------------------


def moment_of(day: date, opens_at: datetime) -> datetime:
    """The moment of a bulletin named after a day: the end of the day before.

    For the opening day it is the end of that day itself.
    """
    midnight = datetime.combine(day, time(0), SHANGHAI)
    last = midnight if midnight > opens_at else midnight + timedelta(days=1)
    return last - timedelta(seconds=1)


def latest_moment(now: datetime) -> datetime:
    """The latest full minute whose numbers can be counted now."""
    return (now - SETTLED).replace(second=0)


def publish(
    engine: Engine, session: Session, campaign: str, by: Actor, day: date, as_of: datetime, **more: Any
) -> str:
    """Freeze a campaign's numbers as of a moment. Returns the bulletin's digest. Raises Refused.

    ``more`` may hold ``expected`` and ``key``, as for any command.
    """
    entry = engine.perform(session, Ref("campaign", campaign), "publish", by=by, day=day, as_of=as_of, **more)
    return find(entry.codes, BULLETIN).value


@in_words("所取时刻的数字已能确定", "the numbers of the moment are final")
def moment_is_settled(attempt: Attempt) -> Reason | None:
    """The moment must be within the campaign's life and long enough ago for final numbers."""
    as_of = attempt.details.get("as_of")
    if not isinstance(as_of, datetime) or as_of > attempt.at - SETTLED:
        return Reason(
            "moment_not_settled",
            "这个时刻的数字还不能确定。",
            remedy="请在这一时刻过去一分钟后再发布。",
        )
    if as_of < attempt.subject.opens_at:
        return Reason(
            "before_the_campaign",
            "活动从 {opens} 才开始，此前没有数字。",
            {"opens": as_text(attempt.subject.opens_at)},
            remedy="请选择活动开始之后的时刻。",
        )
    return None


@in_words("该时刻的通报没有发布过", "no bulletin of that moment yet")
def no_bulletin_of_that_moment(attempt: Attempt) -> Reason | None:
    """Each moment is published at most once."""
    as_of = attempt.details.get("as_of")
    if not isinstance(as_of, datetime):
        return None
    campaign = attempt.subject.id
    asked = select(BulletinRow.id).where(BulletinRow.campaign_id == campaign, BulletinRow.as_of == as_of)
    if attempt.session.scalar(asked) is None:
        return None
    return ALREADY_PUBLISHED


ALREADY_PUBLISHED = Reason(
    "already_published",
    "这一时刻的通报已经发布过。",
    remedy="请打开已有的通报；要新的数字，请过一分钟再发布。",
    rule="no_bulletin_of_that_moment",
)


def freezing(entropy: Entropy) -> Effect:
    """The effect that freezes the numbers."""

    def freeze_the_numbers(attempt: Attempt, change: Change) -> None:
        """Count, store the bytes, and name their digest in the entry."""
        day, as_of = attempt.details["day"], attempt.details["as_of"]
        body = body_of(attempt.session, attempt.subject, day, as_of)
        digest = hashlib.sha256(body).hexdigest()
        attempt.session.execute(
            insert(BulletinRow).values(
                id=entropy(16).hex(),
                campaign_id=attempt.subject.id,
                day=day,
                as_of=as_of,
                made_at=attempt.at,
                made_by=attempt.by.person,
                digest=digest,
                body=body,
            )
        )
        change.codes += [Code(BULLETIN, digest), Code.at(AS_OF, as_of)]

    return freeze_the_numbers


def body_of(session: Session, campaign: CampaignFacts, day: date, as_of: datetime) -> bytes:
    """A bulletin of that moment as canonical bytes, counted from the history."""
    found = board_at(session, campaign.id, as_of)
    titles = session.execute(
        select(Campaign.title, Campaign.title_en).where(Campaign.id == campaign.id)
    ).one()
    return canonical(
        {
            "as_of": as_text(as_of),
            "campaign": campaign.plan,
            "colleges": [_said(line) for line in found.lines],
            "day": day.isoformat(),
            "format": FORMAT,
            "title": titles.title,
            "title_en": titles.title_en,
            "total": _said(found.total),
        }
    )


def _said(line: BoardLine) -> dict[str, Any]:
    """A line as published. A bulletin from before there were deferred cases keeps its bytes."""
    return {
        "excluded": dict(line.excluded),
        "name": line.name,
        "numbers": {kind: n for kind, n in line.numbers.items() if n or kind != DEFERRED},
        "silent": dict(line.silent),
    }


# -- reading --------------------------------------------------------------------------------------------


def bulletins(session: Session, campaign: str) -> tuple[Bulletin, ...]:
    """The bulletins of a campaign, latest moment first."""
    found = _read_all(session, BulletinRow.campaign_id == campaign)
    return tuple(sorted(found, key=lambda one: one.as_of, reverse=True))


def bulletin(session: Session, id: str) -> Bulletin | None:
    """One bulletin, or None."""
    of_it = select(BulletinRow.campaign_id).where(BulletinRow.id == id).scalar_subquery()
    found = _read_all(session, BulletinRow.campaign_id == of_it)
    return next((one for one in found if one.id == id), None)


def rebuild(session: Session, id: str) -> str:
    """The digest that the history gives today for a bulletin. It is the same if both are intact."""
    row = session.get_one(BulletinRow, id)
    campaign = campaign_facts(session, row.campaign_id)
    return hashlib.sha256(body_of(session, campaign, row.day, row.as_of)).hexdigest()


def _read_all(session: Session, which: ColumnElement[bool]) -> list[Bulletin]:
    """A campaign's bulletins as published. A college hidden in one stays hidden in the later ones."""
    asked = select(BulletinRow).where(which).order_by(BulletinRow.made_at, BulletinRow.as_of)
    found: list[Bulletin] = []
    hidden: frozenset[str] = frozenset()
    for row in session.scalars(asked):
        found.append(_read(row, hidden))
        hidden = found[-1].together
    return found


def _read(row: BulletinRow, before: frozenset[str]) -> Bulletin:
    said = json.loads(row.body)
    board = Board(tuple(_line(line) for line in said["colleges"]), _line(said["total"]))
    return Bulletin(
        id=row.id,
        plan=said["campaign"],
        day=date.fromisoformat(said["day"]),
        as_of=from_text(said["as_of"]),
        made_at=row.made_at,
        made_by=row.made_by,
        digest=row.digest,
        title=said["title"],
        title_en=said["title_en"],
        board=board,
        together=together(board, before),
    )


def _line(said: Mapping[str, Any]) -> BoardLine:
    numbers = {kind: said["numbers"].get(kind, 0) for kind in COLUMNS}
    return BoardLine(said["name"], numbers, dict(said["excluded"]), dict(said["silent"]))


# -- sharing --------------------------------------------------------------------------------------------


def together(board: Board, before: frozenset[str] = frozenset()) -> frozenset[str]:
    """The colleges shown only as one: the small ones, and those hidden in the bulletins ``before``.

    If all of them, or the new ones, are one college or still few people, the next smallest join them. So a
    hidden number cannot be computed from the sum or from an earlier bulletin.
    """
    lines = sorted((line for line in board.lines if line.counted), key=lambda line: line.counted)
    kept = [line for line in lines if line.name in before]
    new = [line for line in lines if line.name not in before and line.counted < SMALL]
    rest = [line for line in lines if line.name not in before and line.counted >= SMALL]

    def few(some: list[BoardLine]) -> bool:
        return len(some) == 1 or 0 < sum(line.counted for line in some) < SMALL

    while rest and (few(new) or few(kept + new)):
        new.append(rest.pop(0))
    return before | {line.name for line in new}


def shared(board: Board, hidden: frozenset[str]) -> tuple[Shared, ...]:
    """The lines that may be shared publicly, lowest share first, with the ``hidden`` colleges as one."""
    lines = [line for line in board.lines if line.counted]
    found = [_share(line.name, [line]) for line in lines if line.name not in hidden]
    found.sort(key=lambda line: (line.per_mille, line.name))
    few = [line for line in lines if line.name in hidden]
    return (*found, *([_share("", few)] if few else []))


def share_of_all(board: Board) -> Shared:
    """The sum of a board as it may be shared."""
    return _share("", [board.total])


def _share(name: str, lines: Iterable[BoardLine]) -> Shared:
    lines = list(lines)
    return Shared(
        name=name,
        counted=sum(line.counted for line in lines),
        checked=sum(line.checked for line in lines),
        proxy=sum(line.numbers[PROXY] for line in lines),
        deemed=sum(line.numbers[DEEMED] for line in lines),
        silent=sum(line.numbers["not_checked"] for line in lines),
        together=len(lines),
    )


def public_profile(found: Bulletin) -> dict[str, Any]:
    """The public content of a bulletin: counts by college and in total, and the digest to compare."""
    total = share_of_all(found.board)
    return {
        "as_of": as_text(found.as_of),
        "campaign": found.plan,
        "title": found.title,
        "title_en": found.title_en,
        "day": found.day.isoformat(),
        "digest": found.digest,
        "excluded": few_or(found.board.total.left_out),
        "total": _counts(total),
        "colleges": [
            {"college": line.name, "colleges": line.together, **_counts(line)}
            for line in shared(found.board, found.together)
        ],
    }


def few_or(n: int) -> int | str:
    """A number as it may be shared: zero and large numbers exactly, small ones as ``<5``."""
    return n if n == 0 or n >= SMALL else f"<{SMALL}"


def _counts(line: Shared) -> dict[str, int]:
    return {
        "counted": line.counted,
        "checked": line.checked,
        "proxy": line.proxy,
        "deemed": line.deemed,
        "silent": line.silent,
    }


# -- on the named days ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BulletinDue:
    """A bulletin that campaigns.toml names and that is not made yet."""

    campaign: str
    day: date
    as_of: datetime


def due(engine: Engine, session: Session, now: datetime) -> tuple[BulletinDue, ...]:
    """The named days that have come, of campaigns begun by then, without a bulletin yet."""
    asked = select(Campaign.id, Campaign.plan, Campaign.opens_at).where(
        Campaign.state.not_in((DRAFT, CANCELLED))
    )
    made = {tuple(row) for row in session.execute(select(BulletinRow.campaign_id, BulletinRow.as_of))}
    found = []
    for id, plan, opens_at in session.execute(asked.order_by(Campaign.opens_at, Campaign.id)):
        for day in rules.plan_of(rules_of(engine, session, id), plan).bulletins:
            as_of = moment_of(day, opens_at)
            if as_of <= now - SETTLED and (id, as_of) not in made:
                found.append(BulletinDue(id, day, as_of))
    return tuple(found)


def by_digest(session: Session, digest: str) -> Bulletin | None:
    """The bulletin of that digest, or None. A cancelled campaign shows none."""
    of_it = (
        select(BulletinRow.campaign_id)
        .join(Campaign, Campaign.id == BulletinRow.campaign_id)
        .where(BulletinRow.digest == digest, Campaign.state != CANCELLED)
        .scalar_subquery()
    )
    found = _read_all(session, BulletinRow.campaign_id == of_it)
    return next((one for one in found if one.digest == digest), None)
