"""Views of the queue that a person saved: a name and a filter; made, renamed and removed by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workflow.cases.views.queue.filter import Filter
from workflow.engine import Actor, Entropy
from workflow.people.tables import SavedView
from workflow.records.texts import clean_words
from workflow.verdict import Reason, Refused, Verdict

MOST = 12
"""So many views one person can save."""
LONGEST = 20
"""So many characters a name has at most."""
NOTHING_CHOSEN = Reason(
    "view_filters_nothing", "现在没有筛选条件，没有可以保存的。", remedy="请先筛选，再保存为视图。"
)
NAME_MISSING = Reason("view_name_missing", "请填写视图的名称。", remedy="例如“软件学院的姓名更正”。")
NAME_TOO_LONG = Reason(
    "view_name_too_long", "视图的名称最多 {longest} 个字。", {"longest": LONGEST}, remedy="请写短一些。"
)
NAME_TAKEN = Reason(
    "view_name_taken", "您已有一个叫这个名称的视图。", remedy="请换一个名称，或先删去原来的。"
)
TOO_MANY_VIEWS = Reason(
    "too_many_views", "您已有 {most} 个视图，这是上限。", {"most": MOST}, remedy="请先删去不再用的。"
)
VIEW_GONE = Reason("view_gone", "这个视图已经删去。", remedy="需要的，请重新筛选后保存。")


@dataclass(frozen=True, slots=True)
class OwnView:
    """One view: its name, and the filter as an address bears it."""

    id: str
    name: str
    said: dict[str, str]


def views_of(session: Session, person: str) -> tuple[OwnView, ...]:
    """Somebody's views in the order in which they were made."""
    rows = session.execute(
        select(SavedView.id, SavedView.name, SavedView.chosen)
        .where(SavedView.person_id == person)
        .order_by(SavedView.made_at, SavedView.name)
    )
    return tuple(OwnView(row.id, row.name, dict(parse_qsl(row.chosen))) for row in rows)


def save_view(session: Session, by: Actor, name: str, chosen: Filter, at: datetime, entropy: Entropy) -> None:
    """Save a filter under a name; the same once more changes nothing. Raises Refused."""
    name, said = _clean(name), urlencode(chosen.said())
    own = views_of(session, by.person)
    if any((one.name, urlencode(one.said)) == (name, said) for one in own):
        return
    _refuse(
        (NOTHING_CHOSEN, not chosen),
        *_faults(name, own),
        (TOO_MANY_VIEWS, len(own) >= MOST),
    )
    row = SavedView(id=entropy(16).hex(), person_id=by.person, name=name, chosen=said, made_at=at)
    session.add(row)


def rename_view(session: Session, by: Actor, id: str, name: str) -> None:
    """Give a view another name. Raises Refused."""
    name = _clean(name)
    own = views_of(session, by.person)
    others = tuple(one for one in own if one.id != id)
    _refuse((VIEW_GONE, others == own), *_faults(name, others))
    session.execute(update(SavedView).where(SavedView.id == id).values(name=name))


def remove_view(session: Session, by: Actor, id: str) -> None:
    """Keep a view no longer. To remove what is gone already changes nothing."""
    session.execute(delete(SavedView).where(SavedView.id == id, SavedView.person_id == by.person))


def _clean(name: str) -> str:
    """A name on one line, of signs that can be seen."""
    return clean_words("".join(filter(str.isprintable, " ".join(name.split()))))


def _faults(name: str, others: tuple[OwnView, ...]) -> tuple[tuple[Reason, bool], ...]:
    return (
        (NAME_MISSING, not name),
        (NAME_TOO_LONG, len(name) > LONGEST),
        (NAME_TAKEN, any(one.name == name for one in others)),
    )


def _refuse(*asked: tuple[Reason, bool]) -> None:
    if reasons := tuple(reason for reason, holds in asked if holds):
        raise Refused(Verdict("views", reasons))
