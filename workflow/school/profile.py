"""The profile in force: filled from the school's folder, changed by the registrar, at hand for every page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.profile import Profile
from workflow.engine import Actor
from workflow.people.access import note_access
from workflow.school.crest import Crest
from workflow.school.tables import CrestRow, ProfileRow
from workflow.store import Base, Store, table_of
from workflow.verdict import Reason, Refused, Verdict

REREAD = timedelta(minutes=1)
"""How long a process may go on with a profile that another process has changed."""

CHANGED_MEANWHILE = Reason(
    "changed_meanwhile",
    "您查看之后，学校资料已被他人修改，本次未保存。",
    remedy="请核对下面现在的内容，再改一次。",
    rule="profile",
)


NONE = Profile()
"""The profile of a school that has said nothing of itself."""


@dataclass(frozen=True, slots=True)
class ProfileInForce:
    """The profile now, its version (0: none yet), and who made it ('' for the school's folder)."""

    version: int = 0
    profile: Profile = NONE
    made_by: str = ""
    made_at: datetime | None = None


def in_force(session: Session) -> ProfileInForce:
    """The last version. One statement."""
    asked = select(ProfileRow.version, ProfileRow.said, ProfileRow.made_by, ProfileRow.made_at)
    row = session.execute(asked.order_by(ProfileRow.version.desc()).limit(1)).first()
    return ProfileInForce() if row is None else ProfileInForce(row[0], _read(row[1]), row[2], row[3])


def said_in(session: Session, version: int) -> Profile:
    """The profile of one version; an empty one for a version that is not there."""
    said = session.scalar(select(ProfileRow.said).where(ProfileRow.version == version))
    return NONE if said is None else _read(said)


def fill(session: Session, first: Profile | None, at: datetime) -> None:
    """Take the folder's profile, as long as nobody has changed it on the page."""
    now = in_force(session)
    if first is not None and not now.made_by and now.profile != first:
        _add(session, now.version + 1, first, "", at)


def change(
    session: Session, by: Actor, expected: int, wanted: Profile, at: datetime, crest: Crest | None = None
) -> tuple[str, ...]:
    """Set the profile, with a line in the access log for each field changed. Returns these fields.

    ``crest`` is a new one, which ``wanted`` names. Raises Refused if ``expected`` is not the last version.
    """
    if any(wanted.faults()):
        raise ValueError("a profile with faults")
    now = in_force(session)
    parts = changed(now.profile, wanted)
    if now.version != expected:
        raise Refused(Verdict("profile", (CHANGED_MEANWHILE,)))
    if not parts:
        return ()
    if crest is not None:
        _insert(session, CrestRow, {"name": crest.name, "data": crest.data})
    _add(session, now.version + 1, wanted, by.person, at)
    for part in parts:
        note_access(session, by, f"profile:{part}", "", at)
    return parts


def changed(one: Profile, other: Profile) -> tuple[str, ...]:
    """The fields in which two profiles differ."""
    return tuple(
        each.name for each in fields(Profile) if getattr(one, each.name) != getattr(other, each.name)
    )


def crest_named(session: Session, name: str) -> bytes | None:
    """The picture of a crest, or None."""
    return session.scalar(select(CrestRow.data).where(CrestRow.name == name))


class ProfileAtHand:
    """The profile in the memory of this process.

    It is read again when the installation's clock has gone on by ``REREAD``, and after a change made here.
    So a page costs no statement for it, and a change made by another process is seen within that time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: tuple[datetime, ProfileInForce] | None = None

    def now(self, at: datetime) -> ProfileInForce:
        """The profile in force, at most ``REREAD`` old."""
        held = self._held
        if held is None or not held[0] <= at < held[0] + REREAD:
            with self._store.reading() as session:
                held = self._held = (at, in_force(session))
        return held[1]

    def drop(self) -> None:
        """Read it again next time."""
        self._held = None


def _add(session: Session, version: int, profile: Profile, by: str, at: datetime) -> None:
    """Add a version. Another process may add the same one at the same moment; then the second is refused."""
    said = json.dumps(asdict(profile), ensure_ascii=False, sort_keys=True)
    row = {"version": version, "said": said, "made_by": by, "made_at": at}
    if not _insert(session, ProfileRow, row) and by:
        raise Refused(Verdict("profile", (CHANGED_MEANWHILE,)))


def _insert(session: Session, model: type[Base], row: dict[str, Any]) -> bool:
    """Insert a row. False if there is one of this key."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    (key,) = table_of(model).primary_key
    added = make(model).values(row).on_conflict_do_nothing().returning(key)
    return session.execute(added).first() is not None


def _read(said: str) -> Profile:
    """A kept profile. A field that this version does not know is left out, one that is new is empty."""
    known = {each.name for each in fields(Profile)}
    return Profile(**{name: value for name, value in json.loads(said).items() if name in known})
